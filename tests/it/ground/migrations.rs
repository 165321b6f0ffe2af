use std::collections::BTreeMap;

use diesel::sql_types::Text;
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use firstpass::db::migrations;

use crate::support;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

async fn lines(conn: &mut AsyncPgConnection, query: &str) -> Vec<String> {
    sql_query(query).load::<Line>(conn).await.unwrap().into_iter().map(|row| row.line).collect()
}

/// Everything that the migrations make, one line each.
const EVERYTHING: &str = "
    select line from (
        select format('%s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default) as line
            from information_schema.columns where table_schema = 'public'
        union all select format('%s: %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
            from pg_constraint where connamespace = 'public'::regnamespace
        union all select indexdef from pg_indexes where schemaname = 'public'
        union all select format('%s: %s %s %s', polrelid::regclass, polname,
            pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) from pg_policy
        union all select format('%s %s', pg_get_triggerdef(oid), tgenabled) from pg_trigger where not tgisinternal
        union all select format('%s %s', pg_get_functiondef(oid), proacl)
            from pg_proc where pronamespace = 'public'::regnamespace
        union all select format('%s %s %s %s', oid::regclass, relrowsecurity, relforcerowsecurity, relacl)
            from pg_class where relnamespace = 'public'::regnamespace
        union all select format('%s: %s', classoid::regclass, description)
            from pg_description where objoid >= 16384
    ) as everything order by line";

#[tokio::test]
async fn the_schema_goes_down_to_nothing_and_up_to_the_same() {
    let world = support::world().await;
    let mut conn = AsyncPgConnection::establish(&world.owner_url()).await.unwrap();
    let before = lines(&mut conn, EVERYTHING).await;
    assert!(migrations::missing(&world.db).await.unwrap().is_empty());

    let mut reverted = migrations::revert_all(&world.owner_url()).await.unwrap();
    let left = "select c.oid::regclass::text as line from pg_class c
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'S')
        union all select oid::regprocedure::text from pg_proc where pronamespace = 'public'::regnamespace";
    assert_eq!(lines(&mut conn, left).await, ["__diesel_schema_migrations"]);
    assert_eq!(migrations::missing(&world.db).await.unwrap().len(), reverted.len());

    let run = migrations::run(&world.owner_url()).await.unwrap();
    reverted.reverse();
    assert_eq!(run, reverted);
    let after = lines(&mut conn, EVERYTHING).await;
    let missing: Vec<&String> = before.iter().filter(|line| !after.contains(line)).collect();
    let added: Vec<&String> = after.iter().filter(|line| !before.contains(line)).collect();
    assert_eq!((missing, added), (vec![], vec![]));
    assert_eq!(migrations::run(&world.owner_url()).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn two_processes_may_migrate_at_once() {
    let world = support::world().await;
    let url = world.owner_url();
    migrations::revert_all(&url).await.unwrap();
    let (a, b) = tokio::join!(migrations::run(&url), migrations::run(&url));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert!(a.is_empty() != b.is_empty(), "one ran all: {a:?} {b:?}");
}

/// `schema.rs` is written by hand: this is what holds it to the tables.
#[tokio::test]
async fn diesels_schema_is_the_databases() {
    let declared = declared(include_str!("../../../src/db/schema.rs"));
    let world = support::world().await;
    let mut conn = AsyncPgConnection::establish(&world.owner_url()).await.unwrap();
    // A view's columns are not said to be not null: they are as the columns that they are made of.
    let query = "
        select format('%s %s %s %s', c.oid::regclass, a.attname, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null),
            coalesce((select b.attnotnull from information_schema.view_column_usage u
                join pg_attribute b on b.attrelid = u.table_name::regclass and b.attname = u.column_name
                where u.view_name = c.relname and u.column_name = a.attname), a.attnotnull)) as line
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        join pg_type t on t.oid = a.atttypid
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
        and c.relname <> '__diesel_schema_migrations' order by c.relname, a.attnum";
    let mut found = BTreeMap::<String, Vec<String>>::new();
    for line in lines(&mut conn, query).await {
        let (table, column) = line.split_once(' ').unwrap();
        found.entry(table.to_owned()).or_default().push(column.to_owned());
    }
    assert_eq!(declared, found);
}

/// Table -> columns as `name type not-null`, read from the `table!` declarations.
fn declared(schema: &str) -> BTreeMap<String, Vec<String>> {
    let mut tables = BTreeMap::new();
    for block in schema.split("diesel::table! {").skip(1) {
        let block = block.split("\n}").next().unwrap();
        let mut body = block.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let name = body.next().unwrap().split(' ').next().unwrap().to_owned();
        let columns = body.filter_map(|line| line.trim_end_matches(',').split_once(" -> ")).map(
            |(column, sql_type)| {
                let (not_null, inner) = match sql_type.strip_prefix("Nullable<") {
                    Some(inner) => ('f', inner.trim_end_matches('>')),
                    None => ('t', sql_type),
                };
                format!("{} {} {not_null}", column.trim_start_matches("r#"), postgres(inner))
            },
        );
        tables.insert(name, columns.collect());
    }
    tables
}

/// Diesel's name of a type as PostgreSQL calls it.
fn postgres(diesel: &str) -> String {
    if let Some(element) = diesel.strip_prefix("Array<") {
        let element = element.trim_end_matches('>').trim_start_matches("Nullable<");
        return format!("{}[]", postgres(element));
    }
    match diesel {
        "Timestamptz" => "timestamp with time zone",
        "Int2" => "smallint",
        "Int4" => "integer",
        "Int8" => "bigint",
        "Bool" => "boolean",
        "Varchar" => "character varying",
        "Uuid" | "Text" | "Bytea" | "Json" | "Jsonb" | "Date" | "Numeric" => return diesel.to_lowercase(),
        other => panic!("{other}: say here how PostgreSQL calls it"),
    }
    .to_owned()
}
