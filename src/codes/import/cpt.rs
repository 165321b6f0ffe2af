//! The AMA's descriptor files (`LONGULT.txt`, `MEDU.txt`, `SHORTU.txt`): a code, then its text, with
//! a tab or spaces between; newer ones begin with a copyright notice. Licensed: none ships.

use std::io::BufRead;

use super::columns::{each_line, one_line, quoted};
use super::{CodeRow, Content, ImportError, Layout, Reading, Rejections};
use crate::codes::list::List;

/// Whether a line is a code with a text: four digits, a digit or letter, a gap, words. Further columns make it
/// another table that begins with a procedure.
pub(super) fn is_row(line: &str) -> bool {
    split(line).is_some()
}

fn split(line: &str) -> Option<(&str, &str)> {
    let (code, rest) = line.split_at_checked(5)?;
    let bytes = code.as_bytes();
    let is_code = bytes[..4].iter().all(u8::is_ascii_digit)
        && (bytes[4].is_ascii_digit() || bytes[4].is_ascii_uppercase());
    let text = rest.strip_prefix(['\t', ' '])?.trim();
    let is_text = text.contains(|letter: char| letter.is_alphabetic()) && !text.contains('\t');
    (is_code && is_text).then_some((code, text))
}

pub(super) fn read(input: impl BufRead) -> Result<Reading, ImportError> {
    let (mut rows, mut codes, mut rejected) = (0, Vec::<CodeRow>::new(), Rejections::default());
    each_line(input, |number, line| match split(line) {
        Some((code, text)) => {
            rows += 1;
            match codes.last_mut() {
                // A long descriptor of several lines has the code on each.
                Some(last) if last.code == code => last.title = one_line(&format!("{} {text}", last.title)),
                _ => codes.push(CodeRow {
                    code: code.to_owned(),
                    billable: true,
                    first: None,
                    last: None,
                    title: one_line(text),
                }),
            }
        }
        // The notice before the first code.
        None if codes.is_empty() || line.trim().is_empty() => {}
        None => {
            rows += 1;
            rejected.add(number, format!("{} is no CPT code with its text", quoted(line.trim())));
        }
    })?;
    let tables = vec![(List::Cpt, Content::Snapshot(codes))];
    Ok(Reading { layout: Layout::Cpt, from: None, rows, rejected, tables })
}
