//! The people who make what is ordered.

use std::sync::Arc;

use kiosk_proto::v1::{
    RecallOrderRequest, SetOrderStatusRequest, order_service_client::OrderServiceClient,
    order_status::Value as Status,
};
use rand::{RngExt as _, SeedableRng as _, rngs::Xoshiro256PlusPlus};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Cafe, board::Job};
use crate::failure::Failure;

/// As many as are there; they work until the set is dropped.
pub(super) fn start(cafe: &Arc<Cafe>, baristas: u32, seed: u64) -> JoinSet<()> {
    let mut crew = JoinSet::new();
    for number in 0..baristas {
        let random = Xoshiro256PlusPlus::seed_from_u64(seed ^ u64::from(number + 1));
        crew.spawn(work(Arc::clone(cafe), random));
    }
    crew
}

/// One order after the other.
async fn work(cafe: Arc<Cafe>, mut random: Xoshiro256PlusPlus) {
    loop {
        let job = cafe.board.next().await;
        let is_redone = random.random_bool(0.01);
        match make(&cafe, &job, is_redone).await {
            // It was cancelled meanwhile, or somebody else makes it.
            Err(failure) if failure.reason().is_some() => {}
            Err(failure) => eprintln!("kioskctl: nobody makes {}: {failure}", job.order_id),
            Ok(()) => {}
        }
    }
}

async fn make(cafe: &Cafe, job: &Job, is_redone: bool) -> Result<(), Failure> {
    set_status(cafe, &job.order_id, Status::Making).await?;
    cafe.clock.pass(job.takes).await;
    if is_redone {
        // Begun too early, taken up again.
        recall(cafe, &job.order_id).await?;
        set_status(cafe, &job.order_id, Status::Making).await?;
        cafe.clock.pass(job.takes).await;
    }
    set_status(cafe, &job.order_id, Status::Ready).await
}

/// A step forward.
pub(super) async fn set_status(cafe: &Cafe, order_id: &str, status: Status) -> Result<(), Failure> {
    let request_id = Uuid::new_v4().to_string();
    let request = SetOrderStatusRequest {
        request_id: request_id.clone(),
        order_id: order_id.to_owned(),
        status: status.into(),
    };
    let call = async |channel, ask| OrderServiceClient::new(channel).set_order_status(ask).await;
    cafe.ask(&request_id, request, call).await.map(drop)
}

async fn recall(cafe: &Cafe, order_id: &str) -> Result<(), Failure> {
    let request_id = Uuid::new_v4().to_string();
    let request =
        RecallOrderRequest { request_id: request_id.clone(), order_id: order_id.to_owned() };
    let call = async |channel, ask| OrderServiceClient::new(channel).recall_order(ask).await;
    cafe.ask(&request_id, request, call).await.map(drop)
}
