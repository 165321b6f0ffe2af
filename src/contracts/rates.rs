//! Prices, and which one answers for a procedure on a day. Pure.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::codes::Bilateral;
use crate::types::{FeeEditionId, Money};

/// Places of service in which CMS pays the facility rate: hospitals, surgical centers, skilled nursing,
/// hospice, ambulances, psychiatric and rehabilitation facilities, telehealth away from home (CMS IOM
/// 100-04, chapter 12, 20.4.2; chapter 26, 10.5).
const FACILITIES: [&str; 16] =
    ["02", "19", "21", "22", "23", "24", "26", "31", "34", "41", "42", "51", "52", "53", "56", "61"];

/// Modifiers that split a service: its price is not the whole one's.
const PARTS: [&str; 2] = ["26", "TC"];

/// Where a service was rendered, as far as its price depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Site {
    /// The facility is paid for its part by itself.
    Facility,
    /// Everything else: offices, homes.
    NonFacility,
}

impl Site {
    /// Of a place of service.
    #[must_use]
    pub fn of(place_of_service: &str) -> Site {
        if FACILITIES.contains(&place_of_service) { Site::Facility } else { Site::NonFacility }
    }
}

/// For which sites a price is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SiteClass {
    /// Wherever.
    #[default]
    Any,
    /// Facilities only.
    Facility,
    /// Elsewhere only.
    NonFacility,
}

impl SiteClass {
    /// All of them.
    pub const ALL: [SiteClass; 3] = [SiteClass::Any, SiteClass::Facility, SiteClass::NonFacility];

    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SiteClass::Any => "any",
            SiteClass::Facility => "facility",
            SiteClass::NonFacility => "nonfacility",
        }
    }

    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            SiteClass::Any => "any",
            SiteClass::Facility => "facility",
            SiteClass::NonFacility => "non-facility",
        }
    }

    pub(super) fn from_name(name: &str) -> anyhow::Result<SiteClass> {
        let found = SiteClass::ALL.into_iter().find(|class| class.as_str() == name);
        found.ok_or_else(|| anyhow::anyhow!("no class of sites: {name}"))
    }

    const fn is_of(self, site: Site) -> bool {
        match (self, site) {
            (SiteClass::Any, _)
            | (SiteClass::Facility, Site::Facility)
            | (SiteClass::NonFacility, Site::NonFacility) => true,
            (SiteClass::Facility, Site::NonFacility) | (SiteClass::NonFacility, Site::Facility) => false,
        }
    }
}

/// What a price is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeeKey {
    /// CPT or HCPCS.
    pub procedure: String,
    /// Empty: the whole service; else 26, TC or another modifier with a price of its own.
    pub modifier: String,
    /// Where.
    pub site: SiteClass,
}

/// A price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fee {
    /// Of what.
    pub key: FeeKey,
    /// For one unit.
    pub amount: Money,
    /// Its own first day; none: the edition's.
    pub from: Option<NaiveDate>,
    /// Its own last day; none: open.
    pub to: Option<NaiveDate>,
    /// Whether it is ranked with other procedures of the day; none where nobody said.
    pub ranked: Option<bool>,
    /// How both sides are paid; none where nobody said.
    pub bilateral: Option<Bilateral>,
}

impl Fee {
    pub(super) fn holds_on(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// The editions of a fee schedule, with the prices that are asked for.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    /// First day and id, the newest first.
    editions: Vec<(NaiveDate, FeeEditionId)>,
    fees: HashMap<(FeeEditionId, String), Vec<Fee>>,
}

/// Why a schedule has no price for a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// No edition has begun.
    Edition,
    /// The procedure is not in it.
    Procedure,
    /// It has no price for that part (26, TC).
    Part,
}

