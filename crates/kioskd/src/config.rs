//! One TOML file, overridden by the environment and by systemd's credentials, checked before anything
//! starts.

use std::{
    ffi::OsString,
    net::SocketAddr,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use clap::Parser;
use kiosk_hub::Limits;
use kiosk_mqtt::BrokerUrl;
use kiosk_web::Origin;
use serde::{Deserialize, Serialize, de::Error as _};
use toml::{Table, Value};

use crate::{
    secret::{self, Secret},
    tls,
};

const DEFAULT_FILE: &str = "/etc/kiosk/kiosk.toml";
const DEFAULT_DATA_DIR: &str = "/var/lib/kiosk";
/// HTTP can't do with less.
const HEADER_BYTES_MIN: NonZeroUsize = NonZeroUsize::new(8 * 1024).expect("not 0");
/// `KIOSK__SECTION__KEY`.
const VARIABLE_PREFIX: &str = "KIOSK__";
/// Where systemd puts a service's credentials.
const CREDENTIALS_VARIABLE: &str = "CREDENTIALS_DIRECTORY";

/// The café's order server.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// The configuration file; without it, /etc/kiosk/kiosk.toml if it is there.
    #[arg(long)]
    pub(crate) config: Option<PathBuf>,
    /// Holds everything that must survive.
    #[arg(long, env = "KIOSK_DATA_DIR", default_value = DEFAULT_DATA_DIR)]
    pub(crate) data_dir: PathBuf,
    /// Checks the configuration and ends.
    #[arg(long)]
    pub(crate) check_config: bool,
    /// Opens a café with a menu and cells, where whoever asks is the admin; on this machine's own
    /// addresses only.
    #[arg(long)]
    pub(crate) demo: bool,
    /// Prints a code that pairs another admin: for who has lost the last one's token.
    #[arg(long, conflicts_with = "demo")]
    pub(crate) new_admin: bool,
}

