//! `/api/v1/denials`: the queue of what was denied.

use actix_web::web::{Json, Path, Query};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::denials::{self, After, Denial};
use crate::types::{ClaimId, DenialId, Money, RemitClaimId};
use crate::web::{App, Caller, Page, Paging, Problems, Result};

/// Open denials, most worth working first.
#[utoipa::path(get, path = "/api/v1/denials", tag = "denials", params(Paging),
    responses((status = 200, body = Page<DenialView>), Problems))]
pub async fn list(app: App, caller: Caller, paging: Query<Paging>) -> Result<Json<Page<DenialView>>> {
    let after: Option<(Money, DenialId)> = paging.after()?;
    let after = after.map(|(priority, id)| After { priority, id });
    let limit = paging.limit() + 1;
    let found = app.db.snapshot(&caller.actor, async |tx| denials::queue(tx, after, limit).await).await?;
    Ok(Json(Page::of(found, &paging, |denial| (denial.priority, denial.id))?.map(DenialView::from)))
}

/// One denial, open or not.
#[utoipa::path(get, path = "/api/v1/denials/{id}", tag = "denials", params(("id" = DenialId, Path)),
    responses((status = 200, body = DenialView), Problems))]
pub async fn get(app: App, caller: Caller, id: Path<DenialId>) -> Result<Json<DenialView>> {
    let denial = app.db.snapshot(&caller.actor, async |tx| denials::get(tx, *id).await).await?;
    Ok(Json(denial.into()))
}

/// A denied claim or line to be worked.
#[derive(Debug, Serialize, ToSchema)]
pub struct DenialView {
    /// Its id.
    pub id: DenialId,
    /// `open`, `working`, `appealed`, `recovered`, `written_off`, `lost` or `reversed`.
    pub state: String,
    /// The claim that was denied.
    pub claim: ClaimId,
    /// The payer's decision.
    pub remit_claim: RemitClaimId,
    /// Line of that decision; none when the whole claim was denied.
    pub line_no: Option<i16>,
    /// CAS01.
    pub group: String,
    /// CAS02.
    pub reason: String,
    /// RARCs.
    pub remarks: Vec<String>,
    /// What is at stake.
    pub amount: Money,
    /// What kind of denial it is: what repairs it.
    pub category: String,
    /// The category in words.
    pub category_label: String,
    /// The last day to appeal or send again.
    pub appeal_by: NaiveDate,
    /// How likely it is that the amount is recovered, from 0 to 1.
    #[schema(value_type = String)]
    pub overturn_rate: Decimal,
    /// Amount times that.
    pub expected_recovery: Money,
    /// Expected recovery against time: the queue's order.
    pub priority: Money,
    /// The priority's arithmetic.
    pub why: String,
    /// The day on which it was found.
    pub opened_on: NaiveDate,
}

impl From<Denial> for DenialView {
    fn from(denial: Denial) -> DenialView {
        DenialView {
            id: denial.id,
            state: denial.state,
            claim: denial.claim,
            remit_claim: denial.remit_claim,
            line_no: denial.line_no,
            group: denial.group.code().to_owned(),
            reason: denial.reason.to_string(),
            remarks: denial.remarks.iter().map(ToString::to_string).collect(),
            amount: denial.amount,
            category: denial.category.to_string(),
            category_label: denial.category.label().to_owned(),
            appeal_by: denial.appeal_by,
            overturn_rate: denial.overturn_rate,
            expected_recovery: denial.expected_recovery,
            priority: denial.priority,
            why: denial.why,
            opened_on: denial.opened_on,
        }
    }
}
