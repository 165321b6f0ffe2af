//! Fee schedules from files: editions, what they change, taking one back; contracts of one payer.

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use firstpass::contracts::{self, ImportOptions, Standing};

use super::{contract, from, import, standard};
use crate::support::practice::day;
use crate::support::{self, World};
use firstpass::db::Actor;

const FIRST: &str = "CPT,Modifier,Fee\n99213,,92.00\n99214,,130.00\n71046,26,9.00\n";
const SECOND: &str = "CPT,Modifier,Fee\n99213,,92.00\n99214,,135.00\n20610,,60.00\n";

async fn prices(world: &World, actor: &Actor, on: &str) -> Vec<String> {
    let schedule = standard(world, actor).await;
    let fees = async |tx: &mut _| contracts::fees(tx, schedule, day(on), "", None, 100).await;
    let found = world.db.snapshot(actor, fees).await.unwrap();
    found.iter().map(|fee| format!("{}{} {}", fee.procedure, fee.modifier, fee.amount)).collect()
}

#[tokio::test]
async fn an_edition_answers_from_its_first_day_until_the_next_and_undoing_it_brings_the_one_before_back() {
    let world = support::world().await;
    let actor = world.practice("Elm Street").await.actor;
    let first = import(&world, &actor, FIRST, &from("2026-01-01")).await.unwrap();
    assert_eq!((first.rows_read, first.added, first.changed, first.ended), (3, 3, 0, 0));
    let second = import(&world, &actor, SECOND, &from("2026-07-01")).await.unwrap();
    assert_eq!((second.added, second.changed, second.unchanged, second.ended), (1, 1, 1, 1));
    assert_eq!(
        prices(&world, &actor, "2026-06-30").await,
        ["71046 26 9.00", "99213 92.00", "99214 130.00"].map(|p| p.replace("71046 26", "7104626"))
    );
    assert_eq!(prices(&world, &actor, "2026-07-01").await, ["20610 60.00", "99213 92.00", "99214 135.00"]);
    assert_eq!(prices(&world, &actor, "2025-12-31").await, [""; 0]);

    let edition = second.edition.unwrap();
    let now = "2026-07-02T12:00:00Z".parse().unwrap();
    for _ in 0..2 {
        world.db.transaction(&actor, async |tx| contracts::undo(tx, now, edition).await).await.unwrap();
    }
    assert_eq!(prices(&world, &actor, "2026-07-01").await.len(), 3);
    assert!(prices(&world, &actor, "2026-07-01").await.contains(&"99214 130.00".to_owned()));
    // What was undone may come in again.
    let again = import(&world, &actor, SECOND, &from("2026-08-01")).await.unwrap();
    assert_eq!((again.already_imported, again.added), (false, 1));
}

#[tokio::test]
async fn the_same_file_imports_nothing_twice_and_a_dry_run_nothing_at_all() {
    let world = support::world().await;
    let actor = world.practice("Elm Street").await.actor;
    let dry = ImportOptions { dry_run: true, ..from("2026-01-01") };
    let looked = import(&world, &actor, FIRST, &dry).await;
    // A transaction that writes nothing needs no audit; the dry run keeps nothing.
    assert_eq!(looked.map(|report| (report.added, report.edition)).unwrap(), (3, None));
    let first = import(&world, &actor, FIRST, &from("2026-01-01")).await.unwrap();
    let again = import(&world, &actor, FIRST, &from("2026-01-01")).await.unwrap();
    assert!(again.already_imported && !first.already_imported);
    assert_eq!((again.edition, again.added), (first.edition, 3));
    let editions = world.db.snapshot(&actor, async |tx| contracts::editions(tx).await).await.unwrap();
    assert_eq!(editions.len(), 1);
}

#[tokio::test]
async fn a_part_of_a_list_changes_what_it_names_and_ends_nothing() {
    let world = support::world().await;
    let actor = world.practice("Elm Street").await.actor;
    import(&world, &actor, FIRST, &from("2026-01-01")).await.unwrap();
    let part = ImportOptions { amends: true, ..from("2026-07-01") };
    let report = import(&world, &actor, "CPT,Fee\n99214,140.00\n", &part).await.unwrap();
    assert_eq!((report.added, report.changed, report.ended), (0, 1, 0));
    assert_eq!(prices(&world, &actor, "2026-07-01").await, ["7104626 9.00", "99213 92.00", "99214 140.00"]);
    assert_eq!(prices(&world, &actor, "2026-06-30").await[2], "99214 130.00");
}

