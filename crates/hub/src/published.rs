use std::{collections::BTreeSet, sync::OnceLock, time::Instant};

use bytes::Bytes;
use kiosk_proto::{
    EventMeta, envelope,
    v1::{Event, JournalRecord, role::Value as Role},
};

use crate::Position;

/// An event that is durable, with what every wire needs of it computed once and shared.
#[derive(Debug)]
pub struct Published {
    /// The event, with its position and time.
    pub event: Event,
    /// Its number.
    pub seq: u64,
    /// When it became durable in this process; none when it was read back from the journal.
    pub committed_at: Option<Instant>,
    rooms: Vec<String>,
    json: OnceLock<Bytes>,
}

impl Published {
    pub(crate) fn new(event: Event, committed_at: Option<Instant>) -> Self {
        let seq = event.position.as_ref().map_or(0, |p| p.seq);
        let rooms = match &event.payload {
            Some(payload) => EventMeta::of(payload).rooms(payload).collect(),
            None => Vec::new(),
        };
        Self { event, seq, committed_at, rooms, json: OnceLock::new() }
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

    /// The JSON envelope, encoded when it is first asked for.
    pub fn json(&self) -> &Bytes {
        self.json.get_or_init(|| envelope(&self.event).into())
    }

    /// What the contract declares beside the event; none for an event of a later contract.
    pub fn meta(&self) -> Option<&'static EventMeta> {
        self.event.payload.as_ref().map(EventMeta::of)
    }

    /// Whether it is sent to one of these rooms; every event is sent to `all`.
    pub fn is_sent_to(&self, rooms: &BTreeSet<String>) -> bool {
        rooms.contains("all") || self.rooms.iter().any(|room| rooms.contains(room))
    }

    /// Whether that role may see it.
    pub fn visible_to(&self, role: Role) -> bool {
        self.meta().is_none_or(|meta| meta.visible_to(role))
    }
}
