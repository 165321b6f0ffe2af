//! Answers to our files, written by hand.

use firstpass::acks::{self, AckReport, Kind, Outcome};
use firstpass::claims::Event;
use firstpass::codes::Codes;
use firstpass::exchange::files::{self, Direction};
use firstpass::submissions::{self, BatchState, Built};
use firstpass::types::{ClaimId, Result, Status};

use crate::submissions::{Folder, Practice, now, practice};

/// Claims that were sent to Acme Health in one file.
struct Sent {
    practice: Practice,
    ids: Vec<ClaimId>,
    numbers: Vec<String>,
    built: Built,
}

async fn sent(count: usize) -> Sent {
    let practice = practice().await;
    let ids = practice.drafted(count).await;
    let (numbers, built) = send(&practice, &ids).await;
    Sent { practice, ids, numbers, built }
}

async fn send(practice: &Practice, ids: &[ClaimId]) -> (Vec<String>, Built) {
    let queued = practice.queued(ids).await;
    let built = practice.built(&queued).await.unwrap();
    let folder = Folder::new();
    let mailbox = folder.mailbox();
    let db = &practice.world.db;
    submissions::hand_over(db, &practice.actor, now(), &mailbox, built.batch.id).await.unwrap();
    (queued.iter().map(|(submission, _)| submission.control_number.to_string()).collect(), built)
}

impl Sent {
    async fn receive(&self, text: &str) -> Vec<AckReport> {
        receive(&self.practice, text).await
    }
    async fn statuses(&self) -> Vec<String> {
        let mut statuses = vec![];
        for id in &self.ids {
            statuses.push(self.practice.status(*id).await);
        }
        statuses
    }
    async fn batch_state(&self) -> BatchState {
        let batch = self.built.batch.id;
        let found = self
            .practice
            .world
            .db
            .snapshot(&self.practice.actor, async |tx| submissions::batch(tx, batch).await)
            .await;
        found.unwrap().unwrap().state
    }
    fn reference(&self) -> &str {
        &self.built.batch.transaction_reference
    }
}

async fn receive(practice: &Practice, text: &str) -> Vec<AckReport> {
    try_receive(practice, text).await.unwrap()
}

async fn try_receive(practice: &Practice, text: &str) -> Result<Vec<AckReport>> {
    let db = &practice.world.db;
    db.transaction(&practice.actor, async |tx| {
        let kept = files::keep(tx, text.as_bytes(), "answer", Direction::In).await?;
        acks::receive(tx, now(), kept.id, text.as_bytes()).await
    })
    .await
}

/// An answer of Acme Health's.
fn from_acme(inside: &str) -> String {
    from("ACMEHLTH       ", inside)
}

fn from(sender: &str, inside: &str) -> String {
    let groups = usize::from(inside.contains("GS*"));
    format!(
        "ISA*00*          *00*          *ZZ*{sender}*ZZ*LAKESIDE       *261124*0600*^*00501*000000077*0*T*:~\n{inside}IEA*{groups}*000000077~\n"
    )
}

/// A 999 to group 1.
fn answer_999(sender: &str, sets: &str, ak9: &str) -> String {
    let segments = sets.lines().count() + 4;
    let inside = format!(
        "GS*FA*ACMEHLTH*LAKESIDE*20261124*0600*77*X*005010X231A1~\nST*999*0001*005010X231A1~\nAK1*HC*1*005010X222A1~\n{sets}{ak9}\nSE*{segments}*0001~\nGE*1*77~\n"
    );
    from(sender, &inside.replace("GS*FA*ACMEHLTH", &format!("GS*FA*{}", sender.trim())))
}

/// A 277CA: what it says of the batch, of the provider, of patients.
fn answer_277(reference: &str, batch: &str, below: &str) -> String {
    let body = format!(
        "\
BHT*0085*08*277X1*20261124*0600*TH~
HL*1**20*1~
NM1*PR*2*ACME HEALTH*****PI*ACMEHLTH~
TRN*1*R1~
DTP*050*D8*20261124~
DTP*009*D8*20261124~
HL*2*1*21*1~
NM1*41*2*LAKESIDE FAMILY PRACTICE*****46*LAKESIDE~
TRN*2*{reference}~
{batch}{below}"
    );
    let segments = body.lines().count() + 2;
    from_acme(&format!(
        "GS*HN*ACMEHLTH*LAKESIDE*20261124*0600*77*X*005010X214~\nST*277*0001*005010X214~\n{body}SE*{segments}*0001~\nGE*1*77~\n"
    ))
}

const PROVIDER: &str = "HL*3*2*19*1~\nNM1*85*2*LAKESIDE FAMILY PRACTICE*****XX*1234567893~\n";

