//! 835: what is paid, and why not the rest. Every amount is worked out beside its test.

use firstpass::sandbox::{Leftover, Plan};

use super::{Desk, Sent, claim, file, only, plan, sets};

const BALANCE: &[&str] = &["BPR", "CLP", "CAS", "MOA", "SVC", "LQ", "PLB"];

/// The lines of the 835 that carry money or reasons, for claims sent together.
async fn paid(plan: Plan, claims: &[Sent]) -> Vec<String> {
    let desk = Desk::new(plan);
    desk.send("a.837", &file(1, claims)).await;
    desk.work("2026-11-23").await;
    let mut segments = only(&desk.answer("835").await, BALANCE);
    segments[0] = segments[0].split('*').take(5).collect::<Vec<_>>().join("*");
    segments
}

#[tokio::test]
async fn a_visit_and_a_test_are_paid_to_the_cent() {
    let desk = Desk::new(plan());
    let sent = claim("LFM0001").line("99213:25", "130", "20261110").line("80053", "39", "20261110");
    desk.send("a.837", &file(1, &[sent])).await;
    desk.work("2026-11-23").await;
    // 99213: 78 % of 130.00 = 101.40, so CO-45 28.60; copay 25.00; paid 76.40.
    // 80053: 45 % of 39.00 = 17.55, so CO-45 21.45; deductible 10.00; 20 % of 7.55 = 1.51; paid 6.04.
    let answer = desk.answer("835").await;
    assert!(answer.contains("GS*HP*SBXMERID*LAKESIDE*20261123*0600*4*X*005010X221A1~"), "{answer}");
    assert_eq!(
        sets(&answer),
        [
            "ST*835*0001",
            "BPR*I*82.44*C*ACH*CCP*01*999999992*DA*SANDBOX0001*1003408176**01*999999992*DA*1550000014*20261123",
            "TRN*1*SBXMERID00000001*1003408176",
            "DTM*405*20261123",
            "N1*PR*MERIDIAN MUTUAL SANDBOX",
            "N3*1 SANDBOX WAY",
            "N4*SPRINGFIELD*IL*627010001",
            "REF*2U*SBXMERID",
            "PER*BL*SANDBOX SUPPORT*TE*8005550100",
            "N1*PE*LAKESIDE FAMILY MEDICINE*XX*1550000014",
            "N3*100 HARBOR STREET",
            "N4*PEORIA*IL*616021234",
            "REF*TJ*371234567",
            "LX*1",
            "CLP*LFM0001*1*169*82.44*36.51*12*263270000001*11*1",
            "NM1*QC*1*DOE*JANE****MI*W123456700",
            "NM1*82*1*HARTWELL*MIRIAM****XX*1550000113",
            "DTM*232*20261110",
            "DTM*233*20261110",
            "DTM*050*20261123",
            "AMT*AU*118.95",
            "SVC*HC:99213:25*130*76.4",
            "DTM*472*20261110",
            "CAS*CO*45*28.6",
            "CAS*PR*3*25",
            "REF*6R*LFM0001L1",
            "AMT*B6*101.4",
            "SVC*HC:80053*39*6.04",
            "DTM*472*20261110",
            "CAS*CO*45*21.45",
            "CAS*PR*1*10**2*1.51",
            "REF*6R*LFM0001L2",
            "AMT*B6*17.55",
            "SE*34*0001",
        ]
    );
}

#[tokio::test]
async fn a_deductible_is_met_once_a_year() {
    // 93000: 66 % of 52.00 = 34.32. First: 10.00 and 20 % of 24.32 = 4.86, paid 19.46.
    // Then: 20 % of 34.32 = 6.86 (6.864), paid 27.46.
    let sent = [
        claim("LFM0001").line("93000", "52", "20261110"),
        claim("LFM0002").line("93000", "52", "20261111"),
        claim("LFM0003").member("W123456701").line("93000", "52", "20261111"),
    ];
    let clp: Vec<String> =
        paid(plan(), &sent).await.into_iter().filter(|one| one.starts_with("CLP")).collect();
    assert_eq!(
        clp,
        [
            "CLP*LFM0001*1*52*19.46*14.86*12*263270000001*11*1",
            "CLP*LFM0002*1*52*27.46*6.86*12*263270000002*11*1",
            "CLP*LFM0003*1*52*19.46*14.86*12*263270000003*11*1",
        ]
    );
}

