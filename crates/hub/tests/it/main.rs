//! The hub on a real disk: commit, repeat, follow, recover.
#![expect(clippy::unwrap_used, reason = "a test ends by panicking")]

mod commit;
mod disk_full;
mod follow;
mod hands;
mod images;
mod queue;
mod read_log;
mod recover;
mod repeat;
mod shop;
mod timer;
