//! Small balances: what a rule gives up, and what it never does.

use diesel::sql_query;
use diesel::sql_types::{Text, Uuid};
use diesel_async::RunQueryDsl;
use firstpass::credits::small_balances::nightly::{self, GiveUpSmallBalances};
use firstpass::credits::small_balances::{self, NewRule, Rule, Run, Side};
use firstpass::db::jobs::Job;
use firstpass::db::{Actor, Tx};
use firstpass::denials::{self, NewDenial};
use firstpass::journey;
use firstpass::remits::{Decision, Effect};
use firstpass::types::{Clock, Result, SmallBalanceWriteOffId};

use super::{dollars, proofs, proves, refused};
use crate::remits::{Practice, Sent, practice, remit};
use crate::support::practice::day;

/// Sixty days after the payments of 1 April.
fn later() -> Clock {
    Clock::standing_at("2026-05-31T15:00:00Z".parse().unwrap())
}

async fn rule(practice: &Practice, side: Side, limit: &str, note: Option<&str>) -> Result<Rule> {
    let new = NewRule { limit: dollars(limit), age_days: 60, in_force: true, note: note.map(str::to_owned) };
    let now = later().now();
    let work = async |tx: &mut Tx| small_balances::set_rule(tx, now, side, &new).await;
    practice.world.db.transaction(&practice.actor, work).await
}

pub async fn run(practice: &Practice) -> Run {
    let now = later().now();
    let work = async |tx: &mut Tx| small_balances::run(tx, now).await;
    practice.world.db.transaction(&practice.actor, work).await.unwrap()
}

async fn due(practice: &Practice, on: &str) -> Vec<String> {
    let look = async |tx: &mut Tx| small_balances::due(tx, day(on)).await;
    let run = practice.world.db.snapshot(&practice.actor, look).await.unwrap();
    run.balances.iter().map(|one| format!("{} {}", one.side.as_str(), one.amount)).collect()
}

async fn undo(practice: &Practice, id: SmallBalanceWriteOffId) -> Result<()> {
    let now = later().now();
    let work = async |tx: &mut Tx| small_balances::undo(tx, now, id, "the payer will pay it").await;
    practice.world.db.transaction(&practice.actor, work).await
}

/// 150.00 charged: the payer pays all but `left` and 33.00 by contract, and says nothing of what is left
/// that denies it: it is an earlier payer's (OA-23), which moves nothing.
async fn left_with_payer(practice: &Practice, left: &str) -> Sent {
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let paid = dollars("117.00") - dollars(left);
    let body = format!("CLP*{}*1*150*{paid}**12*PCN1~CAS*CO*45*33~CAS*OA*23*{left}~", claim.number);
    practice.receive_one(&remit(&format!("T{}", claim.number), &paid.to_string(), &body)).await;
    claim
}

/// The same, and `left` is the patient's copay.
async fn left_with_patient(practice: &Practice, left: &str) -> Sent {
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let paid = dollars("117.00") - dollars(left);
    let body = format!("CLP*{}*1*150*{paid}*{left}*12*PCN1~CAS*CO*45*33~CAS*PR*3*{left}~", claim.number);
    practice.receive_one(&remit(&format!("T{}", claim.number), &paid.to_string(), &body)).await;
    claim
}

/// A payer left this of a visit of long ago by the machine's clock, and a rule of up to 4.99 stands.
pub async fn due_long_ago(practice: &Practice, left: &str) {
    left_with_payer(practice, left).await;
    rule(practice, Side::Payer, "4.99", None).await.unwrap();
}

