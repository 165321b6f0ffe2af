//! Who bills, who treats, who is treated, who pays.

use super::finding::{Report, Rule, Severity, Spot};
use super::{Context, Rule as About};
use crate::claims::Claim;
use crate::claims::model::{Provider, Relationship};
use crate::types::{Address, CodeStatus, CodeTable, Entered, Npi, Phi, Zip};

pub(super) static RULES: [Rule; 10] = [
    Rule {
        about: About {
            id: "scrub/billing-npi",
            version: 1,
            severity: Severity::Stop,
            title: "The billing provider has an NPI",
            source: "X222 2010AA NM109; 45 CFR 162.410(a)",
            next: "Enter the billing provider's NPI; for a provider that is not a health care provider, turn this rule off.",
        },
        check: billing_npi,
    },
    Rule {
        about: About {
            id: "scrub/npi-check-digit",
            version: 1,
            severity: Severity::Stop,
            title: "Every NPI is ten digits with a right check digit",
            source: "45 CFR 162.406; X222 NM109",
            next: "Look the provider up in NPPES and correct the number.",
        },
        check: npi_check_digit,
    },
    Rule {
        about: About {
            id: "scrub/rendering-npi",
            version: 1,
            severity: Severity::Stop,
            title: "A rendering provider that is named has an NPI",
            source: "X222 2310B NM109, 2420A NM109; 45 CFR 162.410(a)",
            next: "Enter the rendering provider's NPI.",
        },
        check: rendering_npi,
    },
    Rule {
        about: About {
            id: "scrub/billing-taxonomy",
            version: 1,
            severity: Severity::Stop,
            title: "The billing provider's taxonomy is a taxonomy code, and there where the payer needs it",
            source: "X222 2000A PRV03 (code source 682)",
            next: "Enter the taxonomy under which the payer knows the provider.",
        },
        check: billing_taxonomy,
    },
    Rule {
        about: About {
            id: "scrub/zip-plus-four",
            version: 1,
            severity: Severity::Stop,
            title: "Billing provider and service facility have nine-digit ZIP codes",
            source: "X222 2010AA N403, 2310C N403",
            next: "Look the four further digits up at USPS and add them.",
        },
        check: zip_plus_four,
    },
    Rule {
        about: About {
            id: "scrub/address",
            version: 1,
            severity: Severity::Stop,
            title: "Every address has a state and a ZIP code of the United States",
            source: "X222 N402 (code source 22), N403 (code source 51)",
            next: "Correct the address.",
        },
        check: addresses,
    },
    Rule {
        about: About {
            id: "scrub/billing-street-address",
            version: 1,
            severity: Severity::Stop,
            title: "The billing provider's address is a street, not a post-office box",
            source: "X222 2010AA N301",
            next: "Enter the street address; the box belongs into the pay-to address (2010AB).",
        },
        check: billing_street_address,
    },
    Rule {
        about: About {
            id: "scrub/tax-id",
            version: 1,
            severity: Severity::Stop,
            title: "The billing provider's tax number is nine digits",
            source: "X222 2010AA REF02 (EI, SY)",
            next: "Enter the employer identification number, or the social security number if there is none.",
        },
        check: tax_id,
    },
    Rule {
        about: About {
            id: "scrub/coverage-identifiers",
            version: 1,
            severity: Severity::Stop,
            title: "The member and the payer have their identifiers",
            source: "X222 2010BA NM109, 2010BB NM109",
            next: "Take the member id and the payer id from the insurance card or an eligibility answer.",
        },
        check: coverage_identifiers,
    },
    Rule {
        about: About {
            id: "scrub/patient-demographics",
            version: 1,
            severity: Severity::Stop,
            title: "The patient has a birth date, a sex and an address",
            source: "X222 2010BA N3, N4, DMG; 2010CA N3, N4, DMG",
            next: "Complete the patient's registration.",
        },
        check: patient_demographics,
    },
];

fn billing_npi(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if claim.billing.npi.is_none() {
        report.fault(Spot::new("/billing/npi", "2010AA NM109"), "", "the billing provider has no NPI");
    }
}

