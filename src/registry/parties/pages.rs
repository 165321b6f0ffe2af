//! `/practice/providers` and `/practice/payers`.

use actix_web::HttpResponse;
use actix_web::web::{Form, Path};
use askama::Template;

use crate::access::Permission;
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::registry::form::{self, Kind, Layout, Must, Opened};
use crate::registry::pages::{EditPage, opened_on, shown, why, written};
use crate::registry::providers::Name;
use crate::registry::written::{FILING_INDICATORS, Faults, WrittenPayer, WrittenProvider};
use crate::registry::{Payer, Provider, payers, providers};
use crate::remits::rules;
use crate::types::{PayerId, ProviderId};
use crate::web::{App, Caller, Chrome, Fields, Keyed, Result, done, page, show};

#[derive(Template)]
#[template(path = "registry/parties/providers.html")]
struct ProvidersPage {
    chrome: Chrome,
    rows: Vec<ProviderRow>,
    may_manage: bool,
}

struct ProviderRow {
    of: Provider,
    name: String,
}

impl From<Provider> for ProviderRow {
    fn from(provider: Provider) -> ProviderRow {
        let name = match &provider.name {
            Name::Group(name) => name.clone(),
            Name::Person(name) => name.to_string(),
        };
        ProviderRow { name, of: provider }
    }
}

#[derive(Template)]
#[template(path = "registry/parties/payers.html")]
struct PayersPage {
    chrome: Chrome,
    rows: Vec<PayerRow>,
    may_manage: bool,
    may_post: bool,
}

struct PayerRow {
    of: Payer,
    kind: &'static str,
    mode: String,
}

// ---- providers ----

const PROVIDER: &[Layout] = &[
    ("npi", "NPI", Kind::Text, Must::Be),
    ("organization_name", "Group's name", Kind::Text, Must::Maybe),
    ("taxonomy", "Taxonomy", Kind::Text, Must::Maybe),
    ("last_name", "or a person's last name", Kind::Text, Must::Maybe),
    ("first_name", "First name", Kind::Text, Must::Maybe),
    ("tax_id", "Tax id, if it bills", Kind::Text, Must::Maybe),
    ("tax_id_kind", "Kind of tax id", Kind::Choice(tax_id_kinds), Must::Maybe),
    ("address_line_1", "Address, a street", Kind::Text, Must::Maybe),
    ("address_line_2", "Second line", Kind::Text, Must::Maybe),
    ("city", "City", Kind::Text, Must::Maybe),
    ("state", "State", Kind::Text, Must::Maybe),
    ("zip", "ZIP code, nine digits", Kind::Text, Must::Maybe),
];

fn tax_id_kinds() -> Vec<(String, String)> {
    form::choices(&[("EIN", "Employer (EIN)"), ("SSN", "Social security (SSN)")])
}

/// `GET /practice/providers`
pub async fn list_providers(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    let found = app.db.snapshot(&caller.actor, async |tx| providers::list(tx).await).await?;
    let rows = found.into_iter().map(ProviderRow::from).collect();
    page(&ProvidersPage { chrome, rows, may_manage: caller.may(Permission::ManageRegistry) })
}

fn provider_form(
    chrome: Chrome,
    id: Option<ProviderId>,
    written: &WrittenProvider,
    wrong: Option<&Faults>,
    refused: Option<String>,
) -> EditPage {
    EditPage {
        chrome,
        title: if id.is_some() { "Provider" } else { "New provider" },
        hint: "one with a tax id may ask for money, and needs taxonomy and address",
        back: "/practice/providers".to_owned(),
        back_label: "Providers",
        action: id
            .map_or_else(|| "/practice/providers/new".to_owned(), |id| format!("/practice/providers/{id}")),
        refused,
        fields: form::fields(PROVIDER, written, wrong, id.map(|_| "npi")),
        opened_on: String::new(),
    }
}

/// `GET /practice/providers/new`
pub async fn new_provider(chrome: Chrome) -> Result<HttpResponse> {
    shown(provider_form(chrome, None, &WrittenProvider::default(), None, None))
}

/// `GET /practice/providers/{id}`
pub async fn edit_provider(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<ProviderId>,
) -> Result<HttpResponse> {
    let found = app.db.snapshot(&caller.actor, async |tx| providers::get(tx, *id).await).await?;
    let said = WrittenProvider::from(&found);
    shown(provider_form(chrome, Some(*id), &said, None, None).opened_on(Opened::on(&said)))
}

/// `POST /practice/providers/new`
pub async fn create_provider(
    app: App,
    caller: Caller,
    chrome: Chrome,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    save_provider(&app, &caller, chrome, None, write).await
}

/// `POST /practice/providers/{id}`
pub async fn change_provider(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<ProviderId>,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    save_provider(&app, &caller, chrome, Some(*id), write).await
}

async fn save_provider(
    app: &App,
    caller: &Caller,
    chrome: Chrome,
    id: Option<ProviderId>,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    let said: WrittenProvider = written(&write.body);
    let provider = match said.read() {
        Ok(provider) => provider,
        Err(faults) => {
            let form = provider_form(chrome, id, &said, Some(&faults), None);
            return shown(form.opened_on(opened_on(&write.body)));
        }
    };
    let opened = opened_on(&write.body);
    let once = write
        .key
        .once(app, caller, async |tx| {
            match id {
                None => providers::add(tx, provider).await.map(|_| ())?,
                Some(id) => {
                    let before = providers::change(tx, id, provider).await?;
                    opened.unchanged(&WrittenProvider::from(&before), &said)?;
                }
            }
            Ok(Answer { status: 303, body: () })
        })
        .await;
    match once {
        Ok(_) => Ok(done("/practice/providers", "The provider is saved.")),
        Err(problem) => {
            let form = provider_form(chrome, id, &said, None, Some(why(problem)?));
            shown(form.opened_on(opened))
        }
    }
}

