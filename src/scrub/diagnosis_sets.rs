//! Diagnoses that the official guidelines join, complete or keep apart, beyond the notes of the list.

use chrono::NaiveDate;

use super::diagnosis_order::seventh_of_injury;
use super::families::first_of;
use super::finding::{Check, Report, Rule, Severity};
use super::view::{self, View};
use super::{Context, Rule as About};
use crate::claims::Claim;
use crate::codes::Codes;
use crate::scrub::finding::Spot;
use crate::types::{CodeStatus, CodeTable, Icd10Code};

pub(super) static RULES: [Rule; 8] = [
    Rule {
        about: About {
            id: "scrub/hypertension-presumed",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Warn,
            title: "Hypertension beside heart failure or kidney disease is coded as their cause",
            source: "ICD-10-CM guidelines I.C.9.a.1 to I.C.9.a.3",
            next: "Use I11.0, I12 or I13, unless the record says that they are unrelated.",
        },
        check: Check::View(hypertension_presumed),
    },
    Rule {
        about: About {
            id: "scrub/diabetes-uncomplicated",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Warn,
            title: "Diabetes without complications does not stand beside a complication of it",
            source: "ICD-10-CM guidelines I.A.15, I.C.4.a",
            next: "Use the code of the diabetes with that complication, unless the record says that they are unrelated.",
        },
        check: Check::View(diabetes_uncomplicated),
    },
    Rule {
        about: About {
            id: "scrub/additional-code",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Warn,
            title: "A code that needs another to be complete has it",
            source: "ICD-10-CM guidelines I.A.17, I.C.9.a, I.C.4.a; use-additional-code notes of the tabular list FY2026",
            next: "Add the stage of the kidney disease, the kind of heart failure or the site of the ulcer.",
        },
        check: Check::View(additional_code),
    },
    Rule {
        about: About {
            id: "scrub/cancer-treatment",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Warn,
            title: "An encounter for radiation, chemotherapy or immunotherapy names the neoplasm",
            source: "ICD-10-CM guidelines I.C.2.e.2; note at Z51 (code also the condition)",
            next: "Add the neoplasm that is treated.",
        },
        check: Check::View(cancer_treatment),
    },
    Rule {
        about: About {
            id: "scrub/encounter-of-injury",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Warn,
            title: "One injury is of one kind of encounter",
            source: "ICD-10-CM guidelines I.C.19.a",
            next: "Keep the seventh character of the care that was given: A active, D later, S sequela.",
        },
        check: Check::View(encounter_of_injury),
    },
    Rule {
        about: About {
            id: "scrub/aftercare-of-injury",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Warn,
            title: "Aftercare of an injury is the injury with a later encounter's character",
            source: "ICD-10-CM guidelines I.C.21.c.7, I.C.19.a",
            next: "Leave the aftercare code out and give the injury the seventh character D.",
        },
        check: Check::View(aftercare_of_injury),
    },
    Rule {
        about: About {
            id: "scrub/both-sides",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Warn,
            title: "A condition of both sides has the code of both sides, where there is one",
            source: "ICD-10-CM guidelines I.B.13",
            next: "Use the bilateral code once.",
        },
        check: Check::View(both_sides),
    },
    Rule {
        about: About {
            id: "scrub/side-unspecified",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A line that names the side has a diagnosis that names it",
            source: "ICD-10-CM guidelines I.B.13, I.B.18; HCPCS modifiers LT and RT (CMS); CARC 11",
            next: "Use the diagnosis of the side that was treated.",
        },
        check: Check::Professional(side_unspecified),
    },
];

/// Whether a code is below one of several headings.
fn is_below(code: &Icd10Code, headings: &[&str]) -> bool {
    headings.iter().any(|heading| code.as_str().starts_with(heading))
}

/// The first listed diagnosis below one of several headings.
fn below<'v>(view: &'v View<'_>, headings: &[&str]) -> Option<(&'v Spot, &'v Icd10Code)> {
    let mut found = view.listed().filter(|(.., code)| is_below(code, headings));
    found.next().map(|(_, diagnosis, code)| (&diagnosis.spot, code))
}

