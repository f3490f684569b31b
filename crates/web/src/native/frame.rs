//! What a client says on `/ws`, whatever dialect it says it in.

use serde::Deserialize;
use serde_json::Value;

use crate::session::{Refused, shorten};

/// What a client may use as the id of a frame.
const ID_CHARS_MAX: usize = 64;

const VALIDATION_ERROR: &str = "VALIDATION_ERROR";

/// What a client asks for. Not to be logged: it may have a token.
#[derive(PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) enum Ask {
    Subscribe(Vec<String>),
    Unsubscribe(Vec<String>),
    Resume {
        epoch: String,
        seq: u64,
    },
    /// It has shown everything up to that event.
    Ack {
        seq: u64,
    },
    /// It has received that message: in `kiosk.v1.message` alone.
    Received {
        id: String,
    },
    Call {
        method: String,
        message: Value,
        deadline_ms: Option<u64>,
    },
    Cancel {
        id: String,
    },
    /// Who it is: as its first frame.
    Authenticate {
        token: String,
    },
    Ping,
}

/// A frame that was not understood, and the id that the answer must carry.
#[derive(Debug)]
pub(crate) struct Unread {
    pub(crate) id: Option<String>,
    pub(crate) why: Refused,
}

/// A frame as every dialect has it: `type` and `payload` are the words of `kiosk.v1.message`.
#[derive(Deserialize)]
struct Frame {
    #[serde(alias = "type")]
    event: String,
    id: Option<String>,
    #[serde(default, alias = "payload")]
    data: Value,
}

#[derive(Deserialize)]
struct Rooms {
    rooms: Vec<String>,
}

