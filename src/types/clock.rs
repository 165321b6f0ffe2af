//! The time, handed in: tests and the demo move it.

use std::sync::{Arc, RwLock};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

/// Where "now" comes from. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    Set(Arc<RwLock<DateTime<Utc>>>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub const fn system() -> Clock {
        Clock(Source::System)
    }

    /// A clock that stands at `now` until it is moved.
    #[must_use]
    pub fn standing_at(now: DateTime<Utc>) -> Clock {
        Clock(Source::Set(Arc::new(RwLock::new(now))))
    }

    /// This moment.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => Utc::now(),
            Source::Set(now) => *now.read().expect("nobody panics while holding the clock"),
        }
    }

    /// The calendar day in a practice's own time zone.
    #[must_use]
    pub fn today(&self, zone: Tz) -> NaiveDate {
        self.now().with_timezone(&zone).date_naive()
    }

    /// Moves a standing clock; the machine's clock cannot be moved and stays.
    pub fn advance(&self, by: TimeDelta) {
        if let Source::Set(now) = &self.0 {
            *now.write().expect("nobody panics while holding the clock") += by;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn today_is_the_practices_own() {
        let clock = Clock::standing_at("2026-11-23T03:00:00Z".parse().unwrap());
        assert_eq!(clock.today(chrono_tz::America::Chicago), "2026-11-22".parse().unwrap());
        clock.advance(TimeDelta::hours(4));
        assert_eq!(clock.today(chrono_tz::America::Chicago), "2026-11-23".parse().unwrap());
    }
}
