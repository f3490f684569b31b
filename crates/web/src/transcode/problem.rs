use std::sync::LazyLock;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use kiosk_proto::code_name;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use serde_json::{Map, Value};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _, pb};

/// The `domain` of `google.rpc.ErrorInfo`.
const DOMAIN: &str = "kiosk.v1";

/// Why a call was refused: what gRPC says with `google.rpc.Status`. Its JSON is `code` as a word,
/// `message` for people, and `details` for programs, each an `Any` with its `@type`.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) details: Vec<Detail>,
}

/// One message of a kind that its `@type` names.
#[derive(Debug, Clone)]
pub(crate) struct Detail {
    /// `type.googleapis.com/google.rpc.BadRequest`.
    pub(crate) type_url: String,
    /// Its encoding.
    pub(crate) value: Vec<u8>,
    /// Its fields; none when the box does not know the type.
    pub(crate) fields: Option<Map<String, Value>>,
}

impl Problem {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new() }
    }

    /// A field is not as it must be: said as the services say it.
    pub(crate) fn invalid(field: &str, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        let message = format!("{field}: {problem}");
        let mut details = ErrorDetails::with_error_info("INVALID", DOMAIN, []);
        details.add_bad_request_violation(field, problem);
        let status = Status::with_error_details(Code::InvalidArgument, message, details);
        Self::of(&status, &DETAILS)
    }

    /// What a service answered. Details of the contract's own types are known too.
    pub(super) fn of(status: &Status, contract: &DescriptorPool) -> Self {
        // A service of this process wrote it; what can't be read is left out.
        let details = pb::Status::decode(status.details()).unwrap_or_default().details;
        let details = details.into_iter().map(|any| {
            let name = any.type_url.rsplit('/').next().unwrap_or("");
            let kind =
                DETAILS.get_message_by_name(name).or_else(|| contract.get_message_by_name(name));
            let message = kind.and_then(|kind| DynamicMessage::decode(kind, &*any.value).ok());
            let fields = message.and_then(|message| serde_json::to_value(message).ok());
            let fields = fields.and_then(|json| match json {
                Value::Object(fields) => Some(fields),
                _ => None,
            });
            Detail { type_url: any.type_url, value: any.value, fields }
        });
        Self { code: status.code(), message: status.message().into(), details: details.collect() }
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Problem", 3)?;
        object.serialize_field("code", code_name(self.code))?;
        object.serialize_field("message", &self.message)?;
        object.serialize_field("details", &self.details)?;
        object.end()
    }
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = || ("value".to_owned(), BASE64_STANDARD.encode(&self.value).into());
        let mut fields = self.fields.clone().unwrap_or_else(|| Map::from_iter([value()]));
        fields.insert("@type".into(), self.type_url.clone().into());
        fields.serialize(serializer)
    }
}

/// The messages of `google.rpc`.
static DETAILS: LazyLock<DescriptorPool> = LazyLock::new(|| {
    // They come with tonic-types, and every test of a detail reads them.
    DescriptorPool::decode(pb::FILE_DESCRIPTOR_SET).expect("tonic-types' descriptors are whole")
});
