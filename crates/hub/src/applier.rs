//! Writes the store behind the journal, on a thread of its own: the one thread that writes to sled.
//! When the store fails (a full disk), it is opened again and catches up from the journal.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::Ordering::Relaxed,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use kiosk_domain::{Change, Counters, State};
use kiosk_journal::Log;
use kiosk_proto::Timestamp;
use kiosk_store::{PutAside, Remembered, Scrub, StoreError};
use tracing::{info, warn};

use crate::{
    Position,
    catch_up::{CaughtUp, catch_up},
    incident::Incidents,
    stats::Stats,
    watch::Pulse,
};

/// Groups that may wait for the store. When they do, the writer waits too: the store is then the
/// slower disk, and memory is not where orders pile up.
const QUEUE_GROUPS_MAX: usize = 256;

/// How long the thread is idle before it looks after the store.
const IDLE: Duration = Duration::from_secs(1);

/// Rows that are verified in an idle second: a year of orders in some minutes.
const SCRUB_ROWS: usize = 256;

/// How often history is verified from its beginning to its end.
const VERIFY_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// For the incident that follows.
pub(crate) fn put_aside(aside: &PutAside) -> String {
    format!("the store was rebuilt: {}; kept in {}", aside.reason, aside.path.display())
}

/// What a group changed.
#[derive(Default)]
pub(crate) struct Applied {
    pub(crate) changes: Vec<Change>,
    pub(crate) requests: Vec<Remembered>,
}

pub(crate) struct AppliedUpTo {
    applied: Applied,
    head: Position,
    counters: Counters,
    time: Timestamp,
}

impl Applied {
    pub(crate) fn up_to(self, head: Position, state: &State, time: Timestamp) -> AppliedUpTo {
        AppliedUpTo { applied: self, head, counters: state.counters(), time }
    }
}

impl AppliedUpTo {
    pub(crate) fn write(&self, store: &mut kiosk_store::Writer) -> Result<(), StoreError> {
        store.apply(&kiosk_store::Batch {
            applied: kiosk_store::Applied { epoch: self.head.epoch.get(), seq: self.head.seq },
            counters: self.counters,
            now_ms: self.time.as_ms(),
            changes: &self.applied.changes,
            requests: &self.applied.requests,
        })
    }
}

/// The store's queries, while the store is open.
#[derive(Debug, Clone, Default)]
pub(crate) struct History(Arc<RwLock<Option<kiosk_store::Reader>>>);

/// History can't be read just now; the working set can.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("history can't be read now: the store is being opened again")]
pub struct HistoryClosed;

impl History {
    pub(crate) fn get(&self) -> Result<kiosk_store::Reader, HistoryClosed> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(HistoryClosed)
    }

    pub(crate) fn set(&self, reader: Option<kiosk_store::Reader>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = reader;
    }
}

/// The writer's end of the queue. When it is dropped, the thread finishes what is queued and ends.
pub(crate) struct Applier {
    queue: SyncSender<AppliedUpTo>,
}

impl Applier {
    pub(crate) fn spawn(
        store: CaughtUp,
        config: kiosk_store::Config,
        history: History,
        log: Log,
        stats: Arc<Stats>,
        incidents: Arc<Incidents>,
        pulse: Pulse,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (queue, groups) = sync_channel(QUEUE_GROUPS_MAX);
        let thread = Thread {
            store: store.store,
            applied_seq: store.applied_seq,
            verified_at: None,
            config,
            history,
            log,
            stats,
            incidents,
            pulse,
        };
        let handle =
            thread::Builder::new().name("store".into()).spawn(move || thread.run(&groups))?;
        Ok((Self { queue }, handle))
    }

    pub(crate) fn send(&self, applied: AppliedUpTo) {
        // The thread ends only after this end is dropped, unless it panicked: the journal has all.
        let _ = self.queue.send(applied);
    }
}

struct Thread {
    /// None while it can't be written.
    store: Option<kiosk_store::Writer>,
    /// The store has everything up to here.
    applied_seq: u64,
    /// When history was last verified to its end.
    verified_at: Option<Instant>,
    config: kiosk_store::Config,
    history: History,
    log: Log,
    stats: Arc<Stats>,
    incidents: Arc<Incidents>,
    /// Inside while the thread is in the store.
    pulse: Pulse,
}

impl Thread {
    fn run(mut self, groups: &Receiver<AppliedUpTo>) {
        loop {
            let work = groups.recv_timeout(IDLE);
            let _inside = self.pulse.enter();
            match work {
                Ok(group) => self.apply(&group),
                Err(RecvTimeoutError::Timeout) => self.look_after(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if let Some(store) = self.store.take()
            && let Err(error) = store.close()
        {
            warn!(%error, "the store was not flushed; it catches up from the journal");
        }
    }

    fn apply(&mut self, group: &AppliedUpTo) {
        // While the store is closed groups are passed over: it catches up from the journal.
        let Some(store) = &mut self.store else { return };
        if group.head.seq <= self.applied_seq {
            return;
        }
        match group.write(store) {
            Ok(()) => self.applied_seq = group.head.seq,
            Err(error) => {
                warn!(%error, "the store can't be written: no orders are taken until it can");
                self.stats.store_failed(&error);
                self.close();
            }
        }
    }

    fn close(&mut self) {
        self.history.set(None);
        self.store = None;
    }

    fn look_after(&mut self) {
        if !self.stats.store_healthy.load(Relaxed) {
            // The writer met a failure when it read: groups that would show it here don't come.
            self.close();
        }
        let Some(store) = &mut self.store else { return self.open_again() };
        if self.verified_at.is_some_and(|at| at.elapsed() < VERIFY_EVERY) {
            return;
        }
        match store.scrub_step(SCRUB_ROWS, &|| self.pulse.go_on()) {
            Ok(Scrub::Going) => {}
            Ok(Scrub::Done) => self.verified_at = Some(Instant::now()),
            Err(error @ (StoreError::NoSpace | StoreError::Io(_) | StoreError::Failed)) => {
                warn!(%error, "the store can't be read");
                self.stats.store_failed(&error);
            }
            Err(error) => {
                self.incidents.report(format!("the store is rebuilt at the next start: {error}"));
                self.verified_at = Some(Instant::now());
            }
        }
    }

    fn open_again(&mut self) {
        // Closing was one call, opening is the next, and so is catching up.
        self.pulse.go_on();
        let opened = match kiosk_store::open(&self.config) {
            Ok(opened) => opened,
            Err(error) => return warn!(%error, "the store can't be opened yet"),
        };
        if opened.applied.seq >= self.log.next_seq() {
            // Only possible when there was no room to open the store at the start: it is not the
            // journal's, or the journal has lost its end.
            if let Err(error) = kiosk_store::condemn(&self.config, "it is ahead of the journal") {
                warn!(%error, "the store can't be put aside yet");
            }
            return;
        }
        self.pulse.go_on();
        let rebuilt = opened.put_aside.as_ref().map(put_aside);
        match catch_up(&self.log, opened, &|| self.pulse.go_on()) {
            Ok(caught_up) => {
                rebuilt.into_iter().for_each(|reason| self.incidents.report(reason));
                info!("the store is open again");
                self.history.set(caught_up.reader);
                self.applied_seq = caught_up.applied_seq;
                self.store = caught_up.store;
                self.stats.store_healthy.store(true, Relaxed);
            }
            Err(error) => warn!(%error, "the store can't catch up yet"),
        }
    }
}
