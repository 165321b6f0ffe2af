//! Editions of code tables: imported, listed, undone, kept for good, and seen by a running server.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use firstpass::access::Role;
use firstpass::codes::{AgeGroup, Codes, LiveCodes, store};
use firstpass::db::Actor;
use firstpass::types::{CodeStatus, CodeTable};
use serde_json::Value;

use crate::support::{self, World, browser};

/// One diagnosis that no year has, and one whose title is another.
const ADDENDA: &str = "\
Add:         1 I109    Hypertension of the test                                     Hypertension of the test
Delete:      1 D691    Qualitative platelet defects                                 Qualitative platelet defects
";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A file of that name, removed at the end.
struct Written(PathBuf);

impl Written {
    fn new(name: &str, text: &str) -> Written {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("firstpass-codes-{process}-{count}"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), text).unwrap();
        Written(folder.join(name))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0.parent().unwrap());
    }
}

fn firstpass(world: &World, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_firstpass"))
        .args(arguments)
        .env("DATABASE_URL", world.service_url())
        .output()
        .unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// What `codes import --json` printed.
fn imported(world: &World, arguments: &[&str]) -> (i32, Value) {
    let (exit, out, said) = firstpass(world, &[&["codes", "import", "--json"], arguments].concat());
    (exit, serde_json::from_str(&out).unwrap_or_else(|_| panic!("{exit} {out} {said}")))
}

fn editions(world: &World) -> Vec<Value> {
    let (_, out, _) = firstpass(world, &["codes", "editions", "--all", "--json"]);
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn an_import_says_what_it_recognised_and_the_same_file_again_changes_nothing() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    // Without the year's own changes: D69.1 is still a code on that day in the tables that ship.
    let file = Written::new("icd10cm_order_addenda_2026_test.txt", ADDENDA);
    let arguments = [file.path(), "--effective", "2026-09-01"];

    let (exit, dry) = imported(&world, &[&arguments[..], &["--dry-run"]].concat());
    assert_eq!((exit, &dry["layout"]), (0, &"ICD-10-CM order addenda".into()));
    assert_eq!((&dry["rows"], &dry["rejected"]), (&2.into(), &0.into()));
    let edition = &dry["editions"][0];
    assert_eq!(
        (&edition["table"], &edition["name"]),
        (&"icd10cm".into(), &"ICD-10-CM FY2026, September 2026 update".into())
    );
    assert_eq!((&edition["valid_from"], &edition["whole_to"]), (&"2026-09-01".into(), &"2026-09-30".into()));
    assert_eq!((&edition["added"], &edition["ended"]), (&1.into(), &1.into()));
    assert_eq!((&edition["id"], &edition["already_imported"]), (&Value::Null, &false.into()));
    assert_eq!(editions(&world), Vec::<Value>::new());

    let (exit, first) = imported(&world, &arguments);
    assert_eq!((exit, &first["editions"][0]["already_imported"]), (0, &false.into()));
    let (exit, again) = imported(&world, &arguments);
    assert_eq!((exit, &again["editions"][0]["already_imported"]), (0, &true.into()));
    assert_eq!(first["editions"][0]["id"], again["editions"][0]["id"]);
    let listed = editions(&world);
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["file"], "icd10cm_order_addenda_2026_test.txt");
    assert_eq!(listed[0]["imported_by"], "system:codes-import");
    check_audit(&world, &elm, "codes/import", 1).await;

    // Another file for the same day would make two answers.
    let other =
        Written::new("icd10cm_order_addenda_2026_other.txt", ADDENDA.split_inclusive('\n').next().unwrap());
    let (exit, _, said) = firstpass(&world, &["codes", "import", other.path(), "--effective", "2026-09-01"]);
    assert_eq!(exit, 2);
    assert!(
        said.contains("run: firstpass codes undo edn_") && said.contains("(codes/edition-exists)"),
        "{said}"
    );
}

async fn check_audit(world: &World, elm: &Actor, action: &str, count: i64) {
    use diesel::QueryableByName;
    use diesel::sql_types::{BigInt, Text};
    use diesel_async::RunQueryDsl;
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let found = world.db.snapshot(elm, async |tx| {
        let query = "select count(*) from audit_events where action = $1 and subject_kind = 'edn'
                     and detail ->> 'file' = 'icd10cm_order_addenda_2026_test.txt'";
        Ok(diesel::sql_query(query).bind::<Text, _>(action).get_result::<Count>(tx.conn()).await?.count)
    });
    assert_eq!(found.await.unwrap(), count, "{action}");
}

