//! Diagnoses: each by itself, against each other, against the patient's age, and the lines'
//! pointers to them.

use chrono::NaiveDate;

use super::finding::{Check, Report, Rule, Severity, Spot};
use super::view::{self, Diagnosis, View};
use super::{Context, Fix, Rule as About};
use crate::claims::Claim;
use crate::codes::{Codes, ICD10CM_BEGINS, Note, NoteKind};
use crate::types::{CodeStatus, CodeTable, Entered, Icd10Code, Sex, age_years};

pub(super) static RULES: [Rule; 12] = [
    Rule {
        about: About {
            id: "scrub/diagnosis-count",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "A claim has one to twelve diagnoses",
            source: "X222 2300 HI (HI01 to HI12)",
            next: "Add the reason for the visit, or leave out what no line points to.",
        },
        check: Check::Professional(diagnosis_count),
    },
    Rule {
        about: About {
            id: "scrub/diagnosis-code",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Every diagnosis is a billable ICD-10-CM code in force on the day of service",
            source: "45 CFR 162.1002; ICD-10-CM FY2016 to FY2027 (NCHS/CMS); CARC 146",
            next: "Choose a code that is billable on that day: the page Codes lists those below a heading.",
        },
        check: Check::View(diagnosis_code),
    },
    Rule {
        about: About {
            id: "scrub/seventh-character",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "A diagnosis that takes a seventh character has one of those its heading defines",
            source: "ICD-10-CM guidelines I.A.5, I.B.2; tabular list FY2026",
            next: "Add the seventh character for this visit, after a placeholder X where the code is short.",
        },
        check: Check::View(seventh_character),
    },
    Rule {
        about: About {
            id: "scrub/diagnosis-twice",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "No diagnosis is reported twice",
            source: "ICD-10-CM guidelines I.B.12",
            next: "Leave one out and point the lines to the other.",
        },
        check: Check::View(diagnosis_twice),
    },
    Rule {
        about: About {
            id: "scrub/manifestation-first",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "A manifestation is not the first diagnosis",
            source: "ICD-10-CM guidelines I.A.13; CMS Medicare Code Editor v44, manifestation code as principal diagnosis",
            next: "List the underlying disease first.",
        },
        check: Check::View(manifestation_first),
    },
    Rule {
        about: About {
            id: "scrub/external-cause-first",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "An external cause is not the first diagnosis",
            source: "ICD-10-CM guidelines I.C.20.a.6; CMS Medicare Code Editor v44, E-code as principal diagnosis",
            next: "List the injury or illness first.",
        },
        check: Check::View(external_cause_first),
    },
    Rule {
        about: About {
            id: "scrub/code-first",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Warn,
            title: "What a code-first note names stands before the code",
            source: "ICD-10-CM guidelines I.A.13, I.A.17; tabular list FY2026",
            next: "Put the named condition before the code.",
        },
        check: Check::View(code_first),
    },
    Rule {
        about: About {
            id: "scrub/excludes1",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "No two diagnoses exclude each other",
            source: "ICD-10-CM guidelines I.A.12.a; tabular list FY2026",
            next: "Keep the one that says what the patient has; both stand only if the two conditions are unrelated.",
        },
        check: Check::View(excludes1),
    },
    Rule {
        about: About {
            id: "scrub/diagnosis-age",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Warn,
            title: "The patient has an age at which the diagnosis occurs",
            source: "CMS Medicare Code Editor v44, age conflict; CARC 9",
            next: "Check the birth date and the diagnosis.",
        },
        check: Check::View(diagnosis_age),
    },
    Rule {
        about: About {
            id: "scrub/diagnosis-sex",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "The diagnosis fits the patient's sex, at payers that still ask",
            source: "CMS Medicare Code Editor v44, sex conflict (ended on 2024-09-30); the payer's own edits; CARC 10",
            next: "Check the sex and the diagnosis; for transgender patients add modifier KX.",
        },
        check: Check::Professional(diagnosis_sex),
    },
    Rule {
        about: About {
            id: "scrub/diagnosis-pointer",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Every line points to one to four diagnoses of the claim",
            source: "X222 2400 SV107",
            next: "Point the line to the diagnoses for which the service was given.",
        },
        check: Check::Professional(diagnosis_pointer),
    },
    Rule {
        about: About {
            id: "scrub/laterality",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "The side of a line's modifier is a side of its diagnoses",
            source: "ICD-10-CM guidelines I.B.13; HCPCS modifiers LT and RT (CMS)",
            next: "Correct the modifier, the diagnosis or the pointer.",
        },
        check: Check::Professional(laterality),
    },
];

