//! JSON: a rendering of the declarations. Loops and elements by their names, text as it stands, so
//! that the way back gives the same bytes.
//!
//! A key with `@` says how something is written, not what it says: `@lead` the line break before
//! a segment when it is not the interchange's usual one, `@elements` how many separators a segment
//! has when some trail, `@at` the order of things that do not stand in the guide's, `@source` a
//! text that no declaration gives back. What has no slot is under `@other`. The way back renders
//! X12 text; only the reader reads it.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::declare::{Other, Written};
use crate::envelope::{File, Group, Guide, Interchange, Set};
use crate::lexer::Delimiters;
use crate::pieces::{Pieces, component_parts, place_width};
use crate::segments::{Ge, Gs, Iea, Isa, Se, St, Ta1};
use crate::spec::{DataType, ElementSpec, LoopSpec, NodeSpec, PartSpec, SegmentSpec, SlotSpec};

/// JSON in the order in which it was put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// Nothing at this place of a list.
    Null,
    /// A flag.
    Yes,
    /// A count.
    Number(u64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// Names and values.
    Object(Vec<(String, Json)>),
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Yes => serializer.serialize_bool(true),
            Json::Number(number) => serializer.serialize_u64(*number),
            Json::Text(text) => serializer.serialize_str(text),
            Json::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Json::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                map.end()
            }
        }
    }
}

/// How elements are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// `patient_control_number`.
    Fields,
    /// `CLP01`.
    Designators,
}

/// Renders a file; the way back is [`to_x12`].
#[must_use]
pub fn to_json(file: &File<'_>, names: Names) -> Json {
    let plain = |interchange: &Interchange<'_>| {
        let Delimiters { element, component, repetition, segment } = interchange.delimiters;
        [element, component, segment, repetition.unwrap_or(b'^')].iter().all(u8::is_ascii)
    };
    // Text that is not UTF-8 is carried as Latin-1: one character for each byte.
    let utf8 = file.interchanges.iter().all(plain) && std::str::from_utf8(&file.write()).is_ok();
    let encoding = if utf8 { "utf-8" } else { "latin-1" };
    let mut writer = Out { utf8, names, delimiters: Delimiters::USUAL, line_break: Vec::new(), first: true };
    let interchanges = file.interchanges.iter().map(|one| writer.interchange(one)).collect();
    let mut all = vec![
        ("encoding".to_owned(), Json::Text(encoding.to_owned())),
        ("interchanges".to_owned(), Json::List(interchanges)),
    ];
    if !file.tail.is_empty() {
        all.push(("tail".to_owned(), writer.text(file.tail)));
    }
    Json::Object(all)
}

struct Out {
    utf8: bool,
    names: Names,
    delimiters: Delimiters,
    /// What stands before each segment but the first.
    line_break: Vec<u8>,
    first: bool,
}

type Fields = Vec<(String, Json)>;

impl Out {
    fn string(&self, bytes: &[u8]) -> String {
        if self.utf8 {
            String::from_utf8_lossy(bytes).into_owned()
        } else {
            bytes.iter().map(|&byte| char::from(byte)).collect()
        }
    }
    fn text(&self, bytes: &[u8]) -> Json {
        Json::Text(self.string(bytes))
    }

    fn interchange(&mut self, of: &Interchange<'_>) -> Json {
        self.delimiters = of.delimiters;
        self.first = true;
        self.line_break = line_break(of).to_vec();
        let mut fields = Fields::new();
        if !of.before.is_empty() {
            fields.push(("before".to_owned(), self.text(of.before)));
        }
        let Delimiters { element, component, repetition, segment } = of.delimiters;
        let mut marks: Fields = [("element", element), ("component", component), ("segment", segment)]
            .map(|(name, byte)| (name.to_owned(), self.text(&[byte])))
            .into();
        if let Some(byte) = repetition {
            marks.push(("repetition".to_owned(), self.text(&[byte])));
        }
        fields.push(("delimiters".to_owned(), Json::Object(marks)));
        if !self.line_break.is_empty() {
            fields.push(("line_break".to_owned(), self.text(&self.line_break)));
        }
        let ordered = in_order(of) && of.other.is_empty();
        let at = |part: &dyn Written| (!ordered).then(|| part.source().first_byte());
        if let Some(header) = &of.header {
            fields.push(("ISA".to_owned(), self.segment(header, at(header))));
        }
        if !of.acknowledgments.is_empty() {
            let all = of.acknowledgments.iter().map(|one| self.segment(one, at(one))).collect();
            fields.push(("TA1".to_owned(), Json::List(all)));
        }
        if !of.groups.is_empty() {
            let all = of.groups.iter().map(|group| self.group(group, at(group))).collect();
            fields.push(("groups".to_owned(), Json::List(all)));
        }
        if let Some(trailer) = &of.trailer {
            fields.push(("IEA".to_owned(), self.segment(trailer, at(trailer))));
        }
        self.others(&of.other, &mut fields);
        Json::Object(fields)
    }

