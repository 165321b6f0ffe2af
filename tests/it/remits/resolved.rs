//! What a person decides about what waits, and the entries that it makes.

use firstpass::ledger::AccountKind;
use firstpass::remits::exceptions::{Action, Chosen, ExceptionDetail};
use firstpass::remits::model::ClaimStatus;
use firstpass::remits::{Effect, Share};

use crate::remits::{entries, history, moved, practice, remit, waits};

/// What agrees of each candidate, best first: `45 control_number charge`.
fn candidates(exception: &ExceptionDetail) -> Vec<String> {
    let shown = |one: &firstpass::remits::exceptions::CandidateRecord| {
        let agrees: Vec<&str> = one.agrees.iter().map(|fact| fact.as_str()).collect();
        format!("{} {}", one.score, agrees.join(" "))
    };
    exception.candidates.iter().map(shown).collect()
}

fn decided(number: &str) -> String {
    format!("CLP*{number}*1*150*80*20*12*PCN1~SVC*HC:99213*150*80**1~CAS*CO*45*50~CAS*PR*1*20~REF*6R*L1~")
}

#[tokio::test]
async fn a_number_with_a_slip_leads_to_its_claim_and_is_posted_there() {
    let practice = practice().await;
    practice.claim(&[("99213", "150.00")]).await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    // Its last two signs are swapped.
    let number = &claim.number;
    let at = number.len() - 2;
    let wrong = format!("{}{}{}", &number[..at], &number[at + 1..], &number[at..=at]);
    let (report, _) = practice.receive_one(&remit("T1", "80", &decided(&wrong))).await;
    assert_eq!(moved(&report), "insurance_cash 80.00, unapplied_cash -80.00");
    let exception = practice.exception().await;
    // The number and the charge: 35 + 10. The other claim has nothing that the payer states but the charge,
    // and it was not looked for by a charge alone.
    assert_eq!(candidates(&exception), ["45 control_number charge"]);
    assert_eq!(exception.candidates[0].claim.claim, claim.id);

    let action = Action::Match { claim: claim.id };
    let journal = practice.preview(exception.item.id, &action).await.unwrap();
    // 80.00 paid + 50.00 of contract + 20.00 of the patient = 150.00 that the payer owed.
    assert_eq!(
        entries(&journal),
        [
            "unapplied_cash < insurance_ar 80.00",
            "contractual_adjustments < insurance_ar 50.00",
            "patient_ar < insurance_ar 20.00"
        ]
    );
    assert_eq!((journal.waits.to_string(), journal.clears.to_string()), ("80.00".into(), "80.00".into()));
    // Looking moves nothing.
    assert_eq!(practice.status(&claim).await, "accepted");
    let decisions = practice.resolve(exception.item.id, &action).await.unwrap();
    assert_eq!(decisions.len(), 1);
    assert_eq!(practice.status(&claim).await, "paid");
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 20.00");
    assert_eq!(
        practice.books().await,
        "insurance_cash 80.00, insurance_ar 150.00, patient_ar 20.00, charges 300.00, contractual_adjustments 50.00"
    );
    assert_eq!(
        practice.text("select state as text from remittances where id = $1", report.remittance.uuid()).await,
        "posted"
    );
    practice.proves().await;
}

