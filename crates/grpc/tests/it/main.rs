//! The gRPC server as clients meet it: over TCP, on a port of its own.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

mod cafe;
mod counted;
mod hostile;
mod limits;
mod lists;
mod menu;
mod menu_file;
mod menu_image;
mod rejections;
mod standard_services;
mod subscribe;