    fn group(&mut self, of: &Group<'_>, at: Option<u64>) -> Json {
        let mut fields = placed(at);
        let ordered = in_order(of) && of.other.is_empty();
        let at = |part: &dyn Written| (!ordered).then(|| part.source().first_byte());
        if let Some(header) = &of.header {
            fields.push(("GS".to_owned(), self.segment(header, at(header))));
        }
        let sets = of.sets.iter().map(|set| self.set(set, at(set))).collect();
        fields.push(("sets".to_owned(), Json::List(sets)));
        if let Some(trailer) = &of.trailer {
            fields.push(("GE".to_owned(), self.segment(trailer, at(trailer))));
        }
        self.others(&of.other, &mut fields);
        Json::Object(fields)
    }

    fn set(&mut self, of: &Set<'_>, at: Option<u64>) -> Json {
        let mut fields = placed(at);
        fields.push(("ST".to_owned(), self.segment(&of.header, None)));
        if let Some(body) = of.body.node() {
            match body.spec() {
                NodeSpec::Loop(spec) => {
                    fields.push(("guide".to_owned(), Json::Text(of.guide.name().to_owned())));
                    let all = self.loop_of(body, spec, None);
                    fields.push(("body".to_owned(), all));
                }
                NodeSpec::Segment(_) => {
                    let all = self.segments(body.source().text());
                    fields.push(("segments".to_owned(), all));
                }
            }
        }
        if let Some(trailer) = &of.trailer {
            fields.push(("SE".to_owned(), self.segment(trailer, None)));
        }
        Json::Object(fields)
    }

    fn loop_of(&mut self, held: &dyn Written, spec: &'static LoopSpec, at: Option<u64>) -> Json {
        let mut others = false;
        let mut parts: Vec<(usize, &dyn Written)> = Vec::new();
        held.each(&mut |place, part| {
            others |= place == usize::MAX;
            parts.push((place, part));
        });
        let ordered = !others && in_order(held);
        let mut fields = placed(at);
        for (place, slot) in spec.slots.iter().enumerate() {
            let mut items: Vec<Json> = parts
                .iter()
                .filter(|(of, _)| *of == place)
                .map(|(_, part)| {
                    let at = (!ordered).then(|| first_byte(*part));
                    match part.spec() {
                        NodeSpec::Loop(inner) => self.loop_of(*part, inner, at),
                        NodeSpec::Segment(_) => self.segment(*part, at),
                    }
                })
                .collect();
            if is_list(slot) && !items.is_empty() {
                fields.push((slot.name.to_owned(), Json::List(items)));
            } else if let Some(item) = items.pop() {
                fields.push((slot.name.to_owned(), item));
            }
        }
        let kept: Vec<Json> = parts
            .iter()
            .filter(|(place, _)| *place == usize::MAX)
            .map(|(_, part)| self.other(part.source().text(), first_byte(*part)))
            .collect();
        if !kept.is_empty() {
            fields.push(("@other".to_owned(), Json::List(kept)));
        }
        Json::Object(fields)
    }

