//! Whole lists in the layouts in which their publishers give them out. The official files are not at hand,
//! or may not be kept; their facts are (`hcpcs_level2.tsv` and others in `FIRSTPASS_CODE_TABLES`). Here
//! these are written in the columns of `LAYOUTS.md`, by nothing that the readers use, and imported.
//! Counts and days are those of the facts. Wording of the AMA, NUCC and X12 is made up.

use std::fmt::Write as _;

use chrono::NaiveDate;
use firstpass::codes::import::{self, Layout, Reading, Rejections};
use firstpass::codes::{Codes, GlobalPeriod, List, SeveralSurgeons};
use firstpass::types::{CodeStatus, CodeTable};

use crate::code_imports::folder;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The rows of a table of facts by the names of its columns.
struct Facts {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Facts {
    fn of(name: &str) -> Facts {
        let text = std::fs::read_to_string(folder().join(name)).unwrap();
        let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
        let names = lines.next().unwrap();
        Facts { names, rows: lines.collect() }
    }

    fn at<'f>(&self, row: &'f [String], column: &str) -> &'f str {
        let place = self.names.iter().position(|name| name == column).unwrap();
        row.get(place).map_or("", String::as_str)
    }
}

/// A file that was read whole, and the tables with every edition that it is.
fn imported(name: &str, bytes: &[u8], from: &str) -> (Reading, Codes, Vec<Counts>) {
    let reading = import::read(name, bytes, None).unwrap();
    assert_eq!(reading.rejected, Rejections::default(), "{name}");
    let effective = reading.from.unwrap_or_else(|| day(from));
    assert_eq!(effective, day(from), "{name}");
    let mut codes = Codes::shipped().clone();
    let mut counts = vec![];
    for (list, content) in reading.tables.clone() {
        let draft = codes.draft(list, content, effective, true).unwrap();
        counts.push((list, draft.rows, draft.added, draft.ended));
        codes = codes.and(draft).unwrap();
    }
    (reading, codes, counts)
}

/// List, rows, added, ended.
type Counts = (List, usize, usize, usize);

/// Status, first and last day, and title, by the edition of that day.
fn found(codes: &Codes, table: CodeTable, code: &str, on: &str) -> (CodeStatus, String, String) {
    let found = codes.lookup(table, code, day(on));
    let shown = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let days = format!("{}..{}", shown(found.valid_from), shown(found.valid_to));
    (found.status, days, found.title.unwrap_or_default().to_owned())
}

/// A field of CSV, quoted where it has to be.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

fn csv(rows: &[Vec<String>]) -> String {
    let line =
        |row: &Vec<String>| row.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(",") + "\r\n";
    rows.iter().map(line).collect()
}

// ---- HCPCS ----

/// Code (or modifier), description, short description, add date, termination date.
struct Hcpcs {
    code: String,
    long: String,
    short: String,
    added: String,
    ended: String,
    is_modifier: bool,
}

/// 8,725 codes and 378 modifiers of CMS; those of CPT are not in its file.
fn hcpcs() -> Vec<Hcpcs> {
    let (codes, modifiers) = (Facts::of("hcpcs_level2.tsv"), Facts::of("modifiers.tsv"));
    let of_code = |row: &Vec<String>| Hcpcs {
        code: codes.at(row, "code").to_owned(),
        // 262 of the newest have no text among the facts.
        long: match codes.at(row, "long_desc") {
            "" => "No text at hand".to_owned(),
            text => text.to_owned(),
        },
        short: codes.at(row, "short_desc_2019").to_owned(),
        added: codes.at(row, "add_date").to_owned(),
        ended: codes.at(row, "term_date").to_owned(),
        is_modifier: false,
    };
    let of_modifier = |row: &Vec<String>| Hcpcs {
        code: modifiers.at(row, "code").to_owned(),
        long: modifiers.at(row, "label").to_owned(),
        short: String::new(),
        added: modifiers.at(row, "add_date").to_owned(),
        ended: modifiers.at(row, "term_date").to_owned(),
        is_modifier: true,
    };
    let of_cms = modifiers.rows.iter().filter(|row| modifiers.at(row, "level") == "HCPCS");
    of_cms.map(of_modifier).chain(codes.rows.iter().map(of_code)).collect()
}

