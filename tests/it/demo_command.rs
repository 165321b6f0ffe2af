//! `firstpass demo --once`, as a person runs it: with a private server in a folder of its own.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{fs, thread};

use serde_json::Value;

/// A data folder that the server's user may enter; removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("firstpass-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn firstpass(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firstpass"));
    command.args(arguments).env("FIRSTPASS_DATA", data).env_remove("DATABASE_URL");
    command
}

/// A small demo; its report, when it exits with 0.
fn demo(data: &Path) -> Value {
    let output = firstpass(data, &["demo", "--once", "--json", "--encounters", "40"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn check_contract(report: &Value) {
    for stage in
        ["charges", "drafted", "submitted", "acknowledged", "rejected_999", "resent", "accepted", "paid"]
    {
        let tally = &report["stages"][stage];
        assert!(tally["count"].as_u64().unwrap() > 0, "{stage}: {tally}");
        assert!(tally["amount"].is_number(), "{stage}: {tally}");
    }
    for (status, tally) in report["claims_by_status"].as_object().unwrap() {
        assert!(tally["count"].as_u64().unwrap() > 0 && tally["amount"].is_number(), "{status}: {tally}");
    }
    let proofs = report["proofs"].as_array().unwrap();
    assert_eq!(proofs.len(), 33);
    for proof in proofs {
        assert!(proof["name"].is_string() && proof["detail"].is_string());
        assert_eq!(proof["holds"], true, "{proof}");
    }
    assert!(report["wall_s"].as_f64().unwrap() > 0.0);
    assert!(report["peak_rss_kib"].as_u64().unwrap() > 0 || !cfg!(target_os = "linux"));
}

#[test]
fn a_second_demo_on_the_same_folder_is_as_good_as_the_first() {
    let folder = Folder::new("demo");
    let (first, second) = (demo(&folder.0), demo(&folder.0));
    check_contract(&first);
    check_contract(&second);
    assert_ne!(first["organization"], second["organization"]);
    // What the payers find fault with depends on the claims' numbers, which differ.
    for stage in ["charges", "charges_rejected", "self_pay", "held", "rejected_999", "resent"] {
        assert_eq!(first["stages"][stage], second["stages"][stage], "{stage}");
    }
    // Two of the forty are wrong on purpose.
    assert_eq!(first["stages"]["charges"]["count"], 38);

    // Of any day, the report by age is what the transfers say.
    let today = chrono::Utc::now().date_naive();
    for days in [0, 5, 9, 14, 23, 40, 75, 110] {
        let day = (today - chrono::TimeDelta::days(days)).to_string();
        let proved = firstpass(&folder.0, &["ledger", "prove", "--json", "--as-of", &day]).output().unwrap();
        let report: Value = serde_json::from_slice(&proved.stdout).unwrap();
        let proofs = report["proofs"].as_array().unwrap();
        let aging = proofs.iter().find(|proof| proof["name"] == "aging_is_receivables").unwrap();
        assert_eq!(aging["holds"], true, "{day}: {aging}");
    }
}

#[test]
fn a_demo_killed_in_the_middle_leaves_books_that_hold() {
    let folder = Folder::new("killed");
    demo(&folder.0);
    for millis in [700, 1_300, 2_100] {
        // A process group of its own: the kill reaches it and nothing else.
        let mut running = firstpass(&folder.0, &["demo", "--once", "--encounters", "2000"])
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(millis));
        let killed = Command::new("kill").args(["-9", "--", &format!("-{}", running.id())]).status().unwrap();
        assert!(killed.success(), "it was still running after {millis} ms");
        running.wait().unwrap();
        let proved = firstpass(&folder.0, &["ledger", "prove"]).output().unwrap();
        let printed = String::from_utf8_lossy(&proved.stdout);
        assert_eq!(proved.status.code(), Some(0), "after {millis} ms: {printed}");
    }
    check_contract(&demo(&folder.0));
}
