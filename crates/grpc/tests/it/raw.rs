//! Calls by a method's name alone, with a message of no bytes.

use bytes::{Buf, BufMut};
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
    transport::Channel,
};

use crate::cafe::must;

/// Until the answer begins.
pub(crate) async fn call_with_nothing(
    channel: &Channel,
    method: &str,
    token: Option<&str>,
) -> Result<(), Status> {
    let mut client = Grpc::new(channel.clone());
    must("a connection", client.ready()).await.unwrap();
    let path: PathAndQuery = format!("/{method}").parse().unwrap();
    let mut request = Request::new(());
    if let Some(token) = token {
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    }
    let answer = client.server_streaming(request, path, Bytes);
    let mut answer = must("an answer", answer).await?.into_inner();
    if method.ends_with("/Subscribe") {
        return Ok(());
    }
    must("a message", answer.message()).await.map(drop)
}

/// Whatever a message is.
struct Bytes;

impl Codec for Bytes {
    type Encode = ();
    type Decode = ();
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Bytes {
    type Item = ();
    type Error = Status;

    fn encode(&mut self, (): (), buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&[]);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
        buffer.advance(buffer.remaining());
        Ok(Some(()))
    }
}
