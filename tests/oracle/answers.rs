//! The 999 that we write, before pyx12: nothing of it may be rejected.

use std::path::{Path, PathBuf};

use firstpass::scrub::map_837::Scrubber;
use firstpass::scrub::{Context, History, PracticeRules};
use firstpass::x12::answer::{ReplyOptions, reply};
use firstpass::x12::check::{Options, Verdict, check, check_stream_further};
use firstpass::x12::{Render, Written, read_file};

use crate::judge::{Opinion, ask, scratch};

fn corpus() -> PathBuf {
    std::env::var("FIRSTPASS_CORPUS").expect("FIRSTPASS_CORPUS names the public corpus").into()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn every_answer_to_the_corpus_is_accepted_by_pyx12() {
    let mut sources = vec![];
    for folder in ["270", "271", "276", "277", "277CA", "835", "837D", "837I", "837P", "other", "mixed"] {
        files(&corpus().join(folder), &mut sources);
    }
    let folder = scratch("answers");
    let at = chrono::NaiveDate::from_ymd_opt(2026, 11, 24).unwrap().and_hms_opt(9, 30, 0).unwrap();
    let mut written = vec![];
    for (source, number) in sources.iter().zip(1..) {
        let text = std::fs::read(source).unwrap();
        let Ok(answer) = reply(&text, ReplyOptions { level: 4, control_number: number, at }) else {
            continue;
        };
        // One file for each interchange. pyx12's map demands a group: TA1 alone is none of its business.
        let file = read_file(&answer.bytes);
        for (interchange, place) in
            file.interchanges.iter().zip(1..).filter(|(one, _)| !one.groups.is_empty())
        {
            let mut render = Render::verbatim(interchange.delimiters);
            interchange.write(&mut render);
            let path = folder.join(format!("{number}-{place}.999"));
            std::fs::write(&path, render.into_bytes().trim_ascii_start()).unwrap();
            written.push(path);
        }
    }
    println!("{} answers to {} files", written.len(), sources.len());
    assert!(written.len() > 150, "{}", written.len());
    let opinions = ask(&written);
    let refused: Vec<_> = opinions
        .iter()
        .filter(|(path, opinion)| **opinion != Opinion::Accepted && !counts_contexts_together(path, opinion))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn every_answer_to_the_claims_of_the_corpus_is_accepted_by_pyx12() {
    let mut sources = vec![];
    for folder in ["837D", "837I", "837P", "mixed"] {
        files(&corpus().join(folder), &mut sources);
    }
    let folder = scratch("claim_answers");
    let at = chrono::NaiveDate::from_ymd_opt(2026, 11, 24).unwrap().and_hms_opt(9, 30, 0).unwrap();
    let (mut written, mut rejected) = (vec![], 0);
    for (source, number) in sources.iter().zip(1..) {
        let text = std::fs::read(source).unwrap();
        let codes = firstpass::codes::Codes::shipped();
        let all = Options { level: 7, codes: Some(codes), ..Options::default() };
        let context =
            Context { codes, rules: &PracticeRules::default(), history: History::Unknown, today: at.date() };
        let mut scrubber = Scrubber::new(context, &all);
        let report = check_stream_further(text.as_slice(), &all, &mut scrubber).unwrap();
        let options = ReplyOptions { level: 4, control_number: number, at };
        let answer = firstpass::x12::claim_answer::reply(&text, &report, options).unwrap();
        rejected += answer.rejected;
        if answer.bytes.is_empty() {
            continue;
        }
        let own = check(&answer.bytes, &Options { strict: true, ..Options::default() });
        assert_eq!(own.verdict, Verdict::Accepted, "{}: {:#?}", source.display(), own.issues);
        let path = folder.join(format!("{number}.277"));
        std::fs::write(&path, answer.bytes).unwrap();
        written.push(path);
    }
    println!("{} answers to {} files, {rejected} claims rejected", written.len(), sources.len());
    assert!(written.len() > 40 && rejected > 5, "{} {rejected}", written.len());
    let refused: Vec<_> =
        ask(&written).into_iter().filter(|(_, opinion)| *opinion != Opinion::Accepted).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

/// pyx12 counts the two CTX of loop 2100 as one: ctx-count in DIFFERENCES.md. By our own tables, where they
/// are two slots as in the guide, such an answer must hold.
fn counts_contexts_together(path: &Path, opinion: &Opinion) -> bool {
    let Opinion::Rejected(errors) = opinion else { return false };
    let only =
        errors.iter().all(|error| error.contains("Segment CTX exceeded max count.  Found 2, should have 1"));
    let text = std::fs::read(path).unwrap();
    only && check(&text, &Options { level: 2, strict: true, ..Options::default() }).verdict
        == Verdict::Accepted
}
