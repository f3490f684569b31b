//! Which connections are let in, and how long they may take to say that they speak HTTP/2.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{Stream, stream};
use kiosk_hub::{Admission, Hub, Place};
use kiosk_tls::{Acceptor, device_of};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{Sleep, sleep},
};
use tonic::transport::server::Connected;
use tracing::{debug, warn};

#[cfg(test)]
mod tests;

/// The connection preface and the header of the SETTINGS frame that must follow.
const GREETING_BYTES: usize = 24 + 9;
/// Out of file descriptors: the next attempt would fail as fast.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a connection tells of who is at its other end: an extension of each request that came over
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerInfo {
    /// Where it comes from.
    pub addr: SocketAddr,
    /// The device whose certificate it has shown. (Whether the box still knows that device is
    /// another question.)
    pub device_id: Option<i32>,
}

/// The connections that are let in, without end.
pub(crate) fn incoming(door: Door) -> impl Stream<Item = io::Result<Connection<TcpStream>>> {
    stream::unfold(door, async |door| {
        let Admitted { stream, addr, place } = door.next().await;
        let peer = PeerInfo { addr, device_id: None };
        Some((Ok(Connection::new(stream, peer, place, door.greeting_timeout)), door))
    })
}

/// The same after their TLS handshakes, whichever is done first.
pub(crate) fn incoming_tls(
    door: Door,
    acceptor: Acceptor,
) -> impl Stream<Item = io::Result<Connection<kiosk_tls::Stream>>> {
    let state = (door, acceptor, JoinSet::new());
    stream::unfold(state, async |(door, acceptor, mut handshakes)| {
        let connection = loop {
            tokio::select! {
                // As many as there are places.
                admitted = door.next() => {
                    let timeout = door.greeting_timeout;
                    handshakes.spawn(handshake(acceptor.clone(), admitted, timeout));
                }
                Some(done) = handshakes.join_next() => {
                    if let Ok(Some(connection)) = done {
                        break connection;
                    }
                }
            }
        };
        Some((Ok(connection), (door, acceptor, handshakes)))
    })
}

async fn handshake(
    acceptor: Acceptor,
    Admitted { stream, addr, place }: Admitted,
    greeting_timeout: Duration,
) -> Option<Connection<kiosk_tls::Stream>> {
    match acceptor.accept(stream).await {
        Ok(stream) => {
            let peer = PeerInfo { addr, device_id: device_of(&stream) };
            Some(Connection::new(stream, peer, place, greeting_timeout))
        }
        Err(error) => {
            debug!(peer = %addr, %error, "no TLS connection");
            None
        }
    }
}

/// Lets in whom the box has a place for.
pub(crate) struct Door {
    listener: TcpListener,
    admission: Admission,
    /// How long a client may take for its first bytes, after the handshake if there is one. After them,
    /// HTTP/2's keepalive looks after it.
    greeting_timeout: Duration,
}

struct Admitted {
    stream: TcpStream,
    addr: SocketAddr,
    place: Place<IpAddr>,
}

impl Door {
    pub(crate) fn new(listener: TcpListener, hub: &Hub) -> Self {
        let limits = hub.limits();
        let admission = hub.admission(limits.connections_max.get());
        Self { listener, admission, greeting_timeout: limits.handshake() }
    }

    /// Can be dropped at any time without loss.
    async fn next(&self) -> Admitted {
        loop {
            match self.listener.accept().await {
                Ok((stream, mut addr)) => {
                    // A port for both kinds of addresses says 192.0.2.1 as ::ffff:192.0.2.1.
                    addr.set_ip(addr.ip().to_canonical());
                    let Some(place) = self.admission.admit(addr.ip()) else {
                        debug!(peer = %addr, "closed: too many connections");
                        continue;
                    };
                    // Answers and events are small and must not wait for each other.
                    if let Err(error) = stream.set_nodelay(true) {
                        debug!(%error, "TCP_NODELAY was not set");
                    }
                    return Admitted { stream, addr, place };
                }
                Err(error) => {
                    warn!(%error, "a connection was not accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// One client's connection; its place is free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Connection<S> {
    stream: S,
    peer: PeerInfo,
    /// Until the client has greeted.
    greeting: Option<Greeting>,
    _place: Place<IpAddr>,
}

#[derive(Debug)]
struct Greeting {
    bytes_missing: usize,
    deadline: Pin<Box<Sleep>>,
}

impl<S> Connection<S> {
    fn new(stream: S, peer: PeerInfo, place: Place<IpAddr>, greeting_timeout: Duration) -> Self {
        let deadline = Box::pin(sleep(greeting_timeout));
        let greeting = Some(Greeting { bytes_missing: GREETING_BYTES, deadline });
        Self { stream, peer, greeting, _place: place }
    }
}

impl<S> Connected for Connection<S> {
    type ConnectInfo = PeerInfo;

    fn connect_info(&self) -> PeerInfo {
        self.peer
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        let Some(greeting) = &mut this.greeting else { return read };
        let bytes = buf.filled().len() - before;
        if bytes >= greeting.bytes_missing {
            this.greeting = None;
            return read;
        }
        greeting.bytes_missing -= bytes;
        match greeting.deadline.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => read,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
