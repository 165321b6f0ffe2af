//! 837 dental (005010X224A2, A3 is read too): claims as a dental practice sends them.
//!
//! [`Dental`] is a whole set, of the same levels as a professional one. A claim that asks for a
//! predetermination of benefits says so in CLM19 and has no date of service; a line names its teeth
//! and their surfaces.

use crate::declare::{Rare, segment_loop};
use crate::segments::{
    Amt, Bht, Cas, Clm, Cn1, Cur, Dn1, Dn2, Dtp, Hcp, Hi, Hl, K3, Lx, Moa, N3, N4, Nm1, Nte, Oi, Pat, Prv,
    Pwk, Ref, Sbr, Sv3, Svd, Too,
};
pub use crate::x837::{
    BillingProvider, LineRenderingProvider, OtherSubscriber, Patient, PayToAddress, PayToPlan, Payer,
    Receiver, RenderingProvider, Submitter, Subscriber,
};
use crate::x837::{claim_guide, claim_provider, line_provider, other_payer_provider};

claim_guide!(Dental, charge "SV302", period service_date);

segment_loop! {
    /// A set of dental claims.
    pub struct Dental<'a> = "837" {
        /// Number and time of the batch.
        beginning: Bht<'a> = R "BHT" { BHT01 R "0019", BHT02 R "00|18", BHT03 R, BHT06 R "31|CH|RP" },
        /// Who sends the file.
        submitter: Submitter<'a> = R "NM1*41",
        /// Who receives the file.
        receiver: Receiver<'a> = R "NM1*40",
        /// Who bills, with all claims.
        billing_levels: Vec<BillingLevel<'a>> = R "HL***20",
    }
}

segment_loop! {
    /// A billing provider with all its claims.
    pub struct BillingLevel<'a> = "2000A" {
        /// The level.
        level: Hl<'a> = R "HL***20" { HL02 N, HL04 R "1" },
        /// What the provider is.
        specialty: Option<Prv<'a>> = S "PRV" { PRV01 R "BI", PRV02 R "PXC" },
        /// Money of another country.
        currency: Rare<Cur<'a>> = S "CUR" { CUR01 R "85", CUR03 N },
        /// The provider.
        provider: BillingProvider<'a> = R "NM1*85",
        /// Where to pay, when elsewhere.
        pay_to: Rare<PayToAddress<'a>> = S "NM1*87",
        /// The plan to pay, when a plan bills.
        pay_to_plan: Rare<PayToPlan<'a>> = S "NM1*PE",
        /// The insured persons.
        subscribers: Vec<SubscriberLevel<'a>> = R "HL***22",
    }
}

segment_loop! {
    /// An insured person, with their own claims or their dependents'.
    pub struct SubscriberLevel<'a> = "2000B" {
        /// The level.
        level: Hl<'a> = R "HL***22" { HL02 R, HL04 R "0|1" },
        /// Whose turn the payer is, and which plan.
        insurance: Sbr<'a> = R "SBR" {
            SBR01 R "A|B|C|D|E|F|G|H|P|S|T|U", SBR02 S "18", SBR05 N,
            SBR09 S "11|12|13|14|15|16|17|AM|BL|CH|CI|DS|FI|HM|LM|MA|MB|MC|OF|TV|VA|WC|ZZ",
        },
        /// The person.
        subscriber: Subscriber<'a> = R "NM1*IL",
        /// The payer.
        payer: Payer<'a> = R "NM1*PR",
        /// The subscriber's own claims.
        claims: Vec<Claim<'a>> = S "CLM" max 100,
        /// Patients other than the subscriber.
        patients: Vec<PatientLevel<'a>> = S "HL***23",
    }
}

segment_loop! {
    /// A patient who is not the subscriber.
    pub struct PatientLevel<'a> = "2000C" {
        /// The level.
        level: Hl<'a> = R "HL***23" { HL02 R, HL04 R "0" },
        /// To the subscriber.
        relationship: Pat<'a> = R "PAT" {
            PAT01 R "01|19|20|21|39|40|53|G8", PAT05 N, PAT06 N, PAT07 N, PAT08 N, PAT09 N,
        },
        /// The patient.
        patient: Patient<'a> = R "NM1*QC",
        /// The claims.
        claims: Vec<Claim<'a>> = R "CLM" max 100,
    }
}

