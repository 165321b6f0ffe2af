//! FHIR R4 (4.0.1) as visits: a Bundle of Claims, or of Encounters with their ChargeItems, with the
//! Patients, Practitioners, Organizations and Conditions that they refer to; or one Claim alone.
//!
//! | ours | theirs |
//! | --- | --- |
//! | message id | Bundle.identifier, else Bundle.id; a Claim's own identifier |
//! | patient | identifier of type `AN`, `PI` or `MR`, else the first, of the Patient or of the reference |
//! | providers | identifier of system `http://hl7.org/fhir/sid/us-npi` |
//! | visit number | Encounter.identifier; Claim.item.encounter's, else Claim.identifier |
//! | billing | Claim.provider; Encounter.serviceProvider; else the only one of the practice that bills |
//! | rendering | Claim.careTeam of role `primary`, else the first; ChargeItem.performer, Encounter.participant |
//! | referring | Claim.careTeam of role `referring` |
//! | place of service | a coding whose system names place of service; else Encounter.class `IMP` 21, `EMER` 23, `HH` 12 |
//! | diagnoses | Claim.diagnosis by sequence; Encounter.diagnosis by rank, then ChargeItem.reason |
//! | charge | Claim.item.net, else unitPrice for each unit by its factor; ChargeItem.priceOverride |
//!
//! Elements that are not read are named in the answer. What is wrong is named by its FHIRPath: so is what
//! would change the sum or the party if it were read over: another currency than USD, a thirteenth
//! diagnosis, several encounters in one claim, a careTeam without NPI.

use std::collections::{BTreeSet, HashMap, HashSet};

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Number, Value, json};

use crate::charges::messages::{Envelope, Message, MessageSource, MessageState, Usual};
use crate::charges::visit::{
    Charges, Column, DIAGNOSES, DateFormat, Names, Problem, Reading, Stated, VISIT_DATE,
};
use crate::types::{Error, Refusal, Status};

