//! The envelope of an answer: from us to whoever wrote to us, under the usual delimiters.

use chrono::{NaiveDate, NaiveTime};

use crate::x12::segments::{Ge, Gs, Iea, Se, St, Ta1};
use crate::x12::{
    Body, Count, Delimiters, Group, Guide, Interchange, Render, Set, Source, Text, Written, issue,
};

use super::state::Partner;

/// What the envelope of an answer says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope<'e> {
    pub partner: &'e Partner,
    /// ISA13, and GS06.
    pub number: u32,
    pub today: NaiveDate,
}

/// The time of day of every answer: the same input gives the same bytes.
pub(super) fn time() -> NaiveTime {
    NaiveTime::from_hms_opt(6, 0, 0).expect("six o'clock is a time")
}

/// A file of one group of sets.
pub(super) fn file(envelope: Envelope<'_>, guide: Guide, bodies: Vec<Body<'_>>) -> String {
    let control = format!("{:09}", envelope.number);
    let group_control = envelope.number.to_string();
    let numbers: Vec<String> = (1..=bodies.len()).map(|number| format!("{number:04}")).collect();
    let mut sets = vec![];
    for (body, number) in bodies.into_iter().zip(&numbers) {
        let mut counted = Render::new(Delimiters::USUAL);
        if let Some(node) = body.node() {
            node.write(&mut counted);
        }
        // An 835 has no ST03.
        let version = (guide != Guide::Remittance).then_some(guide.version().into());
        let number = Text::from(number.as_str());
        sets.push(Set {
            at: issue::At::default(),
            guide,
            header: St {
                identifier: Some(guide.set().into()),
                control_number: Some(number),
                guide: version,
                source: Source::NONE,
            },
            body,
            trailer: Some(Se {
                segments: Some(Count(u64::from(counted.segments()) + 2)),
                control_number: Some(number),
                source: Source::NONE,
            }),
        });
    }
    let (sender, receiver) = (&envelope.partner.our_application, &envelope.partner.application);
    let group = Group {
        header: Some(Gs {
            functional_id: Some(guide.functional_id().into()),
            sender: Some(sender.as_str().into()),
            receiver: Some(receiver.as_str().into()),
            date: Some(envelope.today),
            time: Some(time()),
            control_number: Some(group_control.as_str().into()),
            agency: Some("X".into()),
            version: Some(guide.version().into()),
            source: Source::NONE,
        }),
        trailer: Some(Ge {
            sets: Some(Count(sets.len() as u64)),
            control_number: Some(group_control.as_str().into()),
            source: Source::NONE,
        }),
        sets,
        other: vec![],
    };
    interchange(envelope, &control, vec![], vec![group])
}

/// A file of one TA1.
pub(super) fn ta1_file(envelope: Envelope<'_>, answer: Ta1<'_>) -> String {
    interchange(envelope, &format!("{:09}", envelope.number), vec![answer], vec![])
}

fn interchange(
    envelope: Envelope<'_>,
    control: &str,
    acknowledgments: Vec<Ta1<'_>>,
    groups: Vec<Group<'_>>,
) -> String {
    let partner = envelope.partner;
    let delimiters = Delimiters::USUAL;
    // ISA has fixed widths and names the delimiters that are in force after it.
    let header = format!(
        "ISA*00*          *00*          *{:2}*{:15}*{:2}*{:15}*{}*{}*^*00501*{control}*0*{}*:~\n",
        partner.ours.0,
        partner.ours.1,
        partner.interchange.0,
        partner.interchange.1,
        envelope.today.format("%y%m%d"),
        time().format("%H%M"),
        partner.usage,
    );
    let interchange = Interchange {
        before: header.as_bytes(),
        delimiters,
        quirks: vec![],
        header: None,
        trailer: Some(Iea {
            groups: Some(Count(groups.len() as u64)),
            control_number: Some(control.into()),
            source: Source::NONE,
        }),
        acknowledgments,
        groups,
        other: vec![],
    };
    let mut out = Render::new(delimiters).with_line_breaks();
    interchange.write(&mut out);
    String::from_utf8_lossy(&out.into_bytes()).into_owned()
}
