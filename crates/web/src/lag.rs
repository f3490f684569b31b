//! Raises an incident when a kitchen screen does not show what it was sent.
//!
//! Only a screen that acknowledges can be found out: one that never says what it shows is not
//! watched.

use std::{
    collections::HashMap,
    sync::{PoisonError, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use kiosk_domain::{Actor, Command, Incident};
use kiosk_hub::{Hub, Request, stats::Screen};
use kiosk_proto::v1::role::Value as Role;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::debug;
use uuid::Uuid;

const PERIOD: Duration = Duration::from_secs(1);

/// The incidents that are not over, by session.
type Open = HashMap<String, (Incident, Instant)>;

/// Until told to stop.
pub(crate) async fn watch(hub: Hub, stop: CancellationToken) {
    let mut open = Open::new();
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => look(&hub, &mut open).await,
            () = stop.cancelled() => return,
        }
    }
}

async fn look(hub: &Hub, open: &mut Open) {
    let allowed = Duration::from_secs(hub.snapshot().state.settings().kitchen_lag_seconds());
    let mut late = HashMap::new();
    for screen in hub.stats().connections.screens() {
        if let Some(lag) = lag(hub, &screen).filter(|lag| *lag > allowed) {
            late.insert(screen.session_id.clone(), lag);
        }
    }
    let over: Vec<String> =
        open.keys().filter(|session| !late.contains_key(*session)).cloned().collect();
    for session in over {
        if let Some((incident, started)) = open.get(&session) {
            let duration_seconds = i32::try_from(started.elapsed().as_secs()).unwrap_or(i32::MAX);
            let incident = incident.clone();
            if submit(hub, Command::ResolveIncident { incident, duration_seconds }).await {
                open.remove(&session);
            }
        }
    }
    late.retain(|session, _| !open.contains_key(session));
    for (session, lag) in late {
        let incident = incident(&session, lag);
        if submit(hub, Command::StartIncident(incident.clone())).await {
            open.insert(session, (incident, Instant::now()));
        }
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

fn incident(session: &str, lag: Duration) -> Incident {
    Incident {
        incident_id: format!("INC-{}", Uuid::new_v4()),
        endpoint_id: format!("screen:{session}"),
        endpoint_name: "Kitchen screen".into(),
        reason: format!("it has not shown an order event for {} seconds", lag.as_secs()),
    }
}

/// Whether it was committed; if not, the next look tries again.
async fn submit(hub: &Hub, command: Command) -> bool {
    let actor = Actor { role: Role::Admin, id: 0, name: "box".into() };
    let request_id = Uuid::new_v4().as_u128();
    let done = hub.submit(Request { request_id, fingerprint: 0, command, actor }).await;
    done.inspect_err(|error| debug!(%error, "an incident was not recorded")).is_ok()
}
