use kiosk_domain::{
    Actor, Command, MESSAGE_ROOMS,
    limits::{LABEL_CHARS_MAX, MESSAGE_CHARS_MAX},
};
use kiosk_hub::{Hub, Identity};
use kiosk_proto::v1::{
    AnswerBellRequest, AnswerBellResponse, ListBellsRequest, ListBellsResponse,
    ListMessagesRequest, ListMessagesResponse, MarkReadRequest, MarkReadResponse, MessageRead,
    Person, RingBellRequest, RingBellResponse, SendMessageRequest, SendMessageResponse,
    SetTypingRequest, SetTypingResponse, StaffMessage, Typing, event::Payload,
    message_service_server::MessageService,
};
use tonic::{Request, Response, Status};

use crate::{
    bell, caller,
    mutation::{Mutation, commit, pick},
    page,
    parse::Violations,
    status::{history_closed, internal},
};

pub(crate) struct Messages(pub(crate) Hub);

#[tonic::async_trait]
impl MessageService for Messages {
    async fn send_message(
        &self,
        request: Request<SendMessageRequest>,
    ) -> Result<Response<SendMessageResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let message = pick(&committed, |event| match event {
            Payload::MessageCreated(message) => Some(message.clone()),
            _ => None,
        });
        let position = Some(committed.position.into());
        Ok(Response::new(SendMessageResponse { position, message }))
    }

    async fn list_messages(
        &self,
        request: Request<ListMessagesRequest>,
    ) -> Result<Response<ListMessagesResponse>, Status> {
        let ListMessagesRequest { room, page_size, page_token } = request.get_ref();
        let mut violations = Violations::default();
        let room = parse_room(&mut violations, room);
        let size = page::size(&mut violations, *page_size);
        let before = page::token(&mut violations, page_token);
        let ((room, size), before) = violations.or_both(room.zip(size), before)?;
        list(&self.0, &room, size, before).map(Response::new)
    }

    async fn set_typing(
        &self,
        request: Request<SetTypingRequest>,
    ) -> Result<Response<SetTypingResponse>, Status> {
        let SetTypingRequest { room, name, is_typing } = request.get_ref();
        let mut violations = Violations::default();
        let room = parse_room(&mut violations, room);
        let name = violations.text("name", name, LABEL_CHARS_MAX);
        let (room, name) = violations.or_both(room, name)?;
        let person = Some(person(&caller::of(&request), name));
        self.0.signal(Payload::Typing(Typing { room, person, is_typing: *is_typing }));
        Ok(Response::new(SetTypingResponse {}))
    }

    async fn mark_read(
        &self,
        request: Request<MarkReadRequest>,
    ) -> Result<Response<MarkReadResponse>, Status> {
        let MarkReadRequest { room, reader, message_num } = request.get_ref();
        let newest = self.0.snapshot().state.messages().next_back().map_or(0, |m| m.message_num);
        let mut violations = Violations::default();
        let room = parse_room(&mut violations, room);
        let reader = violations.text("reader", reader, LABEL_CHARS_MAX);
        // A mark beyond the end would never move again.
        let message_num = violations.range("message_num", *message_num, 0, newest);
        let ((room, reader), message_num) = violations.or_both(room.zip(reader), message_num)?;
        let reader = Some(person(&caller::of(&request), reader));
        let timestamp = Some(self.0.now());
        let mark = self.0.mark_read(MessageRead { room, reader, message_num, timestamp });
        Ok(Response::new(MarkReadResponse { mark: Some(mark) }))
    }

    async fn ring_bell(
        &self,
        request: Request<RingBellRequest>,
    ) -> Result<Response<RingBellResponse>, Status> {
        bell::ring(&self.0, &request).await.map(Response::new)
    }

    async fn answer_bell(
        &self,
        request: Request<AnswerBellRequest>,
    ) -> Result<Response<AnswerBellResponse>, Status> {
        bell::answer(&self.0, &request).await.map(Response::new)
    }

    async fn list_bells(
        &self,
        _: Request<ListBellsRequest>,
    ) -> Result<Response<ListBellsResponse>, Status> {
        Ok(Response::new(bell::list(&self.0)))
    }
}

/// The newest are in the working set, all of them from some number on; those before are in history.
fn list(
    hub: &Hub,
    room: &str,
    size: usize,
    before: Option<i32>,
) -> Result<ListMessagesResponse, Status> {
    let snapshot = hub.snapshot();
    let before = before.unwrap_or(i32::MAX);
    let wanted = |message: &&StaffMessage| message.room == room && message.message_num < before;
    let at_hand = snapshot.state.messages().rev().map(|message| &**message).filter(wanted);
    let mut messages: Vec<StaffMessage> = at_hand.take(size).cloned().collect();
    let oldest_at_hand = snapshot.state.messages().next().map_or(1, |oldest| oldest.message_num);
    if messages.len() < size && oldest_at_hand > 1 {
        let history = hub.history().map_err(history_closed)?;
        let before = Some(before.min(oldest_at_hand));
        let older = history.messages(room, before, size - messages.len());
        messages.extend(older.map_err(|error| internal(&error))?);
    }
    let last = messages.last().filter(|last| messages.len() == size && last.message_num > 1);
    let next_page_token = last.map_or(String::new(), |last| last.message_num.to_string());
    Ok(ListMessagesResponse { messages, next_page_token, read_marks: hub.read_marks(room) })
}

fn parse_room(violations: &mut Violations, room: &str) -> Option<String> {
    if MESSAGE_ROOMS.contains(&room) {
        return Some(room.into());
    }
    violations.add("room", format!("it must be one of {}", MESSAGE_ROOMS.join(", ")));
    None
}

/// Who a client says it is, or else who it is.
fn person(caller: &Identity, name: String) -> Person {
    let Actor { id, name: own, .. } = caller.actor().clone();
    Person { id, name: if name.is_empty() { own } else { name } }
}

impl Mutation for SendMessageRequest {
    const METHOD: &'static str = "kiosk.v1.MessageService/SendMessage";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let room = parse_room(violations, &self.room);
        let text = violations.filled("text", &self.text, MESSAGE_CHARS_MAX);
        let sender = violations.text("sender", &self.sender, LABEL_CHARS_MAX);
        Some(Command::SendMessage { room: room?, text: text?, sender: sender? })
    }
}
