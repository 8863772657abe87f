//! For whom a token is: the hub, one of its APIs, or another system that
//! trusts the hub's tokens.

/// Whom tokens can be for.
#[derive(Debug, Clone)]
pub(crate) struct Audiences {
    hub: String,
    apis: Vec<String>,
    others: Vec<String>,
}

impl Audiences {
    /// `hub` is the hub's address, `apis` the addresses of its APIs under it,
    /// `others` what other systems are called.
    pub(crate) fn new(hub: String, apis: Vec<String>, others: Vec<String>) -> Self {
        Self { hub, apis, others }
    }

    pub(crate) fn hub(&self) -> &str {
        &self.hub
    }

    /// The audience of a token for the resource that was asked for (RFC 8707
    /// section 2); the whole hub where none was named. `None`: there is no
    /// such resource.
    pub(crate) fn of_resource<'a>(&'a self, resource: Option<&'a str>) -> Option<&'a str> {
        let Some(resource) = resource else {
            return Some(&self.hub);
        };
        if resource.strip_suffix('/').unwrap_or(resource) == self.hub {
            return Some(&self.hub);
        }
        let is_other = self.others.iter().any(|other| other == resource);
        let is_address = !resource.contains(['?', '#', '%']);
        let in_api = self.apis.iter().any(|api| is_within(resource, api));
        (is_other || is_address && in_api).then_some(resource)
    }

    /// The audience of a further token from a grant for `granted`: the same, or
    /// a part of the hub where the whole of it was granted.
    pub(crate) fn narrowed<'a>(
        &'a self,
        granted: &'a str,
        resource: Option<&'a str>,
    ) -> Option<&'a str> {
        if resource.is_none() {
            return Some(granted);
        }
        self.of_resource(resource)
            .filter(|audience| is_within(audience, granted))
    }

    /// Whether a token for this audience is good for the operation at this
    /// address of the hub.
    pub(crate) fn admits(&self, audience: &str, url: &str) -> bool {
        is_within(audience, &self.hub) && is_within(url, audience)
    }
}

/// Whether `url` is `base` or below it.
fn is_within(url: &str, base: &str) -> bool {
    url.strip_prefix(base)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audiences() -> Audiences {
        Audiences::new(
            "https://hub.example".to_owned(),
            vec!["https://hub.example/videoapi".to_owned()],
            vec!["https://other.example".to_owned(), "urn:x".to_owned()],
        )
    }

    #[test]
    fn a_resource_is_the_hub_one_of_its_apis_or_a_known_system() {
        let audiences = audiences();
        for (resource, audience) in [
            (None, Some("https://hub.example")),
            (Some("https://hub.example"), Some("https://hub.example")),
            (Some("https://hub.example/"), Some("https://hub.example")),
            (
                Some("https://hub.example/videoapi/v2"),
                Some("https://hub.example/videoapi/v2"),
            ),
            (Some("urn:x"), Some("urn:x")),
            (Some("https://other.example/"), None),
            (Some("https://hub.example/videoapi2"), None),
            (Some("https://hub.example/videoapi?x"), None),
            (Some("https://hub.example.evil"), None),
            (Some("https://hub.example/docs"), None),
            (Some(""), None),
        ] {
            assert_eq!(audiences.of_resource(resource), audience, "{resource:?}");
        }
    }

    #[test]
    fn a_grant_can_be_narrowed_and_not_widened() {
        let audiences = audiences();
        let (hub, api) = ("https://hub.example", "https://hub.example/videoapi");
        for (granted, resource, audience) in [
            (hub, None, Some(hub)),
            (api, None, Some(api)),
            (hub, Some(api), Some(api)),
            (api, Some(hub), None),
            (hub, Some("urn:x"), None),
            ("urn:x", Some("urn:x"), Some("urn:x")),
        ] {
            assert_eq!(
                audiences.narrowed(granted, resource),
                audience,
                "{granted} {resource:?}"
            );
        }
    }

    #[test]
    fn a_token_is_good_at_its_audience_and_below() {
        let audiences = audiences();
        let meetings = "https://hub.example/videoapi/v2/meetings";
        for (audience, admitted) in [
            ("https://hub.example", true),
            ("https://hub.example/videoapi", true),
            ("https://hub.example/videoapi/v2", true),
            ("https://hub.example/videoapi/v1", false),
            ("https://hub.example/videoapi/v", false),
            ("https://other.example", false),
            ("https:/", false),
            ("", false),
        ] {
            assert_eq!(audiences.admits(audience, meetings), admitted, "{audience}");
        }
    }
}
