//! A bank's table: CSV, its columns found by their captions.
//!
//! | column | captions, whatever their case, blanks and marks |
//! | --- | --- |
//! | date, required | date, posting date, post date, posted date, transaction date, deposit date, effective date, value date |
//! | amount | amount, transaction amount, deposit amount; a credit is above zero |
//! | credit | credit, credits, credit amount, deposit, deposits: instead of an amount |
//! | description | description, memo, details, payee, transaction description, text, narrative |
//! | trace | trace, trace number, trn, eft number, eft trace |
//! | check | check, check number, check no |
//! | reference | reference, reference number, bank reference, transaction id, fit id |
//!
//! What a bank prints above its captions is read over. A trace that stands in the description as
//! `TRN*1*..` counts as well. Debits are read over and counted.

use csv::{ByteRecord, ReaderBuilder};

use crate::codes::import::{caption, day};
use crate::deposits::model::{BankFile, BankFormat, BankLine, DepositKind, Trace};
use crate::types::{Bytes, Money};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Date,
    Amount,
    Credit,
    Description,
    Trace,
    Check,
    Reference,
}

/// Our columns and their captions, in capitals without blanks and marks; the first of a row wins.
const CAPTIONS: [(Column, &[&str]); 7] = [
    (
        Column::Date,
        &[
            "POSTINGDATE",
            "POSTDATE",
            "POSTEDDATE",
            "DEPOSITDATE",
            "EFFECTIVEDATE",
            "VALUEDATE",
            "TRANSACTIONDATE",
            "DATE",
        ],
    ),
    (Column::Amount, &["AMOUNT", "TRANSACTIONAMOUNT", "DEPOSITAMOUNT"]),
    (Column::Credit, &["CREDIT", "CREDITS", "CREDITAMOUNT", "DEPOSIT", "DEPOSITS"]),
    (
        Column::Description,
        &["DESCRIPTION", "TRANSACTIONDESCRIPTION", "MEMO", "DETAILS", "PAYEE", "TEXT", "NARRATIVE"],
    ),
    (Column::Trace, &["TRACE", "TRACENUMBER", "TRN", "EFTNUMBER", "EFTTRACE"]),
    (Column::Check, &["CHECK", "CHECKNUMBER", "CHECKNO"]),
    (Column::Reference, &["REFERENCE", "REFERENCENUMBER", "BANKREFERENCE", "TRANSACTIONID", "FITID"]),
];

/// Which column is where.
struct Header(Vec<(Column, usize)>);

impl Header {
    fn of(record: &ByteRecord) -> Option<Header> {
        let captions: Vec<String> =
            record.iter().map(|field| caption(&String::from_utf8_lossy(field))).collect();
        let place =
            |names: &[&str]| names.iter().find_map(|name| captions.iter().position(|found| found == name));
        let bound = CAPTIONS.iter().filter_map(|(column, names)| Some((*column, place(names)?)));
        let header = Header(bound.collect());
        let has = |column| header.0.iter().any(|(bound, _)| *bound == column);
        (has(Column::Date) && (has(Column::Amount) || has(Column::Credit))).then_some(header)
    }

    fn text(&self, record: &ByteRecord, column: Column) -> Option<String> {
        let (_, at) = self.0.iter().find(|(bound, _)| *bound == column)?;
        let text = String::from_utf8_lossy(record.get(*at)?).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }
}

/// Reads a table. Whatever is wrong is a problem, and the rest is read.
pub(super) fn read(content: &[u8]) -> BankFile {
    let mut file = BankFile::new(BankFormat::Csv);
    let start = content.strip_prefix(b"\xef\xbb\xbf").map_or(0, |_| 3);
    let head: Vec<u8> = content[start..].iter().take(4_096).copied().collect();
    let most = [b',', b';', b'\t'].into_iter().max_by_key(|mark| head.iter().filter(|b| *b == mark).count());
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(most.unwrap_or(b','))
        .from_reader(&content[start..]);
    let mut header: Option<Header> = None;
    let mut record = ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => {
                file.problem(reader.position().line(), "a row of a CSV table");
                break;
            }
        }
        let (line, first) = record.position().map_or((0, 0), |place| (place.line(), place.byte()));
        let Some(bound) = &header else {
            header = Header::of(&record);
            continue;
        };
        if record.iter().all(|field| field.trim_ascii().is_empty()) {
            continue;
        }
        let start = start as u64;
        let last = (reader.position().byte().max(first + 1) - 1).min(content.len() as u64 - start - 1);
        let bytes = Bytes { first: start + first, last: start + last };
        match row(bound, &record, line, bytes) {
            Ok(Some(line)) => file.lines.push(line),
            Ok(None) => file.passed += 1,
            Err(expected) => file.problem(line, expected),
        }
    }
    if header.is_none() {
        file.problem(1, "captions: a date, and an amount or a credit");
    }
    file
}

