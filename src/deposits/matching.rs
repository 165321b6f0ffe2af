//! Which remittances a deposit may be, by rules that can be told to a person. Pure.

use std::borrow::Borrow;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::types::{DepositId, Money, RemittanceId};

/// Days between a deposit and a remittance that are no reason to doubt: a week and a holiday weekend.
pub const DAYS_APART: i64 = 10;

/// Remittances of one payer that are tried in combination.
const COMBINED_MAX: usize = 24;

/// Steps of the search for a combination.
const STEPS_MAX: usize = 50_000;

/// Candidates that are shown.
const CANDIDATES_MAX: usize = 9;

/// A deposit that is not all matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenDeposit {
    /// It.
    pub id: DepositId,
    /// The bank's date.
    pub on: NaiveDate,
    /// What came.
    pub amount: Money,
    /// What of it no remittance is matched to.
    pub open: Money,
    /// Whether it is a check.
    pub is_check: bool,
    /// TRN02, or the check's number.
    pub trace: Option<String>,
    /// TRN03.
    pub payer_trace: Option<String>,
    /// The bank's text.
    pub text: String,
}

/// A posted remittance whose money was not all seen at the bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRemittance {
    /// It.
    pub id: RemittanceId,
    /// BPR16.
    pub on: Option<NaiveDate>,
    /// BPR02.
    pub paid: Money,
    /// What of it no deposit is matched to.
    pub open: Money,
    /// Whether BPR04 is CHK.
    pub is_check: bool,
    /// TRN02.
    pub trace: String,
    /// TRN03.
    pub payer_trace: String,
    /// The payer's name.
    pub payer: String,
}

/// By what a match was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// TRN02, TRN03 and the amount are equal.
    Trace,
    /// The check's number and the amount are equal.
    CheckNumber,
    /// A person said so.
    Person,
}

impl Rule {
    /// The rule's name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Rule::Trace => "trace",
            Rule::CheckNumber => "check_number",
            Rule::Person => "person",
        }
    }
}

/// A part of a remittance's payment that a deposit may hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DepositPart)]
pub struct Part {
    /// The remittance.
    pub remittance: RemittanceId,
    /// How much.
    pub amount: Money,
}

/// A remittance that a deposit may be, by what a person knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DepositOffer)]
pub struct Offer {
    /// It, and how much of it the deposit would be.
    #[serde(flatten)]
    pub part: Part,
    /// Who says to have paid.
    pub payer: String,
    /// TRN02.
    pub trace_number: String,
    /// BPR16.
    pub paid_on: Option<NaiveDate>,
}

impl Offer {
    fn of(remittance: &OpenRemittance, amount: Money) -> Offer {
        Offer {
            part: Part { remittance: remittance.id, amount },
            payer: remittance.payer.clone(),
            trace_number: remittance.trace.clone(),
            paid_on: remittance.on,
        }
    }
}

/// What a deposit may be, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DepositCandidate)]
pub struct Candidate {
    /// The remittances; several when the payer put them into one payment.
    pub parts: Vec<Offer>,
    /// Why, and what speaks against it, for a person.
    pub reason: String,
}

impl Candidate {
    /// What its parts come to.
    #[must_use]
    pub fn total(&self) -> Money {
        self.parts.iter().map(|offer| offer.part.amount).sum()
    }

    /// What of the deposit's open amount is left once it is matched.
    #[must_use]
    pub fn left_of(&self, open: impl Borrow<Money>) -> Money {
        *open.borrow() - self.total()
    }
}

fn alike(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.trim().trim_start_matches('0').to_ascii_uppercase();
    !one.trim().is_empty() && plain(one) == plain(other)
}

/// What matches without a person: number and amount are equal, for an EFT the payer's id as well, and
/// nothing else is so. Both must be unmatched.
#[must_use]
pub fn certain(deposit: &OpenDeposit, remittances: &[OpenRemittance]) -> Option<(RemittanceId, Rule)> {
    let trace = deposit.trace.as_deref()?;
    if deposit.open != deposit.amount {
        return None;
    }
    let mut fitting = remittances.iter().filter(|remittance| {
        let payer = deposit.payer_trace.as_deref().is_some_and(|payer| alike(payer, &remittance.payer_trace));
        remittance.open == remittance.paid
            && remittance.paid == deposit.amount
            && alike(trace, &remittance.trace)
            && remittance.is_check == deposit.is_check
            && (deposit.is_check || payer)
    });
    let found = fitting.next()?;
    let rule = if deposit.is_check { Rule::CheckNumber } else { Rule::Trace };
    fitting.next().is_none().then_some((found.id, rule))
}

