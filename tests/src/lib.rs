//! What the end-to-end tests share: a real `kioskd` on ports of its own, and clients of it.
//!
//! A failure here is a failure of the test, so everything panics with what was expected.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code ends by panicking")]

mod book;
mod cable;
mod disk;
mod kioskd;
mod mosquitto;
mod random;
mod screen;
mod socketio;
mod till;
mod web;

pub use book::{Book, Load};
pub use cable::Cable;
pub use disk::{Disk, Frozen, command, format_ext4};
pub use kioskd::{Kioskd, Start, program};
pub use mosquitto::{MosquittoSub, free_address};
pub use random::Random;
pub use screen::Screen;
pub use socketio::SocketIoClients;
pub use till::{Till, uuid};
pub use web::get;

/// How long a test waits for what must come: far longer than it takes on a loaded machine.
pub const WAIT_MAX: std::time::Duration = std::time::Duration::from_secs(30);

/// Waits for what must come.
///
/// # Panics
///
/// When it does not come within [`WAIT_MAX`].
pub async fn must<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(WAIT_MAX, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what} did not come within {WAIT_MAX:?}"),
    }
}
