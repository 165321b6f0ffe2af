//! Bank deposits: what the bank says came in, and which remittances that money is (EFT reassociation).
//!
//! - [`read`] takes a bank's file as CSV ([`csv`]), BAI2 ([`bai2`]) or NACHA CCD+ ([`nacha`]); [`import`]
//!   enters its credits once, whichever files they come in, and [`reassociate`]s.
//! - A *match* says how much of a deposit pays a remittance. One deposit may hold several remittances
//!   (combined), one remittance may come in several deposits (split).
//! - Without a person match only equal trace (TRN02), payer (TRN03) and amount, and a check's equal
//!   number and amount; everything else waits with ranked [`candidates`] and their reasons. A held
//!   remittance is among them, but nothing is matched to it before it is posted.
//! - Age is counted in business days of the bank; later than CAQH CORE's three is *late*.
//!
//! Invariants, held by the database: no deposit is matched above its amount, no remittance above BPR02;
//! matches are rows that are only added: one is undone by its exact opposite. What a person undid no
//! rule matches again.
//!
//! A deposit moves nothing in the ledger, by decision. Insurance cash is what payers sent, in the bank or
//! on its way; a match proves the first, and what waits is listed: the reconciliation of an account with
//! its statement. Were a deposit posted to unapplied cash, what patients paid at the desk would be
//! counted twice, a late bank file would book into closed months, and money that waits in unapplied
//! cash for a claim would mix with money that waits for a remittance. The proofs ([`proofs`](mod@proofs)) go
//! from remittances to cash to deposits all the same.
//!
//! Remittances from before the practice's first deposit are not asked for their money.

pub mod api;
pub(crate) mod bai2;
mod business_days;
mod combination;
pub(crate) mod csv;
mod matching;
mod model;
pub(crate) mod nacha;
pub mod pages;
mod proofs;
mod store;

pub use business_days::{CORE_BUSINESS_DAYS, business_days_between, is_business_day};
pub use matching::{
    Candidate, DAYS_APART, Offer, OpenDeposit, OpenRemittance, Part, Rule, Sibling, candidates, certain,
};
pub use model::{BankFile, BankFileProblem, BankFormat, BankLine, DepositKind, Trace};
pub use proofs::proofs;
pub use store::{
    After, Deposit, Match, Totals, UnpaidRemittance, View, candidates_of, get, list, of_remittance, totals,
    unpaid,
};

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::db::{Actor, Db, Tx};
use crate::exchange::files::{self, Direction};
use crate::types::{DepositId, DepositMatchId, FileId, Money, Place, Refusal, RemittanceId, Result, Status};

/// The largest amount that the database holds.
const AMOUNT_MAX: Money = Money::from_cents(99_999_999_999_999);

/// Reads a bank's file in whichever form it is.
///
/// # Errors
/// `deposits/unreadable` when no line of it can be read.
pub fn read(content: &[u8]) -> Result<BankFile> {
    let head = content.trim_ascii_start();
    let mut file = if head.starts_with(b"01,") {
        bai2::read(content)
    } else if head.starts_with(b"101 ") {
        nacha::read(content)
    } else {
        csv::read(content)
    };
    let (lines, beyond): (Vec<_>, Vec<_>) =
        std::mem::take(&mut file.lines).into_iter().partition(|line| line.amount <= AMOUNT_MAX);
    file.lines = lines;
    for line in beyond {
        file.problem(line.line, "an amount below a trillion");
    }
    if file.lines.is_empty()
        && file.passed == 0
        && let Some(problem) = file.problems.first()
    {
        let what = format!("the bank's file cannot be read: line {}: {}", problem.line, problem.expected);
        let next = "Download it again as CSV, BAI2 or NACHA";
        let place = Place { row: Some(problem.line), ..Place::default() };
        return Err(Refusal::new("deposits/unreadable", Status::Unreadable, what, next).at(place).into());
    }
    Ok(file)
}

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DepositImport)]
pub struct ImportReport {
    /// The file, as it is kept.
    #[schema(value_type = Option<String>)]
    pub file: Option<FileId>,
    /// Its form.
    pub format: BankFormat,
    /// The bank account that it is of.
    pub account: String,
    /// Deposits that are new.
    pub entered: usize,
    /// Their sum.
    pub amount: Money,
    /// Deposits that another file, or this one, had brought before.
    pub known: usize,
    /// Debits and notices.
    pub passed: usize,
    /// Deposits that were matched to a remittance without a person, those of earlier files included.
    pub matched: usize,
    /// Lines that could not be read, totals that do not add up.
    pub problems: Vec<BankFileProblem>,
}

