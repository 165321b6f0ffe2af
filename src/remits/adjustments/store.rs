//! SQL of provider adjustments: items are sums, found anew each time.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::result::OptionalExtension;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Numeric, Text, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::{Tx, kept_once};
use crate::remits::adjustments::settlements::{self, SETTLEMENT_SOURCE, Settlement};
use crate::remits::adjustments::{Amount, Detail, Item, Kind, Reversal, Standing, pairs};
use crate::remits::{PROVIDER_ADJUSTMENT_SOURCE, plb};
use crate::submissions::newest_number_sql;
use crate::types::{
    Bytes, ClaimId, EntryId, FileId, Money, PayerId, ProviderAdjustmentId, Refusal, RemitClaimId,
    RemittanceId, Result, Status,
};

/// Which items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Those whose amounts do not come to zero.
    Open,
    /// All.
    All,
}

/// The place in a list after which a page begins.
#[derive(Clone, Copy, Debug)]
pub struct After {
    /// The balance of the row before, without its sign.
    pub size: Money,
    /// Its id.
    pub id: ProviderAdjustmentId,
}

/// The amounts of posted sets with what makes them one item, and the items less what was settled by hand. `$1` is the organization,
/// `$2` to `$5` are the reasons of the kinds, in their order; `adjustments` are all that have the references looked at.
///
/// A payer that is not on file is told from others by its name.
fn items(adjustments: &str) -> String {
    format!(
        "amounts as (
        select pa.id, pa.remittance_id, pa.ordinal, pa.reason, pa.reference, pa.plain_reference, pa.amount,
            pa.first_byte, pa.last_byte, r.payer_id, r.payer_name, r.trace_number, r.file_id,
            coalesce(r.payer_id::text, upper(r.payer_name)) as payer,
            coalesce(r.paid_on, r.posted_at::date) as said_on,
            case when pa.reason = any($2) then 0 when pa.reason = any($3) then 1 when pa.reason = any($4) then 2
                else 3 end::bigint as kind
        from {adjustments} pa
        join remittances r on r.organization_id = pa.organization_id and r.id = pa.remittance_id
        where pa.organization_id = $1 and r.state in ('posted', 'partly_posted')
        and pa.reason = any($2 || $3 || $4 || $5)),
    settled as (
        select a.payer, a.kind, a.plain_reference, sum(s.amount) as settled
        from provider_adjustment_settlements s join amounts a on a.id = s.provider_adjustment_id
        where s.organization_id = $1 and s.undone_on is null group by 1, 2, 3),
    told as (
        select (array_agg(id order by id))[1] as id, payer, kind, plain_reference,
            (array_agg(payer_id order by id))[1] as payer_id,
            (array_agg(payer_name order by id))[1] as payer_name,
            (array_agg(reference order by id))[1] as reference, -sum(amount) as stated, count(*) as amounts,
            min(said_on) as since, max(said_on) as last_on
        from amounts group by payer, kind, plain_reference),
    items as (
        select i.id, payer, kind, plain_reference, i.payer_id, i.payer_name, i.reference, i.amounts, i.since, i.last_on,
            coalesce(s.settled, 0) as settled, i.stated - coalesce(s.settled, 0) as balance,
            kind < 2 and i.stated <> coalesce(s.settled, 0) as is_open
        from told i left join settled s using (payer, kind, plain_reference))"
    )
}

/// Those of the practice.
const EVERY: &str = "provider_adjustments";

fn reasons(kind: Kind) -> Vec<&'static str> {
    plb::reasons(kind.account()).to_vec()
}

