//! A box that does what the test says: every request comes to the test, which answers it.

use std::{future::Future, time::Duration};

use kiosk_proto::v1::{
    event_service_server::{EventService, EventServiceServer},
    menu_service_server::{MenuService, MenuServiceServer},
    order_service_server::{OrderService, OrderServiceServer},
    *,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines, copy_bidirectional},
    net::{TcpListener, TcpStream},
    process::{Child, ChildStderr, ChildStdout, Command},
    sync::{mpsc, oneshot, watch},
};
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::{Request, Response, Status, transport::Server};

/// Far more than anything here takes: a test that hangs ends.
const TEST_MAX: Duration = Duration::from_secs(30);

/// Waits, but not forever.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(TEST_MAX, future).await.expect("the test hangs")
}

/// A request, and how to answer it.
pub(crate) type Asked<Q, A> = (Q, oneshot::Sender<Result<A, Status>>);

/// The requests as they arrive.
pub(crate) struct TestBox {
    pub(crate) address: String,
    pub(crate) placed: mpsc::Receiver<Asked<PlaceOrderRequest, PlaceOrderResponse>>,
    pub(crate) listed: mpsc::Receiver<Asked<ListOrdersRequest, ListOrdersResponse>>,
    pub(crate) bumped: mpsc::Receiver<Asked<BumpLinesRequest, BumpLinesResponse>>,
    /// The sender ends the stream when it is dropped.
    pub(crate) subscribed:
        mpsc::Receiver<(SubscribeRequest, mpsc::Sender<Result<SubscribeResponse, Status>>)>,
    cut: watch::Sender<()>,
}

impl TestBox {
    pub(crate) async fn start() -> Self {
        let (place, placed) = mpsc::channel(16);
        let (list, listed) = mpsc::channel(16);
        let (bump, bumped) = mpsc::channel(16);
        let (subscribe, subscribed) = mpsc::channel(16);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let behind = listener.local_addr().unwrap();
        let server = Server::builder()
            .add_service(OrderServiceServer::new(Orders { place, list, bump }))
            .add_service(EventServiceServer::new(Events { subscribe }))
            .add_service(MenuServiceServer::new(Menu))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);

        let front = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", front.local_addr().unwrap());
        let (cut, was_cut) = watch::channel(());
        tokio::spawn(async move {
            while let Ok((mut client, _)) = front.accept().await {
                let mut was_cut = was_cut.clone();
                was_cut.mark_unchanged();
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(behind).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                        _ = was_cut.changed() => {}
                    }
                });
            }
        });
        Self { address, placed, listed, bumped, subscribed, cut }
    }

    /// Breaks every connection; new ones are let in.
    pub(crate) fn cut(&self) {
        self.cut.send_replace(());
    }

    pub(crate) fn kioskctl(&self, args: &[&str]) -> Running {
        kioskctl(&self.address, args)
    }
}

/// The command at work; it ends with the test at the latest.
pub(crate) struct Running {
    child: Child,
    pub(crate) stdout: Lines<BufReader<ChildStdout>>,
    pub(crate) stderr: Lines<BufReader<ChildStderr>>,
}

pub(crate) fn kioskctl(address: &str, args: &[&str]) -> Running {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kioskctl"))
        .args(args)
        .env("KIOSK_ADDRESS", address)
        .env("TZ", "UTC")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    let stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    Running { child, stdout, stderr }
}

impl Running {
    /// Exit code, standard output, standard error.
    pub(crate) async fn end(mut self) -> (i32, String, String) {
        let (mut out, mut err) = (String::new(), String::new());
        while let Some(line) = within(self.stdout.next_line()).await.unwrap() {
            out += &(line + "\n");
        }
        while let Some(line) = within(self.stderr.next_line()).await.unwrap() {
            err += &(line + "\n");
        }
        let status = within(self.child.wait()).await.unwrap();
        (status.code().expect("it exits by itself"), out, err)
    }
}

struct Orders {
    place: mpsc::Sender<Asked<PlaceOrderRequest, PlaceOrderResponse>>,
    list: mpsc::Sender<Asked<ListOrdersRequest, ListOrdersResponse>>,
    bump: mpsc::Sender<Asked<BumpLinesRequest, BumpLinesResponse>>,
}

async fn ask<Q, A>(
    test: &mpsc::Sender<Asked<Q, A>>,
    request: Request<Q>,
) -> Result<Response<A>, Status> {
    let (answer, answered) = oneshot::channel();
    let over = |_| Status::aborted("the test is over");
    test.send((request.into_inner(), answer)).await.map_err(|_| over(()))?;
    answered.await.map_err(|_| over(()))?.map(Response::new)
}

fn unused<T>() -> Result<T, Status> {
    Err(Status::unimplemented("no test asks for it"))
}

