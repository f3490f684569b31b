//! A broker inside this process, for the demo and for a small shop on a LAN that it trusts.
//!
//! About 200 clients, no accounts, no TLS, nothing kept across a restart: the bridge publishes
//! all retained state again. A shop that needs more of any of these runs Mosquitto and says so
//! in its configuration.

mod engine;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use engine::Engine;

/// From TCP accept until the client's CONNECT is there.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// Connections that have not sent their CONNECT yet. One more waits in the kernel's backlog, at
/// most for [`CONNECT_MAX`], so that idle sockets cannot use up the places of clients.
const HANDSHAKES_MAX: usize = 64;

/// How long [`Broker::stop`] gives the connections to end by themselves.
const STOP_MAX: Duration = Duration::from_secs(2);

/// How often expired sessions and rate windows are thrown out.
const SWEEP_INTERVAL: Duration = Duration::from_secs(600);

/// A pause after `accept` failed, most likely for want of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Where the broker listens and for how many.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrokerConfig {
    /// The address to listen on; port 0 takes a free one. Default `127.0.0.1:1883`: whoever
    /// reaches this address may publish anything.
    pub listen: SocketAddr,
    /// Connections at once, 256 by default; one more is closed as soon as it is made.
    pub clients_max: usize,
}

impl Default for BrokerConfig {
    fn default() -> Self {
        BrokerConfig { listen: (Ipv4Addr::LOCALHOST, 1883).into(), clients_max: 256 }
    }
}

/// Why the broker did not start.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The address is taken, not one of this machine's, or not allowed.
    #[error("cannot listen for MQTT on {address}: {source}")]
    Listen {
        /// The address from the configuration.
        address: SocketAddr,
        /// The system's answer.
        source: io::Error,
    },
}

/// A running broker. Dropping it stops it without waiting; [`stop`](Broker::stop) waits.
#[derive(Debug)]
pub struct Broker {
    local_addr: SocketAddr,
    stopping: CancellationToken,
    acceptor: JoinHandle<()>,
}

impl Broker {
    /// Binds the address and serves from then on.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on.
    pub async fn start(config: BrokerConfig) -> Result<Self, BrokerError> {
        let address = config.listen;
        let failed = |source| BrokerError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let local_addr = listener.local_addr().map_err(failed)?;
        let stopping = CancellationToken::new();
        let acceptor = Acceptor {
            engine: Arc::new(Engine::new(config.clients_max)),
            handshakes: Arc::new(Semaphore::new(HANDSHAKES_MAX)),
            clients_max: config.clients_max,
            clients: JoinSet::new(),
            stopping: stopping.clone(),
        };
        let acceptor = tokio::spawn(acceptor.run(listener));
        Ok(Broker { local_addr, stopping, acceptor })
    }

    /// The address that the broker listens on, with the real port.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Stops listening, tells the clients, and returns when all connections are closed, at the
    /// latest after 2 s.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        if let Err(error) = (&mut self.acceptor).await {
            tracing::error!(%error, "the MQTT broker had failed before it was stopped");
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}

/// The accept loop and all connections that came of it.
struct Acceptor {
    engine: Arc<Engine>,
    handshakes: Arc<Semaphore>,
    clients_max: usize,
    clients: JoinSet<()>,
    stopping: CancellationToken,
}

impl Acceptor {
    async fn run(mut self, listener: TcpListener) {
        let mut sweep = interval(SWEEP_INTERVAL);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stopping = self.stopping.clone();
        loop {
            tokio::select! {
                () = stopping.cancelled() => break,
                accepted = accept(&listener, &self.handshakes) => match accepted {
                    Ok((stream, peer, handshake)) => self.admit(stream, peer, handshake),
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept MQTT connections");
                        sleep(ACCEPT_RETRY).await;
                    }
                },
                Some(ended) = self.clients.join_next() => {
                    if let Err(error) = ended {
                        tracing::error!(%error, "an MQTT connection's task failed");
                    }
                }
                _ = sweep.tick() => self.engine.sweep().await,
            }
        }
        drop(listener);
        self.engine.stop();
        let all_ended = async { while self.clients.join_next().await.is_some() {} };
        if timeout(STOP_MAX, all_ended).await.is_err() {
            tracing::warn!("MQTT connections that did not end in time are cut");
            self.clients.shutdown().await;
        }
    }

    fn admit(&mut self, stream: TcpStream, peer: SocketAddr, handshake: OwnedSemaphorePermit) {
        if self.clients.len() >= self.clients_max {
            tracing::warn!(%peer, clients_max = self.clients_max, "too many MQTT clients");
            return;
        }
        let (engine, stopping) = (Arc::clone(&self.engine), self.stopping.clone());
        self.clients.spawn(serve(engine, stream, peer, handshake, stopping));
    }
}

/// Takes a place for a handshake first and a connection then. Cancel safe.
async fn accept(
    listener: &TcpListener,
    handshakes: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let handshakes = Arc::clone(handshakes);
    let handshake = handshakes.acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    // Small packets that someone waits for.
    stream.set_nodelay(true)?;
    Ok((stream, peer, handshake))
}

/// One connection, to its end; its task may be dropped at any point.
async fn serve(
    engine: Arc<Engine>,
    stream: TcpStream,
    peer: SocketAddr,
    handshake: OwnedSemaphorePermit,
    stopping: CancellationToken,
) {
    let connected = Arc::new(Notify::new());
    let mut session = pin!(engine.serve(stream, peer, Arc::clone(&connected)));
    tokio::select! {
        () = &mut session => return,
        () = connected.notified() => drop(handshake),
        () = sleep(CONNECT_MAX) => {
            tracing::debug!(%peer, "no MQTT CONNECT in time");
            return;
        }
        () = stopping.cancelled() => return,
    }
    session.await;
}
