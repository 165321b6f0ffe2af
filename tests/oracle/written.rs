//! What our writer makes, before pyx12: nothing of it may be rejected.

use std::path::PathBuf;

use firstpass::synth::edi::{Filling, claims_837p, filled_837, remittances_835};
use firstpass::x12::check::{Options, Verdict, check};
use firstpass::x12::{Guide, Render, Written, read_file};

use crate::judge::{Opinion, ask, scratch};

/// Every segment between ST and SE rendered from its values, nothing copied from what was read.
fn rendered(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let file = read_file(text);
    for interchange in &file.interchanges {
        let mut keep = |part: Option<&[u8]>| out.extend_from_slice(part.unwrap_or_default());
        keep(interchange.header.as_ref().map(|isa| isa.source.text()));
        for group in &interchange.groups {
            keep(group.header.as_ref().map(|gs| gs.source.text()));
            for set in &group.sets {
                let mut render = Render::new(interchange.delimiters);
                set.write(&mut render);
                keep(Some(&render.into_bytes()));
            }
            keep(group.trailer.as_ref().map(|ge| ge.source.text()));
        }
        keep(interchange.trailer.as_ref().map(|iea| iea.source.text()));
    }
    out
}

#[test]
fn made_up_claims_and_remittances_pass_as_they_are_made_and_as_we_render_them() {
    let folder = scratch("written");
    let mut files: Vec<PathBuf> = vec![];
    for seed in 0..4 {
        for (name, text) in [("837p", claims_837p(seed, 60_000)), ("835", remittances_835(seed, 60_000))] {
            let again = rendered(&text);
            for (way, text) in [("made", &text), ("rendered", &again)] {
                let report = check(text, &Options { strict: true, ..Options::default() });
                assert_eq!(
                    report.verdict,
                    Verdict::Accepted,
                    "{name} {way} {seed}: {:#?}",
                    report.issues.first()
                );
                let path = folder.join(format!("{name}-{seed}-{way}.x12"));
                std::fs::write(&path, text).unwrap();
                files.push(path);
            }
        }
    }
    for (path, opinion) in ask(&files) {
        assert_eq!(opinion, Opinion::Accepted, "{}", path.display());
    }
}

/// What a test of the writer holds it to, byte for byte: a claim in which every rare field is filled.
#[test]
fn a_claim_that_says_everything_passes() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/claim_with_everything.837");
    let report = check(&std::fs::read(&path).unwrap(), &Options { strict: true, ..Options::default() });
    assert_eq!(report.verdict, Verdict::Accepted, "{:#?}", report.issues.first());
    for (path, opinion) in ask(&[path]) {
        assert_eq!(opinion, Opinion::Accepted, "{}", path.display());
    }
}

/// Claims in which everything is filled that the guide has; pyx12 has no map of the dental guide, and
/// takes the certificate of medical necessity for an attachment (dmerc-pwk in DIFFERENCES.md).
#[test]
fn claims_with_every_loop_filled_are_accepted_as_they_are_made_and_as_we_render_them() {
    let folder = scratch("filled");
    let mut files: Vec<PathBuf> = vec![];
    for (name, guide) in [("837p", Guide::Professional), ("837i", Guide::Institutional)] {
        for seed in 0..4 {
            let text = filled_837(guide, Filling::Everything, seed).unwrap();
            for (way, text) in [("made", &text), ("rendered", &rendered(&text))] {
                let path = folder.join(format!("{name}-{seed}-{way}.x12"));
                std::fs::write(&path, text).unwrap();
                files.push(path);
            }
        }
    }
    for (path, opinion) in ask(&files) {
        let opinion = match opinion {
            Opinion::Rejected(errors) => {
                let certificate = |error: &String| {
                    error.contains("(AB) is not a valid code for Attachment Transmission Code (PWK02)")
                };
                let others: Vec<String> = errors.into_iter().filter(|error| !certificate(error)).collect();
                if others.is_empty() { Opinion::Accepted } else { Opinion::Rejected(others) }
            }
            opinion => opinion,
        };
        assert_eq!(opinion, Opinion::Accepted, "{}", path.display());
    }
}

/// Real files as our writer renders them: 837P, 837I, 835 and 999 that pyx12 accepts as they came.
#[test]
fn files_of_the_corpus_that_pyx12_accepts_are_accepted_as_we_render_them() {
    let corpus = PathBuf::from(std::env::var("FIRSTPASS_CORPUS").expect("FIRSTPASS_CORPUS names the corpus"));
    let manifest = std::fs::read_to_string(corpus.join("MANIFEST.tsv")).unwrap();
    let folder = scratch("rendered");
    let mut files: Vec<PathBuf> = vec![];
    for line in manifest.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let (file, transaction, version, pyx12) = (cells[0], cells[1], cells[2], cells[9]);
        if matches!(transaction, "837P" | "837I" | "835" | "999")
            && version.starts_with("005010")
            && pyx12 == "OK"
        {
            let text = std::fs::read(corpus.join(file)).unwrap();
            let path = folder.join(file.replace('/', "__"));
            std::fs::write(&path, rendered(&text)).unwrap();
            files.push(path);
        }
    }
    let rejected: Vec<_> =
        ask(&files).into_iter().filter(|(_, opinion)| *opinion != Opinion::Accepted).collect();
    println!("{} files rendered", files.len());
    assert!(files.len() > 25 && rejected.is_empty(), "{rejected:#?}");
}