    fn others(&mut self, others: &[Other<'_>], fields: &mut Fields) {
        if !others.is_empty() {
            let kept = others
                .iter()
                .map(|other| self.other(other.source.text(), other.source.first_byte()))
                .collect();
            fields.push(("@other".to_owned(), Json::List(kept)));
        }
    }
    fn other(&mut self, text: &[u8], at: u64) -> Json {
        let mut fields = placed(Some(at));
        fields.push(("segments".to_owned(), self.segments(text)));
        Json::Object(fields)
    }
    /// Segments without a declaration: each under its identifier, elements by designator.
    fn segments(&mut self, text: &[u8]) -> Json {
        let delimiters = self.delimiters;
        let all = Pieces::several(text, delimiters).map(|text| {
            let pieces = Pieces::of(text, delimiters);
            let id = self.string(pieces.id);
            let segment = self.pieces(text, &pieces, None, None);
            Json::Object(vec![(id, segment)])
        });
        Json::List(all.collect())
    }

    fn segment(&mut self, part: &dyn Written, at: Option<u64>) -> Json {
        let source = part.source();
        let text = source.text();
        let pieces = Pieces::of(text, self.delimiters);
        let spec = match part.spec() {
            NodeSpec::Segment(spec) => Some(spec),
            NodeSpec::Loop(_) => None,
        };
        self.pieces(text, &pieces, spec, at)
    }

    fn pieces(
        &mut self,
        text: &[u8],
        pieces: &Pieces<'_>,
        spec: Option<&'static SegmentSpec>,
        at: Option<u64>,
    ) -> Json {
        let mut fields = placed(at);
        let first = std::mem::replace(&mut self.first, false);
        if spec.is_some_and(|spec| spec.id.as_bytes() != pieces.id) {
            fields.push(("@source".to_owned(), self.text(text)));
            return Json::Object(fields);
        }
        let usual: &[u8] = if first { b"" } else { &self.line_break };
        if pieces.lead != usual {
            fields.push(("@lead".to_owned(), self.text(pieces.lead)));
        }
        let id = self.string(pieces.id);
        let mut next = 1;
        for element in spec.map_or(&[][..], |spec| spec.elements) {
            self.undeclared(&id, next..element.position(), pieces, &mut fields);
            next = element.position() + element.width();
            if let Some(value) = self.element(element, pieces) {
                let name = match self.names {
                    Names::Fields => element.part.name,
                    Names::Designators => element.designator,
                };
                fields.push((name.to_owned(), value));
            }
        }
        let count = u8::try_from(pieces.elements.len()).unwrap_or(u8::MAX);
        self.undeclared(&id, next..count.saturating_add(1), pieces, &mut fields);
        let filled = pieces.elements.iter().rposition(|text| !text.is_empty()).map_or(0, |at| at + 1);
        if filled != pieces.elements.len() {
            fields.push(("@elements".to_owned(), Json::Number(pieces.elements.len() as u64)));
        }
        if !pieces.terminated {
            fields.push(("@unterminated".to_owned(), Json::Yes));
        }
        if pieces.elements.len() > usize::from(MOST_ELEMENTS) {
            // A designator has two digits: such a segment is carried as it stands.
            fields = placed(at);
            fields.push(("@source".to_owned(), self.text(text)));
        }
        Json::Object(fields)
    }

    fn undeclared(&self, id: &str, places: std::ops::Range<u8>, pieces: &Pieces<'_>, fields: &mut Fields) {
        for place in places {
            let text = pieces.get(place);
            if !text.is_empty() {
                fields.push((format!("{id}{place:02}"), self.text(text.as_bytes())));
            }
        }
    }

    fn element(&self, element: &'static ElementSpec, pieces: &Pieces<'_>) -> Option<Json> {
        let first = element.position();
        if element.repeat > 1 {
            let text = pieces.get(first).as_bytes();
            let repeats = text.split(|&byte| Some(byte) == self.delimiters.repetition);
            return (!text.is_empty()).then(|| Json::List(repeats.map(|one| self.text(one)).collect()));
        }
        let rounds = (0..element.part.times).map(|round| match element.part.data_type {
            DataType::G => self.group_of(element, first + round * group_width(element), pieces),
            DataType::C => self.composite(pieces.get(first + round).as_bytes(), element.parts),
            _ => self.simple(pieces.get(first + round).as_bytes()),
        });
        one_or_list(element.part.times, rounds)
    }
    fn group_of(&self, element: &'static ElementSpec, first: u8, pieces: &Pieces<'_>) -> Option<Json> {
        let mut place = first;
        let mut fields = Fields::new();
        for part in element.parts {
            let width = place_width(part);
            let values = (place..place + width).map(|at| match part.data_type {
                DataType::C => self.composite(pieces.get(at).as_bytes(), part.parts),
                _ => self.simple(pieces.get(at).as_bytes()),
            });
            if let Some(value) = one_or_list(width, values) {
                fields.push((part.name.to_owned(), value));
            }
            place += width;
        }
        (!fields.is_empty()).then_some(Json::Object(fields))
    }
    fn simple(&self, text: &[u8]) -> Option<Json> {
        (!text.is_empty()).then(|| self.text(text))
    }
    /// Parts by name; as it stands when that would not give the same text back.
    fn composite(&self, text: &[u8], parts: &'static [PartSpec]) -> Option<Json> {
        if text.is_empty() {
            return None;
        }
        let components: Vec<&[u8]> = text.split(|&byte| byte == self.delimiters.component).collect();
        let trails = components.last().is_some_and(|last| last.is_empty());
        if trails || components.len() > component_parts(parts).count() {
            return Some(self.text(text));
        }
        let mut rest = components.into_iter();
        let mut fields = Fields::new();
        for part in parts {
            let values: Vec<Option<Json>> =
                rest.by_ref().take(usize::from(part.times)).map(|one| self.simple(one)).collect();
            if let Some(value) = one_or_list(part.times, values.into_iter()) {
                fields.push((part.name.to_owned(), value));
            }
        }
        Some(Json::Object(fields))
    }
}

/// Most elements of a segment whose designators have two digits.
const MOST_ELEMENTS: u8 = 99;

fn group_width(element: &ElementSpec) -> u8 {
    element.parts.iter().map(place_width).sum()
}

fn placed(at: Option<u64>) -> Fields {
    at.map(|at| ("@at".to_owned(), Json::Number(at))).into_iter().collect()
}

fn is_list(slot: &SlotSpec) -> bool {
    slot.max > 1
}

/// The one value, or all of them with gaps; nothing when there is none.
fn one_or_list(times: u8, values: impl Iterator<Item = Option<Json>>) -> Option<Json> {
    let mut values: Vec<Option<Json>> = values.collect();
    while values.last().is_some_and(Option::is_none) {
        values.pop();
    }
    match times {
        _ if values.is_empty() => None,
        1 => values.pop().flatten(),
        _ => Some(Json::List(values.into_iter().map(|value| value.unwrap_or(Json::Null)).collect())),
    }
}

/// What usually stands before a segment of the interchange.
fn line_break<'a>(of: &'a Interchange<'_>) -> &'a [u8] {
    let mut seen = 0;
    let mut found: &'a [u8] = b"";
    let mut look = |part: &'a dyn Written| {
        seen += 1;
        if seen == 2 {
            found = Pieces::of(part.source().text(), of.delimiters).lead;
        }
    };
    of.header.iter().for_each(|part| look(part));
    of.acknowledgments.iter().for_each(|part| look(part));
    if let Some(group) = of.groups.first() {
        group.header.iter().for_each(|part| look(part));
        for set in &group.sets {
            look(&set.header);
            set.trailer.iter().for_each(|part| look(part));
        }
    }
    found
}

