//! Our tables of the guides against pyx12's maps, loop by loop, segment by segment, element by
//! element: usage, maximum, codes.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use firstpass::x12::spec::{DataType, LoopSpec, NodeSpec, PartSpec, SegmentSpec, SlotSpec, Usage};
use firstpass::x12::{
    x276::StatusResponse, x277::ClaimAcknowledgment, x835::Remittance, x837i::Institutional,
    x837p::Professional, x999::ImplementationAcknowledgment,
};
use serde::Deserialize;

use crate::judge::python;

/// A line of `maps.py`.
#[derive(Debug, Deserialize)]
struct Line {
    path: String,
    #[serde(default)]
    segment: String,
    #[serde(default, rename = "loop")]
    inner: String,
    usage: String,
    max: String,
    #[serde(default)]
    elements: BTreeMap<String, (String, Vec<String>)>,
}

fn map(name: &str) -> Vec<Line> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/maps.py");
    let output = Command::new(python()).arg(script).arg(name).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn letter(usage: Usage) -> &'static str {
    match usage {
        Usage::Required => "R",
        Usage::Situational => "S",
        Usage::NotUsed => "N",
    }
}

fn most(max: u32) -> String {
    if max == u32::MAX { ">1".to_owned() } else { max.to_string() }
}

/// Usage and codes of each place of a segment in its slot, as the checks take them.
fn places(
    spec: &'static SegmentSpec,
    slot: &'static SlotSpec,
) -> BTreeMap<String, (&'static str, Vec<String>)> {
    let mut all = BTreeMap::new();
    let list = |codes: &str| -> Vec<String> {
        codes.split('|').filter(|code| !code.is_empty()).map(str::to_owned).collect()
    };
    let later = |usage: Usage, first: bool| match usage {
        Usage::Required if !first => Usage::Situational,
        usage => usage,
    };
    for element in spec.elements {
        let first = element.position();
        let mut place = first;
        let width = element.width();
        while place < first + width {
            let part: PartSpec = spec.at(place).unwrap().part;
            let group = if element.part.data_type == DataType::G { element.parts.len() } else { 1 };
            let offset = (place - first) % u8::try_from(group).unwrap();
            // The first group is demanded whole, the others only as far as they are there.
            let wanted = later(element.part.usage, place - offset == first);
            let own = if wanted == Usage::Required { part.usage } else { wanted };
            let narrow = slot.narrowing(place, 0);
            let usage = narrow.map_or(own, |narrow| narrow.usage);
            let first_round = slot.narrowing(first + offset, 0);
            let codes = narrow.or(first_round).map_or("", |narrow| narrow.codes.as_str());
            let condition = slot.conditions.iter().find(|condition| condition.element == place);
            let codes = if codes.is_empty() { part.codes.as_str() } else { codes };
            let codes = condition.map_or(codes, |condition| condition.codes.as_str());
            let composite = part.data_type == DataType::C;
            all.insert(place.to_string(), (letter(usage), if composite { vec![] } else { list(codes) }));
            if composite && usage != Usage::NotUsed {
                let mut component = 0;
                for part in part.parts {
                    let leaves: Vec<&PartSpec> = match part.data_type {
                        DataType::G => part.parts.iter().collect(),
                        _ => vec![part; usize::from(part.times)],
                    };
                    for (round, leaf) in leaves.iter().enumerate() {
                        component += 1;
                        let first_leaf = round == 0 || part.data_type == DataType::G;
                        let narrow = (first..=place).rev().find_map(|at| slot.narrowing(at, component));
                        let usage = narrow.map_or(later(leaf.usage, first_leaf), |narrow| narrow.usage);
                        let narrowed = narrow.map_or("", |narrow| narrow.codes.as_str());
                        let codes = if narrowed.is_empty() { leaf.codes.as_str() } else { narrowed };
                        let codes = match condition {
                            Some(condition) if component == 1 => condition.codes.as_str(),
                            _ => codes,
                        };
                        all.insert(format!("{place}-{component}"), (letter(usage), list(codes)));
                    }
                }
            }
            place += 1;
        }
    }
    all
}

fn compare(spec: &'static LoopSpec, path: &str, theirs: &[Line], found: &mut Vec<String>) {
    let here: Vec<&Line> = theirs.iter().filter(|line| line.path == path).collect();
    let mut taken = vec![false; here.len()];
    // What the guide does not use is recognised to be reported.
    for slot in spec.slots.iter().filter(|slot| slot.usage != Usage::NotUsed) {
        match slot.node {
            NodeSpec::Loop(inner) => {
                let Some(at) = here.iter().position(|line| line.inner == inner.id) else {
                    found.push(format!("{path}/{}: only we have it", inner.id));
                    continue;
                };
                taken[at] = true;
                let (ours, line) = ((letter(slot.usage), most(slot.max)), here[at]);
                if ours != (line.usage.as_str(), line.max.clone()) {
                    found.push(format!("{path}/{}: {ours:?}, pyx12 {} {}", inner.id, line.usage, line.max));
                }
                let within =
                    if path.is_empty() { inner.id.to_owned() } else { format!("{path}/{}", inner.id) };
                compare(inner, &within, theirs, found);
            }
            NodeSpec::Segment(segment) => {
                let fits = |line: &Line| {
                    line.segment == segment.id
                        && slot.conditions.iter().filter(|condition| condition.element > 0).all(|condition| {
                            let place = condition.element.to_string();
                            let first = format!("{place}-1");
                            let codes = line.elements.get(&first).or_else(|| line.elements.get(&place));
                            codes.is_some_and(|(_, codes)| {
                                condition.codes.iter().any(|code| codes.iter().any(|theirs| theirs == code))
                            })
                        })
                };
                let Some(at) = (0..here.len()).find(|&at| !taken[at] && fits(here[at])) else {
                    found.push(format!("{path} {}: only we have it", slot.pattern));
                    continue;
                };
                taken[at] = true;
                segment_differences(path, slot, segment, here[at], found);
            }
        }
    }
    for (line, taken) in here.iter().zip(taken) {
        if !taken {
            found.push(format!(
                "{path} {}{}: missing, {:?}",
                line.segment,
                line.inner,
                line.elements.get("1")
            ));
        }
    }
}

