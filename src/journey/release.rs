//! From drafts to files that have left.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Context as _;
use chrono::{DateTime, Days, NaiveDate, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::json;

use crate::claims::{self, Checked, Event, HistoryLine, Kept, Status, StoredClaim, UnreadClaim};
use crate::codes::{self, Codes};
use crate::db::{Actor, Db, Tx};
use crate::exchange::mailbox::Mailbox;
use crate::journey::Tally;
use crate::registry::{Payer, organizations, payers};
use crate::scrub::{
    self, Context, History, PayerRules, PracticeRules, RuleBook, ScrubbedClaim, Verdict, rulebook,
};
use crate::submissions::{self, Addressee, Batch, Submission};
use crate::types::{ClaimId, Money, PatientId, PayerId, Refusal, Result, Status as Http};

/// What came of scrubbing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Scrubbed {
    /// Claims that may be sent, and their charges.
    pub ready: Tally,
    /// Claims that something stops.
    pub held: Tally,
    /// What stops them: each rule with the number of claims that it stops.
    pub stopped_by: BTreeMap<String, usize>,
}

impl Scrubbed {
    fn and(mut self, other: Scrubbed) -> Scrubbed {
        self.ready += other.ready;
        self.held += other.held;
        for (rule, claims) in other.stopped_by {
            *self.stopped_by.entry(rule).or_default() += claims;
        }
        self
    }
}

/// How many claims are checked together: one query for their history, one transaction.
const CLAIMS_TOGETHER: usize = 1_000;

/// How many of these transactions run side by side: while the database works for one, another's
/// claims are checked. On two cores four left one of them idle now and then, eight were no faster than six.
const SIDE_BY_SIDE: usize = 6;

/// Checks every draft: each is ready afterwards, or held with its findings. A thousand at a time,
/// each thousand in one transaction: after a crash, the rest are drafts still. A draft that is
/// changed meanwhile stays one.
pub async fn scrub_drafts(db: &Db, actor: &Actor, now: DateTime<Utc>, codes: &Codes) -> Result<Scrubbed> {
    let ids = db
        .snapshot(actor, async |tx| claims::ids_with_status(tx, Status::Draft, None, i64::MAX).await)
        .await?;
    stream::iter(ids.chunks(CLAIMS_TOGETHER))
        .map(Ok)
        .map_ok(|some| db.batch(actor, async |tx| scrub_thousand(tx, now, codes, some).await))
        .try_buffer_unordered(SIDE_BY_SIDE)
        .try_fold(Scrubbed::default(), async |all, some| Ok(all.and(some)))
        .await
}

async fn scrub_thousand(tx: &mut Tx, now: DateTime<Utc>, codes: &Codes, ids: &[ClaimId]) -> Result<Scrubbed> {
    let today = organizations::today(tx, now).await?;
    let mut unread = claims::load_unread(tx, ids).await?;
    unread.retain(|claim| claim.status == Status::Draft);
    let scrubbed = scrub_some(tx, now, codes, today, unread).await?;
    audit_scrubbed(tx, &scrubbed).await?;
    Ok(scrubbed)
}

/// Checks claims again that travelled in a file or set which TA1 or 999 refused: nobody looked at
/// the claims themselves, so each goes again under a new control number, unless something stops it
/// today. A claim whose file is refused twice waits for a person.
pub async fn release_rejected_files(tx: &mut Tx, now: DateTime<Utc>, codes: &Codes) -> Result<Scrubbed> {
    let today = organizations::today(tx, now).await?;
    let mut scrubbed = Scrubbed::default();
    loop {
        // A scrubbed claim is not rejected any more, so the first thousand are always new ones.
        let ids = claims::ids_rejected_with_their_file(tx, 1_000).await?;
        if ids.is_empty() {
            break;
        }
        let unread = claims::load_unread(tx, &ids).await?;
        scrubbed = scrubbed.and(scrub_some(tx, now, codes, today, unread).await?);
    }
    audit_scrubbed(tx, &scrubbed).await?;
    Ok(scrubbed)
}

