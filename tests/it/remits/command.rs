//! `firstpass remits receive`, as a person runs it.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::remits::{Practice, file, practice, remit, set_between};

fn receive(practice: &Practice, arguments: &[&str]) -> (i32, String, String) {
    remits(practice, "receive", arguments)
}

fn remits(practice: &Practice, command: &str, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_firstpass"))
        .args(["remits", command])
        .args(arguments)
        .env("DATABASE_URL", practice.world.service_url())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_poster_drops_in_files_and_sees_what_became_of_each_set() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let folder = std::env::temp_dir().join(format!("firstpass-remits-{}", claim.id));
    std::fs::create_dir_all(&folder).unwrap();
    let good = write(
        &folder,
        "good.835",
        &remit("T1", "80", &format!("CLP*{}*1*150*80**12*P~CAS*CO*45*70~", claim.number)),
    );
    let unknown = write(&folder, "unknown.835", &remit("T2", "5", "CLP*WHO*1*5*5**12*PCN9~"));
    let letter = write(&folder, "letter.txt", "Dear practice");

    let (code, printed, errors) = receive(&practice, &[&good, "--json"]);
    assert_eq!((code, errors.as_str()), (0, ""), "{printed}");
    let report: Value = serde_json::from_str(&printed).unwrap();
    let set = &report["sets"][0];
    assert_eq!(
        (&set["file"], &set["set"], &set["outcome"]),
        (&json!("good.835"), &json!(1), &json!("posted"))
    );
    assert_eq!(set["claims"], 1);
    assert_eq!(set["paid"].to_string(), "80.00");
    assert_eq!(set["provider_adjustments"].to_string(), "0.00");
    assert_eq!(
        set["entries"].to_string(),
        r#"{"insurance_cash":80.00,"insurance_ar":-150.00,"contractual_adjustments":70.00}"#
    );
    assert_eq!((&set["exceptions"], &set["why"]), (&json!([]), &json!([])));
    assert_eq!(report["followed"]["closed"]["count"], 1);

    let (code, printed, _) = receive(&practice, &[&good, &unknown, "--json"]);
    assert_eq!(code, 1);
    let report: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(report["sets"][0]["outcome"], "duplicate");
    assert_eq!(report["sets"][1]["outcome"], "partly");
    let exception = &report["sets"][1]["exceptions"][0];
    assert_eq!((&exception["type"], &exception["claim"]), (&json!("no_match"), &json!("WHO")));
    assert_eq!(exception["amount"].to_string(), "5.00");

    let strange = set_between("ACME1", "*XX*1987654328", "T3", "5", "CLP*WHO*1*5*5**12*PCN9~");
    let strange = write(&folder, "strange.835", &file(&[strange]));
    let (code, printed, _) = receive(&practice, &[&strange, "--json"]);
    assert_eq!(code, 1);
    let report: Value = serde_json::from_str(&printed).unwrap();
    let set = &report["sets"][0];
    assert_eq!(
        (&set["outcome"], &set["entries"], &set["exceptions"]),
        (&json!("held"), &json!({}), &json!([]))
    );
    assert!(set["why"][0].as_str().unwrap().starts_with("N1*PE names NPI 1987654328"), "{printed}");

    // What a payer's rule would hold back is posted when the command says so.
    practice.rule(firstpass::remits::Mode::Review, &[]).await;
    let plain = practice.claim(&[("99213", "150.00")]).await;
    let text = remit("T4", "80", &format!("CLP*{}*1*150*80**12*P4~CAS*CO*45*70~", plain.number));
    let plain = write(&folder, "plain.835", &text);
    let (code, printed, _) = receive(&practice, &[&plain]);
    assert_eq!(code, 1);
    assert!(printed.starts_with("plain.835 set 1: held, 1 claims, paid 80.00"), "{printed}");
    assert!(printed.contains("ready to post: the payer's rule (review)"), "{printed}");
    let (code, printed, _) = receive(&practice, &[&plain, "--payer-mode", "full"]);
    assert_eq!(code, 0);
    assert!(printed.starts_with("plain.835 set 1: posted, 1 claims, paid 80.00"), "{printed}");
    let (code, _, errors) = receive(&practice, &[&plain, "--payer-mode", "some"]);
    assert_eq!(code, 2);
    assert!(errors.contains("expected review, semi or full"), "{errors}");

    let (code, printed, _) = receive(&practice, &[&letter]);
    assert_eq!(code, 2);
    assert!(printed.contains("letter.txt"), "{printed}");
    std::fs::remove_dir_all(&folder).unwrap();
    practice.proves().await;
}

#[tokio::test]
async fn provider_adjustments_are_listed_open_ones_or_all() {
    let practice = practice().await;
    let plb = "PLB*1*20261231*WO:X1*-80*L6*-1.25~";
    practice.receive_one(&remit("T1", "81.25", plb)).await;
    let (code, printed, errors) = remits(&practice, "adjustments", &["--json"]);
    assert_eq!((code, errors.as_str()), (0, ""));
    let listed: Value = serde_json::from_str(&printed).unwrap();
    let shown = |item: &Value| format!("{} {} {}", item["kind"], item["balance"], item["state"]);
    let items: Vec<String> = listed["items"].as_array().unwrap().iter().map(shown).collect();
    assert_eq!(items, [r#""recoupment" 80.00 "will_be_taken""#, r#""interest" 1.25 "closed""#]);
    let (code, printed, _) = remits(&practice, "adjustments", &["--open"]);
    assert_eq!(code, 0);
    assert!(printed.contains("80.00  Will be taken") && printed.ends_with("1 items\n"), "{printed}");
}
