//! Who is let in by the embedded broker, as whom, and what they may.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use kiosk_hub::{Access, Hub, Identity};
use kiosk_proto::v1::role::Value as Role;
use tokio_util::sync::CancellationToken;

use crate::Credentials;

use crate::rules::{Badge, Rules, user_name};
use crate::topics::Topics;

/// Connections of one device at once: a gadget has one, and another that is about to end.
const CONNECTIONS_PER_DEVICE_MAX: usize = 8;

/// The bridge's user name. No device is called that.
const BRIDGE_USER: &str = "kioskd";
/// Client ids that are the bridge's alone: whoever had its id while it is away would keep it out.
const BRIDGE_CLIENT_PREFIX: &str = "kioskd-";
const BRIDGE_PASSWORD_BYTES: usize = 32;

/// Asks the box who may come in.
pub(super) struct Door {
    hub: Hub,
    topics: Topics,
    bridge: Credentials,
    /// Who was let in and is not gone. At most as many as there are connections, and wills that wait.
    guests: Mutex<Vec<Weak<Guest>>>,
    /// The position at which the guests' rights were looked at last.
    looked_at: AtomicU64,
}

/// Somebody who was let in, for one connection.
pub(super) struct Guest {
    /// None: nobody in particular, in a box that is open.
    pub(super) user: Option<String>,
    pub(super) client_id: String,
    /// A device, and what its rights were made from.
    device: Option<(i32, Badge)>,
    rules: Rules,
    /// None: the bridge.
    identity: Option<Identity>,
    /// Cancelled when it must go.
    pub(super) ended: CancellationToken,
    access: Arc<Access>,
}

/// What a client shows.
pub(super) struct Shown<'a> {
    pub(super) user: Option<&'a str>,
    pub(super) password: Option<&'a [u8]>,
    pub(super) client_id: &'a str,
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// No credentials, or those of somebody whom this broker does not serve.
    Nobody,
    /// Another box's token, a revoked one, or another device's user name.
    Wrong,
    /// The bridge's client id.
    ClientId,
    TooMany,
}

impl Door {
    /// None: the system has no randomness.
    pub(super) fn new(hub: Hub, topics: Topics) -> Option<Self> {
        let mut random = [0_u8; BRIDGE_PASSWORD_BYTES];
        getrandom::fill(&mut random).ok()?;
        let password = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let bridge = Credentials { username: BRIDGE_USER.to_owned(), password };
        Some(Self { hub, topics, bridge, guests: Mutex::default(), looked_at: AtomicU64::new(0) })
    }

    /// Made when the broker starts, and told to nobody else.
    pub(super) fn bridge(&self) -> &Credentials {
        &self.bridge
    }

    pub(super) fn let_in(&self, shown: &Shown<'_>, from: IpAddr) -> Result<Arc<Guest>, Refused> {
        let bridge = self.bridge.username == shown.user.unwrap_or_default()
            && shown.password.is_some_and(|it| is_same(it, self.bridge.password.as_bytes()));
        if !bridge && shown.client_id.starts_with(BRIDGE_CLIENT_PREFIX) {
            return Err(Refused::ClientId);
        }
        let guest = if bridge { self.the_bridge(shown) } else { self.somebody(shown, from)? };
        let mut guests = self.guests();
        guests.retain(|guest| guest.strong_count() > 0);
        if let Some(device_id) = guest.device_id() {
            let others = guests.iter().filter_map(Weak::upgrade);
            let own = others.filter(|it| it.device_id() == Some(device_id)).count();
            if own >= CONNECTIONS_PER_DEVICE_MAX {
                return Err(Refused::TooMany);
            }
        }
        let guest = Arc::new(guest);
        guests.push(Arc::downgrade(&guest));
        Ok(guest)
    }

