//! The editions that were imported, and which of them answers for a day.
//!
//! An edition answers from its first day until the next one of its list begins, and for no day before:
//! a new quarter changes no answer about an old service. Days before the first edition are the shipped
//! tables', and so are those for which a shipped table is newer: last year's file ends no code of this year.

use std::sync::Arc;

use chrono::NaiveDate;

use super::edition::Before;
use super::list::List;
use super::notes::TabularEdition;
use super::pairs::Pairs;
use super::rows::{Rows, Table};
use super::shipped;
use super::table_edition::TableEdition;
use super::{Codes, Draft, EditionError};
use crate::codes::import::Content;
use crate::types::{CodeEditionId, CodeTable};

/// Every imported edition that is not undone, sorted by list and first day. Never changed: another set
/// takes its place.
#[derive(Debug, Default)]
pub(super) struct Editions(Vec<Arc<Imported>>);

/// An edition that was imported.
#[derive(Debug)]
pub struct Imported {
    /// Its id.
    pub id: CodeEditionId,
    /// Of which list.
    pub list: List,
    /// What it is called.
    pub name: String,
    /// Its first day.
    pub from: NaiveDate,
    /// The last day for which a code that it lacks is wrong.
    pub whole_to: Option<NaiveDate>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Codes(Box<TableEdition>),
    Rows(Table),
    Pairs(Pairs),
    Tabular(Box<TabularEdition>),
}

/// What an edition was kept as is not what it should be.
#[derive(Debug, thiserror::Error)]
#[error("the content of the edition {name} cannot be read")]
pub struct BrokenEdition {
    name: String,
}

impl Imported {
    /// From its description and the content of its [`Draft`].
    pub(super) fn new(
        id: CodeEditionId,
        list: List,
        name: String,
        (from, whole_to): (NaiveDate, Option<NaiveDate>),
        content: Vec<u8>,
    ) -> Result<Imported, BrokenEdition> {
        let body = match list {
            List::PtpPractitioner | List::PtpHospital => Pairs::read(content).map(Body::Pairs),
            List::Icd10cmTabular => String::from_utf8(content).ok().and_then(|text| {
                let in_force = (from, whole_to.unwrap_or(NaiveDate::MAX));
                let edition = TabularEdition::imported(&name, in_force, &text)?;
                Some(Body::Tabular(Box::new(edition)))
            }),
            _ => String::from_utf8(content).ok().and_then(|text| match list.table() {
                Some(_) => {
                    TableEdition::imported(list, &name, from, whole_to, text).map(Box::new).map(Body::Codes)
                }
                None => Some(Body::Rows(Table::of(text))),
            }),
        };
        match body {
            Some(body) => Ok(Imported { id, list, name, from, whole_to, body }),
            None => Err(BrokenEdition { name }),
        }
    }

    /// Bytes that it holds in memory, without the index of its words.
    #[must_use]
    pub fn size(&self) -> usize {
        match &self.body {
            Body::Codes(table) => table.text.size(),
            Body::Rows(table) => table.size(),
            Body::Pairs(pairs) => pairs.size(),
            Body::Tabular(edition) => edition.size(),
        }
    }

    /// Whether it is known that no later edition says something else about a day.
    pub(super) fn is_current_on(&self, on: NaiveDate) -> bool {
        self.whole_to.is_some_and(|to| on <= to)
    }

    /// None of pairs and of the tabular list.
    pub(super) fn rows(&self) -> Option<Rows<'_>> {
        match &self.body {
            Body::Rows(table) => Some(table.rows()),
            Body::Codes(table) => Some(table.rows()),
            Body::Pairs(_) | Body::Tabular(_) => None,
        }
    }

    pub(super) fn pairs(&self) -> Option<&Pairs> {
        match &self.body {
            Body::Pairs(pairs) => Some(pairs),
            Body::Codes(_) | Body::Rows(_) | Body::Tabular(_) => None,
        }
    }
}

impl Editions {
    pub(super) fn new(mut all: Vec<Arc<Imported>>) -> Editions {
        all.sort_by_key(|edition| (edition.list, edition.from));
        Editions(all)
    }

    pub(super) fn all(&self) -> &[Arc<Imported>] {
        &self.0
    }

