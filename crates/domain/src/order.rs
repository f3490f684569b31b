use kiosk_proto::v1::{
    Order, OrderPriorityChanged, event::Payload, order_source::Value as OrderSource,
    order_status::Value as Status, pay_type::Value as PayType, role::Value as Role,
};

use crate::{
    OrderKey, PlaceOrder, Rejection, Stamp, State, TicketClaim, availability, cell, lines, menu,
    order_event, pricing, seat,
};

/// The end of the year 9999: a clock beyond it leaves room for the days after.
const ID_MS_MAX: i64 = 253_402_300_799_999;

pub(crate) fn place(
    state: &State,
    wish: &PlaceOrder,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    check_wish(wish)?;
    if let TicketClaim::Refused(problem) = wish.ticket {
        return Err(Rejection::TicketRefused { problem });
    }
    let is_kiosk = wish.is_of_kiosk(&stamp.actor);
    if is_kiosk && let Some(refusal) = state.settings.refusal_of_kiosks(stamp.now) {
        return Err(refusal);
    }
    // Before all else that could tell a stranger what the cell has.
    let payer = wish
        .cell_id
        .map(|cell_id| cell::payer(state, cell_id, wish.member.as_ref(), is_kiosk))
        .transpose()?;
    let is_customer =
        is_kiosk || wish.source == OrderSource::Web || stamp.actor.role == Role::Customer;
    if is_customer {
        availability::check(state, &wish.items, stamp.now)?;
    }
    let key = next_key(state, stamp);
    check_external_id(state, wish, key)?;
    let stock = menu::take(state, &wish.items, stamp)?;
    let (mut items, total) = pricing::price(state, &wish.items)?;
    if let Some(expected) = wish.expected_total.filter(|expected| *expected != total) {
        return Err(Rejection::TotalChanged { expected, actual: total });
    }

    let mut order = new_order(state, wish, key, stamp);
    lines::number(&mut items, 0);
    order.items = items;
    order.total_amount = total;
    let mut payment = None;
    if let Some(payer) = payer {
        order.cell_info = Some(payer.cell_info());
        payment = payer.pay(&order, total, stamp)?;
    }
    let is_new_day = key.date > state.counters.date;
    let seats = seat::take_for_order(state, wish, &mut order, is_new_day, stamp)?;
    lines::check_size(&order)?;
    let created = Payload::OrderCreated(order);
    Ok([created].into_iter().chain(stock).chain(payment).chain(seats).collect())
}

pub(crate) fn set_status(
    state: &State,
    order_id: &str,
    to: Status,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let order = find_filled_in(state, order_id)?;
    let from = order.status();
    let allowed = matches!(
        (from, to),
        (Status::Pending, Status::Making)
            | (Status::Making, Status::Ready)
            | (Status::Ready, Status::Completed)
    );
    if !allowed {
        return Err(Rejection::Transition { daily_num: order.daily_num, from, to });
    }
    let open = order.items.iter().filter(|item| to == Status::Ready && lines::is_open(item));
    let step = order_event::step(&order, from, to, lines::states(open, Some(stamp.now)), stamp);
    Ok([step].into_iter().chain(seat::free_of_order(state, order_id, to, stamp)).collect())
}

/// A closed order too, while it is in the working set: until a new business day's first order.
pub(crate) fn recall(
    state: &State,
    order_id: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let order = find_filled_in(state, order_id)?;
    let from = order.status();
    let to = match from {
        Status::Making => Status::Pending,
        Status::Ready => Status::Making,
        Status::Completed => Status::Ready,
        _ => return Err(Rejection::NotRecallable { daily_num: order.daily_num, from }),
    };
    Ok(vec![order_event::step_back(&order, from, to, lines::recalled_with(&order, to), stamp)])
}

/// Points go back to the cell that paid. Stock goes back only while the order is PENDING: what is
/// being made is used up.
pub(crate) fn cancel(
    state: &State,
    order_id: &str,
    reason: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let order = find(state, order_id)?;
    let from = order.status();
    match from {
        Status::Pending | Status::Making => {}
        Status::Ready if stamp.actor.is_staff() => {}
        Status::Ready => return Err(Rejection::CancelNeedsStaff { daily_num: order.daily_num }),
        _ => {
            let to = Status::Cancelled;
            return Err(Rejection::Transition { daily_num: order.daily_num, from, to });
        }
    }
    let standing = order.items.iter().filter(|item| !lines::is_cancelled(item));
    let stock = (from == Status::Pending).then(|| menu::give_back(state, standing, stamp));
    let refund = match &order.cell_info {
        Some(cell_info) => {
            let paid = cell::find(state, cell_info.id)?;
            cell::refund_order(paid, order, order.total_amount, reason, stamp)?
        }
        None => None,
    };
    let cancelled = order_event::cancelled(order, order.total_amount, reason, stamp);
    let seats = seat::free_of_order(state, order_id, Status::Cancelled, stamp);
    Ok([cancelled]
        .into_iter()
        .chain(stock.into_iter().flatten())
        .chain(refund)
        .chain(seats)
        .collect())
}

