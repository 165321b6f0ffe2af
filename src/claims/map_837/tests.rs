use chrono::NaiveDate;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::claims::circumstances::{
    Attachment, DelayReason, MedicareSecondary, SpecialProgram, Transmission,
};
use crate::claims::model::*;
use crate::registry::{Contact, InterchangeParty, Receiver, Submitter};
use crate::types::{Address, Carc, ClaimId, Entered, GroupCode, MemberId, Money, Npi, PersonName, Phi, Sex};
use crate::x12::{Delimiters, Render, Written};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn address(line_1: &str) -> Address {
    Address {
        line_1: line_1.into(),
        line_2: None,
        city: "SPRINGFIELD".into(),
        state: "IL".into(),
        zip: "627011234".into(),
    }
}

/// A valid claim of one line: the patient is the subscriber.
fn claim() -> Claim {
    let name = Phi::new(PersonName::new("ROE", "JANE"));
    Claim {
        id: ClaimId::new(),
        patient_control_number: Some("T00000001X".into()),
        frequency: Frequency::Original,
        payer_claim_control_number: None,
        sequence: PayerSequence::Primary,
        medicare_secondary: None,
        payer: Payer {
            id: None,
            identifier: "SBXMEDB".into(),
            name: "SANDBOX MEDICARE".into(),
            filing_indicator: "MB".into(),
        },
        billing: BillingProvider {
            name: ProviderName::Organization("LAKESIDE FAMILY PRACTICE".into()),
            npi: Some("1234567893".into()),
            taxonomy: Some("207Q00000X".into()),
            tax_id: "123456789".into(),
            tax_id_is_ssn: false,
            address: address("1 LAKE ST"),
            pay_to: None,
        },
        subscriber: Subscriber {
            name: name.clone(),
            member_id: "1EG4TE5MK73".into(),
            group_number: None,
            group_name: None,
            born_on: Some(Phi::new(day("1950-02-03"))),
            sex: Some(Sex::Female),
            address: Some(Phi::new(address("2 OAK AVE"))),
        },
        patient: Patient {
            relationship: Relationship::Itself,
            name,
            born_on: Some(Phi::new(day("1950-02-03"))),
            died_on: None,
            sex: Some(Sex::Female),
            address: Some(Phi::new(address("2 OAK AVE"))),
        },
        charged: Money::from_cents(15_000),
        patient_paid: None,
        place_of_service: "11".into(),
        signature_on_file: true,
        accepts_assignment: true,
        benefits_assigned: true,
        release_of_information: true,
        signed_for_patient: false,
        related_causes: vec![],
        accident_state: None,
        accident_country: None,
        special_program: None,
        delay_reason: None,
        diagnoses: vec!["E11.9".into(), "I10".into()],
        referring: None,
        rendering: None,
        facility: None,
        supervising: None,
        onset_on: None,
        initial_treatment_on: None,
        last_seen_on: None,
        acute_manifestation_on: None,
        last_menstrual_period_on: None,
        accident_on: None,
        admitted_on: None,
        discharged_on: None,
        prior_authorization: None,
        referral_number: None,
        attachments: vec![],
        mammography_number: None,
        clia_number: None,
        note: None,
        other_payers: vec![],
        lines: vec![line("99213", 15_000)],
    }
}

fn line(procedure: &str, cents: i64) -> ServiceLine {
    ServiceLine {
        control_number: Some("L1".into()),
        procedure: procedure.into(),
        modifiers: vec!["25".into()],
        description: None,
        charged: Money::from_cents(cents),
        unit: Unit::Units,
        units: Decimal::ONE,
        place_of_service: None,
        pointers: vec![1, 2],
        from: Some(day("2026-11-02")),
        thru: None,
        rendering: None,
        ordering: None,
        prior_authorization: None,
        attachments: vec![],
        mammography_number: None,
        clia_number: None,
        drug: None,
        adjudications: vec![],
    }
}