fn patient(hl: u32, number: &str, status: &str) -> String {
    format!(
        "HL*{hl}*3*PT*0~\nNM1*QC*1*ROE*JANE****MI*W00001~\nTRN*2*{number}~\nSTC*{status}*20261124*WQ*150~\nDTP*472*D8*20261102~\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_file_and_accepted_claims_move_forward_and_the_same_file_again_changes_nothing() {
    let sent = sent(2).await;
    let accepted = answer_999("ACMEHLTH       ", "AK2*837*0001*005010X222A1~\nIK5*A~\n", "AK9*A*1*1*1~");
    let report = sent.receive(&accepted).await.remove(0);
    assert_eq!((report.kind, report.outcome), (Kind::Implementation, Outcome::Accepted));
    assert_eq!((report.claims_accepted, report.claims_rejected, report.already), (2, 0, false));
    assert_eq!(sent.statuses().await, ["acknowledged", "acknowledged"]);
    assert_eq!(sent.batch_state().await, BatchState::Accepted);

    let again = sent.receive(&accepted).await.remove(0);
    assert_eq!((again.id, again.already, again.claims_accepted), (report.id, true, 2));
    assert_eq!(sent.practice.events(sent.ids[0]).await.len(), 5);

    let below = format!(
        "{PROVIDER}{}{}",
        patient(4, &sent.numbers[0], "A1:19"),
        patient(5, &sent.numbers[1], "A2:20")
    );
    let text = answer_277(sent.reference(), "STC*A1:19*20261124*WQ*300~\n", &below);
    let report = sent.receive(&text).await.remove(0);
    assert_eq!((report.kind, report.outcome, report.claims_accepted), (Kind::Claim, Outcome::Accepted, 1));
    assert_eq!(sent.statuses().await, ["acknowledged", "accepted"]);
    let event = sent.practice.events(sent.ids[1]).await.pop().unwrap();
    let (first, last) = event.place.unwrap().bytes.unwrap();
    let own = &text[usize::try_from(first).unwrap()..=usize::try_from(last).unwrap()];
    assert!(own.starts_with(&format!("TRN*2*{}~", sent.numbers[1])), "{own}");
}

/// Behind what could be read there may be answers that were not seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_too_much_to_read_whole_is_refused_whole() {
    let sent = sent(1).await;
    let accepted = answer_999("ACMEHLTH       ", "AK2*837*0001*005010X222A1~\nIK5*A~\n", "AK9*A*1*1*1~");
    let refused = try_receive(&sent.practice, &format!("{accepted}{}", too_much())).await.unwrap_err();
    let refusal = refused.refusal().unwrap();
    assert_eq!((refusal.code, refusal.status), ("acks/unreadable", Status::Unreadable));
    assert!(refusal.to_string().contains("would take too much memory for its length"), "{refusal}");
    assert_eq!(sent.statuses().await, ["submitted"]);
    assert_eq!(sent.batch_state().await, BatchState::Sent);
    // The answer by itself is taken in.
    assert_eq!(sent.receive(&accepted).await[0].outcome, Outcome::Accepted);
    assert_eq!(sent.statuses().await, ["acknowledged"]);
}

