//! A café of its own for each test: hub, server, and a client's connection.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use kiosk_domain::{Actor, Adjustment, Amount, Command, DeviceCommand};
use kiosk_hub::{Clock, Code, Committed, Hub, Limits, Request, Running};
use kiosk_proto::{
    Timestamp,
    v1::{
        MenuItem, MenuOption, OptionGroup, Person, PlaceOrderItem, PlaceOrderRequest,
        RedeemPairingCodeRequest, device_service_client::DeviceServiceClient,
        order_source::Value as OrderSource, pay_type::Value as PayType, role::Value as Role,
    },
};
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use uuid::Uuid;

/// How long a test waits for what must come: far longer than it takes on a loaded machine.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// 2026-11-20, noon in Seoul.
const NOON_MS: i64 = 1_795_143_600_000;

pub(crate) const AMERICANO: i32 = 1;
pub(crate) const SOLD_OUT_LATTE: i32 = 2;
/// One is left.
pub(crate) const LAST_CAKE: i32 = 3;
/// Needs one of the options 41 and 42.
pub(crate) const TEA: i32 = 4;
/// Costs as much as an item may.
pub(crate) const BANQUET: i32 = 5;

/// Has 10,000 points.
pub(crate) const CHOIR: i32 = 1;
/// Has −3,000 points, and a credit of 5,000.
pub(crate) const YOUTH: i32 = 2;

pub(crate) struct Cafe {
    pub(crate) hub: Hub,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) address: SocketAddr,
    pub(crate) channel: Channel,
    running: Running,
    stop: CancellationToken,
    serving: JoinHandle<()>,
    is_open: bool,
    _dir: TempDir,
}

impl Cafe {
    pub(crate) async fn open() -> Self {
        Self::open_furnished(true, Limits::default()).await
    }

    /// Lets in who shows credentials, and nobody else; a test may ask more often than anyone would.
    pub(crate) async fn open_closed() -> Self {
        let limits = Limits {
            connections_per_address_per_second: 0,
            calls_per_second: 0,
            requests_per_address_per_second: 0,
            ..Limits::default()
        };
        Self::open_limited(limits).await
    }

    /// The same, with limits of its own.
    pub(crate) async fn open_limited(limits: Limits) -> Self {
        Self::open_furnished(false, limits).await
    }

    async fn open_furnished(is_open: bool, limits: Limits) -> Self {
        let cafe = Self::open_in(tempfile::tempdir().unwrap(), 0, is_open, limits).await;
        for command in furnishing() {
            cafe.submit(command).await;
        }
        cafe
    }

    /// An empty one, whose disk counts as full below that many free bytes.
    pub(crate) async fn open_with(free_bytes_min: u64) -> Self {
        Self::open_in(tempfile::tempdir().unwrap(), free_bytes_min, true, Limits::default()).await
    }

    async fn open_in(dir: TempDir, free_bytes_min: u64, is_open: bool, limits: Limits) -> Self {
        let clock = Arc::new(TestClock::new());
        let (hub, running) = kiosk_hub::start(kiosk_hub::Config {
            data_dir: dir.path().into(),
            free_bytes_min,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            is_open,
            limits,
        })
        .unwrap();
        let config = kiosk_grpc::Config { listen: "127.0.0.1:0".parse().unwrap() };
        let server = config.bind(kiosk_grpc::Services::new(&hub)).unwrap();
        let address = server.local_addr();
        let stop = CancellationToken::new();
        let serve = server.serve(stop.clone());
        let serving = tokio::spawn(async move { serve.await.unwrap() });
        let channel = connect(address).await.unwrap();
        Self { hub, clock, address, channel, running, stop, serving, is_open, _dir: dir }
    }

    /// Commits a command that must succeed.
    pub(crate) async fn submit(&self, command: Command) -> Committed {
        must("a commit", self.hub.submit(request(command))).await.unwrap()
    }

    /// A new device's id and token.
    pub(crate) async fn pair(&self, role: Role) -> (i32, String) {
        let by = Person { id: 0, name: "test".into() };
        let code = Code::new(role, String::new(), by);
        let code = self.hub.access().create_code(code, Uuid::new_v4().as_u128()).unwrap();
        let request = RedeemPairingCodeRequest {
            request_id: uuid(),
            code: code.text.expose().into(),
            ..Default::default()
        };
        let mut devices = DeviceServiceClient::new(self.channel.clone());
        let paired = must("a device", devices.redeem_pairing_code(request)).await.unwrap();
        let paired = paired.into_inner();
        (paired.device.unwrap().device_id, paired.token)
    }

    pub(crate) async fn revoke(&self, device_id: i32) {
        let revoke = DeviceCommand::Revoke { device_id, reason: String::new() };
        self.submit(Command::Device(revoke)).await;
    }

    /// The store is written behind the journal.
    pub(crate) async fn store_has_all(&self) {
        let caught_up = async {
            while self.hub.history().unwrap().applied().seq < self.head() {
                tokio::task::yield_now().await;
            }
        };
        must("the store", caught_up).await;
    }

    pub(crate) fn head(&self) -> u64 {
        self.hub.snapshot().position.seq
    }

