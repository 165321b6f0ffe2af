//! Signing in, being signed in, signing out.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::access::{Known, OpenSession, Role, Throttle, Token, passwords, tokens, users};
use crate::db::schema::{memberships, organizations, sessions, users as people};
use crate::db::{Actor, Db, Tx, Who};
use crate::types::{OrganizationId, Refusal, Result, SessionId, Status, UserId};

/// How long a session may rest. 45 CFR 164.312(a)(2)(iii) asks for an automatic logoff and leaves
/// the time to the practice.
pub const REST: TimeDelta = TimeDelta::hours(1);

/// How long a session lasts at most: a working day.
pub const WHOLE: TimeDelta = TimeDelta::hours(12);

/// A session's last use is kept to this precision, so that reading a page seldom writes.
pub(super) const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);

/// What a login form says.
pub struct Credentials<'a> {
    /// As typed.
    pub email: &'a str,
    /// As typed.
    pub password: &'a str,
    /// Where it comes from: only to count failures.
    pub address: &'a str,
}

/// Signs a person in to the practice they joined last. The token is the cookie's.
///
/// Refused as one and the same (`access/login`) whether the email is unknown, the password wrong,
/// the person disabled or without a practice; `access/too-many-attempts` after too many failures.
pub async fn log_in(
    db: &Db,
    throttle: &Throttle,
    credentials: Credentials<'_>,
    now: DateTime<Utc>,
) -> Result<Token> {
    let email = users::canonical(credentials.email);
    throttle.attempt(&email, credentials.address, now)?;
    let found: Option<(UserId, String, Option<DateTime<Utc>>, OrganizationId)> = db
        .system(async |tx| {
            Ok(people::table
                .inner_join(memberships::table.on(memberships::user_id.eq(people::id)))
                .filter(people::email.eq(&email))
                .order((memberships::created_at.desc(), memberships::organization_id))
                .select((
                    people::id,
                    people::password_hash,
                    people::disabled_at,
                    memberships::organization_id,
                ))
                .first(tx.conn())
                .await
                .optional()?)
        })
        .await?;
    let hash = found.as_ref().map(|(_, hash, ..)| hash.clone());
    let same = passwords::verify(credentials.password.to_owned(), hash).await?;
    let (user, organization) = match found {
        Some((user, _, None, organization)) if same => (user, organization),
        Some((user, .., organization)) => {
            let actor = Actor { organization, who: Who::User(user) };
            db.transaction(&actor, async |tx| {
                tx.audit("access/refuse-login", user, None, serde_json::json!({})).await
            })
            .await?;
            return Err(refused().into());
        }
        None => return Err(refused().into()),
    };
    throttle.succeeded(&email, credentials.address);
    let actor = Actor { organization, who: Who::User(user) };
    db.transaction(&actor, async |tx| open(tx, user, "access/log-in", now, now + WHOLE).await).await
}

/// Opens a session for a member of the transaction's practice.
async fn open(
    tx: &mut Tx,
    user: UserId,
    action: &'static str,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Token> {
    let (id, token) = (SessionId::new(), Token::new("")?);
    // Sessions that are over serve nobody: each login clears them away.
    diesel::delete(sessions::table.filter(sessions::expires_at.lt(now))).execute(tx.conn()).await?;
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(id),
            sessions::organization_id.eq(tx.actor().organization),
            sessions::user_id.eq(user),
            sessions::token_sha256.eq(tokens::hash(token.expose())),
            sessions::csrf_token.eq(Token::new("")?.into_text()),
            sessions::created_at.eq(now),
            sessions::last_seen_at.eq(now),
            sessions::expires_at.eq(until),
        ))
        .execute(tx.conn())
        .await?;
    tx.audit(action, id, None, serde_json::json!({})).await?;
    Ok(token)
}

/// Whose session it is, and notes that it was used; `None` when it is nobody's, or over.
pub async fn find(db: &Db, token: &str, now: DateTime<Utc>) -> Result<Option<Known>> {
    let elsewhere = diesel::alias!(memberships as elsewhere);
    db.system(async |tx| {
        let found: Option<(Row, bool)> =
            sessions::table
                .inner_join(
                    memberships::table.on(memberships::organization_id
                        .eq(sessions::organization_id)
                        .and(memberships::user_id.eq(sessions::user_id))),
                )
                .inner_join(people::table.on(people::id.eq(sessions::user_id)))
                .inner_join(organizations::table.on(organizations::id.eq(sessions::organization_id)))
                .filter(sessions::token_sha256.eq(tokens::hash(token)))
                .filter(sessions::expires_at.gt(now).and(sessions::last_seen_at.gt(now - REST)))
                .filter(people::disabled_at.is_null())
                .select((
                    Row::as_select(),
                    exists(
                        elsewhere.filter(elsewhere.field(memberships::user_id).eq(sessions::user_id).and(
                            elsewhere.field(memberships::organization_id).ne(sessions::organization_id),
                        )),
                    ),
                ))
                .first(tx.conn())
                .await
                .optional()?;
        let Some((row, works_elsewhere)) = found else { return Ok(None) };
        if now - row.last_seen_at >= TOUCH_EVERY {
            diesel::update(sessions::table.find(row.id))
                .set(sessions::last_seen_at.eq(now))
                .execute(tx.conn())
                .await?;
        }
        Ok(Some(Known {
            actor: Actor { organization: row.organization_id, who: Who::User(row.user_id) },
            role: row.role.parse().map_err(anyhow::Error::from)?,
            name: row.name,
            organization: row.organization,
            production: row.usage_indicator == "P",
            works_elsewhere,
            password_temporary: row.password_temporary,
            session: Some(OpenSession { id: row.id, csrf_token: row.csrf_token }),
        }))
    })
    .await
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: SessionId,
    organization_id: OrganizationId,
    user_id: UserId,
    csrf_token: String,
    last_seen_at: DateTime<Utc>,
    #[diesel(select_expression = memberships::role)]
    role: String,
    #[diesel(select_expression = people::password_temporary)]
    password_temporary: bool,
    #[diesel(select_expression = people::name)]
    name: String,
    #[diesel(select_expression = organizations::name)]
    organization: String,
    #[diesel(select_expression = organizations::usage_indicator)]
    usage_indicator: String,
}

