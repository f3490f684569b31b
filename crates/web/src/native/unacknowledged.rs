//! `kiosk.v1.message`: what was sent and not acknowledged yet, and when it is sent again.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use kiosk_hub::Published;
use tokio::time::Instant;

/// Messages on their way to one client; events wait in the log until there are fewer.
const MESSAGES_MAX: usize = 64;
/// How long a message may be unacknowledged before it is sent again.
const PATIENCE: Duration = Duration::from_secs(5);
/// A client that has not acknowledged a message after so many times is too slow.
const TIMES_MAX: u32 = 4;

#[derive(Default)]
pub(crate) struct Unacknowledged(VecDeque<Waiting>);

struct Waiting {
    event: Arc<Published>,
    sent_at: Instant,
    times: u32,
}

impl Unacknowledged {
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= MESSAGES_MAX
    }

    pub(crate) fn sent(&mut self, event: &Arc<Published>) {
        let sent_at = Instant::now();
        self.0.push_back(Waiting { event: Arc::clone(event), sent_at, times: 1 });
    }

    pub(crate) fn received(&mut self, seq: u64) {
        self.0.retain(|waiting| waiting.event.seq != seq);
        // After a busy moment it would stay as large as it was.
        if self.0.is_empty() {
            self.0 = VecDeque::new();
        }
    }

    /// When the next one is to be sent again. (Resent ones go to the end, so that the first is the
    /// one that waits the longest.)
    pub(crate) fn due(&self) -> Option<Instant> {
        self.0.front().map(|waiting| waiting.sent_at + PATIENCE)
    }

    /// Those that are to be sent again now. None: one of them was sent too often.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Vec<Arc<Published>>> {
        let mut again = Vec::new();
        while let Some(first) = self.0.front()
            && first.sent_at + PATIENCE <= now
        {
            let Waiting { event, times, .. } = self.0.pop_front()?;
            if times >= TIMES_MAX {
                return None;
            }
            again.push(Arc::clone(&event));
            self.0.push_back(Waiting { event, sent_at: now, times: times + 1 });
        }
        Some(again)
    }
}
