//! Claims that a payer split, and of which parts have not come.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryableByName;
use diesel::sql_query;
use diesel::sql_types::{Array, Date, Numeric, SmallInt, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::remits::exceptions::ExceptionKind;
use crate::types::{Money, RemitClaimId, RemittanceId, Result};

/// A claim of which parts have come and others have not.
#[derive(Clone, Debug, QueryableByName)]
pub(in crate::remits) struct MissingPart {
    /// The first part.
    #[diesel(sql_type = Uuid)]
    pub first: RemitClaimId,
    /// The set that it came in.
    #[diesel(sql_type = Uuid)]
    pub remittance: RemittanceId,
    /// The business date of that.
    #[diesel(sql_type = Date)]
    pub first_on: NaiveDate,
    /// What we charged.
    #[diesel(sql_type = Numeric)]
    pub charged: Money,
    /// What of it the parts answer.
    #[diesel(sql_type = Numeric)]
    pub answered: Money,
    /// Our lines that no decision answers.
    #[diesel(sql_type = Array<SmallInt>)]
    pub lines: Vec<i16>,
}

/// Claims whose first part was posted before that moment and that are not answered whole, the oldest first; those
/// that are said already are left out. At most a thousand.
pub(in crate::remits) async fn missing_parts(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<MissingPart>> {
    Ok(sql_query(
        "with parts as (
            select rc.claim_id from remit_claims rc
            where rc.organization_id = $1 and 'MA15' = any(rc.remarks) and rc.claim_id is not null
            union
            select rc.claim_id from remit_lines l
            join remit_claims rc on rc.organization_id = $1 and rc.id = l.remit_claim_id
            where l.organization_id = $1 and 'MA15' = any(l.remarks) and rc.claim_id is not null),
         split as (
            select c.id, c.charged, sum(d.charged) as answered, (array_agg(d.id order by d.id))[1] as first
            from parts p
            join claims c on c.organization_id = $1 and c.id = p.claim_id
            join claim_standings g on g.organization_id = $1 and g.claim_id = c.id
            join standing_decisions d on d.organization_id = $1 and d.claim_id = c.id
            where g.status not in ('replaced', 'voided', 'closed')
            group by c.id, c.charged having sum(d.charged) < c.charged)
         select s.first, r.id as remittance, (r.posted_at at time zone o.time_zone)::date as first_on, s.charged,
            s.answered,
            array(select l.line_no from claim_lines l where l.organization_id = $1 and l.claim_id = s.id
                and not exists (select from standing_decisions d
                    join remit_lines a on a.organization_id = $1 and a.remit_claim_id = d.id
                    where d.organization_id = $1 and d.claim_id = s.id and a.claim_line_no = l.line_no)
                order by l.line_no) as lines
         from split s
         join remit_claims rc on rc.organization_id = $1 and rc.id = s.first
         join remittances r on r.organization_id = $1 and r.id = rc.remittance_id
         join organizations o on o.id = $1
         where r.posted_at <= $2 and not exists (select from remit_exceptions x
            join remit_claims y on y.organization_id = $1 and y.id = x.remit_claim_id
            where x.organization_id = $1 and x.kind = $3 and y.claim_id = s.id
            and (x.resolved_at is null or x.action is not null))
         order by s.first limit 1000",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Timestamptz, _>(before)
    .bind::<Text, _>(ExceptionKind::PartsMissing.as_str())
    .load(tx.conn())
    .await?)
}
