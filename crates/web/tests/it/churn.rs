//! Ten thousand that come and go, however they leave: nothing of them is left.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use futures_util::StreamExt as _;
use kiosk_hub::stats;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, sync::Notify, task::JoinSet, time::sleep};

use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::{
    cafe::{Cafe, Screen, must},
    http_client::send,
    poller::Poller,
    reader::{Kind, Reader},
};

const CLIENTS: usize = 10_000;
const AT_ONCE: usize = 16;
const SESSIONS_MAX: usize = 300;
/// The engine bears so many more, that still wait for a place.
const ENGINE_SESSIONS_MAX: usize = SESSIONS_MAX + SESSIONS_MAX / 4 + 16;
/// 10,000 connections that leave 10 KiB each are more.
const GROWTH_BYTES_MAX: u64 = 64 * 1024 * 1024;
const HANDSHAKE: &str = "/socket.io/?EIO=4&transport=polling";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_in_all_dialects_that_come_and_go_leave_nothing_behind() {
    let cafe = Arc::new(Cafe::with_sessions(SESSIONS_MAX, SESSIONS_MAX).await);
    // What is allocated once and for all.
    come_and_go(&cafe, CLIENTS / 20).await;
    is_empty(&cafe).await;
    let before = stats::resident_bytes().unwrap();
    come_and_go(&cafe, CLIENTS).await;
    is_empty(&cafe).await;
    let after = stats::resident_bytes().unwrap();
    assert!(after < before + GROWTH_BYTES_MAX, "{before} bytes before, {after} after");

    // Every place is free, and no more than there are.
    let mut screens = Vec::new();
    for _ in 0..SESSIONS_MAX {
        screens.push(Screen::connect(&cafe).await);
    }
    let url = format!("ws://{}/ws", cafe.address);
    let (mut surplus, _) = must("a handshake", connect_async(url)).await.unwrap();
    assert!(matches!(must("a close", surplus.next()).await, Some(Ok(Message::Close(_)))));
    drop(screens);
    drop(surplus);
    // Those that only made the handshake have some seconds for the next step.
    let all_free = async { while fill(&cafe).await < ENGINE_SESSIONS_MAX {} };
    must("the end of the engine's sessions", all_free).await;
}

/// Opens as many sessions of the engine as there can be, and closes them; how many there were.
async fn fill(cafe: &Cafe) -> usize {
    let mut pollers = Vec::new();
    while let Some(poller) = Poller::try_open(cafe.address).await {
        pollers.push(poller);
    }
    let count = pollers.len();
    assert!(count <= ENGINE_SESSIONS_MAX, "{count}");
    for mut poller in pollers {
        // It may be too late for it.
        let _ = poller.post_bytes(b"1").await;
    }
    count
}

async fn come_and_go(cafe: &Arc<Cafe>, clients: usize) {
    let next = Arc::new(AtomicUsize::new(0));
    let done = Arc::new(Notify::new());
    let mut tasks = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (cafe, next) = (Arc::clone(cafe), Arc::clone(&next));
        tasks.spawn(async move {
            loop {
                let turn = next.fetch_add(1, SeqCst);
                if turn >= clients {
                    return;
                }
                come_and_leave(&cafe, turn).await;
            }
        });
    }
    // Those that vanish between two polls are found out when there is something for them.
    let (events_of, stop) = (Arc::clone(cafe), Arc::clone(&done));
    let events = tokio::spawn(async move {
        let stopped = stop.notified();
        tokio::pin!(stopped);
        loop {
            events_of.put_item("Tea").await;
            tokio::select! {
                () = sleep(Duration::from_millis(50)) => {}
                () = &mut stopped => break,
            }
        }
    });
    tasks.join_all().await;
    done.notify_one();
    must("the last event", events).await.unwrap();
    cafe.put_item("Coffee").await;
}

async fn come_and_leave(cafe: &Cafe, turn: usize) {
    let kind = Kind::ALL[turn % Kind::ALL.len()];
    match turn % 100 {
        // They come, and never say what they want.
        3 => drop(TcpStream::connect(cafe.address).await.unwrap()),
        13 => {
            let mut stream = TcpStream::connect(cafe.address).await.unwrap();
            stream.write_all(b"GET /socket.io/?EIO=4&transp").await.unwrap();
        }
        23 => drop(send(cafe.address, "GET", HANDSHAKE, &[], "").await),
        // Vanished between two polls.
        4 => drop(come(cafe, kind).await),
        abrupt if abrupt % 2 == 0 && kind != Kind::Polling => drop(come(cafe, kind).await),
        _ => come(cafe, kind).await.leave().await,
    }
}

/// As clients do, later again when there is no room: those that vanished take some seconds to be
/// found out, and one that leaves by a post has a moment more, as its last poll may be on its way.
async fn come(cafe: &Cafe, kind: Kind) -> Reader {
    let room = async {
        loop {
            match Reader::try_connect(cafe, kind).await {
                Some(reader) => return reader,
                None => sleep(Duration::from_millis(100)).await,
            }
        }
    };
    must("room for one more", room).await
}

/// No session, and no follower of the log.
async fn is_empty(cafe: &Cafe) {
    let stats = cafe.hub.stats();
    let empty = async {
        while !stats.connections.screens().is_empty()
            || stats.websocket.followers().0 + stats.socketio.followers().0 > 0
        {
            sleep(Duration::from_millis(10)).await;
        }
    };
    must("the end of the sessions", empty).await;
}