#[tokio::test]
async fn a_payers_small_balance_is_given_up_after_its_days_by_a_version_of_the_rule() {
    let practice = practice().await;
    let small = left_with_payer(&practice, "4.99").await;
    let large = left_with_payer(&practice, "5.00").await;
    // Charged and not decided: nothing is given up before the payer has answered.
    practice.claim(&[("99213", "3.00")]).await;
    assert!(due(&practice, "2026-05-31").await.is_empty(), "without a rule nothing is");
    refused(rule(&practice, Side::Payer, "25.01", None).await, "credits/small-balance-rule");
    assert_eq!(rule(&practice, Side::Payer, "4.99", None).await.unwrap().version, 1);
    assert!(due(&practice, "2026-05-30").await.is_empty(), "59 days after the first of April");
    assert_eq!(due(&practice, "2026-05-31").await, ["payer 4.99"]);

    let first = run(&practice).await;
    assert_eq!((first.balances.len(), first.amount, first.more), (1, dollars("4.99"), false));
    assert_eq!(first.balances[0].number.as_deref(), Some(small.number.as_str()));
    assert_eq!(practice.owed(&small).await, "insurance 0.00, patient 0.00");
    assert_eq!(practice.owed(&large).await, "insurance 5.00, patient 0.00");
    // 112.01 + 112.00 came; 150 + 150 + 3 - 224.01 - 66.00 - 4.99 = 8.00 are owed.
    assert_eq!(
        practice.books().await,
        "insurance_cash 224.01, insurance_ar 8.00, charges 303.00, contractual_adjustments 66.00, \
         small_balance_write_offs 4.99"
    );
    assert!(run(&practice).await.balances.is_empty(), "again it finds nothing");
    assert_eq!(
        proofs(&practice, &practice.actor).await[4].detail,
        "small-balance write-offs 4.99: 1 by rule 4.99, 0 are undone, other documents 0.00"
    );
    proves(&practice).await;

    assert_eq!(rule(&practice, Side::Payer, "5.00", None).await.unwrap().version, 2);
    assert_eq!(run(&practice).await.balances[0].version, 2);
    let look = async |tx: &mut Tx| small_balances::write_offs(tx, None, 10).await;
    let all = practice.world.db.snapshot(&practice.actor, look).await.unwrap();
    let by: Vec<_> = all.iter().map(|one| (one.version, one.amount)).collect();
    assert_eq!(by, [(2, dollars("5.00")), (1, dollars("4.99"))]);

    undo(&practice, all[1].id).await.unwrap();
    refused(undo(&practice, all[1].id).await, "credits/no-write-off");
    assert_eq!(practice.owed(&small).await, "insurance 4.99, patient 0.00");
    assert!(due(&practice, "2027-05-31").await.is_empty(), "what a person undid stays until something moves");
    proves(&practice).await;
}

#[tokio::test]
async fn what_is_worked_elsewhere_and_what_is_a_credit_is_never_given_up() {
    let practice = practice().await;
    // 4.00 denied (CO-97), and 4.00 too much.
    let denied = practice.claim(&[("99213", "150.00")]).await;
    let body = format!("CLP*{}*1*150*113**12*PCN1~CAS*CO*45*33~CAS*CO*97*4~", denied.number);
    let (_, decisions) = practice.receive_one(&remit("T1", "113", &body)).await;
    open_denial(&practice, &decisions[0]).await;
    let credit = practice.claim(&[("99213", "150.00")]).await;
    let body = format!("CLP*{}*1*150*121**12*PCN1~CAS*CO*45*33~CAS*OA*23*-4~", credit.number);
    practice.receive_one(&remit("T2", "121", &body)).await;
    assert_eq!(practice.owed(&credit).await, "insurance -4.00, patient 0.00");
    rule(&practice, Side::Payer, "4.99", None).await.unwrap();
    assert!(due(&practice, "2027-05-31").await.is_empty());
    proves(&practice).await;
}

/// Opens the denial of a decision, as the journey does.
async fn open_denial(practice: &Practice, decision: &Decision) {
    let Effect::Posted(posted) = &decision.effect else { panic!("not posted") };
    let denied = &posted.denials[0];
    let denial = NewDenial {
        claim: decision.claim.id,
        remit_claim: decision.remit_claim,
        line_no: None,
        group: denied.group,
        reason: denied.reason.clone(),
        remarks: vec![],
        amount: denied.amount,
        category: denials::category(&denied.reason, &[]),
        appeal_by: day("2026-09-28"),
    };
    let work = async |tx: &mut Tx| {
        assert_eq!(denials::open(tx, day("2026-04-02"), &[denial]).await?, 1);
        tx.audit("credits/test", practice.payer, None, serde_json::json!({})).await
    };
    practice.world.db.transaction(&practice.actor, work).await.unwrap();
}

