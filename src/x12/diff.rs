//! What changed between two files, claim by claim, whatever their envelopes say.
//!
//! A claim is known by its own number (CLM01, CLP01), a status by its trace (TRN02), a person of an
//! eligibility set by the member id. What stands above a claim (provider, subscriber) counts as the
//! claim's: a member id that changed is a change of that claim. Control numbers, times, level
//! numbers and counts of the envelope do not count; `200` and `200.00` are the same amount.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::declare::Written;
use crate::envelope::{File, Guide, Set};
use crate::lexer::Delimiters;
use crate::pieces::{Named, Pieces, each_value};
use crate::spec::{DataType, LoopSpec, NodeSpec, SegmentSpec, SlotSpec};
use crate::value::{Element, Number, Text};

/// What became of a claim or of the rest of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Only in the second file.
    Added,
    /// Only in the first file.
    Removed,
    /// In both, not alike.
    Changed,
}

/// One element that is not alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The loop, with its number where it repeats: `2110[2]`.
    pub r#loop: String,
    /// `SVC03`, `SVC01-2`.
    pub element: String,
    /// The declaration's name of it.
    pub name: String,
    /// In the first file.
    pub before: Option<String>,
    /// In the second.
    pub after: Option<String>,
}

/// A claim, or the rest of a set, that is not alike in both files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// `claim A1`, `set 1`.
    pub what: String,
    /// What became of it.
    pub outcome: Outcome,
    /// What changed in it.
    pub changes: Vec<Change>,
}

/// Two files compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// What is not alike, in the order of the first file, then of the second.
    pub differences: Vec<Difference>,
    /// Claims that are alike.
    pub same: u64,
}

impl Comparison {
    /// How many differences there are of a kind.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        self.differences.iter().filter(|one| one.outcome == outcome).count()
    }
}

/// Compares two files.
#[must_use]
pub fn diff(first: &File<'_>, second: &File<'_>) -> Comparison {
    let (first, second) = (Records::of(first), Records::of(second));
    let mut comparison = Comparison::default();
    for (key, record) in first.in_order() {
        match second.by_key.get(key) {
            None => comparison.differences.push(record.only(Outcome::Removed)),
            Some(other) => {
                let changes = changes(&record.fields, &other.fields);
                if changes.is_empty() {
                    comparison.same += u64::from(record.is_unit);
                } else {
                    let what = record.what.clone();
                    comparison.differences.push(Difference { what, outcome: Outcome::Changed, changes });
                }
            }
        }
    }
    for (key, record) in second.in_order() {
        if !first.by_key.contains_key(key) {
            comparison.differences.push(record.only(Outcome::Added));
        }
    }
    comparison
}

/// One element with its place.
#[derive(Clone, Debug)]
struct Field {
    place: String,
    /// Tells segments of one identifier apart that stand in different slots of a loop.
    slot: String,
    element: String,
    name: String,
    text: String,
    /// As it is compared.
    plain: String,
}

#[derive(Clone, Debug)]
struct Record {
    what: String,
    is_unit: bool,
    fields: Vec<Field>,
}

impl Record {
    fn only(&self, outcome: Outcome) -> Difference {
        Difference { what: self.what.clone(), outcome, changes: vec![] }
    }
}

type Key = (Guide, String, usize);

#[derive(Default)]
struct Records {
    by_key: HashMap<Key, Record>,
    order: Vec<Key>,
}

impl Records {
    fn of(file: &File<'_>) -> Records {
        let mut records = Records::default();
        for interchange in &file.interchanges {
            for set in interchange.groups.iter().flat_map(|group| &group.sets) {
                Walk { delimiters: interchange.delimiters, guide: set.guide, records: &mut records }.set(set);
            }
        }
        records
    }
    fn push(&mut self, guide: Guide, number: &str, record: Record) {
        let occurrence = (0..).find(|nth| !self.by_key.contains_key(&(guide, number.to_owned(), *nth)));
        let key = (guide, number.to_owned(), occurrence.unwrap_or_default());
        self.order.push(key.clone());
        self.by_key.insert(key, record);
    }
    fn in_order(&self) -> impl Iterator<Item = (&Key, &Record)> {
        self.order.iter().filter_map(|key| Some((key, self.by_key.get(key)?)))
    }
}

struct Walk<'r> {
    delimiters: Delimiters,
    guide: Guide,
    records: &'r mut Records,
}