/// What the table says about a diagnosis on the days of its services: the first bad answer, else the
/// answer for the last day.
fn status_of<'c>(
    codes: &'c Codes,
    diagnosis: &Diagnosis<'_>,
    code: &Icd10Code,
) -> Option<(crate::codes::Lookup<'c>, NaiveDate)> {
    let (first, last) = diagnosis.days?;
    let found = codes.lookup(CodeTable::Icd10cm, code.as_str(), first);
    if found.status == CodeStatus::Valid && last != first {
        return Some((codes.lookup(CodeTable::Icd10cm, code.as_str(), last), last));
    }
    Some((found, first))
}

fn diagnosis_count(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let count = claim.diagnoses.len();
    if !(1..=12).contains(&count) {
        let message = format!("{count} diagnoses: one to twelve are allowed");
        report.fault(Spot::new("/diagnoses", "2300 HI"), count.to_string(), message);
    }
}

fn diagnosis_code(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    for diagnosis in &view.diagnoses {
        let (entered, spot) = (&diagnosis.code, || diagnosis.spot.clone());
        if diagnosis.days.is_some_and(|(_, last)| last < ICD10CM_BEGINS) {
            let why =
                format!("services before {ICD10CM_BEGINS} are coded in ICD-9-CM, of which there is no table");
            report.not_checked(spot(), entered.text(), why);
            continue;
        }
        let Some(code) = entered.valid() else {
            report.fault(spot(), entered.text(), "not of the form of an ICD-10-CM code");
            continue;
        };
        let Some((found, on)) = status_of(context.codes, diagnosis, code) else { continue };
        let shown = code.dotted();
        let message = match found.status {
            CodeStatus::Valid => continue,
            // The seventh character's own rule says it better.
            CodeStatus::Header | CodeStatus::Unknown if takes_seventh(context.codes, code.as_str(), on) => {
                continue;
            }
            CodeStatus::Header => format!("{shown} is a heading, not billable"),
            CodeStatus::Unknown => format!("{shown} does not exist"),
            CodeStatus::NotInForce if found.valid_from.is_some_and(|from| on < from) => {
                format!("{shown} is not in force before {}; the service is of {on}", day(found.valid_from))
            }
            CodeStatus::NotInForce => {
                format!("{shown} is not in force after {}; the service is of {on}", day(found.valid_to))
            }
            CodeStatus::NotChecked => {
                report.not_checked(spot(), &shown, format!("{shown} on {on}: {}", found.edition));
                continue;
            }
        };
        report.fault(spot(), shown, message);
    }
}