#[tokio::test]
async fn an_edition_answers_from_its_first_day_until_it_is_undone() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let file = Written::new("icd10cm_order_addenda_2026_test.txt", ADDENDA);
    let live = LiveCodes::new(Codes::shipped().clone());
    assert!(!live.refresh(&world.db).await.unwrap());
    let held = live.now();

    let (_, outcome) = imported(&world, &[file.path(), "--effective", "2026-09-01"]);
    assert!(live.refresh(&world.db).await.unwrap());
    assert!(!live.refresh(&world.db).await.unwrap());
    let status = |codes: &Codes, code, on| codes.lookup(CodeTable::Icd10cm, code, day(on)).status;
    assert_eq!(status(&live.now(), "I109", "2026-09-01"), CodeStatus::Valid);
    assert_eq!(status(&live.now(), "I109", "2026-08-31"), CodeStatus::Unknown);
    assert_eq!(status(&live.now(), "D691", "2026-09-01"), CodeStatus::NotInForce);
    assert_eq!(status(&live.now(), "D691", "2026-08-31"), CodeStatus::Valid);
    // Who holds the tables of before goes on with them.
    assert_eq!(status(&held, "I109", "2026-09-01"), CodeStatus::Unknown);

    let id = outcome["editions"][0]["id"].as_str().unwrap();
    let (exit, out, _) = firstpass(&world, &["codes", "undo", id]);
    assert_eq!(exit, 0, "{out}");
    assert!(live.refresh(&world.db).await.unwrap());
    assert_eq!(status(&live.now(), "I109", "2026-09-01"), CodeStatus::Unknown);
    assert_eq!(editions(&world)[0]["undone_by"], "system:codes-undo");
    check_audit(&world, &elm, "codes/undo-import", 1).await;
    let (exit, _, said) = firstpass(&world, &["codes", "undo", id]);
    assert_eq!((exit, said.contains("codes/undone")), (2, true), "{said}");
    let (exit, _, said) = firstpass(&world, &["codes", "undo", "edn_00000000000000000000000000"]);
    assert_eq!((exit, said.contains("codes/no-such-edition")), (2, true), "{said}");

    // What was undone can be imported again.
    let (exit, again) = imported(&world, &[file.path(), "--effective", "2026-09-01"]);
    assert_eq!((exit, &again["editions"][0]["already_imported"]), (0, &false.into()));
}

#[tokio::test]
async fn the_code_editors_two_tables_are_two_editions_of_one_import() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let flags = Written::new(
        "mce_dx_flags.tsv",
        "code\tvalid_from\tvalid_to\tflags\nI10\t20270401\t\tunacceptable\nX\t\t\tadult\n",
    );
    let ages = Written::new(
        "mce_age_ranges.tsv",
        "group\tage_min_years\tage_max_years\tvalid_from\tvalid_to\nadult\t18\t124\t\t\n",
    );
    // Neither says from when it is valid.
    let (exit, _, said) = firstpass(&world, &["codes", "import", flags.path(), ages.path()]);
    assert_eq!((exit, said.contains("codes/no-day")), (2, true), "{said}");
    let arguments = [flags.path(), ages.path(), "--effective", "2027-04-01"];
    let (exit, told) = imported(&world, &arguments);
    // One row of the flags has a code that is none.
    assert_eq!((exit, &told["rows"], &told["rejected"]), (1, &3.into(), &1.into()));
    assert_eq!(told["layout"], "Medicare Code Editor tables");
    assert_eq!(told["rejected_rows"][0]["reason"], "`X` is no ICD-10-CM code");
    let made: Vec<_> = [0, 1].iter().map(|at| &told["editions"][*at]).collect();
    assert_eq!((&made[0]["table"], &made[1]["table"]), (&"mce".into(), &"mce-ages".into()));
    assert_eq!(made[1]["name"], "Medicare Code Editor, ages April 2027");
    // 17,483 flagged diagnoses are in force in what ships, and four age groups; `adult` is another now.
    assert_eq!((&made[0]["added"], &made[0]["ended"]), (&1.into(), &17_483.into()));
    assert_eq!((&made[1]["added"], &made[1]["ended"]), (&1.into(), &4.into()));
    let (_, again) = imported(&world, &arguments);
    let kept = |at: usize| again["editions"][at]["already_imported"].as_bool().unwrap();
    assert!(kept(0) && kept(1));

    let codes = store::load(&world.db).await.unwrap();
    let is_flagged = |on| codes.diagnosis_flags("I10", day(on)).unacceptable_principal;
    assert_eq!((is_flagged("2027-03-31"), is_flagged("2027-04-01")), (false, true));
    let adults = |codes: &Codes, on| codes.ages(AgeGroup::Adult, day(on));
    assert_eq!(adults(&codes, "2027-03-31"), Some((15, 124)));
    assert_eq!(adults(&codes, "2027-04-01"), Some((18, 124)));
    // What a claim remembers names both.
    let basis = world.db.transaction(&elm, async |tx| {
        let id = store::remember(tx, &codes).await?;
        tx.audit("test/remember", id, None, serde_json::json!({})).await?;
        store::basis(tx, id).await
    });
    let named: Vec<_> = basis.await.unwrap().imported.into_iter().map(|edition| edition.list).collect();
    assert_eq!(named, ["mce", "mce-ages"]);

    // Each is undone by itself.
    let (exit, out, _) = firstpass(&world, &["codes", "undo", made[1]["id"].as_str().unwrap()]);
    assert_eq!(exit, 0, "{out}");
    let codes = store::load(&world.db).await.unwrap();
    assert_eq!(adults(&codes, "2027-04-01"), Some((15, 124)));
    assert!(codes.diagnosis_flags("I10", day("2027-04-01")).unacceptable_principal);
}

