//! The 277 claim acknowledgment (005010X214) as one who receives claims sends it: which claims of a
//! set are taken in, which are rejected, and why.
//!
//! [`Answer`] is what is said of one set, whoever decided it; [`reply`] decides by what a check found
//! that no 999 can say: balances, codes, and what the scrubber knows.

use std::collections::{HashMap, HashSet};

use chrono::{NaiveDate, NaiveDateTime};

use crate::answer::{ReplyOptions, WayBack};
use crate::check::{Finding, Report};
use crate::declare::{Source, Written};
use crate::envelope::{Body, Group, Guide, Interchange, read_envelopes};
use crate::outgoing::EnvelopeError;
use crate::segments::{Amt, Bht, Dtp, EntityKind, Hl, Nm1, Qty, Ref, Status, Stc, Trn};
use crate::span::Span;
use crate::spec::{NodeSpec, SlotSpec};
use crate::value::{Number, Ordinal, Period, Text};
use crate::x277::{
    BatchStatus, BillingProvider, ClaimAcknowledgment, ClaimStatus, InformationReceiver, InformationSource,
    Patient, PatientLevel, ProviderLevel, ProviderStatus, Receipt, ReceiverLevel, SourceLevel,
};
use crate::x837::{AnyBillingLevel, AnyClaim, AnyPatientLevel, AnySubscriberLevel, ClaimSet};
use types::Money;

/// What is said of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimVerdict<'v> {
    /// `A1` received, `A2` accepted; `A3`, `A4`, `A6`, `A7`, `A8` rejected (X12 list 507).
    pub category: &'static str,
    /// The claim status code (X12 list 508).
    pub code: &'static str,
    /// Whom it is about.
    pub entity: Option<&'static str>,
    /// Words about it (STC12); 448 demands them.
    pub message: Option<&'v str>,
}

impl<'v> ClaimVerdict<'v> {
    /// In adjudication.
    pub const ACCEPTED: ClaimVerdict<'static> =
        ClaimVerdict { category: "A2", code: "20", entity: None, message: None };
    /// Received, in review.
    pub const RECEIVED: ClaimVerdict<'static> =
        ClaimVerdict { category: "A1", code: "20", entity: None, message: None };
    /// Of a whole batch or provider: it was received.
    const RECEIPT: ClaimVerdict<'static> =
        ClaimVerdict { category: "A1", code: "19", entity: Some("PR"), message: None };

    /// Rejected: never entered adjudication.
    #[must_use]
    pub const fn rejected(category: &'static str, code: &'static str) -> ClaimVerdict<'v> {
        ClaimVerdict { category, code, entity: None, message: None }
    }
    /// Whom it is about.
    #[must_use]
    pub const fn about(self, entity: &'static str) -> ClaimVerdict<'v> {
        ClaimVerdict { entity: Some(entity), ..self }
    }
    /// False when the claim is taken in.
    #[must_use]
    pub fn is_rejection(&self) -> bool {
        !matches!(self.category, "A1" | "A2")
    }
}

/// A party by name and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Named<'n> {
    /// Last name, or the organization's.
    pub name: Text<'n>,
    /// NM108: `46`, `PI`, `XX`, `FI`, `MI`.
    pub qualifier: &'static str,
    /// NM109.
    pub id: Text<'n>,
}

/// A claim and what is said of it.
#[derive(Clone, Debug)]
pub struct AnsweredClaim<'c> {
    /// Who bills.
    pub provider: Named<'c>,
    /// The patient by last name, under the member id.
    pub patient: Named<'c>,
    /// The patient's first and middle names.
    pub given_names: [Option<Text<'c>>; 2],
    /// CLM01.
    pub control_number: Text<'c>,
    /// CLM02.
    pub charged: Money,
    /// First and last day of service.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// What is said; never empty.
    pub verdicts: Vec<ClaimVerdict<'c>>,
    /// The payer's number for it; none when rejected.
    pub payer_control_number: Option<&'c str>,
    /// REF*D9, which is returned.
    pub clearinghouse_number: Option<Text<'c>>,
}

impl AnsweredClaim<'_> {
    fn is_rejected(&self) -> bool {
        self.verdicts.iter().any(ClaimVerdict::is_rejection)
    }
}

