//! A hub with a small menu, and commands for it.

use std::{path::Path, sync::Arc};

use kiosk_domain::{Actor, Command, ItemWish, PlaceOrder, Quantity, TicketClaim};
use kiosk_hub::{Clock, Committed, Config, Hub, Limits, Refusal, Request, Running, start};
use kiosk_proto::{
    Timestamp,
    v1::{
        MenuItem, Order, event::Payload, fulfilment::Value as Fulfilment,
        order_source::Value as OrderSource, pay_type::Value as PayType, role::Value as Role,
    },
};

/// Not counted.
pub(crate) const TEA: i32 = 1;
/// Three are left.
pub(crate) const CAKE: i32 = 2;

pub(crate) struct Shop {
    pub(crate) hub: Hub,
    pub(crate) running: Running,
}

/// Noon in Seoul, always.
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(1_795_230_000_000)
    }

    fn is_trusted(&self) -> bool {
        true
    }
}

pub(crate) fn config(dir: &Path) -> Config {
    Config {
        data_dir: dir.into(),
        free_bytes_min: 0,
        clock: Arc::new(Noon),
        is_open: true,
        limits: Limits::default(),
    }
}

impl Shop {
    /// Opens the directory as it is.
    pub(crate) fn open(dir: &Path) -> Self {
        let (hub, running) = start(config(dir)).unwrap();
        Self { hub, running }
    }

    /// Opens an empty directory and fills the menu.
    pub(crate) async fn new(dir: &Path) -> Self {
        let shop = Self::open(dir);
        for (menu_id, remaining) in [(TEA, None), (CAKE, Some(3))] {
            let name = format!("item {menu_id}");
            let item = MenuItem { menu_id, name, price: 4_500, remaining, ..Default::default() };
            shop.submit(u128::MAX - menu_id as u128, Command::PutMenuItem(item)).await.unwrap();
        }
        shop
    }

    pub(crate) async fn submit(&self, id: u128, command: Command) -> Result<Committed, Refusal> {
        let actor = Actor { role: Role::Admin, id: 0, name: "test".into() };
        let fingerprint = fingerprint(&command);
        self.hub.submit(Request { request_id: id, fingerprint, command, actor }).await
    }

    pub(crate) async fn place(&self, id: u128, menu_id: i32) -> Result<Committed, Refusal> {
        self.submit(id, wish(menu_id)).await
    }

    /// Ends as kioskd does.
    pub(crate) async fn drain(self) {
        self.running.drain().await.unwrap();
    }

    pub(crate) fn head(&self) -> u64 {
        self.hub.snapshot().position.seq
    }
}

pub(crate) fn wish(menu_id: i32) -> Command {
    Command::PlaceOrder(PlaceOrder {
        items: vec![ItemWish {
            menu_id,
            quantity: Quantity::new(1).unwrap(),
            options: Vec::new(),
            note: String::new(),
        }],
        pay_type: PayType::Card,
        cell_id: None,
        member: None,
        fulfilment: Fulfilment::DineIn,
        note: String::new(),
        table: String::new(),
        buzzer_id: String::new(),
        source: OrderSource::Pos,
        external_id: String::new(),
        expected_total: None,
        seat_id: String::new(),
        seat_holder: String::new(),
        ticket: TicketClaim::Absent,
    })
}

pub(crate) fn order(committed: &Committed) -> Order {
    match committed.events[0].event.payload.clone() {
        Some(Payload::OrderCreated(order)) => order,
        other => panic!("{other:?}"),
    }
}

fn fingerprint(command: &Command) -> u64 {
    format!("{command:?}").bytes().fold(7, |sum, b| sum.wrapping_mul(31) ^ u64::from(b))
}
