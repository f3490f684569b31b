//! What nobody must read in a log, and how systemd hands it over.

use std::{fmt, fs, path::Path};

use anyhow::Context as _;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use toml::Value;

/// `kiosk.SECTION.KEY`: credentials of other programs may be in the same folder.
const PREFIX: &str = "kiosk.";

/// A key of the configuration that is a secret.
#[derive(Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl Secret {
    /// For who is to have it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Of any type first: toml would quote a wrong one in its error.
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self(text)),
            _ => Err(D::Error::custom("it must be a text, in quotes")),
        }
    }
}

/// The credentials that systemd has put into that folder, as `(SECTION__KEY, value)`.
pub(crate) fn credentials(folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    let folder_name = || format!("CREDENTIALS_DIRECTORY {}", folder.display());
    for entry in fs::read_dir(folder).with_context(folder_name)? {
        let entry = entry.with_context(folder_name)?;
        let file_name = entry.file_name();
        let Some(key) = file_name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else {
            continue;
        };
        let value = fs::read_to_string(entry.path());
        let value = value.with_context(|| format!("the credential {PREFIX}{key}"))?;
        // An editor ends its last line.
        let value = value.strip_suffix('\n').unwrap_or(&value);
        found.push((key.replace('.', "__"), value.to_owned()));
    }
    Ok(found)
}
