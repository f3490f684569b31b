//! The bytes on the disk, and the reasons for them.
//!
//! The log is a directory of *segments*. A segment is a file named by the first `seq` it may hold,
//! zero-padded so that names sort: `00000000000000000001.log`, or `….log.zst` once it is closed and
//! compressed (one zstd frame of exactly the same bytes). `….tmp` is a file that was being made when
//! the process ended; it never holds anything that was acknowledged.
//!
//! All numbers are little-endian. A segment is a header and then records, back to back, to its end:
//!
//! | segment header | bytes | |
//! |---|---|---|
//! | magic | 8 | `kioskjnl` |
//! | version | 4 | 1 |
//! | previous crc | 4 | the crc of the last record before this segment; 0 when there is none |
//! | epoch | 8 | |
//! | first seq | 8 | equals the file's name |
//! | crc | 4 | CRC32C of the 32 bytes above |
//!
//! | record | bytes | |
//! |---|---|---|
//! | magic | 4 | where to look when searching for records behind a damaged place |
//! | payload bytes | 4 | at most [`PAYLOAD_BYTES_MAX`] |
//! | previous crc | 4 | the crc of the record before, in whatever segment; 0 for the first of all |
//! | events | 4 | how many seq numbers this record takes, at least 1 |
//! | epoch | 8 | |
//! | first seq | 8 | |
//! | group bytes | 4 | distance back to the first record of the group it was written with |
//! | crc | 4 | CRC32C of the 36 bytes above and the payload |
//! | payload | | |
//!
//! *Chain.* Each crc covers the crc before it, so one value vouches for the whole log up to there: a
//! record that was replaced, moved or left out is noticed although it is intact in itself. The
//! previous crc is stored, not only mixed in, so that a record can be verified without the record
//! before: what follows a damaged place can still be read.
//!
//! *Group distance.* A group is one write and one sync, and the next group is written only after that
//! sync. So when a bad place is found in the newest segment, what follows it tells what happened.
//! Nothing valid, or only records of a group that starts at or before the bad place: the group was
//! torn by a power cut (its later sectors may be there while earlier ones are not) and was never
//! acknowledged. A valid record of a *later* group: the bad place had been synced, and acknowledged
//! bytes were damaged.
//!
//! *What a torn group leaves.* The records before its first bad byte are kept: each is a whole
//! command, chained and verified. Nobody was told that they were stored, and nobody was told that
//! they were not. What follows is cut off. Damage to the very last group of the log looks the same
//! as a torn group and is cut as well; the bytes cut are always reported.
//!
//! *What the log can't tell.* Nothing vouches for its very end: that the newest segment was removed,
//! or cut exactly between two groups, does not show here. Who has applied the log further than it now
//! reaches can tell, and must begin a new epoch.
//!
//! *New segments* are written under a `.tmp` name, synced and then renamed, so a segment whose header
//! cannot be read is always a damaged one.

use crate::Epoch;

/// Largest payload of one record. A command is at most 256 KiB on the wire; its events get room for
/// the names and times that are added to it.
pub const PAYLOAD_BYTES_MAX: usize = 272 * 1024;

/// Largest group, headers included: 64 of the largest commands fit, and a distance fits in 32 bits.
pub const GROUP_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Largest `seq`: the largest whole number that every JSON reader keeps exact.
pub const SEQ_MAX: u64 = (1 << 53) - 1;

pub(crate) const SEGMENT_HEADER_BYTES: usize = 36;
pub(crate) const RECORD_HEADER_BYTES: usize = 40;
pub(crate) const RECORD_MAGIC: [u8; 4] = [0xd7, b'R', 0xec, 0x0a];

const SEGMENT_MAGIC: [u8; 8] = *b"kioskjnl";
const VERSION: u32 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) prev_crc: u32,
    pub(crate) epoch: Epoch,
    pub(crate) first_seq: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeaderError {
    Damaged,
    /// Written by a later version of this program: not damage, and nothing to be repaired.
    Version(u32),
}

/// Everything about a record but its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordHeader {
    pub(crate) payload_bytes: u32,
    pub(crate) prev_crc: u32,
    pub(crate) events: u32,
    pub(crate) epoch: Epoch,
    pub(crate) first_seq: u64,
    pub(crate) group_bytes: u32,
    /// Computed when encoding.
    pub(crate) crc: u32,
}

