//! HL7 v2 messages over MLLP (HL7 Transport Specification: MLLP, release 1): 0x0B, a message, 0x1C 0x0D,
//! and the answer in the same frame.
//!
//! What comes is kept, whole or not: a message that is cut, too long, or in no frame is a rejected one
//! that says so, and is never charged for what can be read of it. A sender waits for the answer to what
//! it ended, and to nothing else: what it did not end is kept without one, so that it is sent again.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::charges::map_hl7;
use crate::db::{Actor, Db};
use crate::journey::charge_mail::{keep_cut_hl7, receive_hl7};
use crate::types::{Clock, Refusal, Result, Status};

/// The largest message that is taken, in bytes: a visit is a few KiB, and a report that comes with it
/// may be some MiB. Of a longer one so much is kept.
const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Connections at once, 128 MiB of the largest messages; the next one waits.
const CONNECTIONS_MAX: usize = 32;

/// How long a connection may take over what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MllpLimits {
    /// How long it may stay silent: interface engines keep theirs open between messages.
    pub silent: Duration,
    /// How long the rest of a message may take once it began, and its sender to take the answer.
    pub message: Duration,
}

impl Default for MllpLimits {
    /// Ten minutes, and half a minute.
    fn default() -> MllpLimits {
        MllpLimits { silent: Duration::from_secs(600), message: Duration::from_secs(30) }
    }
}

const BEGIN: u8 = 0x0b;
const END: u8 = 0x1c;

/// What a message is called that came over a connection.
const NAME: &str = "message.hl7";

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
    limits: MllpLimits,
    stop: impl Future<Output = ()>,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let (told, tell) = watch::channel(false);
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
                        converse(stream, &db, &actor, &clock, limits, tell).await;
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

async fn converse(
    stream: TcpStream,
    db: &Db,
    actor: &Actor,
    clock: &Clock,
    limits: MllpLimits,
    mut told: watch::Receiver<bool>,
) {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut framed = false;
    loop {
        let within = if framed { limits.message } else { limits.silent };
        let heard = hear(&mut reader, within, &mut told).await;
        let is_blank = heard.bytes.trim_ascii().is_empty();
        if !is_blank || (framed && heard.ended == Ended::Block) {
            let (bytes, cut) = (&heard.bytes, heard.cut(framed, within));
            let kept = match cut {
                None => receive_hl7(db, actor, clock, bytes, NAME).await.map(|(answer, _)| answer),
                Some(why) => keep_cut_hl7(db, actor, clock, bytes, NAME, why).await,
            };
            let answer = kept.unwrap_or_else(|fault| {
                tracing::error!("an HL7 message was not decided: {fault}");
                map_hl7::acknowledge(bytes, None, clock.now())
            });
            if heard.ended == Ended::Block {
                let block = [&[BEGIN][..], &answer, &[END, b'\r']].concat();
                let sent = timeout(limits.message, async {
                    writer.write_all(&block).await?;
                    writer.flush().await
                });
                if !matches!(sent.await, Ok(Ok(()))) {
                    return;
                }
            }
        }
        framed = match heard.ended {
            Ended::Block => false,
            Ended::Begun => true,
            Ended::Closed | Ended::Late | Ended::Stopped => return,
        };
    }
}

/// Why a stretch of bytes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// By the end of a block.
    Block,
    /// By the beginning of one.
    Begun,
    /// The sender hung up.
    Closed,
    /// No end came in time.
    Late,
    /// We stop.
    Stopped,
}

/// A stretch of bytes between two marks of a frame.
struct Heard {
    /// What it begins with, [`MESSAGE_BYTES_MAX`] at most.
    bytes: Vec<u8>,
    /// How many bytes there were.
    length: usize,
    ended: Ended,
}

impl Heard {
    /// Why it is no whole message, if it is none; `framed` when a block had begun, `within` what it had
    /// time for.
    fn cut(&self, framed: bool, within: Duration) -> Option<String> {
        let length = self.length;
        let why = match self.ended {
            Ended::Block if length > self.bytes.len() => {
                format!("of {length} bytes the first {MESSAGE_BYTES_MAX} are kept")
            }
            Ended::Block if framed => return None,
            _ if !framed => "no 0x0B stands before it".to_owned(),
            Ended::Block | Ended::Begun => format!("after {length} bytes another one began"),
            Ended::Closed => format!("after {length} bytes the connection ended"),
            Ended::Late => format!("its end did not come within {} seconds", within.as_secs()),
            Ended::Stopped => format!("after {length} bytes the receiver was stopped"),
        };
        Some(format!("the message is not whole: {why}"))
    }
}

/// The next stretch of a connection, to the end of a block or the beginning of one.
async fn hear(
    reader: &mut (impl AsyncBufRead + Unpin),
    within: Duration,
    told: &mut watch::Receiver<bool>,
) -> Heard {
    let mut heard = Heard { bytes: vec![], length: 0, ended: Ended::Late };
    let ended = tokio::select! {
        ended = timeout(within, read_on(reader, &mut heard)) => ended.unwrap_or(Ended::Late),
        _ = told.wait_for(|told| *told) => Ended::Stopped,
    };
    Heard { ended, ..heard }
}

async fn read_on(reader: &mut (impl AsyncBufRead + Unpin), heard: &mut Heard) -> Ended {
    loop {
        let there = match reader.fill_buf().await {
            Ok(there) if !there.is_empty() => there,
            _ => return Ended::Closed,
        };
        let mark = memchr::memchr2(BEGIN, END, there);
        let part = &there[..mark.unwrap_or(there.len())];
        let room = MESSAGE_BYTES_MAX - heard.bytes.len();
        heard.bytes.extend_from_slice(&part[..part.len().min(room)]);
        heard.length += part.len();
        let ended = mark.map(|at| if there[at] == BEGIN { Ended::Begun } else { Ended::Block });
        let read = part.len() + usize::from(mark.is_some());
        reader.consume(read);
        if let Some(ended) = ended {
            return ended;
        }
    }
}
