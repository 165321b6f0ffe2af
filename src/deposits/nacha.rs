//! NACHA: records of 94 characters: 1 file header, 5 batch header, 6 entry, 7 addenda, 8 and 9 the
//! controls, in blocks of ten filled with nines (Nacha Operating Rules, appendix on record formats).
//!
//! A healthcare EFT is a CCD entry with one addenda record of type 05 that holds `TRN*1*trace*payer\`,
//! the TRN of its 835 (45 CFR 162.1602, CAQH CORE rule 370). Effective entry date: 5, columns 70-75.

use chrono::NaiveDate;

use crate::deposits::model::{
    BankFile, BankFormat, BankLine, DepositKind, Trace, cents, last_four, lines, six_digits,
};
use crate::types::{Bytes, Money};

/// Characters of a record.
const WIDTH: usize = 94;

/// What a control record is compared with.
#[derive(Clone, Copy, Default)]
struct Sums {
    records: i64,
    /// The first eight digits of the receiving banks' numbers, added up: the last ten digits count.
    hash: i64,
    debits: i64,
    credits: i64,
}

/// The batch that is being read.
struct Batch {
    company: String,
    on: Option<NaiveDate>,
    sums: Sums,
}

/// Reads a NACHA file. Whatever is wrong is a problem, and the rest is read.
pub(super) fn read(content: &[u8]) -> BankFile {
    let mut file = BankFile::new(BankFormat::Nacha);
    let mut batch = Batch { company: String::new(), on: None, sums: Sums::default() };
    let (mut whole, mut batches) = (Sums::default(), 0);
    // The entry to which addenda belong is the last line; not when it was no credit.
    let mut credit = false;
    let mut ended = false;
    let records = records(content);
    let count = records.len();
    for (line, bytes, text) in records {
        if text.len() != WIDTH || !text.is_ascii() {
            file.problem(line, "a record of 94 characters");
            continue;
        }
        match &text[..1] {
            "1" => {}
            "5" => {
                let on = six_digits(&text[69..75]);
                if on.is_none() {
                    file.problem(line, "columns 70-75: the effective entry date as YYMMDD");
                }
                batch = Batch { company: text[4..20].trim().to_owned(), on, sums: Sums::default() };
                credit = false;
            }
            "6" => {
                batch.sums.records += 1;
                credit = false;
                match entry(&batch, line, bytes, &text) {
                    Ok(Entry { hash, debit, credit: came, line }) => {
                        batch.sums.hash += hash;
                        batch.sums.debits += debit;
                        batch.sums.credits += came;
                        file.last_four = last_four(&text[12..29]).or(file.last_four);
                        credit = line.is_some();
                        match line {
                            Some(line) => file.lines.push(line),
                            None => file.passed += 1,
                        }
                    }
                    Err(expected) => file.problem(line, expected),
                }
            }
            "7" => {
                batch.sums.records += 1;
                if &text[1..3] == "05"
                    && credit
                    && let Some(entry) = file.lines.last_mut()
                {
                    let text = text[3..83].trim();
                    entry.trace = Trace::find(text).or_else(|| entry.trace.take());
                    entry.description = format!("{} {text}", entry.description).trim().to_owned();
                    entry.bytes.last = bytes.last;
                }
            }
            "8" => {
                let said = [&text[4..10], &text[10..20], &text[20..32], &text[32..44]];
                controls(&mut file, line, batch.sums, said);
                whole.records += batch.sums.records;
                whole.hash += batch.sums.hash;
                whole.debits += batch.sums.debits;
                whole.credits += batch.sums.credits;
                batches += 1;
                credit = false;
            }
            "9" if ended => {}
            "9" => {
                ended = true;
                if cents(&text[1..7]) != Some(batches) {
                    file.problem(line, format!("columns 2-7: {batches} batches"));
                }
                if cents(&text[7..13]) != i64::try_from(count.div_ceil(10)).ok() {
                    file.problem(line, format!("columns 8-13: {} blocks of ten records", count.div_ceil(10)));
                }
                let said = [&text[13..21], &text[21..31], &text[31..43], &text[43..55]];
                controls(&mut file, line, whole, said);
            }
            _ => file.problem(line, "a record type 1, 5, 6, 7, 8 or 9"),
        }
    }
    if !ended {
        file.problem(count as u64, "a record 9 at the end: the file is cut off");
    }
    if !count.is_multiple_of(10) {
        file.problem(count as u64, "blocks of ten records, the last filled with nines");
    }
    file
}

