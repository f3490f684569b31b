/// Rooms that one client may be in.
pub const ROOMS_MAX: usize = 100;

/// The longest name of a room.
const ROOM_CHARS_MAX: usize = 128;

/// Whether a client may be in a room of that name.
pub fn is_room(name: &str) -> bool {
    name.chars().count() <= ROOM_CHARS_MAX && kiosk_proto::is_room(name)
}
