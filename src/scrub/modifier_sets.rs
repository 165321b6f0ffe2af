//! Modifiers against each other, and against the kind of procedure that they stand on.

use super::families::{has, is_evaluation, is_surgery, number_of};
use super::finding::{Check, Report, Rule, Severity, Spot};
use super::{Context, Rule as About, view};
use crate::claims::Claim;
use crate::claims::model::ServiceLine;
use crate::codes::{AssistantSurgeon, FeeIndicators, GlobalPeriod, SeveralSurgeons};

pub(super) static RULES: [Rule; 9] = [
    Rule {
        about: About {
            id: "scrub/modifier-pair",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "No two modifiers of a line contradict each other",
            source: "Medicare Claims Processing Manual chapter 12, 20.4, 40 and 50, chapter 17, 40, chapter 30, 50; NCCI policy manual chapter I, E; CARC 4",
            next: "Keep the one that says what was done.",
        },
        check: Check::Professional(modifier_pair),
    },
    Rule {
        about: About {
            id: "scrub/visit-modifier",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "Modifiers 24, 25, 27 and 57 stand only on evaluation and management",
            source: "Medicare Claims Processing Manual chapter 12, 30.6.6 and 40.2; NCCI policy manual chapter I, E; CARC 4",
            next: "Move the modifier to the visit; a procedure that is distinct takes 59 or X{EPSU}.",
        },
        check: Check::Professional(visit_modifier),
    },
    Rule {
        about: About {
            id: "scrub/procedure-modifier",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "Modifiers of procedures do not stand on evaluation and management",
            source: "NCCI policy manual chapter I, E (59); Medicare Claims Processing Manual chapter 12, 40.2; CARC 4",
            next: "Leave it out; a visit that is separate takes 25, one in a postoperative period 24.",
        },
        check: Check::Professional(procedure_modifier),
    },
    Rule {
        about: About {
            id: "scrub/anatomic-modifier",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A finger, toe, lid or coronary artery is one that the procedure treats, one a line and one side",
            source: "NCCI policy manual chapter I, E; HCPCS modifiers E1 to E4, FA to F9, TA to T9, LC, LD, LM, RC, RI (CMS); CARC 4",
            next: "Bill each finger, toe, lid or artery on a line of its own, with the modifier of that part.",
        },
        check: Check::Professional(anatomic_modifier),
    },
    Rule {
        about: About {
            id: "scrub/repeat-modifier",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A service that is said to be repeated stands a first time on that day",
            source: "Medicare Claims Processing Manual chapter 1, 120.2, chapter 16, 100.5.1 (91); CARC 4",
            next: "Bill the first service, too, or leave the modifier out.",
        },
        check: Check::Professional(repeat_modifier),
    },
    Rule {
        about: About {
            id: "scrub/assistant-surgeon",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "An assistant is billed for an operation at which Medicare pays one",
            source: "Medicare Claims Processing Manual chapter 12, 20.4.3; CMS physician fee schedule RVU24C, assistant indicator (sample); CARC 54",
            next: "Write the assistant off where no payment is made; send the operative note where it must be shown necessary.",
        },
        check: Check::Professional(assistant_surgeon),
    },
    Rule {
        about: About {
            id: "scrub/co-surgeons",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Two surgeons (62) are billed for an operation at which Medicare pays two",
            source: "Medicare Claims Processing Manual chapter 12, 40.8; CMS physician fee schedule RVU24C, co-surgeon indicator (sample); CARC 54",
            next: "Bill the parts of each surgeon by their own codes; where two are paid on papers, send the operative notes of both.",
        },
        check: Check::Professional(co_surgeons),
    },
    Rule {
        about: About {
            id: "scrub/team-surgery",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "A team of surgeons (66) is billed for an operation at which Medicare pays a team",
            source: "Medicare Claims Processing Manual chapter 12, 40.8; CMS physician fee schedule RVU24C, team surgery indicator (sample); CARC 54",
            next: "Bill the parts of each surgeon by their own codes; where a team is paid, send the operative note: it is priced by report.",
        },
        check: Check::Professional(team_surgery),
    },
    Rule {
        about: About {
            id: "scrub/surgical-care-split",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "Only an operation with a global period is split into surgery and care afterwards",
            source: "Medicare Claims Processing Manual chapter 12, 40.2 and 40.4; CMS physician fee schedule RVU24C, global days (sample); CARC 4",
            next: "Leave 54, 55 or 56 out, or use the operation that was shared.",
        },
        check: Check::Professional(surgical_care_split),
    },
];

