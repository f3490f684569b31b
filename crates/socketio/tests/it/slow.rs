use std::time::Duration;

use kiosk_socketio::{Closed, Config, Message, Socket};

use crate::support::{SHORT, Server, patient, send};

const KIB: usize = 1024;

fn impatient() -> Config {
    Config { write_timeout: SHORT, pending_bytes_max: 64 * KIB, ..patient() }
}

/// Feeds as fast as it may, until that fails; at most so many messages.
async fn flood(socket: &mut Socket, messages: usize) -> Result<(), Closed> {
    let message = Message::from(&*"x".repeat(KIB));
    for _ in 0..messages {
        socket.feed(message.clone()).await?;
    }
    socket.flush().await
}

#[tokio::test]
async fn a_websocket_that_is_not_read_is_too_slow_and_no_other_notices() {
    let mut server = Server::start(impatient());
    let (stalled, mut to_stalled) = server.websocket().await;
    let (mut healthy, mut to_healthy) = server.websocket().await;
    // More than what the kernel holds on both sides.
    assert_eq!(flood(&mut to_stalled, 64 * KIB).await, Err(Closed::TooSlow));
    assert_eq!(to_stalled.feed("x".into()).await, Err(Closed::TooSlow), "it stays ended");
    assert_eq!(server.engine.sessions(), 1);
    send(&mut to_healthy, "x").await;
    assert_eq!(healthy.text().await, "4x");
    drop(stalled);
}

#[tokio::test]
async fn a_poller_that_does_not_poll_is_too_slow_after_a_while() {
    let mut server = Server::start(impatient());
    let (mut client, mut socket) = server.polling().await;
    send(&mut socket, "x").await;
    assert_eq!(socket.next().await, Err(Closed::TooSlow));
    assert_eq!(client.status().await, 400);
}

#[tokio::test]
async fn a_poller_that_does_not_poll_is_too_slow_when_too_much_is_pending() {
    let mut server = Server::start(impatient());
    let (mut client, mut socket) = server.polling().await;
    assert_eq!(flood(&mut socket, 63).await, Ok(()));
    assert_eq!(flood(&mut socket, 1).await, Err(Closed::TooSlow));
    assert_eq!(client.status().await, 400);
}

#[tokio::test]
async fn what_can_never_fit_is_too_much_at_once() {
    let mut server = Server::start(Config { pending_bytes_max: KIB, ..patient() });
    let (_client, mut polled) = server.polling().await;
    let (_other, mut socket) = server.websocket().await;
    let big = Message::from(&*"x".repeat(KIB));
    assert_eq!(polled.feed(big.clone()).await, Err(Closed::TooSlow));
    assert_eq!(socket.feed(big).await, Err(Closed::TooSlow));
}

/// Nothing but a ping waits: the heartbeat's time counts, not that of writing.
#[tokio::test]
async fn a_ping_that_is_not_taken_is_the_heartbeats_business() {
    let config = Config { ping_interval: SHORT, ping_timeout: SHORT * 4, ..impatient() };
    let mut server = Server::start(config);
    let (_client, mut socket) = server.polling().await;
    assert_eq!(socket.next().await, Err(Closed::PingTimeout));
}

#[tokio::test]
async fn a_burst_larger_than_the_bound_reaches_a_client_that_takes_it() {
    const COUNT: usize = 1_000;
    let config = Config { write_timeout: Duration::from_secs(600), ..impatient() };
    let mut server = Server::start(config);
    let (mut poller, mut polled) = server.polling().await;
    let (mut client, mut socket) = server.websocket().await;
    let padding = "x".repeat(KIB);
    let feeding = tokio::spawn(async move {
        for number in 0..COUNT {
            let message = Message::from(&*format!("{number} {padding}"));
            polled.feed(message.clone()).await.unwrap();
            socket.feed(message).await.unwrap();
        }
        polled.flush().await.unwrap();
        socket.flush().await.unwrap();
        tokio::join!(polled.next(), socket.next())
    });
    let reading = tokio::spawn(async move {
        for number in 0..COUNT {
            assert!(client.text().await.starts_with(&format!("4{number} ")));
        }
        client
    });
    let mut next = 0;
    while next < COUNT {
        for message in poller.poll().await.split('\x1e') {
            assert!(message.starts_with(&format!("4{next} ")));
            next += 1;
        }
    }
    reading.await.unwrap();
    feeding.abort();
}

#[tokio::test]
async fn who_was_too_slow_is_told_so() {
    let mut server = Server::start(impatient());
    let (client, mut socket) = server.websocket().await;
    assert_eq!(flood(&mut socket, 64 * KIB).await, Err(Closed::TooSlow));
    let closing = tokio::spawn(socket.close());
    // It reads again.
    assert_eq!(u16::from(client.closed().await.unwrap().code), 4008);
    closing.await.unwrap();
}

/// The answer to the first message of a post is too long for one poll.
#[tokio::test]
async fn polls_are_answered_while_a_post_is_half_read() {
    let config = Config { write_timeout: Duration::from_secs(600), ..impatient() };
    let mut server = Server::start(config);
    let (mut client, mut socket) = server.polling().await;
    client.send_post("4a\x1e4b").await;
    assert_eq!(socket.next().await, Ok("a".into()));
    let feeding = tokio::spawn(async move {
        flood(&mut socket, 100).await.unwrap();
        assert_eq!(socket.next().await, Ok("b".into()));
        socket.next().await
    });
    let mut heard = 0;
    while heard < 100 {
        heard += client.poll().await.split('\x1e').count();
    }
    assert_eq!(client.receive_post().await.body, "ok");
    feeding.abort();
}
