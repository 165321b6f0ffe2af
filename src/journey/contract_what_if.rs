//! Past claims under another contract: what it would have allowed beside what payers did allow.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use utoipa::ToSchema;

use crate::claims::{Past, StoredClaim};
use crate::contracts::{self, Billed, Contract, Unpriced};
use crate::db::Tx;
use crate::journey::past_claims::{Reach, Walk, With};
use crate::registry::payers;
use crate::remits::allowed::{allowed, given_up};
use crate::remits::model::ClaimStatus;
use crate::remits::{self, DecisionRecord};
use crate::types::{ClaimId, ContractId, Money, PayerId, Refusal, Result, Status};

/// Past claims under another contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Readjudicated {
    /// The other contract.
    pub contract: ContractId,
    /// Its name.
    pub name: String,
    /// Claims of the days that a first payer has decided.
    pub claims: usize,
    /// Whether those are all that are meant; else the newest ones.
    pub complete: bool,
    /// Claims that were compared; the others are told below.
    pub compared: usize,
    /// Lines that were compared.
    pub lines: usize,
    /// What payers allowed for them.
    pub allowed: Money,
    /// What the contract comes to for them.
    pub other: Money,
    /// The contract less what was allowed: above zero, it pays more.
    pub difference: Money,
    /// Claims that could not be compared, by reason.
    pub not_compared: BTreeMap<NotCompared, usize>,
    /// By payer, the largest difference first.
    pub by_payer: Vec<PayerDifference>,
    /// By payer and procedure, the largest difference first.
    pub by_code: Vec<CodeDifference>,
}

/// Why a claim could not be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotCompared {
    /// The contract has no price for one of its lines.
    NotInSchedule,
    /// The schedule has no edition, or the line no day.
    NoEdition,
    /// Anesthesia minutes, or an amount beyond what the books hold.
    NotPriceable,
    /// All of it was denied, or paid for by capitation.
    Denied,
    /// The payer answered it as a whole, not by lines.
    AnsweredAsAWhole,
}

impl NotCompared {
    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            NotCompared::NotInSchedule => "a line is not in the fee schedule",
            NotCompared::NoEdition => "no edition of the fee schedule on the day",
            NotCompared::NotPriceable => "anesthesia minutes",
            NotCompared::Denied => "denied, or paid by capitation",
            NotCompared::AnsweredAsAWhole => "answered as a whole, not by lines",
        }
    }

    const fn of(why: Unpriced) -> NotCompared {
        match why {
            Unpriced::NotInSchedule | Unpriced::NoPartPrice => NotCompared::NotInSchedule,
            Unpriced::NoEdition | Unpriced::NoDay => NotCompared::NoEdition,
            Unpriced::Minutes | Unpriced::TooLarge => NotCompared::NotPriceable,
        }
    }
}

/// The difference for a payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PayerDifference {
    /// The payer.
    pub payer: PayerId,
    /// Its name.
    pub name: String,
    /// Claims that were compared.
    pub claims: usize,
    /// What it allowed.
    pub allowed: Money,
    /// What the contract comes to.
    pub other: Money,
    /// The contract less that.
    pub difference: Money,
}

/// The difference for a procedure of a payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CodeDifference {
    /// The payer's name.
    pub payer: String,
    /// CPT or HCPCS.
    pub procedure: String,
    /// Lines that were compared.
    pub lines: usize,
    /// What the payer allowed.
    pub allowed: Money,
    /// What the contract comes to.
    pub other: Money,
    /// The contract less that.
    pub difference: Money,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    count: usize,
    allowed: Money,
    other: Money,
}

impl Sum {
    fn add(&mut self, allowed: Money, other: Money) {
        self.count += 1;
        self.allowed += allowed;
        self.other += other;
    }

    fn difference(&self) -> Money {
        self.other - self.allowed
    }
}

/// A line that was compared.
struct Line {
    procedure: String,
    allowed: Money,
    other: Money,
}

