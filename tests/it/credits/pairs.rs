//! Provider adjustments that clear each other under different references, set off by hand. Each story says the
//! arithmetic and what is on the books after each step.

use firstpass::db::Tx;
use firstpass::ledger::AsOf;
use firstpass::registry::{Payer, payers};
use firstpass::remits;
use firstpass::remits::adjustments::{
    self, Detail, Filter, Item, PairOfItems, Pairs, Settlement, Settling, Standing, Way,
};
use firstpass::types::{PayerId, ProviderAdjustmentId, Result};

use super::{dollars, owed_back, pay, proves, refused};
use crate::remits::{Practice, clock, file, practice, remit, set_from};

impl Practice {
    async fn all_items(&self) -> Vec<Item> {
        let look = async |tx: &mut Tx| adjustments::list(tx, Filter::All, None, 50).await;
        self.world.db.snapshot(&self.actor, look).await.unwrap()
    }

    /// The item under a reference; none for those without.
    async fn item(&self, reference: Option<&str>) -> Detail {
        let items = self.all_items().await;
        let id = items.iter().find(|item| item.reference.as_deref() == reference).unwrap().id;
        let look = async |tx: &mut Tx| adjustments::get(tx, id).await;
        self.world.db.snapshot(&self.actor, look).await.unwrap()
    }

    /// What is open, by reference.
    async fn open(&self) -> Vec<String> {
        let mut open: Vec<String> = self
            .all_items()
            .await
            .iter()
            .filter(|item| item.state != Standing::Closed)
            .map(|item| format!("{} {}", item.reference.as_deref().unwrap_or("-"), item.balance))
            .collect();
        open.sort();
        open
    }

    /// The first open item, against the likeliest other.
    pub async fn set_off_first(&self) {
        let look = async |tx: &mut Tx| {
            let mut found = vec![];
            for item in adjustments::list(tx, Filter::Open, None, 50).await? {
                found.push(adjustments::get(tx, item.id).await?);
            }
            Ok(found)
        };
        let open = self.world.db.snapshot(&self.actor, look).await.unwrap();
        let detail = open.iter().find(|detail| !detail.pairs.is_empty()).unwrap();
        self.set_off(detail.item.id, detail.pairs[0].item, None, Some("told by telephone")).await.unwrap();
    }

    async fn set_off(
        &self,
        item: ProviderAdjustmentId,
        other: ProviderAdjustmentId,
        amount: Option<&str>,
        why: Option<&str>,
    ) -> Result<Settlement> {
        let (now, amount) = (clock().now(), amount.map(dollars));
        let work =
            async |tx: &mut Tx| adjustments::settle(tx, now, item, Settling::Item(other), amount, why).await;
        self.world.db.transaction(&self.actor, work).await
    }
}

/// 80.00 come that will be taken (LETTER7), and are taken from 100.00 of a claim under another reference (CASE9):
/// 100.00 - 80.00 = 20.00.
async fn taken_under_another_reference(practice: &Practice) {
    practice.receive_one(&remit("T1", "80", "PLB*1*20261231*WO:LETTER7*-80~")).await;
    let claim = practice.claim(&[("99213", "100.00")]).await;
    let body = format!("CLP*{}*1*100*100**12*PCN1~PLB*1*20261231*WO:CASE9*80~", claim.number);
    practice.receive_one(&remit("T2", "20", &body)).await;
}

