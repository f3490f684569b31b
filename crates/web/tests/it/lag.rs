//! A kitchen screen that hangs is noticed by the box, because the cook does not notice.

use std::time::Duration;

use kiosk_domain::{Command, WatchedFault, limits::INCIDENTS_AT_HAND_MAX};
use serde_json::{Value, json};

use crate::cafe::{Cafe, Screen, must};

async fn next_named(screen: &mut Screen, name: &str) -> Value {
    loop {
        let frame = screen.next().await;
        if frame["event"] == name {
            return frame;
        }
    }
}

#[tokio::test]
async fn a_kitchen_screen_that_stops_showing_raises_an_incident_until_it_shows_again() {
    let cafe = Cafe::open().await;
    cafe.set("kitchen_lag_seconds", "1").await;
    let mut admin = Screen::connect(&cafe).await;
    admin.ask("subscribe", json!({"rooms": ["endpoints"]})).await;
    let mut kitchen = Screen::connect(&cafe).await;
    kitchen.ask("subscribe", json!({"rooms": ["kitchen"]})).await;
    // One that never acknowledges is not watched.
    let mut mute = Screen::connect(&cafe).await;
    mute.ask("subscribe", json!({"rooms": ["kitchen"]})).await;

    let shown = cafe.place_order().await;
    assert_eq!(kitchen.next_seq().await, shown);
    kitchen.ask("ack", json!({"seq": shown})).await;
    let missed = cafe.place_order().await;
    assert_eq!(kitchen.next_seq().await, missed);

    let started = next_named(&mut admin, "incident:started").await;
    let session = kitchen.hello["data"]["sessionId"].as_str().unwrap();
    assert_eq!(started["data"]["endpointId"], format!("screen:{session}"));
    // What is not for the kitchen does not make it late again.
    kitchen.ask("ack", json!({"seq": missed})).await;
    let resolved = next_named(&mut admin, "incident:resolved").await;
    assert_eq!(resolved["data"]["incidentId"], started["data"]["incidentId"]);
    cafe.put_item("Tea").await;
    let later = cafe.place_order().await;
    assert_eq!(kitchen.next_seq().await, later);
    let second = next_named(&mut admin, "incident:started").await;
    assert_ne!(second["data"]["incidentId"], started["data"]["incidentId"]);
    // A screen that is gone is not late.
    drop(kitchen);
    let resolved = next_named(&mut admin, "incident:resolved").await;
    assert_eq!(resolved["data"]["incidentId"], second["data"]["incidentId"]);
}

#[tokio::test]
async fn an_incident_of_a_screen_that_a_restart_has_ended_is_resolved() {
    let cafe = Cafe::open().await;
    let mut admin = Screen::connect(&cafe).await;
    admin.ask("subscribe", json!({"rooms": ["endpoints"]})).await;
    let fault = |incident_id: &str, endpoint_id: &str| WatchedFault {
        incident_id: incident_id.into(),
        endpoint_id: endpoint_id.into(),
        endpoint_name: String::new(),
        reason: String::new(),
    };
    // What is not a screen's is for people to resolve.
    cafe.submit(Command::StartIncident(fault("INC-1", "box"))).await;
    cafe.submit(Command::StartIncident(fault("INC-2", "screen:of-before"))).await;
    let resolved = next_named(&mut admin, "incident:resolved").await;
    assert_eq!(resolved["data"]["incidentId"], "INC-2");
    assert_eq!(resolved["data"]["resolvedBy"]["name"], "box");
}

#[tokio::test]
async fn however_many_screens_hang_they_do_not_put_each_others_incidents_out_for_ever() {
    const HALF: usize = INCIDENTS_AT_HAND_MAX / 2;
    let cafe = Cafe::open().await;
    cafe.set("kitchen_lag_seconds", "1").await;
    let first = cafe.place_order().await;
    let mut screens = Vec::new();
    for _ in 0..=INCIDENTS_AT_HAND_MAX {
        let mut screen = Screen::connect(&cafe).await;
        screen.ask("subscribe", json!({"rooms": ["kitchen"]})).await;
        screens.push(screen);
    }
    let shown = cafe.place_order().await;
    assert!(shown > first);
    for screen in &mut screens {
        assert_eq!(screen.next_seq().await, shown);
        screen.ask("ack", json!({"seq": shown})).await;
    }
    cafe.place_order().await;
    let known = || cafe.hub.snapshot().state.incidents().len();
    let all = async {
        while known() < HALF {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    must("the incidents", all).await;
    // Two more looks, in each of which what has no room would begin.
    let head = cafe.head();
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!((known(), cafe.head()), (HALF, head));
}
