//! The embedded broker of a box that asks for credentials, with Debian's clients.

use std::io;
use std::net::SocketAddr;

use kiosk_domain::{Command, DeviceCommand};
use kiosk_mqtt::{Broker, BrokerConfig, Link, LinkConfig, LinkEvent};
use kiosk_proto::v1::{audit_entry::Kind, event::Payload, role::Value as Role};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::cafe::Cafe;
use crate::mosquitto::{ANSWER_MAX, Subscriber, publish, try_publish};

pub(crate) const GRANTED: u8 = 0;
/// A CONNACK's return codes of MQTT 3.1.1.
const BAD_CLIENT_ID: u8 = 2;
const WRONG: u8 = 4;
pub(crate) const NOT_AUTHORIZED: u8 = 5;
/// A SUBACK's, for one filter.
const SUBSCRIBED: u8 = 1;
const NOT_SUBSCRIBED: u8 = 0x80;

struct Shop {
    cafe: Cafe,
    broker: Broker,
    _dir: TempDir,
}

struct Device {
    id: i32,
    user: String,
    token: String,
}

impl Shop {
    async fn open() -> Self {
        let dir = TempDir::new().unwrap();
        let cafe = Cafe::open_closed(dir.path()).await;
        let listen = ([127, 0, 0, 1], 0).into();
        let config = BrokerConfig { listen, ..BrokerConfig::default() };
        let broker = Broker::start(config, cafe.hub.clone()).await.unwrap();
        Self { cafe, broker, _dir: dir }
    }

    async fn close(self) {
        self.broker.stop().await;
        self.cafe.close().await;
    }

    fn address(&self) -> SocketAddr {
        self.broker.local_addr()
    }

    async fn pair(&self, role: Role, name: &str) -> Device {
        let (id, token) = self.cafe.pair(role, name).await;
        Device { id, user: format!("device-{id}"), token }
    }

    async fn connect(&self, client_id: &str, user: &str, password: &str) -> (Client, u8) {
        Client::connect(self.address(), client_id, Some((user, password)), None).await.unwrap()
    }

    async fn connected(&self, client_id: &str, device: &Device) -> Client {
        let (client, code) = self.connect(client_id, &device.user, &device.token).await;
        assert_eq!(code, GRANTED);
        client
    }

    /// Waits until the record has an entry of that kind.
    async fn is_told(&self, kind: Kind) {
        let mut follower = self.cafe.hub.follow(&self.cafe.hub.stats().mqtt);
        follower.seek(0);
        let told = async {
            loop {
                let events = follower.next().await.unwrap();
                let is_it = |payload: &Payload| matches!(payload, Payload::AuditRecorded(entry) if entry.kind() == kind);
                if events.iter().any(|it| it.event.payload.as_ref().is_some_and(is_it)) {
                    return;
                }
            }
        };
        timeout(ANSWER_MAX, told).await.expect("an entry in time");
    }

    /// With full rights.
    async fn bridge(&self) -> Link {
        let mut link = Link::new(LinkConfig {
            broker: self.address().into(),
            client_id: "kioskd-cafe".to_owned(),
            credentials: Some(self.broker.bridge_credentials().clone()),
            availability_topic: "kiosk/cafe/availability".to_owned(),
            subscriptions: vec!["kiosk/cafe/buzzer/+/ack".to_owned()],
        });
        assert_eq!(timeout(ANSWER_MAX, link.next()).await.unwrap(), LinkEvent::Up);
        link
    }
}

impl Device {
    fn options(&self) -> [&str; 4] {
        ["-u", &self.user, "-P", &self.token]
    }
}

/// A raw MQTT 3.1.1 client, which sees each code.
pub(crate) struct Client(TcpStream);

impl Client {
    pub(crate) async fn connect(
        address: SocketAddr,
        client_id: &str,
        login: Option<(&str, &str)>,
        will: Option<(&str, &str)>,
    ) -> io::Result<(Self, u8)> {
        let mut stream = TcpStream::connect(address).await?;
        let login_flag = if login.is_some() { 0xc0 } else { 0 };
        let will_flag = if will.is_some() { 0x04 } else { 0 };
        let mut body = b"\x00\x04MQTT\x04".to_vec();
        // Clean session; 60 s.
        body.extend([0x02 | login_flag | will_flag, 0, 60]);
        let texts = [Some(client_id), will.map(|it| it.0), will.map(|it| it.1)];
        let login = [login.map(|it| it.0), login.map(|it| it.1)];
        texts.into_iter().chain(login).flatten().for_each(|text| push(&mut body, text));
        stream.write_all(&packet(0x10, &body)).await?;
        let mut connack = [0; 4];
        timeout(ANSWER_MAX, stream.read_exact(&mut connack)).await??;
        Ok((Self(stream), connack[3]))
    }

