use std::{
    fmt,
    net::IpAddr,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock, atomic::Ordering::Relaxed},
};

use kiosk_images::Images;
use kiosk_journal::Log;
use kiosk_proto::{
    Timestamp,
    v1::{MessageRead, event::Payload},
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::{
    Access, Admission, Clock, Committed, Cursor, Follower, HistoryClosed, Limits, Places, Position,
    Published, QueueLine, Refusal, Request, WaitingRoom,
    applier::History,
    disk_room::DiskRoom,
    fanout::{Fanout, Snapshot},
    limits::Rate,
    read_marks::ReadMarks,
    signals::{Signalling, Signals},
    stats::{Stats, Wire},
    writer::Answer,
};

/// Commands that may wait for the writer; one more is refused as [`Refusal::Overloaded`].
pub(crate) const QUEUE_COMMANDS_MAX: usize = 1_024;

/// The one way to change anything, and to see what changed. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

pub(crate) struct Inner {
    /// None once the box is stopping.
    pub(crate) queue: RwLock<Option<mpsc::Sender<(Request, Answer)>>>,
    pub(crate) fanout: Arc<Fanout>,
    pub(crate) signalling: Signalling,
    pub(crate) read_marks: ReadMarks,
    pub(crate) queue_line: Arc<QueueLine>,
    pub(crate) waiting_room: Arc<WaitingRoom>,
    pub(crate) log: Log,
    pub(crate) history: History,
    pub(crate) stats: Arc<Stats>,
    pub(crate) room: DiskRoom,
    pub(crate) stopping: CancellationToken,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) started_at: Timestamp,
    pub(crate) cursors: PathBuf,
    pub(crate) images: Arc<Images>,
    pub(crate) access: Arc<Access>,
    pub(crate) limits: Limits,
    /// New connections, of all ports.
    pub(crate) arrivals: Arc<Rate<IpAddr>>,
}

/// A follower that starts where the client left off, if that can be proved.
#[derive(Debug)]
pub struct Resumed {
    /// Continues after the client's position, or else at the head.
    pub follower: Follower,
    /// True: every event after the client's position will be returned.
    pub recovered: bool,
    /// How many of them there are already.
    pub missed: u64,
}

impl Hub {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// Commits a command; returns when its events are durable.
    ///
    /// Dropping the future does not take the command back.
    pub async fn submit(&self, request: Request) -> Result<Committed, Refusal> {
        let (answer, answered) = oneshot::channel();
        let sent = match &*self.0.queue.read().unwrap_or_else(PoisonError::into_inner) {
            Some(queue) => queue.try_send((request, answer)),
            None => return Err(Refusal::Stopping),
        };
        match sent {
            Ok(()) => answered.await.unwrap_or(Err(Refusal::Stopping)),
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.0.stats.rejections.fetch_add(1, Relaxed);
                Err(Refusal::Overloaded)
            }
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Refusal::Stopping),
        }
    }

    /// What one client may take.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// For a port that bears so many connections.
    pub fn admission(&self, connections_max: usize) -> Admission {
        let places = Places::new(connections_max, self.0.limits.connections_per_address_max);
        Admission::new(places, Arc::clone(&self.0.arrivals), Arc::clone(&self.0.stats))
    }

    /// The pictures of the menu, which are files beside the log: it has their names only.
    pub fn images(&self) -> &Arc<Images> {
        &self.0.images
    }

    /// The working set, with the position that it is true at.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.0.fanout.snapshot()
    }

    /// What was decided longer ago; it may lag behind the snapshot by some events.
    pub fn history(&self) -> Result<kiosk_store::Reader, HistoryClosed> {
        self.0.history.get()
    }

    /// The events after that one that are at hand in memory: of those that are further back, none.
    pub fn recent_after(&self, seq: u64) -> Vec<Arc<Published>> {
        self.0.fanout.recent_after(seq)
    }

    /// Follows from the head of the log.
    pub fn follow(&self, wire: &Arc<Wire>) -> Follower {
        self.follow_after(wire, self.snapshot().position)
    }

    /// Follows from where the client left off. A position of another epoch, or one that the log has
    /// not reached, proves nothing.
    pub fn resume(&self, wire: &Arc<Wire>, after: Option<Position>) -> Resumed {
        let missed = after.and_then(|after| Some((after, self.missed_after(after)?)));
        match missed {
            Some((after, missed)) => {
                Resumed { follower: self.follow_after(wire, after), recovered: true, missed }
            }
            None => Resumed { follower: self.follow(wire), recovered: false, missed: 0 },
        }
    }

    /// How many events follow that position, if it is one of this log.
    pub fn missed_after(&self, after: Position) -> Option<u64> {
        let head = self.snapshot().position;
        (after.epoch == head.epoch).then(|| head.seq.checked_sub(after.seq))?
    }

    /// Follows from where the follower of that name was when the box stopped. The cursor moves only
    /// when the caller says so.
    pub fn follow_durably(
        &self,
        wire: &Arc<Wire>,
        name: &str,
    ) -> std::io::Result<(Follower, Cursor)> {
        let head = self.snapshot().position;
        let cursor = Cursor::open(&self.0.cursors, name, head.seq)?;
        let position = Position { seq: cursor.seq(), ..head };
        Ok((self.follow_after(wire, position), cursor))
    }

    /// Tells everyone who listens now of an ephemeral event.
    pub fn signal(&self, payload: Payload) {
        self.0.signalling.send(payload, self.now(), self.0.clock.is_trusted());
    }

    /// Listens to ephemeral events.
    pub fn signals(&self) -> Signals {
        self.0.signalling.listen()
    }

    /// Somebody has read up to there: tells everyone if that is further than before, and returns
    /// how the mark stands. A restart forgets it.
    pub fn mark_read(&self, read: MessageRead) -> MessageRead {
        let (mark, has_moved) = self.0.read_marks.mark(read);
        if has_moved {
            self.signal(Payload::MessageRead(mark.clone()));
        }
        mark
    }

    /// How far everyone has read in that room of staff messages, by reader.
    pub fn read_marks(&self, room: &str) -> Vec<MessageRead> {
        self.0.read_marks.of_room(room)
    }

    /// The orders that wait to be made.
    pub fn queue_line(&self) -> &QueueLine {
        &self.0.queue_line
    }

    /// Who may order, and who waits for it.
    pub fn waiting_room(&self) -> &Arc<WaitingRoom> {
        &self.0.waiting_room
    }

    /// Who is let in.
    pub fn access(&self) -> &Arc<Access> {
        &self.0.access
    }

    /// What the box counts.
    pub fn stats(&self) -> &Stats {
        &self.0.stats
    }

    /// The box's time.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// When this process began.
    pub fn started_at(&self) -> Timestamp {
        self.0.started_at
    }

    /// Why no order can be taken just now, if so.
    pub fn why_not_ready(&self) -> Option<Refusal> {
        let stopping = self.0.queue.read().unwrap_or_else(PoisonError::into_inner).is_none();
        stopping.then_some(Refusal::Stopping).or_else(|| self.0.room.refusal())
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// Takes no more commands. What is queued is still committed.
    pub(crate) fn close(&self) {
        self.0.queue.write().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Ends the followers, each after everything that was committed.
    pub(crate) fn stop_followers(&self) {
        self.0.stopping.cancel();
    }

    fn follow_after(&self, wire: &Arc<Wire>, position: Position) -> Follower {
        let Inner { fanout, log, stopping, .. } = &*self.0;
        Follower::new(Arc::clone(fanout), log.clone(), stopping.clone(), position, wire.gauge())
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hub").field(&self.snapshot().position).finish()
    }
}