segment_loop! {
    /// A claim, or a request for a predetermination of benefits.
    pub struct Claim<'a> = "2300" {
        /// Number, charge, place and signatures.
        claim: Clm<'a> = R "CLM" {
            CLM05_2 R "B", CLM06 R "N|Y", CLM07 R "A|C", CLM08 R "N|W|Y", CLM09 R "I|Y", CLM10 N,
            CLM11_1 R "AA|EM|OA", CLM11_2 S "AA|EM|OA", CLM12 S "01|02|03|05", CLM19 S "PB",
            CLM20 S "1|2|3|4|5|6|7|8|9|10|11|15",
        },
        /// Accident.
        accident: Rare<Dtp<'a>> = S "DTP*439" { DTP02 R "D8" },
        /// When an orthodontic appliance was placed.
        appliance_placement: Rare<Dtp<'a>> = S "DTP*452" { DTP02 R "D8" },
        /// When, unless the lines say; never of a predetermination.
        service_date: Option<Dtp<'a>> = S "DTP*472" { DTP02 R "D8|RD8" },
        /// Received by the repricer.
        repricer_received: Rare<Dtp<'a>> = S "DTP*050" { DTP02 R "D8" },
        /// Months of orthodontic treatment.
        orthodontics: Rare<Dn1<'a>> = S "DN1",
        /// Teeth that are missing or to be extracted.
        teeth: Vec<Dn2<'a>> = S "DN2" max 35 { DN202 R "E|M", DN206 S "JP" },
        /// Paper or files that belong to it.
        attachments: Vec<Pwk<'a>> = S "PWK*B4|DA|DG|EB|OZ|P6|RB|RR" max 10 {
            PWK02 R "AA|BM|EL|EM|FT|FX", PWK05 S "AC",
        },
        /// Contract.
        contract: Rare<Cn1<'a>> = S "CN1" { CN101 R "01|02|03|04|05|06|09" },
        /// What the patient has paid.
        patient_paid: Rare<Amt<'a>> = S "AMT*F5",
        /// Number of the predetermination.
        predetermination: Rare<Ref<'a>> = S "REF*G3" { REF02 R, REF03 N, REF04 N },
        /// Why a service was not authorized first.
        service_exception: Rare<Ref<'a>> = S "REF*4N" { REF02 R, REF03 N, REF04 N },
        /// The payer's number, to replace or void a claim.
        payer_claim_control_number: Rare<Ref<'a>> = S "REF*F8" { REF02 R, REF03 N, REF04 N },
        /// Referral.
        referral: Rare<Ref<'a>> = S "REF*9F" { REF02 R, REF03 N, REF04 N },
        /// Prior authorization.
        prior_authorization: Rare<Ref<'a>> = S "REF*G1" { REF02 R, REF03 N, REF04 N },
        /// Number given by the repricer.
        repriced_number: Rare<Ref<'a>> = S "REF*9A" { REF02 R, REF03 N, REF04 N },
        /// Number given by the repricer to an adjustment.
        adjusted_repriced_number: Rare<Ref<'a>> = S "REF*9C" { REF02 R, REF03 N, REF04 N },
        /// Number given by a clearinghouse.
        intermediary_number: Rare<Ref<'a>> = S "REF*D9" { REF02 R, REF03 N, REF04 N },
        /// What state law wants.
        state_data: Vec<K3<'a>> = S "K3" max 10,
        /// Notes.
        notes: Vec<Nte<'a>> = S "NTE*ADD" max 5,
        /// Diagnoses: the principal first, at most four.
        diagnoses: Option<Hi<'a>> = S "HI*ABK|BK|TQ" {
            HI01_1 R "ABK|BK|TQ", HI02_1 R "ABF|BF|TQ", HI05 N, HI06 N, HI07 N, HI08 N, HI09 N, HI10 N, HI11 N, HI12 N,
        },
        /// Pricing or repricing.
        pricing: Rare<Hcp<'a>> = S "HCP" {
            HCP01 R "00|01|02|03|04|05|06|07|08|09|10|11|12|13|14", HCP08 N, HCP09 N, HCP10 N, HCP11 N, HCP12 N,
            HCP13 S "T1|T2|T3|T4|T5|T6", HCP14 S "1|2|3|4|5", HCP15 S "1|2|3|4|5|6",
        },
        /// Who referred the patient.
        referring: Vec<ReferringProvider<'a>> = S "NM1*DN|P3" max 2,
        /// Who rendered, when not who bills.
        rendering: Rare<RenderingProvider<'a>> = S "NM1*82",
        /// Where, when not at the billing provider.
        facility: Rare<ServiceFacility<'a>> = S "NM1*77",
        /// Who assisted.
        assistant: Rare<AssistantSurgeon<'a>> = S "NM1*DD",
        /// Who supervised.
        supervising: Rare<SupervisingProvider<'a>> = S "NM1*DQ",
        /// What other payers cover and have paid.
        other_payers: Vec<OtherPayerClaim<'a>> = S "SBR" max 10,
        /// The service lines.
        lines: Vec<ServiceLine<'a>> = R "LX" max 50,
    }
}

