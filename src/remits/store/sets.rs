//! What is written and read of a set as a whole: its row, who waits for it, whether it is a copy.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Integer, Jsonb, Nullable, Numeric, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::schema::{payers, remit_claims as rc, remit_movements as rm, remittances};
use crate::db::{Kept, Tx, kept, kept_once};
use crate::remits::balance::{Totals, Warning, Why};
use crate::remits::model::{RemitClaim, Remittance};
use crate::remits::receive::State;
use crate::remits::sets::RemitSet;
use crate::remits::store::{big, int, to_json};
use crate::remits::totals::Movement;
use crate::types::{FileId, Money, PayerId, RemittanceId, Result};

/// A set that was received before.
#[derive(Clone, Debug)]
pub(in crate::remits) struct Received {
    pub id: RemittanceId,
    pub state: State,
    pub file: FileId,
    pub set_ordinal: u32,
}

#[derive(QueryableByName)]
struct ReceivedRow {
    #[diesel(sql_type = Uuid)]
    id: RemittanceId,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Uuid)]
    file_id: FileId,
    #[diesel(sql_type = Integer)]
    set_ordinal: i32,
}

impl ReceivedRow {
    fn read(self) -> Result<Received> {
        Ok(Received {
            id: self.id,
            state: State::from_name(&self.state)?,
            file: self.file_id,
            set_ordinal: u32::try_from(self.set_ordinal).map_err(anyhow::Error::from)?,
        })
    }
}

/// Which sets, of `remittances`; `$1` is the organization.
const RECEIVED: &str = "select id, state, file_id, set_ordinal from remittances where organization_id = $1";

/// The set of a file, if it was received.
pub(in crate::remits) async fn received(
    tx: &mut Tx,
    file: FileId,
    set_ordinal: u32,
) -> Result<Option<Received>> {
    let row: Option<ReceivedRow> =
        kept_once!(format!("{RECEIVED} and file_id = $2 and set_ordinal = $3 and state <> 'unposted'"))
            .bind::<Uuid, _>(tx.actor().organization)
            .bind::<Uuid, _>(file)
            .bind::<Integer, _>(int(set_ordinal)?)
            .get_result(tx.conn())
            .await
            .optional()?;
    row.map(ReceivedRow::read).transpose()
}

/// A remittance by id, if the practice has it.
pub(in crate::remits) async fn remittance(tx: &mut Tx, id: RemittanceId) -> Result<Option<Received>> {
    by_id(tx, id, kept_once!(format!("{RECEIVED} and id = $2"))).await
}

/// Locks a remittance and reads it, if the practice has it.
pub(in crate::remits) async fn lock_remittance(tx: &mut Tx, id: RemittanceId) -> Result<Option<Received>> {
    by_id(tx, id, kept_once!(format!("{RECEIVED} and id = $2 for update"))).await
}

async fn by_id(tx: &mut Tx, id: RemittanceId, sql: Kept) -> Result<Option<Received>> {
    let row: Option<ReceivedRow> = sql
        .bind::<Uuid, _>(tx.actor().organization)
        .bind::<Uuid, _>(id)
        .get_result(tx.conn())
        .await
        .optional()?;
    row.map(ReceivedRow::read).transpose()
}

