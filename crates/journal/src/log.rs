//! The handle that is shared: how far the log is durable, and where its files are.

use std::sync::{Arc, Mutex, PoisonError};

use crate::storage::Storage;
use crate::walk::Place;
use crate::{Epoch, Reader};

/// A handle on the log, for threads that read it while the [`Writer`](crate::Writer) appends.
#[derive(Debug, Clone)]
pub struct Log {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    /// Set by the writer after each sync; readers go no further. A lock and not an atomic because the
    /// values belong together; it is held for a copy only.
    durable: Mutex<Durable>,
    /// One compression at a time, as all use the same temporary name.
    pub(crate) compressing: Mutex<()>,
}

/// How far the log is on the disk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Durable {
    pub(crate) epoch: Epoch,
    /// The newest segment's first seq.
    pub(crate) segment: u64,
    /// The end, in that segment.
    pub(crate) end: Place,
}

impl Log {
    pub(crate) fn new(storage: Arc<dyn Storage>, durable: Durable) -> Self {
        let shared = Shared { durable: Mutex::new(durable), compressing: Mutex::new(()) };
        Log { storage, shared: Arc::new(shared) }
    }

    /// The epoch that is being written.
    pub fn epoch(&self) -> Epoch {
        self.durable().epoch
    }

    /// The seq that the next event will get; all before are durable. The first of a new log is 1.
    pub fn next_seq(&self) -> u64 {
        self.durable().end.next_seq
    }

    /// A reader whose first record is the one that holds `from_seq`.
    pub fn reader(&self, from_seq: u64) -> Reader {
        Reader::new(self.clone(), from_seq)
    }

    pub(crate) fn durable(&self) -> Durable {
        // Poisoned or not, a copied value is whole.
        *self.shared.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_durable(&self, durable: Durable) {
        *self.shared.durable.lock().unwrap_or_else(PoisonError::into_inner) = durable;
    }
}
