//! What an exception may be about: ranked, and each rank says what agrees and what does not. Pure.
//!
//! A fact that the payer does not state neither agrees nor differs. The score is the sum of the
//! weights of what agrees, of 100; equal scores keep the order of the ids.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::remits::model::{ClaimStatus, RemitClaim};
use crate::remits::post::{Earlier, adjusted};
use crate::types::{ClaimId, ControlNumber, Money, RemitClaimId};

/// How many candidates an exception keeps: the keys 1 to 9 choose one.
const CANDIDATES_MAX: usize = 9;

/// Something that a payer states and that we can compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// CLP01, but for one slip: a character lost, added, changed or swapped, zeros lost, something added.
    ControlNumber,
    /// CLP07, as an earlier remittance had it.
    PayerControlNumber,
    /// The member id.
    Member,
    /// First and last day of service.
    Dates,
    /// CLP03.
    Charge,
    /// The patient's last name.
    Name,
    /// CLP04, negated by a reversal.
    Payment,
    /// Sums of CAS by group, negated by a reversal.
    Adjustments,
}

impl Fact {
    /// All of them.
    pub const ALL: [Fact; 8] = [
        Fact::ControlNumber,
        Fact::PayerControlNumber,
        Fact::Member,
        Fact::Dates,
        Fact::Charge,
        Fact::Name,
        Fact::Payment,
        Fact::Adjustments,
    ];

    /// The word in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Fact::ControlNumber => "control_number",
            Fact::PayerControlNumber => "payer_control_number",
            Fact::Member => "member",
            Fact::Dates => "dates",
            Fact::Charge => "charge",
            Fact::Name => "name",
            Fact::Payment => "payment",
            Fact::Adjustments => "adjustments",
        }
    }

    /// In a person's words.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Fact::ControlNumber => "control no., one slip away",
            Fact::PayerControlNumber => "payer control no.",
            Fact::Member => "member id",
            Fact::Dates => "days of service",
            Fact::Charge => "charge",
            Fact::Name => "last name",
            Fact::Payment => "payment",
            Fact::Adjustments => "adjustments",
        }
    }

    /// The fact of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Fact> {
        Fact::ALL.into_iter().find(|fact| fact.as_str() == name)
    }

    /// Of a claim: 100 together. A number says most, a name that others share least.
    const fn weight_for_claim(self) -> i16 {
        match self {
            Fact::ControlNumber => 35,
            Fact::PayerControlNumber => 25,
            Fact::Member => 15,
            Fact::Dates | Fact::Charge => 10,
            Fact::Name => 5,
            Fact::Payment | Fact::Adjustments => 0,
        }
    }

    /// Of a decision: 100 together. What was paid must be taken back, so it says most.
    const fn weight_for_decision(self) -> i16 {
        match self {
            Fact::Payment => 40,
            Fact::PayerControlNumber => 25,
            Fact::Charge => 20,
            Fact::Adjustments => 15,
            Fact::ControlNumber | Fact::Member | Fact::Dates | Fact::Name => 0,
        }
    }
}

/// What an exception may be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// A claim of ours.
    pub claim: ClaimId,
    /// An earlier decision about it, when one is looked for.
    pub decision: Option<RemitClaimId>,
    /// Sum of the weights of what agrees, of 100.
    pub score: i16,
    /// What the payer states and we have alike.
    pub agrees: Vec<Fact>,
    /// What the payer states and we have otherwise.
    pub differs: Vec<Fact>,
}

impl Candidate {
    /// The posted decision that another one repeats: all of it agrees.
    #[must_use]
    pub fn twin(claim: ClaimId, decision: RemitClaimId) -> Candidate {
        let agrees = vec![Fact::PayerControlNumber, Fact::Charge, Fact::Payment, Fact::Adjustments];
        Candidate { claim, decision: Some(decision), score: 100, agrees, differs: vec![] }
    }
}

/// What is compared of a CLP.
#[derive(Clone, Debug)]
pub(in crate::remits) struct Said {
    /// Control numbers that CLP01 may have been.
    pub numbers: Vec<String>,
    pub payer_number: Option<String>,
    pub member: Option<String>,
    pub dates: Option<(NaiveDate, NaiveDate)>,
    pub charge: Money,
    /// In lower case.
    pub last_name: Option<String>,
}

