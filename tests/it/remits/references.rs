//! What a decision, its lines and the events of it name is there, whoever writes them, and stays there.

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};

use crate::remits::{Practice, practice, remit};

async fn session(practice: &Practice, url: &str) -> AsyncPgConnection {
    let mut conn = AsyncPgConnection::establish(url).await.unwrap();
    let organization = practice.actor.organization.uuid();
    conn.batch_execute(&format!("set app.organization = '{organization}'")).await.unwrap();
    conn
}

async fn refused(conn: &mut AsyncPgConnection, sql: &str, why: &str) {
    let said = conn.batch_execute(sql).await.expect_err(sql).to_string();
    assert!(said.contains(why), "{sql}: {said}");
}

/// The practice with one posted decision of one line.
async fn decided() -> Practice {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let body =
        format!("CLP*{}*1*150*80**12*P~SVC*HC:99213*150*80**1~DTM*472*20260302~CAS*CO*45*70~", claim.number);
    practice.receive_one(&remit("T1", "80", &body)).await;
    practice
}

#[tokio::test]
async fn a_decision_a_line_and_an_event_that_name_nothing_are_refused() {
    let practice = decided().await;
    let conn = &mut session(&practice, &practice.world.service_url()).await;
    let decision = |remittance: &str, claim: &str| {
        format!(
            "insert into remit_claims (organization_id, remittance_id, id, ordinal, patient_control_number, status_code,
                charged, paid, patient_responsibility, adjusted, adjustments, remarks, first_byte, last_byte, claim_id,
                match_rule, posted)
             select organization_id, {remittance}, gen_random_uuid(), 9, patient_control_number, status_code, charged,
                paid, patient_responsibility, adjusted, adjustments, remarks, first_byte, last_byte, {claim}, match_rule,
                posted from remit_claims"
        )
    };
    refused(conn, &decision("gen_random_uuid()", "claim_id"), "a decision is of no remittance").await;
    let no_claim = "a decision names a claim that is not there";
    refused(conn, &decision("remittance_id", "gen_random_uuid()"), no_claim).await;
    refused(conn, "update remit_claims set claim_id = gen_random_uuid()", no_claim).await;
    let line = "insert into remit_lines (organization_id, remit_claim_id, line_no, procedure, modifiers, charged, paid,
            adjustments, remarks, first_byte, last_byte)
         select organization_id, gen_random_uuid(), line_no, procedure, modifiers, charged, paid, adjustments, remarks,
            first_byte, last_byte from remit_lines";
    refused(conn, line, "a line is of no decision").await;
    let event = "insert into claim_events (organization_id, claim_id, event_no, event, status, source_kind, source_id,
            file_id, actor, occurred_at)
         select organization_id, claim_id, 99, event, status, source_kind, 'another', gen_random_uuid(), actor,
            occurred_at from claim_events where file_id is not null limit 1";
    refused(conn, event, "an event names a file that is not there").await;
    practice.proves().await;
}

#[tokio::test]
async fn what_they_name_is_neither_deleted_nor_renamed_by_the_owner_either() {
    let practice = decided().await;
    let conn = &mut session(&practice, &practice.world.owner_url()).await;
    for sql in [
        "delete from remit_claims",
        "update remit_claims set id = gen_random_uuid()",
        "update remit_claims set remittance_id = gen_random_uuid()",
        "truncate remit_claims cascade",
        "delete from remittances",
        "update remittances set id = gen_random_uuid()",
        "truncate remittances cascade",
    ] {
        refused(conn, sql, "is append-only").await;
    }
    practice.proves().await;
}