/// Prices the claims that a first payer has decided by another contract, whatever its own days, and
/// tells the difference from what was allowed. Lines that were denied are left out.
///
/// # Errors
/// `contracts/not-found`, `contracts/days` when the last day is before the first.
pub async fn readjudicate(tx: &mut Tx, contract: ContractId, past: Past) -> Result<Readjudicated> {
    let contract = contracts::get(tx, contract).await?;
    if past.to < past.from {
        let what = "the last day is before the first";
        return Err(Refusal::new("contracts/days", Status::Invalid, what, "Swap the days").into());
    }
    let (mut total, mut claims, mut compared) = (Sum::default(), 0, 0);
    let mut not_compared: BTreeMap<NotCompared, usize> = BTreeMap::new();
    let mut by_payer: BTreeMap<PayerId, Sum> = BTreeMap::new();
    let mut by_code: BTreeMap<(PayerId, String), Sum> = BTreeMap::new();
    let mut walk = Walk::begin(tx, past, With::TheClaimAlone, Reach::WAITED_FOR).await?;
    while let Some(batch) = walk.next(tx).await? {
        let ids: Vec<ClaimId> = batch.claims.iter().map(|(claim, _)| claim.id).collect();
        let mut standing: HashMap<ClaimId, DecisionRecord> = HashMap::new();
        for decision in remits::decisions_of_claims(tx, &ids).await? {
            let stands = decision.posted
                && decision.reversed_by.is_none()
                && decision.status != ClaimStatus::Reversal
                && !decision.status.is_later_payer();
            if let (Some(claim), true) = (decision.claim, stands) {
                // The newest one.
                standing.insert(claim, decision);
            }
        }
        let decided: Vec<(&StoredClaim, &DecisionRecord)> = batch
            .claims
            .iter()
            .filter(|(claim, _)| claim.account_claim == claim.id)
            .filter_map(|(claim, _)| Some((claim, standing.get(&claim.id)?)))
            .collect();
        claims += decided.len();
        let bills: Vec<Vec<Billed>> =
            decided.iter().map(|(claim, _)| contracts::billed(&claim.claim)).collect();
        let mut procedures: Vec<String> = bills.iter().flatten().map(|line| line.procedure.clone()).collect();
        procedures.sort_unstable();
        procedures.dedup();
        let rates = contracts::rates(tx, contract.schedule, &procedures).await?;
        for ((claim, decision), lines) in decided.into_iter().zip(bills) {
            match compare(&contract, &rates, &lines, decision) {
                Err(why) => *not_compared.entry(why).or_default() += 1,
                Ok(lines) => {
                    compared += 1;
                    let of_payer = by_payer.entry(claim.payer).or_default();
                    of_payer.count += 1;
                    for line in lines {
                        total.add(line.allowed, line.other);
                        of_payer.allowed += line.allowed;
                        of_payer.other += line.other;
                        by_code
                            .entry((claim.payer, line.procedure))
                            .or_default()
                            .add(line.allowed, line.other);
                    }
                }
            }
        }
    }
    let names: HashMap<PayerId, String> =
        payers::list(tx).await?.into_iter().map(|payer| (payer.id, payer.name)).collect();
    let name = |payer: &PayerId| names.get(payer).cloned().unwrap_or_default();
    let mut by_payer: Vec<PayerDifference> = by_payer
        .iter()
        .map(|(payer, sum)| PayerDifference {
            payer: *payer,
            name: name(payer),
            claims: sum.count,
            allowed: sum.allowed,
            other: sum.other,
            difference: sum.difference(),
        })
        .collect();
    by_payer.sort_by_key(|row| (-row.difference.abs(), row.payer));
    let mut by_code: Vec<CodeDifference> = by_code
        .into_iter()
        .map(|((payer, procedure), sum)| CodeDifference {
            payer: name(&payer),
            procedure,
            lines: sum.count,
            allowed: sum.allowed,
            other: sum.other,
            difference: sum.difference(),
        })
        .collect();
    by_code.sort_by(|one, other| {
        let key = |row: &CodeDifference| (-row.difference.abs(), row.procedure.clone(), row.payer.clone());
        key(one).cmp(&key(other))
    });
    Ok(Readjudicated {
        contract: contract.id,
        name: contract.name,
        claims,
        complete: walk.is_complete,
        compared,
        lines: total.count,
        allowed: total.allowed,
        other: total.other,
        difference: total.difference(),
        not_compared,
        by_payer,
        by_code,
    })
}

/// The lines of a claim that were allowed, under the contract.
fn compare(
    contract: &Contract,
    rates: &contracts::Rates,
    lines: &[Billed],
    decision: &DecisionRecord,
) -> std::result::Result<Vec<Line>, NotCompared> {
    if allowed(decision.charged, None, &decision.adjustments).is_none() {
        return Err(NotCompared::Denied);
    }
    if decision.lines.is_empty() || !given_up(&decision.adjustments).is_zero() {
        return Err(NotCompared::AnsweredAsAWhole);
    }
    let priced = contracts::price(&contract.terms, rates, lines);
    let mut compared = vec![];
    for (number, (line, priced)) in (1..).zip(lines.iter().zip(priced)) {
        // The rank of the others depends on every line.
        let priced = priced.map_err(NotCompared::of)?;
        let answers = decision.lines.iter().filter(|answer| answer.claim_line_no == Some(number));
        let parts: Vec<Option<Money>> =
            answers.map(|answer| allowed(answer.charged, answer.allowed, &answer.adjustments)).collect();
        if let (false, Some(allowed)) = (parts.is_empty(), parts.into_iter().sum::<Option<Money>>()) {
            let procedure = line.procedure.clone();
            compared.push(Line { procedure, allowed, other: priced.allowed });
        }
    }
    if compared.is_empty() { Err(NotCompared::Denied) } else { Ok(compared) }
}
