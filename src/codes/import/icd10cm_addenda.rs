//! `icd10cm_order_addenda_YYYY.txt`: what a year changes, with counts of its own at the end.

use std::io::BufRead;

use super::columns::{each_line, fixed};
use super::icd10cm_order::row;
use super::named::fiscal_year;
use super::{CodeRow, Content, ImportError, Layout, Reading, Rejections};
use crate::codes::list::List;

/// What a year changes in ICD-10-CM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addenda {
    /// The changes, as the file has them.
    pub changes: Vec<Change>,
    /// Headings after the changes, by the file's own count.
    pub headings: Option<u64>,
    /// Billable codes after them.
    pub codes: Option<u64>,
}

/// One change. A code that becomes a heading is deleted as the one and added as the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new code or heading.
    Add(CodeRow),
    /// One that ends.
    Delete(CodeRow),
    /// One whose title is another from now on.
    Revise(CodeRow),
}

/// The actions, padded to 13 columns.
const ACTIONS: [&str; 4] = ["Add:", "Delete:", "Revise from:", "Revise to:"];

/// Whether a line is a change.
pub(super) fn is_row(line: &str) -> bool {
    ACTIONS.contains(&fixed(line, 1, 13)) && matches!(fixed(line, 14, 15), "0" | "1")
}

/// The section of the counts at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Changes,
    Headings,
    Codes,
    /// "of which ...", and anything else.
    Detail,
}

/// The file's own count of what it changes, for headings and for codes.
#[derive(Default)]
struct Said {
    additions: Option<u64>,
    deletions: Option<u64>,
    revisions: Option<u64>,
    /// By year, "codes in icd10cm_order_YYYY.txt": the later one counts.
    total: Option<(i32, u64)>,
}

impl Said {
    fn line(&mut self, count: u64, what: &str) {
        match what {
            "additions" => self.additions = Some(count),
            "deletions" => self.deletions = Some(count),
            "revisions" => self.revisions = Some(count),
            _ => {
                let digits: String =
                    what.chars().skip_while(|c| !c.is_ascii_digit()).filter(char::is_ascii_digit).collect();
                // The digits of icd10cm come first.
                if let Some(year) = digits.strip_prefix("10").and_then(|year| year.parse().ok()) {
                    self.total = self.total.max(Some((year, count)));
                }
            }
        }
    }
}

pub(super) fn read(input: impl BufRead) -> Result<Reading, ImportError> {
    let (mut rows, mut changes, mut rejected) = (0, Vec::new(), Rejections::default());
    let (mut section, mut headings, mut codes) = (Section::Changes, Said::default(), Said::default());
    each_line(input, |number, line| {
        let text = line.trim();
        match text {
            "" => return,
            "Headers" => return section = Section::Headings,
            "Codes" => return section = Section::Codes,
            "of which" => return section = Section::Detail,
            _ => {}
        }
        let said = match section {
            Section::Changes => None,
            Section::Headings => Some(&mut headings),
            Section::Codes => Some(&mut codes),
            Section::Detail => return,
        };
        if let Some(said) = said {
            if let Some((count, what)) = text.split_once(' ')
                && let Ok(count) = count.parse()
            {
                said.line(count, what);
            }
            return;
        }
        rows += 1;
        let action = fixed(line, 1, 13);
        match row(fixed(line, 14, 14), fixed(line, 16, 22), fixed(line, 24, 83), fixed(line, 85, usize::MAX))
        {
            Ok(row) => match action {
                "Add:" => changes.push(Change::Add(row)),
                "Delete:" => changes.push(Change::Delete(row)),
                "Revise to:" => changes.push(Change::Revise(row)),
                // What a title was is known from the edition before.
                "Revise from:" => {}
                _ => rejected.add(number, "the line begins with no known action"),
            },
            Err(reason) => rejected.add(number, reason),
        }
    })?;
    // A row that could not be read is missed by each count, too; the totals show it once more.
    let counted = [(&headings, false), (&codes, true)].into_iter().filter(|_| rejected.count == 0);
    for (said, billable) in counted {
        let count = |of: fn(&Change) -> Option<&CodeRow>| {
            changes.iter().filter_map(of).filter(|row| row.billable == billable).count()
        };
        let additions = count(|it| if let Change::Add(row) = it { Some(row) } else { None });
        let deletions = count(|it| if let Change::Delete(row) = it { Some(row) } else { None });
        let revisions = count(|it| if let Change::Revise(row) = it { Some(row) } else { None });
        check("additions", said.additions, additions)?;
        check("deletions", said.deletions, deletions)?;
        check("revisions", said.revisions, revisions)?;
    }
    let from = codes.total.and_then(|(year, _)| fiscal_year(year, false));
    let addenda =
        Addenda { changes, headings: headings.total.map(|it| it.1), codes: codes.total.map(|it| it.1) };
    let tables = vec![(List::Icd10cm, Content::Changes(addenda))];
    Ok(Reading { layout: Layout::Icd10cmAddenda, from, rows, rejected, tables })
}

/// Holds a file's own count against what it holds.
fn check(what: &'static str, said: Option<u64>, held: usize) -> Result<(), ImportError> {
    let held = u64::try_from(held).unwrap_or(u64::MAX);
    match said {
        Some(said) if said != held => Err(ImportError::Counts { what, said, held }),
        _ => Ok(()),
    }
}
