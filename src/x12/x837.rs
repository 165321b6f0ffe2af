//! What the three claim guides (837 professional, institutional, dental) have in common: their
//! levels ([`ClaimSet`]), loops that are the same in two of them or in all, and the shapes in which
//! they declare providers.
//!
//! A guide's own module re-exports the loops that it takes from here, so that one who reads or
//! builds a claim needs that module only.

use chrono::NaiveDate;

use crate::declare::{Node, Other, segment_loop};
use crate::segments::{Amt, Bht, Cas, Clm, Dmg, Dtp, Hl, Lx, N3, N4, Nm1, Per, Pwk, Ref, Sbr, Svd};
use crate::spec::LoopSpec;
use types::Money;

/// A set of claims, whichever of the three guides it follows.
pub trait ClaimSet<'a>: Node<'a> + std::fmt::Debug {
    /// Loop 2000A.
    type BillingLevel: AnyBillingLevel<'a, Claim = Self::Claim>;
    /// Loop 2300.
    type Claim: AnyClaim<'a>;
    /// The set, 2000A, 2000B and 2000C: what stands around a claim.
    const LEVELS: &'static [&'static LoopSpec; 4];
    /// BHT.
    fn beginning(&self) -> &Bht<'a>;
    /// NM1*41.
    fn submitter(&self) -> &Nm1<'a>;
    /// NM1*40.
    fn receiver(&self) -> &Nm1<'a>;
    /// The billing providers.
    fn billing_levels(&self) -> &[Self::BillingLevel];
}
/// Loop 2000A of any of the guides.
pub trait AnyBillingLevel<'a>: Node<'a> + std::fmt::Debug {
    /// Loop 2000B.
    type Subscriber: AnySubscriberLevel<'a, Claim = Self::Claim>;
    /// Loop 2300.
    type Claim: AnyClaim<'a>;
    /// HL.
    fn level(&self) -> &Hl<'a>;
    /// The billing provider.
    fn provider(&self) -> &Nm1<'a>;
    /// REF*EI or REF*SY of the billing provider.
    fn tax_id(&self) -> Option<&Ref<'a>>;
    /// The billing provider's street.
    fn street(&self) -> Option<&N3<'a>>;
    /// The billing provider's city.
    fn city(&self) -> Option<&N4<'a>>;
    /// The street of the pay-to address.
    fn pay_to_street(&self) -> Option<&N3<'a>>;
    /// The city of the pay-to address.
    fn pay_to_city(&self) -> Option<&N4<'a>>;
    /// The insured persons.
    fn subscribers(&self) -> &[Self::Subscriber];
}
/// Loop 2000B of any of the guides.
pub trait AnySubscriberLevel<'a>: Node<'a> + std::fmt::Debug {
    /// Loop 2000C.
    type Patient: AnyPatientLevel<'a, Claim = Self::Claim>;
    /// Loop 2300.
    type Claim: AnyClaim<'a>;
    /// HL.
    fn level(&self) -> &Hl<'a>;
    /// SBR.
    fn insurance(&self) -> &Sbr<'a>;
    /// NM1*IL.
    fn name(&self) -> &Nm1<'a>;
    /// The subscriber's street.
    fn street(&self) -> Option<&N3<'a>>;
    /// The subscriber's city.
    fn city(&self) -> Option<&N4<'a>>;
    /// REF*SY.
    fn social_security(&self) -> Option<&Ref<'a>>;
    /// The subscriber's birth and sex.
    fn demographics(&self) -> Option<&Dmg<'a>>;
    /// The payer's city.
    fn payer_city(&self) -> Option<&N4<'a>>;
    /// The subscriber's own claims.
    fn claims(&self) -> &[Self::Claim];
    /// Patients other than the subscriber.
    fn patients(&self) -> &[Self::Patient];
}
/// Loop 2000C of any of the guides.
pub trait AnyPatientLevel<'a>: Node<'a> + std::fmt::Debug {
    /// Loop 2300.
    type Claim: AnyClaim<'a>;
    /// HL.
    fn level(&self) -> &Hl<'a>;
    /// NM1*QC.
    fn name(&self) -> &Nm1<'a>;
    /// The patient's city.
    fn city(&self) -> Option<&N4<'a>>;
    /// The claims.
    fn claims(&self) -> &[Self::Claim];
}
/// Loop 2300 of any of the guides.
pub trait AnyClaim<'a>: Node<'a> + std::fmt::Debug {
    /// Loop 2320.
    type OtherPayer: AnyOtherPayer<'a>;
    /// Loop 2400.
    type Line: AnyLine<'a>;
    /// CLM.
    fn claim(&self) -> &Clm<'a>;
    /// REF*F8.
    fn payer_claim_control_number(&self) -> Option<&Ref<'a>>;
    /// PWK.
    fn attachments(&self) -> &[Pwk<'a>];
    /// REF*D9.
    fn intermediary_number(&self) -> Option<&Ref<'a>>;
    /// First and last day of service: of the statement or claim, else of the lines.
    fn days(&self) -> Option<(NaiveDate, NaiveDate)> {
        let own = self.period().into_iter();
        let days = own.chain(self.lines().iter().filter_map(AnyLine::service_date));
        days.filter_map(|date| date.period.first_day().zip(date.period.last_day()))
            .reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)))
    }
    /// The date of the claim as a whole, where the guide has one.
    fn period(&self) -> Option<&Dtp<'a>> {
        None
    }
    /// REF*4N.
    fn service_exception(&self) -> Option<&Ref<'a>>;
    /// NM1*82.
    fn rendering(&self) -> Option<&Nm1<'a>>;
    /// NM1*77.
    fn facility(&self) -> Option<&Nm1<'a>>;
    /// The service facility's loop: `2310C`.
    fn facility_loop(&self) -> &'static str;
    /// The street of the service facility.
    fn facility_street(&self) -> Option<&N3<'a>>;
    /// The city of the service facility.
    fn facility_city(&self) -> Option<&N4<'a>>;
    /// What other payers cover and have paid.
    fn other_payers(&self) -> &[Self::OtherPayer];
    /// The service lines.
    fn lines(&self) -> &[Self::Line];
    /// What stood here and has no slot.
    fn other(&self) -> &[Other<'a>];
}
/// Loop 2320 of any of the guides.
pub trait AnyOtherPayer<'a> {
    /// SBR.
    fn subscriber(&self) -> &Sbr<'a>;
    /// CAS.
    fn adjustments(&self) -> &[Cas<'a>];
    /// AMT*D.
    fn paid(&self) -> Option<&Amt<'a>>;
    /// AMT*A8.
    fn non_covered(&self) -> Option<&Amt<'a>>;
    /// AMT*EAF.
    fn remaining(&self) -> Option<&Amt<'a>>;
    /// NM1*IL of loop 2330A.
    fn insured(&self) -> &Nm1<'a>;
    /// NM1*PR of loop 2330B.
    fn name(&self) -> &Nm1<'a>;
    /// DTP*573 of loop 2330B.
    fn paid_on(&self) -> Option<&Dtp<'a>>;
    /// REF*T4 of loop 2330B.
    fn adjustment_indicator(&self) -> Option<&Ref<'a>>;
}
/// Loop 2400 of any of the guides.
pub trait AnyLine<'a> {
    /// Loop 2430.
    type Adjudication: AnyAdjudication<'a>;
    /// LX.
    fn number(&self) -> &Lx<'a>;
    /// SV102, SV203, SV302.
    fn charged(&self) -> Money;
    /// Which of them.
    fn charge_designator(&self) -> &'static str;
    /// DTP*472.
    fn service_date(&self) -> Option<&Dtp<'a>>;
    /// NM1*82.
    fn rendering(&self) -> Option<&Nm1<'a>>;
    /// The segment that bills: SV1, SV2, SV3.
    fn service(&self) -> &dyn crate::declare::Written;
    /// What other payers did with it.
    fn adjudications(&self) -> &[Self::Adjudication];
}
/// Loop 2430 of any of the guides.
pub trait AnyAdjudication<'a> {
    /// SVD.
    fn adjudication(&self) -> &Svd<'a>;
    /// CAS.
    fn adjustments(&self) -> &[Cas<'a>];
    /// AMT*EAF.
    fn remaining(&self) -> Option<&Amt<'a>>;
}

