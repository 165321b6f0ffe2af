//! Files that are no good: kept, said to be so, and nothing moves.

use firstpass::db::Who;
use firstpass::registry::organizations::{self, NewOrganization, Usage};
use firstpass::remits::{self, State};
use firstpass::types::Status;

use crate::remits::{clock, furnish, interchange, moved, practice, remit, set};
use crate::support;

#[tokio::test]
async fn what_is_no_x12_is_kept_and_refused() {
    let practice = practice().await;
    for text in ["", "Dear practice, please find enclosed", "ISA*00*broken"] {
        let refused = practice.try_receive(text, &mut vec![]).await.unwrap_err();
        let refusal = refused.refusal().unwrap();
        assert_eq!((refusal.code, refusal.status), ("remits/unreadable", Status::Unreadable), "{text}");
    }
    assert_eq!(practice.count("files where name = 'remit.835'").await, 3);
    assert_eq!(practice.count("remittances").await, 0);
}

#[tokio::test]
async fn an_interchange_without_an_835_is_refused() {
    let practice = practice().await;
    let text = remit("T1", "80", "").replace("ST*835*", "ST*999*");
    let refused = practice.try_receive(&text, &mut vec![]).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "remits/unreadable");
}

#[tokio::test]
async fn a_truncated_file_moves_nothing_and_the_whole_one_posts_later() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let whole = remit("T1", "80", &format!("CLP*{}*1*150*80**12*PCN1~CAS*CO*45*70~", claim.number));
    let cut = &whole[..whole.find("SE*").unwrap()];
    let (report, _) = practice.receive_one(cut).await;
    assert_eq!((report.outcome, moved(&report)), (State::Held, String::new()));
    assert!(!report.why.is_empty());
    assert_eq!(practice.status(&claim).await, "accepted");
    let (report, _) = practice.receive_one(&whole).await;
    assert_eq!(report.outcome, State::Posted);
    practice.proves().await;
}

#[tokio::test]
async fn other_delimiters_and_line_breaks_are_read_as_well() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let body =
        format!("CLP*{}*1*150*80**12*PCN1~SVC*HC:99213:25*150*80**1~CAS*CO*45*70~REF*6R*L1~", claim.number);
    let text = remit("T1", "80", &body).replace('*', "|").replace(':', ">").replace('~', "'\r\n");
    let (report, decisions) = practice.receive_one(&text).await;
    assert_eq!(report.outcome, State::Posted);
    assert_eq!(decisions[0].answer.lines[0].modifiers, ["25"]);
    practice.proves().await;
}

#[tokio::test]
async fn an_amount_that_is_no_number_holds_the_set_with_its_place() {
    let practice = practice().await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let text = remit("T1", "80", &format!("CLP*{}*1*150*8O**12*PCN1~CAS*CO*45*70~", claim.number));
    let (report, _) = practice.receive_one(&text).await;
    assert_eq!((report.outcome, moved(&report)), (State::Held, String::new()));
    let place = format!("CLP at byte {}", text.find("CLP*").unwrap());
    assert!(report.why.iter().any(|why| why.starts_with(&place)), "{:?}", report.why);
}

#[tokio::test]
async fn a_test_file_moves_no_money_of_a_practice_in_production() {
    let world = support::world().await;
    let new = NewOrganization {
        name: "Elm Street",
        time_zone: chrono_tz::America::Chicago,
        control_number_prefix: "PRD",
        usage: Usage::Production,
    };
    let made = organizations::create(&world.db, Who::System("test"), &new).await.unwrap();
    let actor = firstpass::db::Actor::system("test", made.id);
    let practice = furnish(world, actor, "PRD").await;
    let claim = practice.claim(&[("99213", "150.00")]).await;
    let sets = [set("T1", "80", &format!("CLP*{}*1*150*80**12*PCN1~CAS*CO*45*70~", claim.number))];
    let (report, _) = practice.receive_one(&interchange('T', &sets)).await;
    assert_eq!(report.outcome, State::Held);
    assert_eq!(report.why, ["ISA15 says test, and the organization is in production"]);
    let (report, _) = practice.receive_one(&interchange('P', &sets)).await;
    assert_eq!(report.outcome, State::Posted);
    practice.proves().await;
}

#[tokio::test]
async fn a_held_set_is_looked_at_again_on_request() {
    let practice = practice().await;
    let (report, _) = practice.receive_one(&remit("T1", "1", "PLB*1*20261231*L6*-2~")).await;
    let db = &practice.world.db;
    let again = remits::retry(db, &practice.actor, report.remittance, &clock(), &mut ()).await.unwrap();
    assert_eq!((again.outcome, again.remittance), (State::Held, report.remittance));
    assert_eq!(again.why, report.why);
    let other = practice.world.organization("Oak Avenue").await;
    let refused = remits::retry(db, &other, report.remittance, &clock(), &mut ()).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, "remits/not-found");
}
