//! Who bills, who treats, who is treated, who pays.

use super::finding::{Check, Report, Rule, Severity, Spot};
use super::view::{self, ClaimKind, Role, View};
use super::{Context, Rule as About};
use crate::claims::Claim;
use crate::claims::model::Relationship;
use crate::types::{Address, CodeStatus, CodeTable, Entered, Npi, Phi, Zip};

pub(super) static RULES: [Rule; 12] = [
    Rule {
        about: About {
            id: "scrub/billing-npi",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "The billing provider has an NPI",
            source: "X222, X223 and X224 2010AA NM109; 45 CFR 162.410(a)",
            next: "Enter the billing provider's NPI; for a provider that is not a health care provider, turn this rule off.",
        },
        check: Check::View(billing_npi),
    },
    Rule {
        about: About {
            id: "scrub/npi-check-digit",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "Every NPI is ten digits with a right check digit",
            source: "45 CFR 162.406; X222, X223 and X224 NM109",
            next: "Look the provider up in NPPES and correct the number.",
        },
        check: Check::View(npi_check_digit),
    },
    Rule {
        about: About {
            id: "scrub/rendering-npi",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "A rendering provider that is named has an NPI",
            source: "X222 and X224 2310B and 2420A NM109; X223 2310D and 2420C NM109; 45 CFR 162.410(a)",
            next: "Enter the rendering provider's NPI.",
        },
        check: Check::View(rendering_npi),
    },
    Rule {
        about: About {
            id: "scrub/attending-npi",
            version: 1,
            kinds: view::INSTITUTIONAL,
            severity: Severity::Stop,
            title: "Who attended and who operated has an NPI",
            source: "X223 2310A, 2310B, 2310C, 2420A and 2420B NM109; 45 CFR 162.410(a)",
            next: "Enter the physician's NPI.",
        },
        check: Check::View(attending_npi),
    },
    Rule {
        about: About {
            id: "scrub/billing-taxonomy",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "The billing provider's taxonomy is a taxonomy code, and there where the payer needs it",
            source: "X222, X223 and X224 2000A PRV03 (code source 682)",
            next: "Enter the taxonomy under which the payer knows the provider.",
        },
        check: Check::View(billing_taxonomy),
    },
    Rule {
        about: About {
            id: "scrub/provider-taxonomy",
            version: 1,
            kinds: &[ClaimKind::Institutional, ClaimKind::Dental],
            severity: Severity::Warn,
            title: "The taxonomy of who attended, rendered or assisted is a taxonomy code",
            source: "X223 2310A PRV03; X224 2310A, 2310B, 2310D, 2420A and 2420B PRV03 (code source 682)",
            next: "Look the provider up in NPPES and correct the taxonomy, or leave it out.",
        },
        check: Check::View(provider_taxonomy),
    },
    Rule {
        about: About {
            id: "scrub/zip-plus-four",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Billing provider and service facility have nine-digit ZIP codes",
            source: "X222 2010AA N403, 2310C N403",
            next: "Look the four further digits up at USPS and add them.",
        },
        check: Check::Professional(zip_plus_four),
    },
    Rule {
        about: About {
            id: "scrub/address",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Every address has a state and a ZIP code of the United States",
            source: "X222 N402 (code source 22), N403 (code source 51)",
            next: "Correct the address.",
        },
        check: Check::Professional(addresses),
    },
    Rule {
        about: About {
            id: "scrub/billing-street-address",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "The billing provider's address is a street, not a post-office box",
            source: "X222 2010AA N301",
            next: "Enter the street address; the box belongs into the pay-to address (2010AB).",
        },
        check: Check::Professional(billing_street_address),
    },
    Rule {
        about: About {
            id: "scrub/tax-id",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "The billing provider's tax number is nine digits",
            source: "X222 2010AA REF02 (EI, SY)",
            next: "Enter the employer identification number, or the social security number if there is none.",
        },
        check: Check::Professional(tax_id),
    },
    Rule {
        about: About {
            id: "scrub/coverage-identifiers",
            version: 1,
            kinds: view::EVERY,
            severity: Severity::Stop,
            title: "The member and the payer have their identifiers",
            source: "X222, X223 and X224 2010BA NM109, 2010BB NM109",
            next: "Take the member id and the payer id from the insurance card or an eligibility answer.",
        },
        check: Check::View(coverage_identifiers),
    },
    Rule {
        about: About {
            id: "scrub/patient-demographics",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "The patient has a birth date, a sex and an address",
            source: "X222 2010BA N3, N4, DMG; 2010CA N3, N4, DMG",
            next: "Complete the patient's registration.",
        },
        check: Check::Professional(patient_demographics),
    },
];

