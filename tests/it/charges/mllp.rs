//! HL7 over MLLP, on real connections: what comes in is answered or kept, whatever becomes of the frame.

use std::net::SocketAddr;
use std::time::Duration;

use firstpass::charges::messages::{Message, MessageState};
use firstpass::db::Actor;
use firstpass::exchange::files;
use firstpass::journey::{self, MllpLimits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::messages::{clock, dft, kept, msa, replay};
use crate::support::{self, World};

const MIB: usize = 1024 * 1024;

/// A practice that listens.
struct Listening {
    world: World,
    actor: Actor,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Listening {
    async fn new() -> Listening {
        Listening::within(MllpLimits::default()).await
    }

    async fn within(limits: MllpLimits) -> Listening {
        let listener = journey::listen_mllp("127.0.0.1:0".parse().unwrap()).await.unwrap();
        Listening::at(listener, limits).await
    }

    async fn at(listener: TcpListener, limits: MllpLimits) -> Listening {
        let world = support::world().await;
        let actor = world.practice("Elm Street").await.actor;
        let address = listener.local_addr().unwrap();
        let (stop, told) = oneshot::channel::<()>();
        let told = async { drop(told.await) };
        let (db, actor_of) = (world.db.clone(), actor.clone());
        let serving = tokio::spawn(journey::serve_mllp(listener, db, actor_of, clock(), limits, told));
        Listening { world, actor, address, stop, serving }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes and hangs up; nothing is answered.
    async fn sent_and_gone(&self, bytes: &[u8]) {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = vec![];
        stream.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, b"");
    }

    /// The messages that are kept, in the order in which they came, once no connection is open.
    async fn stopped(self) -> Vec<Message> {
        drop(self.stop);
        self.serving.await.unwrap();
        assert!(TcpStream::connect(self.address).await.is_err(), "nobody listens any more");
        let mut messages = kept(&self.world, &self.actor).await;
        messages.reverse();
        messages
    }
}

fn framed(message: &str) -> Vec<u8> {
    [&[0x0b][..], message.as_bytes(), &[0x1c, b'\r']].concat()
}

/// Reads one block; code and text of its MSA.
async fn answer(stream: &mut TcpStream) -> (String, String) {
    let mut bytes = vec![];
    while !bytes.ends_with(&[0x1c, b'\r']) {
        bytes.push(stream.read_u8().await.unwrap());
    }
    assert_eq!(bytes[0], 0x0b);
    msa(&bytes[1..bytes.len() - 2])
}

fn accepted() -> (String, String) {
    ("AA".into(), String::new())
}

/// State, sender's number, and explanation.
fn outcome(message: &Message) -> (MessageState, &str, &str) {
    (message.state, &message.message_id, message.explanation.as_deref().unwrap_or_default())
}

#[tokio::test]
async fn messages_are_answered_on_their_connection() {
    let listening = Listening::new().await;
    let mut stream = listening.connect().await;
    // Two messages at once, the second in pieces.
    let second = framed(&dft("2", "A-900", "V-2"));
    let both = [framed(&dft("1", "A-100", "V-1")), second[..40].to_vec()].concat();
    stream.write_all(&both).await.unwrap();
    assert_eq!(answer(&mut stream).await, accepted());
    stream.write_all(&second[40..]).await.unwrap();
    assert_eq!(answer(&mut stream).await, ("AE".into(), "PID-3 is no registered patient's".into()));
    // Two whole ones in one packet, and one byte by byte on another connection.
    stream
        .write_all(&[framed(&dft("3", "A-100", "V-3")), framed(&dft("4", "A-100", "V-4"))].concat())
        .await
        .unwrap();
    let mut other = listening.connect().await;
    other.set_nodelay(true).unwrap();
    for byte in framed(&dft("5", "A-100", "V-5")) {
        other.write_u8(byte).await.unwrap();
    }
    assert_eq!(answer(&mut other).await, accepted());
    assert_eq!(answer(&mut stream).await, accepted());
    assert_eq!(answer(&mut stream).await, accepted());
    assert_eq!(listening.stopped().await.len(), 5);
}

#[tokio::test]
async fn of_a_message_that_is_too_long_the_beginning_is_kept_and_the_sender_is_told() {
    let listening = Listening::new().await;
    let mut stream = listening.connect().await;
    let long = dft("1", "A-100", "V-1") + &"NTE|1||x\r".repeat(5 * MIB / 9);
    let length = long.len();
    stream.write_all(&framed(&long)).await.unwrap();
    let why = format!("the message is not whole: of {length} bytes the first 4194304 are kept");
    assert_eq!(answer(&mut stream).await, ("AR".into(), why.clone()));
    // The connection goes on. So long a message is taken.
    let allowed = dft("2", "A-100", "V-2") + "NTE|1||" + &"x".repeat(3 * MIB);
    stream.write_all(&framed(&allowed)).await.unwrap();
    assert_eq!(answer(&mut stream).await, accepted());

    let first = kept(&listening.world, &listening.actor).await.pop().unwrap();
    let read = async |tx: &mut _| files::read(tx, first.file).await;
    let bytes = listening.world.db.snapshot(&listening.actor, read).await.unwrap();
    assert_eq!(bytes, long.as_bytes()[..4 * MIB]);
    let messages = listening.stopped().await;
    assert_eq!(outcome(&messages[0]), (MessageState::Rejected, "1", &*why));
    assert_eq!(messages[1].visits, 1);
}

#[tokio::test]
async fn what_was_sent_of_a_message_that_broke_off_is_kept_and_never_charged() {
    let listening = Listening::new().await;
    let message = dft("1", "A-100", "V-1") + "FT1|2|||20260302||CG|85025|||1|20.00\r";
    // Without its last charge it reads as a whole message of another one.
    let part = &framed(&message)[..message.len() - 36];
    listening.sent_and_gone(part).await;
    let cut = kept(&listening.world, &listening.actor).await.remove(0);
    let why = format!("the message is not whole: after {} bytes the connection ended", part.len() - 1);
    assert_eq!(outcome(&cut), (MessageState::Rejected, "1", &*why));
    let replayed = replay(&listening.world, &listening.actor, cut.id).await.unwrap();
    assert_eq!(outcome(&replayed.message), (MessageState::Rejected, "1", &*why));

    // Sent again, whole, it is accepted under its number.
    let mut stream = listening.connect().await;
    stream.write_all(&framed(&message)).await.unwrap();
    assert_eq!(answer(&mut stream).await, accepted());
    let messages = listening.stopped().await;
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1].visits, 1);
}

