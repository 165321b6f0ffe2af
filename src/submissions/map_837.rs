//! A batch as an 837 file: the envelope around the claims, and what our own reader says of it.

use chrono::NaiveDateTime;

use crate::claims::map_837::{self, Head, Outgoing, ReadClaim, Receiver, Submitter};
use crate::x12::segments::{Ge, Gs, Iea, Se, St};
use crate::x12::{
    Body, Count, Delimiters, Group, Guide, Interchange, Render, Set, Severity, Source, Text, Written, issue,
    read_file,
};

/// What the envelope says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope<'a> {
    /// ISA13, GS06.
    pub control: u32,
    /// ISA15.
    pub usage: &'static str,
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
    pub control_number: String,
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
pub(super) fn write(envelope: Envelope<'_>, sets: &[NewSet<'_>]) -> WrittenFile {
    let (control, group_control) = (envelope.interchange_control_number(), envelope.group_control_number());
    let Envelope { submitter, receiver, created, usage, .. } = envelope;
    let group = Group {
        header: Some(Gs {
            functional_id: Some(Guide::Professional.functional_id().into()),
            sender: Some(submitter.identifier.as_str().into()),
            receiver: Some(receiver.identifier.into()),
            date: Some(created.date()),
            time: Some(created.time()),
            control_number: Some(group_control.as_str().into()),
            agency: Some("X".into()),
            version: Some(Guide::Professional.version().into()),
            source: Source::NONE,
        }),
        sets: sets.iter().map(|set| typed_set(envelope, set)).collect(),
        other: vec![],
        trailer: Some(Ge {
            sets: Some(Count(sets.len() as u64)),
            control_number: Some(group_control.as_str().into()),
            source: Source::NONE,
        }),
    };
    // ISA has fixed widths and names the delimiters that are in force after it. ISA14: a TA1 is wanted.
    let header = format!(
        "ISA*00*          *00*          *ZZ*{:15}*ZZ*{:15}*{}*{}*^*00501*{control}*1*{usage}*:~\n",
        submitter.identifier,
        receiver.identifier,
        created.format("%y%m%d"),
        created.format("%H%M"),
    );
    let interchange = Interchange {
        before: header.as_bytes(),
        delimiters: Delimiters::USUAL,
        quirks: vec![],
        header: None,
        acknowledgments: vec![],
        groups: vec![group],
        other: vec![],
        trailer: Some(Iea {
            groups: Some(Count(1)),
            control_number: Some(control.as_str().into()),
            source: Source::NONE,
        }),
    };
    let mut out = Render::new(Delimiters::USUAL).with_line_breaks();
    interchange.write(&mut out);
    let replaced = out.replaced().iter().map(|replaced| replaced.element.clone()).collect();
    WrittenFile { bytes: out.into_bytes(), replaced }
}

fn typed_set<'a>(envelope: Envelope<'a>, set: &'a NewSet<'a>) -> Set<'a> {
    let head = Head {
        reference: &set.reference,
        created: envelope.created,
        submitter: envelope.submitter,
        receiver: envelope.receiver,
    };
    let body = map_837::to_837(head, &set.claims);
    let mut counted = Render::new(Delimiters::USUAL);
    body.write(&mut counted);
    let number = Text::from(set.control_number.as_str());
    Set {
        at: issue::At::default(),
        guide: Guide::Professional,
        header: St {
            identifier: Some(Guide::Professional.set().into()),
            control_number: Some(number),
            guide: Some(Guide::Professional.version().into()),
            source: Source::NONE,
        },
        body: Body::Professional(Box::new(body)),
        trailer: Some(Se {
            segments: Some(Count(u64::from(counted.segments()) + 2)),
            control_number: Some(number),
            source: Source::NONE,
        }),
    }
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
                    Body::Remittance(_)
                    | Body::Acknowledgment(_)
                    | Body::ClaimAcknowledgment(_)
                    | Body::Other(_) => String::new(),
                };
                read.sets.push((own(set.header.control_number), reference));
                read.claims.extend(map_837::claims_of(set, read.sets.len()));
            }
        }
    }
    read.errors = file
        .issues
        .kept()
        .iter()
        .filter(|issue| issue.severity == Severity::Error)
        .map(|issue| {
            let element = issue.element.as_deref().unwrap_or(&issue.segment_id);
            format!("{} {} {element} (segment {})", issue.rule, issue.loop_path, issue.at.segment)
        })
        .collect();
    read
}
