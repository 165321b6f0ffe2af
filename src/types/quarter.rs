//! A quarter of a calendar year.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A quarter of a calendar year, written `2026-Q4`.
///
/// ```
/// use firstpass_types::Quarter;
/// let quarter: Quarter = "2026-Q1".parse().unwrap();
/// assert_eq!((quarter.first().to_string(), quarter.last().to_string()), ("2026-01-01".into(), "2026-03-31".into()));
/// assert_eq!(quarter.previous().to_string(), "2025-Q4");
/// assert!("2026-Q5".parse::<Quarter>().is_err() && "2026Q4".parse::<Quarter>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    /// Its first day.
    first: NaiveDate,
}

/// A text that names no quarter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a quarter: expected YYYY-Qn, such as 2026-Q4")]
pub struct QuarterError;

/// Months of a quarter.
const MONTHS: u32 = 3;

impl Quarter {
    /// The quarter that a day is in.
    #[must_use]
    pub fn of(day: NaiveDate) -> Quarter {
        let month = day.month0() / MONTHS * MONTHS + 1;
        let first = NaiveDate::from_ymd_opt(day.year(), month, 1);
        Quarter { first: first.expect("every month has a first day") }
    }

    /// Its first day.
    #[must_use]
    pub const fn first(self) -> NaiveDate {
        self.first
    }

    /// Its last day.
    #[must_use]
    pub fn last(self) -> NaiveDate {
        let next = self.first.checked_add_months(Months::new(MONTHS));
        next.and_then(|next| next.pred_opt()).unwrap_or(NaiveDate::MAX)
    }

    /// The quarter before it.
    #[must_use]
    pub fn previous(self) -> Quarter {
        Quarter { first: self.first.checked_sub_months(Months::new(MONTHS)).unwrap_or(self.first) }
    }

    /// Whether a day is in it.
    #[must_use]
    pub fn has(self, day: NaiveDate) -> bool {
        (self.first..=self.last()).contains(&day)
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.first.year(), self.first.month0() / MONTHS + 1)
    }
}
impl FromStr for Quarter {
    type Err = QuarterError;
    fn from_str(text: &str) -> Result<Quarter, QuarterError> {
        let first = text.split_once("-Q").and_then(|(year, quarter)| {
            let digits = |part: &str, wanted: usize| {
                part.len() == wanted && part.bytes().all(|byte| byte.is_ascii_digit())
            };
            if !digits(year, 4) || !digits(quarter, 1) {
                return None;
            }
            let quarter: u32 = quarter.parse().ok()?;
            NaiveDate::from_ymd_opt(year.parse().ok()?, quarter.checked_sub(1)? * MONTHS + 1, 1)
        });
        first.map(|first| Quarter { first }).ok_or(QuarterError)
    }
}
impl Serialize for Quarter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Quarter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Quarter, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
impl PartialSchema for Quarter {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9]{4}-Q[1-4]$")).into()
    }
}
impl ToSchema for Quarter {}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(day: &str, quarter: &str, last: &str) {
        let found = Quarter::of(day.parse().unwrap());
        assert_eq!((found.to_string().as_str(), found.last().to_string().as_str()), (quarter, last));
        assert_eq!(quarter.parse(), Ok(found));
        assert!(found.has(day.parse().unwrap()) && !found.previous().has(day.parse().unwrap()));
    }

    #[test]
    fn a_day_is_in_one_quarter() {
        check("2026-01-01", "2026-Q1", "2026-03-31");
        check("2026-06-30", "2026-Q2", "2026-06-30");
        check("2026-07-01", "2026-Q3", "2026-09-30");
        check("2026-12-31", "2026-Q4", "2026-12-31");
    }

    #[test]
    fn what_is_no_quarter_is_refused() {
        for text in ["", "2026", "2026-Q0", "2026-Q5", "2026-4", "26-Q4", "2026-Q04", "2026-q4", "+026-Q4"] {
            assert_eq!(text.parse::<Quarter>(), Err(QuarterError), "{text}");
        }
    }
}
