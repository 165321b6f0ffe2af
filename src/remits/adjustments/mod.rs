//! Provider adjustments (PLB) as open items: what payers will still take, what they took, and for
//! which claims.
//!
//! An *item* is what one payer writes about one thing: the amounts of its posted remittances that
//! have one reference and move one account. How a reference is written does not matter: blanks,
//! hyphens, capitals and leading zeros are left out.
//!
//! - A recovery is WO negative when it is announced (beside the reversal, CLP02 22) and WO positive
//!   when it is taken; a balance that is carried forward is FB negative, then FB positive (X12 RFI 227).
//!   So an item of these accounts is open until its amounts come to zero.
//! - Interest and levies are earned and spent when they are paid: such an item is closed at once.
//! - A reason that nobody knows is not here but in the exceptions.
//!
//! A recoupment that no later file clears is settled by hand ([`settlements`]): against a visit, or by a check
//! of ours. Items that clear each other under different references are set off by hand ([`pairs`]).
//!
//! Invariants: an item is nothing of its own, only a sum over rows of `provider_adjustments` less what was
//! settled of it, so it moves no money and cannot go stale; the open items of an account are what PLB and
//! settlements left on it ([`super::proofs()`]). A set that is unposted leaves its items as if it had never
//! come; one whose item was settled is not unposted.

pub mod api;
pub mod pages;
pub mod pairs;
pub mod settlements;
mod store;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ledger::AccountKind;
use crate::types::{
    Bytes, ClaimId, EntryId, FileId, Money, PayerId, ProviderAdjustmentId, RemitClaimId, RemittanceId,
};

pub use pairs::{Pair, PairOfItems, Pairs};
pub use settlements::{Choice, Settlement, Settling, Way, settle, undo};
pub use store::{After, Filter, get, list, of_claim, totals};

/// What an item is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ProviderAdjustmentKind)]
pub enum Kind {
    /// An overpayment that the payer recovers, or that we returned (WO, 72, CS and their kin).
    Recoupment,
    /// A balance that the payer carries from one remittance to a later one (FB and its kin).
    ForwardingBalance,
    /// Interest that the payer owes (L6, CR).
    Interest,
    /// What the payer keeps as a levy or penalty (LE, IR, L3, 50, SL).
    Levy,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 4] = [Kind::Recoupment, Kind::ForwardingBalance, Kind::Interest, Kind::Levy];

    /// The account that it moves.
    #[must_use]
    pub const fn account(self) -> AccountKind {
        match self {
            Kind::Recoupment => AccountKind::PayerRecoupments,
            Kind::ForwardingBalance => AccountKind::ForwardingBalances,
            Kind::Interest => AccountKind::InterestIncome,
            Kind::Levy => AccountKind::Levies,
        }
    }

    /// Its amounts clear each other over files; else each of them is final.
    #[must_use]
    pub const fn clears(self) -> bool {
        match self {
            Kind::Recoupment | Kind::ForwardingBalance => true,
            Kind::Interest | Kind::Levy => false,
        }
    }

    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Kind::Recoupment => "Recoupment",
            Kind::ForwardingBalance => "Forwarding balance",
            Kind::Interest => "Interest",
            Kind::Levy => "Levy",
        }
    }
}

/// Where an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ProviderAdjustmentState)]
pub enum Standing {
    /// It was announced or carried forward: the payer will take it from a later payment.
    WillBeTaken,
    /// More was taken than was announced, or nothing was: ask the payer what for.
    TakenUnannounced,
    /// Its amounts come to zero, or it is interest or a levy.
    Closed,
}

impl Standing {
    /// By kind and balance.
    #[must_use]
    pub fn of(kind: Kind, balance: Money) -> Standing {
        if !kind.clears() || balance.is_zero() {
            Standing::Closed
        } else if balance.is_negative() {
            Standing::TakenUnannounced
        } else {
            Standing::WillBeTaken
        }
    }

