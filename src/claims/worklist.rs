//! Claims as a worklist shows them: one line each, a page at a time. Pages and the API read the same.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Uuid};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use utoipa::ToSchema;

use crate::claims::{Status, not_found};
use crate::db::schema::{claim_standings as s, claims as c, patients as pt, payers as p};
use crate::db::{self, Tx};
use crate::ledger::{self, AsOf, Receivable};
use crate::types::{ClaimId, EncounterId, Money, PatientId, PayerId, PersonName, Phi, Result};

/// Which claims are asked for: all that fit every limit that is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Those that stand at one of these.
    pub statuses: Option<&'a [Status]>,
    /// Those to this payer.
    pub payer: Option<PayerId>,
    /// Those of this patient.
    pub patient: Option<PatientId>,
    /// Those that were sent under a number that begins so, ours (CLM01), or that a payer decided under
    /// such a number of its own (CLP07). Blanks, hyphens, capitals and leading zeros do not matter.
    pub number: Option<&'a str>,
}

/// A claim, in one line of a worklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClaimItem {
    /// Its id.
    pub id: ClaimId,
    /// Where it stands.
    pub status: Status,
    /// Who is asked.
    pub payer: AskedPayer,
    /// The person treated.
    pub patient: TreatedPatient,
    /// The visit.
    pub encounter: EncounterId,
    /// The visit's first claim: the ledger keeps the visit's money under it.
    pub account_claim: ClaimId,
    /// CLM01 of its newest sending, once it was queued.
    pub control_number: Option<String>,
    /// SBR01: `P` primary, `S` secondary.
    pub sequence: String,
    /// CLM05-3: `1` original, `7` replacement, `8` void.
    pub frequency: String,
    /// The first day of service.
    pub service_from: Option<NaiveDate>,
    /// The last day of service.
    pub service_thru: Option<NaiveDate>,
    /// What the claim asks for.
    pub charged: Money,
    /// What is still owed for the visit, whoever owes it.
    pub balance: Money,
    /// The terms of that balance.
    pub owed: Receivable,
    /// What stops it, when the scrubber held it: the message of its first finding that does.
    pub stopped_by: Option<String>,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
}

/// The payer that is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AskedPayer {
    /// Its id.
    pub id: PayerId,
    /// NM109 of 2010BB.
    pub identifier: String,
    /// Its name.
    pub name: String,
}

/// The person treated, as a worklist names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TreatedPatient {
    /// Their id.
    pub id: PatientId,
    /// The practice system's own number for them.
    #[schema(value_type = String)]
    pub account_number: Phi<String>,
    /// Last name, first name.
    #[schema(value_type = String)]
    pub name: Phi<String>,
}

#[derive(Queryable)]
struct Row {
    id: ClaimId,
    status: String,
    payer: (PayerId, String, String),
    patient: (PatientId, String),
    name: (String, Option<String>, Option<String>, Option<String>),
    encounter: EncounterId,
    account_claim: ClaimId,
    sequence: String,
    frequency: String,
    service_from: Option<NaiveDate>,
    service_thru: Option<NaiveDate>,
    charged: Money,
    created_at: DateTime<Utc>,
    control_number: Option<String>,
    stopped_by: Option<String>,
}

impl Row {
    fn read(self, owed: Receivable) -> Result<ClaimItem> {
        let (payer, identifier, payer_name) = self.payer;
        let (patient, account_number) = self.patient;
        let (last, first, middle, suffix) = self.name;
        let name = PersonName { last, first, middle, suffix }.to_string();
        Ok(ClaimItem {
            id: self.id,
            status: self.status.parse()?,
            payer: AskedPayer { id: payer, identifier, name: payer_name },
            patient: TreatedPatient {
                id: patient,
                account_number: Phi::new(account_number),
                name: Phi::new(name),
            },
            encounter: self.encounter,
            account_claim: self.account_claim,
            control_number: self.control_number,
            sequence: self.sequence,
            frequency: self.frequency,
            service_from: self.service_from,
            service_thru: self.service_thru,
            charged: self.charged,
            balance: owed.balance(),
            owed,
            stopped_by: self.stopped_by,
            created_at: self.created_at,
        })
    }
}

/// The next claims that are wanted, oldest first: those after `after`, at most `limit`. Two
/// queries for the page, however many claims: the claims, and what the ledger says is owed.
pub async fn worklist(
    tx: &mut Tx,
    wanted: Wanted<'_>,
    after: Option<ClaimId>,
    limit: i64,
) -> Result<Vec<ClaimItem>> {
    rows(tx, wanted, after.map(Place::After), limit).await
}

/// Which claim comes first.
enum Place {
    After(ClaimId),
    At(ClaimId),
}

