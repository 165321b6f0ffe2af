//! Which claims the numbers and facts of a set lead to.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, Date, Nullable, Numeric, Text, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::{Tx, kept};
use crate::remits::matching::{Candidates, Facts, facts};
use crate::remits::model::RemitClaim;
use crate::types::{ClaimId, Money, PayerId, Result};

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Uuid)]
    claim_id: ClaimId,
}

/// What each key of these claims leads to: a query for each kind of key, and only for those whom
/// the better key did not find.
pub(in crate::remits) async fn candidates(
    tx: &mut Tx,
    remits: &[RemitClaim],
    payer: Option<PayerId>,
) -> Result<Candidates> {
    let by_control_number = by_control_number(tx, remits, payer).await?;
    let mut found = Candidates { by_control_number, ..Candidates::default() };

    let left = |found: &Candidates, remit: &&RemitClaim| {
        !found.by_control_number.contains_key(&remit.patient_control_number)
            && !remit
                .payer_claim_control_number
                .as_ref()
                .is_some_and(|n| found.by_payer_number.contains_key(n))
    };
    let numbers: Vec<&str> = remits
        .iter()
        .filter(|remit| left(&found, remit))
        .filter_map(|remit| remit.payer_claim_control_number.as_deref())
        .collect();
    if !numbers.is_empty() {
        // A set that was taken back says nothing of whose a number is, least of all what a person said.
        let rows: Vec<KeyRow> = kept(
            "select distinct rc.payer_claim_control_number as key, rc.claim_id
             from remit_claims rc
             join claims c on c.organization_id = rc.organization_id and c.id = rc.claim_id
             join remittances r on r.organization_id = rc.organization_id and r.id = rc.remittance_id
             where rc.organization_id = $1 and rc.payer_claim_control_number = any($2) and r.state <> 'unposted'
             and ($3 is null or c.payer_id = $3) order by 1, 2",
        )
        .bind::<Uuid, _>(tx.actor().organization)
        .bind::<Array<Text>, _>(numbers)
        .bind::<Nullable<Uuid>, _>(payer)
        .load(tx.conn())
        .await?;
        for row in rows {
            found.by_payer_number.entry(row.key).or_default().push(row.claim_id);
        }
    }
    let keys: Vec<Facts> = remits.iter().filter(|remit| left(&found, remit)).filter_map(facts).collect();
    if !keys.is_empty() {
        found.by_facts = by_facts(tx, &keys, payer).await?;
    }
    Ok(found)
}

/// The claims whose control number is the CLP01 of one of these. Where a claim was sent on by the payer that we asked
/// (crossover), the next payer answers under that same number: its answer is that of its own claim for the visit.
pub(in crate::remits) async fn by_control_number(
    tx: &mut Tx,
    remits: &[RemitClaim],
    payer: Option<PayerId>,
) -> Result<HashMap<String, ClaimId>> {
    let numbers: Vec<&str> = remits.iter().map(|remit| remit.patient_control_number.as_str()).collect();
    let rows: Vec<KeyRow> = kept(
        "select s.control_number as key, coalesce((
            select o.id from claims c
            join claims o on o.organization_id = $1 and o.encounter_id = c.encounter_id and o.payer_id = $3
            join claim_standings g on g.organization_id = $1 and g.claim_id = o.id
                and g.status not in ('replaced', 'voided')
            where c.organization_id = $1 and c.id = s.claim_id and c.payer_id <> $3
            order by o.id desc limit 1), s.claim_id) as claim_id
         from submissions s
         where s.organization_id = $1 and s.control_number = any($2)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Text>, _>(numbers)
    .bind::<Nullable<Uuid>, _>(payer)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.claim_id)).collect())
}

async fn by_facts(
    tx: &mut Tx,
    keys: &[Facts],
    payer: Option<PayerId>,
) -> Result<HashMap<Facts, Vec<ClaimId>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        member: String,
        #[diesel(sql_type = Date)]
        from: NaiveDate,
        #[diesel(sql_type = Date)]
        thru: NaiveDate,
        #[diesel(sql_type = Numeric)]
        charge: Money,
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
    }
    let rows: Vec<Row> = kept(
        "select distinct k.member, k.\"from\", k.thru, k.charge, c.id as claim_id
         from unnest($2, $3, $4, $5) as k (member, \"from\", thru, charge)
         join coverages v on v.organization_id = $1 and v.member_id = k.member
         join claims c on c.organization_id = v.organization_id and c.patient_id = v.patient_id
            and c.coverage_id = v.id and c.service_from = k.\"from\" and c.service_thru = k.thru
            and c.charged = k.charge
         join claim_standings g on g.organization_id = c.organization_id and g.claim_id = c.id
         where g.status <> 'draft' and ($6 is null or c.payer_id = $6) order by c.id",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Text>, _>(keys.iter().map(|key| key.0.as_str()).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(keys.iter().map(|key| key.1).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(keys.iter().map(|key| key.2).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(keys.iter().map(|key| key.3).collect::<Vec<_>>())
    .bind::<Nullable<Uuid>, _>(payer)
    .load(tx.conn())
    .await?;
    let mut found: HashMap<Facts, Vec<ClaimId>> = HashMap::new();
    for row in rows {
        found.entry((row.member, row.from, row.thru, row.charge)).or_default().push(row.claim_id);
    }
    Ok(found)
}
