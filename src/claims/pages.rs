//! The worklist, and a claim with all that is known of it.

use std::collections::HashMap;
use std::fmt;

use actix_web::HttpResponse;
use actix_web::web::{Form, Path, Query};
use askama::Template;
use askama::filters::HtmlSafe;
use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Deserialize;

use crate::access::Permission;
use crate::charges;
use crate::claims::circumstances::{self, Said};
use crate::claims::lifecycle::{self, Event, Status};
use crate::claims::model::{PayerSequence, ProviderName};
use crate::claims::{self, ClaimItem, RecordedEvent, StoredClaim, View, Wanted};
use crate::codes::{self, Basis, Codes};
use crate::contracts::Expected;
use crate::credits::{self, Credit};
use crate::db::idempotency::Answer;
use crate::denials::{self, First, WorkItem};
use crate::exchange::pages::link;
use crate::journey::{self, Expectation, Submitted};
use crate::ledger::{self, AsOf, Entry, Receivable};
use crate::registry::organizations;
use crate::remits::pages::{Chip, chips, decision_pill};
use crate::remits::{self, DecisionRecord, adjustments};
use crate::scrub::{Finding, Severity};
use crate::submissions::{self, ClaimSending};
use crate::types::{
    Bytes, ClaimId, CodeTable, ContractId, DenialId, Entered, Icd10Code, Money, PatientId, RemittanceId,
};
use crate::underpayments::{self, Underpayment};
use crate::web::{App, Caller, Chrome, Keyed, Nothing, Page, Paging, Result, done, page, show};

/// A state as glyph, word and tone.
#[derive(Clone, Copy, Debug)]
pub struct Pill {
    /// `ok`, `bad`, `warn`, `info`, `alt`, `mute`.
    pub tone: &'static str,
    /// The symbol's id.
    pub glyph: &'static str,
    /// The word.
    pub word: &'static str,
}

impl fmt::Display for Pill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Pill { tone, glyph, word } = self;
        let use_it = format!(r##"<use href="#{glyph}"/>"##);
        let view = if glyph.starts_with("i-") { r#" viewBox="0 0 16 16""# } else { "" };
        write!(
            f,
            r#"<span class="pill" data-tone="{tone}"><svg{view} aria-hidden="true">{use_it}</svg>{word}</span>"#
        )
    }
}
// Its parts are words of the program's own.
impl HtmlSafe for Pill {}

/// Where a claim stands.
#[must_use]
pub const fn pill(status: Status) -> Pill {
    let (tone, glyph, word) = match status {
        Status::Draft => ("mute", "g-draft", "Draft"),
        Status::Held => ("warn", "g-held", "Held"),
        Status::Ready => ("info", "g-ready", "Ready"),
        Status::Queued => ("info", "g-queued", "Queued"),
        Status::Submitted => ("info", "g-submitted", "Submitted"),
        Status::Acknowledged => ("info", "g-acknowledged", "Acknowledged"),
        Status::Accepted => ("info", "g-accepted", "Accepted"),
        Status::Rejected => ("bad", "g-rejected", "Rejected"),
        Status::Pending => ("info", "g-pending", "Pending"),
        Status::Paid => ("ok", "g-paid", "Paid"),
        Status::PartiallyPaid => ("warn", "g-partial", "Partly paid"),
        Status::Denied => ("bad", "g-denied", "Denied"),
        Status::Appealed => ("alt", "g-appealed", "Appealed"),
        Status::Replaced => ("mute", "g-replaced", "Replaced"),
        Status::Voided => ("mute", "g-voided", "Voided"),
        Status::Closed => ("mute", "g-closed", "Closed"),
    };
    Pill { tone, glyph, word }
}

