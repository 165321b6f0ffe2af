//! Claims that were sent: what a rule is tried on before it is published.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryableByName;
use diesel::sql_query;
use diesel::sql_types as sql;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};

use crate::claims::lifecycle::Event;
use crate::db::Tx;
use crate::types::{ClaimId, PayerId, Result};

/// Which past claims are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// Those whose first day of service is this day or later.
    pub from: NaiveDate,
    /// And this day or earlier.
    pub to: NaiveDate,
    /// Only those to this payer.
    pub payer: Option<PayerId>,
}

/// A claim, and when it left last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct SentClaim {
    /// The claim.
    #[diesel(sql_type = sql::Uuid)]
    pub id: ClaimId,
    /// When it left.
    #[diesel(sql_type = sql::Timestamptz)]
    pub sent_at: DateTime<Utc>,
}

/// What tells that a claim left: that it was sent, or that a payer decided about it.
const LEFT: [Event; 4] = [Event::Sent, Event::Paid, Event::PartiallyPaid, Event::Denied];

/// How many claims [`sent`] lists in all.
pub async fn count_sent(tx: &mut Tx, past: Past) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = sql::BigInt)]
        count: i64,
    }
    let counted: Count = sql_query(
        "select count(*) as count from claims c
         where c.organization_id = $1 and c.frequency <> '8' and c.service_from between $3 and $4
            and ($5 is null or c.payer_id = $5)
            and exists (select from claim_events where organization_id = c.organization_id
                and claim_id = c.id and event = any ($2))",
    )
    .bind::<sql::Uuid, _>(tx.actor().organization)
    .bind::<sql::Array<sql::Text>, _>(LEFT.map(Event::as_str).to_vec())
    .bind::<sql::Date, _>(past.from)
    .bind::<sql::Date, _>(past.to)
    .bind::<sql::Nullable<sql::Uuid>, _>(past.payer)
    .get_result(tx.conn())
    .await?;
    Ok(counted.count)
}

/// Claims that left, the newest first, at most `limit`. Voids are left out: they ask for nothing.
///
/// All of them in one statement, 24 bytes each: in parts, each part would read the practice's claims and
/// events again to find where it begins.
pub async fn sent(tx: &mut Tx, past: Past, limit: i64) -> Result<Vec<SentClaim>> {
    let rows = sql_query(
        "select c.id, coalesce(e.sent_at, c.created_at) as sent_at
         from claims c
         cross join lateral (
            select bool_or(event = any ($2)) as has_left,
                max(occurred_at) filter (where event in ('queued', 'sent')) as sent_at
            from claim_events where organization_id = c.organization_id and claim_id = c.id
         ) e
         where c.organization_id = $1 and c.frequency <> '8' and e.has_left
            and c.service_from between $3 and $4
            and ($5 is null or c.payer_id = $5)
         order by c.id desc limit $6",
    )
    .bind::<sql::Uuid, _>(tx.actor().organization)
    .bind::<sql::Array<sql::Text>, _>(LEFT.map(Event::as_str).to_vec())
    .bind::<sql::Date, _>(past.from)
    .bind::<sql::Date, _>(past.to)
    .bind::<sql::Nullable<sql::Uuid>, _>(past.payer)
    .bind::<sql::BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    Ok(rows)
}
