//! How callers of an API show who they are.

use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, ClientCredentials, Flow, OAuth2, Scopes, SecurityScheme,
};
use utoipa::openapi::{Components, OpenApi, SecurityRequirement};

use super::SignIn;

/// The names the document calls the ways by.
const TOKEN: &str = "oauth2";
const CERTIFICATE: &str = "certificate";
const HOLDER_OF_KEY: &str = "holderOfKey";
const NO_SCOPES: [&str; 0] = [];

/// Adds the ways to sign in, each of them enough.
pub(super) fn describe(api: &mut OpenApi, sign_in: SignIn) {
    if matches!(sign_in, SignIn::Nothing) {
        return;
    }
    let components = api.components.get_or_insert_with(Components::new);
    let flow = ClientCredentials::new("/oauth2/token", Scopes::new());
    let scheme = SecurityScheme::OAuth2(OAuth2::new([Flow::ClientCredentials(flow)]));
    components.add_security_scheme(TOKEN, scheme);
    let mut ways = vec![SecurityRequirement::new(TOKEN, NO_SCOPES)];
    if matches!(sign_in, SignIn::TokenOrCertificate) {
        let certificate = SecurityScheme::MutualTls {
            description: Some("A client certificate this hub knows.".to_owned()),
            deprecated: None,
            extensions: None,
        };
        let token = ApiKeyValue::with_description(
            "Authorization",
            "`Holder-of-key` and a token of `POST /videoapi/token`; it counts only with the \
             certificate it was got with.",
        );
        let token = SecurityScheme::ApiKey(ApiKey::Header(token));
        components.add_security_scheme(CERTIFICATE, certificate);
        components.add_security_scheme(HOLDER_OF_KEY, token);
        let both = SecurityRequirement::new(HOLDER_OF_KEY, NO_SCOPES);
        ways.push(both.add(CERTIFICATE, NO_SCOPES));
        ways.push(SecurityRequirement::new(CERTIFICATE, NO_SCOPES));
    }
    api.security = Some(ways);
}