/// A description in pieces of at most 80 characters, broken between words.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for word in text.split_whitespace() {
        let last = pieces.last_mut().unwrap();
        if !last.is_empty() && last.len() + 1 + word.len() > 80 {
            pieces.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    pieces
}

/// Puts a text into a line at a column, counted from 1.
fn put(line: &mut [u8], column: usize, text: &str) {
    line[column - 1..column - 1 + text.len()].copy_from_slice(text.as_bytes());
}

/// The fixed-width file in Windows-1252, in lines of 320 columns or of 293, without their filler.
fn fixed_width(width: usize) -> Vec<u8> {
    let mut file = vec![];
    for one in hcpcs() {
        let (first, next) = if one.is_modifier { ("7", "8") } else { ("3", "4") };
        for (at, piece) in pieces(&one.long).iter().enumerate() {
            let mut line = vec![b' '; 320];
            put(&mut line, if one.is_modifier { 4 } else { 1 }, &one.code);
            put(&mut line, 6, &format!("{:05}", (at + 1) * 100));
            put(&mut line, 11, if at == 0 { first } else { next });
            put(&mut line, 12, piece);
            if at == 0 {
                put(&mut line, 92, &one.short);
                put(&mut line, 269, &one.added);
                put(&mut line, 277, &one.added);
                put(&mut line, 285, &one.ended);
                put(&mut line, 293, "N");
            }
            line.truncate(width);
            // An apostrophe as CMS's word processor writes it.
            line.iter_mut().filter(|byte| **byte == b'\'').for_each(|byte| *byte = 0x92);
            file.extend(line);
            file.extend(b"\r\n");
        }
    }
    file
}

const HCPCS_CAPTIONS: &str = "HCPC,SEQNUM,RECID,LONG DESCRIPTION,SHORT DESCRIPTION,PRICE1,PRICE2,PRICE3,PRICE4,MULT_PI,CIM1,CIM2,CIM3,MCM1,MCM2,MCM3,STATUTE,LABCERT1,LABCERT2,LABCERT3,LABCERT4,LABCERT5,LABCERT6,LABCERT7,LABCERT8,XREF1,XREF2,XREF3,XREF4,XREF5,COV,ASC_GRP,ASC_DT,OPPS,OPPS_PI,OPPS_DT,PROCNOTE,BETOS,TOS1,TOS2,TOS3,TOS4,TOS5,ANEST_BU,ADD DT,ACT EFF DT,TERM DT,ACTION CD";

fn with_captions() -> String {
    let captions: Vec<String> = HCPCS_CAPTIONS.split(',').map(str::to_owned).collect();
    let place = |caption: &str| captions.iter().position(|known| known == caption).unwrap();
    let mut rows = vec![captions.clone()];
    for one in hcpcs() {
        let (first, next) = if one.is_modifier { ("7", "8") } else { ("3", "4") };
        for (at, piece) in pieces(&one.long).into_iter().enumerate() {
            let mut row = vec![String::new(); captions.len()];
            let mut put = |caption: &str, text: String| row[place(caption)] = text;
            put("HCPC", if one.is_modifier { format!("   {}", one.code) } else { one.code.clone() });
            put("SEQNUM", format!("{:05}", (at + 1) * 100));
            put("RECID", (if at == 0 { first } else { next }).to_owned());
            put("LONG DESCRIPTION", piece);
            if at == 0 {
                put("SHORT DESCRIPTION", one.short.clone());
                put("ADD DT", one.added.clone());
                put("ACT EFF DT", one.added.clone());
                put("TERM DT", one.ended.clone());
                put("ACTION CD", "N".to_owned());
            }
            rows.push(row);
        }
    }
    csv(&rows)
}

