use std::sync::Arc;

use kiosk_proto::v1::{
    CancelOrderRequest, Order, PlaceOrderRequest, order_service_client::OrderServiceClient,
    order_status::Value as Status,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Cafe, crew, day::Visit, report::Report};
use crate::failure::Failure;

/// One kiosk, or the till: its customers order one after the other, and then wait by themselves.
pub(super) async fn serve(cafe: Arc<Cafe>, queue: Vec<Visit>) -> Result<Report, Failure> {
    let mut report = Report::default();
    let mut waiting = JoinSet::new();
    for visit in queue {
        cafe.clock.until(visit.arrives).await;
        match place(&cafe, &visit.wish).await {
            Ok(order) => {
                report.placed(&order);
                waiting.spawn(wait(Arc::clone(&cafe), order, visit));
            }
            Err(failure) => report.left(reason(failure)?),
        }
    }
    while let Some(ended) = waiting.join_next().await {
        let part =
            ended.map_err(|error| Failure::Check(format!("a customer failed: {error}")))??;
        report.add(&part);
    }
    Ok(report)
}

async fn place(cafe: &Cafe, wish: &PlaceOrderRequest) -> Result<Order, Failure> {
    let request_id = Uuid::new_v4().to_string();
    let request = PlaceOrderRequest { request_id: request_id.clone(), ..wish.clone() };
    let call = async |channel, ask| OrderServiceClient::new(channel).place_order(ask).await;
    let answer = cafe.ask(&request_id, request, call).await?;
    answer
        .order
        .ok_or_else(|| Failure::Check("an order was taken, and is not in the answer".into()))
}

/// From the receipt until the customer leaves.
async fn wait(cafe: Arc<Cafe>, order: Order, visit: Visit) -> Result<Report, Failure> {
    let mut report = Report::default();
    if let Some(after) = visit.cancels {
        tokio::select! {
            () = cafe.clock.pass(after) => cancel(&cafe, &order, "마음이 바뀜", &mut report).await?,
            () = cafe.board.is_done(&order.order_id) => report.too_late += 1,
        }
    }
    cafe.board.is_done(&order.order_id).await;
    if report.cancelled == 0 {
        cafe.clock.pass(visit.walks).await;
        if visit.complains {
            cancel(&cafe, &order, "주문과 다름", &mut report).await?;
        } else {
            collect(&cafe, &order, &mut report).await?;
        }
    }
    cafe.board.left(&order.order_id);
    Ok(report)
}

async fn collect(cafe: &Cafe, order: &Order, report: &mut Report) -> Result<(), Failure> {
    match crew::set_status(cafe, &order.order_id, Status::Completed).await {
        Ok(()) => report.completed += 1,
        // Somebody at another screen was faster.
        Err(failure) => report.left(reason(failure)?),
    }
    Ok(())
}

/// Too late, when it has been handed out or somebody else has cancelled it.
async fn cancel(cafe: &Cafe, order: &Order, why: &str, report: &mut Report) -> Result<(), Failure> {
    let request_id = Uuid::new_v4().to_string();
    let request = CancelOrderRequest {
        request_id: request_id.clone(),
        order_id: order.order_id.clone(),
        reason: why.to_owned(),
    };
    let call = async |channel, ask| OrderServiceClient::new(channel).cancel_order(ask).await;
    match cafe.ask(&request_id, request, call).await {
        Ok(_) => report.cancelled(order),
        Err(failure) => {
            reason(failure)?;
            report.too_late += 1;
        }
    }
    Ok(())
}

/// Why the box refused; a failure when it did not answer.
fn reason(failure: Failure) -> Result<String, Failure> {
    failure.reason().ok_or(failure)
}
