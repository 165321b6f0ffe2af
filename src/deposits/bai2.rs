//! BAI2, the bank's daily report: records 01 (file), 02 (group), 03 (account), 16 (transaction), 88
//! (continues the one before), and the trailers 49, 98 and 99 with control totals and counts (BAI,
//! Cash Management Balance Reporting Specifications, version 2).
//!
//! Credits have the type codes 100 to 399. A transaction is dated by its group's as-of date (02-05).
//! The trace of an EFT stands in the text (16, last field), often over several 88 records.

use chrono::NaiveDate;

use crate::deposits::model::{
    BankFile, BankFormat, BankLine, DepositKind, Trace, cents, last_four, lines, six_digits,
};
use crate::types::{Bytes, Money};

/// A record with those that continue it.
struct Record {
    line: u64,
    bytes: Bytes,
    /// The lines that it is made of.
    lines: u64,
    text: String,
    /// The text as it is when what an 88 continues is cut within a word.
    unspaced: String,
}

/// What a trailer is compared with.
#[derive(Clone, Copy, Default)]
struct Sums {
    cents: i64,
    /// Accounts in a group, groups in a file.
    parts: u64,
    records: u64,
}

/// Reads a BAI2 file. Whatever is wrong is a problem, and the rest is read.
pub(super) fn read(content: &[u8]) -> BankFile {
    let mut file = BankFile::new(BankFormat::Bai2);
    let (mut account, mut group, mut whole) = (Sums::default(), Sums::default(), Sums::default());
    let mut as_of: Option<NaiveDate> = None;
    let mut ended = false;
    for record in records(content, &mut file) {
        let fields: Vec<&str> = record.text.split(',').collect();
        let count = record.lines;
        match fields[0] {
            "01" => whole.records += count,
            "02" => {
                group = Sums { records: count, ..Sums::default() };
                as_of = fields.get(4).and_then(|day| six_digits(day.trim()));
                if as_of.is_none() {
                    file.problem(record.line, "02-05: the as-of date as YYMMDD");
                }
            }
            "03" => {
                account = Sums { records: count, cents: summed(&fields), parts: 0 };
                file.last_four = fields.get(1).and_then(|number| last_four(number)).or(file.last_four);
            }
            "16" => {
                account.records += count;
                match transaction(&record, as_of) {
                    Ok((cents, line)) => {
                        account.cents = account.cents.saturating_add(cents);
                        match line {
                            Some(line) => file.lines.push(line),
                            None => file.passed += 1,
                        }
                    }
                    Err(expected) => file.problem(record.line, expected),
                }
            }
            "49" => {
                account.records += count;
                trailer(&mut file, &record, "49", account, None);
                group.cents = group.cents.saturating_add(account.cents);
                group.parts += 1;
                group.records += account.records;
            }
            "98" => {
                group.records += count;
                trailer(&mut file, &record, "98", group, Some("accounts"));
                whole.cents = whole.cents.saturating_add(group.cents);
                whole.parts += 1;
                whole.records += group.records;
            }
            "99" => {
                whole.records += count;
                trailer(&mut file, &record, "99", whole, Some("groups"));
                ended = true;
            }
            _ => file.problem(record.line, "a record 01, 02, 03, 16, 49, 88, 98 or 99"),
        }
    }
    if !ended {
        let last = lines(content).last().map_or(1, |line| line.0);
        file.problem(last, "a record 99 at the end: the file is cut off");
    }
    file
}

fn records(content: &[u8], file: &mut BankFile) -> Vec<Record> {
    let mut records: Vec<Record> = vec![];
    for (line, bytes, text) in lines(content) {
        let text = text.trim();
        let Some(continued) = text.strip_prefix("88,") else {
            let text = unended(text);
            records.push(Record { line, bytes, lines: 1, text: text.into(), unspaced: text.into() });
            continue;
        };
        let Some(record) = records.last_mut() else {
            file.problem(line, "a record before the 88 that continues it");
            continue;
        };
        let continued = unended(continued);
        // Fields of an account's summary go on after a comma, a text after a blank.
        let between = if record.text.starts_with("16,") { " " } else { "," };
        record.text.push_str(between);
        record.text.push_str(continued);
        record.unspaced.push_str(continued);
        record.bytes.last = bytes.last;
        record.lines += 1;
    }
    records
}

/// A record without the slash that ends it.
fn unended(text: &str) -> &str {
    text.strip_suffix('/').unwrap_or(text)
}

/// The amounts of an account's summary (03): code, amount, items and funds type, repeated.
fn summed(fields: &[&str]) -> i64 {
    let mut at = 3;
    let mut sum = 0i64;
    while at < fields.len() {
        if let Some(cents) = fields.get(at + 1).and_then(|amount| cents(amount.trim())) {
            sum = sum.saturating_add(cents);
        }
        at += 4 + funds(fields, at + 3);
    }
    sum
}

/// How many more fields a funds type at this place has: `S` three amounts, `V` date and time, `D` a
/// count and as many pairs of days and amount.
fn funds(fields: &[&str], at: usize) -> usize {
    match fields.get(at).map(|kind| kind.trim()) {
        Some("S") => 3,
        Some("V") => 2,
        Some("D") => {
            let pairs = fields.get(at + 1).and_then(|count| count.trim().parse::<usize>().ok());
            1 + 2 * pairs.unwrap_or(0).min(fields.len())
        }
        _ => 0,
    }
}

