//! Codes, ranges of codes and beginnings of codes, as one set.

use super::definition::Fault;

/// Entries of one list at most; the database holds the same.
pub const ENTRIES_MAX: usize = 2_000;
/// Characters of one value at most.
pub(super) const VALUE_MAX: usize = 80;

/// A set of codes: exact ones, ranges, and everything that begins with something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patterns {
    /// Sorted.
    exact: Vec<String>,
    /// First and last; codes below the last one belong to it.
    ranges: Vec<(String, String)>,
    beginnings: Vec<String>,
}

impl Patterns {
    /// These codes and no others.
    pub(super) fn exact(mut codes: Vec<String>) -> Patterns {
        codes.sort_unstable();
        codes.dedup();
        Patterns { exact: codes, ..Patterns::default() }
    }

    /// Whatever begins with one of these.
    pub(super) fn beginnings(beginnings: Vec<String>) -> Patterns {
        Patterns { beginnings, ..Patterns::default() }
    }

    /// From one code to another.
    pub(super) fn range(first: String, last: String) -> Patterns {
        Patterns { ranges: vec![(first, last)], ..Patterns::default() }
    }

    /// The entries of a list: `G0438`, `99202-99215`, `993*`. `plain` writes a code as claims have it.
    #[must_use]
    pub fn of_list(entries: &[String], plain: impl Fn(&str) -> String) -> Patterns {
        let mut all = Patterns::default();
        for entry in entries {
            if let Some(beginning) = entry.strip_suffix('*') {
                all.beginnings.push(plain(beginning));
            } else if let Some((first, last)) = entry.split_once('-') {
                all.ranges.push((plain(first), plain(last)));
            } else {
                all.exact.push(plain(entry));
            }
        }
        all.exact.sort_unstable();
        all.exact.dedup();
        all
    }

    /// Whether a code, in capitals, is in it.
    #[must_use]
    pub fn contains(&self, code: &str) -> bool {
        self.exact.binary_search_by(|known| known.as_str().cmp(code)).is_ok()
            || self.beginnings.iter().any(|beginning| code.starts_with(beginning.as_str()))
            || self.ranges.iter().any(|(first, last)| {
                first.as_str() <= code && (code <= last.as_str() || code.starts_with(last.as_str()))
            })
    }
}

/// The entries of a list as somebody typed them, parted by commas, blanks or lines; in capitals,
/// each once, in their order.
///
/// # Errors
/// What is wrong, with the place of the entry: `/entries/3`.
pub fn read_entries<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>, Vec<Fault>> {
    let (mut read, mut faults) = (vec![], vec![]);
    let parts = entries
        .into_iter()
        .flat_map(|entry| entry.split(|c: char| c == ',' || c == ';' || c.is_whitespace()))
        .filter(|part| !part.is_empty());
    for (place, part) in parts.enumerate() {
        let entry = part.to_ascii_uppercase();
        let code = |text: &str| {
            !text.is_empty()
                && text.len() <= VALUE_MAX
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
        };
        let is_good = match (entry.strip_suffix('*'), entry.split_once('-')) {
            (Some(beginning), _) => code(beginning),
            (None, Some((first, last))) => code(first) && code(last) && first <= last,
            (None, None) => code(&entry),
        };
        if !is_good {
            let what = "neither a code, nor a range like 99202-99215, nor a beginning like 993*";
            faults.push(Fault::new(format!("/entries/{place}"), what));
        } else if !read.contains(&entry) {
            read.push(entry);
        }
        if place >= 2 * ENTRIES_MAX {
            break;
        }
    }
    if faults.is_empty() && !(1..=ENTRIES_MAX).contains(&read.len()) {
        faults.push(Fault::new("/entries", format!("a list has 1 to {ENTRIES_MAX} entries")));
    }
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}
