//! Laws and stories over whole sets: what is read, where it lands, and that nothing is lost.

use proptest::prelude::*;

use crate::answer::{ReplyOptions, reply};
use crate::segments::Dtp;
use crate::spec::{DataType, LoopSpec, NodeSpec, SegmentSpec, Usage};
use crate::x837p::{Claim, Professional};
use crate::x999::ImplementationAcknowledgment;
use crate::{
    Body, ClaimPart, Part, Period, Reader, Text, read_file, x270, x271, x276, x277, x835, x837d, x837i,
};
use types::Money;

const CLAIMS: &str = "ISA*00*          *00*          *ZZ*CLINIC         *ZZ*PLAN           *240105*1200*^*00501*000000001*0*T*:~\n\
    GS*HC*CLINIC*PLAN*20240105*1200*1*X*005010X222A1~\nST*837*0001*005010X222A1~\nBHT*0019*00*B1*20240105*1200*CH~\n\
    NM1*41*2*CLINIC*****46*C1~\nPER*IC*HELP*TE*8005550100*EX*12~\nNM1*40*2*PLAN*****46*P1~\n\
    HL*1**20*1~\nPRV*BI*PXC*207Q00000X~\nNM1*85*2*CLINIC*****XX*1234567893~\nN3*1 MAIN~\nN4*TOWN*OH*441110000~\nREF*EI*123456789~\n\
    HL*2*1*22*1~\nSBR*P**G1******CI~\nNM1*IL*1*DOE*JOHN****MI*W1~\nNM1*PR*2*PLAN*****PI*P1~\n\
    HL*3*2*23*0~\nPAT*19~\nNM1*QC*1*DOE*JANE~\nN3*2 ELM~\nN4*TOWN*OH*44111~\nDMG*D8*20150229*F~\n\
    CLM*C1*250.50***11:B:1*Y*A*Y*Y**AA:::OH~\nDTP*439*D8*20240101~\nREF*F8*ICN7~\nREF*G1*AUTH~\nHI*ABK:S8002XA*ABF:M545~\n\
    NM1*82*1*SMITH*ANN****XX*1234567893~\n\
    SBR*S*18*******MB~\nCAS*PR*1*50**2*10*1~\nAMT*D*100~\nOI***Y***Y~\nNM1*IL*1*DOE*JOHN****MI*M1~\nNM1*PR*2*MEDICARE*****PI*M~\n\
    LX*1~\nSV1*HC:99213:25:59:::NOTE*150*UN*1.5***1:2~\nDTP*472*RD8*20240101-20240103~\nREF*6R*L1~\n\
    SVD*M*100*HC:99213**1~\nCAS*CO*45*50~\nDTP*573*D8*20240201~\n\
    LX*2~\nSV1*HC:J1885*100.50*UN*2***2~\nDTP*472*D8*20240101~\nLIN**N4*00409379601~\nCTP****2*ML~\n\
    SE*46*0001~\nGE*1*1~\nIEA*1*000000001~\n";

fn claim<'f>(body: &'f Body<'_>) -> &'f Claim<'f> {
    let Body::Professional(set) = body else { panic!("an 837P") };
    &set.billing_levels[0].subscribers[0].patients[0].claims[0]
}

#[test]
fn every_segment_of_a_claim_lands_in_its_slot() {
    let file = read_file(CLAIMS.as_bytes());
    let found: Vec<&str> = file.issues.kept().iter().map(|issue| issue.rule).collect();
    assert_eq!(found, ["x12/invalid-date"], "{:?}", file.issues.kept());
    let set = file.sets().next().unwrap();
    let claim = claim(&set.body);
    assert_eq!(claim.claim.charged, Money::from_cents(25_050));
    assert_eq!(claim.claim.facility.frequency, Some("1".into()));
    assert_eq!(claim.claim.related_causes.unwrap().state, Some("OH".into()));
    assert_eq!(claim.payer_claim_control_number.as_ref().unwrap().identifier, Some("ICN7".into()));
    assert_eq!(claim.diagnoses.unwrap().codes.get(1).unwrap().code, "M545");
    assert_eq!(claim.rendering.as_ref().unwrap().name.id, Some("1234567893".into()));
    let other = &claim.other_payers[0];
    assert_eq!(other.payer.name.id, Some("M".into()));
    assert_eq!(
        other.adjustments[0].adjustments.iter().map(|a| a.amount).sum::<Money>(),
        Money::from_cents(6_000)
    );
    let [first, second] = &claim.lines[..] else { panic!("two lines") };
    assert_eq!(first.service.procedure.description, Some("NOTE".into()));
    assert_eq!(first.service.procedure.modifiers.len(), 2);
    assert_eq!(first.service_date.unwrap().period.last_day(), chrono::NaiveDate::from_ymd_opt(2024, 1, 3));
    assert_eq!(first.adjudications[0].adjudication.paid, Money::from_cents(10_000));
    assert_eq!(second.drug.as_ref().unwrap().quantity.unwrap().unit.unwrap().code, "ML");
    assert!(claim.other.is_empty() && claim.lines.iter().all(|line| line.other.is_empty()));
}

