//! What the staff does beside: charges cells, marks what has run out, counts the stock.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use kiosk_proto::v1::{
    ChargeCellRequest, SetSoldOutRequest, SetStockRequest, StockCount,
    cell_service_client::CellServiceClient, menu_service_client::MenuServiceClient,
};
use uuid::Uuid;

use super::{Cafe, report::Report};
use crate::failure::Failure;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Errand {
    Charge {
        cell_id: i32,
        amount: i32,
    },
    SoldOut {
        menu_id: i32,
        is_sold_out: bool,
    },
    /// Menu ids and how much is there again.
    Count(BTreeMap<i32, i32>),
}

/// One after the other, each at its time.
pub(super) async fn run(
    cafe: Arc<Cafe>,
    errands: Vec<(Duration, Errand)>,
) -> Result<Report, Failure> {
    let mut report = Report::default();
    for (time, errand) in errands {
        cafe.clock.until(time).await;
        errand.run(&cafe).await?;
        if let Errand::Charge { amount, .. } = errand {
            report.charged += i64::from(amount);
        }
    }
    Ok(report)
}

impl Errand {
    async fn run(&self, cafe: &Cafe) -> Result<(), Failure> {
        let request_id = Uuid::new_v4().to_string();
        match self {
            Self::Charge { cell_id, amount } => {
                let request = ChargeCellRequest {
                    request_id: request_id.clone(),
                    cell_id: *cell_id,
                    amount: *amount,
                    reason: "충전".into(),
                };
                let call =
                    async |channel, ask| CellServiceClient::new(channel).charge_cell(ask).await;
                cafe.ask(&request_id, request, call).await.map(drop)
            }
            Self::SoldOut { menu_id, is_sold_out } => {
                let request = SetSoldOutRequest {
                    request_id: request_id.clone(),
                    menu_id: *menu_id,
                    is_sold_out: *is_sold_out,
                };
                let call =
                    async |channel, ask| MenuServiceClient::new(channel).set_sold_out(ask).await;
                cafe.ask(&request_id, request, call).await.map(drop)
            }
            Self::Count(counted) => {
                let count = |(menu_id, remaining): (&i32, &i32)| StockCount {
                    menu_id: *menu_id,
                    remaining: Some(*remaining),
                };
                let items = counted.iter().map(count).collect();
                let request = SetStockRequest { request_id: request_id.clone(), items };
                let call =
                    async |channel, ask| MenuServiceClient::new(channel).set_stock(ask).await;
                cafe.ask(&request_id, request, call).await.map(drop)
            }
        }
    }
}