/// The answer to one set.
#[derive(Clone, Debug)]
pub struct Answer<'c> {
    /// BHT03 of the set.
    pub batch: Text<'c>,
    /// Who sent it.
    pub submitter: Named<'c>,
    /// Who answers.
    pub source: Named<'c>,
    /// Names the answer: BHT03 and TRN*1.
    pub reference: Text<'c>,
    /// When the set came.
    pub received_on: NaiveDate,
    /// When it is answered.
    pub at: NaiveDateTime,
    /// Its claims, in order.
    pub claims: Vec<AnsweredClaim<'c>>,
}

impl<'c> Answer<'c> {
    /// The set as it is sent.
    #[must_use]
    pub fn body(&self) -> ClaimAcknowledgment<'_> {
        let totals = Totals::of(self.claims.iter());
        let mut places = HashMap::new();
        let mut billing: Vec<(Named<'c>, Vec<&AnsweredClaim<'c>>)> = vec![];
        for claim in &self.claims {
            let place = *places.entry(claim.provider).or_insert(billing.len());
            match billing.get_mut(place) {
                Some((_, claims)) => claims.push(claim),
                None => billing.push((claim.provider, vec![claim])),
            }
        }
        let mut level = 2;
        let providers: Vec<ProviderLevel<'_>> =
            billing.into_iter().map(|(named, claims)| self.provider(named, claims, &mut level)).collect();
        let children = |any: bool| Some(if any { "1" } else { "0" }.into());
        ClaimAcknowledgment {
            beginning: Bht {
                structure: "0085".into(),
                purpose: "08".into(),
                reference: Some(self.reference),
                date: Some(self.at.date()),
                time: Some(self.at.time()),
                kind: Some("TH".into()),
                source: Source::NONE,
            },
            sources: vec![SourceLevel {
                level: hl(1, None, "20", children(true)),
                name: Some(InformationSource {
                    name: name("PR", EntityKind::Organization, self.source),
                    other: vec![],
                }),
                receipt: Some(Receipt {
                    trace: trace("1", self.reference),
                    received: Some(dtp("050", Period::Day(self.received_on))),
                    processed: Some(dtp("009", Period::Day(self.at.date()))),
                    other: vec![],
                }),
                receiver: ReceiverLevel {
                    level: hl(2, Some(1), "21", children(!providers.is_empty())),
                    name: Some(InformationReceiver {
                        name: name("41", EntityKind::Organization, self.submitter),
                        other: vec![],
                    }),
                    status: Some(BatchStatus {
                        trace: trace("2", self.batch),
                        statuses: vec![Stc {
                            effective_on: Some(self.at.date()),
                            ..stc(ClaimVerdict::RECEIPT, totals.accepted_amount + totals.rejected_amount)
                        }],
                        accepted: totals.quantity("90", totals.accepted),
                        rejected: totals.quantity("AA", totals.rejected),
                        accepted_amount: totals.amount("YU", totals.accepted, totals.accepted_amount),
                        rejected_amount: totals.amount("YY", totals.rejected, totals.rejected_amount),
                        other: vec![],
                    }),
                    providers,
                    other: vec![],
                },
                other: vec![],
            }],
            other: vec![],
        }
    }

    fn provider<'s>(
        &'s self,
        provider: Named<'c>,
        claims: Vec<&'s AnsweredClaim<'c>>,
        level: &mut u32,
    ) -> ProviderLevel<'s> {
        *level += 1;
        let own = *level;
        let totals = Totals::of(claims.iter().copied());
        ProviderLevel {
            level: hl(own, Some(2), "19", Some("1".into())),
            names: vec![BillingProvider {
                name: name("85", EntityKind::Organization, provider),
                other: vec![],
            }],
            status: Some(ProviderStatus {
                trace: trace("1", "0".into()),
                statuses: vec![stc(ClaimVerdict::RECEIPT, totals.accepted_amount + totals.rejected_amount)],
                reference: None,
                accepted: totals.quantity("QA", totals.accepted),
                rejected: totals.quantity("QC", totals.rejected),
                accepted_amount: totals.amount("YU", totals.accepted, totals.accepted_amount),
                rejected_amount: totals.amount("YY", totals.rejected, totals.rejected_amount),
                other: vec![],
            }),
            patients: claims
                .into_iter()
                .map(|claim| {
                    *level += 1;
                    self.patient(claim, *level, own)
                })
                .collect(),
            other: vec![],
        }
    }

    fn patient<'a>(&self, claim: &'a AnsweredClaim<'_>, level: u32, parent: u32) -> PatientLevel<'a> {
        let [first, middle] = claim.given_names;
        PatientLevel {
            level: hl(level, Some(parent), "PT", None),
            name: Some(Patient {
                name: Nm1 { first, middle, ..name("QC", EntityKind::Person, claim.patient) },
                other: vec![],
            }),
            claims: vec![ClaimStatus {
                trace: trace("2", claim.control_number),
                statuses: claim
                    .verdicts
                    .iter()
                    .map(|verdict| Stc {
                        effective_on: Some(self.at.date()),
                        message: verdict.message.map(Text::from),
                        ..stc(*verdict, claim.charged)
                    })
                    .collect(),
                claim_control_number: claim
                    .payer_control_number
                    .map(|number| reference("1K", Text::from(number))),
                intermediary_number: claim.clearinghouse_number.map(|number| reference("D9", number)),
                bill_type: None,
                service_date: claim.days.map(|(first, last)| {
                    dtp("472", if first == last { Period::Day(first) } else { Period::Range(first, last) })
                }),
                lines: vec![],
                other: vec![],
            }],
            other: vec![],
        }
    }
}

