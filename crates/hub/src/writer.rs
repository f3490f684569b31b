//! The single writer: takes a group of commands off the queue, decides each, journals them with
//! one sync, then answers and publishes. Runs on a thread of its own, because it waits for disks.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Instant,
};

use kiosk_domain::{Stamp, State, decide};
use kiosk_journal::{AppendError, NewRecord};
use kiosk_proto::{
    Timestamp,
    v1::{Event, JournalRecord},
};
use kiosk_store::Remembered;
use prost::Message as _;
use tokio::sync::{mpsc, oneshot};
use tracing::{error, warn};

use crate::{
    Clock, Committed, Position, Published, Refusal, Request,
    answers::Answers,
    applier::{Applied, Applier},
    disk_room::DiskRoom,
    fanout::{Fanout, Snapshot},
    incident::{self, Incidents},
    stats::Stats,
    watch::Pulse,
};

/// The most commands that one sync makes durable.
const GROUP_COMMANDS_MAX: usize = 64;

pub(crate) type Answer = oneshot::Sender<Result<Committed, Refusal>>;

pub(crate) struct Writer {
    pub(crate) queue: mpsc::Receiver<(Request, Answer)>,
    pub(crate) journal: kiosk_journal::Writer,
    pub(crate) state: State,
    pub(crate) answers: Answers,
    pub(crate) fanout: Arc<Fanout>,
    pub(crate) applier: Applier,
    pub(crate) stats: Arc<Stats>,
    pub(crate) incidents: Arc<Incidents>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Of the newest record: the clock is not trusted when it is behind that.
    pub(crate) newest_time: Timestamp,
    pub(crate) random: SplitMix,
    pub(crate) room: DiskRoom,
    /// Inside while the store is asked which requests were answered before.
    pub(crate) pulse: Pulse,
}

/// What the commands of a group come to, before it is durable.
struct Group {
    state: State,
    time: Timestamp,
    clock_trusted: bool,
    next_seq: u64,
    incidents: usize,
    entries: Vec<Entry>,
    refused: Vec<(Answer, Refusal)>,
    repeated: Vec<(Answer, Remembered)>,
    unchanged: Vec<Answer>,
    by_request: HashMap<u128, usize>,
    applied: Applied,
}

struct Entry {
    remembered: Remembered,
    record: JournalRecord,
    answers: Vec<Answer>,
}

impl Writer {
    /// Until the queue is closed and empty, or the disk failed.
    pub(crate) fn run(mut self) -> Result<(), DiskFailed> {
        let mut taken = Vec::with_capacity(GROUP_COMMANDS_MAX);
        while self.queue.blocking_recv_many(&mut taken, GROUP_COMMANDS_MAX) > 0 {
            let started = Instant::now();
            if let Some(refusal) = self.room.refusal() {
                let has_reserve = self.room.has_reserve();
                let is_refused = |(request, _): &mut (Request, Answer)| {
                    !(has_reserve && request.takes_rights_away())
                };
                for (_, answer) in taken.extract_if(.., is_refused) {
                    self.refuse(answer, refusal.clone());
                }
                if taken.is_empty() {
                    continue;
                }
            }
            let commands = taken.drain(..);
            let mut group = self.new_group();
            for reason in self.incidents.waiting() {
                group.add_incident(reason);
            }
            let asking_store = self.pulse.enter();
            for (request, answer) in commands {
                self.add(&mut group, request, answer);
            }
            drop(asking_store);
            self.commit(group, started)?;
        }
        Ok(())
    }

    fn refuse(&self, answer: Answer, why: Refusal) {
        self.stats.rejections.fetch_add(1, Relaxed);
        // Who asked may have left.
        let _ = answer.send(Err(why));
    }

    fn new_group(&self) -> Group {
        let time = self.clock.now();
        Group {
            state: self.state.clone(),
            time,
            clock_trusted: time >= self.newest_time && self.clock.is_trusted(),
            next_seq: self.journal.next_seq(),
            incidents: 0,
            entries: Vec::new(),
            refused: Vec::new(),
            repeated: Vec::new(),
            unchanged: Vec::new(),
            by_request: HashMap::new(),
            applied: Applied::default(),
        }
    }

    fn add(&mut self, group: &mut Group, request: Request, answer: Answer) {
        match self.seen_before(group, &request) {
            Ok(None) => self.decide(group, request, answer),
            Ok(Some(Seen::Durable(remembered))) => group.repeated.push((answer, remembered)),
            Ok(Some(Seen::InGroup(index))) => group.entries[index].answers.push(answer),
            Err(refusal) => group.refused.push((answer, refusal)),
        }
    }

    fn seen_before(&self, group: &Group, request: &Request) -> Result<Option<Seen>, Refusal> {
        let in_group = group.by_request.get(&request.request_id).copied();
        let (seen, fingerprint) = match in_group {
            Some(index) => (Seen::InGroup(index), group.entries[index].remembered.fingerprint),
            None => match self.answers.find(request.request_id)? {
                Some(remembered) => (Seen::Durable(remembered), remembered.fingerprint),
                None => return Ok(None),
            },
        };
        if fingerprint == request.fingerprint {
            Ok(Some(seen))
        } else {
            Err(Refusal::RequestIdReused)
        }
    }

