//! 999 (005010X231A1): whether sets could be read and follow their guide; and TA1, whether the
//! interchange could.

use crate::declare::segment_loop;
use crate::segments::{Ak1, Ak2, Ak9, Ctx, Ik3, Ik4, Ik5};

segment_loop! {
    /// The answer to one functional group.
    pub struct ImplementationAcknowledgment<'a> = "999" {
        /// Which group.
        group: Ak1<'a> = R "AK1" { AK101 R "BE|HB|HC|HI|HN|HP|HR|HS|RA" },
        /// What is said of its sets; without them the group's code holds for all.
        sets: Vec<SetResponse<'a>> = S "AK2",
        /// What becomes of the group.
        outcome: Ak9<'a> = R "AK9" {
            AK901 R "A|E|M|P|R|W|X",
            AK905 S "1|2|3|4|5|6|10|11|12|13|14|15|16|17|18|19|23|24|25|26", AK906 S "1|2|3|4|5|6|10|11|12|13|14|15|16|17|18|19|23|24|25|26",
        },
    }
}

segment_loop! {
    /// What is said of one set.
    pub struct SetResponse<'a> = "2000" {
        /// Which set.
        set: Ak2<'a> = R "AK2" { AK201 R "270|271|276|277|278|820|834|835|837" },
        /// Its wrong segments.
        errors: Vec<SegmentError<'a>> = S "IK3",
        /// What becomes of it.
        outcome: Ik5<'a> = R "IK5" {
            IK501 R "A|E|M|R|W|X",
            IK502 S "1|2|3|4|5|6|7|8|9|10|11|12|13|15|16|17|18|19|23|24|25|26|27|I5|I6",
            IK503 S "1|2|3|4|5|6|7|8|9|10|11|12|13|15|16|17|18|19|23|24|25|26|27|I5|I6",
            IK504 S "1|2|3|4|5|6|7|8|9|10|11|12|13|15|16|17|18|19|23|24|25|26|27|I5|I6",
            IK505 S "1|2|3|4|5|6|7|8|9|10|11|12|13|15|16|17|18|19|23|24|25|26|27|I5|I6",
            IK506 S "1|2|3|4|5|6|7|8|9|10|11|12|13|15|16|17|18|19|23|24|25|26|27|I5|I6",
        },
    }
}

segment_loop! {
    /// A wrong segment.
    pub struct SegmentError<'a> = "2100" {
        /// Which, and what is wrong.
        segment: Ik3<'a> = R "IK3" { IK304 S "1|2|3|4|5|6|7|8|I4|I6|I7|I8|I9" },
        /// What it belongs to.
        contexts: Vec<Ctx<'a>> = S "CTX*SITUATIONAL TRIGGER" max 9 {
            CTX01_2 N, CTX02 R, CTX03 R, CTX06_2 N,
        },
        /// The claim that it belongs to.
        business_unit: Option<Ctx<'a>> = S "CTX*TRN02|NM109|PATIENT NAME NM109|SUBSCRIBER NAME NM109|ENT01|SUBSCRIBER NUMBER REF02|CLM01" {
            CTX01_2 R, CTX02 N, CTX03 N, CTX04 N, CTX06 N,
        },
        /// Its wrong elements.
        elements: Vec<ElementError<'a>> = S "IK4",
    }
}

segment_loop! {
    /// A wrong element.
    pub struct ElementError<'a> = "2110" {
        /// Which, and what is wrong.
        element: Ik4<'a> = R "IK4" { IK403 R "1|2|3|4|5|6|7|8|9|10|11|12|13|I10|I11|I12|I13|I6|I9" },
        /// What triggered the rule.
        contexts: Vec<Ctx<'a>> = S "CTX*SITUATIONAL TRIGGER" max 10 {
            CTX01_2 N, CTX02 R, CTX03 R, CTX06_2 N,
        },
    }
}
