//! Receiving a file: every set of it posted, held or recognised, each in a transaction of its own.
//!
//! The file is kept first, so nothing that follows can lose it. A set is walked twice: once to see
//! whether it adds up, once to post it, a thousand claims at a time. Whoever dies in between
//! leaves whole sets; receiving the file again goes on with the rest.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::claims::{self, Event, Happened};
use crate::codes::Codes;
use crate::db::{Actor, Db, Tx};
use crate::exchange::files::{self, Direction, StoredFile};
use crate::ledger::{self, About, AccountKind, EntryKind, NewEntry, Source, Transfer};
use crate::registry::organizations::{self, Usage};
use crate::registry::providers;
use crate::remits::balance::{BalancedRemit, Held, Level, Totals, Warning, Why};
use crate::remits::exceptions::{self, ExceptionKind, NewException, Said};
use crate::remits::map_835::Verdict;
use crate::remits::matching::{self, Found, MatchRule, OurClaim};
use crate::remits::model::{ClaimStatus, ProviderAdjustment, RemitClaim, Remittance, Unreadable};
use crate::remits::payee::Standing;
use crate::remits::post::{self, Account, Effect, Matched, Plan, Posted, Share};
use crate::remits::restating::{self, Trigger, When};
use crate::remits::rules::{self, Care, Cares, Mode, PostingRule};
use crate::remits::sets::{RemitSet, Remits};
use crate::remits::store::{self, ClaimRow, SetRow};
use crate::remits::totals::Movements;
use crate::remits::variances::Parts;
use crate::remits::{
    CLAIM_SOURCE, OVERRIDE_SOURCE, PROVIDER_ADJUSTMENT_SOURCE, RESTATEMENT_SOURCE, UNAPPLYING_SOURCE,
    standing, variances,
};
use crate::types::{
    ClaimId, Clock, EntryId, FileId, Money, PayerId, Place, ProviderAdjustmentId, Refusal, RemitClaimId,
    RemittanceId, Result, Status,
};

/// Claims that are matched and posted together.
const CLAIMS_A_STEP: usize = 1_000;

/// Billing providers that are named as what a stranger's remittance should have named.
const EXPECTED_MAX: usize = 3;

/// What became of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum State {
    /// All of it is posted.
    #[serde(rename = "posted")]
    Posted,
    /// Its money is posted; part of it waits for a person.
    #[serde(rename = "partly")]
    PartlyPosted,
    /// It moves nothing until a person or a better file comes.
    #[serde(rename = "held")]
    Held,
    /// It had been received before, or its payment is posted from another file.
    #[serde(rename = "duplicate")]
    Duplicate,
    /// It was posted, and a person took it back.
    #[serde(rename = "unposted")]
    Unposted,
}

impl State {
    /// All of them.
    pub const ALL: [State; 5] =
        [State::Posted, State::PartlyPosted, State::Held, State::Duplicate, State::Unposted];

    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Posted => "posted",
            State::PartlyPosted => "partly_posted",
            State::Held => "held",
            State::Duplicate => "duplicate",
            State::Unposted => "unposted",
        }
    }

    /// The word on the command line and in the API.
    #[must_use]
    pub const fn outcome(self) -> &'static str {
        match self {
            State::PartlyPosted => "partly",
            State::Posted | State::Held | State::Duplicate | State::Unposted => self.as_str(),
        }
    }

    pub(super) fn from_name(name: &str) -> Result<State> {
        let found = State::ALL.into_iter().find(|state| state.as_str() == name);
        Ok(found.ok_or_else(|| anyhow::anyhow!("no state of a remittance: {name}"))?)
    }

    /// True when nothing of it waits for a person.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        match self {
            State::Posted | State::Duplicate => true,
            State::PartlyPosted | State::Held | State::Unposted => false,
        }
    }
}

