//! From the first packet to a session: who it is, whether there is room, and where it was.

use std::{
    collections::BTreeSet,
    net::IpAddr,
    sync::{Arc, PoisonError},
};

use hyper::HeaderMap;
use kiosk_hub::{Identity, Position, ROOMS_MAX, is_room, stats::Screen};
use kiosk_proto::v1::role::Value as Role;
use kiosk_socketio::{
    Socket,
    packet::{Decoder, Namespace, Packet, ROOT},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    here::Stay,
    offset::{self, Offset},
};
use crate::{
    credentials::{self, Visitor},
    http::Context,
    presence::NAME_CHARS_MAX,
    session::{End, Reason, Session},
};

/// A client that missed more starts anew: it is quicker, and no screen shows a week at once.
const MISSED_EVENTS_MAX: u64 = 10_000;
const ID_CHARS_MAX: usize = 64;
/// The private id is the public one with this before it: it opens nothing that a token does not.
const PRIVATE_PREFIX: char = 'p';

pub(super) struct Welcome {
    pub(super) session: Session,
    pub(super) stay: Stay,
    pub(super) offset: Offset,
    pub(super) skip: usize,
    /// It was here before.
    pub(super) is_back: bool,
    /// Says the session's id, and by what to recover it.
    pub(super) packet: Packet,
}

type Auth = Map<String, Value>;

/// Waits until the client wants into the one namespace that there is, and lets it in.
pub(super) async fn connect(
    socket: &mut Socket,
    decoder: &mut Decoder,
    peer: IpAddr,
    (headers, query): (&HeaderMap, &str),
    context: &Arc<Context>,
) -> Result<Welcome, End> {
    loop {
        let message = socket.next().await?;
        let packet = decoder.add(&message);
        let packet = packet.map_err(|_| End::Because(Reason::Protocol("not a packet")))?;
        let refusal = match packet {
            None => continue,
            Some(Packet::Connect { namespace, auth }) if namespace == ROOT => {
                let auth = auth.unwrap_or_default();
                let token = token(&auth, headers, query);
                match context.hub.access().identify(token, Some(peer)) {
                    Ok(who) if who.role() != Role::Unspecified => {
                        match welcome(&auth, who, Visitor::of_token(token, peer), context) {
                            Some(welcome) => return Ok(welcome),
                            None => refusal(ROOT, "Too many connections"),
                        }
                    }
                    _ => refusal(ROOT, "UNAUTHORIZED"),
                }
            }
            Some(Packet::Connect { namespace, .. }) => invalid_namespace(namespace),
            Some(_) => return Err(End::Because(Reason::Protocol("it is not connected"))),
        };
        for message in refusal.encode() {
            socket.feed(message).await?;
        }
        socket.flush().await?;
    }
}

pub(super) fn invalid_namespace(namespace: Namespace) -> Packet {
    refusal(namespace, "Invalid namespace")
}

fn refusal(namespace: Namespace, message: &str) -> Packet {
    Packet::ConnectError { namespace, error: json!({"message": message}) }
}

/// The token that it brings, or else what HTTP tells.
fn token<'a>(auth: &'a Auth, headers: &'a HeaderMap, query: &'a str) -> Option<&'a str> {
    let brought = auth.get("token").and_then(Value::as_str).filter(|token| !token.is_empty());
    brought.or_else(|| credentials::token_of_upgrade(headers, query))
}

/// What the client calls itself; a name that can't be one is none.
fn name(auth: &Auth) -> &str {
    let name = auth.get("name").and_then(Value::as_str).unwrap_or_default();
    let is_name = name.chars().count() <= NAME_CHARS_MAX && !name.contains(char::is_control);
    if is_name { name } else { "" }
}

/// None: there is no place.
fn welcome(
    auth: &Auth,
    who: Identity,
    visitor: Visitor,
    context: &Arc<Context>,
) -> Option<Welcome> {
    let is_back = auth.contains_key("pid");
    let was = before(auth, context);
    let id = match &was {
        Some((id, _)) => id.clone(),
        None => Uuid::new_v4().simple().to_string(),
    };
    let hub = &context.hub;
    let stay = context.here.enter(&id, || context.places.take(visitor))?;
    let packet = connected(&id);
    let screen = Screen::new(id, name(auth).to_owned(), hub.now());
    // Other than on `/ws`, nothing is heard until a room is joined.
    *screen.rooms.lock().unwrap_or_else(PoisonError::into_inner) = Some(BTreeSet::new());
    let place = Arc::clone(&stay.place);
    let mut session = Session::new(Arc::clone(context), who, place, screen, &hub.stats().socketio);
    let Some((_, was_at)) = was else {
        let offset = Offset::new(&BTreeSet::new());
        return Some(Welcome { session, stay, offset, skip: 0, is_back, packet });
    };
    // What can be proved now can be proved a moment later: the log only grows.
    session.resume(&was_at.after);
    let rooms = session.join(was_at.rooms).unwrap_or_default();
    let (offset, skip) = (Offset::new(&rooms), was_at.packets);
    Some(Welcome { session, stay, offset, skip, is_back, packet })
}

/// The session that the client had and where it was, if it can go on from there.
fn before(auth: &Auth, context: &Context) -> Option<(String, offset::Place)> {
    let text = |key: &str| auth.get(key).and_then(Value::as_str);
    let id = text("pid")?.strip_prefix(PRIVATE_PREFIX)?;
    let is_id = (1..=ID_CHARS_MAX).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let was_at = offset::parse(text("offset")?)?;
    let missed = context.hub.missed_after(Position::parse(&was_at.after)?)?;
    let rooms_are_known =
        was_at.rooms.len() <= ROOMS_MAX && was_at.rooms.iter().all(|room| is_room(room));
    (is_id && missed <= MISSED_EVENTS_MAX && rooms_are_known).then(|| (id.to_owned(), was_at))
}

/// A client that hears its own private id again knows that nothing is lost.
fn connected(id: &str) -> Packet {
    let private = format!("{PRIVATE_PREFIX}{id}");
    let auth = [("sid".to_owned(), id.into()), ("pid".to_owned(), private.into())];
    Packet::Connect { namespace: ROOT, auth: Some(Map::from_iter(auth)) }
}
