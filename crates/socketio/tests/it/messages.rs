use bytes::Bytes;
use kiosk_socketio::{Message, Socket};

use crate::support::{Server, patient, send};

const BYTES: &[u8] = &[0, 1, 2, 0x1e, 0xff];

async fn expect(socket: &mut Socket, message: impl Into<Message>) {
    assert_eq!(socket.next().await, Ok(message.into()));
}

#[tokio::test]
async fn polling_carries_text_and_bytes_to_the_server() {
    let mut server = Server::start(patient());
    let (mut client, mut socket) = server.polling().await;
    client.send_post("4hällo\x1ebAAECHv8=\x1e4").await;
    expect(&mut socket, "hällo").await;
    expect(&mut socket, Bytes::from_static(BYTES)).await;
    expect(&mut socket, "").await;
    assert_eq!(client.receive_post().await.body, "ok");
}

#[tokio::test]
async fn a_post_is_answered_when_all_of_it_was_taken() {
    let mut server = Server::start(patient());
    let (mut client, mut socket) = server.polling().await;
    client.send_post("4a\x1e4b\x1e4c").await;
    expect(&mut socket, "a").await;
    expect(&mut socket, "b").await;
    let mut nothing_yet = [0];
    assert!(client.posts.stream.try_read(&mut nothing_yet).is_err());
    expect(&mut socket, "c").await;
    assert_eq!(client.receive_post().await.body, "ok");
}

#[tokio::test]
async fn polling_carries_text_and_bytes_to_the_client() {
    let mut server = Server::start(patient());
    let (mut client, mut socket) = server.polling().await;
    socket.feed("hällo".into()).await.unwrap();
    socket.feed(Bytes::from_static(BYTES).into()).await.unwrap();
    send(&mut socket, "").await;
    let serving = tokio::spawn(async move { socket.next().await });
    assert_eq!(client.poll().await, "4hällo\x1ebAAECHv8=\x1e4");
    serving.abort();
}

#[tokio::test]
async fn a_poll_that_waits_is_answered_by_the_next_flush() {
    let mut server = Server::start(patient());
    let (mut client, mut socket) = server.polling().await;
    client.send_poll().await;
    client.send_post("4the poll is there").await;
    // Both requests travel on their own: the poll may need a moment more.
    expect(&mut socket, "the poll is there").await;
    socket.feed("a".into()).await.unwrap();
    socket.feed("b".into()).await.unwrap();
    socket.flush().await.unwrap();
    let serving = tokio::spawn(async move { socket.next().await });
    assert_eq!(client.receive_poll().await.body, "4a\x1e4b");
    serving.abort();
}

#[tokio::test]
async fn a_websocket_carries_text_and_bytes_both_ways() {
    let mut server = Server::start(patient());
    let (mut client, mut socket) = server.websocket().await;
    client.send("4hällo").await;
    client.send_bytes(BYTES).await;
    expect(&mut socket, "hällo").await;
    expect(&mut socket, Bytes::from_static(BYTES)).await;
    send(&mut socket, "wörld").await;
    send(&mut socket, Bytes::from_static(BYTES)).await;
    assert_eq!(client.text().await, "4wörld");
    assert_eq!(client.bytes().await, BYTES);
}

#[tokio::test]
async fn one_text_is_shared_by_all_sockets() {
    let mut server = Server::start(patient());
    let (mut one, mut first) = server.websocket().await;
    let (mut other, mut second) = server.polling().await;
    let shared = Message::from("to all");
    send(&mut first, shared.clone()).await;
    send(&mut second, shared).await;
    let serving = tokio::spawn(async move { second.next().await });
    assert_eq!(one.text().await, "4to all");
    assert_eq!(other.poll().await, "4to all");
    serving.abort();
}

/// `next` is one arm of a `select!` that is forever won by the other.
#[tokio::test]
async fn a_dropped_next_loses_nothing() {
    const COUNT: usize = 500;
    let mut server = Server::start(patient());
    let (mut poller, mut polled) = server.polling().await;
    let (mut client, mut socket) = server.websocket().await;
    let sending = tokio::spawn(async move {
        for number in 0..COUNT {
            client.send(&format!("4{number}")).await;
            poller.post(&format!("4{number}\x1e4again")).await;
        }
        (client, poller)
    });
    for number in 0..COUNT {
        assert_eq!(often_dropped(&mut socket).await, Message::from(&*number.to_string()));
        assert_eq!(often_dropped(&mut polled).await, Message::from(&*number.to_string()));
        assert_eq!(often_dropped(&mut polled).await, Message::from("again"));
    }
    sending.await.unwrap();
}

async fn often_dropped(socket: &mut Socket) -> Message {
    loop {
        tokio::select! {
            biased;
            message = socket.next() => return message.unwrap(),
            () = tokio::task::yield_now() => {}
        }
    }
}
