//! The journal's promises, on a real directory and on a storage that loses power.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod cafe;
mod common;
mod damage;
mod disk;
mod faults;
mod power;
mod sim;
