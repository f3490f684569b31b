use std::sync::{PoisonError, atomic::Ordering::Relaxed};

use kiosk_hub::{
    Hub,
    stats::{RoomCounts, Screen, Wire},
};
use kiosk_proto::v1::{
    CommitStats, ConnectionStats, DeleteStaffMemberRequest, DeleteStaffMemberResponse,
    GetStatsRequest, GetStatsResponse, KitchenRoom, ListStaffMembersRequest,
    ListStaffMembersResponse, OrderRooms, PutStaffMemberRequest, PutStaffMemberResponse,
    ResolveIncidentRequest, ResolveIncidentResponse, RoomStats, ScreenStats, SignInRequest,
    SignInResponse, SignOutRequest, SignOutResponse, StoreStats, WireStats,
    admin_service_server::AdminService,
};
use tonic::{Request, Response, Status};

use crate::{incident, pin::Pins, queue, staff};

pub(crate) struct Admin(pub(crate) Hub, pub(crate) Pins);

#[tonic::async_trait]
impl AdminService for Admin {
    async fn get_stats(
        &self,
        _: Request<GetStatsRequest>,
    ) -> Result<Response<GetStatsResponse>, Status> {
        let stats = self.0.stats();
        let head = self.0.snapshot().position;
        let connections = &stats.connections;
        let screens = connections.screens();
        Ok(Response::new(GetStatsResponse {
            position: Some(head.into()),
            started_at: Some(self.0.started_at()),
            version: env!("CARGO_PKG_VERSION").into(),
            connections: Some(ConnectionStats {
                current: saturate(screens.len()),
                total: connections.total.load(Relaxed) as i64,
                reconnects: connections.reconnects.load(Relaxed) as i64,
            }),
            rooms: Some(room_stats(connections.rooms())),
            screens: screens.iter().map(|screen| screen_stats(screen)).collect(),
            memory_bytes: kiosk_hub::stats::resident_bytes().unwrap_or(0) as i64,
            wires: stats.wires().map(|(name, wire)| wire_stats(name, wire, head.seq)).into(),
            commits: Some(CommitStats {
                commands: stats.commands.load(Relaxed) as i64,
                events: stats.events.load(Relaxed) as i64,
                groups: stats.groups.load(Relaxed) as i64,
                rejections: stats.rejections.load(Relaxed) as i64,
                latency: Some(stats.commit_latency.snapshot()),
            }),
            store: Some(self.store_stats()),
            queue: Some(queue::accuracy(&self.0.queue_line().accuracy().0)),
        }))
    }

    async fn resolve_incident(
        &self,
        request: Request<ResolveIncidentRequest>,
    ) -> Result<Response<ResolveIncidentResponse>, Status> {
        incident::resolve(&self.0, &request).await.map(Response::new)
    }

    async fn list_staff_members(
        &self,
        _: Request<ListStaffMembersRequest>,
    ) -> Result<Response<ListStaffMembersResponse>, Status> {
        Ok(Response::new(staff::list(&self.0)))
    }

    async fn put_staff_member(
        &self,
        request: Request<PutStaffMemberRequest>,
    ) -> Result<Response<PutStaffMemberResponse>, Status> {
        staff::put(&self.0, &self.1, &request).await.map(Response::new)
    }

    async fn delete_staff_member(
        &self,
        request: Request<DeleteStaffMemberRequest>,
    ) -> Result<Response<DeleteStaffMemberResponse>, Status> {
        staff::delete(&self.0, &request).await.map(Response::new)
    }

    async fn sign_in(
        &self,
        request: Request<SignInRequest>,
    ) -> Result<Response<SignInResponse>, Status> {
        staff::sign_in(&self.0, &self.1, &request).await.map(Response::new)
    }

    async fn sign_out(
        &self,
        request: Request<SignOutRequest>,
    ) -> Result<Response<SignOutResponse>, Status> {
        staff::sign_out(&self.0, &request).await.map(Response::new)
    }
}

impl Admin {
    fn store_stats(&self) -> StoreStats {
        let history = self.0.history().ok();
        StoreStats {
            applied_seq: history.as_ref().map_or(0, |history| history.applied().seq),
            orders: history.map_or(0, |history| history.order_count() as i64),
            healthy: self.0.stats().store_healthy.load(Relaxed),
        }
    }
}

fn wire_stats(name: &str, wire: &Wire, head: u64) -> WireStats {
    let (followers, slowest) = wire.followers();
    WireStats {
        wire: name.into(),
        followers: saturate(followers),
        deliveries: wire.deliveries.load(Relaxed) as i64,
        lag_max: slowest.map_or(0, |slowest| head.saturating_sub(slowest) as i64),
        latency: Some(wire.latency.snapshot()),
    }
}

fn room_stats(counts: RoomCounts) -> RoomStats {
    let RoomCounts { kitchen, order, order_rooms } = counts;
    RoomStats {
        kitchen: Some(KitchenRoom { clients: saturate(kitchen) }),
        order: Some(OrderRooms { clients: saturate(order), total_rooms: saturate(order_rooms) }),
    }
}

fn screen_stats(screen: &Screen) -> ScreenStats {
    let rooms = screen.rooms.lock().unwrap_or_else(PoisonError::into_inner);
    ScreenStats {
        session_id: screen.session_id.clone(),
        name: screen.name.clone(),
        connected_at: Some(screen.connected_at),
        sent_seq: screen.sent.load(Relaxed),
        shown_seq: screen.shown.load(Relaxed),
        rooms: rooms.iter().flatten().cloned().collect(),
    }
}

fn saturate(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
