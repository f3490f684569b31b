//! What is on the disk: for the box alone, whole or not there, and never a new CA in silence.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::support::{Port, TODAY, TestBox, client, from_pem, parsed};

const FILES: [&str; 4] = ["box.key", "box.pem", "ca.key", "ca.pem"];

#[test]
fn the_first_start_makes_the_files_for_the_box_alone_and_the_next_one_keeps_them() {
    let the_box = TestBox::new();
    let tls = the_box.open();
    let mode = |name| fs::metadata(the_box.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(""), 0o700);
    assert_eq!(FILES.map(mode), [0o600, 0o644, 0o600, 0o644]);
    let there = fs::read_dir(the_box.path("")).unwrap().count();
    assert_eq!(there, FILES.len(), "something is left over");

    let before = FILES.map(|name| the_box.read(name));
    let again = the_box.open();
    assert_eq!(FILES.map(|name| the_box.read(name)), before);
    assert_eq!(tls.ca_fingerprint(), again.ca_fingerprint());
    assert_eq!(tls.ca_pem(), the_box.read("ca.pem"));
    assert_eq!(tls.ca_der(), from_pem(tls.ca_pem()));
}

#[test]
fn a_ca_that_is_not_whole_is_an_error_that_names_the_file_and_changes_nothing() {
    let (other, good) = (TestBox::new(), TestBox::new());
    other.open();
    good.open();
    for (name, content) in [
        ("ca.pem", None),
        ("ca.key", None),
        ("ca.pem", Some(String::new())),
        ("ca.key", Some(String::new())),
        ("ca.pem", Some(good.read("ca.pem")[..300].to_owned())),
        ("ca.key", Some(good.read("ca.key")[..100].to_owned())),
        ("ca.key", Some(good.read("ca.key").replace("MIG", "AAA"))),
        ("ca.pem", Some(other.read("ca.pem"))),
        ("ca.pem", Some(good.read("box.pem"))),
    ] {
        let the_box = TestBox::new();
        let fingerprint = the_box.open().ca_fingerprint();
        let whole = the_box.read(name);
        match &content {
            Some(content) => the_box.write(name, content),
            None => fs::remove_file(the_box.path(name)).unwrap(),
        }
        let said = the_box.try_open().unwrap_err().to_string();
        let path = the_box.path(name);
        assert!(said.contains(path.to_str().unwrap()), "{said:?} does not name {name}");
        assert!(said.contains("from a backup"), "{said:?} does not say what to do");
        assert_eq!(fs::read_to_string(path).ok(), content);
        the_box.write(name, &whole);
        assert_eq!(the_box.open().ca_fingerprint(), fingerprint);
    }
}

#[test]
fn a_certificate_of_the_box_in_the_place_of_the_cas_is_an_error() {
    let the_box = TestBox::new();
    the_box.open();
    // One that belongs together.
    the_box.write("ca.pem", &the_box.read("box.pem"));
    the_box.write("ca.key", &the_box.read("box.key"));
    let said = the_box.try_open().unwrap_err().to_string();
    assert!(said.contains("it is no CA's certificate"), "{said}");
}

#[test]
fn a_first_start_that_was_cut_short_is_begun_anew() {
    let the_box = TestBox::new();
    let half = the_box.dir.path().join("tls.new");
    fs::create_dir(&half).unwrap();
    fs::write(half.join("ca.key"), "half a").unwrap();
    the_box.open();
    assert!(!half.exists());
    assert!(the_box.read("ca.key").contains("PRIVATE KEY"));

    // An operator's own folder, with nothing in it, is as good as none.
    let prepared = TestBox::new();
    fs::create_dir(prepared.path("")).unwrap();
    prepared.open();
}

#[tokio::test]
async fn a_certificate_of_the_box_that_is_not_whole_is_made_anew_under_the_same_ca() {
    let (other, good) = (TestBox::new(), TestBox::new());
    other.open();
    good.open();
    for (name, content) in [
        ("box.pem", None),
        ("box.key", None),
        ("box.pem", Some(String::new())),
        ("box.key", Some("nonsense".to_owned())),
        ("box.pem", Some(good.read("box.pem")[..200].to_owned())),
        // As when the power goes between the two.
        ("box.key", Some(other.read("box.key"))),
        ("box.pem", Some(other.read("box.pem"))),
    ] {
        let the_box = TestBox::new();
        let fingerprint = the_box.open().ca_fingerprint();
        match &content {
            Some(content) => the_box.write(name, content),
            None => fs::remove_file(the_box.path(name)).unwrap(),
        }
        let tls = the_box.open();
        assert_eq!(tls.ca_fingerprint(), fingerprint, "{name}");
        Port::open(&tls).await.meet(client(&tls, TODAY)).await.unwrap();
        assert_ne!(Some(the_box.read(name)), content);
    }
}

#[tokio::test]
async fn a_certificate_of_another_box_is_replaced() {
    let (the_box, other) = (TestBox::new(), TestBox::new());
    the_box.open();
    other.open();
    the_box.write("box.pem", &other.read("box.pem"));
    the_box.write("box.key", &other.read("box.key"));
    let tls = the_box.open();
    Port::open(&tls).await.meet(client(&tls, TODAY)).await.unwrap();
}

#[tokio::test]
async fn a_certificate_that_can_not_be_written_serves_from_memory() {
    let the_box = TestBox::new();
    the_box.open();
    the_box.write("box.pem", "damaged");
    // Nothing can be written there, whoever tries.
    fs::create_dir(the_box.path("box.key.new")).unwrap();
    let tls = the_box.open();
    Port::open(&tls).await.meet(client(&tls, TODAY)).await.unwrap();
    assert_eq!(the_box.read("box.pem"), "damaged");
}

#[test]
fn a_key_is_in_no_debug_text_and_what_is_given_out_is_the_certificate_alone() {
    let the_box = TestBox::new();
    the_box.open();
    let (certificate, key) = (the_box.read("ca.pem"), the_box.read("ca.key"));
    the_box.write("ca.pem", &format!("{certificate}{key}"));
    let tls = the_box.open();
    assert_eq!(tls.ca_pem(), certificate);
    let said = format!("{tls:?}");
    let of_the_key = key.lines().nth(1).unwrap();
    assert!(said.contains(&tls.ca_fingerprint()) && !said.contains(of_the_key), "{said}");
    assert!(parsed(tls.ca_der()).is_ca());
}
