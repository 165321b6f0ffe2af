//! A set while it is posted: its claims a thousand at a time, its reversals ahead of the rest, its provider
//! adjustments, and what its decisions change about others. The same walk only looks, for payers' rules.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use chrono::NaiveDate;
use serde_json::json;

use crate::claims::{self, Event, Happened};
use crate::db::Tx;
use crate::ledger::{self, About, AccountKind, EntryKind, NewEntry, Source, Transfer};
use crate::remits::balance::{Level, Why};
use crate::remits::exceptions::{self, ExceptionKind, NewException, Said};
use crate::remits::matching::{self, Found, MatchRule, OurClaim};
use crate::remits::model::{ClaimStatus, ProviderAdjustment, RemitClaim};
use crate::remits::post::{self, Account, Effect, Matched, Plan, Posted, Share};
use crate::remits::receive::{CLAIMS_A_STEP, Decision, Follow, Incoming, Postable, Reported, reported};
use crate::remits::replacing::Statement;
use crate::remits::restating::{self, Trigger, When};
use crate::remits::rules::{self, Care, Cares};
use crate::remits::sets::RemitSet;
use crate::remits::store::{self, Carrying, ClaimRow};
use crate::remits::totals::Movements;
use crate::remits::variances::Parts;
use crate::remits::{
    CARRYING_SOURCE, CLAIM_SOURCE, OVERRIDE_SOURCE, PROVIDER_ADJUSTMENT_SOURCE, RESTATEMENT_SOURCE,
    UNAPPLYING_SOURCE, standing, variances,
};
use crate::types::{
    ClaimId, EntryId, FileId, Money, PayerId, ProviderAdjustmentId, RemitClaimId, RemittanceId, Result,
};

/// What reversals take back.
#[derive(Debug, Default)]
struct Undone {
    entries: HashMap<EntryId, ledger::Entry>,
    /// Those that people made when they fixed exceptions of the decisions.
    moved: HashMap<RemitClaimId, Vec<EntryId>>,
    /// The decisions that carry on what was said by those that they had replaced.
    carriers: HashMap<RemitClaimId, RemitClaimId>,
}

impl Undone {
    /// The entries of a decision that is taken back: its own, and what people moved because of it. What a person
    /// applied was moved twice: into where it waited, and out of there.
    fn of(&self, original: RemitClaimId, own: Option<EntryId>) -> Result<Vec<&ledger::Entry>> {
        let moved = self.moved.get(&original).into_iter().flatten();
        let entry = |id: &EntryId| {
            let found = self.entries.get(id).ok_or_else(|| anyhow::anyhow!("{id} is not in the ledger"))?;
            Ok(found)
        };
        own.iter().chain(moved).map(entry).collect()
    }

    /// What is carried on of a decision that is taken back, and by which.
    fn carried(
        &self,
        original: RemitClaimId,
        own: Option<EntryId>,
    ) -> Result<Option<(RemitClaimId, Vec<Transfer>)>> {
        let Some(carrier) = self.carriers.get(&original) else { return Ok(None) };
        let entries = self.of(original, own)?;
        let stated = Statement::of(entries.iter().flat_map(|entry| &entry.transfers)).transfers()?;
        Ok((!stated.is_empty()).then_some((*carrier, stated)))
    }
}

/// What reversals of a set that is only looked at would take back.
#[derive(Debug, Default)]
struct Supposed {
    decisions: HashSet<RemitClaimId>,
    /// What that would move, by visit.
    transfers: HashMap<ClaimId, Vec<Transfer>>,
}

/// A set while it is posted: running sums, and what waits.
pub(super) struct Posting<'a> {
    set: &'a Incoming<'a>,
    ordinal: u32,
    effective_on: NaiveDate,
    /// The payer as far as it is known: by its numbers, else by the first claim that it answers.
    pub payer: Option<PayerId>,
    /// Places of the reversals that were posted ahead of the rest.
    ahead: HashSet<u32>,
    /// What they take back, where the set is only looked at.
    supposed: Supposed,
    pub claims: u32,
    pub cash: Money,
    pub moved: Movements,
    pub exceptions: Vec<Reported>,
    /// Reversals that take back decisions of this set, by their places, each with its claim: those that are to come.
    within: BTreeMap<u32, (ClaimId, RemitClaim)>,
    /// What was decided last about each visit, in the order of the set.
    decided: Vec<Trigger>,
    /// What its reversals took back.
    taken_back: Vec<RemitClaimId>,
}