    /// The code of the SUBACK.
    pub(crate) async fn subscribe(&mut self, filter: &str) -> u8 {
        let mut body = vec![0, 7];
        push(&mut body, filter);
        body.push(1);
        self.0.write_all(&packet(0x82, &body)).await.unwrap();
        let mut suback = [0; 5];
        timeout(ANSWER_MAX, self.0.read_exact(&mut suback)).await.unwrap().unwrap();
        assert_eq!(suback[..4], [0x90, 3, 0, 7]);
        suback[4]
    }

    /// Whether the broker has answered by closing.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        timeout(ANSWER_MAX, self.0.read_to_end(&mut rest)).await.is_ok()
    }
}

fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![kind];
    let mut rest = body.len();
    loop {
        let more = if rest > 127 { 0x80 } else { 0 };
        packet.push((rest % 128) as u8 | more);
        rest /= 128;
        if rest == 0 {
            break;
        }
    }
    [packet, body.to_vec()].concat()
}

fn push(body: &mut Vec<u8>, text: &str) {
    body.extend((text.len() as u16).to_be_bytes());
    body.extend(text.as_bytes());
}

#[tokio::test]
async fn only_a_devices_token_with_its_own_user_name_is_let_in() {
    let shop = Shop::open().await;
    let [first, second] = [shop.pair(Role::Device, "12").await, shop.pair(Role::Board, "B").await];
    let order_token = "ko.ORD-1-a.x".to_owned();
    for (user, password, code) in [
        (&first.user, &first.token, GRANTED),
        (&second.user, &second.token, GRANTED),
        (&first.user, &second.token, WRONG),
        (&first.user, &first.user, WRONG),
        (&first.user, &order_token, WRONG),
        (&"kioskd".to_owned(), &first.token, WRONG),
        (&String::new(), &first.token, WRONG),
    ] {
        assert_eq!(shop.connect("c", user, password).await.1, code, "{user} {password}");
    }
    let (_, code) = Client::connect(shop.address(), "c", None, None).await.unwrap();
    assert_eq!(code, NOT_AUTHORIZED);
    let (_, code) = shop.connect("kioskd-cafe", &first.user, &first.token).await;
    assert_eq!(code, BAD_CLIENT_ID, "the bridge's own");
    shop.is_told(Kind::TokenRefused).await;
    shop.close().await;
}

#[tokio::test]
async fn a_customers_token_is_for_other_wires() {
    let shop = Shop::open().await;
    let order_id = shop.cafe.order("").await;
    let token = {
        let snapshot = shop.cafe.hub.snapshot();
        shop.cafe.hub.access().order_token(snapshot.state.order(&order_id).unwrap())
    };
    assert_eq!(shop.connect("c", "customer", &token).await.1, NOT_AUTHORIZED);
    shop.close().await;
}

#[tokio::test]
async fn a_subscription_that_could_match_more_is_refused_and_the_connection_goes_on() {
    let shop = Shop::open().await;
    let buzzer = shop.pair(Role::Device, "12").await;
    let mut client = shop.connected("DVES_123456", &buzzer).await;
    for denied in [
        "#",
        "+/cafe/board",
        "kiosk/cafe/#",
        "kiosk/cafe/event/+/+",
        "kiosk/cafe/buzzer/13/call",
        "kiosk/cafe/buzzer/+/call",
        "kiosk/cafe/event/cell/balance_changed",
        "$share/g/#",
        "$share/g/kiosk/cafe/buzzer/+/call",
        "$SYS/#",
        "homeassistant/#",
    ] {
        assert_eq!(client.subscribe(denied).await, NOT_SUBSCRIBED, "{denied}");
    }
    for allowed in ["kiosk/cafe/buzzer/12/call", "kiosk/cafe/board", "kiosk/cafe/order/+/state"] {
        assert_eq!(client.subscribe(allowed).await, SUBSCRIBED, "{allowed}");
    }
    shop.is_told(Kind::CallRefused).await;
    shop.close().await;
}

