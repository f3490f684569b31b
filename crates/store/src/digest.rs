use prost::Message;
use twox_hash::XxHash64;

/// What tells that no row of a partition is missing, stale or foreign: how many there are and the
/// sum of their hashes, which can be kept up to date row by row.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct Digest {
    #[prost(uint64, tag = "1")]
    pub(crate) rows: u64,
    #[prost(fixed64, tag = "2")]
    sum: u64,
}

impl Digest {
    pub(crate) fn add(&mut self, row_hash: u64) {
        self.rows = self.rows.wrapping_add(1);
        self.sum = self.sum.wrapping_add(row_hash);
    }

    pub(crate) fn remove(&mut self, row_hash: u64) {
        self.rows = self.rows.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(row_hash);
    }
}

/// The hash of a row as stored. Part of the format.
pub(crate) fn hash(key: &[u8], value: &[u8]) -> u64 {
    XxHash64::oneshot(XxHash64::oneshot(0, key), value)
}
