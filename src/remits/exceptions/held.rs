//! What of some payers' money waited on a day: by the entries, so that it is the same whenever it is asked.

use chrono::NaiveDate;
use diesel::sql_types::{Array, Date, Nullable, Numeric, SmallInt, Text, Uuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::ledger::AccountKind;
use crate::remits::exceptions::ExceptionKind;
use crate::remits::exceptions::resolve::EXCEPTION_SOURCE;
use crate::remits::{CLAIM_SOURCE, OVERRIDE_SOURCE, PROVIDER_ADJUSTMENT_SOURCE};
use crate::types::{Money, PayerId, RemitExceptionId, Result};

/// Money of a decision, a PLB amount or an override that waited on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The exception that says why, the newest one.
    pub exception: RemitExceptionId,
    /// What is the matter.
    pub kind: ExceptionKind,
    /// Whose money it is, by its entry, else by its remittance.
    pub payer: PayerId,
    /// CLP01, of a decision.
    pub number: Option<String>,
    /// CLP07.
    pub payer_claim_control_number: Option<String>,
    /// The day of the payment.
    pub paid_on: Option<NaiveDate>,
    /// What of it was in unapplied cash.
    pub unapplied_cash: Money,
    /// What of it was in suspense; negative: it was taken.
    pub suspense: Money,
    /// The business date of its entry.
    pub since: NaiveDate,
}

impl ExceptionKind {
    /// The kinds whose money waits in an account of its own.
    #[must_use]
    pub fn holding() -> Vec<ExceptionKind> {
        let holds = |kind: &ExceptionKind| kind.holds_in(Money::ZERO).is_some();
        ExceptionKind::ALL.into_iter().filter(holds).collect()
    }
}

/// What of these payers' money waited in unapplied cash and suspense on a day, the oldest first: what came by then
/// and had not left by then. One query.
///
/// What is open says what may wait; what was settled since the day, what may have waited then. So the settled past
/// is not read. Of a set that was taken back nothing waits on any day.
pub async fn held(tx: &mut Tx, payers: &[PayerId], as_of: NaiveDate) -> Result<Vec<Held>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        exception_id: RemitExceptionId,
        #[diesel(sql_type = Text)]
        kind: String,
        #[diesel(sql_type = Uuid)]
        payer_id: PayerId,
        #[diesel(sql_type = Nullable<Text>)]
        number: Option<String>,
        #[diesel(sql_type = Nullable<Text>)]
        payer_number: Option<String>,
        #[diesel(sql_type = Nullable<Date>)]
        paid_on: Option<NaiveDate>,
        #[diesel(sql_type = Numeric)]
        unapplied_cash: Money,
        #[diesel(sql_type = Numeric)]
        suspense: Money,
        #[diesel(sql_type = Date)]
        since: NaiveDate,
    }
    if payers.is_empty() {
        return Ok(vec![]);
    }
    // The entries of a document: its own, what it was posted anew with, what a person did about it, and what
    // reverses one of those. A claim that a person named has two exceptions about one payment.
    let rows: Vec<Row> = sql_query(
        "with about as (
            select x.id, x.kind, x.remittance_id, x.remit_claim_id, x.resolved_at,
                coalesce(x.remit_claim_id, x.provider_adjustment_id, x.remittance_id) as document_id
            from remit_exceptions x where x.organization_id = $1 and x.kind = any($3)),
         waiting as (
            select distinct on (document_id) * from about
            where resolved_at is null or resolved_at >= $2 - 1 order by document_id, id desc),
         own as (
            select w.document_id, e.id from waiting w
            join entries e on e.organization_id = $1 and e.source_kind = any($5) and e.source_id = w.document_id
            where e.reverses_id is null
            union all
            select w.document_id, rs.entry_id from waiting w
            join remit_restorations rs on rs.organization_id = $1 and rs.remit_claim_id = w.document_id
            union all
            select w.document_id, e.id from waiting w
            join about x on x.document_id = w.document_id
            join entries e on e.organization_id = $1 and e.source_kind = $6 and e.source_id = x.id
            where e.reverses_id is null),
         moves as (
            select * from own
            union all
            select o.document_id, u.id from own o
            join entries u on u.organization_id = $1 and u.reverses_id = o.id),
         held as (
            select m.document_id, (array_agg(t.payer_id order by e.id))[1] as payer_id, min(e.effective_on) as since,
                sum(case $7 when t.credit_account then t.amount when t.debit_account then -t.amount else 0 end)
                    as unapplied_cash,
                sum(case $8 when t.credit_account then t.amount when t.debit_account then -t.amount else 0 end)
                    as suspense
            from moves m
            join entries e on e.organization_id = $1 and e.id = m.id and e.booked_on <= $2
            join transfers t on t.organization_id = $1 and t.entry_id = e.id
                and ($7 in (t.debit_account, t.credit_account) or $8 in (t.debit_account, t.credit_account))
            group by 1)
         select w.id as exception_id, w.kind, coalesce(h.payer_id, r.payer_id) as payer_id,
            rc.patient_control_number as number, rc.payer_claim_control_number as payer_number, r.paid_on,
            h.unapplied_cash, h.suspense, h.since
         from waiting w
         join held h on h.document_id = w.document_id
         join remittances r on r.organization_id = $1 and r.id = w.remittance_id
         left join remit_claims rc on rc.organization_id = $1 and rc.id = w.remit_claim_id
         where (h.unapplied_cash, h.suspense) <> (0, 0) and coalesce(h.payer_id, r.payer_id) = any($4)
         order by h.since, w.id",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Date, _>(as_of)
    .bind::<Array<Text>, _>(ExceptionKind::holding().iter().map(|kind| kind.as_str()).collect::<Vec<_>>())
    .bind::<Array<Uuid>, _>(payers.to_vec())
    .bind::<Array<Text>, _>(
        [CLAIM_SOURCE, PROVIDER_ADJUSTMENT_SOURCE, OVERRIDE_SOURCE].map(|kind| kind.as_str().to_owned()).to_vec(),
    )
    .bind::<Text, _>(EXCEPTION_SOURCE.as_str())
    .bind::<SmallInt, _>(AccountKind::UnappliedCash.number())
    .bind::<SmallInt, _>(AccountKind::Suspense.number())
    .load(tx.conn())
    .await?;
    let read = |row: Row| {
        let kind = ExceptionKind::from_name(&row.kind)
            .ok_or_else(|| anyhow::anyhow!("{} has no kind {}", row.exception_id, row.kind))?;
        Ok(Held {
            exception: row.exception_id,
            kind,
            payer: row.payer_id,
            number: row.number,
            payer_claim_control_number: row.payer_number,
            paid_on: row.paid_on,
            unapplied_cash: row.unapplied_cash,
            suspense: row.suspense,
            since: row.since,
        })
    };
    rows.into_iter().map(read).collect()
}
