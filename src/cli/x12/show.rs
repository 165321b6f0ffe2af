//! `x12 show`: a file explained to a person, from the declarations and the code tables.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::NaiveDate;

use crate::codes::Codes;
use crate::types::{CodeTable, Money};
use crate::x12::check::{Finding, Report};
use crate::x12::pieces::{Named, Pieces, each_value};
use crate::x12::spec::{DataType, LoopSpec, NodeSpec, SegmentSpec, SlotSpec};
use crate::x12::{Body, Delimiters, File, Group, Guide, Interchange, Set, Text, Written};

/// Explains a file, with what was found by checking it.
pub(super) fn show(file: &File<'_>, report: &Report, codes: &Codes) -> String {
    let mut issues: BTreeMap<u64, Vec<&Finding>> = BTreeMap::new();
    for finding in &report.issues {
        issues.entry(finding.offset).or_default().push(finding);
    }
    let mut page =
        Page { out: String::new(), delimiters: Delimiters::USUAL, codes, on: NaiveDate::MAX, issues, report };
    for (interchange, number) in file.interchanges.iter().zip(1..) {
        page.interchange(interchange, number);
    }
    page.rest();
    page.out
}

struct Page<'r> {
    out: String,
    delimiters: Delimiters,
    codes: &'r Codes,
    /// The day for which codes are looked up: GS04.
    on: NaiveDate,
    /// By place; what was told is taken out.
    issues: BTreeMap<u64, Vec<&'r Finding>>,
    report: &'r Report,
}

/// What a claim adds up to.
#[derive(Default)]
struct Totals {
    number: String,
    charged: Money,
    paid: Option<Money>,
    lines: Option<Money>,
    adjusted: BTreeMap<String, Money>,
}

