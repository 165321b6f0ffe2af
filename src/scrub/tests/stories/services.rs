//! Procedures by their definition, and what one payer or another pays of them.

use super::*;

/// Manipulation of the spine at Medicare, with all that it needs.
fn spine(it: &mut Scene) {
    it.medicare();
    it.diagnoses(&["M99.03", "M54.50"]);
    it.claim.initial_treatment_on = Some(day("2026-10-12"));
    it.bills(&[line("98940").with(&["AT"])]);
}

/// Trimming of nails at Medicare, with all that it needs.
fn nails(it: &mut Scene) {
    it.medicare();
    it.diagnoses(&["E11.42"]);
    it.claim.last_seen_on = Some(day("2026-05-10"));
    it.bills(&[line("11719").with(&["Q8"])]);
}

/// A flu shot.
fn flu_shot(it: &mut Scene, given: &str) {
    it.diagnoses(&["Z23"]);
    it.bills(&[line("90686"), line(given)]);
}

/// A visit to a patient at home.
fn home_visit() -> ServiceLine {
    ServiceLine { place_of_service: Some("12".into()), ..line("99347") }
}

fn drug() -> Option<Box<Drug>> {
    Some(Box::new(Drug { ndc: "00517182001".into(), quantity: Decimal::ONE, unit: "ML".into() }))
}

