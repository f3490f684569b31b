use std::{borrow::Cow, str::FromStr, time::Duration};

use futures_util::{
    SinkExt as _, StreamExt as _, future,
    stream::{self, BoxStream},
};
use kiosk_proto::v1::{
    SubscribeRequest, SubscribeResponse, event::Payload, event_service_client::EventServiceClient,
    subscribe_response::Message,
};
use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, Packet, QoS, SubscribeReasonCode,
};
use serde::Deserialize;
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest as _};
use uuid::Uuid;

use super::load::OrderKey;
use crate::{client::Client, failure::Failure, token::Bearer};

const TOPIC: &str = "kiosk/+/event/order/created";
/// rumqttc's own is 10 KiB: an order of 50 items is larger.
const MQTT_PACKET_BYTES_MAX: usize = 256 * 1024;
/// Requests waiting for the MQTT event loop: there is but the one subscription.
const MQTT_REQUESTS_MAX: usize = 4;

/// An `order:created` event of the log.
pub(super) struct Created {
    pub(super) order: OrderKey,
    pub(super) seq: u64,
}

/// Orders as they arrive; an error is the last item.
type Orders = BoxStream<'static, Result<Created, String>>;

/// Where an MQTT broker listens: `mqtt://HOST[:PORT]`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Broker {
    host: String,
    port: u16,
}

impl FromStr for Broker {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected mqtt://HOST[:PORT]";
        let address = text.strip_prefix("mqtt://").ok_or(EXPECTED)?.trim_end_matches('/');
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| EXPECTED)?),
            None => (address, 1883),
        };
        if host.is_empty() {
            return Err(EXPECTED);
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

/// Subscribed once the box said hello: from then on it sends every event.
pub(super) async fn websocket(url: &str, bearer: &Bearer) -> Result<Orders, Failure> {
    let failed = |why: String| Failure::Check(format!("{url}: {why}"));
    let mut request = url.into_client_request().map_err(|error| failed(error.to_string()))?;
    if let Some(token) = bearer.header() {
        let value = token.parse().map_err(|_| failed("the token is none".into()))?;
        request.headers_mut().insert("authorization", value);
    }
    let connected = tokio_tungstenite::connect_async(request).await;
    let (mut socket, _) = connected.map_err(|error| failed(error.to_string()))?;
    let hello = socket.next().await;
    let is_hello = match &hello {
        Some(Ok(tungstenite::Message::Text(text))) => {
            serde_json::from_str::<Frame>(text).is_ok_and(|frame| frame.event == "hello")
        }
        _ => false,
    };
    if !is_hello {
        return Err(failed(format!("expected hello, got {hello:?}")));
    }
    // Any frame ends the time that the box gives a client to resume before it sends events.
    let ping = tungstenite::Message::text(r#"{"event":"ping"}"#);
    socket.send(ping).await.map_err(|error| failed(error.to_string()))?;
    Ok(socket
        .filter_map(|message| {
            future::ready(match message {
                Ok(tungstenite::Message::Text(text)) => created_in(text.as_bytes()),
                Ok(tungstenite::Message::Close(frame)) => Some(Err(match frame {
                    Some(frame) => format!("closed: {} {}", frame.code, frame.reason),
                    None => "closed".into(),
                })),
                Ok(_) => None,
                Err(error) => Some(Err(error.to_string())),
            })
        })
        .boxed())
}

/// Subscribed once the stream said where it begins.
pub(super) async fn grpc(client: &Client) -> Result<Orders, Failure> {
    let mut events = EventServiceClient::new(client.separate_channel().await?);
    let mut stream = events.subscribe(SubscribeRequest::default()).await?.into_inner();
    match stream.message().await? {
        Some(SubscribeResponse { message: Some(Message::Resumed(_)) }) => {}
        other => return Err(Failure::Check(format!("expected resumed, got {other:?}"))),
    }
    Ok(stream
        .filter_map(|answer| {
            future::ready(match answer {
                Ok(SubscribeResponse { message: Some(Message::Event(event)) }) => {
                    match (event.payload, event.position) {
                        (Some(Payload::OrderCreated(order)), Some(position)) => {
                            let order = OrderKey::of(&order.order_id);
                            Some(Ok(Created { order, seq: position.seq }))
                        }
                        _ => None,
                    }
                }
                Ok(_) => None,
                Err(status) => Some(Err(status.to_string())),
            })
        })
        .boxed())
}

/// Subscribed once the broker has acknowledged it.
pub(super) async fn mqtt(broker: &Broker) -> Result<Orders, Failure> {
    let failed = |why: String| Failure::Check(format!("{}:{}: {why}", broker.host, broker.port));
    let id = format!("kioskctl-bench-{}", Uuid::new_v4().simple());
    let mut options = MqttOptions::new(id, broker.host.as_str(), broker.port);
    options.set_keep_alive(Duration::from_secs(30));
    options.set_max_packet_size(MQTT_PACKET_BYTES_MAX, MQTT_PACKET_BYTES_MAX);
    let (client, mut events) = AsyncClient::new(options, MQTT_REQUESTS_MAX);
    // The queue has room for it: this does not wait for the event loop.
    client.subscribe(TOPIC, QoS::AtLeastOnce).await.map_err(|error| failed(error.to_string()))?;
    loop {
        match events.poll().await.map_err(|error| failed(error.to_string()))? {
            Event::Incoming(Packet::SubAck(ack))
                if ack.return_codes.contains(&SubscribeReasonCode::Failure) =>
            {
                return Err(failed(format!("may not subscribe to {TOPIC}")));
            }
            Event::Incoming(Packet::SubAck(_)) => break,
            _ => {}
        }
    }
    // The client goes along: when it is dropped, the event loop ends.
    Ok(stream::unfold(Some((client, events)), next_published).boxed())
}

async fn next_published(
    connection: Option<(AsyncClient, EventLoop)>,
) -> Option<(Result<Created, String>, Option<(AsyncClient, EventLoop)>)> {
    let (client, mut events) = connection?;
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                if let Some(created) = created_in(&publish.payload) {
                    return Some((created, Some((client, events))));
                }
            }
            Ok(_) => {}
            // Going on after a reconnect would hide what was missed meanwhile.
            Err(error) => return Some((Err(words(&error)), None)),
        }
    }
}

