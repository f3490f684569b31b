//! Compresses closed journal segments, on a thread of its own, when nothing waits for it.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
    time::Duration,
};

use kiosk_journal::Log;
use tracing::{info, warn};

/// How often it looks for a closed segment: one fills in hours.
const PERIOD: Duration = Duration::from_secs(30);

/// Ends its thread when it is dropped, without waiting for it: a half-written file is a leftover
/// that the next start removes.
#[derive(Debug)]
pub(crate) struct Housekeeping {
    _stop: SyncSender<()>,
}

impl Housekeeping {
    pub(crate) fn spawn(log: Log) -> std::io::Result<Self> {
        let (stop, stopped) = sync_channel(0);
        thread::Builder::new().name("housekeeping".into()).spawn(move || run(&log, &stopped))?;
        Ok(Self { _stop: stop })
    }
}

fn run(log: &Log, stopped: &Receiver<()>) {
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(PERIOD) {
        match log.compress_closed() {
            Ok(Some(compressed)) => info!(?compressed, "a journal segment was compressed"),
            Ok(None) => {}
            Err(error) => warn!(%error, "a journal segment was not compressed"),
        }
    }
}