fn first_byte(part: &dyn Written) -> u64 {
    part.source().first_byte()
}

fn in_order(held: &dyn Written) -> bool {
    let (mut ordered, mut last) = (true, 0);
    held.each(&mut |_, part| {
        ordered &= first_byte(part) >= last;
        last = first_byte(part);
    });
    ordered
}

/// Why JSON cannot be rendered as X12.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {says}")]
pub struct JsonFault {
    /// `interchanges[0].groups[0].sets[0].body.claims[2]`.
    pub at: String,
    /// What is wrong there.
    pub says: String,
}

fn fault<T>(at: &str, says: impl Into<String>) -> Result<T, JsonFault> {
    Err(JsonFault { at: at.to_owned(), says: says.into() })
}

/// Renders X12 text from what [`to_json`] gave, changed or not.
///
/// # Errors
/// [`JsonFault`]: a name that the declaration does not have, a value that is not text, or data that
/// holds a delimiter.
pub fn to_x12(json: &Value) -> Result<Vec<u8>, JsonFault> {
    let file = object(json, "the file")?;
    let utf8 = match file.get("encoding").and_then(Value::as_str) {
        Some("latin-1") => false,
        Some("utf-8") | None => true,
        Some(other) => return fault("encoding", format!("{other} is neither utf-8 nor latin-1")),
    };
    let mut render = In { utf8, delimiters: Delimiters::USUAL, line_break: Vec::new(), first: true };
    let mut out = Vec::new();
    let mut at = "interchanges".to_owned();
    for (number, one) in list(file.get("interchanges"), &at)?.iter().enumerate() {
        at.truncate("interchanges".len());
        at += &format!("[{number}]");
        render.interchange(one, &at, &mut out)?;
    }
    if let Some(tail) = file.get("tail") {
        out.extend(render.bytes(tail, "tail")?);
    }
    Ok(out)
}

struct In {
    utf8: bool,
    delimiters: Delimiters,
    line_break: Vec<u8>,
    first: bool,
}

fn object<'j>(json: &'j Value, at: &str) -> Result<&'j Map<String, Value>, JsonFault> {
    json.as_object().map_or_else(|| fault(at, "an object is expected"), Ok)
}
fn list<'j>(json: Option<&'j Value>, at: &str) -> Result<&'j [Value], JsonFault> {
    match json {
        None => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => fault(at, "a list is expected"),
    }
}

/// Texts with their order, put together at last.
#[derive(Default)]
struct Ordered(Vec<(u64, Vec<u8>)>);

impl Ordered {
    /// What says no order stands where the declaration has it.
    fn push(&mut self, json: &Value, text: Vec<u8>) {
        let given = json.get("@at").and_then(Value::as_u64);
        let last = self.0.last().map_or(0, |(at, _)| *at);
        self.0.push((given.unwrap_or(last), text));
    }
    fn write(mut self, out: &mut Vec<u8>) {
        self.0.sort_by_key(|(at, _)| *at);
        self.0.into_iter().for_each(|(_, text)| out.extend(text));
    }
}

impl In {
    fn bytes(&self, json: &Value, at: &str) -> Result<Vec<u8>, JsonFault> {
        let text = match json {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Null => String::new(),
            _ => return fault(at, "text is expected"),
        };
        if self.utf8 {
            return Ok(text.into_bytes());
        }
        text.chars()
            .map(|c| u8::try_from(c).or_else(|_| fault(at, format!("{c:?} is not a character of Latin-1"))))
            .collect()
    }
    /// Data: holds neither element separator nor terminator.
    fn data(&self, json: &Value, at: &str) -> Result<Vec<u8>, JsonFault> {
        let bytes = self.bytes(json, at)?;
        let Delimiters { element, segment, .. } = self.delimiters;
        match bytes.iter().find(|&&byte| byte == element || byte == segment) {
            Some(&byte) => fault(at, format!("the text holds the delimiter {:?}", char::from(byte))),
            None => Ok(bytes),
        }
    }

