//! Institutional and dental claims, which come from files: each rule at its own segment. The codes
//! of the claims are real, the people made up.

use chrono::NaiveDate;

use super::Scrubber;
use crate::codes::Codes;
use crate::scrub::{Context, History, PayerRules, PracticeRules};
use crate::types::ProcedureCode;
use crate::x12::check::{Options, check_stream_further};

const TODAY: &str = "2026-11-23";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A stay with coronary artery disease and diabetes, for Medicare.
const STAY: &str = "ST*837*0001*005010X223A2~BHT*0019*00*B1*20261101*1200*CH~\
    NM1*41*2*GENERAL HOSPITAL*****46*S1~PER*IC*HELP*TE*8005550100~NM1*40*2*MEDICARE*****46*R1~\
    HL*1**20*1~PRV*BI*PXC*282N00000X~NM1*85*2*GENERAL HOSPITAL*****XX*1234567893~\
    N3*1 MAIN ST~N4*SPRINGFIELD*IL*627011234~REF*EI*123456789~\
    HL*2*1*22*0~SBR*P*18*******MA~NM1*IL*1*ROE*JANE****MI*1EG4TE5MK73~N3*2 ELM ST~\
    N4*SPRINGFIELD*IL*62701~DMG*D8*19500505*F~NM1*PR*2*MEDICARE*****PI*00120~\
    CLM*H1*1500***11:A:1**A*Y*Y~DTP*096*TM*1100~DTP*434*RD8*20260901-20260905~\
    DTP*435*DT*202609010800~CL1*1*1*01~HI*ABK:I2510:::::::Y~HI*ABJ:R079~\
    HI*ABF:E119:::::::Y*ABF:I10:::::::Y~HI*ABF:E785:::::::N~NM1*71*1*HOUSE*GRETA****XX*1999999992~\
    PRV*AT*PXC*207R00000X~LX*1~SV2*0120**1000*DA*4~LX*2~SV2*0300*HC:85025*500*UN*1~\
    DTP*472*D8*20260901~";

/// Two fillings for a child whose parent is insured.
const FILLING: &str = "ST*837*0001*005010X224A2~BHT*0019*00*B1*20261101*1200*CH~\
    NM1*41*2*DENTAL CLINIC*****46*S1~PER*IC*HELP*TE*8005550100~NM1*40*2*DENTAL PLAN*****46*R1~\
    HL*1**20*1~NM1*85*2*DENTAL CLINIC*****XX*1234567893~N3*1 MAIN ST~N4*SPRINGFIELD*IL*627011234~\
    REF*EI*123456789~HL*2*1*22*1~SBR*P********CI~NM1*IL*1*ROE*JANE****MI*W123456789~\
    NM1*PR*2*DENTAL PLAN*****PI*60054~HL*3*2*23*0~PAT*19~NM1*QC*1*ROE*SAM~N3*2 ELM ST~\
    N4*SPRINGFIELD*IL*62701~DMG*D8*20140505*M~CLM*D1*300***11:B:1*Y*A*Y*Y~DTP*472*D8*20261110~\
    HI*ABK:K0251~NM1*82*1*HOUSE*GRETA****XX*1999999992~PRV*PE*PXC*1223G0001X~\
    LX*1~SV3*AD:D2391*150****1~TOO*JP*14*O~LX*2~SV3*AD:D2330*150****1~TOO*JP*8*M~";

/// A file of one set.
fn file(segments: &str) -> String {
    let (version, count) = (&segments[12..24], segments.matches('~').count() + 1);
    format!(
        "ISA*00*          *00*          *ZZ*S1             *ZZ*R1             *261101*1200*^*00501*000000001*0*T*:~\
         GS*HC*S1*R1*20261101*1200*1*X*{version}~{segments}SE*{count}*0001~GE*1*1~IEA*1*000000001~"
    )
}

/// Rule, level, error or warning, and where: loops, element and component.
type Issues<'a> = &'a [(&'a str, u8, &'a str)];

