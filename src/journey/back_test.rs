//! What a rule would have done to the claims that were sent: whom it would have stopped, and what
//! payers decided about those.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::claims::{Past, StoredClaim};
use crate::codes::Codes;
use crate::db::Tx;
use crate::denials;
use crate::journey::Tally;
use crate::journey::past_claims::{Reach, Walk, With};
use crate::journey::release::{by_payer, demands};
use crate::registry::organizations;
use crate::remits::totals;
use crate::scrub::written::WrittenRule;
use crate::scrub::{self, Context, Finding, History, PracticeRules, Rule, RuleBook, Severity, rulebook};
use crate::submissions;
use crate::types::{Carc, ClaimId, Money, PayerId, Refusal, Result, RuleId, Status};

/// Examples that are kept of each kind of outcome.
const EXAMPLES_MAX: usize = 10;

/// Which rule is tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tried {
    /// A version of a rule that the practice wrote; the newest when none is named.
    Written(RuleId, Option<u16>),
    /// A built-in rule, by its id.
    BuiltIn(String),
}

/// What a rule would have done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackTested {
    /// The rule.
    pub rule: String,
    /// Its version.
    pub version: u16,
    /// The denials that it is meant to prevent; any, where it names none.
    #[schema(value_type = Vec<String>)]
    pub related: Vec<Carc>,
    /// Claims that were looked at.
    pub claims: usize,
    /// Whether those are all that are meant; else the newest ones.
    pub complete: bool,
    /// Claims that it would have stopped, and what they charge.
    pub stopped: Tally,
    /// Claims that it would only have warned of or noted.
    pub warned: Tally,
    /// Of both: those denied for a reason that the rule is meant to prevent (for any reason, when it
    /// names none), and what was denied for it.
    pub denied_related: Tally,
    /// Those denied for other reasons only, and what was denied.
    pub denied_otherwise: Tally,
    /// Those decided without a denial, and what was paid (the rest is the patient's): what the rule would
    /// have cost.
    pub paid: Tally,
    /// Those that no payer has decided, and what they charge.
    pub undecided: Tally,
    /// Claims, the newest first, some of each outcome.
    pub examples: Vec<Example>,
}

impl BackTested {
    /// The denials that it is meant to prevent, for a person.
    #[must_use]
    pub fn related_words(&self) -> String {
        self.related.iter().map(Carc::as_str).collect::<Vec<_>>().join(", ")
    }
}

/// A claim that the rule would have found something in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Example {
    /// The claim.
    pub claim: ClaimId,
    /// CLM01 of its newest sending.
    pub control_number: Option<String>,
    /// What it charges.
    pub charged: Money,
    /// What became of it.
    pub outcome: ClaimOutcome,
    /// What was paid.
    pub paid: Money,
    /// What was denied, for the reasons that count here.
    pub denied: Money,
    /// What the rule would have found.
    #[schema(value_type = Vec<Object>)]
    pub findings: Vec<Finding>,
}

/// What payers decided about a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimOutcome {
    /// Denied, in whole or in part, for a reason that the rule is meant to prevent.
    DeniedRelated,
    /// Denied for other reasons only.
    DeniedOtherwise,
    /// Decided, nothing denied: paid, or left to the patient.
    Paid,
    /// Not decided.
    Undecided,
}

impl ClaimOutcome {
    /// As a page says it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            ClaimOutcome::DeniedRelated => "denied for it",
            ClaimOutcome::DeniedOtherwise => "denied otherwise",
            ClaimOutcome::Paid => "paid",
            ClaimOutcome::Undecided => "undecided",
        }
    }

    /// Whether that speaks for the rule or against it.
    #[must_use]
    pub const fn tone(self) -> &'static str {
        match self {
            ClaimOutcome::DeniedRelated => "ok",
            ClaimOutcome::Paid => "bad",
            ClaimOutcome::DeniedOtherwise | ClaimOutcome::Undecided => "mute",
        }
    }
}

/// A rule that is tried, as it is asked.
struct Trial {
    id: String,
    version: u16,
    related: Vec<Carc>,
    with: With,
    rules: HashMap<PayerId, PracticeRules>,
}

impl Trial {
    async fn of(tx: &mut Tx, tried: &Tried) -> Result<Trial> {
        let demands = demands(tx).await?;
        match tried {
            Tried::Written(id, version) => {
                let rule: WrittenRule = rulebook::draft(tx, *id, *version).await?;
                let (id, version) = (rule.id.clone().into_owned(), rule.version);
                let related = rule.related_carcs.clone();
                let rules = by_payer(&RuleBook::default().with(rule), &demands);
                // Written rules look at the claim and at nothing else.
                Ok(Trial { id, version, related, with: With::TheClaimAlone, rules })
            }
            Tried::BuiltIn(id) => {
                let known: Option<&Rule> = scrub::rules().find(|known| known.id == id);
                let known = known.ok_or_else(|| {
                    let what = format!("there is no rule {id}");
                    Refusal::new("rules/not-found", Status::NotFound, what, "Look at the list of rules")
                })?;
                let rules = by_payer(&RuleBook::default(), &demands);
                Ok(Trial {
                    id: known.id.to_owned(),
                    version: known.version,
                    related: vec![],
                    with: With::History,
                    rules,
                })
            }
        }
    }
}

