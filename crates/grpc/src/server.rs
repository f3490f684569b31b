use std::{io, net::SocketAddr, num::NonZeroUsize};

use futures_util::{Stream, future::OptionFuture};
use kiosk_tls::{Acceptor, OpenError, Tls};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};
use tokio_util::sync::CancellationToken;

use crate::{
    Services,
    incoming::{Connection, Door, incoming, incoming_tls},
};

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
        let door = |listener| Door::new(listener, services.hub());
        let plain = serve(services.clone(), incoming(door(listener)), stop.clone());
        let tls = OptionFuture::from(tls.map(|TlsPort { listener, acceptor, .. }| {
            serve(services.clone(), incoming_tls(door(listener), acceptor), stop)
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
    let limits = services.hub().limits().clone();
    tonic::transport::Server::builder()
        .max_concurrent_streams(frame_field(limits.calls_at_once_max))
        .http2_keepalive_interval(Some(limits.idle()))
        .http2_keepalive_timeout(Some(limits.idle() / 2))
        .http2_max_header_list_size(frame_field(limits.header_bytes_max))
        .http2_max_pending_accept_reset_streams(Some(limits.resets_max.get()))
        .serve_with_incoming_shutdown(services, connections, stopped)
        .await
}

/// As HTTP/2 can say it.
fn frame_field(limit: NonZeroUsize) -> u32 {
    u32::try_from(limit.get()).unwrap_or(u32::MAX)
}

fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let local_addr = listener.local_addr()?;
    Ok((listener, local_addr))
}
