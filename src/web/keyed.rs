//! A write's body with its idempotency key.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::{Bytes, Form, Json};
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::db::Tx;
use crate::db::idempotency::{self, Answer, Once, RequestHash, given, once};
use crate::types::{Refusal, Status};
use crate::web::parts::{self, MULTIPART, Parts};
use crate::web::request::json_fault;
use crate::web::{self, App, Caller, Problem, Result};

/// A write's body, and the key under which it happens once. `Keyed<Json<T>>` and `Keyed<Bytes>`
/// (and `Keyed<()>` for a write without a body) take the key from the header `Idempotency-Key`,
/// `Keyed<Form<T>>` from the hidden field `idempotency_key`, `Keyed<Parts>` from either. Refused (`idempotency/missing`)
/// without one.
///
/// ```text
/// async fn submit(app: App, caller: Caller, id: Path<ClaimId>, write: Keyed<()>) -> Result<HttpResponse> {
///     let once = write.key.once(&app, &caller, async |tx| {
///         Ok(Answer { status: 202, body: journey::submit(tx, *id).await? })
///     }).await?;
///     web::answer(&once)
/// }
/// ```
#[derive(Debug)]
pub struct Keyed<B> {
    /// What was sent.
    pub body: B,
    /// Its key.
    pub key: IdempotencyKey,
}

/// A form with nothing to fill in.
#[derive(Debug, Deserialize)]
pub struct Nothing {}

/// A key together with what the request was, so that it cannot stand for another.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    key: String,
    request: RequestHash,
}

impl IdempotencyKey {
    /// Runs `verb` in one transaction of the caller, unless the practice sent this key before: then
    /// gives its stored answer.
    pub async fn once<T: Serialize + DeserializeOwned>(
        &self,
        app: &App,
        caller: &Caller,
        verb: impl AsyncFnOnce(&mut Tx) -> crate::types::Result<Answer<T>> + Clone,
    ) -> Result<Once<T>> {
        let run = app.db.transaction(&caller.actor, async |tx| once(tx, &self.key, self.request, verb).await);
        Ok(run.await?)
    }
}

impl IdempotencyKey {
    /// The key itself, for a write that is told from others by it alone.
    ///
    /// # Errors
    /// `idempotency/key` when it is none.
    pub fn checked(&self) -> Result<&str> {
        Ok(idempotency::checked(&self.key)?)
    }

    /// The answer that was given under this key, for a write of several transactions: they run only
    /// when there is none, and [`IdempotencyKey::once`] keeps what they came to.
    pub async fn given<T: DeserializeOwned>(&self, app: &App, caller: &Caller) -> Result<Option<Once<T>>> {
        let look = app.db.transaction(&caller.actor, async |tx| given(tx, &self.key, self.request).await);
        Ok(look.await?)
    }
}

/// How a body is read.
pub trait FromBody: Sized {
    /// From the bytes that were sent.
    fn from_body(body: &Bytes) -> Result<Self>;

    /// The key, where this kind of request says it.
    fn key(request: &HttpRequest, _body: &Bytes) -> Option<String> {
        let header = request.headers().get("Idempotency-Key")?;
        header.to_str().ok().map(str::to_owned)
    }
}

impl FromBody for () {
    fn from_body(_: &Bytes) -> Result<()> {
        Ok(())
    }
}
impl FromBody for Bytes {
    fn from_body(body: &Bytes) -> Result<Bytes> {
        Ok(body.clone())
    }
}
impl<T: DeserializeOwned> FromBody for Json<T> {
    fn from_body(body: &Bytes) -> Result<Json<T>> {
        serde_json::from_slice(body).map(Json).map_err(|fault| {
            let next = "Compare the body with /api/v1/openapi.json";
            Refusal::new("web/json", Status::Unreadable, json_fault(&fault), next).into()
        })
    }
}
impl<T: DeserializeOwned> FromBody for Form<T> {
    fn from_body(body: &Bytes) -> Result<Form<T>> {
        Ok(Form(form(body)?))
    }
    fn key(_: &HttpRequest, body: &Bytes) -> Option<String> {
        let fields: Vec<(String, String)> = form(body).ok()?;
        fields.into_iter().find(|(name, _)| name == "idempotency_key").map(|(_, key)| key)
    }
}

fn form<T: DeserializeOwned>(body: &Bytes) -> Result<T> {
    let unreadable = |why: String| {
        Refusal::new("web/form", Status::Unreadable, why, "Load the page again and repeat what you did")
    };
    let text = std::str::from_utf8(body).map_err(|fault| unreadable(fault.to_string()))?;
    // A form's body is written as a query string is.
    let fields = actix_web::web::Query::<T>::from_query(text).map_err(|fault| unreadable(fault.to_string()));
    Ok(fields?.into_inner())
}

fn too_large() -> Refusal {
    let next = "Send it in parts, or import it with the command line";
    Refusal::new("web/too-large", Status::TooLarge, "the body is too large", next)
}

fn missing() -> Refusal {
    Refusal::new(
        "idempotency/missing",
        Status::Unreadable,
        "a write needs an idempotency key",
        "Send a fresh UUID as Idempotency-Key, and the same one when you repeat the request",
    )
}

/// The key is the header's, else the hidden field's. What tells one form from another is what it says:
/// a browser parts the same form otherwise each time.
impl FromRequest for Keyed<Parts> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Keyed<Parts>>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Bytes::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            web::accepts(&request, &[MULTIPART])?;
            let body = body.await.map_err(|_too_large| too_large())?;
            let parts = parts::read(request.headers(), body).await?;
            let of_form = Some(parts.text("idempotency_key").to_owned()).filter(|key| !key.is_empty());
            let key = <() as FromBody>::key(&request, &Bytes::new()).or(of_form).ok_or_else(missing)?;
            let (method, target) = (request.method().as_str(), request.uri().to_string());
            let mut said = vec![method.as_bytes(), target.as_bytes()];
            let fields = parts.fields().iter().filter(|(name, _)| name != "csrf");
            said.extend(fields.flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()]));
            said.extend(parts.files().iter().flat_map(|file| [file.name.as_bytes(), &file.bytes[..]]));
            let request = RequestHash::of(&said);
            Ok(Keyed { body: parts, key: IdempotencyKey { key, request } })
        })
    }
}

impl<B: FromBody> FromRequest for Keyed<B> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Keyed<B>>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Bytes::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let body = body.await.map_err(|_too_large| too_large())?;
            let Some(key) = B::key(&request, &body) else { return Err(missing().into()) };
            let (method, target) = (request.method().as_str(), request.uri().to_string());
            let hash = RequestHash::of(&[method.as_bytes(), target.as_bytes(), &body]);
            Ok(Keyed { body: B::from_body(&body)?, key: IdempotencyKey { key, request: hash } })
        })
    }
}
