//! People, keys and the audit trail.

use std::cell::RefCell;

use actix_web::HttpResponse;
use actix_web::web::{Form, Path, Query};
use askama::Template;
use serde::Deserialize;

use crate::access::members::{self, Member};
use crate::access::users::{self, NewUser};
use crate::access::{Role, keys, trail};
use crate::db::idempotency::Answer;
use crate::registry::organizations;
use crate::types::{ApiKeyId, AuditEventId, UserId};
use crate::web::{App, Caller, Chrome, Keyed, Nothing, Page, Paging, Result, done, page, query_value, show};

/// What is shown once and stored nowhere.
struct Secret {
    says: String,
    text: Option<String>,
}

// ---- people ----

#[derive(Template)]
#[template(path = "access/admin/people.html")]
struct PeoplePage {
    chrome: Chrome,
    people: Vec<(Member, show::Markup)>,
    roles: [Role; 5],
    secret: Option<Secret>,
}

/// Who is to be taken in.
#[derive(Deserialize)]
pub struct InviteForm {
    email: String,
    name: String,
    role: Role,
}

/// A member's role to be.
#[derive(Deserialize)]
pub struct RoleForm {
    role: Role,
}

/// `GET /people`
pub async fn people(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    shown_people(&app, &caller, chrome, None).await
}

async fn shown_people(
    app: &App,
    caller: &Caller,
    chrome: Chrome,
    secret: Option<Secret>,
) -> Result<HttpResponse> {
    let (people, zone) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            Ok((members::list(tx).await?, organizations::current(tx).await?.time_zone))
        })
        .await?;
    let since = |member: Member| {
        let since = show::moment(member.since, zone);
        (member, since)
    };
    let people = people.into_iter().map(since).collect();
    page(&PeoplePage { chrome, people, roles: Role::ALL, secret })
}

/// `POST /people`
pub async fn invite(
    app: App,
    caller: Caller,
    chrome: Chrome,
    write: Keyed<Form<InviteForm>>,
) -> Result<HttpResponse> {
    let InviteForm { email, name, role } = &*write.body;
    let password = users::generated_password()?;
    let digest = users::hashed(&password).await?;
    let new = NewUser { email, name, role: *role };
    // The stored answer says whether the person is new; the password is in none.
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            let (_, is_new) = members::invite(tx, &new, &digest).await?;
            Ok(Answer { status: 200, body: is_new })
        })
        .await?;
    let secret = match (once.answer.body, once.replayed) {
        (true, false) => Secret {
            says: format!(
                "{email} signs in with this password once, then chooses another. It is not shown again."
            ),
            text: Some(password),
        },
        (true, true) => Secret { says: format!("{email} is in. The password was shown once."), text: None },
        (false, _) => {
            Secret { says: format!("{email} is in, and keeps the password they have."), text: None }
        }
    };
    shown_people(&app, &caller, chrome, Some(secret)).await
}

/// `POST /people/{id}/role`
pub async fn set_role(
    app: App,
    caller: Caller,
    id: Path<UserId>,
    write: Keyed<Form<RoleForm>>,
) -> Result<HttpResponse> {
    let role = write.body.role;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            members::set_role(tx, *id, role).await?;
            Ok(Answer { status: 303, body: format!("The role is {role} now.") })
        })
        .await?;
    Ok(done("/people", &once.answer.body))
}

/// `POST /people/{id}/remove`
pub async fn remove(
    app: App,
    caller: Caller,
    id: Path<UserId>,
    write: Keyed<Form<Nothing>>,
) -> Result<HttpResponse> {
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            members::remove(tx, *id).await?;
            Ok(Answer { status: 303, body: "The person no longer works for the practice.".to_owned() })
        })
        .await?;
    Ok(done("/people", &once.answer.body))
}

/// `POST /people/{id}/reset-password`
pub async fn reset_password(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<UserId>,
    write: Keyed<Form<Nothing>>,
) -> Result<HttpResponse> {
    let password = users::generated_password()?;
    let digest = users::hashed(&password).await?;
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            members::reset_password(tx, *id, &digest).await?;
            Ok(Answer { status: 200, body: () })
        })
        .await?;
    let secret = if once.replayed {
        Secret { says: "The password was shown once.".to_owned(), text: None }
    } else {
        Secret {
            says: "The new password, to be changed at the next login. It is not shown again.".into(),
            text: Some(password),
        }
    };
    shown_people(&app, &caller, chrome, Some(secret)).await
}

// ---- keys ----

#[derive(Template)]
#[template(path = "access/admin/keys.html")]
struct KeysPage {
    chrome: Chrome,
    keys: Vec<KeyRow>,
    roles: [Role; 5],
    secret: Option<Secret>,
}

