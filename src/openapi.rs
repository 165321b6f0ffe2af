//! The API's description: OpenAPI 3.1, made from the handlers and their types.

use actix_web::HttpResponse;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::charges;
use crate::claims;
use crate::codes;
use crate::contracts;
use crate::credits;
use crate::denials;
use crate::deposits;
use crate::find;
use crate::journey;
use crate::ledger;
use crate::registry;
use crate::remits;
use crate::reports;
use crate::rosters;
use crate::scrub;
use crate::underpayments;
use crate::web::SESSION_COOKIE;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Firstpass",
        version = "1",
        description = "Charges in, money out, every cent explained. Refusals are problem documents (RFC 9457). \
            Every write needs an Idempotency-Key; the same key with the same request gets the same answer. \
            Lists are paged by key: pass `next` as `after`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        charges::api::charge,
        charges::api::check,
        charges::api::fhir,
        charges::api::messages,
        charges::api::message,
        charges::api::replay,
        charges::api::import,
        charges::api::missed,
        charges::api::mappings,
        charges::api::save_mapping,
        charges::api::delete_mapping,
        charges::api::guess_mapping,
        find::api::find,
        registry::api::list_patients,
        registry::api::add_patient,
        registry::api::search_patients,
        registry::api::patient,
        registry::api::change_patient,
        registry::api::list_coverages,
        registry::api::add_coverage,
        registry::api::change_coverage,
        registry::api::list_providers,
        registry::api::add_provider,
        registry::api::provider,
        registry::api::change_provider,
        registry::api::list_payers,
        registry::api::add_payer,
        registry::api::payer,
        registry::api::change_payer,
        rosters::api::import,
        claims::api::list,
        claims::api::get,
        claims::api::scrub,
        claims::api::correct,
        claims::api::fix,
        claims::api::submit,
        remits::api::list,
        remits::api::get,
        remits::api::receive,
        remits::api::enter_eob,
        remits::api::check_eob,
        remits::api::eob_claim,
        remits::eob::api::list,
        remits::eob::api::get,
        remits::eob::api::attach,
        remits::eob::api::withdraw,
        remits::api::retry,
        remits::api::post_reviewed,
        remits::api::override_held,
        remits::api::unpost,
        remits::api::posting_rules,
        remits::api::set_posting_rule,
        remits::adjustments::api::list,
        remits::adjustments::api::all_pairs,
        remits::adjustments::api::get,
        remits::adjustments::api::settle,
        remits::adjustments::api::undo,
        deposits::api::list,
        deposits::api::awaited,
        deposits::api::totals,
        deposits::api::get,
        deposits::api::import,
        deposits::api::match_to,
        deposits::api::undo,
        remits::exceptions::api::list,
        remits::exceptions::api::get,
        remits::exceptions::api::journal,
        remits::exceptions::api::resolve,
        denials::api::list,
        denials::api::get,
        underpayments::api::list,
        underpayments::api::get,
        underpayments::api::close,
        credits::api::list,
        credits::api::get,
        credits::api::act,
        credits::api::actions,
        credits::api::undo,
        credits::api::refunds,
        credits::api::refund,
        credits::api::pay,
        credits::api::void,
        credits::api::take_back,
        credits::api::take_back_unpaid,
        credits::medicare::api::report,
        credits::receipts::api::unapplied,
        credits::receipts::api::list,
        credits::receipts::api::get,
        credits::receipts::api::receive,
        credits::receipts::api::apply,
        credits::receipts::api::undo,
        credits::receipts::api::give_back,
        credits::small_balances::api::rules,
        credits::small_balances::api::set_rule,
        credits::small_balances::api::schedule,
        credits::small_balances::api::set_schedule,
        credits::small_balances::api::due,
        credits::small_balances::api::run,
        credits::small_balances::api::write_offs,
        credits::small_balances::api::undo,
        contracts::api::list,
        contracts::api::get,
        contracts::api::create,
        contracts::api::end,
        contracts::api::adopt,
        contracts::api::price,
        contracts::api::what_if,
        contracts::api::schedules,
        contracts::api::fees,
        contracts::api::import,
        contracts::api::relative_values,
        contracts::api::undo,
        codes::api::search,
        codes::api::code,
        codes::intake::api::editions,
        codes::intake::api::import,
        codes::intake::api::undo,
        scrub::api::list,
        scrub::api::get,
        scrub::api::create,
        scrub::api::save,
        scrub::api::publish,
        scrub::api::retire,
        scrub::api::grade,
        scrub::api::try_on,
        scrub::api::try_built_in,
        scrub::trials::api::list,
        scrub::trials::api::ask,
        scrub::trials::api::cancel,
        scrub::trials::api::get,
        scrub::api::back_test,
        scrub::api::back_test_built_in,
        scrub::api::what_if,
        scrub::api::lists,
        scrub::api::save_list,
        journey::api::mail,
        journey::api::send,
        journey::api::receive,
        journey::api::settings,
        journey::api::retry,
        ledger::api::balances,
        ledger::api::proofs,
        ledger::api::prove,
        ledger::api::last_run,
        ledger::api::map_account,
        ledger::api::register,
        ledger::api::entry,
        ledger::api::periods,
        ledger::api::close,
        ledger::api::reopen,
        ledger::api::lock,
        ledger::api::export,
        ledger::api::exported,
        reports::api::aging,
    ),
    modifiers(&Keys),
    security(("key" = []), ("session" = []))
)]
struct Description;

struct Keys;

impl Modify for Keys {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("fpk_...").build();
        let session = ApiKey::Cookie(ApiKeyValue::new(SESSION_COOKIE));
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(key));
        components.add_security_scheme("session", SecurityScheme::ApiKey(session));
    }
}

/// The description as it is served.
#[must_use]
pub fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// The description of this API.
pub async fn serve() -> HttpResponse {
    HttpResponse::Ok().json(description())
}
