//! 835 (005010X221A1): what a payer paid and why not the rest.
//!
//! [`Remittance`] is a whole set: the payment, payer and payee, claims under header numbers,
//! provider adjustments. Balance: BPR02 is the sum of CLP04 less the sum of PLB.

use crate::declare::{Rare, segment_loop};
use crate::segments::{
    Amt, Bpr, Cas, Clp, Cur, Dtm, Lq, Lx, Mia, Moa, N1, N3, N4, Nm1, Per, Plb, Qty, Rdm, Ref, Svc, Trn, Ts2,
    Ts3,
};

segment_loop! {
    /// A remittance advice.
    pub struct Remittance<'a> = "835" {
        /// How much, how, when.
        payment: Bpr<'a> = R "BPR" {
            BPR01 R "C|D|H|I|P|U|X", BPR03 R "C|D", BPR04 R "ACH|BOP|CHK|FWT|NON", BPR05 S "CCP|CTX",
            BPR06 S "01|04", BPR08 S "DA", BPR12 S "01|04", BPR14 S "DA|SG",
        },
        /// The number that the bank knows too.
        trace: Trn<'a> = R "TRN*1" { TRN03 R },
        /// Money of another country.
        currency: Rare<Cur<'a>> = S "CUR" { CUR01 R "PR", CUR03 N },
        /// Who receives the file, when not the payee.
        receiver: Option<Ref<'a>> = S "REF*EV" { REF02 R, REF03 N, REF04 N },
        /// The version of the payer's system.
        version: Option<Ref<'a>> = S "REF*F2" { REF02 R, REF03 N, REF04 N },
        /// When the payer finished it.
        production: Option<Dtm<'a>> = S "DTM*405" { DTM02 R },
        /// Who pays.
        payer: Payer<'a> = R "N1*PR",
        /// Who is paid.
        payee: Payee<'a> = R "N1*PE",
        /// Claims by provider, facility type and fiscal period.
        headers: Vec<HeaderNumber<'a>> = S "LX",
        /// Claims that stand under no header number, against the guide.
        claims_without_header: Vec<ClaimPayment<'a>> = N "CLP",
        /// Adjustments that belong to no claim of this payment.
        provider_adjustments: Vec<Plb<'a>> = S "PLB" {
            PLB03_1 R "50|51|72|90|AH|AM|AP|B2|B3|BD|BN|C5|CR|CS|CT|CV|CW|DM|E3|FB|FC|GO|HM|IP|IR|IS|J1|L3|L6|LE|LS|OA|OB|PI|PL|RA|RE|SL|TL|WO|WU",
        },
    }
}

impl<'a> Remittance<'a> {
    /// All claim payments in the order of the file.
    pub fn claims(&self) -> impl Iterator<Item = &ClaimPayment<'a>> {
        self.headers.iter().flat_map(|header| &header.claims).chain(&self.claims_without_header)
    }
}

segment_loop! {
    /// Who pays.
    pub struct Payer<'a> = "1000A" {
        /// Name and plan id.
        name: N1<'a> = R "N1*PR" { N102 R, N103 S "XV" },
        /// Street.
        address: Option<N3<'a>> = R "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = R "N4",
        /// Other identifiers.
        references: Vec<Ref<'a>> = S "REF*2U|EO|HI|NF" max 4 { REF02 R, REF03 N, REF04 N },
        /// Whom to ask about claims.
        business_contact: Option<Per<'a>> = S "PER*CX" {
            PER03 S "EM|FX|TE", PER05 S "EM|EX|FX|TE", PER07 S "EX",
        },
        /// Whom to ask about the file.
        technical_contacts: Vec<Per<'a>> = R "PER*BL" {
            PER03 S "EM|TE|UR", PER05 S "EM|EX|FX|TE|UR", PER07 S "EM|EX|FX|UR",
        },
        /// Where its rules are published.
        web_site: Option<Per<'a>> = S "PER*IC" {
            PER02 N, PER03 R "UR", PER04 R, PER05 N, PER06 N, PER07 N, PER08 N,
        },
    }
}

segment_loop! {
    /// Who is paid.
    pub struct Payee<'a> = "1000B" {
        /// Name and NPI or tax id.
        name: N1<'a> = R "N1*PE" { N102 R, N103 R "FI|XV|XX", N104 R },
        /// Street.
        address: Option<N3<'a>> = S "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = S "N4",
        /// Other identifiers.
        references: Vec<Ref<'a>> = S "REF*0B|D3|PQ|TJ" { REF02 R, REF03 N, REF04 N },
        /// How the advice reaches the payee.
        delivery: Option<Rdm<'a>> = S "RDM" { RDM01 R "BM|EM|FT|OL" },
    }
}

segment_loop! {
    /// Claims of one provider, facility type and fiscal period.
    pub struct HeaderNumber<'a> = "2000" {
        /// Counted up from 1.
        number: Lx<'a> = R "LX",
        /// Totals of the provider.
        summary: Rare<Ts3<'a>> = S "TS3",
        /// Totals under DRGs.
        inpatient_summary: Rare<Ts2<'a>> = S "TS2",
        /// Its claims.
        claims: Vec<ClaimPayment<'a>> = R "CLP",
    }
}