/// Modifiers of which a line has one at most: what they say cannot be true together. The last says
/// whether some payers take it all the same.
const ONE_OF: [(&[&str], bool); 14] = [
    // A waiver on file, none on file, excluded by law.
    (&["GA", "GZ", "GY"], false),
    // A voluntary notice may stand beside GY only.
    (&["GX", "GA"], false),
    (&["GX", "GZ"], false),
    (&["76", "77"], false),
    (&["80", "81", "82", "AS"], false),
    (&["62", "66", "80"], false),
    (&["52", "53"], false),
    (&["JW", "JZ"], false),
    (&["93", "95"], false),
    (&["GN", "GO", "GP"], false),
    (&["AA", "AD", "QK", "QX", "QY", "QZ"], false),
    (&["Q5", "Q6"], false),
    (&["59", "XE", "XP", "XS", "XU"], false),
    // One line for both sides.
    (&["LT", "RT"], true),
];

fn modifier_pair(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate().filter(|(_, line)| line.modifiers.len() > 1) {
        for (set, is_taken) in ONE_OF {
            let mut found = set.iter().filter(|modifier| has(line, modifier));
            let (Some(one), Some(other)) = (found.next(), found.next()) else { continue };
            let message = format!("line {}: {one} and {other} contradict each other", index + 1);
            let spot = Spot::line(index, "modifiers", "2400 SV101-3");
            let shown = format!("{one} {other}");
            if is_taken { report.doubt(spot, shown, message) } else { report.fault(spot, shown, message) }
        }
    }
}

/// Places of the modifiers of a line that are among some.
fn places<'l>(line: &'l ServiceLine, wanted: &'l [&str]) -> impl Iterator<Item = (usize, &'l str)> {
    let all = line.modifiers.iter().enumerate().map(|(place, modifier)| (place, modifier.text()));
    all.filter(|(_, modifier)| wanted.contains(modifier))
}

fn modifier_spot(index: usize, place: usize) -> Spot {
    Spot::line(index, &format!("modifiers/{place}"), format!("2400 SV101-{}", 3 + place.min(3)))
}

fn visit_modifier(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate().filter(|(_, line)| !line.modifiers.is_empty()) {
        let number = number_of(line);
        // HCPCS has visits of its own, which have no range.
        if number == 0 || is_evaluation(number) {
            continue;
        }
        for (place, modifier) in places(line, &["24", "25", "27", "57"]) {
            let code = line.procedure.text();
            let message = format!("line {}: {modifier} is of visits, and {code} is none", index + 1);
            report.fault(modifier_spot(index, place), modifier, message);
        }
    }
}

fn procedure_modifier(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    const OF_PROCEDURES: [&str; 19] = [
        "51", "53", "54", "55", "56", "58", "59", "62", "66", "78", "79", "80", "81", "82", "AS", "XE", "XP",
        "XS", "XU",
    ];
    for (index, line) in claim.lines.iter().enumerate().filter(|(_, line)| !line.modifiers.is_empty()) {
        if !matches!(number_of(line), 99_202..=99_499) {
            continue;
        }
        for (place, modifier) in places(line, &OF_PROCEDURES) {
            let code = line.procedure.text();
            let message = format!("line {}: {modifier} is of procedures, and {code} is a visit", index + 1);
            report.fault(modifier_spot(index, place), modifier, message);
        }
    }
}

/// A part of the body that a modifier names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyPart {
    Finger,
    Toe,
    Lid,
    Coronary,
}

