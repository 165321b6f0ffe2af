//! A practice with its payers, providers and patients.

use chrono::{Days, NaiveDate};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::types::{Npi, PersonName, Sex};

use super::{chance, one};

/// A made-up practice.
#[derive(Clone, Debug)]
pub struct MadePractice {
    /// Its name.
    pub name: &'static str,
    /// Begins its claim numbers.
    pub control_number_prefix: &'static str,
    /// Who it bills.
    pub payers: Vec<MadePayer>,
    /// The billing group first, then the people who render, then one who refers.
    pub providers: Vec<MadeProvider>,
    /// Its patients.
    pub patients: Vec<MadePatient>,
}

/// A payer of the sandbox.
#[derive(Clone, Debug)]
pub struct MadePayer {
    /// NM109.
    pub identifier: &'static str,
    /// NM103.
    pub name: &'static str,
    /// SBR09.
    pub filing_indicator: &'static str,
    /// Its folder.
    pub mailbox: &'static str,
    /// Days to file.
    pub timely_filing_days: u32,
    /// Days to appeal.
    pub appeal_days: u32,
    /// Procedures that it pays only with authorization.
    pub authorization_procedures: &'static [&'static str],
}

/// A provider.
#[derive(Clone, Debug)]
pub struct MadeProvider {
    /// With a right check digit.
    pub npi: Npi,
    /// NUCC taxonomy.
    pub taxonomy: &'static str,
    /// The group's name, or none for a person.
    pub organization: Option<&'static str>,
    /// The person, or none for the group.
    pub person: Option<PersonName>,
}

/// A patient with their insurances in order.
#[derive(Clone, Debug)]
pub struct MadePatient {
    /// The practice's number.
    pub account_number: String,
    /// Name.
    pub name: PersonName,
    /// Birth date.
    pub born_on: NaiveDate,
    /// Sex.
    pub sex: Sex,
    /// Street.
    pub street: String,
    /// City.
    pub city: &'static str,
    /// Nine digits.
    pub zip: String,
    /// Primary first; empty for a patient who pays alone.
    pub coverages: Vec<MadeCoverage>,
}

