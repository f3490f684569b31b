//! People of the staff sign in with passwords and PINs, for a while.

use std::time::Duration;

use kiosk_proto::v1::{
    DeleteStaffMemberRequest, ListAuditEntriesRequest, ListDevicesRequest, ListStaffMembersRequest,
    PutStaffMemberRequest, SetSettingRequest, SignInRequest, SignInResponse, SignOutRequest,
    StaffMember, WhoAmIRequest, WhoAmIResponse, admin_service_client::AdminServiceClient,
    audit_entry::Kind, device_service_client::DeviceServiceClient, role::Value as Role,
    settings_service_client::SettingsServiceClient,
};
use tonic::{Code, Request, Status, transport::Channel};
use tonic_types::StatusExt as _;

use crate::{
    cafe::{Cafe, must, uuid},
    roles::bearing,
};

const PASSWORD: &str = "정말 긴 비밀번호";

fn admin(cafe: &Cafe) -> AdminServiceClient<Channel> {
    AdminServiceClient::new(cafe.channel.clone())
}

async fn put(cafe: &Cafe, token: &str, wish: PutStaffMemberRequest) -> Result<StaffMember, Status> {
    let wish = PutStaffMemberRequest { request_id: uuid(), ..wish };
    let answer = must("an answer", admin(cafe).put_staff_member(bearing(token, wish))).await;
    answer.map(|answer| answer.into_inner().member.unwrap())
}

fn mina() -> PutStaffMemberRequest {
    PutStaffMemberRequest {
        name: "Mina".into(),
        role: Role::Admin.into(),
        password: Some(PASSWORD.into()),
        pin: Some("4711".into()),
        ..Default::default()
    }
}

fn asking(name: &str, secret: &str) -> SignInRequest {
    SignInRequest { request_id: uuid(), name: name.into(), secret: secret.into() }
}

async fn sign_in(cafe: &Cafe, request: Request<SignInRequest>) -> Result<SignInResponse, Status> {
    must("an answer", admin(cafe).sign_in(request)).await.map(tonic::Response::into_inner)
}

