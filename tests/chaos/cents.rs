//! What remittances say and what the ledger has are the same to the cent; a changed cent is found.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Instant;

use firstpass::ledger::AccountKind;
use firstpass::synth::edi::{MadeFile, Moves, SetFate};
use firstpass::types::{ClaimId, EntryId, Money, RemitClaimId, RemittanceId};
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use crate::facts::torn;
use crate::ground::{Ground, write_files};
use crate::storm::proved;
use crate::worker::firstpass;

/// Generates so many remittances, posts them and compares; then changes cents.
pub async fn run(seed: u64, remits: usize) {
    println!("CHAOS_SEED={seed} CHAOS_REMITS={remits}");
    let begun = Instant::now();
    let ground = Ground::start("cents");
    let practice = ground.prepare(seed, remits * 5 / 3).await;
    let files = practice.remittances(seed);
    let sets = files.iter().map(|file| file.sets.len()).sum::<usize>();
    println!(
        "prepared: {} claims, {} files, {sets} remittances, {:.1?}",
        practice.claims.len(),
        files.len(),
        begun.elapsed()
    );
    assert!(sets >= remits, "{sets} remittances are fewer than {remits}");

    ground.copy("chaos_cents").await;
    let client = ground.administrator("chaos_cents").await;
    let before = balances(&client).await;
    let report = receive(&ground, "chaos_cents", "files", &files).await;
    let after = balances(&client).await;
    check_outcomes(&files, &report, &[]);

    // What each set was meant to move, against what moved.
    let mut expected = Moves::new();
    let mut posted = (0, Money::ZERO, Money::ZERO);
    for set in files.iter().flat_map(|file| &file.sets) {
        for (account, amount) in &set.moves {
            *expected.entry(*account).or_default() += *amount;
        }
        if set.fate == SetFate::Posts {
            posted = (posted.0 + 1, posted.1 + set.charged, posted.2 + set.payment);
        }
    }
    for kind in AccountKind::ALL {
        let of = |moves: &Moves| moves.get(&kind).copied().unwrap_or_default();
        let moved = of(&after) - of(&before);
        println!("{kind:<26} {:>14} meant {:>14} moved", of(&expected), moved);
        assert_eq!(moved, of(&expected), "{kind}, seed {seed}");
    }
    assert_eq!(kept(&client).await, posted, "sets, charges and payments, seed {seed}");
    let torn = torn(&client).await;
    assert!(torn.is_empty(), "{torn:#?}");
    let digest = proved(&ground, "chaos_cents").await;
    println!(
        "{} posted: charged {}, paid {}; digest {digest}, {:.1?}",
        posted.0,
        posted.1,
        posted.2,
        begun.elapsed()
    );

    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let changed = change_files(&ground, &files, (remits / 10).min(200), &mut rng).await;
    let rows = change_rows(&ground, &client, &mut rng).await;
    assert_eq!(proved(&ground, "chaos_cents").await, digest, "all is as it was");
    println!("{changed} changed files and {rows} changed rows were found, {:.1?}", begun.elapsed());
}

/// Runs the command over files; what it says of each set, in their order.
async fn receive(ground: &Ground, database: &str, folder: &str, files: &[MadeFile]) -> Vec<Value> {
    let paths = write_files(&ground.folder(folder), files);
    let output = firstpass(ground, database, &["remits", "receive", "--json"], &paths).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "something waits for a person: {said}");
    let mut report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["unreadable"], Value::Array(vec![]));
    let Value::Array(sets) = report["sets"].take() else { panic!("a list of sets") };
    sets
}

/// Each set became what it should; those at `changed` (file, set) were changed by a cent.
fn check_outcomes(files: &[MadeFile], report: &[Value], changed: &[(usize, usize)]) {
    let sets = files.iter().enumerate();
    let sets: Vec<_> = sets
        .flat_map(|(file, made)| made.sets.iter().enumerate().map(move |(at, set)| ((file, at), made, set)))
        .collect();
    assert_eq!(sets.len(), report.len());
    for ((place, file, set), told) in sets.into_iter().zip(report) {
        let outcome = told["outcome"].as_str().unwrap();
        let fate = if changed.contains(&place) { SetFate::Held } else { set.fate };
        let fits = match fate {
            SetFate::Posts => matches!(outcome, "posted" | "partly"),
            SetFate::Held => outcome == "held" && told["entries"] == serde_json::json!({}),
            SetFate::Repeats => outcome == "duplicate" && told["entries"] == serde_json::json!({}),
        };
        assert!(fits, "{} set {}: {fate:?} was expected, not {told}", file.name, place.1 + 1);
    }
}

