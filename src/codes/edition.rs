//! From what a file holds to an edition: rows with days, held against the edition before.
//!
//! - A file that lists what is valid says nothing of days: a code that was valid the day before keeps
//!   its first day, a new one begins with the edition, and one that is gone ended the day before. So an
//!   edition answers for what ended, too, and never says of it that it does not exist.
//! - A file with days of its own is taken by its word.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;

use super::import::{Addenda, Change, CodeRow, Content};
use super::list::List;
use super::notes::TabularEdition;
use super::pairs::Pairs;
use super::rows::Rows;

/// The line of column names of an edition of codes.
pub(super) const COLUMNS: &str = "code\tbillable\tvalid_from\tvalid_to\ttitle";

/// The columns of an edition of codes.
pub(super) mod column {
    pub const BILLABLE: usize = 1;
    pub const FIRST: usize = 2;
    pub const LAST: usize = 3;
    pub const TITLE: usize = 4;
}

/// Why what a file holds cannot become an edition.
#[derive(Debug, thiserror::Error)]
pub enum EditionError {
    /// A list of changes does not fit what it changes.
    #[error("the changes do not fit the edition before: {0}")]
    Misfit(String),
    /// After the changes there are other counts than the file says.
    #[error("after the changes there are {held} {what}; the file says {said}: it changes another edition")]
    Counts {
        /// What is counted.
        what: &'static str,
        /// The file's count.
        said: u64,
        /// Ours.
        held: u64,
    },
    /// A file that is cut off would end every code that it lacks.
    #[error(
        "{ended} of the {held} codes that were in force the day before are not in the file: it is not whole"
    )]
    CutOff {
        /// Codes that would end.
        ended: usize,
        /// Codes that were in force.
        held: usize,
    },
    /// The calendar ends.
    #[error("{0} is no day on which an edition can begin")]
    Day(NaiveDate),
}

