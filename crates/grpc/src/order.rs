use kiosk_domain::{
    Command, MemberClaim, PinClaim, PlaceOrder, TicketClaim,
    limits::{LABEL_CHARS_MAX, NOTE_CHARS_MAX},
};
use kiosk_hub::Hub;
use kiosk_proto::v1::{
    AddToOrderRequest, AddToOrderResponse, BumpLinesRequest, BumpLinesResponse, CancelLinesRequest,
    CancelLinesResponse, CancelOrderRequest, CancelOrderResponse, GetOrderRequest,
    GetOrderResponse, ListOrdersRequest, ListOrdersResponse, Order, PlaceOrderRequest,
    PlaceOrderResponse, RecallLinesRequest, RecallLinesResponse, RecallOrderRequest,
    RecallOrderResponse, RemakeLinesRequest, RemakeLinesResponse, SetOrderStatusRequest,
    SetOrderStatusResponse, SetPriorityRequest, SetPriorityResponse, event::Payload,
    fulfilment::Value as Fulfilment, order_service_server::OrderService,
    order_source::Value as OrderSource, pay_type::Value as PayType,
};
use tonic::{Request, Response, Status};

use crate::{
    mutation::{Mutation, commit, parse, pick, submit},
    order_items::parse_items,
    order_lines, order_list,
    parse::Violations,
    pin::Pins,
    queue_ticket,
    status::{history_closed, internal, not_found},
};

pub(crate) struct Orders(pub(crate) Hub, pub(crate) Pins);

#[tonic::async_trait]
impl OrderService for Orders {
    async fn place_order(
        &self,
        request: Request<PlaceOrderRequest>,
    ) -> Result<Response<PlaceOrderResponse>, Status> {
        let message = request.get_ref();
        let mut wished = parse(&request)?;
        let mut ticket = None;
        if let Command::PlaceOrder(wish) = &mut wished.command {
            let state = &self.0.snapshot().state;
            self.1.check(state, &wished.actor, wish, &message.cell_pin).await?;
            ticket = queue_ticket::claim(&self.0, wish, &message.queue_ticket, wished.request_id);
        }
        let committed = match ticket {
            Some(ticket) => queue_ticket::submit(&self.0, wished, ticket).await?,
            None => submit(&self.0, wished).await?,
        };
        let order = pick(&committed, |event| match event {
            Payload::OrderCreated(order) => Some(order.clone()),
            _ => None,
        });
        let order_token = order.as_ref().map(|order| self.0.access().order_token(order));
        Ok(Response::new(PlaceOrderResponse {
            position: Some(committed.position.into()),
            order,
            order_token: order_token.unwrap_or_default(),
        }))
    }

    async fn get_order(
        &self,
        request: Request<GetOrderRequest>,
    ) -> Result<Response<GetOrderResponse>, Status> {
        let mut violations = Violations::default();
        let order_id = violations.filled("order_id", &request.get_ref().order_id, LABEL_CHARS_MAX);
        let order_id = &violations.or(order_id)?;
        Ok(Response::new(GetOrderResponse { order: Some(find(&self.0, order_id)?) }))
    }

    async fn list_orders(
        &self,
        request: Request<ListOrdersRequest>,
    ) -> Result<Response<ListOrdersResponse>, Status> {
        order_list::list(&self.0, request.get_ref()).map(Response::new)
    }

    async fn set_order_status(
        &self,
        request: Request<SetOrderStatusRequest>,
    ) -> Result<Response<SetOrderStatusResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let change = pick(&committed, |event| match event {
            Payload::OrderStatusChanged(change) => Some(change.clone()),
            _ => None,
        });
        let position = Some(committed.position.into());
        Ok(Response::new(SetOrderStatusResponse { position, change }))
    }

    async fn recall_order(
        &self,
        request: Request<RecallOrderRequest>,
    ) -> Result<Response<RecallOrderResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let change = pick(&committed, |event| match event {
            Payload::OrderRecalled(change) => Some(change.clone()),
            _ => None,
        });
        Ok(Response::new(RecallOrderResponse { position: Some(committed.position.into()), change }))
    }

    async fn cancel_order(
        &self,
        request: Request<CancelOrderRequest>,
    ) -> Result<Response<CancelOrderResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let change = pick(&committed, |event| match event {
            Payload::OrderCancelled(change) => Some(change.clone()),
            _ => None,
        });
        Ok(Response::new(CancelOrderResponse { position: Some(committed.position.into()), change }))
    }

    async fn bump_lines(
        &self,
        request: Request<BumpLinesRequest>,
    ) -> Result<Response<BumpLinesResponse>, Status> {
        order_lines::bump_lines(&self.0, &request).await.map(Response::new)
    }

    async fn recall_lines(
        &self,
        request: Request<RecallLinesRequest>,
    ) -> Result<Response<RecallLinesResponse>, Status> {
        order_lines::recall_lines(&self.0, &request).await.map(Response::new)
    }

    async fn set_priority(
        &self,
        request: Request<SetPriorityRequest>,
    ) -> Result<Response<SetPriorityResponse>, Status> {
        order_lines::set_priority(&self.0, &request).await.map(Response::new)
    }

    async fn cancel_lines(
        &self,
        request: Request<CancelLinesRequest>,
    ) -> Result<Response<CancelLinesResponse>, Status> {
        order_lines::cancel_lines(&self.0, &request).await.map(Response::new)
    }

    async fn remake_lines(
        &self,
        request: Request<RemakeLinesRequest>,
    ) -> Result<Response<RemakeLinesResponse>, Status> {
        order_lines::remake_lines(&self.0, &request).await.map(Response::new)
    }

    async fn add_to_order(
        &self,
        request: Request<AddToOrderRequest>,
    ) -> Result<Response<AddToOrderResponse>, Status> {
        order_lines::add_to_order(&self.0, &request).await.map(Response::new)
    }
}

