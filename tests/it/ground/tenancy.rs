//! A hostile session of the service's role: it logs in as the service does and runs what SQL it likes.

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use firstpass::db::{Actor, Db, roles};
use firstpass::exchange::files::{self, Direction};
use firstpass::types::FileId;

use crate::support;

async fn keep(db: &Db, actor: &Actor, bytes: &[u8]) -> FileId {
    db.transaction(actor, async |tx| files::keep(tx, bytes, "a.835", Direction::In).await).await.unwrap().id
}

/// A session that says it is of this practice.
async fn session(url: &str, actor: &Actor) -> AsyncPgConnection {
    let mut conn = AsyncPgConnection::establish(url).await.unwrap();
    let set = format!("select set_config('app.organization', '{}', false)", actor.organization.uuid());
    conn.batch_execute(&set).await.unwrap();
    conn
}

async fn count(conn: &mut AsyncPgConnection, query: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    sql_query(query).get_result::<Count>(conn).await.unwrap().count
}

/// The statement fails, and says this.
async fn refused(conn: &mut AsyncPgConnection, statement: &str, why: &str) {
    match conn.batch_execute(statement).await {
        Ok(()) => panic!("{statement}: was allowed"),
        Err(fault) => assert!(fault.to_string().contains(why), "{statement}: {fault}"),
    }
}

#[tokio::test]
async fn a_session_that_names_no_practice_sees_and_writes_nothing() {
    let world = support::world().await;
    let elm = world.organization("Elm Street Family Practice").await;
    keep(&world.db, &elm, b"ISA").await;

    let mut conn = AsyncPgConnection::establish(&world.service_url()).await.unwrap();
    assert_eq!(count(&mut conn, "select count(*) from files").await, 0);
    assert_eq!(count(&mut conn, "select count(*) from audit_events").await, 0);
    let insert = format!(
        "insert into files (organization_id, id, sha256, size_bytes, direction, name)
         values ('{}', gen_random_uuid(), sha256('x'), 1, 'in', 'x')",
        elm.organization.uuid()
    );
    refused(&mut conn, &insert, "new row violates row-level security policy").await;
}

#[tokio::test]
async fn another_practices_rows_are_not_there() {
    let world = support::world().await;
    let elm = world.organization("Elm Street Family Practice").await;
    let oak = world.organization("Oak Avenue Orthopedics").await;
    let elms = keep(&world.db, &elm, b"ISA*00*elm").await;
    keep(&world.db, &oak, b"ISA*00*oak").await;

    let fault = world.db.transaction(&oak, async |tx| files::get(tx, elms).await).await.unwrap_err();
    assert_eq!(fault.refusal().unwrap().code, "files/not-found");

    let mut conn = session(&world.service_url(), &oak).await;
    assert_eq!(count(&mut conn, "select count(*) from files").await, 1);
    assert_eq!(count(&mut conn, "select count(*) from file_chunks").await, 1);
    let (elm_id, oak_id, elms) = (elm.organization.uuid(), oak.organization.uuid(), elms.uuid());
    refused(
        &mut conn,
        &format!("insert into file_chunks values ('{elm_id}', '{elms}', 1, 'x')"),
        "new row violates row-level security policy",
    )
    .await;
    // Not even by reference: the key that a row points with begins with its own practice.
    refused(
        &mut conn,
        &format!(
            "insert into audit_events (organization_id, id, actor, action, subject_kind, subject_id, source_file_id)
             values ('{oak_id}', gen_random_uuid(), 'system:x', 'x/y', 'fil', '{elms}', '{elms}')"
        ),
        "violates foreign key constraint",
    )
    .await;
    // A condition of one's own is not asked about rows that the policy hides.
    conn.batch_execute(&format!(
        "create function pg_temp.tell(organization uuid) returns boolean cost 0.0000001 language plpgsql as $$
         begin
             if organization <> '{oak_id}' then raise exception 'saw a row of %', organization; end if;
             return true;
         end $$"
    ))
    .await
    .unwrap();
    let told = count(&mut conn, "select count(*) from files where pg_temp.tell(organization_id)").await;
    assert_eq!(told, 1);
}