#[tokio::test]
async fn rejected_rows_are_told_with_their_lines_and_make_the_edition_incomplete() {
    let world = support::world().await;
    world.organization("Elm Street").await;
    let file = Written::new("CPT2026_SHORTU.txt", "99213 Our label\n99214 Our other label\nnonsense\n");
    let (exit, out, said) = firstpass(&world, &["codes", "import", file.path()]);
    assert_eq!(exit, 1, "{said}");
    assert!(
        out.contains("3 rows read, 1 rejected\n  line 3: `nonsense` is no CPT code with its text\n"),
        "{out}"
    );
    assert!(out.contains("valid from 2026-01-01, codes may be missing on any day"), "{out}");
    let codes = store::load(&world.db).await.unwrap();
    let unlisted = codes.lookup(CodeTable::Cpt, "12345", day("2026-06-01"));
    assert_eq!(unlisted.status, CodeStatus::NotChecked);

    let other = Written::new("notes.txt", "nothing of the kind\n");
    let (exit, _, said) = firstpass(&world, &["codes", "import", other.path()]);
    assert_eq!((exit, said.contains("codes/not-imported")), (2, true), "{said}");
    let nameless = Written::new("codes.txt", "99213 Our label\n");
    let (exit, _, said) = firstpass(&world, &["codes", "import", nameless.path()]);
    assert_eq!((exit, said.contains("codes/no-day")), (2, true), "{said}");
}

#[tokio::test]
async fn an_edition_is_never_changed_and_two_never_answer_for_one_day() {
    let world = support::world().await;
    world.organization("Elm Street").await;
    let file = Written::new("icd10cm_order_addenda_2026_test.txt", ADDENDA);
    imported(&world, &[file.path(), "--effective", "2026-09-01"]);

    let copy = "insert into code_editions select * from jsonb_populate_record(null::code_editions,
                (select to_jsonb(e) || '{\"id\": \"01890a5d-ac96-774b-bcce-b302099a8057\"}' from code_editions e limit 1)";
    let mut service = AsyncPgConnection::establish(&world.service_url()).await.unwrap();
    let mut owner = AsyncPgConnection::establish(&world.owner_url()).await.unwrap();
    for (statement, why) in [
        ("update code_editions set name = 'x'", "append-only"),
        ("update code_editions set undone_at = now(), undone_by = 'system:x', name = 'x'", "append-only"),
        ("delete from code_editions", "append-only"),
        ("truncate code_editions cascade", "append-only"),
        ("update code_edition_chunks set content = 'x'", "append-only"),
        ("delete from code_edition_chunks", "append-only"),
        (&*format!("{copy} || jsonb_build_object('valid_from', '2020-01-01'))"), "code_editions_once"),
        (
            &*format!("{copy} || jsonb_build_object('source_sha256', '\\x' || repeat('00', 32)))"),
            "code_editions_one_a_day",
        ),
    ] {
        let fault = owner.batch_execute(statement).await.unwrap_err().to_string();
        assert!(fault.contains(why), "{statement}: {fault}");
    }
    for statement in ["update code_editions set name = 'x'", "delete from code_edition_chunks"] {
        let fault = service.batch_execute(statement).await.unwrap_err().to_string();
        assert!(fault.contains("permission denied"), "{statement}: {fault}");
    }
    let undo = "update code_editions set undone_at = now(), undone_by = 'system:x'";
    service.batch_execute(undo).await.unwrap();
    let fault = service.batch_execute(undo).await.unwrap_err().to_string();
    assert!(fault.contains("append-only"), "{fault}");
}

