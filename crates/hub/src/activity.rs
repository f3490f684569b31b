use kiosk_proto::{
    Timestamp,
    v1::{Activity, event::Payload},
};

use crate::Hub;

/// Tells screens when kiosks may order, and when no more.
#[derive(Debug)]
pub(crate) struct ActivityWatch {
    /// What is true since the last look, without its times.
    told: Activity,
}

impl ActivityWatch {
    pub(crate) fn new(hub: &Hub) -> Self {
        Self { told: without_times(&current(hub)) }
    }

    pub(crate) fn look(&mut self, hub: &Hub) {
        let activity = current(hub);
        let known = without_times(&activity);
        if known != self.told {
            self.told = known;
            hub.signal(Payload::ActivityChanged(activity));
        }
    }
}

fn current(hub: &Hub) -> Activity {
    let snapshot = hub.snapshot();
    let settings = snapshot.state.settings();
    // Nobody asks the clock where it makes no difference.
    let now = if settings.has_hours() { hub.now() } else { Timestamp::default() };
    settings.activity(now)
}

fn without_times(activity: &Activity) -> Activity {
    Activity { opens_at: None, closes_at: None, last_order_at: None, ..*activity }
}
