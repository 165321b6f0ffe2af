//! What a piece of work asks of the database, statement by statement.
//!
//! Each test runs on one thread with its runtime, so a list of the thread's own is the test's own,
//! whatever runs beside it.

use std::cell::RefCell;

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

thread_local! {
    static ASKED: RefCell<Vec<String>> = const { RefCell::new(vec![]) };
}

struct Asked;

impl Instrumentation for Asked {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            ASKED.with_borrow_mut(|asked| asked.push(query.to_string()));
        }
    }
}

/// From here on every new connection writes down what it is asked.
pub fn watch() {
    set_default_instrumentation(|| Some(Box::new(Asked))).unwrap();
}

/// The statements of `work`, beginning and end of transactions among them.
pub async fn of<R>(work: impl Future<Output = R>) -> (R, Vec<String>) {
    ASKED.take();
    let done = work.await;
    (done, ASKED.take())
}
