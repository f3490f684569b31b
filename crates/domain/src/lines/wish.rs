use crate::Quantity;

/// Which lines of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineChoice {
    /// All that are not cancelled.
    All,
    /// Those that are made there.
    Station(String),
    /// These, each once.
    Lines(Vec<i32>),
}

/// A line, or some of its quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartWish {
    /// Which line.
    pub line_id: i32,
    /// None: all of it.
    pub quantity: Option<Quantity>,
}
