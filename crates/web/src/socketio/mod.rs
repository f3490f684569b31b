//! Socket.IO sessions: what unmodified clients of the older systems, and new ones, say and hear.

mod ask;
mod handshake;
mod here;
mod offset;
mod older;
mod show;

use std::{
    net::IpAddr,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode, Uri,
    body::Incoming,
    header::{self, HeaderValue},
    http::request::Parts,
};
use kiosk_hub::Limits;
use kiosk_socketio::{
    Closed, Config, Engine, Socket, Text,
    packet::{self, Decoder, Packet, ROOT},
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};
use tracing::{Instrument as _, Span, debug};

pub(crate) use self::here::Here;
pub(crate) use self::offset::Offset;
#[cfg(any(fuzzing, test))]
pub(crate) use self::offset::parse as parse_offset;
use self::{
    ask::{Failure, Success},
    here::Stay,
};
use crate::{
    http::Context,
    origin::Page,
    session::{End, FramePace, Happening, Reason, Reply, Session},
    transcode::{Answer, Problem},
};

/// The path that clients come to, unless they are told otherwise.
pub(crate) const PATH: &str = "/socket.io/";

/// What is held for a client that does not take it, the kernel's part included.
const PENDING_BYTES_MAX: usize = 192 * 1024;
/// What a callback gets: what is around it on a poll has room, too.
const ACK_BYTES_MAX: usize = PENDING_BYTES_MAX - 1024;
const HEARTBEAT: Duration = Duration::from_secs(30);
/// With no sign of life for so long after a ping, the other side is gone.
const SILENCE_MAX: Duration = Duration::from_secs(15);
/// How long a client may take to say which namespace it wants.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What asks a place of [`Places`](kiosk_hub::Places) comes after the transports, so they bear some more
/// than there are places.
pub(crate) fn engine_sessions_max(sessions_max: usize) -> usize {
    sessions_max + sessions_max / 4 + 16
}

/// The transports, with the bounds of this box.
pub(crate) fn engine(sessions_max: usize, limits: &Limits) -> Engine {
    Engine::new(Config {
        ping_interval: HEARTBEAT,
        ping_timeout: SILENCE_MAX,
        payload_bytes_max: limits.frame_bytes_max.get(),
        pending_bytes_max: PENDING_BYTES_MAX,
        sessions_max: engine_sessions_max(sessions_max),
        ..Config::default()
    })
}

/// Whether a request says that it is of a session which has begun.
pub(crate) fn names_session(uri: &Uri) -> bool {
    let mut pairs = uri.query().unwrap_or("").split('&');
    uri.path().starts_with(PATH) && pairs.any(|pair| pair.starts_with("sid="))
}

