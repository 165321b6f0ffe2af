//! The named parts of the worklist.

use crate::claims::lifecycle::Status;
use crate::claims::store::StatusCount;
use crate::types::Money;

/// A named part of all claims. A tab, its count and its rows ask the same question: the
/// statuses of [`View::statuses`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// Something waits for a person.
    #[default]
    NeedsAction,
    /// The scrubber stopped it.
    Held,
    /// Not sent yet, and nothing stops it.
    ToSend,
    /// Sent; the payer has not decided.
    WithPayer,
    /// Turned away before adjudication.
    Rejected,
    /// Denied, whole or in part, or disputed.
    Denied,
    /// Settled by the payer.
    Paid,
    /// Nothing is left to do with this payer.
    Done,
    /// Every claim.
    All,
}

impl View {
    /// In the order of the tabs.
    pub const TABS: [View; 9] = [
        View::NeedsAction,
        View::Held,
        View::ToSend,
        View::WithPayer,
        View::Rejected,
        View::Denied,
        View::Paid,
        View::Done,
        View::All,
    ];

    /// The word in an address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            View::NeedsAction => "needs-action",
            View::Held => "held",
            View::ToSend => "to-send",
            View::WithPayer => "with-payer",
            View::Rejected => "rejected",
            View::Denied => "denied",
            View::Paid => "paid",
            View::Done => "done",
            View::All => "all",
        }
    }

    /// From the word in an address.
    #[must_use]
    pub fn from_word(word: &str) -> Option<View> {
        View::TABS.into_iter().find(|view| view.as_str() == word)
    }

    /// The words on a page.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            View::NeedsAction => "Needs action",
            View::Held => "Held",
            View::ToSend => "To send",
            View::WithPayer => "With payer",
            View::Rejected => "Rejected",
            View::Denied => "Denied",
            View::Paid => "Paid",
            View::Done => "Done",
            View::All => "All",
        }
    }

    /// The statuses of its claims.
    #[must_use]
    pub const fn statuses(self) -> &'static [Status] {
        match self {
            View::NeedsAction => &[Status::Held, Status::Rejected, Status::Denied, Status::PartiallyPaid],
            View::Held => &[Status::Held],
            View::ToSend => &[Status::Draft, Status::Ready, Status::Queued],
            View::WithPayer => &[Status::Submitted, Status::Acknowledged, Status::Accepted, Status::Pending],
            View::Rejected => &[Status::Rejected],
            View::Denied => &[Status::Denied, Status::PartiallyPaid, Status::Appealed],
            View::Paid => &[Status::Paid],
            View::Done => &[Status::Closed, Status::Replaced, Status::Voided],
            View::All => &Status::ALL,
        }
    }

    /// How many claims the view has and what they charge, from the counts by status.
    #[must_use]
    pub fn total(self, counts: &[StatusCount]) -> (i64, Money) {
        let of_view = || counts.iter().filter(|count| self.statuses().contains(&count.status));
        (of_view().map(|count| count.claims).sum(), of_view().map(|count| count.charged).sum())
    }
}
