//! Conditions: what is written, made ready, and asked.

use std::borrow::Cow;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::claims::Claim;
use crate::claims::model::ServiceLine;
use crate::scrub::finding::Spot;

use super::CodeLists;
use super::definition::{Each, Fault};
use super::field::{Datum, Field, Kind, Seen, plain};
use super::pattern::{Patterns, VALUE_MAX};

/// How deep a condition may be nested: a test alone is one deep.
pub const DEPTH_MAX: usize = 6;
/// Tests of one condition at most.
pub const TESTS_MAX: usize = 50;
/// Values of one test at most.
pub const VALUES_MAX: usize = 200;

/// When a rule finds something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(no_recursion)]
pub enum Condition {
    /// Every one of these holds.
    All(Vec<Condition>),
    /// At least one of these holds.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
    /// A field is so.
    Test(Test),
}

/// One thing that a field is held against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// Which field.
    pub field: Field,
    /// How.
    pub op: Op,
    /// Against what: codes, numbers, days (`2026-01-31`), or names of lists.
    #[serde(default)]
    pub values: Vec<String>,
}

/// How a field is tested. Of a list of values (modifiers, diagnoses) one that fits is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// It is one of the values.
    Is,
    /// It begins with one of the values.
    BeginsWith,
    /// It contains one of the values.
    Contains,
    /// It lies between the first value and the second, both included; of codes also what is below the second.
    InRange,
    /// It is in one of the named lists.
    InList,
    /// More than the value; of days: later.
    MoreThan,
    /// Less than the value; of days: earlier.
    LessThan,
    /// The value or more.
    AtLeast,
    /// The value or less.
    AtMost,
    /// Something stands there.
    IsThere,
    /// Nothing stands there.
    IsMissing,
}

impl Op {
    /// Every one of them.
    pub const ALL: [Op; 11] = [
        Op::Is,
        Op::BeginsWith,
        Op::Contains,
        Op::InRange,
        Op::InList,
        Op::MoreThan,
        Op::LessThan,
        Op::AtLeast,
        Op::AtMost,
        Op::IsThere,
        Op::IsMissing,
    ];

    /// As a form and a summary say it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Op::Is => "is one of",
            Op::BeginsWith => "begins with",
            Op::Contains => "contains",
            Op::InRange => "is between",
            Op::InList => "is in list",
            Op::MoreThan => "is more than",
            Op::LessThan => "is less than",
            Op::AtLeast => "is at least",
            Op::AtMost => "is at most",
            Op::IsThere => "is there",
            Op::IsMissing => "is missing",
        }
    }
}

/// A claim, or one line of it, of which a rule is asked.
pub(super) struct Asked<'c> {
    pub(super) claim: &'c Claim,
    pub(super) line: Option<usize>,
    pub(super) today: NaiveDate,
}

impl<'c> Asked<'c> {
    /// The line, or all of them when the claim is asked about.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &'c ServiceLine)> {
        let wanted = self.line;
        let all = self.claim.lines.iter().enumerate();
        all.filter(move |(index, _)| wanted.is_none_or(|line| line == *index))
    }

    /// The first day of the line, or of all of them.
    pub(super) fn service_day(&self) -> Option<NaiveDate> {
        self.lines().filter_map(|(_, line)| line.from).min()
    }
}

/// What became of a condition (Kleene's logic of three values).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    /// A field that is tested is not there.
    Unknown,
}

