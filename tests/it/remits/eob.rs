//! EOBs on paper, entered by a person: what a bookkeeper would make of them, as of an 835.

use firstpass::codes::Codes;
use firstpass::exchange::files;
use firstpass::remits::eob::{self, Eob};
use firstpass::remits::exceptions::Action;
use firstpass::remits::{self, Decision, SetReport, State};
use firstpass::types::{Error, FileId, PayerId, Refusal, Result};
use serde_json::{Value, json};

use crate::remits::{Practice, Sent, clock, history, moved, practice, remit, waits};

/// A check of 1 April 2026 that decides these claims.
fn check_of(payer: PayerId, number: &str, amount: &str, claims: Value) -> Eob {
    entered(json!({ "payer": payer, "number": number, "paid_on": "2026-04-01", "method": "CHK",
        "amount": amount, "claims": claims }))
}

fn entered(body: Value) -> Eob {
    serde_json::from_value(body).unwrap()
}

/// 80.00 paid of 150.00: 50.00 by contract, 20.00 of deductible.
fn decided(claim: &Sent) -> Value {
    json!({ "number": claim.number, "charged": "150.00", "paid": "80.00", "lines": [
        { "control_number": "L1", "procedure": "99213", "service_on": "2026-03-02", "charged": "150.00",
          "paid": "80.00", "adjustments": [{ "group": "CO", "reason": "45", "amount": "50.00" },
              { "group": "PR", "reason": "1", "amount": "20.00" }] }] })
}

impl Practice {
    async fn enter(&self, eob: &Eob) -> Result<(SetReport, Vec<Decision>)> {
        let (db, actor) = (&self.world.db, &self.actor);
        let document = db.snapshot(actor, async |tx| eob::document(tx, Codes::shipped(), eob).await).await?;
        let mut decisions = vec![];
        let (name, text) = (document.file_name(), document.text().as_bytes());
        let mut sets = remits::receive(db, actor, &name, text, &clock(), &mut decisions).await?;
        assert_eq!(sets.len(), 1);
        Ok((sets.remove(0), decisions))
    }

    /// Why it cannot be entered.
    async fn refused(&self, eob: &Eob) -> Refusal {
        match self.enter(eob).await {
            Err(Error::Refused(refusal)) => *refusal,
            other => panic!("{other:?}"),
        }
    }

    async fn kept(&self, file: FileId) -> String {
        let bytes =
            self.world.db.snapshot(&self.actor, async |tx| files::read(tx, file).await).await.unwrap();
        String::from_utf8(bytes).unwrap()
    }
}

#[tokio::test]
async fn an_eob_of_two_lines_is_posted_like_an_835_and_leads_back_to_what_was_entered() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00"), ("85025", "40.00")]).await;
    // The second line: 10.00 by contract, 30.00 denied as bundled.
    let mut answer = decided(&claim);
    answer["charged"] = json!("190.00");
    answer["lines"].as_array_mut().unwrap().push(json!({
        "control_number": "L2", "procedure": "85025", "charged": "40.00", "adjustments": [
            { "group": "CO", "reason": "45", "amount": "10.00" },
            { "group": "CO", "reason": "97", "amount": "30.00" }] }));
    let eob = check_of(practice.payer, "4711", "80.00", json!([answer]));
    let (report, decisions) = practice.enter(&eob).await.unwrap();
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    // 80.00 of cash, 50.00 + 10.00 by contract and 20.00 of the patient leave 30.00 of 190.00 to be worked.
    assert_eq!(
        moved(&report),
        "insurance_cash 80.00, insurance_ar -160.00, patient_ar 20.00, contractual_adjustments 60.00"
    );
    assert_eq!(practice.owed(&claim).await, "insurance 30.00, patient 20.00");
    assert_eq!(practice.status(&claim).await, "partially_paid");
    assert_eq!((decisions.len(), decisions[0].lines.as_slice()), (1, &[Some(1), Some(2)][..]));

    assert_eq!(report.file, "eob-4711.json");
    let text = practice.kept(report.file_id).await;
    let places = "select first_byte || ' ' || last_byte as text from remit_claims where claim_id = $1";
    let bytes = practice.text(places, claim.id.uuid()).await;
    let (first, last) = bytes.split_once(' ').unwrap();
    let part: Value = serde_json::from_str(&text[first.parse().unwrap()..=last.parse().unwrap()]).unwrap();
    assert_eq!(
        (&part["number"], part["lines"][1]["adjustments"][1]["reason"].as_str()),
        (&json!(claim.number), Some("97"))
    );
    practice.proves().await;
}

