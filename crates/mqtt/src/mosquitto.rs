//! The files by which an external Mosquitto lets in the box's devices, each to its own topics.

use std::fmt::Write as _;
use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kiosk_domain::{SecretHash, State};
use kiosk_hub::{Hub, password_hash};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::Credentials;
use crate::rules::{Badge, Rules, USER_PREFIX, user_name};
use crate::topics::Topics;

/// User names and hashes of passwords.
const PASSWORDS: &str = "kiosk.passwd";
/// Which user may read and write which topics. Written last: who waits for it to change finds the
/// passwords that belong to it.
const RULES: &str = "kiosk.acl";
/// For the box and the group of the directory, which Mosquitto is in: it reads them anew while it
/// runs, as its own user.
const MODE: u32 = 0o640;
/// How often it is looked whether devices have changed.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// Whose files, and where.
#[derive(Debug, Clone)]
pub struct MosquittoConfig {
    /// A directory that is there.
    pub dir: PathBuf,
    /// The shop's name in topics, as the [bridge](crate::BridgeConfig) has it.
    pub site: String,
    /// The bridge's own user, with all rights.
    pub bridge: Credentials,
}

/// Why the files can't be kept.
#[derive(Debug, thiserror::Error)]
pub enum MosquittoError {
    /// The site can't be a level of a topic.
    #[error("a site's name has 1 to 64 bytes and none of / + # or control characters")]
    Site,
    /// The bridge's user name can't be one in Mosquitto's files, or is one that devices have.
    #[error(
        "mqtt.username must be given, with no space, colon or control character, and not begin with \
         {USER_PREFIX:?}"
    )]
    User,
    /// Mosquitto lets in nobody with an empty password.
    #[error("mqtt.password must be given")]
    Password,
    /// No hash can be made.
    #[error("the system has no randomness")]
    NoRandomness,
    /// The files can't be written.
    #[error("{}: {source}", .dir.display())]
    Write {
        /// The directory from the configuration.
        dir: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

/// `kiosk.passwd` and `kiosk.acl`, written when the box starts and whenever a device is paired,
/// renamed or revoked. Mosquitto reads them again when it gets a SIGHUP.
#[derive(Debug)]
pub struct MosquittoFiles {
    hub: Hub,
    dir: PathBuf,
    topics: Topics,
    user: String,
    hash: SecretHash,
    /// The position that was looked at last.
    seq: u64,
    written: Option<Texts>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Texts {
    passwords: String,
    rules: String,
}

impl MosquittoConfig {
    /// Writes them.
    ///
    /// # Errors
    ///
    /// If they can't be written, or the bridge's user can't be in them.
    pub fn open(self, hub: Hub) -> Result<MosquittoFiles, MosquittoError> {
        let Credentials { username: user, password } = self.bridge;
        let is_odd = |c: char| c == ':' || c.is_whitespace() || c.is_control();
        if user.is_empty() || user.contains(is_odd) || user.starts_with(USER_PREFIX) {
            return Err(MosquittoError::User);
        }
        if password.is_empty() {
            return Err(MosquittoError::Password);
        }
        let topics = Topics::of_site(&self.site).ok_or(MosquittoError::Site)?;
        let hash = password_hash(&password).ok_or(MosquittoError::NoRandomness)?;
        let dir = self.dir;
        let mut files = MosquittoFiles { hub, dir, topics, user, hash, seq: 0, written: None };
        let texts = files.texts();
        texts
            .write(&files.dir)
            .map_err(|source| MosquittoError::Write { dir: files.dir.clone(), source })?;
        files.written = Some(texts);
        Ok(files)
    }
}

impl MosquittoFiles {
    /// Keeps them up to date until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut look = interval(LOOK_INTERVAL);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = look.tick() => self.look().await,
            }
        }
    }

    async fn look(&mut self) {
        let seq = self.hub.snapshot().position.seq;
        if seq == self.seq && self.written.is_some() {
            return;
        }
        self.seq = seq;
        let texts = self.texts();
        if self.written.as_ref() == Some(&texts) {
            return;
        }
        let (dir, writing) = (self.dir.clone(), texts.clone());
        let written = tokio::task::spawn_blocking(move || writing.write(&dir)).await;
        // What was not written is tried again at the next look.
        self.written = match written.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok(()) => Some(texts),
            Err(error) => {
                tracing::error!(%error, dir = %self.dir.display(), "Mosquitto's files are not up to date");
                None
            }
        };
    }

    fn texts(&self) -> Texts {
        let mut texts = Texts { passwords: String::new(), rules: String::new() };
        texts.add(&self.user, &self.hash, &Rules::everything());
        let snapshot = self.hub.snapshot();
        texts.add_devices(&snapshot.state, &self.topics);
        texts
    }
}

impl Texts {
    fn add_devices(&mut self, state: &State, topics: &Topics) {
        for known in state.devices() {
            let device_id = known.device.device_id;
            if let Some(badge) = Badge::of(state, device_id) {
                self.add(&user_name(device_id), &known.token_hash, &Rules::of(&badge, topics));
            }
        }
    }

    fn add(&mut self, user: &str, hash: &SecretHash, rules: &Rules) {
        let (hears, says) = rules.filters();
        // Writing to a text does not fail.
        let _ = writeln!(self.passwords, "{user}:{}", hash.expose());
        let _ = writeln!(self.rules, "user {user}");
        for (access, filters) in [("read", hears), ("write", says)] {
            for filter in filters {
                let _ = writeln!(self.rules, "topic {access} {filter}");
            }
        }
    }

    fn write(&self, dir: &Path) -> io::Result<()> {
        write_whole(dir, PASSWORDS, &self.passwords)?;
        write_whole(dir, RULES, &self.rules)
    }
}

/// All of it or what was there before.
fn write_whole(dir: &Path, name: &str, text: &str) -> io::Result<()> {
    let beside = dir.join(format!(".{name}.new"));
    let mut file = File::create(&beside)?;
    // Before there is anything to be read.
    file.set_permissions(Permissions::from_mode(MODE))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, dir.join(name))
}
