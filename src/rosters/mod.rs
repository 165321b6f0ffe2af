//! Rosters: the patients, providers and payers of a practice, as its own system lists them in a file.
//!
//! - A file is CSV or XLSX; its columns are guessed from their headings ([`columns()`] names ours), and
//!   a heading that is not guessed is said (`read`).
//! - A row of patients carries the patient's coverages: with columns of its own for the first, second
//!   and third payer, or one coverage a row, told by its rank. All rows of a patient come in or none.
//! - What a row says is read as any form or program is ([`crate::registry::written`]), and every row
//!   that did not come in is listed with column and reason. Values are never repeated in reasons.
//!
//! Invariants: something is known by the practice's own number (account number, NPI, payer's number;
//! a coverage by patient, rank and first day), so a second import of a file changes nothing, and one of a
//! changed file changes what differs and leaves an audit event for each. Deliberately absent: deleting;
//! who or what is not in a file stays as it was.

pub mod api;
mod columns;
mod import;
mod rows;

pub use columns::columns;
pub use import::{Counts, Options, RosterReport, import, read};
pub use rows::Sheet;

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a file lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Roster {
    /// People who receive care, with their coverages.
    Patients,
    /// People and groups that render, refer or bill care.
    Providers,
    /// Insurers.
    Payers,
}

impl Roster {
    /// The word on the command line and in an address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Roster::Patients => "patients",
            Roster::Providers => "providers",
            Roster::Payers => "payers",
        }
    }
}

impl fmt::Display for Roster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