/// What became of one set of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SetReport {
    /// The file's name.
    pub file: String,
    /// The file as it is kept.
    pub file_id: FileId,
    /// Place of the ST in the file, from 1.
    pub set: u32,
    /// The remittance as it is kept.
    pub remittance: RemittanceId,
    /// What became of it.
    pub outcome: State,
    /// How many claims it decides.
    pub claims: u32,
    /// BPR02.
    pub paid: Money,
    /// Sum of its PLB amounts: positive lowers the payment.
    pub provider_adjustments: Money,
    /// What waits for a person.
    pub exceptions: Vec<Reported>,
    /// What this set moved, by account: debits less credits, so they sum to zero.
    #[schema(value_type = BTreeMap<String, Money>)]
    pub entries: BTreeMap<AccountKind, Money>,
    /// Why it is held or a duplicate: each failing equation with its numbers and place.
    pub why: Vec<String>,
    /// What is odd about it and stops nothing, such as CLP05 beside its PR adjustments.
    pub warnings: Vec<String>,
}

/// An exception as it is reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reported {
    /// What kind.
    #[serde(rename = "type")]
    pub kind: ExceptionKind,
    /// CLP01, when it concerns a claim.
    pub claim: Option<String>,
    /// The money that waits.
    pub amount: Money,
    /// What is the matter.
    pub detail: String,
}

/// A decision that was posted to a claim, with all that the steps after it need to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The set it came in.
    pub remittance: RemittanceId,
    /// Its id.
    pub remit_claim: RemitClaimId,
    /// The claim it decides, with the insurance that comes next.
    pub claim: OurClaim,
    /// What the payer says.
    pub answer: RemitClaim,
    /// For each line of the answer, the number of our line.
    pub lines: Vec<Option<i16>>,
    /// What it did: [`Effect::Posted`] or [`Effect::Reverses`].
    pub effect: Effect,
    /// The day on which its money moves.
    pub decided_on: NaiveDate,
}

/// What reversals take back.
#[derive(Debug, Default)]
struct Undone {
    entries: HashMap<EntryId, ledger::Entry>,
    /// Those with which people applied decisions that had waited.
    applied: HashMap<RemitClaimId, EntryId>,
}

impl Undone {
    /// The entries of a decision that is taken back, each with the kind of source of its reversal. What a person
    /// applied was moved twice: into where it waited, and out of there.
    fn of(
        &self,
        original: RemitClaimId,
        own: Option<EntryId>,
    ) -> Result<Vec<(ledger::SourceKind, &ledger::Entry)>> {
        let applied = self.applied.get(&original).copied();
        let mut entries = vec![];
        for (kind, id) in [(CLAIM_SOURCE, own), (UNAPPLYING_SOURCE, applied)] {
            let Some(id) = id else { continue };
            let entry = self.entries.get(&id).ok_or_else(|| anyhow::anyhow!("{id} is not in the ledger"))?;
            entries.push((kind, entry));
        }
        Ok(entries)
    }
}

/// What reversals of a set that is only looked at would take back.
#[derive(Debug, Default)]
struct Supposed {
    decisions: HashSet<RemitClaimId>,
    /// What that would move, by visit.
    transfers: HashMap<ClaimId, Vec<Transfer>>,
}

/// What follows from decisions, in the transaction that posts them. Each set gets a clone, which counts
/// once the set is posted.
pub trait Follow: Clone + Send + Sync {
    /// What else a posted decision is in the claim's own history. Asked before [`Follow::follow`], so
    /// that the claim's status is written once.
    fn event(&self, _: &Posted) -> Option<Event> {
        None
    }

    /// Which of some decisions differ from what is agreed elsewhere, such as in a payer's contract: a payer's
    /// rule may want a person to look at them before they are posted. Nothing is written.
    fn differing(
        &mut self,
        _: &mut Tx,
        _: &[Decision],
    ) -> impl Future<Output = Result<HashSet<RemitClaimId>>> + Send {
        std::future::ready(Ok(HashSet::new()))
    }

    /// Called for the decisions of a set in order, at most a thousand at a time and a visit once at
    /// a time; a fault undoes the set.
    fn follow(&mut self, tx: &mut Tx, decisions: &[Decision]) -> impl Future<Output = Result<()>> + Send;

