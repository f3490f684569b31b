//! Certificates of devices: what is signed, what is not, and who is let in as whom.

use kiosk_tls::{CsrError, Tls};
use rcgen::{CertificateParams, KeyPair, PKCS_ED25519};
use rustls::{
    ClientConfig,
    version::{TLS12, TLS13},
};

use crate::support::{DAY, Identity, Port, TODAY, TestBox, client, client_with, from_pem, parsed};

const GREEDY: &str = include_str!("requests/greedy.pem");
const P384: &str = include_str!("requests/p384.pem");
const P521: &str = include_str!("requests/p521.pem");
const RSA: &str = include_str!("requests/rsa.pem");

fn request(key: &KeyPair) -> String {
    CertificateParams::default().serialize_request(key).unwrap().pem().unwrap()
}

/// What a device of this box has.
fn device(tls: &Tls, device_id: i32) -> Identity {
    let key = KeyPair::generate().unwrap();
    let chain = tls.sign_device(&request(&key), device_id).unwrap();
    Identity { chain, key: key.serialize_pem() }
}

/// A client of that box that shows this.
fn showing(tls: &Tls, identity: Identity) -> ClientConfig {
    client_with(tls, TODAY, Some(identity), &[&TLS12, &TLS13])
}

#[tokio::test]
async fn a_device_is_known_by_its_certificate_and_who_shows_none_is_let_in_as_nobody() {
    let the_box = TestBox::new();
    let tls = the_box.open();
    let port = Port::open(&tls).await;
    for device_id in [1, 12, i32::MAX] {
        // Also when it comes back with a ticket.
        let client = showing(&tls, device(&tls, device_id));
        for _ in 0..2 {
            assert_eq!(port.meet(client.clone()).await.unwrap().1, Some(device_id));
        }
    }
    assert_eq!(port.meet(client(&tls, TODAY)).await.unwrap().1, None);
}

#[tokio::test]
async fn a_certificate_of_another_ca_or_one_that_is_over_is_refused() {
    let (the_box, other) = (TestBox::new(), TestBox::new());
    let tls = the_box.open();
    let port = Port::open(&tls).await;

    let foreign = device(&other.open(), 12);
    let refused = port.meet(showing(&tls, foreign)).await.unwrap_err();
    assert!(refused.contains("UnknownCA"), "{refused}");

    // What the box shows to clients makes nobody a device.
    let server = Identity { chain: the_box.read("box.pem"), key: the_box.read("box.key") };
    let refused = port.meet(showing(&tls, server)).await.unwrap_err();
    assert!(refused.contains("alert"), "{refused}");

    let expiring = device(&tls, 12);
    the_box.set_clock(TODAY + 11 * 365 * DAY);
    let refused = port.meet(showing(&tls, expiring)).await.unwrap_err();
    assert!(refused.contains("CertificateExpired"), "{refused}");
    // A box that has booted in 1970 takes none for one of the future.
    the_box.set_clock(5);
    let (_, seen) = port.meet(showing(&tls, device(&tls, 12))).await.unwrap();
    assert_eq!(seen, Some(12));
}

#[test]
fn of_a_request_nothing_is_taken_but_the_key() {
    let the_box = TestBox::new();
    let tls = the_box.open();
    // It asks to be a CA, a server, another device, and more.
    let chain = tls.sign_device(GREEDY, 12).unwrap();
    let der = from_pem(&chain);
    let signed = parsed(&der);
    assert!(!signed.is_ca());
    assert_eq!(signed.subject().to_string(), "CN=device-12");
    let usage = signed.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.client_auth && !usage.server_auth && usage.other.is_empty());
    let usage = signed.key_usage().unwrap().unwrap().value;
    assert!(usage.digital_signature() && !usage.key_cert_sign());
    let names = signed.subject_alternative_name().unwrap().unwrap().value;
    assert_eq!(format!("{:?}", names.general_names), r#"[URI("kiosk:device:12")]"#);
    assert_eq!(signed.issuer(), parsed(tls.ca_der()).subject());
    assert!(chain.ends_with(tls.ca_pem()));

    let again = from_pem(&tls.sign_device(GREEDY, 12).unwrap());
    assert_ne!(parsed(&again).raw_serial(), signed.raw_serial());
}

#[test]
fn a_request_that_is_none_is_refused_with_the_reason() {
    let the_box = TestBox::new();
    let tls = the_box.open();
    let check = |csr: &str, expected: Result<(), CsrError>| {
        assert_eq!(tls.sign_device(csr, 1).map(|_| ()), expected, "{csr}");
    };
    check(P384, Ok(()));
    check(&request(&KeyPair::generate_for(&PKCS_ED25519).unwrap()), Ok(()));
    check(P521, Err(CsrError::Key));
    check(RSA, Err(CsrError::Key));
    for nothing in ["", "hello", tls.ca_pem(), &the_box.read("ca.key"), &P384[..200]] {
        check(nothing, Err(CsrError::NoRequest));
    }
    check(&"x".repeat(17 * 1024), Err(CsrError::TooLong));
    check(&P384.replace("MII", "MIA"), Err(CsrError::NoRequest));
    // The last bytes are the signature's.
    let request = request(&KeyPair::generate().unwrap());
    let mut der = pem::parse(request).unwrap().into_contents();
    *der.last_mut().unwrap() ^= 1;
    let forged = pem::encode(&pem::Pem::new("CERTIFICATE REQUEST", der));
    check(&forged, Err(CsrError::Signature));
}
