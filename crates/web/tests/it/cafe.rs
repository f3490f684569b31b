//! A café of its own for each test: hub, server, and screens.

use std::{
    fs,
    net::SocketAddr,
    panic,
    sync::{
        Arc, Once,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use kiosk_domain::{
    Actor, Command, DeviceCommand, ItemWish, PlaceOrder, Quantity, SeatCommand, SecretChange,
    SecretHash, TicketClaim,
};
use kiosk_hub::{Code, Hub, Limits, Redemption, Request, Running, SystemClock};
use kiosk_proto::v1::{
    MenuItem, MenuOption, OptionGroup, Person, fulfilment::Value as Fulfilment,
    order_source::Value as OrderSource, pay_type::Value as PayType, role::Value as Role,
};
use kiosk_tls::Tls;
use kiosk_web::Origin;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpStream, task::JoinHandle};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _, http::HeaderValue},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::tunnel::{Tunnel, new_ca};

/// How long a test waits for what must come: far longer than it takes on a loaded machine.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(30);

pub(crate) struct Cafe {
    pub(crate) hub: Hub,
    /// Where clients of a test connect.
    pub(crate) address: SocketAddr,
    pub(crate) plain_address: SocketAddr,
    pub(crate) tls_address: Option<SocketAddr>,
    pub(crate) tls: Option<Tls>,
    tunnel: Option<Tunnel>,
    running: Running,
    stop: CancellationToken,
    serving: JoinHandle<()>,
    _calm: Calm,
    _dir: TempDir,
}

impl Cafe {
    pub(crate) async fn open() -> Self {
        Self::with_sessions(1_000, 1_000).await
    }

    pub(crate) async fn with_sessions(sessions_max: usize, sessions_per_client_max: usize) -> Self {
        Self::with(true, sessions_max, sessions_per_client_max, Vec::new(), false).await
    }

    /// What connects to its address is brought to the port with TLS.
    pub(crate) async fn open_behind_tls() -> Self {
        let mut cafe = Self::with(true, 1_000, 1_000, Vec::new(), true).await;
        if let (Some(tls), Some(exit)) = (&cafe.tls, cafe.tls_address) {
            let tunnel = Tunnel::to(exit, tls);
            cafe.address = tunnel.entrance;
            cafe.tunnel = Some(tunnel);
        }
        cafe
    }

    /// Pages of those sites may use it.
    pub(crate) async fn with_origins(origins: Vec<Origin>) -> Self {
        Self::with(true, 1_000, 1_000, origins, false).await
    }

    /// Lets in who shows credentials, and nobody else.
    pub(crate) async fn closed() -> Self {
        Self::with(false, 1_000, 1_000, Vec::new(), false).await
    }

    pub(crate) async fn closed_with_origins(origins: Vec<Origin>) -> Self {
        Self::with(false, 1_000, 1_000, origins, false).await
    }

    pub(crate) async fn closed_with_sessions(sessions_per_client_max: usize) -> Self {
        Self::with(false, 1_000, sessions_per_client_max, Vec::new(), false).await
    }

    async fn with(
        is_open: bool,
        sessions_max: usize,
        sessions_per_client_max: usize,
        origins: Vec<Origin>,
        has_tls: bool,
    ) -> Self {
        // A test may ask more often than anyone would.
        let limits = Limits {
            connections_per_address_per_second: 0,
            calls_per_second: 0,
            requests_per_address_per_second: 0,
            ..Limits::default()
        };
        let dir = tempfile::tempdir().unwrap();
        let (hub, running) = kiosk_hub::start(kiosk_hub::Config {
            data_dir: dir.path().into(),
            free_bytes_min: 0,
            clock: Arc::new(SystemClock),
            is_open,
            limits,
        })
        .unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let tls = has_tls.then(|| new_ca(&dir));
        let config = kiosk_web::Config { listen, sessions_max, sessions_per_client_max, origins };
        let services = kiosk_grpc::Services::new(&hub);
        let mut server = config.bind(hub.clone(), services, kiosk_proto::descriptors()).unwrap();
        if let Some(tls) = &tls {
            server = server.with_tls(tls, Some(listen)).unwrap();
        }
        let (address, tls_address) = (server.local_addr(), server.tls_addr());
        let stop = CancellationToken::new();
        let serving = tokio::spawn(server.serve(stop.clone()));
        let cafe = Self {
            hub,
            address,
            plain_address: address,
            tls_address,
            tls,
            tunnel: None,
            running,
            stop,
            serving,
            _calm: Calm::new(),
            _dir: dir,
        };
        cafe.put_item("Americano").await;
        cafe
    }

