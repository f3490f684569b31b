//! A refusal is the same on every wire, and every method is on every wire.

use kiosk_proto::v1::{
    ChargeCellRequest, GetOrderRequest, PlaceOrderItem, PlaceOrderRequest, SetOrderStatusRequest,
    SetSettingRequest, SetSoldOutRequest, cell_service_client::CellServiceClient,
    menu_service_client::MenuServiceClient, order_service_client::OrderServiceClient,
    order_status::Value as Status, pay_type::Value as PayType,
    settings_service_client::SettingsServiceClient,
};
use prost::Message as _;
use serde_json::{Value, json};
use tonic::codegen::{Service as _, http::Request};
use uuid::Uuid;

use crate::{
    cafe::{Cafe, must},
    http_client::{post, send},
};

/// Asks the same of gRPC, Connect and REST, and compares what they say.
macro_rules! check {
    ($cafe:ident, $client:ident.$call:ident($request:expr), $method:literal, $verb:literal $path:literal, $json:expr) => {{
        let mut client = $client::new(kiosk_grpc::Services::new(&$cafe.hub));
        let status = must("an answer", client.$call($request)).await.unwrap_err();
        let connect = post($cafe.address, concat!("/kiosk.v1.", $method), &$json.to_string()).await;
        let json = ["Content-Type: application/json"];
        let body = if $verb == "GET" { String::new() } else { $json.to_string() };
        let rest = send($cafe.address, $verb, $path, &json, &body).await;
        assert!(connect.status >= 400 && connect.status == rest.status, "{}", rest.body);
        same(&status, &connect.json(), &rest.json()["error"]);
    }};
}

fn same(status: &tonic::Status, connect: &Value, rest: &Value) {
    let code = kiosk_proto::code_name(status.code());
    assert_eq!(
        (rest["code"].as_str(), rest["message"].as_str()),
        (Some(code), Some(status.message()))
    );
    assert_eq!(connect["code"], code.to_lowercase(), "{connect}");
    assert_eq!(connect["message"], status.message());
    let details = tonic_types::pb::Status::decode(status.details()).unwrap().details;
    assert!(!details.is_empty(), "{status:?}");
    let (connect, rest) =
        (connect["details"].as_array().unwrap(), rest["details"].as_array().unwrap());
    assert_eq!((connect.len(), rest.len()), (details.len(), details.len()));
    for ((detail, connect), rest) in details.iter().zip(connect).zip(rest) {
        use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
        assert_eq!(rest["@type"], detail.type_url);
        assert_eq!(connect["value"], BASE64_STANDARD_NO_PAD.encode(&detail.value), "{rest}");
        let mut fields = rest.as_object().unwrap().clone();
        fields.remove("@type");
        assert!(!fields.is_empty(), "{rest}");
        assert_eq!(connect["debug"], Value::Object(fields));
    }
}

#[tokio::test]
async fn a_refusal_is_the_same_on_every_wire() {
    let cafe = Cafe::open().await;
    let id = Uuid::new_v4().to_string();
    let wish = PlaceOrderRequest {
        request_id: "x".into(),
        items: vec![PlaceOrderItem { menu_id: 1, ..Default::default() }],
        ..Default::default()
    };
    check!(cafe, OrderServiceClient.place_order(wish), "OrderService/PlaceOrder", "POST" "/api/orders",
        json!({"requestId": "x", "items": [{"menuId": 1}]}));
    let wish = PlaceOrderRequest {
        request_id: id.clone(),
        items: vec![PlaceOrderItem { menu_id: 1, quantity: 1, ..Default::default() }],
        pay_type: PayType::Card.into(),
        expected_total: Some(5),
        ..Default::default()
    };
    check!(cafe, OrderServiceClient.place_order(wish), "OrderService/PlaceOrder", "POST" "/api/orders",
        json!({"requestId": id, "items": [{"menuId": 1, "quantity": 1}], "payType": "CARD", "expectedTotal": 5}));
    let nobody = GetOrderRequest { order_id: "ORD-1-x".into() };
    check!(cafe, OrderServiceClient.get_order(nobody), "OrderService/GetOrder", "GET" "/api/orders/ORD-1-x",
        json!({"orderId": "ORD-1-x"}));
    let step = SetOrderStatusRequest {
        request_id: id.clone(),
        order_id: "ORD-1-x".into(),
        status: Status::Making.into(),
    };
    check!(cafe, OrderServiceClient.set_order_status(step), "OrderService/SetOrderStatus",
        "PATCH" "/api/orders/ORD-1-x/status", json!({"requestId": id, "orderId": "ORD-1-x", "status": "MAKING"}));
    let sold_out = SetSoldOutRequest { request_id: id.clone(), menu_id: 9, is_sold_out: true };
    check!(cafe, MenuServiceClient.set_sold_out(sold_out), "MenuService/SetSoldOut",
        "PATCH" "/api/menus/9/sold-out", json!({"requestId": id, "menuId": 9, "isSoldOut": true}));
    let charge =
        ChargeCellRequest { request_id: id.clone(), cell_id: 9, amount: -1, ..Default::default() };
    check!(cafe, CellServiceClient.charge_cell(charge), "CellService/ChargeCell",
        "POST" "/api/cells/9/charge", json!({"requestId": id, "cellId": 9, "amount": -1}));
    let set = SetSettingRequest { request_id: id.clone(), key: "x".into(), value: "y".into() };
    check!(cafe, SettingsServiceClient.set_setting(set), "SettingsService/SetSetting",
        "PUT" "/api/settings/x", json!({"requestId": id, "key": "x", "value": "y"}));
}

#[tokio::test]
async fn every_method_of_the_contract_is_served_and_callable() {
    let cafe = Cafe::open().await;
    let mut services = kiosk_grpc::Services::new(&cafe.hub);
    let mut count = 0;
    for method in
        kiosk_proto::descriptors().services().flat_map(|it| it.methods().collect::<Vec<_>>())
    {
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        // One empty message.
        let body = tonic::body::Body::new(http_body_util::Full::from(&[0_u8; 5][..]));
        let request = Request::post(&path).header("content-type", "application/grpc");
        let answer = must("an answer", services.call(request.body(body).unwrap())).await.unwrap();
        let status = tonic::Status::from_header_map(answer.headers());
        let served = status.is_none_or(|status| status.code() != tonic::Code::Unimplemented);
        assert!(served, "{path} is in the contract, but not served");
        let answer = post(cafe.address, &path, "{}").await;
        let expected: &[u16] = if method.is_server_streaming() { &[415] } else { &[200, 400, 404] };
        assert!(expected.contains(&answer.status), "{path}: {} {}", answer.status, answer.body);
        assert!(answer.status != 404 || answer.json()["code"] == "not_found", "{}", answer.body);
        count += 1;
    }
    assert!(count > 20, "{count}");
}
