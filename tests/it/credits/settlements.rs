//! Open items of provider adjustments that no later file clears, settled by hand. Each story says the
//! arithmetic and what is on the books after each step.

use diesel_async::RunQueryDsl;
use firstpass::claims;
use firstpass::credits::{Action, refunds};
use firstpass::db::Tx;
use firstpass::ledger::{self, AsOf};
use firstpass::remits;
use firstpass::remits::adjustments::{self, Detail, Filter, Settlement, Settling};
use firstpass::types::{ClaimId, ProviderAdjustmentId, Result, SettlementId};

use super::{act, dollars, of_payer, overpaid, owed_back, pay, proves, refused, void};
use crate::remits::{Practice, clock, moved, practice, remit};

impl Practice {
    /// The open item.
    pub async fn open_item(&self) -> Detail {
        let look = async |tx: &mut Tx| {
            let item = adjustments::list(tx, Filter::Open, None, 2).await?.remove(0);
            adjustments::get(tx, item.id).await
        };
        self.world.db.snapshot(&self.actor, look).await.unwrap()
    }

    async fn open_count(&self) -> usize {
        let look = async |tx: &mut Tx| adjustments::list(tx, Filter::Open, None, 9).await;
        self.world.db.snapshot(&self.actor, look).await.unwrap().len()
    }

    pub async fn settle(
        &self,
        item: ProviderAdjustmentId,
        how: Settling,
        amount: Option<&str>,
    ) -> Result<Settlement> {
        let (now, amount) = (clock().now(), amount.map(dollars));
        let work =
            async |tx: &mut Tx| adjustments::settle(tx, now, item, how, amount, Some(" as told ")).await;
        self.world.db.transaction(&self.actor, work).await
    }

    pub async fn undo_settlement(&self, id: SettlementId) -> Result<Settlement> {
        let now = clock().now();
        let work = async |tx: &mut Tx| adjustments::undo(tx, now, id, "the wrong visit").await;
        self.world.db.transaction(&self.actor, work).await
    }
}

#[tokio::test]
async fn what_was_taken_unannounced_is_booked_against_the_visit_that_was_paid_too_much() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    let other = practice.claim(&[("99213", "100.00")]).await;
    // 100.00 of the other claim less the 40.00, under a reference that names no claim.
    let body = format!("CLP*{}*1*100*100**12*PCN3~PLB*1*20261231*WO:LETTER7*40~", other.number);
    practice.receive_one(&remit("T3", "60", &body)).await;
    // 117.00 + 40.00 + 60.00 came.
    let taken = "insurance_cash 217.00, insurance_ar -40.00, payer_recoupments -40.00, charges 250.00, \
                 contractual_adjustments 33.00";
    assert_eq!(practice.books().await, taken);
    let detail = practice.open_item().await;
    let (item, choice) = (detail.item.id, &detail.choices[0]);
    assert_eq!((detail.item.balance, detail.item.claim), (dollars("-40.00"), None));
    assert_eq!(
        (choice.claim, choice.claim_number.as_deref(), choice.owed, choice.limit),
        (claim.account, Some(claim.number.as_str()), dollars("-40.00"), dollars("40.00"))
    );
    assert_eq!(detail.choices.len(), 1, "the other visit is paid to the cent");

    refused(practice.settle(item, Settling::Refund, None).await, "provider-adjustments/refund");
    refused(
        practice.settle(item, Settling::Claim(claim.id), Some("40.01")).await,
        "provider-adjustments/amount",
    );
    refused(practice.settle(item, Settling::Claim(other.id), None).await, "provider-adjustments/amount");
    refused(practice.settle(item, Settling::Claim(ClaimId::new()), None).await, "provider-adjustments/claim");
    assert_eq!(practice.books().await, taken);

    // In two parts: 15.00 and the rest.
    let first = practice.settle(item, Settling::Claim(claim.id), Some("15.00")).await.unwrap();
    assert_eq!((first.amount, first.note.as_deref()), (dollars("-15.00"), Some("as told")));
    assert_eq!(practice.open_item().await.item.balance, dollars("-25.00"));
    assert_eq!(practice.exceptions().await.len(), 1, "a part of it is still too much");
    practice.settle(item, Settling::Claim(claim.id), None).await.unwrap();
    let settled = "insurance_cash 217.00, charges 250.00, contractual_adjustments 33.00";
    assert_eq!(practice.books().await, settled);
    assert_eq!((practice.open_count().await, practice.exceptions().await.len()), (0, 0));
    let patient = async |tx: &mut Tx| {
        let patient = claims::item(tx, claim.id).await?.patient.id;
        ledger::balance_of_patient(tx, patient, AsOf::NOW).await
    };
    let patient = practice.world.db.snapshot(&practice.actor, patient).await.unwrap();
    assert_eq!(patient.payers_owe, dollars("0.00"));
    refused(practice.settle(item, Settling::Claim(claim.id), None).await, "provider-adjustments/closed");
    proves(&practice).await;

    practice.undo_settlement(first.id).await.unwrap();
    refused(practice.undo_settlement(first.id).await, "provider-adjustments/undone");
    let detail = practice.open_item().await;
    assert_eq!((detail.item.balance, detail.item.settled), (dollars("-15.00"), dollars("-25.00")));
    let undone: Vec<bool> = detail.settlements.iter().map(|one| one.undone_on.is_some()).collect();
    assert_eq!(undone, [true, false]);
    assert_eq!(practice.owed(&claim).await, "insurance -15.00, patient 0.00");
    proves(&practice).await;
}

