//! Resolving an exception: the entries of an action, prepared once for the preview and the posting.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::claims;
use crate::db::Tx;
use crate::exchange::content::Content;
use crate::ledger::{self, About, AccountKind, EntryKind, NewEntry, Source, SourceKind, Transfer};
use crate::registry::organizations;
use crate::remits::exceptions::store::{self, Returned, Waiting, WaitingDecision};
use crate::remits::exceptions::{Action, ExceptionKind, Journal, NewException, Replaces};
use crate::remits::matching::{self, MatchRule, NextPayer, OurClaim};
use crate::remits::model::{ClaimStatus, RemitClaim};
use crate::remits::post::{self, Account, Effect, Matched, Posted, Share};
use crate::remits::posting;
use crate::remits::receive::{Decision, Follow};
use crate::remits::replacing::{self, Statement};
use crate::remits::restating::{self, Doing, Trigger, When};
use crate::remits::sets::Remits;
use crate::remits::store::Carrying;
use crate::remits::{
    CARRYING_SOURCE, CLAIM_SOURCE, RESTATEMENT_SOURCE, UNAPPLYING_SOURCE, standing, store as remits_store,
};
use crate::types::{
    ClaimId, EntryId, Money, PayerId, Refusal, RemitClaimId, RemitExceptionId, Result, Status,
};

/// The ledger's source of what a person did: the id of a `remit_exceptions` row.
pub const EXCEPTION_SOURCE: SourceKind = SourceKind::new("remit_exception");

/// The same, of the entry that takes back what waited.
pub(in crate::remits) const RELEASE_SOURCE: SourceKind = SourceKind::new("remit_exception_release");

/// An exception that is resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// What was posted; when it had been resolved so before, what would be.
    pub journal: Journal,
    /// What was done, in words.
    pub resolution: String,
    /// True when the same action had resolved it before: nothing moved now.
    pub already: bool,
}

/// What an action would post, with what that makes due: a later payer's write-off is computed anew.
///
/// # Errors
/// `remits/no-exception`; `remits/exception-resolved`; `remits/action` when it does not fit the kind of
/// exception; `remits/cannot-post` when the decision cannot be posted so; `remits/difference` when its
/// entries would not clear what waits.
pub async fn preview(
    tx: &mut Tx,
    now: DateTime<Utc>,
    id: RemitExceptionId,
    action: &Action,
) -> Result<Journal> {
    let waiting = store::read(tx, id).await?.ok_or_else(|| no_exception(id))?;
    if let Some((_, resolution)) = &waiting.resolved {
        return Err(resolved_before(resolution).into());
    }
    let prepared = Box::pin(prepare(tx, now, id, &waiting, action)).await?;
    let foreseen = Box::pin(prepared.foreseen(tx, now, &waiting)).await?;
    Ok(prepared.journal.followed_by(foreseen.as_slice()))
}

/// Does what a person chose: posts the entries, records it in the claim's history, hands what follows
/// to `follow`, and resolves the exception. The same action again changes nothing. Leaves the audit
/// event `remits/resolve`.
///
/// # Errors
/// As [`preview`]: then nothing has moved.
pub async fn resolve(
    tx: &mut Tx,
    now: DateTime<Utc>,
    id: RemitExceptionId,
    action: &Action,
    follow: &mut impl Follow,
) -> Result<Resolved> {
    // Decisions about credits read the same balances.
    ledger::decide_alone(tx).await?;
    let waiting = store::lock(tx, id).await?.ok_or_else(|| no_exception(id))?;
    hold(tx, &waiting, action).await?;
    let chosen = serde_json::to_value(action.chosen()).map_err(anyhow::Error::from)?;
    if let Some((before, resolution)) = waiting.resolved {
        if before.as_ref() != Some(&chosen) {
            return Err(resolved_before(&resolution).into());
        }
        // Locking counts as writing.
        tx.audit("remits/resolve-again", id, Some(waiting.file), chosen).await?;
        let journal = Journal::new(None, Money::ZERO, &[]);
        return Ok(Resolved { journal, resolution, already: true });
    }
    let prepared = Box::pin(prepare(tx, now, id, &waiting, action)).await?;
    let taken_back = prepared.decided.as_ref().and_then(|decided| decided.effect.takes_back());
    let (resolved, _) = Box::pin(settle(tx, now, id, &waiting, chosen, prepared, &mut *follow)).await?;
    Box::pin(apply_released(tx, now, taken_back.as_slice(), follow)).await?;
    Ok(resolved)
}