/// A query over [`items`] of the practice with what they take bound; the next parameter is `$6`.
macro_rules! of_items {
    ($tx:expr, $sql:expr) => {
        of_items!($tx, $sql, format!("with {}", items(EVERY)))
    };
    ($tx:expr, $sql:expr, $with:expr) => {
        kept_once!(format!("{} {}", $with, $sql))
            .bind::<Uuid, _>($tx.actor().organization)
            .bind::<Array<Text>, _>(reasons(Kind::Recoupment))
            .bind::<Array<Text>, _>(reasons(Kind::ForwardingBalance))
            .bind::<Array<Text>, _>(reasons(Kind::Interest))
            .bind::<Array<Text>, _>(reasons(Kind::Levy))
    };
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Uuid)]
    id: ProviderAdjustmentId,
    #[diesel(sql_type = Nullable<Uuid>)]
    payer_id: Option<PayerId>,
    #[diesel(sql_type = Text)]
    payer_name: String,
    #[diesel(sql_type = BigInt)]
    kind: i64,
    #[diesel(sql_type = Nullable<Text>)]
    reference: Option<String>,
    #[diesel(sql_type = Text)]
    plain_reference: String,
    #[diesel(sql_type = Numeric)]
    settled: Money,
    #[diesel(sql_type = Numeric)]
    balance: Money,
    #[diesel(sql_type = BigInt)]
    amounts: i64,
    #[diesel(sql_type = Date)]
    since: NaiveDate,
    #[diesel(sql_type = Date)]
    last_on: NaiveDate,
}

/// How many items are open; what will be taken; what was taken unannounced, as a positive amount.
pub async fn totals(tx: &mut Tx) -> Result<(i64, Money, Money)> {
    #[derive(QueryableByName)]
    struct Totals {
        #[diesel(sql_type = BigInt)]
        count: i64,
        #[diesel(sql_type = Numeric)]
        announced: Money,
        #[diesel(sql_type = Numeric)]
        unannounced: Money,
    }
    let found: Totals = of_items!(
        tx,
        "select count(*) as count, coalesce(sum(balance) filter (where balance > 0), 0) as announced,
            coalesce(-sum(balance) filter (where balance < 0), 0) as unannounced
         from items where is_open"
    )
    .get_result(tx.conn())
    .await?;
    Ok((found.count, found.announced, found.unannounced))
}

/// The next items, the largest balance first, whatever its sign: those after `after`, at most `limit`.
/// Two queries.
pub async fn list(tx: &mut Tx, filter: Filter, after: Option<After>, limit: i64) -> Result<Vec<Item>> {
    let rows: Vec<Row> = of_items!(
        tx,
        "select * from items where (is_open or not $6) and ($7 is null or (abs(balance), id) < ($7, $8))
         order by abs(balance) desc, id desc limit $9"
    )
    .bind::<Bool, _>(filter == Filter::Open)
    .bind::<Nullable<Numeric>, _>(after.map(|after| after.size))
    .bind::<Nullable<Uuid>, _>(after.map(|after| after.id))
    .bind::<BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    with_claims(tx, rows).await
}

/// The item that an amount belongs to, with its history.
///
/// # Errors
/// `remits/no-adjustment` when no posted remittance of the practice has such an amount, or its reason is
/// one that nobody knows.
pub async fn get(tx: &mut Tx, id: ProviderAdjustmentId) -> Result<Detail> {
    let found: Option<Row> = of_items!(
        tx,
        "select items.* from items join amounts using (payer, kind, plain_reference) where amounts.id = $6"
    )
    .bind::<Uuid, _>(id)
    .get_result(tx.conn())
    .await
    .optional()?;
    let found = match found {
        Some(row) => with_claims(tx, vec![row]).await?.pop(),
        None => None,
    };
    let item = found.ok_or_else(|| {
        Refusal::new(
            "remits/no-adjustment",
            Status::NotFound,
            format!("{id} is no provider adjustment of a posted remittance"),
            "Look at the list; what waits for a person is among the exceptions",
        )
    })?;
    let (history, reversals) = (history(tx, item.id).await?, reversals(tx, item.id).await?);
    let settlements = settlements_of(tx, item.id).await?;
    let choices = settlements::choices(tx, &item, &history, &reversals).await?;
    let pairs = pairs::suggestions(tx, &item).await?;
    Ok(Detail { item, history, settlements, choices, pairs, reversals })
}