#[derive(Default)]
struct Totals {
    accepted: u32,
    rejected: u32,
    accepted_amount: Money,
    rejected_amount: Money,
}

impl Totals {
    fn of<'t, 'c: 't>(claims: impl Iterator<Item = &'t AnsweredClaim<'c>>) -> Totals {
        let mut totals = Totals::default();
        for claim in claims {
            let (count, amount) = if claim.is_rejected() {
                (&mut totals.rejected, &mut totals.rejected_amount)
            } else {
                (&mut totals.accepted, &mut totals.accepted_amount)
            };
            *count += 1;
            *amount = amount.saturating_add(claim.charged);
        }
        totals
    }
    fn quantity(&self, qualifier: &'static str, count: u32) -> Option<Qty<'static>> {
        let quantity = Number::from(count);
        (count > 0).then(|| Qty { qualifier: qualifier.into(), quantity, source: Source::NONE })
    }
    fn amount(&self, qualifier: &'static str, count: u32, amount: Money) -> Option<Amt<'static>> {
        (count > 0).then(|| Amt { qualifier: qualifier.into(), amount, source: Source::NONE })
    }
}

fn stc(verdict: ClaimVerdict<'_>, charged: Money) -> Stc<'static> {
    Stc {
        status: Status {
            category: verdict.category.into(),
            code: verdict.code.into(),
            entity: verdict.entity.map(Text::from),
            list: None,
        },
        action: Some(if verdict.is_rejection() { "U" } else { "WQ" }.into()),
        charged: Some(charged),
        ..Stc::default()
    }
}

fn hl<'a>(id: u32, parent: Option<u32>, level: &'a str, children: Option<Text<'a>>) -> Hl<'a> {
    Hl {
        id: Ordinal::Number(id),
        parent: parent.map(Ordinal::Number),
        level: level.into(),
        children,
        source: Source::NONE,
    }
}

fn name<'a>(entity: &'static str, kind: EntityKind<'a>, named: Named<'a>) -> Nm1<'a> {
    let some = |text: Text<'a>| Some(text).filter(|text| !text.is_empty());
    Nm1 {
        entity: entity.into(),
        kind: Some(kind),
        last_or_organization: some(named.name),
        id_qualifier: Some(named.qualifier.into()),
        id: some(named.id),
        ..Nm1::default()
    }
}

fn trace<'a>(kind: &'static str, number: Text<'a>) -> Trn<'a> {
    Trn { kind: kind.into(), number, payer_id: None, payer_code: None, source: Source::NONE }
}

fn reference<'a>(qualifier: &'static str, identifier: Text<'a>) -> Ref<'a> {
    let identifier = Some(identifier);
    Ref { qualifier: qualifier.into(), identifier, description: None, of: None, source: Source::NONE }
}

fn dtp<'a>(qualifier: &'static str, period: Period<'a>) -> Dtp<'a> {
    Dtp { qualifier: qualifier.into(), period, source: Source::NONE }
}

/// What becomes of the claims of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimReply {
    /// Interchanges of 277 claim acknowledgments, one for each interchange with claims.
    pub bytes: Vec<u8>,
    /// How many claims are rejected.
    pub rejected: usize,
}