    /// Called for the decisions of a set that is taken back: what followed from them is undone.
    fn undone(&mut self, _: &mut Tx, _: &[RemitClaimId]) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// Called for decisions that stand again because the set that took them back is taken back: what was
    /// undone with them is work again.
    fn restored(&mut self, _: &mut Tx, _: &[RemitClaimId]) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }
}

/// With what remittances are read: the time, and the lists that their codes are looked up in.
#[derive(Clone, Copy, Debug)]
pub struct How<'a> {
    /// The time.
    pub clock: &'a Clock,
    /// The lists of codes.
    pub codes: &'a Codes,
    /// How much is posted without a person, whatever the payers' rules say.
    pub mode: Option<Mode>,
}

/// What a person says so that a held set is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approval {
    /// It was looked at: the payer's rule stops it no more.
    Reviewed,
    /// It is posted although it does not add up, or repeats a trace number.
    Override {
        /// Why, in 10 to 500 characters; no patient data.
        reason: String,
    },
}

/// With the lists that come with the program.
impl<'a> From<&'a Clock> for How<'a> {
    fn from(clock: &'a Clock) -> How<'a> {
        How { clock, codes: Codes::shipped(), mode: None }
    }
}

/// Nothing follows.
impl Follow for () {
    async fn follow(&mut self, _: &mut Tx, _: &[Decision]) -> Result<()> {
        Ok(())
    }
}

/// The decisions are gathered.
impl Follow for Vec<Decision> {
    async fn follow(&mut self, _: &mut Tx, decisions: &[Decision]) -> Result<()> {
        self.extend_from_slice(decisions);
        Ok(())
    }
}

/// Keeps a file and posts what it holds, set by set. The same file again posts what was not
/// posted, and nothing twice.
///
/// # Errors
/// `remits/unreadable` when it is not X12 or holds no 835; the file is kept all the same.
pub async fn receive(
    db: &Db,
    actor: &Actor,
    name: &str,
    bytes: &[u8],
    how: impl Into<How<'_>>,
    follow: &mut impl Follow,
) -> Result<Vec<SetReport>> {
    let file = db
        .transaction(actor, async |tx| {
            let kept = files::keep(tx, bytes, name, Direction::In).await?;
            files::get(tx, kept.id).await
        })
        .await?;
    receive_bytes(db, actor, &file, bytes, how.into(), None, follow).await
}

/// As [`receive`], for a file that is kept already.
///
/// # Errors
/// As [`receive`], and `files/not-found`.
pub async fn receive_kept(
    db: &Db,
    actor: &Actor,
    file: FileId,
    how: impl Into<How<'_>>,
    follow: &mut impl Follow,
) -> Result<Vec<SetReport>> {
    let (file, bytes) = kept(db, actor, file).await?;
    receive_bytes(db, actor, &file, &bytes, how.into(), None, follow).await
}

/// Looks at a held set again, and posts it when nothing stops it any more. A set that is posted
/// or a duplicate stays as it is.
///
/// # Errors
/// `remits/not-found`.
pub async fn retry(
    db: &Db,
    actor: &Actor,
    remittance: RemittanceId,
    how: impl Into<How<'_>>,
    follow: &mut impl Follow,
) -> Result<SetReport> {
    retried(db, actor, remittance, how.into(), None, follow).await
}

/// As [`retry`], with what a person says: a set that was looked at is posted whatever its payer's rule
/// says; one that is overridden although it does not add up, its difference going to suspense, where an
/// exception keeps it open. Who, why and what did not add up is kept. The same again changes nothing.
///
/// # Errors
/// `remits/not-found`; `remits/override-reason` when the reason is too short or too long;
/// `remits/cannot-override` when what holds the set is nothing that a person can overrule.
pub async fn retry_as(
    db: &Db,
    actor: &Actor,
    remittance: RemittanceId,
    how: impl Into<How<'_>>,
    approval: &Approval,
    follow: &mut impl Follow,
) -> Result<SetReport> {
    if let Approval::Override { reason } = approval {
        reasoned("remits/override-reason", "an override", reason)?;
    }
    retried(db, actor, remittance, how.into(), Some(approval), follow).await
}

