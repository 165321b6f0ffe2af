//! Every column with an amount is held by a proof, or it is said why none can know it.

use std::process::Command;

use diesel::sql_types::{Array, Text, Uuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use firstpass::credits::Action;
use firstpass::credits::receipts::Target;
use firstpass::db::Actor;
use firstpass::journey;
use firstpass::ledger::{AsOf, JournalFormat};
use firstpass::remits::adjustments::Settling;
use firstpass::remits::{Approval, State};
use firstpass::types::OrganizationId;

use crate::credits::receipts::{apply, receive, self_pay};
use crate::credits::small_balances;
use crate::credits::{act, of_payer, overpaid, pay};
use crate::ledger::{day, session};
use crate::remits::{Practice, file, furnish, remit, set_from};
use crate::support::{self, World};

/// The column, which of its rows the proof holds, and the proof.
const HELD: [(&str, &str, &str); 50] = [
    ("account_totals.amount", "true", "totals_are_sums"),
    ("charge_imports.charged", "true", "claims_ask_for_what_was_charged"),
    ("charge_lines.charged", "true", "claims_ask_for_what_was_charged"),
    ("claim_lines.charged", "true", "claims_ask_for_what_was_charged"),
    ("claim_standings.charged", "true", "claims_are_counted"),
    ("claims.charged", "true", "claims_ask_for_what_was_charged"),
    ("credit_actions.amount", "action <> 'wait_for_payer'", "credit_actions_moved_what_they_say"),
    ("denials.amount", "true", "denials_are_adjustments"),
    ("denials.expected_recovery", "true", "denials_are_adjustments"),
    ("denials.overturn_rate", "true", "denials_are_adjustments"),
    ("denials.priority", "true", "denials_are_adjustments"),
    // What a person put together in parts is that person's word.
    ("deposit_matches.amount", "rule in ('trace', 'check_number')", "deposits_are_matched_once"),
    (
        "deposits.amount",
        "exists (select from deposit_matches m where m.deposit_id = deposits.id)",
        "deposits_are_matched_once",
    ),
    ("encounters.charged", "true", "claims_ask_for_what_was_charged"),
    ("journal_exports.credits", "true", "totals_are_sums"),
    ("journal_exports.debits", "true", "totals_are_sums"),
    ("open_balances.amount", "true", "totals_are_sums"),
    ("provider_adjustment_settlements.amount", "way = 'refund'", "open_items_are_balances"),
    // Of two items in one account no entry tells what was set off; the other side does.
    ("provider_adjustment_settlements.amount", "way = 'item'", "open_items_are_balances"),
    ("provider_adjustments.amount", "true", "payments_are_cash"),
    ("receipt_applications.amount", "true", "unapplied_cash_is_open"),
    ("receipts.amount", "true", "unapplied_cash_is_open"),
    ("refund_payments.amount", "true", "refunds_are_payable"),
    ("remit_claims.charged", "true", "decisions_add_up"),
    ("remit_claims.paid", "true", "payments_are_cash"),
    ("remit_claims.patient_responsibility", "true", "decisions_add_up"),
    // Of what holds no money, and of what was settled, the amount is what was found that day.
    ("remit_exceptions.amount", "resolved_at is null and kind = 'no_match'", "waiting_money_is_open"),
    ("remit_lines.allowed", "allowed is not null", "decisions_add_up"),
    ("remit_lines.charged", "true", "decisions_add_up"),
    ("remit_lines.paid", "true", "decisions_add_up"),
    ("remit_movements.credits", "true", "movements_are_entries"),
    ("remit_movements.debits", "true", "movements_are_entries"),
    ("remit_overrides.difference", "true", "payments_are_cash"),
    ("remit_restatements.amount", "true", "restatements_are_written_off"),
    ("remittances.allowed", "state = 'posted'", "decisions_add_up"),
    ("remittances.charged", "state = 'posted'", "decisions_add_up"),
    ("remittances.claims_adjusted", "state = 'posted'", "decisions_add_up"),
    ("remittances.claims_paid", "state = 'posted'", "payments_are_cash"),
    ("remittances.difference", "state = 'posted'", "payments_are_cash"),
    ("remittances.paid", "state = 'posted'", "payments_are_cash"),
    ("remittances.patient_responsibility", "state = 'posted'", "decisions_add_up"),
    ("remittances.provider_adjustments", "state = 'posted'", "payments_are_cash"),
    ("remittances.services_adjusted", "state = 'posted'", "decisions_add_up"),
    ("remittances.services_charged", "state = 'posted'", "decisions_add_up"),
    ("remittances.services_paid", "state = 'posted'", "decisions_add_up"),
    ("small_balance_write_offs.amount", "true", "small_balances_follow_rules"),
    ("status_totals.charged", "true", "claims_are_counted"),
    ("transfers.amount", "true", "chain"),
    ("underpayments.allowed", "true", "underpayments_are_differences"),
    ("underpayments.expected", "true", "underpayments_are_differences"),
];

/// What no proof can know, and why.
const SAID_ONCE: [(&str, &str); 16] = [
    ("batches.charged", "the database compares it with its claims when it is made, and it changes no more"),
    ("charge_lines.units", "a quantity: the charge stands beside it"),
    ("claim_lines.units", "a quantity: the charge stands beside it"),
    ("remit_lines.units", "a quantity: the payment stands beside it"),
    ("fee_schedule_editions.conversion_factor", "a published price"),
    ("fee_schedule_rows.amount", "a published or agreed price"),
    ("payer_contracts.assistant_percent", "a person entered it from the contract"),
    ("payer_contracts.bilateral_percent", "a person entered it from the contract"),
    ("payer_contracts.charge_percent", "a person entered it from the contract"),
    ("payer_contracts.cosurgeon_percent", "a person entered it from the contract"),
    ("payer_contracts.nonphysician_percent", "a person entered it from the contract"),
    ("payer_contracts.reductions", "a person entered it from the contract"),
    ("payer_contracts.schedule_percent", "a person entered it from the contract"),
    ("payer_contracts.tolerance", "a person decided it"),
    ("small_balance_rules.limit_amount", "a person decided it; less than was given up by it is found"),
    ("underpayments.difference", "the database computes it from the two beside it"),
];

#[derive(QueryableByName)]
struct Columns {
    #[diesel(sql_type = Array<Text>)]
    names: Vec<String>,
}

#[tokio::test]
async fn every_amount_is_held_by_a_proof_or_said_once() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let mut conn = session(&world.owner_url(), &actor).await;
    let found: Columns = sql_query(
        "select array_agg(table_name || '.' || column_name order by 1) as names
         from information_schema.columns join information_schema.tables using (table_schema, table_name)
         where table_schema = 'public' and table_type = 'BASE TABLE'
         and (data_type = 'numeric' or udt_name = '_numeric')",
    )
    .get_result(&mut conn)
    .await
    .unwrap();
    let mut listed: Vec<&str> =
        HELD.iter().map(|(column, ..)| *column).chain(SAID_ONCE.iter().map(|(column, _)| *column)).collect();
    listed.sort_unstable();
    listed.dedup();
    let mut names = found.names;
    names.sort_unstable();
    assert_eq!(listed, names);
}

