//! Compiles `proto/` without `protoc`, and writes what the descriptors say about the event's oneof
//! as Rust, so that no list of events is kept by hand.

use std::{env, fmt::Write as _, fs, path::PathBuf};

use prost_reflect::{DescriptorPool, FieldDescriptor, Kind};

#[path = "build/secrets.rs"]
mod secrets;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files: Vec<PathBuf> = fs::read_dir(root.join("kiosk/v1"))?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<std::io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|e| e == "proto"));
    files.sort();

    let mut compiler = protox::Compiler::new([&root])?;
    compiler.include_source_info(true).include_imports(true).open_files(&files)?;
    let encoded = compiler.encode_file_descriptor_set();
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), &encoded)?;

    let pool = DescriptorPool::decode(&*encoded)?;
    let secrets = secrets::Secrets::read(&pool)?;

    tonic_prost_build::configure()
        .skip_debug(secrets.holders())
        // Twice as large as any other event, and there are thousands of those in memory.
        .boxed(".kiosk.v1.Event.payload.day_closed")
        .extern_path(".google.protobuf.Timestamp", "crate::Timestamp")
        .emit_rerun_if_changed(false)
        .compile_fds(compiler.file_descriptor_set())?;
    pbjson_build::Builder::new()
        .register_descriptors(&encoded)?
        .extern_path(".google.protobuf.Timestamp", "crate::Timestamp")
        .emit_fields()
        .build(&[".kiosk.v1"])?;
    fs::write(out.join("payload.rs"), payload_impls(&pool)?)?;
    fs::write(out.join("secrets.rs"), secrets.impls()?)?;
    Ok(())
}

/// `impl event::Payload`: the variant's field number, its text fields by JSON name, and its JSON.
fn payload_impls(pool: &DescriptorPool) -> Result<String> {
    let event = pool.get_message_by_name("kiosk.v1.Event").ok_or("kiosk.v1.Event is missing")?;
    let payload = event.oneofs().next().ok_or("Event has no payload")?;
    let (mut numbers, mut texts, mut json) = (String::new(), String::new(), String::new());
    for field in payload.fields() {
        let variant = camel(field.name());
        writeln!(numbers, "Self::{variant}(_) => {},", field.number())?;
        writeln!(json, "Self::{variant}(m) => m.serialize(serializer),")?;
        let Kind::Message(message) = field.kind() else {
            return Err("a payload is a message".into());
        };
        let is_text = |f: &FieldDescriptor| {
            f.kind() == Kind::String && !f.is_list() && !f.supports_presence()
        };
        for text in message.fields().filter(is_text) {
            writeln!(
                texts,
                "(Self::{variant}(m), {:?}) => Some(&m.{}),",
                text.json_name(),
                text.name()
            )?;
        }
    }
    Ok(format!(
        "impl event::Payload {{
            /// The number of the event's field in `Event`.
            pub fn number(&self) -> u32 {{ match self {{ {numbers} }} }}
            /// The event's text field of that JSON name.
            pub fn text(&self, json_name: &str) -> Option<&str> {{
                match (self, json_name) {{ {texts} _ => None }}
            }}
        }}
        impl serde::Serialize for event::Payload {{
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {{
                match self {{ {json} }}
            }}
        }}"
    ))
}

fn camel(snake: &str) -> String {
    snake.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}
