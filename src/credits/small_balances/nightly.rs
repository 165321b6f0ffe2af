//! The rules run by themselves each night, where a person of the practice has said so.
//!
//! Off until then. A run is the system's act, under the rule that a person has set: each write-off names that
//! version, the audit event names the versions and who let them run. Once a day, whatever the worker does: a
//! run that is repeated finds nothing, and one that is done is not begun again.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::credits::small_balances;
use crate::db::jobs::Job;
use crate::db::schema::small_balance_schedules;
use crate::db::{Actor, Db, Tx};
use crate::registry::organizations;
use crate::types::{Clock, Money, Result};

/// Gives up what a practice's rules say, as a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiveUpSmallBalances {}

impl Job for GiveUpSmallBalances {
    const KIND: &'static str = "small_balances";

    fn unique_key(&self) -> Option<String> {
        Some("nightly".to_owned())
    }

    fn lane(&self) -> Option<String> {
        Some("small_balances".to_owned())
    }
}

/// Whether the rules run by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SmallBalanceSchedule)]
pub struct Schedule {
    /// True: each night.
    pub nightly: bool,
    /// Since when it is so; none: nobody has said anything.
    pub set_on: Option<NaiveDate>,
    /// Who said so: the id of a user or a key.
    pub set_by: Option<String>,
    /// The last day on which they ran by themselves.
    pub last_on: Option<NaiveDate>,
}

/// What a night came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Night {
    /// Balances that were given up.
    pub written_off: usize,
    /// Their sum.
    pub amount: Money,
}

/// Whether the practice's rules run by themselves.
pub async fn schedule(tx: &mut Tx) -> Result<Schedule> {
    let found: Option<(bool, NaiveDate, String, Option<NaiveDate>)> = small_balance_schedules::table
        .find(tx.actor().organization)
        .select((
            small_balance_schedules::nightly,
            small_balance_schedules::set_on,
            small_balance_schedules::set_by,
            small_balance_schedules::last_on,
        ))
        .first(tx.conn())
        .await
        .optional()?;
    Ok(found.map_or_else(Schedule::default, |(nightly, set_on, set_by, last_on)| Schedule {
        nightly,
        set_on: Some(set_on),
        set_by: Some(set_by),
        last_on,
    }))
}

/// Says whether the rules run by themselves from the next night on. The same again changes nothing. Leaves an
/// audit event `credits/small-balance-schedule`.
pub async fn set_schedule(tx: &mut Tx, now: DateTime<Utc>, nightly: bool) -> Result<Schedule> {
    let before = schedule(tx).await?;
    if before.nightly == nightly && before.set_on.is_some() {
        return Ok(before);
    }
    let organization = tx.actor().organization;
    let today = organizations::today(tx, now).await?;
    let set = (
        small_balance_schedules::nightly.eq(nightly),
        small_balance_schedules::set_on.eq(today),
        small_balance_schedules::set_by.eq(tx.actor().who.to_string()),
    );
    diesel::insert_into(small_balance_schedules::table)
        .values((small_balance_schedules::organization_id.eq(organization), set.clone()))
        .on_conflict(small_balance_schedules::organization_id)
        .do_update()
        .set(set)
        .execute(tx.conn())
        .await?;
    tx.audit("credits/small-balance-schedule", organization, None, json!({ "nightly": nightly })).await?;
    schedule(tx).await
}

/// Runs the rules until nothing that they say is left, once a day; nothing where nobody has said that they run
/// by themselves, or no longer. Each thousand balances are a transaction, so whoever dies in between can
/// repeat it. Leaves an audit event `credits/small-balances` for each, in the system's name.
pub async fn run_by_night(db: &Db, actor: &Actor, clock: &Clock) -> Result<Night> {
    let mut night = Night::default();
    loop {
        let now = clock.now();
        let run = db
            .transaction(actor, async |tx| {
                let today = organizations::today(tx, now).await?;
                let schedule = schedule(tx).await?;
                if !schedule.nightly || schedule.last_on.is_some_and(|last| last >= today) {
                    return Ok(None);
                }
                let run = small_balances::run(tx, now).await?;
                if !run.more {
                    diesel::update(small_balance_schedules::table.find(tx.actor().organization))
                        .set(small_balance_schedules::last_on.eq(today))
                        .execute(tx.conn())
                        .await?;
                }
                Ok(Some(run))
            })
            .await?;
        let Some(run) = run else { return Ok(night) };
        night.written_off += run.balances.len();
        night.amount += run.amount;
        if !run.more {
            return Ok(night);
        }
    }
}