    fn interchange(&mut self, json: &Value, at: &str, out: &mut Vec<u8>) -> Result<(), JsonFault> {
        let fields = object(json, at)?;
        known(fields, at, &["before", "delimiters", "line_break", "ISA", "TA1", "groups", "IEA", "@other"])?;
        if let Some(marks) = fields.get("delimiters") {
            let within = format!("{at}.delimiters");
            let marks = object(marks, &within)?;
            let mark = |name: &str| match marks.get(name) {
                None => Ok(None),
                Some(json) => match self.bytes(json, &within)?[..] {
                    [byte] => Ok(Some(byte)),
                    _ => fault(&within, format!("{name} is one character")),
                },
            };
            self.delimiters = Delimiters {
                element: mark("element")?.unwrap_or(b'*'),
                component: mark("component")?.unwrap_or(b':'),
                segment: mark("segment")?.unwrap_or(b'~'),
                repetition: mark("repetition")?,
            };
        }
        self.line_break = match fields.get("line_break") {
            Some(json) => self.bytes(json, &format!("{at}.line_break"))?,
            None => Vec::new(),
        };
        self.first = true;
        if let Some(before) = fields.get("before") {
            out.extend(self.bytes(before, &format!("{at}.before"))?);
        }
        let mut parts = Ordered::default();
        if let Some(header) = fields.get("ISA") {
            parts.push(
                header,
                self.segment(header, Isa::SEGMENT.id, Some(Isa::SEGMENT), &format!("{at}.ISA"))?,
            );
        }
        for (number, answer) in list(fields.get("TA1"), at)?.iter().enumerate() {
            let within = format!("{at}.TA1[{number}]");
            parts.push(answer, self.segment(answer, Ta1::SEGMENT.id, Some(Ta1::SEGMENT), &within)?);
        }
        for (number, group) in list(fields.get("groups"), at)?.iter().enumerate() {
            let text = self.group(group, &format!("{at}.groups[{number}]"))?;
            parts.push(group, text);
        }
        if let Some(trailer) = fields.get("IEA") {
            let text = self.segment(trailer, Iea::SEGMENT.id, Some(Iea::SEGMENT), &format!("{at}.IEA"))?;
            parts.push(trailer, text);
        }
        self.others(fields, at, &mut parts)?;
        parts.write(out);
        Ok(())
    }

    fn group(&mut self, json: &Value, at: &str) -> Result<Vec<u8>, JsonFault> {
        let fields = object(json, at)?;
        known(fields, at, &["@at", "GS", "sets", "GE", "@other"])?;
        let mut parts = Ordered::default();
        if let Some(header) = fields.get("GS") {
            parts.push(header, self.segment(header, Gs::SEGMENT.id, Some(Gs::SEGMENT), &format!("{at}.GS"))?);
        }
        for (number, set) in list(fields.get("sets"), at)?.iter().enumerate() {
            let text = self.set(set, &format!("{at}.sets[{number}]"))?;
            parts.push(set, text);
        }
        if let Some(trailer) = fields.get("GE") {
            parts.push(
                trailer,
                self.segment(trailer, Ge::SEGMENT.id, Some(Ge::SEGMENT), &format!("{at}.GE"))?,
            );
        }
        self.others(fields, at, &mut parts)?;
        let mut out = Vec::new();
        parts.write(&mut out);
        Ok(out)
    }

    fn set(&mut self, json: &Value, at: &str) -> Result<Vec<u8>, JsonFault> {
        let fields = object(json, at)?;
        known(fields, at, &["@at", "ST", "guide", "body", "segments", "SE"])?;
        let mut out = Vec::new();
        if let Some(header) = fields.get("ST") {
            out.extend(self.segment(header, St::SEGMENT.id, Some(St::SEGMENT), &format!("{at}.ST"))?);
        }
        if let Some(body) = fields.get("body") {
            let name = fields.get("guide").and_then(Value::as_str).unwrap_or_default();
            let Some(spec) = Guide::named(name).and_then(Guide::loop_spec) else {
                return fault(at, format!("{name:?} is not a guide that is read here"));
            };
            out.extend(self.loop_of(body, spec, &format!("{at}.body"))?);
        }
        if let Some(segments) = fields.get("segments") {
            out.extend(self.segments(segments, at)?);
        }
        if let Some(trailer) = fields.get("SE") {
            out.extend(self.segment(trailer, Se::SEGMENT.id, Some(Se::SEGMENT), &format!("{at}.SE"))?);
        }
        Ok(out)
    }