/// Tries a rule, as it says itself and whatever its grades, on claims that were sent.
///
/// Each claim is asked as it was sent last, on the day when it left, by today's code tables.
///
/// # Errors
/// `rules/not-found`, `rules/invalid`, `rules/days`.
pub async fn back_test(tx: &mut Tx, codes: &Codes, tried: &Tried, past: Past) -> Result<BackTested> {
    back_test_within(tx, codes, tried, past, Reach::WAITED_FOR).await
}

/// As [`back_test`], on as many claims as `reach` says.
pub(super) async fn back_test_within(
    tx: &mut Tx,
    codes: &Codes,
    tried: &Tried,
    past: Past,
    reach: Reach<'_>,
) -> Result<BackTested> {
    let trial = Trial::of(tx, tried).await?;
    let mut tested = BackTested {
        rule: trial.id.clone(),
        version: trial.version,
        related: trial.related.clone(),
        claims: 0,
        complete: true,
        stopped: Tally::default(),
        warned: Tally::default(),
        denied_related: Tally::default(),
        denied_otherwise: Tally::default(),
        paid: Tally::default(),
        undecided: Tally::default(),
        examples: vec![],
    };
    let mut shown: HashMap<ClaimOutcome, usize> = HashMap::new();
    let none = PracticeRules::default();
    let mut walk = Walk::begin(tx, past, trial.with, reach).await?;
    while let Some(batch) = walk.next(tx).await? {
        let mut found: Vec<(&StoredClaim, Vec<Finding>)> = vec![];
        for (claim, day) in &batch.claims {
            let history = batch.history(claim);
            let rules = trial.rules.get(&claim.payer).unwrap_or(&none);
            let context = Context { codes, rules, history: History::Known(&history), today: *day };
            let findings = scrub::find(&claim.claim, &context, &trial.id);
            // What could not be checked says nothing about the claim.
            if findings.iter().any(|finding| !finding.message.starts_with("not checked")) {
                found.push((claim, findings));
            }
        }
        let ids: Vec<ClaimId> = found.iter().map(|(claim, _)| claim.id).collect();
        let decided = totals::paid_on(tx, &ids).await?;
        let mut denied: HashMap<ClaimId, Vec<(Carc, Money)>> = HashMap::new();
        for (claim, reason, amount) in denials::reasons_of(tx, &ids).await? {
            denied.entry(claim).or_default().push((reason, amount));
        }
        for (claim, findings) in found {
            let charged = claim.claim.charged;
            let stops = findings.iter().any(|finding| finding.severity == Severity::Stop);
            if stops { &mut tested.stopped } else { &mut tested.warned }.add(charged);
            let reasons = denied.get(&claim.id).map_or(&[][..], Vec::as_slice);
            let is_related = |reason: &Carc| trial.related.is_empty() || trial.related.contains(reason);
            let sum = |wanted: &dyn Fn(&Carc) -> bool| {
                reasons.iter().filter(|(reason, _)| wanted(reason)).map(|(_, amount)| *amount).sum::<Money>()
            };
            let paid = decided.get(&claim.id).copied();
            let (outcome, amount) = if reasons.iter().any(|(reason, _)| is_related(reason)) {
                (ClaimOutcome::DeniedRelated, sum(&is_related))
            } else if !reasons.is_empty() {
                (ClaimOutcome::DeniedOtherwise, sum(&|_| true))
            } else if let Some(paid) = paid {
                (ClaimOutcome::Paid, paid)
            } else {
                (ClaimOutcome::Undecided, charged)
            };
            let (tally, denied) = match outcome {
                ClaimOutcome::DeniedRelated => (&mut tested.denied_related, amount),
                ClaimOutcome::DeniedOtherwise => (&mut tested.denied_otherwise, amount),
                ClaimOutcome::Paid => (&mut tested.paid, Money::ZERO),
                ClaimOutcome::Undecided => (&mut tested.undecided, Money::ZERO),
            };
            tally.add(amount);
            let kept = shown.entry(outcome).or_default();
            if *kept < EXAMPLES_MAX {
                *kept += 1;
                let paid = paid.unwrap_or_default();
                tested.examples.push(Example {
                    claim: claim.id,
                    control_number: None,
                    charged,
                    outcome,
                    paid,
                    denied,
                    findings,
                });
            }
        }
    }
    let shown: Vec<ClaimId> = tested.examples.iter().map(|example| example.claim).collect();
    let mut numbers = submissions::numbers_of(tx, &shown).await?;
    for example in &mut tested.examples {
        example.control_number = numbers.remove(&example.claim);
    }
    tested.claims = walk.seen;
    tested.complete = walk.is_complete;
    Ok(tested)
}

/// What a rule says to one claim as it stands: tried by whoever writes the rule. A claim that left is
/// asked on the practice's day today.
///
/// # Errors
/// `rules/not-found`, `rules/invalid`, `claims/not-found`.
pub async fn try_rule(
    tx: &mut Tx,
    now: chrono::DateTime<chrono::Utc>,
    codes: &Codes,
    tried: &Tried,
    claim: ClaimId,
) -> Result<Vec<Finding>> {
    let trial = Trial::of(tx, tried).await?;
    let stored = crate::claims::get(tx, claim).await?;
    let today = organizations::today(tx, now).await?;
    let history = super::release::history_of(tx, today, &[(stored.patient, stored.id)]).await?;
    let none = PracticeRules::default();
    let context = Context {
        codes,
        rules: trial.rules.get(&stored.payer).unwrap_or(&none),
        history: History::Known(history.get(&stored.patient).map_or(&[][..], Vec::as_slice)),
        today,
    };
    Ok(scrub::find(&stored.claim, &context, &trial.id))
}