    /// The word in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Standing::WillBeTaken => "will_be_taken",
            Standing::TakenUnannounced => "taken_unannounced",
            Standing::Closed => "closed",
        }
    }

    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Standing::WillBeTaken => "Will be taken",
            Standing::TakenUnannounced => "Taken unannounced",
            Standing::Closed => "Closed",
        }
    }
}

/// An item with its balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProviderAdjustmentItem)]
pub struct Item {
    /// Its first amount; each of its amounts leads to it.
    pub id: ProviderAdjustmentId,
    /// The payer on file, when one fits.
    pub payer: Option<PayerId>,
    /// 1000A N102.
    pub payer_name: String,
    /// What it is about.
    pub kind: Kind,
    /// PLB03-2 as the payer wrote it first.
    pub reference: Option<String>,
    /// Where it stands.
    pub state: Standing,
    /// What the payer will still take; negative: what it took beyond what it announced. Its PLB
    /// amounts with the sign turned (they lower the payment), less what was settled.
    pub balance: Money,
    /// What was settled of it by hand.
    pub settled: Money,
    /// How many PLB amounts it is made of.
    pub amounts: i64,
    /// Day of the payment that began it.
    pub since: NaiveDate,
    /// Day of the last payment that mentions it.
    pub last_on: NaiveDate,
    /// The claim that the reference names, when exactly one fits.
    pub claim: Option<ClaimId>,
    /// That claim's control number.
    pub claim_number: Option<String>,
}

/// An item with its history over files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProviderAdjustmentDetail)]
pub struct Detail {
    /// The item.
    #[serde(flatten)]
    pub item: Item,
    /// Its amounts, oldest first.
    pub history: Vec<Amount>,
    /// What people did about it, oldest first.
    pub settlements: Vec<Settlement>,
    /// The visits that a recoupment may be settled against, the nearest amount first.
    pub choices: Vec<Choice>,
    /// The open items of the payer that it may be set off against, the same amount first, then the nearest day.
    pub pairs: Vec<Pair>,
    /// What the same remittances took back (CLP02 22): the claims that one PLB may stand for.
    pub reversals: Vec<Reversal>,
}

/// One PLB amount of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProviderAdjustmentAmount)]
pub struct Amount {
    /// Its id.
    pub id: ProviderAdjustmentId,
    /// The remittance.
    pub remittance: RemittanceId,
    /// The payment's trace number.
    pub trace_number: String,
    /// Day of the payment.
    pub on: NaiveDate,
    /// PLB03-1.
    pub reason: String,
    /// PLB03-2.
    pub reference: Option<String>,
    /// PLB04: positive lowers the payment.
    pub amount: Money,
    /// What the PLB amounts come to after it.
    pub balance: Money,
    /// Its ledger entry; none when it moved nothing.
    pub entry: Option<EntryId>,
    /// The 835.
    pub file: FileId,
    /// The PLB segment.
    pub bytes: Bytes,
}

/// A decision that was taken back in a remittance of the item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProviderAdjustmentReversal)]
pub struct Reversal {
    /// The reversal.
    pub remit_claim: RemitClaimId,
    /// The remittance.
    pub remittance: RemittanceId,
    /// The claim, once matched.
    pub claim: Option<ClaimId>,
    /// CLP01.
    pub patient_control_number: String,
    /// CLP04.
    pub paid: Money,
    /// The reversal is posted; else it waits among the exceptions.
    pub posted: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_clears_over_files_stays_open() {
        let standing = |kind, cents| Standing::of(kind, Money::from_cents(cents));
        assert_eq!(standing(Kind::Recoupment, 8_000), Standing::WillBeTaken);
        assert_eq!(standing(Kind::ForwardingBalance, -1), Standing::TakenUnannounced);
        assert_eq!(standing(Kind::Recoupment, 0), Standing::Closed);
        assert_eq!(standing(Kind::Interest, 125), Standing::Closed);
        assert_eq!(standing(Kind::Levy, -500), Standing::Closed);
    }
}
