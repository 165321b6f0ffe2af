//! What a request gets that cannot be carried out, and keys of programs.

use firstpass::access::{Role, keys};
use firstpass::app;
use firstpass::codes::Codes;
use firstpass::types::{ApiKeyId, Clock};
use firstpass::web::{App, assets};

use crate::support;

#[tokio::test]
async fn a_refusal_is_a_problem_document_under_api_and_a_page_elsewhere() {
    let world = support::world().await;
    let elm = world.organization("Elm").await;
    world.person(&elm, "wren@elm.example", Role::Biller).await;
    let service = world.serve();

    let reply = service.get("/api/v1/nothing-of-this-name", &[]).await;
    assert_eq!((reply.status, reply.header("Content-Type").as_str()), (404, "application/problem+json"));
    assert_eq!(
        reply.json(),
        serde_json::json!({
            "type": "urn:firstpass:web/not-found",
            "title": "There is no such thing",
            "status": 404,
            "detail": "there is no such page",
            "code": "web/not-found",
            "next": "Check the address",
        })
    );

    let page = service.get("/nothing-of-this-name", &[]).await;
    assert_eq!((page.status, page.header("Content-Type").as_str()), (404, "text/html; charset=utf-8"));
    assert!(page.body.contains("There is no such thing"), "{}", page.body);
    assert_eq!(page.header("X-Content-Type-Options"), "nosniff");

    let method = service.send("DELETE", "/login", &[], "").await;
    assert_eq!(method.status, 405, "{}", method.body);
    assert_eq!(method.header("Allow"), "GET, POST", "RFC 9110, 15.5.6");
}

#[tokio::test]
async fn a_programs_key_opens_its_own_practice_until_it_is_revoked() {
    let world = support::world().await;
    let (elm, oak) = (world.organization("Elm Street").await, world.organization("Oak Hill").await);
    let service = world.serve();
    let made = world.db.transaction(&elm, async |tx| keys::create(tx, "lab feed", Role::Biller).await);
    let (id, token) = made.await.unwrap();
    assert!(token.expose().starts_with("fpk_") && token.expose().len() == 68);
    assert_eq!(format!("{token:?}"), "(token)");
    let bearer = format!("Authorization: Bearer {}", token.expose());
    let page = service.get("/", &[&bearer]).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Elm Street") && !page.body.contains("Oak Hill"));
    // A program sends no form, so nothing can make it send one: no token is asked for.
    assert_eq!(service.send("POST", "/logout", &[&bearer], "").await.status, 303);

    let revoke = async |actor, key: ApiKeyId| {
        world.db.transaction(actor, async |tx| keys::revoke(tx, key, service.clock.now()).await).await
    };
    let foreign = revoke(&oak, id).await.unwrap_err();
    assert_eq!(foreign.refusal().unwrap().code, "access/key-not-found");
    assert_eq!(service.get("/", &[&bearer]).await.status, 200);
    revoke(&elm, id).await.unwrap();
    assert_eq!(service.get("/", &[&bearer]).await.status, 303);
}

#[tokio::test]
async fn assets_are_kept_for_good_under_an_address_that_names_their_content() {
    let world = support::world().await;
    let service = world.serve();
    let css = service.get(assets::css(), &[]).await;
    assert_eq!((css.status, css.header("Content-Type").as_str()), (200, "text/css; charset=utf-8"));
    assert_eq!(css.header("Cache-Control"), "public, max-age=31536000, immutable");
    assert_eq!(service.get("/assets/app.000000000000.css", &[]).await.status, 404);
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_to_be() {
    let world = support::world().await;
    let service = world.serve();
    let app = App::new(world.db.clone(), Codes::shipped(), Clock::system(), std::env::temp_dir());
    let fault = app::serve(app, service.address).err().unwrap();
    assert_eq!(fault.refusal().unwrap().code, "serve/port-taken");
}
