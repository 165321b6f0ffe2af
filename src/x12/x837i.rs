//! 837 institutional (005010X223A2, A3 is read too): claims as a hospital or another facility sends
//! them.
//!
//! [`Institutional`] is a whole set, of the same levels as a professional one. A claim names its
//! bill type in CLM05, its codes in one HI segment for each kind (each diagnosis says whether it was
//! present on admission), and its lines by revenue code.

use crate::declare::{Rare, segment_loop};
use crate::segments::{
    AdmissionHi, Amt, Bht, Cas, Cl1, Clm, Cn1, Crc, Ctp, Cur, DatedHi, Dtp, Hcp, Hi, Hl, K3, Lin, Lx, Mia,
    Moa, N3, N4, Nm1, Nte, Oi, Pat, Per, Prv, Pwk, Ref, Sbr, Sv2, Svd, ValueHi,
};
pub use crate::x837::{OtherPayer, Patient, PayToPlan, Payer, Receiver, Submitter, Subscriber};
use crate::x837::{claim_guide, claim_provider, line_provider, other_payer_provider};

claim_guide!(Institutional, charge "SV203", period statement);

segment_loop! {
    /// A set of institutional claims.
    pub struct Institutional<'a> = "837" {
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
    /// The facility that bills.
    pub struct BillingProvider<'a> = "2010AA" {
        /// Name and NPI.
        name: Nm1<'a> = R "NM1*85" {
            NM102 R "2", NM103 R, NM104 N, NM105 N, NM106 N, NM107 N, NM108 S "XX",
        },
        /// Street, never a post office box.
        address: Option<N3<'a>> = R "N3",
        /// City, state and nine-digit ZIP code.
        city: Option<N4<'a>> = R "N4",
        /// Tax identification.
        tax_id: Option<Ref<'a>> = R "REF*EI" { REF02 R, REF03 N, REF04 N },
        /// Whom to ask.
        contacts: Vec<Per<'a>> = S "PER*IC" max 2 {
            PER03 R "EM|FX|TE", PER04 R, PER05 S "EM|EX|FX|TE", PER07 S "EM|EX|FX|TE",
        },
    }
}

segment_loop! {
    /// Where to pay, when not to the billing address.
    pub struct PayToAddress<'a> = "2010AB" {
        /// Name.
        name: Nm1<'a> = R "NM1*87" {
            NM102 R "2", NM103 N, NM104 N, NM105 N, NM106 N, NM107 N, NM108 N, NM109 N,
        },
        /// Street.
        address: Option<N3<'a>> = R "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = R "N4",
    }
}

