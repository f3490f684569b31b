//! The gRPC services, and the one table from refusals to `google.rpc.Status`.
//!
//! A handler parses the request into a typed command, submits it, and makes the answer from the
//! events that it caused.

mod admin;
mod caller;
mod cell;
mod counted;
mod deadline;
mod events;
mod incoming;
mod menu;
mod menu_category;
mod menu_file;
mod menu_image;
mod menu_import;
mod menu_stock;
mod mutation;
mod order;
mod page;
mod parse;
mod server;
mod services;
mod settings;
mod status;

pub use server::{Config, Server};
pub use services::Services;
