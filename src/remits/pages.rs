//! Remittances: the list, and one with its equations, decisions and what was posted; a held one is
//! looked at again or posted by a person; what of each payer's is posted without a look.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::{Form, Path, Query};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::Value;

use crate::access::Permission;
use crate::claims::model::Adjustment;
use crate::claims::pages::Pill;
use crate::codes::Codes;
use crate::db::idempotency::Answer;
use crate::deposits;
use crate::exchange::pages::link;
use crate::journey;
use crate::registry::{organizations, payers};
use crate::remits::balance::{Imbalance, Level, Why};
use crate::remits::eob::scans::{self, Scan};
use crate::remits::model::ClaimStatus;
use crate::remits::totals::{self, Movement};
use crate::remits::{
    self, Approval, Care, DecisionRecord, ExceptionRecord, How, Meaning, Mode, PostingRule,
    ProviderAdjustmentRecord, RemittanceItem, RemittanceRecord, SetReport, State, Which, meaning, plb,
};
use crate::types::{
    Bytes, ClaimId, CodeTable, FileId, Money, PayerId, ProviderAdjustmentId, RemitClaimId, RemittanceId,
};
use crate::underpayments;
use crate::web::{
    App, Caller, Chrome, IdempotencyKey, Keyed, Nothing, Page, Paging, Result, done, field, page, show,
};

/// A group and reason, or a remark, with our words for it and its place in the 835.
#[derive(Clone, Debug)]
pub struct Chip {
    /// `CO-197`, `N54`.
    pub code: String,
    /// Our words.
    pub title: String,
    /// CAS03; remarks have none.
    pub amount: Option<Money>,
    /// The segment.
    pub source: String,
    /// It denies.
    pub denied: bool,
}

/// The adjustments and remarks of a stretch of an 835.
#[must_use]
pub fn chips(
    codes: &Codes,
    on: NaiveDate,
    file: FileId,
    bytes: Bytes,
    adjustments: &[Adjustment],
    remarks: &[String],
) -> Vec<Chip> {
    let reasons = adjustments.iter().map(|a| Chip {
        code: format!("{}-{}", a.group, a.reason),
        title: label(codes, CodeTable::Carc, a.reason.as_str(), on),
        amount: Some(a.amount),
        source: link(file, bytes, Some(&format!("CAS*{}*{}", a.group, a.reason))),
        denied: meaning(a.group, &a.reason) == Meaning::Denied,
    });
    let remarks = remarks.iter().map(|remark| Chip {
        code: remark.clone(),
        title: label(codes, CodeTable::Rarc, remark, on),
        amount: None,
        source: link(file, bytes, Some(&format!("LQ*HE*{remark}"))),
        denied: false,
    });
    reasons.chain(remarks).collect()
}

/// Our words for a code, or that we have none.
#[must_use]
pub fn label(codes: &Codes, table: CodeTable, code: &str, on: NaiveDate) -> String {
    codes
        .lookup(table, code, on)
        .title
        .map_or_else(|| format!("{table} {code}: no label of ours"), str::to_owned)
}

/// CLP02.
#[must_use]
pub const fn decision_pill(status: &ClaimStatus) -> Pill {
    let (tone, glyph, word) = match status {
        ClaimStatus::Primary => ("ok", "g-paid", "Primary"),
        ClaimStatus::Secondary => ("ok", "g-paid", "Secondary"),
        ClaimStatus::Tertiary => ("ok", "g-paid", "Tertiary"),
        ClaimStatus::Denied => ("bad", "g-denied", "Denied"),
        ClaimStatus::PrimaryForwarded => ("ok", "g-paid", "Primary, forwarded"),
        ClaimStatus::SecondaryForwarded => ("ok", "g-paid", "Secondary, forwarded"),
        ClaimStatus::TertiaryForwarded => ("ok", "g-paid", "Tertiary, forwarded"),
        ClaimStatus::Reversal => ("mute", "g-replaced", "Reversal"),
        ClaimStatus::NotOursForwarded => ("warn", "g-rejected", "Not theirs, forwarded"),
        ClaimStatus::Predetermination => ("mute", "g-pending", "Predetermination"),
        ClaimStatus::Other(_) => ("warn", "i-alert", "Unknown status"),
    };
    Pill { tone, glyph, word }
}