#[tokio::test]
async fn a_message_of_which_only_the_end_was_missing_is_accepted_when_it_comes_again() {
    let listening = Listening::new().await;
    let message = framed(&dft("1", "A-100", "V-1"));
    listening.sent_and_gone(&message[..message.len() - 2]).await;
    let mut stream = listening.connect().await;
    stream.write_all(&message).await.unwrap();
    assert_eq!(answer(&mut stream).await, accepted());
    let messages = listening.stopped().await;
    assert_eq!(messages.len(), 1, "the same bytes under the same number");
    assert_eq!((messages[0].state, messages[0].attempts), (MessageState::Accepted, 2));
    assert_eq!(messages[0].not_whole, None);
}

#[tokio::test]
async fn a_message_that_begins_within_another_is_another() {
    let listening = Listening::new().await;
    let mut stream = listening.connect().await;
    let first = framed(&dft("1", "A-100", "V-1"));
    let second = framed(&dft("1", "A-100", "V-1"));
    stream.write_all(&[&first[..90], &second].concat()).await.unwrap();
    assert_eq!(answer(&mut stream).await, accepted());
    let messages = listening.stopped().await;
    let why = "the message is not whole: after 89 bytes another one began";
    assert_eq!(outcome(&messages[0]), (MessageState::Rejected, "1", why));
    assert_eq!((messages[1].state, messages.len()), (MessageState::Accepted, 2));
}