/// Whoever posts other decisions about the same visit waits: what a decision does depends on those that stand.
async fn hold(tx: &mut Tx, waiting: &Waiting, action: &Action) -> Result<()> {
    let claim = match action {
        Action::Match { claim } => Some(*claim),
        Action::TakeBack { decision } => store::claim_of_decision(tx, *decision).await?,
        Action::ReturnToPayer
        | Action::Assign { .. }
        | Action::Refund
        | Action::CreditPatient
        | Action::AskNextPayer
        | Action::TreatAs { .. }
        | Action::Read => waiting.decision.as_ref().and_then(|decision| decision.claim),
    };
    let ours = remits_store::our_claims(tx, claim.as_slice()).await?;
    claims::hold(tx, ours.values().flat_map(|ours| [ours.id, ours.account_claim])).await
}

/// Posts what waited for want of a reversal: a decision came while another one about its claim stood, and that was
/// taken back since. Of several the newest; what cannot be posted waits on. Gives the entries. Each leaves the audit
/// event `remits/resolve`.
pub(in crate::remits) async fn apply_released(
    tx: &mut Tx,
    now: DateTime<Utc>,
    taken_back: &[RemitClaimId],
    follow: &mut impl Follow,
) -> Result<Vec<NewEntry>> {
    let mut posted = vec![];
    for (id, claim) in store::released(tx, taken_back).await? {
        let Some(waiting) = store::lock(tx, id).await?.filter(|waiting| waiting.resolved.is_none()) else {
            continue;
        };
        let action = Action::Match { claim };
        let mut prepared = match Box::pin(prepare(tx, now, id, &waiting, &action)).await {
            Ok(prepared) => prepared,
            Err(error) if error.refusal().is_some() => continue,
            Err(error) => return Err(error),
        };
        prepared.resolution = format!("{}: the payer took its earlier decision back", prepared.resolution);
        let chosen = serde_json::to_value(action.chosen()).map_err(anyhow::Error::from)?;
        let (_, entries) = Box::pin(settle(tx, now, id, &waiting, chosen, prepared, &mut *follow)).await?;
        posted.extend(entries);
    }
    Ok(posted)
}

/// Writes what was prepared. Gives the entries, too.
async fn settle(
    tx: &mut Tx,
    now: DateTime<Utc>,
    id: RemitExceptionId,
    waiting: &Waiting,
    chosen: Value,
    prepared: Prepared,
    follow: &mut impl Follow,
) -> Result<(Resolved, Vec<NewEntry>)> {
    let Prepared { mut journal, mut documents, decided, exceptions, resolution, named, carrier, returned } =
        prepared;
    let taken_back = decided.as_ref().filter(|decided| decided.effect.takes_back().is_some());
    let taken_back = taken_back.map(|decided| decided.claim.account_claim);
    let posted = ledger::post_all(tx, &documents).await?;
    if let Some(decision) = &waiting.decision {
        let of_people: Vec<_> = documents
            .iter()
            .zip(&posted)
            .filter(|(document, _)| document.source().kind == UNAPPLYING_SOURCE)
            .map(|(_, posted)| (posted.entry_id, decision.id))
            .collect();
        remits_store::insert_unapplyings(tx, &of_people).await?;
        let carried = documents.iter().zip(&posted).zip(carrier.into_iter().cycle());
        let carried: Vec<_> = carried
            .filter(|((document, _), _)| document.source().kind == CARRYING_SOURCE)
            .map(|((_, posted), carrier)| Carrying {
                entry: posted.entry_id,
                decision: carrier,
                reversal: decision.id,
            })
            .collect();
        remits_store::insert_carryings(tx, &carried).await?;
        let returned: Vec<_> = returned.into_iter().map(|returned| (returned, decision.id)).collect();
        remits_store::mark_reversed(tx, &returned).await?;
    }
    if let (Some(claim), Some(decision)) = (named, &waiting.decision) {
        store::name_claim(tx, decision.id, claim).await?;
        let exceptions: Vec<_> = exceptions.iter().map(|exception| (Some(decision.id), exception)).collect();
        store::insert(tx, waiting.remittance, &exceptions).await?;
    } else if let Some(decided) = decided {
        let restated = Box::pin(decide(tx, now, waiting, decided, exceptions, follow)).await?;
        journal = journal.followed_by(&restated);
        documents.extend(restated);
    }
    store::resolve(tx, id, now, &chosen, &resolution).await?;
    store::settle_set(tx, waiting.remittance).await?;
    store::settle_over_payments(tx, taken_back.as_slice(), waiting.remittance, now).await?;
    tx.audit(
        "remits/resolve",
        id,
        Some(waiting.file),
        json!({ "exception": waiting.kind, "chosen": chosen, "cleared": journal.clears }),
    )
    .await?;
    Ok((Resolved { journal, resolution, already: false }, documents))
}

