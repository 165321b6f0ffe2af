//! The proofs that claims ask for what was charged, and are counted where they stand.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Nullable, Numeric, SmallInt, Text, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::ledger::{AccountKind, Proof};
use crate::types::{ClaimId, Money, Result};

/// Each claim asks for the sum of its lines (X222 2300 CLM02), and a visit's first claim for what the
/// ledger has as the visit's charges: a correction changes both in one transaction. What came in is what was
/// read: each visit is the sum of its lines, each file of charges that of its visits. All of them, whatever
/// day the other proofs look at: a claim's charge has no past.
pub async fn prove_charges(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        claims: i64,
        #[diesel(sql_type = Numeric)]
        charged: Money,
        #[diesel(sql_type = BigInt)]
        lines_differ: i64,
        #[diesel(sql_type = Nullable<Uuid>)]
        first_by_lines: Option<ClaimId>,
        #[diesel(sql_type = BigInt)]
        books_differ: i64,
        #[diesel(sql_type = Nullable<Uuid>)]
        first_by_books: Option<ClaimId>,
        #[diesel(sql_type = BigInt)]
        visits_differ: i64,
        #[diesel(sql_type = BigInt)]
        files_differ: i64,
    }
    let row: Row = diesel::sql_query(
        "with lines as (
            select claim_id, sum(charged) as charged from claim_lines where organization_id = $1 group by claim_id),
         booked as (
            select claim_id, sum(case $2 when credit_account then amount else -amount end) as charged
            from transfers
            where organization_id = $1 and $2 in (credit_account, debit_account) and claim_id is not null
            group by claim_id),
         compared as (
            select c.id, c.charged, c.charged <> coalesce(l.charged, 0) as lines_differ,
                c.id = c.account_claim_id and c.charged <> coalesce(b.charged, 0) as books_differ
            from claims c
            left join lines l on l.claim_id = c.id
            left join booked b on b.claim_id = c.id
            where c.organization_id = $1)
         select count(*) as claims, coalesce(sum(charged), 0) as charged,
            count(*) filter (where lines_differ) as lines_differ,
            (array_agg(id order by id) filter (where lines_differ))[1] as first_by_lines,
            count(*) filter (where books_differ) as books_differ,
            (array_agg(id order by id) filter (where books_differ))[1] as first_by_books,
            (select count(*) from encounters e
                join (select encounter_id, sum(charged) as charged from charge_lines
                    where organization_id = $1 group by encounter_id) l on l.encounter_id = e.id
                where e.organization_id = $1 and e.charged <> l.charged) as visits_differ,
            (select count(*) from charge_imports i
                left join (select file_id, sum(charged) as charged from encounters
                    where organization_id = $1 group by file_id) e on e.file_id = i.file_id
                where i.organization_id = $1 and i.charged <> coalesce(e.charged, 0)) as files_differ
         from compared",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<SmallInt, _>(AccountKind::Charges.number())
    .get_result(tx.conn())
    .await?;
    let mut detail = format!("{} claims ask for {}", row.claims, row.charged);
    if let Some(first) = row.first_by_lines {
        detail
            .push_str(&format!("; {} for another sum than their lines, the first {first}", row.lines_differ));
    }
    if let Some(first) = row.first_by_books {
        detail.push_str(&format!(
            "; {} for something else than the ledger's charges, the first {first}",
            row.books_differ
        ));
    }
    if row.visits_differ + row.files_differ > 0 {
        detail.push_str(&format!(
            "; {} visits are not their lines, {} files of charges not their visits",
            row.visits_differ, row.files_differ
        ));
    }
    let holds = row.lines_differ + row.books_differ + row.visits_differ + row.files_differ == 0;
    Ok(Proof { name: "claims_ask_for_what_was_charged", holds, detail })
}

/// What the database keeps of claims by status is what the claims come to: each standing has its claim's
/// charge, and each status its claims.
pub async fn prove_counts(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        claims: i64,
        #[diesel(sql_type = BigInt)]
        charges_differ: i64,
        #[diesel(sql_type = Nullable<Uuid>)]
        first: Option<ClaimId>,
        #[diesel(sql_type = Array<Text>)]
        statuses_differ: Vec<String>,
    }
    let row: Row = diesel::sql_query(
        "with standing as (
            select s.claim_id, s.status, c.charged, s.charged <> c.charged as differs
            from claim_standings s join claims c on c.organization_id = s.organization_id and c.id = s.claim_id
            where s.organization_id = $1),
         counted as (select status, count(*) as claims, sum(charged) as charged from standing group by status),
         kept as (
            select status, sum(claims) as claims, sum(charged) as charged from status_totals
            where organization_id = $1 group by status)
         select (select count(*) from standing) as claims,
            (select count(*) from standing where differs) as charges_differ,
            (select claim_id from standing where differs order by claim_id limit 1) as first,
            (select coalesce(array_agg(status order by status), '{}') from counted c full join kept k using (status)
                where (coalesce(c.claims, 0), coalesce(c.charged, 0)) <> (coalesce(k.claims, 0), coalesce(k.charged, 0)))
                as statuses_differ",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .get_result(tx.conn())
    .await?;
    let mut detail = format!("{} claims", row.claims);
    if let Some(first) = row.first {
        detail.push_str(&format!("; {} stand with another charge, the first {first}", row.charges_differ));
    }
    if !row.statuses_differ.is_empty() {
        detail.push_str(&format!("; counted otherwise: {}", row.statuses_differ.join(", ")));
    }
    let holds = row.charges_differ == 0 && row.statuses_differ.is_empty();
    Ok(Proof { name: "claims_are_counted", holds, detail })
}
