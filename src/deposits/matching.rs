//! Which remittances a deposit may be, by rules that can be told to a person. Pure.

use std::borrow::Borrow;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::deposits::combination::{STEPS_OF_ALL, combination};
use crate::types::{DepositId, Money, RemittanceId};

/// Days between a deposit and a remittance that are no reason to doubt: a week and a holiday weekend.
pub const DAYS_APART: i64 = 10;

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

/// A remittance whose money was not all seen at the bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRemittance {
    /// It.
    pub id: RemittanceId,
    /// It is not posted but held: no deposit is matched to it before it is posted.
    pub held: bool,
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
    /// It is held: it is matched once it is posted.
    pub held: bool,
}

/// Another open deposit that would be matched to the same remittance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DepositSibling)]
pub struct Sibling {
    /// It.
    pub deposit: DepositId,
    /// What of it is open, all of which would be matched.
    pub amount: Money,
    /// The bank's date.
    pub deposited_on: NaiveDate,
    /// The bank's text.
    pub description: String,
}

impl Sibling {
    fn of(deposit: &OpenDeposit) -> Sibling {
        Sibling {
            deposit: deposit.id,
            amount: deposit.open,
            deposited_on: deposit.on,
            description: deposit.text.clone(),
        }
    }
}

impl Offer {
    fn of(remittance: &OpenRemittance, amount: Money) -> Offer {
        Offer {
            part: Part { remittance: remittance.id, amount },
            payer: remittance.payer.clone(),
            trace_number: remittance.trace.clone(),
            paid_on: remittance.on,
            held: remittance.held,
        }
    }
}

/// What a deposit may be, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DepositCandidate)]
pub struct Candidate {
    /// The remittances; several when the payer put them into one payment.
    pub parts: Vec<Offer>,
    /// The other deposits that come to the one remittance together with this, when the payer split its payment.
    pub with: Vec<Sibling>,
    /// A remittance of it is held: nothing is matched to it before it is posted.
    pub held: bool,
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

/// Why a candidate is offered: the likeliest first. What a deposit is all of comes before what it is a part of,
/// what the bank says before what only adds up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    TraceAndAmount,
    TraceOfSeveralDeposits,
    Trace,
    AmountOfPayer,
    SeveralRemittances,
    SeveralDepositsOfPayer,
    Amount,
    TwoDeposits,
}

/// A candidate with what ranks it: what cannot be matched yet stands behind what can, then the nearest days first.
struct Ranked {
    rank: Rank,
    apart: i64,
    candidate: Candidate,
}

impl Ranked {
    fn new(rank: Rank, apart: i64, parts: Vec<Offer>, with: Vec<Sibling>, reason: String) -> Ranked {
        let held = parts.iter().any(|offer| offer.held);
        let reason = if held { format!("{reason}; held, so post it first") } else { reason };
        Ranked { rank, apart, candidate: Candidate { parts, with, held, reason } }
    }
}

/// Days between a deposit and a remittance.
fn apart(deposit: &OpenDeposit, remittance: &OpenRemittance) -> i64 {
    remittance.on.map_or(i64::MAX, |on| on.signed_duration_since(deposit.on).num_days().abs())
}

fn days(apart: i64) -> String {
    match apart {
        0 => "the same day".to_owned(),
        1 => "a day apart".to_owned(),
        i64::MAX => "no payment date".to_owned(),
        days => format!("{days} days apart"),
    }
}

fn at_most(apart: i64) -> String {
    if apart == i64::MAX { days(apart) } else { format!("at most {apart} days apart") }
}

fn same_trace(deposit: &OpenDeposit, remittance: &OpenRemittance) -> bool {
    deposit.trace.as_deref().is_some_and(|trace| alike(trace, &remittance.trace))
}

/// Whether the bank says that the deposit is of the remittance's payer.
fn of_payer(deposit: &OpenDeposit, remittance: &OpenRemittance) -> bool {
    names(&deposit.text, &remittance.payer)
        || deposit.payer_trace.as_deref().is_some_and(|payer| alike(payer, &remittance.payer_trace))
}

/// What the deposit may be, the likeliest first: the same trace; the same amount within days, of a payer
/// that its text names, then of any; several remittances of one payer that come to it; one remittance that it
/// comes to together with other open deposits. `others` are those, the nearest first.
#[must_use]
pub fn candidates(
    deposit: &OpenDeposit,
    remittances: &[OpenRemittance],
    others: &[OpenDeposit],
) -> Vec<Candidate> {
    let mut ranked = singles(deposit, remittances);
    ranked.extend(combined(deposit, remittances));
    ranked.extend(split(deposit, remittances, others));
    ranked
        .sort_by_key(|one| (one.rank, one.candidate.held, one.apart, one.candidate.parts[0].part.remittance));
    ranked.into_iter().map(|one| one.candidate).take(CANDIDATES_MAX).collect()
}

