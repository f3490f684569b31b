use std::{io, net::SocketAddr, time::Duration};

use kiosk_hub::Hub;
use kiosk_proto::{
    DESCRIPTORS,
    v1::{
        admin_service_server::AdminServiceServer, cell_service_server::CellServiceServer,
        event_service_server::EventServiceServer, menu_service_server::MenuServiceServer,
        order_service_server::OrderServiceServer, settings_service_server::SettingsServiceServer,
    },
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::{
    server::NamedService,
    service::{Routes, RoutesBuilder},
};
use tonic_health::{
    ServingStatus,
    pb::health_server::{Health, HealthServer},
};

use crate::{
    admin::Admin, cell::Cells, deadline::Deadline, events::Events, incoming::incoming, menu::Menus,
    order::Orders, settings::SettingsOf,
};

/// The largest message a client may send.
const REQUEST_BYTES_MAX: usize = 256 * 1024;
/// Calls that one connection may have open.
const STREAMS_MAX: u32 = 32;
/// After this much silence the other side is asked whether it is there…
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
/// …and given this long to say so.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Headers of one call.
const HEADER_BYTES_MAX: u32 = 16 * 1024;
/// Streams that a client may reset before they were looked at: a flood of them ends the connection.
const RESETS_MAX: usize = 20;

/// Where gRPC is served.
#[derive(Debug, Clone)]
pub struct Config {
    /// Port 0 takes any that is free.
    pub listen: SocketAddr,
}

/// A bound port, not served yet.
#[derive(Debug)]
pub struct Server {
    hub: Hub,
    listener: TcpListener,
    local_addr: SocketAddr,
}

impl Config {
    /// Takes the port. Needs a tokio runtime.
    pub fn bind(&self, hub: Hub) -> io::Result<Server> {
        let listener = std::net::TcpListener::bind(self.listen)?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let local_addr = listener.local_addr()?;
        Ok(Server { hub, listener, local_addr })
    }
}

impl Server {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Serves until told to stop, then until the open calls have ended. Streams end when the hub
    /// stops its followers.
    pub async fn serve(self, stop: CancellationToken) -> Result<(), tonic::transport::Error> {
        let (mut reporter, health) = tonic_health::server::health_reporter();
        // SERVING from the start: the port is bound after everything is open.
        for service in REPORTED {
            reporter.set_service_status(service, ServingStatus::Serving).await;
        }
        let services = Deadline(routes(self.hub, health).prepare());
        let stopped = async move {
            stop.cancelled().await;
            // Ends the streams that watch them; the others end with the hub's followers.
            for service in REPORTED {
                reporter.clear_service_status(service).await;
            }
        };
        tonic::transport::Server::builder()
            .max_concurrent_streams(STREAMS_MAX)
            .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
            .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
            .http2_max_header_list_size(HEADER_BYTES_MAX)
            .http2_max_pending_accept_reset_streams(Some(RESETS_MAX))
            .serve_with_incoming_shutdown(services, incoming(self.listener), stopped)
            .await
    }
}

/// What health is reported of: the box as a whole, and each service.
const REPORTED: [&str; 7] = [
    "",
    OrderServiceServer::<Orders>::NAME,
    MenuServiceServer::<Menus>::NAME,
    CellServiceServer::<Cells>::NAME,
    SettingsServiceServer::<SettingsOf>::NAME,
    EventServiceServer::<Events>::NAME,
    AdminServiceServer::<Admin>::NAME,
];

/// All services, health and reflection.
fn routes(hub: Hub, health: HealthServer<impl Health>) -> Routes {
    macro_rules! limited {
        ($($server:ident($service:expr)),* $(,)?) => {{
            let mut routes = RoutesBuilder::default();
            $(routes.add_service(
                $server::new($service(hub.clone())).max_decoding_message_size(REQUEST_BYTES_MAX),
            );)*
            routes
        }};
    }
    let mut routes = limited!(
        OrderServiceServer(Orders),
        MenuServiceServer(Menus),
        CellServiceServer(Cells),
        SettingsServiceServer(SettingsOf),
        EventServiceServer(Events),
        AdminServiceServer(Admin),
    );
    routes.add_service(health);
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
    };
    // The descriptors were made by the build, and a test asks for them.
    routes.add_service(reflection().build_v1().expect("descriptors are whole"));
    routes.add_service(reflection().build_v1alpha().expect("descriptors are whole"));
    routes.routes()
}