/// What became of a remittance.
const fn state_pill(state: State) -> Pill {
    let (tone, glyph, word) = match state {
        State::Posted => ("ok", "i-check", "Posted"),
        State::PartlyPosted => ("warn", "g-partial", "Partly posted"),
        State::Held => ("bad", "g-held", "Held"),
        State::Duplicate => ("mute", "g-replaced", "Duplicate"),
        State::Unposted => ("mute", "g-replaced", "Taken back"),
    };
    Pill { tone, glyph, word }
}

/// A held one that adds up and waits for a person's look.
const READY: Pill = Pill { tone: "info", glyph: "g-pending", word: "Ready to post" };

// ---- the list ----

/// What of the list is asked for.
#[derive(Debug, Deserialize)]
pub struct ListQuery {
    state: Option<String>,
    after: Option<String>,
    limit: Option<i64>,
}

#[derive(Template)]
#[template(path = "remits/list.html")]
struct ListPage {
    chrome: Chrome,
    may_post: bool,
    manages_posting: bool,
    tabs: Vec<Tab>,
    count: i64,
    paid: Money,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
}

struct Tab {
    word: Option<&'static str>,
    label: &'static str,
    count: i64,
    current: bool,
}

struct Row {
    id: RemittanceId,
    payer: String,
    trace: String,
    method: String,
    paid_on: Option<NaiveDate>,
    claims: i32,
    paid: Money,
    pill: Pill,
    exceptions: i64,
    received: show::Markup,
}

/// `GET /remittances`
pub async fn list(app: App, caller: Caller, chrome: Chrome, asked: Query<ListQuery>) -> Result<HttpResponse> {
    let ListQuery { state, after, limit } = asked.into_inner();
    let wanted = State::ALL.into_iter().find(|known| state.as_deref() == Some(known.as_str()));
    let paging = Paging { after, limit };
    let after: Option<RemittanceId> = paging.after()?;
    let (counts, rows, zone) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            let counts = totals::count_by_state(tx).await?;
            let rows = remits::list(tx, wanted, after, paging.limit() + 1).await?;
            Ok((counts, rows, organizations::current(tx).await?.time_zone))
        })
        .await?;
    let total = |state: Option<State>| {
        let of = || counts.iter().filter(move |(known, ..)| state.is_none_or(|state| state == *known));
        (of().map(|(_, count, _)| count).sum::<i64>(), of().map(|(.., paid)| *paid).sum::<Money>())
    };
    let tabs = std::iter::once(None)
        .chain(State::ALL.into_iter().map(Some))
        .map(|state| Tab {
            word: state.map(State::as_str),
            label: state.map_or("All", |state| state_pill(state).word),
            count: total(state).0,
            current: state == wanted,
        })
        .collect();
    let found = Page::of(rows, &paging, |row| row.id)?.map(|row| Row {
        id: row.id,
        payer: row.payer_name,
        trace: row.trace_number,
        method: row.method,
        paid_on: row.paid_on,
        claims: row.claims,
        paid: row.paid,
        pill: if row.ready { READY } else { state_pill(row.state) },
        exceptions: row.exceptions_open,
        received: show::moment(row.received_at, zone),
    });
    let base =
        wanted.map_or("/remittances?".to_owned(), |state| format!("/remittances?state={}&", state.as_str()));
    let (count, paid) = total(wanted);
    page(&ListPage {
        chrome,
        may_post: caller.may(Permission::PostRemittances),
        manages_posting: caller.may(Permission::ManagePosting),
        tabs,
        count,
        paid,
        rows: found.items,
        first: after.map(|_| base.trim_end_matches(['?', '&']).to_owned()),
        next: found.next.map(|next| format!("{base}after={next}")),
    })
}

