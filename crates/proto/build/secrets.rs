//! Writes what keeps `secret` fields in the box: who clears them, and a `Debug` without them.

use std::{collections::BTreeSet, fmt::Write as _};

use prost_reflect::{
    DescriptorPool, ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor,
};

use crate::{Result, camel};

pub(crate) struct Secrets {
    messages: Vec<MessageDescriptor>,
    option: ExtensionDescriptor,
    /// Full names of the messages that hold a secret, be it in another message.
    tainted: BTreeSet<String>,
}

impl Secrets {
    pub(crate) fn read(pool: &DescriptorPool) -> Result<Self> {
        let option = pool.get_extension_by_name("kiosk.v1.secret").ok_or("no option `secret`")?;
        let of_package = |message: &MessageDescriptor| message.package_name() == "kiosk.v1";
        let messages = pool.all_messages().filter(of_package).collect();
        let mut secrets = Self { messages, option, tainted: BTreeSet::new() };
        loop {
            let known = secrets.tainted.len();
            for message in &secrets.messages {
                if message.fields().any(|field| secrets.is_tainted(&field)) {
                    secrets.tainted.insert(message.full_name().into());
                }
            }
            if secrets.tainted.len() == known {
                return Ok(secrets);
            }
        }
    }

    /// The messages that have a secret themselves: their `Debug` is written here.
    pub(crate) fn holders(&self) -> Vec<String> {
        let holds = |m: &&MessageDescriptor| m.fields().any(|field| self.is_secret(&field));
        self.messages.iter().filter(holds).map(|m| format!(".{}", m.full_name())).collect()
    }

    pub(crate) fn impls(&self) -> Result<String> {
        let mut code = String::new();
        for message in &self.messages {
            let (name, mut clear) = (message.name(), String::new());
            let plain = |field: &FieldDescriptor| oneof_of(field).is_none();
            for field in message.fields().filter(plain).filter(|field| self.is_tainted(field)) {
                clear += &self.clear(&field);
            }
            for oneof in message.oneofs().filter(|oneof| !is_optional(oneof)) {
                let path = format!("{}::{}", snake(name), camel(oneof.name()));
                self.write_clearing_enum(&mut code, &oneof, &path)?;
                writeln!(
                    clear,
                    "if let Some(o) = &mut self.{} {{ crate::Secrets::clear_secrets(o); }}",
                    oneof.name()
                )?;
            }
            let has = self.tainted.contains(message.full_name());
            writeln!(
                code,
                "impl crate::Secrets for {name} {{
                    const HAS_SECRETS: bool = {has};
                    fn clear_secrets(&mut self) {{ {clear} }}
                }}"
            )?;
            if message.fields().any(|field| self.is_secret(&field)) {
                self.write_debug(&mut code, message)?;
            }
        }
        Ok(code)
    }

    fn write_clearing_enum(
        &self,
        code: &mut String,
        oneof: &OneofDescriptor,
        path: &str,
    ) -> Result<()> {
        let tainted = oneof.fields().filter(|field| self.is_tainted(field));
        let arms: String = tainted
            .map(|field| {
                format!("Self::{}(m) => crate::Secrets::clear_secrets(m),", camel(field.name()))
            })
            .collect();
        let has = !arms.is_empty();
        writeln!(
            code,
            "impl crate::Secrets for {path} {{
                const HAS_SECRETS: bool = {has};
                fn clear_secrets(&mut self) {{ match self {{ {arms} _ => {{}} }} }}
            }}"
        )?;
        Ok(())
    }

    fn clear(&self, field: &FieldDescriptor) -> String {
        let name = field.name();
        if self.is_secret(field) {
            format!("self.{name} = Default::default();")
        } else {
            // A list and an optional message can both be walked.
            format!("for m in self.{name}.iter_mut() {{ crate::Secrets::clear_secrets(m); }}")
        }
    }

    fn write_debug(&self, code: &mut String, message: &MessageDescriptor) -> Result<()> {
        let fields = message.fields().map(|field| {
            let name = field.name();
            let shown = if self.is_secret(&field) {
                "&format_args!(\"(secret)\")".into()
            } else {
                format!("&self.{name}")
            };
            format!(".field({name:?}, {shown})")
        });
        let (name, fields) = (message.name(), fields.collect::<String>());
        writeln!(
            code,
            "impl std::fmt::Debug for {name} {{
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{
                    f.debug_struct({name:?}){fields}.finish()
                }}
            }}"
        )?;
        Ok(())
    }

    fn is_secret(&self, field: &FieldDescriptor) -> bool {
        field.options().get_extension(&self.option).as_bool() == Some(true)
    }

    fn is_tainted(&self, field: &FieldDescriptor) -> bool {
        let of_message = match field.kind() {
            Kind::Message(message) => self.tainted.contains(message.full_name()),
            _ => false,
        };
        of_message || self.is_secret(field)
    }
}

/// The enum that prost makes for the field's `oneof`, if it is in one.
fn oneof_of(field: &FieldDescriptor) -> Option<OneofDescriptor> {
    field.containing_oneof().filter(|oneof| !is_optional(oneof))
}

/// `optional` is a `oneof` of its own in the descriptors.
fn is_optional(oneof: &OneofDescriptor) -> bool {
    oneof.fields().len() == 1 && oneof.name().starts_with('_')
}

fn snake(camel: &str) -> String {
    let mut snake = String::new();
    for letter in camel.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
