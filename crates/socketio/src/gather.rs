use std::{
    io::{self, ErrorKind},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::Wire;

/// What is ready at the same moment goes out in one write of at most this size.
const WAITING_BYTES_MAX: usize = 16 * 1024;

/// A connection that gathers what is written to it until it is flushed. Between two flushes it holds
/// no memory: a buffer of tungstenite's own keeps its size for as long as the connection lives, and
/// after a busy moment that is the most of what an idle connection takes.
#[derive(Debug)]
pub struct Gather {
    stream: Wire,
    waiting: Vec<u8>,
    /// Of what is waiting, the part that is out already.
    sent_bytes: usize,
}

impl Gather {
    /// Nothing waits yet.
    pub fn new(stream: Wire) -> Self {
        Self { stream, waiting: Vec::new(), sent_bytes: 0 }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent_bytes < self.waiting.len() {
            let rest = &self.waiting[self.sent_bytes..];
            match ready!(Pin::new(&mut self.stream).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(ErrorKind::WriteZero.into())),
                sent => self.sent_bytes += sent,
            }
        }
        (self.waiting, self.sent_bytes) = (Vec::new(), 0);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Gather {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.waiting.len() + bytes.len() > WAITING_BYTES_MAX {
            ready!(self.poll_send(cx))?;
        }
        if bytes.len() > WAITING_BYTES_MAX {
            return Pin::new(&mut self.stream).poll_write(cx, bytes);
        }
        self.waiting.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl AsyncRead for Gather {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::{TcpListener, TcpStream},
    };

    use super::*;

    async fn pair() -> (Gather, TcpStream) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (Gather::new(Box::new(stream)), listener.accept().await.unwrap().0)
    }

    #[tokio::test]
    async fn what_is_written_goes_out_together_and_leaves_no_buffer() {
        let (mut gather, mut other_side) = pair().await;
        gather.write_all(b"one").await.unwrap();
        gather.write_all(b"two").await.unwrap();
        let nothing = other_side.try_read(&mut [0; 8]).map_err(|error| error.kind());
        assert_eq!(nothing, Err(ErrorKind::WouldBlock));
        gather.flush().await.unwrap();
        assert_eq!(gather.waiting.capacity(), 0);
        let mut seen = [0; 6];
        other_side.read_exact(&mut seen).await.unwrap();
        assert_eq!(&seen, b"onetwo");
    }

    #[tokio::test]
    async fn a_reader_that_stalls_gets_all_of_it_in_order_later_and_little_waits_for_it() {
        let (mut gather, mut other_side) = pair().await;
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let mut written: Vec<u8> = Vec::new();
        for n in (0..=u8::MAX).cycle() {
            // Small ones, and such as go out without being gathered.
            let bytes = vec![n; if n % 8 == 7 { 3 * WAITING_BYTES_MAX } else { 1000 }];
            match Pin::new(&mut gather).poll_write(&mut cx, &bytes) {
                Poll::Ready(taken) => written.extend(&bytes[..taken.unwrap()]),
                Poll::Pending => break,
            }
            assert!(gather.waiting.len() <= WAITING_BYTES_MAX);
        }
        let read = tokio::spawn(async move {
            let mut seen = Vec::new();
            other_side.read_to_end(&mut seen).await.unwrap();
            seen
        });
        gather.shutdown().await.unwrap();
        assert!(read.await.unwrap() == written);
    }
}