/// What a person does next with a claim that stands there.
fn next_step(status: Status, stopped_by: Option<&str>, denial: Option<&First>, owed: &Receivable) -> String {
    let settled_here = matches!(status, Status::Paid | Status::Closed);
    if settled_here && owed.patient.is_positive() {
        return "Bill the patient".into();
    }
    match (status, stopped_by, denial) {
        (Status::Held, Some(why), _) => format!("Mend: {why}"),
        (Status::Denied | Status::PartiallyPaid, _, Some(first)) => {
            format!("Work {}: {}", first.code, first.category.label().to_lowercase())
        }
        (Status::Draft, ..) => "Check it".into(),
        (Status::Held, ..) => "Mend and check again".into(),
        (Status::Ready, ..) => "Queue for the payer".into(),
        (Status::Queued, ..) => "Leaves with the next batch".into(),
        (Status::Submitted, ..) => "Wait for the 999".into(),
        (Status::Acknowledged, ..) => "Wait for the 277CA".into(),
        (Status::Accepted | Status::Pending, ..) => "Wait for the remittance".into(),
        (Status::Rejected, ..) => "Mend and send again".into(),
        (Status::Denied | Status::PartiallyPaid, ..) => "Look at the decision".into(),
        (Status::Appealed, ..) => "Wait for the decision".into(),
        (Status::Paid, ..) => "Nothing with this payer".into(),
        (Status::Replaced | Status::Voided | Status::Closed, ..) => "Nothing is left".into(),
    }
}

/// How a claim is called: by its newest control number, else by the end of its id.
#[must_use]
pub fn name_of(number: Option<&str>, id: ClaimId) -> String {
    number.map_or_else(
        || {
            let id = id.to_string();
            format!("…{}", &id[id.len() - 8..])
        },
        str::to_owned,
    )
}

fn days_old(from: Option<NaiveDate>, today: NaiveDate) -> Option<i64> {
    from.map(|from| (today - from).num_days())
}

// ---- the worklist ----

/// What of the worklist is asked for.
#[derive(Debug, Deserialize)]
pub struct ListQuery {
    view: Option<String>,
    after: Option<String>,
    limit: Option<i64>,
}

#[derive(Template)]
#[template(path = "claims/list.html")]
struct ListPage {
    chrome: Chrome,
    view: View,
    tabs: Vec<Tab>,
    count: i64,
    charged: Money,
    rows: Vec<Row>,
    continued: bool,
    next: Option<String>,
}

struct Tab {
    view: View,
    count: i64,
}

struct Row {
    id: ClaimId,
    name: String,
    patient: String,
    payer: String,
    sequence: String,
    service_from: Option<NaiveDate>,
    charged: Money,
    balance: Money,
    equation: String,
    pill: Pill,
    age: String,
    is_old: bool,
    next: String,
}

/// `GET /claims`
pub async fn list(app: App, caller: Caller, chrome: Chrome, asked: Query<ListQuery>) -> Result<HttpResponse> {
    let ListQuery { view, after, limit } = asked.into_inner();
    let view = view.as_deref().and_then(View::from_word).unwrap_or_default();
    let paging = Paging { after, limit };
    let after: Option<ClaimId> = paging.after()?;
    let (counts, rows, firsts, zone) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            let counts = claims::count_by_status(tx).await?;
            let wanted = Wanted { statuses: Some(view.statuses()), ..Wanted::default() };
            let rows = claims::worklist(tx, wanted, after, paging.limit() + 1).await?;
            let ids: Vec<ClaimId> = rows.iter().map(|row| row.id).collect();
            let firsts = denials::first_of(tx, &ids).await?;
            Ok((counts, rows, firsts, organizations::current(tx).await?.time_zone))
        })
        .await?;
    let today = app.clock.today(zone);
    let found = Page::of(rows, &paging, |row| row.id)?.map(|row| shown_row(row, &firsts, today));
    let (count, charged) = view.total(&counts);
    let tabs = View::TABS.into_iter().map(|view| Tab { view, count: view.total(&counts).0 }).collect();
    page(&ListPage {
        chrome,
        view,
        tabs,
        count,
        charged,
        rows: found.items,
        continued: after.is_some(),
        next: found.next,
    })
}

fn shown_row(row: ClaimItem, firsts: &HashMap<ClaimId, First>, today: NaiveDate) -> Row {
    let age = days_old(row.service_from, today);
    let Receivable { charges, payments, adjustments, .. } = row.owed;
    Row {
        id: row.id,
        name: name_of(row.control_number.as_deref(), row.id),
        patient: row.patient.name.expose().clone(),
        payer: row.payer.name,
        sequence: row.sequence,
        service_from: row.service_from,
        charged: row.charged,
        balance: row.balance,
        equation: format!("{charges} charged less {payments} paid less {adjustments} adjusted"),
        pill: pill(row.status),
        age: age.map_or_else(|| "–".to_owned(), |days| days.to_string()),
        is_old: age.is_some_and(|days| days > 90),
        next: next_step(row.status, row.stopped_by.as_deref(), firsts.get(&row.id), &row.owed),
    }
}

