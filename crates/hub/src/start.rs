//! From a data directory to a running hub.

use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    hash::{BuildHasher as _, Hasher as _, RandomState},
    io,
    path::{Path, PathBuf},
    sync::{Arc, RwLock, atomic::Ordering::Relaxed},
    thread::{self, JoinHandle},
};

use kiosk_images::Images;
use kiosk_journal::AppendError;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    Access, Clock, DiskFailed, Hub, Limits, QueueLine, WaitingRoom,
    activity::ActivityWatch,
    answers::Answers,
    applier::{Applier, History},
    catch_up::CatchUpError,
    disk_room::DiskRoom,
    fanout::{Fanout, Snapshot},
    housekeeping::Housekeeping,
    hub::{Inner, QUEUE_COMMANDS_MAX},
    incident::Incidents,
    limits::Rate,
    read_marks::ReadMarks,
    recover::{Recovered, recover},
    signals::Signalling,
    timer::{Parts, Timer},
    watch::{LOOK_EVERY, Pulse, Stuck, Watch},
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
    /// Who shows no credentials is the admin: for a demo that only the box itself can reach.
    pub is_open: bool,
    /// What one client may take. An open box tells nobody apart.
    pub limits: Limits,
}

/// The threads behind a [`Hub`].
#[derive(Debug)]
pub struct Running {
    hub: Hub,
    writer: oneshot::Receiver<Result<(), DiskFailed>>,
    threads: Vec<JoinHandle<()>>,
    /// Goes on as long as tokio's threads do.
    runtime: Pulse,
    watch: Watch,
    _housekeeping: Housekeeping,
    _timer: Timer,
    _lock: File,
}

