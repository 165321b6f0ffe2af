//! 277 claim acknowledgment (005010X214): which claims of a batch a payer takes in.
//!
//! Levels: source (payer or clearinghouse), receiver (the submitter, with the batch), billing
//! provider, patient. A rejecting status of the batch or of a provider holds for all claims below,
//! listed or not.

use crate::declare::segment_loop;
use crate::segments::{Amt, Bht, Dtp, Hl, Nm1, Qty, Ref, Stc, Svc, Trn};

segment_loop! {
    /// A claim acknowledgment.
    pub struct ClaimAcknowledgment<'a> = "277" {
        /// Number and time of the answer.
        beginning: Bht<'a> = R "BHT" { BHT01 R "0085", BHT02 R "08", BHT03 R, BHT06 R "TH" },
        /// Who answers.
        sources: Vec<SourceLevel<'a>> = R "HL***20",
    }
}

segment_loop! {
    /// Who answers.
    pub struct SourceLevel<'a> = "2000A" {
        /// The level.
        level: Hl<'a> = R "HL***20" { HL02 N, HL04 R "1" },
        /// The payer or clearinghouse.
        name: Option<InformationSource<'a>> = R "NM1*PR|AY",
        /// Its number for the transmission and when it came.
        receipt: Option<Receipt<'a>> = R "TRN*1",
        /// Whom it answers.
        receiver: ReceiverLevel<'a> = R "HL***21",
    }
}

segment_loop! {
    /// The payer or clearinghouse by name.
    pub struct InformationSource<'a> = "2100A" {
        /// Name and identifier.
        name: Nm1<'a> = R "NM1*PR|AY" {
            NM102 R "2", NM103 R, NM104 N, NM105 N, NM106 N, NM107 N, NM108 R "46|FI|PI|XV", NM109 R,
        },
    }
}

segment_loop! {
    /// Receipt of the transmission.
    pub struct Receipt<'a> = "2200A" {
        /// The number of the receipt.
        trace: Trn<'a> = R "TRN*1" { TRN03 N, TRN04 N },
        /// When it came.
        received: Option<Dtp<'a>> = R "DTP*050" { DTP02 R "D8" },
        /// When it was processed.
        processed: Option<Dtp<'a>> = R "DTP*009" { DTP02 R "D8" },
    }
}

segment_loop! {
    /// Whom is answered.
    pub struct ReceiverLevel<'a> = "2000B" {
        /// The level.
        level: Hl<'a> = R "HL***21" { HL02 R, HL04 R "0|1" },
        /// The submitter.
        name: Option<InformationReceiver<'a>> = R "NM1*41",
        /// What becomes of the batch.
        status: Option<BatchStatus<'a>> = R "TRN*2",
        /// The providers of the batch.
        providers: Vec<ProviderLevel<'a>> = S "HL***19",
    }
}

segment_loop! {
    /// The submitter by name.
    pub struct InformationReceiver<'a> = "2100B" {
        /// Name and identifier.
        name: Nm1<'a> = R "NM1*41" { NM102 R "1|2", NM103 R, NM106 N, NM107 N, NM108 R "46", NM109 R },
    }
}

segment_loop! {
    /// The batch that is answered.
    pub struct BatchStatus<'a> = "2200B" {
        /// BHT03 of the batch.
        trace: Trn<'a> = R "TRN*2" { TRN03 N, TRN04 N },
        /// What becomes of it: a rejection rejects all claims below, listed or not.
        statuses: Vec<Stc<'a>> = R "STC" {
            STC01_3 S "36|40|41|AY|PR", STC01_4 N, STC02 R, STC03 R "U|WQ", STC04 R, STC10_4 N, STC11_4 N,
            STC12 N,
        },
        /// How many claims were accepted.
        accepted: Option<Qty<'a>> = S "QTY*90",
        /// How many claims were rejected.
        rejected: Option<Qty<'a>> = S "QTY*AA",
        /// What they charge.
        accepted_amount: Option<Amt<'a>> = S "AMT*YU",
        /// What they charge.
        rejected_amount: Option<Amt<'a>> = S "AMT*YY",
    }
}

segment_loop! {
    /// A billing provider of the batch.
    pub struct ProviderLevel<'a> = "2000C" {
        /// The level.
        level: Hl<'a> = R "HL***19" { HL02 R, HL04 R "0|1" },
        /// The provider.
        names: Vec<BillingProvider<'a>> = R "NM1*85",
        /// What becomes of all its claims.
        status: Option<ProviderStatus<'a>> = S "TRN*1",
        /// Its patients.
        patients: Vec<PatientLevel<'a>> = S "HL***PT",
    }
}

