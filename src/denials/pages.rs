//! The denials queue: the list by priority, and one item beside it.

use actix_web::HttpResponse;
use actix_web::web::{Path, Query};
use askama::Template;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::claims::pages::Pill;
use crate::codes::Codes;
use crate::denials::{self, After, Category, WorkItem};
use crate::exchange::pages::link;
use crate::registry::organizations;
use crate::remits::pages::label;
use crate::types::{Bytes, ClaimId, CodeTable, DenialId, Money, RemittanceId};
use crate::web::{App, Caller, Chrome, Page, Paging, Result, page, show};

/// What of the queue is asked for.
#[derive(Debug, Deserialize)]
pub struct QueueQuery {
    after: Option<String>,
    limit: Option<i64>,
}

#[derive(Template)]
#[template(path = "denials/queue.html")]
struct QueuePage {
    chrome: Chrome,
    count: i64,
    at_stake: Money,
    items: Vec<Listed>,
    next: Option<String>,
    item: Option<Item>,
}

struct Listed {
    href: String,
    current: bool,
    patient: String,
    amount: Money,
    code: String,
    payer: String,
    tone: &'static str,
    days: i64,
    priority: Money,
}

struct Item {
    name: String,
    claim: ClaimId,
    line: Option<i16>,
    patient: String,
    payer: String,
    service_from: Option<NaiveDate>,
    procedure: Option<String>,
    remittance: RemittanceId,
    paid_on: Option<NaiveDate>,
    pill: Pill,
    amount: Money,
    category: &'static str,
    days_words: String,
    appeal_by: NaiveDate,
    priority: Money,
    expected: Money,
    percent: Decimal,
    rate: Decimal,
    urgency: Decimal,
    code: String,
    reason: String,
    group: &'static str,
    group_title: String,
    remarks: Vec<Remark>,
    source: String,
    bytes: Bytes,
    why: String,
    opened_on: NaiveDate,
    advice: &'static str,
}

struct Remark {
    code: String,
    title: String,
}

/// `GET /denials`: the queue with its first item.
pub async fn queue(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: Query<QueueQuery>,
) -> Result<HttpResponse> {
    shown(app, caller, chrome, asked.into_inner(), None).await
}

/// `GET /denials/{id}`: the queue with that item.
pub async fn item(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<DenialId>,
    asked: Query<QueueQuery>,
) -> Result<HttpResponse> {
    shown(app, caller, chrome, asked.into_inner(), Some(*id)).await
}

async fn shown(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: QueueQuery,
    id: Option<DenialId>,
) -> Result<HttpResponse> {
    let here = asked.after.as_ref().map(|after| format!("?after={after}")).unwrap_or_default();
    let paging = Paging { after: asked.after, limit: asked.limit };
    let after = paging.after::<(Money, DenialId)>()?.map(|(priority, id)| After { priority, id });
    let (totals, items, chosen, zone) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            let totals = denials::totals(tx).await?;
            let items = denials::items(tx, after, paging.limit() + 1).await?;
            let chosen = match id {
                Some(id) => Some(denials::item(tx, id).await?),
                None => items.first().cloned(),
            };
            Ok((totals, items, chosen, organizations::current(tx).await?.time_zone))
        })
        .await?;
    let today = app.clock.today(zone);
    let current = chosen.as_ref().map(|item| item.id);
    let found = Page::of(items, &paging, |item| (item.priority, item.id))?
        .map(|item| listed(&item, &here, current, today));
    page(&QueuePage {
        chrome,
        count: totals.iter().map(|(_, count, _)| count).sum(),
        at_stake: totals.iter().map(|(.., amount)| *amount).sum(),
        items: found.items,
        next: found.next.map(|next| format!("/denials?after={next}")),
        item: chosen.map(|item| shown_item(&app.codes(), item, today)),
    })
}

