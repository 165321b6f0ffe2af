//! Signing in, being signed in, signing out.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::access::{Known, OpenSession, Throttle, Token, passwords, tokens, users};
use crate::db::schema::{memberships, organizations, sessions, users as people};
use crate::db::{Actor, Db, Tx, Who};
use crate::types::{OrganizationId, Refusal, Result, SessionId, Status, UserId};

/// How long a session may rest. 45 CFR 164.312(a)(2)(iii) asks for an automatic logoff and leaves
/// the time to the practice.
pub const REST: TimeDelta = TimeDelta::hours(1);

/// How long a session lasts at most: a working day.
pub const WHOLE: TimeDelta = TimeDelta::hours(12);

/// A session's last use is kept to this precision, so that reading a page seldom writes.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);

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
    db.transaction(&actor, async |tx| open(tx, user, now).await).await
}

/// Opens a session for a member of the transaction's practice.
async fn open(tx: &mut Tx, user: UserId, now: DateTime<Utc>) -> Result<Token> {
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
            sessions::expires_at.eq(now + WHOLE),
        ))
        .execute(tx.conn())
        .await?;
    tx.audit("access/log-in", id, None, serde_json::json!({})).await?;
    Ok(token)
}

/// Whose session it is, and notes that it was used; `None` when it is nobody's, or over.
pub async fn find(db: &Db, token: &str, now: DateTime<Utc>) -> Result<Option<Known>> {
    db.system(async |tx| {
        let found: Option<Row> = sessions::table
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
            .select(Row::as_select())
            .first(tx.conn())
            .await
            .optional()?;
        let Some(row) = found else { return Ok(None) };
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
    #[diesel(select_expression = people::name)]
    name: String,
    #[diesel(select_expression = organizations::name)]
    organization: String,
    #[diesel(select_expression = organizations::usage_indicator)]
    usage_indicator: String,
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
