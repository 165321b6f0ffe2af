//! What a sandbox payer covers and pays: a plan in numbers of our own, no payer's and no fee
//! schedule's.

use rust_decimal::Decimal;

use crate::types::Money;

/// The rules of a payer.
#[derive(Clone, Debug)]
pub struct Plan {
    /// CLP06 (the 835's list: no CI, no BL).
    pub filing_indicator: &'static str,
    /// Percent of the charge that is allowed, by kind of service.
    pub allowed_percent: AllowedPercent,
    /// What a member pays first in a calendar year (PR-1).
    pub deductible: Money,
    /// Of a thousand members, how many have met it elsewhere.
    pub deductible_met_per_mille: u64,
    /// What a member pays for an office visit, in place of deductible and coinsurance (PR-3).
    pub copay: Money,
    /// The member's percentage after the deductible (PR-2).
    pub coinsurance_percent: u32,
    /// Kinds of service that cost the member nothing.
    pub free_for_member: &'static [Service],
    /// Percent withheld from what is paid (CO-253); 2 for Medicare, else 0.
    pub sequestration_percent: u32,
    /// To whom claims are sent on when adjudicated as first payer (CLP02 19, NM1*TT, MA18): name and
    /// identifier. They are only said to be; no file goes to that payer's mailbox.
    pub crossover: Option<(&'static str, &'static str)>,
    /// When another payer was first: what happens to what nobody paid.
    pub leftover: Leftover,
    /// Days from service, or from the earlier payer's payment, to receipt.
    pub timely_filing_days: i64,
    /// Procedures paid only with authorization (CO-197).
    pub authorization: &'static [&'static str],
    /// Procedures that are not covered (PR-96, N130).
    pub not_covered: &'static [&'static str],
    /// RARC of a refusal for medical necessity.
    pub necessity_remark: Option<&'static str>,
    /// Of a thousand lines for tests, imaging and medicine, how many are not necessary (CO-50).
    pub unnecessary_per_mille: u64,
    /// Of a thousand lines, how many lack something (CO-16, M76).
    pub incomplete_per_mille: u64,
    /// Days from receipt to adjudication; 0 adjudicates in the round that received the claim.
    pub days_to_pay: u64,
    /// Days from receipt after which interest runs.
    pub prompt_pay_days: i64,
    /// Percent of interest a year (PLB L6).
    pub interest_percent: u32,
}

/// What happens to what neither the earlier payer nor we paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftover {
    /// The patient owes it, as the earlier payer said.
    Patient,
    /// The provider bears it (Medicaid).
    Provider,
}

/// Percent of the charge, by kind of service.
#[derive(Clone, Copy, Debug)]
pub struct AllowedPercent {
    /// Visits.
    pub visit: u32,
    /// Preventive visits and vaccines.
    pub preventive: u32,
    /// Laboratory.
    pub laboratory: u32,
    /// Imaging.
    pub imaging: u32,
    /// Procedures.
    pub procedure: u32,
    /// Drugs and supplies of HCPCS level II.
    pub supply: u32,
    /// Everything else.
    pub medicine: u32,
}

impl AllowedPercent {
    const fn of(self, service: Service) -> u32 {
        match service {
            Service::OfficeVisit | Service::Visit => self.visit,
            Service::Preventive => self.preventive,
            Service::Laboratory => self.laboratory,
            Service::Imaging => self.imaging,
            Service::Procedure => self.procedure,
            Service::Supply => self.supply,
            Service::Medicine => self.medicine,
        }
    }
}

/// Kinds of service, by ranges of procedure codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Office visits, new and established.
    OfficeVisit,
    /// Other evaluation and management.
    Visit,
    /// Preventive visits, vaccines and their administration.
    Preventive,
    /// Laboratory, drawing blood included.
    Laboratory,
    /// Imaging.
    Imaging,
    /// Surgery, anesthesia, injections.
    Procedure,
    /// HCPCS level II.
    Supply,
    /// Everything else.
    Medicine,
}

impl Service {
    /// The kind of a procedure code.
    #[must_use]
    pub fn of(procedure: &str) -> Service {
        let Ok(number) = procedure.parse::<u32>() else {
            return Service::Supply;
        };
        match number {
            36_415..=36_416 | 80_000..=89_999 => Service::Laboratory,
            99_202..=99_205 | 99_211..=99_215 => Service::OfficeVisit,
            90_460..=90_474 | 90_476..=90_759 | 99_381..=99_397 => Service::Preventive,
            99_200..=99_499 => Service::Visit,
            70_000..=79_999 => Service::Imaging,
            100..=69_999 => Service::Procedure,
            _ => Service::Medicine,
        }
    }
}

/// Pairs that are one service: the first is paid with any of the second (CO-97, M15). Drawing
/// blood belongs to the laboratory's panels, handling to the visit.
const BUNDLED: &[(&str, &[&str])] =
    &[("36415", &["80048", "80050", "80053", "80061"]), ("99000", &["99212", "99213", "99214", "99215"])];

impl Plan {
    /// The plan for a kind of payer as SBR09 says it: MB, MC, BL; a commercial one for all others.
    #[must_use]
    pub fn of_filing_indicator(code: &str) -> Plan {
        match code {
            "MB" => Plan::medicare_part_b(),
            "MC" => Plan::medicaid(),
            "BL" => Plan::preferred_provider(),
            _ => Plan::commercial(),
        }
    }