impl Walk<'_> {
    fn set(&mut self, set: &Set<'_>) {
        let mut fields = Vec::new();
        match set.body.node().map(|body| (body, body.spec())) {
            Some((body, NodeSpec::Loop(spec))) => {
                self.above(body, spec, "", &[], &mut fields);
            }
            Some((body, NodeSpec::Segment(_))) => {
                self.other(body.source().text(), "", &mut BTreeMap::new(), &mut fields);
            }
            None => {}
        }
        let kind = set.header.identifier.unwrap_or_default();
        let record = Record { what: format!("set of {kind}"), is_unit: false, fields };
        self.records.push(self.guide, "set", record);
    }

    /// A loop above the claims: its own segments go to each of them. True when there was a claim.
    fn above(
        &mut self,
        held: &dyn Written,
        spec: &'static LoopSpec,
        path: &str,
        around: &[Field],
        rest: &mut Vec<Field>,
    ) -> bool {
        let outermost = path.is_empty();
        let mut own = Vec::new();
        let mut inner: Vec<(&dyn Written, &'static LoopSpec)> = Vec::new();
        let mut counts = BTreeMap::new();
        held.each(&mut |place, part| match part.spec() {
            NodeSpec::Loop(below) if holds_units(below) => inner.push((part, below)),
            _ => self.part(place, part, spec, path, &mut counts, &mut own),
        });
        let mut context = around.to_vec();
        if !outermost {
            context.extend(own.iter().cloned());
        }
        let mut found = false;
        for (part, below) in inner {
            if let Some(number) = self.unit(part, below) {
                let mut fields = context.clone();
                self.all(part, below, below.id, &mut fields);
                let what = format!("{} {number}", unit_word(below));
                self.records.push(
                    self.guide,
                    &format!("{} {number}", below.id),
                    Record { what, is_unit: true, fields },
                );
                found = true;
            } else {
                found |= self.above(part, below, below.id, &context, rest);
            }
        }
        if outermost || !found {
            rest.extend(own);
        }
        found
    }

    /// The number of a claim.
    fn unit(&self, part: &dyn Written, spec: &'static LoopSpec) -> Option<String> {
        if !is_unit(spec) {
            return None;
        }
        let mut number = None;
        part.each(&mut |place, first| {
            if place == 0 && number.is_none() {
                let pieces = Pieces::of(first.source().text(), self.delimiters);
                let text = match pieces.id {
                    b"TRN" => pieces.get(2),
                    b"NM1" if pieces.get(9).is_empty() => pieces.get(3),
                    b"NM1" => pieces.get(9),
                    _ => pieces.get(1),
                };
                number = Some(text.trim().to_str().into_owned());
            }
        });
        Some(number.unwrap_or_default())
    }

    fn all(&self, held: &dyn Written, spec: &'static LoopSpec, path: &str, out: &mut Vec<Field>) {
        let mut counts = BTreeMap::new();
        held.each(&mut |place, part| self.part(place, part, spec, path, &mut counts, out));
    }

    fn part(
        &self,
        place: usize,
        part: &dyn Written,
        within: &'static LoopSpec,
        path: &str,
        counts: &mut BTreeMap<String, u32>,
        out: &mut Vec<Field>,
    ) {
        match part.spec() {
            _ if place == usize::MAX => self.other(part.source().text(), path, counts, out),
            NodeSpec::Loop(inner) => {
                let count = counts.entry(inner.id.to_owned()).or_default();
                *count += 1;
                let number =
                    if *count > 1 || repeats(within, place) { format!("[{count}]") } else { String::new() };
                let path = if path.is_empty() {
                    format!("{}{number}", inner.id)
                } else {
                    format!("{path}/{}{number}", inner.id)
                };
                self.all(part, inner, &path, out);
            }
            NodeSpec::Segment(spec) => {
                let slot = place.to_string();
                let place = numbered(counts, path, &slot, spec.id);
                self.segment(part.source().text(), Some(spec), (&place, &slot), out);
            }
        }
    }

    fn other(&self, text: &[u8], path: &str, counts: &mut BTreeMap<String, u32>, out: &mut Vec<Field>) {
        for text in Pieces::several(text, self.delimiters) {
            let id = Text::new(Pieces::of(text, self.delimiters).id).to_str().into_owned();
            let place = numbered(counts, path, "other", &id);
            self.segment(text, None, (&place, "other"), out);
        }
    }

    fn segment(
        &self,
        text: &[u8],
        spec: Option<&'static SegmentSpec>,
        (place, slot): (&str, &str),
        out: &mut Vec<Field>,
    ) {
        let pieces = Pieces::of(text, self.delimiters);
        let id = Text::new(pieces.id).to_str().into_owned();
        // Levels are numbered anew in each file, and the header says when and under what number.
        if id == "HL" {
            return;
        }
        each_value(spec, &pieces, self.delimiters, |value| {
            if id == "BHT" && (3..=5).contains(&value.element) {
                return;
            }
            let element = match value.component {
                0 => format!("{id}{:02}", value.element),
                component => format!("{id}{:02}-{component}", value.element),
            };
            out.push(Field {
                place: place.to_owned(),
                slot: slot.to_owned(),
                element,
                name: value.part.map_or(String::new(), |part| part.name.replace('_', " ")),
                text: value.text.to_str().into_owned(),
                plain: plain(&value),
            });
        });
    }
}

/// Where a segment stands, with its number when it is not the first of its kind there.
fn numbered(counts: &mut BTreeMap<String, u32>, path: &str, slot: &str, id: &str) -> String {
    let count = counts.entry(format!("{slot} {id}")).or_default();
    *count += 1;
    if *count > 1 { format!("{path} {id}[{count}]").trim_start().to_owned() } else { path.to_owned() }
}

