//! 837 professional (005010X222A1): claims as a practice sends them.
//!
//! [`Professional`] is a whole set: levels of billing providers, their subscribers, their patients,
//! their claims. A claim stands under its subscriber, or under a patient who is not the subscriber.
//! Everything the guide lists has a slot; a thing the guide requires and files lack is an `Option`
//! with usage `R`.

use crate::declare::{Rare, segment_loop};
use crate::segments::{
    Amt, Bht, Cas, Clm, Cn1, Cr1, Cr2, Cr3, Crc, Ctp, Cur, Dmg, Dtp, Frm, Hcp, Hi, Hl, K3, Lin, Lq, Lx, Mea,
    Moa, N3, N4, Nm1, Nte, Oi, Pat, Per, Prv, Ps1, Pwk, Qty, Ref, Sbr, Sv1, Sv5, Svd,
};
pub use crate::x837::{
    BillingProvider, LineRenderingProvider, OtherPayer, OtherSubscriber, PayToAddress, PayToPlan, Receiver,
    RenderingProvider, Submitter,
};
use crate::x837::{claim_guide, claim_provider, line_provider, other_payer_provider};

claim_guide!(Professional, charge "SV102");

segment_loop! {
    /// A set of professional claims.
    pub struct Professional<'a> = "837" {
        /// Number and time of the batch.
        beginning: Bht<'a> = R "BHT" { BHT01 R "0019", BHT02 R "00|18", BHT03 R, BHT06 R "CH|RP" },
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
            SBR01 R "A|B|C|D|E|F|G|H|P|S|T|U", SBR02 S "18", SBR05 S "12|13|14|15|16|41|42|43|47",
            SBR09 S "11|12|13|14|15|16|17|AM|BL|CH|CI|DS|FI|HM|LM|MA|MB|MC|OF|TV|VA|WC|ZZ",
        },
        /// More of the patient, when the subscriber is the patient.
        patient: Rare<Pat<'a>> = S "PAT" { PAT01 N, PAT05 S "D8", PAT07 S "01", PAT09 S "Y" },
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
        /// To the subscriber, and more.
        relationship: Pat<'a> = R "PAT" {
            PAT01 R "01|19|20|21|39|40|53|G8", PAT05 S "D8", PAT07 S "01", PAT09 S "Y",
        },
        /// The patient.
        patient: Patient<'a> = R "NM1*QC",
        /// The claims.
        claims: Vec<Claim<'a>> = R "CLM" max 100,
    }
}

segment_loop! {
    /// The insured person.
    pub struct Subscriber<'a> = "2010BA" {
        /// Name and member id.
        name: Nm1<'a> = R "NM1*IL" { NM102 R "1|2", NM103 R, NM106 N, NM108 R "II|MI", NM109 R },
        /// Street.
        address: Option<N3<'a>> = S "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = S "N4",
        /// Birth and sex.
        demographics: Option<Dmg<'a>> = S "DMG" { DMG01 R "D8", DMG03 R "F|M|U" },
        /// Social security number.
        social_security: Option<Ref<'a>> = S "REF*SY" { REF02 R, REF03 N, REF04 N },
        /// Property and casualty claim number.
        property_casualty_claim: Option<Ref<'a>> = S "REF*Y4" { REF02 R, REF03 N, REF04 N },
        /// Whom to ask about a property and casualty claim.
        contact: Option<Per<'a>> = S "PER*IC" { PER03 R "TE", PER04 R, PER05 S "EX", PER07 N, PER08 N },
    }
}

segment_loop! {
    /// Who pays.
    pub struct Payer<'a> = "2010BB" {
        /// Name and payer id.
        name: Nm1<'a> = R "NM1*PR" {
            NM102 R "2", NM103 R, NM104 N, NM105 N, NM106 N, NM107 N, NM108 R "PI|XV", NM109 R,
        },
        /// Street.
        address: Option<N3<'a>> = S "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = S "N4",
        /// Other identifiers of the payer.
        references: Vec<Ref<'a>> = S "REF*2U|EI|FY|NF" max 3 { REF02 R, REF03 N, REF04 N },
        /// The numbers by which the payer knows the billing provider.
        provider_references: Vec<Ref<'a>> = S "REF*G2|LU" max 2 { REF02 R, REF03 N, REF04 N },
    }
}

