//! A fee schedule as a payer sends it: CSV or XLSX, its columns found by their captions.
//!
//! | column | captions, whatever their case, blanks and marks |
//! | --- | --- |
//! | procedure, required | procedure, procedure code, code, HCPCS, CPT, CPT/HCPCS |
//! | modifier | modifier, mod: 26, TC or another with a price of its own; empty the whole service |
//! | place | place, site, setting: facility (F), non-facility (NF), or empty |
//! | amount | amount, fee, rate, price, allowed, allowed amount, contract rate |
//! | non-facility amount | non-facility amount, fee, price or rate: a price of its own beside the facility's |
//! | facility amount | facility amount, fee, price or rate |
//! | effective from, thru | effective, effective date, from, start date; thru, to, end date, term date |
//! | ranked | mult proc: the Medicare fee schedule's indicator |
//! | both sides | bilat surg: likewise |
//!
//! An amount column or one of the two by place must be there. Other columns are read over and named.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::charges::{Problem, Table, read_table, unreadable_table};
use crate::codes::import::{caption, day};
use crate::codes::{Bilateral, MultipleProcedure};
use crate::contracts::rates::{Fee, FeeKey, SiteClass};
use crate::types::{Error, Modifier, Money, MoneyError, Place, ProcedureCode, Refusal, Result, Status};

/// The highest price of one unit; the database holds the same.
const AMOUNT_MAX: Money = Money::from_cents(99_999_999);

/// Problems that are told one by one; the others are counted.
const PROBLEMS_MAX: usize = 1_000;

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Procedure,
    Modifier,
    Place,
    Amount(SiteClass),
    From,
    Thru,
    Ranked,
    Bilateral,
}

/// Our column and its captions, in capitals without blanks and marks.
const NAMES: [(Column, &str, &[&str]); 10] = [
    (
        Column::Procedure,
        "procedure",
        &[
            "PROCEDURE",
            "PROCEDURECODE",
            "CODE",
            "HCPCS",
            "HCPCSCODE",
            "CPT",
            "CPTCODE",
            "CPTHCPCS",
            "HCPCSCPT",
        ],
    ),
    (Column::Modifier, "modifier", &["MODIFIER", "MOD", "MODIFIERCODE"]),
    (Column::Place, "place", &["PLACE", "SITE", "SETTING", "PLACEOFSERVICE", "SITEOFSERVICE", "POS"]),
    (
        Column::Amount(SiteClass::Any),
        "amount",
        &[
            "AMOUNT",
            "FEE",
            "RATE",
            "PRICE",
            "ALLOWED",
            "ALLOWEDAMOUNT",
            "ALLOWABLE",
            "CONTRACTRATE",
            "FEEAMOUNT",
        ],
    ),
    (
        Column::Amount(SiteClass::NonFacility),
        "nonfacility_amount",
        &["NONFACILITYAMOUNT", "NONFACILITYFEE", "NONFACILITYPRICE", "NONFACILITYRATE", "NONFACILITY"],
    ),
    (
        Column::Amount(SiteClass::Facility),
        "facility_amount",
        &["FACILITYAMOUNT", "FACILITYFEE", "FACILITYPRICE", "FACILITYRATE", "FACILITY"],
    ),
    (
        Column::From,
        "from",
        &[
            "EFFECTIVE",
            "EFFECTIVEDATE",
            "EFFECTIVEFROM",
            "FROM",
            "FROMDATE",
            "STARTDATE",
            "BEGINDATE",
            "VALIDFROM",
        ],
    ),
    (
        Column::Thru,
        "thru",
        &[
            "THRU",
            "THRUDATE",
            "EFFECTIVETHRU",
            "TO",
            "TODATE",
            "ENDDATE",
            "TERMDATE",
            "TERMINATIONDATE",
            "VALIDTO",
        ],
    ),
    (Column::Ranked, "ranked", &["MULTPROC", "MULTIPLEPROCEDURE"]),
    (Column::Bilateral, "bilateral", &["BILATSURG", "BILATERAL", "BILATERALSURGERY"]),
];

/// The captions by which columns are known, for a person.
pub const CAPTIONS: &str = "Columns, by caption: procedure (or CPT, HCPCS, code); modifier; place (facility, \
    non-facility); amount (or fee, rate, price, allowed), or non-facility and facility amount; effective \
    from and thru; mult proc; bilat surg. The procedure and an amount are required.";

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetOfFees {
    /// The prices, in the order of the file.
    pub fees: Vec<Fee>,
    /// Rows with anything in them, the rejected ones included.
    pub rows_read: usize,
    /// Rows that were rejected.
    pub rows_rejected: usize,
    /// Why, row by row: the first thousand.
    pub problems: Vec<Problem>,
    /// Columns that were read over.
    pub unknown_columns: Vec<String>,
    /// The earliest first day that a row names.
    pub earliest: Option<NaiveDate>,
}

