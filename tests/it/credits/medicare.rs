//! What is reported to Medicare for a quarter (CMS-838), worked out by hand: the over-payment of 40.00 of the
//! module's doc, known since 1 April 2026. 60 days from then are 31 May; 29 + 31 + 30 = 90 days are 30 June.

use std::io::Cursor;

use calamine::{Data, Reader};
use diesel::sql_query;
use diesel::sql_types::{Text, Uuid};
use diesel_async::RunQueryDsl;
use firstpass::credits::medicare::{self, MedicareCredit, MedicareReport, MedicareWaiting};
use firstpass::credits::{Action, refunds};
use firstpass::db::Tx;
use firstpass::remits;
use firstpass::remits::exceptions::Action as Settles;
use firstpass::types::{PayerId, Result};

use super::{act, dollars, of_payer, overpaid, owed_back, pay, proves, refused, undo, void};
use crate::remits::{Practice, clock, file, furnish, practice, remit, set_from};
use crate::support::practice::day;

/// The payer is Medicare by this filing indicator.
pub async fn is_medicare(practice: &Practice, payer: PayerId, indicator: &str) {
    let medicare = async |tx: &mut Tx| {
        sql_query("update payers set filing_indicator = $1 where id = $2")
            .bind::<Text, _>(indicator)
            .bind::<Uuid, _>(payer)
            .execute(tx.conn())
            .await?;
        tx.audit("credits/test", payer, None, serde_json::json!({})).await
    };
    practice.world.db.transaction(&practice.actor, medicare).await.unwrap();
}

async fn asked(practice: &Practice, quarter: &str, as_of: &str) -> Result<MedicareReport> {
    let look = async |tx: &mut Tx| medicare::report(tx, quarter.parse().unwrap(), day(as_of)).await;
    practice.world.db.snapshot(&practice.actor, look).await
}

/// The report as of a day of the second quarter.
async fn as_of(practice: &Practice, day: &str) -> MedicareReport {
    asked(practice, "2026-Q2", day).await.unwrap()
}

/// ICN, credit balance, repaid, outstanding, method, reason.
fn told(report: &MedicareReport) -> Vec<String> {
    let tell = |one: &MedicareCredit| {
        format!(
            "{} {} {} {} {} {}",
            one.payer_claim_control_number.as_deref().unwrap_or("-"),
            one.amount,
            one.repaid,
            one.outstanding,
            one.method.map_or("-", |method| method.code()),
            one.reason.code()
        )
    };
    report.credits.iter().map(tell).collect()
}

