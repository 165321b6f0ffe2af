//! A route: method, path, whom it lets in, handler.

use actix_web::error::JsonPayloadError;
use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::middleware::from_fn;
use actix_web::web::{
    Data, JsonConfig, PathConfig, PayloadConfig, QueryConfig, ServiceConfig, resource, route,
};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder};

use crate::types::{Refusal, Status};
use crate::web::gate::gate;
use crate::web::request::json_fault;
use crate::web::{App, Needs, Problem};

/// The largest body that is taken: a year's charge file of a large group.
const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// One route. Its gate is built in: a handler is reached by whom `needs` lets in, and nobody else.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, as actix writes patterns: `/claims/{id}`.
    pub path: &'static str,
    /// Whom it lets in.
    pub needs: Needs,
    handler: actix_web::Route,
}

fn new<F, Args>(method: Method, path: &'static str, needs: Needs, handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let handler = route()
        .method(method.clone())
        .to(handler)
        .wrap(from_fn(move |request, next| gate(needs, request, next)));
    Route { method, path, needs, handler }
}

macro_rules! methods {
    ($($name:ident = $method:ident),+) => { $(
        #[doc = concat!("A `", stringify!($method), "` route.")]
        pub fn $name<F, Args>(path: &'static str, needs: Needs, handler: F) -> Route
        where
            F: Handler<Args>,
            Args: FromRequest + 'static,
            F::Output: Responder + 'static,
        {
            new(Method::$method, path, needs, handler)
        }
    )+ };
}
methods!(get = GET, post = POST, put = PUT, patch = PATCH, delete = DELETE);

/// Serves the routes, in their order; a path with another method answers 405.
pub fn configure(config: &mut ServiceConfig, app: App, routes: Vec<Route>) {
    config
        .app_data(Data::new(app))
        .app_data(PayloadConfig::new(BODY_BYTES_MAX))
        .app_data(JsonConfig::default().error_handler(|fault, _| unreadable_json(&fault).into()))
        .app_data(QueryConfig::default().error_handler(|fault, _| unreadable(&fault).into()))
        .app_data(PathConfig::default().error_handler(|fault, _| not_found(&fault).into()));
    let mut paths: Vec<(&'static str, Vec<Method>, Vec<actix_web::Route>)> = vec![];
    for Route { path, method, handler, .. } in routes {
        match paths.iter_mut().find(|(known, ..)| *known == path) {
            Some((_, methods, handlers)) => {
                methods.push(method);
                handlers.push(handler);
            }
            None => paths.push((path, vec![method], vec![handler])),
        }
    }
    for (path, methods, handlers) in paths {
        let allowed = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        let wrong = route().to(move || {
            let answer = HttpResponse::MethodNotAllowed().insert_header((ALLOW, allowed.clone())).finish();
            std::future::ready(answer)
        });
        config.service(handlers.into_iter().fold(resource(path), Resource::route).default_service(wrong));
    }
}

fn unreadable(fault: &impl std::fmt::Display) -> Problem {
    let next = "Compare the request with /api/v1/openapi.json";
    Refusal::new("web/unreadable", Status::Unreadable, fault.to_string(), next).into()
}

fn unreadable_json(fault: &JsonPayloadError) -> Problem {
    match fault {
        JsonPayloadError::Deserialize(fault) => unreadable(&json_fault(fault)),
        other => unreadable(other),
    }
}

fn not_found(_: &impl std::fmt::Display) -> Problem {
    let what = "the address has an id that is none";
    Refusal::new("web/not-found", Status::NotFound, what, "Check the address").into()
}
