//! The proof that what is worked as denied is what was denied, checked over the rows themselves, as it stands
//! now.

use diesel::sql_types::{BigInt, Nullable, Numeric, Uuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::ledger::Proof;
use crate::types::{DenialId, Money, Result};

/// Each denial is an adjustment of its decision, of that group, reason and amount; what is expected back is
/// its share, and its priority is what its arithmetic comes to.
pub async fn prove(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        denials: i64,
        #[diesel(sql_type = Numeric)]
        amount: Money,
        #[diesel(sql_type = BigInt)]
        broken: i64,
        #[diesel(sql_type = Nullable<Uuid>)]
        first_broken: Option<DenialId>,
    }
    let row: Row = sql_query(
        "with checked as (
            select d.id, d.amount, exists (
                    select from jsonb_array_elements(case when d.line_no is null then rc.adjustments else l.adjustments end)
                        as one
                    where (one ->> 'group', one ->> 'reason', (one ->> 'amount')::numeric)
                        = (d.group_code, d.reason, d.amount))
                and d.expected_recovery = round(d.amount * d.overturn_rate, 2)
                and starts_with(d.why, format('%s × %s expected ', d.amount, trim_scale(d.overturn_rate)))
                and right(d.why, length(d.priority::text) + 3) = ' = ' || d.priority as holds
            from denials d
            join remit_claims rc on rc.organization_id = $1 and rc.id = d.remit_claim_id
            left join remit_lines l on l.organization_id = $1 and l.remit_claim_id = rc.id and l.line_no = d.line_no
            where d.organization_id = $1)
         select count(*) as denials, coalesce(sum(amount), 0) as amount, count(*) filter (where not holds) as broken,
            (array_agg(id order by id) filter (where not holds))[1] as first_broken
         from checked",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .get_result(tx.conn())
    .await?;
    let mut detail = format!("{} denials of {}", row.denials, row.amount);
    if let Some(first) = row.first_broken {
        detail.push_str(&format!("; {} are not what was denied, the first {first}", row.broken));
    }
    Ok(Proof { name: "denials_are_adjustments", holds: row.broken == 0, detail })
}