/// Says that the loops of a guide's module are those of a claim set, whose lines charge in the
/// element `charge`, and whose claims as a whole have the date `period`; their fields have the same
/// names in all three.
macro_rules! claim_guide {
    ($set:ident, charge $charge:literal $(, period $period:ident)?) => {
        impl<'a> $crate::x837::ClaimSet<'a> for $set<'a> {
            type BillingLevel = BillingLevel<'a>;
            type Claim = Claim<'a>;
            const LEVELS: &'static [&'static $crate::spec::LoopSpec; 4] =
                &[$set::LOOP, BillingLevel::LOOP, SubscriberLevel::LOOP, PatientLevel::LOOP];
            fn beginning(&self) -> &Bht<'a> {
                &self.beginning
            }
            fn submitter(&self) -> &Nm1<'a> {
                &self.submitter.name
            }
            fn receiver(&self) -> &Nm1<'a> {
                &self.receiver.name
            }
            fn billing_levels(&self) -> &[BillingLevel<'a>] {
                &self.billing_levels
            }
        }
        impl<'a> $crate::x837::AnyBillingLevel<'a> for BillingLevel<'a> {
            type Subscriber = SubscriberLevel<'a>;
            type Claim = Claim<'a>;
            fn level(&self) -> &Hl<'a> {
                &self.level
            }
            fn provider(&self) -> &Nm1<'a> {
                &self.provider.name
            }
            fn tax_id(&self) -> Option<&Ref<'a>> {
                self.provider.tax_id.as_ref()
            }
            fn street(&self) -> Option<&N3<'a>> {
                self.provider.address.as_ref()
            }
            fn city(&self) -> Option<&N4<'a>> {
                self.provider.city.as_ref()
            }
            fn pay_to_street(&self) -> Option<&N3<'a>> {
                self.pay_to.as_ref()?.address.as_ref()
            }
            fn pay_to_city(&self) -> Option<&N4<'a>> {
                self.pay_to.as_ref()?.city.as_ref()
            }
            fn subscribers(&self) -> &[SubscriberLevel<'a>] {
                &self.subscribers
            }
        }
        impl<'a> $crate::x837::AnySubscriberLevel<'a> for SubscriberLevel<'a> {
            type Patient = PatientLevel<'a>;
            type Claim = Claim<'a>;
            fn level(&self) -> &Hl<'a> {
                &self.level
            }
            fn insurance(&self) -> &Sbr<'a> {
                &self.insurance
            }
            fn name(&self) -> &Nm1<'a> {
                &self.subscriber.name
            }
            fn street(&self) -> Option<&N3<'a>> {
                self.subscriber.address.as_ref()
            }
            fn city(&self) -> Option<&N4<'a>> {
                self.subscriber.city.as_ref()
            }
            fn social_security(&self) -> Option<&Ref<'a>> {
                self.subscriber.social_security.as_ref()
            }
            fn demographics(&self) -> Option<&$crate::segments::Dmg<'a>> {
                self.subscriber.demographics.as_ref()
            }
            fn payer_city(&self) -> Option<&N4<'a>> {
                self.payer.city.as_ref()
            }
            fn claims(&self) -> &[Claim<'a>] {
                &self.claims
            }
            fn patients(&self) -> &[PatientLevel<'a>] {
                &self.patients
            }
        }
        impl<'a> $crate::x837::AnyPatientLevel<'a> for PatientLevel<'a> {
            type Claim = Claim<'a>;
            fn level(&self) -> &Hl<'a> {
                &self.level
            }
            fn name(&self) -> &Nm1<'a> {
                &self.patient.name
            }
            fn city(&self) -> Option<&N4<'a>> {
                self.patient.city.as_ref()
            }
            fn claims(&self) -> &[Claim<'a>] {
                &self.claims
            }
        }
        impl<'a> $crate::x837::AnyClaim<'a> for Claim<'a> {
            type OtherPayer = OtherPayerClaim<'a>;
            type Line = ServiceLine<'a>;
            fn claim(&self) -> &Clm<'a> {
                &self.claim
            }
            fn payer_claim_control_number(&self) -> Option<&Ref<'a>> {
                self.payer_claim_control_number.as_deref()
            }
            fn attachments(&self) -> &[Pwk<'a>] {
                &self.attachments
            }
            fn intermediary_number(&self) -> Option<&Ref<'a>> {
                self.intermediary_number.as_deref()
            }
            $(
                fn period(&self) -> Option<&Dtp<'a>> {
                    self.$period.as_ref()
                }
            )?
            fn service_exception(&self) -> Option<&Ref<'a>> {
                self.service_exception.as_deref()
            }
            fn rendering(&self) -> Option<&Nm1<'a>> {
                Some(&self.rendering.as_ref()?.name)
            }
            fn facility(&self) -> Option<&Nm1<'a>> {
                Some(&self.facility.as_ref()?.name)
            }
            fn facility_loop(&self) -> &'static str {
                ServiceFacility::LOOP.id
            }
            fn facility_street(&self) -> Option<&N3<'a>> {
                self.facility.as_ref()?.address.as_ref()
            }
            fn facility_city(&self) -> Option<&N4<'a>> {
                self.facility.as_ref()?.city.as_ref()
            }
            fn other_payers(&self) -> &[OtherPayerClaim<'a>] {
                &self.other_payers
            }
            fn lines(&self) -> &[ServiceLine<'a>] {
                &self.lines
            }
            fn other(&self) -> &[$crate::declare::Other<'a>] {
                &self.other
            }
        }
        impl<'a> $crate::x837::AnyOtherPayer<'a> for OtherPayerClaim<'a> {
            fn subscriber(&self) -> &Sbr<'a> {
                &self.subscriber
            }
            fn adjustments(&self) -> &[Cas<'a>] {
                &self.adjustments
            }
            fn paid(&self) -> Option<&Amt<'a>> {
                self.paid.as_ref()
            }
            fn non_covered(&self) -> Option<&Amt<'a>> {
                self.non_covered.as_deref()
            }
            fn remaining(&self) -> Option<&Amt<'a>> {
                self.remaining.as_ref()
            }
            fn insured(&self) -> &Nm1<'a> {
                &self.other_subscriber.name
            }
            fn name(&self) -> &Nm1<'a> {
                &self.payer.name
            }
            fn paid_on(&self) -> Option<&Dtp<'a>> {
                self.payer.paid_on.as_ref()
            }
            fn adjustment_indicator(&self) -> Option<&Ref<'a>> {
                self.payer.adjustment_indicator.as_ref()
            }
        }
        impl<'a> $crate::x837::AnyLine<'a> for ServiceLine<'a> {
            type Adjudication = LineAdjudication<'a>;
            fn number(&self) -> &Lx<'a> {
                &self.number
            }
            fn charged(&self) -> ::types::Money {
                self.service.charged
            }
            fn charge_designator(&self) -> &'static str {
                $charge
            }
            fn service_date(&self) -> Option<&Dtp<'a>> {
                self.service_date.as_ref()
            }
            fn rendering(&self) -> Option<&Nm1<'a>> {
                Some(&self.rendering.as_ref()?.name)
            }
            fn service(&self) -> &dyn $crate::declare::Written {
                &self.service
            }
            fn adjudications(&self) -> &[LineAdjudication<'a>] {
                &self.adjudications
            }
        }
        impl<'a> $crate::x837::AnyAdjudication<'a> for LineAdjudication<'a> {
            fn adjudication(&self) -> &Svd<'a> {
                &self.adjudication
            }
            fn adjustments(&self) -> &[Cas<'a>] {
                &self.adjustments
            }
            fn remaining(&self) -> Option<&Amt<'a>> {
                self.remaining.as_ref()
            }
        }
    };
}
pub(crate) use claim_guide;

