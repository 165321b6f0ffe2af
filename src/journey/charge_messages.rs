//! Messages that state charges, from any source, become visits, claims and what is owed.

use serde::Serialize;
use utoipa::ToSchema;

use crate::charges::messages::{self, Decision, Envelope, Message, MessageState, Turn};
use crate::charges::{self, Mode};
use crate::db::{Actor, Db, Tx};
use crate::exchange::files;
use crate::journey::{ImportedCharges, import_charges};
use crate::types::{ChargeMessageId, ClaimId, Clock, Error, Refusal, Result, Status};

/// What came of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChargeReceipt {
    /// It, as it is kept.
    #[serde(flatten)]
    pub message: Message,
    /// It, or the same bytes under another number, had been accepted before: nothing was charged now.
    pub repeated: bool,
    /// Claims to first payers.
    pub claims: Vec<ClaimId>,
    /// What it says that is read over.
    pub ignored: Vec<String>,
}

/// Takes a message in: it is kept, then all its visits are charged, or none and it says why. The same
/// message again changes nothing; one that was rejected is tried again.
///
/// # Errors
/// Only what is not the message's fault; then it is kept as received, and can be replayed.
pub async fn receive_charges(
    db: &Db,
    actor: &Actor,
    clock: &Clock,
    envelope: &Envelope,
    bytes: &[u8],
    name: &str,
) -> Result<ChargeReceipt> {
    let now = clock.now();
    let keep = async |tx: &mut Tx| messages::keep_message(tx, now, envelope, bytes, name).await;
    let message = db.transaction(actor, keep).await?;
    db.transaction(actor, async |tx| decide(tx, clock, &message, bytes).await).await
}

/// Tries a message again that was rejected, or that a fault of ours left undecided.
///
/// # Errors
/// `charges/no-message`; `charges/already-accepted`.
pub async fn replay_charges(tx: &mut Tx, clock: &Clock, id: ChargeMessageId) -> Result<ChargeReceipt> {
    let message = messages::message(tx, id).await?;
    if message.state == MessageState::Accepted {
        return Err(Refusal::new(
            "charges/already-accepted",
            Status::Conflict,
            format!("{id} was accepted before"),
            "Its visits are charged: there is nothing to replay",
        )
        .into());
    }
    let bytes = files::read(tx, message.file).await?;
    decide(tx, clock, &message, &bytes).await
}

async fn decide(tx: &mut Tx, clock: &Clock, message: &Message, bytes: &[u8]) -> Result<ChargeReceipt> {
    let now = clock.now();
    let mut receipt =
        ChargeReceipt { message: message.clone(), repeated: false, claims: vec![], ignored: vec![] };
    let decision = match messages::turn(tx, message).await? {
        Turn::Accepted => {
            let message = messages::message(tx, message.id).await?;
            return Ok(ChargeReceipt { message, repeated: true, ..receipt });
        }
        // What came of it may read as a message with fewer charges.
        Turn::Taken | Turn::Decide if message.not_whole.is_some() => {
            let explanation = message.not_whole.clone().unwrap_or_default();
            Decision::Rejected { explanation, problems: vec![] }
        }
        Turn::Taken => Decision::taken(message.source),
        Turn::Decide => {
            // Apart, so that a statement that the database refuses undoes no more than it began.
            let imported = tx.savepoint(async |tx| import(tx, clock, message, bytes).await).await;
            match imported {
                Ok(imported) => {
                    receipt.repeated = imported.report.already_imported;
                    receipt.claims.clone_from(&imported.drafted);
                    receipt.ignored.clone_from(&imported.report.unknown_columns);
                    if imported.report.is_complete() {
                        Decision::Accepted(imported.report.visits)
                    } else {
                        Decision::for_problems(imported.report.problems)
                    }
                }
                Err(Error::Refused(refusal)) => {
                    Decision::Rejected { explanation: refusal.detail, problems: vec![] }
                }
                Err(fault @ Error::Internal(_)) => return Err(fault),
            }
        }
    };
    receipt.message = messages::decide(tx, now, message, &decision).await?;
    Ok(receipt)
}

async fn import(tx: &mut Tx, clock: &Clock, message: &Message, bytes: &[u8]) -> Result<ImportedCharges> {
    let usual = charges::usual(tx).await?;
    let charges = messages::read_message(message.source, bytes, &usual)?;
    import_charges(tx, clock.now(), message.file, charges, Mode::AllOrNothing).await
}
