//! The Medicare Code Editor's tables, tab-separated with captions: what it says of diagnoses
//! (`code`, `valid_from`, `valid_to`, `flags`), and the ages of its groups (`group`, `age_min_years`,
//! `age_max_years`, `valid_from`, `valid_to`). Days are `20261001`, the last one included, an empty day open.
//!
//! It is the form in which these facts are taken from the editor's own tables, and the one that ships.
//! Deliberately absent: CMS's own forms. CMS gives out the editor as a program and as a manual
//! (Definitions of Medicare Code Edits, PDF and text) whose lists stand in prose under the names of the
//! edits; no copy was at hand to read its form from, and none is guessed here.

use std::collections::HashMap;
use std::io::BufRead;

use chrono::NaiveDate;

use super::columns::{caption, day, each_line, quoted};
use super::{Content, ImportError, Layout, Reading, Rejections};
use crate::codes::icd10cm::{AgeGroup, MCE_FLAGS};
use crate::codes::list::List;
use crate::types::Icd10Code;

/// The line of column names of normalised flags.
const FLAG_COLUMNS: &str = "code\tvalid_from\tvalid_to\tflags";

/// The line of column names of normalised age groups.
const AGE_COLUMNS: &str = "group\tvalid_from\tvalid_to\tage_min_years\tage_max_years";

/// The oldest age that the editor knows, in years.
const OLDEST: u32 = 124;

/// Whether a file that begins with this line is one of the tables.
pub(super) fn has_captions(first: &str) -> bool {
    bind(first).is_some()
}

/// Which table it is, and where the columns stand that the normalised one has.
fn bind(first: &str) -> Option<(List, Vec<usize>)> {
    let captions: Vec<String> = first.split('\t').map(caption).collect();
    [(List::Mce, FLAG_COLUMNS), (List::MceAges, AGE_COLUMNS)].into_iter().find_map(|(list, columns)| {
        let places = columns.split('\t').map(|wanted| {
            let wanted = caption(wanted);
            captions.iter().position(|known| *known == wanted)
        });
        Some((list, places.collect::<Option<Vec<_>>>()?))
    })
}

/// The first and last day of a row; none where it is open.
type Days = (Option<NaiveDate>, Option<NaiveDate>);

pub(super) fn read(input: impl BufRead) -> Result<Reading, ImportError> {
    let (mut rows, mut kept, mut rejected) = (0, Vec::new(), Rejections::default());
    let mut bound = None;
    let mut seen: HashMap<String, Vec<Days>> = HashMap::new();
    each_line(input, |number, line| {
        if line.trim().is_empty() {
            return;
        }
        let Some((list, places)) = &bound else {
            bound = bind(line);
            return;
        };
        rows += 1;
        let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
        let columns: Vec<&str> =
            places.iter().map(|place| fields.get(*place).copied().unwrap_or("")).collect();
        match row(*list, &columns, &mut seen) {
            Ok(row) => kept.push(row),
            Err(reason) => rejected.add(number, reason),
        }
    })?;
    kept.sort();
    let (list, _) = bound.ok_or(ImportError::NotRecognised)?;
    let columns = if list == List::MceAges { AGE_COLUMNS } else { FLAG_COLUMNS };
    let tables = vec![(list, Content::Rows { columns, rows: kept })];
    Ok(Reading { layout: Layout::Mce, from: None, rows, rejected, tables })
}

/// A row as it is kept. `seen` has the days of those before it: two rows that answer for one code and day
/// would make the answer a matter of their order.
fn row(list: List, columns: &[&str], seen: &mut HashMap<String, Vec<Days>>) -> Result<String, String> {
    let [key, first, last, rest @ ..] = columns else { return Err("it has too few columns".to_owned()) };
    let (key, rest) = match list {
        List::MceAges => (group(key)?.to_owned(), ages(rest)?),
        _ => (code(key)?, flags(rest)?),
    };
    let (first, last) = (day(first)?, day(last)?);
    if first.zip(last).is_some_and(|(first, last)| last < first) {
        return Err(format!("{key} ends before it begins"));
    }
    let days = seen.entry(key.clone()).or_default();
    let begins_by = |begin: Option<NaiveDate>, end: Option<NaiveDate>| {
        begin.is_none_or(|begin| end.is_none_or(|end| begin <= end))
    };
    if days.iter().any(|known| begins_by(known.0, last) && begins_by(first, known.1)) {
        return Err(format!("{key} stands in the file twice for the same days"));
    }
    days.push((first, last));
    let shown = |day: Option<NaiveDate>| day.map(|day| day.format("%Y%m%d").to_string()).unwrap_or_default();
    Ok(format!("{key}\t{}\t{}\t{rest}", shown(first), shown(last)))
}

fn code(text: &str) -> Result<String, String> {
    let code = Icd10Code::parse(text).map_err(|_fault| format!("{} is no ICD-10-CM code", quoted(text)))?;
    Ok(code.as_str().to_owned())
}

/// Flags, parted by commas. One that is not known would be kept and never asked: it is rather told.
fn flags(rest: &[&str]) -> Result<String, String> {
    let flags = rest.first().copied().unwrap_or("");
    match flags.split(',').find(|flag| !MCE_FLAGS.contains(flag)) {
        Some("") => Err("it has no flag".to_owned()),
        Some(unknown) => Err(format!("{} is no flag of the editor that is known", quoted(unknown))),
        None => Ok(flags.to_owned()),
    }
}

fn group(text: &str) -> Result<&'static str, String> {
    AgeGroup::named(text).map(AgeGroup::name).ok_or_else(|| format!("{} is no age group", quoted(text)))
}

fn ages(rest: &[&str]) -> Result<String, String> {
    let [youngest, oldest] = [0, 1].map(|at| rest.get(at).copied().unwrap_or(""));
    let years = |text: &str| text.parse::<u32>().ok().filter(|years| *years <= OLDEST);
    match (years(youngest), years(oldest)) {
        (Some(from), Some(to)) if from <= to => Ok(format!("{from}\t{to}")),
        _ => Err(format!("{} to {} are no ages in years", quoted(youngest), quoted(oldest))),
    }
}
