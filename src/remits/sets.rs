//! The sets of a file that was kept: those of an 835, or the one of an EOB that a person entered.

use crate::exchange::content::Content;
use crate::remits::eob::{Entered, is_entered};
use crate::remits::map_835::{self, Verdict};
use crate::remits::model::{ProviderAdjustment, RemitClaim, Unreadable};

/// The sets of a file.
pub(super) enum Remits<'a> {
    /// An 835.
    Sent(map_835::Remits<'a>),
    /// An EOB.
    Entered(Box<Entered>),
}

/// One set of a file.
#[derive(Clone, Copy)]
pub(super) enum RemitSet<'f> {
    /// Of an 835.
    Sent(map_835::RemitSet<'f>),
    /// An EOB.
    Entered(&'f Entered),
}

impl<'a> Remits<'a> {
    /// Reads a file. Nothing to post is an error.
    pub fn read(content: &'a Content<'a>) -> Result<Remits<'a>, Unreadable> {
        if is_entered(content).map_err(failed)? {
            let document = content.bytes().map_err(failed)?;
            return Entered::read(&document).map(Box::new).map(Remits::Entered);
        }
        map_835::Remits::read(content).map(Remits::Sent)
    }

    /// Its sets, in the order of the file.
    pub fn sets(&self) -> Box<dyn Iterator<Item = RemitSet<'_>> + Send + '_> {
        match self {
            Remits::Sent(remits) => Box::new(remits.sets().map(RemitSet::Sent)),
            Remits::Entered(eob) => Box::new(std::iter::once(RemitSet::Entered(eob))),
        }
    }
}

impl<'f> RemitSet<'f> {
    /// Its place in the file, from 1.
    pub fn ordinal(&self) -> u32 {
        match self {
            RemitSet::Sent(set) => set.ordinal(),
            RemitSet::Entered(_) => 1,
        }
    }

    /// A person entered it.
    pub fn is_entered(&self) -> bool {
        matches!(self, RemitSet::Entered(_))
    }

    /// Does it add up, and can all of it be read?
    pub fn balance(&self) -> Verdict {
        match self {
            RemitSet::Sent(set) => set.balance(),
            RemitSet::Entered(eob) => eob.balance(),
        }
    }

    /// Its claims, one at a time.
    pub fn claims(&self) -> Box<dyn Iterator<Item = RemitClaim> + Send + 'f> {
        match *self {
            RemitSet::Sent(set) => Box::new(set.into_claims()),
            RemitSet::Entered(eob) => Box::new(eob.claims()),
        }
    }

    /// What it moves outside of claims, in order.
    pub fn provider_adjustments(&self) -> Vec<ProviderAdjustment> {
        match self {
            RemitSet::Sent(set) => set.provider_adjustments(),
            RemitSet::Entered(eob) => eob.provider_adjustments(),
        }
    }
}

fn failed(fault: std::io::Error) -> Unreadable {
    Unreadable { byte_offset: 0, segment: String::new(), message: format!("the input failed: {fault}") }
}
