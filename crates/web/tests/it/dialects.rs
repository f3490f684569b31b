//! `kiosk.v1.message` and `kiosk.v1.proto`: the same session in other words.

use std::time::Duration;

use futures_util::StreamExt as _;
use kiosk_proto::v1::{Event, Person, PresenceChanged, event::Payload};
use prost::Message as _;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use crate::cafe::{Cafe, Screen, must};

const MESSAGE: &str = "kiosk.v1.message";

async fn say(screen: &mut Screen, kind: &str, id: Option<&str>, payload: Value) {
    let frame =
        json!({"type": kind, "id": id, "timestamp": "2026-01-01T00:00:00Z", "payload": payload});
    screen.send_raw(Message::text(frame.to_string())).await;
}

#[tokio::test]
async fn the_message_dialect_has_a_type_an_id_a_time_and_a_payload() {
    let cafe = Cafe::open().await;
    let mut screen = Screen::connect_speaking(&cafe, "", MESSAGE).await.unwrap();
    assert_eq!(screen.hello["type"], "hello");
    assert_eq!(screen.hello["payload"]["seq"], cafe.head());
    assert!(screen.hello["timestamp"].is_string());

    say(&mut screen, "subscribe", Some("s"), json!({"rooms": ["menu"]})).await;
    let answer = screen.next().await;
    assert_eq!(answer["type"], "system:ack");
    assert_eq!(answer["payload"], json!({"id": "s", "data": {"rooms": ["menu"]}}));
    assert_eq!(answer.get("id"), None, "an answer is not to be acknowledged");

    say(&mut screen, "dance", Some("d"), json!({})).await;
    let answer = screen.next().await;
    assert_eq!(answer["type"], "system:error");
    assert_eq!(answer["payload"]["id"], "d");
    assert_eq!(answer["payload"]["code"], "VALIDATION_ERROR");

    let seq = cafe.put_item("Tea").await;
    let event = screen.next().await;
    assert_eq!(event["type"], "menu:item_changed");
    assert_eq!(event["payload"]["name"], "Tea");
    assert_eq!(event["id"], format!("{}:{seq}", cafe.epoch()));
    assert_eq!((&event["seq"], &event["epoch"]), (&json!(seq), &json!(cafe.epoch())));
    assert!(event["timestamp"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn a_message_is_sent_again_until_it_is_acknowledged() {
    let cafe = Cafe::open().await;
    let mut screen = Screen::connect_speaking(&cafe, "", MESSAGE).await.unwrap();
    say(&mut screen, "ping", Some("p"), json!({})).await;
    screen.next().await;
    let (first, second) = (cafe.put_item("Tea").await, cafe.put_item("Coffee").await);
    assert_eq!((screen.next_seq().await, screen.next_seq().await), (first, second));
    // One in the payload, one in the frame: both are seen.
    say(&mut screen, "system:ack", None, json!({"id": format!("{}:{first}", cafe.epoch())})).await;
    tokio::time::pause();
    let began = Instant::now();
    assert_eq!(screen.next_seq().await, second, "again");
    assert!((4..=6).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    tokio::time::resume();
    let id = format!("{}:{second}", cafe.epoch());
    let frame = json!({"type": "system:ack", "id": id}).to_string();
    screen.send_raw(Message::text(frame)).await;
    assert_eq!(screen.next().await["payload"]["id"], id, "an ack with an id is answered");
    let third = cafe.put_item("Juice").await;
    assert_eq!(screen.next_seq().await, third, "what was acknowledged does not come again");
}

#[tokio::test]
async fn who_acknowledges_nothing_is_too_slow_in_the_end() {
    let cafe = Cafe::open().await;
    let mut screen = Screen::connect_speaking(&cafe, "", MESSAGE).await.unwrap();
    say(&mut screen, "ping", Some("p"), json!({})).await;
    screen.next().await;
    let seq = cafe.put_item("Tea").await;
    assert_eq!(screen.next_seq().await, seq);
    tokio::time::pause();
    for _ in 0..3 {
        assert_eq!(screen.next_seq().await, seq);
    }
    assert_eq!(screen.close_code().await, 4008);
}

#[tokio::test]
async fn events_wait_in_the_log_for_who_acknowledges_late() {
    const EVENTS: u64 = 500;
    let cafe = Cafe::open().await;
    let after = cafe.head();
    let query = format!("?epoch={}&seq={after}", cafe.epoch());
    cafe.put_items_meanwhile(EVENTS as usize).await.unwrap();
    let mut screen = Screen::connect_speaking(&cafe, &query, MESSAGE).await.unwrap();
    for seq in after + 1..=after + EVENTS {
        assert_eq!(screen.next_seq().await, seq);
        let id = format!("{}:{seq}", cafe.epoch());
        say(&mut screen, "system:ack", None, json!({"id": id})).await;
    }
    assert_eq!(screen.next().await["payload"], json!({"recovered": true, "missed": EVENTS}));
}

#[tokio::test]
async fn the_binary_dialect_sends_events_as_protobuf() {
    let cafe = Cafe::open().await;
    let mut screen = Screen::connect_speaking(&cafe, "", "kiosk.v1.proto").await.unwrap();
    assert_eq!(screen.hello["event"], "hello");
    assert_eq!(screen.ask("ping", json!({})).await["event"], "reply");
    let seq = cafe.put_item("Tea").await;
    let Some(Ok(Message::Binary(bytes))) = must("an event", screen.socket.next()).await else {
        panic!("no binary message");
    };
    let event = Event::decode(bytes).unwrap();
    assert_eq!(event.position.unwrap().seq, seq);
    assert!(matches!(event.payload, Some(Payload::MenuItemChanged(item)) if item.name == "Tea"));
}

#[tokio::test]
async fn an_ephemeral_event_has_no_position_and_is_not_to_be_acknowledged() {
    let cafe = Cafe::open().await;
    let mut native = Screen::connect(&cafe).await;
    let mut message = Screen::connect_speaking(&cafe, "", MESSAGE).await.unwrap();
    assert_eq!(native.ask("ping", json!({})).await["event"], "reply");
    say(&mut message, "ping", Some("p"), json!({})).await;
    message.next().await;
    cafe.hub.signal(Payload::PresenceChanged(PresenceChanged {
        person: Some(Person { id: 7, name: "Mina".into() }),
        is_online: true,
        timestamp: Some(cafe.hub.now()),
    }));
    let frame = native.next().await;
    assert_eq!(frame["event"], "presence:changed");
    assert_eq!(frame["data"]["person"]["name"], "Mina");
    assert_eq!(frame.get("seq"), None);
    let frame = message.next().await;
    assert_eq!(frame["type"], "presence:changed");
    assert_eq!(frame.get("id"), None);
    tokio::time::pause();
    let nothing = tokio::time::timeout(Duration::from_secs(20), message.socket.next()).await;
    assert!(nothing.is_err(), "{nothing:?}");
}
