//! What a family practice does all day, as the charge file that its practice system exports.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::types::{Money, age_years};

use super::people::{MadePatient, MadePractice, UNKNOWN_AT_FIRST};
use super::{chance, one};

/// A procedure with its fee in cents, units, modifiers and diagnosis pointers.
type Line = (&'static str, i64, u32, &'static str, &'static str);

/// A kind of visit: how often it occurs, whom it fits, its diagnoses and lines.
struct Kind {
    weight: u32,
    ages: std::ops::RangeInclusive<u32>,
    diagnoses: &'static [&'static str],
    lines: &'static [Line],
}

/// ICD-10-CM codes in force in fiscal years 2026 and 2027; CPT codes of the demonstration table.
const KINDS: &[Kind] = &[
    Kind {
        weight: 16,
        ages: 19..=120,
        diagnoses: &["E11.9", "I10"],
        lines: &[("99214", 18_500, 1, "", "AB"), ("83036", 2_800, 1, "", "A")],
    },
    Kind { weight: 14, ages: 0..=120, diagnoses: &["J06.9"], lines: &[("99213", 13_000, 1, "", "A")] },
    Kind {
        weight: 8,
        ages: 4..=120,
        diagnoses: &["J02.9"],
        lines: &[("99213", 13_000, 1, "25", "A"), ("87880", 3_400, 1, "QW", "A")],
    },
    Kind {
        weight: 12,
        ages: 19..=120,
        diagnoses: &["E78.5", "I10", "Z79.899"],
        lines: &[
            ("99213", 13_000, 1, "25", "AB"),
            ("80061", 4_600, 1, "", "A"),
            ("80053", 3_900, 1, "", "BC"),
            ("36415", 900, 1, "", "AB"),
        ],
    },
    Kind {
        weight: 8,
        ages: 19..=120,
        diagnoses: &["M25.561", "M17.11"],
        lines: &[
            ("99213", 13_000, 1, "25", "AB"),
            ("20610", 16_500, 1, "RT", "B"),
            ("J1100", 120, 8, "", "B"),
        ],
    },
    Kind {
        weight: 7,
        ages: 19..=120,
        diagnoses: &["M54.50"],
        lines: &[("99213", 13_000, 1, "", "A"), ("72100", 9_800, 1, "", "A")],
    },
    Kind {
        weight: 4,
        ages: 30..=80,
        diagnoses: &["M54.50", "M54.16"],
        lines: &[("72148", 84_000, 1, "", "AB")],
    },
    Kind {
        weight: 9,
        ages: 0..=120,
        diagnoses: &["Z23"],
        lines: &[("90686", 3_200, 1, "", "A"), ("90471", 2_900, 1, "", "A")],
    },
    Kind {
        weight: 8,
        ages: 40..=64,
        diagnoses: &["Z00.00"],
        lines: &[("99396", 21_000, 1, "", "A"), ("80053", 3_900, 1, "", "A")],
    },
    Kind { weight: 6, ages: 12..=120, diagnoses: &["F41.1"], lines: &[("90834", 14_500, 1, "", "A")] },
    Kind {
        weight: 5,
        ages: 19..=120,
        diagnoses: &["N39.0"],
        lines: &[
            ("99213", 13_000, 1, "25", "A"),
            ("81003", 1_200, 1, "QW", "A"),
            ("87086", 2_600, 1, "", "A"),
        ],
    },
    Kind { weight: 5, ages: 19..=120, diagnoses: &["H61.23"], lines: &[("69210", 8_200, 1, "50", "A")] },
    Kind {
        weight: 5,
        ages: 35..=120,
        diagnoses: &["R07.9"],
        lines: &[("99214", 18_500, 1, "25", "A"), ("93000", 5_200, 1, "", "A")],
    },
    Kind {
        weight: 4,
        ages: 30..=120,
        diagnoses: &["M25.511"],
        lines: &[("97110", 5_400, 2, "GP", "A"), ("97140", 4_900, 1, "GP", "A")],
    },
    Kind {
        weight: 3,
        ages: 50..=120,
        diagnoses: &["J44.9"],
        lines: &[("99214", 18_500, 1, "25", "A"), ("94010", 6_800, 1, "", "A")],
    },
];

/// What the practice charges for a unit of each procedure that it renders, by procedure.
pub fn fees() -> impl Iterator<Item = (&'static str, Money)> {
    let lines = KINDS.iter().flat_map(|kind| kind.lines);
    let fees: BTreeMap<&str, Money> =
        lines.map(|(procedure, cents, ..)| (*procedure, Money::from_cents(*cents))).collect();
    fees.into_iter()
}