fn day(day: Option<NaiveDate>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

/// Whether a code that is not billable lacks only its seventh character, or has a wrong one: the
/// six characters (placeholders filled in) then are a heading of seven-character codes.
fn takes_seventh(codes: &Codes, code: &str, on: NaiveDate) -> bool {
    let mut six = [b'X'; 6];
    for (place, byte) in six.iter_mut().zip(code.bytes()) {
        *place = byte;
    }
    let Ok(six) = std::str::from_utf8(&six) else { return false };
    codes.seventh_characters(code, on).next().is_some()
        && codes.children(six, on).any(|(child, _)| child.len() == 7 && child.starts_with(six))
}

fn seventh_character(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    for (_, diagnosis, code) in view.readable() {
        let Some((found, on)) = status_of(context.codes, diagnosis, code) else { continue };
        let wrong = matches!(found.status, CodeStatus::Header | CodeStatus::Unknown);
        if !wrong || on < ICD10CM_BEGINS || !takes_seventh(context.codes, code.as_str(), on) {
            continue;
        }
        let six = format!("{:X<6.6}", code.as_str());
        let allowed: Vec<&str> =
            context.codes.children(&six, on).filter_map(|(child, _)| child.get(6..)).collect();
        let allowed = allowed.join(", ");
        let (shown, plain) = (code.dotted(), code.as_str());
        let message = match plain.split_at_checked(6) {
            Some((_, seventh)) if !seventh.is_empty() => {
                let heading = shown.strip_suffix(seventh).unwrap_or(&shown);
                format!("{seventh} is not a seventh character of {heading}: {allowed}")
            }
            Some(_) | None => format!("{shown} needs a seventh character: {allowed}"),
        };
        report.fault(diagnosis.spot.clone(), shown, message);
    }
}

fn diagnosis_twice(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    for (place, diagnosis, code) in view.listed() {
        let twin = view.listed().find(|(earlier, _, other)| *earlier < place && *other == code);
        if let Some((first, ..)) = twin {
            let message = format!("{} already stands at position {}", code.dotted(), first + 1);
            report.fault(diagnosis.spot.clone(), code.dotted(), message);
            if let Some(claim) = view.professional {
                let others: Vec<usize> = (0..claim.diagnoses.len()).filter(|other| *other != place).collect();
                let label = format!("List {} once", code.dotted());
                report.mended_by(Fix::new(label).diagnoses(claim, &others, Some(first)));
            }
        }
    }
}

fn manifestation_first(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    if let Some((first, code)) = view.first_listed()
        && let Some((on, _)) = first.days
        && context.codes.diagnosis_flags(code.as_str(), on).manifestation
    {
        let message = format!("{} shows an underlying disease, which comes first", code.dotted());
        report.fault(first.spot.clone(), code.dotted(), message);
    }
}

fn external_cause_first(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    if let Some((first, code)) = view.first_listed()
        && let Some((on, _)) = first.days
        && context.codes.diagnosis_flags(code.as_str(), on).external_cause
    {
        let message = format!("{} says how it happened, not what the patient has", code.dotted());
        report.fault(first.spot.clone(), code.dotted(), message);
        let is_cause = |code: &Entered<Icd10Code>| {
            code.valid().is_some_and(|code| context.codes.diagnosis_flags(code.as_str(), on).external_cause)
        };
        if let Some(claim) = view.professional {
            let all = 0..claim.diagnoses.len();
            let (causes, mut order): (Vec<usize>, Vec<usize>) =
                all.partition(|place| is_cause(&claim.diagnoses[*place]));
            if let Some(reason) = order.first().and_then(|place| claim.diagnoses[*place].valid()) {
                let label = format!("List {} first", reason.dotted());
                order.extend(causes);
                report.mended_by(Fix::new(label).diagnoses(claim, &order, None));
            }
        }
    }
}

/// The day whose notes hold: that of the first service.
fn day_of_notes(view: &View<'_>, context: &Context<'_>) -> NaiveDate {
    view.days().map_or(context.today, |(from, _)| from)
}

/// Says so when the notes are of another fiscal year than the service.
fn by_which_notes(view: &View<'_>, context: &Context<'_>) -> String {
    let notes = context.codes.notes_edition(day_of_notes(view, context));
    match view.days() {
        Some((from, _)) if !notes.is_in_force_on(from) => {
            format!(", by the notes of FY{}, which is not the year of the service", notes.fiscal_year())
        }
        Some(_) | None => String::new(),
    }
}

fn code_first(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    let on = day_of_notes(view, context);
    for (place, diagnosis, code) in view.listed() {
        let notes = || context.codes.notes(code.as_str(), NoteKind::CodeFirst, on).filter(Note::names_codes);
        if notes().next().is_none() {
            continue;
        }
        // Only what is on the claim can stand in the wrong order: a list in a note often gives
        // examples, so a cause that is not there proves nothing.
        let named =
            |other: &Icd10Code| notes().find(|note| note.names(other.as_str()) && !note.names(code.as_str()));
        let before = view.listed().any(|(earlier, _, other)| earlier < place && named(other).is_some());
        let after = view
            .listed()
            .filter(|(later, ..)| *later > place)
            .find_map(|(later, _, other)| Some((later, other, named(other)?)));
        if let (false, Some((later, cause, note))) = (before, after) {
            let (shown, cause) = (code.dotted(), cause.dotted());
            let year = by_which_notes(view, context);
            let message = format!("{cause} comes before {shown} (code first, at {}){year}", note.at());
            let label = format!("List {cause} before {shown}");
            report.fault(diagnosis.spot.clone(), shown, message);
            if let Some(claim) = view.professional {
                let mut order: Vec<usize> =
                    (0..claim.diagnoses.len()).filter(|other| *other != later).collect();
                order.insert(place, later);
                report.mended_by(Fix::new(label).diagnoses(claim, &order, None));
            }
        }
    }
}

fn excludes1(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    let (spots, codes): (Vec<&Spot>, Vec<&Icd10Code>) =
        view.listed().map(|(_, diagnosis, code)| (&diagnosis.spot, code)).unzip();
    for pair in context.codes.excludes1(&codes, day_of_notes(view, context)) {
        let (one, other) = (codes[pair.earlier].dotted(), codes[pair.later].dotted());
        let (note, year) = (pair.note, by_which_notes(view, context));
        let message =
            format!("{one} and {other} exclude each other: at {}, \"{}\"{year}", note.at(), note.text());
        let spot = spots[pair.later].clone();
        // A note of a whole section or chapter speaks of its conditions in general.
        if note.is_at_a_code() {
            report.fault(spot, other, message);
        } else {
            report.doubt(spot, other, message);
        }
    }
}

fn diagnosis_age(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    let Some(born) = view.born_on else { return };
    let admitted_on = view.stay.as_ref().and_then(|stay| stay.admitted_on);
    for (_, diagnosis, code) in view.readable() {
        let Some((on, _)) = diagnosis.days else { continue };
        let Some(age) = age_years(born, admitted_on.unwrap_or(on)) else { continue };
        let Some(group) = context.codes.diagnosis_flags(code.as_str(), on).age else { continue };
        let Some((youngest, oldest)) = context.codes.ages(group, on) else { continue };
        if !(youngest..=oldest).contains(&age) {
            let shown = code.dotted();
            let message = format!(
                "{shown} is a {group} diagnosis ({youngest} to {oldest} years), which does not fit the patient's age"
            );
            report.fault(diagnosis.spot.clone(), shown, message);
        }
    }
}

/// The last day of the editor's own sex conflicts; other payers go on with that list.
const SEX_EDITS_TO: NaiveDate = NaiveDate::from_ymd_opt(2024, 9, 30).expect("a day of the calendar");

fn diagnosis_sex(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    let Some(sex) = claim.patient.sex.filter(|_| context.rules.payer.sex_edits) else { return };
    let is_explained =
        claim.lines.iter().any(|line| line.modifiers.iter().any(|modifier| modifier.text() == "KX"));
    if sex == Sex::Unknown || is_explained {
        return;
    }
    let Some((first, _)) = claim.service_dates() else { return };
    let on = first.min(SEX_EDITS_TO);
    for (index, code) in claim.diagnoses.iter().enumerate() {
        let Some(code) = code.valid() else { continue };
        let of = context.codes.diagnosis_flags(code.as_str(), on).sex;
        if of.is_some_and(|of| of != sex) {
            let message = format!("{} does not fit the patient's sex", code.dotted());
            report.fault(Spot::diagnosis(index), code.dotted(), message);
        }
    }
}

fn diagnosis_pointer(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let number = index + 1;
        let spot = || Spot::line(index, "pointers", "2400 SV107");
        match line.pointers.len() {
            0 => report.fault(spot(), "", format!("line {number} points to no diagnosis")),
            1..=4 => {}
            more => report.fault(
                spot(),
                more.to_string(),
                format!("line {number} points to more than four diagnoses"),
            ),
        }
        for (place, pointer) in line.pointers.iter().enumerate() {
            let spot = || Spot::line(index, &format!("pointers/{place}"), "2400 SV107");
            if *pointer == 0 || usize::from(*pointer) > claim.diagnoses.len() {
                let message =
                    format!("line {number} points to diagnosis {pointer}, which the claim does not have");
                report.fault(spot(), pointer.to_string(), message);
            } else if line.pointers[..place].contains(pointer) {
                let message = format!("line {number} points to diagnosis {pointer} twice");
                report.fault(spot(), pointer.to_string(), message);
                let fix = Fix::new(format!("Point line {number} to it once"));
                report.mended_by(fix.remove(&format!("/lines/{index}/pointers/{place}")));
            }
        }
    }
}

