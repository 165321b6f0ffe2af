//! Stories: one change to a right file, and what is said of it.

use chrono::NaiveDate;

mod situations;

use super::*;
use crate::declare::Source;
use crate::stream::ClaimPart;
use types::{CodeStatus, CodeTable};

const ISA: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260105*1200*^*00501*000000001*0*P*:~";

/// A secondary claim of a patient who is the subscriber: 200.00 in two lines, of which the first
/// payer paid 120.00 and adjusted 80.00.
const CLAIMS: &str = "ST*837*0001*005010X222A1~BHT*0019*00*B1*20260105*1200*CH~\
    NM1*41*2*CLINIC*****46*S1~PER*IC*DESK*TE*3095550142~NM1*40*2*PLAN*****46*R1~\
    HL*1**20*1~PRV*BI*PXC*207Q00000X~NM1*85*2*CLINIC*****XX*1234567893~N3*1 MAIN ST~N4*PEORIA*IL*616021234~REF*EI*371234567~\
    HL*2*1*22*0~SBR*S*18*G1******CI~NM1*IL*1*DOE*JANE****MI*M1234~N3*2 MAIN ST~N4*PEORIA*IL*61602~DMG*D8*19800101*F~\
    NM1*PR*2*PLAN*****PI*P0001~\
    CLM*A1*200***11:B:1*Y*A*Y*Y~HI*ABK:I10*ABF:E119~\
    SBR*P*18*G2******MB~AMT*D*120~OI***Y***Y~NM1*IL*1*DOE*JANE****MI*M9999~NM1*PR*2*FIRST*****PI*P0002~\
    LX*1~SV1*HC:99213:25*150*UN*1***1:2~DTP*472*D8*20251201~SVD*P0002*90*HC:99213:25**1~CAS*CO*45*50~CAS*PR*2*10~DTP*573*D8*20251220~\
    LX*2~SV1*HC:36415*50*UN*1***1~DTP*472*D8*20251201~SVD*P0002*30*HC:36415**1~CAS*CO*45*20~DTP*573*D8*20251220~\
    SE*39*0001~";

/// Two claims, one with a service and one without, and a recovery of 10.00.
const REMITTANCE: &str = "ST*835*0001~BPR*I*140*C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999988880*DA*98765*20260106~\
    TRN*1*EFT1*1512345678~DTM*405*20260105~N1*PR*PLAN~N3*1 QUARRY ST~N4*PEORIA*IL*616020001~PER*BL*HELP*TE*3095550100~\
    N1*PE*CLINIC*XX*1234567893~LX*1~\
    CLP*A1*1*200*100*20*12*ICN1~NM1*QC*1*DOE*JANE~\
    SVC*HC:99213*200*100**1~DTM*472*20251201~CAS*CO*45*80~CAS*PR*2*20~\
    CLP*A2*1*60*50*0*12*ICN2~CAS*CO*45*10~NM1*QC*1*ROE*RICHARD~DTM*232*20251201~\
    PLB*1234567893*20261231*WO:OLD1*10~SE*22*0001~";

/// An inpatient stay of two days: 1,000.00 in two lines, after a first payer that paid 700.00 and
/// adjusted 300.00 of the claim as a whole.
const STAY: &str = "ST*837*0001*005010X223A2~BHT*0019*00*B1*20260105*1200*CH~\
    NM1*41*2*HOSPITAL*****46*S1~PER*IC*DESK*TE*3095550142~NM1*40*2*PLAN*****46*R1~\
    HL*1**20*1~PRV*BI*PXC*282N00000X~NM1*85*2*HOSPITAL*****XX*1234567893~N3*1 MAIN ST~N4*PEORIA*IL*616021234~REF*EI*371234567~\
    HL*2*1*22*0~SBR*S*18*G1******CI~NM1*IL*1*DOE*JANE****MI*M1234~N3*2 MAIN ST~N4*PEORIA*IL*61602~DMG*D8*19800101*F~\
    NM1*PR*2*PLAN*****PI*P0001~\
    CLM*A1*1000***11:A:1**A*Y*Y~DTP*096*TM*1130~DTP*434*RD8*20251201-20251203~DTP*435*DT*202512010815~CL1*1*7*01~\
    HI*ABK:J189:::::::Y~HI*ABJ:R0602~HI*ABF:I10:::::::Y*ABF:E119:::::::W~HI*BBR:0W9B3ZX:D8:20251202~HI*BH:A1:D8:20251130~\
    HI*BI:71:RD8:20251101-20251105~HI*BE:80:::2*BE:A1:::150.5~HI*BG:09~NM1*71*1*SMITH*ANN****XX*1234567893~\
    SBR*P*18*G2******MA~CAS*CO*45*200~CAS*PR*1*100~AMT*D*700~OI***Y***Y~MIA*2**1*700~\
    NM1*IL*1*DOE*JANE****MI*M9999~NM1*PR*2*FIRST*****PI*P0002~DTP*573*D8*20251220~\
    LX*1~SV2*0120**800*DA*2~LX*2~SV2*0300*HC:80053*200*UN*1~DTP*472*D8*20251201~SE*49*0001~";

