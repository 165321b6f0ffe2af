//! 270 eligibility inquiry (005010X279A1): is somebody covered, and for what.
//!
//! Levels: the payer who is asked, the provider who asks, the subscriber, the dependent. An
//! inquiry (EQ) stands under the person whom it is about; loops of subscriber and dependent differ
//! in their names and a few codes, so they are declared together.

use crate::declare::{Rare, segment_loop};
use crate::segments::{Amt, Bht, Dmg, Dtp, Eq, Hi, Hl, Iii, Ins, N3, N4, Nm1, Prv, Ref, Trn};

segment_loop! {
    /// An eligibility inquiry.
    pub struct EligibilityInquiry<'a> = "270" {
        /// Number and time of the inquiry.
        beginning: Bht<'a> = R "BHT" { BHT01 R "0022", BHT02 R "01|13", BHT03 S, BHT06 S "RT" },
        /// Who is asked.
        sources: Vec<InquirySource<'a>> = R "HL***20",
    }
}

segment_loop! {
    /// Who is asked.
    pub struct InquirySource<'a> = "2000A" {
        /// The level.
        level: Hl<'a> = R "HL***20" { HL02 N, HL04 R "1" },
        /// The payer.
        name: Option<InquirySourceName<'a>> = R "NM1*2B|36|GP|P5|PR",
        /// Who asks.
        receivers: Vec<InquiryReceiver<'a>> = R "HL***21",
    }
}

segment_loop! {
    /// The payer by name.
    pub struct InquirySourceName<'a> = "2100A" {
        /// Name and identifier.
        name: Nm1<'a> = R "NM1*2B|36|GP|P5|PR" { NM102 R "1|2", NM103 R, NM106 N, NM108 R "24|46|FI|NI|PI|XV|XX", NM109 R },
    }
}

segment_loop! {
    /// Who asks.
    pub struct InquiryReceiver<'a> = "2000B" {
        /// The level.
        level: Hl<'a> = R "HL***21" { HL02 R, HL04 R "1" },
        /// The provider.
        name: Option<InquiryReceiverName<'a>> = R "NM1*1P|2B|36|80|FA|GP|P5|PR",
        /// About whom.
        subscribers: Vec<InquirySubscriber<'a>> = R "HL***22",
    }
}

segment_loop! {
    /// The provider by name.
    pub struct InquiryReceiverName<'a> = "2100B" {
        /// Name and identifier.
        name: Nm1<'a> = R "NM1*1P|2B|36|80|FA|GP|P5|PR" { NM102 R "1|2", NM103 R, NM106 N, NM108 R "24|34|FI|PI|PP|SV|XV|XX", NM109 R },
        /// Other identifiers.
        references: Vec<Ref<'a>> = S "REF*0B|1C|1D|1J|4A|CT|EL|EO|HPI|JD|N5|N7|Q4|SY|TJ" max 9 { REF02 R, REF04 N },
        /// Street.
        address: Option<N3<'a>> = S "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = S "N4",
        /// What the provider is.
        specialty: Option<Prv<'a>> = S "PRV*AD|AT|BI|CO|CV|H|HH|LA|OT|P1|P2|PC|PE|R|RF|SB|SK|SU" { PRV02 S "PXC", PRV03 S },
    }
}

segment_loop! {
    /// The subscriber.
    pub struct InquirySubscriber<'a> = "2000C" {
        /// The level.
        level: Hl<'a> = R "HL***22" { HL02 R, HL04 R "0|1" },
        /// The inquiry's numbers, echoed in the answer.
        traces: Vec<Trn<'a>> = S "TRN*1" max 2 { TRN03 R },
        /// The subscriber.
        name: Option<SubscriberInquiry<'a>> = R "NM1*IL",
        /// Dependents of the subscriber.
        dependents: Vec<InquiryDependent<'a>> = S "HL***23",
    }
}

segment_loop! {
    /// A dependent.
    pub struct InquiryDependent<'a> = "2000D" {
        /// The level.
        level: Hl<'a> = R "HL***23" { HL02 R, HL04 R "0" },
        /// The inquiry's numbers, echoed in the answer.
        traces: Vec<Trn<'a>> = S "TRN*1" max 2 { TRN03 R },
        /// The dependent.
        name: Option<DependentInquiry<'a>> = R "NM1*03",
    }
}