/// Reads a fee schedule, CSV or XLSX. Rows may be bad; the captions may not.
///
/// # Errors
/// `contracts/unreadable`: the file is no sheet; `contracts/captions`: a column is missing or there twice.
pub fn read_sheet(bytes: &[u8]) -> Result<SheetOfFees> {
    let table = read_table(bytes)
        .map_err(|fault| unreadable_table(fault, "contracts/unreadable", "the fee schedule cannot be read"));
    let Table { headings, rows } = table?;
    let (columns, unknown_columns) = bind(&headings)?;
    let mut sheet = SheetOfFees { unknown_columns, ..SheetOfFees::default() };
    let mut known: HashMap<FeeKey, Vec<(usize, i32)>> = HashMap::new();
    for row in rows {
        sheet.rows_read += 1;
        let mut texts = vec![Ok(String::new()); columns.len()];
        for (place, text, is_number) in row.cells {
            for ((column, at), kept) in columns.iter().zip(&mut texts) {
                if *at == place {
                    // A workbook's number has lost the zeros in front.
                    let is_code = is_number && *column == Column::Procedure;
                    *kept = text.clone().map(|text| if is_code { format!("{text:0>5}") } else { text });
                }
            }
        }
        let read = read_row(&columns, &texts).and_then(|fees| {
            let same = fees.iter().find_map(|fee| {
                let of_key = known.get(&fee.key)?;
                of_key.iter().find(|(at, _)| overlap(&sheet.fees[*at], fee)).map(|(_, row)| *row)
            });
            match same {
                None => Ok(fees),
                Some(row) => Err((
                    Column::Procedure,
                    format!("row {row} has a price of the same for some of its days"),
                )),
            }
        });
        match read {
            Ok(fees) => {
                for fee in fees {
                    known.entry(fee.key.clone()).or_default().push((sheet.fees.len(), row.number));
                    sheet.fees.push(fee);
                }
            }
            Err((column, why)) => {
                sheet.rows_rejected += 1;
                if sheet.problems.len() < PROBLEMS_MAX {
                    sheet.problems.push(Problem::new(row.number, name(column), why));
                }
            }
        }
    }
    sheet.earliest = sheet.fees.iter().filter_map(|fee| fee.from).min();
    Ok(sheet)
}

fn name(column: Column) -> &'static str {
    NAMES.iter().find(|(known, ..)| *known == column).map_or("", |(_, name, _)| name)
}

/// Where our columns stand, and what else is there.
fn bind(headings: &[String]) -> Result<(Bound, Vec<String>)> {
    let (mut bound, mut unknown): (Bound, Vec<String>) = (vec![], vec![]);
    for (place, heading) in headings.iter().enumerate() {
        let caption = caption(heading);
        match NAMES.iter().find(|(.., captions)| captions.contains(&caption.as_str())) {
            Some((column, name, _)) if bound.iter().any(|(known, _)| known == column) => {
                return Err(wrong_captions(&format!("the column {name} is there twice")));
            }
            Some((column, ..)) => bound.push((*column, place)),
            None if caption.is_empty() => {}
            None => unknown.push(heading.chars().take(40).collect()),
        }
    }
    let has = |wanted: fn(Column) -> bool| bound.iter().any(|(column, _)| wanted(*column));
    if !has(|column| column == Column::Procedure) {
        return Err(wrong_captions("no column has the procedure"));
    }
    if !has(|column| matches!(column, Column::Amount(_))) {
        return Err(wrong_captions("no column has an amount"));
    }
    Ok((bound, unknown))
}

fn wrong_captions(what: &str) -> Error {
    let place = Place { row: Some(1), ..Place::default() };
    let what = format!("the fee schedule cannot be read: {what}");
    Refusal::new("contracts/captions", Status::Unreadable, what, "Correct the captions in row 1")
        .at(place)
        .into()
}

/// Our columns, and where each stands.
type Bound = Vec<(Column, usize)>;
type Text = std::result::Result<String, &'static str>;
type Fault = (Column, String);

