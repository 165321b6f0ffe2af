//! Who takes part: the practices.
//!
//! - An *organization* is a practice, and the tenant: every other row belongs to one. Organizations
//!   are visible across practices, because a login and the worker must find theirs.

pub mod organizations;
