//! Who is there, by the names that clients give themselves: told to all when the first session of a
//! name begins, and when its last one ends.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use kiosk_hub::Hub;
use kiosk_proto::v1::{Person, PresenceChanged, event::Payload};

/// A name that a client gives itself.
pub(crate) const NAME_CHARS_MAX: usize = 64;

#[derive(Debug)]
pub(crate) struct Presence {
    hub: Hub,
    /// How many sessions each has.
    names: Mutex<HashMap<String, usize>>,
}

/// One session of somebody who has a name.
#[derive(Debug)]
pub(crate) struct Present {
    presence: Arc<Presence>,
    name: String,
}

impl Presence {
    pub(crate) fn new(hub: Hub) -> Self {
        Self { hub, names: Mutex::default() }
    }

    /// Until the session ends. Who has no name is not told of.
    pub(crate) fn enter(self: &Arc<Self>, name: &str) -> Option<Present> {
        if name.is_empty() {
            return None;
        }
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let sessions = names.entry(name.into()).or_default();
        *sessions += 1;
        if *sessions == 1 {
            self.tell(name, true);
        }
        Some(Present { presence: Arc::clone(self), name: name.into() })
    }

    fn tell(&self, name: &str, is_online: bool) {
        let person = Some(Person { id: 0, name: name.into() });
        let timestamp = Some(self.hub.now());
        let changed = PresenceChanged { person, is_online, timestamp };
        self.hub.signal(Payload::PresenceChanged(changed));
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        let mut names = self.presence.names.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sessions) = names.get_mut(&self.name) else { return };
        *sessions -= 1;
        if *sessions == 0 {
            names.remove(&self.name);
            self.presence.tell(&self.name, false);
        }
    }
}
