//! What comes of a charge file.

use firstpass::charges::{self, AttachedPaper, ChargeLine, Circumstances, ImportReport, Mode};
use firstpass::db::Actor;
use firstpass::types::Money;
use rust_decimal::Decimal;

use crate::support::practice::{DOCTOR_NPI, GROUP_NPI, UNKNOWN_NPI, day};
use crate::support::{self, World};

const HEADING: &str = "visit_number,patient_account,billing_npi,rendering_npi,service_date,place_of_service,\
                       procedure,modifiers,units,charge,dx1,dx2,pointers";

/// A file of rows that are each written from `service_date` on.
pub fn file(rows: &[(&str, &str, &str)]) -> String {
    let mut text = format!("{HEADING}\n");
    for (visit, account, rest) in rows {
        text.push_str(&format!("{visit},{account},{GROUP_NPI},{DOCTOR_NPI},{rest}\n"));
    }
    text
}

pub const GOOD: &str = "2026-03-02,11,99213,25,1,150.00,E11.9,I10,AB";

fn dollars(text: &str) -> Money {
    text.parse().unwrap()
}

/// Visits, lines, dollars and problems of a report.
#[track_caller]
fn check(report: &ImportReport, taken: (usize, usize, &str), problems: &[(i32, Option<&str>, &str)]) {
    let found: Vec<(i32, Option<&str>, &str)> = report
        .problems
        .iter()
        .map(|problem| (problem.row, problem.column.as_deref(), problem.reason.as_str()))
        .collect();
    assert_eq!(found, problems);
    assert_eq!((report.visits, report.lines, report.charged), (taken.0, taken.1, dollars(taken.2)));
}

async fn encounters(world: &World, actor: &Actor, report: &ImportReport) -> Vec<charges::Encounter> {
    world.db.transaction(actor, async |tx| charges::encounters(tx, &report.encounters).await).await.unwrap()
}

#[tokio::test]
async fn rows_of_one_visit_become_one_encounter() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let csv = format!(
        "Charge,visit_number,clinic_room,patient_account,billing_npi,rendering_npi,referring_npi,service_date,\
         thru_date,place_of_service,procedure,modifiers,units,dx1,dx2,pointers,prior_authorization,\
         accident_date,related_cause\n\
         150,V1,3,A-100,{GROUP_NPI},{DOCTOR_NPI},,03/02/2026,,11,99213,25:59,1,E11.9,i10,AB,AUTH7,2026-02-28,AA EM\n\
         80.5,V2,3,A-200,{GROUP_NPI},,,2026-03-03,,11,99212,,1,J02.9,,1,,,\n\
         19.95,V1,3,,,,,2026-03-01,2026-03-02,,J1885,,2.5,,,2 1,,,\n"
    );
    let report = world.import(&practice, csv.as_bytes(), Mode::AllOrNothing).await.unwrap();
    check(&report, (2, 3, "250.45"), &[]);
    assert_eq!(report.unknown_columns, ["clinic_room"]);

    let visits = encounters(&world, &practice.actor, &report).await;
    let first = &visits[0];
    assert_eq!(first.visit_number.expose(), "V1");
    assert_eq!((first.first_row, first.last_row), (2, 4));
    assert_eq!(first.service_on, day("2026-03-01"));
    assert_eq!(first.charged, dollars("169.95"));
    assert_eq!(first.diagnoses, ["E119".into(), "I10".into()]);
    assert_eq!(first.prior_authorization.as_deref(), Some("AUTH7"));
    assert_eq!(first.accident_on, Some(day("2026-02-28")));
    assert_eq!(first.related_cause.as_deref(), Some("AA EM"));
    assert!(first.rendering.is_some() && first.referring.is_none());
    assert_eq!(
        first.lines,
        [
            ChargeLine {
                procedure: "99213".into(),
                modifiers: vec!["25".into(), "59".into()],
                charged: dollars("150.00"),
                units: Decimal::ONE,
                pointers: vec![1, 2],
                from: day("2026-03-02"),
                thru: None,
            },
            ChargeLine {
                procedure: "J1885".into(),
                modifiers: vec![],
                charged: dollars("19.95"),
                units: "2.5".parse().unwrap(),
                pointers: vec![2, 1],
                from: day("2026-03-01"),
                thru: Some(day("2026-03-02")),
            },
        ]
    );
    assert_eq!(visits[1].lines[0].pointers, [1]);
    assert_eq!(visits[1].rendering, None);
}

