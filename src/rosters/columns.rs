//! Our columns of a roster, and what practices' systems call them.

use crate::codes::import::caption;
use crate::registry::written::{Written, WrittenCoverage, WrittenPatient, WrittenPayer, WrittenProvider};
use crate::rosters::Roster;
use crate::types::{Error, Place, Refusal, Status};

/// A column's name: a field's, for a second and third coverage with its rank before it.
pub(super) type Column = &'static str;

/// What else a field is called, in capitals without blanks and marks: of the exports of practice
/// systems, NPPES and the box titles of the CMS-1500 (02/12).
const SYNONYMS: &[(Column, &[&str])] = &[
    (
        "account_number",
        &[
            "ACCOUNT",
            "ACCOUNTNO",
            "ACCT",
            "ACCTNO",
            "PATIENTACCOUNT",
            "PATIENTACCOUNTNO",
            "PATIENTACCOUNTNUMBER",
            "PATIENTACCT",
            "PATACCT",
            "PTACCT",
            "PATIENTID",
            "PATIENTNUMBER",
            "PATID",
            "MRN",
            "CHART",
            "CHARTNO",
            "CHARTNUMBER",
        ],
    ),
    (
        "last_name",
        &["LAST", "SURNAME", "FAMILYNAME", "PATIENTLAST", "PATIENTLASTNAME", "PROVIDERLASTNAME", "LNAME"],
    ),
    ("first_name", &["FIRST", "GIVENNAME", "PATIENTFIRST", "PATIENTFIRSTNAME", "PROVIDERFIRSTNAME", "FNAME"]),
    ("middle_name", &["MIDDLE", "MI", "MIDDLEINITIAL", "PATIENTMIDDLENAME"]),
    ("suffix", &["NAMESUFFIX"]),
    ("born_on", &["DOB", "DATEOFBIRTH", "BIRTHDATE", "BIRTHDAY", "BORN", "PATIENTDOB", "PATIENTBIRTHDATE"]),
    ("died_on", &["DATEOFDEATH", "DEATHDATE", "DECEASEDON", "DIED"]),
    ("sex", &["GENDER", "PATIENTSEX", "PATIENTGENDER"]),
    (
        "address_line_1",
        &["ADDRESS", "ADDRESS1", "ADDR", "ADDR1", "STREET", "STREETADDRESS", "PATIENTADDRESS", "LINE1"],
    ),
    ("address_line_2", &["ADDRESS2", "ADDR2", "STREET2", "APT", "SUITE", "LINE2"]),
    ("city", &["TOWN", "PATIENTCITY"]),
    ("state", &["ST", "PATIENTSTATE"]),
    ("zip", &["ZIPCODE", "POSTALCODE", "POSTCODE", "PATIENTZIP"]),
    // Coverages.
    (
        "payer",
        &[
            "PAYERID",
            "PAYERNUMBER",
            "PAYERNAME",
            "INSURANCE",
            "INSURANCEID",
            "INSURANCENAME",
            "INSURANCECOMPANY",
            "INSURER",
            "CARRIER",
            "PLAN",
            "PLANNAME",
        ],
    ),
    ("rank", &["INSURANCERANK", "INSURANCEORDER", "PRIORITY", "COB", "COBORDER"]),
    (
        "member_id",
        &[
            "MEMBER",
            "MEMBERNUMBER",
            "MEMBERNO",
            "SUBSCRIBERID",
            "SUBSCRIBERNUMBER",
            "INSUREDID",
            "POLICY",
            "POLICYNO",
            "POLICYNUMBER",
            "POLICYID",
        ],
    ),
    ("group_number", &["GROUP", "GROUPNO", "GROUPID", "POLICYGROUP"]),
    (
        "relationship",
        &[
            "RELATION",
            "PATIENTRELATIONSHIP",
            "RELATIONSHIPTOINSURED",
            "RELATIONSHIPTOSUBSCRIBER",
            "RELATIONTOINSURED",
            "RELATIONTOSUBSCRIBER",
        ],
    ),
    ("subscriber_last_name", &["SUBSCRIBERLAST", "INSUREDLAST", "INSUREDLASTNAME"]),
    ("subscriber_first_name", &["SUBSCRIBERFIRST", "INSUREDFIRST", "INSUREDFIRSTNAME"]),
    (
        "subscriber_born_on",
        &["SUBSCRIBERDOB", "SUBSCRIBERBIRTHDATE", "INSUREDDOB", "INSUREDBIRTHDATE", "INSUREDDATEOFBIRTH"],
    ),
    ("subscriber_sex", &["SUBSCRIBERGENDER", "INSUREDSEX", "INSUREDGENDER"]),
    ("medicare_secondary", &["MSP", "MSPTYPE", "MSPCODE"]),
    (
        "valid_from",
        &[
            "EFFECTIVE",
            "EFFECTIVEDATE",
            "EFFECTIVEFROM",
            "COVERAGEFROM",
            "COVERAGESTART",
            "STARTDATE",
            "BEGINDATE",
        ],
    ),
    (
        "valid_to",
        &[
            "TERMDATE",
            "TERMINATIONDATE",
            "EFFECTIVETO",
            "EFFECTIVETHRU",
            "COVERAGETO",
            "COVERAGEEND",
            "ENDDATE",
            "EXPIRES",
        ],
    ),
    // Providers.
    ("npi", &["PROVIDERNPI", "NPINUMBER", "INDIVIDUALNPI", "GROUPNPI", "BILLINGNPI", "RENDERINGNPI"]),
    (
        "organization_name",
        &[
            "ORGANIZATION",
            "GROUPNAME",
            "PRACTICE",
            "PRACTICENAME",
            "FACILITY",
            "FACILITYNAME",
            "BUSINESSNAME",
        ],
    ),
    ("taxonomy", &["TAXONOMYCODE", "SPECIALTYCODE", "PROVIDERTAXONOMY"]),
    ("tax_id", &["TIN", "EIN", "FEDERALTAXID", "TAXIDNUMBER", "TAXNUMBER"]),
    ("tax_id_kind", &["TAXIDTYPE", "TINTYPE"]),
    // Payers.
    ("identifier", &["PAYERID", "PAYERNUMBER", "ELECTRONICPAYERID", "EDIPAYERID", "INSURANCEID", "ID"]),
    ("name", &["PAYERNAME", "PAYER", "INSURANCENAME", "INSURANCE", "INSURER", "CARRIER", "PLANNAME"]),
    (
        "filing_indicator",
        &[
            "CLAIMFILINGINDICATOR",
            "FILINGINDICATORCODE",
            "CLAIMFILINGINDICATORCODE",
            "SBR09",
            "PAYERTYPE",
            "FILINGCODE",
        ],
    ),
    ("mailbox", &["FOLDER"]),
    ("timely_filing_days", &["TIMELYFILING", "FILINGLIMIT", "FILINGLIMITDAYS", "FILINGDAYS"]),
    ("appeal_days", &["APPEALLIMIT", "APPEALLIMITDAYS"]),
    ("authorization_procedures", &["AUTHREQUIRED", "AUTHORIZATIONREQUIRED", "PRIORAUTHPROCEDURES"]),
    ("receiver_name", &["CLEARINGHOUSE", "RECEIVER", "CLEARINGHOUSENAME"]),
    ("receiver_identifier", &["RECEIVERID", "CLEARINGHOUSEID", "RECEIVERNUMBER"]),
    ("interchange_qualifier", &["ISA07"]),
    ("interchange_id", &["ISA08"]),
    ("application_code", &["GS03"]),
];

