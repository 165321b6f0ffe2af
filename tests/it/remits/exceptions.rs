//! What cannot be posted to a claim waits, and the set posts all the same.

use firstpass::remits::State;

use crate::remits::{furnish, moved, practice, remit, waits};

#[tokio::test]
async fn money_for_a_claim_that_nobody_knows_waits_in_unapplied_cash() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let body = format!("CLP*NOBODYS1*1*70*70**12*PCN1~CLP*{}*1*150*150**12*PCN2~", claim.number);
    let (report, decisions) = practice.receive_one(&remit("T1", "220", &body)).await;
    assert_eq!((report.outcome, decisions.len()), (State::PartlyPosted, 1));
    assert_eq!(moved(&report), "insurance_cash 220.00, insurance_ar -150.00, unapplied_cash -70.00");
    assert_eq!(waits(&report), "no_match 70.00");
    assert_eq!(report.exceptions[0].claim.as_deref(), Some("NOBODYS1"));
    practice.proves().await;
}

#[tokio::test]
async fn another_organizations_control_number_is_a_number_that_is_not_ours() {
    let practice = practice().await;
    let theirs = practice.claim(&[("99213", "150.00")]).await;
    let ours = practice.world.organization("Oak Avenue").await;
    let (practice, theirs_actor) = (furnish(practice.world, ours, "OAK").await, practice.actor);
    let body = format!(
        "CLP*{}*1*150*150**12*PCN1~NM1*QC*1*ROE*JANE****MI*{}~SVC*HC:99213*150*150**1~DTM*472*20260302~",
        theirs.number, theirs.member
    );
    let (report, _) = practice.receive_one(&remit("T1", "150", &body)).await;
    // Said of any number of that form, by its form alone: whose it is, if anybody's, is not seen.
    assert_eq!(waits(&report), "not_our_number 150.00");
    assert_eq!(
        report.exceptions[0].detail,
        "CLP01 is a number that is not ours, CLP07 was not seen before, and no claim has this member, \
         days of service and charge"
    );
    assert_eq!(practice.count("remit_candidates").await, 0);
    assert_eq!(moved(&report), "insurance_cash 150.00, unapplied_cash -150.00");
    practice.proves().await;
    let practice = super::Practice { actor: theirs_actor, ..practice };
    assert_eq!(practice.status(&theirs).await, "accepted");
    assert_eq!(practice.count("remittances").await, 0);
}

#[tokio::test]
async fn two_claims_that_fit_equally_well_are_left_to_a_person() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let other = practice.claim(&[("99213", "150.00")]).await;
    let sql = "update coverages set member_id = 'TWIN' where id = any(select coverage_id from claims where id in ($1, $2))";
    practice
        .world
        .db
        .transaction(&practice.actor, async |tx| {
            use diesel_async::RunQueryDsl;
            diesel::sql_query(sql)
                .bind::<diesel::sql_types::Uuid, _>(claim.id)
                .bind::<diesel::sql_types::Uuid, _>(other.id)
                .execute(tx.conn())
                .await?;
            super::audited(tx).await
        })
        .await
        .unwrap();
    let body =
        "CLP*0*1*150*150**12*PCN1~NM1*QC*1*ROE*JANE****MI*TWIN~SVC*HC:99213*150*150**1~DTM*472*20260302~";
    let (report, _) = practice.receive_one(&remit("T1", "150", body)).await;
    assert_eq!(waits(&report), "several_match 150.00");
    assert!(report.exceptions[0].detail.contains(&claim.id.to_string()));
    assert!(report.exceptions[0].detail.contains(&other.id.to_string()));
    practice.proves().await;
}

#[tokio::test]
async fn statuses_that_are_no_decision_move_nothing_on_the_claim() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    for (trace, status, expected) in [
        ("T23", "23", "not_ours_forwarded 0.00"),
        ("T25", "25", "predetermination 0.00"),
        ("T77", "77", "unknown_status 0.00"),
    ] {
        let body = format!("CLP*{}*{status}*150*0**12*PCN{status}~CAS*OA*101*150~", claim.number);
        let (report, _) = practice.receive_one(&remit(trace, "0", &body)).await;
        assert_eq!((waits(&report), moved(&report)), (expected.to_owned(), String::new()));
    }
    assert_eq!(practice.status(&claim).await, "accepted");
    assert_eq!(practice.owed(&claim).await, "insurance 150.00, patient 0.00");
    practice.proves().await;
}

#[tokio::test]
async fn more_than_was_owed_is_posted_and_shown() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let body = |pcn: &str, paid: u32, reason: &str| {
        format!("CLP*{}*1*150*{paid}**12*{pcn}~CAS*{reason}*{}~", claim.number, 150 - paid)
    };
    practice.receive_one(&remit("T1", "100", &body("PCN1", 100, "CO*45"))).await;
    let (report, _) = practice.receive_one(&remit("T2", "40", &body("PCN2", 40, "OA*23"))).await;
    assert_eq!(waits(&report), "over_payment 40.00");
    assert_eq!(practice.owed(&claim).await, "insurance -40.00, patient 0.00");
    practice.proves().await;
}

#[tokio::test]
async fn another_decision_about_a_claim_that_is_answered_waits_with_its_money_only() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let decided = |pcn: &str, paid: u32| {
        format!("CLP*{}*1*150*{paid}*20*12*{pcn}~CAS*CO*45*{}~CAS*PR*3*20~", claim.number, 150 - 20 - paid)
    };
    practice.receive_one(&remit("T1", "100", &decided("PCN1", 100))).await;
    let (report, _) = practice.receive_one(&remit("T2", "110", &decided("PCN2", 110))).await;
    assert_eq!(waits(&report), "already_posted 110.00");
    assert_eq!(
        report.exceptions[0].detail,
        "the payer decided the claim before and took nothing back: 110.00 paid, 20.00 written off and \
         20.00 of the patient are more than the 0.00 that it still owes"
    );
    // Neither the write-off nor the copay counts twice: nobody is asked for 40.00, and no 150.00 are owed back.
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 20.00");
    assert_eq!(
        practice.books().await,
        "insurance_cash 210.00, patient_ar 20.00, unapplied_cash 110.00, charges 150.00, contractual_adjustments 30.00"
    );
    practice.proves().await;
}

#[tokio::test]
async fn a_claim_that_was_denied_is_paid_without_a_reversal_of_the_denial() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let denied = format!("CLP*{}*4*150*0**12*PCN1~CAS*CO*16*150~", claim.number);
    practice.receive_one(&remit("T1", "0", &denied)).await;
    let paid = format!("CLP*{}*1*150*100*20*12*PCN2~CAS*CO*45*30~CAS*PR*3*20~", claim.number);
    let (report, _) = practice.receive_one(&remit("T2", "100", &paid)).await;
    assert_eq!(waits(&report), "");
    // 150.00 - 100.00 - 30.00 - 20.00: all of it fits into what was left open.
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 20.00");
    practice.proves().await;
}
