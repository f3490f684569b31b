//! Lines of an order, from the command line.

use crate::support::{TestBox, within};
use kiosk_proto::v1::*;

#[tokio::test]
async fn lines_that_are_bumped_are_named_and_the_steps_are_told() {
    let mut the_box = TestBox::start().await;
    let running = the_box.kioskctl(&["order", "bump", "ORD-1-abc123", "2", "3"]);
    let (request, reply) = within(the_box.bumped.recv()).await.unwrap();
    assert_eq!((&*request.order_id, &*request.line_ids), ("ORD-1-abc123", &[2, 3][..]));
    let state = |line_id| LineState { line_id, ..Default::default() };
    let step = OrderStatusChanged {
        daily_num: 42,
        previous_status: order_status::Value::Making.into(),
        status: order_status::Value::Ready.into(),
        ..Default::default()
    };
    let change =
        OrderLinesChanged { daily_num: 42, lines: vec![state(2), state(3)], ..Default::default() };
    let answer = BumpLinesResponse { position: None, change: Some(change), steps: vec![step] };
    reply.send(Ok(answer)).unwrap();
    let (code, stdout, _) = running.end().await;
    assert_eq!((code, &*stdout), (0, "#42 line 2, 3 done\n#42 MAKING -> READY\n"));

    let running = the_box.kioskctl(&["order", "bump", "ORD-1-abc123", "--station", "bar"]);
    let (request, reply) = within(the_box.bumped.recv()).await.unwrap();
    assert_eq!((&*request.station, request.line_ids.len()), ("bar", 0));
    reply.send(Ok(BumpLinesResponse::default())).unwrap();
    assert_eq!(running.end().await.1, "nothing changed\n");
}

#[tokio::test]
async fn lines_and_a_station_at_once_are_refused_before_the_box_is_asked() {
    let the_box = TestBox::start().await;
    let running = the_box.kioskctl(&["order", "bump", "ORD-1-abc123", "2", "--station", "bar"]);
    let (code, _, stderr) = running.end().await;
    assert_eq!(code, 2);
    assert!(stderr.contains("--station"), "{stderr}");
}
