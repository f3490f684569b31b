//! Lets a call through if who calls may call it: the one place where that is decided, for every wire.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use kiosk_hub::{Hub, Identity, TokenRefused};
use kiosk_proto::{MethodAccess, v1::role::Value as Role};
use tonic::{
    Status,
    body::Body,
    codegen::{
        Service,
        http::{HeaderMap, Request, Response, header::AUTHORIZATION},
    },
    transport::server::TcpConnectInfo,
};

use crate::{
    PeerInfo,
    ended::Ended,
    own_order,
    services::REQUEST_BYTES_MAX,
    status::{not_allowed, not_own_order, token_missing, token_refused},
};

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
        // Health, reflection, and what there is not: nothing of the café.
        let Some(access) = MethodAccess::of(request.uri().path()) else {
            return Box::pin(self.inner.call(request));
        };
        let who = match may_call(&self.hub, access, &request) {
            Ok(who) => who,
            Err(refused) => return Box::pin(async move { Ok(refused.into_http()) }),
        };
        request.extensions_mut().insert(who.clone());
        if who.role() == Role::Customer && access.is_of_own_order() {
            return Box::pin(of_own_order(self.clone(), who, access, request));
        }
        let answer = self.inner.call(request);
        if !access.is_streaming {
            return Box::pin(answer);
        }
        Box::pin(async move {
            let answer = answer.await?;
            Ok(answer.map(|body| Body::new(Ended::new(body, who.ended().clone()))))
        })
    }
}

/// Who calls, if they may.
fn may_call(hub: &Hub, access: &MethodAccess, request: &Request<Body>) -> Result<Identity, Status> {
    let who = match request.extensions().get::<Identity>() {
        // Of a session, which showed its token when it began and ends with it.
        Some(known) if !known.ended().is_cancelled() => known.clone(),
        Some(_) => return Err(token_refused()),
        None => match shown(hub, request) {
            Ok(who) => who,
            // Who wants new credentials may still have the old ones.
            Err(_) if access.anyone => Identity::nobody(),
            Err(_) => return Err(token_refused()),
        },
    };
    if access.allows(who.role()) {
        return Ok(who);
    }
    let method = request.uri().path().trim_start_matches('/');
    if who.role() == Role::Unspecified {
        return Err(token_missing());
    }
    hub.access().call_refused(&who, method);
    Err(not_allowed(who.role(), method))
}

/// A customer's call goes on if it names the customer's order.
async fn of_own_order<S>(
    mut guarded: Guarded<S>,
    who: Identity,
    access: &'static MethodAccess,
    request: Request<Body>,
) -> Result<Response<Body>, Infallible>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let (head, body) = request.into_parts();
    let method = head.uri.path().trim_start_matches('/').to_owned();
    let Ok(bytes) = Limited::new(body, REQUEST_BYTES_MAX).collect().await else {
        return Ok(Status::invalid_argument("the message is too large, or broke off").into_http());
    };
    let bytes: Bytes = bytes.to_bytes();
    if !own_order::names(access, &bytes, who.order_id().unwrap_or_default()) {
        guarded.hub.access().call_refused(&who, &method);
        return Ok(not_own_order().into_http());
    }
    guarded.inner.call(Request::from_parts(head, Body::new(Full::new(bytes)))).await
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// By the token, else by the certificate that the connection began with.
fn shown(hub: &Hub, request: &Request<Body>) -> Result<Identity, TokenRefused> {
    let (extensions, token) = (request.extensions(), bearer(request.headers()));
    let Some(peer) = extensions.get::<PeerInfo>() else {
        // From a wire in this process, which knows no more than the address.
        let from = extensions.get::<TcpConnectInfo>().and_then(TcpConnectInfo::remote_addr);
        return hub.access().identify(token, from.map(|from| from.ip()));
    };
    let address = Some(peer.addr.ip());
    match (token, peer.device_id) {
        (None, Some(device_id)) => hub.access().identify_device(device_id, address),
        (token, _) => hub.access().identify(token, address),
    }
}
