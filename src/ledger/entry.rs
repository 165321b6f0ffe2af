//! An entry: a document of the ledger, and the transfers that it makes.
//!
//! Whatever exists here is well formed: a [`NewEntry`] has at least one transfer, a [`Transfer`]
//! moves a positive amount between two accounts. So an entry sums to zero by its form.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::types::{ClaimId, EntryId, Money, PatientId, PayerId, Refusal, Status};

use crate::ledger::accounts::{AccountKind, Role};

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Services were billed.
    Charge,
    /// A payer adjudicated a claim: one CLP of an 835, or one manual EOB.
    ClaimPayment,
    /// A payer moved money outside of claims: one PLB adjustment.
    ProviderAdjustment,
    /// A patient paid, or a payment bounced.
    PatientPayment,
    /// Somebody here wrote something off or put it back.
    Adjustment,
    /// Money went back to a payer or a patient.
    Refund,
    /// A receivable moved: to the patient, to the next payer, to another claim.
    Transfer,
    /// Money that was waiting was applied, or found its owner.
    Application,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [EntryKind; 8] = [
        EntryKind::Charge,
        EntryKind::ClaimPayment,
        EntryKind::ProviderAdjustment,
        EntryKind::PatientPayment,
        EntryKind::Adjustment,
        EntryKind::Refund,
        EntryKind::Transfer,
        EntryKind::Application,
    ];

    /// The kind's name in the database and in hashes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            EntryKind::Charge => "charge",
            EntryKind::ClaimPayment => "claim_payment",
            EntryKind::ProviderAdjustment => "provider_adjustment",
            EntryKind::PatientPayment => "patient_payment",
            EntryKind::Adjustment => "adjustment",
            EntryKind::Refund => "refund",
            EntryKind::Transfer => "transfer",
            EntryKind::Application => "application",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<EntryKind> {
        EntryKind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// The kind of document that an entry comes from: `remit_claim`, `charge_line`. Each feature
/// declares its own as a constant; the ledger only keeps them apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct SourceKind(Cow<'static, str>);

impl SourceKind {
    /// A source kind: lower case, at most 40 characters (the database checks it).
    #[must_use]
    pub const fn new(name: &'static str) -> SourceKind {
        SourceKind(Cow::Borrowed(name))
    }

    pub(super) const fn stored(name: String) -> SourceKind {
        SourceKind(Cow::Owned(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an entry comes from. One source posts once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Source {
    /// What kind of document.
    pub kind: SourceKind,
    /// Which one.
    pub id: Uuid,
    /// Where it stands in a file, when it came in one: what makes a replay into an empty database
    /// recognisable as the same ledger, where ids differ.
    pub place: Option<SourcePlace>,
}

/// A document's place in a file that came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct SourcePlace {
    /// SHA-256 of the file's bytes.
    #[serde(skip)]
    pub file_sha256: [u8; 32],
    /// Which document of the file, in the order in which they stand there.
    pub ordinal: i64,
}

impl Source {
    /// A source that came in no file: a user's action, a job.
    #[must_use]
    pub const fn new(kind: SourceKind, id: Uuid) -> Source {
        Source { kind, id, place: None }
    }

    /// A source that came in a file.
    #[must_use]
    pub const fn in_file(kind: SourceKind, id: Uuid, file_sha256: [u8; 32], ordinal: i64) -> Source {
        Source { kind, id, place: Some(SourcePlace { file_sha256, ordinal }) }
    }
}

/// Whom and what a transfer concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct About {
    /// The claim whose receivable moves.
    pub claim: Option<ClaimId>,
    /// The payer on the other side.
    pub payer: Option<PayerId>,
    /// The patient.
    pub patient: Option<PatientId>,
}

/// An amount that moves from the account it credits to the account it debits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Transfer {
    pub(super) debit: AccountKind,
    pub(super) credit: AccountKind,
    pub(super) amount: Money,
    #[serde(flatten)]
    pub(super) about: About,
}

/// Why something cannot be posted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// Nothing, or less, would move.
    #[error("a transfer of {amount} from {credit} to {debit} moves nothing forward")]
    AmountNotPositive { debit: AccountKind, credit: AccountKind, amount: Money },
    /// The account would move money to itself.
    #[error("a transfer from {0} to itself moves nothing")]
    SameAccount(AccountKind),
    /// A receivable without its owner.
    #[error("a transfer that touches {0} does not say whose receivable moves")]
    NobodyOwes(AccountKind),
    /// Interest and levies are no part of what is owed for a claim.
    #[error("{0} must not move a receivable")]
    OutsideMeetsReceivable(AccountKind),
    /// A document that does nothing.
    #[error("an entry without transfers says nothing")]
    Empty,
    /// The same source, but not the same entry.
    #[error("{kind} {id} has been posted as {posted} with other content")]
    SourcePostedDifferently { kind: String, id: Uuid, posted: EntryId },
    /// No such entry, or another tenant's.
    #[error("there is no entry {0}")]
    NoSuchEntry(EntryId),
    /// Undone before.
    #[error("entry {entry} has been reversed by {by}")]
    AlreadyReversed { entry: EntryId, by: EntryId },
    /// A reversal is final.
    #[error("entry {0} is itself a reversal")]
    ReversalOfAReversal(EntryId),
    /// What no general ledger takes as an account.
    #[error("the general-ledger account of {0} is no name or number that journal files can hold")]
    GeneralLedgerAccount(AccountKind),
}

impl From<LedgerError> for Refusal {
    fn from(error: LedgerError) -> Refusal {
        let (code, status, next) = match &error {
            LedgerError::AmountNotPositive { .. } => (
                "ledger/amount-not-positive",
                Status::Invalid,
                "Swap the accounts of a negative amount; leave out a zero",
            ),
            LedgerError::SameAccount(_) => {
                ("ledger/same-account", Status::Invalid, "Name two different accounts")
            }
            LedgerError::NobodyOwes(_) => (
                "ledger/nobody-owes",
                Status::Invalid,
                "Name the claim of an insurance receivable, the patient of a patient's",
            ),
            LedgerError::OutsideMeetsReceivable(_) => {
                ("ledger/outside-meets-receivable", Status::Invalid, "Post interest and levies against cash")
            }
            LedgerError::Empty => ("ledger/empty-entry", Status::Invalid, "Post at least one transfer"),
            LedgerError::SourcePostedDifferently { .. } => (
                "ledger/source-posted-differently",
                Status::Conflict,
                "Reverse the posted entry, then post the correction as a new source",
            ),
            LedgerError::NoSuchEntry(_) => ("ledger/no-such-entry", Status::NotFound, "Check the entry's id"),
            LedgerError::AlreadyReversed { .. } => {
                ("ledger/already-reversed", Status::Conflict, "Look at the entry that reversed it")
            }
            LedgerError::GeneralLedgerAccount(_) => (
                "ledger/general-ledger-account",
                Status::Invalid,
                "Write a name of 1 to 60 characters without quotes, a number of 1 to 20 letters, digits, dots, hyphens",
            ),
            LedgerError::ReversalOfAReversal(_) => {
                ("ledger/reversal-of-a-reversal", Status::Conflict, "Post the original again as a new source")
            }
        };
        Refusal::new(code, status, error.to_string(), next)
    }
}
impl From<LedgerError> for crate::types::Error {
    fn from(error: LedgerError) -> crate::types::Error {
        Refusal::from(error).into()
    }
}

impl Transfer {
    /// A transfer of a positive amount.
    ///
    /// # Errors
    /// Any of the first four [`LedgerError`]s.
    ///
    /// ```
    /// use firstpass::ledger::{About, AccountKind, LedgerError, Transfer};
    /// use firstpass::types::{ClaimId, Money};
    /// let about = About { claim: Some(ClaimId::new()), ..About::default() };
    /// let paid = Money::from_cents(8_000);
    /// assert!(Transfer::new(AccountKind::InsuranceCash, AccountKind::InsuranceAr, paid, about).is_ok());
    /// assert_eq!(
    ///     Transfer::new(AccountKind::Levies, AccountKind::InsuranceAr, paid, about),
    ///     Err(LedgerError::OutsideMeetsReceivable(AccountKind::Levies))
    /// );
    /// ```
    pub fn new(
        debit: AccountKind,
        credit: AccountKind,
        amount: Money,
        about: About,
    ) -> Result<Transfer, LedgerError> {
        if debit == credit {
            return Err(LedgerError::SameAccount(debit));
        }
        if !amount.is_positive() {
            return Err(LedgerError::AmountNotPositive { debit, credit, amount });
        }
        for (side, other) in [(debit, credit), (credit, debit)] {
            let owner_missing = match side {
                AccountKind::InsuranceAr => about.claim.is_none(),
                AccountKind::PatientAr => about.patient.is_none(),
                _ => false,
            };
            if owner_missing {
                return Err(LedgerError::NobodyOwes(side));
            }
            if side.role() == Role::Receivable && other.role() == Role::Outside {
                return Err(LedgerError::OutsideMeetsReceivable(other));
            }
        }
        Ok(Transfer { debit, credit, amount, about })
    }

    /// A transfer of a signed amount: a negative one flows the other way, a zero is no transfer.
    /// For what payers sign as they like: CAS, PLB, reversals.
    ///
    /// # Errors
    /// As [`Transfer::new`].
    pub fn signed(
        debit: AccountKind,
        credit: AccountKind,
        amount: Money,
        about: About,
    ) -> Result<Option<Transfer>, LedgerError> {
        if amount.is_zero() {
            Ok(None)
        } else if amount.is_negative() {
            Transfer::new(credit, debit, -amount, about).map(Some)
        } else {
            Transfer::new(debit, credit, amount, about).map(Some)
        }
    }

    /// The account that grows on its debit side.
    #[must_use]
    pub const fn debit(&self) -> AccountKind {
        self.debit
    }
    /// The account that grows on its credit side.
    #[must_use]
    pub const fn credit(&self) -> AccountKind {
        self.credit
    }
    /// How much, always positive.
    #[must_use]
    pub const fn amount(&self) -> Money {
        self.amount
    }
    /// Whom it concerns.
    #[must_use]
    pub const fn about(&self) -> About {
        self.about
    }

    /// The same amount back.
    #[must_use]
    pub const fn reversed(self) -> Transfer {
        Transfer { debit: self.credit, credit: self.debit, ..self }
    }
}

/// A document to be posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    pub(super) kind: EntryKind,
    pub(super) source: Source,
    pub(super) effective_on: NaiveDate,
    pub(super) reverses: Option<EntryId>,
    pub(super) transfers: Vec<Transfer>,
}