#[tokio::test]
async fn medicare_withholds_two_percent_and_sends_the_claim_on() {
    let medicare = Plan {
        deductible_met_per_mille: 1_000,
        unnecessary_per_mille: 0,
        incomplete_per_mille: 0,
        crossover: Some(("STATE MEDICAL AID SANDBOX", "SBXMCAID")),
        ..Plan::medicare_part_b()
    };
    // 99214: 61 % of 185.00 = 112.85, CO-45 72.15; 20 % = 22.57; of 90.28 two percent = 1.81; paid 88.47.
    let segments = paid(medicare, &[claim("LFM0001").line("99214", "185", "20261110")]).await;
    assert_eq!(
        segments,
        [
            "BPR*I*88.47*C*ACH",
            "CLP*LFM0001*19*185*88.47*22.57*MB*263270000001*11*1",
            "MOA***MA18",
            "SVC*HC:99214*185*88.47",
            "CAS*CO*45*72.15**253*1.81",
            "CAS*PR*2*22.57",
        ]
    );
}

/// One claim, refused: its CLP status, CAS and remarks.
async fn refused(one: Sent, expected: &[&str]) {
    let segments = paid(plan(), std::slice::from_ref(&one)).await;
    assert_eq!(segments[0], "BPR*H*0*C*NON");
    assert_eq!(&segments[1..], expected);
}

#[tokio::test]
async fn each_trigger_refuses_with_its_own_reason() {
    let visit = |member: &str| claim("LFM0001").member(member).line("99213", "130", "20261110");
    let clp = |status: &str| format!("CLP*LFM0001*{status}*130*0**12*263270000001*11*1");
    let svc = "SVC*HC:99213*130*0";
    refused(visit("W123456731"), &[&clp("1"), svc, "CAS*CO*27*130"]).await;
    refused(visit("W123456737"), &[&clp("4"), "CAS*CO*31*130"]).await;
    refused(visit("W123456741"), &[&clp("1"), svc, "CAS*CO*22*130"]).await;
    refused(visit("W123456743"), &[&clp("1"), "MOA***MA130*N382", svc, "CAS*CO*16*130"]).await;
    let late = claim("LFM0001").line("99213", "130", "20260501");
    refused(late, &[&clp("1"), svc, "CAS*CO*29*130"]).await;
    let imaging = claim("LFM0001").line("72148", "840", "20261110");
    let clp = |pr: &str| format!("CLP*LFM0001*1*840*0*{pr}*12*263270000001*11*1");
    refused(imaging.clone(), &[&clp(""), "SVC*HC:72148*840*0", "CAS*CO*197*840"]).await;
    let manual = claim("LFM0001").line("97140", "840", "20261110");
    refused(manual, &[&clp("840"), "SVC*HC:97140*840*0", "CAS*PR*96*840", "LQ*HE*N130"]).await;
    let mut second = claim("LFM0001").line("97110", "840", "20261110");
    second.sequence = "S";
    let clp = "CLP*LFM0001*2*840*0**12*263270000001*11*1";
    refused(second, &[clp, "MOA***MA04", "SVC*HC:97110*840*0", "CAS*CO*22*840"]).await;
}

#[tokio::test]
async fn an_authorized_procedure_is_paid() {
    // 62 % of 840.00 = 520.80; 10.00; 20 % of 510.80 = 102.16; paid 408.64.
    let sent = claim("LFM0001").reference("REF*G1*AUTH1").line("72148", "840", "20261110");
    assert_eq!(paid(plan(), &[sent]).await[0], "BPR*I*408.64*C*ACH");
}

#[tokio::test]
async fn drawing_blood_belongs_to_the_panel() {
    let sent = claim("LFM0001").line("80061", "46", "20261110").line("36415", "9", "20261110");
    // 80061: 45 % of 46.00 = 20.70; 10.00; 20 % of 10.70 = 2.14; paid 8.56.
    assert_eq!(
        paid(plan(), &[sent]).await,
        [
            "BPR*I*8.56*C*ACH",
            "CLP*LFM0001*1*55*8.56*12.14*12*263270000001*11*1",
            "SVC*HC:80061*46*8.56",
            "CAS*CO*45*25.3",
            "CAS*PR*1*10**2*2.14",
            "SVC*HC:36415*9*0",
            "CAS*CO*97*9",
            "LQ*HE*M15",
        ]
    );
}

#[tokio::test]
async fn a_service_is_paid_once_unless_it_was_done_again() {
    let sent = [
        claim("LFM0001").line("99213", "130", "20261110"),
        claim("LFM0002").line("99213", "130", "20261110"),
        claim("LFM0003").line("99213:76", "130", "20261110"),
    ];
    let segments = paid(plan(), &sent).await;
    assert_eq!(segments[0], "BPR*I*152.8*C*ACH");
    assert_eq!(
        segments[5..8],
        ["CLP*LFM0002*1*130*0**12*263270000002*11*1", "SVC*HC:99213*130*0", "CAS*OA*18*130"]
    );
}

