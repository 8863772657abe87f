//! Themes, and links of deleted meetings, on both engines.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use jiff::Timestamp;
use vdx_domain::{Colours, LogoType, OrganisationCode, ShortId, ThemeMembers};
use vdx_store::cancelled_links::{self, CancelledLink};
use vdx_store::organisations::{self, GroupKind, NewOrganisation};
use vdx_store::testing::TestDb;
use vdx_store::themes::{self, Logo};
use vdx_store::{Error, Tx, both_engines};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn code(text: &str) -> OrganisationCode {
    OrganisationCode(text.to_owned())
}

async fn organisation(tx: &mut Tx, text: &str, parent: Option<i64>) -> i64 {
    let new = NewOrganisation {
        code: &code(text),
        name: text,
        kind: GroupKind::Practice,
        parent_group: parent,
        pool_size: None,
        allow_custom_uri_without_domain: false,
    };
    organisations::add(tx, new, at(0)).await.unwrap()
}

/// `a`, a folder below it, and `b` in that.
async fn tree(test: &TestDb) -> i64 {
    let mut tx = test.db.begin().await.unwrap();
    let a = organisation(&mut tx, "a", None).await;
    let folder = organisations::add_group(&mut tx, "Folder", GroupKind::Group, Some(a))
        .await
        .unwrap();
    let b = organisation(&mut tx, "b", Some(folder)).await;
    tx.commit().await.unwrap();
    b
}

fn named(name: &str) -> ThemeMembers {
    ThemeMembers {
        name: Some(name.to_owned().try_into().unwrap()),
        colours: Some(Colours {
            primary: "#0b5c8a".parse().unwrap(),
            background: "#eef4f8".parse().unwrap(),
        }),
        ..ThemeMembers::default()
    }
}

fn logo(content: &[u8]) -> Logo {
    Logo {
        media_type: LogoType::WebP,
        hash: format!("{:064}", content.len()),
        content: content.to_vec(),
    }
}

both_engines! {
    async fn what_each_has_of_its_own_is_read_on_the_way_up(test: TestDb) {
        let b = tree(&test).await;
        let mut tx = test.db.begin().await.unwrap();
        themes::set_members(&mut tx, &code("a"), &named("first"), at(0)).await.unwrap();
        themes::set_members(&mut tx, &code("a"), &named("second"), at(1)).await.unwrap();
        themes::set_logo(&mut tx, &code("b"), &logo(b"x"), at(0)).await.unwrap();
        tx.commit().await.unwrap();
        let lineage = themes::lineage(&mut test.db.reader(), b).await.unwrap();
        let told: Vec<_> = lineage
            .iter()
            .map(|own| (own.organisation.0.as_str(), own.members.clone(), own.logo_hash.is_some()))
            .collect();
        assert_eq!(told, [("b", ThemeMembers::default(), true), ("a", named("second"), false)]);
        assert!(themes::lineage(&mut test.db.reader(), 0).await.unwrap().is_empty());

        let mut tx = test.db.begin().await.unwrap();
        let nobody = themes::set_members(&mut tx, &code("x"), &named("x"), at(0)).await;
        assert!(matches!(nobody, Err(Error::Reference)), "{nobody:?}");
    }

    async fn a_logo_comes_back_byte_for_byte_until_it_goes(test: TestDb) {
        tree(&test).await;
        let every_byte: Vec<u8> = (0..=255).cycle().take(200_000).collect();
        for kept in [logo(b"\0\xff"), logo(&every_byte)] {
            let mut tx = test.db.begin().await.unwrap();
            themes::set_logo(&mut tx, &code("a"), &kept, at(0)).await.unwrap();
            tx.commit().await.unwrap();
            let read = themes::logo(&mut test.db.reader(), &code("a")).await.unwrap();
            assert!(read == Some(kept));
        }
        let mut tx = test.db.begin().await.unwrap();
        themes::remove_logo(&mut tx, &code("a")).await.unwrap();
        themes::remove_logo(&mut tx, &code("b")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(themes::logo(&mut test.db.reader(), &code("a")).await.unwrap(), None);
    }

    async fn a_link_is_remembered_until_it_is_forgotten(test: TestDb) {
        tree(&test).await;
        let short_id: ShortId = "0123456789ab".parse().unwrap();
        let link = |ends: i64| CancelledLink {
            short_id: short_id.clone(),
            organisation: code("a"),
            starts_at: at(ends - 10),
            ends_at: at(ends),
        };
        let mut tx = test.db.begin().await.unwrap();
        cancelled_links::remember(&mut tx, &link(10)).await.unwrap();
        cancelled_links::remember(&mut tx, &link(20)).await.unwrap();
        cancelled_links::forget(&mut tx, at(19)).await.unwrap();
        tx.commit().await.unwrap();
        let find = async |ended| {
            let mut reader = test.db.reader();
            cancelled_links::find(&mut reader, &short_id, ended).await.unwrap()
        };
        assert_eq!(find(at(19)).await, Some(link(20)));
        assert_eq!(find(at(20)).await, None, "not told any more");
        let mut tx = test.db.begin().await.unwrap();
        cancelled_links::forget(&mut tx, at(20)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(find(at(0)).await, None);
    }
}
