//! A box with a year of orders: how soon it is ready, what it takes, how fast it lists a day.
//!
//! ```sh
//! cargo build --release --bins
//! cargo bench -p kiosk-tests --bench hundred_thousand_orders [-- <directory on the disk to measure>]
//! ```
//!
//! Prints each figure beside its bound, and ends with 1 when one is missed. Cold starts are measured
//! only as root, who may empty the page cache.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "prints its result, or fails")]

mod reports;
mod year;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use kiosk_proto::v1::{ListOrdersRequest, order_service_client::OrderServiceClient};
use kiosk_tests::{Kioskd, Start, Till};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic::transport::Channel;

/// Of each kind; the median counts.
const STARTS: usize = 5;
/// A start that rebuilds the state from the journal takes its time.
const START_MAX: Duration = Duration::from_secs(600);
/// Days that are listed.
const LISTS: usize = 200;
/// The largest page that the box gives.
const PAGE_SIZE: i32 = 200;

#[tokio::main]
async fn main() -> ExitCode {
    // cargo bench adds arguments of its own, which begin with a dash.
    let parent = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let parent = parent.map_or_else(|| env!("CARGO_TARGET_TMPDIR").into(), PathBuf::from);
    let dir = tempfile::tempdir_in(&parent).unwrap();
    let mut table = Table::default();
    empty(&parent, &mut table).await;
    let began = Instant::now();
    let dates = year::fill(dir.path()).await;
    println!("{} orders put in within {:.1} s", year::ORDERS, began.elapsed().as_secs_f64());
    table.memory("state on the disk", disk_bytes(&dir.path().join("state")), None);
    table.memory("journal on the disk", disk_bytes(&dir.path().join("journal")), None);
    full(dir.path(), &dates, &mut table).await;
    rebuilt(dir.path(), &dates, &mut table).await;
    reports::measure(dir.path(), &dates, &mut table).await;
    if table.missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// A box that was never used.
async fn empty(parent: &Path, table: &mut Table) {
    let (mut ready, mut resident) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let dir = tempfile::tempdir_in(parent).unwrap();
        let (took, kioskd) = start(dir.path()).await;
        ready.push(took);
        resident.push(resident_bytes(&kioskd));
    }
    table.time("an empty box is ready", median(&mut ready), Some(50));
    table.memory("an empty box is resident", median(&mut resident), Some(25));
}

/// A box with a year of orders, as it was left.
async fn full(dir: &Path, dates: &[String], table: &mut Table) {
    let mut ready = Vec::new();
    for _ in 0..STARTS {
        ready.push(start(dir).await.0);
    }
    table.time("ready", median(&mut ready), Some(1000));

    let mut ready = Vec::new();
    while ready.len() < STARTS && empty_page_cache() {
        ready.push(start(dir).await.0);
    }
    if ready.is_empty() {
        println!("{:<44} skipped: needs root", "ready, nothing cached");
    } else {
        table.time("ready, nothing cached", median(&mut ready), Some(1000));
    }

    let (_, kioskd) = start(dir).await;
    table.memory("resident when ready", resident_bytes(&kioskd), Some(60));
    let mut till = Till::connect(kioskd.grpc).await;
    let (today, past) = dates.split_last().unwrap();
    // Scattered over the year, each day once: none is in sled's cache because of the one before.
    let past = (0..LISTS).map(|i| &past[i * 149 % past.len()]);
    let times = list_days(&mut till.orders, past).await;
    table.percentiles("a past day's list", times, Some(20));
    let times = list_days(&mut till.orders, std::iter::repeat_n(today, LISTS)).await;
    table.percentiles("today's list", times, Some(20));
    table.memory("resident when days were listed", resident_bytes(&kioskd), Some(60));
}

/// The same box after it lost its state: everything comes from the journal.
async fn rebuilt(dir: &Path, dates: &[String], table: &mut Table) {
    fs::remove_dir_all(dir.join("state")).unwrap();
    let (took, kioskd) = start(dir).await;
    table.time("ready, rebuilt from the journal alone", took, None);
    table.memory("resident when rebuilt", resident_bytes(&kioskd), None);
    let mut till = Till::connect(kioskd.grpc).await;
    list_day(&mut till.orders, &dates[0]).await;
}

/// Starts a box, killed when dropped as by a power cut; how long until it takes orders.
async fn start(dir: &Path) -> (Duration, Kioskd) {
    let began = Instant::now();
    // Who asks is the admin; the year has a menu, so the demo brings none.
    let kioskd = Start::demo(dir).quiet().patiently(START_MAX).spawn();
    let mut socket = TcpStream::connect(kioskd.web).await.unwrap();
    socket.write_all(b"GET /readyz HTTP/1.1\r\nhost: box\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    socket.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    (began.elapsed(), kioskd)
}

async fn list_days(
    orders: &mut OrderServiceClient<Channel>,
    dates: impl Iterator<Item = &String>,
) -> Vec<Duration> {
    let mut times = Vec::new();
    for date in dates {
        let began = Instant::now();
        list_day(orders, date).await;
        times.push(began.elapsed());
    }
    times
}

/// All pages of a day.
async fn list_day(orders: &mut OrderServiceClient<Channel>, date: &str) {
    let mut request = ListOrdersRequest {
        business_date: date.into(),
        page_size: PAGE_SIZE,
        ..ListOrdersRequest::default()
    };
    let mut listed = 0;
    loop {
        let page = orders.list_orders(request.clone()).await.unwrap().into_inner();
        listed += page.orders.len();
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(listed, year::ORDERS_PER_DAY as usize, "orders of {date}");
}

/// False: only root may.
fn empty_page_cache() -> bool {
    rustix::fs::sync();
    fs::write("/proc/sys/vm/drop_caches", "3").is_ok()
}

fn resident_bytes(kioskd: &Kioskd) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", kioskd.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

fn disk_bytes(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).unwrap().map(Result::unwrap);
    let bytes = entries.map(|entry| match entry.metadata().unwrap() {
        metadata if metadata.is_dir() => disk_bytes(&entry.path()),
        metadata => metadata.len(),
    });
    bytes.sum()
}

fn median<T: Ord + Copy>(values: &mut [T]) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

/// Prints what was measured, and remembers whether all of it was within its bounds.
#[derive(Default)]
struct Table {
    missed: bool,
}

impl Table {
    fn time(&mut self, what: &str, took: Duration, bound_ms: Option<u32>) {
        self.line(what, took.as_secs_f64() * 1e3, "ms", bound_ms);
    }

    fn percentiles(&mut self, what: &str, mut times: Vec<Duration>, bound_ms: Option<u32>) {
        times.sort_unstable();
        self.time(&format!("{what}, p50"), times[times.len() / 2], bound_ms);
        self.time(&format!("{what}, p99"), times[times.len() * 99 / 100], bound_ms);
    }

    fn memory(&mut self, what: &str, bytes: u64, bound_mb: Option<u32>) {
        self.line(what, bytes as f64 / 1e6, "MB", bound_mb);
    }

    fn line(&mut self, what: &str, value: f64, unit: &str, bound: Option<u32>) {
        let missed = bound.is_some_and(|bound| value >= f64::from(bound));
        self.missed |= missed;
        let bound = bound.map_or(String::new(), |bound| format!("  (< {bound} {unit})"));
        let remark = if missed { "  MISSED" } else { "" };
        println!("{what:<44} {value:>8.1} {unit}{bound}{remark}");
    }
}
