//! Numbers and addresses that cannot be what they are said to be, and providers in a part that
//! they cannot have.

use super::families::place_of;
use super::finding::{Check, Report, Rule, Severity, Spot};
use super::{Context, Rule as About, view};
use crate::claims::Claim;
use crate::claims::model::{Provider, ProviderName};
use crate::types::{Address, Entered, Phi};

pub(super) static RULES: [Rule; 6] = [
    Rule {
        about: About {
            id: "scrub/tax-id-issued",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "The billing provider's tax number is one that can be issued",
            source: "IRS, How EINs are assigned and valid EIN prefixes; SSA, randomization of social security numbers (no area 000, 666 or 9xx, group 00, serial 0000)",
            next: "Copy the number from the letter of the IRS or the social security card.",
        },
        check: Check::Professional(tax_id_issued),
    },
    Rule {
        about: About {
            id: "scrub/zip-state",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A ZIP code lies in the state of its address",
            source: "USPS Domestic Mail Manual, labeling list L002 (three-digit ZIP code prefixes); X222 N402, N403",
            next: "Correct the state or the ZIP code.",
        },
        check: Check::Professional(zip_state),
    },
    Rule {
        about: About {
            id: "scrub/service-facility",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A service in a facility says in which one",
            source: "X222 2310C (required when the place is not the billing provider's address); Medicare Claims Processing Manual chapter 26, 10.4 (item 32)",
            next: "Name the hospital or facility with its address and NPI.",
        },
        check: Check::Professional(service_facility),
    },
    Rule {
        about: About {
            id: "scrub/rendering-taxonomy",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "A person who renders services has a person's taxonomy",
            source: "NUCC taxonomy 25.1 (individuals, non-individuals); X222 2310B and 2420A PRV03",
            next: "Look the provider up in NPPES and enter the specialty of the person.",
        },
        check: Check::Professional(rendering_taxonomy),
    },
    Rule {
        about: About {
            id: "scrub/referring-person",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Stop,
            title: "Whoever refers, orders or supervises is a person",
            source: "X222 2310A, 2310D and 2420E NM102; 42 CFR 424.507(a)",
            next: "Name the physician or practitioner, not the practice.",
        },
        check: Check::Professional(referring_person),
    },
    Rule {
        about: About {
            id: "scrub/supervising-other",
            version: 1,
            kinds: view::PROFESSIONAL,
            severity: Severity::Warn,
            title: "Who supervises is somebody else than who renders",
            source: "X222 2310D (required when the rendering provider is supervised)",
            next: "Leave the supervising provider out, or name who rendered the service.",
        },
        check: Check::Professional(supervising_other),
    },
];

/// EIN prefixes that no campus of the IRS assigns.
const NO_EIN_PREFIX: [&str; 17] =
    ["00", "07", "08", "09", "17", "18", "19", "28", "29", "49", "69", "70", "78", "79", "89", "96", "97"];

fn tax_id_issued(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let Some(number) = claim.billing.tax_id.valid() else { return };
    let digits = number.as_str();
    let spot = || Spot::new("/billing/tax_id", "2010AA REF02");
    // Not shown: it may be a person's social security number.
    if digits.bytes().all(|digit| Some(digit) == digits.bytes().next()) {
        report.fault(spot(), "", "the tax number is one digit nine times");
    } else if claim.billing.tax_id_is_ssn {
        let none = digits.starts_with("000")
            || digits.starts_with("666")
            || digits.starts_with('9')
            || digits.get(3..5) == Some("00")
            || digits.ends_with("0000");
        if none {
            report.fault(spot(), "", "the tax number is no social security number that was ever issued");
        }
    } else if NO_EIN_PREFIX.iter().any(|prefix| digits.starts_with(prefix)) {
        // The IRS may open a prefix after this list.
        report.doubt(spot(), "", "the tax number begins with two digits that no EIN has");
    }
}