#[tokio::test]
async fn a_check_for_three_claims_posts_two_and_keeps_the_third_until_its_claim_is_found() {
    let practice = practice().await;
    let (first, second, third) = (
        practice.claim(&[("99213", "100.00")]).await,
        practice.claim(&[("99213", "60.00")]).await,
        practice.claim(&[("85025", "40.00")]).await,
    );
    let full = |number: &str, amount: &str| json!({ "number": number, "charged": amount, "paid": amount });
    let claims = json!([full(&first.number, "100.00"), full(&second.number, "60.00"), full("0", "40.00")]);
    let (report, _) = practice.enter(&check_of(practice.payer, "4712", "200.00", claims)).await.unwrap();
    assert_eq!((report.outcome, waits(&report)), (State::PartlyPosted, "no_match 40.00".into()));
    assert_eq!(moved(&report), "insurance_cash 200.00, insurance_ar -160.00, unapplied_cash -40.00");
    practice.proves().await;

    let exception = practice.exception().await;
    practice.resolve(exception.item.id, &Action::Match { claim: third.id }).await.unwrap();
    assert_eq!(practice.owed(&third).await, "insurance 0.00, patient 0.00");
    // 100.00 + 60.00 + 40.00 were charged and paid; nothing waits.
    assert_eq!(practice.books().await, "insurance_cash 200.00, charges 200.00");
    practice.proves().await;
}

#[tokio::test]
async fn an_eob_that_does_not_add_up_is_refused_with_each_equation_and_leaves_nothing() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let mut answer = decided(&claim);
    // The deductible of 20.00 is forgotten, and the check's amount misread.
    answer["lines"][0]["adjustments"].as_array_mut().unwrap().pop();
    let eob = check_of(practice.payer, "4713", "90.00", json!([answer]));
    let before = practice.count("files").await;
    let refusal = practice.refused(&eob).await;
    assert_eq!(refusal.code, "remits/eob-not-balanced");
    assert_eq!(
        refusal.detail,
        "claim 1, line 1, SVC02 - CAS = SVC03: 150.00 - 50.00 = 100.00, not 80.00 (off by 20.00); \
         claim 1, CLP03 - CAS = CLP04: 150.00 - 50.00 = 100.00, not 80.00 (off by 20.00); \
         BPR02 = CLP04 - PLB: 80.00 - 0.00 = 80.00, not 90.00 (off by -10.00)"
    );
    assert_eq!((practice.count("remittances").await, practice.count("files").await), (0, before));
    assert_eq!(practice.owed(&claim).await, "insurance 150.00, patient 0.00");

    let checked = eob::check(&eob);
    let shown: Vec<String> = checked
        .equations
        .iter()
        .map(|e| format!("{} - {} = {}, {}", e.from, e.less, e.comes_to, e.off_by))
        .collect();
    assert_eq!(
        shown,
        ["150.00 - 50.00 = 100.00, 20.00", "150.00 - 50.00 = 100.00, 20.00", "80.00 - 0.00 = 80.00, -10.00"]
    );
    assert_eq!((checked.balanced, checked.difference.to_string()), (false, "10.00".into()));
}

#[tokio::test]
async fn a_reason_that_is_not_in_force_a_stranger_as_payer_and_an_empty_eob_are_refused() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let mut answer = decided(&claim);
    // X12 list 139: 17 ended on 1 July 2009.
    answer["lines"][0]["adjustments"][0]["reason"] = json!("17");
    let refusal = practice.refused(&check_of(practice.payer, "1", "80.00", json!([answer]))).await;
    assert_eq!((refusal.code, &*refusal.detail), ("remits/eob-code", "on 2026-04-01: CO-17 is not in force"));
    let nobody = practice.refused(&check_of(PayerId::new(), "1", "80.00", json!([decided(&claim)]))).await;
    assert_eq!(nobody.code, "remits/eob-payer");
    let empty = practice.refused(&check_of(practice.payer, "1", "0.00", json!([]))).await;
    assert_eq!(empty.code, "remits/eob-empty");
    let nameless = practice.refused(&check_of(practice.payer, " ", "80.00", json!([decided(&claim)]))).await;
    assert_eq!(nameless.code, "remits/eob-payment");
    let taken = practice.refused(&check_of(practice.payer, "1", "-80.00", json!([decided(&claim)]))).await;
    assert_eq!(taken.code, "remits/eob-payment");
}

