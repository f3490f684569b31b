//! The store's disk takes no write and returns no error, while the journal's disk goes on.
#![allow(clippy::unwrap_used, reason = "test code ends by panicking")]

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    pin::pin,
    thread::available_parallelism,
    time::{Duration, Instant},
};

use kiosk_proto::v1::GetOrderRequest;
use kiosk_tests::{Book, Disk, Kioskd, Load, Start, Till, format_ext4, must};
use tokio::{task::JoinSet, time::sleep};

const IMAGE_BYTES: u64 = 48 * 1024 * 1024;

/// Long after the watch's 20 s: until then something has to hang first.
const END_MAX: Duration = Duration::from_secs(120);

/// How often its log is read again.
const ASK_AGAIN: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_hangs_ends_the_process_with_70_and_loses_nothing() {
    let Some(device) = Disk::in_memory(64) else { return };
    let image = device.path().join("image");
    File::create(&image).unwrap().set_len(IMAGE_BYTES).unwrap();
    format_ext4(&image);
    let disk = Disk::ext4(&image);
    let data = tempfile::tempdir().unwrap();
    symlink(disk.path(), data.path().join("state")).unwrap();

    let start = Start::demo(data.path());
    let kioskd = start.spawn();
    let mut book = Book::default();
    let mut till = Till::connect(kioskd.grpc).await;
    for _ in 0..20 {
        book.place(&mut till, Till::wish("")).await;
    }

    // sled takes what it can't write into memory, and hangs when it has to read a page again that has
    // left its cache: the larger the orders, the sooner. On a busy machine tills give up before that.
    let mut frozen = Some(disk.freeze());
    let mut unanswered = Vec::new();
    let end = Instant::now() + END_MAX;
    let mut queries = JoinSet::new();
    while !has_ended(&kioskd) {
        assert!(Instant::now() < end, "it has not ended within {END_MAX:?}");
        let load = Load::start_with(&kioskd, Till::large_wish);
        let mut load = pin!(load.end(&mut book));
        let left = loop {
            tokio::select! {
                left = &mut load => break left,
                () = sleep(ASK_AGAIN) => if has_ended(&kioskd) {
                    // Threads that are in the kernel end, and their connections with them, when it
                    // lets them go; the exit code is given by then.
                    frozen.take();
                },
            }
        };
        unanswered.extend(left);
        hang_in_history(&kioskd, &mut queries);
    }
    must("why", said(&kioskd, "has not come back for 20 s: sled or its disk hangs")).await;
    drop((frozen, queries));
    assert_eq!(kioskd.wait().await.code(), Some(70));

    let kioskd = start.spawn();
    let mut till = Till::connect(kioskd.grpc).await;
    for (wish, _) in unanswered {
        book.place(&mut till, wish).await;
    }
    book.place(&mut till, Till::wish("")).await;
    book.check(&kioskd).await;
    assert!(kioskd.terminate().await.success());
}

/// More queries of history than the box has threads that serve them.
fn hang_in_history(kioskd: &Kioskd, queries: &mut JoinSet<()>) {
    for _ in 0..4 * available_parallelism().unwrap().get() {
        let mut till = Till::lazy(kioskd.grpc);
        queries.spawn(async move {
            let unknown = GetOrderRequest { order_id: "ORD-0".into() };
            // What it is answered, if at all, is of no interest.
            let _ = till.orders.get_order(unknown).await;
        });
    }
}

/// Whether its main thread is gone, whatever the others are doing (proc(5)).
fn has_ended(kioskd: &Kioskd) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", kioskd.id())).unwrap();
    stat.rsplit_once(") ").unwrap().1.starts_with('Z')
}

async fn said(kioskd: &Kioskd, why: &str) {
    let ends = |line: &String| line.contains("kioskd ends") && line.contains(why);
    while !kioskd.errors().iter().any(ends) {
        sleep(ASK_AGAIN).await;
    }
}
