use kiosk_domain::{Command, SecretChange, limits::MEMBER_NAME_CHARS_MAX};
use kiosk_hub::Hub;
use kiosk_proto::v1::{
    CellMember, DeleteCellMemberRequest, ListCellMembersResponse, PutCellMemberRequest,
    PutCellMemberResponse, event::Payload,
};
use tonic::{Request, Status};

use crate::{
    mutation::{Mutation, parse, pick, submit},
    parse::Violations,
    pin::Pins,
    status::not_found,
};

pub(crate) fn list(hub: &Hub, cell_id: i32) -> Result<ListCellMembersResponse, Status> {
    let snapshot = hub.snapshot();
    let state = &snapshot.state;
    if state.cell(cell_id).is_none() {
        return Err(not_found("cell", &cell_id.to_string()));
    }
    Ok(ListCellMembersResponse {
        members: state.cell_members(cell_id).cloned().collect(),
        needs_pin: state.needs_pin(cell_id),
        position: Some(snapshot.position.into()),
    })
}

pub(crate) async fn put(
    hub: &Hub,
    pins: &Pins,
    request: &Request<PutCellMemberRequest>,
) -> Result<PutCellMemberResponse, Status> {
    let message = request.get_ref();
    let mut wished = parse(request)?;
    if let (Command::PutCellMember { pin, .. }, Some(new)) = (&mut wished.command, &message.pin) {
        *pin = if new.is_empty() {
            SecretChange::Remove
        } else {
            SecretChange::Set(pins.hash(new.clone()).await?)
        };
    }
    let committed = submit(hub, wished).await?;
    let changed = pick(&committed, |event| match event {
        Payload::CellMemberChanged(change) => change.member.clone(),
        _ => None,
    });
    let unchanged = || member(hub, message.cell_id, message.member_id);
    let member = changed.or_else(unchanged);
    Ok(PutCellMemberResponse { position: Some(committed.position.into()), member })
}

fn member(hub: &Hub, cell_id: i32, member_id: i32) -> Option<CellMember> {
    let snapshot = hub.snapshot();
    snapshot.state.cell_members(cell_id).find(|member| member.member_id == member_id).cloned()
}

impl Mutation for PutCellMemberRequest {
    const METHOD: &'static str = "kiosk.v1.CellService/PutCellMember";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    /// With the PIN as it was: a new one takes time to be hashed.
    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let member_id = violations.range("member_id", self.member_id, 0, i32::MAX);
        let name = violations.filled("name", &self.name, MEMBER_NAME_CHARS_MAX);
        violations.pin("pin", self.pin.as_deref().unwrap_or_default());
        let (cell_id, pin) = (self.cell_id, SecretChange::Keep);
        Some(Command::PutCellMember { cell_id, member_id: member_id?, name: name?, pin })
    }
}

impl Mutation for DeleteCellMemberRequest {
    const METHOD: &'static str = "kiosk.v1.CellService/DeleteCellMember";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, _: &mut Violations) -> Option<Command> {
        let Self { cell_id, member_id, .. } = *self;
        Some(Command::DeleteCellMember { cell_id, member_id })
    }
}
