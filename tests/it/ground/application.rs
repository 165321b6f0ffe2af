//! What `firstpass` does with its configuration before any command begins.

use std::ffi::OsString;

use firstpass::app;
use firstpass::config::Config;
use firstpass::db::{Who, migrations};
use firstpass::registry::organizations::{self, NewOrganization, Usage};

use crate::support;

fn config(variables: &[(&str, &str)]) -> Config {
    let find = |name: &str| match variables.iter().find(|(n, _)| *n == name) {
        Some((_, value)) => Some(OsString::from(value)),
        None => std::env::var_os(name).filter(|_| name == "PATH" || name == "PGBIN"),
    };
    Config::read(find, false).unwrap()
}

#[tokio::test]
async fn without_a_database_a_private_one_is_made_and_keeps_what_it_was_given() {
    let folder = std::env::temp_dir().join(format!("firstpass-app-{}", std::process::id()));
    let config = config(&[("FIRSTPASS_DATA", folder.to_str().unwrap())]);
    let elm = NewOrganization {
        name: "Elm Street",
        time_zone: chrono_tz::America::Chicago,
        control_number_prefix: "ELM",
        usage: Usage::Test,
    };
    let first = app::open(&config).await.unwrap();
    let made = organizations::create(&first.db, Who::System("test"), &elm).await.unwrap();
    drop(first);

    assert_eq!(app::migrate(&config).await.unwrap(), Vec::<String>::new());
    let second = app::open(&config).await.unwrap();
    assert_eq!(organizations::list(&second.db).await.unwrap(), [made]);
    drop(second);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn an_older_schema_is_refused_and_migrate_brings_it_up() {
    let world = support::world().await;
    let (service, owner) = (world.service_url(), world.owner_url());
    let config =
        config(&[("FIRSTPASS_DATA", "/nowhere"), ("DATABASE_URL", &service), ("DATABASE_OWNER_URL", &owner)]);
    migrations::revert_all(&owner).await.unwrap();
    let fault = app::open(&config).await.err().unwrap();
    assert_eq!(fault.refusal().unwrap().code, "database/not-migrated");

    app::migrate(&config).await.unwrap();
    let ready = app::open(&config).await.unwrap();
    assert_eq!(organizations::list(&ready.db).await.unwrap(), []);
}

#[tokio::test]
async fn the_services_login_alone_cannot_migrate() {
    let config = config(&[("FIRSTPASS_DATA", "/nowhere"), ("DATABASE_URL", "postgres://x@127.0.0.1:1/x")]);
    let fault = app::migrate(&config).await.unwrap_err();
    assert_eq!(fault.refusal().unwrap().code, "database/no-owner");
}
