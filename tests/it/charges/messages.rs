//! Messages that state charges: what becomes of the good ones, the bad ones and the repeated ones.

use firstpass::charges::messages::{self, Message, MessageState};
use firstpass::db::Actor;
use firstpass::exchange::mailbox::{DirectoryMailbox, Mailbox};
use firstpass::journey::{self, ChargeReceipt};
use firstpass::registry::patients;
use firstpass::types::{ChargeMessageId, Clock, Result};

use crate::support::practice::{DOCTOR_NPI, patient};
use crate::support::{self, World};

/// A visit of one charge of 150.00.
pub(super) fn dft(id: &str, account: &str, visit: &str) -> String {
    format!(
        "MSH|^~\\&|EHR|ELM|FIRSTPASS||20260302163000||DFT^P03^DFT_P03|{id}|P|2.5.1\r\
         EVN|P03|20260302163000\r\
         PID|1||{account}^^^ELM^AN||ROE^JANE\r\
         PV1|1|O|11||||{DOCTOR_NPI}^NGUYEN^AN||||||||||||{visit}\r\
         FT1|1|||20260302||CG|99213^^C4|||1|150.00\r\
         DG1|1||I10\r"
    )
}

pub(super) fn clock() -> Clock {
    Clock::standing_at("2026-03-10T15:00:00Z".parse().unwrap())
}

/// Takes a message in: code and text of MSA, and where the message stands.
pub(super) async fn receive(world: &World, actor: &Actor, message: &str) -> (String, String, MessageState) {
    let received = journey::receive_hl7(&world.db, actor, &clock(), message.as_bytes(), "m.hl7").await;
    let (answer, state) = received.unwrap();
    let (code, text) = msa(&answer);
    (code, text, state)
}

pub(super) fn msa(answer: &[u8]) -> (String, String) {
    let answer = std::str::from_utf8(answer).unwrap();
    let msa = answer.split('\r').find(|segment| segment.starts_with("MSA|")).unwrap();
    let fields: Vec<&str> = msa.split('|').collect();
    (fields[1].to_owned(), fields[3].to_owned())
}

pub(super) async fn kept(world: &World, actor: &Actor) -> Vec<Message> {
    world.db.transaction(actor, async |tx| messages::messages(tx, None, None, 50).await).await.unwrap()
}

pub(super) async fn replay(world: &World, actor: &Actor, id: ChargeMessageId) -> Result<ChargeReceipt> {
    world.db.transaction(actor, async |tx| journey::replay_charges(tx, &clock(), id).await).await
}

#[tokio::test]
async fn a_message_is_charged_once_however_often_it_comes() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let message = dft("641", "A-100", "V-1");
    let accepted = ("AA".to_owned(), String::new(), MessageState::Accepted);
    assert_eq!(receive(&world, &practice.actor, &message).await, accepted);
    assert_eq!(receive(&world, &practice.actor, &message).await, accepted);
    let kept = kept(&world, &practice.actor).await;
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].visits, kept[0].attempts, kept[0].kind.as_str()), (1, 1, "DFT^P03"));
    assert_eq!((kept[0].sender.as_str(), kept[0].message_id.as_str()), ("EHR ELM", "641"));
}

#[tokio::test]
async fn another_message_under_an_accepted_number_is_rejected_and_kept() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    receive(&world, &practice.actor, &dft("641", "A-100", "V-1")).await;
    let (code, text, state) = receive(&world, &practice.actor, &dft("641", "A-200", "V-2")).await;
    assert_eq!((code.as_str(), state), ("AE", MessageState::Rejected));
    assert_eq!(text, "MSH-10 was accepted before, with other content");
    assert_eq!(kept(&world, &practice.actor).await.len(), 2);
    // From another system the same number is another message.
    let other = dft("641", "A-200", "V-2").replace("|EHR|", "|LAB|");
    assert_eq!(receive(&world, &practice.actor, &other).await.2, MessageState::Accepted);
}

#[tokio::test]
async fn a_rejected_message_is_explained_and_accepted_once_its_cause_is_mended() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let message = dft("700", "A-900", "V-9");
    let (code, text, _) = receive(&world, &practice.actor, &message).await;
    assert_eq!((code.as_str(), text.as_str()), ("AE", "PID-3 is no registered patient's"));
    let rejected = kept(&world, &practice.actor).await.remove(0);
    assert_eq!(rejected.problems.len(), 1);
    assert_eq!((rejected.problems[0].row, rejected.problems[0].column.as_deref()), (3, Some("PID-3")));

    let still = replay(&world, &practice.actor, rejected.id).await.unwrap();
    assert_eq!((still.message.state, still.message.attempts), (MessageState::Rejected, 2));

    let save = async |tx: &mut _| patients::save(tx, &[patient("A-900")]).await;
    world.db.transaction(&practice.actor, save).await.unwrap();
    let mended = replay(&world, &practice.actor, rejected.id).await.unwrap();
    assert_eq!((mended.message.state, mended.message.visits), (MessageState::Accepted, 1));
    assert_eq!(mended.message.explanation, None);
    let again = replay(&world, &practice.actor, rejected.id).await.unwrap_err();
    assert_eq!(again.refusal().unwrap().code, "charges/already-accepted");
}