fn row(
    header: &Header,
    record: &ByteRecord,
    line: u64,
    bytes: Bytes,
) -> Result<Option<BankLine>, &'static str> {
    let text = |column| header.text(record, column);
    let amount = match (text(Column::Credit), text(Column::Amount)) {
        (Some(amount), _) | (None, Some(amount)) => amount,
        // A row of the debit column.
        (None, None) => return Ok(None),
    };
    let amount = money(&amount).ok_or("an amount as 1234.56")?;
    if !amount.is_positive() {
        return Ok(None);
    }
    let on = day(&text(Column::Date).unwrap_or_default()).ok().flatten();
    let on = on.ok_or("a date as YYYY-MM-DD, MM/DD/YYYY or YYYYMMDD")?;
    let description = text(Column::Description).unwrap_or_default();
    let short = |column| text(column).filter(|text| text.len() <= 50);
    let check = short(Column::Check);
    let number = |number| Trace { number, payer: None };
    let given = short(Column::Trace).map(|trace| Trace::find(&trace).unwrap_or(number(trace)));
    let addenda = Trace::find(&description).or_else(|| Trace::find(&text(Column::Reference)?));
    let eft = addenda.or(given);
    let kind = match (&eft, &check) {
        (Some(_), _) => DepositKind::Ach,
        (None, Some(_)) => DepositKind::Check,
        (None, None) => DepositKind::Other,
    };
    let trace = eft.or(check.map(number));
    let reference = short(Column::Reference);
    Ok(Some(BankLine { line, bytes, on, amount, kind, trace, reference, description }))
}

/// An amount as banks print it: as people write it, with a plus sign before it or not.
fn money(text: &str) -> Option<Money> {
    let text = text.trim_start();
    Money::parse_written(text.strip_prefix('+').unwrap_or(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_caption_below_what_the_bank_prints_first() {
        let text = "First Bank\n\nPosting Date,Description,Amount,Check Number\n\
            11/25/2026,\"ACME HCCLAIMPMT TRN*1*T-1*1512345678\\\",\"$1,234.50\",\n\
            11/25/2026,Rent,(900.00),\n2026-11-25,Deposit,80.25,1077\nsoon,Deposit,1.00,\n";
        let file = read(text.as_bytes());
        assert_eq!((file.lines.len(), file.passed), (2, 1));
        let (eft, check) = (&file.lines[0], &file.lines[1]);
        assert_eq!((eft.line, eft.amount, eft.kind), (4, Money::from_cents(123_450), DepositKind::Ach));
        assert_eq!(eft.trace, Some(Trace { number: "T-1".into(), payer: Some("1512345678".into()) }));
        let place = usize::try_from(eft.bytes.first).unwrap();
        assert!(text[place..].starts_with("11/25/2026"));
        assert_eq!((check.kind, check.key()), (DepositKind::Check, "1077"));
        assert_eq!(file.problems.len(), 1);
        assert_eq!(
            (file.problems[0].line, file.problems[0].expected.as_str()),
            (7, "a date as YYYY-MM-DD, MM/DD/YYYY or YYYYMMDD")
        );
    }

    #[test]
    fn credits_and_debits_may_have_columns_of_their_own() {
        let file = read(b"Date;Debit;Credit;Memo\n2026-11-25;5.00;;Fee\n2026-11-25;;7.00;Cash\n");
        assert_eq!((file.problems.len(), file.passed), (0, 1));
        assert_eq!((file.lines[0].amount, file.lines[0].key()), (Money::from_cents(700), "Cash"));
    }

    #[test]
    fn a_table_without_captions_says_what_it_needs() {
        let file = read(b"a,b\n1,2\n");
        assert_eq!(file.problems[0].expected, "captions: a date, and an amount or a credit");
    }
}
