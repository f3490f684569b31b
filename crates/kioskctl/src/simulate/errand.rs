//! What the staff does beside: charges cells, moves points, marks what has run out, counts the stock,
//! tells each other things.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use kiosk_proto::v1::{
    ChargeCellRequest, SendMessageRequest, SetSoldOutRequest, SetStockRequest, StockCount,
    TransferPointsRequest, cell_service_client::CellServiceClient as Cells,
    menu_service_client::MenuServiceClient as Menus,
    message_service_client::MessageServiceClient as Messages,
};

use super::cafe::{Cafe, reason};
use crate::failure::Failure;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Errand {
    Charge {
        cell_id: i32,
        amount: i32,
    },
    Transfer {
        from: i32,
        to: i32,
        amount: i32,
    },
    SoldOut {
        menu_id: i32,
        is_sold_out: bool,
    },
    /// Menu ids and how much is there again.
    Count(BTreeMap<i32, i32>),
    Message {
        room: &'static str,
        text: &'static str,
    },
}

/// One after the other, each at its time.
pub(super) async fn run(cafe: Arc<Cafe>, errands: Vec<(Duration, Errand)>) -> Result<(), Failure> {
    for (time, errand) in errands {
        cafe.clock.until(time).await;
        if let Err(failure) = errand.run(&cafe).await {
            let why = reason(failure)?;
            cafe.note(|report| *report.staff.refused.entry(why).or_default() += 1);
        }
    }
    Ok(())
}

impl Errand {
    async fn run(&self, cafe: &Cafe) -> Result<(), Failure> {
        match self {
            Self::Charge { cell_id, amount } => charge(cafe, *cell_id, *amount).await,
            Self::Transfer { from, to, amount } => transfer(cafe, *from, *to, *amount).await,
            Self::SoldOut { menu_id, is_sold_out } => {
                set_sold_out(cafe, *menu_id, *is_sold_out).await
            }
            Self::Count(counted) => count(cafe, counted).await,
            Self::Message { room, text } => message(cafe, room, text).await,
        }
    }
}

async fn charge(cafe: &Cafe, cell_id: i32, amount: i32) -> Result<(), Failure> {
    let reason = "충전".to_owned();
    let named = |request_id| ChargeCellRequest { request_id, cell_id, amount, reason };
    let call = async |channel, ask| Cells::new(channel).charge_cell(ask).await;
    cafe.ask("ChargeCell", named, call).await?;
    cafe.note(|report| report.staff.charged += i64::from(amount));
    Ok(())
}

async fn transfer(
    cafe: &Cafe,
    from_cell_id: i32,
    to_cell_id: i32,
    amount: i32,
) -> Result<(), Failure> {
    let reason = "나눔".to_owned();
    let named =
        |request_id| TransferPointsRequest { request_id, from_cell_id, to_cell_id, amount, reason };
    let call = async |channel, ask| Cells::new(channel).transfer_points(ask).await;
    cafe.ask("TransferPoints", named, call).await?;
    cafe.note(|report| {
        report.staff.transfers += 1;
        report.staff.transferred += i64::from(amount);
    });
    Ok(())
}

async fn set_sold_out(cafe: &Cafe, menu_id: i32, is_sold_out: bool) -> Result<(), Failure> {
    let named = |request_id| SetSoldOutRequest { request_id, menu_id, is_sold_out };
    let call = async |channel, ask| Menus::new(channel).set_sold_out(ask).await;
    cafe.ask("SetSoldOut", named, call).await.map(drop)
}

async fn count(cafe: &Cafe, counted: &BTreeMap<i32, i32>) -> Result<(), Failure> {
    let count = |(menu_id, remaining): (&i32, &i32)| StockCount {
        menu_id: *menu_id,
        remaining: Some(*remaining),
    };
    let items = counted.iter().map(count).collect();
    let named = |request_id| SetStockRequest { request_id, items };
    let call = async |channel, ask| Menus::new(channel).set_stock(ask).await;
    cafe.ask("SetStock", named, call).await.map(drop)
}

async fn message(cafe: &Cafe, room: &str, text: &str) -> Result<(), Failure> {
    let named = |request_id| SendMessageRequest {
        request_id,
        room: room.to_owned(),
        text: text.to_owned(),
        sender: "지수".to_owned(),
    };
    let call = async |channel, ask| Messages::new(channel).send_message(ask).await;
    cafe.ask("SendMessage", named, call).await?;
    cafe.note(|report| report.staff.messages += 1);
    Ok(())
}
