//! What our writer makes, before pyx12: nothing of it may be rejected.

use std::path::PathBuf;

use firstpass::synth::edi::{claims_837p, remittances_835};
use firstpass::x12::check::{Options, Verdict, check};
use firstpass::x12::{Delimiters, Render, Written, read_file};

use crate::judge::{Opinion, ask, scratch};

/// Every segment rendered from its values, nothing copied from what was read.
fn rendered(text: &[u8], delimiters: Delimiters) -> Vec<u8> {
    let mut out = Render::new(delimiters);
    for interchange in &read_file(text).interchanges {
        interchange.write(&mut out);
    }
    out.into_bytes()
}

#[test]
fn made_up_claims_and_remittances_pass_as_they_are_made_and_as_we_render_them() {
    let folder = scratch("written");
    let mut files: Vec<PathBuf> = vec![];
    for seed in 0..4 {
        for (name, text) in [("837p", claims_837p(seed, 60_000)), ("835", remittances_835(seed, 60_000))] {
            let again = rendered(&text, Delimiters::USUAL);
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