segment_loop! {
    /// A claim payment.
    pub struct ClaimPayment<'a> = "2100" {
        /// Number, status, charge and payment.
        claim: Clp<'a> = R "CLP" {
            CLP02 R "1|19|2|20|21|22|23|25|3|4",
            CLP06 R "12|13|14|15|16|17|AM|CH|DS|HM|LM|MA|MB|MC|OF|TV|VA|WC|ZZ",
        },
        /// Why paid is not charged, for the claim as a whole.
        adjustments: Vec<Cas<'a>> = S "CAS" max 99 { CAS01 R "CO|OA|PI|PR" },
        /// The patient.
        patient: Option<Nm1<'a>> = R "NM1*QC" { NM102 R "1", NM106 N, NM108 S "34|HN|II|MI|MR" },
        /// The insured person, when not the patient.
        insured: Rare<Nm1<'a>> = S "NM1*IL" { NM102 R "1|2", NM106 N, NM108 R "FI|II|MI", NM109 R },
        /// The name or member id as the payer knows it.
        corrected_insured: Rare<Nm1<'a>> = S "NM1*74" { NM102 R "1|2", NM106 N, NM108 S "C" },
        /// Who rendered the services.
        service_provider: Option<Nm1<'a>> = S "NM1*82" {
            NM102 R "1|2", NM106 N, NM108 R "BD|BS|FI|MC|PC|SL|UP|XX", NM109 R,
        },
        /// To whom the payer sent the claim on.
        crossover_carrier: Rare<Nm1<'a>> = S "NM1*TT" {
            NM102 R "2", NM103 R, NM104 N, NM105 N, NM106 N, NM107 N, NM108 R "AD|FI|NI|PI|PP|XV", NM109 R,
        },
        /// Who should have been billed first.
        corrected_payer: Rare<Nm1<'a>> = S "NM1*PR" {
            NM102 R "2", NM103 R, NM104 N, NM105 N, NM106 N, NM107 N, NM108 R "AD|FI|NI|PI|PP|XV", NM109 R,
        },
        /// The person insured by the corrected payer.
        other_subscriber: Rare<Nm1<'a>> = S "NM1*GB" { NM102 R "1|2", NM106 N, NM108 S "FI|II|MI" },
        /// Inpatient amounts and remarks.
        inpatient: Rare<Mia<'a>> = S "MIA",
        /// Outpatient rates and remarks.
        outpatient: Rare<Moa<'a>> = S "MOA",
        /// Group, class of contract, medical record and other numbers.
        references: Vec<Ref<'a>> = S "REF*1L|1W|28|6P|9A|9C|BB|CE|EA|F8|G1|G3|IG|SY" max 5 {
            REF02 R, REF03 N, REF04 N,
        },
        /// Other identifiers of the rendering provider.
        provider_references: Vec<Ref<'a>> = S "REF*0B|1A|1B|1C|1D|1G|1H|1J|D3|G2|LU" max 10 {
            REF02 R, REF03 N, REF04 N,
        },
        /// Statement from and to.
        statement_dates: Vec<Dtm<'a>> = S "DTM*232|233" max 2,
        /// When coverage ended.
        coverage_expired: Rare<Dtm<'a>> = S "DTM*036",
        /// When the payer received the claim.
        received: Option<Dtm<'a>> = S "DTM*050",
        /// Whom to ask about the claim.
        contacts: Vec<Per<'a>> = S "PER*CX" max 2 {
            PER03 R "EM|FX|TE", PER04 R, PER05 S "EM|EX|FX|TE", PER07 S "EX",
        },
        /// Amounts that enter no balance.
        amounts: Vec<Amt<'a>> = S "AMT*AU|D8|DY|F5|I|NL|T|T2|ZK|ZL|ZM|ZN|ZO" max 13,
        /// Quantities.
        quantities: Vec<Qty<'a>> = S "QTY*CA|CD|LA|LE|NE|NR|OU|PS|VS|ZK|ZL|ZM|ZN|ZO" max 14,
        /// Its lines.
        services: Vec<ServicePayment<'a>> = S "SVC" max 999,
    }
}

segment_loop! {
    /// A service payment.
    pub struct ServicePayment<'a> = "2110" {
        /// What was adjudicated, charge and payment.
        service: Svc<'a> = R "SVC" {
            SVC01_1 R "AD|ER|HC|HP|IV|N4|N6|NU|UI|WK", SVC01_7 N, SVC03 R,
            SVC06_1 R "AD|ER|HC|HP|IV|N4|NU|WK",
        },
        /// Service date or period.
        dates: Vec<Dtm<'a>> = S "DTM*150|151|472" max 2,
        /// Why paid is not charged.
        adjustments: Vec<Cas<'a>> = S "CAS" max 99 { CAS01 R "CO|OA|PI|PR" },
        /// Authorization, ambulatory group and other numbers.
        references: Vec<Ref<'a>> = S "REF*1S|APC|BB|E9|G1|G3|LU|RB" max 8 { REF02 R, REF03 N, REF04 N },
        /// The number we sent in REF*6R.
        line_control_number: Option<Ref<'a>> = S "REF*6R" { REF02 R, REF03 N, REF04 N },
        /// Identifiers of the rendering provider.
        provider_references: Vec<Ref<'a>> = S "REF*0B|1A|1B|1C|1D|1G|1H|1J|D3|G2|HPI|SY|TJ" max 10 {
            REF02 R, REF03 N, REF04 N,
        },
        /// Policies that the payer applied.
        policies: Vec<Ref<'a>> = S "REF*0K" max 5 { REF02 R, REF03 N, REF04 N },
        /// Amounts that enter no balance: allowed, late filing.
        amounts: Vec<Amt<'a>> = S "AMT*B6|KH|T|T2|ZK|ZL|ZM|ZN|ZO" max 9,
        /// Quantities.
        quantities: Vec<Qty<'a>> = S "QTY*ZK|ZL|ZM|ZN|ZO" max 6,
        /// Remark codes.
        remarks: Vec<Lq<'a>> = S "LQ*HE|RX" max 99,
    }
}
