//! The rules of the café: [`State`], [`Command`], [`decide`] and [`State::apply`].
//!
//! Pure and deterministic: no I/O, no clock, no randomness, no async. What a command needs from
//! outside (time, a random number, who asks) comes in with it as a [`Stamp`], so a log of events
//! replays to the same state, bit for bit.

mod availability;
mod bell;
mod business_day;
mod category;
mod cell;
mod cell_state;
mod change;
mod command;
mod day;
mod decide;
mod device;
mod hours;
mod incident;
mod lines;
mod member;
mod menu;
mod menu_import;
mod menu_item;
mod menu_state;
mod message;
mod opening;
mod order;
mod order_event;
mod order_state;
mod pricing;
mod rejection;
mod seat;
mod seat_plan;
mod seat_state;
mod settings;
mod staff;
mod state;
mod stock;
mod table_command;
mod time_out;

pub mod limits;
pub mod queue;

pub use availability::{TimeSpan, is_available};
pub use business_day::{BusinessDate, business_date, wall_clock};
pub use cell_state::CellState;
pub use change::Change;
pub use command::{
    Actor, Adjustment, Amount, Command, ItemWish, OptionWish, PlaceOrder, Quantity, Stamp,
    TicketClaim, WatchedFault,
};
pub use day::{CashWish, LastClose, Sales, Tally};
pub use decide::decide;
pub use device::{DeviceCommand, DeviceState};
pub use lines::{LineChoice, PartWish};
pub use member::{MemberClaim, MemberState, PinClaim, SecretChange, SecretHash};
pub use menu_import::{IMPORT_FIELDS, ImportItem};
pub use menu_item::{ItemPlace, ItemProblem, item_problems};
pub use message::MESSAGE_ROOMS;
pub use order_state::OrderKey;
pub use rejection::Rejection;
pub use settings::{KNOWN as KNOWN_SETTINGS, Settings};
pub use staff::{StaffCommand, StaffState};
pub use state::{Counters, State};
pub use table_command::{BellCommand, SeatCommand};
