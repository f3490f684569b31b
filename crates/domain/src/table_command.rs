use kiosk_proto::v1::Seat;

/// What can be done with the plan of tables and its seats.
#[derive(Debug, Clone, PartialEq)]
pub enum SeatCommand {
    /// Puts a seat on the plan, or changes what the plan says of it; who has it is passed over.
    Put(Seat),
    /// Takes a free seat off the plan.
    Delete {
        /// Which seat.
        seat_id: String,
    },
    /// Holds a seat for a while, or occupies it with an order.
    Select {
        /// Which seat.
        seat_id: String,
        /// Who; empty: who asks.
        holder: String,
        /// The order that sits down; empty: only a hold.
        order_id: String,
    },
    /// Ends a hold, or frees an occupied seat.
    Release {
        /// Which seat.
        seat_id: String,
        /// Only a hold of this holder; empty: who asks, or whoever it is if staff ask.
        holder: String,
    },
    /// Whoever has one seat gets another.
    Move {
        /// The seat that becomes free.
        from: String,
        /// The seat that must be free.
        to: String,
        /// As for `Release`.
        holder: String,
    },
}

/// What can be done with the bell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BellCommand {
    /// A customer calls: from a seat, an order, both, or neither.
    Ring {
        /// The customer's order; may be empty.
        order_id: String,
        /// The customer's seat; may be empty.
        seat_id: String,
        /// Where that is, with neither; empty: at who asks, by its name.
        place: String,
        /// What is wished; may be empty.
        reason: String,
    },
    /// Somebody goes there.
    Answer {
        /// Which bell.
        bell_id: i32,
        /// Who goes; empty: who asks.
        answered_by: String,
    },
}
