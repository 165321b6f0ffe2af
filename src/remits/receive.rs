//! Receiving a file: every set of it posted, held or recognised, each in a transaction of its own.
//!
//! The file is kept first, so nothing that follows can lose it. It is walked once to find its sets, and each set at
//! least twice: to see whether it adds up, and to post it, a thousand claims at a time: no more of it is in memory.
//! Whoever dies in between leaves whole sets; receiving the file again goes on with the rest.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::claims::Event;
use crate::codes::Codes;
use crate::db::{Actor, Db, Tx};
use crate::exchange::content::Content;
use crate::exchange::files::{self, Direction, StoredFile};
use crate::ledger::{self, AccountKind};
use crate::registry::organizations::{self, Usage};
use crate::registry::providers;
use crate::remits::balance::{BalancedRemit, Held, Totals, Warning, Why};
use crate::remits::exceptions::{self, ExceptionKind, NewException};
use crate::remits::map_835::Verdict;
use crate::remits::matching::OurClaim;
use crate::remits::model::{RemitClaim, Remittance, Unreadable};
use crate::remits::payee::Standing;
use crate::remits::post::{Effect, Posted};
use crate::remits::posting::Posting;
use crate::remits::rules::{self, Care, Cares, Mode, PostingRule};
use crate::remits::sets::{RemitSet, Remits};
use crate::remits::store::{self, SetRow};
use crate::types::{
    Clock, FileId, Money, PayerId, Place, Refusal, RemitClaimId, RemittanceId, Result, Status,
};

/// Claims that are matched and posted together.
pub(super) const CLAIMS_A_STEP: usize = 1_000;

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

    /// Called for the decisions of a set that is taken back, and for those of which a newer one took the place: what
    /// followed from them is undone.
    fn undone(&mut self, _: &mut Tx, _: &[RemitClaimId]) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// Called for decisions that stand again because the set that took them back is taken back, or that speak again
    /// because what took their place stands no more: what was undone with them is work again.
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
    receive_content(db, actor, name, &Content::from(bytes), how, follow).await
}

/// As [`receive`], for a file of any size: of its sets one claim at a time is in memory.
///
/// # Errors
/// As [`receive`].
pub async fn receive_content(
    db: &Db,
    actor: &Actor,
    name: &str,
    content: &Content<'_>,
    how: impl Into<How<'_>>,
    follow: &mut impl Follow,
) -> Result<Vec<SetReport>> {
    let file = db
        .transaction(actor, async |tx| {
            let kept = files::keep_content(tx, content, name, Direction::In).await?;
            files::get(tx, kept.id).await
        })
        .await?;
    receive_sets(db, actor, &file, content, how.into(), None, follow).await
}

/// As [`receive_content`], for a file that was kept a moment ago and is still at hand.
///
/// # Errors
/// As [`receive`], and `files/not-found`.
pub async fn receive_kept(
    db: &Db,
    actor: &Actor,
    file: FileId,
    content: &Content<'_>,
    how: impl Into<How<'_>>,
    follow: &mut impl Follow,
) -> Result<Vec<SetReport>> {
    let file = db.transaction(actor, async |tx| files::get(tx, file).await).await?;
    receive_sets(db, actor, &file, content, how.into(), None, follow).await
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
    let (file, content) = kept(db, actor, before.file).await?;
    let only = Some((before.set_ordinal, approval));
    let reports = receive_sets(db, actor, &file, &content, how, only, follow).await?;
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

async fn kept(db: &Db, actor: &Actor, file: FileId) -> Result<(StoredFile, Content<'static>)> {
    db.transaction(actor, async |tx| Ok((files::get(tx, file).await?, Content::kept(tx, file).await?))).await
}

async fn receive_sets(
    db: &Db,
    actor: &Actor,
    file: &StoredFile,
    content: &Content<'_>,
    how: How<'_>,
    only: Option<(u32, Option<&Approval>)>,
    follow: &mut impl Follow,
) -> Result<Vec<SetReport>> {
    let remits = Remits::read(content).map_err(|why| unreadable(file, why))?;
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
pub(super) struct Postable<'a> {
    pub remittance: &'a Remittance,
    pub totals: Totals,
    pub warnings: &'a [Warning],
    /// The payer by the set's numbers.
    pub payer: Option<PayerId>,
    /// What a person overrules; nothing for a set that adds up.
    pub overridden: &'a [Why],
}

impl Postable<'_> {
    /// What the payment is more than its claims less its PLB amounts.
    fn difference(&self) -> Money {
        self.remittance.paid - (self.totals.paid - self.totals.provider_adjustments)
    }
}

/// One set on its way in.
pub(super) struct Incoming<'a> {
    pub file: &'a StoredFile,
    pub now: DateTime<Utc>,
    pub today: NaiveDate,
    pub how: How<'a>,
    /// What a person says.
    pub approval: Option<&'a Approval>,
    pub id: RemittanceId,
    /// It was held before.
    pub retried: bool,
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
        let mut why: Vec<Why> = vec![];
        // A header that cannot be read names nobody: whose the set is, is not the fault then.
        if remittance.has_header() {
            why.extend(not_for_us(tx, remittance, set).await?);
        }
        if let Err(held) = verdict {
            why.extend(held.why.iter().cloned());
        }
        store::lock_trace(tx, remittance).await?;
        let payer = store::payer(tx, remittance).await?;
        if why.is_empty() || self.overrides() {
            match store::posted_with_trace(tx, remittance, totals, payer, set).await? {
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
        posting.apply_released(tx, follow).await?;
        let Posting { payer, claims, cash, moved, exceptions: mut waiting, .. } = posting;
        // A later reversal in the set may have settled what its correction over-paid, or released it, and what a later
        // payer writes off less since may have settled what was over-paid by both.
        for kind in [ExceptionKind::OverPayment, ExceptionKind::AlreadyPosted] {
            if waiting.iter().any(|one| one.kind == kind) {
                let open = exceptions::open_about(tx, id, kind).await?;
                waiting.retain(|one| {
                    one.kind != kind || one.claim.as_ref().is_some_and(|number| open.contains(number))
                });
            }
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
        if !store::by_control_number(tx, &step, None).await?.is_empty() {
            return Ok(None);
        }
    }
}

pub(super) fn reported(exception: &NewException, claim: Option<&RemitClaim>) -> Reported {
    Reported {
        kind: exception.kind,
        claim: claim.map(|claim| claim.patient_control_number.clone()),
        amount: exception.amount,
        detail: exception.detail.clone(),
    }
}