#[tokio::test]
async fn what_a_device_must_not_say_nobody_hears_in_either_protocol_version() {
    let shop = Shop::open().await;
    let [buzzer, admin] =
        [shop.pair(Role::Device, "12").await, shop.pair(Role::Admin, "Office").await];
    let mut all = Subscriber::start(shop.address(), "kiosk/#", &admin.options()).await;
    for version in ["311", "5"] {
        let own = [&buzzer.options()[..], &["-V", version]].concat();
        // QoS 0: at QoS 1 a refusal ends mosquitto_pub with an error, or not, by version.
        for topic in [
            "kiosk/cafe/board",
            "kiosk/cafe/event/order/created",
            "kiosk/cafe/buzzer/12/call",
            "kiosk/cafe/buzzer/13/ack",
            "kiosk/cafe/order/ORD-1-a/state",
            "kiosk/cafe/availability",
        ] {
            publish(shop.address(), topic, "forged", &[&own[..], &["-q", "0", "-r"]].concat())
                .await;
        }
        publish(shop.address(), "kiosk/cafe/buzzer/12/ack", "{}", &own).await;
        assert_eq!(all.message().await, "kiosk/cafe/buzzer/12/ack {}");
    }
    let mut later = Subscriber::start(shop.address(), "kiosk/#", &admin.options()).await;
    publish(shop.address(), "kiosk/end", "", &admin.options()).await;
    assert_eq!(later.message().await, "kiosk/end (null)", "nothing was kept");
    shop.close().await;
}

#[tokio::test]
async fn at_qos_1_a_refused_publish_is_told_in_the_form_of_version_5() {
    let shop = Shop::open().await;
    let buzzer = shop.pair(Role::Device, "12").await;
    let mut client = shop.connected("c", &buzzer).await;
    let mut body = Vec::new();
    push(&mut body, "kiosk/cafe/board");
    body.extend([0, 9]);
    client.0.write_all(&packet(0x32, &body)).await.unwrap();
    let mut puback = [0; 64];
    let read = timeout(ANSWER_MAX, client.0.read(&mut puback)).await.unwrap().unwrap();
    // To a client of 3.1.1 too, which has no other way to hear of it, and most end by that.
    assert_eq!((read, &puback[2..5]), (34, &[0, 9, 0x87][..]));
    let own = [&buzzer.options()[..], &["-V", "5"]].concat();
    let said = try_publish(shop.address(), "kiosk/cafe/board", "forged", &own).await;
    assert!(said.contains("Not authorized"), "{said}");
    shop.close().await;
}

#[tokio::test]
async fn a_last_will_is_said_only_where_its_client_may() {
    let shop = Shop::open().await;
    let [buzzer, admin] =
        [shop.pair(Role::Device, "12").await, shop.pair(Role::Admin, "Office").await];
    let mut all = Subscriber::start(shop.address(), "kiosk/#", &admin.options()).await;
    let login = Some((&*buzzer.user, &*buzzer.token));
    for topic in ["kiosk/cafe/availability", "kiosk/cafe/buzzer/12/status"] {
        let will = Some((topic, "offline"));
        let (client, code) = Client::connect(shop.address(), "c", login, will).await.unwrap();
        assert_eq!(code, GRANTED, "a stock gadget has a will of its own");
        drop(client);
    }
    assert_eq!(all.message().await, "kiosk/cafe/buzzer/12/status offline");
    shop.close().await;
}

#[tokio::test]
async fn a_client_id_is_the_one_devices_that_has_a_session_by_it() {
    let shop = Shop::open().await;
    let [owner, other] = [shop.pair(Role::Device, "12").await, shop.pair(Role::Device, "13").await];
    let mut first = shop.connected("DVES_123456", &owner).await;
    let (_, code) = shop.connect("DVES_123456", &other.user, &other.token).await;
    assert_eq!(code, NOT_AUTHORIZED);
    assert_eq!(first.subscribe("kiosk/cafe/board").await, SUBSCRIBED, "it is still there");
    // Itself, come back after a cut that the broker has not noticed.
    let mut again = shop.connected("DVES_123456", &owner).await;
    assert!(first.is_closed().await);
    assert_eq!(again.subscribe("kiosk/cafe/board").await, SUBSCRIBED);
    shop.close().await;
}

