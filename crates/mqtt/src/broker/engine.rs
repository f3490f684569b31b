//! The only file that names `mqtt5`, which routes the messages and keeps sessions and retained
//! state. Each limit that it has is set here: its defaults are made for servers.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use mqtt5::broker::auth::{AuthProvider, AuthResult};
use mqtt5::broker::client_handler::ClientHandler;
use mqtt5::broker::config::{BrokerConfig, StorageBackend as Backend, StorageConfig};
use mqtt5::broker::resource_monitor::{ResourceLimits, ResourceMonitor};
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::storage::{DynamicStorage, MemoryBackend, QueueLimits, StorageBackend};
use mqtt5::broker::sys_topics::BrokerStats;
use mqtt5::broker::transport::BrokerTransport;
use mqtt5::packet::connect::ConnectPacket;
use mqtt5::protocol::v5::reason_codes::ReasonCode;
use tokio::net::TcpStream;
use tokio::sync::{Notify, broadcast};

/// A packet, in or out. An order's event is below 16 KiB.
const PACKET_BYTES_MAX: usize = 64 * 1024;
/// Messages on their way to one client, per QoS.
const CLIENT_CHANNEL_MAX: usize = 1024;
/// What is kept for a client with a session while it is away; the oldest goes first.
const QUEUE_MESSAGES_MAX: usize = 1000;
const QUEUE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Sessions kept, of clients there or away. Only a client that has none is refused.
const SESSIONS_MAX: usize = 1024;
/// A gadget that was unplugged for longer starts afresh. `mqtt5` by itself keeps it for ever.
const SESSION_EXPIRY: Duration = Duration::from_secs(7 * 24 * 3600);
const SUBSCRIPTIONS_PER_CLIENT_MAX: usize = 128;
const RETAINED_MESSAGES_MAX: usize = 1000;
const RETAINED_BYTES_MAX: usize = 16 * 1024;
/// Unfinished QoS 2 messages from one client.
const RECEIVE_MAX: u16 = 256;
const TOPIC_ALIASES_MAX: u16 = 16;
/// What one client on the LAN may publish in a second: far above a gadget's need, far below what
/// a broken one could keep a small computer busy with. MQTT 5 clients are told; for those of
/// 3.1.1 the message is gone. Programs on this machine, such as the bridge, have no limit.
const MESSAGES_PER_SECOND_MAX: u32 = 500;
const BYTES_PER_SECOND_MAX: u64 = 1024 * 1024;
const RATE_WINDOW: Duration = Duration::from_secs(1);

/// What all connections share.
pub(super) struct Engine {
    config: Arc<BrokerConfig>,
    router: Arc<MessageRouter>,
    storage: Arc<DynamicStorage>,
    stats: Arc<BrokerStats>,
    /// Counts for clients on this machine, without limiting them.
    local: Arc<ResourceMonitor>,
    /// Limits the rates of all others.
    remote: Arc<ResourceMonitor>,
    stop: broadcast::Sender<()>,
}

impl Engine {
    pub(super) fn new(clients_max: usize) -> Self {
        let queues = QueueLimits { max_messages: QUEUE_MESSAGES_MAX, max_bytes: QUEUE_BYTES_MAX };
        // Not the file store: it writes about 4 KB per message, which wears out an SD card, and
        // the bridge publishes again whatever should be retained.
        let storage = Arc::new(DynamicStorage::Memory(MemoryBackend::with_queue_limits(queues)));
        let router = MessageRouter::with_storage(Arc::clone(&storage))
            .with_fallback_queue_limits(queues)
            .with_retained_limits(RETAINED_MESSAGES_MAX, RETAINED_BYTES_MAX);
        Engine {
            config: Arc::new(settings(clients_max)),
            router: Arc::new(router),
            storage,
            stats: Arc::new(BrokerStats::new()),
            local: Arc::new(ResourceMonitor::new(limits(clients_max, 0, 0))),
            remote: Arc::new(ResourceMonitor::new(limits(
                clients_max,
                MESSAGES_PER_SECOND_MAX,
                BYTES_PER_SECOND_MAX,
            ))),
            stop: broadcast::channel(1).0,
        }
    }

    /// Serves a connection until either side ends it. Says `connected` once the client's CONNECT
    /// is accepted; until then the future may be dropped without a trace.
    pub(super) async fn serve(&self, stream: TcpStream, peer: SocketAddr, connected: Arc<Notify>) {
        let monitor = if peer.ip().is_loopback() { &self.local } else { &self.remote };
        let handler = ClientHandler::new(
            BrokerTransport::tcp(stream),
            peer,
            Arc::clone(&self.config),
            Arc::clone(&self.router),
            Arc::new(Door { storage: Arc::clone(&self.storage), connected }),
            Some(Arc::clone(&self.storage)),
            Arc::clone(&self.stats),
            Arc::clone(monitor),
            self.stop.subscribe(),
        );
        if let Err(error) = handler.run().await {
            tracing::debug!(%peer, %error, "MQTT connection ended");
        }
    }

