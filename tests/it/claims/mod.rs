//! Claims: drafted from visits, moved by events.

mod events;
mod from_charges;
mod history;
mod revisions;

use firstpass::charges::{self, Mode};
use firstpass::claims::{self, DraftedVisits, Event, Happened, Outcome, Source};
use firstpass::db::{Actor, Tx};
use firstpass::types::{ClaimId, Result};
use serde_json::json;

use crate::support::World;
use crate::support::practice::{DOCTOR_NPI, GROUP_NPI, Practice};

/// What was drafted from visits of one line each: `visit,account,date,procedure,charge`.
async fn drafted(
    world: &World,
    practice: &Practice,
    visits: &[(&str, &str, &str, &str, &str)],
) -> DraftedVisits {
    let mut csv =
        "visit_number,patient_account,billing_npi,rendering_npi,place_of_service,dx1,units,pointers,\
                   service_date,procedure,charge\n"
            .to_owned();
    for (visit, account, date, procedure, charge) in visits {
        csv.push_str(&format!(
            "{visit},{account},{GROUP_NPI},{DOCTOR_NPI},11,E11.9,1,A,{date},{procedure},{charge}\n"
        ));
    }
    let report = world.import(practice, csv.as_bytes(), Mode::AllOrNothing).await.unwrap();
    assert!(report.is_complete());
    audited(world, &practice.actor, async |tx| {
        let visits = charges::encounters(tx, &report.encounters).await?;
        claims::draft_visits(tx, now(), &visits).await
    })
    .await
    .unwrap()
}

/// One drafted claim of patient `A-100`.
async fn claim(world: &World, practice: &Practice) -> ClaimId {
    drafted(world, practice, &[("V1", "A-100", "2026-03-02", "99213", "150.00")]).await.claims[0].1
}

/// A transaction that leaves an audit event, as the verb around a step does.
async fn audited<R>(
    world: &World,
    actor: &Actor,
    step: impl AsyncFnOnce(&mut Tx) -> Result<R> + Clone,
) -> Result<R> {
    let verb = async |tx: &mut Tx| {
        let done = step(tx).await?;
        let organization = tx.actor().organization;
        tx.audit("claims/test", organization, None, json!({})).await?;
        Ok(done)
    };
    world.db.transaction(actor, verb).await
}

/// The events, each said by a source of its own.
async fn record(world: &World, practice: &Practice, claim: ClaimId, events: &[Event]) -> Vec<Outcome> {
    let happened: Vec<Happened> = events
        .iter()
        .enumerate()
        .map(|(place, event)| happened(claim, *event, &format!("{place}")))
        .collect();
    audited(world, &practice.actor, async |tx| claims::record(tx, now(), &happened).await).await.unwrap()
}

fn happened(claim: ClaimId, event: Event, source: &str) -> Happened {
    Happened { claim, event, source: Source::new("test", source), detail: json!({}) }
}

fn now() -> chrono::DateTime<chrono::Utc> {
    "2026-03-10T15:00:00Z".parse().unwrap()
}
