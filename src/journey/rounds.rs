//! Sending and receiving as jobs: asked for by a person, by a claim that was queued, or by the
//! practice's schedule.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types as st;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::codes::Codes;
use crate::db::jobs::{self, Job};
use crate::db::schema::mail_schedules;
use crate::db::{Actor, Db, Tx};
use crate::exchange::mailbox::Mailbox;
use crate::journey::{
    ReceiveCharges, queue_ready, receive_mail, release_rejected_files, scrub_drafts, send_batches,
};
use crate::registry::{Payer, payers};
use crate::remits::How;
use crate::submissions;
use crate::types::{Clock, JobId, Money, OrganizationId, PayerId, Place, Refusal, Result, Status};

/// How far back a round reaches for claims to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// Claims that somebody queued.
    Queued,
    /// Also those that are ready, and those whose file was refused unread.
    Ready,
    /// Also drafts, each checked first.
    Drafts,
}

impl Release {
    /// All of them, from the least.
    pub const ALL: [Release; 3] = [Release::Queued, Release::Ready, Release::Drafts];

    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Release::Queued => "queued",
            Release::Ready => "ready",
            Release::Drafts => "drafts",
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Release {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> anyhow::Result<Release> {
        let found = Release::ALL.into_iter().find(|release| release.as_str() == text);
        found.ok_or_else(|| anyhow::anyhow!("no release {text}"))
    }
}

/// What a round needs besides its job.
pub struct Desk<'a, F> {
    /// The database.
    pub db: &'a Db,
    /// In whose name.
    pub actor: &'a Actor,
    /// The time.
    pub clock: &'a Clock,
    /// The code tables.
    pub codes: Codes,
    /// Each payer's mailbox.
    pub mailbox_of: F,
}

/// Releases a practice's claims, each to its payer's mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendBatches {
    /// Which claims.
    pub release: Release,
}

impl Job for SendBatches {
    const KIND: &'static str = "send_batches";

    fn unique_key(&self) -> Option<String> {
        Some(self.release.to_string())
    }

    fn lane(&self) -> Option<String> {
        Some("send".to_owned())
    }
}

/// What a round of sending did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SentRound {
    /// 837 files that were handed over.
    pub batches: usize,
    /// Claims in them.
    pub claims: i64,
    /// What they charge.
    pub charged: Money,
}

impl SendBatches {
    /// Does it. Whoever dies in between can repeat it: a claim is put into one batch, and a batch is
    /// handed over once.
    ///
    /// # Errors
    /// As [`send_batches`].
    pub async fn run<M: Mailbox>(&self, desk: &Desk<'_, impl Fn(&Payer) -> M>) -> Result<SentRound> {
        let Desk { db, actor, clock, codes, mailbox_of } = desk;
        let now = clock.now();
        if self.release >= Release::Drafts {
            scrub_drafts(db, actor, now, codes).await?;
        }
        if self.release >= Release::Ready {
            db.batch(actor, async |tx| release_rejected_files(tx, now, codes).await).await?;
            db.batch(actor, async |tx| queue_ready(tx, now, codes).await).await?;
        }
        let sent = send_batches(db, actor, now, codes, mailbox_of).await?;
        Ok(SentRound {
            batches: sent.len(),
            claims: sent.iter().map(|batch| i64::from(batch.claims)).sum(),
            charged: sent.iter().map(|batch| batch.charged).sum(),
        })
    }
}

/// Deals with everything that waits in a payer's mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiveMail {
    /// Whose mailbox.
    pub payer: PayerId,
}

impl Job for ReceiveMail {
    const KIND: &'static str = "receive_mail";

    fn unique_key(&self) -> Option<String> {
        Some(self.payer.to_string())
    }

    fn lane(&self) -> Option<String> {
        Some(format!("receive:{}", self.payer))
    }
}

/// What a round of receiving did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReceivedRound {
    /// Files that were dealt with.
    pub files: usize,
    /// TA1, 999 and 277CA in them.
    pub acknowledgements: usize,
    /// 835 sets in them.
    pub remittances: usize,
    /// Files of which nothing came.
    pub unreadable: usize,
}

