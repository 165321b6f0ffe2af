//! Who works for a practice: what its administrators see and change.
//!
//! A practice never loses its last administrator, and no administrator touches the password of a
//! person who works for another practice too: it would open that practice.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::access::Role;
use crate::access::users::{self, NewUser, PasswordDigest};
use crate::db::Tx;
use crate::db::schema::{memberships as m, sessions as s, users as u};
use crate::types::{OrganizationId, Refusal, Result, Status, UserId};

/// A person as the administrators of a practice see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Their id.
    pub id: UserId,
    /// What they sign in with.
    pub email: String,
    /// How they are called.
    pub name: String,
    /// As what they work here.
    pub role: Role,
    /// Since when they belong to the practice.
    pub since: DateTime<Utc>,
    /// Whether they still have the password that was handed out to them.
    pub password_temporary: bool,
}

/// The practice's people, by name.
pub async fn list(tx: &mut Tx) -> Result<Vec<Member>> {
    let rows: Vec<(UserId, String, String, String, DateTime<Utc>, bool)> = m::table
        .inner_join(u::table.on(u::id.eq(m::user_id)))
        .filter(m::organization_id.eq(tx.actor().organization))
        .order((u::name, u::id))
        .select((u::id, u::email, u::name, m::role, m::created_at, u::password_temporary))
        .load(tx.conn())
        .await?;
    rows.into_iter()
        .map(|(id, email, name, role, since, password_temporary)| {
            let role = role.parse().map_err(anyhow::Error::from)?;
            Ok(Member { id, email, name, role, since, password_temporary })
        })
        .collect()
}

/// The names of a practice's people, for what says only `usr_…`.
pub struct Names(Vec<Member>);

impl Names {
    /// Those of the practice's people.
    pub async fn load(tx: &mut Tx) -> Result<Names> {
        Ok(Names(list(tx).await?))
    }

    /// Who it is; what it says itself where that is none of them: a key, this program, a person of another
    /// practice.
    #[must_use]
    pub fn of(&self, who: &str) -> String {
        let known = self.0.iter().find(|member| member.id.to_string() == who);
        known.map_or_else(|| who.to_owned(), |member| member.name.clone())
    }
}

/// Takes a person in: `true` when they are new and must choose a password of their own, `false` when
/// they have signed in elsewhere before and keep theirs. Refused (`access/member-already`) when they
/// work here already.
pub async fn invite(tx: &mut Tx, new: &NewUser<'_>, temporary: &PasswordDigest) -> Result<(UserId, bool)> {
    let email = users::canonical(new.email);
    let known: Option<UserId> =
        u::table.filter(u::email.eq(&email)).select(u::id).first(tx.conn()).await.optional()?;
    let Some(id) = known else {
        let id = users::add(tx, new, temporary).await?;
        hand_out(tx, id, temporary).await?;
        return Ok((id, true));
    };
    if role_of(tx, id).await?.is_some() {
        let what = "this person works for the practice already";
        return Err(Refusal::new("access/member-already", Status::Conflict, what, "Change their role").into());
    }
    users::join(tx, id, new.role).await?;
    Ok((id, false))
}

/// Gives a member another role, effective with their next request. Refused (`access/last-admin`)
/// when nobody would be left to manage access.
pub async fn set_role(tx: &mut Tx, user: UserId, role: Role) -> Result<()> {
    if role != Role::Admin {
        keep_an_admin(tx, user).await?;
    }
    role_of(tx, user).await?.ok_or_else(not_found)?;
    users::join(tx, user, role).await
}

/// Ends a membership and its sessions. Refused as [`set_role`] is.
pub async fn remove(tx: &mut Tx, user: UserId) -> Result<()> {
    keep_an_admin(tx, user).await?;
    let organization = tx.actor().organization;
    let gone = diesel::delete(m::table.find((organization, user))).execute(tx.conn()).await?;
    if gone == 0 {
        return Err(not_found().into());
    }
    tx.audit("access/leave", user, None, serde_json::json!({})).await
}

/// Hands out a new password: whoever is signed in as this person is signed out everywhere. Refused
/// (`access/works-elsewhere`) when the person works for another practice too.
pub async fn reset_password(tx: &mut Tx, user: UserId, temporary: &PasswordDigest) -> Result<()> {
    role_of(tx, user).await?.ok_or_else(not_found)?;
    let works_for: Vec<OrganizationId> =
        m::table.filter(m::user_id.eq(user)).select(m::organization_id).load(tx.conn()).await?;
    if works_for.len() > 1 {
        let what = "this person works for another practice too, so the password is theirs alone";
        let next = "Ask them to change it themselves";
        return Err(Refusal::new("access/works-elsewhere", Status::Conflict, what, next).into());
    }
    hand_out(tx, user, temporary).await?;
    diesel::delete(s::table.filter(s::user_id.eq(user))).execute(tx.conn()).await?;
    tx.audit("access/reset-password", user, None, serde_json::json!({})).await
}

async fn hand_out(tx: &mut Tx, user: UserId, temporary: &PasswordDigest) -> Result<()> {
    diesel::update(u::table.find(user))
        .set((u::password_hash.eq(temporary.stored()), u::password_temporary.eq(true)))
        .execute(tx.conn())
        .await?;
    Ok(())
}

async fn role_of(tx: &mut Tx, user: UserId) -> Result<Option<String>> {
    let membership = m::table.find((tx.actor().organization, user)).select(m::role);
    Ok(membership.first(tx.conn()).await.optional()?)
}

/// Refuses to take the role from the last administrator. The locks make two administrators who
/// demote each other at once wait for one another.
async fn keep_an_admin(tx: &mut Tx, user: UserId) -> Result<()> {
    let admins: Vec<UserId> = m::table
        .filter(m::organization_id.eq(tx.actor().organization).and(m::role.eq(Role::Admin.as_str())))
        .order(m::user_id)
        .select(m::user_id)
        .for_update()
        .load(tx.conn())
        .await?;
    if admins == [user] {
        let what = "this is the practice's last administrator";
        let next = "Make somebody else an administrator first";
        return Err(Refusal::new("access/last-admin", Status::Conflict, what, next).into());
    }
    Ok(())
}

fn not_found() -> Refusal {
    let what = "nobody of the practice has this id";
    Refusal::new("access/member-not-found", Status::NotFound, what, "Choose one of the list")
}