/// Visits with six lines, to measure with.
const LONG_KINDS: &[Kind] = &[
    Kind {
        weight: 2,
        ages: 19..=120,
        diagnoses: &["E11.9", "I10", "E78.5", "Z79.899"],
        lines: &[
            ("99214", 18_500, 1, "25", "ABC"),
            ("83036", 2_800, 1, "", "A"),
            ("80061", 4_600, 1, "", "C"),
            ("80053", 3_900, 1, "", "AB"),
            ("36415", 900, 1, "", "ABC"),
            ("93000", 5_200, 1, "", "B"),
        ],
    },
    Kind {
        weight: 1,
        ages: 0..=120,
        diagnoses: &["J06.9", "J02.9", "N39.0"],
        lines: &[
            ("99213", 13_000, 1, "25", "AB"),
            ("87880", 3_400, 1, "QW", "B"),
            ("81003", 1_200, 1, "QW", "C"),
            ("87086", 2_600, 1, "", "C"),
            ("90686", 3_200, 1, "", "A"),
            ("90471", 2_900, 1, "", "A"),
        ],
    },
    Kind {
        weight: 1,
        ages: 30..=120,
        diagnoses: &["M25.561", "M17.11", "M54.50"],
        lines: &[
            ("99213", 13_000, 1, "25", "ABC"),
            ("20610", 16_500, 1, "RT", "B"),
            ("J1100", 120, 8, "", "B"),
            ("72100", 9_800, 1, "", "C"),
            ("97110", 5_400, 2, "GP", "C"),
            ("97140", 4_900, 1, "GP", "C"),
        ],
    },
];

/// One way in which charges are wrong.
type Mistake = fn(&mut Visit, NaiveDate);

/// The ways, each found by another rule of the scrubber.
const MISTAKES: &[Mistake] = &[
    // A heading where a code belongs.
    |visit, _| visit.diagnoses[0] = "E11".into(),
    // Replaced by I42.00, I42.01 and I42.09 on 2026-10-01; as far as the visit is later.
    |visit, _| visit.diagnoses[0] = "I42.0".into(),
    // Type 1 and type 2 diabetes exclude each other (Excludes1 at E10 and E11).
    |visit, _| {
        visit.diagnoses = vec!["E11.9".into(), "E10.9".into()];
        visit.lines[0].4 = "AB".into();
    },
    // A line that points to a diagnosis that is not there.
    |visit, _| visit.lines[0].4 = "C".into(),
    // No pointer at all.
    |visit, _| visit.lines[0].4 = String::new(),
    // Next week.
    |visit, today| visit.on = today + Days::new(7),
    // No such modifier.
    |visit, _| visit.lines[0].3 = "9Z".into(),
    // A typing error in the code.
    |visit, _| visit.diagnoses[0] = "J069X1".into(),
];

struct Visit {
    number: String,
    account: String,
    rendering: String,
    /// Who ordered its tests, if there are any.
    referring: Option<String>,
    on: NaiveDate,
    diagnoses: Vec<String>,
    /// Procedure, fee, units, modifiers, pointers.
    lines: Vec<(String, Money, u32, String, String)>,
}

/// The heading of the file.
const COLUMNS: &[&str] = &[
    "visit_number",
    "patient_account",
    "billing_npi",
    "rendering_npi",
    "referring_npi",
    "service_date",
    "place_of_service",
    "procedure",
    "modifiers",
    "units",
    "charge",
    "dx1",
    "dx2",
    "dx3",
    "dx4",
    "pointers",
];

/// A charge file with `visits` visits in the ninety days before `today`. About one visit in
/// sixteen is wrong in a way that the scrubber must hold, and the last two cannot be charged at
/// all: an account that nobody has, and a date that does not exist.
///
/// # Panics
/// When the practice has no patients.
#[must_use]
pub fn charge_file(practice: &MadePractice, seed: u64, visits: usize, today: NaiveDate) -> Vec<u8> {
    write(practice, seed, visits, today, KINDS, MISTAKES)
}

/// A charge file of visits with six lines each, none of them wrong.
///
/// # Panics
/// When the practice has no patients.
#[must_use]
pub fn long_charge_file(practice: &MadePractice, seed: u64, visits: usize, today: NaiveDate) -> Vec<u8> {
    write(practice, seed, visits, today, LONG_KINDS, &[])
}

