//! What a bank's file says, whatever its form.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::types::{Bytes, Money};

/// How money came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DepositKind {
    /// An electronic payment through the ACH network: an EFT.
    Ach,
    /// Checks that were paid in, or came to a lockbox.
    Check,
    /// A wire transfer.
    Wire,
    /// Anything else, or the file does not say.
    Other,
}

impl DepositKind {
    /// The kind's name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            DepositKind::Ach => "ach",
            DepositKind::Check => "check",
            DepositKind::Wire => "wire",
            DepositKind::Other => "other",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<DepositKind> {
        [DepositKind::Ach, DepositKind::Check, DepositKind::Wire, DepositKind::Other]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// The form of a bank's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BankFormat {
    /// A table with captions.
    Csv,
    /// BAI2 (Cash Management Balance Reporting Specifications, version 2).
    Bai2,
    /// NACHA: 94-character records with CCD+ addenda.
    Nacha,
}

/// A trace as an EFT carries it beside the money: TRN of the 835 in a CCD+ addenda record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// TRN02.
    pub number: String,
    /// TRN03: 1 and the payer's tax id.
    pub payer: Option<String>,
}

impl Trace {
    /// Finds `TRN*1*number*payer\` in a text. The segment ends with `\`, `~`, a blank, or the text.
    #[must_use]
    pub fn find(text: &str) -> Option<Trace> {
        let rest = text.split_once("TRN*1*")?.1;
        let segment = rest.split(['\\', '~', '/']).next()?;
        let mut elements = segment.split('*');
        let word = |text: Option<&str>| {
            let word = text?.split_whitespace().next()?;
            (word.len() <= 50).then(|| word.to_owned())
        };
        let number = word(elements.next())?;
        Some(Trace { number, payer: word(elements.next()) })
    }
}

/// A credit of a bank's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankLine {
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// Where it stands.
    pub bytes: Bytes,
    /// The bank's date: when the money was there (as-of date, effective entry date).
    pub on: NaiveDate,
    /// How much, above zero.
    pub amount: Money,
    /// How it came.
    pub kind: DepositKind,
    /// The trace of an EFT, or a check's number.
    pub trace: Option<Trace>,
    /// The bank's own reference.
    pub reference: Option<String>,
    /// The bank's text.
    pub description: String,
}

impl BankLine {
    /// What tells the line apart from another of its day and amount, in whichever file it comes.
    #[must_use]
    pub fn key(&self) -> &str {
        let trace = self.trace.as_ref().map(|trace| trace.number.as_str());
        trace.or(self.reference.as_deref()).unwrap_or(&self.description)
    }
}

/// What is wrong with a bank's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BankFileProblem {
    /// The line, from 1.
    pub line: u64,
    /// What was expected there. What stands there is not repeated: it may name a patient.
    pub expected: String,
}

/// A bank's file, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankFile {
    /// Its form.
    pub format: BankFormat,
    /// The last digits of the account's number, where the file says it.
    pub last_four: Option<String>,
    /// Its credits, in their order.
    pub lines: Vec<BankLine>,
    /// Debits, balances and notices: not money that came in.
    pub passed: usize,
    /// What could not be read, and totals that do not add up.
    pub problems: Vec<BankFileProblem>,
}

impl BankFile {
    pub(super) const fn new(format: BankFormat) -> BankFile {
        BankFile { format, last_four: None, lines: vec![], passed: 0, problems: vec![] }
    }

    pub(super) fn problem(&mut self, line: u64, expected: impl Into<String>) {
        self.problems.push(BankFileProblem { line, expected: expected.into() });
    }
}

/// The lines of a file with their number and place, without their line ends.
pub(super) fn lines(bytes: &[u8]) -> Vec<(u64, Bytes, String)> {
    let mut found = vec![];
    let mut first = 0u64;
    for (number, line) in (1u64..).zip(bytes.split(|byte| *byte == b'\n')) {
        let length = line.len() as u64;
        let text = String::from_utf8_lossy(line).trim_end_matches('\r').to_owned();
        if !text.trim().is_empty() {
            found.push((number, Bytes { first, last: first + length - 1 }, text));
        }
        first += length + 1;
    }
    found
}

/// The last four digits of an account's number.
pub(super) fn last_four(number: &str) -> Option<String> {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    (!digits.is_empty()).then(|| digits[digits.len().saturating_sub(4)..].iter().collect())
}

/// A date as YYMMDD, of this century.
pub(super) fn six_digits(text: &str) -> Option<NaiveDate> {
    let all_digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| NaiveDate::parse_from_str(&format!("20{text}"), "%Y%m%d").ok())?
}

/// Whole cents without a point, as both bank formats write amounts.
pub(super) fn cents(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let read = !digits.is_empty() && digits.len() <= 14 && digits.bytes().all(|byte| byte.is_ascii_digit());
    read.then(|| digits.parse::<i64>().ok())?.map(|cents| sign * cents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_found_in_whatever_surrounds_it() {
        let trace = |number: &str, payer: Option<&str>| {
            Some(Trace { number: number.into(), payer: payer.map(str::to_owned) })
        };
        assert_eq!(Trace::find("TRN*1*T-77*1512345678\\"), trace("T-77", Some("1512345678")));
        assert_eq!(Trace::find("ACME HCCLAIMPMT TRN*1*9*1999999999~ CCD"), trace("9", Some("1999999999")));
        assert_eq!(Trace::find("TRN*1*9"), trace("9", None));
        assert_eq!(Trace::find("TRN*1*9*1512345678*999999999\\"), trace("9", Some("1512345678")));
        assert_eq!(Trace::find("TRN*1*\\"), None);
        assert_eq!(Trace::find("no trace"), None);
    }
}