#[tokio::test]
async fn a_credit_of_medicare_is_reported_as_it_was_on_the_day_with_how_it_goes_back() {
    let practice = practice().await;
    is_medicare(&practice, practice.payer, "MB").await;
    let claim = overpaid(&practice).await;
    let before = as_of(&practice, "2026-06-30").await;
    assert_eq!(told(&before), ["PCN2 40.00 0.00 40.00 - 1"]);
    let one = &before.credits[0];
    assert_eq!(one.why.as_deref(), Some("both stand: 117.00 of 2026-04-01 and 40.00 of 2026-04-01"));
    assert_eq!(one.member_id.as_ref().unwrap().expose(), &claim.member);
    assert_eq!(one.number.as_deref(), Some(claim.number.as_str()));
    assert_eq!((one.service_from, one.service_thru), (Some(day("2026-03-02")), Some(day("2026-03-02"))));
    assert_eq!((one.paid_on, one.part.letter()), (Some(day("2026-04-01")), "B"));
    assert_eq!((one.since, one.days, one.return_by), (day("2026-04-01"), 90, day("2026-05-31")));
    assert!(one.late && !one.reported_before);
    assert_eq!((&one.value_code, &one.primary_payer), (&None, &None));
    assert_eq!((before.totals.late, before.totals.late_outstanding), (1, dollars("40.00")));
    assert_eq!((before.due_on, before.is_final), (day("2026-07-30"), true));

    // The last day is not late, the next one is; and on the day before the payment there was nothing.
    assert!(!as_of(&practice, "2026-05-31").await.credits[0].late);
    assert!(as_of(&practice, "2026-06-01").await.credits[0].late);
    let earlier = asked(&practice, "2026-Q1", "2026-03-31").await.unwrap();
    assert!(earlier.nothing_to_report && earlier.credits.is_empty());
    // Still open at the end of the next quarter, it stands in the report before.
    assert!(asked(&practice, "2026-Q3", "2026-09-30").await.unwrap().credits[0].reported_before);

    // Decided on 2 April: the payer takes it back; then 15.00 of it go by check.
    let id = of_payer(&practice, &claim);
    let wait = act(&practice, id, Action::WaitForPayer, None).await.unwrap();
    assert_eq!(told(&as_of(&practice, "2026-06-30").await), ["PCN2 40.00 0.00 40.00 X 1"]);
    act(&practice, id, Action::Refund, Some("15.00")).await.unwrap();
    let owed = ["PCN2 40.00 0.00 40.00 Z 1"];
    assert_eq!(told(&as_of(&practice, "2026-06-30").await), owed, "what is owed back is not repaid yet");
    let refund = owed_back(&practice, refunds::Filter::Open).await.remove(0);
    let paid = pay(&practice, refund.id, "2026-04-02").await.unwrap().payment.unwrap();
    // 40.00 - 15.00 = 25.00.
    let sent = ["PCN2 40.00 15.00 25.00 Z 1"];
    assert_eq!(told(&as_of(&practice, "2026-06-30").await), sent);
    assert_eq!(told(&as_of(&practice, "2026-04-01").await), ["PCN2 40.00 0.00 40.00 - 1"], "as it was");
    // What was repaid in the quarter before is no part of the credit any more.
    let next = asked(&practice, "2026-Q3", "2026-09-30").await.unwrap();
    assert_eq!(told(&next), ["PCN2 25.00 0.00 25.00 X 1"]);
    proves(&practice).await;

    // The check comes back, and is written again; nobody waits any more; the rest goes by check, too.
    void(&practice, paid.id).await.unwrap();
    assert_eq!(told(&as_of(&practice, "2026-06-30").await), owed);
    pay(&practice, refund.id, "2026-04-02").await.unwrap();
    undo(&practice, wait.id).await.unwrap();
    assert_eq!(told(&as_of(&practice, "2026-06-30").await), ["PCN2 40.00 15.00 25.00 C 1"]);
    act(&practice, id, Action::Refund, None).await.unwrap();
    let rest = owed_back(&practice, refunds::Filter::Open).await.remove(0);
    pay(&practice, rest.id, "2026-04-02").await.unwrap();
    let after = as_of(&practice, "2026-06-30").await;
    assert!(after.nothing_to_report);
    assert_eq!((after.repaid_whole, after.repaid_whole_amount), (1, dollars("40.00")));
    proves(&practice).await;
    // Asked again as of the first of April, it is what it was.
    assert_eq!(told(&as_of(&practice, "2026-04-01").await), ["PCN2 40.00 0.00 40.00 - 1"]);
}

