//! What happens because it is time, on a thread of its own. What only the clock ends, such as the
//! hold of a seat, is ended by asking the writer like any other client; and screens are told when
//! the café opens and closes,
//! and when a line moves. Nobody looks at the clock while nothing waits for it.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use kiosk_domain::{Actor, Command};
use kiosk_proto::v1::role::Value as Role;
use tokio::sync::{mpsc, oneshot};
use tracing::debug;

use crate::{
    Access, Clock, QueueLine, Request, WaitingRoom, activity::ActivityWatch, fanout::Fanout,
    request::random_id, writer::Answer,
};

/// How often it looks: what is over is told of within half a second, and a sync.
const PERIOD: Duration = Duration::from_millis(500);

/// The queue is looked at every second one: nobody is told more often than once a second.
const QUEUE_LOOKS: u64 = 2;

/// Ends its thread when it is dropped, without waiting for it.
#[derive(Debug)]
pub(crate) struct Timer {
    _stop: SyncSender<()>,
}

/// Holds nothing that would keep the box from stopping.
pub(crate) struct Parts {
    pub(crate) fanout: Arc<Fanout>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) queue: mpsc::WeakSender<(Request, Answer)>,
    pub(crate) activity: ActivityWatch,
    pub(crate) queue_line: Arc<QueueLine>,
    pub(crate) waiting_room: Arc<WaitingRoom>,
    pub(crate) access: Arc<Access>,
}

impl Timer {
    pub(crate) fn spawn(parts: Parts) -> std::io::Result<Self> {
        let (stop, stopped) = sync_channel(0);
        thread::Builder::new().name("timer".into()).spawn(move || parts.run(&stopped))?;
        Ok(Self { _stop: stop })
    }
}

impl Parts {
    fn run(mut self, stopped: &Receiver<()>) {
        let mut looks: u64 = 0;
        while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(PERIOD) {
            looks = looks.wrapping_add(1);
            self.activity.look();
            self.access.look();
            if looks.is_multiple_of(QUEUE_LOOKS) {
                self.queue_line.look();
                self.waiting_room.look();
            }
            let snapshot = self.fanout.snapshot();
            if snapshot.state.waits_for_time() && snapshot.state.has_timed_out(self.clock.now()) {
                self.submit();
            }
        }
    }

    /// Waits for the answer, so that nothing is asked twice. What is refused is asked at the next look.
    fn submit(&self) {
        let Some(queue) = self.queue.upgrade() else { return };
        let actor = Actor { role: Role::Admin, id: 0, name: "box".into() };
        let request =
            Request { request_id: random_id(), fingerprint: 0, command: Command::TimeOut, actor };
        let (answer, answered) = oneshot::channel();
        let sent = queue.try_send((request, answer));
        // The writer ends when the last sender is gone.
        drop(queue);
        match sent.map(|()| answered.blocking_recv()) {
            Ok(Ok(Ok(_))) => {}
            refused => debug!(?refused, "what timed out waits for the next look"),
        }
    }
}
