//! The line of orders as it is now, and who is told when it moves.
//!
//! It follows the snapshots and not the events: what happened since the last look is looked at
//! once, however much it was, and a restart is a first look at all orders of the day.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kiosk_domain::{
    State,
    queue::{Accuracy, Line, Standing, StationStanding},
};
use kiosk_proto::v1::{Order, QueueUpdated, event::Payload, order_status::Value as Status};

use crate::{
    Clock,
    fanout::{Fanout, Snapshot},
    signals::Signalling,
};

/// The first orders of the line hear how it moves; the others ask.
const TOLD_MAX: usize = 500;
/// Orders, or tickets, that are told at one look: a part of what waits for slow listeners. The next
/// look tells the others.
pub(crate) const SIGNALS_MAX: usize = 64;

/// Cheap to ask: it catches up with the snapshot when somebody wants to know, and once a second.
pub struct QueueLine {
    fanout: Arc<Fanout>,
    signalling: Signalling,
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    line: Line,
    /// What the line was made of.
    seen: Option<Arc<Snapshot>>,
    /// What each order was told last, without its range.
    told: HashMap<String, (usize, i32)>,
}

/// Where an order is.
#[derive(Debug, Clone, PartialEq)]
pub enum Whereabouts {
    /// In the line.
    Waits(Standing),
    /// Made, handed out or cancelled.
    IsOver,
    /// To be made, and so far back that the line does not know it.
    Beyond {
        /// How many are before it, at least.
        ahead: usize,
    },
}

/// All of the line.
#[derive(Debug)]
pub struct QueueReport {
    /// The next one first.
    pub standings: Vec<Standing>,
    /// What waits where.
    pub stations: Vec<StationStanding>,
    /// How good the estimates are.
    pub accuracy: Accuracy,
}

impl QueueLine {
    pub(crate) fn new(
        (fanout, signalling, clock): (Arc<Fanout>, Signalling, Arc<dyn Clock>),
    ) -> Self {
        Self { fanout, signalling, clock, known: Mutex::default() }
    }

    /// Where that order of the working set is.
    pub fn whereabouts(&self, order: &Order) -> Whereabouts {
        let known = self.current();
        match known.line.standing(order, self.now_ms()) {
            Some(standing) => Whereabouts::Waits(standing),
            None if is_open(order) && known.line.lacks_orders() => {
                Whereabouts::Beyond { ahead: known.line.len() }
            }
            None => Whereabouts::IsOver,
        }
    }

    /// All that wait.
    pub fn report(&self) -> QueueReport {
        let (known, now_ms) = (self.current(), self.now_ms());
        QueueReport {
            standings: known.line.standings(now_ms).collect(),
            stations: known.line.stations(now_ms),
            accuracy: known.line.accuracy(),
        }
    }

    /// How well waits were estimated lately, and how many orders wait.
    pub fn accuracy(&self) -> (Accuracy, usize) {
        let known = self.current();
        (known.line.accuracy(), known.line.len())
    }

    /// Tells those whose place or estimate has changed.
    pub(crate) fn look(&self) {
        let mut known = self.current();
        if known.line.is_empty() && known.told.is_empty() {
            return;
        }
        let news = known.news(self.now_ms());
        drop(known);
        for update in news {
            let payload = Payload::QueueUpdated(update);
            self.signalling.send(payload, self.clock.now(), self.clock.is_trusted());
        }
    }

    fn current(&self) -> MutexGuard<'_, Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.see(self.fanout.snapshot());
        known
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().as_ms()
    }
}

impl Known {
    fn see(&mut self, snapshot: Arc<Snapshot>) {
        let seen = self.seen.replace(Arc::clone(&snapshot));
        if seen.as_ref().is_some_and(|seen| seen.position == snapshot.position) {
            return;
        }
        let nothing = State::default();
        let before = seen.as_ref().map_or(&nothing, |seen| &seen.state);
        let changed = snapshot.state.orders_changed_since(before);
        self.line.update(changed.map(|(is_known, order)| (is_known, &**order)));
        if self.line.has_room_again() {
            let (line, state) = (&mut self.line, &snapshot.state);
            let missing: Vec<&Order> = state
                .orders()
                .map(|order| &**order)
                .filter(|order| is_open(order) && !line.has(order))
                .collect();
            line.update(missing.into_iter().map(|order| (false, order)));
        }
    }

    /// First those who need not wait any more, then those who are next.
    fn news(&mut self, now_ms: i64) -> Vec<QueueUpdated> {
        let mut news = self.over();
        let Self { line, told, .. } = self;
        for standing in line.standings(now_ms).take(TOLD_MAX) {
            let said = (standing.ahead, standing.wait.rounded_seconds());
            if told.get(&standing.order_id) == Some(&said) {
                continue;
            }
            if news.len() >= SIGNALS_MAX {
                break;
            }
            told.insert(standing.order_id.clone(), said);
            news.push(updated(standing));
        }
        news
    }

    /// Those who were told of a wait that is over.
    fn over(&mut self) -> Vec<QueueUpdated> {
        let Some(seen) = &self.seen else { return Vec::new() };
        let waits =
            |order_id: &str| seen.state.order(order_id).is_some_and(|order| self.line.has(order));
        let over = self.told.keys().filter(|order_id| !waits(order_id));
        let over: Vec<String> = over.take(SIGNALS_MAX).cloned().collect();
        let updated = |order_id: String| {
            self.told.remove(&order_id);
            QueueUpdated { order_id, ..QueueUpdated::default() }
        };
        over.into_iter().map(updated).collect()
    }
}

impl fmt::Debug for QueueLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueLine").finish_non_exhaustive()
    }
}

fn is_open(order: &Order) -> bool {
    matches!(order.status(), Status::Pending | Status::Making)
}

fn updated(standing: Standing) -> QueueUpdated {
    QueueUpdated {
        estimated_wait_seconds: standing.wait.rounded_seconds(),
        earliest_wait_seconds: standing.wait.earliest_seconds(),
        latest_wait_seconds: standing.wait.latest_seconds(),
        position: count(standing.ahead.saturating_add(1)),
        ahead: count(standing.ahead),
        order_id: standing.order_id,
        ..QueueUpdated::default()
    }
}

pub(crate) fn count(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
