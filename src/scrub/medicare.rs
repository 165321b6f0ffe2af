//! What Medicare Part B does not pay, or not so often.

use chrono::{Datelike, Months, NaiveDate};

use super::charges::is_medicare_b;
use super::families::{first_of, has, number_of};
use super::finding::{Check, Report, Rule, Severity, Spot};
use super::{Context, Rule as About, view};
use crate::claims::Claim;
use crate::claims::model::ServiceLine;
use crate::codes::{MedicareStatus, NoCoverage};

pub(super) static RULES: [Rule; 5] = [
    Rule {
        about: About {
            id: "scrub/consultation",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Medicare is billed a visit, not a consultation",
            source: "Medicare Claims Processing Manual chapter 12, 30.6.10; CMS MM6740 (since 2010-01-01); CARC 96",
            next: "Bill the office, hospital or nursing facility visit that was given.",
        },
        check: Check::Professional(consultation),
    },
    Rule {
        about: About {
            id: "scrub/medicare-status",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A procedure at Medicare is one for which it pays by itself",
            source: "CMS physician fee schedule RVU24C, status code B, I and N (sample); Medicare Claims Processing Manual chapter 23, 30.2.2; CARC 96 and 97",
            next: "Use Medicare's code, leave the line out, or bill it as not covered with GY (GX with a voluntary notice).",
        },
        check: Check::Professional(medicare_status),
    },
    Rule {
        about: About {
            id: "scrub/hcpcs-coverage",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A HCPCS code at Medicare is one that Medicare takes",
            source: "HCPCS Level II July 2026 (CMS), coverage code I, M and S; CARC 96",
            next: "Use the code that Medicare takes, or bill it as not covered with GY (GX with a voluntary notice).",
        },
        check: Check::Professional(hcpcs_coverage),
    },
    Rule {
        about: About {
            id: "scrub/screening-frequency",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A screening or wellness visit comes no sooner than Medicare pays for it",
            source: "42 CFR 410.15, 410.16, 410.31, 410.34, 410.37, 410.39, 410.56; Medicare Claims Processing Manual chapter 18; CARC 119",
            next: "Tell the patient when it is due again; bill it sooner only with the reason that the rule allows.",
        },
        check: Check::Professional(screening_frequency),
    },
    Rule {
        about: About {
            id: "scrub/technology-modifier",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A telehealth service of a practitioner at Medicare has no GT",
            source: "CMS MM10152 (since 2018 for critical access hospitals only); Medicare Claims Processing Manual chapter 12, 190.6.1; CARC 4",
            next: "Leave GT out; the place of service 02 or 10 says it.",
        },
        check: Check::Professional(technology_modifier),
    },
];

/// Consultations at the office and in hospitals.
const fn is_consultation(number: u32) -> bool {
    matches!(number, 99_241..=99_245 | 99_251..=99_255)
}

/// Lines of a claim to Medicare Part B.
fn lines(claim: &Claim) -> impl Iterator<Item = (usize, &ServiceLine)> {
    let is_medicare = is_medicare_b(claim);
    claim.lines.iter().enumerate().filter(move |_| is_medicare)
}

fn consultation(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in lines(claim).filter(|(_, line)| is_consultation(number_of(line))) {
        let code = line.procedure.text();
        let message = format!("line {}: Medicare pays no consultation ({code})", index + 1);
        report.fault(Spot::line(index, "procedure", "2400 SV101-2"), code, message);
    }
}

/// Says that the line is known not to be covered: it is billed to be refused.
const NOT_COVERED: [&str; 2] = ["GY", "GX"];

fn medicare_status(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in lines(claim) {
        let (Some(code), Some(on)) = (line.procedure.valid(), line.from) else { continue };
        if is_consultation(number_of(line)) || first_of(line, &NOT_COVERED).is_some() {
            continue;
        }
        let Some(indicators) = context.codes.fee_indicators(code.as_str(), on) else { continue };
        let why = match indicators.status {
            MedicareStatus::Bundled => "is paid with other services, never by itself",
            MedicareStatus::NotValid => "is not valid at Medicare, which has another code for it",
            MedicareStatus::NotCovered => "is not covered by Medicare",
            MedicareStatus::Other => continue,
        };
        // A limit of no units says the same.
        if context.codes.unit_limit(code.as_str(), on).is_some_and(|limit| limit.units == 0) {
            continue;
        }
        let message = format!("line {}: {code} {why}", index + 1);
        report.fault(Spot::line(index, "procedure", "2400 SV101-2"), code.as_str(), message);
    }
}