segment_loop! {
    /// The patient, when not the subscriber.
    pub struct Patient<'a> = "2010CA" {
        /// Name.
        name: Nm1<'a> = R "NM1*QC" { NM102 R "1", NM103 R, NM106 N, NM108 N, NM109 N },
        /// Street.
        address: Option<N3<'a>> = R "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = R "N4",
        /// Birth and sex.
        demographics: Option<Dmg<'a>> = R "DMG" { DMG01 R "D8", DMG03 R "F|M|U" },
        /// Property and casualty claim number.
        property_casualty_claim: Option<Ref<'a>> = S "REF*Y4" { REF02 R, REF03 N, REF04 N },
        /// Member identification.
        member_id: Option<Ref<'a>> = S "REF*1W|SY" { REF02 R, REF03 N, REF04 N },
        /// Whom to ask about a property and casualty claim.
        contact: Option<Per<'a>> = S "PER*IC" { PER03 R "TE", PER04 R, PER05 S "EX", PER07 N, PER08 N },
    }
}

segment_loop! {
    /// A claim.
    pub struct Claim<'a> = "2300" {
        /// Number, charge, place and signatures.
        claim: Clm<'a> = R "CLM" {
            CLM05_2 R "B", CLM06 R "N|Y", CLM07 R "A|B|C", CLM08 R "N|W|Y", CLM09 R "I|Y", CLM10 S "P",
            CLM11_1 R "AA|EM|OA", CLM11_2 S "AA|EM|OA", CLM12 S "02|03|05|09",
            CLM19 N, CLM20 S "1|2|3|4|5|6|7|8|9|10|11|15",
        },
        /// Onset of the illness.
        onset: Rare<Dtp<'a>> = S "DTP*431" { DTP02 R "D8" },
        /// First treatment.
        initial_treatment: Rare<Dtp<'a>> = S "DTP*454" { DTP02 R "D8" },
        /// Last visit.
        last_seen: Rare<Dtp<'a>> = S "DTP*304" { DTP02 R "D8" },
        /// Acute manifestation of a chronic condition.
        acute_manifestation: Rare<Dtp<'a>> = S "DTP*453" { DTP02 R "D8" },
        /// Accident.
        accident: Rare<Dtp<'a>> = S "DTP*439" { DTP02 R "D8" },
        /// Last menstrual period.
        last_menstrual_period: Rare<Dtp<'a>> = S "DTP*484" { DTP02 R "D8" },
        /// Last X-ray.
        last_xray: Rare<Dtp<'a>> = S "DTP*455" { DTP02 R "D8" },
        /// Hearing or vision prescription.
        hearing_vision_prescription: Rare<Dtp<'a>> = S "DTP*471" { DTP02 R "D8" },
        /// Disability, its begin or end.
        disability: Rare<Dtp<'a>> = S "DTP*314|360|361" { DTP02 R "D8|RD8" },
        /// Last day of work.
        last_worked: Rare<Dtp<'a>> = S "DTP*297" { DTP02 R "D8" },
        /// Return to work.
        return_to_work: Rare<Dtp<'a>> = S "DTP*296" { DTP02 R "D8" },
        /// Admission.
        admission: Rare<Dtp<'a>> = S "DTP*435" { DTP02 R "D8" },
        /// Discharge.
        discharge: Rare<Dtp<'a>> = S "DTP*096" { DTP02 R "D8" },
        /// Care assumed and relinquished.
        care_dates: Vec<Dtp<'a>> = S "DTP*090|091" max 2 { DTP02 R "D8" },
        /// First contact of a property and casualty claim.
        first_contact: Rare<Dtp<'a>> = S "DTP*444" { DTP02 R "D8" },
        /// Received by the repricer.
        repricer_received: Rare<Dtp<'a>> = S "DTP*050" { DTP02 R "D8" },
        /// Paper or files that belong to it.
        attachments: Vec<Pwk<'a>> = S "PWK*03|04|05|06|07|08|09|10|11|13|15|21|A3|A4|AM|AS|B2|B3|B4|BR|BS|BT|CB|CK|CT|D2|DA|DB|DG|DJ|DS|EB|HC|HR|I5|IR|LA|M1|MT|NN|OB|OC|OD|OE|OX|OZ|P4|P5|PE|PN|PO|PQ|PY|PZ|RB|RR|RT|RX|SG|V5|XP" max 10 {
            PWK02 R "AA|BM|EL|EM|FT|FX", PWK05 S "AC",
        },
        /// Contract.
        contract: Rare<Cn1<'a>> = S "CN1" { CN101 R "01|02|03|04|05|06|09" },
        /// What the patient has paid.
        patient_paid: Rare<Amt<'a>> = S "AMT*F5",
        /// Why a service was not authorized first.
        service_exception: Rare<Ref<'a>> = S "REF*4N" { REF02 R, REF03 N, REF04 N },
        /// Mandatory Medicare crossover.
        section_4081: Rare<Ref<'a>> = S "REF*F5" { REF02 R, REF03 N, REF04 N },
        /// Mammography certification.
        mammography: Rare<Ref<'a>> = S "REF*EW" { REF02 R, REF03 N, REF04 N },
        /// Referral.
        referral: Rare<Ref<'a>> = S "REF*9F" { REF02 R, REF03 N, REF04 N },
        /// Prior authorization.
        prior_authorization: Rare<Ref<'a>> = S "REF*G1" { REF02 R, REF03 N, REF04 N },
        /// The payer's number, to replace or void a claim.
        payer_claim_control_number: Rare<Ref<'a>> = S "REF*F8" { REF02 R, REF03 N, REF04 N },
        /// Laboratory certification.
        clia: Rare<Ref<'a>> = S "REF*X4" { REF02 R, REF03 N, REF04 N },
        /// Number given by the repricer.
        repriced_number: Rare<Ref<'a>> = S "REF*9A" { REF02 R, REF03 N, REF04 N },
        /// Number given by the repricer to an adjustment.
        adjusted_repriced_number: Rare<Ref<'a>> = S "REF*9C" { REF02 R, REF03 N, REF04 N },
        /// Investigational device exemption.
        device_exemption: Rare<Ref<'a>> = S "REF*LX" { REF02 R, REF03 N, REF04 N },
        /// Number given by a clearinghouse.
        intermediary_number: Rare<Ref<'a>> = S "REF*D9" { REF02 R, REF03 N, REF04 N },
        /// Medical record.
        medical_record_number: Rare<Ref<'a>> = S "REF*EA" { REF02 R, REF03 N, REF04 N },
        /// Demonstration project.
        demonstration: Rare<Ref<'a>> = S "REF*P4" { REF02 R, REF03 N, REF04 N },
        /// Care plan oversight.
        care_plan_oversight: Rare<Ref<'a>> = S "REF*1J" { REF02 R, REF03 N, REF04 N },
        /// What state law wants.
        state_data: Vec<K3<'a>> = S "K3" max 10,
        /// A note.
        note: Rare<Nte<'a>> = S "NTE*ADD|CER|DCP|DGN|TPO",
        /// Ambulance transport.
        ambulance: Rare<Cr1<'a>> = S "CR1" { CR101 S "LB", CR104 R "A|B|C|D|E", CR105 R "DH" },
        /// Spinal manipulation.
        spinal_manipulation: Rare<Cr2<'a>> = S "CR2" { CR208 R "A|C|D|E|F|G|M" },
        /// Conditions for ambulance transport.
        ambulance_conditions: Vec<Crc<'a>> = S "CRC*07" max 3 {
            CRC02 R "N|Y", CRC03 R "01|04|05|06|07|08|09|12", CRC04 S "01|04|05|06|07|08|09|12",
            CRC05 S "01|04|05|06|07|08|09|12", CRC06 S "01|04|05|06|07|08|09|12",
            CRC07 S "01|04|05|06|07|08|09|12",
        },
        /// Conditions for vision services.
        vision_conditions: Vec<Crc<'a>> = S "CRC*E1|E2|E3" max 3 {
            CRC02 R "N|Y", CRC03 R "L1|L2|L3|L4|L5", CRC04 S "L1|L2|L3|L4|L5", CRC05 S "L1|L2|L3|L4|L5",
            CRC06 S "L1|L2|L3|L4|L5", CRC07 S "L1|L2|L3|L4|L5",
        },
        /// The patient is homebound.
        homebound: Rare<Crc<'a>> = S "CRC*75" {
            CRC02 R "Y", CRC03 R "IH", CRC04 N, CRC05 N, CRC06 N, CRC07 N,
        },
        /// Early and periodic screening referral.
        epsdt: Rare<Crc<'a>> = S "CRC*ZZ" {
            CRC02 R "N|Y", CRC03 R "AV|NU|S2|ST", CRC04 S "AV|NU|S2|ST", CRC05 S "AV|NU|S2|ST", CRC06 N,
            CRC07 N,
        },
        /// Diagnoses: the principal first.
        diagnoses: Option<Hi<'a>> = R "HI*ABK|BK" { HI01_1 R "ABK|BK", HI02_1 R "ABF|BF" },
        /// Anesthesia related procedures.
        anesthesia_procedures: Rare<Hi<'a>> = S "HI*BP" {
            HI01_1 R "BP", HI02_1 R "BO", HI03 N, HI04 N, HI05 N, HI06 N, HI07 N, HI08 N, HI09 N, HI10 N, HI11 N, HI12 N,
        },
        /// Condition codes.
        conditions: Vec<Hi<'a>> = S "HI*BG" max 2 { HI01_1 R "BG" },
        /// Pricing or repricing.
        pricing: Rare<Hcp<'a>> = S "HCP" {
            HCP01 R "00|01|02|03|04|05|07|08|09|10|11|12|13|14", HCP08 N, HCP09 N, HCP10 N, HCP11 N, HCP12 N,
            HCP13 S "T1|T2|T3|T4|T5|T6", HCP14 S "1|2|3|4|5", HCP15 S "1|2|3|4|5|6",
        },
        /// Who referred the patient.
        referring: Vec<ReferringProvider<'a>> = S "NM1*DN|P3" max 2,
        /// Who rendered, when not who bills.
        rendering: Rare<RenderingProvider<'a>> = S "NM1*82",
        /// Where, when not at the billing provider.
        facility: Rare<ServiceFacility<'a>> = S "NM1*77",
        /// Who supervised.
        supervising: Rare<SupervisingProvider<'a>> = S "NM1*DQ",
        /// Where the ambulance picked the patient up.
        pick_up: Rare<AmbulancePickUp<'a>> = S "NM1*PW",
        /// Where the ambulance took the patient.
        drop_off: Rare<AmbulanceDropOff<'a>> = S "NM1*45",
        /// What other payers cover and have paid.
        other_payers: Vec<OtherPayerClaim<'a>> = S "SBR" max 10,
        /// The service lines.
        lines: Vec<ServiceLine<'a>> = R "LX" max 50,
    }
}