/// Makes everybody else who reads this set of the file wait.
pub(in crate::remits) async fn lock_set(tx: &mut Tx, file: FileId, set_ordinal: u32) -> Result<()> {
    kept("select pg_advisory_xact_lock(hashtextextended($1::text || '/' || $2::text, 834))")
        .bind::<Uuid, _>(file)
        .bind::<Integer, _>(int(set_ordinal)?)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Makes everybody else who posts a payment of this trace number wait.
pub(in crate::remits) async fn lock_trace(tx: &mut Tx, remittance: &Remittance) -> Result<()> {
    // Not by TRN03: the same payment may have been entered by hand, where nobody knows that number.
    kept("select pg_advisory_xact_lock(hashtextextended($1::text || '/' || $2, 835))")
        .bind::<Uuid, _>(tx.actor().organization)
        .bind::<Text, _>(&remittance.trace_number)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A posted remittance with the same trace number, and whether it is the same payment: of the same
/// amount and day, for the same sums and the same claims. Payers number what pays nothing carelessly, and another
/// decision must not be taken for a copy. Who issued the number (TRN03) is not known of an EOB that
/// was entered by hand: there the payer on file tells, and the sums alone, since a person may have written a claim's
/// number otherwise.
pub(in crate::remits) async fn posted_with_trace(
    tx: &mut Tx,
    remittance: &Remittance,
    totals: Totals,
    payer: Option<PayerId>,
    set: &RemitSet<'_>,
) -> Result<Option<(RemittanceId, bool)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: RemittanceId,
        #[diesel(sql_type = Bool)]
        same: bool,
        #[diesel(sql_type = Bool)]
        entered: bool,
    }
    let rows: Vec<Row> = kept(
        "select id, (paid, claims, charged, claims_paid) = ($4, $6, $7, $8) and paid_on is not distinct from $5 as same,
            entered
         from remittances
         where organization_id = $1 and trace_number = $3
         and (payer_trace_id = $2 or (payer_id = $9 and (entered or $10)))
         and state in ('posted', 'partly_posted')
         order by same desc, id",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Text, _>(&remittance.payer_trace_id)
    .bind::<Text, _>(&remittance.trace_number)
    .bind::<Numeric, _>(remittance.paid)
    .bind::<Nullable<Date>, _>(remittance.paid_on)
    .bind::<Integer, _>(int(totals.claims)?)
    .bind::<Numeric, _>(totals.charged)
    .bind::<Numeric, _>(totals.paid)
    .bind::<Nullable<Uuid>, _>(payer)
    .bind::<Bool, _>(set.is_entered())
    .load(tx.conn())
    .await?;
    for row in rows.iter().filter(|row| row.same) {
        if row.entered || set.is_entered() || decides_the_same(tx, row.id, set).await? {
            return Ok(Some((row.id, true)));
        }
    }
    Ok(rows.as_slice().first().map(|row| (row.id, false)))
}

/// True when a posted set has the same claims, each with the same amounts.
async fn decides_the_same(tx: &mut Tx, posted: RemittanceId, set: &RemitSet<'_>) -> Result<bool> {
    let mut theirs: Vec<(String, String, Money, Money)> = rc::table
        .filter(rc::organization_id.eq(tx.actor().organization).and(rc::remittance_id.eq(posted)))
        .select((rc::patient_control_number, rc::status_code, rc::charged, rc::paid))
        .load(tx.conn())
        .await?;
    let one = |remit: RemitClaim| {
        (remit.patient_control_number, remit.status.code().to_owned(), remit.charged, remit.paid)
    };
    let mut ours: Vec<(String, String, Money, Money)> = set.claims().map(one).collect();
    theirs.sort();
    ours.sort();
    Ok(theirs == ours)
}

/// What is written of a set besides its claims.
pub(in crate::remits) struct SetRow<'a> {
    pub id: RemittanceId,
    pub file: FileId,
    pub remittance: &'a Remittance,
    pub totals: Totals,
    pub warnings: &'a [Warning],
    pub payer: Option<PayerId>,
    pub state: State,
    pub why: &'a [Why],
    pub posted_at: Option<DateTime<Utc>>,
    /// What goes to suspense.
    pub difference: Money,
    /// Nothing but the payer's rule stops it.
    pub ready: bool,
    /// A person entered it.
    pub entered: bool,
}

/// Writes a set's row, or writes over it when the set was held.
pub(in crate::remits) async fn put_set(tx: &mut Tx, set: &SetRow<'_>) -> Result<()> {
    let remittance = set.remittance;
    kept(
        "insert into remittances (organization_id, id, file_id, set_ordinal, first_byte, last_byte, payer_id,
            payer_name, payer_trace_id, trace_number, method, paid_on, paid, claims, charged, claims_paid,
            provider_adjustments, warnings, state, why, posted_at, difference, ready, entered, patient_responsibility,
            allowed, services, services_charged, services_adjusted, services_paid, claims_adjusted)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
            $23, $24, $25, $26, $27, $28, $29, $30, $31)
         on conflict (organization_id, id) do update set
            (first_byte, last_byte, payer_id, payer_name, payer_trace_id, trace_number, method, paid_on, paid,
             claims, charged, claims_paid, provider_adjustments, warnings, state, why, posted_at, difference, ready,
             patient_responsibility, allowed, services, services_charged, services_adjusted, services_paid,
             claims_adjusted)
            = (excluded.first_byte, excluded.last_byte, excluded.payer_id, excluded.payer_name,
               excluded.payer_trace_id, excluded.trace_number, excluded.method, excluded.paid_on, excluded.paid,
               excluded.claims, excluded.charged, excluded.claims_paid, excluded.provider_adjustments,
               excluded.warnings, excluded.state, excluded.why, excluded.posted_at, excluded.difference, excluded.ready,
               excluded.patient_responsibility, excluded.allowed, excluded.services, excluded.services_charged,
               excluded.services_adjusted, excluded.services_paid, excluded.claims_adjusted)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(set.id)
    .bind::<Uuid, _>(set.file)
    .bind::<Integer, _>(int(remittance.set_ordinal)?)
    .bind::<BigInt, _>(big(remittance.bytes.first)?)
    .bind::<BigInt, _>(big(remittance.bytes.last)?)
    .bind::<Nullable<Uuid>, _>(set.payer)
    .bind::<Text, _>(&remittance.payer_name)
    .bind::<Text, _>(&remittance.payer_trace_id)
    .bind::<Text, _>(&remittance.trace_number)
    .bind::<Text, _>(&remittance.method)
    .bind::<Nullable<Date>, _>(remittance.paid_on)
    .bind::<Numeric, _>(remittance.paid)
    .bind::<Integer, _>(int(set.totals.claims)?)
    .bind::<Numeric, _>(set.totals.charged)
    .bind::<Numeric, _>(set.totals.paid)
    .bind::<Numeric, _>(set.totals.provider_adjustments)
    .bind::<Jsonb, _>(to_json(set.warnings)?)
    .bind::<Text, _>(set.state.as_str())
    .bind::<Jsonb, _>(to_json(set.why)?)
    .bind::<Nullable<Timestamptz>, _>(set.posted_at)
    .bind::<Numeric, _>(set.difference)
    .bind::<Bool, _>(set.ready)
    .bind::<Bool, _>(set.entered)
    .bind::<Numeric, _>(set.totals.patient_responsibility)
    .bind::<Numeric, _>(set.totals.allowed)
    .bind::<Integer, _>(int(set.totals.services)?)
    .bind::<Numeric, _>(set.totals.services_charged)
    .bind::<Numeric, _>(set.totals.services_adjusted)
    .bind::<Numeric, _>(set.totals.services_paid)
    .bind::<Numeric, _>(set.totals.claims_adjusted)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes who posted a held set all the same, and why.
