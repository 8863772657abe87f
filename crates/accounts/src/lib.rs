//! Organisations, API clients, users, and the tokens they sign in with.