// ---- payers ----

const PAYER: &[Layout] = &[
    ("identifier", "Payer's number", Kind::Text, Must::Be),
    ("name", "Name", Kind::Text, Must::Be),
    ("filing_indicator", "Claim filing indicator", Kind::Choice(filing_indicators), Must::Be),
    ("mailbox", "Folder of its mailbox", Kind::Text, Must::Maybe),
    ("timely_filing_days", "Days to file", Kind::Text, Must::Maybe),
    ("appeal_days", "Days to appeal", Kind::Text, Must::Maybe),
    ("authorization_procedures", "Codes paid only with authorization", Kind::Text, Must::Maybe),
    ("receiver_identifier", "Receiver's number (1000B)", Kind::Text, Must::Maybe),
    ("receiver_name", "Receiver's name", Kind::Text, Must::Maybe),
    ("interchange_qualifier", "Kind of interchange id (ISA07)", Kind::Text, Must::Maybe),
    ("interchange_id", "Interchange id (ISA08)", Kind::Text, Must::Maybe),
    ("application_code", "Application code (GS03)", Kind::Text, Must::Maybe),
];

fn filing_indicators() -> Vec<(String, String)> {
    let known = FILING_INDICATORS.iter().map(|(code, word)| ((*code).to_owned(), format!("{code} {word}")));
    std::iter::once((String::new(), "–".to_owned())).chain(known).collect()
}

/// `GET /practice/payers`
pub async fn list_payers(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    let load = async |tx: &mut Tx| Ok((payers::list(tx).await?, rules::all(tx).await?));
    let (found, rules) = app.db.snapshot(&caller.actor, load).await?;
    let row = |payer: Payer| {
        let rule = rules.iter().find(|(of, _)| *of == payer.id);
        let mode = rule.map(|(_, rule)| rule.mode).unwrap_or_default();
        let kind = FILING_INDICATORS.iter().find(|(code, _)| *code == payer.filing_indicator);
        PayerRow { kind: kind.map_or("", |(_, word)| word), mode: show::words(mode.as_str()), of: payer }
    };
    page(&PayersPage {
        chrome,
        rows: found.into_iter().map(row).collect(),
        may_manage: caller.may(Permission::ManageRegistry),
        may_post: caller.may(Permission::ManagePosting),
    })
}

fn payer_form(
    chrome: Chrome,
    id: Option<PayerId>,
    written: &WrittenPayer,
    wrong: Option<&Faults>,
    refused: Option<String>,
) -> EditPage {
    EditPage {
        chrome,
        title: if id.is_some() { "Payer" } else { "New payer" },
        hint: "what is left out of days and folder follows from the rest; nothing is sent before the receiver is known",
        back: "/practice/payers".to_owned(),
        back_label: "Payers",
        action: id.map_or_else(|| "/practice/payers/new".to_owned(), |id| format!("/practice/payers/{id}")),
        refused,
        fields: form::fields(PAYER, written, wrong, id.map(|_| "identifier")),
        opened_on: String::new(),
    }
}

/// `GET /practice/payers/new`
pub async fn new_payer(chrome: Chrome) -> Result<HttpResponse> {
    shown(payer_form(chrome, None, &WrittenPayer::default(), None, None))
}

/// `GET /practice/payers/{id}`
pub async fn edit_payer(app: App, caller: Caller, chrome: Chrome, id: Path<PayerId>) -> Result<HttpResponse> {
    let found = app.db.snapshot(&caller.actor, async |tx| payers::get(tx, *id).await).await?;
    let said = WrittenPayer::from(&found);
    shown(payer_form(chrome, Some(*id), &said, None, None).opened_on(Opened::on(&said)))
}

/// `POST /practice/payers/new`
pub async fn create_payer(
    app: App,
    caller: Caller,
    chrome: Chrome,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    save_payer(&app, &caller, chrome, None, write).await
}

/// `POST /practice/payers/{id}`
pub async fn change_payer(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<PayerId>,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    save_payer(&app, &caller, chrome, Some(*id), write).await
}

async fn save_payer(
    app: &App,
    caller: &Caller,
    chrome: Chrome,
    id: Option<PayerId>,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    let said: WrittenPayer = written(&write.body);
    let payer = match said.read() {
        Ok(payer) => payer,
        Err(faults) => {
            let form = payer_form(chrome, id, &said, Some(&faults), None);
            return shown(form.opened_on(opened_on(&write.body)));
        }
    };
    let opened = opened_on(&write.body);
    let once = write
        .key
        .once(app, caller, async |tx| {
            match id {
                None => payers::add(tx, payer).await.map(|_| ())?,
                Some(id) => {
                    let before = payers::change(tx, id, payer).await?;
                    opened.unchanged(&WrittenPayer::from(&before), &said)?;
                }
            }
            Ok(Answer { status: 303, body: () })
        })
        .await;
    match once {
        Ok(_) => Ok(done("/practice/payers", "The payer is saved.")),
        Err(problem) => {
            let form = payer_form(chrome, id, &said, None, Some(why(problem)?));
            shown(form.opened_on(opened))
        }
    }
}