#[tokio::test]
async fn what_stands_in_no_frame_is_kept() {
    let listening = Listening::new().await;
    let message = dft("1", "A-100", "V-1");
    let why = "the message is not whole: no 0x0B stands before it";
    // It has an end, which its sender expects an answer to.
    let mut stream = listening.connect().await;
    stream.write_all(&framed(&message)[1..]).await.unwrap();
    assert_eq!(answer(&mut stream).await, ("AR".into(), why.into()));
    // Line ends between two blocks are no messages; other text is.
    stream.write_all(&[b"\r\n", &framed(&dft("2", "A-100", "V-2"))[..], b"\n hello"].concat()).await.unwrap();
    assert_eq!(answer(&mut stream).await, accepted());
    drop(stream);
    listening.sent_and_gone(dft("3", "A-100", "V-3").as_bytes()).await;
    listening.sent_and_gone(b"\x0b").await;
    let messages = listening.stopped().await;
    let mut outcomes: Vec<_> = messages.iter().map(outcome).collect();
    outcomes.sort_by_key(|(_, id, _)| *id);
    assert_eq!(
        outcomes,
        [
            (MessageState::Rejected, "", why),
            (MessageState::Rejected, "1", why),
            (MessageState::Accepted, "2", ""),
            (MessageState::Rejected, "3", why),
        ]
    );
}

#[tokio::test]
async fn a_message_under_way_when_the_service_stops_is_kept() {
    let listening = Listening::new().await;
    let mut stream = listening.connect().await;
    // The first is answered: the second is then being read.
    let both = [framed(&dft("1", "A-100", "V-1")), framed(&dft("2", "A-100", "V-2"))[..90].to_vec()];
    stream.write_all(&both.concat()).await.unwrap();
    assert_eq!(answer(&mut stream).await, accepted());
    sleep(Duration::from_millis(300)).await;
    let messages = listening.stopped().await;
    let why = "the message is not whole: after 89 bytes the receiver was stopped";
    assert_eq!(outcome(&messages[1]), (MessageState::Rejected, "2", why));
}

/// Limits of which only one can be reached by a test.
const MESSAGE_SHORT: MllpLimits =
    MllpLimits { silent: Duration::from_secs(600), message: Duration::from_secs(1) };
const SILENT_SHORT: MllpLimits =
    MllpLimits { silent: Duration::from_millis(300), message: Duration::from_secs(600) };

#[tokio::test]
async fn a_message_whose_end_does_not_come_in_time_is_kept_and_its_connection_ended() {
    let listening = Listening::within(MESSAGE_SHORT).await;
    let begun = |number: &str| {
        let whole = framed(&dft(number, "A-100", "V-1"));
        let header = whole.iter().position(|byte| *byte == b'\r').unwrap();
        whole[..header + 6].to_vec()
    };
    // One that stops, and one that goes on for ever, a byte at a time.
    let mut stops = listening.connect().await;
    stops.write_all(&begun("1")).await.unwrap();
    let mut goes_on = listening.connect().await;
    goes_on.write_all(&begun("2")).await.unwrap();
    while goes_on.write_u8(b'x').await.is_ok() {
        sleep(Duration::from_millis(50)).await;
    }
    let mut answer = vec![];
    stops.read_to_end(&mut answer).await.unwrap();
    assert_eq!(answer, b"", "we hung up, and answered nothing");
    let messages = listening.stopped().await;
    let why = "the message is not whole: its end did not come within 1 seconds";
    let mut told: Vec<_> = messages.iter().map(outcome).collect();
    told.sort_by_key(|(_, id, _)| *id);
    assert_eq!(told, [(MessageState::Rejected, "1", why), (MessageState::Rejected, "2", why)]);
}

#[tokio::test]
async fn between_messages_a_connection_may_be_silent_for_longer_than_a_message_may_take() {
    let listening = Listening::within(MESSAGE_SHORT).await;
    let mut stream = listening.connect().await;
    for number in ["1", "2"] {
        stream.write_all(&framed(&dft(number, "A-100", &format!("V-{number}")))).await.unwrap();
        assert_eq!(answer(&mut stream).await, accepted());
        sleep(MESSAGE_SHORT.message * 3 / 2).await;
    }
    assert_eq!(listening.stopped().await.len(), 2);
}