fn npi_check_digit(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let mut look = |npi: Option<&Entered<Npi>>, spot: &dyn Fn() -> Spot| {
        if let Some(Entered::Invalid(text)) = npi {
            let why = Npi::parse(text).err().map(|why| why.to_string()).unwrap_or_default();
            report.fault(spot(), text, format!("not an NPI: {why}"));
        }
    };
    fn npi_of(provider: Option<&Provider>) -> Option<&Entered<Npi>> {
        provider?.npi.as_ref()
    }
    look(claim.billing.npi.as_ref(), &|| Spot::new("/billing/npi", "2010AA NM109"));
    look(npi_of(claim.referring.as_ref()), &|| Spot::new("/referring/npi", "2310A NM109"));
    look(npi_of(claim.rendering.as_ref()), &|| Spot::new("/rendering/npi", "2310B NM109"));
    let facility = claim.facility.as_ref().and_then(|facility| facility.npi.as_ref());
    look(facility, &|| Spot::new("/facility/npi", "2310C NM109"));
    look(npi_of(claim.supervising.as_ref()), &|| Spot::new("/supervising/npi", "2310D NM109"));
    for (index, line) in claim.lines.iter().enumerate() {
        look(npi_of(line.rendering.as_ref()), &|| Spot::line(index, "rendering/npi", "2420A NM109"));
        look(npi_of(line.ordering.as_ref()), &|| Spot::line(index, "ordering/npi", "2420E NM109"));
    }
}

fn rendering_npi(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let lacks_npi = |provider: Option<&Provider>| provider.is_some_and(|provider| provider.npi.is_none());
    if lacks_npi(claim.rendering.as_ref()) {
        report.fault(Spot::new("/rendering/npi", "2310B NM109"), "", "the rendering provider has no NPI");
    }
    for (index, line) in claim.lines.iter().enumerate() {
        if lacks_npi(line.rendering.as_ref()) {
            let message = format!("line {}: the rendering provider has no NPI", index + 1);
            report.fault(Spot::line(index, "rendering/npi", "2420A NM109"), "", message);
        }
    }
}

fn billing_taxonomy(claim: &Claim, context: &Context<'_>, report: &mut Report<'_>) {
    let spot = || Spot::new("/billing/taxonomy", "2000A PRV03");
    let Some(taxonomy) = &claim.billing.taxonomy else {
        if context.rules.payer.needs_taxonomy {
            report.fault(spot(), "", "this payer needs the billing provider's taxonomy");
        }
        return;
    };
    let shape =
        taxonomy.len() == 10 && taxonomy.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if !shape || !taxonomy.ends_with('X') {
        report.fault(spot(), taxonomy, "not a taxonomy code: ten letters and digits, the last an X");
        return;
    }
    let found = context.codes.lookup(CodeTable::Taxonomy, taxonomy, context.today);
    match found.status {
        CodeStatus::Valid => {}
        CodeStatus::Unknown => report.fault(spot(), taxonomy, format!("not in {}", found.edition)),
        CodeStatus::NotInForce => report.fault(spot(), taxonomy, format!("no longer in {}", found.edition)),
        CodeStatus::Header | CodeStatus::NotChecked => {
            report.not_checked(
                spot(),
                taxonomy,
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

fn coverage_identifiers(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if claim.subscriber.member_id.valid().is_none() {
        let spot = Spot::new("/subscriber/member_id", "2010BA NM109");
        report.fault(spot, "", "the member id is missing or not 2 to 80 printable characters");
    }
    if claim.payer.identifier.valid().is_none() {
        let spot = Spot::new("/payer/identifier", "2010BB NM109");
        let found = claim.payer.identifier.text();
        report.fault(spot, found, "the payer id is missing or not 2 to 15 letters and digits");
    }
    for (index, other) in claim.other_payers.iter().enumerate() {
        if other.member_id.valid().is_none() {
            let spot = Spot::new(format!("/other_payers/{index}/member_id"), "2330A NM109");
            report.fault(
                spot,
                "",
                "the other payer's member id is missing or not 2 to 80 printable characters",
            );
        }
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
