//! SQL of denials.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types as st;
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;

use crate::db::schema::denials as d;
use crate::db::{Tx, kept};
use crate::types::{
    Carc, ClaimId, DenialId, GroupCode, Money, Rarc, Refusal, RemitClaimId, RemittanceId, Result, Status,
};

use super::{Category, rank};

/// A denial found in a remittance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDenial {
    /// The claim that was denied, whole or in part.
    pub claim: ClaimId,
    /// The payer's decision.
    pub remit_claim: RemitClaimId,
    /// Line of that decision; none when the whole claim was denied.
    pub line_no: Option<i16>,
    /// CAS01.
    pub group: GroupCode,
    /// CAS02.
    pub reason: Carc,
    /// RARCs of the line or claim.
    pub remarks: Vec<Rarc>,
    /// What is at stake; above zero.
    pub amount: Money,
    /// What kind of denial it is.
    pub category: Category,
    /// The last day to appeal or send again.
    pub appeal_by: NaiveDate,
}

/// A denial in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Its id.
    pub id: DenialId,
    /// The claim that was denied.
    pub claim: ClaimId,
    /// The payer's decision.
    pub remit_claim: RemitClaimId,
    /// Line of that decision.
    pub line_no: Option<i16>,
    /// CAS01.
    pub group: GroupCode,
    /// CAS02.
    pub reason: Carc,
    /// RARCs.
    pub remarks: Vec<Rarc>,
    /// What is at stake.
    pub amount: Money,
    /// What kind of denial it is.
    pub category: Category,
    /// The last day to appeal or send again.
    pub appeal_by: NaiveDate,
    /// Expected recovery against time.
    pub priority: Money,
    /// The priority's arithmetic.
    pub why: String,
    /// How likely it is that the amount is recovered, from 0 to 1.
    pub overturn_rate: Decimal,
    /// Amount times that.
    pub expected_recovery: Money,
    /// Where the work stands: `open`, `working`, `appealed`, `recovered`, `written_off`, `lost` or `reversed`.
    pub state: String,
    /// The day on which it was found.
    pub opened_on: NaiveDate,
}

/// Opens work items; one that is open already stays as it is. Returns how many are new. The
/// caller audits: denials are part of posting a remittance.
pub async fn open(tx: &mut Tx, today: NaiveDate, found: &[NewDenial]) -> Result<usize> {
    let mut opened = 0;
    for some in found.chunks(1_000) {
        let ranks: Vec<_> = some
            .iter()
            .map(|n| rank(n.amount, n.category, n.category.prior_overturn_rate(), n.appeal_by, today))
            .collect();
        // An array of arrays cannot be unnested row by row, so remark codes travel as one text.
        opened += kept(
            "insert into denials (organization_id, id, claim_id, remit_claim_id, line_no, group_code, reason,
                remarks, amount, category, overturn_rate, expected_recovery, appeal_by, priority, why, opened_on)
             select $1, n.id, n.claim, n.remit_claim, n.line_no, n.group_code, n.reason,
                coalesce(string_to_array(nullif(n.remarks, ''), ' '), '{}'), n.amount, n.category, n.rate, n.expected, n.appeal_by,
                n.priority, n.why, $2
             from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
                as n(id, claim, remit_claim, line_no, group_code, reason, remarks, amount, category, rate, expected,
                     appeal_by, priority, why)
             on conflict do nothing",
        )
        .bind::<st::Uuid, _>(tx.actor().organization)
        .bind::<st::Date, _>(today)
        .bind::<st::Array<st::Uuid>, _>(some.iter().map(|_| DenialId::new()).collect::<Vec<_>>())
        .bind::<st::Array<st::Uuid>, _>(some.iter().map(|n| n.claim).collect::<Vec<_>>())
        .bind::<st::Array<st::Uuid>, _>(some.iter().map(|n| n.remit_claim).collect::<Vec<_>>())
        .bind::<st::Array<st::Nullable<st::Int2>>, _>(some.iter().map(|n| n.line_no).collect::<Vec<_>>())
        .bind::<st::Array<st::Text>, _>(some.iter().map(|n| n.group.code()).collect::<Vec<_>>())
        .bind::<st::Array<st::Text>, _>(some.iter().map(|n| n.reason.as_str()).collect::<Vec<_>>())
        .bind::<st::Array<st::Text>, _>(some.iter().map(|n| joined(&n.remarks)).collect::<Vec<_>>())
        .bind::<st::Array<st::Numeric>, _>(some.iter().map(|n| n.amount).collect::<Vec<_>>())
        .bind::<st::Array<st::Text>, _>(some.iter().map(|n| n.category.as_str()).collect::<Vec<_>>())
        .bind::<st::Array<st::Numeric>, _>(
            some.iter().map(|n| n.category.prior_overturn_rate()).collect::<Vec<Decimal>>(),
        )
        .bind::<st::Array<st::Numeric>, _>(ranks.iter().map(|r| r.expected_recovery).collect::<Vec<_>>())
        .bind::<st::Array<st::Date>, _>(some.iter().map(|n| n.appeal_by).collect::<Vec<_>>())
        .bind::<st::Array<st::Numeric>, _>(ranks.iter().map(|r| r.priority).collect::<Vec<_>>())
        .bind::<st::Array<st::Text>, _>(ranks.iter().map(|r| r.why.as_str()).collect::<Vec<_>>())
        .execute(tx.conn())
        .await?;
    }
    Ok(opened)
}

fn joined(remarks: &[Rarc]) -> String {
    remarks.iter().map(Rarc::as_str).collect::<Vec<_>>().join(" ")
}

