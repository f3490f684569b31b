use std::path::PathBuf;
use std::sync::Arc;

use tracing::{error, warn};

use crate::damage::Damage;
use crate::error::{OpenError, ReadError};
use crate::format::SegmentHeader;
use crate::log::Durable;
use crate::newest::{Newest, State, examine};
use crate::segment::{self, Segment};
use crate::storage::{Disk, Storage};
use crate::{Epoch, Writer};

/// Where the log is, and when it begins another file.
#[derive(Debug, Clone)]
pub struct Config {
    /// Made if it is missing. Holds the log and nothing else.
    pub dir: PathBuf,
    /// A segment that a group would make longer than this is closed first. A single group may be
    /// longer. It bounds what a start must read, and what a reader must walk to find its position.
    pub segment_bytes_max: u64,
}

/// An open log, and what had to be done to open it.
#[derive(Debug)]
pub struct Opened {
    /// The one writer.
    pub writer: Writer,
    /// Bytes of a group that was torn by a power cut, and is gone. Never acknowledged, unless the
    /// last group of the log was damaged in just this moment: the two look the same.
    pub cut_bytes: u64,
    /// Acknowledged events are damaged in the newest segment, which was kept as it is; the log
    /// continues under a new epoch. The first such place: a reader tells them all.
    pub damage: Option<Damage>,
}

impl Config {
    /// Segments of at most 8 MiB: read in some 20 ms on a Raspberry Pi.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Config { dir: dir.into(), segment_bytes_max: 8 * 1024 * 1024 }
    }
}

/// Opens the log for writing and repairs its tail, reading the newest segment only.
pub fn open(config: &Config) -> Result<Opened, OpenError> {
    open_on(Arc::new(Disk::create(&config.dir)?), config.segment_bytes_max)
}

/// [`open`] on any storage.
pub fn open_on(storage: Arc<dyn Storage>, segment_bytes_max: u64) -> Result<Opened, OpenError> {
    remove_leftovers(&*storage)?;
    let Some(newest) = segment::list(&*storage).map_err(ReadError::io("."))?.pop() else {
        let header = SegmentHeader { prev_crc: 0, epoch: Epoch::random(), first_seq: 1 };
        let writer = Writer::begin(storage, header, segment_bytes_max)?;
        return Ok(Opened { writer, cut_bytes: 0, damage: None });
    };
    let Newest { state, end } = examine(&*storage, &newest)?;
    match state {
        State::Sound { epoch, torn_bytes } => {
            let durable = Durable { epoch, segment: newest.first_seq, end };
            resume(storage, &newest, durable, torn_bytes, segment_bytes_max)
        }
        State::Damaged(damage) => {
            error!(%damage, "journal damaged: it continues under a new epoch");
            sync_kept(&*storage, &newest)?;
            let header = SegmentHeader {
                prev_crc: end.chain,
                epoch: Epoch::random(),
                first_seq: end.next_seq,
            };
            let writer = Writer::begin(storage, header, segment_bytes_max)?;
            Ok(Opened { writer, cut_bytes: 0, damage: Some(damage) })
        }
    }
}

/// Goes on behind the last whole record.
///
/// What the last process wrote and did not sync is read back like anything else, so it is synced
/// before anyone is told of it.
fn resume(
    storage: Arc<dyn Storage>,
    newest: &Segment,
    durable: Durable,
    torn_bytes: u64,
    segment_bytes_max: u64,
) -> Result<Opened, OpenError> {
    let file = storage.open_write(&newest.name())?;
    if torn_bytes > 0 {
        warn!(file = newest.name(), torn_bytes, "cutting off a group that was never acknowledged");
        file.truncate(durable.end.offset)?;
    }
    file.sync_data()?;
    storage.sync_dir()?;
    let writer = Writer::resume(storage, file, durable, segment_bytes_max);
    Ok(Opened { writer, cut_bytes: torn_bytes, damage: None })
}

/// A damaged segment is read from now on, so it must stay what it is now.
fn sync_kept(storage: &dyn Storage, segment: &Segment) -> Result<(), OpenError> {
    storage.open_write(&segment.name())?.sync_data()?;
    Ok(storage.sync_dir()?)
}

fn remove_leftovers(storage: &dyn Storage) -> Result<(), OpenError> {
    let names = storage.list().map_err(ReadError::io("."))?;
    for name in names.iter().filter(|name| name.ends_with(".tmp")) {
        storage.remove(name)?;
    }
    Ok(())
}