// ---- one claim ----

#[derive(Template)]
#[template(path = "claims/detail.html")]
struct DetailPage {
    chrome: Chrome,
    id: ClaimId,
    name: String,
    pill: Pill,
    may_check: bool,
    may_correct: bool,
    may_enter: bool,
    event: i32,
    may_queue: bool,
    patient_id: PatientId,
    patient: String,
    patient_facts: String,
    payer: String,
    payer_facts: String,
    service_from: Option<NaiveDate>,
    place_of_service: String,
    circumstances: Vec<(&'static str, Said)>,
    age: String,
    diagnoses: Vec<Diagnosis>,
    provider_role: &'static str,
    provider: String,
    provider_npi: String,
    money: Receivable,
    account_claim: Option<ClaimId>,
    charged: Money,
    lines: Vec<Line>,
    decisions: Vec<ShownDecision>,
    findings: Vec<ShownFinding>,
    /// The code lists by which they were found.
    checked_with: Vec<String>,
    entries: Vec<Moved>,
    next: String,
    denials: Vec<ShownDenial>,
    underpayments: Vec<Underpayment>,
    /// What the payer takes back, or took, for this claim.
    takebacks: Vec<adjustments::Item>,
    /// What is too much of the visit's money.
    credits: Vec<Credit>,
    /// The contract that covers the day.
    contract: Option<(ContractId, String)>,
    events: Vec<ShownEvent>,
    sendings: Vec<ShownSending>,
}

struct Diagnosis {
    letter: char,
    code: String,
    title: String,
}

struct Line {
    number: usize,
    procedure: String,
    modifiers: String,
    title: String,
    pointers: String,
    units: String,
    charged: Money,
    charged_source: Option<String>,
    decided: Option<DecidedLine>,
    expected: Option<ExpectedLine>,
}

/// What the contract comes to for a line: an amount with its arithmetic, or why there is none.
struct ExpectedLine {
    amount: Option<Money>,
    words: String,
}

struct DecidedLine {
    allowed: Option<Money>,
    paid: Money,
    source: String,
    codes: Vec<Chip>,
}

struct ShownDecision {
    remittance: RemittanceId,
    payer: String,
    trace: String,
    paid_on: Option<NaiveDate>,
    pill: Pill,
    charged: Money,
    paid: Money,
    patient_responsibility: Money,
    adjusted: String,
    source: String,
    bytes: Bytes,
}

struct ShownFinding {
    tone: &'static str,
    glyph: &'static str,
    severity: &'static str,
    rule: String,
    version: u16,
    element: String,
    message: String,
    source: String,
    next: String,
    pointer: String,
    /// What the button of its fix says.
    fix: Option<String>,
}

/// A transfer with where it comes from.
struct Moved {
    /// Where the entry is shown to whom may see the ledger.
    href: Option<String>,
    effective_on: NaiveDate,
    kind: String,
    debit: &'static str,
    credit: &'static str,
    amount: Money,
    source: Option<String>,
    document: String,
}

struct ShownDenial {
    id: DenialId,
    code: String,
    amount: Money,
    deadline: String,
}

struct ShownEvent {
    tone: &'static str,
    glyph: &'static str,
    word: &'static str,
    at: show::Markup,
    more: String,
    href: Option<String>,
    document: String,
}

struct ShownSending {
    control_number: String,
    when: show::Markup,
    state: String,
    href: Option<String>,
}

/// What is known of a claim.
struct Dossier {
    checked_with: Option<Basis>,
    stored: StoredClaim,
    events: Vec<RecordedEvent>,
    sendings: Vec<ClaimSending>,
    decisions: Vec<DecisionRecord>,
    denials: Vec<WorkItem>,
    underpayments: Vec<Underpayment>,
    takebacks: Vec<adjustments::Item>,
    credits: Vec<Credit>,
    /// What the contract of the day comes to; a later payer's depends on the earlier ones.
    expectation: Option<Expectation>,
    money: Receivable,
    entries: Vec<Entry>,
    visit: charges::Encounter,
    zone: Tz,
}

/// `GET /claims/{id}`
pub async fn detail(app: App, caller: Caller, chrome: Chrome, id: Path<ClaimId>) -> Result<HttpResponse> {
    let dossier = app
        .db
        .snapshot(&caller.actor, async |tx| {
            let stored = claims::get(tx, *id).await?;
            let account = stored.account_claim;
            let zone = organizations::current(tx).await?.time_zone;
            let mut visits = charges::encounters(tx, &[stored.encounter]).await?;
            let visit = visits.pop().ok_or_else(|| anyhow::anyhow!("{} has no visit", stored.id))?;
            let checked_with = match stored.checked_with {
                Some(id) => Some(codes::store::basis(tx, id).await?),
                None => None,
            };
            let expectation = match stored.claim.sequence {
                PayerSequence::Primary => journey::expected(tx, &[&stored]).await?.pop().flatten(),
                _ => None,
            };
            Ok(Dossier {
                checked_with,
                expectation,
                underpayments: underpayments::of_claim(tx, *id).await?,
                takebacks: adjustments::of_claim(tx, *id).await?,
                credits: credits::of_claim(tx, app.clock.today(zone), account).await?,
                events: claims::events(tx, *id).await?,
                sendings: submissions::of_claim(tx, *id).await?,
                decisions: remits::decisions_of_claims(tx, &[*id, account]).await?,
                denials: denials::of_claim(tx, *id).await?,
                money: ledger::balance_of_claim(tx, account, AsOf::NOW).await?,
                entries: ledger::entries_of_claim(tx, account).await?,
                zone,
                visit,
                stored,
            })
        })
        .await?;
    let today = app.clock.today(dossier.zone);
    page(&shown(dossier, chrome, &caller, &app.codes(), today)?)
}

fn shown(
    dossier: Dossier,
    chrome: Chrome,
    caller: &Caller,
    codes: &Codes,
    today: NaiveDate,
) -> anyhow::Result<DetailPage> {
    let Dossier {
        checked_with,
        stored,
        events,
        sendings,
        decisions,
        denials,
        underpayments,
        takebacks,
        credits,
        expectation,
        money,
        entries,
        visit,
        zone,
    } = dossier;
    let claim = &stored.claim;
    let number = sendings.last().map(|sending| sending.control_number.as_str());
    let on = claim.service_dates().map_or(today, |(from, _)| from);
    let visit_rows = format!("/files/{}?row={}&rows={}#hit", visit.file, visit.first_row, visit.last_row);
    let sources: HashMap<uuid::Uuid, (String, String)> = decisions
        .iter()
        .map(|d| {
            let document = format!("835 {}", d.trace_number);
            (
                d.id.uuid(),
                (link(d.file, d.bytes, Some(&format!("CLP*{}", d.patient_control_number))), document),
            )
        })
        .chain([(visit.id.uuid(), (visit_rows.clone(), "charge file".to_owned()))])
        .collect();
    // The newest first: what stands now is read before what it replaced.
    let ours: Vec<&DecisionRecord> = decisions.iter().rev().filter(|d| d.claim == Some(stored.id)).collect();
    let standing = ours.iter().find(|d| d.posted && d.reversed_by.is_none()).copied();
    let lines = shown_lines(&stored, &sendings, standing, expectation.as_ref(), codes, on);
    let open: Vec<&WorkItem> =
        denials.iter().filter(|d| matches!(d.state.as_str(), "open" | "working")).collect();
    let first = open.first().map(|d| First {
        code: format!("{}-{}", d.group, d.reason),
        category: d.category,
        appeal_by: d.appeal_by,
    });
    let found: Vec<Finding> = serde_json::from_value(stored.findings.clone())?;
    let stopped_by = found.iter().find(|f| f.severity == Severity::Stop).map(|f| f.message.as_str());
    let works = caller.may(Permission::WorkClaims);
    let views_ledger = caller.may(Permission::ViewLedger);
    let unsent = lifecycle::next(Some(stored.status), Event::Held).is_ok();
    let age = days_old(claim.service_dates().map(|(from, _)| from), today);
    let rendering = claim.rendering.as_ref();
    let (provider_role, provider, npi) = match rendering {
        Some(doctor) => ("Rendering", &doctor.name, doctor.npi.as_ref()),
        None => ("Billing", &claim.billing.name, claim.billing.npi.as_ref()),
    };
    Ok(DetailPage {
        id: stored.id,
        name: name_of(number, stored.id),
        pill: pill(stored.status),
        may_check: works && unsent,
        may_enter: caller.may(Permission::PostRemittances),
        may_correct: works && lifecycle::next(Some(stored.status), Event::Revised).is_ok(),
        event: stored.events,
        may_queue: works && stored.status == Status::Ready,
        patient_id: stored.patient,
        patient: claim.patient.name.expose().to_string(),
        patient_facts: match &claim.patient.born_on {
            Some(born) => format!("born {}", born.expose().format("%m/%d/%Y")),
            None => "birth date not known".into(),
        },
        payer: claim.payer.name.clone(),
        payer_facts: format!("{}, {}", turn(claim.sequence), claim.subscriber.member_id.text()),
        service_from: claim.service_dates().map(|(from, _)| from),
        place_of_service: claim.place_of_service.text().to_owned(),
        circumstances: circumstances::said(claim),
        age: age.map_or_else(|| "no date".to_owned(), |days| format!("{days} days old")),
        diagnoses: ('A'..)
            .zip(&claim.diagnoses)
            .map(|(letter, code)| Diagnosis {
                letter,
                code: code.valid().map_or_else(|| code.text().to_owned(), Icd10Code::dotted),
                title: codes
                    .lookup(CodeTable::Icd10cm, code.text(), on)
                    .title
                    .unwrap_or("not in the table")
                    .to_owned(),
            })
            .collect(),
        provider_role,
        provider: match provider {
            ProviderName::Person(name) => name.to_string(),
            ProviderName::Organization(name) => name.clone(),
        },
        provider_npi: npi.map_or("none", |npi| npi.text()).to_owned(),
        money,
        account_claim: (stored.account_claim != stored.id).then_some(stored.account_claim),
        charged: claim.charged,
        lines,
        decisions: ours.iter().map(|d| shown_decision(d)).collect(),
        findings: found.iter().map(shown_finding).collect(),
        checked_with: checked_with.map(lists_of).unwrap_or_default(),
        entries: entries.iter().flat_map(|entry| moved(entry, &sources, views_ledger)).collect(),
        next: next_step(stored.status, stopped_by, first.as_ref(), &money),
        denials: open.iter().map(|d| shown_denial(d, today)).collect(),
        underpayments: underpayments.into_iter().filter(|item| item.state == "open").collect(),
        takebacks,
        credits,
        contract: expectation.map(|expected| (expected.contract.id, expected.contract.name)),
        events: events.iter().rev().map(|event| shown_event(event, zone)).collect(),
        sendings: sendings.iter().rev().map(|sending| shown_sending(sending, zone)).collect(),
        chrome,
    })
}

const fn turn(sequence: PayerSequence) -> &'static str {
    match sequence {
        PayerSequence::Primary => "Primary",
        PayerSequence::Secondary => "Secondary",
        PayerSequence::Tertiary => "Tertiary",
        PayerSequence::Later(_) => "Later payer",
        PayerSequence::Unknown => "Order not known",
    }
}

