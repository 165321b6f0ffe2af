//! `firstpass contracts` as a person runs it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{self, World};

/// Exit code, standard output and standard error.
fn run(world: &World, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_firstpass"))
        .arg("contracts")
        .args(arguments)
        .env("DATABASE_URL", world.service_url())
        .output()
        .unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> File {
        let path = std::env::temp_dir().join(format!("firstpass-{}-{name}", std::process::id()));
        fs::write(&path, text).unwrap();
        File(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn prices_are_imported_a_contract_is_made_and_a_service_is_priced_with_its_arithmetic() {
    let world = support::world().await;
    world.practice("Elm Street").await;
    let file = File::new("prices.csv", "CPT,Fee\n99213,92.00\n20610,60.00\n9,1.00\n");
    let import = ["import", file.path(), "--schedule", "Standard", "--effective", "2026-01-01"];
    let (code, out, _) = run(&world, &[&import[..], &["--dry-run"]].concat());
    let rejected = "row 4: procedure is not a CPT or HCPCS code: five letters and digits\n";
    let counts = "Standard from 2026-01-01: 3 rows read, 2 prices added, 0 changed, 0 as before, 0 ended; 1 rows rejected\n";
    assert_eq!((code, out), (1, format!("would be imported: {counts}{rejected}")));
    let (code, out, _) = run(&world, &[&import[..], &["--json"]].concat());
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["added"], &report["rows_rejected"]), (1, &2.into(), &1.into()));
    assert!(report["edition"].as_str().unwrap().starts_with("fed_"));
    let (_, again, _) = run(&world, &import);
    assert!(again.starts_with("imported before: Standard"), "{again}");

    let (code, out, err) = run(
        &world,
        &[
            "add",
            "First 2026",
            "--payer",
            "AETNA1",
            "--schedule",
            "Standard",
            "--from",
            "2026-01-01",
            "--percent",
            "110",
            "--charge-percent",
            "40",
        ],
    );
    assert_eq!((code, err.as_str()), (0, ""));
    let id = out.split_whitespace().next().unwrap().to_owned();

    // 92.00 x 1.1
    let price = ["price", "--procedure", "99213", "--date", "2026-03-02"];
    let (code, out, _) = run(&world, &[&price[..], &["--charge", "150"]].concat());
    assert_eq!(
        (code, out.as_str()),
        (
            0,
            "First Health, First 2026: 101.20\n  99213 schedule 92.00 x 110 % = 101.20; lesser of charge 150.00\n"
        )
    );
    let (code, out, _) = run(&world, &["price", "--procedure", "J3490", "--date", "2026-03-02"]);
    assert_eq!((code, out.as_str()), (1, "First Health, First 2026: not in the fee schedule\n"));
    let (code, out, _) = run(&world, &["price", "--procedure", "99213", "--date", "2025-03-02"]);
    assert_eq!((code, out.as_str()), (1, "no contract is in force on 2025-03-02\n"));
    let (code, out, _) = run(
        &world,
        &[
            "price",
            "--procedure",
            "20610",
            "--date",
            "2026-03-02",
            "--modifiers",
            "50",
            "--contract",
            &id,
            "--json",
        ],
    );
    let quotes: Value = serde_json::from_str(&out).unwrap();
    // 60.00 x 1.1 = 66.00, both sides 99.00.
    assert_eq!((code, quotes["quotes"][0]["allowed"].to_string().as_str()), (0, "99.00"));

    let (code, out, _) =
        run(&world, &["what-if", "--contract", &id, "--from", "2026-01-01", "--to", "2026-12-31"]);
    assert_eq!((code, out.lines().next().unwrap()), (0, "First 2026: 0 claims decided, 0 compared"));
    let (code, out, _) = run(&world, &["list"]);
    assert!(code == 0 && out.contains("First 2026 with First Health, in_force from 2026-01-01"), "{out}");
    assert!(out.contains("fee schedule Standard"), "{out}");
    let (code, _, _) = run(&world, &["end", &id, "2026-06-30"]);
    assert_eq!(code, 0);
    let (_, out, _) = run(&world, &["price", "--procedure", "99213", "--date", "2026-07-01"]);
    assert_eq!(out, "no contract is in force on 2026-07-01\n");
    let edition = report["edition"].as_str().unwrap();
    assert_eq!(run(&world, &["undo", edition]).0, 0);
    let (code, out, _) = run(&world, &price);
    assert_eq!(
        (code, out.as_str()),
        (1, "First Health, First 2026: no edition of the fee schedule on that day\n")
    );
}

#[tokio::test]
async fn what_cannot_be_done_is_one_line_with_what_to_do_next() {
    let world = support::world().await;
    world.practice("Elm Street").await;
    let (code, _, err) = run(&world, &["import", "/no/such/file", "--schedule", "Standard"]);
    assert_eq!(code, 2);
    assert!(err.starts_with("firstpass: cannot read /no/such/file") && err.lines().count() == 1, "{err}");
    let add = ["add", "x", "--payer", "AETNA1", "--schedule", "None", "--from", "2026-01-01"];
    let (code, _, err) = run(&world, &add);
    assert_eq!((code, err.lines().count()), (2, 1));
    assert!(err.contains("contracts/schedule-not-found"), "{err}");
    let values =
        ["relative-values", "--schedule", "M", "--conversion-factor", "33.2875", "--effective", "2026-01-01"];
    let (code, _, err) = run(&world, &values);
    assert_eq!(code, 2);
    assert!(err.contains("contracts/no-relative-values"), "{err}");
}
