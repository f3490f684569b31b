//! Tells the board what happens at the box, as a screen hears it.

use std::sync::Arc;

use kiosk_proto::v1::{
    Position, SubscribeRequest, event_service_client::EventServiceClient,
    subscribe_response::Message,
};
use tokio::time::sleep;

use super::cafe::{Cafe, RETRY_DELAY};

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
    let mut events = EventServiceClient::new(cafe.channel());
    let mut stream = events.subscribe(request).await?.into_inner();
    while let Some(answer) = stream.message().await? {
        match answer.message {
            Some(Message::Event(event)) => {
                cafe.board.hear(&event);
                *position = event.position.unwrap_or_else(|| position.clone());
            }
            Some(Message::Resumed(resumed)) if !resumed.recovered => {
                eprintln!("kioskctl: the box can't prove that nothing was missed");
                *position = resumed.position.unwrap_or_default();
                cafe.board.heard_up_to(Some(position));
            }
            _ => {}
        }
    }
    Ok(())
}
