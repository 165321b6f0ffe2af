//! Claims of all three guides with every loop, segment and element filled: what is written is what
//! is read, and nothing of it is out of place.

use firstpass::codes::Codes;
use firstpass::scrub::map_837::Scrubber;
use firstpass::scrub::{Context, History, PracticeRules};
use firstpass::synth::edi::{Filling, filled_837};
use firstpass::x12::check::{Options, Verdict, check, check_stream_further};
use firstpass::x12::{Body, ClaimPart, Guide, Part, Reader, Render, Written, read_file};
use proptest::prelude::*;

fn bodies(text: &[u8]) -> Vec<String> {
    let file = read_file(text);
    assert!(file.issues.is_empty(), "{:#?}", file.issues.kept());
    file.sets()
        .map(|set| {
            // Sources say where a value was read and are no part of it.
            match &set.body {
                Body::Professional(body) => without_sources(serde_json::to_value(&**body)),
                Body::Institutional(body) => without_sources(serde_json::to_value(&**body)),
                Body::Dental(body) => without_sources(serde_json::to_value(&**body)),
                _ => panic!("an 837"),
            }
        })
        .collect()
}

fn without_sources(value: serde_json::Result<serde_json::Value>) -> String {
    fn strip(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(fields) => {
                fields.remove("source");
                if let Some(other) = fields.get("other") {
                    assert_eq!(other.as_array().map(Vec::len), Some(0), "all of it has a slot: {other}");
                }
                fields.values_mut().for_each(strip);
            }
            serde_json::Value::Array(all) => all.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = value.unwrap();
    strip(&mut value);
    value.to_string()
}

/// Everything between ST and SE rendered from its values.
fn rendered(text: &[u8]) -> Vec<u8> {
    let file = read_file(text);
    let interchange = &file.interchanges[0];
    let group = &interchange.groups[0];
    let mut out = vec![];
    out.extend_from_slice(interchange.header.as_ref().unwrap().source.text());
    out.extend_from_slice(group.header.as_ref().unwrap().source.text());
    let mut render = Render::new(interchange.delimiters);
    group.sets[0].write(&mut render);
    assert!(render.replaced().is_empty());
    out.extend_from_slice(&render.into_bytes());
    out.extend_from_slice(group.trailer.as_ref().unwrap().source.text());
    out.extend_from_slice(interchange.trailer.as_ref().unwrap().source.text());
    out
}

#[track_caller]
fn round_trip(guide: Guide, filling: Filling, seed: u64) {
    let text = filled_837(guide, filling, seed).unwrap();
    let again = rendered(&text);
    assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&text));
    assert_eq!(bodies(&again), bodies(&text));
    assert_eq!(read_file(&text).write(), text);
}

const GUIDES: [Guide; 3] = [Guide::Professional, Guide::Institutional, Guide::Dental];

#[test]
fn everything_a_guide_has_is_read_and_written_and_right_at_levels_1_and_2() {
    for guide in GUIDES {
        round_trip(guide, Filling::Everything, 1);
        let text = filled_837(guide, Filling::Everything, 1).unwrap();
        let report = check(&text, &Options { level: 2, ..Options::default() });
        assert_eq!(report.verdict, Verdict::Accepted, "{guide:?} {:#?}", report.issues.first());
    }
}

#[test]
fn claims_are_lent_one_by_one_with_their_levels() {
    for guide in GUIDES {
        let text = filled_837(guide, Filling::Everything, 2).unwrap();
        let mut reader = Reader::new(&text[..]);
        let (mut own, mut of_patients) = (0, 0);
        while let Some(part) = reader.next().unwrap() {
            let has_patient = match &part {
                Part::Professional(ClaimPart::Claim(_, levels)) => {
                    assert!(levels.billing().is_some() && levels.subscriber().is_some());
                    levels.patient().is_some()
                }
                Part::Institutional(ClaimPart::Claim(_, levels)) => {
                    assert!(levels.billing().is_some() && levels.subscriber().is_some());
                    levels.patient().is_some()
                }
                Part::Dental(ClaimPart::Claim(_, levels)) => {
                    assert!(levels.billing().is_some() && levels.subscriber().is_some());
                    levels.patient().is_some()
                }
                _ => continue,
            };
            *(if has_patient { &mut of_patients } else { &mut own }) += 1;
        }
        assert!(reader.issues().is_empty(), "{guide:?} {:?}", reader.issues().kept());
        // Two billing providers: one subscriber with two claims, one with two patients of two claims.
        assert_eq!((own, of_patients), (4, 8), "{guide:?}");
    }
}

/// What is scrubbed where a guide has everything stands at the segment that is named.
#[test]
fn what_the_scrubber_finds_stands_where_it_says() {
    let rules = PracticeRules::default();
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
    let context = Context { codes: Codes::shipped(), rules: &rules, history: History::Unknown, today };
    for guide in GUIDES {
        let text = filled_837(guide, Filling::Everything, 3).unwrap();
        let options = Options { level: 7, ..Options::default() };
        let mut scrubber = Scrubber::new(context, &options);
        let report = check_stream_further(&text[..], &options, &mut scrubber).unwrap();
        let text = std::str::from_utf8(&text).unwrap();
        let segments: Vec<&str> = text.split_inclusive('~').map(str::trim_start).collect();
        let found = || report.issues.iter().filter(|issue| issue.level >= 6);
        assert!(found().count() > 10, "{guide:?} {:#?}", report.issues);
        for issue in found() {
            let segment = segments[usize::try_from(issue.segment).unwrap() - 1];
            assert!(segment.starts_with(&format!("{}*", issue.segment_id)), "{issue:#?}");
            let at_byte = &text[usize::try_from(issue.offset).unwrap()..];
            assert!(at_byte.starts_with(segment), "{issue:#?}");
            assert!(issue.element.as_ref().unwrap().starts_with(&issue.segment_id), "{issue:#?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_is_written_is_what_was_read(seed: u64, guide in 0_usize..3) {
        round_trip(GUIDES[guide], Filling::Some, seed);
    }
}
