//! JSON to any method of the gRPC services, by the descriptors: a call from a WebSocket or over HTTP
//! goes through the same stack as one that came over gRPC.

mod codec;
mod json;
mod misfit;
mod problem;

use std::{
    collections::HashMap,
    convert::Infallible,
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt as _, stream, stream::BoxStream};
use kiosk_hub::Identity;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor};
use serde_json::{Value, value::RawValue};
use tokio::time::{Instant, timeout_at};
use tonic::{
    Code, Extensions, Request, Streaming,
    body::Body,
    client::Grpc,
    codegen::{Service, http, http::uri::PathAndQuery},
    metadata::MetadataMap,
    transport::server::TcpConnectInfo,
};
use tower::util::BoxCloneSyncService;

pub(crate) use json::{message_of, parse, text_of};
pub(crate) use problem::{Detail, Problem};

use codec::Dynamic;

/// The JSON text of a message, ready to be put into a frame or a body.
pub(crate) type Answer = Box<RawValue>;

type Services = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, Infallible>;

/// Calls methods with JSON. Cloning it is cheap.
#[derive(Clone)]
pub(crate) struct Transcoder(Arc<Inner>);

struct Inner {
    services: Services,
    contract: DescriptorPool,
    /// By their names: `kiosk.v1.OrderService/PlaceOrder`.
    methods: HashMap<String, Method>,
}

struct Method {
    descriptor: MethodDescriptor,
    path: PathAndQuery,
}

/// What a caller says beside its message.
#[derive(Debug, Clone, Default)]
pub(crate) struct Terms {
    /// How long the call may take, a stream from its beginning to its end. The box has a limit of
    /// its own for the time until the answer begins.
    pub(crate) deadline: Option<Duration>,
    /// As with any gRPC call.
    pub(crate) metadata: MetadataMap,
    /// Who asks, as far as it is known.
    pub(crate) caller: Caller,
}

/// Who asks.
#[derive(Debug, Clone, Default)]
pub(crate) enum Caller {
    /// Whoever its metadata shows.
    #[default]
    Unknown,
    /// The same, from there.
    From(IpAddr),
    /// Who has a session.
    Known(Identity),
}

/// An answer, or several. Dropping a stream cancels the call.
pub(crate) enum Call {
    Unary(Answer),
    /// Ends after its first `Err`.
    Stream(BoxStream<'static, Result<Answer, Problem>>),
}

impl Transcoder {
    /// For the methods of all services in the contract.
    pub(crate) fn new<S>(services: S, contract: &DescriptorPool) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        let methods = contract.services().flat_map(|service| service.methods().collect::<Vec<_>>());
        let methods = methods.filter_map(|descriptor| {
            let name = method_name(&descriptor);
            let path = format!("/{name}").parse().ok()?;
            Some((name, Method { descriptor, path }))
        });
        Self(Arc::new(Inner {
            services: BoxCloneSyncService::new(services),
            contract: contract.clone(),
            methods: methods.collect(),
        }))
    }

    /// What is declared of a method, if there is one of that name: `kiosk.v1.OrderService/PlaceOrder`,
    /// with or without a slash before it.
    pub(crate) fn method(&self, name: &str) -> Option<&MethodDescriptor> {
        Some(&self.find(name)?.descriptor)
    }

    /// Calls the method. Dropping the future cancels the call: what a method had committed by then
    /// stays.
    pub(crate) async fn call(
        &self,
        method: &str,
        message: Value,
        terms: Terms,
    ) -> Result<Call, Problem> {
        let Some(Method { descriptor, path }) = self.find(method) else {
            return Err(Problem::new(Code::Unimplemented, format!("there is no method {method}")));
        };
        if descriptor.is_client_streaming() {
            let message = format!("{method} takes a stream of messages: only gRPC can send one");
            return Err(Problem::new(Code::Unimplemented, message));
        }
        let request = request(message_of(descriptor.input(), &message)?, &terms);
        let codec = Dynamic(descriptor.output());
        // The answer comes from this process: it is as large as the services allow it to be.
        let mut client = Grpc::new(self.0.services.clone()).max_decoding_message_size(usize::MAX);
        let Ok(()) = client.ready().await;
        if descriptor.is_server_streaming() {
            let ends = terms.deadline.and_then(|deadline| Instant::now().checked_add(deadline));
            let answer = client.server_streaming(request, path.clone(), codec).await;
            let messages = answer.map_err(|status| self.problem(&status))?.into_inner();
            return Ok(Call::Stream(self.clone().answers(messages, ends)));
        }
        let answer = client.unary(request, path.clone(), codec).await;
        Ok(Call::Unary(text_of(&answer.map_err(|status| self.problem(&status))?.into_inner())?))
    }

    fn answers(
        self,
        messages: Streaming<DynamicMessage>,
        ends: Option<Instant>,
    ) -> BoxStream<'static, Result<Answer, Problem>> {
        let answers = stream::unfold(Some(messages), move |messages| {
            let transcoder = self.clone();
            async move {
                let mut messages = messages?;
                let next = match ends {
                    Some(ends) => timeout_at(ends, messages.message()).await,
                    None => Ok(messages.message().await),
                };
                let answer = match next {
                    Ok(Ok(message)) => text_of(&message?),
                    Ok(Err(status)) => Err(transcoder.problem(&status)),
                    Err(_) => Err(Problem::new(Code::DeadlineExceeded, "its time is over")),
                };
                let rest = answer.is_ok().then_some(messages);
                Some((answer, rest))
            }
        });
        answers.boxed()
    }

    fn find(&self, name: &str) -> Option<&Method> {
        self.0.methods.get(name.strip_prefix('/').unwrap_or(name))
    }

    fn problem(&self, status: &tonic::Status) -> Problem {
        Problem::of(status, &self.0.contract)
    }
}

impl fmt::Debug for Transcoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transcoder").field("methods", &self.0.methods.len()).finish_non_exhaustive()
    }
}

/// The name of a method on every wire.
pub(crate) fn method_name(method: &MethodDescriptor) -> String {
    format!("{}/{}", method.parent_service().full_name(), method.name())
}

fn request(message: DynamicMessage, terms: &Terms) -> Request<DynamicMessage> {
    let mut extensions = Extensions::new();
    match &terms.caller {
        Caller::Unknown => {}
        Caller::From(address) => {
            let remote_addr = Some(SocketAddr::new(*address, 0));
            extensions.insert(TcpConnectInfo { local_addr: None, remote_addr });
        }
        Caller::Known(who) => drop(extensions.insert(who.clone())),
    }
    let mut request = Request::from_parts(terms.metadata.clone(), extensions, message);
    if let Some(deadline) = terms.deadline {
        request.set_timeout(deadline);
    }
    request
}

#[cfg(test)]
mod tests;
