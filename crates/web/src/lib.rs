//! HTTP: the native WebSocket at `/ws`, and what tells an operator how the box is.

mod http;
mod lag;
mod metrics;
mod native;
mod places;
mod server;
mod session;

pub use server::{Config, Server};
