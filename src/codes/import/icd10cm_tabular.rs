//! `icd10cm_tabular_YYYY.xml`: chapters, sections and codes with their notes and seventh characters. It
//! says of no code that it is valid: the order file does.

use std::io::BufRead;

use super::named::fiscal_year;
use super::{Content, ImportError, Layout, Reading, Rejections};
use crate::codes::list::List;
use crate::codes::tabular::Tabular;

/// Whether a text begins as such a file does.
pub(super) fn begins(head: &str) -> bool {
    let opened = ["<ICD10CM.tabular>", "<ICD10CM.tabular "];
    head.trim_start().starts_with('<') && opened.iter().any(|element| head.contains(element))
}

pub(super) fn read(input: impl BufRead) -> Result<Reading, ImportError> {
    let tabular = Tabular::read(input)?;
    // The April update has the version of its year, too: its name says so.
    let from = tabular.version.parse().ok().and_then(|year| fiscal_year(year, false));
    let rows = tabular.rows() as u64;
    let tables = vec![(List::Icd10cmTabular, Content::Tabular(Box::new(tabular)))];
    Ok(Reading { layout: Layout::Icd10cmTabular, from, rows, rejected: Rejections::default(), tables })
}
