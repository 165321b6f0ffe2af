//! `/remittances/new`: an EOB on paper is entered. Each button sends the whole form and gets it back with
//! its equations; no script is needed, and nothing is kept before it is posted.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Form, Query};
use askama::Template;
use serde::Deserialize;
use serde_json::Value;

use super::form::{EobForm, Fault};
use super::{CheckedEob, Eob};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::journey;
use crate::registry::payers;
use crate::remits::{How, State, eob};
use crate::types::{ClaimId, PayerId, RemittanceId};
use crate::web::{
    self, App, Caller, Chrome, Fields, IdempotencyKey, Keyed, Result, done, page_with_status, sent, show,
};

/// Claims that are offered when several fit what is looked for.
const FOUND_MAX: i64 = 12;

struct PayerChoice {
    id: String,
    name: String,
}

#[derive(Template)]
#[template(path = "remits/eob/entry.html")]
struct EntryPage {
    chrome: Chrome,
    payers: Vec<PayerChoice>,
    form: EobForm,
    /// Claims that fit what was looked for.
    found: Vec<eob::FoundClaim>,
    checked: Option<CheckedEob>,
    faults: Vec<Fault>,
    /// Why it was not posted, or nothing was found, and what to do.
    refused: Option<(String, String)>,
}

impl EntryPage {
    const STATUSES: [(&str, &str); 4] =
        [("1", "1 Primary"), ("2", "2 Secondary"), ("3", "3 Tertiary"), ("22", "22 Reversal")];
    const METHODS: [(&str, &str); 4] =
        [("CHK", "Check"), ("ACH", "EFT"), ("FWT", "Wire"), ("NON", "No payment")];

    fn is_wrong(&self, field: &str) -> bool {
        self.faults.iter().any(|fault| fault.field == field)
    }

    fn is_line_wrong(&self, claim: &usize, line: &usize, field: &str) -> bool {
        self.is_wrong(&format!("claims.{claim}.lines.{line}.{field}"))
    }

    fn is_claim_wrong(&self, claim: &usize, field: &str) -> bool {
        self.is_wrong(&format!("claims.{claim}.{field}"))
    }
}

/// The claim that the entry begins with.
#[derive(Debug, Deserialize)]
pub struct EntryQuery {
    claim: Option<String>,
}

/// `GET /remittances/new`
pub async fn entry(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: Query<EntryQuery>,
) -> Result<HttpResponse> {
    let mut form = EobForm::default();
    if let Some(claim) = web::field::<ClaimId>("claim", asked.claim.as_deref())? {
        let (payer, filled) =
            app.db.snapshot(&caller.actor, async |tx| eob::prefilled_with_payer(tx, claim).await).await?;
        form.payer = payer.to_string();
        form.add(&filled);
    }
    shown(&app, &caller, chrome, form, Look::default()).await
}

/// What an action adds to the form.
#[derive(Default)]
struct Look {
    found: Vec<eob::FoundClaim>,
    refused: Option<(String, String)>,
    /// Fields that are not filled in yet are told.
    strict: bool,
}

async fn shown(
    app: &App,
    caller: &Caller,
    chrome: Chrome,
    form: EobForm,
    look: Look,
) -> Result<HttpResponse> {
    let all = app.db.snapshot(&caller.actor, async |tx| payers::list(tx).await).await?;
    let payers =
        all.into_iter().map(|payer| PayerChoice { id: payer.id.to_string(), name: payer.name }).collect();
    let (stated, faults) = form.stated();
    let Look { found, refused, strict } = look;
    let is_begun = !form.claims.is_empty() || !form.others.is_empty();
    // Equations need no payer and no day: what is missing there is said when it is posted.
    let checked = is_begun.then(|| eob::check(&stated.unwrap_or_else(|| without_head(&form))));
    let later = ["payer", "paid_on", "number"];
    let faults = faults.into_iter().filter(|f| strict || !later.contains(&f.field.as_str())).collect();
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page_with_status(status, &EntryPage { chrome, payers, form, found, checked, faults, refused })
}