#[tokio::test]
async fn what_was_announced_under_one_reference_is_set_off_against_what_was_taken_under_another() {
    let practice = practice().await;
    taken_under_another_reference(&practice).await;
    let books = "insurance_cash 100.00, charges 100.00";
    assert_eq!(practice.books().await, books);
    assert_eq!(practice.open().await, ["CASE9 -80.00", "LETTER7 80.00"]);
    let (letter, case) = (practice.item(Some("LETTER7")).await, practice.item(Some("CASE9")).await);
    let offered = &letter.pairs[0];
    assert_eq!(
        (offered.item, offered.balance, offered.limit, offered.reason.as_str()),
        (case.item.id, dollars("-80.00"), dollars("80.00"), "same amount, the same day")
    );
    assert_eq!((letter.pairs.len(), case.pairs.len(), case.pairs[0].item), (1, 1, letter.item.id));
    let (letter, case) = (letter.item.id, case.item.id);

    refused(practice.set_off(letter, case, None, None).await, "provider-adjustments/note");
    refused(practice.set_off(letter, case, None, Some("  ")).await, "provider-adjustments/note");
    let by_phone = Some(" told by telephone ");
    refused(practice.set_off(letter, case, Some("80.01"), by_phone).await, "provider-adjustments/amount");
    refused(practice.set_off(letter, case, Some("-1.00"), by_phone).await, "provider-adjustments/amount");
    refused(practice.set_off(letter, letter, None, by_phone).await, "provider-adjustments/item");
    let unknown = ProviderAdjustmentId::new();
    refused(practice.set_off(letter, unknown, None, by_phone).await, "remits/no-adjustment");
    assert_eq!(practice.open().await, ["CASE9 -80.00", "LETTER7 80.00"]);

    // In two parts: 30.00, said of what was announced, and the rest, said of what was taken.
    let first = practice.set_off(letter, case, Some("30.00"), by_phone).await.unwrap();
    assert_eq!((first.way, first.amount, first.against), (Way::Item, dollars("30.00"), Some(case)));
    assert_eq!((first.against_reference.as_deref(), first.entry), (Some("CASE9"), None));
    assert_eq!(practice.open().await, ["CASE9 -50.00", "LETTER7 50.00"]);
    proves(&practice).await;
    let second = practice.set_off(case, letter, None, by_phone).await.unwrap();
    assert_eq!((second.amount, second.against), (dollars("-50.00"), Some(letter)));
    assert!(practice.open().await.is_empty());
    refused(practice.set_off(letter, case, None, by_phone).await, "provider-adjustments/closed");
    // Both lie in the same account: the ledger moved nothing.
    assert_eq!(practice.books().await, books);
    proves(&practice).await;

    // Each item tells it from its own side.
    let told = |detail: &Detail| -> Vec<String> {
        let one = |one: &Settlement| {
            let (to, note) = (one.against_reference.as_deref().unwrap(), one.note.as_deref().unwrap());
            format!("{} against {to}, {note}", one.amount)
        };
        detail.settlements.iter().map(one).collect()
    };
    let seen = practice.item(Some("LETTER7")).await;
    assert_eq!(
        told(&seen),
        ["30.00 against CASE9, told by telephone", "50.00 against CASE9, told by telephone"]
    );
    let seen = practice.item(Some("CASE9")).await;
    assert_eq!(
        told(&seen),
        ["-30.00 against LETTER7, told by telephone", "-50.00 against LETTER7, told by telephone"]
    );

    // Undone from the other side: both are open again by 30.00, once.
    let other_side = seen.settlements[0].id;
    practice.undo_settlement(other_side).await.unwrap();
    refused(practice.undo_settlement(other_side).await, "provider-adjustments/undone");
    refused(practice.undo_settlement(first.id).await, "provider-adjustments/undone");
    assert_eq!(practice.open().await, ["CASE9 -30.00", "LETTER7 30.00"]);
    proves(&practice).await;
}

#[tokio::test]
async fn a_forwarded_balance_that_is_taken_as_a_recovery_moves_from_one_account_to_the_other() {
    let practice = practice().await;
    let (first, second) =
        (practice.claim(&[("99213", "10.00")]).await, practice.claim(&[("99213", "100.00")]).await);
    // 10.00 were paid, 50.00 recovered: -40.00 is carried forward, and taken as WO: 100.00 - 40.00 = 60.00.
    let body = format!("CLP*{}*1*10*10**12*PCN1~PLB*1*20261231*WO:OLD1*50*FB:OLD1*-40~", first.number);
    practice.receive_one(&remit("T1", "0", &body)).await;
    let body = format!("CLP*{}*1*100*100**12*PCN2~PLB*1*20261231*WO:NEXT*40~", second.number);
    practice.receive_one(&remit("T2", "60", &body)).await;
    let before = "insurance_cash 60.00, payer_recoupments -90.00, forwarding_balances 40.00, charges 110.00";
    assert_eq!(practice.books().await, before);
    let items = practice.all_items().await;
    let forwarded = items.iter().find(|item| item.balance == dollars("40.00")).unwrap().id;
    let look = async |tx: &mut Tx| adjustments::get(tx, forwarded).await;
    let detail = practice.world.db.snapshot(&practice.actor, look).await.unwrap();
    // The same amount before the larger one.
    let offered: Vec<String> =
        detail.pairs.iter().map(|pair| format!("{} {}", pair.balance, pair.reason)).collect();
    assert_eq!(offered, ["-40.00 same amount, the same day", "-50.00 40.00 in common, the same day"]);

    let done = practice.set_off(forwarded, detail.pairs[0].item, None, Some("letter of May")).await.unwrap();
    assert!(done.entry.is_some());
    assert_eq!(practice.books().await, "insurance_cash 60.00, payer_recoupments -50.00, charges 110.00");
    assert_eq!(practice.open().await, ["OLD1 -50.00"]);
    proves(&practice).await;
    let other_side = practice.item(Some("NEXT")).await.settlements.remove(0);
    assert_eq!((other_side.entry, other_side.amount), (done.entry, dollars("-40.00")));
    practice.undo_settlement(other_side.id).await.unwrap();
    assert_eq!(practice.books().await, before);
    assert_eq!(practice.open().await, ["NEXT -40.00", "OLD1 -50.00", "OLD1 40.00"]);
    proves(&practice).await;
}

