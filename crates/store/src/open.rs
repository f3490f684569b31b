use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use kiosk_domain::State;

use crate::{
    Applied, OpenError, Reader, StoreError, Writer, contain::bounded, db::Db, load::load,
    meta::Meta,
};

/// A million orders on a slow card take seconds.
const OPEN_PATIENCE: Duration = Duration::from_secs(120);

/// Damaged stores kept for a look at them.
const PUT_ASIDE_KEPT: usize = 2;

/// sled's unit of writing and of cleaning up; see [`VALUE_BYTES_MAX`](crate::VALUE_BYTES_MAX).
const SEGMENT_BYTES: usize = 1024 * 1024;

/// sled syncs its file so often even when nothing has changed, which makes an idle card work. What
/// a power cut takes with it, the journal has.
const FLUSH_EVERY_MS: u64 = 5_000;

/// Where the store is and how much memory it may take.
#[derive(Debug, Clone)]
pub struct Config {
    /// Created if missing. Nothing else may be kept in it.
    pub dir: PathBuf,
    /// sled's cache of pages. Small by default: the working set is in memory anyway.
    pub cache_bytes: u64,
}

impl Config {
    /// With a cache of 8 MiB.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), cache_bytes: 8 * 1024 * 1024 }
    }
}

/// A store that is open until its writer and all its readers are dropped.
pub struct Opened {
    /// For the one thread that writes.
    pub writer: Writer,
    /// For queries, from any thread.
    pub reader: Reader,
    /// The working set as of `applied`.
    pub state: State,
    /// What is in the store; the caller applies what the journal has after it.
    pub applied: Applied,
    /// The store that was found was damaged, and this one is empty.
    pub put_aside: Option<PutAside>,
}

/// A damaged store, kept beside. The newest two are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutAside {
    /// Its directory.
    pub path: PathBuf,
    /// For people.
    pub reason: String,
}

/// Opens the store, or an empty one in place of a damaged one.
///
/// Takes as long as the working set and two days of requests are large, whatever the age of the
/// shop. Never panics. Blocks: not for async code.
pub fn open(config: &Config) -> Result<Opened, OpenError> {
    let dir = &config.dir;
    let lock = prepare(dir).map_err(|e| no_access(dir, e))?;
    let lock = lock.ok_or_else(|| OpenError::Locked { dir: dir.clone() })?;
    let (mut db, state, put_aside) = match try_open(config)? {
        Ok((db, state)) => (db, state, None),
        Err(reason) => {
            tracing::error!(reason, dir = %dir.display(), "the store is put aside");
            let path = put_aside(dir).map_err(|e| no_access(dir, e))?;
            let empty = try_open(config)?;
            let (db, state) =
                empty.map_err(|reason| OpenError::Empty { dir: dir.clone(), reason })?;
            (db, state, Some(PutAside { path, reason }))
        }
    };
    db.keep_lock(lock);
    let db = Arc::new(db);
    let applied = db.meta().applied();
    let reader = Reader::new(Arc::clone(&db));
    Ok(Opened { writer: Writer::new(db), reader, state, applied, put_aside })
}

/// Has the next [`open`] put the store aside: it is sound, and not of the journal it is used with.
pub fn condemn(config: &Config, reason: &str) -> io::Result<()> {
    fs::write(marker(&config.dir), reason)
}

