//! What only dental claims are held to. Whether a CDT code exists is not: the ADA's codes are in no
//! table of ours.

use super::finding::{Check, Report, Rule, Severity, Spot};
use super::view::{self, Field, Line, View};
use super::{Context, Rule as About};
use crate::types::{Entered, age_years};

pub(super) static RULES: [Rule; 6] = [
    Rule {
        about: About {
            id: "scrub/tooth",
            version: 1,
            kinds: view::DENTAL,
            severity: Severity::Stop,
            title: "Every tooth is one of the universal system, and has the surfaces of its kind",
            source: "X224 2400 TOO02 (JP) and TOO03; ADA dental claim form instructions, items 27 and 28",
            next: "Enter 1 to 32 or A to T, for a supernumerary tooth 51 to 82 or AS to TS, and its own surfaces.",
        },
        check: Check::View(tooth),
    },
    Rule {
        about: About {
            id: "scrub/filling-surfaces",
            version: 1,
            kinds: view::DENTAL,
            severity: Severity::Stop,
            title: "A filling has as many surfaces as its code counts",
            source: "CDT code numbers D2140 to D2394 (one to four or more surfaces); X224 2400 TOO03; CARC 16 (N75)",
            next: "Enter each surface that was filled, or use the code of that count.",
        },
        check: Check::View(filling_surfaces),
    },
    Rule {
        about: About {
            id: "scrub/filling-tooth",
            version: 1,
            kinds: view::DENTAL,
            severity: Severity::Stop,
            title: "A resin filling is coded for a front or a back tooth as its tooth stands",
            source: "CDT code numbers D2330 to D2335 (anterior), D2391 to D2394 (posterior); X224 2400 TOO02; CARC 16 (N37)",
            next: "Use the code of the front or of the back teeth, or correct the tooth.",
        },
        check: Check::View(filling_tooth),
    },
    Rule {
        about: About {
            id: "scrub/tooth-missing",
            version: 1,
            kinds: view::DENTAL,
            severity: Severity::Stop,
            title: "What is done to one tooth says to which",
            source: "CDT code numbers D2140 to D2999, D3110 to D3999, D7111 to D7250; X224 2400 TOO02 (required when a procedure is of a tooth); CARC 16 (N37)",
            next: "Enter the tooth.",
        },
        check: Check::View(tooth_missing),
    },
    Rule {
        about: About {
            id: "scrub/quadrant-missing",
            version: 1,
            kinds: view::DENTAL,
            severity: Severity::Stop,
            title: "Periodontal surgery and scaling say in which quadrant",
            source: "CDT code numbers D4210 to D4261, D4341 and D4342; X224 2400 SV304 (10, 20, 30, 40); CARC 16 (N346)",
            next: "Enter the quadrant of the mouth.",
        },
        check: Check::View(quadrant_missing),
    },
    Rule {
        about: About {
            id: "scrub/prophylaxis-age",
            version: 1,
            kinds: view::DENTAL,
            severity: Severity::Warn,
            title: "A prophylaxis is coded for the patient's dentition",
            source: "CDT code numbers D1110 (adult) and D1120 (child); CARC 6",
            next: "Use D1110 with permanent teeth, D1120 with primary and mixed ones; plans change over at 12 to 14 years.",
        },
        check: Check::View(prophylaxis_age),
    },
];

/// Incisors and canines, which have an edge; the others chew with an occlusal surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Front,
    Back,
}

/// Where a tooth stands: 1 to 32 and A to T; 50 more, or an S behind it, for one too many beside it.
fn place_of(tooth: &str) -> Option<Place> {
    let is_front = if tooth.starts_with(|c: char| c.is_ascii_digit()) {
        let number: u8 = tooth.parse().ok()?;
        let number = match number {
            1..=32 => number,
            51..=82 => number - 50,
            _ => return None,
        };
        matches!(number, 6..=11 | 22..=27)
    } else {
        let letter = match tooth.as_bytes() {
            [letter] | [letter, b'S'] => *letter,
            _ => return None,
        };
        if !letter.is_ascii_uppercase() || letter > b'T' {
            return None;
        }
        matches!(letter, b'C'..=b'H' | b'M'..=b'R')
    };
    Some(if is_front { Place::Front } else { Place::Back })
}

