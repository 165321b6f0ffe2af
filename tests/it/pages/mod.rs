//! Pages as a browser gets them: one visit of two lines, of which the payer pays one and denies
//! the other, worked out by hand.
//!
//! Charged 150.00 + 165.00 = 315.00; paid 120.00; CO-45 gives up 30.00; CO-197 denies 165.00,
//! which stays owed by the payer.

mod charges;
mod claims;
mod codes;
mod contracts;
mod corrections;
mod credits;
mod denials;
mod deposits;
mod eob;
mod exceptions;
mod files;
mod find;
mod ledger;
mod mail;
mod provider_adjustments;
mod registry;
mod remittances;
mod rules;

use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use firstpass::access::{Role, keys};
use firstpass::charges::{Mode, read_sheet};
use firstpass::codes::Codes;
use firstpass::db::Actor;
use firstpass::exchange::files::{Direction, keep};
use firstpass::types::{ClaimId, Clock};
use firstpass::{journey, routes, submissions, web};

use crate::charges::import_charges::file as charge_file;
use crate::support::{self, World};

/// A practice after its first remittance, and a caller of one role.
struct Office {
    world: World,
    actor: Actor,
    claim: ClaimId,
    /// CLM01.
    number: String,
    key: String,
    app: web::App,
}

/// What came back.
struct Answered {
    status: u16,
    location: String,
    no_store: bool,
    html: String,
}

impl Answered {
    /// Fails the test unless every text stands in the page.
    #[track_caller]
    fn has(&self, texts: &[&str]) {
        for text in texts {
            assert!(self.html.contains(text), "the page lacks {text}:\n{}", self.html);
        }
    }

    /// The value of the first input of this name.
    #[track_caller]
    fn value(&self, name: &str) -> &str {
        let quoted = format!("name=\"{name}\" value=\"");
        let at = self.html.find(&quoted).unwrap_or_else(|| panic!("no input {name}")) + quoted.len();
        self.html[at..].split('"').next().unwrap_or_default()
    }

    /// The first address in the page that begins so.
    #[track_caller]
    fn link(&self, begins: &str) -> String {
        self.address("href", begins)
    }

    /// Where the first form goes whose address begins so.
    #[track_caller]
    fn form(&self, begins: &str) -> String {
        self.address("action", begins)
    }

    #[track_caller]
    fn address(&self, attribute: &str, begins: &str) -> String {
        let quoted = format!("{attribute}=\"{begins}");
        let at = self.html.find(&quoted).unwrap_or_else(|| panic!("no {attribute} of {begins}"));
        let rest = &self.html[at + attribute.len() + 2..];
        rest[..rest.find('"').unwrap()].replace("&#38;", "&").replace("&amp;", "&")
    }
}

async fn office() -> Office {
    let world = support::world().await;
    let practice = world.practice("Elm Street").await;
    let actor = practice.actor.clone();
    let clock = Clock::standing_at("2026-04-02T15:00:00Z".parse().unwrap());
    let csv = charge_file(&[
        ("V1", "A-100", "2026-03-02,11,99213,25,1,150.00,E11.9,I10,AB"),
        ("V1", "A-100", "2026-03-02,11,20610,RT,1,165.00,E11.9,I10,A"),
    ]);
    let now = clock.now();
    world
        .db
        .transaction(&actor, async |tx| {
            let kept = keep(tx, csv.as_bytes(), "charges.csv", Direction::In).await?;
            let charges = read_sheet(csv.as_bytes(), None)?;
            journey::import_charges(tx, now, kept.id, charges, Mode::AllOrNothing).await
        })
        .await
        .unwrap();
    journey::scrub_drafts(&world.db, &actor, now, Codes::shipped()).await.unwrap();
    let (claim, number) = world
        .db
        .transaction(&actor, async |tx| {
            let queued = journey::queue_ready(tx, now, Codes::shipped()).await?;
            assert_eq!(queued.len(), 1, "nothing stops the claim");
            let sendings = submissions::of_claim(tx, queued[0].claim).await?;
            Ok((queued[0].claim, sendings[0].control_number.clone()))
        })
        .await
        .unwrap();
    let set = crate::remits::set_from(
        "AETNA1",
        "T77",
        "120",
        &format!(
            "CLP*{number}*1*315*120**12*PCN7~NM1*QC*1*ROE*JANE****MI*W12345~\
             SVC*HC:99213:25*150*120**1~DTM*472*20260302~CAS*CO*45*30~\
             SVC*HC:20610:RT*165*0**1~DTM*472*20260302~CAS*CO*197*165~LQ*HE*N54~"
        ),
    );
    let text = crate::remits::file(&[set]);
    journey::receive_file(&world.db, &actor, &clock, "remit.835", text.as_bytes()).await.unwrap();
    let app = web::App::new(world.db.clone(), Codes::shipped(), clock, std::env::temp_dir());
    let mut office = Office { world, actor, claim, number, key: String::new(), app };
    office.act(&office.actor.clone(), Role::Biller).await;
    office
}

impl Office {
    /// From here on as somebody else.
    async fn act(&mut self, actor: &Actor, role: Role) {
        let made =
            self.world.db.transaction(actor, async |tx| keys::create(tx, "a caller", role).await).await;
        self.key = made.unwrap().1.expose().to_owned();
    }

    async fn get(&self, target: &str) -> Answered {
        self.send(Method::GET, target, "").await
    }

    async fn send(&self, method: Method, target: &str, body: &str) -> Answered {
        self.send_as(method, target, "application/x-www-form-urlencoded", body).await
    }

    async fn send_as(&self, method: Method, target: &str, kind: &str, body: &str) -> Answered {
        let service = init_service(
            actix_web::App::new()
                .wrap(actix_web::middleware::from_fn(web::present))
                .configure(|config| web::configure(config, self.app.clone(), routes::all())),
        )
        .await;
        let target = target.split('#').next().unwrap();
        let request = TestRequest::default()
            .method(method)
            .uri(target)
            .insert_header(("Authorization", format!("Bearer {}", self.key)))
            .insert_header(("Content-Type", kind))
            .set_payload(body.to_owned());
        let response = call_service(&service, request.to_request()).await;
        let text = |name| {
            response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        Answered {
            status: response.status().as_u16(),
            location: text("Location"),
            no_store: text("Cache-Control") == "no-store",
            html: String::from_utf8(read_body(response).await.to_vec()).unwrap(),
        }
    }
}
