//! A person who works for several practices.

use chrono::TimeDelta;
use firstpass::access::{Role, users};
use firstpass::db::Actor;

use crate::support::browser::{PASSWORD, Service};
use crate::support::{self, World};

/// Wren: a biller of Elm, an admin of Oak.
async fn two(world: &World) -> (Actor, Actor) {
    let (elm, oak) = (world.organization("Elm Street").await, world.organization("Oak Hill").await);
    let wren = world.person(&elm, "wren@elm.example", Role::Biller).await;
    world.db.transaction(&oak, async |tx| users::join(tx, wren, Role::Admin).await).await.unwrap();
    (elm, oak)
}

/// Switches; the header line of the session that begins.
async fn switch(service: &Service, cookie: &str, to: &Actor) -> String {
    let fields = format!("csrf={}&organization={}&next=/", service.csrf(cookie).await, to.organization);
    let reply = service.form("/practices", &[cookie], &fields).await;
    assert_eq!((reply.status, reply.header("Location")), (303, "/".to_owned()), "{}", reply.body);
    let set = reply.header("Set-Cookie");
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
    format!("Cookie: {}", set.split(';').next().unwrap())
}

#[tokio::test]
async fn a_person_of_two_practices_is_asked_which_and_gets_the_role_that_they_have_there() {
    let world = support::world().await;
    let (elm, oak) = two(&world).await;
    let service = world.serve();
    let reply = service.log_in("wren@elm.example", PASSWORD).await;
    assert_eq!((reply.status, reply.header("Location")), (303, "/practices?next=/".to_owned()));
    let cookie = service.cookie("wren@elm.example").await;
    let page = service.get("/practices", &[&cookie]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    for text in ["Elm Street", "Oak Hill", "biller", "admin"] {
        assert!(page.body.contains(text), "{text}");
    }

    let in_elm = switch(&service, &cookie, &elm).await;
    let home = service.get("/", &[&in_elm]).await.body;
    assert!(home.contains("Elm Street, biller") && home.contains("Switch practice"), "{home}");
    assert!(!home.contains("Oak Hill"));
    assert_eq!(service.get("/", &[&cookie]).await.status, 303, "the session before is over");
    let balances = service.get("/api/v1/ledger/balances", &[&in_elm]).await;
    assert_eq!(balances.status, 403, "a biller sees no ledger, whatever Wren is elsewhere");

    let in_oak = switch(&service, &in_elm, &oak).await;
    assert!(service.get("/", &[&in_oak]).await.body.contains("Oak Hill, admin"));
    assert_eq!(service.get("/api/v1/ledger/balances", &[&in_oak]).await.status, 200);
}

#[tokio::test]
async fn a_person_of_one_practice_is_asked_nothing() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    world.person(&elm, "wren@elm.example", Role::Biller).await;
    let service = world.serve();
    assert_eq!(service.log_in("wren@elm.example", PASSWORD).await.header("Location"), "/");
    let cookie = service.cookie("wren@elm.example").await;
    assert!(!service.get("/", &[&cookie]).await.body.contains("Switch practice"));
}

#[tokio::test]
async fn nobody_switches_to_a_practice_that_is_not_theirs_or_by_a_forged_form() {
    let world = support::world().await;
    two(&world).await;
    let ash = world.organization("Ash Lane").await;
    let service = world.serve();
    let cookie = service.cookie("wren@elm.example").await;
    let csrf = service.csrf(&cookie).await;
    let foreign = format!("csrf={csrf}&organization={}", ash.organization);
    let reply = service.form("/practices", &[&cookie], &foreign).await;
    assert_eq!(reply.status, 404);
    assert_eq!(reply.header("Set-Cookie"), "");
    assert!(!reply.body.contains("Ash Lane"));
    let forged = format!("organization={}", ash.organization);
    assert_eq!(service.form("/practices", &[&cookie], &forged).await.status, 403);
    assert_eq!(service.get("/", &[&cookie]).await.status, 200, "nothing has changed");
}

#[tokio::test]
async fn switching_makes_no_session_longer() {
    let world = support::world().await;
    let (elm, _) = two(&world).await;
    let service = world.serve();
    let mut cookie = service.cookie("wren@elm.example").await;
    for _ in 0..23 {
        service.clock.advance(TimeDelta::minutes(30));
        assert_eq!(service.get("/", &[&cookie]).await.status, 200);
    }
    cookie = switch(&service, &cookie, &elm).await;
    service.clock.advance(TimeDelta::minutes(30));
    assert_eq!(service.get("/", &[&cookie]).await.status, 303, "twelve hours since the login are over");
}
