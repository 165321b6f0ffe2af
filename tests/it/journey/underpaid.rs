//! Payers that allow less than their contracts say, and what another contract would have come to.
//!
//! Meridian allows 78 % of a visit, whatever its contract says: 117.00 of 150.00, with a copay of
//! 25.00 and AMT*B6 117.00. Prairie allows 72 %: 108.00.

use firstpass::claims::Past;
use firstpass::contracts::{Contract, NewContract};
use firstpass::journey::{self, NotCompared};
use firstpass::registry::payers;
use firstpass::remits::{self, Care, Mode as PostingMode, PostingRule, State};
use firstpass::types::{Money, PayerId};
use firstpass::underpayments::{self, Filter, Outcome, Underpayment};

use crate::contracts::{contract, from, import};
use crate::journey::Office;
use crate::remits::{file, set_from};
use crate::support::practice::day;

/// A visit for 120.00, an injection for 60.00 that is ranked.
const PRICES: &str = "CPT,Fee,Mult Proc\n99213,120.00,0\n20610,60.00,2\n";

async fn payer(office: &Office, number: &str) -> PayerId {
    let number = number.parse().unwrap();
    let find = async |tx: &mut _| payers::by_identifier(tx, &number).await;
    office.world.db.snapshot(&office.actor, find).await.unwrap().unwrap().id
}

async fn agreed(
    office: &Office,
    number: &str,
    name: &str,
    change: impl FnOnce(&mut NewContract),
) -> Contract {
    let payer = payer(office, number).await;
    contract(&office.world, &office.actor, payer, name, change).await.unwrap()
}

async fn queue(office: &Office, filter: Filter) -> Vec<Underpayment> {
    let load = async |tx: &mut _| underpayments::queue(tx, filter, None, 10).await;
    office.world.db.snapshot(&office.actor, load).await.unwrap()
}

#[tokio::test]
async fn a_line_that_is_allowed_below_the_contract_becomes_work_with_its_arithmetic() {
    let office = Office::open().await;
    import(&office.world, &office.actor, PRICES, &from("2026-01-01")).await.unwrap();
    agreed(&office, "SBXMERID", "Meridian 2026", |_| ()).await;
    // The injection is denied (CO-197): a denial, no underpayment.
    let lines = [("99213", "25", "150.00"), ("20610", "RT", "165.00")];
    let mail = office
        .day(&[
            ("P-MERIDIAN", "2026-03-02", "M17.11", &lines),
            ("P-PRAIRIE", "2026-03-02", "J06.9", &[("99213", "", "150.00")]),
        ])
        .await;
    let found: Vec<_> =
        mail.iter().map(|one| one.followed.underpayments).filter(|one| one.count > 0).collect();
    assert_eq!((found.len(), found[0].amount.to_string().as_str()), (1, "3.00"));
    let open = queue(&office, Filter::Open).await;
    assert_eq!(open.len(), 1);
    let item = &open[0];
    // 120.00 - 117.00
    assert_eq!(
        (item.expected.to_string(), item.allowed.to_string(), item.difference.to_string()),
        ("120.00".into(), "117.00".into(), "3.00".into())
    );
    assert_eq!(item.arithmetic, "99213-25 schedule 120.00; lesser of charge 150.00");
    assert_eq!((item.line_no, item.procedure.as_deref()), (Some(1), Some("99213-25")));
    assert_eq!(
        (item.contract_name.as_str(), item.payer.as_str()),
        ("Meridian 2026", "Meridian Mutual Sandbox")
    );
    office.proves().await;

    let (db, now, id) = (&office.world.db, office.clock.now(), item.id);
    let close = async |note: &'static str| {
        let close = async |tx: &mut _| underpayments::close(tx, now, id, Outcome::Recovered, note).await;
        db.transaction(&office.actor, close).await
    };
    assert_eq!(close(" ").await.unwrap_err().refusal().unwrap().code, "underpayments/note");
    let closed = close("paid with trace 4711").await.unwrap();
    assert_eq!((closed.state.as_str(), closed.outcome), ("closed", Some(Outcome::Recovered)));
    assert_eq!(close("again").await.unwrap_err().refusal().unwrap().code, "underpayments/not-open");
    assert_eq!(queue(&office, Filter::Open).await, []);
    assert_eq!(queue(&office, Filter::Done).await.len(), 1);
}

