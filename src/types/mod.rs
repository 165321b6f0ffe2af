//! The words every feature speaks: identifiers, money, dates, codes, people, errors.
//!
//! Pure: nothing here reads a file, a clock it was not given, a socket or a table. A value of
//! one of these types has been checked where it came in; inside, nobody checks it again.
//!
//! - [`Money`] is exact cents and hides that it is.
//! - Ids are UUID v7, one type for each thing, shown as `clm_` and 26 characters.
//! - [`Phi`] wraps what may never reach a log, a URL or an error text.
//! - [`Entered`] is what somebody wrote: checked when it could be, else kept as written, so a typing
//!   error on a claim becomes a finding instead of a refused import.
//! - [`Error`] is what a verb returns: a [`Refusal`] that a person can act on, or an internal fault.
//! - [`CodeLookup`] is how a layer that knows no code tables asks whether a code is valid on a day.
//!
//! Deliberately absent: queries (a type may say how it is stored, never where), and anything of
//! one feature only.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::float_arithmetic))]

mod bytes;
mod clock;
mod entered;
mod error;
mod identifiers;
mod ids;
mod medical_codes;
mod money;
mod month;
mod note;
mod people;
mod quarter;
mod trading;

pub use bytes::Bytes;
pub use clock::Clock;
pub use entered::{AsText, Entered};
pub use error::{Error, Place, Refusal, Result, Status};
pub use identifiers::{
    ControlNumber, IdentifierError, MemberId, Npi, PayerIdentifier, StateCode, TaxId, Zip,
};
pub use ids::*; // one list of ids: the macro call is the list
pub use medical_codes::{
    Carc, CodeError, CodeLookup, CodeStatus, CodeTable, GroupCode, Icd10Code, Modifier, PlaceOfService,
    ProcedureCode, Rarc,
};
pub use money::{Exact, Money, MoneyError};
pub use month::{Month, MonthError};
pub use note::noted;
pub use people::{Address, PersonName, Phi, Sex, age_years};
pub use quarter::{Quarter, QuarterError};
pub use trading::{ApplicationCode, Email, InterchangeId, InterchangeQualifier, Telephone, TransmitterId};