fn check_hcpcs(name: &str, bytes: &[u8], layout: Layout, apostrophe: char) {
    let (reading, codes, counts) = imported(name, bytes, "2026-10-01");
    assert_eq!((reading.layout, reading.rows), (layout, 8_725 + 378));
    // What ships are the same codes: none begins or ends with the edition. The shipped modifiers lack no
    // Level II modifier either.
    assert_eq!(counts, [(List::Hcpcs, 8_725, 0, 0), (List::HcpcsModifier, 378, 0, 0)]);
    // 1,058 of the codes and nine of the modifiers have ended.
    let ended = |list: List| {
        let (_, content) = reading.tables.iter().find(|(known, _)| *known == list).unwrap();
        let import::Content::Dated(rows) = content else { panic!("{list}") };
        rows.iter().filter(|row| row.last.is_some()).count()
    };
    assert_eq!((ended(List::Hcpcs), ended(List::HcpcsModifier)), (1_058, 9));
    let hcpcs = |code| found(&codes, CodeTable::Hcpcs, code, "2026-10-01");
    let (status, days, title) = hcpcs("A4397");
    assert_eq!((status, days.as_str()), (CodeStatus::NotInForce, "1990-01-01..2021-12-31"));
    assert_eq!(title, "Irrigation supply; sleeve, each Terminated December 31, 2021.");
    assert_eq!(hcpcs("A0021").0, CodeStatus::Valid);
    assert_eq!(hcpcs("A0021").1, "1985-01-01..");
    // The longest description has 4,492 characters, on more than fifty records.
    assert_eq!(hcpcs("G0556").2.chars().count(), 4_492);
    assert_eq!(hcpcs("J0000").0, CodeStatus::Unknown);
    let modifier = |code| found(&codes, CodeTable::Modifier, code, "2026-10-01");
    assert_eq!(modifier("ZA").1, "2016-01-01..2018-03-31");
    assert_eq!((modifier("AC").0, modifier("AC").1.as_str()), (CodeStatus::Valid, "2026-07-01.."));
    // CPT's own stay those that ship.
    assert_eq!(modifier("25").0, CodeStatus::Valid);
    let facts = Facts::of("hcpcs_level2.tsv");
    let with_one = facts.rows.iter().find(|row| facts.at(row, "long_desc").contains('\'')).unwrap();
    let text = facts.at(with_one, "long_desc").replace('\'', &apostrophe.to_string());
    assert_eq!(hcpcs(facts.at(with_one, "code")).2, text);
}

#[test]
fn hcpcs_of_fixed_width_is_read_whole() {
    for width in [320, 293] {
        check_hcpcs("HCPC2026_OCT_ANWEB.txt", &fixed_width(width), Layout::HcpcsFixed, '’');
    }
}

#[test]
fn hcpcs_with_captions_is_read_whole() {
    check_hcpcs("HCPC2026_OCT_ANWEB.csv", with_captions().as_bytes(), Layout::HcpcsCsv, '\'');
}

/// The file with captions as a spreadsheet keeps it that was told to open it.
#[test]
fn hcpcs_as_a_workbook_is_read_whole() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let text = with_captions();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    for (row, record) in (0..).zip(reader.records()) {
        for (column, field) in (0..).zip(&record.unwrap()) {
            match field.parse::<f64>() {
                Ok(number) => sheet.write_number(row, column, number).unwrap(),
                Err(_) => sheet.write_string(row, column, field).unwrap(),
            };
        }
    }
    let bytes = book.save_to_buffer().unwrap();
    check_hcpcs("HCPC2026_OCT_ANWEB.xlsx", &bytes, Layout::HcpcsCsv, '\'');
}

// ---- Medicare physician fee schedule ----

/// Captions of the 32 columns, as they stand stacked over the lines 8 to 10; PRIC IND came after 2024.
const PFS: [(&str, &str, &str); 32] = [
    ("", "", "HCPCS"),
    ("", "", "MOD"),
    ("", "", "DESCRIPTION"),
    ("", "STATUS", "CODE"),
    ("NOT USED FOR", "MEDICARE", "PAYMENT"),
    ("", "WORK", "RVU"),
    ("", "NON-FAC", "PE RVU"),
    ("", "NON-FAC NA", "INDICATOR"),
    ("", "FACILITY", "PE RVU"),
    ("", "FACILITY NA", "INDICATOR"),
    ("", "MP", "RVU"),
    ("", "NON-FACILITY", "TOTAL"),
    ("", "FACILITY", "TOTAL"),
    ("", "PCTC", "IND"),
    ("", "GLOB", "DAYS"),
    ("", "PRE", "OP"),
    ("", "INTRA", "OP"),
    ("", "POST", "OP"),
    ("", "MULT", "PROC"),
    ("", "BILAT", "SURG"),
    ("", "ASST", "SURG"),
    ("", "CO-", "SURG"),
    ("", "TEAM", "SURG"),
    ("", "PRIC", "IND"),
    ("", "ENDO", "BASE"),
    ("", "CONV", "FACTOR"),
    ("PHYSICIAN SUPERVISION OF", "DIAGNOSTIC", "PROCEDURES"),
    ("", "CALCULATION", "FLAG"),
    ("DIAGNOSTIC", "IMAGING FAMILY", "INDICATOR"),
    ("NON-FACILITY PE", "USED FOR OPPS", "PAYMENT AMOUNT"),
    ("FACILITY PE", "USED FOR OPPS", "PAYMENT AMOUNT"),
    ("MP USED", "FOR OPPS", "PAYMENT AMOUNT"),
];

