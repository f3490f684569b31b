//! The bridge, from a real hub to Mosquitto and to the embedded broker.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use kiosk_domain::{Command, LineChoice};
use kiosk_mqtt::{BridgeConfig, BridgeError};
use kiosk_proto::v1::order_status::Value as Status;
use kiosk_proto::v1::{MenuItem, MenuOption, OptionGroup};
use serde_json::Value;
use tempfile::TempDir;

use crate::cafe::{Cafe, start_broker};
use crate::gate::Gate;
use crate::mosquitto::{Mosquitto, Seen, Subscriber, publish};

const ROOT: &str = "kiosk/cafe/";
const TO_READY: [Status; 2] = [Status::Making, Status::Ready];
const TO_COMPLETED: [Status; 3] = [Status::Making, Status::Ready, Status::Completed];

/// Sees everything of the shop. At QoS 0, so that it never writes, and a broken connection is
/// read to its end.
async fn watch(broker: SocketAddr) -> Subscriber {
    Subscriber::start(broker, "kiosk/cafe/#", &["-q", "0"]).await
}

/// Topic below the shop's, and payload.
fn parse(line: &str) -> (&str, &str) {
    line.strip_prefix(ROOT).and_then(|rest| rest.split_once(' ')).unwrap()
}

/// Of an event's envelope.
fn event_seq(line: &str) -> Option<u64> {
    let (topic, payload) = parse(line);
    let envelope: Value = topic.starts_with("event/").then(|| payload.parse().unwrap())?;
    Some(envelope["seq"].as_u64().unwrap())
}

/// What the broker retains: topic below the shop's to payload.
async fn retained(broker: SocketAddr) -> BTreeMap<String, String> {
    let mut subscriber = watch(broker).await;
    // What is retained is sent with the subscription, before anything newer.
    publish(broker, "kiosk/cafe/end", "", &[]).await;
    let mut retained = BTreeMap::new();
    loop {
        let line = subscriber.message().await;
        match parse(&line) {
            ("end", _) => return retained,
            (topic, payload) => assert_eq!(retained.insert(topic.into(), payload.into()), None),
        }
    }
}