claim_provider! {
    /// Who referred the patient.
    ReferringProvider = "2310A" { "NM1*DN|P3" is "1", PRV "RF", REF "REF*0B|1G|G2" max 3 }
}

segment_loop! {
    /// Where the services were rendered.
    pub struct ServiceFacility<'a> = "2310C" {
        /// Name and NPI.
        name: Nm1<'a> = R "NM1*77" { NM102 R "2", NM103 R, NM104 N, NM105 N, NM106 N, NM107 N, NM108 S "XX" },
        /// Street.
        address: Option<N3<'a>> = R "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = R "N4",
        /// Other identifiers.
        references: Vec<Ref<'a>> = S "REF*0B|G2|LU" max 3 { REF02 R, REF03 N, REF04 N },
    }
}

claim_provider! {
    /// Who assisted.
    AssistantSurgeon = "2310D" { "NM1*DD" is "1", PRV "AS", REF "REF*0B|1G|G2|LU" max 4 }
}

claim_provider! {
    /// Who supervised.
    SupervisingProvider = "2310E" { "NM1*DQ" is "1", REF "REF*0B|1G|G2|LU" max 4 }
}

segment_loop! {
    /// What another payer covers and has paid.
    pub struct OtherPayerClaim<'a> = "2320" {
        /// Whose turn that payer is.
        subscriber: Sbr<'a> = R "SBR" {
            SBR01 R "A|B|C|D|E|F|G|H|P|S|T|U", SBR02 R "01|18|19|20|21|39|40|53|G8",
            SBR05 S "12|13|14|15|16|41|42|43|47",
            SBR09 S "11|12|13|14|15|16|17|AM|BL|CH|CI|DS|FI|HM|LM|MA|MB|MC|OF|TV|VA|WC|ZZ",
        },
        /// Its adjustments of the claim as a whole.
        adjustments: Vec<Cas<'a>> = S "CAS" max 5 { CAS01 R "CO|CR|OA|PI|PR" },
        /// What it paid.
        paid: Option<Amt<'a>> = S "AMT*D",
        /// What the patient still owes.
        remaining: Option<Amt<'a>> = S "AMT*EAF",
        /// What it does not cover.
        non_covered: Rare<Amt<'a>> = S "AMT*A8",
        /// What it may know and pay.
        coverage: Oi<'a> = R "OI" { OI03 R "N|W|Y", OI04 N, OI06 R "I|Y" },
        /// Its rates and remarks.
        outpatient: Rare<Moa<'a>> = S "MOA",
        /// The person it insures.
        other_subscriber: OtherSubscriber<'a> = R "NM1*IL",
        /// The payer.
        payer: OtherPayer<'a> = R "NM1*PR",
        /// The referring provider as it knows it.
        referring: Vec<OtherPayerReferringProvider<'a>> = S "NM1*DN|P3" max 2,
        /// The rendering provider as it knows it.
        rendering: Rare<OtherPayerRenderingProvider<'a>> = S "NM1*82",
        /// The supervising provider as it knows it.
        supervising: Rare<OtherPayerSupervisingProvider<'a>> = S "NM1*DQ",
        /// The billing provider as it knows it.
        billing: Rare<OtherPayerBillingProvider<'a>> = S "NM1*85",
        /// The facility as it knows it.
        facility: Rare<OtherPayerServiceFacility<'a>> = S "NM1*77",
        /// The assistant surgeon as it knows them.
        assistant: Rare<OtherPayerAssistantSurgeon<'a>> = S "NM1*DD",
    }
}

