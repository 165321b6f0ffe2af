//! Lines, units and amounts.

use rust_decimal::Decimal;
use serde_json::json;

use super::finding::{Check, Report, Rule, Severity, Spot};
use super::view::{self, ClaimKind, Field, View};
use super::{Context, Fix, Rule as About};
use crate::claims::Claim;
use crate::claims::model::{Adjustment, Frequency};
use crate::types::Money;

pub(super) static RULES: [Rule; 7] = [
    Rule {
        about: About {
            id: "scrub/line-count",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "A claim has one to fifty lines",
            source: "X222 2400 LX (loop repeat 50)",
            next: "Add the services, or split the claim.",
        },
        check: Check::Professional(line_count),
    },
    Rule {
        about: About {
            id: "scrub/total-charge",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "The claim's charge is the sum of its lines",
            source: "X222 2300 CLM02",
            next: "Correct the line or the total.",
        },
        check: Check::Professional(total_charge),
    },
    Rule {
        about: About {
            id: "scrub/line-charge",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "Every line is charged, and not below zero",
            source: "X222 2400 SV102; X223 2400 SV203; X224 2400 SV302",
            next: "Enter the fee of the procedure.",
        },
        check: Check::View(line_charge),
    },
    Rule {
        about: About {
            id: "scrub/units",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "Units are above zero, and whole where they count services",
            source: "X222 2400 SV104; X223 2400 SV205; X224 2400 SV306",
            next: "Enter how many were given, in the unit of the code's definition.",
        },
        check: Check::View(units),
    },
    Rule {
        about: About {
            id: "scrub/drug",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "A drug has an eleven-digit NDC, a quantity and a unit of measure",
            source: "X222 2410 LIN03 (N4), CTP04, CTP05-1",
            next: "Copy the NDC from the package, in 5-4-2 form without hyphens.",
        },
        check: Check::Professional(drug),
    },
    Rule {
        about: About {
            id: "scrub/other-payer-balance",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "What an earlier payer paid and adjusted adds up to the charge",
            source: "X222 front matter, balancing; 2320 AMT*D and CAS, 2430 SVD02 and CAS",
            next: "Copy paid amounts and adjustments from that payer's remittance, each at its own level.",
        },
        check: Check::Professional(other_payer_balance),
    },
    Rule {
        about: About {
            id: "scrub/frequency",
            version: 1,
            kinds: &[ClaimKind::Professional, ClaimKind::Dental],
            severity: Severity::Stop,
            title: "A replacement or void names the payer's claim it is about, and the payer takes it",
            source: "X222 and X224 2300 CLM05-3, REF*F8; CMS 837P companion guide (Medicare B takes only 1)",
            next: "Take the payer claim control number from the remittance; at Medicare ask for a reopening instead.",
        },
        check: Check::View(frequency),
    },
];

/// SBR09 of Medicare Part B.
pub(super) fn is_medicare_b(claim: &Claim) -> bool {
    claim.payer.filing_indicator == "MB"
}

fn line_count(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let count = claim.lines.len();
    if !(1..=50).contains(&count) {
        report.fault(
            Spot::new("/lines", "2400 LX01"),
            count.to_string(),
            format!("{count} lines: one to fifty are allowed"),
        );
    }
}

fn total_charge(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let lines = claim.lines_total();
    if claim.charged != lines {
        let message = format!("the claim is charged {}, its lines {lines}", claim.charged);
        report.fault(Spot::new("/charged", "2300 CLM02"), claim.charged.to_string(), message);
    }
}

fn line_charge(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in view.lines.iter().enumerate() {
        let spot = || view.line_spot(index, Field::Charged);
        if line.charged.is_negative() {
            report.fault(
                spot(),
                line.charged.to_string(),
                format!("line {}: the charge is below zero", index + 1),
            );
        } else if line.charged.is_zero() && view.kind != ClaimKind::Institutional {
            // The guide takes a zero: some payers want the service on record. A hospital's packaged
            // and prospectively paid lines have one.
            report.doubt(spot(), line.charged.to_string(), format!("line {}: nothing is charged", index + 1));
        }
    }
}

fn units(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in view.lines.iter().enumerate() {
        let spot = || view.line_spot(index, Field::Units);
        let Some(units) = line.units else { continue };
        if units <= Decimal::ZERO {
            let message = format!("line {}: the units are not above zero", index + 1);
            if view.kind == ClaimKind::Institutional && line.procedure.is_none() {
                // Not every revenue code counts something: Medicare Claims Processing Manual
                // chapter 25, 75.5 (FL 46).
                report.doubt(spot(), units.to_string(), message);
            } else {
                report.fault(spot(), units.to_string(), message);
            }
        } else if line.counts_services && !units.is_integer() {
            // The guide takes three decimals; payers count whole services.
            let message = format!("line {}: a fraction of a unit is seldom paid", index + 1);
            report.doubt(spot(), units.to_string(), message);
        }
    }
}