/// A practice with something in every one of those columns that a demo leaves empty.
async fn busy(world: World, actor: Actor) -> Practice {
    let practice = furnish(world, actor, "ELM").await;
    // 40.00 paid too much are owed back, and paid by check.
    let claim = overpaid(&practice).await;
    let refund = act(&practice, of_payer(&practice, &claim), Action::Refund, None).await.unwrap();
    pay(&practice, refund.entry.unwrap(), "2026-04-02").await.unwrap();
    // The payer will take 80.00, of which we pay back 30.00.
    practice.receive_one(&remit("T3", "80", "PLB*1*20261231*WO:X1*-80~")).await;
    let item = practice.open_item().await.item.id;
    practice.settle(item, Settling::Refund, Some("30.00")).await.unwrap();
    // 25.00 that will be taken, and were under another reference.
    practice.receive_one(&remit("T7", "25", "PLB*1*20261231*WO:X2*-25~")).await;
    let body = "CLP*NOBODYS*1*25*25**12*PCN7~PLB*1*20261231*WO:X3*25~";
    practice.receive_one(&remit("T8", "0", body)).await;
    practice.set_off_first().await;
    // A patient's 50.00, of which 20.00 pay a visit.
    self_pay(&practice, claim.patient, "60.00").await;
    let receipt = receive(&practice, claim.patient, "50.00", "2026-04-01").await.unwrap();
    apply(&practice, receipt.id, Target::Visit(None), Some("20.00")).await.unwrap();
    // A payment that was 5.00 short, and one for nobody's claim.
    let short = practice.claim(&[("99213", "150.00")]).await;
    let text = remit("T4", "75", &format!("CLP*{}*1*150*80**12*PCN4~CAS*CO*45*70~", short.number));
    let (held, _) = practice.receive_one(&text).await;
    assert_eq!(held.outcome, State::Held);
    let because = Approval::Override { reason: "the payer confirmed by telephone".into() };
    practice.approve(held.remittance, &because).await.unwrap();
    practice.receive_one(&remit("T5", "80", "CLP*NOBODYS*1*150*80**12*PCN5~CAS*CO*45*70~")).await;
    // 2.00 that a rule gave up.
    small_balances::due_long_ago(&practice, "2.00").await;
    assert_eq!(small_balances::run(&practice).await.balances.len(), 1);
    // A line with what was allowed: 100.00 of 150.00, of which the patient owes 20.00.
    let stated = practice.claim(&[("99213", "150.00")]).await;
    let body = format!(
        "CLP*{}*1*150*80*20*12*PCN6~SVC*HC:99213*150*80**1~CAS*CO*45*50~CAS*PR*2*20~AMT*B6*100~",
        stated.number
    );
    practice.receive_one(&remit("T6", "80", &body)).await;
    // The second payer's write-off is 5.00 more since the first one, which wrote off 100.00, corrected itself.
    let lines = [("99213", "200.00")];
    let first = practice.claim_with_second_payer(&lines).await;
    let second = practice.second_claim(&first, &lines).await;
    let decided =
        |paid, off| format!("CLP*{}*1*200*{paid}*20*12*PCN7~CAS*CO*45*{off}~CAS*PR*1*20~", first.number);
    practice.receive_one(&remit("T9", "80", &decided(80, 100))).await;
    let body = format!("CLP*{}*2*200*10*5*12*PCN9~CAS*OA*23*90~CAS*CO*45*95~CAS*PR*2*5~", second.number);
    practice.receive_one(&file(&[set_from("BETA2", "T10", "10", &body)])).await;
    let taken_back = format!("CLP*{}*22*-200*-80*-20*12*PCN7~CAS*CO*45*-100~CAS*PR*1*-20~", first.number);
    practice.receive_one(&remit("T11", "10", &(taken_back + &decided(90, 90)))).await;
    let (march, today) = ("2026-03".parse().unwrap(), day("2026-07-01"));
    let export =
        async |tx: &mut _| journey::export_journal(tx, march, JournalFormat::Csv, today).await.map(|_| ());
    practice.world.db.transaction(&practice.actor, export).await.unwrap();
    practice
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Text)]
    ctid: String,
}

