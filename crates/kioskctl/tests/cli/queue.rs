//! The queue: what is shown of it, and who is let in.

use std::sync::Arc;

use kiosk_proto::v1::{
    queue_service_server::{QueueService, QueueServiceServer},
    *,
};
use tokio::{net::TcpListener, sync::Mutex};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

use crate::support::kioskctl;

/// Two orders wait; two customers order, and three wait for it. Remembers who was let in.
#[derive(Clone, Default)]
struct Queue(Arc<Mutex<Vec<i32>>>);

impl Queue {
    async fn start() -> (Self, String) {
        let queue = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = Server::builder()
            .add_service(QueueServiceServer::new(queue.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        (queue, address)
    }
}

fn entry(position: i32) -> QueueEntry {
    let part = QueuePart { station: "bar".into(), load: 2 * position, estimated_wait_seconds: 75 };
    QueueEntry {
        daily_num: 40 + position,
        status: order_status::Value::Making.into(),
        is_priority: position == 1,
        position,
        estimated_wait_seconds: 75 * position,
        earliest_wait_seconds: 45,
        latest_wait_seconds: 330,
        parts: vec![part],
        ..QueueEntry::default()
    }
}

fn ticket(number: i32, status: queue_ticket_status::Value) -> QueueTicket {
    QueueTicket { number, status: status.into(), ..QueueTicket::default() }
}

#[tonic::async_trait]
impl QueueService for Queue {
    async fn get_status(
        &self,
        _: Request<GetQueueStatusRequest>,
    ) -> Result<Response<GetQueueStatusResponse>, Status> {
        Err(Status::unimplemented("no test asks for it"))
    }

    async fn get_queue(
        &self,
        _: Request<GetQueueRequest>,
    ) -> Result<Response<GetQueueResponse>, Status> {
        let bar = QueueStation {
            station: "bar".into(),
            load: 4,
            observations: 31,
            estimated_wait_seconds: 180,
        };
        let accuracy = QueueAccuracy {
            orders: 120,
            median_error_seconds: 40,
            within_range_percent: 81,
            bias_seconds: 12,
        };
        let (entries, stations) = (vec![entry(1), entry(2)], vec![bar]);
        Ok(Response::new(GetQueueResponse { entries, stations, accuracy: Some(accuracy) }))
    }

    async fn take_ticket(
        &self,
        _: Request<TakeTicketRequest>,
    ) -> Result<Response<TakeTicketResponse>, Status> {
        Err(Status::unimplemented("no test asks for it"))
    }

    async fn get_ticket(
        &self,
        _: Request<GetTicketRequest>,
    ) -> Result<Response<GetTicketResponse>, Status> {
        Err(Status::unimplemented("no test asks for it"))
    }

    async fn leave_queue(
        &self,
        _: Request<LeaveQueueRequest>,
    ) -> Result<Response<LeaveQueueResponse>, Status> {
        Err(Status::unimplemented("no test asks for it"))
    }

    async fn list_tickets(
        &self,
        _: Request<ListTicketsRequest>,
    ) -> Result<Response<ListTicketsResponse>, Status> {
        use queue_ticket_status::Value::{Admitted, Waiting};
        let line = QueueLine {
            ordering: 2,
            waiting: 3,
            threshold: 2,
            is_active: true,
            ..QueueLine::default()
        };
        Ok(Response::new(ListTicketsResponse {
            ordering: [3, 5].map(|number| ticket(number, Admitted)).into(),
            waiting: [6, 8, 9].map(|number| ticket(number, Waiting)).into(),
            line: Some(line),
        }))
    }

    async fn admit_tickets(
        &self,
        request: Request<AdmitTicketsRequest>,
    ) -> Result<Response<AdmitTicketsResponse>, Status> {
        self.0.lock().await.push(request.into_inner().through_number);
        Ok(Response::new(AdmitTicketsResponse { admitted: 2 }))
    }
}

#[tokio::test]
async fn the_line_is_shown_with_waits_stations_and_how_good_estimates_were() {
    let (_, address) = Queue::start().await;
    let (code, shown, _) = kioskctl(&address, &["queue"]).end().await;
    assert_eq!(code, 0, "{shown}");
    let lines: Vec<Vec<&str>> =
        shown.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[1], ["1", "!#41", "MAKING", "-", "1:15", "0:45-5:30", "bar", "2"]);
    assert_eq!(lines[2], ["2", "#42", "MAKING", "-", "2:30", "0:45-5:30", "bar", "4"]);
    assert_eq!(lines[5], ["bar", "4", "3:00", "31"]);
    assert!(shown.ends_with("81 % in the range, 0:12 longer on average\n"), "{shown}");
}

#[tokio::test]
async fn people_are_let_in_by_the_number_of_the_last_one() {
    let (queue, address) = Queue::start().await;
    let (code, shown, _) = kioskctl(&address, &["queue", "room"]).end().await;
    assert_eq!(code, 0, "{shown}");
    assert!(shown.starts_with("on: 2 of 2 order, 3 wait\n"), "{shown}");
    let (code, shown, _) = kioskctl(&address, &["queue", "admit", "2"]).end().await;
    assert_eq!((code, &*shown), (0, "2 let in\n"));
    kioskctl(&address, &["queue", "admit", "99"]).end().await;
    assert_eq!(*queue.0.lock().await, [8, 9]);
    let (code, ..) = kioskctl(&address, &["queue", "admit", "0"]).end().await;
    assert_eq!(code, 2);
}
