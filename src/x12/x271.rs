//! 271 eligibility response (005010X279A1): whether somebody is covered, and for what.
//!
//! Levels as in the 270. Benefits (EB) stand under the person whom they are for, each with its
//! limits, dates, messages and related parties. AAA says why there is no answer, at the level that
//! is to blame. Loops of subscriber and dependent differ in their names and a few codes, so they
//! are declared together.

use crate::declare::{Rare, segment_loop};
use crate::segments::{
    Aaa, Bht, Dmg, Dtp, Eb, Hi, Hl, Hsd, Iii, Ins, Le, Ls, Mpi, Msg, N3, N4, Nm1, Per, Prv, Ref, Trn,
};

segment_loop! {
    /// An eligibility response.
    pub struct EligibilityResponse<'a> = "271" {
        /// Number and time of the answer.
        beginning: Bht<'a> = R "BHT" { BHT01 R "0022", BHT02 R "06|11", BHT03 S, BHT06 N },
        /// Who answers.
        sources: Vec<ResponseSource<'a>> = R "HL***20",
    }
}

segment_loop! {
    /// Who answers.
    pub struct ResponseSource<'a> = "2000A" {
        /// The level.
        level: Hl<'a> = R "HL***20" { HL02 N, HL04 R "0|1" },
        /// Why the request could not be passed on.
        rejections: Vec<Aaa<'a>> = S "AAA" max 9 {
            AAA01 R "N|Y", AAA03 R "04|41|42|79", AAA04 R "C|N|P|R|S|Y",
        },
        /// The payer.
        name: Option<ResponseSourceName<'a>> = R "NM1*2B|36|GP|P5|PR",
        /// Who asked.
        receivers: Vec<ResponseReceiver<'a>> = S "HL***21",
    }
}

segment_loop! {
    /// The payer by name.
    pub struct ResponseSourceName<'a> = "2100A" {
        /// Name and identifier.
        name: Nm1<'a> = R "NM1*2B|36|GP|P5|PR" { NM102 R "1|2", NM103 R, NM106 N, NM108 R "24|46|FI|NI|PI|XV|XX", NM109 R },
        /// Whom to ask.
        contacts: Vec<Per<'a>> = S "PER*IC" max 3 {
            PER03 S "ED|EM|FX|TE|UR", PER05 S "ED|EM|EX|FX|TE|UR", PER07 S "ED|EM|EX|FX|TE|UR",
        },
        /// Why the payer cannot answer.
        rejections: Vec<Aaa<'a>> = S "AAA" max 9 {
            AAA01 R "N|Y", AAA03 R "04|41|42|79|80|T4", AAA04 R "C|N|P|R|S|W|X|Y",
        },
    }
}

segment_loop! {
    /// Who asked.
    pub struct ResponseReceiver<'a> = "2000B" {
        /// The level.
        level: Hl<'a> = R "HL***21" { HL02 R, HL04 R "0|1" },
        /// The provider.
        name: Option<ResponseReceiverName<'a>> = R "NM1*1P|2B|36|80|FA|GP|P5|PR",
        /// About whom.
        subscribers: Vec<ResponseSubscriber<'a>> = S "HL***22",
    }
}

segment_loop! {
    /// The provider by name.
    pub struct ResponseReceiverName<'a> = "2100B" {
        /// Name and identifier.
        name: Nm1<'a> = R "NM1*1P|2B|36|80|FA|GP|P5|PR" { NM102 R "1|2", NM106 N, NM108 R "24|34|FI|PI|PP|SV|XV|XX", NM109 R },
        /// Other identifiers.
        references: Vec<Ref<'a>> = S "REF*0B|1C|1D|1J|4A|CT|EL|EO|HPI|JD|N5|N7|Q4|SY|TJ" max 9 { REF02 R, REF04 N },
        /// Why the provider gets no answer.
        rejections: Vec<Aaa<'a>> = S "AAA" max 9 {
            AAA01 R "N|Y", AAA03 R "15|41|43|44|45|46|47|48|50|51|79|97|T4", AAA04 R "C|N|R|S|W|X|Y",
        },
        /// What the provider is.
        specialty: Option<Prv<'a>> = S "PRV*AD|AT|BI|CO|CV|H|HH|LA|OT|P1|P2|PC|PE|R|RF|SB|SK|SU" { PRV02 S "PXC", PRV03 S },
    }
}

