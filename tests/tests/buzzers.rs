//! A buzzer of a box that asks for credentials, paired at the command line, with Debian's clients.

#![expect(clippy::unwrap_used, reason = "a test ends by panicking")]

#[allow(dead_code, reason = "the tests of kioskctl use the rest")]
#[path = "kioskctl/operator.rs"]
mod operator;

use std::process::{Command, Output, Stdio};

use kiosk_tests::{Kioskd, MosquittoSub, Start};

use operator::{Operator, text};

/// A buzzer's user name and token.
struct Buzzer {
    user: String,
    token: String,
}

impl Buzzer {
    fn paired(admin: &Operator, name: &str) -> Self {
        let code = admin.json(&format!("device code device --name {name}"))["code"].clone();
        let config = tempfile::tempdir().unwrap();
        let paired = admin.paired(code.as_str().unwrap(), config.path());
        assert_eq!(paired.reads("whoami"), format!("\"{name}\", DEVICE\n"));
        let kept = std::fs::read_to_string(config.path().join("kioskctl/token")).unwrap();
        let devices = admin.json("device list");
        let id = &devices["devices"].as_array().unwrap().last().unwrap()["device"]["deviceId"];
        Self { user: format!("device-{id}"), token: kept.trim().to_owned() }
    }

    fn options(&self) -> [&str; 4] {
        ["-u", &self.user, "-P", &self.token]
    }

    async fn hears(&self, kioskd: &Kioskd, filter: &str) -> MosquittoSub {
        MosquittoSub::start_as(kioskd.mqtt, filter, &self.options()).await
    }

    /// Subscribes, and ends when that is refused.
    fn tries(&self, kioskd: &Kioskd, filter: &str) -> Output {
        run("mosquitto_sub", kioskd, &[&self.options()[..], &["-t", filter, "-W", "30"]].concat())
    }

    fn says(&self, kioskd: &Kioskd, topic: &str) -> Output {
        let message = ["-V", "5", "-q", "1", "-r", "-t", topic, "-m", "{}"];
        run("mosquitto_pub", kioskd, &[&self.options()[..], &message].concat())
    }
}

fn run(program: &str, kioskd: &Kioskd, options: &[&str]) -> Output {
    let (host, port) = (kioskd.mqtt.ip().to_string(), kioskd.mqtt.port().to_string());
    let mut command = Command::new(program);
    command.args(["-h", &host, "-p", &port]).args(options).stdin(Stdio::null());
    command.output().unwrap()
}

fn is_refused(output: &Output) -> bool {
    let said = text(&output.stderr).to_lowercase();
    said.contains("not authori") || said.contains("denied") || said.contains("bad user")
}

#[tokio::test]
async fn a_buzzer_hears_its_own_calls_and_speaks_for_itself_until_it_is_revoked() {
    let (dir, office) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // For its menu.
    assert!(Start::demo(dir.path()).spawn().terminate().await.success());
    let kioskd = Start::bare(dir.path()).spawn();
    let admin = Operator::first_at(&kioskd, office.path());
    let [first, second] = ["12", "13"].map(|name| Buzzer::paired(&admin, name));

    let nobody = run("mosquitto_sub", &kioskd, &["-t", "kiosk/cafe/board", "-W", "30"]);
    assert!(is_refused(&nobody), "{nobody:?}");
    let wrong = Buzzer { user: first.user.clone(), token: second.token.clone() };
    assert!(is_refused(&wrong.tries(&kioskd, "kiosk/cafe/board")));
    for filter in ["#", "kiosk/cafe/#", "kiosk/cafe/buzzer/13/call", "kiosk/cafe/buzzer/+/call"] {
        let tried = first.tries(&kioskd, filter);
        assert!(text(&tried.stderr).contains("subscription requests were denied"), "{tried:?}");
    }
    for topic in ["kiosk/cafe/board", "kiosk/cafe/event/order/created", "kiosk/cafe/buzzer/13/ack"]
    {
        let said = first.says(&kioskd, topic);
        assert!(is_refused(&said), "{topic}: {said:?}");
    }
    let own = first.says(&kioskd, "kiosk/cafe/buzzer/12/ack");
    assert!(own.status.success() && !is_refused(&own), "{own:?}");

    let mut one = first.hears(&kioskd, "kiosk/cafe/buzzer/12/call").await;
    let mut other = second.hears(&kioskd, "kiosk/cafe/buzzer/13/call").await;
    for buzzer in ["12", "13"] {
        let placed = admin.json(&format!("order place 17 --buzzer {buzzer}"));
        let order_id = placed["order"]["orderId"].as_str().unwrap();
        admin.reads(&format!("order status {order_id} making"));
        admin.reads(&format!("order status {order_id} ready"));
        let (topic, call) = if buzzer == "12" { &mut one } else { &mut other }.next().await;
        assert_eq!(topic, format!("kiosk/cafe/buzzer/{buzzer}/call"));
        assert!(call.contains(order_id), "{call}");
    }

    admin.reads(&format!("device revoke {} --reason lost", &first.user["device-".len()..]));
    one.ends().await;
    assert!(is_refused(&first.tries(&kioskd, "kiosk/cafe/board")));
    // A board that was kept by the broker would be the forged one.
    let mut board = second.hears(&kioskd, "kiosk/cafe/board").await;
    assert!(board.next().await.1.contains("\"seq\""));
    assert!(kioskd.terminate().await.success());
}