/// Adds to a column of a row that it may be added to, and returns where the row is then; none where the
/// practice has no such row.
async fn add(
    conn: &mut AsyncPgConnection,
    column: &str,
    cents: &str,
    only: &str,
    at: Option<&str>,
) -> Option<String> {
    let (table, name) = column.split_once('.').unwrap();
    let place = at.map_or_else(
        || format!("(select ctid from {table} where {name} is not null and {only} order by ctid limit 1)"),
        |at| format!("'{at}'"),
    );
    let changed: Vec<Place> = sql_query(format!(
        "update {table} set {name} = {name} + ({cents}) where ctid = {place} returning ctid::text"
    ))
    .load(conn)
    .await
    .unwrap_or_else(|fault| panic!("{column}: {fault}"));
    changed.into_iter().next().map(|row| row.ctid)
}

/// Whether a proof holds of all the practice's books.
async fn holds(world: &World, actor: &Actor, name: &str) -> bool {
    let proofs = world.db.snapshot(actor, async |tx| journey::proofs(tx, AsOf::NOW).await).await.unwrap();
    proofs.iter().find(|proof| proof.name == name).unwrap_or_else(|| panic!("no proof {name}")).holds
}

#[derive(QueryableByName)]
struct Made {
    #[diesel(sql_type = Uuid)]
    id: OrganizationId,
}

#[tokio::test]
async fn one_changed_cent_of_any_amount_breaks_its_proof() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let folder = std::env::temp_dir().join(format!("firstpass-cents-{}", uuid::Uuid::now_v7()));
    let demo = Command::new(env!("CARGO_BIN_EXE_firstpass"))
        .args(["demo", "--once", "--json", "--encounters", "120"])
        .env("DATABASE_URL", world.service_url())
        .env("FIRSTPASS_DATA", &folder)
        .output()
        .unwrap();
    assert!(demo.status.success(), "{}", String::from_utf8_lossy(&demo.stderr));
    let _ = std::fs::remove_dir_all(&folder);
    let busy = busy(world, actor).await;
    let world = &busy.world;

    // As nobody of ours can: the server's administrator takes every guard off.
    let mut conn = session(&world.administrator_url(), &busy.actor).await;
    conn.batch_execute(
        "do $$ declare one record; begin
            for one in select tgrelid::regclass as on_table, tgname from pg_trigger where not tgisinternal loop
                execute format('alter table %s disable trigger %I', one.on_table, one.tgname);
            end loop;
            for one in select conrelid::regclass as on_table, conname from pg_constraint
                where contype = 'c' and conrelid <> 0 and connamespace = 'public'::regnamespace loop
                execute format('alter table %s drop constraint %I', one.on_table, one.conname);
            end loop;
         end $$",
    )
    .await
    .unwrap();
    let made: Made = sql_query("select id from organizations where name <> 'Elm Street'")
        .get_result(&mut conn)
        .await
        .unwrap();
    let actors = [Actor::system("test", made.id), busy.actor.clone()];

    let mut unfound = vec![];
    for (column, only, proof) in HELD {
        for cents in ["0.01", "-0.01"] {
            let mut tried = false;
            for actor in &actors {
                let organization = actor.organization.uuid();
                let only = format!("organization_id = '{organization}' and {only}");
                let Some(at) = add(&mut conn, column, cents, &only, None).await else { continue };
                tried = true;
                if holds(world, actor, proof).await {
                    unfound.push(format!("{column} {cents}: {proof} holds"));
                }
                add(&mut conn, column, &format!("-({cents})"), &only, Some(&at)).await;
                if !holds(world, actor, proof).await {
                    unfound.push(format!("{column}: {proof} does not hold when it is put back"));
                }
                break;
            }
            if !tried {
                unfound.push(format!("{column}: there is none"));
            }
        }
    }
    assert_eq!(unfound, [""; 0]);
}
