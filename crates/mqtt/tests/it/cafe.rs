//! A café whose orders the bridge publishes: a real hub on a data directory of its own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use kiosk_domain::{Actor, Command, DeviceCommand, ItemWish, PlaceOrder, Quantity, TicketClaim};
use kiosk_hub::{Clock, Code, Committed, Config, Hub, Limits, Request, Running};
use kiosk_mqtt::{BridgeConfig, Broker, BrokerConfig, BrokerError, BrokerUrl};
use kiosk_proto::Timestamp;
use kiosk_proto::v1::{
    MenuItem, Person, event::Payload, fulfilment::Value as Fulfilment,
    order_source::Value as Source, order_status::Value as Status, pay_type::Value as PayType,
    role::Value as Role,
};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::mosquitto::forking;

/// 2026-11-21T01:00:00Z.
const MORNING_MS: i64 = 1_795_222_800_000;

pub(crate) struct Cafe {
    pub(crate) hub: Hub,
    running: Running,
    clock: Arc<TestClock>,
}

/// The bridge, as kioskd runs it.
pub(crate) struct RunningBridge {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Stands still unless it is told to go on.
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::Relaxed))
    }

    fn is_trusted(&self) -> bool {
        true
    }
}

/// A broker of a box that asks for no credentials.
pub(crate) async fn start_broker() -> Broker {
    start_broker_for(BrokerConfig::default().clients_max).await
}

pub(crate) async fn start_broker_for(clients_max: usize) -> Broker {
    let listen = ([127, 0, 0, 1], 0).into();
    try_start_broker(BrokerConfig { listen, clients_max, ..BrokerConfig::default() }).await.unwrap()
}

pub(crate) async fn try_start_broker(config: BrokerConfig) -> Result<Broker, BrokerError> {
    let dir = TempDir::new().unwrap();
    let cafe = Cafe::open(dir.path()).await;
    let broker = Broker::start(config, cafe.hub.clone()).await;
    // Who is let in is asked of the snapshot, which outlives the box.
    cafe.close().await;
    broker
}

impl Cafe {
    /// Opens with what is in the directory; in a new one with one item on the menu, event 1.
    pub(crate) async fn open(data: &Path) -> Self {
        Self::open_for(data, true).await
    }

    /// The same, of a box that asks for credentials.
    pub(crate) async fn open_closed(data: &Path) -> Self {
        Self::open_for(data, false).await
    }

    async fn open_for(data: &Path, is_open: bool) -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(MORNING_MS)));
        // Whoever might still have a copy of an earlier café's locks has exec'ed after this.
        drop(forking());
        let (data_dir, hub_clock) = (data.to_owned(), Arc::clone(&clock));
        let config = Config {
            data_dir,
            free_bytes_min: 0,
            clock: hub_clock,
            is_open,
            limits: Limits::default(),
        };
        let started = tokio::task::spawn_blocking(|| kiosk_hub::start(config)).await.unwrap();
        let (hub, running) = started.unwrap();
        let cafe = Cafe { hub, running, clock };
        if cafe.head() == 0 {
            let name = "latte".to_owned();
            let item = MenuItem { name, price: 4_500, ..MenuItem::default() };
            cafe.submit(Command::PutMenuItem(item)).await;
        }
        cafe
    }

    /// A paired device's id and token.
    pub(crate) async fn pair(&self, role: Role, name: &str) -> (i32, String) {
        static CODES: AtomicU64 = AtomicU64::new(0);
        let request_id = CODES.fetch_add(1, Ordering::Relaxed).into();
        let by = Person { id: 1, name: "Kim".to_owned() };
        let access = self.hub.access();
        let code = access.create_code(Code::new(role, name.to_owned(), by), request_id).unwrap();
        let redeemed = access.redeem(code.text.expose(), request_id, None).unwrap();
        let paired = self.submit(Command::Device(DeviceCommand::Pair {
            role,
            name: redeemed.name,
            token_hash: redeemed.token_hash,
            address: String::new(),
            paired_by: redeemed.by,
        }));
        match &paired.await.events[0].event.payload {
            Some(Payload::DeviceChanged(device)) => (device.device_id, redeemed.token),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn revoke(&self, device_id: i32) {
        let reason = String::new();
        self.submit(Command::Device(DeviceCommand::Revoke { device_id, reason })).await;
        self.hub.access().look();
    }

    /// Lets the bridge see everything, and closes.
    pub(crate) async fn close(self) {
        self.running.drain().await.unwrap();
    }

    /// The newest event's number.
    pub(crate) fn head(&self) -> u64 {
        self.hub.snapshot().position.seq
    }

    /// How far the bridge has come. Not while it runs.
    pub(crate) fn cursor(&self) -> u64 {
        self.hub.follow_durably(&self.hub.stats().mqtt, "mqtt").unwrap().1.seq()
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::Relaxed);
    }

    /// Starts the bridge of the site `cafe`.
    pub(crate) fn bridge(&self, broker: impl Into<BrokerUrl>) -> RunningBridge {
        let config = BridgeConfig {
            site: "cafe".to_owned(),
            broker: broker.into(),
            client_id: "box".to_owned(),
            credentials: None,
        };
        let stop = CancellationToken::new();
        let bridge = config.open(self.hub.clone()).unwrap();
        RunningBridge { task: tokio::spawn(bridge.run(stop.clone())), stop }
    }

    /// Places an order a millisecond after the one before, and returns its id.
    pub(crate) async fn order(&self, buzzer_id: &str) -> String {
        self.pass(1);
        let item = ItemWish {
            menu_id: 1,
            quantity: Quantity::new(1).unwrap(),
            options: Vec::new(),
            note: String::new(),
        };
        let placed = self.submit(Command::PlaceOrder(PlaceOrder {
            items: vec![item],
            pay_type: PayType::Card,
            cell_id: None,
            member: None,
            fulfilment: Fulfilment::TakeOut,
            note: String::new(),
            table: String::new(),
            buzzer_id: buzzer_id.to_owned(),
            source: Source::Pos,
            external_id: String::new(),
            expected_total: None,
            seat_id: String::new(),
            seat_holder: String::new(),
            ticket: TicketClaim::Absent,
        }));
        match &placed.await.events[0].event.payload {
            Some(Payload::OrderCreated(order)) => order.order_id.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Takes the order on through these statuses.
    pub(crate) async fn advance(&self, order_id: &str, statuses: &[Status]) {
        for &status in statuses {
            let order_id = order_id.to_owned();
            self.submit(Command::SetOrderStatus { order_id, status }).await;
        }
    }

    pub(crate) async fn submit(&self, command: Command) -> Committed {
        static REQUESTS: AtomicU64 = AtomicU64::new(0);
        let request_id = REQUESTS.fetch_add(1, Ordering::Relaxed).into();
        let actor = Actor { role: Role::Staff, id: 1, name: "Kim".to_owned() };
        let request = Request { request_id, fingerprint: 0, command, actor };
        self.hub.submit(request).await.unwrap()
    }
}

impl RunningBridge {
    /// Tells it to stop, and waits.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }

    /// Waits until it has stopped by itself.
    pub(crate) async fn stopped(self) {
        self.task.await.unwrap();
    }

    /// Ends it in the midst of whatever it does, without a farewell.
    pub(crate) async fn crash(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}
