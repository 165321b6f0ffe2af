//! Charge files whose columns are a practice's own.

use std::collections::BTreeMap;

use firstpass::charges::{self, DateFormat, Mapping, Mode};
use firstpass::db::Actor;
use firstpass::exchange::files::{self, Direction};
use firstpass::journey::{self, ImportedCharges};
use firstpass::types::Result;

use crate::support::practice::GROUP_NPI;
use crate::support::{self, World};

fn named(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(ours, theirs)| ((*ours).to_owned(), (*theirs).to_owned())).collect()
}

fn mapping() -> Mapping {
    Mapping {
        columns: named(&[
            ("visit_number", "Ticket"),
            ("patient_account", "Pt Acct"),
            ("service_date", "DOS"),
            ("procedure", "CPT"),
            ("units", "Qty"),
            ("charge", "Fee"),
            ("dx1", "Dx"),
        ]),
        dates: DateFormat::DayFirst,
        defaults: named(&[
            ("billing_npi", GROUP_NPI),
            ("place_of_service", "11"),
            ("pointers", "A"),
            ("units", "1"),
        ]),
        sheet: None,
    }
}

async fn import(world: &World, actor: &Actor, csv: &str, mode: Mode) -> Result<ImportedCharges> {
    let now = "2026-03-10T15:00:00Z".parse().unwrap();
    world
        .db
        .transaction(actor, async |tx| {
            let mapping = charges::mapping(tx, "old system").await?;
            let kept = files::keep(tx, csv.as_bytes(), "charges.csv", Direction::In).await?;
            let charges = charges::read_sheet(csv.as_bytes(), Some(&mapping))?;
            journey::import_charges(tx, now, kept.id, charges, mode).await
        })
        .await
}

async fn save(world: &World, actor: &Actor, mapping: Mapping) -> Result<()> {
    let now = "2026-03-10T15:00:00Z".parse().unwrap();
    let save = async |tx: &mut _| charges::save_mapping(tx, now, "old system", mapping).await;
    world.db.transaction(actor, save).await.map(|_saved| ())
}

const FILE: &str = "Ticket,pt acct,DOS,CPT,Qty,Fee,Dx,Room\n\
                    T1,A-100,02/03/2026,99213,,150,I10,3\n\
                    T2,A-200,31/02/2026,99213,1,150,I10,3\n\
                    T3,A-300,02.03.2026,99213,2,80.50,I10,\n";

#[tokio::test]
async fn a_saved_mapping_reads_the_practices_own_columns_dates_and_defaults() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    save(&world, &practice.actor, mapping()).await.unwrap();
    let imported = import(&world, &practice.actor, FILE, Mode::KeepGoodRows).await.unwrap();
    let report = &imported.report;
    assert_eq!((report.visits, report.lines, report.charged.to_string().as_str()), (2, 2, "230.50"));
    assert_eq!((imported.claims, imported.self_pay), (1, 1));
    assert_eq!(report.unknown_columns, ["room"]);
    let problems: Vec<_> =
        report.problems.iter().map(|one| (one.row, one.column.as_deref(), one.reason.as_str())).collect();
    let reason = "is not a date: expected the day first, as in DD/MM/YYYY";
    assert_eq!(problems, [(3, Some("service_date"), reason)]);
    let visits = world
        .db
        .transaction(&practice.actor, async |tx| charges::encounters(tx, &report.encounters).await)
        .await
        .unwrap();
    assert_eq!(visits[0].service_on.to_string(), "2026-03-02");
    assert_eq!(visits[0].place_of_service.text(), "11");
    assert_eq!(visits[0].lines[0].units.to_string(), "1", "an empty field is the default");
    assert_eq!(visits[1].lines[0].units.to_string(), "2");
}

#[tokio::test]
async fn a_dry_run_says_what_would_come_and_leaves_nothing() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    save(&world, &practice.actor, mapping()).await.unwrap();
    let dry = import(&world, &practice.actor, FILE, Mode::DryRun).await.unwrap();
    assert!(dry.report.dry_run);
    assert_eq!((dry.report.visits, dry.report.rows_rejected, dry.claims, dry.self_pay), (2, 1, 1, 1));
    let real = import(&world, &practice.actor, FILE, Mode::KeepGoodRows).await.unwrap();
    assert!(!real.report.already_imported && !real.report.dry_run);
    assert_eq!((real.report.visits, real.claims, real.self_pay), (2, 1, 1));
    assert_eq!(real.report.problems, dry.report.problems);
    let again = import(&world, &practice.actor, FILE, Mode::DryRun).await.unwrap();
    assert!(again.report.already_imported && again.report.dry_run);
}

#[tokio::test]
async fn a_column_that_the_mapping_names_and_the_file_lacks_stops_the_file() {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    save(&world, &practice.actor, mapping()).await.unwrap();
    let renamed = FILE.replace("Fee", "Total");
    let refused = import(&world, &practice.actor, &renamed, Mode::KeepGoodRows).await.unwrap_err();
    let refusal = refused.refusal().unwrap();
    assert_eq!(refusal.code, "charges/heading");
    assert!(refusal.detail.ends_with("the heading lacks Fee (charge)"), "{}", refusal.detail);
}

#[tokio::test]
async fn a_mapping_is_its_practices_own_and_is_replaced_under_its_name() {
    let world = support::world().await;
    let elm = world.practice("Elm Street").await;
    let oak = world.practice("Oak Street").await;
    save(&world, &elm.actor, mapping()).await.unwrap();
    save(&world, &elm.actor, Mapping { dates: DateFormat::Usual, ..mapping() }).await.unwrap();
    let list = async |actor: &Actor| {
        world.db.transaction(actor, async |tx| charges::mappings(tx).await).await.unwrap()
    };
    let saved = list(&elm.actor).await;
    assert_eq!((saved.len(), saved[0].mapping.dates), (1, DateFormat::Usual));
    assert_eq!(list(&oak.actor).await, []);
    let refused = import(&world, &oak.actor, FILE, Mode::KeepGoodRows).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "charges/no-mapping");
    let incomplete = Mapping { columns: named(&[("charge", "Fee")]), ..Mapping::default() };
    let refused = save(&world, &elm.actor, incomplete).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "charges/mapping");
}
