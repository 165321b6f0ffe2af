//! Codes that say under which circumstances a claim is made, and what papers go with it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::claims::Claim;

/// An enum of the guide's codes with our own words for them; a code that is none of them is kept.
macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($code:literal $variant:ident $meaning:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $(#[doc = concat!("`", $code, "`: ", $meaning)] $variant,)*
            /// Any other code, as it was written.
            Other(String),
        }

        impl $name {
            /// The code as it is sent.
            #[must_use]
            pub fn code(&self) -> &str {
                match self {
                    $($name::$variant => $code,)*
                    $name::Other(code) => code,
                }
            }
            /// From the code.
            #[must_use]
            pub fn from_code(code: &str) -> $name {
                match code {
                    $($code => $name::$variant,)*
                    other => $name::Other(other.to_owned()),
                }
            }
            /// What the code says, in our words; none for a code that the guide has not.
            #[must_use]
            pub const fn meaning(&self) -> Option<&'static str> {
                match self {
                    $($name::$variant => Some($meaning),)*
                    $name::Other(_) => None,
                }
            }
        }

        impl From<String> for $name {
            fn from(code: String) -> $name {
                $name::from_code(&code)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.code().to_owned()
            }
        }
    };
}

coded! {
    /// CLM12: the program under which the services were given (X222 2300 CLM12).
    SpecialProgram {
        "02" HandicappedChildren "physically handicapped children's program",
        "03" FederalFunding "special federal funding",
        "05" Disability "disability",
        "09" SecondOpinion "second opinion or surgery",
    }
}

coded! {
    /// CLM20: why the claim is sent after the payer's limit (X222 2300 CLM20).
    DelayReason {
        "1" EligibilityUnknown "eligibility was not known",
        "2" Litigation "litigation",
        "3" Authorization "authorization came late",
        "4" ProviderCertification "the provider's certification came late",
        "5" BillingForms "billing forms came late",
        "6" CustomAppliance "a custom-made appliance came late",
        "7" ThirdParty "a third party was late",
        "8" EligibilityDecision "the decision on eligibility came late",
        "9" RejectedForOtherReason "the first claim was refused for a reason other than its date",
        "10" PriorApproval "prior approval took long",
        "11" OtherReason "other",
        "15" NaturalDisaster "natural disaster",
    }
}

coded! {
    /// SBR05: why Medicare does not pay first (X222 2000B and 2320 SBR05; 42 CFR 411 subparts B to H).
    MedicareSecondary {
        "12" WorkingAged "working aged, or spouse, with a group health plan",
        "13" RenalDisease "end-stage renal disease within the coordination period",
        "14" NoFault "no-fault insurance pays first",
        "15" WorkersCompensation "workers' compensation pays first",
        "16" FederalAgency "the Public Health Service or another federal agency pays first",
        "41" BlackLung "black lung program",
        "42" Veterans "Department of Veterans Affairs",
        "43" Disabled "disabled, under 65, with a large group health plan",
        "47" OtherLiability "other liability insurance pays first",
    }
}

coded! {
    /// PWK02: how an attachment reaches the payer (X222 2300 and 2400 PWK02).
    Transmission {
        "AA" OnRequest "at the provider's, on request",
        "BM" Mail "by mail",
        "EL" Electronic "electronically, as a file of its own",
        "EM" Email "by e-mail",
        "FT" FileTransfer "by file transfer",
        "FX" Fax "by fax",
    }
}

impl Transmission {
    /// Whether the payer finds it by PWK06: everything that is sent has a number (X222 2300 PWK06).
    #[must_use]
    pub const fn needs_control_number(&self) -> bool {
        match self {
            Transmission::Mail
            | Transmission::Electronic
            | Transmission::Email
            | Transmission::FileTransfer
            | Transmission::Fax => true,
            Transmission::OnRequest | Transmission::Other(_) => false,
        }
    }
}

/// PWK: a paper or file that supports the claim or line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// PWK01: `OZ` support data, `RR` radiology reports, `OB` operative note …
    pub report: String,
    /// PWK02.
    pub transmission: Transmission,
    /// PWK06: the number on the attachment.
    pub control_number: Option<String>,
}

/// What a claim says of its circumstances, each with its name; empty for the usual claim.
#[must_use]
pub fn said(claim: &Claim) -> Vec<(&'static str, Said)> {
    let coded = |code: &str, meaning: Option<&str>| match meaning {
        Some(meaning) => Said::Text(format!("{code}: {meaning}")),
        None => Said::Text(code.to_owned()),
    };
    let text = |text: &Option<String>| text.clone().map(Said::Text);
    let causes: Vec<&str> = claim.related_causes.iter().map(super::model::RelatedCause::code).collect();
    let state = claim.accident_state.as_ref().map(|state| state.text().to_owned());
    let papers = claim.attachments.iter().chain(claim.lines.iter().flat_map(|line| &line.attachments));
    let papers: Vec<String> = papers
        .map(|paper| {
            let way = paper.transmission.meaning().unwrap_or(paper.transmission.code());
            match &paper.control_number {
                Some(number) => format!("{} {number}, {way}", paper.report),
                None => format!("{}, {way}", paper.report),
            }
        })
        .collect();
    let all = [
        ("Related to", (!causes.is_empty()).then(|| Said::Text(causes.join(" ")))),
        ("Accident in", state.or_else(|| claim.accident_country.clone()).map(Said::Text)),
        ("Medicare second", claim.medicare_secondary.as_ref().map(|why| coded(why.code(), why.meaning()))),
        ("Program", claim.special_program.as_ref().map(|one| coded(one.code(), one.meaning()))),
        ("Late because", claim.delay_reason.as_ref().map(|why| coded(why.code(), why.meaning()))),
        ("Patient signature", claim.signed_for_patient.then(|| Said::Text("by the provider".to_owned()))),
        ("Accident", claim.accident_on.map(Said::Day)),
        ("Onset", claim.onset_on.map(Said::Day)),
        ("First treatment", claim.initial_treatment_on.map(Said::Day)),
        ("Last seen", claim.last_seen_on.map(Said::Day)),
        ("Acute since", claim.acute_manifestation_on.map(Said::Day)),
        ("Last period", claim.last_menstrual_period_on.map(Said::Day)),
        ("Admitted", claim.admitted_on.map(Said::Day)),
        ("Discharged", claim.discharged_on.map(Said::Day)),
        ("Authorization", text(&claim.prior_authorization)),
        ("Referral", text(&claim.referral_number)),
        ("CLIA", text(&claim.clia_number)),
        ("Mammography", text(&claim.mammography_number)),
        ("Attachments", (!papers.is_empty()).then(|| Said::Text(papers.join("; ")))),
    ];
    all.into_iter().filter_map(|(name, said)| Some((name, said?))).collect()
}

/// One of the circumstances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A code, number or list.
    Text(String),
    /// A day.
    Day(NaiveDate),
}
