use bytes::Bytes;
use serde_json::Value;

use super::{Packet, PacketError};
use crate::Message;

/// Makes packets of a session's messages: gathers the attachments that a packet announces.
#[derive(Debug)]
pub struct Decoder {
    bytes_max: usize,
    /// The packet that waits for attachments. Boxed, as there seldom is one.
    incomplete: Option<Box<Incomplete>>,
}

#[derive(Debug)]
struct Incomplete {
    packet: Packet,
    missing: usize,
    /// That the attachments to come may have.
    bytes_left: usize,
}

impl Decoder {
    /// A packet and its attachments may have so many bytes together.
    pub fn new(bytes_max: usize) -> Self {
        Self { bytes_max, incomplete: None }
    }

    /// The packet that this message completes.
    pub fn add(&mut self, message: &Message) -> Result<Option<Packet>, PacketError> {
        match message {
            Message::Text(text) => self.add_text(text.as_str()),
            Message::Binary(bytes) => self.add_bytes(bytes),
        }
    }

    fn add_text(&mut self, text: &str) -> Result<Option<Packet>, PacketError> {
        if self.incomplete.is_some() {
            return Err(PacketError::MissingBytes);
        }
        let bytes_left = self.bytes_max.checked_sub(text.len()).ok_or(PacketError::TooBig)?;
        let (packet, missing) = Packet::parse(text)?;
        // A plain event may well say `_placeholder`; one with attachments means it.
        if matches!(text.as_bytes().first(), Some(b'5' | b'6')) {
            check_placeholders(packet.args(), missing)?;
        }
        if missing == 0 {
            return Ok(Some(packet));
        }
        self.incomplete = Some(Box::new(Incomplete { packet, missing, bytes_left }));
        Ok(None)
    }

    fn add_bytes(&mut self, bytes: &Bytes) -> Result<Option<Packet>, PacketError> {
        let mut incomplete = self.incomplete.take().ok_or(PacketError::UnexpectedBytes)?;
        let bytes_left = incomplete.bytes_left.checked_sub(bytes.len());
        incomplete.bytes_left = bytes_left.ok_or(PacketError::TooBig)?;
        if let Packet::Event { attachments, .. } | Packet::Ack { attachments, .. } =
            &mut incomplete.packet
        {
            attachments.push(bytes.clone());
        }
        incomplete.missing -= 1;
        if incomplete.missing == 0 {
            return Ok(Some(incomplete.packet));
        }
        self.incomplete = Some(incomplete);
        Ok(None)
    }
}

/// The recursion is as deep as the JSON, which the parser bounds.
fn check_placeholders(values: &[Value], attachments: usize) -> Result<(), PacketError> {
    values.iter().try_for_each(|value| check_placeholder(value, attachments))
}

fn check_placeholder(value: &Value, attachments: usize) -> Result<(), PacketError> {
    match value {
        Value::Array(values) => check_placeholders(values, attachments),
        Value::Object(object) if object.get("_placeholder") == Some(&Value::Bool(true)) => {
            match object.get("num").and_then(Value::as_u64) {
                Some(number) if number < attachments as u64 => Ok(()),
                _ => Err(PacketError::BadPlaceholder),
            }
        }
        Value::Object(object) => {
            object.values().try_for_each(|value| check_placeholder(value, attachments))
        }
        _ => Ok(()),
    }
}
