//! The main job: an order placed over gRPC is on the screen and at the buzzer.

#![expect(clippy::unwrap_used, reason = "a test ends by panicking")]

use kiosk_proto::v1::{
    SubscribeRequest, event_service_client::EventServiceClient, order_status::Value as Status,
    subscribe_response::Message,
};
use kiosk_tests::{Kioskd, MosquittoSub, Screen, Start, Till, must};
use serde_json::Value;

/// What a wire showed of an event.
#[derive(Debug, PartialEq)]
struct Seen {
    event: String,
    epoch: String,
    seq: u64,
    data: Value,
}

fn seen(envelope: &Value) -> Seen {
    Seen {
        event: envelope["event"].as_str().unwrap().into(),
        epoch: envelope["epoch"].as_str().unwrap().into(),
        seq: envelope["seq"].as_u64().unwrap(),
        data: envelope["data"].clone(),
    }
}

#[tokio::test]
async fn one_order_from_till_to_buzzer() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd: Kioskd = Start::demo(dir.path()).spawn();
    let mut till = Till::connect(kioskd.grpc).await;
    let mut screen = Screen::connect(kioskd.web).await;
    let mut printer = EventServiceClient::new(till.channel.clone())
        .subscribe(SubscribeRequest::default())
        .await
        .unwrap()
        .into_inner();
    let first = must("resumed", printer.message()).await.unwrap().unwrap();
    assert!(matches!(first.message, Some(Message::Resumed(r)) if r.recovered && r.missed == 0));
    let mut sign = MosquittoSub::start(kioskd.mqtt, "kiosk/cafe/event/order/#").await;
    let mut buzzer = MosquittoSub::start(kioskd.mqtt, "kiosk/cafe/buzzer/12/#").await;

    let order = till.place(Till::wish("12")).await;
    for status in [Status::Making, Status::Ready, Status::Completed] {
        till.set_status(&order.order_id, status).await;
    }

    let mut last = 0;
    for (event, status) in [
        ("order:created", "PENDING"),
        ("order:status_changed", "MAKING"),
        ("order:status_changed", "READY"),
        ("order:status_changed", "COMPLETED"),
    ] {
        let on_screen = seen(&screen.next().await);
        assert_eq!((&*on_screen.event, &on_screen.data["status"]), (event, &status.into()));
        assert_eq!(on_screen.data["orderId"], *order.order_id);
        assert!(last == 0 || on_screen.seq == last + 1, "{} after {last}", on_screen.seq);
        last = on_screen.seq;

        let message = must("an event", printer.message()).await.unwrap().unwrap().message;
        let Some(Message::Event(in_stream)) = message else { panic!("{message:?}") };
        let in_stream: Value = serde_json::from_str(&kiosk_proto::envelope(&in_stream)).unwrap();
        assert_eq!(seen(&in_stream), on_screen);

        let (topic, payload) = sign.next().await;
        assert_eq!(topic, format!("kiosk/cafe/event/{}", event.replace(':', "/")));
        assert_eq!(seen(&serde_json::from_str(&payload).unwrap()), on_screen);
    }

    let (topic, payload) = buzzer.next().await;
    assert_eq!(topic, "kiosk/cafe/buzzer/12/call");
    let call: Value = serde_json::from_str(&payload).unwrap();
    assert_eq!((&call["orderId"], &call["seq"]), (&(*order.order_id).into(), &(last - 1).into()));
    assert_eq!(call["dailyNum"], order.daily_num);
    let (topic, payload) = buzzer.next().await;
    assert_eq!(topic, "kiosk/cafe/buzzer/12/cancel");
    let cancel: Value = serde_json::from_str(&payload).unwrap();
    assert_eq!(cancel["seq"], last);
    assert!(kioskd.terminate().await.success());
}