    /// Forgets sessions and rate windows that have run out.
    pub(super) async fn sweep(&self) {
        if let Err(error) = self.storage.cleanup_expired().await {
            tracing::warn!(%error, "expired MQTT sessions are not all removed");
        }
        self.router.sweep_sessions().await;
        self.local.cleanup_expired_windows().await;
        self.remote.cleanup_expired_windows().await;
    }

    /// Tells all connections to end.
    pub(super) fn stop(&self) {
        // Fails only if there is no connection to tell.
        let _ = self.stop.send(());
    }
}

fn settings(clients_max: usize) -> BrokerConfig {
    let mut config = BrokerConfig::default()
        // We listen ourselves; the default would be all addresses.
        .with_bind_addresses(Vec::new())
        .with_max_clients(clients_max)
        .with_session_expiry(SESSION_EXPIRY)
        .with_max_packet_size(PACKET_BYTES_MAX)
        .with_max_subscriptions_per_client(SUBSCRIPTIONS_PER_CLIENT_MAX)
        .with_max_retained_messages(RETAINED_MESSAGES_MAX)
        .with_max_retained_message_size(RETAINED_BYTES_MAX)
        .with_client_channel_capacity(CLIENT_CHANNEL_MAX)
        .with_server_receive_maximum(RECEIVE_MAX)
        .with_sys_topics_enabled(false)
        .with_storage(
            StorageConfig::new()
                .with_backend(Backend::Memory)
                .with_max_queued_messages_per_client(QUEUE_MESSAGES_MAX)
                .with_max_queued_bytes_per_client(QUEUE_BYTES_MAX),
        );
    config.topic_alias_maximum = TOPIC_ALIASES_MAX;
    config
}

/// Rates of zero are unlimited.
fn limits(clients_max: usize, messages_per_second: u32, bytes_per_second: u64) -> ResourceLimits {
    ResourceLimits {
        // Who may connect is decided by our own accept loop.
        max_connections: clients_max,
        max_connections_per_ip: clients_max,
        max_connection_rate: u32::MAX,
        max_message_rate_per_client: messages_per_second,
        max_bandwidth_per_client: bytes_per_second,
        rate_limit_window: RATE_WINDOW,
    }
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Lets a client in. One for each connection, since this is the only place where `mqtt5` tells
/// that a CONNECT has come.
struct Door {
    storage: Arc<DynamicStorage>,
    connected: Arc<Notify>,
}

impl AuthProvider for Door {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        _peer: SocketAddr,
    ) -> Answer<'a, mqtt5::error::Result<AuthResult>> {
        Box::pin(async move {
            let sessions = self.storage.session_client_ids().await?;
            if sessions.len() >= SESSIONS_MAX && !sessions.contains(&connect.client_id) {
                return Ok(AuthResult::fail(ReasonCode::QuotaExceeded));
            }
            self.connected.notify_one();
            Ok(AuthResult::success())
        })
    }

    fn authorize_publish<'a>(
        &'a self,
        _client_id: &str,
        _user_id: Option<&'a str>,
        _topic: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(std::future::ready(true))
    }

    fn authorize_subscribe<'a>(
        &'a self,
        _client_id: &str,
        _user_id: Option<&'a str>,
        _topic_filter: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(std::future::ready(true))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tokio::net::TcpListener;

    use super::*;
    use crate::{Link, LinkConfig, LinkEvent, Publication};

    const LAN: &str = "192.0.2.7:50000";
    const THIS_MACHINE: &str = "127.0.0.1:50000";

    #[tokio::test]
    async fn a_gadget_that_floods_is_refused_and_the_bridge_never_is() {
        let limit = u64::from(MESSAGES_PER_SECOND_MAX);
        assert_eq!(flood(THIS_MACHINE, 8 * limit).await, None);
        let refused = flood(LAN, 8 * limit).await;
        assert_eq!(refused.as_deref(), Some("publish refused: QuotaExceeded"));
    }

    /// Publishes `count` messages as fast as they are taken, to a broker that is made to believe
    /// that they come from `peer`. Returns why it broke the connection, if it did.
    async fn flood(peer: &str, count: u64) -> Option<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut link = Link::new(LinkConfig {
            broker: listener.local_addr().unwrap().into(),
            client_id: "flood".to_owned(),
            credentials: None,
            availability_topic: "flood/availability".to_owned(),
            subscriptions: Vec::new(),
        });
        let peer = peer.parse().unwrap();
        let broker = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            Engine::new(1).serve(stream, peer, Arc::default()).await;
        });
        let (mut next, mut acknowledged) = (1, 0);
        while acknowledged < count {
            while next <= count && link.room() > 0 {
                let message =
                    Publication { topic: "flood".to_owned(), payload: Bytes::new(), retain: false };
                link.publish(message, Some(next)).unwrap();
                next += 1;
            }
            match link.next().await {
                LinkEvent::Acknowledged(tag) => acknowledged = tag,
                LinkEvent::Down { reason, .. } => return Some(reason),
                LinkEvent::Up | LinkEvent::Message { .. } => {}
            }
        }
        broker.abort();
        None
    }
}
