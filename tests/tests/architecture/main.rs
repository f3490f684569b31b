//! Holds the rules of `crates/ARCHITECTURE.md` that a program can check: which crate may know
//! which (from `cargo metadata`), and what a crate's source does not say (from its text).

#![expect(clippy::unwrap_used, reason = "a test may")]

mod code;
mod workspace;

use std::collections::BTreeSet;

use workspace::{Member, SourceFile, Workspace};

/// What each member may depend on, beside its tests. A row is a decision: a new crate needs one.
const ARROWS: [(&str, &[&str]); 15] = [
    ("kiosk-proto", &[]),
    ("kiosk-domain", &["kiosk-proto"]),
    ("kiosk-journal", &[]),
    ("kiosk-store", &["kiosk-proto", "kiosk-domain"]),
    ("kiosk-images", &[]),
    ("kiosk-hub", &["kiosk-proto", "kiosk-domain", "kiosk-journal", "kiosk-store", "kiosk-images"]),
    ("kiosk-tls", &[]),
    ("kiosk-grpc", &["kiosk-proto", "kiosk-domain", "kiosk-hub", "kiosk-tls"]),
    ("kiosk-socketio", &[]),
    ("kiosk-web", &["kiosk-proto", "kiosk-domain", "kiosk-hub", "kiosk-socketio", "kiosk-tls"]),
    ("kiosk-mqtt", &["kiosk-proto", "kiosk-domain", "kiosk-hub"]),
    (
        "kioskd",
        &[
            "kiosk-proto",
            "kiosk-domain",
            "kiosk-hub",
            "kiosk-tls",
            "kiosk-grpc",
            "kiosk-web",
            "kiosk-mqtt",
        ],
    ),
    ("kioskctl", &["kiosk-proto", "kiosk-journal"]),
    ("kiosk-tests", &["kiosk-proto", "kiosk-domain", "kiosk-journal", "kiosk-store", "kiosk-hub"]),
    ("xtask", &[]),
];

/// Crates that only these members may depend on, be it for their tests.
const CONFINED: [(&str, &[&str], &str); 10] = [
    ("sled", &["kiosk-store"], "the state's database is replaceable"),
    ("rumqttc", &["kiosk-mqtt", "kioskctl"], "MQTT is one adapter's business, and the bench's"),
    ("mqtt5", &["kiosk-mqtt"], "MQTT is one adapter's business"),
    ("argon2", &["kiosk-grpc"], "PINs are checked at the edge, never in the rules"),
    ("governor", &["kiosk-hub"], "what one client may take is counted in one place"),
    ("image", &["kiosk-images"], "what decodes pictures is replaceable, and kept at arm's length"),
    ("rcgen", &["kiosk-tls"], "the CA's key is in one crate"),
    ("x509-parser", &["kiosk-tls"], "certificates are read where they are made"),
    ("kiosk-socketio", &["kiosk-web"], "Socket.IO is one adapter's business"),
    ("anyhow", &["kioskd", "kioskctl", "kiosk-tests", "xtask"], "libraries have typed errors"),
];

#[test]
fn dependencies_follow_the_arrows() {
    let workspace = Workspace::load();
    let names: BTreeSet<&str> = workspace.members.iter().map(|member| &*member.name).collect();
    let mut broken = Vec::new();
    for member in &workspace.members {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == member.name) else {
            broken.push(format!("{}: has no row in ARROWS", member.manifest));
            continue;
        };
        for dependency in &member.dependencies {
            if names.contains(&**dependency) && !allowed.contains(&&**dependency) {
                broken.push(format!(
                    "{}: {} may not depend on {dependency}, only on {allowed:?}",
                    member.manifest, member.name
                ));
            }
        }
    }
    assert_none(&broken);
}