claim_provider! {
    /// Who referred the patient.
    ReferringProvider = "2310A" { "NM1*DN|P3" is "1", REF "REF*0B|1G|G2" max 3 }
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
        /// Whom to ask.
        contact: Option<Per<'a>> = S "PER*IC" { PER03 R "TE", PER04 R, PER05 S "EX", PER07 N, PER08 N },
    }
}

claim_provider! {
    /// Who supervised.
    SupervisingProvider = "2310D" { "NM1*DQ" is "1", REF "REF*0B|1G|G2|LU" max 4 }
}

segment_loop! {
    /// Where the ambulance picked the patient up.
    pub struct AmbulancePickUp<'a> = "2310E" {
        /// Name.
        name: Nm1<'a> = R "NM1*PW" {
            NM102 R "2", NM103 N, NM104 N, NM105 N, NM106 N, NM107 N, NM108 N, NM109 N,
        },
        /// Street.
        address: Option<N3<'a>> = R "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = R "N4",
    }
}

segment_loop! {
    /// Where the ambulance took the patient.
    pub struct AmbulanceDropOff<'a> = "2310F" {
        /// Name.
        name: Nm1<'a> = R "NM1*45" { NM102 R "2", NM104 N, NM105 N, NM106 N, NM107 N, NM108 N, NM109 N },
        /// Street.
        address: Option<N3<'a>> = R "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = R "N4",
    }
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
        /// What it does not cover.
        non_covered: Rare<Amt<'a>> = S "AMT*A8",
        /// What the patient still owes.
        remaining: Option<Amt<'a>> = S "AMT*EAF",
        /// What it may know and pay.
        coverage: Oi<'a> = R "OI" { OI03 R "N|W|Y", OI04 S "P", OI06 R "I|Y" },
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
        /// The facility as it knows it.
        facility: Rare<OtherPayerServiceFacility<'a>> = S "NM1*77",
        /// The supervising provider as it knows it.
        supervising: Rare<OtherPayerSupervisingProvider<'a>> = S "NM1*DQ",
        /// The billing provider as it knows it.
        billing: Rare<OtherPayerBillingProvider<'a>> = S "NM1*85",
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
    /// The facility as another payer knows it.
    OtherPayerServiceFacility = "2330E" { "NM1*77" is "2", REF "REF*0B|G2|LU" max 3 }
}

