//! The proof that an underpayment is what its contract came to less what was allowed, checked over the rows
//! themselves, as it stands now.

use diesel::sql_types::{Array, Bool, Jsonb, Nullable, Numeric, Uuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::claims::model::Adjustment;
use crate::db::Tx;
use crate::ledger::Proof;
use crate::remits::allowed::{allowed, given_up};
use crate::types::{Money, Result, UnderpaymentId};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Uuid)]
    id: UnderpaymentId,
    #[diesel(sql_type = Numeric)]
    allowed: Money,
    #[diesel(sql_type = Numeric)]
    difference: Money,
    /// The arithmetic comes to what is expected.
    #[diesel(sql_type = Bool)]
    comes_to: bool,
    #[diesel(sql_type = Bool)]
    of_claim: bool,
    #[diesel(sql_type = Numeric)]
    claim_charged: Money,
    #[diesel(sql_type = Jsonb)]
    claim_adjustments: Value,
    #[diesel(sql_type = Array<Numeric>)]
    charged: Vec<Money>,
    #[diesel(sql_type = Array<Nullable<Numeric>>)]
    stated: Vec<Option<Money>>,
    #[diesel(sql_type = Array<Jsonb>)]
    adjustments: Vec<Value>,
}

impl Row {
    /// What the lines of the decision come to.
    fn allowed(&self) -> Result<Option<Money>> {
        let read = |one: &Value| -> Result<Vec<Adjustment>> {
            Ok(serde_json::from_value(one.clone()).map_err(anyhow::Error::from)?)
        };
        let of_claim = read(&self.claim_adjustments)?;
        if self.of_claim && self.charged.is_empty() {
            return Ok(allowed(self.claim_charged, None, &of_claim));
        }
        let mut sum = if self.of_claim { -given_up(&of_claim) } else { Money::ZERO };
        for ((charged, stated), adjustments) in self.charged.iter().zip(&self.stated).zip(&self.adjustments) {
            let Some(line) = allowed(*charged, *stated, &read(adjustments)?) else { return Ok(None) };
            sum += line;
        }
        Ok(Some(sum))
    }
}

/// Each underpayment's arithmetic comes to what is expected, and what was allowed is what the payer's answer
/// says: of the lines that answer ours, or of the claim where it was answered as a whole.
pub async fn prove(tx: &mut Tx) -> Result<Proof> {
    // A step says what it comes to; one that changes nothing says nothing.
    let rows: Vec<Row> = sql_query(
        "select u.id, u.allowed, u.difference, u.claim_line_no is null as of_claim, rc.charged as claim_charged,
            rc.adjustments as claim_adjustments, l.charged, l.stated, l.adjustments,
            coalesce(u.expected = (
                select sum(substring(part from '.*(?:= |schedule )([0-9]+[.][0-9]{2})')::numeric)
                from regexp_split_to_table(u.arithmetic, '(?:^|; )line [0-9]+: ') as part where part <> ''), false)
                as comes_to
         from underpayments u
         join remit_claims rc on rc.organization_id = $1 and rc.id = u.remit_claim_id
         cross join lateral (
            select coalesce(array_agg(l.charged order by l.line_no), '{}') as charged,
                coalesce(array_agg(l.allowed order by l.line_no), '{}') as stated,
                coalesce(array_agg(l.adjustments order by l.line_no), '{}') as adjustments
            from remit_lines l where l.organization_id = $1 and l.remit_claim_id = rc.id
            and (u.claim_line_no is null or l.claim_line_no = u.claim_line_no)) l
         where u.organization_id = $1 order by u.id",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .load(tx.conn())
    .await?;
    let mut broken = vec![];
    for row in &rows {
        if !row.comes_to || row.allowed()? != Some(row.allowed) {
            broken.push(row.id);
        }
    }
    let difference: Money = rows.iter().map(|row| row.difference).sum();
    let mut detail = format!("{} underpayments of {difference}", rows.len());
    if let [first, ..] = broken.as_slice() {
        detail.push_str(&format!("; {} are not what was allowed, the first {first}", broken.len()));
    }
    Ok(Proof { name: "underpayments_are_differences", holds: broken.is_empty(), detail })
}
