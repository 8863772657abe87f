//! The parameters of a request, as RFC 6749 wants them read: each at most once,
//! and one without a value is as good as absent (section 3.1).

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequest, Query, Request};
use http::{StatusCode, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{Failure, Hub};

/// Most parameters of a request.
const MAX_NUMBER: usize = 50;
/// Longest value, in bytes: a signed statement is the longest there is.
const MAX_VALUE: usize = 16 * 1024;

/// What needs no escaping in a query.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Names and values, in order.
#[derive(Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn checked(pairs: Vec<(String, String)>) -> Result<Self, Failure> {
        let fits = |(_, value): &(String, String)| value.len() <= MAX_VALUE;
        if pairs.len() > MAX_NUMBER || !pairs.iter().all(fits) {
            return Err(invalid_request(
                "There are too many or too long parameters.",
            ));
        }
        Ok(Self(pairs))
    }

    /// The parameters in an address.
    pub(crate) fn from_query(uri: &Uri) -> Result<Self, Failure> {
        let Query(pairs) = Query::try_from_uri(uri)
            .map_err(|rejection| invalid_request(&rejection.body_text()))?;
        Self::checked(pairs)
    }

    pub(crate) fn from_pairs(pairs: &[(&str, String)]) -> Self {
        let owned = |(name, value): &(&str, String)| ((*name).to_owned(), value.clone());
        Self(pairs.iter().map(owned).collect())
    }

    /// With another value of one parameter.
    pub(super) fn with(&self, name: &str, value: &str) -> Self {
        let others = self.0.iter().filter(|(key, _)| key != name).cloned();
        let changed = (name.to_owned(), value.to_owned());
        Self(others.chain([changed]).collect())
    }

    /// As the query of an address.
    pub(crate) fn encoded(&self) -> String {
        let escaped = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
        let pairs = self.0.iter();
        let pairs = pairs.map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// The values of a parameter that may be there several times.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The value of a parameter, as it is.
    pub(super) fn raw(&self, name: &str) -> Result<Option<&str>, Failure> {
        let mut all = self.all(name);
        let first = all.next();
        if all.next().is_some() {
            return Err(invalid_request(&format!("{name} is there twice.")));
        }
        Ok(first)
    }

    /// The value of a parameter that is a line of text.
    pub(super) fn one(&self, name: &str) -> Result<Option<&str>, Failure> {
        let value = self.raw(name)?;
        if value.is_some_and(|value| value.contains(char::is_control)) {
            return Err(invalid_request(&format!(
                "{name} holds control characters."
            )));
        }
        Ok(value)
    }

    /// [`Parameters::one`], as text of its own.
    pub(super) fn owned(&self, name: &str) -> Result<Option<String>, Failure> {
        Ok(self.one(name)?.map(str::to_owned))
    }

    /// A parameter that must be there.
    pub(super) fn required(&self, name: &str) -> Result<String, Failure> {
        self.owned(name)?
            .ok_or_else(|| invalid_request(&format!("{name} is missing.")))
    }
}

/// The parameters of a form in the body.
pub(super) struct FormParameters(pub(super) Parameters);

impl FromRequest<Hub> for FormParameters {
    type Rejection = Failure;

    async fn from_request(request: Request, hub: &Hub) -> Result<Self, Failure> {
        let Form(pairs) = Form::from_request(request, hub)
            .await
            .map_err(|rejection: FormRejection| invalid_request(&rejection.body_text()))?;
        Parameters::checked(pairs).map(Self)
    }
}

pub(super) fn invalid_request(text: &str) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST)
        .code("invalid_request")
        .text(text)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::oauth) fn parameters(pairs: &[(&str, &str)]) -> Parameters {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Parameters::checked(pairs.iter().map(owned).collect()).unwrap()
    }

    #[test]
    fn each_at_most_once_and_empty_is_absent() {
        let given = parameters(&[("a", "1"), ("b", ""), ("c", "1"), ("c", "2"), ("d", "x\0")]);
        assert_eq!(given.one("a").unwrap(), Some("1"));
        assert_eq!(given.one("b").unwrap(), None);
        assert!(given.required("b").is_err());
        assert!(given.one("c").is_err());
        assert_eq!(given.all("c").collect::<Vec<_>>(), ["1", "2"]);
        assert!(given.one("d").is_err());
        assert_eq!(given.raw("d").unwrap(), Some("x\0"));
    }

    #[test]
    fn a_query_is_written_as_it_was_read() {
        let given = parameters(&[("a b", "ø&=\""), ("c", "x"), ("c", "y~-._")]);
        assert_eq!(given.encoded(), "a%20b=%C3%B8%26%3D%22&c=x&c=y~-._");
        let uri = format!("/x?{}", given.encoded()).parse().unwrap();
        assert_eq!(Parameters::from_query(&uri).unwrap().0, given.0);
        assert_eq!(given.with("c", "z").encoded(), "a%20b=%C3%B8%26%3D%22&c=z");
    }

    #[test]
    fn there_are_limits() {
        let many = vec![("a".to_owned(), "b".to_owned()); MAX_NUMBER + 1];
        assert!(Parameters::checked(many).is_err());
        let long = vec![("a".to_owned(), "b".repeat(MAX_VALUE + 1))];
        assert!(Parameters::checked(long).is_err());
    }
}