other_payer_provider! {
    /// The supervising provider as another payer knows it.
    OtherPayerSupervisingProvider = "2330F" { "NM1*DQ" is "1", REF "REF*0B|1G|G2|LU" max 3 }
}

other_payer_provider! {
    /// The billing provider as another payer knows it.
    OtherPayerBillingProvider = "2330G" { "NM1*85" is "1|2", REF "REF*G2|LU" max 2 }
}

segment_loop! {
    /// A service line.
    pub struct ServiceLine<'a> = "2400" {
        /// Counted up from 1.
        number: Lx<'a> = R "LX",
        /// What, how much, where, for which diagnoses.
        service: Sv1<'a> = R "SV1" {
            SV101_1 R "ER|HC|IV|WK", SV103 R "MJ|UN", SV107_1 R "1|2|3|4|5|6|7|8|9|10|11|12",
            SV107_2 S "1|2|3|4|5|6|7|8|9|10|11|12", SV107_3 S "1|2|3|4|5|6|7|8|9|10|11|12",
            SV107_4 S "1|2|3|4|5|6|7|8|9|10|11|12", SV109 S "Y", SV111 S "Y", SV112 S "Y", SV115 S "0",
        },
        /// Durable medical equipment.
        equipment: Rare<Sv5<'a>> = S "SV5" {
            SV501_1 R "HC", SV501_3 N, SV501_4 N, SV501_5 N, SV501_6 N, SV501_7 N, SV502 R "DA",
            SV506 R "1|4|6",
        },
        /// Paper or files that belong to it.
        attachments: Vec<Pwk<'a>> = S "PWK*03|04|05|06|07|08|09|10|11|13|15|21|A3|A4|AM|AS|B2|B3|B4|BR|BS|BT|CB|CK|CT|D2|DA|DB|DG|DJ|DS|EB|HC|HR|I5|IR|LA|M1|MT|NN|OB|OC|OD|OE|OX|OZ|P4|P5|PE|PN|PO|PQ|PY|PZ|RB|RR|RT|RX|SG|V5|XP*AA|BM|EL|EM|FT|FX" max 10 {
            PWK02 R "AA|BM|EL|EM|FT|FX", PWK05 S "AC",
        },
        /// Certificate of medical necessity.
        equipment_certificate: Rare<Pwk<'a>> = S "PWK*CT*AB|AD|AF|AG|NS" { PWK02 R "AB|AD|AF|AG|NS", PWK05 N, PWK06 N },
        /// Ambulance transport.
        ambulance: Rare<Cr1<'a>> = S "CR1" { CR101 S "LB", CR104 R "A|B|C|D|E", CR105 R "DH" },
        /// Certification of equipment.
        equipment_certification: Rare<Cr3<'a>> = S "CR3" { CR301 R "I|R|S", CR302 R "MO" },
        /// Conditions for ambulance transport.
        ambulance_conditions: Vec<Crc<'a>> = S "CRC*07" max 3 {
            CRC02 R "N|Y", CRC03 R "01|04|05|06|07|08|09|12", CRC04 S "01|04|05|06|07|08|09|12",
            CRC05 S "01|04|05|06|07|08|09|12", CRC06 S "01|04|05|06|07|08|09|12",
            CRC07 S "01|04|05|06|07|08|09|12",
        },
        /// Rendered by a hospice's employee.
        hospice_employee: Rare<Crc<'a>> = S "CRC*70" {
            CRC02 R "N|Y", CRC03 R "65", CRC04 N, CRC05 N, CRC06 N, CRC07 N,
        },
        /// Condition for equipment.
        equipment_condition: Rare<Crc<'a>> = S "CRC*09" {
            CRC02 R "N|Y", CRC03 R "38|ZV", CRC04 S "38|ZV", CRC05 N "38|ZV", CRC06 N "38|ZV",
            CRC07 N "38|ZV",
        },
        /// When.
        service_date: Option<Dtp<'a>> = R "DTP*472" { DTP02 R "D8|RD8" },
        /// When prescribed.
        prescription_date: Rare<Dtp<'a>> = S "DTP*471" { DTP02 R "D8" },
        /// When certification was revised.
        certification_revision: Rare<Dtp<'a>> = S "DTP*607" { DTP02 R "D8" },
        /// When therapy began.
        begin_therapy: Rare<Dtp<'a>> = S "DTP*463" { DTP02 R "D8" },
        /// When last certified.
        last_certification: Rare<Dtp<'a>> = S "DTP*461" { DTP02 R "D8" },
        /// Last visit.
        last_seen: Rare<Dtp<'a>> = S "DTP*304" { DTP02 R "D8" },
        /// When tested.
        tests: Vec<Dtp<'a>> = S "DTP*738|739" max 2 { DTP02 R "D8" },
        /// When shipped.
        shipped: Rare<Dtp<'a>> = S "DTP*011" { DTP02 R "D8" },
        /// Last X-ray.
        last_xray: Rare<Dtp<'a>> = S "DTP*455" { DTP02 R "D8" },
        /// First treatment.
        initial_treatment: Rare<Dtp<'a>> = S "DTP*454" { DTP02 R "D8" },
        /// Patients in the ambulance.
        ambulance_patients: Rare<Qty<'a>> = S "QTY*PT",
        /// Obstetric anesthesia units.
        obstetric_units: Rare<Qty<'a>> = S "QTY*FL",
        /// Test results.
        measurements: Vec<Mea<'a>> = S "MEA" max 5 { MEA01 R "OG|TR", MEA02 R "HT|R1|R2|R3|R4" },
        /// Contract.
        contract: Rare<Cn1<'a>> = S "CN1" { CN101 R "01|02|03|04|05|06|09" },
        /// Number given by the repricer.
        repriced_number: Rare<Ref<'a>> = S "REF*9B" { REF02 R, REF03 N, REF04 N },
        /// Number given by the repricer to an adjustment.
        adjusted_repriced_number: Rare<Ref<'a>> = S "REF*9D" { REF02 R, REF03 N, REF04 N },
        /// Prior authorizations.
        prior_authorizations: Vec<Ref<'a>> = S "REF*G1" max 5 {
            REF02 R, REF03 N, REF04_1 R "2U", REF04_3 N, REF04_4 N,
        },
        /// Our number for the line, echoed in the 835.
        line_control_number: Option<Ref<'a>> = S "REF*6R" { REF02 R, REF03 N, REF04 N },
        /// Mammography certification.
        mammography: Rare<Ref<'a>> = S "REF*EW" { REF02 R, REF03 N, REF04 N },
        /// Laboratory certification.
        clia: Rare<Ref<'a>> = S "REF*X4" { REF02 R, REF03 N, REF04 N },
        /// Certification of the referring laboratory.
        referring_clia: Rare<Ref<'a>> = S "REF*F4" { REF02 R, REF03 N, REF04 N },
        /// Immunization batch.
        immunization_batch: Rare<Ref<'a>> = S "REF*BT" { REF02 R, REF03 N, REF04 N },
        /// Referrals.
        referrals: Vec<Ref<'a>> = S "REF*9F" max 5 { REF02 R, REF03 N, REF04_1 R "2U", REF04_3 N, REF04_4 N },
        /// Sales tax.
        sales_tax: Rare<Amt<'a>> = S "AMT*T",
        /// Postage.
        postage: Rare<Amt<'a>> = S "AMT*F4",
        /// What state law wants.
        state_data: Vec<K3<'a>> = S "K3" max 10,
        /// A note.
        note: Rare<Nte<'a>> = S "NTE*ADD|DCP",
        /// A note of a third party.
        third_party_note: Rare<Nte<'a>> = S "NTE*TPO",
        /// A purchased service.
        purchased_service: Rare<Ps1<'a>> = S "PS1",
        /// Pricing or repricing.
        pricing: Rare<Hcp<'a>> = S "HCP" {
            HCP01 R "00|01|02|03|04|05|06|07|08|09|10|11|12|13|14", HCP08 N, HCP09 S "ER|HC|IV|WK", HCP11 S "MJ|UN",
            HCP13 S "T1|T2|T3|T4|T5|T6", HCP14 S "1|2|3|4|5", HCP15 S "1|2|3|4|5|6",
        },
        /// The drug.
        drug: Rare<Drug<'a>> = S "LIN",
        /// Who rendered, when not who rendered the claim.
        rendering: Rare<LineRenderingProvider<'a>> = S "NM1*82",
        /// From whom the service was purchased.
        purchased_from: Rare<PurchasedServiceProvider<'a>> = S "NM1*QB",
        /// Where, when not where the claim was.
        facility: Rare<LineServiceFacility<'a>> = S "NM1*77",
        /// Who supervised.
        supervising: Rare<LineSupervisingProvider<'a>> = S "NM1*DQ",
        /// Who ordered.
        ordering: Rare<OrderingProvider<'a>> = S "NM1*DK",
        /// Who referred.
        referring: Vec<LineReferringProvider<'a>> = S "NM1*DN|P3" max 2,
        /// Where the ambulance picked the patient up.
        pick_up: Rare<LineAmbulancePickUp<'a>> = S "NM1*PW",
        /// Where the ambulance took the patient.
        drop_off: Rare<LineAmbulanceDropOff<'a>> = S "NM1*45",
        /// What other payers did with it.
        adjudications: Vec<LineAdjudication<'a>> = S "SVD" max 15,
        /// Forms that it needs.
        forms: Vec<Form<'a>> = S "LQ*AS|UT",
    }
}

