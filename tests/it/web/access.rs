//! What administrators change, and what a person changes of their own.

use firstpass::access::{Role, users};
use firstpass::db::Actor;
use firstpass::types::UserId;

use crate::support::browser::{PASSWORD, Reply, Service};
use crate::support::{self, World};

/// Elm with its one administrator, and her session.
async fn elm(world: &World) -> (Actor, UserId, Service, String) {
    let elm = world.organization("Elm Street").await;
    let ada = world.person(&elm, "ada@elm.example", Role::Admin).await;
    let service = world.serve();
    let cookie = service.cookie("ada@elm.example").await;
    (elm, ada, service, cookie)
}

/// Sends a keyed form of a session.
async fn send(service: &Service, cookie: &str, path: &str, key: &str, fields: &str) -> Reply {
    let csrf = service.csrf(cookie).await;
    service.form(path, &[cookie], &format!("csrf={csrf}&idempotency_key={key}&{fields}")).await
}

/// What the page shows once.
fn secret(page: &str) -> String {
    let (_, rest) = page.split_once(r#"<span class="secret">"#).expect("the page shows a secret");
    rest.split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_person_who_is_taken_in_gets_a_password_once_and_must_choose_another() {
    let world = support::world().await;
    let (_, _, service, ada) = elm(&world).await;
    let fields = "email=wren@elm.example&name=Wren+Tallow&role=biller";
    let page = send(&service, &ada, "/people", "k1", fields).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let password = secret(&page.body);
    let again = send(&service, &ada, "/people", "k1", fields).await;
    assert!(!again.body.contains(&password), "a repeated form shows it no more");
    assert!(!service.get("/people", &[&ada]).await.body.contains(&password));

    let reply = service.log_in("wren@elm.example", &password).await;
    let set = reply.header("Set-Cookie");
    let wren = format!("Cookie: {}", set.split(';').next().unwrap());
    let closed = service.get("/claims", &[&wren]).await;
    assert_eq!((closed.status, closed.header("Location")), (303, "/account".to_owned()));
    let account = service.get("/account", &[&wren]).await.body;
    let csrf = account.split_once(r#"name="csrf" value=""#).unwrap().1.split('"').next().unwrap().to_owned();
    let change = async |current: &str, new: &str, again: &str| {
        let fields = format!("csrf={csrf}&current={current}&new={new}&again={again}");
        service.form("/account/password", &[&wren], &fields).await.status
    };
    assert_eq!(change("not-the-password", "a-longer-one-of-mine", "a-longer-one-of-mine").await, 422);
    assert_eq!(change(&password, "short", "short").await, 422);
    assert_eq!(change(&password, "a-longer-one-of-mine", "another-long-one").await, 422);
    assert_eq!(change(&password, &password, &password).await, 422);
    assert_eq!(change(&password, "a-longer-one-of-mine", "a-longer-one-of-mine").await, 303);
    assert_eq!(service.get("/claims", &[&wren]).await.status, 200);
    assert_eq!(service.log_in("wren@elm.example", &password).await.status, 401);
    assert_eq!(service.log_in("wren@elm.example", "a-longer-one-of-mine").await.status, 303);
}

#[tokio::test]
async fn the_last_administrator_is_neither_removed_nor_demoted() {
    let world = support::world().await;
    let (elm, ada_id, service, ada) = elm(&world).await;
    let demoted = send(&service, &ada, &format!("/people/{ada_id}/role"), "k1", "role=biller").await;
    assert_eq!(demoted.status, 409, "{}", demoted.body);
    assert_eq!(send(&service, &ada, &format!("/people/{ada_id}/remove"), "k2", "").await.status, 409);
    let wren = world.person(&elm, "wren@elm.example", Role::Biller).await;
    assert_eq!(send(&service, &ada, &format!("/people/{wren}/role"), "k3", "role=admin").await.status, 303);
    assert_eq!(
        send(&service, &ada, &format!("/people/{ada_id}/role"), "k4", "role=biller").await.status,
        303
    );
    assert_eq!(service.get("/people", &[&ada]).await.status, 403, "the new role counts at once");
}

#[tokio::test]
async fn a_person_who_is_removed_is_signed_out() {
    let world = support::world().await;
    let (elm, _, service, ada) = elm(&world).await;
    let wren = world.person(&elm, "wren@elm.example", Role::Biller).await;
    let cookie = service.cookie("wren@elm.example").await;
    assert_eq!(send(&service, &ada, &format!("/people/{wren}/remove"), "k1", "").await.status, 303);
    assert_eq!(service.get("/", &[&cookie]).await.status, 303);
    assert_eq!(service.log_in("wren@elm.example", PASSWORD).await.status, 401);
}

#[tokio::test]
async fn nobody_resets_the_password_of_a_person_who_works_elsewhere_or_of_a_stranger() {
    let world = support::world().await;
    let (elm, _, service, ada) = elm(&world).await;
    let oak = world.organization("Oak Hill").await;
    let shared = world.person(&elm, "wren@elm.example", Role::Biller).await;
    world.db.transaction(&oak, async |tx| users::join(tx, shared, Role::Admin).await).await.unwrap();
    let stranger = world.person(&oak, "finn@oak.example", Role::Admin).await;
    let reset = async |id: UserId, key: &str| {
        send(&service, &ada, &format!("/people/{id}/reset-password"), key, "").await.status
    };
    assert_eq!((reset(shared, "k1").await, reset(stranger, "k2").await), (409, 404));
    for verb in ["role", "remove"] {
        let path = format!("/people/{stranger}/{verb}");
        assert_eq!(send(&service, &ada, &path, verb, "role=admin").await.status, 404, "{path}");
    }
    assert_eq!(service.log_in("finn@oak.example", PASSWORD).await.status, 303);
    assert!(!service.get("/people", &[&ada]).await.body.contains("finn@oak.example"));
}

#[tokio::test]
async fn a_key_is_shown_once_says_when_it_was_used_and_is_revoked() {
    let world = support::world().await;
    let (_, _, service, ada) = elm(&world).await;
    let page = send(&service, &ada, "/keys", "k1", "name=lab+feed&role=biller").await.body;
    let key = secret(&page);
    assert!(page.contains("never"), "{page}");
    assert!(!send(&service, &ada, "/keys", "k1", "name=lab+feed&role=biller").await.body.contains(&key));
    let bearer = format!("Authorization: Bearer {key}");
    assert_eq!(service.get("/api/v1/claims", &[&bearer]).await.status, 200);
    let page = service.get("/keys", &[&ada]).await.body;
    assert!(!page.contains("never") && !page.contains(&key), "{page}");
    let (_, rest) = page.split_once(r#"action="/keys/key_"#).unwrap();
    let path = format!("/keys/key_{}", rest.split('"').next().unwrap());
    assert_eq!(send(&service, &ada, &path, "k2", "").await.status, 303);
    assert_eq!(service.get("/api/v1/claims", &[&bearer]).await.status, 401);
}

#[tokio::test]
async fn the_trail_is_read_newest_first_a_page_at_a_time_by_action_and_person() {
    let world = support::world().await;
    let (elm, ada_id, service, ada) = elm(&world).await;
    let oak = world.organization("Oak Hill").await;
    world.person(&oak, "finn@oak.example", Role::Admin).await;
    for (name, key) in [("one", "k1"), ("two", "k2"), ("three", "k3")] {
        send(&service, &ada, "/keys", key, &format!("name={name}&role=biller")).await;
    }
    world.person(&elm, "wren@elm.example", Role::Biller).await;
    let newest = service.get("/audit?limit=1", &[&ada]).await.body;
    assert!(newest.contains(r#"<th scope="row">access/join</th>"#), "{newest}");
    let rows = |page: &str| page.matches(r#"<th scope="row">"#).count();
    let first =
        service.get(&format!("/audit?action=access/create-key&actor={ada_id}&limit=2"), &[&ada]).await;
    assert_eq!((first.status, rows(&first.body)), (200, 2), "{}", first.body);
    let (_, rest) = first.body.split_once(r#"rel="next" href=""#).unwrap();
    let next = rest.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    assert_eq!(rows(&service.get(&next, &[&ada]).await.body), 1);
    assert!(!service.get("/audit", &[&ada]).await.body.contains("Oak Hill"));
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_of_the_person_and_no_other() {
    let world = support::world().await;
    let (elm, _, service, ada) = elm(&world).await;
    world.person(&elm, "wren@elm.example", Role::Biller).await;
    let wren = service.cookie("wren@elm.example").await;
    let elsewhere = service.cookie("ada@elm.example").await;
    let csrf = service.csrf(&ada).await;
    let out = service.form("/account/sign-out-everywhere", &[&ada], &format!("csrf={csrf}")).await;
    assert_eq!(out.status, 303);
    for (cookie, status) in [(&ada, 303), (&elsewhere, 303), (&wren, 200)] {
        assert_eq!(service.get("/", &[cookie]).await.status, status);
    }
}