fn drug(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in claim.lines.iter().enumerate() {
        let Some(drug) = &line.drug else { continue };
        let number = index + 1;
        if drug.ndc.len() != 11 || !drug.ndc.bytes().all(|b| b.is_ascii_digit()) {
            let message = format!("line {number}: the NDC is not eleven digits");
            report.fault(Spot::line(index, "drug/ndc", "2410 LIN03"), &drug.ndc, message);
            if let Some(billed) = as_billed(&drug.ndc) {
                let fix = Fix::new(format!("Write it {billed}"));
                report.mended_by(fix.replace(&format!("/lines/{index}/drug/ndc"), json!(billed)));
            }
        }
        if drug.quantity <= Decimal::ZERO {
            let message = format!("line {number}: the quantity of the drug is not above zero");
            report.fault(
                Spot::line(index, "drug/quantity", "2410 CTP04"),
                drug.quantity.to_string(),
                message,
            );
        }
        if !matches!(drug.unit.as_str(), "F2" | "GR" | "ME" | "ML" | "UN") {
            let message = format!("line {number}: the unit of the drug is not F2, GR, ME, ML or UN");
            report.fault(Spot::line(index, "drug/unit", "2410 CTP05-1"), &drug.unit, message);
        }
    }
}

/// The eleven digits, in 5-4-2 form, of an NDC with hyphens as packages print it: a part that is a
/// digit short gets a leading zero. Without hyphens ten digits may be any of three numbers.
fn as_billed(ndc: &str) -> Option<String> {
    let mut parts = ndc.trim().split('-');
    let (labeler, product, package) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = [labeler, product, package].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
    let lengths = (labeler.len(), product.len(), package.len());
    let is_printed = matches!(lengths, (4, 4, 2) | (5, 3, 2) | (5, 4, 1 | 2));
    (digits && is_printed && parts.next().is_none())
        .then(|| format!("{labeler:0>5}{product:0>4}{package:0>2}"))
}

fn other_payer_balance(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let sum = |adjustments: &[Adjustment]| adjustments.iter().map(|it| it.amount).sum::<Money>();
    for (place, other) in claim.other_payers.iter().enumerate() {
        let Some(decision) = &other.decision else { continue };
        let payer = other.payer.identifier.text();
        let mut paid_on_lines = None;
        for (index, line) in claim.lines.iter().enumerate() {
            for (nth, decided) in
                line.adjudications.iter().enumerate().filter(|(_, it)| it.payer_identifier == payer)
            {
                *paid_on_lines.get_or_insert(Money::ZERO) += decided.paid;
                let explained = decided.paid + sum(&decided.adjustments);
                if explained != line.charged {
                    let message = format!(
                        "line {}: charged {}, but paid and adjusted by payer {payer} are {explained}",
                        index + 1,
                        line.charged
                    );
                    let spot = Spot::line(index, &format!("adjudications/{nth}"), "2430 SVD02");
                    report.fault(spot, decided.paid.to_string(), message);
                }
            }
        }
        // With lines: AMT*D = lines' SVD02 less the claim's CAS. Without: the charge less its CAS.
        let due = paid_on_lines.unwrap_or(claim.charged) - sum(&decision.adjustments);
        if decision.paid != due {
            let message =
                format!("payer {payer} paid {}, but its lines and adjustments leave {due}", decision.paid);
            let spot = Spot::new(format!("/other_payers/{place}/decision/paid"), "2320 AMT02 (D)");
            report.fault(spot, decision.paid.to_string(), message);
        }
    }
}

fn frequency(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    let code = view.frequency.code();
    let spot = || Spot::new("/frequency", "2300 CLM05-3");
    match view.frequency {
        Frequency::Original => {}
        Frequency::Replacement | Frequency::Void => {
            if view.is_medicare_b() {
                report.fault(spot(), code, "Medicare Part B takes no replacement or void claims");
            }
            // Of other kinds a level below says it.
            let numbers = view.professional.map(|claim| claim.payer_claim_control_number.as_deref());
            if numbers.is_some_and(|number| number.is_none_or(|number| number.trim().is_empty())) {
                let spot = Spot::new("/payer_claim_control_number", "2300 REF02 (F8)");
                report.fault(spot, "", "the payer's number of the earlier claim is missing");
            }
        }
        Frequency::Other(_) => {
            let kind = if view.kind == ClaimKind::Dental { "dental" } else { "professional" };
            report.doubt(spot(), code, format!("frequency {code} is unusual on a {kind} claim: 1, 7 or 8"));
        }
    }
}
