use clap::Subcommand;
use kiosk_proto::v1::{
    GetSnapshotRequest, Incident, ResolveIncidentRequest, admin_service_client::AdminServiceClient,
    event_service_client::EventServiceClient,
};
use serde::Serialize;

use crate::{
    cli::Mutation,
    client::Client,
    failure::Failure,
    output::{Column, Output, local_time, table},
};

#[derive(Debug, Subcommand)]
pub(crate) enum IncidentCommand {
    /// The newest ones, oldest first.
    List,
    /// Somebody has dealt with it.
    Resolve {
        incident_id: String,
        #[command(flatten)]
        mutation: Mutation,
    },
}

pub(crate) async fn run(
    command: IncidentCommand,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    match command {
        IncidentCommand::List => {
            let call = async |channel, request| {
                EventServiceClient::new(channel).get_snapshot(request).await
            };
            let answer = client.call(GetSnapshotRequest {}, call).await?;
            let listed = Incidents { incidents: answer.incidents };
            output.message(&listed, |listed| incident_table(&listed.incidents))
        }
        IncidentCommand::Resolve { incident_id, mutation } => {
            let request_id = mutation.request_id();
            let request = ResolveIncidentRequest {
                request_id: request_id.clone(),
                incident_id: incident_id.clone(),
            };
            let call = async |channel, request| {
                AdminServiceClient::new(channel).resolve_incident(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| match &answer.change {
                Some(change) => {
                    format!("{incident_id} is resolved after {} s", change.duration_seconds)
                }
                None => format!("{incident_id} was resolved before"),
            })
        }
    }
}

/// Of a snapshot.
#[derive(Debug, Serialize)]
struct Incidents {
    incidents: Vec<Incident>,
}

fn incident_table(incidents: &[Incident]) -> String {
    table(
        [
            Column::Left("INCIDENT"),
            Column::Left("SINCE"),
            Column::Left("RESOLVED"),
            Column::Left("BY"),
            Column::Left("WHAT"),
            Column::Left("REASON"),
        ],
        incidents.iter().map(|incident| {
            let resolved = incident.resolved_at.map(|at| local_time(Some(at)));
            [
                incident.incident_id.clone(),
                local_time(incident.started_at),
                resolved.unwrap_or_default(),
                incident.resolved_by.as_ref().map_or_else(String::new, |by| by.name.clone()),
                incident.endpoint_name.clone(),
                incident.reason.clone(),
            ]
        }),
    )
}
