//! A contract and its terms. Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::scrub::written::read_entries;
use crate::types::{ContractId, FeeScheduleId, Modifier, Money, PayerId, Place, Refusal, Result, Status};

/// An agreement with a payer for days of service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Its id.
    pub id: ContractId,
    /// With whom.
    pub payer: PayerId,
    /// What the practice calls it.
    pub name: String,
    /// Whether the payer is held to it.
    pub standing: Standing,
    /// The first day of service.
    pub valid_from: NaiveDate,
    /// The last day of service; none while no end is agreed.
    pub valid_to: Option<NaiveDate>,
    /// Its prices.
    pub schedule: FeeScheduleId,
    /// How they combine.
    pub terms: Terms,
    /// What a line may be allowed below it before that is work.
    pub tolerance: Money,
}

impl Contract {
    /// Whether it covers a day of service.
    #[must_use]
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|to| day <= to)
    }
}

/// Whether a payer is held to a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ContractState)]
pub enum Standing {
    /// What it says is expected.
    InForce,
    /// It is only asked what it would come to.
    Proposed,
}

impl Standing {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Standing::InForce => "in_force",
            Standing::Proposed => "proposed",
        }
    }

    pub(super) fn from_name(name: &str) -> anyhow::Result<Standing> {
        match name {
            "in_force" => Ok(Standing::InForce),
            "proposed" => Ok(Standing::Proposed),
            _ => Err(anyhow::anyhow!("no standing of a contract: {name}")),
        }
    }
}

/// How the prices of a schedule come to what is allowed. Percentages: 100 is all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ContractTerms)]
pub struct Terms {
    /// Of the schedule's price.
    #[schema(value_type = String)]
    pub schedule_percent: Decimal,
    /// Of the charge, for what the schedule lacks; none: it is not priced.
    #[schema(value_type = Option<String>)]
    pub charge_percent: Option<Decimal>,
    /// Whether no more than the charge is allowed.
    pub lesser_of_charge: bool,
    /// Of the dearest, second and further procedures of a day that are ranked; the last stands for all
    /// that follow. Medicare: 100, 50 (IOM 100-04, 12, 40.6).
    #[schema(value_type = Vec<String>)]
    pub reductions: Vec<Decimal>,
    /// Codes, ranges (`20000-29999`) and beginnings (`993*`) that are ranked where the schedule does
    /// not say so.
    pub ranked_procedures: Vec<String>,
    /// Of both sides together: modifier 50, or LT and RT on two lines. Medicare: 150 (40.7).
    #[schema(value_type = String)]
    pub bilateral_percent: Decimal,
    /// Of an assistant surgeon: 80, 81, 82. Medicare: 16 (20.4.3).
    #[schema(value_type = String)]
    pub assistant_percent: Decimal,
    /// AS: of the assistant's percentage. Medicare: 85 (110.2).
    #[schema(value_type = String)]
    pub nonphysician_percent: Decimal,
    /// Of each of two surgeons: 62. Medicare: 62.5 (40.8).
    #[schema(value_type = String)]
    pub cosurgeon_percent: Decimal,
    /// Of reduced (52), discontinued (53) and other services, by modifier.
    #[schema(value_type = Object)]
    pub modifier_percents: BTreeMap<String, Decimal>,
}

impl Default for Terms {
    /// Medicare's.
    fn default() -> Terms {
        Terms {
            schedule_percent: Decimal::ONE_HUNDRED,
            charge_percent: None,
            lesser_of_charge: true,
            reductions: vec![Decimal::ONE_HUNDRED, Decimal::from(50)],
            ranked_procedures: vec![],
            bilateral_percent: Decimal::from(150),
            assistant_percent: Decimal::from(16),
            nonphysician_percent: Decimal::from(85),
            cosurgeon_percent: Decimal::new(625, 1),
            modifier_percents: BTreeMap::from([
                ("52".to_owned(), Decimal::from(50)),
                ("53".to_owned(), Decimal::from(50)),
            ]),
        }
    }
}