    fn loop_of(&mut self, json: &Value, spec: &'static LoopSpec, at: &str) -> Result<Vec<u8>, JsonFault> {
        let fields = object(json, at)?;
        let slot_named = |name: &String| spec.slots.iter().any(|slot| slot.name == name);
        if let Some(name) =
            fields.keys().find(|name| !slot_named(name) && !["@at", "@other"].contains(&name.as_str()))
        {
            return fault(at, format!("loop {} has no {name}", spec.id));
        }
        let mut parts = Ordered::default();
        for slot in spec.slots {
            let Some(held) = fields.get(slot.name) else { continue };
            let items = if is_list(slot) { list(Some(held), at)? } else { std::slice::from_ref(held) };
            for (number, item) in items.iter().enumerate() {
                let within = match is_list(slot) {
                    true => format!("{at}.{}[{number}]", slot.name),
                    false => format!("{at}.{}", slot.name),
                };
                let text = match slot.node {
                    NodeSpec::Loop(inner) => self.loop_of(item, inner, &within)?,
                    NodeSpec::Segment(segment) => self.segment(item, segment.id, Some(segment), &within)?,
                };
                parts.push(item, text);
            }
        }
        self.others(fields, at, &mut parts)?;
        let mut out = Vec::new();
        parts.write(&mut out);
        Ok(out)
    }

    fn others(
        &mut self,
        fields: &Map<String, Value>,
        at: &str,
        parts: &mut Ordered,
    ) -> Result<(), JsonFault> {
        for (number, other) in list(fields.get("@other"), at)?.iter().enumerate() {
            let within = format!("{at}.@other[{number}]");
            let Some(segments) = object(other, &within)?.get("segments") else { continue };
            let text = self.segments(segments, &within)?;
            parts.push(other, text);
        }
        Ok(())
    }

    fn segments(&mut self, json: &Value, at: &str) -> Result<Vec<u8>, JsonFault> {
        let mut out = Vec::new();
        for (number, one) in list(Some(json), at)?.iter().enumerate() {
            let within = format!("{at}.segments[{number}]");
            for (id, segment) in object(one, &within)? {
                out.extend(self.segment(segment, id, None, &within)?);
            }
        }
        Ok(out)
    }