// ---- one remittance ----

/// Claims of one page of a remittance.
const CLAIMS_A_PAGE: i64 = 100;

/// How many exceptions a remittance shows; the queue has the rest.
const EXCEPTIONS_SHOWN: i64 = 25;

/// Which of the set's claims, and where in them the page begins.
#[derive(Debug, Deserialize)]
pub struct DetailQuery {
    #[serde(default)]
    view: Which,
    after: Option<i32>,
}

#[derive(Template)]
#[template(path = "remits/detail.html")]
struct DetailPage {
    chrome: Chrome,
    record: RemittanceRecord,
    pill: Pill,
    may_retry: bool,
    /// It waits for nothing but a person's look.
    may_post: bool,
    /// A person may post it although it does not add up.
    may_override: bool,
    /// A person may take it back.
    may_unpost: bool,
    source: String,
    received: show::Markup,
    posted: String,
    equations: Vec<Equation>,
    plb: Vec<ShownPlb>,
    plb_net: Money,
    failing: Vec<Failing>,
    notices: Vec<Notice>,
    /// The first of them, what is open before what is done.
    exceptions: Vec<ShownException>,
    more_exceptions: bool,
    rows: Vec<DecisionRow>,
    /// Its claims are kept: it was posted.
    kept: bool,
    /// Only what a person has something to do about.
    to_do: bool,
    next: Option<i32>,
    movements: Vec<Movement>,
    debits: Money,
    credits: Money,
    deposits: Vec<deposits::Match>,
    /// What of the payment no deposit is matched to.
    unseen: Money,
    /// Scans of the paper.
    scans: Vec<Scan>,
    /// It was entered by hand, and a person may add a scan.
    may_attach: bool,
    /// A person may withdraw a scan.
    may_withdraw: bool,
}

struct Equation {
    name: &'static str,
    from: &'static str,
    less: &'static str,
    is: &'static str,
    /// Left side, what is subtracted, right side; none when they were not kept.
    numbers: Option<(Money, Money, Money)>,
    holds: bool,
    says: String,
}

struct ShownPlb {
    /// The open item that it belongs to; none of a reason that nobody knows or of a set that moved nothing.
    item: Option<ProviderAdjustmentId>,
    reason: String,
    account: String,
    effect: Money,
    source: String,
}

struct Failing {
    title: String,
    equation: String,
    from: Money,
    less: Money,
    comes_to: Money,
    says: Money,
    off_by: Money,
    offset: u64,
    source: String,
}

struct Notice {
    tone: &'static str,
    text: String,
    href: Option<String>,
}

struct ShownException {
    title: String,
    ordinal: Option<i32>,
    amount: Money,
    detail: String,
    next_step: String,
    source: Option<String>,
    resolution: Option<String>,
}

struct DecisionRow {
    ordinal: i32,
    number: String,
    claim: Option<ClaimId>,
    patient: String,
    pill: Pill,
    charged: Money,
    adjusted: Money,
    patient_responsibility: Money,
    paid: Money,
    source: String,
    codes: Vec<Chip>,
    rule: Option<&'static str>,
    outcome: String,
    below_contract: Option<Money>,
}

