//! Raises an incident when a kitchen screen does not show what it was sent.
//!
//! Only a screen that acknowledges can be found out: one that never says what it shows is not
//! watched.

use std::{
    collections::HashMap,
    sync::{PoisonError, atomic::Ordering::Relaxed},
    time::Duration,
};

use kiosk_domain::{Actor, Command, WatchedFault, limits::INCIDENTS_AT_HAND_MAX};
use kiosk_hub::{Hub, Request, stats::Screen};
use kiosk_proto::v1::role::Value as Role;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::debug;
use uuid::Uuid;

const PERIOD: Duration = Duration::from_secs(1);

/// What a screen's incidents are about: this, and its session.
const ENDPOINT: &str = "screen:";

/// Screens that have an incident at the same time. Were there as many as the state keeps, each would put
/// out another one, which began anew at the next look, and so on for ever.
const OPEN_MAX: usize = INCIDENTS_AT_HAND_MAX / 2;

/// Until told to stop.
pub(crate) async fn watch(hub: Hub, stop: CancellationToken) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => look(&hub).await,
            () = stop.cancelled() => return,
        }
    }
}

/// What goes on is in the state, so that one of before a restart ends, too: its session is gone.
async fn look(hub: &Hub) {
    let state = hub.snapshot().state.clone();
    let allowed = Duration::from_secs(state.settings().kitchen_lag_seconds());
    let mut late = HashMap::new();
    for screen in hub.stats().connections.screens() {
        if let Some(lag) = lag(hub, &screen).filter(|lag| *lag > allowed) {
            late.insert(format!("{ENDPOINT}{}", screen.session_id), lag);
        }
    }
    let mut room = OPEN_MAX;
    for incident in state.incidents().into_iter().filter(|it| it.resolved_at.is_none()) {
        room -= usize::from(incident.endpoint_id.starts_with(ENDPOINT) && room > 0);
        let is_known = late.remove(&incident.endpoint_id).is_some();
        if !is_known && incident.endpoint_id.starts_with(ENDPOINT) {
            let incident_id = incident.incident_id.clone();
            submit(hub, Command::ResolveIncident { incident_id }).await;
        }
    }
    for (endpoint_id, lag) in late.into_iter().take(room) {
        submit(hub, Command::StartIncident(fault(endpoint_id, lag))).await;
    }
}

/// For how long the oldest event has waited that a kitchen screen was sent and has not shown.
fn lag(hub: &Hub, screen: &Screen) -> Option<Duration> {
    let shown = screen.shown.load(Relaxed);
    let sent = screen.sent.load(Relaxed);
    if shown == 0 || shown >= sent {
        return None;
    }
    let rooms = screen.rooms.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
    if !rooms.contains("kitchen") {
        return None;
    }
    let waiting = hub.recent_after(shown);
    let oldest = waiting.iter().find(|event| event.seq <= sent && event.is_sent_to(&rooms))?;
    oldest.committed_at.map(|committed_at| committed_at.elapsed())
}

fn fault(endpoint_id: String, lag: Duration) -> WatchedFault {
    WatchedFault {
        incident_id: format!("INC-{}", Uuid::new_v4()),
        endpoint_id,
        endpoint_name: "Kitchen screen".into(),
        reason: format!("it has not shown an order event for {} seconds", lag.as_secs()),
    }
}

/// What is not committed the next look tries again.
async fn submit(hub: &Hub, command: Command) {
    let actor = Actor { role: Role::Admin, id: 0, name: "box".into() };
    let request_id = Uuid::new_v4().as_u128();
    let done = hub.submit(Request { request_id, fingerprint: 0, command, actor }).await;
    if let Err(error) = done {
        debug!(%error, "an incident was not recorded");
    }
}