#[tokio::test]
async fn one_connection_of_a_device_too_many_is_refused() {
    let shop = Shop::open().await;
    let [buzzer, other] =
        [shop.pair(Role::Device, "12").await, shop.pair(Role::Device, "13").await];
    let mut clients = Vec::new();
    for n in 0..8 {
        clients.push(shop.connected(&n.to_string(), &buzzer).await);
    }
    assert_ne!(shop.connect("8", &buzzer.user, &buzzer.token).await.1, GRANTED);
    shop.connected("8", &other).await;
    drop(clients.pop());
    // The broker learns of the close in its own time; each refusal is an answer to wait for.
    while shop.connect("8", &buzzer.user, &buzzer.token).await.1 != GRANTED {}
    shop.close().await;
}

#[tokio::test]
async fn who_is_revoked_is_put_out_and_leaves_nothing_behind() {
    let shop = Shop::open().await;
    let [buzzer, heir] = [shop.pair(Role::Device, "12").await, shop.pair(Role::Device, "13").await];
    let mut client = shop.connected("pager", &buzzer).await;
    assert_eq!(client.subscribe("kiosk/cafe/buzzer/12/call").await, SUBSCRIBED);
    shop.cafe.revoke(buzzer.id).await;
    assert!(client.is_closed().await);
    assert_eq!(shop.connect("pager", &buzzer.user, &buzzer.token).await.1, WRONG);
    // The session is gone, or its client id would still be the other's.
    while shop.connect("pager", &heir.user, &heir.token).await.1 != GRANTED {}
    shop.close().await;
}

#[tokio::test]
async fn a_gadget_that_is_paired_anew_keeps_its_client_id() {
    let shop = Shop::open().await;
    let buzzer = shop.pair(Role::Device, "12").await;
    let options = [&buzzer.options()[..], &["-q", "1", "-c", "-i", "DVES_123456"]].concat();
    let topic = "kiosk/cafe/buzzer/12/call";
    // It is away, with a session.
    Subscriber::start(shop.address(), topic, &options).await.kill().await;
    shop.cafe.revoke(buzzer.id).await;
    let again = shop.pair(Role::Device, "12").await;
    let mut client = shop.connected("DVES_123456", &again).await;
    assert_eq!(client.subscribe(topic).await, SUBSCRIBED);
    shop.close().await;
}

#[tokio::test]
async fn who_is_renamed_comes_back_with_other_rights() {
    let shop = Shop::open().await;
    let [buzzer, namesake] =
        [shop.pair(Role::Device, "12").await, shop.pair(Role::Device, "12").await];
    let (old, new) = ("kiosk/cafe/buzzer/12/call", "kiosk/cafe/buzzer/13/call");
    let mut second = shop.connected("second", &namesake).await;
    assert_eq!(second.subscribe(old).await, NOT_SUBSCRIBED, "a name is the older device's");
    let mut client = shop.connected("pager", &buzzer).await;
    assert_eq!(client.subscribe(old).await, SUBSCRIBED);
    let (device_id, name) = (buzzer.id, "13".to_owned());
    shop.cafe.submit(Command::Device(DeviceCommand::Rename { device_id, name })).await;
    assert!(client.is_closed().await);
    assert!(second.is_closed().await, "the name is its own now");
    let mut client = shop.connected("pager", &buzzer).await;
    assert_eq!(client.subscribe(old).await, NOT_SUBSCRIBED);
    assert_eq!(client.subscribe(new).await, SUBSCRIBED);
    let mut second = shop.connected("second", &namesake).await;
    assert_eq!(second.subscribe(old).await, SUBSCRIBED);
    shop.close().await;
}

#[tokio::test]
async fn the_bridge_says_everything_and_hears_the_buzzers() {
    let shop = Shop::open().await;
    let buzzer = shop.pair(Role::Device, "12").await;
    let mut availability =
        Subscriber::start(shop.address(), "kiosk/cafe/availability", &buzzer.options()).await;
    let mut bridge = shop.bridge().await;
    let heard = tokio::spawn(timeout(ANSWER_MAX, async move {
        loop {
            if let LinkEvent::Message { topic, .. } = bridge.next().await {
                return topic;
            }
        }
    }));
    // It says so after it has subscribed.
    assert_eq!(availability.message().await, "kiosk/cafe/availability online");
    publish(shop.address(), "kiosk/cafe/buzzer/12/ack", "{}", &buzzer.options()).await;
    assert_eq!(heard.await.unwrap().unwrap(), "kiosk/cafe/buzzer/12/ack");
    shop.close().await;
}
