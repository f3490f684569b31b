//! The dialect `kiosk.v1.json`, as the contract says it.

use serde_json::{Value, json};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _, http::HeaderValue},
};

use crate::cafe::{Cafe, Screen, must};

#[tokio::test]
async fn a_client_is_greeted_and_gets_every_event_in_order() {
    let cafe = Cafe::open().await;
    let mut screen = Screen::connect(&cafe).await;
    let hello = &screen.hello["data"];
    assert_eq!(hello["epoch"], cafe.epoch());
    assert_eq!(hello["seq"], cafe.head());
    assert_eq!(hello["role"], "admin");
    assert_eq!(hello["heartbeatSeconds"], 30);
    assert!(hello["serverTime"].as_str().unwrap().ends_with('Z'));
    assert_eq!(hello["sessionId"].as_str().unwrap().len(), 36);
    for name in ["Tea", "Coffee", "Juice"] {
        let seq = cafe.put_item(name).await;
        let event = screen.next().await;
        assert_eq!(event["event"], "menu:item_changed");
        assert_eq!(event["data"]["name"], name);
        assert_eq!((&event["seq"], &event["epoch"]), (&json!(seq), &json!(cafe.epoch())));
    }
}

#[tokio::test]
async fn rooms_narrow_what_a_screen_gets_until_it_leaves_all_of_them() {
    let cafe = Cafe::open().await;
    let mut screen = Screen::connect(&cafe).await;
    let rooms = |answer: Value| {
        assert_eq!(answer["event"], "reply");
        answer["data"]["rooms"].clone()
    };
    let kitchen = json!({"rooms": ["kitchen", "order_ORD-1-abc"]});
    let joined = rooms(screen.ask("subscribe", kitchen).await);
    assert_eq!(joined, json!(["kitchen", "order_ORD-1-abc"]));
    cafe.put_item("not for the kitchen").await;
    let joined = rooms(screen.ask("subscribe", json!({"rooms": ["menu"]})).await);
    assert_eq!(joined, json!(["kitchen", "menu", "order_ORD-1-abc"]));
    let seq = cafe.put_item("for the menu").await;
    assert_eq!(screen.next_seq().await, seq);
    let all = json!({"rooms": ["kitchen", "menu", "order_ORD-1-abc"]});
    assert_eq!(rooms(screen.ask("unsubscribe", all).await), json!([]));
    cafe.put_item("for nobody").await;
    assert_eq!(rooms(screen.ask("subscribe", json!({"rooms": ["all"]})).await), json!(["all"]));
    let seq = cafe.put_item("for all").await;
    assert_eq!(screen.next_seq().await, seq);
}

