//! A whole practice's traffic before both judges: every file that a demo writes, from us and from
//! its sandbox payers.

use std::path::{Path, PathBuf};
use std::process::Command;

use firstpass::x12::check::{Options, Verdict, check};

use crate::judge::{Opinion, ask};

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.push(path);
        }
    }
}

/// The 277CA map of pyx12 wants a 2200C STC that the guide makes situational; ours carry one, so
/// they are asked too.
#[test]
fn every_file_of_a_demo_is_accepted_by_pyx12_and_by_ourselves() {
    // Postgres runs as a user who must be able to enter the folder.
    let data = std::env::temp_dir().join(format!("firstpass-oracle-{}", std::process::id()));
    let output = Command::new(env!("CARGO_BIN_EXE_firstpass"))
        .args(["demo", "--once", "--json", "--encounters", "120"])
        .env("FIRSTPASS_DATA", &data)
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut found = vec![];
    files(Path::new(report["mailbox"].as_str().unwrap()), &mut found);
    let of = |endings: &[&str]| -> Vec<PathBuf> {
        let ending = |path: &PathBuf| path.extension().is_some_and(|e| endings.iter().any(|one| e == *one));
        found.iter().filter(|path| ending(path)).cloned().collect()
    };
    for path in of(&["837", "835", "999", "277ca", "ta1"]) {
        let report = check(&std::fs::read(&path).unwrap(), &Options::default());
        assert_eq!(report.verdict, Verdict::Accepted, "{}: {:#?}", path.display(), report.issues.first());
    }
    let judged = of(&["837", "835", "999", "277ca"]);
    for (path, opinion) in ask(&judged) {
        assert_eq!(opinion, Opinion::Accepted, "{}", path.display());
    }
    println!("{} files accepted", judged.len());
    assert!(judged.len() > 15);
    std::fs::remove_dir_all(&data).unwrap();
}
