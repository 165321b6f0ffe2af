//! The segments of the healthcare guides, each declared once: 5010's dictionary gives types and
//! lengths; what a guide demands beyond that stands in its loops.
//!
//! Elements that no guide of ours uses are not declared; read, they stay in the source.

use chrono::{NaiveDate, NaiveTime};

use crate::declare::{composite, group, segment};
use crate::value::{Count, Gap, Number, Ordinal, Period, Repeats, Text, UpTo, codes};
use types::Money;

codes! {
    /// A person or not (NM102).
    pub enum EntityKind<'a> {
        /// `1`
        Person = "1",
        /// `2`
        Organization = "2",
    }
}
codes! {
    /// Yes, no or another answer (X12 element 1073).
    pub enum YesNo<'a> {
        /// `Y`
        Yes = "Y",
        /// `N`
        No = "N",
        /// `W`: not applicable.
        NotApplicable = "W",
        /// `U`: unknown.
        Unknown = "U",
    }
}
codes! {
    /// Whose turn a payer is (SBR01).
    pub enum PayerSequence<'a> {
        /// `P`
        Primary = "P",
        /// `S`
        Secondary = "S",
        /// `T`
        Tertiary = "T",
        /// `A`
        Fourth = "A",
        /// `B`
        Fifth = "B",
        /// `C`
        Sixth = "C",
        /// `D`
        Seventh = "D",
        /// `E`
        Eighth = "E",
        /// `F`
        Ninth = "F",
        /// `G`
        Tenth = "G",
        /// `H`
        Eleventh = "H",
        /// `U`: payer to payer, order not known.
        Unknown = "U",
    }
}
codes! {
    /// Who bears an adjustment (CAS01).
    pub enum AdjustmentGroup<'a> {
        /// `CO`
        ContractualObligation = "CO",
        /// `PR`
        PatientResponsibility = "PR",
        /// `OA`
        OtherAdjustment = "OA",
        /// `PI`
        PayerInitiated = "PI",
    }
}
codes! {
    /// How a claim was processed (CLP02).
    pub enum ClaimStatus<'a> {
        /// `1`: as the first payer.
        Primary = "1",
        /// `2`: as the second.
        Secondary = "2",
        /// `3`: as the third.
        Tertiary = "3",
        /// `4`: the patient is not known to the payer.
        Denied = "4",
        /// `19`: as the first payer, sent on to the next.
        PrimaryForwarded = "19",
        /// `20`: as the second payer, sent on.
        SecondaryForwarded = "20",
        /// `21`: as the third payer, sent on.
        TertiaryForwarded = "21",
        /// `22`: takes back an earlier payment.
        Reversal = "22",
        /// `23`: another payer's claim, sent on.
        NotOursForwarded = "23",
        /// `25`: an estimate; pays nothing.
        Predetermination = "25",
    }
}
codes! {
    /// What travels with an 835 (BPR01).
    pub enum Handling<'a> {
        /// `C`: payment with its advice.
        PaymentWithAdvice = "C",
        /// `D`: payment only.
        PaymentOnly = "D",
        /// `H`: nothing is paid, information only.
        Notification = "H",
        /// `I`: advice only, the payment goes its own way.
        AdviceOnly = "I",
        /// `P`: prenotification.
        Prenotification = "P",
        /// `U`: split payment and advice.
        Split = "U",
        /// `X`: the handling party decides.
        HandlerDecides = "X",
    }
}
codes! {
    /// How money moves (BPR04).
    pub enum PaymentMethod<'a> {
        /// `ACH`: automated clearing house.
        Ach = "ACH",
        /// `BOP`: financial institution's option.
        InstitutionOption = "BOP",
        /// `CHK`: check.
        Check = "CHK",
        /// `FWT`: federal wire.
        Wire = "FWT",
        /// `NON`: nothing is paid.
        None = "NON",
    }
}
codes! {
    /// Into or out of the payee's account (BPR03).
    pub enum CreditDebit<'a> {
        /// `C`
        Credit = "C",
        /// `D`
        Debit = "D",
    }
}
codes! {
    /// What a 999 says of a set or group (IK501, AK901).
    pub enum AckCode<'a> {
        /// `A`
        Accepted = "A",
        /// `E`: accepted, errors noted.
        AcceptedWithErrors = "E",
        /// `P`: some sets of the group accepted.
        Partially = "P",
        /// `R`
        Rejected = "R",
        /// `M`: rejected, message authentication failed.
        RejectedAuthentication = "M",
        /// `W`: rejected, assurance failed.
        RejectedAssurance = "W",
        /// `X`: rejected, could not be decrypted.
        RejectedDecryption = "X",
    }
}

codes! {
    /// What is said of a benefit (EB01).
    pub enum Benefit<'a> {
        /// `1`
        ActiveCoverage = "1",
        /// `2`
        ActiveFullRiskCapitation = "2",
        /// `3`
        ActiveServicesCapitated = "3",
        /// `4`
        ActiveServicesCapitatedToPrimaryCare = "4",
        /// `5`
        ActivePendingInvestigation = "5",
        /// `6`
        Inactive = "6",
        /// `7`
        InactivePendingEligibilityUpdate = "7",
        /// `8`
        InactivePendingInvestigation = "8",
        /// `A`
        Coinsurance = "A",
        /// `B`
        Copayment = "B",
        /// `C`
        Deductible = "C",
        /// `CB`
        CoverageBasis = "CB",
        /// `D`
        Description = "D",
        /// `E`
        Exclusions = "E",
        /// `F`
        Limitations = "F",
        /// `G`
        OutOfPocketStopLoss = "G",
        /// `H`
        Unlimited = "H",
        /// `I`
        NotCovered = "I",
        /// `J`
        CostContainment = "J",
        /// `K`
        Reserve = "K",
        /// `L`
        PrimaryCareProvider = "L",
        /// `M`
        PreexistingCondition = "M",
        /// `MC`
        ManagedCareCoordinator = "MC",
        /// `N`
        ServicesRestrictedToProvider = "N",
        /// `O`
        NotDeemedMedicalNecessity = "O",
        /// `P`
        Disclaimer = "P",
        /// `Q`
        SecondOpinionRequired = "Q",
        /// `R`
        OtherPayer = "R",
        /// `S`
        PriorYearHistory = "S",
        /// `T`
        CardReportedLost = "T",
        /// `U`
        ContactPayerForDetails = "U",
        /// `V`
        CannotProcess = "V",
        /// `W`
        OtherSourceOfData = "W",
        /// `X`
        HealthCareFacility = "X",
        /// `Y`
        SpendDown = "Y",
    }
}

