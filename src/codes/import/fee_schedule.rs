//! CMS's relative value file (`PPRRVUyyyy_MMM_nonQPP.csv`): columns are bound by their captions, which
//! are stacked over several lines and differ from year to year. The description, which is the AMA's,
//! is dropped.

use std::borrow::Cow;
use std::io::Read;
use std::str::FromStr;

use csv::ByteRecord;
use rust_decimal::Decimal;

use super::columns::{caption, csv_reader, decode, field, quoted};
use super::{Content, ImportError, Layout, Reading, Rejections};
use crate::codes::list::List;
use crate::types::{Modifier, ProcedureCode};

/// The line of column names of a normalised fee schedule.
pub(in crate::codes) const COLUMNS: &str = "code\tmodifier\tstatus\tpctc_ind\tglobal_days\tmult_proc\tbilat_surg\tasst_surg\tco_surg\tteam_surg\twork_rvu\tnonfacility_pe_rvu\tfacility_pe_rvu\tmp_rvu\tconversion_factor";

/// The captions that are bound, in the order of [`COLUMNS`]: what a column's caption ends with.
const CAPTIONS: [&str; 15] = [
    "HCPCS",
    "MOD",
    "STATUSCODE",
    "PCTCIND",
    "GLOBDAYS",
    "MULTPROC",
    "BILATSURG",
    "ASSTSURG",
    "COSURG",
    "TEAMSURG",
    "WORKRVU",
    "NONFACPERVU",
    "FACILITYPERVU",
    "MPRVU",
    "CONVFACTOR",
];

/// The first of [`CAPTIONS`] whose column holds an amount.
const FIRST_AMOUNT: usize = 10;

pub(super) fn read(input: impl Read) -> Result<Reading, ImportError> {
    let mut reader = csv_reader(input);
    let mut record = ByteRecord::new();
    let mut stacked: Vec<String> = Vec::new();
    let mut bound: Option<[usize; 15]> = None;
    let (mut rows, mut kept, mut rejected) = (0, Vec::new(), Rejections::default());
    while reader.read_byte_record(&mut record)? {
        let line = record.position().map_or(0, csv::Position::line);
        let fields: Vec<Cow<'_, str>> = record.iter().map(decode).collect();
        let Some(at) = &bound else {
            // A title stands alone on its line; captions stand over several columns.
            if fields.iter().filter(|field| !field.trim().is_empty()).count() > 1 {
                stacked.resize(stacked.len().max(fields.len()), String::new());
                for (caption_so_far, field) in stacked.iter_mut().zip(&fields) {
                    caption_so_far.push_str(&caption(field));
                }
            }
            if caption(field(&fields, 0)) == "HCPCS" {
                bound = Some(bind(&stacked)?);
            }
            continue;
        };
        if fields.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        rows += 1;
        match row(&at.map(|at| field(&fields, at))) {
            Ok(row) => kept.push(row),
            Err(reason) => rejected.add(line, reason),
        }
    }
    kept.sort();
    let tables = vec![(List::FeeSchedule, Content::Rows { columns: COLUMNS, rows: kept })];
    Ok(Reading { layout: Layout::FeeSchedule, from: None, rows, rejected, tables })
}

/// Where each of [`CAPTIONS`] stands.
fn bind(captions: &[String]) -> Result<[usize; 15], ImportError> {
    let mut at = [0; 15];
    for (place, wanted) in at.iter_mut().zip(CAPTIONS) {
        let fits = |known: &String| match wanted {
            // The non-facility column ends so, too.
            "FACILITYPERVU" => known.ends_with(wanted) && !known.ends_with("NONFACILITYPERVU"),
            _ => known.ends_with(wanted),
        };
        *place = captions.iter().position(fits).ok_or(ImportError::NotRecognised)?;
    }
    Ok(at)
}

fn row(columns: &[&str; 15]) -> Result<String, String> {
    if ProcedureCode::parse(columns[0]).is_err() {
        return Err(format!("{} is no procedure code", quoted(columns[0])));
    }
    // 53 is a discontinued procedure; blank the whole service.
    if !columns[1].is_empty() && Modifier::parse(columns[1]).is_err() {
        return Err(format!("{} is no modifier", quoted(columns[1])));
    }
    for (name, text) in CAPTIONS.iter().zip(columns).skip(FIRST_AMOUNT) {
        if !text.is_empty() && Decimal::from_str(text).is_err() {
            return Err(format!("{} is no amount ({name})", quoted(text)));
        }
    }
    if columns.iter().any(|column| column.contains(['\t', '\n'])) {
        return Err("a column holds a tab or a line end".to_owned());
    }
    Ok(columns.join("\t"))
}
