//! The ledger's rows: posting them, reading them back. Row level security keeps every query to
//! the actor's organization.

use std::collections::HashMap;

use anyhow::Context;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{
    Array, Bytea, Date, Int2, Int8, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::schema::{accounts, chain_links, entries, organizations, postings, transfers};
use crate::db::{Tx, kept};
use crate::ledger::accounts::{Account, AccountKind};
use crate::ledger::entry::{About, Entry, EntryKind, NewEntry, Source, SourceKind, SourcePlace, Transfer};
use crate::ledger::hash::{Facts, Hash, Line};
use crate::types::{ClaimId, EntryId, Money, OrganizationId, PatientId, PayerId, Result};

// ---- the chart ----

pub(super) async fn insert_accounts(tx: &mut Tx) -> Result<()> {
    let organization = tx.actor().organization;
    let rows: Vec<_> = AccountKind::ALL
        .iter()
        .map(|kind| {
            (
                accounts::organization_id.eq(organization),
                accounts::number.eq(kind.number()),
                accounts::kind.eq(kind.as_str()),
                accounts::name.eq(kind.default_name()),
            )
        })
        .collect();
    diesel::insert_into(accounts::table).values(rows).on_conflict_do_nothing().execute(tx.conn()).await?;
    Ok(())
}

pub(super) async fn accounts(tx: &mut Tx) -> Result<Vec<Account>> {
    let rows: Vec<(i16, String, Option<String>, Option<String>)> = accounts::table
        .select((
            accounts::number,
            accounts::name,
            accounts::general_ledger_account,
            accounts::general_ledger_number,
        ))
        .order(accounts::number)
        .load(tx.conn())
        .await?;
    rows.into_iter()
        .map(|(number, name, general_ledger_account, general_ledger_number)| {
            Ok(Account {
                kind: account(number)?,
                number,
                name,
                general_ledger_account,
                general_ledger_number,
            })
        })
        .collect()
}

pub(super) async fn map_account(
    tx: &mut Tx,
    kind: AccountKind,
    name: Option<&str>,
    number: Option<&str>,
) -> Result<()> {
    diesel::update(accounts::table.find((tx.actor().organization, kind.number())))
        .set((accounts::general_ledger_account.eq(name), accounts::general_ledger_number.eq(number)))
        .execute(tx.conn())
        .await?;
    Ok(())
}

fn account(number: i16) -> anyhow::Result<AccountKind> {
    AccountKind::from_number(number).with_context(|| format!("the chart has no account {number}"))
}

// ---- posting ----

/// What the database adds to an entry.
pub(super) struct Inserted {
    pub posted_at: DateTime<Utc>,
    pub booked_on: NaiveDate,
}

/// Inserts entries but those whose source, or whose reversal, is there; says which, when, and on
/// which day they are booked.
pub(super) async fn insert_entries(
    tx: &mut Tx,
    posting: Uuid,
    documents: &[NewEntry],
    hashed: &[(EntryId, Hash)],
) -> Result<HashMap<EntryId, Inserted>> {
    let mut insert = InsertEntries::new(tx.actor().organization, posting);
    for (document, (id, hash)) in documents.iter().zip(hashed) {
        insert.id.push(*id);
        insert.kind.push(document.kind.as_str());
        insert.source_kind.push(document.source.kind.as_str());
        insert.source_id.push(document.source.id);
        insert.source_file.push(document.source.place.as_ref().map(|place| place.file_sha256.as_slice()));
        insert.source_ordinal.push(document.source.place.map(|place| place.ordinal));
        insert.effective_on.push(document.effective_on);
        insert.reverses.push(document.reverses);
        insert.content_hash.push(hash.as_bytes().as_slice());
    }
    let inserted: Vec<(EntryId, DateTime<Utc>, NaiveDate)> = insert.load(tx.conn()).await?;
    Ok(inserted
        .into_iter()
        .map(|(id, posted_at, booked_on)| (id, Inserted { posted_at, booked_on }))
        .collect())
}

/// Columns side by side: one statement for any number of entries, prepared once.
struct InsertEntries<'a> {
    organization: OrganizationId,
    posting: Uuid,
    id: Vec<EntryId>,
    kind: Vec<&'a str>,
    source_kind: Vec<&'a str>,
    source_id: Vec<Uuid>,
    source_file: Vec<Option<&'a [u8]>>,
    source_ordinal: Vec<Option<i64>>,
    effective_on: Vec<NaiveDate>,
    reverses: Vec<Option<EntryId>>,
    content_hash: Vec<&'a [u8]>,
}