/// A transaction's cents, and its line when it is money that came in.
fn transaction(record: &Record, as_of: Option<NaiveDate>) -> Result<(i64, Option<BankLine>), String> {
    let fields: Vec<&str> = record.text.split(',').collect();
    let code: Option<u16> = fields.get(1).and_then(|code| code.trim().parse().ok());
    let code = code.filter(|code| (100..1000).contains(code)).ok_or("16-02: a type code of three digits")?;
    let cents = fields.get(2).and_then(|amount| cents(amount.trim()));
    let cents = cents.ok_or("16-03: an amount in cents, digits only")?;
    if !(100..400).contains(&code) || cents <= 0 {
        return Ok((cents, None));
    }
    let on = as_of.ok_or("an as-of date in the 02 before it")?;
    let references = 4 + funds(&fields, 3);
    let word = |at: usize| {
        let word = fields.get(at).map(|word| word.trim());
        word.filter(|word| !word.is_empty() && word.len() <= 50).map(str::to_owned)
    };
    let (bank, customer) = (word(references), word(references + 1));
    let description: String = fields.iter().skip(references + 2).copied().collect::<Vec<_>>().join(",");
    let kind = match code {
        142 | 164..=169 => DepositKind::Ach,
        115 | 116 | 170..=175 | 301 => DepositKind::Check,
        191 | 195 | 206 | 208 => DepositKind::Wire,
        _ => DepositKind::Other,
    };
    let found = [Trace::find(&record.text), Trace::find(&record.unspaced)];
    // TRN03 has ten characters: the one that has is cut where the sender ended it.
    let whole = |trace: &Trace| trace.payer.as_ref().is_some_and(|payer| payer.len() == 10);
    let found = found.into_iter().rev().flatten().max_by_key(whole);
    let check = || customer.clone().filter(|_| kind == DepositKind::Check);
    let trace = found.or_else(|| check().map(|number| Trace { number, payer: None }));
    let line = BankLine {
        line: record.line,
        bytes: record.bytes,
        on,
        amount: Money::from_cents(cents),
        kind,
        trace,
        reference: bank.or(customer),
        description: description.trim().to_owned(),
    };
    Ok((cents, Some(line)))
}

/// Compares a trailer with what was read.
fn trailer(file: &mut BankFile, record: &Record, name: &str, sums: Sums, parts: Option<&str>) {
    let fields: Vec<&str> = record.text.split(',').map(str::trim).collect();
    let said = |at: usize| fields.get(at).and_then(|text| cents(text));
    if said(1) != Some(sums.cents) {
        file.problem(record.line, format!("{name}-02: the control total {}", sums.cents));
    }
    let number = |count: u64| i64::try_from(count).ok();
    if let Some(parts) = parts
        && said(2) != number(sums.parts)
    {
        file.problem(record.line, format!("{name}-03: {} {parts}", sums.parts));
    }
    let place = if parts.is_some() { 3 } else { 2 };
    if said(place) != number(sums.records) {
        file.problem(record.line, format!("{name}-0{}: {} records", place + 1, sums.records));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // 03: 1,000.00 of balance; 16: 150.00 ACH with its trace over two records, 80.25 check, 20.00 out.
    // 49: 100000 + 15000 + 8025 + 2000 = 125025; records 03, 16, 88, 16, 16, 49 = 6; 98: 8; 99: 10.
    const GOOD: &str = "01,BANK,PRACTICE,261127,0600,1,80,,2/\n\
        02,PRACTICE,BANK,1,261125,,USD,2/\n\
        03,000123456789,USD,010,100000,,/\n\
        16,165,15000,Z,BR1,CR1,ACME HEALTH HCCLAIMPMT TRN*1*T-1*15123\n\
        88,45678\\ DAY, ONE\n\
        16,301,8025,S,0,8025,0,BR2,1077,CHECK/\n\
        16,475,2000,,BR3,,PAID OUT/\n\
        49,125025,6/\n\
        98,125025,1,8/\n\
        99,125025,1,10/\n";

    #[test]
    fn credits_are_read_with_their_trace_and_the_totals_hold() {
        let file = read(GOOD.as_bytes());
        assert_eq!(file.problems, []);
        assert_eq!((file.last_four.as_deref(), file.passed, file.lines.len()), (Some("6789"), 1, 2));
        let eft = &file.lines[0];
        assert_eq!(
            (eft.line, eft.on.to_string().as_str(), eft.amount),
            (4, "2026-11-25", Money::from_cents(15_000))
        );
        assert_eq!((eft.kind, eft.reference.as_deref()), (DepositKind::Ach, Some("BR1")));
        assert_eq!(eft.description, "ACME HEALTH HCCLAIMPMT TRN*1*T-1*15123 45678\\ DAY, ONE");
        let first = usize::try_from(eft.bytes.first).unwrap();
        assert!(GOOD[first..].starts_with("16,165"));
        let check = &file.lines[1];
        assert_eq!((check.kind, check.amount), (DepositKind::Check, Money::from_cents(8_025)));
        assert_eq!(check.trace, Some(Trace { number: "1077".into(), payer: None }));
    }

    #[test]
    fn totals_counts_and_bad_records_are_told_with_their_lines() {
        let bad = GOOD.replace("49,125025,6", "49,125026,5").replace("16,301,8025", "16,301,80.25");
        let problems = read(bad.as_bytes()).problems;
        let told: Vec<(u64, &str)> = problems.iter().map(|p| (p.line, p.expected.as_str())).collect();
        assert_eq!(
            told,
            [
                (6, "16-03: an amount in cents, digits only"),
                (8, "49-02: the control total 117000"),
                (8, "49-03: 6 records"),
                (9, "98-02: the control total 117000"),
                (10, "99-02: the control total 117000"),
            ]
        );
        let cut = read(&GOOD.as_bytes()[..200]);
        assert_eq!(cut.problems.last().unwrap().expected, "a record 99 at the end: the file is cut off");
    }
}