#[tokio::test]
async fn what_a_person_matched_is_taken_back_whole() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided("WHO"))).await;
    let waiting = practice.exception().await.item.id;
    practice.resolve(waiting, &Action::Match { claim: claim.id }).await.unwrap();
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 20.00");
    // Taken back, and decided anew under our own number: 90.00 paid, 40.00 off by contract, 20.00 of the patient.
    let body = format!(
        "CLP*WHO*22*-150*-80*-20*12*PCN1~CAS*CO*45*-50~CAS*PR*1*-20~\
         CLP*{}*1*150*90*20*12*PCN1~CAS*CO*45*40~CAS*PR*1*20~",
        claim.number
    );
    let (report, _) = practice.receive_one(&remit("T2", "10", &body)).await;
    assert_eq!((report.outcome, waits(&report)), (firstpass::remits::State::Posted, String::new()));
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 20.00");
    assert_eq!(
        practice.books().await,
        "insurance_cash 90.00, patient_ar 20.00, charges 150.00, contractual_adjustments 40.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn the_same_choice_again_changes_nothing_and_another_is_refused() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided("WHO"))).await;
    let id = practice.exception().await.item.id;
    let action = Action::Match { claim: claim.id };
    practice.resolve(id, &action).await.unwrap();
    let books = practice.books().await;
    let now = crate::remits::clock().now();
    let again = practice
        .world
        .db
        .transaction(&practice.actor, async |tx| {
            firstpass::remits::exceptions::resolve(tx, now, id, &action, &mut ()).await
        })
        .await
        .unwrap();
    assert!(again.already);
    let refused = practice.resolve(id, &Action::ReturnToPayer).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "remits/exception-resolved");
    assert_eq!(practice.books().await, books);
    let wrong_id = firstpass::types::RemitExceptionId::new();
    let refused = practice.resolve(wrong_id, &action).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "remits/no-exception");
    practice.proves().await;
}

#[tokio::test]
async fn a_second_payment_is_owed_back_or_applied() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided(&claim.number))).await;
    practice.receive_one(&remit("T2", "80", &decided(&claim.number))).await;
    let exception = practice.exception().await;
    assert_eq!(exception.item.kind.as_str(), "already_posted");
    assert_eq!(exception.candidates[0].decision.as_ref().unwrap().trace_number, "T1");
    let journal = practice.preview(exception.item.id, &Action::ReturnToPayer).await.unwrap();
    assert_eq!(entries(&journal), ["unapplied_cash < refunds_payable 80.00"]);
    practice.resolve(exception.item.id, &Action::ReturnToPayer).await.unwrap();
    assert_eq!(
        practice.books().await,
        "insurance_cash 160.00, patient_ar 20.00, refunds_payable 80.00, charges 150.00, contractual_adjustments 50.00"
    );
    practice.proves().await;
    // A third one is applied: the payer says that it meant it.
    practice.receive_one(&remit("T3", "80", &decided(&claim.number))).await;
    let id = practice.exception().await.item.id;
    practice.resolve(id, &Action::Match { claim: claim.id }).await.unwrap();
    // 0.00 owed - 80.00: the money counts, and what the decision says is said already.
    assert_eq!(practice.owed(&claim).await, "insurance -80.00, patient 20.00");
    assert_eq!(practice.exception().await.item.kind.as_str(), "over_payment");
    practice.proves().await;
}

fn taken_back(number: &str, control: &str, paid: u32) -> String {
    format!(
        "CLP*{number}*22*-150*-{paid}*-20*12*{control}~SVC*HC:99213*-150*-{paid}**-1~CAS*CO*45*-{}~CAS*PR*1*-20~\
         REF*6R*L1~PLB*1*20261231*FB:1*-{paid}~",
        130 - paid
    )
}