/// The first three digits of the ZIP codes of each state and territory, from and to.
const ZIP_PREFIXES: [(&str, &[(u16, u16)]); 62] = [
    ("AA", &[(340, 340)]),
    ("AE", &[(90, 99)]),
    ("AK", &[(995, 999)]),
    ("AL", &[(350, 369)]),
    ("AP", &[(962, 966)]),
    ("AR", &[(716, 729), (755, 755)]),
    ("AS", &[(967, 967)]),
    ("AZ", &[(850, 865)]),
    ("CA", &[(900, 961)]),
    ("CO", &[(800, 816)]),
    ("CT", &[(60, 69)]),
    ("DC", &[(200, 200), (202, 205), (569, 569)]),
    ("DE", &[(197, 199)]),
    ("FL", &[(320, 349)]),
    ("FM", &[(969, 969)]),
    ("GA", &[(300, 319), (398, 399)]),
    ("GU", &[(969, 969)]),
    ("HI", &[(967, 968)]),
    ("IA", &[(500, 528)]),
    ("ID", &[(832, 838)]),
    ("IL", &[(600, 629)]),
    ("IN", &[(460, 479)]),
    ("KS", &[(660, 679)]),
    ("KY", &[(400, 427)]),
    ("LA", &[(700, 714)]),
    ("MA", &[(10, 27), (55, 55)]),
    ("MD", &[(206, 219)]),
    ("ME", &[(39, 49)]),
    ("MH", &[(969, 969)]),
    ("MI", &[(480, 499)]),
    ("MN", &[(550, 567)]),
    ("MO", &[(630, 658)]),
    ("MP", &[(969, 969)]),
    ("MS", &[(386, 397)]),
    ("MT", &[(590, 599)]),
    ("NC", &[(270, 289)]),
    ("ND", &[(580, 588)]),
    ("NE", &[(680, 693)]),
    ("NH", &[(30, 38)]),
    ("NJ", &[(70, 89)]),
    ("NM", &[(870, 884)]),
    ("NV", &[(889, 898)]),
    ("NY", &[(5, 5), (63, 63), (100, 149)]),
    ("OH", &[(430, 459)]),
    ("OK", &[(730, 732), (734, 749)]),
    ("OR", &[(970, 979)]),
    ("PA", &[(150, 196)]),
    ("PR", &[(6, 7), (9, 9)]),
    ("PW", &[(969, 969)]),
    ("RI", &[(28, 29)]),
    ("SC", &[(290, 299)]),
    ("SD", &[(570, 577)]),
    ("TN", &[(370, 385)]),
    ("TX", &[(733, 733), (750, 799), (885, 885)]),
    ("UT", &[(840, 847)]),
    ("VA", &[(201, 201), (205, 205), (220, 246)]),
    ("VI", &[(8, 8)]),
    ("VT", &[(50, 54), (56, 59)]),
    ("WA", &[(980, 994)]),
    ("WI", &[(530, 549)]),
    ("WV", &[(247, 268)]),
    ("WY", &[(820, 831), (834, 834)]),
];

/// None where state or ZIP code cannot be read: other rules say so.
fn lies_in_its_state(address: &Address) -> Option<bool> {
    let state = address.state.valid()?.as_str();
    let prefix: u16 = address.zip.valid()?.as_str().get(..3)?.parse().ok()?;
    let found = ZIP_PREFIXES.binary_search_by_key(&state, |(state, _)| state).ok()?;
    Some(ZIP_PREFIXES[found].1.iter().any(|(first, last)| (*first..=*last).contains(&prefix)))
}

fn zip_state(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let subscriber = claim.subscriber.address.as_ref().map(Phi::expose);
    // Given twice when the patient is the subscriber: reported once.
    let patient = claim.patient.address.as_ref().map(Phi::expose).filter(|it| Some(*it) != subscriber);
    let all = [
        (Some(&claim.billing.address), "/billing/address/zip", "2010AA N403", "billing provider"),
        (claim.billing.pay_to.as_ref(), "/billing/pay_to/zip", "2010AB N403", "pay-to address"),
        (subscriber, "/subscriber/address/zip", "2010BA N403", "insured"),
        (patient, "/patient/address/zip", "2010CA N403", "patient"),
        (
            claim.facility.as_ref().map(|it| &it.address),
            "/facility/address/zip",
            "2310C N403",
            "service facility",
        ),
    ];
    for (address, pointer, element, whose) in all {
        if address.and_then(lies_in_its_state) == Some(false) {
            let message = format!("the ZIP code of the {whose} is not of the state of the address");
            report.fault(Spot::new(pointer, element), "", message);
        }
    }
}

/// Places that are a facility of somebody else than the practice: hospitals and their departments,
/// surgical centers, nursing facilities, hospices, psychiatric and rehabilitation facilities.
fn is_a_facility(place: &str) -> bool {
    matches!(place, "19" | "21" | "22" | "23" | "24" | "31" | "32" | "34" | "51" | "52" | "56" | "61")
}

