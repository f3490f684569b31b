//! Pairing, revoking, and the record of both.

use std::time::Duration;

use kiosk_proto::v1::{
    AuditEntry, CreatePairingCodeRequest, ListAuditEntriesRequest, ListDevicesRequest,
    RedeemPairingCodeRequest, RedeemPairingCodeResponse, RenameDeviceRequest, RevokeDeviceRequest,
    SubscribeRequest, WhoAmIRequest, audit_entry::Kind, device_service_client::DeviceServiceClient,
    event_service_client::EventServiceClient, role::Value as Role,
};
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt as _;

use crate::{
    cafe::{Cafe, connect, must, uuid},
    roles::bearing,
};

async fn devices(cafe: &Cafe) -> DeviceServiceClient<Channel> {
    DeviceServiceClient::new(connect(cafe.address).await.unwrap())
}

async fn code(cafe: &Cafe, admin: &str, role: Role, name: &str) -> String {
    let wish =
        CreatePairingCodeRequest { request_id: uuid(), role: role.into(), name: name.into() };
    let created = devices(cafe).await.create_pairing_code(bearing(admin, wish)).await;
    created.unwrap().into_inner().code
}

async fn redeem(
    cafe: &Cafe,
    request_id: &str,
    code: &str,
) -> Result<RedeemPairingCodeResponse, Status> {
    let request = RedeemPairingCodeRequest {
        request_id: request_id.into(),
        code: code.into(),
        ..Default::default()
    };
    devices(cafe).await.redeem_pairing_code(request).await.map(tonic::Response::into_inner)
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

async fn record(cafe: &Cafe, admin: &str) -> Vec<AuditEntry> {
    cafe.store_has_all().await;
    let request = ListAuditEntriesRequest::default();
    let listed = devices(cafe).await.list_audit_entries(bearing(admin, request)).await;
    listed.unwrap().into_inner().entries
}

async fn role_of(cafe: &Cafe, token: &str) -> Role {
    let who = devices(cafe).await.who_am_i(bearing(token, WhoAmIRequest {})).await;
    who.unwrap().into_inner().role()
}

#[tokio::test]
async fn a_code_pairs_one_device_once_and_its_request_again_gets_the_same_token() {
    let cafe = Cafe::open_closed().await;
    let admin = cafe.pair(Role::Admin).await.1;
    let code = code(&cafe, &admin, Role::Board, "Window").await;
    assert_eq!(code.len(), 9, "{code}");
    let id = uuid();
    let typed = code.to_lowercase().replace('-', " ").replace('0', "o");
    let first = redeem(&cafe, &id, &typed).await.unwrap();
    let device = first.device.clone().unwrap();
    assert_eq!((device.name.as_str(), device.role()), ("Window", Role::Board));
    assert!(device.token_hash.is_none());
    assert_eq!(role_of(&cafe, &first.token).await, Role::Board);
    assert_eq!(redeem(&cafe, &id, &code).await.unwrap(), first);
    let replayed = redeem(&cafe, &uuid(), &code).await.unwrap_err();
    assert_eq!((replayed.code(), &*reason(&replayed)), (Code::PermissionDenied, "CODE_REFUSED"));
}

#[tokio::test]
async fn a_code_is_good_for_five_minutes_and_not_over_a_restart() {
    let cafe = Cafe::open_closed().await;
    let admin = cafe.pair(Role::Admin).await.1;
    let [kept, late] =
        [code(&cafe, &admin, Role::Pos, "").await, code(&cafe, &admin, Role::Pos, "").await];
    cafe.clock.advance(Duration::from_secs(299));
    let paired = redeem(&cafe, &uuid(), &kept).await.unwrap();
    assert_eq!(paired.device.unwrap().name, "pos 2");
    cafe.clock.advance(Duration::from_secs(1));
    assert_eq!(reason(&redeem(&cafe, &uuid(), &late).await.unwrap_err()), "CODE_REFUSED");
    let forgotten = code(&cafe, &admin, Role::Pos, "").await;
    let cafe = cafe.restart(|_| {}).await;
    assert_eq!(reason(&redeem(&cafe, &uuid(), &forgotten).await.unwrap_err()), "CODE_REFUSED");
    // Tokens are.
    assert_eq!(role_of(&cafe, &admin).await, Role::Admin);
    assert_eq!(role_of(&cafe, &paired.token).await, Role::Pos);
}

#[tokio::test]
async fn of_many_who_redeem_a_code_at_once_one_is_paired() {
    let cafe = Cafe::open_closed().await;
    let admin = cafe.pair(Role::Admin).await.1;
    let code = code(&cafe, &admin, Role::Kiosk, "").await;
    let tries = (0..4).map(|_| {
        let (code, mut client) = (code.clone(), DeviceServiceClient::new(cafe.channel.clone()));
        tokio::spawn(async move {
            let request =
                RedeemPairingCodeRequest { request_id: uuid(), code, ..Default::default() };
            client.redeem_pairing_code(request).await
        })
    });
    let mut paired = 0;
    for tried in tries.collect::<Vec<_>>() {
        paired += usize::from(must("an answer", tried).await.unwrap().is_ok());
    }
    assert_eq!(paired, 1);
    let listed = devices(&cafe).await.list_devices(bearing(&admin, ListDevicesRequest {})).await;
    assert_eq!(listed.unwrap().into_inner().devices.len(), 2);
}

#[tokio::test]
async fn who_guesses_codes_has_to_wait_and_the_right_one_helps_no_more() {
    let cafe = Cafe::open_closed().await;
    let admin = cafe.pair(Role::Admin).await.1;
    let right = code(&cafe, &admin, Role::Admin, "").await;
    for _ in 0..5 {
        assert_eq!(reason(&redeem(&cafe, &uuid(), "AAAA-AAAA").await.unwrap_err()), "CODE_REFUSED");
    }
    let locked = redeem(&cafe, &uuid(), &right).await.unwrap_err();
    assert_eq!((locked.code(), &*reason(&locked)), (Code::ResourceExhausted, "CODE_LOCKED"));
    assert!(
        locked.get_details_retry_info().unwrap().retry_delay.unwrap() <= Duration::from_secs(60)
    );
    // It is told in passing: nobody who is refused waits for that.
    let told = async {
        loop {
            let entries = record(&cafe, &admin).await;
            let refused = entries.iter().filter(|entry| entry.kind() == Kind::CodeRefused);
            let told: Vec<_> = refused.map(|entry| entry.address.clone()).collect();
            if !told.is_empty() {
                return told;
            }
        }
    };
    assert_eq!(must("the refusal in the record", told).await, ["127.0.0.1"]);
}

#[tokio::test]
async fn what_is_revoked_is_closed_within_a_second_and_shut_out() {
    let cafe = Cafe::open_closed().await;
    let admin = cafe.pair(Role::Admin).await.1;
    let (device_id, token) = cafe.pair(Role::Staff).await;
    let mut events = EventServiceClient::new(cafe.channel.clone());
    let stream = events.subscribe(bearing(&token, SubscribeRequest::default())).await;
    let mut stream = stream.unwrap().into_inner();
    must("the beginning", stream.message()).await.unwrap();
    let request_id = uuid();
    let request = RevokeDeviceRequest { request_id, device_id, reason: "lost".into() };
    let revoked = devices(&cafe).await.revoke_device(bearing(&admin, request)).await;
    revoked.unwrap();
    // An event that came before may still be there.
    let ended = loop {
        match tokio::time::timeout(Duration::from_secs(1), stream.message()).await.unwrap() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it ended without saying why"),
            Err(status) => break status,
        }
    };
    assert_eq!((ended.code(), &*reason(&ended)), (Code::Unauthenticated, "TOKEN_REFUSED"));
    assert_eq!(role_of(&cafe, &token).await, Role::Unspecified);
    let entries = record(&cafe, &admin).await;
    let entry = entries.iter().find(|entry| entry.kind() == Kind::Revoked).unwrap();
    assert_eq!((entry.device_id, &*entry.detail), (device_id, "lost"));
    assert_eq!(entry.by.as_ref().unwrap().name, "admin 1");
}

