//! Signing in, being signed in, signing out.

use chrono::TimeDelta;
use firstpass::access::Role;

use crate::support;
use crate::support::browser::PASSWORD;

#[tokio::test]
async fn a_person_signs_in_sees_the_practice_and_signs_out() {
    let world = support::world().await;
    let elm = world.organization("Elm Street Family Practice").await;
    world.person(&elm, "wren@elm.example", Role::Biller).await;
    let service = world.serve();

    let reply = service.log_in("Wren@Elm.example", PASSWORD).await;
    assert_eq!((reply.status, reply.header("Location")), (303, "/".to_owned()));
    let set = reply.header("Set-Cookie");
    assert!(set.starts_with("firstpass_session="), "{set}");
    for flag in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(set.split("; ").any(|part| part == flag), "{flag} in {set}");
    }

    let cookie = format!("Cookie: {}", set.split(';').next().unwrap());
    let page = service.get("/", &[&cookie]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("Elm Street Family Practice"));
    assert_eq!(page.header("Cache-Control"), "no-store");
    let policy = page.header("Content-Security-Policy");
    assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(page.header("X-Content-Type-Options"), "nosniff");
    assert_eq!(page.header("Referrer-Policy"), "same-origin");
    assert!(!page.body.contains("style=\""), "the policy would refuse an inline style");

    let csrf = service.csrf(&cookie).await;
    let out = service.form("/logout", &[&cookie], &format!("csrf={csrf}")).await;
    assert_eq!((out.status, out.header("Location")), (303, "/login".to_owned()));
    assert_eq!(service.get("/", &[&cookie]).await.status, 303, "the token is worth nothing now");
}

#[tokio::test]
async fn an_unknown_email_and_a_wrong_password_get_the_same_answer() {
    let world = support::world().await;
    let elm = world.organization("Elm").await;
    world.person(&elm, "wren@elm.example", Role::Biller).await;
    let service = world.serve();
    let wrong = service.log_in("wren@elm.example", "not the password").await;
    let unknown = service.log_in("nobody@elm.example", "not the password").await;
    assert_eq!((wrong.status, unknown.status), (401, 401));
    let without = |page: &str, email: &str| page.replace(email, "");
    assert_eq!(without(&wrong.body, "wren@elm.example"), without(&unknown.body, "nobody@elm.example"));
    assert_eq!(wrong.header("Set-Cookie"), "");
}

#[tokio::test]
async fn guessing_is_stopped_after_ten_attempts_even_with_the_right_password() {
    let world = support::world().await;
    let elm = world.organization("Elm").await;
    world.person(&elm, "wren@elm.example", Role::Biller).await;
    let service = world.serve();
    for _ in 0..10 {
        assert_eq!(service.log_in("wren@elm.example", "a guess").await.status, 401);
    }
    assert_eq!(service.log_in("wren@elm.example", PASSWORD).await.status, 429);
    service.clock.advance(TimeDelta::minutes(15));
    assert_eq!(service.log_in("wren@elm.example", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn a_session_ends_when_it_rests_and_after_a_working_day() {
    let world = support::world().await;
    let elm = world.organization("Elm").await;
    world.person(&elm, "wren@elm.example", Role::Biller).await;
    let service = world.serve();

    let cookie = service.cookie("wren@elm.example").await;
    service.clock.advance(TimeDelta::minutes(59));
    assert_eq!(service.get("/", &[&cookie]).await.status, 200);
    service.clock.advance(TimeDelta::minutes(59));
    assert_eq!(service.get("/", &[&cookie]).await.status, 200, "it was used in between");
    service.clock.advance(TimeDelta::minutes(60));
    assert_eq!(service.get("/", &[&cookie]).await.status, 303, "it rested for an hour");

    let cookie = service.cookie("wren@elm.example").await;
    for _ in 0..23 {
        service.clock.advance(TimeDelta::minutes(30));
        assert_eq!(service.get("/", &[&cookie]).await.status, 200);
    }
    service.clock.advance(TimeDelta::minutes(30));
    assert_eq!(service.get("/", &[&cookie]).await.status, 303, "twelve hours are over");
}

#[tokio::test]
async fn a_login_leads_to_the_page_that_was_wanted_and_never_elsewhere() {
    let world = support::world().await;
    let elm = world.organization("Elm").await;
    world.person(&elm, "wren@elm.example", Role::Biller).await;
    let service = world.serve();
    let sent = service.get("/?a=b", &[]).await;
    assert_eq!((sent.status, sent.header("Location")), (303, "/login?next=/%3Fa%3Db".to_owned()));
    for (next, leads_to) in [
        ("/claims%3Fview%3Dheld", "/claims?view=held"),
        ("https%3A%2F%2Fevil.example", "/"),
        ("%2F%2Fevil.example", "/"),
        ("/%5Cevil.example", "/"),
    ] {
        let fields = format!("email=wren@elm.example&password={}&next={next}", PASSWORD.replace(' ', "+"));
        let reply = service.form("/login", &[], &fields).await;
        assert_eq!(reply.header("Location"), leads_to, "{next}");
    }
}

#[tokio::test]
async fn a_form_of_a_session_without_its_token_changes_nothing() {
    let world = support::world().await;
    let elm = world.organization("Elm").await;
    world.person(&elm, "wren@elm.example", Role::Biller).await;
    let service = world.serve();
    let cookie = service.cookie("wren@elm.example").await;
    let csrf = service.csrf(&cookie).await;
    for fields in ["", "csrf=", "csrf=0000", "other=1"] {
        let reply = service.form("/logout", &[&cookie], fields).await;
        assert_eq!(reply.status, 403, "{fields}");
    }
    let plain = service.send("POST", "/logout", &[&cookie, "Content-Type: text/plain"], "csrf=x").await;
    assert_eq!(plain.status, 403);
    assert_eq!(service.get("/", &[&cookie]).await.status, 200, "still signed in");
    let header = format!("X-CSRF-Token: {csrf}");
    assert_eq!(service.send("POST", "/logout", &[&cookie, &header], "").await.status, 303);
}

#[tokio::test]
async fn another_sites_form_cannot_sign_a_browser_in() {
    let world = support::world().await;
    let service = world.serve();
    let fields = "email=a@b.example&password=x";
    let reply = service.form("/login", &["Origin: https://evil.example"], fields).await;
    assert_eq!(reply.status, 403);
    let own = format!("Origin: http://{}", service.address);
    assert_eq!(service.form("/login", &[&own], fields).await.status, 401);
}
