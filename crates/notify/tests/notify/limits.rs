//! How much may be sent.

use std::time::Duration;

use vdx_notify::{Error, GatewaySettings, Limit, Limits};
use vdx_store::both_engines;

use crate::rig::{NUMBER, Rig, TEXT};

const FEW: Limits = Limits {
    caller: 3,
    organisation: 5,
    number: 4,
};

async fn limited(rig: &Rig, caller: &str, to: &str) -> Option<(Limit, Duration)> {
    match rig.send_as(caller, to, TEXT).await {
        Ok(_) => None,
        Err(Error::TooMany(reached)) => Some((reached.limit, reached.wait)),
        Err(other) => panic!("{other:?}"),
    }
}

both_engines! {
    async fn each_limit_holds_and_lets_go(test: TestDb) {
        let rig = Rig::with(test, GatewaySettings::Development, |settings| settings.limits = FEW).await;
        for _ in 0..3 {
            assert_eq!(limited(&rig, "client:a", NUMBER).await, None);
        }
        let (limit, wait) = limited(&rig, "client:a", NUMBER).await.unwrap();
        assert_eq!(limit, Limit::Caller);
        assert!(wait > Duration::from_secs(30) && wait <= Duration::from_secs(60), "{wait:?}");
        assert_eq!(limited(&rig, "client:b", NUMBER).await, None);
        let (limit, wait) = limited(&rig, "client:b", NUMBER).await.unwrap();
        assert_eq!(limit, Limit::Number);
        assert!(wait > Duration::from_secs(3500), "{wait:?}");
        assert_eq!(limited(&rig, "client:b", "+4520123457").await, None);
        assert_eq!(
            limited(&rig, "client:c", "+4520123458").await.unwrap().0,
            Limit::Organisation
        );
        rig.clock.advance(Duration::from_secs(61));
        assert_eq!(limited(&rig, "client:a", "+4520123459").await.unwrap().0, Limit::Organisation);
        rig.clock.advance(Duration::from_secs(3600));
        assert_eq!(limited(&rig, "client:a", NUMBER).await, None);
    }

    async fn another_organisation_is_not_held_up(test: TestDb) {
        let mut rig = Rig::with(test, GatewaySettings::Development, |settings| settings.limits = FEW).await;
        for n in 0..5 {
            let caller = format!("client:{n}");
            assert_eq!(limited(&rig, &caller, &format!("+452012340{n}")).await, None);
        }
        assert!(limited(&rig, "client:x", NUMBER).await.is_some());
        rig.meeting.organisation.0 = "other".to_owned();
        assert_eq!(limited(&rig, "client:x", NUMBER).await, None);
    }

    async fn limits_hold_against_many_at_once(test: TestDb) {
        let rig = Rig::with(test, GatewaySettings::Development, |settings| settings.limits = FEW).await;
        let outcomes = futures::future::join_all((0..20).map(|n| {
            let rig = &rig;
            async move { limited(rig, &format!("client:{n}"), &format!("+4520123{n:03}")).await }
        }))
        .await;
        assert_eq!(outcomes.iter().filter(|limited| limited.is_none()).count(), 5);
    }
}
