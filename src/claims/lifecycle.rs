//! What may happen to a claim, and what its status is afterwards: the one table.
#![warn(clippy::wildcard_enum_match_arm)]

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Built from charges, not yet checked.
    Draft,
    /// The scrubber found something that stops it; a coordinator mends it.
    Held,
    /// Checked; may be sent.
    Ready,
    /// Has a control number; waits for its batch.
    Queued,
    /// Left in an 837 file.
    Submitted,
    /// The file was accepted by 999.
    Acknowledged,
    /// The payer took it for adjudication (277CA A2).
    Accepted,
    /// Turned away before adjudication: TA1, 999 or 277CA. Mended and sent as new, never appealed.
    Rejected,
    /// The payer is thinking (277 P*).
    Pending,
    /// Adjudicated, all of the claim settled or left to the patient.
    Paid,
    /// Adjudicated, some lines denied.
    PartiallyPaid,
    /// Adjudicated, nothing paid for a reason that is no patient share.
    Denied,
    /// A denial that we dispute.
    Appealed,
    /// A replacement (frequency 7) has taken its place.
    Replaced,
    /// Taken back (frequency 8).
    Voided,
    /// Nothing is left to do for this payer.
    Closed,
}

impl Status {
    /// All of them, in the order of a claim's life.
    pub const ALL: [Status; 16] = [
        Status::Draft,
        Status::Held,
        Status::Ready,
        Status::Queued,
        Status::Submitted,
        Status::Acknowledged,
        Status::Accepted,
        Status::Rejected,
        Status::Pending,
        Status::Paid,
        Status::PartiallyPaid,
        Status::Denied,
        Status::Appealed,
        Status::Replaced,
        Status::Voided,
        Status::Closed,
    ];

    /// The word in the database, the API and on pages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::Held => "held",
            Status::Ready => "ready",
            Status::Queued => "queued",
            Status::Submitted => "submitted",
            Status::Acknowledged => "acknowledged",
            Status::Accepted => "accepted",
            Status::Rejected => "rejected",
            Status::Pending => "pending",
            Status::Paid => "paid",
            Status::PartiallyPaid => "partially_paid",
            Status::Denied => "denied",
            Status::Appealed => "appealed",
            Status::Replaced => "replaced",
            Status::Voided => "voided",
            Status::Closed => "closed",
        }
    }

    /// True once a payer has decided: from here no acknowledgement moves the claim.
    #[must_use]
    pub const fn is_adjudicated(self) -> bool {
        match self {
            Status::Draft
            | Status::Held
            | Status::Ready
            | Status::Queued
            | Status::Submitted
            | Status::Acknowledged
            | Status::Accepted
            | Status::Rejected
            | Status::Pending => false,
            Status::Paid
            | Status::PartiallyPaid
            | Status::Denied
            | Status::Appealed
            | Status::Replaced
            | Status::Voided
            | Status::Closed => true,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
impl FromStr for Status {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Status, anyhow::Error> {
        Status::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| anyhow::anyhow!("no claim status {text}"))
    }
}

/// Something that happened to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Drafted from charges, or as the next payer's claim.
    Drafted,
    /// Scrubbed; something stops it.
    Held,
    /// Scrubbed; nothing stops it.
    Released,
    /// A person changed it; it has to be scrubbed again.
    Revised,
    /// A submission with its control number was made.
    Queued,
    /// Its batch was handed to the payer's mailbox.
    Sent,
    /// The payer before sent it on to this one (crossover): we do not.
    CrossedOver,
    /// 999 or TA1 accepted what it travelled in.
    FileAccepted,
    /// 999 or TA1 refused what it travelled in.
    FileRejected,
    /// 277CA A0, A1: seen, nothing decided.
    Received,
    /// 277CA A2.
    PayerAccepted,
    /// 277CA A3-A8.
    PayerRejected,
    /// 277 P*.
    Pended,
    /// 835: settled in full between payment, contract and patient.
    Paid,
    /// 835: part of it denied.
    PartiallyPaid,
    /// 835: nothing paid, for a reason that is no patient share.
    Denied,
    /// 835 CLP02 22: the payer took its decision back.
    Reversed,
    /// We dispute.
    Appealed,
    /// Our frequency 7 claim replaces it.
    Replaced,
    /// Our frequency 8 claim took it back.
    Voided,
    /// Nothing is left with this payer.
    Closed,
}

