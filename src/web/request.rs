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

/// What is wrong with a JSON body. serde repeats a value of another type than was expected; it may be
/// patient data, so it is left out.
pub(super) fn json_fault(fault: &serde_json::Error) -> String {
    let said = fault.to_string();
    let repeats = ["invalid type: ", "invalid value: "].into_iter().find(|begin| said.starts_with(begin));
    let (Some(begin), Some(end)) = (repeats, said.rfind(", expected ")) else { return said };
    let kind: String =
        said[begin.len()..].chars().take_while(|c| c.is_ascii_alphabetic() || *c == ' ').collect();
    format!("{begin}{}{}", kind.trim_end(), &said[end..])
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &str) {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Body {
            #[expect(dead_code, reason = "only read")]
            member_id: String,
        }
        let fault = serde_json::from_str::<Body>(json).unwrap_err();
        assert_eq!(json_fault(&fault), expected);
    }

    #[test]
    fn a_value_of_another_type_is_not_repeated() {
        check(r#"{"member_id":12345}"#, "invalid type: integer, expected a string at line 1 column 18");
        check(
            r#"{"member_id":["Roe, expected"]}"#,
            "invalid type: sequence, expected a string at line 1 column 13",
        );
        check(r#""Roe, expected Jane""#, "invalid type: string, expected struct Body at line 1 column 20");
        check(r#"{"id":1}"#, "unknown field `id`, expected `member_id` at line 1 column 5");
    }
}
