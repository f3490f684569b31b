//! Live events across breaks, and a load run that checks them.

use crate::support::{TestBox, within};
use kiosk_proto::v1::{event::Payload, subscribe_response::Message, *};
use tokio::sync::mpsc;
use tonic::Status;

const EPOCH: &str = "5f0c2a9be3d14477";

type Events = mpsc::Sender<Result<SubscribeResponse, Status>>;

fn at(seq: u64) -> Option<Position> {
    Some(Position { epoch: EPOCH.into(), seq })
}

async fn send(events: &Events, message: Message) {
    events.send(Ok(SubscribeResponse { message: Some(message) })).await.unwrap();
}

fn event(seq: u64, payload: Payload) -> Message {
    let position = at(seq);
    Message::Event(Event { position, payload: Some(payload), clock_trusted: true, time: None })
}

fn setting(seq: u64) -> Message {
    let change = SettingChanged { key: "k".into(), value: seq.to_string(), ..Default::default() };
    event(seq, Payload::SettingsChanged(change))
}

fn resumed(recovered: bool, seq: u64) -> Message {
    Message::Resumed(Resumed { recovered, missed: 0, position: at(seq) })
}

#[tokio::test]
async fn a_watch_goes_on_from_its_position_after_a_break() {
    let mut the_box = TestBox::start().await;
    let mut watch = the_box.kioskctl(&["watch", "--json", "--room", "settings"]);
    let (request, events) = within(the_box.subscribed.recv()).await.unwrap();
    assert_eq!((request.after, request.rooms), (None, vec!["settings".to_owned()]));
    send(&events, resumed(true, 6)).await;
    send(&events, setting(7)).await;
    let line = within(watch.stdout.next_line()).await.unwrap().unwrap();
    let json: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&json["event"], &json["seq"]), (&"settings:changed".into(), &7.into()));

    the_box.cut();
    let (request, events) = within(the_box.subscribed.recv()).await.unwrap();
    assert_eq!((request.after, request.rooms), (at(7), vec!["settings".to_owned()]));
    send(&events, setting(8)).await;
    send(&events, resumed(true, 8)).await;
    let line = within(watch.stdout.next_line()).await.unwrap().unwrap();
    assert!(line.contains(r#""seq":8"#), "{line}");

    // A box that stops, and one that says so, are no different.
    drop(events);
    let (request, events) = within(the_box.subscribed.recv()).await.unwrap();
    assert_eq!(request.after, at(8));
    events.send(Err(Status::unavailable("draining"))).await.unwrap();
    let (request, _events) = within(the_box.subscribed.recv()).await.unwrap();
    assert_eq!(request.after, at(8));
}

#[tokio::test]
async fn a_break_before_the_first_event_loses_nothing() {
    let mut the_box = TestBox::start().await;
    let mut watch = the_box.kioskctl(&["watch"]);
    let (_, events) = within(the_box.subscribed.recv()).await.unwrap();
    send(&events, resumed(true, 41)).await;
    drop(events);
    // Said once the stream's end was read, and with it the position.
    let line = within(watch.stderr.next_line()).await.unwrap().unwrap();
    assert_eq!(line, "kioskctl: the box ended the stream");
    let (request, _events) = within(the_box.subscribed.recv()).await.unwrap();
    assert_eq!(request.after, at(41));
}

#[tokio::test]
async fn a_watch_says_when_recovery_could_not_be_proved() {
    let mut the_box = TestBox::start().await;
    let mut watch = the_box.kioskctl(&["watch", "--from", "00000000000000aa:3"]);
    let (request, events) = within(the_box.subscribed.recv()).await.unwrap();
    assert_eq!(request.after, Some(Position { epoch: "00000000000000aa".into(), seq: 3 }));
    send(&events, resumed(false, 9)).await;
    let line = within(watch.stderr.next_line()).await.unwrap().unwrap();
    assert!(line.contains("could not be proved"), "{line}");
    assert!(line.contains("5f0c2a9be3d14477:9"), "{line}");
    send(&events, setting(10)).await;
    let line = within(watch.stdout.next_line()).await.unwrap().unwrap();
    assert!(line.contains("k = 10"), "{line}");
}

#[tokio::test]
async fn a_watch_that_is_refused_ends() {
    let mut the_box = TestBox::start().await;
    let watch = the_box.kioskctl(&["watch", "--room", "cells"]);
    let (_, events) = within(the_box.subscribed.recv()).await.unwrap();
    events.send(Err(Status::permission_denied("not for you"))).await.unwrap();
    let (code, _, stderr) = watch.end().await;
    assert_eq!((code, stderr.as_str()), (1, "kioskctl: PERMISSION_DENIED: not for you\n"));
}

/// Runs a bench with one gRPC subscriber, to which the box sends only what `sends` lets through.
async fn bench(sends: impl Fn(u64) -> bool + Send + 'static) -> (i32, serde_json::Value, String) {
    let mut the_box = TestBox::start().await;
    let args = ["bench", "--orders", "20", "--grpc", "1", "--json", "--timeout", "1"];
    let running = the_box.kioskctl(&args);
    let (_, events) = within(the_box.subscribed.recv()).await.unwrap();
    send(&events, resumed(true, 0)).await;
    let serving = tokio::spawn(async move {
        let mut seq = 0;
        while let Some((_, reply)) = the_box.placed.recv().await {
            seq += 1;
            let order = Order { order_id: format!("ORD-{seq}-aaaaaa"), ..Default::default() };
            let answer = PlaceOrderResponse {
                position: at(seq),
                order: Some(order.clone()),
                ..Default::default()
            };
            reply.send(Ok(answer)).unwrap();
            if sends(seq) {
                send(&events, event(seq, Payload::OrderCreated(order))).await;
            }
        }
    });
    let (code, stdout, stderr) = running.end().await;
    serving.abort();
    (code, serde_json::from_str(&stdout).unwrap(), stderr)
}

#[tokio::test]
async fn a_bench_reports_what_every_subscriber_saw() {
    let (code, report, stderr) = bench(|_| true).await;
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(report["acknowledged"], 20);
    assert_eq!(report["answer"]["count"], 20);
    let wire = &report["wires"][0];
    assert_eq!((&wire["wire"], &wire["each"]["count"]), (&"grpc".into(), &20.into()));
    assert_eq!((&wire["missing"], &wire["repeated"]), (&0.into(), &0.into()));
}

#[tokio::test]
async fn a_bench_fails_when_a_subscriber_missed_an_acknowledged_order() {
    let (code, report, stderr) = bench(|seq| seq != 13).await;
    assert_eq!(code, 1);
    assert_eq!(report["wires"][0]["missing"], 1);
    assert!(stderr.starts_with("kioskctl: grpc: 1 missing, 0 repeated"), "{stderr}");
}