fn listed(item: &WorkItem, here: &str, current: Option<DenialId>, today: NaiveDate) -> Listed {
    let days = (item.appeal_by - today).num_days();
    Listed {
        href: format!("/denials/{}{here}", item.id),
        current: current == Some(item.id),
        patient: item.patient.expose().to_string(),
        amount: item.amount,
        code: format!("{}-{}", item.group, item.reason),
        payer: item.payer.clone(),
        tone: match days {
            ..=20 => "bad",
            21..=45 => "warn",
            _ => "mute",
        },
        days,
        priority: item.priority,
    }
}

fn shown_item(codes: &Codes, item: WorkItem, today: NaiveDate) -> Item {
    let on = item.paid_on.unwrap_or(item.opened_on);
    let days = (item.appeal_by - today).num_days();
    let group = item.group.code();
    let (tone, glyph, word) = match item.state.as_str() {
        "open" => ("bad", "g-denied", "Open"),
        "working" => ("warn", "g-partial", "In work"),
        "appealed" => ("alt", "g-appealed", "Appealed"),
        "recovered" => ("ok", "g-paid", "Recovered"),
        "reversed" => ("mute", "g-replaced", "Taken back by the payer"),
        _ => ("mute", "g-closed", "Closed"),
    };
    let source = link(item.file, item.bytes, Some(&format!("CAS*{group}*{}", item.reason)));
    Item {
        name: item.number.unwrap_or_else(|| item.claim.to_string()),
        claim: item.claim,
        line: item.claim_line_no,
        patient: item.patient.expose().to_string(),
        payer: item.payer,
        service_from: item.service_from,
        procedure: item.procedure,
        remittance: item.remittance,
        paid_on: item.paid_on,
        pill: Pill { tone, glyph, word },
        amount: item.amount,
        category: item.category.label(),
        days_words: match days {
            ..=-1 => format!("{} days late", -days),
            1 => "1 day".into(),
            days => format!("{days} days"),
        },
        appeal_by: item.appeal_by,
        priority: item.priority,
        expected: item.expected_recovery,
        percent: (item.overturn_rate * Decimal::ONE_HUNDRED).normalize(),
        rate: item.overturn_rate.normalize(),
        urgency: denials::urgency((item.appeal_by - item.opened_on).num_days()).round_dp(2).normalize(),
        code: format!("{group}-{}", item.reason),
        reason: label(codes, CodeTable::Carc, item.reason.as_str(), on),
        group,
        group_title: label(codes, CodeTable::Group, group, on),
        remarks: item
            .remarks
            .iter()
            .map(|remark| Remark {
                code: remark.as_str().to_owned(),
                title: label(codes, CodeTable::Rarc, remark.as_str(), on),
            })
            .collect(),
        source,
        bytes: item.bytes,
        why: item.why,
        opened_on: item.opened_on,
        advice: advice(item.category),
    }
}

/// What repairs a denial of a kind.
const fn advice(category: Category) -> &'static str {
    match category {
        Category::Eligibility => {
            "Check the coverage and the member’s data, mend the claim and send it again."
        }
        Category::Authorization => "Find the authorization; send a replacement with its number, or appeal.",
        Category::Coding => {
            "Check diagnosis, procedure and modifiers against the record; send a replacement."
        }
        Category::Billing => "The remark says what is missing or wrong: mend it and send a replacement.",
        Category::Bundling => "Check whether the services were separate; if so, add the modifier or appeal.",
        Category::Duplicate => "Find the first claim; if the services differ, appeal with the record.",
        Category::TimelyFiling => "Appeal with the acknowledgement that shows when it was first received.",
        Category::MedicalNecessity => "Appeal with the record and the policy that the payer names.",
        Category::CoordinationOfBenefits => {
            "Find out who pays first; send it there, then here with that answer."
        }
        Category::WrongPayer => "Find the right payer and send the claim there.",
        Category::Credentialing => "Check the provider’s enrollment with this payer, then ask to reprocess.",
        Category::NonCovered => {
            "Check the plan; what is the patient’s needs a notice signed before the service."
        }
        Category::MaximumReached => {
            "Check the count against our history; otherwise it is the next payer’s or patient’s."
        }
        Category::MissingDocuments => "Send the papers that the payer asks for.",
        Category::Unclassified => "Ask the payer what it needs.",
    }
}