    fn segment(
        &mut self,
        json: &Value,
        id: &str,
        spec: Option<&'static SegmentSpec>,
        at: &str,
    ) -> Result<Vec<u8>, JsonFault> {
        let fields = object(json, at)?;
        let first = std::mem::replace(&mut self.first, false);
        if let Some(source) = fields.get("@source") {
            return self.bytes(source, at);
        }
        let mut elements: Vec<Vec<u8>> = Vec::new();
        for (name, value) in fields {
            if name.starts_with('@') && spec.is_some()
                || ["@at", "@lead", "@elements", "@unterminated"].contains(&name.as_str())
            {
                continue;
            }
            let within = format!("{at}.{name}");
            let declared = spec.and_then(|spec| {
                spec.elements.iter().find(|element| element.part.name == name || element.designator == name)
            });
            match declared {
                Some(element) => self.element(value, element, &within, &mut elements)?,
                None => {
                    let digits = name.strip_prefix(id).filter(|digits| digits.len() == 2);
                    let Some(place) =
                        digits.and_then(|digits| digits.parse::<u8>().ok()).filter(|place| *place > 0)
                    else {
                        return fault(at, format!("{id} has no {name}"));
                    };
                    put(&mut elements, place, self.data(value, &within)?);
                }
            }
        }
        let filled = elements.iter().rposition(|text| !text.is_empty()).map_or(0, |at| at + 1);
        let wanted =
            fields.get("@elements").and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok());
        elements.resize(filled.max(wanted.unwrap_or(0).min(usize::from(MOST_ELEMENTS))), Vec::new());
        let mut out = match fields.get("@lead") {
            Some(lead) => self.bytes(lead, at)?,
            None if first => Vec::new(),
            None => self.line_break.clone(),
        };
        out.extend(self.bytes(&Value::String(id.to_owned()), at)?);
        for text in elements {
            out.push(self.delimiters.element);
            out.extend(text);
        }
        if !fields.contains_key("@unterminated") {
            out.push(self.delimiters.segment);
        }
        Ok(out)
    }

    fn element(
        &self,
        json: &Value,
        element: &'static ElementSpec,
        at: &str,
        out: &mut Vec<Vec<u8>>,
    ) -> Result<(), JsonFault> {
        let first = element.position();
        if element.repeat > 1
            && let Value::Array(repeats) = json
        {
            let Some(separator) = self.delimiters.repetition.or((repeats.len() < 2).then_some(b'^')) else {
                return fault(at, "no repetition separator is in force");
            };
            let texts: Vec<Vec<u8>> =
                repeats.iter().map(|one| self.data(one, at)).collect::<Result<_, _>>()?;
            put(out, first, texts.join(&separator));
            return Ok(());
        }
        let rounds = if element.part.times > 1 { list(Some(json), at)? } else { std::slice::from_ref(json) };
        if rounds.len() > usize::from(element.part.times) {
            return fault(at, format!("{} takes at most {}", element.designator, element.part.times));
        }
        for (round, value) in (0..).zip(rounds) {
            if value.is_null() {
                continue;
            }
            match element.part.data_type {
                DataType::G => {
                    self.group_of(value, element, first + round * group_width(element), at, out)?
                }
                DataType::C => put(out, first + round, self.composite(value, element.parts, at)?),
                _ => put(out, first + round, self.data(value, at)?),
            }
        }
        Ok(())
    }
    fn group_of(
        &self,
        json: &Value,
        element: &'static ElementSpec,
        first: u8,
        at: &str,
        out: &mut Vec<Vec<u8>>,
    ) -> Result<(), JsonFault> {
        let fields = object(json, at)?;
        known_parts(fields, element.parts, at)?;
        let mut place = first;
        for part in element.parts {
            let width = place_width(part);
            if let Some(value) = fields.get(part.name) {
                let values = if width > 1 { list(Some(value), at)? } else { std::slice::from_ref(value) };
                for (offset, value) in (0..width).zip(values) {
                    let text = match part.data_type {
                        DataType::C => self.composite(value, part.parts, at)?,
                        _ => self.data(value, at)?,
                    };
                    put(out, place + offset, text);
                }
            }
            place += width;
        }
        Ok(())
    }
    fn composite(&self, json: &Value, parts: &'static [PartSpec], at: &str) -> Result<Vec<u8>, JsonFault> {
        let Value::Object(fields) = json else { return self.data(json, at) };
        known_parts(fields, parts, at)?;
        let mut components: Vec<Vec<u8>> = Vec::new();
        for part in parts {
            let values = match fields.get(part.name) {
                None => &[][..],
                Some(value) if part.times > 1 => list(Some(value), at)?,
                Some(value) => std::slice::from_ref(value),
            };
            if values.len() > usize::from(part.times) {
                return fault(at, format!("{} takes at most {}", part.name, part.times));
            }
            for place in 0..usize::from(part.times) {
                components.push(values.get(place).map_or(Ok(Vec::new()), |value| self.data(value, at))?);
            }
        }
        while components.last().is_some_and(Vec::is_empty) {
            components.pop();
        }
        Ok(components.join(&self.delimiters.component))
    }
}

fn put(elements: &mut Vec<Vec<u8>>, place: u8, text: Vec<u8>) {
    let at = usize::from(place).saturating_sub(1);
    if elements.len() <= at {
        elements.resize(at + 1, Vec::new());
    }
    elements[at] = text;
}