impl<'a> Posting<'a> {
    pub(super) fn begin(set: &'a Incoming<'a>, postable: &Postable<'_>) -> Posting<'a> {
        let remittance = postable.remittance;
        Posting {
            set,
            ordinal: remittance.set_ordinal,
            effective_on: remittance.effective_on(set.today),
            payer: postable.payer,
            ahead: HashSet::new(),
            supposed: Supposed::default(),
            claims: 0,
            cash: Money::ZERO,
            moved: Movements::default(),
            exceptions: vec![],
            within: BTreeMap::new(),
            decided: vec![],
            taken_back: vec![],
        }
    }

    /// What in some claims a person is to look at, once it is known what the set's reversals take back. Nothing is
    /// written.
    pub(super) async fn look(
        &mut self,
        tx: &mut Tx,
        remits: &[RemitClaim],
        found: &mut Cares,
        follow: &mut impl Follow,
    ) -> Result<()> {
        let (matched, ours) = self.find(tx, remits).await?;
        let matches = with_ours(&matched, &ours);
        let plans = self.plans(tx, remits, &matched, &matches).await?;
        let mut parts = self.parts(tx, remits, &matches).await?;
        let mut decisions = vec![];
        for ((remit, ours), plan) in remits.iter().zip(&matches).zip(plans) {
            rules::of_answer(remit, found);
            if !remit.status.decides() {
                continue;
            }
            if variances::unknown_codes(remit, self.set.how.codes, self.effective_on).is_some() {
                *found.entry(Care::UnknownCode).or_default() += 1;
            }
            let Some((ours, _)) = ours else {
                *found.entry(Care::Variance).or_default() += 1;
                continue;
            };
            let lines = matching::lines(&remit.lines, &ours.lines);
            let before = parts.get(&ours.id);
            let fits = variances::fits_charge(remit, ours, before)
                && variances::lines(remit, ours, &lines, before).is_none();
            if remit.is_part() {
                parts.entry(ours.id).or_default().add(remit, &lines);
            }
            if !fits || !plan.exceptions.is_empty() {
                *found.entry(Care::Variance).or_default() += 1;
                continue;
            }
            decisions.push(Decision {
                remittance: self.set.id,
                remit_claim: RemitClaimId::new(),
                claim: (*ours).clone(),
                answer: remit.clone(),
                lines,
                effect: plan.effect,
                decided_on: self.effective_on,
            });
        }
        let differing = follow.differing(tx, &decisions).await?;
        if !differing.is_empty() {
            *found.entry(Care::Variance).or_default() +=
                u32::try_from(differing.len()).map_err(anyhow::Error::from)?;
        }
        Ok(())
    }

    /// Our claims, as far as they are found. Whoever posts other decisions about the same visits waits
    /// from here on: what such a decision is depends on all that came before it.
    async fn find(
        &mut self,
        tx: &mut Tx,
        remits: &[RemitClaim],
    ) -> Result<(Vec<Found>, HashMap<ClaimId, OurClaim>)> {
        let candidates = store::candidates(tx, remits, self.payer).await?;
        let found: Vec<Found> = remits.iter().map(|remit| matching::decide(remit, &candidates)).collect();
        let mut ids: Vec<ClaimId> = found.iter().filter_map(matched).map(|(claim, _)| claim).collect();
        ids.sort_unstable();
        ids.dedup();
        let ours = store::our_claims(tx, &ids).await?;
        claims::hold(tx, ours.values().flat_map(|claim| [claim.id, claim.account_claim])).await?;
        if self.payer.is_none() {
            self.payer = found.iter().find_map(|found| Some(ours.get(&matched(found)?.0)?.payer));
        }
        Ok((found, ours))
    }

    /// Posts what takes decisions of earlier sets back, ahead of the rest: no guide says that a reversal
    /// stands before its correction, and what a correction does depends on what it corrects. What takes
    /// back a decision of this set has to come after it, and stays where it stands. Without `follow` the set is
    /// only looked at: what they would take back is supposed, and nothing is written.
    pub(super) async fn reversals(
        &mut self,
        tx: &mut Tx,
        set: &RemitSet<'_>,
        mut follow: Option<&mut impl Follow>,
    ) -> Result<()> {
        let mut reversals = set.claims().filter(|remit| remit.status == ClaimStatus::Reversal);
        loop {
            let remits: Vec<RemitClaim> = reversals.by_ref().take(CLAIMS_A_STEP).collect();
            if remits.is_empty() {
                return Ok(());
            }
            let (found, ours) = self.find(tx, &remits).await?;
            for step in steps(&found, &ours) {
                let (remits, found) = (&remits[step.clone()], &found[step]);
                let matches = with_ours(found, &ours);
                let plans = self.plans(tx, remits, found, &matches).await?;
                for ((remit, ours), plan) in remits.iter().zip(&matches).zip(&plans) {
                    if let (Some((ours, _)), None) = (ours, plan.effect.takes_back()) {
                        self.within.insert(remit.ordinal, (ours.id, remit.clone()));
                    }
                }
                let Some(follow) = follow.as_deref_mut() else {
                    self.suppose(tx, &plans, &matches).await?;
                    continue;
                };
                let known = |place: &usize| matches!(plans[*place].effect, Effect::Reverses { .. });
                let known: Vec<usize> = (0..plans.len()).filter(known).collect();
                if known.is_empty() {
                    continue;
                }
                let remits: Vec<RemitClaim> = known.iter().map(|place| remits[*place].clone()).collect();
                let found: Vec<Found> = known.iter().map(|place| found[*place].clone()).collect();
                self.step(tx, &remits, &found, &ours, follow).await?;
                self.ahead.extend(remits.iter().map(|remit| remit.ordinal));
            }
        }
    }

    /// Reckons with what reversals would take back.
    async fn suppose(
        &mut self,
        tx: &mut Tx,
        plans: &[Plan],
        matches: &[Option<(&OurClaim, MatchRule)>],
    ) -> Result<()> {
        let undone = self.undone(tx, plans).await?;
        for (plan, ours) in plans.iter().zip(matches) {
            let (Effect::Reverses { original, entry }, Some((ours, _))) = (&plan.effect, ours) else {
                continue;
            };
            self.supposed.decisions.insert(*original);
            let back = undone.of(*original, *entry)?;
            let back = back.iter().flat_map(|entry| &entry.transfers).map(|transfer| transfer.reversed());
            let carried = undone.carried(*original, *entry)?.map(|(_, stated)| stated).unwrap_or_default();
            let back = back.chain(carried);
            self.supposed.transfers.entry(ours.account_claim).or_default().extend(back);
        }
        Ok(())
    }

    /// Matches some claims and posts them, but for those that were posted ahead.
    pub(super) async fn claims(
        &mut self,
        tx: &mut Tx,
        remits: &[RemitClaim],
        follow: &mut impl Follow,
    ) -> Result<()> {
        let left: Vec<RemitClaim>;
        let remits = if self.ahead.is_empty() {
            remits
        } else {
            left = remits.iter().filter(|remit| !self.ahead.contains(&remit.ordinal)).cloned().collect();
            &left
        };
        let (found, ours) = self.find(tx, remits).await?;
        for step in steps(&found, &ours) {
            self.step(tx, &remits[step.clone()], &found[step], &ours, follow).await?;
        }
        Ok(())
    }

    /// Posts claims of different visits.
    async fn step(
        &mut self,
        tx: &mut Tx,
        remits: &[RemitClaim],
        found: &[Found],
        ours: &HashMap<ClaimId, OurClaim>,
        follow: &mut impl Follow,
    ) -> Result<()> {
        let matches = with_ours(found, ours);
        let mut plans = self.plans(tx, remits, found, &matches).await?;
        for remit in remits {
            self.within.remove(&remit.ordinal);
        }
        let mut undone = self.undone(tx, &plans).await?;
        if !undone.moved.is_empty() {
            // A refund may be paid, and a patient's credit used, meanwhile.
            ledger::decide_alone(tx).await?;
            undone = self.undone(tx, &plans).await?;
        }

        let ids: Vec<RemitClaimId> = remits.iter().map(|_| RemitClaimId::new()).collect();
        let lines: Vec<Vec<Option<i16>>> = remits
            .iter()
            .zip(&matches)
            .map(|(remit, ours)| matching::lines(&remit.lines, ours.map_or(&[], |(ours, _)| &ours.lines)))
            .collect();
        let parts = self.parts(tx, remits, &matches).await?;
        for (at, plan) in plans.iter_mut().enumerate() {
            let (Some((ours, _)), Effect::Posted(_)) = (matches[at], &plan.effect) else { continue };
            let remit = &remits[at];
            plan.exceptions.extend(variances::lines(remit, ours, &lines[at], parts.get(&ours.id)));
            plan.exceptions.extend(variances::unknown_codes(remit, self.set.how.codes, self.effective_on));
        }
        let rows: Vec<ClaimRow<'_>> = remits
            .iter()
            .enumerate()
            .map(|(at, remit)| ClaimRow {
                id: ids[at],
                remit,
                claim: matches[at].map(|(ours, rule)| (ours.id, rule)),
                lines: &lines[at],
                posted: plans[at].effect != Effect::Waits,
            })
            .collect();
        store::insert_claims(tx, self.set.id, &rows).await?;
        let reversed: Vec<(RemitClaimId, RemitClaimId)> =
            plans.iter().zip(&ids).filter_map(|(plan, &id)| Some((plan.effect.takes_back()?, id))).collect();
        store::mark_reversed(tx, &reversed).await?;
        self.taken_back.extend(reversed.iter().map(|(original, _)| *original));

        let mut documents = vec![];
        let mut decision_of = vec![];
        let mut happened = vec![];
        let mut happened_to = vec![];
        let mut further = vec![];
        // A next payer answers what we never sent: the payer before sent it on, and did not say so.
        let later = matches.iter().flatten().filter(|(ours, _)| ours.place > 1).map(|(ours, _)| ours.id);
        let drafts = store::drafts(tx, &later.collect::<Vec<_>>()).await?;
        for (at, (remit, plan)) in remits.iter().zip(&plans).enumerate() {
            self.document(remit, ids[at], plan, &undone, &mut documents)?;
            decision_of.resize(documents.len(), ids[at]);
            let Some((ours, _)) = matches[at] else { continue };
            if let Some(event) = event(remit, &plan.effect) {
                let from = (self.set.id, self.set.file.id);
                if drafts.contains(&ours.id) {
                    happened.push(sent_on(ours.id, ids[at]));
                    happened_to.push(at);
                }
                happened.push(self::happened(from, ours.id, ids[at], remit, event));
                happened_to.push(at);
            }
            if let Effect::Posted(posted) = &plan.effect {
                further.extend(follow.event(posted).map(|event| happened_further(ours.id, ids[at], event)));
            }
        }
        let posted = ledger::post_all(tx, &documents).await?;
        let of_people: Vec<(EntryId, RemitClaimId)> = documents
            .iter()
            .zip(posted.iter().zip(decision_of))
            .filter(|(document, _)| document.source().kind == UNAPPLYING_SOURCE)
            .map(|(_, (posted, reversal))| (posted.entry_id, reversal))
            .collect();
        store::insert_unapplyings(tx, &of_people).await?;
        let carried: Vec<Carrying> = documents
            .iter()
            .zip(&posted)
            .filter(|(document, _)| document.source().kind == CARRYING_SOURCE)
            .filter_map(|(document, posted)| {
                let reversal = RemitClaimId::from_uuid(document.source().id);
                let (original, _) = reversed.iter().find(|(_, by)| *by == reversal)?;
                let decision = *undone.carriers.get(original)?;
                Some(Carrying { entry: posted.entry_id, decision, reversal })
            })
            .collect();
        store::insert_carryings(tx, &carried).await?;
        further.extend(standing::said_again(&standing::after(tx, &reversed).await?, follow));
        happened.append(&mut further);
        let outcomes = claims::record(tx, self.set.now, &happened).await?;
        for (outcome, &at) in outcomes.iter().zip(&happened_to) {
            if let claims::Outcome::Impossible(impossible) = outcome {
                let (kind, amount) = (ExceptionKind::StatusConflict, remits[at].paid);
                plans[at].exceptions.push(NewException::new(kind, amount, impossible.to_string()));
            }
        }
        let exceptions: Vec<(Option<RemitClaimId>, &NewException)> = plans
            .iter()
            .zip(&ids)
            .flat_map(|(plan, &id)| plan.exceptions.iter().map(move |exception| (Some(id), exception)))
            .collect();
        let taken_back = plans.iter().zip(&matches).filter(|(plan, _)| plan.effect.takes_back().is_some());
        let visits: Vec<ClaimId> =
            taken_back.filter_map(|(_, ours)| ours.map(|(ours, _)| ours.account_claim)).collect();
        exceptions::settle_over_payments(tx, &visits, self.set.id, self.set.now).await?;
        exceptions::insert(tx, self.set.id, &exceptions).await?;
        for (remit, plan) in remits.iter().zip(&plans) {
            self.exceptions.extend(plan.exceptions.iter().map(|x| reported(x, Some(remit))));
            self.claims += 1;
        }

        let mut decisions = vec![];
        for (at, plan) in plans.into_iter().enumerate() {
            if let (Some((ours, _)), Effect::Posted(_) | Effect::Reverses { .. }) =
                (matches[at], &plan.effect)
            {
                self.decided.push(Trigger {
                    visit: ours.account_claim,
                    decision: ids[at],
                    number: remits[at].patient_control_number.clone(),
                    source: self.source(RESTATEMENT_SOURCE, ids[at].uuid(), remits[at].ordinal),
                });
                decisions.push(Decision {
                    remittance: self.set.id,
                    remit_claim: ids[at],
                    claim: ours.clone(),
                    answer: remits[at].clone(),
                    lines: lines[at].clone(),
                    effect: plan.effect,
                    decided_on: self.effective_on,
                });
            }
        }
        if !decisions.is_empty() {
            follow.follow(tx, &decisions).await?;
        }
        standing::speak_again(tx, &reversed.iter().map(|(original, _)| *original).collect::<Vec<_>>(), follow)
            .await
    }

    /// What the decisions of this set change about others of their visits: what later payers write off more, or
    /// less, and what was missing of claims that came in parts.
    pub(super) async fn settle_visits(&mut self, tx: &mut Tx, follow: &impl Follow) -> Result<()> {
        let mut visits = HashSet::new();
        let mut last: Vec<Trigger> = std::mem::take(&mut self.decided)
            .into_iter()
            .rev()
            .filter(|trigger| visits.insert(trigger.visit))
            .collect();
        last.reverse();
        let when = When { remittance: self.set.id, on: self.effective_on, now: self.set.now };
        let restated = restating::restate(tx, when, &last, follow).await?;
        let visits: Vec<ClaimId> = last.iter().map(|trigger| trigger.visit).collect();
        exceptions::settle_missing_parts(tx, &visits, self.set.id, self.set.now).await?;
        for document in &restated.documents {
            self.moved(document.transfers());
        }
        for (number, exception) in &restated.exceptions {
            self.exceptions.push(Reported { claim: Some(number.clone()), ..reported(exception, None) });
        }
        Ok(())
    }

    /// Posts what had waited because a decision stood that this set takes back: a correction may come a file before the
    /// reversal of what it corrects.
    pub(super) async fn apply_released(&mut self, tx: &mut Tx, follow: &mut impl Follow) -> Result<()> {
        let taken_back = std::mem::take(&mut self.taken_back);
        for document in exceptions::apply_released(tx, self.set.now, &taken_back, follow).await? {
            self.moved(document.transfers());
        }
        Ok(())
    }

    /// What posted parts have answered of the claims of which these decisions are parts.
    async fn parts(
        &self,
        tx: &mut Tx,
        remits: &[RemitClaim],
        matches: &[Option<(&OurClaim, MatchRule)>],
    ) -> Result<HashMap<ClaimId, Parts>> {
        let split = remits.iter().zip(matches).filter(|(remit, _)| remit.is_part());
        let claims: Vec<ClaimId> = split.filter_map(|(_, ours)| ours.map(|(ours, _)| ours.id)).collect();
        if claims.is_empty() {
            return Ok(HashMap::new());
        }
        let taken_back: Vec<RemitClaimId> = self.supposed.decisions.iter().copied().collect();
        store::parts(tx, &claims, &taken_back).await
    }

    /// What each decision would do. Nothing is written.
    async fn plans(
        &self,
        tx: &mut Tx,
        remits: &[RemitClaim],
        found: &[Found],
        matches: &[Option<(&OurClaim, MatchRule)>],
    ) -> Result<Vec<Plan>> {
        let visits: Vec<ClaimId> = matches.iter().flatten().map(|(ours, _)| ours.account_claim).collect();
        let claims: Vec<ClaimId> = matches.iter().flatten().map(|(ours, _)| ours.id).collect();
        let mut accounts = store::accounts(tx, &visits).await?;
        for (visit, account) in &mut accounts {
            if let Some(transfers) = self.supposed.transfers.get(visit) {
                *account = account.after(transfers);
            }
        }
        let mut earlier = store::earlier(tx, &claims, self.set.id).await?;
        for decisions in earlier.values_mut() {
            decisions.retain(|decision| !self.supposed.decisions.contains(&decision.remit_claim));
        }
        let nothing = Account::default();
        let written_off =
            restating::all_written_off(tx, remits, matches, &accounts, &self.supposed.decisions).await?;
        let mut candidates = lost(tx, remits, matches).await?;
        let reversed = remits.iter().zip(matches).filter(|(remit, _)| remit.status == ClaimStatus::Reversal);
        let reversed: Vec<ClaimId> = reversed.filter_map(|(_, ours)| Some(ours.as_ref()?.0.id)).collect();
        let returned = exceptions::returned_about(tx, &reversed).await?;
        let mut plans = Vec::with_capacity(remits.len());
        for (at, ((remit, found), ours)) in remits.iter().zip(found).zip(matches).enumerate() {
            plans.push(match *ours {
                Some((claim, rule)) => {
                    let account = accounts.get(&claim.account_claim).unwrap_or(&nothing);
                    let mut earlier = earlier.get(&claim.id).cloned().unwrap_or_default();
                    if earlier.iter().any(|one| one.is_other_part) {
                        let to_come = self.within.values().filter(|(of, _)| *of == claim.id);
                        let to_come: Vec<&RemitClaim> = to_come.map(|(_, reversal)| reversal).collect();
                        let lines = matching::lines(&remit.lines, &claim.lines);
                        post::tell_apart(remit, claim, &lines, &to_come, &mut earlier);
                    }
                    let earlier = &earlier[..];
                    let written_off = written_off.get(&at).copied();
                    let found = Matched { claim, rule, account, earlier, written_off, replaces: None };
                    if remit.status == ClaimStatus::Reversal
                        && returned.contains(&(claim.id, -remit.charged, -remit.paid))
                    {
                        post::reversal_of_either(remit, &found)?
                    } else {
                        post::matched(remit, &found)?
                    }
                }
                None => {
                    let exception = not_found(remit, found).with(candidates.remove(&at).unwrap_or_default());
                    post::unmatched(remit, self.payer, exception)?
                }
            });
        }
        Ok(plans)
    }

    /// The difference of an override goes to suspense; it, and each claim that does not add up, stays open.
    pub(super) async fn overridden(
        &mut self,
        tx: &mut Tx,
        reason: &str,
        difference: Money,
        why: &[Why],
    ) -> Result<()> {
        let about = About { payer: self.payer, ..About::default() };
        let id = self.set.id;
        if let Some(transfer) =
            Transfer::signed(AccountKind::InsuranceCash, AccountKind::Suspense, difference, about)?
        {
            let source = self.source(OVERRIDE_SOURCE, id.uuid(), 0);
            let (kind, day) = (EntryKind::ProviderAdjustment, self.effective_on);
            ledger::post(tx, &NewEntry::new(kind, source, day, vec![transfer])?).await?;
            self.moved(&[transfer]);
        }
        store::insert_override(tx, id, reason, difference, why).await?;
        let opened: Vec<NewException> = why
            .iter()
            .filter_map(|why| match why {
                Why::NotBalanced(imbalance) if imbalance.level == Level::Transaction => {
                    Some(NewException::new(ExceptionKind::Difference, difference, why.to_string()))
                }
                Why::NotBalanced(imbalance) => {
                    Some(NewException::new(ExceptionKind::DoesNotAddUp, imbalance.off_by(), why.to_string()))
                }
                _ => None,
            })
            .collect();
        let rows: Vec<_> = opened.iter().map(|exception| (None, exception)).collect();
        exceptions::insert(tx, id, &rows).await?;
        self.exceptions.extend(opened.iter().map(|exception| reported(exception, None)));
        let detail = json!({ "reason": reason, "difference": difference, "reasons": why.len() });
        tx.audit("remits/override", id, Some(self.set.file.id), detail).await
    }

    /// What reversals take back.
    async fn undone(&self, tx: &mut Tx, plans: &[Plan]) -> Result<Undone> {
        let taken: Vec<(RemitClaimId, Option<EntryId>)> = plans
            .iter()
            .filter_map(|plan| match plan.effect {
                Effect::Reverses { original, entry } => Some((original, entry)),
                Effect::Posted(_) | Effect::Waits => None,
            })
            .collect();
        if taken.is_empty() {
            return Ok(Undone::default());
        }
        let originals: Vec<RemitClaimId> = taken.iter().map(|(original, _)| *original).collect();
        let moved = store::moved_by_people(tx, &originals).await?;
        let ids: Vec<EntryId> =
            taken.iter().filter_map(|(_, entry)| *entry).chain(moved.values().flatten().copied()).collect();
        let entries = ledger::entries(tx, &ids).await?.into_iter().map(|entry| (entry.id, entry)).collect();
        let carriers = store::carriers(tx, &originals).await?;
        Ok(Undone { entries, moved, carriers })
    }

    /// The ledger's document of a decision, when it moves anything.
    fn document(
        &mut self,
        remit: &RemitClaim,
        id: RemitClaimId,
        plan: &Plan,
        undone: &Undone,
        documents: &mut Vec<NewEntry>,
    ) -> Result<()> {
        let mut transfers = plan.transfers.clone();
        if let Effect::Reverses { original, entry } = plan.effect {
            for moved in undone.of(original, entry)? {
                let (kind, of) = if entry == Some(moved.id) {
                    (CLAIM_SOURCE, id.uuid())
                } else {
                    (UNAPPLYING_SOURCE, moved.id.uuid())
                };
                let source = self.source(kind, of, remit.ordinal);
                documents.push(moved.reversal(self.effective_on, source)?);
                transfers.extend(moved.transfers.iter().map(|transfer| transfer.reversed()));
            }
            if let Some((_, stated)) = undone.carried(original, entry)? {
                let (source, day) =
                    (self.source(CARRYING_SOURCE, id.uuid(), remit.ordinal), self.effective_on);
                transfers.extend(&stated);
                documents.push(NewEntry::new(EntryKind::ClaimPayment, source, day, stated)?);
            }
        } else if !transfers.is_empty() {
            let (source, day) = (self.source(CLAIM_SOURCE, id.uuid(), remit.ordinal), self.effective_on);
            documents.push(NewEntry::new(EntryKind::ClaimPayment, source, day, transfers.clone())?);
        }
        let cash = post::cash(&transfers);
        if cash != remit.paid {
            return Err(anyhow::anyhow!("{id} would move {cash}, not {}", remit.paid).into());
        }
        self.moved(&transfers);
        Ok(())
    }

    pub(super) async fn provider_adjustments(
        &mut self,
        tx: &mut Tx,
        items: &[ProviderAdjustment],
    ) -> Result<()> {
        let rows: Vec<(ProviderAdjustmentId, &ProviderAdjustment)> =
            items.iter().map(|item| (ProviderAdjustmentId::new(), item)).collect();
        store::insert_provider_adjustments(tx, self.set.id, &rows).await?;
        let mut documents = vec![];
        let mut waiting = vec![];
        for (id, item) in rows {
            let (transfer, exception) = post::provider_adjustment(item, self.payer)?;
            if let Some(transfer) = transfer {
                let source = self.source(PROVIDER_ADJUSTMENT_SOURCE, id.uuid(), item.ordinal);
                let (kind, day) = (EntryKind::ProviderAdjustment, self.effective_on);
                documents.push(NewEntry::new(kind, source, day, vec![transfer])?);
                self.moved(&[transfer]);
            }
            waiting.extend(exception.map(|x| NewException { provider_adjustment: Some(id), ..x }));
        }
        ledger::post_all(tx, &documents).await?;
        let exceptions: Vec<_> = waiting.iter().map(|exception| (None, exception)).collect();
        exceptions::insert(tx, self.set.id, &exceptions).await?;
        self.exceptions.extend(waiting.iter().map(|exception| reported(exception, None)));
        Ok(())
    }

    /// A document of this set: the set's place in the file, and the document's in the set.
    fn source(&self, kind: ledger::SourceKind, id: uuid::Uuid, ordinal: u32) -> Source {
        let place = i64::from(self.ordinal) << 32 | i64::from(ordinal);
        Source::in_file(kind, id, self.set.file.sha256, place)
    }

    fn moved(&mut self, transfers: &[Transfer]) {
        self.moved.add(transfers);
        self.cash += post::cash(transfers);
    }
}

/// What a decision says about its claim, with its place in its file.
pub(super) fn happened(
    (remittance, file): (RemittanceId, FileId),
    claim: ClaimId,
    id: RemitClaimId,
    remit: &RemitClaim,
    event: Event,
) -> Happened {
    let (first, last) = (remit.bytes.first, remit.bytes.last);
    Happened {
        claim,
        event,
        source: claims::Source::new("remit_claim", id).at(file, first, last),
        detail: json!({
            "remittance": remittance,
            "status": remit.status.code(),
            "charged": remit.charged,
            "paid": remit.paid,
            "patient_responsibility": remit.patient_responsibility,
        }),
    }
}

/// A claim to a next payer was sent on by the payer before, as a decision says: of that payer, or already the next
/// one's own.
#[must_use]
pub fn sent_on(claim: ClaimId, decision: RemitClaimId) -> Happened {
    happened_further(claim, decision, Event::CrossedOver)
}

/// What else follows from a decision in its claim's history.
pub(super) fn happened_further(claim: ClaimId, id: RemitClaimId, event: Event) -> Happened {
    Happened { claim, event, source: claims::Source::new("remit_claim", id), detail: json!({}) }
}

/// Candidates for the decisions whose claim was not found, by their places.
async fn lost(
    tx: &mut Tx,
    remits: &[RemitClaim],
    matches: &[Option<(&OurClaim, MatchRule)>],
) -> Result<HashMap<usize, Vec<exceptions::Candidate>>> {
    let places: Vec<usize> = (0..remits.len()).filter(|at| matches[*at].is_none()).collect();
    let said: Vec<Said> = places.iter().map(|at| Said::of(&remits[*at])).collect();
    if said.is_empty() {
        return Ok(HashMap::new());
    }
    let facts = exceptions::claim_facts(tx, &said).await?;
    let ranked = said.iter().zip(&facts).map(|(said, facts)| exceptions::of_claims(said, facts));
    Ok(places.into_iter().zip(ranked).collect())
}

/// What a decision does depends on the ones about the same visit before it, such as a correction on its
/// reversal: in each of these stretches a visit is once.
fn steps(found: &[Found], ours: &HashMap<ClaimId, OurClaim>) -> Vec<Range<usize>> {
    let mut steps = vec![];
    let mut first = 0;
    while first < found.len() {
        let mut visits = HashSet::new();
        let new = |found: &Found| {
            matched(found)
                .and_then(|(claim, _)| ours.get(&claim))
                .is_none_or(|ours| visits.insert(ours.account_claim))
        };
        let end = first + found[first..].iter().map(new).take_while(|new| *new).count();
        steps.push(first..end);
        first = end;
    }
    steps
}

/// Each decision's claim of ours, with how it was found.
fn with_ours<'o>(
    found: &[Found],
    ours: &'o HashMap<ClaimId, OurClaim>,
) -> Vec<Option<(&'o OurClaim, MatchRule)>> {
    let of = |found| matched(found).and_then(|(claim, rule)| Some((ours.get(&claim)?, rule)));
    found.iter().map(of).collect()
}