#[tokio::test]
async fn what_medicare_paid_beside_the_first_payer_has_its_value_code() {
    let practice = practice().await;
    is_medicare(&practice, practice.second_payer, "MA").await;
    let first = practice.claim_with_second_payer(&[("99213", "150.00")]).await;
    let second = practice.second_claim(&first, &[("99213", "150.00")]).await;
    let acme = format!("CLP*{}*1*150*117**12*PCN1~CAS*CO*45*33~", first.number);
    practice.receive_one(&file(&[set_from("ACME1", "T1", "117", &acme)])).await;
    let beta = format!("CLP*{}*1*150*40**12*ICN9~CAS*OA*23*110~", second.number);
    practice.receive_one(&file(&[set_from("BETA2", "T2", "40", &beta)])).await;
    let report = as_of(&practice, "2026-06-30").await;
    assert_eq!(told(&report), ["ICN9 40.00 0.00 40.00 - 2"]);
    let one = &report.credits[0];
    assert_eq!(one.why.as_deref(), Some("Acme Health paid 117.00 of 2026-04-01 as the first payer"));
    assert_eq!((one.primary_payer.as_deref(), one.part.letter()), (Some("Acme Health"), "A"));
    assert_eq!(one.value_code, None, "no coverage says why Medicare comes second");
    let secondary = async |tx: &mut Tx| {
        sql_query("update coverages set medicare_secondary = '12' where payer_id = $1")
            .bind::<Uuid, _>(practice.second_payer)
            .execute(tx.conn())
            .await?;
        tx.audit("credits/test", practice.second_payer, None, serde_json::json!({})).await
    };
    practice.world.db.transaction(&practice.actor, secondary).await.unwrap();
    let report = as_of(&practice, "2026-06-30").await;
    assert_eq!(report.credits[0].value_code.as_deref(), Some("12"));
    proves(&practice).await;
}

#[tokio::test]
async fn what_a_payer_takes_back_by_a_reversal_is_reported_only_until_then() {
    let practice = practice().await;
    is_medicare(&practice, practice.payer, "16").await;
    let claim = overpaid(&practice).await;
    assert_eq!(as_of(&practice, "2026-06-30").await.credits[0].part.letter(), "C");
    // The first payment is taken back, 117.00 and 33.00: of 150.00 the payer owes 150.00 - 40.00 = 110.00.
    let back =
        format!("CLP*{}*22*-150*-117**12*PCN1~CAS*CO*45*-33~PLB*1*20261231*WO:PCN1*-117~", claim.number);
    practice.receive_one(&file(&[set_from("ACME1", "T3", "0", &back)])).await;
    assert_eq!(practice.owed(&claim).await, "insurance 110.00, patient 0.00");
    assert!(as_of(&practice, "2026-06-30").await.nothing_to_report);
    proves(&practice).await;
}

/// What waits: what it would be, how much, and by when it goes back.
fn waiting(report: &MedicareReport) -> Vec<String> {
    let tell = |one: &MedicareWaiting| {
        let back = one.return_by.map(|day| format!(", back by {day}")).unwrap_or_default();
        format!("{} {}{back}", one.waiting_for.label(), one.amount)
    };
    report.waiting.iter().map(tell).collect()
}

/// Receivables below zero, refunds payable, unapplied cash, suspense.
fn accounts(report: &MedicareReport) -> [String; 4] {
    let of = report.accounts;
    [of.insurance_ar, of.refunds_payable, of.unapplied_cash, of.suspense].map(|amount| amount.to_string())
}

