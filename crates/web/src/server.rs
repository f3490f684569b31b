use std::{
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use kiosk_hub::Hub;
use prost_reflect::DescriptorPool;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::{
    body::Body,
    codegen::{
        Service,
        http::{Request, Response},
    },
};
use tracing::{Instrument as _, debug, debug_span, warn};

use crate::{
    Origin, RuleError,
    api::Rules,
    http::{Context, route},
    lag,
    places::Places,
    presence::Presence,
    socketio,
    transcode::Transcoder,
};

/// Connections that speak HTTP, beside those of the sessions.
const MORE_CONNECTIONS_MAX: usize = 48;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 512;
/// How long a client may take to send its headers.
const HEADERS_TIMEOUT: Duration = Duration::from_secs(5);
/// Headers of one request.
const HEADER_BYTES_MAX: usize = 16 * 1024;
/// What the kernel may hold for a client that does not read: together with the session's own
/// buffer less than the 256 KiB after which a reader counts as too slow.
const SEND_BUFFER_BYTES: u32 = 64 * 1024;

/// How long a client may leave unread what was sent to it before the kernel drops the connection. (A
/// session's own bound is shorter; hyper has none.)
const UNREAD_MS_MAX: u32 = 15_000;

/// Where HTTP is served.
#[derive(Debug, Clone)]
pub struct Config {
    /// Port 0 takes any that is free.
    pub listen: SocketAddr,
    /// Sessions of screens; one more is told to back off.
    pub sessions_max: usize,
    /// The same, for one client: a token, or else an address.
    pub sessions_per_client_max: usize,
    /// Sites whose pages may do what the box's own may.
    pub origins: Vec<Origin>,
}

/// Why HTTP can't be served.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What the contract declares.
    #[error(transparent)]
    Rule(#[from] RuleError),
}

/// A bound port, not served yet.
#[derive(Debug)]
pub struct Server {
    context: Arc<Context>,
    listener: TcpListener,
    local_addr: SocketAddr,
    connections_max: usize,
}

impl Config {
    /// Takes the port. Needs a tokio runtime. Calls go to the services, by what the contract says of
    /// their methods.
    pub fn bind<S>(
        &self,
        hub: Hub,
        services: S,
        contract: &DescriptorPool,
    ) -> Result<Server, BindError>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        let rules = Rules::new(contract)?;
        let socket = match self.listen {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        socket.set_reuseaddr(true)?;
        // Inherited by what is accepted.
        socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
        socket.bind(self.listen)?;
        let listener = socket.listen(BACKLOG)?;
        let local_addr = listener.local_addr()?;
        let places = Arc::new(Places::new(self.sessions_max, self.sessions_per_client_max));
        let presence = Arc::new(Presence::new(hub.clone()));
        let context = Arc::new(Context {
            hub,
            places,
            sessions: TaskTracker::new(),
            transcoder: Transcoder::new(services, contract),
            rules,
            origins: self.origins.clone(),
            engine: socketio::engine(self.sessions_max),
            here: Arc::default(),
            presence,
        });
        // A client that polls has two: the poll that waits, and what it posts meanwhile.
        let connections_max =
            2 * socketio::engine_sessions_max(self.sessions_max) + MORE_CONNECTIONS_MAX;
        Ok(Server { context, listener, local_addr, connections_max })
    }
}

impl Server {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Serves until told to stop, then until the sessions have ended: they do when the hub stops its
    /// followers.
    pub async fn serve(self, stop: CancellationToken) {
        let places = Arc::new(Semaphore::new(self.connections_max));
        self.context.sessions.spawn(lag::watch(self.context.hub.clone(), stop.clone()));
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = stop.cancelled() => break,
            };
            match accepted {
                Ok((stream, peer)) => match Arc::clone(&places).try_acquire_owned() {
                    Ok(place) => {
                        let connection = connection(
                            stream,
                            peer.ip(),
                            Arc::clone(&self.context),
                            stop.clone(),
                            place,
                        );
                        let span = debug_span!("http", %peer);
                        self.context.sessions.spawn(connection.instrument(span));
                    }
                    Err(_) => debug!(%peer, "closed: too many connections"),
                },
                Err(error) => {
                    warn!(%error, "a connection was not accepted");
                    // Out of file descriptors: the next attempt would fail as fast.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop(self.listener);
        self.context.sessions.close();
        self.context.sessions.wait().await;
    }
}

/// Until the client leaves; an upgraded connection goes on as a session of its own.
async fn connection(
    stream: TcpStream,
    peer: IpAddr,
    context: Arc<Context>,
    stop: CancellationToken,
    _place: OwnedSemaphorePermit,
) {
    // Events are small and must not wait for each other.
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "TCP_NODELAY was not set");
    }
    if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(&stream, UNREAD_MS_MAX) {
        debug!(%error, "TCP_USER_TIMEOUT was not set");
    }
    let service = service_fn(move |request| {
        let context = Arc::clone(&context);
        async move { Ok::<_, Infallible>(route(request, peer, &context).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_TIMEOUT)
        .max_buf_size(HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let served = tokio::select! {
        served = &mut connection => served,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        debug!(%error, "a connection ended");
    }
}