/// An exception of another practice is none either.
pub(super) fn no_exception(id: RemitExceptionId) -> Refusal {
    Refusal::new(
        "remits/no-exception",
        Status::NotFound,
        format!("there is no exception {id}"),
        "Check the id",
    )
}

fn resolved_before(resolution: &str) -> Refusal {
    Refusal::new(
        "remits/exception-resolved",
        Status::Conflict,
        format!("it is resolved: {resolution}"),
        "Look at what was posted; correct it by an entry of its own",
    )
}

fn cannot_post(why: impl Into<String>, next: &str) -> Refusal {
    Refusal::new("remits/cannot-post", Status::Conflict, why, next)
}

/// What an action comes to, before any of it is written.
struct Prepared {
    journal: Journal,
    documents: Vec<NewEntry>,
    decided: Option<Decided>,
    exceptions: Vec<NewException>,
    resolution: String,
    /// The claim of a decision that waits on: `exceptions` say for what.
    named: Option<ClaimId>,
    /// The decision that carries on what the one that is taken back had said.
    carrier: Option<RemitClaimId>,
    /// A decision whose money was owed back to the payer, which is taken back.
    returned: Option<RemitClaimId>,
}

impl Prepared {
    /// The entry that [`decide`] is going to post besides.
    async fn foreseen(&self, tx: &mut Tx, now: DateTime<Utc>, waiting: &Waiting) -> Result<Option<NewEntry>> {
        let (Some(decided), Some(decision)) = (&self.decided, &waiting.decision) else { return Ok(None) };
        if !decided.is_new {
            return Ok(None);
        }
        let doing = match decided.effect.takes_back() {
            Some(original) => Doing::TakesBack(original),
            None => Doing::Posts(decided.claim.id, &decided.answer.status, &decided.replaces),
        };
        let on = organizations::today(tx, now).await?;
        restating::foreseen(tx, on, &decided.trigger(decision.id), doing, &self.documents).await
    }
}

/// What taking a decision back makes.
struct Undone {
    /// Its own entry.
    entry: Option<EntryId>,
    documents: Vec<NewEntry>,
    /// The decision that carries on what it had said.
    carrier: Option<RemitClaimId>,
}

/// A decision that gets its effect.
struct Decided {
    claim: OurClaim,
    answer: RemitClaim,
    effect: Effect,
    /// False when the decision was posted before, and only a part of it follows now.
    is_new: bool,
    /// What CLP02 is treated as, when a person said so.
    treated_as: Option<ClaimStatus>,
    /// The decisions whose place it takes.
    replaces: Vec<RemitClaimId>,
}

impl Decided {
    /// What makes others about the visit be looked at.
    fn trigger(&self, decision: RemitClaimId) -> Trigger {
        Trigger {
            visit: self.claim.account_claim,
            decision,
            number: self.answer.patient_control_number.clone(),
            source: Source::new(RESTATEMENT_SOURCE, decision.uuid()),
        }
    }
}

