//! Which room of the pool is to be set aside.

use std::borrow::Cow;

use serde::Deserialize;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use vdx_booking::SettingsRequest;
use vdx_domain::{ViewType, VmrQuality, VmrType};

/// Words of the query with the one that counts when none is given, in the
/// API's document.
macro_rules! words_of_query {
    ($($name:ident = $kind:ty, $usual:expr;)+) => {
        $(
            struct $name;

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    ObjectBuilder::new()
                        .schema_type(Type::String)
                        .enum_values(Some(<$kind>::ALL.iter().map(|word| word.as_str())))
                        .default(Some($usual.as_str().into()))
                        .into()
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    Cow::Borrowed(stringify!($name))
                }
            }
        )+
    };
}

words_of_query! {
    TypeOfQuery = VmrType, VmrType::Conference;
    ViewOfQuery = ViewType, ViewType::OneMainSevenPips;
    QualityOfQuery = VmrQuality, VmrQuality::Hd;
}

/// The settings the room must have, all nine: what is left out has its default.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ReserveParameters {
    #[param(value_type = Option<TypeOfQuery>, inline)]
    vmr_type: Option<VmrType>,
    /// What hosts see.
    #[param(value_type = Option<ViewOfQuery>, inline)]
    host_view: Option<ViewType>,
    /// What guests see.
    #[param(value_type = Option<ViewOfQuery>, inline)]
    guest_view: Option<ViewType>,
    #[param(value_type = Option<QualityOfQuery>, inline)]
    vmr_quality: Option<VmrQuality>,
    /// Names are drawn on the pictures.
    #[param(default = true)]
    enable_overlay_text: Option<bool>,
    /// Guests may share content.
    #[param(default = true)]
    guests_can_present: Option<bool>,
    /// The presenting host stands in the main position.
    #[param(default = true)]
    force_presenter_into_main: Option<bool>,
    /// Media that is not encrypted is refused.
    #[param(default = false)]
    force_encryption: Option<bool>,
    /// Guests come in muted.
    #[param(default = false)]
    mute_all_guests: Option<bool>,
}

impl ReserveParameters {
    pub(crate) fn into_settings(self) -> SettingsRequest {
        SettingsRequest {
            vmr_type: self.vmr_type,
            host_view: self.host_view,
            guest_view: self.guest_view,
            vmr_quality: self.vmr_quality,
            enable_overlay_text: self.enable_overlay_text,
            guests_can_present: self.guests_can_present,
            force_presenter_into_main: self.force_presenter_into_main,
            force_encryption: self.force_encryption,
            mute_all_guests: self.mute_all_guests,
        }
    }
}