fn billing_npi(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    for party in view.parties.iter().filter(|it| it.role == Role::Billing && it.npi.is_none()) {
        report.fault(party.npi_spot(), "", "the billing provider has no NPI");
    }
}

fn npi_check_digit(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    for party in &view.parties {
        if let Some(Entered::Invalid(text)) = party.npi.as_deref() {
            let why = Npi::parse(text).err().map(|why| why.to_string()).unwrap_or_default();
            report.fault(party.npi_spot(), text, format!("not an NPI: {why}"));
        }
    }
}

fn rendering_npi(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    for party in view.parties.iter().filter(|it| it.role == Role::Rendering && it.npi.is_none()) {
        let line = party.line.map(|index| format!("line {}: ", index + 1)).unwrap_or_default();
        report.fault(party.npi_spot(), "", format!("{line}the rendering provider has no NPI"));
    }
}

fn attending_npi(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    for party in view.parties.iter().filter(|it| it.npi.is_none()) {
        let who = match party.role {
            Role::Attending => "attending provider",
            Role::Operating => "operating physician",
            Role::Billing | Role::Rendering | Role::Other => continue,
        };
        let line = party.line.map(|index| format!("line {}: ", index + 1)).unwrap_or_default();
        report.fault(party.npi_spot(), "", format!("{line}the {who} has no NPI"));
    }
}

fn billing_taxonomy(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    for party in view.parties.iter().filter(|it| it.role == Role::Billing) {
        if let Some(code) = &party.taxonomy {
            taxonomy(code, party.taxonomy_spot(), context, report);
        } else if context.rules.payer.needs_taxonomy {
            report.fault(party.taxonomy_spot(), "", "this payer needs the billing provider's taxonomy");
        }
    }
}

fn provider_taxonomy(view: &View<'_>, context: &Context<'_>, report: &mut Report<'_>) {
    for party in view.parties.iter().filter(|it| it.role != Role::Billing) {
        if let Some(code) = &party.taxonomy {
            taxonomy(code, party.taxonomy_spot(), context, report);
        }
    }
}

fn taxonomy(code: &str, spot: Spot, context: &Context<'_>, report: &mut Report<'_>) {
    let shape = code.len() == 10 && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if !shape || !code.ends_with('X') {
        report.fault(spot, code, "not a taxonomy code: ten letters and digits, the last an X");
        return;
    }
    let found = context.codes.lookup(CodeTable::Taxonomy, code, context.today);
    match found.status {
        CodeStatus::Valid => {}
        CodeStatus::Unknown => report.fault(spot, code, format!("not in {}", found.edition)),
        CodeStatus::NotInForce => report.fault(spot, code, format!("no longer in {}", found.edition)),
        CodeStatus::Header | CodeStatus::NotChecked => {
            report.not_checked(
                spot,
                code,
                format!("not in {}, which is older than this claim", found.edition),
            );
        }
    }
}

fn zip_plus_four(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let mut look = |address: &Address, spot: Spot, whose: &str| {
        if !address.zip.valid().is_some_and(Zip::is_full) {
            let message = format!("the {whose}'s ZIP code needs nine digits");
            report.fault(spot, address.zip.text(), message);
        }
    };
    look(&claim.billing.address, Spot::new("/billing/address/zip", "2010AA N403"), "billing provider");
    if let Some(facility) = &claim.facility {
        look(&facility.address, Spot::new("/facility/address/zip", "2310C N403"), "service facility");
    }
}

