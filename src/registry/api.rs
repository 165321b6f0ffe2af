//! `/api/v1/patients`, `/api/v1/providers`, `/api/v1/payers`.

use actix_web::HttpResponse;
use actix_web::web::{Json, Path, Query};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Permission;
use crate::db::Tx;
use crate::db::idempotency::Answer;
use crate::registry::written::{Insured, WrittenCoverage, WrittenPatient, WrittenPayer, WrittenProvider};
use crate::registry::{
    Coverage, Patient, Payer, Provider, coverages, organizations, patients, payers, providers,
};
use crate::types::{CoverageId, PatientId, PayerId, ProviderId, Refusal, Result as Done};
use crate::web::{self, App, Caller, Keyed, Page, Paging, Problems, Result};

/// Patients that a search finds at most.
const FOUND_MAX: i64 = 50;

/// A patient.
#[derive(Serialize, ToSchema)]
pub struct PatientView {
    /// Their id.
    pub id: PatientId,
    /// What is known of them.
    #[serde(flatten)]
    pub patient: WrittenPatient,
}

impl From<&Patient> for PatientView {
    fn from(patient: &Patient) -> PatientView {
        PatientView { id: patient.id, patient: patient.into() }
    }
}

/// A coverage.
#[derive(Serialize, ToSchema)]
pub struct CoverageView {
    /// Its id.
    pub id: CoverageId,
    /// With whom.
    pub payer_id: PayerId,
    /// What is known of it.
    #[serde(flatten)]
    pub coverage: WrittenCoverage,
}

fn coverage_view(coverage: &Coverage, payers: &[Payer]) -> Done<CoverageView> {
    let payer = payers.iter().find(|payer| payer.id == coverage.payer);
    let payer = payer.ok_or_else(|| anyhow::anyhow!("{} has no payer", coverage.id))?;
    Ok(CoverageView { id: coverage.id, payer_id: payer.id, coverage: WrittenCoverage::of(coverage, payer) })
}

/// A provider.
#[derive(Serialize, ToSchema)]
pub struct ProviderView {
    /// Its id.
    pub id: ProviderId,
    /// May ask for money.
    pub bills: bool,
    /// What is known of it.
    #[serde(flatten)]
    pub provider: WrittenProvider,
}

impl ProviderView {
    /// As the caller may see it: a social security number is for those who keep providers.
    fn of(provider: &Provider, caller: &Caller) -> ProviderView {
        let mut shown = WrittenProvider::from(provider);
        let is_ssn = provider.billing.as_ref().is_some_and(|billing| billing.tax_id_is_ssn);
        if is_ssn && !caller.may(Permission::ManageRegistry) {
            shown.tax_id.clear();
        }
        ProviderView { id: provider.id, bills: provider.billing.is_some(), provider: shown }
    }
}

/// A payer.
#[derive(Serialize, ToSchema)]
#[schema(as = RegisteredPayer)]
pub struct PayerView {
    /// Its id.
    pub id: PayerId,
    /// What is known of it.
    #[serde(flatten)]
    pub payer: WrittenPayer,
}

impl From<&Payer> for PayerView {
    fn from(payer: &Payer) -> PayerView {
        PayerView { id: payer.id, payer: payer.into() }
    }
}

/// Who is looked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatientSearch {
    /// How an account number or last name begins, or `last, first`.
    #[serde(default)]
    pub text: String,
    /// The day of birth.
    pub born_on: Option<NaiveDate>,
}

/// What was added, as it is now.
fn added<T: Serialize>(view: &T) -> Done<Answer<serde_json::Value>> {
    Ok(Answer { status: 201, body: serde_json::to_value(view).map_err(anyhow::Error::from)? })
}

/// A refusal of a body that is read inside a transaction.
fn body<T>(read: std::result::Result<T, impl Into<Refusal>>) -> Done<T> {
    read.map_err(|faults| faults.into().into())
}

// ---- patients ----

/// The practice's patients, by name.
#[utoipa::path(get, path = "/api/v1/patients", tag = "registry", params(Paging),
    responses((status = 200, body = Page<PatientView>), Problems))]
pub async fn list_patients(
    app: App,
    caller: Caller,
    paging: Query<Paging>,
) -> Result<Json<Page<PatientView>>> {
    let (after, limit) = (paging.after()?, paging.limit() + 1);
    let found = app.db.snapshot(&caller.actor, async |tx| patients::list(tx, after, limit).await).await?;
    Ok(Json(Page::of(found, &paging, |one| one.id)?.map(|one| PatientView::from(&one))))
}

/// Patients by account number, name or birth date: asked for in the body, because an address is kept by
/// many. At most fifty; writes nothing.
#[utoipa::path(post, path = "/api/v1/patients/search", tag = "registry",
    params(("Idempotency-Key" = Option<String>, Header, description = "Not needed")), request_body = PatientSearch,
    responses((status = 200, body = Vec<PatientView>), Problems))]
