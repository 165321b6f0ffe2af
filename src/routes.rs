//! Every route, with whom it lets in. What is not here is not reached.

use actix_web::HttpResponse;

use crate::access;
use crate::access::Permission as P;
use crate::charges;
use crate::claims;
use crate::codes;
use crate::denials;
use crate::exchange;
use crate::journey;
use crate::ledger;
use crate::openapi;
use crate::remits;
use crate::reports;
use crate::scrub;
use crate::web::{Needs, Route, assets, delete, get, post, put};

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
        get("/practices", Needs::Login, access::pages::practices),
        post("/practices", Needs::Login, access::pages::switch),
        get("/account", Needs::Login, access::account::pages::account),
        post("/account/password", Needs::Login, access::account::pages::change_password),
        post("/account/sign-out-everywhere", Needs::Login, access::account::pages::sign_out_everywhere),
        get("/people", Needs::To(P::ManageAccess), access::admin::pages::people),
        post("/people", Needs::To(P::ManageAccess), access::admin::pages::invite),
        post("/people/{id}/role", Needs::To(P::ManageAccess), access::admin::pages::set_role),
        post("/people/{id}/remove", Needs::To(P::ManageAccess), access::admin::pages::remove),
        post("/people/{id}/reset-password", Needs::To(P::ManageAccess), access::admin::pages::reset_password),
        get("/keys", Needs::To(P::ManageAccess), access::admin::pages::api_keys),
        post("/keys", Needs::To(P::ManageAccess), access::admin::pages::create_key),
        post("/keys/{id}/revoke", Needs::To(P::ManageAccess), access::admin::pages::revoke_key),
        get("/audit", Needs::To(P::ManageAccess), access::admin::pages::audit),
        get("/", Needs::To(P::ViewDashboard), reports::pages::dashboard),
        get("/claims", Needs::To(P::ViewClaims), claims::pages::list),
        get("/claims/{id}", Needs::To(P::ViewClaims), claims::pages::detail),
        post("/claims/{id}/check", Needs::To(P::WorkClaims), claims::pages::check),
        post("/claims/{id}/queue", Needs::To(P::WorkClaims), claims::pages::queue),
        get("/claims/{id}/edit", Needs::To(P::WorkClaims), claims::correction::pages::edit),
        post("/claims/{id}/edit", Needs::To(P::WorkClaims), claims::correction::pages::correct),
        post("/claims/{id}/fix", Needs::To(P::WorkClaims), claims::correction::pages::fix),
        get("/files/{id}", Needs::To(P::ViewClaims), exchange::pages::file),
        get("/charges", Needs::To(P::ImportCharges), charges::pages::list),
        get("/charges/new", Needs::To(P::ImportCharges), charges::pages::new),
        post("/charges/new", Needs::To(P::ImportCharges), charges::pages::enter),
        post("/charges/check", Needs::To(P::ImportCharges), charges::pages::check),
        post("/charges/draft", Needs::To(P::ImportCharges), charges::pages::save_draft),
        post("/charges/patients", Needs::To(P::ImportCharges), charges::pages::find_patients),
        post("/charges/imports", Needs::To(P::ImportCharges), charges::pages::import),
        post("/charges/uploads", Needs::To(P::ImportCharges), charges::pages::upload),
        get("/charges/mappings", Needs::To(P::ImportCharges), charges::mappings::pages::list),
        post("/charges/mappings", Needs::To(P::ImportCharges), charges::mappings::pages::save),
        get("/charges/mappings/edit", Needs::To(P::ImportCharges), charges::mappings::pages::edit),
        post("/charges/mappings/file", Needs::To(P::ImportCharges), charges::mappings::pages::upload),
        post("/charges/mappings/remove", Needs::To(P::ImportCharges), charges::mappings::pages::remove),
        post("/charges/missed", Needs::To(P::ImportCharges), charges::pages::dismiss),
        post("/charges/messages/{id}/replay", Needs::To(P::ImportCharges), charges::pages::replay),
        get("/remittances", Needs::To(P::ViewRemittances), remits::pages::list),
        get("/remittances/{id}", Needs::To(P::ViewRemittances), remits::pages::detail),
        post("/remittances/{id}/retry", Needs::To(P::PostRemittances), remits::pages::retry),
        get("/denials", Needs::To(P::ViewDenials), denials::pages::queue),
        get("/denials/{id}", Needs::To(P::ViewDenials), denials::pages::item),
        get("/codes", Needs::To(P::ViewDashboard), codes::pages::search),
        get("/codes/editions", Needs::To(P::ViewDashboard), codes::intake::pages::editions),
        post("/codes/editions", Needs::To(P::ManageCodes), codes::intake::pages::import),
        post("/codes/editions/{id}/undo", Needs::To(P::ManageCodes), codes::intake::pages::undo),
        get("/codes/imports", Needs::To(P::ManageCodes), codes::intake::pages::check),
        post("/codes/imports", Needs::To(P::ManageCodes), codes::intake::pages::upload),
        get("/codes/{table}/{code}", Needs::To(P::ViewDashboard), codes::pages::code),
        get("/rules", Needs::To(P::ViewClaims), scrub::pages::list),
        get("/rules/new", Needs::To(P::ManageRules), scrub::pages::new),
        post("/rules/new", Needs::To(P::ManageRules), scrub::pages::create),
        get("/rules/lists", Needs::To(P::ViewClaims), scrub::pages::lists),
        post("/rules/lists", Needs::To(P::ManageRules), scrub::pages::save_list),
        post("/rules/grades", Needs::To(P::ManageRules), scrub::pages::grade),
        get("/rules/what-if", Needs::To(P::ViewClaims), scrub::pages::what_if),
        get("/rules/trials", Needs::To(P::ViewClaims), scrub::trials::pages::list),
        post("/rules/trials", Needs::To(P::ManageRules), scrub::trials::pages::ask),
        get("/rules/trials/{id}", Needs::To(P::ViewClaims), scrub::trials::pages::trial),
        get("/rules/built-in/{name}", Needs::To(P::ViewClaims), scrub::pages::built_in),
        get("/rules/{id}", Needs::To(P::ViewClaims), scrub::pages::rule),
        post("/rules/{id}", Needs::To(P::ManageRules), scrub::pages::save),
        post("/rules/{id}/publish", Needs::To(P::ManageRules), scrub::pages::publish),
        post("/rules/{id}/retire", Needs::To(P::ManageRules), scrub::pages::retire),
        get("/mail", Needs::To(P::ManageMail), journey::pages::mail),
        post("/mail/send", Needs::To(P::ManageMail), journey::pages::send),
        post("/mail/receive", Needs::To(P::ManageMail), journey::pages::receive),
        post("/mail/settings", Needs::To(P::ManageMail), journey::pages::settings),
        post("/mail/jobs/{id}/retry", Needs::To(P::ManageMail), journey::pages::retry),
    ]
}

