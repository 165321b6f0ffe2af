//! `firstpass bench post`, small: what it prints, not how fast it is.

use std::process::Command;

use serde_json::Value;

use crate::support;

#[tokio::test]
async fn posting_is_measured_beside_a_copy_of_its_rows() {
    let world = support::world().await;
    let output = Command::new(env!("CARGO_BIN_EXE_firstpass"))
        .args(["bench", "post", "--json", "--claims", "40", "--runs", "1"])
        .env("DATABASE_URL", world.service_url())
        .env("DATABASE_OWNER_URL", world.owner_url())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for number in ["claim_payments_s", "copy_same_rows_s_ratio", "peak_rss_kib"] {
        assert!(report[number].as_f64().unwrap() > 0.0, "{report}");
    }
    let payments = report["claim_payments"].as_u64().unwrap();
    let rows: u64 = report["rows"].as_object().unwrap().values().map(|rows| rows.as_u64().unwrap()).sum();
    assert_eq!(report["rows"]["remit_claims"], payments);
    assert_eq!(report["rows"]["claim_standings"], payments, "a claim whose status moved was written, too");
    assert_eq!(report["rows"]["remit_lines"], report["service_lines"]);
    let each = report["rows_per_payment"].as_f64().unwrap();
    assert!((each * whole(payments) - whole(rows)).abs() < 0.01, "{report}");
    assert_eq!(report["post_runs_s"], Value::from(vec![report["post_s"].clone()]));
    assert_eq!(report["proofs_hold"], true);
}

#[tokio::test]
async fn without_the_owner_of_the_tables_it_says_what_is_missing() {
    let world = support::world().await;
    let output = Command::new(env!("CARGO_BIN_EXE_firstpass"))
        .args(["bench", "post"])
        .env("DATABASE_URL", world.service_url())
        .env_remove("DATABASE_OWNER_URL")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("Set DATABASE_OWNER_URL"));
}

#[tokio::test]
async fn checks_are_measured_over_claims_of_six_lines_and_leave_no_edition_behind() {
    let world = support::world().await;
    let output = Command::new(env!("CARGO_BIN_EXE_firstpass"))
        .args(["bench", "scrub", "--json", "--claims", "1000", "--pairs", "2000", "--runs", "1"])
        .env("DATABASE_URL", world.service_url())
        .env("DATABASE_OWNER_URL", world.owner_url())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for number in [
        "claims_s",
        "p50_us",
        "p99_us",
        "tables_load_s",
        "step_claims_s",
        "load_and_check_claims_s",
        "history_and_check_claims_s",
    ] {
        assert!(report[number].as_f64().unwrap() > 0.0, "{report}");
    }
    let claims = report["claims"].as_u64().unwrap();
    assert!(claims > 800, "some patients pay alone: {report}");
    assert_eq!(report["lines"], 6 * claims);
    assert!(report["rules"].as_u64().unwrap() >= 50, "{report}");
    let editions = firstpass::codes::store::editions(&world.db).await.unwrap();
    assert!(editions.is_empty(), "what was made up must answer nobody");
}

fn codec(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_firstpass"))
        .args(["bench", "codec", "--json", "--runs", "1"])
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_codec_is_measured_over_made_up_files_of_both_kinds() {
    let report = codec(&["--mb", "1"]);
    for speed in [
        "memchr_835",
        "tokenise_835",
        "typed_835",
        "balanced_835",
        "typed_837p",
        "write_837p",
        "validate_837p",
    ] {
        for rate in ["mb_s", "claims_s", "of_memchr"] {
            assert!(report[speed][rate].as_f64().unwrap() > 0.0, "{speed} {rate}: {report}");
        }
    }
    assert!(report["stream_peak_rss_kib"].as_u64().unwrap() > 0);
    assert!(report["stream_mb"].as_f64().unwrap() >= 1.0);
}

#[test]
fn the_codec_is_measured_over_a_file_of_ones_own() {
    let path = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("codec.837");
    std::fs::write(&path, firstpass::synth::edi::claims_837p(1, 20_000)).unwrap();
    let report = codec(&["--file", &path.display().to_string()]);
    assert!(report["validate_837p"]["mb_s"].as_f64().unwrap() > 0.0, "{report}");
    assert!(report["typed_835"].is_null(), "there is no 835 in it");
}

#[test]
fn memory_does_not_grow_with_the_set_that_is_checked() {
    let text = String::from_utf8(firstpass::synth::edi::remittances_835(1, 200_000)).unwrap();
    let first = text.find("CLP*").unwrap();
    let last = text.find("SE*").unwrap();
    let peak = |claims: usize| {
        let path =
            std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("one-set-{claims}.835"));
        let one_set = text[..first].to_owned() + &text[first..last].repeat(claims) + &text[last..];
        std::fs::write(&path, &one_set).unwrap();
        let report = codec(&["--file", &path.display().to_string()]);
        std::fs::remove_file(&path).unwrap();
        (one_set.len(), report["check_peak_rss_kib"].as_u64().unwrap())
    };
    let ((short, before), (long, after)) = (peak(4), peak(40));
    assert!(long > short + 5_000_000, "{short} and {long} bytes");
    assert!(after < before + 4_096, "{before} KiB for {short} bytes, {after} KiB for {long}");
}

/// A count that a float holds exactly.
fn whole(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}