composite! {
    /// C003: a procedure with up to four modifiers.
    pub struct Procedure<'a> {
        /// `HC` for CPT and HCPCS, `NU` revenue code, `N4` NDC.
        R ID 2/2 qualifier: Text<'a>,
        /// The code.
        R AN 1/48 code: Text<'a>,
        /// Modifiers in order.
        S AN 2/2 modifiers: UpTo<4, Text<'a>>,
        /// What an unlisted code stands for.
        S AN 1/80 description: Option<Text<'a>>,
        /// The last of a range of codes.
        N AN 1/48 through: Option<Text<'a>>,
    }
}
composite! {
    /// C023: where, and original or replacement.
    pub struct Facility<'a> {
        /// Place of service, or the first two digits of the bill type.
        R AN 1/2 code: Text<'a>,
        /// `B` place of service, `A` bill type.
        R ID 1/2 qualifier: Option<Text<'a>>,
        /// `1` original, `7` replacement, `8` void.
        R ID 1/1 frequency: Option<Text<'a>>,
    }
}
composite! {
    /// C024: what the condition is related to.
    pub struct RelatedCauses<'a> {
        /// `AA` auto accident, `EM` employment, `OA` other accident.
        R ID 2/3 cause: Text<'a>,
        /// A second cause.
        S ID 2/3 second: Option<Text<'a>>,
        /// A third cause.
        N ID 2/3 third: Option<Text<'a>>,
        /// Where an auto accident happened.
        S ID 2/2 state: Option<Text<'a>>,
        /// The country, when not the US.
        S ID 2/3 country: Option<Text<'a>>,
    }
}
composite! {
    /// C022: one code with its list, `ABK:M545`.
    pub struct HealthCode<'a> {
        /// The list and role: `ABK` principal ICD-10-CM diagnosis, `ABF` another.
        R ID 1/3 qualifier: Text<'a>,
        /// The code, without its point.
        R AN 1/30 code: Text<'a>,
    }
}
composite! {
    /// C022 of an institutional claim: a diagnosis, and whether it was present on admission.
    pub struct AdmissionDiagnosis<'a> {
        /// The list and role: `ABK` principal diagnosis, `ABF` another, `ABN` external cause.
        R ID 1/3 qualifier: Text<'a>,
        /// The code, without its point.
        R AN 1/30 code: Text<'a>,
        /// Date, amount, quantity, version and range: not used here.
        N AN 1/35 gap: Gap<6>,
        /// Present on admission: `Y`, `N`, unknown or clinically undetermined (`W`).
        S ID 1/1 present_on_admission: Option<YesNo<'a>>,
    }
}
composite! {
    /// C022 of an institutional claim: a code with its day or period.
    pub struct DatedCode<'a> {
        /// The list and role: `BBR` principal procedure, `BH` occurrence, `BI` occurrence span.
        R ID 1/3 qualifier: Text<'a>,
        /// The code.
        R AN 1/30 code: Text<'a>,
        /// When.
        R G on: Option<Period<'a>>,
    }
}
composite! {
    /// C022 of an institutional claim: a code with its amount.
    pub struct ValueCode<'a> {
        /// `BE`: value.
        R ID 1/3 qualifier: Text<'a>,
        /// The code.
        R AN 1/30 code: Text<'a>,
        /// Date: not used here.
        N AN 1/35 gap: Gap<2>,
        /// Money, or a number that the code says the meaning of.
        R R 1/18 amount: Option<Money>,
    }
}
composite! {
    /// C005: surfaces of a tooth.
    pub struct Surfaces<'a> {
        /// One to five: `B` buccal, `D` distal, `F` facial, `I` incisal, `L` lingual, `M` mesial, `O` occlusal.
        R ID 1/2 codes: UpTo<5, Text<'a>>,
    }
}
composite! {
    /// C006: areas of the mouth.
    pub struct OralCavity<'a> {
        /// One to five: `00` entire, `01` maxillary, `02` mandibular, `10` to `40` quadrants.
        R ID 1/3 areas: UpTo<5, Text<'a>>,
    }
}
composite! {
    /// C004: which of the claim's diagnoses a line is for, by place in HI.
    pub struct DiagnosisPointers<'a> {
        /// One to four.
        R N0 1/2 pointers: UpTo<4, Ordinal<'a>>,
    }
}
composite! {
    /// C040: a reference within a reference.
    pub struct ReferenceIdentifier<'a> {
        /// What it is.
        R ID 2/3 qualifier: Text<'a>,
        /// The identifier.
        R AN 1/50 identifier: Text<'a>,
        /// What the second is.
        S ID 2/3 second_qualifier: Option<Text<'a>>,
        /// A second identifier.
        S AN 1/50 second: Option<Text<'a>>,
    }
}
composite! {
    /// C001: a unit of measure.
    pub struct Unit<'a> {
        /// `UN`, `ML`, `GR`, `F2`, `ME`.
        R ID 2/2 code: Text<'a>,
    }
}
composite! {
    /// C042: why a provider-level adjustment was made, and the payer's reference.
    pub struct AdjustmentReference<'a> {
        /// `WO` recovery, `FB` forwarding balance, `L6` interest, ...
        R ID 2/2 reason: Text<'a>,
        /// The payer's choice; often the claim.
        S AN 1/50 reference: Option<Text<'a>>,
    }
}
composite! {
    /// C043: category, status and whom it is about.
    pub struct Status<'a> {
        /// `A2` accepted, `A3` and `A6` to `A8` rejected, ...: decides.
        R AN 1/30 category: Text<'a>,
        /// The claim status code.
        R AN 1/30 code: Text<'a>,
        /// The entity that it is about.
        S ID 2/3 entity: Option<Text<'a>>,
        /// The list of the status code, when not the usual one (`RX`).
        S ID 1/3 list: Option<Text<'a>>,
    }
}
composite! {
    /// C030: an element's place in its segment.
    pub struct ElementPlace<'a> {
        /// The element, from 1.
        R N0 1/2 element: Ordinal<'a>,
        /// The component, from 1.
        S N0 1/2 component: Option<Count>,
        /// The repeat, from 1.
        S N0 1/4 repeat: Option<Count>,
    }
}
composite! {
    /// C999: the numbers of an element and its component in the dictionary.
    pub struct ElementReference<'a> {
        /// The element's number.
        R N0 1/4 element: Ordinal<'a>,
        /// The component's.
        S N0 1/4 component: Option<Count>,
    }
}
composite! {
    /// C998: what a context is, and what stood there.
    pub struct ContextName<'a> {
        /// `SITUATIONAL TRIGGER`, `CLM01`, `TRN02`, ...
        R AN 1/35 name: Text<'a>,
        /// The value: a claim number.
        S AN 1/35 value: Option<Text<'a>>,
    }
}
group! {
    /// Why, how much, how many.
    pub struct Adjustment<'a> {
        /// Claim adjustment reason code.
        R ID 1/5 reason: Text<'a>,
        /// Positive lowers the payment, negative raises it.
        R R 1/18 amount: Money,
        /// Units adjusted.
        S R 1/15 quantity: Option<Number>,
    }
}
group! {
    /// A provider-level adjustment.
    pub struct ProviderAdjustment<'a> {
        /// Why and for what.
        R C reason: AdjustmentReference<'a>,
        /// Positive lowers the payment, negative raises it.
        R R 1/18 amount: Money,
    }
}
group! {
    /// A way to reach somebody.
    pub struct Communication<'a> {
        /// `TE` telephone, `EM` e-mail, `FX` fax, `EX` extension, `UR` web.
        R ID 2/2 qualifier: Text<'a>,
        /// Number or address.
        R AN 1/256 number: Text<'a>,
    }
}

