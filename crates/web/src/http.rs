use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{self, HeaderValue},
};
use kiosk_hub::Hub;
use kiosk_socketio::Engine;
use tokio_tungstenite::tungstenite::{self, handshake::server::create_response_with_body};
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, Span};

use crate::{
    api::{self, Rules},
    credentials, images, metrics,
    native::{self, Dialect, Handshake, Query},
    origin::{Origin, Page},
    places::Places,
    presence::Presence,
    setup::{self, Setup},
    socketio::{self, Here},
    transcode::Transcoder,
};

/// What every connection shares.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) hub: Hub,
    pub(crate) places: Arc<Places>,
    pub(crate) sessions: TaskTracker,
    /// Calls the gRPC services.
    pub(crate) transcoder: Transcoder,
    /// The REST paths.
    pub(crate) rules: Rules,
    /// Sites whose pages may do what the box's own may.
    pub(crate) origins: Vec<Origin>,
    pub(crate) engine: Engine,
    /// The Socket.IO sessions that clients may come back to.
    pub(crate) here: Arc<Here>,
    pub(crate) presence: Arc<Presence>,
    /// Of a box with TLS.
    pub(crate) setup: OnceLock<Setup>,
}

pub(crate) type Body = Full<Bytes>;

pub(crate) async fn route(
    request: Request<Incoming>,
    peer: IpAddr,
    context: &Arc<Context>,
) -> Response<Body> {
    if api::is_call(request.uri().path()) {
        // Boxed: hyper keeps room for this future for as long as the connection lives.
        return Box::pin(api::answer(request, peer, context)).await;
    }
    if request.uri().path().starts_with(socketio::PATH) {
        return Box::pin(socketio::answer(request, peer, context)).await;
    }
    if request.uri().path() == credentials::SESSION_PATH {
        return credentials::answer(&request, peer, &context.hub, &context.origins);
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n");
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match request.uri().path() {
        "/ws" => upgrade(request, peer, context),
        "/healthz" => text(StatusCode::OK, "ok\n"),
        "/readyz" => match context.hub.why_not_ready() {
            None => text(StatusCode::OK, "ready\n"),
            Some(why) => {
                text(StatusCode::SERVICE_UNAVAILABLE, format!("no orders are taken now: {why}\n"))
            }
        },
        path if path.starts_with(images::PATH) => Box::pin(images::answer(path, context)).await,
        path if setup::PATHS.contains(&path) => match context.setup.get() {
            Some(setup) => setup.answer(path),
            None => text(StatusCode::NOT_FOUND, "TLS is off: see [tls] in the configuration\n"),
        },
        "/metrics" if credentials::is_staff(&context.hub, request.headers(), peer) => {
            text(StatusCode::OK, metrics::render(&context.hub))
        }
        "/metrics" => text(StatusCode::UNAUTHORIZED, "for ADMIN and STAFF: show a token\n"),
        _ => text(
            StatusCode::NOT_FOUND,
            "there are /ws, /setup, /healthz, /readyz, /metrics and /api/…\n",
        ),
    }
}

pub(crate) fn text(status: StatusCode, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

/// Answers the handshake; the session begins when the answer is out.
fn upgrade(mut request: Request<Incoming>, peer: IpAddr, context: &Arc<Context>) -> Response<Body> {
    if Page::of(request.headers(), &context.origins) == Page::Foreign {
        return text(StatusCode::FORBIDDEN, "this site may not use the box: see web.origins\n");
    }
    let query = match Query::parse(request.uri().query().unwrap_or("")) {
        Ok(query) => query,
        Err(problem) => return text(StatusCode::BAD_REQUEST, format!("{problem}\n")),
    };
    let mut response = match create_response_with_body(&request, Full::default) {
        Ok(response) => response,
        Err(error) => return upgrade_required(&error),
    };
    let offered = Dialect::offered(request.headers());
    if let Some(dialect) = offered {
        let value = HeaderValue::from_static(dialect.name());
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, value);
    }
    let upgrade = hyper::upgrade::on(&mut request);
    let dialect = offered.unwrap_or(Dialect::Json);
    let shown = request.uri().query().unwrap_or("");
    let token = credentials::token_of_upgrade(request.headers(), shown).map(str::to_owned);
    let handshake = Handshake { token, peer, dialect, query };
    let session = native::run(upgrade, Arc::clone(context), handshake);
    context.sessions.spawn(session.instrument(Span::current()));
    response
}

fn upgrade_required(error: &tungstenite::Error) -> Response<Body> {
    let mut response = text(StatusCode::UPGRADE_REQUIRED, format!("{error}\n"));
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    response
}