pub(crate) fn set_priority(
    state: &State,
    order_id: &str,
    is_priority: bool,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let order = find(state, order_id)?;
    let (daily_num, status) = (order.daily_num, order.status());
    if matches!(status, Status::Completed | Status::Cancelled) {
        return Err(Rejection::OrderClosed { daily_num, status });
    }
    if order.is_priority == is_priority {
        return Ok(Vec::new());
    }
    Ok(vec![Payload::OrderPriorityChanged(OrderPriorityChanged {
        order_id: order.order_id.clone(),
        daily_num,
        is_priority,
        updated_at: Some(stamp.now),
    })])
}

/// With the lines as the rules for lines read them.
pub(crate) fn find_filled_in(state: &State, order_id: &str) -> Result<Order, Rejection> {
    let mut order = find(state, order_id)?.clone();
    lines::fill_in(&mut order);
    Ok(order)
}

fn find<'a>(state: &'a State, order_id: &str) -> Result<&'a Order, Rejection> {
    let missing = || Rejection::OrderNotFound { order_id: order_id.chars().take(64).collect() };
    state.order(order_id).map(|order| &**order).ok_or_else(missing)
}

fn next_key(state: &State, stamp: &Stamp) -> OrderKey {
    let date = state.business_date_at(stamp.now);
    if date > state.counters.date {
        OrderKey { date, daily_num: 1 }
    } else {
        OrderKey {
            date: state.counters.date,
            daily_num: state.counters.daily_num.saturating_add(1),
        }
    }
}

/// What the types let through and would book an order that nobody pays.
fn check_wish(wish: &PlaceOrder) -> Result<(), Rejection> {
    let problem = match (wish.pay_type, wish.cell_id) {
        _ if wish.items.is_empty() => "it has no items",
        (PayType::Cell, None) => "pay_type is CELL, and it names no cell",
        (_, None) if wish.member.is_some() => "it names a member, and no cell",
        (PayType::Cell, Some(_)) | (_, None) => return Ok(()),
        (_, Some(_)) => "it names a cell, and pay_type is not CELL",
    };
    Err(Rejection::OrderInvalid { problem })
}

fn check_external_id(state: &State, wish: &PlaceOrder, key: OrderKey) -> Result<(), Rejection> {
    let used = state.external_ids.get(&(wish.source.into(), wish.external_id.clone()));
    match used.filter(|used| used.date == key.date).and_then(|used| state.orders.get(used)) {
        Some(order) => Err(Rejection::ExternalIdUsed {
            external_id: wish.external_id.clone(),
            order_id: order.order_id.clone(),
        }),
        None => Ok(()),
    }
}

fn new_order(state: &State, wish: &PlaceOrder, key: OrderKey, stamp: &Stamp) -> Order {
    Order {
        order_id: new_order_id(state, key, stamp),
        daily_num: key.daily_num,
        business_date: key.date.to_string(),
        status: Status::Pending.into(),
        pay_type: wish.pay_type.into(),
        fulfilment: wish.fulfilment.into(),
        note: wish.note.clone(),
        table: wish.table.clone(),
        buzzer_id: wish.buzzer_id.clone(),
        source: wish.source.into(),
        external_id: wish.external_id.clone(),
        created_at: Some(stamp.now),
        updated_at: Some(stamp.now),
        ..Order::default()
    }
}

/// `ORD-<unix ms>-<6 of a-z0-9>`, never one that was given before.
///
/// The working set can't answer for the orders that have left it, and a clock that jumps back
/// would reach their milliseconds again. So the time in ids never goes back, and a new business
/// day takes a new millisecond: whatever has the newest one is still in the working set.
fn new_order_id(state: &State, key: OrderKey, stamp: &Stamp) -> String {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let newest = OrderKey { date: state.counters.date, daily_num: state.counters.daily_num };
    let newest_ms = state.orders.get(&newest).and_then(|order| id_ms(&order.order_id));
    let is_new_day = key.date > newest.date;
    let least_ms = newest_ms.map_or(0, |ms| ms.saturating_add(is_new_day.into()));
    let ms = stamp.now.as_ms().clamp(0, ID_MS_MAX).max(least_ms);
    let mut random = stamp.random;
    loop {
        let mut id = format!("ORD-{ms}-");
        let mut rest = random;
        for _ in 0..6 {
            id.push(char::from(LETTERS[(rest % 36) as usize]));
            rest /= 36;
        }
        if !state.order_keys.contains_key(&id) {
            return id;
        }
        random = random.wrapping_add(1);
    }
}

fn id_ms(order_id: &str) -> Option<i64> {
    order_id.strip_prefix("ORD-")?.split_once('-')?.0.parse().ok()
}
