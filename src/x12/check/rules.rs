//! Every rule that a typed set is held to at levels 3 to 5: its id, its place in a guide, and what
//! to do when it is broken. What levels 1 and 2 report is named by the reader and the tables;
//! [`advice`] knows what to do about those too.

use crate::x12::issue::Severity;

/// One rule of balancing, of a situation, or of a code list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable and greppable: `x12/837p/replacement-needs-f8`.
    pub id: &'static str,
    /// WEDI SNIP level.
    pub level: u8,
    /// An error rejects; a warning is told.
    pub severity: Severity,
    /// Where it is written: guide, loop, segment or section.
    pub source: &'static str,
    /// What to do.
    pub advice: &'static str,
}

macro_rules! rules {
    (claims { $( $field:ident = $claim:literal, $claim_level:literal $claim_severity:ident, $place:literal, $claim_advice:literal; )+ }
     $( $name:ident = $id:literal, $level:literal $severity:ident, $source:literal, $advice:literal; )+) => {
        /// The rules that the three claim guides have in common, as one of them has them.
        #[derive(Debug)]
        pub(crate) struct ClaimRules { $( pub $field: Rule, )+ }
        /// As X222 has them.
        pub(crate) const PROFESSIONAL: ClaimRules = rules!(@guide "x12/837p/", "X222 ",
            $( $field, $claim, $claim_level, $claim_severity, $place, $claim_advice; )+);
        /// As X223 has them.
        pub(crate) const INSTITUTIONAL: ClaimRules = rules!(@guide "x12/837i/", "X223 ",
            $( $field, $claim, $claim_level, $claim_severity, $place, $claim_advice; )+);
        /// As X224 has them.
        pub(crate) const DENTAL: ClaimRules = rules!(@guide "x12/837d/", "X224 ",
            $( $field, $claim, $claim_level, $claim_severity, $place, $claim_advice; )+);
        $( pub(crate) const $name: Rule =
            Rule { id: $id, level: $level, severity: Severity::$severity, source: $source, advice: $advice }; )+
        /// All of them, for lists and documentation.
        pub const ALL: &[Rule] = &[
            $( PROFESSIONAL.$field, INSTITUTIONAL.$field, DENTAL.$field, )+
            $($name),+
        ];
    };
    (@guide $ids:literal, $guide:literal,
     $( $field:ident, $id:literal, $level:literal, $severity:ident, $place:literal, $advice:literal; )+) => {
        ClaimRules { $( $field: Rule {
            id: concat!($ids, $id),
            level: $level,
            severity: Severity::$severity,
            source: concat!($guide, $place),
            advice: $advice,
        }, )+ }
    };
}

