//! Who bills, is insured and pays, and when.

use super::*;
use crate::claims::circumstances::{Attachment, MedicareSecondary, Transmission};

fn attached(claim: &mut Claim, number: Option<&str>) {
    claim.attachments = vec![Attachment {
        report: "OZ".into(),
        transmission: Transmission::Fax,
        control_number: number.map(str::to_owned),
    }];
}

fn crash(claim: &mut Claim) {
    claim.related_causes = vec![RelatedCause::AutoAccident];
    claim.accident_on = Some(day("2026-11-01"));
}

/// A visit to a patient in a hospital.
fn hospital_visit(it: &mut Scene) {
    it.at("21");
    it.bills(&[line("99231")]);
}

pub(super) const STORIES: &[Story] = &[
    story(
        "billing-npi",
        "/billing/npi",
        Stop,
        |it| it.claim.billing.npi = None,
        |it| it.claim.billing.npi = Some("1245319599".into()),
    ),
    story(
        "npi-check-digit",
        "/rendering/npi",
        Stop,
        |it| it.claim.rendering = Some(provider("1245319590")),
        |it| it.claim.rendering = Some(provider("1245319599")),
    ),
    story(
        "rendering-npi",
        "/rendering/npi",
        Stop,
        |it| it.claim.rendering = Some(Provider { npi: None, ..provider("1234567893") }),
        as_it_is,
    ),
    story(
        "billing-taxonomy",
        "/billing/taxonomy",
        Stop,
        |it| it.claim.billing.taxonomy = Some("FAMILY".into()),
        |it| it.claim.billing.taxonomy = Some("207R00000X".into()),
    ),
    story(
        "zip-plus-four",
        "/billing/address/zip",
        Stop,
        |it| it.claim.billing.address.zip = "62701".into(),
        |it| it.claim.billing.address.zip = "62701-9999".into(),
    ),
    story(
        "address",
        "/billing/address/state",
        Stop,
        |it| it.claim.billing.address.state = "XX".into(),
        |it| {
            it.claim.billing.address.state = "WI".into();
            it.claim.billing.address.zip = "537031234".into();
        },
    ),
    story(
        "billing-street-address",
        "/billing/address/line_1",
        Stop,
        |it| it.claim.billing.address.line_1 = "PO Box 12".into(),
        |it| it.claim.billing.address.line_1 = "12 Boxwood Lane".into(),
    ),
    story(
        "tax-id",
        "/billing/tax_id",
        Stop,
        |it| it.claim.billing.tax_id = "12345".into(),
        |it| it.claim.billing.tax_id = "12-3456780".into(),
    ),
    story(
        "coverage-identifiers",
        "/payer/identifier",
        Stop,
        |it| it.claim.payer.identifier = "60-054".into(),
        |it| it.claim.payer.identifier = "60055".into(),
    ),
    story(
        "patient-demographics",
        "/patient/sex",
        Stop,
        |it| it.claim.patient.sex = None,
        |it| it.claim.patient.sex = Some(Sex::Unknown),
    ),
    story(
        "tax-id-issued",
        "/billing/tax_id",
        Stop,
        |it| {
            it.claim.billing.tax_id = "666123456".into();
            it.claim.billing.tax_id_is_ssn = true;
        },
        |it| it.claim.billing.tax_id = "666123456".into(),
    ),
    story(
        // 07 is no prefix of the IRS's list, which may grow.
        "tax-id-issued",
        "/billing/tax_id",
        Warn,
        |it| it.claim.billing.tax_id = "073456789".into(),
        |it| it.claim.billing.tax_id = "063456789".into(),
    ),
    story(
        // 902 is Beverly Hills, 606 Chicago.
        "zip-state",
        "/patient/address/zip",
        Warn,
        |it| {
            it.dependent(Relationship::Spouse, "1972-01-01");
            it.claim.patient.address =
                Some(Phi::new(Address { zip: "90210".into(), ..address("2 Oak Street") }));
        },
        |it| {
            it.dependent(Relationship::Spouse, "1972-01-01");
            it.claim.patient.address =
                Some(Phi::new(Address { zip: "60611".into(), ..address("2 Oak Street") }));
        },
    ),
    story(
        "service-facility",
        "/facility",
        Warn,
        |it| it.claim.place_of_service = "22".into(),
        |it| it.at("22"),
    ),
    story(
        // A hospital, and internal medicine.
        "rendering-taxonomy",
        "/rendering/taxonomy",
        Warn,
        |it| it.claim.rendering.as_mut().unwrap().taxonomy = Some("282N00000X".into()),
        |it| it.claim.rendering.as_mut().unwrap().taxonomy = Some("207R00000X".into()),
    ),
    story(
        "referring-person",
        "/referring/name",
        Stop,
        |it| {
            let name = ProviderName::Organization("Lakeside Family Practice".into());
            it.claim.referring = Some(Provider { name, ..provider("1245319599") });
        },
        |it| it.claim.referring = Some(provider("1245319599")),
    ),
    story(
        "supervising-other",
        "/supervising/npi",
        Warn,
        |it| it.claim.supervising = Some(provider("1234567893")),
        |it| it.claim.supervising = Some(provider("1245319599")),
    ),
    story(
        // A number of the old form: social security number and a letter.
        "medicare-number",
        "/subscriber/member_id",
        Stop,
        |it| {
            it.medicare();
            it.claim.subscriber.member_id = "123456789A".into();
        },
        Scene::medicare,
    ),
    story(
        // The letter S, which no identifier has; before 2020 other numbers were taken.
        "medicare-number",
        "/subscriber/member_id",
        Stop,
        |it| {
            it.medicare();
            it.claim.subscriber.member_id = "1SG4TE5MK73".into();
        },
        |it| {
            it.payer("MB");
            it.rules.payer.timely_filing_days = Some(5_000);
            it.bills(&[line("99213").on("2019-12-31")]);
        },
    ),
    story(
        "medicare-patient",
        "/patient/relationship",
        Stop,
        |it| {
            it.medicare();
            it.dependent(Relationship::Spouse, "1972-01-01");
        },
        Scene::medicare,
    ),
    story(
        "dependent-identity",
        "/patient/relationship",
        Warn,
        |it| it.claim.patient.relationship = Relationship::Spouse,
        |it| it.dependent(Relationship::Spouse, "1972-01-01"),
    ),
    story(
        // 26 on 2025-02-01.
        "dependent-child",
        "/patient/relationship",
        Warn,
        |it| it.dependent(Relationship::Child, "1999-02-01"),
        |it| it.dependent(Relationship::Child, "2001-02-01"),
    ),
    story(
        "dependent-child",
        "/patient/relationship",
        Warn,
        |it| it.dependent(Relationship::Child, "1965-02-01"),
        |it| it.dependent(Relationship::Spouse, "1965-02-01"),
    ),
    story("birth-date", "/patient/born_on", Stop, |it| it.born("1901-05-05"), |it| it.born("1902-05-05")),
    story(
        "death-date",
        "/patient/died_on",
        Stop,
        |it| it.claim.patient.died_on = Some(Phi::new(day("2026-11-24"))),
        |it| it.claim.patient.died_on = Some(Phi::new(day("2026-11-23"))),
    ),
    story(
        "person-name",
        "/subscriber/name",
        Stop,
        |it| it.claim.subscriber.name = Phi::new(PersonName::new("Unknown", "Jane")),
        |it| it.claim.subscriber.name = Phi::new(PersonName::new("O'Neil-Tester", "Jane")),
    ),
    story(
        "earlier-payer-decision",
        "/other_payers/0/decision",
        Stop,
        |it| {
            it.claim.sequence = PayerSequence::Secondary;
            it.other_payer(PayerSequence::Primary, false);
        },
        |it| {
            it.claim.sequence = PayerSequence::Secondary;
            it.other_payer(PayerSequence::Primary, true);
        },
    ),
    story(
        "payer-twice",
        "/other_payers/0/member_id",
        Stop,
        |it| {
            it.other_payer(PayerSequence::Secondary, false);
            it.claim.other_payers[0].payer.identifier = "60054".into();
            it.claim.other_payers[0].member_id = "W123456789".into();
        },
        // Insured by one plan twice, once as a spouse.
        |it| {
            it.other_payer(PayerSequence::Secondary, false);
            it.claim.other_payers[0].payer.identifier = "60054".into();
            it.claim.other_payers[0].member_id = "W999999999".into();
        },
    ),
    story(
        "medicaid-last",
        "/other_payers/0/sequence",
        Warn,
        |it| {
            it.payer("MC");
            it.other_payer(PayerSequence::Secondary, false);
        },
        |it| {
            it.payer("MC");
            it.claim.sequence = PayerSequence::Secondary;
            it.other_payer(PayerSequence::Primary, true);
        },
    ),
    story(
        "casualty-cause",
        "/related_causes",
        Warn,
        |it| it.payer("WC"),
        |it| {
            it.payer("WC");
            it.claim.related_causes = vec![RelatedCause::Employment];
        },
    ),
    story(
        "casualty-cause",
        "/related_causes",
        Warn,
        |it| it.payer("AM"),
        |it| {
            it.payer("AM");
            crash(&mut it.claim);
            it.claim.accident_state = Some("IL".into());
        },
    ),
    story(
        "patient-paid",
        "/patient_paid",
        Stop,
        |it| it.claim.patient_paid = Some(Money::from_cents(15_001)),
        |it| it.claim.patient_paid = Some(Money::from_cents(15_000)),
    ),
    story(
        "provider-signature",
        "/signature_on_file",
        Stop,
        |it| it.claim.signature_on_file = false,
        as_it_is,
    ),
    story(
        "benefits-assigned",
        "/benefits_assigned",
        Warn,
        |it| it.claim.benefits_assigned = false,
        |it| (it.claim.accepts_assignment, it.claim.benefits_assigned) = (false, false),
    ),
    story(
        "mandatory-assignment",
        "/accepts_assignment",
        Stop,
        |it| {
            it.medicare_orders(&[line("99213"), line("80053")]);
            it.claim.accepts_assignment = false;
        },
        |it| {
            it.medicare();
            it.claim.accepts_assignment = false;
        },
    ),
    story(
        "number-placeholder",
        "/prior_authorization",
        Stop,
        |it| it.claim.prior_authorization = Some("pending".into()),
        |it| it.claim.prior_authorization = Some("NA778".into()),
    ),
    story(
        "referral-without-referrer",
        "/referring",
        Warn,
        |it| it.claim.referral_number = Some("R77".into()),
        |it| {
            it.claim.referral_number = Some("R77".into());
            it.claim.referring = Some(provider("1245319599"));
        },
    ),
    story(
        "mammography-number",
        "/lines/0/mammography_number",
        Stop,
        |it| it.medicare_orders(&[line("77067")]),
        |it| {
            it.medicare_orders(&[line("77067")]);
            it.claim.mammography_number = Some("M12345".into());
        },
    ),
    story("line-count", "/lines", Stop, |it| it.bills(&[]), |it| it.bills(&[line("99213"), line("85025")])),
    story("total-charge", "/charged", Stop, |it| it.claim.charged = Money::from_cents(14_999), as_it_is),
    story(
        "line-charge",
        "/lines/0/charged",
        Stop,
        |it| it.bills(&[ServiceLine { charged: Money::from_cents(-1), ..line("99213") }]),
        |it| it.bills(&[ServiceLine { charged: Money::from_cents(1), ..line("99213") }]),
    ),
    story(
        "units",
        "/lines/0/units",
        Stop,
        |it| it.bills(&[line("97110").times(0)]),
        |it| {
            it.bills(&[line("97110").times(2)]);
        },
    ),
    story(
        "drug",
        "/lines/0/drug/ndc",
        Stop,
        |it| {
            let drug = Drug { ndc: "0517-1820-01".into(), quantity: Decimal::ONE, unit: "ML".into() };
            it.bills(&[ServiceLine { drug: Some(Box::new(drug)), ..line("J1885") }]);
        },
        |it| {
            let drug = Drug { ndc: "00517182001".into(), quantity: Decimal::ONE, unit: "ML".into() };
            it.bills(&[ServiceLine { drug: Some(Box::new(drug)), ..line("J1885") }]);
        },
    ),
    story(
        "other-payer-balance",
        "/other_payers/0/decision/paid",
        Stop,
        |it| {
            it.claim.sequence = PayerSequence::Secondary;
            it.other_payer(PayerSequence::Primary, true);
            it.claim.other_payers[0].decision.as_mut().unwrap().paid = Money::from_cents(9_999);
        },
        |it| {
            it.claim.sequence = PayerSequence::Secondary;
            it.other_payer(PayerSequence::Primary, true);
        },
    ),
    story(
        "frequency",
        "/payer_claim_control_number",
        Stop,
        |it| it.claim.frequency = Frequency::Replacement,
        |it| {
            it.claim.frequency = Frequency::Replacement;
            it.claim.payer_claim_control_number = Some("2026314001".into());
        },
    ),
    story(
        "service-date",
        "/lines/0/thru",
        Stop,
        |it| it.claim.lines[0].thru = Some(day("2026-11-09")),
        |it| it.claim.lines[0].thru = Some(day("2026-11-10")),
    ),
    story(
        "service-date-future",
        "/lines/0/from",
        Stop,
        |it| it.claim.lines[0].from = Some(day("2026-11-24")),
        |it| it.claim.lines[0].from = Some(day(TODAY)),
    ),
    story(
        "service-date-lifetime",
        "/lines/0/from",
        Stop,
        |it| it.claim.patient.died_on = Some(Phi::new(day("2026-11-09"))),
        |it| it.claim.patient.died_on = Some(Phi::new(day("2026-11-10"))),
    ),
    story(
        "accident-date",
        "/accident_on",
        Stop,
        |it| it.claim.related_causes = vec![RelatedCause::OtherAccident],
        |it| {
            it.claim.related_causes = vec![RelatedCause::OtherAccident];
            it.claim.accident_on = Some(day("2026-11-01"));
        },
    ),
    story("admission-date", "/admitted_on", Stop, hospital_visit, |it| {
        hospital_visit(it);
        it.claim.admitted_on = Some(day("2026-11-08"));
    }),
    story(
        // Ten days before the last day of the payer's limit there is a warning.
        "timely-filing",
        "/lines/0/from",
        Stop,
        |it| it.rules.payer.timely_filing_days = Some(12),
        |it| it.rules.payer.timely_filing_days = Some(90),
    ),
    story(
        "stay-dates",
        "/discharged_on",
        Stop,
        |it| {
            it.claim.admitted_on = Some(day("2026-11-08"));
            it.claim.discharged_on = Some(day("2026-11-07"));
        },
        |it| {
            it.claim.admitted_on = Some(day("2026-11-08"));
            it.claim.discharged_on = Some(day("2026-11-08"));
        },
    ),
    story(
        "service-in-stay",
        "/lines/0/from",
        Stop,
        |it| {
            hospital_visit(it);
            it.claim.admitted_on = Some(day("2026-11-11"));
        },
        |it| {
            hospital_visit(it);
            it.claim.admitted_on = Some(day("2026-11-10"));
            it.claim.discharged_on = Some(day("2026-11-10"));
        },
    ),
    story(
        "service-in-stay",
        "/lines/0/from",
        Stop,
        |it| {
            hospital_visit(it);
            it.claim.admitted_on = Some(day("2026-11-08"));
            it.claim.discharged_on = Some(day("2026-11-09"));
        },
        // After the stay, at the office.
        |it| {
            it.claim.admitted_on = Some(day("2026-11-08"));
            it.claim.discharged_on = Some(day("2026-11-09"));
        },
    ),
    story(
        "course-dates",
        "/onset_on",
        Stop,
        |it| it.claim.onset_on = Some(day("2026-11-11")),
        |it| it.claim.onset_on = Some(day("2026-11-09")),
    ),
    story(
        "last-menstrual-period",
        "/last_menstrual_period_on",
        Warn,
        |it| it.bills(&[line("59400")]),
        |it| {
            it.bills(&[line("59400")]);
            it.claim.last_menstrual_period_on = Some(day("2026-02-03"));
        },
    ),
    story(
        "accident-state",
        "/accident_state",
        Stop,
        |it| crash(&mut it.claim),
        |it| {
            crash(&mut it.claim);
            it.claim.accident_state = Some("IL".into());
        },
    ),
    story(
        "employment-accident-date",
        "/accident_on",
        Warn,
        |it| {
            it.diagnoses(&["S82.161A"]);
            it.claim.related_causes = vec![RelatedCause::Employment];
        },
        |it| {
            it.diagnoses(&["S82.161A"]);
            it.claim.related_causes = vec![RelatedCause::Employment];
            it.claim.accident_on = Some(day("2026-11-09"));
        },
    ),
    story(
        "medicare-secondary",
        "/medicare_secondary",
        Stop,
        |it| {
            it.medicare();
            it.claim.sequence = PayerSequence::Secondary;
        },
        |it| {
            it.medicare();
            it.claim.sequence = PayerSequence::Secondary;
            it.claim.medicare_secondary = Some(MedicareSecondary::WorkingAged);
        },
    ),
    story(
        "attachment-number",
        "/attachments/0/control_number",
        Stop,
        |it| attached(&mut it.claim, None),
        |it| attached(&mut it.claim, Some("A12")),
    ),
];