fn repeats(spec: &'static LoopSpec, place: usize) -> bool {
    spec.slots.get(place).is_some_and(|slot| slot.max > 1)
}

/// Numbers by their value, other text without the blanks around it.
fn plain(value: &Named<'_>) -> String {
    let number = matches!(value.part.map(|part| part.data_type), Some(DataType::R | DataType::N0));
    match <Number as Element<'_>>::read(value.text) {
        Ok(number_read) if number => number_read.0.normalize().to_string(),
        _ => value.text.trim().to_str().into_owned(),
    }
}

/// Loops that are compared one by one.
fn is_unit(spec: &'static LoopSpec) -> bool {
    match spec.slots.first().map(SlotSpec::id) {
        Some("CLM" | "CLP") => true,
        Some("TRN") => matches!(spec.id, "2200D" | "2200E"),
        Some("NM1") => matches!(
            spec.name,
            "SubscriberInquiry" | "DependentInquiry" | "SubscriberResponse" | "DependentResponse"
        ),
        _ => false,
    }
}

fn unit_word(spec: &'static LoopSpec) -> &'static str {
    match spec.slots.first().map(SlotSpec::id) {
        Some("CLM" | "CLP") => "claim",
        Some("TRN") => "claim status",
        _ => "person",
    }
}

fn holds_units(spec: &'static LoopSpec) -> bool {
    is_unit(spec) || spec.slots.iter().filter_map(SlotSpec::loop_spec).any(holds_units)
}

fn changes(before: &[Field], after: &[Field]) -> Vec<Change> {
    fn key(field: &Field) -> (&str, &str, &str) {
        (&field.place, &field.slot, &field.element)
    }
    let change = |of: &Field, before: Option<&Field>, after: Option<&Field>| Change {
        r#loop: of.place.clone(),
        element: of.element.clone(),
        name: of.name.clone(),
        before: before.map(|field| field.text.clone()),
        after: after.map(|field| field.text.clone()),
    };
    let later: HashMap<(&str, &str, &str), &Field> = after.iter().map(|field| (key(field), field)).collect();
    let earlier: HashMap<(&str, &str, &str), &Field> =
        before.iter().map(|field| (key(field), field)).collect();
    let mut found = Vec::new();
    for field in before {
        match later.get(&key(field)) {
            Some(other) if other.plain == field.plain => {}
            other => found.push(change(field, Some(field), other.copied())),
        }
    }
    found.extend(
        after
            .iter()
            .filter(|field| !earlier.contains_key(&key(field)))
            .map(|field| change(field, None, Some(field))),
    );
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_file;

    const SET: &str = "ST*835*0001~BPR*I*250*C*CHK************20240105~TRN*1*CHECK1*1512345678~N1*PR*PLAN~N1*PE*CLINIC*XX*1234567893~\
        LX*1~CLP*A1*1*200*150*50*12*ICN1~CAS*PR*1*50~NM1*QC*1*DOE*JANE~SVC*HC:99213*120*100~DTM*472*20240101~SVC*HC:99214*80*50~\
        DTM*472*20240101~CLP*A2*1*100*100**12*ICN2~NM1*QC*1*ROE*JIM~SE*16*0001~";

    #[track_caller]
    fn lines(first: &str, second: &str) -> Vec<String> {
        let comparison = diff(&read_file(first.as_bytes()), &read_file(second.as_bytes()));
        let mut lines = Vec::new();
        for one in &comparison.differences {
            lines.push(format!("{} {:?}", one.what, one.outcome));
            lines.extend(one.changes.iter().map(|change| {
                let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
                format!(
                    "  {} {} {}: {} -> {}",
                    change.r#loop,
                    change.element,
                    change.name,
                    text(&change.before),
                    text(&change.after)
                )
            }));
        }
        lines.push(format!("{} the same", comparison.same));
        lines
    }

    #[test]
    fn envelopes_and_ways_of_writing_do_not_count() {
        let other = SET.replace("*0001~", "*0999~").replace("CLP*A1*1*200*150*", "CLP*A1*1*200.00*150.0*");
        assert_eq!(lines(SET, &other.replace('*', "|").replace("~", "~\r\n")), ["2 the same"]);
    }

    #[test]
    fn changes_are_told_by_claim_and_element() {
        let other = SET
            .replace("SVC*HC:99214*80*50~", "SVC*HC:99215*80*40~REF*6R*L2~")
            .replace("CLP*A2*1*100*100**12*ICN2~NM1*QC*1*ROE*JIM~", "CLP*A3*1*100*100**12*ICN2~")
            .replace("BPR*I*250", "BPR*I*240");
        assert_eq!(
            lines(SET, &other),
            [
                "claim A1 Changed",
                "  2100/2110[2] SVC01-2 code: 99214 -> 99215",
                "  2100/2110[2] SVC03 paid: 50 -> 40",
                "  2100/2110[2] REF01 qualifier: nothing -> 6R",
                "  2100/2110[2] REF02 identifier: nothing -> L2",
                "claim A2 Removed",
                "set of 835 Changed",
                "   BPR02 paid: 250 -> 240",
                "claim A3 Added",
                "0 the same",
            ]
        );
    }
}
