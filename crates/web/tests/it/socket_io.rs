//! The café's Socket.IO where an unmodified client can't tell: times, offsets, wrong packets. What
//! that client sees is in `tests/tests/socket_io.rs`.

use futures_util::{SinkExt as _, StreamExt as _};
use kiosk_domain::{Command, SeatCommand};
use kiosk_proto::v1::{MenuItem, MenuOption, OptionGroup, PresenceChanged, Seat, event::Payload};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::Instant};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::{
    cafe::{Cafe, must},
    poller::Poller,
};

pub(crate) struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    /// Opens a session of Engine.IO, and says this.
    pub(crate) async fn saying(cafe: &Cafe, first: &str) -> Self {
        let url = format!("ws://{}/socket.io/?EIO=4&transport=websocket", cafe.address);
        let (socket, _) = must("a handshake", connect_async(url)).await.unwrap();
        let mut client = Self(socket);
        assert!(client.next().await.unwrap().starts_with("0{"));
        client.send(first).await;
        client
    }

    /// Connects; what the box says of the session.
    pub(crate) async fn connect(cafe: &Cafe, auth: Value) -> (Self, Value) {
        let mut client = Self::saying(cafe, &format!("40{auth}")).await;
        let packet = client.next().await.unwrap();
        let welcome = serde_json::from_str(packet.strip_prefix("40").expect(&packet)).unwrap();
        (client, welcome)
    }

    /// Connects and joins the room.
    async fn in_room(cafe: &Cafe, room: &str) -> Self {
        let (mut client, _) = Self::connect(cafe, json!({})).await;
        client.send(&format!(r#"420["subscribe",{{"rooms":["{room}"]}}]"#)).await;
        assert!(client.next().await.unwrap().starts_with("430["));
        client
    }

    pub(crate) async fn send(&mut self, text: &str) {
        must("a write", self.0.send(Message::text(text))).await.unwrap();
    }

    /// The next message; none when the box has closed.
    pub(crate) async fn next(&mut self) -> Option<String> {
        must("a message", self.next_late()).await
    }

    /// The same, however long it takes: for a time that is only counted.
    async fn next_late(&mut self) -> Option<String> {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => Some(text.to_string()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => None,
            other => panic!("{other:?}"),
        }
    }

    /// The arguments of the next event.
    pub(crate) async fn next_event(&mut self) -> Vec<Value> {
        let packet = self.next().await.unwrap();
        serde_json::from_str(packet.strip_prefix("42").expect(&packet)).unwrap()
    }
}

#[tokio::test]
async fn who_is_in_a_room_hears_a_heartbeat_and_who_is_silent_is_gone_after_45_seconds() {
    let cafe = Cafe::open().await;
    let mut inside = Client::in_room(&cafe, "kitchen").await;
    let (mut outside, _) = Client::connect(&cafe, json!({})).await;
    tokio::time::pause();
    let began = Instant::now();
    let (mut heard, mut pinged) = (None, None);
    while let Some(message) = inside.next_late().await {
        let at = began.elapsed().as_secs();
        if message == "2" {
            pinged = Some(at);
        } else {
            assert!(message.starts_with(r#"42["heartbeat",{"timestamp":""#), "{message}");
            heard.get_or_insert(at);
        }
    }
    let gone = began.elapsed().as_secs();
    assert!(heard.is_some_and(|at| (29..=30).contains(&at)), "{heard:?}");
    assert!(pinged.is_some_and(|at| (29..=30).contains(&at)), "{pinged:?}");
    assert!((44..=45).contains(&gone), "{gone}");
    // The other one was only pinged.
    assert_eq!(outside.next_late().await.as_deref(), Some("2"));
    assert_eq!(outside.next_late().await, None);
    tokio::time::resume();
    cafe.is_empty().await;
}

#[tokio::test]
async fn an_offset_leads_back_to_the_very_packet_that_was_missed() {
    let cafe = Cafe::open().await;
    let (mut client, welcome) = Client::connect(&cafe, json!({})).await;
    assert_eq!(welcome["pid"], format!("p{}", welcome["sid"].as_str().unwrap()));
    client.send(r#"420["subscribe",{"rooms":["kitchen"]}]"#).await;
    client.next().await;
    cafe.place_order().await;
    cafe.place_order().await;
    // Each order is two packets: the older name first.
    let mut packets = Vec::new();
    for _ in 0..4 {
        packets.push(client.next_event().await);
    }
    assert_eq!(packets[0][0], "new_order");
    assert_eq!(packets[1][0], "order:created");
    drop(client);
    for had in 1..=4 {
        let offset = packets[had - 1].last().unwrap();
        let auth = json!({"pid": welcome["pid"], "offset": offset});
        let (mut client, again) = Client::connect(&cafe, auth).await;
        assert_eq!(again, welcome);
        assert_eq!(client.next_event().await[0], "reconnect_success");
        for packet in &packets[had..] {
            assert_eq!(client.next_event().await, *packet, "after {had}");
        }
        cafe.put_item("not for the kitchen").await;
        client.send("423[\"ping\"]").await;
        assert!(client.next().await.unwrap().starts_with("433["), "after {had}");
    }
}

/// No command takes a seat yet: the event is as it will be.
#[tokio::test]
async fn a_seat_is_told_under_the_older_name_too() {
    let cafe = Cafe::open().await;
    let mut client = Client::in_room(&cafe, "seats").await;
    let (seat_id, name) = ("A1".to_owned(), "Window".to_owned());
    let plan =
        Seat { seat_id: seat_id.clone(), name, width: 1, height: 1, seats: 2, ..Seat::default() };
    cafe.seat(SeatCommand::Put(plan)).await;
    let (holder, order_id) = ("kiosk 1".to_owned(), String::new());
    cafe.seat(SeatCommand::Select { seat_id: seat_id.clone(), holder, order_id }).await;
    cafe.seat(SeatCommand::Release { seat_id, holder: String::new() }).await;
    assert_eq!(client.next_event().await[0], "seat:changed");
    for name in ["seat-selected", "seat:selected", "seat:released"] {
        let event = client.next_event().await;
        assert_eq!((&event[0], &event[1]["seatId"]), (&json!(name), &json!("A1")));
        assert_eq!(event[1]["holder"], "kiosk 1");
        assert!(event[1]["expiresAt"].as_str().unwrap().ends_with('Z'), "{event:?}");
    }
}

/// The client says that it has the older packet of the order that comes next; an event without a
/// place comes before.
#[tokio::test]
async fn an_ephemeral_event_is_not_taken_for_the_one_of_which_a_part_was_had() {
    let cafe = Cafe::open().await;
    let offset = format!("{}.{}.1.kitchen,staff", cafe.epoch(), cafe.head());
    let (mut client, _) = Client::connect(&cafe, json!({"pid": "pabc", "offset": offset})).await;
    assert_eq!(client.next_event().await[0], "reconnect_success");
    cafe.hub.signal(Payload::PresenceChanged(PresenceChanged::default()));
    assert_eq!(client.next_event().await[0], "presence:changed");
    cafe.place_order().await;
    assert_eq!(client.next_event().await[0], "order:created");
}

#[tokio::test]
async fn what_proves_nothing_is_a_new_session() {
    let cafe = Cafe::open().await;
    let (epoch, head) = (cafe.epoch(), cafe.head());
    for (pid, offset) in [
        ("pabc", format!("0123456789abcdef.{head}.0.kitchen")),
        ("pabc", format!("{epoch}.{}.0.kitchen", head + 1)),
        ("pabc", format!("{epoch}.{}.0.kitchen", u64::MAX)),
        ("pabc", format!("{epoch}.{head}.0.cellar")),
        ("pabc", "nonsense".into()),
        ("pabc", String::new()),
        ("abc", format!("{epoch}.{head}.0.kitchen")),
        ("p", format!("{epoch}.{head}.0.kitchen")),
        ("p../..", format!("{epoch}.{head}.0.kitchen")),
    ] {
        let auth = json!({"pid": pid, "offset": offset});
        let (mut client, welcome) = Client::connect(&cafe, auth).await;
        assert_ne!(welcome["pid"], pid, "{offset}");
        assert_eq!(client.next_event().await[0], "reconnect_success");
    }
    for auth in [json!({"pid": 5, "offset": {}}), json!({"token": 7, "name": []})] {
        let (_, welcome) = Client::connect(&cafe, auth).await;
        assert!(welcome["sid"].is_string());
    }
}

#[tokio::test]
async fn a_client_that_is_back_ends_its_own_old_session_and_needs_no_second_place() {
    let cafe = Cafe::with_sessions(10, 1).await;
    let (mut old, welcome) = Client::connect(&cafe, json!({})).await;
    old.send(r#"42["join_kitchen",{"roomType":"kitchen"}]"#).await;
    let offset = old.next_event().await.last().unwrap().clone();
    for _ in 0..3 {
        let auth = json!({"pid": welcome["pid"], "offset": offset});
        let (back, again) = Client::connect(&cafe, auth).await;
        assert_eq!(again, welcome);
        assert_eq!(old.next().await, None, "the old one is closed");
        old = back;
        old.next_event().await;
    }
    assert_eq!(cafe.hub.stats().connections.screens().len(), 1);
    // One that is not it has no place.
    let mut stranger = Client::saying(&cafe, "40").await;
    assert_eq!(stranger.next().await.unwrap(), r#"44{"message":"Too many connections"}"#);
    drop(old);
    cafe.is_empty().await;
    Client::connect(&cafe, json!({})).await;
}

#[tokio::test]
async fn packets_that_break_the_protocol_end_the_session() {
    let cafe = Cafe::open().await;
    for wrong in
        ["4", "49", "42", "42{}", "42[]", "42[\"connect\"]", "40", "44\"x\"", "451-[\"a\"", "x"]
    {
        let mut client = Client::in_room(&cafe, "menu").await;
        client.send(wrong).await;
        assert_eq!(client.next().await, None, "{wrong}");
    }
    // Before it is connected, nothing but CONNECT is understood.
    let mut client = Client::saying(&cafe, r#"42["join_kitchen",{"roomType":"kitchen"}]"#).await;
    assert_eq!(client.next().await, None);
    // An unknown namespace is refused and the rest goes on.
    let mut client = Client::in_room(&cafe, "menu").await;
    client.send("40/admin,").await;
    assert_eq!(client.next().await.unwrap(), r#"44/admin,{"message":"Invalid namespace"}"#);
    client.send("425[\"ping\"]").await;
    assert!(client.next().await.unwrap().starts_with("435["));
    drop(client);
    cafe.is_empty().await;
}

#[tokio::test]
async fn an_answer_that_is_too_long_for_a_callback_is_refused_and_the_session_goes_on() {
    let cafe = Cafe::open().await;
    for menu_id in 1..=60 {
        let option =
            |option_id| MenuOption { option_id, name: "얼".repeat(100), ..MenuOption::default() };
        let options = (0..12).map(option).collect();
        let group = OptionGroup { name: "Ice".into(), max: 1, options, ..OptionGroup::default() };
        let name = format!("Tea {menu_id}");
        let item = MenuItem { menu_id, name, option_groups: vec![group], ..MenuItem::default() };
        cafe.submit(Command::PutMenuItem(item)).await;
    }
    let ask = r#"427["call",{"method":"kiosk.v1.MenuService/ListMenus","message":{}}]"#;
    let ping = r#"428["call",{"method":"kiosk.v1.DeviceService/WhoAmI","message":{}}]"#;
    let refused = |packet: String| {
        let [answer]: [Value; 1] = serde_json::from_str(&packet["437".len()..]).unwrap();
        assert_eq!(answer["success"], false, "{answer}");
        assert_eq!(answer["error"]["code"], "RESOURCE_EXHAUSTED", "{answer}");
    };

    let (mut client, _) = Client::connect(&cafe, json!({})).await;
    client.send(ask).await;
    refused(client.next().await.unwrap());
    client.send(ping).await;
    assert!(client.next().await.unwrap().starts_with(r#"438[{"success":true"#));

    let mut poller = Poller::try_open(cafe.address).await.unwrap();
    poller.post("40").await;
    assert!(poller.next().await.unwrap().starts_with("40{"));
    poller.post(ask).await;
    refused(poller.next().await.unwrap());
    poller.post(ping).await;
    assert!(poller.next().await.unwrap().starts_with(r#"438[{"success":true"#));
}