impl ReceiveMail {
    /// Does it. Whoever dies in between can repeat it: a file is archived after it was dealt with, and
    /// dealt with once.
    ///
    /// # Errors
    /// As [`receive_mail`].
    pub async fn run<M: Mailbox>(&self, desk: &Desk<'_, impl Fn(&Payer) -> M>) -> Result<ReceivedRound> {
        let Desk { db, actor, clock, codes, mailbox_of } = desk;
        let (payer, batches) = db
            .snapshot(actor, async |tx| {
                let payer = payers::load(tx, &[self.payer]).await?.pop();
                Ok((payer, submissions::batches_to_send(tx).await?))
            })
            .await?;
        let Some(payer) = payer else { return Ok(ReceivedRound::default()) };
        let mailbox = mailbox_of(&payer);
        // A worker that died between handing over and noting it left a batch that the payer may
        // answer by now: it is noted before its answers are read.
        let mut fault = None;
        for batch in batches.iter().filter(|batch| batch.payer == payer.id) {
            if let Err(this) = submissions::hand_over(db, actor, clock.now(), &mailbox, batch.id).await {
                fault.get_or_insert(this);
            }
        }
        let how = How { clock, codes, mode: None };
        let mail = receive_mail(db, actor, how, &mailbox).await?;
        let round = ReceivedRound {
            files: mail.len(),
            acknowledgements: mail.iter().map(|one| one.acknowledgements.len()).sum(),
            remittances: mail.iter().map(|one| one.remittances.len()).sum(),
            unreadable: mail.iter().filter(|one| one.unreadable.is_some()).count(),
        };
        fault.map_or(Ok(round), Err)
    }
}

/// Asks for a round of sending now; `None` when the same waits already. Leaves an audit event
/// `mail/send`.
pub async fn ask_to_send(tx: &mut Tx, now: DateTime<Utc>, release: Release) -> Result<Option<JobId>> {
    let asked = jobs::enqueue(tx, &SendBatches { release }, now).await?;
    let organization = tx.actor().organization;
    tx.audit("mail/send", organization, None, json!({ "release": release, "job": asked })).await?;
    Ok(asked)
}

/// Asks for a round of receiving now, from every payer or from one; the jobs that did not wait
/// already. Leaves an audit event `mail/receive`.
///
/// # Errors
/// `payers/not-found`
pub async fn ask_to_receive(tx: &mut Tx, now: DateTime<Utc>, from: Option<PayerId>) -> Result<Vec<JobId>> {
    let mut payers = payers::list(tx).await?;
    if let Some(from) = from {
        payers.retain(|payer| payer.id == from);
        if payers.is_empty() {
            let what = format!("there is no payer {from}");
            return Err(Refusal::new("payers/not-found", Status::NotFound, what, "Check the id").into());
        }
    }
    let mut asked = vec![];
    for payer in payers {
        asked.extend(jobs::enqueue(tx, &ReceiveMail { payer: payer.id }, now).await?);
    }
    let organization = tx.actor().organization;
    tx.audit("mail/receive", organization, None, json!({ "payer": from, "jobs": asked.len() })).await?;
    Ok(asked)
}

/// How often a practice sends and receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// From one round to the next: 5 seconds to a day.
    pub every_seconds: i32,
    /// Which claims a round sends.
    pub release: Release,
    /// When the next is due; `None`: as soon as a worker looks.
    pub next_at: Option<DateTime<Utc>>,
}

/// The schedule of a practice that has not chosen one.
const DEFAULT: Schedule = Schedule { every_seconds: 30, release: Release::Ready, next_at: None };

/// The practice's schedule.
pub async fn schedule(tx: &mut Tx) -> Result<Schedule> {
    let chosen: Option<(i32, String, DateTime<Utc>)> = mail_schedules::table
        .find(tx.actor().organization)
        .select((mail_schedules::every_seconds, mail_schedules::release, mail_schedules::next_at))
        .first(tx.conn())
        .await
        .optional()?;
    let Some((every_seconds, release, next_at)) = chosen else { return Ok(DEFAULT) };
    Ok(Schedule { every_seconds, release: release.parse()?, next_at: Some(next_at) })
}

