//! A code explained: what it is on a day, why it may or may not be billed, and what to use instead.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::codes::tabular::NoteKind;
use crate::codes::{Codes, Lookup};
use crate::types::{CodeStatus, CodeTable};

/// What one table says about a code on a day: the names of the fields are a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// The table's name: `icd10cm`.
    pub table: &'static str,
    /// The code, a diagnosis with its point.
    pub code: String,
    /// The official title where it is free to use, else our own label.
    pub title: Option<String>,
    /// Whether it may be billed that day.
    pub billable: bool,
    /// The same.
    pub valid: bool,
    /// `valid`, `header`, `not-in-force`, `unknown` or `not-checked`.
    pub status: &'static str,
    /// The first day of the row that answers.
    pub valid_from: Option<NaiveDate>,
    /// Its last day.
    pub valid_to: Option<NaiveDate>,
    /// The day that was asked about.
    pub on: NaiveDate,
    /// The edition that answers.
    pub edition: String,
    /// Whether the edition is complete for the day.
    pub complete: bool,
    /// The billable codes below a heading.
    pub children: Vec<Child>,
    /// The codes that took the place of a diagnosis that ends or has ended. Derived: those that began the
    /// day after its last, below it or below the nearest heading.
    pub successors: Vec<Child>,
    /// Seventh characters that a heading or code takes.
    pub seventh_characters: Vec<Seventh>,
    /// What the tabular list says about a diagnosis, its own notes first.
    pub notes: Vec<ShownNote>,
    /// The edition that the notes and seventh characters are from.
    pub notes_edition: Option<String>,
    /// Why it may or may not be billed, and what to do.
    pub why: String,
    /// What limits the answer.
    pub note: Option<String>,
    /// Whether the table holds the code at all.
    #[serde(skip)]
    pub known: bool,
}

/// A seventh character that a heading or code takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Seventh {
    /// The character.
    #[schema(value_type = String)]
    pub character: char,
    /// In the tabular list's words.
    pub meaning: String,
}

/// A note of the tabular list that holds for a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShownNote {
    /// Such as `excludes1`.
    pub kind: &'static str,
    /// The chapter, section or code at which it stands.
    pub at: String,
    /// Its words.
    pub text: String,
}

/// A billable code below a heading, or one that took the place of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Child {
    /// The code, with its point.
    pub code: String,
    /// Its title.
    pub title: String,
}

/// As the tables have it: upper case, without the point.
#[must_use]
pub fn plain(code: &str) -> String {
    let code = code.trim().to_ascii_uppercase();
    match code.split_once('.') {
        Some((category, rest)) if category.len() == 3 => format!("{category}{rest}"),
        _ => code,
    }
}

impl Codes {
    /// What a table says about a code on a day, with all that a person needs to choose another. The
    /// code is undotted and upper case ([`plain`]).
    #[must_use]
    pub fn explain(&self, table: CodeTable, code: &str, on: NaiveDate) -> Explanation {
        let codes = self;
        let found = codes.lookup(table, code, on);
        let children: Vec<Child> = if found.status == CodeStatus::Header {
            codes
                .children(code, on)
                .map(|(code, title)| Child { code: shown(table, code), title: title.to_owned() })
                .collect()
        } else {
            Vec::new()
        };
        let valid = found.status == CodeStatus::Valid;
        let ended = found.valid_to.filter(|_| table == CodeTable::Icd10cm);
        let successors = ended.map_or_else(Vec::new, |ended| codes.successors(code, ended));
        let successors = successors.into_iter();
        Explanation {
            table: table.name(),
            code: shown(table, code),
            title: found.title.map(str::to_owned),
            billable: valid,
            valid,
            status: status_word(found.status),
            valid_from: found.valid_from,
            valid_to: found.valid_to,
            on,
            edition: found.edition.to_owned(),
            complete: found.complete,
            why: why(codes, &found, code, children.len(), on),
            children,
            successors: successors
                .map(|(code, title)| Child { code: shown(table, code), title: title.to_owned() })
                .collect(),
            seventh_characters: if found.known && table == CodeTable::Icd10cm {
                seventh(codes, code, on)
            } else {
                Vec::new()
            },
            notes: if found.known && table == CodeTable::Icd10cm {
                notes(codes, code, on)
            } else {
                Vec::new()
            },
            notes_edition: (found.known && table == CodeTable::Icd10cm)
                .then(|| codes.notes_edition(on).name.to_owned()),
            note: found.note.map(str::to_owned),
            known: found.known,
        }
    }
}