impl<'a> InsertEntries<'a> {
    fn new(organization: OrganizationId, posting: Uuid) -> InsertEntries<'a> {
        InsertEntries {
            organization,
            posting,
            id: Vec::new(),
            kind: Vec::new(),
            source_kind: Vec::new(),
            source_id: Vec::new(),
            source_file: Vec::new(),
            source_ordinal: Vec::new(),
            effective_on: Vec::new(),
            reverses: Vec::new(),
            content_hash: Vec::new(),
        }
    }
}

impl QueryFragment<Pg> for InsertEntries<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "insert into entries (organization_id, posting_id, id, kind, source_kind, source_id, \
             source_file_sha256, source_ordinal, effective_on, reverses_id, content_hash, booked_on) select ",
        );
        out.push_bind_param::<SqlUuid, _>(&self.organization)?;
        out.push_sql(", ");
        out.push_bind_param::<SqlUuid, _>(&self.posting)?;
        // Asked once, and answered for the rest of the transaction: periods stay as they are.
        out.push_sql(", document.*, greatest(document.effective_on, (select books_open_from(");
        out.push_bind_param::<SqlUuid, _>(&self.organization)?;
        out.push_sql("))) from unnest(");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.id)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.kind)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.source_kind)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.source_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Bytea>>, _>(&self.source_file)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Int8>>, _>(&self.source_ordinal)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Date>, _>(&self.effective_on)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<SqlUuid>>, _>(&self.reverses)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Bytea>, _>(&self.content_hash)?;
        // Without a target: the source may be there, or another reversal of the same entry.
        out.push_sql(
            ") as document (id, kind, source_kind, source_id, source_file, source_ordinal, effective_on, \
             reverses, content_hash) on conflict do nothing returning id, posted_at, booked_on",
        );
        Ok(())
    }
}
impl Query for InsertEntries<'_> {
    type SqlType = (SqlUuid, Timestamptz, Date);
}
impl QueryId for InsertEntries<'_> {
    type QueryId = InsertEntries<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

pub(super) async fn insert_transfers<'a>(
    tx: &mut Tx,
    documents: impl Iterator<Item = (EntryId, &'a [Transfer])>,
) -> Result<()> {
    let mut insert = InsertTransfers::new(tx.actor().organization);
    for (id, lines) in documents {
        for (line_no, transfer) in (1..).zip(lines) {
            insert.entry.push(id);
            insert.line_no.push(line_no);
            insert.debit.push(transfer.debit.number());
            insert.credit.push(transfer.credit.number());
            insert.amount.push(transfer.amount);
            insert.claim.push(transfer.about.claim);
            insert.payer.push(transfer.about.payer);
            insert.patient.push(transfer.about.patient);
        }
    }
    if !insert.entry.is_empty() {
        insert.execute(tx.conn()).await?;
    }
    Ok(())
}

struct InsertTransfers {
    organization: OrganizationId,
    entry: Vec<EntryId>,
    line_no: Vec<i16>,
    debit: Vec<i16>,
    credit: Vec<i16>,
    amount: Vec<Money>,
    claim: Vec<Option<ClaimId>>,
    payer: Vec<Option<PayerId>>,
    patient: Vec<Option<PatientId>>,
}

impl InsertTransfers {
    const fn new(organization: OrganizationId) -> InsertTransfers {
        InsertTransfers {
            organization,
            entry: Vec::new(),
            line_no: Vec::new(),
            debit: Vec::new(),
            credit: Vec::new(),
            amount: Vec::new(),
            claim: Vec::new(),
            payer: Vec::new(),
            patient: Vec::new(),
        }
    }
}

impl QueryFragment<Pg> for InsertTransfers {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "insert into transfers (organization_id, entry_id, line_no, debit_account, credit_account, amount, \
             claim_id, payer_id, patient_id) select ",
        );
        out.push_bind_param::<SqlUuid, _>(&self.organization)?;
        out.push_sql(", * from unnest(");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.entry)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Int2>, _>(&self.line_no)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Int2>, _>(&self.debit)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Int2>, _>(&self.credit)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Numeric>, _>(&self.amount)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<SqlUuid>>, _>(&self.claim)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<SqlUuid>>, _>(&self.payer)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<SqlUuid>>, _>(&self.patient)?;
        out.push_sql(")");
        Ok(())
    }
}
impl QueryId for InsertTransfers {
    type QueryId = InsertTransfers;
    const HAS_STATIC_QUERY_ID: bool = true;
}

// ---- what is posted ----

/// An entry as its source finds it.
#[derive(QueryableByName)]
pub(super) struct PostedSource {
    #[diesel(sql_type = Text)]
    pub source_kind: String,
    #[diesel(sql_type = SqlUuid)]
    pub source_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub id: EntryId,
    #[diesel(sql_type = Bytea)]
    pub content_hash: Vec<u8>,
}

