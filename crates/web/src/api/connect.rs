//! The Connect protocol, unary with JSON: `POST /kiosk.v1.OrderService/PlaceOrder`. What is here
//! follows <https://connectrpc.com/docs/protocol>.

use std::net::IpAddr;

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use hyper::{
    HeaderMap, Method, Request, StatusCode,
    body::Incoming,
    header::{ALLOW as ALLOW_HEADER, HeaderValue},
};
use kiosk_proto::code_name;
use serde_json::{Value, json};
use tonic::Code;

use super::{Reply, answered, body, metadata, refusal::Refusal};
use crate::{
    http::Context,
    origin::Page,
    transcode::{Answer, Call, Caller, Detail, Problem, Terms},
};

/// What may be done with a method.
pub(super) const ALLOW: HeaderValue = HeaderValue::from_static("POST, OPTIONS");

/// The only version there is.
const VERSION: &str = "1";

/// `/package.Service/Method`: a qualified name, and a name. `/socket.io/` is none.
pub(super) fn is_path(path: &str) -> bool {
    let segments = path.strip_prefix('/').and_then(|path| path.split_once('/'));
    segments.is_some_and(|(service, method)| {
        service.contains('.') && !method.is_empty() && !method.contains(['/', '.'])
    })
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
    let problem = &refusal.problem;
    let details: Vec<Value> = problem.details.iter().map(detail).collect();
    let body = json!({
        "code": code(problem.code),
        "message": problem.message,
        "details": details,
    });
    super::refused(refusal, &body)
}

async fn call(
    request: Request<Incoming>,
    peer: IpAddr,
    page: &Page,
    context: &Context,
) -> Result<Answer, Refusal> {
    let (head, incoming) = request.into_parts();
    let name = head.uri.path();
    let Some(method) = context.transcoder.method(name) else {
        let message = format!("there is no method {name}");
        return Err(Refusal::new(StatusCode::NOT_FOUND, Code::Unimplemented, message));
    };
    if head.method != Method::POST {
        let message = format!("a method is called with POST, not {}", head.method);
        let status = StatusCode::METHOD_NOT_ALLOWED;
        return Err(Refusal::new(status, Code::Unimplemented, message).with(ALLOW_HEADER, ALLOW));
    }
    if method.is_client_streaming() || method.is_server_streaming() {
        let message = format!("{name} streams: call it on /ws or over gRPC");
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Refusal::new(status, Code::Unimplemented, message));
    }
    check_version(&head.headers)?;
    let deadline = deadline(&head.headers)?;
    let bytes_max = context.hub.limits().request_bytes_max.get();
    let message = body::read(&head.headers, incoming, page, bytes_max).await?;
    let terms = Terms { deadline, metadata: metadata(&head.headers), caller: Caller::From(peer) };
    match context.transcoder.call(name, message, terms).await? {
        Call::Unary(answer) => Ok(answer),
        Call::Stream(_) => Err(Problem::new(Code::Internal, "a unary method streams").into()),
    }
}

fn check_version(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get("connect-protocol-version") {
        Some(version) if version != VERSION => {
            let message =
                format!("connect-protocol-version must be \"{VERSION}\", not {version:?}");
            Err(Problem::new(Code::InvalidArgument, message))
        }
        _ => Ok(()),
    }
}

/// A whole number of milliseconds with at most 10 digits.
fn deadline(headers: &HeaderMap) -> Result<Option<Duration>, Problem> {
    let Some(value) = headers.get("connect-timeout-ms") else { return Ok(None) };
    let digits = value.to_str().unwrap_or("");
    let is_count = digits.len() <= 10 && digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse().ok().filter(|_| is_count) {
        Some(ms) => Ok(Some(Duration::from_millis(ms))),
        None => {
            let message = format!("connect-timeout-ms must be 1 to 10 digits, not {value:?}");
            Err(Problem::new(Code::InvalidArgument, message))
        }
    }
}

/// Connect's own spelling: in lower case, and `canceled`.
fn code(code: Code) -> String {
    match code {
        Code::Cancelled => "canceled".into(),
        code => code_name(code).to_ascii_lowercase(),
    }
}

fn detail(detail: &Detail) -> Value {
    let name = detail.type_url.rsplit('/').next();
    let value = BASE64_STANDARD_NO_PAD.encode(&detail.value);
    match &detail.fields {
        Some(fields) => json!({"type": name, "value": value, "debug": fields}),
        None => json!({"type": name, "value": value}),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_methods_path_is_told_from_others() {
        for path in ["/kiosk.v1.OrderService/PlaceOrder", "/a.B/C"] {
            assert!(super::is_path(path), "{path}");
        }
        for path in
            ["/socket.io/", "/a.b", "/a.b/c/d", "/assets/app.js", "/v1.0/app.js", "/ws", "//"]
        {
            assert!(!super::is_path(path), "{path}");
        }
    }
}
