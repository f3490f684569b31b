//! Where a client shows its token: in the header that is made for it, or where a browser can.

use std::net::IpAddr;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::Incoming,
    header::{self, HeaderValue},
};
use kiosk_hub::{Hub, Identity, Place, TokenRefused};
use kiosk_proto::v1::role::Value as Role;
use tonic::metadata::MetadataMap;

use crate::{
    connection::Encrypted,
    origin::{Origin, Page},
};

/// Puts a token into a cookie that scripts can't read, and takes it out again.
pub(crate) const SESSION_PATH: &str = "/session";

const COOKIE: &str = "kiosk_token";
/// Offered beside a dialect: a browser's WebSocket can set no header but this one.
const SUBPROTOCOL: &str = "kiosk.token.";
/// Browsers keep no cookie for longer.
const COOKIE_SECONDS: u32 = 400 * 24 * 60 * 60;

/// What is longer is no token.
const TOKEN_BYTES_MAX: usize = 1024;

/// A session's.
pub(crate) type SessionPlace = Place<Visitor>;

/// Who a session belongs to, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Visitor {
    /// Nothing else is known of it.
    Address(IpAddr),
    /// It came with this token. (Whether the token is worth anything is another question.)
    Token(String),
}

impl Visitor {
    /// By the token, or else by the address.
    pub(crate) fn of_token(token: Option<&str>, peer: IpAddr) -> Self {
        match token {
            Some(token) if (1..=TOKEN_BYTES_MAX).contains(&token.len()) => {
                Self::Token(token.into())
            }
            _ => Self::Address(peer),
        }
    }
}

/// By `Authorization: Bearer …`, else by the cookie.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    bearer(headers).or_else(|| cookie(headers))
}

/// The same, or what a WebSocket's handshake has instead: a subprotocol, or `token=…` in its query.
/// What the page shows on purpose comes before the cookie that the browser adds.
pub(crate) fn token_of_upgrade<'a>(headers: &'a HeaderMap, query: &'a str) -> Option<&'a str> {
    let shown = bearer(headers).or_else(|| subprotocol(headers)).or_else(|| in_query(query));
    shown.or_else(|| cookie(headers))
}

/// `token=…`, for clients that know of an address and nothing else.
pub(crate) fn in_query(query: &str) -> Option<&str> {
    let mut values = query.split('&').filter_map(|pair| pair.strip_prefix("token="));
    values.next().filter(|token| !token.is_empty())
}

/// A call's metadata, with the cookie's token where the services look for one.
pub(crate) fn show_cookie(headers: &HeaderMap, metadata: &mut MetadataMap) {
    if headers.contains_key(header::AUTHORIZATION) {
        return;
    }
    let value = cookie(headers).and_then(|token| format!("Bearer {token}").parse().ok());
    if let Some(value) = value {
        metadata.insert("authorization", value);
    }
}

/// Who may read what no service serves.
pub(crate) fn is_staff(hub: &Hub, headers: &HeaderMap, peer: IpAddr) -> bool {
    let who = hub.access().identify(token(headers), Some(peer));
    who.is_ok_and(|who| matches!(who.role(), Role::Admin | Role::Staff))
}

/// POST with a token in `Authorization` sets the cookie, DELETE takes it away.
pub(crate) fn answer(
    request: &Request<Incoming>,
    peer: IpAddr,
    hub: &Hub,
    origins: &[Origin],
) -> Response<Full<Bytes>> {
    if Page::of(request.headers(), origins) == Page::Foreign {
        return said(StatusCode::FORBIDDEN, "this site may not use the box: see web.origins\n");
    }
    // Cookies know no ports: what came over TLS must not be shown without.
    let is_encrypted = request.extensions().get::<Encrypted>().is_some();
    let with_cookie = |cookie: &str| with_cookie(cookie, is_encrypted);
    match *request.method() {
        Method::POST => match sign_in(request.headers(), peer, hub) {
            Ok((who, token)) if who.role() != Role::Unspecified => {
                with_cookie(&format!("{COOKIE}={token}; Max-Age={COOKIE_SECONDS}"))
            }
            _ => said(StatusCode::UNAUTHORIZED, "show a token in Authorization: Bearer …\n"),
        },
        Method::DELETE => with_cookie(&format!("{COOKIE}=; Max-Age=0")),
        _ => {
            let mut response = said(StatusCode::METHOD_NOT_ALLOWED, "POST or DELETE\n");
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST, DELETE"));
            response
        }
    }
}

fn sign_in<'a>(
    headers: &'a HeaderMap,
    peer: IpAddr,
    hub: &Hub,
) -> Result<(Identity, &'a str), TokenRefused> {
    let token = bearer(headers).ok_or(TokenRefused)?;
    Ok((hub.access().identify(Some(token), Some(peer))?, token))
}

/// Only for the box's own pages, and never to a script.
fn with_cookie(cookie: &str, is_encrypted: bool) -> Response<Full<Bytes>> {
    let mut response = said(StatusCode::NO_CONTENT, "");
    let secure = if is_encrypted { "; Secure" } else { "" };
    let cookie = format!("{cookie}; Path=/; HttpOnly; SameSite=Strict{secure}");
    // A token has no character that a header may not have.
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

fn said(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, plain);
    response
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    kiosk_hub::bearer(headers.get(header::AUTHORIZATION)?.to_str().ok()?)
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).map(str::trim);
    let named = |pair: &'_ str| pair.split_once('=').is_some_and(|(name, _)| name == COOKIE);
    let (_, token) = pairs.find(|pair| named(pair))?.split_once('=')?;
    Some(token).filter(|token| !token.is_empty())
}

fn subprotocol(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let mut offered =
        values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    offered.find_map(|name| name.trim().strip_prefix(SUBPROTOCOL))
}

#[cfg(test)]
mod tests {
    use hyper::header::{AUTHORIZATION, COOKIE, SEC_WEBSOCKET_PROTOCOL};

    use super::*;

    #[test]
    fn a_token_is_found_where_clients_can_put_it() {
        let check = |headers: &[(header::HeaderName, &str)], query, expected: Option<&str>| {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(name, value.parse().unwrap());
            }
            assert_eq!(token_of_upgrade(&map, query), expected, "{headers:?} {query}");
        };
        check(&[], "", None);
        check(&[(AUTHORIZATION, "Bearer a")], "token=b", Some("a"));
        check(&[(AUTHORIZATION, "bearer  a")], "", Some("a"));
        check(&[(AUTHORIZATION, "Basic a")], "", None);
        check(&[(COOKIE, "x=1; kiosk_token=a; y=2")], "", Some("a"));
        check(&[(COOKIE, "xkiosk_token=a"), (COOKIE, "kiosk_token=b")], "", Some("b"));
        check(&[(COOKIE, "kiosk_token=")], "", None);
        check(&[(SEC_WEBSOCKET_PROTOCOL, "kiosk.v1.json, kiosk.token.a")], "", Some("a"));
        check(
            &[(COOKIE, "kiosk_token=b"), (SEC_WEBSOCKET_PROTOCOL, "kiosk.token.a")],
            "",
            Some("a"),
        );
        check(&[(COOKIE, "kiosk_token=b")], "token=a", Some("a"));
        check(&[], "name=x&token=a", Some("a"));
        check(&[], "token=", None);
    }
}
