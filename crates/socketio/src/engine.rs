use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::{
    Method, Request, Response,
    body::Incoming,
    header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
    http::request::Parts,
};
use tokio::{sync::oneshot, time::timeout};
use tokio_tungstenite::tungstenite::{Utf8Bytes, handshake::server::create_response_with_body};

use crate::{
    Closed, Config, Socket, Violation,
    payload::Packets,
    polling::Polling,
    refusal::Refusal,
    registry::{Ask, Door, Registry, Session},
    transport::Transport,
    websocket,
};

/// The version of Engine.IO that is spoken.
const VERSION: &str = "4";

type Answer = Response<Full<Bytes>>;

/// All sessions of one server. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) registry: Registry,
}

/// What the query says of the transport.
struct Query {
    /// None: a handshake.
    sid: Option<String>,
    transport: Name,
}

#[derive(Clone, Copy)]
enum Name {
    Polling,
    WebSocket,
}

impl Engine {
    /// Without any session yet.
    pub fn new(config: Config) -> Self {
        Self { shared: Arc::new(Shared { config, registry: Registry::default() }) }
    }

    /// How many sessions there are, on either transport.
    pub fn sessions(&self) -> usize {
        self.shared.registry.len()
    }

    /// Answers any request under the engine's path. A new session goes to `open`, with the handshake
    /// that began it: keep what is needed of that and drop the rest, which is larger than the
    /// session.
    ///
    /// For a WebSocket the connection must have been given to hyper as `TokioIo<Wire>`, and be
    /// served with upgrades. Origins, preflights and other headers are the caller's.
    pub async fn respond(
        &self,
        request: Request<Incoming>,
        open: impl FnOnce(Socket, Parts),
    ) -> Response<Full<Bytes>> {
        let answer = match Query::of(&request) {
            Ok(Query { sid: None, .. }) if request.method() != Method::GET => {
                Err(Refusal::BadHandshakeMethod)
            }
            Ok(Query { sid: None, transport: Name::Polling }) => self.open_polling(request, open),
            Ok(Query { sid: None, transport: Name::WebSocket }) => {
                self.open_websocket(request, open)
            }
            Ok(Query { sid: Some(sid), transport: Name::Polling })
                if request.method() == Method::GET =>
            {
                // Its headers are in a buffer of 8 KiB, and a poll may take long.
                drop(request);
                self.poll(&sid).await
            }
            // Boxed, as a poll waits in the same future and would have to bear its size.
            Ok(Query { sid: Some(sid), transport }) => {
                Box::pin(self.go_on(request, &sid, transport)).await
            }
            Err(refusal) => Err(refusal),
        };
        answer.unwrap_or_else(Refusal::response)
    }