#[tokio::test]
async fn a_reversal_under_another_number_takes_back_the_posting_that_a_person_names() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let (_, first) = practice.receive_one(&remit("T1", "80", &decided(&claim.number))).await;
    let (report, _) = practice.receive_one(&remit("T2", "0", &taken_back(&claim.number, "PCN9", 80))).await;
    assert_eq!(waits(&report), "reversal_without_original -80.00");
    let exception = practice.exception().await;
    assert_eq!(candidates(&exception), ["75 charge payment adjustments"]);
    let original = first[0].remit_claim;
    assert_eq!(exception.candidates[0].decision.as_ref().unwrap().id, original);
    let action = Action::TakeBack { decision: original };
    let journal = practice.preview(exception.item.id, &action).await.unwrap();
    // The posting's own lines, swapped; then what waited comes out of suspense. Cash: -80.00 + 80.00.
    assert_eq!(
        entries(&journal),
        [
            "insurance_ar < insurance_cash 80.00",
            "insurance_ar < contractual_adjustments 50.00",
            "insurance_ar < patient_ar 20.00",
            "insurance_cash < suspense 80.00"
        ]
    );
    let decisions = practice.resolve(exception.item.id, &action).await.unwrap();
    assert!(matches!(decisions[0].effect, Effect::Reverses { original: named, .. } if named == original));
    assert_eq!(history(&practice, &claim).await, ["paid", "reversed"]);
    assert_eq!(practice.owed(&claim).await, "insurance 150.00, patient 0.00");
    // 80.00 came and stays; the payer carries it forward to take it later.
    assert_eq!(
        practice.books().await,
        "insurance_cash 80.00, insurance_ar 150.00, forwarding_balances 80.00, charges 150.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn what_a_person_matched_is_taken_back_whole_by_a_person_too() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    practice.receive_one(&remit("T1", "80", &decided("WHO"))).await;
    let action = Action::Match { claim: claim.id };
    let applied = practice.resolve(practice.exception().await.item.id, &action).await.unwrap();
    // The payer names our claim now, under another number of its own: which decision is meant, a person says.
    let (report, _) = practice.receive_one(&remit("T2", "0", &taken_back(&claim.number, "PCN9", 80))).await;
    assert_eq!(waits(&report), "reversal_without_original -80.00");
    assert_eq!(
        practice.books().await,
        "insurance_cash 80.00, patient_ar 20.00, suspense -80.00, forwarding_balances 80.00, charges 150.00, \
         contractual_adjustments 50.00"
    );
    let exception = practice.exception().await;
    let original = applied[0].remit_claim;
    assert_eq!(exception.candidates[0].decision.as_ref().unwrap().id, original);
    let action = Action::TakeBack { decision: original };
    let journal = practice.preview(exception.item.id, &action).await.unwrap();
    // Where its 80.00 had waited, swapped; where a person had applied them, swapped; then what waited comes
    // out of suspense. Cash: -80.00 + 80.00; unapplied cash: -80.00 + 80.00.
    assert_eq!(
        entries(&journal),
        [
            "unapplied_cash < insurance_cash 80.00",
            "insurance_ar < unapplied_cash 80.00",
            "insurance_ar < contractual_adjustments 50.00",
            "insurance_ar < patient_ar 20.00",
            "insurance_cash < suspense 80.00"
        ]
    );
    let decisions = practice.resolve(exception.item.id, &action).await.unwrap();
    assert!(matches!(decisions[0].effect, Effect::Reverses { original: named, .. } if named == original));
    assert_eq!(history(&practice, &claim).await, ["paid", "reversed"]);
    assert_eq!(practice.owed(&claim).await, "insurance 150.00, patient 0.00");
    // 80.00 came and stays; the payer carries it forward to take it later.
    assert_eq!(
        practice.books().await,
        "insurance_cash 80.00, insurance_ar 150.00, forwarding_balances 80.00, charges 150.00"
    );
    assert!(practice.exceptions().await.is_empty());
    practice.proves().await;
}

#[tokio::test]
async fn a_reversal_of_another_amount_is_refused_with_the_difference() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let (_, first) = practice.receive_one(&remit("T1", "80", &decided(&claim.number))).await;
    practice.receive_one(&remit("T2", "0", &taken_back(&claim.number, "PCN1", 70))).await;
    let exception = practice.exception().await;
    let action = Action::TakeBack { decision: first[0].remit_claim };
    let refused = practice.resolve(exception.item.id, &action).await.unwrap_err();
    let refusal = refused.refusal().unwrap();
    // -80.00 by the original, +70.00 by what waits.
    assert_eq!(refusal.code, "remits/difference");
    assert!(refusal.detail.ends_with("differs from it by -10.00"), "{}", refusal.detail);
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 20.00");
    practice.proves().await;
}

#[tokio::test]
async fn an_unknown_plb_reason_leaves_suspense_for_what_a_person_says_it_is() {
    let practice = practice().await;
    // The payer paid 12.00 more, for a reason that we do not know.
    let (report, _) = practice.receive_one(&remit("T1", "12", "PLB*1*20261231*ZZ:X1*-12~")).await;
    assert_eq!(moved(&report), "insurance_cash 12.00, suspense -12.00");
    let exception = practice.exception().await;
    assert_eq!(exception.provider_adjustment.as_ref().unwrap().reason, "ZZ");
    let action = Action::Assign { account: AccountKind::InterestIncome };
    practice.resolve(exception.item.id, &action).await.unwrap();
    assert_eq!(practice.books().await, "insurance_cash 12.00, interest_income 12.00");
    practice.proves().await;
}

