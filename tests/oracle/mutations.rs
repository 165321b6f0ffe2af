//! Valid files with one seeded fault each: pyx12 and we must say the same of them, but for the
//! classes that DIFFERENCES.md explains.

use std::path::PathBuf;

use firstpass::x12::check::{Finding, Options, Report, Verdict, check};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::judge::{Opinion, ask, scratch};

/// How many; a judge takes some hundredths of a second for each.
const MUTATIONS: usize = 2_000;

/// Files of the corpus that pyx12 accepts and that end their segments with `~`.
fn valid_files() -> Vec<(String, String)> {
    let corpus = PathBuf::from(std::env::var("FIRSTPASS_CORPUS").expect("FIRSTPASS_CORPUS names the corpus"));
    let manifest = std::fs::read_to_string(corpus.join("MANIFEST.tsv")).unwrap();
    let mut files = vec![];
    for line in manifest.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let (file, transaction, version, label, pyx12) = (cells[0], cells[1], cells[2], cells[8], cells[9]);
        let ours = matches!(transaction, "837P" | "837I" | "835") && version.starts_with("005010");
        if ours && label == "valid" && pyx12 == "OK" {
            files.push((file.to_owned(), std::fs::read_to_string(corpus.join(file)).unwrap()));
        }
    }
    assert!(files.len() > 20);
    files
}

/// One fault somewhere between ISA and IEA; SE01 counts the segments that are there then.
fn mutate(text: &str, rng: &mut ChaCha8Rng) -> (String, String) {
    let mut segments: Vec<String> = text
        .split('~')
        .map(|segment| segment.trim().to_owned())
        .filter(|segment| !segment.is_empty())
        .collect();
    let at = rng.random_range(2..segments.len() - 2);
    let was = segments[at].clone();
    let what = match rng.random_range(0..7) {
        0 => {
            segments.remove(at);
            format!("without {was}")
        }
        1 => {
            segments.insert(at, was.clone());
            format!("twice {was}")
        }
        2 => {
            segments.swap(at, at + 1);
            format!("after the next {was}")
        }
        kind => {
            let mut elements: Vec<String> = was.split('*').map(str::to_owned).collect();
            let place = rng.random_range(1..elements.len().max(2)).min(elements.len() - 1);
            match kind {
                3 => {
                    let wrong = ["ZZ", "0", "QQQ", "20261399", "-1", "1.5", "A B"];
                    wrong[rng.random_range(0..wrong.len())].clone_into(&mut elements[place]);
                }
                4 => elements[place].clear(),
                5 => elements[place] += &"X".repeat([1, 5, 40, 90][rng.random_range(0..4)]),
                _ => elements.insert(place, elements[place].clone()),
            }
            while elements.last().is_some_and(String::is_empty) {
                elements.pop();
            }
            segments[at] = elements.join("*");
            format!("{} for {was}", segments[at])
        }
    };
    let mut count = 0;
    for segment in &mut segments {
        count = if segment.starts_with("ST*") { 1 } else { count + 1 };
        if let Some((_, number)) = segment.strip_prefix("SE*").and_then(|rest| rest.split_once('*')) {
            *segment = format!("SE*{count}*{number}");
        }
    }
    (segments.join("~") + "~", what)
}

/// True when all that pyx12 rejects is a state's code: states-of-others.
fn is_state(opinion: &Opinion) -> bool {
    let Opinion::Rejected(errors) = opinion else { return false };
    let state =
        |error: &String| error.contains("is not a valid code for") && error.contains("State Code (N402)");
    errors.iter().all(state)
}

/// The class of DIFFERENCES.md that explains why one of us rejects and the other does not.
fn class(report: &Report, opinion: &Opinion) -> Option<&'static str> {
    let errors: Vec<&Finding> = report.issues.iter().filter(|finding| finding.is_error()).collect();
    let all =
        |holds: &dyn Fn(&Finding) -> bool| !errors.is_empty() && errors.iter().all(|error| holds(error));
    let missing = |error: &Finding| matches!(error.rule, "x12/missing-segment" | "x12/missing-loop");
    if report.verdict == Verdict::Accepted {
        is_state(opinion).then_some("states-of-others")
    } else if errors.iter().any(|error| error.rule == "x12/unsupported-set") {
        Some("set-by-st01")
    } else if all(&|error| error.element.as_deref() == Some("ST03")) {
        Some("st03")
    } else if all(&missing) {
        Some("empty-repeat")
    } else {
        None
    }
}

#[test]
fn faults_made_by_seed_are_judged_alike() {
    let files = valid_files();
    let folder = scratch("mutations");
    let mut rng = ChaCha8Rng::seed_from_u64(20_260_105);
    let mut made = vec![];
    for number in 0..MUTATIONS {
        let (name, text) = &files[rng.random_range(0..files.len())];
        let (mutated, what) = mutate(text, &mut rng);
        let path = folder.join(format!("{number:04}.x12"));
        std::fs::write(&path, &mutated).unwrap();
        made.push((path, format!("{name}: {what}"), mutated));
    }
    let opinions = ask(&made.iter().map(|(path, _, _)| path.clone()).collect::<Vec<_>>());
    let (mut same, mut unjudged, mut explained, mut wrong) = (0, 0, vec![], vec![]);
    for (path, what, text) in &made {
        let report = check(text.as_bytes(), &Options { level: 2, ..Options::default() });
        let opinion = &opinions[path];
        let theirs = match opinion {
            Opinion::Accepted => true,
            Opinion::Rejected(_) => false,
            Opinion::CannotJudge(_) | Opinion::Crashed => {
                unjudged += 1;
                continue;
            }
        };
        if theirs == (report.verdict == Verdict::Accepted) {
            same += 1;
        } else if let Some(class) = class(&report, opinion) {
            explained.push(format!("{class}: {what}"));
        } else {
            let ours: Vec<String> =
                report.issues.iter().take(4).map(|one| format!("{} {}", one.rule, one.message)).collect();
            wrong.push(format!("{what}: ours {:?} {ours:?}, pyx12 {opinion:?}", report.verdict));
        }
    }
    println!(
        "{MUTATIONS} faults: {same} judged alike, {unjudged} that pyx12 cannot judge, {}",
        explained.len()
    );
    println!("{}", explained.join("\n"));
    assert!(wrong.is_empty(), "not explained:\n{}", wrong.join("\n"));
}
