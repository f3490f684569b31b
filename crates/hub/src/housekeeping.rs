//! What is done now and then, on a thread of its own: closed journal segments are compressed when
//! nothing waits for it, and screens are told when the café opens and closes.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
    time::Duration,
};

use kiosk_journal::Log;
use tracing::{info, warn};

use crate::activity::ActivityWatch;

/// How often it looks at the clock: opening hours are told to the minute.
const PERIOD: Duration = Duration::from_secs(1);
/// Every so many times it looks for a closed segment: one fills in hours.
const COMPRESS_EVERY: u32 = 30;

/// Ends its thread when it is dropped, without waiting for it: a half-written file is a leftover
/// that the next start removes.
#[derive(Debug)]
pub(crate) struct Housekeeping {
    _stop: SyncSender<()>,
}

impl Housekeeping {
    pub(crate) fn spawn(log: Log, activity: ActivityWatch) -> std::io::Result<Self> {
        let (stop, stopped) = sync_channel(0);
        thread::Builder::new()
            .name("housekeeping".into())
            .spawn(move || run(&log, activity, &stopped))?;
        Ok(Self { _stop: stop })
    }
}

fn run(log: &Log, mut activity: ActivityWatch, stopped: &Receiver<()>) {
    let mut looks = 0_u32;
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(PERIOD) {
        activity.look();
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(COMPRESS_EVERY) {
            compress(log);
        }
    }
}

fn compress(log: &Log) {
    match log.compress_closed() {
        Ok(Some(compressed)) => info!(?compressed, "a journal segment was compressed"),
        Ok(None) => {}
        Err(error) => warn!(%error, "a journal segment was not compressed"),
    }
}