#[tokio::test]
async fn what_medicare_paid_twice_waits_below_the_form_until_somebody_owes_it_back() {
    let practice = practice().await;
    is_medicare(&practice, practice.payer, "MB").await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let decided = format!("CLP*{}*1*150*100**12*PCN1~CAS*CO*45*50~", claim.number);
    practice.receive_one(&remit("T1", "100", &decided)).await;
    practice.receive_one(&remit("T2", "100", &decided)).await;
    // It came on 1 April; 60 days from then are 31 May.
    let before = as_of(&practice, "2026-06-30").await;
    assert!(before.nothing_to_report, "nobody has determined that it is refundable");
    assert_eq!(waiting(&before), ["Paid twice 100.00, back by 2026-05-31"]);
    let one = &before.waiting[0];
    assert_eq!((one.days, one.late, one.part.letter()), (90, true, "B"));
    assert_eq!(one.number.as_deref(), Some(claim.number.as_str()));
    assert_eq!(one.payer_claim_control_number.as_deref(), Some("PCN1"));
    assert_eq!((one.paid_on, one.since), (Some(day("2026-04-01")), day("2026-04-01")));
    assert_eq!(accounts(&before), ["0.00", "0.00", "100.00", "0.00"]);
    assert!(!as_of(&practice, "2026-05-31").await.waiting[0].late);
    assert_eq!(asked(&practice, "2026-Q1", "2026-03-31").await.unwrap().waiting, []);
    proves(&practice).await;

    // Owed back on 2 April it is on the form; as of the day before it waited.
    let exception = practice.exception().await.item.id;
    assert_eq!(one.exception, exception);
    practice.resolve(exception, &Settles::ReturnToPayer).await.unwrap();
    let after = as_of(&practice, "2026-06-30").await;
    assert_eq!(told(&after), ["- 100.00 0.00 100.00 C 3"]);
    assert_eq!(
        (waiting(&after), accounts(&after)),
        (vec![], ["0.00", "100.00", "0.00", "0.00"].map(Into::into))
    );
    let then = as_of(&practice, "2026-04-01").await;
    assert!(then.nothing_to_report);
    assert_eq!(waiting(&then), ["Paid twice 100.00, back by 2026-05-31"]);
    proves(&practice).await;

    // A third time; its set is taken back, and has waited on no day.
    let (third, _) = practice.receive_one(&remit("T3", "100", &decided)).await;
    assert_eq!(waiting(&as_of(&practice, "2026-06-30").await), ["Paid twice 100.00, back by 2026-05-31"]);
    let (now, why) = (clock().now(), "posted to the wrong practice");
    let work = async |tx: &mut Tx| remits::unpost(tx, now, third.remittance, why, &mut ()).await;
    practice.world.db.transaction(&practice.actor, work).await.unwrap();
    assert_eq!(waiting(&as_of(&practice, "2026-06-30").await), [""; 0]);
    proves(&practice).await;
}

#[tokio::test]
async fn what_waits_is_told_by_what_medicare_would_call_it() {
    let practice = practice().await;
    is_medicare(&practice, practice.payer, "MB").await;
    // 40.00 too much for a visit: its exception is open, and it is on the form already.
    overpaid(&practice).await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    // Paid for what is planned, 30.00; for a claim that is not the payer's, 10.00; for nobody's, 25.00; 15.00 taken
    // back of nobody knows what; 5.00 for a reason that nobody knows. 30 + 10 + 25 - 15 + 5 = 55.
    let body = format!(
        "CLP*{0}*25*150*30**12*PCN3~CAS*OA*101*120~CLP*{0}*23*150*10**12*PCN4~CAS*OA*109*140~\
         CLP*NOBODYS*1*25*25**12*PCN5~CLP*{0}*22*-150*-15**12*PCN6~CAS*CO*45*-135~PLB*1*20261231*ZZ:X1*-5~",
        claim.number
    );
    practice.receive_one(&remit("T3", "55", &body)).await;
    // Another payer's money is not Medicare's.
    practice.receive_one(&file(&[set_from("BETA2", "T4", "70", "CLP*NOBODYS*1*70*70**12*PCN7~")])).await;
    let report = as_of(&practice, "2026-06-30").await;
    assert_eq!(told(&report), ["PCN2 40.00 0.00 40.00 - 1"]);
    let mut found = waiting(&report);
    assert!(
        report.waiting.is_sorted_by_key(|one| !one.is_excess),
        "what is in excess comes first: {found:?}"
    );
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "Claim not known yet 25.00",
            "Not explained yet 5.00",
            "Paid for a claim that is not the payer’s 10.00, back by 2026-05-31",
            "Paid for services planned 30.00, back by 2026-05-31",
            "Taken back, not known of what -15.00",
        ]
    );
    let totals = report.waiting_totals;
    assert_eq!((totals.excess, totals.excess_amount, totals.late), (2, dollars("40.00"), 2));
    assert_eq!((totals.others, totals.others_amount), (3, dollars("15.00")));
    // 30.00 + 10.00 + 25.00, and 5.00 - 15.00.
    assert_eq!(accounts(&report), ["40.00", "0.00", "65.00", "-10.00"]);
    proves(&practice).await;

    // Its claim is named: what is posted to it waits no more.
    let unknown = practice.exceptions().await.into_iter().find(|one| one.item.amount == dollars("25.00"));
    let other = practice.claim(&[("99213", "25.00")]).await;
    practice.resolve(unknown.unwrap().item.id, &Settles::Match { claim: other.id }).await.unwrap();
    assert_eq!(accounts(&as_of(&practice, "2026-06-30").await), ["40.00", "0.00", "40.00", "-10.00"]);
    proves(&practice).await;
}