pub(super) async fn posted_sources(tx: &mut Tx, sources: &[&Source]) -> Result<Vec<PostedSource>> {
    let kinds: Vec<&str> = sources.iter().map(|source| source.kind.as_str()).collect();
    let ids: Vec<Uuid> = sources.iter().map(|source| source.id).collect();
    let found = kept(
        "select source_kind, source_id, id, content_hash from entries
         where (source_kind, source_id) in (select * from unnest($1, $2))",
    )
    .bind::<Array<Text>, _>(kinds)
    .bind::<Array<SqlUuid>, _>(ids)
    .load(tx.conn())
    .await?;
    Ok(found)
}

pub(super) async fn decide_alone(tx: &mut Tx) -> Result<()> {
    kept("select pg_advisory_xact_lock(hashtext('firstpass decisions'), hashtext($1::text))")
        .bind::<SqlUuid, _>(tx.actor().organization)
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn reversal_of(tx: &mut Tx, entry: EntryId) -> Result<Option<EntryId>> {
    let by = entries::table.filter(entries::reverses_id.eq(entry)).select(entries::id);
    Ok(by.first(tx.conn()).await.optional()?)
}

pub(super) async fn entries_by_id(tx: &mut Tx, ids: &[EntryId]) -> Result<Vec<Entry>> {
    let rows = entries::table
        .filter(entries::id.eq_any(ids))
        .order(entries::id)
        .select(EntryRow::as_select())
        .load(tx.conn())
        .await?;
    with_transfers(tx, rows).await?.into_iter().map(Document::into_entry).collect()
}

pub(super) async fn entries_of_claim(tx: &mut Tx, claim: ClaimId) -> Result<Vec<Entry>> {
    let ids = transfers::table
        .filter(transfers::claim_id.eq(claim))
        .select(transfers::entry_id)
        .distinct()
        .load(tx.conn())
        .await?;
    entries_by_id(tx, &ids).await
}

/// Entries read at once where all are read.
const PAGE_ENTRIES: i64 = 5_000;

/// The next entries that follow `after`; none when there are no more. `of` narrows to these
/// postings, whose entries have no id above the one given.
pub(super) async fn page(
    tx: &mut Tx,
    after: Option<Uuid>,
    of: Option<(&[Uuid], Uuid)>,
) -> Result<Vec<Document>> {
    let mut query =
        entries::table.order(entries::id).limit(PAGE_ENTRIES).select(EntryRow::as_select()).into_boxed();
    if let Some(after) = after {
        query = query.filter(entries::id.gt(after));
    }
    if let Some((postings, last)) = of {
        query = query.filter(entries::id.le(last)).filter(entries::posting_id.eq_any(postings));
    }
    let rows = query.load(tx.conn()).await?;
    with_transfers(tx, rows).await
}

async fn with_transfers(tx: &mut Tx, rows: Vec<EntryRow>) -> Result<Vec<Document>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let lines: Vec<TransferRow> = transfers::table
        .filter(transfers::entry_id.eq_any(&ids))
        .order((transfers::entry_id, transfers::line_no))
        .select(TransferRow::as_select())
        .load(tx.conn())
        .await?;
    let mut lines = lines.into_iter().peekable();
    Ok(rows
        .into_iter()
        .map(|entry| {
            let lines = std::iter::from_fn(|| lines.next_if(|line| line.entry_id == entry.id)).collect();
            Document { entry, lines }
        })
        .collect())
}

/// An entry as it is stored, whatever somebody made of it.
pub(super) struct Document {
    pub entry: EntryRow,
    pub lines: Vec<TransferRow>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = entries)]
pub(super) struct EntryRow {
    pub id: Uuid,
    pub posting_id: Uuid,
    pub kind: String,
    pub source_kind: String,
    pub source_id: Uuid,
    pub source_file_sha256: Option<Vec<u8>>,
    pub source_ordinal: Option<i64>,
    pub effective_on: NaiveDate,
    pub posted_at: DateTime<Utc>,
    pub reverses_id: Option<Uuid>,
    pub content_hash: Vec<u8>,
    pub booked_on: NaiveDate,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = transfers)]
pub(super) struct TransferRow {
    pub entry_id: Uuid,
    pub line_no: i16,
    pub debit_account: i16,
    pub credit_account: i16,
    pub amount: Money,
    pub claim_id: Option<Uuid>,
    pub payer_id: Option<Uuid>,
    pub patient_id: Option<Uuid>,
}

