//! Runs pyx12 in two processes over many files. `judge.py` makes it read its maps once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What pyx12 says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opinion {
    Accepted,
    /// With its error codes and messages.
    Rejected(Vec<String>),
    /// No map for the guide, or it cannot make out the file.
    CannotJudge(String),
    /// The process died on it.
    Crashed,
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).to_owned()
}

/// A place for files that we write.
pub fn scratch(name: &str) -> PathBuf {
    let folder = target().join("oracle").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn ran(command: &mut Command) {
    let output = command.output().unwrap_or_else(|cause| panic!("{command:?}: {cause}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A Python with pyx12 4.0.0, made once; two tests may ask at the same time.
pub fn python() -> PathBuf {
    static MADE: std::sync::Once = std::sync::Once::new();
    let folder = target().join("pyx12-4.0.0");
    MADE.call_once(|| {
        let done = folder.join("done");
        if !done.exists() {
            let _ = std::fs::remove_dir_all(&folder);
            ran(Command::new("python3").args(["-m", "venv"]).arg(&folder));
            ran(Command::new(folder.join("bin/pip")).args(["install", "--quiet", "pyx12==4.0.0"]));
            std::fs::write(done, "").unwrap();
        }
    });
    folder.join("bin/python")
}

fn script() -> PathBuf {
    let folder = std::env::var("FIRSTPASS_ORACLE").expect("FIRSTPASS_ORACLE names the judge's folder");
    let script = Path::new(&folder).join("pyx12_oracle.py");
    assert!(script.is_file(), "no {}", script.display());
    script
}

/// Processes that judge at the same time.
const JUDGES: usize = 2;

/// Asks about all files.
pub fn ask(files: &[PathBuf]) -> BTreeMap<PathBuf, Opinion> {
    let (python, script) = (python(), script());
    std::thread::scope(|scope| {
        let judges: Vec<_> = files
            .chunks(files.len().div_ceil(JUDGES).max(1))
            .map(|part| scope.spawn(|| ask_one(&python, &script, part)))
            .collect();
        judges.into_iter().flat_map(|judge| judge.join().unwrap()).collect()
    })
}

/// Asks one judge; its process is started again after a file that it dies on.
fn ask_one(python: &Path, script: &Path, files: &[PathBuf]) -> BTreeMap<PathBuf, Opinion> {
    let judge = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/judge.py");
    let mut opinions = BTreeMap::new();
    let mut left = files;
    while !left.is_empty() {
        let output = Command::new(python).arg(&judge).arg(script).args(left).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let mut judged = 0;
        for line in text.lines() {
            let answer: serde_json::Value = serde_json::from_str(line).unwrap();
            opinions.insert(PathBuf::from(answer["file"].as_str().unwrap()), opinion(&answer));
            judged += 1;
        }
        if let Some(crashed) = left.get(judged) {
            opinions.insert(crashed.clone(), Opinion::Crashed);
            judged += 1;
        }
        left = &left[judged..];
    }
    opinions
}

fn opinion(answer: &serde_json::Value) -> Opinion {
    let errors: Vec<String> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            format!(
                "{} {}",
                error["code"].as_str().unwrap_or_default(),
                error["msg"].as_str().unwrap_or_default()
            )
        })
        .collect();
    match answer["ok"].as_bool() {
        Some(true) => Opinion::Accepted,
        Some(false) => Opinion::Rejected(errors),
        None => Opinion::CannotJudge(errors.join("; ")),
    }
}