    /// Puts out whoever has other rights now than when it came, so that it comes back with those.
    pub(super) fn look(&self) {
        let snapshot = self.hub.snapshot();
        let seq = snapshot.position.seq;
        if self.looked_at.swap(seq, Ordering::Relaxed) == seq {
            return;
        }
        let guests: Vec<_> = self.guests().iter().filter_map(Weak::upgrade).collect();
        for guest in guests {
            let Some((device_id, badge)) = &guest.device else { continue };
            if Badge::of(&snapshot.state, *device_id).as_ref() != Some(badge) {
                guest.ended.cancel();
            }
        }
    }

    /// Whether a guest's user name is still somebody's.
    pub(super) fn knows(&self, user: Option<&str>) -> bool {
        let state = &self.hub.snapshot().state;
        let is_device = |user| state.devices().any(|it| user_name(it.device.device_id) == user);
        user.is_none_or(|user| user == self.bridge.username || is_device(user))
    }

    fn the_bridge(&self, shown: &Shown<'_>) -> Guest {
        let user = Some(self.bridge.username.clone());
        self.guest(shown, user, None, Rules::everything(), None)
    }

    fn somebody(&self, shown: &Shown<'_>, from: IpAddr) -> Result<Guest, Refused> {
        let token = shown.password.map(String::from_utf8_lossy);
        let access = self.hub.access();
        let identity = access.identify(token.as_deref(), Some(from)).map_err(|_| Refused::Wrong)?;
        let device_id = identity.device_id();
        if device_id == 0 {
            // Nobody in particular is the admin in an open box; a customer is not served here.
            let is_open = identity.role() == Role::Admin;
            let guest = self.guest(shown, None, None, Rules::everything(), Some(identity));
            return if is_open { Ok(guest) } else { Err(Refused::Nobody) };
        }
        let user = user_name(device_id);
        if shown.user != Some(&*user) {
            access.call_refused(&identity, "MQTT: a user name of another device");
            return Err(Refused::Wrong);
        }
        // Revoked since its token was looked up.
        let badge = Badge::of(&self.hub.snapshot().state, device_id).ok_or(Refused::Wrong)?;
        let rules = Rules::of(&badge, &self.topics);
        Ok(self.guest(shown, Some(user), Some((device_id, badge)), rules, Some(identity)))
    }

    fn guest(
        &self,
        shown: &Shown<'_>,
        user: Option<String>,
        device: Option<(i32, Badge)>,
        rules: Rules,
        identity: Option<Identity>,
    ) -> Guest {
        let ended = identity.as_ref().map(|it| it.ended().child_token()).unwrap_or_default();
        let (client_id, access) = (shown.client_id.to_owned(), Arc::clone(self.hub.access()));
        Guest { user, client_id, device, rules, identity, ended, access }
    }

    fn guests(&self) -> MutexGuard<'_, Vec<Weak<Guest>>> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guest {
    pub(super) fn may_hear(&self, filter: &str) -> bool {
        let may = !self.ended.is_cancelled() && self.rules.may_hear(filter);
        if !may {
            self.refused("MQTT: SUBSCRIBE", filter);
        }
        may
    }

    pub(super) fn may_say(&self, topic: &str) -> bool {
        let may = !self.ended.is_cancelled() && self.rules.may_say(topic);
        if !may {
            self.refused("MQTT: PUBLISH", topic);
        }
        may
    }

    fn device_id(&self) -> Option<i32> {
        self.device.as_ref().map(|(device_id, _)| *device_id)
    }

    /// The topic is the client's own words, of any length: it is not for the record.
    fn refused(&self, what: &str, topic: &str) {
        tracing::debug!(user = self.user, client_id = self.client_id, topic, what, "refused");
        if let Some(identity) = &self.identity {
            self.access.call_refused(identity, what);
        }
    }
}

/// Takes as long wherever they differ.
fn is_same(shown: &[u8], known: &[u8]) -> bool {
    let differences = shown.iter().zip(known).fold(0, |all, (a, b)| all | (a ^ b));
    shown.len() == known.len() && differences == 0
}
