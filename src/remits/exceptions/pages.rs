//! The exceptions queue: the list, and one item with theirs and ours, the choices and the journal that
//! the chosen one makes. The keyboard is enough: J and K move, Enter opens, a number chooses, P posts.

use actix_web::HttpResponse;
use actix_web::web::{Form, Path, Query};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use crate::access::Permission;
use crate::claims::{self, Wanted};
use crate::codes::Codes;
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::exchange::pages::link;
use crate::journey;
use crate::registry::organizations;
use crate::remits::exceptions::action::{ASSIGNABLE, TREATABLE};
use crate::remits::exceptions::{
    self, Action, ActionKind, Asked, CandidateDecision, CandidateRecord, Chosen, ExceptionDetail,
    ExceptionItem, ExceptionKind, Fact, Journal, OurRecord,
};
use crate::remits::model::ClaimStatus;
use crate::remits::pages::{Chip, chips};
use crate::remits::{DecisionRecord, Equation, ProviderAdjustmentRecord};
use crate::types::{self, ClaimId, Error, Money, Refusal, RemitExceptionId, RemittanceId};
use crate::web::{self, App, Caller, Chrome, Keyed, Page, Paging, Result, done, page, show};

/// What of the queue is asked for, and which action is looked at.
#[derive(Clone, Debug, Deserialize)]
pub struct QueueQuery {
    #[serde(rename = "type")]
    kind: Option<String>,
    remittance: Option<String>,
    after: Option<String>,
    limit: Option<i64>,
    action: Option<String>,
    claim: Option<String>,
    decision: Option<String>,
    account: Option<String>,
    status: Option<String>,
}

/// A form that confirms an action, and where in the queue the person stands.
#[derive(Debug, Deserialize)]
pub struct Confirmed {
    #[serde(rename = "type")]
    kind: Option<String>,
    remittance: Option<String>,
    after: Option<String>,
    action: String,
    claim: Option<String>,
    decision: Option<String>,
    account: Option<String>,
    status: Option<String>,
}

#[derive(Template)]
#[template(path = "remits/exceptions/queue.html")]
struct QueuePage {
    chrome: Chrome,
    count: i64,
    tabs: Vec<Tab>,
    items: Vec<Listed>,
    next: Option<String>,
    item: Option<Item>,
    here: Here,
}

struct Tab {
    href: String,
    label: &'static str,
    count: i64,
    current: bool,
}

struct Listed {
    href: String,
    current: bool,
    label: &'static str,
    number: String,
    payer: String,
    amount: Money,
}

