//! Close of day: what came in and went back between two places in the log, as a report that never
//! changes; and what the orders of a range of days came to.
//!
//! Nothing is counted while orders are taken. A report is a fold over the log ([`Tally`]), or over
//! the orders of history ([`Sales`]), that is made when somebody asks.

mod books;
mod close;
mod report;
mod sales;
mod tally;
mod tickets;
mod times;

pub(crate) use self::close::decide;
pub use self::{close::LastClose, report::CashWish, sales::Sales, tally::Tally};
