//! A form with files, as a browser sends it without any script: `multipart/form-data` (RFC 7578).

use actix_multipart::Multipart;
use actix_web::error::PayloadError;
use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;
use futures_util::{StreamExt, stream};

use crate::types::{Refusal, Status};
use crate::web::{Fields, Result, sent};

/// The kind of such a body.
pub(super) const MULTIPART: &str = "multipart/form-data";

/// What such a form says.
pub struct Parts {
    fields: Fields,
    files: Vec<Upload>,
}

/// A file of a form.
pub struct Upload {
    /// As its sender calls it.
    pub name: String,
    /// Its content.
    pub bytes: Bytes,
}

impl Parts {
    /// A field; empty where the form lacks it.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        sent(&self.fields, name)
    }

    /// Every field, in the order of the form.
    #[must_use]
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// Its files, in the order of the form.
    #[must_use]
    pub fn files(&self) -> &[Upload] {
        &self.files
    }

    /// Its files.
    ///
    /// # Errors
    /// `web/no-file` where none was chosen.
    pub fn into_files(self) -> Result<Vec<Upload>> {
        if self.files.is_empty() {
            let next = "Choose a file, then send the form again";
            return Err(Refusal::new("web/no-file", Status::Invalid, "the form has no file", next).into());
        }
        Ok(self.files)
    }
}

/// The whole form.
pub(super) async fn read(headers: &HeaderMap, body: Bytes) -> Result<Parts> {
    read_until(headers, body, None).await
}

/// One field of the form, without reading what stands behind it; none where it is not there.
pub(super) async fn field(headers: &HeaderMap, body: Bytes, name: &str) -> Result<Option<String>> {
    let parts = read_until(headers, body, Some(name)).await?;
    Ok(parts.fields.into_iter().find(|(known, _)| known == name).map(|(_, text)| text))
}

async fn read_until(headers: &HeaderMap, body: Bytes, last: Option<&str>) -> Result<Parts> {
    let whole = stream::once(std::future::ready(Ok::<Bytes, PayloadError>(body)));
    let mut form = Multipart::new(headers, whole);
    let mut parts = Parts { fields: vec![], files: vec![] };
    while let Some(part) = form.next().await {
        let mut part = part.map_err(unreadable)?;
        let said = part.content_disposition();
        let name = said.and_then(|said| said.get_name()).unwrap_or_default().to_owned();
        let file = said.and_then(|said| said.get_filename()).map(str::to_owned);
        let mut bytes = vec![];
        while let Some(piece) = part.next().await {
            bytes.extend_from_slice(&piece.map_err(unreadable)?);
        }
        match file {
            // A field for a file in which none was chosen.
            Some(file) if file.is_empty() && bytes.is_empty() => {}
            Some(file) => parts.files.push(Upload { name: file, bytes: bytes.into() }),
            None => {
                let is_last = last == Some(name.as_str());
                parts.fields.push((name, String::from_utf8(bytes).map_err(unreadable)?));
                if is_last {
                    break;
                }
            }
        }
    }
    Ok(parts)
}

fn unreadable(fault: impl std::fmt::Display) -> Refusal {
    let next = "Load the page again and repeat what you did";
    Refusal::new("web/form", Status::Unreadable, fault.to_string(), next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{CONTENT_TYPE, HeaderValue};

    const FORM: &str = "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\ntoken\r\n\
        --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\
        Content-Type: text/plain\r\n\r\none\r\ntwo\r\n\
        --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\
        Content-Type: application/octet-stream\r\n\r\n\r\n--b--\r\n";

    fn headers() -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("multipart/form-data; boundary=b"));
        headers
    }

    #[actix_web::test]
    async fn fields_and_files_are_told_apart_and_a_file_that_was_not_chosen_is_none() {
        let parts = read(&headers(), Bytes::from_static(FORM.as_bytes())).await.unwrap_or_else(|_| panic!());
        assert_eq!((parts.text("csrf"), parts.text("table")), ("token", ""));
        let files: Vec<_> = parts.files().iter().map(|file| (file.name.as_str(), &file.bytes[..])).collect();
        assert_eq!(files, [("a.txt", &b"one\r\ntwo"[..])]);
    }

    #[actix_web::test]
    async fn a_form_that_is_cut_off_is_refused_and_a_field_before_the_cut_is_read() {
        let cut = Bytes::from_static(&FORM.as_bytes()[..FORM.len() - 40]);
        assert!(read(&headers(), cut.clone()).await.is_err());
        let token = field(&headers(), cut, "csrf").await.unwrap_or_else(|_| panic!());
        assert_eq!(token.as_deref(), Some("token"));
        assert!(read(&HeaderMap::new(), Bytes::from_static(b"x")).await.is_err());
    }
}
