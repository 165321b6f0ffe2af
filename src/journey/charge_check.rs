//! What the scrubber would say of a visit that is still being entered.

use std::time::Instant;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::charges::{self, Problem, VisitDocument};
use crate::claims::{self, FromCharges, Status, StoredClaim};
use crate::codes::Codes;
use crate::contracts::Unpriced;
use crate::db::Tx;
use crate::journey::expected::{Expectation, expected};
use crate::journey::release::Knowledge;
use crate::registry::organizations;
use crate::scrub::{self, Finding, Severity};
use crate::types::{Money, Result};

/// What would come of a visit as it is now; nothing is written.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChargeCheck {
    /// What must be mended before it can be charged, by JSON pointer into the visit.
    pub problems: Vec<Problem>,
    /// What the scrubber says of its claim; pointers into the claim, whose lines and diagnoses are in the
    /// order of the visit's.
    pub findings: Vec<Finding>,
    /// The first payer's name; none: nobody is asked, or it is not known yet.
    pub payer: Option<String>,
    /// No coverage is in force that day: the patient owes all of it.
    pub self_pay: bool,
    /// A finding stops the claim.
    pub held: bool,
    /// The sum of the lines that can be read.
    pub charged: Money,
    /// What the payer's contract comes to; none: no contract with the payer that day.
    pub expected: Option<ExpectedPay>,
    /// How many rules were asked.
    pub rules: usize,
    /// How long they took, in microseconds.
    pub rules_us: u64,
}

/// What a contract comes to for a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExpectedPay {
    /// The contract's name.
    pub contract: String,
    /// The visit's lines that can be read, in order.
    pub lines: Vec<ExpectedLine>,
    /// The sum of the lines that have a price.
    pub allowed: Money,
    /// The part of that sum whose lines a finding stops or warns of.
    pub at_risk: Money,
}

/// What a contract comes to for a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExpectedLine {
    /// The line's place in the visit as it was sent, from 0.
    pub place: usize,
    /// What payer and patient would owe together; none: see why.
    pub allowed: Option<Money>,
    /// The arithmetic, a step each.
    pub steps: Vec<String>,
    /// Why it has no price.
    pub why: Option<Unpriced>,
    /// A finding stops the line or warns of it.
    pub at_risk: bool,
}

impl ExpectedPay {
    /// `findings` point into the visit; `stated_at` are the places of the claim's lines there.
    fn new(expectation: Expectation, findings: &[Finding], stated_at: &[usize]) -> ExpectedPay {
        let concerns = |place: usize| {
            let line = format!("/lines/{place}/");
            let warns = findings.iter().filter(|finding| finding.severity != Severity::Note);
            warns.clone().any(|finding| finding.pointer.starts_with(&line))
        };
        let lines: Vec<ExpectedLine> = stated_at
            .iter()
            .zip(expectation.lines)
            .map(|(&place, line)| {
                let (allowed, steps, why) = match line {
                    Ok(priced) => (Some(priced.allowed), priced.steps, None),
                    Err(why) => (None, vec![], Some(why)),
                };
                ExpectedLine { place, allowed, steps, why, at_risk: concerns(place) }
            })
            .collect();
        let sum = |some: &dyn Fn(&&ExpectedLine) -> bool| -> Money {
            lines.iter().filter(some).filter_map(|line| line.allowed).sum()
        };
        ExpectedPay {
            contract: expectation.contract.name,
            allowed: sum(&|_| true),
            at_risk: sum(&|line| line.at_risk),
            lines,
        }
    }
}

/// Builds the claim of a visit as it would be drafted, and asks every rule about it. Reads only.
pub async fn check_charges(
    tx: &mut Tx,
    now: DateTime<Utc>,
    codes: &Codes,
    visit: &VisitDocument,
) -> Result<ChargeCheck> {
    let seen = charges::look_at_unfinished(tx, visit).await?;
    let mut check = ChargeCheck {
        problems: seen.problems,
        findings: vec![],
        payer: None,
        self_pay: false,
        held: false,
        charged: seen.encounter.as_ref().map(|visit| visit.charged).unwrap_or_default(),
        expected: None,
        rules: 0,
        rules_us: 0,
    };
    let Some(encounter) = seen.encounter else { return Ok(check) };
    let becomes = claims::preview_visits(tx, std::slice::from_ref(&encounter)).await?.pop();
    let new = match becomes {
        Some(FromCharges::Claim(new)) => *new,
        Some(FromCharges::SelfPay) => {
            check.self_pay = true;
            return Ok(check);
        }
        None => return Ok(check),
    };
    check.payer = Some(new.claim.payer.name.clone());
    let stored = [StoredClaim {
        id: new.claim.id,
        account_claim: new.claim.id,
        encounter: new.encounter,
        patient: new.patient,
        payer: new.payer,
        coverage: new.coverage,
        status: Status::Draft,
        events: 0,
        claim: Box::new(new.claim),
        findings: Value::Null,
        checked_with: None,
        created_at: now,
    }];
    let today = organizations::today(tx, now).await?;
    let knowledge = Knowledge::load(tx, codes, today, &stored).await?;
    let begun = Instant::now();
    let verdict = knowledge.check(&stored[0]);
    check.rules_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    check.rules = scrub::rules().count();
    check.held = verdict.is_held();
    check.findings = verdict.findings().to_vec();
    for finding in &mut check.findings {
        finding.pointer = as_stated(&finding.pointer, &seen.stated_at);
    }
    let expectation = expected(tx, &[&stored[0]]).await?.pop().flatten();
    check.expected =
        expectation.map(|expectation| ExpectedPay::new(expectation, &check.findings, &seen.stated_at));
    Ok(check)
}

/// A pointer into the claim's lines, with their places among the lines that were stated.
fn as_stated(pointer: &str, stated_at: &[usize]) -> String {
    let line = pointer.strip_prefix("/lines/").and_then(|rest| rest.split_once('/'));
    match line.and_then(|(index, field)| Some((stated_at.get(index.parse::<usize>().ok()?)?, field))) {
        Some((place, field)) => format!("/lines/{place}/{field}"),
        None => pointer.to_owned(),
    }
}
