//! gRPC with TLS: the same services, for clients that trust the box's CA.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use kiosk_grpc::{Config, Services};
use kiosk_hub::{Clock as _, Code, SystemClock};
use kiosk_proto::v1::{
    ListMenusRequest, Person, RedeemPairingCodeRequest, SubscribeRequest, WhoAmIRequest,
    device_service_client::DeviceServiceClient, event_service_client::EventServiceClient,
    menu_service_client::MenuServiceClient, order_service_client::OrderServiceClient,
    role::Value as Role, subscribe_response::Message,
};
use kiosk_tls::{Tls, names_of_this_box};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use tonic::{
    Code as GrpcCode,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

use crate::cafe::{AMERICANO, Cafe, must, uuid, wish};

/// Both of a device of a test, and of no other.
const KEY: &str = include_str!("device/key.pem");
const REQUEST: &str = include_str!("device/request.pem");

/// A port with TLS beside the café's own.
struct Port {
    tls: Tls,
    address: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<()>,
    _dir: TempDir,
}

impl Port {
    async fn open(cafe: &Cafe) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let tls = new_ca(&dir);
        let any = "127.0.0.1:0".parse().unwrap();
        let services = Services::with_tls(&cafe.hub, Some(tls.clone()));
        let server = Config { listen: any }.bind(services).unwrap();
        let server = server.with_tls(any, &tls).unwrap();
        let address = server.tls_addr().unwrap();
        let stop = CancellationToken::new();
        let serve = server.serve(stop.clone());
        let serving = tokio::spawn(async move { serve.await.unwrap() });
        Self { tls, address, stop, serving, _dir: dir }
    }

    /// As a client connects that trusts this CA.
    async fn connect(&self, config: ClientTlsConfig) -> Result<Channel, tonic::transport::Error> {
        let address = format!("https://localhost:{}", self.address.port());
        let endpoint = Endpoint::from_shared(address).unwrap().tls_config(config).unwrap();
        must("a connection", endpoint.connect()).await
    }

    fn trusting(&self) -> ClientTlsConfig {
        ClientTlsConfig::new().ca_certificate(Certificate::from_pem(self.tls.ca_pem()))
    }

    async fn end(self) {
        self.stop.cancel();
        must("the end of the server", self.serving).await.unwrap();
    }
}

fn new_ca(dir: &TempDir) -> Tls {
    let folder = dir.path().join("tls");
    let names = Arc::new(|| names_of_this_box(&[]));
    let now = Arc::new(|| SystemClock.now().as_ms() / 1000);
    kiosk_tls::Config { folder, names, now, handshake_timeout: Duration::from_secs(5) }
        .open()
        .unwrap()
}

#[tokio::test]
async fn orders_are_placed_and_followed_over_tls() {
    let cafe = Cafe::open().await;
    let port = Port::open(&cafe).await;
    let channel = port.connect(port.trusting()).await.unwrap();
    let mut events = EventServiceClient::new(channel.clone());
    let events = must("a stream", events.subscribe(SubscribeRequest::default())).await;
    let mut events = events.unwrap().into_inner();
    let placed = OrderServiceClient::new(channel.clone()).place_order(wish(AMERICANO, 1)).await;
    let order_id = placed.unwrap().into_inner().order.unwrap().order_id;
    loop {
        let heard = must("an event", events.message()).await.unwrap().unwrap().message;
        if let Some(Message::Event(event)) = heard
            && format!("{event:?}").contains(&order_id)
        {
            break;
        }
    }
    drop((events, channel));
    port.end().await;
}

#[tokio::test]
async fn a_device_may_show_its_certificate_and_one_of_another_ca_is_refused() {
    let cafe = Cafe::open().await;
    let port = Port::open(&cafe).await;
    let other = new_ca(&tempfile::tempdir().unwrap());
    let list = async |channel| {
        let listing = MenuServiceClient::new(channel).list_menus(ListMenusRequest::default()).await;
        listing.map(|menus| menus.into_inner().items.len())
    };
    for (tls, is_own) in [(&port.tls, true), (&other, false)] {
        let chain = tls.sign_device(REQUEST, 12).unwrap();
        let config = port.trusting().identity(Identity::from_pem(chain, KEY));
        // With TLS 1.3 a client may learn only from its first call that it was refused.
        let listed = match port.connect(config).await {
            Ok(channel) => list(channel).await.ok(),
            Err(_) => None,
        };
        assert_eq!(listed.is_some(), is_own);
    }
    port.end().await;
}