    /// Ends, and opens the same directory again, at noon; `meanwhile` may do something to it.
    pub(crate) async fn restart(self, meanwhile: impl FnOnce(&Path)) -> Self {
        let is_open = self.is_open;
        let closing = self.stop().await;
        closing.stop.cancel();
        must("the end of the server", closing.serving).await.unwrap();
        meanwhile(closing._dir.path());
        Self::open_in(closing._dir, 0, is_open, Limits::default()).await
    }

    /// Stops the hub as the service does; the server goes on until [`Cafe::close`].
    pub(crate) async fn stop(self) -> Closing {
        must("the end of the hub", self.running.drain()).await.unwrap();
        Closing { stop: self.stop, serving: self.serving, _dir: self._dir }
    }
}

/// A café whose hub has stopped.
pub(crate) struct Closing {
    stop: CancellationToken,
    serving: JoinHandle<()>,
    _dir: TempDir,
}

impl Closing {
    pub(crate) async fn end(self) {
        self.stop.cancel();
        must("the end of the server", self.serving).await.unwrap();
    }
}

pub(crate) async fn connect(address: SocketAddr) -> Result<Channel, tonic::transport::Error> {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    must("a connection", endpoint.connect()).await
}

pub(crate) fn request(command: Command) -> Request {
    let actor = Actor { role: Role::Admin, id: 0, name: "test".into() };
    Request { request_id: Uuid::new_v4().as_u128(), fingerprint: 0, command, actor }
}

/// Waits for what must come.
pub(crate) async fn must<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(WAIT_MAX, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what} did not come within {WAIT_MAX:?}"),
    }
}

pub(crate) fn uuid() -> String {
    Uuid::new_v4().to_string()
}

/// An order of the POS over that many of an item, paid by card.
pub(crate) fn wish(menu_id: i32, quantity: i32) -> PlaceOrderRequest {
    PlaceOrderRequest {
        request_id: uuid(),
        items: vec![PlaceOrderItem { menu_id, quantity, ..Default::default() }],
        pay_type: PayType::Card.into(),
        source: OrderSource::Pos.into(),
        ..Default::default()
    }
}

fn furnishing() -> impl Iterator<Item = Command> {
    let item = |menu_id, name: &str, price| MenuItem {
        menu_id,
        name: name.into(),
        price,
        ..Default::default()
    };
    let option = |option_id, name: &str| MenuOption {
        option_id,
        name: name.into(),
        price_delta: 0,
        ..Default::default()
    };
    let size = OptionGroup {
        name: "size".into(),
        min: 1,
        max: 1,
        options: vec![option(41, "small"), option(42, "large")],
        ..Default::default()
    };
    let items = [
        item(AMERICANO, "Americano", 4_000),
        MenuItem { is_sold_out: true, ..item(SOLD_OUT_LATTE, "Latte", 4_500) },
        MenuItem { remaining: Some(1), ..item(LAST_CAKE, "Cake", 6_000) },
        MenuItem { option_groups: vec![size], ..item(TEA, "Tea", 5_000) },
        item(BANQUET, "Banquet", 100_000_000),
    ];
    let cell = |cell_id, name: &str, credit_limit| Command::PutCell {
        cell_id,
        name: name.into(),
        credit_limit,
    };
    let charge = Command::ChargeCell {
        cell_id: CHOIR,
        amount: Amount::new(10_000).unwrap(),
        reason: String::new(),
    };
    let debt = Command::AdjustCell {
        cell_id: YOUTH,
        amount: Adjustment::new(-3_000).unwrap(),
        reason: "debt".into(),
    };
    let cells = [cell(CHOIR, "Choir", 0), cell(YOUTH, "Youth", 5_000), charge, debt];
    items.map(Command::PutMenuItem).into_iter().chain(cells)
}

/// Stands still unless the test moves it. While it is stopped the writer waits for it, so that
/// commands stay where they are.
pub(crate) struct TestClock {
    state: Mutex<ClockState>,
    started: Condvar,
    waited_for: watch::Sender<bool>,
}

struct ClockState {
    now_ms: i64,
    is_stopped: bool,
}

impl TestClock {
    fn new() -> Self {
        let state = Mutex::new(ClockState { now_ms: NOON_MS, is_stopped: false });
        Self { state, started: Condvar::new(), waited_for: watch::Sender::new(false) }
    }

    pub(crate) fn advance(&self, duration: Duration) {
        self.state.lock().unwrap().now_ms += i64::try_from(duration.as_millis()).unwrap();
    }

    pub(crate) fn set_back(&self, duration: Duration) {
        self.state.lock().unwrap().now_ms -= i64::try_from(duration.as_millis()).unwrap();
    }

    pub(crate) fn stop(&self) {
        self.state.lock().unwrap().is_stopped = true;
    }

    /// Returns when the writer waits for a clock that was stopped.
    pub(crate) async fn waited_for(&self) {
        let mut waited_for = self.waited_for.subscribe();
        must("the writer", waited_for.wait_for(|waited_for| *waited_for)).await.unwrap();
    }

    pub(crate) fn start(&self) {
        self.state.lock().unwrap().is_stopped = false;
        self.started.notify_all();
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let mut state = self.state.lock().unwrap();
        if state.is_stopped {
            self.waited_for.send_replace(true);
            state = self.started.wait_while(state, |state| state.is_stopped).unwrap();
            self.waited_for.send_replace(false);
        }
        Timestamp::from_ms(state.now_ms)
    }

    fn is_trusted(&self) -> bool {
        true
    }
}
