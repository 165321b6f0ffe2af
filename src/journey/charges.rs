//! From a charge file to claims and what is owed.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::charges::{self, Charges, Encounter, ImportReport, Mode, Resolved};
use crate::claims::{self, FromCharges};
use crate::db::Tx;
use crate::exchange::files;
use crate::ledger::{self, About, AccountKind, EntryKind, NewEntry, SourceKind, Transfer};
use crate::types::{ClaimId, EncounterId, FileId, PayerId, Result};

/// The ledger's source of a visit's charges: the id of the encounter.
pub const CHARGE_SOURCE: SourceKind = SourceKind::new("encounter");

/// What became of a charge file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImportedCharges {
    /// Rows, visits and what is wrong with the rest.
    #[serde(flatten)]
    pub report: ImportReport,
    /// Claims to first payers.
    pub claims: usize,
    /// Visits that the patient pays alone.
    pub self_pay: usize,
    /// The claims, in the order of their visits.
    #[serde(skip)]
    pub drafted: Vec<ClaimId>,
}

/// Imports charges that stand in a kept file: visits, their claims to first payers, and what is owed
/// for them. The same file again changes nothing and reports the same; a dry run changes nothing and
/// reports what would come of it.
pub async fn import_charges(
    tx: &mut Tx,
    now: DateTime<Utc>,
    file: FileId,
    charges: Charges,
    mode: Mode,
) -> Result<ImportedCharges> {
    if mode == Mode::DryRun {
        return dry_run(tx, file, charges).await;
    }
    let report = charges::import(tx, now, file, charges, mode).await?;
    if report.already_imported {
        return Ok(ImportedCharges { report, claims: 0, self_pay: 0, drafted: vec![] });
    }
    let visits = charges::encounters(tx, &report.encounters).await?;
    let drafted = claims::draft_visits(tx, now, &visits).await?;
    let sha256 = files::get(tx, file).await?.sha256;
    let claim_of: HashMap<EncounterId, ClaimId> = drafted.claims.iter().copied().collect();
    let ids: Vec<ClaimId> = drafted.claims.iter().map(|(_, claim)| *claim).collect();
    let payer_of: HashMap<ClaimId, PayerId> =
        claims::load(tx, &ids).await?.into_iter().map(|claim| (claim.id, claim.payer)).collect();
    let entries = visits
        .iter()
        .filter(|visit| !visit.charged.is_zero())
        .map(|visit| {
            let claim = claim_of.get(&visit.id).copied();
            let payer = claim.and_then(|claim| payer_of.get(&claim).copied());
            charge_entry(visit, sha256, claim, payer)
        })
        .collect::<Result<Vec<_>>>()?;
    ledger::post_all(tx, &entries).await?;
    Ok(ImportedCharges { report, claims: ids.len(), self_pay: drafted.self_pay.len(), drafted: ids })
}

async fn dry_run(tx: &mut Tx, file: FileId, charges: Charges) -> Result<ImportedCharges> {
    let Resolved { encounters, report, .. } = charges::dry_run(tx, file, charges).await?;
    let becomes = claims::preview_visits(tx, &encounters).await?;
    let claims = becomes.iter().filter(|one| matches!(one, FromCharges::Claim(_))).count();
    Ok(ImportedCharges { report, claims, self_pay: becomes.len() - claims, drafted: vec![] })
}

/// The first payer owes a visit's charges, or the patient when there is none.
fn charge_entry(
    visit: &Encounter,
    file_sha256: [u8; 32],
    claim: Option<ClaimId>,
    payer: Option<PayerId>,
) -> Result<NewEntry> {
    let about = About { claim, payer, patient: Some(visit.patient) };
    let owed_by = if claim.is_some() { AccountKind::InsuranceAr } else { AccountKind::PatientAr };
    let transfer =
        Transfer::signed(owed_by, AccountKind::Charges, visit.charged, about)?.into_iter().collect();
    let source =
        ledger::Source::in_file(CHARGE_SOURCE, visit.id.uuid(), file_sha256, i64::from(visit.first_row));
    Ok(NewEntry::new(EntryKind::Charge, source, visit.service_on, transfer)?)
}