/// A condition that can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Test(Field, Check),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Check {
    There,
    Missing,
    /// One of several sets: the values, or the lists.
    Codes(Vec<Patterns>),
    Contains(Vec<String>),
    Number(Compare<Decimal>),
    Day(Compare<NaiveDate>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Compare<T> {
    Is(Vec<T>),
    MoreThan(T),
    LessThan(T),
    AtLeast(T),
    AtMost(T),
    Between(T, T),
}

impl<T: Ord> Compare<T> {
    fn holds(&self, value: &T) -> bool {
        match self {
            Compare::Is(values) => values.contains(value),
            Compare::MoreThan(limit) => value > limit,
            Compare::LessThan(limit) => value < limit,
            Compare::AtLeast(limit) => value >= limit,
            Compare::AtMost(limit) => value <= limit,
            Compare::Between(first, last) => first <= value && value <= last,
        }
    }
}

impl Check {
    fn fits(&self, datum: &Datum<'_>) -> bool {
        match (self, datum) {
            (Check::There, _) => true,
            (Check::Codes(sets), Datum::Text(code)) => sets.iter().any(|set| set.contains(code)),
            (Check::Contains(parts), Datum::Text(text)) => {
                parts.iter().any(|part| text.contains(part.as_str()))
            }
            (Check::Number(compare), Datum::Number(number)) => compare.holds(number),
            (Check::Day(compare), Datum::Day(day)) => compare.holds(day),
            _ => false,
        }
    }
}

impl Node {
    /// Whether it holds. Every test is asked at most once.
    pub(super) fn truth(&self, asked: &Asked<'_>) -> Truth {
        match self {
            Node::All(nodes) => join(nodes, asked, Truth::False, Truth::True),
            Node::Any(nodes) => join(nodes, asked, Truth::True, Truth::False),
            Node::Not(node) => match node.truth(asked) {
                Truth::True => Truth::False,
                Truth::False => Truth::True,
                Truth::Unknown => Truth::Unknown,
            },
            Node::Test(field, check) => {
                let (mut any, mut fits) = (false, false);
                field.see(asked, |seen| {
                    any = true;
                    fits = fits || check.fits(&seen.datum);
                });
                let said = |yes: bool| if yes { Truth::True } else { Truth::False };
                match check {
                    Check::Missing => said(!any),
                    Check::There => said(any),
                    _ if any || field.is_list(asked) => said(fits),
                    _ => Truth::Unknown,
                }
            }
        }
    }

    /// Where a finding points, and what stands there: at what fits the first test of the field,
    /// else at the first of what is there.
    pub(super) fn place(&self, field: Field, asked: &Asked<'_>) -> (Spot, String) {
        let check = self.first_test(field);
        let mut first: Option<Seen<'_>> = None;
        let mut fitting: Option<Seen<'_>> = None;
        field.see(asked, |seen| {
            if fitting.is_none() && check.is_some_and(|check| check.fits(&seen.datum)) {
                fitting = Some(seen);
            } else if first.is_none() {
                first = Some(seen);
            }
        });
        match (fitting, first) {
            (Some(seen), _) => (field.spot(asked, Some(&seen)), field.shown(&seen)),
            // A list of which none fits: the list as a whole, unless a line is to be named.
            (None, Some(seen)) if !field.is_list(asked) || field.is_of_lines() && asked.line.is_none() => {
                (field.spot(asked, Some(&seen)), field.shown(&seen))
            }
            (None, _) => (field.spot(asked, None), String::new()),
        }
    }

    fn first_test(&self, wanted: Field) -> Option<&Check> {
        match self {
            Node::All(nodes) | Node::Any(nodes) => nodes.iter().find_map(|node| node.first_test(wanted)),
            Node::Not(node) => node.first_test(wanted),
            Node::Test(field, check) => (*field == wanted).then_some(check),
        }
    }
}

/// `decides` as soon as one is that, else unknown as soon as one is, else `otherwise`.
fn join(nodes: &[Node], asked: &Asked<'_>, decides: Truth, otherwise: Truth) -> Truth {
    let mut all = otherwise;
    for node in nodes {
        match node.truth(asked) {
            truth if truth == decides => return decides,
            Truth::Unknown => all = Truth::Unknown,
            _ => {}
        }
    }
    all
}

/// The fields that are tested, in order.
pub(super) fn fields(condition: &Condition) -> Box<dyn Iterator<Item = Field> + '_> {
    Box::new(tests(condition).map(|test| test.field))
}

/// The lists that are named, in order.
pub(super) fn lists(condition: &Condition) -> impl Iterator<Item = &str> {
    let named = tests(condition).filter(|test| test.op == Op::InList);
    named.flat_map(|test| test.values.iter().map(|name| name.trim()))
}

