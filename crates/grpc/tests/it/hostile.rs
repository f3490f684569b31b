//! Bytes that no client of ours sends: a precise error, nothing changed, and the server goes on.

use bytes::{Buf as _, BufMut as _};
use kiosk_proto::v1::{PlaceOrderRequest, order_service_client::OrderServiceClient};
use prost::Message as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic::{
    Code, Request, Response, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
};

use crate::cafe::{AMERICANO, Cafe, must, wish};

const PLACE_ORDER: &str = "/kiosk.v1.OrderService/PlaceOrder";

/// Sends and receives bytes as they are.
#[derive(Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining()).into()))
    }
}

async fn send(cafe: &Cafe, path: &'static str, message: Vec<u8>) -> Result<(), Status> {
    let mut client = Grpc::new(cafe.channel.clone());
    client.ready().await.unwrap();
    let path = PathAndQuery::from_static(path);
    must("an answer", client.unary(Request::new(message), path, Raw)).await.map(|_: Response<_>| ())
}

#[tokio::test]
async fn a_message_that_is_not_one_is_refused_with_a_code_and_changes_nothing() {
    let cafe = Cafe::open().await;
    let head = cafe.head();
    let order = wish(AMERICANO, 1).encode_to_vec();
    let truncated = order[..order.len() - 1].to_vec();
    // The first field, of two bytes that are not UTF-8.
    let not_utf8 = [&[0x0a, 2, 0xff, 0xfe], &*order].concat();
    let endless_varint = [&*order, &[0x18], &[0xff; 11]].concat();
    let field_zero = [&*order, &[0x00, 0x01]].concat();
    let huge_length = [&*order, &[0x32, 0xff, 0xff, 0xff, 0xff, 0x0f]].concat();
    for (what, path, message, code) in [
        ("truncated", PLACE_ORDER, truncated, Code::Internal),
        ("not UTF-8", PLACE_ORDER, not_utf8, Code::Internal),
        ("a varint of 11 bytes", PLACE_ORDER, endless_varint, Code::Internal),
        ("field number 0", PLACE_ORDER, field_zero, Code::Internal),
        ("a field of 4 GiB", PLACE_ORDER, huge_length, Code::Internal),
        ("empty", PLACE_ORDER, Vec::new(), Code::InvalidArgument),
        ("no method", "/kiosk.v1.OrderService/Steal", order.clone(), Code::Unimplemented),
        ("no service", "/kiosk.v2.OrderService/PlaceOrder", order.clone(), Code::Unimplemented),
        ("a path out of the tree", "/../../etc/passwd", order, Code::Unimplemented),
    ] {
        let refused = send(&cafe, path, message).await.unwrap_err();
        assert_eq!(refused.code(), code, "{what}: {refused:?}");
    }
    assert_eq!(cafe.head(), head);
}

#[tokio::test]
async fn random_bytes_in_a_message_or_on_the_wire_change_nothing() {
    let cafe = Cafe::open().await;
    let head = cafe.head();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = |count: usize| -> Vec<u8> {
        let next = |_| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random.to_le_bytes()[3]
        };
        (0..count).map(next).collect()
    };
    for length in 0..300 {
        let refused = send(&cafe, PLACE_ORDER, bytes(length)).await.unwrap_err();
        assert!(
            matches!(refused.code(), Code::Internal | Code::InvalidArgument),
            "{length}: {refused:?}"
        );
    }
    for length in [1, 9, 33, 100, 4_096, 100_000] {
        for greeting in [&b""[..], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
            let mut stream = TcpStream::connect(cafe.address).await.unwrap();
            // It may close before all is sent.
            let _ = stream.write_all(&[greeting, &bytes(length)].concat()).await;
            let _ = stream.shutdown().await;
            let mut rest = Vec::new();
            let _ = must("its end", stream.read_to_end(&mut rest)).await;
        }
    }
    assert_eq!(cafe.head(), head);
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    must("an order", orders.place_order(wish(AMERICANO, 1))).await.unwrap();
}

/// A newer client may send fields that this box does not know.
#[tokio::test]
async fn fields_of_a_later_contract_are_passed_over() {
    let cafe = Cafe::open().await;
    let head = cafe.head();
    let order: PlaceOrderRequest = wish(AMERICANO, 1);
    let later = [&*order.encode_to_vec(), &[0xfa, 0x3e, 2, b'h', b'i']].concat();
    send(&cafe, PLACE_ORDER, later).await.unwrap();
    assert_eq!(cafe.head(), head + 1);
}
