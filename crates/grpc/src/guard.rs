//! Lets a call through if who calls may call it: the one place where that is decided, for every wire.

use std::{
    convert::Infallible,
    mem,
    net::IpAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use kiosk_hub::{Hub, Identity, TokenRefused, bearer};
use kiosk_proto::{MethodAccess, v1::role::Value as Role};
use tokio::time::sleep;
use tonic::{
    Status,
    body::Body,
    codegen::{
        Service,
        http::{Request, Response, header::AUTHORIZATION},
    },
    transport::server::TcpConnectInfo,
};

use crate::{
    PeerInfo,
    ended::Ended,
    own_order,
    status::{called_too_often, not_allowed, not_own_order, token_missing, token_refused},
};

/// Who has called too often hears of it at the latest after this.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// Looks at the credentials, and notes in the call who calls.
#[derive(Debug, Clone)]
pub(crate) struct Guarded<S> {
    inner: S,
    hub: Hub,
}

impl<S> Guarded<S> {
    pub(crate) fn new(inner: S, hub: Hub) -> Self {
        Self { inner, hub }
    }
}

impl<S> Service<Request<Body>> for Guarded<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send,
    S: 'static,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let shown = shown(&self.hub, &request);
        let who = shown.clone().unwrap_or_else(|_| Identity::nobody(address(&request)));
        if let Err(wait) = self.hub.access().count_call(&who) {
            return Box::pin(too_often(wait, who));
        }
        // Health, reflection, and what there is not: nothing of the café.
        let Some(access) = MethodAccess::of(request.uri().path()) else {
            return Box::pin(self.inner.call(request));
        };
        if !access.allows(who.role()) {
            let refused = refused(&self.hub, &who, shown.is_err(), request.uri().path());
            return Box::pin(async move { Ok(refused.into_http()) });
        }
        request.extensions_mut().insert(who.clone());
        // The one that is ready is used.
        let next = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, next);
        if who.role() == Role::Customer && access.is_of_own_order() {
            return Box::pin(of_own_order(inner, self.hub.clone(), who, access, request));
        }
        let answer = inner.call(request);
        if !access.is_streaming {
            return Box::pin(answer);
        }
        Box::pin(async move {
            let answer = answer.await?;
            Ok(answer.map(|body| Body::new(Ended::new(body, who.ended().clone()))))
        })
    }
}

/// Why who calls may not. (Who wants new credentials may still have the old ones: a method for anyone
/// is not refused for a token that is worth nothing.)
fn refused(hub: &Hub, who: &Identity, is_token_refused: bool, path: &str) -> Status {
    if is_token_refused {
        return token_refused();
    }
    if who.role() == Role::Unspecified {
        return token_missing();
    }
    let method = path.trim_start_matches('/');
    hub.access().call_refused(who, method);
    not_allowed(who.role(), method)
}

/// Answers late: who does not listen to the answer can't call on before it is there.
async fn too_often(wait: Duration, who: Identity) -> Result<Response<Body>, Infallible> {
    sleep(wait.min(PAUSE_MAX)).await;
    Ok(called_too_often(wait, who.role() == Role::Unspecified).into_http())
}

/// A customer's call goes on if it names the customer's order.
async fn of_own_order<S>(
    mut inner: S,
    hub: Hub,
    who: Identity,
    access: &'static MethodAccess,
    request: Request<Body>,
) -> Result<Response<Body>, Infallible>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let (head, body) = request.into_parts();
    let method = head.uri.path().trim_start_matches('/').to_owned();
    let bytes_max = hub.limits().request_bytes_max.get();
    let Ok(bytes) = Limited::new(body, bytes_max).collect().await else {
        return Ok(Status::invalid_argument("the message is too large, or broke off").into_http());
    };
    let bytes: Bytes = bytes.to_bytes();
    if !own_order::names(access, &bytes, who.order_id().unwrap_or_default()) {
        hub.access().call_refused(&who, &method);
        return Ok(not_own_order().into_http());
    }
    inner.call(Request::from_parts(head, Body::new(Full::new(bytes)))).await
}

/// As the session has it that the call came by; else by the token, or by the certificate that the
/// connection began with.
fn shown(hub: &Hub, request: &Request<Body>) -> Result<Identity, TokenRefused> {
    if let Some(known) = request.extensions().get::<Identity>() {
        // It showed its token when it began, and ends with it.
        return if known.ended().is_cancelled() { Err(TokenRefused) } else { Ok(known.clone()) };
    }
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let device_id = request.extensions().get::<PeerInfo>().and_then(|peer| peer.device_id);
    match (header.and_then(bearer), device_id) {
        (None, Some(device_id)) => hub.access().identify_device(device_id, address(request)),
        (token, _) => hub.access().identify(token, address(request)),
    }
}

/// Of a connection of this port, or as another wire in this process says.
fn address(request: &Request<Body>) -> Option<IpAddr> {
    let extensions = request.extensions();
    let of_peer = extensions.get::<PeerInfo>().map(|peer| peer.addr);
    let from = || extensions.get::<TcpConnectInfo>().and_then(TcpConnectInfo::remote_addr);
    of_peer.or_else(from).map(|address| address.ip())
}