fn matched(found: &Found) -> Option<(ClaimId, MatchRule)> {
    match found {
        Found::One { claim, rule } => Some((*claim, *rule)),
        Found::None { .. } | Found::NotOurNumber | Found::Several { .. } => None,
    }
}

fn not_found(remit: &RemitClaim, found: &Found) -> NewException {
    let (kind, detail) = match found {
        // A claim that was found is not asked about here.
        Found::One { claim, .. } => (ExceptionKind::NoMatch, format!("{claim} is not there")),
        Found::None { why } => (ExceptionKind::NoMatch, why.clone()),
        Found::NotOurNumber => (
            ExceptionKind::NotOurNumber,
            "CLP01 is a number that is not ours, CLP07 was not seen before, and no claim has this member, days of \
             service and charge"
                .to_owned(),
        ),
        Found::Several { rule, claims } => {
            let claims: Vec<String> = claims.iter().map(ToString::to_string).collect();
            (ExceptionKind::SeveralMatch, format!("{} fits {}", rule.as_str(), claims.join(", ")))
        }
    };
    NewException::new(kind, remit.paid, detail)
}

/// What a decision is in the claim's own history.
pub(super) fn event(remit: &RemitClaim, effect: &Effect) -> Option<Event> {
    let posted = match effect {
        Effect::Reverses { .. } => return Some(Event::Reversed),
        Effect::Waits => return None,
        Effect::Posted(posted) => posted,
    };
    Some(match posted {
        _ if remit.status == ClaimStatus::Denied => Event::Denied,
        Posted { denials, .. } if denials.is_empty() => Event::Paid,
        Posted { share: Share::Nothing, .. } if !remit.paid.is_positive() => Event::Denied,
        Posted { .. } => Event::PartiallyPaid,
    })
}
