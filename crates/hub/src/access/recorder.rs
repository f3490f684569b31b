//! What goes into the record by itself. Who is refused decides how often that happens, so it is told
//! once a minute from one address, and so many times in all.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use kiosk_domain::{Actor, Command, DeviceCommand};
use kiosk_proto::v1::{AuditEntry, role::Value as Role};
use tokio::sync::{mpsc, oneshot};
use tracing::{debug, warn};

use super::text;
use crate::{Request, request::random_id, writer::Answer};

/// How long more of the same is only counted.
const QUIET: Duration = Duration::from_secs(60);
/// Entries of refusals within that time, on an SD card that wears out; the rest is one entry.
const TOLD_MAX: u32 = 10;
/// Addresses and kinds that are counted apart.
const COUNTED_MAX: usize = 256;

pub(super) struct Recorder {
    queue: mpsc::WeakSender<(Request, Answer)>,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    by_source: HashMap<(i32, Option<IpAddr>), Count>,
    began: Option<Instant>,
    told: u32,
    /// What was not told since, of whatever kind and from wherever.
    untold: i32,
}

struct Count {
    told_at: Instant,
    since: i32,
    newest: AuditEntry,
}

impl Recorder {
    pub(super) fn new(queue: mpsc::WeakSender<(Request, Answer)>) -> Self {
        Self { queue, counts: Mutex::default() }
    }

    /// Without waiting for it: what can't be told now is not worth keeping anyone waiting.
    pub(super) fn submit(&self, entry: AuditEntry) {
        let Some(queue) = self.queue.upgrade() else { return };
        let request = Request {
            request_id: random_id(),
            fingerprint: 0,
            command: Command::Device(DeviceCommand::Record(entry)),
            actor: Actor { role: Role::Admin, id: 0, name: "box".into() },
        };
        let (answer, _) = oneshot::channel();
        if queue.try_send((request, answer)).is_err() {
            debug!("an entry of the record was dropped: the box is busy");
        }
    }

    /// Somebody was refused.
    pub(super) fn refused(&self, entry: AuditEntry, address: Option<IpAddr>, now: Instant) {
        let entry = AuditEntry { address: text(address), ..entry };
        let told = self.counts().refused(entry, address, now);
        if let Some(entry) = told {
            let AuditEntry { address, detail, .. } = &entry;
            warn!(kind = entry.kind().as_str_name(), address, detail, "refused");
            self.submit(entry);
        }
    }

    /// Tells what was only counted, a minute later.
    pub(super) fn look(&self, now: Instant) {
        let due = self.counts().due(now);
        due.into_iter().for_each(|entry| self.submit(entry));
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn refused(
        &mut self,
        entry: AuditEntry,
        address: Option<IpAddr>,
        now: Instant,
    ) -> Option<AuditEntry> {
        let source = (entry.kind, address);
        if let Some(count) = self.by_source.get_mut(&source) {
            count.since = count.since.saturating_add(1);
            count.newest = entry;
            return None;
        }
        if self.by_source.len() >= COUNTED_MAX || !self.may_tell(now) {
            self.untold = self.untold.saturating_add(1);
            return None;
        }
        let count = Count { told_at: now, since: 0, newest: entry.clone() };
        self.by_source.insert(source, count);
        Some(entry)
    }

    fn may_tell(&mut self, now: Instant) -> bool {
        if self.began.is_none_or(|began| now.saturating_duration_since(began) >= QUIET) {
            (self.began, self.told) = (Some(now), 0);
        }
        self.told = self.told.saturating_add(1);
        self.told <= TOLD_MAX
    }

    fn due(&mut self, now: Instant) -> Vec<AuditEntry> {
        let mut due = Vec::new();
        self.by_source.retain(|_, count| {
            if now.saturating_duration_since(count.told_at) < QUIET {
                return true;
            }
            if count.since == 0 {
                return false;
            }
            let times = std::mem::take(&mut count.since);
            count.told_at = now;
            due.push(AuditEntry { times, ..count.newest.clone() });
            true
        });
        let is_over = self.began.is_some_and(|began| now.saturating_duration_since(began) >= QUIET);
        if self.untold > 0 && is_over {
            let times = std::mem::take(&mut self.untold);
            self.began = Some(now);
            let detail = "from more addresses than are told of".to_owned();
            let kind = kiosk_proto::v1::audit_entry::Kind::TokenRefused.into();
            due.push(AuditEntry { kind, detail, times, ..AuditEntry::default() });
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: i32) -> AuditEntry {
        AuditEntry { kind, ..AuditEntry::default() }
    }

    fn from(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn a_thousand_refusals_of_one_address_are_two_entries() {
        let (mut counts, start) = (Counts::default(), Instant::now());
        assert!(counts.refused(entry(3), from(1), start).is_some());
        for _ in 0..999 {
            assert_eq!(counts.refused(entry(3), from(1), start), None);
        }
        assert!(counts.due(start + QUIET / 2).is_empty());
        let due = counts.due(start + QUIET);
        assert_eq!(due.iter().map(|entry| entry.times).collect::<Vec<_>>(), [999]);
        assert!(counts.due(start + QUIET * 2).is_empty(), "it was quiet since");
        assert!(counts.refused(entry(3), from(1), start + QUIET * 2).is_some());
    }

    #[test]
    fn many_addresses_are_no_more_than_so_many_entries_a_minute() {
        let (mut counts, start) = (Counts::default(), Instant::now());
        let told = (0..=255).filter(|last| counts.refused(entry(5), from(*last), start).is_some());
        assert_eq!(told.count(), TOLD_MAX as usize);
        let due = counts.due(start + QUIET);
        assert_eq!(due.iter().map(|entry| entry.times).sum::<i32>(), 246);
        assert!(counts.due(start + QUIET).is_empty());
    }
}