#[tokio::test]
async fn what_few_visits_need_to_say_comes_with_them() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let csv = format!(
        "visit_number,patient_account,billing_npi,service_date,place_of_service,procedure,units,charge,dx1,\
         pointers,related_cause,accident_date,accident_state,special_program,delay_reason,onset_date,\
         initial_treatment_date,last_seen_date,acute_manifestation_date,last_menstrual_period_date,\
         admission_date,discharge_date,clia_number,mammography_number,attachments\n\
         V1,A-100,{GROUP_NPI},2026-03-02,11,99213,1,150,I10,A,AA,2026-02-01,IL,05,3,2026-02-02,2026-02-03,\
         2026-02-04,2026-02-05,2026-01-01,2026-02-06,02/07/2026,11D2030122,M12345,oz:fx:A12 RR:AA\n\
         V2,A-100,{GROUP_NPI},2026-03-02,11,99213,1,150,I10,A,,,,,,,,,,,,soon,,,fax\n"
    );
    let report = world.import(&practice, csv.as_bytes(), Mode::KeepGoodRows).await.unwrap();
    let problems: Vec<_> =
        report.problems.iter().map(|one| (one.row, one.column.as_deref().unwrap_or_default())).collect();
    assert_eq!(problems, [(3, "discharge_date"), (3, "attachments")]);
    let visits = encounters(&world, &practice.actor, &report).await;
    let paper = |report: &str, way: &str, number: Option<&str>| AttachedPaper {
        report: report.into(),
        transmission: way.into(),
        control_number: number.map(str::to_owned),
    };
    assert_eq!(
        visits[0].circumstances,
        Circumstances {
            accident_state: Some("IL".into()),
            accident_country: None,
            special_program: Some("05".into()),
            delay_reason: Some("3".into()),
            onset_on: Some(day("2026-02-02")),
            initial_treatment_on: Some(day("2026-02-03")),
            last_seen_on: Some(day("2026-02-04")),
            acute_manifestation_on: Some(day("2026-02-05")),
            last_menstrual_period_on: Some(day("2026-01-01")),
            admitted_on: Some(day("2026-02-06")),
            discharged_on: Some(day("2026-02-07")),
            clia_number: Some("11D2030122".into()),
            mammography_number: Some("M12345".into()),
            attachments: vec![paper("OZ", "FX", Some("A12")), paper("RR", "AA", None)],
        }
    );
}

#[tokio::test]
async fn a_visit_with_a_bad_row_is_rejected_whole() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let csv = file(&[
        ("V1", "A-100", GOOD),
        ("V2", "A-100", GOOD),
        ("V1", "A-100", "2026-03-02,11,85025,,1,-12.00,E11.9,I10,A"),
    ]);
    let report = world.import(&practice, csv.as_bytes(), Mode::KeepGoodRows).await.unwrap();
    check(
        &report,
        (1, 1, "150.00"),
        &[(2, None, "row 4 of the same visit is wrong"), (4, Some("charge"), "is negative")],
    );
    assert_eq!(report.rows_rejected, 2);
}

