//! What is not as it must be is in the snapshot of who works here until somebody has dealt with it.

use kiosk_domain::{Command, WatchedFault, limits::INCIDENTS_AT_HAND_MAX};
use kiosk_proto::v1::{
    GetSnapshotRequest, Incident, ResolveIncidentRequest, ResolveIncidentResponse,
    admin_service_client::AdminServiceClient, event_service_client::EventServiceClient,
    role::Value as Role,
};
use tonic::{Code, Status};

use crate::{
    cafe::{Cafe, must, uuid},
    roles::bearing,
};

async fn start(cafe: &Cafe, incident_id: &str) {
    let fault = WatchedFault {
        incident_id: incident_id.into(),
        endpoint_id: "screen:7".into(),
        endpoint_name: "Kitchen screen".into(),
        reason: "it has shown nothing".into(),
    };
    cafe.submit(Command::StartIncident(fault)).await;
}

async fn shown_to(cafe: &Cafe, token: &str) -> Vec<Incident> {
    let mut events = EventServiceClient::new(cafe.channel.clone());
    let asked = events.get_snapshot(bearing(token, GetSnapshotRequest {}));
    must("a snapshot", asked).await.unwrap().into_inner().incidents
}

async fn resolve(
    cafe: &Cafe,
    token: &str,
    request_id: &str,
    incident_id: &str,
) -> Result<ResolveIncidentResponse, Status> {
    let (request_id, incident_id) = (request_id.into(), incident_id.into());
    let wish = ResolveIncidentRequest { request_id, incident_id };
    let mut admin = AdminServiceClient::new(cafe.channel.clone());
    must("an answer", admin.resolve_incident(bearing(token, wish))).await.map(|it| it.into_inner())
}

#[tokio::test]
async fn an_incident_is_shown_until_somebody_of_the_staff_says_that_it_is_dealt_with() {
    let cafe = Cafe::open_closed().await;
    let staff = cafe.pair(Role::Staff).await.1;
    let kiosk = cafe.pair(Role::Kiosk).await.1;
    start(&cafe, "INC-1").await;
    start(&cafe, "INC-2").await;
    assert_eq!(shown_to(&cafe, &kiosk).await, []);
    let (id, nobody) = (uuid(), resolve(&cafe, &staff, &uuid(), "INC-3").await.unwrap_err());
    assert_eq!((nobody.code(), nobody.message()), (Code::NotFound, "there is no incident INC-3"));
    assert!(resolve(&cafe, &kiosk, &uuid(), "INC-1").await.is_err());

    let first = resolve(&cafe, &staff, &id, "INC-1").await.unwrap();
    let by = first.change.clone().unwrap().resolved_by.unwrap();
    assert_eq!(resolve(&cafe, &staff, &id, "INC-1").await.unwrap(), first, "its request again");
    assert_eq!(resolve(&cafe, &staff, &uuid(), "INC-1").await.unwrap().change, None);
    let incidents = shown_to(&cafe, &staff).await;
    let known: Vec<_> =
        incidents.iter().map(|it| (&*it.incident_id, it.resolved_by.as_ref())).collect();
    assert_eq!(known, [("INC-1", Some(&by)), ("INC-2", None)]);

    // As much as anybody reads, also after a restart.
    for number in 3..=INCIDENTS_AT_HAND_MAX + 2 {
        start(&cafe, &format!("INC-{number}")).await;
    }
    let incidents = shown_to(&cafe, &staff).await;
    assert_eq!(incidents.len(), INCIDENTS_AT_HAND_MAX);
    cafe.store_has_all().await;
    let cafe = cafe.restart(|_| {}).await;
    assert_eq!(shown_to(&cafe, &staff).await, incidents);
}