/// A practice that a person works for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Practice {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// As what the person works for it.
    pub role: Role,
}

/// The practices of a person, by name.
pub async fn practices(db: &Db, user: UserId) -> Result<Vec<Practice>> {
    let rows: Vec<(OrganizationId, String, String)> = db
        .system(async |tx| {
            Ok(memberships::table
                .inner_join(organizations::table.on(organizations::id.eq(memberships::organization_id)))
                .filter(memberships::user_id.eq(user))
                .order((organizations::name, organizations::id))
                .select((organizations::id, organizations::name, memberships::role))
                .load(tx.conn())
                .await?)
        })
        .await?;
    let read = |(id, name, role): (OrganizationId, String, String)| {
        Ok(Practice { id, name, role: role.parse().map_err(anyhow::Error::from)? })
    };
    rows.into_iter().map(read).collect()
}

/// Leaves one practice for another that the person works for: a fresh token, which is the cookie's
/// from then on, and no hour more than the session before had left. Refused
/// (`access/practice-not-found`) when it is none of theirs, so that nobody learns which there are.
pub async fn switch(
    db: &Db,
    from: &Actor,
    session: SessionId,
    to: OrganizationId,
    now: DateTime<Utc>,
) -> Result<Token> {
    let not_found = || {
        let what = "you work for no such practice";
        Refusal::new("access/practice-not-found", Status::NotFound, what, "Choose one of the list")
    };
    let Who::User(user) = from.who else { return Err(not_found().into()) };
    let until: Option<DateTime<Utc>> = db
        .system(async |tx| {
            let member = memberships::table.find((to, user));
            let until = sessions::table
                .filter(sessions::id.eq(session).and(exists(member)))
                .select(sessions::expires_at);
            Ok(until.first(tx.conn()).await.optional()?)
        })
        .await?;
    let until = until.ok_or_else(not_found)?;
    let chosen = Actor { organization: to, who: Who::User(user) };
    let token = db
        .transaction(&chosen, async |tx| open(tx, user, "access/switch-practice", now, until).await)
        .await?;
    // The trail of a practice tells of its own sessions only, so leaving is a transaction of its own.
    db.transaction(from, async |tx| end(tx, session).await).await?;
    Ok(token)
}

/// A session as its person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Signed {
    /// Its id.
    pub id: SessionId,
    /// The practice that it opens.
    pub practice: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was used last.
    pub last_seen_at: DateTime<Utc>,
}

/// The sessions of a person that are open, the one used last first.
pub async fn of_user(db: &Db, user: UserId, now: DateTime<Utc>) -> Result<Vec<Signed>> {
    db.system(async |tx| {
        Ok(sessions::table
            .inner_join(organizations::table.on(organizations::id.eq(sessions::organization_id)))
            .filter(sessions::user_id.eq(user))
            .filter(sessions::expires_at.gt(now).and(sessions::last_seen_at.gt(now - REST)))
            .order((sessions::last_seen_at.desc(), sessions::id))
            .select((sessions::id, organizations::name, sessions::created_at, sessions::last_seen_at))
            .load(tx.conn())
            .await?)
    })
    .await
}

/// Signs a person out of every browser.
pub async fn end_all(tx: &mut Tx, user: UserId) -> Result<()> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(tx.conn()).await?;
    tx.audit("access/log-out-everywhere", user, None, serde_json::json!({})).await
}

/// Signs out.
pub async fn end(tx: &mut Tx, session: SessionId) -> Result<()> {
    diesel::delete(sessions::table.find(session)).execute(tx.conn()).await?;
    tx.audit("access/log-out", session, None, serde_json::json!({})).await
}

fn refused() -> Refusal {
    Refusal::new(
        "access/login",
        Status::Unauthenticated,
        "the email or the password is wrong",
        "Check both and try again",
    )
}
