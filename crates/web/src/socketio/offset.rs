//! Where a client is, as a text that it keeps for the box.
//!
//! A client with connection state recovery remembers the last argument of each event, and brings it
//! when it reconnects. Ours says all that the box must know to go on as if nothing had been: the
//! position, how much of the next event was sent, and the rooms. So the box keeps nothing for
//! clients that are away, and a client recovers after a restart as after a broken cable.

use std::collections::BTreeSet;

use kiosk_hub::Position;
use kiosk_proto::v1;

/// A client in more rooms than that has to join them again.
const ROOMS_BYTES_MAX: usize = 512;

/// Makes a client's offsets.
#[derive(Debug)]
pub(crate) struct Offset {
    /// None: they can't be said in an offset.
    rooms: Option<String>,
}

/// Where a client was.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) after: v1::Position,
    /// The packets of the event after that position that it has.
    pub(crate) packets: usize,
    pub(crate) rooms: Vec<String>,
}

impl Offset {
    /// For a client in these rooms.
    pub(crate) fn new(rooms: &BTreeSet<String>) -> Self {
        let bytes: usize = rooms.iter().map(|room| room.len() + 1).sum();
        let fits = bytes <= ROOMS_BYTES_MAX && rooms.iter().all(|room| !room.contains(','));
        let joined = || rooms.iter().map(String::as_str).collect::<Vec<_>>().join(",");
        Self { rooms: fits.then(joined) }
    }

    /// Of a client that has everything up to that position.
    pub(crate) fn at(&self, position: Position) -> Option<String> {
        self.after(position, 0)
    }

    /// Of a client that has that many packets of the next event too.
    pub(crate) fn after(
        &self,
        Position { epoch, seq }: Position,
        packets: usize,
    ) -> Option<String> {
        Some(format!("{epoch}.{seq}.{packets}.{}", self.rooms.as_deref()?))
    }
}

/// None for what no box has made.
pub(crate) fn parse(offset: &str) -> Option<Place> {
    let mut parts = offset.splitn(4, '.');
    let epoch = parts.next()?.into();
    let seq = parts.next()?.parse().ok()?;
    let packets = parts.next()?.parse().ok()?;
    let rooms = parts.next()?.split(',').filter(|room| !room.is_empty()).map(Into::into).collect();
    Some(Place { after: v1::Position { epoch, seq }, packets, rooms })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_says_position_and_rooms_unless_they_are_too_many() {
        let epoch = "5f0c2a9be3d14477".parse().unwrap();
        let check = |rooms: &[&str]| {
            let rooms: BTreeSet<String> = rooms.iter().map(|room| (*room).to_owned()).collect();
            let offset = Offset::new(&rooms).after(Position { epoch, seq: 7 }, 1)?;
            let place = parse(&offset).unwrap();
            assert_eq!((&*place.after.epoch, place.after.seq), ("5f0c2a9be3d14477", 7));
            assert_eq!(place.packets, 1);
            assert_eq!(BTreeSet::from_iter(place.rooms), rooms);
            Some(offset)
        };
        assert_eq!(check(&[]).unwrap(), "5f0c2a9be3d14477.7.1.");
        let offset = check(&["kitchen", "order_ORD-1-abc.def"]).unwrap();
        assert_eq!(offset, "5f0c2a9be3d14477.7.1.kitchen,order_ORD-1-abc.def");
        assert!(check(&["endpoint:a,b"]).is_none());
        assert!(check(&[&format!("order_{}", "x".repeat(600))]).is_none());
    }

    #[test]
    fn what_is_no_offset_is_none() {
        for text in ["", ".", "...", "a.b.c.d", "a.1", "a.1.0", "a.-1.0.", "a.1.x.kitchen"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
