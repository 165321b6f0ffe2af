//! The few verbs that span features: from a charge file to claims that may leave, and from a
//! payer's answer to what follows from it. Each is a page of the practice's day.
//!
//! - [`import_charges`]: a file becomes visits, claims to first payers, and what is owed for them.
//! - [`scrub_drafts`]: every new or changed claim is checked; it is held with findings, or ready.
//! - [`queue_ready`]: ready claims are checked once more and get their control numbers.
//! - [`AfterRemittance`]: what follows from payers' decisions, in the transaction that posts them:
//!   denials to work, the next payer's claim, claims that are done.
//!
//! Invariants: money is owed from the moment a charge is imported, in the same transaction; a
//! claim that is sent has passed today's rules today; what follows from a remittance is undone
//! with it.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::Serialize;
use serde_json::json;

use crate::charges::{self, Encounter, ImportReport, Mode};
use crate::claims::secondary::{self, LineDecision, NextCoverage};
use crate::claims::{self, Claim, Event, Happened, HistoryLine, NewClaim, Source, Status, StoredClaim};
use crate::codes::Codes;
use crate::db::Tx;
use crate::denials::{self, NewDenial};
use crate::exchange::files;
use crate::ledger::{self, About, AccountKind, EntryKind, NewEntry, SourceKind, Transfer};
use crate::registry::{coverages, organizations, payers};
use crate::remits::{Decision, Effect, Follow, Share};
use crate::scrub::{self, Context, History, PayerRules, PracticeRules, ScrubbedClaim, Verdict};
use crate::submissions::{self, Submission};
use crate::types::{ClaimId, EncounterId, Entered, FileId, Money, PatientId, PayerId, Result};

/// The ledger's source of a visit's charges: the id of the encounter.
pub const CHARGE_SOURCE: SourceKind = SourceKind::new("encounter");

/// What became of a charge file.
#[derive(Clone, Debug, Serialize)]
pub struct ImportedCharges {
    /// Rows, visits and what is wrong with the rest.
    #[serde(flatten)]
    pub report: ImportReport,
    /// Claims to first payers.
    pub claims: usize,
    /// Visits that the patient pays alone.
    pub self_pay: usize,
}

/// Imports a charge file that was kept: visits, their claims to first payers, and what is owed
/// for them. The same file again changes nothing and reports the same.
///
/// # Errors
/// As [`charges::import`].
pub async fn import_charges(
    tx: &mut Tx,
    now: DateTime<Utc>,
    file: FileId,
    bytes: &[u8],
    mode: Mode,
) -> Result<ImportedCharges> {
    let report = charges::import(tx, file, bytes, mode).await?;
    if report.already_imported {
        return Ok(ImportedCharges { report, claims: 0, self_pay: 0 });
    }
    let visits = charges::encounters(tx, &report.encounters).await?;
    let drafted = claims::draft_visits(tx, now, &visits).await?;
    let sha256 = files::get(tx, file).await?.sha256;
    let claim_of: HashMap<EncounterId, ClaimId> = drafted.claims.iter().copied().collect();
    let ids: Vec<ClaimId> = drafted.claims.iter().map(|(_, claim)| *claim).collect();
    let payer_of: HashMap<ClaimId, PayerId> =
        claims::load(tx, &ids).await?.into_iter().map(|claim| (claim.id, claim.payer)).collect();
    let entries = visits
        .iter()
        .filter(|visit| !visit.charged.is_zero())
        .map(|visit| {
            let claim = claim_of.get(&visit.id).copied();
            let payer = claim.and_then(|claim| payer_of.get(&claim).copied());
            charge_entry(visit, sha256, claim, payer)
        })
        .collect::<Result<Vec<_>>>()?;
    ledger::post_all(tx, &entries).await?;
    Ok(ImportedCharges { report, claims: drafted.claims.len(), self_pay: drafted.self_pay.len() })
}

/// The first payer owes a visit's charges, or the patient when there is none.
fn charge_entry(
    visit: &Encounter,
    file_sha256: [u8; 32],
    claim: Option<ClaimId>,
    payer: Option<PayerId>,
) -> Result<NewEntry> {
    let about = About { claim, payer, patient: Some(visit.patient) };
    let owed_by = if claim.is_some() { AccountKind::InsuranceAr } else { AccountKind::PatientAr };
    let transfer =
        Transfer::signed(owed_by, AccountKind::Charges, visit.charged, about)?.into_iter().collect();
    let source =
        ledger::Source::in_file(CHARGE_SOURCE, visit.id.uuid(), file_sha256, i64::from(visit.first_row));
    Ok(NewEntry::new(EntryKind::Charge, source, visit.service_on, transfer)?)
}