#[test]
fn a_line_that_cannot_be_typed_is_kept_and_the_others_are_read() {
    let broken = CLAIMS.replace("SV1*HC:99213:25:59:::NOTE*150*", "SV1*HC:99213*15O*");
    let file = read_file(broken.as_bytes());
    let set = file.sets().next().unwrap();
    let claim = claim(&set.body);
    assert_eq!((claim.lines.len(), claim.other.len()), (1, 1));
    let kept = String::from_utf8_lossy(claim.other[0].source.text());
    assert!(
        kept.trim_start().starts_with("LX*1~\nSV1*HC:99213*15O*") && kept.ends_with("DTP*573*D8*20240201~")
    );
    let issue = file.issues.kept().iter().find(|issue| issue.rule == "x12/invalid-number").unwrap();
    assert_eq!(issue.loop_path, "2000A/2000B/2000C/2300/2400");
    assert_eq!((issue.element.as_deref(), issue.found.as_deref()), (Some("SV102"), Some("15O")));
    assert_eq!(String::from_utf8_lossy(&file.write()), broken);
}

#[test]
fn a_claim_acknowledgment_is_read_to_its_statuses() {
    let text = "ST*277*0001*005010X214~BHT*0085*08*1*20240105*1200*TH~HL*1**20*1~NM1*PR*2*PLAN*****PI*P1~TRN*1*R1~\
        DTP*050*D8*20240105~DTP*009*D8*20240105~HL*2*1*21*1~NM1*41*2*CLINIC*****46*C1~TRN*2*B1~STC*A1:19:PR*20240105*WQ*250~\
        QTY*90*1~QTY*AA*1~HL*3*2*19*1~NM1*85*2*CLINIC*****XX*1234567893~HL*4*3*PT~NM1*QC*1*DOE*JANE****MI*W1~TRN*2*C1~\
        STC*A2:20:PR*20240105*WQ*150~REF*1K*ICN1~DTP*472*D8*20240101~HL*5*3*PT~NM1*QC*1*ROE*JIM****MI*W2~TRN*2*C2~\
        STC*A7:562:85*20240105*U*100~STC*A3:21*20240105*U*100~DTP*472*D8*20240102~SE*28*0001~";
    let file = read_file(text.as_bytes());
    let found: Vec<&str> = file.issues.kept().iter().map(|issue| issue.rule).collect();
    assert_eq!(found, ["x12/no-isa"]);
    let Body::ClaimAcknowledgment(set) = &file.sets().next().unwrap().body else { panic!("a 277CA") };
    let receiver = &set.sources[0].receiver;
    assert_eq!(receiver.status.as_ref().unwrap().trace.number, "B1");
    let statuses: Vec<(Text<'_>, Vec<Text<'_>>)> = receiver.providers[0]
        .patients
        .iter()
        .flat_map(|patient| &patient.claims)
        .map(|claim| (claim.trace.number, claim.statuses.iter().map(|stc| stc.status.category).collect()))
        .collect();
    assert_eq!(statuses, [("C1".into(), vec!["A2".into()]), ("C2".into(), vec!["A7".into(), "A3".into()])]);
}

/// All loops below a table, each with its own slots.
fn loops(spec: &'static LoopSpec, found: &mut Vec<&'static LoopSpec>) {
    found.push(spec);
    for slot in spec.slots {
        if let NodeSpec::Loop(inner) = slot.node {
            loops(inner, found);
        }
    }
}

