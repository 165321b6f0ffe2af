//! The rows of a roster: texts by column.

use crate::charges::{Problem, read_table, unreadable_table};
use crate::rosters::Roster;
use crate::rosters::columns::{self, Column};
use crate::types::Error;

/// A roster that was read as far as its rows: what they say is not looked at yet.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub(super) roster: Roster,
    pub(super) rows: Vec<Row>,
    pub(super) unknown_columns: Vec<String>,
}

/// A row that is not empty.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The line of a file, or the row of a workbook.
    pub(super) number: i32,
    /// What stands in our columns, where anything does.
    texts: Vec<(Column, String)>,
    /// What cannot be read at all.
    pub(super) problems: Vec<Problem>,
}

impl Row {
    /// What stands in some of the columns, as the fields that they are.
    pub(super) fn fields(&self, wanted: impl Fn(Column) -> Option<Column>) -> Vec<(&'static str, &str)> {
        self.texts.iter().filter_map(|(column, text)| Some((wanted(column)?, text.as_str()))).collect()
    }
}

/// Reads a file, CSV or the first sheet of a workbook.
pub(super) fn read(roster: Roster, bytes: &[u8], said: &[(String, String)]) -> Result<Sheet, Error> {
    let what = format!("the {roster} cannot be read");
    let table = read_table(bytes).map_err(|fault| unreadable_table(fault, "rosters/unreadable", &what))?;
    let bound = columns::bind(roster, &table.headings, said)?;
    let width = table.headings.len();
    let rows = table.rows.into_iter().map(|row| {
        let mut read = Row { number: row.number, texts: vec![], problems: vec![] };
        if row
            .cells
            .iter()
            .any(|(place, text, _)| *place >= width && text.as_ref().is_ok_and(|t| !t.trim().is_empty()))
        {
            let reason = format!("has more fields than the heading, which has {width}");
            read.problems.push(Problem { row: row.number, column: None, reason });
        }
        for (place, text, is_number) in row.cells {
            for (column, _) in bound.columns.iter().filter(|(_, known)| *known == place) {
                match &text {
                    Ok(text) if text.trim().is_empty() => {}
                    Ok(text) if is_number => read.texts.push((column, with_zeros(column, text))),
                    Ok(text) => read.texts.push((column, text.trim().to_owned())),
                    Err(why) => read.problems.push(Problem::new(row.number, *column, *why)),
                }
            }
        }
        read
    });
    Ok(Sheet { roster, rows: rows.collect(), unknown_columns: bound.unknown })
}

/// The text of a workbook's number, which has lost its zeros in front, where the length is known.
fn with_zeros(column: Column, text: &str) -> String {
    match column {
        "zip" if text.len() > 5 => format!("{text:0>9}"),
        "zip" => format!("{text:0>5}"),
        "tax_id" => format!("{text:0>9}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workbooks_number_gets_its_zeros_back_where_the_length_is_known() {
        for (column, number, text) in [
            ("zip", "2134", "02134"),
            ("zip", "21341234", "021341234"),
            ("tax_id", "12345678", "012345678"),
            ("account_number", "17", "17"),
        ] {
            assert_eq!(with_zeros(column, number), text);
        }
    }
}