#[tokio::test]
async fn every_frame_with_an_id_is_answered_and_what_is_wrong_is_said() {
    let cafe = Cafe::open().await;
    let mut screen = Screen::connect(&cafe).await;
    assert_eq!(screen.ask("ping", json!({})).await["event"], "reply");
    let many: Vec<String> = (0..101).map(|number| format!("order_{number}")).collect();
    for (event, data, code) in [
        ("dance", json!({}), "VALIDATION_ERROR"),
        ("subscribe", json!({"rooms": ["cellar"]}), "ROOM_JOIN_FAILED"),
        ("subscribe", json!({"rooms": [format!("order_{}", "x".repeat(200))]}), "ROOM_JOIN_FAILED"),
        ("subscribe", json!({"rooms": many}), "ROOM_JOIN_FAILED"),
        ("subscribe", json!({"rooms": 7}), "ROOM_JOIN_FAILED"),
        ("unsubscribe", json!(null), "ROOM_LEAVE_FAILED"),
        ("resume", json!({"seq": "7"}), "VALIDATION_ERROR"),
        ("resume", json!({"seq": -7}), "VALIDATION_ERROR"),
        ("ack", json!({"seq": 1.5}), "VALIDATION_ERROR"),
        ("ack", json!({"seq": 1_000_000}), "VALIDATION_ERROR"),
    ] {
        let answer = screen.ask(event, data.clone()).await;
        assert_eq!(answer["event"], "error", "{event} {data}");
        assert_eq!(answer["data"]["code"], code, "{event} {data}");
        assert!(!answer["data"]["message"].as_str().unwrap().is_empty());
        assert!(answer["data"]["timestamp"].as_str().unwrap().ends_with('Z'));
        assert!(answer["data"]["details"].is_array());
    }
    // Without an id, only what is wrong is answered.
    for (text, is_answered) in [
        ("", true),
        ("{}", true),
        ("[1,2]", true),
        (r#"{"event":"dance"}"#, true),
        (r#"{"event":"ping"}"#, false),
        (r#"{"event":"ack","data":{"seq":0}}"#, false),
    ] {
        screen.send_raw(Message::text(text)).await;
        if is_answered {
            assert_eq!(screen.next().await["event"], "error", "{text:?}");
        }
    }
    assert_eq!(screen.ask("ping", json!({})).await["event"], "reply");
    // Joining in several frames is bounded as in one.
    assert_eq!(screen.ask("subscribe", json!({"rooms": many[..100]})).await["event"], "reply");
    let answer = screen.ask("subscribe", json!({"rooms": many[100..]})).await;
    assert_eq!(answer["data"]["code"], "ROOM_JOIN_FAILED");
}

#[tokio::test]
async fn what_a_screen_has_shown_is_seen_by_the_operator() {
    let cafe = Cafe::open().await;
    let mut screen = Screen::connect(&cafe).await;
    let shown = || {
        let screens = cafe.hub.stats().connections.screens();
        let load =
            |seq: &std::sync::atomic::AtomicU64| seq.load(std::sync::atomic::Ordering::SeqCst);
        (screens[0].session_id.clone(), load(&screens[0].sent), load(&screens[0].shown))
    };
    let session_id = screen.hello["data"]["sessionId"].as_str().unwrap().to_owned();
    assert_eq!(shown(), (session_id.clone(), cafe.head(), 0));
    // What it shows from a snapshot it may acknowledge too.
    let head = cafe.head();
    assert_eq!(screen.ask("ack", json!({"seq": head})).await["data"]["seq"], head);
    let seq = cafe.put_item("Tea").await;
    assert_eq!(screen.next_seq().await, seq);
    assert_eq!(screen.ask("ack", json!({"seq": seq})).await["event"], "reply");
    assert_eq!(shown(), (session_id.clone(), seq, seq));
    // An ack that comes late takes nothing back.
    assert_eq!(screen.ask("ack", json!({"seq": head})).await["event"], "reply");
    assert_eq!(shown(), (session_id, seq, seq));
}

#[tokio::test]
async fn a_websocket_ping_is_answered_with_its_payload() {
    use futures_util::StreamExt as _;
    let cafe = Cafe::open().await;
    let mut screen = Screen::connect(&cafe).await;
    screen.send_raw(Message::Ping("are you there".into())).await;
    let pong = must("a pong", screen.socket.next()).await.unwrap().unwrap();
    assert_eq!(pong, Message::Pong("are you there".into()));
}

#[tokio::test]
async fn the_dialect_is_agreed_on_when_it_is_offered() {
    let cafe = Cafe::open().await;
    let offer = async |protocols: Option<&'static str>| {
        let url = format!("ws://{}/ws", cafe.address);
        let mut request = url.into_client_request().unwrap();
        if let Some(protocols) = protocols {
            let value = HeaderValue::from_static(protocols);
            request.headers_mut().insert("sec-websocket-protocol", value);
        }
        let (_, response) = must("a handshake", connect_async(request)).await?;
        let agreed = response.headers().get("sec-websocket-protocol");
        Ok::<_, Error>(agreed.map(|value| value.to_str().unwrap().to_owned()))
    };
    let json = Some("kiosk.v1.json".to_owned());
    assert_eq!(offer(Some("kiosk.v1.json")).await.unwrap(), json);
    assert_eq!(offer(Some("chat, kiosk.v1.json")).await.unwrap(), json);
    assert_eq!(offer(None).await.unwrap(), None);
    // Nothing is agreed on: a client that insists on what it offered gives up.
    assert!(matches!(offer(Some("chat")).await, Err(Error::Protocol(_))));
}
