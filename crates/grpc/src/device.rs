use kiosk_domain::{
    Command, DeviceCommand, SecretHash,
    limits::{DEVICE_NAME_CHARS_MAX, NOTE_CHARS_MAX},
};
use kiosk_hub::{Code, Committed, Hub};
use kiosk_proto::{
    Timestamp,
    v1::{
        AuditEntry, CreatePairingCodeRequest, CreatePairingCodeResponse, Device, DeviceSeen,
        ListAuditEntriesRequest, ListAuditEntriesResponse, ListDevicesRequest, ListDevicesResponse,
        Person, RedeemPairingCodeRequest, RedeemPairingCodeResponse, RenameDeviceRequest,
        RenameDeviceResponse, RevokeDeviceRequest, RevokeDeviceResponse, WhoAmIRequest,
        WhoAmIResponse, audit_entry::Kind, device_service_server::DeviceService, event::Payload,
        role::Value as Role,
    },
};
use kiosk_tls::Tls;
use tonic::{Request, Response, Status};

use crate::{
    caller,
    mutation::{Mutation, commit, parse, pick, submit},
    page,
    parse::Violations,
    status::{
        code_refused, codes_full, csr_refused, history_closed, internal, tls_off, token_shown,
    },
};

/// With the CA that signs for devices, if there is one.
pub(crate) struct Devices(pub(crate) Hub, pub(crate) Option<Tls>);

#[tonic::async_trait]
impl DeviceService for Devices {
    async fn create_pairing_code(
        &self,
        request: Request<CreatePairingCodeRequest>,
    ) -> Result<Response<CreatePairingCodeResponse>, Status> {
        let wished = parse(&request)?;
        let request_id = wished.request_id;
        let by = person(&request);
        let CreatePairingCodeRequest { name, .. } = request.get_ref().clone();
        let code = Code::new(request.get_ref().role(), name, by);
        // Recorded first: there is no code that nobody knows of.
        let committed = submit(&self.0, wished).await?;
        let access = self.0.access();
        let code = access.create_code(code, request_id).map_err(|full| codes_full(&full))?;
        let expires_in_ms = access.expires_in_ms(&code);
        Ok(Response::new(CreatePairingCodeResponse {
            position: Some(committed.position.into()),
            code: code.text.expose().into(),
            expires_at: expires_in_ms.map(|ms| later(self.0.now(), ms)),
        }))
    }

    async fn redeem_pairing_code(
        &self,
        request: Request<RedeemPairingCodeRequest>,
    ) -> Result<Response<RedeemPairingCodeResponse>, Status> {
        let mut wished = parse(&request)?;
        let (access, address) = (self.0.access(), caller::of(&request).address());
        let request_id = wished.request_id;
        let redeemed = access.redeem(&request.get_ref().code, request_id, address);
        let redemption = redeemed.map_err(code_refused)?;
        // Only for who has a code, as it is work; and before the code is spent.
        if let Err(refused) = self.sign(&request.get_ref().csr, 1) {
            access.settle(request_id, false);
            return Err(refused);
        }
        if let Command::Device(DeviceCommand::Pair {
            role,
            name,
            token_hash,
            paired_by,
            address: from,
        }) = &mut wished.command
        {
            *role = redemption.role;
            token_hash.clone_from(&redemption.token_hash);
            *paired_by = redemption.by;
            *from = address.map(|address| address.to_canonical().to_string()).unwrap_or_default();
            if name.is_empty() {
                *name = redemption.name;
            }
        }
        let committed = submit(&self.0, wished).await;
        access.settle(request_id, committed.is_ok());
        let committed = committed?;
        // An older request of that id has paired a device of which nobody has the token any more.
        let device = changed(&committed).ok_or_else(token_shown)?;
        let certificate = self.sign(&request.get_ref().csr, device.device_id)?;
        Ok(Response::new(RedeemPairingCodeResponse {
            position: Some(committed.position.into()),
            device: Some(device),
            token: redemption.token,
            certificate,
        }))
    }

    async fn who_am_i(
        &self,
        request: Request<WhoAmIRequest>,
    ) -> Result<Response<WhoAmIResponse>, Status> {
        let who = caller::of(&request);
        let snapshot = self.0.snapshot();
        let device = snapshot.state.device(who.device_id());
        Ok(Response::new(WhoAmIResponse {
            role: who.role().into(),
            name: who.actor().name.clone(),
            device_id: who.device_id(),
            order_id: who.order_id().unwrap_or_default().into(),
            staff_id: device.map_or(0, |it| it.device.staff_id),
        }))
    }