    fn open_polling(
        &self,
        request: Request<Incoming>,
        open: impl FnOnce(Socket, Parts),
    ) -> Result<Answer, Refusal> {
        let (door, asks) = Door::new();
        let polling = Box::new(Polling::new(asks, &self.shared.config));
        let (session, transport) = (Session::Polling(door), Transport::Polling(polling));
        let socket = self.add(session, |_| transport)?;
        let greeting = self.greeting(socket.id(), r#"["websocket"]"#);
        open(socket, request.into_parts().0);
        Ok(text(greeting.into()))
    }

    fn open_websocket(
        &self,
        mut request: Request<Incoming>,
        open: impl FnOnce(Socket, Parts),
    ) -> Result<Answer, Refusal> {
        let answer = switch(&request)?;
        let config = &self.shared.config;
        let on_upgrade = hyper::upgrade::on(&mut request);
        let opening = websocket::open(on_upgrade, config, config.handshake_timeout);
        let transport = |id: &str| Transport::Opening(opening, self.greeting(id, "[]"));
        let socket = self.add(Session::WebSocket, transport)?;
        open(socket, request.into_parts().0);
        Ok(answer)
    }

    fn add(
        &self,
        session: Session,
        transport: impl FnOnce(&str) -> Transport,
    ) -> Result<Socket, Refusal> {
        let shared = &self.shared;
        let id = shared.registry.add(session, shared.config.sessions_max)?;
        let transport = transport(&id);
        Ok(Socket::new(id, Arc::clone(shared), transport))
    }

    /// The first packet of a session.
    fn greeting(&self, id: &str, upgrades: &str) -> String {
        let Config { ping_interval, ping_timeout, payload_bytes_max, .. } = self.shared.config;
        let (interval, timeout) = (ping_interval.as_millis(), ping_timeout.as_millis());
        format!(
            r#"0{{"sid":"{id}","upgrades":{upgrades},"pingInterval":{interval},"pingTimeout":{timeout},"maxPayload":{payload_bytes_max}}}"#
        )
    }

    /// Waits until there is something for the client.
    async fn poll(&self, id: &str) -> Result<Answer, Refusal> {
        let Session::Polling(door) = self.session(id)? else { return Err(Refusal::BadRequest) };
        let (reply, replied) = oneshot::channel();
        door.ask(Ask::Poll(reply)).await;
        replied.await.unwrap_or(Err(Refusal::UnknownSession)).map(text)
    }

    /// Another request of a session that exists.
    async fn go_on(
        &self,
        mut request: Request<Incoming>,
        id: &str,
        transport: Name,
    ) -> Result<Answer, Refusal> {
        match (transport, self.session(id)?) {
            (Name::Polling, Session::Polling(door)) if request.method() == Method::POST => {
                self.post(request, &door).await
            }
            (Name::Polling, _) => Err(Refusal::BadRequest),
            // As the reference does, a WebSocket that comes too late is opened and closed.
            (Name::WebSocket, session) => {
                let answer = switch(&request)?;
                if let Session::Polling(door) = session {
                    door.ask(Ask::Upgrade(hyper::upgrade::on(&mut request))).await;
                }
                Ok(answer)
            }
        }
    }

    fn session(&self, id: &str) -> Result<Session, Refusal> {
        self.shared.registry.find(id).ok_or(Refusal::UnknownSession)
    }

    async fn post(&self, request: Request<Incoming>, door: &Arc<Door>) -> Result<Answer, Refusal> {
        let Some(_posting) = door.begin_post() else {
            door.ask(Ask::End(Violation::SecondPost.into())).await;
            return Err(Refusal::BadRequest);
        };
        let Config { payload_bytes_max, body_timeout, .. } = self.shared.config;
        match body(request.into_body(), payload_bytes_max, body_timeout).await {
            Ok(body) => {
                let (reply, replied) = oneshot::channel();
                door.ask(Ask::Post(Packets::new(body), reply)).await;
                replied.await.unwrap_or(Err(Refusal::UnknownSession)).map(text)
            }
            Err((refusal, closed)) => {
                door.ask(Ask::End(closed)).await;
                Err(refusal)
            }
        }
    }
}

async fn body(
    body: Incoming,
    bytes_max: usize,
    within: Duration,
) -> Result<Utf8Bytes, (Refusal, Closed)> {
    let Ok(collected) = timeout(within, Limited::new(body, bytes_max).collect()).await else {
        return Err((Refusal::SlowBody, Closed::SlowBody));
    };
    let body = collected.map_err(|error| match error.downcast::<LengthLimitError>() {
        Ok(_) => (Refusal::TooBig, Closed::TooBig),
        Err(_) => (Refusal::BadRequest, Closed::Left),
    })?;
    let text = Utf8Bytes::try_from(body.to_bytes());
    text.map_err(|_| (Refusal::BadRequest, Violation::NotUtf8.into()))
}

/// The answer that makes a WebSocket of the connection.
fn switch(request: &Request<Incoming>) -> Result<Answer, Refusal> {
    create_response_with_body(request, Full::default).map_err(|_| Refusal::BadRequest)
}

fn text(body: Bytes) -> Answer {
    let mut response = Response::new(Full::new(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=UTF-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl Query {
    /// Nothing in it needs percent-encoding, so nothing is decoded.
    fn of(request: &Request<Incoming>) -> Result<Self, Refusal> {
        let query = request.uri().query().unwrap_or_default();
        let value = |name| {
            query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name)
        };
        let transport = match value("transport") {
            Some((_, "polling")) => Name::Polling,
            Some((_, "websocket")) => Name::WebSocket,
            _ => return Err(Refusal::UnknownTransport),
        };
        if value("EIO") != Some(("EIO", VERSION)) {
            return Err(Refusal::UnsupportedVersion);
        }
        Ok(Self { sid: value("sid").map(|(_, sid)| sid.to_owned()), transport })
    }
}