/// Terms as a person or program writes them; what is left out is as Medicare has it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WrittenContractTerms)]
pub struct WrittenTerms {
    /// Percent of the schedule: `110`.
    #[serde(default)]
    pub schedule_percent: String,
    /// Percent of the charge for what the schedule lacks.
    #[serde(default)]
    pub charge_percent: String,
    /// `no`: more than the charge may be allowed.
    #[serde(default)]
    pub lesser_of_charge: String,
    /// `100 50 25`
    #[serde(default)]
    pub reductions: String,
    /// `20000-29999, 64483`
    #[serde(default)]
    pub ranked_procedures: String,
    /// `150`
    #[serde(default)]
    pub bilateral_percent: String,
    /// `16`
    #[serde(default)]
    pub assistant_percent: String,
    /// `85`
    #[serde(default)]
    pub nonphysician_percent: String,
    /// `62.5`
    #[serde(default)]
    pub cosurgeon_percent: String,
    /// `52=50 53=50`
    #[serde(default)]
    pub modifier_percents: String,
}

impl WrittenTerms {
    /// Reads them. Refused as `contracts/terms` with the field that cannot stand.
    pub fn read(&self) -> Result<Terms> {
        let usual = Terms::default();
        let below = |name, text: &str, usual, most: u32| {
            percent(name, text, Decimal::from(most)).map(|p| p.unwrap_or(usual))
        };
        let reductions = parts(&self.reductions)
            .map(|part| percent("reductions", part, Decimal::ONE_HUNDRED).map(Option::unwrap_or_default))
            .collect::<Result<Vec<_>>>()?;
        if reductions.len() > 10 {
            return Err(wrong("reductions", "has more than ten percentages").into());
        }
        let ranked = self.ranked_procedures.trim();
        let ranked_procedures = if ranked.is_empty() {
            vec![]
        } else {
            read_entries([ranked]).map_err(|faults| {
                let why = faults.first().map_or("cannot be read", |fault| fault.message.as_str());
                wrong("ranked_procedures", why)
            })?
        };
        let modifier_percents =
            parts(&self.modifier_percents).map(modifier_percent).collect::<Result<_>>()?;
        let schedule_percent =
            below("schedule_percent", &self.schedule_percent, usual.schedule_percent, 1_000)?;
        let charge_percent = percent("charge_percent", &self.charge_percent, Decimal::ONE_HUNDRED)?;
        for (name, given) in
            [("schedule_percent", Some(schedule_percent)), ("charge_percent", charge_percent)]
        {
            if given.is_some_and(|given| given.is_zero()) {
                return Err(wrong(name, "is nothing: leave it out").into());
            }
        }
        let bilateral_percent =
            below("bilateral_percent", &self.bilateral_percent, usual.bilateral_percent, 200)?;
        if bilateral_percent < Decimal::ONE_HUNDRED {
            return Err(wrong("bilateral_percent", "is below 100: it is of both sides together").into());
        }
        Ok(Terms {
            schedule_percent,
            charge_percent,
            lesser_of_charge: match self.lesser_of_charge.trim() {
                "" | "yes" => true,
                "no" => false,
                _ => return Err(wrong("lesser_of_charge", "is neither yes nor no").into()),
            },
            reductions: if reductions.is_empty() { usual.reductions } else { reductions },
            ranked_procedures,
            bilateral_percent,
            assistant_percent: below(
                "assistant_percent",
                &self.assistant_percent,
                usual.assistant_percent,
                100,
            )?,
            nonphysician_percent: below(
                "nonphysician_percent",
                &self.nonphysician_percent,
                usual.nonphysician_percent,
                100,
            )?,
            cosurgeon_percent: below(
                "cosurgeon_percent",
                &self.cosurgeon_percent,
                usual.cosurgeon_percent,
                100,
            )?,
            modifier_percents: if self.modifier_percents.trim().is_empty() {
                usual.modifier_percents
            } else {
                modifier_percents
            },
        })
    }
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '/')).filter(|part| !part.is_empty())
}