    async fn list_devices(
        &self,
        _: Request<ListDevicesRequest>,
    ) -> Result<Response<ListDevicesResponse>, Status> {
        let seen = self.0.access().seen();
        let snapshot = self.0.snapshot();
        let devices = snapshot.state.devices().map(|state| {
            let seen = seen.get(&state.device.device_id);
            let from = seen.and_then(|(_, from)| *from);
            DeviceSeen {
                device: Some(state.device.clone()),
                seen_at: seen.map(|(at, _)| *at),
                seen_from: from.map(|from| from.to_canonical().to_string()).unwrap_or_default(),
            }
        });
        Ok(Response::new(ListDevicesResponse { devices: devices.collect() }))
    }

    async fn rename_device(
        &self,
        request: Request<RenameDeviceRequest>,
    ) -> Result<Response<RenameDeviceResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let unchanged = || {
            let snapshot = self.0.snapshot();
            snapshot.state.device(request.get_ref().device_id).map(|state| state.device.clone())
        };
        let device = changed(&committed).or_else(unchanged);
        Ok(Response::new(RenameDeviceResponse {
            position: Some(committed.position.into()),
            device,
        }))
    }

    async fn revoke_device(
        &self,
        request: Request<RevokeDeviceRequest>,
    ) -> Result<Response<RevokeDeviceResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        // At once, not when the clock looks.
        self.0.access().look();
        Ok(Response::new(RevokeDeviceResponse { position: Some(committed.position.into()) }))
    }

    async fn list_audit_entries(
        &self,
        request: Request<ListAuditEntriesRequest>,
    ) -> Result<Response<ListAuditEntriesResponse>, Status> {
        let ListAuditEntriesRequest { page_size, page_token } = request.get_ref();
        let mut violations = Violations::default();
        let size = page::size(&mut violations, *page_size);
        let before = page::token(&mut violations, page_token);
        let (size, before) = violations.or_both(size, before)?;
        let history = self.0.history().map_err(history_closed)?;
        let entries = history.audit(before, size).map_err(|error| internal(&error))?;
        let last = entries.last().filter(|last| entries.len() == size && last.entry_num > 1);
        let next_page_token = last.map_or(String::new(), |last| last.entry_num.to_string());
        Ok(Response::new(ListAuditEntriesResponse { entries, next_page_token }))
    }
}

impl Devices {
    /// Nothing for no request.
    fn sign(&self, csr: &str, device_id: i32) -> Result<String, Status> {
        if csr.is_empty() {
            return Ok(String::new());
        }
        let tls = self.1.as_ref().ok_or_else(tls_off)?;
        tls.sign_device(csr, device_id).map_err(|error| csr_refused(&error))
    }
}

/// The device as it is then.
pub(crate) fn changed(committed: &Committed) -> Option<Device> {
    pick(committed, |event| match event {
        Payload::DeviceChanged(device) => Some(Device { token_hash: None, ..device.clone() }),
        _ => None,
    })
}

fn person<T>(request: &Request<T>) -> Person {
    let actor = caller::of(request).actor().clone();
    Person { id: actor.id, name: actor.name }
}

fn later(time: Timestamp, ms: i64) -> Timestamp {
    Timestamp::from_ms(time.as_ms().saturating_add(ms))
}

impl Mutation for CreatePairingCodeRequest {
    const METHOD: &'static str = "kiosk.v1.DeviceService/CreatePairingCode";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let role: Option<Role> = violations.choice("role", self.role);
        if role == Some(Role::Customer) {
            violations.add("role", "a CUSTOMER is let in by the link of an order, not by a code");
        }
        let name = violations.text("name", &self.name, DEVICE_NAME_CHARS_MAX);
        Some(Command::Device(DeviceCommand::Record(AuditEntry {
            kind: Kind::CodeCreated.into(),
            role: role?.into(),
            device_name: name?,
            ..AuditEntry::default()
        })))
    }
}

impl Mutation for RedeemPairingCodeRequest {
    const METHOD: &'static str = "kiosk.v1.DeviceService/RedeemPairingCode";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Without what the code is worth.
    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let name = violations.text("name", &self.name, DEVICE_NAME_CHARS_MAX);
        let token_hash = SecretHash::new(String::new());
        Some(Command::Device(DeviceCommand::Pair {
            role: Role::Unspecified,
            name: name?,
            token_hash: token_hash?,
            address: String::new(),
            paired_by: Person::default(),
        }))
    }
}

impl Mutation for RenameDeviceRequest {
    const METHOD: &'static str = "kiosk.v1.DeviceService/RenameDevice";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let name = violations.filled("name", &self.name, DEVICE_NAME_CHARS_MAX);
        Some(Command::Device(DeviceCommand::Rename { device_id: self.device_id, name: name? }))
    }
}

impl Mutation for RevokeDeviceRequest {
    const METHOD: &'static str = "kiosk.v1.DeviceService/RevokeDevice";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let reason = violations.text("reason", &self.reason, NOTE_CHARS_MAX);
        Some(Command::Device(DeviceCommand::Revoke { device_id: self.device_id, reason: reason? }))
    }
}
