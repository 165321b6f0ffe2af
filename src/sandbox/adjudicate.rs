//! From a received claim to what is paid and why not the rest. Pure.
//!
//! Every line and the claim balance to the cent: charge less adjustments is paid (X221 1.10.2.1).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::types::{GroupCode, Money};

use super::claim::{Adjusted, ReceivedClaim, ReceivedLine, Turn};
use super::plan::{Leftover, Plan, Service, percent};
use super::triggers::{MemberTrigger, draw};

/// What a payer decided about a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Adjudication {
    /// CLP02.
    pub status: Processed,
    /// CAS of the claim as a whole.
    pub adjustments: Vec<Adjusted>,
    /// RARCs of the claim (MOA03-07).
    pub remarks: Vec<String>,
    /// Its lines in order; none when the claim was decided as a whole.
    pub lines: Vec<AdjudicatedLine>,
}

/// What a payer decided about a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AdjudicatedLine {
    /// SVC03.
    pub paid: Money,
    /// AMT*B6; none for a line that is refused.
    pub allowed: Option<Money>,
    /// CAS.
    pub adjustments: Vec<Adjusted>,
    /// RARCs (LQ*HE).
    pub remarks: Vec<String>,
}

/// CLP02.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Processed {
    /// `1`
    First,
    /// `2`
    Second,
    /// `3`
    Third,
    /// `4`: the patient is not ours.
    NotOurs,
    /// `19`: as first payer, and sent on.
    FirstForwarded,
    /// `22`
    Reversal,
}

/// What a decision depends on besides the claim.
pub(super) struct Context<'c> {
    pub plan: &'c Plan,
    pub seed: u64,
    pub received_on: NaiveDate,
    /// What the member id makes happen.
    pub trigger: Option<MemberTrigger>,
    /// What is left of the member's deductible.
    pub deductible_left: Money,
    /// True for a service that was paid before: procedure and first day.
    pub paid_before: &'c dyn Fn(&str, NaiveDate) -> bool,
    /// Percent of the plan's rate; below 100 when an earlier decision is corrected.
    pub rate_percent: u32,
}

impl Adjudication {
    /// CLP04.
    pub fn paid(&self, charged: Money) -> Money {
        charged - self.all_adjustments().map(|one| one.amount).sum()
    }
    /// CLP05: the sum of PR.
    pub fn patient_responsibility(&self) -> Money {
        let of_patient = |one: &&Adjusted| one.group == GroupCode::PatientResponsibility;
        self.all_adjustments().filter(of_patient).map(|one| one.amount).sum()
    }
    /// What was applied to the deductible.
    pub fn deductible(&self) -> Money {
        let is_deductible =
            |one: &&Adjusted| one.group == GroupCode::PatientResponsibility && one.reason == "1";
        // What an earlier payer left under PR-1 is that payer's deductible, not ours.
        match self.status {
            Processed::First | Processed::FirstForwarded => {
                self.all_adjustments().filter(is_deductible).map(|one| one.amount).sum()
            }
            Processed::Second | Processed::Third | Processed::NotOurs | Processed::Reversal => Money::ZERO,
        }
    }
    /// True when it refuses because coverage had ended: the 835 then says when (X221 2100 DTM*036).
    pub fn says_coverage_ended(&self) -> bool {
        self.all_adjustments().any(|one| one.reason == "27")
    }
    /// The adjustments of the claim and of its lines.
    pub fn all_adjustments(&self) -> impl Iterator<Item = &Adjusted> {
        self.adjustments.iter().chain(self.lines.iter().flat_map(|line| &line.adjustments))
    }
    /// True when every line's charge less its adjustments is what it pays, the lines' payments
    /// less the claim's adjustments are what the claim pays, and nothing paid is below zero.
    pub fn balances(&self, claim: &ReceivedClaim) -> bool {
        let lines = self.lines.iter().zip(&claim.lines);
        let every_line = lines.clone().all(|(line, received)| {
            received.charged - line.adjustments.iter().map(|one| one.amount).sum() == line.paid
                && !line.paid.is_negative()
        });
        let whole = self.lines.is_empty() || self.lines.len() == claim.lines.len();
        let paid = self.paid(claim.charged);
        let of_lines = self.lines.iter().map(|line| line.paid).sum::<Money>()
            - self.adjustments.iter().map(|one| one.amount).sum();
        every_line && whole && !paid.is_negative() && (self.lines.is_empty() || of_lines == paid)
    }
    /// The same decision taken back: amounts negated in the same groups (X221 1.10.2.8).
    pub fn reversed(&self) -> Adjudication {
        let negated = |list: &[Adjusted]| -> Vec<Adjusted> {
            list.iter().map(|one| Adjusted { amount: -one.amount, ..one.clone() }).collect()
        };
        Adjudication {
            status: Processed::Reversal,
            adjustments: negated(&self.adjustments),
            remarks: vec![],
            lines: self
                .lines
                .iter()
                .map(|line| AdjudicatedLine {
                    paid: -line.paid,
                    allowed: None,
                    adjustments: negated(&line.adjustments),
                    remarks: vec![],
                })
                .collect(),
        }
    }
}