async fn prepare(
    tx: &mut Tx,
    now: DateTime<Utc>,
    id: RemitExceptionId,
    waiting: &Waiting,
    action: &Action,
) -> Result<Prepared> {
    let kind = ExceptionKind::from_name(&waiting.kind)
        .ok_or_else(|| anyhow::anyhow!("{id} has no kind {}", waiting.kind))?;
    let returned = match action {
        Action::TakeBack { decision } => returned(tx, waiting, *decision).await?,
        Action::Match { .. }
        | Action::ReturnToPayer
        | Action::Assign { .. }
        | Action::Refund
        | Action::CreditPatient
        | Action::AskNextPayer
        | Action::TreatAs { .. }
        | Action::Read => None,
    };
    let settles = kind.actions(waiting.amount).contains(&action.kind()) || returned.is_some();
    if !settles || !waiting.is_posted {
        return Err(Refusal::new(
            "remits/action",
            Status::Invalid,
            format!("{} does not settle {}", action.kind().as_str(), kind.as_str()),
            kind.next_step(waiting.amount),
        )
        .into());
    }
    let today = organizations::today(tx, now).await?;
    let preparing = Preparing { id, kind, waiting, today, holds: kind.holds_in(waiting.amount) };
    let prepared = match action {
        Action::Match { claim } => preparing.match_claim(tx, *claim).await?,
        Action::TakeBack { decision } => match returned {
            Some(returned) => preparing.take_back_returned(tx, returned).await?,
            None => preparing.take_back(tx, *decision).await?,
        },
        Action::ReturnToPayer => preparing.return_to_payer()?,
        Action::Assign { account } => preparing.assign(*account)?,
        Action::Refund => preparing.over_payment(tx, AccountKind::RefundsPayable).await?,
        Action::CreditPatient => preparing.over_payment(tx, AccountKind::PatientCredits).await?,
        Action::AskNextPayer => preparing.ask_next_payer(tx).await?,
        Action::TreatAs { status } => preparing.treat_as(tx, status).await?,
        Action::Read => preparing.read(),
    };
    let difference = prepared.journal.difference;
    if !difference.is_zero() {
        return Err(Refusal::new(
            "remits/difference",
            Status::Conflict,
            format!(
                "{} waits, and the entries would clear {}: {difference} is left",
                prepared.journal.waits, prepared.journal.clears
            ),
            "Choose what clears all of it, or ask the payer",
        )
        .into());
    }
    Ok(prepared)
}

/// A decision whose money was owed back to the payer, where the reversal that waits may take it back.
async fn returned(tx: &mut Tx, waiting: &Waiting, decision: RemitClaimId) -> Result<Option<Returned>> {
    let Some(reversal) = &waiting.decision else { return Ok(None) };
    let all = store::returned(tx, reversal.id).await?;
    Ok(all.into_iter().find(|one| one.id == decision))
}

struct Preparing<'a> {
    id: RemitExceptionId,
    kind: ExceptionKind,
    waiting: &'a Waiting,
    today: NaiveDate,
    /// Where its money waits.
    holds: Option<AccountKind>,
}