/// The set as text, a segment a line.
fn written(claims: &[Claim]) -> String {
    let party = |id: &str| InterchangeParty {
        qualifier: "ZZ".parse().unwrap(),
        id: id.parse().unwrap(),
        application: id.parse().unwrap(),
    };
    let submitter = Submitter {
        name: "LAKESIDE FAMILY PRACTICE".into(),
        identifier: "LAKESIDE".parse().unwrap(),
        interchange: party("LAKESIDE"),
        contact: Contact {
            name: "BILLING".into(),
            telephone: "2175550100".parse().unwrap(),
            email: Some("BILLING@LAKESIDE.EXAMPLE".parse().unwrap()),
        },
    };
    let receiver = Receiver {
        name: "SANDBOX MEDICARE".into(),
        identifier: "SBXMEDB".parse().unwrap(),
        interchange: party("SBXMEDB"),
    };
    let head = Head {
        reference: "T0SBXMEDB000000001",
        created: day("2026-11-23").and_hms_opt(8, 30, 0).unwrap(),
        submitter: &submitter,
        receiver: &receiver,
    };
    let outgoing: Vec<Outgoing<'_>> = claims
        .iter()
        .map(|claim| Outgoing {
            claim,
            control_number: claim.patient_control_number.as_deref().unwrap_or_default(),
        })
        .collect();
    let mut out = Render::new(Delimiters::USUAL).with_line_breaks();
    to_837(head, &outgoing).write(&mut out);
    let segments = out.segments() + 2;
    let body = String::from_utf8(out.into_bytes()).unwrap();
    format!("ST*837*0001*005010X222A1~\n{body}SE*{segments}*0001~\n")
}

fn read_again(claims: &[Claim]) -> Vec<Mapped> {
    let text = written(claims);
    let read = read(text.as_bytes());
    assert!(read.errors.is_empty(), "{:?}\n{text}", read.errors);
    read.claims.into_iter().map(|claim| claim.mapped).collect()
}

#[test]
fn a_claim_is_written_as_the_guide_lays_it_out() {
    let expected = "\
ST*837*0001*005010X222A1~
BHT*0019*00*T0SBXMEDB000000001*20261123*0830*CH~
NM1*41*2*LAKESIDE FAMILY PRACTICE*****46*LAKESIDE~
PER*IC*BILLING*TE*2175550100*EM*BILLING@LAKESIDE.EXAMPLE~
NM1*40*2*SANDBOX MEDICARE*****46*SBXMEDB~
HL*1**20*1~
PRV*BI*PXC*207Q00000X~
NM1*85*2*LAKESIDE FAMILY PRACTICE*****XX*1234567893~
N3*1 LAKE ST~
N4*SPRINGFIELD*IL*627011234~
REF*EI*123456789~
HL*2*1*22*0~
SBR*P*18*******MB~
NM1*IL*1*ROE*JANE****MI*1EG4TE5MK73~
N3*2 OAK AVE~
N4*SPRINGFIELD*IL*627011234~
DMG*D8*19500203*F~
NM1*PR*2*SANDBOX MEDICARE*****PI*SBXMEDB~
CLM*T00000001X*150***11:B:1*Y*A*Y*Y~
HI*ABK:E119*ABF:I10~
LX*1~
SV1*HC:99213:25*150*UN*1***1:2~
DTP*472*D8*20261102~
REF*6R*L1~
SE*25*0001~
";
    assert_eq!(written(&[claim()]), expected);
}

#[test]
fn dependents_stand_under_their_subscriber_and_every_person_once() {
    let mut child = claim();
    child.patient_control_number = Some("T00000002X".into());
    child.patient = Patient {
        relationship: Relationship::Child,
        name: Phi::new(PersonName::new("ROE", "JIM")),
        born_on: Some(Phi::new(day("2015-05-05"))),
        died_on: None,
        sex: Some(Sex::Male),
        address: Some(Phi::new(address("2 OAK AVE"))),
    };
    let mut again = child.clone();
    again.patient_control_number = Some("T00000003X".into());
    let mut other_payer = claim();
    other_payer.patient_control_number = Some("T00000004X".into());
    other_payer.payer.identifier = "SBXCI".into();
    let all = [claim(), child, again, other_payer];
    let text = written(&all);
    let levels: Vec<&str> =
        text.lines().filter(|line| line.starts_with("HL*") || line.starts_with("CLM*")).collect();
    assert_eq!(
        levels,
        [
            "HL*1**20*1~",
            "HL*2*1*22*0~",
            "CLM*T00000001X*150***11:B:1*Y*A*Y*Y~",
            "HL*3*1*22*1~",
            "HL*4*3*23*0~",
            "CLM*T00000002X*150***11:B:1*Y*A*Y*Y~",
            "CLM*T00000003X*150***11:B:1*Y*A*Y*Y~",
            "HL*5*1*22*0~",
            "CLM*T00000004X*150***11:B:1*Y*A*Y*Y~",
        ]
    );
    for (meant, read) in all.iter().zip(read_again(&all)) {
        assert_eq!(differences(meant, &read.claim), Vec::<String>::new());
    }
}

