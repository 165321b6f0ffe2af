//! A batch as an 837 file: the envelope around the claims, and what our own reader says of it.

use chrono::NaiveDateTime;

use crate::claims::map_837::{self, Head, Outgoing, ReadClaim, Receiver, Submitter};
use crate::x12::check::{Options, check};
use crate::x12::{self, Body, Delimiters, EnvelopeError, Guide, Party, Severity, Text, Writer, read_file};

pub(super) use crate::x12::UsageIndicator;

/// What the envelope says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope<'a> {
    /// ISA13, GS06.
    pub control: u32,
    /// ISA15.
    pub usage: UsageIndicator,
    /// ISA09, ISA10, GS04, GS05, BHT04, BHT05: to the minute, in the practice's own time.
    pub created: NaiveDateTime,
    /// ISA06, GS02, 1000A.
    pub submitter: &'a Submitter,
    /// ISA08, GS03, 1000B.
    pub receiver: Receiver<'a>,
}

impl Envelope<'_> {
    /// ISA13: nine digits.
    pub(super) fn interchange_control_number(&self) -> String {
        format!("{:09}", self.control)
    }
    /// GS06: no leading zeros.
    pub(super) fn group_control_number(&self) -> String {
        self.control.to_string()
    }
}

/// One transaction set to be written.
#[derive(Clone, Debug)]
pub(super) struct NewSet<'a> {
    /// ST02.
    pub control_number: u32,
    /// BHT03.
    pub reference: String,
    /// Its claims.
    pub claims: Vec<Outgoing<'a>>,
}

/// What was written.
#[derive(Clone, Debug)]
pub(super) struct WrittenFile {
    /// The file.
    pub bytes: Vec<u8>,
    /// Elements in which a character that may not be sent became a blank: `NM103`.
    pub replaced: Vec<String>,
}

/// Writes one interchange of one group.
///
/// # Errors
/// A submitter or payer whose identifier does not fit ISA and GS.
pub(super) fn write(envelope: Envelope<'_>, sets: &[NewSet<'_>]) -> Result<WrittenFile, EnvelopeError> {
    let Envelope { submitter, receiver, created, control, usage } = envelope;
    let party = |id| Party { qualifier: "ZZ", id, application: id };
    let mut writer = Writer::new(x12::Envelope {
        sender: party(submitter.identifier.as_str()),
        receiver: party(receiver.identifier),
        control_number: control,
        usage,
        acknowledgment_requested: true,
        at: created,
        delimiters: Delimiters::USUAL,
        line_breaks: true,
    })?;
    writer.group(Guide::Professional, control)?;
    for set in sets {
        let head = Head { reference: &set.reference, created, submitter, receiver };
        writer.set(set.control_number, &map_837::to_837(head, &set.claims))?;
    }
    let written = writer.finish();
    let replaced = written.replaced.iter().map(|replaced| replaced.element.clone()).collect();
    Ok(WrittenFile { bytes: written.bytes, replaced })
}

/// What our own reader says of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadBack {
    /// ISA13.
    pub interchange_control_number: String,
    /// GS06.
    pub group_control_number: String,
    /// ST02 and BHT03 of each set.
    pub sets: Vec<(String, String)>,
    /// Its claims, in order.
    pub claims: Vec<ReadClaim>,
    /// What is wrong with it, by rule and place; no data.
    pub errors: Vec<String>,
}

/// Reads a file that we wrote.
pub(super) fn read_back(bytes: &[u8]) -> ReadBack {
    let file = read_file(bytes);
    let own = |text: Option<Text<'_>>| text.unwrap_or_default().to_string();
    let mut read = ReadBack::default();
    for interchange in &file.interchanges {
        read.interchange_control_number = own(interchange.header.and_then(|header| header.control_number));
        for group in &interchange.groups {
            read.group_control_number = own(group.header.and_then(|header| header.control_number));
            for set in &group.sets {
                let reference = match &set.body {
                    Body::Professional(body) => own(body.beginning.reference),
                    _ => String::new(),
                };
                read.sets.push((own(set.header.control_number), reference));
                read.claims.extend(map_837::claims_of(set, read.sets.len()));
            }
        }
    }
    // What any receiver would reject at SNIP 1 to 4 does not leave, whoever is to blame for it.
    read.errors = check(bytes, &Options::default())
        .issues
        .iter()
        .filter(|issue| issue.severity == Severity::Error)
        .map(|issue| {
            let element = issue.element.as_deref().unwrap_or(&issue.segment_id);
            format!("{} {} {element} (segment {})", issue.rule, issue.loop_path, issue.segment)
        })
        .collect();
    read
}
