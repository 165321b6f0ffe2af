//! Eligibility and claim status: what is asked and answered lands in its slots, and what we build
//! is read back as it was.

use chrono::NaiveDate;
use proptest::prelude::*;

use crate::segments::{
    Aaa, Benefit, Bht, Dtp, Eb, EntityKind, Eq, Hl, Hsd, Iii, Le, Ls, Msg, Nm1, Procedure, Ref, Status, Stc,
    Svc, Trn, YesNo,
};
use crate::x270::{
    EligibilityInquiry, InquiryReceiver, InquirySource, InquirySubscriber, SubscriberBenefitInquiry,
    SubscriberInquiry,
};
use crate::x271::{
    DependentBenefit, DependentResponse, EligibilityResponse, ResponseDependent, ResponseReceiver,
    ResponseSource, ResponseSubscriber, SubscriberBenefit, SubscriberBenefitDetail, SubscriberBenefitParty,
    SubscriberResponse,
};
use crate::x276::{self, StatusRequest, StatusResponse};
use crate::{
    Body, Delimiters, Envelope, Guide, Number, Part, Party, Period, Reader, Repeats, Text, UpTo,
    UsageIndicator, Writer, Written, read_file,
};
use types::Money;

const RESPONSE: &str = "ISA*00*          *00*          *ZZ*PLAN           *ZZ*CLINIC         *240105*1200*^*00501*000000001*0*T*:~\n\
    GS*HB*PLAN*CLINIC*20240105*1200*1*X*005010X279A1~\nST*271*0001*005010X279A1~\nBHT*0022*11*Q1*20240105*1319~\n\
    HL*1**20*1~\nNM1*PR*2*PLAN*****PI*P1~\nHL*2*1*21*1~\nNM1*1P*2*CLINIC*****XX*1234567893~\n\
    HL*3*2*22*1~\nNM1*IL*1*DOE*JOHN****MI*W1~\nHL*4*3*23*0~\nTRN*2*T1*9877281234~\nNM1*03*1*DOE*JANE~\nINS*N*19~\nDTP*346*D8*20240101~\n\
    EB*1**30**GOLD~\nEB*B*IND*1^33^98*HM*GOLD*27*10.00*****Y~\nHSD*VS*12***34*1~\nMSG*PER VISIT~\nIII*ZZ*11~\nLS*2120~\n\
    NM1*P3*1*ROE*ANN****XX*1234567893~\nLE*2120~\nEB*A*IND***GOLD*27**.20****Y*HC:99213:25~\nSE*23*0001~\nGE*1*1~\nIEA*1*000000001~\n";

#[test]
fn an_eligibility_response_is_read_to_its_benefits() {
    let file = read_file(RESPONSE.as_bytes());
    let found: Vec<_> = file.issues.kept().iter().map(|issue| (issue.rule, &issue.message)).collect();
    assert_eq!(found, []);
    let Body::EligibilityResponse(set) = &file.sets().next().unwrap().body else { panic!("a 271") };
    let dependent = &set.sources[0].receivers[0].subscribers[0].dependents[0];
    let person = dependent.name.as_ref().unwrap();
    assert_eq!(person.relation.as_ref().unwrap().relationship, Some("19".into()));
    let [active, copay, coinsurance] = &person.benefits[..] else { panic!("three benefits") };
    assert_eq!(active.benefit.service_types.iter().collect::<Vec<_>>(), [Text::from("30")]);
    assert_eq!(copay.benefit.service_types.iter().collect::<Vec<_>>(), ["1", "33", "98"].map(Text::from));
    assert_eq!(copay.benefit.amount, Some(Money::from_cents(1_000)));
    assert_eq!(copay.deliveries[0].periods.map(|count| count.0), Some(1));
    assert_eq!(copay.messages[0].text, "PER VISIT");
    assert_eq!(copay.details[0].detail.code, Some("11".into()));
    assert_eq!(copay.parties[0].name.first, Some("ANN".into()));
    assert!(copay.parties_begin.is_some() && copay.parties_end.is_some());
    let procedure = coinsurance.benefit.procedure.unwrap();
    assert_eq!((procedure.code, procedure.modifiers.get(0)), ("99213".into(), Some(&"25".into())));
    assert_eq!(String::from_utf8_lossy(&file.write()), RESPONSE);
}

#[test]
fn a_whole_set_is_lent_by_the_stream() {
    let mut reader = Reader::new(RESPONSE.as_bytes());
    let mut benefits = 0;
    while let Some(part) = reader.next().unwrap() {
        if let Part::EligibilityResponse(set) = part {
            benefits += set.sources[0].receivers[0].subscribers[0].dependents[0]
                .name
                .as_ref()
                .unwrap()
                .benefits
                .len();
        }
    }
    assert_eq!(benefits, 3);
}