fn element(spec: &'static SegmentSpec, place: u8) -> (&'static str, DataType, u16, u16) {
    let position = spec.at(place).unwrap();
    (position.part.name, position.part.data_type, position.part.min, position.part.max)
}

#[test]
fn the_tables_say_what_the_guide_says() {
    use crate::segments::{Cas, Clp, Svc};
    assert_eq!(element(Clp::SEGMENT, 7), ("payer_claim_control_number", DataType::AN, 1, 50));
    assert_eq!(element(Cas::SEGMENT, 9), ("amount", DataType::R, 1, 18));
    assert_eq!((Cas::SEGMENT.last_position(), Cas::SEGMENT.at(20)), (19, None));
    assert_eq!(element(Dtp::SEGMENT, 3), ("text", DataType::AN, 1, 35));
    assert_eq!(Svc::SEGMENT.at(1).unwrap().element.parts[2].times, 4);
    assert_eq!(Svc::SEGMENT.designator(6, 2), "SVC06-2");
    let slot = Claim::LOOP.slots.iter().find(|slot| slot.name == "patient_paid").unwrap();
    assert_eq!((slot.pattern, slot.usage, slot.max), ("AMT*F5", Usage::Situational, 1));
    let name = x835::ClaimPayment::LOOP.slots.iter().find(|slot| slot.name == "crossover_carrier").unwrap();
    assert_eq!(name.narrowing(3, 0).map(|narrow| narrow.usage), Some(Usage::Required));
    assert_eq!(name.narrowing(8, 0).map(|narrow| narrow.codes.as_str()), Some("AD|FI|NI|PI|PP|XV"));
    assert_eq!(name.title, "To whom the payer sent the claim on.");
}

#[test]
fn every_narrowing_names_an_element_of_its_segment() {
    let mut all = Vec::new();
    loops(Professional::LOOP, &mut all);
    loops(x837i::Institutional::LOOP, &mut all);
    loops(x837d::Dental::LOOP, &mut all);
    loops(x835::Remittance::LOOP, &mut all);
    loops(ImplementationAcknowledgment::LOOP, &mut all);
    loops(x277::ClaimAcknowledgment::LOOP, &mut all);
    loops(x270::EligibilityInquiry::LOOP, &mut all);
    loops(x271::EligibilityResponse::LOOP, &mut all);
    loops(x276::StatusRequest::LOOP, &mut all);
    loops(x276::StatusResponse::LOOP, &mut all);
    assert!(all.len() > 240);
    for slot in all.iter().flat_map(|spec| spec.slots) {
        let NodeSpec::Segment(spec) = slot.node else {
            assert!(slot.narrow.is_empty(), "{}: a loop narrows its own slots", slot.name);
            continue;
        };
        assert_eq!(slot.id(), spec.id, "{}", slot.name);
        for narrow in slot.narrow {
            assert!(spec.at(narrow.element).is_some(), "{} {}", slot.pattern, narrow.element);
        }
    }
}

#[test]
fn a_changed_segment_is_rendered_and_the_rest_is_copied() {
    let mut file = read_file(CLAIMS.as_bytes());
    let set = &mut file.interchanges[0].groups[0].sets[0];
    let Body::Professional(body) = &mut set.body else { panic!("an 837P") };
    let claim = &mut body.billing_levels[0].subscribers[0].patients[0].claims[0];
    claim.lines[1].service_date = Some(Dtp {
        qualifier: "472".into(),
        period: Period::Day(chrono::NaiveDate::from_ymd_opt(2024, 1, 2).unwrap()),
        ..Dtp::default()
    });
    let expected = CLAIMS.replace("\nDTP*472*D8*20240101~", "DTP*472*D8*20240102~");
    assert_eq!(String::from_utf8_lossy(&file.write()), expected);
}

/// What this thread has computed so far: other work of the machine does not count.
fn thread_time() -> std::time::Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    std::time::Duration::try_from(now).unwrap()
}

