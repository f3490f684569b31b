//! The disk takes what it is given and then fails to keep it.
#![allow(clippy::unwrap_used, reason = "test code ends by panicking")]

use std::fs::{self, File};

use kiosk_tests::{Book, Disk, Start, Till, format_ext4};
use tonic::Code;

const IMAGE_BYTES: u64 = 48 * 1024 * 1024;

/// The device promises more than it has, as a worn card does: writes end in the system's cache, and
/// it is the sync that fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_sync_ends_the_process_with_70() {
    let Some(device) = Disk::in_memory(64) else { return };
    let image = device.path().join("image");
    File::create(&image).unwrap().set_len(IMAGE_BYTES).unwrap();
    format_ext4(&image);
    let disk = Disk::ext4(&image);
    let kioskd = Start::demo(&disk.path().join("data")).spawn();
    let mut book = Book::default();
    let mut till = Till::connect(kioskd.grpc).await;
    for _ in 0..20 {
        book.place(&mut till, Till::wish("")).await;
    }

    let ballast = device.fill(0);
    // Each needs blocks that the journal does not have yet.
    let why = loop {
        if let Err(why) = till.orders.place_order(Till::large_wish()).await {
            break why;
        }
    };
    // Whether it was placed is not known, so no code may say that it was not.
    assert_ne!(why.code(), Code::ResourceExhausted, "{why}");
    assert_eq!(kioskd.wait().await.code(), Some(70));

    // Another card would do as well; this one gets its room back.
    fs::remove_file(ballast).unwrap();
    drop(disk);
    let disk = Disk::ext4(&image);
    let kioskd = Start::demo(&disk.path().join("data")).spawn();
    book.check(&kioskd).await;
    assert!(kioskd.terminate().await.success());
}