/// What the deposit may be, the likeliest first: the same trace; the same amount within days, of a payer
/// that its text names, then of any; several remittances of one payer that come to it.
#[must_use]
pub fn candidates(deposit: &OpenDeposit, remittances: &[OpenRemittance]) -> Vec<Candidate> {
    let mut ranked: Vec<(u8, i64, Candidate)> = vec![];
    let apart = |remittance: &OpenRemittance| {
        remittance.on.map_or(i64::MAX, |on| on.signed_duration_since(deposit.on).num_days().abs())
    };
    let days = |remittance: &OpenRemittance| match apart(remittance) {
        0 => "the same day".to_owned(),
        1 => "a day apart".to_owned(),
        i64::MAX => "no payment date".to_owned(),
        days => format!("{days} days apart"),
    };
    for remittance in remittances {
        let part = Offer::of(remittance, deposit.open.min(remittance.open));
        let same_trace = deposit.trace.as_deref().is_some_and(|trace| alike(trace, &remittance.trace));
        let equal = deposit.open == remittance.open;
        let named = names(&deposit.text, &remittance.payer)
            || deposit.payer_trace.as_deref().is_some_and(|payer| alike(payer, &remittance.payer_trace));
        let (rank, reason) = if same_trace && equal {
            (0, format!("same trace, same amount, {}", days(remittance)))
        } else if same_trace {
            let (came, said) = (deposit.open, remittance.open);
            (1, format!("same trace; {came} of the deposit and {said} of the remittance are open"))
        } else if equal && apart(remittance) <= DAYS_APART && named {
            let trace = if deposit.trace.is_some() { "another trace" } else { "no trace" };
            (2, format!("same amount, same payer, {}, {trace}", days(remittance)))
        } else if equal && apart(remittance) <= DAYS_APART {
            (4, format!("same amount, {}; the bank does not name this payer", days(remittance)))
        } else {
            continue;
        };
        ranked.push((rank, apart(remittance), Candidate { parts: vec![part], reason }));
    }
    let near: Vec<&OpenRemittance> = remittances.iter().filter(|r| apart(r) <= DAYS_APART).collect();
    let mut payers: Vec<&str> = near.iter().map(|remittance| remittance.payer_trace.as_str()).collect();
    payers.sort_unstable();
    payers.dedup();
    for payer in payers {
        let mut of_payer: Vec<&OpenRemittance> =
            near.iter().copied().filter(|remittance| remittance.payer_trace == payer).collect();
        of_payer.sort_by_key(|remittance| (apart(remittance), remittance.id));
        of_payer.truncate(COMBINED_MAX);
        if let Some(parts) = combination(deposit.open, &of_payer) {
            let furthest = parts.iter().map(|remittance| apart(remittance)).max().unwrap_or_default();
            let count = parts.len();
            let reason =
                format!("{count} remittances of one payer come to it, at most {furthest} days apart");
            let part = |one: &&OpenRemittance| Offer::of(one, one.open);
            ranked.push((3, furthest, Candidate { parts: parts.iter().map(part).collect(), reason }));
        }
    }
    ranked.sort_by_key(|(rank, apart, candidate)| (*rank, *apart, candidate.parts[0].part.remittance));
    ranked.into_iter().map(|(_, _, candidate)| candidate).take(CANDIDATES_MAX).collect()
}

/// Whether the bank's text names the payer: a word of four letters or more of its name stands in it.
fn names(text: &str, payer: &str) -> bool {
    const COMMON: [&str; 5] = ["HEALTH", "PLAN", "INSURANCE", "CARE", "MUTUAL"];
    let text = text.to_ascii_uppercase();
    let payer = payer.to_ascii_uppercase();
    payer
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| word.len() >= 4 && !COMMON.contains(&word) && text.contains(word))
}

