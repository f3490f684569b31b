//! The gRPC server as clients meet it: over TCP, on a port of its own.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

mod activity;
mod cafe;
mod cells;
mod counted;
mod devices;
mod hostile;
mod incidents;
mod limits;
mod lists;
mod members;
mod menu;
mod menu_file;
mod menu_image;
mod order_lines;
mod queue;
mod rates;
mod raw;
mod rejections;
mod reports;
mod roles;
mod seats;
mod sign_in;
mod staff;
mod standard_services;
mod statement;
mod subscribe;
mod tls;
