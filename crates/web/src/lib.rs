//! HTTP: the native WebSocket at `/ws`, and what tells an operator how the box is.

mod frame;
mod http;
mod metrics;
mod server;
mod session;

pub use server::{Config, Server};