fn tooth(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in view.lines.iter().enumerate() {
        for (nth, tooth) in line.teeth.iter().enumerate() {
            let number = index + 1;
            let at = |field: &str| format!("/lines/{index}/teeth/{nth}/{field}");
            let Some(place) = place_of(&tooth.tooth) else {
                let message = format!("line {number}: {:?} is no tooth", tooth.tooth);
                report.fault(Spot::new(at("tooth"), "2400 TOO02"), &tooth.tooth, message);
                continue;
            };
            let foreign = match place {
                Place::Front => ("O", "a front tooth has no occlusal surface"),
                Place::Back => ("I", "a back tooth has no incisal surface"),
            };
            for (component, surface) in (1..).zip(&tooth.surfaces) {
                if surface == foreign.0 {
                    let message = format!("line {number}, tooth {}: {}", tooth.tooth, foreign.1);
                    let spot = Spot::new(at("surfaces"), format!("2400 TOO03-{component}"));
                    report.doubt(spot, surface, message);
                }
            }
        }
    }
}

/// The number of a CDT code: 2391 of `D2391`; 0 for another.
fn number_of(line: &Line<'_>) -> u32 {
    let code = line.procedure.as_deref().map(Entered::text).unwrap_or_default();
    code.strip_prefix('D').and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Surfaces that a filling counts, four meaning four or more: amalgam, and resin in front and back.
const fn surfaces_of(number: u32) -> Option<usize> {
    match number {
        2_140 | 2_330 | 2_391 => Some(1),
        2_150 | 2_331 | 2_392 => Some(2),
        2_160 | 2_332 | 2_393 => Some(3),
        2_161 | 2_335 | 2_394 => Some(4),
        _ => None,
    }
}

fn filling_surfaces(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in view.lines.iter().enumerate() {
        let Some(counted) = surfaces_of(number_of(line)) else { continue };
        for (nth, tooth) in line.teeth.iter().enumerate() {
            let there = tooth.surfaces.len();
            // The incisal angle counts as four, whatever the surfaces.
            if number_of(line) != 2_335 && there.min(4) != counted {
                let code = number_of(line);
                let message = format!(
                    "line {}, tooth {}: D{code} counts {counted} surfaces, {there} are named",
                    index + 1,
                    tooth.tooth
                );
                let spot = Spot::new(format!("/lines/{index}/teeth/{nth}/surfaces"), "2400 TOO03");
                report.fault(spot, tooth.surfaces.join(":"), message);
            }
        }
    }
}

fn filling_tooth(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in view.lines.iter().enumerate() {
        let (wanted, kind) = match number_of(line) {
            2_330..=2_335 => (Place::Front, "front"),
            2_391..=2_394 => (Place::Back, "back"),
            _ => continue,
        };
        for (nth, tooth) in line.teeth.iter().enumerate() {
            if place_of(&tooth.tooth).is_some_and(|place| place != wanted) {
                let message = format!("line {}: {} is no {kind} tooth", index + 1, tooth.tooth);
                let spot = Spot::new(format!("/lines/{index}/teeth/{nth}/tooth"), "2400 TOO02");
                report.fault(spot, &tooth.tooth, message);
            }
        }
    }
}

/// Restorations, treatment of pulp and root, extractions.
const fn is_of_a_tooth(number: u32) -> bool {
    matches!(number, 2_140..=2_979 | 3_110..=3_470 | 7_111 | 7_140 | 7_210..=7_250)
}

fn tooth_missing(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in view.lines.iter().enumerate() {
        let number = number_of(line);
        if is_of_a_tooth(number) && line.teeth.is_empty() {
            let message = format!("line {}: D{number} does not say which tooth", index + 1);
            report.fault(view.line_spot(index, Field::Procedure), format!("D{number}"), message);
        }
    }
}

fn quadrant_missing(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in view.lines.iter().enumerate() {
        let number = number_of(line);
        let by_quadrant = matches!(number, 4_210 | 4_211 | 4_240 | 4_241 | 4_260 | 4_261 | 4_341 | 4_342);
        let is_named = line.areas.iter().any(|area| matches!(area.as_str(), "10" | "20" | "30" | "40"));
        if by_quadrant && !is_named {
            let message = format!("line {}: D{number} does not say which quadrant", index + 1);
            report.fault(view.line_spot(index, Field::Procedure), format!("D{number}"), message);
        }
    }
}

fn prophylaxis_age(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some(born) = view.born_on else { return };
    for (index, line) in view.lines.iter().enumerate() {
        let number = number_of(line);
        let Some(age) = line.from.and_then(|on| age_years(born, on)) else { continue };
        let (misfits, whose) = match number {
            1_110 => (age < 12, "an adult"),
            1_120 => (age > 14, "a child"),
            _ => continue,
        };
        if misfits {
            let message = format!("line {}: D{number} is for {whose}", index + 1);
            report.fault(view.line_spot(index, Field::Procedure), format!("D{number}"), message);
        }
    }
}