/// Keeps a bank's file, whatever it is, and enters its credits ([`import`]) when it can be read.
///
/// # Errors
/// Those of [`read`] and [`import`]; the file is kept all the same.
pub async fn receive_file(
    db: &Db,
    actor: &Actor,
    now: DateTime<Utc>,
    name: &str,
    bytes: &[u8],
    account: Option<&str>,
) -> Result<ImportReport> {
    // A transaction of its own: a file that cannot be read is kept.
    let keep = async |tx: &mut Tx| files::keep(tx, bytes, name, Direction::In).await;
    let file = db.transaction(actor, keep).await?.id;
    let bank = read(bytes)?;
    db.transaction(actor, async |tx| import(tx, now, file, &bank, account).await).await
}

/// Enters a kept file's credits, and matches what is certain. What is there already stays as it is.
/// The account is the one named, else the one with the file's last digits, else the only one; it is
/// made when it is not there. Leaves an audit event `deposits/import`.
///
/// # Errors
/// `deposits/account` when the name is too long, or none was given and there are several.
pub async fn import(
    tx: &mut Tx,
    now: DateTime<Utc>,
    file: FileId,
    bank: &BankFile,
    account: Option<&str>,
) -> Result<ImportReport> {
    store::lock(tx).await?;
    let (account, name) = store::account(tx, account, bank.last_four.as_deref()).await?;
    let mut seen: HashMap<_, i32> = HashMap::new();
    let mut rows = vec![];
    for line in &bank.lines {
        let reference = shown(line.key(), 200);
        let ordinal = seen.entry((line.on, line.amount, reference.clone())).or_default();
        *ordinal += 1;
        rows.push(store::NewDeposit { line, reference, ordinal: *ordinal });
    }
    let entered = store::insert(tx, account, file, &rows).await?;
    let amount = entered.iter().sum();
    let detail = json!({ "entered": entered.len(), "known": rows.len() - entered.len(), "amount": amount,
        "problems": bank.problems.len() });
    tx.audit("deposits/import", account, Some(file), detail).await?;
    Ok(ImportReport {
        file: Some(file),
        format: bank.format,
        account: name,
        entered: entered.len(),
        amount,
        known: rows.len() - entered.len(),
        passed: bank.passed,
        matched: reassociate(tx, now).await?,
        problems: bank.problems.clone(),
    })
}

/// A bank's text without what a database or a page cannot hold.
fn shown(text: &str, characters: usize) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(characters).collect()
}

/// Matches every open deposit that is certain, and says how many. Leaves an audit event
/// `deposits/reassociate` when there was one.
pub async fn reassociate(tx: &mut Tx, now: DateTime<Utc>) -> Result<usize> {
    let deposits = store::open_with_trace(tx).await?;
    if deposits.is_empty() {
        return Ok(0);
    }
    store::lock(tx).await?;
    let deposits = store::open_with_trace(tx).await?;
    let remittances = store::open_with_trace_of(tx, &deposits).await?;
    let undone = store::undone_pairs(tx).await?;
    let found: Vec<(&OpenDeposit, RemittanceId, Rule)> = deposits
        .iter()
        .filter_map(|deposit| certain(deposit, &remittances).map(|(id, rule)| (deposit, id, rule)))
        .collect();
    let claims = |wanted: RemittanceId| found.iter().filter(|(_, id, _)| *id == wanted).count();
    let mut matched = 0;
    for (deposit, remittance, rule) in &found {
        // Two deposits that both look like it: a person says which.
        if claims(*remittance) > 1 || undone.contains(&(deposit.id, *remittance)) {
            continue;
        }
        let part = Part { remittance: *remittance, amount: deposit.amount };
        store::insert_match(tx, now, deposit.id, &part, *rule).await?;
        matched += 1;
    }
    if matched > 0 {
        let organization = tx.actor().organization;
        tx.audit("deposits/reassociate", organization, None, json!({ "matched": matched })).await?;
    }
    Ok(matched)
}

