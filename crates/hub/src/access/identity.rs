use std::{net::IpAddr, sync::Arc};

use kiosk_domain::Actor;
use kiosk_proto::v1::{Order, role::Value as Role};
use tokio_util::sync::CancellationToken;

use super::live::Holder;
use crate::Published;

/// Who a client is. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Identity(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    actor: Actor,
    holder: Holder,
    address: Option<IpAddr>,
    ended: CancellationToken,
}

impl Identity {
    pub(super) fn new(
        actor: Actor,
        holder: Holder,
        address: Option<IpAddr>,
        ended: CancellationToken,
    ) -> Self {
        Self(Arc::new(Inner { actor, holder, address, ended }))
    }

    /// Somebody without credentials, from there.
    pub fn nobody(address: Option<IpAddr>) -> Self {
        let actor = Actor { role: Role::Unspecified, id: 0, name: String::new() };
        Self::new(actor, Holder::Nobody, address, CancellationToken::new())
    }

    pub(super) fn holder(&self) -> &Holder {
        &self.0.holder
    }

    /// UNSPECIFIED: nobody.
    pub fn role(&self) -> Role {
        self.0.actor.role
    }

    /// Whose name is on what it does.
    pub fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// 0: it is no paired device.
    pub fn device_id(&self) -> i32 {
        match self.0.holder {
            Holder::Device(device_id) => device_id,
            Holder::Order(_) | Holder::Nobody => 0,
        }
    }

    /// The one order that it may see, if it is a customer.
    pub fn order_id(&self) -> Option<&str> {
        match &self.0.holder {
            Holder::Order(order_id) => Some(order_id),
            Holder::Device(_) | Holder::Nobody => None,
        }
    }

    /// From where it came, if it came over the network.
    pub fn address(&self) -> Option<IpAddr> {
        self.0.address
    }

    /// Cancelled when its credentials are worth nothing any more: what it has open must end.
    pub fn ended(&self) -> &CancellationToken {
        &self.0.ended
    }

    /// Whether an event may be shown to it.
    pub fn sees(&self, event: &Published) -> bool {
        let Some(meta) = event.meta() else { return true };
        let is_own = || self.order_id().is_some_and(|own| event.is_of_order(own));
        let is_strangers = self.role() == Role::Customer && meta.is_about_an_order() && !is_own();
        meta.visible_to(self.role()) && !is_strangers
    }

    /// Whether an order may be shown to it, as far as orders may at all.
    pub fn sees_order(&self, order: &Order) -> bool {
        self.role() != Role::Customer || self.order_id() == Some(&*order.order_id)
    }
}
