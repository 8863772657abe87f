//! The fixed words of the API in its document. The values themselves are the
//! hub's own words (`vdx_domain`), which know nothing of OpenAPI.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! word_schemas {
    ($($name:ident = $kind:ty as $documented:literal: $description:literal;)+) => {
        $(
            pub(crate) struct $name;

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    ObjectBuilder::new()
                        .schema_type(Type::String)
                        .description(Some($description))
                        .enum_values(Some(<$kind>::ALL.iter().map(|word| word.as_str())))
                        .into()
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    Cow::Borrowed($documented)
                }
            }
        )+
    };
}

word_schemas! {
    GuestMicrophone = vdx_domain::GuestMicrophone as "guestMicrophone":
        "How guests come in: open, without a usable microphone, or muted and free to unmute.";
    MeetingType = vdx_domain::MeetingType as "meetingType":
        "A room made for the meeting, or one of the pool.";
    ProvisionStatus = vdx_domain::ProvisionStatus as "provisionStatus":
        "Where the room stands on its way from booked to gone.";
    VmrType = vdx_domain::VmrType as "vmrType":
        "A conference among equals, or a lecture with few hosts and many guests.";
    ViewType = vdx_domain::ViewType as "viewType":
        "A layout: how many large pictures, and how many small ones.";
    VmrQuality = vdx_domain::VmrQuality as "vmrQuality":
        "The ceiling for the quality of calls.";
    DirectMedia = vdx_domain::DirectMedia as "directMedia":
        "Whether two browsers may send media to each other directly.";
}
