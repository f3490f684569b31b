//! The log between two places, for whoever counts it.

use std::ops::{ControlFlow, RangeInclusive};

use kiosk_journal::{Item, Reader, Record};
use kiosk_proto::{
    Secrets as _, Timestamp,
    v1::{JournalRecord, event::Payload},
};
use prost::Message as _;

use crate::{FollowError, Hub, hub::Inner};

/// Events that are taken out of memory at once.
const BATCH_EVENTS: usize = 256;

/// What a reader of the log comes upon.
#[derive(Debug)]
pub enum Heard<'a> {
    /// The next event.
    Event {
        /// Its number.
        seq: u64,
        /// The name of the log it is of.
        epoch: &'a str,
        /// When it was committed.
        time: Timestamp,
        /// Without secrets.
        payload: &'a Payload,
    },
    /// Events that can't be read back.
    Missing(RangeInclusive<u64>),
}

impl Hub {
    /// Hands over the events after one up to another, in order, each once; until `each` breaks.
    /// Returns how far it came.
    ///
    /// Blocks while it reads the disk, as far as the events are not at hand in memory. Holds one
    /// record and what a reader of the journal holds, however much there is.
    pub fn read_log(
        &self,
        after: u64,
        through: u64,
        mut each: impl FnMut(Heard<'_>) -> ControlFlow<()>,
    ) -> Result<u64, FollowError> {
        let mut span = Span { inner: self.inner(), at: after, through, reader: None };
        while span.at < through {
            let step = match span.read_memory(&mut each) {
                Some(step) => step,
                None => span.read_disk(&mut each)?,
            };
            if step.is_break() {
                break;
            }
        }
        Ok(span.at)
    }
}

struct Span<'a> {
    inner: &'a Inner,
    /// Everything up to here was handed over.
    at: u64,
    through: u64,
    reader: Option<Reader>,
}

impl Span<'_> {
    /// None: the next event is no longer at hand.
    fn read_memory(
        &mut self,
        each: &mut impl FnMut(Heard<'_>) -> ControlFlow<()>,
    ) -> Option<ControlFlow<()>> {
        let events = self.inner.fanout.after(self.at, BATCH_EVENTS)?;
        if events.is_empty() {
            return Some(ControlFlow::Break(()));
        }
        for event in events.iter().take_while(|event| event.seq <= self.through) {
            self.at = event.seq;
            let position = event.event.position.as_ref();
            let Some(payload) = &event.event.payload else { continue };
            let heard = Heard::Event {
                seq: event.seq,
                epoch: position.map_or("", |position| &position.epoch),
                time: event.event.time.unwrap_or_default(),
                payload,
            };
            if each(heard).is_break() {
                return Some(ControlFlow::Break(()));
            }
        }
        Some(ControlFlow::Continue(()))
    }

    fn read_disk(
        &mut self,
        each: &mut impl FnMut(Heard<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, FollowError> {
        let from = self.at.saturating_add(1);
        let reader = self.reader.get_or_insert_with(|| self.inner.log.reader(from));
        match reader.next()? {
            Some(Item::Record(record)) => Ok(self.record(&record, each)),
            Some(Item::Gap(gap)) => Ok(self.missing(gap.missing.end.saturating_sub(1), each)),
            None => Ok(ControlFlow::Break(())),
        }
    }

    fn record(
        &mut self,
        record: &Record,
        each: &mut impl FnMut(Heard<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        // The checksum was right, so what can't be decoded was written by something else.
        let Ok(decoded) = JournalRecord::decode(&*record.payload) else {
            return self.missing(record.end_seq().saturating_sub(1), each);
        };
        let epoch = record.epoch.to_string();
        let time = decoded.time.unwrap_or_default();
        for (mut event, seq) in decoded.events.into_iter().zip(record.first_seq..) {
            if seq <= self.at || seq > self.through {
                continue;
            }
            self.at = seq;
            event.clear_secrets();
            if let Some(payload) = &event.payload {
                each(Heard::Event { seq, epoch: &epoch, time, payload })?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Nothing up to there can be read.
    fn missing(
        &mut self,
        last: u64,
        each: &mut impl FnMut(Heard<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let (first, last) = (self.at.saturating_add(1), last.min(self.through));
        if first > last {
            return ControlFlow::Continue(());
        }
        self.at = last;
        each(Heard::Missing(first..=last))
    }
}
