//! How often a login may fail.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};

use crate::types::{Refusal, Result, Status};

/// Failures of one email from one address before it must wait.
const FAILURES_MAX: u32 = 10;

/// How long failures count, from the first.
const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// Above this many entries, those that no longer count are thrown away.
const ENTRIES_MAX: usize = 10_000;

/// Counts failed logins by email and address, in the memory of this process: a second process
/// counts for itself, and a restart forgets. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub struct Throttle(Arc<Mutex<HashMap<(String, String), Failures>>>);

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    since: DateTime<Utc>,
}

impl Throttle {
    /// Counts an attempt before it is tried, so that many at once count too. Refused
    /// (`access/too-many-attempts`) when there were too many.
    pub(super) fn attempt(&self, email: &str, address: &str, now: DateTime<Utc>) -> Result<()> {
        let mut all = self.0.lock().expect("nobody panics while counting");
        if all.len() >= ENTRIES_MAX {
            all.retain(|_, failures| now - failures.since < WINDOW);
        }
        let failures =
            all.entry((email.to_owned(), address.to_owned())).or_insert(Failures { count: 0, since: now });
        if now - failures.since >= WINDOW {
            *failures = Failures { count: 0, since: now };
        }
        if failures.count >= FAILURES_MAX {
            return Err(Refusal::new(
                "access/too-many-attempts",
                Status::TooMany,
                "there were too many attempts to sign in",
                "Wait a quarter of an hour, then try again",
            )
            .into());
        }
        failures.count += 1;
        Ok(())
    }

    /// A login that succeeded clears its failures.
    pub(super) fn succeeded(&self, email: &str, address: &str) {
        let mut all = self.0.lock().expect("nobody panics while counting");
        all.remove(&(email.to_owned(), address.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_failures_close_the_door_for_a_quarter_of_an_hour_to_that_address_only() {
        let throttle = Throttle::default();
        let now: DateTime<Utc> = "2026-11-23T09:00:00Z".parse().unwrap();
        for _ in 0..10 {
            throttle.attempt("wren@elm.example", "192.0.2.1", now).unwrap();
        }
        let refused = throttle.attempt("wren@elm.example", "192.0.2.1", now).unwrap_err();
        assert_eq!(refused.refusal().map(|why| why.code), Some("access/too-many-attempts"));
        assert!(throttle.attempt("wren@elm.example", "192.0.2.2", now).is_ok());
        let later = now + TimeDelta::minutes(15);
        assert!(throttle.attempt("wren@elm.example", "192.0.2.1", later).is_ok());
        throttle.succeeded("wren@elm.example", "192.0.2.1");
    }
}
