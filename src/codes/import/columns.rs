//! Lines and columns of the official files: fixed width or CSV, UTF-8 or Windows-1252.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use chrono::NaiveDate;
use csv::ByteRecord;

/// No line of an official file is nearly as long; a file without line ends is not held in memory.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// Bytes 0x80 to 0x9F of Windows-1252, which CMS writes HCPCS in.
const CP1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Bytes as text: UTF-8 where it is that, else Windows-1252. Without a byte order mark.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(
            bytes
                .iter()
                .map(|&byte| match byte {
                    0x80..=0x9F => CP1252[usize::from(byte - 0x80)],
                    _ => char::from(byte),
                })
                .collect(),
        ),
    }
}

/// Hands every line to `row` with its number, without its end.
pub(super) fn each_line(mut input: impl BufRead, mut row: impl FnMut(u64, &str)) -> io::Result<()> {
    let mut buffer = Vec::new();
    for number in 1.. {
        buffer.clear();
        if input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut buffer)? == 0 {
            break;
        }
        row(number, decode(&buffer).trim_end_matches(['\r', '\n', '\u{1a}']));
    }
    Ok(())
}

/// Columns of a line of fixed width, counted from 1, both included, without the spaces around
/// what stands in them. Beyond the end of the line there is nothing.
pub(super) fn fixed(line: &str, first: usize, last: usize) -> &str {
    let at = |column: usize| match line.is_ascii() {
        true => column.min(line.len()),
        false => line.char_indices().nth(column).map_or(line.len(), |(at, _)| at),
    };
    line.get(at(first - 1)..at(last)).unwrap_or("").trim()
}

/// A reader of CSV whose rows may differ in length and hold line ends.
pub(super) fn csv_reader<R: Read>(input: R) -> csv::Reader<R> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(input)
}

/// A record's captions: letters and digits only, upper case.
pub(super) fn captions(record: &ByteRecord) -> Vec<String> {
    record.iter().map(|field| caption(&decode(field))).collect()
}

/// A caption: letters and digits only, upper case.
pub fn caption(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect()
}

/// Hands every CSV record after the one that `is_header` accepts to `row`, with its line and its
/// fields; `is_header` is given captions and says what it has bound.
pub(super) fn each_record<H>(
    input: impl Read,
    mut is_header: impl FnMut(&[String]) -> Option<H>,
    mut row: impl FnMut(&H, u64, &[Cow<'_, str>]),
) -> io::Result<()> {
    let mut reader = csv_reader(input);
    let mut record = ByteRecord::new();
    let mut header: Option<H> = None;
    while reader.read_byte_record(&mut record)? {
        let line = record.position().map_or(0, csv::Position::line);
        match &header {
            None => header = is_header(&captions(&record)),
            Some(bound) => {
                let fields: Vec<Cow<'_, str>> = record.iter().map(decode).collect();
                if fields.iter().any(|field| !field.trim().is_empty()) {
                    row(bound, line, &fields);
                }
            }
        }
    }
    Ok(())
}

/// A field, trimmed; empty where the record is shorter.
pub(super) fn field<'a>(fields: &'a [Cow<'_, str>], at: usize) -> &'a str {
    fields.get(at).map_or("", |field| field.trim())
}

/// A text on one line, with single spaces: fit for a tab-separated row.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A day as `20261001`, `2026-10-01` or `10/1/2026`; none when it is empty.
///
/// # Errors
/// That it is no day, in words.
pub fn day(text: &str) -> Result<Option<NaiveDate>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let formats = ["%Y%m%d", "%Y-%m-%d", "%m/%d/%Y"];
    let read = formats.iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok());
    // The years of people who typed two digits, and of columns that slipped.
    match read.filter(|day| (1900..2200).contains(&chrono::Datelike::year(day))) {
        Some(day) => Ok(Some(day)),
        None => Err(format!("{} is no day", quoted(text))),
    }
}

/// What stands in a file, short enough for a message.
pub(super) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(24).filter(|letter| !letter.is_control()).collect();
    format!("`{short}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_characters_and_end_with_the_line() {
        assert_eq!(fixed("ABC DEF", 5, 7), "DEF");
        assert_eq!(fixed("ABC DEF", 5, 70), "DEF");
        assert_eq!(fixed("ABC DEF", 50, 70), "");
        assert_eq!(fixed("é–C DEF", 5, 7), "DEF");
    }

    #[test]
    fn windows_text_is_read_where_it_is_no_utf_8() {
        assert_eq!(decode(b"patient\x92s \xE9"), "patient’s é");
        assert_eq!(decode("patient’s é".as_bytes()), "patient’s é");
        assert_eq!(decode(b"\xEF\xBB\xBFCode"), "Code");
    }

    #[test]
    fn a_day_is_read_in_each_way_that_the_publishers_write_it() {
        let october = NaiveDate::from_ymd_opt(2026, 10, 1);
        for text in ["20261001", "2026-10-01", "10/1/2026", "10/01/2026 "] {
            assert_eq!(day(text), Ok(october), "{text}");
        }
        assert_eq!(day("  "), Ok(None));
        for text in ["20261301", "*", "10/1/26", "0", "20260229"] {
            assert!(day(text).is_err(), "{text}");
        }
    }
}