/// Takes back the open items of payer decisions that were reversed.
pub async fn take_back(tx: &mut Tx, reversed: &[RemitClaimId]) -> Result<usize> {
    Ok(diesel::update(d::table)
        .filter(d::remit_claim_id.eq_any(reversed))
        .filter(d::state.eq_any(["open", "working"]))
        .set(d::state.eq("reversed"))
        .execute(tx.conn())
        .await?)
}

/// Opens the items again that were taken back with payer decisions which stand again.
pub async fn open_again(tx: &mut Tx, restored: &[RemitClaimId]) -> Result<usize> {
    Ok(diesel::update(d::table)
        .filter(d::remit_claim_id.eq_any(restored))
        .filter(d::state.eq("reversed"))
        .set(d::state.eq("open"))
        .execute(tx.conn())
        .await?)
}

/// Where a page of the queue begins: after this item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// Its priority.
    pub priority: Money,
    /// Its id.
    pub id: DenialId,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = d)]
struct Row {
    id: DenialId,
    claim_id: ClaimId,
    remit_claim_id: RemitClaimId,
    line_no: Option<i16>,
    group_code: String,
    reason: String,
    remarks: Vec<String>,
    amount: Money,
    category: String,
    appeal_by: NaiveDate,
    priority: Money,
    why: String,
    overturn_rate: Decimal,
    expected_recovery: Money,
    state: String,
    opened_on: NaiveDate,
}

impl TryFrom<Row> for Denial {
    type Error = anyhow::Error;
    fn try_from(row: Row) -> anyhow::Result<Denial> {
        Ok(Denial {
            id: row.id,
            claim: row.claim_id,
            remit_claim: row.remit_claim_id,
            line_no: row.line_no,
            group: row.group_code.parse()?,
            reason: row.reason.parse()?,
            remarks: row.remarks.iter().map(|r| Rarc::parse(r)).collect::<std::result::Result<_, _>>()?,
            amount: row.amount,
            category: row.category.parse()?,
            appeal_by: row.appeal_by,
            priority: row.priority,
            why: row.why,
            overturn_rate: row.overturn_rate.normalize(),
            expected_recovery: row.expected_recovery,
            state: row.state,
            opened_on: row.opened_on,
        })
    }
}

/// The open denials of the practice, most worth working first.
pub async fn queue(tx: &mut Tx, after: Option<After>, limit: i64) -> Result<Vec<Denial>> {
    let mut query = d::table
        .filter(d::state.eq_any(["open", "working"]))
        .order((d::priority.desc(), d::id.asc()))
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(
            d::priority.lt(after.priority).or(d::priority.eq(after.priority).and(d::id.gt(after.id))),
        );
    }
    let rows = query.load(tx.conn()).await?;
    Ok(rows.into_iter().map(Denial::try_from).collect::<anyhow::Result<_>>()?)
}

/// One denial, open or not.
///
/// # Errors
/// `denials/not-found` when it is not there or another practice's.
pub async fn get(tx: &mut Tx, id: DenialId) -> Result<Denial> {
    let row: Option<Row> =
        d::table.filter(d::id.eq(id)).select(Row::as_select()).first(tx.conn()).await.optional()?;
    let Some(row) = row else {
        return Err(Refusal::new(
            "denials/not-found",
            Status::NotFound,
            format!("there is no denial {id}"),
            "Check the id",
        )
        .into());
    };
    Ok(Denial::try_from(row)?)
}

#[derive(QueryableByName)]
struct Total {
    #[diesel(sql_type = st::Text)]
    category: String,
    #[diesel(sql_type = st::BigInt)]
    count: i64,
    #[diesel(sql_type = st::Numeric)]
    amount: Money,
}

/// Open denials by category: how many, and what is at stake.
pub async fn totals(tx: &mut Tx) -> Result<Vec<(Category, i64, Money)>> {
    let rows: Vec<Total> = kept(
        "select category, count(*) as count, sum(amount) as amount from denials
         where state in ('open', 'working') group by category order by category",
    )
    .load(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Ok((row.category.parse()?, row.count, row.amount)))
        .collect::<anyhow::Result<_>>()?)
}

/// What was denied on these claims, and why; what was reversed since is left out. One query.
pub async fn reasons_of(tx: &mut Tx, claims: &[ClaimId]) -> Result<Vec<(ClaimId, Carc, Money)>> {
    let rows: Vec<(ClaimId, String, Money)> = d::table
        .filter(d::organization_id.eq(tx.actor().organization).and(d::claim_id.eq_any(claims)))
        .filter(d::state.ne("reversed"))
        .order(d::id)
        .select((d::claim_id, d::reason, d::amount))
        .load(tx.conn())
        .await?;
    let read = |(claim, reason, amount): (ClaimId, String, Money)| {
        Ok((claim, reason.parse().map_err(anyhow::Error::from)?, amount))
    };
    rows.into_iter().map(read).collect()
}

/// The denials of one remittance: for its page.
pub async fn of_remittance(tx: &mut Tx, remittance: RemittanceId) -> Result<Vec<Denial>> {
    use crate::db::schema::remit_claims as rc;
    let rows = d::table
        .inner_join(
            rc::table.on(rc::organization_id.eq(d::organization_id).and(rc::id.eq(d::remit_claim_id))),
        )
        .filter(rc::remittance_id.eq(remittance))
        .order((rc::ordinal.asc(), d::line_no.asc(), d::id.asc()))
        .select(Row::as_select())
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Denial::try_from).collect::<anyhow::Result<_>>()?)
}