/// Why the process must end at once. What was acknowledged is in the journal.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Under the journal.
    #[error(transparent)]
    Disk(#[from] DiskFailed),
    /// In the store.
    #[error(transparent)]
    Stuck(#[from] Stuck),
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
    pub(crate) fn is_for_want_of_room(&self) -> bool {
        use kiosk_store::{OpenError, StoreError};
        matches!(self, Self::Store(OpenError::NoSpace { .. }) | Self::Write(StoreError::NoSpace))
    }
}

/// Opens what is there, repairs what can be repaired, and starts. Blocks while the store catches up
/// with the journal. Needs a tokio runtime only later, for its users.
pub fn start(config: Config) -> Result<(Hub, Running), StartError> {
    let lock = lock(&config.data_dir)?;
    let recovered = recover(&config)?;
    spawn(config, recovered, lock)
}

fn spawn(config: Config, recovered: Recovered, lock: File) -> Result<(Hub, Running), StartError> {
    let in_dir = |source| StartError::DataDir { dir: config.data_dir.clone(), source };
    let Recovered { journal, store, store_config, stats, newest_time, snapshot } = recovered;
    let log = journal.log();
    stats.store_healthy.store(store.store.is_some(), Relaxed);
    let history = History::default();
    history.set(store.reader.clone());
    let fanout = Arc::new(Fanout::new(snapshot.clone()));
    let incidents = Arc::new(Incidents::default());
    let [store_pulse, writer_pulse, runtime] = [(); 3].map(|()| Pulse::default());
    let (applier, store_thread) = Applier::spawn(
        store,
        store_config,
        history.clone(),
        log.clone(),
        Arc::clone(&stats),
        Arc::clone(&incidents),
        store_pulse.clone(),
    )
    .map_err(in_dir)?;

    let room = DiskRoom {
        dir: config.data_dir.clone(),
        free_bytes_min: config.free_bytes_min,
        stats: Arc::clone(&stats),
    };
    let (queue, commands) = mpsc::channel(QUEUE_COMMANDS_MAX);
    let images = open_images(&config.data_dir, &snapshot);
    let writer = Writer {
        queue: commands,
        journal,
        state: snapshot.state,
        answers: Answers::new(
            history.clone(),
            Arc::clone(&fanout),
            log.clone(),
            Arc::clone(&stats),
        ),
        fanout: Arc::clone(&fanout),
        applier,
        stats: Arc::clone(&stats),
        incidents,
        clock: Arc::clone(&config.clock),
        newest_time,
        random: SplitMix(RandomState::new().build_hasher().finish()),
        room: room.clone(),
        pulse: writer_pulse.clone(),
    };
    let (ended, writer_ended) = oneshot::channel();
    let writer_thread = thread::Builder::new()
        .name("writer".into())
        .spawn(move || drop(ended.send(writer.run())))
        .map_err(in_dir)?;

    let watch = Watch::spawn([
        ("the store's thread", store_pulse),
        ("the writer, which asks the store,", writer_pulse),
        ("the runtime, which asks the store for history,", runtime.clone()),
    ])
    .map_err(in_dir)?;
    let signalling = Signalling::new();
    let clock = Arc::clone(&config.clock);
    let watched = || (Arc::clone(&fanout), signalling.clone(), Arc::clone(&config.clock));
    let queue_line = Arc::new(QueueLine::new(watched()));
    let waiting_room = Arc::new(WaitingRoom::new(watched()));
    let limits = match config.is_open {
        true => config.limits.for_all_as_one(),
        false => config.limits,
    };
    let access = Access::open(
        config.is_open,
        &limits,
        Arc::clone(&stats),
        &config.data_dir,
        Arc::clone(&fanout),
        Arc::clone(&config.clock),
        queue.downgrade(),
    );
    let access = Arc::new(access.map_err(in_dir)?);
    let timer = Timer::spawn(Parts {
        fanout: Arc::clone(&fanout),
        clock: Arc::clone(&clock),
        queue: queue.downgrade(),
        activity: ActivityWatch::new(Arc::clone(&fanout), signalling.clone(), clock),
        queue_line: Arc::clone(&queue_line),
        waiting_room: Arc::clone(&waiting_room),
        access: Arc::clone(&access),
    })
    .map_err(in_dir)?;
    let housekeeping = Housekeeping::spawn(log.clone()).map_err(in_dir)?;
    let hub = Hub::new(Inner {
        queue: RwLock::new(Some(queue)),
        fanout,
        signalling,
        read_marks: ReadMarks::default(),
        queue_line,
        waiting_room,
        log,
        history,
        stats,
        room,
        stopping: CancellationToken::new(),
        started_at: config.clock.now(),
        clock: Arc::clone(&config.clock),
        cursors: config.data_dir.join("cursors"),
        images,
        access,
        arrivals: Arc::new(Rate::new(limits.connections_per_address_per_second)),
        limits,
    });
    let running = Running {
        hub: hub.clone(),
        writer: writer_ended,
        threads: vec![writer_thread, store_thread],
        runtime,
        watch,
        _housekeeping: housekeeping,
        _timer: timer,
        _lock: lock,
    };
    Ok((hub, running))
}

/// Removes the pictures that no item shows any more. That is only tidy, and can't keep a box from
/// starting.
fn open_images(data_dir: &Path, snapshot: &Snapshot) -> Arc<Images> {
    let images = Images::new(data_dir.join("images"));
    let shown: BTreeSet<&str> =
        snapshot.state.menu().into_iter().map(|item| &*item.image).collect();
    match images.collect(|hash| shown.contains(hash)) {
        Ok(0) => {}
        Ok(files) => info!(files, "pictures that nothing shows were removed"),
        Err(error) => warn!(%error, "pictures that nothing shows were not removed"),
    }
    Arc::new(images)
}

impl Running {
    /// Returns when the disk failed, or a thread hangs in the store: the process must end at once,
    /// without waiting for any thread. What was not answered may or may not be durable; clients
    /// repeat it.
    pub async fn failed(&mut self) -> Failed {
        tokio::select! {
            ended = &mut self.writer => match ended {
                Ok(Err(failed)) => failed.into(),
                // The writer only ends well after `drain`, which takes `self`.
                Ok(Ok(())) => std::future::pending().await,
                Err(_) => DiskFailed::writer_lost().into(),
            },
            Ok(stuck) = &mut self.watch.stuck => stuck.into(),
            never = self.runtime.beat(LOOK_EVERY) => match never {},
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

impl From<CatchUpError> for StartError {
    fn from(error: CatchUpError) -> Self {
        match error {
            CatchUpError::Read(error) => Self::Read(error),
            CatchUpError::Store(error) => Self::Write(error),
        }
    }
}