/// A filling of two surfaces: 150.00.
const FILLING: &str = "ST*837*0001*005010X224A2~BHT*0019*00*B1*20260105*1200*CH~\
    NM1*41*2*DENTIST*****46*S1~PER*IC*DESK*TE*3095550142~NM1*40*2*PLAN*****46*R1~\
    HL*1**20*1~PRV*BI*PXC*1223G0001X~NM1*85*2*DENTIST*****XX*1234567893~N3*1 MAIN ST~N4*PEORIA*IL*616021234~REF*EI*371234567~\
    HL*2*1*22*0~SBR*P*18*G1******CI~NM1*IL*1*DOE*JANE****MI*M1234~N3*2 MAIN ST~N4*PEORIA*IL*61602~DMG*D8*19800101*F~\
    NM1*PR*2*PLAN*****PI*P0001~\
    CLM*A1*150***11:B:1*Y*A*Y*Y~DTP*472*D8*20251201~DN2*1*M~HI*ABK:K0262~\
    LX*1~SV3*AD:D2392*150**10*R*1*****1~TOO*JP*3*M:O~DTP*441*D8*20200101~SE*27*0001~";

fn of_guide(body: &str, version: &str) -> String {
    format!("{ISA}GS*HC*S1*R1*20260105*1200*1*X*{version}~{}GE*1*1~IEA*1*000000001~", counted(body))
}

#[track_caller]
fn stay_with(from: &str, to: &str, rules: &[&str]) {
    assert!(STAY.contains(from), "no {from}");
    expect(&of_guide(&STAY.replacen(from, to, 1), "005010X223A2"), rules);
}

#[track_caller]
fn filling_with(from: &str, to: &str, rules: &[&str]) {
    assert!(FILLING.contains(from), "no {from}");
    expect(&of_guide(&FILLING.replacen(from, to, 1), "005010X224A2"), rules);
}

