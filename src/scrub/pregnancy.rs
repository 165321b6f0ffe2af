//! Pregnancy and birth, by chapter 15 of the official guidelines.

use super::finding::{Check, Report, Rule, Severity};
use super::view::{self, Diagnosis, View};
use super::{Context, Rule as About};
use crate::types::Icd10Code;

pub(super) static RULES: [Rule; 5] = [
    Rule {
        about: About {
            id: "scrub/pregnancy-first",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Warn,
            title: "A complication of pregnancy comes before diagnoses of other chapters",
            source: "ICD-10-CM guidelines I.C.15.a.1",
            next: "List the code of chapter 15 first; for a pregnancy that only happens to be there use Z33.1.",
        },
        check: Check::View(pregnancy_first),
    },
    Rule {
        about: About {
            id: "scrub/weeks-of-gestation",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Warn,
            title: "A complication of pregnancy says in which week",
            source: "ICD-10-CM guidelines I.C.15.a.3, I.C.21.c.11; note at chapter 15 (use additional code from Z3A)",
            next: "Add the week of gestation (Z3A).",
        },
        check: Check::View(weeks_of_gestation),
    },
    Rule {
        about: About {
            id: "scrub/gestation-alone",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Warn,
            title: "Weeks of gestation stand beside a pregnancy that goes on",
            source: "ICD-10-CM guidelines I.C.21.c.11 (not with O00 to O08, Z33.2 or after birth)",
            next: "Leave Z3A out, or add the diagnosis of the pregnancy.",
        },
        check: Check::View(gestation_alone),
    },
    Rule {
        about: About {
            id: "scrub/outcome-of-delivery",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Warn,
            title: "A delivery says what its outcome was",
            source: "ICD-10-CM guidelines I.C.15.b.5; notes at O80 and O82 (use additional code from Z37)",
            next: "Add the outcome of the delivery (Z37).",
        },
        check: Check::View(outcome_of_delivery),
    },
    Rule {
        about: About {
            id: "scrub/normal-delivery",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "A normal delivery has no complication",
            source: "ICD-10-CM guidelines I.C.15.n.1 and I.C.15.n.2",
            next: "Leave O80 out and list the complication first.",
        },
        check: Check::View(normal_delivery),
    },
];

/// The first listed diagnosis that fits.
fn listed<'v>(view: &'v View<'_>, fits: impl Fn(&str) -> bool) -> Option<(&'v Diagnosis<'v>, &'v Icd10Code)> {
    let mut found = view.listed().filter(|(.., code)| fits(code.as_str()));
    found.next().map(|(_, diagnosis, code)| (diagnosis, code))
}

/// Chapter 15.
fn is_pregnancy(code: &str) -> bool {
    code.starts_with('O')
}

/// Chapter 15 between the pregnancies that ended early and the weeks after birth.
fn goes_on(code: &str) -> bool {
    let category = code.get(..3).unwrap_or_default();
    ("O09"..="O48").contains(&category) || ("O60"..="O77").contains(&category)
}

fn pregnancy_first(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some((diagnosis, code)) = listed(view, is_pregnancy) else { return };
    if let Some((_, first)) = view.first_listed()
        && !is_pregnancy(first.as_str())
    {
        let message = format!("{} comes before {}", code.dotted(), first.dotted());
        report.fault(diagnosis.spot.clone(), code.dotted(), message);
    }
}

fn weeks_of_gestation(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some((diagnosis, code)) = listed(view, goes_on) else { return };
    if listed(view, |code| code.starts_with("Z3A")).is_none() {
        let message = format!("{} without the week of gestation", code.dotted());
        report.fault(diagnosis.spot.clone(), code.dotted(), message);
    }
}

fn gestation_alone(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some((diagnosis, code)) = listed(view, |code| code.starts_with("Z3A")) else { return };
    let ended = |code: &str| ("O00".."O09").contains(&code) || code == "Z332";
    let with_child = |code: &str| {
        is_pregnancy(code) && !ended(code)
            || ["Z331", "Z333", "Z34", "Z36"].iter().any(|kind| code.starts_with(kind))
    };
    let shown = code.dotted();
    if let Some((_, other)) = listed(view, ended) {
        let message = format!("{shown} is not for a pregnancy that has ended early: {}", other.dotted());
        report.fault(diagnosis.spot.clone(), shown, message);
    } else if listed(view, with_child).is_none() {
        let message = format!("{shown} stands without a diagnosis of the pregnancy");
        report.fault(diagnosis.spot.clone(), shown, message);
    }
}

fn outcome_of_delivery(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some((diagnosis, code)) = listed(view, |code| matches!(code, "O80" | "O82")) else { return };
    if listed(view, |code| code.starts_with("Z37")).is_none() {
        let message = format!("{} without the outcome of the delivery", code.dotted());
        report.fault(diagnosis.spot.clone(), code.dotted(), message);
    }
}

fn normal_delivery(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let Some((diagnosis, code)) = listed(view, |code| code == "O80") else { return };
    if let Some((_, other)) = listed(view, |code| is_pregnancy(code) && code != "O80") {
        let message =
            format!("{} is a normal delivery, and {} is a complication", code.dotted(), other.dotted());
        report.fault(diagnosis.spot.clone(), code.dotted(), message);
    }
}