fn hcpcs_coverage(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    // What the edition says of earlier years is not recorded.
    let known = lines(claim).filter(|(_, line)| line.from.is_some_and(|on| on.year() >= 2024));
    for (index, line) in known {
        let code = line.procedure.text();
        if !code.starts_with(|first: char| first.is_ascii_uppercase())
            || first_of(line, &NOT_COVERED).is_some()
        {
            continue;
        }
        let why = match context.codes.no_medicare_coverage(code) {
            Some(NoCoverage::NotPayable) => "is not payable by Medicare",
            Some(NoCoverage::NotCovered) => "is not covered by Medicare",
            Some(NoCoverage::Statute) => "is not covered by law",
            None => continue,
        };
        let message = format!("line {}: {code} {why}", index + 1);
        report.fault(Spot::line(index, "procedure", "2400 SV101-2"), code, message);
    }
}

/// How soon Medicare pays again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    /// Never.
    Once,
    /// After so many full months have passed after the month of the last one.
    After(u32),
    /// The same, and sooner for patients at high risk or with a medical reason.
    AfterUnlessAtRisk(u32),
}

/// When a service is paid again, and the codes that count as the same.
fn screening(code: &str) -> Option<(Again, &'static [&'static str])> {
    let found: (Again, &'static [&'static str]) = match code {
        // 42 CFR 410.16 and 410.15.
        "G0402" => (Again::Once, &["G0402"]),
        "G0438" => (Again::Once, &["G0438", "G0439"]),
        "G0439" => (Again::After(11), &["G0438", "G0439"]),
        // 42 CFR 410.34.
        "77067" => (Again::After(11), &["77067"]),
        // 42 CFR 410.56.
        "G0101" => (Again::AfterUnlessAtRisk(23), &["G0101"]),
        "Q0091" => (Again::AfterUnlessAtRisk(23), &["Q0091"]),
        // 42 CFR 410.39.
        "G0102" => (Again::After(11), &["G0102"]),
        "G0103" => (Again::After(11), &["G0103"]),
        // 42 CFR 410.37.
        "82270" | "G0328" => (Again::After(11), &["82270", "G0328"]),
        "G0105" => (Again::After(23), &["G0105", "G0121"]),
        // 42 CFR 410.31.
        "77080" => (Again::AfterUnlessAtRisk(23), &["77080"]),
        // National coverage determinations 210.9 and 210.8.
        "G0444" => (Again::After(11), &["G0444"]),
        "G0442" => (Again::After(11), &["G0442"]),
        _ => return None,
    };
    Some(found)
}

/// The first day on which a service is paid again.
fn due(last: NaiveDate, months: u32) -> Option<NaiveDate> {
    last.with_day(1)?.checked_add_months(Months::new(months + 1))
}

fn screening_frequency(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    for (index, line) in lines(claim) {
        let (code, Some(on)) = (line.procedure.text(), line.from) else { continue };
        let Some((again, same)) = screening(code) else { continue };
        let spot = || Spot::line(index, "procedure", "2400 SV101-2");
        let Some(before) = context.history.before(claim) else {
            let why =
                format!("line {}: when {code} was last billed: earlier claims are not known", index + 1);
            report.not_checked(spot(), code, why);
            continue;
        };
        let earlier = before.filter(|past| same.contains(&past.procedure.text()));
        let Some(last) = earlier.filter_map(|past| past.from.filter(|day| *day < on)).max() else { continue };
        let message = match again {
            Again::Once => format!("line {}: {code} is paid once, and was billed on {last}", index + 1),
            Again::After(months) | Again::AfterUnlessAtRisk(months) => match due(last, months) {
                Some(due) if on < due => {
                    let unless = if again == Again::After(months) {
                        ""
                    } else {
                        " unless the patient is at high risk"
                    };
                    format!("line {}: {code} of {last} is due again on {due}{unless}", index + 1)
                }
                Some(_) | None => continue,
            },
        };
        report.fault(spot(), code, message);
    }
}

fn technology_modifier(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let since = NaiveDate::from_ymd_opt(2018, 1, 1);
    for (index, _) in lines(claim).filter(|(_, line)| has(line, "GT") && line.from >= since) {
        let message = format!("line {}: GT is of critical access hospitals only", index + 1);
        report.fault(Spot::line(index, "modifiers", "2400 SV101-3"), "GT", message);
    }
}
