//! Fee schedules and contracts: what comes in, what answers on which day, what is refused.

mod command;
mod import_schedules;
mod relative_values;

use firstpass::codes::Codes;
use firstpass::contracts::{self, Contract, ImportOptions, NewContract, ScheduleReport, Standing, Terms};
use firstpass::db::Actor;
use firstpass::exchange::files::{self, Direction};
use firstpass::types::{FeeScheduleId, Money, PayerId, Result};

use crate::support::World;
use crate::support::practice::day;

/// Keeps a file of prices and imports it into the schedule `Standard`.
pub async fn import(
    world: &World,
    actor: &Actor,
    csv: &str,
    options: &ImportOptions,
) -> Result<ScheduleReport> {
    let (db, now) = (&world.db, "2026-04-01T12:00:00Z".parse().unwrap());
    let keep = async |tx: &mut _| files::keep(tx, csv.as_bytes(), "prices.csv", Direction::In).await;
    let file = db.transaction(actor, keep).await?.id;
    let sheet = contracts::read_sheet(csv.as_bytes())?;
    db.transaction(actor, async |tx| {
        let kept = (file, "prices.csv");
        contracts::import(tx, now, Codes::shipped(), kept, "Standard", sheet, options).await
    })
    .await
}

/// From this day on.
pub fn from(first: &str) -> ImportOptions {
    ImportOptions { effective: Some(day(first)), ..ImportOptions::default() }
}

/// The id of the schedule `Standard`.
pub async fn standard(world: &World, actor: &Actor) -> FeeScheduleId {
    let find = async |tx: &mut _| contracts::named_schedule(tx, "Standard").await;
    world.db.snapshot(actor, find).await.unwrap().unwrap().id
}

/// A contract in force for 2026, by the schedule `Standard`.
pub async fn contract(
    world: &World,
    actor: &Actor,
    payer: PayerId,
    name: &str,
    change: impl FnOnce(&mut NewContract),
) -> Result<Contract> {
    let mut new = NewContract {
        payer,
        name: name.into(),
        standing: Standing::InForce,
        valid_from: day("2026-01-01"),
        valid_to: Some(day("2026-12-31")),
        schedule: standard(world, actor).await,
        terms: Terms::default(),
        tolerance: Money::ZERO,
    };
    change(&mut new);
    let now = "2026-04-01T12:00:00Z".parse().unwrap();
    world.db.transaction(actor, async |tx| contracts::create(tx, now, &new).await).await
}