fn segment_differences(
    path: &str,
    slot: &'static SlotSpec,
    segment: &'static SegmentSpec,
    line: &Line,
    found: &mut Vec<String>,
) {
    let name = format!("{path} {}", slot.pattern.chars().take(12).collect::<String>());
    let ours = (letter(slot.usage), most(slot.max));
    if ours != (line.usage.as_str(), line.max.clone()) {
        found.push(format!("{name}: {ours:?}, pyx12 {} {}", line.usage, line.max));
    }
    let mine = places(segment, slot);
    let all: std::collections::BTreeSet<&String> = mine.keys().chain(line.elements.keys()).collect();
    for place in all {
        // Components of a composite that neither uses.
        if let Some((whole, _)) = place.split_once('-')
            && mine.get(whole).is_none_or(|(usage, _)| *usage == "N")
            && line.elements.get(whole).is_none_or(|(usage, _)| usage == "N")
        {
            continue;
        }
        let (usage, codes) = mine.get(place).map_or(("N", &[][..]), |(usage, codes)| (usage, codes));
        let (their_usage, their_codes) =
            line.elements.get(place).map_or(("N", &[][..]), |(usage, codes)| (usage, codes));
        if usage != their_usage {
            found.push(format!("{name} {place}: {usage}, pyx12 {their_usage}"));
        }
        let sorted = |codes: &[String]| {
            let mut codes = codes.to_vec();
            codes.sort();
            codes.join("|")
        };
        if usage != "N" && their_usage != "N" && sorted(codes) != sorted(their_codes) {
            found.push(if codes.len().max(their_codes.len()) > 12 {
                format!("{name} {place}: {} codes, pyx12 {}", codes.len(), their_codes.len())
            } else {
                format!("{name} {place}: codes {}, pyx12 {}", sorted(codes), sorted(their_codes))
            });
        }
    }
}

/// pyx12's map of the X212 has the levels below the receiver beside it.
fn nest(line: &mut Line) {
    let level = if line.path.is_empty() { &line.inner } else { &line.path };
    let around = match level.get(..5) {
        Some("2000C") => "2000A/2000B",
        Some("2000D") => "2000A/2000B/2000C",
        Some("2000E") => "2000A/2000B/2000C/2000D",
        _ => return,
    };
    line.path = if line.path.is_empty() { around.to_owned() } else { format!("{around}/{}", line.path) };
}

#[test]
fn our_tables_are_pyx12s_but_for_what_is_explained() {
    let mut found = vec![];
    for (guide, spec, name, lines) in [
        ("837P", Professional::LOOP, "837.5010.X222.A1.xml", 300),
        ("837I", Institutional::LOOP, "837Q3.I.5010.X223.A1.xml", 300),
        ("835", Remittance::LOOP, "835.5010.X221.A1.xml", 50),
        ("999", ImplementationAcknowledgment::LOOP, "999.5010X231.A1.xml", 10),
        ("277CA", ClaimAcknowledgment::LOOP, "277.5010.X214.xml", 30),
        ("277", StatusResponse::LOOP, "277.5010.X212.xml", 30),
    ] {
        let mut theirs = map(name);
        // The envelope is no part of a guide's tables; other tests compare it.
        let envelope = ["ISA", "TA1", "GS", "ST", "SE", "GE", "IEA"];
        theirs.retain(|line| !envelope.contains(&line.segment.as_str()));
        if guide == "277" {
            theirs.iter_mut().for_each(nest);
        }
        assert!(theirs.len() > lines, "{guide}: {}", theirs.len());
        let mut here = vec![];
        compare(spec, "", &theirs, &mut here);
        found.extend(here.into_iter().map(|difference| format!("{guide} {difference}")));
    }
    let explained: Vec<&str> = include_str!("DIFFERENCES.md")
        .lines()
        .filter_map(|line| {
            line.strip_prefix("- table `")?.split_once("`: ").map(|(difference, _)| difference)
        })
        .collect();
    let news: Vec<&String> =
        found.iter().filter(|difference| !explained.contains(&difference.as_str())).collect();
    let gone: Vec<&&str> =
        explained.iter().filter(|line| !found.iter().any(|found| found == **line)).collect();
    println!("{} differences between the tables", found.len());
    assert!(news.is_empty(), "not explained:\n{news:#?}");
    assert!(gone.is_empty(), "listed, and no longer different: {gone:?}");
}