struct Item {
    id: RemitExceptionId,
    label: &'static str,
    amount: Money,
    detail: String,
    next_step: String,
    remittance: RemittanceId,
    payer: String,
    trace: String,
    paid_on: Option<NaiveDate>,
    number: Option<String>,
    source: Option<String>,
    resolution: Option<String>,
    theirs: Option<Theirs>,
    plb: Option<ProviderAdjustmentRecord>,
    ours: Option<OurRecord>,
    choices: Vec<Choice>,
    names_a_claim: bool,
    /// The number under which the person looked for a claim in vain, and why.
    no_claim: Option<(String, &'static str)>,
    chosen: Option<Shown>,
    may_post: bool,
}

/// What the payer says.
struct Theirs {
    status: String,
    patient: String,
    charged: Money,
    paid: Money,
    codes: Vec<Chip>,
    lines: Vec<TheirLine>,
    equations: Vec<Equation>,
}

struct TheirLine {
    line_no: i16,
    procedure: String,
    on: Option<NaiveDate>,
    charged: Money,
    paid: Money,
    source: String,
    codes: Vec<Chip>,
}

/// One of the choices, under its number.
struct Choice {
    key: usize,
    href: String,
    label: String,
    who: String,
    agrees: Vec<Fact>,
    differs: Vec<Fact>,
    score: Option<i16>,
    word: &'static str,
    current: bool,
}

/// The action that is looked at: its journal, or why it cannot be.
struct Shown {
    word: &'static str,
    form: Chosen,
    journal: std::result::Result<Journal, Box<Refusal>>,
}

/// `GET /exceptions`: the queue with its first item.
pub async fn queue(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: Query<QueueQuery>,
) -> Result<HttpResponse> {
    shown(app, caller, chrome, asked.into_inner(), None).await
}

/// `GET /exceptions/{id}`: the queue with that item, and what the chosen action would post.
pub async fn item(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<RemitExceptionId>,
    asked: Query<QueueQuery>,
) -> Result<HttpResponse> {
    shown(app, caller, chrome, asked.into_inner(), Some(*id)).await
}

async fn shown(
    app: App,
    caller: Caller,
    chrome: Chrome,
    mut asked: QueueQuery,
    id: Option<RemitExceptionId>,
) -> Result<HttpResponse> {
    let here = Here::read(asked.kind.as_deref(), asked.remittance.as_deref(), asked.after.as_deref())?;
    let paging = Paging { after: asked.after.clone(), limit: asked.limit };
    let after = paging.after::<RemitExceptionId>()?;
    let now = app.clock.now();
    let (counts, items, chosen, zone) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            let counts = exceptions::count_by_kind(tx, here.of.remittance).await?;
            let items = exceptions::queue(tx, here.of, after, paging.limit() + 1).await?;
            let chosen = match id.or_else(|| items.first().map(|item| item.id)) {
                Some(id) => {
                    let detail = exceptions::detail(tx, id).await?;
                    let no_claim = asked.find_claim(tx).await?;
                    let journal = match action(&asked, &detail) {
                        Some(action) => match exceptions::preview(tx, now, id, &action).await {
                            Ok(journal) => Some((action, Ok(journal))),
                            Err(Error::Refused(why)) => Some((action, Err(why))),
                            Err(fault) => return Err(fault),
                        },
                        None => None,
                    };
                    Some((detail, journal, no_claim))
                }
                None => None,
            };
            Ok((counts, items, chosen, organizations::current(tx).await?.time_zone))
        })
        .await?;
    let current = chosen.as_ref().map(|(detail, ..)| detail.item.id);
    let found = Page::of(items, &paging, |item| item.id)?.map(|item| listed(&item, &here, current));
    let may_post = caller.may(Permission::PostRemittances);
    let today = app.clock.today(zone);
    page(&QueuePage {
        chrome,
        count: counts.iter().map(|(_, count)| count).sum(),
        tabs: tabs(&counts, &here),
        items: found.items,
        next: found.next.map(|next| Here { of: here.of, after: Some(next) }.address("/exceptions", &[])),
        item: chosen.map(|(detail, journal, no_claim)| Item {
            no_claim,
            ..shown_item(&app.codes(), &here, detail, journal, may_post, today)
        }),
        here,
    })
}

impl QueueQuery {
    /// A claim may be named by what stands on paper: the number that was sent, or the payer's own. It is replaced by
    /// the claim's id; where that cannot be told, by nothing, and the number is given back with the reason.
    async fn find_claim(&mut self, tx: &mut Tx) -> types::Result<Option<(String, &'static str)>> {
        let Some(number) = self.claim.take_if(|named| named.parse::<ClaimId>().is_err()) else {
            return Ok(None);
        };
        let wanted = Wanted { number: Some(&number), ..Wanted::default() };
        let found = claims::worklist(tx, wanted, None, 2).await?;
        match found.as_slice() {
            [claim] => {
                self.claim = Some(claim.id.to_string());
                Ok(None)
            }
            [] => Ok(Some((
                number,
                "No claim was sent, or decided by its payer, under a number that begins so",
            ))),
            _ => Ok(Some((number, "Several claims have numbers that begin so: write more of it"))),
        }
    }
}

/// Where in the queue the person stands: what every link and every form of the page keeps.
struct Here {
    of: Asked,
    after: Option<String>,
}

impl Here {
    fn read(kind: Option<&str>, remittance: Option<&str>, after: Option<&str>) -> Result<Here> {
        let of = Asked {
            kind: kind.and_then(ExceptionKind::from_name),
            remittance: web::field("remittance", remittance)?,
        };
        Ok(Here { of, after: after.map(str::to_owned) })
    }

