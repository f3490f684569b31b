use kiosk_domain::{
    Command, Settings,
    limits::{LABEL_CHARS_MAX, SETTING_CHARS_MAX},
};
use kiosk_hub::Hub;
use kiosk_proto::v1::{
    GetActivityRequest, GetActivityResponse, GetSettingRequest, GetSettingResponse,
    ListSettingsRequest, ListSettingsResponse, SetSettingRequest, SetSettingResponse, Setting,
    event::Payload, settings_service_server::SettingsService,
};
use tonic::{Request, Response, Status};

use crate::{
    mutation::{Mutation, commit, pick},
    parse::Violations,
    status::not_found,
};

pub(crate) struct SettingsOf(pub(crate) Hub);

#[tonic::async_trait]
impl SettingsService for SettingsOf {
    async fn list_settings(
        &self,
        _: Request<ListSettingsRequest>,
    ) -> Result<Response<ListSettingsResponse>, Status> {
        let snapshot = self.0.snapshot();
        let settings = all(snapshot.state.settings());
        let position = Some(snapshot.position.into());
        Ok(Response::new(ListSettingsResponse { settings, position }))
    }

    async fn get_setting(
        &self,
        request: Request<GetSettingRequest>,
    ) -> Result<Response<GetSettingResponse>, Status> {
        let mut violations = Violations::default();
        let key = violations.filled("key", &request.get_ref().key, LABEL_CHARS_MAX);
        let key = violations.or(key)?;
        let snapshot = self.0.snapshot();
        let value =
            snapshot.state.settings().get(&key).ok_or_else(|| not_found("setting", &key))?;
        let setting = Some(Setting { value: value.into(), key });
        Ok(Response::new(GetSettingResponse { setting }))
    }

    async fn set_setting(
        &self,
        request: Request<SetSettingRequest>,
    ) -> Result<Response<SetSettingResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let change = pick(&committed, |event| match event {
            Payload::SettingsChanged(change) => Some(change.clone()),
            _ => None,
        });
        Ok(Response::new(SetSettingResponse { position: Some(committed.position.into()), change }))
    }

    async fn get_activity(
        &self,
        _: Request<GetActivityRequest>,
    ) -> Result<Response<GetActivityResponse>, Status> {
        Ok(Response::new(activity(&self.0)))
    }
}

/// The state and the time are of one moment.
fn activity(hub: &Hub) -> GetActivityResponse {
    let (now, snapshot) = (hub.now(), hub.snapshot());
    let activity = Some(snapshot.state.settings().activity(now));
    GetActivityResponse { activity, now: Some(now), position: Some(snapshot.position.into()) }
}

/// All known settings, by key.
pub(crate) fn all(settings: &Settings) -> Vec<Setting> {
    let setting = |(key, value): (&str, &str)| Setting { key: key.into(), value: value.into() };
    settings.iter().map(setting).collect()
}

impl Mutation for SetSettingRequest {
    const METHOD: &'static str = "kiosk.v1.SettingsService/SetSetting";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let key = violations.filled("key", &self.key, LABEL_CHARS_MAX);
        let value = violations.text("value", &self.value, SETTING_CHARS_MAX);
        Some(Command::SetSetting { key: key?, value: value? })
    }
}