/// What the bytes at some place are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// A whole record whose crc is right.
    Valid(RecordHeader),
    /// It may be a record; this many bytes are needed to tell.
    Needs(usize),
    Invalid,
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut out = [0; SEGMENT_HEADER_BYTES];
        out[0..8].copy_from_slice(&SEGMENT_MAGIC);
        out[8..12].copy_from_slice(&VERSION.to_le_bytes());
        out[12..16].copy_from_slice(&self.prev_crc.to_le_bytes());
        out[16..24].copy_from_slice(&self.epoch.0.to_le_bytes());
        out[24..32].copy_from_slice(&self.first_seq.to_le_bytes());
        let crc = crc32c::crc32c(&out[..32]);
        out[32..36].copy_from_slice(&crc.to_le_bytes());
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, HeaderError> {
        let bytes = bytes.get(..SEGMENT_HEADER_BYTES).ok_or(HeaderError::Damaged)?;
        if bytes[..8] != SEGMENT_MAGIC || u32_at(bytes, 32) != crc32c::crc32c(&bytes[..32]) {
            return Err(HeaderError::Damaged);
        }
        match u32_at(bytes, 8) {
            VERSION => {}
            version => return Err(HeaderError::Version(version)),
        }
        Ok(SegmentHeader {
            prev_crc: u32_at(bytes, 12),
            epoch: Epoch(u64_at(bytes, 16)),
            first_seq: u64_at(bytes, 24),
        })
    }
}

impl RecordHeader {
    /// Bytes of the whole record.
    pub(crate) fn record_bytes(&self) -> usize {
        RECORD_HEADER_BYTES + self.payload_bytes as usize
    }

    /// The first seq after this record.
    pub(crate) fn end_seq(&self) -> u64 {
        self.first_seq + u64::from(self.events)
    }

    /// Appends the record to `out` and returns its crc. `payload` has `self.payload_bytes` bytes.
    pub(crate) fn encode_with(&self, payload: &[u8], out: &mut Vec<u8>) -> u32 {
        let start = out.len();
        out.extend_from_slice(&RECORD_MAGIC);
        out.extend_from_slice(&self.payload_bytes.to_le_bytes());
        out.extend_from_slice(&self.prev_crc.to_le_bytes());
        out.extend_from_slice(&self.events.to_le_bytes());
        out.extend_from_slice(&self.epoch.0.to_le_bytes());
        out.extend_from_slice(&self.first_seq.to_le_bytes());
        out.extend_from_slice(&self.group_bytes.to_le_bytes());
        let crc = crc32c::crc32c_append(crc32c::crc32c(&out[start..]), payload);
        out.extend_from_slice(&crc.to_le_bytes());
        out.extend_from_slice(payload);
        crc
    }

    /// Reads the fields without checking the crc; `None` where they can't be a record's.
    pub(crate) fn peek(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..RECORD_HEADER_BYTES)?;
        let header = RecordHeader {
            payload_bytes: u32_at(bytes, 4),
            prev_crc: u32_at(bytes, 8),
            events: u32_at(bytes, 12),
            epoch: Epoch(u64_at(bytes, 16)),
            first_seq: u64_at(bytes, 24),
            group_bytes: u32_at(bytes, 32),
            crc: u32_at(bytes, 36),
        };
        let possible = bytes[..4] == RECORD_MAGIC
            && header.payload_bytes as usize <= PAYLOAD_BYTES_MAX
            && header.group_bytes as usize <= GROUP_BYTES_MAX
            && header.events >= 1
            && header.first_seq <= SEQ_MAX - u64::from(header.events);
        possible.then_some(header)
    }
}

/// Tells whether `bytes` begin with a record. Never more than the largest record is asked for.
pub(crate) fn check_record(bytes: &[u8]) -> Check {
    if bytes.len() < RECORD_HEADER_BYTES {
        return Check::Needs(RECORD_HEADER_BYTES);
    }
    let Some(header) = RecordHeader::peek(bytes) else { return Check::Invalid };
    let Some(payload) = bytes.get(RECORD_HEADER_BYTES..header.record_bytes()) else {
        return Check::Needs(header.record_bytes());
    };
    let crc = crc32c::crc32c_append(crc32c::crc32c(&bytes[..36]), payload);
    if crc == header.crc { Check::Valid(header) } else { Check::Invalid }
}

/// Callers have checked that `bytes` is long enough.
fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut out = [0; 4];
    out.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(out)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut out = [0; 8];
    out.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(out)
}
