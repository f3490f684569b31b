//! What is not as it must be: the newest incidents are in the working set.

use std::sync::Arc;

use kiosk_proto::v1::{Incident, IncidentResolved, IncidentStarted, Person, event::Payload};

use crate::{
    Change, Rejection, Stamp, State, WatchedFault,
    limits::{INCIDENTS_AT_HAND_MAX, REASON_CHARS_MAX},
};

pub(crate) fn start(fault: &WatchedFault, stamp: &Stamp) -> Payload {
    let WatchedFault { incident_id, endpoint_id, endpoint_name, reason } = fault.clone();
    Payload::IncidentStarted(IncidentStarted {
        incident_id,
        endpoint_id,
        endpoint_name,
        started_at: Some(stamp.now),
        failure_count: 1,
        reason,
    })
}

/// No event: it is resolved.
pub(crate) fn resolve(
    state: &State,
    incident_id: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let missing =
        || Rejection::IncidentNotFound { incident_id: incident_id.chars().take(64).collect() };
    let incident = state.incidents.get(incident_id).ok_or_else(missing)?;
    if incident.resolved_at.is_some() {
        return Ok(Vec::new());
    }
    let started_at = incident.started_at.unwrap_or(stamp.now);
    let duration_ms = stamp.now.as_ms().saturating_sub(started_at.as_ms()).max(0);
    Ok(vec![Payload::IncidentResolved(IncidentResolved {
        incident_id: incident.incident_id.clone(),
        endpoint_id: incident.endpoint_id.clone(),
        endpoint_name: incident.endpoint_name.clone(),
        resolved_at: Some(stamp.now),
        duration_seconds: i32::try_from(duration_ms / 1_000).unwrap_or(i32::MAX),
        resolved_by: Some(Person { id: stamp.actor.id, name: stamp.actor.name.clone() }),
    })])
}

impl State {
    /// The newest incidents, oldest first.
    pub fn incidents(&self) -> Vec<&Arc<Incident>> {
        let mut incidents: Vec<_> = self.incidents.values().collect();
        incidents.sort_by_key(|incident| age(incident));
        incidents
    }

    pub(crate) fn incident_started(&mut self, event: &IncidentStarted) -> Vec<Change> {
        let incident = Arc::new(Incident {
            incident_id: event.incident_id.clone(),
            endpoint_id: event.endpoint_id.clone(),
            endpoint_name: event.endpoint_name.clone(),
            // A damaged disk may have much to say.
            reason: event.reason.chars().take(REASON_CHARS_MAX).collect(),
            started_at: event.started_at,
            resolved_at: None,
            resolved_by: None,
        });
        self.incidents.insert(incident.incident_id.clone(), Arc::clone(&incident));
        let mut changes = vec![Change::Incident(incident)];
        if self.incidents.len() > INCIDENTS_AT_HAND_MAX
            && let Some(oldest) = self.incidents.values().min_by_key(|incident| age(incident))
        {
            let oldest = oldest.incident_id.clone();
            self.incidents.remove(&oldest);
            changes.push(Change::IncidentRetired(oldest));
        }
        changes
    }

    pub(crate) fn incident_resolved(&mut self, event: &IncidentResolved) -> Vec<Change> {
        let Some(incident) = self.incidents.get(&event.incident_id) else { return Vec::new() };
        let incident = Arc::new(Incident {
            resolved_at: event.resolved_at,
            resolved_by: event.resolved_by.clone(),
            ..Incident::clone(incident)
        });
        self.incidents.insert(incident.incident_id.clone(), Arc::clone(&incident));
        vec![Change::Incident(incident)]
    }
}

/// What sorts the oldest first, also those of the same moment.
fn age(incident: &Incident) -> (i64, &str) {
    (incident.started_at.unwrap_or_default().as_ms(), &incident.incident_id)
}
