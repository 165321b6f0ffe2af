//! What of a payer's remittances is posted without a person's look.

use firstpass::remits::{Approval, Care, Mode, State};

use crate::remits::{moved, practice, remit};

const PLAIN: &str = "*1*150*80*20*12*PCN1~SVC*HC:99213*150*80**1~CAS*CO*45*50~CAS*PR*1*20~REF*6R*L1~";

#[tokio::test]
async fn in_review_nothing_is_posted_by_itself_and_one_act_posts_it() {
    let practice = practice().await;
    practice.rule(Mode::Review, &[]).await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let text = remit("T1", "80", &format!("CLP*{}{PLAIN}", claim.number));
    let (waiting, _) = practice.receive_one(&text).await;
    assert_eq!((waiting.outcome, moved(&waiting)), (State::Held, String::new()));
    assert_eq!(waiting.why, ["ready to post: the payer's rule (review) wants a person to look at every set"]);
    // Received again it waits still.
    let (again, _) = practice.receive_one(&text).await;
    assert_eq!(again.outcome, State::Held);
    let report = practice.approve(waiting.remittance, &Approval::Reviewed).await.unwrap();
    assert_eq!((report.outcome, report.why.len()), (State::Posted, 0));
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 20.00");
    practice.proves().await;
}

#[tokio::test]
async fn a_look_does_not_post_what_does_not_add_up() {
    let practice = practice().await;
    practice.rule(Mode::Review, &[]).await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let text = remit("T1", "80", &format!("CLP*{}*1*150*80**12*PCN1~CAS*CO*45*60~", claim.number));
    let (held, _) = practice.receive_one(&text).await;
    let report = practice.approve(held.remittance, &Approval::Reviewed).await.unwrap();
    assert_eq!((report.outcome, moved(&report)), (State::Held, String::new()));
}

#[tokio::test]
async fn in_semi_only_what_is_plain_or_named_is_posted() {
    let practice = practice().await;
    practice.rule(Mode::Semi, &[]).await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let number = &claim.number;
    let report = practice.receive_one(&remit("T1", "80", &format!("CLP*{number}{PLAIN}"))).await.0;
    assert_eq!(report.outcome, State::Posted);

    // (what the set says, its payment, what a person is to look at)
    let taken_back = format!("CLP*{number}*22*-150*-80*-20*12*PCN1~CAS*CO*45*-50~CAS*PR*1*-20~");
    let open = practice.claim(&[("99213", "150.00")]).await;
    let denied = |adjustments: &str| format!("CLP*{}*1*150*0**12*PCN2~{adjustments}", open.number);
    let cases = [
        (format!("{taken_back}PLB*1*20261231*FB:1*-80~"), "0", "1 reversals, 1 PLB"),
        (format!("CLP*{number}*23*150*0**12*P3~CAS*OA*101*150~"), "0", "1 claims sent on (23)"),
        (format!("CLP*{number}*25*150*0**12*P4~CAS*OA*101*150~"), "0", "1 predeterminations (25)"),
        (denied("CAS*CO*97*150~"), "0", "1 denials"),
        (denied("CAS*OA*23*150~"), "0", "1 OA-23"),
        ("CLP*WHO*1*10*10**12*P5~".to_owned(), "10", "1 variances"),
        (denied("CAS*CO*17*150~"), "0", "1 denials, 1 unknown codes"),
    ];
    for (place, (body, paid, cares)) in cases.iter().enumerate() {
        let (report, _) = practice.receive_one(&remit(&format!("S{place}"), paid, body)).await;
        assert_eq!(report.outcome, State::Held, "{body}");
        assert_eq!(
            report.why,
            [format!("ready to post: the payer's rule (semi) wants a person to look at {cares}")]
        );
    }
    // The rule names reversals and PLB: the first of them goes through when it is looked at again.
    practice.rule(Mode::Semi, &[Care::Reversal, Care::ProviderAdjustment]).await;
    let (report, _) = practice.receive_one(&remit("S0", "0", &cases[0].0)).await;
    assert_eq!(report.outcome, State::Posted);
    assert_eq!(practice.owed(&claim).await, "insurance 150.00, patient 0.00");
    practice.proves().await;
}

