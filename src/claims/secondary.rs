//! The next payer's claim: the same visit, with what the payers before decided about it.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::claims::circumstances::MedicareSecondary;
use crate::claims::model::{
    Adjustment, Claim, Frequency, LineAdjudication, OtherPayer, OtherPayerDecision, Payer, Relationship,
    Subscriber,
};
use crate::types::{ClaimId, Entered, Modifier, Money, ProcedureCode};

/// What a payer decided about a claim, as its remittance says (835 loops 2100 and 2110).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// CLP04.
    pub paid: Money,
    /// CAS of 2100.
    pub adjustments: Vec<Adjustment>,
    /// CLP07.
    pub payer_claim_control_number: Option<String>,
    /// BPR16.
    pub decided_on: Option<NaiveDate>,
    /// SVC, each with the number of our line that it answers.
    pub lines: Vec<LineDecision>,
}

/// What a payer decided about a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineDecision {
    /// Our line, from 1.
    pub line_no: usize,
    /// SVC01-2.
    pub procedure: Entered<ProcedureCode>,
    /// SVC01-3 to -6.
    pub modifiers: Vec<Entered<Modifier>>,
    /// SVC03.
    pub paid: Money,
    /// SVC05, or what we billed.
    pub units: Decimal,
    /// CAS of 2110.
    pub adjustments: Vec<Adjustment>,
}

/// The insurance whose turn it is next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextCoverage {
    /// Who is asked now.
    pub payer: Payer,
    /// Why it does not pay first, when it is Medicare.
    pub medicare_secondary: Option<MedicareSecondary>,
    /// The insured person of that coverage.
    pub subscriber: Subscriber,
    /// The patient's relationship to that person.
    pub relationship: Relationship,
}

/// Builds the claim to the next payer from the claim that was decided.
///
/// Charges stay the whole charges; what was decided stands beside them in 2320 and 2430, at the
/// level at which the payer decided it (X222 1.4.1, coordination of benefits).
#[must_use]
pub fn next_payers_claim(decided: &Claim, decision: &Decision, next: NextCoverage) -> Claim {
    let mut claim = decided.clone();
    claim.id = ClaimId::new();
    claim.patient_control_number = None;
    claim.payer_claim_control_number = None;
    claim.frequency = Frequency::Original;
    claim.sequence = decided.sequence.next();
    claim.medicare_secondary = next.medicare_secondary;
    // Why the first payer's claim came late says nothing about this one.
    claim.delay_reason = None;
    // The next payer stood on the claim as another payer; now it is the one that is asked.
    claim.other_payers.retain(|other| other.payer.identifier != next.payer.identifier);
    claim.other_payers.push(OtherPayer {
        sequence: decided.sequence,
        medicare_secondary: decided.medicare_secondary.clone(),
        relationship: decided.patient.relationship.clone(),
        payer: decided.payer.clone(),
        group_number: decided.subscriber.group_number.clone(),
        subscriber: decided.subscriber.name.clone(),
        member_id: decided.subscriber.member_id.clone(),
        benefits_assigned: decided.benefits_assigned,
        decision: Some(OtherPayerDecision {
            paid: decision.paid,
            remaining_patient_liability: Some(remaining_liability(decided.charged, decision)),
            adjustments: decision.adjustments.clone(),
            payer_claim_control_number: decision.payer_claim_control_number.clone(),
            decided_on: decision.decided_on,
        }),
    });
    claim.other_payers.sort_by_key(|other| other.sequence);
    for line in &decision.lines {
        let Some(own) = line.line_no.checked_sub(1).and_then(|at| claim.lines.get_mut(at)) else { continue };
        own.adjudications.push(LineAdjudication {
            payer_identifier: decided.payer.identifier.text().to_owned(),
            paid: line.paid,
            procedure: line.procedure.clone(),
            modifiers: line.modifiers.clone(),
            units: line.units,
            adjustments: line.adjustments.clone(),
            decided_on: decision.decided_on,
        });
    }
    claim.patient.relationship = next.relationship;
    claim.payer = next.payer;
    claim.subscriber = next.subscriber;
    claim
}

/// AMT*EAF: what the patient would still owe, had there been no further payer: the charge less
/// the payment and less everything that is not the patient's (X222 2320 AMT).
fn remaining_liability(charged: Money, decision: &Decision) -> Money {
    use crate::types::GroupCode;
    let all = decision.adjustments.iter().chain(decision.lines.iter().flat_map(|line| &line.adjustments));
    let not_the_patients: Money =
        all.filter(|a| a.group != GroupCode::PatientResponsibility).map(|a| a.amount).sum();
    charged - decision.paid - not_the_patients
}
