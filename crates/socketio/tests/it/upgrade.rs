use std::time::Duration;

use kiosk_socketio::{Closed, Config, Message, Socket};
use tokio::time::timeout;

use crate::support::{Polling, SHORT, Server, WebSocket, echo, patient, send};

/// The steps that a client takes, with a server that is driven elsewhere.
async fn upgrade(client: &mut Polling, address: std::net::SocketAddr) -> WebSocket {
    let mut websocket = WebSocket::connect(address, &client.sid).await;
    client.send_poll().await;
    websocket.send("2probe").await;
    assert_eq!(websocket.text().await, "3probe");
    assert_eq!(client.receive_poll().await.body, "6");
    websocket.send("5").await;
    websocket
}

#[tokio::test]
async fn a_session_moves_to_a_websocket() {
    let mut server = Server::start(patient());
    let (mut client, socket) = server.polling().await;
    tokio::spawn(echo(socket));
    let mut websocket = upgrade(&mut client, server.address).await;
    websocket.send("4hello").await;
    assert_eq!(websocket.text().await, "4hello");
    websocket.send_bytes(b"bytes").await;
    assert_eq!(&*websocket.bytes().await, b"bytes");
    // Polling is over.
    assert_eq!(client.status().await, 400);
    client.send_post("4x").await;
    assert_eq!(client.receive_post().await.status, 400);
    assert_eq!(server.engine.sessions(), 1);
}

#[tokio::test]
async fn what_is_pending_goes_over_in_order() {
    let mut server = Server::start(patient());
    let (client, mut socket) = server.polling().await;
    let mut websocket = WebSocket::connect(server.address, &client.sid).await;
    websocket.send("2probe").await;
    for number in 0..100 {
        socket.feed(Message::from(&*number.to_string())).await.unwrap();
    }
    let serving = tokio::spawn(echo(socket));
    assert_eq!(websocket.text().await, "3probe");
    websocket.send("5").await;
    websocket.send("4100").await;
    for number in 0..=100 {
        assert_eq!(websocket.text().await, format!("4{number}"));
    }
    serving.abort();
}

/// Both sides talk all the time, while the client upgrades as the reference client does: it goes on
/// polling until it has the answer to its probe, then lets the poll come back, then says `5`.
#[tokio::test]
async fn nothing_in_flight_is_lost_or_reordered() {
    for _ in 0..20 {
        let mut server = Server::start(patient());
        let (mut client, socket) = server.polling().await;
        let serving = tokio::spawn(talk(socket));
        let mut heard = Vec::new();
        let mut posted = 0;
        for _ in 0..3 {
            hear(&mut heard, &client.poll().await);
            post_next(&mut client, &mut posted).await;
        }
        let mut websocket = WebSocket::connect(server.address, &client.sid).await;
        websocket.send("2probe").await;
        let mut polled_after_probe = false;
        while !polled_after_probe {
            let answer = timeout(Duration::from_millis(1), websocket.text()).await;
            polled_after_probe = answer.is_ok_and(|text| text == "3probe");
            hear(&mut heard, &client.poll().await);
            post_next(&mut client, &mut posted).await;
        }
        websocket.send("5").await;
        while heard.len() < COUNT {
            if posted < COUNT {
                websocket.send(&format!("4{posted}")).await;
                posted += 1;
            }
            hear(&mut heard, &websocket.text().await);
        }
        while posted < COUNT {
            websocket.send(&format!("4{posted}")).await;
            posted += 1;
        }
        let numbers: Vec<String> = (0..COUNT).map(|number| number.to_string()).collect();
        assert_eq!(heard, numbers);
        assert_eq!(serving.await.unwrap(), numbers);
    }
}

const COUNT: usize = 200;

fn hear(heard: &mut Vec<String>, body: &str) {
    let messages = body.split('\x1e').filter(|packet| *packet != "6");
    heard.extend(messages.map(|message| message.strip_prefix('4').unwrap().to_owned()));
}

async fn post_next(client: &mut Polling, posted: &mut usize) {
    client.post(&format!("4{posted}\x1e4{}", *posted + 1)).await;
    *posted += 2;
}