/// A provider of a claim: name and NPI, taxonomy where the guide has it, other identifiers.
macro_rules! claim_provider {
    ($(#[$meta:meta])* $name:ident = $id:literal {
        $entity:literal is $kind:literal, $(PRV $role:literal,)? REF $references:literal max $max:literal
    }) => {
        $crate::declare::segment_loop! {
            $(#[$meta])*
            pub struct $name<'a> = $id {
                /// Name and NPI.
                name: $crate::segments::Nm1<'a> = R $entity {
                    NM102 R $kind, NM103 R, NM106 N, NM108 S "XX",
                },
                $(
                    /// Taxonomy.
                    specialty: Option<$crate::segments::Prv<'a>> = S "PRV" { PRV01 R $role, PRV02 R "PXC" },
                )?
                /// Other identifiers.
                references: Vec<$crate::segments::Ref<'a>> = S $references max $max {
                    REF02 R, REF03 N, REF04 N,
                },
            }
        }
    };
}
pub(crate) use claim_provider;

/// A provider of a line: as of a claim, and an identifier may say which payer gave it.
macro_rules! line_provider {
    ($(#[$meta:meta])* $name:ident = $id:literal {
        $entity:literal is $kind:literal, $(PRV $role:literal,)? REF $references:literal
    }) => {
        $crate::declare::segment_loop! {
            $(#[$meta])*
            pub struct $name<'a> = $id {
                /// Name and NPI.
                name: $crate::segments::Nm1<'a> = R $entity {
                    NM102 R $kind, NM103 R, NM106 N, NM108 S "XX",
                },
                $(
                    /// Taxonomy.
                    specialty: Option<$crate::segments::Prv<'a>> = S "PRV" { PRV01 R $role, PRV02 R "PXC" },
                )?
                /// Other identifiers.
                references: Vec<$crate::segments::Ref<'a>> = S $references max 20 {
                    REF02 R, REF03 N, REF04_1 R "2U", REF04_3 N, REF04_4 N,
                },
            }
        }
    };
}
pub(crate) use line_provider;