/// One remittance.
fn singles(deposit: &OpenDeposit, remittances: &[OpenRemittance]) -> Vec<Ranked> {
    let one = |remittance: &OpenRemittance| {
        let apart = apart(deposit, remittance);
        let part = Offer::of(remittance, deposit.open.min(remittance.open));
        let equal = deposit.open == remittance.open;
        let near = apart <= DAYS_APART;
        let (rank, reason) = if same_trace(deposit, remittance) && equal {
            (Rank::TraceAndAmount, format!("same trace, same amount, {}", days(apart)))
        } else if same_trace(deposit, remittance) {
            let (came, said) = (deposit.open, remittance.open);
            (Rank::Trace, format!("same trace; {came} of the deposit and {said} of the remittance are open"))
        } else if equal && near && of_payer(deposit, remittance) {
            let trace = if deposit.trace.is_some() { "another trace" } else { "no trace" };
            (Rank::AmountOfPayer, format!("same amount, same payer, {}, {trace}", days(apart)))
        } else if equal && near {
            (Rank::Amount, format!("same amount, {}; the bank does not name this payer", days(apart)))
        } else {
            return None;
        };
        Some(Ranked::new(rank, apart, vec![part], vec![], reason))
    };
    remittances.iter().filter_map(one).collect()
}

/// Several remittances of one payer; with those that are held only where the posted ones do not come to it.
fn combined(deposit: &OpenDeposit, remittances: &[OpenRemittance]) -> Vec<Ranked> {
    let apart = |remittance: &OpenRemittance| apart(deposit, remittance);
    let mut near: Vec<&OpenRemittance> = remittances.iter().filter(|r| apart(r) <= DAYS_APART).collect();
    // The steps go to the payers that the bank names first, then to those with the nearest remittances.
    near.sort_by_key(|remittance| (!of_payer(deposit, remittance), apart(remittance), remittance.id));
    let mut payers: Vec<&str> = vec![];
    for remittance in &near {
        if !payers.contains(&remittance.payer_trace.as_str()) {
            payers.push(&remittance.payer_trace);
        }
    }
    let mut steps = STEPS_OF_ALL;
    let open = |remittance: &OpenRemittance| remittance.open;
    let mut found = vec![];
    for payer in payers {
        let all: Vec<&OpenRemittance> =
            near.iter().copied().filter(|remittance| remittance.payer_trace == payer).collect();
        let posted: Vec<&OpenRemittance> =
            all.iter().copied().filter(|remittance| !remittance.held).collect();
        let parts = combination(deposit.open, &posted, open, 2, &mut steps).or_else(|| {
            (posted.len() < all.len()).then(|| combination(deposit.open, &all, open, 2, &mut steps)).flatten()
        });
        if let Some(parts) = parts {
            let furthest = parts.iter().map(|remittance| apart(remittance)).max().unwrap_or_default();
            let reason =
                format!("{} remittances of one payer come to it, {}", parts.len(), at_most(furthest));
            let parts = parts.iter().map(|one| Offer::of(one, one.open)).collect();
            found.push(Ranked::new(Rank::SeveralRemittances, furthest, parts, vec![], reason));
        }
    }
    found
}

