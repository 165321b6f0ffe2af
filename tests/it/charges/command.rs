//! `firstpass charges import` as a person runs it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::import_charges::{GOOD, file};
use crate::support::{self, World};

/// Exit code, standard output and standard error.
fn run(world: &World, arguments: &[&str], csv: &Path) -> (i32, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_firstpass"))
        .args(["charges", "import"])
        .arg(csv)
        .args(arguments)
        .env("DATABASE_URL", world.service_url())
        .output()
        .unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[tokio::test]
async fn the_exit_code_says_whether_all_rows_went_in() {
    let world = support::world().await;
    world.practice("Elm Street").await;
    let csv = std::env::temp_dir().join(format!("firstpass-charges-{}.csv", std::process::id()));

    fs::write(&csv, file(&[("V1", "A-100", GOOD)])).unwrap();
    let (code, out, _) = run(&world, &[], &csv);
    assert_eq!((code, out.as_str()), (0, "imported: 1 visits, 1 lines, 150.00 charged; 0 rows rejected\n"));

    fs::write(&csv, file(&[("V2", "A-100", GOOD), ("V3", "A-999", GOOD)])).unwrap();
    let (code, out, _) = run(&world, &["--all-or-nothing"], &csv);
    assert_eq!(
        (code, out.as_str()),
        (
            1,
            "imported: 0 visits, 0 lines, 0.00 charged; 1 rows rejected\n\
             row 3: patient_account is no registered patient's\n"
        )
    );
    let (code, out, _) = run(&world, &["--json"], &csv);
    let mut report: Value = serde_json::from_str(&out).unwrap();
    assert!(report["file"].take().as_str().unwrap().starts_with("fil_"));
    assert_eq!(code, 1);
    assert_eq!(report["charged"].take().to_string(), "150.00");
    assert_eq!(
        report,
        json!({
            "file": null, "already_imported": false, "visits": 1, "lines": 1, "charged": null,
            "rows_rejected": 1, "unknown_columns": [], "claims": 1, "self_pay": 0,
            "problems": [
                { "row": 3, "column": "patient_account", "reason": "is no registered patient's" }
            ],
        })
    );

    fs::write(&csv, "ISA*00*~").unwrap();
    let (code, _, err) = run(&world, &[], &csv);
    assert_eq!(code, 2);
    assert!(err.contains("the heading lacks visit_number, patient_account"), "{err}");
    fs::remove_file(&csv).unwrap();
    let (code, _, err) = run(&world, &[], &csv);
    assert_eq!(code, 2);
    assert!(err.contains("(charges/unreadable)"), "{err}");
}

#[tokio::test]
async fn with_several_practices_one_is_named() {
    let world = support::world().await;
    let elm = world.practice("Elm Street").await;
    world.practice("Oak Street").await;
    let csv = std::env::temp_dir().join(format!("firstpass-practices-{}.csv", std::process::id()));
    fs::write(&csv, file(&[("V1", "A-100", GOOD)])).unwrap();
    let (code, _, err) = run(&world, &[], &csv);
    assert_eq!(code, 2);
    let said = "there are 2 organizations. Name one with --organization: its id or its control number prefix";
    assert!(err.contains(said), "{err}");
    let id = elm.actor.organization.to_string();
    assert_eq!(run(&world, &["--organization", &id], &csv).0, 0);
    fs::remove_file(&csv).unwrap();
}