/// Checks claims again that a person has mended: held, ready or rejected ones. Each is ready
/// afterwards, or held with its findings.
///
/// # Errors
/// `claims/not-found`; `claims/not-scrubbable` when one has left or was decided.
pub async fn scrub_again(
    tx: &mut Tx,
    now: DateTime<Utc>,
    codes: &Codes,
    ids: &[ClaimId],
) -> Result<Scrubbed> {
    let today = organizations::today(tx, now).await?;
    let unread = claims::load_unread(tx, ids).await?;
    let unsent = [Status::Draft, Status::Held, Status::Ready, Status::Rejected];
    if let Some(other) = unread.iter().find(|claim| !unsent.contains(&claim.status)) {
        return Err(Refusal::new(
            "claims/not-scrubbable",
            Http::Conflict,
            format!("{} is {}", other.id, other.status),
            "Only a claim that may still change is checked again",
        )
        .into());
    }
    let scrubbed = scrub_some(tx, now, codes, today, unread).await?;
    audit_scrubbed(tx, &scrubbed).await?;
    Ok(scrubbed)
}

/// Checks these claims, and records of each that it is released, or held with its findings.
async fn scrub_some(
    tx: &mut Tx,
    now: DateTime<Utc>,
    codes: &Codes,
    today: NaiveDate,
    unread: Vec<UnreadClaim>,
) -> Result<Scrubbed> {
    let whose: Vec<_> = unread.iter().map(|claim| (claim.patient, claim.id)).collect();
    let knowledge = Knowledge::of_patients(tx, codes, today, &whose).await?;
    // A thousand claims are a long time for a thread that others wait for.
    let judged = tokio::task::spawn_blocking(move || judge(unread, &knowledge));
    let judged = judged.await.context("the thread of a check ended early")??;
    let checked_with = codes::store::remember(tx, codes).await?;
    let (verdicts, checked): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
    let kept = claims::keep_checked(tx, now, checked_with, &checked).await?;
    let mut scrubbed = Scrubbed::default();
    for (Judged { charged, stopped_by }, kept) in verdicts.into_iter().zip(kept) {
        match kept {
            Kept::Standing(Status::Held) => scrubbed.held.add(charged),
            Kept::Standing(_) => scrubbed.ready.add(charged),
            Kept::ChangedMeanwhile(_) | Kept::Impossible(_) => continue,
        }
        for rule in stopped_by {
            *scrubbed.stopped_by.entry(rule.into_owned()).or_default() += 1;
        }
    }
    Ok(scrubbed)
}

/// What a report says of a claim that was checked.
struct Judged {
    charged: Money,
    /// Each rule that stops it, once.
    stopped_by: BTreeSet<Cow<'static, str>>,
}

fn judge(unread: Vec<UnreadClaim>, knowledge: &Knowledge) -> Result<Vec<(Judged, Checked)>> {
    unread
        .into_iter()
        .map(|claim| {
            let claim = claim.read()?;
            let verdict = knowledge.check(&claim);
            let event = if verdict.is_held() { Event::Held } else { Event::Released };
            let stops = verdict.findings().iter().filter(|finding| finding.severity == scrub::Severity::Stop);
            let stopped_by = stops.map(|finding| finding.rule.clone()).collect();
            let checked = Checked::new(&claim, Some(event), verdict.findings())?;
            Ok((Judged { charged: claim.claim.charged, stopped_by }, checked))
        })
        .collect()
}

async fn audit_scrubbed(tx: &mut Tx, scrubbed: &Scrubbed) -> Result<()> {
    if scrubbed.ready.count + scrubbed.held.count == 0 {
        return Ok(());
    }
    let organization = tx.actor().organization;
    let detail = json!({ "ready": scrubbed.ready.count, "held": scrubbed.held.count });
    tx.audit("claims/scrub", organization, None, detail).await
}

/// Checks ready claims once more and gives each its control number. A claim that today's rules
/// stop goes back to held.
pub async fn queue_ready(tx: &mut Tx, now: DateTime<Utc>, codes: &Codes) -> Result<Vec<Submission>> {
    let today = organizations::today(tx, now).await?;
    let prefix = organizations::current(tx).await?.control_number_prefix;
    let mut queued = vec![];
    loop {
        let ids = claims::ids_with_status(tx, Status::Ready, None, 1_000).await?;
        if ids.is_empty() {
            break;
        }
        let stored = claims::load(tx, &ids).await?;
        let knowledge = Knowledge::load(tx, codes, today, &stored).await?;
        let (ready, held) = knowledge.part(&stored);
        hold(tx, now, codes, &held).await?;
        queued.extend(submissions::queue(tx, now, &prefix, &ready).await?);
    }
    if !queued.is_empty() {
        let organization = tx.actor().organization;
        tx.audit("submissions/queue", organization, None, json!({ "claims": queued.len() })).await?;
    }
    Ok(queued)
}