/// What came of scrubbing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Scrubbed {
    /// Claims that may be sent, and their charges.
    pub ready: Tally,
    /// Claims that something stops.
    pub held: Tally,
    /// What stops them: each rule with the number of claims that it stops.
    pub stopped_by: BTreeMap<String, usize>,
}

/// How many, and how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many.
    pub count: usize,
    /// How much.
    pub amount: Money,
}

impl Tally {
    /// One more.
    pub fn add(&mut self, amount: Money) {
        self.count += 1;
        self.amount += amount;
    }
}

/// Checks every draft: each is ready afterwards, or held with its findings. One query for the
/// history of a thousand claims.
pub async fn scrub_drafts(tx: &mut Tx, now: DateTime<Utc>, codes: Codes) -> Result<Scrubbed> {
    let today = today(tx, now).await?;
    let mut scrubbed = Scrubbed::default();
    loop {
        // A scrubbed claim is no draft any more, so the first thousand are always new ones.
        let ids = claims::ids_with_status(tx, Status::Draft, None, 1_000).await?;
        if ids.is_empty() {
            break;
        }
        let stored = claims::load(tx, &ids).await?;
        let knowledge = Knowledge::load(tx, codes, today, &stored).await?;
        let mut events = Vec::with_capacity(stored.len());
        let mut findings = Vec::with_capacity(stored.len());
        for claim in &stored {
            let verdict = knowledge.check(claim);
            let event = if verdict.is_held() {
                scrubbed.held.add(claim.claim.charged);
                let rules: HashSet<&str> = verdict
                    .findings()
                    .iter()
                    .filter(|finding| finding.severity == scrub::Severity::Stop)
                    .map(|finding| finding.rule.as_ref())
                    .collect();
                for rule in rules {
                    *scrubbed.stopped_by.entry(rule.to_owned()).or_default() += 1;
                }
                Event::Held
            } else {
                scrubbed.ready.add(claim.claim.charged);
                Event::Released
            };
            events.push(Happened {
                claim: claim.id,
                event,
                // The claim as it was at that event was scrubbed: a revision is scrubbed again.
                source: Source::new("scrub", format!("{}@{}", claim.id, claim.events)),
                detail: json!({ "findings": verdict.findings().len() }),
            });
            findings.push((claim.id, serde_json::to_value(verdict.findings()).map_err(anyhow::Error::from)?));
        }
        claims::save_findings(tx, &findings).await?;
        claims::record(tx, now, &events).await?;
    }
    if scrubbed.ready.count + scrubbed.held.count > 0 {
        let organization = tx.actor().organization;
        let detail = json!({ "ready": scrubbed.ready.count, "held": scrubbed.held.count });
        tx.audit("claims/scrub", organization, None, detail).await?;
    }
    Ok(scrubbed)
}

/// Checks ready claims once more and gives each its control number. A claim that today's rules
/// stop goes back to held.
pub async fn queue_ready(tx: &mut Tx, now: DateTime<Utc>, codes: Codes) -> Result<Vec<Submission>> {
    let today = today(tx, now).await?;
    let prefix = organizations::current(tx).await?.control_number_prefix;
    let mut queued = vec![];
    loop {
        let ids = claims::ids_with_status(tx, Status::Ready, None, 1_000).await?;
        if ids.is_empty() {
            break;
        }
        let stored = claims::load(tx, &ids).await?;
        let knowledge = Knowledge::load(tx, codes, today, &stored).await?;
        let (ready, held) = knowledge.part(&stored);
        let findings = held
            .iter()
            .map(|(claim, findings)| Ok((claim.id, serde_json::to_value(findings)?)))
            .collect::<anyhow::Result<Vec<_>>>()?;
        claims::save_findings(tx, &findings).await?;
        let events: Vec<Happened> = held
            .iter()
            .map(|(claim, findings)| Happened {
                claim: claim.id,
                event: Event::Held,
                source: Source::new("scrub", format!("{}@{}", claim.id, claim.events)),
                detail: json!({ "findings": findings.len() }),
            })
            .collect();
        claims::record(tx, now, &events).await?;
        queued.extend(submissions::queue(tx, now, &prefix, &ready).await?);
    }
    if !queued.is_empty() {
        let organization = tx.actor().organization;
        tx.audit("submissions/queue", organization, None, json!({ "claims": queued.len() })).await?;
    }
    Ok(queued)
}