    /// A new device's id and token.
    pub(crate) async fn pair(&self, role: Role) -> (i32, String) {
        let (access, id) = (self.hub.access(), Uuid::new_v4().as_u128());
        let by = Person { id: 0, name: "test".into() };
        let code = access.create_code(Code::new(role, String::new(), by), id).unwrap();
        let Redemption { role, name, by, token, token_hash } =
            access.redeem(code.text.expose(), id, None).unwrap();
        let address = String::new();
        let pair = DeviceCommand::Pair { role, name, token_hash, address, paired_by: by };
        self.submit(Command::Device(pair)).await;
        access.settle(id, true);
        let snapshot = self.hub.snapshot();
        (snapshot.state.devices().last().unwrap().device.device_id, token)
    }

    pub(crate) async fn revoke(&self, device_id: i32) {
        let revoke = DeviceCommand::Revoke { device_id, reason: String::new() };
        self.submit(Command::Device(revoke)).await;
    }

    pub(crate) async fn submit(&self, command: Command) -> u64 {
        submit(&self.hub, command).await
    }

    /// Makes one event, `menu:item_changed`; its number.
    pub(crate) async fn put_item(&self, name: &str) -> u64 {
        put_item(&self.hub, name).await
    }

    /// Makes one event, `order:created`; its number.
    pub(crate) async fn place_order(&self) -> u64 {
        let item = ItemWish {
            menu_id: 1,
            quantity: Quantity::new(1).unwrap(),
            options: vec![],
            note: String::new(),
        };
        let order = PlaceOrder {
            items: vec![item],
            pay_type: PayType::Card,
            cell_id: None,
            member: None,
            fulfilment: Fulfilment::DineIn,
            note: String::new(),
            table: String::new(),
            buzzer_id: String::new(),
            source: OrderSource::Kiosk,
            external_id: String::new(),
            expected_total: None,
            seat_id: String::new(),
            seat_holder: String::new(),
            ticket: TicketClaim::Absent,
        };
        submit(&self.hub, Command::PlaceOrder(order)).await
    }

    /// Puts a member with a PIN into cell 1, which is made if it is not there.
    pub(crate) async fn put_member(&self, name: &str, pin_hash: &str) {
        let cell = Command::PutCell { cell_id: 1, name: "Choir".into(), credit_limit: 0 };
        submit(&self.hub, cell).await;
        let pin = SecretChange::Set(SecretHash::new(pin_hash.into()).unwrap());
        let (cell_id, member_id, name) = (1, 0, name.into());
        submit(&self.hub, Command::PutCellMember { cell_id, member_id, name, pin }).await;
    }

    /// As it was written: what a wire does not show, the journal may have.
    pub(crate) fn journal_has(&self, text: &str) -> bool {
        let segments = fs::read_dir(self._dir.path().join("journal")).unwrap();
        let mut bytes = segments.flat_map(|file| fs::read(file.unwrap().path()));
        bytes.any(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
    }

    /// Makes one event of seats.
    pub(crate) async fn seat(&self, command: SeatCommand) -> u64 {
        submit(&self.hub, Command::Seat(command)).await
    }

    pub(crate) async fn set(&self, key: &str, value: &str) {
        submit(&self.hub, Command::SetSetting { key: key.into(), value: value.into() }).await;
    }

    /// Makes that many events while the test goes on.
    pub(crate) fn put_items_meanwhile(&self, count: usize) -> JoinHandle<()> {
        let hub = self.hub.clone();
        tokio::spawn(async move {
            for number in 0..count {
                put_item(&hub, &format!("Tea {number}")).await;
            }
        })
    }

    /// Makes that many events of about 4 KiB each, as fast as they are committed.
    pub(crate) async fn put_large_items(&self, count: usize) {
        let option = |option_id| MenuOption {
            option_id,
            name: "얼".repeat(100),
            price_delta: 0,
            ..Default::default()
        };
        let options = (0..12).map(option).collect();
        let group =
            OptionGroup { name: "Ice".into(), min: 0, max: 1, options, ..Default::default() };
        for number in 0..count {
            let item = MenuItem {
                menu_id: 1,
                name: format!("Tea {number}"),
                option_groups: vec![group.clone()],
                ..Default::default()
            };
            submit(&self.hub, Command::PutMenuItem(item)).await;
        }
    }

    pub(crate) fn head(&self) -> u64 {
        self.hub.snapshot().position.seq
    }

    pub(crate) fn epoch(&self) -> String {
        self.hub.snapshot().position.epoch.to_string()
    }

    /// Waits until the server has seen that all screens have left.
    pub(crate) async fn is_empty(&self) {
        let empty = async {
            while !self.hub.stats().connections.screens().is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        must("the end of the sessions", empty).await;
    }

    /// Stops as the service does.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        must("the end of the hub", self.running.drain()).await.unwrap();
        must("the end of the server", self.serving).await.unwrap();
    }
}

/// Fails the test if anything has panicked meanwhile: a task that does so ends in silence.
struct Calm;

static PANICS: AtomicUsize = AtomicUsize::new(0);

impl Calm {
    fn new() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let hook = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                PANICS.fetch_add(1, Ordering::SeqCst);
                hook(info);
            }));
        });
        Self
    }
}

