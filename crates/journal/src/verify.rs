use std::path::Path;
use std::sync::Arc;

use crate::Epoch;
use crate::damage::Damage;
use crate::error::ReadError;
use crate::log::{Durable, Log};
use crate::newest::{Newest, State, examine};
use crate::reader::Item;
use crate::segment;
use crate::storage::{Disk, Storage};

/// What is in a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Segment files.
    pub segments: usize,
    /// Those of them that are compressed.
    pub compressed_segments: usize,
    /// Records that were read and verified.
    pub records: u64,
    /// Events in these records.
    pub events: u64,
    /// Bytes of these records' payloads.
    pub payload_bytes: u64,
    /// The seq after the last event.
    pub next_seq: u64,
    /// The newest epoch; `None` in an empty log.
    pub epoch: Option<Epoch>,
    /// Bytes at the end of a group that is being written just now, or was torn: no damage.
    pub torn_bytes: u64,
    /// Every place that can't be read.
    pub damage: Vec<Damage>,
}

/// Reads and verifies all of a log: every record, and the chain over all segments. Writes nothing;
/// another process may be writing the log at the same time.
pub fn verify(dir: &Path) -> Result<Report, ReadError> {
    verify_on(Arc::new(Disk::existing(dir).map_err(ReadError::io("."))?))
}

/// [`verify`] on any storage.
pub fn verify_on(storage: Arc<dyn Storage>) -> Result<Report, ReadError> {
    let segments = segment::list(&*storage).map_err(ReadError::io("."))?;
    let mut report = Report {
        segments: segments.len(),
        compressed_segments: segments.iter().filter(|s| s.compressed).count(),
        ..Report::default()
    };
    let Some((log, torn_bytes)) = snapshot(storage)? else { return Ok(report) };
    report.torn_bytes = torn_bytes;
    report.next_seq = log.next_seq();
    report.epoch = Some(log.epoch());
    let mut reader = log.reader(1);
    while let Some(item) = reader.next()? {
        match item {
            Item::Record(record) => {
                report.records += 1;
                report.events += u64::from(record.events);
                report.payload_bytes += record.payload.len() as u64;
            }
            Item::Gap(damage) => report.damage.push(damage),
        }
    }
    Ok(report)
}

impl Log {
    /// A log as it is at this moment, for reading only. Another process may be writing it; what it
    /// writes from now on is not seen. `None` when there is no log in the directory.
    pub fn snapshot(dir: &Path) -> Result<Option<Log>, ReadError> {
        let disk = Disk::existing(dir).map_err(ReadError::io("."))?;
        Ok(snapshot(Arc::new(disk))?.map(|(log, _)| log))
    }
}

/// The log, and the bytes after its end that belong to an unfinished group.
fn snapshot(storage: Arc<dyn Storage>) -> Result<Option<(Log, u64)>, ReadError> {
    let Some(segment) = segment::list(&*storage).map_err(ReadError::io("."))?.pop() else {
        return Ok(None);
    };
    let Newest { state, end } = examine(&*storage, &segment)?;
    let (epoch, torn_bytes) = match state {
        State::Sound { epoch, torn_bytes } => (epoch, torn_bytes),
        // A segment without one readable header tells no epoch; the report then says zeros.
        State::Damaged(damage) => (damage.epoch.unwrap_or(Epoch(0)), 0),
    };
    let durable = Durable { epoch, segment: segment.first_seq, end };
    Ok(Some((Log::new(storage, durable), torn_bytes)))
}