/// One remittance that came in several deposits, of which this is one: all with its trace; or all of its payer,
/// as the bank says; or else two, as any amounts come to any sum when there are enough of them.
fn split(deposit: &OpenDeposit, remittances: &[OpenRemittance], others: &[OpenDeposit]) -> Vec<Ranked> {
    let fits = |one: &OpenDeposit, remittance: &OpenRemittance| {
        same_trace(one, remittance) || apart(one, remittance) <= DAYS_APART
    };
    let is_of = |one: &OpenDeposit, remittance: &OpenRemittance| {
        same_trace(one, remittance) || of_payer(one, remittance)
    };
    // The steps go to the likeliest first.
    let mut steps = STEPS_OF_ALL;
    let mut larger: Vec<&OpenRemittance> =
        remittances.iter().filter(|one| one.open > deposit.open && fits(deposit, one)).collect();
    larger.sort_by_key(|one| (!same_trace(deposit, one), !is_of(deposit, one), apart(deposit, one), one.id));
    let open = |one: &OpenDeposit| one.open;
    let mut found = vec![];
    for remittance in larger {
        let wanted = remittance.open - deposit.open;
        let near: Vec<&OpenDeposit> =
            others.iter().filter(|one| one.id != deposit.id && fits(one, remittance)).collect();
        let mut those = |rule: &dyn Fn(&OpenDeposit, &OpenRemittance) -> bool| {
            let fitting: Vec<&OpenDeposit> =
                near.iter().copied().filter(|one| rule(one, remittance)).collect();
            let asked = rule(deposit, remittance) && !fitting.is_empty();
            asked.then(|| combination(wanted, &fitting, open, 1, &mut steps)).flatten()
        };
        let (rank, of, with, doubt) = if let Some(with) = those(&same_trace) {
            (Rank::TraceOfSeveralDeposits, " with its trace", with, "")
        } else if let Some(with) = those(&is_of) {
            (Rank::SeveralDepositsOfPayer, " of its payer", with, "")
        } else if let Some(other) = near.iter().copied().find(|one| one.open == wanted) {
            (Rank::TwoDeposits, "", vec![other], "; the bank does not name this payer for both")
        } else {
            continue;
        };
        let furthest =
            with.iter().copied().chain([deposit]).map(|one| apart(one, remittance)).max().unwrap_or_default();
        let reason = format!("{} deposits{of} come to it, {}{doubt}", with.len() + 1, at_most(furthest));
        let with = with.into_iter().map(Sibling::of).collect();
        found.push(Ranked::new(rank, furthest, vec![Offer::of(remittance, deposit.open)], with, reason));
    }
    found
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
            held: false,
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
        let found = candidates(&deposit(8_000, Some("T-1"), None), &all, &[]);
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
        let others: Vec<OpenDeposit> = (0..40).map(|n| deposit(200 + 2 * n, None, None)).collect();
        assert_eq!(candidates(&deposit(99_999, None, None), &many, &others), []);
    }

    fn told(found: &[Candidate]) -> Vec<(&str, usize, usize)> {
        found.iter().map(|one| (one.reason.as_str(), one.parts.len(), one.with.len())).collect()
    }

    #[test]
    fn deposits_that_come_to_one_remittance_are_told_with_it() {
        let sent = remittance(10_000, "T-1", "2026-11-24");
        let of = |found: &[Candidate]| found[0].with.iter().map(|one| one.deposit).collect::<Vec<_>>();
        let all = std::slice::from_ref(&sent);
        // 70.00 + 20.00 + 10.00 with its trace, before 70.00 + 30.00 of the same payer.
        let own = deposit(7_000, Some("T-1"), None);
        let (twenty, ten) = (deposit(2_000, Some("T-1"), None), deposit(1_000, Some("t-1"), None));
        let thirty = deposit(3_000, None, None);
        let found = candidates(&own, all, &[thirty.clone(), twenty.clone(), ten.clone()]);
        let open = "same trace; 70.00 of the deposit and 100.00 of the remittance are open";
        assert_eq!(
            told(&found),
            [("3 deposits with its trace come to it, at most 1 days apart", 1, 2), (open, 1, 0)]
        );
        assert_eq!(
            (of(&found), found[0].parts[0].part.amount),
            (vec![twenty.id, ten.id], Money::from_cents(7_000))
        );
        // Of the payer that the bank names: the text has ACME.
        let found = candidates(&thirty, all, &[deposit(7_000, None, None)]);
        assert_eq!(told(&found), [("2 deposits of its payer come to it, at most 1 days apart", 1, 1)]);
        // The bank names nobody: two, and never three.
        let plain = |cents| OpenDeposit { text: "DEPOSIT".into(), ..deposit(cents, None, None) };
        let found = candidates(&plain(3_000), all, &[plain(7_000)]);
        let doubt = "2 deposits come to it, at most 1 days apart; the bank does not name this payer for both";
        assert_eq!(told(&found), [(doubt, 1, 1)]);
        assert_eq!(candidates(&plain(3_000), all, &[plain(2_000), plain(5_000)]), []);
        // Neither a deposit of another month, nor the deposit itself, comes to it.
        let old = OpenDeposit { on: "2026-10-25".parse().unwrap(), ..plain(7_000) };
        assert_eq!(candidates(&plain(3_000), all, &[old]), []);
        let half = plain(5_000);
        assert_eq!(candidates(&half, all, std::slice::from_ref(&half)), []);
    }

    #[test]
    fn a_held_remittance_is_told_behind_a_posted_one_of_the_same_rank() {
        let held = OpenRemittance { held: true, ..remittance(8_000, "T-2", "2026-11-25") };
        let posted = remittance(8_000, "T-3", "2026-11-20");
        let found = candidates(&deposit(8_000, None, None), &[held.clone(), posted], &[]);
        assert_eq!(
            told(&found),
            [
                ("same amount, same payer, 5 days apart, no trace", 1, 0),
                ("same amount, same payer, the same day, no trace; held, so post it first", 1, 0),
            ]
        );
        assert_eq!(found.iter().map(|one| one.held).collect::<Vec<_>>(), [false, true]);
        // 80.00 held + 20.00 posted = 100.00; 80.00 + 20.00 posted come first.
        let twenty = remittance(2_000, "T-4", "2026-11-25");
        let found = candidates(&deposit(10_000, None, None), &[held.clone(), twenty.clone()], &[]);
        let both = "2 remittances of one payer come to it, at most 0 days apart; held, so post it first";
        assert_eq!((told(&found), found[0].held), (vec![(both, 2, 0)], true));
        let eighty = remittance(8_000, "T-5", "2026-11-22");
        let found = candidates(&deposit(10_000, None, None), &[held, twenty, eighty], &[]);
        assert_eq!(
            (told(&found), found[0].held),
            (vec![("2 remittances of one payer come to it, at most 3 days apart", 2, 0)], false)
        );
    }
}
