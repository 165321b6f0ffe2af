//! Which states of all code lists together answered: what a checked claim remembers.

use chrono::NaiveDate;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Builder;

use super::{Codes, shipped};
use crate::types::{CodeBasisId, CodeEditionId};

/// The code lists by which a claim was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Basis {
    /// The editions that came with the program.
    pub shipped: Vec<String>,
    /// The imported ones, by list and first day; an edition answers from its first day on.
    pub imported: Vec<BasisEdition>,
}

/// An imported edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BasisEdition {
    /// Its id.
    pub id: CodeEditionId,
    /// Of which list: `icd10cm`.
    pub list: String,
    /// What it is called.
    pub name: String,
    /// Its first day.
    pub valid_from: NaiveDate,
}

impl Codes {
    /// The editions that came with the program, and the ids of the imported ones, sorted.
    pub(super) fn state(&self) -> (Vec<&'static str>, Vec<CodeEditionId>) {
        let mut imported: Vec<CodeEditionId> = self.imported().iter().map(|edition| edition.id).collect();
        imported.sort_unstable();
        (shipped::names().collect(), imported)
    }
}

/// An id that is made of a state: the same state has one row.
pub(super) fn id_of(shipped: &[&str], imported: &[CodeEditionId]) -> CodeBasisId {
    let mut hash = Sha256::new();
    for name in shipped {
        // No name has a line break.
        hash.update(name.as_bytes());
        hash.update(b"\n");
    }
    for edition in imported {
        hash.update(edition.uuid().as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    CodeBasisId::from_uuid(Builder::from_custom_bytes(first).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_state_has_one_id_and_another_state_another() {
        let (one, other) = (CodeEditionId::new(), CodeEditionId::new());
        let id = id_of(&["FY2027", "HCPCS"], &[one]);
        assert_eq!(id, id_of(&["FY2027", "HCPCS"], &[one]));
        assert_ne!(id, id_of(&["FY2027", "HCPCS"], &[other]));
        assert_ne!(id, id_of(&["FY2027", "HCPCS"], &[]));
        assert_ne!(id, id_of(&["FY2027H", "CPCS"], &[one]));
    }
}