    /// Its parameters that are set.
    fn kept(&self) -> Vec<(&'static str, String)> {
        let kind = self.of.kind.map(|kind| kind.as_str().to_owned());
        let remittance = self.of.remittance.map(|id| id.to_string());
        let parts = [("type", kind), ("remittance", remittance), ("after", self.after.clone())];
        parts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    fn address(&self, path: &str, more: &[(&str, &str)]) -> String {
        let kept = self.kept();
        let kept = kept.iter().map(|(name, value)| (*name, value.as_str()));
        let all: Vec<String> =
            kept.chain(more.iter().copied()).map(|(name, value)| format!("{name}={value}")).collect();
        if all.is_empty() { path.to_owned() } else { format!("{path}?{}", all.join("&")) }
    }
}

fn tabs(counts: &[(ExceptionKind, i64)], here: &Here) -> Vec<Tab> {
    let tab = |kind: Option<ExceptionKind>, count| Tab {
        href: Here { of: Asked { kind, ..here.of }, after: None }.address("/exceptions", &[]),
        label: kind.map_or("All", ExceptionKind::label),
        count,
        current: here.of.kind == kind,
    };
    let all = tab(None, counts.iter().map(|(_, count)| count).sum());
    std::iter::once(all).chain(counts.iter().map(|(kind, count)| tab(Some(*kind), *count))).collect()
}

/// The action that is looked at: the one that was asked for, else the first choice, when choosing it
/// takes nothing more.
fn action(asked: &QueueQuery, detail: &ExceptionDetail) -> Option<Action> {
    if let Some(name) = &asked.action {
        let chosen = Chosen {
            action: name.clone(),
            claim: asked.claim.clone(),
            decision: asked.decision.clone(),
            account: asked.account.clone(),
            status: asked.status.clone(),
        };
        return chosen.read().ok();
    }
    actions(detail)
        .into_iter()
        .next()
        .filter(|action| !matches!(action.kind(), ActionKind::Assign | ActionKind::TreatAs))
}

/// Every choice in order: what fixes it for each candidate, then the others.
fn actions(detail: &ExceptionDetail) -> Vec<Action> {
    let mut all = vec![];
    for kind in &detail.actions {
        let candidates = || detail.candidates.iter();
        match kind {
            ActionKind::Match => {
                all.extend(candidates().map(|one| Action::Match { claim: one.claim.claim }));
            }
            ActionKind::TakeBack => {
                let returned = detail.returned.iter().map(|one| one.decision.id);
                let decided = candidates().filter_map(|one| Some(one.decision.as_ref()?.id));
                all.extend(returned.chain(decided).map(|decision| Action::TakeBack { decision }));
            }
            ActionKind::Assign => all.extend(ASSIGNABLE.map(|account| Action::Assign { account })),
            ActionKind::TreatAs => all.extend(TREATABLE.map(|status| Action::TreatAs { status })),
            ActionKind::ReturnToPayer => all.push(Action::ReturnToPayer),
            ActionKind::Refund => all.push(Action::Refund),
            ActionKind::CreditPatient => all.push(Action::CreditPatient),
            ActionKind::AskNextPayer => all.push(Action::AskNextPayer),
            ActionKind::Read => all.push(Action::Read),
        }
    }
    all.dedup();
    all
}

fn listed(item: &ExceptionItem, here: &Here, current: Option<RemitExceptionId>) -> Listed {
    Listed {
        href: here.address(&format!("/exceptions/{}", item.id), &[]),
        current: current == Some(item.id),
        label: item.kind.label(),
        number: item.patient_control_number.clone().unwrap_or_else(|| item.trace_number.clone()),
        payer: item.payer_name.clone(),
        amount: item.amount,
    }
}

fn shown_item(
    codes: &Codes,
    here: &Here,
    detail: ExceptionDetail,
    journal: Option<(Action, std::result::Result<Journal, Box<Refusal>>)>,
    may_post: bool,
    today: NaiveDate,
) -> Item {
    let looked_at = journal.as_ref().map(|(action, _)| action);
    let choices = (1..)
        .zip(actions(&detail))
        .map(|(key, action)| choice(key, here, &detail, &action, looked_at == Some(&action)))
        .collect();
    let on = detail.item.paid_on.unwrap_or(today);
    // The claim that was matched, else the one that is looked at.
    let ours = detail.ours.clone().or_else(|| match looked_at {
        Some(Action::Match { claim }) => candidate_of(&detail, |one| one.claim.claim == *claim),
        _ => None,
    });
    let item = &detail.item;
    Item {
        id: item.id,
        label: item.kind.label(),
        amount: item.amount,
        detail: item.detail.clone(),
        next_step: item.next_step.clone(),
        remittance: item.remittance,
        payer: item.payer_name.clone(),
        trace: item.trace_number.clone(),
        paid_on: item.paid_on,
        number: item.patient_control_number.clone(),
        source: item.bytes.map(|bytes| link(item.file, bytes, None)),
        resolution: item.resolution.clone(),
        theirs: detail.theirs.as_ref().map(|theirs| shown_theirs(codes, on, theirs)),
        plb: detail.provider_adjustment.clone(),
        ours,
        choices,
        names_a_claim: detail.actions.contains(&ActionKind::Match),
        no_claim: None,
        chosen: journal.map(|(action, journal)| Shown {
            word: action.kind().label(),
            form: action.chosen(),
            journal,
        }),
        may_post,
    }
}

fn candidate_of(detail: &ExceptionDetail, is: impl Fn(&CandidateRecord) -> bool) -> Option<OurRecord> {
    detail.candidates.iter().find(|one| is(one)).map(|one| one.claim.clone())
}

fn choice(key: usize, here: &Here, detail: &ExceptionDetail, action: &Action, current: bool) -> Choice {
    let chosen = action.chosen();
    let parts = [
        ("claim", &chosen.claim),
        ("decision", &chosen.decision),
        ("account", &chosen.account),
        ("status", &chosen.status),
    ];
    let parts = parts.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let more: Vec<(&str, &str)> = std::iter::once(("action", chosen.action.as_str())).chain(parts).collect();
    let href = here.address(&format!("/exceptions/{}", detail.item.id), &more);
    let found = detail.candidates.iter().find(|one| match action {
        Action::Match { claim } => one.claim.claim == *claim,
        Action::TakeBack { decision } => one.decision.as_ref().is_some_and(|of| of.id == *decision),
        _ => false,
    });
    let blank = Choice {
        key,
        href,
        label: String::new(),
        who: String::new(),
        agrees: vec![],
        differs: vec![],
        score: None,
        word: action.kind().label(),
        current,
    };
    match (action, found) {
        (_, Some(one)) => Choice {
            label: one.claim.control_number.clone().unwrap_or_else(|| "not sent".into()),
            who: match &one.decision {
                Some(decision) => format!(
                    "{}, paid {} by {}",
                    one.claim.patient.expose(),
                    decision.paid,
                    decision.trace_number
                ),
                None => one.claim.patient.expose().clone(),
            },
            agrees: one.agrees.clone(),
            differs: one.differs.clone(),
            score: Some(one.score),
            ..blank
        },
        (Action::TakeBack { decision }, None) => {
            let found = detail.returned.iter().find(|one| one.decision.id == *decision);
            let sent = if found.is_some_and(|one| one.is_sent) { "sent" } else { "not sent yet" };
            let of = |one: &CandidateDecision| {
                (one.trace_number.clone(), format!("{}, owed back, {sent}", one.paid))
            };
            let (label, who) = found.map(|one| of(&one.decision)).unwrap_or_default();
            Choice { label, who, ..blank }
        }
        (Action::Assign { account }, None) => Choice { label: account.default_name().into(), ..blank },
        (Action::TreatAs { status }, None) => Choice { label: status_in_words(status), ..blank },
        (_, None) => Choice { label: action.kind().label().into(), ..blank },
    }
}

/// CLP02 with its word: `22 Reversal`.
fn status_in_words(status: &ClaimStatus) -> String {
    format!("{} {}", status.code(), crate::remits::pages::decision_pill(status).word)
}

fn shown_theirs(codes: &Codes, on: NaiveDate, theirs: &DecisionRecord) -> Theirs {
    let line = |line: &crate::remits::LineRecord| TheirLine {
        line_no: line.line_no,
        procedure: std::iter::once(&line.procedure)
            .chain(&line.modifiers)
            .cloned()
            .collect::<Vec<_>>()
            .join("-"),
        on: line.service_on,
        charged: line.charged,
        paid: line.paid,
        source: link(theirs.file, line.bytes, None),
        codes: chips(codes, on, theirs.file, line.bytes, &line.adjustments, &line.remarks),
    };
    Theirs {
        status: status_in_words(&theirs.status),
        patient: theirs.patient.as_ref().map_or_else(|| "–".to_owned(), |name| name.expose().clone()),
        charged: theirs.charged,
        paid: theirs.paid,
        codes: chips(codes, on, theirs.file, theirs.bytes, &theirs.adjustments, &theirs.remarks),
        lines: theirs.lines.iter().map(line).collect(),
        equations: vec![theirs.equation.clone()],
    }
}

/// `POST /exceptions/{id}`
pub async fn resolve(
    app: App,
    caller: Caller,
    id: Path<RemitExceptionId>,
    write: Keyed<Form<Confirmed>>,
) -> Result<HttpResponse> {
    let Confirmed { kind, remittance, after, action, claim, decision, account, status } = &*write.body;
    let here = Here::read(kind.as_deref(), remittance.as_deref(), after.as_deref())?;
    let chosen = Chosen {
        action: action.clone(),
        claim: claim.clone(),
        decision: decision.clone(),
        account: account.clone(),
        status: status.clone(),
    };
    let action = chosen.read()?;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let (resolved, _) = journey::resolve_exception(tx, &app.clock, *id, &action).await?;
            Ok(Answer { status: 303, body: resolved.resolution })
        })
        .await?;
    Ok(done(&here.address("/exceptions", &[]), &format!("Resolved: {}", once.answer.body)))
}
