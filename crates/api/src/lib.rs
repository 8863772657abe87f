//! Everything spoken over HTTP: one module an API.
