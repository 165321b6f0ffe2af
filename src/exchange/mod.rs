//! Bytes in, bytes out; knows no claims.
//!
//! - [`files`] keeps every byte that came in or went out, before it is parsed: the same bytes are
//!   the same file, and what was kept is never changed.
//! - [`content`] is what a file holds, at hand to be read more than once, whatever its size.
//! - A [`mailbox`] is where a partner leaves files for us and we leave files for them. It knows no
//!   database, so the sandbox payer uses it too.
//!
//! Deliberately absent: what a file means, and deleting.

pub mod content;
pub mod files;
pub mod mailbox;
pub mod map_x12;
pub mod pages;
