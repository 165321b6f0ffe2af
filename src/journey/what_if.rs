//! Past claims scrubbed twice, by the rules of now and by others: what would be found that is not,
//! and the other way round.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::claims::Past;
use crate::codes::Codes;
use crate::db::Tx;
use crate::journey::past_claims::{Reach, Walk, With};
use crate::journey::release::{by_payer, demands};
use crate::scrub::{self, Context, Finding, Grade, History, PracticeRules, Severity, rulebook};
use crate::submissions;
use crate::types::{ClaimId, CodeEditionId, Money, PayerId, Result, RuleId};

/// Claims whose differences are told one by one.
const EXAMPLES_MAX: usize = 100;

/// In what the other rules differ from those of now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Begin with what was published and graded at this moment.
    pub as_of: Option<DateTime<Utc>>,
    /// Ask these versions, the newest where none is named, in the place of what is published.
    pub drafts: Vec<(RuleId, Option<u16>)>,
    /// Grade these rules otherwise; no grade takes one back.
    pub grades: Vec<(String, Option<PayerId>, Option<Grade>)>,
    /// Read codes as if these editions had not been imported.
    pub without_editions: Vec<CodeEditionId>,
}

/// What would be different.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Differences {
    /// Claims that were scrubbed twice.
    pub claims: usize,
    /// Whether those are all that are meant; else the newest ones.
    pub complete: bool,
    /// Claims that differ.
    pub differing: usize,
    /// Claims that the other rules stop and those of now do not.
    pub newly_stopped: usize,
    /// Claims that those of now stop and the other rules do not.
    pub no_longer_stopped: usize,
    /// Findings that appear, by rule.
    pub appearing: BTreeMap<String, usize>,
    /// Findings that disappear, by rule.
    pub disappearing: BTreeMap<String, usize>,
    /// Claims that differ, the newest first.
    pub examples: Vec<Difference>,
}

/// What is different about one claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Difference {
    /// The claim.
    pub claim: ClaimId,
    /// CLM01 of its newest sending.
    pub control_number: Option<String>,
    /// What it charges.
    pub charged: Money,
    /// What only the other rules find.
    #[schema(value_type = Vec<Object>)]
    pub appearing: Vec<Finding>,
    /// What only those of now find.
    #[schema(value_type = Vec<Object>)]
    pub disappearing: Vec<Finding>,
}

/// Scrubs claims that were sent by the rules of now and by others. Each is asked as it was sent
/// last, on the day when it left.
///
/// # Errors
/// `rules/not-found`, `rules/invalid`, `rules/days`.
pub async fn what_if(tx: &mut Tx, codes: &Codes, change: &Change, past: Past) -> Result<Differences> {
    what_if_within(tx, codes, change, past, Reach::WAITED_FOR).await
}

/// As [`what_if`], on as many claims as `reach` says.
pub(super) async fn what_if_within(
    tx: &mut Tx,
    codes: &Codes,
    change: &Change,
    past: Past,
    reach: Reach<'_>,
) -> Result<Differences> {
    let demands = demands(tx).await?;
    let now = rulebook::load(tx, None).await?;
    let mut other = match change.as_of {
        Some(moment) => rulebook::load(tx, Some(moment)).await?,
        None => now.clone(),
    };
    for (id, version) in &change.drafts {
        other = other.with(rulebook::draft(tx, *id, *version).await?);
    }
    for (rule, payer, grade) in &change.grades {
        other = other.graded(rule, *payer, *grade);
    }
    let other_codes = if change.without_editions.is_empty() {
        codes.clone()
    } else {
        codes.without(&change.without_editions)
    };
    let (now, other) = (by_payer(&now, &demands), by_payer(&other, &demands));
    let none = PracticeRules::default();

    let mut differences = Differences { complete: true, ..Differences::default() };
    let mut walk = Walk::begin(tx, past, With::History, reach).await?;
    while let Some(batch) = walk.next(tx).await? {
        for (claim, day) in &batch.claims {
            let history = batch.history(claim);
            let ask = |codes, rules| {
                let context = Context { codes, rules, history: History::Known(&history), today: *day };
                scrub::check(&claim.claim, &context).findings().to_vec()
            };
            let before: Vec<Finding> = ask(codes, now.get(&claim.payer).unwrap_or(&none));
            let after: Vec<Finding> = ask(&other_codes, other.get(&claim.payer).unwrap_or(&none));
            let appearing = not_in(&after, &before);
            let disappearing = not_in(&before, &after);
            if appearing.is_empty() && disappearing.is_empty() {
                continue;
            }
            differences.differing += 1;
            match (stops(&before), stops(&after)) {
                (false, true) => differences.newly_stopped += 1,
                (true, false) => differences.no_longer_stopped += 1,
                _ => {}
            }
            for finding in &appearing {
                *differences.appearing.entry(finding.rule.to_string()).or_default() += 1;
            }
            for finding in &disappearing {
                *differences.disappearing.entry(finding.rule.to_string()).or_default() += 1;
            }
            if differences.examples.len() < EXAMPLES_MAX {
                let charged = claim.claim.charged;
                let (claim, control_number) = (claim.id, None);
                differences.examples.push(Difference {
                    claim,
                    control_number,
                    charged,
                    appearing,
                    disappearing,
                });
            }
        }
    }
    let shown: Vec<ClaimId> = differences.examples.iter().map(|example| example.claim).collect();
    let mut numbers = submissions::numbers_of(tx, &shown).await?;
    for example in &mut differences.examples {
        example.control_number = numbers.remove(&example.claim);
    }
    differences.claims = walk.seen;
    differences.complete = walk.is_complete;
    Ok(differences)
}

fn stops(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Stop)
}

/// The findings that the others have not. Another version of a rule that says the same of the same
/// place makes no difference.
fn not_in(some: &[Finding], others: &[Finding]) -> Vec<Finding> {
    let same = |a: &Finding, b: &Finding| {
        (&a.rule, a.severity, &a.pointer, &a.message) == (&b.rule, b.severity, &b.pointer, &b.message)
    };
    some.iter().filter(|one| !others.iter().any(|other| same(one, other))).cloned().collect()
}