rules! {
    claims {
        claim_charge = "claim-charge", 3 Error, "1.4.4, 2300 CLM02",
            "Make CLM02 the sum of the charges of the claim's lines";
        negative_charge = "negative-charge", 3 Error, "2300 CLM02",
            "Send charges of zero or more; take a claim back with frequency 8";
        cob_line = "cob-line-balance", 3 Error, "1.4.4.2, 2430 SVD02 and CAS",
            "Make SVD02 and the line's CAS amounts of that payer add up to the line's charge";
        cob_claim = "cob-claim-balance", 3 Error, "1.4.4.1, 2320 AMT*D and CAS",
            "Make AMT*D the sum of that payer's SVD02 less its claim level CAS amounts";
        cob_charge = "cob-charge-balance", 3 Error, "1.4.4.1, 2320 AMT*D and CAS, 2430 CAS",
            "Make AMT*D and all CAS amounts of that payer add up to CLM02";
        too_many_claims = "claims-in-set", 4 Warning, "1.3.2, 2300 CLM",
            "Send at most 5,000 claims in a transaction set";
        replacement_number = "replacement-needs-f8", 4 Error, "2300 REF*F8",
            "Give the payer's claim control number of the claim that is replaced or voided";
        self_has_claims = "self-has-claims", 4 Error, "1.4.3, 2000B SBR02",
            "Put the claims of a patient who is the subscriber under the subscriber's level";
        patient_needed = "patient-needed", 4 Error, "1.4.3, 2000C",
            "Add the patient's level (HL 23), or SBR02 18 when the patient is the subscriber";
        patient_is_subscriber = "patient-is-subscriber", 4 Error, "2000B SBR02, 2000C",
            "Take SBR02 out, or move the claims from the patient's level to the subscriber's";
        children_code = "children-code", 4 Error, "2000B HL04",
            "Send HL04 1 when a patient's level follows, 0 when none does";
        subscriber_address = "subscriber-address", 4 Error, "2010BA N3, N4",
            "Give the address of a subscriber who is the patient";
        subscriber_birth = "subscriber-birth", 4 Error, "2010BA DMG",
            "Give birth date and sex of a subscriber who is the patient";
        period_order = "period-order", 4 Error, "2400 DTP*472",
            "Put the first day of the period before its last";
        us_state = "state", 4 Error, "N402",
            "Give the state of an address in the United States or Canada";
        us_zip = "zip", 4 Error, "N403",
            "Give the ZIP code of an address in the United States or the postal code of one in Canada";
        zip_plus_4 = "zip-plus-4", 2 Warning, "2010AA and service facilities, N403",
            "Give all nine digits of the ZIP code where services are billed or rendered";
        post_office_box = "post-office-box", 4 Warning, "2010AA N301",
            "Give a street address; a post office box belongs in the pay-to address (2010AB)";
        attachment_number = "attachment-number", 4 Error, "2300 and 2400 PWK05, PWK06",
            "Give the attachment's control number, or PWK02 AA when it is sent on request";
        earlier_payer = "earlier-payer", 4 Error, "2320 SBR",
            "Add the payers whose turn comes before this one's (2320), or bill this payer as primary";
        payer_order = "payer-order", 4 Error, "2000B and 2320 SBR01",
            "Give each payer of the claim its own place in the order";
        unknown_payer = "adjudicating-payer", 4 Error, "2430 SVD01",
            "Make SVD01 the NM109 of one of the claim's other payers (2330B)";
        paid_date = "other-payer-paid-date", 4 Error, "2330B DTP*573",
            "Give the date on which the other payer adjudicated the claim";
    }

    SERVICE_BALANCE = "x12/835/service-balance", 3 Error, "X221 1.10.2.1.1",
        "Ask the payer for a corrected file: SVC02 less the service's CAS amounts is not SVC03";
    CLAIM_BALANCE = "x12/835/claim-balance", 3 Error, "X221 1.10.2.1.2",
        "Ask the payer for a corrected file: CLP03 less all CAS amounts of the claim is not CLP04";
    SERVICES_CHARGED = "x12/835/services-charged", 3 Warning, "X221 1.10.2.1.2",
        "Check whether the payer listed all services: CLP03 is not the sum of SVC02";
    PATIENT_RESPONSIBILITY = "x12/835/patient-responsibility", 3 Warning, "X221 2100 CLP05",
        "Bill the patient by the PR adjustments, not by CLP05";
    TRANSACTION_BALANCE = "x12/835/transaction-balance", 3 Error, "X221 1.10.2.1.3",
        "Ask the payer for a corrected file: the sum of CLP04 less the PLB amounts is not BPR02";
    NEGATIVE_PAYMENT = "x12/835/negative-payment", 3 Error, "X221 BPR02",
        "Ask the payer to carry the negative balance forward with PLB FB";

    ACCIDENT_DATE = "x12/837p/accident-date", 4 Error, "X222 2300 DTP*439",
        "Give the date of the accident, or take AA or OA out of CLM11";
    ACCIDENT_STATE = "x12/837p/accident-state", 4 Error, "X222 2300 CLM11-4, CLM11-5",
        "Give the state of an auto accident, or the country when it was abroad";
    ADMISSION_DATE = "x12/837p/admission-date", 4 Error, "X222 2300 DTP*435",
        "Give the admission date of an inpatient stay (place of service 21, 51, 61)";
    DISCHARGE_BEFORE_ADMISSION = "x12/837p/discharge-before-admission", 4 Error, "X222 2300 DTP*435, DTP*096",
        "Correct the admission or the discharge date";
    POINTER = "x12/837p/diagnosis-pointer", 4 Error, "X222 2400 SV107",
        "Point only at diagnoses that the claim's HI lists";
    POINTER_TWICE = "x12/837p/diagnosis-pointer-twice", 4 Warning, "X222 2400 SV107",
        "Name each diagnosis once";
    MEDICARE_SECONDARY = "x12/837p/medicare-secondary-reason", 4 Error, "X222 2000B SBR05",
        "Say in SBR05 why Medicare is not primary";
    AMBULANCE_PLACES = "x12/837p/ambulance-places", 4 Error, "X222 2310E, 2310F",
        "Give the pick-up (NM1*PW) and the drop-off (NM1*45) of a transport";

    INPATIENT_ADMISSION = "x12/837i/admission-date", 4 Error, "X223 2300 DTP*435",
        "Give the day and hour of admission of an inpatient stay";
    ADMITTING_DIAGNOSIS = "x12/837i/admitting-diagnosis", 4 Error, "X223 2300 HI*ABJ",
        "Give the diagnosis on admission of an inpatient stay";
    STATEMENT_ORDER = "x12/837i/statement-order", 4 Error, "X223 2300 DTP*434",
        "Put the first day of the statement before its last";
    OUTPATIENT_DATE = "x12/837i/service-date", 4 Error, "X223 2400 DTP*472",
        "Give each outpatient line its date when the statement covers more than one day";
    DENTAL_DATE = "x12/837d/service-date", 4 Warning, "X224 2300 and 2400 DTP*472",
        "Give the date of service, of the claim or of each line";
    PREDETERMINATION_DATE = "x12/837d/predetermination-date", 4 Error, "X224 2300 CLM19 and DTP*472",
        "Take the date of service out of a request for a predetermination, or CLM19 out of a claim";
    PRIOR_PLACEMENT = "x12/837d/prior-placement", 4 Error, "X224 2400 SV305 and DTP*441",
        "Give the date on which the prosthesis that is replaced was placed";
    DENTAL_ACCIDENT_DATE = "x12/837d/accident-date", 4 Error, "X224 2300 DTP*439",
        "Give the date of the accident, or take AA or OA out of CLM11";
    DENTAL_ACCIDENT_STATE = "x12/837d/accident-state", 4 Error, "X224 2300 CLM11-4, CLM11-5",
        "Give the state of an auto accident, or the country when it was abroad";
    DENTAL_POINTER = "x12/837d/diagnosis-pointer", 4 Error, "X224 2400 SV311",
        "Point only at diagnoses that the claim's HI lists";

    REVERSAL_SIGN = "x12/835/reversal-sign", 4 Warning, "X221 1.10.2.8, 2100 CLP02 22",
        "Check the reversal against the payment that it takes back: its charge should be negative";
    BANK_DETAILS = "x12/835/bank-details", 4 Error, "X221 BPR06 to BPR15",
        "Ask the payer for the bank's details of an electronic payment";
    NOTHING_PAID = "x12/835/nothing-paid", 4 Error, "X221 BPR02, BPR04 NON",
        "Ask the payer: an advice without payment cannot have an amount in BPR02";
    COMPANY_ID = "x12/835/company-id", 4 Error, "X221 BPR10, TRN03",
        "Ask the payer: BPR10 and TRN03 must be the same, else the payment cannot be matched";
    CROSSOVER_CARRIER = "x12/835/crossover-carrier", 4 Error, "X221 2100 NM1*TT",
        "Ask the payer to whom the claim was sent on";
    CLAIM_DATES = "x12/835/claim-dates", 4 Error, "X221 2100 DTM*232, 2110 DTM*472",
        "Ask the payer for the dates of service";
    SERVICE_PERIOD = "x12/835/service-period", 4 Error, "X221 2110 DTM*150, DTM*151",
        "A period has both its first day (150) and its last (151)";
    COVERAGE_EXPIRED = "x12/835/coverage-expired", 4 Error, "X221 2100 DTM*036",
        "Ask the payer when the coverage ended (CARC 27 denies for it)";

    LEVEL_CHILDREN = "x12/27x/children-code", 4 Warning, "X279 and X212 HL04",
        "Send HL04 1 when a level follows below, 0 when none does";
    NOTHING_ASKED = "x12/27x/nothing-asked", 4 Error, "X279 2110C and 2110D EQ, X212 2200D and 2200E",
        "Ask something about the patient, or leave the level out";
    STATUS_BIRTH = "x12/276/birth", 4 Error, "X212 2000D DMG",
        "Give birth date of a subscriber who is the patient";
    PARTIES_WRAPPED = "x12/271/related-parties", 4 Error, "X279 2110C and 2110D LS, LE",
        "Put LS*2120 before the related parties of a benefit and LE*2120 after them";

    DIAGNOSIS_CODE = "x12/codes/diagnosis", 5 Error, "X222 2300 HI, ICD-10-CM",
        "Use a diagnosis code that is valid and billable on the date of service";
    PROCEDURE_CODE = "x12/codes/procedure", 5 Error, "X222 2400 SV101-2, CPT and HCPCS",
        "Use a procedure code that is valid on the date of service";
    MODIFIER = "x12/codes/modifier", 5 Error, "X222 2400 SV101-3 to -6",
        "Use a modifier that is valid on the date of service";
    PLACE_OF_SERVICE = "x12/codes/place-of-service", 5 Error, "X222 2300 CLM05-1, 2400 SV105",
        "Use a place of service of the CMS list";
    REVENUE_CODE = "x12/codes/revenue", 5 Error, "X223 2400 SV201, NUBC",
        "Use a revenue code that is valid on the date of service";
    ADJUSTMENT_REASON = "x12/codes/adjustment-reason", 5 Error, "CAS02 and following, X12 list 139",
        "Use a claim adjustment reason code that is in force";
    REMARK_CODE = "x12/codes/remark", 5 Error, "LQ02, MIA, MOA, X12 list 411",
        "Use a remittance advice remark code that is in force";
}