async fn who(cafe: &Cafe, token: &str) -> WhoAmIResponse {
    let mut devices = DeviceServiceClient::new(cafe.channel.clone());
    must("an answer", devices.who_am_i(bearing(token, WhoAmIRequest {})))
        .await
        .unwrap()
        .into_inner()
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

#[tokio::test]
async fn who_signs_in_acts_in_their_own_name_until_they_sign_out() {
    let cafe = Cafe::open_closed().await;
    let office = cafe.pair(Role::Admin).await.1;
    let member = put(&cafe, &office, mina()).await.unwrap();
    assert!(member.has_password && member.has_pin && member.password_hash.is_none());
    let wish = asking("Mina", PASSWORD);
    let session = sign_in(&cafe, Request::new(wish.clone())).await.unwrap();
    assert_eq!(sign_in(&cafe, Request::new(wish)).await.unwrap(), session, "its request again");
    let me = who(&cafe, &session.token).await;
    assert_eq!((me.role(), me.name.as_str()), (Role::Admin, "Mina"));
    assert_eq!((me.staff_id, who(&cafe, &office).await.staff_id), (member.staff_id, 0));
    let set = SetSettingRequest {
        request_id: uuid(),
        key: "is_kiosk_active".into(),
        value: "false".into(),
    };
    let mut settings = SettingsServiceClient::new(cafe.channel.clone());
    let set = settings.set_setting(bearing(&session.token, set)).await.unwrap().into_inner();
    let by = set.change.unwrap().updated_by.unwrap();
    assert_eq!((by.id, by.name.as_str()), (member.staff_id, "Mina"));
    let out = SignOutRequest { request_id: uuid() };
    admin(&cafe).sign_out(bearing(&session.token, out)).await.unwrap();
    assert_eq!(who(&cafe, &session.token).await.role(), Role::Unspecified);
    // Nobody has signed in at a device that shows its own token.
    let out = bearing(&office, SignOutRequest { request_id: uuid() });
    let refused = admin(&cafe).sign_out(out).await.unwrap_err();
    assert_eq!((refused.code(), &*reason(&refused)), (Code::FailedPrecondition, "NOT_SIGNED_IN"));
}

#[tokio::test]
async fn a_session_is_over_after_twelve_hours_and_for_who_is_not_of_the_staff_any_more() {
    let cafe = Cafe::open_closed().await;
    let office = cafe.pair(Role::Admin).await.1;
    let member = put(&cafe, &office, mina()).await.unwrap();
    let session = sign_in(&cafe, Request::new(asking("Mina", PASSWORD))).await.unwrap();
    cafe.clock.advance(Duration::from_secs(12 * 3_600 - 1));
    assert_eq!(who(&cafe, &session.token).await.role(), Role::Admin);
    cafe.clock.advance(Duration::from_secs(1));
    assert_eq!(who(&cafe, &session.token).await.role(), Role::Unspecified);
    // What is over is gone before long.
    let mut devices = DeviceServiceClient::new(cafe.channel.clone());
    let listed = || {
        let request = bearing(&office, ListDevicesRequest {});
        let mut devices = devices.clone();
        async move { devices.list_devices(request).await.unwrap().into_inner().devices.len() }
    };
    let gone = async {
        while listed().await > 1 {
            tokio::task::yield_now().await;
        }
    };
    must("the end of the session", gone).await;
    cafe.store_has_all().await;
    let request = bearing(&office, ListAuditEntriesRequest::default());
    let record = devices.list_audit_entries(request).await.unwrap().into_inner().entries;
    let told = |kind| record.iter().filter(|entry| entry.kind() == kind).count();
    assert_eq!([told(Kind::SignedIn), told(Kind::Expired)], [1, 1]);

    let session = sign_in(&cafe, Request::new(asking("Mina", PASSWORD))).await.unwrap();
    let delete = DeleteStaffMemberRequest { request_id: uuid(), staff_id: member.staff_id };
    admin(&cafe).delete_staff_member(bearing(&office, delete)).await.unwrap();
    assert_eq!(who(&cafe, &session.token).await.role(), Role::Unspecified);
    let gone = sign_in(&cafe, Request::new(asking("Mina", PASSWORD))).await.unwrap_err();
    assert_eq!(reason(&gone), "SIGN_IN_REFUSED");
}

#[tokio::test]
async fn a_new_password_signs_out_and_a_new_name_does_not() {
    let cafe = Cafe::open_closed().await;
    let office = cafe.pair(Role::Admin).await.1;
    let staff_id = put(&cafe, &office, mina()).await.unwrap().staff_id;
    let token = sign_in(&cafe, Request::new(asking("Mina", PASSWORD))).await.unwrap().token;
    let change = |name: &str, password: Option<&str>| PutStaffMemberRequest {
        staff_id,
        name: name.into(),
        role: Role::Admin.into(),
        password: password.map(Into::into),
        ..Default::default()
    };
    put(&cafe, &office, change("Mina K.", None)).await.unwrap();
    assert_eq!(who(&cafe, &token).await.role(), Role::Admin);
    put(&cafe, &office, change("Mina K.", Some("another long one"))).await.unwrap();
    assert_eq!(who(&cafe, &token).await.role(), Role::Unspecified);
    assert!(sign_in(&cafe, Request::new(asking("Mina K.", PASSWORD))).await.is_err());
    assert!(sign_in(&cafe, Request::new(asking("Mina K.", "another long one"))).await.is_ok());
}

#[tokio::test]
async fn a_pin_is_enough_only_where_staff_have_let_the_screen_in() {
    let cafe = Cafe::open_closed().await;
    let office = cafe.pair(Role::Admin).await.1;
    put(&cafe, &office, mina()).await.unwrap();
    for (role, may) in [(Role::Staff, true), (Role::Pos, true), (Role::Kiosk, false)] {
        let token = cafe.pair(role).await.1;
        let tried = sign_in(&cafe, bearing(&token, asking("Mina", "4711"))).await;
        assert_eq!(tried.is_ok(), may, "{role:?}");
    }
    let nobody = sign_in(&cafe, Request::new(asking("Mina", "4711"))).await.unwrap_err();
    assert_eq!((nobody.code(), &*reason(&nobody)), (Code::PermissionDenied, "SIGN_IN_REFUSED"));
}

#[tokio::test]
async fn who_guesses_has_to_wait_whether_there_is_such_a_name_or_not() {
    let cafe = Cafe::open_closed().await;
    let office = cafe.pair(Role::Admin).await.1;
    put(&cafe, &office, mina()).await.unwrap();
    for name in ["Mina", "Nobody"] {
        for _ in 0..5 {
            let wrong = sign_in(&cafe, Request::new(asking(name, "wrong password"))).await;
            assert_eq!(reason(&wrong.unwrap_err()), "SIGN_IN_REFUSED", "{name}");
        }
        let locked = sign_in(&cafe, Request::new(asking(name, PASSWORD))).await.unwrap_err();
        assert_eq!(
            (locked.code(), &*reason(&locked)),
            (Code::ResourceExhausted, "SIGN_IN_LOCKED"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn what_is_no_password_or_pin_is_refused_and_not_repeated() {
    let cafe = Cafe::open_closed().await;
    let office = cafe.pair(Role::Admin).await.1;
    for (password, pin) in [("short", ""), ("12345678", ""), ("", "12"), ("", "abcd")] {
        let wish = PutStaffMemberRequest {
            password: Some(password.into()),
            pin: Some(pin.into()),
            ..mina()
        };
        let refused = put(&cafe, &office, wish).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{password:?} {pin:?}");
        let secret = if password.is_empty() { pin } else { password };
        assert!(!refused.message().contains(secret), "{}", refused.message());
    }
    put(&cafe, &office, mina()).await.unwrap();
    let again = put(&cafe, &office, mina()).await.unwrap_err();
    assert!(again.message().contains("is the name of 1 already"), "{}", again.message());
    let mut admin = admin(&cafe);
    let listed = admin.list_staff_members(bearing(&office, ListStaffMembersRequest {}));
    let members = must("a list", listed).await.unwrap().into_inner().members;
    assert_eq!(members.len(), 1);
    assert!(members[0].password_hash.is_none() && members[0].pin_hash.is_none());
    for event in cafe.hub.recent_after(0) {
        let json = String::from_utf8_lossy(event.json()).into_owned();
        assert!(!json.contains("argon2"), "{json}");
    }
}