/// Says all numbers, and returns what it has heard.
async fn talk(mut socket: Socket) -> Vec<String> {
    let (mut said, mut heard) = (0, Vec::new());
    while said < COUNT || heard.len() < COUNT {
        tokio::select! {
            message = socket.next() => match message.unwrap() {
                Message::Text(text) => heard.push(text.as_str().to_owned()),
                Message::Binary(_) => panic!(),
            },
            () = tokio::task::yield_now(), if said < COUNT => {
                send(&mut socket, &*said.to_string()).await;
                said += 1;
            }
        }
    }
    // The last messages are still to be taken.
    let _ = timeout(SHORT, socket.next()).await;
    heard
}

#[tokio::test]
async fn a_failed_probe_leaves_polling_as_it_was() {
    let mut server = Server::start(patient());
    let (mut client, socket) = server.polling().await;
    tokio::spawn(echo(socket));
    for wrong in
        [&["4hello"][..], &["5"], &["2probe", "4hello"], &["2probe", "2probe"], &["1"], &["x"]]
    {
        let mut websocket = WebSocket::connect(server.address, &client.sid).await;
        for frame in wrong {
            websocket.send(frame).await;
        }
        websocket.closed().await;
    }
    let left = WebSocket::connect(server.address, &client.sid).await;
    drop(left);
    client.post("4still polling").await;
    assert_eq!(client.poll().await, "4still polling");
    // And the next attempt goes through.
    let mut websocket = upgrade(&mut client, server.address).await;
    websocket.send("4hello").await;
    assert_eq!(websocket.text().await, "4hello");
}

#[tokio::test]
async fn a_probe_that_stalls_is_given_up() {
    for frames in [&[][..], &["2probe"]] {
        let mut server = Server::start(Config { upgrade_timeout: SHORT, ..patient() });
        let (mut client, socket) = server.polling().await;
        tokio::spawn(echo(socket));
        let mut websocket = WebSocket::connect(server.address, &client.sid).await;
        for frame in frames {
            websocket.send(frame).await;
        }
        websocket.closed().await;
        client.post("4still polling").await;
        assert_eq!(client.poll().await, "4still polling");
    }
}

#[tokio::test]
async fn there_is_one_websocket_for_a_session_before_and_after_the_upgrade() {
    let mut server = Server::start(patient());
    let (mut client, socket) = server.polling().await;
    tokio::spawn(echo(socket));
    let mut websocket = WebSocket::connect(server.address, &client.sid).await;
    websocket.send("2probe").await;
    assert_eq!(websocket.text().await, "3probe");
    WebSocket::connect(server.address, &client.sid).await.closed().await;
    assert_eq!(client.poll().await, "6");
    websocket.send("5").await;
    websocket.send("4hello").await;
    assert_eq!(websocket.text().await, "4hello");
    WebSocket::connect(server.address, &client.sid).await.closed().await;
    websocket.send("4again").await;
    assert_eq!(websocket.text().await, "4again");
}

#[tokio::test]
async fn pings_go_on_while_a_websocket_is_tried() {
    let config = Config { ping_interval: SHORT, ping_timeout: SHORT * 20, ..patient() };
    let mut server = Server::start(config);
    let (mut client, socket) = server.polling().await;
    tokio::spawn(echo(socket));
    let mut websocket = WebSocket::connect(server.address, &client.sid).await;
    websocket.send("2probe").await;
    assert_eq!(websocket.text().await, "3probe");
    let mut packets = Vec::new();
    while !packets.contains(&"2".to_owned()) {
        packets.extend(client.poll().await.split('\x1e').map(str::to_owned));
    }
    client.post("3").await;
    websocket.send("5").await;
    assert_eq!(websocket.text().await, "2");
}

/// Such a client breaks the protocol, but its messages are not lost in the poll.
#[tokio::test]
async fn a_poll_that_still_waits_after_the_upgrade_is_refused() {
    let mut server = Server::start(patient());
    let (mut client, mut socket) = server.polling().await;
    let mut websocket = WebSocket::connect(server.address, &client.sid).await;
    websocket.send("2probe").await;
    websocket.send("5").await;
    // Nobody drives the socket before all of it is there.
    client.send_poll().await;
    client.send_post("4x").await;
    tokio::time::sleep(SHORT).await;
    send(&mut socket, "pending").await;
    let serving = tokio::spawn(async move { socket.next().await });
    assert_eq!(client.receive_poll().await.status, 400);
    assert_eq!(websocket.text().await, "3probe");
    assert_eq!(websocket.text().await, "4pending");
    drop(websocket);
    assert_eq!(serving.await.unwrap(), Err(Closed::Left));
}
