//! How often a page or an answer of the API asks the database: a number of its own, which does not
//! grow with what it lists.

use firstpass::claims;
use firstpass::codes::Codes;
use firstpass::db::Tx;
use firstpass::journey;
use firstpass::ledger::{self, About, AccountKind, EntryKind, NewEntry, Source, SourceKind, Transfer};
use firstpass::registry::patients;
use firstpass::types::{Clock, Money, Result};
use serde_json::Value;

use crate::api::{Api, api};
use crate::remits::{file, set_from};
use crate::support::queries;

/// A practice with `rows` rows wherever something is listed: a claim of `rows` lines; claims that
/// one remittance decides; a remittance for each of as many more. Every claim is denied in part.
async fn practice_of(rows: usize) -> Api {
    let api = api().await;
    let day = "2026-03-02,11,99213,,1";
    let mut visits = vec![];
    for _ in 0..rows {
        visits.push(("LINES".to_owned(), format!("{day},10.00,E11.9,,A")));
    }
    for row in 0..rows {
        visits.push((format!("SET{row}"), format!("{day},{}.00,E11.9,,A", 2_000 + row)));
        visits.push((format!("ALONE{row}"), format!("{day},{}.00,E11.9,,A", 3_000 + row)));
    }
    let rows_of_file: Vec<(&str, &str, &str)> =
        visits.iter().map(|(visit, rest)| (visit.as_str(), "A-100", rest.as_str())).collect();
    api.import(&rows_of_file).await;
    let (db, actor) = (&api.world.db, &api.practice.actor);
    let clock = Clock::standing_at("2026-04-02T15:00:00Z".parse().unwrap());
    journey::scrub_drafts(db, actor, clock.now(), Codes::shipped()).await.unwrap();

    let together: String = (0..rows).map(|row| decided(2_000 + row, 1)).collect();
    let together = decided(10 * rows, rows) + &together;
    let mut sets = vec![set_from("AETNA1", "ALL", &(20 * rows).to_string(), &together)];
    for row in 0..rows {
        let announced = format!("PLB*1*20261231*WO:R{row}*-1~");
        let alone = decided(3_000 + row, 1) + &announced;
        sets.push(set_from("AETNA1", &format!("ALONE{row}"), "11", &alone));
    }
    let file = file(&sets);
    journey::receive_file(db, actor, &clock, "remit.835", file.as_bytes()).await.unwrap();
    db.transaction(actor, async |tx| keep_and_owe_back(tx).await).await.unwrap();
    api
}

/// Of each claim 2.00 are kept for the patient, and 1.00 of it is owed back.
async fn keep_and_owe_back(tx: &mut Tx) -> Result<()> {
    use AccountKind::{PatientCash, PatientCredits, RefundsPayable};
    let patient = patients::by_account_number(tx, &["A-100"]).await?[0].id;
    let mut documents = vec![];
    for status in claims::Status::ALL {
        for claim in claims::ids_with_status(tx, status, None, 1_000).await? {
            let about = About { claim: Some(claim), patient: Some(patient), payer: None };
            for (debit, credit, cents) in
                [(PatientCash, PatientCredits, 200), (PatientCredits, RefundsPayable, 100)]
            {
                let transfer = Transfer::new(debit, credit, Money::from_cents(cents), about)?;
                let source = Source::new(SourceKind::new("test"), uuid::Uuid::now_v7());
                let on = "2026-04-02".parse().unwrap();
                documents.push(NewEntry::new(EntryKind::Application, source, on, vec![transfer])?);
            }
        }
    }
    ledger::post_all(tx, &documents).await?;
    tx.audit("credits/test", patient, None, serde_json::json!({})).await
}

/// A decision that pays 10.00 a line and denies the rest of the charge.
fn decided(charged: usize, lines: usize) -> String {
    let paid = 10 * lines;
    let denied = charged - paid;
    let reason = if denied == 0 { String::new() } else { format!("CAS*CO*197*{denied}~") };
    let service = format!("SVC*HC:99213*{}*10**1~DTM*472*20260302~{reason}", charged / lines);
    format!(
        "CLP*X{charged}*1*{charged}*{paid}**12*P{charged}~NM1*QC*1*ROE*JANE****MI*W12345~{}",
        service.repeat(lines)
    )
}

