//! The frames of the dialect `kiosk.v1.json`.

use kiosk_hub::{ROOMS_MAX, is_room};
use kiosk_proto::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a client may use as the id of a frame.
const ID_CHARS_MAX: usize = 64;

/// What a client asks for.
#[derive(Debug, PartialEq)]
pub(crate) enum Ask {
    Subscribe(Vec<String>),
    Unsubscribe(Vec<String>),
    Resume { epoch: String, seq: u64 },
    Ack { seq: u64 },
    Ping,
}

/// Why a frame was not understood.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) id: Option<String>,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

#[derive(Deserialize)]
struct Frame {
    event: String,
    id: Option<String>,
    #[serde(default)]
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

/// Reads a frame: what it asks for, and the id that the answer must carry.
pub(crate) fn parse(text: &str) -> Result<(Option<String>, Ask), Problem> {
    let frame: Frame = serde_json::from_str(text)
        .map_err(|error| invalid(None, format!("not a frame: {error}")))?;
    let id = match frame.id {
        Some(id) if id.chars().count() > ID_CHARS_MAX => {
            return Err(invalid(None, format!("id has more than {ID_CHARS_MAX} characters")));
        }
        id => id,
    };
    let ask = match &*frame.event {
        "subscribe" => rooms(frame.data).map(Ask::Subscribe).map_err(|m| ("ROOM_JOIN_FAILED", m)),
        "unsubscribe" => {
            rooms(frame.data).map(Ask::Unsubscribe).map_err(|m| ("ROOM_LEAVE_FAILED", m))
        }
        "resume" => at(frame.data).map(|At { epoch, seq }| Ask::Resume { epoch, seq }),
        "ack" => at(frame.data).map(|At { seq, .. }| Ask::Ack { seq }),
        "ping" => Ok(Ask::Ping),
        other => {
            let shown: String = other.chars().take(32).collect();
            Err((VALIDATION_ERROR, format!("there is no event {shown:?} that a client sends")))
        }
    };
    match ask {
        Ok(ask) => Ok((id, ask)),
        Err((code, message)) => Err(Problem { id, code, message }),
    }
}

const VALIDATION_ERROR: &str = "VALIDATION_ERROR";

pub(crate) fn invalid(id: Option<String>, message: impl Into<String>) -> Problem {
    Problem { id, code: VALIDATION_ERROR, message: message.into() }
}

fn rooms(data: Value) -> Result<Vec<String>, String> {
    let Rooms { rooms } = serde_json::from_value(data).map_err(|error| error.to_string())?;
    if rooms.len() > ROOMS_MAX {
        return Err(format!("there can't be more than {ROOMS_MAX} rooms"));
    }
    match rooms.iter().find(|room| !is_room(room)) {
        Some(unknown) => {
            Err(format!("there is no room {:?}", unknown.chars().take(32).collect::<String>()))
        }
        None => Ok(rooms),
    }
}

fn at(data: Value) -> Result<At, (&'static str, String)> {
    serde_json::from_value(data).map_err(|error| (VALIDATION_ERROR, error.to_string()))
}

pub(crate) fn hello(
    session_id: &str,
    epoch: &str,
    seq: u64,
    role: &str,
    now: Timestamp,
    heartbeat_seconds: u64,
) -> String {
    frame(
        "hello",
        None,
        json!({
            "sessionId": session_id,
            "epoch": epoch,
            "seq": seq,
            "role": role,
            "serverTime": now,
            "heartbeatSeconds": heartbeat_seconds,
        }),
    )
}

pub(crate) fn resumed(recovered: bool, missed: u64) -> String {
    frame("resumed", None, json!({"recovered": recovered, "missed": missed}))
}

pub(crate) fn reply(id: &str, data: Value) -> String {
    frame("reply", Some(id), data)
}

pub(crate) fn error(problem: &Problem, now: Timestamp) -> String {
    let Problem { id, code, message } = problem;
    let data = json!({"code": code, "message": message, "timestamp": now, "details": {}});
    frame("error", id.as_deref(), data)
}

fn frame(event: &str, id: Option<&str>, data: Value) -> String {
    #[derive(Serialize)]
    struct Out<'a> {
        event: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        data: Value,
    }
    // Keys are text and values are JSON already: nothing here can fail.
    serde_json::to_string(&Out { event, id, data }).expect("a frame is always JSON")
}

#[cfg(test)]
mod tests {
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
    }

    #[test]
    fn what_is_wrong_with_a_frame_is_said_with_its_id() {
        let check = |text: &str, id: Option<&str>, code: &str, message: &str| {
            let problem = parse(text).unwrap_err();
            assert_eq!((problem.id.as_deref(), problem.code), (id, code), "{text}");
            assert!(problem.message.contains(message), "{}", problem.message);
        };
        check("", None, "VALIDATION_ERROR", "not a frame");
        check("[]", None, "VALIDATION_ERROR", "not a frame");
        check(r#"{"event":"nope","id":"a"}"#, Some("a"), "VALIDATION_ERROR", "nope");
        check(r#"{"event":"resume","id":"a"}"#, Some("a"), "VALIDATION_ERROR", "");
        check(r#"{"event":"ack","id":"a","data":{"seq":-1}}"#, Some("a"), "VALIDATION_ERROR", "-1");
        check(
            r#"{"event":"subscribe","id":"a","data":{"rooms":["cellar"]}}"#,
            Some("a"),
            "ROOM_JOIN_FAILED",
            "cellar",
        );
        check(
            r#"{"event":"unsubscribe","id":"a","data":{"rooms":"kitchen"}}"#,
            Some("a"),
            "ROOM_LEAVE_FAILED",
            "",
        );
    }
}
