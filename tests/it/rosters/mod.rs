//! Lists of patients, providers and payers, imported by the command as a person runs it.

mod own_practice;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use firstpass::access::trail;
use firstpass::db::Actor;
use firstpass::registry::{Coverage, Patient, coverages, patients, payers, providers};
use serde_json::{Value, json};

use crate::support::practice::{DOCTOR_NPI, GROUP_NPI};
use crate::support::{self, World};

/// Exit code, standard output and standard error.
pub type Said = (i32, String, String);

/// Runs the program on a world's database.
pub fn firstpass(world: &World, arguments: &[&str]) -> Said {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_firstpass"))
        .args(arguments)
        .env("DATABASE_URL", world.service_url())
        .output()
        .unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// A file that is gone after the test.
pub struct Kept(PathBuf);

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl Kept {
    pub fn new(content: &str) -> Kept {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("firstpass-roster-{}-{number}.csv", std::process::id()));
        fs::write(&path, content).unwrap();
        Kept(path)
    }

    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

fn import(world: &World, roster: &str, content: &str, arguments: &[&str]) -> Said {
    let file = Kept::new(content);
    firstpass(world, &[&["registry", "import", roster, file.path()], arguments].concat())
}

const HEADING: &str =
    "Chart #,Last Name,First,DOB,Sex,Address,City,State,Zip,Insurance,Member ID,Rank,Effective Date";

/// A patient with one coverage a row.
fn roster(rows: &[&str]) -> String {
    let mut text = format!("{HEADING}\n");
    for row in rows {
        text += &format!("{row}\n");
    }
    text
}

const B1: &str = "B-1,Roe,Richard,05/06/1980,M,1 Elm St,Springfield,IL,62701-1234,AETNA1,W1,1,01/01/2026";
const B1_SECOND: &str = "B-1,,,,,,,,,Second Mutual,W2,2,01/01/2026";
const B2: &str = "B-2,Doe,Jane,1990-01-02,F,2 Elm St,Springfield,IL,62701,BLUE22,X9,1,2026-01-01";

async fn patient(world: &World, actor: &Actor, account: &str) -> Option<(Patient, Vec<Coverage>)> {
    let found = world
        .db
        .snapshot(actor, async |tx| {
            let Some(patient) = patients::by_account_number(tx, &[account]).await?.pop() else {
                return Ok(None);
            };
            let coverages = coverages::of_patients(tx, &[patient.id]).await?;
            Ok(Some((patient, coverages)))
        })
        .await;
    found.unwrap()
}

/// How often each action stands in the audit trail.
async fn actions(world: &World, actor: &Actor) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    let events =
        world.db.snapshot(actor, async |tx| trail::list(tx, None, None, None, 1_000).await).await.unwrap();
    for event in events {
        *counted.entry(event.action).or_default() += 1;
    }
    counted
}

#[tokio::test]
async fn a_second_import_changes_nothing_and_a_changed_row_updates_and_is_audited() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let file = roster(&[B1, B1_SECOND, B2]);
    let (code, out, err) = import(&world, "patients", &file, &["--dry-run"]);
    let would = "would be imported: patients: 2 added, 0 changed, 0 as before; 0 rows rejected\n\
                 coverages: 3 added, 0 changed, 0 as before\n";
    assert_eq!((code, out.as_str()), (0, would), "{err}");
    assert_eq!(patient(&world, &practice.actor, "B-1").await, None);

    let (code, out, err) = import(&world, "patients", &file, &[]);
    let said = "imported: patients: 2 added, 0 changed, 0 as before; 0 rows rejected\n\
                coverages: 3 added, 0 changed, 0 as before\n";
    assert_eq!((code, out.as_str()), (0, said), "{err}");
    let (richard, insured) = patient(&world, &practice.actor, "B-1").await.unwrap();
    assert_eq!(richard.born_on.expose().to_string(), "1980-05-06");
    assert_eq!(richard.address.expose().zip.text(), "627011234");
    let insured: Vec<_> = insured.iter().map(|one| (one.rank, one.payer, one.member_id.as_str())).collect();
    assert_eq!(insured, [(1, practice.first_payer, "W1"), (2, practice.second_payer, "W2")]);

    let before = actions(&world, &practice.actor).await;
    let (code, out, _) = import(&world, "patients", &file, &[]);
    let said = "imported: patients: 0 added, 0 changed, 2 as before; 0 rows rejected\n\
                coverages: 0 added, 0 changed, 3 as before\n";
    assert_eq!((code, out.as_str()), (0, said));
    let after = actions(&world, &practice.actor).await;
    for action in ["registry/save-patients", "registry/save-coverages", "registry/change-patient"] {
        assert_eq!(before.get(action), after.get(action), "{action}");
    }
    assert_eq!(after["rosters/import"], before["rosters/import"] + 1);

    let moved = roster(&[&B1.replace("1 Elm St", "9 Oak St"), B1_SECOND, &B2.replace("X9", "X10")]);
    let (code, out, _) = import(&world, "patients", &moved, &[]);
    let said = "imported: patients: 0 added, 1 changed, 1 as before; 0 rows rejected\n\
                coverages: 0 added, 1 changed, 2 as before\n";
    assert_eq!((code, out.as_str()), (0, said));
    let (again, _) = patient(&world, &practice.actor, "B-1").await.unwrap();
    assert_eq!((again.id, again.address.expose().line_1.as_str()), (richard.id, "9 Oak St"));
    let after = actions(&world, &practice.actor).await;
    assert_eq!((after["registry/change-patient"], after["registry/change-coverage"]), (1, 1));
}

