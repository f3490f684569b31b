use std::{io, net::SocketAddr, time::Duration};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{Services, incoming::incoming};

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
}

impl Config {
    /// Takes the port. Needs a tokio runtime.
    pub fn bind(&self, services: Services) -> io::Result<Server> {
        let listener = std::net::TcpListener::bind(self.listen)?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let local_addr = listener.local_addr()?;
        Ok(Server { services, listener, local_addr })
    }
}

impl Server {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Serves until told to stop, then until the open calls have ended. Streams end when the hub
    /// stops its followers.
    pub async fn serve(self, stop: CancellationToken) -> Result<(), tonic::transport::Error> {
        self.services.report_serving().await;
        let mut services = self.services.clone();
        let stopped = async move {
            stop.cancelled().await;
            services.end_reports().await;
        };
        tonic::transport::Server::builder()
            .max_concurrent_streams(STREAMS_MAX)
            .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
            .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
            .http2_max_header_list_size(HEADER_BYTES_MAX)
            .http2_max_pending_accept_reset_streams(Some(RESETS_MAX))
            .serve_with_incoming_shutdown(self.services, incoming(self.listener), stopped)
            .await
    }
}
