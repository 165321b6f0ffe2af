//! Control numbers: each is issued once.

use std::ops::Range;

use diesel::sql_types as st;
use diesel_async::RunQueryDsl;

use crate::db::{Tx, kept};
use crate::types::Result;

#[derive(diesel::QueryableByName)]
struct Last {
    #[diesel(sql_type = st::BigInt)]
    last_number: i64,
}

/// The next `count` numbers of a sequence of the practice: `claim`, `interchange:sbxmedb`.
///
/// A number that was issued in a transaction that failed is issued again: nobody has seen it.
pub async fn numbers(tx: &mut Tx, sequence: &str, count: u32) -> Result<Range<u64>> {
    let last: Last = kept(
        "insert into control_sequences as s (organization_id, name, last_number) values ($1, $2, $3)
         on conflict (organization_id, name) do update set last_number = s.last_number + $3
         returning last_number",
    )
    .bind::<st::Uuid, _>(tx.actor().organization)
    .bind::<st::Text, _>(sequence)
    .bind::<st::BigInt, _>(i64::from(count))
    .get_result(tx.conn())
    .await?;
    let last = u64::try_from(last.last_number).expect("the schema refuses a number below zero");
    Ok(last + 1 - u64::from(count)..last + 1)
}