#[test]
fn a_confined_crate_is_known_to_its_owner_only() {
    let workspace = Workspace::load();
    let mut broken = Vec::new();
    for (confined, owners, why) in CONFINED {
        for Member { name, manifest, dependencies, dev_dependencies, .. } in &workspace.members {
            let mut known = dependencies.iter().chain(dev_dependencies);
            if known.any(|dependency| dependency == confined) && !owners.contains(&&**name) {
                broken.push(format!("{manifest}: only {owners:?} may name {confined}: {why}"));
            }
        }
    }
    assert_none(&broken);
}

#[test]
fn only_store_names_sled() {
    let outside_store = |file: &SourceFile| !file.is_in("crates/store/");
    assert_none(&crates_named(outside_store, &["sled"], "only `store` knows the database"));
}

#[test]
fn only_the_broker_module_names_mqtt5() {
    let outside_broker = |file: &SourceFile| {
        !file.is_in("crates/mqtt/src/broker.rs") && !file.is_in("crates/mqtt/src/broker/")
    };
    let why = "the embedded broker is replaceable: one module knows it";
    assert_none(&crates_named(outside_broker, &["mqtt5"], why));
}

#[test]
fn the_domain_has_no_clock_no_io_and_no_async() {
    let in_domain = |file: &SourceFile| file.is_in("crates/domain/src/");
    let why = "`decide` and `apply` are pure: time, ids and all else come in with the command";
    let mut broken = crates_named(in_domain, &["tokio", "rand", "getrandom", "uuid"], why);
    let forbidden = ["::now(", "async fn ", "async move ", ".await"];
    broken.extend(texts_found(in_domain, &forbidden, why));
    for file in Workspace::load().sources.iter().filter(|file| in_domain(file)) {
        for module in ["time", "fs", "net", "io", "env", "process", "thread"] {
            if let Some(line) = code::line_naming_std_module(&file.code, module) {
                broken.push(format!("{}:{line}: names std::{module}: {why}", file.path));
            }
        }
    }
    assert_none(&broken);
}

#[test]
fn every_queue_is_bounded() {
    assert_none(&texts_found(|_| true, &["unbounded"], "every queue has a named bound"));
}

#[test]
fn no_test_is_ignored() {
    let forbidden = ["#[ignore", "#![ignore"];
    assert_none(&texts_found(|_| true, &forbidden, "a test runs or goes"));
}

#[test]
fn nothing_is_left_to_do() {
    let forbidden = ["todo!", "unimplemented!"];
    assert_none(&texts_found(|_| true, &forbidden, "what is merged is finished"));
}

#[test]
fn every_crate_says_what_it_is() {
    let mut broken = Vec::new();
    for root in Workspace::load().members.iter().flat_map(|member| &member.roots) {
        if !std::fs::read_to_string(root).unwrap().starts_with("//! ") {
            broken.push(format!("{}: does not start with a `//!` line", root.display()));
        }
    }
    assert_none(&broken);
}

/// One complaint per file that names one of the crates in its code.
fn crates_named(scope: impl Fn(&SourceFile) -> bool, crates: &[&str], why: &str) -> Vec<String> {
    complaints(scope, crates, why, code::line_naming_crate)
}

/// One complaint per file whose code has one of the texts.
fn texts_found(scope: impl Fn(&SourceFile) -> bool, texts: &[&str], why: &str) -> Vec<String> {
    complaints(scope, texts, why, code::line_with)
}

fn complaints(
    scope: impl Fn(&SourceFile) -> bool,
    forbidden: &[&str],
    why: &str,
    find: impl Fn(&str, &str) -> Option<usize>,
) -> Vec<String> {
    let workspace = Workspace::load();
    let files: Vec<_> = workspace.sources.iter().filter(|file| scope(file)).collect();
    assert!(!files.is_empty(), "the rule looks at no file at all: was something moved?");
    let mut found = Vec::new();
    for file in files {
        for text in forbidden {
            if let Some(line) = find(&file.code, text) {
                found.push(format!("{}:{line}: has `{text}`: {why}", file.path));
            }
        }
    }
    found
}

#[track_caller]
fn assert_none(broken: &[String]) {
    assert!(broken.is_empty(), "\n  {}\n", broken.join("\n  "));
}
