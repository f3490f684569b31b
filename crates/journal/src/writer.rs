use std::io;
use std::num::NonZeroU32;
use std::sync::Arc;

use tracing::{info, warn};

use crate::Epoch;
use crate::error::AppendError;
use crate::format::{
    GROUP_BYTES_MAX, PAYLOAD_BYTES_MAX, RECORD_HEADER_BYTES, RecordHeader, SEGMENT_HEADER_BYTES,
    SEQ_MAX, SegmentHeader,
};
use crate::log::{Durable, Log};
use crate::segment::Segment;
use crate::storage::{Storage, StorageFile, is_no_space, write_all};
use crate::walk::Place;

/// The buffer for a group is kept between groups unless it grew beyond this.
const BUFFER_KEPT_BYTES: usize = 1024 * 1024;

/// Events to be stored together.
#[derive(Debug, Clone, Copy)]
pub struct NewRecord<'a> {
    /// How many events the payload holds: each takes one seq.
    pub events: NonZeroU32,
    /// At most [`PAYLOAD_BYTES_MAX`]; may be empty.
    pub payload: &'a [u8],
}

/// The one that appends. There is one per directory; that no other process has one is for the caller
/// to see to.
#[derive(Debug)]
pub struct Writer {
    log: Log,
    file: Box<dyn StorageFile>,
    durable: Durable,
    segment_bytes_max: u64,
    buffer: Vec<u8>,
    failed: bool,
}

impl Writer {
    /// The epoch that is being written.
    pub fn epoch(&self) -> Epoch {
        self.durable.epoch
    }

    /// The seq that the next event will get. The first of a new log is 1.
    pub fn next_seq(&self) -> u64 {
        self.durable.end.next_seq
    }

    /// A handle for making readers, here or in other threads.
    pub fn log(&self) -> Log {
        self.log.clone()
    }

