//! What is asked of the box about orders.

use kiosk_proto::v1::{
    AddToOrderRequest, AddToOrderResponse, BumpLinesRequest, BumpLinesResponse, CancelLinesRequest,
    CancelLinesResponse, CancelOrderRequest, CancelOrderResponse, LinePart, Order, PlaceOrderItem,
    PlaceOrderRequest, RecallLinesRequest, RecallLinesResponse, RecallOrderRequest,
    RecallOrderResponse, RemakeLinesRequest, RemakeLinesResponse, SetOrderStatusRequest,
    SetOrderStatusResponse, SetPriorityRequest, SetPriorityResponse,
    order_service_client::OrderServiceClient as Orders, order_status::Value as Status,
};

use super::cafe::Cafe;
use crate::failure::Failure;

/// Lines of an order: some by number, or all of a station.
pub(super) struct Lines<'a> {
    pub(super) order_id: &'a str,
    pub(super) line_ids: &'a [i32],
    pub(super) station: &'a str,
}

impl Cafe {
    /// The wish comes without a request id.
    pub(super) async fn place(&self, wish: PlaceOrderRequest) -> Result<Order, Failure> {
        let named = |request_id| PlaceOrderRequest { request_id, ..wish };
        let call = async |channel, ask| Orders::new(channel).place_order(ask).await;
        let answer = self.ask("PlaceOrder", named, call).await?;
        let missing = || Failure::Check("an order was taken, and is not in the answer".into());
        answer.order.ok_or_else(missing)
    }

    /// A step forward.
    pub(super) async fn set_status(
        &self,
        order_id: &str,
        status: Status,
    ) -> Result<SetOrderStatusResponse, Failure> {
        let (order_id, status) = (order_id.to_owned(), status.into());
        let named = |request_id| SetOrderStatusRequest { request_id, order_id, status };
        let call = async |channel, ask| Orders::new(channel).set_order_status(ask).await;
        self.ask("SetOrderStatus", named, call).await
    }

    /// A step back.
    pub(super) async fn recall_order(
        &self,
        order_id: &str,
    ) -> Result<RecallOrderResponse, Failure> {
        let order_id = order_id.to_owned();
        let named = |request_id| RecallOrderRequest { request_id, order_id };
        let call = async |channel, ask| Orders::new(channel).recall_order(ask).await;
        self.ask("RecallOrder", named, call).await
    }

    pub(super) async fn cancel_order(
        &self,
        order_id: &str,
        reason: &str,
    ) -> Result<CancelOrderResponse, Failure> {
        let (order_id, reason) = (order_id.to_owned(), reason.to_owned());
        let named = |request_id| CancelOrderRequest { request_id, order_id, reason };
        let call = async |channel, ask| Orders::new(channel).cancel_order(ask).await;
        self.ask("CancelOrder", named, call).await
    }

    pub(super) async fn bump(&self, lines: Lines<'_>) -> Result<BumpLinesResponse, Failure> {
        let Lines { order_id, line_ids, station } = lines;
        let named = |request_id| BumpLinesRequest {
            request_id,
            order_id: order_id.to_owned(),
            line_ids: line_ids.to_vec(),
            station: station.to_owned(),
        };
        let call = async |channel, ask| Orders::new(channel).bump_lines(ask).await;
        self.ask("BumpLines", named, call).await
    }

    pub(super) async fn recall_lines(
        &self,
        order_id: &str,
        line_ids: &[i32],
    ) -> Result<RecallLinesResponse, Failure> {
        let named = |request_id| RecallLinesRequest {
            request_id,
            order_id: order_id.to_owned(),
            line_ids: line_ids.to_vec(),
            station: String::new(),
        };
        let call = async |channel, ask| Orders::new(channel).recall_lines(ask).await;
        self.ask("RecallLines", named, call).await
    }

    pub(super) async fn cancel_line(
        &self,
        order_id: &str,
        part: LinePart,
        reason: &str,
    ) -> Result<CancelLinesResponse, Failure> {
        let (order_id, reason) = (order_id.to_owned(), reason.to_owned());
        let named =
            |request_id| CancelLinesRequest { request_id, order_id, lines: vec![part], reason };
        let call = async |channel, ask| Orders::new(channel).cancel_lines(ask).await;
        self.ask("CancelLines", named, call).await
    }

    /// One of the line's things.
    pub(super) async fn remake_one(
        &self,
        order_id: &str,
        line_id: i32,
        reason: &str,
    ) -> Result<RemakeLinesResponse, Failure> {
        let named = |request_id| RemakeLinesRequest {
            request_id,
            order_id: order_id.to_owned(),
            lines: vec![LinePart { line_id, quantity: 1 }],
            reason: reason.to_owned(),
        };
        let call = async |channel, ask| Orders::new(channel).remake_lines(ask).await;
        self.ask("RemakeLines", named, call).await
    }

    pub(super) async fn add_to_order(
        &self,
        order_id: &str,
        line: PlaceOrderItem,
        expected_total: i32,
    ) -> Result<AddToOrderResponse, Failure> {
        let named = |request_id| AddToOrderRequest {
            request_id,
            order_id: order_id.to_owned(),
            items: vec![line],
            expected_total: Some(expected_total),
        };
        let call = async |channel, ask| Orders::new(channel).add_to_order(ask).await;
        self.ask("AddToOrder", named, call).await
    }

    pub(super) async fn set_priority(
        &self,
        order_id: &str,
        is_priority: bool,
    ) -> Result<SetPriorityResponse, Failure> {
        let order_id = order_id.to_owned();
        let named = |request_id| SetPriorityRequest { request_id, order_id, is_priority };
        let call = async |channel, ask| Orders::new(channel).set_priority(ask).await;
        self.ask("SetPriority", named, call).await
    }
}