/// A secondary claim: the first payer allowed 120 of 150, paid 96, left 24 to the patient.
fn secondary() -> Claim {
    let mut claim = claim();
    claim.sequence = PayerSequence::Secondary;
    let adjustments = vec![
        Adjustment {
            group: GroupCode::ContractualObligation,
            reason: Carc::parse("45").unwrap(),
            amount: Money::from_cents(3_000),
            quantity: None,
        },
        Adjustment {
            group: GroupCode::PatientResponsibility,
            reason: Carc::parse("2").unwrap(),
            amount: Money::from_cents(2_400),
            quantity: None,
        },
    ];
    claim.other_payers.push(OtherPayer {
        sequence: PayerSequence::Primary,
        medicare_secondary: None,
        relationship: Relationship::Itself,
        payer: Payer {
            id: None,
            identifier: "SBXCI".into(),
            name: "SANDBOX COMMERCIAL".into(),
            filing_indicator: "CI".into(),
        },
        group_number: Some("G100".into()),
        subscriber: Phi::new(PersonName::new("ROE", "JANE")),
        member_id: "W123".into(),
        benefits_assigned: true,
        decision: Some(OtherPayerDecision {
            paid: Money::from_cents(9_600),
            remaining_patient_liability: Some(Money::from_cents(2_400)),
            adjustments: vec![],
            payer_claim_control_number: Some("PCN77".into()),
            decided_on: Some(day("2026-11-20")),
        }),
    });
    claim.lines[0].adjudications.push(LineAdjudication {
        payer_identifier: "SBXCI".into(),
        paid: Money::from_cents(9_600),
        procedure: "99213".into(),
        modifiers: vec!["25".into()],
        units: Decimal::ONE,
        adjustments,
        decided_on: Some(day("2026-11-20")),
    });
    claim
}

#[test]
fn what_the_first_payer_decided_stands_on_the_line_and_balances() {
    let claim = secondary();
    let text = written(std::slice::from_ref(&claim));
    let from = text.find("SBR*P").unwrap();
    let expected = "\
SBR*P*18*G100******CI~
AMT*D*96~
AMT*EAF*24~
OI***Y***Y~
NM1*IL*1*ROE*JANE****MI*W123~
NM1*PR*2*SANDBOX COMMERCIAL*****PI*SBXCI~
REF*F8*PCN77~
LX*1~
SV1*HC:99213:25*150*UN*1***1:2~
DTP*472*D8*20261102~
REF*6R*L1~
SVD*SBXCI*96*HC:99213:25**1~
CAS*CO*45*30~
CAS*PR*2*24~
DTP*573*D8*20261120~
";
    assert_eq!(&text[from..text.find("SE*").unwrap()], expected);
    let line = &claim.lines[0].adjudications[0];
    let adjusted: Money = line.adjustments.iter().map(|one| one.amount).sum();
    assert_eq!(claim.lines[0].charged, line.paid + adjusted);
    let read = read_again(std::slice::from_ref(&claim)).remove(0);
    assert_eq!(differences(&claim, &read.claim), Vec::<String>::new());
}

