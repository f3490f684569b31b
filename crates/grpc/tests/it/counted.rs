//! How calls end is counted, also of those that nobody waits for any more.

use kiosk_proto::v1::{
    GetOrderRequest, SubscribeRequest, event_service_client::EventServiceClient,
    order_service_client::OrderServiceClient,
};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::cafe::{Cafe, must};

async fn counted(cafe: &Cafe, method: &str, code: &str) {
    let is_there = || {
        let counts = cafe.hub.stats().calls.counts();
        counts.iter().any(|(m, c, count)| (&**m, *c, *count) == (method, code, 1))
    };
    let wait = async {
        while !is_there() {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    };
    must(&format!("{method} {code}"), wait).await;
}

#[tokio::test]
async fn a_call_is_counted_by_how_it_ended() {
    let cafe = Cafe::open().await;
    let mut events = EventServiceClient::new(cafe.channel.clone());
    let stream = must("a stream", events.subscribe(SubscribeRequest::default())).await.unwrap();
    drop(stream);
    counted(&cafe, "kiosk.v1.EventService/Subscribe", "CANCELLED").await;

    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let nobody = GetOrderRequest { order_id: "ORD-1-x".into() };
    must("an answer", orders.get_order(nobody)).await.unwrap_err();
    counted(&cafe, "kiosk.v1.OrderService/GetOrder", "NOT_FOUND").await;

    // Whatever is not of the contract has one name: nobody can make counters.
    let mut health = HealthClient::new(cafe.channel.clone());
    must("an answer", health.check(HealthCheckRequest::default())).await.unwrap();
    counted(&cafe, "other", "OK").await;
}