segment_loop! {
    /// The subscriber.
    pub struct ResponseSubscriber<'a> = "2000C" {
        /// The level.
        level: Hl<'a> = R "HL***22" { HL02 R, HL04 R "0|1" },
        /// The numbers of the inquiry and of the answer.
        traces: Vec<Trn<'a>> = S "TRN*1|2" max 3 { TRN03 R },
        /// The subscriber.
        name: Option<SubscriberResponse<'a>> = R "NM1*IL",
        /// Dependents of the subscriber.
        dependents: Vec<ResponseDependent<'a>> = S "HL***23",
    }
}

segment_loop! {
    /// A dependent.
    pub struct ResponseDependent<'a> = "2000D" {
        /// The level.
        level: Hl<'a> = R "HL***23" { HL02 R, HL04 R "0" },
        /// The numbers of the inquiry and of the answer.
        traces: Vec<Trn<'a>> = S "TRN*1|2" max 3 { TRN03 R },
        /// The dependent.
        name: Option<DependentResponse<'a>> = R "NM1*03",
    }
}

/// The person and their benefits: 2100C to 2120C, 2100D to 2120D.
macro_rules! response_loops {
    ($(#[doc = $person_doc:literal])* $person:ident = $person_id:literal, $entity:literal {
        $(name $name:ident $name_usage:ident $($name_codes:literal)?),*
    },
     references $references:literal, rejections $rejections:literal,
     relation { $(of $ins:ident $ins_usage:ident $($ins_codes:literal)?),* },
     $benefit:ident = $benefit_id:literal, levels $levels:literal, numbers $numbers:literal, quantities $quantities:literal,
     $more:ident = $more_id:literal, $party:ident = $party_id:literal) => {
        segment_loop! {
            $(#[doc = $person_doc])*
            pub struct $person<'a> = $person_id {
                /// Name and member id.
                name: Nm1<'a> = R $entity { NM102 R "1", NM106 N $(, $name $name_usage $($name_codes)?)* },
                /// Other identifiers.
                references: Vec<Ref<'a>> = S $references max 9 { REF02 R, REF04 N },
                /// Street.
                address: Option<N3<'a>> = S "N3",
                /// City, state and ZIP code.
                city: Option<N4<'a>> = S "N4",
                /// Why there is no answer about this person.
                rejections: Vec<Aaa<'a>> = S "AAA" max 9 {
                    AAA01 R "N|Y", AAA03 R $rejections, AAA04 R "C|N|R|S|W|X|Y",
                },
                /// The provider whose services were asked about.
                provider: Option<Prv<'a>> = S "PRV*AD|AT|BI|CO|CV|H|HH|LA|OT|P1|P2|PC|PE|R|RF|SK|SU" { PRV02 S "PXC", PRV03 S },
                /// Birth and sex.
                birth: Option<Dmg<'a>> = S "DMG" { DMG01 S, DMG03 S "F|M|U" },
                /// Relation, and whether the payer knows other data than was sent.
                relation: Option<Ins<'a>> = S "INS" { INS03 S "001", INS04 S "25" $(, $ins $ins_usage $($ins_codes)?)* },
                /// Diagnoses.
                diagnoses: Rare<Hi<'a>> = S "HI*ABK|BK" { HI01_1 R "ABK|BK", HI02_1 R "ABF|BF", HI09 N, HI10 N, HI11 N, HI12 N, },
                /// Dates of the plan, of eligibility, of the card.
                dates: Vec<Dtp<'a>> = S "DTP*096|102|152|291|307|318|340|341|342|343|346|347|356|357|382|435|442|458|472|539|540|636|771" max 9 {
                    DTP02 R "D8|RD8",
                },
                /// Military service.
                military: Vec<Mpi<'a>> = S "MPI" max 9 {
                    MPI01 R "A|C|L|O|P|S|T", MPI02 R "AE|AO|AS|AT|AU|CC|DD|HD|IR|LX|PE|RE|RM|RR|RU",
                    MPI03 R "A|B|C|D|E|F|G|H|I|J|K|L|M|N|O|Q|R|S|U|W",
                    MPI05 S "A1|A2|A3|B1|B2|C1|C2|C3|C4|C5|C6|C7|C8|C9|E1|F1|F2|F3|F4|G1|G4|L1|L2|L3|L4|L5|L6|M1|M2|M3|M4|M5|M6|P1|P2|P3|P4|P5|R1|R2|S1|S2|S3|S4|S5|S6|S7|S8|S9|SA|SB|SC|T1|V1|W1",
                    MPI06 S "D8|RD8",
                },
                /// What is covered.
                benefits: Vec<$benefit<'a>> = S "EB",
            }
        }

        segment_loop! {
            /// A benefit, or what limits it.
            pub struct $benefit<'a> = $benefit_id {
                /// What, for which services, how much.
                benefit: Eb<'a> = R "EB" {
                    EB02 S $levels,
                    EB03 S "1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20|21|22|23|24|25|26|27|28|30|32|33|34|35|36|37|38|39|40|41|42|43|44|45|46|47|48|49|50|51|52|53|54|55|56|57|58|59|60|61|62|63|64|65|66|67|68|69|70|71|72|73|74|75|76|77|78|79|80|81|82|83|84|85|86|87|88|89|90|91|92|93|94|95|96|97|98|99|A0|A1|A2|A3|A4|A5|A6|A7|A8|A9|AA|AB|AC|AD|AE|AF|AG|AH|AI|AJ|AK|AL|AM|AN|AO|AQ|AR|B1|B2|B3|BA|BB|BC|BD|BE|BF|BG|BH|BI|BJ|BK|BL|BM|BN|BP|BQ|BR|BS|BT|BU|BV|BW|BX|BY|BZ|C1|CA|CB|CC|CD|CE|CF|CG|CH|CI|CJ|CK|CL|CM|CN|CO|CP|CQ|DG|DM|DS|GF|GN|IC|MH|NI|ON|PT|PU|RN|RT|TC|TN|UC",
                    EB04 S "12|13|14|15|16|41|42|43|47|AP|C1|CO|CP|D|DB|EP|FF|GP|HM|HN|HS|IN|IP|LC|LD|LI|LT|MA|MB|MC|MH|MI|MP|OT|PE|PL|PP|PR|PS|QM|RP|SP|TF|WC|WU",
                    EB06 S "6|7|13|21|22|23|24|25|26|27|28|29|30|31|32|33|34|35|36",
                    EB09 S $quantities,
                    EB11 S "N|U|Y", EB12 S "N|U|W|Y", EB13_1 R "AD|CJ|HC|ID|IV|N4|ZZ", EB13_7 N, EB13_8 S,
                },
                /// How often.
                deliveries: Vec<Hsd<'a>> = S "HSD" max 9 {
                    HSD01 S "DY|FL|HS|MN|VS", HSD03 S "DA|MO|VS|WK|YR",
                    HSD05 S "6|7|21|22|23|24|25|26|27|28|29|30|31|32|33|34|35",
                    HSD07 S "1|2|3|4|5|6|7|8|9|A|B|C|D|E|F|G|H|J|K|L|M|N|O|P|Q|R|S|SG|SL|SP|SX|SY|SZ|T|U|V|W|X|Y",
                    HSD08 S "A|B|C|D|E|F|G|Y",
                },
                /// Group, policy and authorization numbers.
                references: Vec<Ref<'a>> = S $numbers max 9 { REF02 R, REF04 N },
                /// When it holds.
                dates: Vec<Dtp<'a>> = S "DTP*096|193|194|198|290|291|292|295|304|307|318|346|348|349|356|357|435|472|636|771" max 20 {
                    DTP02 R "D8|RD8",
                },
                /// Why there is no answer about it.
                rejections: Vec<Aaa<'a>> = S "AAA" max 9 {
                    AAA01 R "N|Y", AAA03 R "15|33|52|53|54|55|56|57|60|61|62|63|69|70|98|AA|AE|AF|AG|AO|CI|E8|IA|MA",
                    AAA04 R "C|N|R|W|X|Y",
                },
                /// Words about it.
                messages: Vec<Msg<'a>> = S "MSG" max 10,
                /// Places of service, body parts.
                details: Vec<$more<'a>> = S "III" max 10,
                /// Begins the related parties.
                parties_begin: Option<Ls<'a>> = S "LS" { LS01 R "2120" },
                /// Who provides or knows more.
                parties: Vec<$party<'a>> = S "NM1*13|1I|1P|2B|36|73|FA|GP|GW|I3|IL|LR|OC|P3|P4|P5|PR|PRP|SEP|TTP|VN|VY|X3" max 23,
                /// Ends the related parties.
                parties_end: Option<Le<'a>> = S "LE" { LE01 R "2120" },
            }
        }

        segment_loop! {
            /// More about a benefit.
            pub struct $more<'a> = $more_id {
                /// Place of service or body part.
                detail: Iii<'a> = R "III" { III01 S "GR|NI|ZZ", III03 S "44" },
            }
        }

        segment_loop! {
            /// Who provides a benefit or knows more about it.
            pub struct $party<'a> = $party_id {
                /// Name and identifier.
                name: Nm1<'a> = R "NM1*13|1I|1P|2B|36|73|FA|GP|GW|I3|IL|LR|OC|P3|P4|P5|PR|PRP|SEP|TTP|VN|VY|X3" {
                    NM102 R "1|2", NM106 N, NM108 S "24|34|46|FA|FI|II|MI|NI|PI|PP|SV|XV|XX", NM110 S "01|02|27|41|48|65|72",
                },
                /// Street.
                address: Option<N3<'a>> = S "N3",
                /// City, state and ZIP code.
                city: Option<N4<'a>> = S "N4" { N405 S "RJ", N406 S },
                /// How to reach them.
                contacts: Vec<Per<'a>> = S "PER*IC" max 3 {
                    PER03 S "ED|EM|FX|TE|UR|WP", PER05 S "ED|EM|EX|FX|TE|UR|WP", PER07 S "ED|EM|EX|FX|TE|UR|WP",
                },
                /// What they are.
                specialty: Option<Prv<'a>> = S "PRV*AD|AT|BI|CO|CV|H|HH|LA|OT|P1|P2|PC|PE|R|RF|SB|SK|SU" { PRV02 S "PXC", PRV03 S },
            }
        }
    };
}

