//! A made-up practice ([`crate::synth`]) in the database, with claims that have left: what `demo`,
//! `bench` and the crash test begin with.

use chrono::{Days, NaiveDate};

use crate::charges::{self, Mode};
use crate::claims::{self, StoredClaim};
use crate::codes::Codes;
use crate::db::{Actor, Db, Tx, Who};
use crate::exchange::files::{self, Direction};
use crate::exchange::mailbox::DirectoryMailbox;
use crate::journey;
use crate::registry::organizations::{self, NewOrganization, Organization, Usage};
use crate::registry::providers::{Billing, Name};
use crate::registry::{
    Contact, Coverage, InterchangeParty, Patient, Payer, Provider, Receiver, Submitter, coverages, patients,
    payers, providers,
};
use crate::synth::MadePractice;
use crate::synth::edi::{BilledClaim, BilledLine};
use crate::types::{
    Address, ClaimId, Clock, ControlNumber, CoverageId, Entered, IdentifierError, InterchangeQualifier,
    MemberId, PatientId, PayerId, PayerIdentifier, Phi, ProcedureCode, ProviderId, Refusal, Result, Status,
    TaxId,
};

/// A claim as it left, and as it is kept.
#[derive(Clone, Debug)]
pub struct MadeClaim {
    /// What its payer has of it.
    pub billed: BilledClaim,
    /// What we have.
    pub stored: StoredClaim,
}

/// A practice with a prefix that nobody has.
///
/// # Errors
/// `demo/too-many` when every prefix is taken.
pub async fn new_practice(db: &Db) -> Result<Organization> {
    for number in 1..1_000 {
        let new = NewOrganization {
            name: "Lakeside Family Medicine",
            time_zone: chrono_tz::America::Chicago,
            control_number_prefix: &format!("L{number:03}"),
            usage: Usage::Production,
        };
        match organizations::create(db, Who::System("demo"), &new).await {
            Err(crate::types::Error::Refused(refusal)) if refusal.code == "organizations/prefix-taken" => {}
            other => return other,
        }
    }
    let next = "Remove the data folder, or set FIRSTPASS_DATA to another";
    Err(Refusal::new("demo/too-many", Status::Conflict, "a thousand demo practices are enough", next).into())
}

/// How the made-up practice is known where it sends.
fn submitter(made: &MadePractice) -> std::result::Result<Submitter, IdentifierError> {
    let identifier = made.providers[0].npi.as_str();
    Ok(Submitter {
        name: "Lakeside Family Medicine".to_owned(),
        identifier: identifier.parse()?,
        interchange: party(identifier)?,
        contact: Contact {
            name: "Billing Office".to_owned(),
            telephone: "309-555-0100".parse()?,
            email: Some("billing@lakeside.example".parse()?),
        },
    })
}

/// Who goes by one number everywhere.
fn party(identifier: &str) -> std::result::Result<InterchangeParty, IdentifierError> {
    let (id, application) = (identifier.parse()?, identifier.parse()?);
    Ok(InterchangeParty { qualifier: InterchangeQualifier::parse("ZZ")?, id, application })
}