/// Columns of the second and third coverage of a row; each begins with its rank.
const SECOND: [Column; 11] = [
    "secondary_payer",
    "secondary_member_id",
    "secondary_group_number",
    "secondary_relationship",
    "secondary_subscriber_last_name",
    "secondary_subscriber_first_name",
    "secondary_subscriber_born_on",
    "secondary_subscriber_sex",
    "secondary_medicare_secondary",
    "secondary_valid_from",
    "secondary_valid_to",
];
const THIRD: [Column; 11] = [
    "tertiary_payer",
    "tertiary_member_id",
    "tertiary_group_number",
    "tertiary_relationship",
    "tertiary_subscriber_last_name",
    "tertiary_subscriber_first_name",
    "tertiary_subscriber_born_on",
    "tertiary_subscriber_sex",
    "tertiary_medicare_secondary",
    "tertiary_valid_from",
    "tertiary_valid_to",
];

/// The coverages of a row: what their columns begin with, what else stands before or after a name in a
/// heading, and the rank.
pub(super) const RANKS: [(&str, &[&str], &str); 3] = [
    ("", &["PRIMARY", "PRI", "PRIMARYINSURANCE", "INSURANCE1", "INS1", "FIRST"], "1"),
    ("secondary_", &["SECONDARY", "SEC", "SECONDARYINSURANCE", "INSURANCE2", "INS2", "SECOND"], "2"),
    ("tertiary_", &["TERTIARY", "TERTIARYINSURANCE", "INSURANCE3", "INS3", "THIRD"], "3"),
];