/// The system of National Provider Identifiers (hl7.org/fhir/R4/identifier-registry.html).
const NPI: &str = "http://hl7.org/fhir/sid/us-npi";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Coding {
    system: String,
    code: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Concept {
    coding: Vec<Coding>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Identifier {
    system: String,
    value: String,
    r#type: Concept,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reference {
    reference: String,
    identifier: Option<Identifier>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Period {
    start: String,
    end: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Quantity {
    value: Option<Number>,
    /// Of Money.
    currency: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Claim {
    identifier: Vec<Identifier>,
    status: String,
    r#use: String,
    patient: Reference,
    provider: Reference,
    care_team: Vec<CareTeam>,
    diagnosis: Vec<ClaimDiagnosis>,
    insurance: Vec<Insurance>,
    accident: Option<Accident>,
    item: Vec<Item>,
}
const CLAIM: &[&str] = &[
    "identifier",
    "status",
    "use",
    "patient",
    "provider",
    "careTeam",
    "diagnosis",
    "insurance",
    "accident",
    "item",
];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CareTeam {
    provider: Reference,
    role: Concept,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ClaimDiagnosis {
    sequence: u32,
    diagnosis_codeable_concept: Concept,
    diagnosis_reference: Reference,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Insurance {
    pre_auth_ref: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Accident {
    date: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Item {
    diagnosis_sequence: Vec<u32>,
    product_or_service: Concept,
    modifier: Vec<Concept>,
    serviced_date: String,
    serviced_period: Period,
    location_codeable_concept: Concept,
    quantity: Quantity,
    unit_price: Quantity,
    factor: Option<Number>,
    net: Quantity,
    encounter: Vec<Reference>,
}
const ITEM: &[&str] = &[
    "sequence",
    "diagnosisSequence",
    "productOrService",
    "modifier",
    "servicedDate",
    "servicedPeriod",
    "locationCodeableConcept",
    "quantity",
    "unitPrice",
    "factor",
    "net",
    "encounter",
];

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Encounter {
    identifier: Vec<Identifier>,
    status: String,
    class: Coding,
    r#type: Vec<Concept>,
    subject: Reference,
    participant: Vec<Participant>,
    diagnosis: Vec<EncounterDiagnosis>,
    service_provider: Reference,
    period: Period,
}
const ENCOUNTER: &[&str] = &[
    "identifier",
    "class",
    "type",
    "subject",
    "participant",
    "diagnosis",
    "serviceProvider",
    "status",
    "period",
];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Participant {
    individual: Reference,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EncounterDiagnosis {
    condition: Reference,
    rank: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ChargeItem {
    status: String,
    code: Concept,
    subject: Reference,
    context: Reference,
    occurrence_date_time: String,
    occurrence_period: Period,
    performer: Vec<Performer>,
    quantity: Quantity,
    price_override: Quantity,
    reason: Vec<Concept>,
}
const CHARGE_ITEM: &[&str] = &[
    "status",
    "code",
    "subject",
    "context",
    "occurrenceDateTime",
    "occurrencePeriod",
    "performer",
    "quantity",
    "priceOverride",
    "reason",
];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Performer {
    actor: Reference,
}

/// Patient, Practitioner, Organization: who they are.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Party {
    identifier: Vec<Identifier>,
    /// PractitionerRole.
    practitioner: Reference,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Condition {
    code: Concept,
}

/// Elements of any resource that say nothing of a charge.
const ANY: &[&str] = &["resourceType", "id", "meta", "text", "language", "implicitRules", "created"];

/// What a bundle says of itself, as far as it can be read.
#[must_use]
pub fn envelope(bytes: &[u8], key: Option<&str>) -> Envelope {
    let document: Value = serde_json::from_slice(bytes).unwrap_or(Value::Null);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let identifier = match &document["identifier"] {
        Value::Array(all) => all.first().cloned().unwrap_or(Value::Null),
        one => one.clone(),
    };
    let own = [text(&identifier["value"]), text(&document["id"])];
    let message_id = own.into_iter().chain(key.map(str::to_owned)).find(|id| !id.is_empty());
    let kind = text(&document["resourceType"]);
    Envelope {
        source: MessageSource::Fhir,
        kind: if kind.is_empty() { "unreadable".to_owned() } else { kind },
        sender: text(&identifier["system"]),
        message_id: message_id.unwrap_or_default(),
        not_whole: None,
    }
}

/// A resource with the way to it.
struct Entry {
    path: String,
    row: i32,
    url: String,
    resource: Value,
}

impl Entry {
    fn kind(&self) -> &str {
        self.resource["resourceType"].as_str().unwrap_or_default()
    }
    fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_value(self.resource.clone()).map_err(|_may_repeat_a_value| {
            refuse("charges/fhir", &format!("an element of {} is not of its type", self.path))
        })
    }
}

/// Reads a bundle or a claim.
///
/// # Errors
/// `charges/fhir`: not JSON, or a resource that is none; `charges/fhir-id`: it has no identifier.
pub(super) fn read(bytes: &[u8], usual: &Usual) -> Result<Charges, Error> {
    let document: Value =
        serde_json::from_slice(bytes).map_err(|_not_json| refuse("charges/fhir", "it is not JSON"))?;
    let entries: Vec<Entry> = match document["resourceType"].as_str() {
        Some("Bundle") => (0..)
            .zip(document["entry"].as_array().map_or(&[][..], Vec::as_slice))
            .map(|(index, entry)| Entry {
                path: format!("Bundle.entry[{index}].resource"),
                row: index + 1,
                url: entry["fullUrl"].as_str().unwrap_or_default().to_owned(),
                resource: entry["resource"].clone(),
            })
            .collect(),
        Some("Claim") => {
            vec![Entry { path: "Claim".to_owned(), row: 1, url: String::new(), resource: document }]
        }
        _ => return Err(refuse("charges/fhir", "it is neither a Bundle nor a Claim")),
    };
    let bundle = Bundle::new(entries, usual)?;
    let mut reading = Reading::of(DateFormat::Usual);
    let mut ignored = BTreeSet::new();
    for (index, entry) in bundle.entries.iter().enumerate() {
        match entry.kind() {
            "Claim" => bundle.claim(index, &mut reading)?,
            "Encounter" if bundle.is_off(index)? => {
                ignored.insert("an Encounter that did not take place".to_owned());
            }
            "Encounter" => bundle.encounter(index, &mut reading)?,
            _ => {}
        }
        let known: &[&str] = match entry.kind() {
            "Claim" => CLAIM,
            "Encounter" => ENCOUNTER,
            "ChargeItem" => CHARGE_ITEM,
            "Patient" | "Practitioner" | "PractitionerRole" | "Organization" | "Condition" => continue,
            "" => {
                ignored.insert("an entry without a resource".to_owned());
                continue;
            }
            _ => {
                ignored.insert(entry.kind().chars().filter(char::is_ascii_alphanumeric).take(40).collect());
                continue;
            }
        };
        ignored.extend(unread(&entry.resource, known, entry.kind()));
        if entry.kind() == "Claim" {
            let items = entry.resource["item"].as_array();
            ignored.extend(items.into_iter().flatten().flat_map(|item| unread(item, ITEM, "Claim.item")));
        }
    }
    let mut charges = reading.finish(ignored.into_iter().collect());
    let lost = bundle.charge_items_without_encounter();
    charges.add_problems(lost);
    if charges.visits.is_empty() && charges.problems.is_empty() {
        let what = "has neither a Claim nor an Encounter that took place".to_owned();
        charges.problems.push(Problem { row: 1, column: Some("Bundle.entry".to_owned()), reason: what });
    }
    Ok(charges)
}

/// The elements of a resource that are not read.
fn unread<'r>(resource: &'r Value, known: &'r [&str], of: &'r str) -> impl Iterator<Item = String> + 'r {
    let names = resource.as_object().into_iter().flat_map(|fields| fields.keys());
    names.filter_map(move |name| {
        let plain = name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_read = known.contains(&name.as_str()) || ANY.contains(&name.as_str());
        (plain && !is_read).then(|| format!("{of}.{name}"))
    })
}

struct Bundle<'a> {
    entries: Vec<Entry>,
    /// Entries whose own number is an earlier one's of their kind: a visit would be charged twice.
    repeated: HashSet<usize>,
    /// Each address, and each type and id, with the entry that has it first.
    places: HashMap<String, usize>,
    /// Each charge with its entry.
    charge_items: Vec<(usize, ChargeItem)>,
    /// The charges of each Encounter by their places in `charge_items`.
    of_encounter: HashMap<usize, Vec<usize>>,
    usual: &'a Usual,
}

impl<'a> Bundle<'a> {
    fn new(entries: Vec<Entry>, usual: &'a Usual) -> Result<Bundle<'a>, Error> {
        let mut bundle = Bundle {
            entries,
            repeated: HashSet::new(),
            places: HashMap::new(),
            charge_items: vec![],
            of_encounter: HashMap::new(),
            usual,
        };
        let mut numbers = HashSet::new();
        for (index, entry) in bundle.entries.iter().enumerate() {
            let own = entry.resource["identifier"][0]["value"].as_str().unwrap_or_default();
            let has_number = matches!(entry.kind(), "Claim" | "Encounter") && !own.is_empty();
            if has_number && !numbers.insert((entry.kind(), own)) {
                bundle.repeated.insert(index);
            }
            let id = entry.resource["id"].as_str().unwrap_or_default();
            if !entry.url.is_empty() {
                bundle.places.entry(entry.url.clone()).or_insert(index);
            }
            if !id.is_empty() {
                bundle.places.entry(format!("{}/{id}", entry.kind())).or_insert(index);
            }
        }
        for (index, entry) in bundle.entries.iter().enumerate() {
            if entry.kind() == "ChargeItem" {
                let item: ChargeItem = entry.read()?;
                if let Some(encounter) = bundle.places.get(&item.context.reference) {
                    bundle.of_encounter.entry(*encounter).or_default().push(bundle.charge_items.len());
                }
                bundle.charge_items.push((index, item));
            }
        }
        Ok(bundle)
    }

    /// The resource that a reference means: by the entry's address, or by type and id.
    fn resolve(&self, reference: &str) -> Option<&Entry> {
        self.places.get(reference).map(|index| &self.entries[*index])
    }

    fn identifiers(&self, reference: &Reference) -> Result<Vec<Identifier>, Error> {
        let Some(entry) = self.resolve(&reference.reference) else { return Ok(vec![]) };
        let party: Party = entry.read()?;
        if entry.kind() == "PractitionerRole" {
            let Some(entry) = self.resolve(&party.practitioner.reference) else { return Ok(vec![]) };
            return Ok(entry.read::<Party>()?.identifier);
        }
        Ok(party.identifier)
    }

    fn npi(&self, reference: &Reference) -> Result<Option<String>, Error> {
        if let Some(one) = reference.identifier.as_ref().filter(|one| one.system == NPI) {
            return Ok(Some(one.value.clone()));
        }
        let found = self.identifiers(reference)?;
        Ok(found.into_iter().find(|one| one.system == NPI).map(|one| one.value))
    }

    fn account(&self, reference: &Reference) -> Result<String, Error> {
        if let Some(one) = &reference.identifier {
            return Ok(one.value.clone());
        }
        let found = self.identifiers(reference)?;
        let of_type =
            |kind: &str| found.iter().find(|one| one.r#type.coding.iter().any(|coding| coding.code == kind));
        let best = ["AN", "PI", "MR"].into_iter().find_map(of_type).or(found.first());
        Ok(best.map(|one| one.value.clone()).unwrap_or_default())
    }

    /// States whose account it is; who is referred to, and is not told by the bundle, is named so.
    fn state_account(&self, stated: &mut Stated, place: String, reference: &Reference) -> Result<(), Error> {
        let (account, row) = (self.account(reference)?, stated.row);
        if account.is_empty() && !reference.reference.is_empty() {
            stated.set_fault(
                "patient_account",
                row,
                place,
                "refers to nobody of the bundle with an identifier",
            );
        } else {
            stated.set_at("patient_account", row, place, account);
        }
        Ok(())
    }

    fn condition(&self, reference: &Reference) -> Result<String, Error> {
        let Some(entry) = self.resolve(&reference.reference) else { return Ok(String::new()) };
        Ok(code(&entry.read::<Condition>()?.code))
    }

    /// Refuses what bears the number of an earlier resource of its kind.
    fn refuse_repeated(&self, visit: &mut Stated, index: usize) {
        if self.repeated.contains(&index) {
            let place = format!("{}.identifier[0].value", self.entries[index].path);
            visit.set_fault("visit_number", visit.row, place, "stands twice: a visit is stated once");
        }
    }

    fn claim(&self, index: usize, reading: &mut Reading) -> Result<(), Error> {
        let entry = &self.entries[index];
        let claim: Claim = entry.read()?;
        let at = &entry.path;
        let mut diagnoses = vec![];
        for (index, one) in claim.diagnosis.iter().enumerate() {
            let mut found = code(&one.diagnosis_codeable_concept);
            if found.is_empty() {
                found = self.condition(&one.diagnosis_reference)?;
            }
            diagnoses.push((one.sequence, format!("{at}.diagnosis[{index}]"), found));
        }
        diagnoses.sort_by_key(|(sequence, ..)| *sequence);
        // One more than a claim has is enough to say so.
        diagnoses.truncate(DIAGNOSES.len() + 1);
        let role = |one: &&CareTeam, code: &str| one.role.coding.iter().any(|coding| coding.code == code);
        let rendering = claim.care_team.iter().find(|one| role(one, "primary"));
        let rendering = rendering.or_else(|| claim.care_team.iter().find(|one| !role(one, "referring")));
        let referring = claim.care_team.iter().find(|one| role(one, "referring"));
        let mut visit = Stated::new(entry.row, claim_names(at, 0));
        if !matches!(claim.status.as_str(), "active" | "") || !matches!(claim.r#use.as_str(), "claim" | "") {
            let why = "is not an active claim";
            visit.set_fault("visit_number", entry.row, format!("{at}.status"), why);
        } else {
            let mut encounters = claim.item.iter().flat_map(|item| &item.encounter);
            let of_encounter = encounters.next();
            let several = of_encounter.is_some_and(|one| encounters.any(|it| it.reference != one.reference));
            let mut number = match of_encounter.and_then(|one| self.resolve(&one.reference)) {
                Some(encounter) => first_value(&encounter.read::<Encounter>()?.identifier),
                None => String::new(),
            };
            if number.is_empty() {
                number = first_value(&claim.identifier);
            }
            visit.set_at("visit_number", entry.row, format!("{at}.identifier[0].value"), number);
            if several {
                let why = "names several encounters: a claim is one visit's";
                visit.set_fault("visit_number", entry.row, format!("{at}.item.encounter"), why);
            }
        }
        self.refuse_repeated(&mut visit, index);
        self.state_account(&mut visit, format!("{at}.patient"), &claim.patient)?;
        let billing = self.npi(&claim.provider)?.or_else(|| self.usual.billing_npi.clone());
        visit.set_at("billing_npi", entry.row, format!("{at}.provider"), billing.unwrap_or_default());
        for (column, team) in [("rendering_npi", rendering), ("referring_npi", referring)] {
            let Some(team) = team else { continue };
            let place = format!("{at}.careTeam");
            match self.npi(&team.provider)? {
                Some(npi) => visit.set_at(column, entry.row, place, npi),
                None if role(&team, "primary") || role(&team, "referring") => {
                    visit.set_fault(column, entry.row, place, "names nobody with an NPI");
                }
                None => {}
            }
        }
        if let Some(accident) = &claim.accident {
            visit.set_at("accident_date", entry.row, format!("{at}.accident.date"), day(&accident.date));
        }
        if let Some(insurance) = claim.insurance.first() {
            visit.insured = Some(Problem::new(entry.row, format!("{at}.insurance[0]"), ""));
            if let Some(number) = insurance.pre_auth_ref.first() {
                visit.set_at(
                    "prior_authorization",
                    entry.row,
                    format!("{at}.insurance[0].preAuthRef[0]"),
                    number.as_str(),
                );
            }
        }
        for (column, (_, place, code)) in DIAGNOSES.iter().zip(&diagnoses) {
            visit.set_at(column, entry.row, place.as_str(), code.as_str());
        }
        refuse_thirteenth(&mut visit, &diagnoses);
        if claim.item.is_empty() {
            visit.without_line = true;
            reading.add(&visit);
        }
        for (index, item) in claim.item.iter().enumerate() {
            let mut line = visit.clone();
            line.names = claim_names(at, index);
            let item_at = format!("{at}.item[{index}]");
            let pos = place_of_service([&item.location_codeable_concept].into_iter()).unwrap_or_default();
            line.set_at("place_of_service", entry.row, format!("{item_at}.locationCodeableConcept"), pos);
            line.set("service_date", day(either(&item.serviced_date, &item.serviced_period.start)));
            line.set("thru_date", day(&item.serviced_period.end));
            line.set("procedure", code(&item.product_or_service));
            line.set("modifiers", item.modifier.iter().map(code).collect::<Vec<_>>().join(" "));
            state_amount(&mut line, &item.quantity, ("net", &item.net), &item_at);
            if item.net.value.is_none() {
                state_product(&mut line, item, &item_at);
            }
            let pointers = item.diagnosis_sequence.iter().filter_map(|sequence| {
                diagnoses.iter().position(|(known, ..)| known == sequence).map(|at| (at + 1).to_string())
            });
            let pointers: Vec<String> = pointers.collect();
            if pointers.len() < item.diagnosis_sequence.len() {
                let place = format!("{item_at}.diagnosisSequence");
                line.set_fault("pointers", entry.row, place, "names a diagnosis that the claim has not");
            } else {
                line.set("pointers", pointers.join(" "));
            }
            reading.add(&line);
        }
        Ok(())
    }

    fn charge_items(&self, encounter: usize) -> Vec<(&Entry, &ChargeItem)> {
        let of = self.of_encounter.get(&encounter).map(Vec::as_slice).unwrap_or_default();
        of.iter()
            .map(|at| &self.charge_items[*at])
            .map(|(entry, item)| (&self.entries[*entry], item))
            .collect()
    }

    fn charge_items_without_encounter(&self) -> Vec<Problem> {
        let lost = self.charge_items.iter().filter(|(_, item)| {
            self.resolve(&item.context.reference).is_none_or(|context| context.kind() != "Encounter")
        });
        let named = lost.map(|(entry, _)| {
            let entry = &self.entries[*entry];
            Problem::new(entry.row, format!("{}.context", entry.path), "is no Encounter of the bundle")
        });
        named.collect()
    }

    /// An Encounter that did not take place, and of which nothing is charged: there is nothing to miss.
    fn is_off(&self, encounter: usize) -> Result<bool, Error> {
        Ok(!self.of_encounter.contains_key(&encounter)
            && is_called_off(&self.entries[encounter].read::<Encounter>()?))
    }

    fn encounter(&self, index: usize, reading: &mut Reading) -> Result<(), Error> {
        let entry = &self.entries[index];
        let encounter: Encounter = entry.read()?;
        let at = &entry.path;
        let items = self.charge_items(index);
        // An encounter that a claim of the bundle bills is the claim's.
        if items.is_empty() && self.entries.iter().any(|other| other.kind() == "Claim") {
            return Ok(());
        }
        let mut diagnoses: Vec<(u32, String, String)> = vec![];
        for (index, one) in encounter.diagnosis.iter().enumerate() {
            let code = self.condition(&one.condition)?;
            diagnoses.push((one.rank.unwrap_or(u32::MAX), format!("{at}.diagnosis[{index}]"), code));
        }
        diagnoses.sort_by_key(|(rank, ..)| *rank);
        for (item, charge) in &items {
            for (index, reason) in charge.reason.iter().enumerate() {
                let code = code(reason);
                let is_room = diagnoses.len() <= DIAGNOSES.len();
                if is_room && !code.is_empty() && diagnoses.iter().all(|(.., known)| !same_code(known, &code))
                {
                    diagnoses.push((u32::MAX, format!("{}.reason[{index}]", item.path), code));
                }
            }
        }
        diagnoses.truncate(DIAGNOSES.len() + 1);
        let mut visit = Stated::new(entry.row, encounter_names(at, at));
        visit.set("visit_number", first_value(&encounter.identifier));
        if is_called_off(&encounter) {
            visit.set_fault(
                "visit_number",
                entry.row,
                format!("{at}.status"),
                "says that it did not take place",
            );
        }
        self.refuse_repeated(&mut visit, index);
        self.state_account(&mut visit, format!("{at}.subject"), &encounter.subject)?;
        let billing = self.npi(&encounter.service_provider)?.or_else(|| self.usual.billing_npi.clone());
        visit.set("billing_npi", billing.unwrap_or_default());
        let by_class = match encounter.class.code.as_str() {
            "IMP" | "ACUTE" | "NONAC" => "21",
            "EMER" => "23",
            "HH" => "12",
            _ => "",
        };
        let pos = place_of_service(encounter.r#type.iter()).unwrap_or_else(|| by_class.to_owned());
        visit.set("place_of_service", pos);
        for (column, (_, place, code)) in DIAGNOSES.iter().zip(&diagnoses) {
            visit.set_at(column, entry.row, place.as_str(), code.as_str());
        }
        refuse_thirteenth(&mut visit, &diagnoses);
        let mut participant = None;
        for one in &encounter.participant {
            participant = participant.or(self.npi(&one.individual)?);
        }
        if items.is_empty() {
            // It took place, and nothing is charged for it yet.
            visit.without_line = true;
            visit.set_at(VISIT_DATE, entry.row, format!("{at}.period.start"), day(&encounter.period.start));
            reading.add(&visit);
        }
        for (item, charge) in items {
            let mut line = visit.clone();
            line.row = item.row;
            line.names = encounter_names(at, &item.path);
            if charge.status != "billable" {
                line.set_fault("charge", item.row, format!("{}.status", item.path), "is not billable");
            } else {
                let price = ("priceOverride", &charge.price_override);
                state_amount(&mut line, &charge.quantity, price, &item.path);
            }
            if self.account(&charge.subject)? != self.account(&encounter.subject)? {
                let place = format!("{}.subject", item.path);
                line.set_fault("patient_account", item.row, place, "is not the encounter's patient");
            }
            let mut rendering = None;
            for one in &charge.performer {
                rendering = rendering.or(self.npi(&one.actor)?);
            }
            if let Some(npi) = rendering.or_else(|| participant.clone()) {
                line.set_at("rendering_npi", item.row, format!("{}.performer", item.path), npi);
            }
            line.set(
                "service_date",
                day(either(&charge.occurrence_date_time, &charge.occurrence_period.start)),
            );
            line.set("thru_date", day(&charge.occurrence_period.end));
            line.set("procedure", code(&charge.code));
            if charge.quantity.value.is_none() {
                line.set("units", "1");
            }
            let own: Vec<String> = charge.reason.iter().map(code).filter(|code| !code.is_empty()).collect();
            let place_of = |code: &String| diagnoses.iter().position(|(.., known)| same_code(known, code));
            let pointers: Vec<usize> = if own.is_empty() {
                // SV107 has four places (X222 2400 SV1).
                (0..diagnoses.len().min(4)).collect()
            } else {
                own.iter().filter_map(place_of).collect()
            };
            line.set(
                "pointers",
                pointers.iter().map(|at| (at + 1).to_string()).collect::<Vec<_>>().join(" "),
            );
            reading.add(&line);
        }
        Ok(())
    }
}

/// Cancelled, or never meant (hl7.org/fhir/R4/valueset-encounter-status.html).
fn is_called_off(encounter: &Encounter) -> bool {
    matches!(encounter.status.as_str(), "cancelled" | "entered-in-error")
}

/// A claim has twelve diagnoses (X222 2300 HI).
fn refuse_thirteenth(visit: &mut Stated, diagnoses: &[(u32, String, String)]) {
    if let Some((_, place, _)) = diagnoses.get(DIAGNOSES.len()) {
        let (last, row) = (DIAGNOSES[DIAGNOSES.len() - 1], visit.row);
        visit.set_fault(last, row, place.as_str(), "is a thirteenth diagnosis");
    }
}

fn number_text(number: Option<&Number>) -> Option<String> {
    number.map(ToString::to_string)
}

/// Units, and the charge as a whole.
fn state_amount(line: &mut Stated, quantity: &Quantity, (name, whole): (&str, &Quantity), at: &str) {
    line.set("units", number_text(quantity.value.as_ref()).unwrap_or_else(|| "1".to_owned()));
    if let Some(text) = number_text(whole.value.as_ref()) {
        line.set("charge", text);
    }
    refuse_foreign(line, whole, &format!("{at}.{name}"));
}

/// The charge of an item that states no whole: so much for each unit, by its factor.
fn state_product(line: &mut Stated, item: &Item, at: &str) {
    let Some(each) = number_text(item.unit_price.value.as_ref()) else { return };
    let factors = [item.quantity.value.as_ref(), item.factor.as_ref()];
    let product = factors.into_iter().flatten().try_fold(each.parse::<Decimal>().ok(), |product, factor| {
        let factor = factor.to_string().parse::<Decimal>().ok()?;
        Some(product.and_then(|product| product.checked_mul(factor)))
    });
    let text = product.flatten().map(|product| product.normalize().to_string());
    line.set_at("charge", line.row, format!("{at}.unitPrice.value"), text.unwrap_or(each));
    refuse_foreign(line, &item.unit_price, &format!("{at}.unitPrice"));
}

/// Accounts are kept in dollars.
fn refuse_foreign(line: &mut Stated, money: &Quantity, at: &str) {
    if !matches!(money.currency.as_str(), "" | "USD") {
        line.set_fault("charge", line.row, format!("{at}.currency"), "is not USD");
    }
}

fn claim_names(at: &str, item: usize) -> Names {
    Names {
        visit: format!("{at}."),
        line: format!("{at}.item[{item}]."),
        of: |column: Column| {
            match column {
                "service_date" => "servicedDate",
                "thru_date" => "servicedPeriod.end",
                "procedure" => "productOrService",
                "modifiers" => "modifier",
                "units" => "quantity.value",
                "charge" => "net.value",
                "pointers" => "diagnosisSequence",
                "place_of_service" => "item[0].locationCodeableConcept",
                _ => "diagnosis",
            }
            .into()
        },
    }
}

fn encounter_names(at: &str, item: &str) -> Names {
    Names {
        visit: format!("{at}."),
        line: format!("{item}."),
        of: |column: Column| {
            match column {
                "visit_number" => "identifier[0].value",
                "patient_account" => "subject",
                "billing_npi" => "serviceProvider",
                "rendering_npi" => "participant",
                "place_of_service" => "type",
                "service_date" => "occurrenceDateTime",
                "thru_date" => "occurrencePeriod.end",
                "procedure" => "code",
                "units" => "quantity.value",
                "charge" => "priceOverride.value",
                "pointers" => "reason",
                "modifiers" => "code",
                _ => "diagnosis",
            }
            .into()
        },
    }
}

fn code(concept: &Concept) -> String {
    concept
        .coding
        .iter()
        .map(|coding| coding.code.as_str())
        .find(|code| !code.is_empty())
        .unwrap_or_default()
        .to_owned()
}

/// A coding of CMS's place of service code set, whichever of its addresses the sender uses.
fn place_of_service<'a>(concepts: impl Iterator<Item = &'a Concept>) -> Option<String> {
    let mut codings = concepts.flat_map(|concept| &concept.coding);
    let found = codings.find(|coding| coding.system.to_ascii_lowercase().contains("place-of-service"));
    found.map(|coding| coding.code.clone())
}

fn first_value(identifiers: &[Identifier]) -> String {
    identifiers.first().map(|one| one.value.clone()).unwrap_or_default()
}

fn either<'a>(one: &'a str, other: &'a str) -> &'a str {
    if one.is_empty() { other } else { one }
}

/// The day of a date or moment: `2026-03-02T15:30:00-06:00` is the sender's own day.
fn day(text: &str) -> String {
    text.chars().take(10).collect()
}

fn same_code(one: &str, other: &str) -> bool {
    let plain = |code: &str| code.replace('.', "").to_ascii_uppercase();
    plain(one) == plain(other)
}

fn refuse(code: &'static str, why: &str) -> Error {
    let detail = format!("the resource cannot be read: {why}");
    Refusal::new(code, Status::Unreadable, detail, "Send a Bundle of FHIR R4").into()
}

/// The answer to a message: an OperationOutcome, with one issue for all that is well, or one for each
/// thing that is wrong at its FHIRPath.
#[must_use]
pub fn operation_outcome(message: &Message, ignored: &[String]) -> Value {
    let issue = |severity: &str, code: &str, what: &str, place: Option<&str>| {
        let mut issue = json!({ "severity": severity, "code": code, "diagnostics": what });
        if let Some(place) = place {
            issue["expression"] = json!([place]);
        }
        issue
    };
    let mut issues: Vec<Value> = match (message.state, message.problems.is_empty()) {
        (MessageState::Accepted, _) => {
            let what = format!("{} visits charged as message {}", message.visits, message.id);
            vec![issue("information", "informational", &what, None)]
        }
        (_, true) => {
            let what = message.explanation.as_deref().unwrap_or("it is not decided yet");
            vec![issue("error", "structure", what, None)]
        }
        (_, false) => message
            .problems
            .iter()
            .map(|problem| {
                issue("error", kind_of(&problem.reason), &problem.reason, problem.column.as_deref())
            })
            .collect(),
    };
    issues.extend(
        ignored
            .iter()
            .map(|name| issue("information", "not-supported", &format!("{name} was not read"), None)),
    );
    json!({ "resourceType": "OperationOutcome", "issue": issues })
}

/// hl7.org/fhir/R4/valueset-issue-type.html
fn kind_of(reason: &str) -> &'static str {
    if matches!(reason, "is empty" | "is missing")
        || reason.starts_with("has no ")
        || reason.starts_with("has neither")
    {
        "required"
    } else if reason.starts_with("is no registered") || reason.starts_with("names an insurance") {
        "not-found"
    } else if reason.starts_with("was charged before") || reason.starts_with("was accepted before") {
        "duplicate"
    } else {
        "value"
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An encounter with two charges, as a practice system's export lays it out.
    const ENCOUNTERS: &str = r#"{"resourceType":"Bundle","type":"collection","identifier":{"system":"urn:ehr","value":"B-1"},"entry":[
        {"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","id":"p","identifier":[
            {"type":{"coding":[{"code":"MR"}]},"value":"77"},{"type":{"coding":[{"code":"AN"}]},"value":"A-100"}]}},
        {"fullUrl":"urn:uuid:d","resource":{"resourceType":"Practitioner","id":"d","identifier":[
            {"system":"http://hl7.org/fhir/sid/us-npi","value":"1987654328"}]}},
        {"fullUrl":"urn:uuid:o","resource":{"resourceType":"Organization","id":"o","identifier":[
            {"system":"http://hl7.org/fhir/sid/us-npi","value":"1234567893"}]}},
        {"fullUrl":"urn:uuid:c1","resource":{"resourceType":"Condition","id":"c1","code":{"coding":[
            {"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"E11.9"}]}}},
        {"fullUrl":"urn:uuid:e","resource":{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},
            "identifier":[{"value":"V-1"}],"subject":{"reference":"urn:uuid:p"},"serviceProvider":{"reference":"Organization/o"},
            "type":[{"coding":[{"system":"https://www.cms.gov/Medicare/Coding/place-of-service-codes","code":"11"}]}],
            "participant":[{"individual":{"reference":"Practitioner/d"}}],
            "diagnosis":[{"condition":{"reference":"Condition/c1"},"rank":1}],"priority":{"text":"routine"}}},
        {"resource":{"resourceType":"ChargeItem","id":"i1","status":"billable","subject":{"reference":"urn:uuid:p"},
            "context":{"reference":"urn:uuid:e"},"occurrenceDateTime":"2026-03-02T09:30:00-06:00",
            "code":{"coding":[{"system":"http://www.ama-assn.org/go/cpt","code":"99213"}]},
            "priceOverride":{"value":150.00,"currency":"USD"}}},
        {"resource":{"resourceType":"ChargeItem","id":"i2","status":"billable","subject":{"reference":"urn:uuid:p"},
            "context":{"reference":"Encounter/e"},"occurrencePeriod":{"start":"2026-03-02","end":"2026-03-03"},
            "code":{"coding":[{"code":"J1885"}]},"quantity":{"value":2.5},"priceOverride":{"value":20.10},
            "reason":[{"coding":[{"code":"I10"}]}]}}]}"#;

    const CLAIM: &str = r#"{"resourceType":"Claim","id":"cl","identifier":[{"system":"urn:ehr","value":"V-2"}],
        "status":"active","use":"claim","patient":{"identifier":{"value":"A-100"}},
        "provider":{"identifier":{"system":"http://hl7.org/fhir/sid/us-npi","value":"1234567893"}},
        "careTeam":[{"sequence":1,"provider":{"identifier":{"system":"http://hl7.org/fhir/sid/us-npi","value":"1987654328"}}}],
        "diagnosis":[{"sequence":2,"diagnosisCodeableConcept":{"coding":[{"code":"I10"}]}},
            {"sequence":1,"diagnosisCodeableConcept":{"coding":[{"code":"E11.9"}]}}],
        "insurance":[{"sequence":1,"focal":true,"preAuthRef":["AUTH7"]}],
        "item":[{"sequence":1,"diagnosisSequence":[2,1],"servicedDate":"2026-03-02",
            "productOrService":{"coding":[{"code":"99213"}]},"modifier":[{"coding":[{"code":"25"}]},{"coding":[{"code":"59"}]}],
            "locationCodeableConcept":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/ex-place-of-service","code":"11"}]},
            "quantity":{"value":3},"unitPrice":{"value":50.05}}]}"#;

    fn charges(document: &str) -> Charges {
        read(document.as_bytes(), &Usual::default()).unwrap()
    }

    fn line(charges: &Charges, index: usize) -> (String, Vec<u8>, String) {
        let line = &charges.visits[0].lines[index];
        let what = format!("{} {} {}", line.procedure.text(), line.units, line.charged);
        (what, line.pointers.clone(), line.from.to_string())
    }

    #[test]
    fn an_encounter_with_charge_items_is_a_visit() {
        let charges = charges(ENCOUNTERS);
        let visit = &charges.visits[0];
        assert_eq!(visit.problems, []);
        assert_eq!((charges.visits.len(), visit.number.as_str()), (1, "V-1"));
        assert_eq!(visit.field("patient_account"), Some("A-100"));
        assert_eq!(visit.field("billing_npi"), Some("1234567893"));
        assert_eq!(visit.field("rendering_npi"), Some("1987654328"));
        assert_eq!(visit.field("place_of_service"), Some("11"));
        assert_eq!(visit.diagnoses, ["E11.9", "I10"]);
        assert_eq!(line(&charges, 0), ("99213 1 150.00".into(), vec![1, 2], "2026-03-02".into()));
        assert_eq!(line(&charges, 1), ("J1885 2.5 20.10".into(), vec![2], "2026-03-02".into()));
        assert_eq!(visit.lines[1].thru.unwrap().to_string(), "2026-03-03");
        assert_eq!(charges.unknown_columns, ["Encounter.priority"]);
    }

    #[test]
    fn a_claim_is_a_visit() {
        let charges = charges(CLAIM);
        let visit = &charges.visits[0];
        assert_eq!(visit.problems, []);
        assert_eq!(visit.diagnoses, ["E11.9", "I10"], "by sequence");
        assert_eq!(line(&charges, 0), ("99213 3 150.15".into(), vec![2, 1], "2026-03-02".into()));
        assert_eq!(visit.field("prior_authorization"), Some("AUTH7"));
        assert!(visit.insured.is_some());
    }

    fn problems(document: &str) -> Vec<(String, String)> {
        let charges = charges(document);
        let all = charges.visits.into_iter().flat_map(|visit| visit.problems).chain(charges.problems);
        all.map(|problem| (problem.column.unwrap_or_default(), problem.reason)).collect()
    }

    #[test]
    fn what_is_wrong_is_named_by_its_path() {
        assert_eq!(
            problems(&CLAIM.replace("2026-03-02", "2026")),
            [(
                "Claim.item[0].servicedDate".into(),
                "is not a date: expected YYYY-MM-DD or MM/DD/YYYY".into()
            )]
        );
        assert_eq!(
            problems(&CLAIM.replace("[2,1]", "[3]")),
            [("Claim.item[0].diagnosisSequence".into(), "names a diagnosis that the claim has not".into())]
        );
        assert_eq!(
            problems(&CLAIM.replace("active", "entered-in-error"))[0],
            ("Claim.status".into(), "is not an active claim".into())
        );
        assert_eq!(
            problems(&ENCOUNTERS.replace("\"Encounter/e\"", "\"Encounter/x\"")),
            [("Bundle.entry[6].resource.context".into(), "is no Encounter of the bundle".into())]
        );
        assert_eq!(
            problems(
                &ENCOUNTERS.replace("\"priceOverride\":{\"value\":150.00,\"currency\":\"USD\"}", "\"x\":1")
            ),
            [("Bundle.entry[5].resource.priceOverride.value".into(), "is empty".into())]
        );
        assert_eq!(problems(r#"{"resourceType":"Bundle"}"#)[0].0, "Bundle.entry");
    }

    #[test]
    fn nothing_that_changes_what_is_owed_is_read_over() {
        let claim = |from: &str, to: &str| {
            assert!(CLAIM.contains(from), "{from}");
            problems(&CLAIM.replace(from, to))
        };
        let is = |at: &str, why: &str| vec![(at.to_owned(), why.to_owned())];
        assert_eq!(
            claim(r#""value":50.05"#, r#""value":50.05,"currency":"CAD""#),
            is("Claim.item[0].unitPrice.currency", "is not USD")
        );
        // 3 at 50.05, doubled.
        let doubled = charges(&CLAIM.replace(r#""unitPrice""#, r#""factor":2,"unitPrice""#));
        assert_eq!(line(&doubled, 0).0, "99213 3 300.30");
        let thirteen: Vec<String> = (1..14)
            .map(|n| {
                format!(r#"{{"sequence":{n},"diagnosisCodeableConcept":{{"coding":[{{"code":"A0{n}"}}]}}}}"#)
            })
            .collect();
        let many = format!(r#""diagnosis":[{}],"insurance""#, thirteen.join(","));
        let (before, after) = (CLAIM.find(r#""diagnosis":"#).unwrap(), CLAIM.find(r#""insurance""#).unwrap());
        let document = format!("{}{many}{}", &CLAIM[..before], &CLAIM[after + r#""insurance""#.len()..]);
        assert_eq!(problems(&document), is("Claim.diagnosis[12]", "is a thirteenth diagnosis"));
        assert_eq!(
            claim(r#"{"sequence":1,"provider""#, r#"{"role":{"coding":[{"code":"referring"}]},"x""#),
            is("Claim.careTeam", "names nobody with an NPI")
        );
        assert_eq!(
            claim(r#""patient":{"identifier":{"value":"A-100"}}"#, r#""patient":{"reference":"Patient/9"}"#),
            is("Claim.patient", "refers to nobody of the bundle with an identifier")
        );
        let two = r#""encounter":[{"reference":"Encounter/1"},{"reference":"Encounter/2"}],"quantity""#;
        assert_eq!(
            claim(r#""quantity""#, two),
            is("Claim.item.encounter", "names several encounters: a claim is one visit's")
        );
        let claim_twice =
            format!(r#"{{"resourceType":"Bundle","entry":[{{"resource":{CLAIM}}},{{"resource":{CLAIM}}}]}}"#);
        assert_eq!(
            problems(&claim_twice),
            is("Bundle.entry[1].resource.identifier[0].value", "stands twice: a visit is stated once")
        );
        let named = charges(&CLAIM.replace(r#""quantity""#, r#""bodySite":{},"quantity""#)).unknown_columns;
        assert_eq!(named, ["Claim.item.bodySite"]);
    }

    #[test]
    fn a_visit_that_did_not_take_place_is_not_charged_and_not_missed() {
        assert_eq!(
            problems(&ENCOUNTERS.replace("finished", "cancelled"))[0],
            ("Bundle.entry[4].resource.status".into(), "says that it did not take place".into())
        );
        let alone = r#"{"resourceType":"Encounter","status":"cancelled","period":{"start":"2026-03-02"}}"#;
        let read = charges(&format!(r#"{{"resourceType":"Bundle","entry":[{{"resource":{alone}}},{{}}]}}"#));
        assert_eq!(read.visits.len(), 0);
        assert_eq!(
            read.unknown_columns,
            ["an Encounter that did not take place", "an entry without a resource"]
        );
        assert_eq!(read.problems[0].reason, "has neither a Claim nor an Encounter that took place");
    }

    #[test]
    fn a_large_bundle_is_read_in_one_go() {
        // 3,000 visits of a charge each: each reference is looked up, not searched for.
        let mut entries = vec![];
        for n in 0..3_000 {
            entries.push(format!(
                r#"{{"resource":{{"resourceType":"Encounter","id":"e{n}","identifier":[{{"value":"V-{n}"}}]}}}},
                {{"resource":{{"resourceType":"ChargeItem","status":"billable","context":{{"reference":"Encounter/e{n}"}},
                "occurrenceDateTime":"2026-03-02","code":{{"coding":[{{"code":"99213"}}]}},"priceOverride":{{"value":1}}}}}}"#
            ));
        }
        let read = charges(&format!(r#"{{"resourceType":"Bundle","entry":[{}]}}"#, entries.join(",")));
        assert_eq!((read.visits.len(), read.visits[2_999].lines.len()), (3_000, 1));
    }

    #[test]
    fn what_is_no_resource_is_refused_without_its_values() {
        for document in
            ["", "{}", r#"{"resourceType":"Patient"}"#, r#"{"resourceType":"Claim","item":"ROE"}"#]
        {
            let refused = read(document.as_bytes(), &Usual::default()).unwrap_err();
            assert_eq!(refused.refusal().unwrap().code, "charges/fhir");
            assert!(!refused.refusal().unwrap().detail.contains("ROE"));
        }
    }

    #[test]
    fn a_bundle_names_itself() {
        let envelope = envelope(ENCOUNTERS.as_bytes(), Some("key"));
        assert_eq!((envelope.message_id.as_str(), envelope.sender.as_str()), ("B-1", "urn:ehr"));
        assert_eq!(super::envelope(b"{", Some("key")).message_id, "key");
        assert_eq!(super::envelope(CLAIM.as_bytes(), None).message_id, "V-2");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60), at in any::<prop::sample::Index>(), cut in 0usize..40) {
            for document in [ENCOUNTERS, CLAIM] {
                let mut damaged = document.as_bytes().to_vec();
                let at = at.index(damaged.len());
                let end = (at + cut).min(damaged.len());
                damaged.splice(at..end, bytes.iter().copied());
                let _ = envelope(&damaged, None);
                let _ = read(&damaged, &Usual::default());
            }
        }

        #[test]
        fn an_element_of_another_type_is_no_panic(at in any::<prop::sample::Index>()) {
            // Each value of the document in turn becomes a number, a text, a list.
            for document in [ENCOUNTERS, CLAIM] {
                let value: Value = serde_json::from_str(document).unwrap();
                let mut paths = vec![];
                walk(&value, String::new(), &mut paths);
                let path = at.get(&paths);
                for other in [json!(1), json!("x"), json!([]), json!({}), Value::Null] {
                    let mut changed = value.clone();
                    *changed.pointer_mut(path).unwrap() = other;
                    let _ = read(changed.to_string().as_bytes(), &Usual::default());
                }
            }
        }
    }

    fn walk(value: &Value, at: String, paths: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                fields.iter().for_each(|(name, inner)| walk(inner, format!("{at}/{name}"), paths))
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(n, inner)| walk(inner, format!("{at}/{n}"), paths))
            }
            _ => {}
        }
        paths.push(at);
    }
}
