use serde::{Serialize, Serializer, ser::SerializeMap as _};

use crate::{
    EventMeta,
    v1::{Event, event::Payload},
};

/// The event as every JSON wire carries it: `{"event", "data"}`, on durable events also `"seq"`
/// and `"epoch"`, and `"clockTrusted": false` while the box's clock is known to be wrong.
///
/// An event without payload (from a newer contract) is `{"event": "unknown", "data": {}}`, so that
/// its position is not lost.
pub fn envelope(event: &Event) -> String {
    // Keys are text, and `Timestamp` writes any number it is given: nothing here can fail.
    serde_json::to_string(&Envelope(event)).expect("an event is always JSON")
}

struct Envelope<'a>(&'a Event);

impl Serialize for Envelope<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(event) = self;
        let mut map = serializer.serialize_map(None)?;
        let name = event.payload.as_ref().map_or("unknown", |p| &*EventMeta::of(p).name);
        map.serialize_entry("event", name)?;
        match &event.payload {
            Some(payload) => map.serialize_entry::<_, Payload>("data", payload)?,
            None => map.serialize_entry("data", &serde_json::Map::new())?,
        }
        if let Some(position) = &event.position {
            map.serialize_entry("seq", &position.seq)?;
            map.serialize_entry("epoch", &position.epoch)?;
            if !event.clock_trusted {
                map.serialize_entry("clockTrusted", &false)?;
            }
        }
        map.end()
    }
}
