use std::{
    path::PathBuf,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use crate::{Refusal, stats::Stats};

/// Without a reserve too, a disk that does not hold a group of ordinary orders, and what the store
/// makes of them, is full.
const GROUP_BYTES: u64 = 64 * 1024;

/// Whether there is room for more orders. Keeps a reserve, so that sled and the journal's own
/// housekeeping never meet a full disk.
#[derive(Clone)]
pub(crate) struct DiskRoom {
    pub(crate) dir: PathBuf,
    pub(crate) free_bytes_min: u64,
    pub(crate) stats: Arc<Stats>,
}

impl DiskRoom {
    /// Why no order can be taken just now, if so.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        if self.is_disk_full() {
            return Some(Refusal::DiskFull);
        }
        let is_closed = !self.stats.store_healthy.load(Relaxed);
        is_closed.then(|| self.stats.store_refusal())
    }

    /// Whether the reserve is still good for the few bytes of what must not wait for room.
    pub(crate) fn has_reserve(&self) -> bool {
        self.stats.store_healthy.load(Relaxed) && !self.is_less_than(self.free_bytes_min / 2)
    }

    fn is_disk_full(&self) -> bool {
        self.is_less_than(self.free_bytes_min)
    }

    /// A file system that can't be asked counts as having room: the append will tell.
    fn is_less_than(&self, free_bytes_min: u64) -> bool {
        let free_bytes_min = free_bytes_min.max(GROUP_BYTES);
        rustix::fs::statvfs(&self.dir)
            .is_ok_and(|fs| fs.f_bavail.saturating_mul(fs.f_frsize) < free_bytes_min)
    }
}