#[tokio::test]
async fn a_device_is_named_anew_and_the_record_tells_all_that_became_of_it() {
    let cafe = Cafe::open_closed().await;
    let admin = cafe.pair(Role::Admin).await.1;
    let code = code(&cafe, &admin, Role::Kiosk, "Door").await;
    let paired = redeem(&cafe, &uuid(), &code).await.unwrap();
    assert_eq!(role_of(&cafe, &paired.token).await, Role::Kiosk);
    let device_id = paired.device.unwrap().device_id;
    let rename =
        |name: &str| RenameDeviceRequest { request_id: uuid(), device_id, name: name.into() };
    let renamed = devices(&cafe).await.rename_device(bearing(&admin, rename("Hall"))).await;
    assert_eq!(renamed.unwrap().into_inner().device.unwrap().name, "Hall");
    let nameless = devices(&cafe).await.rename_device(bearing(&admin, rename(" "))).await;
    assert_eq!(nameless.unwrap_err().code(), Code::InvalidArgument);
    // It is still let in, under its new name.
    assert_eq!(role_of(&cafe, &paired.token).await, Role::Kiosk);
    let entries = record(&cafe, &admin).await;
    let told: Vec<_> = entries
        .iter()
        .rev()
        .filter(|entry| entry.device_name != "admin 1")
        .map(|entry| (entry.kind(), entry.device_name.as_str()))
        .collect();
    let expected = [
        (Kind::CodeCreated, "Door"),
        (Kind::Paired, "Door"),
        (Kind::TokenUsed, "Door"),
        (Kind::Renamed, "Hall"),
    ];
    assert_eq!(told, expected);
    let created = entries.iter().find(|entry| entry.kind() == Kind::CodeCreated).unwrap();
    assert_eq!(created.by.as_ref().unwrap().name, "admin 1");
    let numbers: Vec<_> = entries.iter().rev().map(|entry| entry.entry_num).collect();
    assert_eq!(numbers, (1..=i32::try_from(numbers.len()).unwrap()).collect::<Vec<_>>());
}

#[tokio::test]
async fn no_token_code_or_hash_is_in_an_event_or_in_what_is_kept() {
    let cafe = Cafe::open_closed().await;
    let admin = cafe.pair(Role::Admin).await.1;
    let code = code(&cafe, &admin, Role::Staff, "").await;
    let paired = redeem(&cafe, &uuid(), &code).await.unwrap();
    let secret = paired.token.rsplit('.').next().unwrap().to_owned();
    assert!(!format!("{paired:?}").contains(&secret));
    let events = cafe.hub.recent_after(0);
    assert!(!events.is_empty());
    for event in events {
        let (json, debug) = (event.json().clone(), format!("{event:?}"));
        let json = String::from_utf8_lossy(&json);
        assert!(!json.contains("tokenHash") && !json.contains("$6$"), "{json}");
        assert!(!debug.contains("$6$"), "{debug}");
    }
    cafe.store_has_all().await;
    cafe.restart(|dir| {
        for path in walk(dir) {
            let bytes = std::fs::read(&path).unwrap();
            let bare = code.replace('-', "");
            for what in [secret.as_bytes(), code.as_bytes(), bare.as_bytes()] {
                let is_there = bytes.windows(what.len()).any(|window| window == what);
                assert!(!is_there, "{}", path.display());
            }
        }
    })
    .await;
}

fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