#[tokio::test]
async fn bad_rows_are_told_and_the_good_ones_kept() {
    let world = support::world().await;
    let actor = world.practice("Elm Street").await.actor;
    let csv = "CPT,Fee,From\n99213,92.00,2026-01-01\n9921,1.00,\n99214,x,\n";
    let report = import(&world, &actor, csv, &ImportOptions::default()).await.unwrap();
    assert_eq!(report.effective_from, day("2026-01-01"));
    assert_eq!((report.rows_read, report.added, report.rows_rejected), (3, 1, 2));
    let said: Vec<(i32, &str)> =
        report.problems.iter().map(|problem| (problem.row, problem.column.as_deref().unwrap())).collect();
    assert_eq!(said, [(3, "procedure"), (4, "amount")]);
    let code = |fault: firstpass::types::Error| fault.refusal().unwrap().code;
    let nothing = import(&world, &actor, "CPT,Fee\n9921,1.00\n", &from("2026-01-01")).await.unwrap_err();
    assert_eq!(code(nothing), "contracts/no-rows");
    let when = import(&world, &actor, "CPT,Fee\n99213,1.00\n", &ImportOptions::default()).await.unwrap_err();
    assert_eq!(code(when), "contracts/no-first-day");
}

#[tokio::test]
async fn a_payer_has_one_contract_on_a_day() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let (actor, payer) = (&practice.actor, practice.first_payer);
    import(&world, actor, FIRST, &from("2026-01-01")).await.unwrap();
    let first = contract(&world, actor, payer, "2026", |_| ()).await.unwrap();
    let code = |fault: firstpass::types::Error| fault.refusal().unwrap().code;
    let other = contract(&world, actor, payer, "Summer", |new| new.valid_from = day("2026-07-01")).await;
    assert_eq!(code(other.unwrap_err()), "contracts/overlap");
    let same = contract(&world, actor, practice.second_payer, "2026", |_| ()).await;
    assert_eq!(code(same.unwrap_err()), "contracts/taken");
    contract(&world, actor, practice.second_payer, "Second 2026", |_| ()).await.unwrap();
    // A proposed one binds nobody until it is adopted.
    let proposed = contract(&world, actor, payer, "Offer", |new| {
        new.standing = Standing::Proposed;
        new.valid_from = day("2026-07-01");
    });
    let proposed = proposed.await.unwrap();
    let adopt = async |tx: &mut _| contracts::adopt(tx, proposed.id).await;
    assert_eq!(code(world.db.transaction(actor, adopt).await.unwrap_err()), "contracts/overlap");
    let end = async |tx: &mut _| contracts::end(tx, first.id, day("2026-06-30")).await;
    assert_eq!(world.db.transaction(actor, end).await.unwrap().valid_to, Some(day("2026-06-30")));
    assert_eq!(world.db.transaction(actor, adopt).await.unwrap().standing, Standing::InForce);
    let later = async |tx: &mut _| contracts::end(tx, first.id, day("2026-07-31")).await;
    assert_eq!(code(world.db.transaction(actor, later).await.unwrap_err()), "contracts/overlap");
}

#[tokio::test]
async fn another_practices_schedules_and_contracts_are_not_there() {
    let world = support::world().await;
    let elm = world.practice("Elm Street").await;
    let oak = world.practice("Oak Street").await;
    let report = import(&world, &elm.actor, FIRST, &from("2026-01-01")).await.unwrap();
    let made = contract(&world, &elm.actor, elm.first_payer, "2026", |_| ()).await.unwrap();
    let schedule = standard(&world, &elm.actor).await;
    let load = async |tx: &mut _| {
        let codes = [
            contracts::get(tx, made.id).await.unwrap_err(),
            contracts::schedule(tx, schedule).await.unwrap_err(),
        ];
        let codes = codes.map(|fault| fault.refusal().unwrap().code);
        Ok((codes, contracts::list(tx).await?.len(), contracts::editions(tx).await?.len()))
    };
    let seen = world.db.snapshot(&oak.actor, load).await.unwrap();
    assert_eq!(seen, (["contracts/not-found", "contracts/schedule-not-found"], 0, 0));
    let now = "2026-07-02T12:00:00Z".parse().unwrap();
    let edition = report.edition.unwrap();
    let undo = async |tx: &mut _| contracts::undo(tx, now, edition).await;
    let refused = world.db.transaction(&oak.actor, undo).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "contracts/edition-not-found");
}

#[tokio::test]
async fn prices_and_terms_are_never_changed() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    import(&world, &practice.actor, FIRST, &from("2026-01-01")).await.unwrap();
    contract(&world, &practice.actor, practice.first_payer, "2026", |_| ()).await.unwrap();
    let mut conn = AsyncPgConnection::establish(&world.service_url()).await.unwrap();
    let organization = practice.actor.organization.uuid();
    conn.batch_execute(&format!("select set_config('app.organization', '{organization}', false)"))
        .await
        .unwrap();
    for statement in [
        "update fee_schedule_rows set amount = 1",
        "delete from fee_schedule_rows",
        "update fee_schedule_editions set effective_from = '2020-01-01'",
        "update fee_schedules set name = 'x'",
        "update payer_contracts set schedule_percent = 1",
        "delete from payer_contracts",
    ] {
        let fault = conn.batch_execute(statement).await.unwrap_err().to_string();
        assert!(fault.contains("permission denied"), "{statement}: {fault}");
    }
}