/// The EOB of a form whose payer or day is missing, for its equations alone.
fn without_head(form: &EobForm) -> Eob {
    let head =
        EobForm { payer: PayerId::new().to_string(), paid_on: "2000-01-01".to_owned(), ..form.clone() };
    head.stated().0.unwrap_or_else(|| unreachable!("payer and day are there"))
}

/// `POST /remittances/new`: `add`, `rest` and `drop` name what they are about; `act` is `find`, `check`
/// or `post`.
pub async fn enter(
    app: App,
    caller: Caller,
    chrome: Chrome,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    let mut form = EobForm::read(&write.body);
    let mut look = Look::default();
    let place = |name: &str| sent(&write.body, name).parse::<usize>().ok();
    if let Some(claim) = web::field::<ClaimId>("add", Some(sent(&write.body, "add")))? {
        add(&app, &caller, &mut form, claim).await?;
    } else if let Some(claim) = place("rest") {
        form.leave_to_contract(claim);
    } else if let Some(claim) = place("drop").filter(|claim| *claim < form.claims.len()) {
        form.claims.remove(claim);
    } else if sent(&write.body, "act") == "find" {
        find(&app, &caller, &mut form, &mut look).await?;
    } else if sent(&write.body, "act") == "post" {
        look.strict = true;
        let (stated, faults) = form.stated();
        match stated.filter(|_| faults.is_empty()) {
            None => {
                let next = "Mend the fields that are marked".to_owned();
                let what = match faults.len() {
                    1 => "a field cannot be read".to_owned(),
                    count => format!("{count} fields cannot be read"),
                };
                look.refused = Some((what, next));
            }
            Some(eob) => match posted(&app, &caller, &write.key, &eob).await {
                Ok((remittance, said)) => return Ok(done(&format!("/remittances/{remittance}"), &said)),
                Err(web::Problem::Refused(refusal)) => {
                    look.refused = Some((refusal.detail.clone(), refusal.next.clone()));
                }
                Err(problem) => return Err(problem),
            },
        }
    }
    shown(&app, &caller, chrome, form, look).await
}

async fn add(app: &App, caller: &Caller, form: &mut EobForm, claim: ClaimId) -> Result<()> {
    let (payer, filled) =
        app.db.snapshot(&caller.actor, async |tx| eob::prefilled_with_payer(tx, claim).await).await?;
    if form.payer.is_empty() {
        form.payer = payer.to_string();
    }
    form.find.clear();
    form.add(&filled);
    Ok(())
}

/// One claim that fits is added, several are offered.
async fn find(app: &App, caller: &Caller, form: &mut EobForm, look: &mut Look) -> Result<()> {
    let text = form.find.clone();
    let load = async |tx: &mut Tx| eob::find_claims(tx, &text, FOUND_MAX).await;
    look.found = app.db.snapshot(&caller.actor, load).await?;
    match &look.found[..] {
        [] => {
            let next = "Type a claim's number, a patient's account, or a last name".to_owned();
            look.refused = Some(("no claim that was sent fits".to_owned(), next));
        }
        [only] => {
            add(app, caller, form, only.id).await?;
            look.found.clear();
        }
        _ => {}
    }
    Ok(())
}

/// Posts it once, however often the form is sent.
async fn posted(
    app: &App,
    caller: &Caller,
    key: &IdempotencyKey,
    eob: &Eob,
) -> Result<(RemittanceId, String)> {
    if let Some(given) = key.given::<(RemittanceId, String)>(app, caller).await? {
        return Ok(given.answer.body);
    }
    let codes = app.codes();
    let how = How { clock: &app.clock, codes: &codes, mode: None };
    let (set, _) = journey::enter_eob(&app.db, &caller.actor, how, eob).await?;
    let said = match set.outcome {
        State::Posted => "Posted",
        State::PartlyPosted => "Posted, with exceptions",
        State::Duplicate => "This payment was posted before; nothing was posted now",
        State::Held | State::Unposted => "Kept, and held: see why",
    };
    let (id, file) = (set.remittance, set.file_id);
    let once = key
        .once(app, caller, async |tx| {
            tx.audit("remits/enter", id, Some(file), Value::Object(Default::default())).await?;
            Ok(Answer { status: 303, body: (id, said.to_owned()) })
        })
        .await?;
    Ok(once.answer.body)
}
