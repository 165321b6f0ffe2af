//! What contracts come to for claims, and what a payer allowed less.

use std::collections::{BTreeSet, HashMap};

use crate::claims::StoredClaim;
use crate::contracts::{self, Billed, Contract, Expected, Rates};
use crate::db::Tx;
use crate::remits::allowed::{allowed, given_up};
use crate::remits::{Decision, Effect};
use crate::types::{ClaimId, FeeScheduleId, Money, PayerId, Result};
use crate::underpayments::NewUnderpayment;

/// What a contract comes to for a claim.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The contract.
    pub contract: Contract,
    /// For each line of the claim, in order.
    pub lines: Vec<Expected>,
}

impl Expectation {
    /// The whole claim's, with its arithmetic; none when a line cannot be priced.
    fn whole(&self) -> Option<(Money, String)> {
        let mut words = vec![];
        let mut sum = Money::ZERO;
        for (number, line) in (1..).zip(&self.lines) {
            let priced = line.as_ref().ok()?;
            sum += priced.allowed;
            words.push(format!("line {number}: {}", priced.arithmetic()));
        }
        Some((sum, words.join("; ")))
    }
}

/// What the contracts in force on the first day of service come to for some claims, in their order;
/// none where the payer has no contract on that day. A few queries, whatever their number.
pub async fn expected(tx: &mut Tx, claims: &[&StoredClaim]) -> Result<Vec<Option<Expectation>>> {
    let payers: BTreeSet<PayerId> = claims.iter().map(|claim| claim.payer).collect();
    let contracts = contracts::in_force(tx, &payers.into_iter().collect::<Vec<_>>()).await?;
    let of = |claim: &StoredClaim| {
        let (day, _) = claim.claim.service_dates()?;
        contracts.get(&claim.payer)?.iter().find(|contract| contract.covers(day)).cloned()
    };
    let pairs: Vec<(&StoredClaim, Option<Contract>)> =
        claims.iter().map(|claim| (*claim, of(claim))).collect();
    let bills: Vec<(Vec<Billed>, Option<Contract>)> =
        pairs.into_iter().map(|(claim, contract)| (contracts::billed(&claim.claim), contract)).collect();
    let mut procedures: HashMap<FeeScheduleId, BTreeSet<String>> = HashMap::new();
    for (lines, contract) in &bills {
        let Some(contract) = contract else { continue };
        let some = procedures.entry(contract.schedule).or_default();
        some.extend(lines.iter().map(|line| line.procedure.clone()));
    }
    let mut rates: HashMap<FeeScheduleId, Rates> = HashMap::new();
    for (schedule, some) in procedures {
        let some: Vec<String> = some.into_iter().collect();
        rates.insert(schedule, contracts::rates(tx, schedule, &some).await?);
    }
    let price = |(lines, contract): (Vec<Billed>, Option<Contract>)| {
        let contract = contract?;
        let lines = contracts::price(&contract.terms, rates.get(&contract.schedule)?, &lines);
        Some(Expectation { contract, lines })
    };
    Ok(bills.into_iter().map(price).collect())
}

/// What first payers allowed below their contracts, by more than the contract tolerates.
pub(super) async fn underpaid(
    tx: &mut Tx,
    decisions: &[&Decision],
    claims: &[StoredClaim],
) -> Result<Vec<NewUnderpayment>> {
    let by_id: HashMap<ClaimId, &StoredClaim> = claims.iter().map(|claim| (claim.id, claim)).collect();
    let held: Vec<(&Decision, &StoredClaim)> =
        decisions.iter().filter_map(|decision| Some((*decision, *by_id.get(&decision.claim.id)?))).collect();
    let claims: Vec<&StoredClaim> = held.iter().map(|(_, claim)| *claim).collect();
    let expectations = expected(tx, &claims).await?;
    let found = held.iter().zip(&expectations).filter_map(|((decision, _), expectation)| {
        let expectation = expectation.as_ref()?;
        let tolerance = expectation.contract.tolerance;
        let compared = compare(decision, expectation).into_iter();
        Some(compared.filter(move |one| one.expected - one.allowed > tolerance))
    });
    Ok(found.flatten().collect())
}

/// Decisions that a contract is held against: a first payer's that were posted. A later payer's
/// allowance depends on what the earlier ones did.
pub(super) fn are_held_to_contracts(decision: &Decision) -> bool {
    matches!(decision.effect, Effect::Posted(_))
        && decision.claim.is_primary
        && !decision.answer.status.is_later_payer()
}

/// Expected beside allowed, line by line where the payer answered so. Of a claim that the payer split
/// (MA15), only lines that one part answers whole: the rest says nothing of the contract by itself.
fn compare(decision: &Decision, expectation: &Expectation) -> Vec<NewUnderpayment> {
    let answer = &decision.answer;
    let item = |line, expected, allowed, arithmetic| NewUnderpayment {
        claim: decision.claim.id,
        remit_claim: decision.remit_claim,
        line,
        contract: expectation.contract.id,
        expected,
        allowed,
        arithmetic,
    };
    let of_line = |at: usize| {
        let line = &answer.lines[at];
        allowed(line.charged, line.allowed, &line.adjustments)
    };
    // What the claim as a whole gave up cannot be told by lines.
    let of_claim = allowed(answer.charged, None, &answer.adjustments);
    let on_claim = given_up(&answer.adjustments);
    if answer.lines.is_empty() || !on_claim.is_zero() || of_claim.is_none() {
        if answer.is_part() {
            return vec![];
        }
        let lines: Option<Money> = (0..answer.lines.len()).map(of_line).sum();
        let whole = match (of_claim, answer.lines.is_empty()) {
            (None, _) => None,
            (of_claim, true) => of_claim,
            (Some(_), false) => lines.map(|lines| lines - on_claim),
        };
        let found = whole.zip(expectation.whole());
        return found
            .map(|(allowed, (expected, words))| item(None, expected, allowed, words))
            .into_iter()
            .collect();
    }
    // A payer may split a line of ours: its parts are allowed together.
    let mut by_line: HashMap<i16, (i16, Option<Money>)> = HashMap::new();
    let mut charged: HashMap<i16, Money> = HashMap::new();
    for (at, ours) in decision.lines.iter().enumerate() {
        let (Some(ours), Ok(theirs)) = (*ours, i16::try_from(answer.lines[at].line_no)) else { continue };
        *charged.entry(ours).or_default() += answer.lines[at].charged;
        let sum = by_line.entry(ours).or_insert((theirs, Some(Money::ZERO)));
        sum.1 = sum.1.zip(of_line(at)).map(|(sum, more)| sum + more);
    }
    let mut found: Vec<NewUnderpayment> = by_line
        .into_iter()
        .filter_map(|(ours, (theirs, allowed))| {
            let at = usize::try_from(ours).ok()?.checked_sub(1)?;
            let billed = decision.claim.lines.get(at)?.charged;
            if answer.is_part() && charged.get(&ours) != Some(&billed) {
                return None;
            }
            let priced = expectation.lines.get(at)?.as_ref().ok()?;
            Some(item(Some((ours, theirs)), priced.allowed, allowed?, priced.arithmetic()))
        })
        .collect();
    found.sort_by_key(|one| one.line);
    found
}
