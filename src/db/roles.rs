//! The two roles, and the tables that belong to no practice.
//!
//! Roles belong to the whole server, not to one database, so they are made before migrations.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use crate::db::transaction::establish;
use crate::types::{Refusal, Result, Status};

/// Makes and owns the tables. Never used to serve.
pub const OWNER: &str = "firstpass_owner";

/// Serves: may log in, owns nothing, cannot pass row level security.
pub const SERVICE: &str = "firstpass_service";

/// Tables without row level security, by decision. Every other table is one practice's own, row
/// by row; a test compares this list with the catalogue.
pub const WITHOUT_ROW_SECURITY: &[&str] = &[
    // How a login finds its practice.
    "organizations",
    // A login, a cookie or a key comes before any practice: these are what finds it.
    "users",
    "memberships",
    "sessions",
    "api_keys",
    // One worker serves all practices; these hold ids and times only.
    "jobs",
    "job_runs",
    "mail_schedules",
    "night_rounds",
    // Code lists are the same for every practice, and nobody's secret.
    "code_bases",
    "code_editions",
    "code_edition_chunks",
    // Diesel's own.
    "__diesel_schema_migrations",
];

/// Makes the roles where they are missing. Needs a connection that may create roles, unless all
/// exist.
pub async fn ensure(url: &str, roles: &[&str]) -> Result<()> {
    let mut conn = establish(url).await?;
    for role in roles {
        // Two processes may do this at once: the loser's error means that the role is there.
        conn.batch_execute(&format!(
            "do $$ begin
                if not exists (select from pg_roles where rolname = '{role}') then
                    create role {role} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
                end if;
            exception when duplicate_object or unique_violation then null;
            end $$"
        ))
        .await
        .map_err(|fault| {
            Refusal::new(
                "database/no-roles",
                Status::Unavailable,
                format!("the role {role} is missing and cannot be made: {fault}"),
                format!("As an administrator of the server run: create role {role} login nobypassrls"),
            )
        })?;
    }
    Ok(())
}

/// Makes the database where it is missing, for the owner. Needs a connection that may.
pub async fn ensure_database(url: &str, database: &str) -> Result<()> {
    let mut conn = establish(url).await?;
    // CREATE DATABASE knows no "if not exists", and refuses to run inside a transaction or block.
    conn.batch_execute("select pg_advisory_lock(hashtext('firstpass database'))").await?;
    let present = sql_query("select from pg_database where datname = $1").bind::<Text, _>(database);
    if present.execute(&mut conn).await? == 0 {
        conn.batch_execute(&format!("create database {database} owner {OWNER}")).await?;
    }
    Ok(())
}

/// Refuses a role that could see past its practice or change the tables.
pub async fn check(conn: &mut AsyncPgConnection) -> Result<()> {
    #[derive(QueryableByName)]
    struct Powers {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Bool)]
        above_row_security: bool,
        #[diesel(sql_type = Bool)]
        owns_tables: bool,
    }
    // A role also has the powers of the roles it is a member of.
    let powers: Powers = sql_query(
        "select current_user::text as name,
            exists (select from pg_roles r
                where (r.rolsuper or r.rolbypassrls) and pg_has_role(current_user, r.oid, 'member'))
                as above_row_security,
            exists (select from pg_class c
                join pg_namespace n on n.oid = c.relnamespace
                where n.nspname = 'public' and c.relkind in ('r', 'p')
                and pg_has_role(current_user, c.relowner, 'member')) as owns_tables",
    )
    .get_result(conn)
    .await?;
    let fault = if powers.above_row_security {
        "is a superuser or bypasses row level security"
    } else if powers.owns_tables {
        "owns tables"
    } else {
        return Ok(());
    };
    Err(Refusal::new(
        "database/wrong-role",
        Status::Unavailable,
        format!("the database role {} {fault}, so one practice could see another's data", powers.name),
        format!("Connect as {SERVICE} in DATABASE_URL; the owner's URL belongs in DATABASE_OWNER_URL"),
    )
    .into())
}