impl Page<'_> {
    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.out, "{:indent$}{text}", "", indent = depth * 2);
    }

    fn interchange(&mut self, of: &Interchange<'_>, number: u32) {
        self.delimiters = of.delimiters;
        if !of.before.trim_ascii().is_empty() {
            self.line(0, &format!("{} bytes of text stand before interchange {number}", of.before.len()));
        }
        match &of.header {
            Some(isa) => {
                let word = |text: Option<Text<'_>>| text.unwrap_or_default().trim().to_str().into_owned();
                let day = isa.date.map_or("no date".to_owned(), |day| day.to_string());
                let time = isa.time.map_or(String::new(), |time| time.format(" %H:%M").to_string());
                let usage = match word(isa.usage).as_str() {
                    "P" => "production".to_owned(),
                    "T" => "test".to_owned(),
                    other => other.to_owned(),
                };
                self.line(
                    0,
                    &format!(
                        "Interchange {}: from {} {} to {} {}, {day}{time}, {usage}",
                        word(isa.control_number),
                        word(isa.sender_qualifier),
                        word(isa.sender),
                        word(isa.receiver_qualifier),
                        word(isa.receiver),
                    ),
                );
                self.issues_at(1, isa.source.offset());
            }
            None => self.line(0, &format!("Interchange {number}: no ISA")),
        }
        for answer in &of.acknowledgments {
            self.segment(1, answer, "It answers an earlier interchange.", &mut None);
        }
        for group in &of.groups {
            self.group(group);
        }
        for other in &of.other {
            self.other(1, other.source.text(), other.source.first_byte());
        }
        if let Some(iea) = &of.trailer {
            self.issues_at(0, iea.source.offset());
        }
    }

    fn group(&mut self, of: &Group<'_>) {
        if let Some(gs) = &of.header {
            let word = |text: Option<Text<'_>>| text.unwrap_or_default().trim().to_str().into_owned();
            self.on = gs.date.unwrap_or(self.on);
            let day = gs.date.map_or("no date".to_owned(), |day| day.to_string());
            self.line(
                1,
                &format!(
                    "Group {}: {} from {} to {}, {day}, {}",
                    word(gs.control_number),
                    word(gs.functional_id),
                    word(gs.sender),
                    word(gs.receiver),
                    word(gs.version),
                ),
            );
            self.issues_at(2, gs.source.offset());
        }
        for set in &of.sets {
            self.set(set);
        }
        for other in &of.other {
            self.other(2, other.source.text(), other.source.first_byte());
        }
        if let Some(ge) = &of.trailer {
            self.issues_at(1, ge.source.offset());
        }
    }

    fn set(&mut self, of: &Set<'_>) {
        let word = |text: Option<Text<'_>>| text.unwrap_or_default().trim().to_str().into_owned();
        let kind = match of.body {
            Body::Other(_) => "not read here",
            _ => guide_title(of.guide),
        };
        let (number, set) = (word(of.header.control_number), word(of.header.identifier));
        self.line(2, &format!("Set {number}: {set}, {kind}"));
        self.issues_at(3, of.header.source.offset());
        if let Some(body) = of.body.node() {
            match body.spec() {
                NodeSpec::Loop(spec) => self.loop_of(3, body, spec, &mut None),
                NodeSpec::Segment(_) => self.other(3, body.source().text(), body.source().first_byte()),
            }
        }
        if let Some(se) = &of.trailer {
            self.issues_at(2, se.source.offset());
        }
        self.set_totals(of.header.source.offset());
    }

    fn set_totals(&mut self, offset: u64) {
        let report = self.report;
        let Some(set) = report.sets.iter().find(|set| set.offset == offset) else { return };
        let mut line = format!("= {} segments", set.segments);
        if set.claims > 0 {
            let _ = write!(line, ", {} claims", set.claims);
        }
        for (word, amount) in
            [("charged", set.charged), ("paid for claims", set.paid), ("payment", set.payment)]
        {
            if let Some(amount) = amount {
                let _ = write!(line, ", {word} {amount}");
            }
        }
        self.line(2, &line);
    }

    fn loop_of(
        &mut self,
        depth: usize,
        held: &dyn Written,
        spec: &'static LoopSpec,
        totals: &mut Option<Totals>,
    ) {
        let mut parts: Vec<(Option<&'static SlotSpec>, &dyn Written)> = Vec::new();
        held.each(&mut |place, part| parts.push((spec.slots.get(place), part)));
        parts.sort_by_key(|(_, part)| part.source().first_byte());
        for (slot, part) in parts {
            match (slot, part.spec()) {
                (Some(slot), NodeSpec::Loop(inner)) => {
                    self.line(depth, &format!("Loop {}: {}", inner.id, slot.title));
                    if matches!(inner.slots.first().map(SlotSpec::id), Some("CLM" | "CLP")) {
                        let mut of_claim = Some(Totals::default());
                        self.loop_of(depth + 1, part, inner, &mut of_claim);
                        self.claim_totals(depth, of_claim.unwrap_or_default());
                    } else {
                        self.loop_of(depth + 1, part, inner, totals);
                    }
                }
                (Some(slot), NodeSpec::Segment(_)) => self.segment(depth, part, slot.title, totals),
                (None, _) => self.other(depth, part.source().text(), part.source().first_byte()),
            }
        }
    }

    fn claim_totals(&mut self, depth: usize, totals: Totals) {
        let mut line = format!("= claim {}: charged {}", totals.number, totals.charged);
        if let Some(lines) = totals.lines {
            let _ = write!(line, ", lines {lines}");
        }
        if let Some(paid) = totals.paid {
            let _ = write!(line, ", paid {paid}");
        }
        for (group, amount) in &totals.adjusted {
            let _ = write!(line, ", adjusted {group} {amount}");
        }
        self.line(depth, &line);
    }

    fn segment(&mut self, depth: usize, part: &dyn Written, title: &str, totals: &mut Option<Totals>) {
        let source = part.source();
        let spec = match part.spec() {
            NodeSpec::Segment(spec) => Some(spec),
            NodeSpec::Loop(_) => None,
        };
        let pieces = Pieces::of(source.text(), self.delimiters);
        if let Some(totals) = totals {
            add(totals, &pieces);
        }
        self.pieces(depth, &pieces, spec, title);
        self.issues_at(depth + 1, source.offset());
    }

    fn other(&mut self, depth: usize, text: &[u8], mut offset: u64) {
        for text in Pieces::several(text, self.delimiters) {
            let pieces = Pieces::of(text, self.delimiters);
            self.pieces(depth, &pieces, None, "");
            self.issues_at(depth + 1, offset + pieces.lead.len() as u64);
            offset += text.len() as u64;
        }
    }

    fn pieces(&mut self, depth: usize, pieces: &Pieces<'_>, spec: Option<&'static SegmentSpec>, title: &str) {
        let id = Text::new(pieces.id).to_str().into_owned();
        self.line(depth, format!("{id} {title}").trim_end());
        let mut lines = Vec::new();
        let (codes, on) = (self.codes, self.on);
        each_value(spec, pieces, self.delimiters, |value| {
            let name = value.part.map_or(String::new(), |part| format!(" {}", part.name.replace('_', " ")));
            let designator = match value.component {
                0 => format!("{id}{:02}", value.element),
                component => format!("{id}{:02}-{component}", value.element),
            };
            let meaning =
                meaning(&id, pieces, &value, codes, on).map_or(String::new(), |words| format!(" ({words})"));
            lines.push(format!("{designator}{name}: {}{meaning}", value.text));
        });
        for line in lines {
            self.line(depth + 1, &line);
        }
    }

    fn issues_at(&mut self, depth: usize, offset: u64) {
        for finding in self.issues.remove(&offset).unwrap_or_default() {
            self.issue(depth, finding);
        }
    }
    fn issue(&mut self, depth: usize, finding: &Finding) {
        let word = if finding.is_error() { "error" } else { "warning" };
        self.line(
            depth,
            &format!("! {word}, level {}, {}: {}", finding.level, finding.rule, finding.message),
        );
    }

    /// What stands at no segment that was shown, and what the whole is.
    fn rest(&mut self) {
        for finding in std::mem::take(&mut self.issues).into_values().flatten() {
            self.issue(0, finding);
        }
        let report = self.report;
        let (errors, warnings) = (report.errors, report.warnings);
        self.line(0, &format!("= {}: {errors} errors, {warnings} warnings", report.verdict.name()));
    }
}

