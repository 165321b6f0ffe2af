//! The API's description says what the API does.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use firstpass::{openapi, routes};
use serde_json::Value;

use super::api;

const GOLDEN: &str = "tests/data/openapi.json";

/// Whoever changes the API on purpose writes the new description with `UPDATE_GOLDEN=1`.
#[tokio::test]
async fn the_description_that_is_served_is_the_one_on_file() {
    let served = api().await.get("/api/v1/openapi.json").await;
    assert_eq!(served.status, 200);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(GOLDEN);
    let text = serde_json::to_string_pretty(&served.body).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    let differs = (1..).zip(text.lines().zip(golden.lines())).find(|(_, (new, old))| new != old);
    assert!(text == golden, "{GOLDEN} differs: {differs:?}");
}

#[test]
fn every_route_of_the_api_is_described_and_nothing_else() {
    let described = serde_json::to_value(openapi::description()).unwrap();
    let described: BTreeSet<String> = described["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let served: BTreeSet<String> = routes::all()
        .iter()
        .filter(|route| route.path.starts_with("/api/v1/") && route.path != "/api/v1/openapi.json")
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert_eq!(described, served);
}

#[test]
fn every_write_is_described_with_its_idempotency_key_and_its_problems() {
    let described = serde_json::to_value(openapi::description()).unwrap();
    for (path, item) in described["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let names: Vec<&str> = operation["parameters"]
                .as_array()
                .map(|all| all.iter().filter_map(|one| one["name"].as_str()).collect())
                .unwrap_or_default();
            assert_eq!(method == "post", names.contains(&"Idempotency-Key"), "{method} {path}");
            // 503: the database is away, or too busy (`database/busy`).
            for status in ["404", "503"] {
                let problem = &operation["responses"][status]["content"]["application/problem+json"];
                assert_ne!(problem, &Value::Null, "{method} {path} {status}");
            }
        }
    }
}