#[tokio::test]
async fn other_payers_and_other_practices_are_not_reported_and_days_are_of_their_quarter() {
    let practice = practice().await;
    overpaid(&practice).await;
    assert!(as_of(&practice, "2026-06-30").await.nothing_to_report, "a commercial payer is not Medicare");
    is_medicare(&practice, practice.payer, "MB").await;
    assert_eq!(as_of(&practice, "2026-06-30").await.totals.credits, 1);
    refused(asked(&practice, "2026-Q2", "2026-07-01").await, "credits/as-of");
    let oak = practice.world.organization("Oak Street").await;
    let other = furnish(practice.world, oak, "OAK").await;
    is_medicare(&other, other.payer, "MB").await;
    assert!(as_of(&other, "2026-06-30").await.nothing_to_report);
}

#[tokio::test]
async fn the_files_have_the_forms_terms_and_the_same_bytes_each_time() {
    let practice = practice().await;
    is_medicare(&practice, practice.payer, "MB").await;
    let heading = "Beneficiary name,HIC number (MBI),ICN number,Type of bill,Admission date,Discharge date,\
        Paid date,Cost report (O/C),Amount of Medicare credit balance,Amount of Medicare credit balance repaid,\
        Method of payment,Medicare amount outstanding,Reason for Medicare credit balance,Value code,\
        Primary payer (name and billing address),Medicare part,Medicare payer,Claim number,Read from,Known since,\
        Days known,Return by (60 days),Late,Open at the end of the quarter before";
    let none = String::from_utf8(as_of(&practice, "2026-06-30").await.csv().unwrap()).unwrap();
    let blanks = ",".repeat(23);
    assert_eq!(none, format!("{heading}\nNo Medicare credit balances to report for this quarter{blanks}\n"));

    let claim = overpaid(&practice).await;
    let report = as_of(&practice, "2026-06-30").await;
    let row = format!(
        "\"Roe, Jane\",M00001,PCN2,,2026-03-02,2026-03-02,2026-04-01,,40.00,0.00,,40.00,1,,,B,Acme Health,{},\
         both stand: 117.00 of 2026-04-01 and 40.00 of 2026-04-01,2026-04-01,90,2026-05-31,yes,",
        claim.number
    );
    assert_eq!(String::from_utf8(report.csv().unwrap()).unwrap(), format!("{heading}\n{row}\n"));
    let bytes = report.xlsx().unwrap();
    assert_eq!(bytes, as_of(&practice, "2026-06-30").await.xlsx().unwrap());
    let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    assert_eq!(book.sheet_names(), ["Certification", "Detail", "Not on the form yet"]);
    let sheet = book.worksheet_range("Detail").unwrap();
    let cell = |column: u32| sheet.get_value((1, column)).unwrap_or(&Data::Empty).to_string();
    assert_eq!([cell(0), cell(2), cell(8), cell(12)], ["Roe, Jane", "PCN2", "40", "1"]);
    let sheet = book.worksheet_range("Certification").unwrap();
    let says = |row: u32| sheet.get_value((row, 1)).unwrap_or(&Data::Empty).to_string();
    assert_eq!([says(0), says(1), says(4)], ["2026-Q2", "2026-06-30", "Elm Street"]);
    assert_eq!(says(8), "Detail page is attached");
}