/// `GET /remittances/{id}`
pub async fn detail(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<RemittanceId>,
    asked: Query<DetailQuery>,
) -> Result<HttpResponse> {
    let (record, mut exceptions, (mut decisions, below, waits), movements, (deposits, scans), zone) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            let decisions = remits::decisions(tx, *id, asked.view, asked.after, CLAIMS_A_PAGE + 1).await?;
            let shown: Vec<RemitClaimId> = decisions.iter().map(|decision| decision.id).collect();
            let below = underpayments::below_contract(tx, &shown).await?;
            let record = remits::record(tx, *id).await?;
            let waits = match record.item.exceptions_open {
                0 => HashMap::new(),
                _ => remits::waiting_for(tx, *id, &shown).await?,
            };
            Ok((
                record,
                remits::exceptions_of(tx, *id, Some(EXCEPTIONS_SHOWN + 1)).await?,
                (decisions, below, waits),
                totals::movements(tx, *id).await?,
                (deposits::of_remittance(tx, *id).await?, scans::of_remittance(tx, *id).await?),
                organizations::current(tx).await?.time_zone,
            ))
        })
        .await?;
    let a_page = usize::try_from(CLAIMS_A_PAGE).map_err(anyhow::Error::from)?;
    let more = decisions.len() > a_page;
    decisions.truncate(a_page);
    let next = decisions.last().filter(|_| more).map(|decision| decision.ordinal);
    let head = &record.item;
    let on = head.paid_on.unwrap_or_else(|| app.clock.today(zone));
    let codes = app.codes();
    let shown = usize::try_from(EXCEPTIONS_SHOWN).map_err(anyhow::Error::from)?;
    let more_exceptions = exceptions.len() > shown;
    exceptions.truncate(shown);
    page(&DetailPage {
        chrome,
        pill: if head.ready { READY } else { state_pill(head.state) },
        may_retry: head.state == State::Held && !head.ready && caller.may(Permission::PostRemittances),
        may_post: (head.ready || head.state == State::Unposted) && caller.may(Permission::PostRemittances),
        may_unpost: matches!(head.state, State::Posted | State::PartlyPosted)
            && caller.may(Permission::ManagePosting),
        may_override: head.state == State::Held
            && !head.ready
            && record.why.iter().all(Why::may_be_overridden)
            && caller.may(Permission::ManagePosting),
        source: link(head.file, record.bytes, Some("BPR")),
        received: show::moment(head.received_at, zone),
        posted: head.posted_at.map_or_else(
            || "moved no money".to_owned(),
            |at| format!("posted {}", at.with_timezone(&zone).format("%m/%d/%Y %H:%M")),
        ),
        equations: equations(&record),
        plb_net: -record.provider_adjustments.iter().map(|item| item.amount).sum::<Money>(),
        plb: record.provider_adjustments.iter().map(|item| shown_plb(head, item)).collect(),
        failing: record.why.iter().filter_map(|why| failing(head, why)).collect(),
        notices: notices(&record),
        more_exceptions,
        exceptions: exceptions.iter().map(|x| shown_exception(head, x)).collect(),
        rows: decisions
            .iter()
            .map(|d| {
                decision_row(&codes, on, d, waits.get(&d.id).map(String::as_str), below.get(&d.id).copied())
            })
            .collect(),
        kept: is_kept(head),
        to_do: asked.view == Which::ToDo,
        next,
        debits: movements.iter().map(|m| m.debits).sum(),
        credits: movements.iter().map(|m| m.credits).sum(),
        movements,
        unseen: record.item.paid - deposits.iter().map(|found| found.amount).sum::<Money>(),
        deposits,
        scans,
        may_attach: head.entered && caller.may(Permission::PostRemittances),
        may_withdraw: caller.may(Permission::ManagePosting),
        record,
    })
}

/// The claims of a set that moved nothing are not kept.
fn is_kept(head: &RemittanceItem) -> bool {
    match head.state {
        State::Posted | State::PartlyPosted | State::Unposted => true,
        State::Held | State::Duplicate => false,
    }
}

