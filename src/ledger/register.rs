//! An account's register: what was booked on it, transfer by transfer, newest first.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Date, Nullable, Numeric, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::Tx;
use crate::ledger::accounts::{AccountKind, Side};
use crate::ledger::entry::EntryKind;
use crate::types::{ClaimId, EntryId, Money, PatientId, PayerId, Result};

/// Which movements of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisterFilter {
    /// The account.
    pub account: AccountKind,
    /// Booked on or after this day.
    pub from: Option<NaiveDate>,
    /// Booked on or before this day.
    pub thru: Option<NaiveDate>,
    /// Of this claim.
    pub claim: Option<ClaimId>,
    /// With this payer.
    pub payer: Option<PayerId>,
    /// Of this patient.
    pub patient: Option<PatientId>,
}

impl RegisterFilter {
    /// Everything on an account.
    #[must_use]
    pub const fn account(account: AccountKind) -> RegisterFilter {
        RegisterFilter { account, from: None, thru: None, claim: None, payer: None, patient: None }
    }
}

/// The place of a movement in a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterPlace {
    /// The day of the books.
    pub booked_on: NaiveDate,
    /// The entry.
    pub entry: EntryId,
    /// Its transfer.
    pub line_no: i16,
}

/// One transfer, as one of its two accounts sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Where it stands.
    pub place: RegisterPlace,
    /// What kind of document.
    pub kind: EntryKind,
    /// What kind of document the entry comes from.
    pub source_kind: String,
    /// Which one.
    pub source_id: Uuid,
    /// The business date.
    pub effective_on: NaiveDate,
    /// When it was posted.
    pub posted_at: DateTime<Utc>,
    /// The side of the account that it is on.
    pub side: Side,
    /// How much, positive.
    pub amount: Money,
    /// The account on the other side.
    pub other: AccountKind,
    /// The claim whose receivable moves.
    pub claim: Option<ClaimId>,
    /// The payer on the other side.
    pub payer: Option<PayerId>,
    /// The patient.
    pub patient: Option<PatientId>,
}

/// The next movements of an account, newest first: at most `limit` that stand after a place.
pub async fn register(
    tx: &mut Tx,
    filter: &RegisterFilter,
    after: Option<RegisterPlace>,
    limit: i64,
) -> Result<Vec<Movement>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: EntryId,
        #[diesel(sql_type = SmallInt)]
        line_no: i16,
        #[diesel(sql_type = Text)]
        kind: String,
        #[diesel(sql_type = Text)]
        source_kind: String,
        #[diesel(sql_type = SqlUuid)]
        source_id: Uuid,
        #[diesel(sql_type = Date)]
        effective_on: NaiveDate,
        #[diesel(sql_type = Date)]
        booked_on: NaiveDate,
        #[diesel(sql_type = Timestamptz)]
        posted_at: DateTime<Utc>,
        #[diesel(sql_type = SmallInt)]
        debit: i16,
        #[diesel(sql_type = SmallInt)]
        credit: i16,
        #[diesel(sql_type = Numeric)]
        amount: Money,
        #[diesel(sql_type = Nullable<SqlUuid>)]
        claim_id: Option<ClaimId>,
        #[diesel(sql_type = Nullable<SqlUuid>)]
        payer_id: Option<PayerId>,
        #[diesel(sql_type = Nullable<SqlUuid>)]
        patient_id: Option<PatientId>,
    }
    // A claim's or patient's few transfers are found by their index; else the days are walked.
    let mut only = String::new();
    if filter.claim.is_some() {
        only.push_str(" and t.claim_id = $6");
    }
    if filter.patient.is_some() {
        only.push_str(" and t.patient_id = $8");
    }
    let number = filter.account.number();
    let rows: Vec<Row> = diesel::sql_query(format!(
        "select e.id, t.line_no, e.kind, e.source_kind, e.source_id, e.effective_on, e.booked_on, e.posted_at,
            t.debit_account::smallint as debit, t.credit_account::smallint as credit, t.amount, t.claim_id, t.payer_id,
            t.patient_id
         from entries e
         join transfers t on t.organization_id = e.organization_id and t.entry_id = e.id
         where e.organization_id = $1 and {number} in (t.debit_account, t.credit_account)
            and e.booked_on >= coalesce($2, '-infinity'::date) and e.booked_on <= coalesce($3, 'infinity'::date)
            and (e.booked_on, e.id) <= (coalesce($4, 'infinity'::date), coalesce($5, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
            and (($4 is null) or (e.booked_on, e.id) < ($4, $5) or t.line_no > $9)
            and ($6 is null or t.claim_id = $6) and ($7 is null or t.payer_id = $7)
            and ($8 is null or t.patient_id = $8){only}
         order by e.booked_on desc, e.id desc, t.line_no
         limit $10"
    ))
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<Nullable<Date>, _>(filter.from)
    .bind::<Nullable<Date>, _>(filter.thru)
    .bind::<Nullable<Date>, _>(after.map(|after| after.booked_on))
    .bind::<Nullable<SqlUuid>, _>(after.map(|after| after.entry))
    .bind::<Nullable<SqlUuid>, _>(filter.claim)
    .bind::<Nullable<SqlUuid>, _>(filter.payer)
    .bind::<Nullable<SqlUuid>, _>(filter.patient)
    .bind::<SmallInt, _>(after.map_or(0, |after| after.line_no))
    .bind::<BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let account = |number| {
                AccountKind::from_number(number).ok_or_else(|| anyhow::anyhow!("no account {number}"))
            };
            let (side, other) =
                if row.debit == number { (Side::Debit, row.credit) } else { (Side::Credit, row.debit) };
            Ok(Movement {
                place: RegisterPlace { booked_on: row.booked_on, entry: row.id, line_no: row.line_no },
                kind: EntryKind::from_name(&row.kind)
                    .ok_or_else(|| anyhow::anyhow!("no kind of entry: {}", row.kind))?,
                source_kind: row.source_kind,
                source_id: row.source_id,
                effective_on: row.effective_on,
                posted_at: row.posted_at,
                side,
                amount: row.amount,
                other: account(other)?,
                claim: row.claim_id,
                payer: row.payer_id,
                patient: row.patient_id,
            })
        })
        .collect()
}