impl Drop for Calm {
    fn drop(&mut self) {
        if !thread::panicking() {
            assert_eq!(PANICS.load(Ordering::SeqCst), 0, "a task has panicked");
        }
    }
}

async fn put_item(hub: &Hub, name: &str) -> u64 {
    // The same item, so that the menu does not fill up.
    let item = MenuItem { menu_id: 1, name: name.into(), ..Default::default() };
    submit(hub, Command::PutMenuItem(item)).await
}

/// The number of its last event.
async fn submit(hub: &Hub, command: Command) -> u64 {
    let actor = Actor { role: Role::Admin, id: 0, name: "test".into() };
    let request_id = Uuid::new_v4().as_u128();
    let request = Request { request_id, fingerprint: 0, command, actor };
    must("a commit", hub.submit(request)).await.unwrap().position.seq
}

/// Waits for what must come.
pub(crate) async fn must<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(WAIT_MAX, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what} did not come within {WAIT_MAX:?}"),
    }
}

/// A WebSocket client of the native dialect.
pub(crate) struct Screen {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// What it was greeted with.
    pub(crate) hello: Value,
}

impl Screen {
    pub(crate) async fn connect(cafe: &Cafe) -> Self {
        Self::connect_with(cafe, "").await.unwrap()
    }

    /// Connects with a query such as `?epoch=…&seq=…`.
    pub(crate) async fn connect_with(cafe: &Cafe, query: &str) -> Result<Self, Error> {
        let screen = Self::connect_speaking(cafe, query, "kiosk.v1.json").await?;
        assert_eq!(screen.hello["event"], "hello");
        Ok(screen)
    }

    /// Connects, and agrees on a dialect.
    pub(crate) async fn connect_speaking(
        cafe: &Cafe,
        query: &str,
        dialect: &'static str,
    ) -> Result<Self, Error> {
        Self::connect_at(cafe.address, query, dialect).await
    }

    /// The same, to any server.
    pub(crate) async fn connect_at(
        address: SocketAddr,
        query: &str,
        dialect: &'static str,
    ) -> Result<Self, Error> {
        let mut request = format!("ws://{address}/ws{query}").into_client_request()?;
        let dialect = HeaderValue::from_static(dialect);
        request.headers_mut().insert("sec-websocket-protocol", dialect);
        let (socket, _) = must("a handshake", connect_async(request)).await?;
        let mut screen = Self { socket, hello: Value::Null };
        screen.hello = screen.next().await;
        Ok(screen)
    }

    /// A screen of whoever has that token.
    pub(crate) async fn with_token(cafe: &Cafe, token: &str) -> Self {
        Self::connect_with(cafe, &format!("?token={token}")).await.unwrap()
    }

    /// The answer to the frame of that id, whatever else comes before it.
    pub(crate) async fn answer(&mut self, id: &str) -> Value {
        loop {
            let frame = self.next().await;
            if frame["id"] == id {
                return frame;
            }
        }
    }

    /// The next frame, which must come.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            match must("a frame", self.socket.next()).await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                end => panic!("no frame, but {end:?}"),
            }
        }
    }

    /// The number of the next frame, which must be an event.
    pub(crate) async fn next_seq(&mut self) -> u64 {
        let frame = self.next().await;
        frame["seq"].as_u64().unwrap_or_else(|| panic!("no event, but {frame}"))
    }

    /// The code that the server closes with, whatever it still says before.
    pub(crate) async fn close_code(&mut self) -> u16 {
        loop {
            match must("a close", self.socket.next()).await {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                end => panic!("no close frame, but {end:?}"),
            }
        }
    }

    pub(crate) async fn send(&mut self, event: &str, id: &str, data: Value) {
        let frame = json!({"event": event, "id": id, "data": data});
        self.send_raw(Message::text(frame.to_string())).await;
    }

    pub(crate) async fn send_raw(&mut self, message: Message) {
        must("a write", self.socket.send(message)).await.unwrap();
    }

    /// Sends a frame; the answer, which must come before any event.
    pub(crate) async fn ask(&mut self, event: &str, data: Value) -> Value {
        self.send(event, "q", data).await;
        let answer = self.next().await;
        assert_eq!(answer["id"], "q", "{answer}");
        answer
    }
}
