//! What of a decision does not fit what we sent, or the lists of codes: posted all the same, and shown
//! to a person. Pure.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;

use crate::codes::Codes;
use crate::remits::exceptions::{ExceptionKind, NewException};
use crate::remits::matching::OurClaim;
use crate::remits::model::RemitClaim;
use crate::types::{CodeStatus, CodeTable, Money};

/// What the parts of a claim that a payer split have answered so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// Sum of their CLP03.
    pub charged: Money,
    /// Our lines that they answer.
    pub lines: HashSet<i16>,
}

impl Parts {
    /// One part more.
    pub fn add(&mut self, remit: &RemitClaim, found: &[Option<i16>]) {
        self.charged += remit.charged;
        self.lines.extend(found.iter().flatten());
    }
}

/// True when a decision is about the whole of our charge, or a part of what is left of it.
pub(super) fn fits_charge(remit: &RemitClaim, ours: &OurClaim, before: Option<&Parts>) -> bool {
    let before = before.map_or(Money::ZERO, |parts| parts.charged);
    remit.charged == ours.charged || (remit.is_part() && before + remit.charged <= ours.charged)
}

/// Lines of theirs that fit none of ours, and lines of ours without an answer. A payer may answer a
/// claim as a whole: then there is nothing to compare. `found` has our line for each of theirs. Of a claim
/// that comes in parts, no line is without an answer before the last of them; `before` is what the
/// earlier ones answer.
pub(super) fn lines(
    remit: &RemitClaim,
    claim: &OurClaim,
    found: &[Option<i16>],
    before: Option<&Parts>,
) -> Option<NewException> {
    let ours = &claim.lines;
    if remit.lines.is_empty() || ours.is_empty() {
        return None;
    }
    let before = before.filter(|_| remit.is_part());
    let is_whole = !remit.is_part()
        || before.map_or(Money::ZERO, |parts| parts.charged) + remit.charged >= claim.charged;
    let is_answered =
        |line: i16| found.contains(&Some(line)) || before.is_some_and(|parts| parts.lines.contains(&line));
    let stray: Vec<_> = remit.lines.iter().zip(found).filter(|(_, ours)| ours.is_none()).collect();
    let silent: Vec<i16> =
        ours.iter().map(|our| our.line_no).filter(|number| is_whole && !is_answered(*number)).collect();
    if stray.is_empty() && silent.is_empty() {
        return None;
    }
    let mut said = vec![];
    if !stray.is_empty() {
        let numbers = stray.iter().map(|(line, _)| line.line_no.to_string());
        said.push(format!("lines of theirs that fit none of ours: {}", listed(numbers)));
    }
    if !silent.is_empty() {
        let numbers = silent.iter().map(ToString::to_string);
        said.push(format!("lines of ours without an answer: {}", listed(numbers)));
    }
    let paid: Money = stray.iter().map(|(line, _)| line.paid).sum();
    Some(NewException::new(ExceptionKind::LineMismatch, paid, said.join("; ")))
}

/// Reasons (CARC, X12 list 139) and remarks (RARC, list 411) that are not in force on the day, or are
/// in no list that is complete for it. The amount is what those reasons adjust.
pub(super) fn unknown_codes(remit: &RemitClaim, codes: &Codes, on: NaiveDate) -> Option<NewException> {
    let wrong = |table, code: &str| match codes.lookup(table, code, on).status {
        CodeStatus::Unknown => Some("is in no list"),
        CodeStatus::NotInForce => Some("is not in force"),
        CodeStatus::Valid | CodeStatus::Header | CodeStatus::NotChecked => None,
    };
    let mut amount = Money::ZERO;
    let mut said = BTreeMap::new();
    for (_, adjustment) in remit.all_adjustments() {
        let reason = adjustment.reason.as_str();
        if let Some(what) = wrong(CodeTable::Carc, reason) {
            amount += adjustment.amount;
            said.insert(format!("{}-{reason}", adjustment.group), what);
        }
    }
    for remark in remit.remarks.iter().chain(remit.lines.iter().flat_map(|line| &line.remarks)) {
        if let Some(what) = wrong(CodeTable::Rarc, remark.as_str()) {
            said.insert(remark.to_string(), what);
        }
    }
    if said.is_empty() {
        return None;
    }
    let said = listed(said.into_iter().map(|(code, what)| format!("{code} {what}")));
    Some(NewException::new(ExceptionKind::UnknownCode, amount, format!("on {on}: {said}")))
}

fn listed(all: impl Iterator<Item = String>) -> String {
    all.collect::<Vec<_>>().join(", ")
}
