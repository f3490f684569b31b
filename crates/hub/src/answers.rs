//! Which requests were answered before, so that a repeated one gets the same answer.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use kiosk_journal::{Item, Log};
use kiosk_proto::v1::JournalRecord;
use kiosk_store::Remembered;
use prost::Message as _;
use tracing::error;

use crate::{
    Committed, Position, Published, Refusal, applier::History, fanout::Fanout, stats::Stats,
};

/// How many of the newest answers are in memory. More than can be on their way to the store, which
/// remembers the others.
const RECENT_MAX: usize = 32_768;

pub(crate) struct Answers {
    recent: HashMap<u128, Remembered>,
    order: VecDeque<u128>,
    history: History,
    fanout: Arc<Fanout>,
    log: Log,
    stats: Arc<Stats>,
}

impl Answers {
    pub(crate) fn new(history: History, fanout: Arc<Fanout>, log: Log, stats: Arc<Stats>) -> Self {
        Self { recent: HashMap::new(), order: VecDeque::new(), history, fanout, log, stats }
    }

    pub(crate) fn remember(&mut self, answered: &[Remembered]) {
        for remembered in answered {
            self.recent.insert(remembered.request_id, *remembered);
            self.order.push_back(remembered.request_id);
        }
        while self.order.len() > RECENT_MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.recent.remove(&oldest);
            }
        }
    }

    pub(crate) fn find(&self, request_id: u128) -> Result<Option<Remembered>, Refusal> {
        if let Some(remembered) = self.recent.get(&request_id) {
            return Ok(Some(*remembered));
        }
        // The store closed after the group was begun: as if it had been before.
        let history = self.history.get().map_err(|_| self.stats.store_refusal())?;
        history.request(request_id).map_err(|error| {
            error!(%error, "the store can't say whether a request was answered before");
            self.stats.store_failed(&error);
            self.stats.store_refusal()
        })
    }

    /// The first answer, from the events that it was made of.
    pub(crate) fn recall(&self, remembered: Remembered) -> Result<Committed, Refusal> {
        let Remembered { first_seq, events, .. } = remembered;
        let count = events as usize;
        let events = match self.fanout.after(first_seq - 1, count) {
            Some(events) if events.len() == count => events,
            _ => self.read_back(first_seq).ok_or(Refusal::Stopping)?,
        };
        let last = events.last().and_then(|event| event.event.position.as_ref());
        let position = last.and_then(Position::parse).ok_or(Refusal::Stopping)?;
        Ok(Committed { position, events })
    }

    fn read_back(&self, first_seq: u64) -> Option<Vec<Arc<Published>>> {
        match self.log.reader(first_seq).next() {
            Ok(Some(Item::Record(record))) if record.first_seq == first_seq => {
                let first = Position { epoch: record.epoch, seq: first_seq };
                let decoded = JournalRecord::decode(&*record.payload).ok()?;
                Some(Published::of_record(decoded, first, None).map(Arc::new).collect())
            }
            other => {
                error!(first_seq, ?other, "the first answer can't be read back");
                None
            }
        }
    }
}
