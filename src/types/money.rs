//! Money: exact cents.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Numeric;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// An amount of US dollars, exact to the cent, negative when it flows the other way.
///
/// Stored as `numeric(14,2)`. In JSON it is a number with two decimals, written exactly; a
/// string is also read.
///
/// ```
/// use firstpass_types::Money;
/// let charged: Money = "150.00".parse().unwrap();
/// assert_eq!((charged - "30.5".parse().unwrap()).to_string(), "119.50");
/// assert!("1.005".parse::<Money>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Numeric)]
pub struct Money(i64);

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not digits with an optional leading minus and at most one point.
    #[error("not an amount: expected digits, at most one point, an optional leading minus")]
    NotANumber,
    /// A third decimal other than zero.
    #[error("an amount has at most two decimals")]
    FractionOfACent,
    /// More than `numeric(14,2)` holds.
    #[error("an amount has at most twelve digits before the point")]
    TooLarge,
}

/// Digits without the commas between their thousands, if they stand just there.
fn without_thousands(digits: &str) -> Option<String> {
    let (whole, decimals) = digits.find('.').map_or((digits, ""), |at| digits.split_at(at));
    let mut groups = whole.split(',');
    let first = groups.next().filter(|first| (1..=3).contains(&first.len()) && !first.starts_with('0'))?;
    let mut plain = first.to_owned();
    for group in groups {
        plain.push_str(Some(group).filter(|group| group.len() == 3)?);
    }
    plain.push_str(decimals);
    Some(plain)
}

/// The largest amount the database column holds, in cents.
const LIMIT: i64 = 99_999_999_999_999;

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);

    /// From whole cents.
    #[must_use]
    pub const fn from_cents(cents: i64) -> Money {
        Money(cents)
    }

    /// Whole cents: for hashes and for arithmetic that the type does not offer.
    #[must_use]
    pub const fn cents(self) -> i64 {
        self.0
    }

    /// Reads an X12 `R` element: `150`, `150.5`, `.5`, `-20.00`. A leading plus, exponents and
    /// blanks are not numbers (X12.6 3.5.1.4).
    ///
    /// # Errors
    /// [`MoneyError`] says which rule the text breaks.
    pub fn parse(text: &[u8]) -> Result<Money, MoneyError> {
        match plain_cents(text) {
            Some(cents) => Ok(Money(cents)),
            None => Money::parse_any(text),
        }
    }

    /// Amounts with a sign, and those of any length.
    #[inline(never)]
    fn parse_any(text: &[u8]) -> Result<Money, MoneyError> {
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let mut cents: i64 = 0;
        let mut decimals: Option<u8> = None;
        let mut seen = false;
        for &byte in digits {
            match byte {
                b'0'..=b'9' => {
                    seen = true;
                    match decimals {
                        Some(2) if byte != b'0' => return Err(MoneyError::FractionOfACent),
                        Some(2) => continue,
                        Some(n) => decimals = Some(n + 1),
                        None => {}
                    }
                    cents = cents * 10 + i64::from(byte - b'0');
                    if cents > LIMIT {
                        return Err(MoneyError::TooLarge);
                    }
                }
                b'.' if decimals.is_none() => decimals = Some(0),
                _ => return Err(MoneyError::NotANumber),
            }
        }
        if !seen {
            return Err(MoneyError::NotANumber);
        }
        for _ in decimals.unwrap_or(0)..2 {
            cents *= 10;
        }
        if cents > LIMIT {
            return Err(MoneyError::TooLarge);
        }
        Ok(Money(if negative { -cents } else { cents }))
    }

    /// Reads an amount as people write it in sheets and forms: `1234.5`, `$1,234.50`, `$ 12`, and below
    /// nothing `-12.00`, `-$12.00`, `$-12.00` or, as bookkeepers do, `(12.00)`; blanks around it do not
    /// count.
    ///
    /// Commas part thousands and nothing else: `1,23` and `0,123`, which elsewhere have a decimal comma,
    /// are no amounts, for either reading would be a guess.
    ///
    /// # Errors
    /// As [`Money::parse`].
    pub fn parse_written(text: &str) -> Result<Money, MoneyError> {
        let text = text.trim();
        let in_brackets = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
        let (negative, rest) = match (in_brackets, text.strip_prefix('-')) {
            (Some(inside), _) => (true, inside.trim()),
            (None, Some(rest)) => (true, rest),
            (None, None) => (false, text),
        };
        let digits = rest.strip_prefix('$').map_or(rest, str::trim_start);
        let (negative, digits) = match digits.strip_prefix('-') {
            Some(digits) if !negative => (true, digits),
            _ => (negative, digits),
        };
        if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return Err(MoneyError::NotANumber);
        }
        let amount = match digits.contains(',') {
            true => Money::parse(without_thousands(digits).ok_or(MoneyError::NotANumber)?.as_bytes())?,
            false => Money::parse(digits.as_bytes())?,
        };
        Ok(if negative { -amount } else { amount })
    }

    /// The shortest X12 form: `150`, `150.5`, `0`, `-0.25` (X12.6: no superfluous zeros).
    #[must_use]
    pub fn to_x12(self) -> String {
        let text = self.to_string();
        match text.split_once('.') {
            Some((whole, "00")) => whole.to_owned(),
            Some(_) => text.strip_suffix('0').unwrap_or(&text).to_owned(),
            None => text,
        }
    }

    /// The amount as a decimal, for rates.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.0, 2)
    }

    /// Multiplies by a rate or a count; the result is exact until it is rounded by name.
    #[must_use]
    pub fn times(self, factor: impl Into<Decimal>) -> Exact {
        Exact(self.to_decimal() * factor.into())
    }

    /// The sum, or the furthest amount there is: for adding up what a stranger's file says.
    #[must_use]
    pub const fn saturating_add(self, other: Money) -> Money {
        Money(self.0.saturating_add(other.0))
    }

    /// Without its sign.
    #[must_use]
    pub const fn abs(self) -> Money {
        Money(self.0.abs())
    }

    /// True for exactly 0.00.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// True below 0.00.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// True above 0.00.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Splits into shares in proportion to `weights`; the last share with a weight takes the
    /// odd cents, so the shares always sum to the whole. All weights zero: all of it goes last.
    ///
    /// ```
    /// use firstpass_types::Money;
    /// let thirds = Money::from_cents(100).allocate(&[1, 1, 1]);
    /// assert_eq!(thirds, [33, 33, 34].map(Money::from_cents));
    /// ```
    #[must_use]
    pub fn allocate(self, weights: &[u64]) -> Vec<Money> {
        let total: u128 = weights.iter().map(|&w| u128::from(w)).sum();
        let mut shares = vec![Money::ZERO; weights.len()];
        let Some(last) = weights.iter().rposition(|&w| w > 0).or(weights.len().checked_sub(1)) else {
            return shares;
        };
        let mut left = self;
        for (share, &weight) in shares.iter_mut().zip(weights).take(last) {
            let size = u128::from(self.0.unsigned_abs()) * u128::from(weight) / total.max(1);
            let cents = i64::try_from(size).expect("a share is no larger than its whole");
            *share = Money(cents * self.0.signum());
            left -= *share;
        }
        shares[last] = left;
        shares
    }
}

