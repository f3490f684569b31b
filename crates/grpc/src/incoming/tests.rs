use std::{convert::Infallible, sync::Arc, time::Duration};

use kiosk_hub::{Clock as _, Limits, SystemClock};
use kiosk_tls::names_of_this_box;
use tonic::{
    body::Body,
    codegen::http::{Request, Response, Uri},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity, Server},
};
use tower::{Service as _, ServiceExt as _, service_fn};

use super::*;

const KEY: &str = include_str!("../../tests/it/device/key.pem");
const REQUEST: &str = include_str!("../../tests/it/device/request.pem");

#[tokio::test]
async fn each_request_says_from_where_it_comes_and_from_which_device() {
    let dir = tempfile::tempdir().unwrap();
    let names = Arc::new(|| names_of_this_box(&[]));
    let now = Arc::new(|| SystemClock.now().as_ms() / 1000);
    let tls = kiosk_tls::Config {
        folder: dir.path().join("tls"),
        names,
        now,
        handshake_timeout: Duration::from_secs(5),
    }
    .open()
    .unwrap();
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain_uri = format!("http://{}", plain.local_addr().unwrap());
    let tls_uri = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let (hub, running) = kiosk_hub::start(kiosk_hub::Config {
        data_dir: dir.path().into(),
        free_bytes_min: 0,
        clock: Arc::new(SystemClock),
        is_open: false,
        limits: Limits::default(),
    })
    .unwrap();
    let acceptor = tls.acceptor("h2", true).unwrap();
    let serving = [
        tokio::spawn(tell(incoming(Door::new(plain, &hub)))),
        tokio::spawn(tell(incoming_tls(Door::new(listener, &hub), acceptor))),
    ];

    let endpoint = |uri: &str| Endpoint::from_shared(uri.to_owned()).unwrap();
    let nobody = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(tls.ca_pem()));
    let chain = tls.sign_device(REQUEST, 12).unwrap();
    let device = nobody.clone().identity(Identity::from_pem(chain, KEY));
    for (endpoint, device) in [
        (endpoint(&plain_uri), "None"),
        (endpoint(&tls_uri).tls_config(nobody).unwrap(), "None"),
        (endpoint(&tls_uri).tls_config(device).unwrap(), "Some(12)"),
    ] {
        let told = told(endpoint.connect().await.unwrap()).await;
        assert!(told.starts_with("127.0.0.1:") && told.ends_with(device), "{told}");
    }
    for serving in serving {
        serving.abort();
    }
    running.drain().await.unwrap();
}

/// Answers each request with what its connection is known by.
async fn tell<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    connections: impl Stream<Item = io::Result<Connection<S>>>,
) {
    let service = service_fn(async |request: Request<Body>| {
        let PeerInfo { addr, device_id } = request.extensions().get().unwrap();
        let told = format!("{addr} {device_id:?}");
        Ok::<_, Infallible>(Response::builder().header("peer", told).body(Body::empty()).unwrap())
    });
    Server::builder().serve_with_incoming(service, connections).await.unwrap();
}

async fn told(mut channel: Channel) -> String {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = Uri::from_static("/");
    let answer = channel.ready().await.unwrap().call(request).await.unwrap();
    answer.headers()["peer"].to_str().unwrap().to_owned()
}
