//! `x12 ack`, `json`, `edi`, `show` and `diff` as a user runs them.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use crate::support::without_database;

/// Runs a command; gives the exit code, what it printed and what it complained.
fn x12(arguments: &[&str], input: &[u8]) -> (i32, String, String) {
    let mut child = without_database()
        .arg("x12")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn data(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/x12").join(name).display().to_string()
}

#[test]
fn a_file_is_answered_on_standard_output() {
    let (exit, answer, _) =
        x12(&["ack", &data("claims.edi"), "--at", "2026-11-24T09:30", "--control-number", "42"], b"");
    assert_eq!(exit, 1, "a replacement without REF*F8 is rejected");
    insta::assert_snapshot!(answer);
    let (exit, answer, _) = x12(&["ack", &data("claims.edi"), "--level", "2"], b"");
    assert!(exit == 0 && answer.contains("AK9*A*1*1*1~"), "{answer}");
    let (exit, answer, complaint) = x12(&["ack", "-"], b"name,amount\n");
    assert_eq!((exit, answer.as_str()), (2, ""));
    assert!(complaint.starts_with("firstpass: "), "{complaint}");
}

#[test]
fn the_claims_of_a_file_are_answered_when_that_is_asked_for() {
    let text = std::fs::read_to_string(data("claims.edi"))
        .unwrap()
        .replace("11:B:7", "11:B:1")
        .replace("HI*ABK:M545~", "HI*ABK:M5450~")
        .replace("XX*1234567893", "XX*1234567890");
    let arguments = ["ack", "-", "--at", "2026-11-24T09:30", "--claims"];
    let (exit, answer, _) = x12(&arguments, text.as_bytes());
    assert_eq!(exit, 1, "an NPI with a wrong check digit is no 999's matter, and rejects the claim");
    assert!(answer.contains("\nAK9*A*1*1*1~"), "{answer}");
    assert!(answer.contains("*00501*000000002*0*T*:~\nGS*HN*PLAN*CLINIC*"), "{answer}");
    assert!(answer.contains("\nTRN*2*C1~\nSTC*A7:562:85*20261124*U*150~\n"), "{answer}");
    // By its balance and codes alone it is taken in.
    let (exit, answer, _) = x12(&[&arguments[..], &["5"]].concat(), text.as_bytes());
    assert_eq!(exit, 0, "{answer}");
    assert!(answer.contains("\nTRN*2*C1~\nSTC*A2:20*20261124*WQ*150~\n"), "{answer}");
}

#[test]
fn the_rules_are_listed_with_their_places_in_the_guides() {
    let (exit, printed, _) = x12(&["rules", "--level", "4", "--json"], b"");
    let listed: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let of = |id: &str| listed.as_array().unwrap().iter().find(|rule| rule["id"] == id).cloned();
    assert_eq!(exit, 0);
    assert_eq!(
        of("x12/837p/replacement-needs-f8").unwrap(),
        serde_json::json!({
            "id": "x12/837p/replacement-needs-f8", "level": 4, "severity": "error",
            "source": "X222 2300 REF*F8",
            "advice": "Give the payer's claim control number of the claim that is replaced or voided",
        })
    );
    assert!(listed.as_array().unwrap().iter().all(|rule| rule["level"] == 4));
    let (_, printed, _) = x12(&["rules", "--level", "7"], b"");
    assert!(printed.contains("7 error   scrub/timely-filing ("), "{printed}");
    let (exit, printed, _) = x12(&["rules"], b"");
    assert_eq!(exit, 0);
    assert!(printed.contains("\n3 error   x12/835/claim-balance (X221 1.10.2.1.2)\n"), "{printed}");
}

#[test]
fn json_and_back_are_the_same_bytes() {
    for name in ["remittance.edi", "eligibility.edi", "claims.edi"] {
        let text = std::fs::read(data(name)).unwrap();
        for arguments in [&["json", "-"][..], &["json", "-", "--designators"]] {
            let (exit, json, _) = x12(arguments, &text);
            assert_eq!(exit, 0);
            let (exit, back, complaint) = x12(&["edi", "-"], json.as_bytes());
            assert_eq!((exit, back.as_bytes()), (0, &text[..]), "{name} {complaint}");
        }
    }
    let (_, json, _) = x12(&["json", &data("eligibility.edi")], b"");
    insta::assert_snapshot!(json);
}

#[test]
fn json_that_does_not_fit_is_refused_with_its_place() {
    let (_, json, _) = x12(&["json", &data("remittance.edi")], b"");
    let (exit, printed, complaint) =
        x12(&["edi", "-"], json.replacen("\"paid\": \"245\"", "\"payed\": \"245\"", 1).as_bytes());
    assert_eq!((exit, printed.as_str()), (2, ""));
    assert!(complaint.contains("sets[0].body.payment: BPR has no payed"), "{complaint}");
    assert_eq!(x12(&["edi", "-"], b"no json").0, 2);
    assert_eq!(x12(&["edi", "-"], b"{}").0, 2, "no interchange is no X12");
}

#[test]
fn a_remittance_is_explained() {
    let (exit, page, _) = x12(&["show", &data("remittance.edi")], b"");
    assert_eq!(exit, 1, "REF*QQ has no place in a claim");
    insta::assert_snapshot!(page);
}

#[test]
fn an_eligibility_response_is_explained() {
    let (exit, page, _) = x12(&["show", &data("eligibility.edi")], b"");
    assert_eq!(exit, 1, "EB07 is no amount");
    insta::assert_snapshot!(page);
}

#[test]
fn two_files_are_compared_claim_by_claim() {
    let (first, second) = (data("remittance.edi"), data("remittance_corrected.edi"));
    assert_eq!(x12(&["diff", &first, &first], b"").0, 0);
    let (exit, page, _) = x12(&["diff", &first, &second], b"");
    assert_eq!(exit, 1);
    insta::assert_snapshot!(page);
    let (_, json, _) = x12(&["diff", &first, &second, "--json"], b"");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["differences"][0]["what"], "claim A1");
    assert_eq!(x12(&["diff", &first, "-"], b"name,amount\n").0, 2);
}
