//! Every route, with whom it lets in. What is not here is not reached.

use actix_web::HttpResponse;

use crate::access;
use crate::access::Permission as P;
use crate::reports;
use crate::web::{Needs, Route, assets, get, post};

/// All routes, in the order in which they are tried.
#[must_use]
pub fn all() -> Vec<Route> {
    let mut all = pages();
    all.extend(api());
    all
}

fn pages() -> Vec<Route> {
    vec![
        get("/healthz", Needs::Nothing, health),
        get("/assets/{name}", Needs::Nothing, assets::asset),
        get("/login", Needs::Nothing, access::pages::login),
        post("/login", Needs::Nothing, access::pages::log_in),
        post("/logout", Needs::Login, access::pages::log_out),
        get("/", Needs::To(P::ViewDashboard), reports::pages::dashboard),
        // claims
        // remittances
        // denials
    ]
}

fn api() -> Vec<Route> {
    vec![
        // charges
        // claims
        // remittances
        // denials
        // ledger
    ]
}

/// `GET /healthz`: the process answers. Says nothing else to strangers.
async fn health() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}
