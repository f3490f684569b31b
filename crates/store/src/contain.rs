//! Keeps sled's panics and hangs from the rest of the process.

use std::{
    any::Any,
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    sync::{
        Once,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc::{RecvTimeoutError, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

/// How long a call may go on after one of sled's threads has panicked: others may then wait for
/// it for ever (its flusher's `drop` does).
const AFTER_PANIC: Duration = Duration::from_secs(5);

static BACKGROUND_PANICS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// How many panics sled's own threads have had in this process.
pub(crate) fn background_panics() -> u64 {
    BACKGROUND_PANICS.load(Relaxed)
}

/// Calls into sled; a panic becomes its text.
pub(crate) fn contained<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    install_hook();
    let outer = INSIDE.replace(true);
    // What a panic leaves half done is inside sled, and its caller gives it up.
    let result = panic::catch_unwind(AssertUnwindSafe(call));
    INSIDE.set(outer);
    result.map_err(|payload| text(&*payload))
}

/// [`contained`] on a thread of its own, and given up after `patience`: the thread then goes on
/// alone and what it returns is dropped there.
pub(crate) fn bounded<T: Send + 'static>(
    thread_name: &str,
    patience: Duration,
    call: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    let panics_before = background_panics();
    let (sender, receiver) = sync_channel(1);
    let run = move || drop(sender.send(contained(call)));
    let spawned = thread::Builder::new().name(thread_name.into()).spawn(run);
    spawned.map_err(|e| format!("no thread for {thread_name}: {e}"))?;

    let mut deadline = Instant::now() + patience;
    loop {
        match receiver.recv_timeout(Duration::from_millis(100)) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Disconnected) => return Err("its thread ended early".into()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let now = Instant::now();
        if background_panics() != panics_before {
            deadline = deadline.min(now + AFTER_PANIC);
        }
        if now >= deadline {
            return Err("it does not come to an end".into());
        }
    }
}

/// A panic of sled is expected and handled: it becomes a log line instead of a backtrace.
fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let thread = thread::current();
            let name = thread.name().unwrap_or_default();
            let in_background = name == "log flusher" || name.starts_with("sled-io-");
            if in_background {
                BACKGROUND_PANICS.fetch_add(1, Relaxed);
            }
            if in_background || INSIDE.get() {
                tracing::warn!(thread = name, panic = %info, "sled panicked and was contained");
            } else {
                previous(info);
            }
        }));
    });
}

fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_text() {
        assert_eq!(contained(|| 7), Ok(7));
        assert_eq!(contained(|| panic!("a page")), Err::<(), _>("a page".into()));
        assert_eq!(contained(|| panic!("page {}", 7)), Err::<(), _>("page 7".into()));
    }

    #[test]
    fn a_call_that_never_ends_is_given_up() {
        let result = bounded("endless", Duration::from_millis(1), || {
            loop {
                thread::park();
            }
        });
        assert_eq!(result, Err::<(), _>("it does not come to an end".into()));
    }

    #[test]
    fn a_bounded_call_that_ends_or_panics_says_so_at_once() {
        let patience = Duration::from_secs(3_600);
        assert_eq!(bounded("quick", patience, || 7), Ok(7));
        assert_eq!(bounded("rash", patience, || panic!("rash")), Err::<(), _>("rash".into()));
    }
}
