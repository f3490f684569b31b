//! An event of the log, as packets.

use std::sync::Arc;

use bytes::Bytes;
use kiosk_hub::{Form, Published};
use kiosk_proto::{EventMeta, v1::Event};
use kiosk_socketio::Text;

use super::{Client, older};
use crate::session::End;

/// The packet's type: an event, in the one namespace.
const EVENT: &str = "2";

impl Client {
    /// Under its own name, and under an older one before, if there is one that this client knows.
    pub(super) async fn show_event(&mut self, event: &Arc<Published>) -> Result<(), End> {
        if !self.session.wants(event) {
            return Ok(());
        }
        let own = event.encoded(Form::SocketIo, encode);
        let older = older::arguments(event, &self.session);
        let packets = older.into_iter().chain([own]);
        // An ephemeral event is not the one of which the client has a part already.
        let skip = if event.seq > 0 { std::mem::take(&mut self.skip) } else { 0 };
        let count = packets.clone().count();
        for (index, arguments) in packets.enumerate().skip(skip) {
            let offset = self.offset_after(event, index + 1, count);
            let Ok(arguments) = std::str::from_utf8(arguments) else { continue };
            let text = match &offset {
                Some(offset) => Text::concat(&[EVENT, arguments, ",", offset, "]"]),
                None => Text::concat(&[EVENT, arguments, "]"]),
            };
            self.socket.feed(text.into()).await?;
        }
        Ok(())
    }

    /// Of a client that has so many of the event's packets, as JSON; an ephemeral event has no place.
    fn offset_after(&self, event: &Published, packets: usize, of: usize) -> Option<String> {
        let mut position = self.session.position();
        if event.seq == 0 {
            return None;
        }
        position.seq = event.seq;
        let offset = if packets == of {
            self.offset.at(position)
        } else {
            position.seq -= 1;
            self.offset.after(position, packets)
        };
        serde_json::to_string(&offset?).ok()
    }
}

fn encode(event: &Event) -> Bytes {
    let name = event.payload.as_ref().map_or("unknown", |payload| &*EventMeta::of(payload).name);
    older::named(name, &event.payload)
}
