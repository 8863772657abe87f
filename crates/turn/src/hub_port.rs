//! The one place a relay leads to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The hub's media port: what clients know it as, and where it is.
#[derive(Debug, Clone)]
pub struct HubPort {
    announced: Vec<SocketAddr>,
    listening: SocketAddr,
}

impl HubPort {
    /// `announced` are the addresses in the hub's ICE candidates, `listening`
    /// is what the media port is bound to.
    #[must_use]
    pub fn new(announced: Vec<SocketAddr>, listening: SocketAddr) -> Self {
        Self {
            announced,
            listening,
        }
    }

    /// Where a datagram for `peer` goes: the media port itself, whatever
    /// address translation is between it and the world; nothing when `peer` is
    /// not the hub.
    pub(crate) fn target(&self, peer: SocketAddr) -> Option<SocketAddr> {
        self.announced.contains(&peer).then(|| self.inside(peer))
    }

    /// Whether a client may ask for the way to this address.
    pub(crate) fn is_at(&self, ip: IpAddr) -> bool {
        self.announced.iter().any(|address| address.ip() == ip)
    }

    /// The address that clients of a family know the hub by.
    pub(crate) fn of_family(&self, is_ipv4: bool) -> Option<SocketAddr> {
        let mut announced = self.announced.iter();
        announced
            .find(|address| address.is_ipv4() == is_ipv4)
            .copied()
    }

    fn inside(&self, peer: SocketAddr) -> SocketAddr {
        let ip = match self.listening.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() && peer.is_ipv4() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            bound => bound,
        };
        SocketAddr::new(ip, self.listening.port())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_the_hub_is_reached_and_at_home() {
        let announced = vec![address("192.0.2.1:443"), address("[2001:db8::1]:10000")];
        let port = HubPort::new(announced, address("[::]:10000"));
        let target = |text| port.target(address(text));
        assert_eq!(target("192.0.2.1:443"), Some(address("127.0.0.1:10000")));
        assert_eq!(target("[2001:db8::1]:10000"), Some(address("[::1]:10000")));
        assert_eq!(target("192.0.2.1:22"), None);
        assert_eq!(target("127.0.0.1:10000"), None);
        assert!(port.is_at("192.0.2.1".parse().unwrap()));
        assert!(!port.is_at("127.0.0.1".parse().unwrap()));
        assert_eq!(port.of_family(false), Some(address("[2001:db8::1]:10000")));
    }

    #[test]
    fn a_bound_address_is_the_home() {
        let port = HubPort::new(vec![address("192.0.2.1:1")], address("10.0.0.5:10000"));
        assert_eq!(
            port.target(address("192.0.2.1:1")),
            Some(address("10.0.0.5:10000"))
        );
    }
}
