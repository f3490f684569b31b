//! What state the newest segment is in: whole, torn by a power cut, or damaged.

use crate::Epoch;
use crate::damage::Damage;
use crate::error::ReadError;
use crate::format::{RecordHeader, SegmentHeader};
use crate::segment::{Segment, Source};
use crate::storage::Storage;
use crate::walk::{Place, Step, Walker};

#[derive(Debug)]
pub(crate) struct Newest {
    pub(crate) state: State,
    /// Where the log ends: behind the last record that may be kept.
    pub(crate) end: Place,
}

#[derive(Debug)]
pub(crate) enum State {
    /// `torn_bytes` after the end belong to a group that was never acknowledged (or, in a log that
    /// another process is writing, is not yet).
    Sound {
        epoch: Epoch,
        torn_bytes: u64,
    },
    Damaged(Damage),
}

/// Everything about a segment that takes reading all of it.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) header: Option<SegmentHeader>,
    pub(crate) epoch: Option<Epoch>,
    pub(crate) first_bad: Option<(Place, Option<u64>)>,
    /// Behind the last readable record.
    pub(crate) last: Place,
    /// A record behind the first bad place belongs to a later group.
    later_group: bool,
    /// Length of the segment's uncompressed bytes.
    bytes: u64,
}

/// Reads the newest segment, and nothing else.
pub(crate) fn examine(storage: &dyn Storage, segment: &Segment) -> Result<Newest, ReadError> {
    let scan = Scan::of(storage, segment)?;
    let sound_end = match scan.first_bad {
        // The newest segment is never compressed: if this one is, there was a newer one.
        _ if segment.compressed => None,
        Some((bad, _)) => (!scan.later_group).then_some(bad),
        None => Some(scan.last),
    };
    // A header that can't be read is no torn group: it was synced before the file had its name.
    if let (Some(end), Some(header)) = (sound_end, scan.header) {
        let torn_bytes = scan.bytes - end.offset;
        return Ok(Newest { state: State::Sound { epoch: header.epoch, torn_bytes }, end });
    }
    // Above every seq that was read, and above this segment's own name: the next gets another. A
    // segment that is gone altogether had at least one event.
    let lost_after = u64::from(segment.compressed);
    let next_seq = (scan.last.next_seq + lost_after).max(segment.first_seq + 1);
    let (bad, resumes) = scan.first_bad.unwrap_or((scan.last, None));
    let damage = Damage {
        file: segment.name(),
        offset: bad.offset,
        missing: bad.next_seq..resumes.unwrap_or(next_seq),
        epoch: scan.epoch,
    };
    Ok(Newest { state: State::Damaged(damage), end: Place { next_seq, ..scan.last } })
}

impl Scan {
    pub(crate) fn of(storage: &dyn Storage, segment: &Segment) -> Result<Self, ReadError> {
        let mut walker = open_walker(storage, segment, u64::MAX)?;
        let mut scan = Scan {
            header: walker.header().copied(),
            epoch: None,
            first_bad: None,
            last: walker.place(),
            later_group: false,
            bytes: 0,
        };
        loop {
            match walker.step().map_err(ReadError::io(segment.name()))? {
                Step::Record { offset, header } => scan.record(offset, &header, &walker),
                Step::Bad { at, resumes } => {
                    scan.first_bad.get_or_insert((at, resumes));
                }
                Step::End => break,
            }
        }
        scan.epoch = walker.epoch();
        scan.bytes = walker.place().offset;
        Ok(scan)
    }

    fn record(&mut self, offset: u64, header: &RecordHeader, walker: &Walker) {
        let group_start = offset.saturating_sub(u64::from(header.group_bytes));
        self.later_group |= self.first_bad.is_some_and(|(bad, _)| group_start > bad.offset);
        self.last = walker.place();
    }
}

/// Opens a segment for walking; `limit` as in [`Walker::set_limit`].
pub(crate) fn open_walker(
    storage: &dyn Storage,
    segment: &Segment,
    limit: u64,
) -> Result<Walker, ReadError> {
    Source::open(storage, segment)
        .and_then(|source| Walker::new(source, segment.first_seq, limit))
        .map_err(ReadError::io(segment.name()))?
        .map_err(|version| ReadError::Version { file: segment.name(), version })
}
