//! Lists of codes as CSV: places of service (CMS), adjustment reasons and remarks (X12), provider
//! taxonomy (NUCC).

use std::io::Read;

use super::columns::{day, each_record, field, one_line, quoted};
use super::{CodeRow, Content, ImportError, Layout, Reading, Rejections};
use crate::codes::list::List;
use crate::types::PlaceOfService;

/// Where a caption stands.
fn at(captions: &[String], names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| captions.iter().position(|known| known == name))
}

/// Place of service codes: code and name. Ranges that CMS lists as unassigned are left out.
pub(super) fn places_of_service(input: impl Read) -> Result<Reading, ImportError> {
    let (mut rows, mut codes, mut rejected) = (0, Vec::new(), Rejections::default());
    let bind = |captions: &[String]| {
        let code = captions.iter().position(|known| known.starts_with("PLACEOFSERVICECODE"))?;
        let name = captions.iter().position(|known| known.starts_with("PLACEOFSERVICENAME"))?;
        Some((code, name))
    };
    each_record(input, bind, |&(code, name), line, fields| {
        let (code, name) = (field(fields, code), one_line(field(fields, name)));
        if name.eq_ignore_ascii_case("unassigned") {
            return;
        }
        rows += 1;
        // A spreadsheet drops the zero of 01.
        let padded = if code.len() == 1 { format!("0{code}") } else { code.to_owned() };
        match PlaceOfService::parse(&padded) {
            Ok(code) => codes.push(plain(code.as_str(), name)),
            Err(_) => rejected.add(line, format!("{} is no place of service", quoted(code))),
        }
    })?;
    let tables = vec![(List::Pos, Content::Snapshot(codes))];
    Ok(Reading { layout: Layout::PlaceOfService, from: None, rows, rejected, tables })
}

/// Provider taxonomy codes: ten characters that end with X.
pub(super) fn taxonomy(input: impl Read) -> Result<Reading, ImportError> {
    let (mut rows, mut codes, mut rejected) = (0, Vec::new(), Rejections::default());
    let bind = |captions: &[String]| {
        let code = at(captions, &["CODE"])?;
        let parts = [at(captions, &["CLASSIFICATION"])?, at(captions, &["SPECIALIZATION"])?];
        Some((code, parts, at(captions, &["DISPLAYNAME"])))
    };
    each_record(input, bind, |&(code, [class, special], display), line, fields| {
        rows += 1;
        let code = field(fields, code);
        let is_code = code.len() == 10
            && code.ends_with('X')
            && code.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        if !is_code {
            return rejected.add(line, format!("{} is no taxonomy code", quoted(code)));
        }
        let display = display.map_or("", |at| field(fields, at));
        let (class, special) = (field(fields, class), field(fields, special));
        let title = match (display, special) {
            ("", "") => class.to_owned(),
            ("", special) => format!("{class}, {special}"),
            (display, _) => display.to_owned(),
        };
        codes.push(plain(code, one_line(&title)));
    })?;
    let tables = vec![(List::Taxonomy, Content::Snapshot(codes))];
    Ok(Reading { layout: Layout::Taxonomy, from: None, rows, rejected, tables })
}

/// Adjustment reasons (CARC) or remarks (RARC), which have the same captions. A list that holds 45 is
/// of reasons, one that holds N1 of remarks: what all its codes are decides, not one of them.
pub(super) fn reasons_or_remarks(input: impl Read) -> Result<Reading, ImportError> {
    let (mut rows, mut codes, mut rejected) = (0, Vec::new(), Rejections::default());
    let mut latest = None;
    let bind = |captions: &[String]| {
        let code = at(captions, &["CODE"])?;
        let text = at(captions, &["DESCRIPTION"])?;
        let days = [
            at(captions, &["STARTDATE", "EFFECTIVEDATE"])?,
            at(captions, &["STOPDATE", "ENDDATE", "DEACTIVATIONDATE"])?,
        ];
        Some((code, text, days, at(captions, &["LASTMODIFIED", "LASTMODIFIEDDATE", "MODIFIED"])))
    };
    each_record(input, bind, |&(code, text, days, modified), line, fields| {
        rows += 1;
        let code = field(fields, code);
        if !(1..=5).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return rejected.add(line, format!("{} is no reason or remark code", quoted(code)));
        }
        let [first, last] = days.map(|at| day(field(fields, at)));
        let modified = modified.map_or(Ok(None), |at| day(field(fields, at)));
        match (first, last, modified) {
            (Ok(first), Ok(last), Ok(modified)) => {
                latest = latest.max(first).max(modified);
                let mut row = plain(&code.to_ascii_uppercase(), one_line(field(fields, text)));
                (row.first, row.last) = (first, last);
                codes.push(row);
            }
            (first, last, modified) => {
                let reason = [first.err(), last.err(), modified.err()].into_iter().flatten().next();
                rejected.add(line, reason.unwrap_or_default());
            }
        }
    })?;
    let remarks = codes.iter().filter(|row| row.code.starts_with(['M', 'N'])).count();
    let reasons = codes.iter().filter(|row| row.code.bytes().all(|byte| byte.is_ascii_digit())).count();
    let list = match (reasons, remarks) {
        (1.., 0) => List::Carc,
        (0, 1..) => List::Rarc,
        _ => return Err(ImportError::SeveralTables(format!("{} or {}", List::Carc, List::Rarc))),
    };
    let tables = vec![(list, Content::Dated(codes))];
    Ok(Reading { layout: Layout::ReasonsOrRemarks, from: latest, rows, rejected, tables })
}

fn plain(code: &str, title: String) -> CodeRow {
    CodeRow { code: code.to_owned(), billable: true, first: None, last: None, title }
}
