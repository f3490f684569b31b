use kiosk_domain::{BusinessDate, Counters, LastClose, OrderKey};
use kiosk_proto::Timestamp;
use prost::Message;

use crate::digest::Digest;

/// How the rows are laid out; a store with another number is rebuilt.
pub(crate) const FORMAT: u32 = 1;

/// The position up to which the journal has been applied; all zero in an empty store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Which log.
    pub epoch: u64,
    /// The newest event in the store.
    pub seq: u64,
}

/// The row that every batch writes.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct Meta {
    #[prost(uint32, tag = "1")]
    pub(crate) format: u32,
    #[prost(fixed64, tag = "2")]
    epoch: u64,
    #[prost(fixed64, tag = "3")]
    seq: u64,
    #[prost(uint32, tag = "4")]
    date: u32,
    #[prost(int32, tag = "5")]
    daily_num: i32,
    #[prost(int32, tag = "6")]
    menu_id: i32,
    #[prost(int32, tag = "7")]
    cell_id: i32,
    /// Orders in the store.
    #[prost(uint64, tag = "8")]
    pub(crate) orders: u64,
    /// Over the digest rows.
    #[prost(message, required, tag = "9")]
    pub(crate) digest: Digest,
    #[prost(int32, tag = "20")]
    bell_id: i32,
    #[prost(int32, tag = "21")]
    device_id: i32,
    #[prost(int32, tag = "22")]
    audit_num: i32,
    #[prost(int32, tag = "23")]
    staff_id: i32,
    #[prost(int32, tag = "11")]
    category_id: i32,
    /// None: the day was never closed.
    #[prost(message, optional, tag = "12")]
    last_close: Option<LastCloseRow>,
}

impl Meta {
    pub(crate) fn empty() -> Self {
        Self { format: FORMAT, ..Self::default() }
    }

    pub(crate) fn applied(&self) -> Applied {
        Applied { epoch: self.epoch, seq: self.seq }
    }

    pub(crate) fn set_applied(&mut self, applied: Applied) {
        Applied { epoch: self.epoch, seq: self.seq } = applied;
    }

    pub(crate) fn counters(&self) -> Counters {
        let Self { daily_num, menu_id, category_id, cell_id, bell_id, last_close, .. } = *self;
        let Self { device_id, staff_id, audit_num, .. } = *self;
        Counters {
            date: BusinessDate(self.date),
            daily_num,
            menu_id,
            category_id,
            cell_id,
            bell_id,
            device_id,
            staff_id,
            audit_num,
            last_close: last_close.map(LastCloseRow::into_state).unwrap_or_default(),
        }
    }

    pub(crate) fn set_counters(&mut self, counters: Counters) {
        let Counters { date, daily_num, menu_id, category_id, cell_id, .. } = counters;
        let Counters { bell_id, device_id, staff_id, audit_num, last_close, .. } = counters;
        self.date = date.0;
        (self.daily_num, self.menu_id, self.cell_id) = (daily_num, menu_id, cell_id);
        (self.category_id, self.bell_id) = (category_id, bell_id);
        (self.device_id, self.staff_id, self.audit_num) = (device_id, staff_id, audit_num);
        self.last_close = (last_close.number > 0).then(|| LastCloseRow::new(last_close));
    }
}

/// [`LastClose`] as stored.
#[derive(Clone, Copy, PartialEq, Message)]
struct LastCloseRow {
    #[prost(int32, tag = "1")]
    number: i32,
    #[prost(uint64, tag = "2")]
    through_seq: u64,
    #[prost(message, optional, tag = "3")]
    closed_at: Option<Timestamp>,
    #[prost(int64, tag = "4")]
    grand_total: i64,
    #[prost(uint32, tag = "5")]
    ticket_date: u32,
    #[prost(int32, tag = "6")]
    ticket_num: i32,
}

impl LastCloseRow {
    fn new(last: LastClose) -> Self {
        let LastClose { number, through_seq, closed_at, grand_total, ticket } = last;
        let (ticket_date, ticket_num) = (ticket.date.0, ticket.daily_num);
        Self { number, through_seq, closed_at, grand_total, ticket_date, ticket_num }
    }

    fn into_state(self) -> LastClose {
        let Self { number, through_seq, closed_at, grand_total, ticket_date, ticket_num } = self;
        let ticket = OrderKey { date: BusinessDate(ticket_date), daily_num: ticket_num };
        LastClose { number, through_seq, closed_at, grand_total, ticket }
    }
}