/// What the scrubber needs to know about some claims, loaded by one query of each kind.
struct Knowledge {
    codes: Codes,
    today: NaiveDate,
    rules: HashMap<PayerId, PracticeRules>,
    history: HashMap<PatientId, Vec<HistoryLine>>,
}

/// How far back an earlier service matters: new patients are new for three years.
const HISTORY_DAYS: u64 = 3 * 366;

impl Knowledge {
    async fn load(tx: &mut Tx, codes: Codes, today: NaiveDate, stored: &[StoredClaim]) -> Result<Knowledge> {
        let patients: HashSet<PatientId> = stored.iter().map(|claim| claim.patient).collect();
        let patients: Vec<PatientId> = patients.into_iter().collect();
        let mut history: HashMap<PatientId, Vec<HistoryLine>> = HashMap::new();
        for line in claims::history(tx, &patients, today - Days::new(HISTORY_DAYS)).await? {
            history.entry(line.patient).or_default().push(line);
        }
        let rules = payers::list(tx)
            .await?
            .into_iter()
            .map(|payer| {
                let demands = PayerRules {
                    timely_filing_days: u32::try_from(payer.timely_filing_days).ok(),
                    prior_authorization: payer.authorization_procedures,
                    needs_taxonomy: false,
                };
                (payer.id, PracticeRules { grades: vec![], payer: demands })
            })
            .collect();
        Ok(Knowledge { codes, today, rules, history })
    }

    fn check<'c>(&self, claim: &'c StoredClaim) -> Verdict<'c> {
        let none = PracticeRules::default();
        let history = self.history.get(&claim.patient).map_or(&[][..], Vec::as_slice);
        let context = Context {
            codes: self.codes,
            rules: self.rules.get(&claim.payer).unwrap_or(&none),
            history: History::Known(history),
            today: self.today,
        };
        scrub::check(&claim.claim, &context)
    }

    /// Those that may be sent, and those that may not with what stops them.
    fn part<'c>(
        &self,
        stored: &'c [StoredClaim],
    ) -> (Vec<ScrubbedClaim<'c>>, Vec<(&'c StoredClaim, Vec<scrub::Finding>)>) {
        let mut ready = vec![];
        let mut held = vec![];
        for claim in stored {
            match self.check(claim) {
                Verdict::Ready(scrubbed) => ready.push(scrubbed),
                Verdict::Held(findings) => held.push((claim, findings)),
            }
        }
        (ready, held)
    }
}

async fn today(tx: &mut Tx, now: DateTime<Utc>) -> Result<NaiveDate> {
    Ok(now.with_timezone(&organizations::current(tx).await?.time_zone).date_naive())
}

/// What follows from payers' decisions: denials to work, the next payer's claim, claims that
/// are done.
#[derive(Clone, Debug)]
pub struct AfterRemittance {
    /// This moment.
    pub now: DateTime<Utc>,
    /// What has followed so far.
    pub followed: Followed,
}

/// What has followed from decisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Followed {
    /// Denials that were opened.
    pub denials: Tally,
    /// Claims to next payers that were drafted, with what is asked of them.
    pub next_payer: Tally,
    /// What went to patients.
    pub patient: Tally,
    /// Claims that are done.
    pub closed: Tally,
}

impl AfterRemittance {
    /// Nothing yet.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> AfterRemittance {
        AfterRemittance { now, followed: Followed::default() }
    }
}

impl Follow for AfterRemittance {
    async fn follow(&mut self, tx: &mut Tx, decisions: &[Decision]) -> Result<()> {
        self.open_denials(tx, decisions).await?;
        self.draft_next_payers(tx, decisions).await?;
        self.close(tx, decisions).await
    }
}

