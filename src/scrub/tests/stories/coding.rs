//! Diagnoses: each by itself, in their order and together, and the pointers to them.

use super::*;

pub(super) const STORIES: &[Story] = &[
    story(
        "diagnosis-count diagnosis-pointer",
        "/diagnoses",
        Stop,
        |it| {
            it.diagnoses(&[]);
            it.claim.lines[0].pointers = vec![];
        },
        as_it_is,
    ),
    story(
        "diagnosis-code",
        "/diagnoses/0",
        Stop,
        |it| it.diagnoses(&["E11"]),
        |it| {
            it.diagnoses(&["E11.8"]);
        },
    ),
    story(
        "seventh-character",
        "/diagnoses/0",
        Stop,
        |it| it.diagnoses(&["S82.161"]),
        |it| {
            it.diagnoses(&["S82.161A"]);
        },
    ),
    story(
        "diagnosis-twice",
        "/diagnoses/1",
        Stop,
        |it| it.diagnoses(&["E11.9", "E119"]),
        |it| {
            it.diagnoses(&["E11.9", "E78.5"]);
        },
    ),
    story(
        "manifestation-first code-first",
        "/diagnoses/0",
        Stop,
        |it| it.diagnoses(&["H42", "E85.9"]),
        |it| it.diagnoses(&["E85.9", "H42"]),
    ),
    story(
        "external-cause-first",
        "/diagnoses/0",
        Stop,
        |it| it.diagnoses(&["W22.01XA", "S00.83XA"]),
        |it| it.diagnoses(&["S00.83XA", "W22.01XA"]),
    ),
    story(
        "code-first",
        "/diagnoses/0",
        Warn,
        |it| it.diagnoses(&["I50.9", "I11.0"]),
        |it| {
            it.diagnoses(&["I11.0", "I50.9"]);
        },
    ),
    story(
        "excludes1",
        "/diagnoses/1",
        Stop,
        |it| it.diagnoses(&["E11.9", "E10.9"]),
        |it| {
            it.diagnoses(&["E11.9", "I10"]);
        },
    ),
    story(
        "diagnosis-age",
        "/diagnoses/0",
        Warn,
        |it| it.diagnoses(&["A33"]),
        |it| {
            it.diagnoses(&["A35"]);
        },
    ),
    story(
        // An enlarged prostate.
        "diagnosis-sex",
        "/diagnoses/0",
        Warn,
        |it| {
            it.rules.payer.sex_edits = true;
            it.diagnoses(&["N40.0"]);
        },
        |it| {
            it.rules.payer.sex_edits = true;
            it.diagnoses(&["N40.0"]);
            it.claim.patient.sex = Some(Sex::Male);
        },
    ),
    story(
        "diagnosis-pointer",
        "/lines/0/pointers/0",
        Stop,
        |it| it.bills(&[line("99213").to(&[3])]),
        |it| {
            it.diagnoses(&["E11.9", "I10", "E78.5"]);
            it.bills(&[line("99213").to(&[3])]);
        },
    ),
    story(
        // Osteoarthritis of the right knee.
        "laterality",
        "/lines/0/modifiers",
        Warn,
        |it| {
            it.diagnoses(&["M17.11"]);
            it.bills(&[line("20610").with(&["LT"])]);
        },
        |it| {
            it.diagnoses(&["M17.11"]);
            it.bills(&[line("20610").with(&["RT"])]);
        },
    ),
    story(
        // I.C.20.a.6: a bruise of the head, and that the patient ran into something.
        "primary-pointer",
        "/lines/0/pointers/0",
        Stop,
        |it| {
            it.diagnoses(&["S00.83XA", "W22.01XA"]);
            it.bills(&[line("99213").to(&[2, 1])]);
        },
        |it| {
            it.diagnoses(&["S00.83XA", "W22.01XA"]);
            it.bills(&[line("99213").to(&[1, 2])]);
        },
    ),
    story(
        // I.C.1.b: E. coli as the cause of diseases classified elsewhere, and the infection.
        "never-first",
        "/diagnoses/0",
        Stop,
        |it| it.diagnoses(&["B96.20", "N39.0"]),
        |it| it.diagnoses(&["N39.0", "B96.20"]),
    ),
    story(
        "only-first-listed",
        "/diagnoses/1",
        Warn,
        |it| it.diagnoses(&["E11.9", "Z00.00"]),
        |it| {
            it.diagnoses(&["Z00.00", "E11.9"]);
        },
    ),
    story(
        // I.B.10: pain in the knee is what the fracture left.
        "sequela-order",
        "/diagnoses/0",
        Warn,
        |it| it.diagnoses(&["S82.161S", "M25.561"]),
        |it| it.diagnoses(&["M25.561", "S82.161S"]),
    ),
    story(
        // I.C.19.e.5.a: a rash by penicillin.
        "drug-effect-order code-first",
        "/diagnoses/0",
        Stop,
        |it| it.diagnoses(&["T36.0X5A", "L27.0"]),
        |it| it.diagnoses(&["L27.0", "T36.0X5A"]),
    ),
    story(
        // A poisoning (I.C.19.e.5.b) comes before what it did.
        "drug-effect-order",
        "/diagnoses/0",
        Stop,
        |it| it.diagnoses(&["T36.0X6A", "J02.9"]),
        |it| it.diagnoses(&["T36.0X1A", "R11.10"]),
    ),
    story(
        "external-cause-once",
        "/diagnoses/2",
        Warn,
        |it| it.diagnoses(&["S00.83XA", "Y92.009", "Y92.010"]),
        |it| it.diagnoses(&["S00.83XA", "Y92.009"]),
    ),
    story(
        "external-cause-once",
        "/diagnoses/1",
        Warn,
        |it| it.diagnoses(&["S00.83XD", "Y92.009"]),
        |it| it.diagnoses(&["S00.83XD"]),
    ),
    story(
        "hypertension-presumed",
        "/diagnoses/0",
        Warn,
        |it| it.diagnoses(&["I10", "I50.9"]),
        |it| {
            it.diagnoses(&["I11.0", "I50.9"]);
        },
    ),
    story(
        "hypertension-presumed",
        "/diagnoses/1",
        Warn,
        |it| it.diagnoses(&["N18.30", "I10"]),
        |it| it.diagnoses(&["I12.9", "N18.30"]),
    ),
    story(
        // With neuropathy.
        "diabetes-uncomplicated",
        "/diagnoses/0",
        Warn,
        |it| it.diagnoses(&["E11.9", "E11.40"]),
        |it| it.diagnoses(&["E11.40", "E11.319"]),
    ),
    story(
        "additional-code",
        "/diagnoses/0",
        Warn,
        |it| it.diagnoses(&["E11.22"]),
        |it| {
            it.diagnoses(&["E11.22", "N18.30"]);
        },
    ),
    story(
        "additional-code",
        "/diagnoses/0",
        Warn,
        |it| it.diagnoses(&["I11.0"]),
        |it| {
            it.diagnoses(&["I11.9"]);
        },
    ),
    story(
        "cancer-treatment",
        "/diagnoses/0",
        Warn,
        |it| it.diagnoses(&["Z51.11"]),
        |it| {
            it.diagnoses(&["Z51.11", "C50.911"]);
        },
    ),
    story(
        "encounter-of-injury",
        "/diagnoses/1",
        Warn,
        |it| it.diagnoses(&["S82.161A", "S82.161D"]),
        |it| it.diagnoses(&["S82.161D", "S82.162D"]),
    ),
    story(
        "aftercare-of-injury",
        "/diagnoses/1",
        Warn,
        |it| it.diagnoses(&["S82.161D", "Z48.00"]),
        |it| it.diagnoses(&["S82.161D"]),
    ),
    story(
        // Cataract of the right, the left, and of both eyes.
        "both-sides",
        "/diagnoses/1",
        Warn,
        |it| it.diagnoses(&["H25.11", "H25.12"]),
        |it| it.diagnoses(&["H25.13"]),
    ),
    story(
        // Pain in a knee, of which M25.561 is the right one.
        "side-unspecified",
        "/lines/0/pointers",
        Warn,
        |it| {
            it.diagnoses(&["M25.569"]);
            it.bills(&[line("20610").with(&["RT"])]);
        },
        |it| {
            it.diagnoses(&["M25.561"]);
            it.bills(&[line("20610").with(&["RT"])]);
        },
    ),
    story(
        "pregnancy-first",
        "/diagnoses/1",
        Warn,
        |it| {
            it.born("1995-05-05");
            it.diagnoses(&["J06.9", "O26.892", "Z3A.20"]);
        },
        |it| {
            it.born("1995-05-05");
            it.diagnoses(&["O26.892", "Z3A.20", "J06.9"]);
        },
    ),
    story(
        "weeks-of-gestation",
        "/diagnoses/0",
        Warn,
        |it| {
            it.born("1995-05-05");
            it.diagnoses(&["O26.892"]);
        },
        |it| {
            it.born("1995-05-05");
            it.diagnoses(&["O26.892", "Z3A.20"]);
        },
    ),
    story(
        "gestation-alone",
        "/diagnoses/1",
        Warn,
        |it| {
            it.born("1995-05-05");
            it.diagnoses(&["J06.9", "Z3A.20"]);
        },
        |it| {
            it.born("1995-05-05");
            it.diagnoses(&["Z34.02", "Z3A.20"]);
        },
    ),
    story(
        "outcome-of-delivery",
        "/diagnoses/0",
        Warn,
        |it| {
            it.born("1995-05-05");
            it.diagnoses(&["O80"]);
        },
        |it| {
            it.born("1995-05-05");
            it.diagnoses(&["O80", "Z37.0"]);
        },
    ),
    story(
        // A tear of the first degree.
        "normal-delivery",
        "/diagnoses/0",
        Stop,
        |it| {
            it.born("1995-05-05");
            it.diagnoses(&["O80", "O70.0", "Z37.0", "Z3A.39"]);
        },
        |it| {
            it.born("1995-05-05");
            it.diagnoses(&["O70.0", "Z37.0", "Z3A.39"]);
        },
    ),
];
