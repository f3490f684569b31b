use std::time::Duration;

use bytes::BytesMut;
use http_body_util::BodyExt as _;
use hyper::{
    HeaderMap, StatusCode,
    body::{Body as _, Incoming},
    header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue},
};
use serde_json::{Map, Value};
use tokio::time::timeout;
use tonic::Code;

use super::refusal::Refusal;
use crate::{origin::Page, transcode::parse};

/// Of a body that is too large so much is read and thrown away: most clients listen for an answer
/// only when they have sent all.
const WASTE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long a body may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(5);

const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");

/// The JSON in the body; an empty body is an empty object.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Incoming,
    page: &Page,
    bytes_max: usize,
) -> Result<Value, Refusal> {
    if !body.is_end_stream() {
        check_type(headers, page)?;
    }
    let Ok(read) = timeout(BODY_TIMEOUT, collect(body, bytes_max)).await else {
        let message = format!("the body did not arrive within {} s", BODY_TIMEOUT.as_secs());
        return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, Code::DeadlineExceeded, message));
    };
    let bytes = read?;
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    Ok(parse(&bytes)?)
}

/// A body that a page of any site can make a browser send without asking, as a form's, is taken from
/// programs only: it is what `curl -d` says.
fn check_type(headers: &HeaderMap, page: &Page) -> Result<(), Refusal> {
    let refuse = |code, message: String| {
        let refusal = Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, message);
        Err(refusal.with(ACCEPT_POST, HeaderValue::from_static("application/json")))
    };
    if let Some(encoding) = headers.get(CONTENT_ENCODING).filter(|it| *it != "identity") {
        let message = format!("a body can't be compressed here, nor be {encoding:?}");
        return refuse(Code::Unimplemented, message);
    }
    let media_type = headers.get(CONTENT_TYPE).map_or("", |it| it.to_str().unwrap_or("unreadable"));
    let (essence, parameters) = media_type.split_once(';').unwrap_or((media_type, ""));
    let essence = essence.trim().to_ascii_lowercase();
    let charset = parameters.trim().to_ascii_lowercase();
    let is_utf8 = ["", "charset=utf-8", "charset=\"utf-8\""].contains(&&*charset);
    let is_json = essence == "application/json" && is_utf8;
    let is_form = essence == "application/x-www-form-urlencoded" && *page == Page::None;
    if is_json || is_form {
        return Ok(());
    }
    refuse(Code::InvalidArgument, format!("send application/json, not {media_type:?}"))
}

async fn collect(mut body: Incoming, bytes_max: usize) -> Result<BytesMut, Refusal> {
    let mut bytes = BytesMut::new();
    let mut total = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            let message = format!("the body broke off: {error}");
            Refusal::new(StatusCode::BAD_REQUEST, Code::Cancelled, message)
        })?;
        let Ok(data) = frame.into_data() else { continue };
        total += data.len();
        if total <= bytes_max {
            bytes.extend_from_slice(&data);
        } else if total > bytes_max.max(WASTE_BYTES_MAX) {
            break;
        }
    }
    if total > bytes_max {
        let message = format!("the body has more than {bytes_max} bytes");
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return Err(Refusal::new(status, Code::ResourceExhausted, message));
    }
    Ok(bytes)
}
