//! Which diagnosis comes first, by the official guidelines.

use super::finding::{Check, Report, Rule, Severity, Spot};
use super::view::{self, View};
use super::{Context, Rule as About};
use crate::claims::Claim;
use crate::codes::ICD10CM_BEGINS;
use crate::types::Icd10Code;

pub(super) static RULES: [Rule; 6] = [
    Rule {
        about: About {
            id: "scrub/primary-pointer",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "The first diagnosis to which a line points is not an external cause or a manifestation",
            source: "ICD-10-CM guidelines I.A.13, I.C.20.a.6; X222 2400 SV107-1; CARC 11",
            next: "Point the line to the injury or the underlying disease first.",
        },
        check: Check::Professional(primary_pointer),
    },
    Rule {
        about: About {
            id: "scrub/never-first",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "What only adds to another diagnosis is not listed first",
            source: "ICD-10-CM guidelines I.C.1.b, I.C.1.c, I.C.1.d, I.C.18.g, I.C.21.c.3, I.C.21.c.11",
            next: "List the condition that it adds to first.",
        },
        check: Check::View(never_first),
    },
    Rule {
        about: About {
            id: "scrub/only-first-listed",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "An encounter that can only be listed first is listed first",
            source: "ICD-10-CM guidelines I.C.21.c.16",
            next: "List the reason for the visit first, or leave the code out when another reason is first.",
        },
        check: Check::View(only_first_listed),
    },
    Rule {
        about: About {
            id: "scrub/sequela-order",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Warn,
            title: "The condition that is left comes before the injury that left it",
            source: "ICD-10-CM guidelines I.B.10",
            next: "List the present condition first, then the code with the seventh character S.",
        },
        check: Check::View(sequela_order),
    },
    Rule {
        about: About {
            id: "scrub/drug-effect-order",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "The effect of a drug that was rightly given, or taken too little of, comes before the drug",
            source: "ICD-10-CM guidelines I.C.19.e.5",
            next: "List the nature of the effect, or the condition that is not treated, first.",
        },
        check: Check::View(drug_effect_order),
    },
    Rule {
        about: About {
            id: "scrub/external-cause-once",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Warn,
            title: "Place, activity and status of an accident are each told once, while the injury is first treated",
            source: "ICD-10-CM guidelines I.C.20.b, I.C.20.c, I.C.20.k",
            next: "Keep one code of each for the first encounter; leave them out of later ones.",
        },
        check: Check::View(external_cause_once),
    },
];

/// External causes: V, W, X and Y.
fn is_external_cause(code: &str) -> bool {
    code.starts_with(['V', 'W', 'X', 'Y'])
}

fn primary_pointer(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        // The first of the claim has rules of its own.
        let Some(pointer) = line.pointers.first().filter(|pointer| **pointer > 1) else { continue };
        let code = claim.diagnoses.get(usize::from(*pointer) - 1).and_then(|entered| entered.valid());
        let (Some(code), Some(on)) = (code, line.from.filter(|on| *on >= ICD10CM_BEGINS)) else { continue };
        let what = if is_external_cause(code.as_str()) {
            "says how it happened, not what was treated"
        } else if context.codes.diagnosis_flags(code.as_str(), on).manifestation {
            "shows an underlying disease, to which the line points first"
        } else {
            continue;
        };
        let message = format!("line {}: {} {what}", index + 1, code.dotted());
        report.fault(Spot::line(index, "pointers/0", "2400 SV107-1"), code.dotted(), message);
    }
}

/// Codes that add to another, and to what.
const ONLY_ADD: [(&str, &str); 12] = [
    ("B95", "the infection that the organism causes"),
    ("B96", "the infection that the organism causes"),
    ("B97", "the infection that the organism causes"),
    ("R651", "the condition that causes the response"),
    ("R652", "the infection that causes the sepsis"),
    ("Z16", "the infection that resists"),
    ("Z17", "the neoplasm"),
    ("Z19", "the neoplasm"),
    ("Z37", "the delivery"),
    ("Z3A", "the condition of the pregnancy"),
    ("Z66", "the condition that is treated"),
    ("Z68", "the condition of weight"),
];