fn shown_lines(
    stored: &StoredClaim,
    sendings: &[ClaimSending],
    standing: Option<&DecisionRecord>,
    expectation: Option<&Expectation>,
    codes: &Codes,
    on: NaiveDate,
) -> Vec<Line> {
    let sent = sendings.iter().rev().filter_map(|s| s.batch.as_ref()).find_map(|b| Some((b.file, b.bytes?)));
    (1_usize..)
        .zip(&stored.claim.lines)
        .map(|(number, line)| {
            let decided = standing.and_then(|decision| {
                let kept = decision.lines.iter().find(|kept| {
                    kept.claim_line_no.and_then(|ours| usize::try_from(ours).ok()) == Some(number)
                })?;
                Some(DecidedLine {
                    allowed: kept.allowed,
                    paid: kept.paid,
                    source: link(decision.file, kept.bytes, Some("SVC")),
                    codes: chips(codes, on, decision.file, kept.bytes, &kept.adjustments, &kept.remarks),
                })
            });
            let procedure = line.procedure.text();
            let title = [CodeTable::Cpt, CodeTable::Hcpcs]
                .into_iter()
                .find_map(|table| codes.lookup(table, procedure, on).title)
                .unwrap_or_default()
                .to_owned();
            let modifiers: Vec<&str> = line.modifiers.iter().map(Entered::text).collect();
            Line {
                number,
                procedure: procedure.to_owned(),
                modifiers: modifiers.join("-"),
                title,
                pointers: line.pointer_letters().map(String::from).collect::<Vec<_>>().join(" "),
                units: line.units.normalize().to_string(),
                charged: line.charged,
                charged_source: sent.map(|(file, bytes)| link(file, bytes, Some(&format!("LX*{number}")))),
                decided,
                expected: expectation.and_then(|expected| expected.lines.get(number - 1)).map(expected_line),
            }
        })
        .collect()
}

