//! Founding a practice: the organization, who bills for it, and who may sign in, all or nothing.

use chrono_tz::Tz;

use crate::access::Role;
use crate::access::users::{self, NewUser, PasswordDigest};
use crate::db::{Actor, Db, Who};
use crate::registry::organizations::{self, NewOrganization, Organization, Usage};
use crate::registry::{Provider, providers};
use crate::types::{Error, Npi, Refusal, Result, Status, UserId};

/// A practice to be.
pub struct NewPractice<'a> {
    /// At most 60 characters.
    pub name: &'a str,
    /// Decides what "today" is.
    pub time_zone: Tz,
    /// Begins its claim numbers; made from the name where none is said.
    pub prefix: Option<&'a str>,
    /// Whether what it sends counts.
    pub usage: Usage,
    /// Who bills for it: by its NPI the practice is known.
    pub billing: &'a Provider,
    /// Who may sign in, and administers the rest.
    pub admin: &'a Admin<'a>,
}

/// The first person of a practice.
pub enum Admin<'a> {
    /// Nobody has this address yet.
    New(NewUser<'a>, PasswordDigest),
    /// Somebody who works for another practice, too.
    Known(UserId),
}

/// The practice whose billing provider has this NPI.
pub async fn by_npi(db: &Db, who: &Who, npi: &Npi) -> Result<Option<Organization>> {
    for organization in organizations::list(db).await? {
        let actor = Actor { organization: organization.id, who: who.clone() };
        let npis = std::slice::from_ref(npi);
        let known = db.snapshot(&actor, async |tx| providers::by_npi(tx, npis).await).await?;
        if known.iter().any(|provider| provider.billing.is_some()) {
            return Ok(Some(organization));
        }
    }
    Ok(None)
}

/// Makes a practice with its billing provider and its first administrator, in one transaction.
///
/// # Errors
/// `organizations/name-taken`: a practice of this name bills by another NPI. As
/// [`organizations::create`]; a prefix that is taken is replaced unless it was asked for.
pub async fn found(db: &Db, who: Who, new: &NewPractice<'_>) -> Result<Organization> {
    let name = new.name.trim();
    let known = organizations::list(db).await?;
    if let Some(other) = known.iter().find(|one| one.name.eq_ignore_ascii_case(name)) {
        return Err(Refusal::new(
            "organizations/name-taken",
            Status::Conflict,
            format!("{} ({}) is there, and bills by another NPI", other.name, other.id),
            "Correct the NPI, or give this practice a name of its own",
        )
        .into());
    }
    let prefixes = match new.prefix {
        Some(prefix) => vec![prefix.to_owned()],
        None => prefixes_of(name),
    };
    let last = prefixes.len().saturating_sub(1);
    for (at, prefix) in prefixes.iter().enumerate() {
        let organization = NewOrganization {
            name,
            time_zone: new.time_zone,
            control_number_prefix: prefix,
            usage: new.usage,
        };
        let made = organizations::create_with(db, who.clone(), &organization, async |tx| {
            providers::add(tx, new.billing.clone()).await?;
            match new.admin {
                Admin::New(user, password) => users::add(tx, user, password).await.map(|_| ()),
                Admin::Known(user) => users::join(tx, *user, Role::Admin).await,
            }
        });
        match made.await {
            Err(Error::Refused(refusal)) if refusal.code == "organizations/prefix-taken" && at < last => {}
            other => return other,
        }
    }
    Err(anyhow::anyhow!("a name has a prefix at least").into())
}

/// Prefixes that recall a name, the best first: its words' initials (of a single word, its beginning),
/// then the same with a number.
fn prefixes_of(name: &str) -> Vec<String> {
    let plain = |c: &char| c.is_ascii_alphanumeric();
    let initials = name.split_whitespace().filter_map(|word| word.chars().find(plain));
    let mut stem: String = initials.take(4).map(|c| c.to_ascii_uppercase()).collect();
    if stem.len() < 2 {
        stem = name.chars().filter(plain).take(4).map(|c| c.to_ascii_uppercase()).collect();
    }
    if stem.is_empty() {
        stem = "P".to_owned();
    }
    let numbered = (2..1_000).map(|number: u32| {
        let number = number.to_string();
        let kept: String = stem.chars().take(4 - number.len()).collect();
        kept + &number
    });
    std::iter::once(stem.clone()).chain(numbered).collect()
}

/// The time zone of most of a state, by its two letters; none for what is no state.
#[must_use]
pub fn zone_of(state: &str) -> Option<Tz> {
    use chrono_tz::{America, Pacific};
    Some(match state {
        "CT" | "DC" | "DE" | "FL" | "GA" | "MA" | "MD" | "ME" | "NC" | "NH" | "NJ" | "NY" | "OH" | "PA"
        | "RI" | "SC" | "VA" | "VT" | "WV" => America::New_York,
        "IN" => America::Indiana::Indianapolis,
        "KY" => America::Kentucky::Louisville,
        "MI" => America::Detroit,
        "AL" | "AR" | "IA" | "IL" | "KS" | "LA" | "MN" | "MO" | "MS" | "ND" | "NE" | "OK" | "SD" | "TN"
        | "TX" | "WI" => America::Chicago,
        "CO" | "MT" | "NM" | "UT" | "WY" => America::Denver,
        "ID" => America::Boise,
        "AZ" => America::Phoenix,
        "CA" | "NV" | "OR" | "WA" => America::Los_Angeles,
        "AK" => America::Anchorage,
        "HI" => Pacific::Honolulu,
        "PR" | "VI" => America::Puerto_Rico,
        "GU" | "MP" => Pacific::Guam,
        "AS" => Pacific::Pago_Pago,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_recalls_the_name() {
        assert_eq!(prefixes_of("Elm Street Clinic")[..3], ["ESC", "ESC2", "ESC3"]);
        assert_eq!(prefixes_of("Lakeside")[..2], ["LAKE", "LAK2"]);
        assert_eq!(prefixes_of("The Oak & Elm Family Group")[0], "TOEF");
        assert!(prefixes_of("Elm Street Clinic").iter().all(|one| (1..=4).contains(&one.len())));
    }

    #[test]
    fn a_state_has_a_time_zone() {
        assert_eq!(zone_of("IL"), Some(chrono_tz::America::Chicago));
        assert_eq!(zone_of("XX"), None);
    }
}
