//! A claim that a person corrects before it is sent, or sent again: by hand, or by the fix that a
//! finding offers.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::claims::map_837::differences;
use crate::claims::{self, Claim, Status, StoredClaim};
use crate::codes::Codes;
use crate::db::Tx;
use crate::journey::release::Knowledge;
use crate::journey::release_one::{keep, unsent};
use crate::ledger::{self, About, AccountKind, EntryKind, NewEntry, Source, SourceKind, Transfer};
use crate::registry::organizations;
use crate::scrub::Finding;
use crate::types::{ClaimId, EntryId, Money, Refusal, Result, Status as Http};

/// The ledger's source of what a corrected charge adds or takes away.
pub const CORRECTION_SOURCE: SourceKind = SourceKind::new("claim_correction");

/// A claim that was corrected and checked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corrected {
    /// Where it stands now: ready, or held with its findings.
    pub status: Status,
    /// What the rules say of it now.
    pub findings: Vec<Finding>,
    /// What is charged now, less what was charged before.
    pub charge_changed_by: Money,
}

/// Which finding's fix is wanted, of the claim as a person saw it.
#[derive(Clone, Copy, Debug)]
pub struct WantedFix<'a> {
    /// The finding's rule.
    pub rule: &'a str,
    /// The finding's place.
    pub pointer: &'a str,
    /// What the fix does, by its label.
    pub label: &'a str,
}

/// Replaces what a claim says, provided nothing has happened to it since its `event`-th event; what is
/// owed follows, and the rules look at it again. Leaves an audit event `claims/correct` with the places
/// that changed.
///
/// # Errors
/// As [`claims::revise`]; `claims/has-left`; `claims/charge-of-the-visit` when the charge would change on
/// a claim to a later payer.
pub async fn correct(
    tx: &mut Tx,
    now: DateTime<Utc>,
    codes: &Codes,
    revised: &Claim,
    event: i32,
) -> Result<Corrected> {
    let before = unsent(tx, revised.id, "corrected").await?;
    corrected(tx, now, codes, &before, revised, event, None).await
}

/// Makes the change that a finding offers. The rules are asked again first: only what they offer now is
/// made, and the finding's rule stands in the audit trail.
///
/// # Errors
/// `claims/no-such-fix` when the rules do not offer it any more; else as [`correct`].
pub async fn apply_fix(
    tx: &mut Tx,
    now: DateTime<Utc>,
    codes: &Codes,
    id: ClaimId,
    event: i32,
    wanted: WantedFix<'_>,
) -> Result<Corrected> {
    let stored = unsent(tx, id, "corrected").await?;
    let today = organizations::today(tx, now).await?;
    let knowledge = Knowledge::load(tx, codes, today, std::slice::from_ref(&stored)).await?;
    let verdict = knowledge.check(&stored);
    let fixes = |finding: &Finding| {
        let fix = finding.fix.clone()?;
        let is_wanted = finding.rule == wanted.rule && finding.pointer == wanted.pointer;
        (is_wanted && fix.label == wanted.label).then_some(fix)
    };
    let Some(fix) = verdict.findings().iter().find_map(fixes) else {
        return Err(Refusal::new(
            "claims/no-such-fix",
            Http::Conflict,
            format!("the rules do not offer this fix for {id} any more"),
            "Open the claim again and look at its findings",
        )
        .into());
    };
    let revised = fix.apply(&stored.claim).map_err(anyhow::Error::from)?;
    corrected(tx, now, codes, &stored, &revised, event, Some(wanted.rule)).await
}

async fn corrected(
    tx: &mut Tx,
    now: DateTime<Utc>,
    codes: &Codes,
    before: &StoredClaim,
    revised: &Claim,
    event: i32,
    by_rule: Option<&str>,
) -> Result<Corrected> {
    let id = before.id;
    let charge_changed_by = revised.charged - before.claim.charged;
    if !charge_changed_by.is_zero() && before.account_claim != id {
        return Err(Refusal::new(
            "claims/charge-of-the-visit",
            Http::Invalid,
            format!("{id} asks a later payer: the visit's charge is that of its first claim"),
            "Leave the charges as they are, or correct the claim to the first payer",
        )
        .into());
    }
    let revision = claims::revise(tx, now, revised, event).await?;
    let today = organizations::today(tx, now).await?;
    let about = About { claim: Some(id), payer: Some(before.payer), patient: Some(before.patient) };
    let owed = Transfer::signed(AccountKind::InsuranceAr, AccountKind::Charges, charge_changed_by, about)?;
    if let Some(transfer) = owed {
        let source = Source::new(CORRECTION_SOURCE, EntryId::new().uuid());
        ledger::post(tx, &NewEntry::new(EntryKind::Charge, source, today, vec![transfer])?).await?;
    }
    let detail = json!({
        "event": revision.event_no,
        "places": differences(&before.claim, revised),
        "charged_before": revision.charged_before,
        "charged": revised.charged,
        // Not the fix itself: its label has codes of the claim.
        "rule": by_rule,
    });
    tx.audit("claims/correct", id, None, detail).await?;
    let stored = claims::get(tx, id).await?;
    let knowledge = Knowledge::load(tx, codes, today, std::slice::from_ref(&stored)).await?;
    let verdict = knowledge.check(&stored);
    let status = keep(tx, now, codes, &stored, &verdict).await?;
    Ok(Corrected { status, findings: verdict.findings().to_vec(), charge_changed_by })
}