#[tokio::test]
async fn each_wrong_value_is_named_by_row_and_column_and_never_repeated() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let no_date = "is not a date: expected YYYY-MM-DD or MM/DD/YYYY";
    let no_amount = "is not an amount: expected digits, and two decimals at most";
    let cases = [
        ("2026-02-30,11,99213,,1,1,E11.9,,A", "service_date", no_date),
        ("20260302,11,99213,,1,1,E11.9,,A", "service_date", no_date),
        ("0026-03-02,11,99213,,1,1,E11.9,,A", "service_date", no_date),
        (",11,99213,,1,1,E11.9,,A", "service_date", "is empty"),
        ("2026-03-02,,99213,,1,1,E11.9,,A", "place_of_service", "is empty"),
        ("2026-03-02,11,,,1,1,E11.9,,A", "procedure", "is empty"),
        ("2026-03-02,11,99213,25 59 76 77 91,1,1,E11.9,,A", "modifiers", "has more than four modifiers"),
        ("2026-03-02,11,99213,,0,1,E11.9,,A", "units", "is zero"),
        ("2026-03-02,11,99213,,-1,1,E11.9,,A", "units", "is not a number"),
        ("2026-03-02,11,99213,,1e3,1,E11.9,,A", "units", "is not a number"),
        (
            "2026-03-02,11,99213,,1.2345,1,E11.9,,A",
            "units",
            "is not a number of at most 99999.999 with three decimals",
        ),
        ("2026-03-02,11,99213,,1,1e3,E11.9,,A", "charge", no_amount),
        ("2026-03-02,11,99213,,1,\"1,23\",E11.9,,A", "charge", no_amount),
        ("2026-03-02,11,99213,,1,(12.00),E11.9,,A", "charge", "is negative"),
        ("2026-03-02,11,99213,,1,1.005,E11.9,,A", "charge", no_amount),
        ("2026-03-02,11,99213,,1,100000000.00,E11.9,,A", "charge", "is more than 99999999.99"),
        ("2026-03-02,11,99213,,1,,E11.9,,A", "charge", "is empty"),
        ("2026-03-02,11,99213,,1,1,,I10,A", "dx1", "is empty, and a later diagnosis is not"),
        (
            "2026-03-02,11,99213,,1,1,E11.9,,M",
            "pointers",
            "is not a list of diagnoses: expected letters A-L, or numbers 1-12 with a blank between",
        ),
        ("2026-03-02,11,\"99\n213\",,1,1,E11.9,,A", "procedure", "has a control character or a line break"),
    ];
    for (row, column, reason) in cases {
        let report =
            world.import(&practice, file(&[("V1", "A-100", row)]).as_bytes(), Mode::KeepGoodRows).await;
        check(&report.unwrap(), (0, 0, "0"), &[(2, Some(column), reason)]);
    }

    let parties = |account: &str, billing: &str, rendering: &str| {
        format!("{HEADING}\nV1,{account},{billing},{rendering},{GOOD}\n")
    };
    let cases = [
        (parties("SECRET-9", GROUP_NPI, ""), "patient_account", "is no registered patient's"),
        (parties("", GROUP_NPI, ""), "patient_account", "is empty"),
        (parties("A-100", "", ""), "billing_npi", "is empty"),
        (parties("A-100", "1234567890", ""), "billing_npi", "is not an NPI"),
        (parties("A-100", DOCTOR_NPI, ""), "billing_npi", "is a provider's that does not bill"),
        (parties("A-100", GROUP_NPI, UNKNOWN_NPI), "rendering_npi", "is no registered provider's"),
    ];
    for (csv, column, reason) in cases {
        let report = world.import(&practice, csv.as_bytes(), Mode::KeepGoodRows).await.unwrap();
        check(&report, (0, 0, "0"), &[(2, Some(column), reason)]);
    }
}

#[tokio::test]
async fn rows_of_a_visit_that_contradict_each_other_are_rejected() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let csv = file(&[("V1", "A-100", GOOD), ("V1", "A-200", GOOD)]);
    let report = world.import(&practice, csv.as_bytes(), Mode::KeepGoodRows).await.unwrap();
    check(
        &report,
        (0, 0, "0"),
        &[
            (2, None, "row 3 of the same visit is wrong"),
            (3, Some("patient_account"), "differs from row 2 of the same visit"),
        ],
    );
}

#[tokio::test]
async fn a_visit_has_no_more_lines_than_a_claim() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let fits = file(&vec![("V1", "A-100", GOOD); 50]);
    let report = world.import(&practice, fits.as_bytes(), Mode::KeepGoodRows).await.unwrap();
    check(&report, (1, 50, "7500.00"), &[]);
    let too_many = file(&vec![("V2", "A-100", GOOD); 51]);
    let report = world.import(&practice, too_many.as_bytes(), Mode::KeepGoodRows).await.unwrap();
    assert_eq!((report.visits, report.rows_rejected), (0, 51));
    assert_eq!(report.problems[50].reason, "a visit has at most 50 rows");
}

