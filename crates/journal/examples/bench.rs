//! How fast the journal is on this machine and this disk:
//!
//!     cargo run --release -p kiosk-journal --example bench [directory on the disk to measure]
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "prints its result, or fails")]

use std::fmt::Write as _;
use std::fs;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::{Duration, Instant};

use kiosk_journal::{Config, Item, NewRecord, Writer, open, verify};

const APPEND_TIME: Duration = Duration::from_secs(2);
const ORDERS: u64 = 100_000;

fn main() {
    let parent = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    for (name, encode) in [("JSON", json as fn(u64) -> Vec<u8>), ("protobuf-like", protobuf)] {
        println!("{name}, {} bytes a record", encode(1).len());
        for group in [1, 64] {
            let dir = tempfile::tempdir_in(&parent).unwrap();
            append(dir.path(), group, encode);
        }
        let dir = tempfile::tempdir_in(&parent).unwrap();
        read(dir.path(), encode);
    }
}

fn append(dir: &Path, group: usize, encode: fn(u64) -> Vec<u8>) {
    let mut writer = open(&Config::new(dir)).unwrap().writer;
    let payloads: Vec<_> = (0..group as u64).map(encode).collect();
    let mut latencies = Vec::new();
    let start = Instant::now();
    while start.elapsed() < APPEND_TIME {
        let before = Instant::now();
        append_group(&mut writer, &payloads);
        latencies.push(before.elapsed());
    }
    let seconds = start.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let percentile = |p: usize| latencies[latencies.len() * p / 100];
    println!(
        "  groups of {group:2}: {:7.0} records/s, {:5.0} syncs/s, a group takes {:?} (p50), {:?} (p99)",
        (latencies.len() * group) as f64 / seconds,
        latencies.len() as f64 / seconds,
        percentile(50),
        percentile(99),
    );
}

/// Of a log of `ORDERS` orders: verify and replay, plain and compressed; open; find the tail.
fn read(dir: &Path, encode: fn(u64) -> Vec<u8>) {
    let mut writer = open(&Config::new(dir)).unwrap().writer;
    for first in (0..ORDERS).step_by(64) {
        let payloads: Vec<_> = (first..(first + 64).min(ORDERS)).map(encode).collect();
        append_group(&mut writer, &payloads);
    }
    timed_verify(dir, "plain");
    let log = writer.log();
    let (start, mut before, mut after) = (Instant::now(), 0, 0);
    while let Some(done) = log.compress_closed().unwrap() {
        before += done.plain_bytes;
        after += done.compressed_bytes;
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "  compressed {:.1} times at {:.0} MB/s",
        before as f64 / after as f64,
        before as f64 / 1e6 / seconds
    );
    timed_verify(dir, "compressed");

    drop(writer);
    let start = Instant::now();
    let log = open(&Config::new(dir)).unwrap().writer.log();
    println!("  opened in {:?}", start.elapsed());
    let start = Instant::now();
    let last = log.reader(ORDERS).next().unwrap();
    assert!(matches!(last, Some(Item::Record(record)) if record.first_seq == ORDERS));
    println!("  the last record found in {:?}", start.elapsed());
}

fn timed_verify(dir: &Path, what: &str) {
    let start = Instant::now();
    let report = verify(dir).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!((report.records, report.damage.len()), (ORDERS, 0));
    let bytes: u64 = fs::read_dir(dir).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum();
    println!(
        "  verified {ORDERS} records, {what} ({:.1} MB on the disk), in {:.0} ms",
        bytes as f64 / 1e6,
        seconds * 1e3
    );
}

fn append_group(writer: &mut Writer, payloads: &[Vec<u8>]) {
    let record =
        |payload: &'static NonZeroU32, bytes| NewRecord { events: *payload, payload: bytes };
    let group: Vec<_> = payloads.iter().map(|bytes| record(&NonZeroU32::MIN, bytes)).collect();
    writer.append(&group).unwrap();
}

const MENU: [(&str, u32); 6] = [
    ("아메리카노", 4500),
    ("카페 라떼", 5000),
    ("바닐라 라떼", 5500),
    ("자몽 에이드", 6000),
    ("초코 케이크", 6500),
    ("Flat white", 5200),
];

/// The items of order `n`: which of the menu, and how many.
fn items(n: u64) -> impl Iterator<Item = (usize, u32)> {
    let random = scramble(n);
    (0..1 + random % 3)
        .map(move |i| ((random >> (8 + 8 * i)) as usize % 6, 1 + (random >> (40 + i)) as u32 % 2))
}

/// Stands for what differs between orders: ids, choices, times.
fn scramble(n: u64) -> u64 {
    let mut x = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn order_id(n: u64) -> String {
    let letters = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let tail: String =
        (0..6).map(|i| char::from(letters[(scramble(n) >> (i * 8)) as usize % 36])).collect();
    format!("ORD-{}-{tail}", 1_790_000_000_000 + n * 13_037)
}

fn json(n: u64) -> Vec<u8> {
    let (mut list, mut total) = (String::new(), 0);
    for (menu, quantity) in items(n) {
        let (name, price) = MENU[menu];
        total += price * quantity;
        let _ = write!(
            list,
            r#"{}{{"menuId":{menu},"menuName":"{name}","quantity":{quantity},"options":[],"totalPrice":{}}}"#,
            if list.is_empty() { "" } else { "," },
            price * quantity
        );
    }
    format!(
        r#"{{"requestId":"{:016x}{:016x}","orderId":"{}","dailyNum":{},"payType":"CARD","fulfilment":"TAKE_OUT","items":[{list}],"totalAmount":{total},"status":"PENDING","createdAt":"2026-09-21T{:02}:{:02}:{:02}.{:03}Z"}}"#,
        scramble(n), scramble(n + 1), order_id(n), 1 + n % 400, n / 3600 % 24, n / 60 % 60, n % 60, scramble(n) % 1000,
    )
    .into_bytes()
}

fn protobuf(n: u64) -> Vec<u8> {
    let mut out = Vec::new();
    field(&mut out, 1, &[scramble(n).to_le_bytes(), scramble(n + 1).to_le_bytes()].concat());
    field(&mut out, 2, order_id(n).as_bytes());
    out.extend([3 << 3, (1 + n % 120) as u8, 4 << 3, 1, 5 << 3, 2]);
    let mut total = 0;
    for (menu, quantity) in items(n) {
        let (name, price) = MENU[menu];
        total += price * quantity;
        let mut item = vec![1 << 3, menu as u8, 3 << 3, quantity as u8, 5 << 3 | 5];
        item.extend((price * quantity).to_le_bytes());
        field(&mut item, 2, name.as_bytes());
        field(&mut out, 6, &item);
    }
    out.push(7 << 3 | 5);
    out.extend(total.to_le_bytes());
    out.push(8 << 3 | 1);
    out.extend((1_790_000_000_000 + n * 13_037).to_le_bytes());
    out
}

/// A length-delimited field shorter than 128 bytes.
fn field(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    out.extend([number << 3 | 2, bytes.len() as u8]);
    out.extend_from_slice(bytes);
}
