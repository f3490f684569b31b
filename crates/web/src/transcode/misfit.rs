//! What to say of JSON that is not the message it should be: where, what was expected there, and
//! what is there.

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};
use tonic::Code;

use super::Problem;

/// How prost-reflect says that a name is not known.
const UNKNOWN: (&str, char) = ("unrecognized field name '", '\'');

/// So much of a value that was not expected is repeated.
const VALUE_CHARS_MAX: usize = 40;

/// The problem that the mapping had with the JSON at that path.
pub(super) fn misfit(kind: &MessageDescriptor, json: &Value, path: &Path, error: &str) -> Problem {
    let place = Place::find(kind, json, path);
    let unknown = error.strip_prefix(UNKNOWN.0).and_then(|rest| rest.strip_suffix(UNKNOWN.1));
    if let Some(name) = unknown {
        // It is a field of what the path leads to.
        let dot = if place.name.is_empty() { "" } else { "." };
        let name = format!("{}{dot}{name}", place.name);
        return Problem::invalid(&name, "there is no such field");
    }
    if place.name.is_empty() {
        return Problem::new(Code::InvalidArgument, error);
    }
    match place.expected() {
        Some(expected) => {
            let found: String = place.value.to_string().chars().take(VALUE_CHARS_MAX).collect();
            Problem::invalid(&place.name, format!("it must be {expected}, not {found}"))
        }
        None => Problem::invalid(&place.name, error),
    }
}

/// Where a path leads to.
struct Place<'a> {
    /// As the services' own refusals write it, `items[0].menu_id`, whichever of its two names a
    /// field was called by.
    name: String,
    field: Option<FieldDescriptor>,
    is_element: bool,
    value: &'a Value,
}

impl<'a> Place<'a> {
    fn find(kind: &MessageDescriptor, json: &'a Value, path: &Path) -> Self {
        let mut place = Self { name: String::new(), field: None, is_element: false, value: json };
        let mut kind = Some(kind.clone());
        for segment in path.iter() {
            match segment {
                Segment::Seq { index } => {
                    place.name.push_str(&format!("[{index}]"));
                    place.is_element = true;
                    place.value = place.value.get(*index).unwrap_or(&Value::Null);
                }
                Segment::Map { key } => {
                    let field = kind.as_ref().and_then(|kind| {
                        kind.get_field_by_json_name(key).or_else(|| kind.get_field_by_name(key))
                    });
                    if !place.name.is_empty() {
                        place.name.push('.');
                    }
                    place.name.push_str(field.as_ref().map_or(key, |field| field.name()));
                    place.value = place.value.get(key).unwrap_or(&Value::Null);
                    place.is_element = false;
                    kind = field.as_ref().and_then(|field| match field.kind() {
                        Kind::Message(inner) if !field.is_map() => Some(inner),
                        _ => None,
                    });
                    place.field = field;
                }
                Segment::Enum { .. } | Segment::Unknown => {}
            }
        }
        place
    }

    /// None: it is of the right kind, and what is wrong is something else.
    fn expected(&self) -> Option<String> {
        let field = self.field.as_ref()?;
        if field.is_list() && !self.is_element {
            return (!self.value.is_array()).then(|| "a list".into());
        }
        let expected = match field.kind() {
            Kind::Bool => "true or false",
            Kind::Double | Kind::Float => "a number",
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => "a 32-bit whole number",
            Kind::Uint32 | Kind::Fixed32 => "a 32-bit whole number from 0",
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => "a 64-bit whole number",
            Kind::Uint64 | Kind::Fixed64 => "a 64-bit whole number from 0",
            Kind::String => "a text",
            Kind::Bytes => "a text in base64",
            Kind::Enum(kind) => return Some(names(&kind)),
            Kind::Message(kind) => match kind.full_name() {
                "google.protobuf.Timestamp" => "a time as 2026-11-21T09:30:00Z",
                "google.protobuf.Duration" => "a duration as 1.5s",
                name if name.starts_with("google.protobuf.") || self.value.is_object() => {
                    return None;
                }
                _ => "an object",
            },
        };
        Some(expected.into())
    }
}

/// `one of RED, GREEN or BLUE`; what stands for nothing is not offered.
fn names(kind: &EnumDescriptor) -> String {
    let values: Vec<_> = kind.values().filter(|value| value.number() != 0).collect();
    let names: Vec<&str> = values.iter().map(|value| value.name()).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("one of {} or {last}", rest.join(", ")),
        _ => format!("one of {}", kind.name()),
    }
}
