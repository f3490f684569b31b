//! Which connections are let in, and how long they may take to say that they speak HTTP/2.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{Stream, stream};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Sleep, sleep},
};
use tonic::transport::server::{Connected, TcpConnectInfo};
use tracing::{debug, warn};

/// Connections at the same time; one more is closed at once.
const CONNECTIONS_MAX: usize = 256;
/// How long a client may take for its first bytes. After them, HTTP/2's keepalive looks after it.
const GREETING_TIMEOUT: Duration = Duration::from_secs(5);
/// The connection preface and the header of the SETTINGS frame that must follow.
const GREETING_BYTES: usize = 24 + 9;
/// Out of file descriptors: the next attempt would fail as fast.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The connections that are let in, without end.
pub(crate) fn incoming(listener: TcpListener) -> impl Stream<Item = io::Result<Connection>> {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    stream::unfold((listener, places), async |(listener, places)| {
        let connection = accept(&listener, &places).await;
        Some((Ok(connection), (listener, places)))
    })
}

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> Connection {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => match Arc::clone(places).try_acquire_owned() {
                Ok(place) => return Connection::new(stream, place),
                Err(_) => debug!(%peer, "closed: too many connections"),
            },
            Err(error) => {
                warn!(%error, "a connection was not accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// One client's connection; its place is free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// Until the client has greeted.
    greeting: Option<Greeting>,
    _place: OwnedSemaphorePermit,
}

#[derive(Debug)]
struct Greeting {
    bytes_missing: usize,
    deadline: Pin<Box<Sleep>>,
}

impl Connection {
    fn new(stream: TcpStream, place: OwnedSemaphorePermit) -> Self {
        // Answers and events are small and must not wait for each other.
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "TCP_NODELAY was not set");
        }
        let deadline = Box::pin(sleep(GREETING_TIMEOUT));
        let greeting = Some(Greeting { bytes_missing: GREETING_BYTES, deadline });
        Self { stream, greeting, _place: place }
    }
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}

impl AsyncRead for Connection {
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

impl AsyncWrite for Connection {
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
