//! One segment's text in pieces, named by its table: what JSON, explanations and comparisons are
//! made of. The typed reading keeps values; this keeps what stood there.

use crate::lexer::Delimiters;
use crate::spec::{DataType, PartSpec, SegmentSpec};
use crate::value::Text;

/// A segment's text, cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pieces<'a> {
    /// Line breaks and blanks before it.
    pub lead: &'a [u8],
    /// Its identifier as it stands.
    pub id: &'a [u8],
    /// Its elements.
    pub elements: Vec<&'a [u8]>,
    /// False for a last segment without terminator.
    pub terminated: bool,
}

impl<'a> Pieces<'a> {
    /// Cuts the text of one segment.
    pub fn of(text: &'a [u8], delimiters: Delimiters) -> Pieces<'a> {
        let leading = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let (lead, rest) = text.split_at(leading);
        let terminated = rest.last() == Some(&delimiters.segment);
        let inner = if terminated { &rest[..rest.len() - 1] } else { rest };
        let mut parts = inner.split(|&byte| byte == delimiters.element);
        let id = parts.next().unwrap_or_default();
        Pieces { lead, id, elements: parts.collect(), terminated }
    }
    /// Cuts text of several segments.
    pub fn several(text: &'a [u8], delimiters: Delimiters) -> impl Iterator<Item = &'a [u8]> {
        text.split_inclusive(move |&byte| byte == delimiters.segment)
    }
    /// The text at a place counted from 1.
    pub fn get(&self, place: u8) -> Text<'a> {
        let at = usize::from(place).checked_sub(1).and_then(|at| self.elements.get(at));
        Text::new(at.copied().unwrap_or_default())
    }
}

/// The components of a composite, each with its part: modifiers take four places.
pub fn component_parts(parts: &'static [PartSpec]) -> impl Iterator<Item = &'static PartSpec> {
    parts.iter().flat_map(|part| std::iter::repeat_n(part, usize::from(part.times)))
}

/// One value of a segment.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// Element, from 1.
    pub element: u8,
    /// Component, from 1; 0 for a simple element.
    pub component: u8,
    /// What the declaration says of it; none beyond it.
    pub part: Option<&'static PartSpec>,
    /// What stands there.
    pub text: Text<'a>,
}

/// Visits every value that is there, in order.
pub fn each_value<'a>(
    spec: Option<&'static SegmentSpec>,
    pieces: &Pieces<'a>,
    delimiters: Delimiters,
    mut visit: impl FnMut(Named<'a>),
) {
    for (element, text) in (1_u8..).zip(&pieces.elements) {
        if text.is_empty() {
            continue;
        }
        let place = spec.and_then(|spec| spec.place(element));
        let Some((_, parts)) = place.filter(|(part, _)| part.data_type == DataType::C) else {
            let part = place.map(|(part, _)| part);
            visit(Named { element, component: 0, part, text: Text::new(text) });
            continue;
        };
        let mut known = component_parts(parts);
        for (component, text) in (1_u8..).zip(text.split(|&byte| byte == delimiters.component)) {
            let part = known.next();
            if !text.is_empty() {
                visit(Named { element, component, part, text: Text::new(text) });
            }
        }
    }
}

impl SegmentSpec {
    /// The part declared at an element, and the parts of the composite that it is.
    pub fn place(&'static self, place: u8) -> Option<(&'static PartSpec, &'static [PartSpec])> {
        let element = self.elements.iter().rev().find(|element| element.position() <= place)?;
        let mut offset = place - element.position();
        if offset >= element.width() {
            return None;
        }
        if element.part.data_type != DataType::G {
            return Some((&element.part, element.parts));
        }
        let width: u8 = element.parts.iter().map(place_width).sum();
        offset %= width;
        for part in element.parts {
            if offset < place_width(part) {
                return Some((part, part.parts));
            }
            offset -= place_width(part);
        }
        None
    }
}

/// How many elements a part of a group takes.
pub fn place_width(part: &PartSpec) -> u8 {
    if part.data_type == DataType::C { 1 } else { part.times }
}
