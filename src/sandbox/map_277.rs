//! The 277CA: what becomes of each claim of a set.

use chrono::NaiveDate;

use crate::x12::claim_answer::{Answer, AnsweredClaim, ClaimVerdict, Named};
use crate::x12::{Body, Text};

use super::claim::{Payee, ReceivedClaim};
use super::state::Batch;
use super::wire;

/// What is said of a claim.
pub(super) type Verdict = ClaimVerdict<'static>;

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
    pub fn answer(&self) -> Answer<'_> {
        let (submitter, number) = &self.batch.submitter;
        Answer {
            batch: self.batch.reference.as_str().into(),
            submitter: named(submitter, "46", number),
            source: named(self.payer.0, "PI", self.payer.1),
            reference: self.reference.as_str().into(),
            received_on: self.received_on,
            at: self.today.and_time(wire::time()),
            claims: self.claims.iter().map(Acknowledged::answered).collect(),
        }
    }
}

impl Acknowledged<'_> {
    fn answered(&self) -> AnsweredClaim<'_> {
        let claim = self.claim;
        let patient = claim.patient.expose();
        AnsweredClaim {
            provider: payee(&claim.payee),
            patient: named(&patient.last, "MI", claim.member_id.expose()),
            given_names: [
                patient.first.as_deref().map(Text::from),
                patient.middle.as_deref().map(Text::from),
            ],
            control_number: claim.control_number.as_str().into(),
            charged: claim.charged,
            days: claim.first_day().zip(claim.last_day()),
            verdicts: vec![self.verdict],
            payer_control_number: self.payer_control_number,
            clearinghouse_number: claim.clearinghouse_number.as_deref().map(Text::from),
        }
    }
}

fn payee(payee: &Payee) -> Named<'_> {
    named(&payee.name, if payee.npi.is_some() { "XX" } else { "FI" }, payee.number())
}

fn named<'n>(name: &'n str, qualifier: &'static str, id: &'n str) -> Named<'n> {
    Named { name: name.into(), qualifier, id: id.into() }
}

/// The sets of several answers.
pub(super) fn bodies<'b>(answers: &'b [Answer<'_>]) -> Vec<Body<'b>> {
    answers.iter().map(|answer| Body::ClaimAcknowledgment(Box::new(answer.body()))).collect()
}