#[test]
fn a_claim_status_response_is_read_to_its_statuses() {
    let text = "ST*277*0001*005010X212~BHT*0010*08*R1*20240105*1200*DG~HL*1**20*1~NM1*PR*2*PLAN*****PI*P1~HL*2*1*21*1~\
        NM1*41*2*CLINIC*****46*C1~HL*3*2*19*1~NM1*1P*2*CLINIC*****XX*1234567893~HL*4*3*22*0~NM1*IL*1*DOE*JANE****MI*W1~TRN*2*T1~\
        STC*F1:65*20240105**150*100*20240104**20240106*CHK1~REF*1K*ICN1~DTP*472*D8*20240101~SVC*HC:99213*150*100****1~\
        STC*F1:65*20240105~DTP*472*D8*20240101~SE*18*0001~";
    let file = read_file(text.as_bytes());
    let found: Vec<&str> = file.issues.kept().iter().map(|issue| issue.rule).collect();
    assert_eq!(found, ["x12/no-isa"]);
    let Body::StatusResponse(set) = &file.sets().next().unwrap().body else { panic!("a 277") };
    let claim = &set.sources[0].receivers[0].providers[0].subscribers[0].claims[0];
    let status = &claim.statuses[0];
    assert_eq!((status.status.category, status.paid), ("F1".into(), Some(Money::from_cents(10_000))));
    assert_eq!(
        (status.paid_on, status.check_number),
        (NaiveDate::from_ymd_opt(2024, 1, 6), Some("CHK1".into()))
    );
    assert_eq!(claim.lines[0].service.paid, Some(Money::from_cents(10_000)));
}

#[test]
fn what_we_do_not_read_is_named() {
    let named = |set: &str, version: &str| {
        let text = format!("ST*{set}*0001*{version}~BHT*0019*00~SE*3*0001~");
        let file = read_file(text.as_bytes());
        file.issues
            .kept()
            .iter()
            .find(|issue| issue.rule == "x12/unsupported-set")
            .map(|issue| issue.message.clone())
    };
    assert_eq!(
        named("834", "005010X220A1").as_deref(),
        Some("834 benefit enrollment is not read here (005010X220A1)")
    );
    assert_eq!(
        named("820", "005010X218").as_deref(),
        Some("820 premium payment is not read here (005010X218)")
    );
    assert_eq!(
        named("997", "").as_deref(),
        Some("997 functional acknowledgment, replaced by the 999, is not read here")
    );
    assert_eq!(named("271", "005010X279"), None);
    assert_eq!(named("270", "004010X092A1"), None);
}

#[test]
fn repeats_are_cut_at_the_separator_in_force_and_checked_one_by_one() {
    let checked = |text: &str| {
        let report = crate::check::check(text.as_bytes(), &crate::check::Options::default());
        report
            .issues
            .iter()
            .filter(|issue| issue.element.as_deref() == Some("EB03"))
            .map(|issue| issue.rule)
            .collect::<Vec<_>>()
    };
    assert_eq!(checked(RESPONSE), [""; 0]);
    assert_eq!(checked(&RESPONSE.replace("1^33^98", "1^QQ^98")), ["x12/unknown-code"]);
    assert_eq!(checked(&RESPONSE.replace("1^33^98", &"1^".repeat(100))), ["x12/too-many-repeats"]);
}

fn name<'a>(entity: &'a str, kind: EntityKind<'a>, last: &'a str, id: Option<(&'a str, &'a str)>) -> Nm1<'a> {
    Nm1 {
        entity: entity.into(),
        kind: Some(kind),
        last_or_organization: Some(last.into()),
        id_qualifier: id.map(|(qualifier, _)| qualifier.into()),
        id: id.map(|(_, id)| id.into()),
        ..Nm1::default()
    }
}
fn level(id: u32, parent: Option<u32>, level: &str, children: bool) -> Hl<'_> {
    Hl {
        id: id.into(),
        parent: parent.map(Into::into),
        level: level.into(),
        children: Some(if children { "1" } else { "0" }.into()),
        ..Hl::default()
    }
}
fn beginning<'a>(structure: &'a str, purpose: &'a str, reference: &'a str) -> Bht<'a> {
    Bht {
        structure: structure.into(),
        purpose: purpose.into(),
        reference: Some(reference.into()),
        date: NaiveDate::from_ymd_opt(2026, 11, 24),
        ..Bht::default()
    }
}
fn trace<'a>(kind: &'a str, number: &'a str) -> Trn<'a> {
    Trn { kind: kind.into(), number: number.into(), ..Trn::default() }
}