/// One in each byte.
const EACH: u64 = u64::from_ne_bytes([1; 8]);

/// Amounts as nearly all are written, up to eight characters with no or one or two decimals, all of
/// them at once: their lengths vary too much for a loop to be guessed. The others are read with
/// care.
#[inline]
fn plain_cents(text: &[u8]) -> Option<i64> {
    let length = text.len();
    // The last character in the highest byte, the others below it.
    let eight = match (text, text.first_chunk(), text.last_chunk()) {
        (_, Some(first), Some(last)) if length <= 8 => {
            let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
            u64::from(last) << 32 | u64::from(first) << (8 * (8 - length))
        }
        ([one], ..) => u64::from_le_bytes([0, 0, 0, 0, 0, 0, 0, *one]),
        ([one, two], ..) => u64::from_le_bytes([0, 0, 0, 0, 0, 0, *one, *two]),
        ([one, two, three], ..) => u64::from_le_bytes([0, 0, 0, 0, 0, *one, *two, *three]),
        _ => return None,
    };
    let [.., third_last, second_last, _] = eight.to_le_bytes();
    let (two, one) = (u32::from(third_last == b'.'), u32::from(second_last == b'.'));
    let (decimals, point) = (2 * two + one, two | one);
    // What stands before the point moves up to what stands behind it. Two points: one stays.
    let behind = eight & !(u64::MAX >> (8 * decimals));
    let before = (eight & (u64::MAX >> (8 * (decimals + point)))) << (8 * point);
    let zeros = (EACH * 0x30) >> 8 >> (8 * (length - 1 - point as usize));
    let values = (behind | before | zeros) ^ (EACH * 0x30);
    if (values.wrapping_add(EACH * 6) | values) & (EACH * 0xF0) != 0 {
        return None;
    }
    // Neighbours join: digits to pairs, pairs to fours, fours to the number.
    let pairs = values.wrapping_mul(1 + (10 << 8)) >> 8 & 0x00FF_00FF_00FF_00FF;
    let fours = pairs.wrapping_mul(1 + (100 << 16)) >> 16 & 0x0000_FFFF_0000_FFFF;
    let number = fours.wrapping_mul(1 + (10_000 << 32)) >> 32;
    let scale = const { &[100, 10, 1, 0] }[decimals as usize & 3];
    Some((number * scale).cast_signed())
}