#[tokio::test]
async fn an_over_payment_is_owed_back_or_credited_to_the_patient() {
    for (action, account) in [(Action::Refund, "refunds_payable"), (Action::CreditPatient, "patient_credits")]
    {
        let practice = practice().await;
        let claim = practice.claim(&[("99213", "150.00")]).await;
        let body = |pcn: &str, paid: u32, reason: &str| {
            format!("CLP*{}*1*150*{paid}**12*{pcn}~CAS*{reason}*{}~", claim.number, 150 - paid)
        };
        practice.receive_one(&remit("T1", "100", &body("PCN1", 100, "CO*45"))).await;
        practice.receive_one(&remit("T2", "40", &body("PCN2", 40, "OA*23"))).await;
        let exception = practice.exception().await;
        practice.resolve(exception.item.id, &action).await.unwrap();
        assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 0.00");
        // 100.00 + 40.00 came; the contract's 50.00 were given up; 40.00 is owed to somebody.
        assert_eq!(
            practice.books().await,
            format!("insurance_cash 140.00, {account} 40.00, charges 150.00, contractual_adjustments 50.00")
        );
        practice.proves().await;
    }
}

#[tokio::test]
async fn what_is_no_payment_is_read_and_nothing_else() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let body = format!("CLP*{}*25*150*0**12*PCN~CAS*OA*101*150~", claim.number);
    practice.receive_one(&remit("T1", "0", &body)).await;
    let exception = practice.exception().await;
    let refused = practice.resolve(exception.item.id, &Action::Match { claim: claim.id }).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "remits/action");
    practice.resolve(exception.item.id, &Action::Read).await.unwrap();
    assert!(practice.exceptions().await.is_empty());
    assert_eq!(practice.books().await, "insurance_ar 150.00, charges 150.00");
    practice.proves().await;
}

#[tokio::test]
async fn a_status_that_the_guide_does_not_have_is_posted_as_what_a_person_says() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let body = decided(&claim.number).replacen("*1*150", "*77*150", 1);
    let (report, _) = practice.receive_one(&remit("T1", "80", &body)).await;
    assert_eq!(waits(&report), "unknown_status 80.00");
    assert_eq!(moved(&report), "insurance_cash 80.00, unapplied_cash -80.00");
    let exception = practice.exception().await;
    let action = Action::TreatAs { status: ClaimStatus::Primary };
    let journal = practice.preview(exception.item.id, &action).await.unwrap();
    // 80.00 paid + 50.00 of contract + 20.00 of the patient = 150.00.
    assert_eq!(
        entries(&journal),
        [
            "unapplied_cash < insurance_ar 80.00",
            "contractual_adjustments < insurance_ar 50.00",
            "patient_ar < insurance_ar 20.00"
        ]
    );
    practice.resolve(exception.item.id, &action).await.unwrap();
    assert_eq!(practice.status(&claim).await, "paid");
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 20.00");
    // The payer's word stays, and so does how the claim was found.
    let kept = "select status_code || ' as ' || treated_as || ' by ' || match_rule as text from remit_claims
        where claim_id = $1";
    assert_eq!(practice.text(kept, claim.id.uuid()).await, "77 as 1 by control_number");
    practice.proves().await;
}

#[tokio::test]
async fn an_unknown_status_about_no_claim_is_posted_once_its_claim_and_its_meaning_are_named() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let body = decided("X77").replacen("*1*150", "*77*150", 1);
    let (report, _) = practice.receive_one(&remit("T1", "80", &body)).await;
    assert_eq!(waits(&report), "no_match 80.00");
    let exception = practice.exception().await;
    let journal = practice.preview(exception.item.id, &Action::Match { claim: claim.id }).await.unwrap();
    assert!(entries(&journal).is_empty(), "its meaning is asked first");
    practice.resolve(exception.item.id, &Action::Match { claim: claim.id }).await.unwrap();
    assert_eq!(practice.owed(&claim).await, "insurance 150.00, patient 0.00");
    practice.proves().await;

    let exception = practice.exception().await;
    assert_eq!(
        (exception.item.kind.as_str(), exception.item.amount.to_string()),
        ("unknown_status", "80.00".into())
    );
    let action = Action::TreatAs { status: ClaimStatus::Primary };
    practice.resolve(exception.item.id, &action).await.unwrap();
    assert_eq!(practice.status(&claim).await, "paid");
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 20.00");
    let kept = "select status_code || ' as ' || treated_as || ' by ' || match_rule as text from remit_claims
        where claim_id = $1";
    assert_eq!(practice.text(kept, claim.id.uuid()).await, "77 as 1 by person");
    practice.proves().await;
}