/// Work grows with the text, not with its square: twice the text takes about twice the time, with
/// much room for a busy machine.
#[test]
fn odd_shapes_take_linear_time() {
    let nasty: [(&str, &str); 6] = [
        ("", "junk\nST*835*1~IEA*1*1~"),
        ("", "ISA*"),
        (
            "ISA*00*          *00*          *ZZ*CLINIC         *ZZ*PLAN           *240105*1200*^*00501*000000001*0*T*:~",
            "~",
        ),
        ("ST*837*1~BHT*0019~", "HL*1**22*1~"),
        ("ST*835*1~LX*1~CLP*1*1*1*1~", "CAS*CO*45*1~REF*ZZ*1~NM1*QC~"),
        ("ST*835*1~", "CLP*1*1*1*1~SVC*HC:::::::::::::::::::*1*1~"),
    ];
    for (head, repeated) in nasty {
        let time = |count: usize| {
            let text = format!("{head}{}", repeated.repeat(count));
            let before = thread_time();
            let written = read_file(text.as_bytes()).write();
            let mut reader = Reader::new(text.as_bytes());
            while let Ok(Some(_)) = reader.next() {}
            assert_eq!(written.len(), text.len());
            thread_time() - before
        };
        let count = 50_000 / repeated.len();
        let once = (0..3).map(|_| time(count)).min().unwrap();
        let eight = (0..3).map(|_| time(count * 8)).min().unwrap();
        // Eight times as much: eight times as long when linear, sixty-four times when quadratic.
        assert!(eight < once * 22, "{repeated}: {once:?}, then {eight:?}");
    }
}

#[test]
fn answers_to_many_faults_take_linear_time() {
    let head = "ISA*00*          *00*          *ZZ*CLINIC         *ZZ*PLAN           *240105*1200*^*00501*000000001*0*T*:~\
        GS*HC*C*P*20240105*1200*1*X*005010X222A1~";
    for (before, repeated, after) in
        [("", "ST*837*1*005010X222A1~CLM*1~SE*3*1~", ""), ("ST*837*1*005010X222A1~", "CLM*1*X~", "SE*1*1~")]
    {
        let time = |count: usize| {
            let text = format!("{head}{before}{}{after}", repeated.repeat(count));
            let options = ReplyOptions { level: 4, control_number: 1, at: chrono::NaiveDateTime::default() };
            let start = thread_time();
            let reply = reply(
                format!("{text}GE*{}*1~IEA*1*000000001~", if after.is_empty() { count } else { 1 })
                    .as_bytes(),
                options,
            )
            .unwrap();
            assert!(!reply.accepted);
            thread_time() - start
        };
        let once = (0..2).map(|_| time(1_000)).min().unwrap();
        let eight = (0..2).map(|_| time(8_000)).min().unwrap();
        assert!(eight < once * 22, "{repeated}: {once:?}, then {eight:?}");
    }
}

/// Segments of a claim file, whole or broken, in any order.
fn segments() -> impl Strategy<Value = String> {
    let known: Vec<String> = CLAIMS.split_inclusive('~').map(str::to_owned).collect();
    let odd = prop::sample::select(vec![
        "~",
        "ZZ*1~",
        "\r\n \n",
        "SV1*HC:::::::::::::::::::::::::::~",
        "HI*ABK~",
        "*~",
        "CLM~",
        "\u{fc}~",
    ]);
    prop_oneof![12 => prop::sample::select(known), 1 => odd.prop_map(str::to_owned)]
}

proptest! {
    #[test]
    fn what_was_read_is_written_back_whatever_it_was(parts in prop::collection::vec(segments(), 0..60), cut in 0_usize..40) {
        let header = CLAIMS.split_inclusive('~').take(3).collect::<String>();
        let mut text = header + &parts.concat();
        let mut end = text.len().saturating_sub(cut);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        let written = read_file(text.as_bytes()).write();
        prop_assert_eq!(String::from_utf8_lossy(&written), text.as_str());
    }

    #[test]
    fn no_bytes_stop_the_readers(bytes in prop::collection::vec(any::<u8>(), 0..300), at in 0_usize..1_200) {
        let mut text = CLAIMS.as_bytes().to_vec();
        let at = at.min(text.len());
        text.splice(at..at, bytes);
        let file = read_file(&text);
        prop_assert_eq!(file.write(), text.clone());
        let mut reader = Reader::new(&text[..]);
        while let Ok(Some(part)) = reader.next() {
            if let Part::Professional(ClaimPart::Claim(_, levels)) = part {
                let _ = (levels.billing(), levels.subscriber(), levels.patient());
            }
        }
    }
}
