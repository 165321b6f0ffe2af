//! Which claim of ours does a CLP answer, and which line does an SVC?
//!
//! Ranked, and each answer says why: our control number decides, for the claim of the payer that
//! speaks where the visit has one (crossover); then a payer control number that was seen before;
//! then member, days of service and charge, and only when exactly one claim fits. Whatever else is left for a person, with the candidates. Nothing here asks a
//! database: `store` brings the candidates for a thousand claims at a time.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;

use crate::remits::model::{RemitClaim, RemitLine};
use crate::types::{ClaimId, ControlNumber, CoverageId, EncounterId, Money, PatientId, PayerId};

/// A claim of ours, as far as matching and posting need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OurClaim {
    /// Its id.
    pub id: ClaimId,
    /// The claim under which the visit's money is kept in the ledger.
    pub account_claim: ClaimId,
    /// The visit.
    pub encounter: EncounterId,
    /// The person treated.
    pub patient: PatientId,
    /// Who was asked.
    pub payer: PayerId,
    /// Under which coverage.
    pub coverage: CoverageId,
    /// SBR01 is `P`: this payer came first.
    pub is_primary: bool,
    /// Which payer it is by SBR01, from 1.
    pub place: u8,
    /// CLM02.
    pub charged: Money,
    /// First day of service.
    pub service_from: Option<NaiveDate>,
    /// Last day of service.
    pub service_thru: Option<NaiveDate>,
    /// The insurance whose turn it is after this payer.
    pub next_payer: Option<NextPayer>,
    /// Its lines in order.
    pub lines: Vec<OurLine>,
}

/// The insurance whose turn it is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct NextPayer {
    /// The coverage.
    pub coverage: CoverageId,
    /// Its payer.
    pub payer: PayerId,
}

/// A line of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OurLine {
    /// Its number in the claim, from 1.
    pub line_no: i16,
    /// REF*6R.
    pub control_number: String,
    /// SV101-2.
    pub procedure: String,
    /// SV101-3 to -6.
    pub modifiers: Vec<String>,
    /// SV102.
    pub charged: Money,
    /// DTP*472.
    pub from: Option<NaiveDate>,
}

/// How a claim was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchRule {
    /// CLP01 is the control number of one of our submissions.
    ControlNumber,
    /// CLP07 was seen before, for one claim.
    PayerControlNumber,
    /// Exactly one claim has the member, the days of service and the charge.
    MemberDatesCharge,
    /// A person named it.
    Person,
}

impl MatchRule {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            MatchRule::ControlNumber => "control_number",
            MatchRule::PayerControlNumber => "payer_control_number",
            MatchRule::MemberDatesCharge => "member_dates_charge",
            MatchRule::Person => "person",
        }
    }
}

/// Member id, first and last day of service, and charge.
pub type Facts = (String, NaiveDate, NaiveDate, Money);

/// The third key of a claim, when it says enough to have one.
#[must_use]
pub fn facts(claim: &RemitClaim) -> Option<Facts> {
    let member = claim.member_id.as_ref()?;
    let (from, thru) = claim.service_dates()?;
    // A reversal repeats the charge negated.
    Some((member.as_str().to_owned(), from, thru, claim.charged.abs()))
}

/// What the database found under each key.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    /// By the control numbers of our submissions: the claim that was sent, or the payer's own for that visit.
    pub by_control_number: HashMap<String, ClaimId>,
    /// By payer claim control numbers of earlier remittances of the same payer.
    pub by_payer_number: HashMap<String, Vec<ClaimId>>,
    /// By member, dates and charge.
    pub by_facts: HashMap<Facts, Vec<ClaimId>>,
}

/// The answer for one CLP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// This claim.
    One {
        /// The claim.
        claim: ClaimId,
        /// Why.
        rule: MatchRule,
    },
    /// Nothing fits; why not, without patient data.
    None {
        /// Why not.
        why: String,
    },
    /// Nothing fits, and CLP01 has the form of a control number: it is none of this practice. Whose it
    /// is, if anybody's, is not known here and not asked.
    NotOurNumber,
    /// More than one fits equally well.
    Several {
        /// By which key.
        rule: MatchRule,
        /// All that fit.
        claims: Vec<ClaimId>,
    },
}

/// Finds the claim that a CLP answers.
#[must_use]
pub fn decide(remit: &RemitClaim, candidates: &Candidates) -> Found {
    if let Some(&claim) = candidates.by_control_number.get(&remit.patient_control_number) {
        return Found::One { claim, rule: MatchRule::ControlNumber };
    }
    let number = remit.payer_claim_control_number.as_ref();
    if let Some(claims) = number.and_then(|number| candidates.by_payer_number.get(number)) {
        return only(claims, MatchRule::PayerControlNumber);
    }
    let none = |why: &str| match ControlNumber::parse(&remit.patient_control_number) {
        Ok(_) => Found::NotOurNumber,
        Err(_no_number) => Found::None { why: why.to_owned() },
    };
    let Some(key) = facts(remit) else {
        return none(
            "CLP01 is no control number of ours, CLP07 was not seen before, and member id or days of service are missing",
        );
    };
    match candidates.by_facts.get(&key) {
        Some(claims) => only(claims, MatchRule::MemberDatesCharge),
        None => none(
            "CLP01 is no control number of ours, CLP07 was not seen before, and no claim has this member, days of service and charge",
        ),
    }
}

