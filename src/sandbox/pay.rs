//! Adjudicates what is due, takes back what is to be taken back, and pays: one payment a payee, one
//! 835 file a partner, in a round.

use std::collections::BTreeMap;

use anyhow::anyhow;
use chrono::{Datelike, Days, NaiveDate};

use crate::types::{Money, Result};
use crate::x12::Guide;

use super::Round;
use super::adjudicate::{Adjudication, Context, adjudicate};
use super::bank::Transfer;
use super::claim::{Frequency, Payee, ReceivedClaim};
use super::map_835::Payment;
use super::payment::{self, PaidClaim, settle};
use super::state::{Answer, DecidedClaim, OpenClaim, Partner, Reversal, ReversalKind, State};
use super::triggers::{MemberTrigger, REVERSAL_DAYS, draw};
use super::wire::{self, Envelope};

/// The claims of a round by who is told and who is paid.
type Due = BTreeMap<(Partner, Payee), Vec<PaidClaim>>;

impl Round<'_> {
    /// Everything that is due today.
    pub(super) fn pay(&mut self) -> Result<()> {
        let mut due = Due::new();
        self.take_back(&mut due)?;
        let today = self.today;
        let (ready, waiting): (Vec<OpenClaim>, Vec<OpenClaim>) = std::mem::take(&mut self.state.open)
            .into_iter()
            .partition(|open| open.review_until.is_none() && open.due_on <= today);
        self.state.open = waiting;
        for open in ready {
            self.decide(open, &mut due)?;
        }
        self.send_payments(due);
        Ok(())
    }

    fn decide(&mut self, open: OpenClaim, due: &mut Due) -> Result<()> {
        let OpenClaim { claim, payer_control_number, received_on, batch, .. } = open;
        let mut corrects = None;
        if claim.frequency != Frequency::Original
            && let Some(original) = claim.original.clone()
            && self.reverse(&original, false, due)
        {
            corrects = Some(original);
        }
        if claim.frequency == Frequency::Void {
            return Ok(());
        }
        let trigger = MemberTrigger::of(claim.member_id.expose());
        let adjudication = self.adjudicate(&claim, received_on, trigger, 100)?;
        let plan = &self.profile.plan;
        let paid = adjudication.paid(claim.charged);
        let days_late = (self.today - received_on).num_days() - plan.prompt_pay_days;
        let interest = payment::interest(paid, plan.interest_percent, days_late);
        let kind = match trigger {
            Some(MemberTrigger::CorrectedDown) => Some(ReversalKind::CorrectedDown),
            Some(MemberTrigger::TakenBackLater) => Some(ReversalKind::TakenBackLater),
            _ => None,
        };
        if let Some(kind) = kind.filter(|_| paid.is_positive()) {
            let on = self.today + Days::new(REVERSAL_DAYS);
            let payer_control_number = payer_control_number.clone();
            self.state.reversals.push(Reversal { payer_control_number, on, kind });
        }
        let decided = PaidClaim {
            claim,
            payer_control_number,
            corrects,
            received_on,
            adjudication,
            interest,
            taken_back_later: false,
        };
        self.record(decided, batch.partner, due);
        Ok(())
    }

    fn adjudicate(
        &mut self,
        claim: &ReceivedClaim,
        received_on: NaiveDate,
        trigger: Option<MemberTrigger>,
        rate_percent: u32,
    ) -> Result<Adjudication> {
        let Round { profile, state, .. } = self;
        let member = claim.member_id.expose();
        let met_elsewhere = draw(profile.seed, "deductible", member, profile.plan.deductible_met_per_mille);
        let paid_so_far = state.deductibles.get(&year_key(claim)).copied().unwrap_or_default();
        let deductible_left = if met_elsewhere {
            Money::ZERO
        } else {
            (profile.plan.deductible - paid_so_far).max(Money::ZERO)
        };
        let services = &state.services;
        let context = Context {
            plan: &profile.plan,
            seed: profile.seed,
            received_on,
            trigger,
            deductible_left,
            paid_before: &|procedure, day| services.contains_key(&service_key(member, procedure, day)),
            rate_percent,
        };
        let decision = adjudicate(claim, &context);
        if !decision.balances(claim) {
            return Err(anyhow!("the sandbox payer's decision does not balance").into());
        }
        self.report.claims_adjudicated += 1;
        if decision.lines.iter().all(|line| line.allowed.is_none()) {
            self.report.claims_denied += 1;
        }
        Ok(decision)
    }

    /// Remembers a decision and puts it into the payment.
    fn record(&mut self, decided: PaidClaim, partner: Partner, due: &mut Due) {
        let state: &mut State = self.state;
        let member = decided.claim.member_id.expose();
        *state.deductibles.entry(year_key(&decided.claim)).or_default() += decided.adjudication.deductible();
        let lines = decided.claim.lines.iter().zip(&decided.adjudication.lines);
        for (line, decision) in lines {
            if let Some(day) = line.first_day.filter(|_| decision.allowed.is_some()) {
                let key = service_key(member, &line.procedure, day);
                state.services.entry(key).or_insert_with(|| decided.payer_control_number.clone());
            }
        }
        let remembered = DecidedClaim { paid: decided.clone(), partner: partner.clone() };
        state.decided.insert(decided.payer_control_number.clone(), remembered);
        due.entry((partner, decided.claim.payee.clone())).or_default().push(decided);
    }

    /// Takes a decision back, if it stands.
    fn reverse(&mut self, number: &str, taken_back_later: bool, due: &mut Due) -> bool {
        let state: &mut State = self.state;
        let Some(DecidedClaim { paid, partner }) = state.decided.remove(number) else { return false };
        *state.deductibles.entry(year_key(&paid.claim)).or_default() -= paid.adjudication.deductible();
        state.services.retain(|_, by| by != number);
        self.report.claims_reversed += 1;
        let reversal = PaidClaim {
            adjudication: paid.adjudication.reversed(),
            interest: Money::ZERO,
            corrects: None,
            taken_back_later,
            ..paid
        };
        due.entry((partner, reversal.claim.payee.clone())).or_default().push(reversal);
        true
    }

    fn take_back(&mut self, due: &mut Due) -> Result<()> {
        let today = self.today;
        let (now, later): (Vec<Reversal>, Vec<Reversal>) =
            std::mem::take(&mut self.state.reversals).into_iter().partition(|one| one.on <= today);
        self.state.reversals = later;
        for Reversal { payer_control_number: number, kind, .. } in now {
            let Some(decided) = self.state.decided.get(&number).cloned() else { continue };
            let (claim, received_on) = (decided.paid.claim, decided.paid.received_on);
            self.reverse(&number, kind == ReversalKind::TakenBackLater, due);
            let (trigger, rate_percent) = match kind {
                ReversalKind::CorrectedDown => (None, 80),
                ReversalKind::TakenBackLater => (Some(MemberTrigger::CoverageEnded), 100),
            };
            let adjudication = self.adjudicate(&claim, received_on, trigger, rate_percent)?;
            let correction = PaidClaim {
                claim,
                payer_control_number: self.state.numbers.next_claim(received_on),
                corrects: Some(number),
                received_on,
                adjudication,
                interest: Money::ZERO,
                taken_back_later: false,
            };
            self.record(correction, decided.partner, due);
        }
        Ok(())
    }

    fn send_payments(&mut self, due: Due) {
        let profile = self.profile;
        let mut files: BTreeMap<Partner, Vec<Payment<'_>>> = BTreeMap::new();
        let due: Vec<((Partner, Payee), Vec<PaidClaim>)> = due.into_iter().collect();
        for ((partner, payee), claims) in &due {
            let trace = self.state.numbers.next_payment(&profile.identifier);
            let number = payee.number();
            let (owed, others) =
                std::mem::take(&mut self.state.debts).into_iter().partition(|debt| debt.payee == number);
            self.state.debts = others;
            let settlement = settle(number, &trace, claims, owed);
            self.state.debts.extend(settlement.debts.iter().cloned());
            self.report.payments += 1;
            self.report.paid += settlement.paid;
            if settlement.paid.is_positive() {
                self.report.transfers.push(Transfer {
                    on: self.today,
                    amount: settlement.paid,
                    trace: trace.clone(),
                    company: profile.company(),
                    payer: profile.name.clone(),
                });
            }
            files.entry(partner.clone()).or_default().push(Payment {
                payer: (&profile.name, &profile.identifier),
                payer_company: profile.company(),
                plan: &profile.plan,
                payee,
                trace,
                today: self.today,
                claims: claims.clone(),
                settlement,
            });
        }
        for (partner, payments) in files {
            let number = self.state.numbers.next_interchange();
            let envelope = Envelope { partner: &partner, number, today: self.today };
            let content = wire::file(
                envelope,
                Guide::Remittance,
                &payments.iter().map(Payment::body).collect::<Vec<_>>(),
            );
            let name = format!("{}-{}-{number:09}.835", profile.identifier, self.today.format("%Y%m%d"));
            self.state.outbox.push(Answer { name, content });
        }
    }
}

/// A member's calendar year, by the first day of service.
fn year_key(claim: &ReceivedClaim) -> String {
    let year = claim.first_day().map_or(0, |day| day.year());
    format!("{}/{year}", claim.member_id.expose())
}

fn service_key(member: &str, procedure: &str, day: NaiveDate) -> String {
    format!("{member}/{procedure}/{day}")
}
