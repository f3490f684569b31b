use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::must;

/// GETs a page: its status and its body.
pub async fn get(web: SocketAddr, path: &str) -> (u16, String) {
    let mut socket = TcpStream::connect(web).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: box\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    must("an answer", socket.read_to_end(&mut answer)).await.unwrap();
    // What is no text is there to be seen, not to be read.
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}