#[tokio::test]
async fn a_visit_that_was_charged_under_another_message_is_not_charged_again() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    receive(&world, &practice.actor, &dft("1", "A-100", "V-1")).await;
    let (code, text, _) = receive(&world, &practice.actor, &dft("2", "A-100", "V-1")).await;
    assert_eq!((code.as_str(), text.as_str()), ("AE", "PV1-19 was charged before, in another file"));
}

#[tokio::test]
async fn an_insurance_that_is_not_registered_is_no_debt_of_the_patient() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let insured = dft("5", "A-300", "V-5") + "IN1|1|PPO|AETNA1|First Health\r";
    let (code, text, _) = receive(&world, &practice.actor, &insured).await;
    assert_eq!(code, "AE");
    assert_eq!(text, "IN1-3 names an insurance, and none of the patient's is registered for the day");
    // Who has none pays alone.
    assert_eq!(receive(&world, &practice.actor, &dft("6", "A-300", "V-6")).await.0, "AA");
}

#[tokio::test]
async fn what_is_no_message_is_kept_and_refused() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let (code, text, state) = receive(&world, &practice.actor, "hello").await;
    assert_eq!((code.as_str(), state), ("AR", MessageState::Rejected));
    assert_eq!(text, "the message cannot be read: it does not begin with MSH");
    let kept = kept(&world, &practice.actor).await;
    assert_eq!((kept[0].kind.as_str(), kept[0].message_id.as_str()), ("unreadable", ""));
}

#[tokio::test]
async fn a_practice_sees_and_replays_its_own_messages_only() {
    let world = support::world().await;
    let elm = world.practice("Elm Street").await;
    let oak = world.practice("Oak Street").await;
    receive(&world, &elm.actor, &dft("1", "A-900", "V-1")).await;
    let rejected = kept(&world, &elm.actor).await.remove(0);
    assert_eq!(kept(&world, &oak.actor).await, []);
    let foreign = replay(&world, &oak.actor, rejected.id).await.unwrap_err();
    assert_eq!(foreign.refusal().unwrap().code, "charges/no-message");
    // The same message is another practice's own.
    assert_eq!(receive(&world, &oak.actor, &dft("1", "A-100", "V-1")).await.0, "AA");
}

#[tokio::test]
async fn files_in_the_charge_mailbox_are_answered_and_put_away() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let folder = std::env::temp_dir().join(format!("firstpass-charge-drop-{}", std::process::id()));
    let ours = DirectoryMailbox::new(folder.join("out"), folder.join("in"));
    let theirs = ours.from_the_other_side();
    let batch = format!(
        "FHS|^~\\&\rBHS|^~\\&\r{}{}BTS|2\rFTS|1\r",
        dft("1", "A-100", "V-1"),
        dft("2", "A-900", "V-2")
    );
    let sheet =
        crate::charges::import_charges::file(&[("V-3", "A-100", crate::charges::import_charges::GOOD)]);
    theirs.send("monday.hl7", batch.as_bytes()).await.unwrap();
    theirs.send("monday.csv", sheet.as_bytes()).await.unwrap();
    theirs.send("notes.txt", b"call back").await.unwrap();
    let round = journey::receive_charge_files(&world.db, &practice.actor, &clock(), &ours).await.unwrap();
    assert_eq!((round.files, round.accepted, round.rejected), (3, 2, 2));
    assert!(ours.list().await.unwrap().is_empty());

    let answers = theirs.list().await.unwrap();
    let names: Vec<&str> = answers.iter().map(|one| one.name.split('.').next().unwrap()).collect();
    assert_eq!(names, ["monday", "monday", "notes"]);
    let ack = answers.iter().find(|one| one.name.ends_with(".ack")).unwrap();
    let ack = theirs.fetch(&ack.name).await.unwrap();
    let ack = String::from_utf8(ack.bytes().unwrap().into_owned()).unwrap();
    let said: Vec<&str> = ack.split('\r').filter(|segment| segment.starts_with("MSA")).collect();
    assert_eq!(said, ["MSA|AA|1|", "MSA|AE|2|PID-3 is no registered patient's"]);
    std::fs::remove_dir_all(folder).unwrap();
}
