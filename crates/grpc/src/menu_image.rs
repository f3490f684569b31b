//! Pictures of items, which come in pieces: a whole one is larger than a message may be.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use kiosk_domain::{Actor, Command};
use kiosk_hub::{Committed, Hub, IMAGE_BYTES_MAX, ImageHash};
use kiosk_proto::v1::{RemoveMenuImageRequest, UploadMenuImageRequest, UploadMenuImageResponse};
use tonic::{Request, Status};

use crate::{
    caller,
    mutation::{Mutation, commit, commit_parts},
    parse::Violations,
    status::{image_refused, internal, not_found, status_of},
};

/// The most that one piece may have: as base64 in JSON, too, it fits into a message.
const PIECE_BYTES_MAX: usize = 128 * 1024;
/// Pictures that come at the same time. One more, and that which nobody has sent a piece of for the
/// longest time has to begin again.
const UPLOADS_MAX: usize = 4;

#[derive(Debug, Default)]
pub(crate) struct Uploads {
    /// The one that a piece came of last is the last.
    open: Mutex<VecDeque<Upload>>,
    /// Held from when a picture is kept until the log speaks of it, so that none is removed between.
    naming: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Upload {
    request_id: u128,
    total: usize,
    bytes: Vec<u8>,
}

/// A piece whose fields are well-formed.
struct Piece {
    request_id: u128,
    total: usize,
    offset: usize,
}

impl Uploads {
    /// Adds a piece; the last one makes the picture, and commits it.
    pub(crate) async fn take(
        &self,
        hub: &Hub,
        request: Request<UploadMenuImageRequest>,
    ) -> Result<UploadMenuImageResponse, Status> {
        let actor = caller::of(&request).actor().clone();
        let request = request.into_inner();
        let piece = check(&request)?;
        // Pictures are written past the writer, which would keep the disk's reserve.
        if let Some(refusal) = hub.why_not_ready() {
            return Err(status_of(&refusal));
        }
        let menu_id = request.menu_id;
        if hub.snapshot().state.menu_item(menu_id).is_none() {
            return Err(not_found("menu item", &menu_id.to_string()));
        }
        let received = self.add(&piece, &request.data);
        let received_bytes = i32::try_from(received).unwrap_or(i32::MAX);
        if received < piece.total {
            return Ok(UploadMenuImageResponse { received_bytes, ..Default::default() });
        }
        // None: another call with the same id has finished it, or it had to make room. Beginning again
        // leads to the same answer.
        let Some((hash, committed)) = self.finish(hub, &piece, menu_id, actor).await? else {
            return Ok(UploadMenuImageResponse::default());
        };
        let (image, position) = (hash.to_string(), Some(committed.position.into()));
        Ok(UploadMenuImageResponse { received_bytes, image, position })
    }

    /// How many bytes there are then. A piece from another place than the next adds nothing: the
    /// answer says where to go on, be the piece one that is sent again or one after a restart.
    fn add(&self, piece: &Piece, data: &[u8]) -> usize {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let known = open.iter().position(|it| it.request_id == piece.request_id);
        let known = known.and_then(|index| open.remove(index));
        let mut upload = known.filter(|it| it.total == piece.total).unwrap_or_else(|| Upload {
            request_id: piece.request_id,
            total: piece.total,
            bytes: Vec::new(),
        });
        if upload.bytes.len() == piece.offset {
            upload.bytes.extend_from_slice(data);
        }
        let received = upload.bytes.len();
        open.push_back(upload);
        if open.len() > UPLOADS_MAX {
            open.pop_front();
        }
        received
    }

    async fn finish(
        &self,
        hub: &Hub,
        piece: &Piece,
        menu_id: i32,
        actor: Actor,
    ) -> Result<Option<(ImageHash, Committed)>, Status> {
        let _naming = self.naming.lock().await;
        let Some(bytes) = self.bytes(piece.request_id) else { return Ok(None) };
        let images = Arc::clone(hub.images());
        // Pixels are work for a second: not on a thread that serves others.
        let kept = tokio::task::spawn_blocking(move || images.keep(&bytes)).await;
        let kept = kept.map_err(|error| internal(&error))?;
        let hash = kept.map_err(|error| {
            self.forget(piece.request_id);
            image_refused(&error)
        })?;
        let before = shown_by(hub, menu_id);
        let image = hash.to_string();
        // The pieces may be other ones when it is sent again; what they come to is the same.
        let content = format!("{menu_id} {image}");
        let command = Command::SetMenuImage { menu_id, image };
        let method = "kiosk.v1.MenuService/UploadMenuImage";
        let committed =
            commit_parts(hub, piece.request_id, method, content.as_bytes(), command, actor).await?;
        self.forget(piece.request_id);
        remove_unless_shown(hub, before).await;
        Ok(Some((hash, committed)))
    }

    fn bytes(&self, request_id: u128) -> Option<Vec<u8>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let upload = open.iter().find(|upload| upload.request_id == request_id)?;
        Some(upload.bytes.clone())
    }

    fn forget(&self, request_id: u128) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|upload| upload.request_id != request_id);
    }

    /// Takes an item's picture away.
    pub(crate) async fn remove(
        &self,
        hub: &Hub,
        request: &Request<RemoveMenuImageRequest>,
    ) -> Result<Committed, Status> {
        let _naming = self.naming.lock().await;
        let before = shown_by(hub, request.get_ref().menu_id);
        let committed = commit(hub, request).await?;
        remove_unless_shown(hub, before).await;
        Ok(committed)
    }
}

fn check(request: &UploadMenuImageRequest) -> Result<Piece, Status> {
    let mut violations = Violations::default();
    let request_id = violations.uuid("request_id", &request.request_id);
    let total = usize::try_from(request.total_bytes).unwrap_or(0);
    if !(1..=IMAGE_BYTES_MAX).contains(&total) {
        violations.add("total_bytes", format!("it must be from 1 to {IMAGE_BYTES_MAX}"));
    }
    let length = request.data.len();
    if !(1..=PIECE_BYTES_MAX).contains(&length) {
        violations.add("data", format!("it must have 1 to {PIECE_BYTES_MAX} bytes"));
    }
    let offset = usize::try_from(request.offset).ok();
    let fits = offset.filter(|offset| offset.saturating_add(length) <= total);
    if fits.is_none() {
        violations.add("offset", "the piece must lie within total_bytes");
    }
    let (request_id, offset) = violations.or_both(request_id, fits)?;
    Ok(Piece { request_id, total, offset })
}

fn shown_by(hub: &Hub, menu_id: i32) -> Option<ImageHash> {
    ImageHash::parse(&hub.snapshot().state.menu_item(menu_id)?.image)
}

/// That it goes is only tidy: what stays goes at the next start.
async fn remove_unless_shown(hub: &Hub, hash: Option<ImageHash>) {
    let Some(hash) = hash else { return };
    let text = hash.to_string();
    if hub.snapshot().state.menu().into_iter().any(|item| item.image == text) {
        return;
    }
    let images = Arc::clone(hub.images());
    let removed = tokio::task::spawn_blocking(move || images.remove(&hash)).await;
    if let Ok(Err(error)) = removed {
        tracing::warn!(%error, image = text, "a picture that nothing shows was not removed");
    }
}

impl Mutation for RemoveMenuImageRequest {
    const METHOD: &'static str = "kiosk.v1.MenuService/RemoveMenuImage";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, _: &mut Violations) -> Option<Command> {
        Some(Command::SetMenuImage { menu_id: self.menu_id, image: String::new() })
    }
}