/// Answers the claims of every set that a 999 takes, by the errors in `report` that it cannot say:
/// of level 3 and of 5 to 7. The report must hold all that was found.
///
/// # Errors
/// The answer's control number does not fit.
pub fn reply(text: &[u8], report: &Report, options: ReplyOptions) -> Result<ClaimReply, EnvelopeError> {
    let file = read_envelopes(text);
    // What was not looked at, behind a limit, is not accepted.
    let seen: HashSet<u64> = report.sets.iter().map(|set| set.offset).collect();
    let errors: Vec<&Finding> = report.issues.iter().filter(|issue| issue.is_error()).collect();
    let ours: Vec<&Finding> =
        errors.iter().copied().filter(|issue| !is_said_by_a_999(issue, options.level)).collect();
    let rejected: HashSet<(u32, u32, u32)> = errors
        .iter()
        .filter(|issue| is_said_by_a_999(issue, options.level))
        .map(|issue| (issue.interchange, issue.group, issue.set))
        .collect();
    let mut reply = ClaimReply { bytes: Vec::new(), rejected: 0 };
    let mut written = 0;
    for (interchange, number) in file.interchanges.iter().zip(1..) {
        let Some(header) = &interchange.header else { continue };
        // What rejects an interchange or a group rejects all that is in it.
        if rejected.contains(&(number, 0, 0)) {
            continue;
        }
        let control_number = options.control_number.saturating_add(written);
        let back = WayBack::of(interchange, header);
        let (mut writer, mut answers) = (None, 0);
        for (group, place) in interchange.groups.iter().zip(1..) {
            if rejected.contains(&(number, place, 0)) {
                continue;
            }
            for (set, of_group) in group.sets.iter().zip(1..) {
                if rejected.contains(&(number, place, of_group)) || !seen.contains(&set.at.offset) {
                    continue;
                }
                let reference = set.header.control_number.unwrap_or_default();
                let envelope = (interchange, group, reference);
                // One set at a time is more than its text.
                let answer = match set.read_body(interchange.delimiters) {
                    Some(Body::Professional(body)) => answer(&*body, envelope, &ours, options.at),
                    Some(Body::Institutional(body)) => answer(&*body, envelope, &ours, options.at),
                    Some(Body::Dental(body)) => answer(&*body, envelope, &ours, options.at),
                    _ => None,
                };
                let Some(answer) = answer else { continue };
                if writer.is_none() {
                    let begun = writer.insert(back.writer(control_number, options.at)?);
                    begun.group(Guide::ClaimAcknowledgment, 1)?;
                }
                if let Some(writer) = &mut writer {
                    answers += 1;
                    writer.set(answers, &answer.body())?;
                }
                reply.rejected += answer.claims.iter().filter(|claim| claim.is_rejected()).count();
            }
        }
        if let Some(writer) = writer {
            written += 1;
            reply.bytes.extend_from_slice(&writer.finish().bytes);
        }
    }
    Ok(reply)
}

/// Levels 1, 2 and 4 are a 999's, and a TA1's, as far as it is asked to reject by them.
fn is_said_by_a_999(issue: &Finding, level: u8) -> bool {
    matches!(issue.level, 1 | 2 | 4) && issue.level <= level
}