#[tokio::test]
async fn a_correction_that_fits_what_stands_after_its_reversal_is_no_variance() {
    let practice = practice().await;
    practice.rule(Mode::Semi, &[]).await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let number = &claim.number;
    practice.receive_one(&remit("T1", "80", &format!("CLP*{number}{PLAIN}"))).await;

    let taken_back = format!("CLP*{number}*22*-150*-80*-20*12*PCN1~CAS*CO*45*-50~CAS*PR*1*-20~");
    // 90.00 paid, 50.00 off by contract, 10.00 of the patient.
    let anew = format!("CLP*{number}*1*150*90*10*12*PCN1~CAS*CO*45*50~CAS*PR*1*10~");
    let same = format!("CLP*{number}*1*150*80*20*12*PCN1~CAS*CO*45*50~CAS*PR*1*20~");
    // 10.00 of our charge is missing.
    let other = format!("CLP*{number}*1*140*90*10*12*PCN1~CAS*CO*45*40~CAS*PR*1*10~");
    // (what the set says, its payment, what a person is to look at)
    let cases = [
        (format!("{taken_back}{anew}"), "10", "1 reversals"),
        (format!("{anew}{taken_back}"), "10", "1 reversals"),
        (format!("{taken_back}{same}"), "0", "1 reversals"),
        (format!("{taken_back}{other}"), "10", "1 reversals, 1 variances"),
        // Without its reversal it comes on top of what stands: 150.00 once more.
        (anew.clone(), "90", "1 variances"),
    ];
    for (place, (body, paid, cares)) in cases.iter().enumerate() {
        let (report, _) = practice.receive_one(&remit(&format!("S{place}"), paid, body)).await;
        assert_eq!((report.outcome, moved(&report)), (State::Held, String::new()), "{body}");
        assert_eq!(
            report.why,
            [format!("ready to post: the payer's rule (semi) wants a person to look at {cares}")],
            "{body}"
        );
    }
    // Where the rule names reversals, nothing stops the first of them any more.
    practice.rule(Mode::Semi, &[Care::Reversal]).await;
    let (report, _) = practice.receive_one(&remit("S0", "10", &cases[0].0)).await;
    assert_eq!(report.outcome, State::Posted);
    assert_eq!(practice.owed(&claim).await, "insurance 0.00, patient 10.00");
    practice.proves().await;
}

#[tokio::test]
async fn a_part_that_is_decided_anew_fits_beside_the_other_parts() {
    let practice = practice().await;
    practice.rule(Mode::Semi, &[]).await;
    let claim = practice.claim(&[("99213", "100.00"), ("99214", "100.00")]).await;
    let part = |control: &str, paid: u32| {
        format!("CLP*{}*1*100*{paid}**12*{control}~MOA***MA15~CAS*CO*45*{}~", claim.number, 100 - paid)
    };
    let (report, _) =
        practice.receive_one(&remit("T1", "130", &(part("PCN1", 60) + &part("PCN2", 70)))).await;
    assert_eq!(report.outcome, State::Posted);
    let taken_back = format!("CLP*{}*22*-100*-70**12*PCN2~MOA***MA15~CAS*CO*45*-30~", claim.number);
    let (report, _) = practice.receive_one(&remit("T2", "5", &(taken_back + &part("PCN2", 75)))).await;
    let look = "ready to post: the payer's rule (semi) wants a person to look at 1 reversals";
    assert_eq!((report.outcome, report.why), (State::Held, vec![look.to_owned()]));
    practice.proves().await;
}

#[tokio::test]
async fn a_payer_without_a_rule_posts_everything_that_adds_up() {
    let practice = practice().await;
    let (report, _) = practice.receive_one(&remit("T1", "10", "CLP*WHO*1*10*10**12*P5~")).await;
    assert_eq!(report.outcome, State::PartlyPosted);
}
