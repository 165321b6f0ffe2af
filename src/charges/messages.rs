//! Messages that state charges: HL7 v2, FHIR, JSON from programs, and visits that people enter.
//!
//! A message is kept before it is read, and what came of it is kept with it. Its sender's own number
//! is accepted once: the same message again changes nothing, another one under that number is
//! rejected. What is rejected can be replayed once its cause is mended: a patient registered, say.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::charges::visit::{Charges, Problem};
use crate::charges::{document, map_fhir, map_hl7};
use crate::db::Tx;
use crate::db::schema::charge_messages as table;
use crate::exchange::files::{self, Direction};
use crate::types::{ChargeMessageId, Error, FileId, Refusal, Result, Status};

/// How messages come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageSource {
    /// HL7 v2 over MLLP or as a file.
    Hl7,
    /// FHIR R4.
    Fhir,
    /// JSON of this program's own shape.
    Api,
    /// The entry page.
    Entry,
}

impl MessageSource {
    /// All of them.
    pub const ALL: [MessageSource; 4] =
        [MessageSource::Hl7, MessageSource::Fhir, MessageSource::Api, MessageSource::Entry];

    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            MessageSource::Hl7 => "hl7",
            MessageSource::Fhir => "fhir",
            MessageSource::Api => "api",
            MessageSource::Entry => "entry",
        }
    }
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Kept, and not yet decided.
    Received,
    /// Its visits are charged.
    Accepted,
    /// Nothing of it is charged.
    Rejected,
}

impl MessageState {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            MessageState::Received => "received",
            MessageState::Accepted => "accepted",
            MessageState::Rejected => "rejected",
        }
    }
}

/// A message, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Message {
    /// It.
    pub id: ChargeMessageId,
    /// How it came.
    pub source: MessageSource,
    /// What it is: `DFT^P03`, `Bundle`, `visits`.
    pub kind: String,
    /// Who sent it, as it says itself; empty: it does not.
    pub sender: String,
    /// The sender's own number; empty: none could be read.
    pub message_id: String,
    /// Its bytes.
    pub file: FileId,
    /// Where it stands.
    pub state: MessageState,
    /// How often it was decided: more than once means that it was replayed.
    pub attempts: i32,
    /// Why it was rejected.
    pub explanation: Option<String>,
    /// What is wrong, and where.
    pub problems: Vec<Problem>,
    /// Visits that were charged.
    pub visits: i32,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// When it was last decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// Why the file is not the whole message: it is never charged, however often it is replayed.
    pub not_whole: Option<String>,
}

/// What a message says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// How it comes.
    pub source: MessageSource,
    /// What it is.
    pub kind: String,
    /// Who sends it.
    pub sender: String,
    /// The sender's own number.
    pub message_id: String,
    /// Why the bytes are not the whole message, if they are not.
    pub not_whole: Option<String>,
}

impl Decision {
    /// Rejected because another message was accepted under its number.
    #[must_use]
    pub fn taken(source: MessageSource) -> Decision {
        let place = match source {
            MessageSource::Hl7 => "MSH-10",
            MessageSource::Fhir => "Bundle.identifier",
            MessageSource::Api | MessageSource::Entry => "/message_id",
        };
        Decision::for_problems(vec![Problem::new(1, place, "was accepted before, with other content")])
    }
}

/// What a practice's messages need not say.
#[derive(Clone, Debug, Default)]
pub struct Usual {
    /// The NPI of the only provider that bills.
    pub billing_npi: Option<String>,
}

/// Longest text of an envelope, in characters.
const ENVELOPE_MAX: usize = 200;