    fn decide(&mut self, group: &mut Group, request: Request, answer: Answer) {
        let Request { request_id, fingerprint, command, actor } = request;
        let stamp = Stamp { now: group.time, random: self.random.next(), actor };
        let payloads = match decide(&group.state, &command, &stamp) {
            Ok(payloads) => payloads,
            Err(rejection) => return group.refused.push((answer, rejection.into())),
        };
        let Some(events) = u32::try_from(payloads.len()).ok().and_then(NonZeroU32::new) else {
            return group.unchanged.push(answer);
        };
        for payload in &payloads {
            group.applied.changes.extend(group.state.apply(payload));
        }
        let remembered = Remembered {
            request_id,
            first_seq: group.next_seq,
            events: events.get(),
            fingerprint,
            time_ms: group.time.as_ms(),
        };
        let event = |payload| Event { payload: Some(payload), ..Event::default() };
        let record = JournalRecord {
            request_id: request_id.to_be_bytes().into(),
            fingerprint,
            time: Some(group.time),
            clock_trusted: group.clock_trusted,
            events: payloads.into_iter().map(event).collect(),
        };
        group.next_seq += u64::from(events.get());
        group.by_request.insert(request_id, group.entries.len());
        group.applied.requests.push(remembered);
        group.entries.push(Entry { remembered, record, answers: vec![answer] });
    }

    fn commit(&mut self, group: Group, started: Instant) -> Result<(), DiskFailed> {
        match self.append(&group) {
            Ok(()) if group.entries.is_empty() => {}
            Ok(()) => self.stats.commit_latency.record(started.elapsed()),
            Err(AppendError::Fatal(error)) => {
                error!(%error, "the disk failed under the journal");
                return Err(DiskFailed(error));
            }
            Err(error) => {
                warn!(%error, "a group was not journalled");
                self.give_up(group);
                return Ok(());
            }
        }
        self.finish(group);
        Ok(())
    }

    fn append(&mut self, group: &Group) -> Result<(), AppendError> {
        let payloads: Vec<Vec<u8>> =
            group.entries.iter().map(|entry| entry.record.encode_to_vec()).collect();
        let records: Vec<NewRecord<'_>> = payloads
            .iter()
            .zip(&group.entries)
            .filter_map(|(payload, entry)| {
                Some(NewRecord { events: NonZeroU32::new(entry.remembered.events)?, payload })
            })
            .collect();
        self.journal.append(&records)?;
        Ok(())
    }

    /// The disk is full: the whole group is as if it had never been. Rejections too, because they
    /// may rest on a command of the group.
    fn give_up(&self, group: Group) {
        let entries = group.entries.into_iter().flat_map(|entry| entry.answers);
        let refused = group.refused.into_iter().map(|(answer, _)| answer);
        for answer in entries.chain(refused).chain(group.unchanged) {
            self.refuse(answer, Refusal::DiskFull);
        }
        for (answer, remembered) in group.repeated {
            let _ = answer.send(self.answers.recall(remembered));
        }
    }

    /// Everything in the group is durable: make it visible, then answer.
    fn finish(&mut self, group: Group) {
        let epoch = self.journal.epoch();
        let now = Instant::now();
        let mut published = Vec::new();
        let mut answered = Vec::with_capacity(group.entries.len());
        for entry in group.entries {
            let first = Position { epoch, seq: entry.remembered.first_seq };
            let start = published.len();
            published.extend(Published::of_record(entry.record, first, Some(now)).map(Arc::new));
            let events = published[start..].to_vec();
            let seq = first.seq + events.len() as u64 - 1;
            answered.push((entry.answers, Committed { position: Position { epoch, seq }, events }));
        }

        let head = Position { epoch, seq: self.journal.next_seq() - 1 };
        if !published.is_empty() {
            self.stats.groups.fetch_add(1, Relaxed);
            self.stats.commands.fetch_add(group.applied.requests.len() as u64, Relaxed);
            self.stats.events.fetch_add(published.len() as u64, Relaxed);
            self.newest_time = group.time;
            self.incidents.done(group.incidents);
            self.state = group.state;
            self.answers.remember(&group.applied.requests);
            self.fanout.publish(&published, Snapshot { position: head, state: self.state.clone() });
            self.applier.send(group.applied.up_to(head, &self.state, group.time));
        }
        for (answers, committed) in answered {
            for answer in answers {
                let _ = answer.send(Ok(committed.clone()));
            }
        }
        for (answer, refusal) in group.refused {
            self.refuse(answer, refusal);
        }
        for answer in group.unchanged {
            let _ = answer.send(Ok(Committed { position: head, events: Vec::new() }));
        }
        for (answer, remembered) in group.repeated {
            let _ = answer.send(self.answers.recall(remembered));
        }
    }
}

impl Group {
    fn add_incident(&mut self, reason: String) {
        let first_seq = self.next_seq;
        let record = incident::record(reason, self.time, self.clock_trusted, first_seq);
        for payload in record.events.iter().filter_map(|event| event.payload.as_ref()) {
            self.applied.changes.extend(self.state.apply(payload));
        }
        let time_ms = self.time.as_ms();
        // Nobody asks for it again: the store is not told of a request.
        let remembered =
            Remembered { request_id: 0, first_seq, events: 1, fingerprint: 0, time_ms };
        self.next_seq += 1;
        self.incidents += 1;
        self.entries.push(Entry { remembered, record, answers: Vec::new() });
    }
}

/// An earlier request with the same id.
enum Seen {
    Durable(Remembered),
    InGroup(usize),
}

/// A write or sync of the journal failed. What is on the disk is not known; the process must end.
#[derive(Debug, thiserror::Error)]
#[error("the disk failed under the journal")]
pub struct DiskFailed(#[source] std::io::Error);

impl DiskFailed {
    pub(crate) fn writer_lost() -> Self {
        Self(std::io::Error::other("the writer has ended"))
    }
}

/// Sebastiano Vigna's SplitMix64: order ids need no better randomness.
pub(crate) struct SplitMix(pub(crate) u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