/// The prices of a row: one, or one for each place.
fn read_row(columns: &[(Column, usize)], texts: &[Text]) -> std::result::Result<Vec<Fee>, Fault> {
    let text = |wanted: Column| match columns.iter().position(|(column, _)| *column == wanted) {
        None => Ok(""),
        Some(at) => texts[at].as_ref().map(|text| text.trim()).map_err(|why| (wanted, (*why).to_owned())),
    };
    let procedure = ProcedureCode::parse(text(Column::Procedure)?)
        .map_err(|fault| (Column::Procedure, format!("is not {}", expected(&fault))))?;
    let modifier = match text(Column::Modifier)? {
        "" => String::new(),
        some => Modifier::parse(some)
            .map(|modifier| modifier.as_str().to_owned())
            .map_err(|fault| (Column::Modifier, format!("is not {}", expected(&fault))))?,
    };
    let class = match caption(text(Column::Place)?).as_str() {
        "" | "ANY" | "ALL" | "BOTH" => SiteClass::Any,
        "F" | "FAC" | "FACILITY" => SiteClass::Facility,
        "NF" | "N" | "NONFAC" | "NONFACILITY" | "OFFICE" | "O" => SiteClass::NonFacility,
        _ => return Err((Column::Place, "is neither facility nor non-facility".to_owned())),
    };
    let on = |column| day(text(column)?).map_err(|_no_day| (column, "is no day".to_owned()));
    let (from, to) = (on(Column::From)?, on(Column::Thru)?);
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        return Err((Column::Thru, "is before the first day".to_owned()));
    }
    let ranked = match text(Column::Ranked)? {
        "" => None,
        some => Some(MultipleProcedure::from_code(some) == MultipleProcedure::Ranked),
    };
    let bilateral =
        match text(Column::Bilateral)? {
            "" => None,
            some => Some(Bilateral::from_code(some).ok_or_else(|| {
                (Column::Bilateral, "is none of the indicators 0, 1, 2, 3 and 9".to_owned())
            })?),
        };
    let mut fees = vec![];
    for (column, _) in columns {
        let Column::Amount(of) = *column else { continue };
        let said = text(*column)?;
        if said.is_empty() {
            continue;
        }
        let amount = amount(said).map_err(|why| (*column, why))?;
        let site = if of == SiteClass::Any { class } else { of };
        let key = FeeKey { procedure: procedure.as_str().to_owned(), modifier: modifier.clone(), site };
        fees.push(Fee { key, amount, from, to, ranked, bilateral });
    }
    if fees.is_empty() { Err((first_amount(columns), "is empty".to_owned())) } else { Ok(fees) }
}

fn first_amount(columns: &[(Column, usize)]) -> Column {
    let amounts =
        columns.iter().map(|(column, _)| *column).filter(|column| matches!(column, Column::Amount(_)));
    amounts.into_iter().next().unwrap_or(Column::Amount(SiteClass::Any))
}

fn expected(fault: &impl std::fmt::Display) -> String {
    let said = fault.to_string();
    said.strip_prefix("expected ").unwrap_or(&said).to_owned()
}

/// `92.00`, `$1,234.50`; no price is below nothing.
fn amount(text: &str) -> std::result::Result<Money, String> {
    match Money::parse_written(text) {
        Ok(amount) if amount.is_negative() => Err("is below nothing".to_owned()),
        Ok(amount) if amount > AMOUNT_MAX => Err(format!("is above {AMOUNT_MAX}")),
        Ok(amount) => Ok(amount),
        Err(MoneyError::FractionOfACent) => Err("has more than two decimals".to_owned()),
        Err(MoneyError::NotANumber | MoneyError::TooLarge) => Err("is no amount".to_owned()),
    }
}

