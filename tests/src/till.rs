use std::net::SocketAddr;

use kiosk_proto::v1::{
    Order, PlaceOrderItem, PlaceOrderRequest, SetOrderStatusRequest, SetOrderStatusResponse,
    order_service_client::OrderServiceClient, order_status::Value as Status,
    pay_type::Value as PayType,
};
use tonic::transport::{Channel, Endpoint};

/// A till: a gRPC client that places and moves orders.
#[derive(Debug, Clone)]
pub struct Till {
    /// The connection, for the other services.
    pub channel: Channel,
    /// The service that a till uses most.
    pub orders: OrderServiceClient<Channel>,
}

impl Till {
    /// Connects.
    pub async fn connect(grpc: SocketAddr) -> Self {
        let channel = endpoint(grpc).connect().await.unwrap();
        Self { orders: OrderServiceClient::new(channel.clone()), channel }
    }

    /// A till that connects when it is first used, and again whenever it has to.
    pub fn lazy(grpc: SocketAddr) -> Self {
        let channel = endpoint(grpc).connect_lazy();
        Self { orders: OrderServiceClient::new(channel.clone()), channel }
    }

    /// One jujube tea of the demo's menu, paid by card. The order shows the request's id as
    /// its note.
    pub fn wish(buzzer_id: &str) -> PlaceOrderRequest {
        let request_id = uuid();
        PlaceOrderRequest {
            note: request_id.clone(),
            request_id,
            items: vec![PlaceOrderItem { menu_id: JUJUBE_TEA, quantity: 1, ..Default::default() }],
            pay_type: PayType::Card.into(),
            buzzer_id: buzzer_id.into(),
            ..Default::default()
        }
    }

    /// The same fifty times, each with a long note: some 6 KB.
    pub fn large_wish() -> PlaceOrderRequest {
        let mut wish = Self::wish("");
        let item = PlaceOrderItem { note: "x".repeat(100), ..wish.items[0].clone() };
        wish.items = vec![item; 50];
        wish
    }

    /// Places an order that must succeed.
    pub async fn place(&mut self, wish: PlaceOrderRequest) -> Order {
        self.orders.place_order(wish).await.unwrap().into_inner().order.unwrap()
    }

    /// Moves an order one step, which must succeed.
    pub async fn set_status(&mut self, order_id: &str, status: Status) -> SetOrderStatusResponse {
        let request = SetOrderStatusRequest {
            request_id: uuid(),
            order_id: order_id.into(),
            status: status.into(),
        };
        self.orders.set_order_status(request).await.unwrap().into_inner()
    }
}

/// Jujube tea, of the demo's menu: it has no options and is not counted.
const JUJUBE_TEA: i32 = 17;

fn endpoint(grpc: SocketAddr) -> Endpoint {
    Endpoint::from_shared(format!("http://{grpc}")).unwrap()
}

/// A new request id.
pub fn uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}
