//! The made-up practice's contracts: one with each payer, at the prices that the sandbox payers allow,
//! but for one procedure of the first payer, for which a little more was agreed on.

use chrono::{DateTime, Days, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::codes::Codes;
use crate::contracts::{self, ImportOptions, NewContract, Standing, Terms};
use crate::db::Tx;
use crate::exchange::files::{self, Direction};
use crate::registry::payers;
use crate::sandbox::Plan;
use crate::synth::{self, MadePractice};
use crate::types::{Money, Result};

/// What the first payer allows less for than it agreed to, and by how much.
const UNDERPAID: (&str, Money) = ("69210", Money::from_cents(300));

/// Cents that rounding a unit's price and a line's price apart may differ by.
const TOLERANCE: Money = Money::from_cents(5);

/// Makes a fee schedule and a contract for each payer, from well before the first visit.
pub(super) async fn agree(
    tx: &mut Tx,
    now: DateTime<Utc>,
    made: &MadePractice,
    today: NaiveDate,
) -> Result<()> {
    let first_day = today - Days::new(400);
    for (at, payer) in made.payers.iter().enumerate() {
        let plan = Plan::of_filing_indicator(payer.filing_indicator);
        let mut csv = "procedure,amount\n".to_owned();
        for (procedure, charge) in synth::fees() {
            let more = if at == 0 && procedure == UNDERPAID.0 { UNDERPAID.1 } else { Money::ZERO };
            csv.push_str(&format!("{procedure},{}\n", plan.allowed(procedure, charge) + more));
        }
        let name = format!("{} prices", payer.name);
        let file_name = format!("{}-prices.csv", payer.mailbox);
        let file = files::keep(tx, csv.as_bytes(), &file_name, Direction::In).await?.id;
        let sheet = contracts::read_sheet(csv.as_bytes())?;
        let options = ImportOptions { effective: Some(first_day), ..ImportOptions::default() };
        contracts::import(tx, now, Codes::shipped(), (file, &file_name), &name, sheet, &options).await?;
        let schedule = contracts::named_schedule(tx, &name).await?;
        let identifier = payer.identifier.parse().map_err(anyhow::Error::from)?;
        let known = payers::by_identifier(tx, &identifier).await?;
        let (Some(schedule), Some(known)) = (schedule, known) else { continue };
        let new = NewContract {
            payer: known.id,
            name: format!("{} contract", payer.name),
            standing: Standing::InForce,
            valid_from: first_day,
            valid_to: None,
            schedule: schedule.id,
            // The sandbox payers know no ranks and no sides.
            terms: Terms {
                reductions: vec![Decimal::ONE_HUNDRED],
                bilateral_percent: Decimal::ONE_HUNDRED,
                ..Terms::default()
            },
            tolerance: TOLERANCE,
        };
        contracts::create(tx, now, &new).await?;
    }
    Ok(())
}