fn addresses(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let subscriber = claim.subscriber.address.as_ref().map(Phi::expose);
    // Given twice when the patient is the subscriber: reported once.
    let patient = claim.patient.address.as_ref().map(Phi::expose).filter(|it| Some(*it) != subscriber);
    let all = [
        (Some(&claim.billing.address), "/billing/address", ["2010AA N402", "2010AA N403"]),
        (claim.billing.pay_to.as_ref(), "/billing/pay_to", ["2010AB N402", "2010AB N403"]),
        (subscriber, "/subscriber/address", ["2010BA N402", "2010BA N403"]),
        (patient, "/patient/address", ["2010CA N402", "2010CA N403"]),
        (claim.facility.as_ref().map(|it| &it.address), "/facility/address", ["2310C N402", "2310C N403"]),
    ];
    for (address, pointer, [state, zip]) in all {
        let Some(address) = address else { continue };
        if address.state.valid().is_none() {
            report.fault(
                Spot::new(format!("{pointer}/state"), state),
                "",
                "not a state or territory of the United States",
            );
        }
        // The billing provider's and the facility's have a rule of their own.
        if address.zip.valid().is_none() && !matches!(pointer, "/billing/address" | "/facility/address") {
            report.fault(Spot::new(format!("{pointer}/zip"), zip), "", "not five or nine digits");
        }
    }
}

fn billing_street_address(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let address = &claim.billing.address;
    let lines = [
        (Some(&address.line_1), "/billing/address/line_1", "2010AA N301"),
        (address.line_2.as_ref(), "/billing/address/line_2", "2010AA N302"),
    ];
    for (line, pointer, element) in lines {
        if let Some(line) = line.filter(|line| is_box(line)) {
            report.fault(
                Spot::new(pointer, element),
                line,
                "a post-office or lock box is not a street address",
            );
        }
    }
}

/// `P.O. Box 12`, `PO BOX 12`, `POST OFFICE BOX 12`, `LOCK BOX 12`, `LOCKBOX 12`.
fn is_box(line: &str) -> bool {
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == ' ';
    let text: String = line.chars().filter(plain).map(|c| c.to_ascii_uppercase()).collect();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let next = words.peek().copied().unwrap_or("");
        match (word, next) {
            ("PO" | "LOCK" | "POB", "BOX") | ("POST", "OFFICE") | ("POBOX" | "LOCKBOX", _) => return true,
            ("P", "O") => return true,
            ("POB", number) if number.starts_with(|c: char| c.is_ascii_digit()) => return true,
            _ => {}
        }
    }
    false
}

fn tax_id(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if claim.billing.tax_id.valid().is_none() {
        // Not shown: it may be a person's social security number.
        report.fault(Spot::new("/billing/tax_id", "2010AA REF02"), "", "the tax number is not nine digits");
    }
}

fn coverage_identifiers(view: &View<'_>, _: &Context<'_>, report: &mut Report<'_>) {
    for identifier in view.identifiers.iter().filter(|it| !it.is_valid) {
        report.fault(identifier.spot.clone(), &*identifier.found, identifier.message);
    }
}

fn patient_demographics(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let patient = &claim.patient;
    let elements = if patient.relationship == Relationship::Itself {
        ["2010BA DMG02", "2010BA DMG03", "2010BA N301"]
    } else {
        ["2010CA DMG02", "2010CA DMG03", "2010CA N301"]
    };
    let there = [patient.born_on.is_some(), patient.sex.is_some(), patient.address.is_some()];
    let names = [("born_on", "birth date"), ("sex", "sex"), ("address", "address")];
    for ((there, (field, name)), element) in there.into_iter().zip(names).zip(elements) {
        if !there {
            let message = format!("the patient has no {name}");
            report.fault(Spot::new(format!("/patient/{field}"), element), "", message);
        }
    }
}