#[test]
fn institutional_claims_are_held_to_their_guide() {
    let report = check(of_guide(STAY, "005010X223A2").as_bytes(), &Options::default());
    assert_eq!((report.verdict, report.issues.len()), (Verdict::Accepted, 0), "{:#?}", report.issues);
    assert_eq!((report.sets[0].claims, report.sets[0].charged), (1, Some(Money::from_cents(100_000))));
    // The next errata of the guide is read, too.
    expect(&of_guide(&STAY.replace("X223A2", "X223A3"), "005010X223A3"), &[]);

    stay_with(
        "CLM*A1*1000***11:A:1**A",
        "CLM*A1*1000***11:B:1*Y*A",
        &["x12/unknown-code", "x12/element-not-used"],
    );
    stay_with("DTP*434*RD8*20251201-20251203~", "", &["x12/missing-segment"]);
    stay_with(
        "DTP*434*RD8*20251201-20251203",
        "DTP*434*RD8*20251203-20251201",
        &["x12/837i/statement-order"],
    );
    stay_with("CL1*1*7*01~", "", &["x12/missing-segment"]);
    stay_with("HI*ABK:J189:::::::Y", "HI*ABK:J189:::::::Q", &["x12/unknown-code"]);
    stay_with(
        "HI*ABK:J189:::::::Y",
        "HI*ABK:J189:D8:20251201:::::Y",
        &["x12/element-not-used", "x12/element-not-used"],
    );
    stay_with("HI*BBR:0W9B3ZX:D8:20251202", "HI*BBR:0W9B3ZX:D8:20251302", &["x12/invalid-date"]);
    stay_with(
        "HI*BBR:0W9B3ZX:D8:20251202",
        "HI*BBR:0W9B3ZX",
        &["x12/missing-element", "x12/missing-element"],
    );
    stay_with("HI*BI:71:RD8:20251101-20251105", "HI*BI:71:D8:20251101", &["x12/unknown-code"]);
    stay_with("HI*BE:80:::2", "HI*BE:80:::X", &["x12/invalid-number"]);
    stay_with("HI*ABJ:R0602~", "", &["x12/837i/admitting-diagnosis"]);
    stay_with("DTP*435*DT*202512010815~", "", &["x12/837i/admission-date"]);
    stay_with("SV2*0120**800*DA*2", "SV2*0120**800*XX*2", &["x12/unknown-code"]);
    stay_with("SV2*0120**800", "SV2*0120**700", &["x12/837i/claim-charge"]);
    stay_with("AMT*D*700", "AMT*D*600", &["x12/837i/cob-charge-balance"]);
    stay_with("MIA*2**1*700", "MIA*2*1*1*700", &["x12/element-not-used"]);
    stay_with("HL*2*1*22*0", "HL*2*9*22*0", &["x12/level-parent"]);
    stay_with("LX*2~", "LX*3~", &["x12/line-number"]);
    // An outpatient statement of several days: each line has its date, and procedures are on lines.
    stay_with(
        "CLM*A1*1000***11:A:1",
        "CLM*A1*1000***13:A:1",
        &["x12/837i/outpatient-procedure", "x12/837i/service-date"],
    );
}

#[test]
fn dental_claims_are_held_to_their_guide() {
    let report = check(of_guide(FILLING, "005010X224A2").as_bytes(), &Options::default());
    assert_eq!((report.verdict, report.issues.len()), (Verdict::Accepted, 0), "{:#?}", report.issues);
    assert_eq!((report.sets[0].claims, report.sets[0].charged), (1, Some(Money::from_cents(15_000))));
    expect(&of_guide(&FILLING.replace("X224A2", "X224A3"), "005010X224A3"), &[]);

    filling_with("SV3*AD:D2392", "SV3*HC:D2392", &["x12/unknown-code"]);
    filling_with("SV3*AD:D2392*150", "SV3*AD:D2392*140", &["x12/837d/claim-charge"]);
    filling_with("TOO*JP*3*M:O", "TOO*JP*3*M:X", &["x12/unknown-code"]);
    filling_with("TOO*JP*3*M:O", "TOO*JP", &["x12/elements-paired"]);
    filling_with("DN2*1*M", "DN2*1*Q", &["x12/unknown-code"]);
    filling_with("DTP*441*D8*20200101~", "", &["x12/837d/prior-placement"]);
    filling_with("DTP*472*D8*20251201~", "", &["x12/837d/service-date"]);
    filling_with("Y*A*Y*Y~DTP*472", "Y*A*Y*Y**********PB~DTP*472", &["x12/837d/predetermination-date"]);
    filling_with("Y*A*Y*Y~DTP*472*D8*20251201~", "Y*A*Y*Y**********PB~", &[]);
    filling_with("Y*A*Y*Y~DTP*472", "Y*A*Y*Y**OA~DTP*472", &["x12/837d/accident-date"]);
    filling_with("R*1*****1~", "R*1*****2~", &["x12/837d/diagnosis-pointer"]);
    filling_with(
        "HI*ABK:K0262~",
        "HI*ABK:K0262*ABF:K021*ABF:K022*ABF:K023*ABF:K024~",
        &["x12/element-not-used"],
    );
}

fn claims(body: &str) -> String {
    format!("{ISA}GS*HC*S1*R1*20260105*1200*1*X*005010X222A1~{}GE*1*1~IEA*1*000000001~", counted(body))
}

fn remittance(body: &str) -> String {
    format!("{ISA}GS*HP*S1*R1*20260105*1200*1*X*005010X221A1~{}GE*1*1~IEA*1*000000001~", counted(body))
}

