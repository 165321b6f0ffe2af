//! What makes the sandbox payer answer otherwise than with a payment, at will: like test card
//! numbers, known from what is sent.
//!
//! By the last two digits of the member id (a made-up member id has each of them once in a hundred,
//! a made-up Medicare number once in eighty-nine):
//!
//! | digits | what happens |
//! | --- | --- |
//! | 17 | 277CA rejects: A7, 33, IL (no such member) |
//! | 23 | 277CA says A1 (received, in review); five days later A2, then it is adjudicated |
//! | 29 | silence: the set is accepted, the claim is never heard of again |
//! | 31 | CO-27: coverage ended before the service |
//! | 37 | CO-31 at the claim, CLP02 4: not our member |
//! | 41 | CO-22: another payer is first, unless the claim shows that payer's payment |
//! | 43 | CO-16 with MA130 and N382: not processable, send a new claim |
//! | 47 | paid; ten days later reversed (22) and corrected to four fifths of what was allowed, taken back at once |
//! | 53 | paid; ten days later reversed (22) and denied CO-27; the money is left for now (PLB WO negative) and taken from a later payment (WO positive) |
//! | 59 | adjudicated ten days after interest begins to run: PLB L6 |
//!
//! By other numbers:
//!
//! | what | ends in | what happens |
//! | --- | --- | --- |
//! | ISA13 | 997 | TA1 R with 022; nothing inside is read |
//! | SBR03 | 997 | 999 rejects the set: IK3 SBR, IK4 element 3 with I12; the next time the group is known and the set passes |
//!
//! By the claim itself: a procedure of [`Plan::authorization`](super::Plan) without REF*G1 is
//! CO-197; one of `not_covered` is PR-96 with N130; the part of a bundled pair is CO-97 with M15; a
//! line that was paid before for the same member and day is OA-18, unless modifier 76, 77 or 91
//! says that it was done again; later than `timely_filing_days` is CO-29; as second payer without
//! the first payer's account it is CO-22 with MA04. By seed, `unnecessary_per_mille` of lines for
//! tests, imaging and medicine are CO-50, `incomplete_per_mille` of all lines are CO-16 with M76.
//!
//! A payment never goes below zero: what cannot be taken is carried forward (PLB FB).
//!
//! How often that is by nature: 200 made-up encounters of 120 patients at four payers, over seven
//! weeks and several seeds, gave 1 to 5 rejections in the 277CA, up to 6 silences, 3 to 11 reversals,
//! and lines refused with CO-97 16 to 22, CO-197 5 to 14, CO-27 2 to 17, CO-16 3 to 11, CO-50 1 to 5,
//! PR-96 1 to 5, CO-22 up to 8, CO-31 up to 7, OA-18 up to 4. The two triggers that end in 997 need
//! to be planted: they reject a whole file or set, and by nature occur once in a thousand.

use sha2::{Digest, Sha256};

/// What a member id makes happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberTrigger {
    /// 17
    NotFound,
    /// 23
    Review,
    /// 29
    Silence,
    /// 31
    CoverageEnded,
    /// 37
    NotOurs,
    /// 41
    OtherCoverage,
    /// 43
    Unprocessable,
    /// 47
    CorrectedDown,
    /// 53
    TakenBackLater,
    /// 59
    Slow,
}

impl MemberTrigger {
    /// All, with their digits.
    pub const ALL: [(&'static str, MemberTrigger); 10] = [
        ("17", MemberTrigger::NotFound),
        ("23", MemberTrigger::Review),
        ("29", MemberTrigger::Silence),
        ("31", MemberTrigger::CoverageEnded),
        ("37", MemberTrigger::NotOurs),
        ("41", MemberTrigger::OtherCoverage),
        ("43", MemberTrigger::Unprocessable),
        ("47", MemberTrigger::CorrectedDown),
        ("53", MemberTrigger::TakenBackLater),
        ("59", MemberTrigger::Slow),
    ];

    /// What this member id makes happen, if anything.
    ///
    /// ```
    /// use firstpass::sandbox::MemberTrigger;
    /// assert_eq!(MemberTrigger::of("W123456731"), Some(MemberTrigger::CoverageEnded));
    /// assert_eq!(MemberTrigger::of("W123456789"), None);
    /// ```
    #[must_use]
    pub fn of(member_id: &str) -> Option<MemberTrigger> {
        MemberTrigger::ALL.iter().find(|(digits, _)| member_id.ends_with(digits)).map(|(_, trigger)| *trigger)
    }
}

/// True when the interchange is to be rejected in the TA1.
pub(super) fn rejects_interchange(control_number: &str) -> bool {
    control_number.ends_with("997")
}

/// True when the group number is not known the first time.
pub(super) fn is_unknown_group(group_number: &str) -> bool {
    group_number.ends_with("997")
}

/// Days in review before a claim of [`MemberTrigger::Review`] is accepted.
pub(super) const REVIEW_DAYS: u64 = 5;

/// Days after a payment until it is reversed.
pub(super) const REVERSAL_DAYS: u64 = 10;

/// Days after interest begins until a slow claim is adjudicated.
pub(super) const SLOW_DAYS: u64 = 10;

/// Draws by seed: true for `per_mille` of a thousand keys. The same key always draws the same.
pub(super) fn draw(seed: u64, rule: &str, key: &str, per_mille: u64) -> bool {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    hash.update(rule);
    hash.update([0]);
    hash.update(key);
    let bytes = hash.finalize();
    let number = bytes.iter().take(6).fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
    number % 1_000 < per_mille
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_repeatable_and_keeps_its_share() {
        let hits = |seed| (0..10_000).filter(|n| draw(seed, "necessity", &n.to_string(), 25)).count();
        assert_eq!(hits(1), hits(1));
        assert!((190..310).contains(&hits(1)), "{}", hits(1));
        assert!(!draw(1, "necessity", "any", 0));
        assert!(draw(1, "necessity", "any", 1_000));
    }
}