/// A product of money and a rate that has not been rounded yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exact(Decimal);

impl Exact {
    /// To the cent, halves away from zero: how fee schedules and payers round.
    ///
    /// # Panics
    /// When the result is beyond what the ledger holds; rates and charges are checked long before.
    #[must_use]
    pub fn round_half_up(self) -> Money {
        self.0
            .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
            .try_into()
            .expect("a rounded product is within numeric(14,2)")
    }

    /// The same, for factors that somebody's file says.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] beyond what the ledger holds.
    pub fn checked_round_half_up(self) -> Result<Money, MoneyError> {
        self.0.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero).try_into()
    }
}

impl TryFrom<Decimal> for Money {
    type Error = MoneyError;
    fn try_from(value: Decimal) -> Result<Money, MoneyError> {
        let cents = value.checked_mul(Decimal::ONE_HUNDRED).ok_or(MoneyError::TooLarge)?;
        if !cents.fract().is_zero() {
            return Err(MoneyError::FractionOfACent);
        }
        let cents = i64::try_from(cents).map_err(|_ignored| MoneyError::TooLarge)?;
        if cents.abs() > LIMIT { Err(MoneyError::TooLarge) } else { Ok(Money(cents)) }
    }
}

impl FromStr for Money {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Money, MoneyError> {
        Money::parse(text.as_bytes())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.0.unsigned_abs();
        f.pad(&format!("{}{}.{:02}", if self.0 < 0 { "-" } else { "" }, cents / 100, cents % 100))
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0.checked_add(other.0).expect("sums of ledger amounts stay far below i64"))
    }
}
impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        self + -other
    }
}
impl Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money(-self.0)
    }
}
impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        *self = *self + other;
    }
}
impl SubAssign for Money {
    fn sub_assign(&mut self, other: Money) {
        *self = *self - other;
    }
}
impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}
impl<'a> Sum<&'a Money> for Money {
    fn sum<I: Iterator<Item = &'a Money>>(amounts: I) -> Money {
        amounts.copied().sum()
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number: serde_json::Number = self.to_string().parse().map_err(serde::ser::Error::custom)?;
        number.serialize(serializer)
    }
}
impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

/// Money as JSON has it: a number or a text. With all its digits (`arbitrary_precision`) a number comes
/// as a map of one text.
struct Written;

impl<'de> Visitor<'de> for Written {
    type Value = Money;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Money, E> {
        text.parse().map_err(E::custom)
    }
    fn visit_u64<E: de::Error>(self, dollars: u64) -> Result<Money, E> {
        self.visit_str(&dollars.to_string())
    }
    fn visit_i64<E: de::Error>(self, dollars: i64) -> Result<Money, E> {
        self.visit_str(&dollars.to_string())
    }
    fn visit_f64<E: de::Error>(self, dollars: f64) -> Result<Money, E> {
        // The shortest digits that mean this number: those that were written.
        self.visit_str(&dollars.to_string())
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Money, A::Error> {
        let number = serde_json::Number::deserialize(MapAccessDeserializer::new(map))?;
        self.visit_str(number.as_str())
    }
}

impl PartialSchema for Money {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Number)
            .description(Some("US dollars, exact to the cent, always with two decimals."))
            .into()
    }
}
impl ToSchema for Money {}

impl ToSql<Numeric, Pg> for Money {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let decimal = self.to_decimal();
        <Decimal as ToSql<Numeric, Pg>>::to_sql(&decimal, &mut out.reborrow())
    }
}
impl FromSql<Numeric, Pg> for Money {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Money> {
        let decimal = <Decimal as FromSql<Numeric, Pg>>::from_sql(bytes)?;
        Ok(Money::try_from(decimal)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: Result<i64, MoneyError>) {
        assert_eq!(Money::parse(text.as_bytes()).map(Money::cents), expected, "{text}");
    }

    #[test]
    fn x12_amounts_are_read_to_the_cent() {
        check("150", Ok(15_000));
        check("150.5", Ok(15_050));
        check(".5", Ok(50));
        check("5.", Ok(500));
        check("-20.00", Ok(-2_000));
        check("-0", Ok(0));
        check("100.000", Ok(10_000));
        check("999999999999.99", Ok(99_999_999_999_999));
    }

