//! Texts of a URL to fields of a message's JSON.

use percent_encoding::percent_decode_str;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value};
use tonic::Code;

use crate::transcode::Problem;

/// The way to a field: each but the last is a message that has the next.
pub(super) type FieldPath = Vec<FieldDescriptor>;

/// The field that a dotted name leads to, by either of its names. The error says what is wrong.
pub(super) fn field_path(message: &MessageDescriptor, name: &str) -> Result<FieldPath, String> {
    let mut path = FieldPath::new();
    let mut message = Some(message.clone());
    for part in name.split('.') {
        let Some(kind) = message else { return Err(format!("before {part} there is no message")) };
        let field = kind.get_field_by_name(part).or_else(|| kind.get_field_by_json_name(part));
        let Some(field) = field else { return Err(format!("{} has no field {part}", kind.name())) };
        message = match field.kind() {
            Kind::Message(inner) if !field.is_list() && !field.is_map() => Some(inner),
            _ => None,
        };
        path.push(field);
    }
    Ok(path)
}

/// Whether one text can be the whole value.
pub(super) fn is_one_word(field: &FieldDescriptor) -> bool {
    !field.is_list() && !field.is_map() && !matches!(field.kind(), Kind::Message(_))
}

/// `a=b&c=d`, decoded.
pub(super) fn pairs(query: &str) -> Result<Vec<(String, String)>, Problem> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decode(&name.replace('+', " "))?, decode(&text.replace('+', " "))?))
    });
    pairs.collect()
}

/// A part of the path. A body that says something else of the same field is refused.
pub(super) fn set_from_path(
    message: &mut Map<String, Value>,
    path: &FieldPath,
    text: &str,
) -> Result<(), Problem> {
    let text = decode(text)?;
    let name = dotted(path);
    let Some((field, parents)) = path.split_last() else { return Ok(()) };
    let fields = inner(message, parents, &name)?;
    for key in [field.name(), field.json_name()] {
        match fields.remove(key) {
            None | Some(Value::Null) => {}
            Some(Value::String(said)) if said == text => {}
            Some(Value::Number(said)) if said.to_string() == text => {}
            Some(said) => {
                let problem = format!("it is {text} in the path, but {said} in the body");
                return Err(Problem::invalid(&name, problem));
            }
        }
    }
    fields.insert(field.json_name().into(), value(&field.kind(), text));
    Ok(())
}

/// A query parameter; a repeated field may have several.
pub(super) fn set_from_query(
    message: &mut Map<String, Value>,
    kind: &MessageDescriptor,
    name: &str,
    text: &str,
) -> Result<(), Problem> {
    let unknown =
        |problem| Problem::invalid(name, format!("there is no such parameter: {problem}"));
    let path = field_path(kind, name).map_err(unknown)?;
    let Some((field, parents)) = path.split_last() else { return Ok(()) };
    let fields = inner(message, parents, name)?;
    let value = value(&field.kind(), text.to_owned());
    if field.is_list() {
        let list = fields.entry(field.json_name()).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(values) = list {
            values.push(value);
        }
        return Ok(());
    }
    match fields.insert(field.json_name().into(), value) {
        None => Ok(()),
        Some(_) => Err(Problem::invalid(name, "it was given already")),
    }
}

/// The object in which the last field of the way is; it is made where it is missing.
fn inner<'a>(
    message: &'a mut Map<String, Value>,
    parents: &[FieldDescriptor],
    name: &str,
) -> Result<&'a mut Map<String, Value>, Problem> {
    let mut fields = message;
    for parent in parents {
        let empty = || Value::Object(Map::new());
        match fields.entry(parent.json_name()).or_insert_with(empty) {
            Value::Object(inner) => fields = inner,
            _ => return Err(Problem::invalid(name, "the body has no object there")),
        }
    }
    Ok(fields)
}

fn decode(text: &str) -> Result<String, Problem> {
    percent_decode_str(text)
        .decode_utf8()
        .map(Into::into)
        .map_err(|_| Problem::new(Code::InvalidArgument, format!("{text} in the URL is not UTF-8")))
}

/// Numbers and names stay texts: the JSON mapping takes them so, and says what is wrong with them.
fn value(kind: &Kind, text: String) -> Value {
    match kind {
        Kind::Bool if text == "true" => Value::Bool(true),
        Kind::Bool if text == "false" => Value::Bool(false),
        Kind::Enum(_) => text.parse::<i32>().map_or(Value::String(text), Value::from),
        _ => Value::String(text),
    }
}

fn dotted(path: &FieldPath) -> String {
    path.iter().map(FieldDescriptor::name).collect::<Vec<_>>().join(".")
}
