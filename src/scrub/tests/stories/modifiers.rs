//! Modifiers, operations and the visits around them, anesthesia.

use super::*;

/// A nerve block of 2026-11-10 by somebody of a taxonomy.
fn anesthesia(it: &mut Scene, modifier: &str, taxonomy: &str) {
    it.bills(&[line("00142").with(&[modifier]).minutes(45)]);
    it.claim.rendering.as_mut().unwrap().taxonomy = Some(taxonomy.into());
}

pub(super) const STORIES: &[Story] = &[
    story(
        "modifier",
        "/lines/0/modifiers/0",
        Stop,
        |it| it.bills(&[line("99213").with(&["9Z"])]),
        |it| {
            it.bills(&[line("99213").with(&["25"])]);
        },
    ),
    story(
        "professional-technical",
        "/lines/0/modifiers",
        Warn,
        |it| it.bills(&[line("93000").with(&["26"])]),
        |it| it.bills(&[line("71046").with(&["26"])]),
    ),
    story(
        "bilateral",
        "/lines/0/units",
        Warn,
        |it| it.bills(&[line("20610").with(&["50"]).times(2)]),
        |it| it.bills(&[line("20610").with(&["50"])]),
    ),
    story(
        // A waiver cannot be on file and not on file.
        "modifier-pair",
        "/lines/0/modifiers",
        Stop,
        |it| it.bills(&[line("20610").with(&["GA", "GZ"])]),
        |it| it.bills(&[line("20610").with(&["GX", "GY"])]),
    ),
    story(
        "modifier-pair",
        "/lines/0/modifiers",
        Warn,
        |it| it.bills(&[line("20610").with(&["LT", "RT"])]),
        |it| it.bills(&[line("20610").with(&["LT"]), line("20610").with(&["RT"])]),
    ),
    story(
        "visit-modifier",
        "/lines/0/modifiers/1",
        Warn,
        |it| it.bills(&[line("20610").with(&["RT", "25"])]),
        |it| it.bills(&[line("99213").with(&["25"]), line("20610").with(&["RT"])]),
    ),
    story(
        "procedure-modifier",
        "/lines/0/modifiers/0",
        Warn,
        |it| it.bills(&[line("99213").with(&["59"])]),
        |it| it.bills(&[line("20610").with(&["59"])]),
    ),
    story(
        // An operation on a toe: the left index finger, and the second toe of the left foot.
        "anatomic-modifier",
        "/lines/0/modifiers/0",
        Warn,
        |it| it.bills(&[line("28285").with(&["F1"])]),
        |it| it.bills(&[line("28285").with(&["T1"])]),
    ),
    story(
        "anatomic-modifier",
        "/lines/0/modifiers/1",
        Warn,
        |it| it.bills(&[line("28285").with(&["T1", "T2"])]),
        |it| it.bills(&[line("28285").with(&["T1"]), line("28285").with(&["T2"])]),
    ),
    story(
        "repeat-modifier",
        "/lines/0/modifiers/0",
        Warn,
        |it| it.bills(&[line("71046").with(&["76"])]),
        |it| it.bills(&[line("71046"), line("71046").with(&["76"])]),
    ),
    story(
        "repeat-modifier",
        "/lines/0/modifiers/0",
        Warn,
        |it| {
            it.bills(&[line("71046").with(&["77"])]);
            it.earlier = vec![earlier("71046", "2026-11-09")];
        },
        |it| {
            it.bills(&[line("71046").with(&["77"])]);
            it.earlier = vec![earlier("71046", "2026-11-10")];
        },
    ),
    story(
        // Assistant indicator 1 of 20610, 2 of 47562.
        "assistant-surgeon",
        "/lines/0/modifiers/0",
        Stop,
        |it| {
            it.medicare();
            it.bills(&[line("20610").with(&["80"])]);
        },
        |it| {
            it.medicare();
            it.bills(&[line("47562").with(&["80"])]);
        },
    ),
    story(
        // Indicator 0 of 20610, for both; of 22551, which the sample lacks, nothing can be said.
        "co-surgeons",
        "/lines/0/modifiers/0",
        Stop,
        |it| {
            it.medicare();
            it.bills(&[line("20610").with(&["62"])]);
        },
        |it| {
            it.medicare();
            it.bills(&[line("22551").with(&["62"])]);
        },
    ),
    story(
        "team-surgery",
        "/lines/0/modifiers/1",
        Stop,
        |it| {
            it.medicare();
            it.bills(&[line("47562").with(&["22", "66"])]);
        },
        |it| {
            it.medicare();
            it.bills(&[line("22551").with(&["22", "66"])]);
        },
    ),
    story(
        // Indicator 1: with documentation.
        "co-surgeons",
        "/lines/0/modifiers/0",
        Warn,
        |it| it.bills(&[line("47562").with(&["62"])]),
        |it| it.bills(&[line("47562")]),
    ),
    story(
        // Global days 000 of 20610, 090 of 47562.
        "surgical-care-split",
        "/lines/0/modifiers/0",
        Warn,
        |it| it.bills(&[line("20610").with(&["55"])]),
        |it| it.bills(&[line("47562").with(&["55"])]),
    ),
    story(
        "decision-for-surgery",
        "/lines/0/modifiers",
        Warn,
        |it| it.bills(&[line("99213").with(&["57"]), line("10060")]),
        |it| it.bills(&[line("99213").with(&["25"]), line("10060")]),
    ),
    story(
        "decision-for-surgery",
        "/lines/0/modifiers",
        Warn,
        |it| it.bills(&[line("99213").with(&["25"]), line("47562")]),
        |it| it.bills(&[line("99213").with(&["57"]), line("47562")]),
    ),
    story(
        "visit-beside-procedure",
        "/lines/0/modifiers",
        Warn,
        |it| it.bills(&[line("99213"), line("10060")]),
        // By two providers.
        |it| {
            let by_another =
                ServiceLine { rendering: Some(Box::new(provider("1245319599"))), ..line("10060") };
            it.bills(&[line("99213"), by_another]);
        },
    ),
    story(
        // Ninety days after 2026-08-12 is 2026-11-10.
        "global-period",
        "/lines/0/modifiers",
        Warn,
        |it| it.earlier = vec![earlier("47562", "2026-08-12")],
        |it| it.earlier = vec![earlier("47562", "2026-08-11")],
    ),
    story(
        "global-period",
        "/lines/0/modifiers",
        Warn,
        |it| it.earlier = vec![earlier("10060", "2026-11-01")],
        |it| {
            it.earlier = vec![earlier("10060", "2026-11-01")];
            it.bills(&[line("99213").with(&["24"])]);
        },
    ),
    story(
        "postoperative-modifier",
        "/lines/0/modifiers",
        Warn,
        |it| {
            it.bills(&[line("20610").with(&["79"])]);
            it.earlier = vec![earlier("99213", "2026-11-01")];
        },
        |it| {
            it.bills(&[line("20610").with(&["79"])]);
            it.earlier = vec![earlier("47562", "2026-11-01")];
        },
    ),
    story(
        "technical-in-facility",
        "/lines/0/procedure",
        Warn,
        |it| {
            it.at("22");
            it.bills(&[line("71046")]);
        },
        |it| {
            it.at("22");
            it.bills(&[line("71046").with(&["26"])]);
        },
    ),
    story(
        "anesthesia-modifier",
        "/lines/0/modifiers",
        Stop,
        |it| {
            it.medicare();
            it.bills(&[line("00142").minutes(45)]);
        },
        |it| {
            it.medicare();
            it.bills(&[line("00142").with(&["AA"]).minutes(45)]);
        },
    ),
    story(
        "anesthesia-minutes",
        "/lines/0/unit",
        Stop,
        |it| it.bills(&[line("00142").with(&["AA"]).times(3)]),
        // A day of pain management has no time.
        |it| it.bills(&[line("01996")]),
    ),
    story(
        "anesthesia-elsewhere",
        "/lines/0/modifiers",
        Warn,
        |it| it.bills(&[line("20610").with(&["P3"])]),
        |it| it.bills(&[line("00142").with(&["AA", "P3"]).minutes(45)]),
    ),
    story(
        // An anesthesiologist, and a nurse anesthetist.
        "anesthesia-provider",
        "/lines/0/modifiers",
        Warn,
        |it| anesthesia(it, "QZ", "207L00000X"),
        |it| anesthesia(it, "QZ", "367500000X"),
    ),
    story(
        "anesthesia-provider",
        "/lines/0/modifiers",
        Warn,
        |it| anesthesia(it, "QK", "367500000X"),
        |it| anesthesia(it, "QK", "207L00000X"),
    ),
    story(
        "ncci-pair",
        "/lines/1/procedure",
        Stop,
        |it| it.bills(&[line("45385").on("2024-08-01"), line("45380").on("2024-08-01")]),
        |it| it.bills(&[line("45385").on("2024-08-01"), line("45380").with(&["59"]).on("2024-08-01")]),
    ),
    story(
        "units-believable",
        "/lines/0/units",
        Stop,
        |it| it.bills(&[line("97110").times(7).on("2024-08-01")]),
        |it| it.bills(&[line("97110").times(6).on("2024-08-01")]),
    ),
    story(
        "duplicate-line",
        "/lines/1/procedure",
        Stop,
        |it| it.bills(&[line("71046"), line("71046")]),
        |it| it.bills(&[line("71046"), line("71046").with(&["76"])]),
    ),
    story(
        "duplicate-claim",
        "/lines/0/procedure",
        Stop,
        |it| it.earlier = vec![earlier("99213", "2026-11-10")],
        |it| it.earlier = vec![earlier("99213", "2026-11-09")],
    ),
];