fn tests(condition: &Condition) -> Box<dyn Iterator<Item = &Test> + '_> {
    match condition {
        Condition::All(some) | Condition::Any(some) => Box::new(some.iter().flat_map(tests)),
        Condition::Not(one) => tests(one),
        Condition::Test(test) => Box::new(std::iter::once(test)),
    }
}

/// Makes a condition ready; none when something is wrong, which is added to `faults`.
pub(super) fn compile(
    condition: &Condition,
    each: Each,
    lists: &CodeLists,
    faults: &mut Vec<Fault>,
) -> Option<Node> {
    let mut compiler = Compiler { each, lists, faults, tests: 0 };
    compiler.node(condition, "/when".to_owned(), 1)
}

struct Compiler<'a> {
    each: Each,
    lists: &'a CodeLists,
    faults: &'a mut Vec<Fault>,
    tests: usize,
}

impl Compiler<'_> {
    fn fault<T>(&mut self, pointer: String, message: impl Into<String>) -> Option<T> {
        self.faults.push(Fault::new(pointer, message));
        None
    }

    fn node(&mut self, condition: &Condition, at: String, depth: usize) -> Option<Node> {
        if depth > DEPTH_MAX {
            return self.fault(at, format!("nested more than {DEPTH_MAX} deep"));
        }
        match condition {
            Condition::All(some) => Some(Node::All(self.nodes(some, &format!("{at}/all"), depth)?)),
            Condition::Any(some) => Some(Node::Any(self.nodes(some, &format!("{at}/any"), depth)?)),
            Condition::Not(one) => {
                Some(Node::Not(Box::new(self.node(one, format!("{at}/not"), depth + 1)?)))
            }
            Condition::Test(test) => {
                self.tests += 1;
                if self.tests > TESTS_MAX {
                    return self.fault(at, format!("more than {TESTS_MAX} tests"));
                }
                let at = format!("{at}/test");
                if !test.field.is_asked_of(self.each) {
                    let what = format!("{} is known only of each line", test.field.label());
                    return self.fault(format!("{at}/field"), what);
                }
                Some(Node::Test(test.field, self.check(test, &at)?))
            }
        }
    }

    fn nodes(&mut self, some: &[Condition], at: &str, depth: usize) -> Option<Vec<Node>> {
        // All of nothing would hold for every claim.
        if some.is_empty() {
            return self.fault(at.to_owned(), "at least one condition is needed");
        }
        let nodes: Vec<Option<Node>> = some
            .iter()
            .enumerate()
            .map(|(place, one)| self.node(one, format!("{at}/{place}"), depth + 1))
            .collect();
        nodes.into_iter().collect()
    }

    fn check(&mut self, test: &Test, at: &str) -> Option<Check> {
        let values = format!("{at}/values");
        let expected = match test.op {
            Op::IsThere | Op::IsMissing => 0..=0,
            Op::InRange => 2..=2,
            Op::MoreThan | Op::LessThan | Op::AtLeast | Op::AtMost => 1..=1,
            Op::Is | Op::BeginsWith | Op::Contains | Op::InList => 1..=VALUES_MAX,
        };
        let count = test.values.len();
        if !expected.contains(&count) {
            let what = match (expected.start(), expected.end()) {
                (0, _) => "no value belongs here".to_owned(),
                (1, 1) => "one value is needed".to_owned(),
                (2, 2) => "two values are needed: the first and the last".to_owned(),
                (_, most) => format!("1 to {most} values are needed"),
            };
            return self.fault(values, what);
        }
        for (place, value) in test.values.iter().enumerate() {
            if value.trim().is_empty() || value.len() > VALUE_MAX || value.chars().any(char::is_control) {
                return self
                    .fault(format!("{values}/{place}"), format!("a value has 1 to {VALUE_MAX} characters"));
            }
        }
        match test.op {
            Op::IsThere => return Some(Check::There),
            Op::IsMissing => return Some(Check::Missing),
            _ => {}
        }
        match test.field.kind() {
            kind @ (Kind::Code | Kind::Diagnosis) => self.codes(test, kind, at, &values),
            Kind::Number => {
                let expected = "a number such as 12 or 99.50";
                let numbers = self.typed(test, &values, expected, |text| text.parse().ok())?;
                self.compare(test, numbers, at).map(Check::Number)
            }
            Kind::Day => {
                let days = self.typed(test, &values, "a day such as 2026-01-31", |text| text.parse().ok())?;
                self.compare(test, days, at).map(Check::Day)
            }
        }
    }

    fn codes(&mut self, test: &Test, kind: Kind, at: &str, values: &str) -> Option<Check> {
        let codes = || test.values.iter().map(|code| plain(kind, code)).collect::<Vec<_>>();
        match test.op {
            Op::Is => Some(Check::Codes(vec![Patterns::exact(codes())])),
            Op::BeginsWith => Some(Check::Codes(vec![Patterns::beginnings(codes())])),
            Op::Contains => Some(Check::Contains(codes())),
            Op::InRange => match <[String; 2]>::try_from(codes()) {
                Ok([first, last]) if first <= last => Some(Check::Codes(vec![Patterns::range(first, last)])),
                _ => self.fault(format!("{values}/1"), "the last code stands before the first"),
            },
            Op::InList => {
                let mut sets = vec![];
                for (place, name) in test.values.iter().enumerate() {
                    match self.lists.get(name.trim()) {
                        Some(list) => sets.push(Patterns::of_list(&list.entries, |code| plain(kind, code))),
                        None => {
                            return self.fault(format!("{values}/{place}"), "there is no list of that name");
                        }
                    }
                }
                Some(Check::Codes(sets))
            }
            _ => self.no_such_op(test, at),
        }
    }

    fn typed<T>(
        &mut self,
        test: &Test,
        values: &str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut all = vec![];
        if matches!(test.op, Op::BeginsWith | Op::Contains | Op::InList) {
            return Some(all);
        }
        for (place, text) in test.values.iter().enumerate() {
            match read(text.trim()) {
                Some(value) => all.push(value),
                None => return self.fault(format!("{values}/{place}"), format!("{expected} is needed")),
            }
        }
        Some(all)
    }

    fn compare<T: Ord>(&mut self, test: &Test, mut values: Vec<T>, at: &str) -> Option<Compare<T>> {
        if test.op == Op::Is {
            return Some(Compare::Is(values));
        }
        let last = values.pop();
        match (test.op, last, values.pop()) {
            (Op::MoreThan, Some(limit), _) => Some(Compare::MoreThan(limit)),
            (Op::LessThan, Some(limit), _) => Some(Compare::LessThan(limit)),
            (Op::AtLeast, Some(limit), _) => Some(Compare::AtLeast(limit)),
            (Op::AtMost, Some(limit), _) => Some(Compare::AtMost(limit)),
            (Op::InRange, Some(last), Some(first)) if first <= last => Some(Compare::Between(first, last)),
            (Op::InRange, Some(_), Some(_)) => {
                self.fault(format!("{at}/values/1"), "the last value is less than the first")
            }
            _ => self.no_such_op(test, at),
        }
    }

    fn no_such_op<T>(&mut self, test: &Test, at: &str) -> Option<T> {
        let what = format!("{} cannot be tested by “{}”", test.field.label(), test.op.label());
        self.fault(format!("{at}/op"), what)
    }
}

impl Condition {
    /// In words, for people: `Procedure is one of 99213 and Modifiers is missing`.
    #[must_use]
    pub fn words(&self) -> String {
        let group = |some: &[Condition], word: &str| {
            let parts: Vec<Cow<'_, str>> = some
                .iter()
                .map(|one| match one {
                    Condition::All(inner) | Condition::Any(inner) if inner.len() > 1 => {
                        format!("({})", one.words()).into()
                    }
                    _ => one.words().into(),
                })
                .collect();
            parts.join(word)
        };
        match self {
            Condition::All(some) => group(some, " and "),
            Condition::Any(some) => group(some, " or "),
            Condition::Not(one) => format!("not ({})", one.words()),
            Condition::Test(test) => {
                let values = test.values.join(if test.op == Op::InRange { " and " } else { ", " });
                format!("{} {} {values}", test.field.label(), test.op.label()).trim_end().to_owned()
            }
        }
    }
}
