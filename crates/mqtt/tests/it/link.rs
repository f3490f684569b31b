//! The link, to Mosquitto and to the embedded broker.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use kiosk_mqtt::{Credentials, Link, LinkConfig, LinkEvent, Publication, PublishError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};

use crate::cafe::start_broker;
use crate::mosquitto::{ANSWER_MAX, Mosquitto, Seen, Subscriber, publish};

fn config(broker: SocketAddr) -> LinkConfig {
    LinkConfig {
        broker: broker.into(),
        client_id: "box".to_owned(),
        credentials: None,
        availability_topic: "box/availability".to_owned(),
        subscriptions: vec!["box/button/+".to_owned()],
    }
}

fn message(topic: &str, payload: impl ToString) -> Publication {
    Publication {
        topic: topic.to_owned(),
        payload: Bytes::from(payload.to_string()),
        retain: false,
    }
}

/// The link's next event.
async fn next(link: &mut Link) -> LinkEvent {
    timeout(ANSWER_MAX, link.next()).await.expect("an event in time")
}

/// A link that is up.
async fn link_to(broker: SocketAddr) -> Link {
    let mut link = Link::new(config(broker));
    assert_eq!(next(&mut link).await, LinkEvent::Up);
    link
}

#[tokio::test]
async fn every_publish_is_acknowledged_in_order_and_seen_though_the_broker_dies_and_stalls() {
    const LAST: u64 = 5000;
    let mut mosquitto = Mosquitto::start();
    // QoS 0, so that the subscriber never writes, and a broken connection is read to its end.
    let mut subscriber = Subscriber::start(mosquitto.address(), "n", &["-q", "0"]).await;
    let mut link = Link::new(config(mosquitto.address()));
    let mut seen = BTreeSet::new();
    let mut troubles = [(1000, Trouble::Killed), (2500, Trouble::Stalled), (4000, Trouble::Away)]
        .into_iter()
        .peekable();
    let (mut acknowledged, mut next_tag, mut subscribed) = (0, 1, true);
    let mut trouble = None;
    let deadline = Instant::now() + 3 * ANSWER_MAX;
    while acknowledged < LAST || seen.len() < LAST as usize {
        // As the bridge does: publish what there is room for, but only where someone listens.
        while subscribed && next_tag <= LAST && link.room() > 0 {
            link.publish(message("n", next_tag), Some(next_tag)).unwrap();
            next_tag += 1;
        }
        tokio::select! {
            () = sleep_until(deadline) => panic!("{acknowledged} acknowledged, {} seen", seen.len()),
            event = link.next() => match event {
                LinkEvent::Up => next_tag = acknowledged + 1,
                LinkEvent::Acknowledged(tag) => {
                    assert_eq!(tag, acknowledged + 1, "no tag twice, none left out");
                    acknowledged = tag;
                }
                LinkEvent::Down { .. } => match trouble.take() {
                    Some(Trouble::Stalled) => mosquitto.go_on(),
                    Some(Trouble::Away) => mosquitto.restart(),
                    Some(Trouble::Killed) | None => {}
                },
                LinkEvent::Message { topic, .. } => panic!("unasked message on {topic}"),
            },
            line = subscriber.next() => match line {
                Seen::Subscribed => subscribed = true,
                Seen::Message(line) => {
                    seen.insert(line.strip_prefix("n ").unwrap().parse::<u64>().unwrap());
                }
            },
        }
        if let Some((_, new)) = troubles.next_if(|(at, _)| acknowledged >= *at) {
            match new {
                Trouble::Stalled => mosquitto.stall(),
                Trouble::Killed => {
                    mosquitto.kill();
                    mosquitto.restart();
                    subscribed = false;
                }
                Trouble::Away => {
                    mosquitto.kill();
                    subscribed = false;
                }
            }
            trouble = Some(new);
        }
    }
    assert_eq!(seen, (1..=LAST).collect());
    assert!(troubles.peek().is_none());
}

/// What befalls the broker.
enum Trouble {
    /// Killed and at once there again, empty.
    Killed,
    /// Stopped until the link has noticed.
    Stalled,
    /// Killed, and away until the link has noticed.
    Away,
}

#[tokio::test]
async fn availability_is_online_while_up_and_offline_after_a_farewell_or_a_crash() {
    let mosquitto = Mosquitto::start();
    let embedded = start_broker().await;
    for broker in [mosquitto.address(), embedded.local_addr()] {
        let mut watcher = Subscriber::start(broker, "box/availability", &["-q", "1"]).await;
        for crash in [false, true] {
            let mut link = link_to(broker).await;
            let online = tokio::select! {
                line = watcher.message() => line,
                event = link.next() => panic!("{event:?}"),
            };
            assert_eq!(online, "box/availability online");
            if crash {
                drop(link);
            } else {
                link.close().await;
            }
            assert_eq!(watcher.message().await, "box/availability offline");
            let mut later = Subscriber::start(broker, "box/availability", &["-q", "1"]).await;
            assert_eq!(later.message().await, "box/availability offline");
        }
    }
    embedded.stop().await;
}

