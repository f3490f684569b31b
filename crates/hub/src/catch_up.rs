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

/// A store that has applied all of the journal.
pub(crate) struct CaughtUp {
    pub(crate) store: kiosk_store::Writer,
    pub(crate) reader: kiosk_store::Reader,
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

pub(crate) fn catch_up(log: &Log, opened: Opened) -> Result<CaughtUp, CatchUpError> {
    let Opened { writer: store, reader, state, applied, .. } = opened;
    let mut caught_up =
        CaughtUp { store, reader, state, applied_seq: applied.seq, gaps: Vec::new() };
    let mut records = log.reader(applied.seq + 1);
    let mut pending = Applied::default();
    let mut last = None;
    while let Some(item) = records.next()? {
        match item {
            Item::Record(record) => {
                last = Some(caught_up.replay(&record, applied.seq, &mut pending))
            }
            Item::Gap(gap) => {
                error!(%gap, "events are missing from the journal");
                caught_up.gaps.push(gap);
            }
        }
        if pending.changes.len() >= BATCH_CHANGES_MAX {
            caught_up.write(&mut pending, last)?;
        }
    }
    caught_up.write(&mut pending, last)?;
    Ok(caught_up)
}

impl CaughtUp {
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
        std::mem::take(pending).up_to(head, &self.state, time).write(&mut self.store)?;
        self.applied_seq = head.seq;
        Ok(())
    }
}