/// A provider as another payer knows it: no name, only that payer's identifiers.
macro_rules! other_payer_provider {
    ($(#[$meta:meta])* $name:ident = $id:literal {
        $entity:literal is $kind:literal, REF $references:literal max $max:literal
    }) => {
        $crate::declare::segment_loop! {
            $(#[$meta])*
            pub struct $name<'a> = $id {
                /// Its role.
                name: $crate::segments::Nm1<'a> = R $entity {
                    NM102 R $kind, NM103 N, NM104 N, NM105 N, NM106 N, NM107 N, NM108 N, NM109 N,
                },
                /// The identifiers.
                references: Vec<$crate::segments::Ref<'a>> = R $references max $max {
                    REF02 R, REF03 N, REF04 N,
                },
            }
        }
    };
}
pub(crate) use other_payer_provider;

segment_loop! {
    /// Who sends the file.
    pub struct Submitter<'a> = "1000A" {
        /// Name and transmitter number.
        name: Nm1<'a> = R "NM1*41" { NM102 R "1|2", NM103 R, NM106 N, NM107 N, NM108 R "46", NM109 R },
        /// Whom to ask about the file.
        contacts: Vec<Per<'a>> = R "PER*IC" max 2 {
            PER03 R "EM|FX|TE", PER04 R, PER05 S "EM|EX|FX|TE", PER07 S "EM|EX|FX|TE",
        },
    }
}