impl NewEntry {
    /// A document of at least one transfer. `effective_on` is the business date: the day of
    /// service, of payment, of the decision.
    ///
    /// # Errors
    /// [`LedgerError::Empty`] without transfers.
    pub fn new(
        kind: EntryKind,
        source: Source,
        effective_on: NaiveDate,
        transfers: Vec<Transfer>,
    ) -> Result<NewEntry, LedgerError> {
        if transfers.is_empty() {
            return Err(LedgerError::Empty);
        }
        Ok(NewEntry { kind, source, effective_on, reverses: None, transfers })
    }

    /// What it is about.
    #[must_use]
    pub const fn kind(&self) -> EntryKind {
        self.kind
    }
    /// What it comes from.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }
    /// The business date.
    #[must_use]
    pub const fn effective_on(&self) -> NaiveDate {
        self.effective_on
    }
    /// The entry that it undoes, when it is a reversal.
    #[must_use]
    pub const fn reverses(&self) -> Option<EntryId> {
        self.reverses
    }
    /// What it moves, in the order of its lines.
    #[must_use]
    pub fn transfers(&self) -> &[Transfer] {
        &self.transfers
    }
}

/// A posted document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// What it is about.
    pub kind: EntryKind,
    /// What it comes from.
    pub source: Source,
    /// The business date.
    pub effective_on: NaiveDate,
    /// The day on which it counts in the books: the business date, or when that is in a period that
    /// was closed by then, the first day of the first open one.
    pub booked_on: NaiveDate,
    /// When it was posted.
    pub posted_at: DateTime<Utc>,
    /// The entry that this one undoes.
    pub reverses: Option<EntryId>,
    /// What moved, in the order of its lines.
    pub transfers: Vec<Transfer>,
}

impl Entry {
    /// The document that undoes this one: the same transfers, swapped, line by line.
    ///
    /// # Errors
    /// [`LedgerError::ReversalOfAReversal`].
    pub fn reversal(&self, effective_on: NaiveDate, source: Source) -> Result<NewEntry, LedgerError> {
        if self.reverses.is_some() {
            return Err(LedgerError::ReversalOfAReversal(self.id));
        }
        Ok(NewEntry {
            kind: self.kind,
            source,
            effective_on,
            reverses: Some(self.id),
            transfers: self.transfers.iter().map(|transfer| transfer.reversed()).collect(),
        })
    }
}