struct KeyRow {
    id: ApiKeyId,
    name: String,
    prefix: String,
    role: String,
    made: show::Markup,
    used: Option<show::Markup>,
    revoked: Option<show::Markup>,
}

/// What a key is for.
#[derive(Deserialize)]
pub struct KeyForm {
    name: String,
    role: Role,
}

/// `GET /keys`
pub async fn api_keys(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    shown_keys(&app, &caller, chrome, None).await
}

async fn shown_keys(
    app: &App,
    caller: &Caller,
    chrome: Chrome,
    secret: Option<Secret>,
) -> Result<HttpResponse> {
    let (keys, zone) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            Ok((keys::list(tx).await?, organizations::current(tx).await?.time_zone))
        })
        .await?;
    let keys = keys
        .into_iter()
        .map(|key| KeyRow {
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            role: key.role,
            made: show::moment(key.created_at, zone),
            used: key.last_used_at.map(|at| show::moment(at, zone)),
            revoked: key.revoked_at.map(|at| show::moment(at, zone)),
        })
        .collect();
    page(&KeysPage { chrome, keys, roles: Role::ALL, secret })
}

/// `POST /keys`
pub async fn create_key(
    app: App,
    caller: Caller,
    chrome: Chrome,
    write: Keyed<Form<KeyForm>>,
) -> Result<HttpResponse> {
    let KeyForm { name, role } = &*write.body;
    // The last try's: those before it left no key.
    let made = RefCell::new(None);
    write
        .key
        .once(&app, &caller, async |tx| {
            let (id, token) = keys::create(tx, name, *role).await?;
            made.replace(Some(token));
            Ok(Answer { status: 200, body: id })
        })
        .await?;
    let secret = match made.into_inner() {
        Some(token) => Secret {
            says: format!("The key of {name}. It is not shown again."),
            text: Some(token.expose().to_owned()),
        },
        None => Secret { says: format!("The key of {name} was shown once."), text: None },
    };
    shown_keys(&app, &caller, chrome, Some(secret)).await
}

/// `POST /keys/{id}/revoke`
pub async fn revoke_key(
    app: App,
    caller: Caller,
    id: Path<ApiKeyId>,
    write: Keyed<Form<Nothing>>,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let once = write
        .key
        .once(&app, &caller, async |tx| {
            keys::revoke(tx, *id, now).await?;
            Ok(Answer { status: 303, body: "The key opens nothing any more.".to_owned() })
        })
        .await?;
    Ok(done("/keys", &once.answer.body))
}

// ---- the audit trail ----

#[derive(Template)]
#[template(path = "access/admin/audit.html")]
struct AuditPage {
    chrome: Chrome,
    rows: Vec<AuditRow>,
    people: Vec<Member>,
    action: String,
    actor: String,
    continued: bool,
    next: Option<String>,
    filter: String,
}

struct AuditRow {
    at: show::Markup,
    actor: String,
    name: String,
    action: String,
    subject: String,
    detail: String,
}

/// What of the trail is asked for.
#[derive(Deserialize)]
pub struct AuditQuery {
    #[serde(default)]
    action: String,
    #[serde(default)]
    actor: String,
    after: Option<String>,
    limit: Option<i64>,
}

/// `GET /audit`
pub async fn audit(
    app: App,
    caller: Caller,
    chrome: Chrome,
    asked: Query<AuditQuery>,
) -> Result<HttpResponse> {
    let AuditQuery { action, actor, after, limit } = asked.into_inner();
    let paging = Paging { after, limit };
    let after: Option<AuditEventId> = paging.after()?;
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let (wanted_action, wanted_actor) = (given(&action), given(&actor));
    let (events, people, zone) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            let limit = paging.limit() + 1;
            let events =
                trail::list(tx, wanted_action.as_deref(), wanted_actor.as_deref(), after, limit).await?;
            Ok((events, members::list(tx).await?, organizations::current(tx).await?.time_zone))
        })
        .await?;
    let found = Page::of(events, &paging, |event| event.id)?;
    let rows = found
        .items
        .into_iter()
        .map(|event| AuditRow {
            at: show::moment(event.occurred_at, zone),
            actor: event.actor,
            name: event.name,
            action: event.action,
            subject: event.subject,
            detail: if event.detail == serde_json::json!({}) {
                String::new()
            } else {
                event.detail.to_string()
            },
        })
        .collect();
    let filter = format!("action={}&actor={}", query_value(&action), query_value(&actor));
    let continued = after.is_some();
    page(&AuditPage { chrome, rows, people, action, actor, continued, next: found.next, filter })
}