/// The open items of the same payer with the opposite sign: the same amount first, then the nearest last day, then
/// those of the same account; at most `limit`. Two queries.
pub(super) async fn opposite(tx: &mut Tx, item: &Item, limit: i64) -> Result<Vec<Item>> {
    let rows: Vec<Row> = of_items!(
        tx,
        "select other.* from items other join items own on own.id = $6
            and own.payer = other.payer and sign(own.balance) = -sign(other.balance)
         where other.is_open and own.is_open
         order by other.balance = -own.balance desc, abs(other.last_on - own.last_on),
            other.kind = own.kind desc, other.id limit $7"
    )
    .bind::<Uuid, _>(item.id)
    .bind::<BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    with_claims(tx, rows).await
}

/// Pairs of open items of one payer, of the `looked_at` largest ones: what will be taken, and what was taken
/// unannounced; in the order of [`opposite`], at most `limit`. Three queries.
pub(super) async fn all_opposite(tx: &mut Tx, looked_at: i64, limit: usize) -> Result<Vec<(Item, Item)>> {
    #[derive(QueryableByName)]
    struct Two {
        #[diesel(sql_type = Uuid)]
        one: ProviderAdjustmentId,
        #[diesel(sql_type = Uuid)]
        other: ProviderAdjustmentId,
    }
    let found: Vec<Two> = of_items!(
        tx,
        ", looked_at as (select * from items where is_open order by abs(balance) desc, id desc limit $6)
         select one.id as one, other.id as other
         from looked_at one join looked_at other on other.payer = one.payer and one.balance > 0 and other.balance < 0
         order by one.balance = -other.balance desc, abs(other.last_on - one.last_on),
            other.kind = one.kind desc, one.id, other.id limit $7"
    )
    .bind::<BigInt, _>(looked_at)
    .bind::<BigInt, _>(i64::try_from(limit).map_err(anyhow::Error::from)?)
    .load(tx.conn())
    .await?;
    let ids: Vec<ProviderAdjustmentId> = found.iter().flat_map(|two| [two.one, two.other]).collect();
    let rows: Vec<Row> = of_items!(tx, "select * from items where id = any($6)")
        .bind::<Array<Uuid>, _>(ids)
        .load(tx.conn())
        .await?;
    let items: HashMap<ProviderAdjustmentId, Item> =
        with_claims(tx, rows).await?.into_iter().map(|item| (item.id, item)).collect();
    let two = |two: &Two| Some((items.get(&two.one)?.clone(), items.get(&two.other)?.clone()));
    Ok(found.iter().filter_map(two).collect())
}

/// The items that concern a claim, oldest first: those whose reference names it and no other.
pub async fn of_claim(tx: &mut Tx, claim: ClaimId) -> Result<Vec<Item>> {
    let rows: Vec<Row> =
        of_items!(tx, "select * from items order by id", format!("{NAMED}, {}", items(OF_CLAIM)))
            .bind::<Uuid, _>(claim)
            .load(tx.conn())
            .await?;
    let mut items = with_claims(tx, rows).await?;
    items.retain(|item| item.claim == Some(claim));
    Ok(items)
}

/// How references name the claim `$6`, as [`claims_named`] reads them.
const NAMED: &str = "with ours as (
        select control_number as number from submissions where organization_id = $1 and claim_id = $6),
     theirs as (
        select distinct plain_payer_control_number as number from remit_claims
        where organization_id = $1 and claim_id = $6 and plain_payer_control_number <> ''),
     named as (
        select number from ours union select number from theirs
        union select theirs.number || ours.number from ours, theirs
        union select ours.number || theirs.number from ours, theirs)";

/// The adjustments with these references, each of them looked up.
const OF_CLAIM: &str = "(select a.* from named cross join lateral (
    select * from provider_adjustments where organization_id = $1 and plain_reference = named.number offset 0) a)";

