//! Charges that other systems leave for us: HL7 v2 messages over MLLP, and files in the practice's
//! own mailbox, `charges/in` below its mailboxes; answers stand in `charges/out`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::charges::messages::MessageState;
use crate::charges::{self, Mode, map_hl7};
use crate::db::jobs::Job;
use crate::db::{Actor, Db};
use crate::exchange::files::{self, Direction};
use crate::exchange::mailbox::{Mailbox, Waiting};
use crate::journey::{import_charges, receive_charges};
use crate::types::{Clock, Error, Refusal, Result, Status};

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
        let bytes = mailbox.fetch(&name).await?;
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
        Err(Error::Refused(refusal)) => Ok(json!({ "file": kept.id, "refused": refusal.to_string() })),
        Err(fault @ Error::Internal(_)) => Err(fault),
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
    let envelope = map_hl7::envelope(bytes);
    let receipt = receive_charges(db, actor, clock, &envelope, bytes, name).await?;
    let answer = map_hl7::acknowledge(bytes, Some(&receipt.message), clock.now());
    Ok((answer, receipt.message.state))
}

/// The largest message that is taken over MLLP: a visit is a few KiB.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Connections at once; the next one waits.
const CONNECTIONS_MAX: usize = 32;

/// How long a connection may stay silent: interface engines keep theirs open between messages.
const SILENT_MAX: Duration = Duration::from_secs(600);

/// How long the rest of a message may take once it began, and its answer.
const MESSAGE_WITHIN: Duration = Duration::from_secs(30);

/// MLLP's block characters (HL7 Transport Specification: MLLP, release 1).
const BEGIN: u8 = 0x0b;
const END: u8 = 0x1c;

/// Listens for HL7 messages of one practice. Who can connect is believed: MLLP has no login, so it is
/// refused (`serve/mllp-address`) to listen anywhere but on this machine or a private network; the
/// practice is the listener's, whatever a message says.
pub async fn listen_mllp(address: SocketAddr) -> Result<TcpListener> {
    let private = match address.ip() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    };
    let refuse = |why: String, next: &str| Refusal::new("serve/mllp-address", Status::Invalid, why, next);
    if !private {
        let why = format!("{address} is neither this machine's loopback nor a private network's address");
        return Err(refuse(why, "MLLP has no login: listen on 127.0.0.1, or behind a VPN").into());
    }
    TcpListener::bind(address).await.map_err(|fault| {
        refuse(format!("cannot listen for HL7 at {address}: {fault}"), "Choose another address for --mllp")
            .into()
    })
}

/// Serves MLLP until `stop` comes; the messages under way are answered first.
pub async fn serve_mllp(
    listener: TcpListener,
    db: Db,
    actor: Actor,
    clock: Clock,
    stop: impl Future<Output = ()>,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let (told, tell) = tokio::sync::watch::channel(false);
    let mut open = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        while open.try_join_next().is_some() {}
        let accepted = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, listener.accept().await)
        };
        tokio::select! {
            () = &mut stop => break,
            (permit, accepted) = accepted => match accepted {
                Ok((stream, _)) => {
                    let (db, actor, clock, tell) = (db.clone(), actor.clone(), clock.clone(), tell.clone());
                    open.spawn(async move {
                        converse(stream, &db, &actor, &clock, tell).await;
                        drop(permit);
                    });
                }
                // Too many open files, say: a moment later there may be room.
                Err(fault) => {
                    tracing::warn!("an HL7 connection was not taken: {fault}");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }
    // Nobody listens when none is open.
    let _ = told.send(true);
    while open.join_next().await.is_some() {}
}

/// What a connection brought.
enum Heard {
    Message(Vec<u8>),
    TooLong,
    Nothing,
}

async fn converse(
    stream: TcpStream,
    db: &Db,
    actor: &Actor,
    clock: &Clock,
    mut told: tokio::sync::watch::Receiver<bool>,
) {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    loop {
        let heard = tokio::select! {
            heard = next_message(&mut reader) => heard,
            _ = told.wait_for(|told| *told) => return,
        };
        let answer = match heard {
            Heard::Nothing => return,
            Heard::TooLong => {
                tracing::warn!("an HL7 message of more than {MESSAGE_BYTES_MAX} bytes was not read");
                map_hl7::acknowledge(&[], None, clock.now())
            }
            Heard::Message(ref bytes) => match receive_hl7(db, actor, clock, bytes, "message.hl7").await {
                Ok((answer, _)) => answer,
                Err(fault) => {
                    tracing::error!("an HL7 message was not decided: {fault}");
                    map_hl7::acknowledge(bytes, None, clock.now())
                }
            },
        };
        let framed = [&[BEGIN][..], &answer, &[END, b'\r']].concat();
        let sent = timeout(MESSAGE_WITHIN, async {
            writer.write_all(&framed).await?;
            writer.flush().await
        });
        if !matches!(sent.await, Ok(Ok(()))) || matches!(heard, Heard::TooLong) {
            return;
        }
    }
}

/// The next block of a connection, without its frame. What stands between blocks is read over.
async fn next_message(reader: &mut (impl AsyncRead + Unpin)) -> Heard {
    loop {
        match timeout(SILENT_MAX, reader.read_u8()).await {
            Ok(Ok(BEGIN)) => break,
            Ok(Ok(_)) => {}
            _ => return Heard::Nothing,
        }
    }
    let block = async {
        let mut bytes = vec![];
        loop {
            match reader.read_u8().await {
                Ok(END) => return Heard::Message(bytes),
                Ok(_) if bytes.len() == MESSAGE_BYTES_MAX => return Heard::TooLong,
                Ok(byte) => bytes.push(byte),
                Err(_) => return Heard::Nothing,
            }
        }
    };
    timeout(MESSAGE_WITHIN, block).await.unwrap_or(Heard::Nothing)
}