fn hypertension_presumed(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some((spot, code)) = below(view, &["I10", "I119"]) else { return };
    let of_kidney = ["N181", "N182", "N183", "N184", "N185", "N186", "N189"];
    let (heart, kidney) = (below(view, &["I50"]), below(view, &of_kidney));
    let (beside, instead) = match (heart, kidney, code.as_str()) {
        (Some((_, heart)), Some(_), _) => (heart, "I13"),
        (Some((_, heart)), None, _) => (heart, "I11.0"),
        (None, Some((_, kidney)), "I10") => (kidney, "I12"),
        (None, Some((_, kidney)), _) => (kidney, "I13"),
        (None, None, _) => return,
    };
    let message = format!(
        "{} beside {}: the guidelines presume the one causes the other, {instead}",
        code.dotted(),
        beside.dotted()
    );
    report.fault(spot.clone(), code.dotted(), message);
}

/// Diabetes by its cause.
const DIABETES: [&str; 5] = ["E08", "E09", "E10", "E11", "E13"];

fn diabetes_uncomplicated(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    for (_, diagnosis, code) in view.listed() {
        let category = code.category();
        if code.as_str().len() != 4 || !code.as_str().ends_with('9') || !DIABETES.contains(&category) {
            continue;
        }
        let complicated = view.listed().find(|(.., other)| other.category() == category && *other != code);
        // Chronic kidney disease and ulcers of the leg stand under "with" in the index.
        let complication =
            complicated.map(|(.., other)| other).or_else(|| Some(below(view, &["N18", "L97"])?.1));
        if let Some(other) = complication {
            let (shown, other) = (code.dotted(), other.dotted());
            let message = format!("{shown} says that the diabetes has no complication, and {other} is one");
            report.fault(diagnosis.spot.clone(), shown, message);
        }
    }
}

/// What is missing beside a code, and the headings below which it is found.
fn needs(code: &str) -> Option<(&'static [&'static str], &'static str)> {
    match code {
        "I110" => Some((&["I50"], "the kind of heart failure (I50)")),
        "I130" | "I132" => Some((&["I50"], "the kind of heart failure (I50)")),
        "I120" | "I129" | "I1310" | "I1311" => Some((&["N18"], "the stage of the kidney disease (N18)")),
        _ if !DIABETES.iter().any(|category| code.starts_with(category)) => None,
        _ => match code.get(3..) {
            Some("22") => Some((&["N18"], "the stage of the kidney disease (N18)")),
            Some("621" | "622") => Some((&["L97", "L984"], "the site of the ulcer (L97, L98.4)")),
            Some(_) | None => None,
        },
    }
}

fn additional_code(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    for (_, diagnosis, code) in view.listed() {
        let Some((headings, what)) = needs(code.as_str()) else { continue };
        if below(view, headings).is_none() {
            let message = format!("{} needs {what} beside it", code.dotted());
            report.fault(diagnosis.spot.clone(), code.dotted(), message);
        }
    }
}

/// Neoplasms: C00 to D49.
fn is_neoplasm(code: &Icd10Code) -> bool {
    code.as_str().starts_with('C') || ("D00"..="D49").contains(&code.category())
}

fn cancer_treatment(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some((spot, code)) = below(view, &["Z510", "Z511"]) else { return };
    if !view.listed().any(|(.., code)| is_neoplasm(code)) {
        let message = format!("{} treats a neoplasm that is not named", code.dotted());
        report.fault(spot.clone(), code.dotted(), message);
    }
}

fn encounter_of_injury(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    for (place, diagnosis, code) in view.listed() {
        let Some(seventh) = seventh_of_injury(code.as_str()) else { continue };
        let other = view.listed().find(|(earlier, _, other)| {
            *earlier < place
                && other.as_str().get(..6) == code.as_str().get(..6)
                && seventh_of_injury(other.as_str()).is_some_and(|character| character != seventh)
        });
        if let Some((.., other)) = other {
            let message =
                format!("{} and {} are one injury at two encounters", other.dotted(), code.dotted());
            report.fault(diagnosis.spot.clone(), code.dotted(), message);
        }
    }
}