/// Checks that the broker retains what follows from the café's state, and nothing else.
async fn assert_retained_is_true(broker: SocketAddr, cafe: &Cafe) {
    let snapshot = cafe.hub.snapshot();
    let mut expected = BTreeMap::new();
    let (mut preparing, mut ready) = (BTreeSet::new(), BTreeSet::new());
    for order in snapshot.state.orders() {
        let numbers = match order.status() {
            Status::Ready => &mut ready,
            Status::Pending | Status::Making => &mut preparing,
            _ => continue,
        };
        numbers.insert(order.daily_num);
        let state = (order.daily_num, order.status().as_str_name());
        expected.insert(format!("order/{}/state", order.order_id), state);
    }
    let mut retained = retained(broker).await;
    assert_eq!(retained.remove("availability").unwrap(), "online");
    let board: Value = retained.remove("board").unwrap().parse().unwrap();
    let numbers = |list: &Value| serde_json::from_value::<Vec<i32>>(list.clone()).unwrap();
    assert_eq!(numbers(&board["preparing"]), Vec::from_iter(preparing));
    assert_eq!(numbers(&board["ready"]), Vec::from_iter(ready));
    let states: BTreeMap<_, Value> =
        retained.into_iter().map(|(topic, state)| (topic, state.parse().unwrap())).collect();
    assert_eq!(states.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (topic, (daily_num, status)) in expected {
        let state = &states[&topic];
        assert_eq!((&state["dailyNum"], &state["status"]), (&daily_num.into(), &status.into()));
        assert!(state["seq"].as_u64().unwrap() <= snapshot.position.seq);
    }
}

/// Which events a subscriber has seen: their first occurrences in order, without a gap.
#[derive(Default)]
struct Log {
    newest: u64,
}

impl Log {
    fn saw(&mut self, line: &str) {
        let Some(seq) = event_seq(line) else { return };
        assert!(seq <= self.newest + 1, "event {seq} after {}", self.newest);
        self.newest = self.newest.max(seq);
    }

    async fn read_to(&mut self, seq: u64, subscriber: &mut Subscriber) {
        while self.newest < seq {
            self.saw(&subscriber.message().await);
        }
    }
}

/// Reads lines up to the event `seq` and compares them: `ORDER` stands for the order's id, `#5`
/// for the envelope of event 5.
async fn assert_lines_to(seq: u64, subscriber: &mut Subscriber, order_id: &str, lines: &[&str]) {
    let mut seen = Vec::new();
    loop {
        let line = subscriber.message().await;
        let event = event_seq(&line);
        let (topic, payload) = parse(&line);
        seen.push(match event {
            Some(seq) => format!("{topic} #{seq}"),
            None => format!("{topic} {payload}").replace(order_id, "ORDER"),
        });
        if event == Some(seq) {
            break;
        }
    }
    assert_eq!(seen, lines);
}

#[tokio::test]
async fn one_order_from_placed_to_cancelled_on_mosquitto() {
    one_order_from_placed_to_cancelled(Mosquitto::start().address()).await;
}

#[tokio::test]
async fn one_order_from_placed_to_cancelled_on_the_embedded_broker() {
    let broker = start_broker().await;
    one_order_from_placed_to_cancelled(broker.local_addr()).await;
    broker.stop().await;
}

async fn one_order_from_placed_to_cancelled(broker: SocketAddr) {
    let data = TempDir::new().unwrap();
    let cafe = Cafe::open(data.path()).await;
    let mut subscriber = watch(broker).await;
    let bridge = cafe.bridge(broker);
    let board = r#"board {"preparing":[],"ready":[],"seq":1}"#;
    let lines = ["availability online", board, "event/menu/item_changed #1"];
    assert_lines_to(1, &mut subscriber, "none", &lines).await;

    let id = cafe.order("7").await;
    let lines = [
        r#"order/ORDER/state {"dailyNum":1,"status":"PENDING","seq":2}"#,
        r#"board {"preparing":[1],"ready":[],"seq":2}"#,
        "event/order/created #2",
    ];
    assert_lines_to(2, &mut subscriber, &id, &lines).await;

    cafe.advance(&id, &[Status::Making]).await;
    let lines = [
        r#"order/ORDER/state {"dailyNum":1,"status":"MAKING","seq":3}"#,
        "event/order/status_changed #3",
    ];
    assert_lines_to(3, &mut subscriber, &id, &lines).await;

    cafe.advance(&id, &[Status::Ready]).await;
    let lines = [
        r#"order/ORDER/state {"dailyNum":1,"status":"READY","seq":4}"#,
        r#"buzzer/7/call {"orderId":"ORDER","dailyNum":1,"pattern":"ready","expiresAt":"2026-11-21T01:02:00.001Z","seq":4}"#,
        r#"board {"preparing":[],"ready":[1],"seq":4}"#,
        "event/order/status_changed #4",
    ];
    assert_lines_to(4, &mut subscriber, &id, &lines).await;

    cafe.submit(Command::RecallOrder { order_id: id.clone() }).await;
    let lines = [
        r#"order/ORDER/state {"dailyNum":1,"status":"MAKING","seq":5}"#,
        r#"buzzer/7/cancel {"orderId":"ORDER","dailyNum":1,"pattern":"ready","expiresAt":"2026-11-21T01:02:00.001Z","seq":5}"#,
        r#"board {"preparing":[1],"ready":[],"seq":5}"#,
        "event/order/recalled #5",
    ];
    assert_lines_to(5, &mut subscriber, &id, &lines).await;

    cafe.advance(&id, &[Status::Ready]).await;
    Log { newest: 5 }.read_to(6, &mut subscriber).await;
    assert_retained_is_true(broker, &cafe).await;
    assert_lines_to_end(&mut subscriber).await;

    cafe.advance(&id, &[Status::Completed]).await;
    let lines = [
        "order/ORDER/state (null)",
        r#"buzzer/7/cancel {"orderId":"ORDER","dailyNum":1,"pattern":"ready","expiresAt":"2026-11-21T01:02:00.001Z","seq":7}"#,
        r#"board {"preparing":[],"ready":[],"seq":7}"#,
        "event/order/status_changed #7",
    ];
    assert_lines_to(7, &mut subscriber, &id, &lines).await;
    assert_retained_is_true(broker, &cafe).await;
    assert_lines_to_end(&mut subscriber).await;

    cafe.submit(Command::RecallOrder { order_id: id.clone() }).await;
    let lines = [
        r#"order/ORDER/state {"dailyNum":1,"status":"READY","seq":8}"#,
        r#"buzzer/7/call {"orderId":"ORDER","dailyNum":1,"pattern":"ready","expiresAt":"2026-11-21T01:02:00.001Z","seq":8}"#,
        r#"board {"preparing":[],"ready":[1],"seq":8}"#,
        "event/order/recalled #8",
    ];
    assert_lines_to(8, &mut subscriber, &id, &lines).await;

    let reason = "gone".to_owned();
    cafe.submit(Command::CancelOrder { order_id: id.clone(), reason }).await;
    let lines = [
        "order/ORDER/state (null)",
        r#"buzzer/7/cancel {"orderId":"ORDER","dailyNum":1,"pattern":"ready","expiresAt":"2026-11-21T01:02:00.001Z","seq":9}"#,
        r#"board {"preparing":[],"ready":[],"seq":9}"#,
        "event/order/cancelled #9",
    ];
    assert_lines_to(9, &mut subscriber, &id, &lines).await;

    bridge.stop().await;
    assert_eq!(subscriber.message().await, "kiosk/cafe/availability offline");
    assert_eq!(cafe.cursor(), 9);
    let bridge = cafe.bridge(broker);
    assert_eq!(subscriber.message().await, "kiosk/cafe/availability online");
    let board = r#"kiosk/cafe/board {"preparing":[],"ready":[],"seq":9}"#;
    assert_eq!(subscriber.message().await, board);
    bridge.crash().await;
    assert_eq!(subscriber.message().await, "kiosk/cafe/availability offline");
    cafe.close().await;
}

#[tokio::test]
async fn the_last_line_that_is_bumped_calls_the_buzzer_and_its_recall_cancels_the_call() {
    let broker = start_broker().await;
    let data = TempDir::new().unwrap();
    let cafe = Cafe::open(data.path()).await;
    let mut subscriber = watch(broker.local_addr()).await;
    let bridge = cafe.bridge(broker.local_addr());
    let order_id = cafe.order("7").await;
    Log::default().read_to(2, &mut subscriber).await;

    let id = order_id.clone();
    cafe.submit(Command::BumpLines { order_id: id, lines: LineChoice::All }).await;
    let lines = [
        r#"order/ORDER/state {"dailyNum":1,"status":"MAKING","seq":3}"#,
        "event/order/status_changed #3",
        "event/order/lines_changed #4",
        r#"order/ORDER/state {"dailyNum":1,"status":"READY","seq":5}"#,
        r#"buzzer/7/call {"orderId":"ORDER","dailyNum":1,"pattern":"ready","expiresAt":"2026-11-21T01:02:00.001Z","seq":5}"#,
        r#"board {"preparing":[],"ready":[1],"seq":5}"#,
        "event/order/status_changed #5",
    ];
    assert_lines_to(5, &mut subscriber, &order_id, &lines).await;

    let id = order_id.clone();
    cafe.submit(Command::RecallLines { order_id: id, lines: LineChoice::Lines(vec![1]) }).await;
    let lines = [
        "event/order/lines_changed #6",
        r#"order/ORDER/state {"dailyNum":1,"status":"MAKING","seq":7}"#,
        r#"buzzer/7/cancel {"orderId":"ORDER","dailyNum":1,"pattern":"ready","expiresAt":"2026-11-21T01:02:00.001Z","seq":7}"#,
        r#"board {"preparing":[1],"ready":[],"seq":7}"#,
        "event/order/recalled #7",
    ];
    assert_lines_to(7, &mut subscriber, &order_id, &lines).await;
    bridge.stop().await;
    cafe.close().await;
    broker.stop().await;
}

/// Reads the marker that [`retained`] publishes.
async fn assert_lines_to_end(subscriber: &mut Subscriber) {
    assert_eq!(subscriber.message().await, "kiosk/cafe/end (null)");
}

/// What befalls the broker.
#[derive(Clone, Copy)]
enum Trouble {
    /// Killed and at once there again, empty.
    Killed,
    /// Stopped until the bridge has noticed; it remembers what it retained.
    Stalled,
    /// Killed, and away until the bridge has noticed.
    Away,
}

#[tokio::test]
async fn every_event_is_seen_in_order_though_the_broker_is_killed_stalled_and_wiped() {
    /// Of each order, at most four events.
    const ORDERS: usize = 300;
    let data = TempDir::new().unwrap();
    let cafe = Cafe::open(data.path()).await;
    let mut mosquitto = Mosquitto::start();
    let mut subscriber = watch(mosquitto.address()).await;
    let mut gate = Gate::to(mosquitto.address()).await;
    let bridge = cafe.bridge(gate.address());
    let mut log = Log::default();
    let mut placed = 0;
    let mut troubles = [(200, Trouble::Killed), (450, Trouble::Stalled), (700, Trouble::Away)]
        .into_iter()
        .peekable();
    while placed < ORDERS || log.newest < cafe.head() {
        // Orders go on being placed while the broker is in trouble, up to a hundred events.
        if placed < ORDERS && cafe.head() < log.newest + 100 {
            // Some stay open, in each of the three statuses.
            let id = cafe.order("7").await;
            cafe.advance(&id, &TO_COMPLETED[..3 - placed % 7 % 4]).await;
            placed += 1;
            continue;
        }
        match subscriber.next().await {
            Seen::Subscribed => gate.open(),
            Seen::Message(line) => log.saw(&line),
        }
        match troubles.next_if(|(at, _)| log.newest >= *at).map(|(_, trouble)| trouble) {
            None => {}
            Some(Trouble::Stalled) => {
                mosquitto.stall();
                gate.arrival().await;
                mosquitto.go_on();
            }
            Some(trouble) => {
                gate.shut();
                mosquitto.kill();
                if let Trouble::Away = trouble {
                    gate.arrival().await;
                }
                mosquitto.restart();
            }
        }
    }
    assert!(troubles.peek().is_none());
    assert_retained_is_true(mosquitto.address(), &cafe).await;
    cafe.close().await;
    bridge.stopped().await;
}

#[tokio::test]
async fn every_event_is_seen_in_order_though_the_bridge_crashes_and_the_cafe_restarts() {
    let data = TempDir::new().unwrap();
    let mosquitto = Mosquitto::start();
    let mut subscriber = watch(mosquitto.address()).await;
    let mut log = Log::default();
    for seen_before_crash in [0, 1, 30, 64, 65, 100] {
        let cafe = Cafe::open(data.path()).await;
        let bridge = cafe.bridge(mosquitto.address());
        let head = cafe.head();
        for n in 0..40 {
            let id = cafe.order("7").await;
            cafe.advance(&id, &TO_COMPLETED[..n % 4]).await;
        }
        log.read_to(head + seen_before_crash, &mut subscriber).await;
        // Not told to stop, so that it publishes nothing more and keeps its cursor as it is.
        bridge.crash().await;
        assert!(cafe.cursor() <= cafe.head());
        cafe.close().await;
    }
    let cafe = Cafe::open(data.path()).await;
    let bridge = cafe.bridge(mosquitto.address());
    cafe.order("").await;
    log.read_to(cafe.head(), &mut subscriber).await;
    assert_retained_is_true(mosquitto.address(), &cafe).await;
    bridge.stop().await;
    cafe.close().await;
}

#[tokio::test]
async fn an_order_that_closed_while_the_broker_could_not_be_told_is_not_retained() {
    let data = TempDir::new().unwrap();
    let cafe = Cafe::open(data.path()).await;
    let mosquitto = Mosquitto::start();
    let mut subscriber = watch(mosquitto.address()).await;
    let mut gate = Gate::to(mosquitto.address()).await;
    let bridge = cafe.bridge(gate.address());
    let mut log = Log::default();
    let (picked_up, cancelled, recalled) =
        (cafe.order("").await, cafe.order("").await, cafe.order("").await);
    log.read_to(cafe.head(), &mut subscriber).await;
    assert_retained_is_true(mosquitto.address(), &cafe).await;

    gate.shut();
    gate.arrival().await;
    cafe.advance(&picked_up, &TO_COMPLETED).await;
    cafe.submit(Command::CancelOrder { order_id: cancelled, reason: String::new() }).await;
    cafe.advance(&recalled, &TO_COMPLETED).await;
    cafe.submit(Command::RecallOrder { order_id: recalled }).await;
    bridge.crash().await;
    cafe.close().await;

    // A bridge that never knew the orders as open ones.
    let cafe = Cafe::open(data.path()).await;
    let bridge = cafe.bridge(mosquitto.address());
    log.read_to(cafe.head(), &mut subscriber).await;
    assert_retained_is_true(mosquitto.address(), &cafe).await;
    bridge.stop().await;
    cafe.close().await;
}

#[tokio::test]
async fn a_call_that_comes_too_late_does_not_ring() {
    let data = TempDir::new().unwrap();
    let cafe = Cafe::open(data.path()).await;
    let mosquitto = Mosquitto::start();
    let mut subscriber = watch(mosquitto.address()).await;
    let mut gate = Gate::to(mosquitto.address()).await;
    gate.shut();
    let bridge = cafe.bridge(gate.address());
    gate.arrival().await;

    let expired = cafe.order("expired").await;
    cafe.advance(&expired, &TO_READY).await;
    cafe.pass(60_000);
    let waiting = cafe.order("waiting").await;
    cafe.advance(&waiting, &TO_READY).await;
    cafe.pass(60_000);
    let overtaken = cafe.order("overtaken").await;
    cafe.advance(&overtaken, &TO_COMPLETED).await;
    gate.open();

    let mut log = Log::default();
    let mut commands = Vec::new();
    while log.newest < cafe.head() {
        let line = subscriber.message().await;
        log.saw(&line);
        let (topic, _) = parse(&line);
        commands.extend(topic.strip_prefix("buzzer/").map(str::to_owned));
    }
    assert_eq!(commands, ["waiting/call", "overtaken/cancel"]);
    bridge.stop().await;
    cafe.close().await;
}

#[tokio::test]
async fn what_was_committed_before_a_stop_is_published_before_the_farewell() {
    let data = TempDir::new().unwrap();
    let mosquitto = Mosquitto::start();
    let mut subscriber = watch(mosquitto.address()).await;
    let mut log = Log::default();
    for is_told in [true, false] {
        let cafe = Cafe::open(data.path()).await;
        let bridge = cafe.bridge(mosquitto.address());
        assert_eq!(subscriber.message().await, "kiosk/cafe/availability online");
        for _ in 0..100 {
            cafe.order("").await;
        }
        let head = cafe.head();
        if is_told {
            bridge.stop().await;
            assert_eq!(cafe.cursor(), head);
            cafe.close().await;
        } else {
            cafe.close().await;
            bridge.stopped().await;
        }
        log.read_to(head, &mut subscriber).await;
        assert_eq!(subscriber.message().await, "kiosk/cafe/availability offline");
    }
    let cafe = Cafe::open(data.path()).await;
    assert_eq!(cafe.cursor(), cafe.head());
    cafe.close().await;
}

#[tokio::test]
async fn a_bridge_without_a_broker_stops_at_once() {
    let data = TempDir::new().unwrap();
    let cafe = Cafe::open(data.path()).await;
    let mut mosquitto = Mosquitto::start();
    mosquitto.kill();
    let bridge = cafe.bridge(mosquitto.address());
    let started = tokio::time::Instant::now();
    bridge.stop().await;
    assert!(started.elapsed() < std::time::Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(cafe.cursor(), 0);
    cafe.close().await;
}

#[tokio::test]
async fn more_open_orders_than_a_broker_retains_do_not_stop_the_log() {
    /// The embedded broker refuses the thousandth retained message.
    const ORDERS: i32 = 1_050;
    let data = TempDir::new().unwrap();
    let cafe = Cafe::open(data.path()).await;
    let broker = start_broker().await;
    let mut subscriber = watch(broker.local_addr()).await;
    let bridge = cafe.bridge(broker.local_addr());
    for _ in 0..ORDERS {
        cafe.order("").await;
    }
    Log::default().read_to(cafe.head(), &mut subscriber).await;
    let mut retained = retained(broker.local_addr()).await;
    let board: Value = retained.remove("board").unwrap().parse().unwrap();
    let shown = Vec::from_iter(ORDERS - 499..=ORDERS);
    assert_eq!(board["preparing"], serde_json::to_value(shown).unwrap());
    retained.remove("availability").unwrap();
    assert_eq!(retained.len(), 500);
    bridge.stop().await;
    // All of it again, many windows full, and the log goes on.
    let bridge = cafe.bridge(broker.local_addr());
    cafe.order("").await;
    Log { newest: cafe.head() - 1 }.read_to(cafe.head(), &mut subscriber).await;
    bridge.stop().await;
    assert_eq!(cafe.cursor(), cafe.head());
    broker.stop().await;
    cafe.close().await;
}

#[tokio::test]
async fn what_can_not_be_published_and_what_can_not_be_understood_is_passed_over() {
    let data = TempDir::new().unwrap();
    let cafe = Cafe::open(data.path()).await;
    let broker = start_broker().await;
    let mut subscriber = watch(broker.local_addr()).await;
    let bridge = cafe.bridge(broker.local_addr());
    let mut log = Log::default();
    log.read_to(1, &mut subscriber).await;

    let garbage = ["", "{", r#"{"seq":-1}"#, r#"{"seq":5}"#, "online", &"x".repeat(60_000)];
    for (verb, payload) in
        ["ack", "button", "status"].into_iter().flat_map(|verb| garbage.map(|g| (verb, g)))
    {
        let topic = format!("{ROOT}buzzer/7/{verb}");
        publish(broker.local_addr(), &topic, payload, &[]).await;
        assert!(subscriber.message().await.starts_with(&topic));
    }

    // Control characters take six bytes each in JSON, and the broker takes packets of 64 KiB.
    let option = |option_id| MenuOption {
        option_id,
        name: "\u{1}".repeat(100),
        price_delta: 0,
        ..Default::default()
    };
    let group = |n| {
        let options = (n * 20 + 1..=n * 20 + 20).map(option).collect();
        OptionGroup { name: "\u{1}".repeat(50), min: 0, max: 1, options, ..Default::default() }
    };
    let option_groups = (0..5).map(group).collect();
    let name = "too large".to_owned();
    let item = MenuItem { name, option_groups, ..MenuItem::default() };
    let too_large = cafe.submit(Command::PutMenuItem(item)).await;
    assert!(too_large.events[0].json().len() > 64 * 1024, "{}", too_large.events[0].json().len());
    let id = cafe.order("7/call").await;
    cafe.advance(&id, &TO_READY).await;

    let mut seen = Vec::new();
    while seen.last() != Some(&cafe.head()) {
        let line = subscriber.message().await;
        assert!(!parse(&line).0.starts_with("buzzer"), "{line}");
        seen.extend(event_seq(&line));
    }
    assert_eq!(seen, [3, 4, 5]);
    bridge.stop().await;
    assert_eq!(cafe.cursor(), cafe.head());
    cafe.close().await;
    broker.stop().await;
}

#[tokio::test]
async fn a_site_that_is_not_one_level_of_a_topic_is_refused() {
    let data = TempDir::new().unwrap();
    let cafe = Cafe::open(data.path()).await;
    let broker: SocketAddr = ([127, 0, 0, 1], 1883).into();
    for site in ["", "a/b", "#"] {
        let config = BridgeConfig {
            site: site.to_owned(),
            broker: broker.into(),
            client_id: "box".to_owned(),
            credentials: None,
        };
        let opened = config.open(cafe.hub.clone());
        assert!(matches!(opened.err(), Some(BridgeError::Site)), "{site}");
    }
    cafe.close().await;
}
