//! 276 claim status request and 277 claim status response (005010X212): where is my claim.
//!
//! One guide, two sets. Levels: the payer who is asked, the submitter who asks, the provider, the
//! subscriber, the dependent. The claim stands under the patient; 2200D and 2200E are alike, so
//! they are declared together. A status without a claim (2200B, 2200C) answers for all below.

use crate::declare::segment_loop;
use crate::segments::{Amt, Bht, Dmg, Dtp, Hl, Nm1, Per, Ref, Stc, Svc, Trn};

segment_loop! {
    /// A claim status request.
    pub struct StatusRequest<'a> = "276" {
        /// Number and time of the request.
        beginning: Bht<'a> = R "BHT" { BHT01 R "0010", BHT02 R "13", BHT03 R, BHT06 N },
        /// Who is asked.
        sources: Vec<RequestSource<'a>> = R "HL***20",
    }
}

segment_loop! {
    /// Who is asked.
    pub struct RequestSource<'a> = "2000A" {
        /// The level.
        level: Hl<'a> = R "HL***20" { HL02 N, HL04 R "1" },
        /// The payer.
        name: Option<RequestPayer<'a>> = R "NM1*PR",
        /// Who asks.
        receivers: Vec<RequestReceiver<'a>> = R "HL***21",
    }
}

segment_loop! {
    /// The payer by name.
    pub struct RequestPayer<'a> = "2100A" {
        /// Name and identifier.
        name: Nm1<'a> = R "NM1*PR" { NM102 R "2", NM103 R, NM104 N, NM105 N, NM106 N, NM107 N, NM108 R "PI|XV", NM109 R },
    }
}

segment_loop! {
    /// Who asks.
    pub struct RequestReceiver<'a> = "2000B" {
        /// The level.
        level: Hl<'a> = R "HL***21" { HL02 R, HL04 R "1" },
        /// The submitter.
        name: Option<RequestSubmitter<'a>> = R "NM1*41",
        /// For which providers.
        providers: Vec<RequestProvider<'a>> = R "HL***19",
    }
}

segment_loop! {
    /// The submitter by name.
    pub struct RequestSubmitter<'a> = "2100B" {
        /// Name and identifier.
        name: Nm1<'a> = R "NM1*41" { NM102 R "1|2", NM106 N, NM107 N, NM108 R "46", NM109 R },
    }
}

segment_loop! {
    /// A provider.
    pub struct RequestProvider<'a> = "2000C" {
        /// The level.
        level: Hl<'a> = R "HL***19" { HL02 R, HL04 R "1" },
        /// The provider, under one or two identifiers.
        names: Vec<RequestProviderName<'a>> = R "NM1*1P" max 2,
        /// Its patients.
        subscribers: Vec<RequestSubscriber<'a>> = R "HL***22",
    }
}

segment_loop! {
    /// The provider by name.
    pub struct RequestProviderName<'a> = "2100C" {
        /// Name and identifier.
        name: Nm1<'a> = R "NM1*1P" { NM102 R "1|2", NM106 N, NM108 R "FI|SV|XX", NM109 R },
    }
}

segment_loop! {
    /// A subscriber.
    pub struct RequestSubscriber<'a> = "2000D" {
        /// The level.
        level: Hl<'a> = R "HL***22" { HL02 R, HL04 R "0|1" },
        /// Birth and sex, of a subscriber who is the patient.
        birth: Option<Dmg<'a>> = S "DMG" { DMG01 R "D8", DMG03 S "F|M" },
        /// The subscriber.
        name: Option<RequestSubscriberName<'a>> = R "NM1*IL",
        /// Claims of the subscriber.
        claims: Vec<SubscriberClaimRequest<'a>> = S "TRN*1",
        /// Dependents of the subscriber.
        dependents: Vec<RequestDependent<'a>> = S "HL***23",
    }
}

segment_loop! {
    /// The subscriber by name.
    pub struct RequestSubscriberName<'a> = "2100D" {
        /// Name and member id.
        name: Nm1<'a> = R "NM1*IL" { NM102 R "1|2", NM103 R, NM106 N, NM108 R "24|II|MI", NM109 R },
    }
}