segment_loop! {
    /// A drug.
    pub struct Drug<'a> = "2410" {
        /// Its national drug code.
        drug: Lin<'a> = R "LIN" { LIN02 R "EN|EO|HI|N4|ON|UK|UP" },
        /// How much.
        quantity: Option<Ctp<'a>> = R "CTP" { CTP05_1 R "F2|GR|ME|ML|UN" },
        /// Prescription or compound number.
        prescription: Option<Ref<'a>> = S "REF*VY|XZ" { REF02 R, REF03 N, REF04 N },
    }
}

segment_loop! {
    /// From whom the service was purchased.
    pub struct PurchasedServiceProvider<'a> = "2420B" {
        /// Name and identifier.
        name: Nm1<'a> = R "NM1*QB" {
            NM102 R "1|2", NM103 N, NM104 N, NM105 N, NM106 N, NM107 N, NM108 S "XX",
        },
        /// Other identifiers.
        references: Vec<Ref<'a>> = S "REF*0B|1G|G2" max 20 {
            REF02 R, REF03 N, REF04_1 R "2U", REF04_3 N, REF04_4 N,
        },
    }
}

segment_loop! {
    /// Where the line was rendered.
    pub struct LineServiceFacility<'a> = "2420C" {
        /// Name and NPI.
        name: Nm1<'a> = R "NM1*77" { NM102 R "2", NM103 R, NM104 N, NM105 N, NM106 N, NM107 N, NM108 S "XX" },
        /// Street.
        address: Option<N3<'a>> = R "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = R "N4",
        /// Other identifiers.
        references: Vec<Ref<'a>> = S "REF*G2|LU" max 3 {
            REF02 R, REF03 N, REF04_1 R "2U", REF04_3 N, REF04_4 N,
        },
    }
}