/// Keeps a message as received; one that the practice has under this number with these bytes is
/// found again, and is whole once it came whole. Leaves an audit event `charges/receive` for a new one.
pub async fn keep_message(
    tx: &mut Tx,
    now: DateTime<Utc>,
    envelope: &Envelope,
    bytes: &[u8],
    name: &str,
) -> Result<Message> {
    let file = files::keep(tx, bytes, name, Direction::In).await?.id;
    let organization = tx.actor().organization;
    let cut = |text: &str, length: usize| -> String {
        text.chars().filter(|c| !c.is_control()).take(length).collect()
    };
    let id = ChargeMessageId::new();
    let (sender, message_id) = (cut(&envelope.sender, ENVELOPE_MAX), cut(&envelope.message_id, ENVELOPE_MAX));
    let kind = cut(&envelope.kind, 60);
    let kind = if kind.is_empty() { "unknown".to_owned() } else { kind };
    let added = diesel::insert_into(table::table)
        .values((
            table::organization_id.eq(organization),
            table::id.eq(id),
            table::source.eq(envelope.source.as_str()),
            table::kind.eq(kind),
            table::sender.eq(&sender),
            table::message_id.eq(&message_id),
            table::file_id.eq(file),
            table::state.eq(MessageState::Received.as_str()),
            table::attempts.eq(0),
            table::problems.eq(json!([])),
            table::visits.eq(0),
            table::received_at.eq(now),
            table::not_whole.eq(&envelope.not_whole),
        ))
        .on_conflict((
            table::organization_id,
            table::source,
            table::sender,
            table::message_id,
            table::file_id,
        ))
        .do_nothing()
        .execute(tx.conn())
        .await?;
    if added == 1 {
        let detail = json!({ "source": envelope.source.as_str() });
        tx.audit("charges/receive", id, Some(file), detail).await?;
        return message(tx, id).await;
    }
    let row: Row = table::table
        .filter(table::organization_id.eq(organization))
        .filter(table::source.eq(envelope.source.as_str()))
        .filter(table::sender.eq(&sender).and(table::message_id.eq(&message_id)))
        .filter(table::file_id.eq(file))
        .select(Row::as_select())
        .first(tx.conn())
        .await?;
    let mut known = row.read()?;
    if known.not_whole.is_some() && envelope.not_whole.is_none() {
        // Only its end was missing before.
        diesel::update(table::table.find((organization, known.id)))
            .set(table::not_whole.eq(None::<String>))
            .execute(tx.conn())
            .await?;
        let detail = json!({ "source": envelope.source.as_str() });
        tx.audit("charges/receive", known.id, Some(file), detail).await?;
        known.not_whole = None;
    }
    Ok(known)
}

/// What is to be done with a message now; holds others under its number back until the transaction
/// ends.
#[derive(Debug)]
pub enum Turn {
    /// Decide it.
    Decide,
    /// It was accepted before.
    Accepted,
    /// Another one was accepted under its number.
    Taken,
}

/// Whose turn it is under a message's number.
pub async fn turn(tx: &mut Tx, message: &Message) -> Result<Turn> {
    crate::charges::store::lock_imports(tx).await?;
    let accepted: Vec<ChargeMessageId> = table::table
        .filter(table::organization_id.eq(tx.actor().organization))
        .filter(table::source.eq(message.source.as_str()))
        .filter(table::sender.eq(&message.sender).and(table::message_id.eq(&message.message_id)))
        .filter(table::state.eq(MessageState::Accepted.as_str()))
        .select(table::id)
        .load(tx.conn())
        .await?;
    Ok(if accepted.contains(&message.id) {
        Turn::Accepted
    } else if accepted.is_empty() || message.message_id.is_empty() {
        Turn::Decide
    } else {
        Turn::Taken
    })
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// So many visits are charged.
    Accepted(usize),
    /// Nothing is.
    Rejected {
        /// Why, in a sentence.
        explanation: String,
        /// What is wrong, and where.
        problems: Vec<Problem>,
    },
}

impl Decision {
    /// Rejected for what is wrong with some of its visits.
    #[must_use]
    pub fn for_problems(stated: Vec<Problem>) -> Decision {
        // What belongs to the visit is stated with each of its lines.
        let mut known = HashSet::new();
        let is_new = |problem: &Problem| {
            problem.column.is_none() || known.insert((problem.column.clone(), problem.reason.clone()))
        };
        let problems: Vec<Problem> = stated.into_iter().filter(is_new).collect();
        let named = |one: &Problem| match &one.column {
            Some(place) => format!("{place} {}", one.reason),
            None => format!("{} {}", one.row, one.reason),
        };
        let first = problems[..].first().map(named).unwrap_or_default();
        let more = problems.len().saturating_sub(1);
        let explanation = if more == 0 { first } else { format!("{first}; and {more} more") };
        Decision::Rejected { explanation, problems }
    }
}

