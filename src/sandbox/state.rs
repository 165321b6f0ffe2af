//! What a payer remembers: one file of its own, replaced whole.
//!
//! A round decides everything first and saves it together with the answers to be sent (the
//! outbox); only then are they sent and the questions archived. So a round that is cut off
//! is finished by the next: nothing is decided twice, nothing answered is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;

use crate::types::{Money, Refusal, Result, Status};

use super::claim::ReceivedClaim;
use super::payment::{Debt, PaidClaim};

/// Everything that a payer remembers between rounds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// Numbers given so far.
    pub numbers: Numbers,
    /// Interchanges that were read: sender and ISA13, with the hash of the bytes.
    pub interchanges: BTreeMap<String, String>,
    /// Group numbers that were refused once and are known since.
    pub groups: BTreeSet<String>,
    /// What members paid of their deductible: by member id and year.
    pub deductibles: BTreeMap<String, Money>,
    /// Claims that wait for review or adjudication, in the order of their numbers.
    pub open: Vec<OpenClaim>,
    /// Claims that were adjudicated and not taken back, by our number.
    pub decided: BTreeMap<String, DecidedClaim>,
    /// Services that were allowed: member, procedure and day, with our claim number.
    pub services: BTreeMap<String, String>,
    /// Payments that will be taken back.
    pub reversals: Vec<Reversal>,
    /// What payees owe.
    pub debts: Vec<Debt>,
    /// Answers that were decided and may not have been sent.
    pub outbox: Vec<Answer>,
    /// Files that the outbox answers.
    pub answered: Vec<String>,
}

/// Numbers given so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Numbers {
    pub interchange: u32,
    pub claim: u64,
    pub payment: u64,
}

impl Numbers {
    /// For ISA13 and GS06.
    pub fn next_interchange(&mut self) -> u32 {
        self.interchange = self.interchange % 999_999_999 + 1;
        self.interchange
    }
    /// For CLP07: year, day of the year, number.
    pub fn next_claim(&mut self, received_on: NaiveDate) -> String {
        self.claim += 1;
        format!("{}{:07}", received_on.format("%y%j"), self.claim)
    }
    /// For TRN02.
    pub fn next_payment(&mut self, payer: &str) -> String {
        self.payment += 1;
        format!("{payer}{:08}", self.payment)
    }
}

/// A claim that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OpenClaim {
    pub claim: ReceivedClaim,
    pub payer_control_number: String,
    pub received_on: NaiveDate,
    /// Until when it is in review, if it is.
    pub review_until: Option<NaiveDate>,
    /// When it is adjudicated.
    pub due_on: NaiveDate,
    pub batch: Batch,
}

/// The set that a claim came in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Batch {
    pub partner: Partner,
    /// BHT03.
    pub reference: String,
    /// NM1*41: name and number.
    pub submitter: (String, String),
}

/// Who sent a file, as its envelope says: answers go the other way round.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Partner {
    /// ISA05, ISA06.
    pub interchange: (String, String),
    /// ISA07, ISA08: ourselves.
    pub ours: (String, String),
    /// GS02.
    pub application: String,
    /// GS03: ourselves.
    pub our_application: String,
    /// ISA15: what was sent as a test is answered as a test.
    pub usage: String,
}

/// A claim that was adjudicated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DecidedClaim {
    pub paid: PaidClaim,
    pub partner: Partner,
}

/// A payment that will be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reversal {
    pub payer_control_number: String,
    pub on: NaiveDate,
    pub kind: ReversalKind,
}

/// How a payment is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ReversalKind {
    /// At once, and corrected to a lower rate.
    CorrectedDown,
    /// From a later payment, and denied.
    TakenBackLater,
}

/// A file to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub name: String,
    pub content: String,
}

/// Where a payer keeps its state.
#[derive(Clone, Debug)]
pub(super) struct StateFolder(PathBuf);

const STATE: &str = "state.json";

impl StateFolder {
    pub fn new(folder: PathBuf) -> StateFolder {
        StateFolder(folder)
    }

    /// The state, empty before the first round.
    pub async fn load(&self) -> Result<State> {
        let path = self.0.join(STATE);
        let bytes = match tokio::fs::read(&path).await {
            Ok(bytes) => bytes,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(State::default()),
            Err(fault) => return Err(refuse(&path, &fault).into()),
        };
        let state = serde_json::from_slice(&bytes);
        Ok(state.with_context(|| format!("{} is not the state of a sandbox payer", path.display()))?)
    }

    /// Replaces the state whole, durably.
    pub async fn save(&self, state: &State) -> Result<()> {
        let bytes = serde_json::to_vec(state).context("a sandbox payer's state as JSON")?;
        let (path, unfinished) = (self.0.join(STATE), self.0.join(".state.json.part"));
        let written = async {
            tokio::fs::create_dir_all(&self.0).await?;
            let mut file = tokio::fs::File::create(&unfinished).await?;
            file.write_all(&bytes).await?;
            file.sync_all().await?;
            tokio::fs::rename(&unfinished, &path).await?;
            tokio::fs::File::open(&self.0).await?.sync_all().await
        };
        written.await.map_err(|fault| refuse(&path, &fault).into())
    }
}

fn refuse(path: &Path, fault: &io::Error) -> Refusal {
    Refusal::new(
        "sandbox/state",
        Status::Unavailable,
        format!("{}: {fault}", path.display()),
        "Check the sandbox payer's folder",
    )
}
