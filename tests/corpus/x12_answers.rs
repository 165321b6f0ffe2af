//! Our acknowledgments beside those that pyx12 keeps for its own cases.

use firstpass::x12::answer::{ReplyOptions, reply};
use firstpass::x12::each_segment;

use crate::manifest::{assert_explained, folder, rows};

/// What an acknowledgment answers: AK1 with its AK9, TA1.
fn answered(text: &[u8]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = vec![];
    each_segment(text, |raw| {
        let element = |place| raw.element(place).to_str().into_owned();
        match raw.id().as_bytes() {
            b"AK1" => found.push((format!("{} {}", element(1), element(2)), String::new())),
            b"AK9" => found.last_mut().unwrap().1 = element(1),
            b"TA1" => found.push(("TA1".to_owned(), element(4))),
            _ => {}
        }
    });
    found
}

#[test]
fn every_group_that_pyx12_answers_is_answered() {
    let at = chrono::NaiveDate::from_ymd_opt(2026, 11, 24).unwrap().and_hms_opt(9, 30, 0).unwrap();
    let (mut compared, mut different) = (0, vec![]);
    for row in rows().iter().filter(|row| row.file.ends_with(".source.txt")) {
        let name = row.file.rsplit('/').next().unwrap().trim_end_matches(".source.txt");
        let expected = ["997", "999", "mixed"].iter().find_map(|kind| {
            let endings = ["999.txt", "res997.txt", "resAck.txt"];
            let paths = endings.map(|ending| folder().join(kind).join(format!("{name}.{ending}")));
            paths.iter().find_map(|path| std::fs::read(path).ok())
        });
        let Some(expected) = expected else { continue };
        compared += 1;
        let ours = match reply(&row.bytes, ReplyOptions { level: 4, control_number: 1, at }) {
            Ok(reply) => answered(&reply.bytes),
            Err(cause) => vec![(cause.to_string(), String::new())],
        };
        let theirs = answered(&expected);
        let sorted = |mut answers: Vec<(String, String)>| {
            answers.sort();
            answers
        };
        let (ours, theirs) = (sorted(ours), sorted(theirs));
        if ours != theirs {
            let kind = |answers: &[(String, String)]| {
                answers.iter().map(|(what, code)| format!("{what} {code}")).collect::<Vec<_>>().join(", ")
            };
            different.push((row.file.clone(), format!("ours {}; theirs {}", kind(&ours), kind(&theirs))));
        }
    }
    println!("{compared} acknowledgments compared");
    assert!(compared > 20, "{compared}");
    assert_explained("Acknowledgments that are not pyx12's", &different);
}