type Around<'e, 'a> = (&'e Interchange<'a>, &'e Group<'a>, Text<'a>);

fn answer<'a, S: ClaimSet<'a>>(
    body: &S,
    (interchange, group, reference): Around<'_, 'a>,
    errors: &[&'a Finding],
    at: NaiveDateTime,
) -> Option<Answer<'a>> {
    let text = |text: Option<Text<'a>>| text.unwrap_or_default().trim();
    let own = |named: &Nm1<'a>, qualifier| Named {
        name: text(named.last_or_organization),
        qualifier,
        id: text(named.id),
    };
    let made_on = body.beginning().date;
    let mut claims = vec![];
    for billing in body.billing_levels() {
        let npi = billing.provider().id.is_some();
        let provider = match (npi, billing.tax_id()) {
            (false, Some(tax_id)) => Named { id: text(tax_id.identifier), ..own(billing.provider(), "FI") },
            _ => own(billing.provider(), "XX"),
        };
        let of_provider = between(
            errors,
            billing.level(),
            billing.subscribers().first().map(|one| one.level() as &dyn Written),
        );
        for subscriber in billing.subscribers() {
            let next = subscriber.claims().first().map(|claim| claim.claim() as &dyn Written);
            let next = next.or(subscriber.patients().first().map(|patient| patient.level() as &dyn Written));
            let of_subscriber = between(errors, subscriber.level(), next);
            let above: Vec<&'a Finding> = of_provider.iter().chain(of_subscriber).copied().collect();
            let member = text(subscriber.name().id);
            for claim in subscriber.claims() {
                claims.push(answered(claim, provider, (subscriber.name(), member), made_on, &above, errors));
            }
            for patient in subscriber.patients() {
                let next = patient.claims().first().map(|claim| claim.claim() as &dyn Written);
                let mut above = above.clone();
                above.extend(between(errors, patient.level(), next));
                for claim in patient.claims() {
                    claims.push(answered(claim, provider, (patient.name(), member), made_on, &above, errors));
                }
            }
        }
    }
    let gs_date = group.header.and_then(|gs| gs.date);
    let received_on = gs_date.or(interchange.header.and_then(|isa| isa.date)).unwrap_or(at.date());
    (!claims.is_empty()).then(|| Answer {
        batch: text(body.beginning().reference),
        submitter: own(body.submitter(), "46"),
        source: own(body.receiver(), "46"),
        reference,
        received_on: received_on.min(at.date()),
        at,
        claims,
    })
}

/// The findings from one segment to before another.
fn between<'e, 'f>(
    errors: &'e [&'f Finding],
    from: &dyn Written,
    to: Option<&dyn Written>,
) -> &'e [&'f Finding] {
    within(errors, from.source().offset(), to.map_or(u64::MAX, |to| to.source().offset()))
}

/// The findings from one byte to before another; a report has them in the order of the file.
fn within<'e, 'f>(errors: &'e [&'f Finding], begin: u64, end: u64) -> &'e [&'f Finding] {
    let first = errors.partition_point(|issue| issue.offset < begin);
    let last = errors.partition_point(|issue| issue.offset < end);
    errors.get(first..last).unwrap_or_default()
}

/// Statuses of one claim that are told; the first ones say enough to mend it.
const STATUSES_MAX: usize = 5;

