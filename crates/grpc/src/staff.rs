//! Who may sign in, and who does.

use kiosk_domain::{
    Command, SecretChange, SecretHash, StaffCommand,
    limits::{MEMBER_NAME_CHARS_MAX, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, PIN_DIGITS_MAX},
};
use kiosk_hub::Hub;
use kiosk_proto::v1::{
    DeleteStaffMemberRequest, DeleteStaffMemberResponse, ListStaffMembersResponse,
    PutStaffMemberRequest, PutStaffMemberResponse, SignInRequest, SignInResponse, SignOutRequest,
    SignOutResponse, StaffMember, event::Payload, role::Value as Role,
};
use tonic::{Request, Status};

use crate::{
    caller,
    device::changed,
    mutation::{Mutation, commit, parse, pick, submit},
    parse::Violations,
    pin::Pins,
    status::{no_randomness, sign_in_refused, token_shown},
};

pub(crate) fn list(hub: &Hub) -> ListStaffMembersResponse {
    let members = hub.snapshot().state.staff().map(|it| it.member.clone()).collect();
    ListStaffMembersResponse { members }
}

pub(crate) async fn put(
    hub: &Hub,
    pins: &Pins,
    request: &Request<PutStaffMemberRequest>,
) -> Result<PutStaffMemberResponse, Status> {
    let message = request.get_ref();
    let mut wished = parse(request)?;
    if let Command::Staff(StaffCommand::Put { password, pin, .. }) = &mut wished.command {
        *password = change(pins, message.password.as_deref()).await?;
        *pin = change(pins, message.pin.as_deref()).await?;
    }
    let committed = submit(hub, wished).await?;
    let changed = pick(&committed, |event| match event {
        Payload::StaffChanged(member) => {
            Some(StaffMember { password_hash: None, pin_hash: None, ..member.clone() })
        }
        _ => None,
    });
    let unchanged = || {
        let snapshot = hub.snapshot();
        let mut members = snapshot.state.staff().map(|it| &it.member);
        members.find(|it| it.staff_id == message.staff_id).cloned()
    };
    let member = changed.or_else(unchanged);
    Ok(PutStaffMemberResponse { position: Some(committed.position.into()), member })
}

async fn change(pins: &Pins, secret: Option<&str>) -> Result<SecretChange, Status> {
    Ok(match secret {
        None => SecretChange::Keep,
        Some("") => SecretChange::Remove,
        Some(secret) => SecretChange::Set(pins.hash(secret.to_owned()).await?),
    })
}

pub(crate) async fn delete(
    hub: &Hub,
    request: &Request<DeleteStaffMemberRequest>,
) -> Result<DeleteStaffMemberResponse, Status> {
    let committed = commit(hub, request).await?;
    hub.access().look();
    Ok(DeleteStaffMemberResponse { position: Some(committed.position.into()) })
}

/// Whether there is somebody of that name is not told: it takes as long, and is refused alike.
pub(crate) async fn sign_in(
    hub: &Hub,
    pins: &Pins,
    request: &Request<SignInRequest>,
) -> Result<SignInResponse, Status> {
    let mut wished = parse(request)?;
    let (who, message) = (caller::of(request), request.get_ref());
    let snapshot = hub.snapshot();
    let known = snapshot.state.staff().find(|it| it.member.name == message.name);
    let hash = known.and_then(|known| match is_pin(&message.secret) {
        // Short: only where somebody of the staff has let the screen in.
        true if !matches!(who.role(), Role::Admin | Role::Staff | Role::Pos) => None,
        true => known.pin_hash.clone(),
        false => known.password_hash.clone(),
    });
    let fits = pins.sign_in(&message.name, &message.secret, hash).await?;
    let Some((staff_id, fits)) = known.map(|known| known.member.staff_id).zip(fits) else {
        hub.access().sign_in_refused(&message.name, who.address());
        return Err(sign_in_refused());
    };
    let new = hub.access().session_token(wished.request_id).ok_or_else(no_randomness)?;
    let (token, new_hash) = new;
    if let Command::Staff(StaffCommand::SignIn { staff_id: id, checked, token_hash, address }) =
        &mut wished.command
    {
        (*id, *checked, *token_hash) = (staff_id, fits, new_hash);
        *address = who.address().map(|it| it.to_canonical().to_string()).unwrap_or_default();
    }
    let committed = submit(hub, wished).await?;
    // One session more may have ended another.
    hub.access().look();
    let device = changed(&committed).ok_or_else(token_shown)?;
    let is_its = hub.access().identify(Some(&token), who.address());
    if is_its.is_ok_and(|it| it.device_id() == device.device_id) {
        let position = Some(committed.position.into());
        return Ok(SignInResponse { position, device: Some(device), token });
    }
    Err(token_shown())
}

