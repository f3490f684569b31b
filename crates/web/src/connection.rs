//! One connection, from its first byte until the client leaves.

use std::{convert::Infallible, net::IpAddr, sync::Arc};

use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{self, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use kiosk_hub::{Limits, Place};
use kiosk_socketio::Wire;
use kiosk_tls::{AcceptError, Acceptor};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::{
    http::{Body, Context, route, text},
    setup,
};

/// What hyper needs for headers at least.
const HEADER_BYTES_MIN: usize = 8 * 1024;
/// How long a client may leave unread what was sent to it before the kernel drops the connection. (A
/// session's own bound is shorter; hyper has none.)
const UNREAD_MS_MAX: u32 = 15_000;

/// An extension of each request that came over TLS.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Encrypted;

/// Until the client leaves; an upgraded connection goes on as a session of its own.
pub(crate) async fn connection(
    stream: TcpStream,
    peer: IpAddr,
    acceptor: Option<Acceptor>,
    context: Arc<Context>,
    stop: CancellationToken,
    _place: Place<IpAddr>,
) {
    // Events are small and must not wait for each other.
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "TCP_NODELAY was not set");
    }
    if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(&stream, UNREAD_MS_MAX) {
        debug!(%error, "TCP_USER_TIMEOUT was not set");
    }
    let is_encrypted = acceptor.is_some();
    let wire: Wire = match acceptor {
        None => Box::new(stream),
        // Boxed: of all that a connection needs once, a handshake needs the most.
        Some(acceptor) => match stop.run_until_cancelled(Box::pin(acceptor.accept(stream))).await {
            Some(Ok(stream)) => Box::new(stream),
            Some(Err(AcceptError::NotTls(stream))) => {
                return Box::pin(without_tls(stream, &stop, &context)).await;
            }
            Some(Err(error)) => return debug!(%error, "no TLS connection"),
            None => return,
        },
    };
    let limits = context.hub.limits().clone();
    serve(wire, &stop, &limits, move |mut request| {
        let context = Arc::clone(&context);
        if is_encrypted {
            request.extensions_mut().insert(Encrypted);
        }
        async move { route(request, peer, &context).await }
    })
    .await;
}

async fn serve<F>(
    wire: Wire,
    stop: &CancellationToken,
    limits: &Limits,
    answer: impl Fn(Request<Incoming>) -> F,
) where
    F: Future<Output = Response<Body>>,
{
    let service = service_fn(|request| {
        let answer = answer(request);
        async { Ok::<_, Infallible>(answer.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.handshake())
        .max_buf_size(limits.header_bytes_max.get().max(HEADER_BYTES_MIN))
        .serve_connection(TokioIo::new(wire), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let served = tokio::select! {
        served = &mut connection => served,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        debug!(%error, "a connection ended");
    }
}

/// Who speaks plain HTTP on the port with TLS, such as a person who typed an address without
/// `https`. What makes a device trust the box is there, as with TLS it gets warnings instead.
async fn without_tls(stream: TcpStream, stop: &CancellationToken, context: &Context) {
    serve(Box::new(stream), stop, context.hub.limits(), async |request| {
        let is_read = request.method() == Method::GET || request.method() == Method::HEAD;
        let path = request.uri().path();
        let mut answer = match (context.setup.get(), with_https(&request)) {
            (Some(setup), _) if is_read && setup::PATHS.contains(&path) => setup.answer(path),
            (_, Some(location)) if is_read => {
                let mut answer = text(StatusCode::TEMPORARY_REDIRECT, "use https\n");
                answer.headers_mut().insert(header::LOCATION, location);
                answer
            }
            _ => text(StatusCode::BAD_REQUEST, "this port speaks https only\n"),
        };
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        answer
    })
    .await;
}

/// The same at the same address.
fn with_https(request: &Request<Incoming>) -> Option<HeaderValue> {
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    let path = request.uri().path_and_query()?;
    HeaderValue::try_from(format!("https://{host}{path}")).ok()
}
