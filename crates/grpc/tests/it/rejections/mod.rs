//! The table from refusals to `google.rpc.Status`, as a client reads it.

mod always;
mod catalogue;
mod fields;
mod orders;
mod tables;

use kiosk_proto::v1::{
    Order, PlaceOrderItem, PlaceOrderRequest, order_service_client::OrderServiceClient,
    pay_type::Value as PayType,
};
use tonic_types::StatusExt as _;

use crate::cafe::{AMERICANO, Cafe, must, wish};

/// Calls a method that must refuse, and tells how.
macro_rules! refused {
    ($cafe:expr, $client:ident.$method:ident($request:expr)) => {{
        let mut client = $client::new($cafe.channel.clone());
        $crate::rejections::describe(
            &$crate::cafe::must("an answer", client.$method($request)).await.unwrap_err(),
        )
    }};
}

pub(crate) use refused;

/// `Code REASON fact=value [field] (retry)`.
pub(crate) fn describe(status: &tonic::Status) -> String {
    assert!(!status.message().is_empty());
    let mut text = format!("{:?}", status.code());
    let details = status.get_error_details();
    if let Some(info) = details.error_info() {
        assert_eq!(info.domain, "kiosk.v1");
        let mut facts: Vec<_> = info.metadata.iter().map(|(k, v)| format!(" {k}={v}")).collect();
        facts.sort();
        text += &format!(" {}{}", info.reason, facts.concat());
    }
    if let Some(resource) = details.resource_info() {
        text += &format!(" {}={}", resource.resource_type, resource.resource_name);
    }
    for violation in details.bad_request().iter().flat_map(|b| &b.field_violations) {
        assert!(!violation.description.is_empty());
        text += &format!(" [{}]", violation.field);
    }
    if let Some(delay) = details.retry_info().and_then(|retry| retry.retry_delay) {
        text += &format!(" (retry after {delay:?})");
    }
    text
}

/// One row of the table: what was asked, what was answered, what must be.
pub(crate) type Row = (&'static str, String, String);

pub(crate) fn check(cafe: &Cafe, head: u64, rows: Vec<Row>) {
    for (asked, answered, expected) in rows {
        assert_eq!(answered, expected, "{asked}");
    }
    assert_eq!(cafe.head(), head, "a refusal has changed something");
}

pub(crate) fn item(menu_id: i32, quantity: i32) -> PlaceOrderItem {
    PlaceOrderItem { menu_id, quantity, ..Default::default() }
}

fn by_cell(cell_id: i32, quantity: i32) -> PlaceOrderRequest {
    let pay_type = PayType::Cell.into();
    PlaceOrderRequest { pay_type, cell_id: Some(cell_id), ..wish(AMERICANO, quantity) }
}

async fn place(cafe: &Cafe, wish: PlaceOrderRequest) -> Order {
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    must("an order", orders.place_order(wish)).await.unwrap().into_inner().order.unwrap()
}