#[tokio::test]
async fn a_device_is_who_its_certificate_says_until_it_is_revoked() {
    let cafe = Cafe::open_closed().await;
    let port = Port::open(&cafe).await;
    let by = Person { id: 0, name: "test".into() };
    let wish = Code::new(Role::Printer, "Bar".into(), by);
    let code = cafe.hub.access().create_code(wish, 1).unwrap().text;
    let request = |csr: &str| RedeemPairingCodeRequest {
        request_id: uuid(),
        code: code.expose().into(),
        csr: csr.into(),
        ..Default::default()
    };
    let channel = port.connect(port.trusting()).await.unwrap();
    let mut devices = DeviceServiceClient::new(channel);
    // A request that can't be signed does not spend the code.
    let wrong = devices.redeem_pairing_code(request("x")).await.unwrap_err();
    assert_eq!(wrong.code(), GrpcCode::InvalidArgument);
    let paired = devices.redeem_pairing_code(request(REQUEST)).await.unwrap().into_inner();
    let device_id = paired.device.unwrap().device_id;

    let config = port.trusting().identity(Identity::from_pem(paired.certificate, KEY));
    let channel = port.connect(config).await.unwrap();
    let who = || {
        let mut devices = DeviceServiceClient::new(channel.clone());
        async move { devices.who_am_i(WhoAmIRequest {}).await.unwrap().into_inner() }
    };
    let me = who().await;
    assert_eq!((me.role(), me.device_id, me.name.as_str()), (Role::Printer, device_id, "Bar"));
    // Its role is what counts, on that connection too.
    let mut menus = MenuServiceClient::new(channel.clone());
    let listed = menus.list_menus(ListMenusRequest::default()).await;
    assert_eq!(listed.unwrap_err().code(), GrpcCode::PermissionDenied);
    cafe.revoke(device_id).await;
    assert_eq!(who().await.role(), Role::Unspecified);
    // A certificate of the CA for a device that there is not makes nobody anything.
    let chain = port.tls.sign_device(REQUEST, 999).unwrap();
    let config = port.trusting().identity(Identity::from_pem(chain, KEY));
    let channel = port.connect(config).await.unwrap();
    let listed = MenuServiceClient::new(channel).list_menus(ListMenusRequest::default()).await;
    assert_eq!(listed.unwrap_err().code(), GrpcCode::Unauthenticated);
    port.end().await;
}

#[tokio::test]
async fn a_client_that_trusts_another_ca_or_speaks_no_tls_gets_nowhere() {
    let cafe = Cafe::open().await;
    let port = Port::open(&cafe).await;
    let other = new_ca(&tempfile::tempdir().unwrap());
    let trusting_other =
        ClientTlsConfig::new().ca_certificate(Certificate::from_pem(other.ca_pem()));
    assert!(port.connect(trusting_other).await.is_err());
    let mut plain = TcpStream::connect(port.address).await.unwrap();
    plain.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    // Reset, as nobody has read that.
    let read = must("the end", plain.read(&mut [0; 64])).await;
    assert_eq!(read.unwrap_or(0), 0);
    port.end().await;
}

#[tokio::test]
async fn two_hundred_unfinished_handshakes_keep_no_client_waiting() {
    let cafe = Cafe::open().await;
    let port = Port::open(&cafe).await;
    let mut silent = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(port.address).await.unwrap();
        stream.write_all(&[0x16, 3, 1]).await.unwrap();
        silent.push(stream);
    }
    let channel = port.connect(port.trusting()).await.unwrap();
    MenuServiceClient::new(channel).list_menus(ListMenusRequest::default()).await.unwrap();
    for stream in &silent {
        let nothing = stream.try_read(&mut [0; 8]).unwrap_err();
        assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock, "it was given up meanwhile");
    }
    drop(silent);
    port.end().await;
}
