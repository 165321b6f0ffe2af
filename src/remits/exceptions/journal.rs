//! The entries that an action makes, as they are shown before they are made.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ledger::{AccountKind, EntryKind, NewEntry};
use crate::types::{ClaimId, EntryId, Money, RemitClaimId};

/// The entries of an action, and the proof that they clear what waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Journal {
    /// Where the money waits; none when none does.
    #[schema(value_type = Option<String>)]
    pub waits_in: Option<AccountKind>,
    /// What waits there: credits less debits.
    pub waits: Money,
    /// What the entries take out of it: debits less credits.
    pub clears: Money,
    /// What waits less what is cleared: 0.00, or the action is refused.
    pub difference: Money,
    /// The entries.
    pub entries: Vec<JournalEntry>,
    /// What it takes the place of, where others that say the same stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Replaces>,
}

/// What a decision takes the place of: its payment counts beside theirs, and what it says of the rest counts instead of
/// what they say. The entries move the differences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Replaces {
    /// The decisions that say it now.
    pub decisions: Vec<RemitClaimId>,
    /// What they write off.
    pub written_off_before: Money,
    /// What is written off with it.
    pub written_off: Money,
    /// What they say is the patient's, as far as it was asked of somebody.
    pub share_before: Money,
    /// The same with it.
    pub share: Money,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct JournalEntry {
    /// What kind of document.
    #[schema(value_type = String)]
    pub kind: EntryKind,
    /// Its business date.
    pub effective_on: NaiveDate,
    /// The entry that it undoes.
    pub reverses: Option<EntryId>,
    /// What it moves.
    pub lines: Vec<JournalLine>,
}

/// One transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct JournalLine {
    /// The account that is debited.
    #[schema(value_type = String)]
    pub debit: AccountKind,
    /// The account that is credited.
    #[schema(value_type = String)]
    pub credit: AccountKind,
    /// How much, above zero.
    pub amount: Money,
    /// The claim whose receivable moves.
    pub claim: Option<ClaimId>,
}

impl Journal {
    /// Of these documents, which are to clear `waits` out of an account.
    #[must_use]
    pub fn new(waits_in: Option<AccountKind>, waits: Money, documents: &[NewEntry]) -> Journal {
        let cleared = |transfer: &crate::ledger::Transfer| {
            if Some(transfer.debit()) == waits_in {
                transfer.amount()
            } else if Some(transfer.credit()) == waits_in {
                -transfer.amount()
            } else {
                Money::ZERO
            }
        };
        let clears = documents.iter().flat_map(NewEntry::transfers).map(cleared).sum();
        let waits = if waits_in.is_some() { waits } else { Money::ZERO };
        let entries = documents
            .iter()
            .map(|document| JournalEntry {
                kind: document.kind(),
                effective_on: document.effective_on(),
                reverses: document.reverses(),
                lines: document
                    .transfers()
                    .iter()
                    .map(|transfer| JournalLine {
                        debit: transfer.debit(),
                        credit: transfer.credit(),
                        amount: transfer.amount(),
                        claim: transfer.about().claim,
                    })
                    .collect(),
            })
            .collect();
        Journal { waits_in, waits, clears, difference: waits - clears, entries, replaces: None }
    }

    /// With the entries that follow from these.
    #[must_use]
    pub(super) fn followed_by(mut self, documents: &[NewEntry]) -> Journal {
        let following = Journal::new(self.waits_in, Money::ZERO, documents);
        self.clears += following.clears;
        self.difference += following.difference;
        self.entries.extend(following.entries);
        self
    }

    /// One of the entries restates what a later payer writes off: the only adjustment that follows from an action.
    #[must_use]
    pub fn restates(&self) -> bool {
        self.entries.iter().any(|entry| entry.kind == EntryKind::Adjustment && entry.reverses.is_none())
    }
}