impl AfterRemittance {
    /// Each denied amount becomes work; a reversal takes back the work that its original made.
    async fn open_denials(&mut self, tx: &mut Tx, decisions: &[Decision]) -> Result<()> {
        let today = today(tx, self.now).await?;
        let appeal_days: HashMap<PayerId, u64> = payers::list(tx)
            .await?
            .into_iter()
            .map(|payer| (payer.id, u64::try_from(payer.appeal_days).unwrap_or(0)))
            .collect();
        let mut found = vec![];
        let mut reversed = vec![];
        for decision in decisions {
            match &decision.effect {
                Effect::Posted(posted) => {
                    let days = appeal_days.get(&decision.claim.payer).copied().unwrap_or(0);
                    for denial in &posted.denials {
                        found.push(NewDenial {
                            claim: decision.claim.id,
                            remit_claim: decision.remit_claim,
                            line_no: denial.line_no.and_then(|line| i16::try_from(line).ok()),
                            group: denial.group,
                            reason: denial.reason.clone(),
                            remarks: denial.remarks.clone(),
                            amount: denial.amount,
                            category: denials::category(&denial.reason, &denial.remarks),
                            appeal_by: decision.decided_on + Days::new(days),
                        });
                        self.followed.denials.add(denial.amount);
                    }
                    if posted.share == Share::Patient && !posted.patient_share.is_zero() {
                        self.followed.patient.add(posted.patient_share);
                    }
                }
                Effect::Reverses { original, .. } => reversed.push(*original),
                Effect::Waits => {}
            }
        }
        denials::take_back(tx, &reversed).await?;
        denials::open(tx, today, &found).await?;
        Ok(())
    }

    /// Where the share went to a next payer, that payer is asked.
    async fn draft_next_payers(&mut self, tx: &mut Tx, decisions: &[Decision]) -> Result<()> {
        let asked: Vec<&Decision> = decisions
            .iter()
            .filter(|decision| {
                matches!(&decision.effect, Effect::Posted(posted) if matches!(posted.share, Share::NextPayer(_)))
            })
            .collect();
        if asked.is_empty() {
            return Ok(());
        }
        let ids: Vec<ClaimId> = asked.iter().map(|decision| decision.claim.id).collect();
        let stored = claims::load(tx, &ids).await?;
        let days: Vec<(PatientId, NaiveDate)> = asked
            .iter()
            .map(|decision| {
                let on = decision.claim.service_from.unwrap_or(decision.decided_on);
                (decision.claim.patient, on)
            })
            .collect();
        let in_force = coverages::in_force(tx, &days).await?;
        let mut new = vec![];
        for ((decision, decided), coverages) in asked.iter().zip(&stored).zip(&in_force) {
            let Effect::Posted(posted) = &decision.effect else { continue };
            let Share::NextPayer(next_payer) = &posted.share else { continue };
            let Some(coverage) = coverages.iter().find(|coverage| coverage.id == next_payer.coverage) else {
                continue;
            };
            let Some(next) = claims::next_coverage(tx, coverage, decided.patient).await? else { continue };
            let claim = next_claim(decided, decision, next);
            self.followed.next_payer.add(posted.patient_share);
            new.push(NewClaim {
                claim,
                encounter: decided.encounter,
                patient: decided.patient,
                payer: coverage.payer,
                coverage: coverage.id,
                account_claim: Some(decided.account_claim),
                source: Source::new("remit_claim", decision.remit_claim),
            });
        }
        claims::draft(tx, self.now, &new).await?;
        Ok(())
    }

    /// A claim with nothing left for this payer and nothing denied is done.
    async fn close(&mut self, tx: &mut Tx, decisions: &[Decision]) -> Result<()> {
        let mut events = vec![];
        for decision in decisions {
            let Effect::Posted(posted) = &decision.effect else { continue };
            if posted.left.is_zero() && posted.denials.is_empty() {
                self.followed.closed.add(decision.claim.charged);
                events.push(Happened {
                    claim: decision.claim.id,
                    event: Event::Closed,
                    source: Source::new("remit_claim", decision.remit_claim),
                    detail: json!({}),
                });
            }
        }
        claims::record(tx, self.now, &events).await?;
        Ok(())
    }
}

/// The claim to the next payer, with what this one decided.
fn next_claim(decided: &StoredClaim, decision: &Decision, next: NextCoverage) -> Claim {
    let answer = &decision.answer;
    let lines = answer
        .lines
        .iter()
        .zip(&decision.lines)
        .filter_map(|(line, ours)| {
            let line_no = usize::try_from((*ours)?).ok()?;
            let billed = decided.claim.lines.get(line_no.checked_sub(1)?)?;
            Some(LineDecision {
                line_no,
                procedure: Entered::from(line.procedure.as_str()),
                modifiers: line.modifiers.iter().map(|modifier| Entered::from(modifier.as_str())).collect(),
                paid: line.paid,
                units: line.units.unwrap_or(billed.units),
                adjustments: line.adjustments.clone(),
            })
        })
        .collect();
    let decision = secondary::Decision {
        paid: answer.paid,
        adjustments: answer.adjustments.clone(),
        payer_claim_control_number: answer.payer_claim_control_number.clone(),
        decided_on: Some(decision.decided_on),
        lines,
    };
    secondary::next_payers_claim(&decided.claim, &decision, next)
}
