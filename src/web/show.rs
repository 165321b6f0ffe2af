//! Numbers, amounts and days as a page shows them; one way for each. In a template whose module
//! says `use crate::web::show;`: `{{ show::money(claim.charged) }}`.

use std::borrow::Borrow;
use std::fmt;

use askama::filters::HtmlSafe;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::types::Money;

/// Markup that is safe as it stands: it holds digits and our own tags only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Markup(String);

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl HtmlSafe for Markup {}

/// An amount: `1,284.00`, negative `(117.98)` with its bracket hanging.
#[must_use]
pub fn money(amount: impl Borrow<Money>) -> Markup {
    let amount = *amount.borrow();
    let text = amount.abs().to_string();
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let shown = format!("{}.{cents}", grouped(whole));
    Markup(if amount.is_negative() {
        format!(r#"<data class="neg" value="{amount}"><span class="sr">minus </span>({shown})</data>"#)
    } else {
        format!(r#"<data value="{amount}">{shown}</data>"#)
    })
}

/// An amount, or `–` where there is none: `0.00` is known to be nothing.
#[must_use]
pub fn maybe_money(amount: impl Borrow<Option<Money>>) -> Markup {
    amount.borrow().map_or_else(|| Markup("–".to_owned()), money)
}

/// Whole dollars, for the dashboard and charts only: `91,488`.
#[must_use]
pub fn dollars(amount: impl Borrow<Money>) -> Markup {
    let amount = *amount.borrow();
    let cents = amount.cents();
    let rounded = (cents.abs() + 50) / 100;
    let shown = grouped(&rounded.to_string());
    Markup(if amount.is_negative() && rounded > 0 {
        format!(r#"<data class="neg" value="{amount}"><span class="sr">minus </span>({shown})</data>"#)
    } else {
        format!(r#"<data value="{amount}">{shown}</data>"#)
    })
}

/// How many: `1,284`.
#[must_use]
pub fn count(number: impl Borrow<i64>) -> Markup {
    let number = *number.borrow();
    let sign = if number < 0 { "−" } else { "" };
    Markup(format!("{sign}{}", grouped(&number.unsigned_abs().to_string())))
}

/// A day: `11/23/2026`.
#[must_use]
pub fn date(day: impl Borrow<NaiveDate>) -> Markup {
    let day = *day.borrow();
    Markup(format!(r#"<time datetime="{day}">{}</time>"#, day.format("%m/%d/%Y")))
}

/// A day, or `–`.
#[must_use]
pub fn maybe_date(day: impl Borrow<Option<NaiveDate>>) -> Markup {
    day.borrow().map_or_else(|| Markup("–".to_owned()), date)
}

/// A day whose year is plain: `11/23`.
#[must_use]
pub fn short_date(day: impl Borrow<NaiveDate>) -> Markup {
    let day = *day.borrow();
    Markup(format!(r#"<time datetime="{day}">{:02}/{:02}</time>"#, day.month(), day.day()))
}

/// A moment, in the practice's zone: `11/23/2026 09:38`.
#[must_use]
pub fn moment(at: impl Borrow<DateTime<Utc>>, zone: impl Borrow<Tz>) -> Markup {
    let at = *at.borrow();
    let local = at.with_timezone(zone.borrow());
    let exact = at.format("%Y-%m-%dT%H:%M:%SZ");
    Markup(format!(r#"<time datetime="{exact}">{}</time>"#, local.format("%m/%d/%Y %H:%M")))
}

/// A time of day, in the practice's zone: `09:38:12`.
#[must_use]
pub fn time(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%H:%M:%S").to_string()
}

/// A stored name as a person writes it: `partially_paid` is `Partially paid`.
#[must_use]
pub fn words(stored: &str) -> String {
    let text = stored.replace('_', " ");
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cents: i64, expected: &str) {
        assert_eq!(money(Money::from_cents(cents)).to_string(), expected);
    }

    #[test]
    fn money_has_groups_two_decimals_and_hanging_brackets() {
        check(128_400, r#"<data value="1284.00">1,284.00</data>"#);
        check(0, r#"<data value="0.00">0.00</data>"#);
        check(123_456_789, r#"<data value="1234567.89">1,234,567.89</data>"#);
        check(-11_798, r#"<data class="neg" value="-117.98"><span class="sr">minus </span>(117.98)</data>"#);
        assert_eq!(maybe_money(None).to_string(), "–");
    }

    #[test]
    fn whole_dollars_round_halves_up() {
        assert_eq!(dollars(Money::from_cents(150)).to_string(), r#"<data value="1.50">2</data>"#);
        assert_eq!(dollars(Money::from_cents(-40)).to_string(), r#"<data value="-0.40">0</data>"#);
    }

    #[test]
    fn stored_names_are_written_as_words() {
        assert_eq!(words("claim_payment"), "Claim payment");
        assert_eq!(words(""), "");
    }

    #[test]
    fn days_are_written_as_the_office_writes_them() {
        let day: NaiveDate = "2026-09-04".parse().unwrap();
        assert_eq!(date(day).to_string(), r#"<time datetime="2026-09-04">09/04/2026</time>"#);
        let at: DateTime<Utc> = "2026-11-23T15:38:00Z".parse().unwrap();
        assert_eq!(
            moment(at, chrono_tz::America::Chicago).to_string(),
            r#"<time datetime="2026-11-23T15:38:00Z">11/23/2026 09:38</time>"#
        );
    }
}
