//! One WebSocket: follows the log at its own position, and answers frames.

use std::{
    sync::{Arc, PoisonError, atomic::Ordering::Relaxed},
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::{OnUpgrade, Parts};
use hyper_util::rt::TokioIo;
use kiosk_hub::{FollowError, Follower, Position, Published, ROOMS_MAX, Resumed, stats::Screen};
use kiosk_proto::v1::{self, role::Value as Role};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Message, Utf8Bytes,
        error::{CapacityError, ProtocolError::ResetWithoutClosingHandshake},
        protocol::{CloseFrame, Role as Side, WebSocketConfig, frame::coding::CloseCode},
    },
};
use tracing::debug;
use uuid::Uuid;

use crate::{
    frame::{self, Ask, Problem},
    http::Context,
};

/// The largest message a client may send.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// Frames that are ready at the same moment go out in one write of about this size.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;
/// The bound of what a session holds for its reader: one event of the largest size and some.
const WRITE_BUFFER_BYTES_MAX: usize = 192 * 1024;
/// A reader that takes longer for a write is too slow.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a closing session tries to say why.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(250);
const HEARTBEAT: Duration = Duration::from_secs(30);
/// With no sign of life for so long after a ping, the other side is gone.
const SILENCE_MAX: Duration = Duration::from_secs(15);
/// Events wait so long after `hello`, so that a `resume` that is on its way comes first.
const RESUME_GRACE: Duration = Duration::from_millis(250);

const GOING_AWAY: u16 = 1001;
const PROTOCOL_ERROR: u16 = 1002;
const UNSUPPORTED: u16 = 1003;
const NOT_UTF8: u16 = 1007;
const TOO_BIG: u16 = 1009;
const INTERNAL: u16 = 1011;
const TOO_SLOW: u16 = 4008;
const TOO_MANY: u16 = 4029;

/// Why a session ends.
#[derive(Debug)]
enum End {
    /// The other side left, or is gone.
    Gone,
    /// Closed with a code and a reason.
    Close(u16, &'static str),
}

struct Session {
    socket: WebSocketStream<TcpStream>,
    context: Context,
    role: Role,
    follower: Follower,
    /// The head of the log when the session began: live events follow it.
    greeted_at: Position,
    screen: Arc<Screen>,
    /// The last event that was missed, and what to say after it.
    resuming: Option<(u64, String)>,
    hold_until: Option<Instant>,
}

/// Waits for the upgrade, then until the session ends.
pub(crate) async fn run(upgraded: OnUpgrade, context: Context, after: Option<v1::Position>) {
    let Ok(upgraded) = upgraded.await else { return };
    // It was given to hyper as this type, by `server`.
    let Ok(Parts { io, read_buf, .. }) = upgraded.downcast::<TokioIo<TcpStream>>() else { return };
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    let stream = io.into_inner();
    let mut socket =
        WebSocketStream::from_partially_read(stream, read_buf.into(), Side::Server, Some(config))
            .await;
    let Ok(_place) = Arc::clone(&context.places).try_acquire_owned() else {
        return close(&mut socket, TOO_MANY, "too many connections").await;
    };
    let mut session = Session::new(socket, context, after);
    match session.serve().await {
        End::Gone => debug!("the client left"),
        End::Close(code, reason) => {
            debug!(code, reason, "closing");
            if code == TOO_SLOW {
                session.context.hub.stats().connections.too_slow.fetch_add(1, Relaxed);
            }
            close(&mut session.socket, code, reason).await;
        }
    }
}

/// Says why, if the other side still reads.
async fn close(socket: &mut WebSocketStream<TcpStream>, code: u16, reason: &'static str) {
    let frame = CloseFrame { code: CloseCode::from(code), reason: Utf8Bytes::from_static(reason) };
    let _ = timeout(CLOSE_TIMEOUT, async {
        socket.close(Some(frame)).await?;
        while socket.next().await.transpose()?.is_some() {}
        // Until the other side has left: bytes that it sent and nobody read would make the kernel
        // reset the connection, and take the reason back.
        let stream = socket.get_mut();
        stream.shutdown().await?;
        let mut rest = [0; 512];
        while stream.read(&mut rest).await? > 0 {}
        Ok::<_, tungstenite::Error>(())
    })
    .await;
}

impl Session {
    fn new(
        socket: WebSocketStream<TcpStream>,
        context: Context,
        after: Option<v1::Position>,
    ) -> Self {
        let hub = &context.hub;
        let screen = Arc::new(Screen::new(Uuid::new_v4().to_string(), hub.now()));
        hub.stats().connections.add(&screen);
        let follower = hub.follow(&hub.stats().websocket);
        let greeted_at = follower.position();
        screen.sent.store(greeted_at.seq, Relaxed);
        let hold_until = after.is_none().then(|| Instant::now() + RESUME_GRACE);
        // Until devices are paired, whoever reaches the port is the admin.
        let role = Role::Admin;
        let mut session = Self {
            socket,
            context,
            role,
            follower,
            greeted_at,
            screen,
            resuming: None,
            hold_until,
        };
        if let Some(after) = after {
            session.resume(&after);
        }
        session
    }

