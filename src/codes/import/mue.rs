//! CMS's medically unlikely edits: a notice of several lines, a caption with a line end in it, then
//! a code, the most units, how they are counted, and why.

use std::io::Read;

use super::columns::{each_record, field, one_line, quoted};
use super::{Content, ImportError, Layout, Reading, Rejections};
use crate::codes::list::List;
use crate::types::ProcedureCode;

/// The line of column names of normalised unit limits.
pub(in crate::codes) const COLUMNS: &str = "code\tunits\tmai\trationale";

pub(super) fn read(input: impl Read) -> Result<Reading, ImportError> {
    let (mut rows, mut kept, mut rejected) = (0, Vec::new(), Rejections::default());
    let mut list = None;
    let bind = |captions: &[String]| {
        let value = captions.get(1).filter(|_| captions[0] == "HCPCSCPTCODE")?;
        // "Practitioner Services MUE Values", "Outpatient Hospital Services ...", "DME Supplier ...".
        list = if value.starts_with("PRACTITIONER") {
            Some(List::MuePractitioner)
        } else if value.contains("HOSPITAL") {
            Some(List::MueHospital)
        } else if value.contains("SUPPLIER") {
            Some(List::MueSupplier)
        } else {
            None
        };
        Some(())
    };
    each_record(input, bind, |(), line, fields| {
        rows += 1;
        match row([0, 1, 2, 3].map(|at| field(fields, at))) {
            Ok(row) => kept.push(row),
            Err(reason) => rejected.add(line, reason),
        }
    })?;
    kept.sort();
    let list = list.ok_or(ImportError::NotRecognised)?;
    let tables = vec![(list, Content::Rows { columns: COLUMNS, rows: kept })];
    Ok(Reading { layout: Layout::Mue, from: None, rows, rejected, tables })
}

fn row([code, units, indicator, rationale]: [&str; 4]) -> Result<String, String> {
    let Ok(code) = ProcedureCode::parse(code) else {
        return Err(format!("{} is no procedure code", quoted(code)));
    };
    let Ok(units) = units.parse::<u32>() else {
        return Err(format!("{} is no number of units", quoted(units)));
    };
    // `2 Date of Service Edit: Policy`.
    let Some(indicator @ ('1' | '2' | '3')) = indicator.chars().next() else {
        return Err(format!("{} is no adjudication indicator", quoted(indicator)));
    };
    Ok(format!("{code}\t{units}\t{indicator}\t{}", one_line(rationale)))
}