#[tokio::test]
async fn a_bad_row_is_named_with_column_and_reason_and_keeps_its_patient_out() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let file = roster(&[
        B1,
        &B1_SECOND.replace("Second Mutual", "Nobody"),
        B2,
        "B-3,Poe,,soon,F,3 Elm St,Springfield,IL,6270,,,,",
        &B2.replace("B-2,Doe", "B-2,Dow").replace(",1,2026-01-01", ",2,2026-01-01"),
    ]);
    let (code, out, _) = import(&world, "patients", &file, &["--json"]);
    let mut report: Value = serde_json::from_str(&out).unwrap();
    assert!(report["file"].take().as_str().unwrap().starts_with("fil_"));
    assert_eq!(code, 1);
    let problem =
        |row: i32, column: &str, reason: &str| json!({"row": row, "column": column, "reason": reason});
    assert_eq!(
        report,
        json!({
            "file": null, "roster": "patients", "dry_run": false, "rows_read": 5,
            "added": 0, "changed": 0, "unchanged": 0,
            "coverages": { "added": 0, "changed": 0, "unchanged": 0 },
            "rows_rejected": 5, "unknown_columns": [],
            "problems": [
                { "row": 2, "column": null, "reason": "row 3 of the same patient is wrong" },
                problem(3, "payer", "is no registered payer's number or name"),
                { "row": 4, "column": null, "reason": "row 6 of the same patient is wrong" },
                problem(5, "born_on", "is not a date: expected YYYY-MM-DD or MM/DD/YYYY"),
                problem(5, "zip", "is not valid: expected five or nine digits"),
                problem(6, "last_name", "differs from row 4 of the same patient"),
            ],
        })
    );
    assert_eq!(patient(&world, &practice.actor, "B-1").await, None);

    let file = roster(&[B1, "B-3,Poe,,soon,F,3 Elm St,Springfield,IL,62701,,,,"]);
    let (code, out, _) = import(&world, "patients", &file, &["--all-or-nothing"]);
    assert_eq!(code, 1);
    assert!(
        out.starts_with("imported: patients: 0 added, 0 changed, 0 as before; 1 rows rejected\n"),
        "{out}"
    );
    assert_eq!(patient(&world, &practice.actor, "B-1").await, None);
    assert_eq!(import(&world, "patients", &file, &[]).0, 1);
    assert!(patient(&world, &practice.actor, "B-1").await.is_some());

    let (code, _, err) = import(&world, "patients", "Name,DOB\nRoe,05/06/1980\n", &[]);
    assert_eq!(code, 2);
    assert!(
        err.contains("the patients cannot be read: the heading lacks account_number, last_name, sex"),
        "{err}"
    );
    assert!(err.contains("(rosters/heading)"), "{err}");
}