/// A side of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    Both,
}

/// The side that a diagnosis names, in the chapters where left and right are sides of the body
/// (in others they name parts: right heart failure, left bundle-branch block).
fn side_of(codes: &Codes, code: &Icd10Code, on: NaiveDate) -> Option<Side> {
    if !code.as_str().starts_with(['C', 'D', 'H', 'L', 'M', 'N', 'S', 'T']) {
        return None;
    }
    let title = codes.lookup(CodeTable::Icd10cm, code.as_str(), on).title?;
    let word = |wanted: &str| {
        title.split(|c: char| !c.is_ascii_alphabetic()).any(|word| word.eq_ignore_ascii_case(wanted))
    };
    match (word("left"), word("right"), word("bilateral")) {
        (_, _, true) | (true, true, _) => Some(Side::Both),
        (true, false, false) => Some(Side::Left),
        (false, true, false) => Some(Side::Right),
        (false, false, false) => None,
    }
}

fn laterality(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let Some(on) = line.from else { continue };
        let has = |wanted: &str| line.modifiers.iter().any(|modifier| modifier.text() == wanted);
        let (side, modifier) = match (has("LT"), has("RT"), has("50")) {
            (true, false, false) => (Side::Left, "LT"),
            (false, true, false) => (Side::Right, "RT"),
            _ => continue,
        };
        let pointed = line.pointers.iter().filter_map(|pointer| {
            let code = claim.diagnoses.get(usize::from(*pointer).checked_sub(1)?)?.valid()?;
            Some((code, side_of(context.codes, code, on)?))
        });
        let mut other_side = None;
        let mut fits = false;
        for (code, named) in pointed {
            if named == side || named == Side::Both {
                fits = true;
            } else {
                other_side.get_or_insert(code);
            }
        }
        if let (false, Some(code)) = (fits, other_side) {
            let message = format!(
                "line {} has modifier {modifier}, its diagnosis {} is of the other side",
                index + 1,
                code.dotted()
            );
            report.fault(Spot::line(index, "modifiers", "2400 SV101-3"), modifier, message);
        }
    }
}
