//! What of a payer's remittances is posted without a person's look.
//!
//! | mode | posts by itself |
//! | --- | --- |
//! | `review` | nothing |
//! | `semi` | sets in which nothing is of a [`Care`], but for what the rule names |
//! | `full` | every set that adds up; what cannot be posted to a claim waits as an exception |
//!
//! A payer without a rule is `full`. What is not posted waits as a held set that is *ready*: one act of
//! a person posts it. Rules never post what does not add up.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::claims::model::Adjustment;
use crate::db::Tx;
use crate::remits::meaning::{Meaning, meaning_of};
use crate::remits::model::{ClaimStatus, RemitClaim};
use crate::remits::store;
use crate::types::{PayerId, Refusal, Result, Status};

/// How much of a payer's remittances is posted without a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Nothing: a person looks at every set.
    Review,
    /// What is plain, and what the rule names.
    Semi,
    /// Everything that adds up.
    #[default]
    Full,
}

impl Mode {
    /// All of them.
    pub const ALL: [Mode; 3] = [Mode::Review, Mode::Semi, Mode::Full];

    /// The word in the database, the API and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Mode::Review => "review",
            Mode::Semi => "semi",
            Mode::Full => "full",
        }
    }

    /// The mode of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Mode> {
        Mode::ALL.into_iter().find(|mode| mode.as_str() == name)
    }
}

/// What is never posted by itself unless a payer's rule says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Care {
    /// CLP02 22.
    Reversal,
    /// CLP02 23.
    NotOurs,
    /// CLP02 25.
    Predetermination,
    /// A claim or line that is denied.
    Denial,
    /// A PLB.
    ProviderAdjustment,
    /// What does not fit a claim of ours: no claim, other lines, more than is owed, less allowed than the
    /// payer's contract comes to.
    Variance,
    /// A reason or remark that its list does not have.
    UnknownCode,
    /// OA-23: an earlier payer's effect, which must not be taken for a write-off.
    EarlierPayer,
}

impl Care {
    /// All of them.
    pub const ALL: [Care; 8] = [
        Care::Reversal,
        Care::NotOurs,
        Care::Predetermination,
        Care::Denial,
        Care::ProviderAdjustment,
        Care::Variance,
        Care::UnknownCode,
        Care::EarlierPayer,
    ];

    /// The word in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Care::Reversal => "reversal",
            Care::NotOurs => "not_ours",
            Care::Predetermination => "predetermination",
            Care::Denial => "denial",
            Care::ProviderAdjustment => "provider_adjustment",
            Care::Variance => "variance",
            Care::UnknownCode => "unknown_code",
            Care::EarlierPayer => "earlier_payer",
        }
    }

    /// In a person's words.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Care::Reversal => "reversals",
            Care::NotOurs => "claims sent on (23)",
            Care::Predetermination => "predeterminations (25)",
            Care::Denial => "denials",
            Care::ProviderAdjustment => "PLB",
            Care::Variance => "variances",
            Care::UnknownCode => "unknown codes",
            Care::EarlierPayer => "OA-23",
        }
    }

    /// The care of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Care> {
        Care::ALL.into_iter().find(|care| care.as_str() == name)
    }
}

/// A payer's rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PostingRule {
    /// How much is posted by itself.
    pub mode: Mode,
    /// What is posted in `semi` although it would wait.
    pub allows: Vec<Care>,
}

/// What in a set a person is to look at, and how often.
pub type Cares = BTreeMap<Care, u32>;

impl PostingRule {
    /// What is left of these after the rule: nothing means that the set is posted.
    #[must_use]
    pub fn stops(&self, found: &Cares) -> Cares {
        match self.mode {
            Mode::Full => Cares::new(),
            Mode::Semi | Mode::Review => found
                .iter()
                .filter(|(care, _)| !self.allows.contains(care))
                .map(|(care, n)| (*care, *n))
                .collect(),
        }
    }
}

/// What the answer itself says: what is known without our claim.
pub(super) fn of_answer(remit: &RemitClaim, found: &mut Cares) {
    let mut add = |care| *found.entry(care).or_default() += 1;
    match remit.status {
        ClaimStatus::Reversal => return add(Care::Reversal),
        ClaimStatus::NotOursForwarded => return add(Care::NotOurs),
        ClaimStatus::Predetermination => return add(Care::Predetermination),
        ClaimStatus::Other(_) => return add(Care::Variance),
        ClaimStatus::Primary
        | ClaimStatus::Secondary
        | ClaimStatus::Tertiary
        | ClaimStatus::Denied
        | ClaimStatus::PrimaryForwarded
        | ClaimStatus::SecondaryForwarded
        | ClaimStatus::TertiaryForwarded => {}
    }
    let any = |is: fn(&Adjustment) -> bool| remit.all_adjustments().any(|(_, adjustment)| is(adjustment));
    if remit.status == ClaimStatus::Denied
        || any(|a| a.amount.is_positive() && meaning_of(a) == Meaning::Denied)
    {
        add(Care::Denial);
    }
    if any(|a| meaning_of(a) == Meaning::PriorPayer) {
        add(Care::EarlierPayer);
    }
}

/// A set's cares in words: `2 denials, 1 PLB`.
#[must_use]
pub fn listed(cares: &Cares) -> String {
    cares.iter().map(|(care, count)| format!("{count} {}", care.label())).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The rule of a payer; of none, and of one without a rule, the default.
pub async fn of(tx: &mut Tx, payer: Option<PayerId>) -> Result<PostingRule> {
    Ok(match payer {
        Some(payer) => {
            store::posting_rules(tx, Some(payer)).await?.pop().map(|(_, rule)| rule).unwrap_or_default()
        }
        None => PostingRule::default(),
    })
}

/// Every rule of the practice.
pub async fn all(tx: &mut Tx) -> Result<Vec<(PayerId, PostingRule)>> {
    store::posting_rules(tx, None).await
}

/// Gives a payer its rule. The same again changes nothing. Leaves the audit event `remits/set-rule`.
///
/// # Errors
/// `payers/not-found`.
pub async fn set(tx: &mut Tx, payer: PayerId, rule: &PostingRule) -> Result<()> {
    if crate::registry::payers::load(tx, &[payer]).await?.is_empty() {
        let detail = format!("there is no payer {payer}");
        return Err(Refusal::new("payers/not-found", Status::NotFound, detail, "Check the id").into());
    }
    store::put_posting_rule(tx, payer, rule).await?;
    tx.audit("remits/set-rule", payer, None, json!(rule)).await
}