    /// Stores a group with one write and one sync. Returns the seq of its last event.
    ///
    /// When this returns, the group is durable and readers see it. A reader never sees a part of a
    /// group that failed.
    pub fn append(&mut self, group: &[NewRecord<'_>]) -> Result<u64, AppendError> {
        self.refuse_after_failure()?;
        if group.is_empty() {
            return Ok(self.next_seq() - 1);
        }
        let bytes = self.group_bytes(group)?;
        let written = self.durable.end.offset > SEGMENT_HEADER_BYTES as u64;
        if written && self.durable.end.offset + bytes as u64 > self.segment_bytes_max {
            self.begin_segment(self.durable.epoch, self.next_seq())?;
        }
        let end = self.encode(group);
        self.write_group(end)?;
        Ok(self.next_seq() - 1)
    }

    /// Continues the log under a new epoch, in a new segment: history is not what it was told to be.
    /// To be called when a reader met [`Damage`](crate::Damage) of the current epoch, or when someone
    /// knows of events behind the log's end. The next event gets a seq above `known_seq`.
    pub fn start_epoch(&mut self, known_seq: u64) -> Result<Epoch, AppendError> {
        self.refuse_after_failure()?;
        let first_seq = self.next_seq().max(known_seq.saturating_add(1));
        self.begin_segment(Epoch::random(), first_seq)?;
        Ok(self.epoch())
    }

    /// A writer at the end of an existing segment. All of the file is durable.
    pub(crate) fn resume(
        storage: Arc<dyn Storage>,
        file: Box<dyn StorageFile>,
        durable: Durable,
        segment_bytes_max: u64,
    ) -> Self {
        let log = Log::new(storage, durable);
        Writer { log, file, durable, segment_bytes_max, buffer: Vec::new(), failed: false }
    }

    /// A writer of a new segment.
    pub(crate) fn begin(
        storage: Arc<dyn Storage>,
        header: SegmentHeader,
        segment_bytes_max: u64,
    ) -> io::Result<Self> {
        let (file, durable) = create_segment(&*storage, header).map_err(|e| match e {
            CreateError::Unmade(e) | CreateError::Unknown(e) => e,
        })?;
        Ok(Writer::resume(storage, file, durable, segment_bytes_max))
    }

    fn refuse_after_failure(&self) -> Result<(), AppendError> {
        if self.failed {
            return Err(AppendError::Fatal(io::Error::other("a write failed before")));
        }
        Ok(())
    }

    fn group_bytes(&self, group: &[NewRecord<'_>]) -> Result<usize, AppendError> {
        if let Some(large) = group.iter().find(|r| r.payload.len() > PAYLOAD_BYTES_MAX) {
            return Err(AppendError::RecordTooLarge { bytes: large.payload.len() });
        }
        let bytes = group.iter().map(|r| RECORD_HEADER_BYTES + r.payload.len()).sum();
        if bytes > GROUP_BYTES_MAX {
            return Err(AppendError::GroupTooLarge { bytes });
        }
        let events: u64 = group.iter().map(|r| u64::from(r.events.get())).sum();
        if events > SEQ_MAX - self.next_seq() {
            return Err(AppendError::Fatal(io::Error::other("the seq numbers are used up")));
        }
        Ok(bytes)
    }

    /// Fills the buffer; returns where the log will end.
    fn encode(&mut self, group: &[NewRecord<'_>]) -> Place {
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_KEPT_BYTES);
        let mut end = self.durable.end;
        for record in group {
            let header = RecordHeader {
                payload_bytes: record.payload.len() as u32,
                prev_crc: end.chain,
                events: record.events.get(),
                epoch: self.durable.epoch,
                first_seq: end.next_seq,
                group_bytes: self.buffer.len() as u32,
                crc: 0,
            };
            end.chain = header.encode_with(record.payload, &mut self.buffer);
            end.next_seq = header.end_seq();
        }
        end.offset += self.buffer.len() as u64;
        end
    }

    fn write_group(&mut self, end: Place) -> Result<(), AppendError> {
        let start = self.durable.end.offset;
        match write_all(&*self.file, &self.buffer, start) {
            Ok(()) => self.file.sync_data().map_err(|e| self.fail(e))?,
            Err(e) if is_no_space(&e) => {
                let undone = self.file.truncate(start).and_then(|()| self.file.sync_data());
                undone.map_err(|e| self.fail(e))?;
                return Err(AppendError::NoSpace);
            }
            Err(e) => return Err(self.fail(e)),
        }
        self.durable.end = end;
        self.log.set_durable(self.durable);
        Ok(())
    }

    fn begin_segment(&mut self, epoch: Epoch, first_seq: u64) -> Result<(), AppendError> {
        let header = SegmentHeader { prev_crc: self.durable.end.chain, epoch, first_seq };
        let (file, durable) = create_segment(&*self.log.storage, header).map_err(|e| match e {
            CreateError::Unmade(e) if is_no_space(&e) => AppendError::NoSpace,
            CreateError::Unmade(e) | CreateError::Unknown(e) => self.fail(e),
        })?;
        info!(first_seq = header.first_seq, %epoch, "journal segment begun");
        self.file = file;
        self.durable = durable;
        self.log.set_durable(durable);
        Ok(())
    }

    fn fail(&mut self, error: io::Error) -> AppendError {
        self.failed = true;
        AppendError::Fatal(error)
    }
}

enum CreateError {
    /// The segment is not there.
    Unmade(io::Error),
    /// It may be there after the next start, or not.
    Unknown(io::Error),
}

/// Makes a segment that is on the disk, whole and under its name, before anything is appended to it.
fn create_segment(
    storage: &dyn Storage,
    header: SegmentHeader,
) -> Result<(Box<dyn StorageFile>, Durable), CreateError> {
    let name = Segment { first_seq: header.first_seq, compressed: false }.name();
    let temporary = format!("{name}.tmp");
    let bytes = header.encode();
    let made = storage.create(&temporary).and_then(|file| {
        write_all(&*file, &bytes, 0)?;
        file.sync_data()?;
        storage.rename(&temporary, &name)?;
        Ok(file)
    });
    let file = made.map_err(|e| {
        // What can't be removed now is emptied by the next attempt, or removed by the next start.
        if let Err(error) = storage.remove(&temporary) {
            warn!(%error, file = temporary, "a half-made journal segment is left");
        }
        CreateError::Unmade(e)
    })?;
    storage.sync_dir().map_err(CreateError::Unknown)?;
    let end = Place {
        offset: SEGMENT_HEADER_BYTES as u64,
        chain: header.prev_crc,
        next_seq: header.first_seq,
    };
    Ok((file, Durable { epoch: header.epoch, segment: header.first_seq, end }))
}
