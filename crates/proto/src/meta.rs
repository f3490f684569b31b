use std::{collections::HashMap, sync::LazyLock};

use prost::Message as _;

use crate::{
    access::Roles,
    descriptors,
    v1::{EventOptions, event::Payload, role},
};

/// What the contract declares beside an event's field.
#[derive(Debug)]
pub struct EventMeta {
    /// `order:created`.
    pub name: String,
    /// Never journalled, has no position.
    pub ephemeral: bool,
    /// The MQTT topic below `kiosk/<site>/`, if the event goes there.
    pub topic: Option<String>,
    /// It does not go to the room `all`.
    pub rooms_only: bool,
    roles: Roles,
    rooms: Vec<Room>,
}

/// How the room of an order begins.
const ORDER_ROOM: &str = "order_";

#[derive(Debug)]
enum Room {
    Fixed(String),
    /// The room's name is the prefix and the event's text field of that JSON name.
    OfField {
        prefix: String,
        field: String,
    },
}

impl EventMeta {
    /// What is declared for this event.
    pub fn of(payload: &Payload) -> &'static Self {
        // Filled from the same descriptors that the enum was generated from.
        &METAS[&payload.number()]
    }

    /// Whether a role may see the event; the admin may see all.
    pub fn visible_to(&self, role: role::Value) -> bool {
        self.roles.has(role)
    }

    /// Whether it is about one order, so that only that order's customer may see it.
    pub fn is_about_an_order(&self) -> bool {
        let is_order =
            |room: &Room| matches!(room, Room::OfField { prefix, .. } if prefix == ORDER_ROOM);
        self.rooms.iter().any(is_order)
    }

    /// The rooms that this event is sent to; `all` is not named.
    pub fn rooms(&self, payload: &Payload) -> impl Iterator<Item = String> {
        self.rooms.iter().filter_map(|room| match room {
            Room::Fixed(name) => Some(name.clone()),
            Room::OfField { prefix, field } => {
                // An event about no order is in no order's room.
                let name = payload.text(field).filter(|name| !name.is_empty())?;
                Some(format!("{prefix}{name}"))
            }
        })
    }
}

/// Whether that is the name of a room some event may be sent to, or `all`.
pub fn is_room(name: &str) -> bool {
    let known = |room: &Room| match room {
        Room::Fixed(fixed) => name == fixed,
        Room::OfField { prefix, .. } => name.len() > prefix.len() && name.starts_with(prefix),
    };
    name == "all" || METAS.values().flat_map(|meta| &meta.rooms).any(known)
}

/// Every event of the contract, by its field number in `Event`.
pub fn event_metas() -> &'static HashMap<u32, EventMeta> {
    &METAS
}

static METAS: LazyLock<HashMap<u32, EventMeta>> = LazyLock::new(|| {
    // The descriptors were made by this crate's build script, and a test reads them all.
    read_metas().expect("the descriptors in the binary are whole")
});

fn read_metas() -> Option<HashMap<u32, EventMeta>> {
    let pool = descriptors();
    let option = pool.get_extension_by_name("kiosk.v1.event")?;
    let event = pool.get_message_by_name("kiosk.v1.Event")?;
    let fields = event.oneofs().next()?.fields().collect::<Vec<_>>();
    fields
        .iter()
        .map(|field| {
            let value = field.options().get_extension(&option).as_message()?.encode_to_vec();
            Some((field.number(), meta(EventOptions::decode(&*value).ok()?)))
        })
        .collect()
}

fn meta(options: EventOptions) -> EventMeta {
    EventMeta {
        roles: Roles::of(options.roles()),
        rooms: options.rooms.iter().map(|room| parse_room(room)).collect(),
        name: options.name,
        ephemeral: options.ephemeral,
        rooms_only: options.rooms_only,
        topic: Some(options.topic).filter(|topic| !topic.is_empty()),
    }
}

fn parse_room(template: &str) -> Room {
    match template.strip_suffix('}').and_then(|t| t.split_once('{')) {
        Some((prefix, field)) => Room::OfField { prefix: prefix.into(), field: field.into() },
        None => Room::Fixed(template.into()),
    }
}