/// What a modifier names, and the side that goes with it.
fn part_of(modifier: &str) -> Option<(BodyPart, Option<&'static str>)> {
    let part = match modifier {
        "FA" | "F1" | "F2" | "F3" | "F4" => (BodyPart::Finger, Some("LT")),
        "F5" | "F6" | "F7" | "F8" | "F9" => (BodyPart::Finger, Some("RT")),
        "TA" | "T1" | "T2" | "T3" | "T4" => (BodyPart::Toe, Some("LT")),
        "T5" | "T6" | "T7" | "T8" | "T9" => (BodyPart::Toe, Some("RT")),
        "E1" | "E2" => (BodyPart::Lid, Some("LT")),
        "E3" | "E4" => (BodyPart::Lid, Some("RT")),
        "LC" | "LD" | "LM" | "RC" | "RI" => (BodyPart::Coronary, None),
        _ => return None,
    };
    Some(part)
}

/// Whether a procedure is of another part of the body, as far as its number says so.
fn is_elsewhere(part: BodyPart, number: u32) -> bool {
    match part {
        // Above the hand; the foot; organs.
        BodyPart::Finger => {
            matches!(number, 23_000..=24_999 | 27_000..=28_899 | 30_000..=63_999 | 65_091..=69_990)
        }
        BodyPart::Toe => matches!(number, 23_000..=27_599 | 30_000..=63_999 | 65_091..=69_990),
        BodyPart::Lid => matches!(number, 20_000..=63_999 | 69_000..=69_990),
        // Coronary therapy and the vessels beside it stand in medicine.
        BodyPart::Coronary => number != 0 && !matches!(number, 33_016..=33_999 | 92_920..=93_799),
    }
}

fn anatomic_modifier(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate().filter(|(_, line)| !line.modifiers.is_empty()) {
        let (number, line_no) = (number_of(line), index + 1);
        let mut first: Option<&str> = None;
        for (place, modifier) in line.modifiers.iter().enumerate() {
            let modifier = modifier.text();
            let Some((part, side)) = part_of(modifier) else { continue };
            let wrong_side = match side {
                Some("LT") => has(line, "RT"),
                Some(_) => has(line, "LT"),
                None => false,
            };
            let message = if is_elsewhere(part, number) {
                format!("line {line_no}: {modifier} is no part that {} treats", line.procedure.text())
            } else if wrong_side {
                format!("line {line_no}: {modifier} is of the other side than LT or RT beside it")
            } else if let Some(first) = first.filter(|_| part != BodyPart::Coronary) {
                format!("line {line_no}: {first} and {modifier} are two parts on one line")
            } else {
                first = Some(modifier);
                continue;
            };
            report.fault(modifier_spot(index, place), modifier, message);
        }
    }
}

fn repeat_modifier(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let Some((place, modifier)) = places(line, &["76", "77", "91"]).next() else { continue };
        let here = claim.lines.iter().enumerate().any(|(other, first)| {
            other != index && first.procedure == line.procedure && first.from == line.from
        });
        if here {
            continue;
        }
        let code = line.procedure.text();
        let Some(mut before) = context.history.before(claim) else {
            let why = format!("line {}: whether {code} was done before on that day", index + 1);
            report.not_checked(modifier_spot(index, place), modifier, why);
            continue;
        };
        if !before.any(|past| past.procedure == line.procedure && past.from == line.from) {
            let message = format!("line {}: {modifier} repeats a {code} that is not there", index + 1);
            report.fault(modifier_spot(index, place), modifier, message);
        }
    }
}