segment_loop! {
    /// Who receives the file.
    pub struct Receiver<'a> = "1000B" {
        /// Name and receiver number.
        name: Nm1<'a> = R "NM1*40" {
            NM102 R "2", NM103 R, NM104 N, NM105 N, NM106 N, NM107 N, NM108 R "46", NM109 R,
        },
    }
}

segment_loop! {
    /// Who bills.
    pub struct BillingProvider<'a> = "2010AA" {
        /// Name and NPI.
        name: Nm1<'a> = R "NM1*85" { NM102 R "1|2", NM103 R, NM106 N, NM108 S "XX" },
        /// Street, never a post office box.
        address: Option<N3<'a>> = R "N3",
        /// City, state and nine-digit ZIP code.
        city: Option<N4<'a>> = R "N4",
        /// Tax identification: EIN or SSN.
        tax_id: Option<Ref<'a>> = R "REF*EI|SY" { REF02 R, REF03 N, REF04 N },
        /// State license or UPIN.
        licenses: Vec<Ref<'a>> = S "REF*0B|1G" max 2 { REF02 R, REF03 N, REF04 N },
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
            NM102 R "1|2", NM103 N, NM104 N, NM105 N, NM106 N, NM107 N, NM108 N, NM109 N,
        },
        /// Street.
        address: Option<N3<'a>> = R "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = R "N4",
    }
}