/// Answers a request under [`PATH`].
pub(crate) async fn answer(
    request: Request<Incoming>,
    peer: IpAddr,
    context: &Arc<Context>,
) -> Response<Full<Bytes>> {
    let page = Page::of(request.headers(), &context.origins);
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let mut response = if page == Page::Foreign {
        refused(StatusCode::FORBIDDEN, r#"{"code":4,"message":"Forbidden"}"#)
    } else if request.method() == Method::OPTIONS {
        refused(StatusCode::NO_CONTENT, "")
    } else {
        let open = |socket, parts: Parts| {
            let client = Client::run(socket, peer, parts, Arc::clone(context));
            context.sessions.spawn(client.instrument(Span::current()));
        };
        context.engine.respond(request, open).await
    };
    if let Page::Allowed(origin) = page {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let yes = HeaderValue::from_static("true");
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
        headers.insert(header::VARY, HeaderValue::from_static("origin"));
        if let Some(asked) = asked {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
        }
    }
    response
}

fn refused(status: StatusCode, json: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(json));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// One client, in the one namespace that there is.
struct Client {
    socket: Socket,
    decoder: Decoder,
    pace: FramePace,
    session: Session,
    stay: Stay,
    /// How a client that was cut off says where it was.
    offset: Offset,
    /// The packets of the next event that it had already when it was cut off.
    skip: usize,
    beat: Interval,
}

impl Client {
    /// Until the client leaves. What comes before and after is boxed: the session would have to bear
    /// its size.
    async fn run(socket: Socket, peer: IpAddr, asked: Parts, context: Arc<Context>) {
        let entering = Box::pin(Self::enter(socket, peer, asked, &context));
        let Some(mut client) = entering.await else { return };
        let end = client.serve().await;
        note(end, &context);
        // Others are told at once, however long it takes to say goodbye.
        let Self { socket, session, stay, .. } = client;
        drop((session, stay));
        Box::pin(socket.close()).await;
    }

    /// None: it was sent away, or has left.
    async fn enter(
        mut socket: Socket,
        peer: IpAddr,
        asked: Parts,
        context: &Arc<Context>,
    ) -> Option<Self> {
        let limits = context.hub.limits();
        let mut decoder = Decoder::new(limits.frame_bytes_max.get());
        let pace = FramePace::new(&context.hub);
        let shown = (&asked.headers, asked.uri.query().unwrap_or(""));
        let connecting = handshake::connect(&mut socket, &mut decoder, peer, shown, context);
        let welcome = match timeout(CONNECT_TIMEOUT, connecting).await {
            Ok(Ok(welcome)) => welcome,
            Ok(Err(end)) => {
                leave(socket, end, context).await;
                return None;
            }
            Err(_) => {
                socket.close().await;
                return None;
            }
        };
        let mut beat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let handshake::Welcome { session, stay, offset, skip, is_back, packet } = welcome;
        let mut client = Self { socket, decoder, pace, session, stay, offset, skip, beat };
        if let Err(end) = client.greet(packet, is_back).await {
            leave(client.socket, end, context).await;
            return None;
        }
        Some(client)
    }

    async fn serve(&mut self) -> End {
        loop {
            let step = tokio::select! {
                message = self.pace.next(self.socket.next()) => match message {
                    Ok(message) => match self.decoder.add(&message) {
                        // Boxed: clients say little, and most of the time nothing.
                        Ok(Some(packet)) => Box::pin(self.receive(packet)).await,
                        Ok(None) => Ok(()),
                        Err(_) => Err(End::Because(Reason::Protocol("not a packet"))),
                    },
                    Err(closed) => Err(closed.into()),
                },
                happening = self.session.next(true) => match happening {
                    Ok(happening) => self.show(happening).await,
                    Err(end) => Err(end),
                },
                _ = self.beat.tick() => self.heartbeat().await,
                () = self.stay.overtaken() => Err(End::Gone),
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn greet(&mut self, packet: Packet, is_back: bool) -> Result<(), End> {
        for message in packet.encode() {
            self.socket.feed(message).await?;
        }
        if is_back {
            let now = self.session.context.hub.now();
            let data = json!({"message": "Reconnected", "timestamp": now});
            self.emit("reconnect_success", &data).await?;
        }
        self.flush().await
    }

    async fn receive(&mut self, packet: Packet) -> Result<(), End> {
        match packet {
            Packet::Event { id, args, .. } => self.handle(id, args).await?,
            Packet::Disconnect { .. } => return Err(End::Gone),
            // The box asks nobody for an ack.
            Packet::Ack { .. } => {}
            Packet::Connect { namespace, .. } if namespace != ROOT => {
                for message in handshake::invalid_namespace(namespace).encode() {
                    self.socket.feed(message).await?;
                }
            }
            Packet::Connect { .. } | Packet::ConnectError { .. } => {
                return Err(End::Because(Reason::Protocol("it is connected already")));
            }
        }
        self.flush().await
    }

    async fn show(&mut self, happening: Happening) -> Result<(), End> {
        match happening {
            Happening::Signal(event) => self.show_event(&event).await?,
            Happening::Events(batch) => {
                for event in &batch {
                    self.show_event(event).await?;
                    self.session.screen.sent.store(event.seq, Relaxed);
                }
            }
            Happening::Reply(id, reply) => {
                let id = id.parse().ok();
                match reply {
                    Reply::Answer(answer) => self.ack_answer(id, answer).await?,
                    Reply::Failed(problem) => self.ack(id, &Failure::of(&problem)).await?,
                    Reply::Done => {}
                }
            }
        }
        self.flush().await
    }

    /// Tells a client that it is still there: some close what they believe to be dead.
    async fn heartbeat(&mut self) -> Result<(), End> {
        if !self.session.is_in_a_room() {
            return Ok(());
        }
        let now = self.session.context.hub.now();
        self.emit("heartbeat", &json!({"timestamp": now})).await?;
        self.flush().await
    }

    /// Says something that has no place in the log; the client keeps its place.
    async fn emit(&mut self, event: &str, data: &Value) -> Result<(), End> {
        let offset = self.offset.after(self.session.position(), self.skip);
        let text = match offset {
            Some(offset) => packet::event(&ROOT, None, &(event, data, offset)),
            None => packet::event(&ROOT, None, &(event, data)),
        };
        self.say(text).await
    }

    /// Calls the client's callback, if it gave one.
    async fn ack(&mut self, id: Option<u64>, answer: &impl Serialize) -> Result<(), End> {
        match id {
            Some(id) => self.say(packet::ack(&ROOT, id, &[answer])).await,
            None => Ok(()),
        }
    }

    /// The same with what a method answers, which may be longer than what is held for a client.
    async fn ack_answer(&mut self, id: Option<u64>, answer: Answer) -> Result<(), End> {
        let Some(id) = id else { return Ok(()) };
        let text = packet::ack(&ROOT, id, &[Success::of(answer)]);
        let bytes = text.as_ref().map_or(0, |text| text.as_str().len());
        if bytes <= ACK_BYTES_MAX {
            return self.say(text).await;
        }
        let message = format!(
            "the answer has {bytes} bytes, and a callback takes {ACK_BYTES_MAX}: ask for less, or over HTTP or /ws"
        );
        let problem = Problem::new(tonic::Code::ResourceExhausted, message);
        self.ack(Some(id), &Failure::of(&problem)).await
    }

    async fn say(&mut self, text: Result<Text, serde_json::Error>) -> Result<(), End> {
        match text {
            Ok(text) => Ok(self.socket.feed(text.into()).await?),
            Err(error) => {
                debug!(%error, "an answer has no JSON");
                Ok(())
            }
        }
    }

    async fn flush(&mut self) -> Result<(), End> {
        Ok(self.socket.flush().await?)
    }
}

/// Clients come back by themselves unless they are told to leave their namespace: so they are not.
async fn leave(socket: Socket, end: End, context: &Context) {
    note(end, context);
    socket.close().await;
}

/// Before the session's place is free again: who sees that it is knows why.
fn note(end: End, context: &Context) {
    if let End::Because(reason) = end {
        debug!(?reason, "closing");
        if reason == Reason::TooSlow {
            context.hub.stats().connections.too_slow.fetch_add(1, Relaxed);
        }
    }
}

impl From<Closed> for End {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::TooSlow => Self::Because(Reason::TooSlow),
            Closed::TooBig => Self::Because(Reason::TooBig),
            Closed::Violation(_) => Self::Because(Reason::Protocol("not Engine.IO")),
            Closed::Left | Closed::NoFollowUp | Closed::PingTimeout | Closed::SlowBody => {
                Self::Gone
            }
        }
    }
}
