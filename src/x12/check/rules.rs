//! Every rule that a typed set is held to at levels 3 to 5: its id, its place in a guide, and what
//! to do when it is broken. What levels 1 and 2 report is named by the reader and the tables;
//! [`advice`] knows what to do about those too.

use serde::Serialize;

use crate::issue::Severity;

/// One rule of balancing, of a situation, or of a code list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
        original_number = "original-with-f8", 4 Warning, "2300 CLM05-3, REF*F8",
            "Take REF*F8 out of an original claim, or send frequency 7 or 8";
        organization_name = "organization-with-first-name", 4 Warning, "NM102, NM104",
            "Send NM102 1 for a person, or the organization's whole name in NM103";
        tax_id = "tax-id", 4 Warning, "2010AA REF*EI and REF*SY, REF02",
            "Give the nine digits of the tax identification without separators";
        social_security = "social-security-number", 4 Warning, "2010BA REF*SY, REF02",
            "Give the nine digits of the social security number without separators";
        country = "country-us", 4 Warning, "N404",
            "Leave the country out of an address in the United States";
        same_pay_to = "pay-to-is-billing", 4 Warning, "2010AB",
            "Leave the pay-to address out when it is the billing provider's";
        same_facility = "facility-is-billing", 4 Warning, "service facility, NM1*77",
            "Leave the service facility out when it is where the billing provider is";
        same_line_rendering = "line-rendering-is-claims", 4 Warning, "2400 NM1*82",
            "Name the line's rendering provider only where the claim's is another";
        group_name = "group-name-with-number", 4 Warning, "SBR03, SBR04",
            "Send the group's name only when its number is not known";
        service_exception = "service-exception-code", 4 Error, "2300 REF*4N, REF02",
            "Give one of the guide's seven reasons, 1 to 7";
        amount_size = "amount-size", 4 Error, "B.1.1.3.1.2, element 782",
            "Send amounts of at most ten digits, cents included";
        zero_adjustment = "zero-adjustment", 4 Warning, "2320 and 2430 CAS",
            "Send adjustments that are not zero";
        payer_paid = "other-payer-paid-amount", 4 Error, "2320 AMT*D",
            "Say what the other payer paid, zero if nothing";
        non_covered_amount = "non-covered-amount", 4 Warning, "2320 AMT*A8",
            "Make AMT*A8 the claim's charge, or leave it out";
        non_covered_adjudicated = "non-covered-adjudicated", 4 Warning, "2320 AMT*A8, AMT*D, CAS",
            "Send AMT*A8 for a payer that was not billed, AMT*D and CAS for one that was";
        remaining_twice = "remaining-liability-twice", 4 Warning, "2320 and 2430 AMT*EAF",
            "Say what the patient still owes by line or for the claim, not both";
        adjustment_indicator = "adjustment-indicator", 4 Error, "2330B REF*T4, REF02",
            "Send Y, or leave REF*T4 out";
        bundled_line = "bundled-line", 4 Error, "2430 SVD06",
            "Name the LX01 of the claim's line into which this one was bundled";
        decimal_point = "diagnosis-with-point", 4 Error, "2300 HI",
            "Send ICD codes without their point";
        mixed_editions = "icd-mixed", 4 Error, "2300 HI, 45 CFR 162.1002",
            "Split the claim: ICD-9 and ICD-10 codes do not stand on one claim";
        edition = "icd-by-date", 4 Error, "2300 HI, 45 CFR 162.1002",
            "Send ICD-10 codes for services from 1 October 2015 on";
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
    RENDERING_IS_BILLING = "x12/837p/rendering-is-billing", 4 Warning, "X222 2310B",
        "Leave the rendering provider out when it is who bills";
    PRIMARY_CARE_REFERRAL = "x12/837p/primary-care-referral", 4 Error, "X222 2310A NM101",
        "Name who referred with DN first; P3 is for a second, earlier referral";
    INSURANCE_TYPE = "x12/837p/insurance-type", 4 Warning, "X222 2000B and 2320 SBR05",
        "Leave SBR05 out where the payer is the first";
    CAUSE_TWICE = "x12/837p/related-cause-twice", 4 Warning, "X222 2300 CLM11",
        "Name each cause once";
    STATE_WITHOUT_AUTO = "x12/837p/accident-state-unneeded", 4 Warning, "X222 2300 CLM11-4, CLM11-5",
        "Leave state and country of the accident out when it was no auto accident";
    ONSET_IS_SERVICE = "x12/837p/onset-is-service-date", 4 Warning, "X222 2300 DTP*431",
        "Leave the onset out when it is the day of the service";
    ACUTE_MANIFESTATION = "x12/837p/acute-manifestation", 4 Error, "X222 2300 DTP*453, CR208",
        "Give the date of the acute manifestation (CR208 A or M, Medicare)";
    DISABILITY_DATES = "x12/837p/disability-dates", 4 Error, "X222 2300 DTP*314, 360, 361",
        "Send 314 with a period (RD8), 360 or 361 with a day (D8)";
    SECTION_4081 = "x12/837p/section-4081", 4 Error, "X222 2300 REF*F5, REF02",
        "Send Y or N";
    EPSDT = "x12/837p/epsdt-referral", 4 Error, "X222 2300 CRC*ZZ",
        "Send CRC02 N with CRC03 NU, or CRC02 Y with what was referred";
    AMBULANCE_FACILITY = "x12/837p/ambulance-facility", 4 Warning, "X222 2310C",
        "Give pick-up and drop-off (2310E, 2310F) of a transport, no service facility";
    NDC = "x12/837p/ndc-digits", 4 Error, "X222 2410 LIN03",
        "Send the national drug code as eleven digits, 5-4-2, without hyphens";
    UNITS_SIZE = "x12/837p/units-size", 4 Error, "X222 2400 SV104",
        "Send at most eight digits, of which three after the point";
    PLACE_REPEATED = "x12/837p/line-place-repeated", 4 Warning, "X222 2400 SV105",
        "Leave the line's place of service out when it is the claim's";
    ANESTHESIA_MINUTES = "x12/837p/anesthesia-minutes", 4 Warning, "X222 2400 SV103, CMS 100-04 ch. 12 \u{a7} 50",
        "Send the minutes of anesthesia (SV103 MJ)";
    LINE_DATE_REPEATED = "x12/837p/line-date-repeated", 4 Warning, "X222 2400 DTP*304, 454, 455",
        "Send the date with the line only where it is not the claim's";
    AMBULANCE_PATIENTS = "x12/837p/ambulance-patients", 4 Warning, "X222 2400 QTY*PT",
        "Count the patients of a transport only when there were more than one";
    RECERTIFICATION = "x12/837p/recertification-date", 4 Error, "X222 2400 DTP*607, CR301",
        "Give the date of the renewed or revised certification (CR301 R or S)";
    BEGIN_THERAPY = "x12/837p/begin-therapy-date", 4 Warning, "X222 2400 DTP*463, CR3",
        "Give the day on which therapy began of equipment that is certified";
    LAST_CERTIFICATION = "x12/837p/last-certification-date", 4 Warning, "X222 2400 DTP*461, CR3",
        "Give the day of the last certification of equipment that is certified";
    PURCHASED_FROM = "x12/837p/purchased-from", 4 Warning, "X222 2420B, 2400 PS1",
        "Name from whom the service was purchased";
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
    ADMISSION_TYPE = "x12/837i/admission-type", 4 Error, "X223 2300 CL101",
        "Give the priority of an inpatient stay";
    ADMISSION_SOURCE = "x12/837i/admission-source", 4 Error, "X223 2300 CL102",
        "Give the point of origin of an inpatient stay";
    NEWBORN_SOURCE = "x12/837i/newborn-source", 4 Error, "X223 2300 CL101, CL102, NUBC FL 15",
        "Send CL102 5 for a child born here, 6 for one born elsewhere";
    INTERIM_STATUS = "x12/837i/interim-status", 4 Warning, "X223 2300 CL103, NUBC FL 17",
        "Send CL103 30 while the patient is still here (frequency 2 or 3)";
    DISCHARGE_HOUR = "x12/837i/discharge-hour", 4 Error, "X223 2300 DTP*096, NUBC FL 16",
        "Give the hour of discharge with the final bill of an inpatient stay";
    ADMISSION_AFTER = "x12/837i/admission-after-statement", 4 Error, "X223 2300 DTP*435, DTP*434",
        "Correct the admission or the statement's period";
    VISIT_REASON = "x12/837i/visit-reason", 4 Error, "X223 2300 HI*APR, NUBC FL 70",
        "Give the patient's reason for an unscheduled outpatient visit";
    OTHER_PROCEDURE = "x12/837i/other-procedure", 4 Error, "X223 2300 HI*BBQ, HI*BBR",
        "Name the principal procedure before others";
    OUTPATIENT_PROCEDURE = "x12/837i/outpatient-procedure", 4 Warning, "X223 2300 HI*BBR",
        "Bill outpatient procedures by HCPCS on the lines, ICD procedures of inpatient stays only";
    ATTENDING = "x12/837i/attending-provider", 4 Error, "X223 2310A",
        "Name who attended, unless all is non-scheduled transport (revenue code 054x)";
    OTHER_OPERATING = "x12/837i/other-operating-physician", 4 Error, "X223 2310C, 2310B",
        "Name the operating physician before another one";
    RENDERING_IS_ATTENDING = "x12/837i/rendering-is-attending", 4 Warning, "X223 2310D",
        "Leave the rendering provider out when it is who attended";
    REFERRING_IS_ATTENDING = "x12/837i/referring-is-attending", 4 Warning, "X223 2310F",
        "Leave the referring provider out when it is who attended";
    SPAN_ORDER = "x12/837i/occurrence-span-order", 4 Error, "X223 2300 HI*BI",
        "Put the first day of the span before its last";
    LINE_OUTSIDE = "x12/837i/line-outside-statement", 4 Error, "X223 2400 DTP*472, NUBC FL 45",
        "Bill services of the statement's period only, or correct the period";
    TOTAL_LINE = "x12/837i/total-line", 4 Error, "X223 2400 SV201, NUBC FL 42",
        "Take the total line (revenue code 0001) out: CLM02 is the total";
    HIPPS = "x12/837i/hipps-code", 4 Error, "X223 2400 SV202, NUBC FL 44",
        "Give the HIPPS code (SV202-1 HP) of a prospective payment line";
    INSTITUTIONAL_EPSDT = "x12/837i/epsdt-referral", 4 Error, "X223 2300 CRC*ZZ",
        "Send CRC02 N with CRC03 NU, or CRC02 Y with what was referred";
    INSTITUTIONAL_NDC = "x12/837i/ndc-digits", 4 Error, "X223 2410 LIN03",
        "Send the national drug code as eleven digits, 5-4-2, without hyphens";
    INSTITUTIONAL_UNITS = "x12/837i/units-size", 4 Error, "X223 2400 SV205",
        "Send at most eight digits, of which three after the point";
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
    DENTAL_RENDERING = "x12/837d/rendering-is-billing", 4 Warning, "X224 2310B",
        "Leave the rendering provider out when it is who bills";
    DENTAL_REFERRAL = "x12/837d/primary-care-referral", 4 Error, "X224 2310A NM101",
        "Name who referred with DN first; P3 is for a second, earlier referral";
    DENTAL_CAUSE_TWICE = "x12/837d/related-cause-twice", 4 Warning, "X224 2300 CLM11",
        "Name each cause once";
    DENTAL_STATE_WITHOUT_AUTO = "x12/837d/accident-state-unneeded", 4 Warning, "X224 2300 CLM11-4, CLM11-5",
        "Leave state and country of the accident out when it was no auto accident";
    DENTAL_PLACE_REPEATED = "x12/837d/line-place-repeated", 4 Warning, "X224 2400 SV303",
        "Leave the line's place of service out when it is the claim's";
    DENTAL_DATE_REPEATED = "x12/837d/line-date-repeated", 4 Warning, "X224 2400 DTP*472",
        "Send the date with the line only where it is not the claim's";
    TOOTH_TWICE = "x12/837d/tooth-twice", 4 Warning, "X224 2300 DN2",
        "Give each tooth one status";

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
    NOTIFICATION_PAID = "x12/835/notification-paid", 4 Error, "X221 BPR01 H, BPR02",
        "Ask the payer: a notification pays nothing";
    ZERO_PAYMENT = "x12/835/zero-payment-method", 4 Warning, "X221 BPR02, BPR04 NON",
        "Look for no check or deposit: the advice pays nothing (BPR04 should be NON)";
    ACH_FORMAT = "x12/835/ach-format", 4 Error, "X221 BPR05",
        "Ask the payer for the format of the deposit (CCP or CTX), which tells how it carries the trace number";
    COMPANY_CODE = "x12/835/company-code", 4 Error, "X221 BPR11, TRN04",
        "Ask the payer: BPR11 and TRN04 must be the same";
    DELIVERY = "x12/835/delivery-method", 4 Warning, "X221 1000B RDM",
        "Expect the advice with the payment: RDM is for BPR01 U or X";
    ESTIMATE_PAID = "x12/835/predetermination-paid", 4 Error, "X221 2100 CLP02 25, CLP04",
        "Ask the payer: a predetermination pays nothing";
    DENIED_PAID = "x12/835/denied-paid", 4 Error, "X221 2100 CLP02 4, CLP04",
        "Ask the payer: status 4 is for a patient whom the payer does not know";
    CROSSOVER_STATUS = "x12/835/crossover-status", 4 Warning, "X221 2100 NM1*TT",
        "Check whether the claim was sent on: CLP02 does not say so";
    CORRECTED_AND_CROSSED = "x12/835/corrected-payer-forwarded", 4 Warning, "X221 2100 NM1*PR, NM1*TT",
        "Check whether the claim was sent on or the other payer is to be billed";
    STAY_AND_VISIT = "x12/835/inpatient-and-outpatient", 4 Error, "X221 2100 MIA, MOA",
        "Ask the payer: a claim has MIA or MOA, never both";
    INSURED_IS_PATIENT = "x12/835/insured-is-patient", 4 Warning, "X221 2100 NM1*IL",
        "Read the insured person from NM1*QC: NM1*IL only repeats it";
    PROVIDER_IS_PAYEE = "x12/835/provider-is-payee", 4 Warning, "X221 2100 NM1*82",
        "Read the rendering provider from N1*PE: NM1*82 only repeats it";
    CLAIM_PERIOD = "x12/835/claim-period", 4 Error, "X221 2100 DTM*232, DTM*233",
        "Ask the payer: the claim's period ends before it begins";
    SERVICE_PERIOD_ORDER = "x12/835/service-period-order", 4 Error, "X221 2110 DTM*150, DTM*151",
        "Ask the payer: the service ends before it begins";
    BILLED_PROCEDURE = "x12/835/billed-procedure-same", 4 Warning, "X221 2110 SVC06",
        "Read the procedure from SVC01: SVC06 only repeats it";
    BILLED_UNITS = "x12/835/billed-units-same", 4 Warning, "X221 2110 SVC07",
        "Read the units from SVC05: SVC07 only repeats them";
    REVENUE_TWICE = "x12/835/revenue-code-twice", 4 Warning, "X221 2110 SVC04",
        "Read the revenue code from SVC01 (NU)";
    ZERO_ADJUSTMENT = "x12/835/zero-adjustment", 4 Warning, "X221 2100 and 2110 CAS",
        "Read over adjustments of zero";
    SUMMARY_CLAIMS = "x12/835/summary-claims", 4 Warning, "X221 2000 TS304",
        "Check whether claims are missing: TS304 counts others than are here";
    REMARK_NEEDED = "x12/835/remark-needed", 4 Warning, "X221 2110 LQ, 2100 MIA and MOA, X12 list 139",
        "Ask the payer what is missing: this reason (CAS) means nothing without a remark code";
    INTEREST_PAID = "x12/835/interest-in-plb", 4 Warning, "X221 1.10.2.9, 2100 AMT*I, PLB L6",
        "Ask the payer where the interest is paid: no PLB L6 carries it";

    INTERCHANGE_ACCEPTED = "x12/ta1/accepted-with-note", 4 Error, "X231 appendix C.1, TA104 A, TA105",
        "Ask the receiver what became of the interchange: A means no error, and TA105 names one";
    INTERCHANGE_REASON = "x12/ta1/reason", 4 Error, "X231 appendix C.1, TA104 E and R, TA105",
        "Ask the receiver what is wrong with the interchange: TA105 000 means no error";
    ACCEPTED_WITH_ERRORS = "x12/999/accepted-with-errors", 4 Error, "X231 2000 IK501",
        "Look at the segments in error: the set was accepted with them (E) or rejected (R), not A";
    GROUP_CODE = "x12/999/group-code", 4 Error, "X231 AK901, AK904",
        "Ask the receiver what became of the group: AK901 is not what the counts say";
    SETS_COUNTED = "x12/999/sets-counted", 4 Error, "X231 AK903, AK904, 2000 IK501",
        "Ask the receiver: more sets are rejected than AK903 less AK904";
    REJECTED_REASON = "x12/999/rejected-reason", 4 Warning, "X231 2000 IK502",
        "Ask the receiver why the set was rejected";
    ELEMENTS_IN_ERROR = "x12/999/elements-in-error", 4 Warning, "X231 2100 IK304 8, 2110 IK4",
        "Look at the whole segment: no element of it is named";
    ACTION_CODE = "x12/277/action-code", 4 Warning, "X214 STC01-1, STC03",
        "Go by the category (STC01-1), not by STC03";
    STATUS_IN_WORDS = "x12/277/status-in-words", 4 Error, "X214 STC12, X12 list 508 code 448",
        "Ask the payer which data contradict each other: 448 says it in STC12 only";
    CLAIMS_COUNTED = "x12/277/claims-counted", 4 Warning, "X214 2200B QTY*AA, 2200D STC",
        "Ask the payer which claims are rejected: more are listed than are counted";
    PAID_AMOUNT = "x12/277/paid-amount", 4 Warning, "X212 2200D STC01-1 F1, STC05",
        "Ask the payer how much was paid";

    LEVEL_CHILDREN = "x12/27x/children-code", 4 Warning, "X279 and X212 HL04",
        "Send HL04 1 when a level follows below, 0 when none does";
    NOTHING_ASKED = "x12/27x/nothing-asked", 4 Error, "X279 2110C and 2110D EQ, X212 2200D and 2200E",
        "Ask something about the patient, or leave the level out";
    STATUS_BIRTH = "x12/276/birth", 4 Error, "X212 2000D DMG",
        "Give birth date of a subscriber who is the patient";
    SEARCH_OPTIONS = "x12/270/search-options", 4 Warning, "X279 1.4.8, 2100C NM1, REF, DMG",
        "Give the member id, or name and birth date: without them nobody is found";
    REJECTED_AND_ANSWERED = "x12/271/rejected-and-answered", 4 Warning, "X279 2100C and 2100D AAA, 2110C and 2110D EB",
        "Ask the payer: the request was refused (AAA) and answered (EB)";
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
        "x12/no-interchange" | "x12/no-isa" => "Wrap the transaction in ISA/IEA and GS/GE before sending it",
        "x12/segment-count" | "x12/set-count" | "x12/group-count" => {
            "Look for lost or doubled text, then correct the count"
        }
        "x12/set-control-number" | "x12/group-control-number" | "x12/interchange-control-number" => {
            "Make header and trailer carry the same control number"
        }
        "x12/set-repeated" | "x12/group-repeated" | "x12/interchange-repeated" => {
            "Give each set, group and interchange of the file its own control number"
        }
        "x12/no-se" | "x12/no-ge" | "x12/no-iea" | "x12/no-last-terminator" => {
            "Look for a truncated file; each header needs its trailer"
        }
        "x12/missing-segment" | "x12/missing-loop" => "Add what the guide requires here",
        "x12/missing-element" => "Fill the element in",
        "x12/element-not-used" | "x12/segment-not-used" | "x12/empty-segment" => "Leave it out",
        "x12/unexpected-segment" | "x12/unknown-segment" | "x12/segment-out-of-order" => {
            "Move or remove the segment so that the set follows its guide"
        }
        "x12/unknown-qualifier" | "x12/unknown-code" => "Use one of the guide's codes",
        "x12/segment-over-maximum" | "x12/loop-over-maximum" => "Send fewer of them",
        "x12/file-too-long"
        | "x12/too-many-sets"
        | "x12/segment-too-long"
        | "x12/section-too-long"
        | "x12/too-many-segments"
        | "x12/too-many-values" => {
            "Look for a wrong terminator or a damaged file; if it is whole, check it with a higher limit"
        }
        "x12/trailing-separators" | "x12/trailing-blank" => "Cut what trails; most receivers forgive it",
        "x12/blanks-between-segments" => "Cut the blanks; most receivers forgive them",
        _ => "Correct it at its source and send the file again",
    }
}

/// Where a rule of levels 3 to 5 is written.
#[must_use]
pub fn source(rule: &str) -> Option<&'static str> {
    ALL.iter().find(|known| known.id == rule).map(|known| known.source)
}