fn answered<'a>(
    claim: &impl AnyClaim<'a>,
    provider: Named<'a>,
    (patient, member): (&Nm1<'a>, Text<'a>),
    made_on: Option<NaiveDate>,
    above: &[&'a Finding],
    errors: &[&'a Finding],
) -> AnsweredClaim<'a> {
    let (first, last) = Span::of(claim).map_or((0, 0), |span| span.bytes);
    let own = within(errors, first, last.saturating_add(1));
    let mut verdicts: Vec<ClaimVerdict<'a>> = vec![];
    for issue in above.iter().chain(own) {
        let verdict = verdict(issue, entity(claim, &issue.r#loop));
        if verdicts.len() < STATUSES_MAX && !verdicts.contains(&verdict) {
            verdicts.push(verdict);
        }
    }
    if verdicts.is_empty() {
        verdicts.push(ClaimVerdict::ACCEPTED);
    }
    AnsweredClaim {
        provider,
        patient: Named {
            name: patient.last_or_organization.unwrap_or_default(),
            qualifier: "MI",
            id: member,
        },
        given_names: [patient.first, patient.middle],
        control_number: claim.claim().patient_control_number,
        charged: claim.claim().charged,
        // A predetermination has no date yet, and the answer must have one: that of its batch.
        days: claim.days().or(made_on.map(|day| (day, day))),
        verdicts,
        payer_control_number: None,
        clearinghouse_number: claim.intermediary_number().and_then(|number| number.identifier),
    }
}

/// What a 277 says of a finding: category and status, by the element that is wrong.
fn verdict<'v>(issue: &'v Finding, entity: Option<&'static str>) -> ClaimVerdict<'v> {
    let element = issue.element.as_deref().unwrap_or_default();
    // What is wrong with nothing there is missing.
    let category = if issue.level >= 6 && issue.found.is_none() { "A6" } else { "A7" };
    let about = |code: &'static str| match entity {
        Some(entity) => ClaimVerdict::rejected(category, code).about(entity),
        None => ClaimVerdict::rejected(category, code),
    };
    if issue.level == 3 {
        let code = if issue.rule.contains("/cob-") { "672" } else { "400" };
        return ClaimVerdict::rejected("A7", code);
    }
    match (element, issue.component) {
        _ if issue.rule == "scrub/timely-filing" => ClaimVerdict::rejected("A3", "718"),
        ("HI01", _) => ClaimVerdict::rejected("A7", "254"),
        (element, _) if element.starts_with("HI") => ClaimVerdict::rejected("A7", "255"),
        ("SV101" | "SV202", Some(3..=6)) => ClaimVerdict::rejected("A7", "453"),
        ("SV101" | "SV202" | "SV301", _) => ClaimVerdict::rejected("A7", "454"),
        ("SV104" | "SV205" | "SV306", _) => ClaimVerdict::rejected("A7", "476"),
        ("SV105" | "SV303" | "CLM05", None | Some(1)) => ClaimVerdict::rejected("A7", "249"),
        ("CLM05", _) => ClaimVerdict::rejected("A7", "535"),
        ("SV201", _) => ClaimVerdict::rejected("A7", "455"),
        ("NM109", _) if entity.is_some_and(|entity| matches!(entity, "IL" | "QC")) => about("164"),
        ("NM109", _) => about("562"),
        ("PRV03", _) => about("145"),
        (element, _) if element.starts_with("CAS") => ClaimVerdict::rejected("A7", "521"),
        _ => ClaimVerdict { message: Some(&issue.message), ..ClaimVerdict::rejected("A8", "448") },
    }
}

/// Whom a loop of an 837 is about, as STC01-3 calls them. A provider's loops are numbered otherwise in
/// each of the guides: the claim's own table says who begins them.
fn entity<'a>(claim: &impl AnyClaim<'a>, loop_id: &str) -> Option<&'static str> {
    match loop_id {
        "2010AA" | "2000A" => return Some("85"),
        "2010BA" | "2330A" => return Some("IL"),
        "2010BB" => return Some("PR"),
        "2010CA" => return Some("QC"),
        _ => {}
    }
    let NodeSpec::Loop(of_claim) = claim.spec() else { return None };
    let of_line = of_claim.slots.iter().filter_map(SlotSpec::loop_spec).find(|spec| spec.id == "2400");
    let slots = of_claim.slots.iter().chain(of_line.into_iter().flat_map(|spec| spec.slots));
    let is_of_loop = |slot: &&SlotSpec| slot.loop_spec().is_some_and(|spec| spec.id == loop_id);
    let code =
        slots.filter(is_of_loop).find_map(|slot| slot.pattern.strip_prefix("NM1*"))?.split('|').next()?;
    // Others, as an assistant surgeon, the 277 cannot name.
    ["71", "72", "77", "82", "DK", "DN", "DQ", "QB"].contains(&code).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Options, check};
    use crate::{x837d, x837i, x837p};

    /// Two claims of one practice: the first charges what its line does, the second ten more.
    const CLAIMS: &str = "ISA*00*          *00*          *ZZ*CLINIC         *30*123456789      *240105*1200*^*00501*000000011*0*T*:~\
        GS*HC*CLINIC1*PLAN1*20240105*1200*21*X*005010X222A1~ST*837*0001*005010X222A1~BHT*0019*00*B1*20240105*1200*CH~\
        NM1*41*2*CLINIC*****46*C1~PER*IC*HELP*TE*8005550100~NM1*40*2*PLAN*****46*P1~\
        HL*1**20*1~NM1*85*2*CLINIC*****XX*1234567893~N3*1 MAIN~N4*TOWN*OH*441110000~REF*EI*123456789~\
        HL*2*1*22*0~SBR*P*18*G1******CI~NM1*IL*1*DOE*JOHN****MI*W1~N3*2 ELM~N4*TOWN*OH*44111~DMG*D8*19800101*M~\
        NM1*PR*2*PLAN*****PI*P1~CLM*C1*150***11:B:1*Y*A*Y*Y~REF*D9*T77~HI*ABK:S8002XA~\
        LX*1~SV1*HC:99213*150*UN*1***1~DTP*472*D8*20240101~\
        CLM*C2*80***11:B:1*Y*A*Y*Y~HI*ABK:S8002XA~LX*1~SV1*HC:99213*70*UN*1***1~DTP*472*RD8*20240101-20240103~\
        SE*29*0001~GE*1*21~IEA*1*000000011~";

    fn answered(text: &str, level: u8) -> (String, usize) {
        let at = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap().and_hms_opt(9, 30, 0).unwrap();
        let report = check(text.as_bytes(), &Options::default());
        let reply = reply(text.as_bytes(), &report, ReplyOptions { level, control_number: 6, at }).unwrap();
        (String::from_utf8(reply.bytes).unwrap(), reply.rejected)
    }

    #[test]
    fn claims_that_do_not_balance_are_rejected_one_by_one() {
        let (answer, rejected) = answered(CLAIMS, 4);
        assert_eq!(
            answer,
            "ISA*00*          *00*          *30*123456789      *ZZ*CLINIC         *261124*0930*^*00501*000000006*0*T*:~\n\
             GS*HN*PLAN1*CLINIC1*20261124*0930*1*X*005010X214~\nST*277*0001*005010X214~\n\
             BHT*0085*08*0001*20261124*0930*TH~\nHL*1**20*1~\nNM1*PR*2*PLAN*****46*P1~\nTRN*1*0001~\n\
             DTP*050*D8*20240105~\nDTP*009*D8*20261124~\nHL*2*1*21*1~\nNM1*41*2*CLINIC*****46*C1~\nTRN*2*B1~\n\
             STC*A1:19:PR*20261124*WQ*230~\nQTY*90*1~\nQTY*AA*1~\nAMT*YU*150~\nAMT*YY*80~\n\
             HL*3*2*19*1~\nNM1*85*2*CLINIC*****XX*1234567893~\nTRN*1*0~\nSTC*A1:19:PR**WQ*230~\nQTY*QA*1~\nQTY*QC*1~\n\
             AMT*YU*150~\nAMT*YY*80~\nHL*4*3*PT~\nNM1*QC*1*DOE*JOHN****MI*W1~\nTRN*2*C1~\nSTC*A2:20*20261124*WQ*150~\n\
             REF*D9*T77~\nDTP*472*D8*20240101~\nHL*5*3*PT~\nNM1*QC*1*DOE*JOHN****MI*W1~\nTRN*2*C2~\n\
             STC*A7:400*20261124*U*80~\nDTP*472*RD8*20240101-20240103~\nSE*35*0001~\nGE*1*1~\nIEA*1*000000006~\n"
        );
        assert_eq!(rejected, 1);
        // What we say is right by our own tables and rules.
        assert_eq!(check(answer.as_bytes(), &Options::default()).issues, []);
    }

    #[test]
    fn a_set_that_the_999_rejects_has_no_answer_for_its_claims() {
        assert_eq!(answered(&CLAIMS.replace("BHT*0019", "BHT*0018"), 4), (String::new(), 0));
        assert_eq!(answered(&CLAIMS.replace("IEA*1", "IEA*2"), 4), (String::new(), 0));
        // A situation rejects the set, unless the 999 was not to look for it: then it is said here.
        let replaced = CLAIMS.replace("150***11:B:1", "150***11:B:7");
        assert_eq!(answered(&replaced, 4), (String::new(), 0));
        let (answer, rejected) = answered(&replaced, 2);
        assert!(answer.contains("TRN*2*C1~\nSTC*A7:535*20261124*U*150~\n"), "{answer}");
        assert_eq!(rejected, 2);
    }
    #[test]
    fn a_loop_is_about_whom_its_guide_says() {
        let professional = x837p::Claim::default();
        let institutional = x837i::Claim::default();
        let dental = x837d::Claim::default();
        let all = |loop_id| {
            [entity(&professional, loop_id), entity(&institutional, loop_id), entity(&dental, loop_id)]
        };
        // Referring, attending, referring; rendering, operating, rendering; facility, other operating.
        assert_eq!(all("2310A"), [Some("DN"), Some("71"), Some("DN")]);
        assert_eq!(all("2310B"), [Some("82"), Some("72"), Some("82")]);
        assert_eq!(all("2310C"), [Some("77"), None, Some("77")]);
        // Supervising, rendering, assistant; none, facility, supervising; none, referring, none.
        assert_eq!(all("2310D"), [Some("DQ"), Some("82"), None]);
        assert_eq!(all("2310E"), [None, Some("77"), Some("DQ")]);
        assert_eq!(all("2310F"), [None, Some("DN"), None]);
        assert_eq!(all("2420A"), [Some("82"), Some("72"), Some("82")]);
        assert_eq!(all("2420E"), [Some("DK"), None, None]);
        assert_eq!(all("2010AA"), [Some("85"); 3]);
    }
}