segment_loop! {
    /// Another payer.
    pub struct OtherPayer<'a> = "2330B" {
        /// Name and payer id, to which SVD01 refers.
        name: Nm1<'a> = R "NM1*PR" {
            NM102 R "2", NM103 R, NM104 N, NM105 N, NM106 N, NM107 N, NM108 R "PI|XV", NM109 R,
        },
        /// Street.
        address: Option<N3<'a>> = S "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = S "N4",
        /// When it paid, unless the lines say.
        paid_on: Option<Dtp<'a>> = S "DTP*573" { DTP02 R "D8" },
        /// Other identifiers.
        references: Vec<Ref<'a>> = S "REF*2U|EI|FY|NF" max 3 { REF02 R, REF03 N, REF04 N },
        /// Its authorization.
        prior_authorization: Option<Ref<'a>> = S "REF*G1" { REF02 R, REF03 N, REF04 N },
        /// Its referral.
        referral: Option<Ref<'a>> = S "REF*9F" { REF02 R, REF03 N, REF04 N },
        /// Whether it adjusted the claim.
        adjustment_indicator: Option<Ref<'a>> = S "REF*T4" { REF02 R, REF03 N, REF04 N },
        /// Its number of the predetermination.
        predetermination: Option<Ref<'a>> = S "REF*G3" { REF02 R, REF03 N, REF04 N },
        /// Its number for the claim.
        claim_control_number: Option<Ref<'a>> = S "REF*F8" { REF02 R, REF03 N, REF04 N },
    }
}

other_payer_provider! {
    /// The referring provider as another payer knows it.
    OtherPayerReferringProvider = "2330C" { "NM1*DN|P3" is "1", REF "REF*0B|1G|G2" max 3 }
}

other_payer_provider! {
    /// The rendering provider as another payer knows it.
    OtherPayerRenderingProvider = "2330D" { "NM1*82" is "1|2", REF "REF*0B|1G|G2|LU" max 3 }
}

other_payer_provider! {
    /// The supervising provider as another payer knows it.
    OtherPayerSupervisingProvider = "2330E" { "NM1*DQ" is "1", REF "REF*0B|1G|G2|LU" max 3 }
}

other_payer_provider! {
    /// The billing provider as another payer knows it.
    OtherPayerBillingProvider = "2330F" { "NM1*85" is "1|2", REF "REF*G2|LU" max 2 }
}

other_payer_provider! {
    /// The facility as another payer knows it.
    OtherPayerServiceFacility = "2330G" { "NM1*77" is "2", REF "REF*0B|G2|LU" max 3 }
}

other_payer_provider! {
    /// The assistant surgeon as another payer knows them.
    OtherPayerAssistantSurgeon = "2330H" { "NM1*DD" is "1", REF "REF*0B|1G|G2|LU" max 3 }
}

