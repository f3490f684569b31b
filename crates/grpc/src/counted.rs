use std::{
    collections::BTreeMap,
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http_body_util::BodyExt as _;
use kiosk_hub::Hub;
use kiosk_proto::{code_name, descriptors};
use tonic::{
    Code, Status,
    body::Body,
    codegen::{
        Service,
        http::{HeaderMap, Request, Response},
    },
};

/// What a call of no known method counts as: whoever calls must not be able to make counters.
const OTHER: &str = "other";

/// Counts each call when it has ended, by method and code.
#[derive(Debug, Clone)]
pub(crate) struct Counted<S> {
    inner: S,
    hub: Hub,
    /// By their paths: `/kiosk.v1.OrderService/PlaceOrder`.
    methods: Arc<BTreeMap<String, Arc<str>>>,
    other: Arc<str>,
}

impl<S> Counted<S> {
    pub(crate) fn new(inner: S, hub: Hub) -> Self {
        let services = descriptors().services();
        let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
        let methods = methods.map(|method| {
            let name = format!("{}/{}", method.parent_service().full_name(), method.name());
            (format!("/{name}"), name.into())
        });
        Self { inner, hub, methods: Arc::new(methods.collect()), other: OTHER.into() }
    }
}

impl<S> Service<Request<Body>> for Counted<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let method = self.methods.get(request.uri().path()).unwrap_or(&self.other);
        let mut call =
            OpenCall { hub: self.hub.clone(), method: Arc::clone(method), is_counted: false };
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            // A refusal has its code in the head, all else in the trailers.
            call.ended_if(answer.headers());
            Ok(answer.map(|body| {
                Body::new(body.map_frame(move |frame| {
                    if let Some(trailers) = frame.trailers_ref() {
                        call.ended_if(trailers);
                    }
                    frame
                }))
            }))
        })
    }
}

/// Dropped before it has ended, it was cancelled.
struct OpenCall {
    hub: Hub,
    method: Arc<str>,
    is_counted: bool,
}

impl OpenCall {
    fn ended_if(&mut self, headers: &HeaderMap) {
        if let Some(status) = Status::from_header_map(headers) {
            self.count(status.code());
        }
    }

    fn count(&mut self, code: Code) {
        if !std::mem::replace(&mut self.is_counted, true) {
            self.hub.stats().calls.ended(&self.method, code_name(code));
        }
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        self.count(Code::Cancelled);
    }
}
