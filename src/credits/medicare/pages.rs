//! `/credits/medicare-report`: what is reported to Medicare for a quarter, and its files.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Query;
use askama::Template;

use crate::credits::medicare::api::MedicareQuery;
use crate::credits::medicare::{self, MedicareReport, NOTHING_TO_REPORT};
use crate::credits::pages::Tabs;
use crate::db::Tx;
use crate::web::{App, Caller, Chrome, Result, page, show};

#[derive(Template)]
#[template(path = "credits/medicare/report.html")]
struct ReportPage {
    chrome: Chrome,
    tabs: Tabs,
    report: MedicareReport,
}

/// `GET /credits/medicare-report`
pub async fn report(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: Query<MedicareQuery>,
) -> Result<HttpResponse> {
    let ((quarter, as_of), now) = (asked.said()?, app.clock.now());
    let look = async |tx: &mut Tx| {
        Ok((Tabs::load(tx, "medicare").await?, medicare::asked(tx, now, quarter, as_of).await?))
    };
    let (tabs, report) = app.db.snapshot(&caller.actor, look).await?;
    page(&ReportPage { chrome, tabs, report })
}

/// `GET /credits/medicare-report.csv`
pub async fn csv(app: App, caller: Caller, asked: Query<MedicareQuery>) -> Result<HttpResponse> {
    let report = asked.report(&app, &caller).await?;
    Ok(file(&report, "csv", "text/csv; charset=utf-8", report.csv()?))
}

/// `GET /credits/medicare-report.xlsx`
pub async fn xlsx(app: App, caller: Caller, asked: Query<MedicareQuery>) -> Result<HttpResponse> {
    let report = asked.report(&app, &caller).await?;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(file(&report, "xlsx", kind, report.xlsx()?))
}

fn file(report: &MedicareReport, ending: &str, kind: &'static str, bytes: Vec<u8>) -> HttpResponse {
    let name = format!("attachment; filename=\"{}\"", report.file_name(ending));
    HttpResponse::Ok().content_type(kind).insert_header((header::CONTENT_DISPOSITION, name)).body(bytes)
}
