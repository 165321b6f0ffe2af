//! `/api/v1/codes/editions` and `/api/v1/codes/imports`: official code files become editions.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of its handler")]

use actix_web::HttpResponse;
use actix_web::web::{Json, Path, Query, block};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::codes::intake::{self, Outcome, Plan};
use crate::codes::store::{self, KeptEdition};
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::exchange::files::{self, Direction};
use crate::types::{CodeEditionId, FileId};
use crate::web::{self, App, Caller, Keyed, Parts, Problems, Result, Upload, sent};

/// The editions that were imported, by list and first day. They are shared by all practices.
#[utoipa::path(get, path = "/api/v1/codes/editions", tag = "codes", params(EditionsQuery),
    responses((status = 200, body = Editions), Problems))]
pub async fn editions(app: App, query: Query<EditionsQuery>) -> Result<Json<Editions>> {
    let mut items = store::editions(&app.db).await?;
    items.retain(|edition| query.all.unwrap_or(false) || edition.undone_at.is_none());
    Ok(Json(Editions { items }))
}

/// Which editions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EditionsQuery {
    /// Those that were undone, too.
    pub all: Option<bool>,
}

/// Imported editions.
#[derive(Debug, Serialize, ToSchema)]
pub struct Editions {
    /// By list and first day.
    pub items: Vec<KeptEdition>,
}

/// Import an official code file, or see what it would become. The file is kept either way. The same
/// file again changes nothing. From the next request on it answers for all practices.
#[utoipa::path(post, path = "/api/v1/codes/imports", tag = "codes",
    params(("Idempotency-Key" = String, Header)),
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    responses((status = 200, body = Outcome), Problems))]
pub async fn import(app: App, caller: Caller, write: Keyed<Parts>) -> Result<HttpResponse> {
    let asked = Asked::of(write.body.fields());
    let dry_run = web::field("dry_run", Some(write.body.text("dry_run")))?.unwrap_or(DryRun::False);
    let files = kept(&app, &caller, write.body.into_files()?).await?;
    let plan = planned(&app, &caller, &files, &asked).await?;
    if dry_run == DryRun::True {
        return Ok(HttpResponse::Ok().json(plan.dry()));
    }
    let keep = async |tx: &mut Tx| Ok(Answer { status: 200, body: plan.keep(tx).await? });
    let once = write.key.once(&app, &caller, keep).await?;
    app.reload_codes().await?;
    web::answer(&once)
}

/// A truth value as the field of a form says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DryRun {
    True,
    False,
}

/// A file and what is known of it.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes a form of parts")]
pub struct ImportForm {
    /// The file as its publisher gives it out, unpacked (text, CSV or XLSX), 32 MB at most; the parts of NCCI PTP edits are
    /// several.
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<Vec<u8>>,
    /// Which list it is, where the file and its name do not say.
    table: Option<String>,
    /// The first day of service for which it answers; else that of the file.
    effective: Option<NaiveDate>,
    /// Say what would be imported, and change no table.
    dry_run: Option<bool>,
}

/// Undo an import: days for which the edition answered are those of the one before again.
#[utoipa::path(post, path = "/api/v1/codes/editions/{id}/undo", tag = "codes",
    params(("id" = CodeEditionId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = Undone), Problems))]
pub async fn undo(
    app: App,
    caller: Caller,
    id: Path<CodeEditionId>,
    write: Keyed<()>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let undo = async |tx: &mut Tx| {
        let name = store::undo(tx, now, *id).await?.name;
        Ok(Answer { status: 200, body: Undone { id: *id, name } })
    };
    let once = write.key.once(&app, &caller, undo).await?;
    app.reload_codes().await?;
    web::answer(&once)
}

/// An import that was undone.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Undone {
    /// The edition.
    pub id: CodeEditionId,
    /// What it was called.
    pub name: String,
}

/// What a person or program says of a file. Empty is not said.
pub(super) struct Asked {
    pub(super) table: String,
    pub(super) effective: String,
}

impl Asked {
    /// As a form says it.
    pub(super) fn of(fields: &[(String, String)]) -> Asked {
        Asked { table: sent(fields, "table").to_owned(), effective: sent(fields, "effective").to_owned() }
    }
}

/// Keeps what was sent, before anything reads it.
pub(super) async fn kept(app: &App, caller: &Caller, uploads: Vec<Upload>) -> Result<Vec<FileId>> {
    let keep = async |tx: &mut Tx| {
        let mut ids = vec![];
        for file in &uploads {
            ids.push(files::keep(tx, &file.bytes, &file.name, Direction::In).await?.id);
        }
        Ok(ids)
    };
    Ok(app.db.transaction(&caller.actor, keep).await?)
}

/// What files that are kept would become.
pub(super) async fn planned(app: &App, caller: &Caller, ids: &[FileId], asked: &Asked) -> Result<Plan> {
    let wanted = Some(asked.table.as_str()).filter(|name| !name.is_empty()).map(intake::list).transpose()?;
    let effective = web::field("effective", Some(&asked.effective))?;
    let read = async |tx: &mut Tx| {
        let mut contents = vec![];
        for id in ids {
            contents.push((files::get(tx, *id).await?.name, files::read(tx, *id).await?));
        }
        Ok(contents)
    };
    let contents = app.db.snapshot(&caller.actor, read).await?;
    let codes = app.codes();
    let plan = block(move || {
        let files = contents.iter().map(|(name, bytes)| (name.clone(), bytes.as_slice()));
        intake::plan(&codes, intake::take(files, wanted)?, effective)
    });
    Ok(plan.await.map_err(anyhow::Error::from)??)
}