fn only(claims: &[ClaimId], rule: MatchRule) -> Found {
    match claims {
        [claim] => Found::One { claim: *claim, rule },
        _ => Found::Several { rule, claims: claims.to_vec() },
    }
}

/// For each line of the payer's answer, our line: by control number first, then by procedure (as
/// we billed it), modifiers, day and charge. Several may answer one of ours (a split line); one
/// that fits none stays as it was sent.
#[must_use]
pub fn lines(answered: &[RemitLine], ours: &[OurLine]) -> Vec<Option<i16>> {
    let mut taken = vec![false; ours.len()];
    let mut found: Vec<Option<i16>> = answered
        .iter()
        .map(|line| {
            let number = line.control_number.as_deref()?;
            let at = ours.iter().position(|our| our.control_number == number)?;
            taken[at] = true;
            Some(ours[at].line_no)
        })
        .collect();
    for (line, found) in answered.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
        let fits = |our: &OurLine| {
            let billed = line.billed_procedure.as_ref().unwrap_or(&line.procedure);
            our.procedure == *billed
                // What we billed under another code may have had other modifiers.
                && (line.billed_procedure.is_some() || our.modifiers == line.modifiers)
                && (line.service_from.is_none() || our.from == line.service_from)
                && our.charged == line.charged.abs()
        };
        let at = ours.iter().zip(&taken).position(|(our, taken)| !taken && fits(our));
        if let Some(at) = at {
            taken[at] = true;
            *found = Some(ours[at].line_no);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Bytes;

    fn dollars(text: &str) -> Money {
        text.parse().unwrap()
    }

    fn ours(line_no: i16, procedure: &str, modifiers: &[&str], charged: &str) -> OurLine {
        OurLine {
            line_no,
            control_number: format!("L{line_no}"),
            procedure: procedure.to_owned(),
            modifiers: modifiers.iter().map(ToString::to_string).collect(),
            charged: dollars(charged),
            from: "2026-03-02".parse().ok(),
        }
    }

    fn theirs(procedure: &str, modifiers: &[&str], charged: &str) -> RemitLine {
        RemitLine {
            line_no: 1,
            control_number: None,
            procedure: procedure.to_owned(),
            modifiers: modifiers.iter().map(ToString::to_string).collect(),
            billed_procedure: None,
            service_from: "2026-03-02".parse().ok(),
            service_thru: None,
            charged: dollars(charged),
            paid: Money::ZERO,
            units: None,
            allowed: None,
            adjustments: vec![],
            remarks: vec![],
            bytes: Bytes::default(),
        }
    }

    #[track_caller]
    fn check(answered: &[RemitLine], expected: &[Option<i16>]) {
        let ours = [
            ours(1, "99213", &["25"], "100.00"),
            ours(2, "81002", &[], "25.00"),
            ours(3, "81002", &[], "25.00"),
        ];
        assert_eq!(lines(answered, &ours), expected);
    }

    #[test]
    fn a_line_is_found_by_its_control_number_whatever_else_it_says() {
        let line = RemitLine { control_number: Some("L3".into()), ..theirs("99999", &[], "1.00") };
        check(&[line], &[Some(3)]);
    }

    #[test]
    fn two_lines_alike_are_answered_by_one_each() {
        let line = theirs("81002", &[], "25.00");
        check(&[line.clone(), line.clone(), line], &[Some(2), Some(3), None]);
    }

    #[test]
    fn a_recoded_line_is_found_by_what_we_billed() {
        let line = RemitLine { billed_procedure: Some("99213".into()), ..theirs("99212", &[], "100.00") };
        check(&[line], &[Some(1)]);
    }

    #[test]
    fn other_modifiers_day_or_charge_are_another_line() {
        check(&[theirs("99213", &[], "100.00")], &[None]);
        check(&[theirs("99213", &["25"], "99.00")], &[None]);
        let another_day =
            RemitLine { service_from: "2026-03-03".parse().ok(), ..theirs("99213", &["25"], "100.00") };
        check(&[another_day], &[None]);
    }

    #[test]
    fn a_split_line_answers_ours_twice() {
        let part = RemitLine { control_number: Some("L1".into()), ..theirs("99213", &["25"], "50.00") };
        check(&[part.clone(), part], &[Some(1), Some(1)]);
    }

    #[test]
    fn the_lines_of_a_reversal_have_negative_charges() {
        check(&[theirs("99213", &["25"], "-100.00")], &[Some(1)]);
    }
}