impl Preparing<'_> {
    fn source(&self) -> Source {
        Source::new(EXCEPTION_SOURCE, self.id.uuid())
    }

    fn decision(&self) -> Result<&WaitingDecision> {
        let decision = self.waiting.decision.as_ref();
        Ok(decision.ok_or_else(|| anyhow::anyhow!("{} concerns no decision", self.id))?)
    }

    /// One entry of these transfers, none when nothing moves.
    fn documents(&self, kind: EntryKind, transfers: Vec<Transfer>) -> Result<Vec<NewEntry>> {
        if transfers.is_empty() {
            return Ok(vec![]);
        }
        Ok(vec![NewEntry::new(kind, self.source(), self.today, transfers)?])
    }

    fn prepared(&self, waits: Money, documents: Vec<NewEntry>, resolution: impl Into<String>) -> Prepared {
        Prepared {
            journal: Journal::new(self.holds, waits, &documents),
            documents,
            decided: None,
            exceptions: vec![],
            resolution: resolution.into(),
            named: None,
            carrier: None,
            returned: None,
        }
    }

    /// The claim is named, and nothing moves yet: what CLP02 means is asked next, with the same money waiting.
    fn named(&self, claim: ClaimId, exceptions: Vec<NewException>) -> Prepared {
        let resolution = format!("claim {claim} is named; what its CLP02 means is asked next");
        Prepared { exceptions, named: Some(claim), ..self.prepared(Money::ZERO, vec![], resolution) }
    }

    /// The decision as its file says it.
    async fn answer(&self, tx: &mut Tx) -> Result<RemitClaim> {
        let ordinal = self.decision()?.ordinal;
        let content = Content::kept(tx, self.waiting.file).await?;
        let remits = Remits::read(&content).map_err(|fault| anyhow::anyhow!("{}", fault.message))?;
        let mut sets = remits.sets().filter(|set| set.ordinal() == self.waiting.set_ordinal);
        let claim = sets.next().and_then(|set| set.claims().find(|claim| claim.ordinal == ordinal));
        Ok(claim.ok_or_else(|| anyhow::anyhow!("{} is not in its file", self.id))?)
    }

    async fn our_claim(&self, tx: &mut Tx, id: ClaimId) -> Result<OurClaim> {
        let found = remits_store::our_claims(tx, &[id]).await?.remove(&id);
        Ok(found.ok_or_else(|| {
            Refusal::new(
                "claims/not-found",
                Status::NotFound,
                format!("there is no claim {id}"),
                "Check the id",
            )
        })?)
    }

    async fn account(&self, tx: &mut Tx, claim: &OurClaim) -> Result<Account> {
        let visit = claim.account_claim;
        Ok(remits_store::accounts(tx, &[visit]).await?.remove(&visit).unwrap_or_default())
    }

    /// Posts the decision to the claim that a person names: what it would have moved when it came, but
    /// out of where its money waits instead of out of cash. One whose CLP02 the guide does not have waits on,
    /// now with its claim: a person says what it is treated as, too.
    async fn match_claim(&self, tx: &mut Tx, claim: ClaimId) -> Result<Prepared> {
        let what = format!("posted to claim {claim}");
        let answer = self.answer(tx).await?;
        self.post_to(tx, claim, answer, what).await
    }

    /// Posts a decision whose CLP02 the guide does not have as what a person says that it is, to the claim
    /// that was found for it. What the payer wrote stays on the decision.
    async fn treat_as(&self, tx: &mut Tx, status: &ClaimStatus) -> Result<Prepared> {
        let what = format!("posted as CLP02 {}", status.code());
        let answer = RemitClaim { status: status.clone(), ..self.answer(tx).await? };
        let mut prepared = self.post_to(tx, self.decided_claim()?, answer, what).await?;
        if let Some(decided) = &mut prepared.decided {
            decided.treated_as = Some(status.clone());
        }
        Ok(prepared)
    }

    async fn post_to(
        &self,
        tx: &mut Tx,
        claim: ClaimId,
        answer: RemitClaim,
        what: String,
    ) -> Result<Prepared> {
        let claim = self.our_claim(tx, claim).await?;
        let account = self.account(tx, &claim).await?;
        let mut earlier = remits_store::earlier(tx, &[claim.id], self.waiting.remittance).await?;
        let mut earlier = earlier.remove(&claim.id).unwrap_or_default();
        let lines = matching::lines(&answer.lines, &claim.lines);
        post::tell_apart(&answer, &claim, &lines, &[], &mut earlier);
        let written_off = restating::written_off(tx, &answer, &claim, &account).await?;
        let rule = MatchRule::Person;
        let (account, earlier) = (&account, &earlier[..]);
        let mut found = Matched { claim: &claim, rule, account, earlier, written_off, replaces: None };
        let before = if post::states_anew(&answer, &found) {
            Some(replacing::stated(tx, earlier).await?)
        } else {
            None
        };
        let mut replaces: Vec<RemitClaimId> = vec![];
        if let Some(before) = &before {
            replaces.extend(earlier.iter().map(|one| one.remit_claim));
            let more = restating::written_off_instead(tx, &answer, &claim, account, &replaces).await?;
            found.written_off = more.map(|more| before.written_off() + more);
            found.replaces = Some(before);
        }
        let plan = post::chosen(&answer, &found)?;
        match plan.effect {
            Effect::Reverses { original, .. } => {
                self.undo(tx, original, answer, claim, format!("{what}, where it takes {original} back"))
                    .await
            }
            Effect::Waits if matches!(answer.status, ClaimStatus::Other(_)) => {
                Ok(self.named(claim.id, plan.exceptions))
            }
            Effect::Waits => {
                let why = plan.exceptions.into_iter().next().map(|exception| exception.detail);
                Err(cannot_post(why.unwrap_or_default(), "Choose another claim, or owe it back to the payer")
                    .into())
            }
            Effect::Posted(posted) => {
                let held = self.holds.unwrap_or(AccountKind::UnappliedCash);
                let transfers = post::paid_from(held, &plan.transfers)?;
                let documents = self.documents(EntryKind::Application, transfers)?;
                let what = if before.is_some() {
                    format!("{what}, in the place of what was said before")
                } else {
                    what
                };
                let mut prepared = self.prepared(self.waiting.amount, documents, what);
                prepared.journal.replaces = before.map(|before| {
                    let moved = Statement::of(&plan.transfers);
                    Replaces {
                        decisions: replaces.clone(),
                        written_off_before: before.written_off(),
                        written_off: before.written_off() + moved.written_off(),
                        share_before: before.share(claim.payer),
                        share: before.share(claim.payer) + moved.share(claim.payer),
                    }
                });
                let effect = Effect::Posted(posted);
                let decided =
                    Some(Decided { claim, answer, effect, is_new: true, treated_as: None, replaces });
                Ok(Prepared { decided, exceptions: plan.exceptions, ..prepared })
            }
        }
    }

    /// The reversal takes back the decision that a person names.
    async fn take_back(&self, tx: &mut Tx, decision: RemitClaimId) -> Result<Prepared> {
        let claim = store::claim_of_decision(tx, decision).await?.ok_or_else(|| {
            cannot_post(
                format!("{decision} is no decision that stands"),
                "Choose a decision that is posted and was not taken back",
            )
        })?;
        let answer = self.answer(tx).await?;
        let claim = self.our_claim(tx, claim).await?;
        self.undo(tx, decision, answer, claim, format!("takes {decision} back")).await
    }

    /// The payer takes back what was owed back to it. While no check is out that is no more owed. A refund that was sent
    /// stays, and the payer owes its money again: for the visit, where the claim is known.
    async fn take_back_returned(&self, tx: &mut Tx, returned: Returned) -> Result<Prepared> {
        let id = returned.id;
        let (documents, what) = if returned.is_sent {
            let (account, about) = match returned.claim {
                Some(claim) => (AccountKind::InsuranceAr, post::about(&self.our_claim(tx, claim).await?)),
                None => {
                    (AccountKind::PayerRecoupments, About { payer: self.waiting.payer, ..About::default() })
                }
            };
            let held = self.holds.unwrap_or(AccountKind::Suspense);
            let transfer = Transfer::new(account, held, -self.waiting.amount, about)?;
            let documents = self.documents(EntryKind::Application, vec![transfer])?;
            (documents, format!("takes {id} back, whose refund was sent: the payer owes it again"))
        } else {
            let undone = self.undone(tx, id).await?;
            (undone.documents, format!("takes {id} back, which is not owed back any more"))
        };
        Ok(Prepared { returned: Some(id), ..self.prepared(self.waiting.amount, documents, what) })
    }

    /// The original's entry, exactly reversed, with what people moved because of it, and what waited for it
    /// released: cash moves by both and comes to nothing.
    async fn undo(
        &self,
        tx: &mut Tx,
        original: RemitClaimId,
        answer: RemitClaim,
        claim: OurClaim,
        resolution: String,
    ) -> Result<Prepared> {
        let Undone { entry, documents, carrier } = self.undone(tx, original).await?;
        let effect = Effect::Reverses { original, entry };
        let decided =
            Some(Decided { claim, answer, effect, is_new: true, treated_as: None, replaces: vec![] });
        Ok(Prepared { decided, carrier, ..self.prepared(self.waiting.amount, documents, resolution) })
    }

    async fn undone(&self, tx: &mut Tx, original: RemitClaimId) -> Result<Undone> {
        let mut documents = vec![];
        let mut undone = vec![];
        let entry = remits_store::entry_of_decision(tx, original).await?;
        if let Some(entry) = entry {
            let entry = ledger::entry(tx, entry).await?;
            documents.push(entry.reversal(self.today, self.source())?);
            undone.extend(entry.transfers);
        }
        let moved = remits_store::moved_by_people(tx, &[original]).await?.remove(&original);
        for moved in ledger::entries(tx, &moved.unwrap_or_default()).await? {
            let source = Source::new(UNAPPLYING_SOURCE, moved.id.uuid());
            documents.push(moved.reversal(self.today, source)?);
            undone.extend(moved.transfers);
        }
        let carrier = remits_store::carriers(tx, &[original]).await?.remove(&original);
        let carried = if carrier.is_some() { Statement::of(&undone).transfers()? } else { vec![] };
        if !carried.is_empty() {
            let source = Source::new(CARRYING_SOURCE, self.decision()?.id.uuid());
            documents.push(NewEntry::new(EntryKind::ClaimPayment, source, self.today, carried)?);
        }
        let held = ledger::find(tx, &Source::new(CLAIM_SOURCE, self.decision()?.id.uuid())).await?;
        if let Some(held) = held {
            let source = Source::new(RELEASE_SOURCE, self.id.uuid());
            documents.push(ledger::entry(tx, held).await?.reversal(self.today, source)?);
        }
        let cash: Money = documents.iter().map(|document| post::cash(document.transfers())).sum();
        if !cash.is_zero() {
            return Err(Refusal::new(
                "remits/difference",
                Status::Conflict,
                format!(
                    "the reversal takes {} back, and what {original} moved on cash differs from it by {cash}",
                    -self.waiting.amount
                ),
                "Choose the decision that paid what is taken back, or ask the payer",
            )
            .into());
        }
        Ok(Undone { entry, documents, carrier })
    }

    /// Money that is not ours stays as what we owe the payer.
    fn return_to_payer(&self) -> Result<Prepared> {
        let amount = self.waiting.amount;
        if amount.is_negative() {
            let why = format!("{amount} was taken, so there is nothing to pay back");
            return Err(cannot_post(why, "Choose the claim that it was taken for").into());
        }
        let about = About { payer: self.waiting.payer, ..About::default() };
        let held = self.holds.unwrap_or(AccountKind::UnappliedCash);
        let transfer = Transfer::signed(held, AccountKind::RefundsPayable, amount, about)?;
        let documents = self.documents(EntryKind::Application, transfer.into_iter().collect())?;
        Ok(self.prepared(amount, documents, "owed back to the payer"))
    }

    /// A PLB amount or a difference leaves suspense for what a person says it is.
    fn assign(&self, account: AccountKind) -> Result<Prepared> {
        let amount = self.kind.credit(self.waiting.amount);
        let about = About { payer: self.waiting.payer, ..About::default() };
        let transfer = Transfer::signed(AccountKind::Suspense, account, amount, about)?;
        let documents = self.documents(EntryKind::Application, transfer.into_iter().collect())?;
        Ok(self.prepared(amount, documents, format!("assigned to {account}")))
    }

    /// What came in beyond what was owed leaves the payer's receivable.
    async fn over_payment(&self, tx: &mut Tx, account: AccountKind) -> Result<Prepared> {
        let claim = self.decided_claim()?;
        let claim = self.our_claim(tx, claim).await?;
        let amount = self.waiting.amount;
        let owed = self.account(tx, &claim).await?.insurance;
        // The later payer has paid too much when the earlier one thinks better of it.
        let others = owed.keys().copied().filter(|payer| *payer != claim.payer).collect::<BTreeSet<_>>();
        let has_over_paid = |payer: &PayerId| owed.get(payer).is_some_and(|owed| *owed <= -amount);
        let Some(payer) = std::iter::once(claim.payer).chain(others).find(has_over_paid) else {
            return Err(cannot_post(
                format!("no payer's balance for the visit is {} any more", -amount),
                "Look at the claim's account; what was over-paid has moved since",
            )
            .into());
        };
        let about =
            About { claim: Some(claim.account_claim), payer: Some(payer), patient: Some(claim.patient) };
        let transfer = Transfer::new(AccountKind::InsuranceAr, account, amount, about)?;
        let documents = self.documents(EntryKind::Transfer, vec![transfer])?;
        let journal = Journal::new(Some(AccountKind::InsuranceAr), amount, &documents);
        let said = if account == AccountKind::PatientCredits {
            "credited to the patient"
        } else {
            "owed back to the payer"
        };
        Ok(Prepared { journal, ..self.prepared(amount, documents, said) })
    }

    /// The coverage is on file now: the share that stayed goes to its payer, and its claim is drafted. As long as the
    /// decision stands: what takes that back takes this back, too.
    async fn ask_next_payer(&self, tx: &mut Tx) -> Result<Prepared> {
        let claim = self.decided_claim()?;
        let claim = self.our_claim(tx, claim).await?;
        if store::claim_of_decision(tx, self.decision()?.id).await?.is_none() {
            return Err(cannot_post(
                "the payer has taken the decision back, and its share with it",
                "Mark it as read; what the payer decides anew says what the next one is asked for",
            )
            .into());
        }
        if !remits_store::replaced(tx, &[self.decision()?.id]).await?.is_empty() {
            return Err(cannot_post(
                "a newer decision about the claim took its place",
                "Mark it as read; the newer one says what the next payer is asked for",
            )
            .into());
        }
        let Some(next) = claim.next_payer else {
            return Err(cannot_post(
                "the patient has no further coverage for the day of service",
                "Add the coverage of the payer that the claim was sent to, then ask again",
            )
            .into());
        };
        let amount = self.waiting.amount;
        let transfers = post::to_next_payer(&claim, next, amount)?;
        let left = self.account(tx, &claim).await?.after(&transfers);
        let left = left.insurance.get(&claim.payer).copied().unwrap_or_default();
        let documents = self.documents(EntryKind::Transfer, transfers)?;
        let posted =
            Posted { patient_share: amount, share: Share::NextPayer(next), left, ..Posted::default() };
        let answer = self.answer(tx).await?;
        let NextPayer { payer, .. } = next;
        let effect = Effect::Posted(posted);
        let decided =
            Some(Decided { claim, answer, effect, is_new: false, treated_as: None, replaces: vec![] });
        Ok(Prepared { decided, ..self.prepared(Money::ZERO, documents, format!("asked of payer {payer}")) })
    }

    fn read(&self) -> Prepared {
        self.prepared(if self.holds.is_some() { self.waiting.amount } else { Money::ZERO }, vec![], "read")
    }

    fn decided_claim(&self) -> Result<ClaimId> {
        let claim = self.decision()?.claim;
        Ok(claim.ok_or_else(|| anyhow::anyhow!("{} concerns no claim", self.id))?)
    }
}

