//! The token that shows who asks: from a file that `kioskctl pair` writes, or from the environment.
//! Never from an argument, which every user of the machine can read.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::Interceptor,
};

use crate::failure::Failure;

const VARIABLE: &str = "KIOSK_TOKEN";

/// Shows the token with every call, if there is one.
#[derive(Clone, Default)]
pub(crate) struct Bearer(Option<MetadataValue<Ascii>>);

impl Bearer {
    /// That of the environment, or else that of the file, if there is one.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, Failure> {
        if let Some(token) = std::env::var(VARIABLE).ok().filter(|token| !token.is_empty()) {
            return Self::of(&token).ok_or_else(|| unusable(VARIABLE));
        }
        let default = default_file();
        let Some(path) = file.or(default.as_deref()) else { return Ok(Self::default()) };
        match fs::read_to_string(path) {
            Ok(token) => Self::of(token.trim()).ok_or_else(|| unusable(&path.to_string_lossy())),
            Err(error) if error.kind() == io::ErrorKind::NotFound && file.is_none() => {
                Ok(Self::default())
            }
            Err(error) => Err(Failure::Usage(format!("{}: {error}", path.display()))),
        }
    }

    /// As an HTTP header has it.
    pub(crate) fn header(&self) -> Option<&str> {
        self.0.as_ref()?.to_str().ok()
    }

    fn of(token: &str) -> Option<Self> {
        let mut value: MetadataValue<Ascii> = format!("Bearer {token}").parse().ok()?;
        value.set_sensitive(true);
        Some(Self(Some(value)))
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Ok(request)
    }
}

/// Keeps a token where [`Bearer::load`] looks for it; nobody else may read it. Returns where.
pub(crate) fn keep(token: &str, file: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let path = file.or_else(default_file);
    let path =
        path.ok_or_else(|| Failure::Usage("there is no HOME: name a --token-file".into()))?;
    if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    // Beside it first: the old token is worth more than half of a new one.
    let mut temporary = path.clone().into_os_string();
    temporary.push(".new");
    let mut options = OpenOptions::new();
    let mut open = options.create(true).truncate(true).write(true).mode(0o600).open(&temporary)?;
    open.write_all(format!("{token}\n").as_bytes())?;
    open.sync_all()?;
    fs::rename(&temporary, &path)?;
    Ok(path)
}

fn default_file() -> Option<PathBuf> {
    let dir = |name| std::env::var_os(name).filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let config = dir("XDG_CONFIG_HOME").or_else(|| Some(dir("HOME")?.join(".config")))?;
    Some(config.join("kioskctl/token"))
}

fn unusable(place: &str) -> Failure {
    Failure::Usage(format!("{place} has no token"))
}