segment_loop! {
    /// A dependent.
    pub struct RequestDependent<'a> = "2000E" {
        /// The level.
        level: Hl<'a> = R "HL***23" { HL02 R, HL04 N },
        /// Birth and sex.
        birth: Option<Dmg<'a>> = R "DMG" { DMG01 R "D8", DMG03 S "F|M" },
        /// The dependent.
        name: Option<RequestDependentName<'a>> = R "NM1*QC",
        /// Claims of the dependent.
        claims: Vec<DependentClaimRequest<'a>> = R "TRN*1",
    }
}

segment_loop! {
    /// The dependent by name.
    pub struct RequestDependentName<'a> = "2100E" {
        /// Name.
        name: Nm1<'a> = R "NM1*QC" { NM102 R "1", NM103 R, NM106 N, NM108 N, NM109 N },
    }
}

/// The claim that is asked about: 2200D and 2210D, 2200E and 2210E.
macro_rules! request_loops {
    ($claim:ident = $claim_id:literal, $line:ident = $line_id:literal) => {
        segment_loop! {
            /// A claim that is asked about.
            pub struct $claim<'a> = $claim_id {
                /// The number of the question, echoed in the answer.
                trace: Trn<'a> = R "TRN*1" { TRN03 N, TRN04 N },
                /// The payer's number for the claim.
                claim_control_number: Option<Ref<'a>> = S "REF*1K" { REF02 R, REF03 N, REF04 N },
                /// Type of bill.
                bill_type: Option<Ref<'a>> = S "REF*BLT" { REF02 R, REF03 N, REF04 N },
                /// The payer's application or location.
                location: Option<Ref<'a>> = S "REF*LU" { REF02 R, REF03 N, REF04 N },
                /// Group number.
                group_number: Option<Ref<'a>> = S "REF*6P" { REF02 R, REF03 N, REF04 N },
                /// Our number for the claim.
                patient_control_number: Option<Ref<'a>> = S "REF*EJ" { REF02 R, REF03 N, REF04 N },
                /// Prescription number.
                prescription: Option<Ref<'a>> = S "REF*XZ" { REF02 R, REF03 N, REF04 N },
                /// The number given by a clearinghouse.
                intermediary_number: Option<Ref<'a>> = S "REF*D9" { REF02 R, REF03 N, REF04 N },
                /// Charged.
                charged: Option<Amt<'a>> = S "AMT*T3",
                /// When.
                service_date: Option<Dtp<'a>> = S "DTP*472" { DTP02 R "D8|RD8" },
                /// Its lines.
                lines: Vec<$line<'a>> = S "SVC",
            }
        }

        segment_loop! {
            /// A line that is asked about.
            pub struct $line<'a> = $line_id {
                /// What was billed.
                service: Svc<'a> = R "SVC" {
                    SVC01_1 R "AD|ER|HC|HP|IV|N4|NU|WK", SVC01_7 N, SVC03 N, SVC05 N, SVC06 N,
                },
                /// Our number for the line.
                line_control_number: Option<Ref<'a>> = S "REF*FJ" { REF02 R, REF03 N, REF04 N },
                /// When.
                service_date: Option<Dtp<'a>> = R "DTP*472" { DTP02 R "D8|RD8" },
            }
        }
    };
}

request_loops! { SubscriberClaimRequest = "2200D", SubscriberLineRequest = "2210D" }
request_loops! { DependentClaimRequest = "2200E", DependentLineRequest = "2210E" }

segment_loop! {
    /// A claim status response.
    pub struct StatusResponse<'a> = "277" {
        /// Number and time of the answer.
        beginning: Bht<'a> = R "BHT" { BHT01 R "0010", BHT02 R "08", BHT03 R, BHT06 R "DG" },
        /// Who answers.
        sources: Vec<ResponseSource<'a>> = R "HL***20",
    }
}

