//! What a contract comes to for the lines of a claim, step by step. Pure.
//!
//! The order of the steps: the schedule's price, its percentage, the units; both sides; reduced
//! services; assistants and co-surgeons; the rank among the procedures of the day; the charge. What
//! is priced by its charge takes no further step.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::claims::Claim;
use crate::claims::model::Unit;
use crate::codes::Bilateral;
use crate::contracts::Terms;
use crate::contracts::rates::{Fee, Missing, Rates, Site};
use crate::scrub::written::Patterns;
use crate::types::Money;

/// What a line asks to be paid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Billed {
    /// CPT or HCPCS.
    pub procedure: String,
    /// In their order.
    pub modifiers: Vec<String>,
    /// How many; none: minutes of anesthesia, which no schedule of prices has.
    pub units: Option<Decimal>,
    /// What is charged.
    pub charged: Money,
    /// Where.
    pub site: Site,
    /// The first day.
    pub on: Option<NaiveDate>,
}

impl Billed {
    fn has(&self, modifier: &str) -> bool {
        self.modifiers.iter().any(|one| one == modifier)
    }

    /// As a person writes it: `20610-RT`.
    fn code(&self) -> String {
        let mut code = self.procedure.clone();
        for modifier in &self.modifiers {
            code.push('-');
            code.push_str(modifier);
        }
        code
    }
}

/// The lines of a claim, in their order.
#[must_use]
pub fn billed(claim: &Claim) -> Vec<Billed> {
    let billed = claim.lines.iter().map(|line| {
        let place = line.place_of_service.as_ref().unwrap_or(&claim.place_of_service);
        Billed {
            procedure: line.procedure.text().to_owned(),
            modifiers: line.modifiers.iter().map(|modifier| modifier.text().to_owned()).collect(),
            units: (line.unit == Unit::Units).then_some(line.units),
            charged: line.charged,
            site: Site::of(place.text()),
            on: line.from,
        }
    });
    billed.collect()
}

/// What is expected for a line: an amount with its arithmetic, or why there is none.
pub type Expected = Result<Priced, Unpriced>;

/// What is expected to be allowed for a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priced {
    /// What the payer and the patient owe together.
    pub allowed: Money,
    /// How it comes to that, a step each.
    pub steps: Vec<String>,
}

impl Priced {
    /// The steps in one line.
    #[must_use]
    pub fn arithmetic(&self) -> String {
        self.steps.join("; ")
    }
}

/// Why a line cannot be priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unpriced {
    /// The line has no day of service.
    NoDay,
    /// No edition of the schedule has begun on that day.
    NoEdition,
    /// The schedule lacks the procedure for that place, and the contract has no percentage of charges.
    NotInSchedule,
    /// The schedule has no price for the professional or technical part.
    NoPartPrice,
    /// Anesthesia minutes.
    Minutes,
    /// The product is beyond what the books hold.
    TooLarge,
}

impl fmt::Display for Unpriced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Unpriced::NoDay => "no day of service",
            Unpriced::NoEdition => "no edition of the fee schedule on that day",
            Unpriced::NotInSchedule => "not in the fee schedule",
            Unpriced::NoPartPrice => "no price for the part (26, TC) in the fee schedule",
            Unpriced::Minutes => "anesthesia minutes",
            Unpriced::TooLarge => "the amount is too large",
        })
    }
}

/// A line on its way.
struct Working<'r> {
    amount: Money,
    steps: Vec<String>,
    /// None: priced by its charge.
    fee: Option<&'r Fee>,
}

impl Working<'_> {
    /// One more step: `what` says which rule, of what comes before.
    fn take(&mut self, what: &str, percent: Decimal) -> Result<(), Unpriced> {
        self.amount = portion(self.amount, percent)?;
        self.steps.push(format!("{what} {} % = {}", percent.normalize(), self.amount));
        Ok(())
    }
}