/// A batch holds no more claims than this, so that a file stays readable and a rejected one is
/// not the whole day's work.
const CLAIMS_A_BATCH: i64 = 5_000;

/// Builds a batch for each payer for whom claims wait, and hands every batch that is built to its
/// payer's mailbox. Each claim is scrubbed again first: one that today's rules stop is held and
/// keeps its number for the next time.
///
/// A crash after a batch was built and before the mailbox had it: the next call hands it over.
///
/// # Errors
/// The first fault, after everything that it does not stop: a payer whose batch cannot be built or
/// handed over keeps no other waiting. `organizations/no-submitter` when claims wait and the practice
/// was not told how it is known where it sends, `payers/no-receiver` when a payer was not; their
/// claims keep waiting.
pub async fn send_batches<M: Mailbox>(
    db: &Db,
    actor: &Actor,
    now: DateTime<Utc>,
    codes: &Codes,
    mailbox_of: impl Fn(&Payer) -> M,
) -> Result<Vec<Batch>> {
    let mut fault = None;
    for payer in db.snapshot(actor, async |tx| submissions::waiting_payers(tx).await).await? {
        let build = async |tx: &mut Tx| build_next(tx, now, codes, payer).await;
        loop {
            match db.batch(actor, build).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(this) => {
                    fault.get_or_insert(this);
                    break;
                }
            }
        }
    }
    let (waiting, payers) = db
        .snapshot(actor, async |tx| Ok((submissions::batches_to_send(tx).await?, payers::list(tx).await?)))
        .await?;
    for batch in &waiting {
        let Some(payer) = payers.iter().find(|payer| payer.id == batch.payer) else { continue };
        if let Err(this) = submissions::hand_over(db, actor, now, &mailbox_of(payer), batch.id).await {
            fault.get_or_insert(this);
        }
    }
    fault.map_or(Ok(waiting), Err)
}