/// What kioskd runs with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(skip)]
    pub(crate) data_dir: PathBuf,
    #[serde(skip)]
    pub(crate) demo: bool,
    #[serde(skip)]
    pub(crate) new_admin: bool,
    pub(crate) disk: Disk,
    pub(crate) grpc: Grpc,
    pub(crate) limits: Limits,
    pub(crate) mqtt: Mqtt,
    pub(crate) tls: tls::Section,
    pub(crate) web: Web,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Disk {
    /// Orders are refused while the file system has less free than this.
    pub(crate) free_mb_min: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Grpc {
    pub(crate) listen: SocketAddr,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Web {
    pub(crate) listen: SocketAddr,
    /// Sessions of screens; one more is told to back off.
    pub(crate) sessions_max: u16,
    /// The same, for one client: a token, or else an address.
    pub(crate) sessions_per_client_max: u16,
    /// Sites whose pages may do what the box's own screens may: `https://pos.example`.
    pub(crate) origins: Vec<Origin>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mqtt {
    /// Everything is published below `kiosk/<site>/`.
    #[serde(deserialize_with = "topic_level")]
    pub(crate) site: String,
    /// An external broker, `mqtt://host:port`; empty: the embedded one.
    #[serde(deserialize_with = "broker_url")]
    pub(crate) broker: String,
    /// Where the embedded broker listens.
    pub(crate) broker_listen: SocketAddr,
    pub(crate) username: String,
    pub(crate) password: Secret,
    /// Where an external Mosquitto's `kiosk.passwd` and `kiosk.acl` are kept; empty: nowhere.
    pub(crate) mosquitto_dir: PathBuf,
}

impl Default for Disk {
    fn default() -> Self {
        Self { free_mb_min: 64 }
    }
}

impl Default for Grpc {
    fn default() -> Self {
        Self { listen: ([127, 0, 0, 1], 50_051).into() }
    }
}

impl Default for Web {
    fn default() -> Self {
        Self {
            listen: ([127, 0, 0, 1], 3_001).into(),
            sessions_max: 1_000,
            sessions_per_client_max: 100,
            origins: Vec::new(),
        }
    }
}

impl Default for Mqtt {
    fn default() -> Self {
        Self {
            site: "cafe".into(),
            broker: String::new(),
            broker_listen: ([127, 0, 0, 1], 1_883).into(),
            username: String::new(),
            password: Secret::default(),
            mosquitto_dir: PathBuf::new(),
        }
    }
}

impl Config {
    /// Reads the file, the variables and the credentials; an error names its file and line, its
    /// variable, or its credential.
    pub(crate) fn load(
        arguments: &Arguments,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> anyhow::Result<Self> {
        let mut config = read_file(arguments.config.as_ref())?;
        let mut credentials = Vec::new();
        for (name, value) in variables {
            // A name or value that is no text is none of ours, or is refused with its name.
            let Some(name) = name.to_str() else { continue };
            if let Some(key) = name.strip_prefix(VARIABLE_PREFIX) {
                let value = value.to_str().context("it must be a text");
                let changed = value.and_then(|value| config.with_variable(key, value));
                config = changed.with_context(|| name.to_owned())?;
            } else if name == CREDENTIALS_VARIABLE {
                credentials = secret::credentials(Path::new(&value))?;
            }
        }
        for (key, value) in credentials {
            let changed = config.with_variable(&key, &value);
            config = changed.with_context(|| format!("the credential for {key}"))?;
        }
        config.data_dir.clone_from(&arguments.data_dir);
        config.demo = arguments.demo;
        config.new_admin = arguments.new_admin;
        if config.demo {
            config.tls.turn_off_unless_told();
        }
        config.check()?;
        Ok(config)
    }

    /// The MQTT broker that was configured, if it is not the embedded one.
    pub(crate) fn external_broker(&self) -> Option<BrokerUrl> {
        // An empty text is no address, and any other was checked when it was read.
        self.mqtt.broker.parse().ok()
    }

    fn with_variable(&self, key: &str, value: &str) -> anyhow::Result<Self> {
        let lower = key.to_lowercase();
        let (section, key) = lower.split_once("__").context("it must be KIOSK__SECTION__KEY")?;
        let mut table = Table::try_from(self)?;
        let old = table.get_mut(section).and_then(|s| s.as_table_mut()?.get_mut(key));
        let old = old.with_context(|| format!("there is no key {section}.{key}"))?;
        *old = match old {
            Value::Integer(_) => Value::Integer(value.parse().context("it must be a number")?),
            Value::Array(_) => {
                let values = value.split(',').map(str::trim).filter(|value| !value.is_empty());
                values.map(Value::from).collect::<Vec<_>>().into()
            }
            _ => Value::String(value.into()),
        };
        table.try_into().map_err(|error: toml::de::Error| anyhow::anyhow!("{}", error.message()))
    }

    /// Addresses that other machines can reach.
    pub(crate) fn open_addresses(&self) -> impl Iterator<Item = SocketAddr> {
        let plain = [self.grpc.listen, self.web.listen, self.mqtt.broker_listen];
        let all = plain.into_iter().chain(self.tls.addresses());
        all.filter(|address| !address.ip().is_loopback())
    }

    fn check(&self) -> anyhow::Result<()> {
        if let Some(open) = self.open_addresses().next() {
            ensure!(!self.demo, "--demo asks for no credentials: it can't listen on {open}");
        }
        ensure!(
            self.limits.header_bytes_max >= HEADER_BYTES_MIN,
            "limits.header_bytes_max must be {HEADER_BYTES_MIN} at least"
        );
        let Mqtt { mosquitto_dir, broker, .. } = &self.mqtt;
        let has_mosquitto = !mosquitto_dir.as_os_str().is_empty();
        ensure!(
            !has_mosquitto || !broker.is_empty(),
            "mqtt.mosquitto_dir is for the broker that mqtt.broker names, and that names none"
        );
        Ok(())
    }
}

fn read_file(named: Option<&PathBuf>) -> anyhow::Result<Config> {
    let path = named.cloned().unwrap_or_else(|| DEFAULT_FILE.into());
    match std::fs::read_to_string(&path) {
        Ok(text) => toml::from_str(&text).map_err(|error| in_file(&path, &text, &error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => {
            Ok(Config::default())
        }
        Err(error) => bail!("{}: {error}", path.display()),
    }
}

fn in_file(path: &std::path::Path, text: &str, error: &toml::de::Error) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    anyhow::anyhow!("{}:{line}: {}", path.display(), error.message())
}

fn topic_level<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let level = String::deserialize(deserializer)?;
    if level.is_empty() || level.len() > 64 || level.contains(['/', '+', '#', '\0']) {
        return Err(D::Error::custom("it must have 1 to 64 characters and none of / + #"));
    }
    Ok(level)
}

fn broker_url<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let url = String::deserialize(deserializer)?;
    if !url.is_empty() {
        url.parse::<BrokerUrl>().map_err(D::Error::custom)?;
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, variables: &[(&str, &str)], demo: bool) -> anyhow::Result<Config> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kiosk.toml");
        std::fs::write(&path, file).unwrap();
        let data_dir = DEFAULT_DATA_DIR.into();
        let arguments =
            Arguments { config: Some(path), data_dir, check_config: false, demo, new_admin: false };
        let variables = variables.iter().map(|(k, v)| ((*k).into(), (*v).into()));
        Config::load(&arguments, variables)
    }

    #[test]
    fn the_environment_overrides_the_file_and_the_file_the_defaults() {
        let file = "[grpc]\nlisten = \"127.0.0.1:1\"\n[web]\nlisten = \"127.0.0.1:2\"\n\
                    [tls]\ngrpc_listen = \"127.0.0.1:4\"\n";
        let variables = [
            ("KIOSK__WEB__LISTEN", "127.0.0.1:3"),
            ("KIOSK__DISK__FREE_MB_MIN", "7"),
            ("KIOSK__TLS__WEB_LISTEN", "[::1]:3443"),
            ("KIOSK__TLS__GRPC_LISTEN", ""),
            ("KIOSK__TLS__NAMES", "kiosk.example, 10.0.0.7"),
            ("KIOSK__WEB__ORIGINS", "https://pos.example, http://localhost:5173"),
        ];
        let config = load(file, &variables, false).unwrap();
        assert_eq!(config.grpc.listen.port(), 1);
        assert_eq!(config.web.listen.port(), 3);
        assert_eq!(config.disk.free_mb_min, 7);
        assert_eq!(config.mqtt, Mqtt::default());
        assert_eq!(config.tls.grpc_listen.0, None);
        assert_eq!(config.tls.web_listen.0, Some("[::1]:3443".parse().unwrap()));
        assert_eq!(config.tls.names.len(), 2);
        let origins = ["https://pos.example", "http://localhost:5173"].map(str::to_owned);
        assert_eq!(config.web.origins, origins.map(|origin| Origin::try_from(origin).unwrap()));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let check = |file: &str, variables: &[(&str, &str)], demo, words: &[&str]| {
            let error = format!("{:#}", load(file, variables, demo).unwrap_err());
            for word in words {
                assert!(error.contains(word), "{error:?} does not say {word:?}");
            }
        };
        check("[grpc]\nlisten = 5\n", &[], false, &["kiosk.toml:2:"]);
        check("[grpc]\n\nlissten = \"\"\n", &[], false, &["kiosk.toml:3:", "lissten"]);
        check("[gprc]\n", &[], false, &["kiosk.toml:1:", "gprc"]);
        check("[mqtt]\nsite = \"a/b\"\n", &[], false, &["kiosk.toml:2:", "1 to 64"]);
        check("[mqtt]\nbroker = \"http://x\"\n", &[], false, &["kiosk.toml:2:"]);
        let origins = "[web]\norigins = [\"https://pos.example/\"]\n";
        check(origins, &[], false, &["kiosk.toml:2:", "http://host:port"]);
        check("", &[("KIOSK__GRPC__PORT", "1")], false, &["KIOSK__GRPC__PORT", "no key grpc.port"]);
        check("", &[("KIOSK__GRPC__LISTEN", "x")], false, &["KIOSK__GRPC__LISTEN"]);
        check("", &[("KIOSK__DISK__FREE_MB_MIN", "-1")], false, &["KIOSK__DISK__FREE_MB_MIN"]);
        check(
            "[tls]\nweb_listen = \"3443\"\n",
            &[],
            false,
            &["kiosk.toml:2:", "[::]:3443, or empty"],
        );
        check("[tls]\nnames = [\"a b\"]\n", &[], false, &["kiosk.toml:2:", "host name"]);
        for variable in ["GRPC__LISTEN", "TLS__GRPC_LISTEN", "TLS__WEB_LISTEN"] {
            let variable = format!("KIOSK__{variable}");
            check("", &[(&variable, "0.0.0.0:1")], true, &["--demo", "0.0.0.0:1"]);
        }
        let small = "[limits]\nheader_bytes_max = 100\n";
        check(small, &[], false, &["limits.header_bytes_max", "8192"]);
        let nothing = "[limits]\nrequest_bytes_max = 0\n";
        check(nothing, &[], false, &["kiosk.toml:2:", "nonzero"]);
        let variable = ("KIOSK__LIMITS__CALLS_PER_SECOND", "-1");
        check("", &[variable], false, &["KIOSK__LIMITS__CALLS_PER_SECOND"]);
        let mosquitto = "[mqtt]\nmosquitto_dir = \"/etc/mosquitto/kiosk\"\n";
        check(mosquitto, &[], false, &["mqtt.mosquitto_dir", "mqtt.broker"]);
    }

    #[test]
    fn a_credential_overrides_all_else_and_no_secret_is_in_what_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        put("kiosk.mqtt.password", "pumpkin\n");
        put("other.password", "of another program");
        let from = (CREDENTIALS_VARIABLE, folder.path().to_str().unwrap());
        let file = "[mqtt]\npassword = \"from the file\"\n";
        let config = load(file, &[from, ("KIOSK__MQTT__PASSWORD", "variable")], false).unwrap();
        assert_eq!(config.mqtt.password.expose(), "pumpkin");
        assert!(!format!("{config:?}").contains("pumpkin"));

        put("kiosk.mqtt.pass", "pumpkin");
        let error = format!("{:#}", load("", &[from], false).unwrap_err());
        assert!(error.contains("mqtt.pass") && !error.contains("pumpkin"), "{error}");
        let error = load("[mqtt]\npassword = 4711\n", &[], false).unwrap_err().to_string();
        assert!(error.contains("kiosk.toml:2:") && error.contains("in quotes"), "{error}");
        assert!(!error.contains("4711"), "{error}");
        let nowhere = load("", &[(CREDENTIALS_VARIABLE, "/nowhere")], false).unwrap_err();
        assert!(nowhere.to_string().contains("/nowhere"), "{nowhere}");
    }

    #[test]
    fn a_file_that_was_named_must_be_there() {
        let arguments = Arguments {
            config: Some("/nowhere/kiosk.toml".into()),
            data_dir: DEFAULT_DATA_DIR.into(),
            check_config: true,
            demo: false,
            new_admin: false,
        };
        let error = Config::load(&arguments, std::iter::empty()).unwrap_err();
        assert!(error.to_string().contains("/nowhere/kiosk.toml"), "{error}");
    }
}
