use kiosk_domain::Actor;
use kiosk_proto::v1::role::Value as Role;

/// Who asks. Until devices are paired, whoever reaches the port is the admin: the port is open to
/// the box itself unless the configuration says otherwise.
pub(crate) fn actor() -> Actor {
    Actor { role: Role::Admin, id: 0, name: "admin".into() }
}