line_provider! {
    /// Who supervised the line.
    LineSupervisingProvider = "2420D" { "NM1*DQ" is "1", REF "REF*0B|1G|G2|LU" }
}

segment_loop! {
    /// Who ordered the service.
    pub struct OrderingProvider<'a> = "2420E" {
        /// Name and NPI.
        name: Nm1<'a> = R "NM1*DK" { NM102 R "1", NM103 R, NM106 N, NM108 S "XX" },
        /// Street.
        address: Option<N3<'a>> = S "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = S "N4",
        /// Other identifiers.
        references: Vec<Ref<'a>> = S "REF*0B|1G|G2" max 20 {
            REF02 R, REF03 N, REF04_1 R "2U", REF04_3 N, REF04_4 N,
        },
        /// Whom to ask.
        contact: Option<Per<'a>> = S "PER*IC" {
            PER03 R "EM|FX|TE", PER04 R, PER05 S "EM|EX|FX|TE", PER07 S "EM|EX|FX|TE",
        },
    }
}

line_provider! {
    /// Who referred the patient for the line.
    LineReferringProvider = "2420F" { "NM1*DN|P3" is "1", REF "REF*0B|1G|G2" }
}

segment_loop! {
    /// Where the ambulance picked the patient up.
    pub struct LineAmbulancePickUp<'a> = "2420G" {
        /// Name.
        name: Nm1<'a> = R "NM1*PW" {
            NM102 R "2", NM103 N, NM104 N, NM105 N, NM106 N, NM107 N, NM108 N, NM109 N,
        },
        /// Street.
        address: Option<N3<'a>> = R "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = R "N4",
    }
}

