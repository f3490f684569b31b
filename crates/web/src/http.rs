use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{self, HeaderValue},
};
use kiosk_hub::{Hub, Places};
use kiosk_socketio::Engine;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::{self, handshake::server::create_response_with_body};
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, Span};

use crate::{
    api::{self, Rules},
    credentials::{self, Visitor},
    images, metrics,
    native::{self, Dialect, Handshake, Query},
    origin::{Origin, Page, is_by_public_name},
    presence::Presence,
    screens,
    setup::{self, Setup},
    socketio::{self, Here},
    transcode::Transcoder,
};

/// Who has asked too often hears of it at the latest after this.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// What every connection shares.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) hub: Hub,
    pub(crate) places: Arc<Places<Visitor>>,
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

/// Answers; each request but a call counts for the address that it comes from. (The guard counts the
/// calls, when it is known whose they are.)
pub(crate) async fn route(
    request: Request<Incoming>,
    peer: IpAddr,
    context: &Arc<Context>,
) -> Response<Body> {
    if context.hub.access().is_open() && is_by_public_name(request.headers()) {
        let said = "a box that asks for no credentials is called localhost, or by its address\n";
        return text(StatusCode::FORBIDDEN, said);
    }
    if api::is_call(request.uri().path()) {
        // Boxed: hyper keeps room for this future for as long as the connection lives.
        return Box::pin(api::answer(request, peer, context)).await;
    }
    let count = || context.hub.access().count_request(peer);
    if socketio::names_session(request.uri()) {
        let answer = Box::pin(socketio::answer(request, peer, context)).await;
        // A session polls as often as there is something to say; one that there is not, only counts.
        let is_refused = answer.status() == StatusCode::BAD_REQUEST;
        return match if is_refused { count() } else { Ok(()) } {
            Ok(()) => answer,
            Err(wait) => Box::pin(too_often(wait)).await,
        };
    }
    if let Err(wait) = count() {
        return Box::pin(too_often(wait)).await;
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
    if let Some(file) = screens::file_of(request.uri().path()) {
        return screens::answer(file, request.headers());
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
            "the screens are at /; there are /ws, /setup, /healthz, /readyz, /metrics and /api/…\n",
        ),
    }
}

/// Answers late: who does not listen to the answer can't ask on before it is there.
async fn too_often(wait: Duration) -> Response<Body> {
    sleep(wait.min(PAUSE_MAX)).await;
    let mut response = text(
        StatusCode::TOO_MANY_REQUESTS,
        "too many requests from this address: see limits.requests_per_address_per_second\n",
    );
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
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