/// The 230 rows of CMS's values. `stacked`: captions over three lines, else all in the tenth.
pub fn fee_schedule(with_pric_ind: bool, stacked: bool) -> String {
    let facts = Facts::of("pfs_indicators_2024_demo.tsv");
    let is_kept = |at: usize| with_pric_ind || PFS[at].2 != "IND" || PFS[at].1 != "PRIC";
    let of = |row: &dyn Fn(usize) -> String| -> Vec<String> {
        (0..PFS.len()).filter(|at| is_kept(*at)).map(row).collect()
    };
    let alone = |text: &str| of(&|at| if at == 0 { text.to_owned() } else { String::new() });
    let mut rows = vec![
        alone("2024 National Physician Fee Schedule Relative Value File July Release"),
        alone("A notice of copyright, which is not theirs, \"stands\" here"),
        alone("A second notice"),
        alone("RELEASED 06/05/2024"),
        alone(""),
        alone(""),
        alone(""),
    ];
    if stacked {
        rows.extend([of(&|at| PFS[at].0.into()), of(&|at| PFS[at].1.into()), of(&|at| PFS[at].2.into())]);
    } else {
        rows.extend([alone(""), alone("")]);
        rows.push(of(&|at| format!("{} {} {}", PFS[at].0, PFS[at].1, PFS[at].2).trim().to_owned()));
    }
    for row in &facts.rows {
        let fact = |column: &str| facts.at(row, column).to_owned();
        rows.push(of(&|at| match (PFS[at].1, PFS[at].2) {
            (_, "HCPCS") => fact("hcpcs"),
            (_, "MOD") => fact("mod"),
            (_, "DESCRIPTION") => "Made-up words, of a procedure".into(),
            ("STATUS", _) => fact("status"),
            ("WORK", _) => fact("work_rvu"),
            ("NON-FAC", _) => fact("nonfac_pe_rvu"),
            ("FACILITY", "PE RVU") => fact("fac_pe_rvu"),
            ("MP", _) => fact("mp_rvu"),
            ("PCTC", _) => fact("pctc_ind"),
            ("GLOB", _) => fact("global_days"),
            ("MULT", _) => fact("mult_proc"),
            ("BILAT", _) => fact("bilat_surg"),
            ("ASST", _) => fact("asst_surg"),
            ("CO-", _) => fact("co_surg"),
            ("TEAM", _) => fact("team_surg"),
            ("ENDO", _) => fact("endo_base"),
            ("DIAGNOSTIC", _) => fact("diag_supervision"),
            // Of 2024, from March on.
            ("CONV", _) => "33.2875".into(),
            // Totals and the others are not read; that they could be mistaken is what they are here for.
            (_, "TOTAL") => "99.99".into(),
            ("NON-FAC NA" | "FACILITY NA" | "MEDICARE", _) => String::new(),
            ("PRIC", _) => "1".into(),
            _ => "0.00".into(),
        }));
    }
    csv(&rows)
}

