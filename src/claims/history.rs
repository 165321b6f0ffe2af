//! What was billed for a patient before: for the scrubber's rules across claims.

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::claims::Status;
use crate::claims::store;
use crate::db::Tx;
use crate::types::{ClaimId, EncounterId, Entered, Modifier, Money, Npi, PatientId, ProcedureCode, Result};

/// One line billed for a patient on a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLine {
    /// For whom.
    pub patient: PatientId,
    /// The visit.
    pub encounter: EncounterId,
    /// The claim that it stands on.
    pub claim: ClaimId,
    /// The visit's first claim: a claim's own lines are found by it.
    pub account_claim: ClaimId,
    /// Where that claim stands.
    pub status: Status,
    /// From 1.
    pub line_no: i16,
    /// SV101-2.
    pub procedure: Entered<ProcedureCode>,
    /// SV101-3 to -6.
    pub modifiers: Vec<Entered<Modifier>>,
    /// SV104.
    pub units: Decimal,
    /// SV102.
    pub charged: Money,
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day of a range.
    pub thru: Option<NaiveDate>,
    /// Who rendered it: the line's provider, else the claim's, else the billing provider.
    pub rendering: Option<Entered<Npi>>,
    /// The billing provider: patients are new or established to a group.
    pub billing: Option<Entered<Npi>>,
}

/// Every line billed for each of the patients on claims whose last day of service is `since` or later,
/// in the order of their days; the one claim that is named with a patient is left out. One query for
/// all of them.
///
/// A visit is counted once: claims that were voided or replaced are left out, and so are those to
/// the visit's second and later payers.
pub async fn history(
    tx: &mut Tx,
    patients: &HashMap<PatientId, Option<ClaimId>>,
    since: NaiveDate,
) -> Result<HashMap<PatientId, Vec<HistoryLine>>> {
    store::history(tx, patients, since).await
}