pub async fn search_patients(
    app: App,
    caller: Caller,
    wanted: Json<PatientSearch>,
) -> Result<Json<Vec<PatientView>>> {
    let look = async |tx: &mut Tx| patients::search(tx, &wanted.text, wanted.born_on, FOUND_MAX).await;
    let found = app.db.snapshot(&caller.actor, look).await?;
    Ok(Json(found.iter().map(PatientView::from).collect()))
}

/// One patient.
#[utoipa::path(get, path = "/api/v1/patients/{id}", tag = "registry", params(("id" = PatientId, Path)),
    responses((status = 200, body = PatientView), Problems))]
pub async fn patient(app: App, caller: Caller, id: Path<PatientId>) -> Result<Json<PatientView>> {
    let found = app.db.snapshot(&caller.actor, async |tx| patients::get(tx, *id).await).await?;
    Ok(Json(PatientView::from(&found)))
}

/// Add a patient.
#[utoipa::path(post, path = "/api/v1/patients", tag = "registry", params(("Idempotency-Key" = String, Header)),
    request_body = WrittenPatient, responses((status = 201, body = PatientView), Problems))]
pub async fn add_patient(
    app: App,
    caller: Caller,
    write: Keyed<Json<WrittenPatient>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let new = body(write.body.read(organizations::today(tx, now).await?))?;
            let id = patients::add(tx, new).await?;
            added(&PatientView::from(&patients::get(tx, id).await?))
        })
        .await?;
    web::answer(&once)
}

/// Bring a patient up to date; the account number stays. The same again changes nothing.
#[utoipa::path(put, path = "/api/v1/patients/{id}", tag = "registry", params(("id" = PatientId, Path)),
    request_body = WrittenPatient, responses((status = 200, body = PatientView), Problems))]
pub async fn change_patient(
    app: App,
    caller: Caller,
    id: Path<PatientId>,
    said: Json<WrittenPatient>,
) -> Result<Json<PatientView>> {
    let now = app.clock.now();
    let change = async |tx: &mut Tx| {
        let new = body(said.read(organizations::today(tx, now).await?))?;
        patients::change(tx, *id, new).await?;
        patients::get(tx, *id).await
    };
    Ok(Json(PatientView::from(&app.db.transaction(&caller.actor, change).await?)))
}

// ---- coverages ----

/// A patient's coverages, by rank, the one that began last first.
#[utoipa::path(get, path = "/api/v1/patients/{id}/coverages", tag = "registry", params(("id" = PatientId, Path)),
    responses((status = 200, body = Vec<CoverageView>), Problems))]
pub async fn list_coverages(
    app: App,
    caller: Caller,
    id: Path<PatientId>,
) -> Result<Json<Vec<CoverageView>>> {
    let load = async |tx: &mut Tx| {
        patients::get(tx, *id).await?;
        let payers = payers::list(tx).await?;
        let found = coverages::of_patients(tx, &[*id]).await?;
        found.iter().map(|one| coverage_view(one, &payers)).collect()
    };
    Ok(Json(app.db.snapshot(&caller.actor, load).await?))
}

/// Add a coverage of a patient.
#[utoipa::path(post, path = "/api/v1/patients/{id}/coverages", tag = "registry",
    params(("id" = PatientId, Path), ("Idempotency-Key" = String, Header)),
    request_body = WrittenCoverage, responses((status = 201, body = CoverageView), Problems))]
pub async fn add_coverage(
    app: App,
    caller: Caller,
    id: Path<PatientId>,
    write: Keyed<Json<WrittenCoverage>>,
) -> Result<HttpResponse> {
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let (patient, payers) = (patients::get(tx, *id).await?, payers::list(tx).await?);
            let new = body(write.body.read(Insured::of(&patient, &payers)))?;
            let view = coverage_view(&new, &payers)?;
            coverages::add(tx, new).await?;
            added(&view)
        })
        .await?;
    web::answer(&once)
}

/// Bring a coverage up to date, its rank and dates, too. The same again changes nothing.
#[utoipa::path(put, path = "/api/v1/patients/{id}/coverages/{coverage}", tag = "registry",
    params(("id" = PatientId, Path), ("coverage" = CoverageId, Path)),
    request_body = WrittenCoverage, responses((status = 200, body = CoverageView), Problems))]
pub async fn change_coverage(
    app: App,
    caller: Caller,
    ids: Path<(PatientId, CoverageId)>,
    said: Json<WrittenCoverage>,
) -> Result<Json<CoverageView>> {
    let (patient, id) = *ids;
    let change = async |tx: &mut Tx| {
        let (patient, payers) = (patients::get(tx, patient).await?, payers::list(tx).await?);
        let new = body(said.read(Insured::of(&patient, &payers)))?;
        coverages::change(tx, id, new).await?;
        coverage_view(&coverages::get(tx, patient.id, id).await?, &payers)
    };
    Ok(Json(app.db.transaction(&caller.actor, change).await?))
}

