//! Firstpass: charges in, money out, every cent explained.
//!
//! A claim's journey is the order of the folders; each imports only from those above it, which a
//! test holds (`tests/it/tidy.rs`); the first two are packages of their own, so cargo holds it:
//!
//! | folder | what it is for |
//! | --- | --- |
//! | [`types`] | the words: money, ids, dates, identifiers, codes, people, errors |
//! | [`x12`] | X12 text to typed transaction sets and back, from one declaration each; checks |
//! | [`db`] | transactions of one practice, audit, idempotency, jobs, the private server |
//! | [`access`] | people, roles, sessions, keys, forms that are being filled in |
//! | [`workbooks`] | XLSX sheets as rows of texts, within bounds |
//! | [`codes`] | ICD-10-CM, HCPCS, CPT and the other tables, by date; official files become editions; codes found by words |
//! | [`exchange`] | bytes in, bytes out: kept files, content of any size, mailboxes |
//! | [`ledger`] | accounts, entries as transfers, periods, the chain, the proofs, journal exports |
//! | [`registry`] | practices, providers, payers, patients, coverages |
//! | [`charges`] | visits with their charges: entered, or from CSV, XLSX, JSON, HL7 v2 and FHIR R4 |
//! | [`rosters`] | files of patients, providers and payers, as the practice's own system lists them |
//! | [`claims`] | the claim, its lifecycle and events, the 837 both ways, the next payer's claim |
//! | [`scrub`] | what a payer would refuse, found before the claim is sent; the practice's own rules |
//! | [`submissions`] | control numbers, batches, read-back, handing over |
//! | [`acks`] | TA1, 999 and 277CA become claim events |
//! | [`contracts`] | what payers agreed to pay: fee schedules, contracts, what is expected for a claim |
//! | [`remits`] | 835: receive, balance, match, post |
//! | [`deposits`] | what the bank says came in: CSV, BAI2, NACHA CCD+; matched to remittances |
//! | [`denials`] | what was denied, as ranked work |
//! | [`underpayments`] | what payers allowed below their contracts, as work |
//! | [`credits`] | what the practice holds and is not its own: credit balances, refunds, patients' payments, the report to Medicare; small balances |
//! | [`statements`] | what patients owe, and why |
//! | [`reports`] | the dashboard's numbers, receivables by age |
//! | [`find`] | claims, patients and payments by the number or name at hand |
//! | [`sandbox`] | test payers that read our 837 and answer as payers do, and the bank that their money goes to |
//! | [`synth`] | made-up practices, charge files and EDI, by seed |
//! | [`journey`] | the few verbs that span features |
//! | [`web`], [`routes`], [`openapi`] | the kit of pages and API; every route with its permission; its description |
//! | [`work`] | the worker: jobs taken and done, one match from kind to verb |
//! | [`config`], [`app`], [`cli`] | the environment, opening the database, the commands |
//!
//! Inside a feature the names are always the same: `mod.rs` says what it is for and has its
//! verbs, `model.rs` and its like are pure, `store.rs` has the SQL, `map_*.rs` is where X12 stops,
//! `api.rs` and `pages.rs` (with `*.html` beside) are what the web shows of it.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::float_arithmetic))]

pub use firstpass_types as types;
pub use firstpass_x12 as x12;

pub mod db;

pub mod access;

pub mod workbooks;

pub mod codes;

pub mod exchange;

pub mod ledger;

pub mod registry;

pub mod charges;

pub mod rosters;

pub mod claims;

pub mod scrub;

pub mod submissions;

pub mod acks;

pub mod contracts;

pub mod remits;

pub mod deposits;

pub mod denials;

pub mod underpayments;

pub mod credits;

pub mod statements;

pub mod reports;

pub mod find;

pub mod sandbox;

pub mod synth;

pub mod journey;

pub mod web;

pub mod openapi;

pub mod routes;

pub mod work;

pub mod config;

pub mod app;

pub mod cli;
