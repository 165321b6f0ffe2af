//! How a denial is ranked, so that the money most worth an hour of work comes first.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::types::Money;

use super::Category;

/// A rank and its arithmetic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priority {
    /// Amount times the expected overturn rate.
    pub expected_recovery: Money,
    /// Expected recovery times urgency; the queue is sorted by it, largest first.
    pub priority: Money,
    /// The arithmetic, for the page: `150.00 × 0.40 × 1.5 (60 days left) = 90.00`.
    pub why: String,
}

/// With this many days left or more there is no hurry.
const CALM_DAYS: i64 = 90;
/// Nothing is more than this many times as urgent as something calm.
const URGENCY_MAX: i64 = 10;

/// Ranks `amount`, denied for `category`, whose appeal (or resending) must be in by `appeal_by`.
///
/// Urgency is 1 with 90 days left or more, then 90 divided by the days left, at most 10; after
/// the last day it is 0, because nothing can be won any more.
#[must_use]
pub fn rank(
    amount: Money,
    category: Category,
    overturn_rate: Decimal,
    appeal_by: NaiveDate,
    today: NaiveDate,
) -> Priority {
    let days_left = (appeal_by - today).num_days();
    let urgency = urgency(days_left);
    let expected_recovery = amount.times(overturn_rate).round_half_up();
    let priority = expected_recovery.times(urgency).round_half_up();
    let left = match days_left {
        ..=-1 => format!("{} days late", -days_left),
        1 => "1 day left".to_owned(),
        days => format!("{days} days left"),
    };
    let why = format!(
        "{amount} × {rate} expected to be recovered ({label}) × {urgency} ({left}) = {priority}",
        rate = overturn_rate.normalize(),
        label = category.label().to_lowercase(),
        urgency = urgency.round_dp(2).normalize(),
    );
    Priority { expected_recovery, priority, why }
}

/// How many times as urgent as something calm, with so many days left.
#[must_use]
pub fn urgency(days_left: i64) -> Decimal {
    if days_left < 0 {
        return Decimal::ZERO;
    }
    Decimal::from(CALM_DAYS)
        .checked_div(Decimal::from(days_left))
        .unwrap_or(Decimal::from(URGENCY_MAX))
        .clamp(Decimal::ONE, Decimal::from(URGENCY_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cents: i64, days_left: i64, expected: i64) {
        let today: NaiveDate = "2026-11-23".parse().unwrap();
        let by = today + chrono::TimeDelta::days(days_left);
        let rate = Decimal::new(40, 2);
        let rank = rank(Money::from_cents(cents), Category::Authorization, rate, by, today);
        assert_eq!(rank.priority, Money::from_cents(expected), "{}", rank.why);
    }

    #[test]
    fn less_time_is_more_urgent_until_it_is_over() {
        check(15_000, 120, 6_000); // 150.00 × 0.40
        check(15_000, 90, 6_000);
        check(15_000, 60, 9_000); // × 1.5
        check(15_000, 9, 60_000); // × 10
        check(15_000, 0, 60_000);
        check(15_000, -1, 0);
    }

    #[test]
    fn the_arithmetic_is_shown() {
        let today: NaiveDate = "2026-11-23".parse().unwrap();
        let by = "2027-01-22".parse().unwrap();
        let rank = rank(Money::from_cents(15_000), Category::Authorization, Decimal::new(40, 2), by, today);
        assert_eq!(
            rank.why,
            "150.00 × 0.4 expected to be recovered (authorization) × 1.5 (60 days left) = 90.00"
        );
    }
}