/// Why a line is refused as a whole.
struct Refused {
    group: GroupCode,
    reason: &'static str,
    remarks: Vec<&'static str>,
}

impl Refused {
    const fn contractual(reason: &'static str) -> Refused {
        Refused { group: GroupCode::ContractualObligation, reason, remarks: vec![] }
    }
    fn with(mut self, remark: Option<&'static str>) -> Refused {
        self.remarks.extend(remark);
        self
    }
}

/// Decides on a claim.
pub(super) fn adjudicate(claim: &ReceivedClaim, context: &Context<'_>) -> Adjudication {
    let status = match claim.turn {
        Turn::First => Processed::First,
        Turn::Second => Processed::Second,
        Turn::Third => Processed::Third,
    };
    if context.trigger == Some(MemberTrigger::NotOurs) {
        let all = Adjusted::new(GroupCode::ContractualObligation, "31", claim.charged);
        return Adjudication {
            status: Processed::NotOurs,
            adjustments: vec![all],
            remarks: vec![],
            lines: vec![],
        };
    }
    if let Some((refused, remarks)) = refusal_of_claim(claim, context) {
        return Adjudication {
            status,
            adjustments: vec![],
            remarks: remarks.iter().map(|&code| code.to_owned()).collect(),
            lines: claim.lines.iter().map(|line| refuse(line, &refused)).collect(),
        };
    }
    let mut member = Member { deductible_left: context.deductible_left, copay_left: context.plan.copay };
    let lines: Vec<AdjudicatedLine> = (0..claim.lines.len())
        .map(|at| match refusal_of_line(claim, at, context) {
            Some(refused) => refuse(&claim.lines[at], &refused),
            None if claim.turn == Turn::First => price(&claim.lines[at], context, &mut member),
            None => coordinate(claim, at, context),
        })
        .collect();
    let anything_allowed = lines.iter().any(|line| line.allowed.is_some());
    let forwarded = claim.turn == Turn::First && context.plan.crossover.is_some() && anything_allowed;
    Adjudication {
        status: if forwarded { Processed::FirstForwarded } else { status },
        adjustments: vec![],
        remarks: if forwarded { vec!["MA18".to_owned()] } else { vec![] },
        lines,
    }
}

/// What a claim pays of its member's money.
struct Member {
    deductible_left: Money,
    copay_left: Money,
}

/// Refusals of every line alike, with the claim's own remarks.
fn refusal_of_claim(
    claim: &ReceivedClaim,
    context: &Context<'_>,
) -> Option<(Refused, &'static [&'static str])> {
    match context.trigger {
        Some(MemberTrigger::CoverageEnded) => return Some((Refused::contractual("27"), &[])),
        Some(MemberTrigger::Unprocessable) => return Some((Refused::contractual("16"), &["MA130", "N382"])),
        Some(MemberTrigger::OtherCoverage) if !claim.shows_earlier_payment() => {
            return Some((Refused::contractual("22"), &[]));
        }
        _ => {}
    }
    if claim.turn != Turn::First && !claim.shows_earlier_payment() {
        return Some((Refused::contractual("22"), &["MA04"]));
    }
    let since = match claim.turn {
        Turn::First => claim.first_day(),
        Turn::Second | Turn::Third => claim.earlier_paid_on().or(claim.first_day()),
    };
    let late =
        since.is_some_and(|since| (context.received_on - since).num_days() > context.plan.timely_filing_days);
    late.then(|| (Refused::contractual("29"), &[][..]))
}

