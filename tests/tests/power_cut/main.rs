//! The plug is pulled, 25 times, on a real file system.
#![allow(clippy::unwrap_used, reason = "test code ends by panicking")]
#![allow(clippy::print_stdout, reason = "how a failing run went")]

mod device;
mod store_alone;

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use device::{Device, Unflushed};
use kiosk_proto::v1::PlaceOrderRequest;
use kiosk_tests::{Book, Disk, Kioskd, Load, Random, Start, Till};

const CUTS: u32 = 25;

/// Each this many cuts, the box is cut again while it starts on what the cut has left.
const CUT_AGAIN_EVERY: u32 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_orders_survive_a_power_cut() {
    if Disk::in_memory(1).is_none() {
        return;
    }
    let mut device = Device::new();
    let mut random = Random::of_variable("KIOSK_POWER_SEED");
    let mut book = Book::default();
    let mut unanswered = vec![];
    let mut downtime = Duration::ZERO;

    let kinds = [Unflushed::Kept, Unflushed::Lost, Unflushed::Random];
    for (cut, unflushed) in (1..=CUTS).zip(kinds.into_iter().cycle()) {
        let start = start_on(&device);
        if cut % CUT_AGAIN_EVERY == 0 {
            cut_while_starting(&mut device, &start, &mut random);
        }
        let started = Instant::now();
        let kioskd = start_on(&device).spawn();
        downtime = downtime.max(started.elapsed());
        book.check(&kioskd).await;
        repeat(&kioskd, std::mem::take(&mut unanswered), &mut book).await;

        let load = Load::start(&kioskd);
        // The random instant: often early, sometimes after sled has written its part several times.
        tokio::time::sleep(Duration::from_millis(random.below(40).pow(2))).await;
        let left = tokio::task::block_in_place(|| device.cut(kioskd.id(), unflushed, &mut random));
        kioskd.kill();
        unanswered = wishes(load.end(&mut book).await);
        println!("cut {cut}, unflushed {unflushed:?}: {} orders so far", book.acknowledged.len());
        device.replace(&left);
    }

    let kioskd = start_on(&device).spawn();
    repeat(&kioskd, unanswered, &mut book).await;
    book.check(&kioskd).await;
    println!("{} orders, {CUTS} cuts, ready after at most {downtime:?}", book.acknowledged.len());
    assert!(kioskd.terminate().await.success());
}

fn start_on(device: &Device) -> Start {
    Start::demo(&device.box_path().join("data"))
}

fn cut_while_starting(device: &mut Device, start: &Start, random: &mut Random) {
    let mut process = start.command().stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(random.below(60)));
    let left = device.cut(process.id(), Unflushed::Random, random);
    process.kill().unwrap();
    process.wait().unwrap();
    device.replace(&left);
}

/// Nobody knows whether these were placed before the cut; now they are. And so is a new one.
async fn repeat(kioskd: &Kioskd, wishes: Vec<PlaceOrderRequest>, book: &mut Book) {
    let mut till = Till::connect(kioskd.grpc).await;
    for wish in wishes.into_iter().chain([Till::wish("")]) {
        book.place(&mut till, wish).await;
    }
}

fn wishes(unanswered: Vec<(PlaceOrderRequest, tonic::Status)>) -> Vec<PlaceOrderRequest> {
    unanswered.into_iter().map(|(wish, _)| wish).collect()
}
