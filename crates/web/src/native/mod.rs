//! Native WebSocket sessions: `/ws`, in three dialects.

mod dialect;
mod entry;
pub(crate) mod frame;
mod query;
mod socket;
mod unacknowledged;

use std::{
    future::pending,
    net::IpAddr,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use hyper::upgrade::OnUpgrade;
use kiosk_hub::{Published, stats::Screen};
use kiosk_proto::v1;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Message;
use tracing::debug;
use uuid::Uuid;

pub(crate) use self::{dialect::Dialect, query::Query};
use self::{
    dialect::{Fault, Hello, resumed, seq_of},
    frame::{Ask, Unread, parse},
    socket::{HEARTBEAT, Socket},
    unacknowledged::Unacknowledged,
};
use crate::{
    http::Context,
    session::{End, FramePace, Happening, Reason, Refused, Reply, Session},
};

/// Events wait so long after `hello`, so that a `resume` that is on its way comes first.
const RESUME_GRACE: Duration = Duration::from_millis(250);

/// What a client says about itself in its handshake.
#[derive(Debug)]
pub(crate) struct Handshake {
    pub(crate) token: Option<String>,
    pub(crate) peer: IpAddr,
    pub(crate) dialect: Dialect,
    pub(crate) query: Query,
}

struct Native {
    socket: Socket,
    pace: FramePace,
    session: Session,
    dialect: Dialect,
    /// The last event that was missed, and what to say after it.
    resuming: Option<(u64, Message)>,
    hold_until: Option<Instant>,
    /// Only in a dialect that has messages acknowledged.
    unacknowledged: Option<Box<Unacknowledged>>,
}

/// Waits for the upgrade, then until the session ends.
pub(crate) async fn run(upgrade: OnUpgrade, context: Arc<Context>, handshake: Handshake) {
    let bytes_max = context.hub.limits().frame_bytes_max.get();
    let Some(mut socket) = Socket::upgraded(upgrade, bytes_max).await else { return };
    let Handshake { token, peer, .. } = &handshake;
    // Boxed, as all that is only for a while: the session would have to bear its size.
    let entered = Box::pin(entry::enter(&mut socket, token.as_deref(), *peer, &context)).await;
    let (who, place) = match entered {
        Ok(entered) => entered,
        Err(End::Gone) => return,
        Err(End::Because(reason)) => return Box::pin(socket.close(reason)).await,
    };
    let hub = context.hub.clone();
    let Query { after, name } = handshake.query;
    let screen = Screen::new(Uuid::new_v4().to_string(), name, hub.now());
    let session = Session::new(context, who, Arc::new(place), screen, &hub.stats().websocket);
    let mut native = Native::new(socket, session, handshake.dialect);
    match native.serve(after).await {
        End::Gone => debug!("the client left"),
        End::Because(reason) => {
            debug!(?reason, "closing");
            if reason == Reason::TooSlow {
                hub.stats().connections.too_slow.fetch_add(1, Relaxed);
            }
            // Others are told at once, however long it takes to say goodbye.
            let Native { socket, session, .. } = native;
            drop(session);
            Box::pin(socket.close(reason)).await;
        }
    }
}

impl Native {
    fn new(socket: Socket, session: Session, dialect: Dialect) -> Self {
        let unacknowledged = (dialect == Dialect::Message).then(Box::default);
        let pace = FramePace::new(&session.context.hub);
        Self { socket, pace, session, dialect, resuming: None, hold_until: None, unacknowledged }
    }

    async fn serve(&mut self, after: Option<v1::Position>) -> End {
        if let Err(end) = self.greet(after).await {
            return end;
        }
        loop {
            let is_full = self.unacknowledged.as_ref().is_some_and(|sent| sent.is_full());
            let repeat_at = self.unacknowledged.as_ref().and_then(|sent| sent.due());
            let holding = self.hold_until;
            let step = tokio::select! {
                message = self.pace.next(self.socket.next()) => match message {
                    Ok(message) => self.receive(message).await,
                    Err(end) => Err(end),
                },
                happening = self.session.next(holding.is_none() && !is_full) => match happening {
                    Ok(happening) => self.show(happening).await,
                    Err(end) => Err(end),
                },
                () = until(holding), if holding.is_some() => {
                    self.hold_until = None;
                    Ok(())
                }
                () = until(repeat_at), if repeat_at.is_some() => self.repeat().await,
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// Live events follow the position in `hello`, unless it is resumed from another.
    async fn greet(&mut self, after: Option<v1::Position>) -> Result<(), End> {
        let position = v1::Position::from(self.session.position());
        let now = self.session.context.hub.now();
        let hello = Hello {
            session_id: &self.session.screen.session_id,
            epoch: position.epoch,
            seq: position.seq,
            role: self.session.who.role().as_str_name().to_lowercase(),
            server_time: now,
            heartbeat_seconds: HEARTBEAT.as_secs(),
        };
        let hello = self.dialect.hello(&hello, now);
        match after {
            Some(after) => drop(self.resume(&after)),
            None => self.hold_until = Some(Instant::now() + RESUME_GRACE),
        }
        self.socket.feed(hello).await?;
        self.say_resumed(self.session.position().seq).await?;
        self.socket.flush().await
    }

    async fn receive(&mut self, message: Message) -> Result<(), End> {
        let Message::Text(text) = message else {
            return Err(End::Because(Reason::NotText));
        };
        self.hold_until = None;
        let answer = match parse(&text) {
            Ok((id, ask)) => self.answer(id, ask),
            Err(Unread { id, why }) => Some(self.error(id.as_deref(), &why)),
        };
        if let Some(answer) = answer {
            self.socket.feed(answer).await?;
        }
        self.say_resumed(self.session.position().seq).await?;
        self.socket.flush().await
    }

    /// Does what is asked; the answer, if the frame has an id or is refused.
    fn answer(&mut self, id: Option<String>, ask: Ask) -> Option<Message> {
        if let Ask::Call { method, message, deadline_ms } = ask {
            return self.call(&id?, (method, message), deadline_ms);
        }
        match (self.act(ask), id) {
            (Ok(data), Some(id)) => {
                Some(self.dialect.reply(&id, data, false, self.session.context.hub.now()))
            }
            (Ok(_), None) => None,
            (Err(why), id) => Some(self.error(id.as_deref(), &why)),
        }
    }

    /// The answer comes later, unless the call can't even begin.
    fn call(
        &mut self,
        id: &str,
        call: (String, Value),
        deadline_ms: Option<u64>,
    ) -> Option<Message> {
        let begun = self.session.call(id, call, deadline_ms.map(Duration::from_millis));
        begun.err().map(|problem| self.error(Some(id), &problem))
    }

    fn error<'a>(&self, id: Option<&str>, fault: impl Into<Fault<'a>>) -> Message {
        self.dialect.error(id, &fault.into(), self.session.context.hub.now())
    }

    fn act(&mut self, ask: Ask) -> Result<Value, Refused> {
        match ask {
            Ask::Subscribe(rooms) => Ok(json!({"rooms": self.session.join(rooms)?})),
            Ask::Unsubscribe(rooms) => Ok(json!({"rooms": self.session.leave(&rooms)?})),
            Ask::Resume { epoch, seq } => Ok(resumed(self.resume(&v1::Position { epoch, seq }))),
            Ask::Ack { seq } => self.session.shown(seq).map(|()| json!({"seq": seq})),
            Ask::Received { id } => self.received(&id).map(|()| json!({"id": id})),
            Ask::Ping => Ok(json!({"serverTime": self.session.context.hub.now()})),
            Ask::Cancel { id } => Ok(json!({"id": id, "cancelled": self.session.cancel(&id)})),
            Ask::Authenticate { .. } => {
                Err(Refused("VALIDATION_ERROR", "the session has begun: it is too late".into()))
            }
            // Answered by the call itself.
            Ask::Call { .. } => Ok(Value::Null),
        }
    }

    fn received(&mut self, id: &str) -> Result<(), Refused> {
        let seq = seq_of(id, self.session.position());
        match (&mut self.unacknowledged, seq) {
            (Some(unacknowledged), Some(seq)) => {
                unacknowledged.received(seq);
                Ok(())
            }
            _ => Err(Refused("VALIDATION_ERROR", "no message here has that id".into())),
        }
    }

    fn resume(&mut self, after: &v1::Position) -> Option<u64> {
        let missed = self.session.resume(after);
        let last = self.session.position().seq + missed.unwrap_or(0);
        let said = self.dialect.resumed(missed, self.session.context.hub.now());
        self.resuming = Some((last, said));
        missed
    }

    async fn show(&mut self, happening: Happening) -> Result<(), End> {
        match happening {
            Happening::Signal(event) => self.say(&event).await?,
            Happening::Reply(id, reply) => {
                let reply = self.reply(&id, reply);
                self.socket.feed(reply).await?;
            }
            Happening::Events(batch) => {
                for event in &batch {
                    self.say(event).await?;
                    self.session.screen.sent.store(event.seq, Relaxed);
                    self.say_resumed(event.seq).await?;
                }
            }
        }
        self.socket.flush().await
    }

    fn reply(&self, id: &str, reply: Reply) -> Message {
        let now = self.session.context.hub.now();
        match reply {
            Reply::Answer(answer) => self.dialect.reply(id, answer, false, now),
            Reply::Done => self.dialect.reply(id, json!({}), true, now),
            Reply::Failed(problem) => self.error(Some(id), &problem),
        }
    }

    async fn say(&mut self, event: &Arc<Published>) -> Result<(), End> {
        if !self.session.wants(event) {
            return Ok(());
        }
        if let (Some(unacknowledged), true) = (&mut self.unacknowledged, event.seq > 0) {
            unacknowledged.sent(event);
        }
        match self.dialect.event(event) {
            Some(message) => self.socket.feed(message).await,
            None => Ok(()),
        }
    }

    /// Says how resuming went, once everything that was missed is out.
    async fn say_resumed(&mut self, sent: u64) -> Result<(), End> {
        match self.resuming.take_if(|(last, _)| *last <= sent) {
            Some((_, resumed)) => self.socket.feed(resumed).await,
            None => Ok(()),
        }
    }

    /// Sends again what was not acknowledged in time.
    async fn repeat(&mut self) -> Result<(), End> {
        let Some(unacknowledged) = &mut self.unacknowledged else { return Ok(()) };
        let again = unacknowledged.take_due(Instant::now());
        for event in again.ok_or(End::Because(Reason::TooSlow))? {
            if let Some(message) = self.dialect.event(&event) {
                self.socket.feed(message).await?;
            }
        }
        self.socket.flush().await
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}
