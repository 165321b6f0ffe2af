//! Lists, a page at a time, by key: `?after=<opaque>&limit=` and `{items, next}`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::types::{Refusal, Status};
use crate::web::{Result, opaque};

/// Rows of a page unless the request says otherwise, and at most.
const LIMIT: i64 = 50;
const LIMIT_MAX: i64 = 200;

/// What a list's query string says; take it as `Query<Paging>`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Begin after this place: the `next` of the page before.
    pub after: Option<String>,
    /// How many at most: 1 to 200, else 50.
    pub limit: Option<i64>,
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; `null` at the end.
    pub next: Option<String>,
}

impl Paging {
    /// How many rows to show. Ask the database for one more: it tells whether there is a next page.
    #[must_use]
    pub fn limit(&self) -> i64 {
        self.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX)
    }

    /// The last key of the page before. Refused (`web/after`) when it is none that we gave.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>> {
        let Some(text) = self.after.as_deref().filter(|text| !text.is_empty()) else { return Ok(None) };
        let key = opaque::decode(text).and_then(|json| serde_json::from_slice(&json).ok());
        key.map(Some).ok_or_else(|| {
            let what = "the parameter after is none that a list gave as next";
            Refusal::new("web/after", Status::Unreadable, what, "Begin without it").into()
        })
    }
}

impl<T> Page<T> {
    /// From rows, of which one too many was asked for, and the key of a row.
    pub fn of<K: Serialize>(mut rows: Vec<T>, paging: &Paging, key: impl Fn(&T) -> K) -> Result<Page<T>> {
        let limit = usize::try_from(paging.limit()).map_err(anyhow::Error::from)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = match rows.last().filter(|_| more) {
            None => None,
            Some(last) => Some(opaque::encode(&serde_json::to_vec(&key(last)).map_err(anyhow::Error::from)?)),
        };
        Ok(Page { items: rows, next })
    }

    /// The same page of what each row becomes.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(each).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_walked_by_the_key_of_its_last_row() {
        let two = Paging { after: None, limit: Some(2) };
        let first = Page::of(vec![10, 20, 30], &two, |row| (*row, "x")).unwrap();
        assert_eq!(first.items, [10, 20]);
        let second = Paging { after: first.next, limit: Some(2) };
        assert_eq!(second.after::<(i32, String)>().unwrap(), Some((20, "x".to_owned())));
        assert_eq!(Page::of(vec![30], &second, |row| *row).unwrap().next, None);
    }

    #[test]
    fn a_place_that_no_list_gave_is_refused() {
        let paging = Paging { after: Some("5b3".into()), limit: Some(9_999) };
        assert_eq!(paging.limit(), 200);
        assert!(paging.after::<i32>().is_err());
    }
}
