//! Finding what somebody asks about by what they have at hand: a claim by our number or the payer's, a
//! payment by its check or trace number, a patient by name or account number.
//!
//! What is asked is patient data: it comes in a form's body or a program's, so that no address and no log
//! has it.

pub mod api;
pub mod pages;

use serde::Serialize;
use utoipa::ToSchema;

use crate::claims::{self, ClaimItem, Wanted};
use crate::db::Tx;
use crate::registry::patients;
use crate::registry::{Patient, api::PatientView};
use crate::remits::{self, RemittanceItem};
use crate::types::Result;

/// So many of each kind are shown.
const SHOWN_MAX: i64 = 10;

/// What fits a text.
#[derive(Debug, Default)]
pub struct Found {
    /// Claims that were sent under a number that begins so, ours (CLM01) or the payer's (CLP07).
    pub claims: Vec<ClaimItem>,
    /// Patients whose name or account number begins so, by name.
    pub patients: Vec<Patient>,
    /// Payments whose check or trace number (TRN02) begins so, the newest first.
    pub remittances: Vec<RemittanceItem>,
}

/// The same, for programs.
#[derive(Serialize, ToSchema)]
#[schema(as = Found)]
pub struct FoundView {
    /// Claims that were sent under a number that begins so, ours (CLM01) or the payer's (CLP07).
    pub claims: Vec<ClaimItem>,
    /// Patients whose name or account number begins so, by name.
    pub patients: Vec<PatientView>,
    /// Payments whose check or trace number (TRN02) begins so, the newest first; none for whom
    /// remittances are not shown.
    pub remittances: Vec<RemittanceItem>,
}

impl From<Found> for FoundView {
    fn from(found: Found) -> FoundView {
        let Found { claims, patients, remittances } = found;
        FoundView { claims, patients: patients.iter().map(PatientView::from).collect(), remittances }
    }
}

/// What fits: at most ten of each kind; nothing for an empty text. `remittances`: whether they are asked
/// for. A query or two for each kind.
pub async fn find(tx: &mut Tx, text: &str, remittances: bool) -> Result<Found> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Found::default());
    }
    let numbered = Wanted { number: Some(text), ..Wanted::default() };
    Ok(Found {
        claims: claims::worklist(tx, numbered, None, SHOWN_MAX).await?,
        patients: patients::search(tx, text, None, SHOWN_MAX).await?,
        remittances: if remittances { remits::by_trace_number(tx, text, SHOWN_MAX).await? } else { vec![] },
    })
}