/// Gives a decision its effect: the claim's history, the decision's row, what follows. Gives the entries that were
/// posted for that.
async fn decide(
    tx: &mut Tx,
    now: DateTime<Utc>,
    waiting: &Waiting,
    decided: Decided,
    mut exceptions: Vec<NewException>,
    follow: &mut impl Follow,
) -> Result<Vec<NewEntry>> {
    let Some(WaitingDecision { id, .. }) = waiting.decision else { return Ok(vec![]) };
    let (taken_back, trigger) = (decided.effect.takes_back(), decided.trigger(id));
    let Decided { claim, answer, effect, is_new, treated_as, replaces } = decided;
    let mut restated = vec![];
    let on = remits_store::decided_on(tx, waiting.remittance).await?;
    let mut happened = vec![];
    if is_new {
        store::match_decision(tx, id, claim.id, treated_as.as_ref().map(ClaimStatus::code)).await?;
        remits_store::insert_replacements(tx, &replaces, id).await?;
        if let Some(original) = taken_back {
            remits_store::mark_reversed(tx, &[(original, id)]).await?;
        }
        if let Some(event) = posting::event(&answer, &effect) {
            let from = (waiting.remittance, waiting.file);
            happened.push(posting::happened(from, claim.id, id, &answer, event));
        }
    }
    if let Effect::Posted(posted) = &effect {
        happened.extend(follow.event(posted).map(|event| posting::happened_further(claim.id, id, event)));
    }
    if let Some(original) = taken_back {
        let standing = standing::after(tx, &[(original, id)]).await?;
        happened.extend(standing::said_again(&standing, follow));
    }
    for outcome in claims::record(tx, now, &happened).await? {
        if let claims::Outcome::Impossible(impossible) = outcome {
            let (kind, amount) = (ExceptionKind::StatusConflict, answer.paid);
            exceptions.push(NewException::new(kind, amount, impossible.to_string()));
        }
    }
    let exceptions: Vec<_> = exceptions.iter().map(|exception| (Some(id), exception)).collect();
    store::insert(tx, waiting.remittance, &exceptions).await?;
    if is_new {
        let visit = trigger.visit;
        let when = When { remittance: waiting.remittance, on: organizations::today(tx, now).await?, now };
        restated = restating::restate(tx, when, &[trigger], follow).await?.documents;
        store::settle_missing_parts(tx, &[visit], waiting.remittance, now).await?;
    }
    let lines = matching::lines(&answer.lines, &claim.lines);
    let decision = Decision {
        remittance: waiting.remittance,
        remit_claim: id,
        claim,
        answer,
        lines,
        effect,
        decided_on: on,
    };
    if !replaces.is_empty() {
        follow.undone(tx, &replaces).await?;
    }
    follow.follow(tx, &[decision]).await?;
    standing::speak_again(tx, taken_back.as_slice(), follow).await?;
    Ok(restated)
}
