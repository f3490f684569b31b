//! HTTP: the screens' sessions at `/ws`, calls of the gRPC services with JSON, and what tells an
//! operator how the box is.

mod api;
mod connection;
mod credentials;
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod images;
mod lag;
mod metrics;
mod native;
mod origin;
mod presence;
mod screens;
mod server;
mod session;
mod setup;
mod socketio;
mod transcode;

pub use api::RuleError;
pub use origin::Origin;
pub use server::{BindError, Config, Server};
