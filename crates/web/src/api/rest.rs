//! The paths below `/api/`, each another way to call a method.

use std::net::IpAddr;

use hyper::{HeaderMap, Request, StatusCode, body::Incoming, header::ALLOW, http::request::Parts};
use serde_json::{Map, Value, json};
use tonic::Code;

use super::{
    Reply, answered, body, fields, metadata,
    refusal::Refusal,
    rules::{Body, Rule},
};
use crate::{
    http::Context,
    origin::Page,
    transcode::{Answer, Call, Caller, Problem, Terms},
};

/// The field that makes a repeated mutation harmless.
const REQUEST_ID: &str = "request_id";

/// Nothing else is below it.
const ROOT: &str = "/api/";

pub(super) fn is_path(path: &str) -> bool {
    path.starts_with(ROOT)
}

pub(super) async fn answer(
    request: Request<Incoming>,
    peer: IpAddr,
    page: &Page,
    context: &Context,
) -> Reply {
    match call(request, peer, page, context).await {
        Ok(answer) => answered(answer),
        Err(refusal) => refused(&refusal),
    }
}

pub(super) fn refused(refusal: &Refusal) -> Reply {
    super::refused(refusal, &json!({"error": refusal.problem}))
}

async fn call(
    request: Request<Incoming>,
    peer: IpAddr,
    page: &Page,
    context: &Context,
) -> Result<Answer, Refusal> {
    let (head, incoming) = request.into_parts();
    let path = head.uri.path();
    let Some(found) = context.rules.find(path) else {
        return Err(Problem::new(Code::NotFound, format!("there is nothing at {path}")).into());
    };
    let Some(rule) = found.rule(&head.method) else {
        let message = format!("{} is not for {path}", head.method);
        let status = StatusCode::METHOD_NOT_ALLOWED;
        let refusal = Refusal::new(status, Code::Unimplemented, message);
        return Err(refusal.with(ALLOW, found.allow()));
    };
    let bytes_max = context.hub.limits().request_bytes_max.get();
    let body = match rule.body {
        Body::None => Value::Null,
        Body::Whole | Body::Field(_) => {
            body::read(&head.headers, incoming, page, bytes_max).await?
        }
    };
    let message = message(rule, &found.params, &head, body)?;
    let terms =
        Terms { deadline: None, metadata: metadata(&head.headers), caller: Caller::From(peer) };
    match context.transcoder.call(&rule.method, message, terms).await? {
        Call::Unary(answer) => Ok(answer),
        Call::Stream(_) => Err(Problem::new(Code::Internal, "a unary method streams").into()),
    }
}

/// The message of a request whose body is this, and what kind it must be; none without a rule.
#[cfg(any(fuzzing, test))]
pub(crate) fn message_of_request(
    rules: &super::Rules,
    head: &Parts,
    body: Value,
) -> Option<(prost_reflect::MessageDescriptor, Result<Value, Problem>)> {
    let found = rules.find(head.uri.path())?;
    let rule = found.rule(&head.method)?;
    Some((rule.input.clone(), message(rule, &found.params, head, body)))
}

/// The method's message, from all the places that the rule takes it from.
fn message(rule: &Rule, params: &[&str], head: &Parts, body: Value) -> Result<Value, Problem> {
    let mut message = match &rule.body {
        Body::None => Map::new(),
        Body::Field(field) => Map::from_iter([(field.json_name().to_owned(), body)]),
        Body::Whole => match body {
            Value::Object(fields) => fields,
            _ => {
                let message = format!("a {} is a JSON object", rule.input.name());
                return Err(Problem::new(Code::InvalidArgument, message));
            }
        },
    };
    for (field, text) in rule.params.iter().zip(params) {
        fields::set_from_path(&mut message, field, text)?;
    }
    let query = head.uri.query().unwrap_or("");
    for (name, text) in fields::pairs(query)? {
        if matches!(rule.body, Body::Whole) {
            return Err(Problem::invalid(&name, "it belongs into the body, not into the query"));
        }
        fields::set_from_query(&mut message, &rule.input, &name, &text)?;
    }
    take_request_id(&mut message, rule, &head.headers)?;
    Ok(Value::Object(message))
}

/// The message's id counts; one that has none gets the header's.
fn take_request_id(
    message: &mut Map<String, Value>,
    rule: &Rule,
    headers: &HeaderMap,
) -> Result<(), Problem> {
    let Some(field) = rule.input.get_field_by_name(REQUEST_ID) else { return Ok(()) };
    let Some(key) = headers.get("idempotency-key") else { return Ok(()) };
    let is_empty = |value: &Value| value.is_null() || value == "";
    if [field.name(), field.json_name()].iter().all(|it| message.get(*it).is_none_or(is_empty)) {
        let key = key.to_str().map_err(|_| {
            Problem::invalid(REQUEST_ID, "the header idempotency-key must be a UUID")
        })?;
        message.remove(field.name());
        message.insert(field.json_name().into(), key.into());
    }
    Ok(())
}
