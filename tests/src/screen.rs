use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message},
};

use crate::must;

/// A screen: a WebSocket client of the native dialect.
#[derive(Debug)]
pub struct Screen {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// What it was greeted with.
    pub hello: Value,
}

impl Screen {
    /// Connects and is greeted.
    pub async fn connect(web: SocketAddr) -> Self {
        Self::try_connect(web, "").await.unwrap()
    }

    /// Connects, with a query such as `?epoch=…&seq=…`; the server may be away.
    pub async fn try_connect(web: SocketAddr, query: &str) -> Result<Self, Error> {
        let (socket, _) = connect_async(format!("ws://{web}/ws{query}")).await?;
        let mut screen = Self { socket, hello: Value::Null };
        screen.hello = screen.try_next().await?;
        assert_eq!(screen.hello["event"], "hello");
        Ok(screen)
    }

    /// The next frame, which must come.
    pub async fn next(&mut self) -> Value {
        must("a frame", self.try_next()).await.unwrap()
    }

    /// The next frame, or why there is none.
    pub async fn try_next(&mut self) -> Result<Value, Error> {
        loop {
            match self.socket.next().await.ok_or(Error::ConnectionClosed)?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text).unwrap()),
                Message::Close(_) => return Err(Error::ConnectionClosed),
                _ => {}
            }
        }
    }

    /// The code that the server closes with, whatever it still says before.
    pub async fn close_code(mut self) -> u16 {
        loop {
            match must("a close", self.socket.next()).await {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                end => panic!("no close frame: {end:?}"),
            }
        }
    }

    /// Sends a frame of the dialect.
    pub async fn send(&mut self, event: &str, id: &str, data: Value) {
        self.try_send(event, id, data).await.unwrap();
    }

    /// Sends a frame of the dialect; the server may be away.
    pub async fn try_send(&mut self, event: &str, id: &str, data: Value) -> Result<(), Error> {
        let frame = json!({"event": event, "id": id, "data": data});
        self.socket.send(Message::text(frame.to_string())).await
    }

    /// Sends anything.
    pub async fn send_raw(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }
}