/// What is found in a file on a day, and what could not be checked. Code lists are left to the
/// scrubber.
fn scrubbed(text: &str, payer: PayerRules, today: &str) -> (Vec<(String, u8, String)>, Vec<&'static str>) {
    let rules = PracticeRules { payer, ..PracticeRules::default() };
    let codes = Codes::shipped();
    let context = Context { codes, rules: &rules, history: History::Unknown, today: day(today) };
    let options = Options { level: 7, ..Options::default() };
    let mut scrubber = Scrubber::new(context, &options);
    let report = check_stream_further(text.as_bytes(), &options, &mut scrubber).unwrap();
    let found = report.issues.iter().map(|issue| {
        let place = format!("{} {}", issue.loop_path, issue.element.as_deref().unwrap_or_default());
        let place = issue.component.map_or(place.clone(), |component| format!("{place}-{component}"));
        (issue.rule.to_owned(), issue.level, place)
    });
    (found.collect(), scrubber.not_checked.into_keys().collect())
}

#[track_caller]
fn check_file(text: &str, payer: PayerRules, today: &str, expected: Issues<'_>) -> Vec<&'static str> {
    let (found, not_checked) = scrubbed(&file(text), payer, today);
    let found: Vec<(&str, u8, &str)> =
        found.iter().map(|(rule, level, place)| (rule.as_str(), *level, place.as_str())).collect();
    assert_eq!(found, expected);
    not_checked
}

/// Replaces the first of each, which must be there.
#[track_caller]
fn with(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "no {from}");
        text.replacen(from, to, 1)
    })
}

