//! Holds the server to the two published protocols, over real connections, and to its bounds.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod closing;
mod handshake;
mod heartbeat;
mod hostile;
mod messages;
mod packets;
mod payloads;
mod refusals;
mod slow;
mod support;
mod upgrade;
