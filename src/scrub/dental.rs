//! What only dental claims are held to. Whether a CDT code exists is not: the ADA's codes are in no
//! table of ours.

use super::finding::{Check, Report, Rule, Severity, Spot};
use super::view::{self, View};
use super::{Context, Rule as About};

pub(super) static RULES: [Rule; 1] = [Rule {
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
}];

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