#[tokio::test]
async fn an_answer_to_our_check_without_a_reference_settles_what_the_check_paid() {
    let practice = practice().await;
    practice.receive_one(&remit("T1", "80", "PLB*1*20261231*WO:X1*-80~")).await;
    let item = practice.open_item().await.item.id;
    let done = practice.settle(item, Settling::Refund, None).await.unwrap();
    pay(&practice, done.entry.unwrap(), "2026-04-02").await.unwrap();
    assert!(owed_back(&practice, firstpass::credits::refunds::Filter::Open).await.is_empty());
    // The payer takes the 80.00 and gives our 80.00 back, which names nothing: 80.00 - 80.00 = 0.00.
    practice.receive_one(&remit("T2", "0", "PLB*1*20261231*WO:X1*80*72*-80~")).await;
    assert_eq!(practice.open().await, ["- 80.00", "X1 -80.00"]);
    let unnamed = practice.item(None).await;
    assert_eq!(unnamed.pairs.iter().map(|pair| pair.item).collect::<Vec<_>>(), [item]);
    practice.set_off(unnamed.item.id, item, None, Some("our check 1042")).await.unwrap();
    assert!(practice.open().await.is_empty());
    assert_eq!(practice.books().await, "");
    proves(&practice).await;
}

#[tokio::test]
async fn items_of_two_payers_or_of_one_sign_are_not_set_off_and_a_set_with_either_side_is_not_taken_back() {
    let practice = practice().await;
    taken_under_another_reference(&practice).await;
    practice.receive_one(&remit("T3", "5", "PLB*1*20261231*WO:LETTER8*-5~")).await;
    let theirs = file(&[set_from("BETA2", "T4", "7", "PLB*1*20261231*WO:THEIRS*-7~")]);
    practice.receive_one(&theirs).await;
    let id = |detail: Detail| detail.item.id;
    let (letter, case) = (id(practice.item(Some("LETTER7")).await), id(practice.item(Some("CASE9")).await));
    let (other, theirs) = (id(practice.item(Some("LETTER8")).await), id(practice.item(Some("THEIRS")).await));
    let why = Some("told by telephone");
    refused(practice.set_off(letter, other, None, why).await, "provider-adjustments/item");
    refused(practice.set_off(case, theirs, None, why).await, "provider-adjustments/item");
    // Not the other payer's, and the same amount before the day and the rest.
    let offered = practice.item(Some("CASE9")).await.pairs;
    assert_eq!(offered.iter().map(|pair| pair.item).collect::<Vec<_>>(), [letter, other]);

    practice.set_off(case, letter, Some("80.00"), why).await.unwrap();
    for side in ["LETTER7", "CASE9"] {
        let set = practice.item(Some(side)).await.history[0].remittance;
        refused(practice.unpost(set).await, "remits/depended-on");
    }
    // Another announcement and its recovery come later: the items go on from zero.
    practice.receive_one(&remit("T5", "3", "PLB*1*20261231*WO:LETTER7*-3~")).await;
    assert_eq!(practice.open().await, ["LETTER7 3.00", "LETTER8 5.00", "THEIRS 7.00"]);
    proves(&practice).await;
}

