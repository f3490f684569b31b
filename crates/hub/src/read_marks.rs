//! How far staff have read in each room. In memory only: reading writes nothing to the card.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use kiosk_proto::v1::MessageRead;

/// Marks that are kept; of more, the one that has not moved for longest is forgotten.
const MARKS_MAX: usize = 256;

#[derive(Debug, Default)]
pub(crate) struct ReadMarks(Mutex<BTreeMap<(String, String), MessageRead>>);

impl ReadMarks {
    /// Moves a mark on, never back: how it stands now, and whether it has moved.
    pub(crate) fn mark(&self, read: MessageRead) -> (MessageRead, bool) {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = read.reader.as_ref().map_or("", |reader| &reader.name);
        let key = (read.room.clone(), reader.to_owned());
        if let Some(known) = marks.get(&key).filter(|known| known.message_num >= read.message_num) {
            return (known.clone(), false);
        }
        marks.insert(key, read.clone());
        if marks.len() > MARKS_MAX {
            let oldest = marks.iter().min_by_key(|(_, mark)| mark.timestamp);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                marks.remove(&oldest);
            }
        }
        (read, true)
    }

    /// By reader.
    pub(crate) fn of_room(&self, room: &str) -> Vec<MessageRead> {
        let marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        marks.values().filter(|mark| mark.room == room).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use kiosk_proto::{Timestamp, v1::Person};

    use super::*;

    fn read(reader: usize, message_num: i32) -> MessageRead {
        let reader = Some(Person { id: 0, name: reader.to_string() });
        let timestamp = Some(Timestamp::from_ms(message_num.into()));
        MessageRead { room: "all".into(), reader, message_num, timestamp }
    }

    #[test]
    fn a_mark_never_goes_back() {
        let marks = ReadMarks::default();
        assert_eq!(marks.mark(read(1, 5)), (read(1, 5), true));
        assert_eq!(marks.mark(read(1, 3)), (read(1, 5), false));
        assert_eq!(marks.mark(read(2, 3)), (read(2, 3), true));
        assert_eq!(marks.of_room("all"), [read(1, 5), read(2, 3)]);
        assert_eq!(marks.of_room("kitchen"), []);
    }

    #[test]
    fn of_too_many_the_oldest_is_forgotten() {
        let marks = ReadMarks::default();
        for reader in 0..=MARKS_MAX {
            marks.mark(read(reader, 1 + i32::try_from(reader).unwrap()));
        }
        let known = marks.of_room("all");
        assert_eq!(known.len(), MARKS_MAX);
        assert!(!known.contains(&read(0, 1)));
    }
}