fn service_facility(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    if claim.facility.is_some() {
        return;
    }
    if let Some(line) = claim.lines.iter().find(|line| is_a_facility(place_of(claim, line))) {
        let place = place_of(claim, line);
        let message = format!("services were given at place {place}, and the claim does not say where");
        report.fault(Spot::new("/facility", "2310C NM103"), place, message);
    }
}

/// Agencies, clinics, hospitals, laboratories, plans, homes, suppliers, transport and respite care.
fn is_taxonomy_of_an_organization(taxonomy: &str) -> bool {
    matches!(
        taxonomy.get(..2),
        Some("25" | "26" | "27" | "28" | "29" | "30" | "31" | "32" | "33" | "34" | "38")
    )
}

fn rendering_taxonomy(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let of_lines = claim.lines.iter().enumerate().filter_map(|(index, line)| {
        let pointer = || format!("/lines/{index}/rendering/taxonomy");
        line.rendering.as_deref().map(|provider| (provider, pointer(), "2420A PRV03"))
    });
    let of_claim = claim.rendering.as_ref();
    let of_claim = of_claim.map(|provider| (provider, "/rendering/taxonomy".to_owned(), "2310B PRV03"));
    for (provider, pointer, element) in of_claim.into_iter().chain(of_lines) {
        let is_person = matches!(provider.name, ProviderName::Person(_));
        let Some(taxonomy) = provider.taxonomy.as_deref().filter(|_| is_person) else { continue };
        if is_taxonomy_of_an_organization(taxonomy) {
            let message = format!("{taxonomy} is the taxonomy of an organization, and a person rendered");
            report.fault(Spot::new(pointer, element), taxonomy, message);
        }
    }
}

fn referring_person(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let mut look = |provider: Option<&Provider>, pointer: &str, element: &'static str, what: &str| {
        if provider.is_some_and(|provider| matches!(provider.name, ProviderName::Organization(_))) {
            let message = format!("who {what} is an organization");
            report.fault(Spot::new(format!("{pointer}/name"), element), "", message);
        }
    };
    look(claim.referring.as_ref(), "/referring", "2310A NM102", "referred the patient");
    look(claim.supervising.as_ref(), "/supervising", "2310D NM102", "supervised");
    for (index, line) in claim.lines.iter().enumerate().filter(|(_, line)| line.ordering.is_some()) {
        let pointer = format!("/lines/{index}/ordering");
        look(line.ordering.as_deref(), &pointer, "2420E NM102", "ordered the service");
    }
}

fn supervising_other(claim: &Claim, _: &Context<'_>, report: &mut Report<'_>) {
    let npi = |provider: &Provider| provider.npi.as_ref().and_then(Entered::valid).cloned();
    let (Some(supervising), Some(rendering)) = (&claim.supervising, &claim.rendering) else { return };
    if let Some(number) = npi(supervising).filter(|number| npi(rendering).as_ref() == Some(number)) {
        let message = "the rendering provider is said to be supervised by themselves";
        report.fault(Spot::new("/supervising/npi", "2310D NM109"), number.as_str(), message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::StateCode;

    #[test]
    fn every_state_has_its_zip_codes_sorted_as_the_lookup_needs_it() {
        assert!(ZIP_PREFIXES.is_sorted_by_key(|(state, _)| *state));
        for (state, ranges) in ZIP_PREFIXES {
            assert!(StateCode::parse(state).is_ok(), "{state}");
            assert!(ranges.iter().all(|(first, last)| first <= last && *last <= 999), "{state}");
        }
        assert_eq!(lies_in_its_state(&address("IL", "606011234")), Some(true));
        assert_eq!(lies_in_its_state(&address("IL", "53703")), Some(false));
        // Holtsville, where the tax is sent to, and Fishers Island, which is reached from Connecticut.
        assert_eq!(lies_in_its_state(&address("NY", "00501")), Some(true));
        assert_eq!(lies_in_its_state(&address("NY", "06390")), Some(true));
        assert_eq!(lies_in_its_state(&address("XX", "06390")), None);
    }

    fn address(state: &str, zip: &str) -> Address {
        let (line_1, city) = ("1 Elm Street".to_owned(), "Springfield".to_owned());
        Address { line_1, line_2: None, city, state: state.into(), zip: zip.into() }
    }
}
