//! The 835: a payment with its claims, as a set.

use chrono::{Datelike, NaiveDate};

use crate::types::{GroupCode, Money, PersonName};
use crate::x12::segments::{
    Adjustment, AdjustmentGroup, AdjustmentReference, Amt, Bpr, Cas, ClaimStatus, Clp, Communication,
    CreditDebit, Dtm, EntityKind, Handling, Lq, Lx, Moa, N1, N3, N4, Nm1, PaymentMethod, Per, Plb, Procedure,
    ProviderAdjustment, Ref, Svc, Trn,
};
use crate::x12::x835::{ClaimPayment, HeaderNumber, Payee, Payer, Remittance, ServicePayment};
use crate::x12::{Body, Number, Ordinal, Source, Text};

use super::adjudicate::{AdjudicatedLine, Adjudication, Processed};
use super::claim::{self, Adjusted, ReceivedLine};
use super::map_837::up_to;
use super::payment::{PaidClaim, Settlement};
use super::plan::Plan;

/// A payment to one payee.
pub(super) struct Payment<'p> {
    /// Name and identifier of the payer.
    pub payer: (&'p str, &'p str),
    /// TRN03: `1` and nine digits.
    pub payer_company: String,
    pub plan: &'p Plan,
    pub payee: &'p claim::Payee,
    /// TRN02.
    pub trace: String,
    pub today: NaiveDate,
    pub claims: Vec<PaidClaim>,
    pub settlement: Settlement,
}

/// A made-up bank and account: the routing number has a right check digit and no bank has it.
const BANK: (&str, &str) = ("999999992", "SANDBOX0001");