/// Puts the made-up practice into the registry.
///
/// # Errors
/// What the registry refuses; nothing that [`crate::synth::practice`] made.
pub async fn register(tx: &mut Tx, made: &MadePractice, today: NaiveDate) -> Result<()> {
    let submitter = submitter(made).map_err(anyhow::Error::from)?;
    organizations::set_submitter(tx, &submitter).await?;
    let mut new: Vec<Payer> = vec![];
    for payer in &made.payers {
        new.push(Payer {
            id: PayerId::new(),
            identifier: PayerIdentifier::parse(payer.identifier).map_err(anyhow::Error::from)?,
            name: payer.name.to_owned(),
            filing_indicator: payer.filing_indicator.to_owned(),
            mailbox: payer.mailbox.to_owned(),
            timely_filing_days: i32::try_from(payer.timely_filing_days).map_err(anyhow::Error::from)?,
            appeal_days: i32::try_from(payer.appeal_days).map_err(anyhow::Error::from)?,
            authorization_procedures: payer
                .authorization_procedures
                .iter()
                .map(|code| ProcedureCode::parse(code))
                .collect::<std::result::Result<_, _>>()
                .map_err(anyhow::Error::from)?,
            receiver: Some(Receiver {
                name: payer.name.to_owned(),
                identifier: payer.identifier.parse().map_err(anyhow::Error::from)?,
                interchange: party(payer.identifier).map_err(anyhow::Error::from)?,
            }),
        });
    }
    let payers = payers::keep(tx, None, &new).await?;
    let address = Address {
        line_1: "400 Harbor Avenue".to_owned(),
        line_2: None,
        city: "Peoria".to_owned(),
        state: Entered::from("IL"),
        zip: Entered::from("616021234"),
    };
    let new: Vec<Provider> = made
        .providers
        .iter()
        .map(|provider| {
            let name = match (&provider.organization, &provider.person) {
                (Some(group), _) => Name::Group((*group).to_owned()),
                (None, Some(person)) => Name::Person(person.clone()),
                (None, None) => return Err(anyhow::anyhow!("a provider has a name")),
            };
            let billing = provider.organization.map(|_| {
                Ok::<_, anyhow::Error>(Billing {
                    tax_id: TaxId::parse("123456789")?,
                    tax_id_is_ssn: false,
                    address: address.clone(),
                })
            });
            Ok(Provider {
                id: ProviderId::new(),
                npi: provider.npi.clone(),
                taxonomy: Some(provider.taxonomy.to_owned()),
                name,
                billing: billing.transpose()?,
            })
        })
        .collect::<anyhow::Result<_>>()?;
    providers::keep(tx, None, &new).await?;

    let new: Vec<Patient> = made
        .patients
        .iter()
        .map(|patient| Patient {
            id: PatientId::new(),
            account_number: Phi::new(patient.account_number.clone()),
            name: Phi::new(patient.name.clone()),
            born_on: Phi::new(patient.born_on),
            died_on: None,
            sex: patient.sex,
            address: Phi::new(Address {
                line_1: patient.street.clone(),
                line_2: None,
                city: patient.city.to_owned(),
                state: Entered::from("IL"),
                zip: Entered::from(patient.zip.as_str()),
            }),
        })
        .collect();
    let patients = patients::keep(tx, None, &new).await?;
    let mut new = vec![];
    for (patient, kept) in made.patients.iter().zip(patients) {
        for (rank, coverage) in (1..).zip(&patient.coverages) {
            let other = coverage.subscriber.as_ref();
            new.push(Coverage {
                id: CoverageId::new(),
                patient: kept.id,
                payer: payers[coverage.payer].id,
                rank,
                member_id: MemberId::parse(&coverage.member_id).map_err(anyhow::Error::from)?,
                group_number: coverage.group_number.clone(),
                relationship: other.map_or("18", |(code, ..)| code).to_owned(),
                subscriber: Phi::new(other.map_or_else(|| patient.name.clone(), |(_, name, _)| name.clone())),
                subscriber_born_on: other.map(|(.., born)| Phi::new(*born)),
                subscriber_sex: None,
                medicare_secondary: None,
                valid_from: today - Days::new(400),
                valid_to: None,
            });
        }
    }
    coverages::keep(tx, None, &new).await.map(|_| ())
}

/// From a charge file to claims that have left.
///
/// # Errors
/// What the verbs on the way refuse.
pub async fn bill(
    db: &Db,
    actor: &Actor,
    clock: &Clock,
    visits: &[u8],
    mailbox: impl Fn(&str) -> DirectoryMailbox,
) -> Result<Vec<MadeClaim>> {
    let now = clock.now();
    let file =
        db.transaction(actor, async |tx| files::keep(tx, visits, "charges.csv", Direction::In).await).await?;
    let charges = charges::read_sheet(visits, None)?;
    db.batch(actor, async |tx| journey::import_charges(tx, now, file.id, charges, Mode::KeepGoodRows).await)
        .await?;
    send_drafts(db, actor, clock, mailbox).await
}

/// Sends the drafts that nothing stops; those of next payers, too.
///
/// # Errors
/// As [`bill`].
pub async fn send_drafts(
    db: &Db,
    actor: &Actor,
    clock: &Clock,
    mailbox: impl Fn(&str) -> DirectoryMailbox,
) -> Result<Vec<MadeClaim>> {
    let now = clock.now();
    journey::scrub_drafts(db, actor, now, Codes::shipped()).await?;
    let queued =
        db.transaction(actor, async |tx| journey::queue_ready(tx, now, Codes::shipped()).await).await?;
    journey::send_batches(db, actor, now, Codes::shipped(), |payer| mailbox(&payer.mailbox)).await?;
    let mut sent = Vec::with_capacity(queued.len());
    for some in queued.chunks(1_000) {
        let ids: Vec<ClaimId> = some.iter().map(|one| one.claim).collect();
        let stored = db.snapshot(actor, async |tx| claims::load(tx, &ids).await).await?;
        sent.extend(
            some.iter()
                .zip(stored)
                .map(|(one, stored)| MadeClaim { billed: as_billed(&one.control_number, &stored), stored }),
        );
    }
    Ok(sent)
}

fn as_billed(control_number: &ControlNumber, claim: &StoredClaim) -> BilledClaim {
    let lines = claim.claim.lines.iter().map(|line| BilledLine {
        procedure: line.procedure.text().to_owned(),
        charged: line.charged,
        control_number: line.control_number.clone().unwrap_or_default(),
    });
    BilledClaim { control_number: control_number.to_string(), lines: lines.collect() }
}