/// The stories change segments; SE01 counts them again.
fn counted(body: &str) -> String {
    let count = body.matches('~').count();
    let (head, tail) = body.rsplit_once("SE*").unwrap();
    let (_, number) = tail.split_once('*').unwrap();
    format!("{head}SE*{count}*{number}")
}

#[track_caller]
fn expect(text: &str, rules: &[&str]) {
    let report = check(text.as_bytes(), &Options::default());
    let found: Vec<&str> = report.issues.iter().map(|finding| finding.rule).collect();
    assert_eq!(found, rules, "{:#?}", report.issues);
}

/// What is said when one piece of the claims is another.
#[track_caller]
fn claim_with(from: &str, to: &str, rules: &[&str]) {
    assert!(CLAIMS.contains(from), "no {from}");
    expect(&claims(&CLAIMS.replacen(from, to, 1)), rules);
}

#[track_caller]
fn remittance_with(from: &str, to: &str, rules: &[&str]) {
    assert!(REMITTANCE.contains(from), "no {from}");
    expect(&remittance(&REMITTANCE.replacen(from, to, 1)), rules);
}

#[test]
fn right_files_are_accepted_and_added_up() {
    let report = check(claims(CLAIMS).as_bytes(), &Options::default());
    assert_eq!((report.verdict, report.issues.len()), (Verdict::Accepted, 0), "{:#?}", report.issues);
    let set = &report.sets[0];
    assert_eq!(
        (set.transaction.as_str(), set.version.as_str(), set.control_number.as_str()),
        ("837", "005010X222A1", "0001")
    );
    assert_eq!(
        (set.claims, set.charged, set.paid, set.segments),
        (1, Some(Money::from_cents(20_000)), None, 39)
    );

    let report = check(remittance(REMITTANCE).as_bytes(), &Options::default());
    assert_eq!((report.verdict, report.issues.len()), (Verdict::Accepted, 0), "{:#?}", report.issues);
    let set = &report.sets[0];
    let cents = |money: Option<Money>| money.map(Money::cents);
    assert_eq!(
        (set.claims, cents(set.charged), cents(set.paid), cents(set.payment)),
        (2, Some(26_000), Some(15_000), Some(14_000))
    );
}

#[test]
fn elements_keep_to_their_tables() {
    claim_with("DMG*D8*19800101*F", "DMG*D8*19801301*F", &["x12/invalid-date"]);
    claim_with("BHT*0019", "BHT*0018", &["x12/unknown-code"]);
    claim_with("PRV*BI*PXC*207Q00000X", "PRV*BI*PXC", &["x12/missing-element", "x12/elements-paired"]);
    claim_with(
        "NM1*41*2*CLINIC*****46*S1",
        "NM1*41*2*CLINIC*****46",
        &["x12/missing-element", "x12/elements-paired"],
    );
    claim_with("N4*PEORIA*IL*61602~", "N4*P*IL*61602~", &["x12/too-short"]);
    claim_with("OI***Y***Y~", "OI***Y***Y~MOA~", &["x12/empty-segment"]);
    claim_with("CLM*A1*200**", "CLM*A1*200*XX*", &["x12/element-not-used"]);
    claim_with("SV1*HC:36415*50*UN*1", "SV1*HC:36415*50*XX*1", &["x12/unknown-code"]);
    claim_with("ABF:E119", "ABX:E119", &["x12/unknown-code"]);
    claim_with("NM1*IL*1*DOE*JANE", "NM1*IL*1*DOE\u{7}*JANE", &["x12/invalid-character"]);
    claim_with("NM1*IL*1*DOE*JANE", "NM1*IL*1*DO:E*JANE", &["x12/components-in-simple-element"]);
    remittance_with("WO:OLD1", "ZQ:OLD1", &["x12/unknown-code"]);
    // An amount that is not there is missed in the sums, too.
    remittance_with(
        "CAS*CO*45*80",
        "CAS*CO*45",
        &["x12/835/claim-balance", "x12/835/service-balance", "x12/missing-element"],
    );
}

