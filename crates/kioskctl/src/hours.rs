use kiosk_proto::{
    Timestamp,
    v1::{GetActivityRequest, GetActivityResponse, settings_service_client::SettingsServiceClient},
};

use crate::{
    client::Client,
    failure::Failure,
    output::{Output, local_time},
};

pub(crate) async fn run(client: &Client, output: Output) -> Result<(), Failure> {
    let call =
        async |channel, request| SettingsServiceClient::new(channel).get_activity(request).await;
    let answer = client.call(GetActivityRequest {}, call).await?;
    output.message(&answer, text)
}

fn text(answer: &GetActivityResponse) -> String {
    let activity = answer.activity.unwrap_or_default();
    let kiosks = if activity.accepts_kiosk_orders { "may order" } else { "may not order" };
    let mut text = format!("kiosks      {kiosks} ({})\n", activity.reason().as_str_name());
    let times = [
        ("opens", activity.opens_at),
        ("last order", activity.last_order_at),
        ("closes", activity.closes_at),
        ("now", answer.now),
    ];
    for (name, time) in
        times.into_iter().filter(|(_, time): &(_, Option<Timestamp>)| time.is_some())
    {
        text += &format!("{name:<10}  {}\n", local_time(time));
    }
    text
}
