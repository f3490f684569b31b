//! The gRPC services, and the one table from refusals to `google.rpc.Status`.
//!
//! A handler parses the request into a typed command, submits it, and makes the answer from the
//! events that it caused.

mod admin;
mod bell;
mod caller;
mod cell;
mod cell_member;
mod counted;
mod deadline;
mod device;
mod ended;
mod events;
mod guard;
mod incident;
mod incoming;
mod menu;
mod menu_category;
mod menu_file;
mod menu_image;
mod menu_import;
mod menu_stock;
mod message;
mod mutation;
mod order;
mod order_items;
mod order_lines;
mod order_list;
mod own_order;
mod page;
mod parse;
mod pin;
mod queue;
mod queue_ticket;
mod report;
mod seat;
mod server;
mod services;
mod settings;
mod staff;
mod statement;
mod status;

pub use incoming::PeerInfo;
pub use server::{Config, Server, TlsError};
pub use services::Services;
