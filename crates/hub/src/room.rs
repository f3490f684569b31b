use std::{
    path::PathBuf,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use crate::stats::Stats;

/// Whether the disk has room for more orders. Keeps a reserve, so that sled and the journal's own
/// housekeeping never meet a full disk.
#[derive(Clone)]
pub(crate) struct DiskRoom {
    pub(crate) dir: PathBuf,
    pub(crate) free_bytes_min: u64,
    pub(crate) stats: Arc<Stats>,
}

impl DiskRoom {
    pub(crate) fn is_short(&self) -> bool {
        !self.stats.store_healthy.load(Relaxed) || self.is_disk_full()
    }

    /// A file system that can't be asked counts as having room: the append will tell.
    fn is_disk_full(&self) -> bool {
        // Even without a reserve, a disk with nothing left is full.
        let free_bytes_min = self.free_bytes_min.max(1);
        rustix::fs::statvfs(&self.dir)
            .is_ok_and(|fs| fs.f_bavail.saturating_mul(fs.f_frsize) < free_bytes_min)
    }
}