#[test]
fn the_relative_values_are_read_whole_with_31_and_with_32_columns() {
    for (with_pric_ind, stacked) in [(true, true), (true, false), (false, true), (false, false)] {
        let text = fee_schedule(with_pric_ind, stacked);
        assert_eq!(text.lines().nth(9).unwrap().split(',').count(), if with_pric_ind { 32 } else { 31 });
        let (reading, codes, counts) = imported("PPRRVU2024_Jul.csv", text.as_bytes(), "2024-07-01");
        assert_eq!((reading.layout, reading.rows), (Layout::FeeSchedule, 230));
        assert_eq!(counts, [(List::FeeSchedule, 230, 230, 0)]);
        let on = day("2024-07-01");
        // 189 rows have values: the others are paid by other schedules or not at all.
        let (edition, values) = codes.relative_values(on).unwrap();
        assert_eq!((edition, values.len()), ("Medicare physician fee schedule July 2024", 189));
        let units = |procedure: &str, modifier: &str| {
            let one = values.iter().find(|one| one.procedure == procedure && one.modifier == modifier);
            one.map(|one| (one.nonfacility.to_string(), one.facility.to_string())).unwrap()
        };
        // 0.79 work, 1.04 or 0.44 practice expense, 0.13 malpractice.
        assert_eq!(units("20610", ""), ("1.96".into(), "1.36".into()));
        // 0.22 + 0.08 + 0.01 and 0.00 + 0.69 + 0.01.
        assert_eq!(units("71046", "26"), ("0.31".into(), "0.31".into()));
        assert_eq!(units("71046", "TC"), ("0.70".into(), "0.70".into()));
        let of = codes.fee_indicators("47562", on).unwrap();
        assert_eq!(of.global, GlobalPeriod::Days(90));
        assert_eq!((of.co_surgeons, of.team), (SeveralSurgeons::Documented, SeveralSurgeons::NotPaid));
    }
}

// ---- taxonomy, reasons, remarks, places, CPT ----

#[test]
fn the_taxonomy_is_read_whole() {
    let facts = Facts::of("taxonomy.tsv");
    let captions = [
        "Code",
        "Grouping",
        "Classification",
        "Specialization",
        "Definition",
        "Notes",
        "Display Name",
        "Section",
    ];
    let mut rows = vec![captions.map(str::to_owned).to_vec()];
    for row in &facts.rows {
        let label = match facts.at(row, "label_ours") {
            "" => "Made-up name",
            label => label,
        };
        rows.push(
            [
                facts.at(row, "code"),
                "Made-up group, with a comma",
                "Made-up class",
                "",
                "Made-up \"definition\"\nof two lines",
                "",
                label,
                facts.at(row, "section"),
            ]
            .map(str::to_owned)
            .to_vec(),
        );
    }
    // With the mark that spreadsheets put before UTF-8.
    let text = format!("\u{feff}{}", csv(&rows));
    let (reading, codes, counts) = imported("nucc_taxonomy_251.csv", text.as_bytes(), "2025-10-01");
    assert_eq!((reading.layout, reading.rows), (Layout::Taxonomy, 883));
    assert_eq!(counts, [(List::Taxonomy, 883, 0, 0)]);
    let status = |code, on| found(&codes, CodeTable::Taxonomy, code, on);
    assert_eq!(status("207K00000X", "2025-10-01").2, "Allergist-immunologist");
    assert_eq!(status("207KA0200X", "2026-03-31").0, CodeStatus::Valid);
    assert_eq!(status("207KA0200Y", "2026-03-31").0, CodeStatus::Unknown);
    assert_eq!(status("207KA0200Y", "2026-04-01").0, CodeStatus::NotChecked);
}

/// A day as X12 writes it.
fn us_day(day: &str) -> String {
    if day.is_empty() { String::new() } else { format!("{}/{}/{}", &day[4..6], &day[6..8], &day[..4]) }
}

fn x12_list(facts: &str) -> String {
    let facts = Facts::of(facts);
    let captions = ["Code", "Description", "Start Date", "Stop Date", "Last Modified", "Notes"];
    let mut rows = vec![captions.map(str::to_owned).to_vec()];
    for row in &facts.rows {
        let days = ["start_date", "stop_date", "last_modified"].map(|column| us_day(facts.at(row, column)));
        let [start, stop, modified] = days;
        let text = format!("Made-up words of {},\nin \"two\" lines", facts.at(row, "code"));
        rows.push(vec![facts.at(row, "code").to_owned(), text, start, stop, modified, String::new()]);
    }
    csv(&rows)
}

