//! Seats, messages and bells: the request that a command line becomes, and what is shown.

use std::sync::Arc;

use kiosk_proto::{
    Timestamp,
    v1::{
        message_service_server::{MessageService, MessageServiceServer},
        seat_service_server::{SeatService, SeatServiceServer},
        *,
    },
};
use tokio::{net::TcpListener, sync::Mutex};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

use crate::support::kioskctl;

/// Answers everything, and remembers the newest request.
#[derive(Clone, Default)]
struct Tables(Arc<Mutex<Vec<u8>>>);

impl Tables {
    async fn start() -> (Self, String) {
        let tables = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = Server::builder()
            .add_service(SeatServiceServer::new(tables.clone()))
            .add_service(MessageServiceServer::new(tables.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        (tables, address)
    }

    async fn asked<M: prost::Message + Default>(&self) -> M {
        M::decode(&**self.0.lock().await).unwrap()
    }

    async fn answer<Q: prost::Message, A>(
        &self,
        request: Request<Q>,
        answer: A,
    ) -> Result<Response<A>, Status> {
        *self.0.lock().await = request.into_inner().encode_to_vec();
        Ok(Response::new(answer))
    }
}

fn at_noon() -> Option<Timestamp> {
    Some(Timestamp::from_ms(1_795_219_200_000))
}

fn held() -> Seat {
    Seat {
        seat_id: "A3".into(),
        name: "창가".into(),
        seats: 4,
        status: seat_status::Value::Held.into(),
        holder: "kiosk-1".into(),
        expires_at: at_noon(),
        ..Seat::default()
    }
}

fn taken() -> SeatSelected {
    let (seat_id, holder) = ("A3".into(), "kiosk-1".into());
    SeatSelected { seat_id, holder, expires_at: at_noon(), ..SeatSelected::default() }
}

fn water() -> Bell {
    Bell {
        bell_id: 7,
        seat_name: "창가".into(),
        reason: "water".into(),
        rings: 2,
        rung_at: at_noon(),
        ..Bell::default()
    }
}

#[tonic::async_trait]
impl SeatService for Tables {
    async fn list_seats(
        &self,
        request: Request<ListSeatsRequest>,
    ) -> Result<Response<ListSeatsResponse>, Status> {
        self.answer(request, ListSeatsResponse { seats: vec![held()], position: None }).await
    }
    async fn put_seat(
        &self,
        request: Request<PutSeatRequest>,
    ) -> Result<Response<PutSeatResponse>, Status> {
        self.answer(request, PutSeatResponse { position: None, seat: Some(held()) }).await
    }
    async fn delete_seat(
        &self,
        request: Request<DeleteSeatRequest>,
    ) -> Result<Response<DeleteSeatResponse>, Status> {
        self.answer(request, DeleteSeatResponse { position: None }).await
    }
    async fn select_seat(
        &self,
        request: Request<SelectSeatRequest>,
    ) -> Result<Response<SelectSeatResponse>, Status> {
        self.answer(request, SelectSeatResponse { position: None, change: Some(taken()) }).await
    }
    async fn release_seat(
        &self,
        request: Request<ReleaseSeatRequest>,
    ) -> Result<Response<ReleaseSeatResponse>, Status> {
        self.answer(request, ReleaseSeatResponse { position: None, change: None }).await
    }
    async fn move_seat(
        &self,
        request: Request<MoveSeatRequest>,
    ) -> Result<Response<MoveSeatResponse>, Status> {
        let selected = Some(taken());
        let served =
            OrderTableChanged { daily_num: 7, table: "Window 3".into(), ..Default::default() };
        let orders = vec![served];
        self.answer(request, MoveSeatResponse { selected, orders, ..Default::default() }).await
    }
}

#[tonic::async_trait]
impl MessageService for Tables {
    async fn send_message(
        &self,
        request: Request<SendMessageRequest>,
    ) -> Result<Response<SendMessageResponse>, Status> {
        let message = StaffMessage { message_num: 5, text: "closing".into(), ..Default::default() };
        let message = Some(message);
        self.answer(request, SendMessageResponse { position: None, message }).await
    }
    async fn list_messages(
        &self,
        request: Request<ListMessagesRequest>,
    ) -> Result<Response<ListMessagesResponse>, Status> {
        let message = |message_num, text: &str| StaffMessage {
            message_num,
            text: text.into(),
            ..Default::default()
        };
        let messages = vec![message(2, "second"), message(1, "first")];
        self.answer(request, ListMessagesResponse { messages, ..Default::default() }).await
    }
    async fn set_typing(
        &self,
        request: Request<SetTypingRequest>,
    ) -> Result<Response<SetTypingResponse>, Status> {
        self.answer(request, SetTypingResponse {}).await
    }
    async fn mark_read(
        &self,
        request: Request<MarkReadRequest>,
    ) -> Result<Response<MarkReadResponse>, Status> {
        self.answer(request, MarkReadResponse { mark: None }).await
    }
    async fn ring_bell(
        &self,
        request: Request<RingBellRequest>,
    ) -> Result<Response<RingBellResponse>, Status> {
        self.answer(request, RingBellResponse { position: None, bell: Some(water()) }).await
    }
    async fn answer_bell(
        &self,
        request: Request<AnswerBellRequest>,
    ) -> Result<Response<AnswerBellResponse>, Status> {
        let change = Some(BellAnswered { waited_seconds: 35, ..Default::default() });
        self.answer(request, AnswerBellResponse { position: None, change }).await
    }
    async fn list_bells(
        &self,
        request: Request<ListBellsRequest>,
    ) -> Result<Response<ListBellsResponse>, Status> {
        self.answer(request, ListBellsResponse { bells: vec![water()], position: None }).await
    }
}

const ID: &str = "7f3c0000-0000-4000-8000-000000000001";

/// Runs a command that must succeed; what it prints.
async fn shown(address: &str, line: &str) -> String {
    let args: Vec<&str> = line.split(' ').collect();
    let (code, stdout, stderr) = kioskctl(address, &args).end().await;
    assert_eq!((code, &*stderr), (0, ""), "{line}");
    stdout
}

#[tokio::test]
async fn seats_are_listed_put_selected_released_and_moved() {
    let (tables, address) = Tables::start().await;
    let listed = shown(&address, "seat list").await;
    assert!(listed.contains("HELD") && listed.contains("kiosk-1  2026-11-21 00:00:00"), "{listed}");

    let put = format!("seat put A3 --zone hall --x 10 --seats 4 --request-id {ID}");
    assert!(shown(&address, &put).await.contains("창가"));
    let asked = PutSeatRequest {
        request_id: ID.into(),
        seat_id: "A3".into(),
        name: "A3".into(),
        zone: "hall".into(),
        x: 10,
        width: 80,
        height: 80,
        seats: 4,
        ..Default::default()
    };
    assert_eq!(tables.asked::<PutSeatRequest>().await, asked);

    let line = "seat select A3 --holder kiosk-1 --order ORD-1-abc123";
    assert_eq!(shown(&address, line).await, "A3: kiosk-1 until 2026-11-21 00:00:00\n");
    let asked = tables.asked::<SelectSeatRequest>().await;
    assert_eq!(
        (&*asked.seat_id, &*asked.holder, &*asked.order_id),
        ("A3", "kiosk-1", "ORD-1-abc123")
    );
    assert_eq!(asked.request_id.len(), 36);

    assert_eq!(shown(&address, "seat release A3").await, "it was free already\n");
    assert_eq!(tables.asked::<ReleaseSeatRequest>().await.holder, "");
    let moved = shown(&address, "seat move A1 A3").await;
    assert!(moved.starts_with("A3: kiosk-1"));
    assert!(moved.ends_with("#7 is served at Window 3\n"));
    let asked = tables.asked::<MoveSeatRequest>().await;
    assert_eq!((&*asked.from_seat_id, &*asked.to_seat_id), ("A1", "A3"));
    assert_eq!(shown(&address, "seat delete A1").await, "");
    assert_eq!(tables.asked::<DeleteSeatRequest>().await.seat_id, "A1");
}

#[tokio::test]
async fn messages_are_sent_and_listed_in_the_order_of_a_talk() {
    let (tables, address) = Tables::start().await;
    assert!(shown(&address, "message send all closing --sender Minji").await.contains("closing"));
    let asked = tables.asked::<SendMessageRequest>().await;
    assert_eq!((&*asked.room, &*asked.text, &*asked.sender), ("all", "closing", "Minji"));
    let listed = shown(&address, "message list kitchen --limit 2").await;
    assert!(listed.find("first").unwrap() < listed.find("second").unwrap(), "{listed}");
    let asked = tables.asked::<ListMessagesRequest>().await;
    assert_eq!((&*asked.room, asked.page_size), ("kitchen", 2));
    let (code, ..) = kioskctl(&address, &["message", "list", "cellar"]).end().await;
    assert_eq!(code, 2);
}

#[tokio::test]
async fn a_bell_is_rung_listed_and_answered() {
    let (tables, address) = Tables::start().await;
    assert!(shown(&address, "bell ring --seat A3 --reason water").await.contains("water"));
    let asked = tables.asked::<RingBellRequest>().await;
    assert_eq!((&*asked.seat_id, &*asked.order_id, &*asked.reason), ("A3", "", "water"));
    shown(&address, "bell ring --order ORD-1-abc123").await;
    assert_eq!(tables.asked::<RingBellRequest>().await.order_id, "ORD-1-abc123");
    assert!(shown(&address, "bell list").await.contains("창가"));
    let answered = shown(&address, "bell answer 7 --by Jisu").await;
    assert_eq!(answered, "bell 7 was answered after 35 s\n");
    let asked = tables.asked::<AnswerBellRequest>().await;
    assert_eq!((asked.bell_id, &*asked.answered_by), (7, "Jisu"));
    shown(&address, "bell ring --place Door").await;
    assert_eq!(tables.asked::<RingBellRequest>().await.place, "Door");
    let (code, ..) =
        kioskctl(&address, &["bell", "ring", "--place", "Door", "--seat", "A3"]).end().await;
    assert_eq!(code, 2);
}