#[tokio::test]
async fn bytes_as_spreadsheets_write_them_are_read() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let csv = format!(
        "\u{feff}{HEADING}\r\n\r\n\"V1\",A-100,{GROUP_NPI},,\"2026-03-02\",11,99213,\"25,59\",1,\"150\",E11.9,,A\r\n\
         ,,,,,,,,,,,,\r\n\
         V2,A-100,{GROUP_NPI},,2026-03-02,11,99213,,1,bad,E11.9,,A"
    );
    let report = world.import(&practice, csv.as_bytes(), Mode::KeepGoodRows).await.unwrap();
    check(
        &report,
        (1, 1, "150.00"),
        &[(5, Some("charge"), "is not an amount: expected digits, and two decimals at most")],
    );
    let visits = encounters(&world, &practice.actor, &report).await;
    assert_eq!((visits[0].first_row, visits[0].last_row), (3, 3));
}

#[tokio::test]
async fn rows_with_too_few_or_too_many_fields_or_foreign_bytes_are_listed() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let mut csv =
        file(&[("V1", "A-100", "2026-03-02,11"), ("V2", "A-100", &format!("{GOOD},9"))]).into_bytes();
    csv.extend_from_slice(format!("V3,A-100,{GROUP_NPI},,2026-03-02,11,99213,,1,150,E11.9,,\"A").as_bytes());
    csv.extend_from_slice(b"\xff\"\nV4,A-100\xe9");
    csv.extend_from_slice(format!(",{GROUP_NPI},,{GOOD}\n,A-100,{GROUP_NPI},,{GOOD}\n").as_bytes());
    let report = world.import(&practice, &csv, Mode::KeepGoodRows).await.unwrap();
    check(
        &report,
        (0, 0, "0"),
        &[
            (2, None, "has 6 fields, the heading 13"),
            (3, None, "has 14 fields, the heading 13"),
            (4, Some("pointers"), "is not UTF-8"),
            (5, Some("patient_account"), "is not UTF-8"),
            (6, Some("visit_number"), "is empty"),
        ],
    );
}

#[tokio::test]
async fn a_file_that_is_no_charge_file_is_refused_and_can_be_sent_again() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let utf_16 = b"\xff\xfev\0i\0s\0i\0t\0".to_vec();
    let cases = [
        (b"".to_vec(), "charges/empty"),
        (b"\n\n".to_vec(), "charges/empty"),
        (utf_16, "charges/not-utf8"),
        (b"caf\xe9,visit_number\n".to_vec(), "charges/not-utf8"),
        (HEADING.replace(",units", "").into_bytes(), "charges/heading"),
        (format!("{HEADING},DX1\n").into_bytes(), "charges/heading"),
        (b"ISA*00*          *00*          *ZZ*X~".to_vec(), "charges/heading"),
    ];
    for (csv, code) in cases {
        for _ in 0..2 {
            let refused = world.import(&practice, &csv, Mode::KeepGoodRows).await.unwrap_err();
            assert_eq!(refused.refusal().map(|refusal| refusal.code), Some(code));
        }
    }
    let without_units = HEADING.replace(",units", "").replace(",dx1", "");
    let refused = world.import(&practice, without_units.as_bytes(), Mode::KeepGoodRows).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().detail, "the charges cannot be read: the heading lacks dx1, units");
    let report = world.import(&practice, HEADING.as_bytes(), Mode::KeepGoodRows).await.unwrap();
    check(&report, (0, 0, "0"), &[]);
}

#[tokio::test]
async fn wrong_codes_are_kept_as_entered_for_the_scrubber() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let csv = file(&[("V1", "A-100", "2026-03-02,home,9921,2,1,150,diabetes,,")]);
    let report = world.import(&practice, csv.as_bytes(), Mode::KeepGoodRows).await.unwrap();
    check(&report, (1, 1, "150.00"), &[]);
    let visits = encounters(&world, &practice.actor, &report).await;
    assert_eq!(visits[0].place_of_service.text(), "home");
    assert_eq!(visits[0].diagnoses[0].text(), "diabetes");
    assert_eq!(visits[0].lines[0].procedure.text(), "9921");
    assert_eq!(visits[0].lines[0].modifiers[0].text(), "2");
    assert!(visits[0].lines[0].pointers.is_empty());
    assert!(visits[0].lines[0].procedure.valid().is_none());
}

#[tokio::test]
async fn all_or_nothing_imports_nothing_and_leaves_the_choice_open() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let csv = file(&[("V1", "A-100", GOOD), ("V2", "A-999", GOOD)]);
    let problem = [(3, Some("patient_account"), "is no registered patient's")];
    let report = world.import(&practice, csv.as_bytes(), Mode::AllOrNothing).await.unwrap();
    check(&report, (0, 0, "0"), &problem);
    let report = world.import(&practice, csv.as_bytes(), Mode::KeepGoodRows).await.unwrap();
    check(&report, (1, 1, "150.00"), &problem);
}