    async fn serve(&mut self) -> End {
        if let Err(end) = self.greet().await {
            return end;
        }
        let mut heard = Instant::now();
        let mut pinged = false;
        loop {
            let holding = self.hold_until;
            let silence = if pinged { HEARTBEAT + SILENCE_MAX } else { HEARTBEAT };
            let step = tokio::select! {
                message = self.socket.next() => {
                    (heard, pinged) = (Instant::now(), false);
                    self.receive(message).await
                }
                batch = self.follower.next(), if holding.is_none() => self.deliver(batch).await,
                () = sleep_until(holding.unwrap_or(heard)), if holding.is_some() => {
                    self.hold_until = None;
                    Ok(())
                }
                () = sleep_until(heard + silence) => {
                    if std::mem::replace(&mut pinged, true) { Err(End::Gone) } else { self.ping().await }
                }
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn greet(&mut self) -> Result<(), End> {
        let position = v1::Position::from(self.greeted_at);
        let hello = frame::hello(
            &self.screen.session_id,
            &position.epoch,
            position.seq,
            &self.role.as_str_name().to_lowercase(),
            self.context.hub.now(),
            HEARTBEAT.as_secs(),
        );
        self.feed(hello.into()).await?;
        self.say_resumed(self.follower.position().seq).await?;
        self.flush().await
    }

    async fn receive(
        &mut self,
        message: Option<Result<Message, tungstenite::Error>>,
    ) -> Result<(), End> {
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Binary(_))) => {
                return Err(End::Close(UNSUPPORTED, "this dialect is text"));
            }
            // Pings are answered by tungstenite; the answer goes out with the next flush.
            Some(Ok(Message::Ping(_))) => return self.flush().await,
            Some(Ok(_)) => return Ok(()),
            Some(Err(tungstenite::Error::Capacity(CapacityError::MessageTooLong { .. }))) => {
                return Err(End::Close(TOO_BIG, "a message may have 64 KiB"));
            }
            Some(Err(tungstenite::Error::Utf8(_))) => {
                return Err(End::Close(NOT_UTF8, "text must be UTF-8"));
            }
            Some(Err(tungstenite::Error::Protocol(ResetWithoutClosingHandshake))) => {
                return Err(End::Gone);
            }
            Some(Err(tungstenite::Error::Protocol(_))) => {
                return Err(End::Close(PROTOCOL_ERROR, "not a WebSocket frame"));
            }
            Some(Err(_)) | None => return Err(End::Gone),
        };
        self.hold_until = None;
        let answer = match frame::parse(&text) {
            Ok((id, ask)) => self.answer(id, ask),
            Err(problem) => Some(frame::error(&problem, self.context.hub.now())),
        };
        if let Some(answer) = answer {
            self.feed(answer.into()).await?;
        }
        self.say_resumed(self.follower.position().seq).await?;
        self.flush().await
    }

    /// Does what is asked; the answer, if the frame has an id or is refused.
    fn answer(&mut self, id: Option<String>, ask: Ask) -> Option<String> {
        let done = match ask {
            Ask::Subscribe(rooms) => self.join(rooms),
            Ask::Unsubscribe(rooms) => Ok(self.leave(&rooms)),
            Ask::Resume { epoch, seq } => {
                let (recovered, missed) = self.resume(&v1::Position { epoch, seq });
                Ok(json!({"recovered": recovered, "missed": missed}))
            }
            Ask::Ack { seq } => self.shown(seq),
            Ask::Ping => Ok(json!({"serverTime": self.context.hub.now()})),
        };
        match (done, id) {
            (Ok(data), Some(id)) => Some(frame::reply(&id, data)),
            (Ok(_), None) => None,
            (Err((code, message)), id) => {
                let problem = Problem { id, code, message };
                Some(frame::error(&problem, self.context.hub.now()))
            }
        }
    }

