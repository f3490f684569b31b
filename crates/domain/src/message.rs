//! What staff tell each other. The newest messages are in the working set, all are in history.

use std::sync::Arc;

use kiosk_proto::v1::{StaffMessage, event::Payload};

use crate::{
    Change, Rejection, Stamp, State,
    bell::person,
    limits::{MESSAGE_CHARS_MAX, MESSAGES_AT_HAND_MAX},
};

/// The rooms that staff talk in.
pub const MESSAGE_ROOMS: [&str; 3] = ["kitchen", "counter", "all"];

pub(crate) fn send(
    state: &State,
    room: &str,
    text: &str,
    sender: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    check(room, text).map_err(|problem| Rejection::MessageInvalid { problem })?;
    let newest = state.messages.keys().next_back().copied().unwrap_or(0);
    let too_many = Rejection::TooMany { what: "messages", max: i32::MAX as usize };
    let message_num = newest.checked_add(1).ok_or(too_many)?;
    Ok(vec![Payload::MessageCreated(StaffMessage {
        message_id: format!("MSG-{message_num}"),
        room: room.into(),
        sender: Some(person(sender, stamp)),
        text: text.into(),
        created_at: Some(stamp.now),
        message_num,
    })])
}

fn check(room: &str, text: &str) -> Result<(), String> {
    let chars = text.chars().count();
    if !MESSAGE_ROOMS.contains(&room) {
        Err(format!("room is none of {}", MESSAGE_ROOMS.join(", ")))
    } else if !(1..=MESSAGE_CHARS_MAX).contains(&chars) {
        Err(format!("text has {chars} characters, not 1 to {MESSAGE_CHARS_MAX}"))
    } else {
        Ok(())
    }
}

impl State {
    /// The newest messages of all rooms, oldest first. What is before them is in history.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Arc<StaffMessage>> {
        self.messages.values()
    }

    pub(crate) fn message_created(&mut self, message: &StaffMessage) -> Vec<Change> {
        let message = Arc::new(message.clone());
        self.messages.insert(message.message_num, Arc::clone(&message));
        let mut changes = vec![Change::Message(message)];
        if self.messages.len() > MESSAGES_AT_HAND_MAX
            && let Some(oldest) = self.messages.keys().next().copied()
        {
            self.messages.remove(&oldest);
            changes.push(Change::MessageRetired(oldest));
        }
        changes
    }
}
