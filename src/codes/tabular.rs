//! Reads the official ICD-10-CM tabular list (`icd10cm_tabular_YYYY.xml`, CDC/NCHS) and derives
//! the shipped notes from it.
//!
//! The file is read as a stream: chapters hold sections hold diagnoses to any depth, and notes
//! stand at every level and hold for everything below. Kept are the notes that coders are shown and
//! edits are made of, the seventh characters, and the blocks (chapters and sections); everything is counted, so
//! that a reading can be held against the published numbers.

use std::fmt::Write as _;
use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};

use super::references;

/// Why a file is not a tabular list.
#[derive(Debug, thiserror::Error)]
pub enum TabularError {
    /// Not well-formed XML, or not readable.
    #[error("not well-formed XML at byte {byte}: {cause}")]
    Xml {
        /// Bytes from the start of the file.
        byte: u64,
        /// What the XML reader says.
        cause: Box<quick_xml::Error>,
    },
    /// Well-formed, but another document.
    #[error("not an ICD-10-CM tabular list: its outermost element is not ICD10CM.tabular")]
    OtherDocument,
    /// The file ends before its outermost element does.
    #[error("the file is cut off: ICD10CM.tabular is not closed")]
    CutOff,
    /// A chapter's title ends in its range; without it its notes have no scope.
    #[error("chapter {0} does not end its title with its range of codes, as in (A00-B99)")]
    ChapterWithoutRange(String),
}

/// The kinds of note, in the order in which the tabular list explains them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoteKind {
    /// Other wordings of the code.
    InclusionTerm,
    /// What the code takes in.
    Includes,
    /// Never coded together with the code, unless the two conditions are unrelated
    /// (ICD-10-CM guidelines I.A.12.a).
    Excludes1,
    /// Coded elsewhere; may be coded together.
    Excludes2,
    /// The underlying condition, which comes first.
    CodeFirst,
    /// What to add after the code.
    UseAdditional,
    /// What to add before or after.
    CodeAlso,
    /// Free text.
    Notes,
}

impl NoteKind {
    /// Every kind: its element in the XML, its word in the shipped file.
    pub const ALL: [(NoteKind, &'static str, &'static str); 8] = [
        (NoteKind::InclusionTerm, "inclusionTerm", "inclusion-term"),
        (NoteKind::Includes, "includes", "includes"),
        (NoteKind::Excludes1, "excludes1", "excludes1"),
        (NoteKind::Excludes2, "excludes2", "excludes2"),
        (NoteKind::CodeFirst, "codeFirst", "code-first"),
        (NoteKind::UseAdditional, "useAdditionalCode", "use-additional"),
        (NoteKind::CodeAlso, "codeAlso", "code-also"),
        (NoteKind::Notes, "notes", "notes"),
    ];

    /// The word in the shipped file.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("", |(.., word)| word)
    }

    pub(super) fn from_word(word: &str) -> Option<NoteKind> {
        Self::ALL.iter().find(|(.., known)| *known == word).map(|(kind, ..)| *kind)
    }

    fn from_element(element: &str) -> Option<NoteKind> {
        Self::ALL.iter().find(|(_, known, _)| *known == element).map(|(kind, ..)| *kind)
    }

    /// Whether a coder is shown it or an edit is made of it, so that it is kept.
    const fn is_kept(self) -> bool {
        match self {
            NoteKind::Includes
            | NoteKind::Excludes1
            | NoteKind::Excludes2
            | NoteKind::CodeFirst
            | NoteKind::UseAdditional
            | NoteKind::CodeAlso => true,
            NoteKind::InclusionTerm | NoteKind::Notes => false,
        }
    }
}

/// What a tabular list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tabular {
    /// The fiscal year of the edition.
    pub version: String,
    /// How much of everything was read.
    pub counts: Counts,
    blocks: Vec<Block>,
    notes: Vec<Note>,
    seventh: Vec<Seventh>,
}

