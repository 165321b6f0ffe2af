//! A practice with the people and payers that a charge file names.

use chrono::{NaiveDate, Utc};
use firstpass::charges::{self, ImportReport, Mode};
use firstpass::db::Actor;
use firstpass::exchange::files::{self, Direction};
use firstpass::registry::providers::{Billing, Name};
use firstpass::registry::{Coverage, Patient, Payer, Provider, coverages, patients, payers, providers};
use firstpass::types::{Address, CoverageId, PatientId, PayerId, PersonName, Phi, ProviderId, Result, Sex};

use super::World;

/// Bills.
pub const GROUP_NPI: &str = "1234567893";
/// Renders, and does not bill.
pub const DOCTOR_NPI: &str = "1987654328";
/// Nobody's.
pub const UNKNOWN_NPI: &str = "1111111112";

/// A practice with one group, one doctor, two payers and three patients: `A-100` has both payers,
/// `A-200` the first until the end of 2025 and the second since, `A-300` none.
pub struct Practice {
    pub actor: Actor,
    pub first_payer: PayerId,
    pub second_payer: PayerId,
}

impl World {
    pub async fn practice(&self, name: &str) -> Practice {
        let actor = self.organization(name).await;
        let (first_payer, second_payer) = self
            .db
            .transaction(&actor, async |tx| {
                providers::save(tx, &[group(), doctor()]).await?;
                let first = payers::save(tx, &payer("AETNA1", "First Health")).await?;
                let second = payers::save(tx, &payer("BLUE22", "Second Mutual")).await?;
                let ids = patients::save(tx, &[patient("A-100"), patient("A-200"), patient("A-300")]).await?;
                coverages::save(
                    tx,
                    &[
                        coverage(ids[0], first, 1, "2020-01-01", None),
                        coverage(ids[0], second, 2, "2020-01-01", None),
                        coverage(ids[1], first, 1, "2020-01-01", Some("2025-12-31")),
                        coverage(ids[1], second, 1, "2026-01-01", None),
                    ],
                )
                .await?;
                Ok((first, second))
            })
            .await
            .unwrap();
        Practice { actor, first_payer, second_payer }
    }

    /// Keeps a charge file and imports it.
    pub async fn import(&self, practice: &Practice, csv: &[u8], mode: Mode) -> Result<ImportReport> {
        let db = &self.db;
        let name = "charges.csv";
        let kept = db
            .transaction(&practice.actor, async |tx| files::keep(tx, csv, name, Direction::In).await)
            .await?;
        let charges = charges::read_sheet(csv, None)?;
        db.transaction(&practice.actor, async |tx| {
            charges::import(tx, Utc::now(), kept.id, charges, mode).await
        })
        .await
    }
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn address() -> Address {
    Address {
        line_1: "1 Elm St".into(),
        line_2: None,
        city: "Springfield".into(),
        state: "IL".into(),
        zip: "627011234".into(),
    }
}

pub fn group() -> Provider {
    Provider {
        id: ProviderId::new(),
        npi: GROUP_NPI.parse().unwrap(),
        taxonomy: Some("261QP2300X".into()),
        name: Name::Group("Elm Street Clinic".into()),
        billing: Some(Billing {
            tax_id: "12-3456789".parse().unwrap(),
            tax_id_is_ssn: false,
            address: address(),
        }),
    }
}

pub fn doctor() -> Provider {
    Provider {
        id: ProviderId::new(),
        npi: DOCTOR_NPI.parse().unwrap(),
        taxonomy: Some("207Q00000X".into()),
        name: Name::Person(PersonName::new("Nguyen", "An")),
        billing: None,
    }
}

fn payer(identifier: &str, name: &str) -> Payer {
    Payer {
        id: PayerId::new(),
        identifier: identifier.parse().unwrap(),
        name: name.into(),
        filing_indicator: "CI".into(),
        mailbox: identifier.to_lowercase(),
        timely_filing_days: 90,
        appeal_days: 180,
        authorization_procedures: vec!["70551".parse().unwrap()],
        receiver: Some(super::receiver(identifier, name)),
    }
}

pub fn patient(account: &str) -> Patient {
    Patient {
        id: PatientId::new(),
        account_number: Phi::new(account.into()),
        name: Phi::new(PersonName::new("Roe", "Jane")),
        born_on: Phi::new(day("1980-05-06")),
        died_on: None,
        sex: Sex::Female,
        address: Phi::new(address()),
    }
}

fn coverage(patient: PatientId, payer: PayerId, rank: i16, from: &str, to: Option<&str>) -> Coverage {
    Coverage {
        id: CoverageId::new(),
        patient,
        payer,
        rank,
        member_id: "W12345".parse().unwrap(),
        group_number: Some("G7".into()),
        relationship: if rank == 1 { "18".into() } else { "01".into() },
        subscriber: Phi::new(PersonName::new("Roe", if rank == 1 { "Jane" } else { "Rick" })),
        subscriber_born_on: Some(Phi::new(day("1979-01-02"))),
        subscriber_sex: Some(if rank == 1 { Sex::Female } else { Sex::Male }),
        medicare_secondary: None,
        valid_from: day(from),
        valid_to: to.map(day),
    }
}