fn aftercare_of_injury(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    // After a joint was replaced or a fixation removed the injury is no longer what is treated.
    let Some((spot, code)) = below(view, &["Z4789", "Z48"]) else { return };
    if let Some((.., injury)) = view.listed().find(|(.., code)| code.as_str().starts_with('S')) {
        let message =
            format!("{} is not for an injury: {} says what is cared for", code.dotted(), injury.dotted());
        report.fault(spot.clone(), code.dotted(), message);
    }
}

/// Whether a title has a word.
fn has_word(title: &str, wanted: &str) -> bool {
    title.split(|c: char| !c.is_ascii_alphabetic()).any(|word| word.eq_ignore_ascii_case(wanted))
}

/// The chapters where left and right are sides of the body.
fn has_sides(code: &str) -> bool {
    code.starts_with(['C', 'D', 'H', 'L', 'M', 'N', 'S', 'T'])
}

/// A code in force that differs in one place only and has a word in its title.
fn sibling(codes: &Codes, code: &str, place: usize, wanted: &str, on: NaiveDate) -> Option<String> {
    (b'0'..=b'9').find_map(|digit| {
        let mut bytes = code.as_bytes().to_vec();
        *bytes.get_mut(place)? = digit;
        let other = String::from_utf8(bytes).ok().filter(|other| other != code)?;
        let found = codes.lookup(CodeTable::Icd10cm, &other, on);
        let fits = found.status == CodeStatus::Valid && has_word(found.title?, wanted);
        fits.then_some(other)
    })
}

fn both_sides(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    for (place, diagnosis, code) in view.listed().filter(|(.., code)| has_sides(code.as_str())) {
        let Some((on, _)) = diagnosis.days else { continue };
        let text = code.as_str();
        let differs = |other: &str| {
            let mut places = (0..text.len()).filter(|at| text.as_bytes()[*at] != other.as_bytes()[*at]);
            places.next().filter(|_| places.next().is_none())
        };
        let twins = view.listed().filter(|(earlier, _, other)| {
            *earlier < place && other.as_str().len() == text.len() && other.category() == code.category()
        });
        for (.., other) in twins {
            let Some(at) = differs(other.as_str()) else { continue };
            let title =
                |code: &str| context.codes.lookup(CodeTable::Icd10cm, code, on).title.unwrap_or_default();
            let (one, two) = (title(text), title(other.as_str()));
            let sides = has_word(one, "left") && has_word(two, "right")
                || has_word(one, "right") && has_word(two, "left");
            let Some(both) = sides.then(|| sibling(context.codes, text, at, "bilateral", on)).flatten()
            else {
                continue;
            };
            let both = both.parse::<Icd10Code>().map(|code| code.dotted()).unwrap_or(both);
            let message =
                format!("{} and {} are one condition of both sides: {both}", other.dotted(), code.dotted());
            report.fault(diagnosis.spot.clone(), code.dotted(), message);
        }
    }
}

/// The digits `-F5` to `T9` and lids are sides, too, but their diagnoses have other words for them.
const SIDES: [&str; 3] = ["LT", "RT", "50"];

fn side_unspecified(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let Some(modifier) = first_of(line, &SIDES) else { continue };
        let Some(on) = line.from else { continue };
        for pointer in &line.pointers {
            let place = usize::from(*pointer).checked_sub(1);
            let Some(code) = place.and_then(|place| claim.diagnoses.get(place)?.valid()) else { continue };
            let text = code.as_str();
            if !has_sides(text) || text.len() < 5 {
                continue;
            }
            let title = context.codes.lookup(CodeTable::Icd10cm, text, on).title.unwrap_or_default();
            // The side is the last character before a seventh one.
            let at = text.len().min(6) - 1;
            if has_word(title, "unspecified") && sibling(context.codes, text, at, "right", on).is_some() {
                let message = format!(
                    "line {} has modifier {modifier}, and {} does not say which side",
                    index + 1,
                    code.dotted()
                );
                report.fault(Spot::line(index, "pointers", "2400 SV107"), code.dotted(), message);
                break;
            }
        }
    }
}
