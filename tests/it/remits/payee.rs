//! Whom a set pays: a billing provider of ours, or somebody else.

use firstpass::db::{Actor, Db};
use firstpass::registry::Provider;
use firstpass::registry::providers::{self, Billing, Name};
use firstpass::remits::{self, SetReport, State};
use firstpass::types::{Address, ProviderId};

use crate::remits::{Practice, clock, file, moved, practice, set_between};

const UNTOUCHED: &str = "insurance_ar 150.00, charges 150.00";

/// 80.00 for a claim of 150.00, the rest by contract, to a payee: what stands after its name.
fn paying(payee: &str, number: &str) -> String {
    file(&[set_between("ACME1", payee, "T1", "80", &format!("CLP*{number}*1*150*80**12*PCN1~CAS*CO*45*70~"))])
}

/// A practice, and the report about such an 835 for its claim.
async fn paid_to(payee: &str) -> (Practice, String, SetReport) {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let text = paying(payee, &claim.number);
    let (report, _) = practice.receive_one(&text).await;
    (practice, text, report)
}

/// One more billing provider.
pub async fn register(db: &Db, actor: &Actor, npi: &str, tax_id: &str) {
    let address = Address {
        line_1: "2 Oak St".into(),
        line_2: None,
        city: "Springfield".into(),
        state: "IL".into(),
        zip: "62701".into(),
    };
    let group = Provider {
        id: ProviderId::new(),
        npi: npi.parse().unwrap(),
        taxonomy: Some("261QP2300X".into()),
        name: Name::Group("Elm Street Annex".into()),
        billing: Some(Billing { tax_id: tax_id.parse().unwrap(), tax_id_is_ssn: false, address }),
    };
    let saved = db.transaction(actor, async |tx| providers::save(tx, &[group]).await).await;
    assert_eq!(saved.unwrap().len(), 1);
}

async fn retry(practice: &Practice, report: &SetReport) -> SetReport {
    let db = &practice.world.db;
    remits::retry(db, &practice.actor, report.remittance, &clock(), &mut ()).await.unwrap()
}

#[tokio::test]
async fn what_pays_another_practice_is_kept_and_held_and_moves_nothing() {
    let (practice, text, report) = paid_to("*XX*1987654328~REF*TJ*987654321").await;
    assert_eq!((report.outcome, moved(&report), report.exceptions.len()), (State::Held, String::new(), 0));
    let (first, last) = (text.find("N1*PE").unwrap(), text.find("REF*TJ").unwrap() - 1);
    assert_eq!(
        report.why,
        [format!(
            "N1*PE names NPI 1987654328 and tax id 987654321, which is no billing provider of this practice; \
             expected one such as NPI 1234567893, bytes {first}-{last}: \
             register the billing provider and retry, or pass the file on to whom it pays"
        )]
    );
    assert_eq!(practice.books().await, UNTOUCHED);
    assert_eq!(practice.count("remit_claims").await, 0);
    assert_eq!(practice.count("claim_standings where status = 'accepted'").await, 1);
    assert_eq!(practice.count("files where name = 'remit.835'").await, 1);
    practice.proves().await;
}

#[tokio::test]
async fn it_is_posted_by_a_retry_once_its_payee_is_registered() {
    let (practice, _, held) = paid_to("*XX*1987654328").await;
    assert_eq!(retry(&practice, &held).await.outcome, State::Held);
    register(&practice.world.db, &practice.actor, "1987654328", "987654321").await;
    let posted = retry(&practice, &held).await;
    assert_eq!((posted.outcome, posted.remittance, posted.why.len()), (State::Posted, held.remittance, 0));
    assert_eq!(practice.books().await, "insurance_cash 80.00, charges 150.00, contractual_adjustments 70.00");
    practice.proves().await;
}

#[tokio::test]
async fn a_payee_with_our_tax_id_is_ours() {
    for payee in ["*FI*123456789", "*XX*1987654328~REF*TJ*123456789", "*XV*7654321~REF*TJ*12-3456789"] {
        let (practice, _, report) = paid_to(payee).await;
        assert_eq!((report.outcome, report.why), (State::Posted, vec![]), "{payee}");
        practice.proves().await;
    }
}

#[tokio::test]
async fn a_second_billing_provider_is_paid_as_the_first() {
    let practice = practice().await;
    register(&practice.world.db, &practice.actor, "1987654328", "987654321").await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let (report, _) = practice.receive_one(&paying("*XX*1987654328", &claim.number)).await;
    assert_eq!(report.outcome, State::Posted);
    practice.proves().await;
}