#[tokio::test]
async fn the_reversal_of_what_our_check_returned_is_booked_against_the_visit() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    let done = act(&practice, of_payer(&practice, &claim), Action::Refund, None).await.unwrap();
    pay(&practice, done.entry.unwrap(), "2026-04-02").await.unwrap();
    // The payer reverses the 40.00 all the same, announces them, and then acknowledges our check:
    // -40.00 + 40.00 = 0.00, then -40.00 + 40.00 = 0.00.
    let back =
        format!("CLP*{}*22*-150*-40**12*PCN2~CAS*OA*23*-110~PLB*1*20261231*WO:PCN2*-40~", claim.number);
    practice.receive_one(&remit("T3", "0", &back)).await;
    practice.receive_one(&remit("T4", "0", "PLB*1*20261231*WO:PCN2*40*72:PCN2*-40~")).await;
    // 157.00 came, 40.00 went; the visit owes 40.00 again, and the payer has them.
    assert_eq!(
        practice.books().await,
        "insurance_cash 117.00, insurance_ar 40.00, payer_recoupments 40.00, charges 150.00, \
         contractual_adjustments 33.00"
    );
    let detail = practice.open_item().await;
    assert_eq!(detail.item.balance, dollars("40.00"));
    assert_eq!(detail.choices.iter().map(|choice| choice.owed).collect::<Vec<_>>(), [dollars("40.00")]);
    let settled = practice.settle(detail.item.id, Settling::Claim(claim.id), None).await.unwrap();
    assert_eq!(settled.amount, dollars("40.00"));
    assert_eq!(
        practice.books().await,
        "insurance_cash 117.00, charges 150.00, contractual_adjustments 33.00"
    );
    assert_eq!(practice.open_count().await, 0);
    proves(&practice).await;
}