#[test]
fn odd_writing_is_a_warning_and_strict_makes_it_an_error() {
    for (from, to, rule) in [
        ("REF*EI*371234567~", "REF*EI*371234567**~", "x12/trailing-separators"),
        ("N3*2 MAIN ST~", "N3*2 MAIN ST ~", "x12/trailing-blank"),
        ("N3*2 MAIN ST~", "N3*2 CALLE \u{d1}~", "x12/character-not-ascii"),
        ("N3*2 MAIN ST~", "N3*2\nMAIN ST~", "x12/line-break-in-segment"),
        ("N3*2 MAIN ST~", "\n  N3*2 MAIN ST~", "x12/blanks-between-segments"),
        ("N4*PEORIA*IL*616021234", "N4*PEORIA*IL*61602", "x12/837p/zip-plus-4"),
        ("N3*1 MAIN ST", "N3*P.O. Box 12", "x12/837p/post-office-box"),
    ] {
        let text = claims(&CLAIMS.replacen(from, to, 1));
        let report = check(text.as_bytes(), &Options::default());
        assert_eq!((report.verdict, report.warnings), (Verdict::Accepted, 1), "{rule} {:#?}", report.issues);
        assert_eq!(report.issues[0].rule, rule);
        let strict = check(text.as_bytes(), &Options { strict: true, ..Options::default() });
        assert_eq!((strict.verdict, strict.errors), (Verdict::Rejected, 1), "{rule}");
    }
}

#[test]
fn amounts_add_up_to_the_cent() {
    claim_with("CLM*A1*200", "CLM*A1*200.01", &["x12/837p/claim-charge", "x12/837p/cob-charge-balance"]);
    claim_with(
        "SVD*P0002*30",
        "SVD*P0002*29.99",
        &["x12/837p/cob-claim-balance", "x12/837p/cob-line-balance"],
    );
    claim_with("AMT*D*120", "AMT*D*119", &["x12/837p/cob-claim-balance", "x12/837p/cob-charge-balance"]);
    remittance_with("BPR*I*140", "BPR*I*140.01", &["x12/835/transaction-balance"]);
    remittance_with("CAS*CO*45*80", "CAS*CO*45*79.99", &["x12/835/claim-balance", "x12/835/service-balance"]);
    remittance_with("CAS*CO*45*10~", "CAS*CO*45*11~", &["x12/835/claim-balance"]);
    remittance_with("*200*100*20*12", "*200*100*19*12", &["x12/835/patient-responsibility"]);
    // A negative PLB amount raises the payment.
    expect(
        &remittance(&REMITTANCE.replace("WO:OLD1*10", "L6:OLD1*-1").replace("BPR*I*140", "BPR*I*151")),
        &[],
    );
}

#[test]
fn what_the_data_decides_is_demanded() {
    claim_with("11:B:1", "11:B:7", &["x12/837p/replacement-needs-f8"]);
    claim_with("11:B:1*Y*A*Y*Y~", "11:B:7*Y*A*Y*Y~REF*F8*ICN1~", &[]);
    claim_with("11:B:1*Y*A*Y*Y~", "21:B:1*Y*A*Y*Y~", &["x12/837p/admission-date"]);
    claim_with("11:B:1*Y*A*Y*Y~", "11:B:1*Y*A*Y*Y**AA:::IL~", &["x12/837p/accident-date"]);
    claim_with("11:B:1*Y*A*Y*Y~", "11:B:1*Y*A*Y*Y**AA~DTP*439*D8*20251130~", &["x12/837p/accident-state"]);
    claim_with("11:B:1*Y*A*Y*Y~", "11:B:1*Y*A*Y*Y~PWK*OZ*BM~", &["x12/837p/attachment-number"]);
    claim_with("DMG*D8*19800101*F~", "", &["x12/837p/subscriber-birth"]);
    claim_with("N3*2 MAIN ST~N4*PEORIA*IL*61602~", "", &["x12/837p/subscriber-address"]);
    claim_with("SBR*S*18*G1", "SBR*S**G1", &["x12/837p/patient-needed"]);
    claim_with("HL*2*1*22*0", "HL*2*1*22*1", &["x12/837p/children-code"]);
    claim_with("SBR*S*18*G1", "SBR*P*18*G1", &["x12/837p/payer-order"]);
    claim_with("SBR*S*18*G1******CI", "SBR*S*18*G1******MB", &["x12/837p/medicare-secondary-reason"]);
    claim_with("***1:2~", "***1:3~", &["x12/837p/diagnosis-pointer"]);
    claim_with("N4*PEORIA*IL*61602~", "N4*PEORIA~", &["x12/837p/state", "x12/837p/zip"]);
    claim_with("N4*PEORIA*IL*61602~", "N4*PARIS***FR~", &[]);
    claim_with("DTP*472*D8*20251201~", "DTP*472*RD8*20251202-20251201~", &["x12/837p/period-order"]);
    claim_with("LX*2", "LX*3", &["x12/line-number"]);
    claim_with("HL*2*1", "HL*3*1", &["x12/level-number"]);
    claim_with("HL*2*1", "HL*2*9", &["x12/level-parent"]);
    remittance_with("CLP*A2*1*", "CLP*A2*19*", &["x12/835/crossover-carrier"]);
    remittance_with("DTM*232*20251201~", "", &["x12/835/claim-dates"]);
    remittance_with("CAS*CO*45*10~", "CAS*CO*27*10~", &["x12/835/coverage-expired"]);
    remittance_with("DA*98765*", "**", &["x12/835/bank-details"]);
    remittance_with("TRN*1*EFT1*1512345678", "TRN*1*EFT1*1999999999", &["x12/835/company-id"]);
}

