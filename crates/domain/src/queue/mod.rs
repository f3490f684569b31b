//! How long an order waits, and who orders next when many want to.
//!
//! Pure as the other rules are, but no part of the [`State`](crate::State): nothing of it is
//! journalled. The line follows from the orders, and the waiting room is of the moment.

mod accuracy;
mod entry;
mod experience;
mod line;
mod moment;
mod room;
mod spread;

pub use accuracy::Accuracy;
pub use line::{Line, PartStanding, Standing, StationStanding};
pub use room::{RoomFull, RoomRules, Ticket, TicketStatus, WaitingRoom};
pub use spread::Wait;
