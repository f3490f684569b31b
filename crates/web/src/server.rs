use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures_util::future::OptionFuture;
use kiosk_hub::{Hub, Places};
use kiosk_tls::{Acceptor, OpenError, Tls};
use prost_reflect::DescriptorPool;
use tokio::net::{TcpListener, TcpSocket};
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
    Origin, RuleError, api::Rules, connection::connection, http::Context, lag, presence::Presence,
    setup::Setup, socketio, transcode::Transcoder,
};

/// Connections of a port that speak HTTP, beside those of the sessions.
const MORE_CONNECTIONS_MAX: usize = 48;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 512;
/// What the kernel may hold for a client that does not read: together with the session's own
/// buffer less than the 256 KiB after which a reader counts as too slow.
const SEND_BUFFER_BYTES: u32 = 64 * 1024;

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
    /// What is to be shown with TLS.
    #[error(transparent)]
    Tls(#[from] OpenError),
}

/// Bound ports, not served yet.
#[derive(Debug)]
pub struct Server {
    context: Arc<Context>,
    plain: Port,
    tls: Option<Port>,
    connections_max: usize,
}

#[derive(Debug)]
struct Port {
    listener: TcpListener,
    local_addr: SocketAddr,
    /// With TLS.
    acceptor: Option<Acceptor>,
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
        let plain = Port::bind(self.listen, None)?;
        let places = Arc::new(Places::new(self.sessions_max, self.sessions_per_client_max));
        let presence = Arc::new(Presence::new(hub.clone()));
        let context = Arc::new(Context {
            places,
            sessions: TaskTracker::new(),
            transcoder: Transcoder::new(services, contract),
            rules,
            origins: self.origins.clone(),
            engine: socketio::engine(self.sessions_max, hub.limits()),
            hub,
            here: Arc::default(),
            presence,
            setup: OnceLock::new(),
        });
        // A client that polls has two: the poll that waits, and what it posts meanwhile.
        let connections_max =
            2 * socketio::engine_sessions_max(self.sessions_max) + MORE_CONNECTIONS_MAX;
        Ok(Server { context, plain, tls: None, connections_max })
    }
}

impl Server {
    /// Gives out the box's CA, for who is to trust it; and takes another port, for the same with TLS,
    /// if there is an address for it.
    pub fn with_tls(mut self, tls: &Tls, listen: Option<SocketAddr>) -> Result<Self, BindError> {
        if let Some(listen) = listen {
            self.tls = Some(Port::bind(listen, Some(tls.acceptor("http/1.1", false)?))?);
        }
        let port = self.tls_addr().map(|address| address.port());
        self.context.setup.get_or_init(|| Setup::new(tls, port));
        Ok(self)
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.plain.local_addr
    }

    /// Where it listens with TLS, if it does.
    pub fn tls_addr(&self) -> Option<SocketAddr> {
        self.tls.as_ref().map(|port| port.local_addr)
    }

    /// Serves until told to stop, then until the sessions have ended: they do when the hub stops its
    /// followers.
    pub async fn serve(self, stop: CancellationToken) {
        let Self { context, plain, tls, connections_max } = self;
        context.sessions.spawn(lag::watch(context.hub.clone(), stop.clone()));
        let tls = OptionFuture::from(tls.map(|tls| tls.accept(&context, connections_max, &stop)));
        tokio::join!(plain.accept(&context, connections_max, &stop), tls);
        context.sessions.close();
        context.sessions.wait().await;
    }
}

impl Port {
    fn bind(address: SocketAddr, acceptor: Option<Acceptor>) -> io::Result<Self> {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        socket.set_reuseaddr(true)?;
        // Inherited by what is accepted.
        socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        let local_addr = listener.local_addr()?;
        Ok(Self { listener, local_addr, acceptor })
    }

    /// Lets connections in, each into a task of its own, until told to stop.
    async fn accept(self, context: &Arc<Context>, max: usize, stop: &CancellationToken) {
        let admission = context.hub.admission(max);
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = stop.cancelled() => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    // A port for both kinds of addresses says 192.0.2.1 as ::ffff:192.0.2.1.
                    let from = peer.ip().to_canonical();
                    let Some(place) = admission.admit(from) else {
                        debug!(%peer, "closed: too many connections");
                        continue;
                    };
                    let acceptor = self.acceptor.clone();
                    let (context, stop) = (Arc::clone(context), stop.clone());
                    let sessions = context.sessions.clone();
                    let connection = connection(stream, from, acceptor, context, stop, place);
                    sessions.spawn(connection.instrument(debug_span!("http", %peer)));
                }
                Err(error) => {
                    warn!(%error, "a connection was not accepted");
                    // Out of file descriptors: the next attempt would fail as fast.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}
