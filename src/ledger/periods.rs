//! Periods: the months of the books, which close in their order.
//!
//! - *Open*: entries are booked in it. *Closed*: nothing is booked in it any more; what happened in
//!   it and is learned later is booked on the first day of the first open month, with its business
//!   date kept. *Locked*: it never opens again; what is exported is locked.
//! - Closing a month closes every month before it, reopening opens every month after it. So one day
//!   says what is closed, and the database refuses an entry on or before it to everybody.
//! - While nothing is closed, every entry is booked on its business date.

use anyhow::Context;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::db::Tx;
use crate::db::schema::{entries, period_events as p};
use crate::ledger::exports::{self, JournalExport};
use crate::types::{Month, Refusal, Result, Status};

/// What may still happen in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeriodState {
    /// Entries are booked in it.
    Open,
    /// Nothing is booked in it, unless it is opened again.
    Closed,
    /// Nothing is booked in it, and it never opens again.
    Locked,
}

/// One month of the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Period {
    /// The month.
    pub month: Month,
    /// Whether entries are booked in it.
    pub state: PeriodState,
    /// Whether it is over, so that it may be closed.
    pub over: bool,
    /// As what its journal was exported.
    pub exports: Vec<JournalExport>,
}

/// Up to where the books are closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Standing {
    /// Last day of the last closed month.
    pub closed_through: Option<NaiveDate>,
    /// Last day of the last locked month.
    pub locked_through: Option<NaiveDate>,
}

impl Standing {
    /// What may still happen in a month.
    #[must_use]
    pub fn state(self, month: Month) -> PeriodState {
        let within = |through: Option<NaiveDate>| through.is_some_and(|through| month.last() <= through);
        match (within(self.locked_through), within(self.closed_through)) {
            (true, _) => PeriodState::Locked,
            (_, true) => PeriodState::Closed,
            _ => PeriodState::Open,
        }
    }
}

/// What was done to the periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeriodAct {
    /// Months were closed.
    Closed,
    /// Months were opened again.
    Reopened,
    /// Months were locked.
    Locked,
}

impl PeriodAct {
    /// As stored.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            PeriodAct::Closed => "closed",
            PeriodAct::Reopened => "reopened",
            PeriodAct::Locked => "locked",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<PeriodAct> {
        [PeriodAct::Closed, PeriodAct::Reopened, PeriodAct::Locked]
            .into_iter()
            .find(|act| act.as_str() == name)
    }
}

/// One act on the periods, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PeriodEvent {
    /// Which one, from 1.
    pub number: i64,
    /// What was done.
    pub act: PeriodAct,
    /// Last day of the last closed month since then.
    pub closed_through: Option<NaiveDate>,
    /// Last day of the last locked month since then.
    pub locked_through: Option<NaiveDate>,
    /// Why.
    pub reason: String,
    /// Who did it, as the audit trail writes it.
    pub actor: String,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// Why periods do not change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// Something may still happen in it.
    #[error("{0} is not over")]
    NotOver(Month),
    /// It was exported or locked.
    #[error("{0} is locked")]
    Locked(Month),
    /// It is open.
    #[error("{0} is open")]
    Open(Month),
    /// No reason, or more than 200 characters.
    #[error("opening a period again needs a reason of 1 to 200 characters")]
    Reason,
}

impl From<PeriodError> for Refusal {
    fn from(error: PeriodError) -> Refusal {
        let (code, status, next) = match &error {
            PeriodError::NotOver(_) => (
                "ledger/period-not-over",
                Status::Conflict,
                "Close it on the first day of the next month or later",
            ),
            PeriodError::Locked(_) => (
                "ledger/period-locked",
                Status::Conflict,
                "Correct it by entries in the open period: they keep their business date",
            ),
            PeriodError::Open(_) => ("ledger/period-open", Status::Conflict, "Close it first"),
            PeriodError::Reason => ("ledger/period-reason", Status::Invalid, "Say why it is opened again"),
        };
        Refusal::new(code, status, error.to_string(), next)
    }
}
impl From<PeriodError> for crate::types::Error {
    fn from(error: PeriodError) -> crate::types::Error {
        Refusal::from(error).into()
    }
}

/// Up to where the books are closed.
pub async fn standing(tx: &mut Tx) -> Result<Standing> {
    let newest: Option<(Option<NaiveDate>, Option<NaiveDate>)> = p::table
        .filter(p::organization_id.eq(tx.actor().organization))
        .order(p::number.desc())
        .select((p::closed_through, p::locked_through))
        .first(tx.conn())
        .await
        .optional()?;
    Ok(newest.map_or_else(Standing::default, |(closed_through, locked_through)| Standing {
        closed_through,
        locked_through,
    }))
}

/// The same, and nobody else closes, reopens or posts until this transaction ends.
async fn hold(tx: &mut Tx) -> Result<Standing> {
    diesel::sql_query("select lock_periods($1, $2)")
        .bind::<SqlUuid, _>(tx.actor().organization)
        .bind::<Bool, _>(true)
        .execute(tx.conn())
        .await?;
    standing(tx).await
}

