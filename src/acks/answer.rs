//! What an answer says, whatever segments it came in.

use serde::Serialize;

/// The kinds of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "&'static str")]
pub enum Kind {
    /// Interchange acknowledgment.
    Ta1,
    /// Implementation acknowledgment.
    Implementation,
    /// Claim acknowledgment.
    Claim,
}

impl From<Kind> for &'static str {
    fn from(kind: Kind) -> &'static str {
        kind.as_str()
    }
}

impl Kind {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Ta1 => "TA1",
            Kind::Implementation => "999",
            Kind::Claim => "277CA",
        }
    }
    /// From the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Kind> {
        [Kind::Ta1, Kind::Implementation, Kind::Claim].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What an answer means for the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "&'static str")]
pub enum Outcome {
    /// Everything that it speaks of was taken.
    Accepted,
    /// Some of it.
    PartlyAccepted,
    /// Nothing.
    Rejected,
    /// It speaks of nothing of ours.
    NotOurs,
}

impl From<Outcome> for &'static str {
    fn from(outcome: Outcome) -> &'static str {
        outcome.as_str()
    }
}

impl Outcome {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Accepted => "accepted",
            Outcome::PartlyAccepted => "partly_accepted",
            Outcome::Rejected => "rejected",
            Outcome::NotOurs => "not_ours",
        }
    }
    /// From the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Outcome> {
        [Outcome::Accepted, Outcome::PartlyAccepted, Outcome::Rejected, Outcome::NotOurs]
            .into_iter()
            .find(|outcome| outcome.as_str() == word)
    }
    /// From what was accepted and rejected below.
    pub(super) const fn of(accepted: bool, rejected: bool) -> Outcome {
        match (accepted, rejected) {
            (true, true) => Outcome::PartlyAccepted,
            (false, true) => Outcome::Rejected,
            (_, false) => Outcome::Accepted,
        }
    }
}

/// First and last byte in the answer's file.
pub(super) type Bytes = (u64, u64);

/// One answer, with the identifiers of who sent it (ISA06, GS02).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub senders: Vec<String>,
    pub says: Says,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Says {
    Interchange(InterchangeAnswer),
    Group(GroupAnswer),
    Claims(ClaimsAnswer),
}

impl Says {
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Says::Interchange(_) => Kind::Ta1,
            Says::Group(_) => Kind::Implementation,
            Says::Claims(_) => Kind::Claim,
        }
    }
}

/// TA1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InterchangeAnswer {
    /// TA101.
    pub control_number: String,
    /// TA104 A or E.
    pub accepted: bool,
    /// TA104.
    pub code: String,
    /// TA105.
    pub note: Option<String>,
    pub bytes: Bytes,
}

/// A 999.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GroupAnswer {
    /// AK101.
    pub functional_id: String,
    /// AK102.
    pub control_number: String,
    /// AK901.
    pub verdict: GroupVerdict,
    /// AK901.
    pub code: String,
    /// AK905 to AK909.
    pub errors: Vec<String>,
    pub sets: Vec<SetAnswer>,
    pub bytes: Bytes,
}

/// AK901.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupVerdict {
    /// A, E: every set, unless its IK5 says otherwise.
    Accepted,
    /// P: each set as its IK5 says.
    Partly,
    /// R, M, W, X: every set.
    Rejected,
}

/// AK2 to IK5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SetAnswer {
    /// AK202.
    pub control_number: String,
    /// IK501 A or E.
    pub accepted: bool,
    /// IK501.
    pub code: String,
    /// IK502 to IK506.
    pub errors: Vec<String>,
    pub findings: Vec<SegmentFinding>,
    pub bytes: Bytes,
}

/// IK3: a wrong segment of ours. Serialized into a claim's event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct SegmentFinding {
    /// IK301.
    pub segment: String,
    /// IK302.
    pub number: u32,
    /// IK303.
    pub r#loop: Option<String>,
    /// IK304.
    pub error: Option<String>,
    /// IK4.
    pub elements: Vec<ElementFinding>,
    /// CTX*CLM01: the claim, when the answer names it.
    #[serde(skip)]
    pub claim: Option<String>,
}

/// IK4: what is wrong with an element. What stood there is not kept here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct ElementFinding {
    /// `NM109`, `SV101-2`.
    pub element: String,
    /// IK403.
    pub error: String,
}

/// What a 277CA says to one submitter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClaimsAnswer {
    /// 2200B TRN02: our BHT03.
    pub reference: Option<String>,
    /// 2200B STC.
    pub batch: Vec<StatusCode>,
    pub batch_bytes: Bytes,
    pub providers: Vec<ProviderAnswer>,
    pub bytes: Bytes,
}

/// 2000C.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProviderAnswer {
    /// 2100C NM109: NPI or tax id.
    pub identifiers: Vec<String>,
    /// 2200C STC.
    pub statuses: Vec<StatusCode>,
    pub bytes: Bytes,
    pub claims: Vec<ClaimAnswer>,
}

/// 2200D.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClaimAnswer {
    /// TRN02: our CLM01.
    pub control_number: String,
    pub statuses: Vec<StatusCode>,
    /// REF*1K.
    pub payer_claim_control_number: Option<String>,
    /// 2220D: the lines that are rejected, by our number for them where it is given.
    pub lines: Vec<LineStatus>,
    pub bytes: Bytes,
}

/// 2220D.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct LineStatus {
    /// REF*FJ.
    pub line: Option<String>,
    pub statuses: Vec<StatusCode>,
}

/// STC01, STC10 or STC11: the category decides, whatever STC03 says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct StatusCode {
    /// `A2`, `A7`, ...
    pub category: String,
    /// The claim status code.
    pub status: String,
    /// Whom it is about.
    pub entity: Option<String>,
}

/// What a category says of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Decision {
    /// A0, A1, and whatever decides nothing.
    Seen,
    /// P*.
    Pended,
    /// A2; A5: split when it was accepted.
    Accepted,
    /// A3, A4, A6, A7, A8.
    Rejected,
}

impl StatusCode {
    pub(super) fn decision(&self) -> Decision {
        match self.category.as_str() {
            "A2" | "A5" => Decision::Accepted,
            "A3" | "A4" | "A6" | "A7" | "A8" => Decision::Rejected,
            other if other.starts_with('P') => Decision::Pended,
            _ => Decision::Seen,
        }
    }
}

/// The gravest of several statuses; none when there is none.
pub(super) fn decision(statuses: &[StatusCode]) -> Option<Decision> {
    statuses.iter().map(StatusCode::decision).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_category_decides_and_the_gravest_of_several() {
        let check = |categories: &[&str], expected: Option<Decision>| {
            let statuses: Vec<StatusCode> = categories
                .iter()
                .map(|category| StatusCode {
                    category: (*category).to_owned(),
                    status: "20".to_owned(),
                    entity: None,
                })
                .collect();
            assert_eq!(decision(&statuses), expected, "{categories:?}");
        };
        check(&[], None);
        check(&["A0"], Some(Decision::Seen));
        check(&["A1"], Some(Decision::Seen));
        check(&["A1", "A2"], Some(Decision::Accepted));
        check(&["A5"], Some(Decision::Accepted));
        check(&["P1"], Some(Decision::Pended));
        for rejecting in ["A3", "A4", "A6", "A7", "A8"] {
            check(&["A2", rejecting], Some(Decision::Rejected));
        }
    }
}
