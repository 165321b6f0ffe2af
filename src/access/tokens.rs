//! Random tokens from the system's generator.

use std::fmt::{self, Write};

use anyhow::Context;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};

use crate::types::Result;

/// A secret that is shown once: 256 random bits as hexadecimal digits, after a prefix or none.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A fresh token.
    pub(super) fn new(prefix: &str) -> Result<Token> {
        let mut bytes = [0u8; 32];
        OsRng.try_fill_bytes(&mut bytes).context("the system gives no random bytes")?;
        let mut text = prefix.to_owned();
        for byte in bytes {
            write!(text, "{byte:02x}").context("a String takes any text")?;
        }
        Ok(Token(text))
    }

    /// For the one to whom it belongs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(token)")
    }
}

/// What is stored of a token.
pub(super) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}
