//! A box with TLS, as other people's programs meet it: Node's clients, `curl` and `openssl`, which are
//! given the CA that the box hands out.

#![expect(clippy::unwrap_used, reason = "a test ends by panicking")]

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use kiosk_tests::{Kioskd, Start, get, must};
use serde_json::{Value, json};
use tokio::process::Command;

/// As a certificate names the box.
fn localhost(address: Option<SocketAddr>) -> String {
    format!("localhost:{}", address.unwrap().port())
}

async fn run(program: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    must(program, command.output()).await.unwrap()
}

/// The CA as the box hands it out, in a file.
async fn fetch_ca(kioskd: &Kioskd, folder: &Path) -> PathBuf {
    let (status, pem) = get(kioskd.web, "/ca.pem").await;
    assert_eq!(status, 200);
    let file = folder.join("fetched.pem");
    std::fs::write(&file, pem).unwrap();
    file
}

#[tokio::test]
async fn libraries_of_node_reach_the_box_over_tls_when_they_trust_its_ca() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).with_tls().spawn();
    let ca = fetch_ca(&kioskd, dir.path()).await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/tls.js");
    let (grpc, web) = (localhost(kioskd.grpc_tls), localhost(kioskd.web_tls));
    let arguments = [script.to_str().unwrap(), &grpc, &web, ca.to_str().unwrap()];
    let output = run("node", &arguments).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen = String::from_utf8(output.stdout).unwrap();
    let seen: Vec<Value> = seen.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let socket_io =
        |transport| json!({"what": "socket.io", "transport": transport, "roomType": "kitchen"});
    assert_eq!(
        seen,
        [
            json!({"what": "grpc", "items": 40}),
            json!({"what": "distrust", "code": "UNAVAILABLE"}),
            json!({"what": "https", "status": 200, "protocol": "TLSv1.3"}),
            json!({"what": "wss", "event": "hello"}),
            socket_io("polling"),
            socket_io("websocket"),
        ]
    );
    assert!(kioskd.terminate().await.success());
}

#[tokio::test]
async fn curl_and_openssl_verify_the_box_by_name_and_address() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).with_tls().spawn();
    let ca = fetch_ca(&kioskd, dir.path()).await;
    let ca = ca.to_str().unwrap();
    let port = kioskd.web_tls.unwrap().port();
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("https://{host}:{port}/healthz");
        let output = run("curl", &["--silent", "--show-error", "--cacert", ca, &url]).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.stdout, b"ok\n", "{said}");
    }
    let url = format!("https://localhost:{port}/healthz");
    // curl's 60: the other side's certificate is not trusted.
    assert_eq!(run("curl", &["--silent", &url]).await.status.code(), Some(60));

    let grpc = localhost(kioskd.grpc_tls);
    for version in ["-tls1_2", "-tls1_3"] {
        let mut arguments = vec!["s_client", "-brief", "-connect", &grpc, "-CAfile", ca, version];
        arguments.extend(["-verify_return_error", "-verify_hostname", "localhost", "-alpn", "h2"]);
        let output = run("openssl", &arguments).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.contains("Verification: OK"), "{said}");
    }

    // The fingerprint of the page is that of the file, as openssl computes it.
    let arguments = ["x509", "-in", ca, "-noout", "-fingerprint", "-sha256"];
    let output = run("openssl", &arguments).await;
    let line = String::from_utf8(output.stdout).unwrap();
    let fingerprint = line.trim().split_once('=').unwrap().1;
    let (_, page) = get(kioskd.web, "/setup").await;
    assert!(page.replace('\n', ":").contains(fingerprint), "{fingerprint} is not in {page}");
    assert!(kioskd.terminate().await.success());
}

#[tokio::test]
async fn a_restart_keeps_the_ca_and_a_damaged_ca_ends_kioskd_with_78() {
    let dir = tempfile::tempdir().unwrap();
    let start = Start::demo(dir.path()).with_tls();
    let kioskd = start.spawn();
    let (_, before) = get(kioskd.web, "/ca.pem").await;
    assert!(kioskd.terminate().await.success());
    let kioskd = start.spawn();
    assert_eq!(get(kioskd.web, "/ca.pem").await.1, before);
    assert!(kioskd.terminate().await.success());

    std::fs::write(dir.path().join("tls/ca.key"), "damaged").unwrap();
    assert_eq!(start.exit_code(), Some(78));
    // Without TLS nobody asks for it.
    let kioskd = Start::demo(dir.path()).spawn();
    assert_eq!(get(kioskd.web, "/ca.pem").await.0, 404);
    assert!(kioskd.terminate().await.success());
}