/// Debits less credits by account.
async fn balances(client: &Client) -> Moves {
    let rows = client
        .query(
            "select leg.account::smallint, (sum(leg.amount) * 100)::bigint from transfers t
             cross join lateral (values (t.debit_account, t.amount), (t.credit_account, -t.amount))
                as leg (account, amount)
             group by 1",
            &[],
        )
        .await
        .unwrap();
    let account = |number| AccountKind::from_number(number).unwrap();
    rows.iter().map(|row| (account(row.get(0)), Money::from_cents(row.get(1)))).collect()
}

/// Sets posted from these files, with the sums of their charges and payments.
async fn kept(client: &Client) -> (i64, Money, Money) {
    let row = client
        .query_one(
            "select count(*), (sum(r.charged) * 100)::bigint, (sum(r.paid) * 100)::bigint from remittances r
             join files f on f.id = r.file_id
             where r.state in ('posted', 'partly_posted') and f.name <> 'first.835'",
            &[],
        )
        .await
        .unwrap();
    (row.get(0), Money::from_cents(row.get(1)), Money::from_cents(row.get(2)))
}

/// Changes one amount in each of some files by a cent: that set is held, and nothing of it moves.
async fn change_files(ground: &Ground, files: &[MadeFile], many: usize, rng: &mut ChaCha8Rng) -> usize {
    let posts = |file: &&MadeFile| file.day == 0 && file.sets.iter().any(|set| set.fate == SetFate::Posts);
    let mut some: Vec<MadeFile> = files.iter().filter(posts).cloned().collect();
    some.shuffle(rng);
    some.truncate(many);
    let mut changed = vec![];
    let mut by_element: BTreeMap<&str, u32> = BTreeMap::new();
    for (at, file) in some.iter_mut().enumerate() {
        let all = amounts(&file.text);
        let may = |amount: &&Amount| file.sets[amount.set].fate == SetFate::Posts;
        let may: Vec<&Amount> = all.iter().filter(may).collect();
        let Amount { set, element, range } = may.choose(rng).copied().unwrap();
        let old: Money = file.text[range.clone()].parse().unwrap();
        let cent = Money::from_cents(if rng.random_bool(0.5) { 1 } else { -1 });
        changed.push((at, *set));
        *by_element.entry(element).or_default() += 1;
        file.text.replace_range(range.clone(), &(old + cent).to_x12());
    }
    ground.copy("chaos_changed").await;
    let report = receive(ground, "chaos_changed", "changed", &some).await;
    check_outcomes(&some, &report, &changed);
    proved(ground, "chaos_changed").await;
    ground.discard("chaos_changed").await;
    println!("changed by a cent and held: {by_element:?}");
    changed.len()
}

/// An amount in the text of a file.
struct Amount {
    /// Its set's place, from 0.
    set: usize,
    element: &'static str,
    range: Range<usize>,
}

/// Every amount that an equation of the guide is about.
fn amounts(text: &str) -> Vec<Amount> {
    const PLACES: &[(&str, &[usize])] = &[
        ("BPR", &[2]),
        ("CLP", &[3, 4]),
        ("SVC", &[2, 3]),
        ("CAS", &[3, 6, 9, 12, 15, 18]),
        ("PLB", &[4, 6, 8, 10, 12, 14]),
    ];
    let (mut found, mut start, mut sets) = (vec![], 0, 0);
    for segment in text.split_terminator('~') {
        let id = segment.split('*').next().unwrap();
        sets += usize::from(id == "ST");
        if let Some((id, places)) = PLACES.iter().find(|(known, _)| *known == id) {
            let mut at = start;
            for (place, element) in segment.split('*').enumerate() {
                if places.contains(&place) {
                    found.push(Amount { set: sets - 1, element: id, range: at..at + element.len() });
                }
                at += element.len() + 1;
            }
        }
        start += segment.len() + 1;
    }
    found
}

