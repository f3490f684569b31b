//! The call of `AdminService` that is about incidents.

use kiosk_domain::Command;
use kiosk_hub::Hub;
use kiosk_proto::v1::{ResolveIncidentRequest, ResolveIncidentResponse, event::Payload};
use tonic::{Request, Status};

use crate::{
    mutation::{Mutation, commit, pick},
    parse::Violations,
};

pub(crate) async fn resolve(
    hub: &Hub,
    request: &Request<ResolveIncidentRequest>,
) -> Result<ResolveIncidentResponse, Status> {
    let committed = commit(hub, request).await?;
    let change = pick(&committed, |event| match event {
        Payload::IncidentResolved(change) => Some(change.clone()),
        _ => None,
    });
    Ok(ResolveIncidentResponse { position: Some(committed.position.into()), change })
}

impl Mutation for ResolveIncidentRequest {
    const METHOD: &'static str = "kiosk.v1.AdminService/ResolveIncident";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let incident_id =
            violations.filled("incident_id", &self.incident_id, INCIDENT_CHARS_MAX)?;
        Some(Command::ResolveIncident { incident_id })
    }
}

/// Of an id: the box's own have fewer.
const INCIDENT_CHARS_MAX: usize = 64;
