//! The bytes behind the ledger's hashes.
//!
//! Three hashes, each over the same canonical writing (fixed order, lengths before texts, big
//! endian numbers, a tag that names the version):
//! - the *content hash* of an entry: everything but id, posting and moment. The same document
//!   posted again has the same.
//! - the *chain*: each link covers the link before it and id, moment, content and late booking of
//!   its entries.
//! - the *digest* of a ledger: business facts only, and in no order: sum modulo 2^256 of the
//!   hashes of its entries, hashed with their count. It tells two ledgers apart by accident or
//!   crash; against somebody who forges, there is the chain. On which day a late fact was booked is
//!   no business fact: it depends on when the books were closed, so it is in the chain alone.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::types::Money;

use crate::ledger::accounts::AccountKind;

/// 32 bytes of SHA-256, shown as 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What stands before the first link.
    pub(super) const ZERO: Hash = Hash([0; 32]);

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From what the database stores; `None` when it is not 32 bytes.
    pub(super) fn from_stored(bytes: &[u8]) -> Option<Hash> {
        bytes.try_into().ok().map(Hash)
    }
}
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An entry as the hashes see it, whether it is about to be stored or was read back.
pub(super) struct Facts<'a> {
    pub kind: &'a str,
    pub source_kind: &'a str,
    pub source_id: Uuid,
    pub place: Option<(&'a [u8], i64)>,
    pub effective_on: NaiveDate,
    pub reverses: Option<Uuid>,
}

/// A transfer as the hashes see it.
pub(super) struct Line {
    pub line_no: i16,
    pub debit: i16,
    pub credit: i16,
    pub amount: Money,
    pub claim: Option<Uuid>,
    pub payer: Option<Uuid>,
    pub patient: Option<Uuid>,
}

/// The content hash: what the document says, ids of other things included.
pub(super) fn content(facts: &Facts<'_>, lines: impl Iterator<Item = Line>) -> Hash {
    let mut bytes = Canonical::new("firstpass.entry.1");
    bytes.text(facts.kind);
    bytes.text(facts.source_kind);
    bytes.id(Some(facts.source_id));
    bytes.place(facts.place);
    bytes.date(facts.effective_on);
    bytes.id(facts.reverses);
    for line in lines {
        bytes.number(line.line_no.into());
        bytes.number(line.debit.into());
        bytes.number(line.credit.into());
        bytes.number(line.amount.cents());
        bytes.id(line.claim);
        bytes.id(line.payer);
        bytes.id(line.patient);
    }
    bytes.finish()
}

/// The business facts of an entry: no ids, no clock. Accounts by kind, so that it outlives a
/// renumbered chart.
pub(super) fn business(facts: &Facts<'_>, lines: impl Iterator<Item = Line>) -> Hash {
    let mut bytes = Canonical::new("firstpass.facts.1");
    bytes.text(facts.kind);
    bytes.text(facts.source_kind);
    bytes.place(facts.place);
    bytes.date(facts.effective_on);
    bytes.number(facts.reverses.is_some().into());
    for line in lines {
        for account in [line.debit, line.credit] {
            match AccountKind::from_number(account) {
                Some(kind) => bytes.text(kind.as_str()),
                None => bytes.number(account.into()),
            }
        }
        bytes.number(line.amount.cents());
    }
    bytes.finish()
}

/// The entries of one posting, hashed as they come, in the order of their ids.
#[derive(Clone, Debug)]
pub(super) struct Body(Canonical);

impl Default for Body {
    fn default() -> Body {
        Body(Canonical::new("firstpass.posting.1"))
    }
}
impl Body {
    /// `late` is the day on which the entry is booked, where that is not its business date: the
    /// others need no word of it.
    pub(super) fn add(&mut self, id: Uuid, posted_at: DateTime<Utc>, late: Option<NaiveDate>, content: Hash) {
        self.0.id(Some(id));
        self.0.number(posted_at.timestamp_micros()); // what timestamptz keeps
        self.0.bytes(&content.0);
        if let Some(day) = late {
            // No length of an id, so what follows an entry is never taken for it.
            self.0.text("booked");
            self.0.date(day);
        }
    }

