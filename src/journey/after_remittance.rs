//! What follows from a payer's decision.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::claims::secondary::{self, LineDecision, NextCoverage};
use crate::claims::{self, Claim, Event, Happened, NewClaim, Source, StoredClaim};
use crate::contracts;
use crate::db::Tx;
use crate::denials::{self, NewDenial};
use crate::journey::Tally;
use crate::journey::expected::{are_held_to_contracts, underpaid};
use crate::registry::organizations;
use crate::registry::{coverages, payers};
use crate::remits::{self, Decision, Effect, Follow, Posted, Share};
use crate::types::{ClaimId, EncounterId, Entered, PatientId, PayerId, RemitClaimId, Result};
use crate::underpayments::{self, NewUnderpayment};

/// What follows from payers' decisions: denials to work, the next payer's claim, claims that
/// are done.
#[derive(Clone, Debug)]
pub struct AfterRemittance {
    /// This moment.
    pub now: DateTime<Utc>,
    /// What has followed so far.
    pub followed: Followed,
}

/// What has followed from decisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Followed {
    /// Denials that were opened.
    pub denials: Tally,
    /// What payers allowed below their contracts.
    pub underpayments: Tally,
    /// Claims to next payers that were drafted, with what is asked of them.
    pub next_payer: Tally,
    /// What went to patients.
    pub patient: Tally,
    /// Claims that are done.
    pub closed: Tally,
}

impl AfterRemittance {
    /// Nothing yet.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> AfterRemittance {
        AfterRemittance { now, followed: Followed::default() }
    }
}

impl Follow for AfterRemittance {
    /// A claim with nothing left for this payer and nothing denied is done.
    fn event(&self, posted: &Posted) -> Option<Event> {
        (posted.left.is_zero() && posted.denials.is_empty()).then_some(Event::Closed)
    }

    /// Those in which a payer allowed less than its contract comes to: what is opened as work once they
    /// are posted.
    async fn differing(&mut self, tx: &mut Tx, decisions: &[Decision]) -> Result<HashSet<RemitClaimId>> {
        Ok(below_contracts(tx, decisions).await?.into_iter().map(|one| one.remit_claim).collect())
    }

    async fn follow(&mut self, tx: &mut Tx, decisions: &[Decision]) -> Result<()> {
        self.open_denials(tx, decisions).await?;
        self.open_underpayments(tx, decisions).await?;
        self.draft_next_payers(tx, decisions).await
    }

    async fn undone(&mut self, tx: &mut Tx, decisions: &[RemitClaimId]) -> Result<()> {
        denials::take_back(tx, decisions).await?;
        underpayments::take_back(tx, decisions).await?;
        Ok(())
    }

    async fn restored(&mut self, tx: &mut Tx, decisions: &[RemitClaimId]) -> Result<()> {
        denials::open_again(tx, decisions).await?;
        underpayments::open_again(tx, decisions).await?;
        Ok(())
    }
}

impl AfterRemittance {
    /// Each denied amount becomes work; a reversal takes back the work that its original made.
    async fn open_denials(&mut self, tx: &mut Tx, decisions: &[Decision]) -> Result<()> {
        let today = organizations::today(tx, self.now).await?;
        let appeal_days: HashMap<PayerId, u64> = payers::list(tx)
            .await?
            .into_iter()
            .map(|payer| (payer.id, u64::try_from(payer.appeal_days).unwrap_or(0)))
            .collect();
        let mut found = vec![];
        let mut reversed = vec![];
        for decision in decisions {
            match &decision.effect {
                Effect::Posted(posted) => {
                    let days = appeal_days.get(&decision.claim.payer).copied().unwrap_or(0);
                    for denial in &posted.denials {
                        found.push(NewDenial {
                            claim: decision.claim.id,
                            remit_claim: decision.remit_claim,
                            line_no: denial.line_no.and_then(|line| i16::try_from(line).ok()),
                            group: denial.group,
                            reason: denial.reason.clone(),
                            remarks: denial.remarks.clone(),
                            amount: denial.amount,
                            category: denials::category(&denial.reason, &denial.remarks),
                            appeal_by: decision.decided_on + Days::new(days),
                        });
                        self.followed.denials.add(denial.amount);
                    }
                    if self.event(posted).is_some() {
                        self.followed.closed.add(decision.claim.charged);
                    }
                    if posted.share == Share::Patient && !posted.patient_share.is_zero() {
                        self.followed.patient.add(posted.patient_share);
                    }
                }
                Effect::Reverses { original, .. } => reversed.push(*original),
                Effect::Waits => {}
            }
        }
        denials::take_back(tx, &reversed).await?;
        denials::open(tx, today, &found).await?;
        Ok(())
    }

    /// What a first payer allowed below its contract becomes work; a reversal takes that back, too.
    async fn open_underpayments(&mut self, tx: &mut Tx, decisions: &[Decision]) -> Result<()> {
        let reversed: Vec<RemitClaimId> =
            decisions.iter().filter_map(|decision| decision.effect.takes_back()).collect();
        underpayments::take_back(tx, &reversed).await?;
        let found = below_contracts(tx, decisions).await?;
        if found.is_empty() {
            return Ok(());
        }
        for one in &found {
            self.followed.underpayments.add(one.expected - one.allowed);
        }
        let today = organizations::today(tx, self.now).await?;
        underpayments::open(tx, today, &found).await?;
        Ok(())
    }