/// What to do about an issue: the rule's own words, or what its kind asks for.
#[must_use]
pub fn advice(rule: &str) -> &'static str {
    if let Some(rule) = ALL.iter().find(|known| known.id == rule) {
        return rule.advice;
    }
    match rule {
        "x12/not-x12" => "Send a file that begins with ISA",
        "x12/unsupported-set" => "Send this transaction to a system that reads it; nothing in it was checked",
        "x12/version-4010" => {
            "Send the 005010 version of the transaction: 004010 has been out of use since 2012"
        }
        "x12/no-interchange" => "Wrap the transaction in ISA/IEA and GS/GE before sending it",
        "x12/segment-count" | "x12/set-count" | "x12/group-count" => {
            "Look for lost or doubled text, then correct the count"
        }
        "x12/control-number" => "Make header and trailer carry the same control number",
        "x12/control-number-repeated" => "Give each set and group of the file its own control number",
        "x12/missing-trailer" | "x12/missing-header" => {
            "Look for a truncated file; each header needs its trailer"
        }
        "x12/missing-segment" | "x12/missing-loop" => "Add what the guide requires here",
        "x12/missing-element" => "Fill the element in",
        "x12/element-not-used" | "x12/segment-not-used" => "Leave it out",
        "x12/unexpected-segment" | "x12/unknown-segment" | "x12/segment-out-of-order" => {
            "Move or remove the segment so that the set follows its guide"
        }
        "x12/unknown-qualifier" | "x12/unknown-code" => "Use one of the guide's codes",
        "x12/segment-over-maximum" | "x12/loop-over-maximum" => "Send fewer of them",
        "x12/trailing-separators" | "x12/trailing-blank" => "Cut what trails; most receivers forgive it",
        _ => "Correct it at its source and send the file again",
    }
}

/// Where a rule of levels 3 to 5 is written.
#[must_use]
pub fn source(rule: &str) -> Option<&'static str> {
    ALL.iter().find(|known| known.id == rule).map(|known| known.source)
}
