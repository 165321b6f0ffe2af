//! Procedures by the definition of their code: the age that it has, what it adds to, and what it
//! leaves to be said.

use super::families::{number, number_of};
use super::finding::{Check, Report, Rule, Severity, Spot};
use super::{Context, Rule as About, view};
use crate::claims::Claim;
use crate::types::age_years;

pub(super) static RULES: [Rule; 4] = [
    Rule {
        about: About {
            id: "scrub/procedure-age",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "The patient is of the age for which the code is defined",
            source: "CPT code numbers of preventive visits, immunization with counseling, newborn and neonatal care; CARC 6",
            next: "Use the code of the patient's age on that day, or correct the birth date.",
        },
        check: Check::Professional(procedure_age),
    },
    Rule {
        about: About {
            id: "scrub/add-on-primary",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "An add-on stands beside one of the procedures that it adds to",
            source: "NCCI policy manual chapter I, R (add-on codes, type I); CMS add-on code edits; CARC 107",
            next: "Bill the primary procedure, or the code that stands by itself.",
        },
        check: Check::Professional(add_on_primary),
    },
    Rule {
        about: About {
            id: "scrub/unlisted-procedure",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "A procedure without a code of its own is described",
            source: "X222 2400 SV101-7; Medicare Claims Processing Manual chapter 26, 10.4 (item 19); CARC 16 (N350)",
            next: "Describe the procedure in a few words.",
        },
        check: Check::Professional(unlisted_procedure),
    },
    Rule {
        about: About {
            id: "scrub/dental-procedure",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A dental procedure goes to a dental plan on a dental claim",
            source: "45 CFR 162.1002(a)(4); X224; CARC 109",
            next: "Send it on a dental claim, unless the medical payer asks for it on this one.",
        },
        check: Check::Professional(dental_procedure),
    },
];

/// The ages in years of codes that are defined by age.
const fn ages(number: u32) -> Option<(u32, u32)> {
    match number {
        90_460 | 90_461 => Some((0, 18)),
        99_381 | 99_391 => Some((0, 0)),
        99_382 | 99_392 => Some((1, 4)),
        99_383 | 99_393 => Some((5, 11)),
        99_384 | 99_394 => Some((12, 17)),
        99_385 | 99_395 => Some((18, 39)),
        99_386 | 99_396 => Some((40, 64)),
        99_387 | 99_397 => Some((65, u32::MAX)),
        // The newborn, and critical and intensive care up to two years.
        99_460..=99_465 | 99_468 | 99_469 | 99_477..=99_480 => Some((0, 0)),
        99_471 | 99_472 => Some((0, 1)),
        99_475 | 99_476 => Some((2, 5)),
        _ => None,
    }
}

fn procedure_age(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let Some(born) = claim.patient.born_on.as_ref().map(|day| *day.expose()) else { return };
    for (index, line) in claim.lines.iter().enumerate() {
        let Some((youngest, oldest)) = ages(number_of(line)) else { continue };
        let Some(age) = line.from.and_then(|on| age_years(born, on)) else { continue };
        if !(youngest..=oldest).contains(&age) {
            let code = line.procedure.text();
            let upto = if oldest == u32::MAX { "on".to_owned() } else { format!("to {oldest}") };
            let message = format!(
                "line {}: {code} is from {youngest} years {upto}, which does not fit the patient's age",
                index + 1
            );
            report.fault(Spot::line(index, "procedure", "2400 SV101-2"), code, message);
        }
    }
}

/// The procedures to which an add-on of type I adds: one of them is on the claim.
fn primaries(code: &str) -> Option<fn(u32) -> bool> {
    let is_primary: fn(u32) -> bool = match number(code) {
        11_103 | 11_105 | 11_107 => |first| matches!(first, 11_102 | 11_104 | 11_106),
        17_003 => |first| first == 17_000,
        90_461 => |first| first == 90_460,
        90_472 => |first| matches!(first, 90_460 | 90_471 | 90_473),
        90_474 => |first| matches!(first, 90_460 | 90_471 | 90_473),
        90_833 | 90_836 | 90_838 => |first| matches!(first, 99_202..=99_350),
        96_361 => |first| matches!(first, 96_360 | 96_365 | 96_374 | 96_409 | 96_413),
        96_366 => |first| matches!(first, 96_365 | 96_413),
        96_375 => |first| matches!(first, 96_360 | 96_365 | 96_374 | 96_409 | 96_413),
        96_415 => |first| first == 96_413,
        99_292 => |first| first == 99_291,
        99_417 => |first| matches!(first, 99_205 | 99_215 | 99_245 | 99_345 | 99_350 | 99_483),
        0 if code == "G2211" => |first| matches!(first, 99_202..=99_215 | 99_341..=99_350),
        _ => return None,
    };
    Some(is_primary)
}

