//! Who sends our files and who receives them: the two ends of an interchange.

use std::str::FromStr;

use crate::types::{
    ApplicationCode, Email, IdentifierError, InterchangeId, InterchangeQualifier, Place, Refusal, Result,
    Status, Telephone, TransmitterId,
};

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

/// A submitter as a person writes it. What is left out follows from the rest: the practice's own name, and
/// in the envelope the transmitter's number, mutually defined (ZZ).
#[derive(Clone, Copy, Debug, Default)]
pub struct WrittenSubmitter<'a> {
    /// NM103.
    pub name: &'a str,
    /// NM109.
    pub identifier: &'a str,
    /// ISA05.
    pub interchange_qualifier: &'a str,
    /// ISA06.
    pub interchange_id: &'a str,
    /// GS02.
    pub application_code: &'a str,
    /// PER02.
    pub contact: &'a str,
    /// PER04.
    pub telephone: &'a str,
    /// PER06.
    pub email: &'a str,
}

impl WrittenSubmitter<'_> {
    /// Reads it, for a practice of this name. Refused as `organizations/submitter` with the field that cannot
    /// stand where it should.
    pub fn read(&self, practice: &str) -> Result<Submitter> {
        let or =
            |text: &str, other: &str| if text.trim().is_empty() { other.to_owned() } else { text.to_owned() };
        let email = Some(self.email.trim()).filter(|email| !email.is_empty());
        Ok(Submitter {
            name: or(self.name, practice),
            identifier: field("identifier", self.identifier)?,
            interchange: InterchangeParty {
                qualifier: field("interchange_qualifier", &or(self.interchange_qualifier, "ZZ"))?,
                id: field("interchange_id", &or(self.interchange_id, self.identifier))?,
                application: field("application_code", &or(self.application_code, self.identifier))?,
            },
            contact: Contact {
                name: self.contact.to_owned(),
                telephone: field("telephone", self.telephone)?,
                email: email.map(|email| field("email", email)).transpose()?,
            },
        })
    }
}

fn field<T: FromStr<Err = IdentifierError>>(name: &str, text: &str) -> Result<T> {
    text.parse().map_err(|fault| {
        let place = Place { field: Some(format!("/{name}")), ..Place::default() };
        let what = format!("{name}: {fault}");
        Refusal::new("organizations/submitter", Status::Invalid, what, "Correct it").at(place).into()
    })
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
