//! Clients whose cable is cut again and again while orders are placed: each sees every event once
//! and in order, on native JSON, and with the unmodified Socket.IO client.

#![expect(clippy::unwrap_used, reason = "a test ends by panicking")]

use std::time::Duration;

use kiosk_tests::{Cable, Kioskd, Random, Screen, SocketIoClients, Start, Till};
use serde_json::{Value, json};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, sleep_until},
};

const CUTS: u32 = 500;
/// Between two cuts.
const PAUSE_MS_MAX: u64 = 30;
/// Orders a second: enough that some are on their way at any cut, few enough that the log of the
/// test stays short.
const PERIOD: Duration = Duration::from_millis(3);

/// Places orders until it is told to end.
struct Load {
    task: JoinHandle<Till>,
    stop: watch::Sender<bool>,
}

impl Load {
    async fn on(kioskd: &Kioskd) -> Self {
        let mut till = Till::connect(kioskd.grpc).await;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            while !*stopped.borrow() {
                till.place(Till::wish("")).await;
                sleep(PERIOD).await;
            }
            till
        });
        Self { task, stop }
    }

    /// Places one more, which is the last; its id.
    async fn end(self) -> String {
        self.stop.send_replace(true);
        let mut till = self.task.await.unwrap();
        till.place(Till::wish("")).await.order_id
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_native_client_that_is_cut_500_times_sees_every_event_once_and_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).quiet().spawn();
    let cable = Cable::to(kioskd.web).await;
    let mut random = Random::new(17);
    let first = Screen::connect(cable.address).await;
    let epoch = first.hello["data"]["epoch"].as_str().unwrap().to_owned();
    let mut seq = first.hello["data"]["seq"].as_u64().unwrap();
    let load = Load::on(&kioskd).await;

    let (mut load, mut last) = (Some(load), None);
    let (mut cuts, mut resumed) = (0, 0);
    let mut screen = Some(first);
    while let Some(mut client) = screen.take() {
        let cut_after = sleep(Duration::from_millis(random.below(PAUSE_MS_MAX)));
        tokio::pin!(cut_after);
        let mut is_cut = cuts == CUTS;
        // Until it notices that it is cut, or has seen the last order.
        let is_done = loop {
            let frame = tokio::select! {
                frame = client.try_next() => frame,
                () = &mut cut_after, if !is_cut => {
                    (is_cut, cuts) = (true, cuts + 1);
                    cable.cut();
                    continue;
                }
            };
            let Ok(frame) = frame else { break false };
            if frame["event"] == "resumed" {
                assert_eq!(frame["data"]["recovered"], true);
                resumed += 1;
                continue;
            }
            assert_eq!((&frame["seq"], &frame["epoch"]), (&json!(seq + 1), &json!(epoch)));
            seq += 1;
            if cuts == CUTS
                && let Some(load) = load.take()
            {
                last = Some(load.end().await);
            }
            if last.is_some() && frame["data"]["orderId"] == json!(last) {
                break true;
            }
        };
        while !is_done && screen.is_none() {
            let query = format!("?epoch={epoch}&seq={seq}");
            screen = Screen::try_connect(cable.address, &query).await.ok();
        }
    }
    eprintln!("{cuts} cuts, resumed {resumed} times, {seq} events");
    assert!(resumed > CUTS / 2, "it was greeted only {resumed} times");
    assert!(kioskd.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_io_client_that_is_cut_500_times_sees_every_event_once_and_in_order() {
    cut_socket_io(json!(["websocket"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_polling_socket_io_client_that_is_cut_500_times_sees_every_event_once_and_in_order() {
    cut_socket_io(json!(["polling"])).await;
}

async fn cut_socket_io(transports: Value) {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).quiet().spawn();
    let cable = Cable::to(kioskd.web).await;
    let mut random = Random::new(18);
    let mut clients = SocketIoClients::of(cable.address);
    let quick =
        json!({"transports": transports, "reconnectionDelay": 1, "reconnectionDelayMax": 5});
    clients.connect("k", quick).await;
    clients.next_of("k", "connect").await;
    clients.ask("k", json!(["subscribe", {"rooms": ["kitchen"]}])).await;
    // The answer to this tells the client where it is.
    clients.emit("k", json!(["join_kitchen", {"roomType": "kitchen"}])).await;
    clients.next_event("k", "Join_room_success").await;

    let mut load = Some(Load::on(&kioskd).await);
    let (mut cuts, mut number, mut last) = (0, 0, None::<String>);
    let mut older_seen = None;
    let mut is_connected = true;
    let mut cut_at = Instant::now();
    loop {
        let seen = tokio::select! {
            seen = clients.next() => seen,
            // A client that polls does not notice a cut between two polls: that is no cut.
            () = sleep_until(cut_at), if is_connected && cuts < CUTS => {
                cable.cut();
                cut_at = Instant::now() + Duration::from_millis(random.below(PAUSE_MS_MAX));
                continue;
            }
        };
        match seen["what"].as_str() {
            Some("connect") => {
                assert_eq!(seen["recovered"], true, "after {cuts} cuts");
                is_connected = true;
                cut_at = Instant::now() + Duration::from_millis(random.below(PAUSE_MS_MAX));
            }
            Some("disconnect") => (is_connected, cuts) = (false, cuts + 1),
            _ => {}
        }
        let order = &seen["args"][0];
        match seen["event"].as_str() {
            Some("new_order") => {
                assert_eq!(order["orderNo"], number + 1, "after {cuts} cuts");
                assert_eq!(older_seen.replace(order["orderId"].clone()), None);
            }
            Some("order:created") => {
                number += 1;
                assert_eq!(order["dailyNum"], number, "after {cuts} cuts");
                assert_eq!(older_seen.take().as_ref(), Some(&order["orderId"]));
                if cuts >= CUTS
                    && let Some(load) = load.take()
                {
                    last = Some(load.end().await);
                }
                if last.is_some() && order["orderId"] == json!(last) {
                    break;
                }
            }
            _ => {}
        }
    }
    eprintln!("{transports}: {cuts} cuts, {number} orders");
    drop(clients);
    assert!(kioskd.terminate().await.success());
}
