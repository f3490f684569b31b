//! Clocks that are right, behind, ahead and set; and names that change.

use std::time::Duration;

use kiosk_tls::Tls;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;

use crate::support::{DAY, Port, TODAY, TestBox, client, from_pem, must, parsed, shown};

/// The certificate that a new client sees at that time, if it is content with it.
async fn seen(tls: &Tls, at: i64) -> Result<Vec<u8>, String> {
    let (stream, _) = Port::open(tls).await.meet(client(tls, at)).await?;
    Ok(shown(&stream))
}

/// From when to when, in days from today.
fn days(der: &[u8]) -> [i64; 2] {
    let validity = parsed(der).validity().clone();
    [validity.not_before, validity.not_after].map(|at| (at.timestamp() - TODAY) / DAY)
}

#[tokio::test]
async fn a_ca_lasts_for_twenty_years_and_a_certificate_for_397_days_as_phones_want_it() {
    let the_box = TestBox::new();
    let tls = the_box.open();
    let leaf = seen(&tls, TODAY).await.unwrap();
    assert_eq!(days(&leaf), [-60, 397 - 60]);
    assert_eq!(days(tls.ca_der()), [-2526, 7300]);
    let leaf = parsed(&leaf);
    assert!(!leaf.is_ca());
    let usage = leaf.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.server_auth && !usage.client_auth && !usage.any);
    let ca = parsed(tls.ca_der());
    let constraints = ca.basic_constraints().unwrap().unwrap();
    assert!(constraints.critical && constraints.value.path_len_constraint == Some(0));
    let usage = ca.key_usage().unwrap().unwrap().value;
    assert!(usage.key_cert_sign() && !usage.digital_signature());
    assert!(ca.subject().to_string().contains("kioskd CA "), "{}", ca.subject());
}

#[tokio::test]
async fn a_certificate_is_renewed_when_less_than_a_third_is_left_and_open_connections_go_on() {
    let the_box = TestBox::new();
    let tls = the_box.open();
    let port = Port::open(&tls).await;
    let (mut open, _) = port.meet(client(&tls, TODAY)).await.unwrap();
    let first = shown(&open);

    the_box.set_clock(TODAY + 204 * DAY);
    tls.renew_if_due().unwrap();
    let (second, _) = port.meet(client(&tls, TODAY)).await.unwrap();
    assert_eq!(shown(&second), first);

    the_box.set_clock(TODAY + 206 * DAY);
    tls.renew_if_due().unwrap();
    let (third, _) = port.meet(client(&tls, TODAY + 206 * DAY)).await.unwrap();
    assert_ne!(shown(&third), first);
    assert_eq!(days(&shown(&third)), [206 - 60, 206 + 397 - 60]);
    assert_eq!(shown(&third), from_pem(&the_box.read("box.pem")));
    open.write_u8(b'?').await.unwrap();
    assert_eq!(must("an echo", open.read_u8()).await.unwrap(), b'?');
}

#[tokio::test(start_paused = true)]
async fn it_is_renewed_by_itself_while_the_box_runs() {
    let the_box = TestBox::new();
    let tls = the_box.open();
    let before = the_box.read("box.pem");
    let stop = CancellationToken::new();
    let keeping = tokio::spawn(tls.keep(stop.clone()));
    the_box.set_clock(TODAY + 300 * DAY);
    let renewed = async {
        while the_box.read("box.pem") == before {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    // Of the paused clock, which runs while nothing else does.
    tokio::time::timeout(Duration::from_secs(3600), renewed).await.unwrap();
    stop.cancel();
    keeping.await.unwrap();
}

#[tokio::test]
async fn a_box_that_boots_in_1970_is_trusted_by_clients_whose_clock_is_right() {
    let the_box = TestBox::new();
    the_box.set_clock(5);
    let tls = the_box.open();
    let made = seen(&tls, TODAY).await.unwrap();
    seen(&tls, TODAY + 200 * DAY).await.unwrap();
    // No reason for another one, as long as the clock is wrong…
    the_box.set_clock(1000 * DAY);
    tls.renew_if_due().unwrap();
    assert_eq!(seen(&tls, TODAY).await.unwrap(), made);
    // …and soon enough when it is set, though that is years later.
    the_box.set_clock(TODAY + 1000 * DAY);
    tls.renew_if_due().unwrap();
    seen(&tls, TODAY + 1000 * DAY).await.unwrap();
    seen(&tls, TODAY + 1300 * DAY).await.unwrap();
}

#[tokio::test]
async fn a_reboot_to_1970_costs_nothing_also_when_the_address_has_changed_meanwhile() {
    let the_box = TestBox::new();
    let years_later = TODAY + 1000 * DAY;
    the_box.set_clock(years_later);
    let made = seen(&the_box.open(), years_later).await.unwrap();
    the_box.set_clock(5);
    assert_eq!(seen(&the_box.open(), years_later).await.unwrap(), made);
    the_box.set_names(&["localhost", "10.0.0.7"]);
    assert_ne!(seen(&the_box.open(), years_later).await.unwrap(), made);
}

#[tokio::test]
async fn a_clock_that_goes_on_from_where_it_stood_months_ago_does_no_harm() {
    let the_box = TestBox::new();
    the_box.set_clock(TODAY + 150 * DAY);
    the_box.open();
    the_box.set_clock(TODAY);
    the_box.set_names(&["localhost", "10.0.0.7"]);
    seen(&the_box.open(), TODAY + 150 * DAY).await.unwrap();
}

#[tokio::test]
async fn a_certificate_made_by_a_clock_that_was_ahead_is_made_again_when_it_is_right() {
    for wrong in [TODAY + 5000 * DAY, i64::MAX, i64::MIN] {
        let the_box = TestBox::new();
        the_box.set_clock(wrong);
        let tls = the_box.open();
        the_box.set_clock(TODAY);
        tls.renew_if_due().unwrap();
        seen(&tls, TODAY).await.unwrap();
    }
}

#[tokio::test]
async fn a_new_name_is_in_a_new_certificate_and_one_that_went_changes_nothing() {
    let the_box = TestBox::new();
    let tls = the_box.open();
    let first = seen(&tls, TODAY).await.unwrap();
    the_box.set_names(&["localhost"]);
    tls.renew_if_due().unwrap();
    assert_eq!(seen(&tls, TODAY).await.unwrap(), first);
    the_box.set_names(&["localhost", "kiosk.example", "10.0.0.7", "fd00::7"]);
    tls.renew_if_due().unwrap();
    let second = seen(&tls, TODAY).await.unwrap();
    let second = parsed(&second);
    let names = second.subject_alternative_name().unwrap().unwrap().value;
    assert_eq!(names.general_names.len(), 4, "{names:?}");
    assert_eq!(second.subject().to_string(), "CN=kiosk.example");
    assert_ne!(parsed(&first).raw_serial(), second.raw_serial());
}
