//! A Mosquitto that lets in the box's devices by the files that the box keeps for it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use kiosk_domain::{Command, DeviceCommand};
use kiosk_mqtt::{Credentials, MosquittoConfig, MosquittoError, MosquittoFiles};
use kiosk_proto::v1::role::Value as Role;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::access::{Client, GRANTED, NOT_AUTHORIZED};
use crate::cafe::Cafe;
use crate::mosquitto::{ANSWER_MAX, Mosquitto, Subscriber, publish};

const BRIDGE: [&str; 4] = ["-u", "box", "-P", "its own"];

fn config(dir: &Path) -> MosquittoConfig {
    let bridge = Credentials { username: BRIDGE[1].to_owned(), password: BRIDGE[3].to_owned() };
    MosquittoConfig { dir: dir.to_owned(), site: "cafe".to_owned(), bridge }
}

struct Shop {
    cafe: Cafe,
    files: TempDir,
    stop: CancellationToken,
    keeping: JoinHandle<()>,
    _data: TempDir,
}

impl Shop {
    async fn open() -> Self {
        let (data, files) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let cafe = Cafe::open_closed(data.path()).await;
        let kept: MosquittoFiles = config(files.path()).open(cafe.hub.clone()).unwrap();
        let stop = CancellationToken::new();
        let keeping = tokio::spawn(kept.run(stop.clone()));
        Self { cafe, files, stop, keeping, _data: data }
    }

    /// A device's user name and token.
    async fn pair(&self, role: Role, name: &str) -> (String, String) {
        let (id, token) = self.cafe.pair(role, name).await;
        (format!("device-{id}"), token)
    }

    /// Waits until the rules, which are written last, are so.
    async fn has_rules(&self, fits: impl Fn(&str) -> bool) {
        let path = self.files.path().join("kiosk.acl");
        let written = async {
            while !fits(&fs::read_to_string(&path).unwrap()) {
                tokio::task::yield_now().await;
            }
        };
        timeout(ANSWER_MAX, written).await.expect("the rules in time");
    }

    async fn close(self) {
        self.stop.cancel();
        self.keeping.await.unwrap();
        self.cafe.close().await;
    }
}

fn options((user, token): &(String, String)) -> [&str; 4] {
    ["-u", user, "-P", token]
}

#[tokio::test]
async fn a_real_mosquitto_lets_each_device_hear_and_say_what_it_may() {
    let shop = Shop::open().await;
    let [buzzer, other] =
        [shop.pair(Role::Device, "12").await, shop.pair(Role::Device, "13").await];
    shop.has_rules(|rules| rules.contains("buzzer/13/call")).await;
    let mosquitto = Mosquitto::start_for_devices(shop.files.path());
    let broker = mosquitto.address();
    for (login, code) in [
        (None, NOT_AUTHORIZED),
        (Some((&*buzzer.0, "wrong")), NOT_AUTHORIZED),
        (Some((&*other.0, &*buzzer.1)), NOT_AUTHORIZED),
        (Some((&*buzzer.0, &*buzzer.1)), GRANTED),
    ] {
        assert_eq!(Client::connect(broker, "c", login, None).await.unwrap().1, code, "{login:?}");
    }
    let mut own = Subscriber::start(broker, "#", &options(&buzzer)).await;
    let mut all = Subscriber::start(broker, "kiosk/#", &BRIDGE).await;
    for forged in ["kiosk/cafe/board", "kiosk/cafe/buzzer/13/ack", "kiosk/cafe/buzzer/12/call"] {
        publish(broker, forged, "forged", &options(&buzzer)).await;
    }
    publish(broker, "kiosk/cafe/buzzer/12/ack", "{}", &options(&buzzer)).await;
    assert_eq!(all.message().await, "kiosk/cafe/buzzer/12/ack {}");
    for topic in [
        "kiosk/cafe/buzzer/13/call",
        "kiosk/cafe/event/cell/balance_changed",
        "kiosk/cafe/event/order/created",
        "kiosk/cafe/order/ORD-1-a/state",
        "kiosk/cafe/buzzer/12/call",
    ] {
        publish(broker, topic, "true", &BRIDGE).await;
    }
    for topic in ["event/order/created", "order/ORD-1-a/state", "buzzer/12/call"] {
        assert_eq!(own.message().await, format!("kiosk/cafe/{topic} true"));
    }
    shop.close().await;
}

#[tokio::test]
async fn who_is_revoked_is_out_and_who_is_paired_is_in_once_mosquitto_has_read_them_again() {
    let shop = Shop::open().await;
    let first = shop.pair(Role::Device, "12").await;
    shop.has_rules(|rules| rules.contains("buzzer/12/call")).await;
    let mosquitto = Mosquitto::start_for_devices(shop.files.path());
    let broker = mosquitto.address();
    let login = Some((&*first.0, &*first.1));
    let (mut client, code) = Client::connect(broker, "c", login, None).await.unwrap();
    assert_eq!(code, GRANTED);
    let second = shop.pair(Role::Device, "13").await;
    shop.cafe.revoke(1).await;
    shop.has_rules(|rules| rules.contains("buzzer/13/call") && !rules.contains("buzzer/12")).await;
    mosquitto.reload();
    assert!(client.is_closed().await);
    let (_, code) = Client::connect(broker, "c", login, None).await.unwrap();
    assert_eq!(code, NOT_AUTHORIZED);
    let mut own = Subscriber::start(broker, "kiosk/cafe/buzzer/13/#", &options(&second)).await;
    publish(broker, "kiosk/cafe/buzzer/13/call", "now", &BRIDGE).await;
    assert_eq!(own.message().await, "kiosk/cafe/buzzer/13/call now");
    shop.close().await;
}

#[tokio::test]
async fn the_files_follow_a_name_and_are_no_one_elses_to_read() {
    let shop = Shop::open().await;
    shop.pair(Role::Device, "12").await;
    shop.pair(Role::Device, "a/b").await;
    let name = "window 7".to_owned();
    let rename = DeviceCommand::Rename { device_id: 1, name };
    shop.cafe.submit(Command::Device(rename)).await;
    shop.has_rules(|rules| rules.contains("topic write kiosk/cafe/buzzer/window 7/ack\n")).await;
    let passwords = fs::read_to_string(shop.files.path().join("kiosk.passwd")).unwrap();
    let users: Vec<_> = passwords.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(users, ["box", "device-1", "device-2"]);
    let rules = fs::read_to_string(shop.files.path().join("kiosk.acl")).unwrap();
    assert!(!rules.contains("buzzer/12") && !rules.contains("a/b"), "{rules}");
    for name in ["kiosk.passwd", "kiosk.acl"] {
        let mode = fs::metadata(shop.files.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640, "{name}");
    }
    shop.close().await;
}

#[tokio::test]
async fn what_can_not_be_kept_is_said_when_the_box_starts() {
    let data = TempDir::new().unwrap();
    let cafe = Cafe::open_closed(data.path()).await;
    let nowhere = config(&data.path().join("nowhere")).open(cafe.hub.clone());
    assert!(matches!(nowhere, Err(MosquittoError::Write { .. })), "{nowhere:?}");
    for user in ["", "a b", "a:b", "a\nuser b", "device-1"] {
        let bridge = Credentials { username: user.to_owned(), password: "secret".to_owned() };
        let odd = MosquittoConfig { bridge, ..config(data.path()) }.open(cafe.hub.clone());
        assert!(matches!(odd, Err(MosquittoError::User)), "{user:?}");
    }
    cafe.close().await;
}