    /// A commercial plan with copay, deductible and coinsurance.
    #[must_use]
    pub const fn commercial() -> Plan {
        Plan {
            filing_indicator: "12",
            allowed_percent: AllowedPercent {
                visit: 78,
                preventive: 85,
                laboratory: 45,
                imaging: 62,
                procedure: 70,
                supply: 80,
                medicine: 66,
            },
            deductible: Money::from_cents(25_000),
            deductible_met_per_mille: 500,
            copay: Money::from_cents(2_500),
            coinsurance_percent: 20,
            free_for_member: &[Service::Preventive],
            sequestration_percent: 0,
            crossover: None,
            leftover: Leftover::Patient,
            timely_filing_days: 180,
            authorization: &["20610", "70551", "72148", "73721"],
            not_covered: &["97140"],
            necessity_remark: None,
            unnecessary_per_mille: 25,
            incomplete_per_mille: 10,
            days_to_pay: 0,
            prompt_pay_days: 30,
            interest_percent: 9,
        }
    }

    /// A preferred provider plan: a lower deductible, other rates and rules.
    #[must_use]
    pub const fn preferred_provider() -> Plan {
        Plan {
            allowed_percent: AllowedPercent {
                visit: 72,
                preventive: 80,
                laboratory: 50,
                imaging: 58,
                procedure: 68,
                supply: 75,
                medicine: 60,
            },
            deductible: Money::from_cents(10_000),
            copay: Money::from_cents(4_000),
            coinsurance_percent: 10,
            timely_filing_days: 365,
            authorization: &["72148"],
            not_covered: &["69210"],
            ..Plan::commercial()
        }
    }

    /// Medicare Part B: deductible, 20 % coinsurance, none for laboratory and prevention, and 2 %
    /// sequestration (2 U.S.C. 901a). No crossover until [`Plan::crossover`] is set.
    #[must_use]
    pub const fn medicare_part_b() -> Plan {
        Plan {
            filing_indicator: "MB",
            allowed_percent: AllowedPercent {
                visit: 61,
                preventive: 64,
                laboratory: 38,
                imaging: 48,
                procedure: 55,
                supply: 70,
                medicine: 52,
            },
            deductible: Money::from_cents(25_700),
            deductible_met_per_mille: 700,
            copay: Money::ZERO,
            coinsurance_percent: 20,
            free_for_member: &[Service::Preventive, Service::Laboratory],
            sequestration_percent: 2,
            crossover: None,
            leftover: Leftover::Patient,
            timely_filing_days: 365,
            authorization: &[],
            not_covered: &["99397"],
            necessity_remark: Some("N115"),
            unnecessary_per_mille: 35,
            incomplete_per_mille: 10,
            days_to_pay: 0,
            prompt_pay_days: 30,
            interest_percent: 4,
        }
    }

    /// Medicaid: low rates, nothing from the patient.
    #[must_use]
    pub const fn medicaid() -> Plan {
        Plan {
            filing_indicator: "MC",
            allowed_percent: AllowedPercent {
                visit: 48,
                preventive: 60,
                laboratory: 35,
                imaging: 40,
                procedure: 42,
                supply: 65,
                medicine: 40,
            },
            deductible: Money::ZERO,
            copay: Money::ZERO,
            coinsurance_percent: 0,
            free_for_member: &[],
            leftover: Leftover::Provider,
            timely_filing_days: 180,
            authorization: &["97110"],
            not_covered: &[],
            ..Plan::commercial()
        }
    }

    /// What is allowed for a charge.
    #[must_use]
    pub fn allowed(&self, procedure: &str, charged: Money) -> Money {
        percent(charged, self.allowed_percent.of(Service::of(procedure)))
    }

    /// True when `procedure` is part of another of `others` on the same day.
    pub(super) fn is_bundled<'p>(&self, procedure: &str, others: impl IntoIterator<Item = &'p str>) -> bool {
        let into = BUNDLED.iter().find(|(part, _)| *part == procedure).map_or(&[][..], |(_, into)| into);
        others.into_iter().any(|other| into.contains(&other))
    }
}

/// So many percent, halves of a cent up.
pub(super) fn percent(of: Money, percent: u32) -> Money {
    of.times(Decimal::new(percent.into(), 2)).round_half_up()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_procedure_has_one_kind() {
        let check = |code, expected| assert_eq!(Service::of(code), expected, "{code}");
        check("99213", Service::OfficeVisit);
        check("99396", Service::Preventive);
        check("90686", Service::Preventive);
        check("90471", Service::Preventive);
        check("36415", Service::Laboratory);
        check("80053", Service::Laboratory);
        check("72148", Service::Imaging);
        check("20610", Service::Procedure);
        check("93000", Service::Medicine);
        check("97110", Service::Medicine);
        check("J1100", Service::Supply);
    }

    #[test]
    fn a_percentage_is_rounded_half_up() {
        // 78 % of 130.25 is 101.595.
        assert_eq!(percent(Money::from_cents(13_025), 78), Money::from_cents(10_160));
        assert_eq!(Plan::commercial().allowed("99213", Money::from_cents(13_000)), Money::from_cents(10_140));
    }
}