response_loops! {
    /// The subscriber, with what is covered.
    SubscriberResponse = "2100C", "NM1*IL" { name NM108 S "II|MI" },
    references "REF*18|1L|1W|3H|49|6P|CT|EA|EJ|F6|GH|HJ|IF|IG|N6|NQ|Q4|SY|Y4",
    rejections "15|35|42|43|45|47|48|49|51|52|56|57|58|60|61|62|63|71|72|73|74|75|76|78",
    relation { of INS01 R "Y", of INS02 R "18" },
    SubscriberBenefit = "2110C", levels "CHD|DEP|ECH|EMP|ESP|FAM|IND|SPC|SPO",
    numbers "REF*18|1L|1W|49|6P|9F|ALS|CLI|F6|FO|G1|IG|M7|N6|NQ",
    quantities "8H|99|CA|CE|D3|DB|DY|HS|LA|LE|M2|MN|P6|QA|S7|S8|VS|YY",
    SubscriberBenefitDetail = "2115C", SubscriberBenefitParty = "2120C"
}
response_loops! {
    /// The dependent, with what is covered.
    DependentResponse = "2100D", "NM1*03" { name NM108 N, name NM109 N },
    references "REF*18|1L|49|6P|CT|EA|EJ|F6|GH|HJ|IF|IG|MRC|N6|NQ|Q4|SY|Y4",
    rejections "15|35|42|43|45|47|48|49|51|52|56|57|58|60|61|62|63|64|65|66|67|68|71|77",
    relation { of INS01 R "N", of INS02 R "01|19|20|21|39|40|53|G8" },
    DependentBenefit = "2110D", levels "CHD|DEP|ECH|ESP|FAM|IND|SPC|SPO",
    numbers "REF*18|1L|1W|49|6P|9F|ALS|CLI|F6|FO|G1|IG|N6|NQ",
    quantities "8H|99|CA|CE|D3|DB|DY|HS|LA|LE|M2|MN|P6|QA|S7|S8|VS|YY",
    DependentBenefitDetail = "2115D", DependentBenefitParty = "2120D"
}