/// Builds one batch of claims that wait for this payer; `false` when none wait.
async fn build_next(tx: &mut Tx, now: DateTime<Utc>, codes: &Codes, payer: PayerId) -> Result<bool> {
    let waiting = submissions::waiting(tx, payer, CLAIMS_A_BATCH).await?;
    let Some(to) = payers::load(tx, &[payer]).await?.pop() else { return Ok(false) };
    if waiting.is_empty() {
        return Ok(false);
    }
    let organization = organizations::current(tx).await?;
    organization.submitter()?;
    let receiver = to.receiver()?;
    let day = organizations::today(tx, now).await?;
    let ids: Vec<ClaimId> = waiting.iter().map(|submission| submission.claim).collect();
    let stored = claims::load(tx, &ids).await?;
    let knowledge = Knowledge::load(tx, codes, day, &stored).await?;
    let (ready, held) = knowledge.part(&stored);
    hold(tx, now, codes, &held).await?;
    let mut submission_of: HashMap<ClaimId, Submission> =
        waiting.into_iter().map(|submission| (submission.claim, submission)).collect();
    let claims: Vec<(Submission, ScrubbedClaim<'_>)> = ready
        .into_iter()
        .filter_map(|scrubbed| Some((submission_of.remove(&scrubbed.claim().id)?, scrubbed)))
        .collect();
    if !claims.is_empty() {
        let addressee = Addressee { payer, receiver };
        submissions::build(tx, now, &organization, addressee, &claims).await?;
    }
    Ok(true)
}

/// Records what stops these claims.
async fn hold(
    tx: &mut Tx,
    now: DateTime<Utc>,
    codes: &Codes,
    held: &[(&StoredClaim, Vec<scrub::Finding>)],
) -> Result<()> {
    if held.is_empty() {
        return Ok(());
    }
    let checked = held
        .iter()
        .map(|(claim, findings)| Checked::new(claim, Some(Event::Held), findings))
        .collect::<Result<Vec<_>>>()?;
    let checked_with = codes::store::remember(tx, codes).await?;
    claims::keep_checked(tx, now, checked_with, &checked).await?;
    let organization = tx.actor().organization;
    tx.audit("claims/hold", organization, None, json!({ "claims": held.len() })).await
}

/// What the scrubber needs to know about some claims, loaded by one query of each kind.
#[derive(Debug)]
pub struct Knowledge {
    codes: Codes,
    today: NaiveDate,
    rules: HashMap<PayerId, PracticeRules>,
    history: HashMap<PatientId, Vec<HistoryLine>>,
}

/// How far back an earlier service matters: new patients are new for three years.
const HISTORY_DAYS: u64 = 3 * 366;

/// The lines of claims' patients on claims since three years before a day. A claim's own lines are not among
/// them unless another claim of its patient is asked about as well: the rules read over them.
pub(super) async fn history_of(
    tx: &mut Tx,
    today: NaiveDate,
    whose: &[(PatientId, ClaimId)],
) -> Result<HashMap<PatientId, Vec<HistoryLine>>> {
    let mut only_claim: HashMap<PatientId, Option<ClaimId>> = HashMap::with_capacity(whose.len());
    for &(patient, claim) in whose {
        only_claim.entry(patient).and_modify(|only| *only = None).or_insert(Some(claim));
    }
    claims::history(tx, &only_claim, today - Days::new(HISTORY_DAYS)).await
}

/// What each payer demands.
pub(super) async fn demands(tx: &mut Tx) -> Result<Vec<(PayerId, PayerRules)>> {
    let payers = payers::list(tx).await?.into_iter().map(|payer| {
        let demands = PayerRules {
            timely_filing_days: u32::try_from(payer.timely_filing_days).ok(),
            prior_authorization: payer.authorization_procedures,
            ..PayerRules::default()
        };
        (payer.id, demands)
    });
    Ok(payers.collect())
}

/// What a book of rules comes to for each payer.
pub(super) fn by_payer(
    book: &RuleBook,
    demands: &[(PayerId, PayerRules)],
) -> HashMap<PayerId, PracticeRules> {
    demands.iter().map(|(payer, demands)| (*payer, book.for_payer(*payer, demands.clone()))).collect()
}

impl Knowledge {
    /// For these claims, with the rules that hold on a day.
    pub async fn load(
        tx: &mut Tx,
        codes: &Codes,
        today: NaiveDate,
        stored: &[StoredClaim],
    ) -> Result<Knowledge> {
        let whose: Vec<_> = stored.iter().map(|claim| (claim.patient, claim.id)).collect();
        Knowledge::of_patients(tx, codes, today, &whose).await
    }

    /// The same for claims that are not read yet.
    async fn of_patients(
        tx: &mut Tx,
        codes: &Codes,
        today: NaiveDate,
        whose: &[(PatientId, ClaimId)],
    ) -> Result<Knowledge> {
        let history = history_of(tx, today, whose).await?;
        let rules = by_payer(&rulebook::load(tx, None).await?, &demands(tx).await?);
        Ok(Knowledge { codes: codes.clone(), today, rules, history })
    }

    /// What every rule says of one of the claims.
    #[must_use]
    pub fn check<'c>(&self, claim: &'c StoredClaim) -> Verdict<'c> {
        let none = PracticeRules::default();
        let history = self.history.get(&claim.patient).map_or(&[][..], Vec::as_slice);
        let context = Context {
            codes: &self.codes,
            rules: self.rules.get(&claim.payer).unwrap_or(&none),
            history: History::Known(history),
            today: self.today,
        };
        scrub::check(&claim.claim, &context)
    }

    /// Those that may be sent, and those that may not with what stops them.
    fn part<'c>(
        &self,
        stored: &'c [StoredClaim],
    ) -> (Vec<ScrubbedClaim<'c>>, Vec<(&'c StoredClaim, Vec<scrub::Finding>)>) {
        let mut ready = vec![];
        let mut held = vec![];
        for claim in stored {
            match self.check(claim) {
                Verdict::Ready(scrubbed) => ready.push(scrubbed),
                Verdict::Held(findings) => held.push((claim, findings)),
            }
        }
        (ready, held)
    }
}
