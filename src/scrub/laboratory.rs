//! Laboratory tests: the certificate of the laboratory, and who made them.

use super::charges::is_medicare_b;
use super::families::{has, is_laboratory, number_of, place_of};
use super::finding::{Check, Report, Rule, Severity, Spot};
use super::{Context, Rule as About, view};
use crate::claims::Claim;

pub(super) static RULES: [Rule; 4] = [
    Rule {
        about: About {
            id: "scrub/clia-number",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A laboratory test at Medicare has the number of the laboratory's certificate",
            source: "42 CFR 493.3; Medicare Claims Processing Manual chapter 16, 70.2; X222 2300 and 2400 REF*X4; CARC 16 (MA120)",
            next: "Enter the CLIA number of the laboratory that made the test.",
        },
        check: Check::Professional(clia_number),
    },
    Rule {
        about: About {
            id: "scrub/clia-form",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "A CLIA number is two digits, a D and seven digits",
            source: "CMS, CLIA identification number; Medicare Claims Processing Manual chapter 16, 70.2; X222 2300 and 2400 REF02 (X4); CARC B7",
            next: "Copy the number from the laboratory's certificate.",
        },
        check: Check::Professional(clia_form),
    },
    Rule {
        about: About {
            id: "scrub/waived-test",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "QW stands on laboratory tests that need it",
            source: "Medicare Claims Processing Manual chapter 16, 70.8; CARC 4",
            next: "Leave QW out.",
        },
        check: Check::Professional(waived_test),
    },
    Rule {
        about: About {
            id: "scrub/outside-laboratory",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "At Medicare the laboratory that made a test bills it",
            source: "Social Security Act 1833(h)(5)(A); Medicare Claims Processing Manual chapter 16, 40.1 and 40.1.1; CARC 170",
            next: "Have the laboratory bill Medicare; only a laboratory may refer a test and bill it.",
        },
        check: Check::Professional(outside_laboratory),
    },
];

/// Laboratory codes for which no certificate is asked (CMS, codes excluded from CLIA edits).
const fn needs_no_certificate(number: u32) -> bool {
    matches!(
        number,
        80_503..=80_506
            | 81_050
            | 82_075
            | 83_013
            | 83_987
            | 86_077..=86_079
            | 86_910
            | 86_960
            | 88_125
            | 88_240
            | 88_241
            | 88_304
            | 88_329
            | 88_720
            | 88_738
            | 88_741
            | 89_049
            | 89_220
    )
}

fn clia_number(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if !is_medicare_b(claim) || claim.clia_number.as_deref().is_some_and(|it| !it.trim().is_empty()) {
        return;
    }
    for (index, line) in claim.lines.iter().enumerate() {
        let number = number_of(line);
        let is_named = line.clia_number.as_deref().is_some_and(|it| !it.trim().is_empty());
        // Who only reads a specimen's slide works under another certificate.
        if is_laboratory(number) && !needs_no_certificate(number) && !is_named && !has(line, "26") {
            let message = format!("line {}: {number} without a CLIA number", index + 1);
            report.fault(Spot::line(index, "clia_number", "2400 REF02 (X4)"), "", message);
        }
    }
}

fn is_clia_number(number: &str) -> bool {
    let number = number.trim();
    number.len() == 10
        && number.bytes().enumerate().all(|(place, byte)| match place {
            2 => byte.eq_ignore_ascii_case(&b'D'),
            _ => byte.is_ascii_digit(),
        })
}

fn clia_form(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let message = "not a CLIA number: two digits, D, seven digits";
    if let Some(number) = claim.clia_number.as_deref().filter(|number| !is_clia_number(number)) {
        report.fault(Spot::new("/clia_number", "2300 REF02 (X4)"), number, message);
    }
    for (index, line) in claim.lines.iter().enumerate() {
        if let Some(number) = line.clia_number.as_deref().filter(|number| !is_clia_number(number)) {
            let message = format!("line {}: {message}", index + 1);
            report.fault(Spot::line(index, "clia_number", "2400 REF02 (X4)"), number, message);
        }
    }
}

/// Waived since the law began: every laboratory may make them, and they never take QW.
const fn is_waived_by_law(number: u32) -> bool {
    matches!(number, 81_002 | 81_025 | 82_270 | 82_272 | 82_962 | 83_026 | 84_830 | 85_013 | 85_651)
}

fn waived_test(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate().filter(|(_, line)| has(line, "QW")) {
        let (code, number) = (line.procedure.text(), number_of(line));
        // HCPCS and proprietary laboratory codes have no range.
        let what = if is_waived_by_law(number) {
            "is waived without QW"
        } else if number != 0 && !is_laboratory(number) {
            "is no laboratory test"
        } else {
            continue;
        };
        let message = format!("line {}: {code} {what}", index + 1);
        report.fault(Spot::line(index, "modifiers", "2400 SV101-3"), "QW", message);
    }
}

fn outside_laboratory(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if !is_medicare_b(claim) {
        return;
    }
    for (index, line) in claim.lines.iter().enumerate().filter(|(_, line)| has(line, "90")) {
        // 81: independent laboratory.
        let place = place_of(claim, line);
        if place != "81" {
            let message =
                format!("line {}: an outside laboratory made the test, and place {place} is none", index + 1);
            report.fault(Spot::line(index, "modifiers", "2400 SV101-3"), "90", message);
        }
    }
}
