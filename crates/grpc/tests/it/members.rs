//! Members of cells and their PINs.

use kiosk_proto::v1::{
    DeleteCellMemberRequest, GetSnapshotRequest, ListCellMembersRequest, ListCellsRequest,
    PlaceOrderRequest, Position, PutCellMemberRequest, SubscribeRequest,
    cell_service_client::CellServiceClient, event::Payload,
    event_service_client::EventServiceClient, order_service_client::OrderServiceClient,
    order_source::Value as OrderSource, pay_type::Value as PayType, subscribe_response::Message,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::cafe::{AMERICANO, CHOIR, Cafe, must, uuid, wish};

async fn put(cafe: &Cafe, member_id: i32, pin: Option<&str>) -> i32 {
    let mut cells = CellServiceClient::new(cafe.channel.clone());
    let put = PutCellMemberRequest {
        request_id: uuid(),
        cell_id: CHOIR,
        member_id,
        name: "Mina".into(),
        pin: pin.map(Into::into),
    };
    let answer = must("a member", cells.put_cell_member(put)).await.unwrap().into_inner();
    let member = answer.member.unwrap();
    assert_eq!(member.pin_hash, None, "an answer has no hash");
    member.member_id
}

fn at_kiosk(member_id: Option<i32>, pin: &str) -> PlaceOrderRequest {
    PlaceOrderRequest {
        pay_type: PayType::Cell.into(),
        cell_id: Some(CHOIR),
        source: OrderSource::Kiosk.into(),
        cell_member_id: member_id,
        cell_pin: pin.into(),
        ..wish(AMERICANO, 1)
    }
}

async fn place(cafe: &Cafe, order: PlaceOrderRequest) -> Result<String, Status> {
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let answer = must("an answer", orders.place_order(order)).await?;
    Ok(answer.into_inner().order.unwrap().order_id)
}

fn reason(refused: &Status) -> (Code, String) {
    (refused.code(), refused.get_details_error_info().unwrap().reason)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_pays_by_a_cell_with_the_pin_of_a_member() {
    let cafe = Cafe::open().await;
    let mina = put(&cafe, 0, Some("1234")).await;
    let required = (Code::FailedPrecondition, "PIN_REQUIRED".to_owned());
    let wrong = (Code::PermissionDenied, "PIN_WRONG".to_owned());
    for order in [at_kiosk(None, ""), at_kiosk(Some(mina), "")] {
        assert_eq!(reason(&place(&cafe, order).await.unwrap_err()), required);
    }
    // Whether there is such a member, is not told.
    let mut told = Vec::new();
    for order in [at_kiosk(Some(mina), "1235"), at_kiosk(Some(99), "1234")] {
        let refused = place(&cafe, order).await.unwrap_err();
        assert_eq!(reason(&refused), wrong);
        told.push((refused.message().to_owned(), refused.details().to_vec()));
    }
    assert_eq!(told[0], told[1]);
    place(&cafe, at_kiosk(Some(mina), "1234")).await.unwrap();
    let staff = PlaceOrderRequest { source: OrderSource::Pos.into(), ..at_kiosk(None, "") };
    place(&cafe, staff).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_order_is_answered_as_before_whatever_the_pin() {
    let cafe = Cafe::open().await;
    let mina = put(&cafe, 0, Some("1234")).await;
    let order = at_kiosk(Some(mina), "1234");
    let first = place(&cafe, order.clone()).await.unwrap();
    // The PIN is changed meanwhile: what was paid, was paid.
    put(&cafe, mina, Some("98765432")).await;
    assert_eq!(place(&cafe, order.clone()).await.unwrap(), first);
    let other = PlaceOrderRequest { cell_pin: "98765432".into(), ..order.clone() };
    assert_eq!(place(&cafe, other).await.unwrap(), first);
    let new = PlaceOrderRequest { request_id: uuid(), ..order };
    assert_eq!(place(&cafe, new).await.unwrap_err().code(), Code::PermissionDenied);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_pins_lock_a_member_whether_there_is_one_or_not() {
    let cafe = Cafe::open().await;
    let mina = put(&cafe, 0, Some("1234")).await;
    let juno = put(&cafe, 0, Some("5678")).await;
    for member in [mina, 99] {
        for _ in 0..5 {
            let refused = place(&cafe, at_kiosk(Some(member), "0000")).await.unwrap_err();
            assert_eq!(reason(&refused).1, "PIN_WRONG");
        }
        let refused = place(&cafe, at_kiosk(Some(member), "1234")).await.unwrap_err();
        assert_eq!(reason(&refused), (Code::ResourceExhausted, "PIN_LOCKED".into()));
        let wait = refused.get_details_retry_info().unwrap().retry_delay.unwrap();
        assert!((1..=60).contains(&wait.as_secs()), "{wait:?}");
    }
    place(&cafe, at_kiosk(Some(juno), "5678")).await.unwrap();
}

#[tokio::test]
async fn a_pin_that_is_none_is_refused_and_not_repeated() {
    let cafe = Cafe::open().await;
    let mut cells = CellServiceClient::new(cafe.channel.clone());
    for pin in ["123", "123456789", "12a4", "１２３４", "-123"] {
        let put = PutCellMemberRequest {
            request_id: uuid(),
            cell_id: CHOIR,
            name: "Mina".into(),
            pin: Some(pin.into()),
            ..Default::default()
        };
        assert!(!format!("{put:?}").contains(pin), "a request that is logged has no PIN");
        let refused = must("an answer", cells.put_cell_member(put)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(refused.message(), "pin: it must have 4 to 8 digits");
    }
    let refused = place(&cafe, at_kiosk(None, "1234")).await.unwrap_err();
    assert_eq!(refused.message(), "cell_member_id: cell_pin needs it");
}

/// Everything that gRPC says of a member, live and read back from the journal.
#[tokio::test]
async fn no_answer_and_no_event_has_what_is_kept_of_a_pin() {
    let cafe = Cafe::open().await;
    let before = cafe.hub.snapshot().position;
    let mina = put(&cafe, 0, Some("1234")).await;
    let kept = cafe.hub.snapshot().state.pin_hash(CHOIR, mina).unwrap().expose().to_owned();
    assert!(kept.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"), "{kept}");

    let mut cells = CellServiceClient::new(cafe.channel.clone());
    let mut events = EventServiceClient::new(cafe.channel.clone());
    let listed = must("cells", cells.list_cells(ListCellsRequest::default())).await.unwrap();
    let members = ListCellMembersRequest { cell_id: CHOIR };
    let members = must("members", cells.list_cell_members(members)).await.unwrap().into_inner();
    assert!(members.needs_pin && members.members[0].has_pin);
    let snapshot = must("a snapshot", events.get_snapshot(GetSnapshotRequest {})).await.unwrap();
    let mut said = vec![
        prost::Message::encode_to_vec(listed.get_ref()),
        prost::Message::encode_to_vec(&members),
        prost::Message::encode_to_vec(snapshot.get_ref()),
    ];
    // More events than are at hand in memory: the second subscriber is told from the journal.
    for round in 0..2 {
        let after = Some(Position::from(before));
        let subscribe = SubscribeRequest { after, rooms: vec!["cells".into()] };
        let mut stream = must("a stream", events.subscribe(subscribe)).await.unwrap().into_inner();
        let message = must("an event", stream.message()).await.unwrap().unwrap();
        said.push(prost::Message::encode_to_vec(&message));
        let Some(Message::Event(event)) = message.message else { panic!("{message:?}") };
        let Some(Payload::CellMemberChanged(change)) = event.payload else { panic!("{event:?}") };
        let member = change.member.unwrap();
        assert_eq!((member.has_pin, member.pin_hash), (true, None));
        for n in 0..if round == 0 { 2_100 } else { 0 } {
            let (key, value) = ("queue_threshold".into(), (n + 1).to_string());
            cafe.submit(kiosk_domain::Command::SetSetting { key, value }).await;
        }
    }
    let hash = kept.rsplit('$').next().unwrap().as_bytes();
    for bytes in said {
        assert!(!bytes.windows(hash.len()).any(|part| part == hash));
        assert!(!bytes.windows(6).any(|part| part == b"argon2"));
    }
    let gone = DeleteCellMemberRequest { request_id: uuid(), cell_id: CHOIR, member_id: mina };
    must("a leave", cells.delete_cell_member(gone)).await.unwrap();
    place(&cafe, at_kiosk(None, "")).await.unwrap();
}
