use std::sync::atomic::Ordering::Relaxed;

use kiosk_hub::{Hub, Pace};
use tokio::time::{Instant, sleep_until};

/// How fast a client's frames are read: what it sends faster waits in its socket, and then in itself.
pub(crate) struct FramePace {
    hub: Hub,
    pace: Pace,
    /// Nothing is read before that.
    next_at: Option<Instant>,
}

impl FramePace {
    pub(crate) fn new(hub: &Hub) -> Self {
        let pace = Pace::new(hub.limits().frames_per_second);
        Self { hub: hub.clone(), pace, next_at: None }
    }

    /// The next frame, when it is time for one. Can be dropped at any time, as the reading can.
    pub(crate) async fn next<T>(&mut self, read: impl Future<Output = T>) -> T {
        if let Some(at) = self.next_at {
            sleep_until(at).await;
            self.next_at = None;
        }
        let frame = read.await;
        if let Err(wait) = self.pace.take() {
            self.hub.stats().limited.frames.fetch_add(1, Relaxed);
            self.next_at = Some(Instant::now() + wait);
        }
        frame
    }
}