#[derive(Deserialize)]
struct At {
    #[serde(default)]
    epoch: String,
    seq: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallData {
    method: String,
    #[serde(default = "nothing")]
    message: Value,
    deadline_ms: Option<u64>,
}

/// A message with all its fields left out.
fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

/// Reads a frame: what it asks for, and the id that the answer must carry.
pub(crate) fn parse(text: &str) -> Result<(Option<String>, Ask), Unread> {
    let frame: Frame = serde_json::from_str(text)
        .map_err(|error| Unread { id: None, why: invalid(format!("not a frame: {error}")) })?;
    let id = match frame.id {
        Some(id) if id.chars().count() > ID_CHARS_MAX => {
            let why = invalid(format!("id has more than {ID_CHARS_MAX} characters"));
            return Err(Unread { id: None, why });
        }
        id => id,
    };
    match ask(&frame.event, frame.data, id.as_deref()) {
        Ok(ask) => Ok((id, ask)),
        Err(why) => Err(Unread { id, why }),
    }
}

/// What an event of that name asks for. A call needs the id of its frame.
pub(crate) fn ask(event: &str, data: Value, id: Option<&str>) -> Result<Ask, Refused> {
    match event {
        "subscribe" => match read(data) {
            Ok(Rooms { rooms }) => Ok(Ask::Subscribe(rooms)),
            Err(Refused(_, why)) => Err(Refused("ROOM_JOIN_FAILED", why)),
        },
        "unsubscribe" => match read(data) {
            Ok(Rooms { rooms }) => Ok(Ask::Unsubscribe(rooms)),
            Err(Refused(_, why)) => Err(Refused("ROOM_LEAVE_FAILED", why)),
        },
        "resume" => read(data).map(|At { epoch, seq }| Ask::Resume { epoch, seq }),
        "ack" => read(data).map(|At { seq, .. }| Ask::Ack { seq }),
        // Some clients say which message in the payload, some in the frame.
        "system:ack" => match (read(data), id) {
            (Ok(Id { id }), _) => Ok(Ask::Received { id }),
            (Err(_), Some(id)) => Ok(Ask::Received { id: id.into() }),
            (Err(why), None) => Err(why),
        },
        "call" if id.is_none() => Err(invalid("a call needs an id".into())),
        "call" => read(data).map(|CallData { method, message, deadline_ms }| Ask::Call {
            method,
            message,
            deadline_ms,
        }),
        "cancel" => read(data).map(|Id { id }| Ask::Cancel { id }),
        "authenticate" => read(data).map(|Token { token }| Ask::Authenticate { token }),
        "ping" => Ok(Ask::Ping),
        other => {
            Err(invalid(format!("there is no event {:?} that a client sends", shorten(other))))
        }
    }
}

fn read<'de, T: Deserialize<'de>>(data: Value) -> Result<T, Refused> {
    T::deserialize(data).map_err(|error| invalid(error.to_string()))
}

fn invalid(message: String) -> Refused {
    Refused(VALIDATION_ERROR, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn frames_are_read_as_the_contract_says() {
        let check = |text: &str, ask: Ask| assert_eq!(parse(text).unwrap().1, ask, "{text}");
        check(
            r#"{"event":"subscribe","id":"1","data":{"rooms":["kitchen","order_ORD-1-abc"]}}"#,
            Ask::Subscribe(vec!["kitchen".into(), "order_ORD-1-abc".into()]),
        );
        check(
            r#"{"event":"resume","data":{"epoch":"5f0c2a9be3d14477","seq":7}}"#,
            Ask::Resume { epoch: "5f0c2a9be3d14477".into(), seq: 7 },
        );
        check(r#"{"event":"ack","data":{"seq":7}}"#, Ask::Ack { seq: 7 });
        check(r#"{"event":"ping"}"#, Ask::Ping);
        let method = "kiosk.v1.OrderService/PlaceOrder".to_owned();
        check(
            r#"{"event":"call","id":"c","data":{"method":"kiosk.v1.OrderService/PlaceOrder","message":{"a":1},"deadlineMs":5}}"#,
            Ask::Call { method, message: json!({"a": 1}), deadline_ms: Some(5) },
        );
        check(r#"{"event":"cancel","data":{"id":"c"}}"#, Ask::Cancel { id: "c".into() });
        check(
            r#"{"type":"system:ack","timestamp":"x","payload":{"id":"e:7"}}"#,
            Ask::Received { id: "e:7".into() },
        );
        check(r#"{"type":"system:ack","id":"e:7"}"#, Ask::Received { id: "e:7".into() });
    }

    #[test]
    fn what_is_wrong_with_a_frame_is_said_with_its_id() {
        let check = |text: &str, id: Option<&str>, code: &str, message: &str| {
            let Unread { id: for_id, why: Refused(why, said) } = parse(text).unwrap_err();
            assert_eq!((for_id.as_deref(), why), (id, code), "{text}");
            assert!(said.contains(message), "{said}");
        };
        check("", None, "VALIDATION_ERROR", "not a frame");
        check("[]", None, "VALIDATION_ERROR", "not a frame");
        check(r#"{"event":"nope","id":"a"}"#, Some("a"), "VALIDATION_ERROR", "nope");
        check(r#"{"event":"resume","id":"a"}"#, Some("a"), "VALIDATION_ERROR", "");
        check(r#"{"event":"ack","id":"a","data":{"seq":-1}}"#, Some("a"), "VALIDATION_ERROR", "-1");
        check(r#"{"event":"call","data":{"method":"x"}}"#, None, "VALIDATION_ERROR", "an id");
        check(r#"{"event":"call","id":"a","data":{}}"#, Some("a"), "VALIDATION_ERROR", "method");
        check(r#"{"event":"cancel","id":"a"}"#, Some("a"), "VALIDATION_ERROR", "");
        check(r#"{"type":"system:ack"}"#, None, "VALIDATION_ERROR", "");
        check(
            r#"{"event":"unsubscribe","id":"a","data":{"rooms":"kitchen"}}"#,
            Some("a"),
            "ROOM_LEAVE_FAILED",
            "",
        );
    }
}