    /// The edition of a list that answers for a day; none where the shipped tables do.
    pub(super) fn of(&self, list: List, on: NaiveDate) -> Option<&Imported> {
        let begun = self.0.iter().rev().filter(|edition| edition.list == list);
        begun.into_iter().find(|edition| edition.from <= on).map(Arc::as_ref)
    }

    /// The edition of a table that answers for a code on a day.
    pub(super) fn table(&self, table: CodeTable, code: &str, on: NaiveDate) -> Option<&TableEdition> {
        // CPT's modifiers are the AMA's and not in CMS's file.
        if table == CodeTable::Modifier {
            let of_cpt = self.imported(List::CptModifier, on);
            if shipped::is_of_cpt(code) {
                return of_cpt.or_else(|| shipped::of(table));
            }
            if let Some(edition) = of_cpt.filter(|edition| edition.rows().of(code).next().is_some()) {
                return Some(edition);
            }
            return self.list(List::HcpcsModifier, on);
        }
        self.tables(table, on).next()
    }

    /// The edition of a list of codes that answers for a day.
    fn list(&self, list: List, on: NaiveDate) -> Option<&TableEdition> {
        self.imported(list, on).or_else(|| shipped::of(list.table()?))
    }

    /// The imported edition of a list of codes that answers for a day; none where the shipped one knows
    /// better, or nothing was imported.
    fn imported(&self, list: List, on: NaiveDate) -> Option<&TableEdition> {
        let newest = list.table().and_then(shipped::newest);
        let is_newer =
            |edition: &&Imported| newest.is_none_or(|newest| on < newest || newest <= edition.from);
        match &self.of(list, on).filter(is_newer)?.body {
            Body::Codes(table) => Some(table),
            Body::Rows(_) | Body::Pairs(_) | Body::Tabular(_) => None,
        }
    }

    /// The table of the Medicare Code Editor that answers for a day: the imported edition that has begun,
    /// else the shipped one, which knows better than an older edition from its own first day on.
    pub(super) fn editor(&self, list: List, on: NaiveDate) -> &Table {
        let imported = self
            .of(list, on)
            .filter(|edition| on < shipped::MCE_BEGINS || shipped::MCE_BEGINS <= edition.from);
        match imported.map(|edition| &edition.body) {
            Some(Body::Rows(table)) => table,
            _ if list == List::MceAges => &shipped::MCE_AGES,
            _ => &shipped::MCE_FLAGS,
        }
    }

    /// The editions of a table that hold codes on a day, the one that is asked first before the other:
    /// modifiers are in two lists.
    pub(super) fn tables(&self, table: CodeTable, on: NaiveDate) -> impl Iterator<Item = &TableEdition> {
        let lists = List::NAMES.iter().map(|(list, _)| *list).filter(move |list| list.table() == Some(table));
        let mut imported = lists.filter_map(move |list| self.imported(list, on)).peekable();
        let is_replaced = imported.peek().is_some() && table != CodeTable::Modifier;
        imported.chain(shipped::of(table).filter(|_| !is_replaced))
    }
}

impl Codes {
    /// The shipped tables with these editions, whatever others were imported.
    #[must_use]
    pub fn with(editions: Vec<Arc<Imported>>) -> Codes {
        Codes(Arc::new(Editions::new(editions)))
    }

    /// The tables with one more edition, which no database has: what a draft would answer if it were kept.
    ///
    /// # Errors
    /// A draft whose content cannot be read back.
    pub fn and(&self, draft: Draft) -> Result<Codes, BrokenEdition> {
        let Draft { list, name, from, whole_to, content, .. } = draft;
        let edition = Imported::new(CodeEditionId::new(), list, name, (from, whole_to), content)?;
        Ok(Codes::with(self.imported().iter().cloned().chain([Arc::new(edition)]).collect()))
    }

    /// The tables as if these editions had not been imported.
    #[must_use]
    pub fn without(&self, editions: &[CodeEditionId]) -> Codes {
        let others = self.imported().iter().filter(|edition| !editions.contains(&edition.id));
        Codes::with(others.cloned().collect())
    }

    /// The imported edition of the tabular list that has begun on a day, with its first day.
    pub(super) fn imported_tabular(&self, on: NaiveDate) -> Option<(NaiveDate, &TabularEdition)> {
        let edition = self.0.of(List::Icd10cmTabular, on)?;
        match &edition.body {
            Body::Tabular(tabular) => Some((edition.from, tabular)),
            Body::Codes(_) | Body::Rows(_) | Body::Pairs(_) => None,
        }
    }

