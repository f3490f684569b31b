use std::{
    path::PathBuf,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use crate::{Refusal, stats::Stats};

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
        let is_closed = !self.stats.store_healthy.load(Relaxed);
        if self.is_disk_full() || is_closed && self.stats.store_lacks_room.load(Relaxed) {
            return Some(Refusal::DiskFull);
        }
        is_closed.then_some(Refusal::StoreClosed)
    }

    /// A file system that can't be asked counts as having room: the append will tell.
    fn is_disk_full(&self) -> bool {
        // Even without a reserve, a disk with nothing left is full.
        let free_bytes_min = self.free_bytes_min.max(1);
        rustix::fs::statvfs(&self.dir)
            .is_ok_and(|fs| fs.f_bavail.saturating_mul(fs.f_frsize) < free_bytes_min)
    }
}
