//! The listener that the official test suites of the two protocols want, and nothing else.
//!
//! `cargo run -p kiosk-socketio --example echo -- [--engine] [port]`
//!
//! Socket.IO in the namespaces `/` and `/custom`; with `--engine`, Engine.IO alone, where every
//! message comes back.

#![expect(clippy::print_stdout, reason = "says where it listens")]

use std::{collections::BTreeSet, convert::Infallible, net::Ipv4Addr, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use kiosk_socketio::{
    Closed, Config, Engine, Socket,
    packet::{Decoder, Packet, PacketError},
};
use serde_json::{Map, Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};

/// What the suites were written for.
const PAYLOAD_BYTES_MAX: usize = 1_000_000;
/// For the first CONNECT of a client.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Between two answers to one packet.
const PAUSE: Duration = Duration::from_millis(5);
const NAMESPACES: [&str; 2] = ["/", "/custom"];

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let engine_only = arguments.iter().any(|argument| argument == "--engine");
    let port = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(3000);
    let engine = Engine::new(Config {
        ping_interval: Duration::from_millis(300),
        ping_timeout: Duration::from_millis(200),
        payload_bytes_max: PAYLOAD_BYTES_MAX,
        pending_bytes_max: 4 * PAYLOAD_BYTES_MAX,
        ..Config::default()
    });
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await?;
    println!("listens on {}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve(stream, engine.clone(), engine_only));
    }
}

async fn serve(stream: TcpStream, engine: Engine, engine_only: bool) {
    let service = service_fn(|request| {
        let engine = engine.clone();
        async move {
            let open = |socket, _handshake| {
                tokio::spawn(async move {
                    if engine_only { echo(socket).await } else { Client::run(socket).await }
                });
            };
            Ok::<_, Infallible>(engine.respond(request, open).await)
        }
    });
    // Who breaks off is of no interest here.
    let _ =
        http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}

/// Every message comes back.
async fn echo(mut socket: Socket) {
    while let Ok(message) = socket.next().await {
        if socket.feed(message).await.is_err() || socket.flush().await.is_err() {
            break;
        }
    }
    socket.close().await;
}

/// Why a client is sent away.
#[derive(Debug)]
enum Bad {
    Closed,
    Packet,
    NotConnected,
}

impl From<Closed> for Bad {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl From<PacketError> for Bad {
    fn from(_: PacketError) -> Self {
        Self::Packet
    }
}

struct Client {
    socket: Socket,
    decoder: Decoder,
    /// The namespaces that it is in.
    connected: BTreeSet<String>,
}

impl Client {
    async fn run(socket: Socket) {
        let decoder = Decoder::new(PAYLOAD_BYTES_MAX);
        let mut client = Self { socket, decoder, connected: BTreeSet::new() };
        if let Ok(Ok(())) = timeout(CONNECT_TIMEOUT, client.handle_one()).await {
            while client.handle_one().await.is_ok() {}
        }
        client.socket.close().await;
    }

    async fn handle_one(&mut self) -> Result<(), Bad> {
        let packet = loop {
            let message = self.socket.next().await?;
            if let Some(packet) = self.decoder.add(&message)? {
                break packet;
            }
        };
        for (index, answer) in self.answers(packet)?.iter().enumerate() {
            // The suites begin to wait for a packet when they have seen the one before.
            if index > 0 {
                sleep(PAUSE).await;
            }
            for message in answer.encode() {
                self.socket.feed(message).await?;
            }
            self.socket.flush().await?;
        }
        Ok(())
    }

    fn answers(&mut self, packet: Packet) -> Result<Vec<Packet>, Bad> {
        let is_inside = self.connected.contains(packet.namespace());
        match packet {
            Packet::Connect { namespace, .. } if !NAMESPACES.contains(&&*namespace) => {
                let error = json!({"message": "Invalid namespace"});
                Ok(vec![Packet::ConnectError { namespace, error }])
            }
            Packet::Connect { namespace, auth } => {
                self.connected.insert(namespace.to_string());
                let sid = format!("{}{namespace}", self.socket.id());
                let welcome = Map::from_iter([("sid".to_owned(), Value::String(sid))]);
                let args = vec!["auth".into(), auth.unwrap_or_default().into()];
                Ok(vec![
                    Packet::Connect { namespace: namespace.clone(), auth: Some(welcome) },
                    Packet::Event { namespace, id: None, args, attachments: Vec::new() },
                ])
            }
            _ if !is_inside => Err(Bad::NotConnected),
            Packet::Disconnect { namespace } => {
                self.connected.remove(&*namespace);
                Ok(Vec::new())
            }
            Packet::Event { namespace, id, mut args, attachments } => {
                Ok(match (args[0].as_str(), id) {
                    (Some("message"), _) => {
                        args[0] = "message-back".into();
                        vec![Packet::Event { namespace, id: None, args, attachments }]
                    }
                    (Some("message-with-ack"), Some(id)) => {
                        args.remove(0);
                        vec![Packet::Ack { namespace, id, args, attachments }]
                    }
                    _ => Vec::new(),
                })
            }
            Packet::Ack { .. } | Packet::ConnectError { .. } => Ok(Vec::new()),
        }
    }
}