async fn retried(
    db: &Db,
    actor: &Actor,
    remittance: RemittanceId,
    how: How<'_>,
    approval: Option<&Approval>,
    follow: &mut impl Follow,
) -> Result<SetReport> {
    let before = db.transaction(actor, async |tx| store::remittance(tx, remittance).await).await?;
    let before = before.ok_or_else(|| no_remittance(remittance))?;
    let (file, bytes) = kept(db, actor, before.file).await?;
    let only = Some((before.set_ordinal, approval));
    let reports = receive_bytes(db, actor, &file, &bytes, how, only, follow).await?;
    let report = reports.into_iter().next();
    Ok(report.ok_or_else(|| anyhow::anyhow!("{remittance} is not in its file"))?)
}

/// Why a person does what is out of the ordinary, in 10 to 500 characters.
pub(super) fn reasoned<'r>(code: &'static str, what: &str, reason: &'r str) -> Result<&'r str> {
    let reason = reason.trim();
    if (10..=500).contains(&reason.chars().count()) {
        return Ok(reason);
    }
    let what = format!("{what} needs a reason of 10 to 500 characters");
    Err(Refusal::new(code, Status::Invalid, what, "Say why, without patient data")
        .at(Place { field: Some("/reason".into()), ..Place::default() })
        .into())
}

/// A remittance of another practice is no remittance either.
pub(super) fn no_remittance(remittance: RemittanceId) -> Refusal {
    Refusal::new(
        "remits/not-found",
        Status::NotFound,
        format!("there is no remittance {remittance}"),
        "Check the id",
    )
}

async fn kept(db: &Db, actor: &Actor, file: FileId) -> Result<(StoredFile, Vec<u8>)> {
    db.transaction(actor, async |tx| Ok((files::get(tx, file).await?, files::read(tx, file).await?))).await
}

async fn receive_bytes(
    db: &Db,
    actor: &Actor,
    file: &StoredFile,
    bytes: &[u8],
    how: How<'_>,
    only: Option<(u32, Option<&Approval>)>,
    follow: &mut impl Follow,
) -> Result<Vec<SetReport>> {
    let remits = Remits::read(bytes).map_err(|why| unreadable(file, why))?;
    let organization = db.transaction(actor, async |tx| organizations::current(tx).await).await?;
    let mut reports = vec![];
    for set in remits.sets().filter(|set| only.is_none_or(|(only, _)| only == set.ordinal())) {
        let verdict = match (organization.usage, set.balance()) {
            (Usage::Production, Ok(balanced)) if balanced.remittance().is_test => {
                let (remittance, totals) = (balanced.remittance().clone(), balanced.totals());
                Err(Box::new(Held { remittance, totals, why: vec![Why::TestFile] }))
            }
            (_, verdict) => verdict,
        };
        let (now, today) = (how.clock.now(), how.clock.today(organization.time_zone));
        // A try that the server ends leaves nothing: what followed in it did not happen.
        let before = &*follow;
        let (report, followed) = db
            .batch(actor, async |tx| {
                let approval = only.and_then(|(_, approval)| approval);
                let mut incoming =
                    Incoming { file, now, today, how, approval, id: RemittanceId::new(), retried: false };
                let mut follow = before.clone();
                let report = incoming.receive(tx, &verdict, &set, &mut follow).await?;
                Ok((report, follow))
            })
            .await?;
        *follow = followed;
        reports.push(report);
    }
    Ok(reports)
}

fn unreadable(file: &StoredFile, why: Unreadable) -> Refusal {
    let Unreadable { byte_offset, segment, message } = why;
    Refusal::new(
        "remits/unreadable",
        Status::Unreadable,
        format!("{} holds no 835 that can be read: {message} at byte {byte_offset}", file.name),
        format!("The file is kept as {}; ask the sender for an 835", file.id),
    )
    .at(Place {
        file: Some(file.name.clone()),
        byte_offset: Some(byte_offset),
        segment: (!segment.is_empty()).then_some(segment),
        ..Place::default()
    })
}

