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
    let components = api.components.get_or_insert_with(Components::new);
    let ways = match sign_in {
        SignIn::Nothing => return,
        SignIn::Token => vec![token(components)],
        SignIn::TokenOrCertificate => {
            let (token, certificate) = (token(components), certificate(components));
            let both = token_for_certificate(components).add(CERTIFICATE, NO_SCOPES);
            vec![token, both, certificate]
        }
        // Each operation names its way.
        SignIn::ByOperation => {
            token(components);
            certificate(components);
            return;
        }
    };
    api.security = Some(ways);
}

fn token(components: &mut Components) -> SecurityRequirement {
    let flow = ClientCredentials::new("/oauth2/token", Scopes::new());
    let scheme = SecurityScheme::OAuth2(OAuth2::new([Flow::ClientCredentials(flow)]));
    components.add_security_scheme(TOKEN, scheme);
    SecurityRequirement::new(TOKEN, NO_SCOPES)
}

fn certificate(components: &mut Components) -> SecurityRequirement {
    let scheme = SecurityScheme::MutualTls {
        description: Some("The client's certificate, in TLS.".to_owned()),
        deprecated: None,
        extensions: None,
    };
    components.add_security_scheme(CERTIFICATE, scheme);
    SecurityRequirement::new(CERTIFICATE, NO_SCOPES)
}

fn token_for_certificate(components: &mut Components) -> SecurityRequirement {
    let header = ApiKeyValue::with_description(
        "Authorization",
        "`Holder-of-key` and a token of `POST /videoapi/token`; it counts only with the \
         certificate it was got with.",
    );
    let scheme = SecurityScheme::ApiKey(ApiKey::Header(header));
    components.add_security_scheme(HOLDER_OF_KEY, scheme);
    SecurityRequirement::new(HOLDER_OF_KEY, NO_SCOPES)
}
