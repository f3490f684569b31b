//! The real binary against a box that does what the test says.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod events;
mod journal;
mod order_lines;
mod orders;
mod queue;
mod seats;
mod support;
