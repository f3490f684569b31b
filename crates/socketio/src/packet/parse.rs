use serde_json::{Map, Value};

use super::{
    ATTACHMENTS_MAX, NAMESPACE_BYTES_MAX, Namespace, Packet, PacketError, RESERVED_EVENTS, ROOT,
};

impl Packet {
    /// A packet from its text, and how many attachments are to follow.
    ///
    /// `<type>[<attachments>-][<namespace>,][<id>][<JSON>]`
    pub fn parse(text: &str) -> Result<(Self, usize), PacketError> {
        let kind = text.chars().next().ok_or(PacketError::Empty)?;
        let rest = &text[kind.len_utf8()..];
        let (attachments, rest) = match kind {
            '5' | '6' => attachments(rest)?,
            _ => (0, rest),
        };
        let (namespace, rest) = namespace(rest)?;
        let (id, payload) = id(rest)?;
        if id.is_some() && matches!(kind, '0' | '1' | '4') {
            return Err(PacketError::UnexpectedId);
        }
        let packet = match kind {
            '0' => Self::Connect { namespace, auth: auth(payload)? },
            '1' if payload.is_empty() => Self::Disconnect { namespace },
            '1' => return Err(PacketError::WrongPayload),
            '2' | '5' => {
                let args = array(payload)?;
                check_name(&args)?;
                Self::Event { namespace, id, args, attachments: Vec::new() }
            }
            '3' | '6' => {
                let id = id.ok_or(PacketError::MissingId)?;
                Self::Ack { namespace, id, args: array(payload)?, attachments: Vec::new() }
            }
            '4' => Self::ConnectError { namespace, error: error(payload)? },
            _ => return Err(PacketError::UnknownType),
        };
        Ok((packet, attachments))
    }
}

fn attachments(text: &str) -> Result<(usize, &str), PacketError> {
    let (count, rest) = text.split_once('-').ok_or(PacketError::AttachmentCount)?;
    if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PacketError::AttachmentCount);
    }
    match count.parse() {
        Ok(count) if count <= ATTACHMENTS_MAX => Ok((count, rest)),
        _ => Err(PacketError::TooManyAttachments),
    }
}

/// Ends with a comma, or with the packet.
fn namespace(text: &str) -> Result<(Namespace, &str), PacketError> {
    if !text.starts_with('/') {
        return Ok((ROOT, text));
    }
    let (name, rest) = text.split_once(',').unwrap_or((text, ""));
    if name.len() > NAMESPACE_BYTES_MAX {
        return Err(PacketError::LongNamespace);
    }
    Ok((if name == ROOT { ROOT } else { name.to_owned().into() }, rest))
}

fn id(text: &str) -> Result<(Option<u64>, &str), PacketError> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() {
        return Ok((None, rest));
    }
    Ok((Some(digits.parse().map_err(|_| PacketError::BigId)?), rest))
}

fn auth(payload: &str) -> Result<Option<Map<String, Value>>, PacketError> {
    if payload.is_empty() {
        return Ok(None);
    }
    match json(payload)? {
        Value::Object(auth) => Ok(Some(auth)),
        _ => Err(PacketError::WrongPayload),
    }
}

fn error(payload: &str) -> Result<Value, PacketError> {
    match json(payload)? {
        error @ (Value::Object(_) | Value::String(_)) => Ok(error),
        _ => Err(PacketError::WrongPayload),
    }
}

fn array(payload: &str) -> Result<Vec<Value>, PacketError> {
    match json(payload)? {
        Value::Array(args) => Ok(args),
        _ => Err(PacketError::NotAnArray),
    }
}

fn check_name(args: &[Value]) -> Result<(), PacketError> {
    match args.first() {
        None => Err(PacketError::NoName),
        Some(Value::String(name)) if RESERVED_EVENTS.contains(&&**name) => {
            Err(PacketError::ReservedName)
        }
        Some(Value::String(_) | Value::Number(_)) => Ok(()),
        Some(_) => Err(PacketError::BadName),
    }
}

fn json(payload: &str) -> Result<Value, PacketError> {
    serde_json::from_str(payload).map_err(|error| {
        // serde_json stops at a depth of 128, and tells it by its message only.
        let deep = error.to_string().starts_with("recursion limit");
        if deep { PacketError::TooDeep } else { PacketError::BadJson }
    })
}
