//! What contracts come to for one service that nobody has billed yet.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::contracts::pricing::{Billed, Unpriced, price};
use crate::contracts::rates::Site;
use crate::contracts::{Contract, Standing, Terms, schedules, store};
use crate::db::Tx;
use crate::registry::payers;
use crate::types::{ContractId, Modifier, Money, PayerId, ProcedureCode, Result};

/// A service.
#[derive(Clone, Debug)]
pub struct Service {
    /// CPT or HCPCS.
    pub procedure: ProcedureCode,
    /// In their order.
    pub modifiers: Vec<Modifier>,
    /// How many.
    pub units: Decimal,
    /// Two digits; none: an office.
    pub place_of_service: Option<String>,
    /// The day.
    pub on: NaiveDate,
    /// What would be charged; none: no rule that asks for the charge is applied.
    pub charged: Option<Money>,
}

/// Which contracts are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// This one, whatever its days.
    One(ContractId),
    /// That of a payer in force on the day.
    OfPayer(PayerId),
    /// Every one in force on the day.
    InForce,
}

/// What one contract comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ContractQuote)]
pub struct Quote {
    /// The contract.
    pub contract: ContractId,
    /// Its name.
    pub name: String,
    /// The payer's name.
    pub payer: String,
    /// What would be allowed; none: see why.
    pub allowed: Option<Money>,
    /// The arithmetic, a step each.
    pub steps: Vec<String>,
    /// Why it cannot be priced.
    pub why: Option<Unpriced>,
}

/// What contracts come to for a service by itself.
///
/// # Errors
/// `contracts/not-found`
pub async fn quote(tx: &mut Tx, service: &Service, asked: Asked) -> Result<Vec<Quote>> {
    let contracts: Vec<Contract> = match asked {
        Asked::One(id) => vec![store::get(tx, id).await?],
        Asked::OfPayer(_) | Asked::InForce => {
            let all = store::list(tx).await?.into_iter();
            let meant = all.filter(|contract| {
                contract.standing == Standing::InForce
                    && contract.covers(service.on)
                    && (asked == Asked::InForce || asked == Asked::OfPayer(contract.payer))
            });
            meant.collect()
        }
    };
    let ids: Vec<PayerId> = contracts.iter().map(|contract| contract.payer).collect();
    let payers = payers::load(tx, &ids).await?;
    let line = Billed {
        procedure: service.procedure.as_str().to_owned(),
        modifiers: service.modifiers.iter().map(|modifier| modifier.as_str().to_owned()).collect(),
        units: Some(service.units),
        charged: service.charged.unwrap_or_default(),
        site: Site::of(service.place_of_service.as_deref().unwrap_or("11")),
        on: Some(service.on),
    };
    let mut quotes = vec![];
    for contract in contracts {
        let rates = schedules::rates(tx, contract.schedule, std::slice::from_ref(&line.procedure)).await?;
        let terms = match service.charged {
            Some(_) => contract.terms,
            None => Terms { lesser_of_charge: false, charge_percent: None, ..contract.terms },
        };
        let priced = price(&terms, &rates, std::slice::from_ref(&line)).pop();
        let (allowed, steps, why) = match priced {
            Some(Ok(priced)) => (Some(priced.allowed), priced.steps, None),
            Some(Err(why)) => (None, vec![], Some(why)),
            None => (None, vec![], None),
        };
        let payer = payers.iter().find(|payer| payer.id == contract.payer);
        quotes.push(Quote {
            contract: contract.id,
            name: contract.name,
            payer: payer.map(|payer| payer.name.clone()).unwrap_or_default(),
            allowed,
            steps,
            why,
        });
    }
    Ok(quotes)
}