    fn join(&self, joined: Vec<String>) -> Result<serde_json::Value, (&'static str, String)> {
        let mut rooms = self.screen.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = rooms.clone().unwrap_or_default();
        all.extend(joined);
        if all.len() > ROOMS_MAX {
            return Err((
                "ROOM_JOIN_FAILED",
                format!("there can't be more than {ROOMS_MAX} rooms"),
            ));
        }
        let answer = json!({"rooms": all});
        *rooms = Some(all);
        Ok(answer)
    }

    /// Who has left every room gets nothing, until it joins one again.
    fn leave(&self, left: &[String]) -> serde_json::Value {
        let mut rooms = self.screen.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let rooms = rooms.get_or_insert_default();
        rooms.retain(|room| !left.contains(room));
        json!({"rooms": rooms})
    }

    fn shown(&self, seq: u64) -> Result<serde_json::Value, (&'static str, String)> {
        let sent = self.screen.sent.load(Relaxed);
        if seq > sent {
            return Err(("VALIDATION_ERROR", format!("event {seq} was not sent here yet")));
        }
        self.screen.shown.fetch_max(seq, Relaxed);
        Ok(json!({"seq": seq}))
    }

    /// From that position on, each event is sent once and in order. What can't be proved leaves the
    /// session where it is.
    fn resume(&mut self, after: &v1::Position) -> (bool, u64) {
        let hub = &self.context.hub;
        let position = Position::parse(after);
        let Resumed { follower, recovered, missed } = hub.resume(&hub.stats().websocket, position);
        hub.stats().connections.reconnects.fetch_add(1, Relaxed);
        let mut last = self.follower.position().seq;
        if recovered {
            let after = follower.position().seq;
            last = after + missed;
            self.screen.sent.store(after, Relaxed);
            self.follower = follower;
        }
        self.resuming = Some((last, frame::resumed(recovered, missed)));
        (recovered, missed)
    }

    async fn deliver(
        &mut self,
        batch: Result<Vec<Arc<Published>>, FollowError>,
    ) -> Result<(), End> {
        let batch = batch.map_err(|error| match error {
            FollowError::Stopping => End::Close(GOING_AWAY, "the box is stopping"),
            FollowError::Lost { .. } => End::Close(INTERNAL, "events are lost: fetch a snapshot"),
            FollowError::Read(_) => End::Close(INTERNAL, "the journal can't be read"),
        })?;
        for event in &batch {
            if self.wants(event)
                && let Ok(text) = Utf8Bytes::try_from(event.json().clone())
            {
                self.feed(text).await?;
            }
            self.screen.sent.store(event.seq, Relaxed);
            self.say_resumed(event.seq).await?;
        }
        self.flush().await
    }

    /// Says how resuming went, once everything that was missed is out.
    async fn say_resumed(&mut self, sent: u64) -> Result<(), End> {
        match self.resuming.take_if(|(last, _)| *last <= sent) {
            Some((_, resumed)) => self.feed(resumed.into()).await,
            None => Ok(()),
        }
    }

    fn wants(&self, event: &Published) -> bool {
        let rooms = self.screen.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let inside = rooms.as_ref().is_none_or(|rooms| event.is_sent_to(rooms));
        event.visible_to(self.role) && inside
    }

    async fn ping(&mut self) -> Result<(), End> {
        write(self.socket.send(Message::Ping(bytes::Bytes::new()))).await
    }

    /// Into the buffer; out to the socket only when that is full.
    async fn feed(&mut self, text: Utf8Bytes) -> Result<(), End> {
        write(self.socket.feed(Message::Text(text))).await
    }

    async fn flush(&mut self) -> Result<(), End> {
        write(self.socket.flush()).await
    }
}

async fn write(writing: impl Future<Output = Result<(), tungstenite::Error>>) -> Result<(), End> {
    match timeout(WRITE_TIMEOUT, writing).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(tungstenite::Error::WriteBufferFull(_))) | Err(_) => {
            Err(End::Close(TOO_SLOW, "too slow: resume from your position"))
        }
        Ok(Err(_)) => Err(End::Gone),
    }
}
