//! Claims: what we ask one payer to pay for one visit, and what has happened to the request.
//!
//! - A [`Claim`] is a document: parties, codes and lines as they stood when it was built. A later
//!   change of address in the registry does not change a claim that was sent.
//! - Its [`Status`] is a projection of its append-only events; [`lifecycle::next`] is the only
//!   table of what may follow what, [`record()`] and [`keep_checked`] the only verbs that write either.
//! - Codes and numbers are [`Entered`](crate::types::Entered): a claim may be wrong, and says so
//!   through the scrubber; only a scrubbed claim becomes a submission.
//! - The *account claim* is the visit's first claim: the ledger keeps the visit's money under it,
//!   whichever payer's claim is being worked.
//!
//! Invariants: the charge of a claim is the sum of its lines; the same source says the same thing
//! about a claim once; an acknowledgement never moves a claim that a payer has adjudicated, only a
//! remittance does; a line keeps its control number through every revision, and no other line of
//! the claim ever gets it.
//!
//! [`draft()`], [`record()`], [`revise()`] and [`keep_checked`] are steps of a larger verb, which leaves
//! the audit event. Deliberately absent: deleting a claim, and changing who is asked (that is another claim).

pub mod api;
mod checked;
pub mod circumstances;
pub mod correction;
mod draft;
mod from_charges;
mod history;
pub mod lifecycle;
pub mod map_837;
pub mod model;
pub mod pages;
mod past;
mod projection;
mod proofs;
mod record;
mod revise;
pub mod secondary;
mod store;
mod views;
mod worklist;

pub use checked::{Checked, Kept, keep_checked};
pub use draft::{NewClaim, draft};
pub use from_charges::{
    DraftedVisits, FromCharges, Parties, draft_from_charges, draft_visits, next_coverage, preview_visits,
};
pub use history::{HistoryLine, history};
pub use lifecycle::{Event, Status};
pub use model::Claim;
pub use past::{Past, SentClaim, count_sent, sent};
pub use projection::{ProjectionProof, prove_projection};
pub use proofs::{prove_charges, prove_counts};
pub use record::{FilePlace, Happened, Outcome, Source, hold, record};
pub use revise::{Revision, revise};
pub use store::{
    Original, RecordedEvent, StatusCount, StoredClaim, UnreadClaim, count_by_event, count_by_status, events,
    get, ids_rejected_with_their_file, ids_with_status, load, load_unread, originals,
};
pub use views::View;
pub use worklist::{AskedPayer, ClaimItem, TreatedPatient, Wanted, item, worklist};

use crate::types::{ClaimId, Refusal};

/// A claim of another practice is no claim either.
fn not_found(claim: ClaimId) -> Refusal {
    Refusal::new(
        "claims/not-found",
        crate::types::Status::NotFound,
        format!("there is no claim {claim}"),
        "Check the id",
    )
}
