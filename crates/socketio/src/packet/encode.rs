use serde::Serialize;
use serde_json::Value;

use super::{Packet, ROOT};
use crate::{Message, Text, message::MESSAGE};

/// An event without attachments, made once for all sockets that it goes to. `args` becomes a JSON
/// array, the name first: a tuple `("name", &data)` does.
pub fn event(
    namespace: &str,
    id: Option<u64>,
    args: &impl Serialize,
) -> Result<Text, serde_json::Error> {
    Ok(text('2', 0, namespace, id, &serde_json::to_string(args)?))
}

/// The answer to the event of that id. `args` becomes a JSON array.
pub fn ack(namespace: &str, id: u64, args: &impl Serialize) -> Result<Text, serde_json::Error> {
    Ok(text('3', 0, namespace, Some(id), &serde_json::to_string(args)?))
}

impl Packet {
    /// The messages that say this: the packet's text, then its attachments.
    pub fn encode(&self) -> Vec<Message> {
        let text = match self {
            Self::Connect { namespace, auth } => {
                let auth = auth.clone().map(|auth| Value::Object(auth).to_string());
                text('0', 0, namespace, None, &auth.unwrap_or_default())
            }
            Self::Disconnect { namespace } => text('1', 0, namespace, None, ""),
            Self::Event { namespace, id, args, attachments } => {
                let kind = if attachments.is_empty() { '2' } else { '5' };
                text(kind, attachments.len(), namespace, *id, &array(args))
            }
            Self::Ack { namespace, id, args, attachments } => {
                let kind = if attachments.is_empty() { '3' } else { '6' };
                text(kind, attachments.len(), namespace, Some(*id), &array(args))
            }
            Self::ConnectError { namespace, error } => {
                text('4', 0, namespace, None, &error.to_string())
            }
        };
        let attachments = self.attachments().iter().cloned().map(Message::Binary);
        std::iter::once(Message::Text(text)).chain(attachments).collect()
    }
}

fn array(args: &[Value]) -> String {
    let args: Vec<_> = args.iter().map(Value::to_string).collect();
    format!("[{}]", args.join(","))
}

fn text(kind: char, attachments: usize, namespace: &str, id: Option<u64>, payload: &str) -> Text {
    let mut frame = String::with_capacity(32 + namespace.len() + payload.len());
    frame.push(MESSAGE);
    frame.push(kind);
    if attachments > 0 {
        frame.push_str(&attachments.to_string());
        frame.push('-');
    }
    if namespace != ROOT {
        frame.push_str(namespace);
        frame.push(',');
    }
    if let Some(id) = id {
        frame.push_str(&id.to_string());
    }
    frame.push_str(payload);
    Text::from_frame(frame.into())
}
