//! What the ICD-10-CM tabular list and the Medicare Code Editor say about a diagnosis: notes,
//! seventh characters, age and sequence flags.

use std::fmt;

use chrono::NaiveDate;

use super::Codes;
use super::list::List;
use super::notes::{ExcludedPair, Note, NotesEdition, SeventhCharacter, TabularEdition};
use super::shipped::NOTES_IN_FORCE;
use super::tabular::NoteKind;
use crate::types::{Icd10Code, Sex};

impl Codes {
    /// The edition of the tabular list that answers for a day: the imported one that has begun, else the
    /// shipped one.
    fn tabular(&self, on: NaiveDate) -> &TabularEdition {
        let begins = NOTES_IN_FORCE.0;
        match self.imported_tabular(on) {
            Some((from, edition)) if on < begins || begins <= from => edition,
            Some(_) | None => TabularEdition::shipped(),
        }
    }

    /// Which edition the notes and seventh characters of a day are from.
    #[must_use]
    pub fn notes_edition(&self, on: NaiveDate) -> NotesEdition<'_> {
        self.tabular(on).edition()
    }

    /// Every note of a kind that holds for an undotted code on a day: its own first, then those of its
    /// headings, section and chapter.
    pub fn notes(
        &self,
        code: &str,
        kind: NoteKind,
        on: NaiveDate,
    ) -> impl Iterator<Item = Note<'_>> + use<'_> {
        self.tabular(on).notes(code, kind)
    }

    /// The pairs on a list of diagnoses that an Excludes1 note keeps apart, whichever of the two
    /// it stands at; each pair once, in the order of the list. By ICD-10-CM guideline I.A.12.a a
    /// note does not hold when the two conditions are unrelated, which no table can tell.
    #[must_use]
    pub fn excludes1(&self, diagnoses: &[&Icd10Code], on: NaiveDate) -> Vec<ExcludedPair<'_>> {
        let tabular = self.tabular(on);
        let mut pairs: Vec<ExcludedPair<'_>> = Vec::new();
        for (place, holder) in diagnoses.iter().enumerate() {
            for note in tabular.notes(holder.as_str(), NoteKind::Excludes1) {
                for (other, excluded) in diagnoses.iter().enumerate() {
                    let (earlier, later) = (place.min(other), place.max(other));
                    let known = pairs.iter().any(|pair| (pair.earlier, pair.later) == (earlier, later));
                    // A note that names the holder itself says where the holder belongs.
                    if !known
                        && excluded != holder
                        && note.names(excluded.as_str())
                        && !note.names(holder.as_str())
                    {
                        pairs.push(ExcludedPair { earlier, later, note });
                    }
                }
            }
        }
        pairs.sort_by_key(|pair| (pair.later, pair.earlier));
        pairs
    }

    /// The seventh characters that a code or its nearest heading defines on a day. Empty when it takes
    /// none. Not every combination exists: a lookup of the full code decides (S06 with a sixth
    /// character 7 or 8 takes only A).
    pub fn seventh_characters(
        &self,
        code: &str,
        on: NaiveDate,
    ) -> impl Iterator<Item = SeventhCharacter<'_>> {
        self.tabular(on).seventh_characters(code)
    }

    /// What the Medicare Code Editor says about a diagnosis on a day.
    #[must_use]
    pub fn diagnosis_flags(&self, code: &str, on: NaiveDate) -> DiagnosisFlags {
        let mut flags = DiagnosisFlags::default();
        let rows = self.0.editor(List::Mce, on).rows().of(code);
        for flag in rows.filter(|row| row.is_open_on(on, 1, 2)).flat_map(|row| row.column(3).split(',')) {
            match flag {
                "manifestation" => flags.manifestation = true,
                "ecodepdx" => flags.external_cause = true,
                "unacceptable" => flags.unacceptable_principal = true,
                "qadm" => flags.questionable_admission = true,
                "unspecified" => flags.unspecified = true,
                "wrngproc" => flags.wrong_procedure = true,
                "female" => flags.sex = Some(Sex::Female),
                "male" => flags.sex = Some(Sex::Male),
                // The others ask of procedures (ICD-10-PCS), of which no table ships, or are trials.
                _ => flags.age = AgeGroup::named(flag).or(flags.age),
            }
        }
        flags
    }

    /// The lowest and highest age in whole years at which a diagnosis of a group can occur, by the editor
    /// in force on a day.
    #[must_use]
    pub fn ages(&self, group: AgeGroup, on: NaiveDate) -> Option<(u32, u32)> {
        let rows = self.0.editor(List::MceAges, on).rows();
        let row = rows.of(group.name()).find(|row| row.is_open_on(on, 1, 2))?;
        Some((row.column(3).parse().ok()?, row.column(4).parse().ok()?))
    }
}

/// Every flag of the editor's table. Those of which [`DiagnosisFlags`] says nothing are read, and kept.
pub(super) const MCE_FLAGS: [&str; 18] = [
    "adult",
    "clintrial",
    "delout",
    "diabtypeI",
    "ecodepdx",
    "female",
    "male",
    "manifestation",
    "maternity",
    "ncov6",
    "ncov_z302",
    "newborn",
    "pediatric",
    "qadm",
    "reqsdx",
    "unacceptable",
    "unspecified",
    "wrngproc",
];

/// What the Medicare Code Editor (CMS) says about a diagnosis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiagnosisFlags {
    /// Shows an underlying disease and is never listed first (guideline I.A.13).
    pub manifestation: bool,
    /// Says how an injury came about and is never listed first (guideline I.C.20.a.6).
    pub external_cause: bool,
    /// Not acceptable as the principal diagnosis of an inpatient stay. Says nothing about an
    /// office visit: Z00.00 has it, and is listed first there (guideline IV.P).
    pub unacceptable_principal: bool,
    /// As the principal diagnosis it seldom makes a stay in a hospital necessary.
    pub questionable_admission: bool,
    /// Leaves open the side or place of a condition for which codes with the side exist, and weighs
    /// in the payment of a stay.
    pub unspecified: bool,
    /// Says that the wrong procedure, patient or side was operated on.
    pub wrong_procedure: bool,
    /// The ages at which it can occur.
    pub age: Option<AgeGroup>,
    /// The sex in which it can occur; none after 2024-09-30, when the editor ceased to ask.
    pub sex: Option<Sex>,
}

/// The age groups of the Medicare Code Editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeGroup {
    /// Not yet one year old.
    Newborn,
    /// A child.
    Pediatric,
    /// Pregnant, giving birth or just after.
    Maternity,
    /// Grown up.
    Adult,
}

impl AgeGroup {
    /// All of them.
    const ALL: [AgeGroup; 4] = [AgeGroup::Newborn, AgeGroup::Pediatric, AgeGroup::Maternity, AgeGroup::Adult];

    /// By the name that the editor gives it.
    pub(super) fn named(name: &str) -> Option<AgeGroup> {
        AgeGroup::ALL.into_iter().find(|group| group.name() == name)
    }

    /// The name that the editor gives it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            AgeGroup::Newborn => "newborn",
            AgeGroup::Pediatric => "pediatric",
            AgeGroup::Maternity => "maternity",
            AgeGroup::Adult => "adult",
        }
    }
}
impl fmt::Display for AgeGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