#[tokio::test]
async fn one_who_renders_and_does_not_bill_is_no_payee() {
    let practice = practice().await;
    let doctor = crate::support::practice::doctor();
    practice
        .world
        .db
        .transaction(&practice.actor, async |tx| providers::save(tx, &[doctor]).await)
        .await
        .unwrap();
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let (report, _) = practice.receive_one(&paying("*XX*1987654328", &claim.number)).await;
    assert_eq!(report.outcome, State::Held);
}

#[tokio::test]
async fn copies_of_what_pays_another_practice_are_held_until_one_of_them_posts() {
    let (practice, text, held) = paid_to("*XX*1987654328").await;
    let again = practice.receive(&text).await.remove(0);
    assert_eq!((again.outcome, again.remittance, &again.why), (State::Held, held.remittance, &held.why));
    assert_eq!(practice.count("remittances").await, 1);
    // The same payment in another file.
    let other = practice.receive(&text.replace("*000000001", "*000000002")).await.remove(0);
    assert_eq!(other.outcome, State::Held);
    assert_ne!(other.remittance, held.remittance);

    register(&practice.world.db, &practice.actor, "1987654328", "987654321").await;
    assert_eq!(practice.receive(&text).await[0].outcome, State::Posted);
    let copy = retry(&practice, &other).await;
    assert_eq!((copy.outcome, moved(&copy)), (State::Duplicate, String::new()));
    assert_eq!(practice.books().await, "insurance_cash 80.00, charges 150.00, contractual_adjustments 70.00");
    practice.proves().await;
}

#[tokio::test]
async fn a_set_without_a_payees_number_is_ours_by_a_control_number_of_ours() {
    let (practice, _, report) = paid_to("").await;
    assert_eq!((report.outcome, report.why), (State::Posted, vec![]));
    practice.proves().await;
}

#[tokio::test]
async fn a_set_without_a_payees_number_and_without_a_claim_of_ours_is_held() {
    let practice = practice().await;
    practice.claim(&[("99213", "150.00")]).await;
    let text = paying("~REF*PQ*A77", "ELSEWHERE1");
    let (report, _) = practice.receive_one(&text).await;
    assert_eq!((report.outcome, moved(&report)), (State::Held, String::new()));
    let (first, last) = (text.find("N1*PE").unwrap(), text.find("REF*PQ").unwrap() - 1);
    assert_eq!(
        report.why,
        [format!(
            "N1*PE has no NPI and no tax id, and no CLP01 is a control number of this practice, \
             bytes {first}-{last}: ask the payer whom it pays and for a file that says so"
        )]
    );
    assert_eq!(practice.books().await, UNTOUCHED);
}

#[tokio::test]
async fn a_payment_to_another_practice_that_does_not_add_up_says_both() {
    let practice = practice().await;
    let text = file(&[set_between("ACME1", "*XX*1987654328", "T1", "9", "CLP*A*1*10*10**12*P~")]);
    let (report, _) = practice.receive_one(&text).await;
    let begins: Vec<&str> = report.why.iter().map(|why| &why[..11]).collect();
    assert_eq!(begins, ["N1*PE names", "BPR02 = CLP"]);
}

#[tokio::test]
async fn of_two_sets_in_a_file_ours_posts_and_the_other_practices_is_held() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let body = format!("CLP*{}*1*150*150**12*PCN1~", claim.number);
    let reports = practice
        .receive(&file(&[
            set_between("ACME1", "*XX*1987654328", "T1", "10", "CLP*A*1*10*10**12*P~"),
            set_between("ACME1", "*XX*1234567893", "T2", "150", &body),
        ]))
        .await;
    assert_eq!([reports[0].outcome, reports[1].outcome], [State::Held, State::Posted]);
    assert_eq!(practice.books().await, "insurance_cash 150.00, charges 150.00");
    practice.proves().await;
}

#[tokio::test]
async fn a_practice_that_has_no_billing_provider_yet_is_told_so() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let other = practice.world.organization("Oak Avenue").await;
    let text = paying("*XX*1234567893", &claim.number);
    let db = &practice.world.db;
    let reports = remits::receive(db, &other, "x.835", text.as_bytes(), &clock(), &mut ()).await.unwrap();
    assert_eq!(reports[0].outcome, State::Held);
    assert!(reports[0].why[0].contains("expected one, and none is registered"), "{:?}", reports[0].why);
    assert_eq!(practice.books().await, UNTOUCHED);
}
