use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use kiosk_hub::Hub;
use kiosk_proto::{
    DESCRIPTORS,
    v1::{
        admin_service_server::AdminServiceServer, cell_service_server::CellServiceServer,
        device_service_server::DeviceServiceServer, event_service_server::EventServiceServer,
        menu_service_server::MenuServiceServer, message_service_server::MessageServiceServer,
        order_service_server::OrderServiceServer, queue_service_server::QueueServiceServer,
        report_service_server::ReportServiceServer, seat_service_server::SeatServiceServer,
        settings_service_server::SettingsServiceServer,
    },
};
use kiosk_tls::Tls;
use tonic::{
    body::Body,
    codegen::{
        Service,
        http::{Request, Response},
    },
    server::NamedService,
    service::{Routes, RoutesBuilder},
};
use tonic_health::{
    ServingStatus,
    pb::health_server::{Health, HealthServer},
    server::HealthReporter,
};

use crate::{
    admin::Admin, cell::Cells, counted::Counted, deadline::Deadline, device::Devices,
    events::Events, guard::Guarded, menu::Menus, message::Messages, order::Orders, pin::Pins,
    queue::Queue, report::Reports, seat::Seats, settings::SettingsOf,
};

/// All services with their limits, deadlines and counters: one stack for every wire that carries
/// gRPC calls. Cloning it is cheap.
#[derive(Clone)]
pub struct Services {
    stack: Counted<Guarded<Deadline>>,
    hub: Hub,
    health: HealthReporter,
}

impl Services {
    /// The services of a box that has started.
    pub fn new(hub: &Hub) -> Self {
        Self::with_tls(hub, None)
    }

    /// The same; devices may have certificates of that CA.
    pub fn with_tls(hub: &Hub, tls: Option<Tls>) -> Self {
        let (reporter, health) = tonic_health::server::health_reporter();
        let guarded = Guarded::new(Deadline(routes(hub, tls, health).prepare()), hub.clone());
        let stack = Counted::new(guarded, hub.clone());
        Self { stack, hub: hub.clone(), health: reporter }
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    /// What health says from now on: a port is bound after everything is open.
    pub(crate) async fn report_serving(&self) {
        for service in REPORTED {
            self.health.set_service_status(service, ServingStatus::Serving).await;
        }
    }

    /// Ends the streams that watch health; the others end with the hub's followers.
    pub(crate) async fn end_reports(&mut self) {
        for service in REPORTED {
            self.health.clear_service_status(service).await;
        }
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services").finish_non_exhaustive()
    }
}

impl Service<Request<Body>> for Services {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.stack.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.stack.call(request)
    }
}

/// What health is reported of: the box as a whole, and each service.
const REPORTED: [&str; 12] = [
    "",
    OrderServiceServer::<Orders>::NAME,
    MenuServiceServer::<Menus>::NAME,
    CellServiceServer::<Cells>::NAME,
    QueueServiceServer::<Queue>::NAME,
    SeatServiceServer::<Seats>::NAME,
    MessageServiceServer::<Messages>::NAME,
    ReportServiceServer::<Reports>::NAME,
    SettingsServiceServer::<SettingsOf>::NAME,
    EventServiceServer::<Events>::NAME,
    DeviceServiceServer::<Devices>::NAME,
    AdminServiceServer::<Admin>::NAME,
];

/// All services, health and reflection.
fn routes(hub: &Hub, tls: Option<Tls>, health: HealthServer<impl Health>) -> Routes {
    let bytes_max = hub.limits().request_bytes_max.get();
    macro_rules! limited {
        ($($server:ident($service:expr)),* $(,)?) => {{
            let mut routes = RoutesBuilder::default();
            $(routes.add_service(
                $server::new(($service)(hub.clone())).max_decoding_message_size(bytes_max),
            );)*
            routes
        }};
    }
    let pins = Pins::new();
    let mut routes = limited!(
        OrderServiceServer(|hub| Orders(hub, pins.clone())),
        MenuServiceServer(Menus::new),
        CellServiceServer(|hub| Cells(hub, pins.clone())),
        QueueServiceServer(Queue),
        SeatServiceServer(Seats),
        MessageServiceServer(Messages),
        ReportServiceServer(Reports::new),
        SettingsServiceServer(SettingsOf),
        EventServiceServer(Events),
        DeviceServiceServer(|hub| Devices(hub, tls)),
        AdminServiceServer(|hub| Admin(hub, pins.clone())),
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