impl Payment<'_> {
    /// The set as it is sent.
    pub fn body(&self) -> Body<'_> {
        Body::Remittance(Box::new(self.remittance()))
    }

    fn remittance(&self) -> Remittance<'_> {
        Remittance {
            payment: self.bpr(),
            trace: Trn {
                kind: "1".into(),
                number: self.trace.as_str().into(),
                payer_id: Some(self.payer_company.as_str().into()),
                payer_code: None,
                source: Source::NONE,
            },
            currency: None,
            receiver: None,
            version: None,
            production: Some(dtm("405", self.today)),
            payer: self.payer_loop(),
            payee: self.payee_loop(),
            headers: if self.claims.is_empty() { vec![] } else { vec![self.header()] },
            claims_without_header: vec![],
            provider_adjustments: self.plb(),
            other: vec![],
        }
    }

    fn bpr(&self) -> Bpr<'_> {
        let paid = self.settlement.paid;
        let moves = paid.is_positive();
        let when = |text: &'static str| moves.then(|| Text::from(text));
        Bpr {
            handling: if moves { Handling::AdviceOnly } else { Handling::Notification },
            paid,
            credit_debit: Some(CreditDebit::Credit),
            method: Some(if moves { PaymentMethod::Ach } else { PaymentMethod::None }),
            format: when("CCP"),
            sender_bank_qualifier: when("01"),
            sender_bank: when(BANK.0),
            sender_account_qualifier: when("DA"),
            sender_account: when(BANK.1),
            payer_id: moves.then(|| self.payer_company.as_str().into()),
            payer_code: None,
            receiver_bank_qualifier: when("01"),
            receiver_bank: when(BANK.0),
            receiver_account_qualifier: when("DA"),
            receiver_account: moves.then(|| self.payee.number().into()),
            effective_on: Some(self.today),
            source: Source::NONE,
        }
    }

    fn payer_loop(&self) -> Payer<'_> {
        Payer {
            name: n1("PR", self.payer.0, None),
            address: Some(n3("1 SANDBOX WAY")),
            city: Some(n4("SPRINGFIELD", "IL", "627010001")),
            references: vec![reference("2U", self.payer.1)],
            business_contact: None,
            technical_contacts: vec![Per {
                function: "BL".into(),
                name: Some("SANDBOX SUPPORT".into()),
                numbers: up_to([Communication { qualifier: "TE".into(), number: "8005550100".into() }]),
                source: Source::NONE,
            }],
            web_site: None,
            other: vec![],
        }
    }

    fn payee_loop(&self) -> Payee<'_> {
        let payee = self.payee;
        let id = match (&payee.npi, &payee.tax_id) {
            (Some(npi), _) => Some(("XX", npi.as_str())),
            (None, Some(tax_id)) => Some(("FI", tax_id.as_str())),
            (None, None) => None,
        };
        let address = payee.address.as_ref();
        Payee {
            name: n1("PE", &payee.name, id),
            address: address.map(|[street, ..]| n3(street)),
            city: address.map(|[_, city, state, zip]| n4(city, state, zip)),
            references: match (&payee.npi, &payee.tax_id) {
                (Some(_), Some(tax_id)) => vec![reference("TJ", tax_id)],
                _ => vec![],
            },
            delivery: None,
            other: vec![],
        }
    }

    fn header(&self) -> HeaderNumber<'_> {
        HeaderNumber {
            number: Lx { number: Ordinal::Number(1), source: Source::NONE },
            summary: None,
            inpatient_summary: None,
            claims: self.claims.iter().map(|claim| self.claim(claim)).collect(),
            other: vec![],
        }
    }

    fn claim<'a>(&'a self, paid: &'a PaidClaim) -> ClaimPayment<'a> {
        let (claim, decision) = (&paid.claim, &paid.adjudication);
        let patient = claim.patient.expose();
        let is_subscriber = claim.patient == claim.subscriber;
        let member = claim.member_id.expose().as_str();
        let responsibility = decision.patient_responsibility();
        let dates = [("232", claim.first_day()), ("233", claim.last_day())];
        ClaimPayment {
            claim: Clp {
                patient_control_number: claim.control_number.as_str().into(),
                status: status(decision.status),
                charged: paid.charged(),
                paid: paid.paid(),
                // A reversal says nothing of what the patient owes.
                patient_responsibility: responsibility.is_positive().then_some(responsibility),
                filing_indicator: Some(self.plan.filing_indicator.into()),
                payer_claim_control_number: Some(paid.payer_control_number.as_str().into()),
                facility: Some(claim.facility.as_str().into()),
                frequency: Some(claim.frequency.code().into()),
                drg: None,
                drg_weight: None,
                discharge_fraction: None,
                source: Source::NONE,
            },
            adjustments: cas(&decision.adjustments),
            patient: Some(person("QC", patient, is_subscriber.then_some(("MI", member)))),
            insured: (!is_subscriber)
                .then(|| Box::new(person("IL", claim.subscriber.expose(), Some(("MI", member))))),
            corrected_insured: None,
            service_provider: claim
                .rendering
                .as_ref()
                .filter(|one| Some(&one.npi) != self.payee.npi.as_ref())
                .map(|one| Nm1 {
                    kind: Some(if one.is_person { EntityKind::Person } else { EntityKind::Organization }),
                    ..person("82", &one.name, Some(("XX", one.npi.as_str())))
                }),
            crossover_carrier: self
                .plan
                .crossover
                .filter(|_| decision.status == Processed::FirstForwarded)
                .map(|(name, id)| Box::new(organization("TT", name, ("PI", id)))),
            corrected_payer: None,
            other_subscriber: None,
            inpatient: None,
            outpatient: (!decision.remarks.is_empty()).then(|| {
                Box::new(Moa {
                    rate: None,
                    hcpcs_payable: None,
                    remarks: up_to(decision.remarks.iter().map(|code| Text::from(code.as_str()))),
                    esrd: None,
                    nonpayable_professional: None,
                    source: Source::NONE,
                })
            }),
            references: paid.corrects.iter().map(|number| reference("F8", number)).collect(),
            provider_references: vec![],
            statement_dates: dates.iter().filter_map(|&(what, day)| day.map(|day| dtm(what, day))).collect(),
            // The sandbox's coverages end the day before the service that they no longer cover.
            coverage_expired: decision
                .says_coverage_ended()
                .then(|| claim.first_day().and_then(|day| day.pred_opt()))
                .flatten()
                .map(|day| Box::new(dtm("036", day))),
            received: Some(dtm("050", paid.received_on)),
            contacts: vec![],
            amounts: amounts(decision, paid.interest),
            quantities: vec![],
            services: decision
                .lines
                .iter()
                .zip(&claim.lines)
                .map(|(line, received)| service(line, received, paid.is_reversal()))
                .collect(),
            other: vec![],
        }
    }

    fn plb(&self) -> Vec<Plb<'_>> {
        let fiscal_year_end = NaiveDate::from_ymd_opt(self.today.year(), 12, 31);
        self.settlement
            .provider_adjustments
            .chunks(6)
            .map(|entries| Plb {
                provider: self.payee.number().into(),
                fiscal_period_end: fiscal_year_end,
                adjustments: up_to(entries.iter().map(|one| {
                    let reference = Some(Text::from(one.reference.as_str()));
                    let reason = AdjustmentReference { reason: one.reason.into(), reference };
                    ProviderAdjustment { reason, amount: one.amount }
                })),
                source: Source::NONE,
            })
            .collect()
    }
}

fn amounts(decision: &Adjudication, interest: Money) -> Vec<Amt<'static>> {
    let covered: Money = decision.lines.iter().filter_map(|line| line.allowed).sum();
    let mut amounts = vec![];
    if covered.is_positive() {
        amounts.push(amt("AU", covered));
    }
    if interest.is_positive() {
        amounts.push(amt("I", interest));
    }
    amounts
}

