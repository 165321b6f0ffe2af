//! Charges that other systems leave for us as files in the practice's own mailbox, `charges/in` below
//! its mailboxes; answers stand in `charges/out`. An HL7 message is taken in here wherever it came from.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::charges::messages::{Envelope, MessageState};
use crate::charges::{self, Mode, map_hl7};
use crate::db::jobs::Job;
use crate::db::{Actor, Db};
use crate::exchange::files::{self, Direction};
use crate::exchange::mailbox::{Mailbox, Waiting};
use crate::journey::{import_charges, receive_charges};
use crate::types::{Clock, Error, Result, Status};

/// The folder of a practice's charges among its mailboxes: no payer's mailbox has this name.
pub const CHARGES_MAILBOX: &str = "charges";

/// Deals with the files that wait in the practice's charge mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiveCharges {}

impl Job for ReceiveCharges {
    const KIND: &'static str = "receive_charges";

    fn unique_key(&self) -> Option<String> {
        Some("charges".to_owned())
    }

    fn lane(&self) -> Option<String> {
        Some("charges".to_owned())
    }
}

/// What a round of receiving charges did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChargesRound {
    /// Files that were dealt with.
    pub files: usize,
    /// Messages and files whose visits are charged.
    pub accepted: usize,
    /// Messages and files of which something is not charged; each is kept and says why.
    pub rejected: usize,
}

/// Fetches every file that waits, takes its messages in, leaves the answers, and puts it away. A file
/// that begins with `MSH`, `FHS` or `BHS` is HL7 v2, one message or many; any other is a charge sheet
/// whose columns have our names, or those of the first saved mapping that fits.
///
/// # Errors
/// The first fault that is not a file's; what was dealt with stays so.
pub async fn receive_charge_files(
    db: &Db,
    actor: &Actor,
    clock: &Clock,
    mailbox: &impl Mailbox,
) -> Result<ChargesRound> {
    let mut round = ChargesRound::default();
    for Waiting { name, .. } in mailbox.list().await? {
        let content = mailbox.fetch(&name).await?;
        let bytes = content.bytes().map_err(anyhow::Error::from)?;
        let messages = map_hl7::split(&bytes);
        let at = clock.now().format("%Y%m%dT%H%M%S%3f");
        if messages.is_empty() {
            let report = receive_sheet(db, actor, clock, &name, &bytes).await?;
            let clean = report.get("rows_rejected").and_then(serde_json::Value::as_u64) == Some(0);
            *(if clean { &mut round.accepted } else { &mut round.rejected }) += 1;
            let report = serde_json::to_vec_pretty(&report).map_err(anyhow::Error::from)?;
            mailbox.send(&answer_name(&name, &format!("{at}.report.json")), &report).await?;
        } else {
            let mut answers = vec![];
            for message in messages {
                let (answer, state) = receive_hl7(db, actor, clock, message, &name).await?;
                answers.extend(answer);
                *(if state == MessageState::Accepted { &mut round.accepted } else { &mut round.rejected }) +=
                    1;
            }
            mailbox.send(&answer_name(&name, &format!("{at}.ack")), &answers).await?;
        }
        mailbox.archive(&name).await?;
        round.files += 1;
    }
    Ok(round)
}

/// The name of a file's answer: a mailbox takes 200 bytes, and each name once.
fn answer_name(name: &str, ending: &str) -> String {
    let kept: String = name.chars().filter(char::is_ascii).take(150).collect();
    format!("{kept}.{ending}")
}

/// Imports a sheet; what cannot be read is kept, and the report says why.
async fn receive_sheet(
    db: &Db,
    actor: &Actor,
    clock: &Clock,
    name: &str,
    bytes: &[u8],
) -> Result<serde_json::Value> {
    let kept = db.transaction(actor, async |tx| files::keep(tx, bytes, name, Direction::In).await).await?;
    let mappings = db.snapshot(actor, async |tx| charges::mappings(tx).await).await?;
    let mut read = charges::read_sheet(bytes, None);
    if let Err(Error::Refused(refusal)) = &read
        && refusal.code == "charges/heading"
    {
        let fits = mappings.iter().find_map(|saved| charges::read_sheet(bytes, Some(&saved.mapping)).ok());
        read = fits.map_or(read, Ok);
    }
    let now = clock.now();
    let imported = match read {
        Err(fault) => Err(fault),
        Ok(charges) => {
            let import =
                async |tx: &mut _| import_charges(tx, now, kept.id, charges, Mode::KeepGoodRows).await;
            db.batch(actor, import).await
        }
    };
    match imported {
        Ok(imported) => Ok(serde_json::to_value(imported).map_err(anyhow::Error::from)?),
        Err(Error::Refused(refusal)) if refusal.status != Status::Unavailable => {
            Ok(json!({ "file": kept.id, "refused": refusal.to_string() }))
        }
        Err(fault) => Err(fault),
    }
}

/// Takes one HL7 message in; its acknowledgement, and where the message stands.
///
/// # Errors
/// Only what is not the message's fault; it is kept as received.
pub async fn receive_hl7(
    db: &Db,
    actor: &Actor,
    clock: &Clock,
    bytes: &[u8],
    name: &str,
) -> Result<(Vec<u8>, MessageState)> {
    take_in(db, actor, clock, bytes, name, None).await
}

/// Keeps what came of a message that was cut on its way: it is rejected for `why`, and never charged.
///
/// # Errors
/// As [`receive_hl7`].
pub(super) async fn keep_cut_hl7(
    db: &Db,
    actor: &Actor,
    clock: &Clock,
    bytes: &[u8],
    name: &str,
    why: String,
) -> Result<Vec<u8>> {
    let (answer, _) = take_in(db, actor, clock, bytes, name, Some(why)).await?;
    Ok(answer)
}

async fn take_in(
    db: &Db,
    actor: &Actor,
    clock: &Clock,
    bytes: &[u8],
    name: &str,
    not_whole: Option<String>,
) -> Result<(Vec<u8>, MessageState)> {
    let envelope = Envelope { not_whole, ..map_hl7::envelope(bytes) };
    let receipt = receive_charges(db, actor, clock, &envelope, bytes, name).await?;
    let answer = map_hl7::acknowledge(bytes, Some(&receipt.message), clock.now());
    Ok((answer, receipt.message.state))
}
