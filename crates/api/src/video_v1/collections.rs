//! Lists as v1 gives them: HAL collections. The members' names are those that
//! clients of the original read.

use axum::extract::{FromRequestParts, OriginalUri};
use http::request::Parts;
use serde::Serialize;
use utoipa::ToSchema;

use super::hal::HalLink;
use super::list_pools::NamedPool;
use super::shapes::{MeetingShape, OwnLink, SchedulingInfoShape};
use super::templates::TemplateShape;
use crate::{Failure, Hub};

/// The address a list was asked for at, whole.
pub(super) struct Asked(String);

impl FromRequestParts<Hub> for Asked {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        // A nested router takes off the beginning of the path.
        let original = parts.extensions.get::<OriginalUri>();
        let uri = original.map_or(&parts.uri, |original| &original.0);
        let path = uri.path_and_query().map_or("", |path| path.as_str());
        Ok(Self(format!("{}{path}", hub.settings.public_url)))
    }
}

macro_rules! collections {
    ($($(#[$doc:meta])* $list:ident as $name:ident, $embedded:ident as $inner:ident:
        $member:ident of $item:ty;)+) => {
        $(
            $(#[$doc])*
            #[derive(Serialize, ToSchema)]
            #[schema(as = $name)]
            pub(super) struct $list {
                #[serde(rename = "_embedded")]
                embedded: $embedded,
                #[serde(rename = "_links")]
                links: OwnLink,
            }

            /// What is in the list.
            #[derive(Serialize, ToSchema)]
            #[serde(rename_all = "camelCase")]
            #[schema(as = $inner)]
            struct $embedded {
                $member: Vec<$item>,
            }

            impl $list {
                pub(super) fn new(Asked(href): Asked, items: impl Iterator<Item = $item>) -> Self {
                    Self {
                        embedded: $embedded { $member: items.collect() },
                        links: OwnLink { own: HalLink { href } },
                    }
                }
            }
        )+
    };
}

collections! {
    /// A list of meetings.
    Meetings as meetingList, EmbeddedMeetings as embeddedMeetings:
        meeting_dto_list of MeetingShape;
    /// A list of rooms.
    Rooms as schedulingInfoList, EmbeddedRooms as embeddedSchedulingInfos:
        scheduling_info_dto_list of SchedulingInfoShape;
    /// A list of templates.
    Templates as schedulingTemplateList, EmbeddedTemplates as embeddedSchedulingTemplates:
        scheduling_template_dto_list of TemplateShape;
    /// A list of pools.
    Pools as poolInfoList, EmbeddedPools as embeddedPools:
        pool_info_dto_list of NamedPool;
}
