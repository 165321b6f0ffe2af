//! SQL of contracts.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind;
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use serde_json::json;

use crate::contracts::schedules::{checked_name, schedule};
use crate::contracts::{Contract, NewContract, Standing, Terms};
use crate::db::Tx;
use crate::db::schema::{payer_contracts as contracts, payers};
use crate::types::{ContractId, Error, FeeScheduleId, Money, PayerId, Refusal, Result, Status};

#[derive(Queryable, Selectable)]
#[diesel(table_name = contracts, check_for_backend(Pg))]
struct ContractRow {
    id: ContractId,
    payer_id: PayerId,
    schedule_id: FeeScheduleId,
    name: String,
    state: String,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    schedule_percent: Decimal,
    charge_percent: Option<Decimal>,
    lesser_of_charge: bool,
    reductions: Vec<Decimal>,
    ranked_procedures: Vec<String>,
    bilateral_percent: Decimal,
    assistant_percent: Decimal,
    nonphysician_percent: Decimal,
    cosurgeon_percent: Decimal,
    modifier_percents: serde_json::Value,
    tolerance: Money,
}

impl ContractRow {
    fn read(self) -> anyhow::Result<Contract> {
        Ok(Contract {
            id: self.id,
            payer: self.payer_id,
            name: self.name,
            standing: Standing::from_name(&self.state)?,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            schedule: self.schedule_id,
            terms: Terms {
                schedule_percent: self.schedule_percent.normalize(),
                charge_percent: self.charge_percent.map(|percent| percent.normalize()),
                lesser_of_charge: self.lesser_of_charge,
                reductions: self.reductions.iter().map(Decimal::normalize).collect(),
                ranked_procedures: self.ranked_procedures,
                bilateral_percent: self.bilateral_percent.normalize(),
                assistant_percent: self.assistant_percent.normalize(),
                nonphysician_percent: self.nonphysician_percent.normalize(),
                cosurgeon_percent: self.cosurgeon_percent.normalize(),
                modifier_percents: serde_json::from_value(self.modifier_percents)?,
            },
            tolerance: self.tolerance,
        })
    }
}

/// Makes a contract. Its terms never change. Leaves an audit event `contracts/create`.
///
/// # Errors
/// `contracts/name`, `contracts/taken`, `contracts/days`, `contracts/tolerance`,
/// `contracts/overlap` when the payer has another one in force on one of its days,
/// `contracts/schedule-not-found`, `payers/not-found`.
pub async fn create(tx: &mut Tx, now: DateTime<Utc>, new: &NewContract) -> Result<Contract> {
    let name = checked_name(&new.name, "contracts/name", "the contract's name")?;
    if new.valid_to.is_some_and(|to| to < new.valid_from) {
        let what = "the last day is before the first";
        return Err(Refusal::new("contracts/days", Status::Invalid, what, "Swap the days").into());
    }
    if new.tolerance.is_negative() || new.tolerance > Money::from_cents(9_999_999) {
        let what = "the tolerance is no amount from 0 to 99999.99";
        return Err(Refusal::new("contracts/tolerance", Status::Invalid, what, "Correct it").into());
    }
    schedule(tx, new.schedule).await?;
    let organization = tx.actor().organization;
    let known: i64 = payers::table
        .filter(payers::organization_id.eq(organization).and(payers::id.eq(new.payer)))
        .count()
        .get_result(tx.conn())
        .await?;
    if known == 0 {
        let what = format!("there is no payer {}", new.payer);
        return Err(Refusal::new("payers/not-found", Status::NotFound, what, "Check the id").into());
    }
    let (id, who, terms) = (ContractId::new(), tx.actor().who.to_string(), &new.terms);
    let made = diesel::insert_into(contracts::table).values((
        contracts::organization_id.eq(organization),
        contracts::id.eq(id),
        contracts::payer_id.eq(new.payer),
        contracts::schedule_id.eq(new.schedule),
        contracts::name.eq(name),
        contracts::state.eq(new.standing.as_str()),
        contracts::valid_from.eq(new.valid_from),
        contracts::valid_to.eq(new.valid_to),
        contracts::schedule_percent.eq(terms.schedule_percent),
        contracts::charge_percent.eq(terms.charge_percent),
        contracts::lesser_of_charge.eq(terms.lesser_of_charge),
        contracts::reductions.eq(&terms.reductions),
        contracts::ranked_procedures.eq(&terms.ranked_procedures),
        contracts::bilateral_percent.eq(terms.bilateral_percent),
        contracts::assistant_percent.eq(terms.assistant_percent),
        contracts::nonphysician_percent.eq(terms.nonphysician_percent),
        contracts::cosurgeon_percent.eq(terms.cosurgeon_percent),
        contracts::modifier_percents
            .eq(serde_json::to_value(&terms.modifier_percents).map_err(anyhow::Error::from)?),
        contracts::tolerance.eq(new.tolerance),
        contracts::created_at.eq(now),
        contracts::created_by.eq(who),
    ));
    let written = tx.savepoint(async |tx| Ok(made.execute(tx.conn()).await.map_err(refused)?)).await;
    written?;
    tx.audit("contracts/create", id, None, json!({ "state": new.standing.as_str() })).await?;
    get(tx, id).await
}

