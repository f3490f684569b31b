//! A kitchen that makes orders by itself: arrivals and times are random, and stay as they are.

use std::collections::BTreeMap;

use kiosk_proto::{
    Timestamp,
    v1::{Order, OrderItem, line_status::Value as LineStatus, order_status::Value as Status},
};
use proptest::prelude::{Strategy, any as any_value};

use crate::cafe::MORNING_MS;

#[derive(Debug, Clone)]
pub(crate) struct Kitchen {
    pub(crate) seed: u64,
    /// At each of the stations.
    pub(crate) workers: [usize; 2],
    /// For one unit, on average.
    pub(crate) unit_ms: i64,
    /// How busy it is, in percent of what the slower station can do.
    pub(crate) busy: i64,
}

impl Default for Kitchen {
    fn default() -> Self {
        Self { seed: 1, workers: [1, 2], unit_ms: 40_000, busy: 85 }
    }
}

pub(crate) fn any() -> impl Strategy<Value = Kitchen> {
    (any_value::<u64>(), 1..=3_usize, 1..=3_usize, 20_000..90_000_i64, 75..95_i64).prop_map(
        |(seed, bar, oven, unit_ms, busy)| Kitchen { seed, workers: [bar, oven], unit_ms, busy },
    )
}

const STATIONS: [&str; 2] = ["bar", "kitchen"];
/// An order has 1 to 3 units at the bar, and every other one as many in the kitchen.
const UNITS_PER_ORDER: [i64; 2] = [20, 10];

/// Lets the kitchen make so many orders, and shows each when it is placed and when something of it
/// is done, with whether it was shown before and the time. Returns them as they are in the end.
pub(crate) fn run(
    kitchen: &Kitchen,
    count: usize,
    mut show: impl FnMut(&Order, bool, i64),
) -> Vec<Order> {
    let mut random = Random(kitchen.seed);
    let mut orders = arrivals(kitchen, count, &mut random);
    // By time: a line that is done, or an arrival, which comes first.
    let mut happens: BTreeMap<(i64, bool, usize, usize), ()> = BTreeMap::new();
    let mut free = kitchen.workers.map(|workers| vec![MORNING_MS; workers]);
    for (at, order) in orders.iter().enumerate() {
        let placed_ms = order.created_at.unwrap().as_ms();
        happens.insert((placed_ms, false, at, 0), ());
        for (nth, item) in order.items.iter().enumerate() {
            let station = usize::from(item.station == STATIONS[1]);
            let worker = free[station].iter_mut().min().unwrap();
            let work_ms = (0..item.quantity)
                .map(|_| kitchen.unit_ms * random.between(60, 140) / 100)
                .sum::<i64>();
            *worker = placed_ms.max(*worker) + work_ms;
            happens.insert((*worker, true, at, nth), ());
        }
    }
    for &(at_ms, is_done, at, nth) in happens.keys() {
        let order = &mut orders[at];
        if is_done {
            order.items[nth].status = LineStatus::Done.into();
            order.items[nth].done_at = Some(Timestamp::from_ms(at_ms));
            order.updated_at = order.items[nth].done_at;
            let is_ready = order.items.iter().all(|item| item.status() == LineStatus::Done);
            order.status = if is_ready { Status::Ready } else { Status::Making }.into();
        }
        show(order, is_done, at_ms);
    }
    orders
}

fn arrivals(kitchen: &Kitchen, count: usize, random: &mut Random) -> Vec<Order> {
    let needs = |station: usize| {
        let work_ms = kitchen.unit_ms * UNITS_PER_ORDER[station] / 10;
        work_ms / i64::try_from(kitchen.workers[station]).unwrap()
    };
    let interval_ms = needs(0).max(needs(1)) * 100 / kitchen.busy;
    let mut now_ms = MORNING_MS;
    let order = |daily_num: i32| {
        now_ms += random.exponential(interval_ms);
        let bar = item(1, STATIONS[0], random);
        let oven = (random.between(0, 2) == 0).then(|| item(2, STATIONS[1], random));
        let time = Some(Timestamp::from_ms(now_ms));
        Order {
            order_id: format!("ORD-{daily_num}"),
            daily_num,
            business_date: "2026-11-21".into(),
            status: Status::Pending.into(),
            items: [bar].into_iter().chain(oven).collect(),
            created_at: time,
            updated_at: time,
            ..Order::default()
        }
    };
    (1..).take(count).map(order).collect()
}

fn item(line_id: i32, station: &str, random: &mut Random) -> OrderItem {
    OrderItem {
        line_id,
        station: station.into(),
        quantity: i32::try_from(random.between(1, 4)).unwrap(),
        status: LineStatus::Waiting.into(),
        ..OrderItem::default()
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn between(&mut self, from: i64, to: i64) -> i64 {
        from + i64::try_from(self.next() % u64::try_from(to - from).unwrap()).unwrap()
    }

    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    fn exponential(&mut self, mean: i64) -> i64 {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        (-(1.0 - uniform).ln() * mean as f64) as i64
    }
}