/// The rows as items, each with the claim that its reference names.
async fn with_claims(tx: &mut Tx, rows: Vec<Row>) -> Result<Vec<Item>> {
    let mut claims = if rows.is_empty() { HashMap::new() } else { claims_named(tx, &rows).await? };
    let item = |row: Row| {
        let kind = usize::try_from(row.kind).ok().and_then(|kind| Kind::ALL.get(kind).copied());
        let kind = kind.ok_or_else(|| anyhow::anyhow!("no kind {}", row.kind))?;
        let (claim, claim_number) = claims.remove(&row.id).unzip();
        Ok(Item {
            id: row.id,
            payer: row.payer_id,
            payer_name: row.payer_name,
            kind,
            reference: row.reference,
            state: Standing::of(kind, row.balance),
            settled: row.settled,
            balance: row.balance,
            amounts: row.amounts,
            since: row.since,
            last_on: row.last_on,
            claim,
            claim_number,
        })
    };
    rows.into_iter().map(item).collect()
}

/// The claim that each reference names: by the payer's control number of it, by ours, or by both
/// written together in either order. Only where all that fit are one visit; then the newest claim.
async fn claims_named(tx: &mut Tx, rows: &[Row]) -> Result<HashMap<ProviderAdjustmentId, (ClaimId, String)>> {
    #[derive(QueryableByName)]
    struct Named {
        #[diesel(sql_type = Uuid)]
        id: ProviderAdjustmentId,
        #[diesel(sql_type = Uuid)]
        claim: ClaimId,
        #[diesel(sql_type = Text)]
        number: String,
    }
    // Each beginning of a reference is looked up by itself, so both numbers are found by index: `offset 0` keeps the
    // planner from reading all numbers of the practice instead. PLB03-2 has at most 50 characters.
    let named: Vec<Named> = kept_once!(format!(
        "with asked as (select * from unnest($2, $3, $4) as a (id, payer_id, reference)),
         parts as (
            select id, payer_id, left(reference, n) as head, substr(reference, n + 1) as rest
            from asked, generate_series(1, 50) as n where n <= char_length(reference)),
         theirs as (
            select p.id, p.payer_id, rc.claim_id, p.rest from parts p
            cross join lateral (
                select claim_id from remit_claims where organization_id = $1 and claim_id is not null
                    and plain_payer_control_number = p.head and plain_payer_control_number <> '' offset 0) rc),
         ours as (
            select p.id, p.payer_id, s.claim_id, p.rest from parts p
            cross join lateral (
                select claim_id from submissions where organization_id = $1 and control_number = p.head offset 0) s),
         fitting as (
            select id, payer_id, claim_id from theirs where rest = ''
            union select id, payer_id, claim_id from ours where rest = ''
            union select t.id, t.payer_id, t.claim_id from theirs t
                where exists (select from submissions s where s.organization_id = $1 and s.claim_id = t.claim_id
                    and s.control_number = t.rest offset 0)
            union select o.id, o.payer_id, o.claim_id from ours o
                where exists (select from remit_claims rc where rc.organization_id = $1 and rc.claim_id = o.claim_id
                    and rc.plain_payer_control_number = o.rest offset 0)),
         one as (
            select f.id, (array_agg(c.id order by c.id desc))[1] as claim
            from fitting f
            cross join lateral (
                select id, account_claim_id from claims
                where organization_id = $1 and id = f.claim_id and payer_id = f.payer_id offset 0) c
            group by f.id having count(distinct c.account_claim_id) = 1)
         select one.id, one.claim, {number} as number
         from one",
        number = newest_number_sql("one.claim"),
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(rows.iter().map(|row| row.id).collect::<Vec<_>>())
    .bind::<Array<Nullable<Uuid>>, _>(rows.iter().map(|row| row.payer_id).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(rows.iter().map(|row| row.plain_reference.as_str()).collect::<Vec<_>>())
    .load(tx.conn())
    .await?;
    Ok(named.into_iter().map(|named| (named.id, (named.claim, named.number))).collect())
}

async fn history(tx: &mut Tx, item: ProviderAdjustmentId) -> Result<Vec<Amount>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: ProviderAdjustmentId,
        #[diesel(sql_type = Uuid)]
        remittance_id: RemittanceId,
        #[diesel(sql_type = Text)]
        trace_number: String,
        #[diesel(sql_type = Date)]
        said_on: NaiveDate,
        #[diesel(sql_type = Text)]
        reason: String,
        #[diesel(sql_type = Nullable<Text>)]
        reference: Option<String>,
        #[diesel(sql_type = Numeric)]
        amount: Money,
        #[diesel(sql_type = Nullable<Uuid>)]
        entry: Option<EntryId>,
        #[diesel(sql_type = Uuid)]
        file_id: FileId,
        #[diesel(sql_type = BigInt)]
        first_byte: i64,
        #[diesel(sql_type = BigInt)]
        last_byte: i64,
    }
    let rows: Vec<Row> = of_items!(
        tx,
        "select a.*, e.id as entry
         from items i join amounts a using (payer, kind, plain_reference)
         left join entries e on e.organization_id = $1 and e.source_kind = $7 and e.source_id = a.id
         where i.id = $6 order by a.id"
    )
    .bind::<Uuid, _>(item)
    .bind::<Text, _>(PROVIDER_ADJUSTMENT_SOURCE.as_str())
    .load(tx.conn())
    .await?;
    let mut balance = Money::ZERO;
    let amount = |row: Row| {
        balance -= row.amount;
        Ok(Amount {
            id: row.id,
            remittance: row.remittance_id,
            trace_number: row.trace_number,
            on: row.said_on,
            reason: row.reason,
            reference: row.reference,
            amount: row.amount,
            balance,
            entry: row.entry,
            file: row.file_id,
            bytes: Bytes::stored(row.first_byte, row.last_byte)?,
        })
    };
    rows.into_iter().map(amount).collect()
}

/// What was done about an item, oldest first.
async fn settlements_of(tx: &mut Tx, item: ProviderAdjustmentId) -> Result<Vec<Settlement>> {
    let rows: Vec<settlements::Row> = of_items!(
        tx,
        format!(
            "select {} from items i join amounts a using (payer, kind, plain_reference)
             join provider_adjustment_settlements s on s.organization_id = $1 and s.provider_adjustment_id = a.id
             where i.id = $6 order by s.id",
            settlements::columns("$7")
        )
    )
    .bind::<Uuid, _>(item)
    .bind::<Text, _>(SETTLEMENT_SOURCE.as_str())
    .load(tx.conn())
    .await?;
    rows.into_iter().map(settlements::Row::read).collect()
}

async fn reversals(tx: &mut Tx, item: ProviderAdjustmentId) -> Result<Vec<Reversal>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: RemitClaimId,
        #[diesel(sql_type = Uuid)]
        remittance_id: RemittanceId,
        #[diesel(sql_type = Nullable<Uuid>)]
        claim_id: Option<ClaimId>,
        #[diesel(sql_type = Text)]
        patient_control_number: String,
        #[diesel(sql_type = Numeric)]
        paid: Money,
        #[diesel(sql_type = Bool)]
        posted: bool,
    }
    // A remittance may take back a thousand claims: a page shows the first of them.
    let rows: Vec<Row> = of_items!(
        tx,
        "select rc.id, rc.remittance_id, rc.claim_id, rc.patient_control_number, rc.paid, rc.posted
         from remit_claims rc
         where rc.organization_id = $1 and coalesce(rc.treated_as, rc.status_code) = '22' and rc.remittance_id in (
            select a.remittance_id from items i join amounts a using (payer, kind, plain_reference)
            where i.id = $6 and a.kind < 2)
         order by rc.id limit 200"
    )
    .bind::<Uuid, _>(item)
    .load(tx.conn())
    .await?;
    let reversal = |row: Row| Reversal {
        remit_claim: row.id,
        remittance: row.remittance_id,
        claim: row.claim_id,
        patient_control_number: row.patient_control_number,
        paid: row.paid,
        posted: row.posted,
    };
    Ok(rows.into_iter().map(reversal).collect())
}
