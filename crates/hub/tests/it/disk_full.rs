//! What a box still does that keeps the last of its disk for itself.

use kiosk_domain::{Command, DeviceCommand, SecretHash};
use kiosk_hub::{Config, Refusal, start};
use kiosk_proto::v1::{Person, role::Value as Role};

use crate::shop::{Shop, TEA, config};

fn pairing() -> Command {
    Command::Device(DeviceCommand::Pair {
        role: Role::Kiosk,
        name: "kiosk".into(),
        token_hash: SecretHash::new("$6$salt$hash".to_owned()).unwrap(),
        address: String::new(),
        paired_by: Person { id: 0, name: "test".into() },
    })
}

fn revoking(device_id: i32) -> Command {
    Command::Device(DeviceCommand::Revoke { device_id, reason: "lost".into() })
}

#[tokio::test]
async fn a_full_disk_takes_no_order_and_lets_a_lost_device_be_revoked() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Shop::new(dir.path()).await;
    shop.submit(1, pairing()).await.unwrap();
    shop.submit(2, pairing()).await.unwrap();
    shop.drain().await;

    // Two thirds of the reserve are left, then a third.
    for (thirds, device_id) in [(2, 1), (1, 2)] {
        let file_system = rustix::fs::statvfs(dir.path()).unwrap();
        let free_bytes = file_system.f_bavail * file_system.f_frsize;
        let full = Config { free_bytes_min: free_bytes / thirds * 3, ..config(dir.path()) };
        let (hub, running) = start(full).unwrap();
        let shop = Shop { hub, running };
        let order = shop.place(10 + device_id as u128, TEA).await;
        assert!(matches!(order, Err(Refusal::DiskFull)), "{order:?}");
        let revoked = shop.submit(20 + device_id as u128, revoking(device_id)).await;
        match thirds {
            2 => drop(revoked.unwrap()),
            _ => assert!(matches!(revoked, Err(Refusal::DiskFull)), "{revoked:?}"),
        }
        let is_known = |id| shop.hub.snapshot().state.device(id).is_some();
        assert_eq!((is_known(1), is_known(2)), (false, true));
        shop.drain().await;
    }
}