/// How much of everything a tabular list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Chapters.
    pub chapters: usize,
    /// Sections.
    pub sections: usize,
    /// Three-character categories.
    pub categories: usize,
    /// Codes at every level, categories included; seventh characters are not codes here.
    pub codes: usize,
    /// Codes that exist only to hold a placeholder X.
    pub placeholders: usize,
    /// Definitions of seventh characters.
    pub seventh_definitions: usize,
    /// Characters in them.
    pub seventh_characters: usize,
    notes: [(usize, usize); NoteKind::ALL.len()],
}

impl Counts {
    /// Notes of a kind: how many, and how many of them name a code in parentheses.
    #[must_use]
    pub fn notes(&self, kind: NoteKind) -> (usize, usize) {
        self.notes[kind as usize]
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Block {
    range: String,
    kind: &'static str,
    title: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Note {
    at: String,
    kind: NoteKind,
    text: String,
    refs: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Seventh {
    at: String,
    character: String,
    meaning: String,
}

/// A chapter, section or code that the reader is inside.
enum Level {
    Chapter { number: String, range: String },
    Section { range: String, title: String },
    Code(String),
}

impl Level {
    /// The codes for which what stands here holds.
    fn scope(&self) -> &str {
        match self {
            Level::Chapter { range, .. } | Level::Section { range, .. } => range,
            Level::Code(code) => code,
        }
    }
}

impl Tabular {
    /// Reads a whole list from its XML, holding only what it keeps.
    ///
    /// # Errors
    /// Input that cannot be read, is not well-formed, or is another document.
    pub fn read(input: impl BufRead) -> Result<Tabular, TabularError> {
        let mut reader = Reader::from_reader(input);
        let mut walk = Walk::default();
        let mut buffer = Vec::new();
        let mut inside_root = false;
        loop {
            let broken = |cause, byte| TabularError::Xml { byte, cause: Box::new(cause) };
            let event = match reader.read_event_into(&mut buffer) {
                Ok(event) => event,
                Err(cause) => return Err(broken(cause, reader.error_position())),
            };
            match event {
                Event::Start(element) if inside_root => walk.open(&element),
                Event::Start(element) if element.name().as_ref() == "ICD10CM.tabular" => inside_root = true,
                Event::Start(_) | Event::Empty(_) if !inside_root => return Err(TabularError::OtherDocument),
                Event::End(element) => walk.close(element.name().as_ref())?,
                Event::Text(text) => walk.text.push_str(&text.xml_content(XmlVersion::Implicit1_0)),
                Event::CData(text) => walk.text.push_str(&text.xml_content(XmlVersion::Implicit1_0)),
                Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                    Ok(Some(character)) => walk.text.push(character),
                    Ok(None) => walk.text.push_str(resolve_xml_entity(&reference).unwrap_or("\u{FFFD}")),
                    Err(cause) => return Err(broken(cause, reader.buffer_position())),
                },
                Event::Eof if walk.ended => return Ok(walk.read),
                Event::Eof if inside_root => return Err(TabularError::CutOff),
                Event::Eof => return Err(TabularError::OtherDocument),
                Event::Start(_)
                | Event::Empty(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_) => {}
            }
            buffer.clear();
        }
    }

    /// How many notes, seventh characters and blocks it keeps.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.notes.len() + self.seventh.len() + self.blocks.len()
    }

    /// Chapters and sections, as the shipped file has them: `range kind title`.
    #[must_use]
    pub fn blocks_file(&self) -> String {
        let mut blocks: Vec<_> = self.blocks.iter().collect();
        blocks.sort();
        file(
            "range\tkind\ttitle",
            blocks.into_iter().map(|it| format!("{}\t{}\t{}", it.range, it.kind, it.title)),
        )
    }

    /// Notes, as the shipped file has them: `at kind refs text`.
    #[must_use]
    pub fn notes_file(&self) -> String {
        let mut notes: Vec<_> = self.notes.iter().collect();
        notes.sort_by(|a, b| a.at.cmp(&b.at).then(a.kind.cmp(&b.kind)));
        let row = |it: &Note| format!("{}\t{}\t{}\t{}", it.at, it.kind.word(), it.refs.join(" "), it.text);
        file("at\tkind\trefs\ttext", notes.into_iter().map(row))
    }

    /// Seventh characters, as the shipped file has them: `at character meaning`.
    #[must_use]
    pub fn seventh_file(&self) -> String {
        let mut seventh: Vec<_> = self.seventh.iter().collect();
        seventh.sort_by(|a, b| a.at.cmp(&b.at));
        let row = |it: &Seventh| format!("{}\t{}\t{}", it.at, it.character, it.meaning);
        file("at\tcharacter\tmeaning", seventh.into_iter().map(row))
    }
}

fn file(columns: &str, rows: impl Iterator<Item = String>) -> String {
    rows.fold(format!("{columns}\n"), |mut text, row| {
        let _ = writeln!(text, "{row}"); // writing into a String cannot fail
        text
    })
}

/// Where the reader stands.
#[derive(Default)]
struct Walk {
    read: Tabular,
    levels: Vec<Level>,
    note: Option<NoteKind>,
    character: Option<String>,
    text: String,
    ended: bool,
}

impl Walk {
    fn open(&mut self, element: &BytesStart<'_>) {
        self.text.clear();
        let attribute = |name: &str| {
            let value = element.try_get_attribute(name).ok().flatten().map(|found| found.value.into_owned());
            value.unwrap_or_default()
        };
        match element.name().as_ref() {
            "chapter" => {
                self.read.counts.chapters += 1;
                self.levels.push(Level::Chapter { number: String::new(), range: String::new() });
            }
            "section" => {
                self.read.counts.sections += 1;
                self.levels.push(Level::Section { range: attribute("id"), title: String::new() });
            }
            "diag" => {
                self.read.counts.codes += 1;
                if !matches!(self.levels.last(), Some(Level::Code(_))) {
                    self.read.counts.categories += 1;
                }
                if attribute("placeholder") == "true" {
                    self.read.counts.placeholders += 1;
                }
                self.levels.push(Level::Code(String::new()));
            }
            "sevenChrDef" => self.read.counts.seventh_definitions += 1,
            "extension" => self.character = Some(attribute("char")),
            other => {
                if let Some(kind) = NoteKind::from_element(other) {
                    self.note = Some(kind);
                }
            }
        }
    }

    fn close(&mut self, element: &str) -> Result<(), TabularError> {
        let text = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.text.clear();
        match element {
            "ICD10CM.tabular" => self.ended = true,
            "version" => self.read.version = text,
            "name" => match self.levels.last_mut() {
                Some(Level::Chapter { number, .. }) => *number = text,
                Some(Level::Code(code)) => *code = text.replace('.', ""),
                Some(Level::Section { .. }) | None => {}
            },
            "desc" => self.describe(text)?,
            "note" => self.keep_note(text),
            "extension" => self.keep_character(text),
            "section" => {
                if let Some(Level::Section { range, title }) = self.levels.pop() {
                    self.read.blocks.push(Block { range, kind: "section", title });
                }
            }
            "chapter" | "diag" => {
                self.levels.pop();
            }
            other if NoteKind::from_element(other).is_some() => self.note = None,
            _ => {}
        }
        Ok(())
    }

    fn describe(&mut self, text: String) -> Result<(), TabularError> {
        match self.levels.last_mut() {
            Some(Level::Chapter { number, range }) => {
                let Some((title, last)) = text.trim_end_matches(')').rsplit_once(" (") else {
                    return Err(TabularError::ChapterWithoutRange(number.clone()));
                };
                last.clone_into(range);
                let title = format!("{number}. {title}");
                self.read.blocks.push(Block { range: range.clone(), kind: "chapter", title });
            }
            Some(Level::Section { title, .. }) => {
                let (words, _) = text.rsplit_once(" (").unwrap_or((&text, ""));
                words.clone_into(title);
            }
            Some(Level::Code(_)) | None => {}
        }
        Ok(())
    }

    fn keep_note(&mut self, text: String) {
        let (Some(kind), Some(level)) = (self.note, self.levels.last()) else { return };
        let refs = references::in_note(&text);
        let (all, with_code) = &mut self.read.counts.notes[kind as usize];
        *all += 1;
        *with_code += usize::from(!refs.is_empty());
        if kind.is_kept() {
            self.read.notes.push(Note { at: level.scope().to_owned(), kind, text, refs });
        }
    }

    fn keep_character(&mut self, meaning: String) {
        let (Some(character), Some(level)) = (self.character.take(), self.levels.last()) else { return };
        self.read.counts.seventh_characters += 1;
        self.read.seventh.push(Seventh { at: level.scope().to_owned(), character, meaning });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXCERPT: &str = include_str!("../../tests/data/icd10cm_tabular_excerpt.xml");

    #[test]
    fn an_excerpt_is_read_into_blocks_notes_and_seventh_characters() {
        let read = Tabular::read(EXCERPT.as_bytes()).unwrap();
        assert_eq!(read.version, "2026");
        assert_eq!(
            read.blocks_file(),
            "range\tkind\ttitle\n\
             S00-T88\tchapter\t19. Injury, poisoning and certain other consequences of external causes\n\
             S80-S89\tsection\tInjuries to the knee and lower leg\n"
        );
        assert_eq!(
            read.notes_file(),
            "at\tkind\trefs\ttext\n\
             S00-T88\texcludes1\tP10-P15 O70-O71\tbirth trauma (P10-P15) and obstetric trauma (O70-O71)\n\
             S80-S89\texcludes2\t\tburns & corrosions < 2nd degree\n\
             S82\texcludes1\tS88\ttraumatic amputation of lower leg (S88.-)\n\
             S82\texcludes2\tS92 M9711\tfracture of foot, except ankle (S92.-) or around a knee joint (M97.11)\n"
        );
        assert_eq!(
            read.seventh_file(),
            "at\tcharacter\tmeaning\n\
             S82\tA\tinitial encounter for closed fracture\n\
             S82\tS\tsequela\n\
             S821\tA\tinitial encounter for torus fracture\n"
        );
    }

    #[test]
    fn everything_in_an_excerpt_is_counted() {
        let counts = Tabular::read(EXCERPT.as_bytes()).unwrap().counts;
        assert_eq!((counts.chapters, counts.sections, counts.categories), (1, 1, 1));
        assert_eq!((counts.codes, counts.placeholders), (3, 1));
        assert_eq!((counts.seventh_definitions, counts.seventh_characters), (2, 3));
        assert_eq!(counts.notes(NoteKind::Excludes1), (2, 2));
        assert_eq!(counts.notes(NoteKind::Excludes2), (2, 1));
        assert_eq!(counts.notes(NoteKind::InclusionTerm), (1, 0));
        assert_eq!(counts.notes(NoteKind::Notes), (1, 0));
        assert_eq!(counts.notes(NoteKind::CodeFirst), (0, 0));
    }

    #[test]
    fn what_is_no_tabular_list_is_refused_with_its_place() {
        assert!(matches!(Tabular::read(&b"ISA*00*"[..]), Err(TabularError::OtherDocument)));
        assert!(matches!(Tabular::read(&b"<html><p>no</p></html>"[..]), Err(TabularError::OtherDocument)));
        let cut = &EXCERPT.as_bytes()[..EXCERPT.find("</section>").unwrap() - 30];
        let broken = [cut, &b"</chapter>"[..]].concat();
        assert!(matches!(Tabular::read(&broken[..]), Err(TabularError::Xml { byte: 1.., .. })));
        let end = EXCERPT.find("</section>").unwrap();
        assert!(matches!(Tabular::read(&EXCERPT.as_bytes()[..end]), Err(TabularError::CutOff)));
    }
}
