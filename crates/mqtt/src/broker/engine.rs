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
/// What one client may publish in a second: above what the bridge reaches when it publishes a
/// backlog, and far above any gadget. MQTT 5 clients are told; those of 3.1.1 cannot be.
const MESSAGES_PER_SECOND_MAX: u32 = 50_000;
const BYTES_PER_SECOND_MAX: u64 = 32 * 1024 * 1024;
const RATE_WINDOW: Duration = Duration::from_secs(1);

/// What all connections share.
pub(super) struct Engine {
    config: Arc<BrokerConfig>,
    router: Arc<MessageRouter>,
    storage: Arc<DynamicStorage>,
    stats: Arc<BrokerStats>,
    monitor: Arc<ResourceMonitor>,
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
            monitor: Arc::new(ResourceMonitor::new(limits(clients_max))),
            stop: broadcast::channel(1).0,
        }
    }

    /// Serves a connection until either side ends it. Says `connected` once the client's CONNECT
    /// is accepted; until then the future may be dropped without a trace.
    pub(super) async fn serve(&self, stream: TcpStream, peer: SocketAddr, connected: Arc<Notify>) {
        let handler = ClientHandler::new(
            BrokerTransport::tcp(stream),
            peer,
            Arc::clone(&self.config),
            Arc::clone(&self.router),
            Arc::new(Door { storage: Arc::clone(&self.storage), connected }),
            Some(Arc::clone(&self.storage)),
            Arc::clone(&self.stats),
            Arc::clone(&self.monitor),
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
        self.monitor.cleanup_expired_windows().await;
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
    config.max_message_rate_per_client = MESSAGES_PER_SECOND_MAX;
    config.max_bandwidth_per_client = BYTES_PER_SECOND_MAX;
    config
}

fn limits(clients_max: usize) -> ResourceLimits {
    ResourceLimits {
        max_connections: clients_max,
        // Connections are counted and let in by our own accept loop.
        max_connections_per_ip: clients_max,
        max_connection_rate: u32::MAX,
        max_message_rate_per_client: MESSAGES_PER_SECOND_MAX,
        max_bandwidth_per_client: BYTES_PER_SECOND_MAX,
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