fn seventh(codes: &Codes, code: &str, on: NaiveDate) -> Vec<Seventh> {
    let characters = codes.seventh_characters(code, on);
    characters.map(|it| Seventh { character: it.character, meaning: it.meaning.to_owned() }).collect()
}

fn notes(codes: &Codes, code: &str, on: NaiveDate) -> Vec<ShownNote> {
    let kinds = [
        NoteKind::CodeFirst,
        NoteKind::UseAdditional,
        NoteKind::CodeAlso,
        NoteKind::Includes,
        NoteKind::Excludes1,
        NoteKind::Excludes2,
    ];
    let notes = kinds.into_iter().flat_map(|kind| codes.notes(code, kind, on));
    notes
        .map(|note| {
            let at =
                if note.is_at_a_code() { shown(CodeTable::Icd10cm, note.at()) } else { note.at().to_owned() };
            ShownNote { kind: note.kind.word(), at, text: note.text().to_owned() }
        })
        .collect()
}

/// A code as people write it: a diagnosis with its point.
#[must_use]
pub fn shown(table: CodeTable, code: &str) -> String {
    match code.split_at_checked(3) {
        Some((category, rest)) if table == CodeTable::Icd10cm && !rest.is_empty() => {
            format!("{category}.{rest}")
        }
        _ => code.to_owned(),
    }
}

/// A status in a word.
#[must_use]
pub const fn status_word(status: CodeStatus) -> &'static str {
    match status {
        CodeStatus::Valid => "valid",
        CodeStatus::Header => "header",
        CodeStatus::NotInForce => "not-in-force",
        CodeStatus::Unknown => "unknown",
        CodeStatus::NotChecked => "not-checked",
    }
}

/// Why a code is or is not valid that day, and what to do.
fn why(codes: &Codes, found: &Lookup<'_>, code: &str, children: usize, on: NaiveDate) -> String {
    match (found.status, found.valid_from, found.valid_to) {
        (CodeStatus::Valid, _, Some(to)) => format!("may be billed on {on}; its last day is {to}"),
        (CodeStatus::Valid, _, None) => format!("may be billed on {on}"),
        (CodeStatus::Header, ..) => {
            format!("a heading, not billable: use one of the {children} codes below it that say more")
        }
        (CodeStatus::NotInForce, Some(from), _) if on < from => {
            format!("not yet in force on {on}: it begins on {from}")
        }
        (CodeStatus::NotInForce, _, Some(to)) => {
            format!("no longer in force on {on}: its last day was {to}; use the code that replaced it")
        }
        (CodeStatus::NotInForce, ..) => format!("not in force on {on}"),
        (CodeStatus::Unknown, ..) if found.table == CodeTable::Icd10cm => {
            why_no_such_diagnosis(codes, code, on)
        }
        (CodeStatus::Unknown, ..) => {
            "no such code: the table is complete for that day; check for a typing error".to_owned()
        }
        (CodeStatus::NotChecked, ..) if found.known => {
            "known, but whether it is in force that day cannot be said".to_owned()
        }
        (CodeStatus::NotChecked, ..) => {
            "not in this table, which is not complete for that day: cannot be said".to_owned()
        }
    }
}

/// An unknown diagnosis is most often a seventh character or a placeholder gone wrong.
fn why_no_such_diagnosis(codes: &Codes, code: &str, on: NaiveDate) -> String {
    let nearest = (3..code.len()).rev().filter_map(|length| code.get(..length)).find_map(|shorter| {
        let found = codes.lookup(CodeTable::Icd10cm, shorter, on);
        matches!(found.status, CodeStatus::Valid | CodeStatus::Header).then_some((shorter, found))
    });
    let Some((shorter, found)) = nearest else {
        return "no such code: nothing in ICD-10-CM begins so; check for a typing error".to_owned();
    };
    let shown = shown(CodeTable::Icd10cm, shorter);
    if found.status == CodeStatus::Valid {
        return format!("no such code: {shown} is billable as it stands and takes nothing more");
    }
    let characters: Vec<String> = codes
        .children(shorter, on)
        .filter_map(|(child, _)| {
            child.get(shorter.len()..).filter(|rest| shorter.len() == 6 && rest.len() == 1)
        })
        .map(str::to_owned)
        .collect();
    if characters.is_empty() {
        format!("no such code: the nearest heading is {shown}; look it up for the codes below it")
    } else {
        format!("no such code: the seventh character of {shown} is one of {}", characters.join(", "))
    }
}