#[test]
fn adjustment_reasons_are_read_whole() {
    let (reading, codes, counts) = imported("list139.csv", x12_list("carc.tsv").as_bytes(), "2023-11-01");
    // Nothing in it is later than 1 November 2023, which is taken for its day.
    assert_eq!((reading.layout, reading.rows), (Layout::ReasonsOrRemarks, 405));
    // What ships has the same days, and one code that began on that day.
    let began = Facts::of("carc.tsv");
    let new = began.rows.iter().filter(|row| began.at(row, "start_date") == "20231101").count();
    assert_eq!((counts, new), (vec![(List::Carc, 405, 1, 0)], 1));
    let (_, content) = &reading.tables[0];
    let import::Content::Dated(rows) = content else { panic!() };
    assert_eq!(rows.iter().filter(|row| row.last.is_some()).count(), 110);
    let of = |code| found(&codes, CodeTable::Carc, code, "2023-11-01");
    assert_eq!(of("15").1, "1995-01-01..2018-05-01");
    assert_eq!(of("17").0, CodeStatus::NotInForce);
    assert_eq!(
        (of("45").0, of("45").2),
        (CodeStatus::Valid, "Made-up words of 45, in \"two\" lines".to_owned())
    );
}

#[test]
fn remarks_are_read_whole() {
    let (reading, codes, counts) = imported("list411.csv", x12_list("rarc.tsv").as_bytes(), "2024-03-01");
    // Three remarks began on 1 March 2024, the latest day in the file.
    assert_eq!((reading.rows, counts), (1_171, vec![(List::Rarc, 1_171, 3, 0)]));
    assert_eq!(found(&codes, CodeTable::Rarc, "M1", "2024-03-01").1, "1997-01-01..");
    assert_eq!(found(&codes, CodeTable::Rarc, "N9999", "2024-03-01").0, CodeStatus::Unknown);
}

#[test]
fn places_of_service_are_read_whole() {
    let facts = Facts::of("pos.tsv");
    let captions = ["Place of Service Code(s)", "Place of Service Name", "Place of Service Description"];
    let mut rows = vec![captions.map(str::to_owned).to_vec()];
    for row in &facts.rows {
        rows.push(["code", "name", "description"].map(|column| facts.at(row, column).to_owned()).to_vec());
    }
    rows.push(["27-30", "Unassigned", "N/A"].map(str::to_owned).to_vec());
    let (reading, codes, counts) = imported_on("pos.csv", csv(&rows).as_bytes(), "2026-05-01");
    assert_eq!((reading.layout, reading.rows), (Layout::PlaceOfService, 52));
    assert_eq!(counts, [(List::Pos, 52, 0, 0)]);
    let of = |code| found(&codes, CodeTable::Pos, code, "2026-05-01");
    assert_eq!(of("02").2, "Telehealth Provided Other than in Patient’s Home");
    assert_eq!(of("11").0, CodeStatus::Valid);
}

/// [`imported`] of a file that does not say its day.
fn imported_on(name: &str, bytes: &[u8], from: &str) -> (Reading, Codes, Vec<Counts>) {
    assert_eq!(import::read(name, bytes, None).unwrap().from, None);
    imported(name, bytes, from)
}

#[test]
fn cpt_descriptors_are_read_whole() {
    let facts = Facts::of("cpt_demo.tsv");
    for (parted, name) in [("\t", "2024_LONGULT.txt"), (" ", "2024_SHORTU.txt")] {
        let mut text =
            "A notice, which is not theirs.\r\n\r\nIt goes on for 2 lines of 2024\r\n\r\n".to_owned();
        // What ended long ago (00810, in 2017) is not in the file of a year.
        for row in facts.rows.iter().filter(|row| facts.at(row, "demo_end_date").is_empty()) {
            let (code, label) = (facts.at(row, "code"), facts.at(row, "label_ours"));
            write!(text, "{code}{parted}{label}\r\n").unwrap();
        }
        let (reading, codes, counts) = imported(name, text.as_bytes(), "2024-01-01");
        assert_eq!((reading.layout, reading.rows), (Layout::Cpt, 171));
        // It stays in the edition, ended.
        assert_eq!(counts, [(List::Cpt, 172, 0, 0)]);
        let of = |code| found(&codes, CodeTable::Cpt, code, "2024-12-31");
        assert_eq!((of("00810").0, of("00810").1.as_str()), (CodeStatus::NotInForce, "..2017-12-31"));
        assert_eq!(of("99202").2, "New patient office visit, straightforward");
        assert_eq!((of("12345").0, of("0001U").0), (CodeStatus::Unknown, CodeStatus::NotChecked));
    }
}
