//! A box that asks for credentials, from its first start on.

use std::{fs, os::unix::fs::PermissionsExt as _};

use kiosk_tests::Start;
use serde_json::json;

use crate::operator::Operator;

#[tokio::test]
async fn the_first_admin_is_paired_by_the_code_on_the_console_and_lets_in_the_others() {
    let (dir, office, board) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let start = Start::bare(dir.path());
    let kioskd = start.spawn();
    let nobody = Operator::at(&kioskd);
    assert!(nobody.reads("whoami").starts_with("nobody"));
    assert!(nobody.is_refused("menu list", 1).contains("credentials"));
    assert!(nobody.is_refused("pair AAAA-AAAA", 1).contains("wrong, used, or older"));

    let admin = Operator::first_at(&kioskd, office.path());
    assert_eq!(admin.reads("whoami"), "\"Office\", ADMIN\n");
    let token = office.path().join("kioskctl/token");
    assert_eq!(fs::metadata(&token).unwrap().permissions().mode() & 0o777, 0o600);
    let code = kioskd.admin_code.clone().unwrap();
    assert!(nobody.is_refused(&format!("pair {code}"), 1).contains("wrong, used"));

    let code = admin.json("device code board --name Window")["code"].as_str().unwrap().to_owned();
    let window = admin.paired(&code, board.path());
    assert_eq!(window.reads("whoami"), "\"Window\", BOARD\n");
    assert!(window.is_refused("stats", 1).contains("a BOARD must not call"));
    window.reads("menu list");
    let devices = admin.json("device list");
    let names: Vec<_> =
        devices["devices"].as_array().unwrap().iter().map(|it| &it["device"]["name"]).collect();
    assert_eq!(names, [&json!("Office"), &json!("Window")]);

    // All of it holds after a restart, and no code is said again.
    assert!(kioskd.terminate().await.success());
    let kioskd = start.with("KIOSK__MQTT__SITE", "cafe").spawn();
    assert_eq!(kioskd.admin_code, None);
    let (admin, window) = (admin.moved_to(&kioskd), window.moved_to(&kioskd));
    assert_eq!(window.reads("whoami"), "\"Window\", BOARD\n");
    admin.reads("device revoke 2 --reason lost");
    assert!(window.is_refused("menu list", 1).contains("not any more"));
    // The record is written behind the journal.
    let mut readings = (0..500).map(|_| admin.lines("device audit"));
    let audit = readings.find(|audit| audit.iter().any(|line| line.contains("REVOKED"))).unwrap();
    let told = |what: &str| audit.iter().filter(|line| line.contains(what)).count();
    assert_eq!([told("PAIRED"), told("REVOKED"), told("CALL_REFUSED")], [2, 1, 1], "{audit:?}");
    assert!(kioskd.terminate().await.success());
}

#[tokio::test]
async fn who_has_lost_the_last_admins_token_gets_another_code_at_the_box_itself() {
    let (dir, office, again) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let start = Start::bare(dir.path());
    let kioskd = start.spawn();
    Operator::first_at(&kioskd, office.path());
    assert!(kioskd.terminate().await.success());
    let kioskd = start.arg("--new-admin").spawn();
    let admin = Operator::first_at(&kioskd, again.path());
    assert_eq!(admin.json("device list")["devices"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn kioskctl_comes_over_tls_when_it_has_the_boxs_ca() {
    let (dir, office) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kioskd = Start::bare(dir.path()).with_tls().spawn();
    let admin = Operator::first_at(&kioskd, office.path());
    let ca = office.path().join("ca.pem");
    let (status, pem) = kiosk_tests::get(kioskd.web, "/ca.pem").await;
    assert_eq!(status, 200);
    fs::write(&ca, pem).unwrap();
    let far = admin.moved_to_url(format!("https://localhost:{}", kioskd.grpc_tls.unwrap().port()));
    assert!(far.is_refused("whoami", 2).contains("--ca"));
    let trusting = format!("--ca {} whoami", ca.display());
    assert_eq!(far.reads(&trusting), "\"Office\", ADMIN\n");
    fs::write(&ca, "no CA").unwrap();
    far.ends(&trusting).status.code().filter(|code| *code != 0).unwrap();
}

#[tokio::test]
async fn the_table_of_roles_is_the_one_that_was_agreed_on() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let printed = Operator::at(&kioskd).reads("roles");
    let agreed = include_str!("roles.txt");
    assert_eq!(
        printed, agreed,
        "if it is meant to be so, write it to tests/tests/kioskctl/roles.txt"
    );
}
