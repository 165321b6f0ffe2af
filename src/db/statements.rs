//! Statements written in SQL that a connection keeps.

use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Untyped};

/// A statement in SQL that a connection prepares once and keeps, where diesel's `sql_query` has it read and
/// planned each time, which for a join of five tables takes longer than to run it. Rows load by the names of
/// their columns, as with `sql_query`.
///
/// Which of the two: this one for what a page, a posting or an answer of the API asks again and again, when
/// one plan serves all values: looked up by keys, lists of keys included. `sql_query` where the best plan
/// hangs on the values (`$2 is null or ..`, what is in some practices rare and in others all there is), and
/// for reports and proofs, whose planning is nothing beside their running. The server plans a kept statement
/// for its values five times; then it keeps the plan for any values if that looks no dearer, until the
/// tables' statistics or columns change. A plan for any values takes a list for ten long and a practice for
/// few rows, so in a join it would rather begin with all that the practice has of something small: where that
/// may be much, what is looked up stands in `cross join lateral (select .. offset 0)`.
///
/// A statement's text never changes, so that a connection keeps as many as the program has, and not one more
/// for each value that somebody writes into a text; what is put together of constants is `kept_once!`. It
/// names its columns: when a table has another column the server refuses what `select *` gave before.
///
/// ```
/// # use diesel::sql_types::{Text, Uuid};
/// let visits = firstpass::db::kept("select id from encounters where patient_id = $1 and state = $2")
///     .bind::<Uuid, _>(uuid::Uuid::now_v7())
///     .bind::<Text, _>("open");
/// # let _ = visits;
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a query runs when it is loaded or executed"]
pub struct Kept<Values = ()> {
    sql: &'static str,
    values: Values,
}

/// A [`Kept`] statement; its values are bound in the order of `$1`, `$2`, ..
pub const fn kept(sql: &'static str) -> Kept {
    Kept { sql, values: () }
}

/// A [`Kept`] statement whose text is put together of constants, when it is asked for the first time.
macro_rules! kept_once {
    ($sql:expr) => {{
        static SQL: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| $sql);
        $crate::db::kept(&SQL)
    }};
}
pub(crate) use kept_once;

impl<Values> Kept<Values> {
    /// The value of the next placeholder.
    pub fn bind<ST, Value>(self, value: Value) -> Kept<Bound<Values, Value, ST>> {
        Kept { sql: self.sql, values: Bound { before: self.values, value, of: PhantomData } }
    }
}

/// A value of a [`Kept`] statement, after those before it.
#[derive(Clone, Copy, Debug)]
pub struct Bound<Before, Value, ST> {
    before: Before,
    value: Value,
    of: PhantomData<ST>,
}

impl<Values: QueryFragment<Pg>> QueryFragment<Pg> for Kept<Values> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.sql);
        self.values.walk_ast(out)
    }
}

impl<Before, Value, ST> QueryFragment<Pg> for Bound<Before, Value, ST>
where
    Before: QueryFragment<Pg>,
    Value: ToSql<ST, Pg>,
    Pg: HasSqlType<ST>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.before.walk_ast(out.reborrow())?;
        // Its placeholder stands in the text.
        out.push_bind_param_value_only(&self.value)
    }
}

/// Its type does not tell the text, so the connection goes by the text and the types of the values.
impl<Values> QueryId for Kept<Values> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Values> Query for Kept<Values> {
    type SqlType = Untyped;
}
