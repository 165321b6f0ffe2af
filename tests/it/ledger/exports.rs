//! A month's journal leaves for the general ledger once, and is the same whenever it is asked for.

use std::process::Command;

use firstpass::db::Actor;
use firstpass::exchange::files;
use firstpass::journey;
use firstpass::ledger::{self, AccountKind, JournalExport, JournalFormat, PeriodState};
use firstpass::types::{Month, Result};

use crate::ledger::{charge, claim, code, day, payment, post};
use crate::support::{self, World};

fn march() -> Month {
    "2026-03".parse().unwrap()
}

async fn export(world: &World, actor: &Actor, format: JournalFormat, today: &str) -> Result<JournalExport> {
    let today = day(today);
    world.db.transaction(actor, async |tx| journey::export_journal(tx, march(), format, today).await).await
}

async fn bytes(world: &World, actor: &Actor, export: &JournalExport) -> Vec<u8> {
    world.db.snapshot(actor, async |tx| files::read(tx, export.file).await).await.unwrap()
}

/// Billed 150.00 on 2 March; 80.00 paid and 40.00 written off on 20 March.
async fn books(world: &World) -> Actor {
    let actor = world.organization("Elm Street").await;
    let about = claim();
    post(world, &actor, &charge("150.00", about)).await.unwrap();
    post(world, &actor, &payment("80.00", "40.00", about)).await.unwrap();
    actor
}

#[tokio::test]
async fn an_exported_month_is_locked_and_its_file_is_the_same_for_ever() {
    let world = support::world().await;
    let actor = books(&world).await;
    assert_eq!(
        code(export(&world, &actor, JournalFormat::Iif, "2026-03-31").await),
        "ledger/period-not-over"
    );
    let map = async |tx: &mut _| {
        ledger::map_account(tx, AccountKind::InsuranceCash, Some("Checking"), Some("10100")).await
    };
    world.db.transaction(&actor, map).await.unwrap();
    let first = export(&world, &actor, JournalFormat::Iif, "2026-04-05").await.unwrap();
    assert_eq!((first.journal_entries, first.debits.to_string().as_str()), (2, "270.00"));
    let text = String::from_utf8(bytes(&world, &actor, &first).await).unwrap();
    assert_eq!(
        text.lines().skip(3).collect::<Vec<_>>(),
        [
            "TRNS\t\tGENERAL JOURNAL\t03/02/2026\tInsurance receivables\t\t\t150.00\tFP-20260302\tFirstpass 2026-03",
            "SPL\t\tGENERAL JOURNAL\t03/02/2026\tGross charges\t\t\t-150.00\tFP-20260302\tFirstpass 2026-03",
            "ENDTRNS",
            "TRNS\t\tGENERAL JOURNAL\t03/20/2026\tChecking\t\t\t80.00\tFP-20260320\tFirstpass 2026-03",
            "SPL\t\tGENERAL JOURNAL\t03/20/2026\tInsurance receivables\t\t\t-120.00\tFP-20260320\tFirstpass 2026-03",
            "SPL\t\tGENERAL JOURNAL\t03/20/2026\tContractual adjustments\t\t\t40.00\tFP-20260320\tFirstpass 2026-03",
            "ENDTRNS",
        ]
    );

    // A late fact and another name change nothing of it.
    post(&world, &actor, &charge("99.00", claim())).await.unwrap();
    let map =
        async |tx: &mut _| ledger::map_account(tx, AccountKind::InsuranceCash, Some("Savings"), None).await;
    world.db.transaction(&actor, map).await.unwrap();
    assert_eq!(export(&world, &actor, JournalFormat::Iif, "2026-06-05").await.unwrap(), first);
    // Another form of the locked month has the same amounts.
    let csv = export(&world, &actor, JournalFormat::Csv, "2026-06-05").await.unwrap();
    assert_eq!((csv.journal_entries, csv.debits), (2, first.debits));
    let text = String::from_utf8(bytes(&world, &actor, &csv).await).unwrap();
    assert!(
        text.contains("\r\nFP-20260320,2026-03-20,1010,Insurance cash,1010,Savings,80.00,\r\n"),
        "{text}"
    );

    let standing = world.db.snapshot(&actor, async |tx| ledger::standing(tx).await).await.unwrap();
    assert_eq!(standing.state(march()), PeriodState::Locked);
    let open = async |tx: &mut _| ledger::reopen_period(tx, march(), "a mistake").await;
    assert_eq!(code(world.db.transaction(&actor, open).await), "ledger/period-locked");
}

#[tokio::test]
async fn a_name_that_journal_files_cannot_hold_is_refused() {
    let world = support::world().await;
    let actor = books(&world).await;
    let map = async |name: &str, number: &str| {
        let map = async |tx: &mut _| {
            ledger::map_account(tx, AccountKind::InsuranceCash, Some(name), Some(number)).await
        };
        world.db.transaction(&actor, map).await
    };
    for (name, number) in
        [("Che\tcking", ""), ("\"Checking\"", ""), (&"x".repeat(61), ""), ("Checking", "10 100")]
    {
        assert_eq!(code(map(name, number).await), "ledger/general-ledger-account", "{name} {number}");
    }
    // Nothing means the account's own.
    map(" Checking ", "1.0-A").await.unwrap();
    map("", " ").await.unwrap();
    let chart = world.db.snapshot(&actor, async |tx| ledger::chart(tx).await).await.unwrap();
    assert_eq!(
        (chart[0].general_ledger_name(), chart[0].general_ledger_number()),
        ("Insurance cash", "1010".into())
    );
}

#[tokio::test]
async fn the_command_writes_the_same_file_twice() {
    let world = support::world().await;
    books(&world).await;
    let folder = std::env::temp_dir().join(format!("firstpass-export-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&folder).unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_firstpass"))
            .arg("ledger")
            .args(arguments)
            .env("DATABASE_URL", world.service_url())
            .current_dir(&folder)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    let month = ["export", "--period", "2026-03", "--format"];
    for (format, file) in [
        ("iif", "journal-2026-03.iif"),
        ("qbo", "journal-2026-03-qbo.csv"),
        ("csv", "journal-2026-03.csv"),
        ("xlsx", "journal-2026-03.xlsx"),
    ] {
        let (code, printed, said) = run(&[&month[..], &[format]].concat());
        assert_eq!((code, said.as_str()), (0, ""));
        assert_eq!(
            printed,
            format!("{file}: 2 journal entries, debits 270.00 and credits 270.00; 2026-03 is locked\n")
        );
        let (code, ..) = run(&[&month[..], &[format, "--out", "again"]].concat());
        assert_eq!(code, 0);
        let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
        assert_eq!(read(file), read("again"));
    }
    let (code, printed, _) = run(&["periods"]);
    assert_eq!(code, 0);
    assert!(printed.ends_with("2026-03 locked  csv, iif, qbo, xlsx\n"), "{printed}");
    let (code, _, said) = run(&["reopen", "--period", "2026-03", "--reason", "a mistake"]);
    assert_eq!(
        (code, said.as_str()),
        (
            2,
            "firstpass: 2026-03 is locked. Correct it by entries in the open period: they keep their business date \
             (ledger/period-locked)\n"
        )
    );
    let (code, ..) = run(&["export", "--period", "2026-13", "--format", "csv"]);
    assert_eq!(code, 2);
    let _ = std::fs::remove_dir_all(&folder);
}