#[test]
fn a_level_that_was_not_asked_for_is_not_checked() {
    let text = claims(
        &CLAIMS
            .replacen("CLM*A1*200*", "CLM*A1*201*", 1)
            .replacen("11:B:1", "11:B:7", 1)
            .replacen("BHT*0019", "BHT*0018", 1),
    );
    let rules = |level| -> Vec<&str> {
        check(text.as_bytes(), &Options { level, ..Options::default() })
            .issues
            .iter()
            .map(|finding| finding.rule)
            .collect()
    };
    assert_eq!(rules(1), [""; 0]);
    assert_eq!(rules(2), ["x12/unknown-code"]);
    assert_eq!(rules(3), ["x12/unknown-code", "x12/837p/claim-charge", "x12/837p/cob-charge-balance"]);
    assert_eq!(rules(4).len(), 4);
}

#[test]
fn sets_that_nobody_read_are_named_and_never_accepted() {
    let foreign = |set: &str, version: &str| {
        format!(
            "{ISA}GS*HS*S1*R1*20260105*1200*1*X*{version}~ST*{set}*0001*{version}~BHT*0022*13~SE*3*0001~GE*1*1~IEA*1*000000001~"
        )
    };
    expect(&foreign("834", "005010X220A1"), &["x12/unsupported-set"]);
    expect(&foreign("278", "005010X217"), &["x12/unsupported-set"]);
    expect(&foreign("837", "004010X098A1").replace("GS*HS", "GS*HC"), &["x12/version-4010"]);
    for text in [foreign("278", "005010X217"), foreign("834", "005010X220A1")] {
        assert_eq!(
            check(text.as_bytes(), &Options { level: 1, ..Options::default() }).verdict,
            Verdict::Rejected
        );
    }
}

#[test]
fn what_is_no_x12_is_unreadable_and_a_fragment_is_rejected() {
    for text in ["", "name,amount\nDoe,1\n", "%PDF-1.7", "{\"isa\": 1}"] {
        let report = check(text.as_bytes(), &Options::default());
        assert_eq!((report.verdict, report.issues.len()), (Verdict::Unreadable, 1), "{text}");
    }
    let report = check(REMITTANCE.as_bytes(), &Options::default());
    let rules: Vec<&str> = report.issues.iter().map(|finding| finding.rule).collect();
    assert_eq!((report.verdict, rules), (Verdict::Rejected, vec!["x12/no-isa", "x12/no-interchange"]));
    assert_eq!(report.sets[0].claims, 2);
}

