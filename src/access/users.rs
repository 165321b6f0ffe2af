//! Users and their memberships.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind;
use diesel_async::RunQueryDsl;

use crate::access::{Role, Throttle, Token, passwords};
use crate::db::schema::{memberships, sessions, users};
use crate::db::{Actor, Db, Tx, Who};
use crate::types::{Refusal, Result, SessionId, Status, UserId};

/// The shortest password that is taken.
const PASSWORD_CHARACTERS_MIN: usize = 12;

/// A person to be.
#[derive(Clone, Debug)]
pub struct NewUser<'a> {
    /// What they sign in with; case does not matter.
    pub email: &'a str,
    /// How they are called.
    pub name: &'a str,
    /// As what they work for the practice.
    pub role: Role,
}

/// A password that nobody has chosen: 20 hexadecimal digits, 80 random bits.
pub fn generated_password() -> Result<String> {
    let mut text = Token::new("")?.into_text();
    text.truncate(20);
    Ok(text)
}

/// What a password is stored as; slow by design, so done before a transaction begins. Refused
/// (`access/password`) when it is too short.
pub async fn hashed(password: &str) -> Result<PasswordDigest> {
    if password.chars().count() < PASSWORD_CHARACTERS_MIN {
        return Err(Refusal::new(
            "access/password",
            Status::Invalid,
            format!("a password has at least {PASSWORD_CHARACTERS_MIN} characters"),
            "Choose a longer one",
        )
        .into());
    }
    Ok(PasswordDigest(passwords::hash(password.to_owned()).await?))
}

/// A password as it is stored.
#[derive(Clone)]
pub struct PasswordDigest(String);

impl PasswordDigest {
    pub(super) fn stored(&self) -> &str {
        &self.0
    }
}

/// Adds a person to the transaction's practice. Refused when the email or the name is none
/// (`access/invalid`), or the email is somebody's (`access/email-taken`).
pub async fn add(tx: &mut Tx, new: &NewUser<'_>, password: &PasswordDigest) -> Result<UserId> {
    let (email, name) = (canonical(new.email), new.name.trim());
    let parts: Vec<&str> = email.split('@').collect();
    let [local, domain] = parts[..] else { return Err(invalid("that is no email address").into()) };
    if local.is_empty() || domain.is_empty() || email.len() > 254 || email.contains(char::is_whitespace) {
        return Err(invalid("that is no email address").into());
    }
    if name.is_empty() || name.chars().count() > 100 {
        return Err(invalid("the name has 1 to 100 characters").into());
    }
    let id = UserId::new();
    let inserted = diesel::insert_into(users::table)
        .values((
            users::id.eq(id),
            users::email.eq(&email),
            users::name.eq(name),
            users::password_hash.eq(&password.0),
        ))
        .execute(tx.conn())
        .await;
    match inserted {
        Err(diesel::result::Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            return Err(Refusal::new(
                "access/email-taken",
                Status::Conflict,
                "this email address is somebody's already",
                "Use another",
            )
            .into());
        }
        other => other?,
    };
    join(tx, id, new.role).await?;
    Ok(id)
}

/// Makes an existing person a member of the transaction's practice, or changes their role.
pub async fn join(tx: &mut Tx, user: UserId, role: Role) -> Result<()> {
    diesel::insert_into(memberships::table)
        .values((
            memberships::organization_id.eq(tx.actor().organization),
            memberships::user_id.eq(user),
            memberships::role.eq(role.as_str()),
        ))
        .on_conflict((memberships::organization_id, memberships::user_id))
        .do_update()
        .set(memberships::role.eq(role.as_str()))
        .execute(tx.conn())
        .await?;
    tx.audit("access/join", user, None, serde_json::json!({ "role": role })).await
}

/// The person with an email.
pub async fn find(db: &Db, email: &str) -> Result<Option<UserId>> {
    let email = canonical(email);
    db.system(async |tx| {
        let found = users::table.filter(users::email.eq(&email)).select(users::id);
        Ok(found.first(tx.conn()).await.optional()?)
    })
    .await
}

/// Replaces a person's password; whoever is signed in stays so.
pub async fn set_password(tx: &mut Tx, user: UserId, password: &PasswordDigest) -> Result<()> {
    diesel::update(users::table.find(user))
        .set(users::password_hash.eq(password.stored()))
        .execute(tx.conn())
        .await?;
    tx.audit("access/set-password", user, None, serde_json::json!({})).await
}

/// What is needed to change a password of one's own.
pub struct Change<'a> {
    /// The password so far.
    pub current: &'a str,
    /// The one from now on.
    pub new: &'a str,
    /// The session that stays; the person's others end.
    pub session: SessionId,
}

/// Replaces the actor's own password. Refused when the one so far is wrong (`access/wrong-password`),
/// the new one is too short or the same (`access/password`), or there were too many attempts.
pub async fn change_password(
    db: &Db,
    throttle: &Throttle,
    actor: &Actor,
    change: Change<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    let wrong = || {
        let what = "the current password is wrong";
        Refusal::new("access/wrong-password", Status::Invalid, what, "Check it and try again")
    };
    let Who::User(user) = actor.who else { return Err(wrong().into()) };
    // A stolen session must not serve to guess the password.
    throttle.attempt(&user.to_string(), "own password", now)?;
    let hash: String = db
        .system(async |tx| Ok(users::table.find(user).select(users::password_hash).first(tx.conn()).await?))
        .await?;
    if !passwords::verify(change.current.to_owned(), Some(hash)).await? {
        return Err(wrong().into());
    }
    if change.new == change.current {
        let what = "the new password is the current one";
        return Err(Refusal::new("access/password", Status::Invalid, what, "Choose another").into());
    }
    let digest = hashed(change.new).await?;
    db.transaction(actor, async |tx| {
        diesel::update(users::table.find(user))
            .set((users::password_hash.eq(&digest.0), users::password_temporary.eq(false)))
            .execute(tx.conn())
            .await?;
        let others = sessions::table.filter(sessions::user_id.eq(user).and(sessions::id.ne(change.session)));
        diesel::delete(others).execute(tx.conn()).await?;
        tx.audit("access/set-password", user, None, serde_json::json!({})).await
    })
    .await?;
    throttle.succeeded(&user.to_string(), "own password");
    Ok(())
}

/// An email as stored and compared.
pub(super) fn canonical(email: &str) -> String {
    email.trim().to_lowercase()
}

fn invalid(what: &str) -> Refusal {
    Refusal::new("access/invalid", Status::Invalid, what, "Correct it and try again")
}