#[track_caller]
fn sent(guide: Guide, set: &dyn Written) -> Vec<u8> {
    let party = |id| Party { qualifier: "ZZ", id, application: id };
    let mut writer = Writer::new(Envelope {
        sender: party("CLINIC"),
        receiver: party("PLAN"),
        control_number: 1,
        usage: UsageIndicator::Test,
        acknowledgment_requested: false,
        at: NaiveDate::from_ymd_opt(2026, 11, 24).unwrap().and_hms_opt(9, 0, 0).unwrap(),
        delimiters: Delimiters::USUAL,
        line_breaks: false,
    })
    .unwrap();
    writer.group(guide, 1).unwrap();
    writer.set(1, set).unwrap();
    writer.finish().bytes
}

const PERSON: EntityKind<'static> = EntityKind::Person;
const ORGANIZATION: EntityKind<'static> = EntityKind::Organization;

proptest! {
    #[test]
    fn eligibility_that_we_build_is_read_back(
        last in "[A-Z][A-Z ']{0,20}[A-Z]",
        types in prop::collection::vec("[1-9][0-9]?", 1..8),
        cents in -100_000_i64..100_000_000,
        percent in 0_i64..100,
        message in "[A-Z][A-Z .]{0,60}[A-Z]",
        related in any::<bool>(),
        dependents in 0_usize..3,
    ) {
        let types: Vec<Text<'_>> = types.iter().map(|code| code.as_str().into()).collect();
        let benefit = SubscriberBenefit {
            benefit: Eb {
                information: Benefit::Copayment,
                service_types: Repeats::of(&types),
                amount: Some(Money::from_cents(cents)),
                percent: Some(Number(rust_decimal::Decimal::new(percent, 2))),
                in_network: Some(YesNo::Yes),
                procedure: Some(Procedure { qualifier: "HC".into(), code: "99213".into(), modifiers: UpTo::of(["25".into()]).unwrap(), ..Procedure::default() }),
                ..Eb::default()
            },
            deliveries: vec![Hsd { qualifier: Some("VS".into()), quantity: Some(3.into()), ..Hsd::default() }],
            references: vec![Ref { qualifier: "6P".into(), identifier: Some("G1".into()), ..Ref::default() }],
            dates: vec![Dtp { qualifier: "291".into(), period: Period::Day(NaiveDate::from_ymd_opt(2026, 1, 1).unwrap()), ..Dtp::default() }],
            rejections: vec![Aaa { valid: YesNo::No, reason: Some("70".into()), follow_up: Some("C".into()), ..Aaa::default() }],
            messages: vec![Msg { text: message.as_str().into(), ..Msg::default() }],
            details: vec![SubscriberBenefitDetail { detail: Iii { list: Some("ZZ".into()), code: Some("11".into()), ..Iii::default() }, ..Default::default() }],
            parties_begin: related.then(|| Ls { loop_id: "2120".into(), ..Ls::default() }),
            parties: if related { vec![SubscriberBenefitParty { name: name("P3", PERSON, &last, None), ..Default::default() }] } else { vec![] },
            parties_end: related.then(|| Le { loop_id: "2120".into(), ..Le::default() }),
            ..Default::default()
        };
        let set = EligibilityResponse {
            beginning: beginning("0022", "11", "Q1"),
            sources: vec![ResponseSource {
                level: level(1, None, "20", true),
                name: Some(crate::x271::ResponseSourceName { name: name("PR", ORGANIZATION, "PLAN", Some(("PI", "P1"))), ..Default::default() }),
                receivers: vec![ResponseReceiver {
                    level: level(2, Some(1), "21", true),
                    subscribers: vec![ResponseSubscriber {
                        level: level(3, Some(2), "22", dependents > 0),
                        traces: vec![trace("2", "T1")],
                        name: Some(SubscriberResponse { name: name("IL", PERSON, &last, Some(("MI", "W1"))), benefits: vec![benefit], ..Default::default() }),
                        dependents: (0..dependents).map(|number| ResponseDependent {
                            level: level(4 + u32::try_from(number).unwrap(), Some(3), "23", false),
                            name: Some(DependentResponse {
                                name: name("03", PERSON, &last, None),
                                benefits: vec![DependentBenefit { benefit: Eb { information: Benefit::ActiveCoverage, service_types: Repeats::of(&types), ..Eb::default() }, ..Default::default() }],
                                ..Default::default()
                            }),
                            ..Default::default()
                        }).collect(),
                        ..Default::default()
                    }],
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        };
        let bytes = sent(Guide::EligibilityResponse, &set);
        let file = read_file(&bytes);
        let Body::EligibilityResponse(read) = &file.sets().next().unwrap().body else { panic!("a 271") };
        prop_assert_eq!(&**read, &set);
        prop_assert_eq!(file.write(), bytes.clone());

        let inquiry = EligibilityInquiry {
            beginning: beginning("0022", "13", "Q1"),
            sources: vec![InquirySource {
                level: level(1, None, "20", true),
                receivers: vec![InquiryReceiver {
                    level: level(2, Some(1), "21", true),
                    subscribers: vec![InquirySubscriber {
                        level: level(3, Some(2), "22", false),
                        name: Some(SubscriberInquiry {
                            name: name("IL", PERSON, &last, Some(("MI", "W1"))),
                            inquiries: vec![SubscriberBenefitInquiry { inquiry: Eq { service_types: Repeats::of(&types), ..Eq::default() }, ..Default::default() }],
                            ..Default::default()
                        }),
                        ..Default::default()
                    }],
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        };
        let bytes = sent(Guide::EligibilityInquiry, &inquiry);
        let file = read_file(&bytes);
        let Body::EligibilityInquiry(read) = &file.sets().next().unwrap().body else { panic!("a 270") };
        prop_assert_eq!(&**read, &inquiry);
    }

    #[test]
    fn claim_status_that_we_build_is_read_back(
        last in "[A-Z][A-Z ']{0,20}[A-Z]",
        number in "[A-Z0-9]{1,20}",
        cents in 0_i64..100_000_000,
        claims in 1_usize..4,
    ) {
        let charged = Money::from_cents(cents);
        let request = StatusRequest {
            beginning: beginning("0010", "13", "R1"),
            sources: vec![x276::RequestSource {
                level: level(1, None, "20", true),
                receivers: vec![x276::RequestReceiver {
                    level: level(2, Some(1), "21", true),
                    providers: vec![x276::RequestProvider {
                        level: level(3, Some(2), "19", true),
                        names: vec![x276::RequestProviderName { name: name("1P", ORGANIZATION, "CLINIC", Some(("XX", "1234567893"))), ..Default::default() }],
                        subscribers: vec![x276::RequestSubscriber {
                            level: level(4, Some(3), "22", false),
                            name: Some(x276::RequestSubscriberName { name: name("IL", PERSON, &last, Some(("MI", "W1"))), ..Default::default() }),
                            claims: (0..claims).map(|_| x276::SubscriberClaimRequest {
                                trace: trace("1", &number),
                                patient_control_number: Some(Ref { qualifier: "EJ".into(), identifier: Some(number.as_str().into()), ..Ref::default() }),
                                charged: Some(crate::segments::Amt { qualifier: "T3".into(), amount: charged, ..Default::default() }),
                                ..Default::default()
                            }).collect(),
                            ..Default::default()
                        }],
                        ..Default::default()
                    }],
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        };
        let bytes = sent(Guide::StatusRequest, &request);
        let file = read_file(&bytes);
        let Body::StatusRequest(read) = &file.sets().next().unwrap().body else { panic!("a 276") };
        prop_assert_eq!(&**read, &request);

        let status = Stc {
            status: Status { category: "F1".into(), code: "65".into(), entity: Some("PR".into()), list: None },
            effective_on: NaiveDate::from_ymd_opt(2026, 11, 1),
            charged: Some(charged),
            paid: Some(charged),
            paid_on: NaiveDate::from_ymd_opt(2026, 11, 2),
            check_number: Some(number.as_str().into()),
            ..Stc::default()
        };
        let response = StatusResponse {
            beginning: Bht { kind: Some("DG".into()), ..beginning("0010", "08", "R1") },
            sources: vec![x276::ResponseSource {
                level: level(1, None, "20", true),
                receivers: vec![x276::ResponseReceiver {
                    level: level(2, Some(1), "21", true),
                    providers: vec![x276::ResponseProvider {
                        level: level(3, Some(2), "19", true),
                        subscribers: vec![x276::ResponseSubscriber {
                            level: level(4, Some(3), "22", true),
                            dependents: vec![x276::ResponseDependent {
                                level: Hl { children: None, ..level(5, Some(4), "23", false) },
                                name: Some(x276::ResponseDependentName { name: name("QC", PERSON, &last, None), ..Default::default() }),
                                claims: (0..claims).map(|_| x276::DependentClaimStatus {
                                    trace: trace("2", &number),
                                    statuses: vec![status],
                                    lines: vec![x276::DependentLineStatus {
                                        service: Svc {
                                            procedure: Procedure { qualifier: "HC".into(), code: "99213".into(), ..Procedure::default() },
                                            charged,
                                            paid: Some(charged),
                                            ..Svc::default()
                                        },
                                        statuses: vec![Stc { charged: None, paid: None, paid_on: None, check_number: None, ..status }],
                                        ..Default::default()
                                    }],
                                    ..Default::default()
                                }).collect(),
                                ..Default::default()
                            }],
                            ..Default::default()
                        }],
                        ..Default::default()
                    }],
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        };
        let bytes = sent(Guide::StatusResponse, &response);
        let file = read_file(&bytes);
        let Body::StatusResponse(read) = &file.sets().next().unwrap().body else { panic!("a 277") };
        prop_assert_eq!(&**read, &response);
    }
}
