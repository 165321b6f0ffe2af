//! Short excerpts in each official layout, written by hand; the wording of CPT, CARC and NUCC rows is
//! ours. What whole files give is held by the corpus tests.

use super::*;
use crate::codes::pairs::Pairs;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn read_named(name: &str, text: &str) -> Reading {
    read(name, text.as_bytes(), None).unwrap()
}

/// The reasons for which rows were rejected, with their lines.
fn rejected(reading: &Reading) -> Vec<(u64, &str)> {
    reading.rejected.first.iter().map(|row| (row.line, row.reason.as_str())).collect()
}

/// Code, first day, last day and title of every row.
fn rows(content: &Content) -> Vec<(&str, Option<NaiveDate>, Option<NaiveDate>, &str)> {
    let (Content::Snapshot(rows) | Content::Dated(rows)) = content else { panic!("{content:?}") };
    rows.iter().map(|row| (row.code.as_str(), row.first, row.last, row.title.as_str())).collect()
}

#[test]
fn an_order_file_has_codes_and_headings() {
    let text = "\
00001 A00     0 Cholera                                                      Cholera\r
00002 A000    1 Cholera due to Vibrio cholerae 01, biovar cholerae           Cholera due to Vibrio cholerae 01, biovar cholerae\r
\r
00003 A001    2 Cholera due to Vibrio cholerae 01, biovar eltor              Cholera due to Vibrio cholerae 01, biovar eltor\r
00004 A000    1 Cholera due to Vibrio cholerae 01, biovar cholerae           Cholera due to Vibrio cholerae 01, biovar cholerae\r
00005 0A9     1 No code                                                      No code\r
00006 A010    1 Typhoid fever                                                Typhoid fever, unspecified\r
";
    let reading = read_named("icd10cm_order_2027.txt", text);
    assert_eq!((reading.layout, reading.from), (Layout::Icd10cmOrder, Some(day("2026-10-01"))));
    assert_eq!(reading.rows, 6);
    assert_eq!(
        rejected(&reading),
        [
            (4, "the flag is `2`, neither 0 nor 1"),
            (5, "A000 stands in the file twice"),
            (6, "`0A9` is no ICD-10-CM code"),
        ]
    );
    let [(List::Icd10cm, content)] = &reading.tables[..] else { panic!() };
    let Content::Snapshot(codes) = content else { panic!() };
    assert_eq!(codes.iter().map(|row| row.billable).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(rows(content)[2], ("A010", None, None, "Typhoid fever, unspecified"));
    // Its content does not say of which year it is.
    assert_eq!(read_named("codes.txt", text).from, None);
}

const ADDENDA: &str = "\
Add:         1 C7831   Secondary malignant neoplasm of larynx                       Secondary malignant neoplasm of larynx
Delete:      1 D691    Qualitative platelet defects                                 Qualitative platelet defects
Add:         0 D691    Qualitative platelet defects                                 Qualitative platelet defects
Revise from: 1 G310    Frontotemporal                                               Frontotemporal dementia
Revise to:   1 G310    Frontotemporal                                               Frontotemporal neurocognitive disorder

Headers
  23467 headers in icd10cm_order_2026.txt
  23468 headers in icd10cm_order_2027.txt
      1 additions
      0 deletions
      0 revisions
of which
      0 revisions to both long and short titles

Codes
  74719 codes in icd10cm_order_2026.txt
  74719 codes in icd10cm_order_2027.txt
      1 additions
      1 deletions
      1 revisions
of which
      1 revisions to long title only
";

#[test]
fn addenda_are_changes_and_are_held_against_their_own_counts() {
    let reading = read_named("changes.txt", ADDENDA);
    // The year is that of the later of the two files that it counts.
    assert_eq!((reading.layout, reading.from), (Layout::Icd10cmAddenda, Some(day("2026-10-01"))));
    assert_eq!((reading.rows, reading.rejected.count), (5, 0));
    let [(List::Icd10cm, Content::Changes(addenda))] = &reading.tables[..] else { panic!() };
    assert_eq!((addenda.headings, addenda.codes), (Some(23_468), Some(74_719)));
    let shown = |change: &Change| match change {
        Change::Add(row) => format!("+{} {}", row.code, row.billable),
        Change::Delete(row) => format!("-{} {}", row.code, row.billable),
        Change::Revise(row) => format!("{} {}", row.code, row.title),
    };
    assert_eq!(
        addenda.changes.iter().map(shown).collect::<Vec<_>>(),
        ["+C7831 true", "-D691 true", "+D691 false", "G310 Frontotemporal neurocognitive disorder"]
    );
    let cut = ADDENDA.split_once('\n').unwrap().1;
    let fault = read("changes.txt", cut.as_bytes(), None).unwrap_err();
    assert_eq!(fault.to_string(), "the file says of itself 1 additions, but holds 0");
}

#[test]
fn a_list_of_billable_diagnoses_alone_is_refused() {
    let text = "A000    Cholera due to Vibrio cholerae 01, biovar cholerae\n";
    assert!(matches!(read("icd10cm_codes_2027.txt", text.as_bytes(), None), Err(ImportError::BillableOnly)));
}

/// A record of the fixed-width HCPCS file.
fn hcpcs(code: &str, record: &str, description: &str, added: &str, effective: &str, ended: &str) -> String {
    let mut line = format!("{code:<5}00100{record}{description:<80}{:<28}", "Short");
    line = format!("{line:<268}{added:<8}{effective:<8}{ended:<8}N");
    line + "\n"
}

#[test]
fn hcpcs_joins_descriptions_and_keeps_codes_that_ended() {
    let text = [
        hcpcs("A4397", "3", "Irrigation supply; sleeve, each", "19860101", "20220101", "20211231"),
        hcpcs(
            "A6238",
            "3",
            "Hydrocolloid dressing, wound cover, sterile, pad size more than",
            "19970101",
            "",
            "",
        ),
        hcpcs("A6238", "4", "48 sq. in., with any size adhesive border, each dressing", "", "", ""),
        hcpcs("A9999", "3", "Wrong day", "20261301", "", ""),
        hcpcs("A9999", "4", "that goes on", "", "", ""),
        hcpcs("   A1", "7", "Dressing for one wound", "20020701", "20260701", ""),
    ]
    .concat();
    let reading = read_named("HCPC2026_OCT_ANWEB.txt", &text);
    assert_eq!((reading.layout, reading.from), (Layout::HcpcsFixed, Some(day("2026-10-01"))));
    assert_eq!((reading.rows, rejected(&reading)), (4, vec![(4, "`20261301` is no day")]));
    let [(List::Hcpcs, codes), (List::HcpcsModifier, modifiers)] = &reading.tables[..] else { panic!() };
    assert_eq!(
        rows(codes),
        [
            ("A4397", Some(day("1986-01-01")), Some(day("2021-12-31")), "Irrigation supply; sleeve, each"),
            (
                "A6238",
                Some(day("1997-01-01")),
                None,
                "Hydrocolloid dressing, wound cover, sterile, pad size more than 48 sq. in., with any size adhesive border, each dressing"
            ),
        ]
    );
    assert_eq!(rows(modifiers), [("A1", Some(day("2002-07-01")), None, "Dressing for one wound")]);
    // Without the name of CMS, the latest change in the file says which quarter it is.
    assert_eq!(read_named("hcpcs.txt", &text).from, Some(day("2026-07-01")));
}

#[test]
fn hcpcs_with_captions_says_the_same() {
    let text = "\
HCPC,SEQNUM,RECID,LONG DESCRIPTION,SHORT DESCRIPTION,COV,ADD DT,ACT EFF DT,TERM DT,ACTION CD
A4397,00100,3,\"Irrigation supply; sleeve, each\",Short,C,19860101,20220101,20211231,D
A6238,00100,3,Hydrocolloid dressing,Short,C,19970101,19970101,,N
A6238,00200,4,each dressing,,,,,,
   A1,00100,7,Dressing for one wound,,,20020701,20020701,,N
A0001,00100,9,Unknown record,,,,,,
";
    let reading = read_named("HCPC2026_OCT_ANWEB.csv", text);
    assert_eq!((reading.layout, reading.from), (Layout::HcpcsCsv, Some(day("2026-10-01"))));
    assert_eq!(rejected(&reading), [(6, "the record id is `9`, not 3, 4, 7 or 8")]);
    let [(List::Hcpcs, codes), (List::HcpcsModifier, modifiers)] = &reading.tables[..] else { panic!() };
    assert_eq!(rows(codes)[0].2, Some(day("2021-12-31")));
    assert_eq!(rows(codes)[1].3, "Hydrocolloid dressing each dressing");
    assert_eq!(rows(modifiers)[0].0, "A1");
}

#[test]
fn cpt_files_are_read_with_and_without_a_notice_before_them() {
    for (name, text) in [
        ("CPT2026_LONGULT.txt", "99213\tOur label for a visit\n0001U\tOur label\n99213x\n"),
        (
            "2026 SHORTU.txt",
            "A notice of\r\n2026 pages\r\n\r\n99213 Our label for a visit\r\n0001U Our label\r\nbroken\r\n",
        ),
    ] {
        let reading = read_named(name, text);
        assert_eq!((reading.layout, reading.from), (Layout::Cpt, Some(day("2026-01-01"))), "{name}");
        let [(List::Cpt, codes)] = &reading.tables[..] else { panic!() };
        assert_eq!(
            rows(codes),
            [("99213", None, None, "Our label for a visit"), ("0001U", None, None, "Our label")]
        );
        assert_eq!((reading.rows, reading.rejected.count), (3, 1));
    }
}

/// As CMS has them: captions stacked over two lines, the second of which begins with HCPCS.
const FEES: &str = "\
,,2026 Relative Value File,,,,,,,,,,,,,,,,,,,,,,,,
,,,STATUS,MEDICARE,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,PCTC,GLOB,PRE,INTRA,POST,MULT,BILAT,ASST,CO-,TEAM,PRIC,ENDO,CONV,DIAGNOSTIC
HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,IND,DAYS,OP,OP,OP,PROC,SURG,SURG,SURG,SURG,IND,BASE,FACTOR,PROCEDURES
99213,,Their words,A,,1.30,1.46,,0.55,,0.10,2.86,1.95,0,XXX,0,0,0,0,0,0,0,0,0,,33.4009,09
71046,26,Their words,A,,0.18,0.07,,0.07,,0.01,0.26,0.26,1,XXX,0,0,0,0,0,0,0,0,1,,33.4009,09
71046,26,Their words,A,,0.1x,0.07,,0.07,,0.01,0.26,0.26,1,XXX,0,0,0,0,0,0,0,0,1,,33.4009,09
";

#[test]
fn a_fee_schedule_is_bound_by_its_captions_and_loses_its_descriptions() {
    let expected = [
        "71046\t26\tA\t1\tXXX\t0\t0\t0\t0\t0\t0.18\t0.07\t0.07\t0.01\t33.4009",
        "99213\t\tA\t0\tXXX\t0\t0\t0\t0\t0\t1.30\t1.46\t0.55\t0.10\t33.4009",
    ];
    // The 2024 file has no PRIC IND column.
    let without: String = FEES
        .lines()
        .map(|line| {
            let mut columns: Vec<&str> = line.split(',').collect();
            columns.remove(23);
            columns.join(",") + "\n"
        })
        .collect();
    for text in [FEES, &without] {
        let reading = read_named("PPRRVU2026_Jul_nonQPP.csv", text);
        assert_eq!((reading.layout, reading.from), (Layout::FeeSchedule, Some(day("2026-07-01"))));
        assert_eq!(rejected(&reading), [(6, "`0.1x` is no amount (WORKRVU)")]);
        let [(List::FeeSchedule, Content::Rows { rows, .. })] = &reading.tables[..] else { panic!() };
        assert_eq!(rows, &expected);
    }
}

const PTP: &str = "\
Notice\t\t\t\t\t\t
Column1/Column2 Edits\t\t\t\t\t\t
Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale
\t\tprior to 1996\tDate\tDate\t0=not allowed\t
\t\t\t\t*=no data\t1=allowed\t
\t\t\t\t\t9=not applicable\t
00142\t93010\t\t20240701\t*\t1\tStandard preparation
00142\t93015\t*\t19960101\t20090630\t0\tStandard preparation
00142\t93041\t\t20240701\t20240701\t9\tStandard preparation
00142\t9304\t\t20240701\t*\t1\tStandard preparation
00142\t93042\t\t\t*\t1\tStandard preparation
00142\t93042\t\t20240701\t*\t2\tStandard preparation
";

#[test]
fn procedure_pairs_keep_their_days() {
    let reading = read_named("ccipra-v322r0-f1.txt", PTP);
    assert_eq!((reading.layout, reading.from), (Layout::Ptp, Some(day("2026-07-01"))));
    assert_eq!(
        rejected(&reading),
        [
            (10, "`00142` and `9304` are no codes"),
            (11, "it has no effective date"),
            (12, "the modifier indicator is `2`"),
        ]
    );
    let [(List::PtpPractitioner, Content::Pairs(pairs))] = &reading.tables[..] else { panic!() };
    let pairs = Pairs::read(pairs.clone().build()).unwrap();
    let ended = pairs.beside("00142").of("93015").next().unwrap();
    assert_eq!((ended.from, ended.to, ended.modifier), (day("1996-01-01"), Some(day("2009-06-30")), 0));
    assert_eq!(pairs.beside("00142").of("93041").next().unwrap().modifier, 9);
}

#[test]
fn whose_pairs_they_are_has_to_be_said_where_the_name_does_not() {
    let fault = read("edits.txt", PTP.as_bytes(), None).unwrap_err();
    assert_eq!(fault.to_string(), "the file may be ptp-practitioner or ptp-hospital");
    let reading = read("edits.txt", PTP.as_bytes(), Some(List::PtpHospital)).unwrap();
    assert_eq!(reading.tables[0].0, List::PtpHospital);
    let fault = read("ccipra-v322r0-f1.txt", PTP.as_bytes(), Some(List::PtpHospital)).unwrap_err();
    assert_eq!(fault.to_string(), "the file is ptp-practitioner, not ptp-hospital");
}

#[test]
fn the_four_files_of_one_quarter_are_one_edition() {
    let second = PTP.replace("00142", "99213").replace("Standard preparation", "Misuse");
    let part = |name: &str, text: &str| read_named(name, text);
    let whole = join(vec![part("ccipra-v322r0-f1.txt", PTP), part("ccipra-v322r0-f2.txt", &second)]).unwrap();
    assert_eq!((whole.rows, whole.rejected.count), (12, 6));
    let [(_, Content::Pairs(pairs))] = &whole.tables[..] else { panic!() };
    let pairs = Pairs::read(pairs.clone().build()).unwrap();
    assert_eq!(pairs.beside("00142").of("93010").next().unwrap().rationale, "Standard preparation");
    assert_eq!(pairs.beside("99213").of("93010").next().unwrap().rationale, "Misuse");
    let other_quarter = join(vec![part("ccipra-v322r0-f1.txt", PTP), part("ccipra-v323r0-f2.txt", &second)]);
    assert!(matches!(other_quarter, Err(ImportError::OtherParts)));
    let fees = || part("PPRRVU2026_Jul_nonQPP.csv", FEES);
    assert!(matches!(join(vec![fees(), fees()]), Err(ImportError::NotInParts(Layout::FeeSchedule))));
}

#[test]
fn unit_limits_stand_below_a_caption_with_a_line_end() {
    let text = "\
\"A notice
of two lines\",,,
\"HCPCS/
CPT Code\",Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale
11103,6,3 Date of Service Edit: Clinical,Clinical: Data
10060,1,2 Date of Service Edit: Policy,\"Code Descriptor /
CPT Instruction\"
10061,many,2 Date of Service Edit: Policy,CMS Policy
";
    let name = "MCR_MUE_PractitionerServices_Eff_07-01-2026.csv";
    let reading = read_named(name, text);
    assert_eq!((reading.layout, reading.from), (Layout::Mue, Some(day("2026-07-01"))));
    assert_eq!(rejected(&reading), [(8, "`many` is no number of units")]);
    let [(List::MuePractitioner, Content::Rows { rows, .. })] = &reading.tables[..] else { panic!() };
    assert_eq!(rows, &["10060\t1\t2\tCode Descriptor / CPT Instruction", "11103\t6\t3\tClinical: Data"]);
    for (caption, list) in [
        ("Outpatient Hospital Services MUE Values", List::MueHospital),
        ("DME Supplier Services MUE Values", List::MueSupplier),
    ] {
        let other = text.replace("Practitioner Services MUE Values", caption);
        assert_eq!(read_named(name, &other).tables[0].0, list);
    }
}

#[test]
fn lists_of_codes_are_told_apart_by_their_captions() {
    let places = "Place of Service Code(s),Place of Service Name,Place of Service Description\n\
                  01,Pharmacy,A place\n1,Pharmacy,\"A\nplace\"\n35-40,Unassigned,N/A\n999,Nowhere,\n";
    let reading = read_named("pos.csv", places);
    assert_eq!((reading.layout, reading.from), (Layout::PlaceOfService, None));
    assert_eq!((reading.rows, rejected(&reading)), (3, vec![(6, "`999` is no place of service")]));

    let reasons = "Code,Description,Start Date,Stop Date,Last Modified,Notes\n\
                   45,Our words,01/01/1995,,07/01/2026,\nA1,\"Our\nwords\",01/01/1995,,,\n15,Ours,01/01/1995,05/01/2018,,\n\
                   16,Ours,soon,,,\n";
    let reading = read_named("list139.csv", reasons);
    assert_eq!(reading.from, Some(day("2026-07-01")));
    assert_eq!(rejected(&reading), [(6, "`soon` is no day")]);
    let [(List::Carc, codes)] = &reading.tables[..] else { panic!("{:?}", reading.tables) };
    assert_eq!(rows(codes)[2], ("15", Some(day("1995-01-01")), Some(day("2018-05-01")), "Ours"));

    let remarks = "Code,Description,Start Date,Stop Date,Last Modified,Notes\nN1,Ours,,,,\nMA01,Ours,,,,\n";
    assert_eq!(read_named("list411.csv", remarks).tables[0].0, List::Rarc);

    let taxonomy = "Code,Grouping,Classification,Specialization,Definition,Notes,Display Name,Section\n\
                    193200000X,Group,Ours,,,,Our name,Individual\n207Q00000X,G,Ours,Special,,,,Individual\n\
                    207Q,G,Ours,,,,,Individual\n";
    let reading = read_named("nucc_taxonomy_261.csv", taxonomy);
    assert_eq!((reading.layout, reading.from), (Layout::Taxonomy, Some(day("2026-10-01"))));
    let [(List::Taxonomy, codes)] = &reading.tables[..] else { panic!() };
    assert_eq!(rows(codes).iter().map(|row| row.3).collect::<Vec<_>>(), ["Our name", "Ours, Special"]);
    assert_eq!(reading.rejected.count, 1);
}

#[test]
fn what_is_no_code_file_is_refused_and_never_panics() {
    // A table of prices that begins with a procedure is no list of descriptors.
    let priced = "99213\tA\t1.30\tXXX\n99214\tA\t1.92\tXXX\n";
    for text in ["", "\n\n", "hello\n", "a,b\n1,2\n", "ISA*00*", "\u{feff}", "<ICD10CM.tabular/>", priced] {
        assert!(matches!(read("x", text.as_bytes(), None), Err(ImportError::NotRecognised)), "{text}");
    }
    let broken: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    assert!(read("x", broken.as_slice(), None).is_err());
    // Every beginning of every excerpt: a file that is cut off somewhere.
    let name = "HCPC2026_OCT_ccipra-v322.txt";
    for text in [ADDENDA, FEES, PTP, MCE_FLAGS, MCE_AGES] {
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let _ = read(name, &text.as_bytes()[..end], None);
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(noise in proptest::collection::vec(proptest::num::u8::ANY, 0..400), at in 0_usize..2_000) {
        for text in [ADDENDA, FEES, PTP, MCE_FLAGS, MCE_AGES] {
            let mut bytes = text.as_bytes().to_vec();
            let at = at.min(bytes.len());
            bytes.splice(at..at, noise.iter().copied());
            let _ = read("HCPC2026_OCT_ccipra-v322.txt", bytes.as_slice(), None);
        }
        let _ = read("x", noise.as_slice(), None);
    }
}

/// In the layout of the AMA's file, with wording of ours.
const MODUL: &str = "\
A notice of copyright stands here
22\tMore work, in our words
24 Other visit, in our words
25 Own visit, in our words
   that go on
26 Reading alone, in our words
LT Left, which is CMS's
50 Both sides, in our words
P1 Healthy, in our words
25 Again
lower case
";

#[test]
fn cpt_modifiers_are_read_without_those_of_cms() {
    let reading = read_named("CPT2026_MODUL.txt", MODUL);
    assert_eq!((reading.layout, reading.from), (Layout::CptModifiers, Some(day("2026-01-01"))));
    assert_eq!(reading.rows, 8);
    assert_eq!(
        rejected(&reading),
        [(10, "25 stands in the file twice"), (11, "`lower case` is no modifier with its text")]
    );
    let [(List::CptModifier, content)] = &reading.tables[..] else { panic!() };
    let read: Vec<_> = rows(content).into_iter().map(|(code, _, _, title)| (code, title)).collect();
    assert_eq!(
        read,
        [
            ("22", "More work, in our words"),
            ("24", "Other visit, in our words"),
            ("25", "Own visit, in our words that go on"),
            ("26", "Reading alone, in our words"),
            ("50", "Both sides, in our words"),
            ("P1", "Healthy, in our words"),
        ]
    );
    // A few lines that begin with two characters are no list of modifiers.
    let few = MODUL.split_inclusive('\n').take(3).collect::<String>();
    assert!(matches!(read_err("x.txt", &few), ImportError::NotRecognised));
}

#[test]
fn the_tabular_list_is_known_by_its_outermost_element_and_is_whole_or_refused() {
    let xml = include_str!("../../../tests/data/icd10cm_tabular_excerpt.xml");
    let reading = read_named("icd10cm_tabular_april_2026.xml", xml);
    assert_eq!((reading.layout, reading.from), (Layout::Icd10cmTabular, Some(day("2026-04-01"))));
    assert_eq!(reading.tables[0].0, List::Icd10cmTabular);
    assert_eq!(read_named("list.xml", xml).from, Some(day("2025-10-01")));
    let cut = &xml[..xml.len() - 40];
    assert!(matches!(read_err("icd10cm_tabular_2026.xml", cut), ImportError::Tabular(_)));
    assert!(matches!(read_err("page.xml", "<html></html>"), ImportError::NotRecognised));
}

fn read_err(name: &str, text: &str) -> ImportError {
    read(name, text.as_bytes(), None).unwrap_err()
}

const MCE_FLAGS: &str = "\
code\tvalid_from\tvalid_to\tflags
O99891\t20241001\t\tmaternity
A1814\t20151001\t20240930\tadult,male
A1814\t20241001\t\tadult
A1814\t20240930\t20241001\tadult
A18\t2024100\t\tadult
N401\t20241001\t20240101\tadult
N401\t20241001\t\tadult,mail
N401\t20241001\t
A\t20241001\t\tadult
";

const MCE_AGES: &str = "\
group\tage_min_years\tage_max_years\tvalid_from\tvalid_to
newborn\t0\t0\t19840301\t
maternity\t12\t55\t19840301\t20190930
maternity\t9\t64\t20191001\t
grown\t15\t124\t19840301\t
adult\t15\t500\t19840301\t
";

#[test]
fn flags_of_the_code_editor_keep_their_days_and_wrong_rows_are_told() {
    let reading = read_named("mce_dx_flags.tsv", MCE_FLAGS);
    // Neither the file nor its name says from when it is valid.
    assert_eq!((reading.layout, reading.from, reading.rows), (Layout::Mce, None, 9));
    assert_eq!(
        rejected(&reading),
        [
            (5, "A1814 stands in the file twice for the same days"),
            (6, "`2024100` is no day"),
            (7, "N401 ends before it begins"),
            (8, "`mail` is no flag of the editor that is known"),
            (9, "it has no flag"),
            (10, "`A` is no ICD-10-CM code"),
        ]
    );
    let [(List::Mce, Content::Rows { columns, rows })] = &reading.tables[..] else { panic!() };
    assert_eq!(*columns, "code\tvalid_from\tvalid_to\tflags");
    assert_eq!(
        rows,
        &[
            "A1814\t20151001\t20240930\tadult,male",
            "A1814\t20241001\t\tadult",
            "O99891\t20241001\t\tmaternity",
        ]
    );
}

#[test]
fn ages_of_the_code_editor_are_read_whatever_the_order_of_their_columns() {
    let reading = read_named("mce_age_ranges.tsv", MCE_AGES);
    assert_eq!(
        rejected(&reading),
        [(5, "`grown` is no age group"), (6, "`15` to `500` are no ages in years")]
    );
    let [(List::MceAges, Content::Rows { columns, rows })] = &reading.tables[..] else { panic!() };
    assert_eq!(*columns, "group\tvalid_from\tvalid_to\tage_min_years\tage_max_years");
    assert_eq!(
        rows,
        &[
            "maternity\t19840301\t20190930\t12\t55",
            "maternity\t20191001\t\t9\t64",
            "newborn\t19840301\t\t0\t0"
        ]
    );
}

#[test]
fn flags_and_ages_of_the_code_editor_are_read_together() {
    let part = |text: &str| read_named("mce.tsv", text);
    let whole = join(vec![part(MCE_FLAGS), part(MCE_AGES)]).unwrap();
    assert_eq!((whole.rows, whole.rejected.count), (14, 8));
    assert_eq!(whole.rejected.first[6].reason, "mce-ages: `grown` is no age group");
    let lists: Vec<List> = whole.tables.iter().map(|(list, _)| *list).collect();
    assert_eq!(lists, [List::Mce, List::MceAges]);
    for parts in
        [vec![part(MCE_FLAGS), part(MCE_FLAGS)], vec![part(MCE_FLAGS), part(MCE_AGES), part(MCE_AGES)]]
    {
        assert!(matches!(join(parts), Err(ImportError::OtherParts)));
    }
    let fees = read_named("PPRRVU2026_Jul_nonQPP.csv", FEES);
    assert!(matches!(join(vec![part(MCE_AGES), fees]), Err(ImportError::NotInParts(Layout::Mce))));
}

/// A file of columns as a person saves it who opened it in a spreadsheet: what looks like a number is one
/// (and has lost its zeros), what looks like a day is one. `change` is asked to do the rest. A sheet of
/// something else stands before it.
fn opened(text: &str, delimiter: u8, change: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().write_string(0, 0, "About this file").unwrap();
    let sheet = book.add_worksheet();
    let as_day = rust_xlsxwriter::Format::new().set_num_format("m/d/yyyy");
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).delimiter(delimiter);
    for (row, record) in (0..).zip(reader.from_reader(text.as_bytes()).records()) {
        for (column, field) in (0..).zip(&record.unwrap()) {
            match (field.parse::<f64>(), NaiveDate::parse_from_str(field, "%m/%d/%Y")) {
                (Ok(number), _) => sheet.write_number(row, column, number).unwrap(),
                (_, Ok(day)) => sheet.write_number_with_format(row, column, serial(day), &as_day).unwrap(),
                _ => sheet.write_string(row, column, field).unwrap(),
            };
        }
    }
    change(sheet);
    book.save_to_buffer().unwrap()
}

/// A day as a spreadsheet of the 1900 system counts it, right from March 1900 on.
fn serial(day: NaiveDate) -> f64 {
    let zero = NaiveDate::from_ymd_opt(1899, 12, 30).unwrap();
    f64::from(i32::try_from(day.signed_duration_since(zero).num_days()).unwrap())
}

fn as_it_is(_: &mut rust_xlsxwriter::Worksheet) {}

#[test]
fn a_workbook_of_hcpcs_says_what_the_file_with_captions_says() {
    let text = "\
HCPC,SEQNUM,RECID,LONG DESCRIPTION,SHORT DESCRIPTION,COV,ADD DT,ACT EFF DT,TERM DT,ACTION CD
A4397,00100,3,\"Irrigation supply; \"\"sleeve\"\", each\",Short,C,19860101,01/01/2022,12/31/2021,D
A6238,00100,3,Hydrocolloid dressing,Short,C,19970101,19970101,,N
A6238,00200,4,each dressing,,,,,,
   A1,00100,7,Dressing for one wound,,,20020701,20020701,,N
A0001,00100,9,Unknown record,,,,,,
";
    let read = |bytes: Vec<u8>| read("HCPC2026_OCT_ANWEB.xlsx", bytes.as_slice(), None).unwrap();
    let reading = read(opened(text, b',', as_it_is));
    assert_eq!((reading.layout, reading.from), (Layout::HcpcsCsv, Some(day("2026-10-01"))));
    assert_eq!(rejected(&reading), [(6, "the record id is `9`, not 3, 4, 7 or 8")]);
    let [(List::Hcpcs, codes), (List::HcpcsModifier, modifiers)] = &reading.tables[..] else { panic!() };
    assert_eq!(
        rows(codes),
        [
            (
                "A4397",
                Some(day("1986-01-01")),
                Some(day("2021-12-31")),
                "Irrigation supply; \"sleeve\", each"
            ),
            ("A6238", Some(day("1997-01-01")), None, "Hydrocolloid dressing each dressing"),
        ]
    );
    assert_eq!(rows(modifiers), [("A1", Some(day("2002-07-01")), None, "Dressing for one wound")]);
    // What a spreadsheet lost, and what a filter hides, is told by the sheet's own rows.
    let lost = read(opened(text, b',', |sheet| {
        sheet.write_number(1, 0, 4397).unwrap();
        let as_day = rust_xlsxwriter::Format::new().set_num_format("m/d/yyyy");
        sheet.write_number_with_format(7, 0, serial(day("2026-03-01")), &as_day).unwrap();
        sheet.write_number(8, 0, 1e7).unwrap();
        sheet.set_row_hidden(4).unwrap();
    }));
    assert_eq!(
        rejected(&lost),
        [
            (5, "is hidden in the sheet: show it (clear the filter), or delete it"),
            (6, "the record id is `9`, not 3, 4, 7 or 8"),
            (8, "HCPC is a day: the spreadsheet has lost the code"),
            (9, "HCPC is the number `10000000`: the spreadsheet has lost the code"),
        ]
    );
}

#[test]
fn a_workbook_of_relative_values_gets_back_the_zeros_of_its_codes() {
    let text = FEES.replace("0.1x", "0.1").replace("99213,,", "00142,,").replace("XXX", "010");
    let bytes = opened(&text, b',', as_it_is);
    let reading = read("PPRRVU2026_Jul_nonQPP.xlsx", bytes.as_slice(), None).unwrap();
    assert_eq!((reading.layout, reading.from), (Layout::FeeSchedule, Some(day("2026-07-01"))));
    assert_eq!((reading.rows, rejected(&reading)), (3, vec![]));
    let [(List::FeeSchedule, Content::Rows { rows, .. })] = &reading.tables[..] else { panic!() };
    assert_eq!(
        rows,
        &[
            "00142\t\tA\t0\t010\t0\t0\t0\t0\t0\t1.3\t1.46\t0.55\t0.1\t33.4009",
            "71046\t26\tA\t1\t010\t0\t0\t0\t0\t0\t0.1\t0.07\t0.07\t0.01\t33.4009",
            "71046\t26\tA\t1\t010\t0\t0\t0\t0\t0\t0.18\t0.07\t0.07\t0.01\t33.4009",
        ]
    );
}

#[test]
fn a_workbook_of_edits_is_read_as_the_text_is() {
    let pairs = opened(PTP, b'\t', as_it_is);
    let name = "ccipra-v322r0-f1.xlsx";
    // Row 10 has 9304, which as a number is all that is left of 09304.
    let reading = read(name, pairs.as_slice(), None).unwrap();
    assert_eq!(
        rejected(&reading),
        [(11, "it has no effective date"), (12, "the modifier indicator is `2`"),]
    );
    let text = "\
\"A notice
of two lines\",,,
\"HCPCS/
CPT Code\",Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale
00142,6,3 Date of Service Edit: Clinical,Clinical: Data
10060,1,2 Date of Service Edit: Policy,\"Code Descriptor /
CPT Instruction\"
10061,many,2 Date of Service Edit: Policy,CMS Policy
";
    let limits = opened(text, b',', as_it_is);
    let name = "MCR_MUE_PractitionerServices_Eff_07-01-2026.xlsx";
    let reading = read(name, limits.as_slice(), None).unwrap();
    // A cell of several lines is one row of a sheet.
    assert_eq!(rejected(&reading), [(5, "`many` is no number of units")]);
    let [(List::MuePractitioner, Content::Rows { rows, .. })] = &reading.tables[..] else { panic!() };
    assert_eq!(rows, &["00142\t6\t3\tClinical: Data", "10060\t1\t2\tCode Descriptor / CPT Instruction"]);
}

#[test]
fn a_workbook_without_a_list_or_with_a_hidden_one_is_refused() {
    let none = opened("a,b\n1,2\n", b',', as_it_is);
    assert!(matches!(read("x.xlsx", none.as_slice(), None), Err(ImportError::NotRecognised)));
    let hidden = opened(FEES, b',', |sheet| {
        sheet.set_hidden(true);
    });
    assert!(matches!(read("x.xlsx", hidden.as_slice(), None), Err(ImportError::NotRecognised)));
    let torn = &none[..none.len() / 2];
    let fault = read("x.xlsx", torn, None).unwrap_err();
    assert_eq!(fault.to_string(), "the file is no workbook");
}
