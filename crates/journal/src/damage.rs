use std::fmt;
use std::ops::Range;

use crate::Epoch;

/// A place in the log that can't be read.
///
/// Only bytes that had been synced count: what a power cut leaves of a group that was being written
/// is not damage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Name of the segment file.
    pub file: String,
    /// First bad byte, in the segment's uncompressed bytes. For a missing segment, where the one
    /// before ends.
    pub offset: u64,
    /// The events that are missing, as far as is known; the last number is the next one that can be
    /// read. Empty where only a header or the chain is damaged. When the end of the newest segment
    /// could not be read, more may have followed that nobody can number.
    pub missing: Range<u64>,
    /// The epoch of what stood before, or of what follows when nothing did; `None` when the log
    /// does not tell. Only while this is the epoch being written is the damage news, and a new epoch
    /// due.
    pub epoch: Option<Epoch>,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Damage { file, offset, missing, epoch } = self;
        write!(f, "{file}: damaged at byte {offset}, ")?;
        if let Some(epoch) = epoch {
            write!(f, "epoch {epoch}, ")?;
        }
        match missing.end.saturating_sub(missing.start) {
            0 => write!(f, "no event missing before {}", missing.end),
            1 => write!(f, "event {} is missing", missing.start),
            n => write!(f, "{n} events are missing, {} to {}", missing.start, missing.end - 1),
        }
    }
}