/// An insurance of a patient.
#[derive(Clone, Debug)]
pub struct MadeCoverage {
    /// Place in the practice's payers.
    pub payer: usize,
    /// Member id.
    pub member_id: String,
    /// Group number.
    pub group_number: Option<String>,
    /// The subscriber, when it is somebody else: the code of PAT01, name and birth date.
    pub subscriber: Option<(&'static str, PersonName, NaiveDate)>,
}

const LAST: &[&str] = &[
    "Alvarez",
    "Bauer",
    "Carter",
    "Dimitrov",
    "Ellison",
    "Fischer",
    "Garza",
    "Holm",
    "Ibarra",
    "Jensen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quinn",
    "Reyes",
    "Sandoval",
    "Tran",
    "Underhill",
    "Vasquez",
    "Whitfield",
    "Xiong",
    "Yates",
    "Zielinski",
    "O'Dell",
    "Saint-Clair",
    "Novak",
    "Baptiste",
];
const FIRST_F: &[&str] = &[
    "Amelia", "Beatriz", "Chloe", "Daria", "Elena", "Fatima", "Grace", "Hannah", "Imani", "Joan", "Keiko",
    "Leona", "Marisol", "Nadia", "Opal", "Priya", "Rosa", "Sofia", "Tessa", "Willa",
];
const FIRST_M: &[&str] = &[
    "Andre", "Boris", "Caleb", "Dmitri", "Elias", "Felix", "Gordon", "Hugo", "Isaac", "Jonas", "Kofi",
    "Luis", "Mateo", "Nolan", "Oscar", "Pablo", "Rafael", "Samuel", "Tomas", "Victor",
];
const STREETS: &[&str] = &["Harbor", "Juniper", "Mill", "Orchard", "Prairie", "Quarry", "River", "Sycamore"];
/// Cities of Illinois with the first digits of their ZIP codes.
const CITIES: &[(&str, &str)] =
    &[("Peoria", "61602"), ("Pekin", "61554"), ("Morton", "61550"), ("Washington", "61571")];

const PAYERS: &[MadePayer] = &[
    MadePayer {
        identifier: "SBXMERID",
        name: "Meridian Mutual Sandbox",
        filing_indicator: "CI",
        mailbox: "meridian",
        timely_filing_days: 180,
        appeal_days: 180,
        authorization_procedures: &["72148", "70551", "73721"],
    },
    MadePayer {
        identifier: "SBXPRAIR",
        name: "Prairie Shield Sandbox",
        filing_indicator: "BL",
        mailbox: "prairie",
        timely_filing_days: 365,
        appeal_days: 120,
        authorization_procedures: &["72148"],
    },
    MadePayer {
        identifier: "SBXMEDB",
        name: "Federal Part B Sandbox",
        filing_indicator: "MB",
        mailbox: "partb",
        timely_filing_days: 365,
        appeal_days: 125,
        authorization_procedures: &[],
    },
    MadePayer {
        identifier: "SBXMCAID",
        name: "State Medical Aid Sandbox",
        filing_indicator: "MC",
        mailbox: "aid",
        timely_filing_days: 180,
        appeal_days: 60,
        authorization_procedures: &["97110"],
    },
];

/// A group that a sandbox payer does not know the first time it reads it: its 999 refuses the
/// set, and the next one passes.
pub(super) const UNKNOWN_AT_FIRST: &str = "G10997";

/// Places in [`PAYERS`].
const MERIDIAN: usize = 0;
const PRAIRIE: usize = 1;
const PART_B: usize = 2;
const AID: usize = 3;

/// A practice with `patients` patients, as of a day.
///
/// # Panics
/// Never: the made-up numbers are of the right form, which a test checks.
#[must_use]
pub fn practice(seed: u64, patients: usize, today: NaiveDate) -> MadePractice {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let npi = |base: u32| Npi::with_check_digit(&base.to_string()).expect("nine digits beginning with 1");
    let person = |last: &str, first: &str| Some(PersonName::new(last, first));
    let providers = vec![
        MadeProvider {
            npi: npi(155_000_001),
            taxonomy: "261QP2300X",
            organization: Some("Lakeside Family Medicine"),
            person: None,
        },
        MadeProvider {
            npi: npi(155_000_011),
            taxonomy: "207Q00000X",
            organization: None,
            person: person("Hartwell", "Miriam"),
        },
        MadeProvider {
            npi: npi(155_000_012),
            taxonomy: "207R00000X",
            organization: None,
            person: person("Osei", "Daniel"),
        },
        MadeProvider {
            npi: npi(155_000_013),
            taxonomy: "363LF0000X",
            organization: None,
            person: person("Brandt", "Carla"),
        },
        MadeProvider {
            npi: npi(155_000_021),
            taxonomy: "207Q00000X",
            organization: None,
            person: person("Lemaire", "Paul"),
        },
    ];
    let mut patients: Vec<MadePatient> =
        (1..=patients).map(|number| patient(number, today, &mut rng)).collect();
    let first_at_prairie = patients
        .iter_mut()
        .filter_map(|patient| patient.coverages.first_mut())
        .find(|coverage| coverage.payer == PRAIRIE);
    if let Some(coverage) = first_at_prairie {
        coverage.group_number = Some(UNKNOWN_AT_FIRST.to_owned());
    }
    MadePractice {
        name: "Lakeside Family Medicine",
        control_number_prefix: "LFM",
        payers: PAYERS.to_vec(),
        providers,
        patients,
    }
}

fn patient(number: usize, today: NaiveDate, rng: &mut ChaCha8Rng) -> MadePatient {
    let sex = if chance(54, rng) { Sex::Female } else { Sex::Male };
    let first = if sex == Sex::Female { FIRST_F } else { FIRST_M };
    let name = PersonName::new(*one(LAST, rng), *one(first, rng));
    // A family practice: every age, more of the old than of the young.
    let age_days =
        if chance(12, rng) { rng.random_range(400..17 * 365) } else { rng.random_range(19 * 365..88 * 365) };
    let born_on = today - Days::new(age_days);
    let age_years = age_days / 365;
    let (city, zip) = *one(CITIES, rng);
    let street = format!("{} {} Street", rng.random_range(100..2_900), one(STREETS, rng));
    let zip = format!("{zip}{:04}", rng.random_range(1_000..9_000));
    let mut patient = MadePatient {
        account_number: format!("LF{number:05}"),
        name,
        born_on,
        sex,
        street,
        city,
        zip,
        coverages: vec![],
    };
    let insured = |payer: usize, rng: &mut ChaCha8Rng| MadeCoverage {
        payer,
        member_id: match payer {
            // The form of a Medicare beneficiary identifier (CMS): no S, L, O, I, B, Z.
            PART_B => format!("{}EG4TE5MK{:02}", rng.random_range(1..10), rng.random_range(10..99)),
            AID => format!("{:09}", rng.random_range(100_000_000..999_999_999)),
            _ => format!("W{:09}", rng.random_range(100_000_000..999_999_999)),
        },
        group_number: (payer < PART_B).then(|| format!("G{:05}", rng.random_range(10_000..99_999))),
        subscriber: None,
    };
    if age_years >= 65 {
        patient.coverages.push(insured(PART_B, rng));
        if chance(55, rng) {
            let supplement = if chance(70, rng) { PRAIRIE } else { AID };
            patient.coverages.push(insured(supplement, rng));
        }
    } else if chance(7, rng) {
        // Pays alone.
    } else if chance(22, rng) {
        patient.coverages.push(insured(AID, rng));
    } else {
        let mut first = insured(if chance(60, rng) { MERIDIAN } else { PRAIRIE }, rng);
        if age_years < 19 {
            let parent = PersonName::new(patient.name.last.clone(), *one(FIRST_F, rng));
            first.subscriber = Some(("19", parent, born_on - Days::new(30 * 365)));
        } else if chance(25, rng) {
            let spouse = PersonName::new(patient.name.last.clone(), *one(FIRST_M, rng));
            first.subscriber = Some(("01", spouse, born_on - Days::new(2 * 365)));
        }
        let other = if first.payer == MERIDIAN { PRAIRIE } else { MERIDIAN };
        patient.coverages.push(first);
        if chance(12, rng) {
            patient.coverages.push(insured(other, rng));
        }
    }
    patient
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_practice() {
        let today = "2026-11-23".parse().unwrap();
        let [a, b, other] = [7, 7, 8].map(|seed| format!("{:?}", practice(seed, 40, today)));
        assert_eq!(a, b);
        assert_ne!(a, other);
    }

    #[test]
    fn a_practice_has_every_kind_of_insurance() {
        let made = practice(1, 200, "2026-11-23".parse().unwrap());
        let with = |n: usize| made.patients.iter().filter(|p| p.coverages.len() == n).count();
        assert!(with(0) > 3 && with(1) > 80 && with(2) > 20, "{} {} {}", with(0), with(1), with(2));
        assert!(made.patients.iter().any(|p| p.coverages.iter().any(|c| c.subscriber.is_some())));
    }
}