#[tokio::test]
async fn what_was_published_before_the_farewell_arrives() {
    let mosquitto = Mosquitto::start();
    let mut subscriber = Subscriber::start(mosquitto.address(), "n", &["-q", "1"]).await;
    let mut link = link_to(mosquitto.address()).await;
    let last = link.room();
    for n in 1..=last {
        link.publish(message("n", n), None).unwrap();
    }
    assert_eq!(link.publish(message("n", "more"), None), Err(PublishError::NoRoom));
    link.close().await;
    for n in 1..=last {
        assert_eq!(subscriber.message().await, format!("n {n}"));
    }
}

#[tokio::test]
async fn buttons_are_heard_again_after_the_broker_forgot_everything() {
    let mut mosquitto = Mosquitto::start();
    let mut link = link_to(mosquitto.address()).await;
    for payload in ["single", "double"] {
        let broker = mosquitto.address();
        // Acknowledged behind the subscription, so that it is known to stand.
        link.publish(message("box/mark", payload), Some(1)).unwrap();
        assert_eq!(next(&mut link).await, LinkEvent::Acknowledged(1));
        let pressed = publish(broker, "box/button/3", payload, &[]);
        let (event, ()) = tokio::join!(next(&mut link), pressed);
        let (topic, payload) = ("box/button/3".to_owned(), Bytes::from(payload));
        assert_eq!(event, LinkEvent::Message { topic, payload, retained: false });
        mosquitto.kill();
        mosquitto.restart();
        assert!(matches!(next(&mut link).await, LinkEvent::Down { .. }));
        assert_eq!(next(&mut link).await, LinkEvent::Up);
    }
}

#[tokio::test]
async fn a_message_that_no_retry_could_deliver_is_refused_at_once() {
    let embedded = start_broker().await;
    let mut link = link_to(embedded.local_addr()).await;
    for topic in ["", "a/+", "#", "a\0b", &"t".repeat(65_536)] {
        assert_eq!(link.publish(message(topic, ""), None), Err(PublishError::Topic));
    }
    let bytes_max = 64 * 1024;
    let largest = bytes_max - "a".len() - 10;
    let too_large = message("a", "x".repeat(largest + 1));
    let error = PublishError::TooLarge { bytes: bytes_max + 1, bytes_max };
    assert_eq!(link.publish(too_large, Some(1)), Err(error));
    link.publish(message("a", "x".repeat(largest)), Some(2)).unwrap();
    assert_eq!(next(&mut link).await, LinkEvent::Acknowledged(2));
    embedded.stop().await;
}

#[tokio::test]
async fn a_refused_publish_is_never_taken_for_delivered() {
    let embedded = start_broker().await;
    let mut link = link_to(embedded.local_addr()).await;
    // More than the embedded broker retains for one topic.
    let refused = Publication { retain: true, ..message("a", "x".repeat(17 * 1024)) };
    link.publish(refused, Some(1)).unwrap();
    link.publish(message("a", "after"), Some(2)).unwrap();
    let LinkEvent::Down { reason, retry_in } = next(&mut link).await else {
        panic!("acknowledged")
    };
    assert_eq!(reason, "publish refused: QuotaExceeded");
    assert!(retry_in <= Duration::from_millis(200));
    assert_eq!(link.room(), 0);
    assert_eq!(next(&mut link).await, LinkEvent::Up);
    embedded.stop().await;
}

#[tokio::test]
async fn acknowledgements_out_of_order_never_move_past_a_gap() {
    // With `online`, a multiple of the four publishes after which the broker has answered all.
    const LAST: u64 = 399;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut link = Link::new(config(listener.local_addr().unwrap()));
    let answered = Arc::new(AtomicU64::new(0));
    let gap_seen = Arc::new(Notify::new());
    let broker =
        tokio::spawn(answer_out_of_order(listener, Arc::clone(&answered), Arc::clone(&gap_seen)));
    assert_eq!(next(&mut link).await, LinkEvent::Up);
    let (mut next_tag, mut acknowledged) = (1, 0);
    while acknowledged < LAST {
        while next_tag <= LAST && link.room() > 0 {
            link.publish(message("n", next_tag), Some(next_tag)).unwrap();
            next_tag += 1;
        }
        match next(&mut link).await {
            // `online` is the first of the first four, so tag n is publish n + 1.
            LinkEvent::Acknowledged(tag) => {
                assert!(tag > acknowledged && tag < answered.load(Ordering::Relaxed), "{tag}");
                acknowledged = tag;
            }
            LinkEvent::Message { .. } => gap_seen.notify_one(),
            other => panic!("{other:?}"),
        }
    }
    broker.abort();
}