/// Modifiers that say that a service was done again.
const REPEATED: &[&str] = &["76", "77", "91"];

fn refusal_of_line(claim: &ReceivedClaim, at: usize, context: &Context<'_>) -> Option<Refused> {
    let (line, plan) = (&claim.lines[at], context.plan);
    let procedure = line.procedure.as_str();
    let again = line.modifiers.iter().any(|modifier| REPEATED.contains(&modifier.as_str()));
    if !again && line.first_day.is_some_and(|day| (context.paid_before)(procedure, day)) {
        return Some(Refused { group: GroupCode::OtherAdjustment, ..Refused::contractual("18") });
    }
    if claim.turn != Turn::First {
        // What it covers is the first payer's decision here; we look only at what is left.
        return None;
    }
    if plan.not_covered.contains(&procedure) {
        let refused = Refused { group: GroupCode::PatientResponsibility, ..Refused::contractual("96") };
        return Some(refused.with(Some("N130")));
    }
    if plan.authorization.contains(&procedure) && !line.authorized {
        return Some(Refused::contractual("197"));
    }
    let same_day = claim.lines.iter().filter(|other| other.first_day == line.first_day);
    if plan.is_bundled(procedure, same_day.map(|other| other.procedure.as_str())) {
        return Some(Refused::contractual("97").with(Some("M15")));
    }
    let key = format!("{}/{}", claim.control_number, at + 1);
    if draw(context.seed, "incomplete", &key, plan.incomplete_per_mille) {
        return Some(Refused::contractual("16").with(Some("M76")));
    }
    let questioned =
        matches!(Service::of(procedure), Service::Laboratory | Service::Imaging | Service::Medicine);
    if questioned && draw(context.seed, "necessity", &key, plan.unnecessary_per_mille) {
        return Some(Refused::contractual("50").with(plan.necessity_remark));
    }
    None
}

fn refuse(line: &ReceivedLine, refused: &Refused) -> AdjudicatedLine {
    let mut adjustments = vec![];
    push(&mut adjustments, refused.group, refused.reason, line.charged);
    AdjudicatedLine {
        paid: Money::ZERO,
        allowed: None,
        adjustments,
        remarks: refused.remarks.iter().map(|&code| code.to_owned()).collect(),
    }
}

/// As first payer: rate, then copay or deductible and coinsurance, then sequestration.
fn price(line: &ReceivedLine, context: &Context<'_>, member: &mut Member) -> AdjudicatedLine {
    let plan = context.plan;
    let service = Service::of(&line.procedure);
    let allowed = percent(plan.allowed(&line.procedure, line.charged), context.rate_percent);
    let mut adjustments = vec![];
    push(&mut adjustments, GroupCode::ContractualObligation, "45", line.charged - allowed);
    let mut left = allowed;
    if plan.free_for_member.contains(&service) {
        // Nothing from the member.
    } else if service == Service::OfficeVisit && plan.copay.is_positive() {
        let copay = member.copay_left.min(left);
        member.copay_left -= copay;
        left -= copay;
        push(&mut adjustments, GroupCode::PatientResponsibility, "3", copay);
    } else {
        let deductible = member.deductible_left.min(left);
        member.deductible_left -= deductible;
        left -= deductible;
        push(&mut adjustments, GroupCode::PatientResponsibility, "1", deductible);
        let coinsurance = percent(left, plan.coinsurance_percent);
        left -= coinsurance;
        push(&mut adjustments, GroupCode::PatientResponsibility, "2", coinsurance);
    }
    let withheld = percent(left, plan.sequestration_percent);
    left -= withheld;
    push(&mut adjustments, GroupCode::ContractualObligation, "253", withheld);
    AdjudicatedLine { paid: left, allowed: Some(allowed), adjustments, remarks: vec![] }
}

