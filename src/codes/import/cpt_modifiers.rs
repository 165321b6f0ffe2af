//! The AMA's modifiers (`MODUL.txt`): a modifier, then its text, with a tab or spaces between; a text of
//! several lines goes on behind blanks. Licensed: none ships.
//!
//! CPT's appendix lists modifiers of HCPCS Level II, too: they are passed over, for they come with CMS's
//! own file.

use std::collections::HashSet;
use std::io::BufRead;

use super::columns::{each_line, one_line, quoted};
use super::{CodeRow, Content, ImportError, Layout, Reading, Rejections};
use crate::codes::list::List;
use crate::codes::shipped;

/// So many modifiers of CPT that are known make a list of them: two characters alone begin many a line.
const KNOWN_MIN: usize = 5;

/// Whether lines are such a list: of the codes that begin with a digit, four fifths are modifiers that are
/// known. Places of service, which are two digits as well, are not.
pub(super) fn is_list<'a>(lines: impl Iterator<Item = &'a str>) -> bool {
    let codes = lines.filter_map(split).map(|(code, _)| code).filter(|code| shipped::is_cpt_modifier(code));
    let (known, unknown): (HashSet<_>, HashSet<_>) = codes.partition(|code| shipped::is_listed_of_cpt(code));
    known.len() >= KNOWN_MIN && known.len() >= 4 * unknown.len()
}

fn split(line: &str) -> Option<(&str, &str)> {
    let (code, rest) = line.split_at_checked(2)?;
    let is_code = code.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    let text = rest.strip_prefix(['\t', ' '])?.trim();
    (is_code && text.contains(|letter: char| letter.is_alphabetic())).then_some((code, text))
}

/// Physical status modifiers begin with a letter, all others of CPT with a digit.
fn is_of_cpt(code: &str) -> bool {
    shipped::is_cpt_modifier(code) || shipped::is_of_cpt(code)
}

pub(super) fn read(input: impl BufRead) -> Result<Reading, ImportError> {
    let (mut rows, mut codes, mut rejected) = (0, Vec::<CodeRow>::new(), Rejections::default());
    let (mut seen, mut begun) = (HashSet::new(), false);
    each_line(input, |number, line| match split(line) {
        Some((code, text)) => {
            begun = true;
            if !is_of_cpt(code) {
                return;
            }
            rows += 1;
            if !seen.insert(code.to_owned()) {
                return rejected.add(number, format!("{code} stands in the file twice"));
            }
            codes.push(CodeRow {
                code: code.to_owned(),
                billable: true,
                first: None,
                last: None,
                title: one_line(text),
            });
        }
        // The notice before the first modifier.
        None if !begun || line.trim().is_empty() => {}
        None if line.starts_with(['\t', ' ']) => {
            if let Some(last) = codes.last_mut() {
                last.title = one_line(&format!("{} {}", last.title, line.trim()));
            }
        }
        None => {
            rows += 1;
            rejected.add(number, format!("{} is no modifier with its text", quoted(line.trim())));
        }
    })?;
    let tables = vec![(List::CptModifier, Content::Snapshot(codes))];
    Ok(Reading { layout: Layout::CptModifiers, from: None, rows, rejected, tables })
}
