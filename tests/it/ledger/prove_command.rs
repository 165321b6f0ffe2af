//! `firstpass ledger prove`, as a person runs it.

use std::process::Command;

use diesel_async::SimpleAsyncConnection;
use firstpass::types::OrganizationId;
use serde_json::Value;

use crate::ledger::{charge, claim, digest, payment, post, session};
use crate::support::{self, World};

/// Runs the command against the world's database; its exit code and what it printed.
fn prove(world: &World, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_firstpass"))
        .args(["ledger", "prove"])
        .args(arguments)
        .env("DATABASE_URL", world.service_url())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn json(printed: &str) -> Value {
    serde_json::from_str(printed).unwrap()
}

#[tokio::test]
async fn books_that_hold_exit_with_0_and_print_digest_and_head() {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    let about = claim();
    post(&world, &actor, &charge("150.00", about)).await.unwrap();
    post(&world, &actor, &payment("80.00", "40.00", about)).await.unwrap();

    let (code, printed, _) = prove(&world, &["--json"]);
    let report = json(&printed);
    assert_eq!(code, 0, "{printed}");
    assert_eq!(report["organizations"][0]["organization"], actor.organization.to_string());
    assert_eq!(report["proofs"].as_array().unwrap().len(), 33);
    assert!(report["proofs"].as_array().unwrap().iter().all(|proof| proof["holds"] == true));
    assert_eq!(report["digest"], digest(&world, &actor).await);
    assert_eq!(report["chain_head"].as_str().unwrap().len(), 64);
    assert_eq!(report["organizations"][0]["chain_links"], 2);
    assert_eq!(
        report["proofs"][4]["detail"],
        "1 claims: charges 150.00 - payments 80.00 - adjustments 40.00 + takebacks 0.00 + moves 0.00 = 30.00; \
         receivables: insurance 30.00 + patient 0.00 = 30.00; on the accounts 30.00"
    );

    let (code, printed, _) = prove(&world, &["--json", "--as-of", "2026-03-19"]);
    assert_eq!(code, 0);
    assert_eq!(json(&printed)["proofs"][0]["detail"], "1 transfers of 150.00: debits 150.00, credits 150.00");
}

#[tokio::test]
async fn one_changed_cent_in_one_practice_exits_with_1_and_names_the_entry() {
    let world = support::world().await;
    let (sound, changed) = (world.organization("Elm Street").await, world.organization("Oak Avenue").await);
    post(&world, &sound, &charge("150.00", claim())).await.unwrap();
    let about = claim();
    let posted = post(&world, &changed, &charge("150.00", about)).await.unwrap();
    let mut conn = session(&world.owner_url(), &changed).await;
    conn.batch_execute(
        "alter table transfers disable trigger append_only_rows; update transfers set amount = 150.01;
         alter table transfers enable always trigger append_only_rows",
    )
    .await
    .unwrap();

    let (code, printed, _) = prove(&world, &[]);
    assert_eq!(code, 1);
    let broken: Vec<&str> = printed.lines().filter(|line| line.contains("BROKEN")).collect();
    assert_eq!(
        broken,
        [
            format!(
                "  BROKEN chain                    link 1: entry {} is not what was posted; sound up to there: \
                 0 links, 0 entries",
                posted.entry_id
            ),
            format!(
                "  BROKEN totals_are_sums          1 days, 1 balances of visits; 1 days have other sums, the first \
                 2026-03-02; 1 balances are others, the first of claim {}",
                about.claim.unwrap()
            ),
            "  BROKEN aging_is_receivables     insurance_ar: ages 150.01, account 150.01; patient_ar: ages 0.00, \
             account 0.00; the report by age says something else"
                .to_owned(),
        ]
    );
    let (code, printed, _) = prove(&world, &["--json"]);
    let report = json(&printed);
    assert_eq!((code, &report["digest"], &report["chain_head"]), (1, &Value::Null, &Value::Null));

    let (code, ..) = prove(&world, &["--organization", &sound.organization.to_string()]);
    assert_eq!(code, 0);
}

#[tokio::test]
async fn what_cannot_be_found_out_exits_with_2_and_one_line() {
    let world = support::world().await;
    let nobody = OrganizationId::new().to_string();
    let (code, printed, said) = prove(&world, &["--organization", &nobody]);
    assert_eq!((code, printed.as_str()), (2, ""));
    assert_eq!(
        said,
        format!("firstpass: there is no organization {nobody}. Check the id (organizations/not-found)\n")
    );
    let (code, ..) = prove(&world, &["--as-of", "yesterday"]);
    assert_eq!(code, 2);

    let unreachable = Command::new(env!("CARGO_BIN_EXE_firstpass"))
        .args(["ledger", "prove"])
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")
        .output()
        .unwrap();
    assert_eq!(unreachable.status.code(), Some(2));
    assert_eq!(String::from_utf8(unreachable.stderr).unwrap().lines().count(), 1);
}