impl Event {
    /// All of them.
    pub const ALL: [Event; 21] = [
        Event::Drafted,
        Event::Held,
        Event::Released,
        Event::Revised,
        Event::Queued,
        Event::Sent,
        Event::CrossedOver,
        Event::FileAccepted,
        Event::FileRejected,
        Event::Received,
        Event::PayerAccepted,
        Event::PayerRejected,
        Event::Pended,
        Event::Paid,
        Event::PartiallyPaid,
        Event::Denied,
        Event::Reversed,
        Event::Appealed,
        Event::Replaced,
        Event::Voided,
        Event::Closed,
    ];

    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Event::Drafted => "drafted",
            Event::Held => "held",
            Event::Released => "released",
            Event::Revised => "revised",
            Event::Queued => "queued",
            Event::Sent => "sent",
            Event::CrossedOver => "crossed_over",
            Event::FileAccepted => "file_accepted",
            Event::FileRejected => "file_rejected",
            Event::Received => "received",
            Event::PayerAccepted => "payer_accepted",
            Event::PayerRejected => "payer_rejected",
            Event::Pended => "pended",
            Event::Paid => "paid",
            Event::PartiallyPaid => "partially_paid",
            Event::Denied => "denied",
            Event::Reversed => "reversed",
            Event::Appealed => "appealed",
            Event::Replaced => "replaced",
            Event::Voided => "voided",
            Event::Closed => "closed",
        }
    }
}
impl FromStr for Event {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Event, anyhow::Error> {
        Event::ALL
            .into_iter()
            .find(|event| event.as_str() == text)
            .ok_or_else(|| anyhow::anyhow!("no claim event {text}"))
    }
}

/// An event that cannot follow the status a claim has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a claim that is {status} cannot be {}", event.as_str())]
pub struct Impossible {
    /// Where the claim stands.
    pub status: Status,
    /// What was to happen.
    pub event: Event,
}

