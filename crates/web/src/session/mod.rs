//! What every client's session is, whatever it speaks: who it is, its rooms, its place in the log,
//! and its calls. The dialects put it into bytes: `native`, `socketio`.

mod calls;
mod frame_pace;

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError, atomic::Ordering::Relaxed},
    time::Duration,
};

use kiosk_hub::{
    FollowError, Follower, Identity, Position, Published, ROOMS_MAX, Resumed, Signals, is_room,
    stats::{Screen, Wire},
};
use kiosk_proto::v1::{self, role::Value as Role};
use serde_json::Value;

use self::calls::Calls;
pub(crate) use self::{calls::Reply, frame_pace::FramePace};
use crate::{credentials::SessionPlace, http::Context, presence::Present, transcode::Problem};

/// One client's session.
pub(crate) struct Session {
    pub(crate) context: Arc<Context>,
    pub(crate) who: Identity,
    pub(crate) screen: Arc<Screen>,
    wire: Arc<Wire>,
    follower: Follower,
    signals: Signals,
    calls: Calls,
    _present: Option<Present>,
    _place: Arc<SessionPlace>,
}

/// What a session has for its client.
pub(crate) enum Happening {
    /// In order; not all of them are for this client: see [`Session::wants`].
    Events(Vec<Arc<Published>>),
    /// An ephemeral event.
    Signal(Arc<Published>),
    /// Of the call with that id.
    Reply(String, Reply),
}

/// Why a session ends.
#[derive(Debug)]
pub(crate) enum End {
    /// The other side left, or is gone.
    Gone,
    /// It is closed for this reason.
    Because(Reason),
}

