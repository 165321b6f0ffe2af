//! A rule as a form of a page has it: rows of field, operator and value in groups, and back.
//!
//! A form knows two levels: groups, and rows in them. A condition that is nested deeper is shown
//! and changed as JSON.

use chrono::NaiveDate;

use super::Severity;
use super::written::{Condition, Definition, Each, Fault, Field, Kind, Op, Scope, Test};
use crate::types::{Carc, PayerId};

/// Rows and groups of one form at most.
const ROWS_MAX: usize = 50;

/// What was typed, right or wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RuleForm {
    /// The newest version that the writer saw.
    pub(super) seen: Option<u16>,
    pub(super) name: String,
    pub(super) title: String,
    pub(super) severity: String,
    pub(super) each: String,
    pub(super) payers: Vec<String>,
    pub(super) filing_indicators: String,
    pub(super) from: String,
    pub(super) to: String,
    /// How the groups are joined: `all` or `any`.
    pub(super) join: String,
    pub(super) groups: Vec<Group>,
    pub(super) message: String,
    pub(super) next: String,
    pub(super) point_at: String,
    pub(super) carcs: String,
    /// The condition as JSON, when it is to be used instead of the rows.
    pub(super) json: String,
    pub(super) uses_json: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Group {
    /// `all`, `any` or `none` of the rows.
    pub(super) mode: String,
    pub(super) rows: Vec<Row>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) field: String,
    pub(super) op: String,
    pub(super) value: String,
    /// What is wrong with it.
    pub(super) fault: String,
}

/// The operators of a row: those of a test, and the opposite of some.
pub(super) fn operators() -> impl Iterator<Item = (String, String)> {
    Op::ALL.into_iter().flat_map(|op| {
        let name = op_name(op);
        let opposite = match op {
            Op::Is => Some("is none of"),
            Op::BeginsWith => Some("begins with none of"),
            Op::Contains => Some("contains none of"),
            Op::InRange => Some("is not between"),
            Op::InList => Some("is not in list"),
            _ => None,
        };
        let plain = (name.clone(), op.label().to_owned());
        [Some(plain), opposite.map(|label| (format!("not_{name}"), label.to_owned()))].into_iter().flatten()
    })
}