segment_loop! {
    /// A service line.
    pub struct ServiceLine<'a> = "2400" {
        /// Counted up from 1.
        number: Lx<'a> = R "LX",
        /// What, how much, where in the mouth.
        service: Sv3<'a> = R "SV3" { SV301_1 R "AD", SV305 S "I|R" },
        /// Its teeth and their surfaces.
        teeth: Vec<Too<'a>> = S "TOO" max 32 {
            TOO01 R "JP", TOO03_1 R "B|D|F|I|L|M|O", TOO03_2 S "B|D|F|I|L|M|O", TOO03_3 S "B|D|F|I|L|M|O",
            TOO03_4 S "B|D|F|I|L|M|O", TOO03_5 S "B|D|F|I|L|M|O",
        },
        /// When, when not as the claim.
        service_date: Option<Dtp<'a>> = S "DTP*472" { DTP02 R "D8|RD8" },
        /// When the prosthesis that is replaced was placed.
        prior_placement: Rare<Dtp<'a>> = S "DTP*441" { DTP02 R "D8" },
        /// When the orthodontic appliance was placed.
        appliance_placement: Rare<Dtp<'a>> = S "DTP*452" { DTP02 R "D8" },
        /// When it was replaced.
        replacement: Rare<Dtp<'a>> = S "DTP*446" { DTP02 R "D8" },
        /// When treatment started.
        treatment_start: Rare<Dtp<'a>> = S "DTP*196" { DTP02 R "D8" },
        /// When treatment was completed.
        treatment_completion: Rare<Dtp<'a>> = S "DTP*198" { DTP02 R "D8" },
        /// Contract.
        contract: Rare<Cn1<'a>> = S "CN1" { CN101 R "01|02|03|04|05|06|09" },
        /// Numbers of predeterminations.
        predeterminations: Vec<Ref<'a>> = S "REF*G3" max 5 {
            REF02 R, REF03 N, REF04_1 R "2U", REF04_3 N, REF04_4 N,
        },
        /// Prior authorizations.
        prior_authorizations: Vec<Ref<'a>> = S "REF*G1" max 5 {
            REF02 R, REF03 N, REF04_1 R "2U", REF04_3 N, REF04_4 N,
        },
        /// Our number for the line, echoed in the 835.
        line_control_number: Option<Ref<'a>> = S "REF*6R" { REF02 R, REF03 N, REF04 N },
        /// Number given by the repricer; some send 9B, as the other two guides have it.
        repriced_number: Rare<Ref<'a>> = S "REF*9A|9B" { REF02 R, REF03 N, REF04 N },
        /// Number given by the repricer to an adjustment; some send 9D.
        adjusted_repriced_number: Rare<Ref<'a>> = S "REF*9C|9D" { REF02 R, REF03 N, REF04 N },
        /// Referrals.
        referrals: Vec<Ref<'a>> = S "REF*9F" max 5 { REF02 R, REF03 N, REF04_1 R "2U", REF04_3 N, REF04_4 N },
        /// Sales tax.
        sales_tax: Rare<Amt<'a>> = S "AMT*T",
        /// What state law wants.
        state_data: Vec<K3<'a>> = S "K3" max 10,
        /// Pricing or repricing.
        pricing: Rare<Hcp<'a>> = S "HCP" {
            HCP01 R "00|01|02|03|04|05|06|07|08|09|10|11|12|13|14", HCP08 N, HCP09 S "AD|ER", HCP11 S "UN",
            HCP13 S "T1|T2|T3|T4|T5|T6", HCP14 S "1|2|3|4|5", HCP15 S "1|2|3|4|5|6",
        },
        /// Who rendered, when not who rendered the claim.
        rendering: Rare<LineRenderingProvider<'a>> = S "NM1*82",
        /// Who assisted.
        assistant: Rare<LineAssistantSurgeon<'a>> = S "NM1*DD",
        /// Who supervised.
        supervising: Rare<LineSupervisingProvider<'a>> = S "NM1*DQ",
        /// Where, when not where the claim was.
        facility: Rare<LineServiceFacility<'a>> = S "NM1*77",
        /// What other payers did with it.
        adjudications: Vec<LineAdjudication<'a>> = S "SVD" max 15,
    }
}

line_provider! {
    /// Who assisted with the line.
    LineAssistantSurgeon = "2420B" { "NM1*DD" is "1", PRV "AS", REF "REF*0B|1G|G2|LU" }
}

line_provider! {
    /// Who supervised the line.
    LineSupervisingProvider = "2420C" { "NM1*DQ" is "1", REF "REF*0B|1G|G2|LU" }
}

segment_loop! {
    /// Where the line was rendered.
    pub struct LineServiceFacility<'a> = "2420D" {
        /// Name and NPI.
        name: Nm1<'a> = R "NM1*77" { NM102 R "2", NM103 R, NM104 N, NM105 N, NM106 N, NM107 N, NM108 S "XX" },
        /// Street.
        address: Option<N3<'a>> = R "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = R "N4",
        /// Other identifiers.
        references: Vec<Ref<'a>> = S "REF*0B|G2|LU" max 3 {
            REF02 R, REF03 N, REF04_1 R "2U", REF04_3 N, REF04_4 N,
        },
    }
}

segment_loop! {
    /// What another payer did with the line.
    pub struct LineAdjudication<'a> = "2430" {
        /// Which payer, what it paid, for what.
        adjudication: Svd<'a> = R "SVD" { SVD03_1 R "AD|ER", SVD04 N },
        /// Its adjustments of the line.
        adjustments: Vec<Cas<'a>> = S "CAS" max 5 { CAS01 R "CO|CR|OA|PI|PR" },
        /// When it paid.
        paid_on: Option<Dtp<'a>> = R "DTP*573" { DTP02 R "D8" },
        /// What the patient still owes.
        remaining: Option<Amt<'a>> = S "AMT*EAF",
    }
}
