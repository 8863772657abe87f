//! Settings with a form of their own.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An address told to browsers: `IP`, or `IP:PORT` when the port is another
/// one outside. IPv6 with a port is written `[IP]:PORT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Announced {
    pub(crate) ip: IpAddr,
    /// `None` = the port listened on.
    pub(crate) port: Option<u16>,
}

impl Announced {
    /// With port 0 for the one listened on.
    pub(crate) fn socket_address(self) -> SocketAddr {
        SocketAddr::new(self.ip, self.port.unwrap_or(0))
    }
}

impl FromStr for Announced {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(ip) = text.parse() {
            return Ok(Self { ip, port: None });
        }
        match text.parse::<SocketAddr>() {
            Ok(address) if address.port() != 0 => Ok(Self {
                ip: address.ip(),
                port: Some(address.port()),
            }),
            _ => Err(format!("`{text}` is neither IP nor IP:PORT")),
        }
    }
}

impl TryFrom<String> for Announced {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Announced> for String {
    fn from(announced: Announced) -> Self {
        announced.to_string()
    }
}

impl fmt::Display for Announced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            None => self.ip.fmt(f),
            Some(port) => SocketAddr::new(self.ip, port).fmt(f),
        }
    }
}

/// An address to listen on; empty = none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct OptionalAddress(pub(crate) Option<SocketAddr>);

impl TryFrom<String> for OptionalAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.trim() {
            "" => Ok(Self(None)),
            address => match address.parse() {
                Ok(address) => Ok(Self(Some(address))),
                Err(_) => Err(format!("`{address}` is no IP:PORT")),
            },
        }
    }
}

impl From<OptionalAddress> for String {
    fn from(OptionalAddress(address): OptionalAddress) -> Self {
        address
            .map(|address| address.to_string())
            .unwrap_or_default()
    }
}

/// A day such as `2026-12-31`; empty = none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct OptionalDay(pub(crate) Option<Date>);

impl TryFrom<String> for OptionalDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.trim() {
            "" => Ok(Self(None)),
            day => match day.parse() {
                Ok(day) => Ok(Self(Some(day))),
                Err(_) => Err(format!("`{day}` is no day such as 2026-12-31")),
            },
        }
    }
}

impl From<OptionalDay> for String {
    fn from(OptionalDay(day): OptionalDay) -> Self {
        day.map(|day| day.to_string()).unwrap_or_default()
    }
}

/// An address, or a network as in `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Network(pub(crate) IpNet);

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let text = text.trim();
        let address = |_| text.parse::<IpAddr>().map(IpNet::from);
        let network = text.parse().or_else(address);
        network
            .map(Self)
            .map_err(|_| format!("`{text}` is neither an address nor a network"))
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.0.to_string()
    }
}

/// How a proxy writes a certificate in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CertificateFormat {
    /// As RFC 9440 has it.
    Rfc9440,
    /// PEM, escaped as in an address.
    EscapedPem,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_or_none() {
        let day = |text: &str| OptionalDay::try_from(text.to_owned());
        assert_eq!(day(""), Ok(OptionalDay(None)));
        let last = day(" 2026-12-31").unwrap();
        assert_eq!(String::from(last), "2026-12-31");
        for wrong in ["2026-13-01", "31/12/2026", "never"] {
            assert!(day(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ip_with_or_without_port() {
        for text in [
            "192.0.2.1",
            "192.0.2.1:4000",
            "2001:db8::1",
            "[2001:db8::1]:4000",
        ] {
            assert_eq!(text.parse::<Announced>().unwrap().to_string(), text);
        }
        for wrong in [
            "",
            "hub.example",
            "192.0.2.1:",
            "192.0.2.1:0",
            "192.0.2.1:70000",
        ] {
            assert!(wrong.parse::<Announced>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_network_may_be_one_address() {
        for (text, written) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            (" 10.0.0.9 ", "10.0.0.9/32"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("::1", "::1/128"),
        ] {
            let network = Network::try_from(text.to_owned()).unwrap();
            assert_eq!(String::from(network), written);
        }
        for text in ["", "proxy.example", "10.0.0.0/33"] {
            let error = Network::try_from(text.to_owned()).unwrap_err();
            assert!(error.contains("neither"), "{error}");
        }
    }
}