fn op_name(op: Op) -> String {
    serde_json::to_value(op).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

fn op_named(name: &str) -> Option<Op> {
    Op::ALL.into_iter().find(|op| op_name(*op) == name)
}

impl RuleForm {
    /// An empty form.
    pub(super) fn empty() -> RuleForm {
        let group = Group { mode: "all".into(), rows: vec![Row::default(); 3] };
        RuleForm {
            severity: "warn".into(),
            each: "claim".into(),
            join: "all".into(),
            groups: vec![group],
            ..RuleForm::default()
        }
    }

    /// From the fields that were sent: `g0-mode`, `g0-1-field`, and so on.
    pub(super) fn sent(fields: &[(String, String)]) -> RuleForm {
        let text = |name: &str| {
            let found = fields.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        };
        let has = |name: &str| fields.iter().any(|(known, _)| known == name);
        let mut groups = vec![];
        for group in (0..ROWS_MAX).take_while(|group| has(&format!("g{group}-mode"))) {
            let rows = (0..ROWS_MAX).take_while(|row| has(&format!("g{group}-{row}-field"))).map(|row| Row {
                field: text(&format!("g{group}-{row}-field")),
                op: text(&format!("g{group}-{row}-op")),
                value: text(&format!("g{group}-{row}-value")),
                fault: String::new(),
            });
            groups.push(Group { mode: text(&format!("g{group}-mode")), rows: rows.collect() });
        }
        let payers = fields.iter().filter(|(name, value)| name == "payer" && !value.is_empty());
        RuleForm {
            seen: text("seen").parse().ok(),
            name: text("name"),
            title: text("title"),
            severity: text("severity"),
            each: text("each"),
            payers: payers.map(|(_, value)| value.clone()).collect(),
            filing_indicators: text("filing_indicators"),
            from: text("from"),
            to: text("to"),
            join: text("join"),
            groups,
            message: text("message"),
            next: text("next"),
            point_at: text("point_at"),
            carcs: text("carcs"),
            json: text("json"),
            uses_json: has("uses_json"),
        }
    }

    /// What a rule says, as a form.
    pub(super) fn of(name: &str, definition: &Definition) -> RuleForm {
        let joined = |codes: Vec<&str>| codes.join(", ");
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let (join, groups) = groups_of(&definition.when).unwrap_or_default();
        let uses_json = groups.is_empty();
        RuleForm {
            seen: None,
            name: name.to_owned(),
            title: definition.title.clone(),
            severity: definition.severity.as_str().to_owned(),
            each: if definition.each == Each::Line { "line" } else { "claim" }.to_owned(),
            payers: definition.scope.payers.iter().map(PayerId::to_string).collect(),
            filing_indicators: joined(
                definition.scope.filing_indicators.iter().map(String::as_str).collect(),
            ),
            from: day(definition.scope.service_from),
            to: day(definition.scope.service_to),
            join: if join.is_empty() { "all".to_owned() } else { join },
            groups: if uses_json { RuleForm::empty().groups } else { groups },
            message: definition.message.clone(),
            next: definition.next.clone(),
            point_at: definition.point_at.map(|field| field.name().to_owned()).unwrap_or_default(),
            carcs: joined(definition.related_carcs.iter().map(Carc::as_str).collect()),
            json: serde_json::to_string_pretty(&definition.when).unwrap_or_default(),
            uses_json,
        }
    }

    /// One more empty row in a group, or one more group.
    pub(super) fn grow(&mut self, act: &str) {
        match act.strip_prefix("row-").and_then(|group| group.parse::<usize>().ok()) {
            Some(group) => {
                if let Some(group) = self.groups.get_mut(group)
                    && group.rows.len() < ROWS_MAX
                {
                    group.rows.push(Row::default());
                }
            }
            None if self.groups.len() < ROWS_MAX => {
                self.groups.push(Group { mode: "any".into(), rows: vec![Row::default(); 2] });
            }
            None => {}
        }
    }

    /// Leaves out rows and groups in which nothing was chosen, so that a fault's place is a row's.
    fn tidy(&mut self) {
        for group in &mut self.groups {
            group.rows.retain(|row| !row.field.is_empty());
        }
        self.groups.retain(|group| !group.rows.is_empty());
    }

    /// What the form says, or what is wrong with it.
    pub(super) fn definition(&mut self) -> Result<Definition, Vec<Fault>> {
        self.tidy();
        let mut faults = vec![];
        let mut fault = |pointer: &str, message: &str| {
            faults.push(Fault { pointer: pointer.to_owned(), message: message.to_owned() });
        };
        let severity = Severity::ALL.into_iter().find(|it| it.as_str() == self.severity);
        if severity.is_none() {
            fault("/severity", "choose a severity");
        }
        let mut day = |pointer: &str, text: &str| match text {
            "" => None,
            text => {
                let day = text.parse().ok();
                if day.is_none() {
                    fault(pointer, "a day such as 2026-01-31 is needed");
                }
                day
            }
        };
        let (service_from, service_to) =
            (day("/scope/service_from", &self.from), day("/scope/service_to", &self.to));
        let mut payers = vec![];
        for (place, payer) in self.payers.iter().enumerate() {
            match payer.parse() {
                Ok(payer) => payers.push(payer),
                Err(_) => fault(&format!("/scope/payers/{place}"), "there is no such payer"),
            }
        }
        let mut related_carcs = vec![];
        for (place, code) in parts(&self.carcs).enumerate() {
            match Carc::parse(&code) {
                Ok(code) => related_carcs.push(code),
                Err(_) => fault(&format!("/related_carcs/{place}"), "a reason code such as 197 is needed"),
            }
        }
        let point_at = Field::named(&self.point_at);
        if point_at.is_none() && !self.point_at.is_empty() {
            fault("/point_at", "there is no such field");
        }
        let when = if self.uses_json {
            match serde_json::from_str(&self.json) {
                Ok(when) => Some(when),
                Err(why) => {
                    fault("/when", &why.to_string());
                    None
                }
            }
        } else {
            self.condition(&mut fault)
        };
        let (Some(severity), Some(when), true) = (severity, when, faults.is_empty()) else {
            return Err(faults);
        };
        Ok(Definition {
            title: self.title.clone(),
            severity,
            scope: Scope {
                payers,
                filing_indicators: parts(&self.filing_indicators).collect(),
                service_from,
                service_to,
            },
            each: if self.each == "line" { Each::Line } else { Each::Claim },
            when,
            message: self.message.clone(),
            next: self.next.clone(),
            point_at,
            related_carcs,
        })
    }

    fn condition(&self, fault: &mut impl FnMut(&str, &str)) -> Option<Condition> {
        let mut groups = vec![];
        for (place, group) in self.groups.iter().enumerate() {
            let rows: Option<Vec<Condition>> = group
                .rows
                .iter()
                .enumerate()
                .map(|(at, row)| {
                    let read = row.condition();
                    if read.is_none() {
                        fault(&self.pointer(place, at), "choose a field and how it is tested");
                    }
                    read
                })
                .collect();
            let rows = rows?;
            groups.push(match group.mode.as_str() {
                "any" => Condition::Any(rows),
                "none" => Condition::Not(Box::new(Condition::Any(rows))),
                _ => Condition::All(rows),
            });
        }
        match groups.len() {
            0 => {
                fault("/when", "at least one condition is needed");
                None
            }
            1 => groups.pop(),
            _ if self.join == "any" => Some(Condition::Any(groups)),
            _ => Some(Condition::All(groups)),
        }
    }

    /// Where in the definition a row stands.
    fn pointer(&self, group: usize, row: usize) -> String {
        let mode = match self.groups.get(group).map(|group| group.mode.as_str()) {
            Some("any") => "any",
            Some("none") => "not/any",
            _ => "all",
        };
        if self.groups.len() == 1 {
            format!("/when/{mode}/{row}")
        } else {
            let join = if self.join == "any" { "any" } else { "all" };
            format!("/when/{join}/{group}/{mode}/{row}")
        }
    }

    /// Puts each fault at its row; gives those back that belong to no row.
    pub(super) fn mark(&mut self, faults: &[Fault]) -> Vec<Fault> {
        let mut others = vec![];
        for fault in faults {
            let place = (0..self.groups.len())
                .flat_map(|group| (0..self.groups[group].rows.len()).map(move |row| (group, row)))
                .find(|(group, row)| {
                    let pointer = self.pointer(*group, *row);
                    !self.uses_json
                        && fault
                            .pointer
                            .strip_prefix(&pointer)
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                });
            match place {
                Some((group, row)) => self.groups[group].rows[row].fault.clone_from(&fault.message),
                None => others.push(fault.clone()),
            }
        }
        others
    }

    /// Rows to fill in: a form that is shown has at least one that is empty.
    pub(super) fn roomy(mut self) -> RuleForm {
        if self.groups.is_empty() {
            self.groups = RuleForm::empty().groups;
        }
        for group in &mut self.groups {
            if group.rows.last().is_none_or(|row| !row.field.is_empty()) {
                group.rows.push(Row::default());
            }
        }
        self
    }
}

impl Row {
    fn condition(&self) -> Option<Condition> {
        let field = Field::named(&self.field)?;
        let (op, is_opposite) = match self.op.strip_prefix("not_") {
            Some(op) => (op_named(op)?, true),
            None => (op_named(&self.op)?, false),
        };
        let value = self.value.as_str();
        let values: Vec<String> = match op {
            Op::InRange => {
                let ends = value.split_once(" - ").or_else(|| value.split_once(','));
                let ends = ends.or_else(|| value.split_once('-').filter(|_| field.kind() != Kind::Day));
                let ends = ends.map(|(first, last)| vec![first.trim().to_owned(), last.trim().to_owned()]);
                ends.unwrap_or_else(|| vec![value.to_owned()])
            }
            // Names of lists and what is looked for inside a text may have blanks.
            Op::InList | Op::Contains => {
                value.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
            }
            _ => parts(value).collect(),
        };
        let test = Condition::Test(Test { field, op, values });
        Some(if is_opposite { Condition::Not(Box::new(test)) } else { test })
    }

    fn of(condition: &Condition) -> Option<Row> {
        let (test, is_opposite) = match condition {
            Condition::Test(test) => (test, false),
            Condition::Not(inner) => match &**inner {
                Condition::Test(test) => (test, true),
                _ => return None,
            },
            _ => return None,
        };
        let name = if is_opposite { format!("not_{}", op_name(test.op)) } else { op_name(test.op) };
        if !operators().any(|(known, _)| known == name) {
            return None;
        }
        let value = test.values.join(if test.op == Op::InRange { " - " } else { ", " });
        let row = Row { field: test.field.name().to_owned(), op: name, value, fault: String::new() };
        // A value with a comma or blank of its own would be read as two.
        (row.condition().as_ref() == Some(condition)).then_some(row)
    }
}

impl Group {
    fn of(condition: &Condition) -> Option<Group> {
        let rows = |some: &[Condition]| some.iter().map(Row::of).collect::<Option<Vec<_>>>();
        Some(match condition {
            Condition::All(some) => Group { mode: "all".into(), rows: rows(some)? },
            Condition::Any(some) => Group { mode: "any".into(), rows: rows(some)? },
            Condition::Not(inner) => match &**inner {
                Condition::Any(some) => Group { mode: "none".into(), rows: rows(some)? },
                _ => Group { mode: "all".into(), rows: vec![Row::of(condition)?] },
            },
            Condition::Test(_) => Group { mode: "all".into(), rows: vec![Row::of(condition)?] },
        })
    }
}

/// A condition as groups of rows, and how they are joined; none when it is nested deeper.
fn groups_of(condition: &Condition) -> Option<(String, Vec<Group>)> {
    if let Some(group) = Group::of(condition) {
        return Some(("all".to_owned(), vec![group]));
    }
    let (join, some) = match condition {
        Condition::All(some) => ("all", some),
        Condition::Any(some) => ("any", some),
        Condition::Not(_) | Condition::Test(_) => return None,
    };
    let groups = some.iter().map(Group::of).collect::<Option<Vec<_>>>()?;
    Some((join.to_owned(), groups))
}

/// What stands between commas, semicolons and blanks.
fn parts(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| c == ',' || c == ';' || c.is_whitespace())
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(field: Field, op: Op, values: &[&str]) -> Condition {
        Condition::Test(Test { field, op, values: values.iter().map(|value| (*value).to_owned()).collect() })
    }

    fn definition(when: Condition) -> Definition {
        Definition {
            title: "A visit needs a referral".into(),
            severity: Severity::Stop,
            scope: Scope::default(),
            each: Each::Line,
            when,
            message: "no referral".into(),
            next: "Get one.".into(),
            point_at: None,
            related_carcs: vec![],
        }
    }

    #[track_caller]
    fn comes_back(when: Condition) {
        let definition = definition(when);
        let mut form = RuleForm::of("x", &definition);
        assert!(!form.uses_json, "{form:?}");
        assert_eq!(form.definition().unwrap(), definition);
    }

    #[test]
    fn what_a_form_can_say_comes_back_from_it_as_it_was() {
        let visit = || test(Field::Procedure, Op::InRange, &["99202", "99215"]);
        let no_modifier = Condition::Not(Box::new(test(Field::Modifier, Op::Is, &["25", "57"])));
        let listed = || test(Field::Procedure, Op::InList, &["E/M visits", "Preventive"]);
        comes_back(Condition::All(vec![visit(), no_modifier.clone()]));
        comes_back(Condition::Any(vec![
            Condition::All(vec![visit(), no_modifier]),
            Condition::Not(Box::new(Condition::Any(vec![listed()]))),
        ]));
        comes_back(Condition::All(vec![
            Condition::Any(vec![listed()]),
            Condition::All(vec![test(Field::ServiceOn, Op::InRange, &["2026-01-01", "2026-03-31"])]),
        ]));
    }

    #[test]
    fn what_is_nested_deeper_is_kept_as_json() {
        let deep = Condition::All(vec![Condition::Any(vec![Condition::All(vec![test(
            Field::Units,
            Op::MoreThan,
            &["1"],
        )])])]);
        let definition = definition(deep);
        let mut form = RuleForm::of("x", &definition);
        assert!(form.uses_json);
        assert_eq!(form.definition().unwrap(), definition);
    }

    #[test]
    fn a_fault_stands_at_its_row_whatever_was_left_empty() {
        let mut form = RuleForm::empty();
        let row = |field: &str, op: &str, value: &str| Row {
            field: field.into(),
            op: op.into(),
            value: value.into(),
            fault: String::new(),
        };
        form.groups = vec![
            Group { mode: "all".into(), rows: vec![Row::default(), row("units", "more_than", "many")] },
            Group { mode: "any".into(), rows: vec![Row::default()] },
        ];
        assert!(form.definition().is_ok());
        let faults = [Fault { pointer: "/when/all/0/test/values/0".into(), message: "a number".into() }];
        assert_eq!(form.mark(&faults), []);
        assert_eq!(form.groups.len(), 1);
        assert_eq!(form.groups[0].rows[0].fault, "a number");
    }
}
