use std::{collections::BTreeSet, sync::Arc};

use kiosk_domain::{
    BusinessDate, Command, ItemWish, OptionWish, OrderKey, PlaceOrder,
    limits::{LABEL_CHARS_MAX, LINE_OPTIONS_MAX, NOTE_CHARS_MAX, ORDER_ITEMS_MAX},
};
use kiosk_hub::Hub;
use kiosk_proto::v1::{
    CancelOrderRequest, CancelOrderResponse, GetOrderRequest, GetOrderResponse, ListOrdersRequest,
    ListOrdersResponse, Order, PlaceOrderItem, PlaceOrderRequest, PlaceOrderResponse,
    RecallOrderRequest, RecallOrderResponse, SetOrderStatusRequest, SetOrderStatusResponse,
    event::Payload, fulfilment::Value as Fulfilment, order_service_server::OrderService,
    order_source::Value as OrderSource, order_status::Value as OrderStatus,
    pay_type::Value as PayType,
};
use tonic::{Request, Response, Status};

use crate::{
    mutation::{Mutation, commit, pick},
    page,
    parse::Violations,
    status::{history_closed, internal, not_found},
};

pub(crate) struct Orders(pub(crate) Hub);

#[tonic::async_trait]
impl OrderService for Orders {
    async fn place_order(
        &self,
        request: Request<PlaceOrderRequest>,
    ) -> Result<Response<PlaceOrderResponse>, Status> {
        let committed = commit(&self.0, request.get_ref()).await?;
        let order = pick(&committed, |event| match event {
            Payload::OrderCreated(order) => Some(order.clone()),
            _ => None,
        });
        Ok(Response::new(PlaceOrderResponse { position: Some(committed.position.into()), order }))
    }

    async fn get_order(
        &self,
        request: Request<GetOrderRequest>,
    ) -> Result<Response<GetOrderResponse>, Status> {
        let mut violations = Violations::default();
        let order_id = violations.filled("order_id", &request.get_ref().order_id, LABEL_CHARS_MAX);
        let order_id = &violations.or(order_id)?;
        let snapshot = self.0.snapshot();
        let order = match snapshot.state.order(order_id) {
            Some(order) => Order::clone(order),
            None => {
                let history = self.0.history().map_err(history_closed)?;
                let found = history.order(order_id).map_err(|error| internal(&error))?;
                found.ok_or_else(|| not_found("order", order_id))?
            }
        };
        Ok(Response::new(GetOrderResponse { order: Some(order) }))
    }

    async fn list_orders(
        &self,
        request: Request<ListOrdersRequest>,
    ) -> Result<Response<ListOrdersResponse>, Status> {
        list(&self.0, request.get_ref()).map(Response::new)
    }

    async fn set_order_status(
        &self,
        request: Request<SetOrderStatusRequest>,
    ) -> Result<Response<SetOrderStatusResponse>, Status> {
        let committed = commit(&self.0, request.get_ref()).await?;
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
        let committed = commit(&self.0, request.get_ref()).await?;
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
        let committed = commit(&self.0, request.get_ref()).await?;
        let change = pick(&committed, |event| match event {
            Payload::OrderCancelled(change) => Some(change.clone()),
            _ => None,
        });
        Ok(Response::new(CancelOrderResponse { position: Some(committed.position.into()), change }))
    }
}