/// A server in a process of its own; stopped at the end.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_running_server_sees_an_edition_and_its_undoing_without_a_restart() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let key = world.key(&elm, Role::Biller).await;
    let mut serving = Serving(
        Command::new(env!("CARGO_BIN_EXE_firstpass"))
            .args(["serve", "--no-work"])
            .env("DATABASE_URL", world.service_url())
            .env("FIRSTPASS_LISTEN", "127.0.0.1:0")
            .env("FIRSTPASS_DATA", std::env::temp_dir())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut line = String::new();
    BufReader::new(serving.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.split_once("http://").unwrap().1.split_once('/').unwrap().0.parse().unwrap();
    let authorization = format!("Authorization: Bearer {key}");
    let status = async || {
        let path = "/api/v1/codes/icd10cm/I10.9?on=2026-09-01";
        let reply = browser::send(address, "GET", path, &[&authorization], "").await;
        reply.json()["status"].as_str().unwrap().to_owned()
    };
    let becomes = async |wanted: &str| {
        let until = Instant::now() + Duration::from_secs(30);
        while status().await != wanted {
            assert!(Instant::now() < until, "the server never says {wanted}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    assert_eq!(status().await, "unknown");
    let file = Written::new("icd10cm_order_addenda_2026_test.txt", ADDENDA);
    let (_, outcome) = imported(&world, &[file.path(), "--effective", "2026-09-01"]);
    becomes("valid").await;
    firstpass(&world, &["codes", "undo", outcome["editions"][0]["id"].as_str().unwrap()]);
    becomes("unknown").await;
}

#[tokio::test]
async fn commands_that_work_without_a_database_ask_the_imported_editions_where_one_is() {
    let world = support::world().await;
    world.organization("Elm Street").await;
    let file = Written::new("icd10cm_order_addenda_2026_test.txt", ADDENDA);
    imported(&world, &[file.path(), "--effective", "2026-09-01"]);
    let exit = |arguments: &[&str]| firstpass(&world, arguments).0;
    assert_eq!(exit(&["codes", "lookup", "I10.9", "--on", "2026-09-01"]), 0);
    assert_eq!(exit(&["codes", "lookup", "I10.9", "--on", "2026-09-01", "--shipped"]), 1);
    assert_eq!(
        exit(&["codes", "search", "hypertension", "test", "--on", "2026-09-01", "--table", "icd10cm"]),
        0
    );
    let (_, shipped, _) = firstpass(
        &world,
        &["codes", "search", "hypertension", "test", "--on", "2026-09-01", "--shipped", "--table", "icd10cm"],
    );
    assert!(!shipped.contains("I10.9"), "{shipped}");
    // A database that is configured and does not answer is no reason to answer otherwise.
    let away = Command::new(env!("CARGO_BIN_EXE_firstpass"))
        .args(["codes", "lookup", "I10"])
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
        .output()
        .unwrap();
    assert_eq!(away.status.code(), Some(2));
}

/// HCPCS Level II as it ships, in CMS's layout with captions. `J9999` ends with September 2026 here, and
/// `Q9990` begins with October: neither is so in the list that ships.
fn hcpcs_of_october() -> String {
    let mut text =
        "HCPC,SEQNUM,RECID,LONG DESCRIPTION,SHORT DESCRIPTION,ADD DT,ACT EFF DT,TERM DT,ACTION CD\n"
            .to_owned();
    let shipped = include_str!("../../code_tables/hcpcs_level2.tsv");
    for row in shipped.lines().skip_while(|line| !line.starts_with("A0021")) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [code, first, last, _, title] = columns[..] else { panic!("{row}") };
        let last = if code == "J9999" { "20260930" } else { last };
        let title = title.replace('"', "\"\"");
        text.push_str(&format!("{code},00100,3,\"{title}\",,{first},{first},{last},N\n"));
    }
    text.push_str("Q9990,00100,3,\"A drug of the test\",,20261001,20261001,,A\n");
    text
}

#[tokio::test]
async fn the_whole_of_hcpcs_is_kept_and_each_day_asks_its_own_edition() {
    let world = support::world().await;
    world.organization("Elm Street").await;
    let file = Written::new("HCPC2026_OCT_ANWEB.csv", &hcpcs_of_october());
    let (exit, told) = imported(&world, &[file.path()]);
    assert_eq!((exit, &told["rows"], &told["rejected"]), (0, &8_726.into(), &0.into()));
    let edition = &told["editions"][0];
    assert_eq!((&edition["valid_from"], &edition["rows"]), (&"2026-10-01".into(), &8_726.into()));
    let codes = store::load(&world.db).await.unwrap();
    let status = |code, on| codes.lookup(CodeTable::Hcpcs, code, day(on)).status;
    assert_eq!(status("A0021", "2026-10-01"), CodeStatus::Valid);
    assert_eq!(status("Q9990", "2026-10-01"), CodeStatus::Valid);
    assert_eq!(status("J9999", "2026-10-01"), CodeStatus::NotInForce);
    // Days before are those of the edition before.
    assert_eq!(status("J9999", "2026-09-30"), CodeStatus::Valid);
    assert_eq!(status("J0000", "2026-10-01"), CodeStatus::Unknown);
}