segment_loop! {
    /// A claim.
    pub struct Claim<'a> = "2300" {
        /// Number, charge, bill type and signatures.
        claim: Clm<'a> = R "CLM" {
            CLM05_2 R "A", CLM06 N, CLM07 R "A|B|C", CLM08 R "N|W|Y", CLM09 R "I|Y", CLM10 N, CLM11 N, CLM12 N,
            CLM19 N, CLM20 S "1|2|3|4|5|6|7|8|9|10|11|15",
        },
        /// Hour of the discharge.
        discharge_hour: Rare<Dtp<'a>> = S "DTP*096" { DTP02 R "TM" },
        /// First and last day of the statement.
        statement: Option<Dtp<'a>> = R "DTP*434" { DTP02 R "RD8" },
        /// Admission, with its hour when the patient stays.
        admission: Option<Dtp<'a>> = S "DTP*435" { DTP02 R "D8|DT" },
        /// Received by the repricer.
        repricer_received: Rare<Dtp<'a>> = S "DTP*050" { DTP02 R "D8" },
        /// How the patient came and left.
        admission_codes: Option<Cl1<'a>> = R "CL1",
        /// Paper or files that belong to it.
        attachments: Vec<Pwk<'a>> = S "PWK*03|04|05|06|07|08|09|10|11|13|15|21|A3|A4|AM|AS|B2|B3|B4|BR|BS|BT|CB|CK|CT|D2|DA|DB|DG|DJ|DS|EB|HC|HR|I5|IR|LA|M1|MT|NN|OB|OC|OD|OE|OX|OZ|P4|P5|PE|PN|PO|PQ|PY|PZ|RB|RR|RT|RX|SG|V5|XP" max 10 {
            PWK02 R "AA|BM|EL|EM|FT|FX", PWK05 S "AC",
        },
        /// Contract.
        contract: Rare<Cn1<'a>> = S "CN1" { CN101 R "01|02|03|04|05|06|09" },
        /// What the patient is expected to owe.
        patient_due: Rare<Amt<'a>> = S "AMT*F3",
        /// Why a service was not authorized first.
        service_exception: Rare<Ref<'a>> = S "REF*4N" { REF02 R, REF03 N, REF04 N },
        /// Referral.
        referral: Rare<Ref<'a>> = S "REF*9F" { REF02 R, REF03 N, REF04 N },
        /// Prior authorization.
        prior_authorization: Rare<Ref<'a>> = S "REF*G1" { REF02 R, REF03 N, REF04 N },
        /// The payer's number, to replace or void a claim.
        payer_claim_control_number: Rare<Ref<'a>> = S "REF*F8" { REF02 R, REF03 N, REF04 N },
        /// Number given by the repricer.
        repriced_number: Rare<Ref<'a>> = S "REF*9A" { REF02 R, REF03 N, REF04 N },
        /// Number given by the repricer to an adjustment.
        adjusted_repriced_number: Rare<Ref<'a>> = S "REF*9C" { REF02 R, REF03 N, REF04 N },
        /// Investigational device exemptions.
        device_exemptions: Vec<Ref<'a>> = S "REF*LX" max 5 { REF02 R, REF03 N, REF04 N },
        /// Number given by a clearinghouse.
        intermediary_number: Rare<Ref<'a>> = S "REF*D9" { REF02 R, REF03 N, REF04 N },
        /// State of an auto accident.
        accident_state: Rare<Ref<'a>> = S "REF*LU" { REF02 R, REF03 N, REF04 N },
        /// Medical record.
        medical_record_number: Rare<Ref<'a>> = S "REF*EA" { REF02 R, REF03 N, REF04 N },
        /// Demonstration project.
        demonstration: Rare<Ref<'a>> = S "REF*P4" { REF02 R, REF03 N, REF04 N },
        /// Approval by a peer review organization.
        peer_review_approval: Rare<Ref<'a>> = S "REF*G4" { REF02 R, REF03 N, REF04 N },
        /// What state law wants.
        state_data: Vec<K3<'a>> = S "K3" max 10,
        /// Notes about the patient and the care.
        notes: Vec<Nte<'a>> = S "NTE*ALG|DCP|DGN|DME|MED|NTR|ODT|RHB|RLH|RNH|SET|SFM|SPT|UPI" max 10,
        /// A note about the bill.
        billing_note: Rare<Nte<'a>> = S "NTE*ADD",
        /// Early and periodic screening referral.
        epsdt: Rare<Crc<'a>> = S "CRC*ZZ" {
            CRC02 R "N|Y", CRC03 R "AV|NU|S2|ST", CRC04 S "AV|NU|S2|ST", CRC05 S "AV|NU|S2|ST", CRC06 N,
            CRC07 N,
        },
        /// Principal diagnosis.
        principal_diagnosis: Option<AdmissionHi<'a>> = R "HI*ABK|BK" {
            HI01_1 R "ABK|BK", HI02 N, HI03 N, HI04 N, HI05 N, HI06 N, HI07 N, HI08 N, HI09 N, HI10 N, HI11 N, HI12 N,
        },
        /// Diagnosis on admission.
        admitting_diagnosis: Option<Hi<'a>> = S "HI*ABJ|BJ" {
            HI01_1 R "ABJ|BJ", HI02 N, HI03 N, HI04 N, HI05 N, HI06 N, HI07 N, HI08 N, HI09 N, HI10 N, HI11 N, HI12 N,
        },
        /// Why the patient came, in up to three diagnoses.
        visit_reasons: Option<Hi<'a>> = S "HI*APR|PR" {
            HI01_1 R "APR|PR", HI04 N, HI05 N, HI06 N, HI07 N, HI08 N, HI09 N, HI10 N, HI11 N, HI12 N,
        },
        /// External causes of an injury.
        external_causes: Rare<AdmissionHi<'a>> = S "HI*ABN|BN" { HI01_1 R "ABN|BN" },
        /// Diagnosis related group.
        drg: Option<Hi<'a>> = S "HI*DR" {
            HI01_1 R "DR", HI02 N, HI03 N, HI04 N, HI05 N, HI06 N, HI07 N, HI08 N, HI09 N, HI10 N, HI11 N, HI12 N,
        },
        /// Other diagnoses.
        other_diagnoses: Vec<AdmissionHi<'a>> = S "HI*ABF|BF" max 2 { HI01_1 R "ABF|BF" },
        /// Principal procedure.
        principal_procedure: Rare<DatedHi<'a>> = S "HI*BBR|BR|CAH" {
            HI01_1 R "BBR|BR|CAH", HI01_3 R "D8", HI02 N, HI03 N, HI04 N, HI05 N, HI06 N, HI07 N, HI08 N, HI09 N,
            HI10 N, HI11 N, HI12 N,
        },
        /// Other procedures.
        other_procedures: Vec<DatedHi<'a>> = S "HI*BBQ|BQ" max 2 { HI01_1 R "BBQ|BQ", HI01_3 R "D8" },
        /// Occurrence spans.
        occurrence_spans: Vec<DatedHi<'a>> = S "HI*BI" max 2 { HI01_1 R "BI", HI01_3 R "RD8" },
        /// Occurrences.
        occurrences: Vec<DatedHi<'a>> = S "HI*BH" max 2 { HI01_1 R "BH", HI01_3 R "D8" },
        /// Values.
        values: Vec<ValueHi<'a>> = S "HI*BE" max 2 { HI01_1 R "BE" },
        /// Condition codes.
        conditions: Vec<Hi<'a>> = S "HI*BG" max 2 { HI01_1 R "BG" },
        /// Treatment codes of home health.
        treatments: Vec<Hi<'a>> = S "HI*TC" max 2 { HI01_1 R "TC" },
        /// Pricing or repricing.
        pricing: Rare<Hcp<'a>> = S "HCP" {
            HCP01 R "00|01|02|03|04|05|06|07|08|09|10|11|12|13|14", HCP09 N, HCP10 N, HCP11 S "DA|UN",
            HCP13 S "T1|T2|T3|T4|T5|T6", HCP14 S "1|2|3|4|5", HCP15 S "1|2|3|4|5|6",
        },
        /// Who has the overall responsibility for the care.
        attending: Rare<AttendingProvider<'a>> = S "NM1*71",
        /// Who operated.
        operating: Rare<OperatingPhysician<'a>> = S "NM1*72",
        /// Who else operated.
        other_operating: Rare<OtherOperatingPhysician<'a>> = S "NM1*ZZ",
        /// Who rendered, when not who attends.
        rendering: Rare<RenderingProvider<'a>> = S "NM1*82",
        /// Where, when not at the billing provider.
        facility: Rare<ServiceFacility<'a>> = S "NM1*77",
        /// Who referred the patient.
        referring: Rare<ReferringProvider<'a>> = S "NM1*DN",
        /// What other payers cover and have paid.
        other_payers: Vec<OtherPayerClaim<'a>> = S "SBR" max 10,
        /// The service lines.
        lines: Vec<ServiceLine<'a>> = R "LX" max 999,
    }
}

