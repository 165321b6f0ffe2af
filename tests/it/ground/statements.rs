use diesel::sql_types::{Array, BigInt, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use firstpass::db::{Tx, kept};
use firstpass::types::Result;

use crate::support;

const WORDS: &str = "select w.word, w.place
    from unnest($1) with ordinality as w (word, place) where w.place >= $2 order by w.place";

#[derive(Debug, PartialEq, QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
    #[diesel(sql_type = BigInt)]
    place: i64,
}

fn word(word: &str, place: i64) -> Word {
    Word { word: word.to_owned(), place }
}

/// How many statements with this text the connection keeps, and how often they ran.
async fn kept_of(tx: &mut Tx, text: &str) -> Result<(i64, i64)> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        statements: i64,
        #[diesel(sql_type = BigInt)]
        runs: i64,
    }
    let row: Row = sql_query(
        "select count(*) as statements, coalesce(sum(generic_plans + custom_plans), 0)::bigint as runs
         from pg_prepared_statements where statement = $1",
    )
    .bind::<Text, _>(text)
    .get_result(tx.conn())
    .await?;
    Ok((row.statements, row.runs))
}

#[tokio::test]
async fn a_kept_statement_is_prepared_once_and_loads_rows_by_name() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    world
        .db
        .transaction(&elm, async |tx| {
            let of = |words: Vec<&'static str>, from: i64| {
                kept(WORDS).bind::<Array<Text>, _>(words).bind::<BigInt, _>(from)
            };
            let all: Vec<Word> = of(vec!["first", "pass"], 1).load(tx.conn()).await?;
            assert_eq!(all, [word("first", 1), word("pass", 2)]);
            assert_eq!(kept_of(tx, WORDS).await?, (1, 1));
            let last: Word = of(vec!["elm", "oak", "ash"], 3).get_result(tx.conn()).await?;
            assert_eq!(last, word("ash", 3));
            assert_eq!(of(vec!["elm", "oak"], 1).execute(tx.conn()).await?, 2);
            assert_eq!(kept_of(tx, WORDS).await?, (1, 3));
            Ok(())
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn sql_query_is_not_kept() {
    const SAME: &str = "select $1::text as word, 1::bigint as place";
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    world
        .db
        .transaction(&elm, async |tx| {
            let text: Word = kept(SAME).bind::<Text, _>("7").get_result(tx.conn()).await?;
            let other: Word = sql_query(SAME).bind::<Text, _>("8").get_result(tx.conn()).await?;
            assert_eq!((text, other), (word("7", 1), word("8", 1)));
            assert_eq!(kept_of(tx, SAME).await?, (1, 1));
            Ok(())
        })
        .await
        .unwrap();
}