/// A percentage with at most three decimals; none when it is left out.
fn percent(name: &'static str, text: &str, most: Decimal) -> Result<Option<Decimal>> {
    let text = text.trim().trim_end_matches('%').trim_end();
    if text.is_empty() {
        return Ok(None);
    }
    let read = Decimal::from_str_exact(text).ok();
    match read.filter(|read| !read.is_sign_negative() && *read <= most && read.normalize().scale() <= 3) {
        Some(read) => Ok(Some(read)),
        None => {
            Err(wrong(name, &format!("is no percentage from 0 to {most} with three decimals at most")).into())
        }
    }
}

fn modifier_percent(part: &str) -> Result<(String, Decimal)> {
    let read = part.split_once('=').and_then(|(modifier, of)| {
        let modifier = modifier.parse::<Modifier>().ok()?;
        let of = percent("modifier_percents", of, Decimal::from(200)).ok().flatten()?;
        Some((modifier.as_str().to_owned(), of))
    });
    read.ok_or_else(|| wrong("modifier_percents", "is not written as 52=50 53=50").into())
}

fn wrong(field: &'static str, what: &str) -> Refusal {
    let place = Place { field: Some(format!("/{field}")), ..Place::default() };
    Refusal::new("contracts/terms", Status::Invalid, format!("{field} {what}"), "Correct it").at(place)
}

/// A contract to be made.
#[derive(Clone, Debug)]
pub struct NewContract {
    /// With whom.
    pub payer: PayerId,
    /// 1 to 80 characters, the practice's own.
    pub name: String,
    /// Whether the payer is held to it.
    pub standing: Standing,
    /// The first day of service.
    pub valid_from: NaiveDate,
    /// The last day of service.
    pub valid_to: Option<NaiveDate>,
    /// Its prices.
    pub schedule: FeeScheduleId,
    /// How they combine.
    pub terms: Terms,
    /// What a line may be allowed below it; 0 to 99999.99.
    pub tolerance: Money,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_as_medicare_has_it() {
        assert_eq!(WrittenTerms::default().read().unwrap(), Terms::default());
    }

    #[test]
    fn terms_are_read_and_what_is_wrong_is_named() {
        let written = WrittenTerms {
            schedule_percent: "110 %".into(),
            charge_percent: "40".into(),
            lesser_of_charge: "no".into(),
            reductions: "100/50/25".into(),
            ranked_procedures: "20000-29999, 64483".into(),
            modifier_percents: "52=50 53=25.5".into(),
            ..WrittenTerms::default()
        };
        let terms = written.read().unwrap();
        assert_eq!(terms.schedule_percent, Decimal::from(110));
        assert_eq!(terms.reductions, [100, 50, 25].map(Decimal::from));
        assert_eq!(terms.ranked_procedures, ["20000-29999", "64483"]);
        assert_eq!(terms.modifier_percents["53"], Decimal::new(255, 1));
        assert!(!terms.lesser_of_charge);
        #[track_caller]
        fn check(written: WrittenTerms, field: &str) {
            let refused = written.read().unwrap_err();
            let refusal = refused.refusal().unwrap();
            assert_eq!(refusal.place.as_ref().unwrap().field.as_deref(), Some(field));
        }
        let usual = WrittenTerms::default;
        check(WrittenTerms { schedule_percent: "1001".into(), ..usual() }, "/schedule_percent");
        check(WrittenTerms { schedule_percent: "0".into(), ..usual() }, "/schedule_percent");
        check(WrittenTerms { bilateral_percent: "50".into(), ..usual() }, "/bilateral_percent");
        check(WrittenTerms { reductions: "100 half".into(), ..usual() }, "/reductions");
        check(WrittenTerms { ranked_procedures: "9-".into(), ..usual() }, "/ranked_procedures");
        check(WrittenTerms { modifier_percents: "52:50".into(), ..usual() }, "/modifier_percents");
        check(WrittenTerms { lesser_of_charge: "maybe".into(), ..usual() }, "/lesser_of_charge");
    }
}
