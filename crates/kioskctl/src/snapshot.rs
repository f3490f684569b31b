use kiosk_proto::v1::{
    GetSnapshotRequest, GetSnapshotResponse, event_service_client::EventServiceClient,
};

use crate::{
    bell::bell_table, cell::cell_table, client::Client, failure::Failure, menu::menu_table,
    order::order_table, output::Output, seat::seat_table, setting::setting_table,
};

/// Prints what is true now, and the position to watch on from.
pub(crate) async fn run(client: &Client, output: Output) -> Result<(), Failure> {
    let call =
        async |channel, request| EventServiceClient::new(channel).get_snapshot(request).await;
    let answer = client.call(GetSnapshotRequest {}, call).await?;
    output.message(&answer, tables)
}

fn tables(snapshot: &GetSnapshotResponse) -> String {
    let position = snapshot.position.clone().unwrap_or_default();
    format!(
        "position       {}:{}\nbusiness date  {}\n\n{}\n\n{}\n\n{}\n\n{}\n\n{}\n\n{}",
        position.epoch,
        position.seq,
        snapshot.business_date,
        order_table(&snapshot.orders),
        menu_table(&snapshot.menu),
        cell_table(&snapshot.cells),
        setting_table(&snapshot.settings),
        seat_table(&snapshot.seats),
        bell_table(&snapshot.bells),
    )
}
