use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::{
    Status,
    body::Body,
    codegen::{
        Body as HttpBody,
        http::{HeaderMap, HeaderValue},
    },
};

use crate::status::token_refused;

/// A stream that ends with its caller's credentials.
pub(crate) struct Ended {
    /// None: it has ended.
    body: Option<Body>,
    ended: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Ended {
    pub(crate) fn new(body: Body, ended: CancellationToken) -> Self {
        Self { body: Some(body), ended: Box::pin(ended.cancelled_owned()) }
    }
}

impl HttpBody for Ended {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        if this.ended.as_mut().poll(cx).is_ready() {
            this.body = None;
            let mut trailers = HeaderMap::new();
            // Its message and details are ASCII, which is all that can be wrong with them.
            if token_refused().add_header(&mut trailers).is_err() {
                trailers.insert("grpc-status", HeaderValue::from_static("16"));
            }
            return Poll::Ready(Some(Ok(http_body::Frame::trailers(trailers))));
        }
        Pin::new(body).poll_frame(cx)
    }
}