/// An interchange with an 835 whose payments are so short that their values take many times the memory of
/// their text.
pub(crate) fn too_much() -> String {
    let head = "\
GS*HP*A*B*20240101*1200*1*X*005010X221A1~ST*835*0001~BPR*I*0*C*NON************20240105~TRN*1*1*1123456789~
N1*PR*PLAN~N3*1 MAIN~N4*TOWN*OH*44111~PER*BL*X*TE*8005550100~N1*PE*CLINIC*XX*1234567893~LX*1~\n";
    let payments = "CLP*1*1*0*0~".repeat(70_000);
    from("SENDER         ", &format!("{head}{payments}SE*70010*0001~GE*1*1~"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_set_says_which_claim_is_wrong_and_where() {
    let sent = sent(2).await;
    // Segment 19 is the first claim's CLM; its loop ends at segment 24. The second claim's
    // subscriber begins at segment 25 with HL, its NM1*IL is segment 27.
    let sets = "AK2*837*0001*005010X222A1~\nIK3*SV1*22*2400*8~\nIK4*1:2*234*7*99213~\nIK3*NM1*27*2010*8~\nIK4*9*67*1~\nIK5*R*5~\n";
    let rejected = answer_999("ACMEHLTH       ", sets, "AK9*R*1*1*0~");
    let report = sent.receive(&rejected).await.remove(0);
    assert_eq!((report.outcome, report.claims_rejected), (Outcome::Rejected, 2));
    assert_eq!(sent.statuses().await, ["rejected", "rejected"]);
    assert_eq!(sent.batch_state().await, BatchState::Rejected);
    let mut reasons = vec![];
    for id in &sent.ids {
        let event = sent.practice.events(*id).await.pop().unwrap();
        assert_eq!(event.event, Event::FileRejected);
        reasons.push(acks::reasons(Codes::shipped(), now().date_naive(), &event.detail));
    }
    assert_eq!(reasons[0], ["2400 SV1 (segment 22): SV101-2 is not a code of its list"]);
    assert_eq!(reasons[1], ["2010 NM1 (segment 27): NM109 is required and missing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_turned_away_without_a_word_on_its_sets_turns_all_of_them_away() {
    let sent = sent(1).await;
    sent.receive(&answer_999("ACMEHLTH       ", "", "AK9*R*1*1*0*2~")).await;
    assert_eq!(sent.statuses().await, ["rejected"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_interchange_turns_all_inside_away_and_an_accepted_one_waits_for_the_999() {
    let sent = sent(1).await;
    let accepted = sent.receive(&from_acme("TA1*000000001*261123*0930*A*000~\n")).await.remove(0);
    assert_eq!((accepted.kind, accepted.outcome), (Kind::Ta1, Outcome::Accepted));
    assert_eq!(sent.statuses().await, ["submitted"]);
    let rejected = sent.receive(&from_acme("TA1*000000001*261123*0930*R*006~\n")).await.remove(0);
    assert_eq!((rejected.outcome, rejected.claims_rejected), (Outcome::Rejected, 1));
    assert_eq!(sent.statuses().await, ["rejected"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_of_the_batch_or_the_provider_holds_for_claims_that_are_not_listed() {
    let sent = sent(2).await;
    let provider = format!("{PROVIDER}TRN*1*0~\nSTC*A3:21:85**U*300~\n");
    let listed = patient(4, &sent.numbers[0], "A2:20");
    let report = sent
        .receive(&answer_277(
            sent.reference(),
            "STC*A1:19*20261124*WQ*300~\n",
            &format!("{provider}{listed}"),
        ))
        .await
        .remove(0);
    assert_eq!((report.outcome, report.claims_rejected), (Outcome::Rejected, 2));
    assert_eq!(sent.statuses().await, ["rejected", "rejected"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_out_of_order_move_nothing_back_and_foreign_ones_nothing() {
    let sent = sent(1).await;
    let foreign = sent
        .receive(&answer_999("SOMEBODY       ", "AK2*837*0001~\nIK5*R*5~\n", "AK9*R*1*1*0~"))
        .await
        .remove(0);
    assert_eq!((foreign.outcome, foreign.batch), (Outcome::NotOurs, None));
    let foreign = answer_277(
        "NOBODYS",
        "STC*A1:19*20261124*WQ*150~\n",
        &format!("{PROVIDER}{}", patient(4, "X1", "A7:562")),
    );
    let foreign = sent.receive(&foreign).await.remove(0);
    assert_eq!((foreign.outcome, foreign.claims_unknown), (Outcome::NotOurs, 1));
    assert_eq!(sent.statuses().await, ["submitted"]);

    let below = format!("{PROVIDER}{}", patient(4, &sent.numbers[0], "A2:20"));
    sent.receive(&answer_277(sent.reference(), "STC*A1:19*20261124*WQ*150~\n", &below)).await;
    assert_eq!(sent.statuses().await, ["accepted"]);
    sent.receive(&answer_999("ACMEHLTH       ", "AK2*837*0001~\nIK5*A~\n", "AK9*A*1*1*1~")).await;
    assert_eq!(sent.statuses().await, ["accepted"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_an_earlier_sending_is_recorded_and_moves_nothing() {
    let sent = sent(1).await;
    sent.receive(&answer_999("ACMEHLTH       ", "", "AK9*R*1*1*0~")).await;
    assert_eq!(sent.statuses().await, ["rejected"]);
    let (numbers, built) = send(&sent.practice, &sent.ids).await;
    assert_ne!(numbers, sent.numbers);
    let late = format!("{PROVIDER}{}", patient(4, &sent.numbers[0], "A7:562:85"));
    sent.receive(&answer_277(sent.reference(), "STC*A1:19*20261124*WQ*150~\n", &late)).await;
    assert_eq!(sent.statuses().await, ["submitted"]);
    let event = sent.practice.events(sent.ids[0]).await.pop().unwrap();
    assert_eq!(
        (event.event, event.detail["earlier_sending"].as_str()),
        (Event::Received, Some("payer_rejected"))
    );

    let now_answered = format!("{PROVIDER}{}", patient(4, &numbers[0], "A7:562:85"));
    sent.receive(&answer_277(
        &built.batch.transaction_reference,
        "STC*A1:19*20261124*WQ*150~\n",
        &now_answered,
    ))
    .await;
    assert_eq!(sent.statuses().await, ["rejected"]);
}
