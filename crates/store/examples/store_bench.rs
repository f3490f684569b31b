//! The store at the age of a shop: `build` fills one with many days of orders, `ask` opens it and
//! queries it. Two commands, so that each tells the memory of a process of its own.
//!
//! `cargo run --release -p kiosk-store --example store_bench -- build /tmp/bench 100000`
//! `cargo run --release -p kiosk-store --example store_bench -- ask /tmp/bench`
//!
//! Measured with 250 days of 400 orders and with ten times that, 2 cores shared with others, a
//! cache of 8 MiB. sled takes its snapshot at open, so the first open reads all that was written
//! since the one before.
//!
//! | orders | build | on disk | first open, later | resident | a day's list | an order | scrub |
//! |---|---|---|---|---|---|---|---|
//! | 100,000 | 29,000 events/s | 120 MB | 128 ms, 43 ms | 33 MB | 0.6–1.3 ms | 18 µs | 0.3 s |
//! | 1,000,000 | 15,000 events/s | 1,170 MB | 2.3 s, 0.18 s | 85 MB | 0.6–1.3 ms | 70 µs | 4.4 s |
#![allow(clippy::print_stdout)]

use std::{error::Error, fs, path::Path, sync::Arc, time::Instant};

use kiosk_domain::{BusinessDate, Change, Counters, OrderKey};
use kiosk_proto::{
    Timestamp,
    v1::{Order, OrderItem, OrderItemOption, order_status::Value as Status},
};
use kiosk_store::{Applied, Batch, Config, Opened, Remembered, Scrub, Writer, open};

const ORDERS_A_DAY: u32 = 400;
const ORDERS_A_BATCH: usize = 16;
/// When it is placed, and at each step.
const EVENTS_AN_ORDER: u32 = 4;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const START_MS: i64 = 1_795_219_200_000;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["build", dir, orders] => build(Path::new(dir), orders.parse()?),
        ["ask", dir] => ask(Path::new(dir)),
        _ => Err("usage: store_bench build DIR ORDERS | ask DIR".into()),
    }
}

fn build(dir: &Path, orders: u32) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let mut writer = open(&Config::new(dir))?.writer;
    let numbers: Vec<u32> = (0..orders).collect();
    for day in numbers.chunks(ORDERS_A_DAY as usize) {
        for group in day.chunks(ORDERS_A_BATCH) {
            apply_orders(&mut writer, group)?;
        }
        if day.last() != numbers.last() {
            retire(&mut writer, day)?;
        }
    }
    writer.close()?;
    let seconds = began.elapsed().as_secs_f64();
    let rate = f64::from(orders) / seconds;
    println!("build       {seconds:.1} s, {rate:.0} orders/s of {EVENTS_AN_ORDER} events");
    println!("disk        {:.1} MB", fs::metadata(dir.join("sled/db"))?.len() as f64 / 1e6);
    println!("resident    {:.1} MB", resident_mb()?);
    Ok(())
}

/// Every event of every order, as the hub would group them at full load.
fn apply_orders(writer: &mut Writer, numbers: &[u32]) -> Result<(), Box<dyn Error>> {
    let mut changes = Vec::new();
    let mut requests = Vec::new();
    let statuses = [Status::Pending, Status::Making, Status::Ready, Status::Completed];
    for &number in numbers {
        let mut order = order(number);
        for (step, status) in statuses.into_iter().enumerate() {
            order.status = status.into();
            changes.push(Change::Order(Arc::new(order.clone())));
            let first_seq = u64::from(number) * u64::from(EVENTS_AN_ORDER) + step as u64 + 1;
            requests.push(Remembered {
                request_id: u128::from(first_seq).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C),
                first_seq,
                events: 1,
                fingerprint: first_seq,
                time_ms: time_ms(number),
            });
        }
    }
    apply(writer, &changes, &requests, numbers)
}