/// Every column of a roster.
pub(super) fn all(roster: Roster) -> Vec<Column> {
    match roster {
        Roster::Patients => [WrittenPatient::FIELDS, WrittenCoverage::FIELDS, &SECOND, &THIRD].concat(),
        Roster::Providers => WrittenProvider::FIELDS.to_vec(),
        Roster::Payers => WrittenPayer::FIELDS.to_vec(),
    }
}

/// Columns without which a file is no such roster.
const fn required(roster: Roster) -> &'static [Column] {
    match roster {
        Roster::Patients => {
            &["account_number", "last_name", "born_on", "sex", "address_line_1", "city", "state", "zip"]
        }
        Roster::Providers => &["npi"],
        Roster::Payers => &["identifier", "name", "filing_indicator"],
    }
}

/// The names of the columns, for a person.
#[must_use]
pub fn columns() -> String {
    let of = |roster: Roster| {
        let required = required(roster);
        let optional: Vec<Column> = all(roster)
            .into_iter()
            .filter(|column| {
                !required.contains(column) && !SECOND.contains(column) && !THIRD.contains(column)
            })
            .collect();
        format!("{roster}: required {}; optional {}.", required.join(", "), optional.join(", "))
    };
    format!(
        "Columns, by these and many other headings, in any order:\n\n{}\n  A coverage's columns may begin with secondary_ or tertiary_: those of the second and third payer.\n\n{}\n  One with a tax_id bills: then taxonomy and address are required, too.\n\n{}",
        of(Roster::Patients),
        of(Roster::Providers),
        of(Roster::Payers)
    )
}

/// A column of a coverage, taken apart: the rank's place among [`RANKS`], and the field.
pub(super) fn of_coverage(column: Column) -> Option<(usize, Column)> {
    let field = |name: &str| WrittenCoverage::FIELDS.iter().copied().find(|field| *field == name);
    RANKS.iter().enumerate().rev().find_map(|(rank, (prefix, ..))| {
        let name = column.strip_prefix(prefix)?;
        Some((rank, field(name)?))
    })
}

/// Whether a heading, in capitals without blanks and marks, calls a column.
fn calls(heading: &str, column: Column, roster: Roster) -> bool {
    let names = |field: Column| {
        let synonyms = SYNONYMS.iter().filter(move |(known, _)| *known == field).flat_map(|(_, all)| *all);
        std::iter::once(caption(field)).chain(synonyms.map(|one| (*one).to_owned()))
    };
    let (rank, field) = match (roster, of_coverage(column)) {
        (Roster::Patients, Some(found)) => found,
        _ => return names(column).any(|name| name == heading),
    };
    let (_, words, digit) = RANKS[rank];
    names(field).any(|name| {
        (rank == 0 && name == heading)
            || heading.strip_suffix(digit).is_some_and(|rest| rest == name)
            || words.iter().any(|word| heading.strip_prefix(word).is_some_and(|rest| rest == name))
    })
}

/// Which heading is which column, by its place; and the headings that are none.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) columns: Vec<(Column, usize)>,
    pub(super) unknown: Vec<String>,
}

