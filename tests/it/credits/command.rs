//! `firstpass credits`, as a person runs it.

use std::process::Command;

use serde_json::Value;

use super::medicare::is_medicare;
use super::{act, of_payer, overpaid};
use crate::remits::practice;

#[tokio::test]
async fn a_manager_lists_credits_and_refunds() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    act(&practice, of_payer(&practice, &claim), firstpass::credits::Action::Refund, Some("15.00"))
        .await
        .unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_firstpass"))
            .args(["credits", "list"])
            .args(arguments)
            .env("DATABASE_URL", practice.world.service_url())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, printed) = run(&[]);
    assert_eq!(code, Some(0), "{printed}");
    for line in
        ["credits to decide: 1 of 25.00", "a payer will take back: 0 of 0.00", "refunds to pay: 1 of 15.00"]
    {
        assert!(printed.contains(line), "{printed}");
    }
    assert!(printed.contains("Acme Health"), "{printed}");
    let (_, printed) = run(&["--json"]);
    let all: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(all["open"][0]["amount"].to_string(), "25.00");
    assert_eq!(all["refunds"][0]["amount"].to_string(), "15.00");
    assert_eq!(all["totals"]["open"], 1);
}

#[tokio::test]
async fn a_manager_prints_and_writes_the_report_to_medicare() {
    let practice = practice().await;
    is_medicare(&practice, practice.payer, "MB").await;
    let folder = std::env::temp_dir().join(format!("firstpass-medicare-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let csv = folder.join("report.csv");
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_firstpass"))
            .args(["credits", "medicare-report", "--quarter", "2026-Q2", "--as-of", "2026-06-30"])
            .args(arguments)
            .env("DATABASE_URL", practice.world.service_url())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, printed) = run(&[]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("No Medicare credit balances to report for this quarter"), "{printed}");
    let claim = overpaid(&practice).await;
    let (code, printed) = run(&["--csv", csv.to_str().unwrap()]);
    assert_eq!(code, Some(1), "it is late: {printed}");
    for line in [
        "Medicare credit balances (CMS-838), 2026-Q2 as of 2026-06-30, due 2026-07-30",
        "1 of 40.00: repaid 0.00, outstanding 40.00; 1 late with 40.00",
        "back by 2026-05-31, late; reason 1 Duplicate payment; not decided",
        "in the ledger: receivables below zero 40.00, refunds payable 0.00; not on the form: unapplied cash 0.00, \
         suspense 0.00",
        "left blank: Type of bill (4)",
    ] {
        assert!(printed.contains(line), "{printed}");
    }
    assert!(!printed.contains("Roe") && !printed.contains(&claim.member), "no patient is printed: {printed}");
    assert!(std::fs::read_to_string(&csv).unwrap().contains(&claim.member));
    std::fs::remove_dir_all(&folder).unwrap();
    let (_, printed) = run(&["--json"]);
    let report: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(report["credits"][0]["outstanding"].to_string(), "40.00");
    assert_eq!((&report["quarter"], &report["credits"][0]["reason"]), (&"2026-Q2".into(), &"1".into()));
}

#[tokio::test]
async fn a_manager_runs_the_rules_about_small_balances() {
    let practice = practice().await;
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_firstpass"))
            .args(["ledger", "small-balances"])
            .args(arguments)
            .env("DATABASE_URL", practice.world.service_url())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    super::small_balances::due_long_ago(&practice, "4.99").await;
    let (code, printed) = run(&["--dry-run"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("1 balances of 4.99 would be written off"), "{printed}");
    let (_, printed) = run(&["--json"]);
    let all: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((all["amount"].to_string(), &all["balances"][0]["version"]), ("4.99".into(), &1.into()));
    let (_, printed) = run(&[]);
    assert!(printed.contains("0 balances of 0.00 written off"), "{printed}");
}