/// How often each address asks the database, sessions and beginnings of transactions included.
async fn asks(rows: usize) -> Vec<(&'static str, usize)> {
    let api = practice_of(rows).await;
    let items = async |list: &str| {
        let answer = api.get(&format!("/api/v1/{list}?limit=200")).await;
        assert_eq!(answer.status, 200);
        answer.body["items"].as_array().unwrap().clone()
    };
    let id = |item: &Value| item["id"].as_str().unwrap().to_owned();
    let (claims, remittances, denials) =
        (items("claims").await, items("remittances").await, items("denials").await);
    assert_eq!((claims.len(), remittances.len(), denials.len()), (2 * rows + 1, rows + 1, 2 * rows));
    let total: Value = format!("{}.00", 10 * rows).parse().unwrap();
    let claim = id(claims.iter().find(|claim| claim["charged"] == total).unwrap());
    let remittance = id(remittances.iter().find(|set| set["claims"] == rows + 1).unwrap());
    let denial = id(&denials[0]);
    let credits = (items("credits").await.len(), items("refunds").await.len());
    assert_eq!(credits, (2 * rows + 1, 2 * rows + 1));
    let mut counts = vec![];
    for (name, target) in [
        ("dashboard", "/".to_owned()),
        ("claims", "/claims?view=all&limit=200".to_owned()),
        ("claim", format!("/claims/{claim}")),
        ("remittances", "/remittances?limit=200".to_owned()),
        ("remittance", format!("/remittances/{remittance}")),
        ("denials", "/denials?limit=200".to_owned()),
        ("denial", format!("/denials/{denial}")),
        ("exceptions", "/exceptions".to_owned()),
        ("provider adjustments", "/provider-adjustments?limit=200".to_owned()),
        ("pairs", "/provider-adjustments/pairs".to_owned()),
        ("credits", "/credits?limit=200".to_owned()),
        ("refunds", "/credits/refunds?limit=200".to_owned()),
        ("unapplied cash", "/credits/unapplied?limit=200".to_owned()),
        ("small balances", "/credits/small-balances?limit=200".to_owned()),
        ("Medicare report", "/credits/medicare-report?quarter=2026-Q2".to_owned()),
        ("API claims", "/api/v1/claims?limit=200".to_owned()),
        ("API claim", format!("/api/v1/claims/{claim}")),
        ("API remittances", "/api/v1/remittances?limit=200".to_owned()),
        ("API remittance", format!("/api/v1/remittances/{remittance}")),
        ("API denials", "/api/v1/denials?limit=200".to_owned()),
        ("API denial", format!("/api/v1/denials/{denial}")),
        ("API provider adjustments", "/api/v1/provider-adjustments?limit=200".to_owned()),
        ("API balances", "/api/v1/ledger/balances".to_owned()),
    ] {
        let (answer, asked) = queries::of(api.get(&target)).await;
        assert_eq!(answer.status, 200, "{name}: {:?}", answer.body);
        counts.push((name, asked.len()));
    }
    counts
}

#[tokio::test]
async fn a_page_asks_as_often_for_fifty_rows_as_for_three() {
    let few = asks(3).await;
    assert_eq!(
        few,
        [
            ("dashboard", 21),
            ("claims", 11),
            ("claim", 24),
            ("remittances", 9),
            ("remittance", 16),
            ("denials", 9),
            ("denial", 10),
            ("exceptions", 9),
            ("provider adjustments", 15),
            ("pairs", 9),
            ("credits", 14),
            ("refunds", 11),
            ("unapplied cash", 12),
            ("small balances", 15),
            ("Medicare report", 14),
            ("API claims", 8),
            ("API claim", 14),
            ("API remittances", 7),
            ("API remittance", 11),
            ("API denials", 7),
            ("API denial", 7),
            ("API provider adjustments", 8),
            ("API balances", 8),
        ]
    );
    assert_eq!(asks(50).await, few);
}
