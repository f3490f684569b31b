use std::{fmt, sync::Arc};

use kiosk_proto::{
    Timestamp,
    v1::{Activity, event::Payload},
};

use crate::{Clock, fanout::Fanout, signals::Signalling};

/// Tells screens when kiosks may order, and when no more.
///
/// Has no hub, which would keep the store open for longer than the box runs.
pub(crate) struct ActivityWatch {
    fanout: Arc<Fanout>,
    signalling: Signalling,
    clock: Arc<dyn Clock>,
    /// What is true since the last look, without its times.
    told: Activity,
}

impl ActivityWatch {
    /// Begins with what is true now.
    pub(crate) fn new(fanout: Arc<Fanout>, signalling: Signalling, clock: Arc<dyn Clock>) -> Self {
        let mut watch = Self { fanout, signalling, clock, told: Activity::default() };
        watch.told = without_times(&watch.current());
        watch
    }

    pub(crate) fn look(&mut self) {
        let activity = self.current();
        let known = without_times(&activity);
        if known != self.told {
            self.told = known;
            let payload = Payload::ActivityChanged(activity);
            self.signalling.send(payload, self.clock.now(), self.clock.is_trusted());
        }
    }

    fn current(&self) -> Activity {
        let snapshot = self.fanout.snapshot();
        let settings = snapshot.state.settings();
        // Nobody asks the clock where it makes no difference.
        let now = if settings.has_hours() { self.clock.now() } else { Timestamp::default() };
        settings.activity(now)
    }
}

impl fmt::Debug for ActivityWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActivityWatch").field("told", &self.told).finish_non_exhaustive()
    }
}

fn without_times(activity: &Activity) -> Activity {
    Activity { opens_at: None, closes_at: None, last_order_at: None, ..*activity }
}
