//! The yardstick: COPY of the very rows that a posting wrote, by the owner in one session, into empty
//! tables with the same columns, checks, indexes and references, without other triggers and row level
//! security.

use std::io::Cursor;
use std::time::{Duration, Instant};

use anyhow::Context;
use futures_util::{SinkExt, TryStreamExt};
use tokio_postgres::{Client, NoTls};

use crate::types::{OrganizationId, Result};

/// Every table of a practice; row level security tells them from the others.
const TABLES: &str = "select c.relname::text,
        string_agg(quote_ident(a.attname), ',' order by a.attnum) filter (where a.attgenerated = '')
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname = 'public' and c.relkind = 'r' and c.relrowsecurity
    group by c.relname order by c.relname";

/// What a practice's tables refer to, as it is written after `add`.
const FOREIGN_KEYS: &str = "select c.relname::text, pg_get_constraintdef(k.oid)
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind = 'r' and c.relrowsecurity and k.contype = 'f'
    order by c.relname, k.conname";

/// References that are asked once for a statement, by triggers. Not those of transfers and entries, whose
/// triggers write as well.
const REFERENCES: &str = "select c.relname::text, pg_get_triggerdef(t.oid)
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
    where p.proname in ('refuse_orphans', 'refuse_unknown_code_bases')
    order by c.relname, t.tgname";

/// A session of the owner of the tables, that sees one practice's rows.
pub struct Owner {
    client: Client,
    tables: Vec<Table>,
    schema: String,
}

struct Table {
    name: String,
    columns: String,
}

/// What a posting wrote.
pub struct Written {
    /// The rows as they are now, by table, as COPY writes them.
    rows: Vec<(usize, Vec<u8>)>,
    /// How many, by table; a row that was changed counts like a new one.
    pub counts: Vec<(String, u64)>,
}

impl Owner {
    /// Connects, and makes the empty tables in a schema of their own.
    pub async fn connect(url: &str, organization: OrganizationId) -> Result<Owner> {
        let (client, connection) =
            tokio_postgres::connect(url, NoTls).await.context("cannot connect as the owner of the tables")?;
        // Ends when the client is dropped.
        tokio::spawn(connection);
        let tables: Vec<Table> = client
            .query(TABLES, &[])
            .await
            .context("cannot list the tables")?
            .into_iter()
            .map(|row| Table { name: row.get(0), columns: row.get(1) })
            .collect();
        let schema = format!("bench_{}", std::process::id());
        // An id's text is hexadecimal digits and hyphens: nothing to escape.
        let mut sql = format!(
            "set app.organization = '{}'; drop schema if exists {schema} cascade; create schema {schema};",
            organization.uuid().hyphenated()
        );
        for Table { name, .. } in &tables {
            sql.push_str(&format!("create table {schema}.{name} (like public.{name} including all);"));
        }
        // They refer to the practice's rows, those that are copied among them.
        for row in client.query(FOREIGN_KEYS, &[]).await.context("cannot list the foreign keys")? {
            let (table, key): (&str, &str) = (row.get(0), row.get(1));
            sql.push_str(&format!("alter table {schema}.{table} add {key};"));
        }
        for row in client.query(REFERENCES, &[]).await.context("cannot list the references")? {
            let (table, trigger): (&str, &str) = (row.get(0), row.get(1));
            let here =
                trigger.replacen(&format!(" ON public.{table} "), &format!(" ON {schema}.{table} "), 1);
            sql.push_str(&format!("{here};"));
        }
        client.batch_execute(&sql).await.context("cannot make the tables to copy into")?;
        Ok(Owner { client, tables, schema })
    }

    /// The number of a transaction that begins now: later ones have greater numbers.
    pub async fn moment(&self) -> Result<i64> {
        let row = self.client.query_one("select pg_current_xact_id()::text::bigint", &[]).await;
        Ok(row.context("cannot ask for a transaction's number")?.get(0))
    }

    /// The rows that transactions after `moment` wrote.
    pub async fn written_since(&self, moment: i64) -> Result<Written> {
        let mut written = Written { rows: vec![], counts: vec![] };
        for (at, Table { name, columns }) in self.tables.iter().enumerate() {
            // A row's own number has 32 bits.
            let since = format!("from public.{name} where xmin::text::bigint > {moment} % 4294967296");
            let row = self.client.query_one(&format!("select count(*) {since}"), &[]).await;
            let count: i64 = row.context("cannot count rows")?.get(0);
            if count == 0 {
                continue;
            }
            let copy = format!("copy (select {columns} {since}) to stdout (format binary)");
            let out = self.client.copy_out(&copy).await.context("cannot read the rows")?;
            let rows = out
                .try_fold(vec![], async |mut all, some| {
                    all.extend_from_slice(&some);
                    Ok(all)
                })
                .await
                .context("cannot read the rows")?;
            written.rows.push((at, rows));
            written.counts.push((name.clone(), count.unsigned_abs()));
        }
        Ok(written)
    }

    /// Copies them into the empty tables in one transaction, and empties the tables again. Returns
    /// how long begin to commit took.
    pub async fn copy(&mut self, written: &Written) -> Result<Duration> {
        let schema = &self.schema;
        let inputs: Vec<(String, Cursor<Vec<u8>>)> = written
            .rows
            .iter()
            .map(|(at, rows)| {
                let Table { name, columns } = &self.tables[*at];
                let sql = format!("copy {schema}.{name} ({columns}) from stdin (format binary)");
                (sql, Cursor::new(rows.clone()))
            })
            .collect();
        let started = Instant::now();
        let tx = self.client.transaction().await.context("cannot begin")?;
        for (sql, rows) in inputs {
            let sink = tx.copy_in(&sql).await.context("cannot copy")?;
            let mut sink = std::pin::pin!(sink);
            sink.send(rows).await.context("cannot copy")?;
            sink.finish().await.context("cannot copy")?;
        }
        tx.commit().await.context("cannot commit the copy")?;
        let took = started.elapsed();
        let names: Vec<String> =
            self.tables.iter().map(|table| format!("{}.{}", self.schema, table.name)).collect();
        let empty = format!("truncate {}", names.join(","));
        self.client.batch_execute(&empty).await.context("cannot empty the tables")?;
        Ok(took)
    }

    /// Drops the tables.
    pub async fn done(self) -> Result<()> {
        let drop = format!("drop schema {} cascade", self.schema);
        Ok(self.client.batch_execute(&drop).await.context("cannot drop the tables")?)
    }
}