/// Why the box ends a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The box is stopping.
    Stopping,
    /// It did not read, or did not acknowledge, in time.
    TooSlow,
    /// It has shown no credentials.
    NotAllowed,
    /// Those that it has shown are worth nothing, or not any more.
    Ended,
    /// It has too many sessions.
    TooMany,
    /// It sent a message that is too big.
    TooBig,
    /// What it sent is not of its protocol.
    Protocol(&'static str),
    /// It sent binary where text is spoken.
    NotText,
    /// It sent text that is not UTF-8.
    NotUtf8,
    /// The events that it waits for can't be read.
    Lost(&'static str),
}

/// Why something that a client asked for was not done: one of the contract's codes, and why.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) &'static str, pub(crate) String);

impl Session {
    /// Begins at the head of the log.
    pub(crate) fn new(
        context: Arc<Context>,
        who: Identity,
        place: Arc<SessionPlace>,
        screen: Screen,
        wire: &Arc<Wire>,
    ) -> Self {
        let hub = &context.hub;
        let (wire, follower) = (Arc::clone(wire), hub.follow(wire));
        let signals = hub.signals();
        let screen = Arc::new(screen);
        hub.stats().connections.add(&screen);
        screen.sent.store(follower.position().seq, Relaxed);
        // Anyone with an order could call themselves the kitchen.
        let name = if who.role() == Role::Customer { "" } else { &*screen.name };
        let _present = context.presence.enter(name);
        let calls = Calls::new();
        Self { who, screen, wire, follower, signals, calls, _present, _place: place, context }
    }

    /// Of the last event that was handed out by [`next`](Self::next).
    pub(crate) fn position(&self) -> Position {
        self.follower.position()
    }

    /// What is there for the client; waits for it. Without `events`, those wait in the log. Can be
    /// dropped at any time without loss.
    pub(crate) async fn next(&mut self, events: bool) -> Result<Happening, End> {
        let batch = tokio::select! {
            () = self.who.ended().cancelled() => return Err(End::Because(Reason::Ended)),
            batch = self.follower.next(), if events => batch,
            signal = self.signals.next(), if events => return Ok(Happening::Signal(signal)),
            (id, reply) = self.calls.next(), if !self.calls.is_empty() => {
                return Ok(Happening::Reply(id, reply));
            }
            else => std::future::pending().await,
        };
        batch.map(Happening::Events).map_err(|error| {
            End::Because(match error {
                FollowError::Stopping => Reason::Stopping,
                FollowError::Lost { .. } => Reason::Lost("events are lost: fetch a snapshot"),
                FollowError::Read(_) => Reason::Lost("the journal can't be read"),
            })
        })
    }

    /// Whether the event is for this client.
    pub(crate) fn wants(&self, event: &Published) -> bool {
        let rooms = self.screen.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let inside = match &*rooms {
            Some(rooms) => event.is_sent_to(rooms),
            None => event.is_sent_to_all(),
        };
        inside && self.who.sees(event)
    }

    /// The rooms that it is in then.
    pub(crate) fn join(&self, joined: Vec<String>) -> Result<BTreeSet<String>, Refused> {
        let failed = |message| Err(Refused("ROOM_JOIN_FAILED", message));
        if let Some(unknown) = joined.iter().find(|room| !is_room(room)) {
            return failed(format!("there is no room {:?}", shorten(unknown)));
        }
        let mut rooms = self.screen.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = rooms.clone().unwrap_or_default();
        all.extend(joined);
        if all.len() > ROOMS_MAX {
            return failed(format!("there can't be more than {ROOMS_MAX} rooms"));
        }
        *rooms = Some(all.clone());
        Ok(all)
    }

    /// The rooms that it is in then. Who has left every room gets nothing, until it joins one again.
    pub(crate) fn leave(&self, left: &[String]) -> Result<BTreeSet<String>, Refused> {
        if let Some(unknown) = left.iter().find(|room| !is_room(room)) {
            let message = format!("there is no room {:?}", shorten(unknown));
            return Err(Refused("ROOM_LEAVE_FAILED", message));
        }
        let mut rooms = self.screen.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let rooms = rooms.get_or_insert_default();
        rooms.retain(|room| !left.contains(room));
        Ok(rooms.clone())
    }

    /// Whether it is in that room.
    pub(crate) fn is_in(&self, room: &str) -> bool {
        let rooms = self.screen.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.as_ref().is_some_and(|rooms| rooms.contains(room))
    }

    /// Whether it is in any.
    pub(crate) fn is_in_a_room(&self) -> bool {
        let rooms = self.screen.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.as_ref().is_some_and(|rooms| !rooms.is_empty())
    }

    /// The client has shown everything up to that event.
    pub(crate) fn shown(&self, seq: u64) -> Result<(), Refused> {
        if seq > self.screen.sent.load(Relaxed) {
            return Err(Refused("VALIDATION_ERROR", format!("event {seq} was not sent here yet")));
        }
        self.screen.shown.fetch_max(seq, Relaxed);
        Ok(())
    }

    /// Calls a method; what it says comes with that id.
    pub(crate) fn call(
        &mut self,
        id: &str,
        call: (String, Value),
        deadline: Option<Duration>,
    ) -> Result<(), Problem> {
        self.calls.begin(&self.context, &self.who, id, call, deadline)
    }

    /// Cancels a call; false if there is none of that id.
    pub(crate) fn cancel(&mut self, id: &str) -> bool {
        self.calls.cancel(id)
    }

    /// From that position on, each event comes once and in order; how many are missed so far. None:
    /// that can't be proved, and the session stays where it is.
    pub(crate) fn resume(&mut self, after: &v1::Position) -> Option<u64> {
        let hub = &self.context.hub;
        let Resumed { follower, recovered, missed } =
            hub.resume(&self.wire, Position::parse(after));
        hub.stats().connections.reconnects.fetch_add(1, Relaxed);
        if !recovered {
            return None;
        }
        self.screen.sent.store(follower.position().seq, Relaxed);
        self.follower = follower;
        Some(missed)
    }
}

/// What a client sent, fit for an error message.
pub(crate) fn shorten(text: &str) -> String {
    text.chars().take(32).collect()
}