impl Rates {
    /// Of editions and their prices.
    #[must_use]
    pub fn new(
        mut editions: Vec<(NaiveDate, FeeEditionId)>,
        fees: impl IntoIterator<Item = (FeeEditionId, Fee)>,
    ) -> Rates {
        editions.sort_unstable_by(|one, other| other.cmp(one));
        let mut rates = Rates { editions, fees: HashMap::new() };
        for (edition, fee) in fees {
            rates.fees.entry((edition, fee.key.procedure.clone())).or_default().push(fee);
        }
        rates
    }

    /// The price of a service on a day. A modifier's own price goes before the whole service's, and
    /// that of the site before that of any.
    pub(super) fn find(
        &self,
        procedure: &str,
        modifiers: &[String],
        site: Site,
        on: NaiveDate,
    ) -> Result<&Fee, Missing> {
        let edition = self.editions.iter().find(|(from, _)| *from <= on).ok_or(Missing::Edition)?;
        let fees = self.fees.get(&(edition.1, procedure.to_owned())).ok_or(Missing::Procedure)?;
        let best = |modifier: &str| {
            let fits = fees
                .iter()
                .filter(|fee| fee.key.modifier == modifier && fee.key.site.is_of(site) && fee.holds_on(on));
            fits.max_by_key(|fee| (fee.key.site, fee.from))
        };
        if let Some(fee) = modifiers.iter().find_map(|modifier| best(modifier)) {
            return Ok(fee);
        }
        if modifiers.iter().any(|modifier| PARTS.contains(&modifier.as_str())) {
            return Err(Missing::Part);
        }
        best("").ok_or(Missing::Procedure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn fee(modifier: &str, site: SiteClass, amount: &str, from: Option<&str>) -> Fee {
        Fee {
            key: FeeKey { procedure: "71046".into(), modifier: modifier.into(), site },
            amount: amount.parse().unwrap(),
            from: from.map(day),
            to: None,
            ranked: None,
            bilateral: None,
        }
    }

    #[test]
    fn the_price_is_of_the_day_the_part_and_the_site() {
        let (old, new) = (FeeEditionId::new(), FeeEditionId::new());
        let rates = Rates::new(
            vec![(day("2026-01-01"), old), (day("2026-07-01"), new)],
            [
                (old, fee("", SiteClass::Any, "30.00", None)),
                (old, fee("26", SiteClass::Any, "9.00", None)),
                (new, fee("", SiteClass::Any, "32.00", None)),
                (new, fee("", SiteClass::Facility, "28.00", None)),
                (new, fee("", SiteClass::Any, "33.00", Some("2026-10-01"))),
            ],
        );
        let check = |modifiers: &[&str], site, on: &str, expected: Result<&str, Missing>| {
            let modifiers: Vec<String> = modifiers.iter().map(|&modifier| modifier.to_owned()).collect();
            let found = rates.find("71046", &modifiers, site, day(on)).map(|fee| fee.amount.to_string());
            assert_eq!(found.as_deref().map_err(|why| *why), expected, "{on}");
        };
        check(&[], Site::NonFacility, "2025-12-31", Err(Missing::Edition));
        check(&[], Site::NonFacility, "2026-06-30", Ok("30.00"));
        check(&["26"], Site::NonFacility, "2026-06-30", Ok("9.00"));
        check(&["TC"], Site::NonFacility, "2026-06-30", Err(Missing::Part));
        check(&["25"], Site::NonFacility, "2026-06-30", Ok("30.00"));
        check(&[], Site::NonFacility, "2026-07-01", Ok("32.00"));
        check(&[], Site::Facility, "2026-07-01", Ok("28.00"));
        check(&[], Site::NonFacility, "2026-10-01", Ok("33.00"));
        assert_eq!(rates.find("99999", &[], Site::Facility, day("2026-07-01")), Err(Missing::Procedure));
    }

    #[test]
    fn offices_and_homes_are_no_facilities() {
        for (place, site) in [
            ("11", Site::NonFacility),
            ("12", Site::NonFacility),
            ("10", Site::NonFacility),
            ("21", Site::Facility),
            ("24", Site::Facility),
            ("02", Site::Facility),
        ] {
            assert_eq!(Site::of(place), site, "{place}");
        }
    }
}
