use kiosk_socketio::{Closed, Config};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::support::{Server, patient, send};

#[tokio::test]
async fn a_client_leaves_by_a_post_and_its_poll_ends_in_peace() {
    let mut server = Server::start(patient());
    let (mut client, mut socket) = server.polling().await;
    client.send_poll().await;
    client.send_post("4bye\x1e1\x1e4not heard").await;
    assert_eq!(socket.next().await, Ok("bye".into()));
    assert_eq!(socket.next().await, Err(Closed::Left));
    socket.close().await;
    assert_eq!(client.receive_poll().await.body, "6");
    assert_eq!(client.receive_post().await.body, "ok");
    assert_eq!(client.status().await, 400);
}

#[tokio::test]
async fn a_poll_that_its_own_goodbye_has_overtaken_ends_in_peace() {
    let mut server = Server::start(patient());
    let (mut client, mut socket) = server.polling().await;
    let serving = tokio::spawn(async move {
        assert_eq!(socket.next().await, Err(Closed::Left));
        socket
    });
    client.post("1").await;
    let socket = serving.await.unwrap();
    client.send_poll().await;
    socket.close().await;
    assert_eq!(client.receive_poll().await.body, "6");
    assert_eq!(client.status().await, 400);
}

#[tokio::test]
async fn a_client_leaves_by_a_packet_a_frame_or_without_a_word() {
    let mut server = Server::start(patient());
    let (mut client, mut socket) = server.websocket().await;
    client.send("1").await;
    assert_eq!(socket.next().await, Err(Closed::Left));

    let (mut client, mut socket) = server.websocket().await;
    client.stream.close(None).await.unwrap();
    assert_eq!(socket.next().await, Err(Closed::Left));

    let (client, mut socket) = server.websocket().await;
    drop(client);
    assert_eq!(socket.next().await, Err(Closed::Left));
}

#[tokio::test]
async fn the_server_closes_and_a_poll_hears_the_last_words() {
    let mut server = Server::start(patient());
    let (mut client, mut socket) = server.polling().await;
    send(&mut socket, "last words").await;
    let closing = tokio::spawn(socket.close());
    assert_eq!(client.poll().await, "4last words\x1e1");
    closing.await.unwrap();
    assert_eq!(client.status().await, 400);
}

#[tokio::test]
async fn closing_does_not_wait_for_a_poll_that_never_comes() {
    let mut server = Server::start(Config { close_timeout: crate::support::SHORT, ..patient() });
    let (mut client, socket) = server.polling().await;
    socket.close().await;
    assert_eq!(client.status().await, 400);
}

#[tokio::test]
async fn the_server_closes_a_websocket_with_a_code() {
    let mut server = Server::start(patient());
    let (client, mut socket) = server.websocket().await;
    send(&mut socket, "last words").await;
    let closing = tokio::spawn(socket.close());
    assert_eq!(client.closed().await.unwrap().code, CloseCode::Normal);
    closing.await.unwrap();
    assert_eq!(server.engine.sessions(), 0);
}

#[tokio::test]
async fn a_dropped_socket_ends_its_session() {
    let mut server = Server::start(patient());
    let (mut client, mut socket) = server.polling().await;
    client.send_poll().await;
    client.post_while(&mut socket, "4the poll is there").await;
    drop(socket);
    assert_eq!(client.receive_poll().await.status, 400);
    assert_eq!(client.status().await, 400);

    let (client, socket) = server.websocket().await;
    drop(socket);
    assert_eq!(client.closed().await, None);
    assert_eq!(server.engine.sessions(), 0);
}
