//! The API as a practice's own program uses it: `/api/v1`, one file for each feature's routes.

mod charges;
mod claims;
mod codes;
mod contracts;
mod corrections;
mod denials;
mod deposits;
mod exceptions;
mod ledger;
mod mail;
mod openapi;
mod remittances;
mod rules;

use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use firstpass::access::{Role, keys};
use firstpass::codes::Codes;
use firstpass::db::Actor;
use firstpass::types::Clock;
use firstpass::{routes, web};
use serde_json::Value;

use crate::charges::import_charges::file;
use crate::support::practice::Practice;
use crate::support::{self, World};

/// A practice, and a program with a key of one of its roles.
pub struct Api {
    pub world: World,
    pub practice: Practice,
    key: Option<String>,
    app: web::App,
}

/// What came back.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub kind: String,
    pub replayed: bool,
    pub body: Value,
}

/// A program of the practice's manager, on 10 March 2026.
pub async fn api() -> Api {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let clock = Clock::standing_at("2026-03-10T15:00:00Z".parse().unwrap());
    let app = web::App::new(world.db.clone(), Codes::shipped(), clock, std::env::temp_dir());
    let mut api = Api { world, practice, key: None, app };
    api.key = Some(api.key_of(&api.practice.actor, Role::Manager).await);
    api
}

impl Api {
    async fn key_of(&self, actor: &Actor, role: Role) -> String {
        let (_, token) = self
            .world
            .db
            .transaction(actor, async |tx| keys::create(tx, "practice system", role).await)
            .await
            .unwrap();
        token.expose().to_owned()
    }

    /// The same server, to a program with another role.
    pub async fn as_role(&mut self, role: Role) {
        self.key = Some(self.key_of(&self.practice.actor, role).await);
    }

    /// The same server, to a program of another practice.
    pub async fn as_another_practice(&mut self) {
        let other = self.world.practice("Oak Street").await;
        self.key = Some(self.key_of(&other.actor, Role::Manager).await);
    }

    /// The same server, to nobody it knows.
    pub fn as_nobody(&mut self) {
        self.key = None;
    }

    /// Sends a request as it stands.
    pub async fn send(&self, method: Method, target: &str, headers: &[(&str, &str)], body: &str) -> Answered {
        let service = init_service(
            actix_web::App::new().configure(|config| web::configure(config, self.app.clone(), routes::all())),
        )
        .await;
        let mut request = TestRequest::default().method(method).uri(target).set_payload(body.to_owned());
        for header in headers {
            request = request.insert_header(*header);
        }
        if let Some(key) = &self.key {
            request = request.insert_header(("Authorization", format!("Bearer {key}")));
        }
        let response = call_service(&service, request.to_request()).await;
        let text = |name| {
            response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        let (status, kind) = (response.status().as_u16(), text("Content-Type"));
        let replayed = text("Idempotent-Replayed") == "true";
        let body = read_body(response).await;
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answered { status, kind, replayed, body }
    }

    pub async fn get(&self, target: &str) -> Answered {
        self.send(Method::GET, target, &[], "").await
    }

    /// Writes under a fresh key.
    pub async fn post(&self, target: &str, kind: &str, body: &str) -> Answered {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let key = format!("key-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.post_as(&key, target, kind, body).await
    }

    pub async fn post_as(&self, key: &str, target: &str, kind: &str, body: &str) -> Answered {
        let headers = [("Content-Type", kind), ("Idempotency-Key", key)];
        self.send(Method::POST, target, &headers, body).await
    }

    /// Imports visits, each of one line.
    pub async fn import(&self, rows: &[(&str, &str, &str)]) {
        let answer = self.post("/api/v1/charges/imports", "text/csv", &file(rows)).await;
        assert_eq!((answer.status, &answer.body["problems"]), (200, &serde_json::json!([])));
    }

    /// The only claim.
    pub async fn claim(&self) -> Value {
        let mut answer = self.get("/api/v1/claims").await;
        assert_eq!(answer.status, 200);
        let items = answer.body["items"].as_array_mut().unwrap();
        assert_eq!(items.len(), 1);
        items.remove(0)
    }

    /// Every item of a list, two at a time, and how many pages that took.
    pub async fn walk(&self, target: &str) -> (Vec<Value>, usize) {
        let (mut all, mut pages, mut after) = (vec![], 0, String::new());
        loop {
            let join = if target.contains('?') { '&' } else { '?' };
            let mut answer = self.get(&format!("{target}{join}limit=2{after}")).await;
            assert_eq!(answer.status, 200, "{:?}", answer.body);
            all.append(answer.body["items"].as_array_mut().unwrap());
            pages += 1;
            match answer.body["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return (all, pages),
            }
        }
    }
}

impl Answered {
    /// The problem document has this status and code.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status, self.body["code"].as_str(), self.body["status"].as_u64(), self.kind.as_str()),
            (status, Some(code), Some(status.into()), "application/problem+json"),
            "{:?}",
            self.body
        );
        assert_eq!(self.body["type"], format!("urn:firstpass:{code}"));
    }
}

/// The text of each item under a pointer.
pub fn each(items: &[Value], pointer: &str) -> Vec<String> {
    items
        .iter()
        .map(|item| match item.pointer(pointer) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => "-".to_owned(),
        })
        .collect()
}

/// A path of the API with the id of something.
pub fn of(folder: &str, thing: &Value) -> String {
    format!("/api/v1/{folder}/{}", thing["id"].as_str().unwrap())
}
