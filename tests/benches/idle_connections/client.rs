use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use crate::wire::Wire;

/// A way to be connected, and what it may take.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) bound_kib: f64,
    /// Is once in what says that an order was placed.
    sign: &'static [u8],
    speaks: Speaks,
}

#[derive(Clone, Copy, PartialEq)]
enum Speaks {
    /// The subprotocol is the kind's name.
    Native,
    SocketIo,
    /// Socket.IO, one poll after the other.
    Polling,
}

const NATIVE: Kind =
    Kind { name: "", bound_kib: 10.0, sign: b"order:created", speaks: Speaks::Native };

pub(crate) const KINDS: [Kind; 5] = [
    Kind { name: "kiosk.v1.json", ..NATIVE },
    Kind { name: MESSAGE, ..NATIVE },
    Kind { name: "kiosk.v1.proto", sign: b"ORD-", ..NATIVE },
    Kind { name: "Socket.IO, WebSocket", speaks: Speaks::SocketIo, ..SOCKET_IO },
    Kind { name: "Socket.IO, polling", speaks: Speaks::Polling, ..SOCKET_IO },
];

const SOCKET_IO: Kind =
    Kind { name: "", bound_kib: 20.0, sign: b"\"new_order\"", speaks: Speaks::SocketIo };
/// Wants its messages acknowledged.
const MESSAGE: &str = "kiosk.v1.message";

const SOCKET_IO_PATH: &str = "/socket.io/?EIO=4&transport=";
/// Engine.IO packets.
const PING: &[u8] = b"2";
const PONG: &str = "3";
/// Socket.IO packets inside of Engine.IO's messages.
const CONNECT: &str = "40";
const JOIN: &str = r#"42["join_kitchen",{"roomType":"kitchen"}]"#;

/// A client that is connected and, on Socket.IO, in one room.
pub(crate) struct Client {
    kind: &'static Kind,
    wire: Wire,
    /// Where it polls.
    path: String,
}

impl Client {
    pub(crate) async fn open(kind: &'static Kind, web: SocketAddr) -> Self {
        let mut client = Self { kind, wire: Wire::connect(web).await, path: String::new() };
        match kind.speaks {
            Speaks::Native => {
                client.wire.upgrade("/ws", Some(kind.name)).await;
                client.expect("hello").await;
            }
            Speaks::SocketIo => {
                client.wire.upgrade(&format!("{SOCKET_IO_PATH}websocket"), None).await;
                client.expect("sid").await;
                client.join().await;
            }
            Speaks::Polling => {
                client.path = format!("{SOCKET_IO_PATH}polling");
                let opened = client.expect("sid").await;
                let sid = opened.split('"').nth(3).unwrap();
                client.path = format!("{SOCKET_IO_PATH}polling&sid={sid}");
                client.join().await;
            }
        }
        client
    }

    async fn join(&mut self) {
        self.send(CONNECT).await;
        self.expect("sid").await;
        self.send(JOIN).await;
        self.expect("oin_room_success").await;
    }

    /// Does nothing but answer what must be answered, and counts the orders that it is told of.
    pub(crate) async fn stay(mut self, orders_seen: Arc<AtomicUsize>) {
        loop {
            let message = self.next().await;
            let sign = self.kind.sign;
            let orders = message.windows(sign.len()).filter(|part| *part == sign).count();
            orders_seen.fetch_add(orders, Relaxed);
            if self.kind.name == MESSAGE {
                self.acknowledge(&message).await;
            }
        }
    }

    /// The next message; heartbeats are answered meanwhile.
    async fn next(&mut self) -> Vec<u8> {
        loop {
            let message = match self.kind.speaks {
                Speaks::Native => return self.wire.message().await,
                Speaks::SocketIo => self.wire.message().await,
                Speaks::Polling => self.wire.request("GET", &self.path, "").await,
            };
            if message != PING {
                return message;
            }
            self.send(PONG).await;
        }
    }

    async fn send(&mut self, packet: &str) {
        match self.kind.speaks {
            Speaks::Polling => drop(self.wire.request("POST", &self.path, packet).await),
            _ => self.wire.send(packet).await,
        }
    }

    async fn expect(&mut self, what: &str) -> String {
        let message = String::from_utf8(self.next().await).unwrap();
        assert!(message.contains(what), "{what} is not in {message}");
        message
    }

    async fn acknowledge(&mut self, message: &[u8]) {
        let message = std::str::from_utf8(message).unwrap();
        // It comes before the payload, which may have ids too.
        let Some((_, rest)) = message.split_once(r#","id":""#) else { return };
        let (id, _) = rest.split_once('"').unwrap();
        let ack = format!(r#"{{"type":"system:ack","payload":{{"id":"{id}"}}}}"#);
        self.wire.send(&ack).await;
    }
}