/// A percentage of an amount, half up to the cent.
fn portion(amount: Money, percent: Decimal) -> Result<Money, Unpriced> {
    let exact = amount.times(percent / Decimal::ONE_HUNDRED);
    exact.checked_round_half_up().map_err(|_beyond| Unpriced::TooLarge)
}

/// What a contract comes to for each of these lines, which are one claim's.
#[must_use]
pub fn price(terms: &Terms, rates: &Rates, lines: &[Billed]) -> Vec<Expected> {
    let sides = Sides::find(lines);
    let mut all: Vec<Result<Working<'_>, Unpriced>> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let mut working = base(terms, rates, line)?;
            if let Some(fee) = working.fee {
                both_sides(terms, fee, line, sides.is_second(at), &mut working)?;
                by_modifier(terms, fee, line, &mut working)?;
            }
            Ok(working)
        })
        .collect();
    let reduced = rank(terms, lines, &sides, &all);
    let finish = |(at, working): (usize, Result<Working<'_>, Unpriced>)| {
        let mut working = working?;
        if let Some((place, percent)) = reduced.get(&at) {
            working.take(&format!("{} procedure", ordinal(*place)), *percent)?;
        }
        if terms.lesser_of_charge && working.fee.is_some() {
            let charged = lines[at].charged;
            let less = charged < working.amount;
            working.amount = working.amount.min(charged);
            let comes_to = if less { format!(" = {charged}") } else { String::new() };
            working.steps.push(format!("lesser of charge {charged}{comes_to}"));
        }
        Ok(Priced { allowed: working.amount, steps: working.steps })
    };
    all.drain(..).enumerate().map(finish).collect()
}

/// The schedule's price times its percentage and the units, or a percentage of the charge.
fn base<'r>(terms: &Terms, rates: &'r Rates, line: &Billed) -> Result<Working<'r>, Unpriced> {
    let on = line.on.ok_or(Unpriced::NoDay)?;
    let units = line.units.ok_or(Unpriced::Minutes)?;
    let fee = match rates.find(&line.procedure, &line.modifiers, line.site, on) {
        Ok(fee) => fee,
        Err(Missing::Edition) => return Err(Unpriced::NoEdition),
        Err(why) => {
            let Some(percent) = terms.charge_percent else {
                return Err(match why {
                    Missing::Part => Unpriced::NoPartPrice,
                    Missing::Procedure | Missing::Edition => Unpriced::NotInSchedule,
                });
            };
            let amount = portion(line.charged, percent)?;
            let (code, charged, percent) = (line.code(), line.charged, percent.normalize());
            let step = format!("{code} not in the schedule: charge {charged} x {percent} % = {amount}");
            return Ok(Working { amount, steps: vec![step], fee: None });
        }
    };
    let mut amount = fee.amount;
    let mut step = format!("{} schedule {amount}", line.code());
    if terms.schedule_percent != Decimal::ONE_HUNDRED {
        amount = portion(amount, terms.schedule_percent)?;
        step.push_str(&format!(" x {} % = {amount}", terms.schedule_percent.normalize()));
    }
    let mut steps = vec![step];
    if units != Decimal::ONE {
        amount = amount.times(units).checked_round_half_up().map_err(|_beyond| Unpriced::TooLarge)?;
        steps.push(format!("{} units = {amount}", units.normalize()));
    }
    Ok(Working { amount, steps, fee: Some(fee) })
}

/// Whether a line has a modifier that its price does not answer for: a discontinued colonoscopy (53) has
/// a price of its own, and is not halved once more.
fn asks(fee: &Fee, line: &Billed, modifier: &str) -> bool {
    line.has(modifier) && fee.key.modifier != modifier
}