/// The three equations of the guide (X221 1.10.2.1) with the numbers of this remittance. The
/// claims of a held one are not kept, so its first two show only what fails.
fn equations(record: &RemittanceRecord) -> Vec<Equation> {
    let head = &record.item;
    let kept = is_kept(head) || head.claims == 0;
    let at_level = |sides: &remits::Equation, name, less, words: &str, of: i32| {
        let is = |why: &&Why| matches!(why, Why::NotBalanced(imbalance) if imbalance.level == sides.level);
        let failing = record.why.iter().filter(is).count();
        Equation {
            name,
            from: "Charged",
            less,
            is: "Paid",
            numbers: kept.then_some((sides.from, sides.less, sides.says)),
            holds: failing == 0 && (!kept || sides.holds),
            says: match (kept, failing) {
                (true, 0) => format!("{words} in {of} of {of}"),
                (false, 0) => format!("{words}: none fails; the set is {}", head.state.as_str()),
                (_, failing) => format!("{words}: fails {failing} times"),
            },
        }
    };
    let paid = &record.equation;
    vec![
        at_level(&record.services_equation, "Services", "Line CAS", "SVC02 − CAS = SVC03", record.services),
        at_level(&record.claims_equation, "Claims", "All CAS", "CLP03 − CAS = CLP04", head.claims),
        Equation {
            name: "Payment",
            from: "Claims",
            less: "PLB net",
            is: "Payment",
            numbers: Some((paid.from, paid.less, paid.says)),
            holds: paid.holds,
            says: "CLP04 − PLB = BPR02".into(),
        },
    ]
}

fn shown_plb(head: &RemittanceItem, item: &ProviderAdjustmentRecord) -> ShownPlb {
    let account = plb::account(&item.reason).map_or("waits in suspense", |account| account.default_name());
    let reference = item.reference.as_deref().map(|reference| format!(", {reference}")).unwrap_or_default();
    let is_posted = matches!(head.state, State::Posted | State::PartlyPosted);
    ShownPlb {
        item: (is_posted && plb::account(&item.reason).is_some()).then_some(item.id),
        reason: item.reason.clone(),
        account: format!("{account}{reference}"),
        effect: -item.amount,
        source: link(head.file, item.bytes, None),
    }
}

fn failing(head: &RemittanceItem, why: &Why) -> Option<Failing> {
    let Why::NotBalanced(imbalance) = why else { return None };
    let Imbalance { level, claim, line, equation, from, less, says, bytes } = imbalance.clone();
    let claim = claim.map(|claim| format!("claim {claim}")).unwrap_or_default();
    Some(Failing {
        title: match level {
            Level::Service => format!("Service {} of {claim}", line.unwrap_or_default()),
            Level::Claim => format!("Equation of {claim}"),
            Level::Transaction => "The payment".into(),
        },
        equation,
        from,
        less,
        comes_to: from - less,
        says,
        off_by: imbalance.off_by(),
        offset: bytes.first,
        source: link(head.file, bytes, None),
    })
}

fn notices(record: &RemittanceRecord) -> Vec<Notice> {
    let file = record.item.file;
    let whys = record.why.iter().filter_map(|why| {
        let href = match why {
            Why::NotBalanced(_) => return None,
            Why::NegativePayment { bytes, .. }
            | Why::Debit { bytes, .. }
            | Why::AnotherPayee { bytes, .. }
            | Why::UnnamedPayee { bytes } => Some(link(file, *bytes, None)),
            Why::Unreadable(fault) => Some(format!("/files/{}?from={}#hit", file, fault.byte_offset)),
            Why::TestFile | Why::AndMore { .. } | Why::Review { .. } => None,
            Why::SameTrace { posted } | Why::Duplicate { posted } => Some(format!("/remittances/{posted}")),
        };
        let tone = if matches!(why, Why::Review { .. }) { "info" } else { "bad" };
        Some(Notice { tone, text: why.to_string(), href })
    });
    let warnings = record.warnings.iter().map(|warning| Notice {
        tone: "warn",
        text: warning.to_string(),
        href: Some(link(file, warning.bytes, None)),
    });
    whys.chain(warnings).collect()
}

