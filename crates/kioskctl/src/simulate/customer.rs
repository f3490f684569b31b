use std::{sync::Arc, time::Duration};

use kiosk_proto::v1::{LinePart, Order, PlaceOrderRequest, order_status::Value as Status};
use tokio::task::JoinSet;

use super::{
    cafe::{Cafe, reason},
    expo, purse, tables,
    visit::{Deed, Ending, Visit},
};
use crate::failure::Failure;

/// One kiosk, or the till: its customers order one after the other, and then wait by themselves.
pub(super) async fn serve(cafe: Arc<Cafe>, place: usize, queue: Vec<Visit>) -> Result<(), Failure> {
    let mut waiting = JoinSet::new();
    for visit in queue {
        cafe.clock.until(visit.arrives).await;
        let table = match visit.table {
            Some(wish) => tables::take(&cafe, wish, format!("kiosk {place}")).await?,
            None => None,
        };
        match order(&cafe, &visit, table.as_ref()).await {
            Ok(order) => {
                cafe.note(|report| report.placed(&order, table.is_some()));
                let seat_id = table.map(|held| held.seat_id);
                let customer = Customer { cafe: Arc::clone(&cafe), order, visit, seat_id };
                waiting.spawn(customer.wait());
            }
            Err(failure) => {
                let why = reason(failure)?;
                cafe.note(|report| report.left(why));
                if let Some(held) = table {
                    tables::give_up(&cafe, &held).await?;
                }
            }
        }
        while let Some(ended) = waiting.try_join_next() {
            ended.map_err(failed)??;
        }
    }
    while let Some(ended) = waiting.join_next().await {
        ended.map_err(failed)??;
    }
    Ok(())
}

fn failed(error: tokio::task::JoinError) -> Failure {
    Failure::Check(format!("a customer failed: {error}"))
}

async fn order(cafe: &Cafe, visit: &Visit, table: Option<&tables::Held>) -> Result<Order, Failure> {
    let mut wish: PlaceOrderRequest = visit.wish.clone();
    if let Some(held) = table {
        wish.seat_id.clone_from(&held.seat_id);
        wish.seat_holder.clone_from(&held.holder);
    }
    match visit.member {
        Some((member, fumbles)) => purse::place_with_pin(cafe, wish, member, fumbles).await,
        None => cafe.place(wish).await,
    }
}

/// Somebody who has ordered.
struct Customer {
    cafe: Arc<Cafe>,
    /// As it was placed, with the total as it is now.
    order: Order,
    visit: Visit,
    seat_id: Option<String>,
}

impl Customer {
    /// From the receipt until they have left.
    async fn wait(mut self) -> Result<(), Failure> {
        let mut done = Duration::ZERO;
        for (after, deed) in std::mem::take(&mut self.visit.deeds) {
            self.bide(after.saturating_sub(done), &deed).await?;
            done = after;
        }
        let status = self.collect().await?;
        if let Some((seat_id, wish)) = self.seat_id.as_ref().zip(self.visit.table) {
            tables::leave(&self.cafe, &self.order.order_id, seat_id, wish, status).await?;
        }
        self.cafe.board.kitchen().left(&self.order.order_id);
        Ok(())
    }

    /// Waits, and does it, unless the order is ready by then and it is too late for that.
    async fn bide(&mut self, time: Duration, deed: &Deed) -> Result<(), Failure> {
        let board = &self.cafe.board;
        let comes_too_late = !matches!(deed, Deed::Add(..) | Deed::Ring);
        tokio::select! {
            () = self.cafe.clock.pass(time) => self.act(deed).await,
            _ = board.is_settled(&self.order.order_id), if comes_too_late => {
                self.cafe.note(|report| report.too_late += 1);
                Ok(())
            }
        }
    }

    async fn act(&mut self, deed: &Deed) -> Result<(), Failure> {
        let done = match deed {
            Deed::Cancel => expo::cancel(&self.cafe, &self.order, "마음이 바뀜").await,
            Deed::Drop(nth) => self.want_less(*nth).await,
            Deed::Add(line, price) => self.want_more(line, *price).await,
            Deed::Hurry(is_priority) => {
                let changed = self.cafe.set_priority(&self.order.order_id, *is_priority).await;
                changed.map(|changed| {
                    let count = u64::from(changed.change.is_some());
                    self.cafe.note(|report| report.crew.priority(*is_priority, count));
                })
            }
            Deed::Ring => {
                let seat_id = self.seat_id.as_deref().unwrap_or_default();
                tables::ring(&self.cafe, &self.order.order_id, seat_id).await
            }
        };
        if let Err(failure) = done {
            let why = reason(failure)?;
            self.cafe.note(|report| report.denied(why));
        }
        Ok(())
    }

    async fn want_less(&mut self, nth: usize) -> Result<(), Failure> {
        let Some(line) = self.order.items.get(nth % self.order.items.len().max(1)) else {
            return Ok(());
        };
        let part = LinePart { line_id: line.line_id, quantity: 1 };
        let order_id = &self.order.order_id;
        let answer = self.cafe.cancel_line(order_id, part, "하나는 빼 주세요").await?;
        if let Some(change) = &answer.change {
            self.order.total_amount = change.total_amount;
            self.cafe.note(|report| report.lines_cancelled(change));
        }
        if let Some(cancelled) = &answer.cancelled {
            self.cafe.note(|report| report.order_cancelled(cancelled));
        }
        self.cafe.board.shows(answer.position.as_ref()).await;
        Ok(())
    }

    async fn want_more(
        &mut self,
        line: &kiosk_proto::v1::PlaceOrderItem,
        price: i32,
    ) -> Result<(), Failure> {
        let total = self.order.total_amount.saturating_add(price);
        let answer = self.cafe.add_to_order(&self.order.order_id, line.clone(), total).await?;
        if let Some(change) = &answer.change {
            self.order.total_amount = change.total_amount;
            self.cafe.note(|report| report.added(change));
        }
        self.cafe.board.shows(answer.position.as_ref()).await;
        Ok(())
    }

    /// Waits, and gets it at the counter; what it has come to.
    async fn collect(&mut self) -> Result<Status, Failure> {
        loop {
            let status = self.cafe.board.is_settled(&self.order.order_id).await;
            if status == Status::Completed {
                self.cafe.note(|report| report.completed += 1);
            }
            if status != Status::Ready {
                return Ok(status);
            }
            self.cafe.clock.pass(self.visit.walks).await;
            // What goes wrong goes wrong once.
            let ending = std::mem::replace(&mut self.visit.ending, Ending::Well);
            expo::hand_out(&self.cafe, &self.order, ending).await?;
        }
    }
}
