//! 835 (005010X221A1) to remittances.

use crate::remits::balance::{BalancedRemit, Held};
use crate::remits::model::{ProviderAdjustment, RemitClaim, Unreadable};
use crate::types::Result;

pub(super) fn balance_all(
    _bytes: &[u8],
) -> std::result::Result<Vec<std::result::Result<BalancedRemit, Box<Held>>>, Unreadable> {
    Err(Unreadable { byte_offset: 0, segment: String::new(), message: "not read yet".into() })
}

pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes }
    }
    pub fn enter(&mut self, _set_ordinal: u32) -> Result<()> {
        Ok(())
    }
    pub fn claims(&mut self, _max: usize) -> Result<Vec<RemitClaim>> {
        Ok(self.bytes.iter().take(0).map(|_| unreachable!()).collect())
    }
    pub fn provider_adjustments(&mut self) -> Result<Vec<ProviderAdjustment>> {
        Ok(vec![])
    }
}
