//! From a data directory to a running hub.

use std::{
    fs::{self, File, TryLockError},
    hash::{BuildHasher as _, Hasher as _, RandomState},
    io,
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::{Arc, RwLock, atomic::Ordering::Relaxed},
    thread::{self, JoinHandle},
};

use kiosk_journal::{AppendError, Item, Log, NewRecord};
use kiosk_proto::{Timestamp, v1::JournalRecord};
use kiosk_store::{Applied, Opened};
use prost::Message as _;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    Clock, DiskFailed, Hub, Position,
    answers::Answers,
    applier::{Applier, History, put_aside},
    catch_up::{CatchUpError, CaughtUp, catch_up, without_store},
    disk_room::DiskRoom,
    fanout::{Fanout, Snapshot},
    housekeeping::Housekeeping,
    hub::{Inner, QUEUE_COMMANDS_MAX},
    incident::{self, Incidents},
    stats::Stats,
    writer::{SplitMix, Writer},
};

/// Where the data is, and what may be used.
#[derive(Clone)]
pub struct Config {
    /// Holds everything that must survive; made if it is missing.
    pub data_dir: PathBuf,
    /// Commands are refused while the file system has less free than this.
    pub free_bytes_min: u64,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
}

/// The threads behind a [`Hub`].
#[derive(Debug)]
pub struct Running {
    hub: Hub,
    writer: oneshot::Receiver<Result<(), DiskFailed>>,
    threads: Vec<JoinHandle<()>>,
    _housekeeping: Housekeeping,
    _lock: File,
}

