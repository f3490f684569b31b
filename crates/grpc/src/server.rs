use std::{io, net::SocketAddr, time::Duration};

use futures_util::{Stream, future::OptionFuture};
use kiosk_tls::{Acceptor, OpenError, Tls};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};
use tokio_util::sync::CancellationToken;

use crate::{
    Services,
    incoming::{Connection, incoming, incoming_tls},
};

/// Calls that one connection may have open.
const STREAMS_MAX: u32 = 32;
/// After this much silence the other side is asked whether it is there…
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
/// …and given this long to say so.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Headers of one call.
const HEADER_BYTES_MAX: u32 = 16 * 1024;
/// Streams that a client may reset before they were looked at: a flood of them ends the connection.
const RESETS_MAX: usize = 20;

/// Where gRPC is served.
#[derive(Debug, Clone)]
pub struct Config {
    /// Port 0 takes any that is free.
    pub listen: SocketAddr,
}

/// A bound port, not served yet.
#[derive(Debug)]
pub struct Server {
    services: Services,
    listener: TcpListener,
    local_addr: SocketAddr,
    tls: Option<TlsPort>,
}

#[derive(Debug)]
struct TlsPort {
    listener: TcpListener,
    local_addr: SocketAddr,
    acceptor: Acceptor,
}

/// Why there is no port with TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The address.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What is to be shown there.
    #[error(transparent)]
    Tls(#[from] OpenError),
}

impl Config {
    /// Takes the port. Needs a tokio runtime.
    pub fn bind(&self, services: Services) -> io::Result<Server> {
        let (listener, local_addr) = listen(self.listen)?;
        Ok(Server { services, listener, local_addr, tls: None })
    }
}

impl Server {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Takes another port, for the same with TLS. Devices may show their certificates there.
    pub fn with_tls(mut self, address: SocketAddr, tls: &Tls) -> Result<Self, TlsError> {
        let (listener, local_addr) = listen(address)?;
        let acceptor = tls.acceptor("h2", true)?;
        self.tls = Some(TlsPort { listener, local_addr, acceptor });
        Ok(self)
    }

    /// Where it listens with TLS, if it does.
    pub fn tls_addr(&self) -> Option<SocketAddr> {
        self.tls.as_ref().map(|port| port.local_addr)
    }

    /// Serves until told to stop, then until the open calls have ended. Streams end when the hub
    /// stops its followers.
    pub async fn serve(self, stop: CancellationToken) -> Result<(), tonic::transport::Error> {
        let Self { services, listener, tls, .. } = self;
        services.report_serving().await;
        let plain = serve(services.clone(), incoming(listener), stop.clone());
        let tls = OptionFuture::from(tls.map(|TlsPort { listener, acceptor, .. }| {
            serve(services, incoming_tls(listener, acceptor), stop)
        }));
        let (plain, tls) = tokio::join!(plain, tls);
        plain.and(tls.unwrap_or(Ok(())))
    }
}

async fn serve<S>(
    services: Services,
    connections: impl Stream<Item = io::Result<Connection<S>>>,
    stop: CancellationToken,
) -> Result<(), tonic::transport::Error>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut reports = services.clone();
    let stopped = async move {
        stop.cancelled().await;
        reports.end_reports().await;
    };
    tonic::transport::Server::builder()
        .max_concurrent_streams(STREAMS_MAX)
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .http2_max_header_list_size(HEADER_BYTES_MAX)
        .http2_max_pending_accept_reset_streams(Some(RESETS_MAX))
        .serve_with_incoming_shutdown(services, connections, stopped)
        .await
}

fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let local_addr = listener.local_addr()?;
    Ok((listener, local_addr))
}