fn shown_exception(head: &RemittanceItem, x: &ExceptionRecord) -> ShownException {
    let mut title = x.kind.replace('_', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    ShownException {
        title,
        ordinal: x.ordinal,
        amount: x.amount,
        detail: x.detail.clone(),
        next_step: x.next_step.clone(),
        source: x.bytes.map(|bytes| link(head.file, bytes, None)),
        resolution: x.resolution.clone(),
    }
}

fn decision_row(
    codes: &Codes,
    on: NaiveDate,
    d: &DecisionRecord,
    waits: Option<&str>,
    below_contract: Option<Money>,
) -> DecisionRow {
    let of_claim = chips(codes, on, d.file, d.bytes, &d.adjustments, &d.remarks);
    let of_lines = d
        .lines
        .iter()
        .flat_map(|line| chips(codes, on, d.file, line.bytes, &line.adjustments, &line.remarks));
    DecisionRow {
        ordinal: d.ordinal,
        number: d.patient_control_number.clone(),
        claim: d.claim,
        patient: d.patient.as_ref().map_or_else(|| "–".to_owned(), |name| name.expose().clone()),
        pill: decision_pill(&d.status),
        charged: d.charged,
        adjusted: d.equation.less,
        patient_responsibility: d.patient_responsibility,
        paid: d.paid,
        source: link(d.file, d.bytes, Some(&format!("CLP*{}", d.patient_control_number))),
        codes: of_claim.into_iter().chain(of_lines).collect(),
        rule: d.match_rule.as_deref().map(|rule| match rule {
            "control_number" => "Control no.",
            "payer_control_number" => "Payer control no.",
            "member_dates_charge" => "Member, dates, charge",
            "person" => "A person",
            _ => "Another rule",
        }),
        outcome: match (d.reversed_by.is_some(), d.posted, waits) {
            (true, ..) => "Taken back since".into(),
            (_, _, Some(kind)) => format!("Waits: {}", kind.replace('_', " ")),
            (_, true, _) => "Posted".into(),
            (_, false, _) => "Not posted".into(),
        },
        below_contract,
    }
}

// ---- writes ----

/// `POST /remittances/{id}/retry`
pub async fn retry(
    app: App,
    caller: Caller,
    id: Path<RemittanceId>,
    write: Keyed<Form<Nothing>>,
) -> Result<HttpResponse> {
    let said = match write.key.given::<String>(&app, &caller).await? {
        Some(given) => given.answer.body,
        None => {
            let codes = app.codes();
            let how = How { clock: &app.clock, codes: &codes, mode: None };
            let (set, _) = journey::retry_remittance(&app.db, &caller.actor, how, *id).await?;
            said(&app, &caller, &write.key, *id, &set).await?
        }
    };
    Ok(done(&format!("/remittances/{id}"), &said))
}

/// `POST /remittances/{id}/post`
pub async fn post_reviewed(
    app: App,
    caller: Caller,
    id: Path<RemittanceId>,
    write: Keyed<Form<Nothing>>,
) -> Result<HttpResponse> {
    approved(&app, &caller, *id, &write.key, &Approval::Reviewed).await
}

/// Why a held set is posted all the same, a posted one taken back, or a scan withdrawn.
#[derive(Debug, Deserialize)]
pub struct ReasonForm {
    pub(super) reason: String,
}

/// `POST /remittances/{id}/override`
pub async fn override_held(
    app: App,
    caller: Caller,
    id: Path<RemittanceId>,
    write: Keyed<Form<ReasonForm>>,
) -> Result<HttpResponse> {
    let approval = Approval::Override { reason: write.body.reason.clone() };
    approved(&app, &caller, *id, &write.key, &approval).await
}

async fn approved(
    app: &App,
    caller: &Caller,
    id: RemittanceId,
    key: &IdempotencyKey,
    approval: &Approval,
) -> Result<HttpResponse> {
    if let Some(given) = key.given::<String>(app, caller).await? {
        return Ok(done(&format!("/remittances/{id}"), &given.answer.body));
    }
    let codes = app.codes();
    let how = How { clock: &app.clock, codes: &codes, mode: None };
    let (set, _) = journey::approve_remittance(&app.db, &caller.actor, how, id, approval).await?;
    let said = said(app, caller, key, id, &set).await?;
    // A set that was taken back and is posted again is a remittance of its own.
    Ok(done(&format!("/remittances/{}", set.remittance), &said))
}

/// `POST /remittances/{id}/unpost`
pub async fn unpost(
    app: App,
    caller: Caller,
    id: Path<RemittanceId>,
    write: Keyed<Form<ReasonForm>>,
) -> Result<HttpResponse> {
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let unposted = journey::unpost_remittance(tx, &app.clock, *id, &write.body.reason).await?;
            Ok(Answer { status: 303, body: format!("Taken back: {} entries are reversed", unposted.entries) })
        })
        .await?;
    Ok(done(&format!("/remittances/{id}"), &once.answer.body))
}

