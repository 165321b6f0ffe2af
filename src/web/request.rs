//! What a request says besides its body.

use actix_web::{HttpMessage, HttpRequest};
use serde::de::DeserializeOwned;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use crate::types::{Place, Refusal, Status};
use crate::web::Result;

/// The fields of a form, in its order.
pub type Fields = Vec<(String, String)>;

/// A field of a form; empty where the form lacks it.
#[must_use]
pub fn sent<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text)
}

/// A parameter of the query string. One that is empty was not given; one that is no `T` is refused
/// (`web/field`) by its name, without its value.
pub fn field<T: DeserializeOwned>(name: &str, text: Option<&str>) -> Result<Option<T>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let deserializer: StrDeserializer<'_, Error> = text.into_deserializer();
    T::deserialize(deserializer).map(Some).map_err(|_may_repeat_the_value| {
        let what = format!("the parameter {name} is not what it should be");
        let place = Place { field: Some(name.to_owned()), ..Place::default() };
        let next = "Compare the request with /api/v1/openapi.json";
        Refusal::new("web/field", Status::Invalid, what, next).at(place).into()
    })
}

/// Refuses (`web/content-type`, 415) a body of another kind than these.
pub fn accepts(request: &HttpRequest, kinds: &[&str]) -> Result<()> {
    if kinds.iter().any(|kind| request.content_type().eq_ignore_ascii_case(kind)) {
        return Ok(());
    }
    let what = "the body is of another kind than is read here";
    let next = format!("Send it with Content-Type: {}", kinds.join(" or "));
    Err(Refusal::new("web/content-type", Status::WrongKind, what, next).into())
}
