//! What the official names of files say that their content does not: the year or quarter.

use chrono::{Months, NaiveDate};

use super::Layout;
use crate::codes::list::List;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// From when a file of that name is valid, if it is named as its publisher names it.
pub(super) fn first_day(layout: Layout, name: &str) -> Option<NaiveDate> {
    let name = name.to_ascii_lowercase();
    match layout {
        Layout::Icd10cmOrder | Layout::Icd10cmAddenda | Layout::Icd10cmTabular => {
            fiscal_year(year(&name)?, name.contains("april"))
        }
        Layout::HcpcsFixed | Layout::HcpcsCsv => {
            let after = &name[name.find("hcpc")? + 4..];
            month_of(year(after)?, after)
        }
        Layout::FeeSchedule => {
            let after = &name[name.find("pprrvu")? + 6..];
            let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
            let year = match digits.len() {
                2 => 2000 + digits.parse::<i32>().ok()?,
                4 => digits.parse().ok()?,
                _ => return None,
            };
            month_of(year, after)
        }
        // Version 32.2 is the third quarter of 2026: the first was of 1995.
        Layout::Ptp => {
            let after = name.split("-v").nth(1)?;
            let version: u32 = after.get(..2)?.parse().ok()?;
            let quarter: u32 = after.get(2..3)?.parse().ok().filter(|quarter| *quarter < 4)?;
            let january = NaiveDate::from_ymd_opt(1994 + i32::try_from(version).ok()?, 1, 1)?;
            january.checked_add_months(Months::new(quarter * 3))
        }
        Layout::Mue => {
            let after = name.split("eff_").nth(1)?.get(..10)?;
            NaiveDate::parse_from_str(after, "%m-%d-%Y").ok()
        }
        // Version 25.0 comes in January and is used from April, 25.1 in July and from October.
        Layout::Taxonomy => {
            let after = &name[name.find("taxonomy_")? + 9..];
            let year = 2000 + after.get(..2)?.parse::<i32>().ok()?;
            match after.get(2..3)? {
                "0" => NaiveDate::from_ymd_opt(year, 4, 1),
                "1" => NaiveDate::from_ymd_opt(year, 10, 1),
                _ => None,
            }
        }
        Layout::Cpt | Layout::CptModifiers => NaiveDate::from_ymd_opt(year(&name)?, 1, 1),
        Layout::Mce | Layout::PlaceOfService | Layout::ReasonsOrRemarks => None,
    }
}

/// Whose edits a file of procedure pairs has; its content does not say.
pub(super) fn whose_pairs(name: &str) -> Option<List> {
    let name = name.to_ascii_lowercase();
    if name.contains("ccipra") || name.contains("practitioner") {
        Some(List::PtpPractitioner)
    } else if name.contains("ccioph") || name.contains("hospital") {
        Some(List::PtpHospital)
    } else {
        None
    }
}

/// The first day of a fiscal year, or of its April update.
pub(super) fn fiscal_year(year: i32, april: bool) -> Option<NaiveDate> {
    if april { NaiveDate::from_ymd_opt(year, 4, 1) } else { NaiveDate::from_ymd_opt(year - 1, 10, 1) }
}

/// The first four digits in a row that are a year of this century.
fn year(name: &str) -> Option<i32> {
    let mut words = name.split(|letter: char| !letter.is_ascii_digit());
    words.find(|word| word.len() == 4 && word.starts_with("20"))?.parse().ok()
}

fn month_of(year: i32, name: &str) -> Option<NaiveDate> {
    let month = name.split(|letter: char| !letter.is_ascii_alphabetic()).find_map(|word| {
        MONTHS.iter().position(|month| word.len() <= 9 && word.starts_with(month)).map(|at| at + 1)
    });
    NaiveDate::from_ymd_opt(year, u32::try_from(month?).ok()?, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(layout: Layout, name: &str, expected: Option<&str>) {
        let expected = expected.map(|day| day.parse().unwrap());
        assert_eq!(first_day(layout, name), expected, "{name}");
    }

    #[test]
    fn official_names_say_from_when_a_file_is_valid() {
        check(Layout::Icd10cmOrder, "icd10cm_order_2027.txt", Some("2026-10-01"));
        check(Layout::Icd10cmOrder, "icd10cm-order-April-1-2026.txt", Some("2026-04-01"));
        check(Layout::Icd10cmAddenda, "icd10cm_order_addenda_2027.txt", Some("2026-10-01"));
        check(Layout::HcpcsFixed, "HCPC2026_OCT_ANWEB.txt", Some("2026-10-01"));
        check(Layout::HcpcsCsv, "HCPC2026_JUL_ANWEB_v2.csv", Some("2026-07-01"));
        check(Layout::FeeSchedule, "PPRRVU2026_Jul_nonQPP.csv", Some("2026-07-01"));
        check(Layout::FeeSchedule, "PPRRVU24_OCT.csv", Some("2024-10-01"));
        check(Layout::Ptp, "ccipra-v322r0-f1.TXT", Some("2026-07-01"));
        check(Layout::Ptp, "ccioph-v330r0-f4.txt", Some("2027-01-01"));
        check(Layout::Mue, "MCR_MUE_PractitionerServices_Eff_10-01-2026.csv", Some("2026-10-01"));
        check(Layout::Taxonomy, "nucc_taxonomy_251.csv", Some("2025-10-01"));
        check(Layout::Cpt, "CPT2026_LONGULT.txt", Some("2026-01-01"));
        for layout in
            [Layout::Icd10cmOrder, Layout::HcpcsFixed, Layout::FeeSchedule, Layout::Ptp, Layout::Mue]
        {
            check(layout, "codes.txt", None);
            check(layout, "", None);
            check(layout, "é-v9", None);
        }
    }
}
