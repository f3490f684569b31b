//! The web server as screens meet it: over TCP, on a port of its own.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

mod cafe;
mod calls;
mod crowd;
mod dialects;
mod frames;
mod heartbeat;
mod hostile;
mod http;
mod lag;
mod resume;
