//! Notices a thread that does not come back: sled can wait for itself for ever, and a disk that
//! hangs returns no error. A thread of its own looks, because the others are what it looks at.

use std::{
    convert::Infallible,
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use tokio::sync::oneshot;
use tracing::error;

/// How often it looks.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(1);

/// So many looks, and so many seconds, a call may go on: a slow card stalls for seconds. Looks are
/// counted, not time, so that a process that was stopped for a while is not ended when it goes on.
const LOOKS_MAX: u32 = 20;

/// A thread has not come back for 20 seconds. The process must end: the journal has everything, and
/// the store catches up from it at the next start.
#[derive(Debug, thiserror::Error)]
#[error("{0} has not come back for {LOOKS_MAX} s: sled or its disk hangs")]
pub struct Stuck(&'static str);

/// Where one thread is: odd while it is in a call that may never end, another number each time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pulse(Arc<AtomicU64>);

/// In such a call, until it is dropped.
#[derive(Debug)]
pub(crate) struct Inside(Pulse);

impl Pulse {
    /// For one thread at a time, which leaves before it enters again.
    pub(crate) fn enter(&self) -> Inside {
        self.0.fetch_add(1, Relaxed);
        Inside(self.clone())
    }

    /// Whoever is inside makes progress: it is as if the call had just begun.
    pub(crate) fn go_on(&self) {
        self.0.fetch_add(2, Relaxed);
    }

    /// Goes on for as long as tokio has a thread that does. Queries of history run there; when all of
    /// them hang, no order comes in on which another thread would, and this future is not polled.
    pub(crate) async fn beat(&self, every: Duration) -> Infallible {
        let _inside = self.enter();
        loop {
            tokio::time::sleep(every).await;
            self.go_on();
        }
    }

    fn now(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Relaxed);
    }
}

/// What is looked at.
#[derive(Debug)]
struct Watched {
    who: &'static str,
    pulse: Pulse,
    seen: u64,
    /// In a row that found it inside and where it was before.
    looks: u32,
}

impl Watched {
    fn look(&mut self) -> Result<(), Stuck> {
        let now = self.pulse.now();
        let is_inside = now % 2 == 1;
        self.looks = if is_inside && now == self.seen { self.looks + 1 } else { 0 };
        self.seen = now;
        if self.looks < LOOKS_MAX { Ok(()) } else { Err(Stuck(self.who)) }
    }
}

/// Ends its thread when it is dropped.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) stuck: oneshot::Receiver<Stuck>,
    _stop: SyncSender<()>,
}

impl Watch {
    /// Each pulse with the name of what it is of.
    pub(crate) fn spawn(
        pulses: impl IntoIterator<Item = (&'static str, Pulse)>,
    ) -> io::Result<Self> {
        let watched =
            pulses.into_iter().map(|(who, pulse)| Watched { who, pulse, seen: 0, looks: 0 });
        let watched = watched.collect();
        let (stop, stopped) = sync_channel(0);
        let (tell, stuck) = oneshot::channel();
        let run = move || {
            if let Some(found) = run(watched, &stopped) {
                error!(%found, "a thread hangs");
                // Nobody hears it while the box is being drained, which has a bound of its own.
                let _ = tell.send(found);
            }
        };
        thread::Builder::new().name("watch".into()).spawn(run)?;
        Ok(Self { stuck, _stop: stop })
    }
}

/// None when it was stopped.
fn run(mut watched: Vec<Watched>, stopped: &Receiver<()>) -> Option<Stuck> {
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(LOOK_EVERY) {
        if let Some(stuck) = watched.iter_mut().find_map(|watched| watched.look().err()) {
            return Some(stuck);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched() -> (Pulse, Watched) {
        let pulse = Pulse::default();
        let watched =
            Watched { who: "the store's thread", pulse: pulse.clone(), seen: 0, looks: 0 };
        (pulse, watched)
    }

    /// How many looks find nothing, of many.
    fn calm_looks(watched: &mut Watched) -> u32 {
        (0..10 * LOOKS_MAX).take_while(|_| watched.look().is_ok()).count() as u32
    }

    #[test]
    fn a_call_that_does_not_end_is_noticed_after_the_bound_and_named() {
        let (pulse, mut watched) = watched();
        let _inside = pulse.enter();
        // The first look is where it begins to count.
        assert_eq!(calm_looks(&mut watched), LOOKS_MAX);
        let said = watched.look().unwrap_err().to_string();
        assert_eq!(said, "the store's thread has not come back for 20 s: sled or its disk hangs");
    }

    #[test]
    fn a_thread_that_waits_for_work_may_wait_for_ever() {
        let (pulse, mut watched) = watched();
        assert_eq!(calm_looks(&mut watched), 10 * LOOKS_MAX);
        drop(pulse.enter());
        assert_eq!(calm_looks(&mut watched), 10 * LOOKS_MAX);
    }

    #[test]
    fn one_call_after_the_other_may_go_on_for_ever() {
        let (pulse, mut watched) = watched();
        for _ in 0..10 {
            let _inside = pulse.enter();
            for _ in 0..LOOKS_MAX {
                watched.look().unwrap();
            }
        }
    }

    #[test]
    fn a_long_call_that_makes_progress_may_go_on_for_ever() {
        let (pulse, mut watched) = watched();
        let _inside = pulse.enter();
        for _ in 0..10 {
            for _ in 0..LOOKS_MAX {
                watched.look().unwrap();
            }
            pulse.go_on();
        }
        // And is noticed when it makes none any more.
        assert_eq!(calm_looks(&mut watched), LOOKS_MAX);
    }

    #[tokio::test]
    async fn a_runtime_that_runs_goes_on_and_one_that_hangs_is_noticed() {
        let (pulse, mut watched) = watched();
        let every = Duration::from_millis(1);
        let mut beat = Box::pin(pulse.beat(every));
        for _ in 0..2 * LOOKS_MAX {
            let before = pulse.now();
            while pulse.now() == before {
                assert!(tokio::time::timeout(every, &mut beat).await.is_err());
            }
            watched.look().unwrap();
        }
        // Nobody polls it now.
        assert_eq!(calm_looks(&mut watched), LOOKS_MAX - 1);
        drop(beat);
        assert_eq!(calm_looks(&mut watched), 10 * LOOKS_MAX);
    }
}