/// What is said of a set that was looked at again. It is posted once, in a transaction of its own: the
/// key only remembers what was said.
async fn said(
    app: &App,
    caller: &Caller,
    key: &IdempotencyKey,
    id: RemittanceId,
    set: &SetReport,
) -> Result<String> {
    let word = state_pill(set.outcome).word;
    let body = match set.outcome {
        State::Held => format!("{word} still: {} reasons stop it", set.why.len()),
        State::Posted | State::PartlyPosted | State::Duplicate | State::Unposted => word.to_owned(),
    };
    let once = key
        .once(app, caller, async |tx| {
            tx.audit("remits/retry", id, None, Value::Object(Default::default())).await?;
            Ok(Answer { status: 303, body })
        })
        .await?;
    Ok(once.answer.body)
}

// ---- posting rules ----

#[derive(Template)]
#[template(path = "remits/rules.html")]
struct RulesPage {
    chrome: Chrome,
    rows: Vec<RuleRow>,
}

struct RuleRow {
    payer: PayerId,
    name: String,
    mode: Mode,
    cares: Vec<(Care, bool)>,
}

/// `GET /remittances/rules`: what of each payer's remittances is posted without a person's look.
pub async fn rules(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    let (payers, rules) = app
        .db
        .snapshot(&caller.actor, async |tx| Ok((payers::list(tx).await?, remits::rules::all(tx).await?)))
        .await?;
    let rules: HashMap<PayerId, PostingRule> = rules.into_iter().collect();
    let rows = payers
        .into_iter()
        .map(|payer| {
            let rule = rules.get(&payer.id).cloned().unwrap_or_default();
            let cares = Care::ALL.map(|care| (care, rule.allows.contains(&care))).to_vec();
            RuleRow { payer: payer.id, name: payer.name, mode: rule.mode, cares }
        })
        .collect();
    page(&RulesPage { chrome, rows })
}

/// A payer's rule as the form says it: a box that is not ticked is not sent.
#[derive(Debug, Deserialize)]
pub struct RuleForm {
    payer: String,
    mode: String,
    #[serde(flatten)]
    allows: HashMap<String, String>,
}

/// `POST /remittances/rules`
pub async fn set_rule(app: App, caller: Caller, write: Keyed<Form<RuleForm>>) -> Result<HttpResponse> {
    let form = &write.body;
    // An empty field names no payer, which is refused, and the strictest mode.
    let payer: PayerId = field("payer", Some(&form.payer))?.unwrap_or_else(PayerId::new);
    let mode = field("mode", Some(&form.mode))?.unwrap_or(Mode::Review);
    let allows = Care::ALL.into_iter().filter(|care| form.allows.contains_key(care.as_str())).collect();
    let rule = PostingRule { mode, allows };
    write
        .key
        .once(&app, &caller, async |tx| {
            remits::rules::set(tx, payer, &rule).await?;
            Ok(Answer { status: 303, body: String::new() })
        })
        .await?;
    Ok(done("/remittances/rules", "The rule is kept"))
}