fn add(totals: &mut Totals, pieces: &Pieces<'_>) {
    let money = |place: u8| Money::parse(pieces.get(place).as_bytes()).unwrap_or(Money::ZERO);
    let sum = |sum: &mut Option<Money>, amount: Money| {
        *sum = Some(sum.unwrap_or(Money::ZERO).saturating_add(amount))
    };
    let is_remittance = totals.paid.is_some();
    match pieces.id {
        b"CLM" => {
            totals.number = pieces.get(1).to_str().into_owned();
            totals.charged = money(2);
        }
        b"CLP" => {
            totals.number = pieces.get(1).to_str().into_owned();
            totals.charged = money(3);
            totals.paid = Some(money(4));
        }
        b"SV1" | b"SV3" | b"SVC" => sum(&mut totals.lines, money(2)),
        b"SV2" => sum(&mut totals.lines, money(3)),
        // In an 837 these are other payers' words.
        b"CAS" if is_remittance => {
            let group = totals.adjusted.entry(pieces.get(1).to_str().into_owned()).or_insert(Money::ZERO);
            *group = (1..=6).fold(*group, |sum, round| sum.saturating_add(money(round * 3)));
        }
        _ => {}
    }
}

/// What a value means, where a declaration or a table says so.
fn meaning(id: &str, pieces: &Pieces<'_>, value: &Named<'_>, codes: &Codes, on: NaiveDate) -> Option<String> {
    let text = value.text.to_str();
    if let Some((_, words)) = value.part.and_then(|part| part.names.iter().find(|(code, _)| *code == text)) {
        return Some(spaced(words));
    }
    if let Some(table) = table(id, pieces, value) {
        let code = text.to_ascii_uppercase();
        return table.iter().find_map(|table| codes.lookup(*table, &code, on).title).map(str::to_owned);
    }
    let is_date = value
        .part
        .is_some_and(|part| part.data_type == DataType::DT || (part.name == "text" && part.max == 35));
    let date = |text: &str| NaiveDate::parse_from_str(text, "%Y%m%d").ok().map(|day| day.to_string());
    match text.split_once('-') {
        _ if !is_date => None,
        Some((first, last)) => Some(format!("{} to {}", date(first)?, date(last)?)),
        None if text.len() == 8 => date(&text),
        None => None,
    }
}

/// The tables that know a code of this place.
fn table(id: &str, pieces: &Pieces<'_>, value: &Named<'_>) -> Option<&'static [CodeTable]> {
    const PROCEDURES: &[CodeTable] = &[CodeTable::Cpt, CodeTable::Hcpcs];
    let name = value.part.map_or("", |part| part.name);
    let qualifier = || {
        let whole = pieces.get(value.element).as_bytes();
        whole.split(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default()
    };
    Some(match (id, value.element, value.component) {
        ("CAS", _, 0) if name == "reason" => &[CodeTable::Carc],
        ("LQ", 2, 0) if pieces.get(1) == "HE" => &[CodeTable::Rarc],
        ("MOA", 3..=7, 0) | ("MIA", 5 | 20..=23, 0) => &[CodeTable::Rarc],
        ("STC", 1 | 10 | 11, 1) => &[CodeTable::StatusCategory],
        ("STC", 1 | 10 | 11, 2) => &[CodeTable::Status],
        ("HI", _, 2) if matches!(qualifier(), b"ABK" | b"ABF" | b"ABJ" | b"ABN" | b"APR") => {
            &[CodeTable::Icd10cm]
        }
        ("SV1" | "SVC" | "SVD" | "SV2" | "SV3" | "SV5" | "EB" | "EQ", _, 2) if qualifier() == b"HC" => {
            PROCEDURES
        }
        ("SV1" | "SVC" | "SVD" | "SV2" | "EB" | "EQ", _, 3..=6) if qualifier() == b"HC" => {
            &[CodeTable::Modifier]
        }
        ("CLM", 5, 1) if pieces.get(5).to_str().contains('B') => &[CodeTable::Pos],
        ("SV1", 5, 0) => &[CodeTable::Pos],
        ("PRV", 3, 0) => &[CodeTable::Taxonomy],
        _ => return None,
    })
}

fn guide_title(guide: Guide) -> &'static str {
    match guide {
        Guide::Professional => "professional claims",
        Guide::Institutional => "institutional claims",
        Guide::Dental => "dental claims",
        Guide::Remittance => "remittance advice",
        Guide::ImplementationAcknowledgment => "implementation acknowledgment",
        Guide::ClaimAcknowledgment => "claim acknowledgment",
        Guide::EligibilityInquiry => "eligibility inquiry",
        Guide::EligibilityResponse => "eligibility response",
        Guide::StatusRequest => "claim status request",
        Guide::StatusResponse => "claim status response",
        Guide::Unsupported => "not read here",
    }
}

/// `PatientResponsibility` as words.
fn spaced(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}
