//! The only module that names `mqtt5`, which routes the messages and keeps sessions and retained
//! state. Each limit that it has is set here: its defaults are made for servers.

mod warden;

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use mqtt5::broker::client_handler::ClientHandler;
use mqtt5::broker::config::{BrokerConfig, StorageBackend as Backend, StorageConfig};
use mqtt5::broker::resource_monitor::{ResourceLimits, ResourceMonitor};
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::storage::{DynamicStorage, MemoryBackend, QueueLimits, StorageBackend};
use mqtt5::broker::sys_topics::BrokerStats;
use mqtt5::broker::transport::BrokerTransport;
use tokio::net::TcpStream;
use tokio::sync::{SetOnce, broadcast};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::door::{Door, Guest};
use warden::{Sessions, Warden};

/// A packet, in or out. An order's event is below 16 KiB.
const PACKET_BYTES_MAX: usize = 64 * 1024;
/// Messages on their way to one client, per QoS.
const CLIENT_CHANNEL_MAX: usize = 1024;
/// What is kept for a client with a session while it is away; the oldest goes first.
const QUEUE_MESSAGES_MAX: usize = 1000;
const QUEUE_BYTES_MAX: usize = 4 * 1024 * 1024;
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
/// How long a connection that is told to end may take for it.
const FAREWELL_MAX: Duration = Duration::from_millis(300);

/// What all connections share.
pub(super) struct Engine {
    config: Arc<BrokerConfig>,
    sessions: Sessions,
    stats: Arc<BrokerStats>,
    /// Counts for clients on this machine, without limiting them.
    local: Arc<ResourceMonitor>,
    /// Limits the rates of all others.
    remote: Arc<ResourceMonitor>,
    door: Arc<Door>,
    stopping: CancellationToken,
}

/// Who came in by a connection, once its CONNECT is there and was accepted.
pub(super) type Entry = SetOnce<Arc<Guest>>;

impl Engine {
    pub(super) fn new(clients_max: usize, door: Arc<Door>, stopping: CancellationToken) -> Self {
        let queues = QueueLimits { max_messages: QUEUE_MESSAGES_MAX, max_bytes: QUEUE_BYTES_MAX };
        // Not the file store: it writes about 4 KB per message, which wears out an SD card, and
        // the bridge publishes again whatever should be retained.
        let storage = Arc::new(DynamicStorage::Memory(MemoryBackend::with_queue_limits(queues)));
        let router = MessageRouter::with_storage(Arc::clone(&storage))
            .with_fallback_queue_limits(queues)
            .with_retained_limits(RETAINED_MESSAGES_MAX, RETAINED_BYTES_MAX);
        Engine {
            config: Arc::new(settings(clients_max)),
            sessions: Sessions { router: Arc::new(router), storage },
            stats: Arc::new(BrokerStats::new()),
            local: Arc::new(ResourceMonitor::new(limits(clients_max, 0, 0))),
            remote: Arc::new(ResourceMonitor::new(limits(
                clients_max,
                MESSAGES_PER_SECOND_MAX,
                BYTES_PER_SECOND_MAX,
            ))),
            door,
            stopping,
        }
    }

    /// Serves a connection until either side ends it, the broker stops, or its client must go. Until
    /// `entry` says who came in, the future may be dropped without a trace.
    pub(super) async fn serve(&self, stream: TcpStream, peer: SocketAddr, entry: Arc<Entry>) {
        let monitor = if peer.ip().is_loopback() { &self.local } else { &self.remote };
        let warden = Warden {
            sessions: self.sessions.clone(),
            door: Arc::clone(&self.door),
            entry: Arc::clone(&entry),
        };
        let (stop, stopped) = broadcast::channel(1);
        let handler = ClientHandler::new(
            BrokerTransport::tcp(stream),
            peer,
            Arc::clone(&self.config),
            Arc::clone(&self.sessions.router),
            Arc::new(warden),
            Some(Arc::clone(&self.sessions.storage)),
            Arc::clone(&self.stats),
            Arc::clone(monitor),
            stopped,
        );
        let mut session = pin!(handler.run());
        tokio::select! {
            ended = &mut session => {
                if let Err(error) = ended {
                    tracing::debug!(%peer, %error, "MQTT connection ended");
                }
                return;
            }
            () = must_go(&entry) => {}
            () = self.stopping.cancelled() => {}
        }
        // It listens, or has just ended.
        let _ = stop.send(());
        if timeout(FAREWELL_MAX, session).await.is_err() {
            tracing::debug!(%peer, "MQTT connection cut: its client does not read");
        }
        if let Some(guest) = entry.get().filter(|guest| guest.ended.is_cancelled()) {
            tracing::info!(%peer, user = guest.user, "MQTT client put out: other rights, or none");
            self.sessions.forget(&guest.client_id).await;
        }
    }

    /// Forgets sessions and rate windows that have run out.
    pub(super) async fn sweep(&self) {
        if let Err(error) = self.sessions.storage.cleanup_expired().await {
            tracing::warn!(%error, "expired MQTT sessions are not all removed");
        }
        self.sessions.router.sweep_sessions().await;
        self.local.cleanup_expired_windows().await;
        self.remote.cleanup_expired_windows().await;
    }

    /// Puts out those whose rights have changed.
    pub(super) fn look(&self) {
        self.door.look();
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

async fn must_go(entry: &Entry) {
    entry.wait().await.ended.cancelled().await;
}

#[cfg(test)]
mod tests;