/// The hub could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Two processes on one journal would destroy it.
    #[error("another process holds {}", .0.display())]
    Locked(PathBuf),
    /// The directory can't be used.
    #[error("the data directory {}", dir.display())]
    DataDir {
        /// Which one.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The journal can't be opened.
    #[error(transparent)]
    Journal(#[from] kiosk_journal::OpenError),
    /// The journal can't be written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The journal can't be read.
    #[error(transparent)]
    Read(#[from] kiosk_journal::ReadError),
    /// The store can't be opened, nor rebuilt.
    #[error(transparent)]
    Store(#[from] kiosk_store::OpenError),
    /// The store can't be written.
    #[error(transparent)]
    Write(#[from] kiosk_store::StoreError),
}

impl StartError {
    fn is_for_want_of_room(&self) -> bool {
        use kiosk_store::{OpenError, StoreError};
        matches!(self, Self::Store(OpenError::NoSpace { .. }) | Self::Write(StoreError::NoSpace))
    }
}

/// Opens what is there, repairs what can be repaired, and starts. Blocks while the store catches up
/// with the journal. Needs a tokio runtime only later, for its users.
pub fn start(config: Config) -> Result<(Hub, Running), StartError> {
    let dir = &config.data_dir;
    let lock = lock(dir)?;
    let journal = kiosk_journal::open(&kiosk_journal::Config::new(dir.join("journal")))?;
    let mut incidents: Vec<String> = journal.damage.iter().map(ToString::to_string).collect();
    let mut journal = journal.writer;
    let store_config = kiosk_store::Config::new(dir.join("state"));
    let log = journal.log();
    let store = open_store(&store_config, &log, dir).and_then(|opened| {
        incidents.extend(opened.put_aside.as_ref().map(put_aside));
        Ok(catch_up(&log, opened)?)
    });
    let stats = Arc::new(Stats::default());
    let store = match store {
        // The box shows what it has, and the store's thread goes on trying.
        Err(error @ (StartError::Store(_) | StartError::Write(_))) => {
            warn!(error = &error as &dyn std::error::Error, "no orders are taken: no store");
            stats.store_lacks_room.store(error.is_for_want_of_room(), Relaxed);
            without_store(&log)?
        }
        caught_up => caught_up?,
    };
    incidents.extend(store.gaps.iter().map(ToString::to_string));
    if store.applied_seq >= journal.next_seq() {
        incidents.push(format!(
            "the journal ends before event {}, which the store has: it was cut or replaced",
            store.applied_seq
        ));
        journal.start_epoch(store.applied_seq)?;
    } else if store.gaps.iter().any(|gap| gap.epoch == Some(journal.epoch())) {
        journal.start_epoch(0)?;
    }

    let newest_time = newest_time(&journal)?;
    raise(&mut journal, &*config.clock, incidents)?;
    // The incidents have no part in the state; only its position moves.
    let head = Position { epoch: journal.epoch(), seq: journal.next_seq() - 1 };
    info!(epoch = %head.epoch, seq = head.seq, "the journal and the store are open");
    let snapshot = Snapshot { position: head, state: store.state.clone() };
    spawn(config, Parts { lock, journal, store, store_config, stats, newest_time, snapshot })
}

struct Parts {
    lock: File,
    journal: kiosk_journal::Writer,
    store: CaughtUp,
    store_config: kiosk_store::Config,
    stats: Arc<Stats>,
    newest_time: Timestamp,
    snapshot: Snapshot,
}

fn spawn(config: Config, parts: Parts) -> Result<(Hub, Running), StartError> {
    let in_dir = |source| StartError::DataDir { dir: config.data_dir.clone(), source };
    let log = parts.journal.log();
    let stats = parts.stats;
    stats.store_healthy.store(parts.store.store.is_some(), Relaxed);
    let history = History::default();
    history.set(parts.store.reader.clone());
    let fanout = Arc::new(Fanout::new(parts.snapshot.clone()));
    let incidents = Arc::new(Incidents::default());
    let (applier, store_thread) = Applier::spawn(
        parts.store,
        parts.store_config,
        history.clone(),
        log.clone(),
        Arc::clone(&stats),
        Arc::clone(&incidents),
    )
    .map_err(in_dir)?;

    let room = DiskRoom {
        dir: config.data_dir.clone(),
        free_bytes_min: config.free_bytes_min,
        stats: Arc::clone(&stats),
    };
    let (queue, commands) = mpsc::channel(QUEUE_COMMANDS_MAX);
    let writer = Writer {
        queue: commands,
        journal: parts.journal,
        state: parts.snapshot.state,
        answers: Answers::new(history.clone(), Arc::clone(&fanout), log.clone()),
        fanout: Arc::clone(&fanout),
        applier,
        stats: Arc::clone(&stats),
        incidents,
        clock: Arc::clone(&config.clock),
        newest_time: parts.newest_time,
        random: SplitMix(RandomState::new().build_hasher().finish()),
        room: room.clone(),
    };
    let (ended, writer_ended) = oneshot::channel();
    let writer_thread = thread::Builder::new()
        .name("writer".into())
        .spawn(move || drop(ended.send(writer.run())))
        .map_err(in_dir)?;

    let housekeeping = Housekeeping::spawn(log.clone()).map_err(in_dir)?;
    let hub = Hub::new(Inner {
        queue: RwLock::new(Some(queue)),
        fanout,
        log,
        history,
        stats,
        room,
        stopping: CancellationToken::new(),
        started_at: config.clock.now(),
        clock: Arc::clone(&config.clock),
        cursors: config.data_dir.join("cursors"),
    });
    let running = Running {
        hub: hub.clone(),
        writer: writer_ended,
        threads: vec![writer_thread, store_thread],
        _housekeeping: housekeeping,
        _lock: parts.lock,
    };
    Ok((hub, running))
}

impl Running {
    /// Returns when the disk failed: the process must end at once. What was not answered may or may
    /// not be durable; clients repeat it.
    pub async fn failed(&mut self) -> DiskFailed {
        match (&mut self.writer).await {
            Ok(Err(failed)) => failed,
            // The writer only ends well after `drain`, which takes `self`.
            Ok(Ok(())) => std::future::pending().await,
            Err(_) => DiskFailed::writer_lost(),
        }
    }

    /// Commits what is queued, lets the followers see it, closes the store. The caller bounds the
    /// time that this may take: whatever happens, nothing acknowledged is lost.
    pub async fn drain(self) -> Result<(), DiskFailed> {
        self.hub.close();
        let ended = self.writer.await.unwrap_or_else(|_| Err(DiskFailed::writer_lost()));
        self.hub.stop_followers();
        let joined = tokio::task::spawn_blocking(move || {
            for thread in self.threads {
                // A thread that panicked has said so; the journal has everything.
                let _ = thread.join();
            }
        });
        let _ = joined.await;
        ended
    }
}

fn lock(dir: &Path) -> Result<File, StartError> {
    let in_dir = |source| StartError::DataDir { dir: dir.into(), source };
    fs::create_dir_all(dir).map_err(in_dir)?;
    let file = File::create(dir.join("lock")).map_err(in_dir)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::Locked(dir.into())),
        Err(TryLockError::Error(source)) => Err(in_dir(source)),
    }
}

/// A store that follows from another journal (one of the two was restored from a backup) is put
/// aside like a damaged one.
fn open_store(
    config: &kiosk_store::Config,
    log: &Log,
    data_dir: &Path,
) -> Result<Opened, StartError> {
    let opened = kiosk_store::open(config)?;
    if follows_from(opened.applied, log)? {
        return Ok(opened);
    }
    drop(opened);
    let condemned = kiosk_store::condemn(config, "it follows from another journal");
    condemned.map_err(|source| StartError::DataDir { dir: data_dir.into(), source })?;
    Ok(kiosk_store::open(config)?)
}

fn follows_from(applied: Applied, log: &Log) -> Result<bool, StartError> {
    if applied.seq == 0 {
        return Ok(true);
    }
    Ok(match log.reader(applied.seq).next()? {
        Some(Item::Record(record)) => record.epoch.get() == applied.epoch,
        // Damaged there: nothing speaks against it.
        Some(Item::Gap(_)) => true,
        // The journal is shorter: its end was lost, or it is another one.
        None => applied.epoch == log.epoch().get(),
    })
}

/// Of the newest record; the beginning of time for an empty log.
fn newest_time(journal: &kiosk_journal::Writer) -> Result<Timestamp, StartError> {
    let mut reader = journal.log().reader(journal.next_seq().saturating_sub(1));
    Ok(match reader.next()? {
        Some(Item::Record(record)) => {
            let decoded = JournalRecord::decode(&*record.payload).unwrap_or_default();
            decoded.time.unwrap_or_default()
        }
        _ => Timestamp::default(),
    })
}

/// What start-up had to mend is an event, for everyone to see.
fn raise(
    journal: &mut kiosk_journal::Writer,
    clock: &dyn Clock,
    incidents: Vec<String>,
) -> Result<(), StartError> {
    for (reason, seq) in incidents.into_iter().zip(journal.next_seq()..) {
        warn!(reason, "an incident is raised");
        let record = incident::record(reason, clock.now(), clock.is_trusted(), seq);
        let payload = record.encode_to_vec();
        match journal.append(&[NewRecord { events: NonZeroU32::MIN, payload: &payload }]) {
            // A full disk must not keep the box from showing what it has.
            Ok(_) | Err(AppendError::NoSpace) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

impl From<CatchUpError> for StartError {
    fn from(error: CatchUpError) -> Self {
        match error {
            CatchUpError::Read(error) => Self::Read(error),
            CatchUpError::Store(error) => Self::Write(error),
        }
    }
}