/// A broker with a receive maximum of four, which makes the client library reuse packet ids at
/// once and run into those still in use. Of each four publishes it answers the third, the second,
/// the fourth, and only then the first.
/// It leaves the gap until the link has read a message sent behind it, and is told so by
/// `gap_seen`; `answered` counts the publishes without a gap before them.
async fn answer_out_of_order(
    listener: TcpListener,
    answered: Arc<AtomicU64>,
    gap_seen: Arc<Notify>,
) {
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut waiting = Vec::new();
    let mut first = None;
    loop {
        let (kind, body) = packet(&mut stream).await;
        let answer = match kind >> 4 {
            1 => vec![0x20, 6, 0, 0, 3, 0x21, 0, 4],
            8 => vec![0x90, 4, body[0], body[1], 0, 1],
            3 => {
                let id_at = 2 + usize::from(u16::from_be_bytes([body[0], body[1]]));
                waiting.push([0x40, 2, body[id_at], body[id_at + 1]]);
                match (first, &waiting[..]) {
                    (None, &[one, two, three]) => {
                        first = Some(one);
                        waiting.clear();
                        stream.write_all(&[three, two].concat()).await.unwrap();
                        stream.write_all(b"\x30\x04\x00\x01m\x00").await.unwrap();
                        gap_seen.notified().await;
                        continue;
                    }
                    (Some(one), &[four]) => {
                        first = None;
                        waiting.clear();
                        answered.fetch_add(4, Ordering::Relaxed);
                        [four, one].concat()
                    }
                    _ => continue,
                }
            }
            other => panic!("packet of type {other}"),
        };
        stream.write_all(&answer).await.unwrap();
    }
}

/// The first byte of a packet, and what follows the length. No packet here is longer than 127.
async fn packet(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let [kind, len] = [stream.read_u8().await.unwrap(), stream.read_u8().await.unwrap()];
    let mut body = vec![0; usize::from(len)];
    stream.read_exact(&mut body).await.unwrap();
    (kind, body)
}

#[tokio::test]
async fn attempts_to_reach_a_broker_that_is_not_there_slow_down() {
    let mut mosquitto = Mosquitto::start();
    mosquitto.kill();
    let mut link = Link::new(config(mosquitto.address()));
    for longest_ms in [200, 400, 800] {
        let LinkEvent::Down { retry_in, .. } = next(&mut link).await else { panic!("no broker") };
        assert!(retry_in <= Duration::from_millis(longest_ms), "{retry_in:?}");
        assert!(retry_in >= Duration::from_millis(longest_ms / 2), "{retry_in:?}");
        assert_eq!(link.publish(message("n", 1), None), Err(PublishError::NoRoom));
    }
}

#[tokio::test]
async fn a_broker_that_accepts_and_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut link = Link::new(config(listener.local_addr().unwrap()));
    let started = Instant::now();
    let LinkEvent::Down { reason, .. } = next(&mut link).await else {
        panic!("no CONNACK was sent")
    };
    assert_eq!(reason, "the broker did not answer within 5 s");
    assert!(started.elapsed() < Duration::from_secs(7), "{:?}", started.elapsed());
}

/// A broker that stops reading: once the sockets are full, the client library waits in a write
/// and looks at nothing else.
#[tokio::test]
async fn a_broker_that_stops_reading_is_given_up_though_the_sockets_are_full() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stuck = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_exact(&mut [0]).await.unwrap();
        stream.write_all(&[0x20, 3, 0, 0, 0]).await.unwrap();
        stream
    });
    let mut link = link_to(address).await;
    let _open = stuck.await.unwrap();
    while link.room() > 0 {
        link.publish(message("n", "x".repeat(250 * 1024)), None).unwrap();
    }
    let LinkEvent::Down { reason, .. } = next(&mut link).await else { panic!("none reads") };
    assert_eq!(reason, "the broker was silent for 10 s");
}

#[test]
fn a_password_is_not_printed_with_the_configuration() {
    let credentials = Credentials { username: "box".to_owned(), password: "s3cret".to_owned() };
    let mut config = config(([127, 0, 0, 1], 1883).into());
    config.credentials = Some(credentials);
    let printed = format!("{config:?}");
    assert!(printed.contains("box") && !printed.contains("s3cret"), "{printed}");
}
