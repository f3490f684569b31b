//! What `mqtt5` asks before it does what a client wants.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use mqtt5::broker::auth::{AuthProvider, AuthResult};
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::storage::{DynamicStorage, StorageBackend};
use mqtt5::packet::connect::ConnectPacket;
use mqtt5::protocol::v5::reason_codes::ReasonCode;

use super::Entry;
use crate::broker::door::{Door, Guest, Refused, Shown};

/// Sessions kept, of clients there or away. Only a client that has none is refused.
const SESSIONS_MAX: usize = 1024;

/// What is kept of clients, there or away.
#[derive(Clone)]
pub(super) struct Sessions {
    pub(super) router: Arc<MessageRouter>,
    pub(super) storage: Arc<DynamicStorage>,
}

impl Sessions {
    /// Leaves nothing of a client that was put out: no subscription, and no message that waits.
    pub(super) async fn forget(&self, client_id: &str) {
        let _slot = self.router.lock_session(client_id).await;
        self.router.unregister_client(client_id).await;
        let removed = self.storage.remove_session(client_id).await;
        let emptied = self.storage.remove_queued_messages(client_id).await;
        if let Err(error) = removed.and(emptied) {
            tracing::warn!(%error, client_id, "an MQTT session is not all removed");
        }
    }
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Stands at one connection, since what `mqtt5` tells it of a client later on is only names.
pub(super) struct Warden {
    pub(super) sessions: Sessions,
    pub(super) door: Arc<Door>,
    pub(super) entry: Arc<Entry>,
}

impl Warden {
    /// Whether the client's id is free, or its own. An id belongs to who has a session by it: a
    /// broker ends the older of two connections with the same one. A gadget that is paired anew
    /// comes as another device, so the session of one that is revoked is nobody's.
    async fn check_session(&self, guest: &Guest) -> mqtt5::error::Result<Result<(), ReasonCode>> {
        let Sessions { storage, .. } = &self.sessions;
        match storage.get_session(&guest.client_id).await? {
            Some(known) if known.user_id == guest.user => return Ok(Ok(())),
            Some(known) if self.door.knows(known.user_id.as_deref()) => {
                return Ok(Err(ReasonCode::NotAuthorized));
            }
            Some(_) => self.sessions.forget(&guest.client_id).await,
            None => {}
        }
        let is_full = storage.session_client_ids().await?.len() >= SESSIONS_MAX;
        Ok(if is_full { Err(ReasonCode::QuotaExceeded) } else { Ok(()) })
    }
}

impl AuthProvider for Warden {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        peer: SocketAddr,
    ) -> Answer<'a, mqtt5::error::Result<AuthResult>> {
        Box::pin(async move {
            let shown = Shown {
                user: connect.username.as_deref(),
                password: connect.password.as_deref(),
                client_id: &connect.client_id,
            };
            let guest = match self.door.let_in(&shown, peer.ip()) {
                Ok(guest) => guest,
                Err(refused) => return Ok(AuthResult::fail(reason(refused))),
            };
            if let Err(reason) = self.check_session(&guest).await? {
                return Ok(AuthResult::fail(reason));
            }
            let accepted = AuthResult { user_id: guest.user.clone(), ..AuthResult::success() };
            // A second CONNECT on a connection is none.
            if self.entry.set(guest).is_err() {
                return Ok(AuthResult::fail(ReasonCode::ProtocolError));
            }
            Ok(accepted)
        })
    }

    fn authorize_publish<'a>(
        &'a self,
        _client_id: &str,
        _user_id: Option<&'a str>,
        topic: &'a str,
    ) -> Answer<'a, bool> {
        let may = self.entry.get().is_some_and(|guest| guest.may_say(topic));
        Box::pin(std::future::ready(may))
    }

    fn authorize_subscribe<'a>(
        &'a self,
        _client_id: &str,
        _user_id: Option<&'a str>,
        filter: &'a str,
    ) -> Answer<'a, bool> {
        let may = self.entry.get().is_some_and(|guest| guest.may_hear(filter));
        Box::pin(std::future::ready(may))
    }
}

fn reason(refused: Refused) -> ReasonCode {
    match refused {
        Refused::Nobody => ReasonCode::NotAuthorized,
        Refused::Wrong => ReasonCode::BadUsernameOrPassword,
        Refused::ClientId => ReasonCode::ClientIdentifierNotValid,
        Refused::TooMany => ReasonCode::QuotaExceeded,
    }
}