segment_loop! {
    /// Who answers.
    pub struct ResponseSource<'a> = "2000A" {
        /// The level.
        level: Hl<'a> = R "HL***20" { HL02 N, HL04 R "1" },
        /// The payer.
        name: Option<ResponsePayer<'a>> = R "NM1*PR",
        /// Who asked.
        receivers: Vec<ResponseReceiver<'a>> = R "HL***21",
    }
}

segment_loop! {
    /// The payer by name.
    pub struct ResponsePayer<'a> = "2100A" {
        /// Name and identifier.
        name: Nm1<'a> = R "NM1*PR" { NM102 R "2", NM103 R, NM104 N, NM105 N, NM106 N, NM107 N, NM108 R "PI|XV", NM109 R },
        /// Whom to ask.
        contact: Option<Per<'a>> = S "PER*IC" {
            PER03 R "ED|EM|FX|TE", PER04 R, PER05 S "ED|EM|EX|FX|TE", PER07 S "ED|EM|EX|FX|TE",
        },
    }
}

segment_loop! {
    /// Who asked.
    pub struct ResponseReceiver<'a> = "2000B" {
        /// The level.
        level: Hl<'a> = R "HL***21" { HL02 R, HL04 R "0|1" },
        /// The submitter.
        name: Option<ResponseSubmitter<'a>> = R "NM1*41",
        /// Why none of it could be answered.
        status: Option<ReceiverStatus<'a>> = S "TRN*2",
        /// For which providers.
        providers: Vec<ResponseProvider<'a>> = S "HL***19",
    }
}

segment_loop! {
    /// The submitter by name.
    pub struct ResponseSubmitter<'a> = "2100B" {
        /// Name and identifier.
        name: Nm1<'a> = R "NM1*41" { NM102 R "1|2", NM106 N, NM107 N, NM108 R "46", NM109 R },
    }
}

segment_loop! {
    /// Why none of a submitter's questions could be answered.
    pub struct ReceiverStatus<'a> = "2200B" {
        /// BHT03 of the request.
        trace: Trn<'a> = R "TRN*2" { TRN03 N, TRN04 N },
        /// Why.
        statuses: Vec<Stc<'a>> = R "STC" {
            STC01_3 S "41|AY|PR", STC01_4 N, STC02 R, STC03 N, STC04 N, STC10_4 N, STC11_4 N, STC12 N,
        },
    }
}

segment_loop! {
    /// A provider.
    pub struct ResponseProvider<'a> = "2000C" {
        /// The level.
        level: Hl<'a> = R "HL***19" { HL02 R, HL04 R "0|1" },
        /// The provider, under one or two identifiers.
        names: Vec<ResponseProviderName<'a>> = R "NM1*1P" max 2,
        /// Why none of the provider's questions could be answered.
        status: Option<ProviderStatus<'a>> = S "TRN*1",
        /// Its patients.
        subscribers: Vec<ResponseSubscriber<'a>> = S "HL***22",
    }
}

segment_loop! {
    /// The provider by name.
    pub struct ResponseProviderName<'a> = "2100C" {
        /// Name and identifier.
        name: Nm1<'a> = R "NM1*1P" { NM102 R "1|2", NM106 N, NM108 R "FI|SV|XX", NM109 R },
    }
}

segment_loop! {
    /// Why none of a provider's questions could be answered.
    pub struct ProviderStatus<'a> = "2200C" {
        /// The number that is answered; often `0`.
        trace: Trn<'a> = R "TRN*1" { TRN03 N, TRN04 N },
        /// Why.
        statuses: Vec<Stc<'a>> = R "STC" {
            STC01_3 S "1P", STC01_4 N, STC02 R, STC03 N, STC04 N, STC10_4 N, STC11_4 N, STC12 N,
        },
    }
}