/// What was in force the day before an edition begins.
#[derive(Clone, Debug)]
pub(super) enum Before<'a> {
    /// No edition, or one that cannot be compared.
    Nothing,
    /// Codes with their days, and whether they were all there are.
    Codes { rows: Vec<CodeRow>, whole: bool },
    /// The text of an edition of other rows.
    Rows(&'a str),
    /// Procedure pairs.
    Pairs(&'a Pairs),
    /// The tabular list.
    Tabular(&'a TabularEdition),
}

/// An edition that is in no database yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Of which list.
    pub list: List,
    /// What it is called.
    pub name: String,
    /// Its first day.
    pub from: NaiveDate,
    /// The last day for which a code that it lacks is wrong; none when a code may be missing on any.
    pub whole_to: Option<NaiveDate>,
    /// Rows that it holds, ended ones included.
    pub rows: usize,
    /// What is in force on its first day and was not the day before.
    pub added: usize,
    /// What was in force the day before and no longer is.
    pub ended: usize,
    /// As it is kept: text of columns, or pairs.
    pub content: Vec<u8>,
}

/// An edition of a list from what a file holds. One of whose rows some were rejected is not whole.
pub(super) fn draft(
    list: List,
    content: Content,
    from: NaiveDate,
    all_read: bool,
    before: &Before<'_>,
) -> Result<Draft, EditionError> {
    let eve = from.pred_opt().ok_or(EditionError::Day(from))?;
    let (old, whole): (&[CodeRow], bool) = match before {
        Before::Codes { rows, whole } => (rows, *whole),
        Before::Nothing | Before::Rows(_) | Before::Pairs(_) | Before::Tabular(_) => (&[], false),
    };
    let codes = |rows: Vec<CodeRow>, old: &[CodeRow]| {
        let (now, then) = (in_force(&rows, from), in_force(old, eve));
        (rows.len(), now.difference(&then).count(), then.difference(&now).count())
    };
    let (counts, content) = match content {
        Content::Snapshot(file) => {
            let rows = follow(old, whole, file, from, eve);
            let text = text(&rows);
            let (held, counts) = (in_force(old, eve).len(), codes(rows, old));
            // No publisher ends a tenth of a list at once.
            if whole && counts.2 > held / 10 {
                return Err(EditionError::CutOff { ended: counts.2, held });
            }
            (counts, text.into_bytes())
        }
        Content::Changes(addenda) => {
            let rows = follow(old, whole, changed(old, addenda, eve)?, from, eve);
            let text = text(&rows);
            (codes(rows, old), text.into_bytes())
        }
        Content::Dated(mut rows) => {
            rows.sort_by(|a, b| (&a.code, a.first).cmp(&(&b.code, b.first)));
            let text = text(&rows);
            (codes(rows, old), text.into_bytes())
        }
        Content::Rows { columns, rows } => {
            let text = format!("{columns}\n{}\n", rows.join("\n"));
            let (now, then) = (
                keys(&text, from),
                if let Before::Rows(text) = before { keys(text, eve) } else { BTreeSet::new() },
            );
            let counts = (rows.len(), now.difference(&then).count(), then.difference(&now).count());
            (counts, text.into_bytes())
        }
        Content::Tabular(tabular) => {
            let files = (tabular.notes_file(), tabular.seventh_file(), tabular.blocks_file());
            let lines = |text: &'_ str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
            let now: BTreeSet<String> = [lines(&files.0), lines(&files.1)].concat().into_iter().collect();
            let then: BTreeSet<String> = match before {
                Before::Tabular(edition) => edition.lines().map(str::to_owned).collect(),
                _ => BTreeSet::new(),
            };
            let counts = (tabular.rows(), now.difference(&then).count(), then.difference(&now).count());
            (counts, TabularEdition::content(&files.0, &files.1, &files.2).into_bytes())
        }
        Content::Pairs(builder) => {
            let bytes = builder.build();
            let Some(pairs) = Pairs::read(bytes.clone()) else {
                return Err(EditionError::Misfit("the pairs cannot be read back".to_owned()));
            };
            let now: BTreeSet<&[u8]> = pairs.in_force(from).collect();
            let then: BTreeSet<&[u8]> = if let Before::Pairs(pairs) = before {
                pairs.in_force(eve).collect()
            } else {
                BTreeSet::new()
            };
            ((pairs.len(), now.difference(&then).count(), then.difference(&now).count()), bytes)
        }
    };
    Ok(Draft {
        list,
        name: list.edition_name(from),
        from,
        whole_to: list.whole_to(from).filter(|_| all_read),
        rows: counts.0,
        added: counts.1,
        ended: counts.2,
        content,
    })
}

/// The codes and headings that are in force on a day.
fn in_force(rows: &[CodeRow], on: NaiveDate) -> BTreeSet<(&str, bool)> {
    rows.iter().filter(|row| is_in_force(row, on)).map(|row| (row.code.as_str(), row.billable)).collect()
}

fn is_in_force(row: &CodeRow, on: NaiveDate) -> bool {
    row.first.is_none_or(|first| first <= on) && row.last.is_none_or(|last| on <= last)
}

/// The codes and modifiers of an edition of other rows. Where rows have days, those of the day, with what
/// they say: a flag that changes is one that ended and one that is new.
fn keys(text: &str, on: NaiveDate) -> BTreeSet<(&str, &str)> {
    let columns = text.lines().next().unwrap_or("");
    let (with_modifier, with_days) =
        (columns.starts_with("code\tmodifier\t"), columns.contains("\tvalid_from\tvalid_to\t"));
    let rows = Rows::of_file(text).all().filter(|row| !with_days || row.is_open_on(on, 1, 2));
    rows.map(|row| match (with_modifier, with_days) {
        (true, _) => (row.key(), row.column(1)),
        (_, true) => (row.key(), row.columns_from(3)),
        _ => (row.key(), ""),
    })
    .collect()
}

/// What a file lists as valid, after what was valid the day before.
fn follow(old: &[CodeRow], whole: bool, file: Vec<CodeRow>, from: NaiveDate, eve: NaiveDate) -> Vec<CodeRow> {
    let mut rows = Vec::with_capacity(file.len());
    let mut open = HashMap::new();
    for row in old {
        if is_in_force(row, eve) {
            open.insert((row.code.clone(), row.billable), row);
        } else if row.last.is_some_and(|last| last < eve) {
            rows.push(row.clone());
        }
    }
    for row in file {
        let first = match open.remove(&(row.code.clone(), row.billable)) {
            Some(old) => old.first,
            // Where not all codes were known, one that was not may be as old as any.
            None => whole.then_some(from),
        };
        rows.push(CodeRow { first, ..row });
    }
    rows.extend(open.into_values().map(|row| CodeRow { last: Some(eve), ..row.clone() }));
    rows.sort_by(|a, b| (&a.code, a.first).cmp(&(&b.code, b.first)));
    rows
}

/// Everything that is valid once a list of changes is applied to what was valid the day before.
fn changed(old: &[CodeRow], addenda: Addenda, eve: NaiveDate) -> Result<Vec<CodeRow>, EditionError> {
    let mut rows: HashMap<(String, bool), CodeRow> = old
        .iter()
        .filter(|row| is_in_force(row, eve))
        .map(|row| ((row.code.clone(), row.billable), CodeRow { first: None, last: None, ..row.clone() }))
        .collect();
    for change in addenda.changes {
        let row = match &change {
            Change::Add(row) | Change::Delete(row) | Change::Revise(row) => row.clone(),
        };
        let (code, key) = (row.code.clone(), (row.code.clone(), row.billable));
        let (fits, fault) = match change {
            // Deletions come before the addition of the same code as a heading.
            Change::Add(_) => (rows.insert(key, row).is_none(), "is added, but was there"),
            Change::Delete(_) => (rows.remove(&key).is_some(), "is deleted, but was not there"),
            Change::Revise(_) => (rows.insert(key, row).is_some(), "is revised, but was not there"),
        };
        if !fits {
            return Err(EditionError::Misfit(format!("{code} {fault}")));
        }
    }
    let billable = rows.values().filter(|row| row.billable).count();
    for (what, said, held) in
        [("codes", addenda.codes, billable), ("headings", addenda.headings, rows.len() - billable)]
    {
        let held = u64::try_from(held).unwrap_or(u64::MAX);
        if let Some(said) = said.filter(|said| *said != held) {
            return Err(EditionError::Counts { what, said, held });
        }
    }
    Ok(rows.into_values().collect())
}

/// Codes as text, sorted as a lookup bisects it.
fn text(rows: &[CodeRow]) -> String {
    let day = |day: Option<NaiveDate>| day.map(|day| day.format("%Y%m%d").to_string()).unwrap_or_default();
    let mut text = String::with_capacity(rows.len() * 80);
    text.push_str(COLUMNS);
    text.push('\n');
    for row in rows {
        let CodeRow { code, billable, first, last, title } = row;
        text.extend([code.as_str(), "\t", if *billable { "1" } else { "0" }, "\t", &day(*first), "\t"]);
        text.extend([&day(*last), "\t", title.as_str(), "\n"]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Codes;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn row(code: &str, billable: bool, first: &str, last: &str) -> CodeRow {
        let day = |text: &str| (!text.is_empty()).then(|| day(text));
        CodeRow {
            code: code.into(),
            billable,
            first: day(first),
            last: day(last),
            title: format!("Of {code}"),
        }
    }

    fn listed(code: &str, billable: bool) -> CodeRow {
        row(code, billable, "", "")
    }

    /// The text of an edition that begins on 2026-10-01, without its captions.
    fn check(content: Content, before: &Before<'_>, counts: (usize, usize, usize), expected: &str) {
        let draft = draft(List::Icd10cm, content, day("2026-10-01"), true, before).unwrap();
        assert_eq!((draft.rows, draft.added, draft.ended), counts);
        assert_eq!(String::from_utf8(draft.content).unwrap(), format!("{COLUMNS}\n{expected}"));
    }

    #[test]
    fn what_a_file_lists_follows_what_was_valid_the_day_before() {
        let old = vec![
            row("A00", false, "", ""),
            row("A000", true, "2015-10-01", ""),
            // Ended long ago: stays ended.
            row("A001", true, "2015-10-01", "2018-09-30"),
            // Becomes a heading.
            row("D691", true, "2015-10-01", "2026-09-30"),
            // Gone.
            row("E00", true, "2020-10-01", ""),
            // The edition before knew of a later one: this file knows better.
            row("F00", true, "2026-10-01", ""),
        ];
        // Enough that stay: a file without a tenth of the codes would be cut off.
        let others: Vec<CodeRow> =
            (10..30).map(|number| row(&format!("T{number}"), true, "2015-10-01", "")).collect();
        let mut file: Vec<CodeRow> = others.iter().map(|row| listed(&row.code, true)).collect();
        file.extend([
            listed("A00", false),
            listed("A000", true),
            listed("D691", false),
            listed("D6911", true),
        ]);
        let mut expected = "A00\t0\t\t\tOf A00\n\
             A000\t1\t20151001\t\tOf A000\n\
             A001\t1\t20151001\t20180930\tOf A001\n\
             D691\t1\t20151001\t20260930\tOf D691\n\
             D691\t0\t20261001\t\tOf D691\n\
             D6911\t1\t20261001\t\tOf D6911\n\
             E00\t1\t20201001\t20260930\tOf E00\n"
            .to_owned();
        for CodeRow { code, title, .. } in &others {
            expected += &format!("{code}\t1\t20151001\t\t{title}\n");
        }
        let before = Before::Codes { rows: [old, others].concat(), whole: true };
        check(Content::Snapshot(file), &before, (27, 2, 2), &expected);
    }

    #[test]
    fn a_file_that_is_cut_off_ends_nothing() {
        let old: Vec<CodeRow> = (0..40).map(|number| listed(&format!("A{number:02}"), true)).collect();
        let draft = |count: usize, whole| {
            let file = Content::Snapshot(old[..count].to_vec());
            let before = Before::Codes { rows: old.clone(), whole };
            draft(List::Icd10cm, file, day("2026-10-01"), true, &before)
        };
        assert_eq!(draft(36, true).unwrap().ended, 4);
        let fault = draft(35, true).unwrap_err().to_string();
        assert_eq!(
            fault,
            "5 of the 40 codes that were in force the day before are not in the file: it is not whole"
        );
        // A sample may be anything.
        assert_eq!(draft(1, false).unwrap().ended, 39);
    }

    #[test]
    fn where_not_every_code_was_known_a_new_one_has_no_first_day() {
        check(
            Content::Snapshot(vec![listed("B00", true)]),
            &Before::Codes { rows: vec![], whole: false },
            (1, 1, 0),
            "B00\t1\t\t\tOf B00\n",
        );
    }

    #[test]
    fn a_file_with_days_is_taken_by_its_word() {
        let file = vec![row("B01", true, "2026-10-01", ""), row("B00", true, "2020-01-01", "2026-09-30")];
        check(
            Content::Dated(file),
            &Before::Codes { rows: vec![listed("B00", true)], whole: true },
            (2, 1, 1),
            "B00\t1\t20200101\t20260930\tOf B00\nB01\t1\t20261001\t\tOf B01\n",
        );
    }

    #[test]
    fn changes_that_do_not_fit_are_refused() {
        let draft = |change, headings| {
            let addenda = Addenda { changes: vec![change], headings, codes: None };
            Codes::shipped().draft(List::Icd10cm, Content::Changes(addenda), day("2026-10-01"), true)
        };
        let fault = |change| draft(change, None).unwrap_err().to_string();
        assert_eq!(
            fault(Change::Add(listed("I10", true))),
            "the changes do not fit the edition before: I10 is added, but was there"
        );
        assert_eq!(
            fault(Change::Delete(listed("Z9999X", true))),
            "the changes do not fit the edition before: Z9999X is deleted, but was not there"
        );
        // The shipped table has 23,467 headings on 2026-09-30.
        assert!(draft(Change::Add(listed("Q00X", false)), Some(23_468)).is_ok());
        assert!(matches!(
            draft(Change::Add(listed("Q00X", false)), Some(9)),
            Err(EditionError::Counts { what: "headings", said: 9, held: 23_468 })
        ));
    }

    #[test]
    fn an_edition_of_which_rows_were_rejected_is_not_whole() {
        let from = day("2026-10-01");
        let draft = |all_read| {
            let content = Content::Snapshot(vec![listed("B00", true)]);
            draft(List::Icd10cm, content, from, all_read, &Before::Nothing).unwrap().whole_to
        };
        assert_eq!((draft(true), draft(false)), (Some(day("2027-03-31")), None));
    }
}