/// A visit of 130.00 after a first payer allowed 100.00, paid 65.00 and left 10.00 and 25.00.
fn after_the_first_payer() -> Sent {
    let mut sent = claim("LFM0001").line_with(
        "99213",
        "130",
        "20261110",
        &["SVD*SBXFIRST*65*HC:99213**1", "CAS*CO*45*30", "CAS*PR*1*10**2*25", "DTP*573*D8*20261115"],
    );
    sent.sequence = "S";
    sent.other_payer = [
        "SBR*P*18*******12",
        "AMT*D*65",
        "OI***Y***Y",
        "NM1*IL*1*DOE*JANE****MI*F1",
        "NM1*PR*2*FIRST PAYER*****PI*SBXFIRST",
    ]
    .map(str::to_owned)
    .to_vec();
    sent
}

#[tokio::test]
async fn a_second_payer_pays_up_to_its_own_rate_and_restates_the_whole_charge() {
    // Own rate 78 % of 130.00 = 101.40, less 65.00 = 36.40; the patient was left 35.00: all of it is paid.
    // OA-23 = 130.00 - 35.00 = 95.00.
    assert_eq!(
        paid(plan(), &[after_the_first_payer()]).await,
        [
            "BPR*I*35*C*ACH",
            "CLP*LFM0001*2*130*35**12*263270000001*11*1",
            "SVC*HC:99213*130*35",
            "CAS*OA*23*95",
        ]
    );
}

#[tokio::test]
async fn what_a_second_payer_leaves_is_the_patients_or_the_providers() {
    let low = |leftover| {
        let mut low = plan();
        low.allowed_percent.visit = 60;
        low.leftover = leftover;
        low
    };
    // 60 % of 130.00 = 78.00, less 65.00: 13.00 paid of 35.00; 22.00 is left, the deductible's 10.00 first.
    assert_eq!(
        paid(low(Leftover::Patient), &[after_the_first_payer()]).await[1..],
        [
            "CLP*LFM0001*2*130*13*22*12*263270000001*11*1",
            "SVC*HC:99213*130*13",
            "CAS*PR*1*10**2*12",
            "CAS*OA*23*95",
        ]
    );
    assert_eq!(
        paid(low(Leftover::Provider), &[after_the_first_payer()]).await[1..],
        ["CLP*LFM0001*2*130*13**12*263270000001*11*1", "SVC*HC:99213*130*13", "CAS*CO*45*22", "CAS*OA*23*95",]
    );
}

#[tokio::test]
async fn a_payment_is_reversed_and_corrected_and_what_cannot_be_taken_is_forwarded() {
    let desk = Desk::new(plan());
    desk.send("a.837", &file(1, &[claim("LFM0001").member("W123456747").line("99213", "130", "20261110")]))
        .await;
    desk.work("2026-11-23").await;
    // 101.40 less 25.00 copay.
    assert_eq!(only(&desk.answer("835").await, &["CLP"]), ["CLP*LFM0001*1*130*76.4*25*12*263270000001*11*1"]);
    desk.work("2026-12-03").await;
    // Four fifths of 101.40 = 81.12, less 25.00 = 56.12: 20.28 less than before, and nothing to take it from.
    assert_eq!(
        only(&desk.answer("835").await, &["BPR", "CLP", "REF", "CAS", "SVC", "PLB"]),
        [
            "BPR*H*0*C*NON************20261203",
            "REF*2U*SBXMERID",
            "REF*TJ*371234567",
            "CLP*LFM0001*22*-130*-76.4**12*263270000001*11*1",
            "SVC*HC:99213*-130*-76.4",
            "CAS*CO*45*-28.6",
            "CAS*PR*3*-25",
            "REF*6R*LFM0001L1",
            "CLP*LFM0001*1*130*56.12*25*12*263270000002*11*1",
            "REF*F8*263270000001",
            "SVC*HC:99213*130*56.12",
            "CAS*CO*45*48.88",
            "CAS*PR*3*25",
            "REF*6R*LFM0001L1",
            "PLB*1550000014*20261231*FB:SBXMERID00000002*-20.28",
        ]
    );
    desk.send("b.837", &file(2, &[claim("LFM0002").line("99213", "130", "20261201")])).await;
    desk.work("2026-12-04").await;
    // 76.40 - 20.28 = 56.12.
    let answer = desk.answer("835").await;
    assert!(answer.contains("BPR*I*56.12*C*ACH"), "{answer}");
    assert_eq!(only(&answer, &["PLB"]), ["PLB*1550000014*20261231*FB:SBXMERID00000002*20.28"]);
}

