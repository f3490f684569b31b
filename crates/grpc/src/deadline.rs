use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::timeout;
use tonic::{
    body::Body,
    codegen::{
        Service,
        http::{HeaderMap, Request, Response},
    },
    service::Routes,
};

use crate::status::deadline_exceeded;

/// How long a unary call may take, and a stream until it begins.
const DEADLINE: Duration = Duration::from_secs(10);

/// Answers DEADLINE_EXCEEDED when a call takes longer than its client or the box allows. (tonic's
/// own timeout answers CANCELLED, which by gRPC's definition only the caller does.)
#[derive(Debug, Clone)]
pub(crate) struct Deadline(pub(crate) Routes);

impl Service<Request<Body>> for Deadline {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<Body>>::poll_ready(&mut self.0, cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let allowed = grpc_timeout(request.headers()).map_or(DEADLINE, |asked| asked.min(DEADLINE));
        // A timer has a resolution: a quick call would be made all the same.
        if allowed.is_zero() {
            return Box::pin(async { Ok(deadline_exceeded().into_http()) });
        }
        let call = self.0.call(request);
        Box::pin(async move {
            let answer = timeout(allowed, call).await;
            answer.unwrap_or_else(|_| Ok(deadline_exceeded().into_http()))
        })
    }
}

/// `grpc-timeout` as in gRPC's PROTOCOL-HTTP2: at most 8 digits and a unit.
fn grpc_timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let is_count = digits.len() <= 8 && digits.bytes().all(|b| b.is_ascii_digit());
    let count: u64 = digits.parse().ok().filter(|_| is_count)?;
    match unit {
        "H" => Some(Duration::from_secs(count * 60 * 60)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_read_as_grpc_defines_it_and_nonsense_is_none() {
        let check = |text: &str, expected: Option<Duration>| {
            let headers =
                HeaderMap::from_iter([("grpc-timeout".parse().unwrap(), text.parse().unwrap())]);
            assert_eq!(grpc_timeout(&headers), expected, "{text}");
        };
        check("250m", Some(Duration::from_millis(250)));
        check("99999999H", Some(Duration::from_secs(99_999_999 * 3600)));
        check("0n", Some(Duration::ZERO));
        for nonsense in ["", "S", "10", "+1S", "-1S", "1.5S", "100000000S", "1s", "10é"] {
            let bytes = nonsense.as_bytes();
            let value = tonic::codegen::http::HeaderValue::from_bytes(bytes).unwrap();
            let headers = HeaderMap::from_iter([("grpc-timeout".parse().unwrap(), value)]);
            assert_eq!(grpc_timeout(&headers), None, "{nonsense}");
        }
    }
}
