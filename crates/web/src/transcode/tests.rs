//! Streams, which plain HTTP does not have: their order, their end, their deadline.

use std::{convert::Infallible, future, time::Duration};

use futures_util::{StreamExt as _, stream};
use http_body_util::StreamBody;
use hyper::body::{Bytes, Frame};
use prost::Message as _;
use serde_json::json;
use tokio::sync::oneshot;
use tonic::{Code, Status, codegen::http::HeaderMap};

use super::*;

const METHOD: &str = "kiosk.v1.EventService/Subscribe";

/// How the service's stream goes on after its messages.
#[derive(Clone, Copy)]
enum End {
    Well,
    Refused,
    Never,
}

/// A service that answers with two messages; and a word when its stream is dropped.
fn transcoder(end: End) -> (Transcoder, oneshot::Receiver<()>) {
    let (dropped, is_dropped) = oneshot::channel::<()>();
    let dropped = Arc::new(std::sync::Mutex::new(Some(dropped)));
    let service = tower::service_fn(move |_: http::Request<Body>| {
        let dropped = dropped.lock().unwrap().take();
        let messages = [1, 2].map(|missed| Ok(Frame::data(resumed(missed))));
        let last = match end {
            End::Never => stream::pending().boxed(),
            End::Well => ended("0").boxed(),
            End::Refused => ended("15").boxed(),
        };
        let frames = stream::iter(messages).chain(last).inspect(move |_| {
            let _held_as_long_as_the_stream = &dropped;
        });
        let mut response = http::Response::new(Body::new(StreamBody::new(frames)));
        response.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
        future::ready(Ok::<_, Infallible>(response))
    });
    (Transcoder::new(service, kiosk_proto::descriptors()), is_dropped)
}

fn resumed(missed: u64) -> Bytes {
    use kiosk_proto::v1::{Resumed, SubscribeResponse, subscribe_response::Message};
    let resumed = Resumed { missed, ..Default::default() };
    let message = SubscribeResponse { message: Some(Message::Resumed(resumed)) }.encode_to_vec();
    let mut frame = vec![0, 0, 0, 0, message.len() as u8];
    frame.extend(message);
    frame.into()
}

fn ended(code: &'static str) -> impl futures_util::Stream<Item = Result<Frame<Bytes>, Status>> {
    let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), code.parse().unwrap())]);
    stream::iter([Ok(Frame::trailers(trailers))])
}

async fn open(
    transcoder: &Transcoder,
    deadline: Option<Duration>,
) -> BoxStream<'static, Result<Answer, Problem>> {
    let terms = Terms { deadline, ..Terms::default() };
    match transcoder.call(METHOD, json!({}), terms).await.unwrap() {
        Call::Stream(answers) => answers,
        Call::Unary(answer) => panic!("no stream, but {answer}"),
    }
}

/// Takes the two messages.
async fn take_both(answers: &mut BoxStream<'static, Result<Answer, Problem>>) {
    for missed in ["1", "2"] {
        let answer = answers.next().await.unwrap().unwrap();
        let answer: Value = serde_json::from_str(answer.get()).unwrap();
        assert_eq!(answer, json!({"resumed": {"recovered": false, "missed": missed}}));
    }
}

#[tokio::test]
async fn a_streams_answers_come_in_order_and_it_ends_as_the_service_ended_it() {
    let mut well = open(&transcoder(End::Well).0, None).await;
    take_both(&mut well).await;
    assert!(well.next().await.is_none());

    let mut refused = open(&transcoder(End::Refused).0, None).await;
    take_both(&mut refused).await;
    let problem = refused.next().await.unwrap().unwrap_err();
    assert_eq!(serde_json::to_value(&problem).unwrap()["code"], "DATA_LOSS");
    assert!(refused.next().await.is_none(), "nothing comes after a refusal");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_a_stream_that_goes_on_for_too_long() {
    let (transcoder, is_dropped) = transcoder(End::Never);
    let began = Instant::now();
    let mut answers = open(&transcoder, Some(Duration::from_secs(60))).await;
    take_both(&mut answers).await;
    let problem = answers.next().await.unwrap().unwrap_err();
    assert_eq!(problem.code, Code::DeadlineExceeded);
    assert_eq!(began.elapsed().as_secs(), 60);
    assert!(answers.next().await.is_none());
    assert!(is_dropped.await.is_err(), "the service's stream is over");
}

#[tokio::test]
async fn a_dropped_stream_is_cancelled_at_the_service() {
    let (transcoder, is_dropped) = transcoder(End::Never);
    let mut answers = open(&transcoder, None).await;
    take_both(&mut answers).await;
    drop(answers);
    assert!(is_dropped.await.is_err());
}

#[tokio::test]
async fn what_can_not_be_called_is_said() {
    let (transcoder, _) = transcoder(End::Well);
    let code = async |method: &str| {
        transcoder.call(method, json!({}), Terms::default()).await.err().map(|it| it.code)
    };
    assert_eq!(code("kiosk.v1.EventService/Nothing").await, Some(Code::Unimplemented));
    assert_eq!(code("").await, Some(Code::Unimplemented));
    assert_eq!(code(&format!("/{METHOD}")).await, None, "a slash may stand before it");
}