/// Changes the stay and checks what is found.
#[track_caller]
fn stay(changes: &[(&str, &str)], expected: Issues<'_>) -> Vec<&'static str> {
    check_file(&with(STAY, changes), PayerRules::default(), TODAY, expected)
}

/// What makes a visit of the stay.
const TO_VISIT: &[(&str, &str)] = &[
    ("***11:A:1*", "***13:A:1*"),
    ("DTP*096*TM*1100~", ""),
    ("20260901-20260905", "20260901-20260901"),
    ("DTP*435*DT*202609010800~", ""),
    ("CL1*1*1*01", "CL1*3*1*01"),
    ("HI*ABJ:R079~", ""),
    ("I2510:::::::Y", "I2510"),
    ("E119:::::::Y*ABF:I10:::::::Y", "E119*ABF:I10"),
    ("HI*ABF:E785:::::::N~", "HI*ABF:E785~"),
    ("SV2*0120**1000*DA*4", "SV2*0450*HC:99283*1000*UN*1~DTP*472*D8*20260901"),
];

/// The stay as a visit to the hospital's outpatients on one day.
#[track_caller]
fn visit(changes: &[(&str, &str)], expected: Issues<'_>) -> Vec<&'static str> {
    check_file(&with(&with(STAY, TO_VISIT), changes), PayerRules::default(), TODAY, expected)
}

/// Changes the fillings and checks what is found.
#[track_caller]
fn filling(changes: &[(&str, &str)], expected: Issues<'_>) -> Vec<&'static str> {
    check_file(&with(FILLING, changes), PayerRules::default(), TODAY, expected)
}

#[test]
fn claims_that_are_right_have_no_findings() {
    assert_eq!(stay(&[], &[]), ["scrub/duplicate-claim", "scrub/ncci-pair", "scrub/units-believable"]);
    assert_eq!(visit(&[], &[]), ["scrub/duplicate-claim", "scrub/ncci-pair", "scrub/units-believable"]);
    assert_eq!(filling(&[], &[]), ["scrub/duplicate-claim"]);
}

#[test]
fn whoever_is_named_has_an_npi_with_its_check_digit() {
    let digit = |place| [("scrub/npi-check-digit", 6, place)];
    stay(&[("XX*1234567893", "XX*1234567890")], &digit("2000A/2010AA NM109"));
    stay(&[("XX*1999999992", "XX*1999999990")], &digit("2000A/2000B/2300/2310A NM109"));
    stay(&[("*****XX*1234567893", "")], &[("scrub/billing-npi", 6, "2000A/2010AA NM109")]);
    stay(&[("****XX*1999999992", "")], &[("scrub/attending-npi", 6, "2000A/2000B/2300/2310A NM109")]);
    let operating = "DTP*472*D8*20260901~NM1*72*1*CUTTER*ANN~";
    let place = "2000A/2000B/2300/2400/2420A NM109";
    stay(&[("DTP*472*D8*20260901~", operating)], &[("scrub/attending-npi", 6, place)]);
    let rendering = "207R00000X~NM1*82*1*LEECH*TOM~";
    let place = "2000A/2000B/2300/2310D NM109";
    stay(&[("207R00000X~", rendering)], &[("scrub/rendering-npi", 6, place)]);

    filling(&[("XX*1999999992", "XX*1999999990")], &digit("2000A/2000B/2000C/2300/2310B NM109"));
    filling(
        &[("****XX*1999999992", "")],
        &[("scrub/rendering-npi", 6, "2000A/2000B/2000C/2300/2310B NM109")],
    );
    // The second of two who referred the patient.
    let referring = "K0251~NM1*DN*1*A*B****XX*1444444446~NM1*P3*1*C*D****XX*1555555551~";
    let (found, _) = scrubbed(&file(&with(FILLING, &[("K0251~", referring)])), PayerRules::default(), TODAY);
    assert_eq!(found.len(), 1, "{found:?}");
    // A number that is said to be something else is not taken for an NPI.
    stay(&[("XX*1999999992", "24*123456789")], &[("x12/unknown-code", 2, "2000A/2000B/2300/2310A NM108")]);
}

#[test]
fn taxonomies_are_codes_and_there_where_the_payer_needs_them() {
    stay(&[("282N00000X", "HOSPITAL")], &[("scrub/billing-taxonomy", 7, "2000A PRV03")]);
    let place = "2000A/2000B/2300/2310A PRV03";
    stay(&[("207R00000X", "INTERNIST")], &[("scrub/provider-taxonomy", 6, place)]);
    let place = "2000A/2000B/2000C/2300/2310B PRV03";
    filling(&[("1223G0001X", "DENTIST")], &[("scrub/provider-taxonomy", 6, place)]);
    let needs_taxonomy = || PayerRules { needs_taxonomy: true, ..PayerRules::default() };
    check_file(FILLING, needs_taxonomy(), TODAY, &[("scrub/billing-taxonomy", 7, "2000A PRV03")]);
    check_file(STAY, needs_taxonomy(), TODAY, &[]);
}

#[test]
fn member_and_payer_are_identified() {
    let place = "2000A/2000B/2010BB NM109";
    stay(&[("PI*00120", "PI*00-120")], &[("scrub/coverage-identifiers", 6, place)]);
    filling(&[("PI*60054", "PI*60-054")], &[("scrub/coverage-identifiers", 6, place)]);
    let place = "2000A/2000B/2010BA NM109";
    filling(&[("****MI*W123456789", "")], &[("scrub/coverage-identifiers", 6, place)]);
}

#[test]
fn charges_and_units_are_not_below_zero() {
    let line = |element: &'static str| format!("2000A/2000B/2300/2400 {element}");
    let negative = [("H1*1500", "H1*500"), ("85025*500", "85025*-500")];
    stay(&negative, &[("scrub/line-charge", 6, &line("SV203"))]);
    stay(&[("UN*1~", "UN*0~")], &[("scrub/units", 6, &line("SV205"))]);
    stay(&[("UN*1~", "UN*1.5~")], &[("scrub/units", 6, &line("SV205"))]);
    // A line that is paid with another is charged nothing.
    stay(&[("H1*1500", "H1*1000"), ("85025*500", "85025*0")], &[]);
    let of_child = "2000A/2000B/2000C/2300/2400";
    let negative = [("D1*300", "D1*0"), ("D2330*150", "D2330*-150")];
    filling(&negative, &[("scrub/line-charge", 6, &format!("{of_child} SV302"))]);
    filling(&[("D2330*150****1", "D2330*150****0")], &[("scrub/units", 6, &format!("{of_child} SV306"))]);
    // One is meant.
    filling(&[("D2330*150****1", "D2330*150")], &[]);
}

#[test]
fn services_lie_between_birth_and_today() {
    let statement = "2000A/2000B/2300 DTP03";
    let line = "2000A/2000B/2300/2400 DTP03";
    let future = "scrub/service-date-future";
    check_file(STAY, PayerRules::default(), "2026-09-04", &[(future, 6, statement)]);
    check_file(STAY, PayerRules::default(), "2026-08-31", &[(future, 6, statement), (future, 6, line)]);
    let place = "2000A/2000B/2000C/2300 DTP03";
    check_file(FILLING, PayerRules::default(), "2026-11-09", &[(future, 6, place)]);
    filling(&[("20140505", "20261111")], &[("scrub/service-date-lifetime", 6, place)]);
    let (found, _) = scrubbed(&file(&with(STAY, &[("19500505", "20260902")])), PayerRules::default(), TODAY);
    let lifetime: Vec<_> = found.iter().filter(|(rule, ..)| rule == "scrub/service-date-lifetime").collect();
    assert_eq!(lifetime.len(), 2, "{found:?}");
}

#[test]
fn a_facilitys_year_for_filing_runs_from_the_last_day_of_its_statement() {
    let late = [("scrub/timely-filing", 7, "2000A/2000B/2300 DTP03")];
    check_file(STAY, PayerRules::default(), "2027-09-05", &late); // Its last day is a warning.
    check_file(STAY, PayerRules::default(), "2027-09-06", &late);
    check_file(STAY, PayerRules::default(), "2027-08-01", &[]);
    // Another payer's limit is its contract's.
    let other = with(STAY, &[("*******MA", "*******CI")]);
    check_file(&other, PayerRules::default(), "2027-09-06", &[]);
    let in_90_days = || PayerRules { timely_filing_days: Some(90), ..PayerRules::default() };
    check_file(&other, in_90_days(), "2026-12-05", &late);
    let dental = [("scrub/timely-filing", 7, "2000A/2000B/2000C/2300 DTP03")];
    check_file(FILLING, in_90_days(), "2027-02-09", &dental);
    check_file(FILLING, in_90_days(), "2026-12-05", &[]);
}

#[test]
fn diagnoses_are_judged_where_they_stand() {
    let at = |place: &'static str| format!("2000A/2000B/2300 {place}");
    let twice = [("scrub/diagnosis-twice", 6, &*at("HI01-2"))];
    stay(&[("ABF:E785", "ABF:I2510")], &twice);
    // What was known on arrival may well be what it turned out to be.
    stay(&[("ABJ:R079", "ABJ:I2510")], &[]);
    stay(&[("ABJ:R079", "ABJ:S82161")], &[("scrub/seventh-character", 6, &at("HI01-2"))]);
    stay(&[("ABF:I10", "ABF:E109")], &[("scrub/excludes1", 6, &at("HI02-2"))]);
    // I50 Heart failure: code first hypertensive heart disease (I11.0).
    let order = [("ABK:I2510", "ABK:I509"), ("ABF:I10", "ABF:I110")];
    stay(&order, &[("scrub/code-first", 6, &at("HI01-2"))]);
    // A33 Tetanus neonatorum, at 76 years.
    stay(&[("ABF:I10", "ABF:A33")], &[("scrub/diagnosis-age", 6, &at("HI02-2"))]);
    // By ICD-9-CM it is coded by a table that we do not have; a level below objects.
    let found = scrubbed(&file(&with(STAY, &[("ABK:I2510", "BK:41401")])), PayerRules::default(), TODAY).0;
    assert!(found.iter().all(|(rule, ..)| rule.starts_with("x12/")), "{found:?}");

    let of_child = |place: &'static str| format!("2000A/2000B/2000C/2300 {place}");
    let twice = [("scrub/diagnosis-twice", 6, &*of_child("HI02-2"))];
    filling(&[("ABK:K0251", "ABK:K0251*ABF:K0251")], &twice);
    // Z00.00 Encounter for a general adult medical examination.
    filling(&[("ABK:K0251", "ABK:Z0000")], &[("scrub/diagnosis-age", 6, &of_child("HI01-2"))]);
    filling(&[("ABK:K0251", "ABK:W2201XA")], &[("scrub/external-cause-first", 6, &of_child("HI01-2"))]);
}

#[test]
fn the_principal_diagnosis_is_a_reason_for_the_stay() {
    let principal = |rule| [(rule, 6, "2000A/2000B/2300 HI01-2")];
    let is = |code: &'static str| [("ABK:I2510", code)];
    // H42 Glaucoma in diseases classified elsewhere.
    let (found, _) = scrubbed(&file(&with(STAY, &is("ABK:H42"))), PayerRules::default(), TODAY);
    assert!(found.iter().any(|(rule, ..)| rule == "scrub/manifestation-first"), "{found:?}");
    stay(&is("ABK:W2201XA"), &principal("scrub/external-cause-first"));
    let unacceptable = principal("scrub/unacceptable-principal");
    // Z23 Encounter for immunization.
    stay(&is("ABK:Z23"), &unacceptable);
    // Skilled nursing and outpatients are not judged by the inpatient editor.
    stay(&[("ABK:I2510", "ABK:Z23"), ("***11:A:1", "***21:A:1"), ("DTP*096*TM*1100~", "")], &[]);
    visit(&is("ABK:Z23"), &[]);
    // Z51.89 Other specified aftercare, which another diagnosis explains.
    stay(&is("ABK:Z5189"), &[]);
    let alone =
        [("ABK:I2510", "ABK:Z5189"), ("HI*ABF:E119:::::::Y*ABF:I10:::::::Y~HI*ABF:E785:::::::N~", "")];
    stay(&alone, &unacceptable);
}

#[test]
fn an_edit_of_medicare_is_a_warning_for_another_payer() {
    let text = with(STAY, &[("ABK:I2510", "ABK:Z23"), ("*******MA", "*******CI")]);
    let context = Context {
        codes: Codes::shipped(),
        rules: &PracticeRules::default(),
        history: History::Unknown,
        today: day(TODAY),
    };
    let options = Options { level: 7, ..Options::default() };
    let report =
        check_stream_further(file(&text).as_bytes(), &options, &mut Scrubber::new(context, &options))
            .unwrap();
    assert_eq!((report.errors, report.warnings), (0, 1), "{:#?}", report.issues);
}

#[test]
fn a_bill_type_has_the_frequencies_of_its_facility() {
    let frequency = [("scrub/bill-type", 6, "2000A/2000B/2300 CLM05-3")];
    // 9 is the final claim of a home health episode.
    stay(&[("***11:A:1*", "***11:A:9*")], &frequency);
    stay(&[("***11:A:1*", "***11:A:L*")], &frequency);
    visit(&[("***13:A:1*", "***32:A:9*"), ("CL1*3*1*01", "CL1*3*1*01")], &[]);
    visit(&[("***13:A:1*", "***93:A:1*")], &[("scrub/bill-type", 6, "2000A/2000B/2300 CLM05-1")]);
    // 7 names the claim that it replaces, as level 4 demands, and no rule of the scrubber again.
    let place = "2000A/2000B/2300 CLM05-3";
    let (found, _) = scrubbed(&file(&with(STAY, &[("11:A:1*", "11:A:7*")])), PayerRules::default(), TODAY);
    assert_eq!(found, [("x12/837i/replacement-needs-f8".to_owned(), 4, place.to_owned())]);
    let place = "2000A/2000B/2000C/2300 CLM05-3";
    filling(&[("11:B:1*", "11:B:2*")], &[("scrub/frequency", 7, place)]);
}

#[test]
fn the_last_bill_of_a_stay_says_how_the_patient_left() {
    let still_here = ("CL1*1*1*01", "CL1*1*1*30");
    // The last day counts while the patient is there.
    let five_days = ("DA*4", "DA*5");
    stay(&[still_here, five_days], &[("scrub/patient-status", 6, "2000A/2000B/2300 CL103")]);
    stay(&[still_here, five_days, ("11:A:1*", "11:A:2*")], &[]);
    visit(&[("CL1*3*1*01", "CL1*3*1*30")], &[]);
}

#[test]
fn presence_on_admission_is_said_of_stays() {
    let on_a_visit = [("ABF:E785", "ABF:E785:::::::Y")];
    visit(&on_a_visit, &[("scrub/present-on-admission", 6, "2000A/2000B/2300 HI01-9")]);
    // Which codes are exempt is on a list of CMS's that we do not have.
    let not_checked = stay(&[("ABF:E785:::::::N", "ABF:E785")], &[]);
    assert!(not_checked.contains(&"scrub/present-on-admission"), "{not_checked:?}");
}

#[test]
fn which_revenue_codes_need_a_procedure_is_not_known() {
    let not_checked = visit(&[("SV2*0450*HC:99283*1000", "SV2*0450**1000")], &[]);
    assert!(not_checked.contains(&"scrub/revenue-code-procedure"), "{not_checked:?}");
}

#[test]
fn a_modifier_of_an_outpatient_line_stands_once() {
    let place = "2000A/2000B/2300/2400 SV202-4";
    visit(&[("HC:85025", "HC:85025:59:59")], &[("scrub/modifier", 6, place)]);
    visit(&[("HC:85025", "HC:85025:59:91")], &[]);
}

#[test]
fn no_line_repeats_another() {
    let again = "SV2*0300*HC:85025*500*UN*1~DTP*472*D8*20260901~";
    let twice = |line: &str| format!("{again}LX*3~{line}");
    let place = "2000A/2000B/2300/2400 SV202-2";
    let repeated = [("H1*1500", "H1*2000"), (again, &*twice(again))];
    visit(&repeated, &[("scrub/duplicate-line", 6, place)]);
    let declared = twice("SV2*0300*HC:85025:91*500*UN*1~DTP*472*D8*20260901~");
    visit(&[("H1*1500", "H1*2000"), (again, &*declared)], &[]);
    // Lines without a procedure are sums of a stay.
    let bed = "SV2*0120**1000*DA*4~";
    let weeks_end = bed.replace("1000*DA*4", "500*DA*2");
    stay(&[(bed, &format!("{weeks_end}LX*2~{weeks_end}")), ("LX*2~SV2*0300", "LX*3~SV2*0300")], &[]);

    let place = "2000A/2000B/2000C/2300/2400 SV301-2";
    let same = [("SV3*AD:D2330", "SV3*AD:D2391"), ("TOO*JP*8*M", "TOO*JP*14*O")];
    filling(&same, &[("scrub/duplicate-line", 6, place)]);
    // Another tooth, or another surface of the same.
    filling(&[same[0], ("TOO*JP*8*M", "TOO*JP*15*O")], &[]);
    filling(&[same[0], ("TOO*JP*8*M", "TOO*JP*14*M")], &[]);
    let day = ("TOO*JP*8*M~", "TOO*JP*14*O~DTP*472*D8*20261112~");
    filling(&[same[0], day], &[]);
}

#[test]
fn what_a_payer_wants_authorized_has_its_number() {
    let wants = |code: &str| PayerRules {
        prior_authorization: vec![ProcedureCode::parse(code).unwrap()],
        ..PayerRules::default()
    };
    let rule = "scrub/prior-authorization";
    // An institutional claim has one number for all its lines.
    check_file(STAY, wants("85025"), TODAY, &[(rule, 7, "2000A/2000B/2300 REF02")]);
    let authorized = with(STAY, &[("CL1*1*1*01~", "CL1*1*1*01~REF*G1*A1~")]);
    check_file(&authorized, wants("85025"), TODAY, &[]);
    let place = "2000A/2000B/2000C/2300/2400 REF02";
    check_file(FILLING, wants("D2330"), TODAY, &[(rule, 7, place)]);
    let authorized = with(FILLING, &[("TOO*JP*8*M~", "TOO*JP*8*M~REF*G1*A1~")]);
    check_file(&authorized, wants("D2330"), TODAY, &[]);
}

#[test]
fn a_tooth_is_one_of_the_mouth_and_has_its_own_surfaces() {
    let of_line = |element: &'static str| format!("2000A/2000B/2000C/2300/2400 {element}");
    filling(&[("TOO*JP*14*O", "TOO*JP*33*O")], &[("scrub/tooth", 6, &of_line("TOO02"))]);
    filling(&[("TOO*JP*14*O", "TOO*JP*U*O")], &[("scrub/tooth", 6, &of_line("TOO02"))]);
    // The second tooth of the line; 8 is an incisor, which has no occlusal surface.
    let second = [("AD:D2330", "AD:D2331"), ("TOO*JP*8*M~", "TOO*JP*8*M:D~TOO*JP*9*M:O~")];
    filling(&second, &[("scrub/tooth", 6, &of_line("TOO03-2"))]);
    filling(&[("TOO*JP*14*O", "TOO*JP*14*I")], &[("scrub/tooth", 6, &of_line("TOO03-1"))]);
    for tooth in ["A*O", "T*O", "51*O", "82*O", "AS*O"] {
        filling(&[("TOO*JP*14*O", &format!("TOO*JP*{tooth}"))], &[]);
    }
    for tooth in ["C*I", "CS*I", "58*I"] {
        filling(&[("TOO*JP*8*M", &format!("TOO*JP*{tooth}"))], &[]);
    }
}

/// Rules of institutional and dental claims alone, each by two stories: rule without `scrub/`, claim,
/// where it is found, what breaks it, what does not. An edit is `this => that`; `&&` joins several,
/// `=` is the claim itself. What can only be said not to be checked has no place.
const STORIES: &str = "
attending-npi | stay | 2310A NM109 | ****XX*1999999992 => | =
provider-taxonomy | stay | 2310A PRV03 | 207R00000X => INTERNIST | 207R00000X => 207Q00000X
bill-type | stay | 2300 CLM05-3 | ***11:A:1* => ***11:A:9* | =
patient-status | stay | 2300 CL103 | CL1*1*1*01 => CL1*1*1*30 && DA*4 => DA*5 | CL1*1*1*01 => CL1*1*1*30 && DA*4 => DA*5 && 11:A:1* => 11:A:2*
unacceptable-principal | stay | 2300 HI01-2 | ABK:I2510 => ABK:Z23 | ABK:I2510 => ABK:I214
questionable-admission | stay | 2300 HI01-2 | ABK:I2510 => ABK:E6609 | ABK:I2510 => ABK:I214
unspecified-code | stay | 2300 HI01-2 | ABK:I2510 => ABK:I82409 | ABK:I2510 => ABK:I82401
wrong-procedure | stay | 2300 HI01-2 | ABF:E785:::::::N => ABF:E785:::::::N~HI*ABN:Y6552:::::::Y | ABF:E785:::::::N => ABF:E785:::::::N~HI*ABN:Y6552:::::::Y && 11:A:1* => 11:A:0*
present-on-admission | visit | 2300 HI01-9 | ABF:E785 => ABF:E785:::::::Y | =
revenue-code-procedure | visit | | SV2*0450*HC:99283*1000 => SV2*0450**1000 | =
discharge-status | stay | 2300 CL103 | CL1*1*1*01 => CL1*1*1*10 | CL1*1*1*01 => CL1*1*1*82
discharge-status | stay | 2300 CL103 | CL1*1*1*01 => CL1*1*1*41 | CL1*1*1*01 => CL1*1*1*20
accommodation | visit | 2400 SV201 | SV2*0450*HC:99283* => SV2*0120*HC:99283* | SV2*0450*HC:99283* => SV2*0762*HC:99283*
accommodation-days | stay | 2400 SV205 | DA*4 => DA*5 | 20260901-20260905 => 20260901-20260901 && DA*4 => DA*1
tooth | filling | 2400 TOO02 | TOO*JP*14*O => TOO*JP*33*O | TOO*JP*14*O => TOO*JP*32*O
filling-surfaces | filling | 2400 TOO03 | TOO*JP*14*O => TOO*JP*14*M:O | TOO*JP*14*O => TOO*JP*14*M:O && D2391 => D2392
filling-tooth | filling | 2400 TOO02 | TOO*JP*8*M => TOO*JP*3*M | TOO*JP*8*M => TOO*JP*11*M
tooth-missing | filling | 2400 SV301-2 | TOO*JP*14*O~ => | TOO*JP*14*O~ => && D2391 => D0220
quadrant-missing | filling | 2400 SV301-2 | D2391*150****1~TOO*JP*14*O~ => D4341*150****1~ | D2391*150****1~TOO*JP*14*O~ => D4341*150**10**1~
prophylaxis-age | filling | 2400 SV301-2 | D2391*150****1~TOO*JP*14*O~ => D1110*150****1~ && 20140505 => 20181111 | D2391*150****1~TOO*JP*14*O~ => D1120*150****1~ && 20140505 => 20181111
";

/// The rules that [`STORIES`] tells.
pub(in crate::scrub) fn told() -> impl Iterator<Item = &'static str> {
    STORIES.lines().filter_map(|row| row.split(" | ").next()).filter(|rule| !rule.is_empty())
}

#[test]
fn each_rule_of_files_alone_is_broken_by_one_story_and_kept_by_another() {
    for row in STORIES.lines().filter(|row| !row.is_empty()) {
        let [rule, claim, place, broken, kept] = row.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("not five columns: {row}");
        };
        let edited = |edits: &str| {
            let edits = edits.split("&&").map(str::trim).filter(|edit| *edit != "=");
            let edits: Vec<(&str, &str)> = edits
                .map(|edit| edit.split_once("=>").unwrap_or_else(|| panic!("no edit: {edit}")))
                .map(|(from, to)| (from.trim(), to.trim()))
                .collect();
            let text = match claim {
                "stay" => with(STAY, &edits),
                "visit" => with(&with(STAY, TO_VISIT), &edits),
                "filling" => with(FILLING, &edits),
                other => panic!("no claim {other}"),
            };
            scrubbed(&file(&text), PayerRules::default(), TODAY)
        };
        let id = format!("scrub/{rule}");
        let (found, not_checked) = edited(broken);
        let there: Vec<&str> = found.iter().map(|(rule, ..)| rule.as_str()).collect();
        if place.is_empty() {
            assert!(found.is_empty() && not_checked.contains(&&*id), "{rule}: {found:?}, {not_checked:?}");
        } else {
            assert_eq!(there, [&*id], "{found:?}");
            assert!(found[0].2.ends_with(place), "{rule}: {found:?}");
        }
        let (found, not_checked) = edited(kept);
        assert!(found.is_empty(), "{rule}, when it is kept: {found:?}");
        assert!(!not_checked.contains(&&*id), "{rule}, when it is kept: {not_checked:?}");
    }
}