fn expected_line(expected: &Expected) -> ExpectedLine {
    match expected {
        Ok(priced) => ExpectedLine { amount: Some(priced.allowed), words: priced.arithmetic() },
        Err(why) => ExpectedLine { amount: None, words: why.to_string() },
    }
}

fn shown_decision(d: &DecisionRecord) -> ShownDecision {
    let groups: Vec<String> = d.adjusted.iter().map(|(group, sum)| format!("{group} {sum}")).collect();
    ShownDecision {
        remittance: d.remittance,
        payer: d.payer_name.clone(),
        trace: d.trace_number.clone(),
        paid_on: d.paid_on,
        pill: decision_pill(&d.status),
        charged: d.charged,
        paid: d.paid,
        patient_responsibility: d.patient_responsibility,
        adjusted: groups.join(", "),
        source: link(d.file, d.bytes, Some(&format!("CLP*{}", d.patient_control_number))),
        bytes: d.bytes,
    }
}

/// The imported lists with their first days, then those that came with the program.
fn lists_of(basis: Basis) -> Vec<String> {
    let imported =
        basis.imported.into_iter().map(|it| format!("{} from {}", it.name, it.valid_from.format("%m/%d/%Y")));
    imported.chain(basis.shipped).collect()
}

fn shown_finding(f: &Finding) -> ShownFinding {
    let (tone, glyph, severity) = match f.severity {
        Severity::Stop => ("bad", "i-stop", "Stops the claim"),
        Severity::Warn => ("warn", "i-alert", "Warning"),
        Severity::Note => ("info", "i-info", "Note"),
    };
    ShownFinding {
        fix: f.fix.as_ref().map(|fix| fix.label.clone()),
        pointer: f.pointer.clone(),
        tone,
        glyph,
        severity,
        rule: f.rule.to_string(),
        version: f.version,
        element: f.element.to_string(),
        message: f.message.clone(),
        source: f.source.to_string(),
        next: f.next.to_string(),
    }
}