/// The months from the first booked one to `today`'s, newest first.
pub async fn periods(tx: &mut Tx, today: NaiveDate) -> Result<Vec<Period>> {
    let standing = standing(tx).await?;
    let now = Month::of(today);
    let first = first_booked(tx).await?.map_or(now, Month::of);
    let mut exported = exports::list(tx).await?;
    let mut periods = vec![];
    let mut month = now;
    while month >= first {
        let (exports, rest) = exported.into_iter().partition(|export| export.month == month);
        exported = rest;
        periods.push(Period { month, state: standing.state(month), over: month.last() < today, exports });
        if month.previous() == month {
            break;
        }
        month = month.previous();
    }
    Ok(periods)
}

/// What was done to the periods, newest first.
pub async fn period_events(tx: &mut Tx) -> Result<Vec<PeriodEvent>> {
    type Row = (i64, String, Option<NaiveDate>, Option<NaiveDate>, String, String, DateTime<Utc>);
    let rows: Vec<Row> = p::table
        .filter(p::organization_id.eq(tx.actor().organization))
        .order(p::number.desc())
        .select((
            p::number,
            p::event,
            p::closed_through,
            p::locked_through,
            p::reason,
            p::actor,
            p::occurred_at,
        ))
        .load(tx.conn())
        .await?;
    rows.into_iter()
        .map(|(number, act, closed_through, locked_through, reason, actor, occurred_at)| {
            let act = PeriodAct::from_name(&act).with_context(|| format!("no act on periods: {act}"))?;
            Ok(PeriodEvent { number, act, closed_through, locked_through, reason, actor, occurred_at })
        })
        .collect()
}

async fn first_booked(tx: &mut Tx) -> Result<Option<NaiveDate>> {
    let first = entries::table
        .filter(entries::organization_id.eq(tx.actor().organization))
        .order(entries::booked_on)
        .select(entries::booked_on);
    Ok(first.first(tx.conn()).await.optional()?)
}

/// Closes a month and every month before it. Again is no harm.
///
/// # Errors
/// `ledger/period-not-over` when `today` is still in it.
pub async fn close_period(tx: &mut Tx, month: Month, today: NaiveDate) -> Result<Standing> {
    if month.last() >= today {
        return Err(PeriodError::NotOver(month).into());
    }
    let standing = hold(tx).await?;
    if standing.state(month) != PeriodState::Open {
        return Ok(standing);
    }
    let closed = Standing { closed_through: Some(month.last()), ..standing };
    record(tx, PeriodAct::Closed, closed, "month end").await?;
    tx.audit("ledger/close-period", tx.actor().organization, None, json!({ "month": month })).await?;
    Ok(closed)
}

/// Opens a month and every month after it again.
///
/// # Errors
/// `ledger/period-locked`, `ledger/period-reason`; `ledger/period-open` when it is open.
pub async fn reopen_period(tx: &mut Tx, month: Month, reason: &str) -> Result<Standing> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 200 {
        return Err(PeriodError::Reason.into());
    }
    let standing = hold(tx).await?;
    match standing.state(month) {
        PeriodState::Open => return Err(PeriodError::Open(month).into()),
        PeriodState::Locked => return Err(PeriodError::Locked(month).into()),
        PeriodState::Closed => {}
    }
    let open = Standing { closed_through: Some(month.previous().last()), ..standing };
    record(tx, PeriodAct::Reopened, open, reason).await?;
    tx.audit("ledger/reopen-period", tx.actor().organization, None, json!({ "month": month })).await?;
    Ok(open)
}

/// Locks a closed month and every month before it. Again is no harm.
///
/// # Errors
/// `ledger/period-open` when it is not closed.
pub async fn lock_period(tx: &mut Tx, month: Month, reason: &str) -> Result<Standing> {
    let standing = hold(tx).await?;
    match standing.state(month) {
        PeriodState::Open => return Err(PeriodError::Open(month).into()),
        PeriodState::Locked => return Ok(standing),
        PeriodState::Closed => {}
    }
    let locked = Standing { locked_through: Some(month.last()), ..standing };
    record(tx, PeriodAct::Locked, locked, reason).await?;
    tx.audit("ledger/lock-period", tx.actor().organization, None, json!({ "month": month })).await?;
    Ok(locked)
}

async fn record(tx: &mut Tx, act: PeriodAct, after: Standing, reason: &str) -> Result<()> {
    let (organization, actor) = (tx.actor().organization, tx.actor().who.to_string());
    let last: Option<i64> = p::table
        .filter(p::organization_id.eq(organization))
        .select(diesel::dsl::max(p::number))
        .first(tx.conn())
        .await?;
    diesel::insert_into(p::table)
        .values((
            p::organization_id.eq(organization),
            p::number.eq(last.unwrap_or(0) + 1),
            p::event.eq(act.as_str()),
            p::closed_through.eq(after.closed_through),
            p::locked_through.eq(after.locked_through),
            p::reason.eq(reason),
            p::actor.eq(actor),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_open_closed_or_locked_by_its_last_day() {
        let day = |text: &str| Some(text.parse().unwrap());
        let standing = Standing { closed_through: day("2026-10-31"), locked_through: day("2026-08-31") };
        let check =
            |month: &str, expected| assert_eq!(standing.state(month.parse().unwrap()), expected, "{month}");
        check("2026-08", PeriodState::Locked);
        check("2025-01", PeriodState::Locked);
        check("2026-09", PeriodState::Closed);
        check("2026-10", PeriodState::Closed);
        check("2026-11", PeriodState::Open);
        assert_eq!(Standing::default().state("1999-01".parse().unwrap()), PeriodState::Open);
    }
}
