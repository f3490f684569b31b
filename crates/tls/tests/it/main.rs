//! The CA and what it signs, as a box and its clients meet them: files, clocks, and real handshakes.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

mod clocks;
mod devices;
mod files;
mod handshakes;
mod support;
