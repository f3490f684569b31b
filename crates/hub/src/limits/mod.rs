//! What one client may take of the box.

mod admission;
mod places;
mod rate;

use std::{
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

use serde::{Deserialize, Serialize};

pub use admission::Admission;
pub use places::{Place, Places};
pub use rate::Pace;
pub(crate) use rate::Rate;

/// The section `[limits]` of the configuration. A rate of 0, or `connections_per_address_max` of 0, is
/// no limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections of each gRPC port, and of MQTT; HTTP has as many as its sessions need.
    pub connections_max: NonZeroUsize,
    /// Connections of one address, on each port.
    pub connections_per_address_max: usize,
    /// New connections of one address in a second, on all ports together.
    pub connections_per_address_per_second: u32,
    /// Of one device, person or customer, on all wires together.
    pub calls_per_second: u32,
    /// Of one address, without credentials: calls, and pages, pictures and handshakes over HTTP.
    pub requests_per_address_per_second: u32,
    /// That are read of one session; more wait in its socket.
    pub frames_per_second: u32,
    /// That one gRPC connection, or one session, may have open.
    pub calls_at_once_max: NonZeroUsize,
    /// Streams that a gRPC client may reset before they were looked at: one more ends its connection.
    pub resets_max: NonZeroUsize,
    /// One message of a call, in bytes.
    pub request_bytes_max: NonZeroUsize,
    /// What a session's client sends at once, in bytes.
    pub frame_bytes_max: NonZeroUsize,
    /// Headers of one call or request, in bytes: 8,192 at least.
    pub header_bytes_max: NonZeroUsize,
    /// From the first byte of a connection until it is known what the client wants: for TLS, for the
    /// headers of a request, for credentials, each.
    pub handshake_seconds: NonZeroU32,
    /// After so much silence a gRPC client is asked whether it is there. It has half as long to say so.
    pub idle_seconds: NonZeroU32,
}

impl Default for Limits {
    fn default() -> Self {
        // Of constants: the compiler would refuse a 0.
        const fn size(value: usize) -> NonZeroUsize {
            NonZeroUsize::new(value).expect("not 0")
        }
        const fn seconds(value: u32) -> NonZeroU32 {
            NonZeroU32::new(value).expect("not 0")
        }
        Self {
            connections_max: const { size(256) },
            connections_per_address_max: 64,
            connections_per_address_per_second: 20,
            calls_per_second: 100,
            requests_per_address_per_second: 50,
            frames_per_second: 200,
            calls_at_once_max: const { size(32) },
            resets_max: const { size(20) },
            request_bytes_max: const { size(256 * 1024) },
            frame_bytes_max: const { size(64 * 1024) },
            header_bytes_max: const { size(16 * 1024) },
            handshake_seconds: const { seconds(5) },
            idle_seconds: const { seconds(20) },
        }
    }
}

impl Limits {
    /// As a duration.
    pub fn handshake(&self) -> Duration {
        Duration::from_secs(self.handshake_seconds.get().into())
    }

    /// As a duration.
    pub fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_seconds.get().into())
    }

    /// For a box where nobody has credentials, and everyone is on the box itself: nobody is told apart.
    pub(crate) fn for_all_as_one(self) -> Self {
        Self {
            connections_per_address_max: 0,
            connections_per_address_per_second: 0,
            calls_per_second: 0,
            requests_per_address_per_second: 0,
            ..self
        }
    }
}
