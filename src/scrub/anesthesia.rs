//! Anesthesia: who gave it, for how long, and its modifiers.

use super::charges::is_medicare_b;
use super::families::{first_of, is_anesthesia, number_of};
use super::finding::{Check, Report, Rule, Severity, Spot};
use super::{Context, Rule as About, view};
use crate::claims::Claim;
use crate::claims::model::Unit;

pub(super) static RULES: [Rule; 4] = [
    Rule {
        about: About {
            id: "scrub/anesthesia-modifier",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Anesthesia says who gave it under whose direction",
            source: "Medicare Claims Processing Manual chapter 12, 50.C, 50.I and 140.3.3 (AA, AD, QK, QX, QY, QZ); CARC 4",
            next: "Add AA, AD, QK or QY for the anesthesiologist, QX or QZ for the nurse anesthetist.",
        },
        check: Check::Professional(anesthesia_modifier),
    },
    Rule {
        about: About {
            id: "scrub/anesthesia-minutes",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Anesthesia is billed in minutes",
            source: "X222 2400 SV103 (MJ); Medicare Claims Processing Manual chapter 12, 50.G",
            next: "Send the minutes from the start to the end of anesthesia.",
        },
        check: Check::Professional(anesthesia_minutes),
    },
    Rule {
        about: About {
            id: "scrub/anesthesia-elsewhere",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "Modifiers and minutes of anesthesia stand on anesthesia only",
            source: "Medicare Claims Processing Manual chapter 12, 50; HCPCS modifiers AA, AD, G8, G9, QK, QS, QX, QY, QZ (CMS); CARC 4",
            next: "Leave the modifier out, or use the anesthesia code.",
        },
        check: Check::Professional(anesthesia_elsewhere),
    },
    Rule {
        about: About {
            id: "scrub/anesthesia-provider",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "The modifier of anesthesia is that of the kind of provider",
            source: "Medicare Claims Processing Manual chapter 12, 50 and 140.3.3; NUCC taxonomy 25.1",
            next: "Use AA, AD, QK or QY for a physician, QX or QZ for a nurse anesthetist or assistant.",
        },
        check: Check::Professional(anesthesia_provider),
    },
];

const WHO: [&str; 6] = ["AA", "AD", "QK", "QX", "QY", "QZ"];

/// Days of pain management and the add-on for burns have no time.
const fn is_timed(number: u32) -> bool {
    is_anesthesia(number) && !matches!(number, 1_953 | 1_996)
}

fn anesthesia_modifier(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        if !is_timed(number_of(line)) || first_of(line, &WHO).is_some() {
            continue;
        }
        let message = format!("line {}: who gave the anesthesia is not said", index + 1);
        let spot = Spot::line(index, "modifiers", "2400 SV101-3");
        if is_medicare_b(claim) {
            report.fault(spot, "", message);
        } else {
            report.doubt(spot, "", message);
        }
    }
}

fn anesthesia_minutes(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        if line.unit == Unit::Units && is_timed(number_of(line)) {
            let message = format!("line {}: anesthesia is counted in units", index + 1);
            report.fault(Spot::line(index, "unit", "2400 SV103"), "UN", message);
        }
    }
}

fn anesthesia_elsewhere(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    const OF_ANESTHESIA: [&str; 15] =
        ["AA", "AD", "QK", "QX", "QY", "QZ", "QS", "G8", "G9", "P1", "P2", "P3", "P4", "P5", "P6"];
    for (index, line) in claim.lines.iter().enumerate() {
        let number = number_of(line);
        // Lines and nerve blocks that an anesthesiologist places are surgery and take none of these.
        if number == 0 || is_anesthesia(number) {
            continue;
        }
        let code = line.procedure.text();
        if line.unit == Unit::Minutes {
            let message = format!("line {}: {code} is counted in minutes", index + 1);
            report.fault(Spot::line(index, "unit", "2400 SV103"), "MJ", message);
        }
        if let Some(modifier) = first_of(line, &OF_ANESTHESIA) {
            let message = format!("line {}: {modifier} is of anesthesia, and {code} is none", index + 1);
            report.fault(Spot::line(index, "modifiers", "2400 SV101-3"), modifier, message);
        }
    }
}

fn anesthesia_provider(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        if !is_anesthesia(number_of(line)) {
            continue;
        }
        let (Some(modifier), Some(who)) =
            (first_of(line, &WHO), line.rendering.as_deref().or(claim.rendering.as_ref()))
        else {
            continue;
        };
        let Some(taxonomy) = who.taxonomy.as_deref() else { continue };
        // 3675: nurse anesthetist; 367H: anesthesiologist assistant; 207L: anesthesiologist.
        let is_directed = taxonomy.starts_with("3675") || taxonomy.starts_with("367H");
        let wrong = match modifier {
            "QX" | "QZ" => taxonomy.starts_with("207L"),
            _ => is_directed,
        };
        if wrong {
            let message =
                format!("line {}: {modifier} is not of a provider of taxonomy {taxonomy}", index + 1);
            report.fault(Spot::line(index, "modifiers", "2400 SV101-3"), modifier, message);
        }
    }
}