/// The current day is read from the working set, which has all of it. A day before is read from the
/// store; what is still open of it may be newer in the working set.
fn list(hub: &Hub, request: &ListOrdersRequest) -> Result<ListOrdersResponse, Status> {
    let snapshot = hub.snapshot();
    let today = snapshot.state.business_date();
    let mut violations = Violations::default();
    let date = business_date(&mut violations, &request.business_date, today);
    let size = page::size(&mut violations, request.page_size);
    let token = page::token(&mut violations, &request.page_token);
    let statuses = statuses(&mut violations, &request.statuses);
    let ((date, size), token) = violations.or_both(date.zip(size), token)?;

    let wanted = |order: &Order| statuses.is_empty() || statuses.contains(&order.status());
    let mut after = token.unwrap_or(0);
    let mut orders: Vec<Order> = Vec::with_capacity(size);
    loop {
        let missing = size - orders.len();
        let batch: Vec<Arc<Order>> = if date == today {
            let from = OrderKey { date, daily_num: after.saturating_add(1) };
            snapshot
                .state
                .orders_from(from)
                .map(|(_, order)| Arc::clone(order))
                .take(missing)
                .collect()
        } else {
            let history = hub.history().map_err(history_closed)?;
            let read = history.orders_of_day(date, after, missing).map_err(|e| internal(&e))?;
            let newest = |order: Order| match snapshot.state.order(&order.order_id) {
                Some(newer) => Arc::clone(newer),
                None => Arc::new(order),
            };
            read.into_iter().map(newest).collect()
        };
        let is_last = batch.len() < missing;
        after = batch.last().map_or(after, |order| order.daily_num);
        orders.extend(batch.iter().filter(|order| wanted(order)).map(|order| Order::clone(order)));
        if is_last || orders.len() == size {
            let next_page_token = if is_last { String::new() } else { after.to_string() };
            return Ok(ListOrdersResponse {
                orders,
                next_page_token,
                business_date: date.to_string(),
            });
        }
    }
}

/// The ones asked for; what is none of them is noted.
fn statuses(violations: &mut Violations, asked: &[i32]) -> BTreeSet<OrderStatus> {
    let numbered = asked.iter().enumerate();
    numbered
        .filter_map(|(i, status)| violations.choice(&format!("statuses[{i}]"), *status))
        .collect()
}

fn business_date(
    violations: &mut Violations,
    text: &str,
    today: BusinessDate,
) -> Option<BusinessDate> {
    if text.is_empty() {
        return Some(today);
    }
    let date = BusinessDate::parse(text);
    if date.is_none() {
        violations.add("business_date", "it must be YYYY-MM-DD");
    }
    date
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
        let buzzer_id = parse_buzzer(violations, &self.buzzer_id);
        let external_id = violations.text("external_id", &self.external_id, LABEL_CHARS_MAX);
        Some(Command::PlaceOrder(PlaceOrder {
            items: items?,
            pay_type: pay_type?,
            cell_id: self.cell_id,
            fulfilment: fulfilment?,
            note: note?,
            table: table?,
            buzzer_id: buzzer_id?,
            source: source?,
            external_id: external_id?,
            expected_total: self.expected_total,
            seat_id: seat_id?,
            // A hold is the order's own if the caller's name is on it.
            seat_holder: String::new(),
        }))
    }
}

fn parse_items(violations: &mut Violations, items: &[PlaceOrderItem]) -> Option<Vec<ItemWish>> {
    if items.is_empty() || items.len() > ORDER_ITEMS_MAX {
        violations.add("items", format!("there must be 1 to {ORDER_ITEMS_MAX}"));
        return None;
    }
    // Not short-circuited: every line's problems are noted.
    let parsed: Vec<Option<ItemWish>> =
        items.iter().enumerate().map(|(index, item)| parse_item(violations, index, item)).collect();
    parsed.into_iter().collect()
}

fn parse_item(
    violations: &mut Violations,
    index: usize,
    item: &PlaceOrderItem,
) -> Option<ItemWish> {
    let name = |field: &str| format!("items[{index}].{field}");
    let quantity = violations.quantity(&name("quantity"), item.quantity);
    let note = violations.text(&name("note"), &item.note, NOTE_CHARS_MAX);
    if item.options.len() > LINE_OPTIONS_MAX {
        violations.add(name("options"), format!("there must be at most {LINE_OPTIONS_MAX}"));
        return None;
    }
    let mut options = Vec::with_capacity(item.options.len());
    for (option_index, option) in item.options.iter().enumerate() {
        let field = name(&format!("options[{option_index}].quantity"));
        let count = if option.quantity == 0 { 1 } else { option.quantity };
        let quantity = violations.quantity(&field, count);
        options
            .extend(quantity.map(|quantity| OptionWish { option_id: option.option_id, quantity }));
    }
    Some(ItemWish { menu_id: item.menu_id, quantity: quantity?, options, note: note? })
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
