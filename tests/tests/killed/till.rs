use kiosk_proto::v1::{
    CellEntryResponse, ChargeCellRequest, GetOrderRequest, Order, PlaceOrderRequest,
    PlaceOrderResponse, SetOrderStatusRequest, SetOrderStatusResponse,
    cell_service_client::CellServiceClient, order_source::Value as OrderSource,
    order_status::Value as Status, pay_type::Value as PayType,
};
use kiosk_tests::{Random, Till, must, uuid};
use tonic::{Status as Failure, transport::Channel};
use tonic_types::StatusExt as _;

use crate::life::{Life, Lives};

/// Whose points the tills spend and charge.
pub(crate) const CELL_ID: i32 = 1;
/// More than an order costs, so that charging as often as paying keeps the cell solvent.
const CHARGE: i32 = 50_000;

/// What a till asks for.
#[derive(Debug, Clone)]
pub(crate) enum Wish {
    Place(Box<PlaceOrderRequest>),
    Move(SetOrderStatusRequest),
    Charge(ChargeCellRequest),
}

/// What it was told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    Placed(PlaceOrderResponse),
    Moved(SetOrderStatusResponse),
    Charged(CellEntryResponse),
}

/// The services that a till uses.
pub(crate) struct Wire {
    pub(crate) till: Till,
    cells: CellServiceClient<Channel>,
}

/// A till that repeats what was not answered until it is.
pub(crate) struct StubbornTill {
    random: Random,
    /// Not answered yet.
    pending: Option<Wish>,
    /// What it has not completed of its orders.
    open: Vec<(String, Status)>,
    done: Vec<(Wish, Answer)>,
}

impl StubbornTill {
    pub(crate) fn new(random: Random) -> Self {
        Self { random, pending: None, open: Vec::new(), done: Vec::new() }
    }

    /// Asks until the last life has answered what was still open; all that it was told.
    pub(crate) async fn run(mut self, mut lives: Lives) -> Vec<(Wish, Answer)> {
        let mut previous = None;
        loop {
            let life = Life::after(previous, &mut lives).await;
            match self.serve(&life).await {
                Ok(()) => return self.done,
                Err(failure) => assert!(!life.is_last, "nobody was killed: {failure:?}"),
            }
            previous = Some(life.number);
        }
    }

    async fn serve(&mut self, life: &Life) -> Result<(), Failure> {
        let mut wire = Wire::new(Till::lazy(life.grpc));
        self.check_newest(&mut wire).await?;
        loop {
            let wish = match &self.pending {
                Some(wish) => wish.clone(),
                None if life.is_last => return Ok(()),
                None => self.next_wish(),
            };
            self.pending = Some(wish.clone());
            let answer = wire.ask(&wish).await?;
            self.pending = None;
            self.note(&answer);
            self.done.push((wish, answer));
        }
    }

    /// What was acknowledged last before the kill is there, and would be answered the same.
    async fn check_newest(&self, wire: &mut Wire) -> Result<(), Failure> {
        let Some((wish, answer)) = self.done.last() else { return Ok(()) };
        assert_eq!(wire.ask(wish).await?, *answer);
        if let Answer::Placed(PlaceOrderResponse { order: Some(order), .. }) = answer {
            let found = wire.order(&order.order_id).await?;
            // A move that was not answered may have been made all the same.
            let is_moving =
                |wish: &Wish| matches!(wish, Wish::Move(m) if m.order_id == order.order_id);
            assert!(found == *order || self.pending.as_ref().is_some_and(is_moving), "{found:?}");
        }
        Ok(())
    }

    fn next_wish(&mut self) -> Wish {
        let request_id = uuid();
        match self.random.below(8) {
            0..=2 => Wish::Place(Box::new(Till::wish(""))),
            3..=4 => Wish::Place(Box::new(PlaceOrderRequest {
                pay_type: PayType::Cell.into(),
                cell_id: Some(CELL_ID),
                // A kiosk would have to know a member's PIN.
                source: OrderSource::Pos.into(),
                ..Till::wish("")
            })),
            5 => Wish::Charge(ChargeCellRequest {
                request_id,
                cell_id: CELL_ID,
                amount: CHARGE,
                reason: "test".into(),
            }),
            _ if self.open.is_empty() => Wish::Place(Box::new(Till::wish(""))),
            _ => {
                let chosen = self.random.below(self.open.len() as u64);
                let (order_id, status) = self.open[usize::try_from(chosen).unwrap()].clone();
                let status = after(status).into();
                Wish::Move(SetOrderStatusRequest { request_id, order_id, status })
            }
        }
    }

    fn note(&mut self, answer: &Answer) {
        match answer {
            Answer::Placed(placed) => {
                let order_id = placed.order.as_ref().unwrap().order_id.clone();
                self.open.push((order_id, Status::Pending));
            }
            Answer::Moved(moved) => {
                let change = moved.change.as_ref().unwrap();
                let index = self.open.iter().position(|(id, _)| *id == change.order_id).unwrap();
                match change.status() {
                    Status::Completed => drop(self.open.swap_remove(index)),
                    status => self.open[index].1 = status,
                }
            }
            Answer::Charged(_) => {}
        }
    }
}

fn after(status: Status) -> Status {
    match status {
        Status::Pending => Status::Making,
        Status::Making => Status::Ready,
        Status::Ready => Status::Completed,
        ended => panic!("{ended:?} is not open"),
    }
}

impl Wire {
    pub(crate) fn new(till: Till) -> Self {
        Self { cells: CellServiceClient::new(till.channel.clone()), till }
    }

    /// The answer, unless the connection was lost before it came.
    pub(crate) async fn ask(&mut self, wish: &Wish) -> Result<Answer, Failure> {
        let orders = &mut self.till.orders;
        let asked = async {
            Ok(match wish.clone() {
                Wish::Place(w) => Answer::Placed(orders.place_order(*w).await?.into_inner()),
                Wish::Move(w) => Answer::Moved(orders.set_order_status(w).await?.into_inner()),
                Wish::Charge(w) => Answer::Charged(self.cells.charge_cell(w).await?.into_inner()),
            })
        };
        must("an answer", asked).await.map_err(lost)
    }

    /// The order as it is now, unless the connection was lost.
    pub(crate) async fn order(&mut self, order_id: &str) -> Result<Order, Failure> {
        let request = GetOrderRequest { order_id: order_id.into() };
        let found = must("an order", self.till.orders.get_order(request)).await.map_err(lost)?;
        Ok(found.into_inner().order.unwrap())
    }
}

/// A refusal has details; a connection that is gone has none.
fn lost(failure: Failure) -> Failure {
    assert!(failure.get_details_error_info().is_none(), "refused: {failure:?}");
    failure
}