segment_loop! {
    /// A subscriber.
    pub struct ResponseSubscriber<'a> = "2000D" {
        /// The level.
        level: Hl<'a> = R "HL***22" { HL02 R, HL04 R "0|1" },
        /// The subscriber.
        name: Option<ResponseSubscriberName<'a>> = R "NM1*IL",
        /// Claims of the subscriber.
        claims: Vec<SubscriberClaimStatus<'a>> = S "TRN*2",
        /// Dependents of the subscriber.
        dependents: Vec<ResponseDependent<'a>> = S "HL***23",
    }
}

segment_loop! {
    /// The subscriber by name.
    pub struct ResponseSubscriberName<'a> = "2100D" {
        /// Name and member id.
        name: Nm1<'a> = R "NM1*IL" { NM102 R "1|2", NM103 R, NM106 N, NM108 R "24|II|MI", NM109 R },
    }
}

segment_loop! {
    /// A dependent.
    pub struct ResponseDependent<'a> = "2000E" {
        /// The level.
        level: Hl<'a> = R "HL***23" { HL02 R, HL04 N },
        /// The dependent.
        name: Option<ResponseDependentName<'a>> = R "NM1*QC",
        /// Claims of the dependent.
        claims: Vec<DependentClaimStatus<'a>> = R "TRN*2",
    }
}

segment_loop! {
    /// The dependent by name.
    pub struct ResponseDependentName<'a> = "2100E" {
        /// Name.
        name: Nm1<'a> = R "NM1*QC" { NM102 R "1", NM103 R, NM106 N, NM108 N, NM109 N },
    }
}

/// What is said of a claim: 2200D and 2220D, 2200E and 2220E.
macro_rules! status_loops {
    ($claim:ident = $claim_id:literal, $line:ident = $line_id:literal, entities $entities:literal) => {
        segment_loop! {
            /// What is said of a claim.
            pub struct $claim<'a> = $claim_id {
                /// The number of the question.
                trace: Trn<'a> = R "TRN*2" { TRN03 N, TRN04 N },
                /// Where it stands, what was charged and paid.
                statuses: Vec<Stc<'a>> = R "STC" {
                    STC01_3 S $entities, STC01_4 S "RX", STC02 R, STC03 N, STC05 S, STC06 S, STC08 S, STC09 S,
                    STC10_3 S $entities, STC10_4 S "RX", STC11_3 S $entities, STC11_4 S "RX", STC12 N,
                },
                /// The payer's number for the claim.
                claim_control_number: Option<Ref<'a>> = S "REF*1K" { REF02 R, REF03 N, REF04 N },
                /// Type of bill.
                bill_type: Option<Ref<'a>> = S "REF*BLT" { REF02 R, REF03 N, REF04 N },
                /// Our number for the claim.
                patient_control_number: Option<Ref<'a>> = S "REF*EJ" { REF02 R, REF03 N, REF04 N },
                /// Prescription number.
                prescription: Option<Ref<'a>> = S "REF*XZ" { REF02 R, REF03 N, REF04 N },
                /// The voucher that paid it.
                voucher: Option<Ref<'a>> = S "REF*VV" { REF02 R, REF03 N, REF04 N },
                /// The number given by a clearinghouse.
                intermediary_number: Option<Ref<'a>> = S "REF*D9" { REF02 R, REF03 N, REF04 N },
                /// When.
                service_date: Option<Dtp<'a>> = S "DTP*472" { DTP02 R "D8|RD8" },
                /// Its lines.
                lines: Vec<$line<'a>> = S "SVC",
            }
        }

        segment_loop! {
            /// What is said of a line.
            pub struct $line<'a> = $line_id {
                /// What was billed and paid.
                service: Svc<'a> = R "SVC" {
                    SVC01_1 R "AD|ER|HC|HP|IV|N4|NU|WK", SVC01_7 N, SVC03 R, SVC05 N, SVC06 N, SVC07 R,
                },
                /// Where it stands.
                statuses: Vec<Stc<'a>> = R "STC" {
                    STC01_3 S $entities, STC01_4 S "RX", STC02 R, STC03 N, STC04 N,
                    STC10_3 S $entities, STC10_4 S "RX", STC11_3 S $entities, STC11_4 S "RX", STC12 N,
                },
                /// Our number for the line.
                line_control_number: Option<Ref<'a>> = S "REF*FJ" { REF02 R, REF03 N, REF04 N },
                /// When.
                service_date: Option<Dtp<'a>> = R "DTP*472" { DTP02 R "D8|RD8" },
            }
        }
    };
}