/// Matches a deposit to remittances, because a person says so. Leaves an audit event `deposits/match`.
///
/// # Errors
/// `deposits/not-found`; `deposits/parts` without a part, or with one that is not above zero;
/// `deposits/held` when a remittance is held; `deposits/more-than-open` when the deposit or a remittance has less
/// left, or a remittance is not posted.
pub async fn match_to(tx: &mut Tx, now: DateTime<Utc>, id: DepositId, parts: &[Part]) -> Result<Deposit> {
    store::lock(tx).await?;
    let deposit = get(tx, id).await?;
    if parts.is_empty() || parts.iter().any(|part| !part.amount.is_positive()) {
        let what = "a match names a remittance and an amount above zero";
        return Err(Refusal::new("deposits/parts", Status::Invalid, what, "Name at least one").into());
    }
    let more = |what: String| {
        Refusal::new("deposits/more-than-open", Status::Conflict, what, "Look at it again, or undo a match")
    };
    let wanted: Money = parts.iter().map(|part| part.amount).sum();
    if wanted > deposit.open {
        return Err(more(format!("{} of the deposit are open, not {wanted}", deposit.open)).into());
    }
    let ids: Vec<RemittanceId> = parts.iter().map(|part| part.remittance).collect();
    if let Some(held) = store::held_among(tx, &ids).await? {
        let what = format!("remittance {held} is held: nothing of it is posted");
        let next = "Post it first, or ask the payer for a better file";
        return Err(Refusal::new("deposits/held", Status::Conflict, what, next).into());
    }
    let mut open = store::open_of(tx, &ids).await?;
    for part in parts {
        let left = open.entry(part.remittance).or_default();
        if part.amount > *left {
            let what = format!("{} of remittance {} are open, not {}", *left, part.remittance, part.amount);
            return Err(more(what).into());
        }
        *left -= part.amount;
        store::insert_match(tx, now, id, part, Rule::Person).await?;
    }
    tx.audit("deposits/match", id, None, json!({ "remittances": ids, "amount": wanted })).await?;
    get(tx, id).await
}

/// Matches a deposit to remittances, or with other deposits to the one remittance that they pay together, all or
/// none: `id` with its `parts`, each of `with` with its amount. Each leaves an audit event `deposits/match`.
///
/// # Errors
/// Those of [`match_to`]; `deposits/parts` where several deposits are several remittances: how much of which pays
/// which, nobody says.
pub async fn match_together(
    tx: &mut Tx,
    now: DateTime<Utc>,
    id: DepositId,
    parts: &[Part],
    with: &[(DepositId, Money)],
) -> Result<Deposit> {
    let remittance = match parts {
        [part] => part.remittance,
        _ if with.is_empty() => return match_to(tx, now, id, parts).await,
        _ => {
            let what = "several deposits are matched to one remittance";
            let next = "Name one part, or match each deposit by itself";
            return Err(Refusal::new("deposits/parts", Status::Invalid, what, next).into());
        }
    };
    for (other, amount) in with {
        match_to(tx, now, *other, &[Part { remittance, amount: *amount }]).await?;
    }
    match_to(tx, now, id, parts).await
}

/// Undoes a match by its exact opposite; no rule matches the two again. Leaves an audit event
/// `deposits/undo`.
///
/// # Errors
/// `deposits/no-such-match`, also for one that is undone.
pub async fn undo(tx: &mut Tx, now: DateTime<Utc>, id: DepositMatchId) -> Result<DepositId> {
    store::lock(tx).await?;
    let deposit = store::undo(tx, now, id).await?.ok_or_else(|| {
        let what = format!("there is no match {id} that stands");
        Refusal::new("deposits/no-such-match", Status::NotFound, what, "Look at the deposit again")
    })?;
    tx.audit("deposits/undo", deposit, None, json!({ "match": id })).await?;
    Ok(deposit)
}

/// Undoes the matches of a remittance that is taken back: its deposits are without remittance again.
pub async fn release(tx: &mut Tx, now: DateTime<Utc>, remittance: RemittanceId) -> Result<usize> {
    store::lock(tx).await?;
    store::release(tx, now, remittance).await
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_form_is_known_by_its_first_record() {
        let format =
            |text: &str| read(text.as_bytes()).map(|file| file.format).map_err(|fault| fault.to_string());
        assert_eq!(format("Date,Amount\n2026-11-25,1.00\n"), Ok(BankFormat::Csv));
        assert_eq!(
            format("01,B,P,261127,0600,1,,,2/\n02,P,B,1,261125/\n16,165,100,,,,X/\n"),
            Ok(BankFormat::Bai2)
        );
        let refused = format("Dear practice").unwrap_err();
        assert!(refused.contains("line 1: captions: a date, and an amount or a credit"), "{refused}");
        assert!(format("").unwrap_err().contains("deposits/unreadable"));
    }

    proptest! {
        #[test]
        fn no_file_makes_a_reader_panic(start in "(01,|101 |Date,Amount\n)?", rest in ".{0,400}", lines in
            prop::collection::vec("(02|03|16|88|49|98|99|6|7|5|8|9)[,0-9SVDZTRN*/ ]{0,100}", 0..12)) {
            let text = format!("{start}{rest}\n{}", lines.join("\n"));
            let _read = read(text.as_bytes());
            let _joined = nacha::read(text.replace('\n', "").as_bytes());
        }

        #[test]
        fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _read = read(&bytes);
            let _bai2 = bai2::read(&bytes);
            let _nacha = nacha::read(&bytes);
        }
    }
}
