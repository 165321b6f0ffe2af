//! The envelope of an answer: from us to whoever wrote to us, under the usual delimiters.

use chrono::{NaiveDate, NaiveTime};

use crate::x12::segments::Ta1;
use crate::x12::{self, Body, Delimiters, EnvelopeError, Guide, Party, UsageIndicator, Writer};

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
pub(super) fn file(envelope: Envelope<'_>, guide: Guide, bodies: &[Body<'_>]) -> String {
    write(envelope, |writer| {
        writer.group(guide, envelope.number)?;
        for (number, body) in (1..).zip(bodies) {
            if let Some(node) = body.node() {
                writer.set(number, node)?;
            }
        }
        Ok(())
    })
}

/// A file of one TA1.
pub(super) fn ta1_file(envelope: Envelope<'_>, answer: &Ta1<'_>) -> String {
    write(envelope, |writer| {
        writer.acknowledge(answer);
        Ok(())
    })
}

fn write(envelope: Envelope<'_>, fill: impl FnOnce(&mut Writer<'_>) -> Result<(), EnvelopeError>) -> String {
    let partner = envelope.partner;
    let ours = Party::fitting(&partner.ours.0, &partner.ours.1, &partner.our_application);
    let theirs = Party::fitting(&partner.interchange.0, &partner.interchange.1, &partner.application);
    let mut writer = Writer::new(x12::Envelope {
        sender: ours,
        receiver: theirs,
        control_number: envelope.number,
        usage: if partner.usage == "P" { UsageIndicator::Production } else { UsageIndicator::Test },
        acknowledgment_requested: false,
        at: envelope.today.and_time(time()),
        delimiters: Delimiters::USUAL,
        line_breaks: true,
    })
    .expect("both parties fit: what did not was replaced");
    fill(&mut writer).expect("the numbers of answers count up from one");
    String::from_utf8_lossy(&writer.finish().bytes).into_owned()
}