impl Said {
    pub fn of(remit: &RemitClaim) -> Said {
        Said {
            numbers: near_numbers(&remit.patient_control_number),
            payer_number: remit.payer_claim_control_number.clone(),
            member: remit.member_id.as_ref().map(|member| member.as_str().to_owned()),
            dates: remit.service_dates(),
            // A reversal repeats the charge negated.
            charge: remit.charged.abs(),
            last_name: remit.patient.as_ref().map(|name| name.expose().last.to_lowercase()),
        }
    }
}

/// What a claim of ours is compared by.
#[derive(Clone, Debug)]
pub(in crate::remits) struct ClaimFacts {
    pub claim: ClaimId,
    pub numbers: Vec<String>,
    pub payer_numbers: Vec<String>,
    pub member: String,
    pub last_name: String,
    pub dates: Option<(NaiveDate, NaiveDate)>,
    pub charged: Money,
}

/// Claims of ours, ranked by what agrees with a CLP; those with which nothing does are left out.
pub(in crate::remits) fn of_claims(said: &Said, ours: &[ClaimFacts]) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = ours
        .iter()
        .map(|our| {
            let near = said.numbers.iter().any(|number| our.numbers.contains(number));
            let stated = [
                // That a number is far from ours says nothing: payers write what they like.
                (Fact::ControlNumber, near.then_some(true)),
                (
                    Fact::PayerControlNumber,
                    said.payer_number
                        .as_ref()
                        .filter(|_| !our.payer_numbers.is_empty())
                        .map(|number| our.payer_numbers.contains(number)),
                ),
                (Fact::Member, said.member.as_ref().map(|member| *member == our.member)),
                (Fact::Dates, said.dates.map(|dates| our.dates == Some(dates))),
                (Fact::Charge, Some(said.charge == our.charged)),
                (Fact::Name, said.last_name.as_ref().map(|name| *name == our.last_name.to_lowercase())),
            ];
            candidate(our.claim, None, &stated, Fact::weight_for_claim)
        })
        .collect();
    rank(&mut found);
    found
}

/// Earlier decisions about a claim, ranked by what agrees with a reversal of one of them, or with another decision.
pub(in crate::remits) fn of_decisions(
    remit: &RemitClaim,
    claim: ClaimId,
    earlier: &[Earlier],
) -> Vec<Candidate> {
    let as_decided = |amount: Money| if remit.status == ClaimStatus::Reversal { -amount } else { amount };
    let stated_adjustments: HashMap<String, Money> =
        adjusted(remit).into_iter().map(|(group, sum)| (group, as_decided(sum))).collect();
    let mut found: Vec<Candidate> = earlier
        .iter()
        .map(|one| {
            let numbers =
                remit.payer_claim_control_number.as_ref().zip(one.payer_claim_control_number.as_ref());
            let stated = [
                (Fact::PayerControlNumber, numbers.map(|(said, had)| said == had)),
                (Fact::Charge, Some(one.charged == as_decided(remit.charged))),
                (Fact::Payment, Some(one.paid == as_decided(remit.paid))),
                (Fact::Adjustments, Some(one.adjusted == stated_adjustments)),
            ];
            candidate(claim, Some(one.remit_claim), &stated, Fact::weight_for_decision)
        })
        .collect();
    rank(&mut found);
    found
}

fn candidate(
    claim: ClaimId,
    decision: Option<RemitClaimId>,
    stated: &[(Fact, Option<bool>)],
    weight: impl Fn(Fact) -> i16,
) -> Candidate {
    let those = |wanted: bool| {
        let all = stated.iter().filter(move |(_, agrees)| *agrees == Some(wanted));
        all.map(|(fact, _)| *fact).collect::<Vec<_>>()
    };
    let agrees = those(true);
    let score = agrees.iter().map(|fact| weight(*fact)).sum();
    Candidate { claim, decision, score, agrees, differs: those(false) }
}

fn rank(found: &mut Vec<Candidate>) {
    found.retain(|candidate| candidate.score > 0);
    found.sort_by_key(|candidate| (-candidate.score, candidate.claim, candidate.decision));
    found.truncate(CANDIDATES_MAX);
}