#[tokio::test]
async fn an_unknown_status_that_is_a_reversal_takes_the_posting_back() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let body = taken_back(&claim.number, "PCN1", 80).replacen("*22*-150", "*77*-150", 1);
    practice.receive_one(&remit("T1", "0", &body)).await;
    let exception = practice.exception().await;
    let action = Action::TreatAs { status: ClaimStatus::Reversal };
    let refused = practice.resolve(exception.item.id, &action).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "remits/cannot-post");

    practice.receive_one(&remit("T2", "80", &decided(&claim.number))).await;
    practice.resolve(exception.item.id, &action).await.unwrap();
    assert_eq!(history(&practice, &claim).await, ["paid", "reversed"]);
    assert_eq!(practice.owed(&claim).await, "insurance 150.00, patient 0.00");
    assert_eq!(
        practice.books().await,
        "insurance_cash 80.00, insurance_ar 150.00, forwarding_balances 80.00, charges 150.00"
    );
    // A reversal is no decision that another one could take back.
    let (report, _) = practice.receive_one(&remit("T3", "0", &taken_back(&claim.number, "PCN1", 80))).await;
    assert_eq!(waits(&report), "reversal_without_original -80.00");
    practice.proves().await;
}

#[test]
fn an_unknown_status_is_treated_as_a_decision_or_a_reversal_only() {
    let chosen = |status: Option<&str>| Chosen {
        action: "treat_as".into(),
        claim: None,
        decision: None,
        account: None,
        status: status.map(Into::into),
    };
    assert_eq!(chosen(Some("22")).read().unwrap(), Action::TreatAs { status: ClaimStatus::Reversal });
    for wrong in [None, Some("23"), Some("25"), Some("77"), Some("")] {
        let refused = chosen(wrong).read().unwrap_err();
        assert_eq!(refused.refusal().unwrap().code, "remits/action");
    }
}

#[tokio::test]
async fn the_share_that_stayed_is_asked_of_the_next_payer_once_its_coverage_is_on_file() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "200.00")]).await;
    let body = format!(
        "CLP*{}*19*200*80*20*12*PCN1~CAS*CO*45*100~CAS*PR*1*20~NM1*TT*2*BETA MUTUAL*****PI*BETA2~",
        claim.number
    );
    practice.receive_one(&remit("T1", "80", &body)).await;
    let exception = practice.exception().await;
    assert_eq!(exception.item.kind.as_str(), "next_payer_unknown");
    let refused = practice.resolve(exception.item.id, &Action::AskNextPayer).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "remits/cannot-post");
    assert_eq!(practice.owed_by(&claim, practice.payer).await, "20.00");

    practice.cover_second(&claim).await;
    let journal = practice.preview(exception.item.id, &Action::AskNextPayer).await.unwrap();
    // 200.00 - 80.00 - 100.00 = 20.00, into the next payer's receivable and out of this one's.
    assert_eq!(
        entries(&journal),
        ["insurance_ar < receivable_transfers 20.00", "receivable_transfers < insurance_ar 20.00"]
    );
    let decisions = practice.resolve(exception.item.id, &Action::AskNextPayer).await.unwrap();
    let Effect::Posted(posted) = &decisions[0].effect else { panic!("it is posted") };
    let Share::NextPayer(next) = posted.share else { panic!("to the next payer") };
    assert_eq!((next.payer, posted.patient_share.to_string()), (practice.second_payer, "20.00".into()));
    assert_eq!(practice.owed_by(&claim, practice.payer).await, "0.00");
    assert_eq!(practice.owed_by(&claim, practice.second_payer).await, "20.00");
    assert!(practice.exceptions().await.is_empty());
    practice.proves().await;
}