async fn rows(tx: &mut Tx, wanted: Wanted<'_>, place: Option<Place>, limit: i64) -> Result<Vec<ClaimItem>> {
    let mut query = c::table
        .inner_join(s::table.on(s::organization_id.eq(c::organization_id).and(s::claim_id.eq(c::id))))
        .inner_join(p::table.on(p::organization_id.eq(c::organization_id).and(p::id.eq(c::payer_id))))
        .inner_join(pt::table.on(pt::organization_id.eq(c::organization_id).and(pt::id.eq(c::patient_id))))
        .filter(c::organization_id.eq(tx.actor().organization))
        .order(c::id)
        .limit(limit)
        .select((
            c::id,
            s::status,
            (p::id, p::identifier, p::name),
            (pt::id, pt::account_number),
            (pt::last_name, pt::first_name, pt::middle_name, pt::suffix),
            c::encounter_id,
            c::account_claim_id,
            c::sequence,
            c::frequency,
            c::service_from,
            c::service_thru,
            c::charged,
            c::created_at,
            sql::<Nullable<Text>>(
                "(select s.control_number from submissions s
                    where s.organization_id = claims.organization_id and s.claim_id = claims.id
                    order by s.id desc limit 1)",
            ),
            sql::<Nullable<Text>>(
                "(select f.finding ->> 'message'
                    from json_array_elements(claim_standings.findings) with ordinality f(finding, place)
                    where f.finding ->> 'severity' = 'stop' order by f.place limit 1)",
            ),
        ))
        .into_boxed();
    if let Some(statuses) = wanted.statuses {
        let named: Vec<&str> = statuses.iter().map(|status| status.as_str()).collect();
        let limits_more = wanted.payer.is_some() || wanted.patient.is_some() || wanted.number.is_some();
        if !limits_more && !matches!(place, Some(Place::At(_))) {
            // The index has the claims of a status in their order: the oldest of each are looked at, where all that
            // stand at them would be sorted.
            let after = if let Some(Place::After(claim)) = place { claim.uuid() } else { uuid::Uuid::nil() };
            query = query.filter(
                sql::<Bool>("claims.id in (select one.claim_id from unnest(")
                    .bind::<Array<Text>, _>(named.clone())
                    .sql(") as at (status) cross join lateral (select o.claim_id from claim_standings o")
                    .sql(" where o.organization_id = ")
                    .bind::<Uuid, _>(tx.actor().organization)
                    .sql(" and o.status = at.status and o.claim_id > ")
                    .bind::<Uuid, _>(after)
                    .sql(" order by o.claim_id limit ")
                    .bind::<BigInt, _>(limit)
                    .sql(") as one order by one.claim_id limit ")
                    .bind::<BigInt, _>(limit)
                    .sql(")"),
            );
        }
        query = query.filter(s::status.eq_any(named));
    }
    if let Some(payer) = wanted.payer {
        query = query.filter(c::payer_id.eq(payer));
    }
    if let Some(patient) = wanted.patient {
        query = query.filter(c::patient_id.eq(patient));
    }
    if let Some(number) = wanted.number {
        let plain: String = number.chars().filter(char::is_ascii_alphanumeric).collect();
        let plain = plain.to_ascii_uppercase();
        // Nothing begins with nothing.
        let begins = |text: &str| if text.is_empty() { String::new() } else { db::beginning(text) };
        let organization = tx.actor().organization;
        query = query.filter(
            sql::<Bool>("claims.id in (select claim_id from submissions where organization_id = ")
                .bind::<Uuid, _>(organization)
                .sql(" and control_number like ")
                .bind::<Text, _>(begins(&plain))
                .sql(" union all select claim_id from remit_claims where organization_id = ")
                .bind::<Uuid, _>(organization)
                .sql(" and claim_id is not null and plain_payer_control_number <> ''")
                .sql(" and plain_payer_control_number like ")
                .bind::<Text, _>(begins(plain.trim_start_matches('0')))
                .sql(")"),
        );
    }
    query = match place {
        None => query,
        Some(Place::After(claim)) => query.filter(c::id.gt(claim)),
        Some(Place::At(claim)) => query.filter(c::id.eq(claim)),
    };
    let rows: Vec<Row> = query.load(tx.conn()).await?;
    let accounts: Vec<ClaimId> = rows.iter().map(|row| row.account_claim).collect();
    let owed = ledger::balances_of_claims(tx, &accounts, AsOf::NOW).await?;
    rows.into_iter()
        .map(|row| {
            let owed = owed.get(&row.account_claim).copied().unwrap_or_default();
            row.read(owed)
        })
        .collect()
}

/// One claim in one line.
///
/// # Errors
/// `claims/not-found` when it is not there or another practice's.
pub async fn item(tx: &mut Tx, id: ClaimId) -> Result<ClaimItem> {
    let found = rows(tx, Wanted::default(), Some(Place::At(id)), 1).await?.pop();
    Ok(found.ok_or_else(|| not_found(id))?)
}