fn words(error: &ConnectionError) -> String {
    format!("the broker's connection broke: {error}")
}

/// The part of an envelope that is looked at.
#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow, default)]
    data: Data<'a>,
    seq: Option<u64>,
}

#[derive(Default, Deserialize)]
struct Data<'a> {
    #[serde(borrow, rename = "orderId")]
    order_id: Option<Cow<'a, str>>,
}

/// `None` when it is another event.
fn created_in(envelope: &[u8]) -> Option<Result<Created, String>> {
    let frame: Frame = match serde_json::from_slice(envelope) {
        Ok(frame) => frame,
        Err(error) => return Some(Err(format!("not an envelope: {error}"))),
    };
    if frame.event != "order:created" {
        return None;
    }
    Some(match (frame.data.order_id, frame.seq) {
        (Some(id), Some(seq)) => Ok(Created { order: OrderKey::of(&id), seq }),
        _ => Err("order:created without orderId or seq".into()),
    })
}

#[cfg(test)]
mod tests {
    use futures_util::SinkExt as _;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
        sync::oneshot,
    };

    use super::*;

    const CREATED: &str = include_str!("../../../../proto/samples/order.created.json");

    #[test]
    fn a_broker_is_a_url_with_an_optional_port() {
        let local = |port| Ok(Broker { host: "127.0.0.1".into(), port });
        assert_eq!("mqtt://127.0.0.1".parse(), local(1883));
        assert_eq!("mqtt://127.0.0.1:2883/".parse(), local(2883));
        for wrong in ["127.0.0.1:1883", "mqtt://", "mqtt://box:port", "http://box"] {
            assert!(wrong.parse::<Broker>().is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_websocket_is_subscribed_from_hello_to_its_close() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/ws", listener.local_addr().unwrap());
        let serve = async {
            let (stream, _) = listener.accept().await.unwrap();
            let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
            for frame in [r#"{"event":"hello","data":{"sessionId":"1","seq":3}}"#, CREATED] {
                socket.send(frame.into()).await.unwrap();
            }
            socket.close(None).await.unwrap();
            socket
        };
        let listen = async {
            let orders: Vec<_> =
                websocket(&url, &Bearer::default()).await.unwrap().take(2).collect().await;
            assert_eq!(orders[0].as_ref().unwrap().seq, 1207);
            assert_eq!(orders[1].as_ref().err().unwrap(), "closed");
        };
        tokio::join!(serve, listen);
    }

    /// A broker of one connection, in the bytes of MQTT 3.1.1: it answers the first subscription
    /// with `granted`, sends the payload, and hangs up when told.
    async fn broker(
        listener: TcpListener,
        granted: u8,
        payload: &[u8],
        hang_up: oneshot::Receiver<()>,
    ) {
        let (mut stream, _) = listener.accept().await.unwrap();
        // Connect, then subscribe: each is one packet of less than 128 bytes.
        for answer in [&[0x20, 2, 0, 0][..], &[0x90, 3, 0, 1, granted]] {
            let mut head = [0; 2];
            stream.read_exact(&mut head).await.unwrap();
            stream.read_exact(&mut vec![0; head[1].into()]).await.unwrap();
            stream.write_all(answer).await.unwrap();
        }
        let topic = b"kiosk/cafe/event/order/created";
        let length = 2 + topic.len() + payload.len();
        let mut publish = vec![0x30, (length % 128) as u8 | 0x80, (length / 128) as u8, 0];
        publish.push(topic.len() as u8);
        publish.extend_from_slice(topic);
        publish.extend_from_slice(payload);
        // A client that was refused may be gone.
        let _ = stream.write_all(&publish).await;
        let _ = hang_up.await;
    }

    #[tokio::test]
    async fn an_mqtt_subscription_ends_with_its_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = Broker { host: "127.0.0.1".into(), port: listener.local_addr().unwrap().port() };
        let (end, hang_up) = oneshot::channel();
        let listen = async {
            let mut orders = mqtt(&at).await.unwrap();
            assert_eq!(orders.next().await.unwrap().unwrap().seq, 1207);
            end.send(()).unwrap();
            let reason = orders.next().await.unwrap().err().unwrap();
            assert!(reason.starts_with("the broker's connection broke"), "{reason}");
            assert!(orders.next().await.is_none());
        };
        tokio::join!(broker(listener, 1, CREATED.as_bytes(), hang_up), listen);
    }

    #[tokio::test]
    async fn an_mqtt_subscription_that_is_refused_is_no_silent_wire() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = Broker { host: "127.0.0.1".into(), port: listener.local_addr().unwrap().port() };
        let (end, hang_up) = oneshot::channel();
        let listen = async {
            let refused = mqtt(&at).await.err().unwrap().to_string();
            let expected = "may not subscribe to kiosk/+/event/order/created";
            assert!(refused.ends_with(expected), "{refused}");
            end.send(()).unwrap();
        };
        tokio::join!(broker(listener, 0x80, CREATED.as_bytes(), hang_up), listen);
    }

    #[test]
    fn only_created_orders_count() {
        let created = created_in(CREATED.as_bytes()).unwrap().unwrap();
        assert!(created.order == OrderKey::of("ORD-1795230245678-k3x9qa"));
        assert_eq!(created.seq, 1207);
        let other = include_bytes!("../../../../proto/samples/order.cancelled.json");
        assert!(created_in(other).is_none());
        assert!(created_in(b"{}").unwrap().is_err());
    }
}