// ---- providers ----

/// The practice's providers, by name.
#[utoipa::path(get, path = "/api/v1/providers", tag = "registry",
    responses((status = 200, body = Vec<ProviderView>), Problems))]
pub async fn list_providers(app: App, caller: Caller) -> Result<Json<Vec<ProviderView>>> {
    let found = app.db.snapshot(&caller.actor, async |tx| providers::list(tx).await).await?;
    Ok(Json(found.iter().map(|one| ProviderView::of(one, &caller)).collect()))
}

/// One provider.
#[utoipa::path(get, path = "/api/v1/providers/{id}", tag = "registry", params(("id" = ProviderId, Path)),
    responses((status = 200, body = ProviderView), Problems))]
pub async fn provider(app: App, caller: Caller, id: Path<ProviderId>) -> Result<Json<ProviderView>> {
    let found = app.db.snapshot(&caller.actor, async |tx| providers::get(tx, *id).await).await?;
    Ok(Json(ProviderView::of(&found, &caller)))
}

/// Add a provider.
#[utoipa::path(post, path = "/api/v1/providers", tag = "registry", params(("Idempotency-Key" = String, Header)),
    request_body = WrittenProvider, responses((status = 201, body = ProviderView), Problems))]
pub async fn add_provider(
    app: App,
    caller: Caller,
    write: Keyed<Json<WrittenProvider>>,
) -> Result<HttpResponse> {
    let new = body(write.body.read())?;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let id = providers::add(tx, new).await?;
            added(&ProviderView::of(&providers::get(tx, id).await?, &caller))
        })
        .await?;
    web::answer(&once)
}

/// Bring a provider up to date; the NPI stays. The same again changes nothing.
#[utoipa::path(put, path = "/api/v1/providers/{id}", tag = "registry", params(("id" = ProviderId, Path)),
    request_body = WrittenProvider, responses((status = 200, body = ProviderView), Problems))]
pub async fn change_provider(
    app: App,
    caller: Caller,
    id: Path<ProviderId>,
    said: Json<WrittenProvider>,
) -> Result<Json<ProviderView>> {
    let new = body(said.read())?;
    let change = async |tx: &mut Tx| {
        providers::change(tx, *id, new).await?;
        providers::get(tx, *id).await
    };
    Ok(Json(ProviderView::of(&app.db.transaction(&caller.actor, change).await?, &caller)))
}

// ---- payers ----

/// The practice's payers, by name.
#[utoipa::path(get, path = "/api/v1/payers", tag = "registry",
    responses((status = 200, body = Vec<PayerView>), Problems))]
pub async fn list_payers(app: App, caller: Caller) -> Result<Json<Vec<PayerView>>> {
    let found = app.db.snapshot(&caller.actor, async |tx| payers::list(tx).await).await?;
    Ok(Json(found.iter().map(PayerView::from).collect()))
}

/// One payer.
#[utoipa::path(get, path = "/api/v1/payers/{id}", tag = "registry", params(("id" = PayerId, Path)),
    responses((status = 200, body = PayerView), Problems))]
pub async fn payer(app: App, caller: Caller, id: Path<PayerId>) -> Result<Json<PayerView>> {
    let found = app.db.snapshot(&caller.actor, async |tx| payers::get(tx, *id).await).await?;
    Ok(Json(PayerView::from(&found)))
}

/// Add a payer.
#[utoipa::path(post, path = "/api/v1/payers", tag = "registry", params(("Idempotency-Key" = String, Header)),
    request_body = WrittenPayer, responses((status = 201, body = PayerView), Problems))]
pub async fn add_payer(app: App, caller: Caller, write: Keyed<Json<WrittenPayer>>) -> Result<HttpResponse> {
    let new = body(write.body.read())?;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let id = payers::add(tx, new).await?;
            added(&PayerView::from(&payers::get(tx, id).await?))
        })
        .await?;
    web::answer(&once)
}

/// Bring a payer up to date; its number stays, and so does its receiver where none is said. The same again
/// changes nothing.
#[utoipa::path(put, path = "/api/v1/payers/{id}", tag = "registry", params(("id" = PayerId, Path)),
    request_body = WrittenPayer, responses((status = 200, body = PayerView), Problems))]
pub async fn change_payer(
    app: App,
    caller: Caller,
    id: Path<PayerId>,
    said: Json<WrittenPayer>,
) -> Result<Json<PayerView>> {
    let new = body(said.read())?;
    let change = async |tx: &mut Tx| {
        payers::change(tx, *id, new).await?;
        payers::get(tx, *id).await
    };
    Ok(Json(PayerView::from(&app.db.transaction(&caller.actor, change).await?)))
}
