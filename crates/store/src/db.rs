use std::{
    fs::{self, File, TryLockError},
    ops::RangeBounds,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use sled::IVec;

use crate::{
    StoreError,
    contain::{background_panics, bounded, contained},
    digest::Digest,
    keys,
    meta::Meta,
    row,
};

/// A healthy sled closes in milliseconds; a slow card may have some MiB to take.
const CLOSE_PATIENCE: Duration = Duration::from_secs(10);

/// The open sled, shared by the writer and the readers.
///
/// Its rows come as stored; [`row::unseal`] checks them.
pub(crate) struct Db {
    /// None only while it is dropped.
    sled: Option<sled::Db>,
    meta: Mutex<Meta>,
    /// sled's data.
    file: PathBuf,
    /// Its presence says that the store is to be put aside, its content why. It is in sled's own
    /// directory, so that it goes where the damage goes.
    marker: PathBuf,
    panics_at_open: u64,
    /// Held while open. Not sled's own lock, which a sick sled may never let go.
    lock: Option<File>,
}

impl Db {
    pub(crate) fn open(config: &sled::Config, marker: PathBuf) -> Result<Self, StoreError> {
        let panics_at_open = background_panics();
        let file = config.get_path().join("db");
        let sled = Some(config.open()?);
        let meta = Mutex::new(Meta::empty());
        Ok(Self { sled, meta, file, marker, panics_at_open, lock: None })
    }

    pub(crate) fn keep_lock(&mut self, lock: File) {
        self.lock = Some(lock);
    }

    pub(crate) fn meta(&self) -> Meta {
        *self.lock_meta()
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        self.call(|sled| sled.get(key))
    }

    /// Rows in the order of their keys, from either end.
    pub(crate) fn range<R: RangeBounds<Vec<u8>>>(&self, range: R) -> Result<Rows, StoreError> {
        self.call(|sled| Ok(sled.range(range))).map(Rows)
    }

    pub(crate) fn prefix(&self, prefix: &[u8]) -> Result<Rows, StoreError> {
        self.call(|sled| Ok(sled.scan_prefix(prefix))).map(Rows)
    }

    /// Of a partition; empty if it has no rows yet.
    pub(crate) fn digest(&self, partition: &[u8]) -> Result<Digest, StoreError> {
        let key = keys::digest(partition);
        match self.get(&key)? {
            Some(value) => row::message(&key, &value),
            None => Ok(Digest::default()),
        }
    }

    /// Writes all or nothing. `meta` is the meta row that is in the batch.
    pub(crate) fn write(&self, batch: sled::Batch, meta: Meta) -> Result<(), StoreError> {
        self.call(|sled| sled.apply_batch(batch))?;
        self.set_meta(meta);
        Ok(())
    }

    pub(crate) fn set_meta(&self, meta: Meta) {
        *self.lock_meta() = meta;
    }

    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        self.call(|sled| sled.flush()).map(drop)
    }

    /// A thread of sled that panicked does its work no more.
    pub(crate) fn check_background(&self) -> Result<(), StoreError> {
        if background_panics() == self.panics_at_open {
            return Ok(());
        }
        Err(StoreError::Panicked("in the background".into()))
    }

    /// Makes the next open put the store aside if the result says that it is damaged.
    pub(crate) fn note_damage<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result
            && error.is_damage()
        {
            tracing::error!(%error, "the store is damaged and will be rebuilt at the next open");
            if let Err(error) = fs::write(&self.marker, error.to_string()) {
                tracing::error!(%error, marker = %self.marker.display(), "can't leave the marker");
            }
        }
        result
    }

    fn call<T>(&self, call: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T, StoreError> {
        let Some(sled) = &self.sled else { return Err(StoreError::Failed) };
        Ok(contained(|| call(sled)).map_err(StoreError::Panicked)??)
    }

    fn lock_meta(&self) -> MutexGuard<'_, Meta> {
        // It is replaced whole, so a panic elsewhere can't have left it half done.
        self.meta.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Db {
    /// sled's `drop` waits for its flusher, for ever if that has panicked: it is left behind then.
    fn drop(&mut self) {
        let sled = self.sled.take();
        let file = self.file.clone();
        let close = move || {
            drop(sled);
            wait_until_unlocked(&file);
        };
        if let Err(reason) = bounded("store-close", CLOSE_PATIENCE, close) {
            tracing::warn!(reason, "sled did not close and is left behind");
        }
    }
}

/// The last of sled's threads closes the file, some time after `drop`. Until then it is locked,
/// and sled does not open it again.
fn wait_until_unlocked(file: &Path) {
    const POLL: Duration = Duration::from_millis(1);
    let Ok(file) = File::open(file) else { return };
    let patience_end = Instant::now() + CLOSE_PATIENCE;
    while matches!(file.try_lock(), Err(TryLockError::WouldBlock)) && Instant::now() < patience_end
    {
        thread::sleep(POLL);
    }
}

/// Rows as stored.
pub(crate) struct Rows(sled::Iter);

impl Iterator for Rows {
    type Item = Result<(IVec, IVec), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        lift(contained(|| self.0.next()))
    }
}

impl DoubleEndedIterator for Rows {
    fn next_back(&mut self) -> Option<Self::Item> {
        lift(contained(|| self.0.next_back()))
    }
}

fn lift<T>(next: Result<Option<sled::Result<T>>, String>) -> Option<Result<T, StoreError>> {
    match next {
        Ok(next) => next.map(|row| row.map_err(StoreError::from)),
        Err(panic) => Some(Err(StoreError::Panicked(panic))),
    }
}
