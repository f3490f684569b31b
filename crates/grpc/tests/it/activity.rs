use std::time::Duration;

use kiosk_domain::Command;
use kiosk_proto::v1::{
    Activity, GetActivityRequest, PlaceOrderRequest, SubscribeRequest,
    activity_reason::Value as Reason, event::Payload, event_service_client::EventServiceClient,
    order_service_client::OrderServiceClient, order_source::Value as OrderSource,
    settings_service_client::SettingsServiceClient, subscribe_response::Message,
};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::cafe::{AMERICANO, Cafe, must, wish};

async fn set(cafe: &Cafe, key: &str, value: &str) {
    cafe.submit(Command::SetSetting { key: key.into(), value: value.into() }).await;
}

async fn activity(cafe: &Cafe) -> Activity {
    let mut settings = SettingsServiceClient::new(cafe.channel.clone());
    let answer = must("the activity", settings.get_activity(GetActivityRequest {})).await.unwrap();
    answer.into_inner().activity.unwrap()
}

/// It is noon in Seoul.
#[tokio::test]
async fn a_screen_asks_whether_kiosks_may_order_and_is_told_when_that_changes() {
    let cafe = Cafe::open().await;
    set(&cafe, "opening_hours", "09:00-13:00").await;
    set(&cafe, "last_order_minutes", "10").await;
    let open = activity(&cafe).await;
    assert_eq!((open.reason(), open.accepts_kiosk_orders), (Reason::Open, true));
    let times = [open.opens_at, open.last_order_at, open.closes_at];
    let times = times.map(|at| at.map(|at| at.to_string()));
    let expected = [None, Some("2026-11-20T03:50:00.000Z"), Some("2026-11-20T04:00:00.000Z")];
    assert_eq!(times, expected.map(|time| time.map(String::from)));

    let mut events = EventServiceClient::new(cafe.channel.clone());
    let rooms = vec!["settings".into()];
    let subscribe = SubscribeRequest { after: None, rooms };
    let mut stream = must("a stream", events.subscribe(subscribe)).await.unwrap().into_inner();
    must("resumed", stream.message()).await.unwrap();
    for (minutes, reason, is_open) in
        [(50, Reason::LastOrder, true), (10, Reason::Closed, false), (20 * 60, Reason::Open, true)]
    {
        cafe.clock.advance(Duration::from_secs(minutes * 60));
        let told = must("a signal", stream.message()).await.unwrap().unwrap().message;
        let Some(Message::Event(event)) = told else { panic!("{told:?}") };
        assert_eq!(event.position, None, "it is of the moment");
        let Some(Payload::ActivityChanged(told)) = event.payload else { panic!("{event:?}") };
        assert_eq!((told.reason(), told.is_open), (reason, is_open));
        assert_eq!(told, activity(&cafe).await);
    }
}

#[tokio::test]
async fn a_kiosk_that_orders_out_of_hours_is_told_when_it_may() {
    let cafe = Cafe::open().await;
    set(&cafe, "opening_hours", "13:00-14:00").await;
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let kiosk = PlaceOrderRequest { source: OrderSource::Kiosk.into(), ..wish(AMERICANO, 1) };
    let refused = must("an answer", orders.place_order(kiosk)).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let info = refused.get_details_error_info().unwrap();
    assert_eq!(info.reason, "CLOSED");
    assert_eq!(info.metadata["opensAt"], "2026-11-20T04:00:00.000Z");
    must("an order of the POS", orders.place_order(wish(AMERICANO, 1))).await.unwrap();
}