#[tokio::test]
async fn a_second_payers_eob_writes_off_only_what_is_not_yet() {
    let practice = practice().await;
    let lines = [("99213", "200.00")];
    let first = practice.claim_with_second_payer(&lines).await;
    let body = format!("CLP*{}*1*200*80*20*12*PCN1~CAS*CO*45*100~CAS*PR*1*20~", first.number);
    practice.receive_one(&remit("T1", "80", &body)).await;
    let second = practice.second_claim(&first, &lines).await;
    let eob = check_of(
        practice.second_payer,
        "9001",
        "10.00",
        json!([{
        "number": second.number, "status": "2", "charged": "200.00", "paid": "10.00", "adjustments": [
            { "group": "OA", "reason": "23", "amount": "80.00" },
            { "group": "CO", "reason": "45", "amount": "105.00" },
            { "group": "PR", "reason": "2", "amount": "5.00" }] }]),
    );
    let (report, _) = practice.enter(&eob).await.unwrap();
    assert_eq!((report.outcome, waits(&report)), (State::Posted, String::new()));
    // Of 105.00 that the second payer's contract writes off, the first one's wrote off 100.00.
    assert_eq!(
        moved(&report),
        "insurance_cash 10.00, insurance_ar -20.00, patient_ar 5.00, contractual_adjustments 5.00"
    );
    assert_eq!(practice.owed(&first).await, "insurance 0.00, patient 5.00");
    practice.proves().await;
}

#[tokio::test]
async fn the_same_eob_entered_twice_posts_nothing_the_second_time() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let eob = check_of(practice.payer, "4711", "80.00", json!([decided(&claim)]));
    let (first, _) = practice.enter(&eob).await.unwrap();
    let (again, decisions) = practice.enter(&eob).await.unwrap();
    assert_eq!((again.outcome, moved(&again), decisions.len()), (State::Duplicate, String::new(), 0));
    assert_eq!(again.why, [format!("the payment was posted by {}", first.remittance)]);
    // Entered anew with a remark: another document, the same payment.
    let mut answer = decided(&claim);
    answer["remarks"] = json!(["MA01"]);
    let (anew, _) =
        practice.enter(&check_of(practice.payer, "4711", "80.00", json!([answer]))).await.unwrap();
    assert_eq!((anew.outcome, moved(&anew)), (State::Duplicate, String::new()));
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 20.00");
    practice.proves().await;
}

#[tokio::test]
async fn the_835_of_a_payment_that_was_entered_posts_nothing_and_the_other_way_round() {
    let practice = practice().await;
    let (one, two) =
        (practice.claim(&[("99213", "150.00")]).await, practice.claim(&[("99213", "150.00")]).await);
    let edi = |claim: &Sent, trace: &str| {
        let number = &claim.number;
        let body = format!(
            "CLP*{number}*1*150*80*20*12*PCN{trace}~SVC*HC:99213*150*80**1~CAS*CO*45*50~CAS*PR*1*20~REF*6R*L1~"
        );
        remit(trace, "80", &body)
    };
    practice.enter(&check_of(practice.payer, "4711", "80.00", json!([decided(&one)]))).await.unwrap();
    let (late, _) = practice.receive_one(&edi(&one, "4711")).await;
    assert_eq!((late.outcome, moved(&late)), (State::Duplicate, String::new()));

    practice.receive_one(&edi(&two, "4712")).await;
    let (late, _) =
        practice.enter(&check_of(practice.payer, "4712", "80.00", json!([decided(&two)]))).await.unwrap();
    assert_eq!((late.outcome, moved(&late)), (State::Duplicate, String::new()));

    // Another payer may have a check of the same number, day and amount.
    let other = practice.claim(&[("99213", "150.00")]).await;
    let eob = check_of(practice.second_payer, "4711", "80.00", json!([decided(&other)]));
    assert_eq!(practice.enter(&eob).await.unwrap().0.outcome, State::Posted);

    // Under another number the decision itself tells: its money waits.
    let (stray, _) = practice.receive_one(&edi(&one, "4799")).await;
    assert_eq!(
        (moved(&stray), waits(&stray)),
        ("insurance_cash 80.00, unapplied_cash -80.00".to_owned(), "already_posted 80.00".to_owned())
    );
    let eob = check_of(practice.payer, "4798", "80.00", json!([decided(&two)]));
    assert_eq!(waits(&practice.enter(&eob).await.unwrap().0), "already_posted 80.00");
    for claim in [&one, &two] {
        assert_eq!(practice.owed(claim).await, "insurance 0.00, patient 20.00");
    }
    practice.proves().await;
}