claim_provider! {
    /// Who has the overall responsibility for the care.
    AttendingProvider = "2310A" { "NM1*71" is "1", PRV "AT", REF "REF*0B|1G|G2|LU" max 4 }
}

claim_provider! {
    /// Who operated.
    OperatingPhysician = "2310B" { "NM1*72" is "1", REF "REF*0B|1G|G2|LU" max 4 }
}

claim_provider! {
    /// Who else operated.
    OtherOperatingPhysician = "2310C" { "NM1*ZZ" is "1", REF "REF*0B|1G|G2|LU" max 4 }
}

claim_provider! {
    /// Who rendered, when not who attends.
    RenderingProvider = "2310D" { "NM1*82" is "1", REF "REF*0B|1G|G2|LU" max 4 }
}

segment_loop! {
    /// Where the services were rendered.
    pub struct ServiceFacility<'a> = "2310E" {
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
    /// Who referred the patient.
    ReferringProvider = "2310F" { "NM1*DN" is "1", REF "REF*0B|1G|G2" max 3 }
}

segment_loop! {
    /// What another payer covers and has paid.
    pub struct OtherPayerClaim<'a> = "2320" {
        /// Whose turn that payer is.
        subscriber: Sbr<'a> = R "SBR" {
            SBR01 R "A|B|C|D|E|F|G|H|P|S|T|U", SBR02 R "01|18|19|20|21|39|40|53|G8", SBR05 N,
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
        /// Its amounts and remarks of an inpatient stay.
        inpatient: Rare<Mia<'a>> = S "MIA" { MIA02 N },
        /// Its rates and remarks of outpatient care.
        outpatient: Rare<Moa<'a>> = S "MOA",
        /// The person it insures.
        other_subscriber: OtherSubscriber<'a> = R "NM1*IL",
        /// The payer.
        payer: OtherPayer<'a> = R "NM1*PR",
        /// The attending provider as it knows it.
        attending: Rare<OtherPayerAttendingProvider<'a>> = S "NM1*71",
        /// The operating physician as it knows them.
        operating: Rare<OtherPayerOperatingPhysician<'a>> = S "NM1*72",
        /// The other operating physician as it knows them.
        other_operating: Rare<OtherPayerOtherOperatingPhysician<'a>> = S "NM1*ZZ",
        /// The facility as it knows it.
        facility: Rare<OtherPayerServiceFacility<'a>> = S "NM1*77",
        /// The rendering provider as it knows it.
        rendering: Rare<OtherPayerRenderingProvider<'a>> = S "NM1*82",
        /// The referring provider as it knows it.
        referring: Rare<OtherPayerReferringProvider<'a>> = S "NM1*DN",
        /// The billing provider as it knows it.
        billing: Rare<OtherPayerBillingProvider<'a>> = S "NM1*85",
    }
}

