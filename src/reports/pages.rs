//! The dashboard, and receivables by age.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Query;
use askama::Template;
use chrono::{NaiveDate, Timelike};
use chrono_tz::Tz;

use crate::access::{Permission, trail};
use crate::claims::{self, Status};
use crate::deposits::Totals;
use crate::ledger::{self, ProofRun};
use crate::registry::organizations;
use crate::reports::api::AgingQuery;
use crate::reports::{self, Aging, BUCKETS, Dashboard, PATIENTS_COUNTED_MAX, Waiting};
use crate::types::Money;
use crate::web::{App, Caller, Chrome, Result, page, show};

#[derive(Template)]
#[template(path = "reports/dashboard.html")]
struct DashboardPage {
    chrome: Chrome,
    greeting: &'static str,
    today: NaiveDate,
    zone: Tz,
    totals: Dashboard,
    statuses: Vec<StatusRow>,
    categories: Vec<CategoryRow>,
    denied: Bar,
    needs: Vec<Need>,
    proved: Option<Verdict>,
    may_prove: bool,
}

/// The last run of the proofs.
struct Verdict {
    run: ProofRun,
    who: String,
    holding: usize,
}

/// A count and an amount; `width` is in thousandths of the longest bar beside it.
struct Bar {
    count: i64,
    amount: Money,
    width: i64,
}

struct StatusRow {
    word: String,
    href: &'static str,
    bar: Bar,
}

struct CategoryRow {
    word: String,
    bar: Bar,
}

/// Something that waits for a person.
struct Need {
    tone: &'static str,
    glyph: &'static str,
    what: String,
    why: &'static str,
    href: &'static str,
    amount: Money,
}

/// `GET /`
pub async fn dashboard(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    let now = app.clock.now();
    let shown = app.db.snapshot(&caller.actor, async |tx| {
        let zone = organizations::current(tx).await?.time_zone;
        let proved = match ledger::last_run(tx).await? {
            Some(run) => {
                let who = trail::names(tx, &[&run.actor]).await?.remove(&run.actor);
                let holding = run.proofs.iter().filter(|proof| proof.holds).count();
                let who = who.unwrap_or_else(|| run.actor.trim_start_matches("system:").to_owned());
                Some(Verdict { who, holding, run })
            }
            None => None,
        };
        Ok((zone, reports::dashboard(tx, now.with_timezone(&zone).date_naive()).await?, proved))
    });
    let (zone, totals, proved) = shown.await?;
    let largest = totals.claims.iter().map(|row| row.charged).max().unwrap_or_default();
    let statuses = totals
        .claims
        .iter()
        .map(|row| StatusRow {
            word: claims::pages::pill(row.status).word.to_owned(),
            href: list_of(row.status),
            bar: Bar { count: row.claims, amount: row.charged, width: share(row.charged, largest) },
        })
        .collect();
    let largest = totals.denials.iter().map(|(.., amount)| *amount).max().unwrap_or_default();
    let categories = totals
        .denials
        .iter()
        .map(|&(category, count, amount)| CategoryRow {
            word: show::words(category.as_str()),
            bar: Bar { count, amount, width: share(amount, largest) },
        })
        .collect();
    let denied = Bar {
        count: totals.denials.iter().map(|(_, count, _)| count).sum(),
        amount: totals.denials.iter().map(|(.., amount)| amount).sum(),
        width: 1_000,
    };
    page(&DashboardPage {
        greeting: greeting(now.with_timezone(&zone).hour()),
        today: app.clock.today(zone),
        zone,
        statuses,
        categories,
        needs: needs(&totals, &denied, proved.as_ref()),
        may_prove: caller.may(Permission::ViewLedger),
        chrome,
        totals,
        denied,
        proved,
    })
}

