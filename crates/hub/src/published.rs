use std::{collections::BTreeSet, sync::OnceLock, time::Instant};

use bytes::Bytes;
use kiosk_proto::{
    EventMeta, Secrets as _, envelope,
    v1::{Event, JournalRecord},
};

use crate::Position;

/// An event for everyone to see, with what every wire needs of it computed once and shared.
#[derive(Debug)]
pub struct Published {
    /// The event, with its time and, if it is durable, its position.
    pub event: Event,
    /// Its number; 0 for an ephemeral event.
    pub seq: u64,
    /// When it became durable in this process; none when it was read back from the journal.
    pub committed_at: Option<Instant>,
    rooms: Vec<String>,
    /// Not sent to the room `all`.
    rooms_only: bool,
    encoded: [OnceLock<Bytes>; Form::COUNT],
}

/// How an event looks on a wire. Each form is encoded once, for all who are sent it.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// The JSON envelope: native WebSocket, MQTT.
    Json,
    /// A message that wants to be acknowledged: WebSocket `kiosk.v1.message`.
    Message,
    /// Protobuf: WebSocket `kiosk.v1.proto`.
    Binary,
    /// The arguments of a Socket.IO event.
    SocketIo,
    /// The same, under the name that clients of older systems know.
    SocketIoOlder,
}

impl Form {
    const COUNT: usize = Self::SocketIoOlder as usize + 1;
}

impl Published {
    /// What the contract marks `secret` ends here: every wire, and every answer, shows events that
    /// were made here.
    pub(crate) fn new(mut event: Event, committed_at: Option<Instant>) -> Self {
        event.clear_secrets();
        let seq = event.position.as_ref().map_or(0, |p| p.seq);
        let (rooms, rooms_only) = match &event.payload {
            Some(payload) => {
                let meta = EventMeta::of(payload);
                (meta.rooms(payload).collect(), meta.rooms_only)
            }
            None => (Vec::new(), false),
        };
        Self { event, seq, committed_at, rooms, rooms_only, encoded: Default::default() }
    }

    /// The events of a journal record whose first event is at `first`.
    pub(crate) fn of_record(
        record: JournalRecord,
        first: Position,
        committed_at: Option<Instant>,
    ) -> impl Iterator<Item = Self> {
        let JournalRecord { time, clock_trusted, events, .. } = record;
        events.into_iter().zip(first.seq..).map(move |(event, seq)| {
            let position = Some(Position { seq, ..first }.into());
            Self::new(Event { position, time, clock_trusted, ..event }, committed_at)
        })
    }

    /// The JSON envelope.
    pub fn json(&self) -> &Bytes {
        self.encoded(Form::Json, |event| envelope(event).into())
    }

    /// The event in that form, encoded when it is first asked for: always by the same `encode`.
    pub fn encoded(&self, form: Form, encode: impl FnOnce(&Event) -> Bytes) -> &Bytes {
        self.encoded[form as usize].get_or_init(|| encode(&self.event))
    }

    /// What the contract declares beside the event; none for an event of a later contract.
    pub fn meta(&self) -> Option<&'static EventMeta> {
        self.event.payload.as_ref().map(EventMeta::of)
    }

    /// Whether it is sent to one of these rooms.
    pub fn is_sent_to(&self, rooms: &BTreeSet<String>) -> bool {
        let is_inside = self.rooms.iter().any(|room| rooms.contains(room));
        is_inside || (rooms.contains("all") && self.is_sent_to_all())
    }

    /// Whether it is sent to the room `all`, and so to whoever has named no room.
    pub fn is_sent_to_all(&self) -> bool {
        !self.rooms_only
    }

    /// Whether it is about that order.
    pub(crate) fn is_of_order(&self, order_id: &str) -> bool {
        self.rooms.iter().any(|room| room.strip_prefix("order_") == Some(order_id))
    }
}
