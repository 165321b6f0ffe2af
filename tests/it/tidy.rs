//! Holds the tree to its own rules: a folder of `src` imports only from folders above it in the
//! order of a claim's journey, and nothing stands at the top that the map does not name.

use std::fs;
use std::path::{Path, PathBuf};

/// The order of `src`, as the crate doc of `src/lib.rs` shows it: each may import those before it.
const ORDER: &[&str] = &[
    "types",
    "x12",
    "db",
    "access",
    "workbooks",
    "codes",
    "exchange",
    "ledger",
    "registry",
    "eligibility",
    "charges",
    "rosters",
    "claims",
    "scrub",
    "submissions",
    "acks",
    "contracts",
    "remits",
    "deposits",
    "denials",
    "underpayments",
    "credits",
    "statements",
    "reports",
    "find",
    "sandbox",
    "synth",
    "journey",
    "web",
    "openapi",
    "routes",
    "work",
    "config",
    "app",
    "cli",
];

/// Folders that may import less than what stands above them.
const NARROWER: &[(&str, &[&str])] =
    &[("db", &["types"]), ("ledger", &["types", "db"]), ("sandbox", &["types", "x12", "exchange::mailbox"])];

/// Who may speak X12: the mappers of a feature, and these.
const SPEAKS_X12: &[&str] = &["journey", "sandbox", "synth", "cli/x12", "cli/bench"];

/// What may stand at the top of the repository.
const TOP: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "src",
    "migrations",
    "code_tables",
    "tests",
    "README.md",
    "benches",
    "fuzz",
    "askama.toml",
    "diesel.toml",
    "deny.toml",
    "LICENSE",
    "target",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// The `a::b` of every `crate::a::b` in a file, tests modules included; `crate::{a::…, b::…}` is
/// read apart. Doc links do not count.
fn imports(text: &str) -> Vec<String> {
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut found = vec![];
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let list = rest.strip_prefix('{').map_or(rest, |list| list.trim_start());
        let word =
            |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        let first = word(list);
        let second = list[first.len()..].strip_prefix("::").map(word).unwrap_or_default();
        if rest.starts_with('{') {
            found.push(format!("{{{first}"));
        } else {
            found.push(format!("{first}::{second}"));
        }
    }
    found
}

/// The folder (or file) of `src` that a path belongs to.
fn folder_of(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn folders_import_only_from_folders_above_them() {
    let mut files = vec![];
    sources(&root().join("src"), &mut files);
    assert!(!files.is_empty());
    let mut broken = vec![];
    for path in files {
        let folder = folder_of(&path);
        // The first two are packages: what they may not name is no dependency of theirs.
        if matches!(folder.as_str(), "lib" | "main" | "build" | "types" | "x12") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let shown = path.strip_prefix(root()).unwrap().display().to_string();
        let place = |folder: &str| ORDER.iter().position(|known| *known == folder);
        let Some(own) = place(&folder) else {
            broken.push(format!("{shown}: src/{folder} is not on the map"));
            continue;
        };
        // A page of a feature may show what any feature knows.
        let shows = matches!(name, "api.rs" | "pages.rs");
        let standing = if shows { place("web").unwrap() + 1 } else { own };
        for import in imports(&fs::read_to_string(&path).unwrap()) {
            if let Some(word) = import.strip_prefix('{') {
                broken.push(format!("{shown}: write `use crate::{word}…` on a line of its own"));
                continue;
            }
            let (target, _) = import.split_once("::").unwrap();
            // Macros of the crate root and its own folder are fine.
            let Some(above) = place(target) else { continue };
            let narrower = NARROWER.iter().find(|(narrow, _)| *narrow == folder && !shows);
            let narrower = narrower.map(|(_, allowed)| allowed);
            let allowed = target == folder
                || match narrower {
                    Some(list) => list.iter().any(|a| import == *a || import.split("::").next() == Some(a)),
                    None => above < standing,
                };
            if !allowed {
                broken.push(format!("{shown}: imports crate::{import}, which stands below it"));
            }
            let inside = shown.trim_start_matches("src/");
            let speaks = inside.split('/').any(|part| part.starts_with("map_"))
                || SPEAKS_X12.iter().any(|who| inside.starts_with(who));
            if target == "x12" && !speaks {
                broken.push(format!("{shown}: speaks X12; that is for map_*.rs"));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn nothing_stands_at_the_top_that_the_map_does_not_name() {
    let unknown: Vec<String> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.') && !TOP.contains(&name.as_str()))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_feature_says_what_it_is_for() {
    for entry in fs::read_dir(root().join("src")).unwrap().map(Result::unwrap) {
        let module = entry.path().join("mod.rs");
        if module.exists() {
            let text = fs::read_to_string(&module).unwrap();
            let lines = text.lines().take_while(|line| line.starts_with("//!")).count();
            assert!((5..=40).contains(&lines), "{}: opens with {lines} lines of doc", module.display());
        }
    }
}

#[test]
fn no_file_is_named_for_what_it_is_not() {
    let mut files = vec![];
    sources(&root().join("src"), &mut files);
    for path in files {
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(!matches!(name, "utils" | "util" | "helpers" | "common" | "misc"), "{}", path.display());
    }
}