/// What the database's own rules refuse, in words.
fn refused(fault: diesel::result::Error) -> Error {
    use diesel::result::Error::DatabaseError;
    match &fault {
        DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Refusal::new(
            "contracts/taken",
            Status::Conflict,
            "another contract has this name",
            "Choose another name",
        )
        .into(),
        DatabaseError(_, info) if info.constraint_name() == Some("payer_contracts_one_a_day") => {
            Refusal::new(
                "contracts/overlap",
                Status::Conflict,
                "the payer has another contract in force on one of these days",
                "End that one first, or choose other days",
            )
            .into()
        }
        _ => fault.into(),
    }
}

/// Every contract: those in force before proposed ones, by name.
pub async fn list(tx: &mut Tx) -> Result<Vec<Contract>> {
    let found: Vec<ContractRow> = contracts::table
        .filter(contracts::organization_id.eq(tx.actor().organization))
        .order((contracts::state, contracts::name))
        .select(ContractRow::as_select())
        .load(tx.conn())
        .await?;
    Ok(found.into_iter().map(ContractRow::read).collect::<anyhow::Result<_>>()?)
}

/// One contract.
///
/// # Errors
/// `contracts/not-found`
pub async fn get(tx: &mut Tx, id: ContractId) -> Result<Contract> {
    let found: Option<ContractRow> = contracts::table
        .filter(contracts::organization_id.eq(tx.actor().organization).and(contracts::id.eq(id)))
        .select(ContractRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    let Some(row) = found else {
        let what = format!("there is no contract {id}");
        return Err(Refusal::new("contracts/not-found", Status::NotFound, what, "Look at Contracts").into());
    };
    Ok(row.read()?)
}

/// The contracts in force with some payers, whatever their days. One query.
pub async fn in_force(tx: &mut Tx, payers: &[PayerId]) -> Result<HashMap<PayerId, Vec<Contract>>> {
    let found: Vec<ContractRow> = contracts::table
        .filter(contracts::organization_id.eq(tx.actor().organization))
        .filter(contracts::state.eq(Standing::InForce.as_str()).and(contracts::payer_id.eq_any(payers)))
        .select(ContractRow::as_select())
        .load(tx.conn())
        .await?;
    let mut by_payer: HashMap<PayerId, Vec<Contract>> = HashMap::new();
    for row in found {
        let contract = row.read()?;
        by_payer.entry(contract.payer).or_default().push(contract);
    }
    Ok(by_payer)
}

/// Ends a contract with a day of service. Leaves an audit event `contracts/end`.
///
/// # Errors
/// `contracts/not-found`, `contracts/days`, `contracts/overlap` when a later end meets another one.
pub async fn end(tx: &mut Tx, id: ContractId, last_day: NaiveDate) -> Result<Contract> {
    let contract = get(tx, id).await?;
    if last_day < contract.valid_from {
        let what = "the last day is before the first";
        return Err(Refusal::new("contracts/days", Status::Invalid, what, "Choose a later day").into());
    }
    let of_practice = contracts::organization_id.eq(tx.actor().organization).and(contracts::id.eq(id));
    let ended = diesel::update(contracts::table.filter(of_practice)).set(contracts::valid_to.eq(last_day));
    tx.savepoint(async |tx| Ok(ended.execute(tx.conn()).await.map_err(refused)?)).await?;
    tx.audit("contracts/end", id, None, json!({ "last_day": last_day })).await?;
    get(tx, id).await
}

/// Puts a proposed contract in force. Leaves an audit event `contracts/adopt`; one in force stays so.
///
/// # Errors
/// `contracts/not-found`, `contracts/overlap`.
pub async fn adopt(tx: &mut Tx, id: ContractId) -> Result<Contract> {
    get(tx, id).await?;
    let of_practice = contracts::organization_id.eq(tx.actor().organization).and(contracts::id.eq(id));
    let adopted = diesel::update(contracts::table.filter(of_practice))
        .set(contracts::state.eq(Standing::InForce.as_str()));
    tx.savepoint(async |tx| Ok(adopted.execute(tx.conn()).await.map_err(refused)?)).await?;
    tx.audit("contracts/adopt", id, None, json!({})).await?;
    get(tx, id).await
}