segment_loop! {
    /// Where the ambulance took the patient.
    pub struct LineAmbulanceDropOff<'a> = "2420H" {
        /// Name.
        name: Nm1<'a> = R "NM1*45" { NM102 R "2", NM104 N, NM105 N, NM106 N, NM107 N, NM108 N, NM109 N },
        /// Street.
        address: Option<N3<'a>> = R "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = R "N4",
    }
}

segment_loop! {
    /// What another payer did with the line.
    pub struct LineAdjudication<'a> = "2430" {
        /// Which payer, what it paid, for what.
        adjudication: Svd<'a> = R "SVD" { SVD03_1 R "ER|HC|IV|WK", SVD04 N },
        /// Its adjustments of the line.
        adjustments: Vec<Cas<'a>> = S "CAS" max 5 { CAS01 R "CO|CR|OA|PI|PR" },
        /// When it paid.
        paid_on: Option<Dtp<'a>> = R "DTP*573" { DTP02 R "D8" },
        /// What the patient still owes.
        remaining: Option<Amt<'a>> = S "AMT*EAF",
    }
}

segment_loop! {
    /// A form that a service needs.
    pub struct Form<'a> = "2440" {
        /// Which form.
        form: Lq<'a> = R "LQ*AS|UT",
        /// Questions and answers.
        answers: Vec<Frm<'a>> = R "FRM" max 99 { FRM02 S "N|W|Y" },
    }
}
