//! `kioskctl simulate` plays a day, and every total is counted again from the journal's files.

#![expect(clippy::unwrap_used, reason = "a test ends by panicking")]

mod agree;
mod closed;
mod recount;

use std::{net::SocketAddr, process::Stdio, time::Duration};

use kiosk_hub::{Clock as _, SystemClock};
use kiosk_proto::v1::{
    CloseDayRequest, DayReport, GetSnapshotRequest, GetSnapshotResponse, SetSettingRequest,
    event_service_client::EventServiceClient, report_service_client::ReportServiceClient,
    settings_service_client::SettingsServiceClient,
};
use kiosk_tests::{Start, Till, free_address, program, uuid};
use serde_json::Value;
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use self::{agree::assert_agree, closed::assert_closed, recount::Recount};

const CUSTOMERS: u64 = 400;
/// Far longer than the day takes on a loaded machine.
const DAY_MAX: Duration = Duration::from_secs(180);

/// A new business day in the middle of the test would be the test's mistake: it begins half a day
/// from now.
async fn put_off_the_next_day(address: SocketAddr) {
    let hours = SystemClock.now().as_ms() / 3_600_000;
    let mut settings = SettingsServiceClient::new(Till::connect(address).await.channel);
    for (key, value) in
        [("time_zone", "UTC".to_owned()), ("business_day_hour", ((hours + 12) % 24).to_string())]
    {
        let (request_id, key) = (uuid(), key.to_owned());
        settings.set_setting(SetSettingRequest { request_id, key, value }).await.unwrap();
    }
}

async fn snapshot(address: SocketAddr) -> GetSnapshotResponse {
    let client = EventServiceClient::new(Till::connect(address).await.channel);
    let mut client = client.max_decoding_message_size(usize::MAX);
    client.get_snapshot(GetSnapshotRequest {}).await.unwrap().into_inner()
}

async fn close(address: SocketAddr) -> DayReport {
    let mut reports = ReportServiceClient::new(Till::connect(address).await.channel);
    let request = CloseDayRequest { request_id: uuid(), ..CloseDayRequest::default() };
    reports.close_day(request).await.unwrap().into_inner().report.unwrap()
}

/// A day, as it is being played.
fn simulate(address: SocketAddr, seed: u64) -> Child {
    Command::new(program("kioskctl"))
        .args(["--json", "--address", &address.to_string(), "simulate"])
        .args(["--speed", "max", "--kiosks", "6", "--baristas", "4"])
        .args(["--customers", &CUSTOMERS.to_string(), "--seed", &seed.to_string()])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn report(day: Child) -> Value {
    let output = timeout(DAY_MAX, day.wait_with_output()).await.unwrap().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn a_simulated_days_totals_are_those_of_a_recount_from_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    put_off_the_next_day(kioskd.grpc).await;
    let report = report(simulate(kioskd.grpc, 7)).await;
    let shown = snapshot(kioskd.grpc).await;
    let closed = close(kioskd.grpc).await;
    assert!(kioskd.terminate().await.success());
    let recount = Recount::of(dir.path());
    assert_agree(&report, &shown, &recount);
    assert_closed(&closed, &recount);
}

#[tokio::test]
async fn the_totals_of_a_day_in_which_the_box_was_killed_are_right_too() {
    let dir = tempfile::tempdir().unwrap();
    let start = Start::demo(dir.path()).with("KIOSK__GRPC__LISTEN", free_address()).quiet();
    let mut kioskd = start.spawn();
    put_off_the_next_day(kioskd.grpc).await;
    let day = simulate(kioskd.grpc, 8);
    for quarter in 1..=3 {
        while snapshot(kioskd.grpc).await.orders.len() < quarter * CUSTOMERS as usize / 5 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        kioskd.kill();
        kioskd = start.spawn();
    }
    let report = report(day).await;
    let shown = snapshot(kioskd.grpc).await;
    let closed = close(kioskd.grpc).await;
    assert!(kioskd.terminate().await.success());
    let recount = Recount::of(dir.path());
    assert_agree(&report, &shown, &recount);
    assert_closed(&closed, &recount);
}