/// Chooses the practice's schedule; the next round is due at once. Leaves an audit event
/// `mail/set-schedule`.
///
/// # Errors
/// `mail/schedule`, with the field.
pub async fn set_schedule(
    tx: &mut Tx,
    now: DateTime<Utc>,
    every_seconds: i32,
    release: Release,
) -> Result<()> {
    if !(5..=86_400).contains(&every_seconds) {
        return Err(wrong("every_seconds", "a round is due every 5 to 86400 seconds"));
    }
    if release == Release::Drafts {
        return Err(wrong("release", "drafts are released by a person only"));
    }
    let organization = tx.actor().organization;
    let chosen = (
        mail_schedules::every_seconds.eq(every_seconds),
        mail_schedules::release.eq(release.as_str()),
        mail_schedules::next_at.eq(now),
    );
    diesel::insert_into(mail_schedules::table)
        .values((mail_schedules::organization_id.eq(organization), chosen))
        .on_conflict(mail_schedules::organization_id)
        .do_update()
        .set(chosen)
        .execute(tx.conn())
        .await?;
    let detail = json!({ "every_seconds": every_seconds, "release": release });
    tx.audit("mail/set-schedule", organization, None, detail).await
}

fn wrong(field: &str, what: &str) -> crate::types::Error {
    let place = Place { field: Some(format!("/{field}")), ..Place::default() };
    Refusal::new("mail/schedule", Status::Invalid, what, "Choose another").at(place).into()
}

/// Asks for the rounds that are due, of every practice; how many practices' were. Any number of
/// workers may call it at once: each round is asked for by one of them.
pub async fn ask_for_rounds(db: &Db, now: DateTime<Utc>) -> Result<usize> {
    #[derive(QueryableByName)]
    struct Due {
        #[diesel(sql_type = st::Uuid)]
        organization: OrganizationId,
        #[diesel(sql_type = st::Nullable<st::Text>)]
        release: Option<String>,
    }
    let due: Vec<Due> = db
        .system(async |tx| {
            let due = sql_query(
                "select o.id as organization, s.release from organizations o
                 left join mail_schedules s on s.organization_id = o.id
                 where s.next_at is null or s.next_at <= $1 order by s.next_at nulls first, o.id",
            );
            Ok(due.bind::<st::Timestamptz, _>(now).load(tx.conn()).await?)
        })
        .await?;
    let mut asked = 0;
    for Due { organization, release } in due {
        let release = release.map_or(Ok(DEFAULT.release), |word| word.parse())?;
        let actor = Actor::system("schedule", organization);
        let payers = db.snapshot(&actor, async |tx| payers::list(tx).await).await?;
        let first_again = now + TimeDelta::seconds(i64::from(DEFAULT.every_seconds));
        let ours = db
            .system(async |tx| {
                let moved_on = sql_query(
                    "insert into mail_schedules (organization_id, next_at) values ($1, $2)
                     on conflict (organization_id) do update
                     set next_at = $3 + mail_schedules.every_seconds * interval '1 second'
                     where mail_schedules.next_at <= $3",
                )
                .bind::<st::Uuid, _>(organization)
                .bind::<st::Timestamptz, _>(first_again)
                .bind::<st::Timestamptz, _>(now)
                .execute(tx.conn())
                .await?;
                if moved_on == 0 {
                    return Ok(false);
                }
                jobs::enqueue_for(tx, organization, &SendBatches { release }, now).await?;
                jobs::enqueue_for(tx, organization, &ReceiveCharges {}, now).await?;
                for payer in &payers {
                    jobs::enqueue_for(tx, organization, &ReceiveMail { payer: payer.id }, now).await?;
                }
                Ok(true)
            })
            .await?;
        asked += usize::from(ours);
    }
    Ok(asked)
}