fn service<'a>(line: &'a AdjudicatedLine, received: &'a ReceivedLine, reversal: bool) -> ServicePayment<'a> {
    let dates = match (received.first_day, received.last_day) {
        (Some(first), Some(last)) if first != last => vec![dtm("150", first), dtm("151", last)],
        (Some(day), _) => vec![dtm("472", day)],
        (None, _) => vec![],
    };
    ServicePayment {
        service: Svc {
            procedure: Procedure {
                qualifier: received.qualifier.as_str().into(),
                code: received.procedure.as_str().into(),
                modifiers: up_to(received.modifiers.iter().map(|one| Text::from(one.as_str()))),
                description: None,
                through: None,
            },
            charged: if reversal { -received.charged } else { received.charged },
            paid: Some(line.paid),
            revenue_code: None,
            paid_units: received.units.map(Number).filter(|units| *units != Number::from(1)),
            billed_procedure: None,
            billed_units: None,
            source: Source::NONE,
        },
        dates,
        adjustments: cas(&line.adjustments),
        references: vec![],
        line_control_number: received.control_number.as_deref().map(|number| reference("6R", number)),
        provider_references: vec![],
        policies: vec![],
        amounts: line
            .allowed
            .filter(|allowed| !allowed.is_zero())
            .map(|allowed| amt("B6", allowed))
            .into_iter()
            .collect(),
        quantities: vec![],
        remarks: line
            .remarks
            .iter()
            .map(|code| Lq { list: "HE".into(), code: Some(code.as_str().into()), source: Source::NONE })
            .collect(),
        other: vec![],
    }
}

/// One CAS a group, six reasons each.
fn cas(adjustments: &[Adjusted]) -> Vec<Cas<'_>> {
    let mut segments = vec![];
    for group in GroupCode::ALL {
        let of_group: Vec<Adjustment<'_>> = adjustments
            .iter()
            .filter(|one| one.group == group)
            .map(|one| Adjustment { reason: one.reason.as_str().into(), amount: one.amount, quantity: None })
            .collect();
        segments.extend(of_group.chunks(6).map(|six| Cas {
            group: match group {
                GroupCode::ContractualObligation => AdjustmentGroup::ContractualObligation,
                GroupCode::PatientResponsibility => AdjustmentGroup::PatientResponsibility,
                GroupCode::OtherAdjustment => AdjustmentGroup::OtherAdjustment,
                GroupCode::PayerInitiated => AdjustmentGroup::PayerInitiated,
            },
            adjustments: up_to(six.iter().copied()),
            source: Source::NONE,
        }));
    }
    segments
}

const fn status(processed: Processed) -> ClaimStatus<'static> {
    match processed {
        Processed::First => ClaimStatus::Primary,
        Processed::Second => ClaimStatus::Secondary,
        Processed::Third => ClaimStatus::Tertiary,
        Processed::NotOurs => ClaimStatus::Denied,
        Processed::FirstForwarded => ClaimStatus::PrimaryForwarded,
        Processed::Reversal => ClaimStatus::Reversal,
    }
}

fn person<'a>(entity: &'a str, name: &'a PersonName, id: Option<(&'a str, &'a str)>) -> Nm1<'a> {
    let id = id.filter(|(_, number)| !number.is_empty());
    Nm1 {
        entity: entity.into(),
        kind: Some(EntityKind::Person),
        last_or_organization: (!name.last.is_empty()).then(|| name.last.as_str().into()),
        first: name.first.as_deref().map(Text::from),
        middle: name.middle.as_deref().map(Text::from),
        suffix: name.suffix.as_deref().map(Text::from),
        id_qualifier: id.map(|(qualifier, _)| qualifier.into()),
        id: id.map(|(_, number)| number.into()),
        ..Nm1::default()
    }
}

fn organization<'a>(entity: &'a str, name: &'a str, (qualifier, id): (&'a str, &'a str)) -> Nm1<'a> {
    Nm1 {
        entity: entity.into(),
        kind: Some(EntityKind::Organization),
        last_or_organization: Some(name.into()),
        id_qualifier: Some(qualifier.into()),
        id: Some(id.into()),
        ..Nm1::default()
    }
}

fn n1<'a>(entity: &'a str, name: &'a str, id: Option<(&'a str, &'a str)>) -> N1<'a> {
    N1 {
        entity: entity.into(),
        name: Some(name.into()),
        id_qualifier: id.map(|(qualifier, _)| qualifier.into()),
        id: id.map(|(_, number)| number.into()),
        source: Source::NONE,
    }
}

fn n3(line: &str) -> N3<'_> {
    N3 { line_1: line.into(), line_2: None, source: Source::NONE }
}

fn n4<'a>(city: &'a str, state: &'a str, zip: &'a str) -> N4<'a> {
    N4 {
        city: city.into(),
        state: (!state.is_empty()).then(|| state.into()),
        zip: (!zip.is_empty()).then(|| zip.into()),
        ..N4::default()
    }
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

fn dtm(qualifier: &str, day: NaiveDate) -> Dtm<'_> {
    Dtm { qualifier: qualifier.into(), date: Some(day), source: Source::NONE }
}

const fn amt(qualifier: &'static str, amount: Money) -> Amt<'static> {
    Amt { qualifier: Text::new(qualifier.as_bytes()), amount, source: Source::NONE }
}
