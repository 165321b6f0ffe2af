//! Who sends our files and who receives them: the two ends of an interchange.

use crate::types::{ApplicationCode, Email, InterchangeId, InterchangeQualifier, Telephone, TransmitterId};

/// How the envelope names one end (ISA05 to ISA08, GS02, GS03).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterchangeParty {
    /// ISA05 or ISA07.
    pub qualifier: InterchangeQualifier,
    /// ISA06 or ISA08.
    pub id: InterchangeId,
    /// GS02 or GS03.
    pub application: ApplicationCode,
}

/// 1000A: who sends the file, and whom to ask about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitter {
    /// NM103: at most 60 characters.
    pub name: String,
    /// NM109.
    pub identifier: TransmitterId,
    /// ISA05, ISA06, GS02.
    pub interchange: InterchangeParty,
    /// PER.
    pub contact: Contact,
}

/// 1000A PER: whom a receiver asks about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// PER02: at most 60 characters.
    pub name: String,
    /// PER04 with TE.
    pub telephone: Telephone,
    /// PER06 with EM.
    pub email: Option<Email>,
}

/// 1000B: who receives the file, the payer itself or a clearinghouse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// NM103: at most 60 characters.
    pub name: String,
    /// NM109.
    pub identifier: TransmitterId,
    /// ISA07, ISA08, GS03.
    pub interchange: InterchangeParty,
}

/// The columns of one end, all there or none (the schema's check).
pub(super) fn party(
    qualifier: Option<&str>,
    id: Option<&str>,
    application: Option<&str>,
) -> anyhow::Result<Option<InterchangeParty>> {
    let (Some(qualifier), Some(id), Some(application)) = (qualifier, id, application) else {
        return Ok(None);
    };
    Ok(Some(InterchangeParty {
        qualifier: qualifier.parse()?,
        id: id.parse()?,
        application: application.parse()?,
    }))
}

/// A name of 1000A, 1000B or PER without the blanks around it; none when it does not fit.
pub(super) fn name(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|name| (1..=60).contains(&name.chars().count()))
}