/// A set that is posted: it adds up, or a person posts it all the same.
#[derive(Clone, Copy)]
struct Postable<'a> {
    remittance: &'a Remittance,
    totals: Totals,
    warnings: &'a [Warning],
    /// The payer by the set's numbers.
    payer: Option<PayerId>,
    /// What a person overrules; nothing for a set that adds up.
    overridden: &'a [Why],
}

impl Postable<'_> {
    /// What the payment is more than its claims less its PLB amounts.
    fn difference(&self) -> Money {
        self.remittance.paid - (self.totals.paid - self.totals.provider_adjustments)
    }
}

/// One set on its way in.
struct Incoming<'a> {
    file: &'a StoredFile,
    now: DateTime<Utc>,
    today: NaiveDate,
    how: How<'a>,
    /// What a person says.
    approval: Option<&'a Approval>,
    id: RemittanceId,
    /// It was held before.
    retried: bool,
}

impl Incoming<'_> {
    async fn receive(
        &mut self,
        tx: &mut Tx,
        verdict: &Verdict,
        set: &RemitSet<'_>,
        follow: &mut impl Follow,
    ) -> Result<SetReport> {
        let (remittance, totals) = match verdict {
            Ok(balanced) => (balanced.remittance(), balanced.totals()),
            Err(held) => (&held.remittance, held.totals),
        };
        store::lock_set(tx, self.file.id, remittance.set_ordinal).await?;
        if let Some(before) = store::received(tx, self.file.id, remittance.set_ordinal).await? {
            self.id = before.id;
            if before.state != State::Held {
                let why = Why::Duplicate { posted: before.id.to_string() };
                return Ok(self.report(remittance, totals, State::Duplicate, &[why]));
            }
            self.retried = true;
        }
        let mut why: Vec<Why> = not_for_us(tx, remittance, set).await?.into_iter().collect();
        if let Err(held) = verdict {
            why.extend(held.why.iter().cloned());
        }
        store::lock_trace(tx, remittance).await?;
        let payer = store::payer(tx, remittance).await?;
        if why.is_empty() || self.overrides() {
            match store::posted_with_trace(tx, remittance, totals, payer, set.is_entered()).await? {
                Some((posted, true)) => {
                    let why = [Why::Duplicate { posted: posted.to_string() }];
                    return self.keep(tx, remittance, totals, set, State::Duplicate, &why).await;
                }
                Some((posted, false)) => why.push(Why::SameTrace { posted: posted.to_string() }),
                None => {}
            }
        }
        let warnings = verdict.as_ref().map_or(&[][..], BalancedRemit::warnings);
        let mut postable = Postable { remittance, totals, warnings, payer, overridden: &[] };
        if why.is_empty() && self.approval.is_none() {
            why.extend(Box::pin(self.review(tx, &postable, set, follow)).await?);
        }
        match self.approval {
            _ if why.is_empty() => {}
            Some(Approval::Override { .. }) => match why.iter().find(|why| !why.may_be_overridden()) {
                None => postable.overridden = &why,
                Some(never) => {
                    return Err(Refusal::new(
                        "remits/cannot-override",
                        Status::Conflict,
                        format!("the set stays held: {never}"),
                        "Mend what stops it and try again, or ask the payer for a better file",
                    )
                    .into());
                }
            },
            Some(Approval::Reviewed) | None => {
                return self.keep(tx, remittance, totals, set, State::Held, &why).await;
            }
        }
        self.post(tx, &postable, set, follow).await
    }

    fn overrides(&self) -> bool {
        matches!(self.approval, Some(Approval::Override { .. }))
    }

    /// Why a person is to look at a set before it is posted, when the payer's rule wants that. Nothing
    /// is written.
    async fn review(
        &self,
        tx: &mut Tx,
        postable: &Postable<'_>,
        set: &RemitSet<'_>,
        follow: &mut impl Follow,
    ) -> Result<Option<Why>> {
        let rule = match self.how.mode {
            Some(mode) => PostingRule { mode, ..rules::of(tx, postable.payer).await? },
            None => rules::of(tx, postable.payer).await?,
        };
        if rule.mode == Mode::Full {
            return Ok(None);
        }
        let mut found = Cares::new();
        let mut posting = Posting::begin(self, postable);
        if postable.totals.reversals > 0 {
            Box::pin(posting.reversals(tx, set, None::<&mut ()>)).await?;
        }
        let mut claims = set.claims();
        loop {
            let step: Vec<RemitClaim> = claims.by_ref().take(CLAIMS_A_STEP).collect();
            if step.is_empty() {
                break;
            }
            posting.look(tx, &step, &mut found, follow).await?;
        }
        let adjustments = u32::try_from(set.provider_adjustments().len()).map_err(anyhow::Error::from)?;
        if adjustments > 0 {
            found.insert(Care::ProviderAdjustment, adjustments);
        }
        let warnings = u32::try_from(postable.warnings.len()).map_err(anyhow::Error::from)?;
        if warnings > 0 {
            *found.entry(Care::Variance).or_default() += warnings;
        }
        let cares = rule.stops(&found);
        let waits = rule.mode == Mode::Review || !cares.is_empty();
        Ok(waits.then_some(Why::Review { mode: rule.mode, cares }))
    }

    /// Keeps what is known of a set that moves nothing.
    async fn keep(
        &self,
        tx: &mut Tx,
        remittance: &Remittance,
        totals: Totals,
        set: &RemitSet<'_>,
        state: State,
        why: &[Why],
    ) -> Result<SetReport> {
        let payer = store::payer(tx, remittance).await?;
        let (id, file) = (self.id, self.file.id);
        let ready = matches!(why, [Why::Review { .. }]);
        let row = SetRow {
            id,
            file,
            remittance,
            totals,
            warnings: &[],
            payer,
            state,
            why,
            posted_at: None,
            difference: Money::ZERO,
            ready,
            entered: set.is_entered(),
        };
        store::put_set(tx, &row).await?;
        self.settle_former(tx).await?;
        let mut report = self.report(remittance, totals, state, why);
        if let Some(same) = why.iter().find(|why| matches!(why, Why::SameTrace { .. })) {
            let exception = NewException::new(ExceptionKind::SameTrace, remittance.paid, same.to_string());
            exceptions::insert(tx, id, &[(None, &exception)]).await?;
            report.exceptions.push(reported(&exception, None));
        }
        let action = match state {
            State::Duplicate => "remits/recognise",
            State::Held | State::Posted | State::PartlyPosted | State::Unposted => "remits/hold",
        };
        let detail = json!({ "set": remittance.set_ordinal, "paid": remittance.paid, "reasons": why.len() });
        tx.audit(action, id, Some(file), detail).await?;
        Ok(report)
    }

    async fn post(
        &self,
        tx: &mut Tx,
        postable: &Postable<'_>,
        set: &RemitSet<'_>,
        follow: &mut impl Follow,
    ) -> Result<SetReport> {
        let Postable { remittance, totals, warnings, payer, overridden } = *postable;
        let (id, file) = (self.id, self.file.id);
        let difference = postable.difference();
        let row = SetRow {
            id,
            file,
            remittance,
            totals,
            warnings,
            payer,
            state: State::Posted,
            why: overridden,
            posted_at: Some(self.now),
            difference,
            ready: false,
            entered: set.is_entered(),
        };
        store::put_set(tx, &row).await?;
        self.settle_former(tx).await?;

        let mut posting = Posting::begin(self, postable);
        if totals.reversals > 0 {
            Box::pin(posting.reversals(tx, set, Some(&mut *follow))).await?;
        }
        let mut claims = set.claims();
        loop {
            let step: Vec<RemitClaim> = claims.by_ref().take(CLAIMS_A_STEP).collect();
            if step.is_empty() {
                break;
            }
            Box::pin(posting.claims(tx, &step, follow)).await?;
        }
        posting.provider_adjustments(tx, &set.provider_adjustments()).await?;
        if let Some(Approval::Override { reason }) = self.approval.filter(|_| !overridden.is_empty()) {
            posting.overridden(tx, reason.trim(), difference, overridden).await?;
        }
        posting.settle_visits(tx, follow).await?;
        let Posting { payer, claims, cash, moved, exceptions: mut waiting, .. } = posting;
        if waiting.iter().any(|one| one.kind == ExceptionKind::OverPayment) {
            // A later reversal in the set may have settled what its correction over-paid, and what a later payer
            // writes off less since may have settled what was over-paid by both.
            let open = exceptions::open_over_payments(tx, id).await?;
            waiting.retain(|one| {
                one.kind != ExceptionKind::OverPayment
                    || one.claim.as_ref().is_some_and(|number| open.contains(number))
            });
        }
        if cash != remittance.paid || claims != totals.claims {
            let (expected, of) = (remittance.paid, totals.claims);
            return Err(anyhow::anyhow!(
                "{id} would move {cash} for {claims} claims, not {expected} for {of}"
            )
            .into());
        }
        let state = if waiting.is_empty() { State::Posted } else { State::PartlyPosted };
        store::finish_set(tx, id, state, payer).await?;
        let posting = ledger::posting(tx);
        store::insert_movements(tx, id, posting, &moved.all()).await?;
        tx.audit(
            "remits/post",
            id,
            Some(file),
            json!({ "set": remittance.set_ordinal, "claims": claims, "paid": cash, "exceptions": waiting.len() }),
        )
        .await?;
        let report = self.report(remittance, totals, state, overridden);
        let warnings = warnings.iter().map(ToString::to_string).collect();
        Ok(SetReport { exceptions: waiting, entries: moved.net(), warnings, ..report })
    }

    /// What was wrong with a held set is settled by looking again; what still is, is said anew.
    async fn settle_former(&self, tx: &mut Tx) -> Result<()> {
        if self.retried {
            let said = if self.approval.is_some() { "posted by a person" } else { "received again" };
            store::settle_exceptions(tx, self.id, self.now, said).await?;
        }
        Ok(())
    }

    fn report(&self, remittance: &Remittance, totals: Totals, outcome: State, why: &[Why]) -> SetReport {
        SetReport {
            file: self.file.name.clone(),
            file_id: self.file.id,
            set: remittance.set_ordinal,
            remittance: self.id,
            outcome,
            claims: totals.claims,
            paid: remittance.paid,
            provider_adjustments: totals.provider_adjustments,
            exceptions: vec![],
            entries: BTreeMap::new(),
            why: why.iter().map(ToString::to_string).collect(),
            warnings: vec![],
        }
    }
}

