//! JSON and messages: the canonical proto3 mapping, with default values written out.

use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage as _, SerializeOptions};
use serde::{Serialize, Serializer};
use serde_json::{Value, value::to_raw_value};
use serde_path_to_error::Track;
use tonic::Code;

use super::{Answer, Problem, misfit::misfit};

/// JSON text; what is wrong with it is said with its line and column.
pub(crate) fn parse(text: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(text)
        .map_err(|error| Problem::new(Code::InvalidArgument, format!("this is no JSON: {error}")))
}

/// The message that the JSON stands for; what is wrong is said with the field's name.
pub(crate) fn message_of(kind: MessageDescriptor, json: &Value) -> Result<DynamicMessage, Problem> {
    if !json.is_object() {
        let message = format!("a {} is a JSON object", kind.name());
        return Err(Problem::new(Code::InvalidArgument, message));
    }
    let mut track = Track::new();
    let followed = serde_path_to_error::Deserializer::new(json, &mut track);
    DynamicMessage::deserialize(kind.clone(), followed)
        .map_err(|error| misfit(&kind, json, &track.path(), &error.to_string()))
}

pub(crate) fn text_of(message: &DynamicMessage) -> Result<Answer, Problem> {
    to_raw_value(&Canonical(message)).map_err(|error| {
        tracing::error!(%error, kind = message.descriptor().full_name(), "an answer has no JSON");
        Problem::new(Code::Internal, "the answer has no JSON; the box's log says why")
    })
}

struct Canonical<'a>(&'a DynamicMessage);

impl Serialize for Canonical<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const OPTIONS: SerializeOptions = SerializeOptions::new().skip_default_fields(false);
        self.0.serialize_with_options(serializer, &OPTIONS)
    }
}
