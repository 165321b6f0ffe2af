//! TA1, 999 and 277CA.

use super::{Desk, claim, file, only, plan, sets};

#[tokio::test]
async fn a_good_file_is_acknowledged_at_every_level() {
    let desk = Desk::new(plan());
    desk.send("a.837", &file(1, &[claim("LFM0001").line("99213", "130", "20261110")])).await;
    let report = desk.work("2026-11-23").await;
    assert_eq!((report.files, report.sets_accepted, report.claims_accepted), (1, 1, 1));
    let ta1 = desk.answer("ta1").await;
    assert_eq!(
        ta1.replace('\n', ""),
        "ISA*00*          *00*          *ZZ*SBXMERID       *ZZ*LAKESIDE       *261123*0600*^*00501*000000001*0*P*:~\
         TA1*000000001*261123*0900*A*000~IEA*0*000000001~"
    );
    let answer = desk.answer("999").await;
    assert_eq!(
        answer.replace('\n', ""),
        "ISA*00*          *00*          *ZZ*SBXMERID       *ZZ*LAKESIDE       *261123*0600*^*00501*000000002*0*P*:~\
         GS*FA*SBXMERID*LAKESIDE*20261123*0600*2*X*005010X231A1~ST*999*0001*005010X231A1~\
         AK1*HC*1*005010X222A1~AK2*837*0001*005010X222A1~IK5*A~AK9*A*1*1*1~SE*6*0001~GE*1*2~IEA*1*000000002~"
    );
    let answer = desk.answer("277ca").await;
    assert_eq!(
        sets(&answer),
        [
            "ST*277*0001*005010X214",
            "BHT*0085*08*000000001-0001*20261123*0600*TH",
            "HL*1**20*1",
            "NM1*PR*2*MERIDIAN MUTUAL SANDBOX*****PI*SBXMERID",
            "TRN*1*000000001-0001",
            "DTP*050*D8*20261123",
            "DTP*009*D8*20261123",
            "HL*2*1*21*1",
            "NM1*41*2*LAKESIDE FAMILY MEDICINE*****46*LAKESIDE",
            "TRN*2*B1001",
            "STC*A1:19:PR*20261123*WQ*130",
            "QTY*90*1",
            "AMT*YU*130",
            "HL*3*2*19*1",
            "NM1*85*2*LAKESIDE FAMILY MEDICINE*****XX*1550000014",
            "TRN*1*0",
            "STC*A1:19:PR**WQ*130",
            "QTY*QA*1",
            "AMT*YU*130",
            "HL*4*3*PT",
            "NM1*QC*1*DOE*JANE****MI*W123456700",
            "TRN*2*LFM0001",
            "STC*A2:20*20261123*WQ*130",
            "REF*1K*263270000001",
            "DTP*472*D8*20261110",
            "SE*26*0001",
        ]
    );
}

/// What the 277CA says of one claim, sent alone.
async fn status(one: super::Sent) -> Vec<String> {
    let desk = Desk::new(plan());
    desk.send("a.837", &file(1, &[one])).await;
    desk.work("2026-11-23").await;
    let answer = desk.answer("277ca").await;
    only(&answer, &["STC", "QTY"]).split_off(1)
}

#[tokio::test]
async fn a_claim_that_cannot_be_taken_in_is_rejected_with_its_reason() {
    let good = || claim("LFM0001").line("99213", "130", "20261110");
    let rejected =
        |status: &str| ["QTY*AA*1", "STC*A1:19:PR**WQ*130", "QTY*QC*1", status].map(str::to_owned).to_vec();
    assert_eq!(status(good().member("W123456717")).await, rejected("STC*A7:33:IL*20261123*U*130"));
    let mut replacement = good();
    replacement.place = "11:B:7";
    assert_eq!(status(replacement.clone()).await, rejected("STC*A6:464*20261123*U*130"));
    assert_eq!(
        status(replacement.reference("REF*F8*NEVERHEARD")).await,
        rejected("STC*A4:35*20261123*U*130")
    );
}

#[tokio::test]
async fn a_claim_out_of_balance_or_for_another_payer_is_rejected_in_the_277ca() {
    let good = file(1, &[claim("LFM0001").line("99213", "130", "20261110")]);
    for (from, to, expected) in [
        ("CLM*LFM0001*130*", "CLM*LFM0001*131*", "STC*A7:400*20261123*U*131"),
        ("PI*SBXMERID", "PI*SBXOTHER", "STC*A3:116*20261123*U*130"),
    ] {
        let desk = Desk::new(plan());
        desk.send("a.837", &good.replace(from, to)).await;
        let report = desk.work("2026-11-23").await;
        assert_eq!((report.claims_rejected, report.payments), (1, 0));
        assert_eq!(only(&desk.answer("277ca").await, &["STC"])[2], expected);
    }
}

#[tokio::test]
async fn a_member_in_review_is_received_first_and_accepted_five_days_later() {
    let desk = Desk::new(plan());
    desk.send("a.837", &file(1, &[claim("LFM0001").member("W123456723").line("99213", "130", "20261110")]))
        .await;
    let report = desk.work("2026-11-23").await;
    assert_eq!((report.claims_in_review, report.payments), (1, 0));
    assert_eq!(only(&desk.answer("277ca").await, &["STC"])[2], "STC*A1:20*20261123*WQ*130");
    desk.work("2026-11-27").await;
    assert!(desk.answers("277ca").await.is_empty());
    let report = desk.work("2026-11-28").await;
    assert_eq!((report.claims_accepted, report.payments), (1, 1));
    assert_eq!(only(&desk.answer("277ca").await, &["STC"])[2], "STC*A2:20*20261128*WQ*130");
}

