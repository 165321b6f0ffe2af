//! Whether what guards the books still stands: the triggers, row level security, and that the role
//! which serves has no privilege to change what is posted.
//!
//! The owner of a table can take its triggers off; Postgres lets nobody forbid that. What was then
//! changed is found by the chain, and that the guard is off is found here, by name.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Text};
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::ledger::proofs::Proof;
use crate::types::Result;

/// Every guard: a table and a trigger that fires whatever a session says of itself.
const TRIGGERS: [(&str, &str); 20] = [
    ("entries", "append_only_rows"),
    ("entries", "append_only_table"),
    ("entries", "period_is_open"),
    ("entries", "posting_is_open"),
    ("transfers", "append_only_rows"),
    ("transfers", "append_only_table"),
    ("transfers", "added_up"),
    ("postings", "append_only_rows"),
    ("postings", "append_only_table"),
    ("postings", "closed_once"),
    ("postings", "balances_follow"),
    ("chain_links", "append_only_rows"),
    ("chain_links", "append_only_table"),
    ("period_events", "append_only_rows"),
    ("period_events", "append_only_table"),
    ("period_events", "event_follows"),
    ("journal_exports", "append_only_rows"),
    ("journal_exports", "month_is_locked"),
    ("proof_runs", "append_only_rows"),
    ("audit_events", "append_only_rows"),
];

/// Each trigger fires always, each table keeps to its practice, and this role may only add rows.
pub(super) async fn guards_stand(tx: &mut Tx) -> Result<Proof> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        tables: i64,
        #[diesel(sql_type = Array<Text>)]
        off: Vec<String>,
    }
    let row: Row = diesel::sql_query(
        "with guards as (select * from unnest($1, $2) as g (on_table, name)),
         tables as (select distinct on_table from guards),
         faults as (
            select format('trigger %s of %s is off', g.name, g.on_table) as fault
            from guards g
            left join pg_trigger t on t.tgrelid = to_regclass('public.' || g.on_table) and t.tgname = g.name
            where t.tgenabled is distinct from 'A'
            union all
            select format('row level security of %s is off', on_table)
            from tables left join pg_class c on c.oid = to_regclass('public.' || on_table)
            where (c.relrowsecurity and c.relforcerowsecurity) is not true
            union all
            select format('%s may %s %s', current_user, privilege, on_table)
            from tables, unnest('{update,delete,truncate}'::text[]) as privilege
            where has_table_privilege('public.' || on_table, privilege))
         select (select count(*) from tables) as tables,
            (select coalesce(array_agg(fault order by fault), '{}') from faults) as off",
    )
    .bind::<Array<Text>, _>(TRIGGERS.map(|(table, _)| table).to_vec())
    .bind::<Array<Text>, _>(TRIGGERS.map(|(_, name)| name).to_vec())
    .get_result(tx.conn())
    .await?;
    let mut detail = format!("{} triggers of {} tables", TRIGGERS.len(), row.tables);
    for fault in &row.off {
        detail.push_str("; ");
        detail.push_str(fault);
    }
    Ok(Proof { name: "guards_stand", holds: row.off.is_empty(), detail })
}
