//! Charges: what was done on a visit and what the practice asks for it.
//!
//! - An [`Encounter`] is a visit with its charge lines, as the practice's own system reported it.
//!   It is never changed: what is wrong with it is mended on the claim.
//! - Whatever states charges is read into the same [`Charges`]: a sheet ([`read_sheet`]: CSV or XLSX;
//!   its columns: [`csv`]; a practice's own names of them: [`Mapping`]).
//!   A message ([`messages`]) is a JSON document, HL7 v2 ([`map_hl7`]) or FHIR ([`map_fhir`]): it is kept
//!   with what became of it, all its visits are charged or none, and its number is accepted once.
//! - [`import()`] takes them in. A visit comes in whole or not at all, and every row that did not is
//!   listed with its reason. Values are never repeated in reasons. [`dry_run`] says beforehand what
//!   would come of it.
//! - Codes are kept as entered, right or wrong: the scrubber names the wrong ones on the claim.
//!   Numbers, dates and parties must be right, because nothing could be charged without them.
//! - A visit that is only announced is missed ([`missed_visits`]) until its charges come.
//!
//! Invariants: a visit number is charged once per practice, in whatever file it stands; the charge
//! of a visit is the sum of its lines. Deliberately absent: claims and money; they follow in the
//! caller's transaction.

pub mod api;
pub mod csv;
mod document;
mod entry;
mod hl7;
mod import;
pub mod map_fhir;
pub mod map_hl7;
mod mapping;
pub mod mappings;
pub mod messages;
mod missed;
pub mod model;
pub mod pages;
mod sheet;
mod store;
mod visit;
mod xlsx;

pub use document::{ChargeDocument, LineDocument, VisitDocument, message_id_of};
pub use import::{ImportReport, Mode, Resolved, Unfinished, dry_run, import, look_at_unfinished, usual};
pub use mapping::Mapping;
pub use mappings::{SavedMapping, delete_mapping, mapping, mappings, save_mapping};
pub use missed::{MISSED_AFTER_DAYS, MissedVisit, dismiss_missed, missed_visits};
pub use model::{AttachedPaper, ChargeLine, Circumstances, Encounter};
pub use sheet::{Table, TableRow, first_rows, headings, read_sheet, read_table, sheets, unreadable_table};
pub use store::{Imported, encounters, latest_imports};
pub use visit::{Charges, DateFormat, Problem, pointers_of};
