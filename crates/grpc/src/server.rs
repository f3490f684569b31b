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
use tokio_util::sync::CancellationToken;
use tonic::{
    service::{Routes, RoutesBuilder},
    transport::server::TcpIncoming,
};

use crate::{
    admin::Admin, cell::Cells, events::Events, menu::Menus, order::Orders, settings::SettingsOf,
};

/// The largest message a client may send.
const REQUEST_BYTES_MAX: usize = 256 * 1024;
/// How long a unary call may take.
const DEADLINE: Duration = Duration::from_secs(10);
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
    incoming: TcpIncoming,
    local_addr: SocketAddr,
}

impl Config {
    /// Takes the port. Needs a tokio runtime.
    pub fn bind(&self, hub: Hub) -> io::Result<Server> {
        let incoming = TcpIncoming::bind(self.listen)?.with_nodelay(Some(true));
        let local_addr = incoming.local_addr()?;
        Ok(Server { hub, incoming, local_addr })
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
        tonic::transport::Server::builder()
            .timeout(DEADLINE)
            .max_concurrent_streams(STREAMS_MAX)
            .concurrency_limit_per_connection(STREAMS_MAX as usize)
            .load_shed(true)
            .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
            .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
            .http2_max_header_list_size(HEADER_BYTES_MAX)
            .http2_max_pending_accept_reset_streams(Some(RESETS_MAX))
            .add_routes(routes(self.hub))
            .serve_with_incoming_shutdown(self.incoming, stop.cancelled_owned())
            .await
    }
}

/// All services, health and reflection.
fn routes(hub: Hub) -> Routes {
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
    // The overall status ("") is SERVING from the start: the port is bound after everything is open.
    let (_, health) = tonic_health::server::health_reporter();
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
