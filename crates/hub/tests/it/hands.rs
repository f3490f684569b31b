//! A hub whose clock the test sets.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};

use kiosk_hub::{Clock, Config, Hub, Limits, Running, start};
use kiosk_proto::Timestamp;

/// A clock that the test sets: what it shows, and how much of that did not go by.
pub(crate) struct Hands(pub(crate) AtomicI64, pub(crate) AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(SeqCst))
    }

    fn uptime_ms(&self) -> i64 {
        self.0.load(SeqCst) - self.1.load(SeqCst)
    }

    fn is_trusted(&self) -> bool {
        true
    }
}

pub(crate) fn hands() -> Arc<Hands> {
    Arc::new(Hands(AtomicI64::new(1_795_230_000_000), AtomicI64::new(0)))
}

pub(crate) fn open(dir: &Path, clock: &Arc<Hands>) -> (Hub, Running) {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    start(Config {
        data_dir: dir.into(),
        free_bytes_min: 0,
        clock,
        is_open: true,
        limits: Limits::default(),
    })
    .unwrap()
}
