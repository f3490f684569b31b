//! Who is there: told when the first session of a name begins and when its last one ends.

use serde_json::{Value, json};

use crate::cafe::{Cafe, Screen};

async fn next_change(screen: &mut Screen) -> (Value, Value) {
    let frame = screen.next().await;
    assert_eq!(frame["event"], "presence:changed", "{frame}");
    assert_eq!(frame.get("seq"), None);
    (frame["data"]["person"]["name"].clone(), frame["data"]["isOnline"].clone())
}

#[tokio::test]
async fn a_name_is_there_from_its_first_session_to_its_last() {
    let cafe = Cafe::open().await;
    let mut watcher = Screen::connect(&cafe).await;
    watcher.ask("subscribe", json!({"rooms": ["staff"]})).await;
    let mina = "?name=Mina%20Kim";
    let first = Screen::connect_with(&cafe, mina).await.unwrap();
    assert_eq!(next_change(&mut watcher).await, (json!("Mina Kim"), json!(true)));
    let second = Screen::connect_with(&cafe, mina).await.unwrap();
    let nobody = Screen::connect(&cafe).await;
    drop(first);
    let joon = Screen::connect_with(&cafe, "?name=Joon").await.unwrap();
    assert_eq!(
        next_change(&mut watcher).await,
        (json!("Joon"), json!(true)),
        "no word of the rest"
    );
    let screens = cafe.hub.stats().connections.screens();
    assert!(screens.iter().any(|screen| screen.name == "Mina Kim"));
    drop((second, nobody));
    assert_eq!(next_change(&mut watcher).await, (json!("Mina Kim"), json!(false)));
    drop(joon);
    assert_eq!(next_change(&mut watcher).await, (json!("Joon"), json!(false)));
}

#[tokio::test]
async fn the_rooms_are_counted() {
    let cafe = Cafe::open().await;
    let mut screens = Vec::new();
    for rooms in [
        json!(["kitchen"]),
        json!(["kitchen", "order_a"]),
        json!(["order_a", "order_b"]),
        json!(["menu"]),
    ] {
        let mut screen = Screen::connect(&cafe).await;
        screen.ask("subscribe", json!({"rooms": rooms})).await;
        screens.push(screen);
    }
    let counts = cafe.hub.stats().connections.rooms();
    assert_eq!((counts.kitchen, counts.order, counts.order_rooms), (2, 3, 2));
    let metrics = crate::http_client::send(cafe.address, "GET", "/metrics", &[], "").await.body;
    for line in [
        "kiosk_room_clients{room=\"kitchen\"} 2",
        "kiosk_room_clients{room=\"order\"} 3",
        "kiosk_order_rooms 2",
        "kiosk_connections 4",
    ] {
        assert!(metrics.contains(line), "{line} is not in {metrics}");
    }
}
