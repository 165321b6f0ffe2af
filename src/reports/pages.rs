//! The dashboard.

use actix_web::HttpResponse;
use askama::Template;

use crate::web::{Chrome, Result, page};

#[derive(Template)]
#[template(path = "reports/dashboard.html")]
struct DashboardPage {
    chrome: Chrome,
}

/// `GET /`
pub async fn dashboard(chrome: Chrome) -> Result<HttpResponse> {
    page(&DashboardPage { chrome })
}