#[tokio::test]
async fn a_connection_that_is_silent_for_too_long_is_ended_and_keeps_nothing_that_it_did_not_say() {
    let listening = Listening::within(SILENT_SHORT).await;
    let mut silent = listening.connect().await;
    let mut between = listening.connect().await;
    between.write_all(&framed(&dft("1", "A-100", "V-1"))).await.unwrap();
    assert_eq!(answer(&mut between).await, accepted());
    let mut astray = listening.connect().await;
    astray.write_all(b"hello?").await.unwrap();
    for stream in [&mut silent, &mut between, &mut astray] {
        let mut answer = vec![];
        stream.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, b"");
    }
    let messages = listening.stopped().await;
    let mut told: Vec<_> = messages.iter().map(|message| outcome(message).2).collect();
    told.sort_unstable();
    assert_eq!(told, ["", "the message is not whole: no 0x0B stands before it"]);
}

#[tokio::test]
async fn a_sender_that_never_takes_its_answers_is_left() {
    // Buffers as small as the system has them: some dozen answers fill them.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(1).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listening = Listening::at(socket.listen(8).unwrap(), MESSAGE_SHORT).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(1).unwrap();
    let mut deaf = socket.connect(listening.address).await.unwrap();
    let sending = async {
        while deaf.write_all(&framed("")).await.is_ok() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_secs(120), sending).await.expect("we hang up");
    // Whoever listens is served meanwhile and afterwards.
    let mut other = listening.connect().await;
    other.write_all(&framed(&dft("1", "A-100", "V-1"))).await.unwrap();
    assert_eq!(answer(&mut other).await, accepted());
    drop(other);
    listening.stopped().await;
}

#[tokio::test]
async fn what_cannot_be_charged_is_answered_with_its_reason() {
    let listening = Listening::new().await;
    let mut stream = listening.connect().await;
    let good = dft("1", "A-100", "V-1");
    let unreadable = |why: &str| ("AR", format!("the message cannot be read: {why}"));
    for (message, (code, text)) in [
        (String::new(), unreadable("it does not begin with MSH")),
        (good[good.find("EVN").unwrap()..].to_owned(), unreadable("it does not begin with MSH")),
        (good.replace("DFT^P03^DFT_P03", "DFT^P99"), unreadable(r"MSH-9 is not DFT\S\P03 or DFT\S\P11")),
        (good.replace("|2.5.1", "|3.0"), unreadable("MSH-12 is no version from 2.3 to 2.9")),
        (format!("{good}{}", dft("2", "A-200", "V-2")), unreadable("it has a second MSH")),
        (
            format!("{good}PID|2||A-200^^^ELM^AN\rFT1|2|||20260302||CG|85025|||1|20.00\r"),
            ("AE", "PID stands twice: a message is one visit's".to_owned()),
        ),
        (
            good.replace("|CG|99213^^C4|", "|CG||") + "PR1|1||99213^^C4\rPR1|2||85025^^C4\r",
            ("AE", "PR1-3 is a second procedure of one charge".to_owned()),
        ),
    ] {
        stream.write_all(&framed(&message)).await.unwrap();
        assert_eq!(answer(&mut stream).await, (code.to_owned(), text), "{message}");
    }
    // A charge may be told by its PR1, and one visit has any number of them.
    let several = good.replace("|CG|99213^^C4|", "|CG||").replace(
        "DG1|",
        "PR1|1||99213^^C4\rFT1|2|||20260302||CG|85025|||1|20.00\rPR1|1||85025^^C4\rPR1|2||85025^^C4\rDG1|",
    );
    stream.write_all(&framed(&several)).await.unwrap();
    assert_eq!(answer(&mut stream).await, accepted());
    // The number is taken now.
    stream.write_all(&framed(&dft("1", "A-100", "V-9"))).await.unwrap();
    let (code, text) = answer(&mut stream).await;
    assert_eq!((&*code, &*text), ("AE", "MSH-10 was accepted before, with other content"));
    let messages = listening.stopped().await;
    assert_eq!(messages.len(), 9);
}

#[tokio::test]
async fn it_listens_on_this_machine_and_private_networks_only() {
    for address in ["8.8.8.8:2575", "0.0.0.0:2575", "[::]:2575"] {
        let refused = journey::listen_mllp(address.parse().unwrap()).await.unwrap_err();
        assert_eq!(refused.refusal().unwrap().code, "serve/mllp-address", "{address}");
    }
}