#[tokio::test]
async fn patients_balances_are_given_up_by_a_named_policy_only_and_never_of_medicare() {
    let practice = practice().await;
    left_with_patient(&practice, "4.50").await;
    rule(&practice, Side::Payer, "25.00", None).await.unwrap();
    assert!(due(&practice, "2026-05-31").await.is_empty(), "a rule about payers is none about patients");
    refused(rule(&practice, Side::Patient, "4.99", None).await, "credits/small-balance-rule");
    rule(&practice, Side::Patient, "4.99", Some("Policy 12: under the cost of a statement")).await.unwrap();
    assert_eq!(due(&practice, "2026-05-31").await, ["patient 4.50"]);
    let payer = practice.payer;
    let medicare = async |tx: &mut Tx| {
        sql_query("update payers set filing_indicator = $1 where id = $2")
            .bind::<Text, _>("MB")
            .bind::<Uuid, _>(payer)
            .execute(tx.conn())
            .await?;
        tx.audit("credits/test", payer, None, serde_json::json!({})).await
    };
    practice.world.db.transaction(&practice.actor, medicare).await.unwrap();
    assert!(due(&practice, "2026-05-31").await.is_empty());
    assert!(run(&practice).await.balances.is_empty());
    proves(&practice).await;
}

async fn by_night(practice: &Practice) -> String {
    let actor = Actor::system(GiveUpSmallBalances::KIND, practice.actor.organization);
    let night = nightly::run_by_night(&practice.world.db, &actor, &later()).await.unwrap();
    format!("{} of {}", night.written_off, night.amount)
}

async fn nightly(practice: &Practice, on: bool) {
    let now = later().now();
    let set = async |tx: &mut Tx| nightly::set_schedule(tx, now, on).await;
    practice.world.db.transaction(&practice.actor, set).await.unwrap();
}

#[tokio::test]
async fn the_rules_run_by_night_once_a_day_where_a_person_has_said_so() {
    let practice = practice().await;
    left_with_payer(&practice, "4.99").await;
    rule(&practice, Side::Payer, "4.99", None).await.unwrap();
    assert_eq!(by_night(&practice).await, "0 of 0.00", "off until somebody says so");
    nightly(&practice, true).await;
    assert_eq!(by_night(&practice).await, "1 of 4.99");
    // The system's act, by the version of the rule that a person wrote.
    let organization = practice.actor.organization.uuid();
    let act = "select w.written_off_by || ' by version ' || r.version || ' of ' || split_part(r.made_by, '_', 1) as text
        from small_balance_write_offs w join small_balance_rules r on r.id = w.rule_id where w.organization_id = $1";
    assert_eq!(practice.text(act, organization).await, "system:small_balances by version 1 of system:test");
    let audited = "select string_agg(a.actor || ' ' || (a.detail ->> 'written_off') || ' '
            || jsonb_array_length((a.detail -> 'rules')::jsonb), ', ' order by a.id) as text
        from audit_events a where a.organization_id = $1 and a.action = 'credits/small-balances'";
    assert_eq!(practice.text(audited, organization).await, "system:small_balances 1 1");

    // What has become due since is the next night's.
    left_with_payer(&practice, "3.00").await;
    assert_eq!(due(&practice, "2026-05-31").await, ["payer 3.00"]);
    assert_eq!(by_night(&practice).await, "0 of 0.00");
    nightly(&practice, false).await;
    assert_eq!(by_night(&practice).await, "0 of 0.00");
    proves(&practice).await;
}

#[tokio::test]
async fn a_night_is_asked_for_once_at_two_by_the_practices_clock() {
    let practice = practice().await;
    let asked =
        async |at: &str| journey::ask_for_nights(&practice.world.db, at.parse().unwrap()).await.unwrap();
    let kinds = "select coalesce(string_agg(kind, ', ' order by kind), '') as text from jobs where organization_id = $1";
    let jobs = async || practice.text(kinds, practice.actor.organization.uuid()).await;
    assert_eq!(asked("2026-05-31T15:00:00Z").await, 0, "the first is the night after the first day");
    // Chicago is five hours behind in summer.
    assert_eq!(asked("2026-06-01T06:59:59Z").await, 0);
    assert_eq!(asked("2026-06-01T07:00:00Z").await, 1);
    assert_eq!(asked("2026-06-01T07:00:05Z").await, 0);
    assert_eq!(jobs().await, "look_for_parts");
    nightly(&practice, true).await;
    assert_eq!(asked("2026-06-02T07:00:00Z").await, 1);
    assert_eq!(jobs().await, "look_for_parts, small_balances");
}