/// The records; a file without line ends is cut every 94 characters.
fn records(content: &[u8]) -> Vec<(u64, Bytes, String)> {
    if content.contains(&b'\n') {
        return lines(content);
    }
    let record = |(at, chunk): (u64, &[u8])| {
        let first = at * WIDTH as u64;
        let place = Bytes { first, last: first + chunk.len() as u64 - 1 };
        (at + 1, place, String::from_utf8_lossy(chunk).into_owned())
    };
    (0u64..).zip(content.chunks(WIDTH)).map(record).collect()
}

struct Entry {
    hash: i64,
    debit: i64,
    credit: i64,
    line: Option<BankLine>,
}

fn entry(batch: &Batch, line: u64, bytes: Bytes, text: &str) -> Result<Entry, &'static str> {
    let hash = cents(&text[3..11]).ok_or("columns 4-11: eight digits of the receiving bank's number")?;
    let amount = cents(&text[29..39]).ok_or("columns 30-39: an amount in cents, ten digits")?;
    // Second digit: 2 a credit, 3 its prenote, 4 a notice without money; 7 to 9 the same of debits.
    let code = &text.as_bytes()[1..3];
    if !code.iter().all(u8::is_ascii_digit) {
        return Err("columns 2-3: a transaction code of two digits");
    }
    let (debit, credit) = if code[1] >= b'6' { (amount, 0) } else { (0, amount) };
    if code[1] != b'2' || amount == 0 {
        return Ok(Entry { hash, debit, credit, line: None });
    }
    let on = batch.on.ok_or("an effective entry date in the batch header before it")?;
    let line = BankLine {
        line,
        bytes,
        on,
        amount: Money::from_cents(amount),
        kind: DepositKind::Ach,
        trace: None,
        reference: Some(text[79..94].trim().to_owned()).filter(|number| !number.is_empty()),
        description: batch.company.clone(),
    };
    Ok(Entry { hash, debit, credit, line: Some(line) })
}

/// Entries and addenda, hash, debits and credits of an 8 or a 9.
fn controls(file: &mut BankFile, line: u64, sums: Sums, said: [&str; 4]) {
    let expected = [
        ("entries and addenda", sums.records),
        ("the entry hash", sums.hash % 10_000_000_000),
        ("the debits in cents", sums.debits),
        ("the credits in cents", sums.credits),
    ];
    for ((what, expected), said) in expected.into_iter().zip(said) {
        if cents(said) != Some(expected) {
            file.problem(line, format!("{what}: {expected}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One batch of Acme with one EFT of 1,234.56 on 25 November 2026, and its padding.
    fn good() -> Vec<String> {
        let wide = |text: &str| format!("{text:<94}");
        let mut records = vec![
            wide("101 021000021 0210000212611241200A094101BANK                   PRACTICE"),
            format!("5220{:<36}1512345678CCDHCCLAIMPMT261124261125   1021000020000001", "ACME HEALTH"),
            format!(
                "622071000013{:<17}0000123456{:15}{:<22}  1021000020000001",
                "000123456789", "", "ELM STREET CLINIC"
            ),
            format!("705{:<80}00010000001", "TRN*1*T-1*1512345678\\"),
            wide("82200000020007100001000000000000000000123456"),
            wide("9000001000001000000020007100001000000000000000000123456"),
        ];
        records.resize(10, "9".repeat(94));
        records
    }

    #[test]
    fn an_eft_is_read_with_its_addenda_and_the_controls_hold() {
        for separator in ["\n", "\r\n", ""] {
            let file = read(good().join(separator).as_bytes());
            assert_eq!(file.problems, [], "{separator:?}");
            assert_eq!((file.last_four.as_deref(), file.lines.len()), (Some("6789"), 1));
            let eft = &file.lines[0];
            assert_eq!((eft.line, eft.on.to_string().as_str()), (3, "2026-11-25"));
            assert_eq!((eft.amount, eft.kind), (Money::from_cents(123_456), DepositKind::Ach));
            assert_eq!(eft.trace, Some(Trace { number: "T-1".into(), payer: Some("1512345678".into()) }));
            assert_eq!(eft.description, "ACME HEALTH TRN*1*T-1*1512345678\\");
        }
    }

    #[test]
    fn controls_that_do_not_hold_and_short_records_are_told() {
        let mut records = good();
        records[4].replace_range(43..44, "7");
        records[3].pop();
        records.truncate(9);
        let problems = read(records.join("\n").as_bytes()).problems;
        let told: Vec<(u64, &str)> = problems.iter().map(|p| (p.line, p.expected.as_str())).collect();
        assert_eq!(
            told,
            [
                (4, "a record of 94 characters"),
                (5, "entries and addenda: 1"),
                (5, "the credits in cents: 123456"),
                (6, "entries and addenda: 1"),
                (9, "blocks of ten records, the last filled with nines"),
            ]
        );
    }
}