/// The control numbers that a payer may have meant: those that one slip makes of what it wrote. A
/// control number ends in a check character (ISO 7064 MOD 37,36), so few texts are one.
#[must_use]
pub fn near_numbers(said: &str) -> Vec<String> {
    const SIGNS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let said: String =
        said.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let mut found = BTreeSet::new();
    // The longest number has 17 signs; what a payer adds to it is short.
    if !(4..=24).contains(&said.len()) {
        return vec![];
    }
    let mut keep = |text: String| {
        if ControlNumber::parse(&text).is_ok() {
            found.insert(text);
        }
    };
    keep(said.clone());
    for at in 0..=said.len() {
        let (head, tail) = said.split_at(at);
        // Something was added behind it.
        keep(head.to_owned());
        for sign in SIGNS {
            let sign = char::from(*sign);
            keep(format!("{head}{sign}{tail}"));
            if !tail.is_empty() {
                keep(format!("{head}{sign}{}", &tail[1..]));
            }
        }
        if !tail.is_empty() {
            keep(format!("{head}{}", &tail[1..]));
        }
        if tail.len() > 1 {
            keep(format!("{head}{}{}{}", &tail[1..2], &tail[..1], &tail[2..]));
        }
        // Zeros were lost in front of the sequence, which has at least eight digits.
        for zeros in 2..=7 {
            keep(format!("{head}{}{tail}", "0".repeat(zeros)));
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(said: &str) {
        // ELM 00001042 and its check character.
        let ours = ControlNumber::issue("ELM", 1042).unwrap().to_string();
        let said = said.replace("{check}", &ours[ours.len() - 1..]);
        assert!(near_numbers(&said).contains(&ours), "{said} is not near {ours}");
    }

    #[test]
    fn a_slip_in_a_control_number_is_seen() {
        near("ELM00001042{check}");
        near("elm-00001042{check}");
        near("ELM0001042{check}");
        near("ELM1042{check}");
        near("ELM00001024{check}");
        near("ELM00001049{check}");
        near("ELM00001042");
        near("ELM00001042{check}A");
        near("ELM00001042{check}-01");
        near("ELMM00001042{check}");
        assert!(near_numbers("0").is_empty());
        assert!(near_numbers("é").is_empty());
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn said() -> Said {
        Said {
            numbers: vec!["N1".into()],
            payer_number: Some("PCN1".into()),
            member: Some("M1".into()),
            dates: Some((day("2026-03-02"), day("2026-03-02"))),
            charge: Money::from_cents(15_000),
            last_name: Some("roe".into()),
        }
    }

    fn ours(numbers: &[&str], member: &str, on: &str, cents: i64, name: &str) -> ClaimFacts {
        ClaimFacts {
            claim: ClaimId::new(),
            numbers: numbers.iter().map(ToString::to_string).collect(),
            payer_numbers: vec![],
            member: member.into(),
            last_name: name.into(),
            dates: Some((day(on), day(on))),
            charged: Money::from_cents(cents),
        }
    }

    #[test]
    fn candidates_are_ranked_by_what_agrees_and_say_what_differs() {
        let all = [
            ours(&["N9"], "M9", "2026-03-02", 9_900, "Poe"),
            ours(&["N9"], "M1", "2026-03-02", 9_900, "Roe"),
            ours(&["N1"], "M9", "2026-04-02", 15_000, "Poe"),
            ours(&["N9"], "M9", "2026-04-02", 9_900, "Poe"),
        ];
        let found = of_claims(&said(), &all);
        let shown: Vec<_> = found.iter().map(|c| (c.claim, c.score)).collect();
        // 35 + 10; 15 + 10 + 5; 10; and nothing agrees with the last.
        assert_eq!(shown, [(all[2].claim, 45), (all[1].claim, 30), (all[0].claim, 10)]);
        assert_eq!(found[0].agrees, [Fact::ControlNumber, Fact::Charge]);
        assert_eq!(found[0].differs, [Fact::Member, Fact::Dates, Fact::Name]);
    }

    #[test]
    fn weights_come_to_a_hundred() {
        let sum = |weight: fn(Fact) -> i16| Fact::ALL.into_iter().map(weight).sum::<i16>();
        assert_eq!((sum(Fact::weight_for_claim), sum(Fact::weight_for_decision)), (100, 100));
    }
}