/// Modifier 50, or the second of two lines for the two sides. IOM 100-04, 12, 40.7.
fn both_sides(
    terms: &Terms,
    fee: &Fee,
    line: &Billed,
    is_second_side: bool,
    working: &mut Working<'_>,
) -> Result<(), Unpriced> {
    match fee.bilateral {
        None | Some(Bilateral::Adjusted) if asks(fee, line, "50") => {
            working.take("both sides", terms.bilateral_percent)
        }
        None | Some(Bilateral::Adjusted) if is_second_side => {
            working.take("other side", terms.bilateral_percent - Decimal::ONE_HUNDRED)
        }
        Some(Bilateral::PaidInFull) if asks(fee, line, "50") => {
            working.take("both sides in full", Decimal::from(200))
        }
        Some(Bilateral::Already | Bilateral::NotAdjusted | Bilateral::NotApplicable)
            if asks(fee, line, "50") =>
        {
            working.steps.push("not raised for both sides".to_owned());
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Reduced services, assistants, co-surgeons.
fn by_modifier(terms: &Terms, fee: &Fee, line: &Billed, working: &mut Working<'_>) -> Result<(), Unpriced> {
    for modifier in line.modifiers.iter().filter(|modifier| asks(fee, line, modifier)) {
        if let Some(percent) = terms.modifier_percents.get(modifier) {
            working.take(&format!("modifier {modifier}"), *percent)?;
        }
    }
    if ["80", "81", "82"].iter().any(|assistant| asks(fee, line, assistant)) {
        working.take("assistant surgeon", terms.assistant_percent)?;
    } else if asks(fee, line, "AS") {
        let (of, assistant) = (terms.nonphysician_percent, terms.assistant_percent);
        let what = format!("assistant, no physician: {} % of {} %,", of.normalize(), assistant.normalize());
        working.take(&what, of * assistant / Decimal::ONE_HUNDRED)?;
    }
    if asks(fee, line, "62") {
        working.take("co-surgeon", terms.cosurgeon_percent)?;
    }
    Ok(())
}

/// Lines that are the two sides of one procedure: LT on one, RT on another of the same day.
struct Sides(BTreeMap<usize, usize>);

impl Sides {
    fn find(lines: &[Billed]) -> Sides {
        let mut second_to_first = BTreeMap::new();
        for (second, line) in lines.iter().enumerate() {
            let (own, other) = match (line.has("LT"), line.has("RT")) {
                (true, false) => ("LT", "RT"),
                (false, true) => ("RT", "LT"),
                _ => continue,
            };
            let first = lines[..second].iter().enumerate().find(|(at, first)| {
                first.procedure == line.procedure
                    && first.on == line.on
                    && first.has(other)
                    && !first.has(own)
                    && !second_to_first.values().any(|taken| taken == at)
                    && !second_to_first.contains_key(at)
            });
            if let Some((first, _)) = first {
                second_to_first.insert(second, first);
            }
        }
        Sides(second_to_first)
    }

    fn is_second(&self, at: usize) -> bool {
        self.0.contains_key(&at)
    }

    /// Both sides are one procedure where procedures are ranked (40.6).
    fn whole(&self, at: usize) -> usize {
        self.0.get(&at).copied().unwrap_or(at)
    }
}

/// Place and percentage of each line that is not the dearest of its day. IOM 100-04, 12, 40.6: ranked by
/// what is payable, the dearest first; equal ones as they were billed.
fn rank(
    terms: &Terms,
    lines: &[Billed],
    sides: &Sides,
    all: &[Result<Working<'_>, Unpriced>],
) -> BTreeMap<usize, (usize, Decimal)> {
    let stated = Patterns::of_list(&terms.ranked_procedures, str::to_owned);
    let mut days: BTreeMap<Option<NaiveDate>, BTreeMap<usize, Money>> = BTreeMap::new();
    for (at, (line, working)) in lines.iter().zip(all).enumerate() {
        let Ok(Working { amount, fee: Some(fee), .. }) = working else { continue };
        if fee.ranked.unwrap_or_else(|| stated.contains(&line.procedure)) {
            *days.entry(line.on).or_default().entry(sides.whole(at)).or_default() += *amount;
        }
    }
    let mut reduced = BTreeMap::new();
    for procedures in days.into_values() {
        let mut ranked: Vec<(usize, Money)> = procedures.into_iter().collect();
        ranked.sort_by_key(|(at, amount)| (-*amount, *at));
        for (place, (whole, _)) in ranked.into_iter().enumerate() {
            let percent = terms.reductions.get(place).or(terms.reductions.last());
            let Some(percent) = percent.filter(|percent| **percent != Decimal::ONE_HUNDRED) else { continue };
            let of_it = (0..lines.len()).filter(|at| sides.whole(*at) == whole);
            reduced.extend(of_it.map(|at| (at, (place, *percent))));
        }
    }
    reduced
}

/// The word for a place, the first being 0.
fn ordinal(place: usize) -> String {
    match place {
        0 => "first".to_owned(),
        1 => "second".to_owned(),
        2 => "third".to_owned(),
        3 => "fourth".to_owned(),
        4 => "fifth".to_owned(),
        _ => format!("{}th", place + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contracts::rates::{FeeKey, SiteClass};
    use crate::types::FeeEditionId;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn fee(procedure: &str, amount: &str, ranked: Option<bool>, bilateral: Option<Bilateral>) -> Fee {
        Fee {
            key: FeeKey { procedure: procedure.into(), modifier: String::new(), site: SiteClass::Any },
            amount: amount.parse().unwrap(),
            from: None,
            to: None,
            ranked,
            bilateral,
        }
    }

    /// 99213 92.00; 20610 60.00 and 29881 500.00 are ranked; 71046 30.00 and has its sides in full.
    fn rates() -> Rates {
        let edition = FeeEditionId::new();
        let fees = [
            fee("99213", "92.00", Some(false), None),
            fee("20610", "60.00", Some(true), Some(Bilateral::Adjusted)),
            fee("29881", "500.00", Some(true), Some(Bilateral::Adjusted)),
            fee("11721", "33.33", None, None),
            fee("71046", "30.00", Some(false), Some(Bilateral::PaidInFull)),
            fee("96372", "14.99", Some(false), Some(Bilateral::NotAdjusted)),
        ];
        Rates::new(vec![(day("2026-01-01"), edition)], fees.map(|fee| (edition, fee)))
    }

    /// Procedure with modifiers, units, charge.
    fn line(code: &str, units: &str, charged: &str) -> Billed {
        let mut parts = code.split('-').map(str::to_owned);
        Billed {
            procedure: parts.next().unwrap(),
            modifiers: parts.collect(),
            units: Some(units.parse().unwrap()),
            charged: charged.parse().unwrap(),
            site: Site::NonFacility,
            on: Some(day("2026-03-02")),
        }
    }

    #[track_caller]
    fn check(terms: &Terms, lines: &[(&str, &str, &str)], expected: &[&str]) {
        let lines: Vec<Billed> =
            lines.iter().map(|(code, units, charged)| line(code, units, charged)).collect();
        let said: Vec<String> = price(terms, &rates(), &lines)
            .into_iter()
            .map(|line| match line {
                Ok(priced) => format!("{}: {}", priced.allowed, priced.arithmetic()),
                Err(why) => why.to_string(),
            })
            .collect();
        assert_eq!(said, expected);
    }

    fn percents(all: &[i64]) -> Vec<Decimal> {
        all.iter().map(|&percent| Decimal::from(percent)).collect()
    }

    #[test]
    fn a_price_is_a_percentage_of_the_schedule_and_no_more_than_the_charge() {
        let terms = Terms { schedule_percent: Decimal::from(110), ..Terms::default() };
        // 92.00 x 1.1
        check(
            &terms,
            &[("99213", "1", "150.00")],
            &["101.20: 99213 schedule 92.00 x 110 % = 101.20; lesser of charge 150.00"],
        );
        check(
            &terms,
            &[("99213", "1", "95.00")],
            &["95.00: 99213 schedule 92.00 x 110 % = 101.20; lesser of charge 95.00 = 95.00"],
        );
        let more = Terms { lesser_of_charge: false, ..terms };
        check(&more, &[("99213", "1", "95.00")], &["101.20: 99213 schedule 92.00 x 110 % = 101.20"]);
    }

    #[test]
    fn units_multiply_the_price_of_one() {
        // 33.33 x 1.105 = 36.82965, half up 36.83; three of them 110.49.
        let terms =
            Terms { schedule_percent: Decimal::new(1105, 1), lesser_of_charge: false, ..Terms::default() };
        check(
            &terms,
            &[("11721", "3", "200.00")],
            &["110.49: 11721 schedule 33.33 x 110.5 % = 36.83; 3 units = 110.49"],
        );
    }

    #[test]
    fn what_the_schedule_lacks_is_priced_by_its_charge_or_not_at_all() {
        check(&Terms::default(), &[("J3490", "1", "80.00")], &["not in the fee schedule"]);
        check(
            &Terms::default(),
            &[("71046-26", "1", "80.00")],
            &["no price for the part (26, TC) in the fee schedule"],
        );
        let terms = Terms { charge_percent: Some(Decimal::from(45)), ..Terms::default() };
        // 80.05 x 0.45 = 36.0225
        check(
            &terms,
            &[("J3490", "1", "80.05")],
            &["36.02: J3490 not in the schedule: charge 80.05 x 45 % = 36.02"],
        );
    }

    #[test]
    fn the_procedures_of_a_day_are_ranked_by_price_and_visits_are_not() {
        let terms = Terms { reductions: percents(&[100, 50, 25]), ..Terms::default() };
        check(
            &terms,
            &[
                ("20610", "1", "165.00"),
                ("99213-25", "1", "150.00"),
                ("29881", "1", "1900.00"),
                ("20610-59", "1", "165.00"),
            ],
            &[
                "30.00: 20610 schedule 60.00; second procedure 50 % = 30.00; lesser of charge 165.00",
                "92.00: 99213-25 schedule 92.00; lesser of charge 150.00",
                "500.00: 29881 schedule 500.00; lesser of charge 1900.00",
                "15.00: 20610-59 schedule 60.00; third procedure 25 % = 15.00; lesser of charge 165.00",
            ],
        );
    }

    #[test]
    fn where_the_schedule_does_not_say_the_contract_names_what_is_ranked() {
        let terms = Terms { ranked_procedures: vec!["117*".into()], ..Terms::default() };
        // 33.33 / 2 = 16.665, half up.
        check(
            &terms,
            &[("11721", "1", "70.00"), ("20610", "1", "165.00")],
            &[
                "16.67: 11721 schedule 33.33; second procedure 50 % = 16.67; lesser of charge 70.00",
                "60.00: 20610 schedule 60.00; lesser of charge 165.00",
            ],
        );
    }

    #[test]
    fn other_days_are_ranked_by_themselves() {
        let mut lines = [line("20610", "1", "165.00"), line("20610", "1", "165.00")];
        lines[1].on = Some(day("2026-03-03"));
        let amounts: Vec<Money> = price(&Terms::default(), &rates(), &lines)
            .into_iter()
            .map(|line| line.unwrap().allowed)
            .collect();
        assert_eq!(amounts, [Money::from_cents(6_000); 2]);
    }

    #[test]
    fn both_sides_are_paid_half_as_much_again_by_50_or_by_two_lines() {
        check(
            &Terms::default(),
            &[("20610-50", "1", "300.00")],
            &["90.00: 20610-50 schedule 60.00; both sides 150 % = 90.00; lesser of charge 300.00"],
        );
        // The two sides are one procedure of 90.00 beside one of 500.00: 45.00 for both.
        check(
            &Terms::default(),
            &[("20610-LT", "1", "165.00"), ("20610-RT", "1", "165.00"), ("29881", "1", "1900.00")],
            &[
                "30.00: 20610-LT schedule 60.00; second procedure 50 % = 30.00; lesser of charge 165.00",
                "15.00: 20610-RT schedule 60.00; other side 50 % = 30.00; second procedure 50 % = 15.00; lesser of charge 165.00",
                "500.00: 29881 schedule 500.00; lesser of charge 1900.00",
            ],
        );
        check(
            &Terms::default(),
            &[("71046-50", "1", "90.00"), ("96372-50", "1", "40.00")],
            &[
                "60.00: 71046-50 schedule 30.00; both sides in full 200 % = 60.00; lesser of charge 90.00",
                "14.99: 96372-50 schedule 14.99; not raised for both sides; lesser of charge 40.00",
            ],
        );
    }

    #[test]
    fn assistants_co_surgeons_and_reduced_services_get_their_part() {
        let alone =
            |code: &str, expected: &str| check(&Terms::default(), &[(code, "1", "1900.00")], &[expected]);
        alone(
            "29881-80",
            "80.00: 29881-80 schedule 500.00; assistant surgeon 16 % = 80.00; lesser of charge 1900.00",
        );
        // 85 % of 16 % is 13.6 %.
        alone(
            "29881-AS",
            "68.00: 29881-AS schedule 500.00; assistant, no physician: 85 % of 16 %, 13.6 % = 68.00; lesser of charge 1900.00",
        );
        alone(
            "29881-62",
            "312.50: 29881-62 schedule 500.00; co-surgeon 62.5 % = 312.50; lesser of charge 1900.00",
        );
        alone(
            "29881-53",
            "250.00: 29881-53 schedule 500.00; modifier 53 50 % = 250.00; lesser of charge 1900.00",
        );
        // 500.00, both sides 750.00, an assistant's 16 % of it.
        alone(
            "29881-50-82",
            "120.00: 29881-50-82 schedule 500.00; both sides 150 % = 750.00; assistant surgeon 16 % = 120.00; lesser of charge 1900.00",
        );
    }

    #[test]
    fn a_modifier_with_a_price_of_its_own_changes_it_no_further() {
        let edition = FeeEditionId::new();
        let own = |modifier: &str, amount: &str| {
            let mut own = fee("45378", amount, Some(true), Some(Bilateral::Adjusted));
            own.key.modifier = modifier.into();
            (edition, own)
        };
        let fees = [own("", "340.00"), own("53", "170.00"), own("50", "400.00"), own("80", "50.00")];
        let rates = Rates::new(vec![(day("2026-01-01"), edition)], fees);
        let allowed = |code: &str| {
            let priced = price(&Terms::default(), &rates, &[line(code, "1", "900.00")]).remove(0);
            priced.unwrap().allowed.to_string()
        };
        assert_eq!(allowed("45378"), "340.00");
        assert_eq!(allowed("45378-53"), "170.00");
        assert_eq!(allowed("45378-50"), "400.00");
        assert_eq!(allowed("45378-80"), "50.00");
        // Another modifier beside it still does: half of 340.00, and half of the discontinued 170.00.
        assert_eq!(allowed("45378-52"), "170.00");
        assert_eq!(allowed("45378-53-52"), "85.00");
    }

    #[test]
    fn what_cannot_be_priced_says_why() {
        let one = |line: Billed| price(&Terms::default(), &rates(), &[line]).remove(0).unwrap_err();
        assert_eq!(one(Billed { units: None, ..line("99213", "1", "1.00") }), Unpriced::Minutes);
        assert_eq!(one(Billed { on: None, ..line("99213", "1", "1.00") }), Unpriced::NoDay);
        assert_eq!(
            one(Billed { on: Some(day("2025-12-31")), ..line("99213", "1", "1.00") }),
            Unpriced::NoEdition
        );
        let many = Billed { units: Some(Decimal::from(99_999_999_999_i64)), ..line("99213", "1", "1.00") };
        assert_eq!(one(many), Unpriced::TooLarge);
    }
}
