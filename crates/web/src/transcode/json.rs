//! JSON and messages: the canonical proto3 mapping, with default values written out.

use prost_reflect::{DynamicMessage, Kind, MessageDescriptor, SerializeOptions};
use serde::{Serialize, Serializer};
use serde_json::{Value, value::to_raw_value};
use serde_path_to_error::{Path, Segment, Track};
use tonic::Code;

use super::{Answer, Problem};

/// How prost-reflect begins to say that a field is not known.
const UNKNOWN: &str = "unrecognized field name '";

/// JSON text; what is wrong with it is said with its line and column.
pub(crate) fn parse(text: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(text)
        .map_err(|error| Problem::new(Code::InvalidArgument, format!("this is no JSON: {error}")))
}

/// The message that the JSON stands for; what is wrong is said with the field's name.
pub(super) fn message_of(kind: MessageDescriptor, json: &Value) -> Result<DynamicMessage, Problem> {
    if !json.is_object() {
        let message = format!("a {} is a JSON object", kind.name());
        return Err(Problem::new(Code::InvalidArgument, message));
    }
    let mut track = Track::new();
    let followed = serde_path_to_error::Deserializer::new(json, &mut track);
    DynamicMessage::deserialize(kind.clone(), followed).map_err(|error| {
        let mut field = field_name(&kind, &track.path());
        let mut problem = error.to_string();
        // The unknown name is a field of what the path leads to.
        if let Some(name) = problem.strip_prefix(UNKNOWN).and_then(|rest| rest.strip_suffix('\'')) {
            let dot = if field.is_empty() { "" } else { "." };
            field = format!("{field}{dot}{name}");
            problem = "there is no such field".into();
        }
        if field.is_empty() {
            return Problem::new(Code::InvalidArgument, problem);
        }
        Problem::invalid(&field, problem)
    })
}

pub(super) fn text_of(message: &DynamicMessage) -> Result<Answer, Problem> {
    to_raw_value(&Canonical(message)).map_err(|error| {
        tracing::error!(%error, kind = message_name(message), "an answer has no JSON");
        Problem::new(Code::Internal, "the answer has no JSON; the box's log says why")
    })
}

fn message_name(message: &DynamicMessage) -> String {
    use prost_reflect::ReflectMessage as _;
    message.descriptor().full_name().to_owned()
}

struct Canonical<'a>(&'a DynamicMessage);

impl Serialize for Canonical<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const OPTIONS: SerializeOptions = SerializeOptions::new().skip_default_fields(false);
        self.0.serialize_with_options(serializer, &OPTIONS)
    }
}

/// The path as the services' own refusals write it, `items[0].menu_id`, whichever of its two names
/// a field was called by.
fn field_name(kind: &MessageDescriptor, path: &Path) -> String {
    let mut kind = Some(kind.clone());
    let mut name = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => name.push_str(&format!("[{index}]")),
            Segment::Map { key } => {
                let field = kind.as_ref().and_then(|kind| {
                    kind.get_field_by_json_name(key).or_else(|| kind.get_field_by_name(key))
                });
                if !name.is_empty() {
                    name.push('.');
                }
                name.push_str(field.as_ref().map_or(key, |field| field.name()));
                kind = field.and_then(|field| match field.kind() {
                    Kind::Message(inner) if !field.is_map() => Some(inner),
                    _ => None,
                });
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    name
}
