//! gRPC methods called over a session: answered, refused, several at once, streamed, cancelled.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use crate::cafe::{Cafe, Screen, must};

const PLACE: &str = "kiosk.v1.OrderService/PlaceOrder";
const LIST: &str = "kiosk.v1.OrderService/ListOrders";
const SUBSCRIBE: &str = "kiosk.v1.EventService/Subscribe";

async fn call(screen: &mut Screen, id: &str, method: &str, message: Value) {
    screen.send("call", id, json!({"method": method, "message": message})).await;
}

fn order(request_id: Uuid) -> Value {
    json!({"requestId": request_id.to_string(), "items": [{"menuId": 1, "quantity": 2}], "payType": "CARD"})
}

/// A screen that is not shown events, so that all it gets is answers.
async fn caller(cafe: &Cafe) -> Screen {
    let mut screen = Screen::connect(cafe).await;
    screen.ask("subscribe", json!({"rooms": ["cells"]})).await;
    screen
}

#[tokio::test]
async fn a_screen_places_an_order_and_a_repeat_is_answered_the_same() {
    let cafe = Cafe::open().await;
    let mut screen = caller(&cafe).await;
    let request_id = Uuid::new_v4();
    call(&mut screen, "a", PLACE, order(request_id)).await;
    let first = screen.next().await;
    assert_eq!((&first["event"], &first["id"]), (&json!("reply"), &json!("a")), "{first}");
    assert_eq!(first.get("done"), None);
    assert_eq!(first["data"]["order"]["status"], "PENDING");
    assert_eq!(first["data"]["order"]["note"], "", "default values are written");
    assert_eq!(first["data"]["position"]["seq"], cafe.head().to_string());
    call(&mut screen, "b", &format!("/{PLACE}"), order(request_id)).await;
    let again = screen.next().await;
    assert_eq!(again["data"], first["data"]);
    assert_eq!(again["id"], "b");
}

