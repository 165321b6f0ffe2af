//! `firstpass deposits`, as a person runs it.

use std::process::Command;

use serde_json::Value;

use crate::deposits::{EFT, paid, table};
use crate::remits::{Practice, practice};

fn run(practice: &Practice, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_firstpass"))
        .arg("deposits")
        .args(arguments)
        .env("DATABASE_URL", practice.world.service_url())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn a_bookkeeper_imports_a_file_and_sees_what_waits() {
    let practice = practice().await;
    let remittance = paid(&practice, "T1", "80").await;
    let folder = std::env::temp_dir().join(format!("firstpass-deposits-{remittance}"));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("bank.csv");
    std::fs::write(&file, table(&[(EFT, "80.00"), ("MYSTERY", "25.00"), ("BROKEN", "x")])).unwrap();
    let name = file.to_str().unwrap();

    let (code, printed, _) = run(&practice, &["import", name, "--dry-run"]);
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("2 deposits of 105.00 would be entered"), "{printed}");
    assert_eq!(practice.count("deposits").await, 0);

    let (code, printed, errors) = run(&practice, &["import", name]);
    assert_eq!((code, errors.as_str()), (1, ""), "{printed}");
    let told =
        "2 deposits of 105.00 entered in Bank, 0 known before, 0 other lines; 1 matched to remittances";
    assert!(printed.contains(told), "{printed}");
    assert!(printed.contains("line 4: expected an amount as 1234.56"), "{printed}");

    let (code, printed, _) = run(&practice, &["list", "--json"]);
    let all: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((code, &all["totals"]["deposits"]), (0, &1.into()));
    assert_eq!(all["money_without_remittance"][0]["open"].to_string(), "25.00");

    std::fs::write(&file, "Dear practice").unwrap();
    let (code, _, errors) = run(&practice, &["import", name]);
    assert_eq!(code, 2);
    assert!(errors.contains("deposits/unreadable"), "{errors}");
    std::fs::remove_dir_all(&folder).unwrap();
}