/// Whether two prices of the same hold on one day.
fn overlap(one: &Fee, other: &Fee) -> bool {
    let begins_before_end = |first: &Fee, second: &Fee| match (first.from, second.to) {
        (Some(from), Some(to)) => from <= to,
        _ => true,
    };
    begins_before_end(one, other) && begins_before_end(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbooks::made::{row, workbook};

    fn fees(sheet: &SheetOfFees) -> Vec<String> {
        let shown = |fee: &Fee| {
            let FeeKey { procedure, modifier, site } = &fee.key;
            format!("{procedure} {modifier} {} {}", site.as_str(), fee.amount)
        };
        sheet.fees.iter().map(shown).collect()
    }

    #[test]
    fn columns_are_found_by_their_captions_in_any_order() {
        let file = "Allowed Amount,CPT/HCPCS,Mod,Setting,Effective Date,Term Date,Network\n\
                    92.00,99213,,,1/1/2026,12/31/2026,A\n\
                    \"$1,234.50\",29881,,F,2026-01-01,,A\n\
                    9,71046,26,,,,A\n";
        let sheet = read_sheet(file.as_bytes()).unwrap();
        assert_eq!(fees(&sheet), ["99213  any 92.00", "29881  facility 1234.50", "71046 26 any 9.00"]);
        assert_eq!((sheet.rows_read, sheet.rows_rejected), (3, 0));
        assert_eq!(sheet.unknown_columns, ["Network"]);
        assert_eq!(sheet.fees[0].to.unwrap().to_string(), "2026-12-31");
        assert_eq!(sheet.earliest.unwrap().to_string(), "2026-01-01");
    }

    #[test]
    fn a_workbook_is_read_as_a_csv_file_is() {
        let rows = [
            row(1, &["HCPCS", "Mod", "Fee", "Effective Date", "Network"]),
            row(2, &["|99213", "", "|92.5", "s=\"1\"|46023", "A"]),
            // Numbers have lost the zeros in front, amounts may be texts.
            row(3, &["|142", "", "$1,030.00", "2026-01-01", "A"]),
            row(4, &["71046", "|26", "|9", "", "A"]),
            row(5, &["J1885", "", "free", "", "A"]),
        ];
        let sheet = read_sheet(&workbook(&rows.concat())).unwrap();
        assert_eq!(fees(&sheet), ["99213  any 92.50", "00142  any 1030.00", "71046 26 any 9.00"]);
        assert_eq!((sheet.rows_read, sheet.rows_rejected), (4, 1));
        assert_eq!(sheet.problems[0].row, 5);
        assert_eq!(sheet.unknown_columns, ["Network"]);
        assert_eq!(sheet.earliest.unwrap().to_string(), "2026-01-01");
    }

    #[test]
    fn two_amount_columns_are_two_prices() {
        let file = "HCPCS,Non-Facility Price,Facility Price,Mult Proc,Bilat Surg\n20610,70.10,48.20,2,1\n";
        let sheet = read_sheet(file.as_bytes()).unwrap();
        assert_eq!(fees(&sheet), ["20610  nonfacility 70.10", "20610  facility 48.20"]);
        assert_eq!((sheet.fees[0].ranked, sheet.fees[0].bilateral), (Some(true), Some(Bilateral::Adjusted)));
    }

    #[test]
    fn a_bad_row_says_which_column_and_why_and_the_others_are_read() {
        let file = "code,modifier,place,fee,from,thru\n\
                    9921,,,92.00,,\n\
                    99213,255,,92.00,,\n\
                    99213,,moon,92.00,,\n\
                    99213,,,ninety,,\n\
                    99213,,,92.005,,\n\
                    99213,,,-1,,\n\
                    99213,,,,,\n\
                    99213,,,92.00,2026-13-01,\n\
                    99213,,,92.00,2026-02-01,2026-01-31\n\
                    99213,,,92.00,,\n\
                    99213,,,93.00,2026-02-01,\n";
        let sheet = read_sheet(file.as_bytes()).unwrap();
        let said: Vec<String> = sheet
            .problems
            .iter()
            .map(|problem| {
                format!("{} {} {}", problem.row, problem.column.as_deref().unwrap(), problem.reason)
            })
            .collect();
        assert_eq!(
            said,
            [
                "2 procedure is not a CPT or HCPCS code: five letters and digits",
                "3 modifier is not a modifier: two letters or digits",
                "4 place is neither facility nor non-facility",
                "5 amount is no amount",
                "6 amount has more than two decimals",
                "7 amount is below nothing",
                "8 amount is empty",
                "9 from is no day",
                "10 thru is before the first day",
                "12 procedure row 11 has a price of the same for some of its days",
            ]
        );
        assert_eq!((sheet.rows_read, sheet.rows_rejected, sheet.fees.len()), (11, 10, 1));
    }

    #[test]
    fn a_file_that_is_no_fee_schedule_is_refused() {
        #[track_caller]
        fn check(file: &str, code: &str, what: &str) {
            let fault = read_sheet(file.as_bytes()).unwrap_err();
            let refusal = fault.refusal().unwrap();
            assert_eq!((refusal.code, refusal.detail.as_str()), (code, what));
        }
        check("", "contracts/unreadable", "the fee schedule cannot be read: the file is empty");
        check(
            "fee\n1\n",
            "contracts/captions",
            "the fee schedule cannot be read: no column has the procedure",
        );
        check(
            "cpt\n99213\n",
            "contracts/captions",
            "the fee schedule cannot be read: no column has an amount",
        );
        check(
            "cpt,code,fee\n",
            "contracts/captions",
            "the fee schedule cannot be read: the column procedure is there twice",
        );
    }
}