/// Why a set is not for this practice, when it is not. Who is paid decides; where the set does not
/// say so, one claim of ours in it does.
async fn not_for_us(tx: &mut Tx, remittance: &Remittance, set: &RemitSet<'_>) -> Result<Option<Why>> {
    let payee = &remittance.payee;
    let billing = providers::billing(tx).await?;
    match payee.standing(&billing) {
        Standing::Ours => return Ok(None),
        Standing::Another => {
            return Ok(Some(Why::AnotherPayee {
                named: payee.numbers.clone(),
                expected: billing.into_iter().map(|provider| provider.npi).take(EXPECTED_MAX).collect(),
                bytes: payee.bytes,
            }));
        }
        Standing::Unnamed => {}
    }
    let mut claims = set.claims();
    loop {
        let step: Vec<RemitClaim> = claims.by_ref().take(CLAIMS_A_STEP).collect();
        if step.is_empty() {
            return Ok(Some(Why::UnnamedPayee { bytes: payee.bytes }));
        }
        if !store::by_control_number(tx, &step).await?.is_empty() {
            return Ok(None);
        }
    }
}

fn reported(exception: &NewException, claim: Option<&RemitClaim>) -> Reported {
    Reported {
        kind: exception.kind,
        claim: claim.map(|claim| claim.patient_control_number.clone()),
        amount: exception.amount,
        detail: exception.detail.clone(),
    }
}