    /// Every imported edition, by list and first day.
    #[must_use]
    pub fn imported(&self) -> &[Arc<Imported>] {
        self.0.all()
    }

    /// Bytes of all editions, shipped and imported, without the indexes of their words.
    #[must_use]
    pub fn size(&self) -> usize {
        shipped::size() + self.imported().iter().map(|edition| edition.size()).sum::<usize>()
    }

    /// An edition of a list from what a file holds, that begins on `from`, held against the edition
    /// before. `all_read` says that no row of the file was rejected.
    ///
    /// # Errors
    /// Changes that do not fit what they change.
    pub fn draft(
        &self,
        list: List,
        content: Content,
        from: NaiveDate,
        all_read: bool,
    ) -> Result<Draft, EditionError> {
        let eve = from.pred_opt().ok_or(EditionError::Day(from))?;
        let before = match list.table() {
            Some(table) => match self.0.list(list, eve) {
                Some(edition) => {
                    let mut rows = edition.code_rows();
                    // The shipped modifiers are of both lists.
                    let of_cpt = list == List::CptModifier;
                    rows.retain(|row| {
                        table != CodeTable::Modifier || shipped::is_of_cpt(&row.code) == of_cpt
                    });
                    // Whole at its beginning: what it lacks is new since then.
                    Before::Codes { rows, whole: edition.complete.is_some() }
                }
                None => Before::Nothing,
            },
            None if matches!(list, List::Mce | List::MceAges) => {
                Before::Rows(self.0.editor(list, eve).text())
            }
            None => match self.0.of(list, eve).map(|edition| &edition.body) {
                Some(Body::Rows(table)) => Before::Rows(table.text()),
                Some(Body::Pairs(pairs)) => Before::Pairs(pairs),
                Some(Body::Tabular(edition)) => Before::Tabular(edition),
                None if list == List::Icd10cmTabular && shipped::NOTES_IN_FORCE.0 <= eve => {
                    Before::Tabular(TabularEdition::shipped())
                }
                Some(Body::Codes(_)) | None => Before::Nothing,
            },
        };
        super::edition::draft(list, content, from, all_read, &before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::import::{Addenda, Change, CodeRow};
    use crate::codes::{AgeGroup, NoteKind, PtpModifier, import};
    use crate::types::CodeStatus;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// The tables with one more edition.
    fn and(codes: &Codes, list: List, content: Content, from: &str, all_read: bool) -> Codes {
        codes.and(codes.draft(list, content, day(from), all_read).unwrap()).unwrap()
    }

    fn coded(code: &str, title: &str) -> CodeRow {
        CodeRow { code: code.into(), billable: true, first: None, last: None, title: title.into() }
    }

    #[test]
    fn an_edition_answers_from_its_first_day_and_changes_no_answer_before_it() {
        let with_title = |title| Change::Revise(coded("I10", title));
        let addenda = |title| Addenda { changes: vec![with_title(title)], headings: None, codes: None };
        let first = Content::Changes(addenda("First"));
        let second = Content::Changes(addenda("Second"));
        let codes = and(Codes::shipped(), List::Icd10cm, first, "2027-04-01", true);
        // Whichever is imported later: the day decides.
        let codes = and(&codes, List::Icd10cm, second, "2026-12-01", true);
        let title = |on| codes.lookup(CodeTable::Icd10cm, "I10", day(on)).title.unwrap();
        assert_eq!(title("2026-11-30"), "Essential (primary) hypertension");
        assert_eq!(title("2026-12-01"), "Second");
        assert_eq!(title("2027-03-31"), "Second");
        assert_eq!(title("2027-04-01"), "First");
        let edition = |on| codes.lookup(CodeTable::Icd10cm, "I10", day(on)).edition;
        assert_eq!(edition("2026-12-01"), "ICD-10-CM FY2027");
        assert_eq!(edition("2027-04-01"), "ICD-10-CM FY2027, April 2027 update");
    }

    #[test]
    fn an_edition_that_is_older_than_the_shipped_one_does_not_answer_for_its_days() {
        let revised = Addenda {
            changes: vec![Change::Revise(coded("D691", "Of FY2026"))],
            headings: None,
            codes: None,
        };
        let codes = and(Codes::shipped(), List::Icd10cm, Content::Changes(revised), "2025-10-01", true);
        let found = |on| codes.lookup(CodeTable::Icd10cm, "D691", day(on));
        assert_eq!(
            (found("2026-09-30").status, found("2026-09-30").title),
            (CodeStatus::Valid, Some("Of FY2026"))
        );
        // A heading since FY2027, which ships; the imported edition cannot know.
        assert_eq!(found("2026-10-01").status, CodeStatus::Header);
    }

    #[test]
    fn a_code_that_the_edition_before_lacks_begins_with_the_new_one() {
        let changes =
            |change| Content::Changes(Addenda { changes: vec![change], headings: None, codes: None });
        let revised = changes(Change::Revise(coded("I10", "Other")));
        let codes = and(Codes::shipped(), List::Icd10cm, revised, "2026-12-01", true);
        // The edition before is known to be whole until March only.
        let added = changes(Change::Add(coded("I109", "New")));
        let codes = and(&codes, List::Icd10cm, added, "2027-10-01", true);
        let found = |code| codes.lookup(CodeTable::Icd10cm, code, day("2027-10-01")).valid_from;
        assert_eq!((found("I109"), found("I10")), (Some(day("2027-10-01")), Some(day("2015-10-01"))));
        assert_eq!(found("D691"), Some(day("2026-10-01")));
    }

    #[test]
    fn a_code_that_an_edition_lacks_is_wrong_only_while_the_edition_is_whole() {
        let file = || Content::Snapshot(vec![coded("99213", "Ours"), coded("0001U", "Ours")]);
        let codes = and(Codes::shipped(), List::Cpt, file(), "2026-01-01", true);
        let status = |codes: &Codes, code, on| codes.lookup(CodeTable::Cpt, code, day(on)).status;
        assert_eq!(status(&codes, "99213", "2026-06-01"), CodeStatus::Valid);
        assert_eq!(status(&codes, "12345", "2026-06-01"), CodeStatus::Unknown);
        // Laboratory codes are added during the year.
        assert_eq!(status(&codes, "0002U", "2026-06-01"), CodeStatus::NotChecked);
        assert_eq!(status(&codes, "12345", "2027-01-01"), CodeStatus::NotChecked);
        assert_eq!(status(&codes, "12345", "2025-12-31"), CodeStatus::NotChecked);
        // 99214 is in the shipped sample, but not in the file that replaced it.
        assert_eq!(status(&codes, "99214", "2026-06-01"), CodeStatus::NotInForce);
        assert_eq!(status(&codes, "99214", "2025-12-31"), CodeStatus::Valid);
        let with_rejected = and(Codes::shipped(), List::Cpt, file(), "2026-01-01", false);
        assert_eq!(status(&with_rejected, "12345", "2026-06-01"), CodeStatus::NotChecked);
    }

    #[test]
    fn cms_modifiers_are_replaced_and_those_of_cpt_stay() {
        let row = CodeRow { first: Some(day("2002-07-01")), ..coded("A1", "Dressing for one wound") };
        let codes = and(Codes::shipped(), List::HcpcsModifier, Content::Dated(vec![row]), "2026-10-01", true);
        let status = |code, on| codes.lookup(CodeTable::Modifier, code, day(on)).status;
        assert_eq!(status("A1", "2026-11-01"), CodeStatus::Valid);
        assert_eq!(status("A2", "2026-11-01"), CodeStatus::Unknown);
        assert_eq!(status("A2", "2026-09-30"), CodeStatus::Valid);
        for of_cpt in ["25", "P1", "1P"] {
            assert_eq!(status(of_cpt, "2026-11-01"), CodeStatus::Valid, "{of_cpt}");
        }
        let found = codes.search("dressing one wound", &[CodeTable::Modifier], day("2026-11-01"), 5);
        assert_eq!(found.iter().map(|one| one.code.as_str()).collect::<Vec<_>>(), ["A1"]);
    }

    #[test]
    fn modifiers_of_cpt_are_replaced_by_the_amas_own_file_and_those_of_cms_stay() {
        let file = Content::Snapshot(vec![coded("25", "Ours, of the file"), coded("P7", "New and ours")]);
        let codes = and(Codes::shipped(), List::CptModifier, file, "2027-01-01", true);
        let found = |code, on| {
            let found = codes.lookup(CodeTable::Modifier, code, day(on));
            (found.status, found.title)
        };
        assert_eq!(found("25", "2027-01-01"), (CodeStatus::Valid, Some("Ours, of the file")));
        assert_eq!(found("25", "2026-12-31").1, Some("Separate significant visit same day as procedure"));
        // Not in the file: it ended the day before.
        assert_eq!(found("26", "2027-01-01").0, CodeStatus::NotInForce);
        assert_eq!(found("P7", "2027-01-01"), (CodeStatus::Valid, Some("New and ours")));
        assert_eq!(found("A1", "2027-01-01").0, CodeStatus::Valid);
        let by_words = codes.search("ours of file", &[CodeTable::Modifier], day("2027-01-01"), 5);
        assert_eq!(by_words[0].code, "25");
    }

    #[test]
    fn notes_are_those_of_the_edition_that_has_begun() {
        let xml = include_str!("../../tests/data/icd10cm_tabular_excerpt.xml");
        let reading = import::read("icd10cm_tabular_2027.xml", xml.as_bytes(), None).unwrap();
        assert_eq!((reading.from, reading.rejected.count), (Some(day("2026-10-01")), 0));
        let (list, content) = reading.tables.into_iter().next().unwrap();
        let codes = and(Codes::shipped(), list, content, "2026-10-01", true);
        let at = |on| {
            let notes = codes.notes("S82101", NoteKind::Excludes1, day(on));
            notes.map(|note| note.at().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(at("2026-10-01"), ["S82", "S00-T88"]);
        // In the list of FY2026 the chapter's note is an Excludes2.
        assert_eq!(at("2026-09-30"), ["S82"]);
        let texts = |on| codes.notes("S82101", NoteKind::Excludes2, day(on)).count();
        assert_ne!(texts("2026-09-30"), texts("2026-10-01"));
        let edition = |on| {
            let edition = codes.notes_edition(day(on));
            (edition.name.to_owned(), edition.fiscal_year(), edition.is_in_force_on(day(on)))
        };
        assert_eq!(edition("2026-10-01"), ("ICD-10-CM tabular list FY2027".to_owned(), 2027, true));
        assert_eq!(
            edition("2026-09-30"),
            ("ICD-10-CM tabular list FY2026, April 2026 update (CDC/NCHS)".to_owned(), 2026, true)
        );
        let characters =
            |code, on| codes.seventh_characters(code, day(on)).map(|one| one.character).collect::<String>();
        assert_eq!(characters("S82201", "2026-10-01"), "AS");
        assert_eq!(characters("S82101", "2026-09-30"), "ABCDEFGHJKMNPQRS");
        // An older list than the shipped one answers for its days only.
        let older = import::read("icd10cm_tabular_2025.xml", xml.as_bytes(), None).unwrap();
        let (list, content) = older.tables.into_iter().next().unwrap();
        let codes = and(Codes::shipped(), list, content, "2024-10-01", true);
        assert_eq!(codes.notes_edition(day("2025-09-30")).fiscal_year(), 2025);
        assert_eq!(codes.notes_edition(day("2025-10-01")).fiscal_year(), 2026);
    }

    #[test]
    fn titles_of_an_edition_are_found_by_their_words() {
        let file = Content::Snapshot(vec![coded("99213", "Blue office visit"), coded("99214", "Red visit")]);
        let codes = and(Codes::shipped(), List::Cpt, file, "2026-01-01", true);
        let found = |on| {
            let found = codes.search("blue", &[CodeTable::Cpt], day(on), 5);
            found.into_iter().map(|one| one.code).collect::<Vec<_>>()
        };
        assert_eq!(found("2026-06-01"), ["99213"]);
        assert!(found("2025-12-31").is_empty());
    }

    #[test]
    fn imported_edits_and_indicators_take_the_samples_place_on_their_days() {
        let ptp = "Column 1\tColumn 2\t\t\t\t\t\n\
                   00142\t93010\t\t20100101\t*\t0\tNew\n00142\t99999\t\t20100101\t20261031\t1\tOld\n";
        let read = |name: &str, text: &str| {
            let reading = import::read(name, text.as_bytes(), None).unwrap();
            assert_eq!(reading.rejected.count, 0);
            reading.tables.into_iter().next().unwrap()
        };
        let (list, pairs) = read("ccipra-v323r0-f1.txt", ptp);
        let codes = and(Codes::shipped(), list, pairs, "2026-10-01", true);
        let edit = |two, on| codes.ptp("00142", two, day(on)).map(|edit| (edit.modifier, edit.certain));
        assert_eq!(edit("93010", "2026-10-01"), Some((PtpModifier::NotAllowed, true)));
        assert_eq!(edit("93010", "2027-01-01"), Some((PtpModifier::NotAllowed, false)));
        assert_eq!(edit("93010", "2026-09-30"), Some((PtpModifier::Allowed, false)));
        assert_eq!(edit("99999", "2026-10-31"), Some((PtpModifier::Allowed, true)));
        assert_eq!(edit("99999", "2026-11-01"), None);
        // No sample of hospitals' edits ships.
        let hospital = codes.ptp_beside(crate::codes::NcciSetting::Hospital, "00142", day("2026-10-01"));
        assert!(hospital.is_empty());

        let mue = "\"HCPCS/\nCPT Code\",Practitioner Services MUE Values,Indicator,Rationale\n\
                   10060,7,1 Line Edit,New\n";
        let (list, limits) = read("MCR_MUE_PractitionerServices_Eff_10-01-2026.csv", mue);
        let codes = and(&codes, list, limits, "2026-10-01", true);
        let units = |on| codes.unit_limit("10060", day(on)).map(|limit| (limit.units, limit.certain));
        assert_eq!((units("2026-10-01"), units("2026-09-30")), (Some((7, true)), Some((1, false))));
    }

    #[test]
    fn the_code_editor_answers_from_its_first_day_and_an_older_one_not_for_days_of_the_newer() {
        let flags = "code\tvalid_from\tvalid_to\tflags\nI10\t20261201\t\tunacceptable\nE119\t\t\tpediatric\n";
        let ages = "group\tage_min_years\tage_max_years\tvalid_from\tvalid_to\npediatric\t0\t20\t\t\n";
        let with = |from| {
            [("mce_dx_flags.tsv", flags), ("mce_age_ranges.tsv", ages)].iter().fold(
                Codes::shipped().clone(),
                |codes, (name, text)| {
                    let reading = import::read(name, text.as_bytes(), None).unwrap();
                    assert_eq!(reading.rejected.count, 0);
                    let (list, content) = reading.tables.into_iter().next().unwrap();
                    and(&codes, list, content, from, true)
                },
            )
        };
        let codes = with("2027-04-01");
        let flags = |codes: &Codes, code, on| codes.diagnosis_flags(code, day(on));
        // The day before is the shipped edition's: H42 shows an underlying disease, I10 has no flag.
        assert!(flags(&codes, "H42", "2027-03-31").manifestation);
        assert!(!flags(&codes, "I10", "2027-03-31").unacceptable_principal);
        assert_eq!(codes.ages(AgeGroup::Pediatric, day("2027-03-31")), Some((0, 17)));
        assert!(!flags(&codes, "H42", "2027-04-01").manifestation);
        assert!(flags(&codes, "I10", "2027-04-01").unacceptable_principal);
        assert_eq!(flags(&codes, "E119", "2027-04-01").age, Some(AgeGroup::Pediatric));
        assert_eq!(codes.ages(AgeGroup::Pediatric, day("2027-04-01")), Some((0, 20)));
        // An edition has the ages that it has, and no others.
        assert_eq!(codes.ages(AgeGroup::Adult, day("2027-04-01")), None);

        // Version 44, which ships, began on 2026-10-01 and knows better from then on.
        let codes = with("2026-06-01");
        assert!(!flags(&codes, "H42", "2026-09-30").manifestation);
        assert!(flags(&codes, "H42", "2026-10-01").manifestation);
        assert_eq!(codes.ages(AgeGroup::Pediatric, day("2026-09-30")), Some((0, 20)));
        assert_eq!(codes.ages(AgeGroup::Pediatric, day("2026-10-01")), Some((0, 17)));
    }

    #[test]
    fn content_that_is_not_what_it_should_be_is_no_edition() {
        let days = (day("2026-10-01"), None);
        for (list, content) in [(List::PtpHospital, b"PTP".to_vec()), (List::Cpt, vec![0xFF, 0xFE])] {
            assert!(Imported::new(CodeEditionId::new(), list, "x".into(), days, content).is_err());
        }
    }
}
