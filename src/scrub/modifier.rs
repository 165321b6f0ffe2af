//! Modifiers: whether they exist, and whether they fit their procedure.

use rust_decimal::Decimal;
use serde_json::json;

use super::charges::is_medicare_b;
use super::families::has;
use super::finding::{Check, Report, Rule, Severity, Spot};
use super::view::{self, Field, View};
use super::{Context, Fix, Rule as About};
use crate::claims::Claim;
use crate::codes::{Bilateral, ProfessionalTechnical};
use crate::types::{CodeStatus, CodeTable};

pub(super) static RULES: [Rule; 3] = [
    Rule {
        about: About {
            id: "scrub/modifier",
            version: 1,
            kinds: view::MEDICAL,
            severity: Severity::Stop,
            title: "Every modifier is in force on the day of service and stands once, at most four a line",
            source: "X222 2400 SV101-3 to -6; X223 2400 SV202-3 to -6; HCPCS Level II modifiers July 2024 (CMS); CARC 182",
            next: "Leave the modifier out or use the one that is in force.",
        },
        check: Check::View(modifier),
    },
    Rule {
        about: About {
            id: "scrub/professional-technical",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "Modifiers 26 and TC stand only on procedures that have two parts",
            source: "CMS physician fee schedule RVU24C, PC/TC indicator (sample); CARC 4",
            next: "Leave the modifier out, or use the procedure of that part.",
        },
        check: Check::Professional(professional_technical),
    },
    Rule {
        about: About {
            id: "scrub/bilateral",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "Modifier 50 stands alone for the side, with one unit, on a procedure that has two sides",
            source: "Medicare Claims Processing Manual chapter 12, 40.7; CMS physician fee schedule RVU24C, bilateral indicator (sample)",
            next: "Bill one unit with 50, or each side with LT or RT, as the payer wants it.",
        },
        check: Check::Professional(bilateral),
    },
];

fn modifier(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in view.lines.iter().enumerate() {
        let number = index + 1;
        if line.modifiers.len() > 4 {
            let count = line.modifiers.len().to_string();
            report.fault(
                Spot::line(index, "modifiers", "2400 SV101-6"),
                count,
                format!("line {number}: more than four modifiers"),
            );
        }
        for (place, entered) in line.modifiers.iter().enumerate() {
            let spot = || view.line_spot(index, Field::Modifier(place));
            let Some(code) = entered.valid() else {
                report.fault(spot(), entered.text(), format!("line {number}: not of the form of a modifier"));
                continue;
            };
            if line.modifiers[..place].contains(entered) {
                report.fault(spot(), code.as_str(), format!("line {number}: modifier {code} stands twice"));
                if view.professional.is_some() {
                    let fix = Fix::new(format!("Remove the second {code}"));
                    report.mended_by(fix.remove(&format!("/lines/{index}/modifiers/{place}")));
                }
            }
            let Some(on) = line.from else { continue };
            let found = context.codes.lookup(CodeTable::Modifier, code.as_str(), on);
            match found.status {
                CodeStatus::Valid => {}
                CodeStatus::NotInForce => {
                    let message = format!("line {number}: modifier {code} is not in force on {on}");
                    report.fault(spot(), code.as_str(), message);
                }
                CodeStatus::Unknown | CodeStatus::Header => {
                    report.fault(
                        spot(),
                        code.as_str(),
                        format!("line {number}: modifier {code} does not exist"),
                    );
                }
                CodeStatus::NotChecked => {
                    let why = format!("line {number}: modifier {code} is not in {}", found.edition);
                    report.not_checked(spot(), code.as_str(), why);
                }
            }
        }
    }
}

fn professional_technical(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let number = index + 1;
        let spot = || Spot::line(index, "modifiers", "2400 SV101-3");
        let found = match (has(line, "26"), has(line, "TC")) {
            (true, true) => {
                let message = format!("line {number}: 26 and TC together are the whole procedure");
                report.fault(spot(), "26 TC", message);
                let others = line.modifiers.iter().filter(|modifier| !matches!(modifier.text(), "26" | "TC"));
                let fix = Fix::new("Bill it whole: remove 26 and TC");
                let others = json!(others.collect::<Vec<_>>());
                report.mended_by(fix.replace(&format!("/lines/{index}/modifiers"), others));
                continue;
            }
            (true, false) => "26",
            (false, true) => "TC",
            (false, false) => continue,
        };
        let Some(code) = line.procedure.valid() else { continue };
        let Some(on) = line.from else { continue };
        let parts = context.codes.fee_indicators(code.as_str(), on).map(|indicators| indicators.parts);
        if parts == Some(ProfessionalTechnical::Whole) {
            report.fault(spot(), found, format!("line {number}: {code} has no {found} part"));
        }
    }
}

fn bilateral(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate().filter(|(_, line)| has(line, "50")) {
        let number = index + 1;
        let spot = || Spot::line(index, "modifiers", "2400 SV101-3");
        if has(line, "LT") || has(line, "RT") {
            report.fault(spot(), "50", format!("line {number}: 50 says both sides, LT or RT one"));
        }
        if line.units != Decimal::ONE {
            let message = format!("line {number}: with modifier 50 one unit is both sides");
            report.fault(Spot::line(index, "units", "2400 SV104"), line.units.to_string(), message);
            let fix = Fix::new("Bill one unit");
            report.mended_by(fix.replace(&format!("/lines/{index}/units"), json!(Decimal::ONE)));
        }
        let Some(code) = line.procedure.valid() else { continue };
        let Some(on) = line.from else { continue };
        let sides = context.codes.fee_indicators(code.as_str(), on).map(|indicators| indicators.bilateral);
        match sides {
            // Medicare's fee; others pay each side, as CPT describes one (69210).
            Some(Bilateral::Already) if is_medicare_b(claim) => {
                report.fault(
                    spot(),
                    "50",
                    format!("line {number}: the fee of {code} already covers both sides"),
                );
            }
            Some(Bilateral::NotApplicable) => {
                report.fault(spot(), "50", format!("line {number}: {code} has no sides"));
            }
            Some(
                Bilateral::Adjusted | Bilateral::Already | Bilateral::PaidInFull | Bilateral::NotAdjusted,
            )
            | None => {}
        }
    }
}