pub(crate) async fn sign_out(
    hub: &Hub,
    request: &Request<SignOutRequest>,
) -> Result<SignOutResponse, Status> {
    let mut wished = parse(request)?;
    if let Command::Staff(StaffCommand::SignOut { device_id }) = &mut wished.command {
        *device_id = caller::of(request).device_id();
    }
    let committed = submit(hub, wished).await?;
    hub.access().look();
    Ok(SignOutResponse { position: Some(committed.position.into()) })
}

/// What has digits alone is no password.
fn is_pin(secret: &str) -> bool {
    secret.len() <= PIN_DIGITS_MAX && secret.bytes().all(|byte| byte.is_ascii_digit())
}

impl Mutation for PutStaffMemberRequest {
    const METHOD: &'static str = "kiosk.v1.AdminService/PutStaffMember";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    /// With the secrets as they were: new ones take time to be hashed.
    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let staff_id = violations.range("staff_id", self.staff_id, 0, i32::MAX);
        let name = violations.filled("name", &self.name, MEMBER_NAME_CHARS_MAX);
        let role: Option<Role> = violations.choice("role", self.role);
        violations.pin("pin", self.pin.as_deref().unwrap_or_default());
        check_password(violations, self.password.as_deref().unwrap_or_default());
        let (password, pin) = (SecretChange::Keep, SecretChange::Keep);
        let (staff_id, name, role) = (staff_id?, name?, role?);
        Some(Command::Staff(StaffCommand::Put { staff_id, name, role, password, pin }))
    }
}

/// What it is, is not said again.
fn check_password(violations: &mut Violations, password: &str) {
    if password.is_empty() {
        return;
    }
    let chars = password.chars().count();
    if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&chars) {
        let problem =
            format!("it must have {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters");
        violations.add("password", problem);
    } else if password.bytes().all(|byte| byte.is_ascii_digit()) {
        violations.add("password", "it must not have digits alone: that is a PIN");
    }
}

impl Mutation for DeleteStaffMemberRequest {
    const METHOD: &'static str = "kiosk.v1.AdminService/DeleteStaffMember";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, _: &mut Violations) -> Option<Command> {
        Some(Command::Staff(StaffCommand::Delete { staff_id: self.staff_id }))
    }
}

impl Mutation for SignInRequest {
    const METHOD: &'static str = "kiosk.v1.AdminService/SignIn";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Without what is known when the secret was checked.
    fn command(&self, violations: &mut Violations) -> Option<Command> {
        violations.filled("name", &self.name, MEMBER_NAME_CHARS_MAX)?;
        if self.secret.is_empty() || self.secret.chars().count() > PASSWORD_CHARS_MAX {
            let problem = format!("it must have 1 to {PASSWORD_CHARS_MAX} characters");
            violations.add("secret", problem);
        }
        let [checked, token_hash] =
            [SecretHash::new(String::new())?, SecretHash::new(String::new())?];
        let (staff_id, address) = (0, String::new());
        Some(Command::Staff(StaffCommand::SignIn { staff_id, checked, token_hash, address }))
    }
}

impl Mutation for SignOutRequest {
    const METHOD: &'static str = "kiosk.v1.AdminService/SignOut";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, _: &mut Violations) -> Option<Command> {
        Some(Command::Staff(StaffCommand::SignOut { device_id: 0 }))
    }
}