fn moved(entry: &Entry, sources: &HashMap<uuid::Uuid, (String, String)>, views_ledger: bool) -> Vec<Moved> {
    let source = sources.get(&entry.source.id);
    let undoes = if entry.reverses.is_some() { "reversal of " } else { "" };
    entry
        .transfers
        .iter()
        .map(|transfer| Moved {
            href: views_ledger.then(|| format!("/ledger/entries/{}", entry.id)),
            effective_on: entry.effective_on,
            kind: format!("{undoes}{}", entry.kind.as_str().replace('_', " ")),
            debit: transfer.debit().default_name(),
            credit: transfer.credit().default_name(),
            amount: transfer.amount(),
            source: source.map(|(href, _)| href.clone()),
            document: source.map_or_else(
                || entry.source.kind.as_str().replace('_', " "),
                |(_, document)| document.clone(),
            ),
        })
        .collect()
}

fn shown_denial(d: &WorkItem, today: NaiveDate) -> ShownDenial {
    let days = (d.appeal_by - today).num_days();
    ShownDenial {
        id: d.id,
        code: format!("{}-{}", d.group, d.reason),
        amount: d.amount,
        deadline: if days < 0 { format!("{} days late", -days) } else { format!("{days} days left") },
    }
}

/// An id says nothing to a reader; the document beside the event is the link.
fn is_id(text: &str) -> bool {
    text.len() == 30 && text.as_bytes()[3] == b'_'
}