/// What waits for a person, the most urgent first.
fn needs(totals: &Dashboard, denied: &Bar, proved: Option<&Verdict>) -> Vec<Need> {
    let mut needs = vec![];
    let broken = proved.map_or(0, |proved| proved.run.proofs.len() - proved.holding);
    if broken > 0 {
        needs.push(Need {
            tone: "bad",
            glyph: "i-stop",
            what: format!("{broken} proofs of the books do not hold"),
            why: "Post nothing before it is understood",
            href: "#proofs",
            amount: Money::ZERO,
        });
    }
    let mut add = |count: i64, one: &str, many: &str, need: Need| {
        if count > 0 {
            let what = if count == 1 { one.to_owned() } else { format!("{} {many}", show::count(count)) };
            needs.push(Need { what, ..need });
        }
    };
    let need = |tone, glyph, why, href, amount| Need { tone, glyph, what: String::new(), why, href, amount };
    let Waiting { held_remittances, exceptions, underpayments, credits, refunds, unapplied, dead_jobs, bank } =
        &totals.waiting;
    let (held, paid) = *held_remittances;
    let why = "It does not add up, or asks for a person";
    let held_need = need("bad", "i-stop", why, "/remittances?state=held", paid);
    add(held, "A remittance is held", "remittances are held", held_need);
    let why = "Look at the reason on the page Mail, then run them again";
    let dead_need = need("bad", "i-stop", why, "/mail", Money::ZERO);
    add(*dead_jobs, "A task failed for good", "tasks failed for good", dead_need);
    let mut claims = |status, tone, glyph, one, many, why| {
        if let Some(row) = totals.claims.iter().find(|row| row.status == status) {
            add(row.claims, one, many, need(tone, glyph, why, list_of(status), row.charged));
        }
    };
    let why = "Mend and send again: no payer has them";
    claims(Status::Rejected, "bad", "i-alert", "A claim was rejected", "claims were rejected", why);
    let why = "The scrubber found what a payer would refuse";
    claims(Status::Held, "warn", "i-alert", "A claim is held", "claims are held", why);
    let Totals { deposits, deposits_open, deposits_late, remittances_late, remittances_late_open, .. } = bank;
    let why = "Later than three business days: ask the bank, then the payer";
    let unseen = need("bad", "i-alert", why, "/deposits/awaited", *remittances_late_open);
    add(*remittances_late, "A payment is not seen at the bank", "payments are not seen at the bank", unseen);
    let (tone, why) = match deposits_late {
        0 => ("info", "Their remittances have three business days to come"),
        _ => ("bad", "Some came more than three business days ago: ask the payers for their 835"),
    };
    let unknown = need(tone, "i-alert", why, "/deposits", *deposits_open);
    add(*deposits, "A deposit is without remittance", "deposits are without remittance", unknown);
    let (count, amount) = *exceptions;
    let why = "Payments that need a decision";
    let exceptions = need("warn", "i-alert", why, "/exceptions", amount);
    add(count, "An exception of a remittance", "exceptions of remittances", exceptions);
    let why = "By what they bring and when they lapse";
    let denials = need("bad", "i-denial", why, "/denials", denied.amount);
    add(denied.count, "A denial to work", "denials to work", denials);
    let (count, difference) = *underpayments;
    let why = "Allowed below the contract";
    let underpaid = need("warn", "i-alert", why, "/underpayments", difference);
    add(count, "An underpayment", "underpayments", underpaid);
    let why = "Medicare’s or Medicaid’s: back within 60 days";
    let clock = need("bad", "i-alert", why, "/credits", credits.on_the_clock_amount);
    add(credits.on_the_clock, "A credit on the 60-day clock", "credits on the 60-day clock", clock);
    let why = "Money that is not the practice’s own";
    let open = need("warn", "i-alert", why, "/credits", credits.amount);
    add(credits.open, "A credit balance", "credit balances", open);
    let why = "Decided, and the check is not written";
    let (count, owed) = *refunds;
    let refunds = need("warn", "i-alert", why, "/credits/refunds", owed);
    add(count, "A refund to pay", "refunds to pay", refunds);
    let why = "Nobody has said what they are for";
    let waits = need("warn", "i-alert", why, "/credits/unapplied", unapplied.patients);
    add(unapplied.receipts, "A patient’s payment to apply", "patients’ payments to apply", waits);
    if let Some(row) = totals.claims.iter().find(|row| row.status == Status::Ready) {
        let why = "They leave with the next batch";
        let ready = need("info", "i-claims", why, list_of(Status::Ready), row.charged);
        add(row.claims, "A claim is ready", "claims are ready", ready);
    }
    needs
}

/// The list that a status is in.
const fn list_of(status: Status) -> &'static str {
    match status {
        Status::Held => "/claims?view=held",
        Status::Draft | Status::Ready | Status::Queued => "/claims?view=to_send",
        Status::Submitted | Status::Acknowledged | Status::Accepted | Status::Pending => {
            "/claims?view=with_payer"
        }
        Status::Rejected => "/claims?view=rejected",
        Status::PartiallyPaid | Status::Denied | Status::Appealed => "/claims?view=denied",
        Status::Paid => "/claims?view=paid",
        Status::Replaced | Status::Voided | Status::Closed => "/claims?view=done",
    }
}

/// In thousandths of the largest.
fn share(amount: Money, largest: Money) -> i64 {
    if largest.is_positive() { amount.cents().saturating_mul(1_000) / largest.cents() } else { 0 }
}

const fn greeting(hour: u32) -> &'static str {
    match hour {
        0..12 => "Good morning",
        12..18 => "Good afternoon",
        _ => "Good evening",
    }
}

#[derive(Template)]
#[template(path = "reports/aging.html")]
struct AgingPage {
    chrome: Chrome,
    view: &'static str,
    report: Aging,
}

/// `GET /reports/aging`
pub async fn aging(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: Query<AgingQuery>,
) -> Result<HttpResponse> {
    let report = asked.report(&app, &caller).await?;
    page(&AgingPage { chrome, view: "aging", report })
}

/// `GET /reports/aging.csv`
pub async fn aging_csv(app: App, caller: Caller, asked: Query<AgingQuery>) -> Result<HttpResponse> {
    let report = asked.report(&app, &caller).await?;
    let name = format!("attachment; filename=\"receivables-by-age-{}.csv\"", report.as_of);
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(report.csv()?))
}
