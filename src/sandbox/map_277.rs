//! The 277CA: what becomes of each claim of a set.

use chrono::NaiveDate;

use crate::types::Money;
use crate::x12::segments::{Amt, Bht, Dtp, EntityKind, Hl, Nm1, Qty, Ref, Status, Stc, Trn};
use crate::x12::x277::{
    BatchStatus, BillingProvider, ClaimAcknowledgment, ClaimStatus, InformationReceiver, InformationSource,
    Patient, PatientLevel, ProviderLevel, ProviderStatus, Receipt, ReceiverLevel, SourceLevel,
};
use crate::x12::{Body, Number, Ordinal, Period, Source, Text};

use super::claim::{Payee, ReceivedClaim};
use super::state::Batch;
use super::wire;

/// What is said of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// `A1` received, `A2` accepted; `A3`, `A4`, `A6`, `A7` rejected.
    pub category: &'static str,
    /// The claim status code.
    pub code: &'static str,
    /// Whom it is about.
    pub entity: Option<&'static str>,
}

impl Verdict {
    /// In adjudication.
    pub const ACCEPTED: Verdict = Verdict { category: "A2", code: "20", entity: None };
    /// Received, in review.
    pub const RECEIVED: Verdict = Verdict { category: "A1", code: "20", entity: None };

    /// Rejected: never entered adjudication.
    pub const fn rejected(category: &'static str, code: &'static str) -> Verdict {
        Verdict { category, code, entity: None }
    }
    /// Whom it is about.
    pub const fn about(self, entity: &'static str) -> Verdict {
        Verdict { entity: Some(entity), ..self }
    }
    pub fn is_rejection(&self) -> bool {
        !matches!(self.category, "A1" | "A2")
    }
}

/// A claim and what is said of it.
pub(super) struct Acknowledged<'c> {
    pub claim: &'c ReceivedClaim,
    pub verdict: Verdict,
    /// Our number for it; none when rejected.
    pub payer_control_number: Option<&'c str>,
}

/// The answer to one set.
pub(super) struct Answered<'c> {
    pub batch: &'c Batch,
    /// Name and identifier of the payer.
    pub payer: (&'c str, &'c str),
    /// Names the answer: BHT03 and TRN*1.
    pub reference: String,
    pub received_on: NaiveDate,
    pub today: NaiveDate,
    pub claims: Vec<Acknowledged<'c>>,
}

