//! How kioskd ends: with what exit code, and with what it still does before.

#![expect(clippy::unwrap_used, reason = "a test ends by panicking")]

use std::{
    process::{Command, Output},
    time::{Duration, Instant},
};

use kiosk_proto::v1::{GetOrderRequest, Order};
use kiosk_tests::{Start, Till, must, program};
use tokio::task::JoinSet;
use tonic::{Code, Status};

/// From the signal to the end.
const DRAIN_MAX: Duration = Duration::from_secs(5);

#[tokio::test]
async fn second_kioskd_on_the_same_data_dir_exits_75() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    assert_eq!(Start::demo(dir.path()).exit_code(), Some(75));
    // The first one has not noticed.
    Till::connect(kioskd.grpc).await.place(Till::wish("")).await;
    assert!(kioskd.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_drains_within_5_s_and_answers_what_was_taken() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let mut tills = JoinSet::new();
    let (tell, mut told) = tokio::sync::mpsc::channel(1);
    for _ in 0..8 {
        tills.spawn(order_until_refused(Till::connect(kioskd.grpc).await, tell.clone()));
    }
    must("an order", told.recv()).await.unwrap();
    let told_to_end = Instant::now();
    assert_eq!(kioskd.terminate().await.code(), Some(0));
    assert!(told_to_end.elapsed() < DRAIN_MAX, "{:?}", told_to_end.elapsed());
    let placed = must("the tills' end", tills.join_all()).await.concat();

    let kioskd = Start::demo(dir.path()).spawn();
    let mut till = Till::connect(kioskd.grpc).await;
    for order in &placed {
        let request = GetOrderRequest { order_id: order.order_id.clone() };
        let found = till.orders.get_order(request).await.unwrap().into_inner();
        assert_eq!(found.order.as_ref(), Some(order));
    }
    // What was refused was not taken: daily numbers have no gap, so the next one counts the orders.
    let next = till.place(Till::wish("")).await;
    assert_eq!(usize::try_from(next.daily_num).unwrap(), placed.len() + 1);
    assert!(kioskd.terminate().await.success());
}

/// Every request is answered, or refused as UNAVAILABLE, or was not taken from a connection that is
/// closing; the orders that were answered.
async fn order_until_refused(mut till: Till, tell: tokio::sync::mpsc::Sender<()>) -> Vec<Order> {
    let mut placed = Vec::new();
    loop {
        match must("an answer", till.orders.place_order(Till::wish(""))).await {
            Ok(answer) => placed.extend(answer.into_inner().order),
            Err(failure) => {
                let refused = failure.code() == Code::Unavailable;
                assert!(refused || was_not_sent(&failure), "{failure:?}");
                return placed;
            }
        }
        if placed.len() == 50 {
            // Another till may have said so.
            let _ = tell.try_send(());
        }
    }
}

/// What tonic's client makes of a request that it holds when its connection closes, or that crosses
/// with the GOAWAY of one that ends in peace: its stream is past the last that the box took.
fn was_not_sent(failure: &Status) -> bool {
    let held = failure.code() == Code::Cancelled && failure.message() == "operation was canceled";
    held || format!("{failure:?}").contains("GoAway(b\"\", NO_ERROR, Remote)")
}

#[test]
fn a_wrong_configuration_exits_78_and_names_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("kiosk.toml");
    for (text, line, word) in [
        ("[grpc]\nlisten = \"127.0.0.1:0\"\nlissten = 1\n", 3, "lissten"),
        ("[web]\n\nsessions_max = -1\n", 3, "-1"),
        ("[mqtt]\nsite = \"a/b\"\n", 2, "/ + #"),
        ("[grpc\n", 1, "]"),
    ] {
        std::fs::write(&file, text).unwrap();
        let Output { status, stderr, .. } = check_config(&file);
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(78), "{said}");
        let place = format!("{}:{line}: ", file.display());
        assert!(said.contains(&place) && said.contains(word), "{said:?}: {place} {word}");
    }
    std::fs::write(&file, "[web]\nsessions_max = 7\n").unwrap();
    assert_eq!(check_config(&file).status.code(), Some(0));
}

fn check_config(file: &std::path::Path) -> Output {
    let mut kioskd = Command::new(program("kioskd"));
    kioskd.arg("--check-config").arg("--config").arg(file).output().unwrap()
}