    #[test]
    fn amounts_are_read_as_people_write_them_and_never_by_a_guess() {
        for (text, cents) in [
            ("1234.56", 123_456),
            ("$1,234.56", 123_456),
            ("1,234.56", 123_456),
            (" $ 1,234,567 ", 123_456_700),
            ("\u{a0}$12\u{a0}", 1_200),
            ("(12.00)", -1_200),
            ("( $1,000.5 )", -100_050),
            ("-12.00", -1_200),
            ("-$12", -1_200),
            ("$-12", -1_200),
            ("$.50", 50),
            ("0", 0),
            ("(0.00)", 0),
        ] {
            assert_eq!(Money::parse_written(text), Ok(Money(cents)), "{text}");
        }
        for text in [
            "",
            "$",
            "()",
            "(",
            "(12",
            "12)",
            "-(12)",
            "(-12)",
            "--12",
            "-$-12",
            "($-12)",
            "$$12",
            "12$",
            "1,23",
            "1,2345",
            "12,34,567",
            ",123",
            "1234,567",
            "0,123",
            "1,234.5,6",
            "1 234",
            "1e3",
            "+12",
            "12-",
            "USD 12",
        ] {
            assert_eq!(Money::parse_written(text), Err(MoneyError::NotANumber), "{text}");
        }
        assert_eq!(Money::parse_written("$1,234.567"), Err(MoneyError::FractionOfACent));
        assert!(Money::parse_written("1.234,56").is_err());
    }

    #[test]
    fn what_is_no_amount_is_said_to_be_none() {
        check("", Err(MoneyError::NotANumber));
        check("-", Err(MoneyError::NotANumber));
        check(".", Err(MoneyError::NotANumber));
        check("1.2.3", Err(MoneyError::NotANumber));
        check("+5", Err(MoneyError::NotANumber));
        check("1e3", Err(MoneyError::NotANumber));
        check(" 5", Err(MoneyError::NotANumber));
        check("1.005", Err(MoneyError::FractionOfACent));
        check("1000000000000", Err(MoneyError::TooLarge));
        check("99999999999999999999999999", Err(MoneyError::TooLarge));
    }

    /// The quick way reads an amount as the careful one does, or leaves it to it.
    #[track_caller]
    fn read_alike(text: &[u8]) {
        if let Some(cents) = plain_cents(text) {
            assert_eq!(Money::parse_any(text), Ok(Money(cents)), "{text:?}");
        }
    }

    #[test]
    fn all_short_texts_are_read_alike_quickly_and_with_care() {
        const CHARACTERS: &[u8] = b"019./:- ";
        let mut texts = vec![Vec::new()];
        for length in 0..=5 {
            texts.iter().for_each(|text: &Vec<u8>| read_alike(text));
            if length < 5 {
                let longer = |text: &Vec<u8>| {
                    CHARACTERS.iter().map(|&byte| [&text[..], &[byte]].concat()).collect::<Vec<_>>()
                };
                texts = texts.iter().flat_map(longer).collect();
            }
        }
        for (text, cents) in
            [("150.31", 15_031), ("12345.67", 1_234_567), ("7", 700), ("99999999", 9_999_999_900)]
        {
            assert_eq!(plain_cents(text.as_bytes()), Some(cents));
        }
    }

    #[test]
    fn x12_text_has_no_superfluous_zeros() {
        for (cents, text) in [(15_000, "150"), (15_050, "150.5"), (-25, "-0.25"), (0, "0"), (10, "0.1")] {
            assert_eq!(Money(cents).to_x12(), text);
        }
    }

    #[test]
    fn json_is_an_exact_number_and_text_is_read_too() {
        assert_eq!(serde_json::to_string(&Money(10_050)).unwrap(), "100.50");
        assert_eq!(serde_json::from_str::<Money>("100.5").unwrap(), Money(10_050));
        assert_eq!(serde_json::from_str::<Money>("\"-3\"").unwrap(), Money(-300));
        assert!(serde_json::from_str::<Money>("0.001").is_err());
    }

    #[test]
    fn halves_round_away_from_zero() {
        let rate = Decimal::new(5, 1);
        assert_eq!(Money(101).times(rate).round_half_up(), Money(51));
        assert_eq!(Money(-101).times(rate).round_half_up(), Money(-51));
    }

    proptest! {
        #[test]
        fn text_is_read_back(cents in -LIMIT..=LIMIT) {
            prop_assert_eq!(Money::parse(Money(cents).to_string().as_bytes()), Ok(Money(cents)));
            prop_assert_eq!(Money::parse(Money(cents).to_x12().as_bytes()), Ok(Money(cents)));
        }

        #[test]
        fn texts_are_read_alike_quickly_and_with_care(text in "[0-9]{0,9}[.]?[0-9]{0,3}|[0-9.,/:^ -]{0,9}") {
            read_alike(text.as_bytes());
        }

        #[test]
        fn allocating_loses_no_cent(cents in -LIMIT..=LIMIT, weights in prop::collection::vec(0u64..1_000_000, 1..9)) {
            let shares = Money(cents).allocate(&weights);
            prop_assert_eq!(shares.iter().sum::<Money>(), Money(cents));
            prop_assert_eq!(shares.len(), weights.len());
        }
    }
}
