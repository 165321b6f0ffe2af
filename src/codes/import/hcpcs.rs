//! HCPCS Level II, codes and modifiers: the fixed-width file and the one with captions.
//!
//! Both have records of several lines: the first of a code (3) or modifier (7) has its days, those
//! that follow (4, 8) go on with its description. Codes that ended stay in the file.

use std::io::{BufRead, Read};

use chrono::NaiveDate;

use super::columns::{day, each_line, each_record, field, fixed, one_line, quoted};
use super::{CodeRow, Content, ImportError, Layout, Reading, Rejections};
use crate::codes::list::List;
use crate::types::{Modifier, ProcedureCode};

/// Whether a line is the first of a code or modifier.
pub(super) fn is_row(line: &str) -> bool {
    let sequence = fixed(line, 6, 10);
    let bytes = line.as_bytes();
    sequence.len() == 5
        && sequence.bytes().all(|byte| byte.is_ascii_digit())
        && matches!(bytes.get(10), Some(b'3' | b'7'))
        && line.len() >= 92
        && matches!(bytes.first(), Some(b'A'..=b'Z' | b' '))
}

/// One line, however it was laid out.
struct Line<'a> {
    code: &'a str,
    record: &'a str,
    description: &'a str,
    added: &'a str,
    /// When the last action became effective.
    effective: &'a str,
    ended: &'a str,
}

#[derive(Default)]
struct Reader {
    rows: u64,
    rejected: Rejections,
    /// Codes, modifiers.
    read: [Vec<CodeRow>; 2],
    /// What a line that goes on goes on with; none after a rejected one.
    open: Option<usize>,
    /// The latest day on which something changed.
    latest: Option<NaiveDate>,
}

impl Reader {
    fn line(&mut self, number: u64, line: &Line<'_>) {
        match line.record {
            "3" => self.first(number, line, 0),
            "7" => self.first(number, line, 1),
            "4" | "8" => {
                let open = self.open.and_then(|which| self.read[which].last_mut());
                if let Some(row) = open.filter(|row| row.code == line.code) {
                    row.title = one_line(&format!("{} {}", row.title, line.description));
                }
            }
            other => {
                self.rows += 1;
                self.rejected.add(number, format!("the record id is {}, not 3, 4, 7 or 8", quoted(other)));
            }
        }
    }

    fn first(&mut self, number: u64, line: &Line<'_>, which: usize) {
        self.rows += 1;
        self.open = None;
        match self.row(line, which) {
            Ok(row) => {
                self.read[which].push(row);
                self.open = Some(which);
            }
            Err(reason) => self.rejected.add(number, reason),
        }
    }

    fn row(&mut self, line: &Line<'_>, which: usize) -> Result<CodeRow, String> {
        let code = match which {
            0 => ProcedureCode::parse(line.code).map(|code| code.as_str().to_owned()),
            _ => Modifier::parse(line.code).map(|code| code.as_str().to_owned()),
        };
        let Ok(code) = code else {
            let what = if which == 0 { "procedure code" } else { "modifier" };
            return Err(format!("{} is no {what}", quoted(line.code)));
        };
        let (first, last, effective) = (day(line.added)?, day(line.ended)?, day(line.effective)?);
        if let (Some(first), Some(last)) = (first, last)
            && last < first
        {
            return Err(format!("{code} ends before it begins"));
        }
        self.latest = self.latest.max(first).max(effective);
        Ok(CodeRow { code, billable: true, first, last, title: one_line(line.description) })
    }

    fn end(self, layout: Layout) -> Reading {
        let [codes, modifiers] = self.read;
        let tables = [(List::Hcpcs, codes), (List::HcpcsModifier, modifiers)];
        let tables = tables.into_iter().filter(|(_, rows)| !rows.is_empty());
        let tables = tables.map(|(list, rows)| (list, Content::Dated(rows))).collect();
        // Changes are made on the first day of a quarter: the latest is that of the file.
        Reading { layout, from: self.latest, rows: self.rows, rejected: self.rejected, tables }
    }
}

pub(super) fn fixed_width(input: impl BufRead) -> Result<Reading, ImportError> {
    let mut reader = Reader::default();
    each_line(input, |number, line| {
        if !line.trim().is_empty() {
            reader.line(
                number,
                &Line {
                    code: fixed(line, 1, 5),
                    record: fixed(line, 11, 11),
                    description: fixed(line, 12, 91),
                    added: fixed(line, 269, 276),
                    effective: fixed(line, 277, 284),
                    ended: fixed(line, 285, 292),
                },
            );
        }
    })?;
    Ok(reader.end(Layout::HcpcsFixed))
}

/// The columns by caption: code, record, description, added, effective, ended.
const CAPTIONS: [&str; 6] = ["HCPC", "RECID", "LONGDESCRIPTION", "ADDDT", "ACTEFFDT", "TERMDT"];

pub(super) fn csv(input: impl Read) -> Result<Reading, ImportError> {
    let mut reader = Reader::default();
    let bind = |captions: &[String]| -> Option<[usize; 6]> {
        let mut at = [0; 6];
        for (place, caption) in at.iter_mut().zip(CAPTIONS) {
            *place = captions.iter().position(|known| known == caption)?;
        }
        Some(at)
    };
    each_record(input, bind, |at, number, fields| {
        let [code, record, description, added, effective, ended] = at.map(|at| field(fields, at));
        reader.line(number, &Line { code, record, description, added, effective, ended });
    })?;
    Ok(reader.end(Layout::HcpcsCsv))
}