#[tokio::test]
async fn the_services_role_cannot_lift_what_binds_it() {
    let world = support::world().await;
    let elm = world.organization("Elm Street Family Practice").await;
    keep(&world.db, &elm, b"ISA").await;
    let mut conn = session(&world.service_url(), &elm).await;

    for (statement, why) in [
        ("update audit_events set action = 'x/y'", "permission denied for table audit_events"),
        ("delete from audit_events", "permission denied for table audit_events"),
        ("truncate audit_events", "permission denied for table audit_events"),
        ("update files set name = 'x'", "permission denied for table files"),
        ("delete from file_chunks", "permission denied for table file_chunks"),
        ("delete from organizations", "permission denied for table organizations"),
        (
            "update organizations set control_number_prefix = 'ZZ'",
            "permission denied for table organizations",
        ),
        ("alter table audit_events disable trigger all", "must be owner of table audit_events"),
        ("alter table files no force row level security", "must be owner of table files"),
        ("alter table files disable row level security", "must be owner of table files"),
        ("drop policy tenant on files", "must be owner of relation files"),
        ("alter policy tenant on files using (true)", "must be owner of table files"),
        ("create policy all_rows on files using (true)", "must be owner of table files"),
        ("drop trigger append_only_rows on files", "must be owner of relation files"),
        ("create trigger t before insert on files execute function refuse_change()", "permission denied"),
        ("drop table files", "must be owner of table files"),
        ("set role firstpass_owner", "permission denied to set role"),
        ("set session authorization firstpass_owner", "permission denied to set session authorization"),
        ("set row_security = off; select * from files", "would be affected by row-level security"),
        ("set session_replication_role = replica", "permission denied to set parameter"),
        ("alter role firstpass_service bypassrls", ""),
        ("grant firstpass_owner to firstpass_service", ""),
        ("select tenant_table('files')", "permission denied for function tenant_table"),
        ("select append_only('files')", "permission denied for function append_only"),
        ("create table public.mine (x text)", "permission denied for schema public"),
        ("create function public.f() returns int language sql as 'select 1'", "permission denied for schema"),
        ("copy files to program 'cat'", "to COPY to or from an external program"),
        ("select pg_read_file('/etc/passwd')", "permission denied for function pg_read_file"),
    ] {
        refused(&mut conn, statement, why).await;
    }
    // PostgreSQL only warns of this one, and grants nothing.
    conn.batch_execute("grant update on files to firstpass_service").await.unwrap();
    refused(&mut conn, "update files set name = 'x'", "permission denied for table files").await;
    assert_eq!(count(&mut conn, "select count(*) from files").await, 1);
}

#[tokio::test]
async fn an_append_only_row_stands_even_before_the_owner() {
    let world = support::world().await;
    let elm = world.organization("Elm Street Family Practice").await;
    keep(&world.db, &elm, b"ISA").await;
    let mut conn = session(&world.owner_url(), &elm).await;

    for (statement, why) in [
        ("update audit_events set action = 'x/y'", "audit_events is append-only: update refused"),
        ("delete from audit_events", "audit_events is append-only: delete refused"),
        ("truncate audit_events", "audit_events is append-only: truncate refused"),
        ("truncate organizations cascade", "append-only: truncate refused"),
        ("update files set name = 'x'", "files is append-only: update refused"),
        ("delete from file_chunks", "file_chunks is append-only: delete refused"),
        ("delete from idempotency_keys; delete from files", "files is append-only: delete refused"),
    ] {
        refused(&mut conn, statement, why).await;
    }
}