/// A set while it is posted: running sums, and what waits.
struct Posting<'a> {
    set: &'a Incoming<'a>,
    ordinal: u32,
    effective_on: NaiveDate,
    /// The payer as far as it is known: by its numbers, else by the first claim that it answers.
    payer: Option<PayerId>,
    /// Places of the reversals that were posted ahead of the rest.
    ahead: HashSet<u32>,
    /// What they take back, where the set is only looked at.
    supposed: Supposed,
    claims: u32,
    cash: Money,
    moved: Movements,
    exceptions: Vec<Reported>,
    /// What was decided last about each visit, in the order of the set.
    decided: Vec<Trigger>,
}

impl<'a> Posting<'a> {
    fn begin(set: &'a Incoming<'a>, postable: &Postable<'_>) -> Posting<'a> {
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
            decided: vec![],
        }
    }

    /// What in some claims a person is to look at, once it is known what the set's reversals take back. Nothing is
    /// written.
    async fn look(
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
    async fn reversals(
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
            let back =
                back.iter().flat_map(|(_, entry)| &entry.transfers).map(|transfer| transfer.reversed());
            self.supposed.transfers.entry(ours.account_claim).or_default().extend(back);
        }
        Ok(())
    }

    /// Matches some claims and posts them, but for those that were posted ahead.
    async fn claims(&mut self, tx: &mut Tx, remits: &[RemitClaim], follow: &mut impl Follow) -> Result<()> {
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
        let undone = self.undone(tx, &plans).await?;

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

        let mut documents = vec![];
        let mut happened = vec![];
        let mut happened_to = vec![];
        let mut further = vec![];
        for (at, (remit, plan)) in remits.iter().zip(&plans).enumerate() {
            self.document(remit, ids[at], plan, &undone, &mut documents)?;
            let Some((ours, _)) = matches[at] else { continue };
            if let Some(event) = event(remit, &plan.effect) {
                let from = (self.set.id, self.set.file.id);
                happened.push(self::happened(from, ours.id, ids[at], remit, event));
                happened_to.push(at);
            }
            if let Effect::Posted(posted) = &plan.effect {
                further.extend(follow.event(posted).map(|event| happened_further(ours.id, ids[at], event)));
            }
        }
        ledger::post_all(tx, &documents).await?;
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
        exceptions::settle_over_payments(tx, &visits, self.set.now).await?;
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
        if decisions.is_empty() { Ok(()) } else { follow.follow(tx, &decisions).await }
    }

