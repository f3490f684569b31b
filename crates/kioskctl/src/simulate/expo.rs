//! The counter, where orders that are ready are handed out.

use kiosk_proto::v1::{Order, order_status::Value as Status};
use tokio::time::sleep;

use super::{
    cafe::{Cafe, RETRY_DELAY, reason},
    visit::Ending,
};
use crate::failure::Failure;

/// To the customer, who has come for it. Then the board shows what became of the order.
pub(super) async fn hand_out(cafe: &Cafe, order: &Order, ending: Ending) -> Result<(), Failure> {
    let done = match ending {
        Ending::Well => complete(cafe, order).await,
        Ending::Missing => {
            let recalled = cafe.recall_order(&order.order_id).await;
            match recalled {
                Ok(answer) => {
                    cafe.note(|report| report.crew.recalled_orders += 1);
                    cafe.board.shows(answer.position.as_ref()).await;
                    Ok(())
                }
                Err(failure) => Err(failure),
            }
        }
        Ending::Complaint => cancel(cafe, order, "주문과 다름").await,
        Ending::Spilt => match complete(cafe, order).await {
            Ok(()) => make_again(cafe, order).await,
            refused => refused,
        },
    };
    if let Err(failure) = done {
        let why = reason(failure)?;
        cafe.note(|report| report.denied(why));
        // Somebody at another screen was faster, and the board shows it soon.
        sleep(RETRY_DELAY).await;
    }
    Ok(())
}

async fn complete(cafe: &Cafe, order: &Order) -> Result<(), Failure> {
    let answer = cafe.set_status(&order.order_id, Status::Completed).await?;
    cafe.board.shows(answer.position.as_ref()).await;
    Ok(())
}

async fn make_again(cafe: &Cafe, order: &Order) -> Result<(), Failure> {
    let Some(line_id) = cafe.board.kitchen().made_line(&order.order_id) else { return Ok(()) };
    let answer = cafe.remake_one(&order.order_id, line_id, "손님이 쏟음").await?;
    cafe.note(|report| report.crew.remakes += 1);
    cafe.board.shows(answer.position.as_ref()).await;
    Ok(())
}

/// With the money back.
pub(super) async fn cancel(cafe: &Cafe, order: &Order, why: &str) -> Result<(), Failure> {
    let answer = cafe.cancel_order(&order.order_id, why).await?;
    if let Some(change) = &answer.change {
        cafe.note(|report| report.order_cancelled(change));
    }
    cafe.board.shows(answer.position.as_ref()).await;
    Ok(())
}
