//! The corpus' table: one row a file, with totals taken by an independent splitter.

use std::path::PathBuf;

use firstpass::types::Money;

/// One row of MANIFEST.tsv.
#[derive(Clone, Debug)]
pub struct Row {
    pub file: String,
    pub transaction: String,
    pub version: String,
    pub claims: u64,
    pub billed: Money,
    pub paid_clp04: Option<Money>,
    pub paid_bpr02: Option<Money>,
    pub label: String,
    pub quirks: String,
    pub envelope_errors: String,
    pub bytes: Vec<u8>,
}

/// The corpus' folder.
pub fn folder() -> PathBuf {
    std::env::var("FIRSTPASS_CORPUS").expect("FIRSTPASS_CORPUS names the public corpus").into()
}

/// All rows, with the files' bytes.
pub fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(folder().join("MANIFEST.tsv")).unwrap();
    let mut lines = text.lines();
    let heads: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let column = |name: &str| heads.iter().position(|head| *head == name).unwrap();
    let [file, transaction, version, claims, billed, clp, bpr, valid, quirks, envelope_errors] = [
        "file",
        "transaction",
        "version",
        "claims",
        "billed",
        "paid_clp04",
        "paid_bpr02",
        "valid",
        "quirks",
        "envelope_errors",
    ]
    .map(column);
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let money = |at: usize| cells[at].parse::<Money>().ok();
            Row {
                file: cells[file].to_owned(),
                transaction: cells[transaction].to_owned(),
                version: cells[version].to_owned(),
                claims: cells[claims].parse().unwrap_or_default(),
                billed: money(billed).unwrap_or(Money::ZERO),
                paid_clp04: money(clp),
                paid_bpr02: money(bpr),
                label: cells[valid].to_owned(),
                quirks: cells[quirks].to_owned(),
                envelope_errors: cells[envelope_errors].to_owned(),
                bytes: std::fs::read(folder().join(cells[file])).unwrap(),
            }
        })
        .collect()
}

/// Files that a page of DIFFERENCES.md lists, each with its reason: ``- `file`: why``.
pub fn explained(section: &str) -> Vec<String> {
    include_str!("DIFFERENCES.md")
        .split("\n## ")
        .find(|text| text.starts_with(section))
        .unwrap_or_else(|| panic!("DIFFERENCES.md has no section {section}"))
        .lines()
        .filter_map(|line| line.strip_prefix("- `")?.split_once("`: "))
        .map(|(file, _)| file.to_owned())
        .collect()
}

/// Fails unless exactly the listed files are those that were found.
#[track_caller]
pub fn assert_explained(section: &str, found: &[(String, String)]) {
    let listed = explained(section);
    let news: Vec<_> = found.iter().filter(|(file, _)| !listed.contains(file)).collect();
    let gone: Vec<_> = listed.iter().filter(|file| !found.iter().any(|(found, _)| found == *file)).collect();
    assert!(news.is_empty(), "{section}: not explained:\n{news:#?}");
    assert!(gone.is_empty(), "{section}: listed, and no longer so: {gone:?}");
}
