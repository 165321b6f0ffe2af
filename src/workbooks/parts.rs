//! What a sheet says beside its cells, which the library that reads those does not hand out: which rows
//! are hidden (ECMA-376 18.3.1.73) and which cells are merged over several rows (18.3.1.54).

use std::io::{BufReader, Cursor};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::Fault;

/// Rows and areas of a sheet, its rows counted from 1.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    hidden: Vec<i32>,
    pub(super) merged: Vec<Area>,
}

/// A cell that is merged over several rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    /// Its first row.
    pub(super) first: i32,
    /// Its last row.
    pub(super) last: i32,
    /// Its first column, counted from 0.
    pub(super) column: usize,
}

impl Layout {
    pub(super) fn is_hidden(&self, row: i32) -> bool {
        self.hidden.binary_search(&row).is_ok()
    }
}

/// What the sheet at a place of the workbook's list says beside its cells.
pub(super) fn layout(bytes: &[u8], place: usize) -> Result<Layout, Fault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_damaged| Fault::Damaged)?;
    let mut workbook = None;
    each(&mut archive, "_rels/.rels", |element| {
        if said(element, "Type").is_some_and(|kind| kind.ends_with("/relationships/officeDocument")) {
            workbook = said(element, "Target");
        }
    })?;
    let workbook = workbook.ok_or(Fault::Damaged)?;
    let workbook = workbook.strip_prefix('/').unwrap_or(&workbook);
    let (folder, name) = workbook.rsplit_once('/').map_or(("", workbook), |(folder, name)| (folder, name));
    let within = |part: &str| if folder.is_empty() { part.to_owned() } else { format!("{folder}/{part}") };
    let mut sheets = vec![];
    each(&mut archive, workbook, |element| {
        if element.local_name().as_ref() == "sheet" {
            sheets.push(said(element, "id"));
        }
    })?;
    let wanted = sheets.into_iter().nth(place).flatten().ok_or(Fault::Damaged)?;
    let mut target = None;
    each(&mut archive, &within(&format!("_rels/{name}.rels")), |element| {
        if said(element, "Id").is_some_and(|id| id == wanted) {
            target = said(element, "Target");
        }
    })?;
    let target = target.ok_or(Fault::Damaged)?;
    let part = target.strip_prefix('/').map_or_else(|| within(&target), str::to_owned);
    let (mut layout, mut row) = (Layout::default(), 0);
    each(&mut archive, &part, |element| match element.local_name().as_ref() {
        "row" => {
            // A row without a number is the one behind that before it.
            row = said(element, "r").and_then(|number| number.parse().ok()).unwrap_or(row + 1);
            if said(element, "hidden").is_some_and(|hidden| matches!(&*hidden, "1" | "true")) {
                layout.hidden.push(row);
            }
        }
        "mergeCell" => layout.merged.extend(said(element, "ref").and_then(|area| area_of(&area))),
        _ => {}
    })?;
    layout.hidden.sort_unstable();
    Ok(layout)
}

/// Hands every element of a part to `take`, named as the workbook names it, whatever the case.
fn each(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    part: &str,
    mut take: impl FnMut(&BytesStart<'_>),
) -> Result<(), Fault> {
    let same = |name: &str| name.replace('\\', "/").eq_ignore_ascii_case(part);
    let place = archive.file_names().position(|name| name.is_ok_and(|name| same(&name)));
    let entry = archive.by_index(place.ok_or(Fault::Damaged)?).map_err(|_damaged| Fault::Damaged)?;
    let mut reader = Reader::from_reader(BufReader::new(entry));
    // As lenient as the library that reads the cells: what it takes must not fail here.
    reader.config_mut().check_end_names = false;
    let mut buffer = vec![];
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|_damaged| Fault::Damaged)? {
            Event::Start(element) | Event::Empty(element) => take(&element),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// An attribute, whatever the prefix of its name.
fn said(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let mut attributes = attributes.with_checks(false).flatten();
    attributes.find(|one| one.key.local_name().as_ref() == name).map(|one| one.value.into_owned())
}

/// `A2:C4`, if it goes over several rows.
fn area_of(text: &str) -> Option<Area> {
    let (from, to) = text.split_once(':')?;
    let ((column, first), (_, last)) = (cell_of(from)?, cell_of(to)?);
    (first < last).then_some(Area { first, last, column })
}

/// `C4`: its column, counted from 0, and its row, counted from 1.
fn cell_of(name: &str) -> Option<(usize, i32)> {
    let digits = name.find(|letter: char| letter.is_ascii_digit())?;
    let (letters, row) =
        name.split_at_checked(digits).filter(|(letters, _)| (1..=3).contains(&letters.len()))?;
    let column = letters.bytes().try_fold(0, |so_far, letter| {
        letter.is_ascii_uppercase().then(|| so_far * 26 + usize::from(letter - b'A') + 1)
    })?;
    Some((column - 1, row.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_is_named_by_two_of_its_corners() {
        assert_eq!(area_of("A2:A4"), Some(Area { first: 2, last: 4, column: 0 }));
        assert_eq!(area_of("AB10:AD11"), Some(Area { first: 10, last: 11, column: 27 }));
        for none in ["A1:C1", "A1", "A:B", "1:2", "A4:A2", "ABCD1:ABCD2", "a1:a2", "A1:A99999999999", ""] {
            assert_eq!(area_of(none), None, "{none}");
        }
    }
}