#[tokio::test]
async fn coverages_of_a_row_stand_side_by_side_and_say_who_is_insured() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let file = "account_number,last_name,first_name,born_on,sex,address_line_1,city,state,zip,\
                primary insurance,policy #,relationship,insured last name,insured dob,\
                secondary insurance,secondary policy,room\n\
                B-7,Roe,Kim,2015-05-06,F,1 Elm St,Springfield,IL,62701,\
                First Health,W7,child,Roe-Smith,1979-01-02,BLUE22,Z7,12\n";
    let (code, out, _) = import(&world, "patients", file, &[]);
    assert_eq!(code, 1);
    assert!(out.contains("row 2: valid_from is empty\nrow 2: secondary_valid_from is empty\n"), "{out}");
    let (code, out, err) = import(&world, "patients", file, &["--coverage-from", "2026-01-01"]);
    let said = "imported: patients: 1 added, 0 changed, 0 as before; 0 rows rejected\n\
                coverages: 2 added, 0 changed, 0 as before\ncolumns read over: room\n";
    assert_eq!((code, out.as_str()), (0, said), "{err}");
    let (_, insured) = patient(&world, &practice.actor, "B-7").await.unwrap();
    let [first, second] = &insured[..] else { panic!("two coverages") };
    assert_eq!((first.relationship.as_str(), first.subscriber.expose().last.as_str()), ("19", "Roe-Smith"));
    assert_eq!(first.subscriber_born_on.unwrap().expose().to_string(), "1979-01-02");
    assert_eq!((second.rank, second.relationship.as_str(), second.member_id.as_str()), (2, "18", "Z7"));
}

#[tokio::test]
async fn providers_and_payers_come_in_by_npi_and_number() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let file = format!(
        "NPI,Group Name,Last Name,First Name,Taxonomy,TIN,Address,City,State,Zip\n\
         {GROUP_NPI},Elm Street Clinic,,,261QP2300X,12-3456789,1 Elm St,Springfield,IL,62701-1234\n\
         {DOCTOR_NPI},,Nguyen,An,207Q00000X,,,,,\n\
         1234567890,,Poe,,,,,,,\n\
         {DOCTOR_NPI},,Nguyen,An,207Q00000X,,,,,\n"
    );
    let (code, out, _) = import(&world, "providers", &file, &[]);
    let said = "imported: providers: 2 added, 0 changed, 0 as before; 2 rows rejected\n\
                row 4: npi is not valid: the check digit is wrong (45 CFR 162.406: Luhn over 80840 and the number)\n\
                row 5: npi stands in row 3, too\n";
    assert_eq!((code, out.as_str()), (1, said));
    let file = "Payer ID,Payer Name,Claim Filing Indicator,Clearinghouse ID\n\
                AETNA1,First Health,CI,CH1\nMCR01,Medicare,MB,\n";
    let (code, out, err) = import(&world, "payers", file, &[]);
    let said = "imported: payers: 2 added, 0 changed, 0 as before; 0 rows rejected\n";
    assert_eq!((code, out.as_str()), (0, said), "{err}");
    let again =
        "Payer ID,Payer Name,Claim Filing Indicator\nAETNA1,First Health Plan,CI\nMCR01,Medicare,MB\n";
    let (code, out, _) = import(&world, "payers", again, &[]);
    let said = "imported: payers: 0 added, 1 changed, 1 as before; 0 rows rejected\n";
    assert_eq!((code, out.as_str()), (0, said));
    let (known, billing) = world
        .db
        .snapshot(&elm, async |tx| Ok((payers::list(tx).await?, providers::billing(tx).await?)))
        .await
        .unwrap();
    let first = &known[0];
    assert_eq!((first.name.as_str(), first.mailbox.as_str()), ("First Health Plan", "aetna1"));
    // A file that says nothing of the receiver leaves the one that is kept.
    assert_eq!(first.receiver().unwrap().identifier.as_str(), "CH1");
    assert_eq!((known[1].timely_filing_days, known[1].appeal_days), (365, 120));
    assert_eq!(billing.len(), 1);
}

#[tokio::test]
async fn what_one_practice_imports_another_does_not_see() {
    let world = support::world().await;
    let elm = world.practice("Elm Street").await;
    let oak = world.practice("Oak Street").await;
    let id = elm.actor.organization.to_string();
    assert_eq!(import(&world, "patients", &roster(&[B2]), &["--organization", &id]).0, 0);
    assert!(patient(&world, &elm.actor, "B-2").await.is_some());
    assert_eq!(patient(&world, &oak.actor, "B-2").await, None);
}
