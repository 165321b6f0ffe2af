//! NCCI procedure-to-procedure edits: tab-separated, two million pairs in four files for each of
//! practitioners and outpatient hospitals.

use std::io::BufRead;

use super::columns::{caption, day, each_line, quoted};
use super::{Content, ImportError, Layout, Reading, Rejections};
use crate::codes::list::List;
use crate::codes::pairs::PairsBuilder;
use crate::types::ProcedureCode;

/// Whether a file that begins so has the captions of the edits.
pub(super) fn has_captions(head: &str) -> bool {
    head.lines().take(20).any(|line| {
        let mut columns = line.split('\t').map(caption);
        columns.next().as_deref() == Some("COLUMN1") && columns.next().as_deref() == Some("COLUMN2")
    })
}

pub(super) fn read(input: impl BufRead, whose: Option<List>) -> Result<Reading, ImportError> {
    let whose = whose.filter(|list| matches!(list, List::PtpPractitioner | List::PtpHospital));
    let list = whose.ok_or_else(|| {
        ImportError::SeveralTables(format!("{} or {}", List::PtpPractitioner, List::PtpHospital))
    })?;
    let (mut rows, mut pairs, mut rejected) = (0, PairsBuilder::default(), Rejections::default());
    let mut begun = false;
    each_line(input, |number, line| {
        let mut columns = line.split('\t').map(str::trim);
        let [one, two, _, first, last, modifier, rationale] = [(); 7].map(|()| columns.next().unwrap_or(""));
        let both = ProcedureCode::parse(one).ok().zip(ProcedureCode::parse(two).ok());
        begun |= both.is_some();
        // Captions and notices stand before the first pair.
        if !begun || line.trim().is_empty() {
            return;
        }
        rows += 1;
        let read = || -> Result<_, String> {
            let (one, two) =
                both.ok_or_else(|| format!("{} and {} are no codes", quoted(one), quoted(two)))?;
            let first = day(first)?.ok_or("it has no effective date")?;
            let last = if last == "*" { None } else { day(last)? };
            let modifier = match modifier {
                "0" => 0,
                "1" => 1,
                "9" => 9,
                other => return Err(format!("the modifier indicator is {}", quoted(other))),
            };
            Ok((one, two, first, last, modifier))
        };
        let added = read().and_then(|(one, two, first, last, modifier)| {
            pairs.add(one.as_str(), two.as_str(), (first, last), modifier, rationale)
        });
        if let Err(reason) = added {
            rejected.add(number, reason);
        }
    })?;
    let tables = vec![(list, Content::Pairs(pairs))];
    Ok(Reading { layout: Layout::Ptp, from: None, rows, rejected, tables })
}