    /// What the decisions of this set change about others of their visits: what later payers write off more, or
    /// less, and what was missing of claims that came in parts.
    async fn settle_visits(&mut self, tx: &mut Tx, follow: &impl Follow) -> Result<()> {
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
        exceptions::settle_missing_parts(tx, &visits, self.set.now).await?;
        for document in &restated.documents {
            self.moved(document.transfers());
        }
        for (number, exception) in &restated.exceptions {
            self.exceptions.push(Reported { claim: Some(number.clone()), ..reported(exception, None) });
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
        let mut candidates = lost(tx, remits, matches).await?;
        let mut plans = Vec::with_capacity(remits.len());
        for (at, ((remit, found), ours)) in remits.iter().zip(found).zip(matches).enumerate() {
            plans.push(match *ours {
                Some((claim, rule)) => {
                    let account = accounts.get(&claim.account_claim).unwrap_or(&nothing);
                    let earlier = earlier.get(&claim.id).map_or(&[][..], Vec::as_slice);
                    post::matched(remit, &Matched { claim, rule, account, earlier })?
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
    async fn overridden(&mut self, tx: &mut Tx, reason: &str, difference: Money, why: &[Why]) -> Result<()> {
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
        let applied = store::applications(tx, &originals).await?;
        let ids: Vec<EntryId> =
            taken.iter().filter_map(|(_, entry)| *entry).chain(applied.values().copied()).collect();
        let entries = ledger::entries(tx, &ids).await?.into_iter().map(|entry| (entry.id, entry)).collect();
        Ok(Undone { entries, applied })
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
            for (kind, moved) in undone.of(original, entry)? {
                let source = self.source(kind, id.uuid(), remit.ordinal);
                documents.push(moved.reversal(self.effective_on, source)?);
                transfers.extend(moved.transfers.iter().map(|transfer| transfer.reversed()));
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

    async fn provider_adjustments(&mut self, tx: &mut Tx, items: &[ProviderAdjustment]) -> Result<()> {
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
