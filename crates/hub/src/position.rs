use kiosk_journal::Epoch;
use kiosk_proto::v1;

/// A place in the log: the epoch's name and the number of the last event seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Which log.
    pub epoch: Epoch,
    /// 0: before the first event.
    pub seq: u64,
}

impl From<Position> for v1::Position {
    fn from(position: Position) -> Self {
        Self { epoch: position.epoch.to_string(), seq: position.seq }
    }
}

impl Position {
    /// From the contract's form; none when the epoch is not one that any log could have.
    pub fn parse(position: &v1::Position) -> Option<Self> {
        Some(Self { epoch: position.epoch.parse().ok()?, seq: position.seq })
    }
}