/// The person asked about and the inquiries: 2100C and 2110C, 2100D and 2110D.
macro_rules! inquiry_loops {
    ($(#[doc = $person_doc:literal])* $person:ident = $person_id:literal, $entity:literal {
        $(name $name:ident $name_usage:ident $($name_codes:literal)?),*
    },
     references $references:literal, relation { $(of $ins:ident $ins_usage:ident $($ins_codes:literal)?),* },
     $inquiry:ident = $inquiry_id:literal) => {
        segment_loop! {
            $(#[doc = $person_doc])*
            pub struct $person<'a> = $person_id {
                /// Name and member id.
                name: Nm1<'a> = R $entity { NM102 R "1", NM106 N $(, $name $name_usage $($name_codes)?)* },
                /// Other identifiers.
                references: Vec<Ref<'a>> = S $references max 9 { REF02 R, REF03 N, REF04 N },
                /// Street.
                address: Option<N3<'a>> = S "N3",
                /// City, state and ZIP code.
                city: Option<N4<'a>> = S "N4",
                /// The provider whose services are asked about.
                provider: Option<Prv<'a>> = S "PRV*AD|AT|BI|CO|CV|H|HH|LA|OT|P1|P2|PC|PE|R|RF|SK|SU" {
                    PRV02 S "9K|D3|EI|HPI|PXC|SY|TJ", PRV03 S,
                },
                /// Birth and sex.
                birth: Option<Dmg<'a>> = S "DMG" { DMG01 S, DMG03 S "F|M" },
                /// Relation, and order of birth.
                relation: Option<Ins<'a>> = S "INS" { INS03 N, INS04 N $(, $ins $ins_usage $($ins_codes)?)* },
                /// Diagnoses.
                diagnoses: Rare<Hi<'a>> = S "HI*ABK|BK" { HI01_1 R "ABK|BK", HI02_1 R "ABF|BF", HI09 N, HI10 N, HI11 N, HI12 N, },
                /// For which dates, and when the card was issued.
                dates: Vec<Dtp<'a>> = S "DTP*102|291" max 2 { DTP02 R "D8|RD8" },
                /// What is asked.
                inquiries: Vec<$inquiry<'a>> = S "EQ" max 99,
            }
        }

        segment_loop! {
            /// What is asked.
            pub struct $inquiry<'a> = $inquiry_id {
                /// Kinds of service, or a procedure.
                inquiry: Eq<'a> = R "EQ" {
                    EQ01 S "1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20|21|22|23|24|25|26|27|28|30|32|33|34|35|36|37|38|39|40|41|42|43|44|45|46|47|48|49|50|51|52|53|54|55|56|57|58|59|60|61|62|63|64|65|66|67|68|69|70|71|72|73|74|75|76|77|78|79|80|81|82|83|84|85|86|87|88|89|90|91|92|93|94|95|96|97|98|99|A0|A1|A2|A3|A4|A5|A6|A7|A8|A9|AA|AB|AC|AD|AE|AF|AG|AH|AI|AJ|AK|AL|AM|AN|AO|AQ|AR|B1|B2|B3|BA|BB|BC|BD|BE|BF|BG|BH|BI|BJ|BK|BL|BM|BN|BP|BQ|BR|BS|BT|BU|BV|BW|BX|BY|BZ|C1|CA|CB|CC|CD|CE|CF|CG|CH|CI|CJ|CK|CL|CM|CN|CO|CP|CQ|DG|DM|DS|GF|GN|GY|IC|MH|NI|ON|PT|PU|RN|RT|TC|TN|UC",
                    EQ02_1 R "AD|CJ|HC|ID|IV|N4|ZZ", EQ02_7 N, EQ03 S "FAM",
                },
                /// Spend-down amount.
                spend_down: Option<Amt<'a>> = S "AMT*R",
                /// What was billed in all towards spend-down.
                spend_down_billed: Option<Amt<'a>> = S "AMT*PB",
                /// Place of service.
                place: Option<Iii<'a>> = S "III*ZZ" { III01 R, III02 R, III03 N, III04 N },
                /// Referral or authorization number.
                authorization: Option<Ref<'a>> = S "REF*9F|G1" { REF02 R, REF03 N, REF04 N },
                /// For which dates.
                date: Option<Dtp<'a>> = S "DTP*291" { DTP02 R "D8|RD8" },
            }
        }
    };
}

inquiry_loops! {
    /// The subscriber, with what is asked about them.
    SubscriberInquiry = "2100C", "NM1*IL" { name NM108 S "II|MI" },
    references "REF*18|1L|1W|3H|6P|CT|EA|EJ|F6|GH|HJ|IG|N6|NQ|SY|Y4",
    relation { of INS01 R "Y", of INS02 R "18", of INS17 R },
    SubscriberBenefitInquiry = "2110C"
}
inquiry_loops! {
    /// The dependent, with what is asked about them.
    DependentInquiry = "2100D", "NM1*03" { name NM108 N, name NM109 N },
    references "REF*18|1L|6P|CT|EA|EJ|F6|GH|HJ|IF|IG|MRC|N6|SY|Y4",
    relation { of INS01 R "N", of INS02 R "01|19|34" },
    DependentBenefitInquiry = "2110D"
}
