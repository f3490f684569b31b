//! The server's side of Engine.IO (protocol 4) and Socket.IO (protocol 5), as a protocol library: it
//! knows bytes, packets, transports, heartbeats, upgrades and bounds, and nothing of what is said.
//!
//! [`Engine::respond`] answers the HTTP requests under one path and hands out a [`Socket`] for each
//! new session. The socket is driven by whoever calls [`Socket::next`]: there is no task behind it.
//! What is said on it are [`Message`]s; the [`packet`] module makes Socket.IO packets of them.
//!
//! Written from the two published protocols:
//! <https://github.com/socketio/engine.io-protocol> and
//! <https://github.com/socketio/socket.io-protocol>.

mod closed;
mod config;
mod engine;
mod gather;
mod heartbeat;
mod message;
pub mod packet;
pub mod payload;
mod polling;
mod refusal;
mod registry;
mod socket;
mod transport;
mod upgrade;
mod websocket;
mod wire;

pub use closed::{Closed, Violation};
pub use config::Config;
pub use engine::Engine;
pub use gather::Gather;
pub use message::{Message, Text};
pub use socket::Socket;
pub use wire::{Io, Wire};
