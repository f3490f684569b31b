//! A broker inside this process, for the demo and for a small shop on a LAN that it trusts.
//!
//! Clients are the box's devices, with their tokens. About 200 of them, no TLS, nothing kept across
//! a restart: the bridge publishes all retained state again. A shop that needs more of any of these
//! runs Mosquitto and says so in its configuration.

mod door;
mod engine;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use kiosk_hub::{Admission, Hub, Limits, Place};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::Credentials;
use crate::topics::Topics;
use door::Door;
use engine::{Engine, Entry};

/// Connections that have not sent their CONNECT yet: more than one address may have. One more waits in
/// the kernel's backlog, at most for as long as a handshake may take, so that idle sockets cannot use
/// up the places of clients.
const HANDSHAKES_MAX: usize = 128;

/// How long [`Broker::stop`] gives the connections to end by themselves.
const STOP_MAX: Duration = Duration::from_secs(2);

/// How often expired sessions and rate windows are thrown out.
const SWEEP_INTERVAL: Duration = Duration::from_secs(600);

/// How often it is looked whether a client's rights are still those that it came with.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// A pause after `accept` failed, most likely for want of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Where the broker listens, for which shop, and for how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerConfig {
    /// The address to listen on; port 0 takes a free one. Default `127.0.0.1:1883`. Tokens and
    /// messages are not encrypted.
    pub listen: SocketAddr,
    /// The shop's name in topics, as the [bridge](crate::BridgeConfig) has it.
    pub site: String,
    /// Connections at once, 256 by default; one more is closed as soon as it is made.
    pub clients_max: usize,
}

impl Default for BrokerConfig {
    fn default() -> Self {
        BrokerConfig {
            listen: (Ipv4Addr::LOCALHOST, 1883).into(),
            site: "cafe".to_owned(),
            clients_max: Limits::default().connections_max.get(),
        }
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
    /// The site can't be a level of a topic.
    #[error("a site's name has 1 to 64 bytes and none of / + # or control characters")]
    Site,
    /// No password for the bridge can be made.
    #[error("the system has no randomness")]
    NoRandomness,
}

/// A running broker. Dropping it stops it without waiting; [`stop`](Broker::stop) waits.
#[derive(Debug)]
pub struct Broker {
    local_addr: SocketAddr,
    bridge: Credentials,
    stopping: CancellationToken,
    acceptor: JoinHandle<()>,
}

impl Broker {
    /// Binds the address and serves the box's devices from then on.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on, or the site is not fit for topics.
    pub async fn start(config: BrokerConfig, hub: Hub) -> Result<Self, BrokerError> {
        let admission = hub.admission(config.clients_max);
        let handshake_timeout = hub.limits().handshake();
        let topics = Topics::of_site(&config.site).ok_or(BrokerError::Site)?;
        let door = Arc::new(Door::new(hub, topics).ok_or(BrokerError::NoRandomness)?);
        let bridge = door.bridge().clone();
        let address = config.listen;
        let failed = |source| BrokerError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let local_addr = listener.local_addr().map_err(failed)?;
        let stopping = CancellationToken::new();
        let acceptor = Acceptor {
            engine: Arc::new(Engine::new(config.clients_max, door, stopping.clone())),
            handshakes: Arc::new(Semaphore::new(HANDSHAKES_MAX)),
            handshake_timeout,
            admission,
            clients: JoinSet::new(),
            stopping: stopping.clone(),
        };
        let acceptor = tokio::spawn(acceptor.run(listener));
        Ok(Broker { local_addr, bridge, stopping, acceptor })
    }

    /// The address that the broker listens on, with the real port.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// With which the bridge comes in, and nobody else: they are made anew at each start.
    pub fn bridge_credentials(&self) -> &Credentials {
        &self.bridge
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
    /// From TCP accept until the client's CONNECT is there.
    handshake_timeout: Duration,
    admission: Admission,
    clients: JoinSet<()>,
    stopping: CancellationToken,
}

impl Acceptor {
    async fn run(mut self, listener: TcpListener) {
        let mut sweep = interval(SWEEP_INTERVAL);
        let mut look = interval(LOOK_INTERVAL);
        for ticks in [&mut sweep, &mut look] {
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
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
                _ = look.tick() => self.engine.look(),
            }
        }
        drop(listener);
        let all_ended = async { while self.clients.join_next().await.is_some() {} };
        if timeout(STOP_MAX, all_ended).await.is_err() {
            tracing::warn!("MQTT connections that did not end in time are cut");
            self.clients.shutdown().await;
        }
    }

    fn admit(&mut self, stream: TcpStream, peer: SocketAddr, handshake: OwnedSemaphorePermit) {
        let Some(place) = self.admission.admit(peer.ip().to_canonical()) else {
            tracing::debug!(%peer, "closed: too many MQTT connections");
            return;
        };
        let (engine, stopping) = (Arc::clone(&self.engine), self.stopping.clone());
        let handshake = (handshake, self.handshake_timeout);
        self.clients.spawn(serve(engine, stream, peer, handshake, place, stopping));
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
    (handshake, handshake_timeout): (OwnedSemaphorePermit, Duration),
    _place: Place<IpAddr>,
    stopping: CancellationToken,
) {
    let entry = Arc::new(Entry::new());
    let mut session = pin!(engine.serve(stream, peer, Arc::clone(&entry)));
    tokio::select! {
        () = &mut session => return,
        _ = entry.wait() => drop(handshake),
        () = sleep(handshake_timeout) => {
            tracing::debug!(%peer, "no MQTT CONNECT in time");
            return;
        }
        () = stopping.cancelled() => return,
    }
    session.await;
}