segment_loop! {
    /// The person insured by another payer.
    pub struct OtherSubscriber<'a> = "2330A" {
        /// Name and member id.
        name: Nm1<'a> = R "NM1*IL" { NM102 R "1|2", NM103 R, NM106 N, NM108 R "II|MI", NM109 R },
        /// Street.
        address: Option<N3<'a>> = S "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = S "N4",
        /// Social security number.
        references: Vec<Ref<'a>> = S "REF*SY" max 2 { REF02 R, REF03 N, REF04 N },
    }
}

other_payer_provider! {
    /// The attending provider as another payer knows it.
    OtherPayerAttendingProvider = "2330C" { "NM1*71" is "1", REF "REF*0B|1G|G2|LU" max 4 }
}

other_payer_provider! {
    /// The operating physician as another payer knows them.
    OtherPayerOperatingPhysician = "2330D" { "NM1*72" is "1", REF "REF*0B|1G|G2|LU" max 4 }
}

other_payer_provider! {
    /// The other operating physician as another payer knows them.
    OtherPayerOtherOperatingPhysician = "2330E" { "NM1*ZZ" is "1", REF "REF*0B|1G|G2|LU" max 4 }
}

other_payer_provider! {
    /// The facility as another payer knows it.
    OtherPayerServiceFacility = "2330F" { "NM1*77" is "2", REF "REF*0B|G2|LU" max 3 }
}

other_payer_provider! {
    /// The rendering provider as another payer knows it.
    OtherPayerRenderingProvider = "2330G" { "NM1*82" is "1", REF "REF*0B|1G|G2|LU" max 4 }
}

other_payer_provider! {
    /// The referring provider as another payer knows it.
    OtherPayerReferringProvider = "2330H" { "NM1*DN" is "1", REF "REF*0B|1G|G2" max 3 }
}

other_payer_provider! {
    /// The billing provider as another payer knows it.
    OtherPayerBillingProvider = "2330I" { "NM1*85" is "2", REF "REF*G2|LU" max 2 }
}

