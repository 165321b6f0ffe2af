//! `/find`: one field for numbers and names. A single fit opens at once.

use actix_web::HttpResponse;
use actix_web::web::Form;
use askama::Template;
use chrono::NaiveDate;

use crate::access::Permission;
use crate::claims::ClaimItem;
use crate::claims::pages::{Pill, name_of, pill};
use crate::db::Tx;
use crate::find::{self, Found, More};
use crate::registry::Patient;
use crate::remits::RemittanceItem;
use crate::types::Money;
use crate::web::{App, Caller, Chrome, Fields, Result, page, see_other, sent, show};

#[derive(Template)]
#[template(path = "find/find.html")]
struct FindPage {
    chrome: Chrome,
    q: String,
    claims: Vec<FoundClaim>,
    patients: Vec<Patient>,
    remittances: Vec<RemittanceItem>,
    more: More,
}

struct FoundClaim {
    href: String,
    name: String,
    patient: String,
    payer: String,
    service_from: Option<NaiveDate>,
    balance: Money,
    pill: Pill,
}

impl From<ClaimItem> for FoundClaim {
    fn from(claim: ClaimItem) -> FoundClaim {
        FoundClaim {
            href: format!("/claims/{}", claim.id),
            name: name_of(claim.control_number.as_deref(), claim.id),
            patient: claim.patient.name.expose().clone(),
            payer: claim.payer.name,
            service_from: claim.service_from,
            balance: claim.balance,
            pill: pill(claim.status),
        }
    }
}

/// `GET /find`: the field.
pub async fn ask(chrome: Chrome) -> Result<HttpResponse> {
    shown(chrome, String::new(), Found::default())
}

/// `POST /find`: what fits; the one that fits, where there is no other. Writes nothing.
pub async fn find(app: App, caller: Caller, chrome: Chrome, asked: Form<Fields>) -> Result<HttpResponse> {
    let q = sent(&asked, "q").trim().to_owned();
    let remittances = caller.may(Permission::ViewRemittances);
    let found =
        app.db.snapshot(&caller.actor, async |tx: &mut Tx| find::find(tx, &q, remittances).await).await?;
    let only = match (found.claims.as_slice(), found.patients.as_slice(), found.remittances.as_slice()) {
        ([claim], [], []) => Some(format!("/claims/{}", claim.id)),
        ([], [patient], []) => Some(format!("/patients/{}", patient.id)),
        ([], [], [remittance]) => Some(format!("/remittances/{}", remittance.id)),
        _ => None,
    };
    match only {
        Some(there) => Ok(see_other(&there)),
        None => shown(chrome, q, found),
    }
}

fn shown(chrome: Chrome, q: String, found: Found) -> Result<HttpResponse> {
    let Found { claims, patients, remittances, more } = found;
    let claims = claims.into_iter().map(FoundClaim::from).collect();
    page(&FindPage { chrome, q, claims, patients, remittances, more })
}