segment_loop! {
    /// The provider by name.
    pub struct BillingProvider<'a> = "2100C" {
        /// Name and NPI.
        name: Nm1<'a> = R "NM1*85" { NM102 R "1|2", NM103 R, NM108 R "FI|SV|XX", NM109 R },
    }
}

segment_loop! {
    /// All claims of the provider.
    pub struct ProviderStatus<'a> = "2200C" {
        /// The number that is answered; often `0`.
        trace: Trn<'a> = R "TRN*1" { TRN03 N, TRN04 N },
        /// What becomes of them.
        statuses: Vec<Stc<'a>> = S "STC" {
            STC01_3 S "36|40|41|77|82|85|87|AY|PR", STC01_4 N, STC02 N, STC03 R "U|WQ", STC04 R, STC10_4 N,
            STC11_4 N, STC12 N,
        },
        /// Another identifier of the provider.
        reference: Option<Ref<'a>> = S "REF*0B|1G|G2|LU|SY|TJ" { REF02 R, REF03 N, REF04 N },
        /// How many claims were accepted.
        accepted: Option<Qty<'a>> = S "QTY*QA",
        /// How many claims were rejected.
        rejected: Option<Qty<'a>> = S "QTY*QC",
        /// What they charge.
        accepted_amount: Option<Amt<'a>> = S "AMT*YU",
        /// What they charge.
        rejected_amount: Option<Amt<'a>> = S "AMT*YY",
    }
}

segment_loop! {
    /// A patient.
    pub struct PatientLevel<'a> = "2000D" {
        /// The level.
        level: Hl<'a> = R "HL***PT" { HL02 R, HL04 N },
        /// The patient.
        name: Option<Patient<'a>> = R "NM1*QC",
        /// The claims.
        claims: Vec<ClaimStatus<'a>> = S "TRN*2",
    }
}

segment_loop! {
    /// The patient by name.
    pub struct Patient<'a> = "2100D" {
        /// Name and member id.
        name: Nm1<'a> = R "NM1*QC" { NM102 R "1", NM103 R, NM108 R "II|MI", NM109 R },
    }
}

segment_loop! {
    /// What becomes of a claim.
    pub struct ClaimStatus<'a> = "2200D" {
        /// CLM01 of the claim.
        trace: Trn<'a> = R "TRN*2" { TRN03 N, TRN04 N },
        /// Accepted or rejected, and why.
        statuses: Vec<Stc<'a>> = R "STC" {
            STC01_3 S "03|1P|1Z|40|41|71|72|73|77|82|85|87|DK|DN|DQ|FA|GB|HK|IL|LI|MSC|PR|PRP|QB|QC|QD|SEP|TL|TTP|TU",
            STC01_4 N, STC02 R, STC03 R "U|WQ", STC04 R,
        },
        /// The payer's number for the claim.
        claim_control_number: Option<Ref<'a>> = S "REF*1K" { REF02 R, REF03 N, REF04 N },
        /// The number given by a clearinghouse.
        intermediary_number: Option<Ref<'a>> = S "REF*D9" { REF02 R, REF03 N, REF04 N },
        /// Type of bill.
        bill_type: Option<Ref<'a>> = S "REF*BLT" { REF02 R, REF03 N, REF04 N },
        /// When.
        service_date: Option<Dtp<'a>> = R "DTP*472" { DTP02 R "RD8|D8" },
        /// Lines that are rejected.
        lines: Vec<LineStatus<'a>> = S "SVC",
    }
}

segment_loop! {
    /// What becomes of a line.
    pub struct LineStatus<'a> = "2220D" {
        /// What was billed.
        service: Svc<'a> = R "SVC" {
            SVC01_1 R "AD|ER|HC|HP|IV|NU|NU|WK", SVC01_7 N, SVC03 N, SVC05 N, SVC06 N,
        },
        /// Why it is rejected.
        statuses: Vec<Stc<'a>> = R "STC" {
            STC01_3 S "03|1P|1Z|40|41|71|72|73|77|82|85|87|DK|DN|DQ|FA|GB|HK|IL|LI|MSC|PR|PRP|QB|QC|QD|SEP|TL|TTP|TU",
            STC02 R, STC03 R "U", STC04 N, STC12 N,
        },
        /// Our number for the line.
        line_control_number: Option<Ref<'a>> = S "REF*FJ" { REF02 R, REF03 N, REF04 N },
        /// Prescription number.
        prescription: Option<Ref<'a>> = S "REF*XZ" { REF02 R, REF03 N, REF04 N },
        /// When.
        service_date: Option<Dtp<'a>> = S "DTP*472" { DTP02 R "D8|RD8" },
    }
}
