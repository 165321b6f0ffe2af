//! The test payer: reads our 837 as any payer would, from its mailbox, and answers TA1, 999,
//! 277CA and, after adjudication, 835, as plain X12 files.
//!
//! - It shares with the practice only words, the codec and the mailbox. What it remembers is one
//!   file in a folder of its own, so a real payer can take its place.
//! - The same seed, the same days and the same files give the same answers, byte for byte.
//! - Every line, claim and payment balances to the cent.
//! - What goes wrong, goes wrong on purpose: [`triggers`] lists what makes it reject, deny, delay,
//!   take back or keep silent.
//! - A round that is cut off is finished by the next: no file is answered twice, none is lost.
//! - What payers transfer stands in a bank's table the next weekday ([`bank_table`]).
//!
//! Words: a *round* is one call of [`SandboxPayer::work`]; a *partner* is who sent a file, a *payee*
//! who is paid. Deliberately absent: institutional and dental claims (999 rejects them),
//! 276/277 and 270/271, appeals, and any real payer's fees.

mod acknowledge;
mod adjudicate;
mod bank;
mod claim;
mod map_277;
mod map_835;
mod map_837;
mod pay;
mod payment;
mod plan;
mod receive;
mod state;
pub mod triggers;
mod wire;

use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Serialize;

use crate::exchange::mailbox::Mailbox;
use crate::types::{Error, Money, Result, Status};

use state::{State, StateFolder};

pub use bank::{Transfer, bank_table};
pub use plan::{AllowedPercent, Leftover, Plan, Service};
pub use triggers::MemberTrigger;

/// A payer with its mailbox.
#[derive(Debug)]
pub struct SandboxPayer<M> {
    profile: Profile,
    mailbox: M,
    folder: StateFolder,
}

/// Who a payer is and how it decides.
#[derive(Clone, Debug)]
struct Profile {
    identifier: String,
    name: String,
    plan: Plan,
    seed: u64,
}

impl Profile {
    /// TRN03 and BPR10: `1` and nine digits that no employer has (the prefix 00 is not assigned).
    fn company(&self) -> String {
        let sum = self.identifier.bytes().fold(0_u64, |sum, byte| (sum * 131 + u64::from(byte)) % 10_000_000);
        format!("100{sum:07}")
    }
}

/// What a round did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WorkReport {
    /// Files read.
    pub files: u32,
    /// Of them, files without an interchange: archived, nobody to answer.
    pub unreadable: u32,
    /// Interchanges rejected by TA1.
    pub interchanges_rejected: u32,
    /// Sets accepted by 999.
    pub sets_accepted: u32,
    /// Sets rejected by 999.
    pub sets_rejected: u32,
    /// Claims accepted by 277CA, those out of review included.
    pub claims_accepted: u32,
    /// Claims received for review.
    pub claims_in_review: u32,
    /// Claims rejected by 277CA.
    pub claims_rejected: u32,
    /// Claims never answered.
    pub claims_silent: u32,
    /// Claims adjudicated, corrections included.
    pub claims_adjudicated: u32,
    /// Of them, claims of which nothing was allowed.
    pub claims_denied: u32,
    /// Payments taken back.
    pub claims_reversed: u32,
    /// Payments (835 sets).
    pub payments: u32,
    /// Their sum (BPR02).
    pub paid: Money,
    /// Of them, what is transferred: those above zero.
    pub transfers: Vec<Transfer>,
    /// Files sent, by name.
    pub sent: Vec<String>,
}

/// One round: the questions and the day go in, the state changes, the answers wait in its outbox.
struct Round<'r> {
    profile: &'r Profile,
    state: &'r mut State,
    today: NaiveDate,
    report: WorkReport,
}

impl<M: Mailbox> SandboxPayer<M> {
    /// A payer known as `identifier` (2010BB NM109) and `name`. `mailbox` is its own side of it:
    /// what the practice sends is what it lists. `folder` is where it remembers, for it alone.
    ///
    /// ```
    /// use firstpass::exchange::mailbox::DirectoryMailbox;
    /// use firstpass::sandbox::{Plan, SandboxPayer};
    /// let practice = DirectoryMailbox::new("meridian/out", "meridian/in");
    /// let payer = SandboxPayer::new(
    ///     "SBXMERID",
    ///     "Meridian Mutual Sandbox",
    ///     Plan::commercial(),
    ///     7,
    ///     practice.from_the_other_side(),
    ///     "meridian/payer",
    /// );
    /// # let _ = payer;
    /// ```
    pub fn new(
        identifier: impl Into<String>,
        name: impl Into<String>,
        plan: Plan,
        seed: u64,
        mailbox: M,
        folder: impl Into<PathBuf>,
    ) -> SandboxPayer<M> {
        SandboxPayer {
            profile: Profile { identifier: identifier.into(), name: name.into(), plan, seed },
            mailbox,
            folder: StateFolder::new(folder.into()),
        }
    }

    /// One round: answers every file that waits, ends reviews, adjudicates and pays what is due.
    ///
    /// # Errors
    /// Refuses when the mailbox or the folder cannot be used; the next round goes on.
    pub async fn work(&self, today: NaiveDate) -> Result<WorkReport> {
        let mut state = self.folder.load().await?;
        let mut sent = self.send(&mut state).await?;
        let before = state.clone();
        let mut round =
            Round { profile: &self.profile, state: &mut state, today, report: WorkReport::default() };
        for waiting in self.mailbox.list().await? {
            let content = self.mailbox.fetch(&waiting.name).await?;
            round.receive(&waiting.name, &content.bytes().map_err(anyhow::Error::from)?);
        }
        round.end_reviews();
        round.pay()?;
        let mut report = round.report;
        if state != before {
            // From here on the answers are decided: whatever happens, they will be sent.
            self.folder.save(&state).await?;
            sent.extend(self.send(&mut state).await?);
        }
        report.sent = sent;
        Ok(report)
    }

    /// Sends what is decided and archives what it answers. Doing it twice changes nothing.
    async fn send(&self, state: &mut State) -> Result<Vec<String>> {
        if state.outbox.is_empty() && state.answered.is_empty() {
            return Ok(vec![]);
        }
        for answer in &state.outbox {
            self.mailbox.send(&answer.name, answer.content.as_bytes()).await?;
        }
        for name in &state.answered {
            match self.mailbox.archive(name).await {
                // It was archived before the last round was cut off.
                Err(Error::Refused(refusal)) if refusal.status == Status::NotFound => {}
                other => other?,
            }
        }
        state.answered.clear();
        let sent = std::mem::take(&mut state.outbox).into_iter().map(|answer| answer.name).collect();
        self.folder.save(state).await?;
        Ok(sent)
    }
}