#[tokio::test]
async fn an_overpayment_is_announced_first_and_taken_from_a_later_payment() {
    let desk = Desk::new(plan());
    desk.send("a.837", &file(1, &[claim("LFM0001").member("W123456753").line("99213", "130", "20261110")]))
        .await;
    desk.work("2026-11-23").await;
    desk.answer("835").await;
    desk.work("2026-12-03").await;
    assert_eq!(
        only(&desk.answer("835").await, &["CLP", "CAS", "PLB"]),
        [
            "CLP*LFM0001*22*-130*-76.4**12*263270000001*11*1",
            "CAS*CO*45*-28.6",
            "CAS*PR*3*-25",
            "CLP*LFM0001*1*130*0**12*263270000002*11*1",
            "CAS*CO*27*130",
            "PLB*1550000014*20261231*WO:263270000001*-76.4",
        ]
    );
    desk.send("b.837", &file(2, &[claim("LFM0002").line("99214", "185", "20261201")])).await;
    desk.work("2026-12-04").await;
    // 78 % of 185.00 = 144.30, less 25.00 = 119.30, less 76.40 = 42.90.
    let answer = desk.answer("835").await;
    assert!(answer.contains("BPR*I*42.9*C*ACH"), "{answer}");
    assert_eq!(only(&answer, &["PLB"]), ["PLB*1550000014*20261231*WO:263270000001*76.4"]);
}

#[tokio::test]
async fn who_refuses_because_coverage_ended_says_when() {
    let desk = Desk::new(plan());
    desk.send("a.837", &file(1, &[claim("LFM0001").member("W123456731").line("99213", "130", "20261110")]))
        .await;
    desk.work("2026-11-23").await;
    assert_eq!(
        only(&desk.answer("835").await, &["DTM"])[1..4],
        ["DTM*232*20261110", "DTM*233*20261110", "DTM*036*20261109",]
    );
}

#[tokio::test]
async fn a_late_payment_bears_interest() {
    let desk = Desk::new(plan());
    desk.send("a.837", &file(1, &[claim("LFM0001").member("W123456759").line("99213", "130", "20261110")]))
        .await;
    desk.work("2026-11-23").await;
    desk.work("2027-01-01").await;
    assert!(desk.answers("835").await.is_empty());
    desk.work("2027-01-02").await;
    // 40 days, 10 of them late: 76.40 x 9 % x 10 / 365 = 0.188.
    let answer = desk.answer("835").await;
    assert_eq!(
        only(&answer, &["CLP", "AMT", "PLB"]),
        [
            "CLP*LFM0001*1*130*76.4*25*12*263270000001*11*1",
            "AMT*AU*101.4",
            "AMT*I*0.19",
            "AMT*B6*101.4",
            "PLB*1550000014*20271231*L6:263270000001*-0.19",
        ]
    );
    assert!(answer.contains("BPR*I*76.59*C*ACH"), "{answer}");
}

#[tokio::test]
async fn a_replacement_takes_the_first_decision_back_and_a_void_leaves_nothing() {
    let desk = Desk::new(plan());
    desk.send("a.837", &file(1, &[claim("LFM0001").line("99213", "130", "20261110")])).await;
    desk.work("2026-11-23").await;
    desk.answer("835").await;
    let mut replacement = claim("LFM0002").reference("REF*F8*263270000001").line("99214", "185", "20261110");
    replacement.place = "11:B:7";
    desk.send("b.837", &file(2, &[replacement])).await;
    desk.work("2026-11-24").await;
    let answer = desk.answer("835").await;
    assert_eq!(
        only(&answer, &["CLP"]),
        [
            "CLP*LFM0001*22*-130*-76.4**12*263270000001*11*1",
            "CLP*LFM0002*1*185*119.3*25*12*263280000002*11*7",
        ]
    );
    // 119.30 - 76.40.
    assert!(answer.contains("BPR*I*42.9*"), "{answer}");
    let mut void = claim("LFM0003").reference("REF*F8*263280000002").line("99214", "185", "20261110");
    void.place = "11:B:8";
    desk.send("c.837", &file(3, &[void])).await;
    desk.work("2026-11-25").await;
    let answer = desk.answer("835").await;
    assert_eq!(
        only(&answer, &["CLP", "PLB"]),
        [
            "CLP*LFM0002*22*-185*-119.3**12*263280000002*11*7",
            "PLB*1550000014*20261231*FB:SBXMERID00000003*-119.3",
        ]
    );
}