fn add_on_primary(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let code = line.procedure.text();
        let Some(is_primary) = primaries(code) else { continue };
        let mut of_day = claim
            .lines
            .iter()
            .enumerate()
            .filter(|(other, beside)| *other != index && beside.from == line.from)
            .map(|(_, beside)| number_of(beside))
            .peekable();
        // One that stands alone on its day has a rule of its own.
        if of_day.peek().is_none() || of_day.any(is_primary) {
            continue;
        }
        let message = format!("line {}: {code} adds to none of the procedures of that day", index + 1);
        let spot = Spot::line(index, "procedure", "2400 SV101-2");
        match context.history.before(claim) {
            Some(mut before) => {
                let is_billed =
                    before.any(|past| past.from == line.from && is_primary(number(past.procedure.text())));
                if !is_billed {
                    report.fault(spot, code, message);
                }
            }
            None => report.doubt(spot, code, format!("{message}; whether another claim has it is not known")),
        }
    }
}

/// Unlisted procedures of CPT, sorted.
const UNLISTED_CPT: &[u32] = &[
    1_999, 15_999, 17_999, 19_499, 20_999, 21_089, 21_299, 21_499, 21_899, 22_899, 22_999, 23_929, 24_999,
    25_999, 26_989, 27_299, 27_599, 27_899, 28_899, 29_799, 29_999, 30_999, 31_299, 31_599, 31_899, 32_999,
    33_999, 36_299, 37_501, 37_799, 38_129, 38_589, 38_999, 39_499, 39_599, 40_799, 40_899, 41_599, 41_899,
    42_299, 42_699, 42_999, 43_289, 43_499, 43_659, 43_999, 44_238, 44_799, 44_899, 44_979, 45_399, 45_499,
    45_999, 46_999, 47_379, 47_399, 47_579, 47_999, 48_999, 49_329, 49_659, 49_999, 50_549, 50_949, 51_999,
    53_899, 54_699, 55_559, 55_899, 58_578, 58_579, 58_679, 58_999, 59_897, 59_898, 59_899, 60_659, 60_699,
    64_999, 66_999, 67_299, 67_399, 67_599, 67_999, 68_399, 68_899, 69_399, 69_799, 69_949, 69_979, 76_496,
    76_497, 76_498, 76_499, 76_999, 77_299, 77_399, 77_499, 77_799, 79_999, 81_099, 84_999, 85_999, 86_849,
    86_999, 87_999, 88_199, 88_299, 88_399, 89_240, 90_899, 92_499, 93_799, 94_799, 95_999, 96_999, 97_799,
    99_199,
];

/// Codes that stand for whatever has none (CPT unlisted, HCPCS not otherwise classified).
fn is_unlisted(code: &str) -> bool {
    const OF_HCPCS: &[&str] =
        &["A4649", "A9999", "B9999", "E1399", "J3490", "J3590", "J7999", "J9999", "L8499"];
    match number(code) {
        0 => OF_HCPCS.contains(&code),
        number => UNLISTED_CPT.binary_search(&number).is_ok(),
    }
}

fn unlisted_procedure(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let is_described = line.description.as_deref().is_some_and(|text| !text.trim().is_empty());
        if !is_described && is_unlisted(line.procedure.text()) {
            let code = line.procedure.text();
            let message = format!("line {}: {code} says nothing of what was done", index + 1);
            report.fault(Spot::line(index, "description", "2400 SV101-7"), code, message);
        }
    }
}

fn dental_procedure(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let code = line.procedure.text();
        if code.starts_with('D') && code.len() == 5 {
            let message = format!("line {}: {code} is a dental procedure", index + 1);
            report.fault(Spot::line(index, "procedure", "2400 SV101-2"), code, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unlisted_codes_are_sorted_as_the_lookup_needs_it() {
        assert!(UNLISTED_CPT.is_sorted());
    }
}