#[tokio::test]
async fn a_reversal_on_paper_takes_exactly_the_earlier_payment_back() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.enter(&check_of(practice.payer, "4711", "80.00", json!([decided(&claim)]))).await.unwrap();
    // The payer takes 80.00 back, and carries them forward: -80.00 + 80.00 = 0.00 paid.
    let eob = entered(
        json!({ "payer": practice.payer, "number": "4720", "paid_on": "2026-04-02", "method": "NON",
        "amount": "0.00",
        "provider_adjustments": [{ "reason": "FB", "reference": "4711", "amount": "-80.00" }],
        "claims": [{ "number": claim.number, "status": "22", "charged": "-150.00", "paid": "-80.00", "lines": [
            { "control_number": "L1", "procedure": "99213", "charged": "-150.00", "paid": "-80.00", "adjustments": [
                { "group": "CO", "reason": "45", "amount": "-50.00" },
                { "group": "PR", "reason": "1", "amount": "-20.00" }] }] }] }),
    );
    let (report, _) = practice.enter(&eob).await.unwrap();
    assert_eq!(
        moved(&report),
        "insurance_ar 150.00, patient_ar -20.00, forwarding_balances -80.00, contractual_adjustments -50.00"
    );
    assert_eq!(practice.owed(&claim).await, "insurance 150.00, patient 0.00");
    assert_eq!(history(&practice, &claim).await, ["paid", "reversed"]);
    practice.proves().await;
}

#[tokio::test]
async fn a_kept_document_is_read_again_and_an_edited_or_strange_one_is_not_posted() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let eob = check_of(practice.payer, "4711", "80.00", json!([decided(&claim)]));
    let document = practice
        .world
        .db
        .snapshot(&practice.actor, async |tx| eob::document(tx, Codes::shipped(), &eob).await)
        .await
        .unwrap();
    let text = document.text();
    // Somebody else is paid.
    let (strange, _) = practice.receive_one(&text.replace("1234567893", "1111111112")).await;
    assert_eq!((strange.outcome, moved(&strange)), (State::Held, String::new()));
    for edited in [text.replace("\"CHK\"", "  \"CHK\""), text.replace("]}\n", "]}"), text[..90].to_owned()] {
        let refused = practice.try_receive(&edited, &mut vec![]).await.unwrap_err();
        let Error::Refused(refusal) = refused else { panic!("{refused:?}") };
        assert_eq!(refusal.code, "remits/unreadable");
    }
    let (report, _) = practice.receive_one(text).await;
    assert_eq!(
        (report.outcome, practice.owed(&claim).await),
        (State::Posted, "insurance 0.00, patient 20.00".into())
    );
    assert_eq!(practice.kept(report.file_id).await, text);
    practice.proves().await;
}

#[tokio::test]
async fn a_claim_is_filled_in_with_its_number_and_lines() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00"), ("85025", "40.00")]).await;
    let filled = practice
        .world
        .db
        .snapshot(&practice.actor, async |tx| eob::prefilled(tx, claim.id).await)
        .await
        .unwrap();
    assert_eq!((filled.number.as_str(), filled.status.as_str()), (claim.number.as_str(), "1"));
    let lines: Vec<String> = filled
        .lines
        .iter()
        .map(|line| {
            format!("{} {} {}", line.control_number.as_deref().unwrap(), line.procedure, line.charged)
        })
        .collect();
    assert_eq!(
        (filled.charged.to_string(), lines),
        ("190.00".into(), vec!["L1 99213 150.00".to_owned(), "L2 85025 40.00".to_owned()])
    );
}