#[tokio::test]
async fn a_refusal_has_the_codes_name_the_message_and_all_details() {
    let cafe = Cafe::open().await;
    let mut screen = caller(&cafe).await;
    for (method, message, code, says, detail) in [
        ("kiosk.v1.Nothing/Nothing", json!({}), "UNIMPLEMENTED", "no method", None),
        (PLACE, json!([]), "INVALID_ARGUMENT", "object", None),
        (PLACE, json!({"itemz": 1}), "INVALID_ARGUMENT", "itemz", Some("google.rpc.BadRequest")),
        (PLACE, json!({"items": [{"menuId": "x"}]}), "INVALID_ARGUMENT", "items[0].menu_id", None),
        (PLACE, json!({}), "INVALID_ARGUMENT", "request_id", Some("google.rpc.BadRequest")),
        (
            "kiosk.v1.OrderService/GetOrder",
            json!({"orderId": "ORD-1-abcdef"}),
            "NOT_FOUND",
            "ORD-1-abcdef",
            Some("google.rpc.ResourceInfo"),
        ),
    ] {
        call(&mut screen, "x", method, message.clone()).await;
        let refused = screen.next().await;
        assert_eq!((&refused["event"], &refused["id"]), (&json!("error"), &json!("x")));
        assert_eq!(refused["data"]["code"], code, "{method} {message}: {refused}");
        assert!(refused["data"]["message"].as_str().unwrap().contains(says), "{refused}");
        assert!(refused["data"]["timestamp"].is_string());
        let details = refused["data"]["details"].as_array().unwrap();
        let has = |kind: &str| {
            details.iter().any(|detail| detail["@type"] == format!("type.googleapis.com/{kind}"))
        };
        assert!(detail.is_none_or(has), "{refused}");
    }
    // A call that nobody could answer is not made.
    screen.send_raw(Message::text(r#"{"event":"call","data":{"method":"x"}}"#)).await;
    assert_eq!(screen.next().await["data"]["code"], "VALIDATION_ERROR");
}

#[tokio::test]
async fn several_calls_are_open_at_once_up_to_a_bound() {
    let cafe = Cafe::open().await;
    let mut screen = caller(&cafe).await;
    for number in 0..32 {
        call(&mut screen, &format!("s{number}"), SUBSCRIBE, json!({"rooms": ["menu"]})).await;
        let resumed = screen.next().await;
        assert_eq!(resumed["id"], format!("s{number}"));
        assert_eq!(resumed["data"]["resumed"]["recovered"], true);
    }
    call(&mut screen, "surplus", LIST, json!({})).await;
    assert_eq!(screen.next().await["data"]["code"], "RESOURCE_EXHAUSTED");
    call(&mut screen, "s7", LIST, json!({})).await;
    assert_eq!(screen.next().await["data"]["code"], "ALREADY_EXISTS");
    let seq = cafe.put_item("Tea").await.to_string();
    let mut seen = BTreeMap::new();
    for _ in 0..32 {
        let event = screen.next().await;
        assert_eq!(event["data"]["event"]["position"]["seq"], seq);
        *seen.entry(event["id"].to_string()).or_insert(0) += 1;
    }
    assert!(seen.len() == 32 && seen.values().all(|times| *times == 1), "{seen:?}");
}

#[tokio::test]
async fn a_stream_goes_on_until_it_is_cancelled_its_time_is_over_or_the_screen_leaves() {
    let cafe = Cafe::open().await;
    let streams = || cafe.hub.stats().grpc.followers().0;
    let mut screen = caller(&cafe).await;
    call(&mut screen, "s", SUBSCRIBE, json!({"rooms": ["menu"]})).await;
    screen.next().await;
    for name in ["Tea", "Coffee"] {
        cafe.put_item(name).await;
        let event = screen.next().await;
        assert_eq!(event["data"]["event"]["menuItemChanged"]["name"], name);
    }
    assert_eq!(streams(), 1);
    screen.send("cancel", "c", json!({"id": "s"})).await;
    let done = screen.next().await;
    assert_eq!(done["data"], json!({"id": "s", "cancelled": true}));
    let cancelled = screen.next().await;
    assert_eq!((&cancelled["id"], &cancelled["data"]["code"]), (&json!("s"), &json!("CANCELLED")));
    assert_eq!(streams(), 0);
    let again = screen.ask("cancel", json!({"id": "s"})).await;
    assert_eq!(again["data"]["cancelled"], false);

    let data = json!({"method": SUBSCRIBE, "message": {}, "deadlineMs": 1});
    screen.send("call", "d", data).await;
    let ended = loop {
        let frame = screen.next().await;
        if frame["event"] == "error" {
            break frame;
        }
    };
    assert_eq!((&ended["id"], &ended["data"]["code"]), (&json!("d"), &json!("DEADLINE_EXCEEDED")));

    call(&mut screen, "s", SUBSCRIBE, json!({"rooms": ["menu"]})).await;
    screen.next().await;
    assert_eq!(streams(), 1);
    drop(screen);
    must("the end of the session", async {
        while streams() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn calls_are_answered_while_events_wait_for_acknowledgements() {
    let cafe = Cafe::open().await;
    let query = format!("?epoch={}&seq={}", cafe.epoch(), cafe.head());
    cafe.put_items_meanwhile(400).await.unwrap();
    let mut screen = Screen::connect_speaking(&cafe, &query, "kiosk.v1.message").await.unwrap();
    let frame = json!({"type": "call", "id": "l", "payload": {"method": LIST}});
    screen.send_raw(Message::text(frame.to_string())).await;
    let answer = loop {
        let frame = screen.next().await;
        if frame["type"] == "system:ack" {
            break frame;
        }
    };
    assert_eq!(answer["payload"]["id"], "l");
    assert_eq!(answer["payload"]["data"]["orders"], json!([]));
}

#[tokio::test]
async fn an_answer_may_be_longer_than_what_is_held_for_a_reader() {
    const ORDERS: usize = 60;
    let cafe = Cafe::open().await;
    cafe.put_item("Tea").await;
    let mut screen = caller(&cafe).await;
    for _ in 0..ORDERS {
        let line = json!({"menuId": 1, "quantity": 1, "note": "얼음 많이 ".repeat(10)});
        let wish = json!({
            "requestId": Uuid::new_v4().to_string(),
            "items": vec![line; 50],
            "payType": "CARD",
        });
        call(&mut screen, "o", PLACE, wish).await;
        assert_eq!(screen.next().await["event"], "reply");
    }
    call(&mut screen, "a", "kiosk.v1.EventService/GetSnapshot", json!({})).await;
    let answer = screen.next().await;
    assert!(answer.to_string().len() > 512 * 1024, "{} bytes", answer.to_string().len());
    assert_eq!(answer["data"]["orders"].as_array().unwrap().len(), ORDERS);
    assert_eq!(screen.ask("ping", json!({})).await["event"], "reply", "the session goes on");
}