/// After an auto accident no-fault insurance paid first; every rare field is filled.
fn everything() -> Claim {
    let paper = |report: &str, way: &str, number: Option<&str>| Attachment {
        report: report.into(),
        transmission: Transmission::from_code(way),
        control_number: number.map(str::to_owned),
    };
    let mut claim = secondary();
    claim.medicare_secondary = Some(MedicareSecondary::NoFault);
    claim.signed_for_patient = true;
    claim.related_causes = vec![RelatedCause::AutoAccident, RelatedCause::OtherAccident];
    claim.accident_state = Some("IL".into());
    claim.special_program = Some(SpecialProgram::Disability);
    claim.delay_reason = Some(DelayReason::Authorization);
    claim.onset_on = Some(day("2026-10-01"));
    claim.initial_treatment_on = Some(day("2026-10-02"));
    claim.last_seen_on = Some(day("2026-10-03"));
    claim.acute_manifestation_on = Some(day("2026-10-04"));
    claim.accident_on = Some(day("2026-09-30"));
    claim.last_menstrual_period_on = Some(day("2026-08-01"));
    claim.admitted_on = Some(day("2026-11-01"));
    claim.discharged_on = Some(day("2026-11-03"));
    claim.attachments = vec![paper("OZ", "FX", Some("A12")), paper("RR", "AA", None)];
    claim.mammography_number = Some("M12345".into());
    claim.referral_number = Some("R77".into());
    claim.prior_authorization = Some("AUTH7".into());
    claim.clia_number = Some("11D2030122".into());
    claim.note = Some(Phi::new("SEE THE REPORT".into()));
    claim.lines[0].attachments = vec![paper("OB", "BM", Some("B34"))];
    claim.lines[0].mammography_number = Some("M99999".into());
    claim.lines[0].clia_number = Some("11D2030999".into());
    claim
}

#[test]
fn a_claim_that_says_everything_is_written_as_the_guide_lays_it_out_and_read_back_the_same() {
    let expected = include_str!("../../../tests/data/claim_with_everything.837");
    let set = &expected[expected.find("ST*").unwrap()..expected.find("GE*").unwrap()];
    let claim = everything();
    assert_eq!(written(std::slice::from_ref(&claim)), set);
    let read = read_again(std::slice::from_ref(&claim)).remove(0);
    assert_eq!(differences(&claim, &read.claim), Vec::<String>::new());
    assert_eq!(read.unmapped, std::collections::BTreeSet::new());
}

#[test]
fn every_rare_field_that_is_lost_on_the_way_is_named() {
    let meant = everything();
    let mut read = meant.clone();
    read.medicare_secondary = None;
    read.signed_for_patient = false;
    read.accident_state = Some("WI".into());
    read.accident_country = Some("CAN".into());
    read.special_program = None;
    read.delay_reason = Some(DelayReason::Litigation);
    read.attachments[0].control_number = None;
    read.lines[0].attachments.clear();
    let mut found = differences(&meant, &read);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "/accident_country",
            "/accident_state",
            "/attachments/0/control_number",
            "/delay_reason",
            "/lines/0/attachments/0",
            "/medicare_secondary",
            "/signed_for_patient",
            "/special_program",
        ]
    );
}

#[test]
fn a_claim_that_was_kept_before_a_field_was_known_is_read_without_it() {
    let mut kept = serde_json::to_value(claim()).unwrap();
    let fields = kept.as_object_mut().unwrap();
    for field in ["medicare_secondary", "signed_for_patient", "accident_state", "delay_reason", "attachments"]
    {
        fields.remove(field).unwrap();
    }
    assert_eq!(serde_json::from_value::<Claim>(kept).unwrap().attachments, []);
}

#[test]
fn a_difference_is_named_by_its_place() {
    let meant = secondary();
    let mut read = meant.clone();
    read.id = ClaimId::new();
    read.lines[0].charged = Money::from_cents(15_001);
    read.subscriber.member_id = Entered::Valid(MemberId::parse("OTHER").unwrap());
    read.other_payers[0].decision = None;
    read.subscriber.name = Phi::new(PersonName::new("Roe", "jane"));
    assert_eq!(
        differences(&meant, &read),
        ["/subscriber/member_id", "/other_payers/0/decision", "/lines/0/charged"]
    );
}

