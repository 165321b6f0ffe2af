//! What a batch says, where its claims stand in it, and what a crash leaves.

use diesel::sql_query;
use diesel::sql_types::Uuid;
use diesel_async::RunQueryDsl;
use firstpass::db::Tx;
use firstpass::exchange::files::{self, Direction};
use firstpass::exchange::mailbox::Mailbox;
use firstpass::registry::payers;
use firstpass::submissions::{self, Addressee, BatchKey, BatchState};
use firstpass::types::BatchId;

use super::{Folder, now, practice};
use crate::ledger::session;
use crate::support::receiver;

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_asks_for_what_its_claims_ask_for_and_for_nothing_else_afterwards() {
    let practice = practice().await;
    let ids = practice.drafted(2).await;
    let queued = practice.queued(&ids).await;
    let built = practice.built(&queued).await.unwrap().batch;
    // Two claims of 150.00.
    assert_eq!((built.claims, built.charged.to_string()), (2, "300.00".into()));
    // Another one like it has no claims.
    let another = async |tx: &mut Tx| {
        let file = files::keep(tx, b"another file", "another.837", Direction::Out).await?;
        sql_query(
            "insert into batches (organization_id, id, payer_id, file_id, interchange_control_number,
                group_control_number, transaction_reference, claims, charged, state)
             select organization_id, $1, payer_id, $2, '000000099', '99', 'ANOTHER', claims, charged, 'built'
             from batches",
        )
        .bind::<Uuid, _>(BatchId::new())
        .bind::<Uuid, _>(file.id)
        .execute(tx.conn())
        .await?;
        tx.audit("submissions/test", file.id, None, serde_json::json!({})).await
    };
    let refused = practice.world.db.transaction(&practice.actor, another).await.unwrap_err();
    let said = format!("{refused:?}");
    assert!(said.contains("a batch asks for something else than its claims"), "{said}");
    // Nobody changes what it asked for, or which claims left in it; not the owner of the tables either.
    let mut owner = session(&practice.world.owner_url(), &practice.actor).await;
    for change in [
        "update batches set charged = charged + 0.01",
        "update batches set claims = claims + 1",
        "delete from batches",
        "truncate batches cascade",
        "update submissions set (batch_id, set_control_number, first_byte, last_byte) = (null, null, null, null)",
    ] {
        let refused = sql_query(change).execute(&mut owner).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{change}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_says_what_was_meant_to_the_byte() {
    let practice = practice().await;
    let ids = practice.drafted(1).await;
    let queued = practice.queued(&ids).await;
    let built = practice.built(&queued).await.unwrap();
    let number = queued[0].0.control_number.as_str();
    let prefix = &number[..number.len() - 9];
    let expected = format!(
        "\
ISA*00*          *00*          *ZZ*LAKESIDE       *ZZ*ACMEHLTH       *261123*0930*^*00501*000000001*1*T*:~
GS*HC*LAKESIDE*ACMEHLTH*20261123*0930*1*X*005010X222A1~
ST*837*0001*005010X222A1~
BHT*0019*00*{prefix}ACMEHLTH000000001*20261123*0930*CH~
NM1*41*2*LAKESIDE FAMILY PRACTICE*****46*LAKESIDE~
PER*IC*BILLING*TE*2175550100~
NM1*40*2*ACME HEALTH*****46*ACMEHLTH~
HL*1**20*1~
PRV*BI*PXC*207Q00000X~
NM1*85*2*LAKESIDE FAMILY PRACTICE*****XX*1234567893~
N3*1 LAKE ST~
N4*SPRINGFIELD*IL*627011234~
REF*EI*123456789~
HL*2*1*22*0~
SBR*P*18*******CI~
NM1*IL*1*ROE*JANEB****MI*W00001~
N3*2 OAK AVE~
N4*SPRINGFIELD*IL*627011234~
DMG*D8*19800101*F~
NM1*PR*2*ACME HEALTH*****PI*ACMEHLTH~
CLM*{number}*150***11:B:1*Y*A*Y*Y~
HI*ABK:E119~
LX*1~
SV1*HC:99213*150*UN*1***1~
DTP*472*D8*20261102~
REF*6R*L1~
SE*25*0001~
GE*1*1~
IEA*1*000000001~
"
    );
    assert_eq!(String::from_utf8(built.bytes.clone()).unwrap(), expected);
    assert_eq!(built.name, format!("{prefix}-ACMEHLTH-000000001.837"));
    assert_eq!((built.batch.claims, built.batch.state), (1, BatchState::Built));
    let kept = practice
        .world
        .db
        .snapshot(&practice.actor, async |tx| files::read(tx, built.batch.file).await)
        .await
        .unwrap();
    assert_eq!(kept, built.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn payers_get_batches_of_their_own_with_numbers_of_their_own() {
    let practice = practice().await;
    let acme = practice.queued(&practice.drafted(3).await).await;
    let beta = practice.queued(&practice.drafted_for_beta(1).await).await;
    let first = practice.built(&acme).await.unwrap().batch;
    let second = practice.built(&beta).await.unwrap().batch;
    let next = practice.queued(&practice.drafted(1).await).await;
    let third = practice.built(&next).await.unwrap().batch;
    let numbers = [&first, &second, &third].map(|batch| batch.interchange_control_number.as_str());
    assert_eq!(numbers, ["000000001", "000000001", "000000002"]);
    assert_eq!((first.claims, first.charged.to_string().as_str()), (3, "450.00"));

    let again = practice.built(&acme).await.unwrap_err();
    assert_eq!(again.refusal().unwrap().code, "submissions/already-batched");
    let nothing = practice.built(&[]).await.unwrap_err();
    assert_eq!(nothing.refusal().unwrap().code, "submissions/nothing-to-send");
}

#[tokio::test(flavor = "multi_thread")]
async fn payers_behind_one_clearinghouse_share_its_numbers_and_its_acknowledgments_find_their_batch() {
    let practice = practice().await;
    let mut house = receiver("CLEARHSE", "Clearing House");
    house.interchange.qualifier = "30".parse().unwrap();
    house.interchange.application = "CH-TEST".parse().unwrap();
    house.identifier = "CH5551".parse().unwrap();
    let save = async |tx: &mut Tx| {
        for identifier in ["ACMEHLTH", "BETAMUT"] {
            let mut payer = payers::by_identifier(tx, &identifier.parse().unwrap()).await?.unwrap();
            payer.receiver = Some(house.clone());
            payers::save(tx, &payer).await?;
        }
        Ok(())
    };
    practice.world.db.transaction(&practice.actor, save).await.unwrap();
    let acme = practice.queued(&practice.drafted(1).await).await;
    let beta = practice.queued(&practice.drafted_for_beta(1).await).await;
    let to = |payer| Addressee { payer, receiver: &house };
    let first = practice.built_for(to(practice.acme), &acme).await.unwrap();
    let second = practice.built_for(to(practice.beta), &beta).await.unwrap();
    let text = String::from_utf8(second.bytes.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].contains("*ZZ*LAKESIDE       *30*CLEARHSE       *"), "{}", lines[0]);
    assert!(lines[1].starts_with("GS*HC*LAKESIDE*CH-TEST*"), "{}", lines[1]);
    assert_eq!(lines[6], "NM1*40*2*CLEARING HOUSE*****46*CH5551~");
    assert!(text.contains("NM1*PR*2*BETA MUTUAL*****PI*BETAMUT~"));
    assert_eq!(
        [&first, &second].map(|built| built.batch.interchange_control_number.as_str()),
        ["000000001", "000000002"]
    );
    for sender in ["CLEARHSE", "CH-TEST"] {
        let found = practice
            .world
            .db
            .snapshot(&practice.actor, async |tx| {
                submissions::find_batch(tx, BatchKey::Interchange("000000002"), &[sender]).await
            })
            .await
            .unwrap();
        assert_eq!(found.unwrap().id, second.batch.id, "{sender}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_between_sending_and_saying_so_a_batch_is_sent_again_without_harm() {
    let practice = practice().await;
    let ids = practice.drafted(1).await;
    let built = practice.built(&practice.queued(&ids).await).await.unwrap();
    let folder = Folder::new();
    let mailbox = folder.mailbox();
    // The mailbox had it, and then the process ended.
    mailbox.send(&built.name, &built.bytes).await.unwrap();
    assert_eq!(practice.status(ids[0]).await, "queued");

    for _ in 0..2 {
        let db = &practice.world.db;
        submissions::hand_over(db, &practice.actor, now(), &mailbox, built.batch.id).await.unwrap();
    }
    assert_eq!(practice.status(ids[0]).await, "submitted");
    let sent = practice.events(ids[0]).await.pop().unwrap();
    let (first, last) = sent.place.unwrap().bytes.unwrap();
    let own = &built.bytes[usize::try_from(first).unwrap()..=usize::try_from(last).unwrap()];
    assert!(own.starts_with(b"CLM*") && own.ends_with(b"REF*6R*L1~"));
    let waiting = mailbox.from_the_other_side().list().await.unwrap();
    assert_eq!(waiting.len(), 1);
}
