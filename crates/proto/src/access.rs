//! Who may call a method, and who gets a part of a snapshot, as the contract declares it.

use std::{collections::BTreeMap, sync::LazyLock};

use prost::Message as _;
use prost_reflect::{DynamicMessage, ExtensionDescriptor, FieldDescriptor, MethodDescriptor};

use crate::{
    descriptors,
    v1::{Access, Audience, role},
};

/// Who may call a method.
#[derive(Debug)]
pub struct MethodAccess {
    /// Also who shows no credentials.
    pub anyone: bool,
    /// It answers with a stream.
    pub is_streaming: bool,
    roles: Roles,
    own_order: Option<FieldDescriptor>,
}

/// A set of roles.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Roles(u32);

impl Roles {
    pub(crate) fn of(roles: impl Iterator<Item = role::Value>) -> Self {
        Self(roles.fold(0, |set, role| set | 1 << role as u32))
    }

    /// The admin is in every set.
    pub(crate) fn has(self, role: role::Value) -> bool {
        role == role::Value::Admin || self.0 & (1 << role as u32) != 0
    }
}

impl MethodAccess {
    /// Of a method by its path, `/kiosk.v1.OrderService/PlaceOrder`. None: the contract has none of
    /// that name.
    pub fn of(path: &str) -> Option<&'static Self> {
        METHODS.get(path.strip_prefix('/')?)
    }

    /// Whether a role may call it; nobody is UNSPECIFIED.
    pub fn allows(&self, role: role::Value) -> bool {
        self.anyone || self.roles.has(role)
    }

    /// Whether a CUSTOMER may name its own order only.
    pub fn is_of_own_order(&self) -> bool {
        self.own_order.is_some()
    }

    /// The order that a request names, if it is of such a method and can be read.
    pub fn order_named(&self, request: &[u8]) -> Option<String> {
        let field = self.own_order.as_ref()?;
        let request = DynamicMessage::decode(field.parent_message().clone(), request).ok()?;
        Some(request.get_field(field).as_str()?.to_owned())
    }
}

/// Every method of the contract, by its name: `kiosk.v1.OrderService/PlaceOrder`.
pub fn method_accesses() -> &'static BTreeMap<String, MethodAccess> {
    &METHODS
}

/// The parts of a snapshot that not everyone gets, by name.
pub fn snapshot_parts() -> impl Iterator<Item = &'static str> {
    PARTS.keys().map(String::as_str)
}

/// Whether a role gets that part of a snapshot.
pub fn snapshot_shows(part: &str, role: role::Value) -> bool {
    PARTS.get(part).is_none_or(|roles| roles.has(role))
}

static METHODS: LazyLock<BTreeMap<String, MethodAccess>> = LazyLock::new(|| {
    let option = extension("kiosk.v1.access");
    let services = descriptors().services();
    let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
    methods
        .map(|method| {
            let name = format!("{}/{}", method.parent_service().full_name(), method.name());
            (name, access_of(&method, &option))
        })
        .collect()
});

static PARTS: LazyLock<BTreeMap<String, Roles>> = LazyLock::new(|| {
    let option = extension("kiosk.v1.shown_to");
    let snapshot = descriptors().get_message_by_name("kiosk.v1.GetSnapshotResponse");
    let fields = snapshot.iter().flat_map(|message| message.fields().collect::<Vec<_>>());
    fields
        .filter(|field| field.options().has_extension(&option))
        .map(|field| (field.name().to_owned(), audience_of(&field, &option)))
        .collect()
});

fn extension(name: &str) -> ExtensionDescriptor {
    // The descriptors were made by this crate's build script, and a test reads them all.
    descriptors().get_extension_by_name(name).expect("the descriptors in the binary are whole")
}

fn access_of(method: &MethodDescriptor, option: &ExtensionDescriptor) -> MethodAccess {
    let options = method.options();
    let value = options.get_extension(option);
    let encoded = value.as_message().map(DynamicMessage::encode_to_vec);
    // What can't be read allows nobody.
    let access = Access::decode(&*encoded.unwrap_or_default()).unwrap_or_default();
    MethodAccess {
        anyone: access.anyone,
        is_streaming: method.is_server_streaming(),
        roles: Roles::of(access.roles()),
        own_order: method.input().get_field_by_name(&access.own_order),
    }
}

fn audience_of(field: &FieldDescriptor, option: &ExtensionDescriptor) -> Roles {
    let options = field.options();
    let value = options.get_extension(option);
    let encoded = value.as_message().map(DynamicMessage::encode_to_vec);
    Roles::of(Audience::decode(&*encoded.unwrap_or_default()).unwrap_or_default().roles())
}