#[test]
fn what_a_claim_cannot_hold_is_named() {
    let text = written(&[claim()])
        .replace("*Y*A*Y*Y~", "*Y*A*Y*Y*B~")
        .replace("HI*ABK", "DTP*297*D8*20261101~\nHI*ABK")
        .replace("SE*25", "SE*26");
    let read = read(text.as_bytes());
    let unmapped: Vec<&str> = read.claims[0].mapped.unmapped.iter().map(String::as_str).collect();
    assert_eq!(unmapped, ["2300 CLM10", "2300 DTP*297"]);
}

#[test]
fn a_claim_that_cannot_be_read_is_named_by_its_number() {
    let text = written(&[claim()]).replace("*150***11:B:1*", "*A LOT***11:B:1*");
    let read = read(text.as_bytes());
    assert!(read.claims.is_empty());
    let at = text.find("CLM*").unwrap() as u64;
    assert_eq!(read.unreadable, [("T00000001X".to_owned(), at)]);
}

fn npi() -> impl Strategy<Value = Option<Entered<Npi>>> {
    prop::option::of(
        (100_000_000_u32..299_999_999)
            .prop_map(|base| Entered::Valid(Npi::with_check_digit(&base.to_string()).unwrap())),
    )
}
fn word() -> impl Strategy<Value = String> {
    "[A-Z][A-Z0-9]{1,9}"
}
fn person() -> impl Strategy<Value = PersonName> {
    (word(), prop::option::of(word()), prop::option::of(word()), prop::option::of("JR|III"))
        .prop_map(|(last, first, middle, suffix)| PersonName { last, first, middle, suffix })
}
fn some_day() -> impl Strategy<Value = NaiveDate> {
    (700_000_i32..739_000).prop_map(|days| NaiveDate::from_num_days_from_ce_opt(days).unwrap())
}
fn provider(taxonomy: bool) -> impl Strategy<Value = Provider> {
    (person(), npi(), prop::option::of(Just("207R00000X".to_owned()))).prop_map(move |(name, npi, code)| {
        Provider { name: ProviderName::Person(name), npi, taxonomy: code.filter(|_| taxonomy) }
    })
}
fn adjustment() -> impl Strategy<Value = Adjustment> {
    let group = prop::sample::select(GroupCode::ALL.to_vec());
    (group, 1_u32..300, -99_999_i64..99_999, prop::option::of(1_u32..9)).prop_map(
        |(group, reason, cents, quantity)| Adjustment {
            group,
            reason: Carc::parse(&reason.to_string()).unwrap(),
            amount: Money::from_cents(cents),
            quantity: quantity.map(Decimal::from),
        },
    )
}
fn some_line() -> impl Strategy<Value = ServiceLine> {
    let more = (
        prop::option::of(provider(true)),
        prop::option::of(provider(false)),
        prop::option::of(word()),
        prop::option::of((1_i64..9_999).prop_map(|milli| Drug {
            ndc: "00002143380".into(),
            quantity: Decimal::new(milli, 3).normalize(),
            unit: "ML".into(),
        })),
        prop::collection::vec((prop::collection::vec(adjustment(), 0..12), 0_i64..9_999), 0..2),
        prop::bool::ANY,
        some_day(),
        prop::option::of(1_i64..30),
    );
    ("[0-9]{5}", prop::collection::vec("[A-Z0-9]{2}", 0..5), 1_i64..99_999, 1_u32..40, more).prop_map(
        |(procedure, modifiers, cents, units, more)| {
            let (rendering, ordering, authorization, drug, decided, minutes, from, days) = more;
            let decided = decided.into_iter().map(|(adjustments, paid)| LineAdjudication {
                payer_identifier: "SBXCI".into(),
                paid: Money::from_cents(paid),
                procedure: procedure.as_str().into(),
                modifiers: vec![],
                units: Decimal::from(units),
                adjustments,
                decided_on: Some(day("2026-11-20")),
            });
            ServiceLine {
                modifiers: modifiers.iter().map(|code| code.as_str().into()).collect(),
                unit: if minutes { Unit::Minutes } else { Unit::Units },
                units: Decimal::from(units),
                thru: days.map(|days| from + chrono::TimeDelta::days(days)),
                from: Some(from),
                rendering: rendering.map(Box::new),
                ordering: ordering.map(Box::new),
                prior_authorization: authorization,
                drug: drug.map(Box::new),
                adjudications: decided.collect(),
                ..line(&procedure, cents)
            }
        },
    )
}
fn some_claim() -> impl Strategy<Value = Claim> {
    let parties = (
        prop::option::of((person(), prop::option::of(some_day()))),
        prop::option::of(provider(false)),
        prop::option::of(provider(true)),
        prop::option::of(provider(false)),
        npi(),
        prop::bool::ANY,
        prop::bool::ANY,
    );
    let facts = (
        prop::option::of(some_day()),
        prop::option::of(some_day()),
        prop::option::of(word()),
        prop::option::of(word()),
        prop::option::of("[A-Z0-9 ,.]{1,40}[A-Z]"),
        prop::option::of(0_i64..9_999),
        prop::collection::vec("[A-TV-Z][0-9][0-9]{1,5}", 1..13),
    );
    let decided = prop::option::of((prop::collection::vec(adjustment(), 0..9), 0_i64..99_999));
    (parties, facts, decided, prop::collection::vec(some_line(), 1..4)).prop_map(
        |(parties, facts, decided, lines)| {
            let (dependent, referring, rendering, supervising, facility, elsewhere, yes) = parties;
            let (onset, accident, authorization, referral, note, paid, diagnoses) = facts;
            let mut claim = claim();
            if let Some((name, died)) = dependent {
                claim.patient.relationship = Relationship::Child;
                claim.patient.name = Phi::new(name);
                claim.patient.died_on = died.map(Phi::new);
            }
            claim.referring = referring;
            claim.rendering = rendering;
            claim.supervising = supervising;
            claim.facility = elsewhere.then(|| Facility {
                name: "CLINIC".into(),
                npi: facility,
                address: address("3 ELM"),
            });
            claim.billing.pay_to = yes.then(|| address("PO BOX 9"));
            claim.accepts_assignment = yes;
            claim.release_of_information = !yes;
            claim.onset_on = onset;
            claim.accident_on = accident;
            claim.prior_authorization = authorization;
            claim.referral_number = referral;
            claim.note = note.map(|note| Phi::new(note.trim().to_owned()));
            claim.patient_paid = paid.map(Money::from_cents);
            claim.diagnoses = diagnoses.iter().map(|code| code.as_str().into()).collect();
            claim.lines = lines;
            claim.charged = claim.lines_total();
            if let Some((adjustments, paid)) = decided {
                let mut other = secondary().other_payers.remove(0);
                other.decision = other.decision.map(|decision| OtherPayerDecision {
                    adjustments,
                    paid: Money::from_cents(paid),
                    ..decision
                });
                claim.other_payers.push(other);
            }
            claim
        },
    )
}

proptest! {
    #[test]
    fn a_claim_that_was_written_is_read_as_the_same_claim(one in some_claim(), two in some_claim()) {
        let mut two = two;
        two.patient_control_number = Some("T00000002X".into());
        let claims = [one, two];
        let text = written(&claims);
        let read = read(text.as_bytes());
        prop_assert_eq!(read.claims.len(), 2, "{}", text);
        for meant in &claims {
            let found = read.claims.iter().find(|read| {
                read.mapped.claim.patient_control_number == meant.patient_control_number
            }).unwrap();
            prop_assert_eq!(differences(meant, &found.mapped.claim), Vec::<String>::new(), "{}", text);
            prop_assert!(found.mapped.unmapped.is_empty(), "{:?}", found.mapped.unmapped);
            let (first, last) = found.bytes;
            let own = &text[usize::try_from(first).unwrap()..=usize::try_from(last).unwrap()];
            prop_assert!(own.starts_with("CLM*") && own.ends_with('~'), "{}", own);
            let segments = found.segments.1 - found.segments.0 + 1;
            prop_assert_eq!(own.lines().count(), usize::try_from(segments).unwrap());
        }
    }
}
