//! One's own password and sessions.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Form;
use askama::Template;
use serde::Deserialize;

use crate::access::sessions::{self, Signed};
use crate::access::users::{self, Change};
use crate::db::Who;
use crate::registry::organizations;
use crate::types::{Error, SessionId};
use crate::web::{App, Caller, Chrome, Result, done, page_with_status, see_other, show};

#[derive(Template)]
#[template(path = "access/account/account.html")]
struct AccountPage {
    chrome: Chrome,
    temporary: bool,
    refused: Option<String>,
    sessions: Vec<Row>,
}

struct Row {
    practice: String,
    since: show::Markup,
    used: show::Markup,
    here: bool,
}

/// What the form for a password says.
#[derive(Deserialize)]
pub struct PasswordForm {
    current: String,
    new: String,
    again: String,
}

/// `GET /account`
pub async fn account(app: App, caller: Caller, chrome: Chrome) -> Result<HttpResponse> {
    shown(app, &caller, chrome, None).await
}

async fn shown(app: App, caller: &Caller, chrome: Chrome, refused: Option<String>) -> Result<HttpResponse> {
    let here = caller.session.as_ref().map(|session| session.id);
    let open: Vec<Signed> = match caller.actor.who {
        Who::User(user) => sessions::of_user(&app.db, user, app.clock.now()).await?,
        Who::ApiKey(_) | Who::System(_) => vec![],
    };
    let zone =
        app.db.snapshot(&caller.actor, async |tx| Ok(organizations::current(tx).await?.time_zone)).await?;
    let row = |signed: Signed| Row {
        practice: signed.practice,
        since: show::moment(signed.created_at, zone),
        used: show::moment(signed.last_seen_at, zone),
        here: Some(signed.id) == here,
    };
    let sessions = open.into_iter().map(row).collect();
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let temporary = caller.password_temporary;
    page_with_status(status, &AccountPage { chrome, temporary, refused, sessions })
}

/// `POST /account/password`
pub async fn change_password(
    app: App,
    caller: Caller,
    chrome: Chrome,
    form: Form<PasswordForm>,
) -> Result<HttpResponse> {
    let Some(session) = caller.session.as_ref().map(|session| session.id) else {
        return Ok(see_other("/account"));
    };
    if form.new != form.again {
        let refused = Some("The two new passwords differ. Type the same one twice.".to_owned());
        return shown(app, &caller, chrome, refused).await;
    }
    match changed(&app, &caller, session, &form).await {
        Ok(()) => Ok(done("/account", "The password is changed; your other sessions have ended.")),
        Err(Error::Refused(why)) => {
            shown(app, &caller, chrome, Some(format!("{}. {}.", why.detail, why.next))).await
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn changed(
    app: &App,
    caller: &Caller,
    session: SessionId,
    form: &PasswordForm,
) -> crate::types::Result<()> {
    let change = Change { current: &form.current, new: &form.new, session };
    users::change_password(&app.db, &app.throttle, &caller.actor, change, app.clock.now()).await
}

/// `POST /account/sign-out-everywhere`
pub async fn sign_out_everywhere(app: App, caller: Caller) -> Result<HttpResponse> {
    if let Who::User(user) = caller.actor.who {
        app.db.transaction(&caller.actor, async |tx| sessions::end_all(tx, user).await).await?;
    }
    Ok(see_other("/login"))
}
