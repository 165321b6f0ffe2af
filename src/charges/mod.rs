//! Charges: what was done on a visit and what the practice asks for it.
//!
//! - An [`Encounter`] is a visit with its charge lines, as the practice's own system reported it.
//!   It is never changed: what is wrong with it is mended on the claim.
//! - [`import()`] reads a CSV file (its columns: [`csv`]). A visit comes in whole or not at all, and
//!   every row that did not is listed with its reason. Values are never repeated in reasons.
//! - Codes are kept as entered, right or wrong: the scrubber names the wrong ones on the claim.
//!   Numbers, dates and parties must be right, because nothing could be charged without them.
//!
//! Invariants: a visit number is charged once per practice, in whatever file it stands; the charge
//! of a visit is the sum of its lines. Deliberately absent: claims and money; they follow in the
//! caller's transaction.

pub mod api;
pub mod csv;
mod import;
pub mod model;
mod store;

pub use self::csv::Problem;
pub use import::{ImportReport, Mode, import};
pub use model::{AttachedPaper, ChargeLine, Circumstances, Encounter};
pub use store::encounters;