pub(in crate::remits) async fn insert_override(
    tx: &mut Tx,
    id: RemittanceId,
    reason: &str,
    difference: Money,
    why: &[Why],
) -> Result<()> {
    let who = tx.actor().who.to_string();
    kept(
        "insert into remit_overrides (organization_id, remittance_id, reason, difference, why, overridden_by)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .bind::<Text, _>(reason)
    .bind::<Numeric, _>(difference)
    .bind::<Jsonb, _>(to_json(why)?)
    .bind::<Text, _>(who)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes what a set moved, by account.
pub(in crate::remits) async fn insert_movements(
    tx: &mut Tx,
    id: RemittanceId,
    posting: uuid::Uuid,
    movements: &[Movement],
) -> Result<()> {
    let organization = tx.actor().organization;
    let rows: Vec<_> = movements
        .iter()
        .map(|moved| {
            (
                rm::organization_id.eq(organization),
                rm::remittance_id.eq(id),
                rm::account.eq(moved.account.number()),
                rm::debits.eq(moved.debits),
                rm::credits.eq(moved.credits),
                rm::posting_id.eq(posting),
            )
        })
        .collect();
    diesel::insert_into(rm::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

/// What is known only after the last claim: the payer, and whether all of it is settled.
pub(in crate::remits) async fn finish_set(
    tx: &mut Tx,
    id: RemittanceId,
    state: State,
    payer: Option<PayerId>,
) -> Result<()> {
    diesel::update(remittances::table.find((tx.actor().organization, id)))
        .set((remittances::state.eq(state.as_str()), remittances::payer_id.eq(payer)))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The day on which a posted set's money moved.
pub(in crate::remits) async fn decided_on(tx: &mut Tx, id: RemittanceId) -> Result<NaiveDate> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Date)]
        decided_on: NaiveDate,
    }
    let row: Row = kept(
        "select coalesce(paid_on, posted_at::date, received_at::date) as decided_on from remittances
         where organization_id = $1 and id = $2",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(id)
    .get_result(tx.conn())
    .await?;
    Ok(row.decided_on)
}

/// The first of these identifiers under which the practice has a payer, else the only payer of
/// that name.
pub(in crate::remits) async fn payer(tx: &mut Tx, remittance: &Remittance) -> Result<Option<PayerId>> {
    let wanted: Vec<String> = remittance
        .payer_identifiers
        .iter()
        .map(|identifier| identifier.trim().to_ascii_uppercase())
        .collect();
    let found: Vec<(String, PayerId)> = payers::table
        .filter(payers::organization_id.eq(tx.actor().organization))
        .filter(payers::identifier.eq_any(&wanted))
        .select((payers::identifier, payers::id))
        .load(tx.conn())
        .await?;
    let by_identifier = wanted.iter().find_map(|w| found.iter().find(|(identifier, _)| identifier == w));
    if let Some((_, id)) = by_identifier {
        return Ok(Some(*id));
    }
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: PayerId,
    }
    let named: Vec<Row> =
        kept("select id from payers where organization_id = $1 and upper(name) = upper($2) limit 2")
            .bind::<Uuid, _>(tx.actor().organization)
            .bind::<Text, _>(remittance.payer_name.trim())
            .load(tx.conn())
            .await?;
    Ok(match named.as_slice() {
        [only] => Some(only.id),
        _ => None,
    })
}

/// Settles the exceptions of a held set that is looked at again: what is still wrong is opened anew.
pub(in crate::remits) async fn settle_exceptions(
    tx: &mut Tx,
    remittance: RemittanceId,
    now: DateTime<Utc>,
    resolution: &str,
) -> Result<()> {
    kept(
        "update remit_exceptions set resolved_at = $3, resolution = $4
         where organization_id = $1 and remittance_id = $2 and resolved_at is null",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(remittance)
    .bind::<Timestamptz, _>(now)
    .bind::<Text, _>(resolution)
    .execute(tx.conn())
    .await?;
    Ok(())
}
