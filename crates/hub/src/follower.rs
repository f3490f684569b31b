use std::sync::Arc;

use kiosk_journal::{Item, ReadError, Reader, Record};
use kiosk_proto::v1::JournalRecord;
use prost::Message as _;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    Position, Published,
    fanout::{Fanout, Snapshot},
    stats::FollowerGauge,
};

/// The most events that [`Follower::next`] returns at once.
const BATCH_EVENTS_MAX: usize = 256;

/// Follows the log from a position: first what was missed, then what happens, each event once and
/// in order. It has no queue of its own: a slow follower falls behind and reads the journal.
#[derive(Debug)]
pub struct Follower {
    position: Position,
    fanout: Arc<Fanout>,
    head: watch::Receiver<Arc<Snapshot>>,
    stopping: CancellationToken,
    log: kiosk_journal::Log,
    /// While it is further behind than the fan-out reaches.
    reader: Option<Reader>,
    /// The read under way: kept here, so that a caller who drops [`Follower::next`] for each of
    /// its other events does not have the same read begun again and again.
    reading: Option<JoinHandle<ReadBack>>,
    gauge: FollowerGauge,
}

/// Why a follower can't go on.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The box is stopping; everything committed was returned before.
    #[error("the box is stopping")]
    Stopping,
    /// Events are missing that were acknowledged: fetch a snapshot.
    #[error("events {from} to {to} can't be read back")]
    Lost {
        /// The first that is missing.
        from: u64,
        /// The last that is missing.
        to: u64,
    },
    /// The journal can't be read now.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl Follower {
    pub(crate) fn new(
        fanout: Arc<Fanout>,
        log: kiosk_journal::Log,
        stopping: CancellationToken,
        position: Position,
        gauge: FollowerGauge,
    ) -> Self {
        let head = fanout.subscribe();
        gauge.at(position.seq);
        Self { position, fanout, head, stopping, log, reader: None, reading: None, gauge }
    }

    /// Of the last event that was returned.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Continues after that event instead: earlier to see events again, later to skip them.
    pub fn seek(&mut self, seq: u64) {
        self.position.seq = seq;
        self.reader = None;
        self.reading = None;
        self.gauge.at(seq);
    }

    /// The next events, at least one; waits for them. Can be dropped at any time without loss.
    pub async fn next(&mut self) -> Result<Vec<Arc<Published>>, FollowError> {
        loop {
            let head = self.head.borrow_and_update().position;
            if head.seq <= self.position.seq {
                self.reader = None;
                tokio::select! {
                    biased;
                    changed = self.head.changed() => changed.map_err(|_| FollowError::Stopping)?,
                    () = self.stopping.cancelled() => return Err(FollowError::Stopping),
                }
                continue;
            }
            let batch = match self.fanout.after(self.position.seq, BATCH_EVENTS_MAX) {
                Some(batch) => batch,
                None => self.read_back().await?,
            };
            if let Some(last) = batch.last() {
                self.position = Position { epoch: head.epoch, seq: last.seq };
                self.gauge.delivered(&batch);
                return Ok(batch);
            }
        }
    }

    async fn read_back(&mut self) -> Result<Batch, FollowError> {
        let reading = self.reading.get_or_insert_with(|| {
            let after = self.position.seq;
            let reader = self.reader.take().unwrap_or_else(|| self.log.reader(after + 1));
            tokio::task::spawn_blocking(move || read_batch(reader, after))
        });
        let read = reading.await;
        self.reading = None;
        // The task can only fail when the runtime is going down.
        let (batch, reader) = read.map_err(|_| FollowError::Stopping)??;
        self.reader = reader;
        Ok(batch)
    }
}

type Batch = Vec<Arc<Published>>;

/// What was read, and the reader to go on with.
type ReadBack = Result<(Batch, Option<Reader>), FollowError>;

/// The reader comes back unless it has met a gap, which it would not meet again.
fn read_batch(mut reader: Reader, after: u64) -> Result<(Batch, Option<Reader>), FollowError> {
    let mut batch = Vec::new();
    while batch.len() < BATCH_EVENTS_MAX {
        match reader.next()? {
            Some(Item::Record(record)) => batch.extend(events_after(&record, after)?),
            Some(Item::Gap(gap)) if batch.is_empty() => {
                return Err(FollowError::Lost { from: gap.missing.start, to: gap.missing.end - 1 });
            }
            Some(Item::Gap(_)) => return Ok((batch, None)),
            None => break,
        }
    }
    Ok((batch, Some(reader)))
}

fn events_after(record: &Record, after: u64) -> Result<Batch, FollowError> {
    let first = Position { epoch: record.epoch, seq: record.first_seq };
    let lost = |_| FollowError::Lost { from: first.seq, to: record.end_seq() - 1 };
    let decoded = JournalRecord::decode(&*record.payload).map_err(lost)?;
    let events = Published::of_record(decoded, first, None);
    Ok(events.filter(|event| event.seq > after).map(Arc::new).collect())
}