#[tonic::async_trait]
impl OrderService for Orders {
    async fn place_order(
        &self,
        request: Request<PlaceOrderRequest>,
    ) -> Result<Response<PlaceOrderResponse>, Status> {
        ask(&self.place, request).await
    }
    async fn list_orders(
        &self,
        request: Request<ListOrdersRequest>,
    ) -> Result<Response<ListOrdersResponse>, Status> {
        ask(&self.list, request).await
    }
    async fn get_order(
        &self,
        _: Request<GetOrderRequest>,
    ) -> Result<Response<GetOrderResponse>, Status> {
        unused()
    }
    async fn set_order_status(
        &self,
        _: Request<SetOrderStatusRequest>,
    ) -> Result<Response<SetOrderStatusResponse>, Status> {
        unused()
    }
    async fn recall_order(
        &self,
        _: Request<RecallOrderRequest>,
    ) -> Result<Response<RecallOrderResponse>, Status> {
        unused()
    }
    async fn cancel_order(
        &self,
        _: Request<CancelOrderRequest>,
    ) -> Result<Response<CancelOrderResponse>, Status> {
        unused()
    }
    async fn bump_lines(
        &self,
        request: Request<BumpLinesRequest>,
    ) -> Result<Response<BumpLinesResponse>, Status> {
        ask(&self.bump, request).await
    }
    async fn recall_lines(
        &self,
        _: Request<RecallLinesRequest>,
    ) -> Result<Response<RecallLinesResponse>, Status> {
        unused()
    }
    async fn set_priority(
        &self,
        _: Request<SetPriorityRequest>,
    ) -> Result<Response<SetPriorityResponse>, Status> {
        unused()
    }
    async fn cancel_lines(
        &self,
        _: Request<CancelLinesRequest>,
    ) -> Result<Response<CancelLinesResponse>, Status> {
        unused()
    }
    async fn remake_lines(
        &self,
        _: Request<RemakeLinesRequest>,
    ) -> Result<Response<RemakeLinesResponse>, Status> {
        unused()
    }
    async fn add_to_order(
        &self,
        _: Request<AddToOrderRequest>,
    ) -> Result<Response<AddToOrderResponse>, Status> {
        unused()
    }
}

struct Events {
    subscribe: mpsc::Sender<(SubscribeRequest, mpsc::Sender<Result<SubscribeResponse, Status>>)>,
}

#[tonic::async_trait]
impl EventService for Events {
    type SubscribeStream = ReceiverStream<Result<SubscribeResponse, Status>>;

    async fn subscribe(
        &self,
        request: Request<SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let (events, stream) = mpsc::channel(16);
        let told = self.subscribe.send((request.into_inner(), events)).await;
        told.map_err(|_| Status::aborted("the test is over"))?;
        Ok(Response::new(ReceiverStream::new(stream)))
    }
    async fn get_snapshot(
        &self,
        _: Request<GetSnapshotRequest>,
    ) -> Result<Response<GetSnapshotResponse>, Status> {
        unused()
    }
}

/// Has one item.
struct Menu;

#[tonic::async_trait]
impl MenuService for Menu {
    async fn list_menus(
        &self,
        _: Request<ListMenusRequest>,
    ) -> Result<Response<ListMenusResponse>, Status> {
        let latte =
            MenuItem { menu_id: 1, name: "라떼".into(), price: 5000, ..Default::default() };
        Ok(Response::new(ListMenusResponse { items: vec![latte], position: None }))
    }
    async fn put_menu_item(
        &self,
        _: Request<PutMenuItemRequest>,
    ) -> Result<Response<PutMenuItemResponse>, Status> {
        unused()
    }
    async fn delete_menu_item(
        &self,
        _: Request<DeleteMenuItemRequest>,
    ) -> Result<Response<DeleteMenuItemResponse>, Status> {
        unused()
    }
    async fn set_sold_out(
        &self,
        _: Request<SetSoldOutRequest>,
    ) -> Result<Response<SetSoldOutResponse>, Status> {
        unused()
    }
    async fn set_stock(
        &self,
        _: Request<SetStockRequest>,
    ) -> Result<Response<SetStockResponse>, Status> {
        unused()
    }
    async fn set_option_sold_out(
        &self,
        _: Request<SetOptionSoldOutRequest>,
    ) -> Result<Response<SetOptionSoldOutResponse>, Status> {
        unused()
    }
    async fn restock(
        &self,
        _: Request<RestockRequest>,
    ) -> Result<Response<RestockResponse>, Status> {
        unused()
    }
    async fn list_menu_categories(
        &self,
        _: Request<ListMenuCategoriesRequest>,
    ) -> Result<Response<ListMenuCategoriesResponse>, Status> {
        unused()
    }
    async fn put_menu_category(
        &self,
        _: Request<PutMenuCategoryRequest>,
    ) -> Result<Response<PutMenuCategoryResponse>, Status> {
        unused()
    }
    async fn delete_menu_category(
        &self,
        _: Request<DeleteMenuCategoryRequest>,
    ) -> Result<Response<DeleteMenuCategoryResponse>, Status> {
        unused()
    }
    async fn upload_menu_image(
        &self,
        _: Request<UploadMenuImageRequest>,
    ) -> Result<Response<UploadMenuImageResponse>, Status> {
        unused()
    }
    async fn remove_menu_image(
        &self,
        _: Request<RemoveMenuImageRequest>,
    ) -> Result<Response<RemoveMenuImageResponse>, Status> {
        unused()
    }
    async fn export_menu(
        &self,
        _: Request<ExportMenuRequest>,
    ) -> Result<Response<ExportMenuResponse>, Status> {
        unused()
    }
    async fn import_menu(
        &self,
        _: Request<ImportMenuRequest>,
    ) -> Result<Response<ImportMenuResponse>, Status> {
        unused()
    }
}