#[tokio::test]
async fn what_the_contract_tolerates_or_does_not_cover_is_no_work() {
    let office = Office::open().await;
    import(&office.world, &office.actor, PRICES, &from("2026-01-01")).await.unwrap();
    // 3.00 below, and 12.00 below on a day after the contract.
    agreed(&office, "SBXMERID", "Meridian", |new| new.tolerance = Money::from_cents(300)).await;
    agreed(&office, "SBXPRAIR", "Prairie", |new| new.valid_to = Some(day("2026-03-01"))).await;
    office
        .day(&[
            ("P-MERIDIAN", "2026-03-02", "J06.9", &[("99213", "", "150.00")]),
            ("P-PRAIRIE", "2026-03-02", "J06.9", &[("99213", "", "150.00")]),
        ])
        .await;
    assert_eq!(queue(&office, Filter::Open).await, []);
}

#[tokio::test]
async fn a_reversal_takes_the_item_back_and_the_correction_opens_another() {
    let office = Office::open().await;
    import(&office.world, &office.actor, PRICES, &from("2026-01-01")).await.unwrap();
    agreed(&office, "SBXMERID", "Meridian 2026", |_| ()).await;
    office.day(&[("P-CORRECTED", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    assert_eq!(queue(&office, Filter::Open).await[0].difference.to_string(), "3.00");
    // Ten days later: four fifths of 117.00 are 93.60, which is 26.40 below 120.00.
    office.days_pass(10);
    office.day(&[("P-MERIDIAN", "2026-03-03", "Z00.00", &[("99396", "", "200.00")])]).await;
    let open = queue(&office, Filter::Open).await;
    let open: Vec<_> = open.iter().map(|item| item.difference.to_string()).collect();
    assert_eq!(open, ["26.40"]);
    let done = queue(&office, Filter::Done).await;
    assert_eq!(done.iter().map(|item| item.state.as_str()).collect::<Vec<_>>(), ["reversed"]);
    office.proves().await;
}

#[tokio::test]
async fn only_a_first_payer_is_held_to_its_contract() {
    let office = Office::open().await;
    import(&office.world, &office.actor, PRICES, &from("2026-01-01")).await.unwrap();
    agreed(&office, "SBXPRAIR", "Prairie 2026", |_| ()).await;
    office.day(&[("P-BOTH", "2026-03-02", "J06.9", &[("99213", "", "150.00")])]).await;
    office.days_pass(1);
    office.send().await;
    office.answers().await;
    assert_eq!(office.claims().await.len(), 2);
    assert_eq!(queue(&office, Filter::Open).await, []);
}

#[tokio::test]
async fn past_claims_under_another_contract_show_the_difference_by_payer_and_code() {
    let office = Office::open().await;
    import(&office.world, &office.actor, PRICES, &from("2026-01-01")).await.unwrap();
    let offer = agreed(&office, "SBXMERID", "Offer", |new| {
        new.standing = firstpass::contracts::Standing::Proposed;
        new.terms.schedule_percent = 90.into();
    })
    .await;
    let denied_in_part = [("99213", "25", "150.00"), ("20610", "RT", "165.00")];
    office
        .day(&[
            ("P-MERIDIAN", "2026-03-02", "M17.11", &denied_in_part),
            ("P-PRAIRIE", "2026-03-03", "M17.11", &[("20610", "RT", "200.00")]),
            ("P-PRAIRIE", "2026-03-04", "J06.9", &[("99213", "", "150.00")]),
            ("P-CORRECTED", "2026-03-05", "Z00.00", &[("99396", "", "200.00")]),
        ])
        .await;
    let past = Past { from: day("2026-03-01"), to: day("2026-03-31"), payer: None };
    let ask = async |tx: &mut _| journey::readjudicate(tx, offer.id, past).await;
    let found = office.world.db.snapshot(&office.actor, ask).await.unwrap();
    assert_eq!((found.claims, found.compared, found.lines, found.complete), (4, 3, 3, true));
    // 99396 is in no schedule.
    let why: Vec<_> = found.not_compared.iter().map(|(why, claims)| (*why, *claims)).collect();
    assert_eq!(why, [(NotCompared::NotInSchedule, 1)]);
    // 20610 at Prairie: 68 % of 200.00 is 136.00, the offer 54.00. 99213: 108.00 each by the offer;
    // Prairie allowed 108.00, Meridian 117.00. All: 270.00 - 361.00.
    let by_code: Vec<String> = found
        .by_code
        .iter()
        .map(|row| {
            format!(
                "{} {} {} {} {} {}",
                row.payer, row.procedure, row.lines, row.allowed, row.other, row.difference
            )
        })
        .collect();
    assert_eq!(
        by_code,
        [
            "Prairie Shield Sandbox 20610 1 136.00 54.00 -82.00",
            "Meridian Mutual Sandbox 99213 1 117.00 108.00 -9.00",
            "Prairie Shield Sandbox 99213 1 108.00 108.00 0.00",
        ]
    );
    let by_payer: Vec<String> =
        found.by_payer.iter().map(|row| format!("{} {} {}", row.name, row.claims, row.difference)).collect();
    assert_eq!(by_payer, ["Prairie Shield Sandbox 2 -82.00", "Meridian Mutual Sandbox 1 -9.00"]);
    assert_eq!(
        (found.allowed.to_string(), found.other.to_string(), found.difference.to_string()),
        ("361.00".into(), "270.00".into(), "-91.00".into())
    );
    let wrong = Past { from: day("2026-03-31"), to: day("2026-03-01"), payer: None };
    let ask = async |tx: &mut _| journey::readjudicate(tx, offer.id, wrong).await;
    let refused = office.world.db.snapshot(&office.actor, ask).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "contracts/days");
}

#[tokio::test]
async fn less_than_the_contract_is_a_variance_where_the_payers_rule_asks_for_a_look() {
    let office = Office::open().await;
    import(&office.world, &office.actor, PRICES, &from("2026-01-01")).await.unwrap();
    agreed(&office, "SBXMERID", "Meridian 2026", |_| ()).await;
    let meridian = payer(&office, "SBXMERID").await;
    let rule = |allows: Vec<Care>| PostingRule { mode: PostingMode::Semi, allows };
    let set = async |rule: PostingRule| {
        let set = async |tx: &mut _| remits::rules::set(tx, meridian, &rule).await;
        office.world.db.transaction(&office.actor, set).await.unwrap();
    };
    set(rule(vec![])).await;
    let visit: &[(&str, &str, &str)] = &[("99213", "", "150.00")];
    office
        .charge(&[("P-MERIDIAN", "2026-03-02", "J06.9", visit), ("P-MERIDIAN", "2026-03-03", "J06.9", visit)])
        .await;
    let numbers = office.send().await;
    // 120.00 by contract. The first answer allows 150.00 - 30.00, the second 150.00 - 33.00.
    let answer = |number: &str, trace: &str, contract: u32| {
        let paid = 150 - contract;
        let body = format!(
            "CLP*{number}*1*150*{paid}**12*P{trace}~SVC*HC:99213*150*{paid}**1~CAS*CO*45*{contract}~"
        );
        file(&[set_from("SBXMERID", trace, &paid.to_string(), &body)])
    };
    let mail = office.receive("1.835", answer(&numbers[0], "T1", 30).as_bytes()).await;
    assert_eq!(mail.remittances[0].outcome, State::Posted);
    let low = answer(&numbers[1], "T2", 33);
    let mail = office.receive("2.835", low.as_bytes()).await;
    let held = &mail.remittances[0];
    assert_eq!(held.outcome, State::Held);
    assert_eq!(held.why, ["ready to post: the payer's rule (semi) wants a person to look at 1 variances"]);
    assert_eq!(queue(&office, Filter::Open).await, []);

    // Where the rule lets variances through it is posted, and the 3.00 are work.
    set(rule(vec![Care::Variance])).await;
    let mail = office.receive("2.835", low.as_bytes()).await;
    assert_eq!(mail.remittances[0].outcome, State::Posted);
    let open = queue(&office, Filter::Open).await;
    assert_eq!(open.iter().map(|one| one.difference.to_string()).collect::<Vec<_>>(), ["3.00"]);
    office.proves().await;
}
