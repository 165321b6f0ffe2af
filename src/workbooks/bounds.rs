//! What a workbook may unpack to, looked at before anything else reads it.

use std::io::{self, Cursor};

use zip::ZipArchive;

use super::Fault;

/// The most that a workbook may unpack to: many years of charges, and not the machine's memory.
pub const UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Refuses a workbook that unpacks to more than is read, whatever it says of its size, and one with cells
/// where no sheet has any.
pub(super) fn hold(bytes: &[u8]) -> Result<(), Fault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_damaged| Fault::NoWorkbook)?;
    let mut left = UNPACKED_BYTES_MAX;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|_damaged| Fault::NoWorkbook)?;
        let mut names = CellNames::default();
        let is_sheet = entry.name().is_ok_and(|name| name.contains("worksheets/"));
        let read = io::copy(&mut io::Read::take(entry, left + 1), &mut names)
            .map_err(|_damaged| Fault::NoWorkbook)?;
        if is_sheet && names.beyond {
            return Err(Fault::NoWorkbook);
        }
        left = left.checked_sub(read).ok_or(Fault::TooLarge)?;
    }
    Ok(())
}

/// Looks at the names of cells (`XFD1048576` is the last one of a sheet) as a part is unpacked: of longer
/// ones the library that reads the cells computes another place.
#[derive(Default)]
struct CellNames {
    at: At,
    beyond: bool,
}

/// Where in a part's text.
#[derive(Clone, Copy, Default)]
enum At {
    #[default]
    Text,
    Tag,
    /// Behind a blank within a tag.
    Blank,
    /// Behind `r` there.
    R,
    /// Behind `r=`.
    Equals,
    /// Within the name: so many letters and digits.
    Name(u8, u8),
}

impl io::Write for CellNames {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            self.at = match (self.at, byte) {
                (At::Name(letters, digits), byte) => match byte {
                    b'"' | b'\'' => At::Tag,
                    b'0'..=b'9' => At::Name(letters, digits.saturating_add(1)),
                    _ => At::Name(letters.saturating_add(1), digits),
                },
                (At::Text, b'<') => At::Tag,
                (At::Text, _) | (_, b'>') => At::Text,
                (same @ (At::R | At::Equals), b' ' | b'\t' | b'\r' | b'\n') => same,
                (At::Tag | At::Blank, b' ' | b'\t' | b'\r' | b'\n') => At::Blank,
                (At::Blank, b'r') => At::R,
                (At::R, b'=') => At::Equals,
                (At::Equals, b'"' | b'\'') => At::Name(0, 0),
                _ => At::Tag,
            };
            self.beyond |= matches!(self.at, At::Name(letters, digits) if letters > 3 || digits > 7);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