/// None: it is locked.
fn prepare(dir: &Path) -> io::Result<Option<File>> {
    fs::create_dir_all(dir)?;
    let lock = File::options().create(true).truncate(false).write(true).open(dir.join("lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(e)) => Err(e),
    }
}

/// The inner error is the reason to put the store aside.
fn try_open(config: &Config) -> Result<Result<(Db, State), String>, OpenError> {
    let dir = &config.dir;
    let marker = marker(dir);
    match fs::read_to_string(&marker) {
        Ok(reason) => return Ok(Err(reason)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Ok(Err(format!("its marker of damage can't be read: {e}"))),
    }
    remove_half_written_snapshots(&sled_dir(dir)).map_err(|e| no_access(dir, e))?;

    let sled_config = sled_config(config);
    let opened = bounded("store-open", OPEN_PATIENCE, move || -> Result<_, StoreError> {
        let db = Db::open(&sled_config, marker)?;
        let (meta, state): (Meta, State) = load(&db)?;
        db.set_meta(meta);
        db.check_background()?;
        Ok((db, state))
    });
    match opened {
        Ok(Ok(opened)) => Ok(Ok(opened)),
        Ok(Err(StoreError::NoSpace)) => Err(OpenError::NoSpace { dir: dir.clone() }),
        Ok(Err(StoreError::Io(e))) if !is_mendable(&e) => Err(no_access(dir, e)),
        Ok(Err(StoreError::Io(e))) => Ok(Err(e.to_string())),
        Ok(Err(error)) => Ok(Err(error.to_string())),
        Err(reason) => Ok(Err(format!("sled panicked or hung at open: {reason}"))),
    }
}

/// The flusher stays on: it alone syncs, and cleans up while nothing is written.
/// The mode (low space, high throughput) is left alone, as sled 0.34.7 never reads it.
fn sled_config(config: &Config) -> sled::Config {
    sled::Config::new()
        .path(sled_dir(&config.dir))
        .segment_size(SEGMENT_BYTES)
        .cache_capacity(config.cache_bytes)
        .flush_every_ms(Some(FLUSH_EVERY_MS))
}

/// A cut during start-up leaves one behind, and sled then takes its name for a number and fails.
fn remove_half_written_snapshots(sled_dir: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(sled_dir) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "generating") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Renames the store, so that whatever still holds it open does no harm, and returns where it is.
fn put_aside(dir: &Path) -> io::Result<PathBuf> {
    let mut kept = damaged_dirs(dir)?;
    let number = kept.last().map_or(1, |(number, _)| number.saturating_add(1));
    let path = dir.join(format!("damaged-{number}"));
    fs::rename(sled_dir(dir), &path)?;
    kept.push((number, path.clone()));
    let surplus = kept.len().saturating_sub(PUT_ASIDE_KEPT);
    for (_, old) in kept.drain(..surplus) {
        fs::remove_dir_all(old)?;
    }
    Ok(path)
}

/// Oldest first.
fn damaged_dirs(dir: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut dirs = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(number) = name.and_then(|name| name.strip_prefix("damaged-")?.parse().ok()) {
            dirs.push((number, path));
        }
    }
    dirs.sort();
    Ok(dirs)
}

/// Its presence says that the store is to be put aside, its content why.
fn marker(dir: &Path) -> PathBuf {
    sled_dir(dir).join("damaged")
}

fn sled_dir(dir: &Path) -> PathBuf {
    dir.join("sled")
}

/// Whether the files are at fault, so that other files would do. `Other` is also sled's word for
/// its own lock: as ours is held, that is a handle of this process that had to be left behind.
fn is_mendable(error: &io::Error) -> bool {
    use io::ErrorKind::{
        InvalidData, InvalidInput, IsADirectory, NotADirectory, NotFound, Other, UnexpectedEof,
    };
    // A sector that can't be read (EIO) has no kind of its own.
    const EIO: i32 = 5;
    let of_content = matches!(
        error.kind(),
        InvalidData
            | InvalidInput
            | IsADirectory
            | NotADirectory
            | NotFound
            | Other
            | UnexpectedEof
    );
    of_content || error.raw_os_error() == Some(EIO)
}

fn no_access(dir: &Path, source: io::Error) -> OpenError {
    let dir = dir.to_owned();
    match source.kind() {
        io::ErrorKind::StorageFull => OpenError::NoSpace { dir },
        _ => OpenError::Io { dir, source },
    }
}