/// As at the first order of the next day.
fn retire(writer: &mut Writer, day: &[u32]) -> Result<(), Box<dyn Error>> {
    let retired = |number: &u32| Change::OrderRetired(OrderKey::of(&order(*number)));
    apply(writer, &day.iter().map(retired).collect::<Vec<_>>(), &[], day)
}

fn apply(
    writer: &mut Writer,
    changes: &[Change],
    requests: &[Remembered],
    numbers: &[u32],
) -> Result<(), Box<dyn Error>> {
    let newest = numbers.last().copied().unwrap_or_default();
    let key = OrderKey::of(&order(newest));
    writer.apply(&Batch {
        applied: Applied { epoch: 1, seq: u64::from(newest + 1) * u64::from(EVENTS_AN_ORDER) },
        counters: Counters { date: key.date, daily_num: key.daily_num, ..Counters::default() },
        now_ms: time_ms(newest),
        changes,
        requests,
    })?;
    Ok(())
}

/// Three lines with an option each: about 200 bytes.
fn order(number: u32) -> Order {
    let day = number / ORDERS_A_DAY;
    let date = BusinessDate((2000 + day / 336) * 10_000 + (day / 28 % 12 + 1) * 100 + day % 28 + 1);
    let line = |menu_id: i32| OrderItem {
        menu_id,
        menu_name: "아이스 아메리카노".into(),
        quantity: 1,
        unit_price: 4_500,
        total_price: 4_500,
        options: vec![OrderItemOption {
            option_id: 3,
            option_name: "샷 추가".into(),
            quantity: 1,
            price_delta: 500,
        }],
        note: String::new(),
        ..OrderItem::default()
    };
    Order {
        order_id: format!("ORD-{}-{:06}", time_ms(number), number % 1_000_000),
        daily_num: (number % ORDERS_A_DAY + 1).cast_signed(),
        business_date: date.to_string(),
        items: (1..=3).map(line).collect(),
        total_amount: 13_500,
        created_at: Some(Timestamp::from_ms(time_ms(number))),
        updated_at: Some(Timestamp::from_ms(time_ms(number))),
        ..Order::default()
    }
}

fn time_ms(number: u32) -> i64 {
    let (day, minute) = (number / ORDERS_A_DAY, number % ORDERS_A_DAY);
    START_MS + i64::from(day) * DAY_MS + i64::from(minute) * 60_000
}

fn ask(dir: &Path) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let Opened { mut writer, reader, state, put_aside, .. } = open(&Config::new(dir))?;
    println!("open        {:.1?}, {} orders", began.elapsed(), reader.order_count());
    println!("resident    {:.1} MB", resident_mb()?);
    println!("working set {} orders, damage: {put_aside:?}", state.orders().count());

    let days = u32::try_from(reader.order_count())? / ORDERS_A_DAY;
    for day in [0, days / 2, days.saturating_sub(1)] {
        let key = OrderKey::of(&order(day * ORDERS_A_DAY));
        let began = Instant::now();
        let found = reader.orders_of_day(key.date, 0, usize::MAX)?.len();
        println!("a day       {:.1?}, {found} orders of {}", began.elapsed(), key.date);
    }
    let began = Instant::now();
    let some = (0..1_000).map(|i| order(i * (days * ORDERS_A_DAY / 1_000)).order_id);
    let found = some.filter(|id| matches!(reader.order(id), Ok(Some(_)))).count();
    println!("an order    {:.1?} each, {found} of 1000 found", began.elapsed() / 1_000);

    let began = Instant::now();
    while writer.scrub_step(1_000, &|| {})? == Scrub::Going {}
    println!("scrub       {:.1?} for everything", began.elapsed());
    println!("resident    {:.1} MB", resident_mb()?);
    Ok(())
}

fn resident_mb() -> Result<f64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("no VmRSS")?;
    Ok(kib.trim().parse::<f64>()? / 1024.0)
}