impl Answered<'_> {
    /// The set as it is sent.
    pub fn body(&self) -> Body<'_> {
        Body::ClaimAcknowledgment(Box::new(self.acknowledgment()))
    }

    fn acknowledgment(&self) -> ClaimAcknowledgment<'_> {
        let reference = Text::from(self.reference.as_str());
        let totals = Totals::of(self.claims.iter());
        let mut payees: Vec<&Payee> = vec![];
        for one in &self.claims {
            if !payees.contains(&&one.claim.payee) {
                payees.push(&one.claim.payee);
            }
        }
        let mut level = 2;
        let providers: Vec<ProviderLevel<'_>> =
            payees.into_iter().map(|payee| self.provider(payee, &mut level)).collect();
        let children = |any: bool| Some(if any { "1" } else { "0" }.into());
        ClaimAcknowledgment {
            beginning: Bht {
                structure: "0085".into(),
                purpose: "08".into(),
                reference: Some(reference),
                date: Some(self.today),
                time: Some(wire::time()),
                kind: Some("TH".into()),
                source: Source::NONE,
            },
            sources: vec![SourceLevel {
                level: hl(1, None, "20", children(true)),
                name: Some(InformationSource {
                    name: name("PR", EntityKind::Organization, self.payer.0, "PI", self.payer.1),
                    other: vec![],
                }),
                receipt: Some(Receipt {
                    trace: trace("1", reference),
                    received: Some(dtp("050", Period::Day(self.received_on))),
                    processed: Some(dtp("009", Period::Day(self.today))),
                    other: vec![],
                }),
                receiver: ReceiverLevel {
                    level: hl(2, Some(1), "21", children(!providers.is_empty())),
                    name: Some(InformationReceiver {
                        name: name(
                            "41",
                            EntityKind::Organization,
                            &self.batch.submitter.0,
                            "46",
                            &self.batch.submitter.1,
                        ),
                        other: vec![],
                    }),
                    status: Some(BatchStatus {
                        trace: trace("2", self.batch.reference.as_str().into()),
                        statuses: vec![Stc {
                            effective_on: Some(self.today),
                            ..stc(RECEIPT, totals.accepted_amount + totals.rejected_amount)
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

    fn provider<'a>(&'a self, payee: &'a Payee, level: &mut u32) -> ProviderLevel<'a> {
        *level += 1;
        let own = *level;
        let claims: Vec<&Acknowledged<'_>> =
            self.claims.iter().filter(|one| one.claim.payee == *payee).collect();
        let totals = Totals::of(claims.iter().copied());
        let qualifier = if payee.npi.is_some() { "XX" } else { "FI" };
        ProviderLevel {
            level: hl(own, Some(2), "19", Some("1".into())),
            names: vec![BillingProvider {
                name: name("85", EntityKind::Organization, &payee.name, qualifier, payee.number()),
                other: vec![],
            }],
            status: Some(ProviderStatus {
                trace: trace("1", "0".into()),
                statuses: vec![stc(RECEIPT, totals.accepted_amount + totals.rejected_amount)],
                reference: None,
                accepted: totals.quantity("QA", totals.accepted),
                rejected: totals.quantity("QC", totals.rejected),
                accepted_amount: totals.amount("YU", totals.accepted, totals.accepted_amount),
                rejected_amount: totals.amount("YY", totals.rejected, totals.rejected_amount),
                other: vec![],
            }),
            patients: claims
                .into_iter()
                .map(|one| {
                    *level += 1;
                    self.patient(one, *level, own)
                })
                .collect(),
            other: vec![],
        }
    }

    fn patient<'a>(&'a self, one: &'a Acknowledged<'_>, level: u32, parent: u32) -> PatientLevel<'a> {
        let claim = one.claim;
        let patient = claim.patient.expose();
        let first = patient.first.as_deref().map(Text::from);
        PatientLevel {
            level: hl(level, Some(parent), "PT", None),
            name: Some(Patient {
                name: Nm1 {
                    first,
                    middle: patient.middle.as_deref().map(Text::from),
                    ..name("QC", EntityKind::Person, &patient.last, "MI", claim.member_id.expose())
                },
                other: vec![],
            }),
            claims: vec![ClaimStatus {
                trace: trace("2", claim.control_number.as_str().into()),
                statuses: vec![Stc { effective_on: Some(self.today), ..stc(one.verdict, claim.charged) }],
                claim_control_number: one.payer_control_number.map(|number| reference("1K", number)),
                intermediary_number: claim
                    .clearinghouse_number
                    .as_deref()
                    .map(|number| reference("D9", number)),
                bill_type: None,
                service_date: claim.first_day().zip(claim.last_day()).map(|(first, last)| {
                    dtp("472", if first == last { Period::Day(first) } else { Period::Range(first, last) })
                }),
                lines: vec![],
                other: vec![],
            }],
            other: vec![],
        }
    }
}

/// Of a whole batch or provider: it was received.
const RECEIPT: Verdict = Verdict { category: "A1", code: "19", entity: Some("PR") };

#[derive(Default)]
struct Totals {
    accepted: u32,
    rejected: u32,
    accepted_amount: Money,
    rejected_amount: Money,
}

impl Totals {
    fn of<'c>(claims: impl Iterator<Item = &'c Acknowledged<'c>>) -> Totals {
        let mut totals = Totals::default();
        for one in claims {
            if one.verdict.is_rejection() {
                totals.rejected += 1;
                totals.rejected_amount += one.claim.charged;
            } else {
                totals.accepted += 1;
                totals.accepted_amount += one.claim.charged;
            }
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

fn stc(verdict: Verdict, charged: Money) -> Stc<'static> {
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

fn name<'a>(
    entity: &'a str,
    kind: EntityKind<'a>,
    last: &'a str,
    qualifier: &'a str,
    id: &'a str,
) -> Nm1<'a> {
    Nm1 {
        entity: entity.into(),
        kind: Some(kind),
        last_or_organization: (!last.is_empty()).then(|| last.into()),
        id_qualifier: Some(qualifier.into()),
        id: (!id.is_empty()).then(|| id.into()),
        ..Nm1::default()
    }
}

fn trace<'a>(kind: &'a str, number: Text<'a>) -> Trn<'a> {
    Trn { kind: kind.into(), number, payer_id: None, payer_code: None, source: Source::NONE }
}

fn reference<'a>(qualifier: &'a str, identifier: &'a str) -> Ref<'a> {
    Ref {
        qualifier: qualifier.into(),
        identifier: Some(identifier.into()),
        description: None,
        of: None,
        source: Source::NONE,
    }
}

fn dtp<'a>(qualifier: &'a str, period: Period<'a>) -> Dtp<'a> {
    Dtp { qualifier: qualifier.into(), period, source: Source::NONE }
}
