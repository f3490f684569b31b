//! What a client says: rooms, subscriptions, calls. The names are those of the older systems.

use kiosk_proto::code_name;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tonic::Code;

use super::{Client, offset::Offset};
use crate::{
    native::frame::{self, Ask},
    session::{End, Refused},
    transcode::Problem,
};

/// What was done, as the client is told: an event, perhaps, and what its callback gets.
struct Done {
    event: Option<(&'static str, Value)>,
    answer: Value,
    /// Callbacks of endpoint subscriptions get `null`, or the error.
    plain: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Room {
    room_type: String,
    order_id: Option<String>,
}

#[derive(Deserialize)]
struct Rooms {
    rooms: Vec<Room>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Endpoint {
    endpoint_id: String,
}

#[derive(Serialize)]
struct Error<'a> {
    message: &'a str,
    code: &'a str,
    timestamp: kiosk_proto::Timestamp,
}

/// What a callback gets when all went well.
#[derive(Serialize)]
pub(super) struct Success<D> {
    success: bool,
    data: D,
}

impl<D> Success<D> {
    pub(super) fn of(data: D) -> Self {
        Self { success: true, data }
    }
}

/// What it gets when not.
#[derive(Serialize)]
pub(super) struct Failure<E> {
    success: bool,
    error: E,
}

impl<E> Failure<E> {
    pub(super) fn of(error: E) -> Self {
        Self { success: false, error }
    }
}

impl Room {
    fn name(&self, code: &'static str) -> Result<String, Refused> {
        match (&*self.room_type, &self.order_id) {
            ("kitchen", _) => Ok("kitchen".into()),
            ("order", Some(order_id)) if !order_id.is_empty() => Ok(format!("order_{order_id}")),
            ("order", _) => Err(Refused(code, "roomType order needs an orderId".into())),
            _ => Err(Refused(code, "roomType is \"kitchen\" or \"order\"".into())),
        }
    }
}

impl Client {
    /// Does what the client asks for, tells it by an event, and calls its callback.
    pub(super) async fn handle(&mut self, id: Option<u64>, args: Vec<Value>) -> Result<(), End> {
        let mut args = args.into_iter();
        let name = args.next().unwrap_or_default();
        let name = name.as_str().unwrap_or_default();
        let data = args.next().unwrap_or_default();
        if name == "call" {
            return self.call(id, data).await;
        }
        let is_plain = name.starts_with("subscribe:") || name.starts_with("unsubscribe:");
        match self.act(name, data) {
            Ok(done) => {
                if let Some((event, data)) = done.event {
                    self.emit(event, &data).await?;
                }
                if done.plain {
                    self.ack(id, &Value::Null).await
                } else {
                    self.ack(id, &Success::of(done.answer)).await
                }
            }
            Err(Refused(code, message)) => {
                let timestamp = self.session.context.hub.now();
                let error = Error { message: &message, code, timestamp };
                match id {
                    Some(_) if is_plain => self.ack(id, &error).await,
                    Some(_) => self.ack(id, &Failure::of(&error)).await,
                    None => self.emit("error", &json!(error)).await,
                }
            }
        }
    }

    fn act(&mut self, name: &str, data: Value) -> Result<Done, Refused> {
        let now = self.session.context.hub.now();
        match name {
            "join_kitchen" => {
                let room: Room = read(data, "ROOM_JOIN_FAILED")?;
                self.join(vec![room.name("ROOM_JOIN_FAILED")?])?;
                let message = format!("joined the room {}", room.room_type);
                // Clients listen for the capital J, and for the kitchen alone.
                let (event, told) = match &room.order_id {
                    Some(order_id) if room.room_type == "order" => (
                        "join_room_success",
                        json!({"roomType": "order", "orderId": order_id, "message": message}),
                    ),
                    _ => (
                        "Join_room_success",
                        json!({"roomType": room.room_type, "message": message}),
                    ),
                };
                Ok(Done::telling(event, told))
            }
            "leave_room" => {
                let room: Room = read(data, "ROOM_LEAVE_FAILED")?;
                self.leave(&[room.name("ROOM_LEAVE_FAILED")?])?;
                let message = format!("left the room {}", room.room_type);
                let mut told = json!({"roomType": room.room_type, "message": message});
                if let Some(order_id) = room.order_id {
                    told["orderId"] = order_id.into();
                }
                Ok(Done::telling("leave_room_success", told))
            }
            "restore_rooms" => {
                let Rooms { rooms } = read(data, "ROOM_JOIN_FAILED")?;
                let names = rooms.iter().map(|room| room.name("ROOM_JOIN_FAILED"));
                let names = names.collect::<Result<Vec<_>, _>>()?;
                let count = names.len();
                self.join(names)?;
                let message = format!("{count} rooms restored");
                let told = json!({"message": message, "restoredCount": count, "timestamp": now});
                Ok(Done::telling("restore_rooms_success", told))
            }
            "heartbeat_ack" => Ok(Done::answering(Value::Null)),
            "subscribe:all" => self.join(vec!["all".into()]).map(Done::plain),
            "subscribe:endpoint" => self.join(vec![endpoint(data)?]).map(Done::plain),
            "unsubscribe:endpoint" => self.leave(&[endpoint(data)?]).map(Done::plain),
            _ => self.act_as_on_ws(name, data),
        }
    }

    /// What clients of `/ws` say, Socket.IO clients may say too.
    fn act_as_on_ws(&mut self, name: &str, data: Value) -> Result<Done, Refused> {
        match frame::ask(name, data, None)? {
            Ask::Subscribe(rooms) => self.join(rooms).map(Done::answering),
            Ask::Unsubscribe(rooms) => self.leave(&rooms).map(Done::answering),
            Ask::Ack { seq } => {
                self.session.shown(seq).map(|()| Done::answering(json!({"seq": seq})))
            }
            Ask::Ping => Ok(Done::answering(json!({"serverTime": self.session.context.hub.now()}))),
            Ask::Resume { .. }
            | Ask::Received { .. }
            | Ask::Call { .. }
            | Ask::Cancel { .. }
            | Ask::Authenticate { .. } => {
                let message = format!("{name} is not for Socket.IO");
                Err(Refused("VALIDATION_ERROR", message))
            }
        }
    }

    fn join(&mut self, rooms: Vec<String>) -> Result<Value, Refused> {
        let rooms = self.session.join(rooms)?;
        self.offset = Offset::new(&rooms);
        Ok(json!({"rooms": rooms}))
    }

    fn leave(&mut self, rooms: &[String]) -> Result<Value, Refused> {
        let rooms = self.session.leave(rooms)?;
        self.offset = Offset::new(&rooms);
        Ok(json!({"rooms": rooms}))
    }

    /// A gRPC method; the callback gets its answer.
    async fn call(&mut self, id: Option<u64>, data: Value) -> Result<(), End> {
        match self.begin_call(id, data) {
            Ok(()) => Ok(()),
            Err(problem) if id.is_some() => self.ack(id, &Failure::of(&problem)).await,
            Err(problem) => {
                let timestamp = self.session.context.hub.now();
                let (code, message) = (code_name(problem.code), &*problem.message);
                self.emit("error", &json!(Error { message, code, timestamp })).await
            }
        }
    }

    fn begin_call(&mut self, id: Option<u64>, data: Value) -> Result<(), Problem> {
        let invalid = |message: String| Problem::new(Code::InvalidArgument, message);
        let id = id.ok_or_else(|| invalid("a call needs a callback".into()))?;
        let call = frame::ask("call", data, Some("")).map_err(|Refused(_, why)| invalid(why))?;
        let Ask::Call { method, message, deadline_ms } = call else { return Ok(()) };
        let transcoder = &self.session.context.transcoder;
        if transcoder.method(&method).is_some_and(|method| method.is_server_streaming()) {
            let message = format!("{method} has many answers, and a callback takes one: use /ws");
            return Err(Problem::new(Code::Unimplemented, message));
        }
        let deadline = deadline_ms.map(std::time::Duration::from_millis);
        self.session.call(&id.to_string(), (method, message), deadline)
    }
}

impl Done {
    fn telling(event: &'static str, data: Value) -> Self {
        Self { event: Some((event, data.clone())), answer: data, plain: false }
    }

    fn answering(answer: Value) -> Self {
        Self { event: None, answer, plain: false }
    }

    fn plain(_: Value) -> Self {
        Self { event: None, answer: Value::Null, plain: true }
    }
}

fn endpoint(data: Value) -> Result<String, Refused> {
    let Endpoint { endpoint_id } = read(data, "VALIDATION_ERROR")?;
    Ok(format!("endpoint:{endpoint_id}"))
}

fn read<'de, T: Deserialize<'de>>(data: Value, code: &'static str) -> Result<T, Refused> {
    T::deserialize(data).map_err(|error| Refused(code, error.to_string()))
}