fn known(fields: &Map<String, Value>, at: &str, names: &[&str]) -> Result<(), JsonFault> {
    match fields.keys().find(|name| !names.contains(&name.as_str())) {
        Some(name) => fault(at, format!("there is no {name} here")),
        None => Ok(()),
    }
}
fn known_parts(fields: &Map<String, Value>, parts: &[PartSpec], at: &str) -> Result<(), JsonFault> {
    match fields.keys().find(|name| !parts.iter().any(|part| part.name == name.as_str())) {
        Some(name) => fault(at, format!("there is no {name} here")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::read_file;

    const ISA: &str = "ISA*00*          *00*          *ZZ*PLAN           *ZZ*CLINIC         *240101*1200*^*00501*000000001*0*P*:~\n";
    const REMITTANCE: &str = "GS*HP*A1*B1*20240105*1200*1*X*005010X221A1~\nST*835*0001~\nBPR*I*150.00*C*CHK************20240105~\n\
        TRN*1*CHECK1*1512345678~\nN1*PR*PLAN~\nN3*1 MAIN~\nN4*TOWN*OH*44111~\nPER*BL*HELP*TE*8005550100~\nN1*PE*CLINIC*XX*1234567893~\n\
        LX*1~\nCLP*A1*1*200*150.00*50*12*ICN1~\nCAS*PR*1*50**2*0.00~\nZZZ*1*2~\nNM1*QC*1*DOE*JANE~\n\
        SVC*HC:99213:25:::*200*150~\nDTM*472*20240101~\nREF*QQ*1~\nCAS*PR*1*50~\nSE*18*0001~\nGE*1*1~\nIEA*1*000000001~\n";

    #[track_caller]
    fn round_trip(text: &[u8]) -> Value {
        let file = read_file(text);
        for names in [Names::Fields, Names::Designators] {
            let json = serde_json::to_string(&to_json(&file, names)).unwrap();
            let back = to_x12(&serde_json::from_str(&json).unwrap()).unwrap();
            assert_eq!(String::from_utf8_lossy(&back), String::from_utf8_lossy(text));
            assert_eq!(back, text);
        }
        serde_json::to_value(to_json(&file, Names::Fields)).unwrap()
    }

    #[test]
    fn names_are_the_declarations_and_text_is_as_it_stands() {
        let json = round_trip(format!("{ISA}{REMITTANCE}").as_bytes());
        let set = &json["interchanges"][0]["groups"][0]["sets"][0];
        assert_eq!(set["guide"], "remittance");
        let claim = &set["body"]["headers"][0]["claims"][0];
        assert_eq!(claim["claim"]["paid"], "150.00");
        assert_eq!(claim["adjustments"][0]["adjustments"][1]["amount"], "0.00");
        assert_eq!(claim["services"][0]["service"]["procedure"], "HC:99213:25:::");
        assert_eq!(claim["@other"][0]["segments"][0]["ZZZ"]["ZZZ02"], "2");
        let designators = to_json(&read_file(REMITTANCE.as_bytes()), Names::Designators);
        assert!(serde_json::to_string(&designators).unwrap().contains(r#""CLP04":"150.00""#));
    }

    #[test]
    fn what_is_odd_survives() {
        let whole = format!("{ISA}{REMITTANCE}");
        for odd in [
            whole.replace('\n', "\r\n"),
            whole.replace('\n', ""),
            whole.replace("~\n", "\n"),
            whole.replace('*', "|").replace(':', ">"),
            format!("\u{feff}{whole}"),
            format!("a letter\n{whole}and more\n"),
            format!("{whole}{}", whole.replace('*', "|")),
            whole.replace("DOE*JANE", "D\u{f6}E*JANE"),
            whole.replace("CLP*A1*", "CLP *A1*").replace("LX*1~", "LX*1***~"),
            whole.replace("ST*835", "ST*834"),
            whole.trim_end_matches("~\n").to_owned(),
            REMITTANCE.to_owned(),
            whole.replace("N1*PE*CLINIC*XX*1234567893~\n", "").replace("N1*PR", "N1*PE*CLINIC*XX*1~\nN1*PR"),
            whole.replace("DTM*472*20240101~", &format!("DTM*472{}~", "*1".repeat(120))),
            String::new(),
        ] {
            round_trip(odd.as_bytes());
        }
        let mut latin = whole.into_bytes();
        let at = latin.windows(3).position(|window| window == b"DOE").unwrap();
        latin[at] = 0xD6;
        let json = round_trip(&latin);
        assert_eq!(json["encoding"], "latin-1");
    }

    #[test]
    fn a_changed_value_is_rendered_and_a_wrong_one_is_refused_with_its_place() {
        let file = read_file(REMITTANCE.as_bytes());
        let json = serde_json::to_value(to_json(&file, Names::Fields)).unwrap();
        let path = "/interchanges/0/groups/0/sets/0/body/headers/0/claims/0/claim";
        let mut changed = json.clone();
        changed.pointer_mut(path).unwrap()["paid"] = "149.5".into();
        changed.pointer_mut(path).unwrap()["CLP09"] = "7".into();
        let text = String::from_utf8(to_x12(&changed).unwrap()).unwrap();
        assert_eq!(
            text,
            REMITTANCE.replace("CLP*A1*1*200*150.00*50*12*ICN1~", "CLP*A1*1*200*149.5*50*12*ICN1**7~")
        );
        let refused = |name: &str, value: &str| {
            let mut changed = json.clone();
            changed.pointer_mut(path).unwrap()[name] = value.into();
            to_x12(&changed).unwrap_err().to_string()
        };
        let place = "interchanges[0].groups[0].sets[0].body.headers[0].claims[0].claim";
        assert_eq!(refused("payed", "1"), format!("{place}: CLP has no payed"));
        assert_eq!(refused("paid", "1*2"), format!("{place}.paid: the text holds the delimiter '*'"));
    }

    proptest! {
        #[test]
        fn json_and_back_are_the_same_bytes_whatever_they_are(
            order in prop::collection::vec(0_usize..22, 0..40), at in 0_usize..800, bytes in prop::collection::vec(any::<u8>(), 0..12),
        ) {
            let segments: Vec<&str> = REMITTANCE.split_inclusive('~').collect();
            let mut text = ISA.as_bytes().to_vec();
            for place in order {
                text.extend_from_slice(segments.get(place).copied().unwrap_or("HL*1~").as_bytes());
            }
            let at = at.min(text.len());
            text.splice(at..at, bytes);
            let file = read_file(&text);
            let json = serde_json::to_string(&to_json(&file, Names::Fields)).unwrap();
            let back = to_x12(&serde_json::from_str(&json).unwrap());
            prop_assert_eq!(back, Ok(text.clone()));
        }
    }
}
