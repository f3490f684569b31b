//! What a connection takes of the box while it does nothing: 5,000 of each kind.
//!
//! ```sh
//! cargo build --release --bins
//! cargo bench -p kiosk-tests --bench idle_connections [-- <number of connections>]
//! ```
//!
//! Prints a row for each kind beside its bound, and ends with 1 when one is missed. Needs as many
//! open files as connections, and the box as many again.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "prints its result, or fails")]

mod client;
mod wire;

use std::{
    fs,
    net::SocketAddr,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use kiosk_tests::{Kioskd, Start, Till, get};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{task::JoinSet, time::sleep};

use self::client::{Client, KINDS, Kind};

const CONNECTIONS: usize = 5_000;
/// Clients that connect at the same moment.
const CONNECTING: usize = 64;
/// Orders that are placed at once, to see what a busy moment leaves behind.
const BURST: usize = 32;
/// Longer than a Socket.IO session outlives its client: 45 s.
const WAIT_MAX: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(250);
/// Memory has settled when it changes by less between two looks.
const SETTLED_KIB: u64 = 128;

#[tokio::main]
async fn main() -> ExitCode {
    // cargo bench adds arguments of its own, which begin with a dash.
    let count = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let count = count.map_or(CONNECTIONS, |count| count.parse().unwrap());
    allow_files(count);
    println!("{count} connections; KiB each, and in MiB what is kept when all have left\n");
    println!("{:<24}{:>8}{:>13}{:>13}{:>8}{:>8}", "", "idle", "after 1", "after a", "kept", "idle");
    println!("{:<24}{:>8}{:>13}{:>13}{:>8}{:>8}", "", "", "order", "burst", "", "again");
    let mut missed = false;
    for kind in &KINDS {
        let measured = Measured::of(kind, count).await;
        missed |= measured.print(kind, count);
    }
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Resident memory of the box, in KiB.
struct Measured {
    before: u64,
    idle: u64,
    after_an_order: u64,
    after_a_burst: u64,
    left: u64,
    idle_again: u64,
}

impl Measured {
    async fn of(kind: &'static Kind, count: usize) -> Self {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let kioskd = Start::demo(dir.path())
            .quiet()
            .with("KIOSK__WEB__SESSIONS_MAX", count + 1)
            .with("KIOSK__WEB__SESSIONS_PER_CLIENT_MAX", count + 1)
            .spawn();
        let mut till = Till::connect(kioskd.grpc).await;
        // The first one finds much that is not in memory yet.
        till.place(Till::wish("")).await;
        let before = settled_kib(&kioskd).await;

        let crowd = Crowd::open(kind, kioskd.web, count).await;
        let idle = settled_kib(&kioskd).await;
        till.place(Till::wish("")).await;
        crowd.have_seen(1).await;
        let after_an_order = settled_kib(&kioskd).await;
        place_at_once(&till, BURST).await;
        crowd.have_seen(1 + BURST).await;
        let after_a_burst = settled_kib(&kioskd).await;
        crowd.leave().await;
        let left = settled_kib(&kioskd).await;

        let crowd = Crowd::open(kind, kioskd.web, count).await;
        let idle_again = settled_kib(&kioskd).await;
        drop(crowd);
        Self { before, idle, after_an_order, after_a_burst, left, idle_again }
    }

    /// Whether a bound was missed.
    fn print(&self, kind: &Kind, count: usize) -> bool {
        let each = |kib: u64| kib.saturating_sub(self.before) as f64 / count as f64;
        let missed = each(self.idle).max(each(self.after_an_order)) >= kind.bound_kib;
        println!(
            "{:<24}{:>8.1}{:>13.1}{:>13.1}{:>8.1}{:>8.1}  (< {} KiB){}",
            kind.name,
            each(self.idle),
            each(self.after_an_order),
            each(self.after_a_burst),
            self.left.saturating_sub(self.before) as f64 / 1024.0,
            each(self.idle_again),
            kind.bound_kib,
            if missed { "  MISSED" } else { "" },
        );
        missed
    }
}

/// Clients that are connected, and do no more than they must.
struct Crowd {
    web: SocketAddr,
    clients: JoinSet<()>,
    orders_seen: Arc<AtomicUsize>,
}

impl Crowd {
    async fn open(kind: &'static Kind, web: SocketAddr, count: usize) -> Self {
        let orders_seen = Arc::new(AtomicUsize::new(0));
        let mut opened = stream::repeat_with(|| Client::open(kind, web))
            .take(count)
            .buffer_unordered(CONNECTING);
        let mut clients = JoinSet::new();
        while let Some(client) = opened.next().await {
            clients.spawn(client.stay(Arc::clone(&orders_seen)));
        }
        until("all connections", async || connections(web).await == count).await;
        Self { web, clients, orders_seen }
    }

    async fn have_seen(&self, orders: usize) {
        let all = orders * self.clients.len();
        until("what was ordered", async || self.orders_seen.load(Relaxed) >= all).await;
        assert_eq!(self.orders_seen.load(Relaxed), all, "each client sees each order once");
    }

    async fn leave(mut self) {
        self.clients.shutdown().await;
        until("the end of all connections", async || connections(self.web).await == 0).await;
    }
}

async fn place_at_once(till: &Till, orders: usize) {
    let mut placing = JoinSet::new();
    for _ in 0..orders {
        let mut till = till.clone();
        placing.spawn(async move { till.place(Till::wish("")).await });
    }
    placing.join_all().await;
}

/// As the box counts them.
async fn connections(web: SocketAddr) -> usize {
    let (_, metrics) = get(web, "/metrics").await;
    let line = metrics.lines().find_map(|line| line.strip_prefix("kiosk_connections "));
    line.unwrap().parse().unwrap()
}

async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !done().await {
        assert!(began.elapsed() < WAIT_MAX, "{what} did not come within {WAIT_MAX:?}");
        sleep(LOOK).await;
    }
}

async fn settled_kib(kioskd: &Kioskd) -> u64 {
    let mut before = 0;
    loop {
        let now = resident_kib(kioskd);
        if now.abs_diff(before) < SETTLED_KIB {
            return now;
        }
        before = now;
        sleep(4 * LOOK).await;
    }
}

fn resident_kib(kioskd: &Kioskd) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", kioskd.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// This process holds the other ends of them.
fn allow_files(connections: usize) {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let few = maximum.is_some_and(|maximum| maximum < connections as u64 + 100);
    assert!(!few, "{connections} connections need a higher hard limit of open files (ulimit -Hn)");
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}