#[tokio::test]
async fn items_of_a_payer_that_is_not_on_file_wait_for_the_registry() {
    let practice = practice().await;
    // Neither its number, nor its name, nor who sent the file is known.
    let unknown = |trace: &str, paid: &str, body: &str| {
        let text = file(&[set_from("NOBODY9", trace, paid, body)]);
        text.replace("ACME HEALTH", "NOBODY MUTUAL").replace("ACME1", "NOBOD")
    };
    practice.receive_one(&unknown("T1", "9", "PLB*1*20261231*WO:STRANGE*-9~")).await;
    let body = "CLP*NOBODYS*1*9*9**12*PCN1~PLB*1*20261231*WO:OTHER*9~";
    practice.receive_one(&unknown("T2", "0", body)).await;
    assert_eq!(practice.open().await, ["OTHER -9.00", "STRANGE 9.00"]);
    let (one, other) = (practice.item(Some("STRANGE")).await, practice.item(Some("OTHER")).await.item.id);
    assert_eq!((one.pairs.len(), one.pairs[0].item), (1, other));
    let outcome = practice.set_off(one.item.id, other, None, Some("told by telephone")).await;
    refused(outcome, "provider-adjustments/payer");
    proves(&practice).await;

    // What the refusal says to do, done: the payer is added, and each remittance posted again.
    let registered = async |tx: &mut Tx| {
        let known = payers::get(tx, practice.payer).await?;
        let (id, identifier) = (PayerId::new(), "NOBODY1".parse().unwrap());
        payers::add(tx, Payer { id, identifier, name: "Nobody Mutual".into(), ..known }).await
    };
    let payer = practice.world.db.transaction(&practice.actor, registered).await.unwrap();
    assert_eq!(practice.item(Some("STRANGE")).await.item.payer, None, "what is posted stays as it was");
    for reference in ["OTHER", "STRANGE"] {
        let set = practice.item(Some(reference)).await.history[0].remittance;
        practice.unpost(set).await.unwrap();
        remits::retry(&practice.world.db, &practice.actor, set, &clock(), &mut ()).await.unwrap();
    }
    let (one, other) = (practice.item(Some("STRANGE")).await, practice.item(Some("OTHER")).await);
    assert_eq!((one.item.payer, other.item.payer), (Some(payer), Some(payer)));
    practice.set_off(one.item.id, other.item.id, None, Some("told by telephone")).await.unwrap();
    assert!(practice.open().await.is_empty());
    proves(&practice).await;
}

#[tokio::test]
async fn every_pair_of_a_payers_items_is_listed_as_beside_the_item_the_same_amount_first() {
    let practice = practice().await;
    taken_under_another_reference(&practice).await;
    practice.receive_one(&remit("T3", "5", "PLB*1*20261231*WO:LETTER8*-5~")).await;
    let theirs = file(&[set_from("BETA2", "T4", "7", "PLB*1*20261231*WO:THEIRS*-7~")]);
    practice.receive_one(&theirs).await;
    let look = async |tx: &mut Tx| adjustments::pairs::all(tx).await;
    let found = practice.world.db.snapshot(&practice.actor, look).await.unwrap();
    let told = |found: &Pairs| -> Vec<String> {
        let reference = |text: &Option<String>| text.clone().unwrap_or_default();
        let tell = |two: &PairOfItems| {
            let (one, other) = (reference(&two.item.reference), reference(&two.pair.reference));
            format!("{one} and {other}: {}, {}", two.pair.limit, two.pair.reason)
        };
        found.pairs.iter().map(tell).collect()
    };
    // 80.00 and -80.00 before 5.00 and -80.00; the other payer's 7.00 has no counterpart.
    assert_eq!(
        told(&found),
        [
            "LETTER7 and CASE9: 80.00, same amount, the same day",
            "LETTER8 and CASE9: 5.00, 5.00 in common, the same day"
        ]
    );
    assert_eq!((found.open, found.looked_at, found.more), (4, 4, false));
    let beside = practice.item(Some("CASE9")).await.pairs;
    assert_eq!(beside.len(), 2, "the same two stand beside the item");
    let first = &found.pairs[0];
    practice.set_off(first.item.id, first.pair.item, None, Some("letter 7")).await.unwrap();
    let left = practice.world.db.snapshot(&practice.actor, look).await.unwrap();
    assert_eq!((left.open, left.pairs.len()), (2, 0));
    proves(&practice).await;
}

#[tokio::test]
async fn a_pair_of_which_one_side_is_undone_on_paper_is_found() {
    use diesel_async::RunQueryDsl;
    let practice = practice().await;
    taken_under_another_reference(&practice).await;
    let (letter, case) = (practice.item(Some("LETTER7")).await, practice.item(Some("CASE9")).await);
    let why = Some("told by telephone");
    let done = practice.set_off(letter.item.id, case.item.id, None, why).await.unwrap();
    let change = async |tx: &mut Tx| {
        diesel::sql_query(
            "update provider_adjustment_settlements
             set (undone_on, undone_by, undone_why) = (settled_on, settled_by, 'x') where id = $1",
        )
        .bind::<diesel::sql_types::Uuid, _>(done.id)
        .execute(tx.conn())
        .await?;
        tx.audit("provider-adjustments/test", done.id, None, serde_json::json!({})).await
    };
    practice.world.db.transaction(&practice.actor, change).await.unwrap();
    let look = async |tx: &mut Tx| remits::proofs(tx, AsOf::NOW).await;
    let proofs = practice.world.db.snapshot(&practice.actor, look).await.unwrap();
    let broken: Vec<&str> = proofs.iter().filter(|proof| !proof.holds).map(|proof| proof.name).collect();
    assert_eq!(broken, ["open_items_are_balances"]);
}