/// The status after `event`. The same status means: recorded, nothing moves (an
/// acknowledgement that came late, twice or out of order).
///
/// # Errors
/// [`Impossible`] when the event contradicts the status: then nothing is recorded.
pub fn next(status: Option<Status>, event: Event) -> Result<Status, Impossible> {
    use Status as S;
    let Some(status) = status else {
        let first = event == Event::Drafted;
        return if first { Ok(S::Draft) } else { Err(Impossible { status: S::Draft, event }) };
    };
    let impossible = Err(Impossible { status, event });
    // Before the claim left, in the order in which it gets ready.
    let unsent = matches!(status, S::Draft | S::Held | S::Ready | S::Rejected);
    let travelling = matches!(status, S::Submitted | S::Acknowledged | S::Accepted | S::Pending);
    // Whether it did leave, the submission knows by whose control number the answer came.
    let may_have_left = status != S::Draft;
    match event {
        Event::Drafted => impossible,
        Event::Held if unsent || status == S::Queued => Ok(S::Held),
        Event::Released if unsent => Ok(S::Ready),
        // Not back to draft: what was sent before may still be answered.
        Event::Revised if unsent => Ok(if status == S::Draft { S::Draft } else { S::Held }),
        Event::Queued if status == S::Ready => Ok(S::Queued),
        Event::Sent if status == S::Queued => Ok(S::Submitted),
        Event::Held | Event::Released | Event::Revised | Event::Queued | Event::Sent => impossible,
        Event::CrossedOver => Ok(if unsent { S::Submitted } else { status }),

        // Acknowledgements: forward only, and never out of an adjudicated status.
        Event::FileAccepted if status == S::Submitted => Ok(S::Acknowledged),
        Event::FileRejected if matches!(status, S::Submitted | S::Acknowledged) => Ok(S::Rejected),
        Event::PayerAccepted if matches!(status, S::Submitted | S::Acknowledged) => Ok(S::Accepted),
        Event::PayerRejected if travelling => Ok(S::Rejected),
        Event::Pended if travelling => Ok(S::Pending),
        Event::FileAccepted
        | Event::FileRejected
        | Event::Received
        | Event::PayerAccepted
        | Event::PayerRejected
        | Event::Pended => {
            if may_have_left {
                Ok(status)
            } else {
                impossible
            }
        }

        // A remittance is the payer's word: it moves any claim that has left, even one whose
        // acknowledgement is missing or was a rejection, or that is being mended to be resent.
        Event::Paid => {
            if may_have_left {
                Ok(S::Paid)
            } else {
                impossible
            }
        }
        Event::PartiallyPaid => {
            if may_have_left {
                Ok(S::PartiallyPaid)
            } else {
                impossible
            }
        }
        Event::Denied => {
            if may_have_left {
                Ok(S::Denied)
            } else {
                impossible
            }
        }
        Event::Reversed => {
            if may_have_left {
                Ok(S::Pending)
            } else {
                impossible
            }
        }

        Event::Appealed if matches!(status, S::Denied | S::PartiallyPaid) => Ok(S::Appealed),
        Event::Replaced if status.is_adjudicated() && status != S::Voided => Ok(S::Replaced),
        Event::Voided if status.is_adjudicated() && status != S::Replaced => Ok(S::Voided),
        Event::Closed if status.is_adjudicated() || unsent => Ok(S::Closed),
        Event::Appealed | Event::Replaced | Event::Voided | Event::Closed => impossible,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(events: &[Event], expected: Status) {
        let status = events.iter().fold(None, |status, &event| Some(next(status, event).unwrap()));
        assert_eq!(status, Some(expected));
    }

    #[test]
    fn a_claim_is_paid_on_the_first_pass() {
        use Event::*;
        check(
            &[Drafted, Released, Queued, Sent, FileAccepted, Received, PayerAccepted, Paid, Closed],
            Status::Closed,
        );
    }

    #[test]
    fn a_rejected_claim_is_mended_and_sent_as_new() {
        use Event::*;
        check(&[Drafted, Released, Queued, Sent, FileRejected, Released, Queued, Sent], Status::Submitted);
        assert!(next(Some(Status::Rejected), Appealed).is_err());
    }

    #[test]
    fn acknowledgements_late_twice_or_out_of_order_move_nothing_back() {
        use Event::*;
        let sent = [Drafted, Released, Queued, Sent];
        check(&[&sent[..], &[PayerAccepted, FileAccepted, FileAccepted]].concat(), Status::Accepted);
        for acknowledgement in [FileAccepted, FileRejected, Received, PayerAccepted, PayerRejected, Pended] {
            for status in Status::ALL.into_iter().filter(|status| status.is_adjudicated()) {
                assert_eq!(next(Some(status), acknowledgement), Ok(status));
            }
        }
    }

    #[test]
    fn only_a_reversal_reopens_what_a_payer_decided() {
        use Event::*;
        check(&[Drafted, Released, Queued, Sent, Paid, Closed, Reversed], Status::Pending);
    }

    #[test]
    fn what_a_person_changed_is_scrubbed_before_it_goes() {
        use Event::*;
        check(&[Drafted, Revised], Status::Draft);
        check(&[Drafted, Released, Revised], Status::Held);
        check(&[Drafted, Released, Queued, Sent, FileRejected, Revised, Released], Status::Ready);
        assert!(next(Some(Status::Queued), Revised).is_err());
        assert!(next(Some(Status::Paid), Revised).is_err());
    }

    #[test]
    fn what_the_payer_before_sent_on_is_answered_without_being_sent_by_us() {
        use Event::*;
        check(&[Drafted, CrossedOver], Status::Submitted);
        check(&[Drafted, Released, CrossedOver, Paid, CrossedOver], Status::Paid);
        assert!(next(Some(Status::Submitted), Queued).is_err());
    }

    #[test]
    fn no_payer_answers_a_draft() {
        for event in [Event::Paid, Event::FileAccepted, Event::PayerRejected, Event::Reversed] {
            let status = Status::Draft;
            assert_eq!(next(Some(status), event), Err(Impossible { status, event }));
        }
    }

    #[test]
    fn a_late_answer_to_an_earlier_sending_leaves_the_mending_alone_but_money_does_not_wait() {
        use Event::*;
        let mended = [Drafted, Released, Queued, Sent, FileRejected, Held];
        check(&[&mended[..], &[PayerRejected]].concat(), Status::Held);
        check(&[&mended[..], &[Paid]].concat(), Status::Paid);
    }
}