#[test]
fn a_finding_says_where_it_stands() {
    let text = claims(&CLAIMS.replacen("SV1*HC:36415*50", "SV1*HC:36415*5O", 1));
    let report = check(text.as_bytes(), &Options { level: 2, ..Options::default() });
    let finding = &report.issues[0];
    assert_eq!(
        (finding.rule, finding.level, finding.loop_path.as_str(), finding.r#loop.as_str()),
        ("x12/invalid-number", 1, "2000A/2000B/2300/2400", "2400")
    );
    // ISA and GS come before ST: the 34th segment of the set is the 36th of the file.
    assert_eq!((finding.segment, finding.set_segment), (36, 34));
    assert_eq!((finding.element.as_deref(), finding.found.as_deref()), (Some("SV102"), Some("5O")));
    assert!(text[usize::try_from(finding.offset).unwrap()..].starts_with("SV1*HC:36415"));
}

#[test]
fn segments_have_the_same_numbers_however_little_is_read_at_a_time() {
    // A group without sets, and a set without SE: both are judged when the next one begins.
    let group = "GS*HP*S1*R1*20260105*1200*1*X*005010X221A1~";
    let set = REMITTANCE.replacen("BPR*I*140", "BPR*I*150", 1).replacen("SE*22*0001~", "", 1);
    let text = format!("{ISA}{group}{}{group}{set}{set}GE*2*1~IEA*2*000000001~", "\n".repeat(600));
    let small = Options { limits: Limits { chunk_bytes: 0, ..Limits::default() }, ..Options::default() };
    let report = check(text.as_bytes(), &small);
    let numbers = |rule: &str| -> Vec<u64> {
        report.issues.iter().filter(|issue| issue.rule == rule).map(|issue| issue.segment).collect()
    };
    assert_eq!(numbers("x12/empty-group"), [2]);
    // ISA, GS, GS, ST, BPR; a set has 21 segments.
    assert_eq!(numbers("x12/835/transaction-balance"), [5, 26]);
    assert_eq!(report, check(text.as_bytes(), &Options::default()));
}

#[test]
fn issues_beyond_those_kept_are_counted() {
    let line = "LX*9~SV1*HC:36415*0*XX*1***1~DTP*472*D8*20251201~";
    let body = CLAIMS.replacen("SE*", &format!("{}SE*", line.repeat(40)), 1);
    let report = check(
        claims(&body).as_bytes(),
        &Options { limits: Limits { issues: 10, ..Limits::default() }, ..Options::default() },
    );
    assert_eq!((report.issues.len(), report.more + 10), (10, report.errors + report.warnings));
    assert!(report.more > 60);
}

/// Knows every code but these.
struct Without(&'static [(CodeTable, &'static str, CodeStatus)]);
impl CodeLookup for Without {
    fn status(&self, table: CodeTable, code: &str, _: NaiveDate) -> CodeStatus {
        self.0
            .iter()
            .find(|known| (known.0, known.1) == (table, code))
            .map_or(CodeStatus::Valid, |known| known.2)
    }
}

#[test]
fn codes_are_asked_for_the_day_of_service_at_level_5() {
    let tables = Without(&[
        (CodeTable::Icd10cm, "E119", CodeStatus::Header),
        (CodeTable::Cpt, "36415", CodeStatus::NotInForce),
        (CodeTable::Modifier, "25", CodeStatus::Unknown),
        (CodeTable::Carc, "2", CodeStatus::NotChecked),
    ]);
    let at = |level| {
        let options = Options { level, codes: Some(&tables), ..Options::default() };
        let report = check(claims(CLAIMS).as_bytes(), &options);
        report
            .issues
            .into_iter()
            .map(|finding| (finding.rule, finding.found.unwrap_or_default()))
            .collect::<Vec<_>>()
    };
    assert_eq!(at(4), []);
    assert_eq!(
        at(5),
        [
            ("x12/codes/diagnosis", "E119".to_owned()),
            ("x12/codes/modifier", "25".to_owned()),
            ("x12/codes/procedure", "36415".to_owned()),
        ]
    );
}

#[test]
fn no_byte_of_a_small_file_can_make_it_panic() {
    for text in [claims(CLAIMS), remittance(REMITTANCE)] {
        let mut bytes = text.clone().into_bytes();
        for place in 0..bytes.len() {
            let right = bytes[place];
            for wrong in [b'*', b'~', b':', b'^', 0, b'9', b'A', b'-', b' ', 0xFF] {
                bytes[place] = wrong;
                let report = check(&bytes, &Options::default());
                assert!(report.issues.len() <= 1_000);
            }
            bytes[place] = right;
            let cut = check(&text.as_bytes()[..place], &Options::default());
            // Without its last terminator a file says all the same.
            let whole = place + 1 == bytes.len();
            assert_eq!(cut.verdict == Verdict::Accepted, whole, "cut at {place}");
        }
    }
}