/// A column of money, and how a row of it is picked: its place, its id, its remittance's.
const COLUMNS: &[(&str, &str, &str)] = &[
    (
        "transfers",
        "amount",
        "select t.ctid::text, t.entry_id, t.entry_id from transfers t
         join entries e on e.id = t.entry_id and e.source_kind = 'remit_claim' order by md5(t.entry_id::text || $1)",
    ),
    ("remittances", "paid", "select r.ctid::text, r.id, r.id from POSTED r order by md5(r.id::text || $1)"),
    ("remittances", "charged", "select r.ctid::text, r.id, r.id from POSTED r order by md5(r.id::text || $1)"),
    ("remittances", "claims_paid", "select r.ctid::text, r.id, r.id from POSTED r order by md5(r.id::text || $1)"),
    (
        "remit_claims",
        "paid",
        "select c.ctid::text, c.id, r.id from remit_claims c join POSTED r on r.id = c.remittance_id
         order by md5(c.id::text || $1)",
    ),
    (
        "remit_claims",
        "charged",
        "select c.ctid::text, c.id, r.id from remit_claims c join POSTED r on r.id = c.remittance_id
         order by md5(c.id::text || $1)",
    ),
    (
        "remit_lines",
        "paid",
        "select l.ctid::text, c.id, r.id from remit_lines l join remit_claims c on c.id = l.remit_claim_id
         join POSTED r on r.id = c.remittance_id order by md5(c.id::text || $1)",
    ),
    (
        "remit_lines",
        "charged",
        "select l.ctid::text, c.id, r.id from remit_lines l join remit_claims c on c.id = l.remit_claim_id
         join POSTED r on r.id = c.remittance_id order by md5(c.id::text || $1)",
    ),
    ("claims", "charged", "select c.ctid::text, c.id, c.id from claims c order by md5(c.id::text || $1)"),
    (
        "claim_lines",
        "charged",
        "select l.ctid::text, l.claim_id, l.claim_id from claim_lines l order by md5(l.claim_id::text || $1)",
    ),
    (
        "open_balances",
        "amount",
        "select b.ctid::text, b.claim_id, b.claim_id from open_balances b
         where b.claim_id <> '00000000-0000-0000-0000-000000000000' order by md5(b.claim_id::text || $1)",
    ),
    (
        "provider_adjustments",
        "amount",
        "select a.ctid::text, a.id, r.id from provider_adjustments a join POSTED r on r.id = a.remittance_id
         order by md5(a.id::text || $1)",
    ),
];

/// Changes one row of each column by a cent, past every trigger: the database refuses it, or a proof
/// breaks and names the row or what it belongs to. Then it is changed back.
async fn change_rows(ground: &Ground, client: &Client, rng: &mut ChaCha8Rng) -> usize {
    client.batch_execute("set session_replication_role = replica").await.unwrap();
    for (table, column, pick) in COLUMNS {
        let pick = pick.replace(
            "POSTED",
            "(select ctid, id from remittances where state in ('posted', 'partly_posted'))",
        );
        let salt = rng.random::<u32>().to_string();
        let row = client.query(&format!("{pick} limit 1"), &[&salt]).await.unwrap();
        let row = row.first().unwrap_or_else(|| panic!("{table} has rows"));
        let (place, id, remittance): (String, Uuid, Uuid) = (row.get(0), row.get(1), row.get(2));
        let moved = match change(client, table, column, &place, "+ 0.01").await {
            Ok(moved) => moved,
            Err(fault) => {
                assert_eq!(fault.code(), Some(&SqlState::CHECK_VIOLATION), "{table}.{column}: {fault}");
                println!("{table}.{column}: refused by the database");
                continue;
            }
        };
        let output = firstpass(ground, "chaos_cents", &["ledger", "prove", "--json"], &[]).await;
        assert_eq!(output.status.code(), Some(1), "{table}.{column} of {id}: a cent more is not found");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let broken: Vec<&Value> =
            report["proofs"].as_array().unwrap().iter().filter(|proof| proof["holds"] == false).collect();
        let names = [
            ClaimId::from_uuid(id).to_string(),
            EntryId::from_uuid(id).to_string(),
            RemitClaimId::from_uuid(id).to_string(),
            RemittanceId::from_uuid(remittance).to_string(),
        ];
        let named = broken.iter().find(|proof| {
            let detail = proof["detail"].as_str().unwrap();
            names.iter().any(|name| detail.contains(name))
        });
        let named = named.unwrap_or_else(|| panic!("{table}.{column}: nobody names {names:?}: {broken:#?}"));
        println!("{table}.{column}: {} proofs break, {} names it", broken.len(), named["name"]);
        change(client, table, column, &moved, "- 0.01").await.unwrap();
    }
    client.batch_execute("reset session_replication_role").await.unwrap();
    COLUMNS.len()
}

/// Changes a row as the owner could, the triggers being off for as long as that takes; says where
/// the row is then.
async fn change(
    client: &Client,
    table: &str,
    column: &str,
    place: &str,
    cent: &str,
) -> Result<String, tokio_postgres::Error> {
    let guarded = "select from pg_trigger where tgrelid = to_regclass($1) and tgname = 'append_only_rows'";
    let guarded = !client.query(guarded, &[&table]).await?.is_empty();
    let guard = |what: &str| match guarded {
        true => format!("alter table {table} {what} trigger append_only_rows"),
        false => String::new(),
    };
    client.batch_execute(&format!("begin; {}", guard("disable"))).await?;
    let update =
        format!("update {table} set {column} = {column} {cent} where ctid = '{place}' returning ctid::text");
    match client.query_one(&update, &[]).await {
        Ok(row) => {
            client.batch_execute(&format!("{}; commit", guard("enable always"))).await?;
            Ok(row.get(0))
        }
        Err(fault) => {
            client.batch_execute("rollback").await?;
            Err(fault)
        }
    }
}
