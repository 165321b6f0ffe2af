//! `/codes/editions`: what was imported, an upload, its dry run, and the undoing.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Form, Path, Query};
use askama::Template;

use crate::access::Permission;
use crate::access::members::Names;
use crate::codes::List;
use crate::codes::intake::Outcome;
use crate::codes::intake::api::{Asked, kept, planned};
use crate::codes::store::{self, KeptEdition};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::registry::organizations;
use crate::types::{CodeEditionId, FileId};
use crate::web::{
    self, App, Caller, Chrome, Fields, Keyed, Nothing, Parts, Problem, Result, done, page, page_with_status,
    see_other, show,
};

/// Rejected rows that the page shows; the API has up to a thousand.
const REJECTED_SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "codes/intake/editions.html")]
struct EditionsPage {
    chrome: Chrome,
    editions: Vec<EditionRow>,
    lists: Vec<ListChoice>,
    may_manage: bool,
}

/// A list as a form offers it.
struct ListChoice {
    name: &'static str,
    label: &'static str,
    chosen: bool,
}

fn list_choices(chosen: &str) -> Vec<ListChoice> {
    let choice =
        |(list, name): (List, &'static str)| ListChoice { name, label: list.label(), chosen: name == chosen };
    List::NAMES.into_iter().map(choice).collect()
}

struct EditionRow {
    edition: KeptEdition,
    list: &'static str,
    imported: show::Markup,
    imported_by: String,
    /// When and by whom it was undone.
    undone: Option<(show::Markup, String)>,
}

/// `GET /codes/editions`
pub async fn editions(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    let load = async |tx: &mut Tx| Ok((Names::load(tx).await?, organizations::current(tx).await?.time_zone));
    let (names, zone) = app.db.snapshot(&caller.actor, load).await?;
    let all = store::editions(&app.db).await?;
    let row = |edition: KeptEdition| EditionRow {
        list: edition.list.parse().map_or("", List::label),
        imported: show::moment(edition.imported_at, zone),
        imported_by: names.of(&edition.imported_by),
        undone: edition
            .undone_at
            .map(|at| (show::moment(at, zone), names.of(edition.undone_by.as_deref().unwrap_or_default()))),
        edition,
    };
    let may_manage = caller.may(Permission::ManageCodes);
    let editions = all.into_iter().map(row).collect();
    page(&EditionsPage { chrome, editions, lists: list_choices(""), may_manage })
}

/// `POST /codes/imports`: keeps the files, and goes on to what they would become.
pub async fn upload(app: App, caller: Caller, write: Keyed<Parts>) -> Result<HttpResponse> {
    let said: Vec<(String, String)> = ["table", "effective"]
        .into_iter()
        .map(|name| (name.to_owned(), write.body.text(name).to_owned()))
        .collect();
    let files = kept(&app, &caller, write.body.into_files()?).await?;
    let files = files.iter().map(|id| ("file".to_owned(), id.to_string()));
    let query = files.chain(said).filter(|(_, text)| !text.is_empty());
    let query: Vec<String> =
        query.map(|(name, text)| format!("{name}={}", web::query_value(&text))).collect();
    Ok(see_other(&format!("/codes/imports?{}", query.join("&"))))
}

/// The files that are meant, and what is said of them.
fn meant(fields: &Fields) -> Result<(Vec<FileId>, Asked)> {
    let mut files = vec![];
    for (_, text) in fields.iter().filter(|(name, _)| name == "file") {
        files.extend(web::field::<FileId>("file", Some(text))?);
    }
    Ok((files, Asked::of(fields)))
}

#[derive(Template)]
#[template(path = "codes/intake/check.html")]
struct CheckPage {
    chrome: Chrome,
    files: Vec<FileId>,
    lists: Vec<ListChoice>,
    table: String,
    effective: String,
    told: Option<Outcome>,
    /// What stands against it, and what to do.
    refused: Option<(String, String)>,
}

/// `GET /codes/imports`: what files that are kept would become; nothing changes.
pub async fn check(app: App, caller: Caller, chrome: Chrome, fields: Query<Fields>) -> Result<HttpResponse> {
    checked(&app, &caller, chrome, &fields, None).await
}

/// The dry run, with what stands against it or what stood against the import.
async fn checked(
    app: &App,
    caller: &Caller,
    chrome: Chrome,
    fields: &Fields,
    refused: Option<(u16, String, String)>,
) -> Result<HttpResponse> {
    let (files, asked) = meant(fields)?;
    let (told, refused) = match (planned(app, caller, &files, &asked).await, refused) {
        (Ok(plan), refused) => (Some(plan.dry()), refused),
        (Err(Problem::Refused(refusal)), _) => {
            (None, Some((422, refusal.detail.clone(), refusal.next.clone())))
        }
        (Err(problem), _) => return Err(problem),
    };
    let status = refused.as_ref().map_or(200, |(status, ..)| *status);
    let shown = CheckPage {
        chrome,
        files,
        lists: list_choices(&asked.table),
        table: asked.table,
        effective: asked.effective,
        told,
        refused: refused.map(|(_, detail, next)| (detail, next)),
    };
    page_with_status(StatusCode::from_u16(status).unwrap_or(StatusCode::OK), &shown)
}

/// `POST /codes/editions`: imports what the dry run showed.
pub async fn import(
    app: App,
    caller: Caller,
    chrome: Chrome,
    write: Keyed<Form<Fields>>,
) -> Result<HttpResponse> {
    let (files, asked) = meant(&write.body)?;
    let plan = planned(&app, &caller, &files, &asked).await?;
    let keep = async |tx: &mut Tx| {
        let told = plan.keep(tx).await?;
        let names: Vec<&str> = told.editions.iter().map(|edition| edition.name.as_str()).collect();
        let again = told.editions.iter().all(|edition| edition.already_imported);
        let what = if again { "was imported before; nothing was changed" } else { "answers from now on" };
        Ok(Answer { status: 303, body: format!("{} {what}.", names.join(" and ")) })
    };
    match write.key.once(&app, &caller, keep).await {
        Ok(once) => {
            app.reload_codes().await?;
            Ok(done("/codes/editions", &once.answer.body))
        }
        Err(Problem::Refused(refusal)) if refusal.code == "codes/edition-exists" => {
            let next = "If this file replaces it, undo that import first; else say another first day";
            let refused = Some((409, refusal.detail.clone(), next.to_owned()));
            checked(&app, &caller, chrome, &write.body, refused).await
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /codes/editions/{id}/undo`
pub async fn undo(
    app: App,
    caller: Caller,
    id: Path<CodeEditionId>,
    write: Keyed<Form<Nothing>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let undo = async |tx: &mut Tx| {
        let edition = store::undo(tx, now, *id).await?;
        let said = format!("The import of {} is undone: the edition before it answers again.", edition.name);
        Ok(Answer { status: 303, body: said })
    };
    let once = write.key.once(&app, &caller, undo).await?;
    app.reload_codes().await?;
    Ok(done("/codes/editions", &once.answer.body))
}
