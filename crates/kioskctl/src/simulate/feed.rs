//! Tells the board what happens at the box, as a screen hears it.

use std::sync::Arc;

use kiosk_proto::v1::{
    Event, Position, SubscribeRequest, event::Payload, event_service_client::EventServiceClient,
    order_status::Value as Status, subscribe_response::Message,
};
use tokio::time::sleep;

use super::{Cafe, RETRY_DELAY};

/// Follows the log from a position on, across every break of the connection.
pub(super) async fn follow(cafe: Arc<Cafe>, mut position: Position) {
    loop {
        if let Err(status) = listen(&cafe, &mut position).await {
            eprintln!("kioskctl: disconnected: {}", status.message());
        }
        sleep(RETRY_DELAY).await;
    }
}

async fn listen(cafe: &Cafe, position: &mut Position) -> Result<(), tonic::Status> {
    let request = SubscribeRequest { after: Some(position.clone()), ..Default::default() };
    let mut events = EventServiceClient::new(cafe.client.channel());
    let mut stream = events.subscribe(request).await?.into_inner();
    while let Some(answer) = stream.message().await? {
        match answer.message {
            Some(Message::Event(event)) => {
                tell(cafe, &event);
                *position = event.position.unwrap_or_else(|| position.clone());
            }
            Some(Message::Resumed(resumed)) if !resumed.recovered => {
                eprintln!("kioskctl: the box can't prove that nothing was missed");
                *position = resumed.position.unwrap_or_default();
            }
            _ => {}
        }
    }
    Ok(())
}

fn tell(cafe: &Cafe, event: &Event) {
    match &event.payload {
        Some(Payload::OrderCreated(order)) => cafe.board.created(order),
        Some(Payload::OrderStatusChanged(e)) => cafe.board.moved(&e.order_id, e.status()),
        Some(Payload::OrderRecalled(e)) => cafe.board.moved(&e.order_id, e.status()),
        Some(Payload::OrderCancelled(e)) => cafe.board.moved(&e.order_id, Status::Cancelled),
        _ => {}
    }
}