fn never_first(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some((first, code)) = view.first_listed() else { return };
    if let Some((_, to)) = ONLY_ADD.iter().find(|(prefix, _)| code.as_str().starts_with(prefix)) {
        let message = format!("{} only adds to {to}", code.dotted());
        report.fault(first.spot.clone(), code.dotted(), message);
    }
}

/// Encounters that the guideline allows as the first diagnosis only.
fn is_only_first(code: &str) -> bool {
    const FIRST: [&str; 18] = [
        "Z00", "Z01", "Z02", "Z04", "Z332", "Z3181", "Z3182", "Z3183", "Z3184", "Z34", "Z38", "Z39", "Z42",
        "Z510", "Z511", "Z52", "Z761", "Z762",
    ];
    code.starts_with('Z') && FIRST.iter().any(|prefix| code.starts_with(prefix))
}

fn only_first_listed(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let is_first = |code: &Icd10Code| is_only_first(code.as_str());
    // Two visits of one day are billed together, each with its reason.
    if view.first_listed().is_none_or(|(_, first)| is_first(first)) {
        return;
    }
    for (_, diagnosis, code) in view.listed().skip(1).filter(|(.., code)| is_first(code)) {
        let message = format!("{} is the reason for a visit, and another diagnosis is first", code.dotted());
        report.fault(diagnosis.spot.clone(), code.dotted(), message);
    }
}

/// The seventh character of an injury, poisoning or external cause.
pub(super) fn seventh_of_injury(code: &str) -> Option<u8> {
    let seventh = code.as_bytes().get(6).copied()?;
    code.starts_with(['S', 'T']).then_some(seventh)
}

fn sequela_order(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some((first, code)) = view.first_listed() else { return };
    if seventh_of_injury(code.as_str()) == Some(b'S') {
        let message = format!("{} is what the injury was; what it left comes first", code.dotted());
        report.fault(first.spot.clone(), code.dotted(), message);
    }
}

/// The intent of T36 to T50: its fifth or sixth character, whichever comes last before a placeholder.
fn drug_intent(code: &str) -> Option<u8> {
    let category: u32 = code.strip_prefix('T')?.get(..2)?.parse().ok()?;
    let bytes = code.as_bytes();
    let place = if matches!(bytes.get(5), None | Some(b'X')) { 4 } else { 5 };
    bytes.get(place).copied().filter(|_| (36..=50).contains(&category))
}

fn drug_effect_order(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some((first, code)) = view.first_listed() else { return };
    let what = match drug_intent(code.as_str()) {
        Some(b'5') => "is an adverse effect: what it did to the patient comes first",
        Some(b'6') => "is an underdosing: what is treated with the drug comes first",
        Some(_) | None => return,
    };
    report.fault(first.spot.clone(), code.dotted(), format!("{} {what}", code.dotted()));
}

fn external_cause_once(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    const TOLD_ONCE: [&str; 3] = ["Y92", "Y93", "Y99"];
    let of = |code: &str| TOLD_ONCE.iter().copied().find(|category| code.starts_with(category));
    for (place, diagnosis, code) in view.readable() {
        let Some(category) = of(code.as_str()) else { continue };
        let is_again = view
            .readable()
            .any(|(earlier, _, other)| earlier < place && of(other.as_str()) == Some(category));
        let mut injuries =
            view.listed().filter_map(|(.., other)| seventh_of_injury(other.as_str())).peekable();
        let is_later = injuries.peek().is_some() && injuries.all(|seventh| matches!(seventh, b'D' | b'S'));
        let shown = code.dotted();
        if is_again {
            let message = format!("a second code of {category}: {shown}");
            report.fault(diagnosis.spot.clone(), shown, message);
        } else if is_later {
            let message = format!("{shown} belongs to the first encounter, this is a later one");
            report.fault(diagnosis.spot.clone(), shown, message);
        }
    }
}
