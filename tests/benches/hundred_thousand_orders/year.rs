//! A café's year, put through the real hub.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
};

use futures_util::{StreamExt as _, stream};
use kiosk_domain::{Actor, Command, ItemWish, OptionWish, PlaceOrder, Quantity, TicketClaim};
use kiosk_hub::{Clock, Committed, Config, Hub, Limits, Request};
use kiosk_proto::{
    Timestamp,
    v1::{
        MenuItem, OptionGroup, event::Payload, fulfilment::Value as Fulfilment,
        order_source::Value as OrderSource, order_status::Value as Status,
        pay_type::Value as PayType, role::Value as Role,
    },
};
use serde_json::Value;

const CAFE: &str = include_str!("../../../crates/kioskd/demo/cafe.json");

const DAYS: i64 = 334;
/// How many orders a day has.
pub(crate) const ORDERS_PER_DAY: u32 = 300;
/// How many orders the year has.
pub(crate) const ORDERS: u64 = DAYS as u64 * ORDERS_PER_DAY as u64;

/// 2026-01-04T22:00:00Z: seven in the morning in Seoul, the day after.
const FIRST_MORNING_MS: i64 = 1_767_564_000_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// From one order to the next: a day's orders fill ten hours.
const ORDER_EVERY_MS: i64 = 2 * 60 * 1000;
/// Orders under way at once: what fills the writer's groups.
const IN_FLIGHT: usize = 64;

/// Fills an empty data directory; returns the business days, in order.
pub(crate) async fn fill(data_dir: &Path) -> Vec<String> {
    let calendar = Arc::new(Calendar(AtomicI64::new(FIRST_MORNING_MS)));
    let config = Config {
        data_dir: data_dir.into(),
        free_bytes_min: 0,
        clock: Arc::clone(&calendar) as _,
        is_open: true,
        limits: Limits::default(),
    };
    let (hub, running) = kiosk_hub::start(config).unwrap();
    let cafe = Cafe::open(hub).await;
    let mut dates = Vec::new();
    for day in 0..DAYS {
        let orders = stream::iter(0..ORDERS_PER_DAY).map(|number| {
            let since_morning = i64::from(number) * ORDER_EVERY_MS;
            let time_ms = FIRST_MORNING_MS + day * DAY_MS + since_morning;
            let (cafe, calendar) = (&cafe, &calendar);
            async move {
                calendar.0.fetch_max(time_ms, Relaxed);
                cafe.serve(day as u64 * u64::from(ORDERS_PER_DAY) + u64::from(number)).await;
            }
        });
        orders.buffer_unordered(IN_FLIGHT).collect::<()>().await;
        dates.push(cafe.hub.snapshot().state.business_date().to_string());
    }
    running.drain().await.unwrap();
    dates
}

/// Moves with the orders.
struct Calendar(AtomicI64);

impl Clock for Calendar {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Relaxed))
    }

    fn is_trusted(&self) -> bool {
        true
    }
}

struct Cafe {
    hub: Hub,
    menu: Vec<MenuItem>,
    requests: AtomicU64,
}

impl Cafe {
    /// With the demo's menu; what is counted would be sold out on the first day.
    async fn open(hub: Hub) -> Self {
        let demo: Value = serde_json::from_str(CAFE).unwrap();
        let menu: Vec<MenuItem> = serde_json::from_value(demo["menu"].clone()).unwrap();
        let mut cafe = Self { hub, menu, requests: AtomicU64::new(0) };
        for item in &cafe.menu {
            cafe.submit(Command::PutMenuItem(item.clone())).await;
        }
        cafe.menu.retain(|item| item.remaining.is_none());
        cafe
    }

    /// One order from the kiosk to the counter: four commands.
    async fn serve(&self, number: u64) {
        let placed = self.submit(Command::PlaceOrder(self.wish(number))).await;
        let order_id = match &placed.events[0].event.payload {
            Some(Payload::OrderCreated(order)) => order.order_id.clone(),
            other => panic!("an order was placed, and then {other:?}"),
        };
        for status in [Status::Making, Status::Ready, Status::Completed] {
            let order_id = order_id.clone();
            self.submit(Command::SetOrderStatus { order_id, status }).await;
        }
    }

    async fn submit(&self, command: Command) -> Committed {
        let number = self.requests.fetch_add(1, Relaxed);
        // As scattered as the UUIDs of real clients.
        let request_id = u128::from(scramble(number)) << 64 | u128::from(scramble(!number));
        let actor = Actor { role: Role::Pos, id: 0, name: "till".into() };
        let request = Request { request_id, fingerprint: number, command, actor };
        self.hub.submit(request).await.unwrap()
    }

    /// One to three lines; each with what its menu item demands, and one extra in four.
    fn wish(&self, number: u64) -> PlaceOrder {
        let mut dice = Dice(number);
        let lines = 1 + dice.roll(3);
        let items = (0..lines).map(|_| {
            let item = &self.menu[dice.roll(self.menu.len())];
            let options = item.option_groups.iter().flat_map(|group| choose(group, &mut dice));
            let options = options.collect();
            let note = if dice.roll(10) == 0 { "얼음 적게" } else { "" }.into();
            ItemWish { menu_id: item.menu_id, quantity: count(1 + dice.roll(2)), options, note }
        });
        PlaceOrder {
            items: items.collect(),
            pay_type: if dice.roll(4) == 0 { PayType::Cash } else { PayType::Card },
            cell_id: None,
            member: None,
            fulfilment: if dice.roll(2) == 0 { Fulfilment::DineIn } else { Fulfilment::TakeOut },
            note: String::new(),
            table: String::new(),
            buzzer_id: (1 + dice.roll(30)).to_string(),
            source: OrderSource::Kiosk,
            external_id: String::new(),
            expected_total: None,
            seat_id: String::new(),
            seat_holder: String::new(),
            ticket: TicketClaim::Absent,
        }
    }
}

fn choose(group: &OptionGroup, dice: &mut Dice) -> Option<OptionWish> {
    let wanted = group.min > 0 || dice.roll(4) == 0;
    let option = &group.options[dice.roll(group.options.len())];
    wanted.then(|| OptionWish { option_id: option.option_id, quantity: count(1) })
}

fn count(count: usize) -> Quantity {
    Quantity::new(count as i32).unwrap()
}

/// The same year in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = scramble(self.0);
        (self.0 >> 32) as usize % sides
    }
}

/// Sebastiano Vigna's SplitMix64.
fn scramble(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