fn assistant_surgeon(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let Some((place, modifier)) = places(line, &["80", "81", "82", "AS"]).next() else { continue };
        let (Some(code), Some(on)) = (line.procedure.valid(), line.from) else { continue };
        if matches!(number_of(line), 99_202..=99_499) {
            continue;
        }
        let paid = context.codes.fee_indicators(code.as_str(), on).map(|indicators| indicators.assistant);
        let spot = || modifier_spot(index, place);
        let line_no = index + 1;
        match paid {
            Some(AssistantSurgeon::NotPaid) => {
                let message = format!("line {line_no}: no assistant is paid at {code}");
                if claim.payer.is_medicare() {
                    report.fault(spot(), modifier, message);
                } else {
                    // Most payers follow Medicare's list.
                    report.doubt(spot(), modifier, message);
                }
            }
            Some(AssistantSurgeon::NotApplicable) => {
                report.doubt(spot(), modifier, format!("line {line_no}: {code} has nothing to assist"));
            }
            Some(AssistantSurgeon::Documented) => {
                let message =
                    format!("line {line_no}: an assistant at {code} is paid when shown to be necessary");
                report.doubt(spot(), modifier, message);
            }
            Some(AssistantSurgeon::Paid) => {}
            None => {
                let why = format!("line {line_no}: {code} is not in the fee schedule that is loaded");
                report.not_checked(spot(), modifier, why);
            }
        }
    }
}

fn co_surgeons(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    several_surgeons(claim, context, report, ("62", "two surgeons are"), |fees| fees.co_surgeons);
}

fn team_surgery(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    several_surgeons(claim, context, report, ("66", "a team of surgeons is"), |fees| fees.team);
}

/// Lines with the modifier of several surgeons, `who` of the message, against the indicator that says
/// whether they are paid. That two surgeons are of different specialties one claim cannot show: the other
/// surgeon bills another.
fn several_surgeons(
    claim: &Claim,
    context: &Context<'_>,
    report: &mut Report<'_>,
    (modifier, who): (&'static str, &str),
    indicator: fn(&FeeIndicators) -> SeveralSurgeons,
) {
    for (index, line) in claim.lines.iter().enumerate() {
        let Some((place, _)) = places(line, &[modifier]).next() else { continue };
        let (Some(code), Some(on)) = (line.procedure.valid(), line.from) else { continue };
        // On a visit the modifier is wrong in any case, and another rule says so.
        if matches!(number_of(line), 99_202..=99_499) {
            continue;
        }
        let (spot, line_no) = (modifier_spot(index, place), index + 1);
        let fees = context.codes.fee_indicators(code.as_str(), on);
        match fees.as_ref().map(indicator) {
            Some(SeveralSurgeons::NotPaid) => {
                let message = format!("line {line_no}: {code} is paid to one surgeon");
                if claim.payer.is_medicare() {
                    report.fault(spot, modifier, message);
                } else {
                    // Most payers follow Medicare's list.
                    report.doubt(spot, modifier, message);
                }
            }
            Some(SeveralSurgeons::NotApplicable) => {
                report.doubt(spot, modifier, format!("line {line_no}: {code} is no operation to share"));
            }
            Some(SeveralSurgeons::Documented) => {
                let message = format!("line {line_no}: {who} paid at {code} when shown to be necessary");
                report.doubt(spot, modifier, message);
            }
            Some(SeveralSurgeons::Paid) => {}
            None => {
                let why = format!("line {line_no}: {code} is not in the fee schedule that is loaded");
                report.not_checked(spot, modifier, why);
            }
        }
    }
}

fn surgical_care_split(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let Some((place, modifier)) = places(line, &["54", "55", "56"]).next() else { continue };
        let (Some(code), Some(on)) = (line.procedure.valid(), line.from) else { continue };
        let global = context.codes.fee_indicators(code.as_str(), on).map(|indicators| indicators.global);
        // On a visit the modifier is wrong in any case, and another rule says so.
        if matches!(number_of(line), 99_202..=99_499) || matches!(global, Some(GlobalPeriod::Days(10 | 90))) {
            continue;
        }
        let line_no = index + 1;
        if global.is_some() || !is_surgery(number_of(line)) {
            let message =
                format!("line {line_no}: {code} has no care afterwards that {modifier} could split off");
            report.fault(modifier_spot(index, place), modifier, message);
        } else {
            let why = format!("line {line_no}: {code} is not in the fee schedule that is loaded");
            report.not_checked(modifier_spot(index, place), modifier, why);
        }
    }
}