fn api() -> Vec<Route> {
    vec![
        get("/api/v1/openapi.json", Needs::Login, openapi::serve),
        post("/api/v1/charges", Needs::To(P::ImportCharges), charges::api::charge),
        post("/api/v1/fhir", Needs::To(P::ImportCharges), charges::api::fhir),
        post("/api/v1/charges/check", Needs::To(P::ImportCharges), charges::api::check),
        get("/api/v1/charges/messages", Needs::To(P::ImportCharges), charges::api::messages),
        get("/api/v1/charges/messages/{id}", Needs::To(P::ImportCharges), charges::api::message),
        post("/api/v1/charges/messages/{id}/replay", Needs::To(P::ImportCharges), charges::api::replay),
        post("/api/v1/charges/imports", Needs::To(P::ImportCharges), charges::api::import),
        get("/api/v1/charges/missed", Needs::To(P::ImportCharges), charges::api::missed),
        get("/api/v1/charges/mappings", Needs::To(P::ImportCharges), charges::api::mappings),
        post("/api/v1/charges/mappings/guess", Needs::To(P::ImportCharges), charges::api::guess_mapping),
        put("/api/v1/charges/mappings/{name}", Needs::To(P::ImportCharges), charges::api::save_mapping),
        delete("/api/v1/charges/mappings/{name}", Needs::To(P::ImportCharges), charges::api::delete_mapping),
        get("/api/v1/claims", Needs::To(P::ViewClaims), claims::api::list),
        get("/api/v1/claims/{id}", Needs::To(P::ViewClaims), claims::api::get),
        post("/api/v1/claims/{id}/scrub", Needs::To(P::WorkClaims), claims::api::scrub),
        post("/api/v1/claims/{id}/corrections", Needs::To(P::WorkClaims), claims::api::correct),
        post("/api/v1/claims/{id}/fixes", Needs::To(P::WorkClaims), claims::api::fix),
        post("/api/v1/claims/{id}/submit", Needs::To(P::WorkClaims), claims::api::submit),
        get("/api/v1/remittances", Needs::To(P::ViewRemittances), remits::api::list),
        post("/api/v1/remittances", Needs::To(P::PostRemittances), remits::api::receive),
        get("/api/v1/remittances/{id}", Needs::To(P::ViewRemittances), remits::api::get),
        post("/api/v1/remittances/{id}/retry", Needs::To(P::PostRemittances), remits::api::retry),
        get("/api/v1/denials", Needs::To(P::ViewDenials), denials::api::list),
        get("/api/v1/denials/{id}", Needs::To(P::ViewDenials), denials::api::get),
        get("/api/v1/codes", Needs::To(P::ViewDashboard), codes::api::search),
        get("/api/v1/codes/editions", Needs::To(P::ViewDashboard), codes::intake::api::editions),
        post("/api/v1/codes/editions/{id}/undo", Needs::To(P::ManageCodes), codes::intake::api::undo),
        post("/api/v1/codes/imports", Needs::To(P::ManageCodes), codes::intake::api::import),
        get("/api/v1/codes/{table}/{code}", Needs::To(P::ViewDashboard), codes::api::code),
        get("/api/v1/rules", Needs::To(P::ViewClaims), scrub::api::list),
        post("/api/v1/rules", Needs::To(P::ManageRules), scrub::api::create),
        get("/api/v1/rules/lists", Needs::To(P::ViewClaims), scrub::api::lists),
        post("/api/v1/rules/lists", Needs::To(P::ManageRules), scrub::api::save_list),
        post("/api/v1/rules/grades", Needs::To(P::ManageRules), scrub::api::grade),
        get("/api/v1/rules/what-if", Needs::To(P::ViewClaims), scrub::api::what_if),
        get("/api/v1/rules/trials", Needs::To(P::ViewClaims), scrub::trials::api::list),
        post("/api/v1/rules/trials", Needs::To(P::ManageRules), scrub::trials::api::ask),
        get("/api/v1/rules/trials/{id}", Needs::To(P::ViewClaims), scrub::trials::api::get),
        get("/api/v1/rules/built-in/{name}/try", Needs::To(P::ViewClaims), scrub::api::try_built_in),
        get(
            "/api/v1/rules/built-in/{name}/back-test",
            Needs::To(P::ViewClaims),
            scrub::api::back_test_built_in,
        ),
        get("/api/v1/rules/{id}", Needs::To(P::ViewClaims), scrub::api::get),
        post("/api/v1/rules/{id}/versions", Needs::To(P::ManageRules), scrub::api::save),
        post("/api/v1/rules/{id}/publish", Needs::To(P::ManageRules), scrub::api::publish),
        post("/api/v1/rules/{id}/retire", Needs::To(P::ManageRules), scrub::api::retire),
        get("/api/v1/rules/{id}/try", Needs::To(P::ViewClaims), scrub::api::try_on),
        get("/api/v1/rules/{id}/back-test", Needs::To(P::ViewClaims), scrub::api::back_test),
        get("/api/v1/mail", Needs::To(P::ManageMail), journey::api::mail),
        post("/api/v1/mail/send", Needs::To(P::ManageMail), journey::api::send),
        post("/api/v1/mail/receive", Needs::To(P::ManageMail), journey::api::receive),
        post("/api/v1/mail/settings", Needs::To(P::ManageMail), journey::api::settings),
        post("/api/v1/jobs/{id}/retry", Needs::To(P::ManageMail), journey::api::retry),
        get("/api/v1/ledger/balances", Needs::To(P::ViewLedger), ledger::api::balances),
        get("/api/v1/ledger/proofs", Needs::To(P::ViewLedger), ledger::api::proofs),
    ]
}

/// `GET /healthz`: the process answers. Says nothing else to strangers.
async fn health() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}