segment_loop! {
    /// The plan to pay, when a plan bills.
    pub struct PayToPlan<'a> = "2010AC" {
        /// Name.
        name: Nm1<'a> = R "NM1*PE" {
            NM102 R "2", NM103 R, NM104 N, NM105 N, NM106 N, NM107 N, NM108 R "PI|XV", NM109 R,
        },
        /// Street.
        address: Option<N3<'a>> = R "N3",
        /// City, state and ZIP code.
        city: Option<N4<'a>> = R "N4",
        /// Another identifier.
        reference: Option<Ref<'a>> = S "REF*2U|FY|NF" { REF02 R, REF03 N, REF04 N },
        /// Tax identification.
        tax_id: Option<Ref<'a>> = R "REF*EI" { REF02 R, REF03 N, REF04 N },
    }
}

segment_loop! {
    /// The insured person; a professional claim says whom to ask, too.
    pub struct Subscriber<'a> = "2010BA" {
        /// Name and member id.
        name: Nm1<'a> = R "NM1*IL" { NM102 R "1|2", NM103 R, NM106 N, NM108 S "II|MI" },
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
    }
}

segment_loop! {
    /// Who pays; a professional claim may name two numbers of the billing provider.
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
        /// The number by which the payer knows the billing provider.
        provider_reference: Option<Ref<'a>> = S "REF*G2|LU" { REF02 R, REF03 N, REF04 N },
    }
}

segment_loop! {
    /// The patient, when not the subscriber; a professional claim says whom to ask, too.
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
    }
}

claim_provider! {
    /// Who rendered the services.
    RenderingProvider = "2310B" { "NM1*82" is "1|2", PRV "PE", REF "REF*0B|1G|G2|LU" max 4 }
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
        reference: Option<Ref<'a>> = S "REF*SY" { REF02 R, REF03 N, REF04 N },
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
        references: Vec<Ref<'a>> = S "REF*2U|EI|FY|NF" max 2 { REF02 R, REF03 N, REF04 N },
        /// Its authorization.
        prior_authorization: Option<Ref<'a>> = S "REF*G1" { REF02 R, REF03 N, REF04 N },
        /// Its referral.
        referral: Option<Ref<'a>> = S "REF*9F" { REF02 R, REF03 N, REF04 N },
        /// Whether it adjusted the claim.
        adjustment_indicator: Option<Ref<'a>> = S "REF*T4" { REF02 R, REF03 N, REF04 N },
        /// Its number for the claim.
        claim_control_number: Option<Ref<'a>> = S "REF*F8" { REF02 R, REF03 N, REF04 N },
    }
}

line_provider! {
    /// Who rendered the line, when not who rendered the claim.
    LineRenderingProvider = "2420A" { "NM1*82" is "1|2", PRV "PE", REF "REF*0B|1G|G2|LU" }
}
