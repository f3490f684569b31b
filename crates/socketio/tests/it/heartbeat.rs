use std::time::Duration;

use kiosk_socketio::{Closed, Config};

use crate::support::{SHORT, Server, echo, patient};

fn pinging() -> Config {
    Config { ping_interval: SHORT, ..patient() }
}

#[tokio::test]
async fn polling_is_pinged_after_every_pong() {
    let mut server = Server::start(pinging());
    let (mut client, socket) = server.polling().await;
    tokio::spawn(echo(socket));
    for _ in 0..3 {
        assert_eq!(client.poll().await, "2");
        client.post("3").await;
    }
}

#[tokio::test]
async fn a_websocket_is_pinged_after_every_pong() {
    let mut server = Server::start(pinging());
    let (mut client, socket) = server.websocket().await;
    tokio::spawn(echo(socket));
    for _ in 0..3 {
        assert_eq!(client.text().await, "2");
        client.send("3").await;
    }
}

#[tokio::test]
async fn who_does_not_answer_a_ping_is_gone() {
    let mut server = Server::start(Config { ping_timeout: SHORT, ..pinging() });
    let (mut client, mut polled) = server.polling().await;
    let (mut other, mut socket) = server.websocket().await;
    let serving = tokio::spawn(async move {
        let closed = polled.next().await;
        polled.close().await;
        closed
    });
    assert_eq!(client.poll().await, "2");
    // Saying something else is no answer.
    client.post("6").await;
    // Neither is a poll, whether it waits or comes too late.
    assert_eq!(client.status().await, 400);
    assert_eq!(serving.await.unwrap(), Err(Closed::PingTimeout));
    assert_eq!(client.status().await, 400);

    other.send("6").await;
    assert_eq!(socket.next().await, Err(Closed::PingTimeout));
    assert_eq!(other.text().await, "2");
    drop(socket);
    other.closed().await;
}

/// A server that pings at once would be the first to be heard.
#[tokio::test]
async fn there_is_no_ping_before_its_time() {
    let mut server = Server::start(patient());
    let (mut client, socket) = server.websocket().await;
    tokio::spawn(echo(socket));
    client.send("4x").await;
    assert_eq!(client.text().await, "4x");
}

#[tokio::test]
async fn a_pong_that_nobody_asked_for_does_not_put_off_the_ping() {
    let config = Config { ping_interval: Duration::from_millis(200), ..patient() };
    let mut server = Server::start(config);
    let (mut client, socket) = server.websocket().await;
    tokio::spawn(echo(socket));
    loop {
        client.send("3").await;
        client.send("4x").await;
        if client.text().await == "2" {
            break;
        }
    }
}

/// What the client sent in time counts, however late it is read.
#[tokio::test]
async fn a_pong_that_was_read_late_is_a_pong() {
    let config = Config { ping_timeout: SHORT, ..pinging() };
    let mut server = Server::start(config);
    let (mut client, mut socket) = server.websocket().await;
    let driving = tokio::time::timeout(SHORT * 2 - Duration::from_millis(10), socket.next());
    assert!(driving.await.is_err());
    assert_eq!(client.text().await, "2");
    client.send("3").await;
    client.send("4still here").await;
    // Nobody drives the socket meanwhile.
    tokio::time::sleep(SHORT * 2).await;
    assert_eq!(socket.next().await, Ok("still here".into()));
}
