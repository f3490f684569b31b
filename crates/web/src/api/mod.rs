//! Calls over HTTP: the Connect protocol's unary JSON, and the REST paths that the contract
//! declares. What they share is here: who may ask, how a body arrives, how a refusal is answered.

mod body;
mod connect;
mod fields;
mod refusal;
mod rest;
mod rules;

use std::net::IpAddr;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::Incoming,
    header::{self, HeaderName, HeaderValue},
};
use tonic::{Code, metadata::MetadataMap};

#[cfg(any(fuzzing, test))]
pub(crate) use rest::message_of_request as rest_message;
pub use rules::RuleError;
pub(crate) use rules::Rules;

use crate::{
    credentials,
    http::Context,
    origin::Page,
    transcode::{Answer, Problem},
};
use refusal::Refusal;

/// How long a browser may remember what a preflight said.
const PREFLIGHT_AGE: HeaderValue = HeaderValue::from_static("600");

type Reply = Response<Full<Bytes>>;

/// Whether that path is a method's or a REST path, be there one of that name or not.
pub(crate) fn is_call(path: &str) -> bool {
    rest::is_path(path) || connect::is_path(path)
}

/// Answers a call.
pub(crate) async fn answer(request: Request<Incoming>, peer: IpAddr, context: &Context) -> Reply {
    let page = Page::of(request.headers(), &context.origins);
    let is_rest = rest::is_path(request.uri().path());
    let mut reply = if request.method() == Method::OPTIONS {
        options(&request, &page, context)
    } else if page == Page::Foreign && changes(request.method()) {
        let message = "a page of another site must not do this: web.origins names those that may";
        let problem = Problem::new(Code::PermissionDenied, message);
        if is_rest { rest::refused(&problem.into()) } else { connect::refused(&problem.into()) }
    } else if is_rest {
        rest::answer(request, peer, &page, context).await
    } else {
        connect::answer(request, peer, &page, context).await
    };
    if let Page::Allowed(origin) = page {
        reply.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    // What is answered depends on who asks, and must not be kept by anyone.
    reply.headers_mut().insert(header::VARY, HeaderValue::from_static("origin"));
    reply.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

fn changes(method: &Method) -> bool {
    method != Method::GET && method != Method::HEAD
}

/// What may be done with the path; to a browser that asks for a page, what that page may do.
fn options(request: &Request<Incoming>, page: &Page, context: &Context) -> Reply {
    let path = request.uri().path();
    let allowed = match rest::is_path(path) {
        true => context.rules.find(path).map(|found| found.allow()),
        false => context.transcoder.method(path).map(|_| connect::ALLOW),
    };
    let Some(allowed) = allowed else { return empty(StatusCode::NOT_FOUND) };
    let mut reply = empty(StatusCode::NO_CONTENT);
    if matches!(page, Page::Allowed(_)) {
        let headers = reply.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, allowed.clone());
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE);
        // The site is trusted: it may send what it wants to.
        if let Some(asked) = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
        }
    }
    reply.headers_mut().insert(header::ALLOW, allowed);
    reply
}

fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = status;
    reply
}

fn json(status: StatusCode, text: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::new(text.into()));
    *reply.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    reply.headers_mut().insert(header::CONTENT_TYPE, json);
    reply
}

fn answered(answer: Answer) -> Reply {
    json(StatusCode::OK, String::from(Box::<str>::from(answer)))
}

/// A refusal with its JSON, of either shape.
fn refused(refusal: &Refusal, body: &impl serde::Serialize) -> Reply {
    // Words, numbers and lists of them can always be written.
    let mut reply = json(refusal.status, serde_json::to_vec(body).unwrap_or_default());
    if let Some((name, value)) = refusal.header.as_deref() {
        reply.headers_mut().insert(name, value.clone());
    }
    reply
}

/// The headers that a service may want to see: who asks, and what the caller made up for it.
fn metadata(headers: &HeaderMap) -> MetadataMap {
    let is_metadata = |name: &HeaderName| {
        name == header::AUTHORIZATION
            || (name.as_str().starts_with("x-") && !name.as_str().starts_with("x-forwarded-"))
    };
    let wanted = headers.iter().filter(|(name, _)| is_metadata(name));
    let mut metadata = HeaderMap::new();
    for (name, value) in wanted {
        metadata.append(name.clone(), value.clone());
    }
    let mut metadata = MetadataMap::from_headers(metadata);
    credentials::show_cookie(headers, &mut metadata);
    metadata
}