    /// The hash of the link with these entries.
    pub(super) fn link(self, previous: Hash, number: i64, posting: Uuid, entries: i64) -> Hash {
        let mut bytes = Canonical::new("firstpass.link.1");
        bytes.bytes(&previous.0);
        bytes.number(number);
        bytes.id(Some(posting));
        bytes.number(entries);
        bytes.bytes(&self.0.finish().0);
        bytes.finish()
    }
}

/// The day on which an entry is booked, where that is not its business date.
pub(super) fn late(effective_on: NaiveDate, booked_on: NaiveDate) -> Option<NaiveDate> {
    (booked_on != effective_on).then_some(booked_on)
}

/// Sums the hashes of entries in any order.
#[derive(Clone, Debug, Default)]
pub(super) struct DigestSum {
    entries: i64,
    /// Little endian, modulo 2^256.
    sum: [u8; 32],
}

impl DigestSum {
    pub(super) fn add(&mut self, entry: Hash) {
        self.entries += 1;
        let mut carry = 0u16;
        for (digit, add) in self.sum.iter_mut().zip(entry.0) {
            let [low, high] = (u16::from(*digit) + u16::from(add) + carry).to_le_bytes();
            *digit = low;
            carry = high.into();
        }
    }

    pub(super) fn finish(self) -> Hash {
        let mut bytes = Canonical::new("firstpass.digest.1");
        bytes.number(self.entries);
        bytes.bytes(&self.sum);
        bytes.finish()
    }
}

/// Unambiguous bytes, straight into SHA-256.
#[derive(Clone, Debug)]
struct Canonical(Sha256);

impl Canonical {
    fn new(tag: &str) -> Canonical {
        let mut bytes = Canonical(Sha256::new());
        bytes.text(tag);
        bytes
    }
    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }
    fn number(&mut self, number: i64) {
        self.0.update(number.to_be_bytes());
    }
    fn date(&mut self, date: NaiveDate) {
        self.number(date.to_epoch_days().into());
    }
    fn id(&mut self, id: Option<Uuid>) {
        match id {
            Some(id) => self.bytes(id.as_bytes()),
            None => self.bytes(&[]),
        }
    }
    fn place(&mut self, place: Option<(&[u8], i64)>) {
        match place {
            Some((file, ordinal)) => {
                self.bytes(file);
                self.number(ordinal);
            }
            None => self.bytes(&[]),
        }
    }
    fn finish(self) -> Hash {
        Hash(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_the_same_in_any_order_and_carries() {
        let hashes = [Hash([0xff; 32]), Hash([1; 32]), Hash([0x80; 32])];
        let sum = |order: [usize; 3]| {
            let mut sum = DigestSum::default();
            order.iter().for_each(|&i| sum.add(hashes[i]));
            sum
        };
        assert_eq!(sum([0, 1, 2]).sum, sum([2, 0, 1]).sum);
        // 0xff..ff is -1; -1 + 0x0101..01 + 0x8080..80 = 0x8181..80 in the lowest byte.
        let mut expected = [0x81; 32];
        expected[0] = 0x80;
        assert_eq!(sum([0, 1, 2]).sum, expected);
    }

    #[test]
    fn a_hash_is_shown_in_hexadecimal() {
        let empty = Hash(Sha256::digest(b"").into());
        assert_eq!(empty.to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn neighbouring_fields_cannot_lend_each_other_bytes() {
        let facts = |kind, source_kind| Facts {
            kind,
            source_kind,
            source_id: Uuid::nil(),
            place: None,
            effective_on: NaiveDate::MIN,
            reverses: None,
        };
        let hash = |facts: &Facts<'_>| content(facts, std::iter::empty());
        assert_ne!(hash(&facts("ab", "c")), hash(&facts("a", "bc")));
    }
}
