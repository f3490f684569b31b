//! The single writer and everything that follows it.
//!
//! A [`Request`] goes in through [`Hub::submit`]; when its events are durable it is answered with
//! them, and every [`Follower`] returns them. Reads take a [`Snapshot`].

mod access;
mod activity;
mod answers;
mod applier;
mod calls;
mod catch_up;
mod clock;
mod cursor;
mod disk_room;
mod fanout;
mod follower;
mod housekeeping;
#[allow(clippy::module_inception)]
mod hub;
mod incident;
mod limits;
mod position;
mod published;
mod queue_line;
mod read_log;
mod read_marks;
mod recover;
mod request;
mod rooms;
mod signals;
mod start;
mod throttle;
mod timer;
mod waiting_room;
mod watch;
mod writer;

pub mod stats;

pub use access::{
    Access, Code, CodeRefused, CodesFull, Identity, Redemption, Seen, TokenRefused, bearer,
    password_hash,
};
pub use applier::HistoryClosed;
pub use clock::{Clock, SystemClock};
pub use cursor::Cursor;
pub use fanout::Snapshot;
pub use follower::{FollowError, Follower};
pub use hub::{Hub, Resumed};
pub use kiosk_images::{
    Hash as ImageHash, ImageError, Images, SOURCE_BYTES_MAX as IMAGE_BYTES_MAX,
};
pub use kiosk_store::{Reader as History, StoreError as HistoryError};
pub use limits::{Admission, Limits, Pace, Place, Places};
pub use position::Position;
pub use published::{Form, Published};
pub use queue_line::{QueueLine, QueueReport, Whereabouts};
pub use read_log::Heard;
pub use request::{Committed, Refusal, Request};
pub use rooms::{ROOMS_MAX, is_room};
pub use signals::Signals;
pub use start::{Config, Failed, Running, StartError, start};
pub use throttle::Throttle;
pub use waiting_room::{Claim, RoomReport, WaitingRoom};
pub use watch::Stuck;
pub use writer::DiskFailed;