status_loops! {
    SubscriberClaimStatus = "2200D", SubscriberLineStatus = "2220D",
    entities "03|13|17|1E|1G|1H|1I|1O|1P|1Q|1R|1S|1T|1U|1V|1W|1X|1Y|1Z|28|2A|2B|2D|2E|2I|2K|2P|2Q|2S|2Z|30|36|3A|3C|3D|3E|3F|3G|3H|3I|3J|3K|3L|3M|3N|3O|3P|3Q|3R|3S|3T|3U|3V|3W|3X|3Y|3Z|40|43|44|4A|4B|4C|4D|4E|4F|4G|4H|4I|4J|4L|4M|4N|4O|4P|4Q|4R|4S|4U|4V|4W|4X|4Y|4Z|5A|5B|5C|5D|5E|5F|5G|5H|5I|5J|5K|5L|5M|5N|5O|5P|5Q|5R|5S|5T|5U|5V|5W|5X|5Y|5Z|61|6A|6B|6C|6D|6E|6F|6G|6H|6I|6J|6K|6L|6M|6N|6O|6P|6Q|6R|6S|6U|6V|6W|6X|6Y|71|72|73|74|77|7C|80|82|84|85|87|95|CK|CZ|D2|DD|DJ|DK|DN|DO|DQ|E1|E2|E7|E9|FA|FD|FE|G0|G3|GB|GD|GI|GJ|GK|GM|GY|HF|HH|I3|IJ|IL|IN|LI|LR|MR|MSC|OB|OD|OX|P0|P2|P3|P4|P6|P7|PRP|PT|PV|PW|QA|QB|QC|QD|QE|QH|QK|QL|QN|QO|QS|QV|QY|RC|RW|S4|SEP|SJ|SU|T4|TL|TQ|TT|TTP|TU|UH|X3|X4|X5|ZZ"
}
status_loops! {
    DependentClaimStatus = "2200E", DependentLineStatus = "2220E",
    entities "03|13|17|1E|1G|1H|1I|1O|1P|1Q|1R|1S|1T|1U|1V|1W|1X|1Y|1Z|28|2A|2B|2D|2E|2I|2K|2P|2Q|2S|2Z|30|36|3A|3C|3D|3E|3F|3G|3H|3I|3J|3K|3L|3M|3N|3O|3P|3Q|3R|3S|3T|3U|3V|3W|3X|3Y|3Z|40|43|44|4A|4B|4C|4D|4E|4F|4G|4H|4I|4J|4L|4M|4N|4O|4P|4Q|4R|4S|4U|4V|4W|4X|4Y|4Z|5A|5B|5C|5D|5E|5F|5G|5H|5I|5J|5K|5L|5M|5N|5O|5P|5Q|5R|5S|5T|5U|5V|5W|5X|5Y|5Z|61|6A|6B|6C|6D|6E|6F|6G|6H|6I|6J|6K|6L|6M|6N|6O|6P|6Q|6R|6S|6U|6V|6W|6X|6Y|71|72|73|74|77|7C|80|82|84|85|87|95|CK|CZ|D2|DD|DJ|DK|DN|DO|DQ|E1|E2|E7|E9|FA|FD|FE|G0|G3|GB|GD|GI|GJ|GK|GM|GY|HF|HH|I3|IJ|IL|IN|LI|LR|MR|MSC|OB|OD|OX|P0|P2|P3|P4|P6|P7|PRP|PT|PV|PW|QA|QB|QC|QD|QE|QH|QK|QL|QN|QO|QS|QV|QY|RC|RW|S4|SEP|SJ|SU|T4|TL|TQ|TT|TTP|TU|UH|X3|X4|X5|ZZ"
}