fn write(
    practice: &MadePractice,
    seed: u64,
    visits: usize,
    today: NaiveDate,
    kinds: &[Kind],
    mistakes: &[Mistake],
) -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x5649_5349_5453);
    let mut out = csv::Writer::from_writer(vec![]);
    out.write_record(COLUMNS).expect("memory takes every row");
    let billing = practice.providers[0].npi.as_str();
    let plant = !mistakes.is_empty();
    let mut mistakes = mistakes.iter().cycle();
    // So that what was planted is met even in a small file.
    let unknown_at_first = practice.patients.iter().find(|patient| {
        let group = patient.coverages.first().and_then(|coverage| coverage.group_number.as_deref());
        group == Some(UNKNOWN_AT_FIRST)
    });
    for number in 1..=visits {
        let drawn = one(&practice.patients, &mut rng);
        let patient = unknown_at_first.filter(|_| number == 1).unwrap_or(drawn);
        let mut visit = visit(number, practice, patient, today, kinds, &mut rng);
        if number % 16 == 8
            && let Some(mistake) = mistakes.next()
        {
            mistake(&mut visit, today);
        }
        if plant && visits > 20 && number == visits - 1 {
            visit.account = "LF99999".into();
        }
        for (place, line) in visit.lines.iter().enumerate() {
            let broken = plant && visits > 20 && number == visits && place == 0;
            let date = if broken { "2026-02-30".to_owned() } else { visit.on.to_string() };
            let dx = |n: usize| visit.diagnoses.get(n).map_or("", String::as_str);
            let (procedure, fee, units, modifiers, pointers) = line;
            out.write_record([
                &visit.number,
                &visit.account,
                billing,
                &visit.rendering,
                visit.referring.as_deref().unwrap_or_default(),
                &date,
                "11",
                procedure,
                modifiers,
                &units.to_string(),
                &fee.to_string(),
                dx(0),
                dx(1),
                dx(2),
                dx(3),
                pointers,
            ])
            .expect("memory takes every row");
        }
    }
    out.into_inner().expect("memory takes every row")
}

fn visit(
    number: usize,
    practice: &MadePractice,
    patient: &MadePatient,
    today: NaiveDate,
    kinds: &[Kind],
    rng: &mut ChaCha8Rng,
) -> Visit {
    let mut on = today - Days::new(rng.random_range(3..90));
    while matches!(on.weekday(), Weekday::Sat | Weekday::Sun) {
        on = on - Days::new(1);
    }
    let age = age_years(patient.born_on, on).unwrap_or(0);
    let fitting: Vec<&Kind> = kinds.iter().filter(|kind| kind.ages.contains(&age)).collect();
    let total: u32 = fitting.iter().map(|kind| kind.weight).sum();
    let mut left = rng.random_range(0..total);
    let kind = fitting
        .iter()
        .find(|kind| match left.checked_sub(kind.weight) {
            Some(rest) => {
                left = rest;
                false
            }
            None => true,
        })
        .expect("the draw is below the sum of the weights");
    let people = practice.providers.len() - 1;
    let rendering = practice.providers[rng.random_range(1..people)].npi.as_str().to_owned();
    Visit {
        number: format!("V{number:06}"),
        account: patient.account_number.clone(),
        // Who sees the patient orders the tests.
        referring: kind.lines.iter().any(|line| is_ordered(line.0)).then(|| rendering.clone()),
        rendering,
        on,
        diagnoses: kind.diagnoses.iter().map(|code| (*code).to_owned()).collect(),
        lines: kind
            .lines
            .iter()
            .map(|(procedure, cents, units, modifiers, pointers)| {
                let fee = Money::from_cents(*cents * i64::from(*units));
                ((*procedure).to_owned(), fee, *units, (*modifiers).to_owned(), (*pointers).to_owned())
            })
            .collect(),
    }
    .varied(chance(8, rng))
}

/// Imaging, laboratory and diagnostic tests are done on somebody's order.
fn is_ordered(procedure: &str) -> bool {
    matches!(procedure.parse(), Ok(70_000..=89_999 | 93_000..=94_799_u32))
}

impl Visit {
    /// Some first lines are charged a little more: supplies were used.
    fn varied(mut self, more: bool) -> Visit {
        if more {
            self.lines[0].1 += Money::from_cents(1_250);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::practice;
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_file() {
        let today = "2026-11-23".parse().unwrap();
        let made = practice(1, 60, today);
        assert_eq!(charge_file(&made, 1, 50, today), charge_file(&made, 1, 50, today));
        assert_ne!(charge_file(&made, 1, 50, today), charge_file(&made, 2, 50, today));
    }

    #[test]
    fn every_row_has_every_column() {
        let today = "2026-11-23".parse().unwrap();
        let file = charge_file(&practice(1, 60, today), 1, 200, today);
        let mut reader = csv::Reader::from_reader(&file[..]);
        assert_eq!(reader.headers().unwrap().len(), 16);
        let rows: Vec<_> = reader.records().collect::<Result<_, _>>().unwrap();
        let visits: std::collections::BTreeSet<_> = rows.iter().map(|row| row[0].to_owned()).collect();
        assert_eq!(visits.len(), 200);
    }

    #[test]
    fn whoever_is_drawn_has_a_visit_that_fits() {
        let today = "2026-11-23".parse().unwrap();
        for seed in 1..=200 {
            assert!(!charge_file(&practice(seed, 20, today), seed, 50, today).is_empty());
        }
    }
}
