//! A set is posted, taken back, and posted again.

use diesel_async::RunQueryDsl;
use firstpass::denials;
use firstpass::journey;
use firstpass::remits::exceptions::{self, Action, Asked};
use firstpass::remits::{Approval, State};
use firstpass::types::RemittanceId;

use crate::journey::Office;
use crate::journey::replay::{digest, opened};
use crate::remits::{file, set_from};

async fn unpost(office: &Office, id: RemittanceId) -> firstpass::types::Result<firstpass::remits::Unposted> {
    office
        .world
        .db
        .transaction(&office.actor, async |tx| {
            journey::unpost_remittance(tx, &office.clock, id, "posted to the wrong practice year").await
        })
        .await
}

async fn open_denials(office: &Office) -> usize {
    office
        .world
        .db
        .snapshot(&office.actor, async |tx| denials::queue(tx, None, 10).await)
        .await
        .unwrap()
        .len()
}

#[tokio::test]
async fn a_set_that_is_taken_back_leaves_no_balance_and_posts_again_to_the_same_books() {
    let office = Office::open().await;
    office.charge(&[("P-MERIDIAN", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let number = office.send().await.remove(0);
    // 80.00 paid, 20.00 by contract, 50.00 denied: what is denied stays owed. A PLB of 5.00 interest.
    let body = format!(
        "CLP*{number}*1*150*80**12*PCN1~SVC*HC:99213*150*80**1~DTM*472*20260302~CAS*CO*45*20**97*50~REF*6R*L1~\
         PLB*1*20261231*L6*-5~"
    );
    let text = file(&[set_from("SBXMERID", "T1", "85", &body)]);
    let mail = office.receive("r.835", text.as_bytes()).await;
    let id = mail.remittances[0].remittance;
    let posted = "insurance_cash 85.00, insurance_ar 50.00, charges 150.00, contractual_adjustments 20.00, interest_income 5.00";
    assert_eq!((office.books().await.as_str(), open_denials(&office).await), (posted, 1));
    let before = digest(&office).await;

    let unposted = unpost(&office, id).await.unwrap();
    assert_eq!((unposted.entries, unposted.already), (2, false));
    assert!(unpost(&office, id).await.unwrap().already);
    assert_eq!(office.books().await, "insurance_ar 150.00, charges 150.00");
    assert_eq!((office.statuses().await, open_denials(&office).await), (vec!["pending"], 0));
    office.proves().await;

    let (db, actor, clock) = (&office.world.db, &office.actor, &office.clock);
    let (again, _) = journey::approve_remittance(db, actor, clock, id, &Approval::Reviewed).await.unwrap();
    assert_eq!(again.outcome, State::Posted);
    assert_ne!(again.remittance, id);
    assert_eq!((office.books().await.as_str(), open_denials(&office).await), (posted, 1));
    assert_eq!(office.statuses().await, ["partially_paid"]);
    office.proves().await;
    // The digest tells every entry, so it tells that this was posted twice and taken back once.
    assert_ne!(digest(&office).await, before);
    // The file once more is known by its second posting.
    let mail = office.receive("r.835", text.as_bytes()).await;
    assert_eq!(mail.remittances[0].outcome, State::Duplicate);
}

#[tokio::test]
async fn what_a_later_remittance_builds_on_is_not_taken_back() {
    let office = Office::open().await;
    office.charge(&[("P-MERIDIAN", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let number = office.send().await.remove(0);
    let set = |trace: &str, paid: &str, body: String| file(&[set_from("SBXMERID", trace, paid, &body)]);
    let first = set("T1", "80", format!("CLP*{number}*1*150*80**12*PCN1~CAS*CO*45*70~"));
    let taken_back =
        set("T2", "0", format!("CLP*{number}*22*-150*-80**12*PCN1~CAS*CO*45*-70~PLB*1*20261231*FB*-80~"));
    let first = office.receive("1.835", first.as_bytes()).await.remittances.remove(0).remittance;
    let second = office.receive("2.835", taken_back.as_bytes()).await.remittances.remove(0).remittance;
    let books = office.books().await;
    assert_eq!(refused(&office, first).await, "a later remittance has taken one of its decisions back");
    assert_eq!(office.books().await, books);
    office.proves().await;
    // The newest first: then the older one stands alone, and can be taken back, too.
    assert_eq!(unpost(&office, second).await.unwrap().entries, 2);
    assert_eq!(office.books().await, "insurance_cash 80.00, charges 150.00, contractual_adjustments 70.00");
    assert_eq!(office.statuses().await, ["closed"]);
    office.proves().await;
    assert_eq!(unpost(&office, first).await.unwrap().entries, 1);
    assert_eq!(office.books().await, "insurance_ar 150.00, charges 150.00");
    assert_eq!(office.statuses().await, ["pending"]);
    office.proves().await;
}

/// The story of the test below, in an empty database; what it leaves.
async fn what_a_person_had_applied_stands_again() -> Office {
    let office = opened().await;
    office.charge(&[("P-MERIDIAN", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let number = office.send().await.remove(0);
    let set = |trace: &str, paid: &str, body: String| file(&[set_from("SBXMERID", trace, paid, &body)]);
    let all = async || (office.books().await, office.statuses().await, open_denials(&office).await);
    // 80.00 paid, 20.00 by contract, 50.00 denied, under a number that is nobody's: a person names the claim.
    let first = set("T1", "80", "CLP*WHO*1*150*80**12*PCN1~CAS*CO*45*20**97*50~".to_owned());
    let first = office.receive("1.835", first.as_bytes()).await.remittances.remove(0).remittance;
    assert_eq!(
        office.books().await,
        "insurance_cash 80.00, insurance_ar 150.00, unapplied_cash 80.00, charges 150.00"
    );
    let action = Action::Match { claim: office.claims().await[0].id };
    let (db, actor) = (&office.world.db, &office.actor);
    db.transaction(actor, async |tx| {
        let id = exceptions::queue(tx, Asked::default(), None, 10).await?[0].id;
        journey::resolve_exception(tx, &office.clock, id, &action).await
    })
    .await
    .unwrap();
    let applied = "insurance_cash 80.00, insurance_ar 50.00, charges 150.00, contractual_adjustments 20.00";
    let first_stands = (applied.to_owned(), vec!["partially_paid"], 1);
    assert_eq!(all().await, first_stands);

    // The payer thinks better of it: 80.00 back, 130.00 paid, 20.00 by contract. 50.00 come.
    let body = format!(
        "CLP*WHO*22*-150*-80**12*PCN1~CAS*CO*45*-20**97*-50~CLP*{number}*1*150*130**12*PCN1~CAS*CO*45*20~"
    );
    let mail = office.receive("2.835", set("T2", "50", body).as_bytes()).await;
    let mut second = mail.remittances[0].remittance;
    let anew = "insurance_cash 130.00, charges 150.00, contractual_adjustments 20.00";
    let second_stands = (anew.to_owned(), vec!["closed"], 0);
    assert_eq!(all().await, second_stands);
    office.proves().await;

    // Twice, since what was posted anew may be taken back and posted anew again.
    for _ in 0..2 {
        // Where the money waited and where it went are taken back, each by an entry, and the correction is posted.
        let unposted = unpost(&office, second).await.unwrap();
        assert_eq!((unposted.entries, unposted.already), (3, false));
        assert_eq!(all().await, first_stands);
        assert_eq!(open(&office).await, ["1110 50.00"]);
        office.proves().await;

        second = post_again(&office, second).await;
        assert_eq!(all().await, second_stands);
        assert_eq!(open(&office).await, [""; 0]);
        office.proves().await;
    }
    unpost(&office, second).await.unwrap();
    assert_eq!(all().await, first_stands);

    // Another reversal takes both back again. The payer will take its 80.00 of a later payment.
    let body = "CLP*WHO*22*-150*-80**12*PCN1~CAS*CO*45*-20**97*-50~PLB*1*20261231*FB:PCN1*-80~".to_owned();
    let mail = office.receive("3.835", set("T3", "0", body).as_bytes()).await;
    let third = mail.remittances[0].remittance;
    let nothing = "insurance_cash 80.00, insurance_ar 150.00, forwarding_balances 80.00, charges 150.00";
    assert_eq!(all().await, (nothing.to_owned(), vec!["pending"], 0));
    office.proves().await;
    assert_eq!(refused(&office, first).await, "a later remittance has taken one of its decisions back");
    assert_eq!(unpost(&office, third).await.unwrap().entries, 3);
    assert_eq!(all().await, first_stands);
    office.proves().await;
    // What a person decided about a set's exception is undone with it: where the money waited, and where it went.
    assert_eq!(unpost(&office, first).await.unwrap().entries, 2);
    let nothing = "insurance_ar 150.00, charges 150.00";
    assert_eq!(all().await, (nothing.to_owned(), vec!["pending"], 0));
    assert_eq!(open(&office).await, ["1110 150.00"]);
    office.proves().await;

    let history = office.history(&office.claims().await[0]).await;
    let since = history.iter().position(|event| *event == "partially_paid").unwrap();
    let posted = ["reversed", "paid", "closed"];
    let taken_back = ["reversed", "reversed", "partially_paid"];
    let story = [
        &["partially_paid"][..],
        &posted,
        &taken_back,
        &posted,
        &taken_back,
        &posted,
        &taken_back,
        &["reversed", "reversed", "partially_paid"],
        &["reversed"],
    ];
    assert_eq!(history[since..], story.concat());
    office
}

#[tokio::test]
async fn a_set_whose_reversal_took_back_what_a_person_had_applied_lets_it_stand_again() {
    let office = what_a_person_had_applied_stands_again().await;
    // The same again in an empty database comes to the same ledger.
    let other = what_a_person_had_applied_stands_again().await;
    assert_eq!(digest(&other).await, digest(&office).await);
}

/// Why a set cannot be taken back.
async fn refused(office: &Office, id: RemittanceId) -> String {
    let refused = unpost(office, id).await.unwrap_err();
    let refusal = refused.refusal().unwrap();
    assert_eq!(refusal.code, "remits/depended-on");
    refusal.detail.rsplit_once("taken back: ").unwrap().1.to_owned()
}

/// What is open for each visit, in their order: account and amount.
async fn open(office: &Office) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        open: String,
    }
    let rows: Vec<Row> = office
        .world
        .db
        .snapshot(&office.actor, async |tx| {
            let open = "select account || ' ' || amount as open from open_balances where amount <> 0
                order by claim_id, account";
            Ok(diesel::sql_query(open).load(tx.conn()).await?)
        })
        .await
        .unwrap();
    rows.into_iter().map(|row| row.open).collect()
}

async fn post_again(office: &Office, id: RemittanceId) -> RemittanceId {
    let (db, actor, clock) = (&office.world.db, &office.actor, &office.clock);
    let (again, _) = journey::approve_remittance(db, actor, clock, id, &Approval::Reviewed).await.unwrap();
    assert_eq!(again.outcome, State::Posted);
    again.remittance
}

#[tokio::test]
async fn a_set_with_a_reversal_that_is_taken_back_lets_the_decision_before_it_stand_again() {
    let office = Office::open().await;
    let lines: &[_] = &[("99213", "", "150.00")];
    office
        .charge(&[("P-MERIDIAN", "2026-03-02", "J06.9", lines), ("P-MERIDIAN", "2026-03-03", "J06.9", lines)])
        .await;
    let number = office.send().await.remove(0);
    let set = |trace: &str, paid: &str, body: String| file(&[set_from("SBXMERID", trace, paid, &body)]);
    // 80.00 paid, 20.00 by contract, 50.00 denied: what is denied stays owed.
    let first = set("T1", "80", format!("CLP*{number}*1*150*80**12*PCN1~CAS*CO*45*20**97*50~"));
    // The payer thinks better of it: 80.00 back, 130.00 paid, 20.00 by contract. 50.00 come.
    let second = set(
        "T2",
        "50",
        format!(
            "CLP*{number}*22*-150*-80**12*PCN1~CAS*CO*45*-20**97*-50~CLP*{number}*1*150*130**12*PCN1~CAS*CO*45*20~"
        ),
    );
    let first = office.receive("1.835", first.as_bytes()).await.remittances.remove(0).remittance;
    let after_first =
        "insurance_cash 80.00, insurance_ar 200.00, charges 300.00, contractual_adjustments 20.00";
    let all = async || {
        (office.books().await, open(&office).await, office.statuses().await, open_denials(&office).await)
    };
    let stands = |books: &str, open: &[&str], status, denials| {
        let open: Vec<String> = open.iter().map(|one| (*one).to_owned()).collect();
        (books.to_owned(), open, vec![status, "submitted"], denials)
    };
    let first_stands = stands(after_first, &["1110 50.00", "1110 150.00"], "partially_paid", 1);
    assert_eq!(all().await, first_stands);

    let mut second = office.receive("2.835", second.as_bytes()).await.remittances.remove(0).remittance;
    let after_second =
        "insurance_cash 130.00, insurance_ar 150.00, charges 300.00, contractual_adjustments 20.00";
    let second_stands = stands(after_second, &["1110 150.00"], "closed", 0);
    assert_eq!(all().await, second_stands);
    office.proves().await;

    // Twice, since what was posted anew may be taken back and posted anew again.
    for _ in 0..2 {
        let unposted = unpost(&office, second).await.unwrap();
        assert_eq!((unposted.entries, unposted.already), (2, false));
        assert!(unpost(&office, second).await.unwrap().already);
        assert_eq!(all().await, first_stands);
        office.proves().await;

        second = post_again(&office, second).await;
        assert_eq!(all().await, second_stands);
        office.proves().await;
    }
    assert_eq!(refused(&office, first).await, "a later remittance has taken one of its decisions back");

    unpost(&office, second).await.unwrap();
    assert_eq!(unpost(&office, first).await.unwrap().entries, 1);
    let nothing_stands =
        stands("insurance_ar 300.00, charges 300.00", &["1110 150.00", "1110 150.00"], "pending", 0);
    assert_eq!(all().await, nothing_stands);
    office.proves().await;
    post_again(&office, first).await;
    assert_eq!(all().await, first_stands);
    office.proves().await;

    let history = office.history(&office.claims().await[0]).await;
    let since = history.iter().position(|event| *event == "partially_paid").unwrap();
    let posted = ["reversed", "paid", "closed"];
    let taken_back = ["reversed", "reversed", "partially_paid"];
    let story = [
        &["partially_paid"][..],
        &posted,
        &taken_back,
        &posted,
        &taken_back,
        &posted,
        &taken_back,
        &["reversed", "partially_paid"],
    ];
    assert_eq!(history[since..], story.concat());
}

#[tokio::test]
async fn a_denial_that_moved_nothing_stands_again_with_its_work() {
    let office = Office::open().await;
    office.charge(&[("P-MERIDIAN", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let number = office.send().await.remove(0);
    let set = |trace: &str, paid: &str, body: String| file(&[set_from("SBXMERID", trace, paid, &body)]);
    let denied = set("T1", "0", format!("CLP*{number}*4*150*0**12*PCN1~CAS*CO*50*150~"));
    let paid = set(
        "T2",
        "130",
        format!(
            "CLP*{number}*22*-150*0**12*PCN1~CAS*CO*50*-150~CLP*{number}*1*150*130**12*PCN1~CAS*CO*45*20~"
        ),
    );
    office.receive("1.835", denied.as_bytes()).await;
    assert_eq!((office.statuses().await, open_denials(&office).await), (vec!["denied"], 1));
    let second = office.receive("2.835", paid.as_bytes()).await.remittances.remove(0).remittance;
    assert_eq!((office.statuses().await, open_denials(&office).await), (vec!["closed"], 0));
    assert_eq!(unpost(&office, second).await.unwrap().entries, 1);
    assert_eq!(office.books().await, "insurance_ar 150.00, charges 150.00");
    assert_eq!((office.statuses().await, open_denials(&office).await), (vec!["denied"], 1));
    office.proves().await;
    post_again(&office, second).await;
    assert_eq!(office.books().await, "insurance_cash 130.00, charges 150.00, contractual_adjustments 20.00");
    assert_eq!((office.statuses().await, open_denials(&office).await), (vec!["closed"], 0));
    office.proves().await;
}

#[tokio::test]
async fn what_a_set_posted_and_took_back_itself_stands_no_more_when_it_is_taken_back() {
    let office = Office::open().await;
    office.charge(&[("P-MERIDIAN", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let number = office.send().await.remove(0);
    let body = format!(
        "CLP*{number}*1*150*80**12*PCN1~CAS*CO*45*70~CLP*{number}*22*-150*-80**12*PCN1~CAS*CO*45*-70~\
         CLP*{number}*1*150*130**12*PCN1~CAS*CO*45*20~"
    );
    let text = file(&[set_from("SBXMERID", "T1", "130", &body)]);
    let id = office.receive("1.835", text.as_bytes()).await.remittances.remove(0).remittance;
    let posted = "insurance_cash 130.00, charges 150.00, contractual_adjustments 20.00";
    assert_eq!(office.books().await, posted);
    assert_eq!(unpost(&office, id).await.unwrap().entries, 1);
    assert_eq!(office.books().await, "insurance_ar 150.00, charges 150.00");
    assert_eq!(office.statuses().await, ["pending"]);
    office.proves().await;
    post_again(&office, id).await;
    assert_eq!(office.books().await, posted);
    office.proves().await;
}

#[tokio::test]
async fn an_over_payment_that_a_reversal_settled_is_open_again_once_that_is_taken_back() {
    let office = Office::open().await;
    office.charge(&[("P-MERIDIAN", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let number = office.send().await.remove(0);
    let set = |trace: &str, paid: &str, body: String| file(&[set_from("SBXMERID", trace, paid, &body)]);
    // The correction comes first, and a person posts it: 80.00 and 130.00 are paid, and 20.00 off instead of 70.00, which
    // is more than was owed, until the 80.00 are taken back.
    for (name, text) in [
        ("1.835", set("T1", "80", format!("CLP*{number}*1*150*80**12*PCN1~CAS*CO*45*70~"))),
        ("2.835", set("T2", "130", format!("CLP*{number}*1*150*130**12*PCN2~CAS*CO*45*20~"))),
    ] {
        office.receive(name, text.as_bytes()).await;
    }
    let claim = office.claims().await[0].id;
    let (db, actor) = (&office.world.db, &office.actor);
    db.transaction(actor, async |tx| {
        let id = exceptions::queue(tx, Asked::default(), None, 10).await?[0].id;
        journey::resolve_exception(tx, &office.clock, id, &Action::Match { claim }).await
    })
    .await
    .unwrap();
    let body = format!("CLP*{number}*22*-150*-80**12*PCN1~CAS*CO*45*-70~PLB*1*20261231*FB*-80~");
    let text = set("T3", "0", body);
    // 150.00 - 80.00 - 130.00 - 20.00 = -80.00.
    let over_paid =
        "insurance_cash 210.00, insurance_ar -80.00, charges 150.00, contractual_adjustments 20.00";
    let waiting = async || {
        let look = async |tx: &mut _| exceptions::queue(tx, Asked::default(), None, 10).await;
        let open = office.world.db.snapshot(&office.actor, look).await.unwrap();
        open.iter().map(|one| format!("{} {}", one.kind.as_str(), one.amount)).collect::<Vec<_>>()
    };
    assert_eq!(
        (office.books().await.as_str(), waiting().await),
        (over_paid, vec!["over_payment 80.00".into()])
    );
    let mut third = office.receive("3.835", text.as_bytes()).await.remittances.remove(0).remittance;
    let settled =
        "insurance_cash 210.00, forwarding_balances 80.00, charges 150.00, contractual_adjustments 20.00";
    // Twice: what was opened again is settled again.
    for _ in 0..2 {
        assert_eq!((office.books().await.as_str(), waiting().await), (settled, vec![]));
        office.proves().await;
        // The decision's entry, what the other one carries of it, and the PLB.
        assert_eq!(unpost(&office, third).await.unwrap().entries, 3);
        assert_eq!(
            (office.books().await.as_str(), waiting().await),
            (over_paid, vec!["over_payment 80.00".into()])
        );
        assert_eq!(open(&office).await, ["1110 -80.00"]);
        office.proves().await;
        third = post_again(&office, third).await;
    }
}

#[tokio::test]
async fn a_reversal_that_let_a_waiting_correction_be_posted_is_taken_back_after_that() {
    let office = Office::open().await;
    office.charge(&[("P-MERIDIAN", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let number = office.send().await.remove(0);
    let set = |trace: &str, paid: &str, body: String| file(&[set_from("SBXMERID", trace, paid, &body)]);
    let mut ids = vec![];
    for (name, text) in [
        ("1.835", set("T1", "80", format!("CLP*{number}*1*150*80**12*PCN1~CAS*CO*45*70~"))),
        ("2.835", set("T2", "130", format!("CLP*{number}*1*150*130**12*PCN2~CAS*CO*45*20~"))),
        (
            "3.835",
            set("T3", "0", format!("CLP*{number}*22*-150*-80**12*PCN1~CAS*CO*45*-70~PLB*1*20261231*FB*-80~")),
        ),
    ] {
        ids.push(office.receive(name, text.as_bytes()).await.remittances.remove(0).remittance);
    }
    let all =
        "insurance_cash 210.00, forwarding_balances 80.00, charges 150.00, contractual_adjustments 20.00";
    assert_eq!(office.books().await, all);
    assert_eq!(
        refused(&office, ids[2]).await,
        "a later entry (remit_exception) moved the account of one of its visits"
    );
    // The correction first: 80.00 came, and the payer carries them forward.
    unpost(&office, ids[1]).await.unwrap();
    assert_eq!(
        office.books().await,
        "insurance_cash 80.00, insurance_ar 150.00, forwarding_balances 80.00, charges 150.00"
    );
    office.proves().await;
    unpost(&office, ids[2]).await.unwrap();
    let first = "insurance_cash 80.00, charges 150.00, contractual_adjustments 70.00";
    assert_eq!(office.books().await, first);
    office.proves().await;
    let (db, actor, clock) = (&office.world.db, &office.actor, &office.clock);
    let (again, _) =
        journey::approve_remittance(db, actor, clock, ids[1], &Approval::Reviewed).await.unwrap();
    assert_eq!(again.outcome, State::PartlyPosted);
    assert_eq!(
        office.books().await,
        "insurance_cash 210.00, unapplied_cash 130.00, charges 150.00, contractual_adjustments 70.00"
    );
    post_again(&office, ids[2]).await;
    assert_eq!(office.books().await, all);
    office.proves().await;
}

#[tokio::test]
async fn a_correction_that_changed_the_next_payers_claim_is_not_taken_back() {
    let office = Office::open().await;
    office.charge(&[("P-BOTH", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    let number = office.send().await.remove(0);
    let set = |trace: &str, paid: &str, body: String| file(&[set_from("SBXMERID", trace, paid, &body)]);
    let first = format!(
        "CLP*{number}*1*150*80*20*12*PCN1~SVC*HC:99213*150*80**1~CAS*CO*45*50~CAS*PR*2*20~REF*6R*L1~"
    );
    let second = format!(
        "CLP*{number}*22*-150*-80*-20*12*PCN1~SVC*HC:99213*-150*-80**-1~CAS*CO*45*-50~CAS*PR*2*-20~REF*6R*L1~\
         CLP*{number}*1*150*90*10*12*PCN1~SVC*HC:99213*150*90**1~CAS*CO*45*50~CAS*PR*2*10~REF*6R*L1~"
    );
    office.receive("1.835", set("T1", "80", first).as_bytes()).await;
    let second =
        office.receive("2.835", set("T2", "10", second).as_bytes()).await.remittances.remove(0).remittance;
    assert_eq!(refused(&office, second).await, "a claim to the next payer was changed after it");
    office.proves().await;
}