segment_loop! {
    /// A service line.
    pub struct ServiceLine<'a> = "2400" {
        /// Counted up from 1.
        number: Lx<'a> = R "LX",
        /// Revenue code, procedure, how much.
        service: Sv2<'a> = R "SV2" { SV202_1 R "ER|HC|HP|IV|WK", SV204 R "DA|UN" },
        /// Paper or files that belong to it.
        attachments: Vec<Pwk<'a>> = S "PWK*03|04|05|06|07|08|09|10|11|13|15|21|A3|A4|AM|AS|B2|B3|B4|BR|BS|BT|CB|CK|CT|D2|DA|DB|DG|DJ|DS|EB|HC|HR|I5|IR|LA|M1|MT|NN|OB|OC|OD|OE|OX|OZ|P4|P5|PE|PN|PO|PQ|PY|PZ|RB|RR|RT|RX|SG|V5|XP" max 10 {
            PWK02 R "AA|BM|EL|EM|FT|FX", PWK05 S "AC",
        },
        /// When; outpatient lines say it.
        service_date: Option<Dtp<'a>> = S "DTP*472" { DTP02 R "D8|RD8" },
        /// Our number for the line, echoed in the 835.
        line_control_number: Option<Ref<'a>> = S "REF*6R" { REF02 R, REF03 N, REF04 N },
        /// Number given by the repricer.
        repriced_number: Rare<Ref<'a>> = S "REF*9B" { REF02 R, REF03 N, REF04 N },
        /// Number given by the repricer to an adjustment.
        adjusted_repriced_number: Rare<Ref<'a>> = S "REF*9D" { REF02 R, REF03 N, REF04 N },
        /// Tax on the service.
        service_tax: Rare<Amt<'a>> = S "AMT*GT",
        /// Tax on the facility.
        facility_tax: Rare<Amt<'a>> = S "AMT*N8",
        /// A note of a third party.
        third_party_note: Rare<Nte<'a>> = S "NTE*TPO",
        /// Pricing or repricing.
        pricing: Rare<Hcp<'a>> = S "HCP" {
            HCP01 R "00|01|02|03|04|05|06|07|08|09|10|11|12|13|14", HCP09 S "ER|HC|HP|IV|WK", HCP11 S "DA|UN",
            HCP13 S "T1|T2|T3|T4|T5|T6", HCP14 S "1|2|3|4|5", HCP15 S "1|2|3|4|5|6",
        },
        /// The drug.
        drug: Rare<Drug<'a>> = S "LIN",
        /// Who operated, when not who operated for the claim.
        operating: Rare<LineOperatingPhysician<'a>> = S "NM1*72",
        /// Who else operated.
        other_operating: Rare<LineOtherOperatingPhysician<'a>> = S "NM1*ZZ",
        /// Who rendered, when not who rendered the claim.
        rendering: Rare<LineRenderingProvider<'a>> = S "NM1*82",
        /// Who referred, when not who referred for the claim.
        referring: Rare<LineReferringProvider<'a>> = S "NM1*DN",
        /// What other payers did with it.
        adjudications: Vec<LineAdjudication<'a>> = S "SVD" max 15,
    }
}

segment_loop! {
    /// A drug.
    pub struct Drug<'a> = "2410" {
        /// Its national drug code.
        drug: Lin<'a> = R "LIN" { LIN02 R "N4" },
        /// How much.
        quantity: Option<Ctp<'a>> = R "CTP" { CTP05_1 R "F2|GR|ME|ML|UN" },
        /// Prescription or compound number.
        prescription: Option<Ref<'a>> = S "REF*VY|XZ" { REF02 R, REF03 N, REF04 N },
    }
}

line_provider! {
    /// Who operated, when not who operated for the claim.
    LineOperatingPhysician = "2420A" { "NM1*72" is "1", REF "REF*0B|1G|G2|LU" }
}

line_provider! {
    /// Who else operated.
    LineOtherOperatingPhysician = "2420B" { "NM1*ZZ" is "1", REF "REF*0B|1G|G2|LU" }
}

line_provider! {
    /// Who rendered the line, when not who rendered the claim.
    LineRenderingProvider = "2420C" { "NM1*82" is "1", REF "REF*0B|1G|G2|LU" }
}

line_provider! {
    /// Who referred the patient for the line.
    LineReferringProvider = "2420D" { "NM1*DN" is "1", REF "REF*0B|1G|G2" }
}

segment_loop! {
    /// What another payer did with the line.
    pub struct LineAdjudication<'a> = "2430" {
        /// Which payer, what it paid, for what.
        adjudication: Svd<'a> = R "SVD" { SVD03 S, SVD03_1 R "ER|HC|HP|IV|WK", SVD04 R },
        /// Its adjustments of the line.
        adjustments: Vec<Cas<'a>> = S "CAS" max 5 { CAS01 R "CO|CR|OA|PI|PR" },
        /// When it paid.
        paid_on: Option<Dtp<'a>> = R "DTP*573" { DTP02 R "D8" },
        /// What the patient still owes.
        remaining: Option<Amt<'a>> = S "AMT*EAF",
    }
}