/// Binds a file's headings. Our own name wins over what else a column may be called; a column that fits
/// two headings is bound to neither.
///
/// Refused as `rosters/heading` when a required column is missing, or `said` names what is not there.
pub(super) fn bind(roster: Roster, headings: &[String], said: &[(String, String)]) -> Result<Bound, Error> {
    let captions: Vec<String> = headings.iter().map(|heading| caption(heading)).collect();
    let all = all(roster);
    let mut bound: Vec<(Column, usize)> = vec![];
    for (ours, theirs) in said {
        let Some(column) = all.iter().copied().find(|column| column.eq_ignore_ascii_case(ours)) else {
            return Err(no_roster(roster, &format!("{ours} is no column of ours")));
        };
        let Some(place) = captions.iter().position(|known| *known == caption(theirs)) else {
            return Err(no_roster(roster, &format!("no column is headed {theirs}")));
        };
        bound.push((column, place));
    }
    let said_places: Vec<usize> = bound.iter().map(|(_, place)| *place).collect();
    for column in all {
        if bound.iter().any(|(known, _)| *known == column) {
            continue;
        }
        let fits: Vec<usize> = (0..captions.len())
            .filter(|place| !said_places.contains(place) && calls(&captions[*place], column, roster))
            .collect();
        let own = fits.iter().find(|place| captions[**place] == caption(column));
        bound.extend(own.or(if fits.len() == 1 { fits.first() } else { None }).map(|place| (column, *place)));
    }
    let missing: Vec<Column> = required(roster)
        .iter()
        .copied()
        .filter(|column| !bound.iter().any(|(known, _)| known == column))
        .collect();
    if !missing.is_empty() {
        return Err(no_roster(roster, &format!("the heading lacks {}", missing.join(", "))));
    }
    let is_bound = |place: usize| bound.iter().any(|(_, known)| *known == place);
    let unknown = headings.iter().enumerate().filter(|(place, name)| !is_bound(*place) && !name.is_empty());
    let unknown = unknown.map(|(_, name)| name.chars().take(40).collect()).collect();
    Ok(Bound { columns: bound, unknown })
}

fn no_roster(roster: Roster, what: &str) -> Error {
    let detail = format!("the {roster} cannot be read: {what}");
    let next = "Correct the heading, the file's first row, or say which is which with --column OURS=THEIRS";
    Refusal::new("rosters/heading", Status::Unreadable, detail, next)
        .at(Place { row: Some(1), ..Place::default() })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(roster: Roster, headings: &[&str]) -> (Vec<String>, Vec<String>) {
        let headings: Vec<String> = headings.iter().map(|one| (*one).to_owned()).collect();
        let Bound { mut columns, unknown } = bind(roster, &headings, &[]).unwrap();
        columns.sort_by_key(|(_, place)| *place);
        (columns.iter().map(|(column, place)| format!("{place} {column}")).collect(), unknown)
    }

    #[test]
    fn usual_headings_of_patients_are_recognized() {
        let (found, unknown) = bound(
            Roster::Patients,
            &[
                "Chart #",
                "Last Name",
                "First",
                "DOB",
                "Gender",
                "Address 1",
                "City",
                "ST",
                "Zip Code",
                "Primary Insurance",
                "Policy #",
                "Secondary Insurance",
                "Member ID 2",
                "Effective Date",
                "Room",
            ],
        );
        assert_eq!(
            found,
            [
                "0 account_number",
                "1 last_name",
                "2 first_name",
                "3 born_on",
                "4 sex",
                "5 address_line_1",
                "6 city",
                "7 state",
                "8 zip",
                "9 payer",
                "10 member_id",
                "11 secondary_payer",
                "12 secondary_member_id",
                "13 valid_from",
            ]
        );
        assert_eq!(unknown, ["Room"]);
    }

    #[test]
    fn every_column_goes_by_its_own_name() {
        for roster in [Roster::Patients, Roster::Providers, Roster::Payers] {
            let all = all(roster);
            let (found, unknown) = bound(roster, &all);
            let own: Vec<String> =
                all.iter().enumerate().map(|(place, column)| format!("{place} {column}")).collect();
            assert_eq!((found, unknown), (own, vec![]), "{roster}");
        }
    }

    #[test]
    fn what_is_missing_is_named_and_what_is_said_wins() {
        let headings: Vec<String> = ["Payer ID", "Payer", "Kind"].map(str::to_owned).to_vec();
        let refused = bind(Roster::Payers, &headings, &[]).unwrap_err();
        assert_eq!(
            refused.refusal().unwrap().detail,
            "the payers cannot be read: the heading lacks filing_indicator"
        );
        let said = [("filing_indicator".to_owned(), "kind".to_owned())];
        let found = bind(Roster::Payers, &headings, &said).unwrap();
        assert_eq!(found.columns, [("filing_indicator", 2), ("identifier", 0), ("name", 1)]);
    }
}