/// Keeps what became of a message. Leaves an audit event `charges/decide`.
pub async fn decide(
    tx: &mut Tx,
    now: DateTime<Utc>,
    message: &Message,
    decision: &Decision,
) -> Result<Message> {
    let (state, explanation, problems, visits) = match decision {
        Decision::Accepted(visits) => (MessageState::Accepted, None, &[][..], *visits),
        Decision::Rejected { explanation, problems } => {
            (MessageState::Rejected, Some(explanation.as_str()), &problems[..], 0)
        }
    };
    let visits = i32::try_from(visits).map_err(anyhow::Error::from)?;
    diesel::update(table::table.find((tx.actor().organization, message.id)))
        .set((
            table::state.eq(state.as_str()),
            table::explanation.eq(explanation),
            table::problems.eq(serde_json::to_value(problems).map_err(anyhow::Error::from)?),
            table::visits.eq(visits),
            table::attempts.eq(table::attempts + 1),
            table::decided_at.eq(Some(now)),
        ))
        .execute(tx.conn())
        .await?;
    let detail = json!({ "state": state, "visits": visits, "problems": problems.len() });
    tx.audit("charges/decide", message.id, Some(message.file), detail).await?;
    self::message(tx, message.id).await
}

/// Reads what a message states.
///
/// # Errors
/// What makes it no message of its source.
pub fn read_message(
    source: MessageSource,
    bytes: &[u8],
    usual: &Usual,
) -> std::result::Result<Charges, Error> {
    match source {
        MessageSource::Api | MessageSource::Entry => document::read(bytes, usual),
        MessageSource::Hl7 => map_hl7::read(bytes, usual),
        MessageSource::Fhir => map_fhir::read(bytes, usual),
    }
}

/// A message.
///
/// # Errors
/// `charges/no-message`
pub async fn message(tx: &mut Tx, id: ChargeMessageId) -> Result<Message> {
    let row: Option<Row> = table::table
        .find((tx.actor().organization, id))
        .select(Row::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    row.ok_or_else(|| no_message(id))?.read()
}

/// Messages in a state, or in any; the newest first, from before one on.
pub async fn messages(
    tx: &mut Tx,
    state: Option<MessageState>,
    after: Option<ChargeMessageId>,
    limit: i64,
) -> Result<Vec<Message>> {
    let mut wanted = table::table.filter(table::organization_id.eq(tx.actor().organization)).into_boxed();
    if let Some(state) = state {
        wanted = wanted.filter(table::state.eq(state.as_str()));
    }
    if let Some(after) = after {
        wanted = wanted.filter(table::id.lt(after));
    }
    let rows: Vec<Row> =
        wanted.order(table::id.desc()).limit(limit).select(Row::as_select()).load(tx.conn()).await?;
    rows.into_iter().map(Row::read).collect()
}

fn no_message(id: ChargeMessageId) -> Refusal {
    Refusal::new("charges/no-message", Status::NotFound, format!("there is no message {id}"), "Check the id")
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = table, check_for_backend(Pg))]
struct Row {
    id: ChargeMessageId,
    source: String,
    kind: String,
    sender: String,
    message_id: String,
    file_id: FileId,
    state: String,
    attempts: i32,
    explanation: Option<String>,
    problems: serde_json::Value,
    visits: i32,
    received_at: DateTime<Utc>,
    decided_at: Option<DateTime<Utc>>,
    not_whole: Option<String>,
}

impl Row {
    fn read(self) -> Result<Message> {
        let source = MessageSource::ALL.into_iter().find(|source| source.as_str() == self.source);
        let states = [MessageState::Received, MessageState::Accepted, MessageState::Rejected];
        let state = states.into_iter().find(|state| state.as_str() == self.state);
        let (Some(source), Some(state)) = (source, state) else {
            return Err(anyhow::anyhow!("{} is of no known source and state", self.id).into());
        };
        Ok(Message {
            id: self.id,
            source,
            kind: self.kind,
            sender: self.sender,
            message_id: self.message_id,
            file: self.file_id,
            state,
            attempts: self.attempts,
            explanation: self.explanation,
            problems: serde_json::from_value(self.problems).map_err(anyhow::Error::from)?,
            visits: self.visits,
            received_at: self.received_at,
            decided_at: self.decided_at,
            not_whole: self.not_whole,
        })
    }
}
