//! Who comes in, before there is a session: by what the handshake showed, or by the first frame.

use std::net::IpAddr;

use kiosk_hub::Identity;
use kiosk_proto::v1::role::Value as Role;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::{
    frame::{Ask, parse},
    socket::Socket,
};
use crate::{
    credentials::{SessionPlace, Visitor},
    http::Context,
    session::{End, Reason},
};

/// Who it is, and its place among the sessions.
pub(super) async fn enter(
    socket: &mut Socket,
    token: Option<&str>,
    peer: IpAddr,
    context: &Context,
) -> Result<(Identity, SessionPlace), End> {
    let ended = End::Because(Reason::Ended);
    let access = context.hub.access();
    let known = access.identify(token, Some(peer)).map_err(|_| ended)?;
    // It takes a place while it has not said who it is, so that nobody holds more than that.
    let place = |visitor| context.places.take(visitor).ok_or(End::Because(Reason::TooMany));
    if known.role() != Role::Unspecified {
        return Ok((known, place(Visitor::of_token(token, peer))?));
    }
    let waiting = place(Visitor::Address(peer))?;
    // For its first frame, if it has not shown a token in its handshake.
    let patience = context.hub.limits().handshake();
    let token = match timeout(patience, first_token(socket)).await {
        Ok(token) => token?,
        Err(_) => return Err(End::Because(Reason::NotAllowed)),
    };
    let who = access.identify(Some(&token), Some(peer));
    let who = who.map_err(|_| End::Because(Reason::Ended))?;
    drop(waiting);
    Ok((who, place(Visitor::of_token(Some(&token), peer))?))
}

async fn first_token(socket: &mut Socket) -> Result<String, End> {
    let Message::Text(text) = socket.next().await? else {
        return Err(End::Because(Reason::NotText));
    };
    match parse(&text) {
        Ok((_, Ask::Authenticate { token })) => Ok(token),
        _ => Err(End::Because(Reason::NotAllowed)),
    }
}