fn shown_event(event: &RecordedEvent, zone: Tz) -> ShownEvent {
    let word = match event.event {
        Event::Drafted => "Drafted",
        Event::Held => "Held by the scrubber",
        Event::Released => "Checked: ready",
        Event::Revised => "Revised",
        Event::Queued => "Queued",
        Event::Sent => "Sent to the payer",
        Event::CrossedOver => "Sent on by the payer before",
        Event::FileAccepted => "File accepted",
        Event::FileRejected => "File rejected",
        Event::Received => "Seen by the payer",
        Event::PayerAccepted => "Accepted by the payer",
        Event::PayerRejected => "Rejected by the payer",
        Event::Pended => "Pending",
        Event::Paid => "Paid",
        Event::PartiallyPaid => "Partly paid",
        Event::Denied => "Denied",
        Event::Reversed => "Decision taken back",
        Event::Appealed => "Appealed",
        Event::Replaced => "Replaced",
        Event::Voided => "Voided",
        Event::Closed => "Closed",
    };
    let Pill { tone, glyph, .. } = pill(event.status);
    // Codes, amounts and ids: the detail holds no patient data.
    let facts: Vec<String> = event
        .detail
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| {
            let value = match value {
                serde_json::Value::String(text) if is_id(text) => return None,
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Number(number) => number.to_string(),
                serde_json::Value::Bool(_) | serde_json::Value::Null => return None,
                serde_json::Value::Array(_) | serde_json::Value::Object(_) => return None,
            };
            Some(format!("{} {value}", name.replace('_', " ")))
        })
        .collect();
    let href = event.place.map(|place| match place.bytes {
        Some((first, last)) => format!("/files/{}?from={first}&to={last}#hit", place.file),
        None => format!("/files/{}", place.file),
    });
    ShownEvent {
        tone,
        glyph,
        word,
        at: show::moment(event.occurred_at, zone),
        more: facts.join(", "),
        href,
        document: match event.event {
            Event::CrossedOver | Event::Paid | Event::PartiallyPaid | Event::Denied | Event::Reversed => {
                "835"
            }
            Event::Sent | Event::Queued => "837P",
            Event::FileAccepted | Event::FileRejected => "999",
            Event::Received | Event::PayerAccepted | Event::PayerRejected | Event::Pended => "277",
            Event::Drafted
            | Event::Held
            | Event::Released
            | Event::Revised
            | Event::Appealed
            | Event::Replaced
            | Event::Voided
            | Event::Closed => "file",
        }
        .to_owned(),
    }
}

fn shown_sending(sending: &ClaimSending, zone: Tz) -> ShownSending {
    let batch = sending.batch.as_ref();
    ShownSending {
        control_number: sending.control_number.clone(),
        when: show::moment(batch.and_then(|batch| batch.sent_at).unwrap_or(sending.queued_at), zone),
        state: batch.map_or_else(
            || "Waits for its batch.".to_owned(),
            |batch| {
                let state = batch.state.to_string().replace('_', " ");
                format!("Interchange {}, {state}.", batch.interchange_control_number)
            },
        ),
        href: batch.and_then(|batch| Some(link(batch.file, batch.bytes?, None))),
    }
}

// ---- writes ----

/// `POST /claims/{id}/check`
pub async fn check(
    app: App,
    caller: Caller,
    id: Path<ClaimId>,
    write: Keyed<Form<Nothing>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let scrubbed = journey::scrub_claim(tx, now, &app.codes(), *id).await?;
            let findings = scrubbed.findings.len();
            let word = pill(scrubbed.status).word;
            Ok(Answer { status: 303, body: format!("Checked: {word}, {findings} findings") })
        })
        .await?;
    Ok(done(&format!("/claims/{id}"), &once.answer.body))
}

/// `POST /claims/{id}/queue`
pub async fn queue(
    app: App,
    caller: Caller,
    id: Path<ClaimId>,
    write: Keyed<Form<Nothing>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let body = match journey::submit(tx, now, &app.codes(), *id).await? {
                Submitted::Queued { submission, .. } => format!("Queued as {}", submission.control_number),
                Submitted::Held(findings) => format!("Held: {} findings", findings.len()),
            };
            Ok(Answer { status: 303, body })
        })
        .await?;
    Ok(done(&format!("/claims/{id}"), &once.answer.body))
}