#[tokio::test]
async fn a_silent_member_is_accepted_as_a_set_and_never_mentioned() {
    let desk = Desk::new(plan());
    desk.send("a.837", &file(1, &[claim("LFM0001").member("W123456729").line("99213", "130", "20261110")]))
        .await;
    let report = desk.work("2026-11-23").await;
    assert_eq!(report.claims_silent, 1);
    assert!(desk.answer("999").await.contains("IK5*A~"));
    desk.work("2027-11-23").await;
    assert!(desk.answers("277ca").await.is_empty() && desk.answers("835").await.is_empty());
}

#[tokio::test]
async fn a_group_number_is_unknown_once_and_rejects_the_set() {
    let desk = Desk::new(plan());
    let sent = [
        claim("LFM0001").line("99213", "130", "20261110"),
        claim("LFM0002").group("G10997").line("99213", "130", "20261111"),
    ];
    desk.send("a.837", &file(1, &sent)).await;
    let report = desk.work("2026-11-23").await;
    assert_eq!((report.sets_rejected, report.payments), (1, 0));
    assert_eq!(
        sets(&desk.answer("999").await),
        [
            "ST*999*0001*005010X231A1",
            "AK1*HC*1*005010X222A1",
            "AK2*837*0001*005010X222A1",
            // ST is 1; the first subscriber begins at 11, the second at 25, its SBR is 26.
            "IK3*SBR*26*2000*8",
            "CTX*SUBSCRIBER NAME NM109:W123456700",
            "IK4*3*127*I12*G10997",
            "IK5*R*I5",
            "AK9*R*1*1*0",
            "SE*9*0001",
        ]
    );
    assert!(desk.answers("277ca").await.is_empty());
    desk.send("b.837", &file(2, &sent)).await;
    let report = desk.work("2026-11-24").await;
    assert_eq!((report.sets_accepted, report.claims_accepted, report.payments), (1, 2, 1));
}

#[tokio::test]
async fn a_set_that_breaks_its_guide_is_rejected_at_the_segment() {
    let desk = Desk::new(plan());
    let good = file(1, &[claim("LFM0001").line("99213", "130", "20261110")]);
    desk.send("a.837", &good.replace("SV1*HC:99213*130*", "SV1*HC:99213*13O*")).await;
    desk.work("2026-11-23").await;
    assert_eq!(
        only(&desk.answer("999").await, &["IK3", "IK4", "IK5", "AK9"]),
        ["IK3*SV1*22*2400*8", "IK4*2**6*13O", "IK5*R*5", "AK9*R*1*1*0"]
    );
}

#[tokio::test]
async fn an_interchange_with_wrong_numbers_is_rejected_whole() {
    let good = file(1, &[claim("LFM0001").line("99213", "130", "20261110")]);
    for (text, note) in [
        (good.replace("IEA*1*000000001", "IEA*1*000000002"), "001"),
        (good.replace("IEA*1*", "IEA*2*"), "021"),
        (good.replace("IEA*1*000000001~\n", ""), "023"),
        (file(1997, &[claim("LFM0001").line("99213", "130", "20261110")]), "022"),
    ] {
        let desk = Desk::new(plan());
        desk.send("a.837", &text).await;
        let report = desk.work("2026-11-23").await;
        assert_eq!(report.interchanges_rejected, 1, "{note}");
        let ta1 = desk.answer("ta1").await;
        assert!(ta1.contains(&format!("*R*{note}~")), "{ta1}");
        assert!(desk.answers("999").await.is_empty());
    }
}

#[tokio::test]
async fn another_file_under_a_used_number_is_a_duplicate_and_the_same_file_is_not_answered_again() {
    let desk = Desk::new(plan());
    let first = file(1, &[claim("LFM0001").line("99213", "130", "20261110")]);
    desk.send("a.837", &first).await;
    desk.work("2026-11-23").await;
    for kind in ["ta1", "999", "277ca", "835"] {
        desk.answer(kind).await;
    }
    desk.send("b.837", &first).await;
    assert_eq!(desk.work("2026-11-23").await.sent, Vec::<String>::new());
    desk.send("c.837", &file(1, &[claim("LFM0002").line("99214", "185", "20261110")])).await;
    assert_eq!(desk.work("2026-11-23").await.interchanges_rejected, 1);
    assert!(desk.answer("ta1").await.contains("TA1*000000001*261123*0900*R*025~"));
}

#[tokio::test]
async fn what_is_no_x12_is_put_away_and_an_acknowledgment_is_not_acknowledged() {
    let desk = Desk::new(plan());
    desk.send("a.csv", "name,amount\n").await;
    desk.send(
        "b.999",
        "ISA*00*          *00*          *ZZ*LAKESIDE       *ZZ*SBXMERID       *261123*0900*^*00501*000000009*0*P*:~\
         GS*FA*LAKESIDE*SBXMERID*20261123*0900*9*X*005010X231A1~ST*999*0001*005010X231A1~AK1*HP*1*005010X221A1~\
         AK9*A*1*1*1~SE*4*0001~GE*1*9~IEA*1*000000009~",
    )
    .await;
    let report = desk.work("2026-11-23").await;
    assert_eq!((report.files, report.unreadable, report.sent.len()), (2, 1, 0));
    assert_eq!(desk.work("2026-11-23").await.files, 0);
}
