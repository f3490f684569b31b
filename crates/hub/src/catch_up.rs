//! Brings an opened store, and the state in it, up to the journal's end.

use kiosk_domain::State;
use kiosk_journal::{Damage, Item, Log, ReadError, Record};
use kiosk_proto::{Timestamp, v1::JournalRecord};
use kiosk_store::{Opened, Remembered, StoreError};
use prost::Message as _;
use tracing::error;

use crate::{Position, applier::Applied};

/// Events that are written to the store at once.
const BATCH_CHANGES_MAX: usize = 256;

/// All of the journal is applied: to the state, and to the store if there is one.
pub(crate) struct CaughtUp {
    pub(crate) store: Option<kiosk_store::Writer>,
    pub(crate) reader: Option<kiosk_store::Reader>,
    pub(crate) state: State,
    pub(crate) applied_seq: u64,
    /// Events that the store lacks and the journal can't give.
    pub(crate) gaps: Vec<Damage>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum CatchUpError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// `progress` is called for each batch that the store has taken.
pub(crate) fn catch_up(
    log: &Log,
    opened: Opened,
    progress: &dyn Fn(),
) -> Result<CaughtUp, CatchUpError> {
    let Opened { writer, reader, state, applied, .. } = opened;
    let (store, reader) = (Some(writer), Some(reader));
    let opened = CaughtUp { store, reader, state, applied_seq: applied.seq, gaps: Vec::new() };
    opened.replay_all(log, progress)
}

/// The state as the journal alone tells it: as long as a store can't be had.
pub(crate) fn without_store(log: &Log) -> Result<CaughtUp, CatchUpError> {
    let state = State::default();
    let nothing = CaughtUp { store: None, reader: None, state, applied_seq: 0, gaps: Vec::new() };
    nothing.replay_all(log, &|| {})
}

impl CaughtUp {
    /// What has come to the journal since.
    pub(crate) fn go_on(self, log: &Log) -> Result<Self, CatchUpError> {
        self.replay_all(log, &|| {})
    }

    fn replay_all(mut self, log: &Log, progress: &dyn Fn()) -> Result<Self, CatchUpError> {
        let applied = self.applied_seq;
        let mut records = log.reader(applied + 1);
        let mut pending = Applied::default();
        let mut last = None;
        while let Some(item) = records.next()? {
            match item {
                Item::Record(record) => last = Some(self.replay(&record, applied, &mut pending)),
                Item::Gap(gap) => {
                    error!(%gap, "events are missing from the journal");
                    self.gaps.push(gap);
                }
            }
            if pending.changes.len() >= BATCH_CHANGES_MAX {
                self.write(&mut pending, last)?;
                progress();
            }
        }
        self.write(&mut pending, last)?;
        Ok(self)
    }

    fn replay(
        &mut self,
        record: &Record,
        applied: u64,
        pending: &mut Applied,
    ) -> (Position, Timestamp) {
        let end = Position { epoch: record.epoch, seq: record.end_seq() - 1 };
        // The checksum was right, so what can't be decoded was written by something else: its
        // events count as passed over.
        let Ok(decoded) = JournalRecord::decode(&*record.payload) else {
            error!(seq = record.first_seq, "a record is not one of this program's");
            return (end, Timestamp::default());
        };
        let time = decoded.time.unwrap_or_default();
        for (event, seq) in decoded.events.iter().zip(record.first_seq..) {
            if let Some(payload) = event.payload.as_ref().filter(|_| seq > applied) {
                pending.changes.extend(self.state.apply(payload));
            }
        }
        if let Ok(id) = <[u8; 16]>::try_from(&*decoded.request_id) {
            pending.requests.push(Remembered {
                request_id: u128::from_be_bytes(id),
                first_seq: record.first_seq,
                events: record.events,
                fingerprint: decoded.fingerprint,
                time_ms: time.as_ms(),
            });
        }
        (end, time)
    }

    fn write(
        &mut self,
        pending: &mut Applied,
        last: Option<(Position, Timestamp)>,
    ) -> Result<(), StoreError> {
        let Some((head, time)) = last else { return Ok(()) };
        let pending = std::mem::take(pending).up_to(head, &self.state, time);
        if let Some(store) = &mut self.store {
            pending.write(store)?;
        }
        self.applied_seq = head.seq;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, num::NonZeroU32};

    use kiosk_journal::NewRecord;
    use kiosk_proto::v1::{Event, MenuItem, event::Payload};

    use super::*;

    #[test]
    fn whoever_waits_for_a_long_catch_up_sees_that_it_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let journal = kiosk_journal::Config::new(dir.path().join("journal"));
        let mut journal = kiosk_journal::open(&journal).unwrap().writer;
        let item = Payload::MenuItemChanged(MenuItem { menu_id: 1, ..Default::default() });
        let event = Event { payload: Some(item), ..Default::default() };
        let payload = JournalRecord { events: vec![event], ..Default::default() }.encode_to_vec();
        let record = || NewRecord { events: NonZeroU32::MIN, payload: &payload };
        journal.append(&Vec::from_iter((0..5 * BATCH_CHANGES_MAX).map(|_| record()))).unwrap();

        let store = kiosk_store::Config::new(dir.path().join("state"));
        let batches = Cell::new(0);
        let opened = kiosk_store::open(&store).unwrap();
        let progress = || batches.set(batches.get() + 1);
        let caught_up = catch_up(&journal.log(), opened, &progress).unwrap();
        assert_eq!(caught_up.applied_seq, 5 * BATCH_CHANGES_MAX as u64);
        assert_eq!(batches.get(), 5);
    }
}