#[test]
fn amounts_beyond_all_bounds_do_not_panic() {
    let line = "LX*3~SV1*HC:36415*999999999999.99*UN*1***1~DTP*472*D8*20251201~";
    let body = CLAIMS.replacen("SE*", &format!("{}SE*", line.repeat(50)), 1);
    let _ = check(claims(&body.repeat(3)).as_bytes(), &Options::default());
}

#[test]
fn every_rule_is_listed_once() {
    let mut ids: Vec<&str> = rules::ALL.iter().map(|rule| rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), rules::ALL.len());
}

/// Finds fault with every billing provider's name and every claim's charge.
struct Faultfinder;

impl Further for Faultfinder {
    fn part(&mut self, part: &Part<'_>, at: At) -> Vec<Finding> {
        let Part::Professional(ClaimPart::SubscriberLevel(subscriber, levels)) = part else { return vec![] };
        let billing = levels.billing().unwrap();
        let fault = |rule, source: Source<'_>, element| {
            let at = At { segment: source.number(), offset: source.offset(), ..at };
            finding(&Issue::new(rule, at, "wrong").level(6).element(element, 0), 0, false)
        };
        subscriber
            .claims
            .iter()
            .flat_map(|claim| {
                [
                    fault("scrub/charge", claim.claim.source, "CLM02"),
                    fault("scrub/name", billing.provider.name.source, "NM109"),
                ]
            })
            .collect()
    }
}

#[test]
fn levels_above_ours_are_told_once_a_place_and_in_the_order_of_the_file() {
    let one = "CLM*A2*50***11:B:1*Y*A*Y*Y~HI*ABK:I10~LX*1~SV1*HC:99213*50*UN*1***1~DTP*472*D8*20251201~";
    let next = "HL*3*1*22*0~SBR*P*18*******CI~NM1*IL*1*ROE*ANN****MI*M2~N3*3 MAIN ST~N4*PEORIA*IL*61602~\
        DMG*D8*19800101*F~NM1*PR*2*PLAN*****PI*P0001~CLM*A3*50***11:B:1*Y*A*Y*Y~HI*ABK:I10~LX*1~\
        SV1*HC:99213*50*UN*1***1~DTP*472*D8*20251201~";
    let payer =
        "SBR*P*18*G2******MB~OI***Y***Y~NM1*IL*1*DOE*JANE****MI*M9999~NM1*PR*2*FIRST*****PI*P0002~LX*1~";
    let one = one.replace("LX*1~", payer);
    let text = claims(&CLAIMS.replace("SE*39", &format!("{one}{next}SE*39")));
    let found = |text: &str, issues: usize| {
        let options = Options { limits: Limits { issues, ..Limits::default() }, ..Options::default() };
        check_stream_further(text.as_bytes(), &options, &mut Faultfinder).unwrap()
    };
    let report = found(&text, 1_000);
    let place = |segment: &str| {
        let offset = text.find(segment).unwrap();
        (u64::try_from(offset).unwrap(), text[..offset].matches('~').count() as u64 + 1)
    };
    let expected = ["NM1*85", "CLM*A1", "CLM*A2", "CLM*A3"].map(place);
    let places: Vec<(u64, u64)> =
        report.issues.iter().map(|finding| (finding.offset, finding.segment)).collect();
    assert_eq!(places, expected, "{:#?}", report.issues);
    assert_eq!((report.verdict, report.errors, report.more), (Verdict::Rejected, 4, 0));
    // Only the first ones of the file are kept, the others counted.
    let report = found(&text, 2);
    let kept: Vec<u64> = report.issues.iter().map(|finding| finding.offset).collect();
    assert_eq!((kept, report.errors, report.more), (vec![expected[0].0, expected[1].0], 4, 2));
    // What a lower level says of an element is not said again.
    let report = found(&text.replace("CLM*A2*50*", "CLM*A2*60*"), 1_000);
    let of_claim: Vec<&str> =
        report.issues.iter().filter(|issue| issue.offset == expected[2].0).map(|issue| issue.rule).collect();
    assert_eq!(of_claim, ["x12/837p/claim-charge"]);
}
