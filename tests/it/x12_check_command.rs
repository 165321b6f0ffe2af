//! `x12 check` as a user runs it: exit codes and JSON names are a contract.

use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use firstpass::synth::edi::{claims_837p, remittances_835};

use crate::support::without_database;

/// Runs the command; gives the exit code, what it printed and what it complained.
fn x12_check(arguments: &[&str], input: Option<&[u8]>) -> (i32, String, String) {
    let mut child = without_database()
        .args(["x12", "check"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.unwrap_or_default()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn file(name: &str, text: &[u8]) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn the_exit_code_is_that_of_the_worst_file() {
    let right = file("right.837", &claims_837p(1, 4_000));
    let text = String::from_utf8(remittances_835(1, 4_000)).unwrap();
    let wrong = file("wrong.835", text.replacen("CAS*CO*45*", "CAS*CO*45*1", 1).as_bytes());
    let foreign = file("foreign.csv", b"name,amount\nDoe,1\n");
    assert_eq!(x12_check(&[&right], None).0, 0);
    assert_eq!(x12_check(&[&right, &wrong], None).0, 1);
    assert_eq!(x12_check(&[&wrong, &foreign, &right], None).0, 2);
    assert_eq!(x12_check(&[&wrong, "--level", "2"], None).0, 0, "balance is level 3");
    let (exit, printed, complaint) = x12_check(&["no-such-file", &right, "--json"], None);
    assert_eq!((exit, printed.lines().count()), (2, 1), "the others are checked all the same");
    assert!(complaint.starts_with("firstpass: "), "{complaint}");
    assert_eq!(x12_check(&[&right, "--level", "8"], None).0, 2);
    assert_eq!(x12_check(&[], None).0, 2);
}

#[test]
fn a_limit_that_is_passed_makes_the_file_unreadable_and_is_named() {
    let text = claims_837p(3, 8_000);
    for (limit, value, rule) in [
        ("--file-bytes-max", "5000", "x12/file-too-long"),
        ("--sets-max", "0", "x12/too-many-sets"),
        ("--section-segments-max", "3", "x12/too-many-segments"),
    ] {
        let (exit, printed, _) = x12_check(&["-", "--json", limit, value], Some(&text));
        let answer: serde_json::Value = serde_json::from_str(&printed).unwrap();
        let issues = answer["issues"].as_array().unwrap();
        assert!(exit == 2 && issues.iter().any(|issue| issue["rule"] == rule), "{limit}: {printed}");
    }
    assert_eq!(x12_check(&["-", "--file-bytes-max", "100000"], Some(&text)).0, 0);
}

#[test]
fn the_json_of_a_file_is_one_object() {
    let text = String::from_utf8(remittances_835(2, 1_000)).unwrap();
    let (exit, printed, _) = x12_check(&["-", "--json"], Some(text.as_bytes()));
    assert_eq!(exit, 0, "{printed}");
    let answer: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((&answer["file"], &answer["verdict"]), (&"-".into(), &"accepted".into()));
    let set = &answer["sets"][0];
    assert_eq!((&set["transaction"], &set["version"]), (&"835".into(), &"005010X221A1".into()));
    assert_eq!(set["control_number"], "0001");
    // The amounts as they stand in the text, added by hand here.
    let column = |id: &str, place: usize| -> i64 {
        text.split('~')
            .filter(|segment| segment.starts_with(&format!("{id}*")))
            .map(|segment| segment.split('*').nth(place).unwrap())
            .map(|amount| {
                let (whole, cents) = amount.split_once('.').unwrap_or((amount, ""));
                format!("{whole}{cents:0<2}").parse::<i64>().unwrap()
            })
            .sum()
    };
    let cents = |name: &str| -> i64 { set[name].to_string().replace('.', "").parse().unwrap() };
    assert_eq!((cents("charged"), cents("paid")), (column("CLP", 3), column("CLP", 4)));
    assert_eq!(cents("payment"), column("BPR", 2));
    assert_eq!(set["claims"], text.matches("~CLP*").count());
}

#[test]
fn an_issue_says_where_and_what_to_do() {
    let text = String::from_utf8(claims_837p(3, 1_000)).unwrap().replacen("BHT*0019", "BHT*0018", 1);
    let path = file("issue.837", text.as_bytes());
    let (exit, printed, _) = x12_check(&[&path, "--json"], None);
    assert_eq!(exit, 1);
    let answer: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let issue = &answer["issues"][0];
    let expected = serde_json::json!({
        "level": 2, "severity": "error", "rule": "x12/unknown-code", "segment": 4, "set_segment": 2,
        "loop": "837", "element": "BHT01", "found": "0018", "expected": "0019",
        "message": "BHT01 is not a code that this place takes", "offset": text.find("BHT*").unwrap(),
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&issue[name], value, "{name}");
    }
    let (_, printed, _) = x12_check(&[&path], None);
    assert!(printed.contains("rejected at level 4, 1 errors, 0 warnings"), "{printed}");
    assert!(printed.contains("x12/unknown-code, 1 times: Use one of the guide's codes"), "{printed}");
    assert!(printed.contains("segment 4 BHT at byte "), "{printed}");
}

/// What the scrubber knows stands at its segment: level 6 for the kind of service, 7 for a payer.
#[test]
fn levels_6_and_7_are_the_scrubbers() {
    let text = include_str!("../data/x12/claims.edi")
        .replace("11:B:7", "11:B:1")
        .replace("HI*ABK:M545~", "HI*ABK:M5450~")
        .replace("******CI~", "******MB~")
        .replace("XX*1234567893", "XX*1234567890");
    let at = |level: &str| {
        let (exit, printed, _) = x12_check(&["-", "--level", level, "--json"], Some(text.as_bytes()));
        (exit, serde_json::from_str::<serde_json::Value>(&printed).unwrap())
    };
    let of = |answer: &serde_json::Value, rule: &str| {
        answer["issues"].as_array().unwrap().iter().find(|issue| issue["rule"] == rule).cloned()
    };
    let (exit, answer) = at("5");
    assert_eq!((exit, &answer["verdict"]), (0, &"accepted".into()), "{answer:#}");
    assert_eq!(answer.get("not_checked"), None);

    let (exit, answer) = at("6");
    assert_eq!((exit, &answer["verdict"]), (1, &"rejected".into()));
    let npi = of(&answer, "scrub/npi-check-digit").unwrap();
    let expected = serde_json::json!({
        "level": 6, "severity": "error", "segment": 9, "set_segment": 7, "set": 1, "segment_id": "NM1",
        "loop": "2010AA", "loop_path": "2000A/2010AA", "element": "NM109",
        "offset": text.find("NM1*85").unwrap(),
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&npi[name], value, "{name}");
    }
    assert_eq!(of(&answer, "scrub/timely-filing"), None, "that is level 7");
    // Earlier claims of the patient are in no file.
    assert!(answer["not_checked"]["scrub/duplicate-claim"].is_string(), "{answer:#}");

    let (_, answer) = at("7");
    let late = of(&answer, "scrub/timely-filing").unwrap();
    assert_eq!(
        (&late["level"], &late["segment"], &late["element"]),
        (&7.into(), &24.into(), &"DTP03".into())
    );
    assert_eq!(late["loop_path"], "2000A/2000B/2300/2400");
}

/// What the scrubber finds in a file of tests/data/x12, up to a level, in the order of the file.
fn of_scrubber(text: &str, level: &str) -> Vec<serde_json::Value> {
    let (_, printed, _) = x12_check(&["-", "--level", level, "--json"], Some(text.as_bytes()));
    let mut answer: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let mut issues = answer["issues"].as_array_mut().unwrap().split_off(0);
    issues.retain(|issue| issue["rule"].as_str().unwrap().starts_with("scrub/"));
    issues
}

/// Rule, segment of the file, loops, element, component.
type Place<'i> = (&'i str, u64, &'i str, &'i str, Option<u64>);

#[track_caller]
fn check_places(text: &str, level: &str, expected: &[Place<'_>]) {
    let issues = of_scrubber(text, level);
    let of = |issue: &'static str| move |one: &serde_json::Value| one[issue].as_u64();
    let found: Vec<Place<'_>> = issues
        .iter()
        .map(|issue| {
            let text = |name: &str| issue[name].as_str().unwrap_or_default();
            let number = of("segment")(issue).unwrap();
            (text("rule"), number, text("loop_path"), text("element"), of("component")(issue))
        })
        .collect();
    assert_eq!(found, expected);
    // One segment a line: the number and the byte are those of the text.
    for issue in &issues {
        let line = text.lines().nth(usize::try_from(issue["segment"].as_u64().unwrap()).unwrap() - 1);
        let byte = usize::try_from(issue["offset"].as_u64().unwrap()).unwrap();
        assert_eq!(line, text[byte..].lines().next());
        assert!(text[byte..].starts_with(issue["segment_id"].as_str().unwrap()));
    }
}

#[test]
fn institutional_claims_have_levels_6_and_7() {
    let text = include_str!("../data/x12/stay.edi");
    let level_6: [Place<'_>; 2] = [
        // The second HI*ABF repeats what the first one lists.
        ("scrub/diagnosis-twice", 28, "2000A/2000B/2300", "HI02", Some(2)),
        ("scrub/npi-check-digit", 29, "2000A/2000B/2300/2310A", "NM109", None),
    ];
    check_places(text, "5", &[]);
    check_places(text, "6", &level_6);
    let late = ("scrub/timely-filing", 22, "2000A/2000B/2300", "DTP03", None);
    check_places(text, "7", &[late, level_6[0], level_6[1]]);
}

#[test]
fn dental_claims_have_levels_6_and_7() {
    let text = include_str!("../data/x12/fillings.edi");
    let line = "2000A/2000B/2000C/2300/2400";
    let level_6: [Place<'_>; 2] =
        [("scrub/tooth", 32, line, "TOO02", None), ("scrub/duplicate-line", 34, line, "SV301", Some(2))];
    check_places(text, "5", &[]);
    check_places(text, "6", &level_6);
    let frequency = ("scrub/frequency", 23, "2000A/2000B/2000C/2300", "CLM05", Some(3));
    check_places(text, "7", &[frequency, level_6[0], level_6[1]]);
}
