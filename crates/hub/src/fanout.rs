//! From the writer to everyone who follows: the newest events, and the state they led to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use kiosk_domain::State;
use tokio::sync::watch;

use crate::{Position, Published};

/// How many of the newest events are kept at hand. Who is further behind reads the journal.
pub(crate) const RECENT_EVENTS_MAX: usize = 2_048;

/// A state and the position that it is true at. Everything in it is durable.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Of the last event in the state.
    pub position: Position,
    /// The working set.
    pub state: State,
}

#[derive(Debug)]
pub(crate) struct Fanout {
    recent: Mutex<VecDeque<Arc<Published>>>,
    head: watch::Sender<Arc<Snapshot>>,
}

impl Fanout {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        let recent = Mutex::new(VecDeque::with_capacity(RECENT_EVENTS_MAX));
        Self { recent, head: watch::Sender::new(Arc::new(snapshot)) }
    }

    /// Makes durable events visible, then wakes the followers: one notification a group.
    pub(crate) fn publish(&self, events: &[Arc<Published>], snapshot: Snapshot) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let surplus = (recent.len() + events.len()).saturating_sub(RECENT_EVENTS_MAX);
        let surplus = surplus.min(recent.len());
        recent.drain(..surplus);
        recent.extend(events.iter().cloned());
        drop(recent);
        self.head.send_replace(Arc::new(snapshot));
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.head.borrow())
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.head.subscribe()
    }

    /// Up to `max` events after `seq`; none when the next one is no longer at hand.
    pub(crate) fn after(&self, seq: u64, max: usize) -> Option<Vec<Arc<Published>>> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let first = recent.front()?.seq;
        // Events are numbered without gaps, so the index follows from the number.
        let skip = usize::try_from((seq + 1).checked_sub(first)?).ok()?;
        Some(recent.iter().skip(skip).take(max).cloned().collect())
    }

    /// All events after `seq` that are at hand.
    pub(crate) fn recent_after(&self, seq: u64) -> Vec<Arc<Published>> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let known = recent.partition_point(|event| event.seq <= seq);
        recent.iter().skip(known).cloned().collect()
    }
}