#[tokio::test]
async fn every_table_is_one_practices_own_except_the_listed() {
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Text)]
        fault: String,
    }
    let world = support::world().await;
    let mut conn = AsyncPgConnection::establish(&world.owner_url()).await.unwrap();
    let tables: Vec<Table> = sql_query(
        "select c.relname::text as name, case
            when not (c.relrowsecurity and c.relforcerowsecurity) then 'no forced row security'
            when (select array_agg(p.polname::text || pg_get_expr(p.polqual, c.oid) || pg_get_expr(p.polwithcheck, c.oid))
                  from pg_policy p where p.polrelid = c.oid and p.polpermissive and p.polcmd = '*' and p.polroles = '{0}')
                 is distinct from
                 (select array_agg(p.polname::text || pg_get_expr(p.polqual, p.polrelid) || pg_get_expr(p.polwithcheck, p.polrelid))
                  from pg_policy p where p.polrelid = 'files'::regclass)
                 then 'not the one policy'
            when (select count(*) from pg_policy p where p.polrelid = c.oid) <> 1 then 'more than one policy'
            when not exists (select from pg_attribute a where a.attrelid = c.oid and a.attnum = 1
                 and a.attname = 'organization_id' and a.attnotnull) then 'does not begin with organization_id'
            when not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary and i.indkey[0] = 1)
                 then 'its primary key does not begin with organization_id'
            when (select attstattarget from pg_attribute a where a.attrelid = c.oid and a.attnum = 1) is distinct from 0
                 then 'its plans depend on which practices statistics know'
            else '' end as fault
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'public' and c.relkind in ('r', 'p') order by c.relname",
    )
    .load(&mut conn)
    .await
    .unwrap();
    for listed in roles::WITHOUT_ROW_SECURITY {
        let table = tables.iter().find(|table| table.name == *listed);
        assert_eq!(table.map(|table| table.fault.as_str()), Some("no forced row security"), "{listed}");
    }
    let faults: Vec<String> = tables
        .iter()
        .filter(|table| {
            !table.fault.is_empty() && !roles::WITHOUT_ROW_SECURITY.contains(&table.name.as_str())
        })
        .map(|table| format!("{}: {}", table.name, table.fault))
        .collect();
    assert_eq!(faults, Vec::<String>::new());
    assert!(tables.len() > roles::WITHOUT_ROW_SECURITY.len());

    let cross_tenant = sql_query(
        "select conname::text as name, pg_get_constraintdef(oid) as fault from pg_constraint
         where contype = 'f' and connamespace = 'public'::regnamespace
         and pg_get_constraintdef(oid) !~ 'FOREIGN KEY \\(organization_id, .*REFERENCES \\w+\\(organization_id, '
         and pg_get_constraintdef(oid) !~ 'FOREIGN KEY \\(organization_id\\) REFERENCES organizations\\(id\\)'
         and not confrelid::regclass::text = any(string_to_array($1, ','))",
    )
    .bind::<Text, _>(roles::WITHOUT_ROW_SECURITY.join(","))
    .load::<Table>(&mut conn)
    .await
    .unwrap();
    let keys: Vec<String> = cross_tenant.iter().map(|key| format!("{}: {}", key.name, key.fault)).collect();
    assert_eq!(keys, Vec::<String>::new(), "foreign keys that could point into another practice");
}

#[tokio::test]
async fn every_view_shows_what_its_reader_may_see() {
    let world = support::world().await;
    let mut conn = AsyncPgConnection::establish(&world.owner_url()).await.unwrap();
    let views =
        "select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')";
    assert_eq!(count(&mut conn, views).await, 1);
    let open = format!("{views} and reloptions is distinct from '{{security_invoker=true}}'");
    assert_eq!(count(&mut conn, &open).await, 0);
}

#[tokio::test]
async fn a_role_that_could_see_everything_may_not_serve() {
    let world = support::world().await;
    for url in [world.owner_url(), world.administrator_url()] {
        let fault = Db::connect(&url, 1).await.err().unwrap();
        assert_eq!(fault.refusal().unwrap().code, "database/wrong-role");
    }
}
