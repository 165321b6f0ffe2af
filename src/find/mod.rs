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
const SHOWN_MAX: usize = 10;

/// Of which kinds more fit than are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FoundMore)]
pub struct More {
    /// Of the claims.
    pub claims: bool,
    /// Of the patients.
    pub patients: bool,
    /// Of the payments.
    pub remittances: bool,
}

/// What fits a text.
#[derive(Debug, Default)]
pub struct Found {
    /// Claims that were sent under a number that begins so, ours (CLM01) or the payer's (CLP07).
    pub claims: Vec<ClaimItem>,
    /// Patients whose name or account number begins so, by name.
    pub patients: Vec<Patient>,
    /// Payments whose check or trace number (TRN02) begins so, the newest first.
    pub remittances: Vec<RemittanceItem>,
    /// What is left out.
    pub more: More,
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
    /// Of which kinds more fit than are listed.
    pub more: More,
}

impl From<Found> for FoundView {
    fn from(found: Found) -> FoundView {
        let Found { claims, patients, remittances, more } = found;
        FoundView { claims, patients: patients.iter().map(PatientView::from).collect(), remittances, more }
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
    // One more than is shown tells whether more fit.
    let limit = i64::try_from(SHOWN_MAX + 1).map_err(anyhow::Error::from)?;
    let mut claims = claims::worklist(tx, numbered, None, limit).await?;
    let mut patients = patients::search(tx, text, None, limit).await?;
    let mut remittances = if remittances { remits::by_trace_number(tx, text, limit).await? } else { vec![] };
    let more = More {
        claims: shorten(&mut claims),
        patients: shorten(&mut patients),
        remittances: shorten(&mut remittances),
    };
    Ok(Found { claims, patients, remittances, more })
}

/// Keeps what is shown; whether there were more.
fn shorten<T>(found: &mut Vec<T>) -> bool {
    let more = found.len() > SHOWN_MAX;
    found.truncate(SHOWN_MAX);
    more
}
