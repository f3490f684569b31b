use bytes::Bytes;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// The type of an Engine.IO packet that carries a message.
pub(crate) const MESSAGE: char = '4';

/// What one side says to the other. Cloning shares the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text, such as a Socket.IO packet.
    Text(Text),
    /// Bytes, such as an attachment of a Socket.IO packet.
    Binary(Bytes),
}

/// A text as it stands on the wire, with its packet type in front: so it is made once, whatever
/// number of sockets it goes to, and taken from a frame without a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(Utf8Bytes);

impl Text {
    /// `frame` begins with [`MESSAGE`].
    pub(crate) fn from_frame(frame: Utf8Bytes) -> Self {
        Self(frame)
    }

    /// With the packet type in front.
    pub(crate) fn frame(&self) -> &Utf8Bytes {
        &self.0
    }

    /// Of parts that need not be put together before.
    pub fn concat(parts: &[&str]) -> Self {
        let mut frame =
            String::with_capacity(1 + parts.iter().map(|part| part.len()).sum::<usize>());
        frame.push(MESSAGE);
        frame.extend(parts.iter().copied());
        Self(frame.into())
    }

    /// Without the packet type.
    pub fn as_str(&self) -> &str {
        self.0.get(1..).unwrap_or_default()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        let mut frame = String::with_capacity(1 + text.len());
        frame.push(MESSAGE);
        frame.push_str(text);
        Self(frame.into())
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<Text> for Message {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<Bytes> for Message {
    fn from(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
}
