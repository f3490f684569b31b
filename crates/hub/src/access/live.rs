use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
};

use kiosk_proto::Timestamp;
use tokio_util::sync::CancellationToken;

use super::Seen;

/// Addresses that are remembered of one device: of one that comes from more it is told again.
const ADDRESSES_MAX: usize = 8;

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    Device(i32),
    /// A customer with that order.
    Order(String),
    /// No token.
    Nobody,
}

/// Who has come since the box has started. No more than there are devices, and orders at hand.
#[derive(Debug, Default)]
pub(super) struct Live(HashMap<Holder, Presence>);

#[derive(Debug)]
struct Presence {
    seen_at: Timestamp,
    seen_from: Option<IpAddr>,
    addresses: Vec<Option<IpAddr>>,
    ended: CancellationToken,
}

/// A token that was used.
pub(super) struct Used {
    /// For the first time, or for the first time from there.
    pub(super) is_new: bool,
    pub(super) ended: CancellationToken,
}

impl Live {
    pub(super) fn used(
        &mut self,
        holder: &Holder,
        now: Timestamp,
        address: Option<IpAddr>,
    ) -> Used {
        let fresh = || Presence {
            seen_at: now,
            seen_from: address,
            addresses: Vec::new(),
            ended: CancellationToken::new(),
        };
        // Looked up by reference first: a clone of the key for each call would be one too many.
        if !self.0.contains_key(holder) {
            self.0.insert(holder.clone(), fresh());
        }
        let Some(presence) = self.0.get_mut(holder) else {
            return Used { is_new: false, ended: CancellationToken::new() };
        };
        (presence.seen_at, presence.seen_from) = (now, address);
        let is_new = !presence.addresses.contains(&address);
        if is_new {
            if presence.addresses.len() >= ADDRESSES_MAX {
                presence.addresses.remove(0);
            }
            presence.addresses.push(address);
        }
        Used { is_new, ended: presence.ended.clone() }
    }

    /// Ends all that must not be here any more.
    pub(super) fn end_all_but(&mut self, may_stay: impl Fn(&Holder) -> bool) {
        self.0.retain(|holder, presence| {
            let stays = may_stay(holder);
            if !stays {
                presence.ended.cancel();
            }
            stays
        });
    }

    pub(super) fn seen(&self) -> BTreeMap<i32, Seen> {
        let of_device = |(holder, presence): (&Holder, &Presence)| match holder {
            Holder::Device(device_id) => Some((*device_id, (presence.seen_at, presence.seen_from))),
            Holder::Order(_) | Holder::Nobody => None,
        };
        self.0.iter().filter_map(of_device).collect()
    }
}
