//! `icd10cm_order_YYYY.txt`: every diagnosis and heading of a year, fixed width.

use std::collections::HashSet;
use std::io::BufRead;

use super::columns::{each_line, fixed, one_line, quoted};
use super::{CodeRow, Content, ImportError, Layout, Reading, Rejections};
use crate::codes::list::List;
use crate::types::Icd10Code;

/// Whether a line is a row of the file: order number, code, flag, titles.
pub(super) fn is_row(line: &str) -> bool {
    let order = fixed(line, 1, 6);
    order.len() == 5
        && order.bytes().all(|byte| byte.is_ascii_digit())
        && matches!(fixed(line, 14, 16), "0" | "1")
        && Icd10Code::parse(fixed(line, 7, 13)).is_ok()
        && !fixed(line, 17, 76).is_empty()
}

/// Whether a line is a row of `icd10cm_codes_YYYY.txt`: code and long title.
pub(super) fn is_billable_only(line: &str) -> bool {
    line.as_bytes().get(7) == Some(&b' ')
        && line.as_bytes().get(8).is_some_and(u8::is_ascii_uppercase)
        && Icd10Code::parse(fixed(line, 1, 7)).is_ok()
}

/// Flag, code and titles, which stand alike in the order file and its addenda.
pub(super) fn row(flag: &str, code: &str, short: &str, long: &str) -> Result<CodeRow, String> {
    let billable = match flag {
        "0" => false,
        "1" => true,
        other => return Err(format!("the flag is {}, neither 0 nor 1", quoted(other))),
    };
    let Ok(code) = Icd10Code::parse(code) else {
        return Err(format!("{} is no ICD-10-CM code", quoted(code)));
    };
    let title = one_line(if long.is_empty() { short } else { long });
    if title.is_empty() {
        return Err(format!("{code} has no title"));
    }
    Ok(CodeRow { code: code.as_str().to_owned(), billable, first: None, last: None, title })
}

pub(super) fn read(input: impl BufRead) -> Result<Reading, ImportError> {
    let (mut rows, mut codes, mut rejected) = (0, Vec::new(), Rejections::default());
    let mut seen = HashSet::new();
    each_line(input, |number, line| {
        if line.trim().is_empty() {
            return;
        }
        rows += 1;
        match row(fixed(line, 15, 15), fixed(line, 7, 13), fixed(line, 17, 76), fixed(line, 78, usize::MAX)) {
            Ok(row) if !seen.insert(row.code.clone()) => {
                rejected.add(number, format!("{} stands in the file twice", row.code));
            }
            Ok(row) => codes.push(row),
            Err(reason) => rejected.add(number, reason),
        }
    })?;
    let tables = vec![(List::Icd10cm, Content::Snapshot(codes))];
    Ok(Reading { layout: Layout::Icd10cmOrder, from: None, rows, rejected, tables })
}