    /// Where the share went to a next payer, that payer is asked. One that is to be asked already,
    /// because of a decision that this one corrects, is asked by this one. What has left stays as it
    /// left: that payer's own answer comes next. So it does where this payer sent the claim on itself: that one's
    /// claim is kept and waits for its answer, and is not sent.
    async fn draft_next_payers(&mut self, tx: &mut Tx, decisions: &[Decision]) -> Result<()> {
        let asked: Vec<&Decision> = decisions
            .iter()
            .filter(|decision| {
                matches!(&decision.effect, Effect::Posted(posted) if matches!(posted.share, Share::NextPayer(_)))
            })
            .collect();
        if asked.is_empty() {
            return Ok(());
        }
        let ids: Vec<ClaimId> = asked.iter().map(|decision| decision.claim.id).collect();
        let stored = claims::load(tx, &ids).await?;
        let days: Vec<(PatientId, NaiveDate)> = asked
            .iter()
            .map(|decision| {
                let on = decision.claim.service_from.unwrap_or(decision.decided_on);
                (decision.claim.patient, on)
            })
            .collect();
        let in_force = coverages::in_force(tx, &days).await?;
        let visits: Vec<EncounterId> = stored.iter().map(|decided| decided.encounter).collect();
        let originals = claims::originals(tx, &visits).await?;
        let mut new: Vec<NewClaim> = vec![];
        let mut asked_already = BTreeMap::new();
        let mut sent_on: HashMap<ClaimId, RemitClaimId> = HashMap::new();
        for ((decision, decided), coverages) in asked.iter().zip(&stored).zip(&in_force) {
            let Effect::Posted(posted) = &decision.effect else { continue };
            let Share::NextPayer(next_payer) = &posted.share else { continue };
            let Some(coverage) = coverages.iter().find(|coverage| coverage.id == next_payer.coverage) else {
                continue;
            };
            let Some(next) = claims::next_coverage(tx, coverage, decided.patient).await? else { continue };
            let claim = next_claim(decided, decision, next);
            let original = originals
                .iter()
                .find(|one| (one.encounter, one.sequence) == (decided.encounter, claim.sequence));
            let by_payer = decision.answer.is_crossed_over();
            if let Some(original) = original {
                if original.payer == coverage.payer && original.is_revisable() {
                    sent_on.extend(by_payer.then_some((original.id, decision.remit_claim)));
                    self.followed.next_payer.add(posted.patient_share);
                    asked_already.insert(original.id, (original.events, Claim { id: original.id, ..claim }));
                }
                continue;
            }
            // Of two decisions of one remittance about one visit, the later one counts.
            new.retain(|one| (one.encounter, one.claim.sequence) != (decided.encounter, claim.sequence));
            self.followed.next_payer.add(posted.patient_share);
            sent_on.extend(by_payer.then_some((claim.id, decision.remit_claim)));
            new.push(NewClaim {
                claim,
                encounter: decided.encounter,
                patient: decided.patient,
                payer: coverage.payer,
                coverage: coverage.id,
                account_claim: Some(decided.account_claim),
                source: Source::new("remit_claim", decision.remit_claim),
            });
        }
        let mut kept = claims::draft(tx, self.now, &new).await?;
        for (events, claim) in asked_already.into_values() {
            claims::revise(tx, self.now, &claim, events).await?;
            kept.push(claim.id);
        }
        let happened: Vec<Happened> = kept
            .into_iter()
            .filter_map(|claim| Some(remits::sent_on(claim, *sent_on.get(&claim)?)))
            .collect();
        claims::record(tx, self.now, &happened).await?;
        Ok(())
    }
}

/// What the first payers of some decisions allowed below their contracts. Nothing is written.
async fn below_contracts(tx: &mut Tx, decisions: &[Decision]) -> Result<Vec<NewUnderpayment>> {
    let held: Vec<&Decision> = decisions.iter().filter(|decision| are_held_to_contracts(decision)).collect();
    let payers: BTreeSet<PayerId> = held.iter().map(|decision| decision.claim.payer).collect();
    let contracts = contracts::in_force(tx, &payers.into_iter().collect::<Vec<_>>()).await?;
    let held: Vec<&Decision> =
        held.into_iter().filter(|decision| contracts.contains_key(&decision.claim.payer)).collect();
    if held.is_empty() {
        return Ok(vec![]);
    }
    let mut ids: Vec<ClaimId> = held.iter().map(|decision| decision.claim.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let stored = claims::load(tx, &ids).await?;
    underpaid(tx, &held, &stored).await
}

/// The claim to the next payer, with what this one decided.
fn next_claim(decided: &StoredClaim, decision: &Decision, next: NextCoverage) -> Claim {
    let answer = &decision.answer;
    let lines = answer
        .lines
        .iter()
        .zip(&decision.lines)
        .filter_map(|(line, ours)| {
            let line_no = usize::try_from((*ours)?).ok()?;
            let billed = decided.claim.lines.get(line_no.checked_sub(1)?)?;
            Some(LineDecision {
                line_no,
                procedure: Entered::from(line.procedure.as_str()),
                modifiers: line.modifiers.iter().map(|modifier| Entered::from(modifier.as_str())).collect(),
                paid: line.paid,
                units: line.units.unwrap_or(billed.units),
                adjustments: line.adjustments.clone(),
            })
        })
        .collect();
    let decision = secondary::Decision {
        paid: answer.paid,
        adjustments: answer.adjustments.clone(),
        payer_claim_control_number: answer.payer_claim_control_number.clone(),
        decided_on: Some(decision.decided_on),
        lines,
    };
    secondary::next_payers_claim(&decided.claim, &decision, next)
}