#[tokio::test]
async fn the_same_file_again_gives_the_same_report_and_imports_nothing() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let csv = file(&[("V1", "A-100", GOOD), ("V2", "A-999", GOOD), ("V2", "A-100", "x,11,99213,,0,1,,,A")]);
    let first = world.import(&practice, csv.as_bytes(), Mode::KeepGoodRows).await.unwrap();
    let second = world.import(&practice, csv.as_bytes(), Mode::AllOrNothing).await.unwrap();
    assert_eq!(first.problems.len(), 4);
    assert!(!first.already_imported && second.already_imported);
    assert!(second.encounters.is_empty());
    let expected = ImportReport { already_imported: true, encounters: vec![], ..first };
    assert_eq!(second, expected);
}

#[tokio::test]
async fn a_visit_that_stands_in_another_file_is_reported_and_not_charged_twice() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let monday = file(&[("V1", "A-100", GOOD)]);
    let tuesday = file(&[("V2", "A-100", GOOD), ("V1", "A-100", GOOD)]);
    world.import(&practice, monday.as_bytes(), Mode::KeepGoodRows).await.unwrap();
    let report = world.import(&practice, tuesday.as_bytes(), Mode::KeepGoodRows).await.unwrap();
    check(&report, (1, 1, "150.00"), &[(3, Some("visit_number"), "was charged before, in another file")]);
}

#[tokio::test]
async fn two_files_imported_at_once_charge_a_common_visit_once() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let one = file(&[("V1", "A-100", GOOD), ("V2", "A-100", GOOD)]);
    let two = file(&[("V1", "A-100", GOOD), ("V3", "A-100", GOOD)]);
    let (one, two) = tokio::join!(
        world.import(&practice, one.as_bytes(), Mode::KeepGoodRows),
        world.import(&practice, two.as_bytes(), Mode::KeepGoodRows),
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.visits + two.visits, 3);
    assert_eq!(one.rows_rejected + two.rows_rejected, 1);
}

#[tokio::test]
async fn two_practices_with_the_same_numbers_do_not_see_each_other() {
    let world = support::world().await;
    let elm = world.practice("Elm Street").await;
    let oak = world.practice("Oak Street").await;
    let csv = file(&[("V1", "A-100", GOOD)]);
    let at_elm = world.import(&elm, csv.as_bytes(), Mode::AllOrNothing).await.unwrap();
    let at_oak = world.import(&oak, csv.as_bytes(), Mode::AllOrNothing).await.unwrap();
    check(&at_elm, (1, 1, "150.00"), &[]);
    check(&at_oak, (1, 1, "150.00"), &[]);
    assert!(!at_oak.already_imported);
    let elms = encounters(&world, &elm.actor, &at_elm).await;
    let oaks = encounters(&world, &oak.actor, &at_oak).await;
    assert_ne!(elms[0].patient, oaks[0].patient);
    let foreign = world
        .db
        .transaction(&oak.actor, async |tx| charges::encounters(tx, &at_elm.encounters).await)
        .await
        .unwrap_err();
    assert_eq!(foreign.refusal().unwrap().code, "charges/not-found");
}

#[tokio::test]
async fn a_large_file_is_whole_across_statements() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let numbers: Vec<String> = (0..2_500).map(|visit| format!("V{visit}")).collect();
    let mut rows: Vec<(&str, &str, &str)> =
        numbers.iter().flat_map(|visit| [(visit.as_str(), "A-100", GOOD); 2]).collect();
    rows.push(("bad", "A-100", ",11,,,,,,,"));
    let report = world.import(&practice, file(&rows).as_bytes(), Mode::KeepGoodRows).await.unwrap();
    let empty = "is empty";
    check(
        &report,
        (2_500, 5_000, "750000.00"),
        &[
            (5_002, Some("service_date"), empty),
            (5_002, Some("procedure"), empty),
            (5_002, Some("units"), empty),
            (5_002, Some("charge"), empty),
        ],
    );
    let visits = encounters(&world, &practice.actor, &report).await;
    assert_eq!(visits.iter().map(|visit| visit.lines.len()).sum::<usize>(), 5_000);
}
