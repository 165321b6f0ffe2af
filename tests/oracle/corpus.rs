//! pyx12's verdict and ours, at level 2, on every 837P, 837I, 835 and 999 of the corpus.

use std::collections::BTreeMap;
use std::path::PathBuf;

use firstpass::x12::check::{Options, Verdict, check};

use crate::judge::{Opinion, ask};

/// The differences that we have looked into: file to class, from the list in DIFFERENCES.md.
fn explained() -> BTreeMap<String, String> {
    include_str!("DIFFERENCES.md")
        .lines()
        .filter_map(|line| line.strip_prefix("- `")?.split_once("`: "))
        .map(|(file, class)| (file.to_owned(), class.trim().to_owned()))
        .collect()
}

#[test]
fn every_difference_from_pyx12_on_the_corpus_is_explained() {
    let corpus = PathBuf::from(std::env::var("FIRSTPASS_CORPUS").expect("FIRSTPASS_CORPUS names the corpus"));
    let mut files = vec![];
    for folder in ["837P", "837I", "835", "999"] {
        for entry in std::fs::read_dir(corpus.join(folder)).unwrap() {
            files.push(entry.unwrap().path());
        }
    }
    files.sort();
    let opinions = ask(&files);
    let classes = explained();
    let (mut same, mut unjudged, mut wrong) = (0, 0, vec![]);
    let mut seen = vec![];
    for (path, opinion) in &opinions {
        let file = path.strip_prefix(&corpus).unwrap().display().to_string();
        let report = check(&std::fs::read(path).unwrap(), &Options { level: 2, ..Options::default() });
        let ours = report.verdict == Verdict::Accepted;
        let theirs = match opinion {
            Opinion::Accepted => true,
            Opinion::Rejected(_) => false,
            Opinion::CannotJudge(_) | Opinion::Crashed => {
                unjudged += 1;
                continue;
            }
        };
        if ours == theirs {
            same += 1;
            continue;
        }
        seen.push(file.clone());
        if !classes.contains_key(&file) {
            let issues: Vec<String> =
                report.issues.iter().map(|i| format!("{} {}", i.rule, i.message)).take(6).collect();
            wrong.push(format!("{file}: ours {:?} {issues:#?}, pyx12 {opinion:?}", report.verdict));
        }
    }
    let gone: Vec<&String> = classes.keys().filter(|file| !seen.contains(file)).collect();
    println!(
        "{} files: {same} alike, {} explained, {unjudged} that pyx12 cannot judge",
        files.len(),
        seen.len()
    );
    assert!(wrong.is_empty(), "not explained:\n{}", wrong.join("\n"));
    assert!(gone.is_empty(), "listed, and no longer different: {gone:?}");
}