/// Two or more whose open amounts come to `wanted`: a search of bounded steps, the nearest first.
fn combination<'a>(wanted: Money, of: &[&'a OpenRemittance]) -> Option<Vec<&'a OpenRemittance>> {
    fn search<'a>(
        wanted: Money,
        of: &[&'a OpenRemittance],
        taken: &mut Vec<&'a OpenRemittance>,
        steps: &mut usize,
    ) -> bool {
        if wanted.is_zero() {
            return taken.len() >= 2;
        }
        for (at, next) in of.iter().enumerate() {
            *steps += 1;
            if *steps > STEPS_MAX {
                return false;
            }
            if next.open > wanted {
                continue;
            }
            taken.push(next);
            if search(wanted - next.open, &of[at + 1..], taken, steps) {
                return true;
            }
            taken.pop();
        }
        false
    }
    let (mut taken, mut steps) = (vec![], 0);
    search(wanted, of, &mut taken, &mut steps).then_some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deposit(cents: i64, trace: Option<&str>, payer: Option<&str>) -> OpenDeposit {
        OpenDeposit {
            id: DepositId::new(),
            on: "2026-11-25".parse().unwrap(),
            amount: Money::from_cents(cents),
            open: Money::from_cents(cents),
            is_check: false,
            trace: trace.map(str::to_owned),
            payer_trace: payer.map(str::to_owned),
            text: "ACME HCCLAIMPMT".into(),
        }
    }

    fn remittance(cents: i64, trace: &str, on: &str) -> OpenRemittance {
        OpenRemittance {
            id: RemittanceId::new(),
            on: Some(on.parse().unwrap()),
            paid: Money::from_cents(cents),
            open: Money::from_cents(cents),
            is_check: false,
            trace: trace.into(),
            payer_trace: "1512345678".into(),
            payer: "Acme Health".into(),
        }
    }

    #[test]
    fn only_equal_trace_payer_and_amount_is_certain() {
        let sent = remittance(8_000, "T-1", "2026-11-24");
        let all = std::slice::from_ref(&sent);
        let certain = |cents, trace, payer| certain(&deposit(cents, trace, payer), all);
        assert_eq!(certain(8_000, Some("T-1"), Some("1512345678")), Some((sent.id, Rule::Trace)));
        assert_eq!(certain(8_000, Some("t-1"), None), None);
        assert_eq!(certain(8_001, Some("T-1"), Some("1512345678")), None);
        assert_eq!(certain(8_000, Some("T-1"), Some("1999999999")), None);
        assert_eq!(certain(8_000, None, None), None);
    }

    #[test]
    fn a_check_matches_by_its_number_and_amount_unless_two_do() {
        let check = OpenRemittance { is_check: true, ..remittance(8_000, "0001077", "2026-11-20") };
        let paid_in = OpenDeposit { is_check: true, ..deposit(8_000, Some("1077"), None) };
        assert_eq!(certain(&paid_in, std::slice::from_ref(&check)), Some((check.id, Rule::CheckNumber)));
        let other = OpenRemittance { id: RemittanceId::new(), ..check.clone() };
        assert_eq!(certain(&paid_in, &[check, other]), None);
    }

    #[test]
    fn candidates_are_ranked_and_say_why() {
        let other_amount = remittance(9_000, "T-1", "2026-11-25");
        let same_amount = remittance(8_000, "T-2", "2026-11-24");
        let parts = [remittance(5_000, "T-3", "2026-11-25"), remittance(3_000, "T-4", "2026-11-23")];
        let far = remittance(8_000, "T-5", "2026-10-01");
        let all = [parts[0].clone(), far, same_amount.clone(), parts[1].clone(), other_amount.clone()];
        let found = candidates(&deposit(8_000, Some("T-1"), None), &all);
        let told: Vec<(&str, usize)> = found.iter().map(|c| (c.reason.as_str(), c.parts.len())).collect();
        assert_eq!(
            told,
            [
                ("same trace; 80.00 of the deposit and 90.00 of the remittance are open", 1),
                ("same amount, same payer, a day apart, another trace", 1),
                ("2 remittances of one payer come to it, at most 2 days apart", 2),
            ]
        );
        assert_eq!(found[0].parts[0].part.amount, Money::from_cents(8_000));
        let second = Part { remittance: parts[1].id, amount: Money::from_cents(3_000) };
        assert_eq!((&found[2].parts[1].part, found[2].parts[1].trace_number.as_str()), (&second, "T-4"));
    }

    #[test]
    fn a_search_that_finds_nothing_ends() {
        let many: Vec<OpenRemittance> = (0..40).map(|n| remittance(200 + 2 * n, "X", "2026-11-25")).collect();
        assert_eq!(candidates(&deposit(99_999, None, None), &many), []);
    }
}
