//! What other people's tools rely on: health checks and reflection.

use std::collections::BTreeSet;

use prost::Message as _;
use tonic::Code;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::cafe::{Cafe, must};

const SERVICES: [&str; 6] = [
    "kiosk.v1.AdminService",
    "kiosk.v1.CellService",
    "kiosk.v1.EventService",
    "kiosk.v1.MenuService",
    "kiosk.v1.OrderService",
    "kiosk.v1.SettingsService",
];

#[tokio::test]
async fn the_box_and_each_service_are_healthy_until_it_stops() {
    let cafe = Cafe::open().await;
    let mut health = HealthClient::new(cafe.channel.clone());
    for service in SERVICES.into_iter().chain([""]) {
        let request = HealthCheckRequest { service: service.into() };
        let answer = must("health", health.check(request)).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    let unknown = HealthCheckRequest { service: "kiosk.v1.Nothing".into() };
    assert_eq!(must("health", health.check(unknown)).await.unwrap_err().code(), Code::NotFound);

    let watch = health.watch(HealthCheckRequest::default());
    let mut watch = must("a stream", watch).await.unwrap().into_inner();
    let first = must("health", watch.message()).await.unwrap().unwrap();
    assert_eq!(first.status(), ServingStatus::Serving);
    let closing = cafe.stop().await;
    // Whoever watches does not keep the server from ending.
    closing.end().await;
    assert_eq!(must("its end", watch.message()).await.unwrap(), None);
}

/// Both versions of the protocol have the same messages, in modules of their own.
macro_rules! reflection_test {
    ($test:ident, $version:ident) => {
        #[tokio::test]
        async fn $test() {
            use tonic_reflection::pb::$version::{
                ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
                server_reflection_request::MessageRequest,
                server_reflection_response::MessageResponse,
            };
            let cafe = Cafe::open().await;
            let mut client = ServerReflectionClient::new(cafe.channel.clone());
            let mut ask = async |question: MessageRequest| {
                let host = String::new();
                let request = ServerReflectionRequest { host, message_request: Some(question) };
                let answers = client.server_reflection_info(futures_util::stream::iter([request]));
                let mut answers = must("a stream", answers).await.unwrap().into_inner();
                let answer = must("an answer", answers.message()).await.unwrap().unwrap();
                answer.message_response.unwrap()
            };
            let listed = ask(MessageRequest::ListServices(String::new())).await;
            let MessageResponse::ListServicesResponse(listed) = listed else {
                panic!("{listed:?}")
            };
            let listed: BTreeSet<String> = listed.service.into_iter().map(|s| s.name).collect();
            for service in SERVICES {
                assert!(listed.contains(service), "{service} is not in {listed:?}");
                let found = ask(MessageRequest::FileContainingSymbol(service.into())).await;
                let MessageResponse::FileDescriptorResponse(found) = found else {
                    panic!("{found:?}")
                };
                let file = &found.file_descriptor_proto[0];
                // Its name is field 1.
                let name = FileName::decode(&**file).unwrap().name;
                assert!(name.starts_with("kiosk/v1/"), "{name}");
            }
        }
    };
}

reflection_test!(reflection_v1_describes_every_service, v1);
reflection_test!(reflection_v1alpha_describes_every_service, v1alpha);

#[derive(Clone, PartialEq, prost::Message)]
struct FileName {
    #[prost(string, tag = "1")]
    name: String,
}