/// As a later payer: what our own rate leaves after the earlier payers paid, at most what they
/// left to the patient. The whole charge is restated: OA-23 for what they did.
fn coordinate(claim: &ReceivedClaim, at: usize, context: &Context<'_>) -> AdjudicatedLine {
    let (line, plan) = (&claim.lines[at], context.plan);
    let earlier = earlier_of_line(claim, at);
    let charged = line.charged.max(Money::ZERO);
    let before = earlier.paid.max(Money::ZERO).min(charged);
    let owed: Money = earlier.left_to_patient.iter().map(|one| one.amount).sum();
    let owed = owed.max(Money::ZERO).min(charged - before);
    let allowed = percent(plan.allowed(&line.procedure, line.charged), context.rate_percent);
    let ours = (allowed - before).max(Money::ZERO).min(owed);
    let withheld = percent(ours, plan.sequestration_percent);
    let mut adjustments = vec![];
    push(&mut adjustments, GroupCode::OtherAdjustment, "23", line.charged - owed);
    push(&mut adjustments, GroupCode::ContractualObligation, "253", withheld);
    match plan.leftover {
        Leftover::Provider => {
            push(&mut adjustments, GroupCode::ContractualObligation, "45", owed - ours);
        }
        Leftover::Patient => {
            // What we pay goes against coinsurance and copay before the deductible.
            let mut left = owed - ours;
            let mut by_reason: Vec<&Adjusted> = earlier.left_to_patient.iter().collect();
            by_reason.sort_by_key(|one| u8::from(one.reason != "1"));
            for one in by_reason {
                let part = one.amount.max(Money::ZERO).min(left);
                left -= part;
                push(&mut adjustments, GroupCode::PatientResponsibility, &one.reason, part);
            }
        }
    }
    AdjudicatedLine { paid: ours - withheld, allowed: Some(allowed), adjustments, remarks: vec![] }
}

/// What the payers before us did with a line.
struct Earlier {
    paid: Money,
    left_to_patient: Vec<Adjusted>,
}

fn earlier_of_line(claim: &ReceivedClaim, at: usize) -> Earlier {
    let of_patient = |list: &[Adjusted]| -> Vec<Adjusted> {
        list.iter().filter(|one| one.group == GroupCode::PatientResponsibility).cloned().collect()
    };
    let weights: Vec<u64> =
        claim.lines.iter().map(|line| line.charged.cents().max(0).unsigned_abs()).collect();
    let share = |whole: Money| whole.allocate(&weights).get(at).copied().unwrap_or_default();
    let line = &claim.lines[at];
    let of_lines: Money = line.earlier.iter().map(|one| one.paid).sum();
    let of_all_lines: Money = claim.lines.iter().flat_map(|line| &line.earlier).map(|one| one.paid).sum();
    // AMT*D is the sum of the lines less the claim's own adjustments; what differs is spread.
    let said: Vec<Money> = claim.earlier.iter().filter_map(|one| one.paid).collect();
    let spread = if said.is_empty() { Money::ZERO } else { share(said.iter().sum::<Money>() - of_all_lines) };
    // The last payer before us says what is left.
    let mut left_to_patient = line.earlier.last().map_or_else(Vec::new, |one| of_patient(&one.adjustments));
    if let Some(last) = claim.earlier.last() {
        let shares = of_patient(&last.adjustments);
        left_to_patient.extend(shares.into_iter().map(|one| Adjusted { amount: share(one.amount), ..one }));
    }
    Earlier { paid: of_lines + spread, left_to_patient }
}

fn push(adjustments: &mut Vec<Adjusted>, group: GroupCode, reason: &str, amount: Money) {
    if amount.is_zero() {
        return;
    }
    match adjustments.iter_mut().find(|one| one.group == group && one.reason == reason) {
        Some(same) => same.amount += amount,
        None => adjustments.push(Adjusted::new(group, reason, amount)),
    }
}