segment! {
    /// Interchange header: who sends to whom, under which delimiters.
    pub struct Isa<'a> = "ISA" {
        /// `00`: none.
        ISA01 R ID 2/2 authorization_qualifier: Option<Text<'a>>,
        /// Ten blanks.
        ISA02 R AN 10/10 authorization: Option<Text<'a>>,
        /// `00`: none, `01` password.
        ISA03 R ID 2/2 security_qualifier: Option<Text<'a>>,
        /// Ten blanks.
        ISA04 R AN 10/10 security: Option<Text<'a>>,
        /// `ZZ` mutually defined, `30` tax id, ...
        ISA05 R ID 2/2 sender_qualifier: Option<Text<'a>>,
        /// Padded to fifteen.
        ISA06 R AN 15/15 sender: Option<Text<'a>>,
        /// As ISA05.
        ISA07 R ID 2/2 receiver_qualifier: Option<Text<'a>>,
        /// Padded to fifteen.
        ISA08 R AN 15/15 receiver: Option<Text<'a>>,
        /// `YYMMDD`.
        ISA09 R DT 6/6 date: Option<NaiveDate>,
        /// `HHMM`.
        ISA10 R TM 4/4 time: Option<NaiveTime>,
        /// The repetition separator.
        ISA11 R ID 1/1 repetition: Option<Text<'a>>,
        /// `00501`.
        ISA12 R ID 5/5 version: Option<Text<'a>>,
        /// Nine digits, as IEA02.
        ISA13 R N0 9/9 control_number: Option<Text<'a>>,
        /// `1`: answer with a TA1.
        ISA14 R ID 1/1 acknowledgment_requested: Option<Text<'a>>,
        /// `T` test, `P` production: a test file never posts money.
        ISA15 R ID 1/1 usage: Option<Text<'a>>,
        /// The component separator.
        ISA16 R AN 1/1 component: Option<Text<'a>>,
    }
}
segment! {
    /// Interchange trailer.
    pub struct Iea<'a> = "IEA" {
        /// Groups in the interchange.
        IEA01 R N0 1/5 groups: Option<Count>,
        /// As ISA13.
        IEA02 R N0 9/9 control_number: Option<Text<'a>>,
    }
}
segment! {
    /// Group header: one kind of set for one application.
    pub struct Gs<'a> = "GS" {
        /// `HC` claims, `HP` remittances, `FA` 999, `HN` 277.
        GS01 R ID 2/2 functional_id: Option<Text<'a>>,
        /// The sender's application.
        GS02 R AN 2/15 sender: Option<Text<'a>>,
        /// The receiver's application.
        GS03 R AN 2/15 receiver: Option<Text<'a>>,
        /// When it was made.
        GS04 R DT 8/8 date: Option<NaiveDate>,
        /// When it was made.
        GS05 R TM 4/8 time: Option<NaiveTime>,
        /// As GE02.
        GS06 R N0 1/9 control_number: Option<Text<'a>>,
        /// `X`: accredited standards committee X12.
        GS07 R ID 1/2 agency: Option<Text<'a>>,
        /// The guide: `005010X222A1`.
        GS08 R AN 1/12 version: Option<Text<'a>>,
    }
}
segment! {
    /// Group trailer.
    pub struct Ge<'a> = "GE" {
        /// Sets in the group.
        GE01 R N0 1/6 sets: Option<Count>,
        /// As GS06.
        GE02 R N0 1/9 control_number: Option<Text<'a>>,
    }
}
segment! {
    /// Transaction set header.
    pub struct St<'a> = "ST" {
        /// `837`, `835`, `999`, `277`.
        ST01 R ID 3/3 identifier: Option<Text<'a>>,
        /// As SE02.
        ST02 R AN 4/9 control_number: Option<Text<'a>>,
        /// The guide; absent in an 835.
        ST03 S AN 1/35 guide: Option<Text<'a>>,
    }
}
segment! {
    /// Transaction set trailer.
    pub struct Se<'a> = "SE" {
        /// Segments from ST to SE.
        SE01 R N0 1/10 segments: Option<Count>,
        /// As ST02.
        SE02 R AN 4/9 control_number: Option<Text<'a>>,
    }
}
segment! {
    /// Interchange acknowledgment.
    pub struct Ta1<'a> = "TA1" {
        /// ISA13 of the interchange it answers.
        TA101 R N0 9/9 control_number: Text<'a>,
        /// ISA09.
        TA102 R DT 6/6 date: Option<NaiveDate>,
        /// ISA10.
        TA103 R TM 4/4 time: Option<NaiveTime>,
        /// `A`, `E` accepted; `R` rejects all inside.
        TA104 R ID 1/1 code: AckCode<'a>,
        /// `000` when there is nothing to say.
        TA105 R ID 3/3 note: Option<Text<'a>>,
    }
}
segment! {
    /// Beginning of a set with levels.
    pub struct Bht<'a> = "BHT" {
        /// `0019` claims, `0085` claim acknowledgment.
        BHT01 R ID 4/4 structure: Text<'a>,
        /// `00` original, `18` reissue, `08` status.
        BHT02 R ID 2/2 purpose: Text<'a>,
        /// The sender's number for the batch.
        BHT03 R AN 1/50 reference: Option<Text<'a>>,
        /// When it was made.
        BHT04 R DT 8/8 date: Option<NaiveDate>,
        /// When it was made.
        BHT05 R TM 4/8 time: Option<NaiveTime>,
        /// `CH` chargeable, `RP` reporting, `TH` receipt.
        BHT06 R ID 2/2 kind: Option<Text<'a>>,
    }
}
segment! {
    /// A level of the hierarchy.
    pub struct Hl<'a> = "HL" {
        /// Counted up from 1 in the set.
        HL01 R AN 1/12 id: Ordinal<'a>,
        /// The level it belongs to.
        HL02 S AN 1/12 parent: Option<Ordinal<'a>>,
        /// `20` source or billing provider, `21` receiver, `22` subscriber, `23` dependent, `19` provider, `PT` patient.
        HL03 R ID 1/2 level: Text<'a>,
        /// `1` when levels follow under it.
        HL04 S ID 1/1 children: Option<Text<'a>>,
    }
}
segment! {
    /// A party by name and identifier.
    pub struct Nm1<'a> = "NM1" {
        /// Its role: `85` billing provider, `IL` insured, `PR` payer, `QC` patient, ...
        NM101 R ID 2/3 entity: Text<'a>,
        /// Person or organization.
        NM102 R ID 1/1 kind: Option<EntityKind<'a>>,
        /// Last name, or the organization's.
        NM103 S AN 1/60 last_or_organization: Option<Text<'a>>,
        /// First name.
        NM104 S AN 1/35 first: Option<Text<'a>>,
        /// Middle name or initial.
        NM105 S AN 1/25 middle: Option<Text<'a>>,
        /// Prefix.
        NM106 S AN 1/10 prefix: Option<Text<'a>>,
        /// Suffix: JR, III.
        NM107 S AN 1/10 suffix: Option<Text<'a>>,
        /// `XX` NPI, `MI` member id, `PI` payer id, `46` transmitter, ...
        NM108 S ID 1/2 id_qualifier: Option<Text<'a>>,
        /// The identifier.
        NM109 S AN 2/80 id: Option<Text<'a>>,
        /// To the subscriber or provider, in a 271.
        NM110 N ID 2/2 relationship: Option<Text<'a>>,
    }
}
segment! {
    /// A party by name and identifier, in an 835.
    pub struct N1<'a> = "N1" {
        /// `PR` payer, `PE` payee.
        N101 R ID 2/3 entity: Text<'a>,
        /// Name.
        N102 S AN 1/60 name: Option<Text<'a>>,
        /// `XX` NPI, `FI` tax id, `XV` plan id.
        N103 S ID 1/2 id_qualifier: Option<Text<'a>>,
        /// The identifier.
        N104 S AN 2/80 id: Option<Text<'a>>,
    }
}
segment! {
    /// Street address.
    pub struct N3<'a> = "N3" {
        /// First line.
        N301 R AN 1/55 line_1: Text<'a>,
        /// Second line.
        N302 S AN 1/55 line_2: Option<Text<'a>>,
    }
}
segment! {
    /// City, state and ZIP code.
    pub struct N4<'a> = "N4" {
        /// City.
        N401 R AN 2/30 city: Text<'a>,
        /// State or province.
        N402 S ID 2/2 state: Option<Text<'a>>,
        /// ZIP code; nine digits for a billing provider.
        N403 S ID 3/15 zip: Option<Text<'a>>,
        /// Country, when not the US.
        N404 S ID 2/3 country: Option<Text<'a>>,
        /// `RJ`: a health service region, in a 271.
        N405 N ID 1/2 location_qualifier: Option<Text<'a>>,
        /// The region.
        N406 N AN 1/30 location: Option<Text<'a>>,
        /// Part of a country.
        N407 S ID 1/3 subdivision: Option<Text<'a>>,
    }
}
segment! {
    /// Whom to ask, and how.
    pub struct Per<'a> = "PER" {
        /// `IC` information, `CX` claims, `BL` technical.
        PER01 R ID 2/2 function: Text<'a>,
        /// Name.
        PER02 S AN 1/60 name: Option<Text<'a>>,
        /// Up to three ways.
        PER03 S G numbers: UpTo<3, Communication<'a>>,
    }
}
segment! {
    /// An identifier with its meaning.
    pub struct Ref<'a> = "REF" {
        /// What it is: `EI` tax id, `G1` authorization, `F8` payer claim control number, `6R` line, ...
        REF01 R ID 2/3 qualifier: Text<'a>,
        /// The identifier.
        REF02 S AN 1/50 identifier: Option<Text<'a>>,
        /// Words about it.
        REF03 S AN 1/80 description: Option<Text<'a>>,
        /// Whose identifier it is, when that must be said.
        REF04 S C of: Option<ReferenceIdentifier<'a>>,
    }
}
segment! {
    /// What a provider is.
    pub struct Prv<'a> = "PRV" {
        /// `BI` billing, `PE` performing.
        PRV01 R ID 1/3 role: Text<'a>,
        /// `PXC`: taxonomy.
        PRV02 R ID 2/3 qualifier: Option<Text<'a>>,
        /// The taxonomy code.
        PRV03 R AN 1/50 taxonomy: Option<Text<'a>>,
    }
}
segment! {
    /// Money of another country.
    pub struct Cur<'a> = "CUR" {
        /// Whose currency.
        CUR01 R ID 2/3 entity: Text<'a>,
        /// ISO 4217.
        CUR02 R ID 3/3 currency: Text<'a>,
        /// Exchange rate.
        CUR03 S R 4/10 rate: Option<Number>,
    }
}
segment! {
    /// Subscriber: whose turn the payer is, and which plan.
    pub struct Sbr<'a> = "SBR" {
        /// Whose turn.
        SBR01 R ID 1/1 sequence: PayerSequence<'a>,
        /// `18` when the patient is the subscriber.
        SBR02 S ID 2/2 relationship: Option<Text<'a>>,
        /// Group or policy number.
        SBR03 S AN 1/50 group_number: Option<Text<'a>>,
        /// Plan name.
        SBR04 S AN 1/60 group_name: Option<Text<'a>>,
        /// Why Medicare is not first.
        SBR05 S ID 1/3 insurance_type: Option<Text<'a>>,
        /// `MB` Medicare B, `CI` commercial, `BL` Blue Cross, ...
        SBR09 S ID 1/2 filing_indicator: Option<Text<'a>>,
    }
}
segment! {
    /// The patient, beyond the name.
    pub struct Pat<'a> = "PAT" {
        /// To the subscriber: `01` spouse, `19` child, ...
        PAT01 S ID 2/2 relationship: Option<Text<'a>>,
        /// Date of death.
        PAT05 S G died: Option<Period<'a>>,
        /// `01`: pounds.
        PAT07 S ID 2/2 weight_unit: Option<Text<'a>>,
        /// Weight.
        PAT08 S R 1/10 weight: Option<Number>,
        /// Pregnant.
        PAT09 S ID 1/1 pregnant: Option<YesNo<'a>>,
    }
}
segment! {
    /// Birth and sex.
    pub struct Dmg<'a> = "DMG" {
        /// Date of birth.
        DMG01 R G born: Option<Period<'a>>,
        /// `F`, `M`, `U`.
        DMG03 R ID 1/1 sex: Option<Text<'a>>,
    }
}
segment! {
    /// A claim.
    pub struct Clm<'a> = "CLM" {
        /// Our number for this submission, echoed in CLP01: unique for ever.
        CLM01 R AN 1/38 patient_control_number: Text<'a>,
        /// The sum of its lines.
        CLM02 R R 1/18 charged: Money,
        /// Place and frequency.
        CLM05 R C facility: Facility<'a>,
        /// The provider's signature is on file.
        CLM06 R ID 1/1 provider_signature: Option<YesNo<'a>>,
        /// `A` assigned, `B` lab only, `C` not assigned.
        CLM07 R ID 1/1 assignment: Option<Text<'a>>,
        /// Benefits are assigned to the provider.
        CLM08 R ID 1/1 benefits_assigned: Option<YesNo<'a>>,
        /// `I` or `Y`: may information be released.
        CLM09 R ID 1/1 release_of_information: Option<Text<'a>>,
        /// `P`: signature generated by the provider.
        CLM10 S ID 1/1 patient_signature: Option<Text<'a>>,
        /// Accident or employment.
        CLM11 S C related_causes: Option<RelatedCauses<'a>>,
        /// Special program.
        CLM12 S ID 2/3 special_program: Option<Text<'a>>,
        /// `PB`: predetermination of dental benefits; nothing has been done yet.
        CLM19 S ID 2/2 submission_reason: Option<Text<'a>>,
        /// Why it comes late.
        CLM20 S ID 1/2 delay_reason: Option<Text<'a>>,
    }
}
segment! {
    /// A date or period with its meaning.
    pub struct Dtp<'a> = "DTP" {
        /// `472` service, `431` onset, `573` paid, ...
        DTP01 R ID 3/3 qualifier: Text<'a>,
        /// Day, range or time.
        DTP02 R G period: Period<'a>,
    }
}
segment! {
    /// A date with its meaning, in an 835.
    pub struct Dtm<'a> = "DTM" {
        /// `405` production, `232` and `233` statement, `472` service, `050` received.
        DTM01 R ID 3/3 qualifier: Text<'a>,
        /// The day.
        DTM02 R DT 8/8 date: Option<NaiveDate>,
    }
}
segment! {
    /// Paper or files that belong to a claim.
    pub struct Pwk<'a> = "PWK" {
        /// What: `OZ` support data, `CT` certification, ...
        PWK01 R ID 2/2 report: Text<'a>,
        /// How: `EL` electronic, `FX` fax, `BM` mail, `AA` on request.
        PWK02 R ID 1/2 transmission: Option<Text<'a>>,
        /// `AC`: attachment control number.
        PWK05 S ID 1/2 qualifier: Option<Text<'a>>,
        /// The number on the attachment.
        PWK06 S AN 2/80 control_number: Option<Text<'a>>,
    }
}
segment! {
    /// Contract.
    pub struct Cn1<'a> = "CN1" {
        /// Kind.
        CN101 R ID 2/2 kind: Text<'a>,
        /// Amount.
        CN102 S R 1/18 amount: Option<Money>,
        /// Percentage.
        CN103 S R 1/6 percentage: Option<Number>,
        /// Code.
        CN104 S AN 1/50 code: Option<Text<'a>>,
        /// Terms discount.
        CN105 S R 1/6 discount: Option<Number>,
        /// Version.
        CN106 S AN 1/30 version: Option<Text<'a>>,
    }
}
segment! {
    /// An amount with its meaning.
    pub struct Amt<'a> = "AMT" {
        /// `F5` patient paid, `D` payer paid, `EAF` remaining, `A8` non-covered, `B6` allowed, `AU` covered, `I` interest.
        AMT01 R ID 1/3 qualifier: Text<'a>,
        /// The amount.
        AMT02 R R 1/18 amount: Money,
    }
}
segment! {
    /// A quantity with its meaning.
    pub struct Qty<'a> = "QTY" {
        /// `CA` covered days, `90` accepted, `AA` rejected, ...
        QTY01 R ID 2/2 qualifier: Text<'a>,
        /// How many.
        QTY02 R R 1/15 quantity: Number,
    }
}
segment! {
    /// Data that state law wants and no segment holds.
    pub struct K3<'a> = "K3" {
        /// As agreed.
        K301 R AN 1/80 information: Text<'a>,
    }
}
segment! {
    /// A note.
    pub struct Nte<'a> = "NTE" {
        /// `ADD`, `CER`, `DCP`, `DGN`, `TPO`.
        NTE01 R ID 3/3 qualifier: Option<Text<'a>>,
        /// Its text.
        NTE02 R AN 1/80 text: Option<Text<'a>>,
    }
}
segment! {
    /// Ambulance transport.
    pub struct Cr1<'a> = "CR1" {
        /// `LB`: pounds.
        CR101 S ID 2/2 weight_unit: Option<Text<'a>>,
        /// The patient's weight.
        CR102 S R 1/10 weight: Option<Number>,
        /// Why transported.
        CR104 R ID 1/1 reason: Option<Text<'a>>,
        /// `DH`: miles.
        CR105 R ID 2/2 distance_unit: Option<Text<'a>>,
        /// How far.
        CR106 R R 1/15 distance: Option<Number>,
        /// Why a round trip.
        CR109 S AN 1/80 round_trip: Option<Text<'a>>,
        /// Why a stretcher.
        CR110 S AN 1/80 stretcher: Option<Text<'a>>,
    }
}
segment! {
    /// Spinal manipulation.
    pub struct Cr2<'a> = "CR2" {
        /// The patient's condition.
        CR208 R ID 1/1 condition: Option<Text<'a>>,
        /// Words about it.
        CR210 S AN 1/80 description: Option<Text<'a>>,
        /// More words.
        CR211 S AN 1/80 more: Option<Text<'a>>,
    }
}
segment! {
    /// Durable medical equipment certification.
    pub struct Cr3<'a> = "CR3" {
        /// `I` initial, `R` renewal, `S` revised.
        CR301 R ID 1/1 kind: Text<'a>,
        /// `MO`: months.
        CR302 R ID 2/2 unit: Option<Text<'a>>,
        /// How long it is needed.
        CR303 R R 1/15 duration: Option<Number>,
    }
}
segment! {
    /// Conditions.
    pub struct Crc<'a> = "CRC" {
        /// `07` ambulance, `E1` to `E3` vision, `75` homebound, `ZZ` EPSDT, `09` equipment, `70` hospice.
        CRC01 R ID 2/2 category: Text<'a>,
        /// Whether they apply.
        CRC02 R ID 1/1 applies: Option<YesNo<'a>>,
        /// Up to five.
        CRC03 R ID 2/3 conditions: UpTo<5, Text<'a>>,
    }
}
segment! {
    /// How a patient came to an institution and left it.
    pub struct Cl1<'a> = "CL1" {
        /// Priority of the admission or visit: `1` emergency, `2` urgent, `3` elective, `4` newborn.
        CL101 S ID 1/1 admission_type: Option<Text<'a>>,
        /// Point of origin.
        CL102 S ID 1/1 admission_source: Option<Text<'a>>,
        /// Discharge status: `01` home, `30` still a patient, ...
        CL103 R ID 1/2 patient_status: Option<Text<'a>>,
    }
}
segment! {
    /// Months of orthodontic treatment.
    pub struct Dn1<'a> = "DN1" {
        /// In all.
        DN101 S R 1/15 months: Option<Number>,
        /// Left.
        DN102 S R 1/15 months_remaining: Option<Number>,
        /// `Y`: for orthodontic purposes.
        DN104 S AN 1/80 orthodontic: Option<Text<'a>>,
    }
}
segment! {
    /// The status of a tooth.
    pub struct Dn2<'a> = "DN2" {
        /// Which tooth.
        DN201 R AN 1/50 tooth: Text<'a>,
        /// `M` missing, `E` to be extracted.
        DN202 R ID 1/2 status: Option<Text<'a>>,
        /// `JP`: Universal National Tooth Designation System.
        DN206 S ID 1/3 system: Option<Text<'a>>,
    }
}
segment! {
    /// Health care codes: diagnoses, conditions, anesthesia procedures.
    pub struct Hi<'a> = "HI" {
        /// In order: a diagnosis pointer counts them.
        HI01 R C codes: UpTo<12, HealthCode<'a>>,
    }
}
segment! {
    /// Diagnoses of an institutional claim.
    pub struct AdmissionHi<'a> = "HI" {
        /// In order.
        HI01 R C codes: UpTo<12, AdmissionDiagnosis<'a>>,
    }
}
segment! {
    /// Procedures, occurrences and occurrence spans of an institutional claim.
    pub struct DatedHi<'a> = "HI" {
        /// In order.
        HI01 R C codes: UpTo<12, DatedCode<'a>>,
    }
}
segment! {
    /// Value codes of an institutional claim.
    pub struct ValueHi<'a> = "HI" {
        /// In order.
        HI01 R C codes: UpTo<12, ValueCode<'a>>,
    }
}
segment! {
    /// Pricing or repricing by a third party.
    pub struct Hcp<'a> = "HCP" {
        /// Method.
        HCP01 R ID 2/2 method: Text<'a>,
        /// Allowed.
        HCP02 R R 1/18 allowed: Option<Money>,
        /// Saved.
        HCP03 S R 1/18 savings: Option<Money>,
        /// The repricer.
        HCP04 S AN 1/50 organization: Option<Text<'a>>,
        /// Rate.
        HCP05 S R 1/9 rate: Option<Number>,
        /// Approved ambulatory patient group.
        HCP06 S AN 1/50 group: Option<Text<'a>>,
        /// Its amount.
        HCP07 S R 1/18 group_amount: Option<Money>,
        /// Approved revenue code.
        HCP08 S AN 1/48 revenue_code: Option<Text<'a>>,
        /// `HC`, `ER`, `IV`, `WK`.
        HCP09 S ID 2/2 procedure_qualifier: Option<Text<'a>>,
        /// Approved procedure.
        HCP10 S AN 1/48 procedure: Option<Text<'a>>,
        /// `MJ`, `UN`.
        HCP11 S ID 2/2 unit: Option<Text<'a>>,
        /// Approved units.
        HCP12 S R 1/15 units: Option<Number>,
        /// Why rejected.
        HCP13 S ID 2/2 reject_reason: Option<Text<'a>>,
        /// Compliance.
        HCP14 S ID 1/2 compliance: Option<Text<'a>>,
        /// Exception.
        HCP15 S ID 1/2 exception: Option<Text<'a>>,
    }
}
segment! {
    /// Adjustments under one group code: up to six reasons.
    pub struct Cas<'a> = "CAS" {
        /// Who bears them.
        CAS01 R ID 1/2 group: AdjustmentGroup<'a>,
        /// Reasons and amounts.
        CAS02 R G adjustments: UpTo<6, Adjustment<'a>>,
    }
}
segment! {
    /// What another payer may know and pay.
    pub struct Oi<'a> = "OI" {
        /// Benefits are assigned.
        OI03 R ID 1/1 benefits_assigned: Option<YesNo<'a>>,
        /// `P`: signature generated by the provider.
        OI04 S ID 1/1 patient_signature: Option<Text<'a>>,
        /// `I` or `Y`.
        OI06 R ID 1/1 release_of_information: Option<Text<'a>>,
    }
}
segment! {
    /// Outpatient adjudication: rates and remarks.
    pub struct Moa<'a> = "MOA" {
        /// Reimbursement rate.
        MOA01 S R 1/10 rate: Option<Number>,
        /// HCPCS payable.
        MOA02 S R 1/18 hcpcs_payable: Option<Money>,
        /// Remark codes.
        MOA03 S AN 1/50 remarks: UpTo<5, Text<'a>>,
        /// End-stage renal disease payment.
        MOA08 S R 1/18 esrd: Option<Money>,
        /// Professional component that is not payable.
        MOA09 S R 1/18 nonpayable_professional: Option<Money>,
    }
}
segment! {
    /// A number of a line or header.
    pub struct Lx<'a> = "LX" {
        /// Counted up from 1.
        LX01 R N0 1/6 number: Ordinal<'a>,
    }
}
segment! {
    /// A professional service line.
    pub struct Sv1<'a> = "SV1" {
        /// What was done.
        SV101 R C procedure: Procedure<'a>,
        /// Charged.
        SV102 R R 1/18 charged: Money,
        /// `UN` units, `MJ` minutes.
        SV103 R ID 2/2 unit: Option<Text<'a>>,
        /// How many.
        SV104 R R 1/15 units: Option<Number>,
        /// Place of service, when not the claim's.
        SV105 S AN 1/2 place_of_service: Option<Text<'a>>,
        /// For which diagnoses.
        SV107 R C pointers: Option<DiagnosisPointers<'a>>,
        /// Emergency.
        SV109 S ID 1/1 emergency: Option<YesNo<'a>>,
        /// Early and periodic screening.
        SV111 S ID 1/1 epsdt: Option<YesNo<'a>>,
        /// Family planning.
        SV112 S ID 1/1 family_planning: Option<YesNo<'a>>,
        /// `0`: no copay.
        SV115 S ID 1/1 copay: Option<Text<'a>>,
    }
}
segment! {
    /// An institutional service line.
    pub struct Sv2<'a> = "SV2" {
        /// Revenue code.
        SV201 R AN 1/48 revenue_code: Option<Text<'a>>,
        /// What was done, where the revenue code does not say it.
        SV202 S C procedure: Option<Procedure<'a>>,
        /// Charged.
        SV203 R R 1/18 charged: Money,
        /// `UN` units, `DA` days.
        SV204 R ID 2/2 unit: Option<Text<'a>>,
        /// How many.
        SV205 R R 1/15 units: Option<Number>,
        /// The part of the charge that is not covered.
        SV207 S R 1/18 non_covered: Option<Money>,
    }
}
segment! {
    /// A dental service line.
    pub struct Sv3<'a> = "SV3" {
        /// What was done.
        SV301 R C procedure: Procedure<'a>,
        /// Charged.
        SV302 R R 1/18 charged: Money,
        /// Place of service, when not the claim's.
        SV303 S AN 1/2 place_of_service: Option<Text<'a>>,
        /// Where in the mouth.
        SV304 S C oral_cavity: Option<OralCavity<'a>>,
        /// `I` initial placement, `R` replacement of a prosthesis, crown or inlay.
        SV305 S ID 1/1 placement: Option<Text<'a>>,
        /// How many.
        SV306 S R 1/15 units: Option<Number>,
        /// For which diagnoses.
        SV311 S C pointers: Option<DiagnosisPointers<'a>>,
    }
}
segment! {
    /// A tooth, and its surfaces.
    pub struct Too<'a> = "TOO" {
        /// `JP`: Universal National Tooth Designation System.
        TOO01 R ID 1/3 system: Text<'a>,
        /// Which tooth.
        TOO02 S AN 1/30 tooth: Option<Text<'a>>,
        /// Which of its surfaces.
        TOO03 S C surfaces: Option<Surfaces<'a>>,
    }
}
segment! {
    /// Durable medical equipment.
    pub struct Sv5<'a> = "SV5" {
        /// The equipment.
        SV501 R C procedure: Procedure<'a>,
        /// `DA`: days.
        SV502 R ID 2/2 unit: Option<Text<'a>>,
        /// For how long.
        SV503 R R 1/15 days: Option<Number>,
        /// Rental price.
        SV504 R R 1/18 rental: Option<Money>,
        /// Purchase price.
        SV505 R R 1/18 purchase: Option<Money>,
        /// `1` weekly, `4` monthly, `6` daily.
        SV506 R ID 1/1 frequency: Option<Text<'a>>,
    }
}
segment! {
    /// A measurement.
    pub struct Mea<'a> = "MEA" {
        /// `OG` original, `TR` test result.
        MEA01 R ID 2/2 reference: Text<'a>,
        /// `HT` height, `R1` hemoglobin, `R2` hematocrit, ...
        MEA02 R ID 1/3 qualifier: Option<Text<'a>>,
        /// The value.
        MEA03 R R 1/20 value: Option<Number>,
    }
}
segment! {
    /// A purchased service.
    pub struct Ps1<'a> = "PS1" {
        /// From whom.
        PS101 R AN 1/50 provider: Text<'a>,
        /// For how much.
        PS102 R R 1/18 charged: Option<Money>,
    }
}
segment! {
    /// A drug.
    pub struct Lin<'a> = "LIN" {
        /// `N4`: national drug code in 5-4-2 form.
        LIN02 R ID 2/2 qualifier: Text<'a>,
        /// The code.
        LIN03 R AN 1/48 code: Option<Text<'a>>,
    }
}
segment! {
    /// How much of a drug.
    pub struct Ctp<'a> = "CTP" {
        /// How much.
        CTP04 R R 1/15 quantity: Option<Number>,
        /// Of what unit.
        CTP05 R C unit: Option<Unit<'a>>,
    }
}
segment! {
    /// What another payer paid for a line.
    pub struct Svd<'a> = "SVD" {
        /// That payer, as in 2330B NM109.
        SVD01 R AN 2/80 payer: Text<'a>,
        /// Paid.
        SVD02 R R 1/18 paid: Money,
        /// What it paid for.
        SVD03 R C procedure: Option<Procedure<'a>>,
        /// The revenue code that it paid for, of an institutional line.
        SVD04 S AN 1/48 revenue_code: Option<Text<'a>>,
        /// Units paid.
        SVD05 R R 1/15 units: Option<Number>,
        /// The line it was bundled into.
        SVD06 S N0 1/6 bundled_line: Option<Ordinal<'a>>,
    }
}
segment! {
    /// A code of an industry list.
    pub struct Lq<'a> = "LQ" {
        /// `HE` remark code, `RX` pharmacy reject, `UT` Medicare form.
        LQ01 R ID 1/3 list: Text<'a>,
        /// The code.
        LQ02 R AN 1/30 code: Option<Text<'a>>,
    }
}
segment! {
    /// An answer on a form.
    pub struct Frm<'a> = "FRM" {
        /// The question.
        FRM01 R AN 1/20 question: Text<'a>,
        /// Yes or no.
        FRM02 S ID 1/1 answer: Option<YesNo<'a>>,
        /// Text.
        FRM03 S AN 1/50 text: Option<Text<'a>>,
        /// A date.
        FRM04 S DT 8/8 date: Option<NaiveDate>,
        /// A percentage.
        FRM05 S R 1/6 percentage: Option<Number>,
    }
}
segment! {
    /// A payment: how much, how, when.
    pub struct Bpr<'a> = "BPR" {
        /// What travels here.
        BPR01 R ID 1/2 handling: Handling<'a>,
        /// The payment: the sum of CLP04 less that of PLB.
        BPR02 R R 1/18 paid: Money,
        /// `C`.
        BPR03 R ID 1/1 credit_debit: Option<CreditDebit<'a>>,
        /// How.
        BPR04 R ID 3/3 method: Option<PaymentMethod<'a>>,
        /// `CCP` with addenda, `CTX`.
        BPR05 S ID 1/10 format: Option<Text<'a>>,
        /// `01` ABA, `04` Canadian.
        BPR06 S ID 2/2 sender_bank_qualifier: Option<Text<'a>>,
        /// The payer's bank.
        BPR07 S AN 3/12 sender_bank: Option<Text<'a>>,
        /// `DA`: demand deposit.
        BPR08 S ID 1/3 sender_account_qualifier: Option<Text<'a>>,
        /// The payer's account.
        BPR09 S AN 1/35 sender_account: Option<Text<'a>>,
        /// The payer's company id, as TRN03.
        BPR10 S AN 10/10 payer_id: Option<Text<'a>>,
        /// More of it.
        BPR11 S AN 9/9 payer_code: Option<Text<'a>>,
        /// `01`, `04`.
        BPR12 S ID 2/2 receiver_bank_qualifier: Option<Text<'a>>,
        /// The payee's bank.
        BPR13 S AN 3/12 receiver_bank: Option<Text<'a>>,
        /// `DA`, `SG`.
        BPR14 S ID 1/3 receiver_account_qualifier: Option<Text<'a>>,
        /// The payee's account.
        BPR15 S AN 1/35 receiver_account: Option<Text<'a>>,
        /// When it is good; some payers leave it out.
        BPR16 R DT 8/8 effective_on: Option<NaiveDate>,
    }
}
segment! {
    /// A trace number.
    pub struct Trn<'a> = "TRN" {
        /// `1` current, `2` referenced.
        TRN01 R ID 1/2 kind: Text<'a>,
        /// Check or EFT number; in a 277CA the number it answers.
        TRN02 R AN 1/50 number: Text<'a>,
        /// The payer's company id: `1` and its tax id.
        TRN03 S AN 10/10 payer_id: Option<Text<'a>>,
        /// More of it.
        TRN04 S AN 1/50 payer_code: Option<Text<'a>>,
    }
}
segment! {
    /// How the advice reaches the payee.
    pub struct Rdm<'a> = "RDM" {
        /// `BM` mail, `EM` e-mail, `FT` file transfer, `OL` online.
        RDM01 R ID 1/2 method: Text<'a>,
        /// To whom.
        RDM02 S AN 1/60 name: Option<Text<'a>>,
        /// Where.
        RDM03 S AN 1/256 address: Option<Text<'a>>,
    }
}
segment! {
    /// Totals of one provider, facility type and fiscal period.
    pub struct Ts3<'a> = "TS3" {
        /// The provider.
        TS301 R AN 1/50 provider: Text<'a>,
        /// Facility type.
        TS302 R AN 1/2 facility: Option<Text<'a>>,
        /// End of the fiscal period.
        TS303 R DT 8/8 fiscal_period_end: Option<NaiveDate>,
        /// Claims.
        TS304 R R 1/15 claims: Option<Number>,
        /// Charged.
        TS305 R R 1/18 charged: Option<Money>,
        /// Paid by payers before Medicare.
        TS313 S R 1/18 msp_payer: Option<Money>,
        /// Charges other than laboratory.
        TS315 S R 1/18 non_lab_charged: Option<Money>,
        /// HCPCS charges reported.
        TS317 S R 1/18 hcpcs_charged: Option<Money>,
        /// HCPCS payable.
        TS318 S R 1/18 hcpcs_payable: Option<Money>,
        /// Professional component.
        TS320 S R 1/18 professional: Option<Money>,
        /// Patient liability met by payers before Medicare.
        TS321 S R 1/18 msp_liability_met: Option<Money>,
        /// Reimbursed to patients.
        TS322 S R 1/18 patient_reimbursed: Option<Money>,
        /// Periodic interim payment claims.
        TS323 S R 1/15 pip_claims: Option<Number>,
        /// Periodic interim payment adjustment.
        TS324 S R 1/18 pip_adjustment: Option<Money>,
    }
}
segment! {
    /// Totals of inpatient payment under DRGs.
    pub struct Ts2<'a> = "TS2" {
        /// DRG amount.
        TS201 S R 1/18 drg: Option<Money>,
        /// Federal specific.
        TS202 S R 1/18 federal_specific: Option<Money>,
        /// Hospital specific.
        TS203 S R 1/18 hospital_specific: Option<Money>,
        /// Disproportionate share.
        TS204 S R 1/18 disproportionate_share: Option<Money>,
        /// Capital.
        TS205 S R 1/18 capital: Option<Money>,
        /// Indirect medical education.
        TS206 S R 1/18 indirect_education: Option<Money>,
        /// Outlier days.
        TS207 S R 1/15 outlier_days: Option<Number>,
        /// Day outliers.
        TS208 S R 1/18 day_outlier: Option<Money>,
        /// Cost outliers.
        TS209 S R 1/18 cost_outlier: Option<Money>,
        /// Average length of stay.
        TS210 S R 1/15 average_stay: Option<Number>,
        /// Discharges.
        TS211 S R 1/15 discharges: Option<Number>,
        /// Cost report days.
        TS212 S R 1/15 cost_report_days: Option<Number>,
        /// Covered days.
        TS213 S R 1/15 covered_days: Option<Number>,
        /// Non-covered days.
        TS214 S R 1/15 noncovered_days: Option<Number>,
        /// Pass-through by payers before Medicare.
        TS215 S R 1/18 msp_pass_through: Option<Money>,
        /// Average DRG weight.
        TS216 S R 1/15 average_weight: Option<Number>,
        /// Capital, federal specific portion.
        TS217 S R 1/18 capital_federal: Option<Money>,
        /// Capital, hospital specific portion.
        TS218 S R 1/18 capital_hospital: Option<Money>,
        /// Capital, disproportionate share.
        TS219 S R 1/18 capital_disproportionate: Option<Money>,
    }
}
segment! {
    /// Claim payment: one for each claim in an 835.
    pub struct Clp<'a> = "CLP" {
        /// The number we sent in CLM01; `0` when the payer does not know it.
        CLP01 R AN 1/38 patient_control_number: Text<'a>,
        /// How it was processed.
        CLP02 R ID 1/2 status: ClaimStatus<'a>,
        /// Charged.
        CLP03 R R 1/18 charged: Money,
        /// Paid: charged less all adjustments.
        CLP04 R R 1/18 paid: Money,
        /// What the patient owes.
        CLP05 S R 1/18 patient_responsibility: Option<Money>,
        /// Kind of plan.
        CLP06 R ID 1/2 filing_indicator: Option<Text<'a>>,
        /// The payer's number for the claim: needed to replace or void it.
        CLP07 R AN 1/50 payer_claim_control_number: Option<Text<'a>>,
        /// Place of service or bill type.
        CLP08 S AN 1/2 facility: Option<Text<'a>>,
        /// Frequency.
        CLP09 S ID 1/1 frequency: Option<Text<'a>>,
        /// Diagnosis related group.
        CLP11 S ID 1/4 drg: Option<Text<'a>>,
        /// Its weight.
        CLP12 S R 1/15 drg_weight: Option<Number>,
        /// Discharge fraction.
        CLP13 S R 1/10 discharge_fraction: Option<Number>,
    }
}
segment! {
    /// Inpatient adjudication: amounts and remarks.
    pub struct Mia<'a> = "MIA" {
        /// Covered days or visits.
        MIA01 R R 1/15 covered_days: Option<Number>,
        /// Operating outlier.
        MIA02 S R 1/18 operating_outlier: Option<Money>,
        /// Lifetime psychiatric days.
        MIA03 S R 1/15 psychiatric_days: Option<Number>,
        /// DRG amount.
        MIA04 S R 1/18 drg: Option<Money>,
        /// The first remark code.
        MIA05 S AN 1/50 remark: Option<Text<'a>>,
        /// Disproportionate share.
        MIA06 S R 1/18 disproportionate_share: Option<Money>,
        /// Pass-through by payers before Medicare.
        MIA07 S R 1/18 msp_pass_through: Option<Money>,
        /// Capital.
        MIA08 S R 1/18 capital: Option<Money>,
        /// Capital, federal specific portion.
        MIA09 S R 1/18 capital_federal: Option<Money>,
        /// Capital, hospital specific portion.
        MIA10 S R 1/18 capital_hospital: Option<Money>,
        /// Capital, disproportionate share.
        MIA11 S R 1/18 capital_disproportionate: Option<Money>,
        /// Old capital.
        MIA12 S R 1/18 old_capital: Option<Money>,
        /// Capital, indirect medical education.
        MIA13 S R 1/18 capital_education: Option<Money>,
        /// Operating, hospital specific.
        MIA14 S R 1/18 operating_hospital: Option<Money>,
        /// Cost report days.
        MIA15 S R 1/15 cost_report_days: Option<Number>,
        /// Operating, federal specific.
        MIA16 S R 1/18 operating_federal: Option<Money>,
        /// Capital outlier.
        MIA17 S R 1/18 capital_outlier: Option<Money>,
        /// Indirect teaching.
        MIA18 S R 1/18 indirect_teaching: Option<Money>,
        /// Professional component that is not payable.
        MIA19 S R 1/18 nonpayable_professional: Option<Money>,
        /// Four more remark codes.
        MIA20 S AN 1/50 more_remarks: UpTo<4, Text<'a>>,
        /// Capital exception.
        MIA24 S R 1/18 capital_exception: Option<Money>,
    }
}
segment! {
    /// Service payment: one for each line.
    pub struct Svc<'a> = "SVC" {
        /// What was adjudicated.
        SVC01 R C procedure: Procedure<'a>,
        /// Charged.
        SVC02 R R 1/18 charged: Money,
        /// Paid: charged less the line's adjustments.
        SVC03 S R 1/18 paid: Option<Money>,
        /// Revenue code.
        SVC04 S AN 1/48 revenue_code: Option<Text<'a>>,
        /// Units paid; 1 when absent.
        SVC05 S R 1/15 paid_units: Option<Number>,
        /// What we billed, when the payer changed it.
        SVC06 S C billed_procedure: Option<Procedure<'a>>,
        /// Units billed, when others were paid.
        SVC07 S R 1/15 billed_units: Option<Number>,
    }
}
segment! {
    /// Adjustments of a provider that belong to no claim of this payment.
    pub struct Plb<'a> = "PLB" {
        /// The provider.
        PLB01 R AN 1/50 provider: Text<'a>,
        /// End of the fiscal period.
        PLB02 R DT 8/8 fiscal_period_end: Option<NaiveDate>,
        /// Up to six.
        PLB03 R G adjustments: UpTo<6, ProviderAdjustment<'a>>,
    }
}
segment! {
    /// Which group a 999 answers.
    pub struct Ak1<'a> = "AK1" {
        /// GS01.
        AK101 R ID 2/2 functional_id: Text<'a>,
        /// GS06.
        AK102 R N0 1/9 control_number: Text<'a>,
        /// GS08.
        AK103 R AN 1/12 version: Option<Text<'a>>,
    }
}
segment! {
    /// Which set.
    pub struct Ak2<'a> = "AK2" {
        /// ST01.
        AK201 R ID 3/3 identifier: Text<'a>,
        /// ST02.
        AK202 R AN 4/9 control_number: Text<'a>,
        /// ST03.
        AK203 S AN 1/35 guide: Option<Text<'a>>,
    }
}
segment! {
    /// Which segment is wrong.
    pub struct Ik3<'a> = "IK3" {
        /// Its identifier.
        IK301 R ID 2/3 segment: Text<'a>,
        /// Its number in the set, ST = 1.
        IK302 R N0 1/6 number: Count,
        /// Its loop.
        IK303 S AN 1/4 loop_id: Option<Text<'a>>,
        /// What is wrong: `3` missing, `8` elements, ...
        IK304 S ID 1/3 error: Option<Text<'a>>,
    }
}
segment! {
    /// What the wrong segment or element belongs to: a claim by its number.
    pub struct Ctx<'a> = "CTX" {
        /// What, and its value.
        CTX01 R C context: ContextName<'a>,
        /// Segment.
        CTX02 S ID 2/3 segment: Option<Text<'a>>,
        /// Its number in the set.
        CTX03 S N0 1/6 number: Option<Count>,
        /// Its loop.
        CTX04 S AN 1/4 loop_id: Option<Text<'a>>,
        /// Element.
        CTX05 S C place: Option<ElementPlace<'a>>,
        /// Element numbers.
        CTX06 S C reference: Option<ElementReference<'a>>,
    }
}
segment! {
    /// Which element is wrong.
    pub struct Ik4<'a> = "IK4" {
        /// Its place.
        IK401 R C place: ElementPlace<'a>,
        /// Its number in the dictionary.
        IK402 S N0 1/4 reference: Option<Count>,
        /// What is wrong: `1` missing, `7` code, ...
        IK403 R ID 1/3 error: Text<'a>,
        /// What stood there.
        IK404 S AN 1/99 found: Option<Text<'a>>,
    }
}
segment! {
    /// What becomes of a set.
    pub struct Ik5<'a> = "IK5" {
        /// Accepted or rejected.
        IK501 R ID 1/1 code: AckCode<'a>,
        /// Why.
        IK502 S ID 1/3 errors: UpTo<5, Text<'a>>,
    }
}
segment! {
    /// What becomes of a group.
    pub struct Ak9<'a> = "AK9" {
        /// Accepted, partly, or rejected.
        AK901 R ID 1/1 code: AckCode<'a>,
        /// Sets that GE01 announced.
        AK902 R N0 1/6 included: Count,
        /// Sets that came.
        AK903 R N0 1/6 received: Count,
        /// Sets accepted.
        AK904 R N0 1/6 accepted: Count,
        /// Why.
        AK905 S ID 1/3 errors: UpTo<5, Text<'a>>,
    }
}
segment! {
    /// The status of a batch, provider or claim.
    pub struct Stc<'a> = "STC" {
        /// Category, status, entity.
        STC01 R C status: Status<'a>,
        /// As of.
        STC02 S DT 8/8 effective_on: Option<NaiveDate>,
        /// `WQ` accepted, `U` rejected; the category decides.
        STC03 R ID 1/2 action: Option<Text<'a>>,
        /// Charged.
        STC04 S R 1/18 charged: Option<Money>,
        /// Paid.
        STC05 N R 1/18 paid: Option<Money>,
        /// When it was decided.
        STC06 N DT 8/8 adjudicated_on: Option<NaiveDate>,
        /// When it was paid.
        STC08 N DT 8/8 paid_on: Option<NaiveDate>,
        /// Check or EFT number.
        STC09 N AN 1/16 check_number: Option<Text<'a>>,
        /// A second status.
        STC10 S C second: Option<Status<'a>>,
        /// A third status.
        STC11 S C third: Option<Status<'a>>,
        /// Words about it.
        STC12 S AN 1/264 message: Option<Text<'a>>,
    }
}
segment! {
    /// An inquiry about benefits.
    pub struct Eq<'a> = "EQ" {
        /// Kinds of service: `30` the plan's benefits.
        EQ01 S ID 1/2 service_types: Repeats<'a, 99>,
        /// One procedure.
        EQ02 S C procedure: Option<Procedure<'a>>,
        /// `FAM`: the family's.
        EQ03 S ID 3/3 coverage_level: Option<Text<'a>>,
        /// For which diagnoses.
        EQ05 S C pointers: Option<DiagnosisPointers<'a>>,
    }
}
segment! {
    /// A benefit, or what limits it.
    pub struct Eb<'a> = "EB" {
        /// `1` active coverage, `6` inactive, `A` coinsurance, `B` copayment, `C` deductible, ...
        EB01 R ID 1/3 information: Benefit<'a>,
        /// `IND` individual, `FAM` family.
        EB02 S ID 3/3 coverage_level: Option<Text<'a>>,
        /// Kinds of service.
        EB03 S ID 1/2 service_types: Repeats<'a, 99>,
        /// Kind of plan.
        EB04 S ID 1/3 insurance_type: Option<Text<'a>>,
        /// The plan's name.
        EB05 S AN 1/50 plan: Option<Text<'a>>,
        /// Per what time: `23` calendar year, `29` remaining, ...
        EB06 S ID 1/2 time_period: Option<Text<'a>>,
        /// Amount.
        EB07 S R 1/18 amount: Option<Money>,
        /// The patient's share: `0.2`.
        EB08 S R 1/10 percent: Option<Number>,
        /// Of what: `VS` visits, `DY` days.
        EB09 S ID 2/2 quantity_qualifier: Option<Text<'a>>,
        /// How many.
        EB10 S R 1/15 quantity: Option<Number>,
        /// Authorization is needed.
        EB11 S ID 1/1 authorization: Option<YesNo<'a>>,
        /// In the plan's network.
        EB12 S ID 1/1 in_network: Option<YesNo<'a>>,
        /// One procedure.
        EB13 S C procedure: Option<Procedure<'a>>,
        /// For which diagnoses.
        EB14 S C pointers: Option<DiagnosisPointers<'a>>,
    }
}
segment! {
    /// How services are delivered: so many in so much time.
    pub struct Hsd<'a> = "HSD" {
        /// `VS` visits, `DY` days, ...
        HSD01 S ID 2/2 qualifier: Option<Text<'a>>,
        /// How many.
        HSD02 S R 1/15 quantity: Option<Number>,
        /// Per `DA` day, `WK` week, `MO` month, ...
        HSD03 S ID 2/2 unit: Option<Text<'a>>,
        /// Every how many of them.
        HSD04 S R 1/6 modulus: Option<Number>,
        /// Within what time.
        HSD05 S ID 1/2 time_period: Option<Text<'a>>,
        /// How many of those.
        HSD06 S N0 1/3 periods: Option<Count>,
        /// On which days.
        HSD07 S ID 1/2 frequency: Option<Text<'a>>,
        /// At which time of day.
        HSD08 S ID 1/1 time: Option<Text<'a>>,
    }
}
segment! {
    /// More about a benefit: place of service, nature of injury.
    pub struct Iii<'a> = "III" {
        /// `ZZ` place of service, `NI` nature of injury, `GR` body part.
        III01 S ID 1/3 list: Option<Text<'a>>,
        /// The code.
        III02 S AN 1/30 code: Option<Text<'a>>,
        /// `44`: nature of injury.
        III03 S ID 2/2 category: Option<Text<'a>>,
        /// Words about it.
        III04 S AN 1/264 text: Option<Text<'a>>,
    }
}
segment! {
    /// A message to a person.
    pub struct Msg<'a> = "MSG" {
        /// Its text.
        MSG01 R AN 1/264 text: Text<'a>,
    }
}
segment! {
    /// Why a request cannot be answered.
    pub struct Aaa<'a> = "AAA" {
        /// Whether the request was valid.
        AAA01 R ID 1/1 valid: YesNo<'a>,
        /// Why not: `72` member id, `75` subscriber not found, ...
        AAA03 R ID 2/2 reason: Option<Text<'a>>,
        /// What to do: `C` correct and send again, `N` do not, ...
        AAA04 R ID 1/1 follow_up: Option<Text<'a>>,
    }
}
segment! {
    /// The insured person's relation to the subscriber.
    pub struct Ins<'a> = "INS" {
        /// `Y`: the subscriber.
        INS01 R ID 1/1 insured: YesNo<'a>,
        /// `18` self, `01` spouse, `19` child, ...
        INS02 R ID 2/2 relationship: Option<Text<'a>>,
        /// `001`: changed.
        INS03 S ID 3/3 maintenance: Option<Text<'a>>,
        /// `25`: identifying data changed.
        INS04 S ID 2/3 maintenance_reason: Option<Text<'a>>,
        /// Which of several born together.
        INS17 S N0 1/9 birth_sequence: Option<Count>,
    }
}
segment! {
    /// Military service.
    pub struct Mpi<'a> = "MPI" {
        /// `C` current, `P` partial, ...
        MPI01 R ID 1/1 status: Text<'a>,
        /// `AE` active reserve, `RE` retired, ...
        MPI02 R ID 2/2 employment: Option<Text<'a>>,
        /// Branch: `A` air force, `D` navy, ...
        MPI03 R ID 1/1 branch: Option<Text<'a>>,
        /// Words about it.
        MPI04 S AN 1/80 description: Option<Text<'a>>,
        /// Rank.
        MPI05 S ID 2/2 rank: Option<Text<'a>>,
        /// When.
        MPI06 S G period: Option<Period<'a>>,
    }
}
segment! {
    /// Begins loops of one kind.
    pub struct Ls<'a> = "LS" {
        /// `2120`.
        LS01 R AN 1/4 loop_id: Text<'a>,
    }
}
segment! {
    /// Ends what LS began.
    pub struct Le<'a> = "LE" {
        /// `2120`.
        LE01 R AN 1/4 loop_id: Text<'a>,
    }
}