impl Document {
    pub fn facts(&self) -> Facts<'_> {
        let row = &self.entry;
        Facts {
            kind: &row.kind,
            source_kind: &row.source_kind,
            source_id: row.source_id,
            place: row.source_file_sha256.as_deref().zip(row.source_ordinal),
            effective_on: row.effective_on,
            reverses: row.reverses_id,
        }
    }

    pub fn hash_lines(&self) -> impl Iterator<Item = Line> {
        self.lines.iter().map(|row| Line {
            line_no: row.line_no,
            debit: row.debit_account,
            credit: row.credit_account,
            amount: row.amount,
            claim: row.claim_id,
            payer: row.payer_id,
            patient: row.patient_id,
        })
    }

    fn into_entry(self) -> Result<Entry> {
        let Document { entry: row, lines } = self;
        let place = match (row.source_file_sha256, row.source_ordinal) {
            (Some(file), Some(ordinal)) => {
                let file = Hash::from_stored(&file).context("a file's hash is not 32 bytes")?;
                Some(SourcePlace { file_sha256: *file.as_bytes(), ordinal })
            }
            _ => None,
        };
        let transfers = lines
            .into_iter()
            .map(|line| {
                Ok(Transfer {
                    debit: account(line.debit_account)?,
                    credit: account(line.credit_account)?,
                    amount: line.amount,
                    about: About {
                        claim: line.claim_id.map(ClaimId::from_uuid),
                        payer: line.payer_id.map(PayerId::from_uuid),
                        patient: line.patient_id.map(PatientId::from_uuid),
                    },
                })
            })
            .collect::<Result<_>>()?;
        Ok(Entry {
            id: EntryId::from_uuid(row.id),
            kind: EntryKind::from_name(&row.kind)
                .with_context(|| format!("no kind of entry: {}", row.kind))?,
            source: Source { kind: SourceKind::stored(row.source_kind), id: row.source_id, place },
            effective_on: row.effective_on,
            booked_on: row.booked_on,
            posted_at: row.posted_at,
            reverses: row.reverses_id.map(EntryId::from_uuid),
            transfers,
        })
    }
}

// ---- the chain ----

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = chain_links)]
pub(super) struct Link {
    pub number: i64,
    pub posting_id: Uuid,
    pub entries: i64,
    pub first_entry_id: Uuid,
    pub last_entry_id: Uuid,
    pub previous_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

impl Link {
    pub fn hash(&self) -> Result<Hash> {
        Ok(Hash::from_stored(&self.hash).context("a link's hash is not 32 bytes")?)
    }
}

/// Says which entries a posting has, once there will be no more.
pub(super) async fn close_posting(
    tx: &mut Tx,
    id: Uuid,
    (first, last): (EntryId, EntryId),
    entries: i64,
) -> Result<()> {
    let closed = diesel::update(postings::table.find((tx.actor().organization, id)))
        .set((
            postings::first_entry_id.eq(first),
            postings::last_entry_id.eq(last),
            postings::entries.eq(entries),
        ))
        .execute(tx.conn())
        .await?;
    if closed != 1 {
        return Err(anyhow::anyhow!("posting {id} is not there").into());
    }
    Ok(())
}

/// Makes the organization's other postings wait until this one is committed. Not FOR UPDATE:
/// every insert of the organization holds a key share of the same row.
pub(super) async fn lock_chain(tx: &mut Tx) -> Result<()> {
    let organization = tx.actor().organization;
    organizations::table
        .filter(organizations::id.eq(organization))
        .select(organizations::id)
        .for_no_key_update()
        .get_result::<OrganizationId>(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn last_link(tx: &mut Tx) -> Result<Option<Link>> {
    let links = chain_links::table.order(chain_links::number.desc()).select(Link::as_select());
    Ok(links.first(tx.conn()).await.optional()?)
}

pub(super) async fn insert_link(tx: &mut Tx, link: &Link) -> Result<()> {
    let organization = tx.actor().organization;
    diesel::insert_into(chain_links::table)
        .values((chain_links::organization_id.eq(organization), link))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Links read at once where all are read.
const PAGE_LINKS: i64 = 1_000;

/// The next links with a number above `after`.
pub(super) async fn links(tx: &mut Tx, after: i64) -> Result<Vec<Link>> {
    Ok(chain_links::table
        .filter(chain_links::number.gt(after))
        .order(chain_links::number)
        .limit(PAGE_LINKS)
        .select(Link::as_select())
        .load(tx.conn())
        .await?)
}

/// Entries that no link knows: none, unless somebody worked past the foreign key.
pub(super) async fn unlinked(tx: &mut Tx) -> Result<Vec<EntryId>> {
    let unknown = diesel::dsl::not(diesel::dsl::exists(
        chain_links::table.filter(
            chain_links::organization_id
                .eq(entries::organization_id)
                .and(chain_links::posting_id.eq(entries::posting_id)),
        ),
    ));
    let found: Vec<EntryId> =
        entries::table.filter(unknown).order(entries::id).select(entries::id).load(tx.conn()).await?;
    Ok(found)
}

pub(super) async fn count_entries(tx: &mut Tx) -> Result<i64> {
    Ok(entries::table.count().get_result(tx.conn()).await?)
}