#[tokio::test]
async fn what_will_be_taken_is_paid_by_check_and_the_payers_answer_clears_itself() {
    let practice = practice().await;
    // 80.00 come that are not ours: the payer announces that it will take them.
    let announced = remit("T1", "80", "PLB*1*20261231*WO:X1*-80~");
    let (report, _) = practice.receive_one(&announced).await;
    let item = practice.open_item().await.item.id;
    refused(practice.settle(item, Settling::Refund, Some("80.01")).await, "provider-adjustments/amount");
    let done = practice.settle(item, Settling::Refund, None).await.unwrap();
    assert_eq!(practice.books().await, "insurance_cash 80.00, refunds_payable 80.00");
    assert_eq!(practice.open_count().await, 0);
    proves(&practice).await;

    let refund = owed_back(&practice, refunds::Filter::Open).await.remove(0);
    assert_eq!((refund.payee_name(), refund.amount), ("Acme Health", dollars("80.00")));
    assert_eq!(Some(refund.id), done.entry);
    let paid = pay(&practice, refund.id, "2026-04-02").await.unwrap().payment.unwrap();
    refused(practice.undo_settlement(done.id).await, "provider-adjustments/refund-paid");
    assert_eq!(practice.books().await, "");
    // The check is acknowledged: +80.00 - 80.00.
    let (answer, _) = practice.receive_one(&remit("T2", "0", "PLB*1*20261231*WO:X1*80*72:X1*-80~")).await;
    assert_eq!((moved(&answer), practice.open_count().await), (String::new(), 0));
    proves(&practice).await;

    // While it stands, the set that announced it is not taken back.
    refused(practice.unpost(report.remittance).await, "remits/depended-on");
    void(&practice, paid.id).await.unwrap();
    practice.undo_settlement(done.id).await.unwrap();
    assert_eq!(practice.open_item().await.item.balance, dollars("80.00"));
    assert!(owed_back(&practice, refunds::Filter::Open).await.is_empty());
    practice.unpost(report.remittance).await.unwrap();
    proves(&practice).await;
}

#[tokio::test]
async fn what_the_payer_will_take_by_itself_is_offered_for_no_visit_and_a_forwarded_balance_not_at_all() {
    let practice = practice().await;
    let claim = overpaid(&practice).await;
    let back =
        format!("CLP*{}*22*-150*-40**12*PCN2~CAS*OA*23*-110~PLB*1*20261231*WO:PCN2*-40~", claim.number);
    practice.receive_one(&remit("T3", "0", &back)).await;
    let detail = practice.open_item().await;
    assert_eq!((detail.item.balance, detail.choices.len()), (dollars("40.00"), 0));
    practice.receive_one(&remit("T4", "0", "PLB*1*20261231*WO:PCN2*40~PLB*1*20261231*FB:F1*-40~")).await;
    let forwarded = practice.open_item().await;
    assert_eq!((forwarded.item.balance, forwarded.choices.len()), (dollars("40.00"), 0));
    let outcome = practice.settle(forwarded.item.id, Settling::Refund, None).await;
    refused(outcome, "provider-adjustments/closed");
    proves(&practice).await;
}

#[tokio::test]
async fn a_settlement_that_is_undone_on_paper_alone_is_found() {
    let practice = practice().await;
    practice.receive_one(&remit("T1", "80", "PLB*1*20261231*WO:X1*-80~")).await;
    let item = practice.open_item().await.item.id;
    let done = practice.settle(item, Settling::Refund, Some("30.00")).await.unwrap();
    let change = async |tx: &mut Tx| {
        diesel::sql_query(
            "update provider_adjustment_settlements
             set (undone_on, undone_by, undone_why) = (settled_on, settled_by, 'x')",
        )
        .execute(tx.conn())
        .await?;
        tx.audit("provider-adjustments/test", done.id, None, serde_json::json!({})).await
    };
    practice.world.db.transaction(&practice.actor, change).await.unwrap();
    let look = async |tx: &mut Tx| remits::proofs(tx, AsOf::NOW).await;
    let proofs = practice.world.db.snapshot(&practice.actor, look).await.unwrap();
    let broken: Vec<&str> = proofs.iter().filter(|proof| !proof.holds).map(|proof| proof.name).collect();
    assert_eq!(broken, ["open_items_are_balances"]);
    // What it says cannot be changed at all.
    let change = async |tx: &mut Tx| {
        diesel::sql_query("update provider_adjustment_settlements set amount = 29.99")
            .execute(tx.conn())
            .await?;
        Ok(())
    };
    assert!(practice.world.db.transaction(&practice.actor, change).await.is_err());
}