pub(super) const STORIES: &[Story] = &[
    story(
        "procedure-code",
        "/lines/0/procedure",
        Stop,
        |it| it.bills(&[line("9921")]),
        |it| {
            it.bills(&[line("99214")]);
        },
    ),
    story(
        "place-of-service",
        "/place_of_service",
        Stop,
        |it| it.claim.place_of_service = "30".into(),
        |it| it.claim.place_of_service = "20".into(),
    ),
    story(
        "add-on",
        "/lines/0/procedure",
        Warn,
        |it| it.bills(&[line("11103")]),
        |it| {
            it.bills(&[line("11102"), line("11103")]);
        },
    ),
    story(
        "new-patient",
        "/lines/0/procedure",
        Stop,
        |it| {
            it.bills(&[line("99203")]);
            it.earlier = vec![earlier("99213", "2024-02-01")];
        },
        |it| {
            it.bills(&[line("99203")]);
            it.earlier = vec![earlier("99213", "2023-02-01")];
        },
    ),
    story(
        "prior-authorization",
        "/lines/0/prior_authorization",
        Stop,
        |it| {
            it.rules.payer.prior_authorization = vec![ProcedureCode::parse("70551").unwrap()];
            it.bills(&[line("70551")]);
        },
        |it| {
            it.rules.payer.prior_authorization = vec![ProcedureCode::parse("70551").unwrap()];
            it.bills(&[line("70551")]);
            it.claim.prior_authorization = Some("PA778".into());
        },
    ),
    story(
        "ordering-provider",
        "/lines/0/ordering",
        Stop,
        |it| {
            it.medicare_orders(&[line("80053")]);
            it.claim.referring = None;
        },
        |it| it.medicare_orders(&[line("80053")]),
    ),
    story(
        // An emergency visit at the office, and at the emergency department.
        "visit-place",
        "/lines/0/procedure",
        Stop,
        |it| it.bills(&[line("99283")]),
        |it| {
            it.at("23");
            it.bills(&[line("99283")]);
        },
    ),
    story(
        "visit-units",
        "/lines/0/units",
        Stop,
        |it| it.bills(&[line("99213").times(2)]),
        |it| {
            let days = ServiceLine { thru: Some(day("2026-11-11")), ..line("99213") };
            it.bills(&[days.times(2)]);
        },
    ),
    story(
        "visits-of-a-day",
        "/lines/1/procedure",
        Warn,
        |it| it.bills(&[line("99213"), home_visit()]),
        |it| it.bills(&[line("99213"), home_visit().with(&["25"])]),
    ),
    story(
        "visits-of-a-day",
        "/lines/0/procedure",
        Warn,
        |it| it.earlier = vec![earlier("99347", "2026-11-10")],
        // By a colleague.
        |it| {
            let by_another =
                HistoryLine { rendering: Some("1245319599".into()), ..earlier("99347", "2026-11-10") };
            it.earlier = vec![by_another];
        },
    ),
    story(
        "preventive-of-a-year",
        "/lines/0/procedure",
        Warn,
        |it| {
            it.diagnoses(&["Z00.00"]);
            it.bills(&[line("99396")]);
            it.earlier = vec![earlier("99396", "2025-11-11")];
        },
        |it| {
            it.diagnoses(&["Z00.00"]);
            it.bills(&[line("99396")]);
            it.earlier = vec![earlier("99396", "2025-11-10")];
        },
    ),
    story(
        "preventive-diagnosis",
        "/lines/0/pointers",
        Warn,
        |it| it.bills(&[line("99396")]),
        |it| {
            it.diagnoses(&["Z00.01", "E11.9"]);
            it.bills(&[line("99396").to(&[1, 2])]);
        },
    ),
    story(
        // The patient is 56: 99395 is to 39 years, 99396 to 64.
        "procedure-age",
        "/lines/0/procedure",
        Stop,
        |it| {
            it.diagnoses(&["Z00.00"]);
            it.bills(&[line("99395")]);
        },
        |it| {
            it.diagnoses(&["Z00.00"]);
            it.bills(&[line("99396")]);
        },
    ),
    story(
        "add-on-primary",
        "/lines/1/procedure",
        Stop,
        |it| it.bills(&[line("85025"), line("96361")]),
        |it| it.bills(&[line("96360"), line("96361")]),
    ),
    story(
        "visit-complexity",
        "/lines/1/procedure",
        Stop,
        |it| it.bills(&[line("99213").with(&["25"]), line("G2211"), line("93000")]),
        |it| it.bills(&[line("99213"), line("G2211")]),
    ),
    story(
        "once-a-month",
        "/lines/0/procedure",
        Warn,
        |it| {
            it.bills(&[line("99490")]);
            it.earlier = vec![earlier("99490", "2026-11-01")];
        },
        |it| {
            it.bills(&[line("99490")]);
            it.earlier = vec![earlier("99490", "2026-10-31")];
        },
    ),
    story(
        "unlisted-procedure",
        "/lines/0/description",
        Stop,
        |it| it.bills(&[line("64999")]),
        |it| it.bills(&[ServiceLine { description: Some("Block of a nerve".into()), ..line("64999") }]),
    ),
    story(
        "dental-procedure",
        "/lines/0/procedure",
        Warn,
        |it| it.bills(&[line("D7140")]),
        |it| {
            it.bills(&[line("41899")]);
            it.claim.lines[0].description = Some("Extraction under anesthesia".into());
        },
    ),
    story(
        "telehealth-place",
        "/lines/0/modifiers",
        Warn,
        |it| it.bills(&[line("99213").with(&["95"])]),
        |it| {
            it.claim.place_of_service = "10".into();
            it.bills(&[line("99213").with(&["95"])]);
        },
    ),
    story(
        "telehealth-procedure",
        "/lines/1/procedure",
        Stop,
        |it| {
            it.claim.place_of_service = "10".into();
            it.bills(&[line("99213"), line("80053")]);
        },
        |it| {
            it.claim.place_of_service = "10".into();
            let at_the_office = ServiceLine { place_of_service: Some("11".into()), ..line("80053") };
            it.bills(&[line("99213"), at_the_office]);
        },
    ),
    story(
        "therapy-discipline",
        "/lines/0/modifiers",
        Stop,
        |it| {
            it.medicare();
            it.bills(&[line("97161").with(&["GO"])]);
        },
        |it| {
            it.medicare();
            it.bills(&[line("97161").with(&["GP"]), line("97110").with(&["GP"])]);
        },
    ),
    story(
        "therapy-assistant",
        "/lines/0/modifiers",
        Stop,
        |it| {
            it.medicare();
            it.bills(&[line("97110").with(&["GO", "CQ"])]);
        },
        |it| {
            it.medicare();
            it.bills(&[line("97110").with(&["GP", "CQ"])]);
        },
    ),
    story(
        "chiropractic-treatment",
        "/lines/0/modifiers",
        Stop,
        |it| {
            spine(it);
            it.claim.lines[0].modifiers = vec![];
        },
        spine,
    ),
    story(
        "chiropractic-beginning",
        "/initial_treatment_on",
        Stop,
        |it| {
            spine(it);
            it.claim.initial_treatment_on = None;
        },
        spine,
    ),
    story(
        "chiropractic-subluxation",
        "/lines/0/pointers/0",
        Stop,
        |it| {
            spine(it);
            it.claim.lines[0].pointers = vec![2, 1];
        },
        |it| {
            spine(it);
            it.claim.lines[0].pointers = vec![1, 2];
        },
    ),
    story(
        "foot-care-findings",
        "/lines/0/modifiers",
        Warn,
        |it| {
            nails(it);
            it.claim.lines[0].modifiers = vec![];
        },
        nails,
    ),
    story(
        // Six months before 2026-11-10 is 2026-05-10.
        "foot-care-seen",
        "/last_seen_on",
        Warn,
        |it| {
            nails(it);
            it.claim.last_seen_on = Some(day("2026-05-09"));
        },
        nails,
    ),
    story(
        "clia-number",
        "/lines/0/clia_number",
        Warn,
        |it| {
            it.medicare_orders(&[line("80053")]);
            it.claim.clia_number = None;
        },
        |it| it.medicare_orders(&[line("80053")]),
    ),
    story(
        "clia-form",
        "/clia_number",
        Stop,
        |it| it.claim.clia_number = Some("1420123456".into()),
        |it| it.claim.clia_number = Some("14D2012345".into()),
    ),
    story(
        "waived-test",
        "/lines/0/modifiers",
        Warn,
        |it| it.bills(&[line("81002").with(&["QW"])]),
        |it| it.bills(&[line("87880").with(&["QW"])]),
    ),
    story(
        "outside-laboratory",
        "/lines/0/modifiers",
        Stop,
        |it| it.medicare_orders(&[line("80053").with(&["90"])]),
        |it| {
            it.medicare_orders(&[line("80053").with(&["90"])]);
            it.claim.place_of_service = "81".into();
        },
    ),
    story(
        "discarded-drug",
        "/lines/0/modifiers",
        Stop,
        |it| it.bills(&[line("J9035").with(&["JW"])]),
        |it| it.bills(&[line("J9035").times(9), line("J9035").with(&["JW"])]),
    ),
    story(
        "single-dose-drug",
        "/lines/0/modifiers",
        Stop,
        |it| {
            it.medicare();
            it.names_single_dose("J9035");
            it.bills(&[line("J9035").times(9)]);
        },
        |it| {
            it.medicare();
            it.names_single_dose("J9035");
            it.bills(&[line("J9035").times(9), line("J9035").with(&["JW"])]);
        },
    ),
    story(
        // The second line is of another day.
        "single-dose-drug",
        "/lines/0/modifiers",
        Stop,
        |it| {
            it.medicare();
            it.names_single_dose("J90*");
            it.bills(&[line("J9035").times(9), line("J9035").on("2026-11-09").with(&["JZ"])]);
        },
        |it| {
            it.medicare();
            it.names_single_dose("J90*");
            it.bills(&[line("J9035").times(9).with(&["JZ"])]);
        },
    ),
    story(
        // Medicare Part B demands it, of drugs that the practice names.
        "single-dose-drug",
        "/lines/0/modifiers",
        Stop,
        |it| {
            it.medicare();
            it.names_single_dose("J9035");
            it.bills(&[line("J9035").times(9)]);
        },
        |it| {
            it.names_single_dose("J9035");
            it.bills(&[line("J9035").times(9)]);
        },
    ),
    story(
        "medicaid-drug",
        "/lines/0/drug",
        Warn,
        |it| {
            it.payer("MC");
            it.bills(&[line("J1885")]);
        },
        |it| {
            it.payer("MC");
            it.bills(&[ServiceLine { drug: drug(), ..line("J1885") }]);
        },
    ),
    story(
        "vaccine-given",
        "/lines/0/procedure",
        Warn,
        |it| {
            it.diagnoses(&["Z23"]);
            it.bills(&[line("90686")]);
        },
        |it| flu_shot(it, "90471"),
    ),
    story(
        "vaccine-given",
        "/lines/0/procedure",
        Warn,
        |it| {
            it.diagnoses(&["Z23"]);
            it.bills(&[line("90471")]);
        },
        |it| flu_shot(it, "90471"),
    ),
    story(
        "medicare-vaccination",
        "/lines/1/procedure",
        Warn,
        |it| {
            it.medicare();
            flu_shot(it, "90471");
        },
        |it| {
            it.medicare();
            flu_shot(it, "G0008");
        },
    ),
    story(
        "vaccine-diagnosis",
        "/lines/0/pointers",
        Warn,
        |it| {
            flu_shot(it, "90471");
            it.diagnoses(&["E11.9"]);
        },
        |it| flu_shot(it, "90471"),
    ),
    story(
        "consultation",
        "/lines/0/procedure",
        Stop,
        |it| {
            it.medicare();
            it.bills(&[line("99245")]);
        },
        |it| it.bills(&[line("99245")]),
    ),
    story(
        // Status I of 99417: Medicare has G2212.
        "medicare-status",
        "/lines/1/procedure",
        Warn,
        |it| {
            it.medicare();
            it.bills(&[line("99215"), line("99417")]);
        },
        |it| it.bills(&[line("99215"), line("99417")]),
    ),
    story(
        "hcpcs-coverage",
        "/lines/0/procedure",
        Warn,
        |it| {
            it.medicare();
            it.bills(&[line("H0001")]);
        },
        |it| {
            it.medicare();
            it.bills(&[line("H0001").with(&["GY"])]);
        },
    ),
    story(
        // Eleven full months after November 2025: from 2026-11-01 on.
        "screening-frequency",
        "/lines/0/procedure",
        Warn,
        |it| {
            it.medicare();
            it.bills(&[line("G0439")]);
            it.earlier = vec![earlier("G0439", "2025-12-01")];
        },
        |it| {
            it.medicare();
            it.bills(&[line("G0439")]);
            it.earlier = vec![earlier("G0439", "2025-11-30")];
        },
    ),
    story(
        "screening-frequency",
        "/lines/0/procedure",
        Warn,
        |it| {
            it.medicare();
            it.bills(&[line("G0438")]);
            it.earlier = vec![earlier("G0439", "2024-03-01")];
        },
        |it| {
            it.medicare();
            it.bills(&[line("G0438")]);
        },
    ),
    story(
        "technology-modifier",
        "/lines/0/modifiers",
        Warn,
        |it| {
            it.medicare();
            it.claim.place_of_service = "10".into();
            it.bills(&[line("99213").with(&["GT"])]);
        },
        |it| {
            it.medicare();
            it.claim.place_of_service = "10".into();
            it.bills(&[line("99213").with(&["95"])]);
        },
    ),
];
