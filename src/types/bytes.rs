//! A stretch of a file.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Result;

/// Where something stands in its file: the offsets of its first and its last byte.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
pub struct Bytes {
    /// The first byte, counted from 0.
    pub first: u64,
    /// The last byte, itself included.
    pub last: u64,
}

impl Bytes {
    /// From the two columns in which it is stored.
    ///
    /// # Errors
    /// A fault when one is negative: the database's checks do not let that in.
    pub fn stored(first: i64, last: i64) -> Result<Bytes> {
        let byte = |at: i64| u64::try_from(at).map_err(anyhow::Error::from);
        Ok(Bytes { first: byte(first)?, last: byte(last)? })
    }

    /// From the two columns in which it is stored, where it need not be known.
    ///
    /// # Errors
    /// As [`Bytes::stored`].
    pub fn maybe_stored(first: Option<i64>, last: Option<i64>) -> Result<Option<Bytes>> {
        first.zip(last).map(|(first, last)| Bytes::stored(first, last)).transpose()
    }
}

impl From<Bytes> for (u64, u64) {
    fn from(bytes: Bytes) -> (u64, u64) {
        (bytes.first, bytes.last)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytes {}-{}", self.first, self.last)
    }
}
