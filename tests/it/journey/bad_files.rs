//! Files that are wrong: kept, reported with their place, no money, and the right file still works.

use firstpass::journey::Mail;
use firstpass::remits::State;

use crate::acks::too_much;
use crate::journey::Office;
use crate::remits::{file, set_from};

const UNTOUCHED: &str = "insurance_ar 150.00, charges 150.00";

/// A claim that was sent, and the 835 that pays it.
async fn sent() -> (Office, String) {
    let office = Office::open().await;
    office.charge(&[("P-MERIDIAN", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let number = &office.send().await[0];
    let body = format!("CLP*{number}*1*150*80*20*12*PCN1~SVC*HC:99213*150*80**1~CAS*CO*45*50~CAS*PR*1*20~");
    (office, file(&[set_from("SBXMERID", "T1", "80", &body)]))
}

/// What was said about a file: why it is unreadable, or why its set is held.
fn said(mail: &Mail) -> String {
    let sets = mail.remittances.iter().inspect(|set| assert_eq!(set.outcome, State::Held));
    let why = sets.flat_map(|set| set.why.clone());
    mail.unreadable.clone().into_iter().chain(why).collect::<Vec<_>>().join("; ")
}

/// The bad file moves nothing, says `expected`, twice the same; then the good one is posted.
async fn check(change: impl Fn(&str) -> Vec<u8>, expected: &str) {
    let (office, good) = sent().await;
    let bad = change(&good);
    let first = office.receive("bad.835", &bad).await;
    let said_of_it = said(&first);
    assert!(said_of_it.contains(expected), "{said_of_it}");
    assert_eq!(office.books().await, UNTOUCHED);
    let again = office.receive("bad.835", &bad).await;
    assert_eq!(again.file, first.file, "kept, once");
    assert_eq!(office.books().await, UNTOUCHED);

    let mail = office.receive("good.835", good.as_bytes()).await;
    assert_eq!(mail.remittances[0].outcome, State::Posted, "{:?}", mail.remittances[0].why);
    assert_eq!(
        office.books().await,
        "insurance_cash 80.00, patient_ar 20.00, charges 150.00, contractual_adjustments 50.00"
    );
    office.proves().await;
}

#[tokio::test]
async fn a_file_that_breaks_off_is_held_until_all_of_it_comes() {
    check(|good| good.as_bytes()[..good.find("CAS*PR").unwrap()].to_vec(), "byte").await;
}

#[tokio::test]
async fn a_file_whose_separators_change_after_its_heading_is_no_remittance() {
    check(
        |good| {
            let (heading, rest) = good.split_at(106);
            format!("{heading}{}", rest.replace('*', "|")).into_bytes()
        },
        "neither an acknowledgement",
    )
    .await;
}

#[tokio::test]
async fn a_set_that_does_not_add_up_is_held_with_the_sum_and_the_byte() {
    check(|good| good.replace("BPR*I*80*", "BPR*I*81*").into_bytes(), "81.00").await;
}

#[tokio::test]
async fn a_file_with_more_faults_than_are_listed_is_held_whole() {
    let expected = "the file has more faults than are listed";
    check(|good| format!("{good}{}", too_much()).into_bytes(), expected).await;
}

#[tokio::test]
async fn claims_that_are_too_much_to_read_whole_are_neither_answer_nor_money() {
    let expected = "neither an acknowledgement";
    let head = "ST*837*0001*005010X222A1~BHT*0019*00*1*20240101*1200*CH~NM1*41*2*A*****46*1~PER*IC*X*TE*8005550100~\
        NM1*40*2*B*****46*2~HL*1**20*1~NM1*85*2*A*****XX*1234567893~N3*1 MAIN~N4*TOWN*OH*441110000~REF*EI*123456789~\
        HL*2*1*22*0~SBR*P*18*******CI~NM1*IL*1*DOE*JANE****MI*W1~NM1*PR*2*B*****PI*P1~\
        CLM*C1*5***11:B:1*Y*A*Y*Y~HI*ABK:M545~";
    let text = format!("{head}{}", "LX*1~SV1*A:1*1~".repeat(200_000));
    let office = Office::open().await;
    let said_of_it = said(&office.receive("claims.837", text.as_bytes()).await);
    assert!(said_of_it.contains(expected), "{said_of_it}");
}

#[tokio::test]
async fn what_is_no_x12_is_kept_and_said_to_be_none() {
    check(|_| b"%PDF-1.7 \xff\xfe\x00".to_vec(), "neither an acknowledgement").await;
    check(|_| vec![], "neither an acknowledgement").await;
}

#[tokio::test]
async fn another_practices_remittance_is_held_and_moves_no_money_of_either() {
    let (office, theirs) = sent().await;
    let other = office.world.organization("Oak Avenue").await;
    let clock = &office.clock;
    let mail = firstpass::journey::receive_file(&office.world.db, &other, clock, "x.835", theirs.as_bytes())
        .await
        .unwrap();
    assert!(said(&mail).starts_with("N1*PE names NPI 1234567893"), "{}", said(&mail));
    assert_eq!((mail.remittances[0].exceptions.len(), mail.remittances[0].entries.len()), (0, 0));
    assert_eq!(mail.followed, Default::default());
    assert_eq!(office.books().await, UNTOUCHED);
    let mail = office.receive("x.835", theirs.as_bytes()).await;
    assert_eq!(mail.remittances[0].outcome, State::Posted, "the other's file does not make it a duplicate");
    office.proves().await;
}

#[tokio::test]
async fn of_more_files_than_stay_at_hand_each_is_dealt_with_in_its_turn() {
    let (office, good) = sent().await;
    let inbox = office.mail_folder("SBXMERID").join("in");
    std::fs::create_dir_all(&inbox).unwrap();
    for number in 10..50 {
        std::fs::write(inbox.join(format!("n{number}.txt")), format!("notice {number}")).unwrap();
    }
    // By its name the last that is looked at, long after as many as stay at hand.
    std::fs::write(inbox.join("z.835"), &good).unwrap();
    let mail: Vec<Mail> = office.fetch().await;
    assert_eq!(mail.len(), 41);
    assert_eq!((mail[0].name.as_str(), mail[0].remittances[0].outcome), ("z.835", State::Posted));
    let names: Vec<String> = mail[1..].iter().map(|mail| mail.name.clone()).collect();
    assert_eq!(names, (10..50).map(|number| format!("n{number}.txt")).collect::<Vec<_>>());
    assert!(mail[1..].iter().all(|mail| mail.unreadable.is_some()));
    let ids: std::collections::HashSet<_> = mail.iter().map(|mail| mail.file).collect();
    assert_eq!(ids.len(), 41, "each file is kept as itself");
    assert_eq!(office.fetch().await.len(), 0, "nothing waits");
}