/// An order of the working set, or of history.
pub(crate) fn find(hub: &Hub, order_id: &str) -> Result<Order, Status> {
    let snapshot = hub.snapshot();
    if let Some(order) = snapshot.state.order(order_id) {
        return Ok(Order::clone(order));
    }
    let history = hub.history().map_err(history_closed)?;
    let found = history.order(order_id).map_err(|error| internal(&error))?;
    found.ok_or_else(|| not_found("order", order_id))
}

impl Mutation for PlaceOrderRequest {
    const METHOD: &'static str = "kiosk.v1.OrderService/PlaceOrder";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let items = parse_items(violations, &self.items);
        let pay_type = violations.choice::<PayType>("pay_type", self.pay_type);
        match (pay_type, self.cell_id) {
            (Some(PayType::Cell), None) => violations.add("cell_id", "pay_type CELL needs it"),
            (Some(PayType::Cell), Some(_)) | (_, None) => {}
            (_, Some(_)) => violations.add("cell_id", "only pay_type CELL has it"),
        }
        if self.cell_member_id.is_some() && self.cell_id.is_none() {
            violations.add("cell_member_id", "only an order by a cell has it");
        }
        violations.pin("cell_pin", &self.cell_pin);
        if !self.cell_pin.is_empty() && self.cell_member_id.is_none() {
            violations.add("cell_member_id", "cell_pin needs it");
        }
        let fulfilment = match self.fulfilment {
            0 => Some(Fulfilment::DineIn),
            value => violations.choice("fulfilment", value),
        };
        // Who does not say where the order comes from is held to a kiosk's rules: the strictest.
        let source = match self.source {
            0 => Some(OrderSource::Kiosk),
            value => violations.choice("source", value),
        };
        let note = violations.text("note", &self.note, NOTE_CHARS_MAX);
        let table = violations.text("table", &self.table, LABEL_CHARS_MAX);
        let seat_id = violations.text("seat_id", &self.seat_id, LABEL_CHARS_MAX);
        let seat_holder = violations.text("seat_holder", &self.seat_holder, LABEL_CHARS_MAX);
        violations.text("queue_ticket", &self.queue_ticket, LABEL_CHARS_MAX);
        let buzzer_id = parse_buzzer(violations, &self.buzzer_id);
        let external_id = violations.text("external_id", &self.external_id, LABEL_CHARS_MAX);
        Some(Command::PlaceOrder(PlaceOrder {
            items: items?,
            pay_type: pay_type?,
            cell_id: self.cell_id,
            member: self
                .cell_member_id
                .map(|member_id| MemberClaim { member_id, pin: PinClaim::Absent }),
            fulfilment: fulfilment?,
            note: note?,
            table: table?,
            buzzer_id: buzzer_id?,
            source: source?,
            external_id: external_id?,
            expected_total: self.expected_total,
            seat_id: seat_id?,
            seat_holder: seat_holder?,
            ticket: TicketClaim::Absent,
        }))
    }
}

/// A buzzer's id becomes a level of an MQTT topic.
fn parse_buzzer(violations: &mut Violations, id: &str) -> Option<String> {
    if id.contains(['/', '+', '#']) {
        violations.add("buzzer_id", "it must not contain /, + or #");
        return None;
    }
    violations.text("buzzer_id", id, LABEL_CHARS_MAX)
}

impl Mutation for SetOrderStatusRequest {
    const METHOD: &'static str = "kiosk.v1.OrderService/SetOrderStatus";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let order_id = violations.filled("order_id", &self.order_id, LABEL_CHARS_MAX);
        let status = violations.choice("status", self.status);
        Some(Command::SetOrderStatus { order_id: order_id?, status: status? })
    }
}

impl Mutation for RecallOrderRequest {
    const METHOD: &'static str = "kiosk.v1.OrderService/RecallOrder";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let order_id = violations.filled("order_id", &self.order_id, LABEL_CHARS_MAX);
        Some(Command::RecallOrder { order_id: order_id? })
    }
}

impl Mutation for CancelOrderRequest {
    const METHOD: &'static str = "kiosk.v1.OrderService/CancelOrder";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let order_id = violations.filled("order_id", &self.order_id, LABEL_CHARS_MAX);
        let reason = violations.text("reason", &self.reason, NOTE_CHARS_MAX);
        Some(Command::CancelOrder { order_id: order_id?, reason: reason? })
    }
}
