//! Business days of US banks: no Saturday, no Sunday, no holiday of the Federal Reserve Banks, whose
//! days the ACH network keeps. A holiday on a Sunday is kept on Monday; one on a Saturday is not kept on
//! the Friday before (Federal Reserve Banks, holiday schedules; the days themselves: 5 U.S.C. 6103).

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// CAQH CORE rule 370, Payment & Remittance (CCD+/835) Reassociation: an 835 leaves no sooner than three
/// business days before, and no later than three after, the effective date of its EFT (BPR16).
pub const CORE_BUSINESS_DAYS: i64 = 3;

/// Days further apart than this are counted by weeks: nobody reads such an age day by day.
const COUNTED_DAYS: i64 = 3_660;

/// Whether banks work that day.
#[must_use]
pub fn is_business_day(day: NaiveDate) -> bool {
    if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
        return false;
    }
    let sunday_before = day.pred_opt().filter(|before| before.weekday() == Weekday::Sun);
    !is_holiday(day) && !sunday_before.is_some_and(is_holiday)
}

fn is_holiday(day: NaiveDate) -> bool {
    // Which Monday, Thursday, .. of its month, from 0.
    let nth = day.day0() / 7;
    let is_last = day.checked_add_days(Days::new(7)).is_none_or(|next| next.month() != day.month());
    match (day.month(), day.day(), day.weekday()) {
        // New Year, Juneteenth (since 2021), Independence Day, Veterans Day, Christmas.
        (1, 1, _) | (7, 4, _) | (11, 11, _) | (12, 25, _) => true,
        (6, 19, _) => day.year() >= 2021,
        // Martin Luther King Jr., Washington's Birthday: the third Monday.
        (1 | 2, _, Weekday::Mon) => nth == 2,
        // Memorial Day: the last one.
        (5, _, Weekday::Mon) => is_last,
        // Labor Day, Columbus Day, Thanksgiving.
        (9, _, Weekday::Mon) => nth == 0,
        (10, _, Weekday::Mon) => nth == 1,
        (11, _, Weekday::Thu) => nth == 3,
        _ => false,
    }
}

/// How many business days after `from` the day `to` is: each business day after `from` up to `to`
/// counts. Negative when `to` is before.
///
/// ```
/// use firstpass::deposits::business_days_between;
/// let day = |text: &str| text.parse().unwrap();
/// // Wednesday to Monday over Thanksgiving: Friday and Monday.
/// assert_eq!(business_days_between(day("2026-11-25"), day("2026-11-30")), 2);
/// ```
#[must_use]
pub fn business_days_between(from: NaiveDate, to: NaiveDate) -> i64 {
    if to < from {
        return -business_days_between(to, from);
    }
    let days = to.signed_duration_since(from).num_days();
    if days > COUNTED_DAYS {
        return days / 7 * 5;
    }
    let count = from.iter_days().skip(1).take_while(|day| *day <= to).filter(|day| is_business_day(*day));
    i64::try_from(count.count()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_holidays_of_2026() {
        let first = day("2026-01-01");
        let closed = first
            .iter_days()
            .take(365)
            .filter(|day| !is_business_day(*day) && !matches!(day.weekday(), Weekday::Sat | Weekday::Sun));
        let closed: Vec<String> = closed.map(|day| day.format("%m-%d").to_string()).collect();
        // 4 July 2026 is a Saturday: banks work on Friday the third.
        assert_eq!(
            closed,
            ["01-01", "01-19", "02-16", "05-25", "06-19", "09-07", "10-12", "11-11", "11-26", "12-25"]
        );
    }

    #[test]
    fn a_holiday_on_a_sunday_is_kept_on_monday() {
        // New Year 2023.
        assert!(!is_business_day(day("2023-01-02")));
        assert!(is_business_day(day("2023-01-03")));
    }

    #[test]
    fn three_business_days_over_a_holiday_weekend_are_six_days() {
        // Wednesday 25 November 2026: Thursday is Thanksgiving, so Friday, Monday, Tuesday.
        assert_eq!(business_days_between(day("2026-11-25"), day("2026-12-01")), 3);
        assert_eq!(business_days_between(day("2026-11-25"), day("2026-12-02")), 4);
        assert_eq!(business_days_between(day("2026-12-01"), day("2026-11-25")), -3);
        assert_eq!(business_days_between(day("2026-11-25"), day("2026-11-25")), 0);
    }
}
